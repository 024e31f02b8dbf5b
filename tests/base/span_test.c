#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void spans_are_made_of_strings(void **state)
{
	(void)state;
	assert_int_equal(SPAN("abc").n, 3);
	assert_int_equal(SPAN("a\0b").n, 3);
	assert_int_equal(span_of("abc").n, 3);
	assert_true(span_is_null(span_of(NULL)));
	assert_int_equal(span_of(NULL).n, 0);
	assert_false(span_is_null(SPAN("")));
}

struct pair_case {
	const char *name;
	struct span a;
	struct span b;
	int order;        /* of span_compare */
	int nocase_order; /* of span_compare_nocase */
};

static const struct pair_case pair_cases[] = {
	{"nothing and nothing", SPAN_INIT(""), {NULL, 0}, 0, 0},
	{"nothing comes before something", SPAN_INIT(""), SPAN_INIT("a"), -1, -1},
	{"the same", SPAN_INIT("abc"), SPAN_INIT("abc"), 0, 0},
	{"case apart", SPAN_INIT("ABC"), SPAN_INIT("abc"), -1, 0},
	{"a start comes before the whole", SPAN_INIT("ab"), SPAN_INIT("abc"), -1, -1},
	{"the first difference decides", SPAN_INIT("abd"), SPAN_INIT("abcz"), 1, 1},
	{"a byte over 127 comes last", SPAN_INIT("\xff"), SPAN_INIT("z"), 1, 1},
	{"a NUL is a byte", SPAN_INIT("a\0b"), SPAN_INIT("a\0c"), -1, -1},
	{"capitals with bytes over 127 differ", SPAN_INIT("\xc3\x84"), SPAN_INIT("\xc3\xa4"), -1,
		-1},
	{"brackets are no capitals of braces", SPAN_INIT("["), SPAN_INIT("{"), -1, -1},
};

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void spans_are_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pair_cases); i++) {
		const struct pair_case *c = &pair_cases[i];

		if (sign(span_compare(c->a, c->b)) != c->order ||
			sign(span_compare(c->b, c->a)) != -c->order ||
			span_equal(c->a, c->b) != (c->order == 0))
			fail_msg("%s", c->name);
		if (sign(span_compare_nocase(c->a, c->b)) != c->nocase_order ||
			sign(span_compare_nocase(c->b, c->a)) != -c->nocase_order ||
			span_equal_nocase(c->a, c->b) != (c->nocase_order == 0))
			fail_msg("without case: %s", c->name);
	}
}

static void starts_and_ends_are_seen(void **state)
{
	struct span s = SPAN("Subject: x");

	(void)state;
	assert_true(span_starts(s, SPAN("Subject")));
	assert_true(span_starts(s, SPAN("")));
	assert_true(span_starts(s, s));
	assert_false(span_starts(s, SPAN("subject")));
	assert_false(span_starts(s, SPAN("Subject: xy")));
	assert_true(span_starts_nocase(s, SPAN("SUBJECT:")));
	assert_false(span_starts_nocase(s, SPAN("SUBJECTS")));
	assert_true(span_ends(s, SPAN(": x")));
	assert_false(span_ends(s, SPAN(": X")));
	assert_true(span_ends_nocase(s, SPAN(": X")));
	assert_false(span_ends_nocase(s, SPAN("  Subject: x")));
	assert_true(span_ends(span_of(NULL), SPAN("")));
	assert_true(span_starts_nocase(span_of(NULL), span_of(NULL)));
}

struct find_case {
	const char *name;
	const char *text;
	const char *piece;
	size_t at;
	size_t at_nocase;
};

