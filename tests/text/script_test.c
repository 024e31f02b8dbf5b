#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	uint32_t c;
	const char *script;
} characters[] = {
	{'a', "Latin"},
	{'Z', "Latin"},
	{'0', "Common"},
	{'-', "Common"},
	{0, "Common"},
	{0xe9, "Latin"},
	{0xb5, "Common"},
	{0x3bc, "Greek"},
	{0x2126, "Greek"},
	{0x301, "Common"},
	{0x430, "Cyrillic"},
	{0x531, "Armenian"},
	{0x10d0, "Georgian"},
	{0x5d0, "Hebrew"},
	{0x627, "Arabic"},
	{0x905, "Devanagari"},
	{0x995, "Bengali"},
	{0xa15, "Gurmukhi"},
	{0xa95, "Gujarati"},
	{0xb95, "Tamil"},
	{0xc15, "Telugu"},
	{0xc95, "Kannada"},
	{0xd15, "Malayalam"},
	{0xd9a, "Sinhala"},
	{0xe01, "Thai"},
	{0xe81, "Lao"},
	{0x1000, "Myanmar"},
	{0x1780, "Khmer"},
	{0x1200, "Ethiopic"},
	{0x4e2d, "Han"},
	{0x20000, "Han"},
	{0x3042, "Hiragana"},
	{0x30a2, "Katakana"},
	{0xff71, "Katakana"},
	{0x30fc, "Common"},
	{0xac00, "Hangul"},
	{0x13a0, "other"},
	{0x10ffff, "Common"},
	{0x1f600, "Common"},
	{0x110000, "Common"},
	{UINT32_MAX, "Common"},
	{0xd800, "Common"},
};

static void characters_have_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(characters); i++) {
		const char *script = text_script_name(text_script_of(characters[i].c));

		if (strcmp(script, characters[i].script) != 0)
			fail_msg("U+%04X: %s", characters[i].c, script);
	}
}

static void letters_are_counted(void **state)
{
	struct text_scripts n;

	(void)state;
	text_count_scripts(
		SPAN("Hello @[`{ 123 - world, the 4th of sixteen and more. Привет, 你好! "
		     "é\xff ｶ1 A"),
		&n);
	assert_int_equal(n.letters[TEXT_LATIN], 5 + 5 + 3 + 2 + 2 + 7 + 3 + 4 + 1 + 1);
	assert_int_equal(n.letters[TEXT_CYRILLIC], 6);
	assert_int_equal(n.letters[TEXT_HAN], 2);
	assert_int_equal(n.letters[TEXT_KATAKANA], 1);
	assert_int_equal(n.letters[TEXT_COMMON], 0);
	assert_int_equal(n.total, 33 + 6 + 2 + 1);
	text_count_scripts(SPAN(""), &n);
	assert_int_equal(n.total, 0);
}

static void long_and_short_runs_count_the_same(void **state)
{
	static const char text[] = "aZ@[`{z A0-/x:;Y~the quick brown fox jumps over the lazy dog";
	struct text_scripts n;

	(void)state;
	for (size_t from = 0; from < sizeof(text); from++)
		for (size_t k = 0; from + k < sizeof(text); k++) {
			size_t letters = 0;

			for (size_t i = from; i < from + k; i++)
				letters += byte_is_alpha(text[i]);
			text_count_scripts(span_from(text + from, k), &n);
			assert_int_equal(n.total, letters);
		}
}

