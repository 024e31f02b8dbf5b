#include "html/inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void print_token(struct buf *out, const struct html_token *token)
{
	switch (token->kind) {
	case HTML_TEXT:
		buf_add(out, token->text);
		return;
	case HTML_COMMENT:
		buf_printf(out, "[!%.*s]", SPAN_ARG(token->text));
		return;
	case HTML_DOCTYPE:
		buf_printf(out, "[doctype %.*s,%.*s,%.*s%s]", SPAN_ARG(token->name),
			SPAN_ARG(token->public_id), SPAN_ARG(token->system_id),
			token->is_quirky ? " quirky" : "");
		return;
	case HTML_START_TAG:
	case HTML_END_TAG:
		break;
	}
	buf_printf(out, "[%s%.*s", token->kind == HTML_END_TAG ? "/" : "", SPAN_ARG(token->name));
	for (size_t i = 0; i < token->attr_count; i++)
		buf_printf(out, " %.*s=\"%.*s\"", SPAN_ARG(token->attrs[i].name),
			SPAN_ARG(token->attrs[i].value));
	buf_printf(out, "%s]", token->is_self_closing ? "/" : "");
}

/* As a reader of trees has it: the states are those of the tags. */
static struct span print_tokens(struct span input, enum html_state state, struct span last)
{
	struct html_tokenizer t;
	struct html_token token;
	struct buf out;

	buf_init(&out, arena, 1 << 20);
	html_tokenizer_init(&t, arena, input, state, last);
	while (html_next_token(&t, &token)) {
		print_token(&out, &token);
		if (token.kind == HTML_START_TAG && html_state_of(token.tag) != HTML_DATA)
			html_set_state(&t, html_state_of(token.tag));
		if (token.kind == HTML_START_TAG && token.tag == HTML_TAG_SVG)
			html_set_foreign(&t, true);
	}
	return buf_span(&out);
}

struct token_case {
	const char *name; /* a sentence */
	struct span in, out;
};

#define CASE(name, in, out)                                                                        \
	{                                                                                          \
		name, SPAN_INIT(in), SPAN_INIT(out)                                                \
	}