static const struct find_case find_cases[] = {
	{"at the start", "abcabc", "abc", 0, 0},
	{"in the middle", "xxabcx", "abc", 2, 2},
	{"at the end", "xxxabc", "abc", 3, 3},
	{"nowhere", "xxxabx", "abc", 6, 6},
	{"longer than the text", "ab", "abc", 2, 2},
	{"of another case", "xxABcx", "aBC", 6, 2},
	{"the first of several", "aAaA", "A", 1, 0},
	{"behind a false start", "ababac", "abac", 2, 2},
	{"nothing is at the start", "abc", "", 0, 0},
	{"in nothing", "", "a", 0, 0},
	{"nothing in nothing", "", "", 0, 0},
};

static void pieces_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(find_cases); i++) {
		const struct find_case *c = &find_cases[i];
		struct span s = span_of(c->text), piece = span_of(c->piece);

		if (span_find(s, piece) != c->at || span_find_nocase(s, piece) != c->at_nocase)
			fail_msg("%s: %zu %zu", c->name, span_find(s, piece),
				span_find_nocase(s, piece));
	}
	assert_int_equal(span_find_nocase(span_of(NULL), SPAN("a")), 0);
	assert_int_equal(span_find(span_of(NULL), SPAN("a")), 0);
}

/* A long text is searched window by window: a piece may lie over any edge. */
static void pieces_are_found_at_each_place_of_a_long_text(void **state)
{
	static const size_t lengths[] = {1, 2, 7, 255, 256, 257, 600};
	enum { TEXT = 5000 };
	static char text[TEXT], piece[600];

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(lengths); k++) {
		size_t n = lengths[k];

		memset(piece, 'Q', n);
		piece[n - 1] = 'Z';
		for (size_t at = 0; at + n <= TEXT; at += 173) {
			/* the same letters around it, so that almost every place is a false start */
			memset(text, 'q', TEXT);
			text[at + n - 1] = 'z';
			assert_int_equal(span_find_nocase(span_from(text, TEXT),
						 span_from(piece, n)),
				at);
		}
		memset(text, 'q', TEXT);
		assert_int_equal(span_find_nocase(span_from(text, TEXT), span_from(piece, n)),
			TEXT);
	}
}

static void bytes_are_found_and_counted(void **state)
{
	struct span s = SPAN("a.b.c");

	(void)state;
	assert_int_equal(span_find_byte(s, '.'), 1);
	assert_int_equal(span_find_last_byte(s, '.'), 3);
	assert_int_equal(span_find_byte(s, 'x'), 5);
	assert_int_equal(span_find_last_byte(s, 'x'), 5);
	assert_int_equal(span_count_byte(s, '.'), 2);
	assert_true(span_has_byte(s, 'c'));
	assert_false(span_has_byte(s, '\0'));
	assert_true(span_has_byte(SPAN("\0"), '\0'));
	assert_int_equal(span_find_byte(span_of(NULL), 'x'), 0);
	assert_int_equal(span_find_last_byte(span_of(NULL), 'x'), 0);
}

static void pieces_are_cut_to_what_is_there(void **state)
{
	struct span s = SPAN("abcdef");

	(void)state;
	assert_true(span_equal(span_from_offset(s, 2), SPAN("cdef")));
	assert_int_equal(span_from_offset(s, 6).n, 0);
	assert_int_equal(span_from_offset(s, SIZE_MAX).n, 0);
	assert_true(span_equal(span_slice(s, 1, 2), SPAN("bc")));
	assert_true(span_equal(span_slice(s, 4, SIZE_MAX), SPAN("ef")));
	assert_int_equal(span_slice(s, 9, 1).n, 0);
	assert_true(span_is_null(span_from_offset(span_of(NULL), 5)));
	assert_true(span_is_null(span_slice(span_of(NULL), 5, 5)));
}

static void blanks_are_trimmed(void **state)
{
	(void)state;
	assert_true(span_equal(span_trim(SPAN(" \t\r\n\v\fa b \n")), SPAN("a b")));
	assert_true(span_equal(span_trim_start(SPAN(" a ")), SPAN("a ")));
	assert_true(span_equal(span_trim_end(SPAN(" a ")), SPAN(" a")));
	assert_int_equal(span_trim(SPAN("  ")).n, 0);
	assert_int_equal(span_trim(span_of(NULL)).n, 0);
	assert_true(span_equal(span_trim(SPAN("\0 ")), SPAN("\0")));
}

