/*
 * The charset of bytes that nobody has told of.
 *
 * DESIGN: ICU's detector compares letter sequences of some languages and knows nothing of a text that has but a few
 * words. So what it proposes, and the charsets that mail without a label is in most often, are tried: the text is
 * decoded, and what looks like writing wins. Capitals within words, letters of two scripts in one, and signs between
 * letters do not. Both together take about a millisecond: this is only for texts whose label is missing or wrong.
 */
#include "codec/charset.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucsdet.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

enum {
	SAMPLE_MOST = 1024, /* bytes that are decoded to be judged */
	CANDIDATES_MOST = 24,
	CONFIDENCE_LEAST = 15, /* of ICU's: below it only says that the bytes are possible */
};

/* How much ICU's confidence counts beside the look of the text, and what has to come together. */
#define CONFIDENCE_WEIGHT 0.6
#define SCORE_LEAST 0.5

struct candidate {
	struct span charset;
	double score;
};

struct candidates {
	struct candidate v[CANDIDATES_MOST];
	size_t n;
};

/* ---- without ICU ---- */

/* Whole units from the mark on, each of them a character's number. */
static bool is_utf32(struct span in, bool is_big)
{
	if (in.n % 4 != 0)
		return false;
	for (size_t i = 0; i < in.n; i += 4) {
		unsigned high = (unsigned char)in.p[is_big ? i : i + 3];
		unsigned plane = (unsigned char)in.p[is_big ? i + 1 : i + 2];

		if (high != 0 || plane > 0x10)
			return false;
	}
	return true;
}

struct span codec_find_mark(struct span in)
{
	static const struct {
		struct span mark, charset;
	} marks[] = {
		{SPAN_INIT("\xef\xbb\xbf"), SPAN_INIT("utf-8")},
		{SPAN_INIT("\xff\xfe"), SPAN_INIT("utf-16le")},
		{SPAN_INIT("\xfe\xff"), SPAN_INIT("utf-16be")},
	};

	if (span_starts(in, SPAN("\xff\xfe\0\0")) && is_utf32(in, false))
		return SPAN("utf-32le");
	if (span_starts(in, SPAN("\0\0\xfe\xff")) && is_utf32(in, true))
		return SPAN("utf-32be");
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (span_starts(in, marks[i].mark))
			return marks[i].charset;
	return (struct span){NULL, 0};
}

/* What looks like ASCII may lead out of it by escapes. */
static struct span find_escapes(struct span in)
{
	static const struct {
		struct span escape, charset;
	} escapes[] = {
		{SPAN_INIT("\x1b$B"), SPAN_INIT("iso-2022-jp")},
		{SPAN_INIT("\x1b$@"), SPAN_INIT("iso-2022-jp")},
		{SPAN_INIT("\x1b$(D"), SPAN_INIT("iso-2022-jp")},
		{SPAN_INIT("\x1b$)C"), SPAN_INIT("iso-2022-kr")},
		{SPAN_INIT("\x1b$)A"), SPAN_INIT("iso-2022-cn")},
		{SPAN_INIT("~{"), SPAN_INIT("hz-gb-2312")},
	};

	for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
		if (span_find(in, escapes[i].escape) < in.n)
			return escapes[i].charset;
	return SPAN("us-ascii");
}

/*
 * Bytes of zero stand in no text but that of two bytes a character. Blanks and line ends have them in every language,
 * in the half that is the higher one.
 */
static struct span find_wide(struct span in)
{
	size_t zeros[2] = {0, 0};

	for (size_t i = 0; i < in.n; i++)
		zeros[i % 2] += in.p[i] == '\0';
	if ((zeros[0] + zeros[1]) * 50 < in.n)
		return (struct span){NULL, 0};
	if (zeros[1] > 3 * zeros[0])
		return SPAN("utf-16le");
	if (zeros[0] > 3 * zeros[1])
		return SPAN("utf-16be");
	return (struct span){NULL, 0};
}

/* UTF-8 that was hurt on its way: bytes that are not valid are few. */
static bool is_nearly_utf8(struct span in)
{
	size_t valid = 0, broken = 0;

	for (struct span rest = in; rest.n > 0;) {
		size_t n = rest.n;

		if (utf8_next(&rest) == UTF8_REPLACEMENT && n - rest.n == 1)
			broken++;
		else
			valid += n - rest.n > 1;
	}
	return valid > 10 * broken;
}

/* ---- does it look like writing? ---- */

