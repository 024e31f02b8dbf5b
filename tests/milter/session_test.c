#include "milter/milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "packets.h"

/* ---- a verdict without a scan: the subject of the message says which ---- */

static const char *const actions[] = {"no action", "greylist", "add header", "rewrite subject",
	"soft reject", "quarantine", "discard", "reject", "my own"};

static struct scan_verdict *make_verdict(struct arena *a, struct span subject)
{
	struct scan_verdict *v = ARENA_NEW(a, struct scan_verdict);
	struct scan_action *action = ARENA_NEW(a, struct scan_action);
	struct span rest = subject, word;

	action->name = SPAN("no action");
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (span_starts(subject, span_of(actions[i])))
			action->name = span_of(actions[i]);
	v->action = action;
	v->score = 3.5;
	v->required = 15;
	if (span_next(&rest, ':', &word) && rest.n > 0)
		v->message = rest;
	return v;
}

/* What is done to every message here: its result is written, and the action shows. */
static struct scan_effects *make_effects(struct arena *a, const struct scan_verdict *v,
	struct span subject)
{
	struct scan_effects *effects = ARENA_NEW(a, struct scan_effects);
	bool is_spam = span_equal(v->action->name, SPAN("add header")) ||
		span_equal(v->action->name, SPAN("rewrite subject")) ||
		span_equal(v->action->name, SPAN("quarantine")) ||
		span_equal(v->action->name, SPAN("reject"));

	effects->removals = ARENA_NEW(a, struct scan_field_removal);
	effects->removals[effects->removal_count++].name = SPAN("X-Spamd-Result");
	effects->fields = ARENA_NEW(a, struct scan_field);
	effects->fields[effects->field_count++] = (struct scan_field){
		.name = SPAN("X-Spamd-Result"),
		.value = is_spam ? SPAN("default: True [3.50 / 15.00];")
				 : SPAN("default: False [3.50 / 15.00];"),
		.place = SCAN_FIELD_BELOW_ALL,
	};
	if (span_equal(v->action->name, SPAN("rewrite subject")))
		effects->subject = arena_printf(a, "*** SPAM *** %.*s", SPAN_ARG(subject));
	return effects;
}

/* ---- what was said, as text ---- */

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

/* A line for each reply: its byte, numbers, strings with | between; LF is \n. */
static void print_replies(struct buf *out, struct span bytes)
{
	while (bytes.n > 0) {
		struct span data = span_slice(bytes, 4, read_u32(bytes.p));

		bytes = span_from_offset(bytes, 4 + (size_t)read_u32(bytes.p));
		buf_add_byte(out, *data.p);
		if (*data.p == 'O') {
			buf_printf(out, " %u %x %x", read_u32(data.p + 1), read_u32(data.p + 5),
				read_u32(data.p + 9));
			data.n = 1;
		}
		if (*data.p == 'm') {
			buf_printf(out, " %u", read_u32(data.p + 1));
			data = span_from_offset(data, 4);
		}
		data = span_from_offset(data, 1);
		for (size_t i = 0; i + 1 < data.n; i++) {
			if (i == 0)
				buf_add_byte(out, ' ');
			if (data.p[i] == '\n')
				buf_add_string(out, "\\n");
			else
				buf_add_byte(out, data.p[i] == '\0' ? '|' : data.p[i]);
		}
		buf_add_byte(out, '\n');
	}
}

static void print_known(struct buf *out, const char *name, struct span value)
{
	if (!span_is_null(value))
		buf_printf(out, " %s=%.*s", name, SPAN_ARG(value));
}