struct split_case {
	const char *name;
	struct span text;
	char separator;
	const char *joined; /* each piece in brackets */
};

static const struct split_case split_cases[] = {
	{"pieces", SPAN_INIT("a,b,c"), ',', "[a][b][c]"},
	{"one piece", SPAN_INIT("abc"), ',', "[abc]"},
	{"empty pieces between", SPAN_INIT("a,,b"), ',', "[a][][b]"},
	{"an empty piece at each end", SPAN_INIT(",a,"), ',', "[][a][]"},
	{"a separator alone", SPAN_INIT(","), ',', "[][]"},
	{"an empty text is one empty piece", SPAN_INIT(""), ',', "[]"},
	{"no text is no piece", {NULL, 0}, ',', ""},
};

static void lists_are_split(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(split_cases); i++) {
		const struct split_case *c = &split_cases[i];
		struct buf joined;

		buf_init(&joined, a, 1000);
		for (struct span rest = c->text, item; span_next(&rest, c->separator, &item);)
			buf_printf(&joined, "[%.*s]", SPAN_ARG(item));
		if (!span_equal(buf_span(&joined), span_of(c->joined)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(buf_span(&joined)));
	}
	arena_free(a);
}

static const struct split_case line_cases[] = {
	{"lines of LF", SPAN_INIT("a\nb\n"), 0, "[a][b]"},
	{"lines of CRLF", SPAN_INIT("a\r\nb\r\n"), 0, "[a][b]"},
	{"a last line without an end", SPAN_INIT("a\nb"), 0, "[a][b]"},
	{"empty lines", SPAN_INIT("\n\r\n\n"), 0, "[][][]"},
	{"a lone CR stays inside", SPAN_INIT("a\rb\n"), 0, "[a\rb]"},
	{"a lone CR at the end of the text stays", SPAN_INIT("a\r"), 0, "[a\r]"},
	{"only one CR belongs to the line end", SPAN_INIT("a\r\r\n"), 0, "[a\r]"},
	{"nothing has no line", SPAN_INIT(""), 0, ""},
	{"no text has no line", {NULL, 0}, 0, ""},
};

static void texts_are_split_into_lines(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(line_cases); i++) {
		const struct split_case *c = &line_cases[i];
		struct buf joined;

		buf_init(&joined, a, 1000);
		for (struct span rest = c->text, line; span_next_line(&rest, &line);)
			buf_printf(&joined, "[%.*s]", SPAN_ARG(line));
		if (!span_equal(buf_span(&joined), span_of(c->joined)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(buf_span(&joined)));
	}
	arena_free(a);
}

struct utf8_case {
	const char *name;
	struct span text;
	bool valid;
};

