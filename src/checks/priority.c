/* What X-Priority says: information for other rules. */
#include "checks/checks.h"

enum { CALLBACK, ZERO, ONE, TWO, THREE, FIVE };

#define LEVEL(name_, meaning_, explain_)                                                           \
	{                                                                                          \
		.name = (name_), .group = "headers", .meaning = (meaning_), .explain = (explain_)  \
	}

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "HAS_X_PRIO",
		.where = "X-Priority",
		.group = "headers",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks at X-Priority",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "about X-Priority."},
	[ZERO] = LEVEL("HAS_X_PRIO_ZERO", "X-Priority is 0",
		"The field goes from 1 (most urgent) to 5; no mail program offers 0, so a script "
		"wrote it. Information only."),
	[ONE] = LEVEL("HAS_X_PRIO_ONE", "X-Priority is 1, most urgent",
		"The sender has marked the message as most urgent. Advertisement and fraud press "
		"for haste, people in haste do it as well. Information only."),
	[TWO] = LEVEL("HAS_X_PRIO_TWO", "X-Priority is 2, urgent",
		"The sender has marked the message as urgent. Information only."),
	[THREE] = LEVEL("HAS_X_PRIO_THREE", "X-Priority is 3 or 4, normal or low",
		"The message says that it is of normal or low priority, which many programs write "
		"by default, newsletter systems above all. Information only."),
	[FIVE] = LEVEL("HAS_X_PRIO_FIVE", "X-Priority is 5 or more, lowest",
		"The sender has marked the message as of the lowest priority, as some bulk mail "
		"does; figures above 5 come from scripts. Information only."),
};

static const struct {
	uint64_t least;
	unsigned symbol;
} levels[] = {
	{5, FIVE},
	{3, THREE},
	{2, TWO},
	{1, ONE},
	{0, ZERO},
};

static enum rc run(struct scan *s)
{
	const struct mime_header *field = mime_find_header(s->msg->mime->root, SPAN("X-Priority"));
	uint64_t priority;
	size_t i = 0;

	/* "3 (Normal)": what stands behind the digits is for people */
	if (field == NULL || num_read_u64(field->value, UINT64_MAX, &priority) == 0)
		return RC_OK;
	while (priority < levels[i].least)
		i++;
	scan_add_printf(s, levels[i].symbol, 1, "%llu", (unsigned long long)priority);
	return RC_OK;
}

const struct check check_priority = {
	.name = "priority",
	.help = "Reads X-Priority.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
