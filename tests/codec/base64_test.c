#include "check.h"

static const struct decode_case cases[] = {
	{"nothing", SPAN_INIT(""), SPAN_INIT(""), 0},
	{"a group", SPAN_INIT("QUJD"), SPAN_INIT("ABC"), 0},
	{"one byte", SPAN_INIT("QQ=="), SPAN_INIT("A"), 0},
	{"two bytes", SPAN_INIT("QUI="), SPAN_INIT("AB"), 0},
	{"all values of a byte's ends", SPAN_INIT("AP//+/8A"), SPAN_INIT("\0\xff\xff\xfb\xff\0"),
		0},
	{"lines end in CRLF", SPAN_INIT("SGVsbG8gd29ybGQh\r\nISEh\r\n"),
		SPAN_INIT("Hello world!!!!"), 0},
	{"lines end in LF", SPAN_INIT("SGVsbG8gd29ybGQh\nISEh\n"), SPAN_INIT("Hello world!!!!"), 0},
	{"lines end in CR", SPAN_INIT("SGVsbG8gd29ybGQh\rISEh\r"), SPAN_INIT("Hello world!!!!"), 0},
	{"a line ends within a group", SPAN_INIT("SGVsb\r\nG8gd29yb\r\nGQh"),
		SPAN_INIT("Hello world!"), 0},
	{"blanks are nothing", SPAN_INIT(" Q U\tJ D "), SPAN_INIT("ABC"), 0},
	{"a line ends between two =", SPAN_INIT("QQ=\r\n=\r\n"), SPAN_INIT("A"), 0},
	{"other bytes are skipped", SPAN_INIT("Q-U_J!D\x80\xff"), SPAN_INIT("ABC"),
		CODEC_BASE64_GARBAGE},
	{"a NUL is garbage", SPAN_INIT("QU\0JD"), SPAN_INIT("ABC"), CODEC_BASE64_GARBAGE},
	{"one byte without padding", SPAN_INIT("QQ"), SPAN_INIT("A"), CODEC_BASE64_TRUNCATED},
	{"two bytes without padding", SPAN_INIT("QUI"), SPAN_INIT("AB"), CODEC_BASE64_TRUNCATED},
	{"half of the padding", SPAN_INIT("QQ="), SPAN_INIT("A"), CODEC_BASE64_TRUNCATED},
	{"a letter alone is no byte", SPAN_INIT("QUJDQ"), SPAN_INIT("ABC"), CODEC_BASE64_TRUNCATED},
	{"a letter and padding is no byte", SPAN_INIT("Q==="), SPAN_INIT(""),
		CODEC_BASE64_TRUNCATED},
	{"padding in the middle starts a new group", SPAN_INIT("QQ==QUI=QUJD"), SPAN_INIT("AABABC"),
		CODEC_BASE64_AFTER_PADDING},
	{"padding of one = in the middle", SPAN_INIT("QQ=QUJD"), SPAN_INIT("AABC"),
		CODEC_BASE64_AFTER_PADDING},
	{"more padding than there may be", SPAN_INIT("QUI=="), SPAN_INIT("AB"),
		CODEC_BASE64_GARBAGE},
	{"padding of nothing", SPAN_INIT("="), SPAN_INIT(""), CODEC_BASE64_GARBAGE},
	{"bits behind the last byte are dropped", SPAN_INIT("QR=="), SPAN_INIT("A"), 0},
};

static void base64_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned defects = 0;
		struct span out = codec_decode_base64(arena, cases[i].in, &defects);

		check(cases[i].name, out, cases[i].out, defects, cases[i].defects);
	}
}

/* The 256 bytes in order, many times over, so that each comes at each place of a group and a line. */
static struct span pattern(size_t n)
{
	char *p = arena_alloc_raw(arena, n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 7 + (i >> 8));
	return span_from(p, n);
}

static struct span encode(struct span in, size_t width, const char *newline)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buf out;
	size_t column = 0;

	buf_init(&out, arena, 8 * in.n + 8);
	for (size_t i = 0; i < (in.n + 2) / 3 * 4; i++) {
		size_t bit = i % 4 * 6, at = i / 4 * 3 + bit / 8;
		unsigned high = at < in.n ? (unsigned char)in.p[at] : 0;
		unsigned low = at + 1 < in.n ? (unsigned char)in.p[at + 1] : 0;
		bool padding = i / 4 * 3 + (i % 4 + 1) * 6 / 8 > in.n && i % 4 > 1 && at >= in.n;

		buf_add_byte(&out,
			padding ? '=' : letters[(high << 8 | low) >> (10 - bit % 8) & 63]);
		if (++column % width == 0)
			buf_add_string(&out, newline);
	}
	return buf_span(&out);
}

static void lines_of_any_width_give_the_same_bytes(void **state)
{
	static const size_t widths[] = {1, 2, 3, 4, 5, 7, 8, 60, 64, 75, 76, 77, 100000};
	static const char *const newlines[] = {"\r\n", "\n", "\r", " \r\n", "\n\n"};

	(void)state;
	for (size_t n = 0; n < 700; n += n < 40 ? 1 : 61)
		for (size_t w = 0; w < ARRAY_LEN(widths); w++) {
			const char *newline = newlines[(n + w) % ARRAY_LEN(newlines)];
			unsigned defects = 0;
			struct span bytes = pattern(n);
			struct span text = encode(bytes, widths[w], newline);
			struct span out = codec_decode_base64(arena, text, &defects);

			check("a width", out, bytes, defects, 0);
		}
}

static void defects_are_added_to(void **state)
{
	unsigned defects = CODEC_QP_8BIT;

	(void)state;
	(void)codec_decode_base64(arena, SPAN("!"), &defects);
	assert_int_equal(defects, CODEC_QP_8BIT | CODEC_BASE64_GARBAGE);
	(void)codec_decode_base64(arena, SPAN("QUJD"), &defects);
	assert_int_equal(defects, CODEC_QP_8BIT | CODEC_BASE64_GARBAGE);
}

static void each_defect_has_a_name_and_a_meaning(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CODEC_DEFECT_COUNT; i++) {
		assert_true(span_of(codec_defect_name(i)).n > 0);
		assert_true(span_of(codec_defect_meaning(i)).n > 0);
	}
	assert_string_equal(codec_defect_name(CODEC_BIT_QP_8BIT), "qp-8bit");
	assert_string_equal(codec_defect_name(CODEC_BIT_CHARSET_INVALID), "charset-invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(base64_is_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_of_any_width_give_the_same_bytes, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(defects_are_added_to, set_up, tear_down),
		cmocka_unit_test(each_defect_has_a_name_and_a_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
