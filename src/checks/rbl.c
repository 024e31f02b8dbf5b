/*
 * Lists of DNS (RFC 5782): what they say of the client, of earlier hops, and of the domains that stand behind
 * the message.
 *
 * DESIGN: all questions are asked in one run and the answers looked at in the next, so 30 lists cost two runs.
 * An answer must be one of a list before any code is looked at: what means "you may not ask", and what only a
 * resolver that lies would say, never counts, whatever the configuration makes of it. The list is doubted, and the
 * verdict names it as not asked. A symbol for it is shown, with weight 0, only for a refusal that a code names exactly.
 */
#include "checks/rbl.h"

#include <string.h>

enum {
	NEEDS_MOST = 20000, /* all checks together have NEED_QUESTIONS_MOST */
	RESOLVED_MOST = 4,  /* addresses of a name of either kind that a list is asked for */
	GAP_MOST = 4000,    /* bytes of the sentence about what was not asked */
	SENTENCES_MOST = 3, /* in full; of the others the names */
};

/* One question: a list is asked for an element. */
struct question {
	const struct rbl_list *list;
	const struct rbl_element *element;
	struct span text; /* what it was asked for, as evidence */
	enum rc rc;
	const struct dns_answer *answer;
	struct span why; /* of RC_TEMPFAIL */
};

/* A list that could not be asked, or cannot be believed. */
struct outage {
	const struct rbl_list *list;
	struct span sentence;
};

struct asking {
	struct scan *s;
	const struct rbl *rbl;
	struct rbl_elements elements;
	struct {
		VEC(struct question);
	} questions;
	struct {
		VEC(struct outage);
	} outages;
	struct {
		VEC(struct span);
	} white; /* elements that are wanted */
	struct {
		VEC(struct span);
	} lefts; /* sentences about what was too much */
	bool is_limited;
};

/* ---- what does not count is told ---- */

static void add_outage(struct asking *k, const struct rbl_list *list, struct span sentence)
{
	for (size_t i = 0; i < k->outages.n; i++)
		if (span_equal(k->outages.v[i].list->zone, list->zone))
			return;
	*VEC_ADD(k->s->arena, &k->outages) = (struct outage){list, sentence};
}

/* Somebody who can test it is told: this run must not change anything. */
static void doubt(struct asking *k, const struct rbl_list *list)
{
	if (list->is_tested)
		scan_wish(k->s, SCAN_DOUBT, SPAN("list"), list->zone);
}

static void tell_gap(struct asking *k)
{
	struct buf out;

	buf_init(&out, k->s->arena, GAP_MOST);
	if (k->outages.n > 1) {
		buf_printf(&out, "%zu lists:", k->outages.n);
		for (size_t i = 0; i < k->outages.n; i++)
			buf_printf(&out, "%s %.*s", i == 0 ? "" : ",",
				SPAN_ARG(k->outages.v[i].list->zone));
		buf_add_string(&out, ". ");
	}
	for (size_t i = 0; i < num_min(k->outages.n, SENTENCES_MOST); i++)
		buf_printf(&out, "%s%.*s", i == 0 ? "" : ". ", SPAN_ARG(k->outages.v[i].sentence));
	for (size_t i = 0; i < k->lefts.n; i++)
		buf_printf(&out, "%s%.*s", out.n == 0 ? "" : ". ", SPAN_ARG(k->lefts.v[i]));
	if (out.n > 0)
		scan_tell_gap(k->s, buf_span(&out));
}

/* What there was too much of. */
static void note_left(struct asking *k, size_t left, size_t found, const char *what)
{
	if (left > 0)
		*VEC_ADD(k->s->arena, &k->lefts) = arena_printf(k->s->arena,
			"%zu of %zu %s were not asked for", left, found, what);
}

/* ---- asking ---- */

static struct span last_why(const struct asking *k)
{
	const struct need *failed = k->s->needs->failed;

	return failed == NULL ? SPAN("no answer") : span_of(failed->why.text);
}

/* Whether the list is to be asked now. */
static bool is_usable(struct asking *k, const struct rbl_list *list)
{
	const struct dns_list *state;
	enum rc rc;

	if (!list->is_tested)
		return true;
	rc = dns_list_need(k->s->needs, list->zone, &state);
	if (rc == RC_OK && state->usable)
		return true;
	if (rc == RC_OK)
		add_outage(k, list, state->why);
	else if (rc == RC_TEMPFAIL)
		add_outage(k, list,
			arena_printf(k->s->arena, "%.*s was not asked: %.*s", SPAN_ARG(list->zone),
				SPAN_ARG(last_why(k))));
	k->is_limited |= rc == RC_LIMIT;
	return false;
}

