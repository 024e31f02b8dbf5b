#include "outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct parse_case {
	const char *name;
	struct span message;
	const char *outline;
	const char *message_defects; /* of the message as a whole */
};

#define MIXED "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=abc\n\n"
#define CRLF_MIXED "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=abc\r\n\r\n"
#define PLAIN "Content-Type: text/plain\n\n"

static const struct parse_case cases[] = {
	{"no bytes are a message without text", BYTES(""), "text/plain \"\" !no-headers !no-body",
		"empty-message"},
	{"a plain message", BYTES("Subject: a\n\nhello\n"), "text/plain \"hello\\n\"", ""},
	{"a message without a final line end", BYTES("Subject: a\n\nhello"), "text/plain \"hello\"",
		""},
	{"a message of fields only", BYTES("Subject: a\n"), "text/plain \"\" !no-body", ""},
	{"an empty line ends the header even at the end", BYTES("Subject: a\n\n"),
		"text/plain \"\"", ""},
	{"text without a header is text", BYTES("just words\nand more\n"),
		"text/plain \"just words\\nand more\\n\" !no-headers !no-body", ""},
	{"a body may be nothing but empty lines", BYTES("Subject: a\n\n\n\n"),
		"text/plain \"\\n\\n\"", ""},

	/* line ends */
	{"CRLF", BYTES("Subject: a\r\n\r\nx\r\ny"), "text/plain \"x\\r\\ny\"", ""},
	{"CR alone", BYTES("Subject: a\rTo: b\r\rx\ry\r"), "text/plain \"x\\ry\\r\"",
		"line-bare-cr"},
	{"CR alone with parts",
		BYTES("MIME-Version: 1.0\rContent-Type: multipart/mixed; boundary=abc\r\r--abc\r"
		      "Content-Type: text/html\r\r<p>\r--abc--\r"),
		"multipart/mixed{text/html \"<p>\"}", "line-bare-cr"},
	{"LF in the header and CRLF in the body", BYTES("Subject: a\n\nx\r\ny"),
		"text/plain \"x\\r\\ny\"", "line-mixed"},
	{"CR in the header and LF in the body", BYTES("Subject: a\r\rx\ny\n"),
		"text/plain \"x\\ny\\n\"", "line-mixed line-bare-cr"},
	{"CR CR LF is one line end", BYTES("Subject: a\r\r\nTo: b\r\r\n\r\r\nx\r\r\n"),
		"text/plain \"x\\r\\r\\n\"", "line-mixed line-bare-cr"},
	{"a lone CR ends the line of a boundary", BYTES(CRLF_MIXED "--abc\r\n\r\nx\r--abc--\r\n"),
		"multipart/mixed{text/plain \"x\" !no-headers !type-missing}",
		"line-mixed line-bare-cr"},
	{"a lone dot between mixed line ends may smuggle", BYTES("a: b\r\n\r\nx\n.\r\nMAIL\r\n"),
		"text/plain \"x\\n.\\r\\nMAIL\\r\\n\"", "line-mixed smuggled-end"},
	{"a lone dot between clean line ends does not", BYTES("a: b\r\n\r\nx\r\n.\r\ny\nz\r\n"),
		"text/plain \"x\\r\\n.\\r\\ny\\nz\\r\\n\"", "line-mixed"},
	{"a lone dot in a file with LF is a line", BYTES("a: b\n\nx\n.\ny\n"),
		"text/plain \"x\\n.\\ny\\n\"", ""},
	{"a dot within a line is no end", BYTES("a: b\r\n\r\nx.\ny\r\n"),
		"text/plain \"x.\\ny\\r\\n\"", "line-mixed"},

	/* multiparts */
	{"preamble and epilogue belong to no part",
		BYTES(MIXED "pre\n--abc\n" PLAIN "x\n--abc\n" PLAIN "y\n--abc--\nepi\n"),
		"multipart/mixed{text/plain \"x\", text/plain \"y\"}", ""},
	{"the line end before a boundary is not of the part",
		BYTES(MIXED "--abc\n" PLAIN "x\n\n--abc--\n"),
		"multipart/mixed{text/plain \"x\\n\"}", ""},
	{"nor is a CRLF", BYTES(CRLF_MIXED "--abc\r\nA: b\r\n\r\nx\r\n--abc--\r\n"),
		"multipart/mixed{text/plain \"x\" !type-missing}", ""},
	{"a part may be empty", BYTES(MIXED "--abc\n\n--abc--\n"),
		"multipart/mixed{text/plain \"\" !no-headers !type-missing}", ""},
	{"two boundaries in a row hold an empty part between them",
		BYTES(MIXED "--abc\n--abc\n" PLAIN "x\n--abc--\n"),
		"multipart/mixed{text/plain \"\" !no-headers !no-body !type-missing, "
		"text/plain \"x\"}",
		""},
	{"a part without an empty line before the next boundary has no body",
		BYTES(MIXED "--abc\nContent-Type: text/html\n--abc--\n"),
		"multipart/mixed{text/html \"\" !no-body}", ""},
	{"a part that begins with text instead of fields is text",
		BYTES(MIXED "--abc\nno field here\nmore\n--abc--\n"),
		"multipart/mixed{text/plain \"no field here\\nmore\" !no-headers !no-body "
		"!type-missing}",
		""},
	{"blanks behind a boundary do not matter",
		BYTES(MIXED "--abc \t \n" PLAIN "x\n--abc-- \t\n"),
		"multipart/mixed{text/plain \"x\"}", ""},
	{"nor does text behind blanks", BYTES(MIXED "--abc and more\n" PLAIN "x\n--abc--\n"),
		"multipart/mixed{text/plain \"x\"} !boundary-line-odd", ""},
	{"text behind a closing boundary is garbage",
		BYTES(MIXED "--abc\n" PLAIN "x\n--abc-- end\n"),
		"multipart/mixed{text/plain \"x\"} !boundary-garbage", ""},
	{"of the multipart that it closes",
		BYTES(MIXED "--abc\nContent-Type: multipart/mixed; boundary=d\n\n--d\n" PLAIN
			    "x\n--d--\tend\n--abc--\n"),
		"multipart/mixed{multipart/mixed{text/plain \"x\"} !boundary-garbage}", ""},
	{"the lines of an epilogue are none",
		BYTES(MIXED "--abc\n" PLAIN "x\n--abc-- \t\n--abc-- end\nend\n"),
		"multipart/mixed{text/plain \"x\"}", ""},
	{"a longer line is another boundary",
		BYTES(MIXED "--abc\n" PLAIN "--abcd\n--abc--x\n--abc--\n"),
		"multipart/mixed{text/plain \"--abcd\\n--abc--x\"} !boundary-line-odd", ""},
	{"a boundary must begin its line",
		BYTES(MIXED "--abc\n" PLAIN " --abc\nx --abc\n--abc--\n"),
		"multipart/mixed{text/plain \" --abc\\nx --abc\"}", ""},
	{"a boundary counts upper and lower case", BYTES(MIXED "--abc\n" PLAIN "--ABC\n--abc--\n"),
		"multipart/mixed{text/plain \"--ABC\"}", ""},
	{"a multipart without its end", BYTES(MIXED "--abc\n" PLAIN "x\n"),
		"multipart/mixed{text/plain \"x\\n\"} !boundary-unclosed", ""},
	{"a boundary that is not there", BYTES(MIXED "x\n"),
		"multipart/mixed \"x\\n\" !boundary-not-found", ""},
	{"nothing but the end of a multipart", BYTES(MIXED "x\n--abc--\n"),
		"multipart/mixed \"x\\n--abc--\\n\" !boundary-not-found", ""},
	{"a multipart without a boundary",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--abc\n\nx\n--abc--\n"),
		"multipart/mixed \"--abc\\n\\nx\\n--abc--\\n\" !boundary-missing", ""},
	{"an empty boundary is one",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\"\n\n--\n" PLAIN
		      "x\n----\n"),
		"multipart/mixed{text/plain \"x\"} !boundary-empty", ""},
	{"parts behind the end are not parts",
		BYTES(MIXED "--abc\n" PLAIN "x\n--abc--\n--abc\n" PLAIN "y\n--abc--\n"),
		"multipart/mixed{text/plain \"x\"} !boundary-after-close", ""},
	{"the boundary of a message without an empty line",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a:b\n--a:b\n" PLAIN
		      "x\n--a:b--\n"),
		"multipart/mixed{text/plain \"x\"} !no-body", ""},
	{"a boundary may hold blanks, and keeps those at its end when its lines do",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a b  \"\n\n"
		      "--a b  \n" PLAIN "--a b \n--a b  --\n"),
		"multipart/mixed{text/plain \"--a b \"}", ""},
	{"blanks at the end of a boundary may be lost on the way",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a b  \"\n\n"
		      "--a b\n" PLAIN "x\n--a b--\n"),
		"multipart/mixed{text/plain \"x\"}", ""},
	{"a boundary may hold a NUL",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a\0b\"\n\n--a\n"
		      "--a\0b\n" PLAIN "x\n--a\0b--\n"),
		"multipart/mixed{text/plain \"x\"} !header-nul", ""},
	{"a boundary may hold 8-bit bytes that are no UTF-8",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a\xe9\"\n\n--a\xe9\n" PLAIN
		      "x\n--a\xe9--\n"),
		"multipart/mixed{text/plain \"x\"} !header-8bit", ""},
	{"a boundary that looks like an encoded word stays as it is",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=?us-ascii?q?a?=\"\n\n"
		      "--=?us-ascii?q?a?=\n" PLAIN "x\n--=?us-ascii?q?a?=--\n"),
		"multipart/mixed{text/plain \"x\"} !param-encoded-word", ""},
	{"multipart alone means mixed",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart; boundary=abc\n\n--abc\n" PLAIN
		      "x\n--abc--\n"),
		"multipart/mixed{text/plain \"x\"} !type-invalid", ""},
	{"the encoding of a multipart is not undone",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=abc\n"
		      "Content-Transfer-Encoding: base64\n\n--abc\n" PLAIN "x\n--abc--\n"),
		"multipart/mixed{text/plain \"x\"} !encoding-on-multipart", ""},

	/* nesting */
	{"a multipart within a multipart",
		BYTES(MIXED
			"--abc\nContent-Type: multipart/alternative; boundary=def\n\n--def\n" PLAIN
			"x\n--def--\n--abc\n" PLAIN "y\n--abc--\n"),
		"multipart/mixed{multipart/alternative{text/plain \"x\"}, text/plain \"y\"}", ""},
	{"an inner multipart without its end ends with the outer boundary",
		BYTES(MIXED
			"--abc\nContent-Type: multipart/alternative; boundary=def\n\n--def\n" PLAIN
			"x\n--abc\n" PLAIN "y\n--abc--\n"),
		"multipart/mixed{multipart/alternative{text/plain \"x\"} !boundary-unclosed, "
		"text/plain \"y\"}",
		""},
	{"and several at once",
		BYTES(MIXED "--abc\nContent-Type: multipart/mixed; boundary=d\n\n--d\n"
			    "Content-Type: multipart/mixed; boundary=e\n\n--e\n" PLAIN
			    "x\n--abc--\n"),
		"multipart/mixed{multipart/mixed{multipart/mixed{text/plain \"x\"} "
		"!boundary-unclosed} !boundary-unclosed}",
		""},
	{"the inner boundary may begin with the outer one",
		BYTES(MIXED
			"--abc\nContent-Type: multipart/mixed; boundary=abc-1\n\n--abc-1\n" PLAIN
			"x\n--abc-1--\n--abc--\n"),
		"multipart/mixed{multipart/mixed{text/plain \"x\"}}", ""},
	{"the inner boundary may be the outer one and two dashes",
		BYTES(MIXED
			"--abc\nContent-Type: multipart/mixed; boundary=abc--\n\n--abc--\n" PLAIN
			"x\n--abc----\n--abc--\n"),
		"multipart/mixed{multipart/mixed{text/plain \"x\"} !boundary-after-close} "
		"!boundary-unclosed",
		""},
	{"a repeated boundary gives its parts to the outer multipart, and none is lost",
		BYTES(MIXED
			"--abc\nContent-Type: multipart/alternative; boundary=abc\n\n--abc\n" PLAIN
			"x\n--abc--\n\n--abc\n" PLAIN "y\n--abc--\n"),
		"multipart/mixed{multipart/alternative \"\" !boundary-repeated, text/plain \"x\", "
		"text/plain \"y\"}",
		""},
	{"the boundary of an inner multipart that has ended is text",
		BYTES(MIXED "--abc\nContent-Type: multipart/mixed; boundary=d\n\n--d\n" PLAIN
			    "x\n--d--\n--abc\n" PLAIN "--d\n--abc--\n"),
		"multipart/mixed{multipart/mixed{text/plain \"x\"}, text/plain \"--d\"}", ""},

	/* messages */
	{"a message within a message",
		BYTES("Content-Type: message/rfc822\nMIME-Version: 1.0\n\nSubject: b\n\nx\n"),
		"message/rfc822(text/plain \"x\\n\")", ""},
	{"message/global is a message, too",
		BYTES("Content-Type: message/global\nMIME-Version: 1.0\n\nSubject: b\n\nx\n"),
		"message/global(text/plain \"x\\n\")", ""},
	{"message/delivery-status is not",
		BYTES("Content-Type: message/delivery-status\nMIME-Version: 1.0\n\nA: b\n\nC: d\n"),
		"message/delivery-status \"A: b\\n\\nC: d\\n\"", ""},
	{"a message within ends with the boundary around it",
		BYTES(MIXED "--abc\nContent-Type: message/rfc822\n\n" MIXED "--abc\n" PLAIN
			    "x\n--abc--\n"),
		"multipart/mixed{message/rfc822(multipart/mixed \"\" !boundary-repeated), "
		"text/plain \"x\"} !boundary-unclosed",
		""},
	{"a part of a digest is a message",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=abc\n\n--abc\n\n"
		      "Subject: b\n\nx\n--abc\n" PLAIN "y\n--abc--\n"),
		"multipart/digest{message/rfc822(text/plain \"x\"), text/plain \"y\"}", ""},
	{"but it wants the empty line that ends its header",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=abc\n\n--abc\n"
		      "--abc--\n"),
		"multipart/digest{message/rfc822(text/plain \"\" !no-headers !no-body) "
		"!no-headers !no-body !type-missing}",
		""},
	{"and with fields it wants a type among them",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=abc\n\n--abc\n"
		      "X: y\n\nSubject: b\n\nx\n--abc--\n"),
		"multipart/digest{message/rfc822(text/plain \"x\") !type-missing}", ""},
	{"the message in it wants a header",
		BYTES("MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=abc\n\n--abc\n"
		      "\n\nx\n--abc--\n"),
		"multipart/digest{message/rfc822(text/plain \"x\" !no-headers)}", ""},
	{"an encoded message is decoded first",
		BYTES("MIME-Version: 1.0\nContent-Type: message/rfc822\n"
		      "Content-Transfer-Encoding: base64\n\nU3ViamVjdDogYgoKaGVsbG8=\n"),
		"message/rfc822(text/plain \"hello\") !encoding-on-multipart", ""},
	{"in quoted-printable as well",
		BYTES(MIXED "--abc\nContent-Type: message/rfc822\n"
			    "Content-Transfer-Encoding: quoted-printable\n\nSubject=3A b\n\nx=\ny\n"
			    "--abc--\n"),
		"multipart/mixed{message/rfc822(text/plain \"xy\") !encoding-on-multipart}", ""},

	/* mbox and other things before the header */
	{"an mbox line before the header", BYTES("From a@b Thu Jan  1 00:00:00 1970\nTo: c\n\nx\n"),
		"text/plain \"x\\n\" !mbox-from", ""},
	{"several, also quoted", BYTES("From a\n>From b\n>From c\nTo: c\n\nx\n"),
		"text/plain \"x\\n\" !mbox-from", ""},
	{"an mbox line within the header is passed over", BYTES("To: c\n>From a\nCc: d\n\nx\n"),
		"text/plain \"x\\n\" !header-garbage", ""},
	{"an mbox line before a message within",
		BYTES("Content-Type: message/rfc822\nMIME-Version: 1.0\n\nFrom a\nSubject: b\n\nx\n"),
		"message/rfc822(text/plain \"x\\n\" !mbox-from)", ""},
	{"a From field with a blank before its colon is no mbox line", BYTES("From : a@b\n\nx\n"),
		"text/plain \"x\\n\" !header-space-before-colon", ""},
	{"empty lines before the fields are passed over", BYTES("\n\r\n\nSubject: a\n\nx\n"),
		"text/plain \"x\\n\" !header-garbage", "line-mixed"},
	{"but a body without a header stays", BYTES("\n\njust text\n"),
		"text/plain \"\\njust text\\n\" !no-headers", ""},
	{"a byte order mark is passed over", BYTES("\xef\xbb\xbfSubject: a\n\nx\n"),
		"text/plain \"x\\n\" !header-garbage", ""},

	/* bodies */
	{"NUL bytes stay", BYTES("a: b\n\nx\0y\n"), "text/plain \"x\\0y\\n\" !body-nul", ""},
	{"in a binary body they are nothing odd",
		BYTES("MIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\nx\0y\n"),
		"text/plain \"x\\0y\\n\" !type-missing", ""},
	{"8-bit bytes in what is declared 7bit",
		BYTES("MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 7bit\n\n"
		      "\xc3\xa4\n"),
		"text/plain \"\xc3\xa4\\n\" !encoding-8bit", ""},

	/* blocks in texts */
	{"a block of uuencode is a part of its text",
		BYTES("a: b\n\nhi\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n"),
		"text/plain \"hi\\nbegin 644 a.txt\\n#86)C\\n`\\nend\\nbye\\n\""
		"{application/octet-stream a.txt \"abc\"}",
		""},
	{"also in quoted-printable",
		BYTES("MIME-Version: 1.0\nContent-Type: text/plain\n"
		      "Content-Transfer-Encoding: quoted-printable\n\nbegin 644 a=\n.txt\n#86)C\n`\nend\n"),
		"text/plain \"begin 644 a.txt\\n#86)C\\n`\\nend\\n\""
		"{application/octet-stream a.txt \"abc\"}",
		""},
	{"but not in HTML",
		BYTES("MIME-Version: 1.0\nContent-Type: text/html\n\nbegin 644 a.txt\n#86)C\n`\nend\n"),
		"text/html \"begin 644 a.txt\\n#86)C\\n`\\nend\\n\"", ""},
	{"words that only look like it are words", BYTES("a: b\n\nbegin with this\nend\n"),
		"text/plain \"begin with this\\nend\\n\"", ""},
};

