/* From a verdict to the replies that make the mail server do it. */
#include "milter/milter.h"

#include "milter/inner.h"

enum {
	TEXT_MOST = 480, /* characters of an SMTP reply's text: its line has 512 bytes (RFC 5321) */
};

enum effect { ACCEPT, MARK, CHANGE_SUBJECT, QUARANTINE, REFUSE, DEFER, DISCARD };

/* Any other action lets the message through: greylisting has become a soft reject where it is on. */
static const struct {
	const char *action;
	enum effect effect;
} rows[] = {
	{"add header", MARK},
	{"rewrite subject", CHANGE_SUBJECT},
	{"quarantine", QUARANTINE},
	{"reject", REFUSE},
	{"soft reject", DEFER},
	{"discard", DISCARD},
};

#define REJECT_TEXT "Spam message rejected"
#define TEMPFAIL_TEXT "Try again later"
#define QUARANTINE_TEXT "Held as spam"

static const struct conf_option policy_rows[] = {
	CONF_STRING(struct milter_policy, spam_header, "spam_header", "X-Spam",
		"The header field that says Yes in spam."),
	CONF_STRING(struct milter_policy, reject_message, "reject_message", REJECT_TEXT,
		"The text of the reply to a message that is refused; it may begin with a code: 550 5.7.1 "
		"Not here."),
	CONF_STRING(struct milter_policy, tempfail_message, "tempfail_message", TEMPFAIL_TEXT,
		"The text of the reply to a message that is refused for now; it may begin with a code: 450 "
		"4.2.1 Not now."),
	CONF_STRING(struct milter_policy, quarantine_message, "quarantine_message", QUARANTINE_TEXT,
		"The reason that the mail server notes with a message in quarantine."),
	CONF_BOOL(struct milter_policy, discard_on_reject, "discard_on_reject", "false",
		"Take a message that would be refused, and throw it away."),
	CONF_BOOL(struct milter_policy, quarantine_on_reject, "quarantine_on_reject", "false",
		"Take a message that would be refused into the mail server's quarantine."),
};

const struct conf_section milter_section = {
	.path = "worker.proxy",
	.rows = policy_rows,
	.row_count = ARRAY_LEN(policy_rows),
	.size = sizeof(struct milter_policy),
	.help = "What the mail server is told about a message.",
};

static void keep_written(const struct conf_node *section, const char *key, struct span *text)
{
	if (conf_get(section, span_of(key)) == NULL)
		*text = span_from(NULL, 0);
}

void milter_policy_read(struct arena *a, const struct conf_node *section, struct milter_policy *out,
	struct conf_report *report)
{
	const struct conf_node *name = conf_get(section, SPAN("spam_header"));

	(void)conf_fill(a, section, policy_rows, ARRAY_LEN(policy_rows), out, report);
	keep_written(section, "reject_message", &out->reject_message);
	keep_written(section, "tempfail_message", &out->tempfail_message);
	keep_written(section, "quarantine_message", &out->quarantine_message);
	if (scan_is_field_name(out->spam_header))
		return;
	if (name != NULL)
		conf_error(report, name->origin, "\"%.*s\" is not the name of a header field",
			SPAN_ARG(out->spam_header));
	out->spam_header = SPAN("X-Spam");
}

/* ---- text of SMTP ---- */

/*
 * One line of printable ASCII. A check may put words of the message into its text, so nothing in it may
 * end the line.
 */
static struct span make_line(struct arena *a, struct span text)
{
	struct buf line;

	buf_init(&line, a, TEXT_MOST);
	for (size_t i = 0; i < text.n && !line.full; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x80 && c < 0xc0) /* the rest of a UTF-8 character */
			continue;
		if (byte_is_space((char)c))
			c = ' ';
		else if (c < 0x20 || c >= 0x7f)
			c = '?';
		buf_add_byte(&line, (char)c);
	}
	return buf_span(&line);
}

/* RFC 5321 section 4.2: "550" */
static bool is_code(struct span word)
{
	return word.n == 3 && (word.p[0] == '4' || word.p[0] == '5') && word.p[1] >= '0' &&
		word.p[1] <= '5' && byte_is_digit(word.p[2]);
}

/* RFC 3463: "5.7.1" */
static bool is_enhanced_code(struct span word)
{
	unsigned pieces = 0;

	if (!span_starts(word, SPAN("4.")) && !span_starts(word, SPAN("5.")))
		return false;
	for (struct span rest = word, piece; span_next(&rest, '.', &piece); pieces++) {
		uint64_t number;

		if (piece.n > 3 || !num_parse_u64(piece, 999, &number))
			return false;
	}
	return pieces == 3;
}

