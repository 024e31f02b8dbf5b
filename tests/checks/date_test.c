#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_date;

#define DATE(value) "Date: " value "\n\nhi\n"

/* The clock stands at Fri, 13 Feb 2026 12:00:00 GMT. */
static const struct harness_case cases[] = {
	{"no field", "From: foo@example.org\n\nhi\n", "MISSING_DATE(1.00)"},
	{"an empty field is none", DATE("  "), "MISSING_DATE(1.00)"},
	{"now", DATE("Fri, 13 Feb 2026 12:00:00 +0000"), ""},
	{"a day old to the second", DATE("Thu, 12 Feb 2026 12:00:00 +0000"), ""},
	{"a day and a second old", DATE("Thu, 12 Feb 2026 11:59:59 +0000"),
		"DATE_IN_PAST(1.00)[24]"},
	{"hours are whole ones", DATE("Thu, 12 Feb 2026 11:00:01 +0000"), "DATE_IN_PAST(1.00)[24]"},
	{"25 hours old", DATE("Thu, 12 Feb 2026 11:00:00 +0000"), "DATE_IN_PAST(1.00)[25]"},
	{"long before 1970", DATE("Sat, 01 Jan 1601 00:00:00 +0000"),
		"DATE_IN_PAST(1.00)[3726516]"},
	{"two hours ahead to the second", DATE("Fri, 13 Feb 2026 14:00:00 +0000"), ""},
	{"two hours and a second ahead", DATE("Fri, 13 Feb 2026 14:00:01 +0000"),
		"DATE_IN_FUTURE(4.00)[2]"},
	{"three hours ahead", DATE("Fri, 13 Feb 2026 15:00:00 +0000"), "DATE_IN_FUTURE(4.00)[3]"},
	{"the end of the calendar", DATE("Fri, 31 Dec 9999 23:59:59 +0000"),
		"DATE_IN_FUTURE(4.00)[69897587]"},
	{"the zone counts", DATE("Fri, 13 Feb 2026 14:00:01 +0200"), ""},
	{"a zone may make it late", DATE("Fri, 13 Feb 2026 05:00:01 -0900"),
		"DATE_IN_FUTURE(4.00)[2]"},
	{"an unknown zone is UTC", DATE("Fri, 13 Feb 2026 14:00:00 -0000"), ""},
	{"a fraction of a second counts", DATE("Thu, 12 Feb 2026 12:00:00 +0000"),
		"DATE_IN_PAST(1.00)[24]", .now = HARNESS_NOW + 0.5},
	{"of two fields the first counts",
		"Date: Fri, 13 Feb 2026 12:00:00 +0000\nDate: nonsense\n\n", ""},

	{"in good form: 13 Feb 2026 12:00:00 +0000", DATE("13 Feb 2026 12:00:00 +0000"), ""},
	{"in good form: Fri, 13 Feb 2026 12:00 +0000", DATE("Fri, 13 Feb 2026 12:00 +0000"), ""},
	{"in good form: Fri,13 Feb 2026 12:00:00 +0000", DATE("Fri,13 Feb 2026 12:00:00 +0000"),
		""},
	{"in good form: fri, 13 FEB 2026 12:00:00 +0000", DATE("fri, 13 FEB 2026 12:00:00 +0000"),
		""},
	{"in good form: Fri, 13 Feb 26 12:00:00 +0000", DATE("Fri, 13 Feb 26 12:00:00 +0000"), ""},
	{"in good form: Fri, 13 Feb 2026 12:00:00 GMT", DATE("Fri, 13 Feb 2026 12:00:00 GMT"), ""},
	{"in good form: Fri, 13 Feb 2026 12:00:00 UTC", DATE("Fri, 13 Feb 2026 12:00:00 UTC"), ""},
	{"in good form: Fri, 13 Feb 2026 07:00:00 EST", DATE("Fri, 13 Feb 2026 07:00:00 EST"), ""},
	{"in good form: Fri, 13 Feb 2026 12:00:00 Z", DATE("Fri, 13 Feb 2026 12:00:00 Z"), ""},
	{"in good form: Fri, 13 Feb 2026 13:00:00 +0100 (CET)",
		DATE("Fri, 13 Feb 2026 13:00:00 +0100 (CET)"), ""},
	{"in good form: Fri, 13 Feb 2026 13:00:00 +0100 (a (b) \\) c)",
		DATE("Fri, 13 Feb 2026 13:00:00 +0100 (a (b) \\) c)"), ""},
	{"in good form: Fri (x), 13 (y) Feb 2026 12 :00: 00 +0000",
		DATE("Fri (x), 13 (y) Feb 2026 12 :00: 00 +0000"), ""},
	{"in good form: Fri,\t13 Feb\n 2026 12:00:00\n +0000",
		DATE("Fri,\t13 Feb\n 2026 12:00:00\n +0000"), ""},
	{"in good form: Mon, 13 Feb 2026 12:00:00 +0000", DATE("Mon, 13 Feb 2026 12:00:00 +0000"),
		""},
	{"in good form: Fri, 13 Feb 2026 12:00:60 +0000", DATE("Fri, 13 Feb 2026 12:00:60 +0000"),
		""},

	{"no date: nonsense", DATE("nonsense"), "INVALID_DATE(1.50)"},
	{"no date: 13 Feb 2026", DATE("13 Feb 2026"), "INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00", DATE("Fri, 13 Feb 2026 12:00:00"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri 13 Feb 2026 12:00:00 +0000", DATE("Fri 13 Feb 2026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Friday, 13 Feb 2026 12:00:00 +0000", DATE("Friday, 13 Feb 2026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Freitag, 13 Feb 2026 12:00:00 +0000",
		DATE("Freitag, 13 Feb 2026 12:00:00 +0000"), "INVALID_DATE(1.50)"},
	{"no date: Fri, 13 February 2026 12:00:00 +0000",
		DATE("Fri, 13 February 2026 12:00:00 +0000"), "INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 +00:00", DATE("Fri, 13 Feb 2026 12:00:00 +00:00"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 +000", DATE("Fri, 13 Feb 2026 12:00:00 +000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 GMT+0000", DATE("Fri, 13 Feb 2026 12:00:00 GMT+0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 +0000 more",
		DATE("Fri, 13 Feb 2026 12:00:00 +0000 more"), "INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 (GMT)", DATE("Fri, 13 Feb 2026 12:00:00 (GMT)"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00 PM", DATE("Fri, 13 Feb 2026 12:00:00 PM"),
		"INVALID_DATE(1.50)"},
	{"in good form: Fri, 13 Feb 2026 12:00:00 UT", DATE("Fri, 13 Feb 2026 12:00:00 UT"), ""},
	{"no date: Fri, 13 Feb 2026 2:00:00 +0000", DATE("Fri, 13 Feb 2026 2:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 12:00:00.5 +0000", DATE("Fri, 13 Feb 2026 12:00:00.5 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 2026 25:00:00 +0000", DATE("Fri, 13 Feb 2026 25:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 32 Jan 2026 12:00:00 +0000", DATE("Fri, 32 Jan 2026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 30 Feb 2026 12:00:00 +0000", DATE("Fri, 30 Feb 2026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri, 13 Feb 12026 12:00:00 +0000", DATE("Fri, 13 Feb 12026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: 2026-02-13T12:00:00Z", DATE("2026-02-13T12:00:00Z"), "INVALID_DATE(1.50)"},
	{"no date: 2026-02-13 12:00:00 +0000", DATE("2026-02-13 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: 02/13/2026 12:00:00 +0000", DATE("02/13/2026 12:00:00 +0000"),
		"INVALID_DATE(1.50)"},
	{"no date: Fri Feb 13 12:00:00 2026", DATE("Fri Feb 13 12:00:00 2026"),
		"INVALID_DATE(1.50)"},
	{"no date: 1770984000", DATE("1770984000"), "INVALID_DATE(1.50)"},
	{"no date: F\303\274r, 13 Feb 2026 12:00:00 +0000",
		DATE("F\303\274r, 13 Feb 2026 12:00:00 +0000"), "INVALID_DATE(1.50)"},
	{"no date: =?utf-8?q?Fri,_13_Feb_2026_12:00:00_+0000?=",
		DATE("=?utf-8?q?Fri,_13_Feb_2026_12:00:00_+0000?="), "INVALID_DATE(1.50)"},
	{"no date: (", DATE("("), "INVALID_DATE(1.50)"},
	{"no date: +", DATE("+"), "INVALID_DATE(1.50)"},
	{"no date: Fri,", DATE("Fri,"), "INVALID_DATE(1.50)"},
};

static void dates_are_compared_with_the_clock(void **state)
{
	(void)state;
	harness_check_table(&check_date, cases, ARRAY_LEN(cases));
}

static void deep_comments_are_read_in_one_pass(void **state)
{
	struct arena *a = arena_make();
	struct buf m;

	(void)state;
	buf_init(&m, a, SIZE_MAX);
	buf_add_string(&m, "Date: ");
	buf_add(&m, harness_repeat(a, "(", 50000));
	buf_add_string(&m, "\n\nhi\n");
	harness_check_made(&check_date, "comments that never end", buf_span(&m),
		"INVALID_DATE(1.50)");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_compared_with_the_clock),
		cmocka_unit_test(deep_comments_are_read_in_one_pass),
	};

	return cmocka_run_group_tests_name("checks/date", tests, NULL, NULL);
}
