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

struct view_case {
	const char *name, *html;
	const char *text;
	const char *hidden; /* "why:text" joined by | */
};

static struct span print_hidden(const struct html_view *v)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	for (size_t i = 0; i < v->hidden_count; i++)
		buf_printf(&out, "%s%s:%.*s", i > 0 ? "|" : "", html_why_name(v->hidden[i].why),
			SPAN_ARG(v->hidden[i].text));
	return buf_span(&out);
}

static void run_cases(const struct view_case *cases, size_t n)
{
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		const struct view_case *c = &cases[i];
		const struct html_view *v = html_read(a, span_of(c->html));
		struct span hidden = print_hidden(v);

		if (span_equal(v->text, span_of(c->text)) && span_equal(hidden, span_of(c->hidden)))
			continue;
		failed++;
		print_error(
			"%s:\n  text   \"%.*s\"\n  wanted \"%s\"\n  hidden \"%.*s\"\n  wanted \"%s\"\n",
			c->name, SPAN_ARG(v->text), c->text, SPAN_ARG(hidden), c->hidden);
	}
	assert_int_equal(failed, 0);
}

static const struct view_case layout_cases[] = {
	{"blanks count once", "  a \n\t b  ", "a b", ""},
	{"a fixed blank is a blank, but does not go together with others", "a&nbsp;&nbsp;b", "a  b",
		""},
	{"a fixed blank in UTF-8 likewise",
		"a\xc2\xa0"
		"b",
		"a b", ""},
	{"blocks end lines", "a<div>b</div>c<p>d<p>e", "a\nb\nc\nd\ne", ""},
	{"blocks within blocks end one line", "<div><div>a</div></div><div>b</div>", "a\nb", ""},
	{"inline elements end nothing", "a<b>b</b><span>c</span><i>d</i>e", "abcde", ""},
	{"br ends a line", "a<br>b", "a\nb", ""},
	{"two br leave a line empty", "a<br><br>b<br><br><br>c", "a\n\nb\n\nc", ""},
	{"an end tag of br is a br", "a</br>b", "a\nb", ""},
	{"cells stand a blank apart, rows are lines",
		"<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>e", "a b\nc d\ne", ""},
	{"pre keeps its blanks", "<pre>\n a\n   b</pre>c", " a\n   b\nc", ""},
	{"white-space: pre as well", "<div style='white-space: pre'>a  b</div>", "a  b", ""},
	{"display makes blocks of spans", "a<span style='display:block'>b</span>c", "a\nb\nc", ""},
	{"and lines of divs", "<div style='display:inline'>a</div><div style='display:inline'>b",
		"ab", ""},
	{"list items are lines", "<ul><li>a<li>b</ul>c", "a\nb\nc", ""},
	{"references are resolved", "a &lt;b&gt; &amp; &eacute;&#x263a;",
		"a <b> & \xc3\xa9\xe2\x98\xba", ""},
	{"words are not cut by tags that mean nothing", "vi<x>ag</x>ra <!---->pi<!-- -->lls",
		"viagra pills", ""},
	{"the title is no text", "<title>a</title>b", "b", ""},
	{"scripts and styles are no text", "<script>a</script><style>b</style>c", "c", ""},
	{"what stands for missing scripts is text", "<noscript>a</noscript>", "a", ""},
	{"texts of fields are text", "<textarea>a</textarea> <button>b</button> <select><option>c",
		"a b\nc", ""},
	{"html ends, and text goes on", "<html><body>a</body></html>b", "ab", ""},
	{"alternatives of images are not in it", "a<img alt=b src=c>d", "ad", ""},
	{"an unclosed tag at the end is nothing", "a<b", "a", ""},
	{"nothing", "", "", ""},
	{"svg text", "<svg><text>a</text></svg>b", "ab", ""},
	{"a block ends svg", "<svg><div>a</div>b", "a\nb", ""},
};