static bool check_case(const struct parse_case *c)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, c->message);
	struct span got = outline_print(m), defects = outline_defects(a, m->defects);
	bool good = span_equal(got, span_of(c->outline)) &&
		span_equal(defects, span_of(c->message_defects));

	if (!good)
		print_error("%s:\n  got      %.*s [%.*s]\n  expected %s [%s]\n", c->name,
			SPAN_ARG(got), SPAN_ARG(defects), c->outline, c->message_defects);
	arena_free(a);
	return good;
}

static void trees(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		wrong += !check_case(&cases[i]);
	assert_int_equal(wrong, 0);
}

/* The same bytes at every alignment, each time in a block that ends where they end. */
static void trees_do_not_depend_on_where_the_bytes_lie(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t shift = 0; shift < 17; shift++) {
			struct arena *a = arena_make();
			size_t n = cases[i].message.n;
			char *block = test_malloc(n + shift + 1);
			struct span got;

			memcpy(block + shift, cases[i].message.p, n);
			got = outline_print(mime_parse(a, span_from(block + shift, n)));
			if (!span_equal(got, span_of(cases[i].outline)))
				fail_msg("%s: differs at %zu", cases[i].name, shift);
			test_free(block);
			arena_free(a);
		}
	}
}

/* A builder that gets its bytes in pieces hands over the same message, wherever they were cut. */
static void pieces_give_the_same_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t cut = 0; cut <= cases[i].message.n; cut++) {
			struct arena *a = arena_make();
			struct span got;
			struct buf all;

			buf_init(&all, a, 1 << 20);
			buf_add(&all, span_slice(cases[i].message, 0, cut));
			buf_add(&all, span_from_offset(cases[i].message, cut));
			got = outline_print(mime_parse(a, buf_span(&all)));
			if (!span_equal(got, span_of(cases[i].outline)))
				fail_msg("%s: differs when cut at %zu", cases[i].name, cut);
			arena_free(a);
		}
	}
}

