/*
 * The milter protocol: whatever comes, cut anywhere, gives the same events and the same replies, and every
 * reply is a packet that a mail server can read.
 *
 * The first byte says how: its lowest bit whether the rest is bytes of the wire, or packets with a byte
 * 255 between them that get their lengths here; the other bits where the bytes are cut.
 */
#include "milter/milter.h"

#include <stdlib.h>

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

/* ---- replies ---- */

/* A verdict that depends on the message alone. */
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

/* A line that may go into SMTP as it is. */
static void check_text(struct span text)
{
	must(span_starts(text, SPAN("554 5.7.1 ")) || span_starts(text, SPAN("451 4.7.1 ")));
	must(text.n - span_count_byte(text, '%') / 2 <= 500);
	for (size_t i = 0; i < text.n; i++)
		must(text.p[i] >= ' ' && text.p[i] <= '~');
	must(span_count_byte(text, '%') % 2 == 0);
}

static void check_replies(struct span replies)
{
	while (replies.n > 0) {
		size_t length = read_u32(replies);
		struct span data = span_slice(replies, 4, length);

		must(length > 0 && data.n == length && length < (size_t)MILTER_OUTPUT_MOST);
		must(span_has_byte(SPAN("Oacdsyhmq"), data.p[0]));
		if (span_has_byte(SPAN("yhmq"), data.p[0]))
			must(data.p[length - 1] == '\0');
		if (data.p[0] == 'y')
			check_text(span_slice(data, 1, length - 2));
		replies = span_from_offset(replies, 4 + length);
	}
}

static void judge(struct milter_session *s, struct buf *out)
{
	const struct msg_input *input = milter_session_input(s);
	struct msg *msg = msg_make(input->arena, &input->envelope, input->bytes);
	struct scan_action action;
	struct scan_verdict verdict = make_verdict(msg, &action);
	struct scan_effects effects = {.subject = msg_subject(msg)};

	must(msg->bytes.n <= MESSAGE_MOST);
	must(msg->envelope.rcpt_count <= input->rcpt_count);
	if (msg->bytes.n % 11 == 0)
		milter_session_defer(s, out);
	else
		milter_session_judge(s, &verdict, &effects, out);
	must(milter_session_is_idle(s));
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
			must(out.n - before <= 2 * size + 64);
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
	arena_free(a);
	return 0;
}
