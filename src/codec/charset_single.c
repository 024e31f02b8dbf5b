/* Charsets of one byte a character. */
#include "codec/charset.h"

#include <string.h>

/* What a byte becomes. Text is written four bytes at a time, of which `n` count. */
struct unit {
	char text[3];
	uint8_t n;
};

enum { INVALID = 0x80 }; /* in `n`: the byte means nothing */

static size_t character_length(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3;
}

/* A third of a microsecond; cheaper than keeping it, for few messages have more than one such text. */
static void fill_units(struct unit units[static 256], const char *upper)
{
	for (unsigned i = 0; i < 0x80; i++)
		units[i] = (struct unit){{(char)i}, 1};
	for (unsigned i = 0x80; i < 0x100; i++) {
		size_t n = character_length((unsigned char)*upper);

		units[i] = (struct unit){.n = (uint8_t)n};
		memcpy(units[i].text, upper, n);
		if (n == 3 && memcmp(upper, "\xef\xbf\xbd", 3) == 0)
			units[i].n |= INVALID;
		upper += n;
	}
	must(*upper == '\0');
}

/* Eight bytes at once; false near the end. */
static bool load_word(struct span in, size_t at, uint64_t *word)
{
	if (in.n - at < sizeof(*word))
		return false;
	memcpy(word, in.p + at, sizeof(*word));
	return true;
}

/* How many bytes are not ASCII. */
static size_t count_upper(struct span in)
{
	size_t n = 0, at = 0;

	for (uint64_t word; load_word(in, at, &word); at += sizeof(word))
		n += (word >> 7 & 0x0101010101010101) * 0x0101010101010101 >> 56;
	for (; at < in.n; at++)
		n += (unsigned char)in.p[at] >> 7;
	return n;
}

struct span charset_decode_single(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects)
{
	struct unit units[256];
	char *start = arena_alloc_raw(a, in.n + 2 * count_upper(in) + sizeof(units[0]));
	char *out = start;
	uint8_t seen = 0;
	uint64_t word;

	fill_units(units, charset->detail);
	for (size_t i = 0; i < in.n;) {
		size_t stop = num_min(i + sizeof(word), in.n);

		if (load_word(in, i, &word) && (word & 0x8080808080808080) == 0) {
			memcpy(out, &word, sizeof(word));
			out += sizeof(word);
			i = stop;
		}
		for (; i < stop; i++) {
			struct unit unit = units[(unsigned char)in.p[i]];

			memcpy(out, &unit, sizeof(unit));
			out += unit.n & 3;
			seen |= unit.n;
		}
	}
	if ((seen & INVALID) != 0)
		*defects |= CODEC_CHARSET_INVALID;
	return span_from(start, (size_t)(out - start));
}
