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
		.score = 1.5,
		.group = "headers",
		.meaning = "The Date is not a date",
		.explain = "The Date field is there but no date can be read from it, although the "
			   "usual mistakes of mail programs are forgiven. Spam software fills in "
			   "its templates wrongly; so do home-made scripts, often with month "
			   "names of another language."},
	[IN_PAST] = {.name = "DATE_IN_PAST",
		.score = 1,
		.group = "headers",
		.meaning = "The Date is over a day old",
		.explain = "The message says that it was written more than a day ago. Old dates "
			   "let spam sink below new mail unseen, or come from templates that are "
			   "sent for months. Mail that waited in a queue, was resent or is "
			   "scanned again from an archive is late as well. The evidence is the "
			   "age in hours."},
	[IN_FUTURE] = {.name = "DATE_IN_FUTURE",
		.score = 4,
		.group = "headers",
		.meaning = "The Date is over two hours ahead",
		.explain = "The message says that it will be written later, which keeps it on top "
			   "of a mailbox that is sorted by date. An honest sender whose clock or "
			   "time zone is wrong is hit too. When much good mail shows it, look at "
			   "the clock of this server first. The evidence is how many hours it is "
			   "ahead."},
};

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
	if (!date->valid) {
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