/* The commonest characters of Chinese, of both writings: a tenth of any text. */
static const char common_han[] =
	"的一是不了在人有我他這这個个們们中來来大為为上和國国地到以說说時时要就出會会可也你對对生能而子那得于著着下"
	"自之年過过發发後后作里用道行所然家種种事成方多經经么麼去法學学如都同現现當当没沒動动面起看定天分還还進进"
	"好小部其些主樣样理心她本前開开但因只從从想實实日軍军者意無无力它與与長长把機机十民第公此已工使情明性知"
	"全三又關关點点正業业外將将兩两高間间由問问很最重並并物手應应戰战向頭头文體体政美相見见被利什二等產产"
	"或新己制身果加西您請请謝谢電电感訂购購單单近今";
static const char common_cyrillic[] = "оеаинтсрвлкмОЕАИНТСРВЛКМ";

static bool has_char(const char *set, uint32_t c)
{
	char bytes[UTF8_CHAR_MOST + 1] = {0};

	(void)utf8_write(c, bytes);
	return strstr(set, bytes) != NULL;
}

enum writing { NO_LETTER, LATIN, CYRILLIC, GREEK, EASTERN, HANGUL, KANA, OTHER_WRITING };

static enum writing writing_of(uint32_t c)
{
	UErrorCode error = U_ZERO_ERROR;

	if (!u_isalpha((UChar32)c))
		return NO_LETTER;
	switch (uscript_getScript((UChar32)c, &error)) {
	case USCRIPT_LATIN:
		return LATIN;
	case USCRIPT_CYRILLIC:
		return CYRILLIC;
	case USCRIPT_GREEK:
		return GREEK;
	case USCRIPT_HAN:
		return EASTERN;
	case USCRIPT_HANGUL:
		return HANGUL;
	case USCRIPT_HIRAGANA:
	case USCRIPT_KATAKANA:
		return KANA;
	default:
		return OTHER_WRITING;
	}
}

/* Signs that stand beside letters in good texts. */
static bool is_usual_sign(uint32_t c)
{
	return (c >= 0x2010 && c <= 0x2027) || (c >= 0x3000 && c <= 0x303f) ||
		(c >= 0xff01 && c <= 0xff5e) || c == 0xa0 || c == 0xab || c == 0xbb || c == 0xa1 ||
		c == 0xbf || c == 0xb0 || c == 0xb7 || c == 0x20ac || c == 0x60c || c == 0x61f;
}

static bool is_beside(enum writing a, enum writing b, bool is_japanese)
{
	if (a == NO_LETTER || b == NO_LETTER || a == b)
		return true;
	if (is_japanese && (a == EASTERN || a == KANA) && (b == EASTERN || b == KANA))
		return true;
	/* names and model numbers stand within text that has no blanks */
	return (a == LATIN && b >= EASTERN && b != OTHER_WRITING) ||
		(b == LATIN && a >= EASTERN && a != OTHER_WRITING);
}

static bool is_mark(uint32_t c)
{
	return (U_GET_GC_MASK((UChar32)c) & U_GC_M_MASK) != 0;
}

/* From -2 to 1: how well a character beyond ASCII stands behind the one before it. */
static double weigh(uint32_t before, uint32_t c, bool is_japanese)
{
	enum writing was = writing_of(before), is = writing_of(c);

	if (c == UTF8_REPLACEMENT || u_charType((UChar32)c) == U_CONTROL_CHAR ||
		u_charType((UChar32)c) == U_PRIVATE_USE_CHAR || !u_isdefined((UChar32)c) ||
		(c >= 0xff61 && c <= 0xff9f))
		return -2;
	if (is_mark(c))
		return was == OTHER_WRITING || is_mark(before) ? 1 : -1;
	if (is == NO_LETTER)
		return is_usual_sign(c) ? 0.8 : was != NO_LETTER ? -1 : 0;
	if (!is_beside(was, is, is_japanese) ||
		(u_islower((UChar32)before) && u_isupper((UChar32)c)))
		return -1;
	if (is == EASTERN)
		return has_char(common_han, c) ? 1 : 0.5;
	if (is == KANA)
		return is_japanese ? 1 : -1;
	if (is == CYRILLIC)
		return (has_char(common_cyrillic, c) ? 1 : 0.6) -
			(u_isupper((UChar32)before) && u_isupper((UChar32)c) ? 0.1 : 0);
	return is == HANGUL ? 0.9 : 0.8;
}

