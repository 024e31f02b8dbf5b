/* Characters of UTF-8 texts. */
#include "base/utf8.h"

/* How long the character is that a byte begins; 0 for what begins none. */
static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	if (first < 0xe0)
		return 2;
	if (first < 0xf0)
		return 3;
	return first < 0xf5 ? 4 : 0;
}

/* RFC 3629 section 4: no overlong forms, no surrogates, nothing past U+10FFFF. */
static bool is_allowed(uint32_t c, size_t n)
{
	if (n == 3)
		return c >= 0x800 && (c < 0xd800 || c > 0xdfff);
	return n != 4 || (c >= 0x10000 && c <= 0x10ffff);
}

/* The character at the start of `text`; 0 when it is none, else its length. */
static size_t read(struct span text, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n = length_of(p[0]);
	uint32_t c = n < 2 ? p[0] : (uint32_t)(p[0] & (0x7f >> n));

	if (n == 0 || n > text.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*out = c;
	return is_allowed(c, n) ? n : 0;
}

uint32_t utf8_next(struct span *rest)
{
	unsigned char first = (unsigned char)*rest->p;
	uint32_t c = first;
	size_t n = 1;

	/* two bytes of a kind are most of what is not ASCII, and cannot be wrong in more ways */
	if (first >= 0xc2 && first < 0xe0 && rest->n > 1 && (rest->p[1] & 0xc0) == 0x80) {
		c = (uint32_t)(first & 0x1f) << 6 | (rest->p[1] & 0x3f);
		n = 2;
	} else if (first >= 0x80 && (n = read(*rest, &c)) == 0) {
		n = 1;
		c = UTF8_REPLACEMENT;
	}
	*rest = (struct span){rest->p + n, rest->n - n};
	return c;
}

uint32_t utf8_last(struct span *rest)
{
	uint32_t c;

	for (size_t n = 1; n <= UTF8_CHAR_MOST && n <= rest->n; n++) {
		struct span end = {rest->p + rest->n - n, n};

		if (read(end, &c) == n) {
			rest->n -= n;
			return c;
		}
	}
	rest->n--;
	return UTF8_REPLACEMENT;
}

size_t utf8_write(uint32_t c, char out[UTF8_CHAR_MOST])
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = UTF8_REPLACEMENT;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

void utf8_add(struct buf *b, uint32_t c)
{
	char bytes[UTF8_CHAR_MOST];

	buf_add(b, span_from(bytes, utf8_write(c, bytes)));
}

size_t utf8_count(struct span text)
{
	size_t count = 0;

	for (struct span rest = text; rest.n > 0; count++)
		(void)utf8_next(&rest);
	return count;
}
