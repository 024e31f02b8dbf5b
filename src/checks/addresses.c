/* How the addresses in From, To and Cc are written. */
#include "checks/inner.h"

enum symbol {
	MULTIPLE_FROM,
	INVALID_FROM_8BIT,
	INVALID_RCPT_8BIT,
	R_NO_SPACE_IN_FROM,
	TO_WRAPPED_IN_SPACES,
};

static const struct scan_symbol symbols[] = {
	[MULTIPLE_FROM] = {.name = "MULTIPLE_FROM",
		.where = "From",
		.score = 8.0,
		.group = "headers",
		.meaning = "From names more than one address",
		.explain =
			"Several addresses stand in From, or there are several From fields; all "
			"are shown. Mail programs and checks like DMARC choose differently among "
			"them, which lets a forged sender through. RFC 5322 allows several "
			"authors, but hardly any program writes them: whoever does should send in "
			"one name."},
	[INVALID_FROM_8BIT] = {.name = "INVALID_FROM_8BIT",
		.where = "From",
		.score = 6.0,
		.group = "headers",
		.meaning = "The From address holds bytes that are not ASCII",
		.explain =
			"The address itself, not its name, has letters beyond ASCII. Spam tools "
			"that fill names into addresses make them. Since RFC 6532 such addresses "
			"are allowed between servers that agree on it: lower this score if you "
			"write with people who have one."},
	[INVALID_RCPT_8BIT] = {.name = "INVALID_RCPT_8BIT",
		.where = "To",
		.score = 6.0,
		.group = "headers",
		.meaning = "A recipient's address holds bytes that are not ASCII",
		.explain =
			"An address in To, Cc or Bcc, not its name, has letters beyond ASCII. "
			"Lists of harvested addresses hold such rubbish. Since RFC 6532 such "
			"addresses are allowed between servers that agree on it: lower this score "
			"if your users have one."},
	[R_NO_SPACE_IN_FROM] = {.name = "R_NO_SPACE_IN_FROM",
		.where = "From",
		.score = 1.0,
		.group = "headers",
		.meaning = "No blank between the name and the address in From",
		.explain =
			"The angle bracket follows the name directly. It may be written so, but "
			"mail programs put a blank there; scripts and spam templates forget it. A "
			"web shop's script that does is quickly mended.",
		.one_shot = true},
	[TO_WRAPPED_IN_SPACES] = {.name = "TO_WRAPPED_IN_SPACES",
		.where = "To",
		.score = 2.0,
		.group = "headers",
		.meaning = "An address in To has blanks within its angle brackets",
		.explain =
			"A blank stands on both sides of the address, as in < a@example.org >. It "
			"is the mark of some bulk mailers. Old gateways write it as well; allow "
			"them by their host.",
		.one_shot = true},
};

static bool has_8bit(const struct mime_addresses *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].raw_8bit && checks_is_address(&list->v[i]))
			return true;
	return false;
}

static void tell_author(struct scan *s, double weight, const struct mime_address *a)
{
	if (a->has_angle)
		scan_add_printf(s, MULTIPLE_FROM, weight, "<%.*s>", SPAN_ARG(a->addr));
	else
		scan_add_text(s, MULTIPLE_FROM, weight, a->addr);
}

static void look_at_from(struct scan *s, const struct mime_addresses *list)
{
	const struct mime_address *first = NULL;
	size_t told = 0;

	for (size_t i = 0; i < list->n && told < SCAN_EVIDENCES_MOST; i++) {
		const struct mime_address *a = &list->v[i];

		if (!checks_is_address(a))
			continue;
		if (a->glued)
			scan_add(s, R_NO_SPACE_IN_FROM);
		if (++told == 1) {
			first = a;
			continue;
		}
		if (told == 2)
			tell_author(s, 1, first);
		tell_author(s, 0, a);
	}
}

/* Only blanks on both sides count: one alone is a slip of the hand. */
static bool is_wrapped(const struct mime_address *a)
{
	struct span raw = a->raw;
	size_t open = span_find_last_byte(raw, '<'), close = span_find_last_byte(raw, '>');

	return a->padded && a->valid && open + 1 < close && close < raw.n &&
		byte_is_space(raw.p[open + 1]) && byte_is_space(raw.p[close - 1]);
}

static bool has_wrapped(const struct mime_addresses *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_wrapped(&list->v[i]))
			return true;
	return false;
}

static enum rc run(struct scan *s)
{
	look_at_from(s, msg_from(s->msg));
	if (has_8bit(msg_from(s->msg)))
		scan_add(s, INVALID_FROM_8BIT);
	if (has_8bit(msg_recipients(s->msg)))
		scan_add(s, INVALID_RCPT_8BIT);
	if (has_wrapped(msg_addresses(s->msg, SPAN("To"))))
		scan_add(s, TO_WRAPPED_IN_SPACES);
	return RC_OK;
}

const struct check check_addresses = {
	.name = "addresses",
	.help = "How the addresses in From, To and Cc are written.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
