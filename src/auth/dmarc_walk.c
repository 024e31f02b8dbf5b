/*
 * From a domain to its DMARC record and its organisational domain: by the walk up the tree that
 * draft-ietf-dmarc-dmarcbis describes ("DNS Tree Walk"), or as RFC 7489 section 6.6.3 does it, at the domain and at
 * its registrable domain.
 *
 * DESIGN: all names are asked for at once. The walk could stop at a record with psd=, but nearly none has it, and
 * to wait for each name in turn would cost up to eight rounds where one is enough. What is asked for beyond the end
 * of the walk is not looked at, whatever its answer.
 */
#include "auth/dmarc_inner.h"
#include "url/url.h"

static struct span drop_label(struct span domain)
{
	return span_from_offset(domain, span_find_byte(domain, '.') + 1);
}

static void add_step(struct dmarc_walk *w, struct span domain)
{
	must(w->n < DMARC_WALK_MOST);
	w->steps[w->n++] = (struct dmarc_step){.domain = domain};
}

static void list_tree(struct dmarc_walk *w, struct span domain)
{
	size_t labels = 1 + span_count_byte(domain, '.');

	add_step(w, domain);
	while (labels > 1) {
		do {
			domain = drop_label(domain);
			labels--;
		} while (labels > DMARC_WALK_LABELS);
		add_step(w, domain);
	}
}

/* The domain itself and the one that was bought. */
static void list_registrable(struct dmarc_walk *w, struct span domain)
{
	w->org = url_find_registrable(domain);
	add_step(w, domain);
	if (!span_equal(w->org, domain))
		add_step(w, w->org);
}

static void read_answer(struct dmarc_step *step, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct dmarc_record record;

		if (!auth_dmarc_parse_record(answer->v[i].text, &record))
			continue;
		if (step->records++ > 0)
			continue;
		step->record = record;
		step->text = answer->v[i].text;
	}
}

static void ask_step(struct arena *a, struct needs *needs, struct dmarc_step *step)
{
	const struct dns_answer *answer;
	struct span name = arena_printf(a, "_dmarc.%.*s", SPAN_ARG(step->domain));

	step->rc = dns_need_txt(needs, name, &answer);
	if (step->rc == RC_OK)
		read_answer(step, answer);
	/* a name that leaves no room for "_dmarc." has no record */
	if (step->rc == RC_INVALID)
		step->rc = RC_OK;
}

/* Cuts the walk off behind the first record that says psd=y or psd=n. */
static void end_walk(struct dmarc_walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->steps[i].records == 1 && w->steps[i].record.psd != DMARC_PSD_UNKNOWN)
			w->n = i + 1;
}

/* The end of a domain with one label more than `suffix`, which it ends with. */
static struct span take_below(struct span domain, struct span suffix)
{
	struct span rest = domain;

	while (drop_label(rest).n > suffix.n)
		rest = drop_label(rest);
	return rest;
}

/*
 * The draft's section "Identifier Alignment Evaluation": below a public suffix that says so, else the shortest name
 * with a record, else the domain itself.
 */
static struct span choose_org(const struct dmarc_walk *w)
{
	struct span org = w->steps[0].domain;

	for (size_t i = 0; i < w->n; i++) {
		const struct dmarc_step *step = &w->steps[i];

		if (step->records != 1)
			continue;
		if (i > 0 && step->record.psd == DMARC_PSD_YES)
			return take_below(w->steps[0].domain, step->domain);
		org = step->domain;
	}
	return org;
}

static const struct dmarc_step *find_record(const struct dmarc_walk *w, struct span domain)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->steps[i].records == 1 && span_equal(w->steps[i].domain, domain))
			return &w->steps[i];
	return NULL;
}

/*
 * Of the domain itself, else of the organisational domain, else of the public suffix above it. NULL, too, when the
 * domain itself was not answered for. Several records are none; by RFC 7489 they also end the search.
 */
static const struct dmarc_step *choose_policy(const struct dmarc_walk *w, enum auth_walk how)
{
	const struct dmarc_step *last = &w->steps[w->n - 1];
	const struct dmarc_step *step = find_record(w, w->steps[0].domain);

	if (w->steps[0].rc != RC_OK || (how == AUTH_PUBLIC_SUFFIXES && w->steps[0].records > 1))
		return NULL;
	if (step == NULL)
		step = find_record(w, w->org);
	if (step == NULL && last->records == 1 && last->record.psd == DMARC_PSD_YES)
		step = last;
	return step;
}

/* The lowest step up to the end of the walk that has no answer, or NULL. */
static const struct dmarc_step *find_gap(const struct dmarc_walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->steps[i].rc != RC_OK)
			return &w->steps[i];
	return NULL;
}

enum rc auth_dmarc_walk(struct arena *a, struct needs *needs, enum auth_walk how,
	struct span domain, struct dmarc_walk *out)
{
	bool waits = false;

	*out = (struct dmarc_walk){.n = 0};
	if (how == AUTH_PUBLIC_SUFFIXES)
		list_registrable(out, domain);
	else
		list_tree(out, domain);
	for (size_t i = 0; i < out->n; i++) {
		ask_step(a, needs, &out->steps[i]);
		waits |= out->steps[i].rc == RC_WAIT;
	}
	if (waits)
		return RC_WAIT;
	if (how == AUTH_TREE_WALK) {
		end_walk(out);
		out->org = choose_org(out);
	}
	out->policy = choose_policy(out, how);
	out->gap = find_gap(out);
	return RC_OK;
}
