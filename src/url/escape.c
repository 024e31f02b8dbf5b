/* Bytes and characters of URLs: what is percent-encoded, and what is odd. */
#include "url/inner.h"

#include <string.h>

#include "text/text.h"

enum {
	FROM_FRAGMENT = URL_SET_FRAGMENT | URL_SET_QUERY | URL_SET_SPECIAL_QUERY | URL_SET_PATH |
		URL_SET_USER,
	FROM_QUERY = URL_SET_QUERY | URL_SET_SPECIAL_QUERY | URL_SET_PATH | URL_SET_USER,
	FROM_PATH = URL_SET_PATH | URL_SET_USER,
	ALL = URL_SET_CONTROL | FROM_FRAGMENT,
};

const uint8_t url_byte_sets[256] = {
	[0x00 ... 0x1f] = ALL,
	[0x7f ... 0xff] = ALL,
	[' '] = FROM_FRAGMENT,
	['"'] = FROM_FRAGMENT,
	['<'] = FROM_FRAGMENT,
	['>'] = FROM_FRAGMENT,
	['`'] = URL_SET_FRAGMENT | FROM_PATH,
	['#'] = FROM_QUERY,
	['\''] = URL_SET_SPECIAL_QUERY,
	['?'] = FROM_PATH,
	['^'] = FROM_PATH,
	['{'] = FROM_PATH,
	['}'] = FROM_PATH,
	['/'] = URL_SET_USER,
	[':'] = URL_SET_USER,
	[';'] = URL_SET_USER,
	['='] = URL_SET_USER,
	['@'] = URL_SET_USER,
	['['] = URL_SET_USER,
	['\\'] = URL_SET_USER,
	[']'] = URL_SET_USER,
	['|'] = URL_SET_USER,
};

const char *url_oddity_name(enum url_oddity oddity)
{
	static const char *const names[] = {
#define ODDITY(constant, name, meaning) name,
		URL_ODDITIES(ODDITY)
#undef ODDITY
	};

	must((size_t)oddity < ARRAY_LEN(names));
	return names[oddity];
}

static void add_escape(struct buf *out, char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[3] = {'%', digits[(unsigned char)byte >> 4], digits[byte & 15]};

	buf_add(out, span_from(escape, sizeof(escape)));
}

/* The character at the start of the rest, and beyond it. */
static void add_character(struct buf *out, struct span *rest)
{
	struct span before = *rest;

	if (utf8_next(rest) == UTF8_REPLACEMENT) {
		buf_add(out, SPAN("%EF%BF%BD"));
		return;
	}
	for (size_t i = 0; i < before.n - rest->n; i++)
		add_escape(out, before.p[i]);
}

void url_add_encoded(struct buf *out, struct span text, enum url_byte_set set)
{
	while (text.n > 0) {
		size_t n = 0;

		while (n < text.n && (url_byte_sets[(unsigned char)text.p[n]] & set) == 0)
			n++;
		buf_add(out, span_from(text.p, n));
		text = span_from_offset(text, n);
		if (text.n > 0)
			add_character(out, &text);
	}
}

int url_read_escape(struct span text)
{
	int high, low;

	if (text.n < 3 || text.p[0] != '%')
		return -1;
	high = byte_hex_value(text.p[1]);
	low = byte_hex_value(text.p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool url_add_decoded(struct buf *out, struct span text)
{
	bool any = false;

	while (text.n > 0) {
		int byte = url_read_escape(text);

		buf_add_byte(out, byte < 0 ? *text.p : (char)byte);
		any = any || byte >= 0;
		text = span_from_offset(text, byte < 0 ? 1 : 3);
	}
	return any;
}

/* Variation selectors and the joiners: they belong to emoji and to the writing of many languages. */
static bool is_joiner(uint32_t c)
{
	return c == 0x200c || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f);
}

/* `before` is the character before it: behind an ASCII letter a joiner has nothing to join. */
static uint32_t odd_character(uint32_t c, uint32_t before)
{
	if (text_is_bidi_control(c))
		return URL_ODD(BIDI);
	if (is_joiner(c) && (before > 0x7f || !byte_is_alpha((char)before)))
		return 0;
	return text_is_invisible(c) ? URL_ODD(INVISIBLE) : 0;
}

uint32_t url_odd_characters(struct span text)
{
	uint32_t odd = 0, before = 0;

	while (text.n > 0) {
		uint32_t c = (unsigned char)*text.p;

		if (c >= ' ' && c < 0x7f) {
			text = (struct span){text.p + 1, text.n - 1};
			before = c;
			continue;
		}
		c = utf8_next(&text);
		if (c == UTF8_REPLACEMENT)
			odd |= URL_ODD(BAD_UTF8);
		else if (c < ' ' || (c >= 0x7f && c < 0xa0))
			odd |= URL_ODD(CONTROLS);
		else if (c > 0x7f)
			odd |= odd_character(c, before);
		before = c;
	}
	return odd;
}

/* The character whose bytes are the escapes at the start; how many escapes it takes. */
static size_t read_escaped(struct span text, uint32_t *out)
{
	char bytes[UTF8_CHAR_MOST];
	struct span rest = {bytes, 0};
	size_t n;
	int byte;

	while (rest.n < sizeof(bytes) &&
		(byte = url_read_escape(span_from_offset(text, 3 * rest.n))) >= 0)
		bytes[rest.n++] = (char)byte;
	n = rest.n;
	if (n > 0)
		*out = utf8_next(&rest);
	return n - rest.n;
}

uint32_t url_odd_escapes(struct span path)
{
	uint32_t odd = 0, before = 0;

	if (!span_has_byte(path, '%'))
		return 0;
	while (path.n > 0) {
		uint32_t c = (unsigned char)*path.p;
		size_t n = c == '%' ? read_escaped(path, &c) : 0;

		if (n > 0 && c > 0x7f)
			odd |= odd_character(c, before);
		before = c;
		path = span_from_offset(path, n == 0 ? 1 : 3 * n);
	}
	return odd;
}
