/*
 * The language of a text.
 *
 * DESIGN: by its commonest words, those of grammar, which make a third of any text and are few. Tables of letter
 * sequences tell shorter texts apart, but they are large, and say with the same certainty what is no language at all:
 * rows of numbers, names and addresses, of which mail is full.
 */
#include "text/inner.h"

enum {
	WORDS_LEAST = 5,  /* a handful */
	WORDS_MOST = 400, /* that are looked at; more would not change the answer */
	/* Different words of the language that are known; program code has a few of English. */
	KNOWN_LEAST = 3,
	/* In so short a text one less is enough. */
	SHORT_MOST = 12,
	/* Where they are rarer than SHARE_USUAL: among tables, program code, names. */
	RARE_LEAST = 5,
};

/* What a share of known words is as sure as can be, and below which nothing is said. */
#define SHARE_SURE 0.3
#define SHARE_USUAL 0.15
#define SHARE_LEAST 0.06
/* What the words and letters of a language must weigh at least. */
#define SCORE_LEAST 1.0
/* A letter that only one language has weighs as much, and so does one that a language cannot have. */
#define LETTER_WEIGHT 0.4

static const struct {
	struct span code;
	enum text_script script;
} languages[] = {
#define LANGUAGE(code, script, letters, words) {SPAN_INIT(code), TEXT_##script},
#include "text/language.def"
#undef LANGUAGE
};

/* Scripts that one language alone is written in, as mail goes. */
static const struct {
	enum text_script script;
	struct span code;
} alone[] = {
	{TEXT_GREEK, SPAN_INIT("el")},
	{TEXT_ARMENIAN, SPAN_INIT("hy")},
	{TEXT_GEORGIAN, SPAN_INIT("ka")},
	{TEXT_HEBREW, SPAN_INIT("he")},
	{TEXT_BENGALI, SPAN_INIT("bn")},
	{TEXT_GURMUKHI, SPAN_INIT("pa")},
	{TEXT_GUJARATI, SPAN_INIT("gu")},
	{TEXT_TAMIL, SPAN_INIT("ta")},
	{TEXT_TELUGU, SPAN_INIT("te")},
	{TEXT_KANNADA, SPAN_INIT("kn")},
	{TEXT_MALAYALAM, SPAN_INIT("ml")},
	{TEXT_SINHALA, SPAN_INIT("si")},
	{TEXT_THAI, SPAN_INIT("th")},
	{TEXT_LAO, SPAN_INIT("lo")},
	{TEXT_MYANMAR, SPAN_INIT("my")},
	{TEXT_KHMER, SPAN_INIT("km")},
	{TEXT_ETHIOPIC, SPAN_INIT("am")},
	{TEXT_HANGUL, SPAN_INIT("ko")},
	{TEXT_HIRAGANA, SPAN_INIT("ja")},
	{TEXT_KATAKANA, SPAN_INIT("ja")},
	{TEXT_HAN, SPAN_INIT("zh")},
};

/* Letters of the script, where those of one writing count together. */
static size_t weigh(const struct text_scripts *scripts, enum text_script script)
{
	const size_t *n = scripts->letters;
	size_t kana = n[TEXT_HIRAGANA] + n[TEXT_KATAKANA];

	/* a Japanese text has many kana, a Chinese one hardly a quoted name */
	if (script == TEXT_HIRAGANA)
		return kana * 20 >= n[TEXT_HAN] ? kana + n[TEXT_HAN] : kana;
	if (script == TEXT_KATAKANA || (script == TEXT_HAN && kana * 20 >= n[TEXT_HAN]))
		return 0;
	/* Korean has some Han for names */
	if (script == TEXT_HANGUL)
		return n[TEXT_HANGUL] * 5 >= n[TEXT_HAN] ? n[TEXT_HANGUL] + n[TEXT_HAN]
							 : n[TEXT_HANGUL];
	return n[script];
}

static enum text_script find_script(const struct text_scripts *scripts)
{
	enum text_script best = TEXT_COMMON;
	size_t most = 0;

	for (unsigned i = TEXT_COMMON + 1; i < TEXT_OTHER; i++) {
		size_t letters = weigh(scripts, (enum text_script)i);

		/* a letter of Han is worth more than one of an alphabet, and brand names are Latin */
		if (i != TEXT_LATIN)
			letters *= 2;
		if (letters > most) {
			most = letters;
			best = (enum text_script)i;
		}
	}
	return best;
}

