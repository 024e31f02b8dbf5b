/*
 * The law of checks, tried: a verdict may not depend on the order in which answers come, and whichever
 * question stays without an answer, the scan ends and says the same in every order. Used for the engine's
 * own test checks and for every check that is registered.
 */
#ifndef TESTS_SCAN_LAW_H
#define TESTS_SCAN_LAW_H

#include <stdlib.h>

#include "dns/dns.h"
#include "scan/scan.h"

/* What is put before the law. */
struct law_case {
	const struct scan_config *config;
	struct msg_envelope envelope;
	struct span bytes;
	const char *zone;
	double now;
};

/* A driver that answers late: when it is told, with what the zone says. */
struct law_late {
	const struct need_driver *zone;
	struct need_driver driver, lists;
	struct arena *arena;
	struct span failing; /* the key that gets no answer, or null */
	struct {
		VEC(struct need *);
	} open;
};

static inline enum rc law_ask(void *ctx, struct arena *a, struct need *need)
{
	struct law_late *late = ctx;

	if (!span_is_null(late->failing) && span_equal(need->key, late->failing))
		return why_set(&need->why, RC_TEMPFAIL, "made to fail");
	*VEC_ADD(a, &late->open) = need;
	return RC_WAIT;
}

static inline void law_answer_one(struct law_late *late, struct need_memo *memo, unsigned *seed)
{
	size_t i = (size_t)rand_r(seed) % late->open.n;
	struct need *need = late->open.v[i], answered = {.kind = need->kind, .key = need->key};
	const struct need_driver *knows = need->kind == &dns_kind ? late->zone : &dns_lists_trusted;
	enum rc rc = knows->ask(knows->ctx, late->arena, &answered);

	late->open.v[i] = late->open.v[--late->open.n];
	need->why = answered.why;
	need_answer(memo, need, rc, answered.answer);
}

static inline struct span law_print(struct arena *a, const struct scan_config *config,
	const struct scan_verdict *v)
{
	struct buf out;
	struct json j;

	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_json(v, config, &j);
	json_close(&j);
	return buf_span(&out);
}

static inline const struct need_driver *law_zone(const struct law_case *c, struct arena *a)
{
	struct dns_zone *zone;
	struct why why;

	if (dns_zone_parse(a, span_of(c->zone), &zone, &why) != RC_OK)
		panic("%s", why.text);
	return dns_zone_driver(a, zone);
}

/* The verdict when every answer is there at once; `memo` (may be NULL) gets what was asked. */
static inline struct span law_scan_at_once(const struct law_case *c, struct arena *a,
	const struct scan_verdict **verdict, struct need_memo **memo_out)
{
	struct need_memo *memo = need_memo_make(a, c->now);
	const struct scan_verdict *v;

	need_memo_use(memo, law_zone(c, a));
	need_memo_use(memo, &dns_lists_trusted);
	v = scan_whole(c->config, msg_make(a, &c->envelope, c->bytes), memo);
	if (verdict != NULL)
		*verdict = v;
	if (memo_out != NULL)
		*memo_out = memo;
	return law_print(a, c->config, v);
}

/* The verdict when answers come one at a time, in an order that `seed` chooses. */
static inline struct span law_scan_late(const struct law_case *c, struct arena *a,
	struct span failing, unsigned seed, const struct scan_verdict **verdict)
{
	struct law_late late = {.zone = law_zone(c, a), .arena = a, .failing = failing};
	struct need_memo *memo = need_memo_make(a, c->now);
	struct scan_task *task;
	enum scan_state state;

	late.driver = (struct need_driver){.kind = &dns_kind, .ctx = &late, .ask = law_ask};
	late.lists = (struct need_driver){.kind = &dns_list_kind, .ctx = &late, .ask = law_ask};
	need_memo_use(memo, &late.driver);
	need_memo_use(memo, &late.lists);
	task = scan_start(c->config, msg_make(a, &c->envelope, c->bytes), memo);
	while ((state = scan_step(task)) != SCAN_DONE)
		if (state == SCAN_WAITS)
			law_answer_one(&late, memo, &seed);
	if (verdict != NULL)
		*verdict = scan_verdict(task);
	return law_print(a, c->config, scan_verdict(task));
}

/* NULL when the law holds, else what was seen. Lives in `a`. */
static inline const char *law_try_orders(const struct law_case *c, struct arena *a, unsigned orders)
{
	struct span expected = law_scan_at_once(c, a, NULL, NULL);

	for (unsigned seed = 1; seed <= orders; seed++) {
		struct arena *inner = arena_make();
		struct span got = law_scan_late(c, inner, span_from(NULL, 0), seed, NULL);
		const char *wrong = NULL;

		if (!span_equal(got, expected))
			wrong = arena_printf(a, "order %u: %.*s\nat once: %.*s", seed,
				SPAN_ARG(got), SPAN_ARG(expected))
					.p;
		arena_free(inner);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

/* The questions of a scan, from its record. */
static inline size_t law_list_questions(struct arena *a, struct need_memo *memo, struct span *out,
	size_t room)
{
	static const struct span starts[] = {SPAN_INIT("{\"kind\":\"dns\",\"key\":\""),
		SPAN_INIT("{\"kind\":\"list\",\"key\":\"")};
	struct span record, line;
	struct buf text;
	size_t n = 0;

	buf_init(&text, a, 1 << 20);
	need_memo_print(memo, &text);
	record = buf_span(&text);
	while (span_next_line(&record, &line) && n < room) {
		for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
			struct span key = span_from_offset(line, starts[i].n);

			if (span_starts(line, starts[i]))
				out[n++] = span_slice(key, 0, span_find_byte(key, '"'));
		}
	}
	return n;
}

/* Every question in turn gets no answer: the scan must end, and in every order with the same verdict. */
static inline const char *law_try_failures(const struct law_case *c, struct arena *a, size_t *tried)
{
	enum { QUESTIONS_MOST = 1000 };
	struct span *questions = ARENA_ARRAY(a, struct span, QUESTIONS_MOST);
	struct need_memo *memo;
	size_t n;

	(void)law_scan_at_once(c, a, NULL, &memo);
	n = law_list_questions(a, memo, questions, QUESTIONS_MOST);
	for (size_t k = 0; k < n; k++) {
		struct span first = law_scan_late(c, a, questions[k], 1, NULL);

		for (unsigned seed = 2; seed <= 4; seed++) {
			struct span got = law_scan_late(c, a, questions[k], seed, NULL);

			if (!span_equal(got, first))
				return arena_printf(a, "%.*s fails: %.*s\nor: %.*s",
					SPAN_ARG(questions[k]), SPAN_ARG(first), SPAN_ARG(got))
					.p;
		}
	}
	*tried = n;
	return NULL;
}

#endif
