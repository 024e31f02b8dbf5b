/* Fields that every message should have and some lack: From, To, Message-ID. */
#include "checks/inner.h"

enum symbol { MISSING_FROM, MISSING_TO, MISSING_MID, R_UNDISC_RCPT };

static const struct scan_symbol symbols[] = {
	[MISSING_FROM] = {.name = "MISSING_FROM",
		.score = 2.0,
		.group = "headers",
		.meaning = "There is no From",
		.explain =
			"From is not there or empty, though RFC 5322 asks for it in every "
			"message. Broken spam tools forget it; so do scripts that hand their mail "
			"to a program without a header."},
	[MISSING_TO] = {.name = "MISSING_TO",
		.score = 2.0,
		.group = "headers",
		.meaning = "There is no To",
		.explain =
			"Nobody is named in To. Bulk mail is sent so to hide how many get it. "
			"Scripts that name their recipients only to the mail server do the same, "
			"and mail that is all Bcc from some programs: let them write undisclosed "
			"recipients or their own address.",
		.one_shot = true},
	[MISSING_MID] = {.name = "MISSING_MID",
		.score = 2.5,
		.group = "headers",
		.meaning = "There is no Message-ID",
		.explain =
			"Every mail program and nearly every server adds an identifier. What "
			"comes without one was made by a tool that speaks to your server itself. "
			"Devices and scripts do so as well; let them send through a real mail "
			"server, which adds it.",
		.one_shot = true},
	[R_UNDISC_RCPT] = {.name = "R_UNDISC_RCPT",
		.where = "To",
		.score = 3.0,
		.group = "headers",
		.meaning = "To says that recipients are undisclosed",
		.explain =
			"In the place of recipients stands the phrase with which mail programs "
			"note that all of them are in Bcc. Fraud by bulk from hijacked mailboxes "
			"looks like that. People who write to many acquaintances at once do it "
			"rightly, so look at what else was found.",
		.one_shot = true},
};

static bool is_missing_from(struct msg *m)
{
	const struct mime_header *from = mime_find_header(m->mime->root, SPAN("From"));

	return from == NULL || from->value.n == 0;
}

/* "undisclosed recipients", with a colon behind it as a group has, perhaps in quotes or angles. */
static bool is_undisclosed(struct msg *m)
{
	struct mime_header *to = mime_find_header(m->mime->root, SPAN("To"));
	struct span text;

	if (to == NULL)
		return false;
	text = span_trim_start(mime_header_text(m->mime, to));
	if (span_starts(text, SPAN("\"")) || span_starts(text, SPAN("<")))
		text = span_from_offset(text, 1);
	if (!span_starts_nocase(text, SPAN("undisclosed")))
		return false;
	text = span_from_offset(text, SPAN("undisclosed").n);
	if (text.n == 0 || (text.p[0] != '-' && !byte_is_space(text.p[0])))
		return false;
	text = span_from_offset(text, 1);
	return span_starts_nocase(text, SPAN("recipient")) && span_has_byte(text, ':');
}

static enum rc run(struct scan *s)
{
	const struct mime_part *root = s->msg->mime->root;

	if (is_missing_from(s->msg))
		scan_add(s, MISSING_FROM);
	if (mime_find_header(root, SPAN("To")) == NULL)
		scan_add(s, MISSING_TO);
	if (mime_find_header(root, SPAN("Message-ID")) == NULL)
		scan_add(s, MISSING_MID);
	if (is_undisclosed(s->msg))
		scan_add(s, R_UNDISC_RCPT);
	return RC_OK;
}

const struct check check_missing = {
	.name = "missing",
	.help = "From, To and Message-ID that are not there.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
