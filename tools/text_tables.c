/*
 * Writes the tables of src/text/inner.h from ICU's data: text_tables OUT. Runs when winnow is built.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include "text/inner.h"

enum {
	CHARS_MOST = 60000,
	POOL_MOST = 65536,
	SLOTS = 1 << 17,
	UNITS = 128,
	BYTES = 256,
	OWN_LETTERS = 400
};

static const UNormalizer2 *normal;
static USpoofChecker *spoof;

static struct text_char chars[CHARS_MOST];
static size_t char_count;
static uint16_t char_slots[SLOTS];
static unsigned char pool[POOL_MOST] = {0};
static size_t pool_size = 1;
static uint16_t pool_slots[SLOTS];
static uint16_t blocks[TEXT_CHARACTERS / TEXT_BLOCK];
static uint16_t places[TEXT_CHARACTERS];
static size_t block_count;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "text_tables: %s\n", what);
	exit(1);
}

/* ---- texts of ICU ---- */

struct units {
	UChar v[UNITS];
	int32_t n;
};

static struct units units_of(UChar32 c)
{
	struct units out = {.n = 0};

	U16_APPEND_UNSAFE(out.v, out.n, c);
	return out;
}

static struct units fold(const struct units *in)
{
	UErrorCode error = U_ZERO_ERROR;
	struct units out;

	out.n = unorm2_normalize(normal, in->v, in->n, out.v, UNITS, &error);
	check(U_SUCCESS(error), "folding");
	return out;
}

static struct units skeleton(const struct units *in)
{
	UErrorCode error = U_ZERO_ERROR;
	struct units out;

	out.n = uspoof_getSkeleton(spoof, 0, in->v, in->n, out.v, UNITS, &error);
	check(U_SUCCESS(error), "skeletons");
	return out;
}

static bool same(const struct units *a, const struct units *b)
{
	return a->n == b->n && u_memcmp(a->v, b->v, a->n) == 0;
}

static bool is_ascii_alnum(const struct units *text)
{
	for (int32_t i = 0; i < text->n; i++)
		if (text->v[i] > 127 || !byte_is_alnum((char)text->v[i]))
			return false;
	return text->n > 0;
}

static UChar32 last_of(const struct units *text)
{
	int32_t i = text->n;
	UChar32 c;

	U16_PREV(text->v, 0, i, c);
	return c;
}

/* ---- lookalikes ---- */

/* The prototype of m is "rn", that of 0 is "O": the ASCII letter that has this one, else the prototype itself. */
static struct units ascii_of(const struct units *prototype)
{
	static const char order[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct units out = *prototype;

	for (const char *p = order; *p != '\0'; p++) {
		struct units letter = units_of(*p), one = skeleton(&letter);

		if (same(&one, prototype)) {
			out = letter;
			break;
		}
	}
	for (int32_t i = 0; i < out.n; i++)
		out.v[i] = (UChar)byte_lower((char)out.v[i]);
	return out;
}

static bool looks_like_ascii(UChar32 c, struct units *out)
{
	struct units one = units_of(c), prototype;

	if (c < 128 || !(u_isalnum(c) || u_charType(c) == U_LETTER_NUMBER))
		return false;
	prototype = skeleton(&one);
	if (!is_ascii_alnum(&prototype))
		return false;
	*out = ascii_of(&prototype);
	return true;
}

/*
 * The folded character decides, since its capital may look like another letter (the capital of iota like l); what looks
 * like ASCII as a capital alone is that capital's letter.
 */
static struct units look(UChar32 c, const struct units *folded)
{
	struct units out = {.n = 0}, piece;

