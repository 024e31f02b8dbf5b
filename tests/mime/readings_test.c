#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "outline.h"

/*
 * What some mail program shows and the tree does not: `payload` must stand in a reading, in its bytes or in
 * its name, for the reason that is told. The honest message beside it has one reading alone.
 */
struct attack {
	const char *name;
	struct span message;
	const char *payload;
	const char *why;
	const char *type; /* of the reading */
	struct span honest;
};

#define TOP "From: a@example.org\nMIME-Version: 1.0\n"
#define HTML "<a href=\"http://evil.example/\">x</a>\n"
#define TYPE(value) "Content-Type: " value "\n"
#define ENCODING(value) "Content-Transfer-Encoding: " value "\n"
#define DISPOSITION(value) "Content-Disposition: " value "\n"
/* A page with a link, and a text, in base64. */
#define HTML64 "PGEgaHJlZj0iaHR0cDovL2V2aWwuZXhhbXBsZS8iPng8L2E+\n"
#define TEXT64 "aGVsbG8sIGRlYXIgcmVhZGVy\n"
#define PART(boundary, type, text) "--" boundary "\n" TYPE(type) "\n" text "\n--" boundary "--\n"
#define GOOD PART("good", "text/plain", "hello")
#define EVIL PART("evil", "text/html", HTML)
#define HONEST(fields, body) BYTES(TOP fields "\n" body)
#define ATTACK(fields, body) BYTES(TOP fields "\n" body)
#define MIXED "multipart/mixed; "
#define FILE_HONEST                                                                                \
	HONEST(TYPE("application/pdf; name=a.pdf") DISPOSITION("attachment; filename=a.pdf"), "x")
#define MIXED_HONEST HONEST(TYPE(MIXED "boundary=good"), GOOD)
#define TEXT_HONEST HONEST(TYPE("text/html") ENCODING("base64"), TEXT64)