/* `plain` is not hidden in a digest yet, `text` tells people of it. */
static void ask_name(struct asking *k, const struct rbl_list *list,
	const struct rbl_element *element, struct span plain, struct span text)
{
	struct span name = rbl_make_name(k->s->arena, list, plain);
	struct question q = {.list = list, .element = element, .text = text};

	if (span_is_null(name))
		return;
	q.rc = dns_need_a(k->s->needs, name, &q.answer);
	if (q.rc == RC_TEMPFAIL)
		q.why = last_why(k);
	k->is_limited |= q.rc == RC_LIMIT;
	if (q.rc == RC_OK || q.rc == RC_TEMPFAIL)
		*VEC_ADD(k->s->arena, &k->questions) = q;
}

static void ask_address(struct asking *k, const struct rbl_list *list,
	const struct rbl_element *element, struct span address, struct span of)
{
	struct arena *a = k->s->arena;
	struct ip ip;

	if (!ip_parse(address, &ip) || (list->exclude_private && ip_is_private(&ip)) ||
		checks_nets_have(&list->exclude, address))
		return;
	ask_name(k, list, element, ip_print_reversed(a, &ip),
		arena_printf(a, "%.*s:%.*s", SPAN_ARG(address), SPAN_ARG(of)));
}

/* Of a name its addresses, which come first: such a list costs a run more. */
static void ask_resolved(struct asking *k, const struct rbl_list *list,
	const struct rbl_element *element, struct span host)
{
	const enum dns_type types[] = {DNS_A, DNS_AAAA};
	const bool wanted[] = {list->ipv4, list->ipv6};
	const struct dns_answer *answer;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		enum rc rc;

		if (!wanted[i])
			continue;
		rc = dns_need(k->s->needs, types[i], host, &answer);
		k->is_limited |= rc == RC_LIMIT;
		/* whose name it is can make it fail: that says nothing of the list */
		if (rc == RC_TEMPFAIL)
			add_outage(k, list,
				arena_printf(k->s->arena, "%.*s was not asked for %.*s: %.*s",
					SPAN_ARG(list->zone), SPAN_ARG(host),
					SPAN_ARG(last_why(k))));
		for (size_t n = 0; rc == RC_OK && n < num_min(answer->n, RESOLVED_MOST); n++)
			ask_address(k, list, element, answer->v[n].text, host);
	}
}

static void ask(struct asking *k, const struct rbl_list *list, const struct rbl_element *element)
{
	struct rbl_name name = rbl_plain_name(k->s->arena, list, element);

	if (span_is_null(name.name))
		return;
	if (list->resolves && !element->is_address)
		ask_resolved(k, list, element, name.name);
	else
		ask_name(k, list, element, name.name, name.text);
}

/* Whoever the client is, the content may be somebody else's. */
static bool is_left_out(const struct asking *k, const struct rbl_list *list, enum rbl_kind kind)
{
	return (list->exclude_users && scan_is_authenticated(k->s)) ||
		(list->exclude_local && kind < RBL_DKIM && scan_is_local(k->s));
}

static void ask_list(struct asking *k, const struct rbl_list *list)
{
	bool is_known = false;
	size_t asked = 0;

	for (size_t i = 0; i < k->elements.n && asked < list->asks_most; i++) {
		const struct rbl_element *e = &k->elements.v[i];

		if (!rbl_list_wants(list, e) || is_left_out(k, list, e->kind))
			continue;
		/* of a list that nothing is asked, it does not matter whether it is off */
		if (!is_known && !is_usable(k, list))
			return;
		is_known = true;
		ask(k, list, e);
		asked++;
	}
}

/* ---- answers ---- */

enum worth { COUNTS, IS_REFUSED, IS_NO_ANSWER };

/* Where the lowest bit has a symbol, it is how such lists refuse, as SURBL and URIBL do. */
static bool is_bit_refusal(const struct rbl_list *list, struct span text)
{
	return list->bit_refuses && span_equal(text, SPAN("127.0.0.1"));
}

static enum dns_list_answer judge_one(const struct rbl_list *list, struct span text)
{
	return is_bit_refusal(list, text) ? DNS_LIST_REFUSED : dns_list_judge(text);
}

