/*
 * The milter protocol: whatever comes, cut anywhere, gives the same events and the same replies, and every
 * reply is a packet that a mail server can read. Whatever is done to a message, two mail servers that number
 * header fields differently end with the same one.
 *
 * The first byte says how: its lowest bit whether the rest is bytes of the wire, or packets with a byte
 * 255 between them that get their lengths here; the other bits where the bytes are cut.
 */
#include "milter/milter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PACKET_END = 255, MESSAGE_MOST = 8 << 10 };

static const struct milter_policy policy = {
	.spam_header = SPAN_INIT("X-Spam"),
	.message_most = MESSAGE_MOST,
};

static void put_u32(struct buf *out, size_t n)
{
	char bytes[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};

	buf_add(out, span_from(bytes, sizeof(bytes)));
}

static size_t read_u32(struct span s)
{
	const unsigned char *u = (const unsigned char *)s.p;

	must(s.n >= 4);
	return (size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3];
}

static struct span add_lengths(struct arena *a, struct span packets)
{
	struct span packet;
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	while (span_next(&packets, (char)PACKET_END, &packet)) {
		put_u32(&out, packet.n);
		buf_add(&out, packet);
	}
	return buf_span(&out);
}

/* How long the next piece is: all, single bytes, or lengths that look random and are not. */
static size_t next_piece(unsigned manner, uint32_t *state)
{
	if (manner == 0)
		return SIZE_MAX;
	if (manner == 1)
		return 1;
	*state = *state * 1664525 + 1013904223;
	return 1 + (*state >> 24) % (manner * 4);
}

/* ---- events ---- */

static void put_span(struct buf *out, struct span s)
{
	put_u32(out, s.n + !span_is_null(s));
	buf_add(out, s);
}

static void print_event(struct buf *out, const struct milter_event *e)
{
	struct span list = e->list, item;

	put_u32(out, e->command);
	put_u32(out, e->options.version);
	put_u32(out, e->options.actions);
	put_u32(out, e->options.steps);
	put_span(out, e->text);
	put_span(out, e->value);
	while (milter_next_string(&list, &item))
		put_span(out, item);
	put_u32(out, e->stage);
	put_u32(out, (size_t)(unsigned char)e->family << 16 | e->port);
	put_span(out, e->address);
}

static struct span parse(struct arena *a, struct span bytes, unsigned manner)
{
	struct milter_parser parser;
	struct milter_event event;
	struct buf out;
	size_t events = 0, most = bytes.n / 5 + 1;
	uint32_t state = manner;
	bool broken = false;

	buf_init(&out, a, SIZE_MAX);
	milter_parser_init(&parser);
	while (bytes.n > 0) {
		struct span piece = span_slice(bytes, 0, next_piece(manner, &state));

		bytes = span_from_offset(bytes, piece.n);
		while (milter_parse(&parser, &piece, &event)) {
			must(!broken && ++events <= most);
			broken = event.command == MILTER_BROKEN;
			print_event(&out, &event);
		}
		must(piece.n == 0);
		if (manner % 3 == 2)
			milter_parser_shrink(&parser);
	}
	must(arena_peak(parser.arena) <= (size_t)4 * MILTER_PACKET_MOST);
	milter_parser_done(&parser);
	return buf_span(&out);
}

/* ---- verdicts and effects, made of the message alone ---- */

static struct scan_verdict make_verdict(struct msg *msg, struct scan_action *action)
{
	static const struct span names[] = {SPAN_INIT("no action"), SPAN_INIT("reject"),
		SPAN_INIT("rewrite subject"), SPAN_INIT("add header"), SPAN_INIT("soft reject"),
		SPAN_INIT("quarantine"), SPAN_INIT("discard")};
	struct span id = msg_id(msg);

	*action = (struct scan_action){.name = names[msg->bytes.n % ARRAY_LEN(names)]};
	return (struct scan_verdict){
		.action = action,
		.score = 1,
		.required = 15,
		.message = id,
	};
}

/* Takes bytes off the message, and zeros behind its end. */
static unsigned next_byte(struct span *bytes)
{
	unsigned value = bytes->n == 0 ? 0 : (unsigned char)bytes->p[0];

	*bytes = span_from_offset(*bytes, 1);
	return value;
}

static struct span next_text(struct span *bytes)
{
	struct span text = span_slice(*bytes, 0, next_byte(bytes) % 64);

