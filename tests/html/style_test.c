#include "html/view_inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

struct colour_case {
	const char *text;
	int64_t rgba; /* -1: none */
};

static void run_colours(const struct colour_case *cases, size_t n,
	bool (*parse)(struct span text, uint32_t *out))
{
	for (size_t i = 0; i < n; i++) {
		uint32_t colour = 0;
		bool is_one = parse(span_of(cases[i].text), &colour);

		if (is_one != (cases[i].rgba != -1) || (is_one && colour != cases[i].rgba))
			fail_msg("%s: %d, %08x", cases[i].text, is_one, colour);
	}
}

static void test_colours(void **state)
{
	static const struct colour_case cases[] = {
		{"#fff", 0xffffffff},
		{"#f80a", 0xff8800aa},
		{"#12345678", 0x12345678},
		{"#ABCDEF", 0xabcdefff},
		{"#ff", -1},
		{"#ggg", -1},
		{"fff", -1},
		{"Red", 0xff0000ff},
		{" RebeccaPurple ", 0x663399ff},
		{"aliceblue", 0xf0f8ffff},
		{"yellowgreen", 0x9acd32ff},
		{"transparent", 0},
		{"rgb(1, 2,3)", 0x010203ff},
		{"rgb(100%,0%,50%)", 0xff0080ff},
		{"RGB(1 2 3 / 50%)", 0x01020380},
		{"rgba(300,-1,0,0)", 0xff000000},
		{"rgb(1,2)", -1},
		{"rgb(a,b,c)", -1},
		{"hsl(0,100%,50%)", 0xff0000ff},
		{"hsl(120deg 100% 25%)", 0x008000ff},
		{"hsla(240,100%,50%,0.5)", 0x0000ff80},
		{"hsl(60,100%,100%)", 0xffffffff},
		{"", -1},
		{"no colour", -1},
		{"var(--x)", -1},
	};

	(void)state;
	run_colours(cases, ARRAY_LEN(cases), html_parse_colour);
}

static void test_old_colours(void **state)
{
	/* by the rules of the HTML Standard, worked out by hand */
	static const struct colour_case cases[] = {
		{"white", 0xffffffff},
		{"#abc", 0xaabbccff},
		{"#abcdef", 0xabcdefff},
		{"abcdef", 0xabcdefff},
		{"abc", 0x0a0b0cff},
		{"chucknorris", 0xc00000ff},
		{"fffff", 0xfffff0ff},
		{"ffffffffffff", 0xffffffff},
		{"#1", 0x010000ff},
		{"", -1},
		{"transparent", -1},
	};

	(void)state;
	run_colours(cases, ARRAY_LEN(cases), html_parse_old_colour);
}

static void test_blend(void **state)
{
	(void)state;
	assert_int_equal(html_blend_colour(0x000000ff, 0xffffffff), 0x000000ff);
	assert_int_equal(html_blend_colour(0x00000000, 0xffffffff), 0xffffffff);
	assert_int_equal(html_blend_colour(0x00000080, 0xffffffff), 0x7f7f7fff);
	assert_true(html_contrast(0xffffffff, 0xffffffff) == 0);
	assert_true(html_contrast(0xffffffff, 0xeeeeeeff) < 1);
	assert_true(html_contrast(0xffffffff, 0xccccccff) > 1);
	assert_true(html_contrast(0x000000ff, 0x111111ff) < 1);
	assert_true(html_contrast(0xffff00ff, 0xffffffff) > 1);
}

