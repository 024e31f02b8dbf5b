#include "outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct header_case {
	const char *name;
	struct span message;
	const char *fields;
	const char *body;
	const char *defects; /* of the root */
};

static const struct header_case cases[] = {
	{"fields in their order", BYTES("B: 1\nA: 2\nB: 3\n\nx"), "B: 1 | A: 2 | B: 3", "x", ""},
	{"blanks around a value are not of it", BYTES("A: \t 1 \t\r\n\r\n"), "A: 1", "", ""},
	{"a value may be empty", BYTES("A:\nB: \n\n"), "A:  | B: ", "", ""},
	{"a blank behind the colon is not needed", BYTES("A:1\n\n"), "A: 1", "", ""},
	{"a colon within a value is a byte of it", BYTES("A: b:c\n\n"), "A: b:c", "", ""},

	/* folding */
	{"folded values are one line", BYTES("A: 1\n 2\n\t3\n\n"), "A: 1 2\t3", "", ""},
	{"a value may begin on its second line", BYTES("A:\r\n 1\r\n\r\n"), "A: 1", "", ""},
	{"a folded line of blanks is no empty line", BYTES("A: 1\n \t\nB: 2\n\nx"), "A: 1 | B: 2",
		"x", "header-fold-empty"},
	{"nor between two lines of a value", BYTES("A: 1\n \n 2\n\n"), "A: 1  2", "",
		"header-fold-empty"},
	{"a first line that begins with a blank is passed over when fields follow",
		BYTES(" x\nSubject: 1\n\ny"), "Subject: 1", "y", "header-garbage"},
	{"and is text when none do", BYTES(" x\ny"), "", " x\ny",
		"no-headers no-body header-garbage"},

	/* names */
	{"blanks before the colon", BYTES("A : 1\nB\t \t: 2\n\n"), "A: 1 | B: 2", "",
		"header-space-before-colon"},
	{"a name with 8-bit bytes", BYTES("\xc3\x84: 1\n\n"), "\xc3\x84: 1", "",
		"header-name-invalid"},
	{"a name with a control byte", BYTES("A\1: 1\n\n"), "A\1: 1", "", "header-name-invalid"},
	{"a NUL in a value stays", BYTES("A: 1\nB: x\0y\n\n"), "A: 1 | B: x\\0y", "", "header-nul"},
	{"a name without a value at the end", BYTES("A: 1\nB"), "A: 1", "B",
		"no-body header-garbage"},

	/* lines that are no fields */
	{"text without its empty line is the body", BYTES("A: 1\nhello\nthere\n"), "A: 1",
		"hello\nthere\n", "no-body header-garbage"},
	{"also when it looks like a form", BYTES("A: 1\nyour data\nName: x\n\ny"), "A: 1",
		"your data\nName: x\n\ny", "no-body header-garbage"},
	{"a badly folded line among the fields is passed over",
		BYTES("Subject: a\nb c d\nDate: x\n\ny"), "Subject: a | Date: x", "y",
		"header-garbage"},
	{"and so are several", BYTES("A: 1\n(x)\n(y)\nZ: 2\n(z)\nTo: c\n\ny"),
		"A: 1 | Z: 2 | To: c", "y", "header-garbage"},
	{"but not what stands behind the last field", BYTES("A: 1\n(x)\nTo: c\n(y)\n\nz"),
		"A: 1 | To: c", "(y)\n\nz", "no-body header-garbage"},
	{"a line without a name is passed over like any other", BYTES("A: 1\n: x\nTo: c\n\ny"),
		"A: 1 | To: c", "y", "header-garbage"},
	{"a line of dashes ends the header", BYTES("A: 1\n--b: c\nTo: d\n\n"), "A: 1",
		"--b: c\nTo: d\n\n", "no-body"},
	{"words before a colon are no name", BYTES("A: 1\nDear John: hello\n"), "A: 1",
		"Dear John: hello\n", "no-body header-garbage"},

	/* CR */
	{"a lone CR is a byte of its value", BYTES("A: 1\r2\nB: 3\n\nx"), "A: 1\r2 | B: 3", "x",
		""},
	{"and before a field it ends the line", BYTES("A: 1\rB: 2\nC: 3\n\nx"),
		"A: 1 | B: 2 | C: 3", "x", ""},
	{"CR alone ends lines when there is no LF", BYTES("A: 1\rB: 2\r 3\r\rx\r"), "A: 1 | B: 2 3",
		"x\r", ""},

	/* what stands twice */
	{"a field that may stand once, repeated", BYTES("Subject: 1\nSUBJECT: 2\n\n"),
		"Subject: 1 | SUBJECT: 2", "", "header-duplicate"},
	{"Received may stand often", BYTES("Received: 1\nReceived: 2\n\n"),
		"Received: 1 | Received: 2", "", ""},

	/* encodings */
	{"encoded words", BYTES("A: =?utf-8?q?=C3=A4?= b\n\n"), "A: \xc3\xa4 b", "", ""},
	{"encoded words over two lines", BYTES("A: =?utf-8?q?=C3=A4?=\n =?utf-8?q?=C3=A4?=\n\n"),
		"A: \xc3\xa4\xc3\xa4", "", ""},
	{"UTF-8 as it is (RFC 6532)", BYTES("A: \xc3\xa4\n\n"), "A: \xc3\xa4", "", ""},
	{"other 8-bit bytes", BYTES("A: \xe4\n\n"), "A: \xc3\xa4", "", "header-8bit"},
};

