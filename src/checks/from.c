/* From: its name and address, and whether the envelope sender agrees. */
#include "checks/inner.h"

enum symbol {
	CHECK_FROM,
	ENVFROM_INVALID,
	FROM_INVALID,
	FROM_NO_DN,
	FROM_HAS_DN,
	FROM_DN_EQ_ADDR,
	FROM_NAME_EXCESS_SPACE,
	FROM_NAME_HAS_TITLE,
	FROM_EQ_ENVFROM,
	FROM_NEQ_ENVFROM,
};

static const struct scan_symbol symbols[] = {
	[CHECK_FROM] = {.name = "CHECK_FROM",
		.score = 0,
		.group = "headers",
		.meaning = "Compares From with the envelope sender",
		.explain = "Stands for this whole check, to switch it off by; it is never added "
			   "itself.",
		.kind = SCAN_CALLBACK},
	[ENVFROM_INVALID] = {.name = "ENVFROM_INVALID",
		.score = 2.0,
		.group = "headers",
		.meaning = "The envelope sender is no valid address",
		.explain = "The address in MAIL FROM breaks the syntax of RFC 5321. Bounces cannot "
			   "reach it, which suits senders who do not care for them. Broken devices "
			   "and old scripts do the same: have them send from a real address."},
	[FROM_INVALID] = {.name = "FROM_INVALID",
		.where = "From",
		.score = 2.0,
		.group = "headers",
		.meaning = "The From address is not valid",
		.explain =
			"From holds words without an address, or an address that breaks the syntax. "
			"Spam tools fill it from careless lists, and some hide the address so "
			"that only the name is shown. Scanners, printers and cron jobs without a "
			"domain in their settings do it too."},
	[FROM_NO_DN] = {.name = "FROM_NO_DN",
		.where = "From",
		.score = 0,
		.group = "headers",
		.meaning = "From has no display name",
		.explain =
			"Only an address stands in From. It counts nothing alone: programs and "
			"people do so alike, and rules that join several symbols may ask for it."},
	[FROM_HAS_DN] = {.name = "FROM_HAS_DN",
		.where = "From",
		.score = 0,
		.group = "headers",
		.meaning = "From has a display name",
		.explain = "A name stands beside the address in From, or in a comment as old mail "
			   "programs write it. It counts nothing alone; rules that join several "
			   "symbols may ask for it."},
	[FROM_DN_EQ_ADDR] = {.name = "FROM_DN_EQ_ADDR",
		.where = "From",
		.score = 1.0,
		.group = "headers",
		.meaning = "The display name of From is its own address",
		.explain =
			"The sender's address is written again in the place of the name. Bulk "
			"tools that were given no name do so. So do some mail programs whose user "
			"never filled in a name."},
	[FROM_NAME_EXCESS_SPACE] = {.name = "FROM_NAME_EXCESS_SPACE",
		.where = "From",
		.score = 1.0,
		.group = "headers",
		.meaning = "The display name of From holds several blanks in a row",
		.explain = "Two or more blanks stand between words of the name. Templates with an "
			   "empty field leave such gaps, and spam uses them to get past lists of "
			   "names. Directories that pad their fields make them in wanted mail."},
	[FROM_NAME_HAS_TITLE] = {.name = "FROM_NAME_HAS_TITLE",
		.where = "From",
		.score = 1.0,
		.group = "headers",
		.meaning = "The display name of From begins with Mr, Mrs or Dr",
		.explain =
			"Letters about inheritances and lucky prizes like to come from a Mr or a "
			"Dr. Doctors write mail as well; where many of them do, lower this score."},
	[FROM_EQ_ENVFROM] = {.name = "FROM_EQ_ENVFROM",
		.where = "From",
		.score = 0,
		.group = "headers",
		.meaning = "From and the envelope sender are the same address",
		.explain = "The address that people see is the one that bounces go to. It is so in "
			   "most personal mail and proves nothing, for both are written by the "
			   "sender."},
	[FROM_NEQ_ENVFROM] = {.name = "FROM_NEQ_ENVFROM",
		.where = "From",
		.score = 0,
		.group = "headers",
		.meaning = "From and the envelope sender differ",
		.explain =
			"The address that people see is not the one that bounces go to; both are "
			"shown. Mailing lists, newsletters and forwarders do so rightly, hence it "
			"counts nothing alone."},
};

/*
 * Several blanks between words. A name that is folded over lines keeps the indentation of its
 * second line, which its sender did not mean.
 */
static bool has_excess_space(const struct mime_address *from)
{
	if (span_has_byte(from->raw, '\n'))
		return false;
	for (size_t i = 1; i < from->name.n; i++)
		if (byte_is_space(from->name.p[i]) && byte_is_space(from->name.p[i - 1]))
			return true;
	return false;
}

/*
 * False for an address that breaks the syntax or whose angle is never closed. Empty angles are left
 * alone: servers send bounces from them.
 */
static bool is_right(const struct mime_address *from)
{
	if (from->has_angle && from->addr.n == 0)
		return true;
	return from->valid && (!from->has_angle || span_has_byte(from->raw, '>'));
}

static void look_at_name(struct scan *s, const struct mime_address *from)
{
	struct span name = checks_name(from), title = checks_find_title(name);

	if (name.n == 0)
		scan_add(s, FROM_NO_DN);
	else if (span_equal_nocase(from->name, from->addr))
		scan_add(s, FROM_DN_EQ_ADDR);
	else
		scan_add(s, FROM_HAS_DN);
	if (has_excess_space(from))
		scan_add(s, FROM_NAME_EXCESS_SPACE);
	if (!span_is_null(title))
		scan_add_text(s, FROM_NAME_HAS_TITLE, 1, title);
}

static void compare_sender(struct scan *s, const struct mime_address *from,
	const struct mime_address *sender)
{
	/* without a sender, or with the null sender of bounces, there is nothing to compare */
	if (sender == NULL || sender->addr.n == 0)
		return;
	if (!sender->valid)
		scan_add_text(s, ENVFROM_INVALID, 1, sender->raw);
	if (from == NULL)
		return;
	if (checks_same_address(from, sender))
		scan_add(s, FROM_EQ_ENVFROM);
	else
		checks_add_pair(s, FROM_NEQ_ENVFROM, from->addr, sender->addr);
}

static enum rc run(struct scan *s)
{
	const struct mime_header *field = mime_find_header(s->msg->mime->root, SPAN("From"));
	const struct mime_address *from = checks_first_address(msg_from(s->msg));

	compare_sender(s, from, msg_envelope_from(s->msg));
	if (from == NULL) {
		/* an empty From is as good as none, which another check tells */
		if (field != NULL && field->value.n > 0)
			scan_add(s, FROM_INVALID);
		return RC_OK;
	}
	if (!is_right(from))
		scan_add(s, FROM_INVALID);
	look_at_name(s, from);
	return RC_OK;
}

const struct check check_from = {
	.name = "from",
	.help = "The name and address in From, and the envelope sender beside them.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
