/*
 * What DMARC (RFC 7489) says of the author's domain: whether SPF or DKIM speaks for it, and what its owner asks
 * for when neither does. The evaluation stands in the room auth; here it becomes symbols.
 *
 * DESIGN: a domain fails only by what was looked at. Where SPF or DKIM is switched off, or leaves a client out, a
 * pass of the other one counts, and a failure is not told: it might have passed. A message of which no client is
 * known (from a file) is judged, as Rspamd does it: there is nobody for whom SPF could speak.
 */
#include "checks/inner.h"

#include "auth/auth.h"

enum symbol { CALLBACK, ALLOW, REJECT, QUARANTINE, SOFTFAIL, NA, BAD_POLICY, DNSFAIL };

#define DMARC(name_, score_, meaning_, explain_)                                                   \
	{                                                                                          \
		.name = "DMARC_" name_, .score = (score_), .group = "policies", .where = "From",   \
		.meaning = (meaning_), .explain = (explain_)                                       \
	}

#define FAILS                                                                                      \
	"Neither SPF nor a DKIM signature speaks for the domain in From, which people see, and "

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "DMARC_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Asks for DMARC",
		.explain = "Stands for the whole check: switching it off switches off all DMARC "
			   "symbols."},
	[ALLOW] = DMARC("POLICY_ALLOW", -0.5, "DMARC: the author's domain is proven",
		"SPF or a DKIM signature speaks for the domain in From, which people see, and "
		"its owner has published a policy, which is shown. The domain is no forgery; "
		"whether its owner is honest is another matter."),
	[REJECT] = DMARC("POLICY_REJECT", 2, "DMARC: forged, the owner asks to reject",
		FAILS "its owner asks to reject such mail. Why is shown. Mailing lists that "
		      "change messages cause it without bad intent; lists of today write their "
		      "own address into From."),
	[QUARANTINE] = DMARC("POLICY_QUARANTINE", 1.5, "DMARC: forged, the owner asks for doubt",
		FAILS "its owner asks to treat such mail as suspicious, or rejects only a sample "
		      "of it that this message is not in. Why is shown."),
	[SOFTFAIL] = DMARC("POLICY_SOFTFAIL", 0.1, "DMARC: not proven, the owner asks for nothing",
		FAILS "its owner only wants reports, or the message is not in the sample that the "
		      "policy is meant for. Why is shown. Most such mail is honest: domains begin "
		      "with this policy."),
	[NA] = DMARC("NA", 0, "DMARC: the domain has no policy",
		"The owner of the domain in From has published no policy, or there is no domain "
		"to ask for. Anybody can write the name; who owns it publishes a record at "
		"_dmarc."),
	[BAD_POLICY] = DMARC("BAD_POLICY", 0, "DMARC: the policy cannot be used",
		"The record of the domain in From is wrong, or there are several. What is wrong "
		"is shown; the message counts as if there were none. Who owns the domain sees "
		"the same with `winnow doctor --domain`."),
	[DNSFAIL] = DMARC("DNSFAIL", 0, "DMARC: the name servers do not answer",
		"The policy, or what SPF or DKIM needs to speak for the domain, was not answered "
		"in time. Nothing is concluded from it; the next message may have the answer."),
};

struct options {
	struct checks_own own;
	bool own_conf;
	unsigned walk;
	const struct conf_node *actions;
};

static const struct conf_word walks[] = {{"walk", AUTH_TREE_WALK}, {"psl", AUTH_PUBLIC_SUFFIXES}};

#define REPORTS(key) CONF_IGNORED(key, "reports are not written yet")
#define MUNGING(key) CONF_IGNORED(key, "From is not rewritten")

static const struct conf_option rows[] = {
	CHECKS_OWN_ROWS(struct options, own),
	CONF_BOOL(struct options, own_conf, "auth_and_local_conf", "no",
		"Whether clients in options.local_addrs and those that have authenticated are "
		"checked, too."),
	CONF_WORD(struct options, walk, "org_domain", "walk", walks,
		"How a domain's organisation is found: `walk` asks the names above it, as the "
		"successor of RFC 7489 says; `psl` takes the list of public suffixes, as RFC "
		"7489 does."),
	CONF_NODE(struct options, actions, "actions",
		"The action that a failure makes at the least, by the policy that holds: reject, "
		"quarantine, softfail. An example: { reject = \"reject\"; }"),
	REPORTS("reporting"),
	REPORTS("report_settings"),
	REPORTS("send_reports"),
	REPORTS("no_reporting_domains"),
	REPORTS("key_prefix"),
	REPORTS("dmarc_reports_local"),
	REPORTS("max_entries"),
	REPORTS("keys_expire"),
	REPORTS("servers"),
	MUNGING("munging"),
	MUNGING("mitigate_allow_only"),
	CONF_IGNORED("no_sampling_domains", "samples are drawn as the owner asks"),
	CONF_IGNORED("symbols", "the symbols are always those of the reference"),
};

/* What the owner asks for, as the options call it, and the symbol that says so. */
static const struct {
	const char *key;
	enum symbol symbol;
} policies[] = {
	[AUTH_POLICY_NONE] = {"softfail", SOFTFAIL},
	[AUTH_POLICY_QUARANTINE] = {"quarantine", QUARANTINE},
	[AUTH_POLICY_REJECT] = {"reject", REJECT},
};

