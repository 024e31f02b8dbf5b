/*
 * The memo: questions by kind and key, and who asked what in its last run.
 *
 * DESIGN: one map over "kind key" holds all needs of a message, in order of asking. Askers keep pointers
 * to the needs that were open in their last run, so "is it ready" is a look at a few words. A list of
 * waiting askers at each need was rejected: askers are few, and nothing would have to be taken out of it.
 */
#include "need/need.h"

#include <string.h>

#include "need/inner.h"

static void print_time(struct buf *out, const void *answer)
{
	buf_printf(out, "%.6f", *(const double *)answer);
}

static const void *parse_time(struct arena *a, struct span text)
{
	double *now = ARENA_NEW(a, double);

	return num_parse_double(text, now) ? now : NULL;
}

const struct need_kind need_time_kind = {"time", print_time, parse_time};

struct need_memo *need_memo_make_empty(struct arena *a)
{
	struct need_memo *memo = ARENA_NEW(a, struct need_memo);

	memo->arena = a;
	memo->needs = map_make(a);
	return memo;
}

struct need_memo *need_memo_make(struct arena *a, double now)
{
	struct need_memo *memo = need_memo_make_empty(a);
	struct need *time = need_memo_add(memo, &need_time_kind, SPAN("now"));
	double *answer = ARENA_NEW(a, double);

	*answer = now;
	time->answer = answer;
	time->rc = RC_OK;
	return memo;
}

struct arena *need_memo_arena(const struct need_memo *memo)
{
	return memo->arena;
}

void need_memo_use(struct need_memo *memo, const struct need_driver *driver)
{
	*VEC_ADD(memo->arena, &memo->drivers) = driver;
}

void need_memo_on_answer(struct need_memo *memo, void (*fn)(void *ctx), void *ctx)
{
	memo->on_answer = fn;
	memo->on_answer_ctx = ctx;
}

static const struct need_driver *find_driver(const struct need_memo *memo,
	const struct need_kind *kind)
{
	for (size_t i = 0; i < memo->drivers.n; i++)
		if (memo->drivers.v[i]->kind == kind)
			return memo->drivers.v[i];
	return NULL;
}

/* The map's key: no kind's name holds a blank. False when it does not fit: keys are names and the like. */
static bool print_map_key(const struct need_kind *kind, struct span key, char *out, size_t room,
	struct span *text)
{
	size_t n = strlen(kind->name);

	if (n + 1 + key.n >= room)
		return false;
	memcpy(out, kind->name, n);
	out[n] = ' ';
	if (key.n > 0)
		memcpy(out + n + 1, key.p, key.n);
	*text = span_from(out, n + 1 + key.n);
	return true;
}

struct need *need_memo_find(const struct need_memo *memo, const struct need_kind *kind,
	struct span key)
{
	char text[NEED_KEY_MOST];
	struct span map_key;

	if (!print_map_key(kind, key, text, sizeof(text), &map_key))
		return NULL;
	return map_find(memo->needs, map_key);
}

struct need *need_memo_add(struct need_memo *memo, const struct need_kind *kind, struct span key)
{
	struct need *n = ARENA_NEW(memo->arena, struct need);
	char text[NEED_KEY_MOST];
	struct span map_key;

	must(print_map_key(kind, key, text, sizeof(text), &map_key));
	map_key = arena_copy(memo->arena, map_key);
	n->kind = kind;
	n->key = span_from_offset(map_key, strlen(kind->name) + 1);
	n->rc = RC_WAIT;
	(void)map_put(memo->needs, map_key, n);
	return n;
}

static void fail_need(struct need *n, const char *reason)
{
	n->rc = why_set(&n->why, RC_TEMPFAIL, "%s", reason);
	n->answer = NULL;
}