static void test_layout(void **state)
{
	(void)state;
	run_cases(layout_cases, ARRAY_LEN(layout_cases));
}

static const struct view_case hidden_cases[] = {
	{"display: none", "a<p style='display:none'>b<b>c</b></p>d", "ad", "display:bc"},
	{"in any case and with blanks", "a<P STYLE=' DISPLAY : None '>b", "a", "display:b"},
	{"with comments and escapes",
		"<p style='dis/**/play:none'>a<p style='d\\69splay:n\\6f ne'>b", "",
		"display:a\nb"},
	{"an important one stays", "<p style='display:none !important;display:block'>a", "",
		"display:a"},
	{"the later one counts", "<p style='display:none;display:block'>a", "a", ""},
	{"what is not understood does not count", "<p style='display:none;display:foo'>a", "",
		"display:a"},
	{"visibility", "<p style=visibility:hidden>a<b style=visibility:visible>b</b>", "b",
		"visibility:a"},
	{"letters without size", "<p style=font-size:0>a<b style=font-size:12px>b</b>", "b",
		"font-size:a"},
	{"letters of a pixel", "<p style='font:1px/1px serif'>a", "", "font-size:a"},
	{"bold letters of a usual size", "<p style='font:700 12px/1.5 serif'>a", "a", ""},
	{"sizes multiply", "<p style=font-size:20%>a<b style=font-size:50%>b</b>", "a",
		"font-size:b"},
	{"rem knows no parent", "<p style=font-size:0>a<b style=font-size:1rem>b", "b",
		"font-size:a"},
	{"white on white",
		"<p style=color:white>a<p style=color:#fff>b<p style='color:rgb(255,255,255)'>c",
		"", "color:a\nb\nc"},
	{"nearly white on white", "<p style=color:#f8f8f8>a<p style=color:#999>b", "b", "color:a"},
	{"pieces of one kind are one", "<b style=color:white>a</b> <b style=color:#fefefe>b</b>",
		"", "color:a b"},
	{"white on black", "<td><table bgcolor=black><tr><td><font color=white>a</font></table>",
		"a", ""},
	{"black on black", "<table bgcolor=black><tr><td><font color=#111111>a</font></table>", "",
		"color:a"},
	{"red on green of the same brightness is seen",
		"<p style='background:#508000;color:#b04000'>a", "a", ""},
	{"transparent letters", "<p style=color:transparent>a<p style='color:rgba(0,0,0,.02)'>b",
		"", "color:a\nb"},
	{"what is behind shines through",
		"<div style=background:black><p style='background:rgba(255,255,255,0);color:white'>a",
		"a", ""},
	{"letters before an image", "<p style='background:url(x.png);color:white'>a", "a", ""},
	{"but not when a colour lies between",
		"<p style='background:url(x.png);color:white'><b style='background-color:white'>a",
		"", "color:a"},
	{"links have a colour of their own", "<font color=white>a<a href=x>b</a></font>", "b",
		"color:a"},
	{"body has colours", "<body bgcolor=#000000 text=white>a<font color=black>b", "a",
		"color:b"},
	{"wrong colours of old are colours", "<font color='#ffffff '>a</font><font color=ffffff>b",
		"", "color:ab"},
	{"opacity", "<p style=opacity:0>a<b style=opacity:1>b</b>", "", "opacity:ab"},
	{"opacity multiplies", "<p style=opacity:.2>a<b style=opacity:20%>b</b>", "a", "opacity:b"},
	{"off screen", "<p style='position:absolute;left:-9999px'>a", "", "off-screen:a"},
	{"left means nothing in the flow", "<p style='left:-9999px'>a", "a", ""},
	{"indented away", "<p style='text-indent:-999em'>a", "", "off-screen:a"},
	{"clipped away", "<p style='position:absolute;clip:rect(0 0 0 0)'>a", "", "off-screen:a"},
	{"clip means nothing in the flow", "<p style='clip:rect(0 0 0 0)'>a", "a", ""},
	{"clip-path does",
		"<p style='clip-path:circle(0)'>a<p style='clip-path:inset(50%)'>b<p style='clip-path:inset(0 50%)'>c<p style='-webkit-clip-path:ellipse(9px 0)'>d",
		"", "off-screen:a\nb\nc\nd"},
	{"when it leaves nothing",
		"<p style='clip-path:circle(40px)'>a<p style='clip-path:inset(20%)'>b<p style='clip-path:inset(50px)'>c<p style='clip-path:url(x)'>d",
		"a\nb\nc\nd", ""},
	{"clip and clip-path do not undo each other",
		"<p style='position:absolute;clip:rect(0 0 0 0);clip-path:none'>a", "",
		"off-screen:a"},
	{"a window away",
		"<p style='position:absolute;left:100vw'>a<p style='position:fixed;left:-100vw'>b<p style='position:absolute;top:-100vh'>c<p style='position:fixed;top:100vh'>d<p style='transform:translateX(100vw)'>e",
		"", "off-screen:a\nb\nc\nd\ne"},
	{"half a window is not, nor is what is scrolled to",
		"<p style='position:absolute;left:50vw'>a<p style='position:absolute;top:100vh'>b<p style='left:100vw'>c<p style='position:absolute;left:800px'>d",
		"a\nb\nc\nd", ""},
	{"scaled away", "<p style='transform:scale(0)'>a", "", "off-screen:a"},
	{"a box without height", "<div style='max-height:0px;overflow:hidden'>a", "", "zero-box:a"},
	{"letters fall out of a box that does not hold them", "<div style='max-height:0'>a", "a",
		""},
	{"lines have no such boxes", "<span style='height:0;overflow:hidden'>a", "a", ""},
	{"cells grow", "<table><tr><td style='width:0;overflow:hidden'>a", "a", ""},
	{"the attribute hidden", "<p hidden>a</p>b", "b", "hidden:a"},
	{"a style is stronger", "<p hidden style=display:block>a", "a", ""},
	{"a dialog that is not open", "<dialog>a</dialog><dialog open>b", "b", "display:a"},
	{"comments", "a<!-- b --><!-- --><!--[if mso]>c<![endif]-->d", "ad", "comment:b"},
	{"what others than Outlook read",
		"<!--[if !mso]><!-->a<!--<![endif]--><![if !mso]>b<![endif]>", "ab", ""},
	{"what other programs would read", "<noframes>a</noframes><iframe>b</iframe>", "",
		"display:ab"},
	{"details that are not open show their first summary",
		"<details>a<summary>b</summary><b>c</b><summary>d</summary></details>e", "b\ne",
		"display:a|display:c\nd"},
	{"open ones show all", "<details open><summary>a</summary>b</details>c", "a\nb\nc", ""},
	{"a style does not open them", "<details style=display:block>a</details>b", "b",
		"display:a"},
	{"what programs show that cannot play",
		"<video>a</video><audio>b</audio><canvas>c</canvas><object data=x>d</object>e", "e",
		"display:abcd"},
	{"an object of nothing is what it holds", "<object>a</object>", "a", ""},
	{"templates", "<template>a</template>b", "b", "display:a"},
	{"hidden for aids only is seen", "<p aria-hidden=true>a", "a", ""},
	{"Outlook's own word hides from Outlook alone", "<p style='mso-hide:all'>a", "a", ""},
	{"seen text between makes two pieces",
		"<b style=display:none>a</b>b<b style=display:none>c</b>", "b",
		"display:a|display:c"},
	{"hidden blanks are nothing", "<p style=display:none> &#32; </p>a", "a", ""},
};

