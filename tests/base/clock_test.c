#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

struct date_case {
	const char *name;
	int64_t seconds;
	const char *iso;
	const char *http;
};

static const struct date_case date_cases[] = {
	{"the epoch", 0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"},
	{"a second before the epoch", -1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"},
	{"a day before the epoch", -86400, "1969-12-31T00:00:00Z", "Wed, 31 Dec 1969 00:00:00 GMT"},
	{"a usual day", 1795351538, "2026-11-22T12:45:38Z", "Sun, 22 Nov 2026 12:45:38 GMT"},
	{"a leap day", 1709164800, "2024-02-29T00:00:00Z", "Thu, 29 Feb 2024 00:00:00 GMT"},
	{"the day after a leap day", 1709251200, "2024-03-01T00:00:00Z",
		"Fri, 01 Mar 2024 00:00:00 GMT"},
	{"a leap day of a century", 951782400, "2000-02-29T00:00:00Z",
		"Tue, 29 Feb 2000 00:00:00 GMT"},
	{"a century without a leap day", 4107542400, "2100-03-01T00:00:00Z",
		"Mon, 01 Mar 2100 00:00:00 GMT"},
	{"a leap day before the epoch", -58060800, "1968-02-29T00:00:00Z",
		"Thu, 29 Feb 1968 00:00:00 GMT"},
	{"the end of 32 bits", 2147483648, "2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 GMT"},
	{"the last day of a year", 1735603200, "2024-12-31T00:00:00Z",
		"Tue, 31 Dec 2024 00:00:00 GMT"},
	{"the first second of the calendar", -62135596800, "0001-01-01T00:00:00Z",
		"Mon, 01 Jan 0001 00:00:00 GMT"},
	{"the last second of the calendar", 253402300799, "9999-12-31T23:59:59Z",
		"Fri, 31 Dec 9999 23:59:59 GMT"},
};

static void seconds_become_dates_and_back(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(date_cases); i++) {
		const struct date_case *c = &date_cases[i];
		struct span iso = clock_print_iso(a, c->seconds);
		struct span http = clock_print_http(a, c->seconds);
		double back = 0;

		if (!span_equal(iso, span_of(c->iso)) || !span_equal(http, span_of(c->http)))
			fail_msg("%s: %s, %s", c->name, iso.p, http.p);
		if (!clock_parse(iso, &back) || back != (double)c->seconds)
			fail_msg("%s and back: %.0f", c->name, back);
	}
	arena_free(a);
}

static void every_day_agrees_with_the_system(void **state)
{
	(void)state;
	/* 1601 to 2370: four hundred years and some, at changing times of the day */
	for (int64_t s = -11644473600; s < 12622780800; s += 86400 + 3607) {
		struct clock_date d;
		time_t t = (time_t)s;
		struct tm tm;

		clock_to_date(s, &d);
		must(gmtime_r(&t, &tm) != NULL);
		if (d.year != tm.tm_year + 1900 || d.month != tm.tm_mon + 1 ||
			d.day != tm.tm_mday || d.hour != tm.tm_hour || d.minute != tm.tm_min ||
			d.second != tm.tm_sec || clock_weekday(s) != tm.tm_wday ||
			clock_from_date(&d) != s)
			fail_msg("%lld is %d-%d-%d", (long long)s, d.year, d.month, d.day);
	}
}

static void moments_outside_of_the_calendar_are_its_ends(void **state)
{
	struct clock_date d;

	(void)state;
	clock_to_date(INT64_MIN, &d);
	assert_true(d.year == 1 && d.month == 1 && d.day == 1 && d.second == 0);
	clock_to_date(INT64_MAX, &d);
	assert_true(d.year == 9999 && d.month == 12 && d.day == 31 && d.second == 59);
	/* a hundred years before the epoch was a Saturday; far away it is still some day */
	assert_int_equal(clock_weekday(-3155673600), 6);
	assert_in_range(clock_weekday(INT64_MIN), 0, 6);
	assert_in_range(clock_weekday(INT64_MAX), 0, 6);
}

static void days_past_the_end_of_a_month_run_on(void **state)
{
	struct clock_date d = {.year = 2023, .month = 2, .day = 29}, e;

	(void)state;
	clock_to_date(clock_from_date(&d), &e);
	assert_true(e.month == 3 && e.day == 1);
	d = (struct clock_date){.year = 2016,
		.month = 12,
		.day = 31,
		.hour = 23,
		.minute = 59,
		.second = 60};
	clock_to_date(clock_from_date(&d), &e);
	assert_true(e.year == 2017 && e.month == 1 && e.day == 1 && e.second == 0);
}

struct parse_case {
	const char *name;
	const char *text;
	bool ok;
	double value;
};

static const struct parse_case parse_cases[] = {
	{"seconds", "1795351538", true, 1795351538},
	{"seconds with a fraction", "1795351538.25", true, 1795351538.25},
	{"seconds before the epoch", "-1.5", true, -1.5},
	{"a moment in UTC", "2026-11-22T12:45:38Z", true, 1795351538},
	{"lower case", "2026-11-22t12:45:38z", true, 1795351538},
	{"a space between", "2026-11-22 12:45:38Z", true, 1795351538},
	{"no zone is UTC", "2026-11-22 12:45:38", true, 1795351538},
	{"east of Greenwich is earlier", "2026-11-22T12:45:38+01:30", true, 1795351538 - 5400},
	{"west of Greenwich is later", "2026-11-22T12:45:38-08:00", true, 1795351538 + 28800},
	{"a fraction", "2026-11-22T12:45:38.5Z", true, 1795351538.5},
	{"a long fraction", "2026-11-22T12:45:38.000000000Z", true, 1795351538},
	{"no seconds", "2026-11-22T12:45", true, 1795351500},
	{"no seconds and a zone", "2026-11-22T12:45+00:00", true, 1795351500},
	{"a day", "2026-11-22", true, 1795305600},
	{"a leap day", "2024-02-29", true, 1709164800},
	{"a leap second", "2016-12-31T23:59:60Z", true, 1483228800},
	{"a fraction of nothing", "2026-11-22T12:45:38.Z", false, 0},
	{"a fraction without seconds", "2026-11-22T12:45.5Z", false, 0},
	{"a leap day in a usual year", "2023-02-29", false, 0},
	{"a leap day in a usual century", "2100-02-29", false, 0},
	{"the 31st of April", "2024-04-31", false, 0},
	{"the 32nd of December 9999", "9999-12-32", false, 0},
	{"day zero", "2024-01-00", false, 0},
	{"month zero", "2024-00-01", false, 0},
	{"month thirteen", "2024-13-01", false, 0},
	{"year zero", "0000-01-01", false, 0},
	{"hour 24", "2024-01-01T24:00:00Z", false, 0},
	{"minute 60", "2024-01-01T00:60:00Z", false, 0},
	{"second 61", "2024-01-01T00:00:61Z", false, 0},
	{"a zone of a whole day", "2024-01-01T00:00:00+24:00", false, 0},
	{"a zone without a colon", "2024-01-01T00:00:00+0100", false, 0},
	{"half a zone", "2024-01-01T00:00:00+01", false, 0},
	{"something behind the zone", "2024-01-01T00:00:00Zx", false, 0},
	{"a comma", "2024-01-01,", false, 0},
	{"a short year", "24-01-01", false, 0},
	{"a sign within", "2024-+1-01", false, 0},
	{"an hour alone", "2024-01-01T12", false, 0},
	{"nothing behind the T", "2024-01-01T", false, 0},
	{"nothing", "", false, 0},
	{"words", "yesterday", false, 0},
};

static void moments_are_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parse_cases); i++) {
		const struct parse_case *c = &parse_cases[i];
		double value = 77;
		bool ok = clock_parse(span_of(c->text), &value);

		if (ok != c->ok || value != (c->ok ? c->value : 77))
			fail_msg("%s: %d %.6f", c->name, ok, value);
	}
}

static void clocks_go_forward(void **state)
{
	uint64_t mono = clock_monotonic_us(), cpu = clock_cpu_ns();
	double wall = clock_wall();
	volatile unsigned work = 0;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		work += i;
	assert_true(work > 0 && clock_cpu_ns() > cpu);
	assert_true(clock_monotonic_us() >= mono);
	/* 2020 to 2200, in seconds */
	assert_true(wall > 1577836800.0 && wall < 7258118400.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_become_dates_and_back),
		cmocka_unit_test(every_day_agrees_with_the_system),
		cmocka_unit_test(moments_outside_of_the_calendar_are_its_ends),
		cmocka_unit_test(days_past_the_end_of_a_month_run_on),
		cmocka_unit_test(moments_are_parsed),
		cmocka_unit_test(clocks_go_forward),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
