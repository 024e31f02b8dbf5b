#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* The words with | between; # before a number, ! before a mixed one. */
static const struct {
	const char *name;
	const char *text;
	const char *words;
} cases[] = {
	{"nothing", "", ""},
	{"nothing but signs", " \r\n-- ... ''', !\u2026 \U0001f600", ""},
	{"ASCII", "Hello, world! (twice)\n", "Hello|world|twice"},
	{"apostrophes within", "don't 'quote' it\u2019s l\u2019heure rock'n'roll",
		"don't|quote|it\u2019s|l\u2019heure|rock'n'roll"},
	{"dots within", "www.example.org. End.of e.g. ...x", "www.example.org|End.of|e.g|x"},
	{"numbers", "1,000.50 12:30 3rd 2026-11-23 7", "#1,000.50|#12|#30|3rd|#2026|#11|#23|#7"},
	{"a comma between letters parts", "a,b 1,b", "a|b|#1|b"},
	{"a line beneath joins", "snake_case _x_", "snake_case|x"},
	{"hyphens part", "well-known", "well|known"},
	{"at signs part", "user@example.org", "user|example.org"},
	{"accents of their own", "Cafe\u0301 na\u00efve", "Cafe\u0301|na\u00efve"},
	{"what is not seen stays within", "vi\u200bag\u00adra", "vi\u200bag\u00adra"},
	{"Russian", "Привет, мир! 3D-модель", "Привет|мир|3D|модель"},
	{"mixed", "раyраl is here", "!раyраl|is|here"},
	{"Greek", "Καλημέρα κόσμε", "Καλημέρα|κόσμε"},
	{"Hebrew with its own quotes", "צה״ל שלום", "צה״ל|שלום"},
	{"Arabic with marks", "مُحَمَّد في البيت", "مُحَمَّد|في|البيت"},
	{"Hindi", "नमस्ते दुनिया।", "नमस्ते|दुनिया"},
	{"digits of other scripts", "१२३ ٤٥", "#१२३|#٤٥"},
	{"Korean has blanks", "안녕하세요 세계", "안녕하세요|세계"},
	{"Chinese has none", "今天天气很好", "今天|天气|很好"},
	{"Japanese", "私は学生です。タワー", "私|は|学生|です|タワー"},
	{"Thai", "สวัสดีชาวโลก", "สวัสดี|ชาว|โลก"},
	{"Latin beside Chinese", "用iPhone手机, 5G网络", "用|iPhone|手机|5G|网络"},
	{"bytes that are not valid part",
		"a\xff"
		"b",
		"a|b"},
};

static void check_words(const char *name, const struct text_words *words, const char *expected)
{
	struct arena *a = arena_make();
	struct buf b;

	buf_init(&b, a, 10000);
	for (size_t i = 0; i < words->n; i++) {
		buf_add_string(&b, i > 0 ? "|" : "");
		buf_add_string(&b, words->v[i].is_number ? "#" : words->v[i].is_mixed ? "!" : "");
		buf_add(&b, words->v[i].text);
	}
	if (!span_equal(buf_span(&b), span_of(expected)))
		fail_msg("%s: %.*s", name, SPAN_ARG(buf_span(&b)));
	arena_free(a);
}

static void texts_are_cut_into_words(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_words words;

		text_split_words(a, span_of(cases[i].text), 100, &words);
		check_words(cases[i].name, &words, cases[i].words);
	}
	arena_free(a);
}

static void words_have_scripts(void **state)
{
	static const enum text_script scripts[] = {TEXT_LATIN, TEXT_LATIN, TEXT_CYRILLIC,
		TEXT_COMMON, TEXT_HANGUL, TEXT_HAN, TEXT_LATIN, TEXT_CYRILLIC};
	struct arena *a = arena_make();
	struct text_words words;

	(void)state;
	text_split_words(a, SPAN("one über мир 12 한국 中 aаb ыыa"), 100, &words);
	assert_int_equal(words.n, ARRAY_LEN(scripts));
	for (size_t i = 0; i < words.n; i++)
		assert_int_equal(words.v[i].script, scripts[i]);
	arena_free(a);
}

