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

enum { FOLD_MOST = 256 };

static void fold(char *out, const char *in, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = byte_lower(in[i]);
}

/* Window by window in lower case: memmem is linear, comparing at each place would not be. */
static size_t find_in_windows(struct span s, struct span piece)
{
	char head[FOLD_MOST], window[8 * FOLD_MOST];
	size_t head_n = piece.n < FOLD_MOST ? piece.n : FOLD_MOST;

	fold(head, piece.p, head_n);
	for (size_t start = 0; start + piece.n <= s.n; start += sizeof(window) - head_n + 1) {
		size_t n = s.n - start < sizeof(window) ? s.n - start : sizeof(window);
		const char *at = window;

		fold(window, s.p + start, n);
		while ((at = memmem(at, n - (size_t)(at - window), head, head_n)) != NULL) {
			size_t found = start + (size_t)(at - window);

			if (span_starts_nocase(span_from_offset(s, found), piece))
				return found;
			at++;
		}
	}
	return s.n;
}

size_t span_find_nocase(struct span s, struct span piece)
{
	if (piece.n == 0)
		return 0;
	if (s.n > FOLD_MOST)
		return find_in_windows(s, piece);
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

/*
 * Well-formed UTF-8 as a state machine (RFC 3629 section 4). A state is how far a byte's row is shifted
 * to find the next state in its low six bits: a byte costs one load and one shift, whatever the script.
 * A state says what must come next: a character, 1 to 3 more bytes, or, behind the four leads that
 * narrow it, a second byte. A row leads to BAD (0) where it has no step, and from BAD there is none.
 */
enum { BAD = 0, NEXT = 6, ONE = 12, TWO = 18, THREE = 24, E0 = 30, ED = 36, F0 = 42, F4 = 48 };

#define STEP(from, to) ((uint64_t)(to) << (from))
#define MORE (STEP(ONE, NEXT) | STEP(TWO, ONE) | STEP(THREE, TWO))

static const uint64_t utf8_rows[256] = {
	[0x00 ... 0x7f] = STEP(NEXT, NEXT),
	[0x80 ... 0x8f] = MORE | STEP(ED, ONE) | STEP(F4, TWO),
	[0x90 ... 0x9f] = MORE | STEP(ED, ONE) | STEP(F0, TWO),
	[0xa0 ... 0xbf] = MORE | STEP(E0, ONE) | STEP(F0, TWO),
	[0xc2 ... 0xdf] = STEP(NEXT, ONE),
	[0xe0] = STEP(NEXT, E0),
	[0xe1 ... 0xec] = STEP(NEXT, TWO),
	[0xed] = STEP(NEXT, ED),
	[0xee ... 0xef] = STEP(NEXT, TWO),
	[0xf0] = STEP(NEXT, F0),
	[0xf1 ... 0xf3] = STEP(NEXT, THREE),
	[0xf4] = STEP(NEXT, F4),
};

bool span_is_utf8(struct span s)
{
	unsigned state = NEXT;

	while (s.n > 0) {
		struct span block = span_slice(s, 0, 32);

		s = span_from_offset(s, block.n);
		if (state == NEXT && span_is_ascii(block))
			continue;
		for (size_t i = 0; i < block.n; i++)
			state = utf8_rows[(unsigned char)block.p[i]] >> state & 63;
		if (state == BAD)
			return false;
	}
	return state == NEXT;
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
