/*
 * Words of texts.
 *
 * DESIGN: words between blanks are told by the class of each character. ICU is asked only about languages that are
 * written without blanks, since its dictionaries read a few megabytes a second; past UNSPACED_MOST bytes of these in a
 * text, two characters make a word.
 */
#include "text/inner.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>

enum {
	UNSPACED_MOST = 32 << 10, /* bytes of a text that dictionaries see */
	PIECE_MOST = 512,         /* characters that are handed over at once */
	WORD_BYTES_MOST = TEXT_WORD_MOST * UTF8_CHAR_MOST,
};

struct splitter {
	struct arena *arena;
	const struct span text;
	size_t i, most, capacity;
	size_t unspaced; /* bytes that dictionaries saw */
	UBreakIterator *breaks;
	struct text_words *out;
};

/* ---- words that are found ---- */

static void describe(struct text_word *word)
{
	unsigned counts[TEXT_SCRIPT_COUNT] = {0}, scripts = 0;
	bool has_digit = false, has_letter = false;

	for (struct span rest = word->text; rest.n > 0;) {
		const struct text_char *row = text_char_of(utf8_next(&rest));

		has_digit |= row->class == TEXT_DIGIT;
		if (!row->is_letter)
			continue;
		has_letter = true;
		scripts += counts[row->script]++ == 0 && row->script != TEXT_COMMON;
		if (row->script != TEXT_COMMON &&
			(word->script == TEXT_COMMON || counts[row->script] > counts[word->script]))
			word->script = (enum text_script)row->script;
	}
	word->is_number = has_digit && !has_letter;
	word->is_mixed = scripts > 1 && text_is_mixed(word->text);
}

/* The first characters, as many as a word may have. */
static struct span cut(struct span text)
{
	struct span rest = text;

	if (text.n <= TEXT_WORD_MOST)
		return text;
	for (unsigned i = 0; i < TEXT_WORD_MOST && rest.n > 0; i++)
		(void)utf8_next(&rest);
	return span_slice(text, 0, text.n - rest.n);
}

/* NULL, and the text ends here, when there are too many. */
static struct text_word *add_word(struct splitter *s, struct span text)
{
	struct text_words *out = s->out;
	struct text_word *word;

	if (out->n == s->most) {
		out->is_cut = true;
		s->i = s->text.n;
		return NULL;
	}
	if (out->n == s->capacity) {
		/* first for words of ordinary length, then for those of one letter: something parts them */
		size_t capacity = s->capacity == 0 ? s->text.n / 8 + 16 : s->text.n / 2 + 16;

		capacity = num_min(capacity, s->most);
		must(capacity > s->capacity);
		out->v = arena_grow(s->arena, out->v, s->capacity * sizeof(*out->v),
			capacity * sizeof(*out->v));
		s->capacity = capacity;
	}
	word = &out->v[out->n++];
	*word = (struct text_word){.text = cut(text)};
	return word;
}

/* ---- words between blanks ---- */

static enum text_class class_at(const struct splitter *s, size_t i, size_t *n)
{
	struct span rest = {s->text.p + i, s->text.n - i};
	uint32_t c;

	*n = 0;
	if (rest.n == 0)
		return TEXT_BREAK;
	*n = 1;
	if ((unsigned char)*rest.p < 0x80)
		return (enum text_class)text_classes[(unsigned char)*rest.p];
	c = utf8_next(&rest);
	*n = s->text.n - i - rest.n;
	return (enum text_class)text_char_of(c)->class;
}

static bool is_core(enum text_class class)
{
	return class == TEXT_LETTER || class == TEXT_DIGIT;
}

/* What a word is made of, so far. */
struct core {
	enum text_class last; /* a letter or a digit */
	unsigned seen;        /* bits by class */
	bool is_ascii;
};

