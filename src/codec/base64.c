/*
 * Base64 (RFC 2045 section 6.8).
 *
 * DESIGN: clean lines go eight letters at a time through four tables that hold each letter's value
 * already shifted to its place, with one test for all eight; the first byte that is anything else goes
 * through `take_byte`, which knows all the oddities, until a group is whole again. One table and shifts
 * needed a third more time. Vector instructions would be faster still, but decoding is far from being
 * what a scan spends its time on.
 */
#include "codec/codec.h"

#include <endian.h>
#include <string.h>

/* What stands in the tables for a byte that is no letter; no value reaches these bits. */
#define NO_LETTER 0xff000000u

/* clang-format off */
#define X NO_LETTER
#define X16 X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
#define ROWS(s) { \
	X16, X16, \
	X, X, X, X, X, X, X, X, \
	X, X, X, 62u << s, X, X, X, 63u << s, \
	52u << s, 53u << s, 54u << s, 55u << s, 56u << s, 57u << s, 58u << s, 59u << s, \
	60u << s, 61u << s, X, X, X, X, X, X, \
	X, 0u << s, 1u << s, 2u << s, 3u << s, 4u << s, 5u << s, 6u << s, \
	7u << s, 8u << s, 9u << s, 10u << s, 11u << s, 12u << s, 13u << s, 14u << s, \
	15u << s, 16u << s, 17u << s, 18u << s, 19u << s, 20u << s, 21u << s, 22u << s, \
	23u << s, 24u << s, 25u << s, X, X, X, X, X, \
	X, 26u << s, 27u << s, 28u << s, 29u << s, 30u << s, 31u << s, 32u << s, \
	33u << s, 34u << s, 35u << s, 36u << s, 37u << s, 38u << s, 39u << s, 40u << s, \
	41u << s, 42u << s, 43u << s, 44u << s, 45u << s, 46u << s, 47u << s, 48u << s, \
	49u << s, 50u << s, 51u << s, X, X, X, X, X, \
	X16, X16, X16, X16, X16, X16, X16, X16 }
/* clang-format on */

/* The value of a byte as the first to the last letter of a group. */
static const uint32_t table[4][256] = {ROWS(18), ROWS(12), ROWS(6), ROWS(0)};

/* A fast store writes eight bytes of which six count. */
enum { SLACK = 8 };

struct decoder {
	const unsigned char *p; /* what is not read yet */
	const unsigned char *end;
	char *out;
	uint32_t group;       /* letters of an unfinished group, 6 bits each */
	unsigned letters;     /* how many: 0..3 */
	unsigned padding_due; /* = that must follow to make the last group whole */
	bool padded;          /* a padded group is behind us */
	unsigned defects;
};

/* The 24 bits of four letters; bits above them when one is no letter. */
static inline uint32_t read_group(const unsigned char *p)
{
	return table[0][p[0]] | table[1][p[1]] | table[2][p[2]] | table[3][p[3]];
}

/*
 * Leaves d->p at the group with the first byte that is not clean, or less than a group before the end.
 * raw loops: all attachments go through here.
 */
static void take_groups(struct decoder *d)
{
	const unsigned char *p = d->p;

	for (; d->end - p >= 8; p += 8) {
		uint32_t first = read_group(p), second = read_group(p + 4);
		uint64_t bits = htobe64((uint64_t)first << 40 | (uint64_t)second << 16);

		if (((first | second) & NO_LETTER) != 0)
			break;
		memcpy(d->out, &bits, sizeof(bits));
		d->out += 6;
	}
	for (; d->end - p >= 4; p += 4) {
		uint32_t group = read_group(p);
		uint32_t bits = htobe32(group << 8);

		if ((group & NO_LETTER) != 0)
			break;
		memcpy(d->out, &bits, sizeof(bits));
		d->out += 3;
	}
	d->p = p;
}

/* Whole groups and line ends, as far as nothing else comes. */
static void take_lines(struct decoder *d)
{
	const char *start = d->out;

	for (;;) {
		take_groups(d);
		if (d->end - d->p >= 2 && d->p[0] == '\r' && d->p[1] == '\n')
			d->p += 2;
		else if (d->end > d->p && d->p[0] == '\n')
			d->p++;
		else
			break;
	}
	if (d->out == start)
		return;
	d->padding_due = 0;
	if (d->padded)
		d->defects |= CODEC_BASE64_AFTER_PADDING;
}

/* Writes the whole bytes of the group so far and begins a new one. */
static void end_group(struct decoder *d)
{
	uint32_t bits = d->group << (24 - 6 * d->letters);

	for (unsigned i = 1; i < d->letters; i++, bits <<= 8)
		*d->out++ = (char)(bits >> 16);
	d->group = 0;
	d->letters = 0;
}

static void take_padding(struct decoder *d)
{
	if (d->letters == 0) {
		if (d->padding_due > 0)
			d->padding_due--;
		else
			d->defects |= CODEC_BASE64_GARBAGE;
		return;
	}
	if (d->letters == 1)
		d->defects |= CODEC_BASE64_TRUNCATED;
	d->padding_due = 3 - d->letters;
	d->padded = true;
	end_group(d);
}

static void take_byte(struct decoder *d)
{
	char byte = (char)*d->p++;
	uint32_t value = table[3][(unsigned char)byte];

	if (byte_is_space(byte))
		return;
	if (byte == '=') {
		take_padding(d);
		return;
	}
	if (value == NO_LETTER) {
		d->defects |= CODEC_BASE64_GARBAGE;
		return;
	}
	if (d->padded)
		d->defects |= CODEC_BASE64_AFTER_PADDING;
	d->padding_due = 0;
	d->group = d->group << 6 | value;
	if (++d->letters == 4)
		end_group(d);
}

struct span codec_decode_base64(struct arena *a, struct span in, unsigned *defects)
{
	char *out = arena_alloc_raw(a, in.n / 4 * 3 + 3 + SLACK);
	struct decoder d = {.p = (const unsigned char *)in.p, .out = out};

	for (d.end = d.p + in.n; d.p < d.end;) {
		if (d.letters == 0)
			take_lines(&d);
		if (d.p < d.end)
			take_byte(&d);
	}
	if (d.letters > 0 || d.padding_due > 0)
		d.defects |= CODEC_BASE64_TRUNCATED;
	end_group(&d);
	*defects |= d.defects;
	return span_from(out, (size_t)(d.out - out));
}
