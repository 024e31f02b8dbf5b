#include "base/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dies.h"

static struct arena *a;
static struct buf out;
static struct json j;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void is_written(const char *expected)
{
	if (!span_equal(buf_span(&out), span_of(expected)))
		fail_msg("%.*s", SPAN_ARG(buf_span(&out)));
}

static void write_sample(void)
{
	json_open_object(&j);
	json_key(&j, "a");
	json_open_array(&j);
	json_int(&j, 1);
	json_string(&j, "x");
	json_open_object(&j);
	json_close(&j);
	json_open_array(&j);
	json_close(&j);
	json_close(&j);
	json_key_span(&j, SPAN("b\""));
	json_null(&j);
	json_key(&j, "c");
	json_bool(&j, true);
	json_key(&j, "d");
	json_bool(&j, false);
	json_close(&j);
}

static void commas_and_brackets_come_by_themselves(void **state)
{
	(void)state;
	write_sample();
	is_written("{\"a\":[1,\"x\",{},[]],\"b\\\"\":null,\"c\":true,\"d\":false}");
}

static void pretty_is_an_element_a_line(void **state)
{
	(void)state;
	json_init_pretty(&j, &out);
	write_sample();
	is_written("{\n"
		   "  \"a\": [\n"
		   "    1,\n"
		   "    \"x\",\n"
		   "    {},\n"
		   "    []\n"
		   "  ],\n"
		   "  \"b\\\"\": null,\n"
		   "  \"c\": true,\n"
		   "  \"d\": false\n"
		   "}");
}

struct text_case {
	const char *name;
	struct span text;
	const char *json;
};

#define BAD "\xef\xbf\xbd"

static const struct text_case text_cases[] = {
	{"plain text", SPAN_INIT("plain"), "\"plain\""},
	{"nothing", SPAN_INIT(""), "\"\""},
	{"no text at all", {NULL, 0}, "\"\""},
	{"a quote and a backslash", SPAN_INIT("a\"b\\c"), "\"a\\\"b\\\\c\""},
	{"line ends and tabs", SPAN_INIT("\r\n\t"), "\"\\r\\n\\t\""},
	{"other control bytes", SPAN_INIT("\x01\x1f\x7f\b"), "\"\\u0001\\u001f\\u007f\\u0008\""},
	{"a NUL", SPAN_INIT("a\0b"), "\"a\\u0000b\""},
	{"characters of two, three and four bytes",
		SPAN_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{"a byte that starts nothing",
		SPAN_INIT("a\xff"
			  "b"),
		"\"a" BAD "b\""},
	{"a continuation alone", SPAN_INIT("\x80x"), "\"" BAD "x\""},
	{"a character that is cut off", SPAN_INIT("x\xe2\x82"), "\"x" BAD BAD "\""},
	{"a start before another character", SPAN_INIT("\xe2\xc3\xa4"), "\"" BAD "\xc3\xa4\""},
	{"an overlong slash", SPAN_INIT("\xc0\xaf"), "\"" BAD BAD "\""},
	{"a surrogate", SPAN_INIT("\xed\xa0\x80"), "\"" BAD BAD BAD "\""},
	{"above Unicode", SPAN_INIT("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\""},
	{"a quote inside of a character", SPAN_INIT("\xc3\""), "\"" BAD "\\\"\""},
};

static void any_text_is_valid_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(text_cases); i++) {
		const struct text_case *c = &text_cases[i];

		buf_clear(&out);
		json_init(&j, &out);
		json_text(&j, c->text);
		if (!span_equal(buf_span(&out), span_of(c->json)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(buf_span(&out)));
	}
}

struct number_case {
	double value;
	const char *json;
};

static const struct number_case number_cases[] = {
	{0, "0.0"},
	{-0.0, "0.0"},
	{5, "5.0"},
	{-1.5, "-1.5"},
	{0.1 + 0.2, "0.3"},
	{1e14, "100000000000000.0"},
	{1e15, "1e+15"},
	{1e-7, "1e-07"},
	{1.0 / 3, "0.333333333333333"},
	{INFINITY, "null"},
	{-INFINITY, "null"},
	{NAN, "null"},
};

static void numbers_are_short_and_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(number_cases); i++) {
		buf_clear(&out);
		json_init(&j, &out);
		json_double(&j, number_cases[i].value);
		is_written(number_cases[i].json);
	}
	buf_clear(&out);
	json_init(&j, &out);
	json_open_array(&j);
	json_int(&j, INT64_MIN);
	json_int(&j, INT64_MAX);
	json_close(&j);
	is_written("[-9223372036854775808,9223372036854775807]");
}

