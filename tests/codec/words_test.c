#include "check.h"

static const struct decode_case cases[] = {
	{"nothing", SPAN_INIT(""), SPAN_INIT(""), 0},
	{"plain text", SPAN_INIT("Re: hello = world?"), SPAN_INIT("Re: hello = world?"), 0},
	{"one B word", SPAN_INIT("=?utf-8?B?R3LDvMOfZQ==?="), SPAN_INIT("Grüße"), 0},
	{"one Q word", SPAN_INIT("=?utf-8?Q?Gr=C3=BC=C3=9Fe?="), SPAN_INIT("Grüße"), 0},
	{"letters in lower case", SPAN_INIT("=?UTF-8?q?=c3=bc?= =?UTF-8?b?w7w=?="), SPAN_INIT("üü"),
		0},
	{"an underscore is a space", SPAN_INIT("=?utf-8?Q?a_b=5F?="), SPAN_INIT("a b_"), 0},
	{"an empty word",
		SPAN_INIT("a =?utf-8?Q?"
			  "?= b"),
		SPAN_INIT("a  b"), 0},
	{"text before and behind", SPAN_INIT("a =?utf-8?Q?b?= c"), SPAN_INIT("a b c"), 0},
	{"an address behind", SPAN_INIT("=?iso-8859-1?Q?M=FCller?= <m@example.com>"),
		SPAN_INIT("Müller <m@example.com>"), 0},
	{"a comment around", SPAN_INIT("(=?utf-8?Q?a?=)"), SPAN_INIT("(a)"), 0},
	{"a language", SPAN_INIT("=?US-ASCII*EN?Q?Keith_Moore?="), SPAN_INIT("Keith Moore"), 0},
	{"blanks between two words vanish", SPAN_INIT("=?utf-8?Q?a?=  \t =?utf-8?Q?b?="),
		SPAN_INIT("ab"), 0},
	{"a fold between two words vanishes", SPAN_INIT("=?utf-8?Q?a?=\r\n =?koi8-r?B?wQ==?="),
		SPAN_INIT("aа"), 0},
	{"blanks between a word and text stay", SPAN_INIT("=?utf-8?Q?a?=  b  =?utf-8?Q?c?="),
		SPAN_INIT("a  b  c"), 0},
	{"blanks at both ends stay", SPAN_INIT(" =?utf-8?Q?a?= "), SPAN_INIT(" a "), 0},
	{"a fold is only its blank", SPAN_INIT("one\r\n two\n\tthree\r four"),
		SPAN_INIT("one two\tthree four"), 0},
	{"a line end without a blank stays", SPAN_INIT("one\r\ntwo\r\n"),
		SPAN_INIT("one\r\ntwo\r\n"), 0},
	{"Japanese", SPAN_INIT("=?ISO-2022-JP?B?GyRCJDMkcxsoQg==?="), SPAN_INIT("こん"), 0},
	{"a charset that is unknown", SPAN_INIT("=?x-mars?Q?=E4?="), SPAN_INIT("ä"),
		CODEC_CHARSET_UNKNOWN},
	{"bytes that are invalid", SPAN_INIT("=?utf-8?Q?a=FFb?="), SPAN_INIT("a�b"),
		CODEC_CHARSET_INVALID},

	{"a character split over two Q words", SPAN_INIT("=?utf-8?Q?a=C3?= =?utf-8?Q?=A4b?="),
		SPAN_INIT("aäb"), CODEC_WORD_SPLIT},
	{"a character split over two B words", SPAN_INIT("=?utf-8?B?4oI=?=\r\n =?UTF-8?B?rA==?="),
		SPAN_INIT("€"), CODEC_WORD_SPLIT},
	{"a character split over two words of Shift_JIS",
		SPAN_INIT("=?shift_jis?Q?=83?= =?shift_jis?Q?e?="), SPAN_INIT("テ"), 0},
	{"no character is joined over other text", SPAN_INIT("=?utf-8?Q?=C3?= x =?utf-8?Q?=A4?="),
		SPAN_INIT("� x �"), CODEC_CHARSET_INVALID},
	{"no character is joined over charsets", SPAN_INIT("=?utf-8?Q?=C3?= =?koi8-r?Q?=C1?="),
		SPAN_INIT("�а"), CODEC_CHARSET_INVALID},

	{"raw blanks in a Q word", SPAN_INIT("=?utf-8?Q?Gr=C3=BC=C3=9Fe an alle?="),
		SPAN_INIT("Grüße an alle"), CODEC_WORD_INVALID},
	{"a fold in a Q word", SPAN_INIT("=?utf-8?Q?a=C3=BC\r\n b?="), SPAN_INIT("aü b"),
		CODEC_WORD_INVALID},
	{"a fold in a B word", SPAN_INIT("=?utf-8?B?R3LD\r\n vMOfZQ==?="), SPAN_INIT("Grüße"), 0},
	{"blanks around charset and encoding", SPAN_INIT("=? utf-8 ? Q ?=C3=BC?="), SPAN_INIT("ü"),
		0},
	{"8-bit bytes in a Q word", SPAN_INIT("=?iso-8859-1?Q?M\xfcller?="), SPAN_INIT("Müller"),
		CODEC_WORD_INVALID},
	{"a = that is no escape", SPAN_INIT("=?utf-8?Q?a=b=4?="), SPAN_INIT("a=b=4"),
		CODEC_WORD_INVALID},
	{"a question mark within", SPAN_INIT("=?utf-8?Q?why?_because?="), SPAN_INIT("why? because"),
		0},
	{"base64 without its padding", SPAN_INIT("=?utf-8?B?R3LDvMOfZQ?="), SPAN_INIT("Grüße"),
		CODEC_WORD_INVALID},
	{"garbage in base64", SPAN_INIT("=?utf-8?B?Q!UJD?="), SPAN_INIT("ABC"), CODEC_WORD_INVALID},
	{"an empty charset",
		SPAN_INIT("=?"
			  "?Q?=C3=BC?="),
		SPAN_INIT("ü"), CODEC_WORD_INVALID},
	{"the end is missing", SPAN_INIT("=?utf-8?Q?Gr=C3=BC=C3=9Fe"), SPAN_INIT("Grüße"),
		CODEC_WORD_INVALID},
	{"half of the end is missing", SPAN_INIT("=?utf-8?B?R3LDvMOfZQ==?"), SPAN_INIT("Grüße"),
		CODEC_WORD_INVALID},
	{"the end is missing before other text",
		SPAN_INIT("=?utf-8?Q?Gr=C3=BC=C3=9Fe <a@example.com>"),
		SPAN_INIT("Grüße <a@example.com>"), CODEC_WORD_INVALID},
	{"the end is missing before the next word", SPAN_INIT("=?utf-8?Q?=C3=BC=?utf-8?Q?=C3=A4?="),
		SPAN_INIT("üä"), CODEC_WORD_INVALID},
	{"nothing but a charset", SPAN_INIT("=?utf-8?"), SPAN_INIT("=?utf-8?"), 0},
	{"nothing but a start", SPAN_INIT("=?utf-8?Q?"), SPAN_INIT(""), CODEC_WORD_INVALID},
	{"text glued to the start", SPAN_INIT("x=?utf-8?Q?=C3=BC?="), SPAN_INIT("xü"),
		CODEC_WORD_INVALID},
	{"text glued to the end", SPAN_INIT("=?utf-8?Q?=C3=BC?=x"), SPAN_INIT("üx"),
		CODEC_WORD_INVALID},
	{"two words without a blank", SPAN_INIT("=?utf-8?Q?a?==?utf-8?Q?b?="), SPAN_INIT("ab"),
		CODEC_WORD_INVALID},
	{"a word in quotes", SPAN_INIT("\"=?utf-8?Q?=C3=BC?=\" <a@example.com>"),
		SPAN_INIT("\"ü\" <a@example.com>"), CODEC_WORD_IN_QUOTES},
	{"a word behind quotes", SPAN_INIT("\"a \\\" b\" =?utf-8?Q?=C3=BC?="),
		SPAN_INIT("\"a \\\" b\" ü"), 0},

	{"an encoding that does not exist", SPAN_INIT("=?utf-8?X?abc?="),
		SPAN_INIT("=?utf-8?X?abc?="), 0},
	{"a charset with a blank in it", SPAN_INIT("=?what is this?B?="),
		SPAN_INIT("=?what is this?B?="), 0},
	{"questions that are no words",
		SPAN_INIT("=? ?= =?= =?"
			  "?= a=?b"),
		SPAN_INIT("=? ?= =?= =?"
			  "?= a=?b"),
		0},

	{"raw UTF-8", SPAN_INIT("Grüße"), SPAN_INIT("Grüße"), 0},
	{"raw Latin-1",
		SPAN_INIT("Gr\xfc\xdf"
			  "e"),
		SPAN_INIT("Grüße"), CODEC_HEADER_8BIT},
	{"raw bytes of both kinds around a word", SPAN_INIT("ü =?utf-8?Q?=C3=BC?= \xfc"),
		SPAN_INIT("ü ü ü"), CODEC_HEADER_8BIT},
	{"control bytes stay", SPAN_INIT("a\0b\x01\x7f =?utf-8?Q?=00?="),
		SPAN_INIT("a\0b\x01\x7f \0"), 0},
};

