#include "need/need.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kind.h"

/* A world that answers, refuses or keeps one waiting, by the first letter of the question. */
struct world {
	unsigned asked, cancelled;
	struct need *waiting[16];
	unsigned waiting_count;
};

static enum rc ask_world(void *ctx, struct arena *a, struct need *need)
{
	struct world *w = ctx;

	w->asked++;
	if (*need->key.p == 'f')
		return why_set(&need->why, RC_TEMPFAIL, "the world is tired");
	if (*need->key.p == 'w') {
		w->waiting[w->waiting_count++] = need;
		return RC_WAIT;
	}
	need->answer = shout_answer(a, need->key);
	return RC_OK;
}

static void cancel_world(void *ctx, struct need *need)
{
	struct world *w = ctx;

	(void)need;
	w->cancelled++;
}

struct scene {
	struct arena *a;
	struct world world;
	struct need_driver driver;
	struct need_memo *memo;
	struct needs needs;
	unsigned told;
};

static void count_answer(void *ctx)
{
	(*(unsigned *)ctx)++;
}

static int open_scene(void **state)
{
	struct scene *s;
	struct arena *a = arena_make();

	s = ARENA_NEW(a, struct scene);
	s->a = a;
	s->driver = (struct need_driver){&shout_kind, &s->world, ask_world, cancel_world};
	s->memo = need_memo_make(a, 1000.25);
	need_memo_use(s->memo, &s->driver);
	need_memo_on_answer(s->memo, count_answer, &s->told);
	needs_init(&s->needs, s->memo, 10);
	*state = s;
	return 0;
}

static int close_scene(void **state)
{
	arena_free(((struct scene *)*state)->a);
	return 0;
}

static enum rc ask(struct scene *s, const char *key, const char **out)
{
	const void *answer;
	enum rc rc = need_ask(&s->needs, &shout_kind, span_of(key), &answer);

	*out = answer == NULL ? NULL : arena_string(s->a, *(const struct span *)answer);
	return rc;
}

static void a_question_is_asked_of_the_world_once(void **state)
{
	struct scene *s = *state;
	const char *answer;

	assert_int_equal(ask(s, "abc", &answer), RC_OK);
	assert_string_equal(answer, "ABC");
	assert_int_equal(ask(s, "abc", &answer), RC_OK);
	assert_string_equal(answer, "ABC");
	assert_int_equal(s->world.asked, 1);
	assert_int_equal(need_memo_asked(s->memo), 1);
	assert_false(need_pending(&s->needs));
}

static void a_failure_is_remembered_with_its_reason(void **state)
{
	struct scene *s = *state;
	const char *answer;

	assert_int_equal(ask(s, "fail", &answer), RC_TEMPFAIL);
	assert_null(answer);
	assert_int_equal(ask(s, "fail", &answer), RC_TEMPFAIL);
	assert_int_equal(s->world.asked, 1);
	assert_true(span_equal(needs_why(&s->needs), SPAN("shout fail: the world is tired")));
	needs_init(&s->needs, s->memo, 10);
	assert_true(span_equal(needs_why(&s->needs), SPAN("")));
}

static void a_run_is_ready_when_all_that_it_waits_for_has_come(void **state)
{
	struct scene *s = *state;
	const char *answer;

	assert_int_equal(ask(s, "w1", &answer), RC_WAIT);
	assert_int_equal(ask(s, "w2", &answer), RC_WAIT);
	assert_true(need_pending(&s->needs));
	assert_int_equal(need_memo_open(s->memo), 2);
	need_answer(s->memo, s->world.waiting[1], RC_OK, shout_answer(s->a, SPAN("w2")));
	assert_int_equal(s->told, 1);
	assert_false(needs_ready(&s->needs));
	need_answer(s->memo, s->world.waiting[0], RC_OK, shout_answer(s->a, SPAN("w1")));
	assert_true(needs_ready(&s->needs));
	assert_int_equal(need_memo_open(s->memo), 0);

	needs_init(&s->needs, s->memo, 10);
	assert_int_equal(ask(s, "w1", &answer), RC_OK);
	assert_string_equal(answer, "W1");
	assert_false(need_pending(&s->needs));
	assert_int_equal(s->world.asked, 2);
}

