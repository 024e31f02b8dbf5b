#include "codec/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *name;
	const char *text;
	const char *encoded;
} rows[] = {
	{"nothing stays nothing", "", ""},
	{"mostly ASCII becomes Q", "Sp\xc3\xa4m", "=?UTF-8?Q?Sp=C3=A4m?="},
	{"a blank is an underline in Q", "\xc3\xa4 b_c", "=?UTF-8?Q?=C3=A4_b=5Fc?="},
	{"mostly other letters become base64", "\xd0\xa1\xd0\xbf\xd0\xb0\xd0\xbc",
		"=?UTF-8?B?0KHQv9Cw0Lw=?="},
	{"what ends a word is encoded", "a?= b \xc3\xa4 hello there",
		"=?UTF-8?Q?a=3F=3D_b_=C3=A4_hello_there?="},
	{"a long text becomes several words",
		"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg\xc3\xa4",
		"=?UTF-8?Q?aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgg?= "
		"=?UTF-8?Q?=C3=A4?="},
};

static void texts_become_words(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(arena_string(a, codec_encode_words(a, span_of(rows[i].text))),
			    rows[i].encoded) != 0)
			fail_msg("%s: %s", rows[i].name,
				arena_string(a, codec_encode_words(a, span_of(rows[i].text))));
	arena_free(a);
}

static void add_character(struct buf *text, unsigned c)
{
	if (c >= 0x10000)
		buf_add_byte(text, (char)(0xf0 | c >> 18));
	if (c >= 0x800)
		buf_add_byte(text, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 63) : 0xe0 | c >> 12));
	if (c >= 0x80)
		buf_add_byte(text, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xc0 | c >> 6));
	buf_add_byte(text, (char)(c >= 0x80 ? 0x80 | (c & 63) : c));
}

static void what_is_encoded_decodes_to_itself_in_words_of_75(void **state)
{
	static const unsigned firsts[] = {0x20, 0xa1, 0x410, 0x4e00, 0x1f600};
	struct arena *a = arena_make();

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(firsts); k++)
		for (unsigned n = 1; n < 200; n++) {
			struct codec_words words;
			unsigned defects = 0;
			struct span rest, word;
			struct buf text;

			buf_init(&text, a, 8000);
			for (unsigned i = 0; i < n; i++)
				add_character(&text, i % 7 == 6 ? ' ' : firsts[k] + i % 90);
			rest = codec_encode_words(a, buf_span(&text));
			codec_decode_words(a, rest, &words, &defects);
			assert_true(span_equal(words.text, buf_span(&text)));
			assert_int_equal(defects, 0);
			while (span_next(&rest, ' ', &word))
				assert_in_range(word.n, 13, 75);
		}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_words),
		cmocka_unit_test(what_is_encoded_decodes_to_itself_in_words_of_75),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
