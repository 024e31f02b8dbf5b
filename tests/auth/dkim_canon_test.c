#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "auth/dkim_inner.h"

static void keep(void *ctx, struct span bytes)
{
	buf_add(ctx, bytes);
}

/* The canonical body, of pieces of at most `step` bytes. */
static struct span canonical_body(struct arena *a, enum auth_canon canon, struct span text,
	size_t step)
{
	struct buf kept;
	struct auth_canon_out out = {.take = keep, .ctx = &kept};
	struct auth_canon_body body;

	buf_init(&kept, a, 1 << 20);
	auth_canon_begin_body(&body, &out, canon);
	for (size_t i = 0; i < text.n; i += step)
		auth_canon_add_body(&body, span_slice(text, i, step));
	auth_canon_end_body(&body);
	return buf_span(&kept);
}

static const struct {
	const char *name;
	const char *text, *simple, *relaxed;
} bodies[] = {
	/* RFC 6376 section 3.4.5 */
	{"blanks and empty lines at the ends", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n",
		" C\r\nD E\r\n"},
	{"nothing", "", "\r\n", ""},
	{"an empty line", "\r\n", "\r\n", ""},
	{"many empty lines", "\r\n\r\n\r\n", "\r\n", ""},
	{"a line of blanks", " \t\r\n", " \t\r\n", ""},
	{"a line of blanks without an end", " \t", " \t\r\n", ""},
	{"no line end at the end", "a", "a\r\n", "a\r\n"},
	{"blanks and no line end at the end", "a \t", "a \t\r\n", "a\r\n"},
	{"empty lines between", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
	{"lines of blanks between", "a\r\n \r\n\t\r\nb\r\n", "a\r\n \r\n\t\r\nb\r\n",
		"a\r\n\r\n\r\nb\r\n"},
	{"lines of blanks at the end", "a\r\n \r\n\t\r\n", "a\r\n \r\n\t\r\n", "a\r\n"},
	{"LF for CRLF", "a \n\nb\n\n", "a \r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
	{"LF and CRLF", "a\nb\r\n\n", "a\r\nb\r\n", "a\r\nb\r\n"},
	{"a lone CR is a byte of the line", "a \rb\r\n", "a \rb\r\n", "a \rb\r\n"},
	{"a lone CR before a line end", "a\r\r\n", "a\r\r\n", "a\r\r\n"},
	{"a lone CR as a line", "\r\r\n", "\r\r\n", "\r\r\n"},
	{"a lone CR at the end", "a\r", "a\r\r\n", "a\r\r\n"},
	{"blanks at the start of a line", "\t a\r\n", "\t a\r\n", " a\r\n"},
	{"blanks at the start of a line behind empty ones", "\r\n\r\n  a\r\n", "\r\n\r\n  a\r\n",
		"\r\n\r\n a\r\n"},
	{"a tab is a space", "a\tb\t \tc\r\n", "a\tb\t \tc\r\n", "a b c\r\n"},
	{"form feed and vertical tab are no blanks", "a\f\v\r\n", "a\f\v\r\n", "a\f\v\r\n"},
	{"8-bit bytes", "\xff \xa0 \r\n", "\xff \xa0 \r\n", "\xff \xa0\r\n"},
	{"a dot", ".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n"},
};

static void bodies_have_canonical_forms_however_they_are_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct arena *a = arena_make();
		struct span text = span_of(bodies[i].text);

		for (size_t step = 1; step <= text.n + 1; step++) {
			struct span simple = canonical_body(a, AUTH_SIMPLE, text, step);
			struct span relaxed = canonical_body(a, AUTH_RELAXED, text, step);

			if (!span_equal(simple, span_of(bodies[i].simple)))
				fail_msg("%s, simple, by %zu: \"%.*s\"", bodies[i].name, step,
					SPAN_ARG(simple));
			if (!span_equal(relaxed, span_of(bodies[i].relaxed)))
				fail_msg("%s, relaxed, by %zu: \"%.*s\"", bodies[i].name, step,
					SPAN_ARG(relaxed));
		}
		arena_free(a);
	}
}