/* Letters and digits from the place on. */
static size_t skip_core(const struct splitter *s, size_t i, struct core *core)
{
	for (;;) {
		enum text_class class = TEXT_BREAK;
		size_t n;

		while (i < s->text.n && (unsigned char)s->text.p[i] < 0x80) {
			class = (enum text_class)text_classes[(unsigned char)s->text.p[i]];
			if (!is_core(class))
				return i;
			core->seen |= 1u << class;
			core->last = class;
			i++;
		}
		class = class_at(s, i, &n);
		if (!is_core(class) && class != TEXT_EXTEND)
			return i;
		if (class != TEXT_EXTEND)
			core->last = class;
		core->is_ascii = false;
		i += n;
	}
}

/* Whether letters or digits go on behind what may stand between them. */
static bool goes_on(const struct splitter *s, size_t i, struct core *core, size_t *n)
{
	enum text_class middle = class_at(s, i, n), then;
	size_t next;

	if (middle != TEXT_MIDDLE && (middle != TEXT_MIDDLE_NUM || core->last != TEXT_DIGIT))
		return false;
	then = class_at(s, i + *n, &next);
	if (!is_core(then) || (middle == TEXT_MIDDLE_NUM && then != TEXT_DIGIT))
		return false;
	core->is_ascii &= *n == 1;
	return true;
}

static void read_word(struct splitter *s)
{
	struct core core = {.is_ascii = true};
	size_t start = s->i, i = skip_core(s, start, &core), n;
	struct text_word *word;

	while (i < s->text.n && s->text.p[i] != ' ' && goes_on(s, i, &core, &n))
		i = skip_core(s, i + n, &core);
	s->i = i;
	word = add_word(s, span_slice(s->text, start, i - start));
	if (word == NULL)
		return;
	if (!core.is_ascii) {
		describe(word);
		return;
	}
	word->is_number = (core.seen & 1u << TEXT_LETTER) == 0;
	word->script = word->is_number ? TEXT_COMMON : TEXT_LATIN;
}

/* ---- words without blanks ---- */

/* Characters for ICU, and where each begins in the text. */
struct run {
	UChar v[2 * PIECE_MOST];
	uint32_t places[2 * PIECE_MOST + 1];
	int32_t n;
	size_t characters;
};

static size_t read_run(struct splitter *s, struct run *run)
{
	size_t i = s->i;

	run->n = 0;
	for (run->characters = 0; run->characters < PIECE_MOST; run->characters++) {
		struct span rest = {s->text.p + i, s->text.n - i};
		enum text_class class;
		uint32_t c;
		int32_t k = run->n;

		if (rest.n == 0)
			break;
		c = utf8_next(&rest);
		class = (enum text_class)text_char_of(c)->class;
		if (class != TEXT_UNSPACED && class != TEXT_EXTEND)
			break;
		U16_APPEND_UNSAFE(run->v, run->n, (UChar32)c);
		for (; k < run->n; k++)
			run->places[k] = (uint32_t)(i - s->i);
		i = s->text.n - rest.n;
	}
	run->places[run->n] = (uint32_t)(i - s->i);
	return i - s->i;
}

static void close_breaks(void *breaks)
{
	ubrk_close(breaks);
}

static void add_unspaced(struct splitter *s, struct span text)
{
	struct text_word *word = add_word(s, text);

	if (word != NULL)
		describe(word);
}

static void split_by_dictionary(struct splitter *s, const struct run *run, size_t start)
{
	UErrorCode error = U_ZERO_ERROR;
	int32_t from = 0, to;

	if (s->breaks == NULL) {
		s->breaks = ubrk_open(UBRK_WORD, "", NULL, 0, &error);
		must(U_SUCCESS(error));
		arena_at_end(s->arena, close_breaks, s->breaks);
	}
	ubrk_setText(s->breaks, run->v, run->n, &error);
	must(U_SUCCESS(error));
	for (; (to = ubrk_next(s->breaks)) != UBRK_DONE && s->i < s->text.n; from = to)
		add_unspaced(s,
			span_slice(s->text, start + run->places[from],
				run->places[to] - run->places[from]));
}

