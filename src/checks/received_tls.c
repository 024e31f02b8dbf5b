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
		.where = "Received",
		.group = "headers",
		.meaning = "Every Received field tells of TLS",
		.explain = "Each Received field says that its server took the message over TLS. "
			   "What servers before your own wrote is their word, not a proof. "
			   "Information only."},
	[TLS_LAST] = {.name = "RCVD_TLS_LAST",
		.where = "Received",
		.group = "headers",
		.meaning = "The last hop was encrypted, an earlier one was not",
		.explain = "The client that handed the message in used TLS, as the mail server or "
			   "the newest Received field says, but an older field names none. A "
			   "first hop within a machine or an office is often without TLS. "
			   "Information only."},
	[NO_TLS_LAST] = {.name = "RCVD_NO_TLS_LAST",
		.where = "Received",
		.score = 0.1,
		.group = "headers",
		.meaning = "The last hop was not encrypted",
		.explain = "Neither the mail server nor the newest Received field tells of TLS. "
			   "Nearly all good servers use it by now, so mail without it is a little "
			   "more often spam. Mail that was made on the machine itself or handed "
			   "over within it has none either, hence the small score."},
	[SMTP_AUTH] = {.name = "RCVD_VIA_SMTP_AUTH",
		.where = "Received",
		.group = "headers",
		.meaning = "Somebody has logged in to hand the message in",
		.explain = "The mail server or a Received field says that the client had "
			   "authenticated: a person who writes through the own provider, or a "
			   "stolen password. Other rules look at it together with signs of abuse; "
			   "by itself it is information."},
};

/* The client that handed the message in is the last hop as long as no field tells of it. */
static bool last_had_tls(const struct msg *m, const struct msg_hops *hops)
{
	if (!hops->client_apart)
		return hops->v[0].tls;
	return m->envelope.tls_version.n > 0 || m->envelope.tls_cipher.n > 0;
}

static enum rc run(struct scan *s)
{
	const struct msg_hops *hops = msg_hops(s->msg);
	bool authenticated = hops->client_apart && s->msg->envelope.user.n > 0;
	size_t with_tls = 0;

	if (hops->n == 0)
		return RC_OK;
	for (size_t i = 0; i < hops->n; i++) {
		with_tls += hops->v[i].tls;
		authenticated = authenticated || hops->v[i].authenticated;
	}
	if (with_tls == hops->n)
		scan_add(s, TLS_ALL);
	else
		scan_add(s, last_had_tls(s->msg, hops) ? TLS_LAST : NO_TLS_LAST);
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
