/*
 * The milter protocol's packets: four bytes of length (big-endian), a command, its data.
 *
 * DESIGN: a packet that lies whole in the input is not copied. One that was cut is collected, as bytes
 * come: its announced length makes no memory. Data must have exactly the form of its command; a server
 * that sends another form and we would not understand each other later either, and the mail is safe in
 * the server's queue when the connection ends.
 */
#include "milter/milter.h"

#include <string.h>

enum { LENGTH_SIZE = 4, OPTIONS_SIZE = 12 };

#define NO_MILTER "; what connects may not speak milter"

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

bool milter_next_string(struct span *list, struct span *out)
{
	if (list->n == 0)
		return false;
	*out = span_slice(*list, 0, span_find_byte(*list, '\0'));
	*list = span_from_offset(*list, out->n + 1);
	return true;
}

static bool ends_with_nul(struct span data)
{
	return data.n > 0 && data.p[data.n - 1] == '\0';
}

/* ---- the data of each command ---- */

static bool parse_nothing(struct span data, struct milter_event *out)
{
	return data.n == 0;
}

static bool parse_bytes(struct span data, struct milter_event *out)
{
	out->text = data;
	return true;
}

static bool parse_string(struct span data, struct milter_event *out)
{
	return ends_with_nul(data) && milter_next_string(&data, &out->text) && data.n == 0;
}

static bool parse_strings(struct span data, struct milter_event *out)
{
	if (!ends_with_nul(data) || !milter_next_string(&data, &out->text))
		return false;
	out->list = data;
	return true;
}

static bool parse_header(struct span data, struct milter_event *out)
{
	if (!ends_with_nul(data) || !milter_next_string(&data, &out->text) || data.n == 0)
		return false;
	out->value = span_slice(data, 0, data.n - 1);
	return out->text.n > 0;
}

static bool parse_macros(struct span data, struct milter_event *out)
{
	if (data.n == 0)
		return false;
	out->stage = (enum milter_command)(unsigned char)data.p[0];
	out->list = span_from_offset(data, 1);
	if (out->list.n > 0 && !ends_with_nul(out->list))
		return false;
	return span_count_byte(out->list, '\0') % 2 == 0;
}

static bool parse_connect(struct span data, struct milter_event *out)
{
	size_t name = span_find_byte(data, '\0');
	struct span rest = span_from_offset(data, name + 1);

	if (name == data.n || rest.n == 0)
		return false;
	out->text = span_slice(data, 0, name);
	out->family = rest.p[0];
	if (out->family == 'U') /* some servers send port and address all the same */
		return true;
	if (rest.n < 4 || !span_has_byte(SPAN("46L"), out->family))
		return false;
	out->port = (uint16_t)((unsigned char)rest.p[1] << 8 | (unsigned char)rest.p[2]);
	rest = span_from_offset(rest, 3);
	return ends_with_nul(rest) && milter_next_string(&rest, &out->address) && rest.n == 0;
}

/* What stands behind the three numbers is for versions to come. */
static bool parse_options(struct span data, struct milter_event *out)
{
	if (data.n < OPTIONS_SIZE)
		return false;
	out->options.version = read_u32(data.p);
	out->options.actions = read_u32(data.p + 4);
	out->options.steps = read_u32(data.p + 8);
	return true;
}

static const struct form {
	bool (*parse)(struct span data, struct milter_event *out);
	const char *text;
} forms[MILTER_COMMAND_MOST + 1] = {
	[MILTER_ABORT] = {parse_nothing, "no data"},
	[MILTER_BODY] = {parse_bytes, "bytes"},
	[MILTER_CONNECT] = {parse_connect, "a name, a family (4, 6, L, U), a port and an address"},
	[MILTER_MACROS] = {parse_macros, "a command, then names and values"},
	[MILTER_END] = {parse_bytes, "bytes"},
	[MILTER_HELO] = {parse_string, "one string"},
	[MILTER_QUIT_NEXT] = {parse_nothing, "no data"},
	[MILTER_HEADER] = {parse_header, "a name and a value"},
	[MILTER_MAIL] = {parse_strings, "an address and arguments"},
	[MILTER_HEADER_END] = {parse_nothing, "no data"},
	[MILTER_NEGOTIATE] = {parse_options, "three numbers"},
	[MILTER_QUIT] = {parse_nothing, "no data"},
	[MILTER_RCPT] = {parse_strings, "an address and arguments"},
	[MILTER_DATA] = {parse_nothing, "no data"},
	[MILTER_UNKNOWN] = {parse_string, "one string"},
};

