/*
 * One connection: a table says which command may come when, and what is done then.
 *
 * DESIGN: we ask the server to leave out every reply that would only say "continue" (protocol version 6
 * can), so a message costs two waits instead of one a header field. Its bytes are put together again
 * here, because a scan looks at messages and not at events. A message's memory comes with MAIL and goes with
 * its end, so that a connection which sleeps holds next to nothing.
 */
#include "milter/milter.h"

#include <string.h>

#include "milter/inner.h"

enum {
	TEXT_MOST = 1024, /* bytes of an address or name that are kept: SMTP allows 256 */
	ARGS_MOST = 1024, /* bytes of the ESMTP arguments of an address */
	NAME_MOST = 255,  /* bytes of a field's name by which it can be removed */
	LEFT_OUT_MOST = 800,
	MACROS_MOST = 32 << 10, /* bytes of the macros of one stage */
	USUAL_MOST = 4 << 10    /* bytes that a connection may hold beside its message, uncounted */
};

/* ---- one message ---- */

static size_t stage_index(char stage)
{
	return span_find_byte(SPAN(MILTER_MACRO_STAGES), stage);
}

static void drop_macros(struct milter_session *s, size_t from_stage)
{
	for (size_t i = from_stage; i < MILTER_MACRO_STAGE_COUNT; i++)
		buf_clear(&s->macros[i]);
}

static void drop_message(struct milter_session *s)
{
	arena_free(s->message.arena);
	s->message = (struct milter_message){0};
}

static void end_message(struct milter_session *s)
{
	drop_message(s);
	drop_macros(s, MILTER_MACRO_STAGES_OF_CLIENT);
	s->phase = MILTER_PHASE_IDLE;
	milter_parser_shrink(&s->parser);
}

static void add_bytes(struct milter_session *s, struct span bytes)
{
	if (!s->message.is_overloaded && msg_builder_add(s->message.bytes, bytes) != RC_OK)
		s->message.is_cut = s->message.is_full = true;
}

/* The empty line; servers may leave out its command when there is no body. */
static void end_header(struct milter_session *s)
{
	if (s->phase != MILTER_PHASE_BODY)
		add_bytes(s, SPAN("\r\n"));
	s->phase = MILTER_PHASE_BODY;
}

/* `<a@b>` as a@b; without brackets as it is. */
static struct span keep_address(struct milter_session *s, struct span text)
{
	text = span_trim(text);
	if (span_starts(text, SPAN("<")) && span_ends(text, SPAN(">")))
		text = span_slice(text, 1, text.n - 2);
	return arena_copy(s->message.arena, span_slice(text, 0, TEXT_MOST));
}

/* ESMTP arguments with a blank between two; null when there are none. */
static struct span keep_args(struct milter_session *s, struct span list)
{
	struct span arg;
	struct buf out;

	if (list.n == 0)
		return span_from(NULL, 0);
	buf_init(&out, s->message.arena, ARGS_MOST);
	while (milter_next_string(&list, &arg)) {
		if (arg.n == 0 || out.n + 1 + arg.n > ARGS_MOST)
			continue;
		if (out.n > 0)
			buf_add_byte(&out, ' ');
		buf_add(&out, arg);
	}
	return out.n == 0 ? span_from(NULL, 0) : buf_span(&out);
}

/* The names of fields are needed when some are to be removed, also of those that are not kept. */
static void keep_name(struct milter_session *s, struct span name)
{
	struct milter_message *m = &s->message;

	if (m->is_overloaded)
		return;
	if (m->names.n == MILTER_FIELDS_MOST) {
		m->has_more_names = true;
		return;
	}
	name = span_trim_end(name);
	*VEC_ADD(m->arena, &m->names) = arena_copy(m->arena, span_slice(name, 0, NAME_MOST + 1));
}

/* ---- commands ---- */

static void keep_text(struct buf *b, struct span text)
{
	buf_clear(b);
	buf_add(b, text);
}

/*
 * What we want to be able to do. Never asked for: to change bodies, which breaks signatures, and to add
 * recipients with arguments, for ours have none.
 */
enum {
	ACTIONS = MILTER_MAY_ADD_HEADERS | MILTER_MAY_CHANGE_HEADERS | MILTER_MAY_ADD_RCPT |
		MILTER_MAY_DROP_RCPT | MILTER_MAY_CHANGE_FROM | MILTER_MAY_QUARANTINE |
		MILTER_MAY_NAME_MACROS
};