/* One address that is none of a list's taints the others: somebody else has answered. */
static enum worth judge(const struct rbl_list *list, const struct dns_answer *answer,
	struct span *odd)
{
	enum worth worth = COUNTS;

	for (size_t i = 0; i < answer->n; i++) {
		enum dns_list_answer one = judge_one(list, answer->v[i].text);

		if (one == DNS_LIST_LISTED)
			continue;
		*odd = answer->v[i].text;
		if (one == DNS_LIST_REFUSED)
			return IS_REFUSED;
		worth = IS_NO_ANSWER;
	}
	return worth;
}

static bool is_all_refused(const struct rbl_list *list, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++)
		if (judge_one(list, answer->v[i].text) != DNS_LIST_REFUSED)
			return false;
	return true;
}

static const struct rbl_code *find_code(const struct rbl_list *list, const uint8_t address[4],
	size_t start)
{
	for (size_t i = start; i < list->codes.n; i++)
		if (rbl_code_has(&list->codes.v[i], address))
			return &list->codes.v[i];
	return NULL;
}

static bool is_white(const struct asking *k, struct span text)
{
	for (size_t i = 0; i < k->white.n; i++)
		if (span_equal(k->white.v[i], text))
			return true;
	return false;
}

static void note_white(struct asking *k, const struct question *q, struct span text)
{
	struct ip ip;
	const struct rbl_code *code;

	if (!ip_parse(text, &ip))
		return;
	code = find_code(q->list, ip.bytes + 12, 0);
	if (code != NULL ? code->is_white : q->list->own_is_white)
		*VEC_ADD(k->s->arena, &k->white) = q->text;
}

/* Before anything is added: what is wanted is not looked for in lists of the unwanted. */
static void find_white(struct asking *k)
{
	for (size_t i = 0; i < k->questions.n; i++) {
		const struct question *q = &k->questions.v[i];
		struct span odd;

		if (!q->list->is_white || q->rc != RC_OK ||
			judge(q->list, q->answer, &odd) != COUNTS)
			continue;
		for (size_t n = 0; n < q->answer->n; n++)
			note_white(k, q, q->answer->v[n].text);
	}
}

/*
 * A refusal is shown when a code names just this address; for patterns and bits it is none, and composites would
 * take their symbols for what the list has said.
 */
static void add_refusal(const struct asking *k, const struct question *q, struct span text)
{
	struct span kind = rbl_kind_name(q->element->kind);
	struct ip ip;

	must(ip_parse(text, &ip));
	for (const struct rbl_code *c = find_code(q->list, ip.bytes + 12, 0); c != NULL;
		c = find_code(q->list, ip.bytes + 12, (size_t)(c - q->list->codes.v) + 1))
		if (rbl_code_is_exact(c) || (c->bits == 1 && is_bit_refusal(q->list, text)))
			scan_add_printf(k->s, (unsigned)c->symbols[q->element->kind], 0,
				"%.*s:%.*s", SPAN_ARG(q->text), SPAN_ARG(kind));
}

/* The symbols of one address; the list's own when no code explains it. */
static void add_symbols(const struct asking *k, const struct question *q, struct span text)
{
	const struct rbl_list *list = q->list;
	enum rbl_kind e = q->element->kind;
	struct span kind = rbl_kind_name(e);
	const struct rbl_code *code;
	struct ip ip;

	if (!ip_parse(text, &ip) || !ip_is_v4(&ip))
		return;
	code = find_code(list, ip.bytes + 12, 0);
	for (const struct rbl_code *c = code; c != NULL;
		c = find_code(list, ip.bytes + 12, (size_t)(c - list->codes.v) + 1))
		scan_add_printf(k->s, (unsigned)c->symbols[e], 1, "%.*s:%.*s", SPAN_ARG(q->text),
			SPAN_ARG(kind));
	if (code != NULL)
		return;
	if (list->codes.n == 0)
		scan_add_printf(k->s, (unsigned)list->own[e], 1, "%.*s:%.*s", SPAN_ARG(q->text),
			SPAN_ARG(kind));
	else if (list->unknown)
		scan_add_printf(k->s, (unsigned)list->own[e], 1, "%.*s:%.*s:%.*s",
			SPAN_ARG(q->text), SPAN_ARG(kind), SPAN_ARG(text));
}

static void tell_odd(struct asking *k, const struct question *q, enum worth worth, struct span odd)
{
	add_outage(k, q->list,
		arena_printf(k->s->arena,
			worth == IS_REFUSED
				? "%.*s refuses our questions (%.*s), so what it says does not count"
				: "%.*s gives an answer that no list gives (%.*s), so what it says "
				  "does not count",
			SPAN_ARG(q->list->zone), SPAN_ARG(odd)));
	doubt(k, q->list);
}