	for (int32_t i = 0; i < folded->n;) {
		UChar32 f;

		U16_NEXT(folded->v, i, folded->n, f);
		if (!looks_like_ascii(f, &piece) &&
			!(u_countChar32(folded->v, folded->n) == 1 && looks_like_ascii(c, &piece)))
			piece = units_of(f);
		u_memcpy(out.v + out.n, piece.v, piece.n);
		out.n += piece.n;
	}
	return same(&out, folded) ? out : fold(&out);
}

/* ---- rows ---- */

static uint16_t keep_text(const struct units *text)
{
	UErrorCode error = U_ZERO_ERROR;
	char bytes[BYTES];
	int32_t n;
	size_t slot;

	(void)u_strToUTF8(bytes, BYTES, &n, text->v, text->n, &error);
	check(U_SUCCESS(error) && n > 0 && n < BYTES, "a text that is too long");
	slot = text_hash(span_from(bytes, (size_t)n)) % SLOTS;
	for (; pool_slots[slot] != 0; slot = (slot + 1) % SLOTS)
		if (span_equal(span_from((char *)pool + pool_slots[slot] + 1,
				       pool[pool_slots[slot]]),
			    span_from(bytes, (size_t)n)))
			return pool_slots[slot];
	check(pool_size + 1 + (size_t)n <= POOL_MOST, "too many texts");
	pool_slots[slot] = (uint16_t)pool_size;
	pool[pool_size] = (unsigned char)n;
	memcpy(pool + pool_size + 1, bytes, (size_t)n);
	pool_size += 1 + (size_t)n;
	return pool_slots[slot];
}

static uint8_t script_of(UChar32 c)
{
	static const struct {
		UScriptCode code;
		enum text_script script;
	} rows[] = {
		/* Bopomofo is written beside Han, and by nobody alone */
		{USCRIPT_BOPOMOFO, TEXT_HAN},
		{USCRIPT_UNKNOWN, TEXT_COMMON},
		{USCRIPT_COMMON, TEXT_COMMON},
		{USCRIPT_INHERITED, TEXT_COMMON},
		{USCRIPT_LATIN, TEXT_LATIN},
		{USCRIPT_CYRILLIC, TEXT_CYRILLIC},
		{USCRIPT_GREEK, TEXT_GREEK},
		{USCRIPT_ARMENIAN, TEXT_ARMENIAN},
		{USCRIPT_GEORGIAN, TEXT_GEORGIAN},
		{USCRIPT_HEBREW, TEXT_HEBREW},
		{USCRIPT_ARABIC, TEXT_ARABIC},
		{USCRIPT_DEVANAGARI, TEXT_DEVANAGARI},
		{USCRIPT_BENGALI, TEXT_BENGALI},
		{USCRIPT_GURMUKHI, TEXT_GURMUKHI},
		{USCRIPT_GUJARATI, TEXT_GUJARATI},
		{USCRIPT_TAMIL, TEXT_TAMIL},
		{USCRIPT_TELUGU, TEXT_TELUGU},
		{USCRIPT_KANNADA, TEXT_KANNADA},
		{USCRIPT_MALAYALAM, TEXT_MALAYALAM},
		{USCRIPT_SINHALA, TEXT_SINHALA},
		{USCRIPT_THAI, TEXT_THAI},
		{USCRIPT_LAO, TEXT_LAO},
		{USCRIPT_MYANMAR, TEXT_MYANMAR},
		{USCRIPT_KHMER, TEXT_KHMER},
		{USCRIPT_ETHIOPIC, TEXT_ETHIOPIC},
		{USCRIPT_HAN, TEXT_HAN},
		{USCRIPT_HIRAGANA, TEXT_HIRAGANA},
		{USCRIPT_KATAKANA, TEXT_KATAKANA},
		{USCRIPT_HANGUL, TEXT_HANGUL},
	};
	UErrorCode error = U_ZERO_ERROR;
	UScriptCode all[64];

	if (uscript_getScriptExtensions(c, all, 64, &error) > 1)
		return TEXT_COMMON;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == all[0])
			return (uint8_t)rows[i].script;
	return TEXT_OTHER;
}

static bool is_unspaced(UChar32 c)
{
	return uscript_hasScript(c, USCRIPT_HAN) || uscript_hasScript(c, USCRIPT_HIRAGANA) ||
		uscript_hasScript(c, USCRIPT_KATAKANA) ||
		u_getIntPropertyValue(c, UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
}

static enum text_class class_of_other(UChar32 c)
{
	switch (u_getIntPropertyValue(c, UCHAR_WORD_BREAK)) {
	case U_WB_EXTEND:
	case U_WB_FORMAT:
	case U_WB_ZWJ:
		return TEXT_EXTEND;
	case U_WB_NUMERIC:
		return TEXT_DIGIT;
	case U_WB_ALETTER:
	case U_WB_HEBREW_LETTER:
	case U_WB_KATAKANA:
		return TEXT_LETTER;
	case U_WB_MIDLETTER:
	case U_WB_MIDNUMLET:
	case U_WB_EXTENDNUMLET:
		return c == ':' ? TEXT_BREAK : TEXT_MIDDLE;
	case U_WB_SINGLE_QUOTE:
		return TEXT_MIDDLE;
	case U_WB_MIDNUM:
		return c == ';' ? TEXT_BREAK : TEXT_MIDDLE_NUM;
	default:
		return TEXT_BREAK;
	}
}

static enum text_class class_of(UChar32 c, bool is_letter, enum text_kind kind)
{
	enum text_class class = class_of_other(c);

	if (kind == TEXT_DROP || class == TEXT_EXTEND)
		return TEXT_EXTEND;
	if (class == TEXT_DIGIT || u_charType(c) == U_DECIMAL_DIGIT_NUMBER)
		return TEXT_DIGIT;
	if (is_letter)
		return is_unspaced(c) ? TEXT_UNSPACED : TEXT_LETTER;
	return class;
}

static enum text_kind kind_of(UChar32 c, const struct units *original, const struct units *folded)
{
	/* what ties notes to a text is not seen either, though Unicode does not say "ignorable" */
	if (folded->n == 0 || (c >= 0xfff9 && c <= 0xfffb))
		return TEXT_DROP;
	if (unorm2_hasBoundaryBefore(normal, c))
		return same(original, folded) ? TEXT_SAME : TEXT_MAP;
	return u_getCombiningClass(c) > 0 && same(original, folded) &&
			u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) == UNORM_YES
		? TEXT_MARK
		: TEXT_JOIN;
}