static void words_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct decode_case *c = &cases[i];
		struct codec_words words;
		unsigned defects = 0;

		codec_decode_words(arena, c->in, &words, &defects);
		check(c->name, words.text, c->out, defects, c->defects);
		if (codec_has_words(c->in) != (words.base64 + words.qp > 0))
			fail_msg("%s: has words or not", c->name);
	}
}

static void the_kinds_of_words_are_counted(void **state)
{
	struct codec_words words;
	unsigned defects = 0;

	(void)state;
	codec_decode_words(arena, SPAN("=?utf-8?Q?a?= =?utf-8?B?QQ==?= b =?utf-8?q?c?="), &words,
		&defects);
	assert_int_equal(words.qp, 2);
	assert_int_equal(words.base64, 1);
	assert_false(words.raw_8bit);
	codec_decode_words(arena, SPAN("ü =?utf-8?Q?a?="), &words, &defects);
	assert_true(words.raw_8bit);
	codec_decode_words(arena, SPAN("=?utf-8?Q?=C3=BC?="), &words, &defects);
	assert_false(words.raw_8bit);
	assert_int_equal(defects, 0);
}

static void text_without_words_is_not_copied(void **state)
{
	static const struct span texts[] = {
		SPAN_INIT("Re: hello"),
		SPAN_INIT("a = b ? c : d"),
		SPAN_INIT("Grüße"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct codec_words words;
		unsigned defects = 0;

		codec_decode_words(arena, texts[i], &words, &defects);
		assert_ptr_equal(words.text.p, texts[i].p);
		assert_int_equal(words.text.n, texts[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_are_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_kinds_of_words_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_without_words_is_not_copied, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