static const struct {
	const char *word;
	bool is_mixed;
} words[] = {
	{"", false},
	{"paypal", false},
	{"café", false},
	{"cafe\u0301", false},
	{"ti\u00ea\u0301ng", false},
	{"привет", false},
	{"раypal", true},
	{"pаypal", true},
	{"paypаl", true},
	{"cкидкa", true},
	{"Cкидка", true},
	{"BAНK", true},
	{"Аpple", true},
	{"αpple", true},
	{"gοοgle", true},
	{"σоюз", true},
	{"Ｐayраl", true},
	{"pay\u200bраl", true},
	/* what people write */
	{"3D-модель", false},
	{"SMS-рассылка", false},
	{"IP-адрес", false},
	{"USB-кабель", false},
	{"VIPы", false},
	{"SMSки", false},
	{"iPhone15", false},
	{"№5", false},
	{"5µm", false},
	{"5\u03bcm", false},
	{"10kΩ", false},
	{"10k\u2126", false},
	{"\u03bcTorrent", false},
	{"ΔT", false},
	{"α-version", false},
	{"β-carotene", false},
	{"Αθήνα", false},
	{"東京タワー", false},
	{"お問い合わせ", false},
	{"LINEで送る", false},
	{"ｶﾒﾗ屋", false},
	{"삼성전자", false},
	{"LG전자", false},
	{"大韓民國의", false},
	{"iPhone手机", false},
	{"ㄅㄆ注音", false},
	{"ใช้iPhone", false},
	{"שלוםiPhone", false},
	{"Љубав", false},
	{"ҳаёт", false},
	{"ភាសាខ្មែរ", false},
	{"हिन्दी", false},
	{"한글かな", true},
	{"कпп", true},
	{"Ꭺpple", true},
	{"аՕ", true},
};

static void scripts_that_do_not_go_together_are_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (text_is_mixed(span_of(words[i].word)) != words[i].is_mixed)
			fail_msg("%s", words[i].word);
}

static const struct {
	const char *word;
	bool is_lookalike;
} lookalikes[] = {
	{"", false},
	{"paypal", false},
	{"123", false},
	{"раураӏ", true},
	{"сор", true},
	{"раypal", true},
	{"ｐａｙ", true},
	{"привет", false},
	{"pаypaль", false},
	{"café", false},
	{"ΑΒΕ", true},
	{"ομορφια", false},
	{"рау-2", true},
	{"kapı", true},
	{"straße", false},
	{"STRAẞE", false},
	{"lærer", false},
	{"cœur", false},
};

static void words_that_look_like_ascii_are_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lookalikes); i++)
		if (text_is_lookalike(span_of(lookalikes[i].word)) != lookalikes[i].is_lookalike)
			fail_msg("%s", lookalikes[i].word);
}

static void what_takes_no_room_is_known(void **state)
{
	static const uint32_t hidden[] = {0xad, 0x34f, 0x200b, 0x200c, 0x200d, 0x200e, 0x202a,
		0x202e, 0x2060, 0x2066, 0x2069, 0xfe0f, 0xfeff, 0xfff9, 0xe0061, 0x3164};
	static const uint32_t seen[] = {'a', ' ', '\n', 0xa0, 0x2009, 0x3000, 0x301, 0x430, 0xfffd,
		UINT32_MAX};
	static const uint32_t bidi[] = {0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
		0x2068, 0x2069};
	static const uint32_t other[] = {0x2029, 0x202f, 0x2065, 0x206a, 0x200e, 0x200f, 'a',
		UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		assert_true(text_is_invisible(hidden[i]));
	for (size_t i = 0; i < ARRAY_LEN(seen); i++)
		assert_false(text_is_invisible(seen[i]));
	for (size_t i = 0; i < ARRAY_LEN(bidi); i++)
		assert_true(text_is_bidi_control(bidi[i]));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_false(text_is_bidi_control(other[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_have_scripts),
		cmocka_unit_test(letters_are_counted),
		cmocka_unit_test(long_and_short_runs_count_the_same),
		cmocka_unit_test(scripts_that_do_not_go_together_are_seen),
		cmocka_unit_test(words_that_look_like_ascii_are_seen),
		cmocka_unit_test(what_takes_no_room_is_known),
	};

	return cmocka_run_group_tests_name("text/script", tests, NULL, NULL);
}