static void test_lengths(void **state)
{
	static const struct {
		const char *text;
		enum html_unit unit;
		float number;
	} cases[] = {
		{"0", HTML_PX, 0},
		{"12px", HTML_PX, 12},
		{"12PX", HTML_PX, 12},
		{"-1.5em", HTML_EM, -1.5f},
		{".5em", HTML_EM, 0.5f},
		{"3pt", HTML_PX, 4},
		{"1in", HTML_PX, 96},
		{"+50%", HTML_PERCENT, 50},
		{"2rem", HTML_PX, 32},
		{"50vw", HTML_WINDOW, 400},
		{"50vh", HTML_WINDOW, 300},
		{"7", HTML_PX, 7},
		{"99999999999px", HTML_PX, 1e9f},
		{"px", HTML_WORD, 0},
		{"1 px", HTML_WORD, 0},
		{"1foo", HTML_WORD, 0},
		{"calc(1px)", HTML_WORD, 0},
		{"", HTML_WORD, 0},
		{"1.px", HTML_WORD, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct html_value v = {0};
		bool is_one = html_parse_length(span_of(cases[i].text), &v);

		if (is_one != (cases[i].unit != HTML_WORD) ||
			(is_one && (v.unit != cases[i].unit || v.number != cases[i].number)))
			fail_msg("%s: %d %d %f", cases[i].text, is_one, v.unit, (double)v.number);
	}
}

static void read(const char *text, struct html_style *style, struct html_urls *urls)
{
	*style = (struct html_style){0};
	*urls = (struct html_urls){0};
	html_read_style(a, span_of(text), style, urls);
}

static void test_declarations(void **state)
{
	static const struct {
		const char *text;
		uint32_t set;
	} cases[] = {
		{"", 0},
		{"display:none", HTML_PROP(DISPLAY)},
		{";;display:none;", HTML_PROP(DISPLAY)},
		{"display none", 0},
		{"display:", 0},
		{"x:display:none", 0},
		{"x:';display:none'", 0},
		{"x:url(;display:none)", 0},
		{"x:\\;display:none", 0},
		{"background:red url(a)", HTML_PROP(BACK_COLOUR) | HTML_PROP(BACK_IMAGE)},
		{"font:italic 10px/0 a", HTML_PROP(FONT_SIZE) | HTML_PROP(LINE_HEIGHT)},
		{"font:caption", 0},
		{"margin:1px 2px", HTML_PROP(MARGIN_LEFT) | HTML_PROP(MARGIN_TOP)},
		{"margin:1px foo", 0},
		{"font-size:-1px", 0},
		{"opacity:0!important", HTML_PROP(OPACITY)},
		{"filter:alpha(opacity=0)", HTML_PROP(OPACITY)},
		{"filter:blur(1px)", 0},
	};
	struct html_style style;
	struct html_urls urls;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		read(cases[i].text, &style, &urls);
		if (style.set != cases[i].set)
			fail_msg("%s: %x instead of %x", cases[i].text, style.set, cases[i].set);
	}
	read("filter:alpha(opacity=50)", &style, &urls);
	assert_true(style.v[HTML_PROP_OPACITY].number == 0.5f);
	read("filter:opacity(0.5)", &style, &urls);
	assert_true(style.v[HTML_PROP_OPACITY].number == 0.5f);
	read("opacity:0!important;opacity:1", &style, &urls);
	assert_int_equal(style.important, HTML_PROP(OPACITY));
	assert_true(style.v[HTML_PROP_OPACITY].number == 0);
}

static void test_urls(void **state)
{
	struct html_style style;
	struct html_urls urls;

	(void)state;
	read("a:url(b),URL( 'c' ) url();d:url(/*e)", &style, &urls);
	assert_int_equal(urls.n, 3);
	assert_true(span_equal(urls.v[0], SPAN("b")));
	assert_true(span_equal(urls.v[1], SPAN("c")));
	assert_true(span_equal(urls.v[2], SPAN("/*e")));
	read("a:url(b)url(b)url(b)url(b)url(b)url(b)url(b)url(b)", &style, &urls);
	assert_int_equal(urls.n, HTML_URLS_MOST);
	assert_false(urls.is_cut);
	read("a:url(b)url(b)url(b)url(b)url(b)url(b)url(b)url(b)url(b)", &style, &urls);
	assert_true(urls.is_cut);
}

