#include "url/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct find_case {
	const char *name;
	const char *text;
	const char *expected; /* of each: where it leads, [what is odd]; blanks between */
};

static const struct find_case scheme_cases[] = {
	{"nothing", "", ""},
	{"words", "Nothing to see here: really. And no more", ""},
	{"a link", "see http://example.org/a now", "http://example.org/a"},
	{"the whole text", "https://example.org", "https://example.org/"},
	{"in capitals", "HTTP://EXAMPLE.ORG/A", "http://example.org/A"},
	{"port, query and fragment", "http://example.org:8080/p?x=1&y=2#f",
		"http://example.org:8080/p?x=1&y=2#f[port]"},
	{"other schemes", "ftp://ftp.example.org/f ws://example.org/",
		"ftp://ftp.example.org/f ws://example.org/"},
	{"a scheme that nobody knows", "foo://x/ javascript:alert(1)", ""},
	{"a host without a top-level domain", "http://intranet/x", "http://intranet/x[no-tld]"},
	{"an address for a host", "http://192.0.2.1/x http://[2001:db8::1]/",
		"http://192.0.2.1/x[numeric] http://[2001:db8::1]/[numeric]"},
	{"a user before the host", "http://u:p@example.org/",
		"http://u:p@example.org/[user,password]"},
	{"mailto", "mailto:a@example.org?subject=x, or", "mailto:a@example.org?subject=x"},
	{"mailto without an address", "mailto: nobody mailto:nobody", ""},
	{"glued to a word", "seehttp://example.org/", "http://example.org/"},
	{"behind the word URL", "URL:http://example.org/", "http://example.org/"},
	{"two with a comma between", "http://a.example.org/,http://b.example.org/",
		"http://a.example.org/ http://b.example.org/"},
	{"one within another is not told apart", "http://example.org/?u=http://example.net/",
		"http://example.org/?u=http://example.net/"},
	{"backslashes", "http:\\\\example.org\\x", "http://example.org/x[backslash]"},
	{"no host", "http:// and http:/// and https://.", ""},
	{"what cannot be a port", "http://example.org:99999/ x", ""},
};

static const struct find_case end_cases[] = {
	{"a full stop", "http://example.org/a.", "http://example.org/a"},
	{"several", "http://example.org/a?!... x", "http://example.org/a"},
	{"a comma", "http://example.org, x", "http://example.org/"},
	{"parentheses around", "(http://example.org/a)", "http://example.org/a"},
	{"parentheses within", "http://example.org/a_(b)", "http://example.org/a_(b)"},
	{"both", "(http://example.org/a_(b)).", "http://example.org/a_(b)"},
	{"text glued behind the parenthesis", "(http://example.org/a)b", "http://example.org/a"},
	{"Markdown", "[text](http://example.org/a) [http://example.org/b]",
		"http://example.org/a http://example.org/b"},
	{"quotes", "\"http://example.org/a\" 'http://example.org/b'",
		"http://example.org/a http://example.org/b"},
	{"quotes within stay", "http://example.org/it's", "http://example.org/it's"},
	{"stars and underlines around", "*http://example.org/a* _http://example.org/b_",
		"http://example.org/a http://example.org/b"},
	{"angles", "<http://example.org/a><URL:http://example.org/b>",
		"http://example.org/a http://example.org/b"},
	{"remains of HTML", "http://example.org/a</a> &lt;http://example.org/b&gt;x",
		"http://example.org/a http://example.org/b"},
	{"an ampersand of a query is no remains of HTML", "http://example.org/?a=1&lt=2",
		"http://example.org/?a=1&lt=2"},
	{"quotes of print",
		"\xe2\x80\x9chttp://example.org/a\xe2\x80\x9d \xe2\x80\x9ehttp://example.org/b\xe2"
		"\x80\x9c",
		"http://example.org/a http://example.org/b"},
	{"brackets and full stops of Japanese",
		"\xe3\x80\x8chttp://example.org/a\xe3\x80\x8dhttp://example.org/b\xe3\x80\x82x",
		"http://example.org/a http://example.org/b"},
	{"a blank that is not ASCII", "http://example.org/a\xc2\xa0x", "http://example.org/a"},
	{"letters beyond ASCII in the path", "http://example.org/\xc3\xbc",
		"http://example.org/%C3%BC"},
	{"a line that is drawn right behind the host",
		"http://example.com________________ https://www.example.org-------",
		"http://example.com/ https://www.example.org/"},
	{"underlines of a path stay", "http://example.org/_a__", "http://example.org/_a__"},
	{"Chinese right behind the host", "http://example.com\xe6\x9f\xa5\xe7\x9c\x8b",
		"http://example.com/"},
};

