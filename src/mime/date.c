/*
 * Dates of header fields.
 *
 * DESIGN: pieces are known by their shape (a number before a colon is the hour, a word with the start of
 * a month's name is the month, what has a sign behind the time is the zone), not by their place. So one
 * loop reads RFC 5322, asctime, date(1), RFC 3339 and what programs have made of them. What is in no
 * piece's shape is no date: a reader would guess, and the guesses differ. Numeric dates with slashes are
 * left out for the same reason: which is the month?
 */
#include "mime/mime.h"

#include "mime/inner.h"

enum { UNSET = -1 };

/* A date as it is being read; what is not known yet is UNSET. */
struct reader {
	struct span s;
	size_t at;
	struct clock_date date; /* second is 0 when there is none */
	int zone;
	bool zone_known, numeric_zone, has_zone;
	bool weekday, commented, iso, obsolete;
	enum { NO_HALF, FORENOON, AFTERNOON } half; /* of the day */
};

struct word {
	char name[12];
	int value;
};

static const struct word months[] = {
	{"january", 1},
	{"february", 2},
	{"march", 3},
	{"april", 4},
	{"may", 5},
	{"june", 6},
	{"july", 7},
	{"august", 8},
	{"september", 9},
	{"october", 10},
	{"november", 11},
	{"december", 12},
};

static const struct word weekdays[] = {
	{"sunday", 0},
	{"monday", 1},
	{"tuesday", 2},
	{"wednesday", 3},
	{"thursday", 4},
	{"friday", 5},
	{"saturday", 6},
};

/*
 * Minutes east of UTC: those of RFC 5322 section 4.3, then others that mean one zone only. All other
 * words count as -0000 there.
 */
static const struct word zones[] = {
	{"ut", 0},
	{"gmt", 0},
	{"est", -300},
	{"edt", -240},
	{"cst", -360},
	{"cdt", -300},
	{"mst", -420},
	{"mdt", -360},
	{"pst", -480},
	{"pdt", -420},
	{"utc", 0},
	{"akst", -540},
	{"akdt", -480},
	{"hst", -600},
	{"wet", 0},
	{"west", 60},
	{"bst", 60},
	{"cet", 60},
	{"met", 60},
	{"cest", 120},
	{"mest", 120},
	{"eet", 120},
	{"eest", 180},
	{"msk", 180},
	{"jst", 540},
	{"kst", 540},
	{"aest", 600},
	{"aedt", 660},
	{"nzst", 720},
	{"nzdt", 780},
};

static char byte_at(const struct reader *r, size_t at)
{
	return at < r->s.n ? r->s.p[at] : '\0';
}

static char next_byte(const struct reader *r)
{
	return byte_at(r, r->at);
}

/* Skips blanks and comments; an unclosed comment takes all. */
static void skip_gap(struct reader *r)
{
	while (r->at < r->s.n) {
		size_t end;

		if (mime_is_blank(next_byte(r))) {
			r->at++;
			continue;
		}
		if (next_byte(r) != '(')
			return;
		end = mime_skip_comment(r->s, r->at);
		r->obsolete |= end == 0;
		r->at = end > 0 ? end : r->s.n;
		r->commented = true;
	}
}

/* Reads 1 to `most` digits; more are none. Returns how many. */
static size_t read_digits(struct reader *r, size_t most, int *out)
{
	uint64_t value = 0;
	size_t n = num_read_u64(span_slice(r->s, r->at, most), 9999, &value);

	if (n == 0 || byte_is_digit(byte_at(r, r->at + n)))
		return 0;
	r->at += n;
	*out = (int)value;
	return n;
}

/* True when what comes next, after a gap, is `byte`; then it is taken with the gap. */
static bool take_byte(struct reader *r, char byte)
{
	struct reader ahead = *r;

	skip_gap(&ahead);
	if (next_byte(&ahead) != byte || ahead.at == ahead.s.n)
		return false;
	ahead.obsolete |= ahead.commented;
	*r = ahead;
	r->at++;
	return true;
}

static bool has_time(const struct reader *r)
{
	return r->date.hour != UNSET;
}

/* Minutes or seconds; one digit is met. */
static bool read_sixty(struct reader *r, int *out)
{
	size_t digits = read_digits(r, 2, out);

	r->obsolete |= digits == 1;
	return digits > 0;
}