static struct text_char row_of(UChar32 c)
{
	struct units original = units_of(c), folded = fold(&original), looks;
	struct text_char row;

	/* rows are compared byte by byte */
	memset(&row, 0, sizeof(row));
	row.kind = (uint8_t)kind_of(c, &original, &folded);
	row.is_letter = (U_GET_GC_MASK(c) & U_GC_L_MASK) != 0;
	row.script = script_of(c);
	row.class = (uint8_t)class_of(c, row.is_letter, (enum text_kind)row.kind);
	row.is_cased_low = u_islower(c);
	row.is_bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
	if (row.kind == TEXT_DROP)
		return row;
	row.order = (uint8_t)u_getIntPropertyValue(row.kind == TEXT_MARK ? c : last_of(&folded),
		row.kind == TEXT_MARK ? UCHAR_CANONICAL_COMBINING_CLASS
				      : UCHAR_TRAIL_CANONICAL_COMBINING_CLASS);
	if (row.kind == TEXT_MAP)
		row.fold = keep_text(&folded);
	looks = look(c, &folded);
	if (!same(&looks, &folded))
		row.look = keep_text(&looks);
	/* a Latin letter that looks like two, as sharp s and ae do, stands for itself in the languages that have it */
	row.is_ascii_like = row.is_letter && is_ascii_alnum(&looks) &&
		(looks.n == 1 || row.script != TEXT_LATIN);
	return row;
}

static uint16_t keep_row(const struct text_char *row)
{
	struct span key = span_from((const char *)row, sizeof(*row));
	size_t slot = text_hash(key) % SLOTS;

	for (; char_slots[slot] != 0; slot = (slot + 1) % SLOTS)
		if (memcmp(&chars[char_slots[slot] - 1], row, sizeof(*row)) == 0)
			return (uint16_t)(char_slots[slot] - 1);
	check(char_count < CHARS_MOST, "too many kinds of characters");
	chars[char_count++] = *row;
	char_slots[slot] = (uint16_t)char_count;
	return (uint16_t)(char_count - 1);
}

static void make_block(UChar32 first)
{
	uint16_t *block = places + block_count * TEXT_BLOCK;
	size_t i;

	for (UChar32 k = 0; k < TEXT_BLOCK; k++) {
		/* no text has a surrogate, and ICU would fold none */
		UChar32 c = U_IS_SURROGATE(first + k) ? UTF8_REPLACEMENT : first + k;
		struct text_char row = row_of(c);

		block[k] = keep_row(&row);
	}
	for (i = 0; memcmp(places + i * TEXT_BLOCK, block, TEXT_BLOCK * sizeof(*block)) != 0; i++)
		;
	blocks[first / TEXT_BLOCK] = (uint16_t)i;
	block_count += i == block_count;
}

/* ---- words of languages ---- */

static struct text_known known[TEXT_KNOWN_SLOTS];

static void keep_word(struct span word, unsigned language)
{
	UErrorCode error = U_ZERO_ERROR;
	struct units text, folded;
	char bytes[BYTES];
	uint64_t hash;
	size_t slot;
	int32_t n;

	(void)u_strFromUTF8(text.v, UNITS, &text.n, word.p, (int32_t)word.n, &error);
	folded = fold(&text);
	(void)u_strToUTF8(bytes, BYTES, &n, folded.v, folded.n, &error);
	check(U_SUCCESS(error) && n <= TEXT_KNOWN_MOST, "a word of a language");
	hash = text_hash(span_from(bytes, (size_t)n));
	slot = hash % TEXT_KNOWN_SLOTS;
	while (known[slot].hash != 0 && known[slot].hash != hash)
		slot = (slot + 1) % TEXT_KNOWN_SLOTS;
	known[slot].hash = hash;
	known[slot].languages |= UINT64_C(1) << language;
}

static struct text_own_letter own_letters[OWN_LETTERS];
static size_t own_letter_count;