/* Asks the world; on return the need is answered, failed, or open at its driver. */
static void ask_world(struct need_memo *memo, struct need *n)
{
	const struct need_driver *driver = find_driver(memo, n->kind);

	if (memo->closed != NULL) {
		fail_need(n, memo->closed);
		return;
	}
	if (driver == NULL) {
		fail_need(n, "nothing is set up that could answer");
		return;
	}
	memo->asked++;
	n->rc = driver->ask(driver->ctx, memo->arena, n);
	must(n->rc == RC_OK || n->rc == RC_WAIT || n->rc == RC_TEMPFAIL);
	must(n->rc != RC_OK || n->answer != NULL);
	if (n->rc == RC_WAIT)
		memo->open++;
}

void need_answer(struct need_memo *memo, struct need *n, enum rc rc, const void *answer)
{
	must(n->rc == RC_WAIT && memo->open > 0);
	must(rc == RC_TEMPFAIL || (rc == RC_OK && answer != NULL));
	n->rc = rc;
	n->answer = rc == RC_OK ? answer : NULL;
	memo->open--;
	if (memo->on_answer != NULL)
		memo->on_answer(memo->on_answer_ctx);
}

void need_memo_expire(struct need_memo *memo, const char *reason)
{
	memo->closed = reason;
	for (size_t i = 0; i < map_count(memo->needs); i++) {
		struct need *n = map_value(memo->needs, i);
		const struct need_driver *driver;

		if (n->rc != RC_WAIT)
			continue;
		driver = find_driver(memo, n->kind);
		if (driver->cancel != NULL)
			driver->cancel(driver->ctx, n);
		fail_need(n, reason);
	}
	memo->open = 0;
}

size_t need_memo_open(const struct need_memo *memo)
{
	return memo->open;
}

size_t need_memo_asked(const struct need_memo *memo)
{
	return memo->asked;
}

void needs_init(struct needs *needs, struct need_memo *memo, unsigned limit)
{
	needs->memo = memo;
	needs->limit = limit;
	needs->asked = 0;
	needs->failed = NULL;
	needs->open.n = 0;
}

enum rc need_ask(struct needs *needs, const struct need_kind *kind, struct span key,
	const void **out)
{
	struct need_memo *memo = needs->memo;
	struct need *n;

	*out = NULL;
	if (needs->asked >= needs->limit || strlen(kind->name) + key.n + 2 > NEED_KEY_MOST)
		return RC_LIMIT;
	needs->asked++;
	n = need_memo_find(memo, kind, key);
	if (n == NULL) {
		if (map_count(memo->needs) >= NEED_QUESTIONS_MOST)
			panic("checks may ask %d questions together", NEED_QUESTIONS_MOST);
		n = need_memo_add(memo, kind, key);
		ask_world(memo, n);
	}
	if (n->rc == RC_WAIT)
		*VEC_ADD(memo->arena, &needs->open) = n;
	else if (n->rc == RC_TEMPFAIL)
		needs->failed = n;
	*out = n->answer;
	return n->rc;
}

void needs_share(struct needs *asker, const struct needs *of_fact)
{
	for (size_t i = 0; i < of_fact->open.n; i++)
		*VEC_ADD(asker->memo->arena, &asker->open) = of_fact->open.v[i];
	if (of_fact->failed != NULL)
		asker->failed = of_fact->failed;
}

bool need_pending(const struct needs *needs)
{
	return needs->open.n > 0;
}

bool needs_ready(const struct needs *needs)
{
	for (size_t i = 0; i < needs->open.n; i++)
		if (needs->open.v[i]->rc == RC_WAIT)
			return false;
	return true;
}

struct span needs_why(const struct needs *needs)
{
	const struct need *n = needs->failed;

	if (n == NULL)
		return SPAN("");
	return arena_printf(needs->memo->arena, "%s %.*s: %s", n->kind->name, SPAN_ARG(n->key),
		n->why.text);
}

double need_now(struct needs *needs)
{
	const struct need *n = need_memo_find(needs->memo, &need_time_kind, SPAN("now"));

	return *(const double *)n->answer;
}
