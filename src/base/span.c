/* Spans: comparing, searching and cutting text that is not ours. */
#include "base/span.h"

#include <string.h>
#include <strings.h>

struct span span_from(const char *p, size_t n)
{
	return (struct span){p, n};
}

struct span span_of(const char *text)
{
	return (struct span){text, text == NULL ? 0 : strlen(text)};
}

bool span_is_null(struct span s)
{
	return s.p == NULL;
}

bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* raw loop: strncasecmp would obey the locale and stop at NUL */
static int compare_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int d = (unsigned char)byte_lower(a[i]) - (unsigned char)byte_lower(b[i]);

		if (d != 0)
			return d;
	}
	return 0;
}

bool span_equal_nocase(struct span a, struct span b)
{
	return a.n == b.n && compare_nocase(a.p, b.p, a.n) == 0;
}

static int compare_length(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

int span_compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : compare_length(a.n, b.n);
}

int span_compare_nocase(struct span a, struct span b)
{
	int d = compare_nocase(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d != 0 ? d : compare_length(a.n, b.n);
}

bool span_starts(struct span s, struct span start)
{
	return s.n >= start.n && span_equal(span_from(s.p, start.n), start);
}

bool span_starts_nocase(struct span s, struct span start)
{
	return s.n >= start.n && compare_nocase(s.p, start.p, start.n) == 0;
}

bool span_ends(struct span s, struct span end)
{
	return s.n >= end.n && span_equal(span_from_offset(s, s.n - end.n), end);
}

bool span_ends_nocase(struct span s, struct span end)
{
	return s.n >= end.n && span_equal_nocase(span_from_offset(s, s.n - end.n), end);
}

size_t span_find_byte(struct span s, char byte)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, byte, s.n);

	return at == NULL ? s.n : (size_t)(at - s.p);
}

size_t span_find_last_byte(struct span s, char byte)
{
	const char *at = s.n == 0 ? NULL : memrchr(s.p, byte, s.n);

	return at == NULL ? s.n : (size_t)(at - s.p);
}

size_t span_find(struct span s, struct span piece)
{
	const char *at;

	if (piece.n == 0)
		return 0;
	if (s.n < piece.n)
		return s.n;
	at = memmem(s.p, s.n, piece.p, piece.n);
	return at == NULL ? s.n : (size_t)(at - s.p);
}

size_t span_find_nocase(struct span s, struct span piece)
{
	for (size_t i = 0; i + piece.n <= s.n; i++)
		if (compare_nocase(s.p + i, piece.p, piece.n) == 0)
			return i;
	return s.n;
}

bool span_has_byte(struct span s, char byte)
{
	return span_find_byte(s, byte) < s.n;
}

struct span span_from_offset(struct span s, size_t start)
{
	if (start > s.n)
		start = s.n;
	return start == 0 ? s : (struct span){s.p + start, s.n - start};
}

struct span span_slice(struct span s, size_t start, size_t n)
{
	s = span_from_offset(s, start);
	if (s.n > n)
		s.n = n;
	return s;
}

struct span span_trim_start(struct span s)
{
	while (s.n > 0 && byte_is_space(*s.p)) {
		s.p++;
		s.n--;
	}
	return s;
}

struct span span_trim_end(struct span s)
{
	while (s.n > 0 && byte_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span span_trim(struct span s)
{
	return span_trim_start(span_trim_end(s));
}

bool span_next(struct span *rest, char separator, struct span *out)
{
	size_t at;

	if (rest->p == NULL)
		return false;
	at = span_find_byte(*rest, separator);
	*out = span_from(rest->p, at);
	if (at == rest->n)
		*rest = span_from(NULL, 0);
	else
		*rest = span_from(rest->p + at + 1, rest->n - at - 1);
	return true;
}

bool span_next_line(struct span *rest, struct span *out)
{
	if (rest->n == 0)
		return false;
	if (!span_next(rest, '\n', out))
		return false;
	if (out->n > 0 && out->p[out->n - 1] == '\r' && rest->p != NULL)
		out->n--;
	return true;
}

bool span_is_ascii(struct span s)
{
	size_t i = 0;

	/* eight bytes at a time: this runs over every text part */
	for (; i + 8 <= s.n; i += 8) {
		uint64_t word;

		memcpy(&word, s.p + i, 8);
		if ((word & 0x8080808080808080ULL) != 0)
			return false;
	}
	for (; i < s.n; i++)
		if ((s.p[i] & 0x80) != 0)
			return false;
	return true;
}

/* The length of the well-formed sequence at `p`, or 0. RFC 3629 section 4. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	unsigned low = 0x80, high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool span_is_utf8(struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.n;) {
		size_t length = utf8_sequence(p + i, s.n - i);

		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

size_t span_count_byte(struct span s, char byte)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += s.p[i] == byte;
	return count;
}

char byte_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool byte_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool byte_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool byte_is_alpha(char c)
{
	return byte_lower(c) >= 'a' && byte_lower(c) <= 'z';
}

bool byte_is_alnum(char c)
{
	return byte_is_alpha(c) || byte_is_digit(c);
}

int byte_hex_value(char c)
{
	if (byte_is_digit(c))
		return c - '0';
	c = byte_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