static const struct utf8_case utf8_cases[] = {
	{"nothing", SPAN_INIT(""), true},
	{"ASCII", SPAN_INIT("abc\x7f\0"), true},
	{"the first of two bytes", SPAN_INIT("\xc2\x80"), true},
	{"the last of two bytes", SPAN_INIT("\xdf\xbf"), true},
	{"the first of three bytes", SPAN_INIT("\xe0\xa0\x80"), true},
	{"the last before the surrogates", SPAN_INIT("\xed\x9f\xbf"), true},
	{"the first behind the surrogates", SPAN_INIT("\xee\x80\x80"), true},
	{"the last of three bytes", SPAN_INIT("\xef\xbf\xbf"), true},
	{"the first of four bytes", SPAN_INIT("\xf0\x90\x80\x80"), true},
	{"the last of all", SPAN_INIT("\xf4\x8f\xbf\xbf"), true},
	{"a continuation alone", SPAN_INIT("\x80"), false},
	{"overlong in two bytes", SPAN_INIT("\xc1\xbf"), false},
	{"overlong in three bytes", SPAN_INIT("\xe0\x9f\xbf"), false},
	{"overlong in four bytes", SPAN_INIT("\xf0\x8f\xbf\xbf"), false},
	{"the first surrogate", SPAN_INIT("\xed\xa0\x80"), false},
	{"the last surrogate", SPAN_INIT("\xed\xbf\xbf"), false},
	{"above Unicode", SPAN_INIT("\xf4\x90\x80\x80"), false},
	{"a fifth byte", SPAN_INIT("\xf8\x88\x80\x80\x80"), false},
	{"two bytes cut off", SPAN_INIT("\xc3"), false},
	{"three bytes cut off", SPAN_INIT("\xe2\x82"), false},
	{"four bytes cut off", SPAN_INIT("\xf0\x9f\x98"), false},
	{"ASCII where a continuation should be",
		SPAN_INIT("\xe2\x82"
			  "a"),
		false},
	{"a bad byte behind good ones", SPAN_INIT("\xc3\xa4 ok \xff"), false},
};

/* Each case behind none to many letters, because ASCII is passed over in blocks. */
static void utf8_is_told_from_other_bytes(void **state)
{
	char text[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(utf8_cases); i++)
		for (size_t start = 0; start < 40; start++) {
			struct span bytes = utf8_cases[i].text;

			must(bytes.n <= sizeof(text) - start);
			memset(text, 'a', start);
			memcpy(text + start, bytes.p, bytes.n);
			if (span_is_utf8(span_from(text, start + bytes.n)) != utf8_cases[i].valid)
				fail_msg("%s, behind %zu letters", utf8_cases[i].name, start);
		}
}

static void one_high_byte_anywhere_is_not_ascii(void **state)
{
	char text[40];

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++) {
		memset(text, 0x7f, sizeof(text));
		assert_true(span_is_ascii(span_from(text, n)));
		for (size_t i = 0; i < n; i++) {
			text[i] = (char)0x80;
			assert_false(span_is_ascii(span_from(text, n)));
			text[i] = 0x7f;
		}
	}
}

static void classes_of_bytes_know_ascii_only(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		bool lower = i >= 'a' && i <= 'z', upper = i >= 'A' && i <= 'Z';
		bool digit = i >= '0' && i <= '9';

		assert_int_equal((unsigned char)byte_lower(c), upper ? i + 32 : i);
		assert_int_equal(byte_is_digit(c), digit);
		assert_int_equal(byte_is_alpha(c), lower || upper);
		assert_int_equal(byte_is_alnum(c), lower || upper || digit);
		assert_int_equal(byte_is_space(c), i == ' ' || (i >= 9 && i <= 13));
	}
	assert_int_equal(byte_hex_value('0'), 0);
	assert_int_equal(byte_hex_value('9'), 9);
	assert_int_equal(byte_hex_value('a'), 10);
	assert_int_equal(byte_hex_value('F'), 15);
	assert_int_equal(byte_hex_value('g'), -1);
	assert_int_equal(byte_hex_value('/'), -1);
	assert_int_equal(byte_hex_value('\xff'), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_made_of_strings),
		cmocka_unit_test(spans_are_compared),
		cmocka_unit_test(starts_and_ends_are_seen),
		cmocka_unit_test(pieces_are_found),
		cmocka_unit_test(pieces_are_found_at_each_place_of_a_long_text),
		cmocka_unit_test(bytes_are_found_and_counted),
		cmocka_unit_test(pieces_are_cut_to_what_is_there),
		cmocka_unit_test(blanks_are_trimmed),
		cmocka_unit_test(lists_are_split),
		cmocka_unit_test(texts_are_split_into_lines),
		cmocka_unit_test(utf8_is_told_from_other_bytes),
		cmocka_unit_test(one_high_byte_anywhere_is_not_ascii),
		cmocka_unit_test(classes_of_bytes_know_ascii_only),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