static double judge(struct arena *a, struct span charset, struct span sample)
{
	bool is_japanese = span_equal(charset, SPAN("shift_jis")) ||
		span_equal(charset, SPAN("euc-jp")) || span_equal(charset, SPAN("iso-2022-jp"));
	unsigned defects = 0;
	uint32_t before = ' ';
	double sum = 0;
	size_t n = 0;

	for (struct span rest = codec_to_utf8(a, charset, sample, &defects); rest.n > 0;) {
		uint32_t c = utf8_next(&rest);

		if (c >= 0x80) {
			sum += weigh(before, c, is_japanese);
			n++;
		} else if (before >= 0x80 && byte_is_alpha((char)c) &&
			!is_beside(writing_of(before), LATIN, is_japanese)) {
			sum -= 1;
		}
		before = c;
	}
	return n == 0 ? 0 : sum / (double)n;
}

/* ---- candidates ---- */

static void add_candidate(struct candidates *all, struct span charset, double score)
{
	for (size_t i = 0; i < all->n; i++)
		if (span_equal(all->v[i].charset, charset))
			return;
	if (all->n < CANDIDATES_MOST && !span_is_null(charset))
		all->v[all->n++] = (struct candidate){charset, score};
}

static void ask_icu(struct span in, bool is_html, struct candidates *out)
{
	UErrorCode error = U_ZERO_ERROR;
	UCharsetDetector *detector = ucsdet_open(&error);
	const UCharsetMatch **matches;
	int32_t n = 0;

	must(U_SUCCESS(error));
	(void)ucsdet_enableInputFilter(detector, is_html);
	ucsdet_setText(detector, in.p, (int32_t)in.n, &error);
	matches = ucsdet_detectAll(detector, &n, &error);
	for (int32_t i = 0; U_SUCCESS(error) && i < n; i++) {
		const char *name = ucsdet_getName(matches[i], &error);
		int32_t confidence = ucsdet_getConfidence(matches[i], &error);

		/* what stands in UTF-16 was told from its zeros */
		if (confidence >= CONFIDENCE_LEAST && strncmp(name, "UTF-", 4) != 0)
			add_candidate(out, codec_find_charset(span_of(name)),
				CONFIDENCE_WEIGHT * confidence / 100);
	}
	ucsdet_close(detector);
}

/* Those that mail without a label is in; of those that look alike the first. */
static void add_usual(struct candidates *out)
{
	static const struct span usual[] = {SPAN_INIT("windows-1252"), SPAN_INIT("windows-1251"),
		SPAN_INIT("koi8-r"), SPAN_INIT("gb18030"), SPAN_INIT("big5"),
		SPAN_INIT("shift_jis"), SPAN_INIT("euc-jp"), SPAN_INIT("euc-kr"),
		SPAN_INIT("windows-1253"), SPAN_INIT("windows-1255"), SPAN_INIT("windows-1256"),
		SPAN_INIT("windows-874")};

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		add_candidate(out, usual[i], 0);
}

/* From the first byte beyond ASCII on, or a little before. */
static struct span find_window(struct span in)
{
	size_t i = 0;

	while (i < in.n && (unsigned char)in.p[i] < 0x80)
		i++;
	return span_slice(in, i > 8 ? i - 8 : 0, CODEC_DETECT_MOST);
}

/* Charsets that differ in a few characters, which ICU does not tell apart. */
static struct span find_relative(struct arena *a, struct span charset, struct span sample)
{
	static const struct span pairs[][2] = {
		{SPAN_INIT("koi8-r"), SPAN_INIT("koi8-u")},
		{SPAN_INIT("iso-8859-2"), SPAN_INIT("windows-1250")},
		{SPAN_INIT("iso-8859-7"), SPAN_INIT("windows-1253")},
		{SPAN_INIT("iso-8859-8"), SPAN_INIT("windows-1255")},
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		for (size_t k = 0; k < 2; k++)
			if (span_equal(charset, pairs[i][k]) &&
				judge(a, pairs[i][!k], sample) > judge(a, charset, sample))
				return pairs[i][!k];
	return charset;
}

struct span codec_detect_charset(struct arena *a, struct span in, bool is_html)
{
	struct candidates all = {.n = 0};
	struct candidate best = {.score = SCORE_LEAST};
	struct span found = codec_find_mark(in), head = span_slice(in, 0, CODEC_DETECT_MOST),
		    window, sample;

	if (!span_is_null(found))
		return found;
	found = find_wide(head);
	if (!span_is_null(found))
		return found;
	if (span_is_ascii(in))
		return find_escapes(head);
	window = find_window(in);
	if (span_is_utf8(in) || is_nearly_utf8(window))
		return SPAN("utf-8");
	sample = span_slice(window, 0, SAMPLE_MOST);
	ask_icu(window, is_html, &all);
	add_usual(&all);
	for (size_t i = 0; i < all.n; i++) {
		all.v[i].score += judge(a, all.v[i].charset, sample);
		if (all.v[i].score > best.score)
			best = all.v[i];
	}
	return find_relative(a, best.charset, sample);
}