static void test_hidden(void **state)
{
	(void)state;
	run_cases(hidden_cases, ARRAY_LEN(hidden_cases));
}

static const struct view_case sheet_cases[] = {
	{"by type, class and id",
		"<style>i{display:none}.x{display:none}#y{display:none}</style><i>a</i><b class='z x'>b</b><b id=y>c</b>d",
		"d", "display:abc"},
	{"a body that nobody wrote", "<style>body{color:#fff}</style><p>a", "", "color:a"},
	{"and its background", "<style>body{background:navy}</style><p style='color:#fff'>a", "a",
		""},
	{"text is the first of a body, too", "<style>html{display:none}</style>a", "", "display:a"},
	{"behind a head", "<html><head><style>body{font-size:0}</style></head>a", "",
		"font-size:a"},
	{"a body that somebody wrote is the only one",
		"<style>body{display:none}</style><body style='display:block'>a", "a", ""},
	{"a background that only a browser knows",
		"<p style='background:var(--b);color:#fff'>a<p style='background-color:oklch(0.1 0 0);color:#fff'>b",
		"a\nb", ""},
	{"any element", "<style>*{color:white}</style><p>a", "", "color:a"},
	{"all parts must fit", "<style>p.x#y{display:none}</style><p class=x>a<p class=x id=y>b",
		"a", "display:b"},
	{"within others",
		"<style>div .x b{display:none}</style><div><p class=x><u><b>a</b></u></div><b>b",
		"b", "display:a"},
	{"right in others", "<style>div > b{display:none}</style><div><b>a</b><u><b>b</b></u>", "b",
		"display:a"},
	{"lists", "<style>h1, .x ,h2{display:none}</style><h2>a</h2><p class=x>b<p>c", "c",
		"display:a\nb"},
	{"the more special rule counts",
		"<style>p.x{display:block}p{display:none}</style><p class=x>a<p>b", "a",
		"display:b"},
	{"the later rule counts", "<style>p{display:none}p{display:block}</style><p>a", "a", ""},
	{"important ones count",
		"<style>p{display:none!important}p.x{display:block}</style><p class=x style=display:block>a",
		"", "display:a"},
	{"the style of an element counts more than rules",
		"<style>#x{display:none}</style><p id=x style=display:block>a", "a", ""},
	{"sheets for screens", "<style>@media screen{p{display:none}}</style><p>a", "",
		"display:a"},
	{"but not for some sizes or printers",
		"<style>@media (max-width:480px){p{display:none}}@media print{p{display:none}}</style><style media=print>p{display:none}</style><p>a",
		"a", ""},
	{"comments of CSS and HTML in sheets",
		"<style><!-- /* p{} */ p{/* */display:none} --></style><p>a", "", "display:a"},
	{"a sheet behind its elements", "<p class=x>a<style>.x{display:none}</style><p>b", "b",
		"display:a"},
	{"what is not understood is passed over",
		"<style>p:hover,p::before,p+p,p[x]{display:none}p:not(.x){display:none}@foo{p{display:none}}</style><p>a<p>b",
		"a\nb", ""},
	{"a sheet in a comment is none",
		"<!--[if mso]><style>p{display:none}</style><![endif]--><p>a", "a", ""},
	{"braces in strings", "<style>p{content:'}';display:none}</style><p>a", "", "display:a"},
	{"html and body are there when nobody writes them",
		"<style>html .x,body>.y,:root>body>p>i{display:none}</style><b class=x>a</b><b class=y>b</b><p><i>c</i></p>d",
		"d", "display:ab\nc"},
	{"and when one of them is written",
		"<style>html>body>b{display:none}</style><html><b>a</b><p>b", "b", "display:a"},
	{"what follows the head stands in the body, not in the head",
		"<html><head><style>html>body>b{display:none}head *{display:none}</style></head><body><b>a</b>b",
		"b", "display:a"},
	{"also when the head is not ended",
		"<html><head><style>head *{display:none}body>b{display:none}</style><b>a</b>b", "b",
		"display:a"},
	{"nothing stands around html",
		"<style>body html p,html html p,body body p{display:none}</style><html><body><p>a",
		"a", ""},
	{"rows stand in bodies of tables",
		"<style>table>tbody>tr>td{display:none}</style><table><tr><td>a</table>b", "b",
		"display:a"},
	{"so they do not stand right in tables",
		"<style>table>tr>td{display:none}</style><table><tr><td>a</table>", "a", ""},
	{"but they do in a head that is written",
		"<style>thead>tr>td{display:none}tbody td{display:none}</style><table><thead><tr><td>a</table>",
		"", "display:a"},
	{"a part may be found further out when the nearest does not lead on",
		"<style>.c>.d .b{display:none}</style><div class=c><div class=d><div><div class=d><i class=b>a</i></div></div></div></div>b",
		"b", "display:a"},
	{"also in the middle",
		"<style>.a .c>.d .b{display:none}</style><div class=a><div class=c><div class=d><div class=d><i class=b>a</i></div></div></div></div><div class=c><div class=d><i class=b>b</i></div></div>",
		"b", "display:a"},
	{"but a parent is one element",
		"<style>.c .d>.x>.b{display:none}</style><div class=c><div class=d><div class=x><p><i class=b>a",
		"a", ""},
	{"elements that ended while others go on are not around these",
		"<style>i .x{display:none}div>b{display:none}</style><i><div></i><u class=x>a</u><b>b</b></div>",
		"a", "display:b"},
	{"what goes on stands in what is around these",
		"<style>body>div>u,div>p>u{display:none}</style><i><div></i><u>a</u></div><div><i><p></i><u>b</u></div>c",
		"c", "display:a\nb"},
	{"escapes in names",
		"<style>.\\78 ,\\70,#a\\.b{display:none}</style><b class=x>a</b><b id=a.b>b</b><p>c</p>d",
		"d", "display:ab\nc"},
	{"classes and ids as attributes",
		"<style>[class=x],p[ class = 'y' ],[class~=z],[id=\"i\" i]{display:none}</style><b class=x>a</b><b class=y>b</b><p class=y>c</p><b class='v z'>d</b><b id=i>e",
		"b", "display:a|display:c\nde"},
	{"the attribute is all of it", "<style>[class=x]{display:none}</style><b class='x y'>a",
		"a", ""},
	{"an id of an attribute is as weak as a class",
		"<style>[id=x]{display:none}.y{display:inline}</style><b id=x class=y>a", "a", ""},
	{"links", "<style>:link{display:none}p:link{display:none}</style><p><a href=x>a</a>b", "b",
		"display:a"},
	{"two ids are no element's",
		"<style>#a#b{display:none}#c#c{display:none}</style><p id=b>a<p id=c>b", "a",
		"display:b"},
	{"more classes than are followed are passed over",
		"<style>.a.b.c.d{display:none}</style><p class=a>a", "a", ""},
	{"rules for browsers that can something",
		"<style>@supports (color:red){p{display:none}}@supports not (color:red){b{display:none}}@layer x{i{display:none}}</style><p>a</p><b>b</b><i>c</i>",
		"b", "display:a|display:c"},
	{"windows of usual sizes",
		"<style>@media (min-width:1px){p{display:none}}@media screen and (max-width:90em){b{display:none}}</style><p>a</p><b>b</b>c",
		"c", "display:a\nb"},
};

