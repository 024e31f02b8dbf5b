/* UTF-8 that is broken, UTF-16, UTF-32 and UTF-7. */
#include "codec/charset.h"

#include <string.h>

enum { REPLACEMENT = 0xfffd };

/* The halves of a character above U+FFFF in UTF-16. */
static bool is_high(uint32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static uint32_t join_surrogates(uint32_t high, uint32_t low)
{
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c >= 0x10000)
		*out++ = (char)(0xf0 | c >> 18);
	if (c >= 0x800)
		*out++ = (char)((c >= 0x10000 ? 0x80 : 0xe0) | (c >> 12 & 0x3f));
	*out++ = (char)((c >= 0x800 ? 0x80 : 0xc0) | (c >> 6 & 0x3f));
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/*
 * The length of the character at the start of the text, or, when it is broken, of the longest start of
 * one, so that each broken character becomes one U+FFFD, as browsers do it.
 */
static size_t character_length(struct span text, bool *broken)
{
	unsigned char lead = (unsigned char)text.p[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	size_t n = 1;

	*broken = false;
	if (lead < 0x80)
		return 1;
	*broken = true;
	if (lead < 0xc2 || lead > 0xf4)
		return 1;
	/* RFC 3629 section 4: no overlong forms, surrogates, or numbers above U+10FFFF */
	if (lead == 0xe0 || lead == 0xf0)
		low = lead == 0xe0 ? 0xa0 : 0x90;
	if (lead == 0xed || lead == 0xf4)
		high = lead == 0xed ? 0x9f : 0x8f;
	while (n < length && n < text.n && (unsigned char)text.p[n] >= low &&
		(unsigned char)text.p[n] <= high) {
		low = 0x80;
		high = 0xbf;
		n++;
	}
	*broken = n < length;
	return n;
}

static struct span repair_utf8(struct arena *a, struct span in)
{
	struct buf out;
	size_t start = 0, at = 0;

	buf_init(&out, a, 3 * in.n);
	while (at < in.n) {
		bool broken;
		size_t n = character_length(span_from_offset(in, at), &broken);

		if (broken) {
			buf_add(&out, span_slice(in, start, at - start));
			buf_add(&out, SPAN("\xef\xbf\xbd"));
			start = at + n;
		}
		at += n;
	}
	buf_add(&out, span_from_offset(in, start));
	return buf_span(&out);
}

struct span charset_decode_utf8(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects)
{
	if (span_is_utf8(in))
		return in;
	*defects |= CODEC_CHARSET_INVALID;
	return repair_utf8(a, in);
}

/* What is left of UTF-16 or UTF-32. */
struct wide {
	const unsigned char *p, *end;
	size_t width; /* bytes of a unit */
	bool big;     /* endian */
};

/* Needs a whole unit. */
static uint32_t read_unit(struct wide *w)
{
	uint32_t unit = 0;

	for (size_t i = 0; i < w->width; i++)
		unit |= (uint32_t)w->p[i] << 8 * (w->big ? w->width - 1 - i : i);
	w->p += w->width;
	return unit;
}

static bool has_unit(const struct wide *w)
{
	return (size_t)(w->end - w->p) >= w->width;
}

/* The byte order mark, if there is one, knows better than the label. */
static void read_bom(struct wide *w)
{
	static const unsigned char little[4] = {0xff, 0xfe, 0, 0}, big[4] = {0, 0, 0xfe, 0xff};

	if (!has_unit(w))
		return;
	if (memcmp(w->p, little, w->width) == 0)
		w->big = false;
	else if (memcmp(w->p, big + 4 - w->width, w->width) == 0)
		w->big = true;
	else
		return;
	w->p += w->width;
}

/* The next character, or U+FFFD with `broken`. */
static uint32_t read_character(struct wide *w, bool *broken)
{
	uint32_t c = read_unit(w);

	if (w->width == 2 && is_high(c) && has_unit(w)) {
		uint32_t low = read_unit(w);

		if (is_low(low))
			return join_surrogates(c, low);
		w->p -= w->width;
	}
	if (c <= 0x10ffff && !is_high(c) && !is_low(c))
		return c;
	*broken = true;
	return REPLACEMENT;
}

struct span charset_decode_wide(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects)
{
	enum charset_kind kind = charset->kind;
	struct wide w = {
		.p = (const unsigned char *)in.p,
		.end = (const unsigned char *)in.p + in.n,
		.width = kind == CHARSET_UTF16LE || kind == CHARSET_UTF16BE ? 2 : 4,
		.big = kind == CHARSET_UTF16BE || kind == CHARSET_UTF32BE,
	};
	/* two bytes become three at the most, and four become four; and one for a broken end */
	char *start = arena_alloc_raw(a, in.n / 2 * 3 + 3);
	char *out = start;
	bool broken = in.n % w.width != 0;

	read_bom(&w);
	while (has_unit(&w))
		out = put_utf8(out, read_character(&w, &broken));
	if (w.p < w.end)
		out = put_utf8(out, REPLACEMENT);
	if (broken)
		*defects |= CODEC_CHARSET_INVALID;
	return span_from(start, (size_t)(out - start));
}

/* A run of UTF-16 within UTF-7. */
struct run {
	char *out;
	uint32_t bits; /* not yet a unit */
	unsigned bit_count;
	uint32_t high; /* waits for its other half */
	bool broken;
};

static void put_unit(struct run *r, uint32_t unit)
{
	if (r->high != 0 && is_low(unit)) {
		r->out = put_utf8(r->out, join_surrogates(r->high, unit));
		r->high = 0;
		return;
	}
	if (r->high != 0 || is_low(unit)) {
		r->out = put_utf8(r->out, REPLACEMENT);
		r->broken = true;
	}
	r->high = is_high(unit) ? unit : 0;
	if (!is_high(unit) && !is_low(unit))
		r->out = put_utf8(r->out, unit);
}

/* 0..63, or -1. */
static int base64_value(char c)
{
	if (byte_is_digit(c))
		return c - '0' + 52;
	if (byte_is_alpha(c))
		return byte_lower(c) - 'a' + (c >= 'a' ? 26 : 0);
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Behind a `+`: returns what is left behind the run and the `-` that may close it. */
static struct span decode_run(struct run *r, struct span in)
{
	size_t n = 0;

	r->bits = r->bit_count = r->high = 0;
	for (int value; n < in.n && (value = base64_value(in.p[n])) >= 0; n++) {
		r->bits = r->bits << 6 | (uint32_t)value;
		r->bit_count += 6;
		if (r->bit_count >= 16) {
			r->bit_count -= 16;
			put_unit(r, r->bits >> r->bit_count & 0xffff);
		}
	}
	/* less than a letter may be left over, and it is zero */
	if (r->high != 0 || r->bit_count >= 6 || (r->bits & ((1u << r->bit_count) - 1)) != 0) {
		r->out = put_utf8(r->out, REPLACEMENT);
		r->broken = true;
	}
	if (n == 0) {
		*r->out++ = '+';
		r->broken |= !span_starts(in, SPAN("-"));
	}
	return span_from_offset(in, n + (n < in.n && in.p[n] == '-'));
}

/* RFC 2152; all of ASCII may stand for itself, as mail programs allow. */
struct span charset_decode_utf7(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects)
{
	char *start = arena_alloc_raw(a, 3 * in.n);
	struct run r = {.out = start};

	while (in.n > 0) {
		char c = in.p[0];

		in = span_from_offset(in, 1);
		if (c == '+') {
			in = decode_run(&r, in);
		} else if ((c & 0x80) == 0) {
			*r.out++ = c;
		} else {
			r.out = put_utf8(r.out, REPLACEMENT);
			r.broken = true;
		}
	}
	if (r.broken)
		*defects |= CODEC_CHARSET_INVALID;
	return span_from(start, (size_t)(r.out - start));
}
