/*
 * SPF: may this address send for that domain (RFC 7208)?
 *
 * DESIGN: check_host() of section 4 as it stands there, a straight line that is run again from its start with each
 * answer. Terms are asked one after the other, because what comes behind a match must not be asked (section 4.6.2);
 * only the hosts of one mx and the names of one address are asked for together, and looked at in their order, so
 * that it does not matter which answer came first. A void lookup is counted once a term, for the name that the
 * term itself gives: a domain whose mail hosts have no IPv6 is not in error.
 */
#include "auth/auth.h"

#include "auth/inner.h"
#include "auth/spf_inner.h"
#include "url/url.h"

static const char *const words[] = {"none", "neutral", "pass", "fail", "softfail", "temperror",
	"permerror"};

const char *auth_spf_word(enum auth_spf_result result)
{
	must((unsigned)result < ARRAY_LEN(words));
	return words[result];
}

/* What becomes of a term. */
enum fate { NO_MATCH, MATCH, TEMPERROR, PERMERROR, WAITS };

/* ---- telling ---- */

/* A line of the trace, as deep as includes and redirects are nested. */
static void __attribute__((format(printf, 2, 3)))
tell(const struct spf_check *c, const char *format, ...)
{
	struct span line;
	va_list ap;

	if (c->trace == NULL)
		return;
	va_start(ap, format);
	line = arena_vprintf(c->trace->arena, format, ap);
	va_end(ap);
	auth_trace_add(c->trace, "%*s%.*s", (int)c->depth * 2, "", SPAN_ARG(line));
}

/* Ends the evaluation with an error and its sentence. */
static enum fate __attribute__((format(printf, 3, 4)))
end_with(struct spf_check *c, enum fate fate, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	c->out->why = arena_vprintf(c->arena, format, ap);
	va_end(ap);
	tell(c, "%s: %.*s", fate == TEMPERROR ? "temperror" : "permerror", SPAN_ARG(c->out->why));
	return fate;
}

/* A term as sentences show it. */
static struct span shown(struct span text)
{
	return span_slice(text, 0, SPF_SHOWN_MOST);
}

/* ---- limits (section 4.6.4) ---- */

static enum fate count_lookup(struct spf_check *c, const struct spf_term *term)
{
	if (c->out->lookups >= AUTH_SPF_LOOKUPS_MOST)
		return end_with(c, PERMERROR, "more than %d terms ask the DNS, at %.*s",
			AUTH_SPF_LOOKUPS_MOST, SPAN_ARG(shown(term->text)));
	c->out->lookups++;
	return MATCH;
}

static enum fate count_void(struct spf_check *c, struct span name)
{
	c->out->voids++;
	if (c->out->voids > AUTH_SPF_VOID_MOST)
		return end_with(c, PERMERROR,
			"more than %d terms ask for names without such data, at %.*s",
			AUTH_SPF_VOID_MOST, SPAN_ARG(name));
	return NO_MATCH;
}

/* ---- asking ---- */

static enum rc need_addresses(struct spf_check *c, struct span host, const struct dns_answer **out)
{
	return dns_need(c->needs, c->is_v4 ? DNS_A : DNS_AAAA, host, out);
}

/* One of the addresses lies in the client's network of so many bits; with 0 bits any of them does. */
static bool has_address(const struct spf_check *c, const struct dns_answer *answer, unsigned bits4,
	unsigned bits6)
{
	struct ip_net net;

	net.bits = c->is_v4 ? 96 + bits4 : bits6;
	for (size_t i = 0; i < answer->n; i++)
		if (ip_parse(answer->v[i].text, &net.ip) && ip_net_has(&net, &c->ip))
			return true;
	return false;
}

/* What an answer that is none means: a name that cannot be asked for does not match (section 4.8). */
static enum fate no_answer(struct spf_check *c, enum rc rc)
{
	if (rc == RC_WAIT)
		return WAITS;
	if (rc == RC_INVALID)
		return NO_MATCH;
	if (rc == RC_LIMIT)
		return end_with(c, TEMPERROR, "too many questions");
	return end_with(c, TEMPERROR, "%.*s", SPAN_ARG(needs_why(c->needs)));
}

/* The name that a term speaks of; that of the record where it gives none. */
static enum rc find_target(struct spf_check *c, const struct spf_term *term, struct span domain,
	struct spf_name *out)
{
	if (!span_is_null(term->target))
		return auth_spf_expand_name(c, term->target, domain, out);
	out->text = domain;
	return RC_OK;
}