static void there_are_at_most_so_many(void **state)
{
	struct arena *a = arena_make();
	struct text_words words;

	(void)state;
	text_split_words(a, SPAN("a b c"), 3, &words);
	assert_int_equal(words.n, 3);
	assert_false(words.is_cut);
	text_split_words(a, SPAN("a b c d"), 3, &words);
	assert_int_equal(words.n, 3);
	assert_true(words.is_cut);
	text_split_words(a, SPAN("今天天气很好"), 2, &words);
	assert_int_equal(words.n, 2);
	assert_true(words.is_cut);
	arena_free(a);
}

static struct span repeat(struct arena *a, const char *piece, size_t times)
{
	struct buf b;

	buf_init(&b, a, 10 << 20);
	for (size_t i = 0; i < times; i++)
		buf_add_string(&b, piece);
	return buf_span(&b);
}

static void long_words_are_cut_and_count_as_one(void **state)
{
	struct arena *a = arena_make();
	struct text_words words;

	(void)state;
	text_split_words(a, repeat(a, "x", TEXT_WORD_MOST), 10, &words);
	assert_int_equal(words.v[0].text.n, TEXT_WORD_MOST);
	text_split_words(a, repeat(a, "x", 1000), 10, &words);
	assert_int_equal(words.n, 1);
	assert_int_equal(words.v[0].text.n, TEXT_WORD_MOST);
	text_split_words(a, repeat(a, "ж", 1000), 10, &words);
	assert_int_equal(words.n, 1);
	assert_int_equal(words.v[0].text.n, 2 * TEXT_WORD_MOST);
	arena_free(a);
}

static void much_chinese_is_cut_without_the_dictionary(void **state)
{
	struct arena *a = arena_make();
	struct span text = repeat(a, "今天天气很好", 8000);
	struct text_words words;
	size_t bytes = 0;

	(void)state;
	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	assert_true(words.is_cut);
	text = repeat(a, "今天天气很好", 4000);
	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	assert_false(words.is_cut);
	for (size_t i = 0; i < words.n; i++)
		bytes += words.v[i].text.n;
	assert_int_equal(bytes, text.n);
	arena_free(a);
}

static size_t count_words(struct arena *a, struct span text)
{
	struct text_words words;

	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	assert_false(words.is_cut);
	return words.n;
}

static void dictionaries_see_so_much_of_a_text(void **state)
{
	static const char line[] = "ภาษาไทย\n";
	/* 32 KB of what stands in the lines */
	size_t most = (32 << 10) / (sizeof(line) - 2);
	struct arena *a = arena_make();
	size_t words = count_words(a, span_of(line));

	(void)state;
	assert_int_equal(words, 2);
	assert_int_equal(count_words(a, repeat(a, line, most)), most * words);
	/* two characters make a word */
	assert_int_equal(count_words(a, repeat(a, line, most + 100)), most * words + 100 * 4);
	arena_free(a);
}

static double compare(struct arena *a, const char *x, const char *y)
{
	struct text_words words;
	struct text_hashes hx, hy;

	text_split_words(a, span_of(x), 100, &words);
	text_hash_words(a, &words, &hx);
	text_split_words(a, span_of(y), 100, &words);
	text_hash_words(a, &words, &hy);
	assert_true(text_compare_words(a, &hx, &hy) == text_compare_words(a, &hy, &hx));
	return text_compare_words(a, &hx, &hy);
}

static void texts_are_compared_by_their_words(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	assert_true(compare(a, "", "") == 0);
	assert_true(compare(a, "", "word") == 1);
	assert_true(compare(a, "one two three", "three, ONE: two!") == 0);
	assert_true(compare(a, "Übel ПРИВЕТ", "ÜBEL привет") == 0);
	assert_true(compare(a, "pay\u200bment", "payment") == 0);
	assert_true(compare(a, "one two", "three four") == 1);
	assert_true(compare(a, "one two", "one three") == 0.5);
	/* as often as they stand there */
	assert_true(compare(a, "one one one", "one") == 0.5);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cut_into_words),
		cmocka_unit_test(words_have_scripts),
		cmocka_unit_test(there_are_at_most_so_many),
		cmocka_unit_test(long_words_are_cut_and_count_as_one),
		cmocka_unit_test(much_chinese_is_cut_without_the_dictionary),
		cmocka_unit_test(dictionaries_see_so_much_of_a_text),
		cmocka_unit_test(texts_are_compared_by_their_words),
	};

	return cmocka_run_group_tests_name("text/words", tests, NULL, NULL);
}
