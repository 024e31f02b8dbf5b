/*
 * CPU time of what is done with the characters of a text, in English, Russian and Chinese. Prints lines
 * "text_LANGUAGE_WORK nanoseconds a kilobyte" and "text_ascii_8k microseconds" for all of it on 8 KB of English; the best
 * of several rounds.
 */
#include <stdio.h>

#include "text/text.h"

enum { ROUNDS = 7, SIZE = 8192, ROUND_NS = 20000000 };

static const struct {
	const char *name, *text;
} languages[] = {
	{"ascii",
		"Dear Customer, the parcel that you ordered last week has been sent today, and will "
		"arrive within three days. It's on https://www.example.org/track?id=12345.\r\n"},
	{"cyrillic",
		"Здравствуйте! Спасибо за Ваш заказ. Посылка отправлена сегодня и будет у вас завтра "
		"или в пятницу, номер 12345.\r\n"},
	{"chinese",
		"感谢您的订购。包裹今天已经寄出，明天或者星期五会送到您的地址，编号12345。\r\n"},
};

static void fold(struct arena *a, struct span text)
{
	struct text_form form;

	text_make_folded(a, text, &form);
}

static void skeleton(struct arena *a, struct span text)
{
	struct text_form form;

	text_make_skeleton(a, text, &form);
}

static void split(struct arena *a, struct span text)
{
	struct text_words words;

	text_split_words(a, text, TEXT_WORDS_MOST, &words);
}

static void count(struct arena *a, struct span text)
{
	struct text_scripts scripts;

	(void)a;
	text_count_scripts(text, &scripts);
}

static void all(struct arena *a, struct span text)
{
	fold(a, text);
	skeleton(a, text);
	split(a, text);
	count(a, text);
}

static void language(struct arena *a, struct span text)
{
	struct text_scripts scripts;
	struct text_words words;

	text_split_words(a, text, TEXT_WORDS_MOST, &words);
	text_count_scripts(text, &scripts);
	(void)text_find_language(&words, &scripts);
}

static const struct {
	const char *name;
	void (*work)(struct arena *a, struct span text);
} works[] = {
	{"fold", fold},
	{"skeleton", skeleton},
	{"words", split},
	{"scripts", count},
	{"words_and_language", language},
};

static struct span make_text(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a, SIZE);
	while (!b.full)
		buf_add_string(&b, text);
	return buf_span(&b);
}

/* Nanoseconds of one call. */
static double measure(void (*work)(struct arena *a, struct span text), struct span text)
{
	struct arena *scratch = arena_make();
	double best = 1e300;
	unsigned times = 1;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;

		for (unsigned i = 0; i < times; i++) {
			work(scratch, text);
			arena_reset(scratch);
		}
		ns = clock_cpu_ns() - start;
		if ((double)ns / times < best)
			best = (double)ns / times;
		if (ns < ROUND_NS) {
			times *= 2;
			round = -1;
		}
	}
	arena_free(scratch);
	return best;
}

int main(void)
{
	struct arena *a = arena_make();

	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		struct span text = make_text(a, languages[i].text);

		for (size_t k = 0; k < ARRAY_LEN(works); k++)
			printf("text_%s_%s %.1f\n", languages[i].name, works[k].name,
				measure(works[k].work, text) * 1024 / (double)text.n);
	}
	printf("text_ascii_8k %.2f\n", measure(all, make_text(a, languages[0].text)) / 1000);
	arena_free(a);
	return 0;
}