/* The records of the term's target; NULL where there are none, and *fate is the end of the term. */
static const struct dns_answer *ask_target(struct spf_check *c, const struct spf_term *term,
	struct span domain, enum dns_type type, enum fate *fate)
{
	const struct dns_answer *answer = NULL;
	struct spf_name name;
	enum rc rc = find_target(c, term, domain, &name);

	if (rc == RC_OK)
		rc = dns_need(c->needs, type, name.text, &answer);
	if (rc != RC_OK)
		*fate = no_answer(c, rc);
	else if (answer->status != DNS_FOUND)
		*fate = count_void(c, name.text);
	return rc == RC_OK && answer->status == DNS_FOUND ? answer : NULL;
}

enum rc auth_spf_find_names(struct spf_check *c)
{
	const struct dns_answer *pointers, *addresses;
	bool waits = false;
	enum rc rc;

	if (c->has_names)
		return RC_OK;
	rc = dns_need_ptr(c->needs, c->address, &pointers);
	if (rc == RC_WAIT)
		return rc;
	c->has_names = true;
	if (rc != RC_OK)
		return RC_OK; /* section 5.5: an error is no match */
	c->no_pointer = pointers->status != DNS_FOUND;
	for (size_t i = 0; i < num_min(pointers->n, AUTH_SPF_NAMES_MOST); i++) {
		rc = need_addresses(c, pointers->v[i].text, &addresses);
		waits = waits || rc == RC_WAIT;
		if (rc == RC_OK && has_address(c, addresses, 32, 128))
			c->names[c->name_count++] = pointers->v[i].text;
	}
	return waits ? RC_WAIT : RC_OK;
}

/* ---- mechanisms (section 5) ---- */

static enum fate check_host(struct spf_check *c, struct span domain, enum auth_spf_result *result);

static enum fate match_all(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	return MATCH;
}

/* An IPv4 address within a network of IPv6 is none of its addresses (section 5). */
static enum fate match_network(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	return c->is_v4 == (term->kind == SPF_IP4) && ip_net_has(&term->net, &c->ip) ? MATCH
										     : NO_MATCH;
}

static enum fate match_a(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	enum fate fate = NO_MATCH;
	const struct dns_answer *answer =
		ask_target(c, term, domain, c->is_v4 ? DNS_A : DNS_AAAA, &fate);

	if (answer == NULL)
		return fate;
	return has_address(c, answer, term->bits4, term->bits6) ? MATCH : NO_MATCH;
}

/* section 5.7: an A record, whatever the client's address is. */
static enum fate match_exists(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	enum fate fate = NO_MATCH;

	return ask_target(c, term, domain, DNS_A, &fate) == NULL ? fate : MATCH;
}

/* In order of preference; equal ones in that of the answer. */
static void sort_hosts(const struct dns_answer *answer,
	const struct dns_record *out[AUTH_SPF_NAMES_MOST])
{
	for (size_t i = 0; i < answer->n; i++) {
		size_t k = i;

		for (; k > 0 && out[k - 1]->preference > answer->v[i].preference; k--)
			out[k] = out[k - 1];
		out[k] = &answer->v[i];
	}
}

static enum fate match_mx(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	const struct dns_record *hosts[AUTH_SPF_NAMES_MOST];
	const struct dns_answer *addresses[AUTH_SPF_NAMES_MOST];
	enum rc rcs[AUTH_SPF_NAMES_MOST];
	enum fate fate = NO_MATCH;
	const struct dns_answer *answer = ask_target(c, term, domain, DNS_MX, &fate);
	bool waits = false;

	if (answer == NULL)
		return fate;
	if (answer->n > AUTH_SPF_NAMES_MOST)
		return end_with(c, PERMERROR, "%.*s has more than %d mail hosts",
			SPAN_ARG(shown(term->text)), AUTH_SPF_NAMES_MOST);
	sort_hosts(answer, hosts);
	for (size_t i = 0; i < answer->n; i++) {
		rcs[i] = need_addresses(c, hosts[i]->text, &addresses[i]);
		waits |= rcs[i] == RC_WAIT;
	}
	if (waits)
		return WAITS;
	for (size_t i = 0; i < answer->n; i++) {
		if (rcs[i] == RC_OK && has_address(c, addresses[i], term->bits4, term->bits6))
			return MATCH;
		if (rcs[i] != RC_OK && rcs[i] != RC_INVALID)
			return no_answer(c, rcs[i]);
	}
	return NO_MATCH;
}