/* A selector that browsers do not understand voids its rule; one of a kind that is not followed counts for itself. */
static void test_selectors(void **state)
{
	static const char *const broken[] = {":::bad", "nosuch:is(a,p,b", ".a > > .b", "> p", "p >",
		"p + ", "", " ", "p,", ".1", "#1", "-", ".", "p.", "p#", "p*", "[]", "[a", "[a=]",
		"[a b]", "[a=1]", "[a=b c]", "[a='b]", "[=b]", ":nosuch", "::nosuch", ":",
		":hover(a)", ":not", ":nosuch(a)", "svg|p", "p!", "p/b", "p||b", "$p", "p > > b",
		"p \\"};
	static const char *const good[] = {"p+p", "p ~ p", "a:hover", "a::before", "a:after",
		":not(p)", ":is(a,p,b)", "nosuch:is(a,p,b)", ":nth-child( 2n + 1 )", "[a]", "[a=b]",
		"[ a *= 'b,c' i ]", "[a^=\"]\"]", "*|a", "*|*.x", "::-moz-x", ":-ms-x", "--x", "-x",
		"_x", "\\31 x", ".\\31", "\xc3\xa9", "a>b", "a>b ", " a  >  b", "x:root",
		".a.b.c.d", "#a#b"};

	(void)state;
	for (int what = 0; what < 2; what++) {
		const char *const *texts = what == 0 ? broken : good;
		size_t n = what == 0 ? ARRAY_LEN(broken) : ARRAY_LEN(good);

		for (size_t i = 0; i < 2 * n; i++) {
			const char *one = i < n ? "p" : texts[i % n];
			const char *other = i < n ? texts[i % n] : "p";
			const struct html_view *v = html_read(a,
				arena_printf(a, "<style>%s,%s{display:none}</style><p>a", one,
					other));

			if ((v->text.n == 0) != (what == 1))
				fail_msg("\"%s\" is %s", texts[i % n],
					what == 0 ? "broken" : "good");
		}
	}
}