static void print_envelope(struct buf *out, const struct msg_envelope *e)
{
	buf_add_string(out, "envelope");
	print_known(out, "from", e->from);
	for (size_t i = 0; i < e->rcpt_count; i++)
		print_known(out, "rcpt", e->rcpts[i]);
	print_known(out, "address", e->address);
	print_known(out, "hostname", e->hostname);
	print_known(out, "helo", e->helo);
	print_known(out, "user", e->user);
	print_known(out, "id", e->queue_id);
	print_known(out, "server", e->server);
	print_known(out, "tls", e->tls_version);
	print_known(out, "cipher", e->tls_cipher);
	print_known(out, "protocol", e->protocol);
	buf_add_string(out, e->over_network ? " network\n" : "\n");
}

/* The message with CR and LF made visible. */
static void print_bytes(struct buf *out, struct span bytes)
{
	buf_add_string(out, "message ");
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] == '\r')
			buf_add_byte(out, '<');
		else
			buf_add_byte(out, bytes.p[i] == '\n' ? '>' : bytes.p[i]);
	}
	buf_add_byte(out, '\n');
}

struct player {
	struct milter_session *session;
	struct buf text; /* what is compared */
	bool shows_message;
	bool defers;
};

/* As it stands in the message, with LF between its lines; without the blank in front. */
static struct span find_subject(struct arena *a, struct span bytes)
{
	struct span line;
	struct buf out;
	bool inside = false;

	buf_init(&out, a, SIZE_MAX);
	while (span_next_line(&bytes, &line) && line.n > 0) {
		if (line.p[0] == ' ' && inside)
			buf_add_byte(&out, '\n');
		else
			inside = span_starts_nocase(line, SPAN("Subject: "));
		if (inside)
			buf_add(&out, out.n == 0 ? span_from_offset(line, 9) : line);
	}
	return buf_span(&out);
}

static enum milter_state play_bytes(struct player *p, struct span bytes)
{
	enum milter_state state;
	struct buf out;

	do {
		const struct msg_input *input;
		struct scan_verdict *verdict;
		struct span subject;

		buf_init(&out, p->text.arena, SIZE_MAX);
		state = milter_session_feed(p->session, &bytes, &out);
		print_replies(&p->text, buf_span(&out));
		if (state != MILTER_WANTS_VERDICT)
			continue;
		input = milter_session_input(p->session);
		if (p->shows_message) {
			print_envelope(&p->text, &input->envelope);
			print_bytes(&p->text, input->bytes);
		}
		subject = find_subject(p->text.arena, input->bytes);
		verdict = make_verdict(p->text.arena, subject);
		buf_clear(&out);
		if (p->defers)
			milter_session_defer(p->session, &out);
		else
			milter_session_judge(p->session, verdict,
				make_effects(p->text.arena, verdict, subject), &out);
		print_replies(&p->text, buf_span(&out));
	} while (state == MILTER_WANTS_VERDICT);
	return state;
}

/* The whole dialogue, in pieces of `step` bytes. */
static struct span play(struct arena *a, const struct milter_policy *policy, struct span bytes,
	size_t step, bool shows_message)
{
	struct player p = {
		.session = milter_session_make(policy),
		.shows_message = shows_message,
	};
	enum milter_state state = MILTER_WANTS_BYTES;

	buf_init(&p.text, a, SIZE_MAX);
	for (size_t i = 0; i < bytes.n && state == MILTER_WANTS_BYTES; i += step)
		state = play_bytes(&p, span_slice(bytes, i, step));
	if (state == MILTER_WANTS_CLOSE)
		buf_printf(&p.text, "closed %.*s\n", SPAN_ARG(milter_session_why(p.session)));
	milter_session_free(p.session);
	return buf_span(&p.text);
}

/* ---- dialogues ---- */

static const struct milter_policy usual = {
	.spam_header = SPAN_INIT("X-Spam"),
	.message_most = 4096,
};

