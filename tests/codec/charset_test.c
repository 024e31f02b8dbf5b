#include "check.h"

#include <string.h>

struct charset_case {
	const char *name;
	struct span label;
	struct span in;
	struct span out;
	unsigned defects;
};

static const struct charset_case cases[] = {
	{"ASCII as UTF-8", SPAN_INIT("utf-8"), SPAN_INIT("abc"), SPAN_INIT("abc"), 0},
	{"UTF-8", SPAN_INIT("utf-8"), SPAN_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		SPAN_INIT("ä€😀"), 0},
	{"UTF-8 with a byte order mark", SPAN_INIT("utf-8"), SPAN_INIT("\xef\xbb\xbfä"),
		SPAN_INIT("ä"), 0},
	{"a byte that UTF-8 does not know", SPAN_INIT("utf-8"),
		SPAN_INIT("a\xff"
			  "b"),
		SPAN_INIT("a�b"), CODEC_CHARSET_INVALID},
	{"a character cut off", SPAN_INIT("utf-8"), SPAN_INIT("a\xe2\x82"), SPAN_INIT("a�"),
		CODEC_CHARSET_INVALID},
	{"an overlong slash", SPAN_INIT("utf-8"), SPAN_INIT("\xc0\xaf"), SPAN_INIT("��"),
		CODEC_CHARSET_INVALID},
	{"a surrogate in UTF-8", SPAN_INIT("utf-8"), SPAN_INIT("\xed\xa0\x80"), SPAN_INIT("���"),
		CODEC_CHARSET_INVALID},
	{"ASCII", SPAN_INIT("us-ascii"), SPAN_INIT("abc"), SPAN_INIT("abc"), 0},
	{"UTF-8 that says it is ASCII", SPAN_INIT("us-ascii"), SPAN_INIT("ä"), SPAN_INIT("ä"),
		CODEC_CHARSET_INVALID},
	{"Latin-1 that says it is ASCII", SPAN_INIT("ANSI_X3.4-1968"), SPAN_INIT("\xe4"),
		SPAN_INIT("ä"), CODEC_CHARSET_INVALID},
	{"no label and UTF-8", SPAN_INIT(""), SPAN_INIT("ä"), SPAN_INIT("ä"), 0},
	{"no label and Latin-1", SPAN_INIT(""), SPAN_INIT("\xe4\x80"), SPAN_INIT("ä€"), 0},
	{"an unknown label and ASCII", SPAN_INIT("x-unknown"), SPAN_INIT("abc"), SPAN_INIT("abc"),
		CODEC_CHARSET_UNKNOWN},
	{"an unknown label and UTF-8", SPAN_INIT("unknown-8bit"), SPAN_INIT("ä"), SPAN_INIT("ä"),
		CODEC_CHARSET_UNKNOWN},
	{"an unknown label and Latin-1", SPAN_INIT("x-mars"), SPAN_INIT("\xe4"), SPAN_INIT("ä"),
		CODEC_CHARSET_UNKNOWN},
	{"a label that is no text", SPAN_INIT("\xff\0"), SPAN_INIT("\xe4"), SPAN_INIT("ä"),
		CODEC_CHARSET_UNKNOWN},

	{"Latin-1 is that of Windows", SPAN_INIT("iso-8859-1"), SPAN_INIT("\x80\x93\xe4\x81"),
		SPAN_INIT("€“ä\xc2\x81"), 0},
	{"Latin-9", SPAN_INIT("iso-8859-15"), SPAN_INIT("\xa4"), SPAN_INIT("€"), 0},
	{"Latin-10", SPAN_INIT("iso-8859-16"), SPAN_INIT("\xaa\xba"), SPAN_INIT("Șș"), 0},
	{"Russian in KOI8-R", SPAN_INIT("koi8-r"), SPAN_INIT("\xf0\xd2\xc9\xd7\xc5\xd4"),
		SPAN_INIT("Привет"), 0},
	{"Ukrainian in KOI8-U", SPAN_INIT("koi8-u"), SPAN_INIT("\xa4\xa6\xa7\xad"),
		SPAN_INIT("єіїґ"), 0},
	{"Russian in windows-1251", SPAN_INIT("cp1251"), SPAN_INIT("\xcf\xf0\xe8\xe2\xe5\xf2"),
		SPAN_INIT("Привет"), 0},
	{"Russian in ISO", SPAN_INIT("iso-8859-5"), SPAN_INIT("\xbf\xe0\xd8\xd2\xd5\xe2"),
		SPAN_INIT("Привет"), 0},
	{"Russian of DOS", SPAN_INIT("cp866"), SPAN_INIT("\x8f\xe0\xa8\xa2\xa5\xe2"),
		SPAN_INIT("Привет"), 0},
	{"Polish", SPAN_INIT("iso-8859-2"), SPAN_INIT("za\xbf\xf3\xb3\xe6"), SPAN_INIT("zażółć"),
		0},
	{"Turkish", SPAN_INIT("iso-8859-9"), SPAN_INIT("\xfd\xfe\xf0"), SPAN_INIT("ışğ"), 0},
	{"Greek", SPAN_INIT("iso-8859-7"), SPAN_INIT("\xe1\xe2\xe3"), SPAN_INIT("αβγ"), 0},
	{"Hebrew in logical order", SPAN_INIT("iso-8859-8-i"), SPAN_INIT("\xf9\xec\xe5\xed"),
		SPAN_INIT("\u05e9\u05dc\u05d5\u05dd"), 0},
	{"Arabic", SPAN_INIT("windows-1256"), SPAN_INIT("\xe3\xd1"), SPAN_INIT("\u0645\u0631"), 0},
	{"Thai", SPAN_INIT("tis-620"), SPAN_INIT("\xa1\xd2"), SPAN_INIT("กา"), 0},
	{"Vietnamese", SPAN_INIT("windows-1258"), SPAN_INIT("\xd0\xf0"), SPAN_INIT("Đđ"), 0},
	{"a Macintosh", SPAN_INIT("macintosh"), SPAN_INIT("\x8a\xdb"), SPAN_INIT("ä€"), 0},
	{"boxes of DOS", SPAN_INIT("cp437"), SPAN_INIT("\xc9\xcd\xbb"), SPAN_INIT("╔═╗"), 0},
	{"a byte that means nothing", SPAN_INIT("iso-8859-7"), SPAN_INIT("\xe1\xff"),
		SPAN_INIT("α�"), CODEC_CHARSET_INVALID},

	{"UTF-16 with its mark, big first", SPAN_INIT("utf-16"), SPAN_INIT("\xfe\xff\0a\x20\xac"),
		SPAN_INIT("a€"), 0},
	{"UTF-16 with its mark, little first", SPAN_INIT("utf-16"),
		SPAN_INIT("\xff\xfe"
			  "a\0\xac\x20"),
		SPAN_INIT("a€"), 0},
	{"UTF-16 without mark", SPAN_INIT("utf-16"), SPAN_INIT("a\0\xac\x20"), SPAN_INIT("a€"), 0},
	{"the mark is stronger than the label", SPAN_INIT("utf-16le"), SPAN_INIT("\xfe\xff\0a"),
		SPAN_INIT("a"), 0},
	{"a pair in UTF-16", SPAN_INIT("utf-16be"), SPAN_INIT("\xd8\x3d\xde\x00"), SPAN_INIT("😀"),
		0},
	{"half a pair in UTF-16", SPAN_INIT("utf-16be"), SPAN_INIT("\xd8\x3d\0a\xde\x00"),
		SPAN_INIT("�a�"), CODEC_CHARSET_INVALID},
	{"half a unit in UTF-16", SPAN_INIT("utf-16be"), SPAN_INIT("\0ab"), SPAN_INIT("a�"),
		CODEC_CHARSET_INVALID},
	{"less than a unit of UTF-16", SPAN_INIT("utf-16"), SPAN_INIT("a"), SPAN_INIT("�"),
		CODEC_CHARSET_INVALID},
	{"UTF-32", SPAN_INIT("utf-32be"), SPAN_INIT("\0\0\0a\0\x01\xf6\0"), SPAN_INIT("a😀"), 0},
	{"UTF-32 past the last character", SPAN_INIT("utf-32le"), SPAN_INIT("\0\0\x11\0a\0\0\0"),
		SPAN_INIT("�a"), CODEC_CHARSET_INVALID},
	{"UTF-7", SPAN_INIT("utf-7"), SPAN_INIT("Hi +Jjo-! 1 +- 1 +AOQ, +2D3eAA"),
		SPAN_INIT("Hi ☺! 1 + 1 ä, 😀"), 0},
	{"a tag hidden in UTF-7", SPAN_INIT("unicode-1-1-utf-7"), SPAN_INIT("+ADw-script+AD4-"),
		SPAN_INIT("<script>"), 0},
	{"UTF-7 with backslashes", SPAN_INIT("utf-7"), SPAN_INIT("\\~+AOQ-"), SPAN_INIT("\\~ä"), 0},
	{"a + in UTF-7 that is only a plus", SPAN_INIT("utf-7"), SPAN_INIT("1 + 1"),
		SPAN_INIT("1 + 1"), CODEC_CHARSET_INVALID},
	{"UTF-7 that ends within a character", SPAN_INIT("utf-7"), SPAN_INIT("a+AO"),
		SPAN_INIT("a�"), CODEC_CHARSET_INVALID},
	{"half a pair in UTF-7", SPAN_INIT("utf-7"), SPAN_INIT("+2D0-a"), SPAN_INIT("�a"),
		CODEC_CHARSET_INVALID},
	{"half a pair before a character in UTF-7", SPAN_INIT("utf-7"), SPAN_INIT("+2D0AYQ-"),
		SPAN_INIT("�a"), CODEC_CHARSET_INVALID},
	{"8-bit bytes in UTF-7", SPAN_INIT("utf-7"), SPAN_INIT("+AOQ-\xe4"), SPAN_INIT("ä�"),
		CODEC_CHARSET_INVALID},

	{"Japanese in ISO-2022", SPAN_INIT("iso-2022-jp"), SPAN_INIT("a\x1b$B$3$s\x1b(B b"),
		SPAN_INIT("aこん b"), 0},
	{"a line of Japanese without its end", SPAN_INIT("iso-2022-jp"),
		SPAN_INIT("\x1b$B$3$s\r\nplain\r\n"), SPAN_INIT("こん\r\nplain\r\n"), 0},
	{"half a character of Japanese does not eat the line end", SPAN_INIT("iso-2022-jp"),
		SPAN_INIT("\x1b$B$3$\nplain"), SPAN_INIT("こ�\nplain"), CODEC_CHARSET_INVALID},
	{"circled digits of Windows in ISO-2022-JP", SPAN_INIT("cp50220"),
		SPAN_INIT("\x1b$B-!\x1b(B"), SPAN_INIT("①"), 0},
	{"Shift_JIS", SPAN_INIT("x-sjis"), SPAN_INIT("\x83\x65\x5c\xb1"), SPAN_INIT("テ\\ｱ"), 0},
	{"a lead byte does not eat the quote behind it", SPAN_INIT("shift_jis"),
		SPAN_INIT("\x81\"<a>"), SPAN_INIT("�\"<a>"), CODEC_CHARSET_INVALID},
	{"EUC-JP", SPAN_INIT("euc-jp"), SPAN_INIT("\xa4\xa2\x8e\xb1"), SPAN_INIT("あｱ"), 0},
	{"GB 2312 is read as GB 18030", SPAN_INIT("gb2312"), SPAN_INIT("\xc4\xe3\x81\x30\x89\x38"),
		SPAN_INIT("你ß"), 0},
	{"HZ", SPAN_INIT("hz-gb-2312"), SPAN_INIT("~{<:Ky~} a~~b"), SPAN_INIT("己所 a~b"), 0},
	{"a line of HZ without its end", SPAN_INIT("hz"), SPAN_INIT("~{<:Ky\nplain"),
		SPAN_INIT("己所\nplain"), 0},
	{"Big5", SPAN_INIT("big5"), SPAN_INIT("\xa4\xa4\xa4\xe5"), SPAN_INIT("中文"), 0},
	{"Korean", SPAN_INIT("ks_c_5601-1987"), SPAN_INIT("\xb0\xa1\x81\x41"), SPAN_INIT("가갂"),
		0},
	{"Korean in ISO-2022", SPAN_INIT("iso-2022-kr"),
		SPAN_INIT("\x1b$)C\x0e\x30\x21\x0f"
			  "a"),
		SPAN_INIT("가a"), 0},
	{"a line of Korean without its end", SPAN_INIT("iso-2022-kr"),
		SPAN_INIT("\x1b$)C\x0e\x30\x21\nplain"), SPAN_INIT("가\nplain"), 0},
	{"Chinese in ISO-2022", SPAN_INIT("iso-2022-cn"),
		SPAN_INIT("\x1b$)A\x0e=;\x0f"
			  "a"),
		SPAN_INIT("交a"), 0},
	{"Taiwanese in EUC", SPAN_INIT("euc-tw"), SPAN_INIT("\xc4\xe3"), SPAN_INIT("中"), 0},
	{"nothing in a charset of ICU", SPAN_INIT("euc-jp"), SPAN_INIT(""), SPAN_INIT(""), 0},
};