/* Those that hold in windows of 600 to 1200 pixels, all of them. */
static void test_media(void **state)
{
	static const struct {
		const char *media;
		bool applies;
	} cases[] = {
		{"", true},
		{" All ", true},
		{"print, only screen", true},
		{"print", false},
		{"screen and (max-width: 600px)", false},
		{"(min-width:1px)", true},
		{"screen and (min-width:600px)", true},
		{"(min-width:601px)", false},
		{"(max-width:1200px)", true},
		{"(max-width:1199px)", false},
		{"only screen and (min-width: 30em) and (max-width: 100em)", true},
		{"only screen and (min-width: 30em) and (max-width: 20em)", false},
		{"print and (min-width:1px)", false},
		{"not print", true},
		{"not screen", false},
		{"not all and (max-width:480px)", true},
		{"not all and (max-width:800px)", false},
		{"not all and (hover)", false},
		{"(hover)", false},
		{"(min-width:x)", false},
		{"(min-width:1%)", false},
		{"(min-width:1px", false},
		{"(max-width:1px) or (min-width:1px)", false},
		{"(max-width:1px),(min-width:1px)", true},
		{",", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (html_media_applies(span_of(cases[i].media)) != cases[i].applies)
			fail_msg("\"%s\" applies: %d", cases[i].media, !cases[i].applies);
}

/* Every rule and every step that a sheet may cost has its end, and the view says so. */
static void test_rule_limits(void **state)
{
	struct buf out;

	(void)state;
	for (int over = 0; over < 2; over++) {
		const struct html_view *v;

		buf_init(&out, a, 1 << 20);
		buf_add_string(&out, "<style>");
		for (int i = 0; i < HTML_RULES_MOST + over; i++)
			buf_printf(&out, ".x%d{display:none}", i);
		buf_printf(&out, "</style><p class=x%d>a", HTML_RULES_MOST - 1);
		v = html_read(a, buf_span(&out));
		assert_int_equal(v->text.n, 0);
		assert_int_equal((v->sights & HTML_SIGHT(LIMIT)) != 0, over);
	}
}

/* A document of `before`, and `piece` as often as said. */
static const struct html_view *read_many(const char *before, const char *piece, size_t count)
{
	struct buf out;

	buf_init(&out, a, 1 << 23);
	buf_add_string(&out, before);
	for (size_t i = 0; i < count; i++)
		buf_add_string(&out, piece);
	return html_read(a, buf_span(&out));
}

static bool is_limited(const struct html_view *v)
{
	return (v->sights & HTML_SIGHT(LIMIT)) != 0;
}

/* An element meets 64 rules, those that do not fit among them; the newest are met first. */
static void test_candidates(void **state)
{
	(void)state;
	for (int over = 0; over < 2; over++) {
		struct buf out;
		const struct html_view *v;

		buf_init(&out, a, 1 << 20);
		buf_add_string(&out, "<style>.x{display:none}");
		for (int i = 0; i < 63 + over; i++)
			buf_add_string(&out, ".no .x{color:red}");
		buf_add_string(&out, "</style><p class=x>a");
		v = html_read(a, buf_span(&out));
		assert_int_equal(is_limited(v), over);
		assert_int_equal(v->text.n, over);
	}
}

/* Two million steps are done for a document: these take 200 an element. */
static void test_steps(void **state)
{
	static const struct html_view *v;
	struct buf start;

	(void)state;
	buf_init(&start, a, 1 << 20);
	buf_add_string(&start, "<style>.no .x{display:none}</style>");
	for (int i = 0; i < 198; i++)
		buf_add_string(&start, "<div>");
	buf_add_byte(&start, '\0');
	v = read_many(start.p, "<b class=x>a</b>", 9000);
	assert_false(is_limited(v));
	v = read_many(start.p, "<b class=x>a</b>", 11000);
	assert_true(is_limited(v));
	assert_int_equal(v->text.n, 11000);
}

/* Formatting that others close costs work for all that is open above it; at the end of that it closes them. */
static void test_crossings(void **state)
{
	struct buf piece;
	const struct html_view *v;
	static const char *const end = "<b><p style=display:none>a</b>b";

	(void)state;
	buf_init(&piece, a, 1 << 20);
	buf_add_string(&piece, "<div>");
	for (int i = 0; i < 100; i++)
		buf_add_string(&piece, "<b>");
	buf_add_string(&piece, "<p>");
	for (int i = 0; i < 100; i++)
		buf_add_string(&piece, "</b>");
	buf_add_string(&piece, "</p></div>");
	for (int over = 0; over < 2; over++) {
		struct buf out;

		buf_init(&out, a, 1 << 20);
		for (int i = 0; i < (over ? 150 : 50); i++)
			buf_add(&out, buf_span(&piece));
		buf_add_string(&out, end);
		v = html_read(a, buf_span(&out));
		assert_int_equal(is_limited(v), over);
		assert_true(span_equal(v->text, over ? SPAN("b") : SPAN("")));
	}
}

static void test_charset(void **state)
{
	static const struct {
		const char *html, *charset; /* NULL: none */
	} cases[] = {
		{"<meta charset=utf-8>", "utf-8"},
		{"<META CharSet = 'x y' >", "x y"},
		{"<meta/charset=\"a\"/>", "a"},
		{"<html><head><meta name=a><meta charset=b>", "b"},
		{"<meta http-equiv='Content-Type' content='text/html; charset=koi8-r'>", "koi8-r"},
		{"<meta content='text/html; charset=\"a b\"' http-equiv=content-type>", "a b"},
		{"<meta content='charset charset = a;b' http-equiv=content-type>", "a"},
		{"<meta content='text/html; charset=a'>", NULL},
		{"<meta http-equiv=content-type content='text/html; charset=\"a'>", NULL},
		{"<!-- <meta charset=a> --><meta charset=b>", "b"},
		{"<!--><meta charset=a>", "a"},
		{"<a title='<meta charset=a>'><meta charset=b>", "b"},
		{"</a x='<meta charset=a>'><? <meta charset=c>", NULL},
		{"<metas charset=a>", NULL},
		{"<meta charset=>", NULL},
		{"", NULL},
		{"<", NULL},
		{"<meta charset=a", "a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span charset = html_find_charset(span_of(cases[i].html));

		if (!span_equal(charset, span_of(cases[i].charset)) ||
			span_is_null(charset) != (cases[i].charset == NULL))
			fail_msg("%s: \"%.*s\"", cases[i].html, SPAN_ARG(charset));
	}
}

static void test_charset_is_early(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, a, 4096);
	for (int i = 0; i < 1024 - 16; i++)
		buf_add_byte(&out, ' ');
	buf_add_string(&out, "<meta charset=a><meta charset=b>");
	assert_true(span_equal(html_find_charset(buf_span(&out)), SPAN("a")));
	assert_true(span_is_null(html_find_charset(
		span_from_offset(arena_printf(a, "%1020s<meta charset=abc>", ""), 0))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_colours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_old_colours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blend, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_declarations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_urls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_media, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rule_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_candidates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_steps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_crossings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_charset, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_charset_is_early, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