static enum fate match_ptr(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	struct spf_name name;
	enum rc rc = find_target(c, term, domain, &name);

	if (rc == RC_OK)
		rc = auth_spf_find_names(c);
	if (rc != RC_OK)
		return no_answer(c, rc);
	if (c->no_pointer)
		return count_void(c, c->address);
	for (size_t i = 0; i < c->name_count; i++)
		if (auth_is_within(c->names[i], name.text))
			return MATCH;
	return NO_MATCH;
}

/* The record of another domain, for include and redirect; none there is an error (sections 5.2, 6.1). */
static enum fate check_other(struct spf_check *c, const struct spf_term *term, struct span domain,
	enum auth_spf_result *result)
{
	struct spf_name name;
	enum rc rc = find_target(c, term, domain, &name);
	enum fate fate;

	if (rc == RC_WAIT)
		return WAITS;
	if (rc == RC_INVALID)
		return end_with(c, PERMERROR, "%.*s gives no name", SPAN_ARG(shown(term->text)));
	tell(c, "%.*s (lookup %u)", SPAN_ARG(shown(term->text)), c->out->lookups);
	c->depth++;
	domain = arena_copy(c->arena, name.text);
	fate = check_host(c, domain, result);
	c->depth--;
	if (fate == NO_MATCH && *result == AUTH_SPF_NONE)
		return end_with(c, PERMERROR, "%.*s: there is no SPF record",
			SPAN_ARG(shown(term->text)));
	return fate;
}

static enum fate match_include(struct spf_check *c, const struct spf_term *term, struct span domain)
{
	enum auth_spf_result result;
	enum fate fate;

	fate = check_other(c, term, domain, &result);
	if (fate != NO_MATCH || result == AUTH_SPF_PASS)
		return fate == NO_MATCH ? MATCH : fate;
	c->decided.text = span_from(NULL, 0);
	return NO_MATCH;
}

static const struct {
	enum fate (*match)(struct spf_check *c, const struct spf_term *term, struct span domain);
	bool asks; /* counts as a lookup */
} mechanisms[] = {
	[SPF_ALL] = {match_all, false},
	[SPF_INCLUDE] = {match_include, true},
	[SPF_A] = {match_a, true},
	[SPF_MX] = {match_mx, true},
	[SPF_PTR] = {match_ptr, true},
	[SPF_IP4] = {match_network, false},
	[SPF_IP6] = {match_network, false},
	[SPF_EXISTS] = {match_exists, true},
};

/* ---- check_host() (section 4) ---- */

static enum auth_spf_result result_of(char qualifier)
{
	return qualifier == '+'    ? AUTH_SPF_PASS
		: qualifier == '-' ? AUTH_SPF_FAIL
		: qualifier == '~' ? AUTH_SPF_SOFTFAIL
				   : AUTH_SPF_NEUTRAL;
}

/* The record's text, null where there is none (section 4.5). */
static enum fate find_record(struct spf_check *c, struct span domain, struct span *out)
{
	const struct dns_answer *answer;
	size_t found = 0;
	enum rc rc;

	*out = span_from(NULL, 0);
	/* section 4.3: a single label is no mail domain */
	if (!span_has_byte(domain, '.'))
		return NO_MATCH;
	rc = dns_need_txt(c->needs, domain, &answer);
	if (rc != RC_OK)
		return no_answer(c, rc);
	/* the first one is no term's */
	if (answer->status != DNS_FOUND)
		return c->depth > 0 ? count_void(c, domain) : NO_MATCH;
	for (size_t i = 0; i < answer->n; i++) {
		if (!auth_spf_is_record(answer->v[i].text))
			continue;
		found++;
		*out = answer->v[i].text;
	}
	if (found > 1)
		return end_with(c, PERMERROR, "%.*s has %zu SPF records", SPAN_ARG(domain), found);
	return NO_MATCH;
}

/* Notes which directive it was: behind a plain include the one inside, which says more. */
static void decide(struct spf_check *c, const struct spf_term *term, struct span domain,
	const struct spf_record *record)
{
	if (term->kind != SPF_INCLUDE || term->qualifier != '+') {
		c->decided = *term;
		c->decided_domain = domain;
	}
	/* section 6.2: only the explanation of the record itself, or of the one redirected to, counts */
	c->exp = record->exp;
	c->exp_domain = domain;
	c->out->is_plus_all = term->kind == SPF_ALL && term->qualifier == '+';
}