static void charsets_are_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct charset_case *c = &cases[i];
		unsigned defects = 0;
		struct span out = codec_to_utf8(arena, c->label, c->in, &defects);

		check(c->name, out, c->out, defects, c->defects);
	}
}

/* The cases in many orders: no converter may remember what it saw. */
static void nothing_leaks_from_one_text_into_the_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < 40 * ARRAY_LEN(cases); i++) {
		const struct charset_case *c = &cases[i * 37 % ARRAY_LEN(cases)];
		unsigned defects = 0;
		struct span out = codec_to_utf8(arena, c->label, c->in, &defects);

		check(c->name, out, c->out, defects, c->defects);
	}
}

static void text_that_is_utf8_is_not_copied(void **state)
{
	static const struct charset_case texts[] = {
		{"UTF-8", SPAN_INIT("utf-8"), SPAN_INIT("ä"), {0}, 0},
		{"ASCII in a charset of ICU", SPAN_INIT("shift_jis"), SPAN_INIT("abc\\~"), {0}, 0},
		{"ASCII in a table", SPAN_INIT("windows-1251"), SPAN_INIT("abc"), {0}, 0},
		{"ASCII in ISO-2022", SPAN_INIT("iso-2022-jp"), SPAN_INIT("abc ~ + $B"), {0}, 0},
		{"ASCII in UTF-7", SPAN_INIT("utf-7"), SPAN_INIT("abc\\ ~"), {0}, 0},
		{"ASCII in HZ", SPAN_INIT("hz"), SPAN_INIT("abc +"), {0}, 0},
		{"no label", SPAN_INIT(""), SPAN_INIT("ä"), {0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		unsigned defects = 0;
		struct span in = texts[i].in;
		struct span out = codec_to_utf8(arena, texts[i].label, in, &defects);

		if (out.p != in.p || out.n != in.n || defects != 0)
			fail_msg("%s", texts[i].name);
	}
}

static const struct {
	const char *name;
	struct span label;
	const char *charset; /* NULL: unknown */
} labels[] = {
	{"as it should be", SPAN_INIT("utf-8"), "utf-8"},
	{"without its hyphen", SPAN_INIT("UTF8"), "utf-8"},
	{"quotes and blanks", SPAN_INIT(" \"utf-8\" "), "utf-8"},
	{"a parameter behind it", SPAN_INIT("utf-8; format=flowed"), "utf-8"},
	{"a comma behind it", SPAN_INIT("us-ascii,"), "us-ascii"},
	{"underscores", SPAN_INIT("iso_8859_1"), "windows-1252"},
	{"with its year", SPAN_INIT("ISO_8859-1:1987"), "windows-1252"},
	{"Latin-5", SPAN_INIT("latin5"), "windows-1254"},
	{"a Thai one", SPAN_INIT("iso-8859-11"), "windows-874"},
	{"of Windows", SPAN_INIT("win-1251"), "windows-1251"},
	{"Chinese", SPAN_INIT("GB2312"), "gb18030"},
	{"Hong Kong", SPAN_INIT("big5-hkscs"), "big5"},
	{"Korean with its year", SPAN_INIT("ks_c_5601-1987"), "euc-kr"},
	{"Japanese of Windows", SPAN_INIT("CP932"), "shift_jis"},
	{"Japanese of other years", SPAN_INIT("iso-2022-jp-2004"), "iso-2022-jp"},
	{"UTF-16 without byte order", SPAN_INIT("UTF-16"), "utf-16le"},
	{"nothing", SPAN_INIT(""), NULL},
	{"punctuation", SPAN_INIT("-_-"), NULL},
	{"unknown by name", SPAN_INIT("x-unknown"), NULL},
	{"unknown by design", SPAN_INIT("unknown-8bit"), NULL},
	{"a charset that was never made", SPAN_INIT("iso-8859-12"), NULL},
	{"longer than any", SPAN_INIT("utf-8utf-8utf-8utf-8utf-8utf-8"), NULL},
	{"a letter that is none", SPAN_INIT("\xc3\xbctf-8"), NULL},
	{"the first in order", SPAN_INIT("437"), "ibm437"},
	{"the last in order", SPAN_INIT("xxbig5"), "big5"},
};

static void labels_are_known_as_mail_writes_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		struct span found = codec_find_charset(labels[i].label);

		if (span_is_null(found) != (labels[i].charset == NULL) ||
			!span_equal(found, span_of(labels[i].charset)))
			fail_msg("%s: %.*s", labels[i].name, SPAN_ARG(found));
	}
}

