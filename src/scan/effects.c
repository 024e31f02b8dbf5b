/* From a verdict to what is done to its message. */
#include "scan/scan.h"

#include <stdlib.h>
#include <string.h>

#include "scan/headers.h"

enum { NOTES_MOST = 20 };

/* ---- making ---- */

/* `run` is NULL for a wish of the settings. */
static void note(struct scan_making *m, const struct scan_run *run, const char *what,
	struct span text)
{
	struct buf shown;

	if (m->notes.n >= NOTES_MOST)
		return;
	buf_init(&shown, m->arena, 200);
	scan_print_escaped(&shown, text);
	*VEC_ADD(m->arena, &m->notes) = arena_printf(m->arena, "%s: not %s: \"%.*s\"",
		run == NULL ? "settings" : run->member->check->name, what,
		SPAN_ARG(buf_span(&shown)));
}

enum scan_rank scan_rank_field(struct span name)
{
	if (span_equal_nocase(name, SPAN("Authentication-Results")))
		return SCAN_RANK_RESULTS;
	if (span_equal_nocase(name, SPAN("DKIM-Signature")) ||
		span_starts_nocase(name, SPAN("ARC-")))
		return SCAN_RANK_SIGNATURE;
	return SCAN_RANK_USUAL;
}

void scan_make_field_done(struct scan_making *m, struct span name, struct span value, int place)
{
	must(scan_is_field_name(name) && value.n <= SCAN_FIELD_MOST);
	if (value.n == 0 || m->fields.n >= SCAN_FIELDS_MOST)
		return;
	*VEC_ADD(m->arena, &m->fields) = (struct scan_field){
		.name = name,
		.value = value,
		.place = place < 0 ? SCAN_FIELD_BELOW_ALL : place,
	};
}

void scan_make_field(struct scan_making *m, struct span name, struct span value, int place)
{
	/* nothing may refold a signature */
	bool keep = scan_rank_field(name) == SCAN_RANK_SIGNATURE;

	scan_make_field_done(m, name, scan_fold_value(m->arena, name, value, keep), place);
}

void scan_make_removal(struct scan_making *m, struct span name, int nth)
{
	must(scan_is_field_name(name));
	if (m->removals.n < SCAN_FIELDS_MOST)
		*VEC_ADD(m->arena, &m->removals) =
			(struct scan_field_removal){.name = name, .nth = nth};
}

/* ---- what checks have wished for ---- */

static void grant_field(struct scan_making *m, const struct scan_run *run,
	const struct scan_wanted *wanted)
{
	if (!scan_is_field_name(wanted->name))
		note(m, run, "the name of a header field", wanted->name);
	else if (wanted->kind == SCAN_REMOVE_FIELD)
		scan_make_removal(m, wanted->name, 0);
	else
		scan_make_field(m, wanted->name, wanted->value, SCAN_FIELD_BELOW_ALL);
}

static void grant_rcpt(struct scan_making *m, const struct scan_run *run,
	const struct scan_wanted *wanted)
{
	if (!scan_is_mailbox(wanted->value))
		note(m, run, "an address", wanted->value);
	else if (wanted->kind == SCAN_ADD_RCPT && m->add_rcpts.n < MSG_RECIPIENTS_MOST)
		*VEC_ADD(m->arena, &m->add_rcpts) = wanted->value;
	else if (wanted->kind == SCAN_DROP_RCPT && m->drop_rcpts.n < MSG_RECIPIENTS_MOST)
		*VEC_ADD(m->arena, &m->drop_rcpts) = wanted->value;
}

static void grant(struct scan_making *m, const struct scan_run *run,
	const struct scan_wanted *wanted)
{
	switch (wanted->kind) {
	case SCAN_ADD_FIELD:
	case SCAN_REMOVE_FIELD:
		grant_field(m, run, wanted);
		return;
	case SCAN_ADD_RCPT:
	case SCAN_DROP_RCPT:
		grant_rcpt(m, run, wanted);
		return;
	case SCAN_CHANGE_SENDER:
		/* empty: the null sender */
		if (wanted->value.n > 0 && !scan_is_mailbox(wanted->value))
			note(m, run, "an address", wanted->value);
		else
			m->sender = wanted->value;
		return;
	case SCAN_CHANGE_SUBJECT:
		m->subject = wanted->value;
		return;
	case SCAN_DOUBT:
		return;
	}
	panic("a wish of the unknown kind %d", (int)wanted->kind);
}

/*
 * In order of registration; of several senders and subjects the last one counts. Then those of the settings.
 */
static void grant_wishes(struct scan_making *m)
{
	const struct scan_task *task = m->verdict->task;
	const struct scan_settings *settings = m->verdict->made_with;
	struct scan_view view = {.settings = settings};

	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		for (size_t k = 0; run->finished && k < run->wishes.n; k++)
			if (!scan_view_drops_run(&view, run))
				grant(m, run, &run->wishes.v[k]);
	}
	for (size_t k = 0; settings != NULL && k < settings->wishes.n; k++)
		grant_field(m, NULL, &settings->wishes.v[k]);
}

