#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_html_visible;

#define HTML(body) "Content-Type: text/html; charset=utf-8\n\n<html><body>" body "</body></html>\n"
#define PIECE(style) "<p>seen</p><p style=\"" style "\">not for you</p>"
#define FIVE(x) x x x x x

static const struct harness_case cases[] = {
	{"all is seen", HTML("<p>seen</p>"), ""},
	{"plain text is seen", "\n" PIECE("display:none") "\n", ""},
	{"a piece that is not displayed is the rule", HTML(PIECE("display:none")),
		"MANY_INVISIBLE_PARTS(0.05)[display: 1 pieces, 9 letters]"},
	{"two pieces", HTML(PIECE("display:none") PIECE("visibility:hidden")),
		"MANY_INVISIBLE_PARTS(0.10)[display: 1 pieces, 9 letters, visibility: 1 pieces, 9 letters]"},
	{"nine pieces",
		HTML(FIVE(PIECE("display:none")) PIECE("display:none") PIECE("display:none")
				PIECE("display:none") PIECE("display:none")),
		"MANY_INVISIBLE_PARTS(0.80)[display: 9 pieces, 81 letters]"},
	{"ten pieces", HTML(FIVE(PIECE("display:none")) FIVE(PIECE("display:none"))),
		"MANY_INVISIBLE_PARTS(1.00)[display: 10 pieces, 90 letters]"},
	{"fifteen count no more",
		HTML(FIVE(PIECE("display:none")) FIVE(PIECE("display:none"))
				FIVE(PIECE("display:none"))),
		"MANY_INVISIBLE_PARTS(1.00)[display: 15 pieces, 135 letters]"},
	{"adjacent pieces count one by one",
		HTML("<p>seen</p>" FIVE("<p style=display:none>abc</p>")
				FIVE("<p style=display:none>abc</p>")),
		"MANY_INVISIBLE_PARTS(1.00)[display: 10 pieces, 30 letters]"},
	{"a line for the list, and what fills it up",
		HTML("<div style=display:none>not for you</div><div style=display:none>&nbsp;"
		     "&zwnj;&nbsp;&zwnj;</div><p>seen</p>"),
		"MANY_INVISIBLE_PARTS(0.05)[display: 1 pieces, 9 letters]"},
	{"blanks to fill the line are no text",
		HTML("<p>seen</p><div style=display:none>&nbsp;&zwnj;&#847;&shy;&#8199; "
		     "&#65279;</div>"),
		""},
	{"comments are no text", HTML("<!-- hello --><p>seen</p>"), ""},
	{"letters of no size", HTML("<p>seen</p><p style=font-size:0>not for you</p>"),
		"ZERO_FONT(0.05)[9 letters (font-size): not for you] "
		"MANY_INVISIBLE_PARTS(0.05)[font-size: 1 pieces, 9 letters]"},
	{"letters between letters",
		HTML(FIVE("Pay<b style=font-size:0>x</b>ment ")
				FIVE("a<b style=font-size:0>y</b>b ")),
		"ZERO_FONT(1.00)[1 letters (font-size): x] "
		"MANY_INVISIBLE_PARTS(1.00)[font-size: 10 pieces, 10 letters]"},
	{"white on white", HTML("<p>seen</p><p style=color:white>not for you</p>"),
		"R_WHITE_ON_WHITE(0.20)[9 letters (color): not for you] "
		"MANY_INVISIBLE_PARTS(0.05)[color: 1 pieces, 9 letters]"},
	{"black on black",
		HTML("<p>seen</p><table bgcolor=black><tr><td><font color=#000000>not for "
		     "you</font></table>"),
		"R_WHITE_ON_WHITE(0.20)[9 letters (color): not for you] "
		"MANY_INVISIBLE_PARTS(0.05)[color: 1 pieces, 9 letters]"},
	{"white on black is seen",
		HTML("<p>seen</p><table bgcolor=black><tr><td><font color=white>for "
		     "you</font></table>"),
		""},
	{"what is wholly transparent", HTML("<p>seen</p><p style=opacity:0>not for you</p>"),
		"R_WHITE_ON_WHITE(0.20)[9 letters (opacity): not for you] "
		"MANY_INVISIBLE_PARTS(0.05)[opacity: 1 pieces, 9 letters]"},
	{"what is attached is not looked at",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n"
		"--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n" PIECE(
			"display:none") "\n--b--\n",
		""},
};

static void hidden_text_is_found(void **state)
{
	(void)state;
	harness_check_table(&check_html_visible, cases, ARRAY_LEN(cases));
}

/* Five letters a time, hidden and seen. */
static void white_text_counts_by_its_length(void **state)
{
	static const struct {
		size_t hidden, seen;
		const char *expected;
	} rows[] = {
		{40, 40, "R_WHITE_ON_WHITE(0.20)"},
		{120, 100, "R_WHITE_ON_WHITE(2.10)"},
		{200, 200, "R_WHITE_ON_WHITE(4.00)"},
		{200, 2000, "R_WHITE_ON_WHITE(0.89)"},
		{2000, 2, "R_WHITE_ON_WHITE(4.00)"},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct harness_case c = {.name = "white text"};
		struct span message = arena_printf(a,
			"Content-Type: text/html\n\n<p>%.*s</p><p style=color:white>%.*s</p>\n",
			SPAN_ARG(harness_repeat(a, "vwxyz ", rows[i].seen)),
			SPAN_ARG(harness_repeat(a, "abcde ", rows[i].hidden)));
		struct span got = harness_scan(a, &check_html_visible, &c, message);

		if (!span_starts(got, span_of(rows[i].expected)))
			fail_msg("%zu hidden, %zu seen: %.*s", rows[i].hidden, rows[i].seen,
				SPAN_ARG(got));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_text_is_found),
		cmocka_unit_test(white_text_counts_by_its_length),
	};

	return cmocka_run_group_tests_name("checks/html_visible", tests, NULL, NULL);
}
