/* Whether a message was carried in TLS and handed in by somebody who logged in. */
#include "checks/checks.h"

enum { CALLBACK, TLS_ALL, TLS_LAST, NO_TLS_LAST, SMTP_AUTH };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "CHECK_RCVD",
		.group = "headers",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for TLS and logins in the Received fields",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "about TLS and logins."},
	[TLS_ALL] = {.name = "RCVD_TLS_ALL",
		.group = "headers",
		.meaning = "Every hop was encrypted",
		.explain = "Each Received field says that its server took the message over TLS. "
			   "What servers before the last one write is their word, not a proof. "
			   "Information only."},
	[TLS_LAST] = {.name = "RCVD_TLS_LAST",
		.group = "headers",
		.meaning = "The last hop was encrypted, an earlier one was not",
		.explain = "The newest Received field says that TLS was used, an older one does "
			   "not. A first hop within a machine or an office is often without TLS. "
			   "Information only."},
	[NO_TLS_LAST] = {.name = "RCVD_NO_TLS_LAST",
		.score = 0.1,
		.group = "headers",
		.meaning = "The last hop was not encrypted",
		.explain = "The newest Received field names no TLS. Nearly all good servers use it "
			   "by now, so mail without it is a little more often spam. Mail that was "
			   "made on the machine itself or handed over within it has none either, "
			   "hence the small score."},
	[SMTP_AUTH] = {.name = "RCVD_VIA_SMTP_AUTH",
		.group = "headers",
		.meaning = "Somebody has logged in to hand the message in",
		.explain = "A Received field says that the client had authenticated: a person who "
			   "writes through the own provider, or a stolen password. Other rules "
			   "look at it together with signs of abuse; by itself it is information."},
};

static enum rc run(struct scan *s)
{
	const struct msg_hops *hops = msg_hops(s->msg);
	size_t with_tls = 0;
	bool authenticated = false;

	if (hops->n == 0)
		return RC_OK;
	for (size_t i = 0; i < hops->n; i++) {
		with_tls += hops->v[i].tls;
		authenticated = authenticated || hops->v[i].authenticated;
	}
	if (with_tls == hops->n)
		scan_add(s, TLS_ALL);
	else if (hops->v[0].tls)
		scan_add(s, TLS_LAST);
	else
		scan_add(s, NO_TLS_LAST);
	if (authenticated)
		scan_add(s, SMTP_AUTH);
	return RC_OK;
}

const struct check check_received_tls = {
	.name = "received_tls",
	.help = "Looks for TLS and logins in the Received fields.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
