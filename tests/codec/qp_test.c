#include "check.h"

static const struct decode_case cases[] = {
	{"nothing", SPAN_INIT(""), SPAN_INIT(""), 0},
	{"an escape", SPAN_INIT("a=3Db"), SPAN_INIT("a=b"), 0},
	{"an escape in lower case", SPAN_INIT("=c3=a4"), SPAN_INIT("\xc3\xa4"), 0},
	{"escapes at both ends", SPAN_INIT("=41b=43"), SPAN_INIT("AbC"), 0},
	{"an escaped NUL", SPAN_INIT("=00"), SPAN_INIT("\0"), 0},
	{"a soft line break", SPAN_INIT("one =\r\ntwo"), SPAN_INIT("one two"), 0},
	{"a soft line break before LF", SPAN_INIT("one =\ntwo"), SPAN_INIT("one two"), 0},
	{"a soft line break with blanks behind it", SPAN_INIT("one= \t \r\ntwo"),
		SPAN_INIT("onetwo"), 0},
	{"a soft line break at the end", SPAN_INIT("one="), SPAN_INIT("one"), 0},
	{"a soft line break with blanks at the end", SPAN_INIT("one= "), SPAN_INIT("one"), 0},
	{"hard line breaks stay", SPAN_INIT("=41\r\n=42\n"), SPAN_INIT("A\r\nB\n"), 0},
	{"an encoded line break is data", SPAN_INIT("a=0D=0A b"), SPAN_INIT("a\r\n b"), 0},
	{"blanks before a line end are dropped", SPAN_INIT("one \t \r\ntwo \n"),
		SPAN_INIT("one\r\ntwo\n"), 0},
	{"blanks at the very end stay", SPAN_INIT("=41 "), SPAN_INIT("A "), 0},
	{"an encoded blank before a line end stays", SPAN_INIT("one=20\r\n"), SPAN_INIT("one \r\n"),
		0},
	{"no hex digits", SPAN_INIT("a=ZZb"), SPAN_INIT("a=ZZb"), CODEC_QP_INVALID},
	{"one hex digit", SPAN_INIT("a=4 b=4"), SPAN_INIT("a=4 b=4"), CODEC_QP_INVALID},
	{"two = in a row", SPAN_INIT("a==3Db"), SPAN_INIT("a==b"), CODEC_QP_INVALID},
	{"a = before a soft line break", SPAN_INIT("a==\r\nb"), SPAN_INIT("a=b"), CODEC_QP_INVALID},
	{"a = before a blank", SPAN_INIT("a= b"), SPAN_INIT("a= b"), CODEC_QP_INVALID},
	{"an escape cut by a line end", SPAN_INIT("a=4\r\n1"), SPAN_INIT("a=4\r\n1"),
		CODEC_QP_INVALID},
	{"8-bit bytes stay", SPAN_INIT("=41\xe4"), SPAN_INIT("A\xe4"), CODEC_QP_8BIT},
	{"lines that end in CR alone", SPAN_INIT("one =\rtwo \rthree=3D"),
		SPAN_INIT("one two\rthree="), 0},
	{"a lone CR between lines that end in CRLF is data", SPAN_INIT("a \rb=3D\r\n"),
		SPAN_INIT("a \rb=\r\n"), 0},
};

static void quoted_printable_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned defects = 0;
		struct span out = codec_decode_qp(arena, cases[i].in, &defects);

		check(cases[i].name, out, cases[i].out, defects, cases[i].defects);
	}
}

static void text_without_escapes_is_not_copied(void **state)
{
	static const struct span texts[] = {
		SPAN_INIT(""),
		SPAN_INIT("a text"),
		SPAN_INIT("two\r\nlines"),
		SPAN_INIT(" blanks  within\rand behind "),
		SPAN_INIT("M\xfcller\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		unsigned defects = 0;

		assert_ptr_equal(codec_decode_qp(arena, texts[i], &defects).p, texts[i].p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(quoted_printable_is_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_without_escapes_is_not_copied, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
