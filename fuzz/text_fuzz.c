/* Texts of any bytes: what the forms, words and scripts promise, and detection of charsets. */
#include "codec/codec.h"
#include "text/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LITTLE = 4096, SIZE_MOST = 1 << 16 };

static void check_form(struct arena *a, struct span text, bool is_skeleton)
{
	void (*make)(struct arena *, struct span, struct text_form *) =
		is_skeleton ? text_make_skeleton : text_make_folded;
	size_t used = arena_used(a), before = 0;
	struct text_form form, again;

	make(a, text, &form);
	must(arena_used(a) - used <= TEXT_MEMORY_FACTOR * text.n + LITTLE);
	must(span_is_utf8(form.text));
	for (size_t i = 0; i <= form.text.n; i++) {
		size_t origin = text_find_origin(&form, i);

		must(origin >= before && origin <= text.n);
		before = origin;
	}
	must(form.is_cut || before == text.n);
	make(a, form.text, &again);
	must(span_equal(again.text, form.text));
	must(again.invisible == 0 && again.confused == 0);
}

/* A line end joins nothing, so the forms of two lines are those of each. */
static void check_split(struct arena *a, struct span text)
{
	size_t end = span_find_byte(text, '\n');
	struct text_form whole, first, rest;

	if (end == text.n)
		return;
	text_make_skeleton(a, text, &whole);
	text_make_skeleton(a, span_slice(text, 0, end), &first);
	text_make_skeleton(a, span_from_offset(text, end), &rest);
	if (whole.is_cut || first.is_cut || rest.is_cut)
		return;
	must(whole.text.n == first.text.n + rest.text.n);
	must(span_starts(whole.text, first.text) && span_ends(whole.text, rest.text));
	must(whole.invisible == first.invisible + rest.invisible);
}

static void check_words(struct arena *a, struct span text)
{
	size_t used = arena_used(a);
	struct text_words words, few;
	struct text_hashes hashes;
	struct text_scripts scripts;
	struct text_language language;
	const char *end = text.p;

	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	must(arena_used(a) - used <= TEXT_MEMORY_FACTOR * text.n + LITTLE);
	for (size_t i = 0; i < words.n; i++) {
		struct span word = words.v[i].text;

		must(word.n > 0 && word.p >= end && word.p + word.n <= text.p + text.n);
		must(utf8_count(word) <= TEXT_WORD_MOST);
		must(words.v[i].is_mixed == text_is_mixed(word));
		end = word.p + word.n;
	}
	text_split_words(a, text, num_min(words.n, 3), &few);
	must(few.n <= 3 && few.is_cut == (words.n > 3));
	text_count_scripts(text, &scripts);
	must(scripts.total <= text.n);
	language = text_find_language(&words, &scripts);
	must(language.confidence >= 0 && language.confidence <= 1);
	must(span_is_null(language.code) == (language.confidence <= 0));
	text_hash_words(a, &words, &hashes);
	must(hashes.n == words.n && text_compare_words(a, &hashes, &hashes) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a;
	struct span text, charset;
	unsigned defects = 0;

	if (size > SIZE_MOST)
		return 0;
	a = arena_make();
	/* the arena poisons what lies behind it */
	text = arena_copy(a, span_from((const char *)data, size));
	check_form(a, text, false);
	check_form(a, text, true);
	check_split(a, text);
	check_words(a, text);
	(void)text_is_lookalike(text);
	charset = codec_detect_charset(a, text, size % 2 == 0);
	must(span_is_null(charset) || span_equal(codec_find_charset(charset), charset));
	must(span_is_utf8(codec_to_utf8(a, charset, text, &defects)));
	arena_free(a);
	return 0;
}