static const struct find_case name_cases[] = {
	{"www", "on www.example.org, or", "http://www.example.org/[no-scheme]"},
	{"a bare name", "go to example.org!", "http://example.org/[no-scheme]"},
	{"in capitals", "WWW.EXAMPLE.ORG Example.Com",
		"http://www.example.org/[no-scheme] http://example.com/[no-scheme]"},
	{"with a path", "example.org/a?b=c.", "http://example.org/a?b=c[no-scheme]"},
	{"with a port", "example.org:8080/x example.net: yes",
		"http://example.org:8080/x[port,no-scheme] http://example.net/[no-scheme]"},
	{"in brackets, quotes and stars", "(example.org) \"example.net\" *example.com*",
		"http://example.org/[no-scheme] http://example.net/[no-scheme] "
		"http://example.com/[no-scheme]"},
	{"of somebody", "example.org's page", "http://example.org/[no-scheme]"},
	{"behind three dots", "Well...example.org", "http://example.org/[no-scheme]"},
	{"letters of other languages",
		"b\xc3\xbc"
		"cher.de",
		"http://xn--bcher-kva.de/[idn,no-scheme]"},
	{"Chinese on both sides",
		"\xe8\xaf\xb7\xe8\xae\xbf\xe9\x97\xae"
		"example.com\xe6\x9f\xa5\xe7\x9c\x8b",
		"http://example.com/[no-scheme]"},
	{"a top-level domain that does not exist", "foo.bar2 foo.notatld x.c", ""},
	{"abbreviations", "e.g. i.e. a.m. U.S.A. z.B. Ph.D. etc.and", ""},
	{"numbers, times, versions", "3.14 1,200.50 10.30 1.2.3 v2.0.1 192.0.2.1 10.0.0.0/8", ""},
	{"an address with a path", "192.0.2.1/admin", "http://192.0.2.1/admin[numeric,no-scheme]"},
	{"file names", "report.zip main.c readme.md setup.py index.html main.rs libc.so run.sh",
		""},
	{"the same with a path are meant", "files.zip/x", "http://files.zip/x[no-scheme]"},
	{"products", ".NET ASP.NET Socket.IO Node.js", ""},
	{"no blank behind the sentence", "the end.Next one. At last.No more", ""},
	{"paths", "/usr/lib/example.com ./example.com C:\\example.com", ""},
	{"names of programs and their fields",
		"local.cf Makefile.am configure.ac checkpatch.pl libc-2.31.so foo-2.40.zip Makefile.PL "
		"genpkglist.cc:586 core.pm:12, pdev.dev res.name list.health bio.bio x_y.example.de",
		""},
	{"the same as hosts",
		"www.example.pm example.pl www.foo.health example.health/x a.example.dev "
		"example.rs:8080/ example.xyz",
		"http://www.example.pm/[no-scheme] http://example.pl/[no-scheme] "
		"http://www.foo.health/[no-scheme] http://example.health/x[no-scheme] "
		"http://a.example.dev/[no-scheme] http://example.rs:8080/[port,no-scheme] "
		"http://example.xyz/[no-scheme]"},
	{"lines of programs",
		"x = pdev.id\nfoo(info.id, 1)\nx->info.id\nif (kobj.sd && a.example.de)\n"
		"\treturn pdev.is;\n+\tpdev.id\n> -  pdev.id\n@@ -1 +1 @@ pdev.id\nstruct pdev.id {\nf(a.de);",
		""},
	{"lines that only look a little like it",
		"now!example.de\n&nbsp;example.de&nbsp;\n== example.de ==\n--example.de--\n--Me, example.de\n--- (example.de)\n"
		"- example.de\n-> example.de <-\n(example.de)\n5 = example.com;\n"
		"> example.de, yes; no",
		"http://example.de/[no-scheme] http://example.de/[no-scheme] "
		"http://example.de/[no-scheme] http://example.de/[no-scheme] "
		"http://example.de/[no-scheme] http://example.de/[no-scheme] "
		"http://example.de/[no-scheme] http://example.de/[no-scheme] "
		"http://example.de/[no-scheme] http://example.com/[no-scheme] "
		"http://example.de/[no-scheme]"},
	{"who hides a name means it", "example[.]bio", "http://example.bio/[no-scheme,obfuscated]"},
	{"code", "example.com() a.name=3 x.example.com::y $example.com #example.com", ""},
	{"a name for mentions", "@example.com", ""},
	{"a line that is drawn right behind it", "www.example.com_______________",
		"http://www.example.com/[no-scheme]"},
	{"a longer word", "www.example.com_x", ""},
	{"empty labels and hyphens at the edge", "-example.org- a..b ex-.org",
		"http://example.org/[no-scheme]"},
};