#define P(text) SPAN_INIT(text)
/* Version 6 with everything offered; and with nothing: each command is answered. */
#define HELLO P("O\0\0\0\6\0\0\1\377\0\37\377\377")
#define HELLO_PLAIN P("O\0\0\0\2\0\0\0\77\0\0\0\0")
#define HELLO_REPLY "O 6 17d 15fd80\n"
#define PLAIN_REPLY "O 2 3d 0\n"
#define RESULT "h X-Spamd-Result| default: False [3.50 / 15.00];\n"
#define RESULT_SPAM "h X-Spamd-Result| default: True [3.50 / 15.00];\n"
#define OUT_OF_ORDER ": the mail server's commands are out of order"
#define MAIL P("M<s@example.org>\0")
#define RCPT P("R<r@example.net>\0")
#define SUBJECT(text) P("LSubject\0 " text "\0")
#define BODY P("Bhello\r\n")

struct session_case {
	const char *name;
	struct span packets[24];
	const char *expected;
};

static const struct session_case cases[] = {
	{"the newest version is taken with all that saves replies", {HELLO, P("Q")},
		HELLO_REPLY "closed \n"},
	{"of what is not offered nothing is taken", {HELLO_PLAIN}, PLAIN_REPLY},
	{"a version of the future is answered with ours", {P("O\0\0\0\377\0\0\0\1\0\0\0\0")},
		"O 6 1 0\n"},
	{"without skip, body chunks are not answered either",
		{P("O\0\0\0\6\0\0\1\377\0\17\373\377"), MAIL, BODY}, "O 6 17d df980\n"},
	{"version 1 is refused", {P("O\0\0\0\1\0\0\0\1\0\0\0\0")},
		"closed the mail server speaks version 1 of the protocol: the oldest that is "
		"understood is 2\n"},
	{"a second negotiation is refused", {HELLO, HELLO},
		HELLO_REPLY "closed a second negotiation" OUT_OF_ORDER "\n"},

	{"each command is answered when the server wants it so",
		{HELLO_PLAIN, P("DC"), P("Cx\0U"), P("Hx\0"), MAIL, RCPT, P("T"), P("UFOO\0"),
			P("LTo\0r\0"), P("N"), BODY, P("E"), P("Q")},
		PLAIN_REPLY "c\nc\nc\nc\nc\nc\nc\nc\nc\n"
			    "h X-Spamd-Result|default: False [3.50 / 15.00];\na\nclosed \n"},
	{"commands are not answered when the server agreed",
		{HELLO, P("DC"), P("Cx\0U"), P("Hx\0"), MAIL, RCPT, P("T"), P("LTo\0r\0"), P("N"),
			P("E")},
		HELLO_REPLY RESULT "a\n"},
	{"a body chunk is answered", {HELLO, MAIL, BODY}, HELLO_REPLY "c\n"},

	{"no action lets the message through with its result",
		{HELLO, MAIL, SUBJECT("no action"), P("N"), P("E")}, HELLO_REPLY RESULT "a\n"},
	{"greylist alone does not stop a message",
		{HELLO, MAIL, SUBJECT("greylist"), P("N"), P("E")}, HELLO_REPLY RESULT "a\n"},
	{"an action of one's own lets the message through",
		{HELLO, MAIL, SUBJECT("my own"), P("N"), P("E")}, HELLO_REPLY RESULT "a\n"},
	{"add header says that it is spam", {HELLO, MAIL, SUBJECT("add header"), P("N"), P("E")},
		HELLO_REPLY RESULT_SPAM "h X-Spam| Yes\na\n"},
	{"rewrite subject changes the subject, too",
		{HELLO, MAIL, SUBJECT("rewrite subject"), P("N"), P("E")},
		HELLO_REPLY "m 1 Subject| *** SPAM *** rewrite subject\n" RESULT_SPAM
			    "h X-Spam| Yes\na\n"},
	{"a folded subject keeps its folds",
		{HELLO, MAIL, SUBJECT("rewrite subject\n now"), P("N"), P("E")},
		HELLO_REPLY "m 1 Subject| *** SPAM *** rewrite subject\\n now\n" RESULT_SPAM
			    "h X-Spam| Yes\na\n"},
	{"reject refuses with a default text", {HELLO, MAIL, SUBJECT("reject"), P("N"), P("E")},
		HELLO_REPLY "y 554 5.7.1 Spam message rejected\n"},
	{"a text of the verdict's own comes before the default",
		{HELLO, MAIL, SUBJECT("reject:go away"), P("N"), P("E")},
		HELLO_REPLY "y 554 5.7.1 go away\n"},
	{"a percent sign in a text is doubled",
		{HELLO, MAIL, SUBJECT("reject:100%% sure %s"), P("N"), P("E")},
		HELLO_REPLY "y 554 5.7.1 100%%%% sure %%s\n"},
	{"bytes that SMTP does not have are replaced in a text",
		{HELLO, MAIL, SUBJECT("reject:gr\303\274n\1\tx"), P("N"), P("E")},
		HELLO_REPLY "y 554 5.7.1 gr?n? x\n"},
	{"soft reject refuses for now", {HELLO, MAIL, SUBJECT("soft reject"), P("N"), P("E")},
		HELLO_REPLY "y 451 4.7.1 Try again later\n"},
	{"discard takes the message away", {HELLO, MAIL, SUBJECT("discard"), P("N"), P("E")},
		HELLO_REPLY "d\n"},
	{"quarantine holds the message with its headers",
		{HELLO, MAIL, SUBJECT("quarantine"), P("N"), P("E")},
		HELLO_REPLY "q Held as spam\n" RESULT_SPAM "h X-Spam| Yes\na\n"},
	{"without quarantine the message is marked",
		{P("O\0\0\0\6\0\0\0\21\0\37\377\377"), MAIL, SUBJECT("quarantine"), P("N"), P("E")},
		"O 6 11 15f580\n" RESULT_SPAM "h X-Spam| Yes\na\n"},
	{"a server that takes no headers gets none",
		{P("O\0\0\0\6\0\0\0\0\0\37\377\377"), MAIL, SUBJECT("rewrite subject"), P("N"),
			P("E")},
		"O 6 0 15f580\na\n"},

	{"incoming copies of our headers are removed, the last first",
		{HELLO, MAIL, P("LX-Spam\0 No\0"), P("Lx-spamd-result\0 good\0"),
			P("LX-SPAM\0 No\0"), P("LX-Spam-Flag\0 No\0"), P("N"), P("E")},
		HELLO_REPLY "m 1 X-Spamd-Result|\nm 2 X-Spam|\nm 1 X-Spam|\n" RESULT "a\n"},

	{"several messages go over one connection",
		{HELLO, P("Cx\0U"), MAIL, SUBJECT("reject"), P("N"), P("E"), MAIL,
			SUBJECT("add header"), P("N"), P("E"), MAIL, P("N"), P("E"), P("Q")},
		HELLO_REPLY "y 554 5.7.1 Spam message rejected\n" RESULT_SPAM
			    "h X-Spam| Yes\na\n" RESULT "a\nclosed \n"},
	{"an aborted message leaves nothing behind",
		{HELLO, MAIL, RCPT, P("LX-Spam\0 No\0"), SUBJECT("reject"), P("A"), MAIL, P("N"),
			P("E")},
		HELLO_REPLY RESULT "a\n"},
	{"abort may come at any point",
		{HELLO, P("A"), MAIL, P("A"), MAIL, RCPT, P("A"), MAIL, RCPT, P("N"), P("A"), MAIL,
			BODY, P("A"), P("A"), P("Q")},
		HELLO_REPLY "c\nclosed \n"},
	{"MAIL without an abort starts anew",
		{HELLO, MAIL, SUBJECT("reject"), P("N"), MAIL, P("N"), P("E")},
		HELLO_REPLY RESULT "a\n"},
	{"the next client uses the same negotiation",
		{HELLO, P("Cx\0U"), P("Hx\0"), P("K"), P("Cy\0U"), MAIL, P("E")},
		HELLO_REPLY RESULT "a\n"},

	{"MAIL before the negotiation closes", {MAIL},
		"closed MAIL before the negotiation" OUT_OF_ORDER "\n"},
	{"RCPT without MAIL closes", {HELLO, RCPT},
		HELLO_REPLY "closed RCPT without MAIL or behind the header" OUT_OF_ORDER "\n"},
	{"a header without MAIL closes", {HELLO, P("LTo\0r\0")},
		HELLO_REPLY "closed a header field without MAIL or behind the header" OUT_OF_ORDER
			    "\n"},
	{"a header behind the body closes", {HELLO, MAIL, P("N"), P("LTo\0r\0")},
		HELLO_REPLY "closed a header field without MAIL or behind the header" OUT_OF_ORDER
			    "\n"},
	{"a body without MAIL closes", {HELLO, BODY},
		HELLO_REPLY "closed a body without MAIL" OUT_OF_ORDER "\n"},
	{"an end without MAIL closes", {HELLO, P("E")},
		HELLO_REPLY "closed an end of the message without MAIL" OUT_OF_ORDER "\n"},
	{"a second end of the message closes", {HELLO, MAIL, P("E"), P("E")},
		HELLO_REPLY RESULT "a\nclosed an end of the message without MAIL" OUT_OF_ORDER
				   "\n"},
	{"garbage closes with its reason", {HELLO, P("z"), MAIL},
		HELLO_REPLY
		"closed no command of the protocol: byte 122; what connects may not speak milter\n"},
	{"behind QUIT nothing is read", {HELLO, P("Q"), P("z")}, HELLO_REPLY "closed \n"},
};