static void test_sheets(void **state)
{
	(void)state;
	run_cases(sheet_cases, ARRAY_LEN(sheet_cases));
}

static const struct view_case tree_cases[] = {
	{"a paragraph ends at the next", "<p style=display:none>a<p>b", "b", "display:a"},
	{"and at blocks", "<p style=display:none>a<div>b", "b", "display:a"},
	{"but not at lines", "<p style=display:none>a<b>b</b>", "", "display:ab"},
	{"items end items", "<ul><li style=display:none>a<li>b<ul><li>c</ul>", "b\nc", "display:a"},
	{"items of a list within", "<ul><li style=display:none>a<ul><li>b</ul>c</ul>", "",
		"display:a\nb\nc"},
	{"cells end cells", "<table><tr><td style=display:none>a<td>b<tr><td>c</table>", "b\nc",
		"display:a"},
	{"rows end rows", "<table><tr style=display:none><td>a<tr><td>b</table>", "b", "display:a"},
	{"cells outside of tables are nothing", "<td style=display:none>a</td>", "a", ""},
	{"a block does not end outside of its cell",
		"<div style=display:none><table><tr><td></div>a</table>b</div>c", "c",
		"display:a\nb"},
	{"an end that was not begun ends nothing", "<div style=display:none>a</p></span></td>b", "",
		"display:a\nb"},
	{"a line does not end a block", "<span><p style=display:none>a</span>b", "", "display:ab"},
	{"formatting goes on in the next block", "<p><font color=white>a<p>b</font>c", "c",
		"color:a\nb"},
	{"and ends with its cell", "<table><tr><td><font color=white>a<td>b</table>c", "b\nc",
		"color:a"},
	{"blocks go on when formatting ends", "<font color=white><p style=opacity:.5>a</font>b",
		"b", "color:a"},
	{"a hidden block stays hidden when formatting ends", "<b><p style=display:none>a</b>b", "",
		"display:ab"},
	{"crossed formatting", "<b><i style=display:none>a</b>b</i>c", "c", "display:ab"},
	{"text in a table but in no cell is seen before it",
		"<table bgcolor=black><tr><font color=black>a</font><td><font color=black>b</table>",
		"a", "color:b"},
	{"headings end each other", "<h1 style=display:none>a</h2>b", "b", "display:a"},
	{"void elements hold nothing", "<br style=display:none>a<img style=display:none>b", "ab",
		""},
	{"a slash closes nothing in HTML", "<p style=display:none />a", "", "display:a"},
	{"but it does in svg", "<svg><g style=display:none />a</svg>b", "ab", ""},
	{"ends of unknown elements end those of their name",
		"<x style=display:none>a<y>b</z></y>c</x>d<x>e</x>", "de", "display:abc"},
	{"an unknown element in a block that is crossed",
		"<b><div><x style=display:none>a</b>b</x>c", "c", "display:ab"},
	{"options end options", "<select><option style=display:none>a<option>b</select>", "b",
		"display:a"},
};