/* What is longer than the buffer within: words, blanks and empty lines of every length around its size. */
static void long_bodies_are_as_short_ones(void **state)
{
	static const char *const units[] = {"word ", "x", "  \t", "\r\n", "a \r\n"};
	enum { LENGTH = 9001 };

	(void)state;
	for (size_t u = 0; u < ARRAY_LEN(units); u++) {
		struct arena *a = arena_make();
		char text[LENGTH + 4];
		struct span whole = span_from(text, sizeof(text)), by_bytes;
		size_t n = strlen(units[u]);

		for (size_t i = 0; i < LENGTH; i++)
			text[i] = units[u][i % n];
		memcpy(text + LENGTH, " e\r\n", 4);
		for (unsigned canon = AUTH_SIMPLE; canon <= AUTH_RELAXED; canon++) {
			by_bytes = canonical_body(a, (enum auth_canon)canon, whole, 1);
			assert_true(span_equal(by_bytes,
				canonical_body(a, (enum auth_canon)canon, whole, sizeof(text))));
			assert_true(span_equal(by_bytes,
				canonical_body(a, (enum auth_canon)canon, whole, 4095)));
			assert_true(span_ends(by_bytes, SPAN("e\r\n")));
		}
		assert_true(u != 2 || span_equal(by_bytes, SPAN(" e\r\n")));
		assert_true(u != 1 || by_bytes.n == sizeof(text));
		arena_free(a);
	}
}

static const struct {
	const char *name;
	const char *field, *simple, *relaxed;
} fields[] = {
	/* RFC 6376 section 3.4.5 */
	{"a name in upper case", "A: X\r\n", "A: X", "a:X"},
	{"blanks before the colon and a fold", "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  ", "b:Y Z"},
	{"no value", "A:\r\n", "A:", "a:"},
	{"a value of blanks", "A: \t \r\n", "A: \t ", "a:"},
	{"a value on the second line", "A:\r\n X\r\n", "A:\r\n X", "a:X"},
	{"a fold of blanks alone", "A: X\r\n \t\r\n Y\r\n", "A: X\r\n \t\r\n Y", "a:X Y"},
	{"folds with LF", "A: X\n\tY\n", "A: X\r\n\tY", "a:X Y"},
	{"tabs and blanks", "A:\tX \t Y\t\r\n", "A:\tX \t Y\t", "a:X Y"},
	{"colons in the value", "A:B: C\r\n", "A:B: C", "a:B: C"},
	{"8-bit bytes", "A: \xc3\xa4\xff\r\n", "A: \xc3\xa4\xff", "a:\xc3\xa4\xff"},
	{"the case of the value stays", "SUBJect: AbC\r\n", "SUBJect: AbC", "subject:AbC"},
};

static struct span canonical_field(struct arena *a, enum auth_canon canon, const char *text)
{
	struct buf kept;
	struct auth_canon_out out = {.take = keep, .ctx = &kept};
	struct mime *m = mime_parse(a, arena_printf(a, "%s\r\n", text));

	buf_init(&kept, a, 1 << 20);
	assert_int_equal(m->root->header_count, 1);
	auth_canon_header(&out, canon, &m->root->headers[0], (struct span){0});
	auth_canon_flush(&out);
	return buf_span(&kept);
}

static void header_fields_have_canonical_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct arena *a = arena_make();
		struct span simple = canonical_field(a, AUTH_SIMPLE, fields[i].field);
		struct span relaxed = canonical_field(a, AUTH_RELAXED, fields[i].field);

		if (!span_equal(simple, span_of(fields[i].simple)))
			fail_msg("%s, simple: \"%.*s\"", fields[i].name, SPAN_ARG(simple));
		if (!span_equal(relaxed, span_of(fields[i].relaxed)))
			fail_msg("%s, relaxed: \"%.*s\"", fields[i].name, SPAN_ARG(relaxed));
		arena_free(a);
	}
}

static void what_is_cut_out_of_a_field_leaves_no_trace(void **state)
{
	struct arena *a = arena_make();
	struct buf kept;
	struct auth_canon_out out = {.take = keep, .ctx = &kept};
	struct mime *m = mime_parse(a, SPAN("S: a=1; b= x\r\n y ; c=2\r\n\r\n"));
	const struct mime_header *field = &m->root->headers[0];
	struct span cut = span_slice(field->line, 10, 7);

	(void)state;
	buf_init(&kept, a, 1000);
	auth_canon_header(&out, AUTH_RELAXED, field, cut);
	auth_canon_end_line(&out);
	auth_canon_header(&out, AUTH_SIMPLE, field, cut);
	auth_canon_flush(&out);
	assert_true(span_equal(buf_span(&kept), SPAN("s:a=1; b=; c=2\r\nS: a=1; b=; c=2")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_have_canonical_forms_however_they_are_split),
		cmocka_unit_test(long_bodies_are_as_short_ones),
		cmocka_unit_test(header_fields_have_canonical_forms),
		cmocka_unit_test(what_is_cut_out_of_a_field_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