/* How we want it said. No step is left out but unknown commands: each one has macros or is looked at. */
enum {
	STEPS = MILTER_STEP_NO_UNKNOWN | MILTER_STEP_MUTE_CONNECT | MILTER_STEP_MUTE_HELO |
		MILTER_STEP_MUTE_MAIL | MILTER_STEP_MUTE_RCPT | MILTER_STEP_MUTE_DATA |
		MILTER_STEP_MUTE_HEADER | MILTER_STEP_MUTE_HEADER_END | MILTER_STEP_SKIP |
		MILTER_STEP_LEADING_SPACE
};

/* Macros that envelope.c looks for; {client_...} come with each message where Postfix knows them. */
static const struct span wanted_macros[MILTER_STAGE_COUNT] = {
	[MILTER_STAGE_CONNECT] =
		SPAN_INIT("j {daemon_name} {client_addr} {client_name} {client_resolve}"),
	[MILTER_STAGE_HELO] = SPAN_INIT("{tls_version} {cipher}"),
	[MILTER_STAGE_MAIL] =
		SPAN_INIT("i r {mail_addr} {client_addr} {client_name} {auth_authen}"),
	[MILTER_STAGE_RCPT] = SPAN_INIT("i {rcpt_mailer}"),
	[MILTER_STAGE_DATA] = SPAN_INIT("i"),
	[MILTER_STAGE_END] = SPAN_INIT("i"),
	[MILTER_STAGE_HEADER_END] = SPAN_INIT("i"),
};

static uint32_t choose_steps(uint32_t offered, uint32_t actions)
{
	uint32_t steps = offered & STEPS;

	/* recipients that the server refuses are told from others by a macro: we must be sure to get it */
	if ((actions & MILTER_MAY_NAME_MACROS) != 0)
		steps |= offered & MILTER_STEP_REJECTED_RCPT;
	/* a chunk that we may not answer is a chunk after which we cannot say "enough" */
	if ((steps & MILTER_STEP_SKIP) == 0)
		steps |= offered & MILTER_STEP_MUTE_BODY;
	if ((offered & MILTER_STEP_DATA_1M) != 0)
		return steps | MILTER_STEP_DATA_1M;
	return steps | (offered & MILTER_STEP_DATA_256K);
}

static void on_negotiate(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	static const struct span no_wish[MILTER_STAGE_COUNT];

	if (e->options.version < MILTER_VERSION_LEAST) {
		(void)why_set(&s->why, RC_INVALID,
			"the mail server speaks version %u of the protocol: the oldest that is understood is %d",
			e->options.version, MILTER_VERSION_LEAST);
		s->phase = MILTER_PHASE_CLOSED;
		return;
	}
	s->options.version = e->options.version;
	if (s->options.version > MILTER_VERSION_MOST)
		s->options.version = MILTER_VERSION_MOST;
	s->options.actions = e->options.actions & ACTIONS;
	s->options.steps = choose_steps(e->options.steps, s->options.actions);
	if ((s->options.steps & MILTER_STEP_DATA_1M) != 0)
		milter_parser_allow(&s->parser, MILTER_PACKET_MOST_1M);
	else if ((s->options.steps & MILTER_STEP_DATA_256K) != 0)
		milter_parser_allow(&s->parser, MILTER_PACKET_MOST_256K);
	s->phase = MILTER_PHASE_IDLE;
	milter_print_options(out, &s->options,
		(s->options.actions & MILTER_MAY_NAME_MACROS) != 0 ? wanted_macros : no_wish);
}

static void on_macros(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	size_t stage = stage_index((char)e->stage);

	if (stage == MILTER_MACRO_STAGE_COUNT || e->list.n > MACROS_MOST)
		return;
	keep_text(&s->macros[stage], e->list);
	if (e->stage == MILTER_RCPT)
		s->rcpt_macros_are_new = true;
}

static void on_connect(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	keep_text(&s->hostname, e->text);
	keep_text(&s->address, e->address);
	s->is_local_socket = e->family == 'L';
	s->is_network = !s->is_local_socket;
}

static void on_helo(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	keep_text(&s->helo, e->text);
	s->has_helo = true;
}

