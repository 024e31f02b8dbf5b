/* Clocks and calendar. */
#include "base/clock.h"

#include <time.h>

#include "base/num.h"
#include "base/panic.h"

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	must(clock_gettime(id, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

double clock_wall(void)
{
	uint64_t us = read_clock(CLOCK_REALTIME) / 1000;

	return (double)us / 1e6;
}

uint64_t clock_monotonic_us(void)
{
	return read_clock(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
#define FIRST_SECOND (-62135596800)
#define LAST_SECOND 253402300799

/* Days since 1970-01-01, counting years from March so that the leap day comes last. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year;

	if (month <= 2)
		year--;
	era = (year >= 0 ? year : year - 399) / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

int64_t clock_from_date(const struct clock_date *d)
{
	return days_from_civil(d->year, d->month, d->day) * 86400 + d->hour * 3600 +
		d->minute * 60 + d->second;
}

static int64_t floor_days(int64_t seconds)
{
	return seconds / 86400 - (seconds % 86400 < 0);
}

void clock_to_date(int64_t seconds, struct clock_date *out)
{
	int64_t days, rest, shifted, era, day_of_era, year_of_era, day_of_year, month;

	seconds = seconds < FIRST_SECOND ? FIRST_SECOND : seconds;
	seconds = seconds > LAST_SECOND ? LAST_SECOND : seconds;
	days = floor_days(seconds);
	rest = seconds - days * 86400;
	/* days since 0000-03-01, which the first second of the calendar is after */
	shifted = days + 719468;
	era = shifted / 146097;
	day_of_era = shifted % 146097;
	year_of_era = day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096;
	year_of_era /= 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	out->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year_of_era + era * 400 + (out->month <= 2));
	out->hour = (int)(rest / 3600);
	out->minute = (int)(rest / 60 % 60);
	out->second = (int)(rest % 60);
}

int clock_weekday(int64_t seconds)
{
	int64_t day = (floor_days(seconds) + 4) % 7;

	return (int)(day < 0 ? day + 7 : day);
}

struct span clock_print_iso(struct arena *a, int64_t seconds)
{
	struct clock_date d;

	clock_to_date(seconds, &d);
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day, d.hour,
		d.minute, d.second);
}

struct span clock_print_http(struct arena *a, int64_t seconds)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec"};
	struct clock_date d;

	clock_to_date(seconds, &d);
	return arena_printf(a, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[clock_weekday(seconds)],
		d.day, months[d.month - 1], d.year, d.hour, d.minute, d.second);
}

/* Takes a number of exactly `digits` digits and the byte behind it off `text`. */
static bool take(struct span *text, size_t digits, const char *behind, int *out)
{
	uint64_t value;

	if (text->n < digits || !num_parse_u64(span_slice(*text, 0, digits), 9999, &value))
		return false;
	*text = span_from_offset(*text, digits);
	*out = (int)value;
	if (behind == NULL)
		return true;
	if (text->n == 0 || !span_has_byte(span_of(behind), *text->p))
		return false;
	*text = span_from_offset(*text, 1);
	return true;
}

static bool parse_zone(struct span text, int *seconds)
{
	int sign, hours, minutes;

	*seconds = 0;
	if (text.n == 0 || span_equal_nocase(text, SPAN("z")))
		return true;
	sign = *text.p == '+' ? 1 : *text.p == '-' ? -1 : 0;
	text = span_from_offset(text, 1);
	if (sign == 0 || !take(&text, 2, ":", &hours) || !take(&text, 2, NULL, &minutes) ||
		text.n > 0)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

/* ":ss" and ".fff", both of which may be missing. */
static bool parse_seconds(struct span *text, int *second, double *fraction)
{
	size_t n = 1;

	if (text->n == 0 || *text->p != ':')
		return true;
	*text = span_from_offset(*text, 1);
	if (!take(text, 2, NULL, second))
		return false;
	if (text->n == 0 || *text->p != '.')
		return true;
	while (n < text->n && byte_is_digit(text->p[n]))
		n++;
	if (n == 1 || !num_parse_double(span_slice(*text, 0, n), fraction))
		return false;
	*text = span_from_offset(*text, n);
	return true;
}

/* False also for days that their month does not have. */
static bool is_date(const struct clock_date *d)
{
	struct clock_date day = {.year = d->year, .month = d->month, .day = d->day}, real;

	if (d->year < 1 || d->month < 1 || d->month > 12 || d->hour > 23 || d->minute > 59 ||
		d->second > 60)
		return false;
	clock_to_date(clock_from_date(&day), &real);
	return real.month == d->month && real.day == d->day;
}

bool clock_parse(struct span text, double *out)
{
	struct clock_date d = {0};
	double fraction = 0;
	int zone = 0;

	if (num_parse_double(text, out))
		return true;
	if (!take(&text, 4, "-", &d.year) || !take(&text, 2, "-", &d.month) ||
		!take(&text, 2, NULL, &d.day))
		return false;
	if (text.n > 0) {
		if (!span_has_byte(SPAN("tT "), *text.p))
			return false;
		text = span_from_offset(text, 1);
		if (!take(&text, 2, ":", &d.hour) || !take(&text, 2, NULL, &d.minute))
			return false;
		if (!parse_seconds(&text, &d.second, &fraction) || !parse_zone(text, &zone))
			return false;
	}
	if (!is_date(&d))
		return false;
	*out = (double)(clock_from_date(&d) - zone) + fraction;
	return true;
}