static const struct find_case address_cases[] = {
	{"an address", "write to user@example.org.", "@user@example.org"},
	{"dots and tags", "first.last+tag@mail.example.co.uk",
		"@first.last+tag@mail.example.co.uk"},
	{"capitals and a tag", "Some.User+tag@sub.example.com", "@Some.User+tag@sub.example.com"},
	{"a first name that is a host, too",
		"example.org+tag_x@sub.example.com, a.co=b.co@example.org",
		"@example.org+tag_x@sub.example.com @a.co=b.co@example.org"},
	{"in angles and quotes", "<a@example.org>, 'b@example.org' \"c@example.org\"",
		"@a@example.org @b@example.org @c@example.org"},
	{"behind quotes of print",
		"\xe2\x80\x9c"
		"a@example.org\xe2\x80\x9d",
		"@a@example.org"},
	{"Chinese before it",
		"\xe8\xaf\xb7"
		"a@example.org",
		"@a@example.org"},
	{"a host that cannot be", "user@host user@example.notatld @example.org a.@example.org", ""},
};

static const struct find_case disguise_cases[] = {
	{"hxxp", "hxxp://example.org/a hXXps://example.net/b",
		"http://example.org/a[obfuscated] https://example.net/b[obfuscated]"},
	{"stars", "h**ps://example.org/", "https://example.org/[obfuscated]"},
	{"a dot in brackets", "example[.]org example(.)net/p www{.}example{.}com",
		"http://example.org/[no-scheme,obfuscated] "
		"http://example.net/p[no-scheme,obfuscated] "
		"http://www.example.com/[no-scheme,obfuscated]"},
	{"also in the path", "hxxps://example[.]org/a[.]html",
		"https://example.org/a.html[obfuscated]"},
	{"the word for it", "example[dot]org www (dot) example (dot) com",
		"http://example.org/[no-scheme,obfuscated] "
		"http://www.example.com/[no-scheme,obfuscated]"},
	{"the word alone needs a scheme", "http://example dot org/x example dot net",
		"http://example.org/x[obfuscated]"},
	{"blanks behind the slashes", "http:// example.org/x http : //example.net",
		"http://example.org/x[obfuscated] http://example.net/[obfuscated]"},
	{"a colon in brackets",
		"hxxps[:]//example[.]org/a http[:]//example.net (http(:)//example.com)",
		"https://example.org/a[obfuscated] http://example.net/[obfuscated] "
		"http://example.com/[obfuscated]"},
	{"blanks between the letters", "h t t p : / / example.org/x h t t p s ://example.net",
		"http://example.org/x[obfuscated] https://example.net/[obfuscated]"},
	{"letters of full width",
		"\xef\xbd\x88\xef\xbd\x94\xef\xbd\x94\xef\xbd\x90://example.org/ "
		"\xef\xbd\x88\xef\xbd\x94\xef\xbd\x94\xef\xbd\x90\xef\xbd\x93\xef\xbc\x9a\xef\xbc"
		"\x8f\xef\xbc\x8f"
		"example.net",
		"http://example.org/[obfuscated] https://example.net/[wide,obfuscated]"},
	{"one in disguise behind what is none", "hxxp://a.bc:99999/hxxp://example.org/ x",
		"http://example.org/[obfuscated]"},
	{"a sentence about a dot", "http://example.org . Next", "http://example.org/"},
	{"an address", "user [at] example [dot] org, user(at)example.com, joe@example[.]net",
		"@user@example.org[obfuscated] @user@example.com[obfuscated] "
		"@joe@example.net[obfuscated]"},
	{"full stops of other writings",
		"www.example\xe3\x80\x82"
		"com example\xef\xbc\x8e"
		"org",
		"http://www.example.com/[wide,no-scheme] http://example.org/[wide,no-scheme]"},
	{"the same behind a scheme",
		"http://example\xe3\x80\x82"
		"com/x http://example.org\xe3\x80\x82\xe5\x86\x8d\xe8\xa7\x81",
		"http://example.com/x[wide] http://example.org/"},
	{"a sentence of Chinese", "\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82\xe5\x86\x8d\xe8\xa7\x81",
		""},
	{"what nobody sees",
		"http://ex\xe2\x80\x8b"
		"ample.org/",
		"http://example.org/[invisible]"},
	{"what nobody sees at the ends is no part of it",
		"\xe2\x80\x8bwww.example.org\xe2\x80\x8b \xef\xbb\xbf"
		"example.com\xef\xbb\xbf, \xc2\xad"
		"example.net/x\xc2\xad. "
		"\xe2\x81\xa0\xe2\x80\x8c\xe2\x80\x8d\xe2\x80\x8e"
		"www.example.net\xe2\x80\x8d\xe2\x81\xa0 "
		"\xe2\x80\x8bhttp://example.org/\xe2\x80\x8b\xc2\xad "
		"\xe2\x80\x8bhttps://example.org\xe2\x80\x8b \xe2\x80\x8b"
		"a@example.org\xe2\x80\x8b",
		"http://www.example.org/[no-scheme] http://example.com/[no-scheme] "
		"http://example.net/x[no-scheme] http://www.example.net/[no-scheme] "
		"http://example.org/ https://example.org/ @a@example.org"},
	{"but within it is",
		"www.exa\xe2\x80\x8bmple.org http://example.org/a\xe2\x80\x8b"
		"b",
		"http://www.example.org/[invisible,no-scheme] "
		"http://example.org/a%E2%80%8Bb[invisible]"},
	{"arrays and calls", "a[0].b (d) [a] (at) { . }", ""},
};

