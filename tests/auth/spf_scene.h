/* A zone, and somebody who asks whether an address may send. */
#ifndef TESTS_AUTH_SPF_SCENE_H
#define TESTS_AUTH_SPF_SCENE_H

#include <stdlib.h>

#include "auth/auth.h"

struct spf_scene {
	const char *zone;
	const char *address; /* NULL: 192.0.2.1 */
	const char *helo;    /* NULL: mail.example.net */
	const char *sender;  /* NULL: anna@example.org */
};

/* A driver that answers when it is told, with what the zone says. */
struct spf_late {
	const struct need_driver *zone;
	struct arena *arena;
	struct span failing; /* the key that gets no answer, or null */
	struct {
		VEC(struct need *);
	} open;
	unsigned asked;
	unsigned rounds;
};

static inline const struct need_driver *spf_scene_driver(struct arena *a, const char *text)
{
	struct dns_zone *zone;
	struct why why;

	if (dns_zone_parse(a, span_of(text), &zone, &why) != RC_OK)
		panic("%s", why.text);
	return dns_zone_driver(a, zone);
}

static inline struct auth_spf_query spf_scene_query(const struct spf_scene *s)
{
	return (struct auth_spf_query){
		.address = span_of(s->address != NULL ? s->address : "192.0.2.1"),
		.helo = span_of(s->helo != NULL ? s->helo : "mail.example.net"),
		.sender = span_of(s->sender != NULL ? s->sender : "anna@example.org"),
	};
}

/* All answers are there at once. `memo` and `trace` may be NULL. */
static inline const struct auth_spf *spf_scene_run(const struct spf_scene *s, struct arena *a,
	struct auth_trace *trace, struct need_memo **memo_out)
{
	struct need_memo *memo = need_memo_make(a, 1795351538);
	struct auth_spf_query query = spf_scene_query(s);
	const struct auth_spf *out;
	struct needs needs = {0};

	need_memo_use(memo, spf_scene_driver(a, s->zone));
	needs_init(&needs, memo, 1000);
	must(auth_spf_evaluate(a, &needs, &query, trace, &out) == RC_OK);
	/* what auth_need_spf allows: 1 + 10 terms with 10 hosts + a PTR with 10 names + exp */
	must(needs.asked <= 123);
	if (memo_out != NULL)
		*memo_out = memo;
	return out;
}

static inline enum rc spf_late_ask(void *ctx, struct arena *a, struct need *need)
{
	struct spf_late *late = ctx;

	late->asked++;
	if (!span_is_null(late->failing) && span_equal(need->key, late->failing))
		return why_set(&need->why, RC_TEMPFAIL, "made to fail");
	*VEC_ADD(a, &late->open) = need;
	return RC_WAIT;
}

static inline void spf_late_answer(struct spf_late *late, struct need_memo *memo, unsigned *seed)
{
	size_t i = (size_t)rand_r(seed) % late->open.n;
	struct need *need = late->open.v[i], answered = {.kind = need->kind, .key = need->key};
	enum rc rc = late->zone->ask(late->zone->ctx, late->arena, &answered);

	late->open.v[i] = late->open.v[--late->open.n];
	need->why = answered.why;
	need_answer(memo, need, rc, answered.answer);
}

/* Answers come one at a time in an order that `seed` chooses; it is run again with every one of them. */
static inline const struct auth_spf *spf_scene_run_late(const struct spf_scene *s, struct arena *a,
	struct span failing, unsigned seed, struct spf_late *late)
{
	struct need_memo *memo = need_memo_make(a, 1795351538);
	struct auth_spf_query query = spf_scene_query(s);
	struct need_driver driver = {.kind = &dns_kind, .ctx = late, .ask = spf_late_ask};
	const struct auth_spf *out;
	struct needs needs = {0};

	*late = (struct spf_late){.zone = spf_scene_driver(a, s->zone),
		.arena = a,
		.failing = failing};
	need_memo_use(memo, &driver);
	for (;;) {
		needs_init(&needs, memo, 1000);
		late->rounds++;
		if (auth_spf_evaluate(a, &needs, &query, NULL, &out) == RC_OK)
			return out;
		must(need_pending(&needs) && late->open.n > 0);
		spf_late_answer(late, memo, &seed);
	}
}

/* "pass +mx of example.org, 1 lookup, 0 void": all that a test may want to see. */
static inline const char *spf_scene_print(struct arena *a, const struct auth_spf *spf)
{
	struct buf out;

	buf_init(&out, a, 4096);
	buf_add_string(&out, auth_spf_word(spf->result));
	if (!span_is_null(spf->mechanism))
		buf_printf(&out, " %.*s of %.*s", SPAN_ARG(spf->mechanism),
			SPAN_ARG(spf->record_domain));
	if (spf->is_plus_all)
		buf_add_string(&out, " everybody");
	if (!span_is_null(spf->explanation))
		buf_printf(&out, " \"%.*s\"", SPAN_ARG(spf->explanation));
	return arena_string(a, buf_span(&out));
}

#endif
