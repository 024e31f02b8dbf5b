#include "need/need.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kind.h"

static const struct need_kind *const kinds[] = {&shout_kind};

static enum rc ask_world(void *ctx, struct arena *a, struct need *need)
{
	(void)ctx;
	if (*need->key.p == 'f')
		return why_set(&need->why, RC_TEMPFAIL, "a \"tired\" world\n");
	need->answer = shout_answer(a, need->key);
	return RC_OK;
}

static const struct need_driver driver = {.kind = &shout_kind, .ask = ask_world};

static struct span record_of(struct arena *a, const char *const *keys, size_t n)
{
	struct need_memo *memo = need_memo_make(a, 1795351538);
	struct needs needs = {0};
	const void *out;
	struct buf text;

	need_memo_use(memo, &driver);
	needs_init(&needs, memo, 100);
	for (size_t i = 0; i < n; i++)
		(void)need_ask(&needs, &shout_kind, span_of(keys[i]), &out);
	buf_init(&text, a, 1 << 20);
	need_memo_print(memo, &text);
	return buf_span(&text);
}

static void a_record_is_the_same_whatever_the_order_of_asking(void **state)
{
	static const char *const one[] = {"b", "a", "fail"}, *const two[] = {"fail", "a", "b"};
	struct arena *a = arena_make();
	struct span record = record_of(a, one, 3);

	(void)state;
	assert_true(span_equal(record, record_of(a, two, 3)));
	assert_string_equal(arena_string(a, record),
		"{\"kind\":\"shout\",\"key\":\"a\",\"rc\":\"ok\",\"answer\":\"A\"}\n"
		"{\"kind\":\"shout\",\"key\":\"b\",\"rc\":\"ok\",\"answer\":\"B\"}\n"
		"{\"kind\":\"shout\",\"key\":\"fail\",\"rc\":\"tempfail\","
		"\"answer\":\"a \\\"tired\\\" world?\"}\n"
		"{\"kind\":\"time\",\"key\":\"now\",\"rc\":\"ok\",\"answer\":\"1795351538.000000\"}\n");
	arena_free(a);
}

static void a_replay_answers_from_the_record_alone(void **state)
{
	static const char *const keys[] = {"b", "a", "fail"};
	struct arena *a = arena_make();
	struct need_memo *memo;
	struct needs needs = {0};
	struct span record = record_of(a, keys, 3);
	struct why why;
	struct buf again;
	const void *out;

	(void)state;
	assert_int_equal(need_memo_read(a, record, kinds, 1, &memo, &why), RC_OK);
	needs_init(&needs, memo, 100);
	assert_int_equal(need_ask(&needs, &shout_kind, SPAN("a"), &out), RC_OK);
	assert_true(span_equal(*(const struct span *)out, SPAN("A")));
	assert_int_equal(need_ask(&needs, &shout_kind, SPAN("fail"), &out), RC_TEMPFAIL);
	assert_true(need_now(&needs) == 1795351538);
	buf_init(&again, a, 1 << 20);
	need_memo_print(memo, &again);
	assert_true(span_equal(buf_span(&again), record));
	assert_int_equal(need_ask(&needs, &shout_kind, SPAN("new"), &out), RC_TEMPFAIL);
	assert_true(span_equal(needs_why(&needs), SPAN("shout new: not in the record")));
	arena_free(a);
}

#define TIME "{\"kind\":\"time\",\"key\":\"now\",\"rc\":\"ok\",\"answer\":\"1\"}\n"

static const struct {
	const char *name;
	const char *record;
	const char *why; /* NULL: it can be read */
} reads[] = {
	{"the time is enough", TIME, NULL},
	{"empty lines and blanks do not matter", "\n  \n" TIME "\r\n", NULL},
	{"members in any order, blanks between them, members of others",
		TIME
		"{ \"answer\" : \"A\", \"x\":\"y\", \"rc\":\"ok\", \"key\":\"a\", \"kind\":\"shout\" }",
		NULL},
	{"without the time there is no verdict", "", "the record does not say what time it was"},
	{"no JSON", TIME "hello", "line 2: not a line of a record"},
	{"an object that ends early", TIME "{\"kind\":\"shout\",\"key\":\"a\"",
		"line 2: not a line of a record"},
	{"a string that ends early", TIME "{\"kind\":\"sho", "line 2: not a line of a record"},
	{"a wrong escape", TIME "{\"kind\":\"\\q\",\"key\":\"a\"}",
		"line 2: not a line of a record"},
	{"an escape at the end", TIME "{\"kind\":\"\\", "line 2: not a line of a record"},
	{"something behind the object", TIME "{\"kind\":\"shout\",\"key\":\"a\"} x",
		"line 2: not a line of a record"},
	{"no key", TIME "{\"kind\":\"shout\"}", "line 2: not a line of a record"},
	{"an unknown kind", "{\"kind\":\"k\",\"key\":\"a\",\"rc\":\"ok\",\"answer\":\"\"}\n" TIME,
		"line 1: unknown kind"},
	{"an unknown rc", "{\"kind\":\"shout\",\"key\":\"a\",\"rc\":\"x\",\"answer\":\"\"}\n" TIME,
		"line 1: rc must be ok or tempfail"},
	{"a key with other bytes",
		"{\"kind\":\"shout\",\"key\":\"\xff\",\"rc\":\"ok\",\"answer\":\"\"}\n" TIME,
		"line 1: the key is not printable ASCII"},
	{"a time that is not known",
		"{\"kind\":\"time\",\"key\":\"now\",\"rc\":\"tempfail\",\"answer\":\"\"}",
		"line 1: the time must be known"},
	{"a reason with other bytes",
		"{\"kind\":\"shout\",\"key\":\"a\",\"rc\":\"tempfail\",\"answer\":\"\xff\"}\n" TIME,
		"line 1: the reason is not printable ASCII, or too long"},
	{"a question answered twice", TIME TIME, "line 2: the question was answered before"},
	{"an answer that its kind refuses",
		"{\"kind\":\"shout\",\"key\":\"a\",\"rc\":\"ok\",\"answer\":\"unreadable\"}\n" TIME,
		"line 1: the answer cannot be read"},
	{"a time that is none",
		"{\"kind\":\"time\",\"key\":\"now\",\"rc\":\"ok\",\"answer\":\"noon\"}\n",
		"line 1: the answer cannot be read"},
};

static void what_is_wrong_with_a_record_is_told_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		struct arena *a = arena_make();
		struct need_memo *memo;
		struct why why = {""};
		enum rc rc = need_memo_read(a, span_of(reads[i].record), kinds, 1, &memo, &why);

		if ((rc == RC_OK) != (reads[i].why == NULL) ||
			(rc != RC_OK && strcmp(why.text, reads[i].why) != 0))
			fail_msg("%s: %s: %s", reads[i].name, rc_name(rc), why.text);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_the_same_whatever_the_order_of_asking),
		cmocka_unit_test(a_replay_answers_from_the_record_alone),
		cmocka_unit_test(what_is_wrong_with_a_record_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
