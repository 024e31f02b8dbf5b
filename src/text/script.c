/* Which letters a text is written in, and whether they go together. */
#include "text/inner.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const char *text_script_name(enum text_script script)
{
	static const char *const names[] = {
#define SCRIPT(constant, name) name,
		TEXT_SCRIPTS(SCRIPT)
#undef SCRIPT
	};

	must((size_t)script < ARRAY_LEN(names));
	return names[script];
}

static const struct text_char *known_char(uint32_t c)
{
	return text_char_of(c < TEXT_CHARACTERS ? c : UTF8_REPLACEMENT);
}

enum text_script text_script_of(uint32_t c)
{
	return (enum text_script)known_char(c)->script;
}

bool text_is_invisible(uint32_t c)
{
	return known_char(c)->kind == TEXT_DROP;
}

bool text_is_bidi_control(uint32_t c)
{
	return known_char(c)->is_bidi;
}

/* How much ASCII stands at the start, and its letters. */
static size_t count_ascii(const char *p, size_t n, size_t *letters)
{
	size_t i = 0, count = 0;

#ifdef __SSE2__
	__m128i sum = _mm_setzero_si128();

	for (; i + 16 <= n; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i low = _mm_or_si128(x, _mm_set1_epi8(0x20));
		__m128i is_letter = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
			_mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));

		if (_mm_movemask_epi8(x) != 0)
			break;
		sum = _mm_add_epi64(sum,
			_mm_sad_epu8(_mm_and_si128(is_letter, _mm_set1_epi8(1)),
				_mm_setzero_si128()));
	}
	count = (unsigned)_mm_cvtsi128_si32(sum) +
		(unsigned)_mm_cvtsi128_si32(_mm_srli_si128(sum, 8));
#endif
	for (; i < n && (unsigned char)p[i] < 0x80; i++)
		count += (unsigned char)((p[i] | 0x20) - 'a') < 26;
	*letters += count;
	return i;
}

void text_count_scripts(struct span text, struct text_scripts *out)
{
	*out = (struct text_scripts){.total = 0};
	for (struct span rest = text; rest.n > 0;) {
		const struct text_char *row;

		if ((unsigned char)*rest.p < 0x80) {
			size_t n = count_ascii(rest.p, rest.n, &out->letters[TEXT_LATIN]);

			rest = (struct span){rest.p + n, rest.n - n};
			continue;
		}
		row = text_char_of(utf8_next(&rest));
		out->letters[row->script] += row->is_letter;
	}
	for (size_t i = 0; i < TEXT_SCRIPT_COUNT; i++)
		out->total += out->letters[i];
}

/* ---- scripts within a word ---- */

#define BIT(script) (UINT32_C(1) << TEXT_##script)

/* What is known of the letters between two other characters. */
struct piece {
	uint32_t scripts;
	unsigned greek, greek_like; /* letters, and those that look like ASCII */
	unsigned capitals;          /* Latin ones at the start */
	bool is_ending; /* then Cyrillic small letters, and nothing else: VIPы, SMSки */
};

static void add_letter(struct piece *p, const struct text_char *row)
{
	uint32_t bit = UINT32_C(1) << row->script;

	if (row->script == TEXT_COMMON)
		return;
	if (p->scripts == 0)
		p->is_ending = true;
	if (bit == BIT(LATIN) && p->is_ending && !row->is_cased_low &&
		(p->scripts & ~BIT(LATIN)) == 0)
		p->capitals++;
	else if (bit != BIT(CYRILLIC) || !row->is_cased_low)
		p->is_ending = false;
	if (bit == BIT(GREEK)) {
		p->greek++;
		p->greek_like += row->is_ascii_like;
	}
	p->scripts |= bit;
}

/*
 * A Greek letter that nobody takes for a Latin one stands for itself: kΩ, ΔT, μTorrent. In Russian, names from
 * abroad get endings.
 */
static bool is_mixed(const struct piece *p)
{
	static const uint32_t writings[] = {
		BIT(LATIN) | BIT(HAN) | BIT(HIRAGANA) | BIT(KATAKANA),
		BIT(LATIN) | BIT(HAN) | BIT(HANGUL),
	};
	uint32_t others = p->scripts & ~BIT(LATIN);

	for (size_t i = 0; i < ARRAY_LEN(writings); i++)
		if ((p->scripts & ~writings[i]) == 0)
			return false;
	if ((others & (others - 1)) != 0)
		return true;
	if (others == p->scripts)
		return false;
	if (others == BIT(GREEK))
		return p->greek_like > 0 || p->greek > 1;
	if (others == BIT(CYRILLIC))
		return !p->is_ending || p->capitals < 2;
	return others == BIT(OTHER) || others == BIT(ARMENIAN);
}

/* What is neither letter, digit nor mark, a hyphen above all, parts what may be of two languages: USB-кабель. */
bool text_is_mixed(struct span word)
{
	struct piece piece = {0};

	if (span_is_ascii(word))
		return false;
	for (struct span rest = word; rest.n > 0;) {
		const struct text_char *row = text_char_of(utf8_next(&rest));

		if (row->is_letter) {
			add_letter(&piece, row);
		} else if (row->class != TEXT_DIGIT && row->class != TEXT_EXTEND) {
			if (is_mixed(&piece))
				return true;
			piece = (struct piece){0};
		}
	}
	return is_mixed(&piece);
}

bool text_is_lookalike(struct span word)
{
	bool has_other = false;

	if (span_is_ascii(word))
		return false;
	for (struct span rest = word; rest.n > 0;) {
		bool is_ascii = (unsigned char)*rest.p < 0x80;
		const struct text_char *row = text_char_of(utf8_next(&rest));

		if (row->is_letter && !row->is_ascii_like)
			return false;
		has_other |= row->is_letter && !is_ascii;
	}
	return has_other;
}