static const struct token_case cases[] = {
	CASE("nothing", "", ""),
	CASE("text", "one two", "one two"),
	CASE("tags and text", "<p>one<b>two</b></p>", "[p]one[b]two[/b][/p]"),
	CASE("a < before a blank is text", "1 < 2 <3 <", "1 < 2 <3 <"),
	CASE("names are made small", "<TABLE><X-Y></TABLE>", "[table][x-y][/table]"),
	CASE("attributes in all forms", "<a b=\"1\" C='2' d=3 e>",
		"[a b=\"1\" c=\"2\" d=\"3\" e=\"\"]"),
	CASE("the first of two attributes counts", "<a b=1 B=2 c=3 b=4>", "[a b=\"1\" c=\"3\"]"),
	CASE("attributes of end tags are left out", "</a b=1>", "[/a]"),
	CASE("a slash at the end", "<br/><br /><br / ><a href=x/>",
		"[br/][br/][br][a href=\"x/\"]"),
	CASE("an equals sign may begin a name", "<a =b=c =d>", "[a =b=\"c\" =d=\"\"]"),
	CASE("blanks around an equals sign", "<a b = c =d>", "[a b=\"c\" =d=\"\"]"),
	CASE("a tag that does not end is nothing", "x<a href='y' z", "x"),
	CASE("a value that does not end is nothing", "x<a href='y>z", "x"),
	CASE("an end tag without a name is nothing", "a</>b", "ab"),
	CASE("an end tag without anything is text", "a</", "a</"),
	CASE("an end tag of a figure is a comment", "a</1>b", "a[!1]b"),
	CASE("a processing instruction is a comment", "<?xml v?>b", "[!?xml v?]b"),
	CASE("CRLF and CR are LF", "a\r\nb\rc\r\r\nd\r", "a\nb\nc\n\nd\n"),
	CASE("CR in a value", "<a b='1\r\n2\r3'>", "[a b=\"1\n2\n3\"]"),
	CASE("CR between attributes", "<a\r\nb=1\rc\r=\r2>", "[a b=\"1\" c=\"2\"]"),
	CASE("CR in a comment", "<!--a\r\nb\r-->", "[!a\nb\n]"),
	CASE("a CR as a reference stays", "&#13;&#xd;\n", "\r\r\n"),
	CASE("a NUL in text stays", "a\0b", "a\0b"),
	CASE("a NUL in tags is replaced", "<a\0b c\0=\0d>",
		"[a\xef\xbf\xbd"
		"b c\xef\xbf\xbd=\"\xef\xbf\xbd"
		"d\"]"),
	CASE("references by name", "&lt;&amp;&nbsp;&NotEqualTilde;",
		"<&\xc2\xa0\xe2\x89\x82\xcc\xb8"),
	CASE("the longest name counts", "&not &notin; &notit;",
		"\xc2\xac \xe2\x88\x89 \xc2\xacit;"),
	CASE("old names need no semicolon", "&ampx &copy2 &lt",
		"&x \xc2\xa9"
		"2 <"),
	CASE("no reference", "& &; &x &unknown; &# &#; &#x; &#xg",
		"& &; &x &unknown; &# &#; &#x; &#xg"),
	CASE("numbers", "&#65;&#x42;&#X43&#068;&#0000000000000000000065;", "ABCDA"),
	CASE("numbers of Windows", "&#128;&#x92;&#x81;", "\xe2\x82\xac\xe2\x80\x99\xc2\x81"),
	CASE("numbers of no character", "&#0;&#xd800;&#x110000;&#99999999999999999999;",
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	CASE("a value with names that are arguments", "<a b='?a=1&copy=2&lt;&copyx&copy'>",
		"[a b=\"?a=1&copy=2<&copyx\xc2\xa9\"]"),
	CASE("a reference at the end of a value does not look behind it",
		"<a b=&amp>&amp=", "[a b=\"&\"]&="),
	CASE("comments", "<!--a--><!----><!--><!---><!--b--!>c<!--d-e--f-->",
		"[!a][!][!][!][!b]c[!d-e--f]"),
	CASE("comments that do not end", "<!--a--", "[!a]"),
	CASE("a declaration is a comment", "<!x y>z<!>", "[!x y]z[!]"),
	CASE("doctypes", "<!DOCTYPE HTML><!doctype><!doctype html public 'a' \"b\">",
		"[doctype html,,][doctype ,, quirky][doctype html,a,b]"),
	CASE("CDATA is a comment in HTML", "<![CDATA[x<b>]]>", "[![CDATA[x<b]]]>"),
	CASE("CDATA is text in drawings", "<svg><![CDATA[x<b>&amp;]]><b>", "[svg]x<b>&amp;[b]"),
	CASE("a title has no tags but references", "<title>a<b>&lt;</b></titlex></TITLE >c<i>",
		"[title]a<b><</b></titlex>[/title]c[i]"),
	CASE("a title that does not end", "<title>a</title", "[title]a</title"),
	CASE("a style has neither", "<STYLE>a<b>&lt;\0</style>c<i>",
		"[style]a<b>&lt;\xef\xbf\xbd[/style]c[i]"),
	CASE("a script ends with its tag", "<script>a<b></script>c<i>",
		"[script]a<b>[/script]c[i]"),
	CASE("a comment in a script hides nothing but a script",
		"<script><!--<script></script>x</script>c<i>",
		"[script]<!--<script></script>x[/script]c[i]"),
	CASE("a comment in a script ends before", "<script><!--<script>--></script>c<i>",
		"[script]<!--<script>-->[/script]c[i]"),
	CASE("a short comment in a script", "<script><!--><script></script>c<i>",
		"[script]<!--><script>[/script]c[i]"),
	CASE("plain text never ends", "<plaintext>a<b></plaintext>", "[plaintext]a<b></plaintext>"),
};

static void documents_are_cut_into_tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span out = print_tokens(cases[i].in, HTML_DATA, SPAN(""));

		if (!span_equal(out, cases[i].out))
			fail_msg("%s: got \"%.*s\", wanted \"%.*s\"", cases[i].name, SPAN_ARG(out),
				SPAN_ARG(cases[i].out));
	}
}

