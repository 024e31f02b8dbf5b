#include "html/html.h"

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

struct link_case {
	const char *name, *html;
	const char *links; /* each "kind tag attribute url [text]flags", joined by | */
};

static struct span print_links(const struct html_view *v)
{
	static const char *const names[] = {
		[HTML_LINK_ANCHOR] = "anchor",
		[HTML_LINK_FORM] = "form",
		[HTML_LINK_REFRESH] = "refresh",
		[HTML_LINK_IMAGE] = "image",
		[HTML_LINK_STYLESHEET] = "sheet",
		[HTML_LINK_EMBEDDED] = "embedded",
		[HTML_LINK_BASE] = "base",
		[HTML_LINK_SCRIPT] = "script",
		[HTML_LINK_OTHER] = "other",
	};
	struct buf out;

	buf_init(&out, a, 1 << 20);
	for (size_t i = 0; i < v->link_count; i++) {
		const struct html_link *l = &v->links[i];

		buf_printf(&out, "%s%s %.*s %.*s %.*s", i > 0 ? "|" : "", names[l->kind],
			SPAN_ARG(html_tag_name(l->tag)), SPAN_ARG(l->attr), SPAN_ARG(l->url));
		if (l->text.n > 0)
			buf_printf(&out, " [%.*s]", SPAN_ARG(l->text));
		if (l->hidden_text.n > 0)
			buf_printf(&out, " {%.*s}", SPAN_ARG(l->hidden_text));
		buf_printf(&out, "%s%s%s", l->is_hidden ? " hidden" : "",
			l->has_image ? " image" : "", l->has_download ? " download" : "");
	}
	return buf_span(&out);
}