/* The template: a check's goes before the administrator's. */
static void make_subject(struct scan_making *m)
{
	const struct scan_verdict *v = m->verdict;

	if (span_is_null(m->subject) && span_equal(v->action->name, SPAN("rewrite subject")))
		m->subject = v->subject;
	if (!span_is_null(m->subject))
		m->subject = scan_make_subject(m->arena, m->subject, v->task->msg->mime, v->score);
}

/* ---- putting in order ---- */

/*
 * By name; 0 (all of them) before any, then what is counted from the top, then from the bottom. The further from where
 * it is counted, the earlier: what goes does not move those that are nearer.
 */
static int compare_removals(const void *left, const void *right)
{
	const struct scan_field_removal *a = left, *b = right;
	int names = span_compare_nocase(a->name, b->name);

	if (names != 0)
		return names;
	if ((a->nth == 0) != (b->nth == 0))
		return a->nth == 0 ? -1 : 1;
	if ((a->nth > 0) != (b->nth > 0))
		return a->nth > 0 ? -1 : 1;
	return abs(b->nth) - abs(a->nth);
}

static int count_fields(const struct scan_making *m, struct span name)
{
	const struct mime_part *root = scan_verdict_msg(m->verdict)->mime->root;
	const struct mime_header *field = mime_find_header(root, name);
	int n = 0;

	for (; field != NULL; field = mime_next_header(root, field))
		n++;
	return n;
}

/*
 * Where fields of a name are counted from both ends, what goes from the top moves those that are counted from the
 * bottom, and two numbers may mean one field: all are counted from the top then. What is not there is left out.
 */
static void count_from_top(struct scan_making *m)
{
	const struct scan_field_removal *last = NULL;
	int fields = -1;
	bool from_top = false;
	size_t n = 0;

	for (size_t i = 0; i < m->removals.n; i++) {
		struct scan_field_removal r = m->removals.v[i];

		if (last == NULL || !span_equal_nocase(last->name, r.name)) {
			from_top = r.nth > 0;
			fields = -1;
		}
		if (r.nth < 0 && from_top) {
			fields = fields == -1 ? count_fields(m, r.name) : fields;
			r.nth += fields + 1;
			if (r.nth < 1)
				continue;
		}
		m->removals.v[n] = r;
		last = &m->removals.v[n++];
	}
	m->removals.n = n;
}

static void sort_removals(struct scan_making *m)
{
	if (m->removals.n > 1)
		qsort(m->removals.v, m->removals.n, sizeof(*m->removals.v), compare_removals);
}

/* Each once, by name; where all of a name go, no single one is named. */
static void order_removals(struct scan_making *m)
{
	size_t n = 0;

	sort_removals(m);
	count_from_top(m);
	sort_removals(m);
	for (size_t i = 0; i < m->removals.n; i++) {
		const struct scan_field_removal *last = n == 0 ? NULL : &m->removals.v[n - 1];

		if (last != NULL && span_equal_nocase(last->name, m->removals.v[i].name) &&
			(last->nth == 0 || last->nth == m->removals.v[i].nth))
			continue;
		m->removals.v[n++] = m->removals.v[i];
	}
	m->removals.n = n;
}

static void order_fields(struct scan_making *m, struct scan_effects *effects)
{
	effects->fields = ARENA_ARRAY(m->arena, struct scan_field, m->fields.n);
	for (enum scan_rank rank = 0; rank < SCAN_RANK_COUNT; rank++)
		for (size_t i = 0; i < m->fields.n; i++)
			if (scan_rank_field(m->fields.v[i].name) == rank)
				effects->fields[effects->field_count++] = m->fields.v[i];
}

const struct scan_effects *scan_effects_make(const struct scan_verdict *v)
{
	struct arena *a = v->task->arena;
	struct scan_effects *effects = ARENA_NEW(a, struct scan_effects);
	struct scan_making m = {.arena = a, .verdict = v};

	scan_headers_write(&m, v->task->config->headers);
	grant_wishes(&m);
	make_subject(&m);
	order_removals(&m);
	order_fields(&m, effects);
	effects->removals = m.removals.v;
	effects->removal_count = m.removals.n;
	effects->subject = m.subject;
	effects->sender = m.sender;
	effects->add_rcpts = m.add_rcpts.v;
	effects->add_rcpt_count = m.add_rcpts.n;
	effects->drop_rcpts = m.drop_rcpts.v;
	effects->drop_rcpt_count = m.drop_rcpts.n;
	effects->notes = m.notes.v;
	effects->note_count = m.notes.n;
	return effects;
}