static void split_by_twos(struct splitter *s, const struct run *run, size_t start)
{
	for (int32_t from = 0, to; from < run->n && s->i < s->text.n; from = to) {
		unsigned characters = 0;

		for (to = from; to < run->n && characters < 2; characters++)
			U16_FWD_1(run->v, to, run->n);
		add_unspaced(s,
			span_slice(s->text, start + run->places[from],
				run->places[to] - run->places[from]));
	}
}

static void read_unspaced(struct splitter *s)
{
	struct run run;
	size_t n = read_run(s, &run), start = s->i;

	if (s->unspaced + n <= UNSPACED_MOST)
		split_by_dictionary(s, &run, start);
	else
		split_by_twos(s, &run, start);
	s->unspaced += n;
	if (s->i < s->text.n)
		s->i = start + n;
}

void text_split_words(struct arena *a, struct span text, size_t most, struct text_words *out)
{
	struct splitter s = {
		.arena = a,
		.text = span_slice(text, 0, TEXT_BYTES_MOST),
		.most = most,
		.out = out,
	};
	size_t n;

	must(most <= TEXT_WORDS_MOST);
	*out = (struct text_words){.is_cut = text.n > TEXT_BYTES_MOST};
	while (s.i < s.text.n) {
		enum text_class class = class_at(&s, s.i, &n);

		if (is_core(class))
			read_word(&s);
		else if (class == TEXT_UNSPACED)
			read_unspaced(&s);
		else
			s.i += n;
	}
}

/* ---- words beside words ---- */

struct span text_fold_word(struct span word, char *out, size_t most)
{
	size_t n = 0;

	if (span_is_ascii(word)) {
		for (; n < word.n && n < most; n++)
			out[n] = byte_lower(word.p[n]);
		return span_from(out, n);
	}
	for (struct span rest = word; rest.n > 0;) {
		struct span before = rest, piece;
		const struct text_char *row = text_char_of(utf8_next(&rest));

		piece = row->kind == TEXT_MAP ? text_pool_at(row->fold)
					      : span_slice(before, 0, before.n - rest.n);
		if (row->kind == TEXT_DROP)
			continue;
		if (n + piece.n > most)
			break;
		memcpy(out + n, piece.p, piece.n);
		n += piece.n;
	}
	return span_from(out, n);
}

/* Keyed, so that a sender cannot choose words that all collide. */
void text_hash_words(struct arena *a, const struct text_words *words, struct text_hashes *out)
{
	char folded[WORD_BYTES_MOST];

	*out = (struct text_hashes){ARENA_ARRAY(a, uint64_t, words->n), words->n};
	for (size_t i = 0; i < words->n; i++) {
		uint64_t hash = map_hash(text_fold_word(words->v[i].text, folded, sizeof(folded)));

		out->v[i] = hash + (hash == 0);
	}
}

/* How often the one text has a word more than the other. */
struct tally {
	uint64_t hash; /* 0: an empty slot */
	int64_t difference;
};

static void tally_words(struct tally *slots, size_t mask, const struct text_hashes *words,
	int64_t step)
{
	for (size_t i = 0; i < words->n; i++) {
		size_t k = (size_t)words->v[i] & mask;

		while (slots[k].hash != 0 && slots[k].hash != words->v[i])
			k = (k + 1) & mask;
		slots[k].hash = words->v[i];
		slots[k].difference += step;
	}
}

double text_compare_words(struct arena *a, const struct text_hashes *x, const struct text_hashes *y)
{
	size_t all = x->n + y->n, size = 16, different = 0;
	struct tally *slots;

	if (all == 0)
		return 0;
	while (size < all * 3 / 2)
		size *= 2;
	slots = ARENA_ARRAY(a, struct tally, size);
	tally_words(slots, size - 1, x, 1);
	tally_words(slots, size - 1, y, -1);
	for (size_t i = 0; i < size; i++)
		different += (size_t)llabs(slots[i].difference);
	return (double)different / (double)all;
}