#define LONG_LINE "http://example.org/0123456789012345678901234567890123456789012345678901"

static const struct find_case line_cases[] = {
	{"in angles over lines", "<http://example.org/a\nb/\r\n  c>",
		"http://example.org/ab/c[wrapped]"},
	{"behind URL: too", "<URL:http://example.org/a\nb>", "http://example.org/ab[wrapped]"},
	{"angles that do not close", "<http://example.org/a\nb c>", "http://example.org/a"},
	{"cut behind a dot", "<http://example.org/a.\nhtml>", "http://example.org/a.html[wrapped]"},
	{"without a scheme", "<www.example.org/a\nb>",
		"http://www.example.org/ab[no-scheme,wrapped]"},
	{"a full line goes on", LONG_LINE "\nabc/d=1 and",
		LONG_LINE " " LONG_LINE "abc/d=1[wrapped]"},
	{"a full line before a word", LONG_LINE "\nordinary words", LONG_LINE},
	{"a full line before a quote", LONG_LINE "\n> 1/2", LONG_LINE},
	{"a full line before another", LONG_LINE "\nhttp://example.net/1",
		LONG_LINE " http://example.net/1"},
	{"a short line", "http://example.org/a\nb/c=1", "http://example.org/a"},
};

static void print_odd(struct buf *out, uint32_t odd)
{
	bool is_first = true;

	for (unsigned i = 0; i < URL_ODDITY_COUNT; i++)
		if ((odd >> i & 1) != 0) {
			buf_printf(out, "%s%s", is_first ? "[" : ",",
				url_oddity_name((enum url_oddity)i));
			is_first = false;
		}
	if (!is_first)
		buf_add_byte(out, ']');
}

