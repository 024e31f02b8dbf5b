/*
 * What came over the network, as an answer: records of a DNS message (RFC 1035 section 4) as the text that a
 * table of records has for them, so that nobody can tell the two apart.
 */
#include "dns/inner.h"

#include <arpa/inet.h>

enum {
	CLASS_IN = 1,
	HEADER_SIZE = 12,
	TRUNCATED = 0x02,     /* of the third byte */
	RECORDS_MOST = 100,   /* of an answer */
	JUMPS_MOST = 64,      /* compression pointers of a name */
	WIRE_NAME_MOST = 255, /* RFC 1035 section 2.3.4 */
	TEXT_NAME_MOST = 4 * WIRE_NAME_MOST,
	RCODE_OK = 0,
	RCODE_NXDOMAIN = 3,
};

/* The number of each type on the wire. */
static const uint16_t type_codes[DNS_TYPE_COUNT] = {
	[DNS_A] = 1,
	[DNS_AAAA] = 28,
	[DNS_MX] = 15,
	[DNS_TXT] = 16,
	[DNS_PTR] = 12,
	[DNS_NS] = 2,
	[DNS_SOA] = 6,
	[DNS_CNAME] = 5,
	[DNS_TLSA] = 52,
	[DNS_SPF] = 99,
};

uint16_t dns_type_code(enum dns_type type)
{
	must((unsigned)type < DNS_TYPE_COUNT);
	return type_codes[type];
}

/* ---- bytes ---- */

/* Reads up to `end`; once something is missing, everything reads as 0. */
struct cursor {
	struct span packet;
	size_t at, end;
	bool bad;
};

static unsigned read_number(struct cursor *c, size_t bytes)
{
	unsigned value = 0;

	if (c->bad || c->end - c->at < bytes) {
		c->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)c->packet.p[c->at++];
	return value;
}

static struct span read_bytes(struct cursor *c, size_t n)
{
	struct span bytes;

	if (c->bad || c->end - c->at < n) {
		c->bad = true;
		return SPAN("");
	}
	bytes = span_from(c->packet.p + c->at, n);
	c->at += n;
	return bytes;
}

static void add_label(struct buf *out, struct span label)
{
	if (out->n > 0)
		buf_add_byte(out, '.');
	for (size_t i = 0; i < label.n; i++) {
		unsigned char c = (unsigned char)label.p[i];

		if (c == '.' || c == '\\')
			buf_add_byte(out, '\\');
		if (c <= ' ' || c > '~')
			buf_printf(out, "\\%03u", c);
		else
			buf_add_byte(out, (char)c);
	}
}

/*
 * A name without its final dot, escaped as in zone files; `out` may be NULL. Pointers (RFC 1035 section 4.1.4)
 * may lead anywhere in the message.
 */
static void read_name(struct cursor *c, struct buf *out)
{
	struct cursor inner = {.packet = c->packet, .at = c->at, .end = c->packet.n};
	struct cursor *reader = c;
	size_t length = 0;

	for (unsigned jumps = 0; !reader->bad;) {
		unsigned n = read_number(reader, 1);

		if (n >= 0xc0) {
			unsigned offset = (n & 0x3f) << 8 | read_number(reader, 1);

			c->bad |= reader->bad || offset >= c->packet.n || ++jumps > JUMPS_MOST;
			if (c->bad || out == NULL)
				return;
			inner.at = offset;
			reader = &inner;
			continue;
		}
		length += n + 1;
		if (n == 0 || n > 63 || length > WIRE_NAME_MOST) {
			c->bad |= n != 0;
			break;
		}
		if (out != NULL)
			add_label(out, read_bytes(reader, n));
		else
			(void)read_bytes(reader, n);
	}
	c->bad |= reader->bad;
	if (out != NULL && out->n == 0)
		buf_add_byte(out, '.');
}

/* ---- data of a record ---- */

static void print_v4(struct cursor *c, struct buf *out)
{
	struct span b = read_bytes(c, 4);

	for (size_t i = 0; i < b.n; i++)
		buf_printf(out, "%s%u", i == 0 ? "" : ".", (unsigned char)b.p[i]);
	c->bad |= c->at != c->end;
}

static void print_v6(struct cursor *c, struct buf *out)
{
	struct span b = read_bytes(c, 16);
	char text[INET6_ADDRSTRLEN];

	c->bad |= c->at != c->end;
	if (!c->bad && inet_ntop(AF_INET6, b.p, text, sizeof(text)) != NULL)
		buf_add_string(out, text);
}

/* The strings of a TXT are one text (RFC 7208 section 3.3). */
static void print_strings(struct cursor *c, struct buf *out)
{
	while (!c->bad && c->at < c->end)
		buf_add(out, read_bytes(c, read_number(c, 1)));
}

