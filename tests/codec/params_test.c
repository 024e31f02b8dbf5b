#include "check.h"

/* The parameters are printed as name=<value>, each on a line. */
static const struct decode_case cases[] = {
	{"nothing", SPAN_INIT(""), SPAN_INIT(""), 0},
	{"nothing but blanks and semicolons", SPAN_INIT(" ; \r\n\t;;"), SPAN_INIT(""), 0},
	{"a token", SPAN_INIT("; charset=utf-8"), SPAN_INIT("charset=<utf-8>\n"), 0},
	{"without the semicolon before it", SPAN_INIT("charset=utf-8"),
		SPAN_INIT("charset=<utf-8>\n"), 0},
	{"two, and a fold", SPAN_INIT("; charset=utf-8;\r\n\tformat=flowed"),
		SPAN_INIT("charset=<utf-8>\nformat=<flowed>\n"), 0},
	{"a name in capitals", SPAN_INIT("; CharSet=UTF-8"), SPAN_INIT("charset=<UTF-8>\n"), 0},
	{"a quoted string", SPAN_INIT("; name=\"a; b=c (d)\""), SPAN_INIT("name=<a; b=c (d)>\n"),
		0},
	{"escapes in a quoted string", SPAN_INIT("; name=\"a \\\"b\\\" \\\\c\""),
		SPAN_INIT("name=<a \"b\" \\c>\n"), 0},
	{"a path of Windows in a quoted string", SPAN_INIT("; name=\"C:\\temp\\a.doc\""),
		SPAN_INIT("name=<C:\\temp\\a.doc>\n"), 0},
	{"a fold in a quoted string", SPAN_INIT("; name=\"a\r\n b\""), SPAN_INIT("name=<a b>\n"),
		0},
	{"an empty value", SPAN_INIT("; name=; x=\"\""), SPAN_INIT("name=<>\nx=<>\n"), 0},
	{"blanks around =", SPAN_INIT("; name = a ; x\r\n =\t\"b\""),
		SPAN_INIT("name=<a>\nx=<b>\n"), 0},
	{"comments",
		SPAN_INIT(" (one) ; (two) charset (three) = us-ascii (four (five) \\) six); x=y"),
		SPAN_INIT("charset=<us-ascii>\nx=<y>\n"), 0},
	{"a name given twice with one value", SPAN_INIT("; a=b; a=\"b\""), SPAN_INIT("a=<b>\n"), 0},
	{"a name given twice", SPAN_INIT("; a=b; x=y; A=c"), SPAN_INIT("a=<b>\nx=<y>\n"),
		CODEC_PARAM_DUPLICATE},

	{"blanks in a file name without quotes", SPAN_INIT("; name=my old file.doc; x=y"),
		SPAN_INIT("name=<my old file.doc>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"parentheses in a file name without quotes", SPAN_INIT("; name=report (1).pdf"),
		SPAN_INIT("name=<report (1).pdf>\n"), CODEC_PARAM_INVALID},
	{"a parenthesis that is not closed", SPAN_INIT("; name=report (1.pdf; x=(y"),
		SPAN_INIT("name=<report (1.pdf>\nx=<(y>\n"), CODEC_PARAM_INVALID},
	{"the semicolon is missing", SPAN_INIT("; charset=utf-8 format=flowed"),
		SPAN_INIT("charset=<utf-8>\nformat=<flowed>\n"), CODEC_PARAM_INVALID},
	{"the semicolon is missing behind quotes", SPAN_INIT("; name=\"a b\" x=y"),
		SPAN_INIT("name=<a b>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"a comma is no semicolon", SPAN_INIT("; charset=utf-8, x=y"),
		SPAN_INIT("charset=<utf-8,>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"a quote is not closed", SPAN_INIT("; name=\"a b.doc; x=y"),
		SPAN_INIT("name=<a b.doc>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"a quote is not closed at the end", SPAN_INIT("; name=\"a b.doc \r\n"),
		SPAN_INIT("name=<a b.doc>\n"), CODEC_PARAM_INVALID},
	{"text behind a quoted string", SPAN_INIT("; name=\"a\"b; x=y"),
		SPAN_INIT("name=<a>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"a name without a value", SPAN_INIT("; name; x=y"), SPAN_INIT("x=<y>\n"),
		CODEC_PARAM_INVALID},
	{"a value without a name", SPAN_INIT("; =a; \"b\"; x=y"), SPAN_INIT("x=<y>\n"),
		CODEC_PARAM_INVALID},
	{"a name that is no token", SPAN_INIT("; n\xe4me=a; x=y"), SPAN_INIT("x=<y>\n"),
		CODEC_PARAM_INVALID},

	{"raw UTF-8", SPAN_INIT("; name=\"ä.doc\""), SPAN_INIT("name=<ä.doc>\n"), 0},
	{"raw Latin-1", SPAN_INIT("; name=\"\xe4.doc\""), SPAN_INIT("name=<ä.doc>\n"),
		CODEC_HEADER_8BIT},
	{"an encoded word in quotes", SPAN_INIT("; name=\"=?utf-8?B?w6Q=?=.doc\""),
		SPAN_INIT("name=<ä.doc>\n"), CODEC_PARAM_ENCODED_WORD},
	{"encoded words without quotes", SPAN_INIT("; name==?utf-8?Q?a=C3?= =?utf-8?Q?=A4?=; x=y"),
		SPAN_INIT("name=<aä>\nx=<y>\n"),
		CODEC_PARAM_ENCODED_WORD | CODEC_PARAM_INVALID | CODEC_WORD_SPLIT},

	{"an extended value", SPAN_INIT("; filename*=utf-8'en'%D1%82%20a.doc"),
		SPAN_INIT("filename=<т a.doc>\n"), 0},
	{"an extended value in capitals and another charset",
		SPAN_INIT("; FILENAME*=KOI8-R''%F0%d2"), SPAN_INIT("filename=<Пр>\n"), 0},
	{"an extended value in quotes", SPAN_INIT("; filename*=\"utf-8''a%20b\""),
		SPAN_INIT("filename=<a b>\n"), 0},
	{"an extended value with an empty charset", SPAN_INIT("; filename*=''%C3%A4"),
		SPAN_INIT("filename=<ä>\n"), 0},
	{"an extended value without charset", SPAN_INIT("; filename*=%C3%A4"),
		SPAN_INIT("filename=<ä>\n"), CODEC_PARAM_INVALID},
	{"an extended value with half a charset", SPAN_INIT("; filename*=utf-8'%C3%A4"),
		SPAN_INIT("filename=<ä>\n"), 0},
	{"an extended value with a broken escape", SPAN_INIT("; filename*=utf-8''100%_%4"),
		SPAN_INIT("filename=<100%_%4>\n"), CODEC_PARAM_INVALID},
	{"an extended value in an unknown charset", SPAN_INIT("; filename*=x-mars''%E4"),
		SPAN_INIT("filename=<ä>\n"), CODEC_CHARSET_UNKNOWN},
	{"percents in a plain value are percents", SPAN_INIT("; filename=a%20b"),
		SPAN_INIT("filename=<a%20b>\n"), 0},
	{"the extended value is stronger than the plain one",
		SPAN_INIT("; filename=\"a.doc\"; filename*=utf-8''%D1%82.exe"),
		SPAN_INIT("filename=<т.exe>\n"), 0},
	{"the order does not matter for that",
		SPAN_INIT("; filename*=utf-8''%D1%82.exe; filename=\"a.doc\""),
		SPAN_INIT("filename=<т.exe>\n"), 0},

	{"pieces", SPAN_INIT("; url*0=\"ftp://\"; url*1=\"example.com/a\""),
		SPAN_INIT("url=<ftp://example.com/a>\n"), 0},
	{"pieces of both kinds in any order",
		SPAN_INIT("; t*2=\"isn't it!\"; t*0*=us-ascii'en'This%20is; t*1*=%20%2Afun%2A%20"),
		SPAN_INIT("t=<This is *fun* isn't it!>\n"), 0},
	{"a percent in a plain piece is a percent", SPAN_INIT("; n*0*=utf-8''%41; n*1=%41"),
		SPAN_INIT("n=<A%41>\n"), 0},
	{"a character split over two pieces", SPAN_INIT("; n*0*=utf-8''%C3; n*1*=%A4"),
		SPAN_INIT("n=<ä>\n"), 0},
	{"an encoded word split over two pieces", SPAN_INIT("; n*0=\"=?utf-8?B?\"; n*1=\"w6Q=?=\""),
		SPAN_INIT("n=<ä>\n"), CODEC_PARAM_ENCODED_WORD},
	{"ten pieces and more",
		SPAN_INIT(
			"; n*10=k; n*0=a; n*1=b; n*2=c; n*3=d; n*4=e; n*5=f; n*6=g; n*7=h; n*8=i; n*9=j"),
		SPAN_INIT("n=<abcdefghijk>\n"), 0},
	{"a gap ends the value", SPAN_INIT("; n*0=a; n*1=b; n*3=d; x=y"),
		SPAN_INIT("n=<ab>\nx=<y>\n"), CODEC_PARAM_INVALID},
	{"a piece far away", SPAN_INIT("; n*0=a; n*65000=b"), SPAN_INIT("n=<a>\n"),
		CODEC_PARAM_INVALID},
	{"a number that is too large", SPAN_INIT("; n*999999999*=utf-8''a; x=y"),
		SPAN_INIT("x=<y>\n"), CODEC_PARAM_INVALID},
	{"counting from 1", SPAN_INIT("; n*1=a; n*2=b"), SPAN_INIT("n=<ab>\n"),
		CODEC_PARAM_INVALID},
	{"the first pieces are missing", SPAN_INIT("; n*2=a; n*3=b; x=y"), SPAN_INIT("x=<y>\n"),
		CODEC_PARAM_INVALID},
	{"the plain value stands in for missing pieces", SPAN_INIT("; n*2=a; n=b"),
		SPAN_INIT("n=<b>\n"), CODEC_PARAM_INVALID},
	{"a piece twice", SPAN_INIT("; n*0=a; n*0=b; n*1=c"), SPAN_INIT("n=<ac>\n"),
		CODEC_PARAM_DUPLICATE},
	{"pieces are stronger than the plain value", SPAN_INIT("; n=x; n*0=a; n*1=b"),
		SPAN_INIT("n=<ab>\n"), 0},
	{"the whole value is stronger than pieces", SPAN_INIT("; n*0=a; n*1=b; n*=utf-8''x"),
		SPAN_INIT("n=<x>\n"), 0},
	{"a number that is none", SPAN_INIT("; n*x=a; n*-1=b; *0=c; *=d; x=y"),
		SPAN_INIT("x=<y>\n"), CODEC_PARAM_INVALID},
};

static struct span print(const struct codec_params *params)
{
	struct buf out;

	buf_init(&out, arena, 1 << 20);
	for (size_t i = 0; i < params->n; i++)
		buf_printf(&out, "%.*s=<%.*s>\n", SPAN_ARG(params->v[i].name),
			SPAN_ARG(params->v[i].value));
	return buf_span(&out);
}

static void parameters_are_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct decode_case *c = &cases[i];
		struct codec_params params;
		unsigned defects = 0;

		codec_parse_params(arena, c->in, &params, &defects);
		check(c->name, print(&params), c->out, defects, c->defects);
	}
}

static void parameters_are_found_by_name(void **state)
{
	struct codec_params params;
	unsigned defects = 0;

	(void)state;
	codec_parse_params(arena, SPAN("; a=1; B=2; c="), &params, &defects);
	check("b", codec_find_param(&params, SPAN("b")), SPAN("2"), 0, 0);
	assert_true(span_is_null(codec_find_param(&params, SPAN("d"))));
	assert_false(span_is_null(codec_find_param(&params, SPAN("c"))));
}

static void there_is_a_most_of_parameters(void **state)
{
	struct codec_params params;
	struct buf in;
	unsigned defects = 0;

	(void)state;
	buf_init(&in, arena, 1 << 20);
	for (int i = 0; i < CODEC_PARAM_MOST; i++)
		buf_printf(&in, "; p%d=%d", i, i);
	codec_parse_params(arena, buf_span(&in), &params, &defects);
	assert_int_equal(params.n, CODEC_PARAM_MOST);
	assert_int_equal(defects, 0);
	buf_add_string(&in, "; p1=1; one_more=1; p0=3");
	codec_parse_params(arena, buf_span(&in), &params, &defects);
	assert_int_equal(params.n, CODEC_PARAM_MOST);
	assert_int_equal(defects, CODEC_PARAM_INVALID);
}

static void there_is_a_most_of_bytes(void **state)
{
	struct codec_params params;
	struct buf in;
	unsigned defects = 0;

	(void)state;
	buf_init(&in, arena, 1 << 20);
	buf_add_string(&in, "; a=1; long=");
	while (in.n < CODEC_PARAM_BYTES_MOST)
		buf_add_byte(&in, 'x');
	codec_parse_params(arena, buf_span(&in), &params, &defects);
	assert_int_equal(params.n, 2);
	assert_int_equal(params.v[1].value.n, CODEC_PARAM_BYTES_MOST - 12);
	assert_int_equal(defects, 0);
	buf_add_string(&in, "x; b=2");
	codec_parse_params(arena, buf_span(&in), &params, &defects);
	assert_int_equal(params.n, 2);
	assert_int_equal(defects, CODEC_PARAM_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parameters_are_parsed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parameters_are_found_by_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_is_a_most_of_parameters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_is_a_most_of_bytes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