/* The list is searched by halves: each must be found, and lead to a charset that leads to itself. */
static void every_label_is_found(void **state)
{
	static const char *const keys[] = {
#define LABEL(key, charset) key,
#include "codec/labels.def"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		struct span name = codec_find_charset(span_of(keys[i]));

		if (span_is_null(name) || !span_equal(codec_find_charset(name), name))
			fail_msg("%s", keys[i]);
		if (i > 0 && strcmp(keys[i - 1], keys[i]) >= 0)
			fail_msg("%s is out of order", keys[i]);
	}
}

/* Each table has 128 characters, and each charset decodes each byte to something valid. */
static void every_charset_takes_every_byte(void **state)
{
	static const char *const names[] = {
#define CHARSET(constant, name, kind, detail) name,
#include "codec/charsets.def"
	};
	char bytes[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 3 + (i >> 8));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		unsigned defects = 0;
		struct span label = span_of(names[i]);
		struct span out =
			codec_to_utf8(arena, label, span_from(bytes, sizeof(bytes)), &defects);

		if (!span_is_utf8(out) || out.n > 3 * sizeof(bytes) + 16)
			fail_msg("%s", names[i]);
		if ((defects & CODEC_CHARSET_UNKNOWN) != 0)
			fail_msg("%s is unknown", names[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(charsets_are_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_leaks_from_one_text_into_the_next, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(text_that_is_utf8_is_not_copied, set_up, tear_down),
		cmocka_unit_test(labels_are_known_as_mail_writes_them),
		cmocka_unit_test(every_label_is_found),
		cmocka_unit_test_setup_teardown(every_charset_takes_every_byte, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