static void print_soa(struct cursor *c, struct buf *out)
{
	struct buf name;

	read_name(c, out);
	buf_init(&name, out->arena, TEXT_NAME_MOST);
	read_name(c, &name);
	buf_add_byte(out, ' ');
	buf_add(out, buf_span(&name));
	for (int i = 0; i < 5; i++)
		buf_printf(out, " %u", read_number(c, 4));
}

/* RFC 6698 section 2.2 */
static void print_tlsa(struct cursor *c, struct buf *out)
{
	for (int i = 0; i < 3; i++)
		buf_printf(out, "%u ", read_number(c, 1));
	while (!c->bad && c->at < c->end)
		buf_printf(out, "%02x", read_number(c, 1));
}

static void print_data(struct cursor *c, enum dns_type type, struct buf *out, unsigned *preference)
{
	switch (type) {
	case DNS_A:
		print_v4(c, out);
		break;
	case DNS_AAAA:
		print_v6(c, out);
		break;
	case DNS_MX:
		*preference = read_number(c, 2);
		read_name(c, out);
		break;
	case DNS_PTR:
	case DNS_NS:
	case DNS_CNAME:
		read_name(c, out);
		break;
	case DNS_TXT:
	case DNS_SPF:
		print_strings(c, out);
		break;
	case DNS_SOA:
		print_soa(c, out);
		break;
	case DNS_TLSA:
		print_tlsa(c, out);
		break;
	case DNS_TYPE_COUNT:
		break;
	}
}

/* ---- the message ---- */

struct records {
	VEC(struct dns_record);
	bool is_over; /* there are more than RECORDS_MOST */
};

/* One record of the answer section; those of other types are CNAMEs on the way, and signatures. */
static void read_record(struct arena *a, struct cursor *c, enum dns_type type, struct records *out)
{
	unsigned code, class, size, preference = 0;
	struct cursor data;
	struct buf text;

	read_name(c, NULL);
	code = read_number(c, 2);
	class = read_number(c, 2);
	(void)read_number(c, 4); /* how long it may be kept */
	size = read_number(c, 2);
	data = *c;
	(void)read_bytes(c, size);
	if (c->bad || code != dns_type_code(type) || class != CLASS_IN)
		return;
	if (out->n == RECORDS_MOST) {
		out->is_over = true;
		return;
	}
	data.end = c->at;
	/* a byte of data is at most four of text, and a pointer of two bytes a whole name */
	buf_init(&text, a, 4 * (size_t)size + 2 * TEXT_NAME_MOST);
	print_data(&data, type, &text, &preference);
	c->bad |= data.bad;
	if (!c->bad)
		*VEC_ADD(a, out) = (struct dns_record){buf_span(&text), preference};
}

static const char *name_rcode(unsigned rcode)
{
	static const char *const names[] = {
		[1] = "the server did not understand the question (FORMERR)",
		[2] = "server failure",
		[4] = "the server does not know how to answer that (NOTIMP)",
		[5] = "refused",
	};

	return rcode < ARRAY_LEN(names) && names[rcode] != NULL ? names[rcode] : "server failure";
}

enum rc dns_answer_read(struct arena *a, enum dns_type type, struct span packet,
	const struct dns_answer **out, struct why *why)
{
	struct cursor c = {.packet = packet, .end = packet.n};
	struct dns_answer *answer;
	struct records records = {0};
	unsigned flags, questions, count;

	(void)read_number(&c, 2);
	flags = read_number(&c, 2);
	questions = read_number(&c, 2);
	count = read_number(&c, 2);
	(void)read_number(&c, 4);
	if (c.bad)
		return why_set(why, RC_TEMPFAIL, "server failure");
	if ((flags >> 8 & TRUNCATED) != 0)
		return why_set(why, RC_TEMPFAIL, "the answer was cut short");
	if ((flags & 0xf) != RCODE_OK && (flags & 0xf) != RCODE_NXDOMAIN)
		return why_set(why, RC_TEMPFAIL, "%s", name_rcode(flags & 0xf));
	for (unsigned i = 0; i < questions && !c.bad; i++) {
		read_name(&c, NULL);
		(void)read_number(&c, 4);
	}
	for (unsigned i = 0; i < count && !c.bad; i++)
		read_record(a, &c, type, &records);
	if (c.bad)
		return why_set(why, RC_TEMPFAIL, "the answer is not well-formed");
	/* servers turn them about: the first of them would be others each time */
	if (records.is_over)
		return why_set(why, RC_TEMPFAIL, "the answer has more than %d records",
			RECORDS_MOST);
	answer = ARENA_NEW(a, struct dns_answer);
	answer->v = records.v;
	answer->n = records.n;
	answer->status = records.n > 0            ? DNS_FOUND
		: (flags & 0xf) == RCODE_NXDOMAIN ? DNS_NO_NAME
						  : DNS_NO_DATA;
	*out = answer;
	return RC_OK;
}
