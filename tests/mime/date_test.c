#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

struct date_case {
	const char *name, *value;
	const char *utc; /* NULL: no date */
	int zone;        /* minutes east */
	bool zone_known, obsolete;
};

static const struct date_case cases[] = {
	/* RFC 5322, appendix A */
	{"RFC 5322 A.1.1", "Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z", -360, true,
		false},
	{"RFC 5322 A.1.2", "Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T08:52:37Z", 120, true,
		false},
	{"RFC 5322 A.1.3", "Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-14T03:02:54Z", -210, true,
		false},
	{"RFC 5322 A.2", "Fri, 21 Nov 1997 10:01:10 -0600", "1997-11-21T16:01:10Z", -360, true,
		false},
	{"RFC 5322 A.2, the second reply", "Fri, 21 Nov 1997 11:00:00 -0600",
		"1997-11-21T17:00:00Z", -360, true, false},
	{"RFC 5322 A.3", "Mon, 24 Nov 1997 14:22:01 -0800", "1997-11-24T22:22:01Z", -480, true,
		false},
	{"RFC 5322 A.4, without a colon of the zone", "21 Nov 1997 10:05:43 -0600",
		"1997-11-21T16:05:43Z", -360, true, false},
	{"RFC 5322 A.5, folds and a comment",
		"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
		"               -0330 (Newfoundland Time)",
		"1969-02-14T03:02:00Z", -210, true, false},
	{"RFC 5322 A.6.2", "21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z", 0, true, true},
	{"RFC 5322 A.6.3", "Fri, 21 Nov 1997 09(comment):   55  :  06 -0600",
		"1997-11-21T15:55:06Z", -360, true, true},

	/* within RFC 5322 section 3.3 */
	{"the epoch", "Thu, 1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z", 0, true, false},
	{"a second before the epoch", "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59Z", 0,
		true, false},
	{"a day of one digit", "1 Dec 2026 12:00:00 +0100", "2026-12-01T11:00:00Z", 60, true,
		false},
	{"no seconds", "Sun, 22 Nov 2026 12:45 +0000", "2026-11-22T12:45:00Z", 0, true, false},
	{"any case", "SUN, 22 nov 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0, true, false},
	{"a zone that is not told", "Sun, 22 Nov 2026 12:45:38 -0000", "2026-11-22T12:45:38Z", 0,
		false, false},
	{"a comment at the end", "Sun, 22 Nov 2026 04:45:38 -0800 (PST)", "2026-11-22T12:45:38Z",
		-480, true, false},
	{"nested comments at the end", "Sun, 22 Nov 2026 12:45:38 +0000 (a (b \\) c))",
		"2026-11-22T12:45:38Z", 0, true, false},
	{"a leap second", "Sat, 31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z", 0, true,
		false},
	{"the leap day of a century", "Tue, 29 Feb 2000 12:00:00 +0000", "2000-02-29T12:00:00Z", 0,
		true, false},
	{"a zone of half an hour", "Sun, 22 Nov 2026 18:15:38 +0530", "2026-11-22T12:45:38Z", 330,
		true, false},
	{"the farthest zone", "Sun, 22 Nov 2026 12:00:00 +1400", "2026-11-21T22:00:00Z", 840, true,
		false},
	{"the first year", "Mon, 1 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z", 0, true,
		false},
	{"the last year", "31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59Z", 0, true, false},
	{"the wrong day of the week", "Mon, 22 Nov 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0,
		true, false},
	{"no blank behind the weekday", "Sun,22 Nov 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0,
		true, false},

	/* RFC 5322 section 4.3 */
	{"a year of two digits before 50", "Wed, 1 Jul 49 00:00:00 +0000", "2049-07-01T00:00:00Z",
		0, true, true},
	{"a year of two digits from 50 on", "Sat, 1 Jul 50 00:00:00 +0000", "1950-07-01T00:00:00Z",
		0, true, true},
	{"a year of three digits", "1 Jul 126 00:00:00 +0000", "2026-07-01T00:00:00Z", 0, true,
		true},
	{"UT", "22 Nov 2026 12:45:38 UT", "2026-11-22T12:45:38Z", 0, true, true},
	{"GMT", "22 Nov 2026 12:45:38 GMT", "2026-11-22T12:45:38Z", 0, true, true},
	{"EST", "22 Nov 2026 07:45:38 EST", "2026-11-22T12:45:38Z", -300, true, true},
	{"EDT", "22 Nov 2026 08:45:38 EDT", "2026-11-22T12:45:38Z", -240, true, true},
	{"CST", "22 Nov 2026 06:45:38 CST", "2026-11-22T12:45:38Z", -360, true, true},
	{"CDT", "22 Nov 2026 07:45:38 CDT", "2026-11-22T12:45:38Z", -300, true, true},
	{"MST", "22 Nov 2026 05:45:38 MST", "2026-11-22T12:45:38Z", -420, true, true},
	{"MDT", "22 Nov 2026 06:45:38 mdt", "2026-11-22T12:45:38Z", -360, true, true},
	{"PST", "22 Nov 2026 04:45:38 PST", "2026-11-22T12:45:38Z", -480, true, true},
	{"PDT", "22 Nov 2026 05:45:38 PDT", "2026-11-22T12:45:38Z", -420, true, true},
	{"a military zone", "22 Nov 2026 12:45:38 A", "2026-11-22T12:45:38Z", 0, false, true},
	{"Z as a military zone", "22 Nov 2026 12:45:38 Z", "2026-11-22T12:45:38Z", 0, false, true},
	{"a zone that nobody knows", "22 Nov 2026 12:45:38 XYZT", "2026-11-22T12:45:38Z", 0, false,
		true},

	/* what is met */
	{"UTC", "22 Nov 2026 12:45:38 UTC", "2026-11-22T12:45:38Z", 0, true, true},
	{"CEST", "22 Jul 2026 14:45:38 CEST", "2026-07-22T12:45:38Z", 120, true, true},
	{"JST", "22 Nov 2026 21:45:38 JST", "2026-11-22T12:45:38Z", 540, true, true},
	{"no zone", "Sun, 22 Nov 2026 12:45:38", "2026-11-22T12:45:38Z", 0, false, true},
	{"no weekday and no zone", "22 Nov 2026 12:45", "2026-11-22T12:45:00Z", 0, false, true},
	{"no comma behind the weekday", "Sun 22 Nov 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0,
		true, true},
	{"full names", "Sunday, 22 November 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0, true,
		true},
	{"a month of four letters", "22 Sept 2026 12:45:38 +0000", "2026-09-22T12:45:38Z", 0, true,
		true},
	{"the month before the day", "Sunday, November 22, 2026 12:45 PM", "2026-11-22T12:45:00Z",
		0, false, true},
	{"midnight on a clock of twelve", "22 Nov 2026 12:00:01 AM +0000", "2026-11-22T00:00:01Z",
		0, true, true},
	{"the afternoon on a clock of twelve", "22 Nov 2026 4:45:38 PM +0000",
		"2026-11-22T16:45:38Z", 0, true, true},
	{"two zones that agree", "Sun, 22 Nov 2026 12:45:38 +0000 UTC", "2026-11-22T12:45:38Z", 0,
		true, true},
	{"two zones of which the number counts", "22 Nov 2026 12:45:38 -0500 GMT",
		"2026-11-22T17:45:38Z", -300, true, true},
	{"an offset from GMT", "22 Nov 2026 13:45:38 GMT+0100", "2026-11-22T12:45:38Z", 60, true,
		true},
	{"an offset from GMT in hours", "22 Nov 2026 13:45:38 GMT+1", "2026-11-22T12:45:38Z", 60,
		true, true},
	{"an offset with a colon", "22 Nov 2026 13:45:38 +01:00", "2026-11-22T12:45:38Z", 60, true,
		true},
	{"an offset of three digits", "22 Nov 2026 13:45:38 +100", "2026-11-22T12:45:38Z", 60, true,
		true},
	{"a zone in words", "22 Nov 2026 12:45:38 Eastern Daylight Time", "2026-11-22T12:45:38Z", 0,
		false, true},
	{"words that make a zone another one", "22 Nov 2026 12:45:38 GMT Daylight Time",
		"2026-11-22T12:45:38Z", 0, false, true},
	{"asctime", "Sun Nov 22 12:45:38 2026", "2026-11-22T12:45:38Z", 0, false, true},
	{"date(1)", "Sun Nov 22 07:45:38 EST 2026", "2026-11-22T12:45:38Z", -300, true, true},
	{"date(1) with an offset last", "Sun Nov 22 13:45:38 2026 +0100", "2026-11-22T12:45:38Z",
		60, true, true},
	{"RFC 3339", "2026-11-22T12:45:38Z", "2026-11-22T12:45:38Z", 0, true, true},
	{"RFC 3339 with an offset", "2026-11-22T13:45:38+01:00", "2026-11-22T12:45:38Z", 60, true,
		true},
	{"RFC 3339 with a blank and a fraction", "2026-11-22 12:45:38.123456 +0000",
		"2026-11-22T12:45:38Z", 0, true, true},
	{"dashes", "22-Nov-2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0, true, true},
	{"dots in the time", "Sun, 22 Nov 2026 12.45.38 +0000", "2026-11-22T12:45:38Z", 0, true,
		true},
	{"dots behind day and month", "Sun, 22. Nov. 2026 12:45:38 +0000", "2026-11-22T12:45:38Z",
		0, true, true},
	{"dots in the date", "22.11.2026 12:45:38", "2026-11-22T12:45:38Z", 0, false, true},
	{"an hour of one digit", "22 Nov 2026 2:45:38 +0000", "2026-11-22T02:45:38Z", 0, true,
		true},
	{"a second of one digit", "22 Nov 2026 12:45:8 +0000", "2026-11-22T12:45:08Z", 0, true,
		true},
	{"an unclosed comment", "22 Nov 2026 12:45:38 +0000 (UTC", "2026-11-22T12:45:38Z", 0, true,
		true},
	{"a comment first", "(x) 22 Nov 2026 12:45:38 +0000", "2026-11-22T12:45:38Z", 0, true,
		true},

	/* no dates */
	{"nothing", "", NULL, 0, false, false},
	{"only a comment", "(22 Nov 2026 12:45:38 +0000)", NULL, 0, false, false},
	{"words", "yesterday", NULL, 0, false, false},
	{"the thirtieth of February", "30 Feb 2026 12:00:00 +0000", NULL, 0, false, false},
	{"a leap day in no leap year", "29 Feb 2026 12:00:00 +0000", NULL, 0, false, false},
	{"a leap day in 1900", "29 Feb 1900 12:00:00 +0000", NULL, 0, false, false},
	{"the thirty-first of April", "31 Apr 2026 12:00:00 +0000", NULL, 0, false, false},
	{"day zero", "0 Nov 2026 12:00:00 +0000", NULL, 0, false, false},
	{"hour 24", "22 Nov 2026 24:00:00 +0000", NULL, 0, false, false},
	{"minute 60", "22 Nov 2026 12:60:00 +0000", NULL, 0, false, false},
	{"second 61", "22 Nov 2026 12:00:61 +0000", NULL, 0, false, false},
	{"hour 13 on a clock of twelve", "22 Nov 2026 13:00 PM +0000", NULL, 0, false, false},
	{"a zone with 60 minutes", "22 Nov 2026 12:00:00 +0060", NULL, 0, false, false},
	{"a zone of five digits", "22 Nov 2026 12:00:00 +01000", NULL, 0, false, false},
	{"a zone with two signs", "22 Nov 2026 12:00:00 +-0500", NULL, 0, false, false},
	{"two offsets", "22 Nov 2026 12:00:00 +0100 +0200", NULL, 0, false, false},
	{"two times", "22 Nov 2026 12:00:00 13:00:00", NULL, 0, false, false},
	{"two years", "22 Nov 2026 2027 12:00:00", NULL, 0, false, false},
	{"no year", "22 Nov 12:00:00 +0000", NULL, 0, false, false},
	{"no time", "Sun, 22 Nov 2026", NULL, 0, false, false},
	{"no month", "22 2026 12:00:00 +0000", NULL, 0, false, false},
	{"a month that is none", "22 Nox 2026 12:00:00 +0000", NULL, 0, false, false},
	{"a month of two letters", "22 No 2026 12:00:00 +0000", NULL, 0, false, false},
	{"a year of five digits", "22 Nov 12026 12:00:00 +0000", NULL, 0, false, false},
	{"year zero", "22 Nov 0000 12:00:00 +0000", NULL, 0, false, false},
	{"a zone that leads out of the years", "1 Jan 0001 00:00:00 +0100", NULL, 0, false, false},
	{"a zone that leads past the years", "31 Dec 9999 23:59:59 -0100", NULL, 0, false, false},
	{"slashes, of which nobody knows which is the month", "11/12/2026 12:00:00", NULL, 0, false,
		false},
	{"numeric months with dashes", "11-12-2026 12:00:00", NULL, 0, false, false},
	{"a word before the date", "sent 22 Nov 2026 12:00:00 +0000", NULL, 0, false, false},
	{"junk behind the date", "22 Nov 2026 12:00:00 +0000 x=1", NULL, 0, false, false},
	{"a number of seconds", "1795351538", NULL, 0, false, false},
};

static void dates_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct date_case *c = &cases[i];
		struct mime_date d = {0};
		bool got = mime_parse_date(span_of(c->value), &d);

		if (got != (c->utc != NULL))
			fail_msg("%s: %s: %s", c->name, c->value, got ? "read" : "not read");
		if (!got)
			continue;
		if (!span_equal(clock_print_iso(a, d.seconds), span_of(c->utc)))
			fail_msg("%s: %s gives %s", c->name, c->value,
				clock_print_iso(a, d.seconds).p);
		if (d.zone != c->zone * 60 || d.zone_known != c->zone_known ||
			d.obsolete != c->obsolete)
			fail_msg("%s: %s gives zone %d, known %d, obsolete %d", c->name, c->value,
				d.zone / 60, d.zone_known, d.obsolete);
	}
}