	*bytes = span_from_offset(*bytes, text.n);
	return text;
}

/* Names of fields that messages of the corpus have, and of ours. */
static struct span next_name(struct span *bytes)
{
	static const struct span names[] = {SPAN_INIT("Subject"), SPAN_INIT("X-Spam"),
		SPAN_INIT("A"), SPAN_INIT("b"), SPAN_INIT("From"), SPAN_INIT("DKIM-Signature"),
		SPAN_INIT("authentication-results"), SPAN_INIT("X-Spamd-Result")};

	return names[next_byte(bytes) % ARRAY_LEN(names)];
}

/* What effects promise: printable ASCII, folded by LF and a blank; once in a while as long as can be. */
static struct span next_value(struct arena *a, struct span *bytes)
{
	struct span text = next_text(bytes);
	struct buf out;

	buf_init(&out, a, SCAN_FIELD_MOST);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= ' ' && text.p[i] <= '~')
			buf_add_byte(&out, text.p[i]);
		else
			buf_add(&out, SPAN("\n\t"));
	}
	while (text.n == 63 && !out.full)
		buf_add_byte(&out, 'x');
	return buf_span(&out);
}

static struct span *next_addresses(struct arena *a, struct span *bytes, size_t *n)
{
	struct span *v;

	*n = next_byte(bytes) % 4;
	v = ARENA_ARRAY(a, struct span, *n);
	for (size_t i = 0; i < *n; i++)
		v[i] = next_text(bytes);
	return v;
}

static struct scan_effects *make_effects(struct msg *msg)
{
	struct arena *a = msg->arena;
	struct scan_effects *e = ARENA_NEW(a, struct scan_effects);
	/* what decides stands behind the header: a corpus can say it */
	struct span bytes =
		span_from_offset(msg->bytes, span_find(msg->bytes, SPAN("\r\n\r\n")) + 4);
	unsigned what = next_byte(&bytes), many = next_byte(&bytes) % 16 == 15 ? 60 : 1;

	e->removal_count = next_byte(&bytes) % 4 * many;
	e->removals = ARENA_ARRAY(a, struct scan_field_removal, e->removal_count);
	for (size_t i = 0; i < e->removal_count; i++)
		e->removals[i] = (struct scan_field_removal){next_name(&bytes),
			(int)(next_byte(&bytes) % 7) - 3};
	e->change_count = next_byte(&bytes) % 4 * many;
	e->changes = ARENA_ARRAY(a, struct scan_field_change, e->change_count);
	for (size_t i = 0; i < e->change_count; i++)
		e->changes[i] = (struct scan_field_change){next_name(&bytes),
			1 + next_byte(&bytes) % 4, next_value(a, &bytes)};
	e->field_count = next_byte(&bytes) % 4 * many;
	e->fields = ARENA_ARRAY(a, struct scan_field, e->field_count);
	for (size_t i = 0; i < e->field_count; i++)
		e->fields[i] = (struct scan_field){next_name(&bytes), next_value(a, &bytes),
			(int)(next_byte(&bytes) % 8) - 1};
	e->subject = (what & 1) != 0 ? next_value(a, &bytes) : span_from(NULL, 0);
	e->sender = (what & 2) != 0 ? next_text(&bytes) : span_from(NULL, 0);
	e->add_rcpts = next_addresses(a, &bytes, &e->add_rcpt_count);
	e->drop_rcpts = next_addresses(a, &bytes, &e->drop_rcpt_count);
	return e;
}

/* ---- replies ---- */

/* A line that may go into SMTP as it is. */
static void check_text(struct span text)
{
	must(span_starts(text, SPAN("4")) || span_starts(text, SPAN("5")));
	must(text.n > 10 && text.p[3] == ' ' && text.p[4] == text.p[0] && text.p[5] == '.');
	must(text.n - span_count_byte(text, '%') / 2 <= 500);
	for (size_t i = 0; i < text.n; i++)
		must(text.p[i] >= ' ' && text.p[i] <= '~');
	must(span_count_byte(text, '%') % 2 == 0);
}