/* ---- packets ---- */

void milter_parser_init(struct milter_parser *p)
{
	*p = (struct milter_parser){.arena = arena_make(), .packet_most = MILTER_PACKET_MOST};
	buf_init(&p->pending, p->arena, LENGTH_SIZE + p->packet_most);
}

void milter_parser_allow(struct milter_parser *p, size_t packet_most)
{
	must(packet_most >= MILTER_PACKET_MOST);
	p->packet_most = packet_most;
	p->pending.most = LENGTH_SIZE + packet_most;
}

void milter_parser_done(struct milter_parser *p)
{
	arena_free(p->arena);
}

void milter_parser_shrink(struct milter_parser *p)
{
	if (p->taken)
		buf_clear(&p->pending);
	p->taken = false;
	if (p->pending.n > 0 || p->pending.capacity == 0)
		return;
	/* nothing is held while a connection sleeps, and most packets come whole */
	arena_free(p->arena);
	p->arena = arena_make();
	buf_init(&p->pending, p->arena, LENGTH_SIZE + p->packet_most);
}

/* The length is wrong, or there is none yet (0). */
static uint32_t read_length(struct milter_parser *p, struct span bytes)
{
	uint32_t length;

	if (bytes.n < LENGTH_SIZE)
		return 0;
	length = read_u32(bytes.p);
	if (length == 0)
		(void)why_set(&p->why, RC_INVALID, "a packet without a command");
	else if (length > p->packet_most)
		(void)why_set(&p->why, RC_LIMIT,
			"a packet of %u bytes, at most %zu are taken" NO_MILTER, length,
			p->packet_most);
	return length;
}

/* Moves bytes from `rest` to the pending packet until it holds `n`; false when there are too few. */
static bool collect(struct milter_parser *p, struct span *rest, size_t n)
{
	size_t missing = n - p->pending.n;

	buf_add(&p->pending, span_slice(*rest, 0, missing));
	*rest = span_from_offset(*rest, missing);
	return p->pending.n == n;
}

/* The next whole packet without its length; false when there is none yet or it is broken. */
static bool take_packet(struct milter_parser *p, struct span *rest, struct span *out)
{
	uint32_t length = 0;

	if (p->taken)
		buf_clear(&p->pending);
	p->taken = false;
	if (p->pending.n == 0) {
		length = read_length(p, *rest);
		if (p->why.text[0] != '\0')
			return false;
		if (length > 0 && rest->n - LENGTH_SIZE >= length) {
			*out = span_slice(*rest, LENGTH_SIZE, length);
			*rest = span_from_offset(*rest, LENGTH_SIZE + length);
			return true;
		}
	}
	if (p->pending.n < LENGTH_SIZE && !collect(p, rest, LENGTH_SIZE))
		return false;
	length = read_length(p, buf_span(&p->pending));
	if (p->why.text[0] != '\0' || !collect(p, rest, LENGTH_SIZE + (size_t)length))
		return false;
	*out = span_from_offset(buf_span(&p->pending), LENGTH_SIZE);
	p->taken = true;
	return true;
}

static void parse_packet(struct milter_parser *p, struct span packet, struct milter_event *out)
{
	unsigned char command = (unsigned char)packet.p[0];
	const struct form *form = &forms[command <= MILTER_COMMAND_MOST ? command : 0];

	if (form->parse == NULL) {
		(void)why_set(&p->why, RC_INVALID, "no command of the protocol: byte %u" NO_MILTER,
			command);
		return;
	}
	out->command = (enum milter_command)command;
	if (!form->parse(span_from_offset(packet, 1), out))
		(void)why_set(&p->why, RC_INVALID,
			"a malformed packet: command %c with %zu bytes of data, where %s should be",
			command, packet.n - 1, form->text);
}