static void on_mail(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	struct milter_message *m = &s->message;

	if (s->phase != MILTER_PHASE_IDLE) {
		drop_message(s);
		drop_macros(s, stage_index(MILTER_MAIL) + 1);
	}
	m->arena = arena_make();
	m->from = keep_address(s, e->text);
	m->from_args = keep_args(s, e->list);
	m->bytes = msg_builder_make(m->arena, s->policy->message_most);
	s->phase = MILTER_PHASE_ENVELOPE;
}

/*
 * Servers that send recipients which they have refused mark them by this macro. It counts for the recipient
 * that it came with alone: another one may come without macros.
 */
static bool is_refused(struct milter_session *s)
{
	bool is_new = s->rcpt_macros_are_new;

	s->rcpt_macros_are_new = false;
	return is_new &&
		span_equal(milter_find_macro(s, MILTER_RCPT, SPAN("rcpt_mailer")), SPAN("error"));
}

static void on_rcpt(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	struct milter_message *m = &s->message;
	struct span args;

	if (is_refused(s)) {
		m->refused_count++;
		return;
	}
	if (m->rcpt_count++ >= MSG_RECIPIENTS_MOST || m->is_overloaded)
		return;
	args = keep_args(s, e->list);
	*VEC_ADD(m->arena, &m->rcpts) = keep_address(s, e->text);
	*VEC_ADD(m->arena, &m->rcpt_args) = args;
	m->has_rcpt_args |= !span_is_null(args);
}

static void on_header(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	bool is_exact = (s->options.steps & MILTER_STEP_LEADING_SPACE) != 0;
	struct span value = e->value, line;
	const char *before = is_exact || value.n == 0 ? ":" : ": ";

	s->phase = MILTER_PHASE_HEADER;
	keep_name(s, e->text);
	s->message.header_bytes += e->text.n + e->value.n;
	if (s->message.header_bytes > MILTER_HEADER_MOST) {
		s->message.is_cut = true;
		return;
	}
	add_bytes(s, e->text);
	/* lines are parted by LF on this wire */
	for (; span_next_line(&value, &line); before = "\r\n") {
		add_bytes(s, span_of(before));
		add_bytes(s, line);
	}
	if (e->value.n == 0)
		add_bytes(s, SPAN(":"));
	add_bytes(s, SPAN("\r\n"));
}

static void on_header_end(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	end_header(s);
}

static void on_body(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	end_header(s);
	add_bytes(s, e->text);
	if ((s->options.steps & MILTER_STEP_MUTE_BODY) != 0)
		return;
	if ((s->message.is_full || s->message.is_overloaded) &&
		(s->options.steps & MILTER_STEP_SKIP) != 0)
		milter_print_reply(out, MILTER_REPLY_SKIP);
	else
		milter_print_reply(out, MILTER_REPLY_CONTINUE);
}

static void on_end(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	struct milter_message *m = &s->message;

	end_header(s);
	add_bytes(s, e->text);
	if (m->is_overloaded) {
		milter_print_defer(s, out);
		end_message(s);
		return;
	}
	m->input = (struct msg_input){
		.arena = m->arena,
		.envelope = milter_make_envelope(s),
		.bytes = msg_builder_bytes(m->bytes),
		.rcpt_count = m->rcpt_count,
		.refused_count = s->message.refused_count,
		.is_cut = m->is_cut,
	};
	s->phase = MILTER_PHASE_VERDICT;
}

static void on_abort(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	end_message(s);
}

static void on_quit_next(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	buf_clear(&s->hostname);
	buf_clear(&s->address);
	buf_clear(&s->helo);
	s->has_helo = s->is_network = s->is_local_socket = false;
	drop_macros(s, 0);
	end_message(s);
}

static void on_quit(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	s->phase = MILTER_PHASE_CLOSED;
}

static void on_nothing(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
}

enum {
	IN_MESSAGE = MILTER_PHASE_ENVELOPE | MILTER_PHASE_HEADER | MILTER_PHASE_BODY,
	NEGOTIATED = MILTER_PHASE_IDLE | IN_MESSAGE,
	ALWAYS = MILTER_PHASE_START | NEGOTIATED,
};

