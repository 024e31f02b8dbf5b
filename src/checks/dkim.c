/*
 * What the DKIM signatures of a message (RFC 6376) are worth. How they are verified stands in the room auth;
 * here their results become symbols.
 *
 * DESIGN: a signature that verifies but whose algorithm or key is too weak is R_DKIM_PERMFAIL: RFC 8301 says
 * that it permanently fails, and it is no sign that somebody has changed the message, which R_DKIM_REJECT
 * would say. So it is with one that has expired: mail that lay somewhere is no forgery.
 */
#include "checks/inner.h"

#include "auth/auth.h"

enum symbol { CALLBACK, ALLOW, REJECT, PERMFAIL, TEMPFAIL, NA, TRACE };

#define DKIM(name_, score_, meaning_, explain_)                                                    \
	.name = (name_), .score = (score_), .group = "policies", .where = "DKIM-Signature",        \
	.meaning = (meaning_), .explain = (explain_)

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "DKIM_CHECK",
		.group = "policies",
		.kind = SCAN_CALLBACK,
		.meaning = "Verifies DKIM signatures",
		.explain = "Stands for the whole check: switching it off switches off all DKIM "
			   "symbols."},
	[ALLOW] =
		{DKIM("R_DKIM_ALLOW", -0.2, "DKIM: a signature verifies",
			 "The domain that is shown has signed the message, and neither the signed fields "
			 "nor the body were changed since. It says who answers for the message, not that "
			 "it is good: spammers sign, too."),
			.one_shot = true},
	[REJECT] =
		{DKIM("R_DKIM_REJECT", 1, "DKIM: a signature does not verify",
			 "The message is not the one that the domain that is shown has signed, or "
			 "somebody has made the signature up. Lists and gateways that change subjects or "
			 "add footers break signatures as well; who runs one signs anew."),
			.one_shot = true},
	[PERMFAIL] = {DKIM("R_DKIM_PERMFAIL", 0, "DKIM: a signature cannot be used",
		"The signature or its key is malformed, missing, revoked, expired or too weak "
		"(RFC 8301), and the reason is shown. The message counts as not signed. Who owns "
		"the domain looks at the key's record.")},
	[TEMPFAIL] = {DKIM("R_DKIM_TEMPFAIL", 0, "DKIM: a key could not be looked up",
		"The name servers of the signing domain did not answer in time. Nothing is "
		"concluded from it; the next message may have the answer.")},
	[NA] = {DKIM("R_DKIM_NA", 0, "DKIM: the message is not signed",
			"There is no DKIM-Signature field. Nearly all servers of mail sign today, but "
			"small ones and devices do not."),
		.one_shot = true},
	[TRACE] =
		{DKIM("DKIM_TRACE", 0, "DKIM: the signing domains",
			 "Each domain that has signed the message, and how its signature ended: + it "
			 "verifies, - it does not, ~ it cannot be used, ? its key could not be looked up. "
			 "A part of the body that a signature leaves out (l=) is told, too: anybody may "
			 "have written that."),
			.one_shot = true},
};

struct options {
	struct checks_own own;
	struct conf_list white;
	double skew;
	int signatures_most;
	bool skip_multi;
};

#define ALWAYS(key, name) CONF_IGNORED(key, "the symbol is always " name)

static const struct conf_option rows[] = {
	CHECKS_OWN_ROWS(struct options, own),
	CONF_LIST_COMMA(struct options, white, "whitelist", NULL,
		"Addresses and networks of clients whose signatures are not verified."),
	CONF_TIME(struct options, skew, "time_jitter", "6h", 0, 864000,
		"How far the clocks of signers may be wrong: for signatures from the future, and "
		"for those that have expired."),
	CONF_INT(struct options, signatures_most, "max_sigs", "5", 1, AUTH_SIGNATURES_CAP,
		"How many signatures of a message are verified; the others are counted."),
	CONF_BOOL(struct options, skip_multi, "skip_multi", "no",
		"Whether messages with several signatures are left out."),
	CONF_IGNORED("dkim_cache_size", "answers of the name servers are cached"),
	CONF_IGNORED("dkim_cache_expire", "answers of the name servers are cached"),
	CONF_IGNORED("trusted_only", "signatures of all domains are verified"),
	CONF_IGNORED("domains", "signatures of all domains count the same"),
	CONF_IGNORED("strict_multiplier", "signatures of all domains count the same"),
	CONF_IGNORED("sign_headers", "messages are not signed yet"),
	CONF_IGNORED("sign_condition", "messages are not signed yet"),
	CONF_IGNORED("sign_networks", "messages are not signed yet"),
	CONF_IGNORED("sign_whitelist_map", "messages are not signed yet"),
	ALWAYS("symbol_allow", "R_DKIM_ALLOW"),
	ALWAYS("symbol_reject", "R_DKIM_REJECT"),
	ALWAYS("symbol_tempfail", "R_DKIM_TEMPFAIL"),
	ALWAYS("symbol_permfail", "R_DKIM_PERMFAIL"),
	ALWAYS("symbol_na", "R_DKIM_NA"),
};

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;

	return checks_make_nets(p, "whitelist", &o->white);
}

