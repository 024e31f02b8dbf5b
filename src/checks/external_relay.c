/*
 * Rules of trusted relays: a secondary MX, a gateway, a mail server on the same machine. The host that handed a message
 * to one of them counts as the client from then on, for every check. How it is found, and which fields are believed,
 * stands in relay.c.
 */
#include "checks/inner.h"

#include <stdlib.h>

enum { RULES_MOST = 100, NAMES_MOST = 1000, COUNT_MOST = MIME_RECEIVED_MOST };

enum symbol { CALLBACK };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "EXTERNAL_RELAY_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for the client behind a trusted relay",
		.explain = "Stands for the whole check: switching it off leaves the relay the "
			   "client."},
};

static const char explanation[] =
	"The message came through a relay that the configuration trusts, and the host that had "
	"handed it to the relay, which is shown, counts as the client: SPF, block lists and the "
	"rest judge it and not the relay.";

static const struct conf_word strategies[] = {{"authenticated", CHECKS_RELAYS_AUTHENTICATED},
	{"count", CHECKS_RELAYS_BY_COUNT}, {"local", CHECKS_RELAYS_LOCAL},
	{"hostname_map", CHECKS_RELAYS_BY_NAME}, {"ip_map", CHECKS_RELAYS_BY_ADDRESS}};

struct rule_options {
	unsigned strategy;
	int count;
	double priority;
	struct span symbol;
	struct conf_list users, names, nets;
};

static const struct conf_option rule_rows[] = {
	CONF_WORD(struct rule_options, strategy, "strategy", "ip_map", strategies,
		"Whom the rule trusts: the addresses of `ip_map`; the verified names of "
		"`hostname_map`; `local`, those of options.local_addrs; `count`, the newest "
		"hosts up to a number; `authenticated`, those by which our own users came."),
	CONF_INT(struct rule_options, count, "count", "2", 1, COUNT_MOST,
		"With `count`: which host counts as the client, from the one that handed the "
		"message in (1) backwards; 2 is right behind one relay."),
	CONF_LIST_COMMA(struct rule_options, nets, "ip_map", NULL,
		"Addresses and networks of relays."),
	CONF_LIST_COMMA(struct rule_options, names, "hostname_map", NULL,
		"Names of relays, as the mail server has verified them."),
	CONF_LIST_COMMA(struct rule_options, users, "user_map", NULL,
		"With `authenticated`: the users that it holds for; without it all."),
	CONF_STRING(struct rule_options, symbol, "symbol", NULL,
		"The symbol that tells of it; without it the name of the rule."),
	CONF_DOUBLE(struct rule_options, priority, "priority", "20", -1e6, 1e6,
		"Rules with a higher one are tried first."),
};

static const struct conf_section rule_section = {
	.path = "external_relay.rules.*",
	.rows = rule_rows,
	.row_count = ARRAY_LEN(rule_rows),
	.size = sizeof(struct rule_options),
	.help = "One kind of trusted relays.",
};

static const struct conf_section *const sections[] = {&rule_section, NULL};

struct options {
	bool enabled;
	const struct conf_node *rules;
};

static const struct conf_option rows[] = {
	CONF_BOOL(struct options, enabled, "enabled", "no", "Whether the rules are used."),
	CONF_NODE(struct options, rules, "rules", "Rules by name, each a section."),
};

struct rule {
	struct checks_relays relays;
	double priority;
	size_t place;
	int symbol; /* -1: none could be made */
};

struct rules {
	VEC(struct rule);
};

/* ---- the configuration ---- */

static struct map *make_set(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const struct conf_list *list)
{
	struct map *set = list->n > 0 ? map_make_nocase(p->arena) : NULL;
	static char there;

	for (size_t i = 0; i < list->n && i < NAMES_MOST; i++)
		if (!checks_warn_of_map(p, section, key, list->v[i]))
			(void)map_put(set, list->v[i], &there);
	return set;
}

static int prepare_symbol(struct scan_preparing *p, struct span name, struct conf_origin origin)
{
	struct scan_symbol row = {
		.name = arena_string(p->arena, name),
		.group = "external_relay",
		.meaning = "Came through a trusted relay",
		.explain = explanation,
	};

	return scan_prepare_symbol(p, &row, origin);
}

static void read_rule(struct scan_preparing *p, const struct conf_node *node, struct rules *out)
{
	struct rule_options o;
	struct rule *rule;

	if (node->kind != CONF_KIND_OBJECT ||
		!conf_fill(p->arena, node, rule_rows, ARRAY_LEN(rule_rows), &o, p->report))
		return;
	if ((o.strategy == CHECKS_RELAYS_BY_ADDRESS && o.nets.n == 0) ||
		(o.strategy == CHECKS_RELAYS_BY_NAME && o.names.n == 0)) {
		conf_error(p->report, node->origin,
			"external_relay.rules.%.*s trusts nobody: %s is "
			"missing",
			SPAN_ARG(node->key), strategies[o.strategy].name);
		return;
	}
	rule = VEC_ADD(p->arena, out);
	rule->place = out->n;
	rule->relays.trust = (enum checks_trust)o.strategy;
	rule->priority = o.priority;
	rule->relays.count = (size_t)o.count;
	rule->symbol = prepare_symbol(p, o.symbol.n > 0 ? o.symbol : node->key, node->origin);
	checks_read_nets(p, node, "ip_map", &o.nets, &rule->relays.nets);
	rule->relays.names = make_set(p, node, "hostname_map", &o.names);
	rule->relays.users = make_set(p, node, "user_map", &o.users);
}

static int compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;
	struct rules *made = ARENA_NEW(p->arena, struct rules);

	for (size_t i = 0; o->enabled && i < conf_value_count(o->rules); i++) {
		const struct conf_node *all = conf_value(o->rules, i);

		for (size_t k = 0; all->kind == CONF_KIND_OBJECT && k < conf_count(all); k++)
			if (made->n < RULES_MOST)
				read_rule(p, conf_value(conf_at(all, k), 0), made);
	}
	if (made->n > 0)
		qsort(made->v, made->n, sizeof(*made->v), compare_rules);
	return made;
}

static enum rc run(struct scan *s)
{
	const struct rules *rules = s->prepared;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->v[i];
		struct msg_client client;

		if (!checks_find_client(s, &rule->relays, &client))
			continue;
		scan_set_client(s, &client);
		if (rule->symbol >= 0)
			scan_add_text(s, (unsigned)rule->symbol, 1, client.address);
		break;
	}
	return RC_OK;
}

const struct check check_external_relay = {
	.name = "external_relay",
	.help = "Finds the client behind a trusted relay.",
	.stage = SCAN_FIRST,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.sections = sections,
	.run = run,
};
