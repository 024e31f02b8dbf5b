/* The bytes of a message in both protocols, and where replies end. */
#include "bench/load.h"

#include <string.h>

enum { BYTES_MOST = 64 << 20, LENGTH_SIZE = 4, OPTIONS_SIZE = 12, CHUNK_MOST = 65535 };

/* What Postfix offers (version 6), and the replies that must be muted for this dialogue to fit. */
enum {
	VERSION = 6,
	ACTIONS = 0x1ff,
	STEPS = 0x1fffff,
	STEP_MUTE_BODY = 0x80000,
	STEPS_NEEDED = 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000,
};

#define CLIENT "mail.orchard.example"
#define ADDRESS "192.0.2.25"
#define SENDER "mira@orchard.example"
#define RCPT "jonas@harbour.example"
#define QUEUE_ID "4TqK1x0Jz9z1"

/* ---- milter: what is said ---- */

static void add_u32(struct buf *b, uint32_t n)
{
	buf_add_byte(b, (char)(n >> 24));
	buf_add_byte(b, (char)(n >> 16));
	buf_add_byte(b, (char)(n >> 8));
	buf_add_byte(b, (char)n);
}

static void add_packet(struct buf *b, char command, struct span data)
{
	add_u32(b, (uint32_t)data.n + 1);
	buf_add_byte(b, command);
	buf_add(b, data);
}

static struct span make_negotiation(struct arena *a)
{
	struct buf data, out;

	buf_init(&data, a, OPTIONS_SIZE);
	add_u32(&data, VERSION);
	add_u32(&data, ACTIONS);
	add_u32(&data, STEPS);
	buf_init(&out, a, BYTES_MOST);
	add_packet(&out, 'O', buf_span(&data));
	return buf_span(&out);
}

static struct span make_greeting(struct arena *a)
{
	struct buf out;

	buf_init(&out, a, BYTES_MOST);
	add_packet(&out, 'D', SPAN("Cj\0mx.harbour.example\0{daemon_name}\0smtpd\0"));
	add_packet(&out, 'C',
		SPAN(CLIENT "\0"
			    "4\0\x19" ADDRESS "\0"));
	add_packet(&out, 'D', SPAN("H{tls_version}\0TLSv1.3\0{cipher}\0TLS_AES_256_GCM_SHA384\0"));
	add_packet(&out, 'H', SPAN(CLIENT "\0"));
	return buf_span(&out);
}

static void add_envelope(struct buf *b)
{
	add_packet(b, 'D',
		SPAN("Mi\0" QUEUE_ID "\0{mail_addr}\0" SENDER "\0{client_addr}\0" ADDRESS
		     "\0{client_name}\0" CLIENT "\0"));
	add_packet(b, 'M', SPAN("<" SENDER ">\0SIZE=15000\0"));
	add_packet(b, 'D', SPAN("Ri\0" QUEUE_ID "\0{rcpt_addr}\0" RCPT "\0"));
	add_packet(b, 'R', SPAN("<" RCPT ">\0"));
	add_packet(b, 'D', SPAN("Ti\0" QUEUE_ID "\0"));
	add_packet(b, 'T', SPAN(""));
}

/* A field with its folded lines; on this wire they are parted by LF. */
static void add_field(struct arena *a, struct buf *b, struct span field)
{
	size_t colon = span_find_byte(field, ':');
	struct span rest = span_from_offset(field, colon + 1), line;
	struct buf data;

	buf_init(&data, a, BYTES_MOST);
	buf_add(&data, span_slice(field, 0, colon));
	for (char before = '\0'; span_next_line(&rest, &line); before = '\n') {
		buf_add_byte(&data, before);
		buf_add(&data, line);
	}
	buf_add_byte(&data, '\0');
	add_packet(b, 'L', buf_span(&data));
}

static void add_header(struct arena *a, struct buf *b, struct span header)
{
	struct span rest = header, line, field = {0};

	while (span_next_line(&rest, &line)) {
		if (field.n > 0 && line.n > 0 && !byte_is_space(line.p[0])) {
			add_field(a, b, field);
			field.n = 0;
		}
		if (field.n == 0)
			field.p = line.p;
		field.n = (size_t)(line.p + line.n - field.p);
	}
	if (field.n > 0)
		add_field(a, b, field);
	add_packet(b, 'D', SPAN("Ni\0" QUEUE_ID "\0"));
	add_packet(b, 'N', SPAN(""));
}