/* Seconds and their fraction, behind the minutes. */
static bool read_seconds(struct reader *r, char separator)
{
	if (!take_byte(r, separator))
		return true;
	skip_gap(r);
	if (!read_sixty(r, &r->date.second))
		return false;
	if (separator != ':' || next_byte(r) != '.' || !byte_is_digit(byte_at(r, r->at + 1)))
		return true;
	r->obsolete = true;
	for (r->at++; byte_is_digit(next_byte(r)); r->at++)
		continue;
	return true;
}

/* What follows the hour and its separator. */
static bool read_time(struct reader *r, int hour, size_t digits, char separator)
{
	if (has_time(r) || digits > 2)
		return false;
	r->obsolete |= digits != 2 || separator != ':';
	r->date.hour = hour;
	skip_gap(r);
	return read_sixty(r, &r->date.minute) && read_seconds(r, separator);
}

/* "-11-22" behind a year. */
static bool read_iso_day(struct reader *r, int year)
{
	r->iso = r->obsolete = true;
	r->date.year = year;
	r->at++;
	if (read_digits(r, 2, &r->date.month) != 2 || next_byte(r) != '-')
		return false;
	r->at++;
	return read_digits(r, 2, &r->date.day) == 2;
}

/* ".11.2026" behind a day. */
static bool read_dotted_day(struct reader *r, int day)
{
	r->obsolete = true;
	r->date.day = day;
	r->at++;
	if (read_digits(r, 2, &r->date.month) == 0 || next_byte(r) != '.')
		return false;
	r->at++;
	return read_digits(r, 4, &r->date.year) == 4;
}

/* RFC 5322 section 4.3. */
static int full_year(int year, size_t digits)
{
	if (digits == 2)
		return year < 50 ? 2000 + year : 1900 + year;
	return digits == 3 ? 1900 + year : year;
}

/* A number that is not part of a time: a day or a year. */
static bool read_day_or_year(struct reader *r, int value, size_t digits)
{
	if (digits <= 2 && r->date.day == UNSET) {
		r->date.day = value;
		return true;
	}
	if (digits == 1 || r->date.year != UNSET || r->date.month == UNSET)
		return false;
	r->obsolete |= digits != 4 || has_time(r);
	r->date.year = full_year(value, digits);
	return true;
}

static bool read_number(struct reader *r)
{
	const struct clock_date *d = &r->date;
	bool nothing = d->day == UNSET && d->month == UNSET && d->year == UNSET;
	bool dotted;
	size_t digits;
	int value;

	digits = read_digits(r, 4, &value);
	if (digits == 0)
		return false;
	dotted = next_byte(r) == '.' && byte_is_digit(byte_at(r, r->at + 1));
	if (digits == 4 && nothing && next_byte(r) == '-')
		return read_iso_day(r, value);
	if (digits <= 2 && nothing && dotted)
		return read_dotted_day(r, value);
	if (digits <= 2 && !nothing && dotted && !has_time(r)) {
		r->at++;
		return read_time(r, value, digits, '.');
	}
	if (!has_time(r) && take_byte(r, ':'))
		return read_time(r, value, digits, ':');
	return read_day_or_year(r, value, digits);
}

/* The value of the word whose start, of at least three letters, is `text`. */
static bool find_start(const struct word *words, size_t n, struct span text, int *out)
{
	if (text.n < 3)
		return false;
	for (size_t i = 0; i < n; i++)
		if (byte_lower(text.p[0]) == words[i].name[0] &&
			span_starts_nocase(span_of(words[i].name), text)) {
			*out = words[i].value;
			return true;
		}
	return false;
}

static bool read_half(struct reader *r, struct span text)
{
	bool afternoon = span_equal_nocase(text, SPAN("pm"));

	if (!has_time(r) || r->half != NO_HALF ||
		(!afternoon && !span_equal_nocase(text, SPAN("am"))))
		return false;
	r->half = afternoon ? AFTERNOON : FORENOON;
	r->obsolete = true;
	return true;
}

/*
 * A word behind the time. One that is no known zone leaves the zone unknown, also behind a known one:
 * "GMT Daylight Time" is not GMT.
 */
static bool read_zone_name(struct reader *r, struct span text)
{
	bool known = false;
	int zone = 0;

	r->obsolete = true;
	if (r->numeric_zone)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (byte_lower(text.p[0]) == zones[i].name[0] &&
			span_equal_nocase(span_of(zones[i].name), text)) {
			zone = zones[i].value * 60;
			known = true;
		}
	if (r->iso && span_equal_nocase(text, SPAN("z")))
		known = true;
	r->zone_known = known && !r->has_zone;
	r->zone = r->zone_known ? zone : 0;
	r->has_zone = true;
	return true;
}

