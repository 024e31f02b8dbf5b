#include "outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void assert_span(const char *name, struct span got, const char *expected)
{
	if (expected == NULL ? !span_is_null(got) : !span_equal(got, span_of(expected)))
		fail_msg("%s: got \"%.*s\", expected \"%s\"", name, SPAN_ARG(got),
			expected == NULL ? "(null)" : expected);
}

struct type_case {
	const char *name;
	const char *fields; /* MIME-Version stands before them */
	const char *type;
	const char *charset;
	const char *filename;
	const char *defects;
};

static const struct type_case types[] = {
	{"no type is text/plain", "", "text/plain", NULL, NULL, "type-missing"},
	{"a type", "Content-Type: text/html; charset=UTF-8\n", "text/html", "utf-8", NULL, ""},
	{"case does not matter", "CONTENT-TYPE: TEXT/HTML; CHARSET=\"UTF-8\"\n", "text/html",
		"utf-8", NULL, ""},
	{"blanks and comments may stand around everything",
		"Content-Type: (a) text (b) / (c) html (d) ; charset (e) = (f) x (g)\n",
		"text/html", "x", NULL, ""},
	{"a semicolon may be missing", "Content-Type: text/html charset=x\n", "text/html", "x",
		NULL, ""},
	{"or something else stand there", "Content-Type: text/html, charset=x\n", "text/html", "x",
		NULL, "param-invalid"},
	{"text alone is text/plain", "Content-Type: text\n", "text/plain", NULL, NULL,
		"type-invalid"},
	{"text alone with a charset", "Content-Type: text; charset=x\n", "text/plain", "x", NULL,
		"type-invalid"},
	{"a type without a subtype is none", "Content-Type: image/\n", "text/plain", NULL, NULL,
		"type-invalid"},
	{"nothing is no type", "Content-Type:\n", "text/plain", NULL, NULL, "type-invalid"},
	{"nor is a parameter alone", "Content-Type: name=\"a.zip\"\n", "text/plain", NULL, "a.zip",
		"type-invalid"},
	{"nor one behind a semicolon", "Content-Type: ; name=a.zip\n", "text/plain", NULL, "a.zip",
		"type-invalid"},
	{"the first of two types counts", "Content-Type: text/html\nContent-Type: image/png\n",
		"text/html", NULL, NULL, "header-duplicate type-duplicate"},
	{"two equal types agree", "Content-Type: text/html\nContent-Type: TEXT/HTML\n", "text/html",
		NULL, NULL, "header-duplicate"},
	{"the first that can be read", "Content-Type: ?\nContent-Type: image/png\n", "image/png",
		NULL, NULL, "header-duplicate type-invalid type-duplicate"},
	{"a name in pieces (RFC 2231)", "Content-Type: a/b; name*0*=utf-8''%C3%A4; name*1=b.txt\n",
		"a/b", NULL,
		"\xc3\xa4"
		"b.txt",
		""},
	{"a name in encoded words", "Content-Type: a/b; name=\"=?utf-8?q?=C3=A4?=\"\n", "a/b", NULL,
		"\xc3\xa4", "param-encoded-word"},
	{"the name of the disposition comes first",
		"Content-Type: a/b; name=x\nContent-Disposition: attachment; filename=y\n", "a/b",
		NULL, "y", ""},
	{"unless it has none", "Content-Type: a/b; name=x\nContent-Disposition: inline\n", "a/b",
		NULL, "x", ""},
	{"or an empty one",
		"Content-Type: a/b; name=x\nContent-Disposition: inline; filename=\"\"\n", "a/b",
		NULL, "x", ""},
	{"an empty name is none", "Content-Type: a/b; name=\"\"\n", "a/b", NULL, NULL, ""},
	{"a disposition may be nothing but a name",
		"Content-Type: a/b\nContent-Disposition: filename=y\n", "a/b", NULL, "y", ""},
};

static void types_and_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct type_case *c = &types[i];
		struct arena *a = arena_make();
		struct mime *m =
			mime_parse(a, arena_printf(a, "MIME-Version: 1.0\n%s\nx", c->fields));
		struct mime_part *part = m->root;

		assert_span(c->name, outline_defects(a, part->defects), c->defects);
		assert_span(c->name,
			arena_printf(a, "%.*s/%.*s", SPAN_ARG(part->type), SPAN_ARG(part->subtype)),
			c->type);
		assert_span(c->name, part->charset, c->charset);
		assert_span(c->name, part->filename, c->filename);
		arena_free(a);
	}
}