static const struct link_case cases[] = {
	{"a link and its text",
		"<a href=' http://www.example.org/?a=1&amp;b=2 '> one <b>two</b> </a>three",
		"anchor a href http://www.example.org/?a=1&b=2 [one two]"},
	{"no address, no link", "<a name=x>a</a><a href>b</a><a href=' '>c</a>", ""},
	{"a link ends where the next begins", "<a href=x>a<a href=y>b</a>c",
		"anchor a href x [a]|anchor a href y [b]"},
	{"a link that is not closed goes on", "<p><a href=x>a<p>b", "anchor a href x [a\nb]"},
	{"it ends with its cell", "<table><tr><td><a href=x>a<td>b</table>c",
		"anchor a href x [a]"},
	{"a block in it belongs to it", "<a href=x><div>a</div>b</a>", "anchor a href x [a\nb]"},
	{"its end tag ends it in a block, too", "<a href=x>a<div>b</a>c</div>",
		"anchor a href x [a\nb]"},
	{"an image speaks for a link", "<a href=x><img src=y alt='A picture'></a>",
		"anchor a href x [A picture] image|image img src y"},
	{"when there is no text", "<a href=x><img src=y alt=a>b</a>",
		"anchor a href x [b] image|image img src y"},
	{"a link of nothing is hidden", "<a href=x></a><a href=y> </a>",
		"anchor a href x hidden|anchor a href y hidden"},
	{"a hidden link", "<a href=x style=display:none>a</a>", "anchor a href x {a} hidden"},
	{"hidden text in a link", "<a href=x>a<b style=font-size:0>b</b>c</a>",
		"anchor a href x [ac] {b}"},
	{"a dot is no image that is seen", "<a href=x><img src=y width=1 height=1></a>",
		"anchor a href x hidden image|image img src y hidden"},
	{"areas", "<map><area href=x></map>", "anchor area href x"},
	{"in svg", "<svg><a xlink:href=x><text>a</text></a><image href=y /></svg>",
		"anchor a xlink:href x [a]|image unknown href y"},
	{"download", "<a href=x download=y.exe>a</a>", "anchor a href x [a] download"},
	{"xlink:href is one in svg alone", "<a xlink:href=x>a</a><a xlink:href=x href=y>b</a>",
		"anchor a href y [b]"},
	{"forms", "<form action=x><input type=image src=y><button formaction=z>a</button></form>",
		"form form action x|image input src y|form button formaction z [a]"},
	{"refresh", "<meta http-equiv=Refresh content=\"5; URL='x'\">", "refresh meta content x"},
	{"refresh without url=", "<meta http-equiv=refresh content=0;x>", "refresh meta content x"},
	{"a refresh of itself leads nowhere", "<meta http-equiv=refresh content=5>", ""},
	{"images", "<img src=a srcset='b 1x, c,d 2x,  e'><picture><source srcset=f></picture>",
		"image img src a|image img srcset b|image img srcset c,d|image img srcset e|image source srcset f"},
	{"backgrounds", "<body background=a><table background=b><tr><td background=c>",
		"image body background a|image table background b|image td background c"},
	{"url() in styles",
		"<p style=\"background:url('a') no-repeat, url( b )\"><style>p{background:url(\"c\")}@import 'd';@import url(e)</style>",
		"image p style a|image p style b|image style url c|sheet style @import d|sheet style @import e"},
	{"sheets and other links", "<link rel='alternate Stylesheet' href=a><link rel=icon href=b>",
		"sheet link href a|other link href b"},
	{"what is embedded",
		"<script src=a></script><iframe src=b></iframe><embed src=c><object data=d></object><video src=e poster=f></video><applet code=g></applet>",
		"embedded script src a|embedded iframe src b|embedded embed src c|embedded object data d|embedded video src e|image video poster f|embedded applet code g"},
	{"others", "<base href=a><blockquote cite=b></blockquote><img src=c longdesc=d><a ping=e>",
		"base base href a|other blockquote cite b|image img src c|other img longdesc d|other a ping e"},
	{"what Outlook reads", "<!--[if gte mso 9]><a href=x>a</a><v:fill src=y /><![endif]-->b",
		"anchor a href x hidden|embedded unknown src y hidden"},
	{"links of comments are none", "<!-- <a href=x>a</a> -->", ""},
	{"a document in an attribute", "<iframe srcdoc='&lt;a href=x&gt;'></iframe>",
		"anchor a href x hidden"},
	{"strings of scripts that are URLs",
		"<script>var a = 'http://a.example/x', b = \"https:\\/\\/b.example\"; f('no');</script>",
		"script script script http://a.example/x|script script script https://b.example"},
	{"joined ones, with escapes",
		"<script>x = 'ht' + \"tp:\" +\n'\\x2f\\u002Fa\\u{2e}\\145xample'</script>",
		"script script script http://a.example"},
	{"those in markup that a script writes",
		"<script>document.write('<a href=\"http://a.example/\">x')</script>",
		"script script script http://a.example/"},
	{"hosts alone where the script goes to them",
		"<script>location.href = '//a.example'; x = '//b.example'</script>",
		"script script script //a.example"},
	{"comments lead nowhere, and their quotes are none",
		"<script>// don't http://a.example\n/* it's 'http://b.example' */ x='http://c.example'</script>",
		"script script script http://c.example"},
	{"quotes that are none do not hide a URL", "<script>/'/;x='http://a.example';</script>",
		"script script script http://a.example"},
	{"strings that do not end", "<script>x='http://a.example\ny=\"http://b.example</script>",
		"script script script http://a.example|script script script http://b.example"},
	{"what a click runs, and its text",
		"<div onclick=\"window.open('http://a.example')\">a</div>b",
		"script div onclick http://a.example [a]"},
	{"the address counts before what a click runs",
		"<a href=x onclick=\"go('http://a.example')\">a</a>",
		"anchor a href x [a]|script a onclick http://a.example"},
	{"scripts in addresses", "<a href=\"javascript:location=%27http://a.example%27\">a</a>",
		"anchor a href javascript:location=%27http://a.example%27 [a]|script a href http://a.example"},
	{"the words of an area", "<map><area href=x alt=a></map>", "anchor area href x [a]"},
	{"a document in a URL", "<iframe src='data:text/html,%3Ca href=x%3E'></iframe>",
		"embedded iframe src data:text/html,%3Ca href=x%3E|anchor a href x hidden"},
	{"in base64, and its scripts",
		"<a href='data:text/html;base64,"
		"PHNjcmlwdD5sb2NhdGlvbj0iaHR0cDovL2EuZXhhbXBsZSI8L3NjcmlwdD4='>a</a>",
		"anchor a href data:text/html;base64,PHNjcmlwdD5sb2NhdGlvbj0iaHR0cDovL2EuZXhhbXBsZSI8L3NjcmlwdD4= [a]|"
		"script script script http://a.example"},
	{"no document within that",
		"<a href=\"data:text/html,<a href='data:text/html,<a href=x>'>\">a</a>",
		"anchor a href data:text/html,<a href='data:text/html,<a href=x>'> [a]|anchor a href data:text/html,<a href=x> hidden"},
	{"links that are noted once when sheets come late",
		"<a href=x>a</a><style>b{color:red;background:url(y)}</style>",
		"anchor a href x [a]|image style url y"},
};