/* Takes a code off the front of the text; it counts when it is of the same class as the preset one. */
static struct span take_code(struct span *text, bool (*is_one)(struct span word),
	struct span preset)
{
	struct span word = span_slice(*text, 0, span_find_byte(*text, ' '));

	if (!is_one(word))
		return preset;
	*text = span_trim_start(span_from_offset(*text, word.n));
	return word.p[0] == preset.p[0] ? word : preset;
}

/* What is said when a text says nothing. */
struct refusal {
	struct span code, enhanced, text;
};

static const struct refusal rejected = {SPAN_INIT("554"), SPAN_INIT("5.7.1"),
	SPAN_INIT(REJECT_TEXT)};
static const struct refusal deferred = {SPAN_INIT("451"), SPAN_INIT("4.7.1"),
	SPAN_INIT(TEMPFAIL_TEXT)};
/* RFC 3463: other or undefined media error */
static const struct refusal overfull = {SPAN_INIT("554"), SPAN_INIT("5.6.0"),
	SPAN_INIT("Too many header fields, or too many that only this server may write")};

/* Servers read the text of a reply as a format: each `%` is doubled. */
static void print_refusal(const struct milter_session *s, const struct refusal *preset,
	struct span text, struct buf *out)
{
	struct span code = take_code(&text, is_code, preset->code);
	struct span enhanced = take_code(&text, is_enhanced_code, preset->enhanced);
	struct span line = make_line(s->message.arena, text);
	struct buf reply;

	if (line.n == 0)
		line = preset->text;
	buf_init(&reply, s->message.arena, 16 + 2 * TEXT_MOST);
	buf_printf(&reply, "%.*s %.*s ", SPAN_ARG(code), SPAN_ARG(enhanced));
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '%')
			buf_add_byte(&reply, '%');
		buf_add_byte(&reply, line.p[i]);
	}
	milter_print_reply_text(out, buf_span(&reply));
}

/* ---- the whole answer ---- */

static enum effect find_effect(const struct scan_verdict *verdict)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_equal(verdict->action->name, span_of(rows[i].action)))
			return rows[i].effect;
	return ACCEPT;
}

static bool may_quarantine(struct milter_session *s)
{
	if ((s->options.actions & MILTER_MAY_QUARANTINE) != 0)
		return true;
	s->left_out |= MILTER_MAY_QUARANTINE;
	return false;
}

/* What is asked for, as far as it is configured and the server lets us. */
static enum effect choose_effect(struct milter_session *s, const struct scan_verdict *verdict)
{
	enum effect effect = find_effect(verdict);

	if (effect == REFUSE && s->policy->discard_on_reject)
		return DISCARD;
	if (effect == REFUSE && s->policy->quarantine_on_reject && may_quarantine(s))
		return QUARANTINE;
	if (effect == QUARANTINE && !may_quarantine(s))
		return MARK;
	return effect;
}

/* What settings say for these recipients, then what holds for all, then the check's own words. */
static struct span choose_text(struct span written, const struct scan_verdict *v)
{
	return written.n > 0 && !v->message_is_written ? written : v->message;
}

void milter_print_defer(const struct milter_session *s, struct buf *out)
{
	print_refusal(s, &deferred, s->policy->tempfail_message, out);
}

static void let_through(struct milter_session *s, const struct scan_effects *effects,
	enum effect effect, const struct scan_verdict *verdict, struct buf *out)
{
	struct milter_plan *plan = milter_plan_make(s, effects);
	struct span reason = choose_text(s->policy->quarantine_message, verdict);

	if (plan == NULL) {
		s->left_out |= MILTER_LEFT_OUT_MESSAGE;
		print_refusal(s, &overfull, SPAN(""), out);
		return;
	}
	if (effect == QUARANTINE)
		milter_print_quarantine(out,
			make_line(s->message.arena, reason.n > 0 ? reason : SPAN(QUARANTINE_TEXT)));
	milter_plan_print(plan, effect != ACCEPT, out);
	milter_print_reply(out, MILTER_REPLY_ACCEPT);
}

void milter_print_verdict(struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out)
{
	enum effect effect = choose_effect(s, verdict);

	switch (effect) {
	case REFUSE:
		print_refusal(s, &rejected, choose_text(s->policy->reject_message, verdict), out);
		return;
	case DEFER:
		print_refusal(s, &deferred, choose_text(s->policy->tempfail_message, verdict), out);
		return;
	case DISCARD:
		milter_print_reply(out, MILTER_REPLY_DISCARD);
		return;
	case ACCEPT:
	case MARK:
	case CHANGE_SUBJECT:
	case QUARANTINE:
		let_through(s, effects, effect, verdict, out);
		return;
	}
}
