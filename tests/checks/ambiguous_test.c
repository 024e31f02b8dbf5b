#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_ambiguous;

#define TOP "From: foo@example.org\nMIME-Version: 1.0\n"
#define FILE(type, names)                                                                          \
	TOP "Content-Type: " type "\nContent-Disposition: attachment; " names "\n\nx"
#define PART "--b\nContent-Type: text/plain\nContent-Type: text/html\n\nhello\n"

static const struct harness_case cases[] = {
	{"plain mail has one reading", TOP "\nhello\n", ""},
	{"so has what is odd but the same to all",
		TOP "Content-Type: text/html\nContent-Type: TEXT/HTML\n\nhello\n", ""},
	{"two types", TOP "Content-Type: text/plain\nContent-Type: text/html\n\nhello\n",
		"MIME_AMBIGUOUS(1.00)[0: content-type: text/html of 6 bytes]"},
	{"it counts once",
		TOP
		"Content-Type: text/plain\nContent-Type: text/html\nContent-Type: a/b\n\nhello\n",
		"MIME_AMBIGUOUS(1.00)[0: content-type: text/html of 6 bytes, "
		"0: content-type: a/b of 6 bytes]"},
	{"the part is named",
		TOP "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n" PART "--b--\n",
		"MIME_AMBIGUOUS(1.00)[2: content-type: text/html of 5 bytes]"},
	{"broken quoted-printable counts nothing",
		TOP
		"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=b=c\n",
		"MIME_AMBIGUOUS(0.00)[0: quoted-printable: text/plain of 4 bytes]"},
	{"nor does broken base64",
		TOP "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n**\n",
		"MIME_AMBIGUOUS(0.00)[0: base64: text/plain of 12 bytes]"},
	{"a name of another kind of file", FILE("application/pdf; name=a.exe", "filename=a.pdf"),
		"MIME_AMBIGUOUS(1.00)[0: file-name: a.exe]"},
	{"a name of the same kind counts nothing",
		FILE("application/pdf; name=b.PDF", "filename=a.pdf"),
		"MIME_AMBIGUOUS(0.00)[0: file-name: b.PDF]"},
	{"nor does a name that lacks its end",
		FILE("application/pgp-signature; name=\"OpenPGP_signature.asc\"",
			"filename=\"OpenPGP_signature\""),
		"MIME_AMBIGUOUS(0.00)[0: file-name: OpenPGP_signature.asc]"},
	{"unless what it lacks is dangerous", FILE("application/x; name=a.Exe", "filename=a"),
		"MIME_AMBIGUOUS(1.00)[0: file-name: a.Exe]"},
	{"two kinds of files count, harmless or not",
		FILE("image/png; name=a.png", "filename=a.jpg"),
		"MIME_AMBIGUOUS(1.00)[0: file-name: a.png]"},
	{"a line among the fields that is none counts half",
		TOP "Content-Type: text/html\n \nContent-Transfer-Encoding: base64\n\naGk=\n",
		"MIME_AMBIGUOUS(0.50)[0: header: text/html of 42 bytes]"},
};

static void ambiguous_parts(void **state)
{
	(void)state;
	harness_check_table(&check_ambiguous, cases, ARRAY_LEN(cases));
}

static struct span make(struct arena *a, unsigned parts)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, TOP "Content-Type: multipart/mixed; boundary=b\n\n");
	for (unsigned i = 0; i < parts; i++)
		buf_printf(&out, PART "%u\n", i);
	buf_add_string(&out, "--b--\n");
	return buf_span(&out);
}

static void more_readings_than_are_looked_at(void **state)
{
	static const struct harness_case c = {"many", NULL, NULL};
	struct arena *a = arena_make();
	struct span limit = SPAN("MIME_READINGS_LIMIT(2.00)");
	struct span got = harness_scan(a, &check_ambiguous, &c, make(a, MIME_READINGS_MOST));

	(void)state;
	assert_true(span_find(got, limit) == got.n);
	got = harness_scan(a, &check_ambiguous, &c, make(a, MIME_READINGS_MOST + 1));
	assert_true(span_find(got, limit) < got.n);
	arena_free(a);
}

#define PLAIN_PART "--b\n\nhello\n"

static void what_is_not_looked_at_is_told(void **state)
{
	struct arena *a = arena_make();
	struct buf out;

	(void)state;
	buf_init(&out, a, 16 << 20);
	buf_add_string(&out, TOP "Content-Type: multipart/mixed; boundary=b\n\n");
	buf_add(&out, harness_repeat(a, PLAIN_PART, MSG_TEXTS_MOST));
	harness_check_made(&check_ambiguous, "as many texts as are looked at", buf_span(&out), "");
	buf_add_string(&out, PLAIN_PART);
	harness_check_made(&check_ambiguous, "one text more", buf_span(&out),
		"CONTENT_LIMIT(2.00)[texts]");
	buf_clear(&out);
	buf_add_string(&out, TOP "\n");
	buf_add(&out, harness_repeat(a, "0123456\n", MSG_TEXT_BYTES_MOST / 8));
	harness_check_made(&check_ambiguous, "as many bytes as are looked at", buf_span(&out), "");
	buf_add_string(&out, "0123456\n");
	harness_check_made(&check_ambiguous, "and more", buf_span(&out),
		"CONTENT_LIMIT(2.00)[bytes of text]");
	arena_free(a);
}

static void a_large_attachment_counts_nothing(void **state)
{
	struct arena *a = arena_make();
	struct buf out;

	(void)state;
	buf_init(&out, a, 16 << 20);
	buf_add_string(&out, TOP "Content-Type: text/csv\nContent-Disposition: attachment\n\n");
	buf_add(&out, harness_repeat(a, "0123456\n", MSG_TEXT_BYTES_MOST / 8 + 1));
	harness_check_made(&check_ambiguous, "a table", buf_span(&out),
		"CONTENT_LIMIT(0.00)[attached text]");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ambiguous_parts),
		cmocka_unit_test(more_readings_than_are_looked_at),
		cmocka_unit_test(what_is_not_looked_at_is_told),
		cmocka_unit_test(a_large_attachment_counts_nothing),
	};

	return cmocka_run_group_tests_name("checks/ambiguous", tests, NULL, NULL);
}
