/* The bytes around which URLs may stand, found sixteen at a time. */
#include "url/find.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * Whether a URL may stand around this byte: colons, dots and @ that no blank follows, brackets that may hold a dot or
 * an @ in words, and the dots of other writings.
 */
static bool is_trigger(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);
	char next = rest.n > 1 ? rest.p[1] : ' ';

	switch (*rest.p) {
	case '.':
	case '@':
		return (unsigned char)next > ' ';
	case ':':
		return true;
	case '[':
	case '(':
	case '{':
		return memchr("dDaA@.: ", next, 8) != NULL;
	case '\xe3':
		return span_starts(rest, SPAN("\xe3\x80\x82"));
	case '\xef':
		return span_starts(rest, SPAN("\xef\xbc\x8e")) ||
			span_starts(rest, SPAN("\xef\xbd\xa1")) ||
			span_starts(rest, SPAN(FIND_WIDE_COLON));
	default:
		return false;
	}
}

static size_t next_trigger_plain(struct span text, size_t at)
{
	while (at < text.n && !is_trigger(text, at))
		at++;
	return at;
}

#ifdef __SSE2__
/* Bits of the bytes of a block that may be triggers; most others are blanks and letters. */
static unsigned block_mask(const char *p)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* the byte behind each: a dot before a blank ends a sentence */
	__m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	__m128i blank = _mm_or_si128(_mm_cmpeq_epi8(next, _mm_set1_epi8(' ')),
		_mm_cmpeq_epi8(next, _mm_set1_epi8('\n')));
	__m128i dot = _mm_andnot_si128(blank, _mm_cmpeq_epi8(block, _mm_set1_epi8('.')));
	/* ':', '@', '(', '[', '{' and the first bytes of wide dots */
	__m128i other = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')),
		_mm_cmpeq_epi8(block, _mm_set1_epi8('@')));
	__m128i bracket = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('(')),
		_mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8((char)0xdf)),
			_mm_set1_epi8('[')));
	__m128i wide = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xe3)),
		_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xef)));

	return (unsigned)_mm_movemask_epi8(
		_mm_or_si128(_mm_or_si128(dot, other), _mm_or_si128(bracket, wide)));
}

size_t find_next_trigger(struct span text, size_t at)
{
	while (at + 17 <= text.n) {
		for (unsigned mask = block_mask(text.p + at); mask != 0; mask &= mask - 1) {
			size_t found = at + (size_t)__builtin_ctz(mask);

			if (is_trigger(text, found))
				return found;
		}
		at += 16;
	}
	return next_trigger_plain(text, at);
}
#else
size_t find_next_trigger(struct span text, size_t at)
{
	return next_trigger_plain(text, at);
}
#endif
