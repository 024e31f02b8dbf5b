/* Notices of mail servers about mail that they could not deliver. */
#include "checks/inner.h"

enum symbol { BOUNCE, SUBJ_BOUNCE_WORDS };

static const struct scan_symbol symbols[] = {
	[BOUNCE] = {.name = "BOUNCE",
		.score = -0.1,
		.group = "headers",
		.meaning = "A notice of a mail server about delivery",
		.explain = "The envelope sender is empty, and the message is a report by its type "
			   "(RFC 3464, RFC 8098), or comes from mailer-daemon or postmaster with "
			   "a subject that such notices have; the latter counts half. People want "
			   "to know what became of their mail. Notices about spam that was sent "
			   "in your name look the same: sign your senders (BATV) to tell them "
			   "apart."},
	[SUBJ_BOUNCE_WORDS] = {.name = "SUBJ_BOUNCE_WORDS",
		.where = "Subject",
		.score = 0,
		.group = "headers",
		.one_shot = true,
		.meaning = "The subject reads like a notice of failed delivery",
		.explain = "Words of mail servers about mail that was not delivered stand in the "
			   "subject. People who forward such a notice, and parcel services, write "
			   "them, too. It counts nothing by itself; rules join it with the sender "
			   "and with missing signatures."},
};

/* In the words of Postfix, Sendmail, Exim, qmail, Exchange, Notes and others. */
static const struct span phrases[] = {
	SPAN_INIT("undeliverable"),
	SPAN_INIT("undelivered"),
	SPAN_INIT("returned mail"),
	SPAN_INIT("delivery failure"),
	SPAN_INIT("delivery failed"),
	SPAN_INIT("delivery has failed"),
	SPAN_INIT("delivery report"),
	SPAN_INIT("delivery status"),
	SPAN_INIT("failure notice"),
	SPAN_INIT("mail failure"),
	SPAN_INIT("could not send message"),
};

static bool has_bounce_words(struct span subject)
{
	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (span_find_nocase(subject, phrases[i]) < subject.n)
			return true;
	return false;
}

static bool is_report(const struct msg *m)
{
	const struct mime_part *root = m->mime->root;
	struct span type;

	if (!mime_part_is(root, "multipart", "report"))
		return false;
	type = codec_find_param(&root->type_params, SPAN("report-type"));
	return span_equal_nocase(type, SPAN("delivery-status")) ||
		span_equal_nocase(type, SPAN("disposition-notification"));
}

/* Who notices come from, in lower case; the null span for anybody else. */
static struct span find_daemon(struct msg *m)
{
	static const struct span names[] = {SPAN_INIT("mailer-daemon"), SPAN_INIT("postmaster")};
	const struct mime_address *from = checks_first_address(msg_from(m));

	for (size_t i = 0; from != NULL && i < ARRAY_LEN(names); i++)
		if (span_equal_nocase(from->local, names[i]))
			return names[i];
	return span_from(NULL, 0);
}

static enum rc run(struct scan *s)
{
	struct span sender = s->msg->envelope.from, daemon;
	bool has_words = has_bounce_words(msg_subject(s->msg));

	if (has_words)
		scan_add(s, SUBJ_BOUNCE_WORDS);
	if (span_is_null(sender) || sender.n > 0)
		return RC_OK;
	daemon = find_daemon(s->msg);
	if (is_report(s->msg))
		scan_add_text(s, BOUNCE, 1, SPAN("DSN"));
	else if (has_words && !span_is_null(daemon))
		scan_add_printf(s, BOUNCE, 0.5, "%.*s+subj", SPAN_ARG(daemon));
	return RC_OK;
}

const struct check check_bounce = {
	.name = "bounce",
	.help = "Notices of mail servers about delivery.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