static void tell_outcome(const struct spf_check *c, const struct spf_term *term, enum fate fate,
	unsigned voids)
{
	const char *outcome = fate == MATCH ? "match" : "no match";

	/* an include has told its number before what it holds */
	if (!mechanisms[term->kind].asks || term->kind == SPF_INCLUDE)
		tell(c, "%c%.*s: %s", term->qualifier, SPAN_ARG(shown(term->text)), outcome);
	else
		tell(c, "%c%.*s: %s (lookup %u%s)", term->qualifier, SPAN_ARG(shown(term->text)),
			outcome, c->out->lookups, voids > 0 ? ", the name has no such data" : "");
}

/* The first directive that matches decides: MATCH with its result. */
static enum fate run_directives(struct spf_check *c, const struct spf_record *record,
	struct span domain, enum auth_spf_result *result)
{
	struct span rest = record->terms;
	struct spf_term term;
	const char *wrong;

	while (auth_spf_read_term(&rest, &term, &wrong) == RC_OK) {
		unsigned voids = c->out->voids;
		enum fate fate;

		if (term.kind > SPF_EXISTS)
			continue;
		if (mechanisms[term.kind].asks) {
			fate = count_lookup(c, &term);
			if (fate != MATCH)
				return fate;
		}
		fate = mechanisms[term.kind].match(c, &term, domain);
		if (fate == NO_MATCH || fate == MATCH)
			tell_outcome(c, &term, fate, c->out->voids - voids);
		if (fate == NO_MATCH)
			continue;
		if (fate != MATCH)
			return fate;
		*result = result_of(term.qualifier);
		decide(c, &term, domain, record);
		return MATCH;
	}
	return NO_MATCH;
}

/* section 6.1: what the other record says stands for what this one does not. */
static enum fate follow_redirect(struct spf_check *c, const struct spf_record *record,
	struct span domain, enum auth_spf_result *result)
{
	struct spf_term term = {
		.kind = SPF_REDIRECT,
		.text = arena_printf(c->arena, "redirect=%.*s", SPAN_ARG(record->redirect)),
		.target = record->redirect,
	};
	enum fate fate = count_lookup(c, &term);

	return fate == MATCH ? check_other(c, &term, domain, result) : fate;
}

/* NO_MATCH with the result, which may be none; or what ends the evaluation. */
static enum fate check_host(struct spf_check *c, struct span domain, enum auth_spf_result *result)
{
	struct spf_record record;
	struct span text, where;
	const char *wrong;
	enum fate fate = find_record(c, domain, &text);

	*result = AUTH_SPF_NONE;
	if (fate != NO_MATCH)
		return fate;
	tell(c, "%.*s: %.*s", SPAN_ARG(domain),
		SPAN_ARG(span_is_null(text) ? SPAN("no SPF record") : text));
	if (span_is_null(text))
		return NO_MATCH;
	if (auth_spf_check_record(text, &record, &wrong, &where) != RC_OK)
		return end_with(c, PERMERROR, "the record of %.*s is malformed at %.*s: %s",
			SPAN_ARG(domain), SPAN_ARG(shown(where)), wrong);
	*result = AUTH_SPF_NEUTRAL;
	fate = run_directives(c, &record, domain, result);
	if (fate == MATCH)
		return NO_MATCH;
	if (fate != NO_MATCH)
		return fate;
	if (!span_is_null(record.redirect))
		return follow_redirect(c, &record, domain, result);
	tell(c, "nothing matches: neutral");
	return NO_MATCH;
}

/* ---- the answer ---- */

/* Explains a fail; whatever goes wrong, there is none (section 6.2). */
static enum rc explain(struct spf_check *c)
{
	const struct dns_answer *answer;
	struct spf_name name;
	struct span text;
	enum rc rc;

	if (c->out->result != AUTH_SPF_FAIL || span_is_null(c->exp))
		return RC_OK;
	rc = auth_spf_expand_name(c, c->exp, c->exp_domain, &name);
	if (rc == RC_OK)
		rc = dns_need_txt(c->needs, name.text, &answer);
	if (rc == RC_OK && answer->n != 1)
		rc = RC_INVALID;
	if (rc == RC_OK)
		rc = auth_spf_expand_text(c, answer->v[0].text, c->exp_domain, &text);
	if (rc == RC_WAIT)
		return rc;
	if (rc == RC_OK)
		c->out->explanation = text;
	tell(c, "exp=%.*s: %.*s", SPAN_ARG(shown(c->exp)),
		SPAN_ARG(rc == RC_OK ? text : SPAN("no explanation")));
	return RC_OK;
}