static void stops_are_found_at_any_place_by_both_ways(void **state)
{
	static const char stops[4] = {'<', '&', '\r', '\0'};
	char text[80];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t place = 0; place <= n; place++)
			for (size_t from = 0; from <= n; from += 7) {
				struct span s = span_from(text, n);
				size_t wanted = place < from ? n : place;

				if (place < n)
					text[place] = stops[place % 4];
				assert_int_equal(html_find_any(s, from, stops), wanted);
				assert_int_equal(html_find_any_plain(s, from, stops), wanted);
				if (place < n)
					text[place] = 'x';
			}
}

static struct span repeat(struct span piece, size_t n)
{
	char *p = arena_alloc_raw(arena, n);

	for (size_t i = 0; i < n; i++)
		p[i] = piece.p[i % piece.n];
	return span_from(p, n);
}

/* What is copied stays below a multiple of the input, however it is made. */
static void copies_are_bounded(void **state)
{
	static const struct span pieces[] = {SPAN_INIT("&#128;"), SPAN_INIT("&#x80"),
		SPAN_INIT("&nGt;"), SPAN_INIT("&lt"), SPAN_INIT("<a b='\0\0\0\0\0'>"),
		SPAN_INIT("<A B=&nGt;&nGt;&nGt;>"), SPAN_INIT("<!\0>"), SPAN_INIT("<Q>"),
		SPAN_INIT("<a\0>"), SPAN_INIT("<!--\r-->"), SPAN_INIT("\0"), SPAN_INIT("\r"),
		SPAN_INIT("<a "), SPAN_INIT("<a Q=&lt C=\r>")};
	enum { SIZE = 1 << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct span input = repeat(pieces[i], SIZE);
		struct arena *copies = arena_make();
		struct html_tokenizer t;
		struct html_token token;

		for (int kind = HTML_DATA; kind <= HTML_CDATA; kind++) {
			html_tokenizer_init(&t, copies, input, (enum html_state)kind, SPAN("a"));
			while (html_next_token(&t, &token))
				assert_true(token.end <= SIZE);
			if (arena_used(copies) > HTML_COPY_FACTOR * SIZE + 2 * HTML_CHUNK)
				fail_msg("%.*s: %zu bytes", SPAN_ARG(pieces[i]),
					arena_used(copies));
			arena_reset(copies);
		}
		arena_free(copies);
	}
}

/* Three times the input takes about three times the time; ten times is far beyond what a busy machine adds. */
static void work_is_linear(void **state)
{
	static const struct span pieces[] = {SPAN_INIT("<!--"), SPAN_INIT("<a "), SPAN_INIT("<"),
		SPAN_INIT("&"), SPAN_INIT("<title>"), SPAN_INIT("<script><!--<script>"),
		SPAN_INIT("</"), SPAN_INIT("<a b='"), SPAN_INIT("&#9"), SPAN_INIT("\r"),
		SPAN_INIT("<a b c d e f g h i j k l m n o p q r s t u v w x y z "), SPAN_INIT("]]"),
		SPAN_INIT("&CounterClockwiseContourIntegra"), SPAN_INIT("--!-"), SPAN_INIT("<!x")};
	enum { SIZE = 200000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		uint64_t took[2];

		for (int round = 0; round < 2; round++) {
			size_t size = round == 0 ? SIZE : 3 * SIZE;
			struct span input = repeat(pieces[i], size);
			uint64_t start = clock_cpu_ns();

			for (int kind = HTML_DATA; kind <= HTML_CDATA; kind++) {
				struct html_tokenizer t;
				struct html_token token;

				html_tokenizer_init(&t, arena, input, (enum html_state)kind,
					SPAN("a"));
				while (html_next_token(&t, &token))
					assert_true(token.end <= size);
			}
			took[round] = clock_cpu_ns() - start;
		}
		if (took[1] > 10 * took[0] + 20000000)
			fail_msg("%.*s: %lu and %lu ns", SPAN_ARG(pieces[i]), took[0], took[1]);
	}
}