static void test_tree(void **state)
{
	(void)state;
	run_cases(tree_cases, ARRAY_LEN(tree_cases));
}

static void test_degree(void **state)
{
	static const struct {
		const char *html;
		double least, most;
	} cases[] = {
		{"<p style=color:white>a", 0, 0},
		{"<p style=color:#eee>a", 0.3, 0.9},
		{"<p style=font-size:0>a", 0, 0},
		{"<p style=font-size:2px>a", 0.6, 0.7},
		{"<p style=opacity:0>a", 0, 0},
		{"<p style=opacity:.05>a", 0.45, 0.55},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct html_view *v = html_read(a, span_of(cases[i].html));

		assert_int_equal(v->hidden_count, 1);
		assert_true(v->hidden[0].degree >= cases[i].least);
		assert_true(v->hidden[0].degree <= cases[i].most);
		assert_int_equal(v->hidden_bytes, 1);
	}
}

static void test_hiders(void **state)
{
	static const struct {
		const char *html;
		size_t elements;
	} cases[] = {
		{"<p style=display:none>a<b>b</b>c</p>", 1},
		{"<p style=display:none>a</p><p style=display:none>b</p>", 2},
		{"<div style=display:none><p>a</p><p style=display:none>b</p></div>", 1},
		{"<p style=display:none>a</p><p style=display:none>&nbsp;&zwnj;</p>", 1},
		{"<p style=display:none>&zwnj;</p><p style=display:none>a</p>", 1},
		{"<p style=color:white>a<p style=color:white>b<p style=color:white>c", 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct html_view *v = html_read(a, span_of(cases[i].html));

		assert_int_equal(v->hidden_count, 1);
		assert_int_equal(v->hidden[0].elements, cases[i].elements);
	}
}

static void test_depth(void **state)
{
	struct buf out;
	const struct html_view *v;

	(void)state;
	buf_init(&out, a, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_add_string(&out, "<div>");
	buf_add_string(&out, "a");
	for (int i = 0; i < 1000; i++)
		buf_add_string(&out, "</div>");
	buf_add_string(&out, "<p style=display:none>b</p>c");
	v = html_read(a, buf_span(&out));
	assert_true((v->sights & HTML_SIGHT(DEEP)) != 0);
	assert_true((v->sights & HTML_SIGHT(UNBALANCED)) == 0);
	assert_int_equal(v->depth_most, 1000);
	assert_true(span_equal(v->text, SPAN("a\nc")));
}

struct deep_case {
	const char *name, *inner, *text, *hidden;
};

/* Within so many elements that no more are kept open. */
static const struct deep_case deep_cases[] = {
	{"styles act", "<p style=display:none>a</p>b", "b", "display:a"},
	{"and within each other", "<p style=display:none>a<b>b</b></p>c", "c", "display:ab"},
	{"links have their text", "<a href=x>a</a>b", "ab", ""},
	{"through what stands in them", "<a href=x><b><i></i></b>a</a>b", "ab", ""},
	{"in cells as well", "<table><tr><td><a href=x><b></b><i>a</i></a></table>", "a", ""},
};

static void test_deep(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deep_cases); i++) {
		const struct deep_case *c = &deep_cases[i];
		struct span divs = SPAN("<div>"), ends = SPAN("</div>");
		const struct html_view *v;
		struct buf out;

		buf_init(&out, a, 1 << 20);
		for (int k = 0; k < 1000; k++)
			buf_add(&out, divs);
		buf_add_string(&out, c->inner);
		for (int k = 0; k < 1000; k++)
			buf_add(&out, ends);
		buf_add_string(&out, "<p style=color:white>y</p>z");
		v = html_read(a, buf_span(&out));
		if (!span_equal(v->text, arena_printf(a, "%s\nz", c->text)) ||
			!span_equal(print_hidden(v),
				arena_printf(a, "%s%scolor:y", c->hidden,
					c->hidden[0] != '\0' ? "|" : "")))
			fail_msg("%s: \"%.*s\", hidden \"%.*s\"", c->name, SPAN_ARG(v->text),
				SPAN_ARG(print_hidden(v)));
		if (v->link_count > 0)
			assert_true(span_equal(v->links[0].text, SPAN("a")));
	}
}