/* As in the tables; and what must hold for every text. */
static struct span find(struct arena *a, struct span text, size_t most)
{
	struct url_finds finds = {0};
	struct buf out;
	size_t end = 0;

	url_find_all(a, text, most, &finds);
	assert_true(finds.n <= most);
	buf_init(&out, a, 1 << 20);
	for (size_t i = 0; i < finds.n; i++) {
		const struct url_found *f = &finds.v[i];
		bool is_address = f->kind == URL_FOUND_ADDRESS;

		assert_ptr_equal(f->text.p, text.p + f->start);
		/* in order; a joined one begins where its first line does */
		if ((f->url.odd & URL_ODD(WRAPPED)) == 0)
			assert_true(f->start >= end);
		end = f->start + f->text.n;
		assert_true(end <= text.n);
		buf_printf(&out, "%s%s%.*s", i == 0 ? "" : " ", is_address ? "@" : "",
			SPAN_ARG(is_address ? f->url.path : f->url.href));
		print_odd(&out, f->url.odd);
	}
	return buf_span(&out);
}

/* Each case alone, behind other text so that it lies at another place of a block, and with text behind it. */
static void check(const struct find_case *cases, size_t n)
{
	static const char before[] = "some words before it and more\n";

	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_make();

		for (size_t lead = 0; lead < sizeof(before); lead++) {
			struct span text = arena_printf(a, "%s%s%s",
				before + sizeof(before) - 1 - lead, cases[i].text,
				lead % 2 == 0 ? "" : "\nthe words that follow it are many");
			struct span found;

			/* the line must begin with the case, or be no part of it */
			if (lead != 0 && lead != sizeof(before) - 1)
				text = arena_printf(a, "%.*s\n%s", (int)lead, before,
					cases[i].text);
			found = find(a, text, URL_FINDS_MOST);
			if (!span_equal(found, span_of(cases[i].expected)))
				fail_msg("%s (%zu): \"%.*s\", not \"%s\"", cases[i].name, lead,
					SPAN_ARG(found), cases[i].expected);
		}
		arena_free(a);
	}
}

#define TABLE_TEST(name, table)                                                                    \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		check(table, ARRAY_LEN(table));                                                    \
	}

TABLE_TEST(urls_with_a_scheme_are_found, scheme_cases)
TABLE_TEST(a_url_ends_where_a_reader_sees_its_end, end_cases)
TABLE_TEST(names_are_found_and_what_looks_like_one_is_not, name_cases)
TABLE_TEST(mail_addresses_are_found, address_cases)
TABLE_TEST(disguises_are_seen_through, disguise_cases)
TABLE_TEST(urls_over_lines_are_joined, line_cases)

static void a_find_says_where_it_stands(void **state)
{
	struct arena *a = arena_make();
	struct span text =
		SPAN("At http://a.example.org/x, b@example.org (and [www.example.net]).");
	struct url_finds finds = {0};

	(void)state;
	url_find_all(a, text, URL_FINDS_MOST, &finds);
	assert_int_equal(finds.n, 3);
	assert_true(span_equal(finds.v[0].text, SPAN("http://a.example.org/x")));
	assert_int_equal(finds.v[0].start, 3);
	assert_true(span_equal(finds.v[1].text, SPAN("b@example.org")));
	assert_int_equal(finds.v[1].kind, URL_FOUND_ADDRESS);
	assert_true(span_equal(finds.v[2].text, SPAN("www.example.net")));
	arena_free(a);
}

