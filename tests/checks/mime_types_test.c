#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_mime_types;

#define TOP "From: foo@example.org\nMIME-Version: 1.0\n"
/* A multipart with boundary b; parts begin with PART and END closes. */
#define MULTI(subtype) TOP "Content-Type: multipart/" subtype "; boundary=b\n\n"
#define PART(type) "--b\nContent-Type: " type "\n"
#define END "--b--\n"
#define TEXT PART("text/plain") "\nhi\n"
#define HTML PART("text/html") "\n<p>hi</p>\n"
#define PDF PART("application/pdf") "Content-Disposition: attachment; filename=a.pdf\n\n%PDF\n"
/* The same one level down, with boundary c. */
#define INNER(subtype) PART("multipart/" subtype "; boundary=c") "\n"
#define INNER_TEXT "--c\nContent-Type: text/plain\n\nhi\n"
#define INNER_HTML "--c\nContent-Type: text/html\n\n<p>hi</p>\n"
#define INNER_END "--c--\n"
#define ONE(type) TOP "Content-Type: " type "\n\nhi\n"
#define GOOD_TEXT "MIME_GOOD(-0.10)[text/plain]"

static const struct harness_case cases[] = {
	{"without a type it is text", "From: foo@example.org\n\nhi\n",
		"MIME_TRACE(0.00)[0:+] " GOOD_TEXT},
	{"an empty type too", ONE(""), "MIME_TRACE(0.00)[0:+] " GOOD_TEXT},
	{"text/plain is good", ONE("text/plain; charset=utf-8"),
		"MIME_TRACE(0.00)[0:+] " GOOD_TEXT},
	{"in any case", ONE("TEXT/Plain"), "MIME_TRACE(0.00)[0:+] " GOOD_TEXT},
	{"text/html says nothing", ONE("text/html"), "MIME_TRACE(0.00)[0:~]"},
	{"a registered type says nothing", ONE("application/pdf"), "MIME_TRACE(0.00)[0:~]"},
	{"whose name has capitals as well", ONE("application/EDI-X12"), "MIME_TRACE(0.00)[0:~]"},
	{"the first of the list", ONE("application/1d-interleaved-parityfec"),
		"MIME_TRACE(0.00)[0:~]"},
	{"the last of the list", ONE("video/vp9"), "MIME_TRACE(0.00)[0:~]"},
	{"an unregistered one is told", ONE("application/x-Foo"),
		"MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[application/x-foo]"},
	{"so is a type of another kind", ONE("foo/plain"),
		"MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[foo/plain]"},
	{"a text of an unknown kind is text", ONE("text/x-foo"),
		"MIME_TRACE(0.00)[0:+] MIME_GOOD(-0.10)[text/x-foo]"},
	{"a broken type", ONE("Garbage; x=y"),
		"MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[garbage/]"},
	{"a broken type with a slash", ONE("/x"), "MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[/x]"},

	{"each part has its sign", MULTI("mixed") TEXT HTML PART("x/y") "\nhi\n" END,
		"MIME_TRACE(0.00)[0:+, 1:+, 2:~, 3:~] MIME_GOOD(-0.10)[multipart/mixed, text/plain] "
		"MIME_UNKNOWN(0.10)[x/y]"},
	{"a type is told once", MULTI("alternative") TEXT TEXT END,
		"MIME_TRACE(0.00)[0:+, 1:+, 2:+] MIME_GOOD(-0.10)[multipart/alternative, text/plain]"},
	{"an attached message is a part", TOP "Content-Type: message/rfc822\n\nFrom: a@b\n\nhi\n",
		"MIME_TRACE(0.00)[0:~, 1:+] " GOOD_TEXT},
	{"signed mail counts double",
		MULTI("signed") TEXT PART("application/pkcs7-signature") "\nx\n" END,
		"MIME_TRACE(0.00)[0:+, 1:+, 2:+] MIME_GOOD(-0.20)[multipart/signed, text/plain, "
		"application/pkcs7-signature]"},
	{"encrypted mail too", MULTI("encrypted") PART("application/pgp-encrypted") "\nx\n" END,
		"MIME_TRACE(0.00)[0:+, 1:~] MIME_GOOD(-0.20)[multipart/encrypted]"},
	{"what no mail program sends", MULTI("form-data") TEXT END,
		"MIME_TRACE(0.00)[0:-, 1:+] " GOOD_TEXT},
	{"a digest is registered", MULTI("digest") "--b\n\nFrom: a@b\n\nhi\n" END,
		"MIME_TRACE(0.00)[0:~, 1:~, 2:+] " GOOD_TEXT},
};

static void types_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_mime_types, cases, ARRAY_LEN(cases));
}

static void a_text_with_a_nul_is_none(void **state)
{
	static const char message[] = TOP "Content-Type: text/x-foo\n\nh\0i\n";

	(void)state;
	harness_check_made(&check_mime_types, "a NUL", span_from(message, sizeof(message) - 1),
		"MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[text/x-foo]");
}

static void a_flood_of_parts_is_traced_in_part(void **state)
{
	struct arena *a = arena_make();
	struct harness_case c = {.name = "parts"};
	struct buf m;
	struct span found;

	(void)state;
	buf_init(&m, a, SIZE_MAX);
	buf_add_string(&m, MULTI("mixed"));
	buf_add(&m, harness_repeat(a, TEXT, 3 * MIME_PARTS_MOST));
	found = harness_scan(a, &check_mime_types, &c, buf_span(&m));
	assert_true(span_find(found, SPAN(" 99:+]")) < found.n);
	assert_true(span_find(found, SPAN(" 100:")) == found.n);
	arena_free(a);
}

static void long_names_are_cut(void **state)
{
	struct arena *a = arena_make();
	struct buf m, expected;

	(void)state;
	buf_init(&m, a, SIZE_MAX);
	buf_init(&expected, a, SIZE_MAX);
	buf_add_string(&m, TOP "Content-Type: ");
	buf_add(&m, harness_repeat(a, "x", 100000));
	buf_add_string(&m, "\n\nhi\n");
	buf_add_string(&expected, "MIME_TRACE(0.00)[0:~] MIME_UNKNOWN(0.10)[");
	buf_add(&expected, harness_repeat(a, "x", SCAN_EVIDENCE_MOST));
	buf_add_string(&expected, "]");
	buf_add_byte(&expected, '\0');
	harness_check_made(&check_mime_types, "a long broken type", buf_span(&m), expected.p);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_told),
		cmocka_unit_test(a_text_with_a_nul_is_none),
		cmocka_unit_test(a_flood_of_parts_is_traced_in_part),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests_name("checks/mime_types", tests, NULL, NULL);
}
