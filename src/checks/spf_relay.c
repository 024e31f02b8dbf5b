/*
 * The option spf.external_relay: relays that are trusted.
 *
 * DESIGN: Rspamd has it for SPF alone. Here the host behind the relay counts as the client for all checks: what is
 * true of it for SPF is true of it for them.
 */
#include "checks/inner.h"

static const struct scan_symbol symbols[] = {
	{.name = "SPF_RELAY_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for the client behind the relays of spf.external_relay",
		.explain = "Stands for the whole check: switching it off leaves the relay the "
			   "client."},
};

struct options {
	struct conf_list nets;
};

static const struct conf_option rows[] = {
	CONF_LIST_COMMA(struct options, nets, "external_relay", NULL,
		"Addresses and networks of relays that are trusted: the host that handed the "
		"message to them counts as the client, for all checks. The module external_relay "
		"knows other ways to name relays."),
};

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;
	struct checks_relays *relays = ARENA_NEW(p->arena, struct checks_relays);

	relays->trust = CHECKS_RELAYS_BY_ADDRESS;
	checks_read_nets(p, p->section, "external_relay", &o->nets, &relays->nets);
	return relays;
}

static enum rc run(struct scan *s)
{
	struct msg_client client;

	if (checks_find_client(s, s->prepared, &client))
		scan_set_client(s, &client);
	return RC_OK;
}

const struct check check_spf_relay = {
	.name = "spf_relay",
	.help = "Finds the client behind the relays of spf.external_relay.",
	.section = "spf",
	.stage = SCAN_FIRST,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.run = run,
};
