/* What hostile documents cost: the memory that is promised, and time that grows with their size alone. */
#include "html/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SIZE = 1 << 19 };

struct hostile_case {
	const char *name;
	const char *start, *piece; /* the piece is repeated until the document is large */
	unsigned sights;           /* that it must have */
};

static const struct hostile_case cases[] = {
	{"start tags", "", "<b>", HTML_SIGHT(DEEP)},
	{"unknown start tags", "", "<x>", HTML_SIGHT(DEEP)},
	{"end tags", "", "</b>", HTML_SIGHT(UNBALANCED)},
	{"end tags of others", "<x><x><x><x><x><x><x><x>", "</y>", HTML_SIGHT(UNBALANCED)},
	{"links", "", "<a href=x>", HTML_SIGHT(LIMIT)},
	{"links with text", "", "<a href=x>a</a>", HTML_SIGHT(LIMIT)},
	{"links of references", "", "<a href=&amp;>a</a>", HTML_SIGHT(LIMIT)},
	{"images", "", "<img src=x>", HTML_SIGHT(LIMIT)},
	{"srcsets", "", "<img srcset='a,b c,d 1x,e'>", HTML_SIGHT(LIMIT)},
	{"forms", "", "<form>", HTML_SIGHT(LIMIT)},
	{"hidden pieces", "<style>b{display:none}</style>", "<b>x</b>y", HTML_SIGHT(LIMIT)},
	{"comments", "", "<!--x-->", HTML_SIGHT(LIMIT)},
	{"comments that are not closed", "", "<!--", 0},
	{"conditional comments", "", "<!--[if]><A HREF=x>-->", HTML_SIGHT(LIMIT)},
	{"styles, each another", "", "<p style=\"color:red;background:url(a)\" id=a>x", 0},
	{"escapes and comments in styles", "", "<p style=\"\\63 olor:red;/**/a:b\">", 0},
	{"rules", "<style>", "a{top:1}", HTML_SIGHT(LIMIT)},
	{"rules for each element", "<style>.a .b,.b .c,.c .b,p .a{color:red}</style>",
		"<p class='a b c d e f'>x", 0},
	{"rules for no element", "<style>", "{top:0}", 0},
	{"rules with selectors that are not followed", "<style>", "a+b{top:0}", 0},
	{"lists of selectors", "<style>", ",a>b", 0},
	{"brackets in selectors", "<style>", ":not([x](", 0},
	{"URLs of rules", "<style>", "a{b:url(x)}", HTML_SIGHT(LIMIT)},
	{"nested media", "<style>", "@media screen{", 0},
	{"strings of CSS", "<style>", "a{b:\"", 0},
	{"late sheets", "", "<p>x<style>p{color:red}</style>", 0},
	{"formatting elements that go on", "", "<p><font color=red><font size=1>x", 0},
	{"formatting elements that cross", "", "<b style=color:red><div></b>x", 0},
	{"tables", "", "<table><tr><td>", HTML_SIGHT(DEEP)},
	{"tables in tables", "", "<table>", 0},
	{"svg", "", "<svg><p>", 0},
	{"svg in svg", "", "<svg><title>", HTML_SIGHT(DEEP)},
	{"references", "", "&nGt;", 0},
	{"line ends", "", "a\r\n", 0},
	{"blanks", "", "a  b", 0},
	{"fixed blanks", "", "&nbsp;", 0},
	{"strings that do not end", "<script>", "\"\\\"", 0},
	{"strings with many quotes", "<script>", "'\"", 0},
	{"strings that are joined", "<script>", "'a'+", 0},
	{"URLs in strings", "<script>", "'http://a'", HTML_SIGHT(LIMIT)},
	{"comments in scripts", "<script>", "/*a*/ //", 0},
	{"handlers", "", "<p onclick=\"f('http://a')\">", HTML_SIGHT(LIMIT)},
	{"documents in URLs", "", "<a href=data:text/html,%3Ca%20href=x%3E>", HTML_SIGHT(LIMIT)},
	{"details", "", "<details>a<summary>b", HTML_SIGHT(DEEP)},
	{"titles", "", "<title>x</title>", 0},
	{"attributes", "", "<p a b c d e f g h i j k l m n o p q r s t>", 0},
};

static struct span make_document(struct arena *a, const struct hostile_case *c)
{
	struct buf out;

	buf_init(&out, a, SIZE + 100);
	buf_add_string(&out, c->start);
	while (out.n < SIZE)
		buf_add_string(&out, c->piece);
	return buf_span(&out);
}

static void test_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *documents = arena_make(), *a = arena_make();
		struct span document = make_document(documents, &cases[i]);
		const struct html_view *v = html_read(a, document);
		size_t most = HTML_MEMORY_FACTOR * document.n + HTML_MEMORY_MORE;

		if (arena_peak(a) > most || (v->sights & cases[i].sights) != cases[i].sights)
			fail_msg("%s: %zu of %zu bytes, sights %x", cases[i].name, arena_peak(a),
				most, v->sights);
		arena_free(a);
		arena_free(documents);
	}
}

/* The small ones, in which what is fixed weighs most. */
static void test_small_memory(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	(void)html_read(a, SPAN("<style>a{top:1}</style><p style=color:red>a"));
	assert_true(arena_peak(a) < HTML_MEMORY_MORE);
	arena_free(a);
}

static uint64_t measure(struct span document)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		struct arena *a = arena_make();
		uint64_t start = clock_cpu_ns(), ns;

		(void)html_read(a, document);
		ns = clock_cpu_ns() - start;
		best = ns < best ? ns : best;
		arena_free(a);
	}
	return best;
}

/* Four times the document takes four times as long; ten is allowed, sixteen is what a square would take. */
static void test_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *documents = arena_make();
		struct span document = make_document(documents, &cases[i]);
		uint64_t quarter = measure(span_slice(document, 0, document.n / 4));
		uint64_t whole = measure(document);

		if (whole > 10 * quarter + 5000000)
			fail_msg("%s: %llu us, and a quarter of it %llu us", cases[i].name,
				(unsigned long long)whole / 1000,
				(unsigned long long)quarter / 1000);
		arena_free(documents);
	}
}

/* Blanks of an ancestor's class are not read again for each element without end. */
static void test_blanks(void **state)
{
	uint64_t ns[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct arena *a = arena_make();
		size_t n = i == 0 ? SIZE / 4 : SIZE;
		struct buf out;

		buf_init(&out, a, 3 * SIZE);
		buf_add_string(&out, "<style>.a .b{color:red}</style><div class='");
		for (size_t k = 0; k < n; k++)
			buf_add_byte(&out, ' ');
		buf_add_string(&out, "'>");
		for (size_t k = 0; k < n; k += 10)
			buf_add_string(&out, "<p class=b>x");
		ns[i] = measure(buf_span(&out));
		arena_free(a);
	}
	assert_true(ns[1] < 10 * ns[0] + 5000000);
}

/* End tags of what is not open cost the same whatever is open. */
static void test_unknown_ends(void **state)
{
	uint64_t ns[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct arena *a = arena_make();
		struct buf out;

		buf_init(&out, a, 2 * SIZE);
		for (size_t k = 0; k < 500; k++)
			buf_add_string(&out, i == 0 ? "<b></b>" : "<x>");
		while (out.n < SIZE)
			buf_add_string(&out, "</y>");
		ns[i] = measure(buf_span(&out));
		arena_free(a);
	}
	assert_true(ns[1] < 3 * ns[0] + 5000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_small_memory),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_unknown_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