static bool read_word(struct reader *r)
{
	size_t start = r->at;
	struct span text;
	int weekday;

	while (byte_is_alpha(next_byte(r)))
		r->at++;
	text = span_slice(r->s, start, r->at - start);
	if (r->date.month == UNSET && find_start(months, ARRAY_LEN(months), text, &r->date.month)) {
		r->obsolete |= text.n > 3 || has_time(r) || r->date.day == UNSET;
		return true;
	}
	if (!has_time(r) && !r->weekday &&
		find_start(weekdays, ARRAY_LEN(weekdays), text, &weekday)) {
		r->weekday = true;
		r->obsolete |= text.n > 3 || next_byte(r) != ',';
		return true;
	}
	if (!has_time(r))
		return r->iso && span_equal_nocase(text, SPAN("t"));
	return read_half(r, text) || read_zone_name(r, text);
}

/* +hhmm, +hh:mm, +hmm, +hh or +h. */
static bool read_offset(struct reader *r)
{
	bool negative = next_byte(r) == '-';
	int value, hours, minutes = 0;
	size_t digits;

	r->at++;
	digits = read_digits(r, 4, &value);
	if (digits == 0 || r->numeric_zone)
		return false;
	r->obsolete |= digits != 4 || r->has_zone;
	hours = digits > 2 ? value / 100 : value;
	if (digits > 2)
		minutes = value % 100;
	else if (next_byte(r) == ':') {
		r->at++;
		if (read_digits(r, 2, &minutes) != 2)
			return false;
	}
	r->zone = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
	r->has_zone = r->numeric_zone = true;
	r->zone_known = !negative || r->zone != 0;
	return minutes < 60;
}

/* Commas, and dots and dashes behind digits and letters: "Nov.", "22-Nov-2026". */
static bool read_separator(struct reader *r)
{
	char c = next_byte(r);
	bool first = r->weekday && r->date.day == UNSET && r->date.month == UNSET;

	if (c == ',' && !has_time(r))
		r->obsolete |= !first;
	else if ((c == '.' || c == '-') && !has_time(r) && r->at > 0 &&
		byte_is_alnum(byte_at(r, r->at - 1)))
		r->obsolete = true;
	else
		return false;
	r->at++;
	return true;
}

static bool read_piece(struct reader *r)
{
	char c = next_byte(r);

	r->obsolete |= r->commented;
	if (byte_is_digit(c))
		return read_number(r);
	if (byte_is_alpha(c))
		return read_word(r);
	if ((c == '+' || c == '-') && has_time(r))
		return read_offset(r);
	return read_separator(r);
}

static bool is_possible(const struct clock_date *d)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);

	return d->year >= 1 && d->month >= 1 && d->month <= 12 && d->day >= 1 &&
		d->day <= days[d->month - 1] + (leap && d->month == 2) && d->hour >= 0 &&
		d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

/* The hour on a clock of twelve becomes one of 24. */
static bool settle_half(struct reader *r)
{
	if (r->half == NO_HALF)
		return true;
	if (r->date.hour < 1 || r->date.hour > 12)
		return false;
	r->date.hour = r->date.hour % 12 + (r->half == AFTERNOON ? 12 : 0);
	return true;
}

/* The years 1 to 9999 in UTC. */
static bool is_in_calendar(int64_t seconds)
{
	static const struct clock_date first = {1, 1, 1, 0, 0, 0},
				       last = {9999, 12, 31, 23, 59, 59};

	return seconds >= clock_from_date(&first) && seconds <= clock_from_date(&last);
}

bool mime_parse_date(struct span value, struct mime_date *out)
{
	struct reader r = {.s = value, .date = {UNSET, UNSET, UNSET, UNSET, 0, 0}};
	int64_t seconds;

	for (skip_gap(&r); r.at < r.s.n; skip_gap(&r))
		if (!read_piece(&r))
			return false;
	if (!settle_half(&r) || !is_possible(&r.date))
		return false;
	seconds = clock_from_date(&r.date) - r.zone;
	if (!is_in_calendar(seconds))
		return false;
	*out = (struct mime_date){
		.seconds = seconds,
		.zone = r.zone,
		.zone_known = r.has_zone && r.zone_known,
		.obsolete = r.obsolete || !r.has_zone,
	};
	return true;
}