static const struct attack attacks[] = {
	/* several fields */
	{"the last of two types may count",
		ATTACK(TYPE("text/plain") TYPE(MIXED "boundary=evil"), EVIL), "evil.example",
		"content-type", "text/html", HONEST(TYPE("text/plain"), "hello")},
	{"or the first of two multiparts, whatever we take",
		ATTACK(TYPE(MIXED "boundary=good") TYPE(MIXED "boundary=evil"), GOOD EVIL),
		"evil.example", "content-type", "text/html", MIXED_HONEST},
	{"the last of two encodings may count",
		ATTACK(TYPE("text/html") ENCODING("7bit") ENCODING("base64"), HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"or the last of three",
		ATTACK(TYPE("text/html") ENCODING("7bit") ENCODING("8bit")
				ENCODING("quoted-printable"),
			"http://e=76il.example/"),
		"evil.example", "content-transfer-encoding", "text/html",
		HONEST(TYPE("text/html") ENCODING("quoted-printable"), "a=3Db")},
	{"a part within a part has two types",
		ATTACK(TYPE(MIXED "boundary=good"),
			"--good\n" TYPE("image/png")
				TYPE("text/html") "\nhttp://evil.example/\n--good--\n"),
		"evil.example", "content-type", "text/html", MIXED_HONEST},
	{"two types and two encodings",
		ATTACK(TYPE("image/png") TYPE("text/html") ENCODING("7bit") ENCODING("base64"),
			HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"a type in quotes is none, or a type",
		ATTACK(TYPE("\"text/html\""), "http://evil.example/"), "evil.example",
		"content-type", "text/html", HONEST(TYPE("text/html"), "hello")},

	/* encodings that are misspelled */
	{"base64 without its last letters", ATTACK(TYPE("text/html") ENCODING("base 64"), HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"base64 with a dash", ATTACK(TYPE("text/html") ENCODING("base-64"), HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"base64 in quotes", ATTACK(TYPE("text/html") ENCODING("\"base64\""), HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"base64 with an x", ATTACK(TYPE("text/html") ENCODING("x-base64"), HTML64), "evil.example",
		"content-transfer-encoding", "text/html", TEXT_HONEST},
	{"an unknown word before base64", ATTACK(TYPE("text/html") ENCODING("none"), HTML64),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"quoted-printable with an underscore",
		ATTACK(TYPE("text/html") ENCODING("quoted_printable"), "http://=65vil.example/"),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"uuencode by another name",
		ATTACK(TYPE("text/html") ENCODING("uuencoded"),
			"begin 644 x\n4:'1T<#HO+V5V:6PN97AA;7!L92\\ \n`\nend\n"),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"a word behind base64, which then is unknown",
		ATTACK(TYPE("text/html") ENCODING("base64 x"), "http://evil.example/"),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},
	{"a comment behind it",
		ATTACK(TYPE("text/html") ENCODING("base64 (x)"), "http://evil.example/"),
		"evil.example", "comment", "text/html", TEXT_HONEST},
	{"a parameter behind it",
		ATTACK(TYPE("text/html") ENCODING("base64; x=y"), "http://evil.example/"),
		"evil.example", "content-transfer-encoding", "text/html", TEXT_HONEST},

	/* boundaries */
	{"a boundary that is given twice",
		ATTACK(TYPE(MIXED "boundary=good; boundary=evil"), GOOD EVIL), "evil.example",
		"boundary", "text/html", MIXED_HONEST},
	{"once plain, once by RFC 2231",
		ATTACK(TYPE(MIXED "boundary*=us-ascii''good; boundary=evil"), GOOD EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"percent escapes that some do not undo",
		ATTACK(TYPE(MIXED "boundary*=us-ascii''goo%64; boundary=evil"), GOOD EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"in pieces and whole",
		ATTACK(TYPE(MIXED "boundary*0=go; boundary*1=od; boundary=evil"), GOOD EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"in pieces that stand in another order",
		ATTACK(TYPE(MIXED "boundary*1=il; boundary*0=ev"),
			PART("evil", "text/plain", "hello") PART("ilev", "text/html", HTML)),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"a comment that holds a boundary",
		ATTACK(TYPE("multipart/mixed; (; boundary=evil; ) boundary=good"), GOOD EVIL),
		"evil.example", "comment", "text/html", MIXED_HONEST},
	{"a comment behind the boundary, which may belong to it",
		ATTACK(TYPE(MIXED "boundary=evil(good)"),
			PART("evil(good)", "text/plain", "hello") EVIL),
		"evil.example", "comment", "text/html", MIXED_HONEST},
	{"a quote that is not closed",
		ATTACK(TYPE(MIXED "boundary=\"good; boundary=evil"), GOOD EVIL), "evil.example",
		"boundary", "text/html", MIXED_HONEST},
	{"a boundary with a quoted semicolon",
		ATTACK(TYPE(MIXED "boundary=\"good;boundary=evil\""),
			PART("good;boundary=evil", "text/plain", "hello") EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"a backslash in a quoted boundary",
		ATTACK(TYPE(MIXED "boundary=\"a\\\\b\""),
			PART("a\\b", "text/plain", "hello") PART("a\\\\b", "text/html", HTML)),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"an unquoted boundary with a blank",
		ATTACK(TYPE(MIXED "boundary=good evil"),
			PART("good evil", "text/plain", "hello") PART("good", "text/html", HTML)),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"an encoded word as a boundary",
		ATTACK(TYPE(MIXED "boundary=\"=?us-ascii?q?evil?=\""),
			PART("=?us-ascii?q?evil?=", "text/plain", "hello") EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"a line that only begins with the boundary",
		ATTACK(TYPE(MIXED "boundary=good"),
			"--good\n" TYPE("text/plain") "\nhello\n--goodbye\n" TYPE(
				"text/html") "\n" HTML "--good--\n"),
		"x</a>", "boundary", "text/html", MIXED_HONEST},
	{"a line that goes on behind the boundary",
		ATTACK(TYPE(MIXED "boundary=good"),
			"--good\n" TYPE("text/html") "\nhttp://\n--good x\n\n"
						     "\nevil.example/\n--good--\n"),
		"http:", "boundary", "text/html", MIXED_HONEST},
	{"parts behind the closing boundary",
		ATTACK(TYPE(MIXED "boundary=good"),
			GOOD "--good\n" TYPE("text/html") "\n" HTML "--good--\n"),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"no boundary at all, but lines that look like one", ATTACK(TYPE("multipart/mixed"), EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"an empty boundary", ATTACK(TYPE(MIXED "boundary=\"\""), EVIL), "evil.example", "boundary",
		"text/html", MIXED_HONEST},
	{"a boundary that stands nowhere", ATTACK(TYPE(MIXED "boundary=good"), EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"a multipart without parts is text to some",
		ATTACK(TYPE(MIXED "boundary=good"), "http://evil.example/\n"), "evil.example",
		"boundary", "text/plain", MIXED_HONEST},

	/* comments and NULs in the type */
	{"a comment within the type", ATTACK(TYPE("image(x)/png"), "http://evil.example/"),
		"evil.example", "comment", "text/plain", HONEST(TYPE("image/png"), "hello")},
	{"a boundary that ends at a NUL",
		BYTES(TOP "Content-Type: multipart/mixed; boundary=\"evil\0good\"\n\n" EVIL),
		"evil.example", "boundary", "text/html", MIXED_HONEST},
	{"a NUL within the name of a field",
		BYTES(TOP "Content\0-Type: text/html\n\nhttp://evil.example/"), "evil.example",
		"nul", "text/html", HONEST(TYPE("text/html"), "hello")},
	{"a NUL within a boundary line",
		BYTES(TOP TYPE(MIXED "boundary=good") "\n--good\n\nhello\n--go\0od\n" TYPE(
			"text/html") "\nhttp://evil.example/\n--good--\n"),
		"evil.example", "nul", "text/html", MIXED_HONEST},
	{"a NUL within a URL", BYTES(TOP TYPE("text/html") "\nhttp://e\0vil.example/"),
		"evil.example", "nul", "text/html", HONEST(TYPE("text/html"), "hello")},
	{"a NUL that comes of decoding",
		ATTACK(TYPE("text/html") ENCODING("base64"), "aHR0cDovL2UAdmlsLmV4YW1wbGUv"),
		"evil.example", "nul", "text/html", TEXT_HONEST},

	/* line ends */
	{"a lone CR before a boundary, which is none to some",
		BYTES(TOP TYPE(MIXED "boundary=good") "\n--good\n" TYPE(
			"text/html") "\nhttp://evil.\r--good\r\rx\n--good--\n"),
		"evil.\r--good", "line-end", "text/html", MIXED_HONEST},
	{"a lone CR that ends the header",
		BYTES(TOP "Subject: x\r\rhttp://evil.example/\nX: y\n\nhello\n"), "evil.example",
		"line-end", "text/plain", HONEST("Subject: x\n", "hello")},
	{"a CR within a header, behind which a field is none",
		BYTES(TOP TYPE("text/html") "X: y\rContent-Transfer-Encoding: base64\n\n"
					    "http://evil.example/"),
		"evil.example", "line-end", "text/html", TEXT_HONEST},

	/* where the header ends */
	{"a line that is no field ends the header for some",
		ATTACK("Garbage\n" TYPE("text/html") ENCODING("base64"), "http://evil.example/"),
		"evil.example", "header", "text/plain", TEXT_HONEST},
	{"a line of blanks ends it for some",
		ATTACK(TYPE("text/html") " \n" ENCODING("base64"), "http://evil.example/"),
		"evil.example", "header", "text/html", TEXT_HONEST},
	{"blanks before a colon make no field for some",
		ATTACK(TYPE("text/html") "Content-Transfer-Encoding : base64\n",
			"http://evil.example/"),
		"evil.example", "header", "text/html", TEXT_HONEST},

	/* broken base64 and quoted-printable */
	{"text that claims to be base64",
		ATTACK(TYPE("text/html") ENCODING("base64"), "Go to http://evil.example/ now!"),
		"evil.example", "base64", "text/html", TEXT_HONEST},
	{"a line of text between lines of base64",
		ATTACK(TYPE("text/html") ENCODING("base64"), "look there!!\n" HTML64),
		"evil.example", "base64", "text/html", TEXT_HONEST},
	{"padding within, with bits that go on behind it",
		ATTACK(TYPE("text/html") ENCODING("base64"), "aH==R0cDovL2V2aWwuZXhhbXBsZS9vayE="),
		"evil.example", "base64", "text/html", TEXT_HONEST},
	{"the alphabet of URLs",
		ATTACK(TYPE("text/html") ENCODING("base64"), "Pz8-Pmh0dHA6Ly9ldmlsLmV4YW1wbGUv"),
		"evil.example", "base64", "text/html", TEXT_HONEST},
	{"an equals sign that begins no escape",
		ATTACK(TYPE("text/html") ENCODING("quoted-printable"), "http://e=vil.example/"),
		"evil.example", "quoted-printable", "text/html",
		HONEST(TYPE("text/html") ENCODING("quoted-printable"), "a=3Db")},

	{"an escape with a soft line break within",
		ATTACK(TYPE("text/html") ENCODING("quoted-printable"),
			"http://evil=2=\nEexample/\nx"),
		"evil.example", "quoted-printable", "text/html",
		HONEST(TYPE("text/html") ENCODING("quoted-printable"), "a=\n=3Db")},

	/* encoded multiparts and messages */
	{"a multipart in base64",
		ATTACK(TYPE(MIXED "boundary=b") ENCODING("base64"),
			"LS1iCkNvbnRlbnQtVHlwZTogdGV4dC9odG1sCgpodHRwOi8vZXZpbC5leGFtcGxlLwotLWItLQo="),
		"evil.example", "nested-encoding", "text/html", MIXED_HONEST},
	{"a multipart in quoted-printable",
		ATTACK(TYPE(MIXED "boundary=b") ENCODING("quoted-printable"),
			"=2D-b\n" TYPE("text/html") "\nhttp://=65vil.example/\n=2D-b--\n"),
		"evil.example", "nested-encoding", "text/html", MIXED_HONEST},
	{"a message that is not encoded, though it says so",
		ATTACK(TYPE("message/rfc822") ENCODING("base64"),
			TYPE("text/html") "\nhttp://evil.example/"),
		"evil.example", "nested-encoding", "text/html",
		HONEST(TYPE("message/rfc822"), "Subject: x\n\nhello")},

	/* names */
	{"a name of the type and one of the disposition",
		ATTACK(TYPE("application/pdf; name=evil.exe")
				DISPOSITION("attachment; filename=a.pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"two file names",
		ATTACK(TYPE("application/pdf")
				DISPOSITION("attachment; filename=a.pdf; filename=evil.exe"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"plain and by RFC 2231",
		ATTACK(TYPE("application/pdf") DISPOSITION(
			       "attachment; filename=evil.exe; filename*=utf-8''a.pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"plain and in pieces",
		ATTACK(TYPE("application/pdf") DISPOSITION(
			       "attachment; filename=evil.exe; filename*0=a.; filename*1=pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"pieces in another order",
		ATTACK(TYPE("application/pdf")
				DISPOSITION("attachment; filename*1=evil; filename*0=.exe"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"two dispositions",
		ATTACK(TYPE("application/pdf") DISPOSITION("attachment; filename=a.pdf")
				DISPOSITION("attachment; filename=evil.exe"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"a name up to the first blank",
		ATTACK(TYPE("application/pdf") DISPOSITION("attachment; filename=evil.exe .pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"a name in encoded words in the type",
		ATTACK(TYPE("application/pdf; name=\"=?utf-8?B?ZXZpbC5leGU=?=\"")
				DISPOSITION("attachment; filename=a.pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},
	{"a name that ends at an escaped NUL",
		ATTACK(TYPE("application/pdf")
				DISPOSITION("attachment; filename*=utf-8''evil.exe%00.pdf"),
			"x"),
		"evil.exe", "file-name", "application/pdf", FILE_HONEST},

	/* charsets */
	{"a charset that is given twice",
		ATTACK(TYPE("text/html; charset=us-ascii; charset=utf-7"),
			"http://+AGU-vil.example/"),
		"+AGU-vil", "charset", "text/html",
		HONEST(TYPE("text/html; charset=utf-8"), "hello")},
	{"or one that makes other letters of the same bytes",
		ATTACK(TYPE("text/html; charset=us-ascii; charset=utf-16le"), "h\ne\n"), "h\ne",
		"charset", "text/html", HONEST(TYPE("text/html; charset=utf-8"), "hello")},
};

static bool holds(struct span text, const char *piece)
{
	return span_find(text, span_of(piece)) < text.n;
}

static bool is_the_one(const struct attack *c, const struct mime_reading *r)
{
	char type[64];

	(void)snprintf(type, sizeof(type), "%.*s/%.*s", SPAN_ARG(r->type), SPAN_ARG(r->subtype));
	return strcmp(type, c->type) == 0 && strcmp(mime_ambiguity_name(r->why), c->why) == 0 &&
		(holds(r->bytes, c->payload) || holds(r->filename, c->payload));
}

static void print_readings(const struct mime_readings *readings)
{
	for (size_t i = 0; i < readings->n; i++)
		print_error("  %s: %.*s/%.*s \"%.*s\" \"%.*s\"\n",
			mime_ambiguity_name(readings->v[i].why), SPAN_ARG(readings->v[i].type),
			SPAN_ARG(readings->v[i].subtype), SPAN_ARG(readings->v[i].filename),
			SPAN_ARG(readings->v[i].bytes));
}

static void what_is_hidden_in_one_reading_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		const struct attack *c = &attacks[i];
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, c->message);
		const struct mime_readings *readings = mime_other_readings(m);
		size_t k = 0;

		while (k < readings->n && !is_the_one(c, &readings->v[k]))
			k++;
		if (k == readings->n) {
			print_readings(readings);
			fail_msg("%s: not found; the tree is %.*s", c->name,
				SPAN_ARG(outline_print(m)));
		}
		assert_false(readings->is_cut);
		assert_int_not_equal(mime_part_ambiguities(m, readings->v[k].of), 0);
		assert_ptr_equal(mime_other_readings(m), readings);
		arena_free(a);
	}
}

static void the_honest_one_has_no_other_reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, attacks[i].honest);

		if (mime_other_readings(m)->n > 0 || mime_other_readings(m)->is_cut) {
			print_readings(mime_other_readings(m));
			fail_msg("%s: the honest one has readings", attacks[i].name);
		}
		assert_int_equal(mime_part_ambiguities(m, m->root), 0);
		arena_free(a);
	}
}

/* What the tree alone does not show: else the table above would test nothing. */
static void the_tree_alone_does_not_show_it(void **state)
{
	size_t hidden = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, attacks[i].message);
		bool shown = false;

		for (size_t k = 0; k < m->part_count; k++) {
			struct mime_part *part = m->parts[k];
			char type[64];

			(void)snprintf(type, sizeof(type), "%.*s/%.*s", SPAN_ARG(part->type),
				SPAN_ARG(part->subtype));
			shown |= strcmp(type, attacks[i].type) == 0 &&
				(holds(mime_part_bytes(m, part), attacks[i].payload) ||
					holds(part->filename, attacks[i].payload));
		}
		hidden += !shown;
		if (shown)
			print_message("  shown by the tree: %s\n", attacks[i].name);
		arena_free(a);
	}
	assert_true(hidden >= 40);
}

/* Odd, but the same to all. */
static const struct {
	const char *name;
	struct span message;
} plain[] = {
	{"two equal types", HONEST(TYPE("text/html") TYPE("TEXT/HTML"), "hello")},
	{"types that differ in parameters that do not matter",
		HONEST(TYPE("text/html; charset=utf-8") TYPE("text/html; charset=\"UTF-8\""),
			"hello")},
	{"two equal encodings",
		HONEST(TYPE("text/html") ENCODING("base64") ENCODING("BASE64"), TEXT64)},
	{"an encoding of nothing twice",
		HONEST(TYPE("text/html") ENCODING("7bit") ENCODING("8bit"), "hello")},
	{"base64 without its padding", HONEST(TYPE("text/html") ENCODING("base64"), "aGk\n")},
	{"base64 that ends with its padding",
		HONEST(TYPE("text/html") ENCODING("base64"), "aGk=\n\n")},
	{"a name that is given twice alike",
		HONEST(TYPE("a/b; name=\"=?utf-8?q?a?=.pdf\"")
				DISPOSITION("attachment; filename*=utf-8''%61.pdf"),
			"x")},
	{"a name with parentheses",
		HONEST(TYPE("a/b; name=a (1).pdf")
				DISPOSITION("attachment; filename=\"a (1).pdf\""),
			"x")},
	{"a comment behind a type", HONEST(TYPE("text/plain (a text)"), "hello")},
	{"an unknown encoding of plain text",
		HONEST(TYPE("text/html") ENCODING("ascii"), "hello you")},
	{"a multipart that claims quoted-printable",
		HONEST(TYPE(MIXED "boundary=good") ENCODING("quoted-printable"), GOOD)},
	{"a boundary that begins with that of its parent",
		HONEST(TYPE(MIXED "boundary=b"),
			"--b\n" TYPE("multipart/alternative; boundary=b1") "\n--b1\n" TYPE(
				"text/plain") "\nhello\n--b1--\n--b--\n")},
	{"an encoded message",
		HONEST(TYPE("message/rfc822") ENCODING("base64"),
			"Q29udGVudC1UeXBlOiB0ZXh0L3BsYWluCgpodHRwOi8vZXZpbC5leGFtcGxlLwo=")},
	{"lone CRs in a text alone", BYTES(TOP "\none\rtwo\rthree\n")},
	{"UTF-16 is full of NULs",
		HONEST(TYPE("text/plain; charset=utf-16le") ENCODING("base64"), "aABpAA==")},
	{"no bytes at all", BYTES("")},
	{"no header", BYTES("\nhello")},
	{"an empty multipart", HONEST(TYPE(MIXED "boundary=b"), "")},
};

static void what_is_the_same_to_all_has_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		struct arena *a = arena_make();
		struct mime *m = mime_parse(a, plain[i].message);

		if (mime_other_readings(m)->n > 0 || mime_other_readings(m)->is_cut) {
			print_readings(mime_other_readings(m));
			fail_msg("%s: has readings", plain[i].name);
		}
		arena_free(a);
	}
}

/* `piece` with `%u` in it as many times, in a multipart. */
static struct span repeat(struct arena *a, const char *before, const char *piece, unsigned times)
{
	struct buf out;

	buf_init(&out, a, 64 << 20);
	buf_add_string(&out, TOP "Content-Type: multipart/mixed; boundary=b\n\n");
	buf_add_string(&out, before);
	for (unsigned i = 0; i < times; i++) {
		buf_add_string(&out, "--b\n");
		buf_add_string(&out, piece);
		buf_printf(&out, "%u\n", i);
	}
	buf_add_string(&out, "--b--\n");
	return buf_span(&out);
}

#define DOUBTFUL "Content-Type: text/plain\nContent-Type: text/html\n\nhello "

static void there_are_so_many_and_no_more(void **state)
{
	static const unsigned most = MIME_READINGS_MOST;
	struct arena *a = arena_make();
	struct mime *m = mime_parse(a, repeat(a, "", DOUBTFUL, most));

	(void)state;
	assert_int_equal(mime_other_readings(m)->n, most);
	assert_false(mime_other_readings(m)->is_cut);
	m = mime_parse(a, repeat(a, "", DOUBTFUL, most + 1));
	assert_int_equal(mime_other_readings(m)->n, most);
	assert_true(mime_other_readings(m)->is_cut);
	arena_free(a);
}

/* One part of `size` bytes in two types. */
static const struct mime_readings *read_large(struct arena *a, size_t size)
{
	struct buf out;

	buf_init(&out, a, size + 4096);
	buf_add_string(&out, TOP DOUBTFUL);
	while (out.n + 2 < size)
		buf_add_string(&out, "x\n");
	return mime_other_readings(mime_parse(a, buf_span(&out)));
}

static void they_have_so_many_bytes_and_no_more(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	assert_int_equal(read_large(a, MIME_READINGS_BYTES_MOST)->n, 1);
	arena_reset(a);
	assert_int_equal(read_large(a, MIME_READINGS_BYTES_MOST + 4096)->n, 0);
	arena_reset(a);
	assert_true(read_large(a, MIME_READINGS_BYTES_MOST + 4096)->is_cut);
	arena_free(a);
}

/* A multipart of 2 MB whose field names so many boundaries that are not there: each costs a look at all of it. */
static bool is_too_much_work(unsigned boundaries)
{
	struct arena *a = arena_make();
	struct buf out;
	bool is_cut;

	buf_init(&out, a, 3 << 20);
	buf_add_string(&out, TOP "Content-Type: multipart/mixed; boundary=good");
	for (unsigned i = 0; i < boundaries; i++)
		buf_printf(&out, "; boundary=none%u", i);
	buf_add_string(&out, "\n\n--good\n\n");
	for (size_t size = out.n + (2 << 20); out.n < size;)
		buf_add_string(&out, "hello\n");
	buf_add_string(&out, "\n--good--\n");
	is_cut = mime_other_readings(mime_parse(a, buf_span(&out)))->is_cut;
	arena_free(a);
	return is_cut;
}

static void what_is_read_again_is_at_most_four_messages_and_a_megabyte(void **state)
{
	(void)state;
	assert_false(is_too_much_work(1));
	assert_false(is_too_much_work(4));
	assert_true(is_too_much_work(5));
}

/* Everything at once, many times: what is taken stays in proportion to the message. */
static void memory_is_bounded(void **state)
{
	static const char *const pieces[] = {
		DOUBTFUL,
		"Content-Type: multipart/mixed; boundary=b; boundary=c; boundary=d\n\n--c\n\nx\n--d\n\ny\n",
		("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n"
		 "Content-Transfer-Encoding: 7bit\n\n==a=b=-_!!\n"),
		"Garbage\nContent-Type : text/html\n \nX: y\n\n",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nContent-Type: a/b\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct arena *a = arena_make(), *made = arena_make();
		struct span bytes = repeat(made, "--b bad\n--bad\n", pieces[i], 5000);

		(void)mime_other_readings(mime_parse(a, bytes));
		assert_true(arena_peak(a) < 40 * bytes.n + ((size_t)32 << 20));
		arena_free(a);
		arena_free(made);
	}
}

static void every_ambiguity_has_a_name_and_a_meaning(void **state)
{
	(void)state;
	for (unsigned why = 0; why < MIME_AMBIGUITY_COUNT; why++) {
		assert_true(span_is_ascii(span_of(mime_ambiguity_name(why))));
		assert_true(span_of(mime_ambiguity_meaning(why)).n > 10);
		for (unsigned other = 0; other < why; other++)
			assert_string_not_equal(mime_ambiguity_name(why),
				mime_ambiguity_name(other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_hidden_in_one_reading_is_found),
		cmocka_unit_test(the_honest_one_has_no_other_reading),
		cmocka_unit_test(the_tree_alone_does_not_show_it),
		cmocka_unit_test(what_is_the_same_to_all_has_none),
		cmocka_unit_test(there_are_so_many_and_no_more),
		cmocka_unit_test(they_have_so_many_bytes_and_no_more),
		cmocka_unit_test(what_is_read_again_is_at_most_four_messages_and_a_megabyte),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(every_ambiguity_has_a_name_and_a_meaning),
	};

	return cmocka_run_group_tests_name("mime/readings", tests, NULL, NULL);
}