static void two_askers_share_an_answer_but_not_a_limit(void **state)
{
	struct scene *s = *state;
	struct needs other = {0};
	const void *out;
	const char *answer;

	needs_init(&other, s->memo, 1);
	assert_int_equal(ask(s, "a", &answer), RC_OK);
	assert_int_equal(need_ask(&other, &shout_kind, SPAN("a"), &out), RC_OK);
	assert_int_equal(need_ask(&other, &shout_kind, SPAN("b"), &out), RC_LIMIT);
	assert_null(out);
	assert_int_equal(ask(s, "b", &answer), RC_OK);
	assert_int_equal(s->world.asked, 2);
}

static void a_fact_asks_with_a_limit_of_its_own_and_hands_on_what_is_open(void **state)
{
	struct scene *s = *state;
	struct needs fact = {0};
	const void *out;

	needs_init(&s->needs, s->memo, 0);
	needs_init(&fact, s->memo, 2);
	assert_int_equal(need_ask(&fact, &shout_kind, SPAN("w1"), &out), RC_WAIT);
	assert_int_equal(need_ask(&fact, &shout_kind, SPAN("fail"), &out), RC_TEMPFAIL);
	assert_false(need_pending(&s->needs));
	needs_share(&s->needs, &fact);
	assert_true(need_pending(&s->needs));
	assert_false(needs_ready(&s->needs));
	assert_true(needs_why(&s->needs).n > 0);
	need_memo_expire(s->memo, "over");
	assert_true(needs_ready(&s->needs));
}

static void an_overlong_key_is_a_limit(void **state)
{
	struct scene *s = *state;
	char key[NEED_KEY_MOST];
	const char *answer;

	memset(key, 'a', sizeof(key));
	key[NEED_KEY_MOST - strlen("shout") - 1] = '\0';
	assert_int_equal(ask(s, key, &answer), RC_LIMIT);
	key[NEED_KEY_MOST - strlen("shout") - 2] = '\0';
	assert_int_equal(ask(s, key, &answer), RC_OK);
}

static void at_the_deadline_open_questions_fail_and_drivers_are_told(void **state)
{
	struct scene *s = *state;
	const char *answer;

	assert_int_equal(ask(s, "w1", &answer), RC_WAIT);
	assert_int_equal(ask(s, "a", &answer), RC_OK);
	need_memo_expire(s->memo, "the deadline has come");
	assert_int_equal(s->world.cancelled, 1);
	assert_int_equal(need_memo_open(s->memo), 0);
	assert_true(needs_ready(&s->needs));

	needs_init(&s->needs, s->memo, 10);
	assert_int_equal(ask(s, "w1", &answer), RC_TEMPFAIL);
	assert_int_equal(ask(s, "a", &answer), RC_OK);
	assert_int_equal(ask(s, "new", &answer), RC_TEMPFAIL);
	assert_true(span_equal(needs_why(&s->needs), SPAN("shout new: the deadline has come")));
	assert_int_equal(s->world.asked, 2);
}

static void a_kind_without_a_driver_has_no_answers(void **state)
{
	static const struct need_kind lonely = {"lonely", shout_print, shout_parse};
	struct scene *s = *state;
	const void *out;

	assert_int_equal(need_ask(&s->needs, &lonely, SPAN("a"), &out), RC_TEMPFAIL);
	assert_true(span_starts(needs_why(&s->needs), SPAN("lonely a: ")));
}

static void the_time_of_a_message_stands_still(void **state)
{
	struct scene *s = *state;

	assert_true(need_now(&s->needs) == 1000.25);
	need_memo_expire(s->memo, "over");
	assert_true(need_now(&s->needs) == 1000.25);
	assert_int_equal(s->world.asked, 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_question_is_asked_of_the_world_once),
		SCENE(a_failure_is_remembered_with_its_reason),
		SCENE(a_run_is_ready_when_all_that_it_waits_for_has_come),
		SCENE(two_askers_share_an_answer_but_not_a_limit),
		SCENE(a_fact_asks_with_a_limit_of_its_own_and_hands_on_what_is_open),
		SCENE(an_overlong_key_is_a_limit),
		SCENE(at_the_deadline_open_questions_fail_and_drivers_are_told),
		SCENE(a_kind_without_a_driver_has_no_answers),
		SCENE(the_time_of_a_message_stands_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