static void test_origin(void **state)
{
	static const char *const documents[] = {
		"<p>  one &amp; two</p>\n<b>three</b>&nbsp;four",
		"<p>  one\r\n &amp;\r\n\r\n two</p>\r\n<b>three</b>\r\nfour",
	};
	static const char *const words[] = {"one", "two", "three", "four"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		struct span document = span_of(documents[i]);
		const struct html_view *v = html_read(a, document);

		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			assert_int_equal(html_find_origin(v, span_find(v->text, span_of(words[w]))),
				span_find(document, span_of(words[w])));
	}
}

/* Text is read in pieces of sixteen bytes and the rest byte by byte: what ends a run is found at any place of both. */
static void test_runs(void **state)
{
	static const struct {
		const char *written, *seen, *seen_in_pre;
	} ends[] = {
		{" ", " ", " "},
		{"  ", " ", "  "},
		{"\n", " ", "\n"},
		{"\t", " ", "\t"},
		{"\f", " ", "\f"},
		{" \n ", " ", " \n "},
		{"\v", "\v", "\v"},
		{"\xc2\xa0", " ", " "},
		{" \xc2\xa0 ", "   ", "   "},
		{"\xc2\xb5", "\xc2\xb5", "\xc2\xb5"},
		{"\xc3\xa0", "\xc3\xa0", "\xc3\xa0"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		for (int before = 1; before < 40; before++)
			for (int is_pre = 0; is_pre < 2; is_pre++) {
				struct span document =
					arena_printf(a, "<%s>%0*d%sy%0*d", is_pre ? "pre" : "p",
						before, 0, ends[i].written, 40 - before, 0);
				struct span text = arena_printf(a, "%0*d%sy%0*d", before, 0,
					is_pre ? ends[i].seen_in_pre : ends[i].seen, 40 - before,
					0);
				const struct html_view *v = html_read(a, document);

				if (!span_equal(v->text, text))
					fail_msg("got \"%.*s\" of \"%.*s\"", SPAN_ARG(v->text),
						SPAN_ARG(document));
				assert_int_equal(html_find_origin(v, span_find_byte(text, 'y')),
					span_find_byte(document, 'y'));
			}
}

static void test_tags(void **state)
{
	const struct html_view *v = html_read(a,
		SPAN("<title> A &amp; b </title><title>c</title><base href=/x><base href=/y>"
		     "<p><P><x><image><!----><!--a-->"));

	(void)state;
	assert_true(span_equal(v->title, SPAN("A & b")));
	assert_true(span_equal(v->base, SPAN("/x")));
	assert_int_equal(v->tags[HTML_TAG_P], 2);
	assert_int_equal(v->tags[HTML_TAG_IMG], 1);
	assert_int_equal(v->tags[HTML_TAG_UNKNOWN], 1);
	assert_int_equal(v->tag_count, 8);
	assert_int_equal(v->comment_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hidden, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sheets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_selectors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_degree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hiders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_origin, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tags, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
