/*
 * What SPF (RFC 7208) says of the client and the envelope sender. How it is worked out stands in the room
 * auth; here its result becomes symbols.
 */
#include "checks/inner.h"

#include "auth/auth.h"

enum symbol { CALLBACK, ALLOW, PLUSALL, FAIL, SOFTFAIL, NEUTRAL, NA, PERMFAIL, DNSFAIL };

#define SPF(name_, score_, meaning_, explain_)                                                     \
	.name = "R_SPF_" name_, .score = (score_), .group = "policies", .meaning = (meaning_),     \
	.explain = (explain_)

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "SPF_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Asks for SPF",
		.explain = "Stands for the whole check: switching it off switches off all R_SPF "
			   "symbols."},
	[ALLOW] = {SPF("ALLOW", -0.2, "SPF: the client may send for this domain",
		"The domain of the envelope sender publishes which servers send its mail (RFC "
		"7208), and the client is one of them, by the mechanism that is shown. Spammers "
		"publish such records for domains of their own, too, so it counts little.")},
	[PLUSALL] = {SPF("PLUSALL", 4, "SPF: the domain lets everybody send",
		"The record of the sender's domain ends with +all, so that every client passes. "
		"Nobody means that who cares for the domain; spammers do it to pass checks. Who "
		"owns the domain writes ~all or -all.")},
	[FAIL] = {SPF("FAIL", 1, "SPF: the client may not send for this domain",
		"The record of the sender's domain forbids the client to send for it, by the "
		"mechanism that is shown. Forwarders who keep the sender make honest mail fail, "
		"so it is no verdict alone. Who owns the domain adds servers of his own that are "
		"missing in the record.")},
	[SOFTFAIL] = {SPF("SOFTFAIL", 0, "SPF: the client should not send for this domain",
		"The record of the sender's domain says that the client is probably none of its "
		"servers, by the mechanism that is shown. Many domains say so of all others "
		"while they look for forgotten servers; it counts nothing alone.")},
	[NEUTRAL] = {SPF("NEUTRAL", 0, "SPF: the domain does not say",
		"The record of the sender's domain says neither yes nor no to the client. It is "
		"as good as no record.")},
	[NA] = {SPF("NA", 0, "SPF: the domain has no record",
			"The domain of the envelope sender does not say which servers send its mail. "
			"Anybody can use its name; who owns it publishes a record, if only \"v=spf1 "
			"-all\" for a domain that sends nothing."),
		.one_shot = true},
	[PERMFAIL] = {SPF("PERMFAIL", 0, "SPF: the record cannot be used",
		"The record of the sender's domain, or one that it includes, is wrong, and what "
		"is wrong is shown. Nothing is concluded from it. Who owns the domain sees the "
		"same with `winnow doctor --domain`.")},
	[DNSFAIL] = {SPF("DNSFAIL", 0, "SPF: the name servers do not answer",
		"A question that the record needs was not answered in time. Nothing is concluded "
		"from it; the next message may have the answer.")},
};

struct options {
	struct checks_own own;
	struct conf_list white;
};

static const struct conf_option rows[] = {
	CHECKS_OWN_ROWS(struct options, own),
	CONF_LIST_COMMA(struct options, white, "whitelist", NULL,
		"Addresses and networks of clients that are not checked."),
	CONF_IGNORED("spf_cache_size", "answers of the name servers are cached, not records"),
	CONF_IGNORED("spf_cache_expire", "answers of the name servers are cached, not records"),
	CONF_IGNORED("min_cache_ttl", "answers of the name servers are cached, not records"),
	CONF_IGNORED("max_dns_nesting", "the limits are those of RFC 7208"),
	CONF_IGNORED("max_dns_requests", "the limits are those of RFC 7208"),
	CONF_IGNORED("max_dns_elements", "the limits are those of RFC 7208"),
	CONF_IGNORED("disable_ipv6", "addresses are asked for as the client has one"),
	CONF_IGNORED("symbol_allow", "the symbol is always R_SPF_ALLOW"),
	CONF_IGNORED("symbol_fail", "the symbol is always R_SPF_FAIL"),
	CONF_IGNORED("symbol_softfail", "the symbol is always R_SPF_SOFTFAIL"),
	CONF_IGNORED("symbol_neutral", "the symbol is always R_SPF_NEUTRAL"),
	CONF_IGNORED("symbol_na", "the symbol is always R_SPF_NA"),
	CONF_IGNORED("symbol_dnsfail", "the symbol is always R_SPF_DNSFAIL"),
	CONF_IGNORED("symbol_permfail", "the symbol is always R_SPF_PERMFAIL"),
	CONF_IGNORED("symbol_plusall", "the symbol is always R_SPF_PLUSALL"),
};

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;

	return checks_make_nets(p, "whitelist", &o->white);
}

static const struct {
	enum symbol symbol;
	struct span evidence; /* where the result has none of its own */
} by_result[] = {
	[AUTH_SPF_NONE] = {NA, SPAN_INIT("no SPF record")},
	[AUTH_SPF_NEUTRAL] = {NEUTRAL, SPAN_INIT("no mechanism matches")},
	[AUTH_SPF_PASS] = {ALLOW, {NULL, 0}},
	[AUTH_SPF_FAIL] = {FAIL, {NULL, 0}},
	[AUTH_SPF_SOFTFAIL] = {SOFTFAIL, {NULL, 0}},
	[AUTH_SPF_TEMPERROR] = {DNSFAIL, SPAN_INIT("temporary DNS error")},
	[AUTH_SPF_PERMERROR] = {PERMFAIL, SPAN_INIT("the record cannot be used")},
};

static struct span evidence_of(const struct auth_spf *spf)
{
	bool is_error = spf->result == AUTH_SPF_TEMPERROR || spf->result == AUTH_SPF_PERMERROR;

	if (is_error && !span_is_null(spf->why))
		return spf->why;
	if (spf->result == AUTH_SPF_NONE && spf->domain.n == 0)
		return SPAN("no domain to ask for");
	return !is_error && !span_is_null(spf->mechanism) ? spf->mechanism
							  : by_result[spf->result].evidence;
}

static enum rc run(struct scan *s)
{
	const struct options *o = s->options;
	const struct auth_spf *spf;
	struct ip ip;
	enum rc rc;

	if (!ip_parse(s->msg->envelope.address, &ip) ||
		scan_leaves_out(s, o->own.local, o->own.authenticated) ||
		checks_nets_have(s->prepared, s->msg->envelope.address))
		return RC_OK;
	rc = auth_need_spf(s->msg, s->needs, &spf);
	if (rc != RC_OK)
		return rc;
	scan_add_text(s, spf->is_plus_all ? PLUSALL : by_result[spf->result].symbol, 1,
		evidence_of(spf));
	if (spf->result != AUTH_SPF_TEMPERROR)
		return RC_OK;
	scan_tell_gap(s, spf->why);
	return RC_TEMPFAIL;
}

const struct check check_spf = {
	.name = "spf",
	.help = "Whether the client may send for the envelope sender's domain (RFC 7208).",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.run = run,
};