/* A command is answered with "continue" when it has a bit and the server did not agree to that one. */
static const struct row {
	unsigned phases;
	uint32_t mute;
	void (*run)(struct milter_session *s, const struct milter_event *e, struct buf *out);
	const char *misplaced;
} rows[MILTER_COMMAND_MOST + 1] = {
	[MILTER_NEGOTIATE] = {MILTER_PHASE_START, 0, on_negotiate, "a second negotiation"},
	[MILTER_MACROS] = {ALWAYS, 0, on_macros, ""},
	[MILTER_CONNECT] = {MILTER_PHASE_IDLE, MILTER_STEP_MUTE_CONNECT, on_connect,
		"a client before the negotiation or within a message"},
	[MILTER_HELO] = {NEGOTIATED, MILTER_STEP_MUTE_HELO, on_helo, "HELO before the negotiation"},
	[MILTER_MAIL] = {NEGOTIATED, MILTER_STEP_MUTE_MAIL, on_mail, "MAIL before the negotiation"},
	[MILTER_RCPT] = {MILTER_PHASE_ENVELOPE, MILTER_STEP_MUTE_RCPT, on_rcpt,
		"RCPT without MAIL or behind the header"},
	[MILTER_DATA] = {MILTER_PHASE_ENVELOPE, MILTER_STEP_MUTE_DATA, on_nothing,
		"DATA without MAIL or behind the header"},
	[MILTER_UNKNOWN] = {NEGOTIATED, MILTER_STEP_MUTE_UNKNOWN, on_nothing,
		"an unknown command before the negotiation"},
	[MILTER_HEADER] = {MILTER_PHASE_ENVELOPE | MILTER_PHASE_HEADER, MILTER_STEP_MUTE_HEADER,
		on_header, "a header field without MAIL or behind the header"},
	[MILTER_HEADER_END] = {MILTER_PHASE_ENVELOPE | MILTER_PHASE_HEADER,
		MILTER_STEP_MUTE_HEADER_END, on_header_end,
		"an end of the header without a header"},
	[MILTER_BODY] = {IN_MESSAGE, 0, on_body, "a body without MAIL"},
	[MILTER_END] = {IN_MESSAGE, 0, on_end, "an end of the message without MAIL"},
	[MILTER_ABORT] = {NEGOTIATED, 0, on_abort, "an abort before the negotiation"},
	[MILTER_QUIT_NEXT] = {NEGOTIATED, 0, on_quit_next, "a next client before the negotiation"},
	[MILTER_QUIT] = {ALWAYS, 0, on_quit, ""},
};

static void take_event(struct milter_session *s, const struct milter_event *e, struct buf *out)
{
	const struct row *row = &rows[e->command];

	if (e->command == MILTER_BROKEN) {
		(void)why_set(&s->why, RC_INVALID, "%.*s", SPAN_ARG(e->text));
		s->phase = MILTER_PHASE_CLOSED;
		return;
	}
	must((size_t)e->command < ARRAY_LEN(rows) && row->run != NULL);
	if ((row->phases & s->phase) == 0) {
		(void)why_set(&s->why, RC_INVALID,
			"%s: the mail server's commands are out of order", row->misplaced);
		s->phase = MILTER_PHASE_CLOSED;
		return;
	}
	row->run(s, e, out);
	if (row->mute != 0 && (s->options.steps & row->mute) == 0)
		milter_print_reply(out, MILTER_REPLY_CONTINUE);
}

/* ---- the door ---- */

struct milter_session *milter_session_make(const struct milter_policy *policy)
{
	struct arena *a = arena_make();
	struct milter_session *s = ARENA_NEW(a, struct milter_session);

	s->arena = a;
	s->policy = policy;
	s->phase = MILTER_PHASE_START;
	milter_parser_init(&s->parser);
	buf_init(&s->hostname, a, TEXT_MOST);
	buf_init(&s->address, a, TEXT_MOST);
	buf_init(&s->helo, a, TEXT_MOST);
	buf_init(&s->left_out_text, a, LEFT_OUT_MOST);
	for (size_t i = 0; i < MILTER_MACRO_STAGE_COUNT; i++)
		buf_init(&s->macros[i], a, MACROS_MOST);
	s->bytes_at_first = arena_used(a);
	return s;
}

void milter_session_free(struct milter_session *s)
{
	if (s == NULL)
		return;
	milter_parser_done(&s->parser);
	arena_free(s->message.arena);
	arena_free(s->arena);
}

enum milter_state milter_session_feed(struct milter_session *s, struct span *rest, struct buf *out)
{
	struct milter_event event;