/* ---- by words ---- */

struct tally {
	double scores[ARRAY_LEN(languages)];
	unsigned hits[ARRAY_LEN(languages)];
	uint64_t seen[ARRAY_LEN(languages)]; /* bits by hash: how many different ones */
	unsigned words;                      /* that were looked at */
};

static uint64_t find_known(struct span word)
{
	uint64_t hash = text_hash(word);
	size_t slot = hash % TEXT_KNOWN_SLOTS;

	while (text_known[slot].hash != 0 && text_known[slot].hash != hash)
		slot = (slot + 1) % TEXT_KNOWN_SLOTS;
	return text_known[slot].languages;
}

static uint64_t find_letter(uint32_t c)
{
	size_t low = 0, high = text_own_letter_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_own_letters[middle].c < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low < text_own_letter_count && text_own_letters[low].c == c
		? text_own_letters[low].languages
		: 0;
}

static void count_letters(struct tally *t, struct span word)
{
	if (span_is_ascii(word))
		return;
	for (struct span rest = word; rest.n > 0;) {
		uint64_t owners = find_letter(utf8_next(&rest));
		double weight;

		if (owners == 0)
			continue;
		weight = LETTER_WEIGHT / __builtin_popcountll(owners);
		for (size_t i = 0; i < ARRAY_LEN(languages); i++)
			t->scores[i] += owners >> i & 1 ? weight : -LETTER_WEIGHT;
	}
}

static void count_word(struct tally *t, struct span word)
{
	char folded[TEXT_KNOWN_MOST + 1];
	struct span text = text_fold_word(word, folded, sizeof(folded));
	/* a letter of ASCII may be a variable, the mark of a list, a unit */
	uint64_t owners = text.n > 1 ? find_known(text) : 0;

	t->words++;
	count_letters(t, text);
	for (uint64_t rest = owners; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);

		t->hits[i]++;
		t->seen[i] |= UINT64_C(1) << text_hash(text) % 64;
		t->scores[i] += 0.5 + 0.5 / __builtin_popcountll(owners);
	}
}

static int known_least(unsigned words, double share)
{
	if (share < SHARE_USUAL)
		return RARE_LEAST;
	return words <= SHORT_MOST ? KNOWN_LEAST - 1 : KNOWN_LEAST;
}

static struct text_language judge(const struct tally *t, enum text_script script)
{
	size_t best = 0;
	double second = 0, share, lead;

	for (size_t i = 1; i < ARRAY_LEN(languages); i++)
		if (languages[i].script == script &&
			(languages[best].script != script || t->scores[i] > t->scores[best]))
			best = i;
	if (languages[best].script != script || t->scores[best] < SCORE_LEAST)
		return (struct text_language){.confidence = 0};
	for (size_t i = 0; i < ARRAY_LEN(languages); i++)
		if (i != best && languages[i].script == script && t->scores[i] > second)
			second = t->scores[i];
	share = (double)t->hits[best] / t->words;
	if (share < SHARE_LEAST ||
		__builtin_popcountll(t->seen[best]) < known_least(t->words, share))
		return (struct text_language){.confidence = 0};
	/* near relatives share most of their words: a small lead counts */
	lead = (t->scores[best] - second) / t->scores[best];
	share = share > SHARE_SURE ? 1 : share / SHARE_SURE;
	return (struct text_language){languages[best].code, share * (0.5 + lead / 2)};
}

struct text_language text_find_language(const struct text_words *words,
	const struct text_scripts *scripts)
{
	enum text_script script = find_script(scripts);
	struct tally tally = {.words = 0};

	if (script == TEXT_COMMON || words->n < WORDS_LEAST)
		return (struct text_language){.confidence = 0};
	for (size_t i = 0; i < ARRAY_LEN(alone); i++)
		if (alone[i].script == script)
			return (struct text_language){alone[i].code,
				(double)weigh(scripts, script) / (double)scripts->total};
	for (size_t i = 0; i < words->n && tally.words < WORDS_MOST; i++)
		if (words->v[i].script == script)
			count_word(&tally, words->v[i].text);
	if (tally.words < WORDS_LEAST)
		return (struct text_language){.confidence = 0};
	return judge(&tally, script);
}