static void no_more_are_found_than_are_wanted(void **state)
{
	struct arena *a = arena_make();
	struct span text = SPAN("http://a.example/ http://b.example/ http://c.example/");
	struct url_finds finds = {0}, all = {0};

	(void)state;
	url_find_all(a, text, 2, &finds);
	assert_int_equal(finds.n, 2);
	assert_true(finds.is_cut);
	url_find_all(a, text, 3, &all);
	assert_int_equal(all.n, 3);
	assert_false(all.is_cut);
	arena_free(a);
}

static void names_that_are_none_are_not_looked_at_for_ever(void **state)
{
	struct arena *a = arena_make();
	struct buf text;
	struct url_finds finds = {0};

	(void)state;
	buf_init(&text, a, 1 << 20);
	for (size_t i = 0; i < URL_FINDS_MOST - 1; i++)
		buf_add_string(&text, "a.bio\n");
	buf_add_string(&text, "a.example.net b.example.net http://c.example.net/");
	url_find_all(a, buf_span(&text), URL_FINDS_MOST, &finds);
	assert_int_equal(finds.n, 2);
	assert_true(span_equal(finds.v[0].url.host, SPAN("a.example.net")));
	assert_true(span_equal(finds.v[1].url.host, SPAN("c.example.net")));
	assert_false(finds.is_cut);
	arena_free(a);
}

static void a_url_of_endless_length_is_passed_over_or_cut(void **state)
{
	struct arena *a = arena_make();
	struct buf text;
	struct url_finds finds = {0};

	(void)state;
	buf_init(&text, a, 1 << 20);
	buf_add_string(&text, "http://example.org/");
	while (text.n < 4 * URL_BYTES_MOST)
		buf_add_string(&text, "a");
	buf_add_string(&text, " http://example.net/");
	url_find_all(a, buf_span(&text), URL_FINDS_MOST, &finds);
	assert_true(finds.n >= 1);
	assert_true(span_equal(finds.v[finds.n - 1].url.href, SPAN("http://example.net/")));
	arena_free(a);
}

/* A URL of a full line and `lines` more, each of which can only be its rest. */
static struct span make_wrapped(struct arena *a, const char *between, size_t lines)
{
	struct buf text;

	buf_init(&text, a, 1 << 20);
	buf_add_string(&text, LONG_LINE);
	for (size_t i = 0; i < lines; i++)
		buf_printf(&text, "%s/%079zu", between, i);
	return buf_span(&text);
}

static void sixteen_lines_are_joined_and_no_more(void **state)
{
	struct arena *a = arena_make();
	struct url_finds fit = {0}, more = {0}, angles = {0}, wide = {0};

	(void)state;
	url_find_all(a, make_wrapped(a, "\n", 16), URL_FINDS_MOST, &fit);
	url_find_all(a, make_wrapped(a, "\n", 17), URL_FINDS_MOST, &more);
	assert_int_equal(fit.n, 2);
	assert_int_equal(fit.v[1].url.href.n, sizeof(LONG_LINE) - 1 + 16 * 80);
	assert_int_equal(more.n, 2);
	assert_int_equal(more.v[1].url.href.n, sizeof(LONG_LINE) - 1 + 16 * 80);
	url_find_all(a, arena_printf(a, "<%.*s>", SPAN_ARG(make_wrapped(a, "\n", 16))),
		URL_FINDS_MOST, &angles);
	assert_int_equal(angles.n, 1);
	assert_int_equal(angles.v[0].url.href.n, sizeof(LONG_LINE) - 1 + 16 * 80);
	url_find_all(a, arena_printf(a, "<%.*s x>", SPAN_ARG(make_wrapped(a, "\n", 16))),
		URL_FINDS_MOST, &wide);
	assert_int_equal(wide.n, 2);
	arena_free(a);
}

