#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_subject;

#define SUBJECT(value) "Subject: " value "\n\nhi\n"

static const struct harness_case cases[] = {
	{"no field", "From: foo@example.org\n\nhi\n", "MISSING_SUBJECT(2.00)"},
	{"an empty field is one", SUBJECT(""), ""},
	{"a usual subject", SUBJECT("Lunch on Friday?"), ""},

	{"forty capitals are worth the full score",
		SUBJECT("ABCDE FGHIJ KLMNO PQRST UVWXY ABCDE FGHI"), "SUBJ_ALL_CAPS(3.00)[40]"},
	{"39 a little less", SUBJECT("ABCDE FGHIJ KLMNO PQRST UVWXY ABCDE FGH"),
		"SUBJ_ALL_CAPS(2.92)[39]"},
	{"more than forty no more", SUBJECT("ABCDE FGHIJ KLMNO PQRST UVWXY ABCDE FGHIJ"),
		"SUBJ_ALL_CAPS(3.00)[41]"},
	{"a short one little", SUBJECT("HI"), "SUBJ_ALL_CAPS(0.15)[2]"},
	{"one small letter is enough", SUBJECT("BUY NOw"), ""},
	{"digits and signs have no case", SUBJECT("A 1234 !"), "SUBJ_ALL_CAPS(0.60)[8]"},
	{"without letters there are no capitals", SUBJECT("1234 567!"), ""},
	{"Cyrillic has case", SUBJECT("\320\237\320\240\320\230\320\222\320\225\320\242"),
		"SUBJ_ALL_CAPS(0.45)[6]"},
	{"and small letters of it", SUBJECT("\320\237\320\240\320\270"), ""},
	{"Chinese has no case", SUBJECT("\344\275\240\345\245\275"), ""},
	{"but Latin beside it", SUBJECT("A \344\275\240\345\245\275"), "SUBJ_ALL_CAPS(0.30)[4]"},
	{"encoded words are decoded first", SUBJECT("=?utf-8?q?=C3=84=C3=96=C3=9C?="),
		"SUBJ_ALL_CAPS(0.22)[3]"},
	{"marks are not counted", "In-Reply-To: <a@b>\n" SUBJECT("Re: RE:  fwd:Fw: aw: SV: HELLO"),
		"SUBJ_ALL_CAPS(0.38)[5]"},
	{"nothing but marks", "References: <a@b>\n" SUBJECT("RE: FWD: "), ""},
	{"other words before a colon count", SUBJECT("SPAM: HELL"), "SUBJ_ALL_CAPS(0.75)[10]"},

	{"Re: without a message that it answers", SUBJECT("Re: hi"), "FAKE_REPLY(1.00)"},
	{"in any case, without a blank", SUBJECT("rE:hi"), "FAKE_REPLY(1.00)"},
	{"with In-Reply-To it answers", "In-Reply-To: <a@b>\n" SUBJECT("Re: hi"), ""},
	{"with References too", "References: <a@b>\n" SUBJECT("Re: hi"), ""},
	{"an empty field will do", "In-Reply-To:\n" SUBJECT("Re: hi"), ""},
	{"Thread-Index does not tell", "Thread-Index: AQHx\n" SUBJECT("Re: hi"),
		"FAKE_REPLY(1.00)"},
	{"in the middle it is no reply", SUBJECT("[list] Re: hi"), ""},
	{"Fwd: answers nothing", SUBJECT("Fwd: hi"), ""},

	{"base64 for ASCII", SUBJECT("=?utf-8?b?aGVsbG8=?="), "SUBJ_EXCESS_BASE64(1.50)"},
	{"Q for ASCII", SUBJECT("=?utf-8?q?hello?="), "SUBJ_EXCESS_QP(1.20)"},
	{"both", SUBJECT("=?utf-8?b?aGVsbG8=?= x =?utf-8?q?hello?="),
		"SUBJ_EXCESS_BASE64(1.50) SUBJ_EXCESS_QP(1.20)"},
	{"a word that needs it excuses the others",
		SUBJECT("=?utf-8?b?aGVsbG8=?= =?utf-8?q?h=C3=A9?="), ""},
	{"so do raw 8-bit bytes", SUBJECT("h\303\251 =?utf-8?q?hello?="), ""},
	{"a charset of escapes is not ASCII", SUBJECT("=?iso-2022-jp?b?GyRCJEYkOSRIGyhC?="), ""},
	{"what only looks like an encoded word", SUBJECT("=?utf-8?x?hello?="), ""},
	{"of two fields the first counts", "Subject: hi\nSubject: HELLO\n\n", ""},
};

static void subjects_are_judged(void **state)
{
	(void)state;
	harness_check_table(&check_subject, cases, ARRAY_LEN(cases));
}

static void check_long(const char *prefix, const char *letter, size_t n, const char *expected)
{
	struct arena *a = arena_make();
	struct buf m;

	buf_init(&m, a, SIZE_MAX);
	buf_printf(&m, "References: <a@b>\nSubject: %s", prefix);
	buf_add(&m, harness_repeat(a, letter, n));
	buf_add_string(&m, "\n\nhi\n");
	harness_check_made(&check_subject, expected, buf_span(&m), expected);
	arena_free(a);
}

static void long_subjects_are_told(void **state)
{
	(void)state;
	check_long("", "x", 200, "");
	check_long("", "x", 201, "LONG_SUBJ(1.51)[201]");
	check_long("", "x", 399, "LONG_SUBJ(2.99)[399]");
	check_long("", "x", 400, "LONG_SUBJ(3.00)[400]");
	check_long("", "x", 5000, "LONG_SUBJ(3.00)[5000]");
	check_long("Re: Fwd: ", "x", 200, "");
	check_long("", "\303\251", 200, "");
	check_long("", "\303\251", 201, "LONG_SUBJ(1.51)[201]");
	check_long("", "A", 201, "LONG_SUBJ(1.51)[201] SUBJ_ALL_CAPS(3.00)[201]");
	check_long("", "Re: ", 60000, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects_are_judged),
		cmocka_unit_test(long_subjects_are_told),
	};

	return cmocka_run_group_tests_name("checks/subject", tests, NULL, NULL);
}
