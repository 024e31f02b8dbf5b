/* UTF-8 that is broken, UTF-16 and UTF-32. */
#include "codec/charset.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

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

	buf_init(&out, a, in.n * strlen(REPLACEMENT));
	while (at < in.n) {
		bool broken;
		size_t n = character_length(span_from_offset(in, at), &broken);

		if (broken) {
			buf_add(&out, span_slice(in, start, at - start));
			buf_add(&out, SPAN(REPLACEMENT));
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

	if (w->width == 2 && c >= 0xd800 && c <= 0xdbff && has_unit(w)) {
		uint32_t low = read_unit(w);

		if (low >= 0xdc00 && low <= 0xdfff)
			return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		w->p -= w->width;
	}
	if (c <= 0x10ffff && (c < 0xd800 || c > 0xdfff))
		return c;
	*broken = true;
	return 0xfffd;
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
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
		out = put_utf8(out, 0xfffd);
	if (broken)
		*defects |= CODEC_CHARSET_INVALID;
	return span_from(start, (size_t)(out - start));
}
