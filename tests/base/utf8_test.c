#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define R UTF8_REPLACEMENT

/* The characters, with zeros behind them. */
static const struct {
	const char *name;
	struct span text;
	uint32_t characters[8];
	size_t count;
} cases[] = {
	{"nothing", SPAN_INIT(""), {0}, 0},
	{"ASCII, and NUL is a character", SPAN_INIT("a\0b"), {'a', 0, 'b'}, 3},
	{"the least and the most of two bytes", SPAN_INIT("\xc2\x80\xdf\xbf"), {0x80, 0x7ff}, 2},
	{"the least and the most of three bytes", SPAN_INIT("\xe0\xa0\x80\xef\xbf\xbf"),
		{0x800, 0xffff}, 2},
	{"the least and the most of four bytes", SPAN_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
		{0x10000, 0x10ffff}, 2},
	{"around the surrogates", SPAN_INIT("\xed\x9f\xbf\xee\x80\x80"), {0xd7ff, 0xe000}, 2},
	{"a surrogate is three bytes that are none", SPAN_INIT("\xed\xa0\x80"), {R, R, R}, 3},
	{"a slash in two bytes is overlong", SPAN_INIT("\xc0\xaf"), {R, R}, 2},
	{"two bytes that need but one", SPAN_INIT("\xc1\xbf"), {R, R}, 2},
	{"three bytes that need but two", SPAN_INIT("\xe0\x9f\xbf"), {R, R, R}, 3},
	{"four bytes that need but three", SPAN_INIT("\xf0\x8f\xbf\xbf"), {R, R, R, R}, 4},
	{"past the last character", SPAN_INIT("\xf4\x90\x80\x80"), {R, R, R, R}, 4},
	{"a first byte that is none",
		SPAN_INIT("\xff"
			  "a"),
		{R, 'a'}, 2},
	{"a second byte alone",
		SPAN_INIT("\x80"
			  "a"),
		{R, 'a'}, 2},
	{"a character that ends too early",
		SPAN_INIT("\xe2\x82"
			  "a"),
		{R, R, 'a'}, 3},
	{"another one begins within", SPAN_INIT("\xe2\xc3\xa9"), {R, 0xe9}, 2},
	{"the text ends within two bytes", SPAN_INIT("a\xc3"), {'a', R}, 2},
	{"the text ends within four bytes", SPAN_INIT("\xf0\x9f\x98"), {R, R, R}, 3},
};

static void characters_are_read_from_the_front(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span rest = cases[i].text;
		size_t k = 0;

		for (; rest.n > 0; k++)
			if (utf8_next(&rest) != cases[i].characters[k])
				fail_msg("%s: character %zu", cases[i].name, k);
		if (k != cases[i].count || utf8_count(cases[i].text) != k)
			fail_msg("%s: %zu characters", cases[i].name, k);
	}
}

static void characters_are_read_from_the_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span rest = cases[i].text;
		size_t k = cases[i].count;

		for (; rest.n > 0; k--)
			if (k == 0 || utf8_last(&rest) != cases[i].characters[k - 1])
				fail_msg("%s: character %zu", cases[i].name, k);
		if (k != 0)
			fail_msg("%s: %zu are missing", cases[i].name, k);
	}
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char bytes[UTF8_CHAR_MOST];
		struct span text = span_from(bytes, utf8_write(c, bytes)), front = text, end = text;
		bool is_none = c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff);
		uint32_t expected = is_none ? UTF8_REPLACEMENT : c;

		if (utf8_next(&front) != expected || front.n != 0)
			fail_msg("U+%04X from the front", c);
		if (utf8_last(&end) != expected || end.n != 0)
			fail_msg("U+%04X from the end", c);
		if (!span_is_utf8(text))
			fail_msg("U+%04X is not valid", c);
	}
}

static void three_bytes_of_any_kind_are_valid_as_the_span_says(void **state)
{
	static const unsigned char kinds[] = {0x00, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
		0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
	char bytes[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds) * ARRAY_LEN(kinds) * ARRAY_LEN(kinds); i++) {
		struct span text = span_from(bytes, 3);
		bool valid = true;

		bytes[0] = (char)kinds[i % ARRAY_LEN(kinds)];
		bytes[1] = (char)kinds[i / ARRAY_LEN(kinds) % ARRAY_LEN(kinds)];
		bytes[2] = (char)kinds[i / ARRAY_LEN(kinds) / ARRAY_LEN(kinds)];
		for (struct span rest = text; rest.n > 0;)
			valid &= utf8_next(&rest) != UTF8_REPLACEMENT;
		assert_int_equal(valid, span_is_utf8(text));
	}
}

static void a_buffer_takes_characters(void **state)
{
	struct arena *a = arena_make();
	struct buf b;

	(void)state;
	buf_init(&b, a, 100);
	utf8_add(&b, 'a');
	utf8_add(&b, 0x20ac);
	utf8_add(&b, 0xd800);
	assert_true(span_equal(buf_span(&b), SPAN("a\xe2\x82\xac\xef\xbf\xbd")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_read_from_the_front),
		cmocka_unit_test(characters_are_read_from_the_end),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(three_bytes_of_any_kind_are_valid_as_the_span_says),
		cmocka_unit_test(a_buffer_takes_characters),
	};

	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
