/*
 * Whether the client's address has a name. For now it is what the mail server says; a question of our own
 * is to stand here where it said nothing, and RDNS_DNSFAIL beside it.
 */
#include "checks/inner.h"

enum symbol { NONE };

static const struct scan_symbol symbols[] = {
	[NONE] = {.name = "RDNS_NONE",
		.score = 2,
		.group = "hfilter",
		.meaning = "The client's address has no name",
		.explain =
			"The mail server looked for the name of the address that is shown and found "
			"none that leads back to it. Every server of mail has one, for many refuse "
			"mail without; lines of infected computers often have none. Who runs the "
			"client has the provider enter a PTR record."},
};

static enum rc run(struct scan *s)
{
	if (!scan_is_local(s) && !scan_is_authenticated(s) && checks_host_is_unknown(s->msg))
		scan_add_text(s, NONE, 1, s->msg->envelope.address);
	return RC_OK;
}

const struct check check_rdns = {
	.name = "rdns",
	.help = "Whether the client's address has a name.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