static enum symbol symbol_of(const struct auth_signature *signature)
{
	switch (signature->result) {
	case AUTH_DKIM_PASS:
		return ALLOW;
	case AUTH_DKIM_FAIL:
		return signature->reason == AUTH_DKIM_EXPIRED_REASON ||
				signature->reason == AUTH_DKIM_FROM_FUTURE_REASON
			? PERMFAIL
			: REJECT;
	case AUTH_DKIM_TEMPERROR:
		return TEMPFAIL;
	case AUTH_DKIM_POLICY:
	case AUTH_DKIM_PERMERROR:
	case AUTH_DKIM_NONE:
		break;
	}
	return PERMFAIL;
}

/* "example.org:s=selector", and why it is worth nothing. */
static void add_result(struct scan *s, enum symbol symbol, const struct auth_signature *signature)
{
	struct span why = signature->why;

	if (signature->domain.n > 0)
		scan_add_printf(s, symbol, 1, "%.*s:s=%.*s", SPAN_ARG(signature->domain),
			SPAN_ARG(signature->selector));
	else
		scan_add_text(s, symbol, 1, SPAN("?"));
	if (symbol == ALLOW)
		return;
	if (span_is_null(why))
		why = span_of(auth_dkim_sentence(signature->reason));
	scan_add_text(s, symbol, 0, why);
}

static void add_trace(struct scan *s, enum symbol symbol, const struct auth_signature *signature)
{
	static const char marks[] =
		{[ALLOW] = '+', [REJECT] = '-', [PERMFAIL] = '~', [TEMPFAIL] = '?'};

	if (signature->domain.n > 0)
		scan_add_printf(s, TRACE, 1, "%.*s:%c", SPAN_ARG(signature->domain), marks[symbol]);
	/* RFC 6376 section 8.2: what lies past l= may be anybody's */
	if (symbol == ALLOW && signature->has_length && signature->body_unsigned > 0)
		scan_add_printf(s, TRACE, 0, "l= of %.*s leaves %zu bytes unsigned",
			SPAN_ARG(signature->domain), signature->body_unsigned);
}

static size_t count_fields(const struct msg *m)
{
	return mime_count_headers(m->mime->root, SPAN("DKIM-Signature"));
}

static struct auth_dkim_options options_of(const struct options *o)
{
	return (struct auth_dkim_options){.signatures_most = (unsigned)o->signatures_most,
		.skew = o->skew};
}

static enum rc run(struct scan *s)
{
	const struct options *o = s->options;
	struct auth_dkim_options options = options_of(o);
	const struct auth_dkim *dkim;
	enum rc rc;

	if (scan_leaves_out(s, o->own.local, o->own.authenticated) ||
		checks_nets_have(s->prepared, s->msg->envelope.address) ||
		(o->skip_multi && count_fields(s->msg) > 1))
		return RC_OK;
	rc = auth_need_dkim(s->msg, s->needs, &options, &dkim);
	if (rc != RC_OK)
		return rc;
	if (dkim->n == 0)
		scan_add(s, NA);
	for (size_t i = 0; i < dkim->n; i++) {
		enum symbol symbol = symbol_of(&dkim->v[i]);

		add_result(s, symbol, &dkim->v[i]);
		add_trace(s, symbol, &dkim->v[i]);
		if (symbol == TEMPFAIL)
			rc = RC_TEMPFAIL;
	}
	if (dkim->ignored > 0)
		scan_add_printf(s, TRACE, 0, "%zu more were not verified", dkim->ignored);
	return rc;
}

const struct check check_dkim = {
	.name = "dkim",
	.help = "Whether the message's DKIM signatures verify (RFC 6376).",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.run = run,
};

/* ---- for tools ---- */

struct auth_dkim_options checks_dkim_options(const struct scan_config *config)
{
	return options_of(scan_config_options(config, &check_dkim));
}

const char *checks_dkim_symbol(const struct auth_signature *signature)
{
	return symbols[symbol_of(signature)].name;
}