static void a_tag_keeps_as_many_attributes_as_it_may(void **state)
{
	struct html_tokenizer t;
	struct html_token token;
	struct buf tag;

	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		buf_init(&tag, arena, 1 << 16);
		buf_add_string(&tag, "<a");
		for (unsigned i = 0; i < HTML_ATTRS_MOST + extra; i++)
			buf_printf(&tag, " n%u=v%u", i, i);
		buf_add_string(&tag, ">x");
		html_tokenizer_init(&t, arena, buf_span(&tag), HTML_DATA, SPAN(""));
		assert_true(html_next_token(&t, &token));
		assert_int_equal(token.attr_count, HTML_ATTRS_MOST);
		assert_int_equal(token.is_cut, extra == 1);
		assert_true(span_equal(token.attrs[HTML_ATTRS_MOST - 1].value, SPAN("v127")));
		assert_true(html_next_token(&t, &token));
		assert_true(span_equal(token.text, SPAN("x")));
		assert_false(html_next_token(&t, &token));
	}
}

static void attributes_that_the_view_knows_are_kept_behind_any_number(void **state)
{
	struct html_tokenizer t;
	struct html_token token;
	struct buf tag;

	(void)state;
	buf_init(&tag, arena, 1 << 16);
	buf_add_string(&tag, "<a title=x");
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&tag, " n%u=v%u TITLE=y", i, i);
	buf_add_string(&tag, " HREF=z style=s href=w>");
	html_tokenizer_init(&t, arena, buf_span(&tag), HTML_DATA, SPAN(""));
	assert_true(html_next_token(&t, &token));
	assert_true(token.is_cut);
	assert_int_equal(token.attr_count, HTML_ATTRS_MOST + 2);
	assert_true(span_equal(token.attrs[0].value, SPAN("x")));
	assert_true(span_equal(token.attrs[HTML_ATTRS_MOST].name, SPAN("href")));
	assert_true(span_equal(token.attrs[HTML_ATTRS_MOST].value, SPAN("z")));
	assert_true(span_equal(token.attrs[HTML_ATTRS_MOST + 1].name, SPAN("style")));
}

static void tokens_know_their_place(void **state)
{
	static const size_t places[][2] = {{0, 2}, {2, 7}, {7, 8}, {9, 11}, {11, 20}, {20, 24}};
	struct html_tokenizer t;
	struct html_token token;

	(void)state;
	html_tokenizer_init(&t, arena, SPAN("ab&amp;c\r\nd<b x=y />&#9;"), HTML_DATA, SPAN(""));
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		assert_true(html_next_token(&t, &token));
		assert_int_equal(token.start, places[i][0]);
		assert_int_equal(token.end, places[i][1]);
	}
	assert_false(html_next_token(&t, &token));
}

static void what_need_not_be_changed_is_pointed_at(void **state)
{
	struct span input = SPAN("<p class='a' id=b>text &unknown; <!-- c --></p>");
	struct html_tokenizer t;
	struct html_token token;
	size_t used = arena_used(arena);

	(void)state;
	html_tokenizer_init(&t, arena, input, HTML_DATA, SPAN(""));
	while (html_next_token(&t, &token))
		continue;
	assert_int_equal(arena_used(arena), used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_cut_into_tokens),
		cmocka_unit_test(stops_are_found_at_any_place_by_both_ways),
		cmocka_unit_test(copies_are_bounded),
		cmocka_unit_test(work_is_linear),
		cmocka_unit_test(a_tag_keeps_as_many_attributes_as_it_may),
		cmocka_unit_test(attributes_that_the_view_knows_are_kept_behind_any_number),
		cmocka_unit_test(tokens_know_their_place),
		cmocka_unit_test(what_need_not_be_changed_is_pointed_at),
	};

	return cmocka_run_group_tests_name("html/tokenizer", tests, set_up, tear_down);
}
