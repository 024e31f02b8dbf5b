/*
 * Whether a message came through a mailing list, by the fields that list managers write. A manager that
 * leaves its whole pattern is named; of any other list, the common fields are weighed (RFC 2369, RFC 2919).
 */
#include "checks/inner.h"

enum symbol { MAILLIST };

static const struct scan_symbol symbols[] = {
	[MAILLIST] = {.name = "MAILLIST",
		.score = -0.2,
		.group = "headers",
		.meaning = "The message came through a mailing list",
		.explain =
			"The fields of a list manager stand in the header; the evidence names it, "
			"or says generic, which counts the more the more of the usual fields there "
			"are. Lists change what checks of senders and recipients look at, so "
			"composites take those back. Anybody can write these fields: it counts "
			"little."},
};

static const struct conf_option rows[] = {
	CONF_IGNORED("symbol", "the symbol is always MAILLIST"),
};

enum field {
	LIST_ID = 1,
	PRECEDENCE = 2, /* list or bulk */
	UNSUBSCRIBE = 4,
	SUBSCRIBE = 8,
	POST = 16,
	HELP = 32,
	ARCHIVE = 64,
	OWNER = 128,
	LOOP = 256,
	MAILMAN = 512,
	MAILMAN_2 = 1024, /* of version 2 */
	BEEN_THERE = 2048,
	EZMLM = 4096,
	GOOGLE_GROUP = 8192,
	GOOGLE_LOOP = 16384,
};

/* What a field tells: its presence, a start of its value, or words within it. */
static const struct {
	struct span name;
	struct span start;
	struct span words;
	unsigned field;
} fields[] = {
	{.name = SPAN_INIT("List-Id"), .field = LIST_ID},
	{.name = SPAN_INIT("List-Unsubscribe"), .field = UNSUBSCRIBE},
	{.name = SPAN_INIT("List-Subscribe"), .field = SUBSCRIBE},
	{.name = SPAN_INIT("List-Post"), .field = POST},
	{.name = SPAN_INIT("List-Help"), .field = HELP},
	{.name = SPAN_INIT("List-Archive"), .field = ARCHIVE},
	{.name = SPAN_INIT("List-Owner"), .field = OWNER},
	{.name = SPAN_INIT("X-Loop"), .field = LOOP},
	{.name = SPAN_INIT("X-Mailman-Version"), .field = MAILMAN},
	{.name = SPAN_INIT("X-Mailman-Version"), .start = SPAN_INIT("2."), .field = MAILMAN_2},
	{.name = SPAN_INIT("X-BeenThere"), .field = BEEN_THERE},
	{.name = SPAN_INIT("Mailing-List"), .words = SPAN_INIT("run by ezmlm"), .field = EZMLM},
	{.name = SPAN_INIT("X-Google-Group-Id"), .field = GOOGLE_GROUP},
	{.name = SPAN_INIT("X-Google-Loop"), .start = SPAN_INIT("groups"), .field = GOOGLE_LOOP},
};

static bool has_precedence(const struct mime_part *root)
{
	const struct mime_header *h = mime_find_header(root, SPAN("Precedence"));

	for (; h != NULL; h = mime_next_header(root, h))
		if (span_equal_nocase(h->value, SPAN("list")) ||
			span_equal_nocase(h->value, SPAN("bulk")))
			return true;
	return false;
}

static unsigned find_fields(const struct mime_part *root)
{
	unsigned found = has_precedence(root) ? PRECEDENCE : 0;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct mime_header *h = mime_find_header(root, fields[i].name);

		if (h != NULL && span_starts_nocase(h->value, fields[i].start) &&
			(fields[i].words.n == 0 ||
				span_find_nocase(h->value, fields[i].words) < h->value.n))
			found |= fields[i].field;
	}
	return found;
}

static bool has_all(unsigned found, unsigned wanted)
{
	return (found & wanted) == wanted;
}

static bool is_mailman(unsigned found)
{
	return has_all(found, MAILMAN | PRECEDENCE | LIST_ID | UNSUBSCRIBE | SUBSCRIBE | HELP) &&
		(!(found & MAILMAN_2) || (found & BEEN_THERE));
}

static bool is_ezmlm(unsigned found)
{
	return has_all(found, EZMLM | PRECEDENCE | HELP | UNSUBSCRIBE | SUBSCRIBE | POST);
}

/* Three of four fields, since Google has changed them over the years. */
static bool is_google(unsigned found)
{
	return __builtin_popcount(found & (GOOGLE_GROUP | GOOGLE_LOOP | LIST_ID | PRECEDENCE)) >=
		3 &&
		(found & (GOOGLE_GROUP | GOOGLE_LOOP));
}

/* In sixteenths. An identity of the list is worth most, and a way in and out of it more than either. */
static int weigh_fields(unsigned found)
{
	int sum = __builtin_popcount(
		found & (UNSUBSCRIBE | SUBSCRIBE | POST | HELP | ARCHIVE | OWNER | LOOP));

	if (found & LIST_ID)
		sum += 6;
	if (found & PRECEDENCE)
		sum += 2;
	if (has_all(found, UNSUBSCRIBE | SUBSCRIBE))
		sum += 2;
	return sum;
}

enum { WEIGHT_LEAST = 8, WEIGHT_MOST = 16 };

static enum rc run(struct scan *s)
{
	unsigned found = find_fields(s->msg->mime->root);
	int weight = weigh_fields(found);

	if (is_ezmlm(found))
		scan_add_text(s, MAILLIST, 1, SPAN("ezmlm"));
	else if (is_mailman(found))
		scan_add_text(s, MAILLIST, 1, SPAN("mailman"));
	else if (is_google(found))
		scan_add_text(s, MAILLIST, 1, SPAN("googlegroups"));
	else if (weight >= WEIGHT_LEAST)
		scan_add_text(s, MAILLIST, weight > WEIGHT_MOST ? 1 : (double)weight / WEIGHT_MOST,
			SPAN("generic"));
	return RC_OK;
}

const struct check check_maillist = {
	.name = "maillist",
	.help = "Recognises mailing lists by the fields of their managers.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = 1,
	.run = run,
};
