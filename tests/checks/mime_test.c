#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_mime;

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
#define ONE(fields, body) TOP fields "\n" body
#define BASE64 "Content-Transfer-Encoding: base64\n"
#define SEVEN "Content-Transfer-Encoding: 7bit\n"
#define STREAM(fields) PART("application/octet-stream") fields "\nxyz\n"

static const struct harness_case cases[] = {
	{"no bytes", "", "COMPLETELY_EMPTY(15.00)"},
	{"an empty line is something", "\n", ""},
	{"plain text", ONE("", "hi\n"), ""},

	/* multipart/alternative */
	{"text and HTML", MULTI("alternative") TEXT HTML END, ""},
	{"text alone", MULTI("alternative") TEXT END, "MIME_MA_MISSING_HTML(1.00)"},
	{"HTML alone", MULTI("alternative") HTML END,
		"MIME_MA_MISSING_TEXT(2.00) MIME_HTML_ONLY(0.20)"},
	{"neither", MULTI("alternative") PDF END,
		"MIME_MA_MISSING_TEXT(2.00) MIME_MA_MISSING_HTML(1.00) HAS_ATTACHMENT(0.00)"},
	{"no part at all", MULTI("alternative") END,
		"MIME_MA_MISSING_TEXT(2.00) MIME_MA_MISSING_HTML(1.00)"},
	{"text and a calendar", MULTI("alternative") TEXT PART("text/calendar") "\nBEGIN\n" END,
		"MIME_MA_MISSING_HTML(1.00)"},
	{"HTML within multipart/related",
		MULTI("alternative") TEXT INNER("related") INNER_HTML INNER_END END, ""},
	{"further down", MULTI("related") INNER("alternative") INNER_TEXT INNER_END END,
		"MIME_MA_MISSING_HTML(1.00)"},
	{"HTML elsewhere in the message will do",
		MULTI("related") INNER("alternative") INNER_TEXT INNER_END HTML END, ""},
	{"in any case",
		MULTI("ALTERNATIVE") PART("TEXT/Plain") "\nhi\n" PART("Text/HTML") "\nhi\n" END,
		""},

	/* HTML alone */
	{"nothing but HTML", ONE("Content-Type: text/html\n", "<p>hi\n"), "MIME_HTML_ONLY(0.20)"},
	{"HTML with pictures", MULTI("related") HTML PART("image/png") "\nx\n" END,
		"MIME_HTML_ONLY(0.20)"},
	{"HTML before text", MULTI("related") HTML TEXT END, "MIME_HTML_ONLY(0.20)"},
	{"text before HTML", MULTI("related") TEXT HTML END, ""},
	{"an attached page is not the text",
		MULTI("related") PART("text/html") "Content-Disposition: attachment\n\nhi\n" END,
		"HAS_ATTACHMENT(0.00)"},

	/* MIME-Version */
	{"Content-Type without MIME-Version", "Content-Type: text/plain\n\nhi\n",
		"MISSING_MIME_VERSION(2.00)"},
	{"Content-Transfer-Encoding without it", "Content-Transfer-Encoding: 8bit\n\nhi\n",
		"MISSING_MIME_VERSION(2.00)"},
	{"Content-Disposition alone asks for none", "Content-Disposition: inline\n\nhi\n", ""},
	{"without MIME there is none", "From: foo@example.org\n\nhi\n", ""},
	{"any version is one", "Mime-version:\nContent-Type: text/plain\n\nhi\n", ""},
	{"the header of a part asks for none",
		"From: foo@example.org\nMIME-Version: 1.0\nContent-Type: "
		"message/rfc822\n\nContent-Type: text/plain\n\nhi\n",
		""},

	/* base64 */
	{"text in base64", ONE(BASE64 "Content-Type: text/plain; charset=utf-8\n", "aMOp\n"),
		"MIME_BASE64_TEXT(0.10)"},
	{"ASCII in base64", ONE(BASE64, "aGVsbG8=\n"),
		"MIME_BASE64_TEXT(0.10) MIME_BASE64_TEXT_BOGUS(1.00)"},
	{"an empty text in base64", ONE(BASE64, ""),
		"MIME_BASE64_TEXT(0.10) MIME_BASE64_TEXT_BOGUS(1.00)"},
	{"HTML counts as well", ONE(BASE64 "Content-Type: text/html\n", "PHA+aGk=\n"),
		"MIME_HTML_ONLY(0.20) MIME_BASE64_TEXT(0.10) MIME_BASE64_TEXT_BOGUS(1.00)"},
	{"an attached text too",
		MULTI("related") TEXT PART("text/csv") BASE64
		"Content-Disposition: attachment\n\nYSxi\n" END,
		"MIME_BASE64_TEXT(0.10) MIME_BASE64_TEXT_BOGUS(1.00) HAS_ATTACHMENT(0.00)"},
	{"one text that is ASCII is enough",
		MULTI("related") PART("text/plain") BASE64 "\naMOp\n" PART("text/plain") BASE64
		"\naGVsbG8=\n" END,
		"MIME_BASE64_TEXT(0.10) MIME_BASE64_TEXT_BOGUS(1.00)"},
	{"other types are for base64",
		MULTI("related") TEXT PART("image/png") BASE64 "\naGVsbG8=\n" END, ""},
	{"quoted-printable is for text",
		ONE("Content-Transfer-Encoding: quoted-printable\n", "hi\n"), ""},

	/* Content-Type */
	{"a type without a subtype", ONE("Content-Type: text\n", "hi\n"),
		"BROKEN_CONTENT_TYPE(1.50)"},
	{"a type that is none", ONE("Content-Type: text plain\n", "hi\n"),
		"BROKEN_CONTENT_TYPE(1.50)"},
	{"of a part", MULTI("related") PART("garbage") "\nhi\n" END, "BROKEN_CONTENT_TYPE(1.50)"},
	{"an empty field is no type at all", ONE("Content-Type:\n", "hi\n"), ""},
	{"broken parameters are no broken type", ONE("Content-Type: text/plain; charset\n", "hi\n"),
		""},

	/* application/octet-stream */
	{"a stream without a disposition", MULTI("related") TEXT STREAM("") END,
		"CTYPE_MISSING_DISPOSITION(4.00)"},
	{"an inline stream", MULTI("related") TEXT STREAM("Content-Disposition: inline\n") END,
		"CTYPE_MISSING_DISPOSITION(4.00)"},
	{"an attached stream",
		MULTI("related") TEXT STREAM("Content-Disposition: attachment\n") END,
		"HAS_ATTACHMENT(0.00)"},
	{"a stream that HTML can refer to", MULTI("related") TEXT STREAM("Content-ID: <a@b>\n") END,
		""},
	{"the stream of an encrypted message", MULTI("encrypted") STREAM("") END, ""},
	{"the whole message", ONE("Content-Type: application/octet-stream\n", "xyz\n"),
		"CTYPE_MISSING_DISPOSITION(4.00)"},
	{"a stream of an attached message",
		TOP "Content-Type: message/rfc822\n\nContent-Type: "
		    "application/octet-stream\n\nxyz\n",
		"CTYPE_MISSING_DISPOSITION(4.00)"},
	{"another type", MULTI("related") TEXT PART("application/zip") "\nxyz\n" END, ""},
	{"a block found in a text", ONE("", "begin 644 a.bin\n#86)C\n`\nend\n"), ""},

	/* multipart/mixed */
	{"mixed around one text", MULTI("mixed") TEXT END, "CTYPE_MIXED_BOGUS(1.00)"},
	{"around two", MULTI("mixed") TEXT HTML END, "CTYPE_MIXED_BOGUS(1.00)"},
	{"around three", MULTI("mixed") TEXT HTML TEXT END, ""},
	{"around nothing", MULTI("mixed") END, "CTYPE_MIXED_BOGUS(1.00)"},
	{"around an alternative",
		MULTI("mixed") INNER("alternative") INNER_TEXT INNER_HTML INNER_END END,
		"CTYPE_MIXED_BOGUS(1.00)"},
	{"around text and a file", MULTI("mixed") TEXT PDF END, "HAS_ATTACHMENT(0.00)"},
	{"around text and an attached text",
		MULTI("mixed")
			TEXT PART("text/plain") "Content-Disposition: attachment\n\nhi\n" END,
		"HAS_ATTACHMENT(0.00)"},
	{"around text and a text with a file name",
		MULTI("mixed") TEXT PART("text/plain; name=a.txt") "\nhi\n" END, ""},
	{"around text and a message",
		MULTI("mixed") TEXT PART("message/rfc822") "\nFrom: a@b\n\nhi\n" END, ""},
	{"not at the top", MULTI("related") INNER("mixed") INNER_TEXT INNER_END END, ""},

	/* 7bit */
	{"8-bit bytes in 7bit", ONE(SEVEN, "h\351\n"), "R_BAD_CTE_7BIT(3.50)[7bit]"},
	{"UTF-8 counts less",
		ONE(SEVEN "Content-Type: text/plain; charset=\"UTF-8\"\n", "h\303\251\n"),
		"R_BAD_CTE_7BIT(1.05)[7bit, utf8]"},
	{"other charsets do not",
		ONE(SEVEN "Content-Type: text/plain; charset=iso-8859-1\n", "h\351\n"),
		"R_BAD_CTE_7BIT(3.50)[7bit]"},
	{"in any case", ONE("Content-Transfer-Encoding: 7BIT\n", "h\351\n"),
		"R_BAD_CTE_7BIT(3.50)[7bit]"},
	{"ASCII in 7bit", ONE(SEVEN, "hi\n"), ""},
	{"8bit is 8bit", ONE("Content-Transfer-Encoding: 8bit\n", "h\351\n"), ""},
	{"nothing declared is not 7bit", ONE("", "h\351\n"), ""},
	{"only text", MULTI("related") TEXT PART("image/png") SEVEN "\n\351\n" END, ""},
	{"of a part", MULTI("related") TEXT PART("text/plain") SEVEN "\nh\351\n" END,
		"R_BAD_CTE_7BIT(3.50)[7bit]"},
	{"declared for the whole message",
		TOP SEVEN "Content-Type: multipart/related; boundary=b\n\n" PART(
			"text/plain") "\nh\351\n" END,
		"R_BAD_CTE_7BIT(3.50)[7bit]"},
	{"a part may say otherwise",
		TOP SEVEN "Content-Type: multipart/related; boundary=b\n\n" PART(
			"text/plain") "Content-Transfer-Encoding: 8bit\n\nh\351\n" END,
		""},
	{"outside of parts it does not matter",
		TOP SEVEN "Content-Type: multipart/related; boundary=b\n\nh\351\n" TEXT END, ""},
	{"the first of several is told",
		MULTI("related") PART("text/plain; charset=utf-8") SEVEN
		"\nh\303\251\n" PART("text/plain") SEVEN "\nh\351\n" END,
		"R_BAD_CTE_7BIT(1.05)[7bit, utf8]"},

	/* attachments */
	{"an attachment", MULTI("related") TEXT PDF END, "HAS_ATTACHMENT(0.00)"},
	{"several are told once", MULTI("related") TEXT PDF PDF END, "HAS_ATTACHMENT(0.00)"},
	{"within an attached message",
		TOP "Content-Type: message/rfc822\n\nContent-Type: "
		    "application/pdf\nContent-Disposition: ATTACHMENT\n\nx\n",
		"HAS_ATTACHMENT(0.00)"},
	{"a file name alone makes none",
		MULTI("related") TEXT PART(
			"image/png; name=a.png") "Content-Disposition: inline; filename=a.png\n\nx\n" END,
		""},
};

static void the_structure_is_judged(void **state)
{
	(void)state;
	harness_check_table(&check_mime, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_structure_is_judged),
	};

	return cmocka_run_group_tests_name("checks/mime", tests, NULL, NULL);
}
