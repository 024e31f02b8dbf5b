/* From a verdict to the replies that make the mail server do it. */
#include "milter/milter.h"

#include "milter/inner.h"

enum {
	TEXT_MOST = 480, /* characters of an SMTP reply's text: its line has 512 bytes (RFC 5321) */
	COPIES_MOST = 1000, /* removals of one field: servers search the message for each */
	FIELD_NAME_MOST = 100,
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
		"The text of the reply to a message that is refused."),
	CONF_STRING(struct milter_policy, tempfail_message, "tempfail_message", TEMPFAIL_TEXT,
		"The text of the reply to a message that is refused for now."),
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

/* RFC 5322 section 3.6.8 */
static bool is_field_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	return name.n > 0 && name.n <= FIELD_NAME_MOST;
}

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
	if (is_field_name(out->spam_header))
		return;
	if (name != NULL)
		conf_error(report, name->origin, "\"%.*s\" is not the name of a header field",
			SPAN_ARG(out->spam_header));
	out->spam_header = SPAN("X-Spam");
}

struct span milter_field_name(const struct milter_session *s, enum milter_field field)
{
	return field == MILTER_FIELD_RESULT ? SPAN("X-Spamd-Result") : s->policy->spam_header;
}

static bool may(const struct milter_session *s, uint32_t action)
{
	return (s->options.actions & action) != 0;
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

/* Servers read the text of a reply as a format: each `%` is doubled. */
static void print_refusal(const struct milter_session *s, const char *code, struct span text,
	struct buf *out)
{
	struct span line = make_line(s->message_arena, text);
	struct buf reply;

	buf_init(&reply, s->message_arena, 16 + 2 * TEXT_MOST);
	buf_add_string(&reply, code);
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '%')
			buf_add_byte(&reply, '%');
		buf_add_byte(&reply, line.p[i]);
	}
	milter_print_reply_text(out, buf_span(&reply));
}

/* ---- header fields ---- */

/* The server puts one blank behind the colon, unless we have agreed that we do. */
static void add_field(const struct milter_session *s, struct span name, struct span value,
	struct buf *out)
{
	if ((s->options.steps & MILTER_STEP_LEADING_SPACE) != 0)
		value = arena_printf(s->message_arena, " %.*s", SPAN_ARG(value));
	milter_print_add_header(out, name, value);
}

/* Whoever sends mail could otherwise say for us what we think of it. */
static void remove_copies(const struct milter_session *s, struct buf *out)
{
	for (unsigned field = 0; field < MILTER_FIELD_COUNT; field++) {
		/* the last first: some servers count anew after each removal */
		for (size_t i = num_min(s->copies[field], COPIES_MOST); i > 0; i--)
			milter_print_change_header(out, (uint32_t)i, milter_field_name(s, field),
				SPAN(""));
	}
}

static void change_subject(const struct milter_session *s, const struct scan_effects *effects,
	struct buf *out)
{
	struct span value = effects->subject;

	if (span_is_null(value))
		return;
	if ((s->options.steps & MILTER_STEP_LEADING_SPACE) != 0)
		value = arena_printf(s->message_arena, " %.*s", SPAN_ARG(value));
	if (may(s, MILTER_MAY_CHANGE_HEADERS))
		milter_print_change_header(out, 1, SPAN("Subject"), value);
}

static void print_fields(const struct milter_session *s, const struct scan_effects *effects,
	enum effect effect, struct buf *out)
{
	if (may(s, MILTER_MAY_CHANGE_HEADERS))
		remove_copies(s, out);
	for (size_t i = 0; may(s, MILTER_MAY_ADD_HEADERS) && i < effects->field_count; i++)
		add_field(s, effects->fields[i].name, effects->fields[i].value, out);
	if (may(s, MILTER_MAY_ADD_HEADERS) && effect != ACCEPT)
		add_field(s, milter_field_name(s, MILTER_FIELD_SPAM), SPAN("Yes"), out);
	change_subject(s, effects, out);
}

/* ---- the whole answer ---- */

static enum effect find_effect(const struct scan_verdict *verdict)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_equal(verdict->action->name, span_of(rows[i].action)))
			return rows[i].effect;
	return ACCEPT;
}

/* What is asked for, as far as it is configured and the server lets us. */
static enum effect choose_effect(const struct milter_session *s, const struct scan_verdict *verdict)
{
	enum effect effect = find_effect(verdict);

	if (effect == REFUSE && s->policy->discard_on_reject)
		return DISCARD;
	if (effect == REFUSE && s->policy->quarantine_on_reject && may(s, MILTER_MAY_QUARANTINE))
		return QUARANTINE;
	if (effect == QUARANTINE && !may(s, MILTER_MAY_QUARANTINE))
		return MARK;
	return effect;
}

static struct span choose_text(struct span written, struct span of_check, struct span preset)
{
	if (written.n > 0)
		return written;
	return of_check.n > 0 ? of_check : preset;
}

void milter_print_defer(const struct milter_session *s, struct buf *out)
{
	print_refusal(s, "451 4.7.1 ",
		choose_text(s->policy->tempfail_message, SPAN(""), SPAN(TEMPFAIL_TEXT)), out);
}

void milter_print_verdict(const struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out)
{
	const struct milter_policy *policy = s->policy;
	struct span forced = verdict->message;
	enum effect effect = choose_effect(s, verdict);

	switch (effect) {
	case REFUSE:
		print_refusal(s, "554 5.7.1 ",
			choose_text(policy->reject_message, forced, SPAN(REJECT_TEXT)), out);
		return;
	case DEFER:
		print_refusal(s, "451 4.7.1 ",
			choose_text(policy->tempfail_message, forced, SPAN(TEMPFAIL_TEXT)), out);
		return;
	case DISCARD:
		milter_print_reply(out, MILTER_REPLY_DISCARD);
		return;
	case QUARANTINE:
		milter_print_quarantine(out,
			make_line(s->message_arena,
				choose_text(policy->quarantine_message, forced,
					SPAN(QUARANTINE_TEXT))));
		break;
	case ACCEPT:
	case MARK:
	case CHANGE_SUBJECT:
		break;
	}
	print_fields(s, effects, effect, out);
	milter_print_reply(out, MILTER_REPLY_ACCEPT);
}
