/*
 * Runs over bytes, sixteen at a time where the processor can.
 */
#include "html/inner.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLANK HTML_BYTE_BLANK
#define LOWER HTML_BYTE_ALPHA
#define UPPER (HTML_BYTE_ALPHA | HTML_BYTE_UPPER)

const uint8_t html_bytes[256] = {
	['\0'] = HTML_BYTE_NUL,
	['\t'] = BLANK,
	['\n'] = BLANK,
	['\f'] = BLANK,
	['\r'] = BLANK,
	[' '] = BLANK,
	['&'] = HTML_BYTE_AMPERSAND,
	['/'] = HTML_BYTE_SLASH,
	['='] = HTML_BYTE_EQUALS,
	['>'] = HTML_BYTE_GREATER,
	['A' ... 'Z'] = UPPER,
	['a' ... 'z'] = LOWER,
};

unsigned html_byte(char c)
{
	return html_bytes[(unsigned char)c];
}

size_t html_skip_blanks(struct span text, size_t at)
{
	while (at < text.n && (html_bytes[(unsigned char)text.p[at]] & HTML_BYTE_BLANK) != 0)
		at++;
	return at;
}

size_t html_find_any_plain(struct span text, size_t at, const char stops[4])
{
	for (; at < text.n; at++) {
		char c = text.p[at];

		if (c == stops[0] || c == stops[1] || c == stops[2] || c == stops[3])
			break;
	}
	return at;
}

#ifdef __SSE2__
size_t html_find_any(struct span text, size_t at, const char stops[4])
{
	__m128i s0, s1, s2, s3;
	int word;

	/* many runs are short: the four are spread together, as aaaabbbbccccdddd and then each to all */
	memcpy(&word, stops, sizeof(word));
	s3 = _mm_cvtsi32_si128(word);
	s3 = _mm_unpacklo_epi8(s3, s3);
	s3 = _mm_unpacklo_epi16(s3, s3);
	s0 = _mm_shuffle_epi32(s3, 0x00);
	s1 = _mm_shuffle_epi32(s3, 0x55);
	s2 = _mm_shuffle_epi32(s3, 0xaa);
	s3 = _mm_shuffle_epi32(s3, 0xff);
	for (; at + 16 <= text.n; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text.p + at));
		__m128i first = _mm_or_si128(_mm_cmpeq_epi8(v, s0), _mm_cmpeq_epi8(v, s1));
		__m128i second = _mm_or_si128(_mm_cmpeq_epi8(v, s2), _mm_cmpeq_epi8(v, s3));
		unsigned found = (unsigned)_mm_movemask_epi8(_mm_or_si128(first, second));

		if (found != 0)
			return at + (size_t)__builtin_ctz(found);
	}
	return html_find_any_plain(text, at, stops);
}
#else
size_t html_find_any(struct span text, size_t at, const char stops[4])
{
	return html_find_any_plain(text, at, stops);
}
#endif