struct encoding_case {
	const char *name;
	const char *field; /* value of Content-Transfer-Encoding */
	struct span body;
	enum mime_encoding encoding;
	const char *text; /* as the field says it */
	const char *decoded;
	const char *defects;
};

static const struct encoding_case encodings[] = {
	{"7bit", "7bit", BYTES("a=41"), MIME_7BIT, "7bit", "a=41", ""},
	{"8bit", "8BIT", BYTES("\xc3\xa4"), MIME_8BIT, "8bit", "\xc3\xa4", ""},
	{"binary", "binary", BYTES("a"), MIME_BINARY, "binary", "a", ""},
	{"quoted-printable", "Quoted-Printable", BYTES("a=41=\nb"), MIME_QP, "quoted-printable",
		"aAb", ""},
	{"broken quoted-printable", "quoted-printable", BYTES("a=4\xc3\xa4"), MIME_QP,
		"quoted-printable", "a=4\xc3\xa4", "qp-invalid qp-8bit"},
	{"base64", "base64", BYTES("YWJj\nZA==\n"), MIME_BASE64, "base64", "abcd", ""},
	{"broken base64", "base64", BYTES("YW!Jj\nZA"), MIME_BASE64, "base64", "abcd",
		"base64-garbage base64-truncated"},
	{"uuencode", "x-uuencode", BYTES("begin 644 x\n#86)C\n`\nend\n"), MIME_UU, "x-uuencode",
		"abc", ""},
	{"uuencode without a block", "uuencode", BYTES("hello"), MIME_UU, "uuencode", "hello",
		"uu-invalid"},
	{"yEnc without a block", "x-yenc", BYTES("hello"), MIME_YENC, "x-yenc", "hello",
		"yenc-invalid"},
	{"a comment behind it", "base64 (x)", BYTES("YWJj"), MIME_BASE64, "base64 (x)", "abc", ""},
	{"a semicolon behind it", "base64;", BYTES("YWJj"), MIME_BASE64, "base64;", "abc", ""},
	{"an unknown one", "x-gzip", BYTES("YWJj"), MIME_ENCODING_UNKNOWN, "x-gzip", "YWJj",
		"encoding-unknown"},
	{"none", "", BYTES("YWJj"), MIME_ENCODING_UNKNOWN, "", "YWJj", "encoding-unknown"},
};

static void encodings_are_undone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
		const struct encoding_case *c = &encodings[i];
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a,
			arena_printf(a,
				"MIME-Version: 1.0\nContent-Type: a/b\n"
				"Content-Transfer-Encoding: %s\n\n%.*s",
				c->field, SPAN_ARG(c->body)));
		struct span decoded = mime_part_bytes(m, m->root);

		assert_span(c->name, decoded, c->decoded);
		assert_ptr_equal(mime_part_bytes(m, m->root).p, decoded.p);
		assert_span(c->name, m->root->encoding_text, c->text);
		assert_int_equal(m->root->encoding, c->encoding);
		assert_span(c->name, outline_defects(a, m->root->defects), c->defects);
		arena_free(a);
	}
}

struct text_case {
	const char *name;
	const char *type;
	struct span body;
	const char *text;
	const char *defects;
};

static const struct text_case texts[] = {
	{"ASCII", "text/plain", BYTES("abc"), "abc", ""},
	{"without a charset UTF-8", "text/plain", BYTES("\xc3\xa4"), "\xc3\xa4", "charset-missing"},
	{"or what is mostly meant", "text/plain", BYTES("\xe4\x80"), "\xc3\xa4\xe2\x82\xac",
		"charset-missing"},
	{"an empty charset is none", "text/html; charset=\"\"", BYTES("\xe4"), "\xc3\xa4",
		"charset-missing"},
	{"nor is it there in an encoded text", "text/plain\nContent-Transfer-Encoding: base64",
		BYTES("5A=="), "\xc3\xa4", "charset-missing"},
	{"a charset that has no 8-bit bytes is not missing", "text/plain; charset=us-ascii",
		BYTES("\xe4"), "\xc3\xa4", "charset-invalid"},
	{"a charset", "text/plain; charset=koi8-r", BYTES("\xc1"), "\xd0\xb0", ""},
	{"an unknown charset", "text/plain; charset=nobody", BYTES("\xe4"), "\xc3\xa4",
		"charset-unknown"},
	{"bytes that are not of their charset", "text/plain; charset=utf-8", BYTES("a\xff"),
		"a\xef\xbf\xbd", "charset-invalid"},
	{"without a block in it", "text/plain", BYTES("a\nbegin 644 x\n#86)C\n`\nend\nb\n"),
		"a\nb\n", ""},
	{"without two blocks in it", "text/plain",
		BYTES("begin 644 x\n#86)C\n`\nend\nb\n=ybegin line=128 size=3 name=y\n\x8b\x8c\x8d\n"
		      "=yend size=3\nbegin 644 z\n#86)C\n`\nend\n"),
		"b\n", ""},
	{"a part that is no text, when asked", "application/json", BYTES("{\xc3\xa4}"),
		"{\xc3\xa4}", ""},
};