static void test_links(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct html_view *v = html_read(a, span_of(cases[i].html));
		struct span links = print_links(v);

		if (span_equal(links, span_of(cases[i].links)))
			continue;
		failed++;
		print_error("%s:\n  %.*s\n  wanted\n  %s\n", cases[i].name, SPAN_ARG(links),
			cases[i].links);
	}
	assert_int_equal(failed, 0);
}

static void test_text_of_links(void **state)
{
	const struct html_view *v =
		html_read(a, SPAN("zero <a href=x>one</a> two <a href=y>three four</a>"));

	(void)state;
	for (size_t i = 0; i < v->link_count; i++) {
		const struct html_link *l = &v->links[i];

		assert_true(span_equal(l->text,
			span_slice(v->text, l->text_start, l->text_end - l->text_start)));
	}
	assert_int_equal(v->links[0].text_start, 5);
	assert_int_equal(v->links[1].text_end, 23);
}

static void test_images(void **state)
{
	static const struct {
		const char *html;
		int width, height;
		bool is_embedded, is_linked, is_hidden;
	} images[] = {
		{"<img src=a>", -1, -1, false, false, false},
		{"<img src=cid:a width=100 height='50px'>", 100, 50, true, false, false},
		{"<img src='data:image/png;base64,AA' width='100%'>", -1, -1, true, false, false},
		{"<img src=a width=1 height=1>", 1, 1, false, false, true},
		{"<img src=a style='width:0;height:20px'>", 0, 20, false, false, true},
		{"<a href=b><img src=a></a>", -1, -1, false, true, false},
		{"<div style=display:none><img src=a></div>", -1, -1, false, false, true},
		{"<div style=font-size:0><img src=a></div>", -1, -1, false, false, false},
		{"<input type=image src=a width=3>", 3, -1, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		const struct html_view *v = html_read(a, span_of(images[i].html));

		assert_int_equal(v->image_count, 1);
		assert_int_equal(v->images[0].width, images[i].width);
		assert_int_equal(v->images[0].height, images[i].height);
		assert_int_equal(v->images[0].is_embedded, images[i].is_embedded);
		assert_int_equal(v->images[0].is_linked, images[i].is_linked);
		assert_int_equal(v->images[0].is_hidden, images[i].is_hidden);
	}
}

static void test_forms(void **state)
{
	const struct html_view *v = html_read(a,
		SPAN("<input type=password><form action=x method=POST><input><input type=hidden>"
		     "<input type=submit><input type=Password><select></select></form><input>"
		     "<form><textarea></textarea></form>"));

	(void)state;
	assert_int_equal(v->form_count, 2);
	assert_true(span_equal(v->forms[0].action, SPAN("x")));
	assert_true(v->forms[0].is_post);
	assert_int_equal(v->forms[0].field_count, 3);
	assert_int_equal(v->forms[0].password_count, 1);
	assert_int_equal(v->forms[1].field_count, 1);
	assert_false(v->forms[1].is_post);
}

/* Each kind of link has its share: many of one kind leave the others there. */
static void test_shares(void **state)
{
	static const char *const many[] = {"<p cite=x>", "<img src=x>", "<img longdesc=x>",
		"<a ping=x></a>", "<p background=x>", "<i style='background:url(x)'></i>",
		"<base href=x>", "<script src=x></script>"};
	static const struct link_case few[] = {
		{"anchor", "<a href=y>a</a>", "y"},
		{"form", "<form action=y>", "y"},
		{"refresh", "<meta http-equiv=refresh content='0;url=y'>", "y"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many) * ARRAY_LEN(few); i++) {
		const struct link_case *c = &few[i % ARRAY_LEN(few)];
		struct buf out;
		const struct html_view *v;

		buf_init(&out, a, 1 << 20);
		for (int k = 0; k < HTML_LINKS_MOST + 1; k++)
			buf_add_string(&out, many[i / ARRAY_LEN(few)]);
		buf_add_string(&out, c->html);
		v = html_read(a, buf_span(&out));
		assert_true((v->sights & HTML_SIGHT(LIMIT)) != 0);
		assert_true(v->link_count < HTML_LINKS_MOST);
		if (!span_equal(v->links[v->link_count - 1].url, SPAN("y")))
			fail_msg("%s behind %s", c->name, many[i / ARRAY_LEN(few)]);
	}
}

struct cap_case {
	const char *name, *start, *piece, *end;
	size_t most;
};

/* As many as are looked at, and one more, which the view tells of. */
static void test_caps(void **state)
{
	static const struct cap_case caps[] = {
		{"sources of a srcset", "<img srcset='", "x 1x,", "'>", 32},
		{"tags of a conditional comment", "<!--[if mso]>", "<br>", "<![endif]-->", 1000},
		{"tags of a document in an attribute", "<iframe srcdoc='", "<br>", "'></iframe>",
			1000},
		{"forms", "", "<form></form>", "", HTML_FORMS_MOST},
		{"images", "", "<img>", "", HTML_IMAGES_MOST},
		{"anchors", "", "<a href=x></a>", "", HTML_LINKS_MOST / 2},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(caps); i++) {
		const struct cap_case *c = &caps[i / 2];
		size_t over = i % 2;
		struct buf out;
		const struct html_view *v;

		buf_init(&out, a, 1 << 20);
		buf_add_string(&out, c->start);
		for (size_t k = 0; k < c->most + over; k++)
			buf_add_string(&out, c->piece);
		buf_add_string(&out, c->end);
		v = html_read(a, buf_span(&out));
		if (((v->sights & HTML_SIGHT(LIMIT)) != 0) != (over == 1))
			fail_msg("%s: %zu of them, sights %x", c->name, c->most + over, v->sights);
	}
}

static void test_sights(void **state)
{
	static const struct {
		const char *html;
		unsigned sights;
	} sights[] = {
		{"<p>a</p><ul><li>b</ul><br>", 0},
		{"<script></script>", HTML_SIGHT(SCRIPT)},
		{"<script>new Blob([x])</script>", HTML_SIGHT(SCRIPT) | HTML_SIGHT(BLOB)},
		{"<p onclick=x>", HTML_SIGHT(HANDLER)},
		{"<p on=x>", 0},
		{"<a href='java\nscript:x'></a>", HTML_SIGHT(SCRIPT_URL)},
		{"<a href=' \x01VBScript:x'></a>", HTML_SIGHT(SCRIPT_URL)},
		{"<a href=javascripts:x></a>", 0},
		{"<a href=data:text/html,x></a>", HTML_SIGHT(DATA_URL)},
		{"<img src=data:image/gif,x>", 0},
		{"<link rel=stylesheet href=x>", HTML_SIGHT(EXTERNAL_STYLE)},
		{"<style>@import 'x';</style>", HTML_SIGHT(EXTERNAL_STYLE)},
		{"<meta http-equiv=refresh content='0;url=x'>", HTML_SIGHT(REFRESH)},
		{"<a href=x download></a>", HTML_SIGHT(DOWNLOAD)},
		{"<form></form>", HTML_SIGHT(FORM)},
		{"<input type=password>", HTML_SIGHT(PASSWORD)},
		{"<iframe></iframe>", HTML_SIGHT(FRAME)},
		{"<object></object>", HTML_SIGHT(OBJECT)},
		{"<base href=x>", HTML_SIGHT(BASE)},
		{"<base>", 0},
		{"<svg></svg>", HTML_SIGHT(SVG)},
		{"<!--[if mso]><![endif]-->", HTML_SIGHT(CONDITIONAL)},
		{"<![if !mso]>a<![endif]>", 0},
		{"<b>", HTML_SIGHT(UNBALANCED)},
		{"a</div>", HTML_SIGHT(UNBALANCED)},
		{"<b><i></b></i>", HTML_SIGHT(UNBALANCED)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sights); i++) {
		const struct html_view *v = html_read(a, span_of(sights[i].html));

		if (v->sights != sights[i].sights)
			fail_msg("%s: %x instead of %x", sights[i].html, v->sights,
				sights[i].sights);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_text_of_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_images, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shares, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_caps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sights, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