/* What the scan gets: the envelope and the message. */
static const struct session_case messages[] = {
	{"headers and body are put together",
		{HELLO, MAIL, P("LFrom\0 a@b\0"), P("LX\0\tc\n\td\0"), P("N"), P("Bone\r\n"),
			P("Btwo\r\n"), P("Ethree\r\n")},
		"envelope from=s@example.org\n"
		"message From: a@b<>X:\tc<>\td<><>one<>two<>three<>\n"},
	{"without leading blanks on the wire they are put in",
		{HELLO_PLAIN, MAIL, P("LFrom\0a@b\0"), P("LX\0\0"), P("N"), P("E")},
		"envelope from=s@example.org\nmessage From: a@b<>X:<><>\n"},
	{"a fold may be CRLF", {HELLO, MAIL, P("LX\0 c\r\n d\0"), P("N"), P("E")},
		"envelope from=s@example.org\nmessage X: c<> d<><>\n"},
	{"a value may begin with a fold", {HELLO, MAIL, P("LX\0\n d\0"), P("N"), P("E")},
		"envelope from=s@example.org\nmessage X:<> d<><>\n"},
	{"a message may have no body and no end of its header",
		{HELLO, MAIL, P("LX\0 c\0"), P("E")},
		"envelope from=s@example.org\nmessage X: c<><>\n"},
	{"a message may be empty", {HELLO, MAIL, P("E")},
		"envelope from=s@example.org\nmessage <>\n"},
	{"recipients are listed without their arguments",
		{HELLO, P("M<s@example.org>\0SIZE=9\0"), RCPT,
			P("R<t@example.net>\0NOTIFY=NEVER\0"), P("E")},
		"envelope from=s@example.org rcpt=r@example.net rcpt=t@example.net\nmessage <>\n"},
	{"a bounce has an empty sender", {HELLO, P("M<>\0"), RCPT, P("E")},
		"envelope from= rcpt=r@example.net\nmessage <>\n"},
	{"addresses may lack their brackets", {HELLO, P("Ms@example.org\0"), P("Rr\0"), P("E")},
		"envelope from=s@example.org rcpt=r\nmessage <>\n"},
	{"a client is known by address, name and HELO",
		{HELLO, P("Cmx.example\0004\0\031192.0.2.1\0"), P("Hhe.example\0"), MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.1 hostname=mx.example helo=he.example"
		" network\nmessage <>\n"},
	{"an unknown name is none", {HELLO, P("Cunknown\0004\0\031192.0.2.1\0"), MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.1 network\nmessage <>\n"},
	{"an address in brackets is no name",
		{HELLO, P("C[192.0.2.1]\0004\0\031192.0.2.1\0"), MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.1 network\nmessage <>\n"},
	{"a name that the server could not verify is none",
		{HELLO, P("DC{client_resolve}\0FORGED\0"), P("Cmx.example\0004\0\031192.0.2.1\0"),
			MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.1 network\nmessage <>\n"},
	{"a verified name stays",
		{HELLO, P("DC{client_resolve}\0OK\0"), P("Cmx.example\0004\0\031192.0.2.1\0"), MAIL,
			P("E")},
		"envelope from=s@example.org address=192.0.2.1 hostname=mx.example network\n"
		"message <>\n"},
	{"an IPv6 address loses its prefix",
		{HELLO, P("Cunknown\0006\0\031IPv6:2001:DB8:0::1\0"), MAIL, P("E")},
		"envelope from=s@example.org address=2001:db8::1 network\nmessage <>\n"},
	{"a mapped address is IPv4",
		{HELLO, P("Cunknown\0006\0\031::ffff:192.0.2.1\0"), MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.1 network\nmessage <>\n"},
	{"an address that is none is not known", {HELLO, P("Cx\0004\0\031here\0"), MAIL, P("E")},
		"envelope from=s@example.org hostname=x network\nmessage <>\n"},
	{"a local client has no address", {HELLO, P("Clocalhost\0L\0\0/s\0"), MAIL, P("E")},
		"envelope from=s@example.org hostname=localhost\nmessage <>\n"},
	{"macros say who is there",
		{HELLO, P("DCj\0mx\0{client_name}\0cn\0{client_addr}\000192.0.2.9\0"), P("C\0U"),
			P("DH{tls_version}\0TLSv1.3\0{cipher}\0AES\0"), P("Hh\0"),
			P("DM{auth_authen}\0me\0r\0ESMTPSA\0i\0001A\0"), MAIL, P("E")},
		"envelope from=s@example.org address=192.0.2.9 hostname=cn helo=h user=me id=1A "
		"server=mx tls=TLSv1.3 cipher=AES protocol=ESMTPSA network\nmessage <>\n"},
	{"the queue id of the latest stage counts",
		{HELLO, P("DMi\0NOQUEUE\0"), MAIL, P("DEi\0002B\0"), P("E")},
		"envelope from=s@example.org id=2B\nmessage <>\n"},
	{"an empty macro says nothing", {HELLO, P("DM{auth_authen}\0\0"), MAIL, P("E")},
		"envelope from=s@example.org\nmessage <>\n"},
	{"macros of a message end with it, those of the client stay",
		{HELLO, P("DCj\0mx\0"), P("C\0U"), P("DM{auth_authen}\0me\0"), MAIL,
			P("DEi\0001\0"), P("E"), MAIL, P("E")},
		"envelope from=s@example.org user=me id=1 server=mx network\nmessage <>\n"
		"envelope from=s@example.org server=mx network\nmessage <>\n"},
	{"the next client knows nothing of the one before",
		{HELLO, P("DCj\0mx\0"), P("Cx\0004\0\031192.0.2.1\0"), P("Hh\0"), P("K"), MAIL,
			P("E")},
		"envelope from=s@example.org\nmessage <>\n"},
};

static struct span without_replies(struct arena *a, struct span text)
{
	struct span line;
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	while (span_next_line(&text, &line)) {
		if (!span_starts(line, SPAN("envelope")) && !span_starts(line, SPAN("message")))
			continue;
		buf_add(&out, line);
		buf_add_byte(&out, '\n');
	}
	return buf_span(&out);
}

static void check_dialogue(const struct session_case *c, bool is_message)
{
	struct arena *a = arena_make();
	struct span bytes = packets_join(a, c->packets);
	struct span got = play(a, &usual, bytes, bytes.n, is_message);
	struct span shown = is_message ? without_replies(a, got) : got;

	if (!span_equal(shown, span_of(c->expected)))
		fail_msg("%s: got\n%.*s", c->name, SPAN_ARG(shown));
	for (size_t step = 1; step < bytes.n; step++) {
		struct span again = play(a, &usual, bytes, step, is_message);

		if (!span_equal(got, again))
			fail_msg("%s: in steps of %zu got\n%.*s", c->name, step, SPAN_ARG(again));
	}
	arena_free(a);
}

static void dialogues_are_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_dialogue(&cases[i], false);
}

static void messages_are_put_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(messages); i++)
		check_dialogue(&messages[i], true);
}

/* ---- policies ---- */

static const struct policy_case {
	const char *name;
	struct milter_policy policy;
	const char *subject;
	const char *expected;
} policy_cases[] = {
	{"discard_on_reject throws spam away",
		{.spam_header = SPAN_INIT("X-Spam"), .discard_on_reject = true}, "reject", "d\n"},
	{"discard_on_reject comes before quarantine_on_reject",
		{.spam_header = SPAN_INIT("X-Spam"),
			.discard_on_reject = true,
			.quarantine_on_reject = true},
		"reject", "d\n"},
	{"quarantine_on_reject holds spam",
		{.spam_header = SPAN_INIT("X-Spam"),
			.quarantine_message = SPAN_INIT("100% spam\n"),
			.quarantine_on_reject = true},
		"reject", "q 100% spam \n" RESULT_SPAM "h X-Spam| Yes\na\n"},
	{"a configured text comes before the verdict's own",
		{.spam_header = SPAN_INIT("X-Spam"), .reject_message = SPAN_INIT("Not here")},
		"reject:go away", "y 554 5.7.1 Not here\n"},
	{"so it does in a soft reject",
		{.spam_header = SPAN_INIT("X-Spam"), .tempfail_message = SPAN_INIT("Not now")},
		"soft reject:go away", "y 451 4.7.1 Not now\n"},
	{"the spam header has the configured name", {.spam_header = SPAN_INIT("X-Junk")},
		"add header", RESULT_SPAM "h X-Junk| Yes\na\n"},
};

static void policies_change_the_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(policy_cases); i++) {
		const struct policy_case *c = &policy_cases[i];
		struct arena *a = arena_make();
		struct milter_policy policy = c->policy;
		struct span subject = arena_printf(a, "LSubject%c %s%c", 0, c->subject, 0);
		struct span packets[] = {HELLO, MAIL, subject, P("N"), P("E"), {NULL, 0}};
		struct span got, bytes = packets_join(a, packets);

		policy.message_most = 4096;
		got = play(a, &policy, bytes, bytes.n, false);
		if (!span_equal(span_from_offset(got, strlen(HELLO_REPLY)), span_of(c->expected)))
			fail_msg("%s: got\n%.*s", c->name, SPAN_ARG(got));
		arena_free(a);
	}
}

static struct span play_text(struct arena *a, const struct milter_policy *policy,
	const struct span *packets)
{
	struct span bytes = packets_join(a, packets);

	return play(a, policy, bytes, bytes.n, true);
}

static void a_message_past_the_limit_is_cut_and_skipped(void **state)
{
	static const struct span packets[] = {HELLO, MAIL, P("LX\0 y\0"), P("N"), P("Babcd"),
		P("Befgh"), P("Bijkl"), P("Emnop"), {NULL, 0}};
	struct milter_policy policy = usual;
	struct arena *a = arena_make();
	struct span got;

	(void)state;
	policy.message_most = 14; /* "X: y" and two line ends are 8 */
	got = play_text(a, &policy, packets);
	assert_string_equal(arena_string(a, got),
		HELLO_REPLY "c\ns\ns\nenvelope from=s@example.org\nmessage X: y<><>abcdef\n" RESULT
			    "a\n");
	arena_free(a);
}

static void a_long_text_fits_a_line_of_smtp(void **state)
{
	struct arena *a = arena_make();
	struct milter_policy policy = usual;
	static const struct span packets[] = {HELLO, MAIL, SUBJECT("reject"), P("N"), P("E"),
		{NULL, 0}};
	char *text = arena_alloc(a, 2000);
	struct span got;

	(void)state;
	memset(text, '%', 2000);
	policy.reject_message = span_from(text, 2000);
	got = play_text(a, &policy, packets);
	/* each is doubled: servers make one of two */
	assert_int_equal(span_count_byte(got, '%'), 2 * 480);
	arena_free(a);
}

static void a_deferred_message_comes_again_later(void **state)
{
	struct arena *a = arena_make();
	struct player p = {.session = milter_session_make(&usual), .defers = true};
	static const struct span packets[] = {HELLO, MAIL, P("E"), {NULL, 0}};

	(void)state;
	buf_init(&p.text, a, SIZE_MAX);
	assert_int_equal(play_bytes(&p, packets_join(a, packets)), MILTER_WANTS_BYTES);
	assert_string_equal(arena_string(a, buf_span(&p.text)),
		HELLO_REPLY "y 451 4.7.1 Try again later\n");
	assert_true(milter_session_is_idle(p.session));
	milter_session_free(p.session);
	arena_free(a);
}

/* ---- configuration ---- */

static struct milter_policy read_policy(struct arena *a, const char *text,
	struct conf_report *report)
{
	struct conf_text file = {.name = "winnow.conf",
		.text = span_of(text),
		.layer = CONF_LAYER_FILE,
		.section = ""};
	struct conf_input input = {.texts = &file, .text_count = 1};
	struct milter_policy policy = {0};

	conf_report_init(report, a);
	milter_policy_read(a, conf_find(conf_load(a, &input, report)->root, "worker.proxy"),
		&policy, report);
	return policy;
}

static void a_policy_has_defaults(void **state)
{
	struct arena *a = arena_make();
	struct conf_report report;
	struct milter_policy policy = read_policy(a, "", &report);

	(void)state;
	assert_true(span_equal(policy.spam_header, SPAN("X-Spam")));
	assert_true(span_is_null(policy.reject_message));
	assert_false(policy.discard_on_reject);
	assert_int_equal(report.errors, 0);
	arena_free(a);
}

static void a_policy_is_read(void **state)
{
	struct arena *a = arena_make();
	struct conf_report report;
	struct milter_policy policy = read_policy(a,
		"worker \"rspamd_proxy\" { reject_message = \"No\"; discard_on_reject = yes; }",
		&report);

	(void)state;
	assert_true(span_equal(policy.reject_message, SPAN("No")));
	assert_true(policy.discard_on_reject);
	assert_int_equal(report.errors, 0);
	arena_free(a);
}

static void a_spam_header_must_be_a_name(void **state)
{
	struct arena *a = arena_make();
	struct conf_report report;
	struct milter_policy policy =
		read_policy(a, "worker \"proxy\" { spam_header = \"X Spam:\"; }", &report);

	(void)state;
	assert_true(span_equal(policy.spam_header, SPAN("X-Spam")));
	assert_int_equal(report.errors, 1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogues_are_answered),
		cmocka_unit_test(messages_are_put_together),
		cmocka_unit_test(policies_change_the_answer),
		cmocka_unit_test(a_message_past_the_limit_is_cut_and_skipped),
		cmocka_unit_test(a_long_text_fits_a_line_of_smtp),
		cmocka_unit_test(a_deferred_message_comes_again_later),
		cmocka_unit_test(a_policy_has_defaults),
		cmocka_unit_test(a_policy_is_read),
		cmocka_unit_test(a_spam_header_must_be_a_name),
	};

	return cmocka_run_group_tests_name("milter/session", tests, NULL, NULL);
}