struct line_case {
	const char *name;
	struct span message;
	enum mime_line_end line_end;
};

static const struct line_case line_cases[] = {
	{"LF", BYTES("a: b\nc: d\n\nx\r\ny\r\nz\r\n"), MIME_LF},
	{"CRLF", BYTES("a: b\r\nc: d\r\n\r\nx\ny\nz\nz\nz\n"), MIME_CRLF},
	{"CR", BYTES("a: b\rc: d\r\rx\ny\nz\nz\nz\n"), MIME_CR},
	{"the most frequent of several", BYTES("a: b\r\nc: d\ne: f\r\n\nx\r\n"), MIME_CRLF},
	{"no line end at all", BYTES("a: b"), MIME_LF},
};

static void the_line_end_is_that_of_the_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(line_cases); i++) {
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, line_cases[i].message);

		if (m->line_end != line_cases[i].line_end)
			fail_msg("%s: got %d", line_cases[i].name, (int)m->line_end);
		arena_free(a);
	}
}

static void the_mbox_line_is_kept(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, SPAN(">From x\r\nFrom a@b date\r\nTo: c\r\n\r\n"));

	(void)state;
	assert_true(span_equal(m->envelope_line, SPAN("From a@b date")));
	m = mime_parse(a, SPAN("To: c\n\nFrom a\n"));
	assert_true(span_is_null(m->envelope_line));
	arena_free(a);
}