static bool check_case(const struct header_case *c)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, c->message);
	struct span fields = outline_headers(m, m->root);
	struct span defects = outline_defects(a, m->root->defects);
	bool good = span_equal(fields, span_of(c->fields)) &&
		span_equal(m->root->body, span_of(c->body)) &&
		span_equal(defects, span_of(c->defects));

	if (!good)
		print_error("%s:\n  got      %.*s [%.*s] \"%.*s\"\n  expected %s [%s] \"%s\"\n",
			c->name, SPAN_ARG(fields), SPAN_ARG(defects), SPAN_ARG(m->root->body),
			c->fields, c->defects, c->body);
	arena_free(a);
	return good;
}

static void headers(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		wrong += !check_case(&cases[i]);
	assert_int_equal(wrong, 0);
}

static void assert_span(struct span got, const char *expected)
{
	if (!span_equal(got, span_of(expected)))
		fail_msg("got \"%.*s\", expected \"%s\"", SPAN_ARG(got), expected);
}

static void fields_are_found_in_any_case(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, SPAN("Aa: 1\nB: 2\naA: 3\nAAA: 4\nAA: 5\n\n"));
	struct mime_header *h = mime_find_header(m->root, SPAN("aa"));

	(void)state;
	assert_span(mime_header_text(m, h), "1");
	h = mime_next_header(m->root, h);
	assert_span(mime_header_text(m, h), "3");
	h = mime_next_header(m->root, h);
	assert_span(mime_header_text(m, h), "5");
	assert_null(mime_next_header(m->root, h));
	assert_int_equal(mime_count_headers(m->root, SPAN("AA")), 3);
	assert_int_equal(mime_count_headers(m->root, SPAN("C")), 0);
	assert_null(mime_find_header(m->root, SPAN("A")));
	assert_null(mime_find_header(m->root, SPAN("")));
	assert_span(mime_header_text(m, NULL), "");
	arena_free(a);
}

static void spans_are_those_of_the_message(void **state)
{
	struct arena *a = arena_make();
	struct span bytes = SPAN("From x\nA : 1\r\n 2 \r\nB: 3\r\n\r\nx");
	struct mime *m = mime_parse(a, bytes);
	struct mime_header *h = &m->root->headers[0];

	(void)state;
	assert_span(h->name, "A");
	assert_span(h->value, "1\r\n 2");
	assert_span(h->line, "A : 1\r\n 2 ");
	assert_ptr_equal(h->line.p, bytes.p + 7);
	assert_span(m->root->header_bytes, "A : 1\r\n 2 \r\nB: 3\r\n");
	assert_ptr_equal(m->root->body.p, bytes.p + bytes.n - 1);
	arena_free(a);
}

static void how_a_value_was_written_is_told(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, SPAN("A: =?utf-8?b?eA==?= =?utf-8?q?y?=\nB: \xc3\xa4\n\n"));
	const struct codec_words *words = mime_header_words(m, &m->root->headers[0]);

	(void)state;
	assert_int_equal(words->base64, 1);
	assert_int_equal(words->qp, 1);
	assert_false(words->raw_8bit);
	assert_true(mime_header_words(m, &m->root->headers[1])->raw_8bit);
	arena_free(a);
}

/* `repeat` copies of `piece` behind `start`. */
static struct span repeat(struct arena *a, const char *start, const char *piece, size_t n)
{
	struct buf out;

	buf_init(&out, a, 64 << 20);
	buf_add_string(&out, start);
	for (size_t i = 0; i < n; i++)
		buf_add_string(&out, piece);
	return buf_span(&out);
}

static void long_lines_are_told(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, repeat(a, "A: ", "x", 995));

	(void)state;
	assert_int_equal(m->root->defects, MIME_DEFECT(NO_BODY));
	m = mime_parse(a, arena_printf(a, "%.*s: b\n\n", SPAN_ARG(repeat(a, "", "x", 998))));
	assert_int_equal(m->root->header_count, 1);
	m = mime_parse(a, arena_printf(a, "%.*s: b\n\n", SPAN_ARG(repeat(a, "", "x", 999))));
	assert_int_equal(m->root->header_count, 0);
	m = mime_parse(a, repeat(a, "A: ", "x", 996));
	assert_int_equal(m->root->defects, MIME_DEFECT(NO_BODY) | MIME_DEFECT(HEADER_LONG_LINE));
	arena_free(a);
}

static void an_overlong_field_is_cut(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, repeat(a, "A:", "\n xxxxxxxx", 40000));

	(void)state;
	assert_int_equal(m->root->header_count, 1);
	assert_int_equal(m->root->headers[0].line.n, MIME_HEADER_MOST);
	assert_true((m->root->defects & MIME_DEFECT(HEADER_TOO_LONG)) != 0);
	m = mime_parse(a, repeat(a, "A: x", "\nB: y", 3));
	assert_true((m->root->defects & MIME_DEFECT(HEADER_TOO_LONG)) == 0);
	arena_free(a);
}

static void too_many_fields_are_left_out(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, repeat(a, "", "A: b\n", MIME_HEADERS_MOST));

	(void)state;
	assert_int_equal(m->root->header_count, MIME_HEADERS_MOST);
	assert_true((m->root->defects & MIME_DEFECT(HEADER_TOO_MANY)) == 0);
	m = mime_parse(a, repeat(a, "", "A: b\n c\n", MIME_HEADERS_MOST + 1));
	assert_int_equal(m->root->header_count, MIME_HEADERS_MOST);
	assert_true((m->root->defects & MIME_DEFECT(HEADER_TOO_MANY)) != 0);
	assert_int_equal(m->root->body.n, 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(fields_are_found_in_any_case),
		cmocka_unit_test(spans_are_those_of_the_message),
		cmocka_unit_test(how_a_value_was_written_is_told),
		cmocka_unit_test(long_lines_are_told),
		cmocka_unit_test(an_overlong_field_is_cut),
		cmocka_unit_test(too_many_fields_are_left_out),
	};

	return cmocka_run_group_tests_name("mime/header", tests, NULL, NULL);
}