struct prepared {
	const char *actions[ARRAY_LEN(policies)]; /* NULL: none */
};

static void read_action(struct scan_preparing *p, const struct conf_node *node,
	struct prepared *out)
{
	const struct scan_action *action = NULL;
	struct span text;

	if (conf_to_text(node, &text))
		action = scan_config_find_action(p->config, text);
	if (action == NULL) {
		conf_error(p->report, node->origin, "dmarc.actions.%.*s: there is no such action",
			SPAN_ARG(node->key));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		if (!span_equal(node->key, span_of(policies[i].key)))
			continue;
		out->actions[i] = arena_string(p->arena, action->name);
		return;
	}
	conf_error(p->report, node->origin,
		"dmarc.actions.%.*s: the policies are reject, quarantine and softfail",
		SPAN_ARG(node->key));
}

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;
	const struct conf_node *actions;
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);

	if (o->actions == NULL)
		return made;
	actions = conf_value(o->actions, 0);
	if (actions->kind != CONF_KIND_OBJECT)
		conf_error(p->report, actions->origin, "dmarc.actions must be a section { }");
	for (size_t i = 0; actions->kind == CONF_KIND_OBJECT && i < conf_count(actions); i++)
		read_action(p, conf_at(actions, i), made);
	return made;
}

static void add_failure(struct scan *s, const struct auth_dmarc *d)
{
	const struct prepared *p = s->prepared;
	enum symbol symbol = policies[d->disposition].symbol;
	const char *action = p->actions[d->disposition];

	scan_add_printf(s, symbol, 1, "%.*s : %.*s", SPAN_ARG(d->from_domain), SPAN_ARG(d->why));
	scan_add_text(s, symbol, 0, span_of(auth_policy_word(d->policy)));
	if (d->is_sampled_out)
		scan_add_text(s, symbol, 0, SPAN("sampled_out"));
	if (d->is_testing)
		scan_add_text(s, symbol, 0, SPAN("testing"));
	if (action != NULL)
		scan_force_least(s, action, 0,
			arena_printf(s->arena, "Not accepted, as the DMARC policy of %.*s asks",
				SPAN_ARG(d->from_domain)));
}

/* Whether a failure might be one only because nobody looked. */
static bool is_half(const struct scan *s, const struct auth_spf *spf, const struct auth_dkim *dkim)
{
	struct ip ip;

	return dkim == NULL || (spf == NULL && ip_parse(s->msg->envelope.address, &ip));
}

static void add_symbols(struct scan *s, const struct auth_dmarc *d, bool half)
{
	struct span domain = d->from_domain;

	switch (d->result) {
	case AUTH_DMARC_NONE:
		scan_add_text(s, NA, 1, span_is_null(domain) ? d->why : domain);
		return;
	case AUTH_DMARC_PASS:
		scan_add_text(s, ALLOW, 1, domain);
		scan_add_text(s, ALLOW, 0, span_of(auth_policy_word(d->policy)));
		return;
	case AUTH_DMARC_FAIL:
		if (!half)
			add_failure(s, d);
		return;
	case AUTH_DMARC_PERMERROR:
		scan_add_printf(s, BAD_POLICY, 1, "%.*s : %.*s", SPAN_ARG(domain),
			SPAN_ARG(d->why));
		return;
	case AUTH_DMARC_TEMPERROR:
		scan_add_printf(s, DNSFAIL, 1, "%.*s : %.*s", SPAN_ARG(domain), SPAN_ARG(d->why));
		return;
	}
	panic("a DMARC result of the unknown kind %d", (int)d->result);
}

static struct auth_dmarc_options options_of(const struct options *o)
{
	return (struct auth_dmarc_options){.walk = (enum auth_walk)o->walk};
}

static enum rc run(struct scan *s)
{
	const struct options *o = s->options;
	const struct auth_spf *spf = auth_find_spf(s->msg);
	const struct auth_dkim *dkim = auth_find_dkim(s->msg);
	struct auth_dmarc_options options = options_of(o);
	const struct auth_dmarc *dmarc;
	enum rc rc;

	if (!o->own_conf && scan_leaves_out(s, o->own.local, o->own.authenticated))
		return RC_OK;
	rc = auth_need_dmarc(s->msg, s->needs, &options, spf, dkim, &dmarc);
	if (rc != RC_OK)
		return rc;
	add_symbols(s, dmarc, is_half(s, spf, dkim));
	if (dmarc->result != AUTH_DMARC_TEMPERROR)
		return RC_OK;
	/* it may have asked nothing that failed: SPF or DKIM did */
	if (s->needs->failed == NULL)
		scan_tell_gap(s, dmarc->why);
	return RC_TEMPFAIL;
}

/* Only these two work out SPF and DKIM, by their own options: what they leave out is not there. */
static const char *const after[] = {"spf", "dkim", NULL};

const struct check check_dmarc = {
	.name = "dmarc",
	.help = "What the owner of the author's domain asks for (RFC 7489).",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.after = after,
	.prepare = prepare,
	.run = run,
};

struct auth_dmarc_options checks_dmarc_options(const struct scan_config *config)
{
	return options_of(scan_config_options(config, &check_dmarc));
}
