/*
 * DMARC: a record, and the whole evaluation, both ways to find organisations. Pieces of the input, with a byte 0xfe
 * between them: a zone, header fields, the domain of a pass of SPF, domains of passing signatures with commas. What
 * passes must pass by a second, simple reading, too.
 */
#include "auth/auth.h"
#include "auth/dmarc_inner.h"
#include "url/url.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum piece { ZONE, HEADER, SPF, DKIM, PIECE_COUNT };

static void try_record(struct span text)
{
	struct dmarc_record r, again;
	bool is_one = auth_dmarc_parse_record(text, &r);

	must(is_one == auth_dmarc_parse_record(text, &again));
	if (!is_one)
		return;
	must(r.pct <= 100 && r.p <= AUTH_POLICY_REJECT && r.sp <= AUTH_POLICY_REJECT &&
		r.np <= AUTH_POLICY_REJECT);
	must(r.p == again.p && r.sp == again.sp && r.np == again.np && r.psd == again.psd);
	if (r.why != NULL)
		must(r.p == AUTH_POLICY_NONE && r.sp == r.p && r.np == r.p);
}

static bool ends_in(struct span domain, struct span org)
{
	return span_ends_nocase(domain, org) &&
		(domain.n == org.n || domain.p[domain.n - org.n - 1] == '.');
}

static bool speaks_for(const struct auth_dmarc *d, struct span domain, enum auth_walk walk,
	struct arena *a)
{
	struct span ascii;

	if (!url_make_ascii(a, domain, &ascii))
		return false;
	if (walk == AUTH_PUBLIC_SUFFIXES)
		return url_same_registrable(ascii, d->from_domain);
	return ends_in(ascii, d->org_domain);
}

static void check(struct msg *m, const struct auth_dmarc *d, enum auth_walk walk,
	const struct auth_spf *spf, const struct auth_dkim *dkim)
{
	bool spoken = speaks_for(d, spf->domain, walk, m->arena);

	must(d->disposition <= d->policy && d->pct <= 100);
	must(d->disposition == AUTH_POLICY_NONE || d->result == AUTH_DMARC_FAIL);
	must(d->result == AUTH_DMARC_PASS || d->result == AUTH_DMARC_NONE || !span_is_null(d->why));
	if (!span_is_null(d->from_domain))
		must(ends_in(d->from_domain, d->org_domain));
	if (d->result != AUTH_DMARC_PASS)
		return;
	must(mime_count_headers(m->mime->root, SPAN("From")) == 1);
	must(d->spf_aligned || d->dkim_aligned);
	for (size_t i = 0; i < dkim->n; i++)
		spoken |= speaks_for(d, dkim->v[i].domain, walk, m->arena);
	must(spoken);
	for (size_t i = 0; i < msg_from(m)->n; i++)
		must(span_equal_nocase(msg_from(m)->v[i].domain, d->from_domain) ||
			!span_is_ascii(msg_from(m)->v[i].domain));
}

static void evaluate(struct arena *a, const struct span *pieces, struct dns_zone *zone,
	enum auth_walk walk)
{
	const struct auth_dmarc_options options = {.walk = walk};
	const struct auth_spf spf = {.result = AUTH_SPF_PASS, .domain = pieces[SPF]};
	struct auth_signature v[AUTH_SIGNATURES_MOST] = {{.field = NULL}};
	struct auth_dkim dkim = {.v = v};
	struct auth_trace trace = {.arena = a};
	struct need_memo *memo = need_memo_make(a, 0);
	struct needs needs = {.memo = NULL};
	struct msg *m = msg_make(a, &(struct msg_envelope){.from = SPAN("")}, pieces[HEADER]);
	const struct auth_dmarc *d, *again;

	for (struct span rest = pieces[DKIM], one;
		dkim.n < AUTH_SIGNATURES_MOST && span_next(&rest, ',', &one);)
		v[dkim.n++] = (struct auth_signature){.result = AUTH_DKIM_PASS, .domain = one};
	need_memo_use(memo, dns_zone_driver(a, zone));
	needs_init(&needs, memo, 2000);
	must(auth_dmarc_evaluate(m, &needs, &options, &spf, &dkim, &trace, &d) == RC_OK);
	must(need_memo_asked(memo) <= 4 * 9 + 6 * 8);
	check(m, d, walk, &spf, &dkim);
	must(auth_dmarc_evaluate(m, &needs, &options, &spf, &dkim, NULL, &again) == RC_OK);
	must(again->result == d->result && again->disposition == d->disposition &&
		span_equal(again->why, d->why));
	/* with nobody to speak for it, it passes nowhere */
	must(auth_dmarc_evaluate(m, &needs, &options, NULL, NULL, NULL, &again) == RC_OK);
	must(again->result != AUTH_DMARC_PASS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its own size, so that a step over its end is seen */
	char *copy = malloc(size + 1);
	struct arena *a = arena_make();
	struct span rest = span_from(copy, size), pieces[PIECE_COUNT] = {{NULL, 0}};
	struct dns_zone *zone;
	struct why why;

	must(copy != NULL);
	for (size_t i = 0; i < size; i++)
		copy[i] = (char)data[i];
	try_record(rest);
	for (unsigned i = 0; i < PIECE_COUNT; i++)
		(void)span_next(&rest, '\xfe', &pieces[i]);
	if (dns_zone_parse(a, pieces[ZONE], &zone, &why) != RC_OK)
		zone = dns_zone_make(a);
	evaluate(a, pieces, zone, AUTH_TREE_WALK);
	evaluate(a, pieces, zone, AUTH_PUBLIC_SUFFIXES);
	arena_free(a);
	free(copy);
	return 0;
}