static void what_is_printed_is_read(void **state)
{
	/* steps of some 17 days through the years 1 to 9999 */
	const int64_t first = -62135596800, last = 253402300799, step = 1468801;

	(void)state;
	for (int64_t seconds = first; seconds <= last; seconds += step) {
		struct mime_date d;

		if (!mime_parse_date(clock_print_http(a, seconds), &d) || d.seconds != seconds)
			fail_msg("%s", clock_print_http(a, seconds).p);
		arena_reset(a);
	}
}

static void a_nul_is_not_the_end(void **state)
{
	struct mime_date d;

	(void)state;
	assert_false(mime_parse_date(SPAN("22 Nov 2026 12:00:00 +0000\0"), &d));
	assert_false(mime_parse_date(SPAN("22 Nov 2026 12\0:00:00 +0000"), &d));
}

/* Repeated to half a megabyte. */
static const char *const hostile_pieces[] = {"(", "()", "(a) ", "(\\", " ", "a ", "1 ", "1:", "1.",
	"-1", "+", ",", "jan ", "mon,", "12:00 ", "\r\n "};

static void hostile_bytes_take_linear_time(void **state)
{
	enum { SIZE = 1 << 19 };
	char *text = arena_alloc(a, SIZE);
	uint64_t start = clock_cpu_ns();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile_pieces); i++) {
		size_t n = strlen(hostile_pieces[i]);
		struct mime_date d;

		for (size_t at = 0; at < SIZE; at++)
			text[at] = hostile_pieces[i][at % n];
		assert_false(mime_parse_date(span_from(text, SIZE), &d));
		memcpy(text, "1 Jan 2026 12:00 ", 17);
		(void)mime_parse_date(span_from(text, SIZE), &d);
	}
	assert_true(clock_cpu_ns() - start < UINT64_C(10000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(a_nul_is_not_the_end),
		cmocka_unit_test(hostile_bytes_take_linear_time),
	};

	return cmocka_run_group_tests_name("date", tests, set_up, tear_down);
}