/* Sixteen bytes are looked at together: an odd one must be seen at each place. */
static void each_byte_is_written_alike_at_each_place(void **state)
{
	enum { LENGTH = 40 };

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char alone[16], text[LENGTH], want[3 * LENGTH];

		text[0] = (char)byte;
		buf_clear(&out);
		json_init(&j, &out);
		json_text(&j, span_from(text, 1));
		(void)snprintf(alone, sizeof(alone), "%.*s", (int)out.n - 2, out.p + 1);
		for (int place = 0; place < LENGTH; place++) {
			memset(text, 'x', LENGTH);
			text[place] = (char)byte;
			(void)snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", place,
				"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", alone,
				LENGTH - place - 1, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
			buf_clear(&out);
			json_init(&j, &out);
			json_text(&j, span_from(text, LENGTH));
			is_written(want);
		}
	}
}

/* Thousandths, and their neighbours, which are none. */
static void short_numbers_are_what_printf_prints(void **state)
{
	char text[40];

	(void)state;
	for (int i = -120000; i < 120000; i += 7) {
		double value = i / 1000.0;

		if (i % 3 == 0)
			value = nextafter(value, 1000);
		(void)snprintf(text, sizeof(text), value == floor(value) ? "%.1f" : "%.15g", value);
		buf_clear(&out);
		json_init(&j, &out);
		json_double(&j, value);
		is_written(text);
	}
}

static void close_what_is_not_open(void)
{
	json_close(&j);
}

static void nest_too_deep(void)
{
	for (int i = 0; i <= JSON_DEPTH_MOST; i++)
		json_open_array(&j);
}

static void give_a_key_to_an_array(void)
{
	json_open_array(&j);
	json_key(&j, "k");
}

static void give_two_keys(void)
{
	json_open_object(&j);
	json_key(&j, "k");
	json_key(&j, "k");
}

static void forget_the_key(void)
{
	json_open_object(&j);
	json_int(&j, 1);
}

static void forget_the_value(void)
{
	json_open_object(&j);
	json_key(&j, "k");
	json_close(&j);
}

static void what_would_not_be_json_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(close_what_is_not_open, "j->depth > 0"));
	assert_true(dies(nest_too_deep, "JSON_DEPTH_MOST"));
	assert_true(dies(give_a_key_to_an_array, "in_object(j)"));
	assert_true(dies(give_two_keys, "!j->after_key"));
	assert_true(dies(forget_the_key, "j->after_key == in_object(j)"));
	assert_true(dies(forget_the_value, "!j->after_key"));
}

static void the_deepest_nesting_is_allowed(void **state)
{
	(void)state;
	for (int i = 0; i < JSON_DEPTH_MOST; i++)
		json_open_array(&j);
	for (int i = 0; i < JSON_DEPTH_MOST; i++)
		json_close(&j);
	assert_int_equal(buf_span(&out).n, 2 * JSON_DEPTH_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commas_and_brackets_come_by_themselves, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(pretty_is_an_element_a_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(any_text_is_valid_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(short_numbers_are_what_printf_prints, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(each_byte_is_written_alike_at_each_place, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(numbers_are_short_and_json, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_would_not_be_json_ends_the_process, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(the_deepest_nesting_is_allowed, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