/* What url.h states, of any text. */
static void check_budget(const char *name, struct span text)
{
	struct arena *a = arena_make();
	struct url_finds finds = {0};

	url_find_all(a, text, URL_FINDS_MOST, &finds);
	if (finds.steps > URL_STEPS_MOST * text.n + URL_BYTES_MOST)
		fail_msg("%s: %zu steps for %zu bytes", name, finds.steps, text.n);
	if (arena_peak(a) > URL_FIND_MEMORY_MOST(text.n))
		fail_msg("%s: %zu bytes of memory for %zu", name, arena_peak(a), text.n);
	arena_free(a);
}

static void work_and_memory_are_bounded_in_hostile_text(void **state)
{
	static const char *const pieces[] = {"http://", "http://%", "http://[", "a.", "a.a.zz/",
		"a@", "a.b@", "@", "www.", "<", "<http://a\n", "[.]", "a[.]", "(at)", "1.1.1.1/",
		"example.com:99999/", "mailto:", "hxxp://", "hxxp://a dot ", "\xe3\x80\x82",
		"a\xe3\x80\x82", "(((", "a.me ", "a.id->", "\xe2\x80\x8b", "a\xe2\x80\x8b.", ":",
		"http://a)", "hxxp://a.bc:99999/", "meow://a.bc:99999/", "http[:]//a.bc:99999/",
		"http://a[.]bc:99999/", "h t t p : / / a.bc:99999/", "http://a.bc:99999/",
		"http://a.bc/%", "a.co ", "a@b.co ", "http://a.co/\n", "<http://a.co/\n",
		"hxxp://a.co ", "1.co!", "mailto:a@", "mailto:a@b.co ",
		"http://\xe6\x9f\xa5.co:99999/", "a.co\xe6\x9f\xa5", "a(.)co ", "a dot co "};
	static const size_t sizes[] = {1000, 100000, 1600000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces) * ARRAY_LEN(sizes); i++) {
		struct arena *a = arena_make();
		size_t size = sizes[i % ARRAY_LEN(sizes)];
		const char *piece = pieces[i / ARRAY_LEN(sizes)];
		struct buf text;

		buf_init(&text, a, size);
		while (!text.full)
			buf_add_string(&text, piece);
		check_budget(piece, buf_span(&text));
		arena_free(a);
	}
}

/* Lines of 60 KB that all can be the rest of the first one. */
static void long_lines_are_not_joined_over_and_over(void **state)
{
	struct arena *a = arena_make();
	struct buf text;

	(void)state;
	buf_init(&text, a, 4 << 20);
	for (size_t i = 0; i < 30; i++)
		buf_printf(&text, "a%zu.co/%060000d\n", i, 1);
	check_budget("long lines", buf_span(&text));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_with_a_scheme_are_found),
		cmocka_unit_test(a_url_ends_where_a_reader_sees_its_end),
		cmocka_unit_test(names_are_found_and_what_looks_like_one_is_not),
		cmocka_unit_test(mail_addresses_are_found),
		cmocka_unit_test(disguises_are_seen_through),
		cmocka_unit_test(urls_over_lines_are_joined),
		cmocka_unit_test(a_find_says_where_it_stands),
		cmocka_unit_test(no_more_are_found_than_are_wanted),
		cmocka_unit_test(names_that_are_none_are_not_looked_at_for_ever),
		cmocka_unit_test(a_url_of_endless_length_is_passed_over_or_cut),
		cmocka_unit_test(sixteen_lines_are_joined_and_no_more),
		cmocka_unit_test(work_and_memory_are_bounded_in_hostile_text),
		cmocka_unit_test(long_lines_are_not_joined_over_and_over),
	};

	return cmocka_run_group_tests_name("url/find", tests, NULL, NULL);
}
