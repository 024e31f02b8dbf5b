/*
 * Work is linear in the text, and memory within the stated multiple of it, whatever it is made of: eight times a
 * pattern may take about eight times as long, where a quadratic search would take sixty-four times.
 */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { SIZE = 20000, TIMES = 8, TOLERANCE = 3, NOISE_NS = 3000000, RUNS = 3, LITTLE = 4096 };

static const struct {
	const char *start, *pattern;
} cases[] = {
	{"", "a"},
	{"", "A "},
	{"", "a "},
	{"", "\u0301"},
	{"e", "\u0301"},
	{"e", "\u0323\u0301"},
	{"e", "\u0591\u0301"},
	{"\u0e01", "\u0e38"},
	{"", "e\u0301"},
	{"", "\u1112\u1161\u11ab"},
	{"\u1112", "\u1161"},
	{"", "а"},
	{"", "Вa"},
	{"", "ß"},
	{"", "\u00ad"},
	{"", "a\u00ad"},
	{"e", "\u200b\u0301"},
	{"", "ß\u00ad"},
	{"", "\ufdfa"},
	{"", "\u0390"},
	{"", "\xff"},
	{"",
		"\xff"
		"a"},
	{"", "\xf0\x9f"},
	{"", "\U0001d400"},
	{"", "今天天气"},
	{"", "\U00020000"},
	{"", "タ"},
	{"", "ก"},
	{"", "กิ"},
	{"", "中a"},
	{"", "."},
	{"", "a."},
	{"", "a'"},
	{"", "1,"},
	{"", "a_"},
	{"", "\u0301 "},
	{"", "раy "},
};

static struct span make(struct arena *a, size_t i, size_t size)
{
	struct buf b;

	buf_init(&b, a, size);
	buf_add_string(&b, cases[i].start);
	while (!b.full)
		buf_add_string(&b, cases[i].pattern);
	return buf_span(&b);
}

static void work(struct arena *a, struct span text)
{
	struct text_form form;
	struct text_words words;
	struct text_hashes hashes;
	struct text_scripts scripts;

	text_make_skeleton(a, text, &form);
	(void)text_find_origin(&form, form.text.n / 2);
	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	text_count_scripts(text, &scripts);
	(void)text_find_language(&words, &scripts);
	text_hash_words(a, &words, &hashes);
	(void)text_compare_words(a, &hashes, &hashes);
	(void)text_is_mixed(text);
	(void)text_is_lookalike(text);
}

static uint64_t measure(struct arena *texts, size_t i, size_t size)
{
	struct span text = make(texts, i, size);
	uint64_t best = UINT64_MAX;

	for (unsigned run = 0; run < RUNS; run++) {
		struct arena *a = arena_make();
		uint64_t start = clock_cpu_ns(), took;

		work(a, text);
		took = clock_cpu_ns() - start;
		best = took < best ? took : best;
		arena_free(a);
	}
	return best;
}

static void work_is_linear(void **state)
{
	struct arena *texts = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t small = measure(texts, i, SIZE), large = measure(texts, i, SIZE * TIMES);

		if (large > (uint64_t)TOLERANCE * TIMES * small + NOISE_NS)
			fail_msg("%s%s: %llu ns, then %llu", cases[i].start, cases[i].pattern,
				(unsigned long long)small, (unsigned long long)large);
		arena_reset(texts);
	}
	arena_free(texts);
}

static void check_memory(size_t i, const char *what, const struct arena *a, size_t size)
{
	if (arena_used(a) > (size_t)TEXT_MEMORY_FACTOR * size + LITTLE)
		fail_msg("%s%s: %s takes %zu bytes for %zu", cases[i].start, cases[i].pattern, what,
			arena_used(a), size);
}

static void memory_is_bounded(void **state)
{
	static const size_t sizes[] = {1, 10, 100, 1000, 100000};
	struct arena *texts = arena_make(), *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
			struct span text = make(texts, i, sizes[k]);
			struct text_form form;
			struct text_words words;

			text_make_folded(a, text, &form);
			check_memory(i, "folding", a, text.n);
			arena_reset(a);
			text_make_skeleton(a, text, &form);
			check_memory(i, "the skeleton", a, text.n);
			arena_reset(a);
			text_split_words(a, text, TEXT_WORDS_MOST, &words);
			check_memory(i, "words", a, text.n);
			arena_reset(a);
		}
		arena_reset(texts);
	}
	arena_free(texts);
	arena_free(a);
}

static void marks_without_number_are_left_out(void **state)
{
	struct arena *a = arena_make();
	struct span text = make(a, 4, 50001);
	struct text_form form;

	(void)state;
	text_make_folded(a, text, &form);
	assert_true(form.text.n < 200);
	assert_true(form.invisible > 24000);
	assert_int_equal(text_find_origin(&form, form.text.n), text.n);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_linear),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(marks_without_number_are_left_out),
	};

	return cmocka_run_group_tests_name("text/linear", tests, NULL, NULL);
}