/* Parts are numbered as they stand, and know who they belong to. */
static void parts_are_in_document_order(void **state)
{
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a,
		SPAN(MIXED "--abc\nContent-Type: message/rfc822\n\n" PLAIN
			   "begin 644 a\n#86)C\n`\nend\n--abc\n" PLAIN "y\n--abc--\n"));
	static const unsigned depths[] = {0, 1, 2, 3, 1};

	(void)state;
	assert_int_equal(m->part_count, ARRAY_LEN(depths));
	for (size_t i = 0; i < m->part_count; i++) {
		assert_int_equal(m->parts[i]->id, i);
		assert_int_equal(m->parts[i]->depth, depths[i]);
	}
	assert_ptr_equal(m->parts[1]->message, m->parts[2]);
	assert_ptr_equal(m->parts[2]->parent, m->parts[1]);
	assert_ptr_equal(m->parts[3]->parent, m->parts[2]);
	assert_ptr_equal(m->parts[1]->next, m->parts[4]);
	assert_null(m->root->parent);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),
		cmocka_unit_test(trees_do_not_depend_on_where_the_bytes_lie),
		cmocka_unit_test(pieces_give_the_same_tree),
		cmocka_unit_test(the_line_end_is_that_of_the_header),
		cmocka_unit_test(the_mbox_line_is_kept),
		cmocka_unit_test(parts_are_in_document_order),
	};

	return cmocka_run_group_tests_name("mime/parse", tests, NULL, NULL);
}
