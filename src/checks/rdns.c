/*
 * Whether the client's address has a name, by a question of our own.
 *
 * DESIGN: a mail server that knows no name for its client has found no name, one that does not lead back to the
 * address, or no answer in time, and does not say which. HFILTER_HOSTNAME_UNKNOWN stands for all of these. Here
 * it is asked whether the address has a name at all (PTR), which is another matter: every provider can give it
 * one, and a name server that was slow is no fault of the client. So a name that does not lead back is no
 * RDNS_NONE, and what is not answered is said to be so. A name that the mail server has verified is believed,
 * and nothing is asked.
 */
#include "checks/inner.h"

#include "dns/dns.h"

enum symbol { CALLBACK, NONE, DNSFAIL };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "RDNS_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Asks for the client's name",
		.explain = "Stands for the whole check: switching it off switches off all RDNS "
			   "symbols."},
	[NONE] = {.name = "RDNS_NONE",
		.score = 2,
		.group = "hfilter",
		.meaning = "The client's address has no name",
		.explain =
			"There is no PTR record for the address that is shown. Every server of "
			"mail has one, for many refuse mail without; lines of infected computers "
			"often have none. Who runs the client has the provider enter a PTR record."},
	[DNSFAIL] = {.name = "RDNS_DNSFAIL",
		.group = "hfilter",
		.meaning = "The client's name could not be looked up",
		.explain = "The name servers for the address that is shown did not answer in time. "
			   "Nothing is concluded from it; the next message may have the answer."},
};

static bool has_name(const struct msg_envelope *e)
{
	return e->hostname.n > 0 && !span_equal_nocase(e->hostname, SPAN("unknown"));
}

static enum rc run(struct scan *s)
{
	const struct msg_envelope *e = &s->msg->envelope;
	const struct dns_answer *ptr;
	struct ip ip;
	enum rc rc;

	if (scan_leaves_out(s, false, false) || has_name(e) || !ip_parse(e->address, &ip))
		return RC_OK;
	rc = dns_need_ptr(s->needs, e->address, &ptr);
	if (rc == RC_WAIT)
		return rc;
	if (rc != RC_OK) {
		scan_add_text(s, DNSFAIL, 1, e->address);
		return RC_TEMPFAIL;
	}
	if (ptr->status != DNS_FOUND)
		scan_add_text(s, NONE, 1, e->address);
	return RC_OK;
}

const struct check check_rdns = {
	.name = "rdns",
	.help = "Whether the client's address has a name.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.needs_most = 1,
	.run = run,
};