static void check_address(struct span text)
{
	must(text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>');
	for (size_t i = 1; i + 1 < text.n; i++)
		must((unsigned char)text.p[i] >= ' ' && text.p[i] != '<' && text.p[i] != '>');
}

static void check_replies(struct span replies)
{
	while (replies.n > 0) {
		size_t length = read_u32(replies);
		struct span data = span_slice(replies, 4, length), list;

		must(length > 0 && data.n == length && length < (size_t)MILTER_OUTPUT_MOST);
		must(span_has_byte(SPAN("Oacdsyhimqe+-"), data.p[0]));
		if (span_has_byte(SPAN("yhimqe+-"), data.p[0]))
			must(data.p[length - 1] == '\0');
		if (data.p[0] == 'y')
			check_text(span_slice(data, 1, length - 2));
		list = span_from_offset(data, 1);
		if (span_has_byte(SPAN("e+-"), data.p[0]) && milter_next_string(&list, &data))
			check_address(data);
		replies = span_from_offset(replies, 4 + length);
	}
}

/* ---- what mail servers do with it ---- */

enum { MODEL_FIELDS_MOST = 4096 };

struct model_field {
	struct span name, value;
	bool is_gone, is_old;
};

/* The header of a message in a mail server. */
struct model {
	struct model_field fields[MODEL_FIELDS_MOST];
	size_t n;
	bool counts_gone; /* numbers go on over fields that were removed, as in Sendmail */
};

static void model_insert(struct model *m, size_t at, struct model_field field)
{
	if (m->n == MODEL_FIELDS_MOST)
		return;
	at = num_min(at, m->n);
	memmove(&m->fields[at + 1], &m->fields[at], (m->n - at) * sizeof(m->fields[0]));
	m->fields[at] = field;
	m->n++;
}

/* Our changes never go past the last field of their name. */
static void model_change(struct model *m, size_t number, struct span name, struct span value)
{
	for (size_t i = 0; i < m->n; i++) {
		struct model_field *f = &m->fields[i];

		if (!span_equal_nocase(f->name, name) || (f->is_gone && !m->counts_gone) ||
			--number > 0)
			continue;
		must(f->is_old && !f->is_gone);
		f->value = value;
		f->is_gone = value.n == 0;
		return;
	}
	panic("a change of a field that is not there");
}

static void model_apply(struct model *m, struct span replies)
{
	for (; replies.n > 0; replies = span_from_offset(replies, 4 + read_u32(replies))) {
		struct span data = span_slice(replies, 4, read_u32(replies)), name, value;
		char reply = data.p[0];
		size_t number = 0;

		data = span_from_offset(data, 1);
		if (reply == 'm' || reply == 'i')
			number = read_u32(data), data = span_from_offset(data, 4);
		if (!span_has_byte(SPAN("mih"), reply) || !milter_next_string(&data, &name) ||
			!milter_next_string(&data, &value))
			continue;
		if (reply == 'm')
			model_change(m, number, name, value);
		else
			model_insert(m, reply == 'i' ? number : m->n,
				(struct model_field){.name = name, .value = value});
	}
}

/* Both kinds of servers end with the same header, and none of it says for us that there is no spam. */
static void check_models(struct model *sendmail, struct model *postfix, struct span replies)
{
	bool may_remove = false;

	sendmail->counts_gone = true;
	model_apply(sendmail, replies);
	model_apply(postfix, replies);
	must(sendmail->n == postfix->n);
	for (size_t i = 0; i < postfix->n; i++) {
		const struct model_field *f = &postfix->fields[i], *g = &sendmail->fields[i];

		must(f->is_gone == g->is_gone && span_equal(f->value, g->value));
		may_remove |= f->is_old && f->is_gone;
	}
	for (size_t i = 0; may_remove && i < postfix->n; i++)
		must(!postfix->fields[i].is_old || postfix->fields[i].is_gone ||
			!span_equal_nocase(postfix->fields[i].name, policy.spam_header));
}

static void judge(struct milter_session *s, struct buf *out)
{
	const struct msg_input *input = milter_session_input(s);
	struct msg *msg = msg_make(input->arena, &input->envelope, input->bytes);
	struct scan_action action;
	struct scan_verdict verdict = make_verdict(msg, &action);

	must(msg->bytes.n <= MESSAGE_MOST);
	must(msg->envelope.rcpt_count <= input->rcpt_count);
	must(milter_session_bytes(s) >= msg->bytes.n);
	if (msg->bytes.n % 11 == 0)
		milter_session_defer(s, out);
	else
		milter_session_judge(s, &verdict, make_effects(msg), out);
	must(milter_session_is_idle(s));
	/* what is left are macros of the connection, which have a cap */
	must(milter_session_bytes(s) <= 1 << 20);
	must(span_is_ascii(milter_session_left_out(s)));
}

/* Packet by packet, with a server on the other side. */
static void play_with_models(struct span bytes)
{
	static struct model sendmail, postfix;
	struct milter_session *s = milter_session_make(&policy);
	enum milter_state state = MILTER_WANTS_BYTES;
	struct arena *a = arena_make();

	postfix.n = 0;
	while (bytes.n > 4 && state == MILTER_WANTS_BYTES) {
		struct span packet = span_slice(bytes, 0, num_min(read_u32(bytes), bytes.n) + 4);
		struct span data = span_from_offset(packet, 5), rest = packet, name;
		struct buf out;

		bytes = span_from_offset(bytes, packet.n);
		buf_init(&out, a, SIZE_MAX);
		if (packet.n > 4 && packet.p[4] == 'L' && milter_next_string(&data, &name))
			model_insert(&postfix, postfix.n,
				(struct model_field){.name = span_trim_end(name), .is_old = true});
		else if (packet.n > 4 && span_has_byte(SPAN("MAK"), packet.p[4]))
			postfix.n = 0;
		state = milter_session_feed(s, &rest, &out);
		if (state != MILTER_WANTS_VERDICT)
			continue;
		buf_clear(&out);
		judge(s, &out);
		sendmail = postfix;
		if (postfix.n < MODEL_FIELDS_MOST / 2)
			check_models(&sendmail, &postfix, buf_span(&out));
		postfix.n = 0;
		state = MILTER_WANTS_BYTES;
	}
	milter_session_free(s);
	arena_free(a);
}

/* Memory runs out after so many bytes of a message: the end of each such message is told to wait. */
static void play_with_overload(struct span bytes, size_t most)
{
	struct milter_session *s = milter_session_make(&policy);
	enum milter_state state = MILTER_WANTS_BYTES;
	struct arena *a = arena_make();
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	while (bytes.n > 0 && state != MILTER_WANTS_CLOSE) {
		struct span piece = span_slice(bytes, 0, 1 + most % 7);

		bytes = span_from_offset(bytes, piece.n);
		do {
			state = milter_session_feed(s, &piece, &out);
			if (state == MILTER_WANTS_VERDICT)
				judge(s, &out);
			else if (milter_session_bytes(s) > most && state == MILTER_WANTS_BYTES)
				milter_session_overload(s);
		} while (state == MILTER_WANTS_VERDICT);
	}
	check_replies(buf_span(&out));
	milter_session_free(s);
	arena_free(a);
}

static struct span play(struct arena *a, struct span bytes, unsigned manner)
{
	struct milter_session *s = milter_session_make(&policy);
	enum milter_state state = MILTER_WANTS_BYTES;
	uint32_t random = manner;
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	while (bytes.n > 0 && state != MILTER_WANTS_CLOSE) {
		struct span piece = span_slice(bytes, 0, next_piece(manner, &random));

		bytes = span_from_offset(bytes, piece.n);
		do {
			size_t before = out.n, size = piece.n;

			state = milter_session_feed(s, &piece, &out);
			must(out.n - before <= 2 * size + 512);
			before = out.n;
			if (state == MILTER_WANTS_VERDICT)
				judge(s, &out);
			must(out.n - before <= MILTER_OUTPUT_MOST);
		} while (state == MILTER_WANTS_VERDICT);
	}
	if (state == MILTER_WANTS_CLOSE)
		buf_add(&out, SPAN("\0\0\0\1c"));
	else
		must(milter_session_why(s).n == 0);
	milter_session_free(s);
	check_replies(buf_span(&out));
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct span input = span_from((const char *)data, size), bytes;
	unsigned cut = size > 0 ? data[0] >> 1 : 0;
	const unsigned manners[] = {1, 2 + cut % 8, 100 + cut};

	bytes = span_from_offset(input, 1);
	if (size > 0 && (data[0] & 1) != 0)
		bytes = add_lengths(a, bytes);
	for (size_t i = 0; i < ARRAY_LEN(manners); i++) {
		must(span_equal(parse(a, bytes, 0), parse(a, bytes, manners[i])));
		must(span_equal(play(a, bytes, 0), play(a, bytes, manners[i])));
	}
	play_with_models(bytes);
	play_with_overload(bytes, 40000 + cut * 16);
	arena_free(a);
	return 0;
}