/* Whom the query is about (sections 2.3, 2.4 and 4.3). False when no domain can be asked. */
static bool find_identity(struct spf_check *c, const struct auth_spf_query *query)
{
	struct span sender = query->sender, domain;
	size_t at;

	c->out->of_helo = sender.n == 0;
	if (sender.n == 0)
		sender = query->helo;
	at = c->out->of_helo ? sender.n : span_find_last_byte(sender, '@');
	c->local = at == sender.n ? span_from(NULL, 0) : span_slice(sender, 0, at);
	domain = at == sender.n ? sender : span_from_offset(sender, at + 1);
	if (domain.n == 0)
		return false;
	if (c->local.n == 0) {
		c->local = SPAN("postmaster");
		sender = arena_printf(c->arena, "postmaster@%.*s", SPAN_ARG(domain));
	}
	c->out->sender = sender;
	if (*domain.p == '[' || !url_make_ascii(c->arena, domain, &c->host))
		return false;
	c->out->domain = c->host;
	/* RFC 8616 section 4: macros see the name as DNS has it */
	c->sender = span_is_ascii(domain)
		? sender
		: arena_printf(c->arena, "%.*s@%.*s", SPAN_ARG(c->local), SPAN_ARG(c->host));
	return true;
}

static bool find_client(struct spf_check *c, struct span address)
{
	if (address.n == 0 || !ip_parse(address, &c->ip))
		return false;
	/* section 5: an IPv4 address within IPv6 is an IPv4 address */
	c->is_v4 = ip_is_v4(&c->ip);
	c->address = ip_print(c->arena, &c->ip);
	return true;
}

/* What people read of an evaluation that has ended. */
static void conclude(struct spf_check *c, enum fate fate)
{
	struct auth_spf *out = c->out;

	if (fate == TEMPERROR || fate == PERMERROR)
		out->result = fate == TEMPERROR ? AUTH_SPF_TEMPERROR : AUTH_SPF_PERMERROR;
	else if (span_is_null(out->why) && c->needs->failed != NULL)
		out->why = needs_why(c->needs);
	/* nothing has matched where there was an error */
	if (span_is_null(c->decided.text))
		return;
	out->mechanism =
		arena_printf(c->arena, "%c%.*s", c->decided.qualifier, SPAN_ARG(c->decided.text));
	out->record_domain = c->decided_domain;
}

enum rc auth_spf_evaluate(struct arena *a, struct needs *needs, const struct auth_spf_query *query,
	struct auth_trace *trace, const struct auth_spf **out)
{
	struct spf_check c = {
		.arena = a,
		.needs = needs,
		.trace = trace,
		.helo = query->helo,
		.receiver = query->receiver,
		.out = ARENA_NEW(a, struct auth_spf),
	};
	enum fate fate;

	auth_trace_begin(trace);
	*out = NULL;
	if (!find_identity(&c, query) || !find_client(&c, query->address)) {
		*out = c.out;
		return RC_OK;
	}
	fate = check_host(&c, c.host, &c.out->result);
	if (fate == WAITS)
		return RC_WAIT;
	conclude(&c, fate);
	if (explain(&c) == RC_WAIT)
		return RC_WAIT;
	*out = c.out;
	return RC_OK;
}

/* ---- the fact ---- */

static enum rc work(void *ctx, struct needs *needs, const void **out)
{
	struct msg *m = ctx;
	const struct auth_spf_query query = {
		.address = m->envelope.address,
		.helo = m->envelope.helo,
		.sender = m->envelope.from,
		.receiver = m->envelope.server,
	};
	const struct auth_spf *spf;
	enum rc rc = auth_spf_evaluate(m->arena, needs, &query, NULL, &spf);

	*out = spf;
	return rc;
}

enum rc auth_need_spf(struct msg *m, struct needs *needs, const struct auth_spf **out)
{
	const void *result;
	enum rc rc = auth_fact_need(m, &auth_facts_of(m)->spf, SPF_QUESTIONS_MOST, needs, work, m,
		&result);

	*out = result;
	return rc;
}

const struct auth_spf *auth_find_spf(const struct msg *m)
{
	return m->auth == NULL ? NULL : m->auth->spf.result;
}