static void make_milter(struct arena *a, struct span message, struct load_dialogue *out)
{
	size_t head = span_find(message, SPAN("\r\n\r\n"));
	struct span body = span_from_offset(message, head + 4);
	struct buf b;

	/* each chunk would be a turn of its own */
	must(body.n <= CHUNK_MOST);
	out->opening = make_negotiation(a);
	out->greeting = make_greeting(a);
	buf_init(&b, a, BYTES_MOST);
	add_envelope(&b);
	add_header(a, &b, span_slice(message, 0, head));
	add_packet(&b, 'B', body);
	out->turns[0] = buf_span(&b);
	buf_init(&b, a, BYTES_MOST);
	add_packet(&b, 'D', SPAN("Ei\0" QUEUE_ID "\0"));
	add_packet(&b, 'E', SPAN(""));
	out->turns[1] = buf_span(&b);
	out->turn_count = 2;
	buf_init(&b, a, BYTES_MOST);
	add_packet(&b, 'Q', SPAN(""));
	out->farewell = buf_span(&b);
}

/* ---- milter: what is heard ---- */

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static enum load_heard judge_packet(struct span packet)
{
	uint32_t steps;

	switch (packet.p[0]) {
	case 'O':
		if (packet.n < 1 + OPTIONS_SIZE)
			return LOAD_HEARD_NONSENSE;
		steps = read_u32(packet.p + 9);
		if ((steps & STEPS_NEEDED) != STEPS_NEEDED || (steps & STEP_MUTE_BODY) != 0)
			return LOAD_HEARD_NONSENSE;
		return LOAD_HEARD_REPLY;
	case 'c':
	case 'a':
	case 'd':
	case 'r':
	case 's':
	case 'y':
		return LOAD_HEARD_REPLY;
	case 't':
		return LOAD_HEARD_REFUSAL;
	case '4':
	case 'f':
		return LOAD_HEARD_NONSENSE;
	default: /* a change to the message, or a word of patience */
		return LOAD_HEARD_PART;
	}
}

static enum load_heard hear_milter(struct span bytes)
{
	while (bytes.n >= LENGTH_SIZE) {
		size_t n = read_u32(bytes.p);
		struct span packet = span_slice(bytes, LENGTH_SIZE, n);
		enum load_heard heard;

		if (n == 0)
			return LOAD_HEARD_NONSENSE;
		if (packet.n < n)
			return LOAD_HEARD_PART;
		bytes = span_from_offset(bytes, LENGTH_SIZE + n);
		heard = judge_packet(packet);
		if (heard != LOAD_HEARD_PART)
			return bytes.n == 0 ? heard : LOAD_HEARD_NONSENSE;
	}
	return LOAD_HEARD_PART;
}

/* ---- HTTP ---- */

static void make_http(struct arena *a, struct span message, struct load_dialogue *out)
{
	struct buf b;

	buf_init(&b, a, BYTES_MOST);
	buf_printf(&b,
		"POST /checkv2 HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n"
		"From: " SENDER "\r\nRcpt: " RCPT "\r\nIP: " ADDRESS "\r\nHelo: " CLIENT "\r\n"
		"Hostname: " CLIENT "\r\nQueue-Id: " QUEUE_ID "\r\nContent-Length: %zu\r\n\r\n",
		message.n);
	buf_add(&b, message);
	out->turns[0] = buf_span(&b);
	out->turn_count = 1;
}

/* The value of a field of the head, or the empty span. */
static struct span find_field(struct span head, struct span name)
{
	struct span line;

	while (span_next_line(&head, &line))
		if (span_starts_nocase(line, name) && line.n > name.n && line.p[name.n] == ':')
			return span_trim(span_from_offset(line, name.n + 1));
	return span_from("", 0);
}

static enum load_heard hear_http(struct span bytes)
{
	size_t end = span_find(bytes, SPAN("\r\n\r\n"));
	struct span head = span_slice(bytes, 0, end);
	uint64_t length;

	if (end == bytes.n)
		return LOAD_HEARD_PART;
	if (!span_starts(head, SPAN("HTTP/1.")) ||
		!num_parse_u64(find_field(head, SPAN("Content-Length")), BYTES_MOST, &length))
		return LOAD_HEARD_NONSENSE;
	if (bytes.n < end + 4 + length)
		return LOAD_HEARD_PART;
	if (!span_equal(span_slice(head, 8, 5), SPAN(" 200 ")))
		return LOAD_HEARD_REFUSAL;
	return span_equal_nocase(find_field(head, SPAN("Connection")), SPAN("close"))
		? LOAD_HEARD_LAST
		: LOAD_HEARD_REPLY;
}

/* ---- both ---- */

void load_dialogue_make(struct arena *a, enum load_protocol protocol, struct span message,
	struct load_dialogue *out)
{
	*out = (struct load_dialogue){.protocol = protocol};
	if (protocol == LOAD_MILTER)
		make_milter(a, message, out);
	else
		make_http(a, message, out);
}

enum load_heard load_hear(const struct load_dialogue *d, struct span bytes)
{
	return d->protocol == LOAD_MILTER ? hear_milter(bytes) : hear_http(bytes);
}
