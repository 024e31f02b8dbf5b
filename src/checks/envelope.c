/* What envelope addresses tell about the header: tagged senders, and senders that pose as ours. */
#include "checks/inner.h"

enum symbol { ENVFROM_PRVS, ENVFROM_VERP, SPOOF_REPLYTO, INFO_TO_INFO_LU };

static const struct scan_symbol symbols[] = {
	[ENVFROM_PRVS] = {.name = "ENVFROM_PRVS",
		.score = 0,
		.group = "headers",
		.meaning = "The envelope sender is From with a bounce tag",
		.explain =
			"The envelope sender is the address of From with a signature in front "
			"(prvs=, msprvs1=), by which a server knows its own bounces again. It is "
			"legitimate and counts nothing; rules that compare both senders ask for "
			"it."},
	[ENVFROM_VERP] = {.name = "ENVFROM_VERP",
		.score = 0,
		.group = "headers",
		.meaning = "The envelope sender holds the recipient's address",
		.explain =
			"The recipient is written into the envelope sender (user=example.org), so "
			"that a bounce tells whose address failed. Mailing lists and bulk mailers "
			"do it. It is legitimate and counts nothing; rules that compare both "
			"senders ask for it."},
	[SPOOF_REPLYTO] = {.name = "SPOOF_REPLYTO",
		.where = "Reply-To",
		.score = 6.0,
		.group = "headers",
		.meaning = "From is in the recipient's domain, but answers go elsewhere",
		.explain =
			"The message claims to come from the domain that it is sent to, and "
			"Reply-To leads out of it; both domains are shown. That is how fraudsters "
			"get a boss's staff to answer to them. Services that send in your name "
			"with their own Reply-To look the same: allow them by their host or their "
			"signature."},
	[INFO_TO_INFO_LU] = {.name = "INFO_TO_INFO_LU",
		.where = "To",
		.score = 2.0,
		.group = "headers",
		.meaning = "From info@ to info@, with a way to unsubscribe",
		.explain =
			"A general address writes to a general address and offers to unsubscribe: "
			"advertising that goes to guessed mailboxes of companies. Newsletters "
			"that the company did ask for look the same; allow them by their sender."},
};

/* `tagged` is `plain` with "TAG=" before it, or "=TAG" behind it when `either_side`. */
static bool is_tagged(struct span tagged, struct span plain, bool either_side)
{
	size_t tag = span_find_byte(tagged, '=');
	struct span first = span_slice(tagged, 0, tag), second = span_from_offset(tagged, tag + 1);

	if (first.n == 0 || second.n == 0 || tag == tagged.n)
		return false;
	return span_equal_nocase(second, plain) || (either_side && span_equal_nocase(first, plain));
}

/* Bounce address tag validation: prvs=TAG=user, prvs=user=TAG, msprvs1=TAG=user. */
static bool is_prvs(const struct mime_address *sender, const struct mime_address *from)
{
	struct span local = sender->local;

	if (from->local.n == 0 || !checks_same_domain(sender, from))
		return false;
	if (span_starts_nocase(local, SPAN("prvs=")))
		return is_tagged(span_from_offset(local, 5), from->local, true);
	if (span_starts_nocase(local, SPAN("msprvs1=")))
		return is_tagged(span_from_offset(local, 8), from->local, false);
	return false;
}

/* Variable envelope return path: user=example.org of the only recipient within the sender. */
static bool is_verp(struct msg *m, const struct mime_address *sender)
{
	const struct mime_address *rcpt = msg_envelope_rcpt(m, 0);
	struct span form;

	if (m->envelope.rcpt_count != 1 || !rcpt->valid)
		return false;
	form = arena_printf(m->arena, "%.*s=%.*s", SPAN_ARG(rcpt->local), SPAN_ARG(rcpt->domain));
	return span_find_nocase(sender->local, form) < sender->local.n;
}

static void look_at_sender(struct scan *s, const struct mime_address *sender,
	const struct mime_address *from)
{
	if (sender == NULL || !sender->valid)
		return;
	if (from != NULL && is_prvs(sender, from))
		scan_add(s, ENVFROM_PRVS);
	if (is_verp(s->msg, sender))
		scan_add(s, ENVFROM_VERP);
}

/* Somebody else in the sender's domain gets it. Mail to oneself with another Reply-To is common. */
static bool is_for_colleague(struct msg *m, const struct mime_address *from)
{
	const struct mime_address *to = checks_first_address(msg_recipients(m));

	if (to != NULL && checks_same_address(to, from))
		return false;
	for (size_t i = 0; i < m->envelope.rcpt_count; i++) {
		const struct mime_address *rcpt = msg_envelope_rcpt(m, i);

		if (checks_same_domain(rcpt, from) && !checks_same_address(rcpt, from))
			return true;
	}
	return false;
}

static bool has_info_recipient(struct msg *m)
{
	for (size_t i = 0; i < m->envelope.rcpt_count; i++)
		if (span_equal_nocase(msg_envelope_rcpt(m, i)->local, SPAN("info")))
			return true;
	return false;
}

static enum rc run(struct scan *s)
{
	const struct mime_address *from = checks_first_address(msg_from(s->msg));
	const struct mime_address *reply = checks_first_address(msg_reply_to(s->msg));

	look_at_sender(s, msg_envelope_from(s->msg), from);
	if (from == NULL)
		return RC_OK;
	if (reply != NULL && reply->domain.n > 0 && !checks_same_domain(from, reply) &&
		is_for_colleague(s->msg, from))
		checks_add_pair(s, SPOOF_REPLYTO, from->domain, reply->domain);
	if (span_equal_nocase(from->local, SPAN("info")) &&
		mime_find_header(s->msg->mime->root, SPAN("List-Unsubscribe")) != NULL &&
		has_info_recipient(s->msg))
		scan_add(s, INFO_TO_INFO_LU);
	return RC_OK;
}

const struct check check_envelope = {
	.name = "envelope",
	.help = "Tagged envelope senders, and senders that pose as one of the recipient's own.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