static void texts_are_utf8(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const struct text_case *c = &texts[i];
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a,
			arena_printf(a, "MIME-Version: 1.0\nContent-Type: %s\n\n%.*s", c->type,
				SPAN_ARG(c->body)));
		struct span text = mime_part_text(m, m->root);

		assert_span(c->name, text, c->text);
		assert_ptr_equal(mime_part_text(m, m->root).p, text.p);
		assert_span(c->name, outline_defects(a, m->root->defects), c->defects);
		arena_free(a);
	}
}

struct disposition_case {
	const char *name;
	const char *field;
	enum mime_disposition disposition;
	const char *text;
	bool is_text;
};

static const struct disposition_case dispositions[] = {
	{"none", "X: y", MIME_DISPOSITION_NONE, NULL, true},
	{"inline", "Content-Disposition: INLINE; filename=x", MIME_INLINE, "inline", true},
	{"attachment", "Content-Disposition: attachment", MIME_ATTACHMENT, "attachment", false},
	{"an unknown one is an attachment", "Content-Disposition: other", MIME_ATTACHMENT, "other",
		false},
	{"an empty one is none", "Content-Disposition:", MIME_DISPOSITION_NONE, NULL, true},
	{"a name without one is none", "Content-Disposition: filename=x", MIME_DISPOSITION_NONE,
		NULL, true},
};

static void dispositions_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dispositions); i++) {
		const struct disposition_case *c = &dispositions[i];
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, arena_printf(a, "%s\n\nx", c->field));

		assert_span(c->name, m->root->disposition_text, c->text);
		assert_int_equal(m->root->disposition, c->disposition);
		assert_int_equal(mime_part_is_text(m->root), c->is_text);
		assert_int_equal(mime_part_is_attachment(m->root),
			c->disposition == MIME_ATTACHMENT);
		arena_free(a);
	}
}

static void a_content_id_stands_in_angles(void **state)
{
	static const char *const fields[][2] = {
		{"X: y", NULL},
		{"Content-ID: <a@b>", "a@b"},
		{"Content-ID:\n\t<a@b> ", "a@b"},
		{"Content-ID: a@b", "a@b"},
		{"Content-ID:", ""},
		{"Content-ID: <a@b", "a@b"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, arena_printf(a, "%s\n\nx", fields[i][0]));

		assert_span(fields[i][0], m->root->content_id, fields[i][1]);
		arena_free(a);
	}
}

static void mime_fields_want_a_version(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	assert_int_equal(mime_parse(a, SPAN("Content-Type: text/plain\n\n"))->root->defects,
		MIME_DEFECT(MIME_VERSION_MISSING));
	assert_int_equal(mime_parse(a, SPAN("Content-Transfer-Encoding: 7bit\n\n"))->root->defects,
		MIME_DEFECT(MIME_VERSION_MISSING));
	assert_int_equal(mime_parse(a, SPAN("Subject: x\n\n"))->root->defects, 0);
	arena_free(a);
}

static void every_defect_has_a_name_and_a_meaning(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < MIME_DEFECT_COUNT; bit++) {
		assert_true(span_is_ascii(span_of(mime_defect_name(bit))));
		assert_true(span_of(mime_defect_meaning(bit)).n > 10);
		for (unsigned other = 0; other < bit; other++)
			assert_string_not_equal(mime_defect_name(bit), mime_defect_name(other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_and_names),
		cmocka_unit_test(encodings_are_undone),
		cmocka_unit_test(texts_are_utf8),
		cmocka_unit_test(dispositions_are_read),
		cmocka_unit_test(a_content_id_stands_in_angles),
		cmocka_unit_test(mime_fields_want_a_version),
		cmocka_unit_test(every_defect_has_a_name_and_a_meaning),
	};

	return cmocka_run_group_tests_name("mime/part", tests, NULL, NULL);
}