	while (s->phase < MILTER_PHASE_VERDICT && milter_parse(&s->parser, rest, &event))
		take_event(s, &event, out);
	if (s->phase == MILTER_PHASE_CLOSED)
		return MILTER_WANTS_CLOSE;
	return s->phase == MILTER_PHASE_VERDICT ? MILTER_WANTS_VERDICT : MILTER_WANTS_BYTES;
}

const struct msg_input *milter_session_input(const struct milter_session *s)
{
	must(s->phase == MILTER_PHASE_VERDICT);
	return &s->message.input;
}

struct msg_input milter_session_peek(const struct milter_session *s)
{
	must((s->phase & IN_MESSAGE) != 0);
	return (struct msg_input){
		.arena = s->message.arena,
		.envelope = milter_make_envelope(s),
		.rcpt_count = s->message.rcpt_count,
		.refused_count = s->message.refused_count,
	};
}

size_t milter_session_bytes(const struct milter_session *s)
{
	size_t own = arena_used(s->arena) - s->bytes_at_first;
	size_t bytes = arena_used(s->parser.arena) + (own > USUAL_MOST ? own - USUAL_MOST : 0);

	return s->message.arena == NULL ? bytes : bytes + arena_used(s->message.arena);
}

void milter_session_overload(struct milter_session *s)
{
	struct arena *a = s->message.arena;

	must((s->phase & IN_MESSAGE) != 0);
	arena_reset(a);
	s->message = (struct milter_message){.arena = a, .is_overloaded = true};
}

void milter_session_progress(struct milter_session *s, struct buf *out)
{
	must(s->phase == MILTER_PHASE_VERDICT);
	if (s->options.version >= 3)
		milter_print_reply(out, MILTER_REPLY_PROGRESS);
}

void milter_session_judge(struct milter_session *s, const struct scan_verdict *verdict,
	const struct scan_effects *effects, struct buf *out)
{
	must(s->phase == MILTER_PHASE_VERDICT);
	milter_print_verdict(s, verdict, effects, out);
	end_message(s);
}

void milter_session_defer(struct milter_session *s, struct buf *out)
{
	must(s->phase == MILTER_PHASE_VERDICT);
	milter_print_defer(s, out);
	end_message(s);
}

struct span milter_session_left_out(struct milter_session *s)
{
	static const struct {
		uint32_t what;
		const char *text;
	} things[] = {
		{MILTER_MAY_ADD_HEADERS, "the server does not let us add header fields"},
		{MILTER_MAY_CHANGE_HEADERS,
			"the server does not let us change or remove header fields"},
		{MILTER_MAY_ADD_RCPT, "the server does not let us add recipients"},
		{MILTER_MAY_DROP_RCPT, "the server does not let us drop recipients"},
		{MILTER_MAY_CHANGE_FROM, "the server does not let us change the sender"},
		{MILTER_MAY_QUARANTINE, "the server does not let us quarantine messages"},
		{MILTER_LEFT_OUT_ROOM, "there was more to change than a reply may hold"},
		{MILTER_LEFT_OUT_ADDRESS, "an address that was to be written is none"},
		{MILTER_LEFT_OUT_MESSAGE,
			"a message was refused: it has more header fields than can be cleaned of forged ones"},
	};
	uint32_t news = s->left_out & ~s->told;

	if (news == 0)
		return span_from(NULL, 0);
	s->left_out &= ~MILTER_LEFT_OUT_MESSAGE;
	s->told |= news & ~MILTER_LEFT_OUT_MESSAGE;
	buf_clear(&s->left_out_text);
	for (size_t i = 0; i < ARRAY_LEN(things); i++) {
		if ((news & things[i].what) == 0)
			continue;
		if (s->left_out_text.n > 0)
			buf_add_string(&s->left_out_text, "; ");
		buf_add_string(&s->left_out_text, things[i].text);
	}
	return buf_span(&s->left_out_text);
}

bool milter_session_is_halfway(const struct milter_session *s)
{
	return s->parser.pending.n > 0 && !s->parser.taken;
}

bool milter_session_is_idle(const struct milter_session *s)
{
	return s->phase == MILTER_PHASE_START || s->phase == MILTER_PHASE_IDLE;
}

struct span milter_session_why(const struct milter_session *s)
{
	return span_of(s->why.text);
}