static void keep_letter(uint32_t c, unsigned language)
{
	size_t i = 0;

	while (i < own_letter_count && own_letters[i].c < c)
		i++;
	if (i == own_letter_count || own_letters[i].c != c) {
		check(own_letter_count < OWN_LETTERS, "too many letters");
		memmove(&own_letters[i + 1], &own_letters[i],
			(own_letter_count - i) * sizeof(own_letters[0]));
		own_letters[i] = (struct text_own_letter){c, 0};
		own_letter_count++;
	}
	own_letters[i].languages |= UINT64_C(1) << language;
}

static void make_letters(void)
{
	static const struct span rows[] = {
#define LANGUAGE(code, script, letters, words) SPAN_INIT(letters),
#include "text/language.def"
#undef LANGUAGE
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		for (struct span rest = rows[i]; rest.n > 0;)
			keep_letter(utf8_next(&rest), i);
}

static void make_words(void)
{
	static const struct span rows[] = {
#define LANGUAGE(code, script, letters, words) SPAN_INIT(words),
#include "text/language.def"
#undef LANGUAGE
	};
	size_t count = 0;

	check(ARRAY_LEN(rows) <= TEXT_LANGUAGES_MOST, "too many languages");
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		for (struct span rest = rows[i], word; span_next(&rest, ' ', &word); count++)
			if (word.n > 0)
				keep_word(word, i);
	check(count < TEXT_KNOWN_SLOTS * 2 / 3, "too many words");
}

/* ---- writing ---- */

static void write_numbers(FILE *out, const char *name, const char *size, const uint16_t *v,
	size_t n)
{
	(void)fprintf(out, "\nconst uint16_t %s[%s] = {", name, size);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(out, "%s%u,", i % 16 == 0 ? "\n" : "", v[i]);
	(void)fprintf(out, "\n};\n");
}

static void write_all(FILE *out)
{
	(void)fprintf(out,
		"/* Made by tools/text_tables.c of Unicode %s. */\n"
		"#include \"text/inner.h\"\n",
		U_UNICODE_VERSION);
	write_numbers(out, "text_blocks", "TEXT_CHARACTERS / TEXT_BLOCK", blocks,
		ARRAY_LEN(blocks));
	write_numbers(out, "text_places", "", places, block_count * TEXT_BLOCK);
	(void)fprintf(out, "\nconst struct text_char text_chars[] = {\n");
	for (size_t i = 0; i < char_count; i++)
		(void)fprintf(out, "{%u,%u,%u,%u,%u,%u,%d,%d,%d,%d},\n", chars[i].fold,
			chars[i].look, chars[i].kind, chars[i].script, chars[i].class,
			chars[i].order, chars[i].is_letter, chars[i].is_cased_low,
			chars[i].is_ascii_like, chars[i].is_bidi);
	(void)fprintf(out, "};\n\nconst unsigned char text_pool[] = {");
	for (size_t i = 0; i < pool_size; i++)
		(void)fprintf(out, "%s%u,", i % 16 == 0 ? "\n" : "", pool[i]);
	(void)fprintf(out, "\n};\n\nconst struct text_known text_known[TEXT_KNOWN_SLOTS] = {\n");
	for (size_t i = 0; i < TEXT_KNOWN_SLOTS; i++)
		(void)fprintf(out, "{UINT64_C(%llu),UINT64_C(%llu)},\n",
			(unsigned long long)known[i].hash, (unsigned long long)known[i].languages);
	(void)fprintf(out, "};\n\nconst struct text_own_letter text_own_letters[] = {\n");
	for (size_t i = 0; i < own_letter_count; i++)
		(void)fprintf(out, "{%u,UINT64_C(%llu)},\n", own_letters[i].c,
			(unsigned long long)own_letters[i].languages);
	(void)fprintf(out, "};\n\nconst size_t text_own_letter_count = %zu;\n", own_letter_count);
	(void)fprintf(out, "\nconst uint8_t text_classes[128] = {");
	for (uint32_t c = 0; c < 128; c++)
		(void)fprintf(out, "%u,", chars[places[blocks[0] * TEXT_BLOCK + c]].class);
	(void)fprintf(out, "};\n");
}

int main(int argc, char **argv)
{
	UErrorCode error = U_ZERO_ERROR;
	FILE *out;

	check(argc == 2, "usage: text_tables OUT");
	normal = unorm2_getNFKCCasefoldInstance(&error);
	check(U_SUCCESS(error), "ICU has no data for folding");
	spoof = uspoof_open(&error);
	check(U_SUCCESS(error), "ICU has no data for lookalikes");
	for (UChar32 c = 0; c < TEXT_CHARACTERS; c += TEXT_BLOCK)
		make_block(c);
	make_words();
	make_letters();
	out = fopen(argv[1], "w");
	check(out != NULL, "cannot write");
	write_all(out);
	check(fclose(out) == 0, "cannot write");
	uspoof_close(spoof);
	return 0;
}