bool milter_parse(struct milter_parser *p, struct span *rest, struct milter_event *out)
{
	struct span packet = SPAN("");

	memset(out, 0, sizeof(*out));
	if (p->why.text[0] != '\0') {
		*rest = span_from_offset(*rest, rest->n);
		return false;
	}
	if (take_packet(p, rest, &packet))
		parse_packet(p, packet, out);
	else if (p->why.text[0] == '\0')
		return false;
	if (p->why.text[0] != '\0')
		*out = (struct milter_event){.text = span_of(p->why.text)};
	return true;
}

/* ---- replies ---- */

static void put_u32(struct buf *out, uint32_t value)
{
	char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

	buf_add(out, span_from(bytes, sizeof(bytes)));
}

static void put_string(struct buf *out, struct span text)
{
	buf_add(out, text);
	buf_add_byte(out, '\0');
}

static struct span to_first_nul(struct span text)
{
	return span_slice(text, 0, span_find_byte(text, '\0'));
}

static void open_packet(struct buf *out, char reply, size_t data)
{
	put_u32(out, (uint32_t)(1 + data));
	buf_add_byte(out, reply);
}

/* A packet of one string, or of two. */
static void put_packet(struct buf *out, char reply, struct span text)
{
	text = to_first_nul(text);
	open_packet(out, reply, text.n + 1);
	put_string(out, text);
}

static void put_packet_of_two(struct buf *out, char reply, struct span first, struct span second)
{
	first = to_first_nul(first);
	second = to_first_nul(second);
	open_packet(out, reply, first.n + 1 + second.n + 1);
	put_string(out, first);
	put_string(out, second);
}

static void put_indexed(struct buf *out, char reply, uint32_t index, struct span name,
	struct span value)
{
	name = to_first_nul(name);
	value = to_first_nul(value);
	open_packet(out, reply, 4 + name.n + 1 + value.n + 1);
	put_u32(out, index);
	put_string(out, name);
	put_string(out, value);
}

void milter_print_reply(struct buf *out, enum milter_reply reply)
{
	open_packet(out, (char)reply, 0);
}

void milter_print_options(struct buf *out, const struct milter_options *options,
	const struct span macros[MILTER_STAGE_COUNT])
{
	size_t size = OPTIONS_SIZE;

	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++)
		if (!span_is_null(macros[i]))
			size += 4 + to_first_nul(macros[i]).n + 1;
	open_packet(out, MILTER_NEGOTIATE, size);
	put_u32(out, options->version);
	put_u32(out, options->actions);
	put_u32(out, options->steps);
	for (size_t i = 0; i < MILTER_STAGE_COUNT; i++) {
		if (span_is_null(macros[i]))
			continue;
		put_u32(out, (uint32_t)i);
		put_string(out, to_first_nul(macros[i]));
	}
}

void milter_print_reply_text(struct buf *out, struct span text)
{
	put_packet(out, 'y', text);
}

void milter_print_add_header(struct buf *out, struct span name, struct span value)
{
	put_packet_of_two(out, 'h', name, value);
}

void milter_print_insert_header(struct buf *out, uint32_t index, struct span name,
	struct span value)
{
	put_indexed(out, 'i', index, name, value);
}

void milter_print_change_header(struct buf *out, uint32_t index, struct span name,
	struct span value)
{
	put_indexed(out, 'm', index, name, value);
}

void milter_print_change_from(struct buf *out, struct span address, struct span args)
{
	if (span_is_null(args))
		put_packet(out, 'e', address);
	else
		put_packet_of_two(out, 'e', address, args);
}

void milter_print_add_rcpt(struct buf *out, struct span address, struct span args)
{
	if (span_is_null(args))
		put_packet(out, '+', address);
	else
		put_packet_of_two(out, '2', address, args);
}

void milter_print_drop_rcpt(struct buf *out, struct span address)
{
	put_packet(out, '-', address);
}

void milter_print_body(struct buf *out, struct span body)
{
	do {
		struct span chunk = span_slice(body, 0, MILTER_CHUNK_MOST);

		open_packet(out, 'b', chunk.n);
		buf_add(out, chunk);
		body = span_from_offset(body, chunk.n);
	} while (body.n > 0);
}

void milter_print_quarantine(struct buf *out, struct span reason)
{
	put_packet(out, 'q', reason);
}