static void look_at(struct asking *k, const struct question *q)
{
	const struct rbl_list *list = q->list;
	enum worth worth;
	struct span odd;

	if (!list->is_white && !list->ignores_white && is_white(k, q->text))
		return;
	if (q->rc == RC_TEMPFAIL) {
		scan_add_printf(k->s, (unsigned)list->fail, 1, "%.*s:%.*s", SPAN_ARG(q->text),
			SPAN_ARG(q->why));
		add_outage(k, list,
			arena_printf(k->s->arena, "%.*s gave no answer for %.*s: %.*s",
				SPAN_ARG(list->zone), SPAN_ARG(q->text), SPAN_ARG(q->why)));
		doubt(k, list);
		return;
	}
	worth = judge(q->list, q->answer, &odd);
	if (worth != COUNTS)
		tell_odd(k, q, worth, odd);
	if (worth != COUNTS && !is_all_refused(list, q->answer))
		return;
	for (size_t i = 0; i < q->answer->n; i++)
		if (worth == COUNTS)
			add_symbols(k, q, q->answer->v[i].text);
		else
			add_refusal(k, q, q->answer->v[i].text);
}

/* ---- the check ---- */

static enum rc run(struct scan *s)
{
	struct asking k = {.s = s, .rbl = s->prepared};

	rbl_gather(s->arena, s->msg, k.rbl, &k.elements);
	for (size_t i = 0; i < k.rbl->lists.n; i++)
		ask_list(&k, &k.rbl->lists.v[i]);
	if (need_pending(s->needs))
		return RC_WAIT;
	find_white(&k);
	for (size_t i = 0; i < k.questions.n; i++)
		look_at(&k, &k.questions.v[i]);
	note_left(&k, k.elements.domains_left, k.elements.domains_found, "domains");
	note_left(&k, k.elements.pages_left, k.elements.pages_found, "pages of shared hosts");
	note_left(&k, k.elements.emails_left, k.elements.emails_left + k.elements.emails_found,
		"addresses of mail");
	tell_gap(&k);
	if (k.is_limited || (k.lefts.n > 0 && k.outages.n == 0))
		return RC_LIMIT;
	return k.outages.n > 0 ? RC_TEMPFAIL : RC_OK;
}

static void *prepare(struct scan_preparing *p, const void *options)
{
	return rbl_lists_read(p, options);
}

static const struct conf_section *const sections[] = {&rbl_list_section, NULL};
/* who has signed must be known */
static const char *const after[] = {"dkim", NULL};

const struct check check_rbl = {
	.name = "rbl",
	.help = "Lists of DNS: what they say of the client, of earlier hops, and of domains and addresses in "
		"the text.",
	.stage = SCAN_MAIN,
	.symbols = rbl_symbols,
	.symbol_count = RBL_SYMBOL_COUNT,
	.options = rbl_rows,
	.option_count = RBL_ROW_COUNT,
	.options_size = sizeof(struct rbl_options),
	.after = after,
	.needs_most = NEEDS_MOST,
	.prepare = prepare,
	.sections = sections,
	.run = run,
};

/* ---- for whoever tests the lists ---- */

static enum dns_list_kind kind_of(const struct rbl_list *list)
{
	if (list->hashing.hash != RBL_NO_HASH)
		return DNS_LIST_OF_DIGESTS;
	if (!list->resolves && !list->only_addresses && !list->kinds[RBL_FROM] &&
		!list->kinds[RBL_RECEIVED])
		return DNS_LIST_OF_DOMAINS;
	return list->ipv4 ? DNS_LIST_OF_ADDRESSES : DNS_LIST_OF_IPV6;
}

void checks_each_list(const struct scan_config *config,
	void (*fn)(void *ctx, struct span zone, enum dns_list_kind kind), void *ctx)
{
	const struct rbl *rbl = scan_config_prepared(config, &check_rbl);

	for (size_t i = 0; rbl != NULL && i < rbl->lists.n; i++) {
		const struct rbl_list *list = &rbl->lists.v[i];

		if (list->is_tested)
			fn(ctx, list->zone, kind_of(list));
	}
}

double checks_list_interval(const struct scan_config *config)
{
	const struct rbl *rbl = scan_config_prepared(config, &check_rbl);

	return rbl == NULL ? 0 : rbl->test_interval;
}
