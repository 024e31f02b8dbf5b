/* How many servers a message has passed, and what they were told: the Received fields. */
#include "checks/checks.h"

enum {
	CALLBACK,
	COUNT_ZERO,
	COUNT_ONE,
	COUNT_TWO,
	COUNT_THREE,
	COUNT_FIVE,
	COUNT_SEVEN,
	COUNT_TWELVE,
	HELO_USER,
};

#define COUNT(name_, meaning_, explain_)                                                           \
	{                                                                                          \
		.name = (name_), .group = "headers", .meaning = (meaning_), .explain = (explain_)  \
	}

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "CHECK_RECEIVED",
		.group = "headers",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks at the Received fields",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "that count the Received fields."},
	[COUNT_ZERO] = COUNT("RCVD_COUNT_ZERO", "No server has left a Received field",
		"Every server that hands a message on writes a Received field. A message without "
		"one was handed in by the program that wrote it: a client of your own, or an "
		"infected machine that talks to your server itself. It is information for other "
		"rules and counts nothing by itself."),
	[COUNT_ONE] = COUNT("RCVD_COUNT_ONE", "One server on the way",
		"The message has passed one server before this one. The client that handed it in "
		"counts as one when it stands in no field. Information only."),
	[COUNT_TWO] = COUNT("RCVD_COUNT_TWO", "Two servers on the way",
		"The message has passed two servers, as most personal mail does. Information only."),
	[COUNT_THREE] = COUNT("RCVD_COUNT_THREE", "Three or four servers on the way",
		"The message has passed three or four servers, as mail of larger providers does. "
		"Information only."),
	[COUNT_FIVE] = COUNT("RCVD_COUNT_FIVE", "Five or six servers on the way",
		"The message has passed five or six servers, as mailing lists and forwarding make "
		"it. Information only."),
	[COUNT_SEVEN] = COUNT("RCVD_COUNT_SEVEN", "Seven to eleven servers on the way",
		"The message has passed seven to eleven servers: usual for mail that was forwarded "
		"or went through several filters. Some spam invents fields to look travelled. "
		"Information only."),
	[COUNT_TWELVE] = COUNT("RCVD_COUNT_TWELVE", "Twelve or more servers on the way",
		"The message has passed twelve servers or more. Mail servers take that for a loop "
		"when it goes on; until then it is a long chain of forwarding. Information only."),
	[HELO_USER] = {.name = "RCVD_HELO_USER",
		.where = "Received",
		.score = 3,
		.group = "headers",
		.meaning = "A client greeted a server as \"user\"",
		.explain =
			"A mail server greets with its host name. The bare word \"user\" was the "
			"name of countless infected machines, and some spam software writes it "
			"into fields that it invents. A home computer that really bears this name "
			"and sends through its provider can be hit: give it another name."},
};

static const struct {
	size_t least;
	unsigned symbol;
} counts[] = {
	{12, COUNT_TWELVE},
	{7, COUNT_SEVEN},
	{5, COUNT_FIVE},
	{3, COUNT_THREE},
	{2, COUNT_TWO},
	{1, COUNT_ONE},
	{0, COUNT_ZERO},
};

static bool greeted_as_user(const struct scan *s, const struct msg_hops *hops)
{
	if (span_equal_nocase(s->msg->envelope.helo, SPAN("user")))
		return true;
	for (size_t i = 0; i < hops->n; i++)
		if (span_equal_nocase(hops->v[i].helo, SPAN("user")))
			return true;
	return false;
}

static enum rc run(struct scan *s)
{
	const struct msg_hops *hops = msg_hops(s->msg);
	size_t n = hops->n + (hops->client_apart ? 1 : 0), i = 0;

	while (n < counts[i].least)
		i++;
	scan_add_printf(s, counts[i].symbol, 1, "%zu", n);
	if (greeted_as_user(s, hops))
		scan_add(s, HELO_USER);
	return RC_OK;
}

const struct check check_received = {
	.name = "received",
	.help = "Counts the servers that a message has passed.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
