/* Whether the Date field is there, is a date, and lies near the time at which the message came. */
#include "checks/checks.h"

enum { MISSING, INVALID, IN_PAST, IN_FUTURE };

enum { HOUR = 3600, PAST_MOST = 24 * HOUR, FUTURE_MOST = 2 * HOUR };

static const struct scan_symbol symbols[] = {
	[MISSING] = {.name = "MISSING_DATE",
		.score = 1,
		.group = "headers",
		.meaning = "There is no Date",
		.explain = "RFC 5322 demands a Date field, and every mail program writes one. "
			   "Scripts and simple spam software forget it; so do some printers, "
			   "scanners and alarm systems. Such devices are better let through by "
			   "their address than by lowering this score."},
	[INVALID] = {.name = "INVALID_DATE",
		.where = "Date",
		.score = 1.5,
		.group = "headers",
		.meaning = "The Date is not written as a date",
		.explain = "The Date field is there but not in the form of RFC 5322, obsolete "
			   "forms included; most often its time zone is missing, or its names "
			   "are not English. Spam software fills in its templates so, and so do "
			   "home-made scripts. Such a date is not compared with the clock."},
	[IN_PAST] = {.name = "DATE_IN_PAST",
		.where = "Date",
		.score = 1,
		.group = "headers",
		.meaning = "The Date is over a day old",
		.explain = "The message says that it was written more than a day ago. Old dates "
			   "let spam sink below new mail unseen, or come from templates that are "
			   "sent for months. Mail that waited in a queue, was resent or is "
			   "scanned again from an archive is late as well. The evidence is the "
			   "age in hours."},
	[IN_FUTURE] = {.name = "DATE_IN_FUTURE",
		.where = "Date",
		.score = 4,
		.group = "headers",
		.meaning = "The Date is over two hours ahead",
		.explain = "The message says that it will be written later, which keeps it on top "
			   "of a mailbox that is sorted by date. An honest sender whose clock or "
			   "time zone is wrong is hit too. When much good mail shows it, look at "
			   "the clock of this server first. The evidence is how many hours it is "
			   "ahead."},
};

/* ---- RFC 5322 section 3.3, with the obsolete forms of section 4.3 ---- */

/* Behind blanks, folds and comments, which may be nested. */
static struct span skip_blanks(struct span s)
{
	size_t depth = 0, i = 0;

	for (; i < s.n && (depth > 0 || byte_is_space(s.p[i]) || s.p[i] == '('); i++) {
		if (s.p[i] == '\\' && depth > 0)
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')')
			depth--;
	}
	return span_from_offset(s, i);
}

/* Takes one of the words, any case. */
static bool take_word(struct span *rest, const struct span words[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!span_starts_nocase(*rest, words[i]))
			continue;
		*rest = skip_blanks(span_from_offset(*rest, words[i].n));
		return true;
	}
	return false;
}

/* Takes `least` to `most` digits; more are none. */
static bool take_digits(struct span *rest, size_t least, size_t most)
{
	size_t n = 0;

	while (n < rest->n && byte_is_digit(rest->p[n]))
		n++;
	if (n < least || n > most)
		return false;
	*rest = skip_blanks(span_from_offset(*rest, n));
	return true;
}

static bool take_byte(struct span *rest, char byte)
{
	if (rest->n == 0 || rest->p[0] != byte)
		return false;
	*rest = skip_blanks(span_from_offset(*rest, 1));
	return true;
}

/* +0100, UT, one letter, or three to five: RFC 5322 has names that nobody knows read as -0000. */
static bool take_zone(struct span *rest)
{
	size_t n = 0;

	if (rest->n > 0 && (rest->p[0] == '+' || rest->p[0] == '-')) {
		*rest = span_from_offset(*rest, 1);
		return take_digits(rest, 4, 4);
	}
	while (n < rest->n && byte_is_alpha(rest->p[n]))
		n++;
	if (n == 0 || n > 5 || (n == 2 && !span_starts_nocase(*rest, SPAN("UT"))))
		return false;
	*rest = skip_blanks(span_from_offset(*rest, n));
	return true;
}

static bool is_written_as_date(struct span s)
{
	static const struct span days[] = {SPAN_INIT("Mon"), SPAN_INIT("Tue"), SPAN_INIT("Wed"),
		SPAN_INIT("Thu"), SPAN_INIT("Fri"), SPAN_INIT("Sat"), SPAN_INIT("Sun")};
	static const struct span months[] = {SPAN_INIT("Jan"), SPAN_INIT("Feb"), SPAN_INIT("Mar"),
		SPAN_INIT("Apr"), SPAN_INIT("May"), SPAN_INIT("Jun"), SPAN_INIT("Jul"),
		SPAN_INIT("Aug"), SPAN_INIT("Sep"), SPAN_INIT("Oct"), SPAN_INIT("Nov"),
		SPAN_INIT("Dec")};

	s = skip_blanks(s);
	if (take_word(&s, days, ARRAY_LEN(days)) && !take_byte(&s, ','))
		return false;
	if (!take_digits(&s, 1, 2) || !take_word(&s, months, ARRAY_LEN(months)) ||
		!take_digits(&s, 2, 4))
		return false;
	if (!take_digits(&s, 2, 2) || !take_byte(&s, ':') || !take_digits(&s, 2, 2))
		return false;
	if (take_byte(&s, ':') && !take_digits(&s, 2, 2))
		return false;
	return take_zone(&s) && s.n == 0;
}

/* ---- */

static enum rc run(struct scan *s)
{
	const struct mime_header *field = mime_find_header(s->msg->mime->root, SPAN("Date"));
	const struct msg_date *date;
	double age;

	if (field == NULL || span_trim(field->value).n == 0) {
		scan_add(s, MISSING);
		return RC_OK;
	}
	date = msg_date(s->msg);
	if (!date->valid || !is_written_as_date(field->value)) {
		scan_add(s, INVALID);
		return RC_OK;
	}
	age = need_now(s->needs) - (double)date->date.seconds;
	if (age > PAST_MOST)
		scan_add_printf(s, IN_PAST, 1, "%lld", (long long)(age / HOUR));
	else if (-age > FUTURE_MOST)
		scan_add_printf(s, IN_FUTURE, 1, "%lld", (long long)(-age / HOUR));
	return RC_OK;
}

const struct check check_date = {
	.name = "date",
	.help = "Compares the Date with the time at which the message came.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
