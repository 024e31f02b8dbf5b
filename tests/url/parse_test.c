#include "url/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* Names of what is odd, with a blank between. */
static struct span odd_names(struct arena *a, uint32_t odd)
{
	struct buf out;

	buf_init(&out, a, 1000);
	for (unsigned i = 0; i < URL_ODDITY_COUNT; i++)
		if ((odd >> i & 1) != 0)
			buf_printf(&out, "%s%s", out.n > 0 ? " " : "", url_oddity_name(i));
	return buf_span(&out);
}

struct parse_case {
	const char *name;
	const char *written;
	const char *expected; /* href; NULL: no URL */
	const char *odd;
	const char *base;
};

static const struct parse_case cases[] = {
	{"as browsers write it", "https://www.example.org/a/b?c=d#e",
		"https://www.example.org/a/b?c=d#e", "", NULL},
	{"in capitals, without a path", "HTTP://WWW.EXAMPLE.ORG", "http://www.example.org/", "",
		NULL},
	{"with blanks around", " \thttp://example.org/\r\n ", "http://example.org/", "", NULL},
	{"with line ends within", "http://exam\r\n\tple.org/", "http://example.org/", "blanks",
		NULL},
	{"with the port of its scheme", "https://example.org:443/", "https://example.org/", "",
		NULL},
	{"with another port", "https://example.org:080/", "https://example.org:80/", "port", NULL},
	{"with a port that is none", "http://example.org:65536/", NULL, "", NULL},
	{"with letters for a port", "http://example.org:8a/", NULL, "", NULL},
	{"with a user", "http://bank.example@example.org/", "http://bank.example@example.org/",
		"user", NULL},
	{"with a password", "http://u:p@example.org/", "http://u:p@example.org/", "user password",
		NULL},
	{"with a password alone", "http://:p@example.org/", "http://:p@example.org/", "password",
		NULL},
	{"with nothing before the @", "http://@example.org/", "http://example.org/", "", NULL},
	{"with nothing behind the @", "http://user@/x", NULL, "user", NULL},
	{"with several @", "http://a@b:c@example.org/", "http://a%40b:c@example.org/",
		"user password many-ats", NULL},
	{"with an @ in the path", "https://example.org/@name", "https://example.org/@name", "",
		NULL},
	{"with an @ in the query", "https://example.org?a@b@c", "https://example.org/?a@b@c", "",
		NULL},
	{"with backslashes", "http:\\\\example.org\\a", "http://example.org/a", "backslash", NULL},
	{"with backslashes in the query", "http://example.org/?\\a", "http://example.org/?\\a", "",
		NULL},
	{"with one slash", "http:/example.org/", "http://example.org/", "slashes", NULL},
	{"without slashes", "http:example.org/", "http://example.org/", "slashes", NULL},
	{"with three slashes", "https:///example.org/", "https://example.org/", "slashes", NULL},
	{"without a host", "http:///", NULL, "slashes", NULL},
	{"without a scheme", "www.example.org/", NULL, "", NULL},
	{"nothing", "", NULL, "", NULL},
	{"with dots in the path", "http://example.org/a/./b/%2E./c/..", "http://example.org/a/", "",
		NULL},
	{"with dots alone", "http://example.org/..", "http://example.org/", "", NULL},
	{"with a name that begins with a dot", "http://example.org/.a/..b/...",
		"http://example.org/.a/..b/...", "", NULL},
	{"with what must be escaped", "http://example.org/a b?c d'#e`f",
		"http://example.org/a%20b?c%20d%27#e%60f", "", NULL},
	{"with bytes that are no characters", "http://example.org/\xff",
		"http://example.org/%EF%BF%BD", "bad-utf8", NULL},
	{"with control bytes", "http://example.org/\x01/", "http://example.org/%01/", "controls",
		NULL},
	{"with escaped ones", "http://example.org/%01%ff", "http://example.org/%01%ff", "", NULL},
	{"with a zero-width space in the path",
		"http://example.org/a\xe2\x80\x8b"
		"b",
		"http://example.org/a%E2%80%8Bb", "invisible", NULL},
	{"with an escaped one", "http://example.org/a%e2%80%8bb", "http://example.org/a%e2%80%8bb",
		"invisible", NULL},
	{"with an escaped one in the query, which is data", "http://example.org/?a=%e2%80%8b",
		"http://example.org/?a=%e2%80%8b", "", NULL},
	{"with an override in the path", "http://example.org/a%E2%80%AEgpj.exe",
		"http://example.org/a%E2%80%AEgpj.exe", "bidi", NULL},
	{"with half a character before an override", "http://example.org/%E2%80%E2%80%AE",
		"http://example.org/%E2%80%E2%80%AE", "bidi", NULL},
	{"with a joiner within an emoji", "http://example.org/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
		"http://example.org/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB", "", NULL},
	{"with a joiner behind a letter", "http://example.org/a%E2%80%8Db",
		"http://example.org/a%E2%80%8Db", "invisible", NULL},
	{"of mail", "MAILTO:mira@orchard.example?subject=a b",
		"mailto:mira@orchard.example?subject=a%20b", "", NULL},
	{"of data", "data:text/html,<b>x</b>", "data:text/html,<b>x</b>", "", NULL},
	{"of a file", "file:///C|/a/../..", "file:///C:/", "", NULL},
	{"of another scheme with a host", "ssh://git@Example.org:22/a",
		"ssh://git@Example.org:22/a", "user port", NULL},
	{"whose path would be read as a host", "web:/.//a", "web:/.//a", "", NULL},
	{"without a known top-level domain", "http://mail.nosuchtld/", "http://mail.nosuchtld/",
		"no-tld", NULL},
	{"with one that has rules only for what is below", "http://example.np/",
		"http://example.np/", "", NULL},
	{"with one that has rules only for some of what is below", "http://www.example.co.za/",
		"http://www.example.co.za/", "", NULL},
	{"below it where nothing is", "http://www.example.za/", "http://www.example.za/", "no-tld",
		NULL},
	{"under a name that is set apart", "http://printer.local/", "http://printer.local/", "",
		NULL},
	{"of a single label", "http://intranet/", "http://intranet/", "no-tld", NULL},
	{"relative to a page", "../x?y", "http://example.org/a/x?y", "",
		"http://example.org/a/b/c?d#e"},
	{"only a query", "?y", "http://example.org/a/b?y", "", "http://example.org/a/b?d#e"},
	{"only a fragment", "#y", "http://example.org/a/b?d#y", "", "http://example.org/a/b?d#e"},
	{"nothing on a base", "", "http://example.org/a/b?d", "", "http://example.org/a/b?d#e"},
	{"with the scheme of the base", "//example.com/x", "https://example.com/x", "",
		"https://example.org/"},
	{"at the root of the base", "/x", "https://u@example.org:8443/x", "user port",
		"https://u@example.org:8443/a/b"},
	{"with a user that the base does not have", "//v@example.com/", "https://v@example.com/",
		"user", "https://example.org/"},
	{"on a base without a path", "x", NULL, "", "mailto:mira@orchard.example"},
};

static void urls_are_read_as_browsers_do(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct parse_case *c = &cases[i];
		struct url base, url;
		bool is_url;

		if (c->base != NULL)
			assert_true(url_parse(a, span_of(c->base), NULL, &base));
		is_url = url_parse(a, span_of(c->written), c->base == NULL ? NULL : &base, &url);
		if (is_url != (c->expected != NULL))
			fail_msg("%s: %s", c->name, is_url ? "is a URL" : "is none");
		if (is_url && !span_equal(url.href, span_of(c->expected)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(url.href));
		if (!span_equal(odd_names(a, url.odd), span_of(c->odd)))
			fail_msg("%s: is odd: %.*s", c->name, SPAN_ARG(odd_names(a, url.odd)));
		assert_true(url.written.p == c->written && url.written.n == strlen(c->written));
		if (!is_url)
			assert_true(span_is_null(url.href) && span_is_null(url.host));
	}
	arena_free(a);
}

static void parts_are_told_apart(void **state)
{
	struct arena *a = arena_make();
	struct url url;

	(void)state;
	assert_true(url_parse(a, SPAN("HTTPS://a:b@Www.Example.CO.UK:99/p/q?r=s#t"), NULL, &url));
	assert_true(span_equal(url.scheme, SPAN("https")));
	assert_true(span_equal(url.user, SPAN("a")));
	assert_true(span_equal(url.password, SPAN("b")));
	assert_true(span_equal(url.host, SPAN("www.example.co.uk")));
	assert_true(span_equal(url.domain, SPAN("example.co.uk")));
	assert_int_equal(url.port, 99);
	assert_true(span_equal(url.path, SPAN("/p/q")));
	assert_true(span_equal(url.query, SPAN("r=s")));
	assert_true(span_equal(url.fragment, SPAN("t")));
	assert_int_equal(url.host_kind, URL_HOST_DOMAIN);
	/* empty and not there are not the same */
	assert_true(url_parse(a, SPAN("http://example.org/?"), NULL, &url));
	assert_true(!span_is_null(url.query) && url.query.n == 0);
	assert_true(span_is_null(url.fragment) && span_is_null(url.user));
	assert_true(url_parse(a, SPAN("http://example.org/#"), NULL, &url));
	assert_true(span_is_null(url.query) && !span_is_null(url.fragment));
	assert_true(url_parse(a, SPAN("mailto:a@b.example"), NULL, &url));
	assert_true(span_is_null(url.host) && span_is_null(url.domain));
	assert_int_equal(url.host_kind, URL_HOST_NONE);
	arena_free(a);
}

static void what_is_written_so_already_is_not_copied(void **state)
{
	static const char *const same[] = {
		"https://www.example.org/a%20b/c.html?d=e&f=%2f#g",
		"http://example.org:8080/",
		"http://xn--bcher-kva.example/",
		"http://u@192.0.2.1/",
		"mailto:mira@orchard.example",
		"ftp://example.org/..a",
	};
	struct arena *a = arena_make();
	size_t used = arena_used(a);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		struct url url;

		assert_true(url_parse(a, span_of(same[i]), NULL, &url));
		assert_true(url.href.p == same[i] && url.href.n == strlen(same[i]));
		assert_true(url.path.p >= same[i] && url.path.p <= same[i] + url.href.n);
	}
	assert_int_equal(arena_used(a), used);
	arena_free(a);
}

/* `text` and as many of `more` as make `n` bytes, and `last`. */
static struct span lengthen(struct arena *a, const char *text, const char *more, size_t n,
	const char *last)
{
	struct buf out;

	buf_init(&out, a, n + 1000);
	buf_add_string(&out, text);
	while (out.n < n)
		buf_add_string(&out, more);
	buf_add_string(&out, last);
	return buf_span(&out);
}

static void what_is_too_long_is_cut_and_leads_where_it_did(void **state)
{
	static const struct {
		const char *name, *text, *more, *last;
		const char *host; /* NULL: it is no URL */
		uint32_t odd;     /* beside LONG */
		size_t most;      /* bytes of href */
	} ways[] = {
		{"a fragment", "http://example.org/#", "a", "", "example.org", 0, URL_BYTES_MOST},
		{"a path", "https://example.org", "/a", "", "example.org", 0, URL_BYTES_MOST},
		{"a scheme in capitals", "HTTP://example.org/", "a", "", "example.org", 0,
			URL_BYTES_MOST},
		{"what each byte of becomes three", "http://example.org/", " ", "x", "example.org",
			0, URL_BYTES_MOST},
		{"characters", "http://example.org/", "\xe2\x82\xac", "", "example.org", 0,
			URL_BYTES_MOST},
		{"escapes", "http://example.org/", "%e2%82%ac", "", "example.org", 0,
			URL_BYTES_MOST},
		{"a user name", "http://", "a", "@example.org/x", "example.org", URL_ODD(USER),
			2000},
		{"a user name with a password and several @", "http://u:", "p@p", "@example.org/x",
			"example.org", URL_ODD(USER) | URL_ODD(PASSWORD) | URL_ODD(MANY_ATS), 4000},
		{"slashes", "http:", "/", "example.org/x", "example.org", URL_ODD(SLASHES), 100},
		{"line ends", "http://exam", "\r\n", "ple.org/x", "example.org", URL_ODD(BLANKS),
			100},
		{"a host", "http://", "a", "", NULL, 0, 0},
		{"data, which leads nowhere", "data:text/html,", "a", "", NULL, 0, 0},
		{"addresses", "mailto:a@example.org?body=", "a", "", NULL, 0, 0},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		for (size_t n = URL_BYTES_MOST + 1; n < URL_BYTES_MOST + 10; n++) {
			struct span text = lengthen(a, ways[i].text, ways[i].more, n, ways[i].last);
			struct url url;

			if (url_parse(a, text, NULL, &url) != (ways[i].host != NULL))
				fail_msg("%s", ways[i].name);
			assert_true(url.odd & URL_ODD(LONG));
			if (ways[i].host == NULL)
				continue;
			assert_true(span_equal(url.host, span_of(ways[i].host)));
			assert_true(url.href.n <= ways[i].most);
			if (url.odd != (ways[i].odd | URL_ODD(LONG)))
				fail_msg("%s: odd %x", ways[i].name, url.odd);
		}
	arena_free(a);
}

static void length_has_its_bounds(void **state)
{
	static char text[URL_BYTES_MOST + 1];
	struct arena *a = arena_make();
	struct url url, base;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://example.org/", 19);
	assert_true(url_parse(a, span_from(text, URL_BYTES_MOST), NULL, &url));
	assert_int_equal(url.odd, 0);
	assert_int_equal(url.href.n, URL_BYTES_MOST);
	assert_true(url_parse(a, span_from(text, URL_BYTES_MOST + 1), NULL, &url));
	assert_int_equal(url.odd, URL_ODD(LONG));
	assert_int_equal(url.href.n, URL_BYTES_MOST);
	/* what it becomes counts as well */
	text[100] = ' ';
	assert_true(url_parse(a, span_from(text, URL_BYTES_MOST), NULL, &url));
	assert_int_equal(url.odd, URL_ODD(LONG));
	assert_true(url_parse(a, span_from(text, URL_BYTES_MOST - 2), NULL, &url));
	assert_int_equal(url.odd, 0);
	assert_int_equal(url.href.n, URL_BYTES_MOST);
	/* a base that would make many short links long */
	text[100] = 'a';
	assert_true(url_parse(a, span_from(text, 2048), NULL, &base));
	assert_true(url_parse(a, SPAN("x"), &base, &url));
	assert_true(url_parse(a, span_from(text, 2049), NULL, &base));
	assert_false(url_parse(a, SPAN("x"), &base, &url));
	assert_int_equal(url.odd, URL_ODD(LONG));
	assert_true(url_parse(a, SPAN("http:x"), &base, &url));
	assert_true(span_equal(url.href, SPAN("http://x/")));
	arena_free(a);
}

static void addresses_of_mail_are_taken_out(void **state)
{
	static const struct {
		const char *url, *address;
	} rows[] = {
		{"mailto:mira@orchard.example?subject=x", "mira@orchard.example"},
		{"mailto:mira%40orchard.example", "mira@orchard.example"},
		{"mailto:%20mira@orchard.example%20", "mira@orchard.example"},
		{"mailto:a@orchard.example,b@harbour.example",
			"a@orchard.example,b@harbour.example"},
		{"mailto:?to=x", ""},
	};
	struct arena *a = arena_make();
	struct url url;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(url_parse(a, span_of(rows[i].url), NULL, &url));
		if (!span_equal(url_mail_address(a, &url), span_of(rows[i].address)))
			fail_msg("%s: %.*s", rows[i].url, SPAN_ARG(url_mail_address(a, &url)));
		assert_false(url_is_web(&url));
	}
	assert_true(url_parse(a, SPAN("http://example.org/"), NULL, &url));
	assert_true(span_is_null(url_mail_address(a, &url)) && url_is_web(&url));
	assert_true(url_parse(a, SPAN("wss://example.org/"), NULL, &url) && url_is_web(&url));
	assert_true(url_parse(a, SPAN("file:///a"), NULL, &url) && !url_is_web(&url));
	assert_true(url_parse(a, SPAN("httpx://a/"), NULL, &url) && !url_is_web(&url));
	arena_free(a);
}

/* The fast way and the standard's must not differ: a tab at the end of the scheme forces the second one. */
static void both_ways_of_reading_agree(void **state)
{
	static const char bytes[] = "abz09-_.%/?#:@\\^`'\"<> {}|~!$&()*+,;=[]\x7f\x80\xc3\xa9xn--";
	struct arena *a = arena_make();
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[64] = "ht\ttp://ab.example/", plain[64];
		size_t n = 19, k = 0;
		struct url one, two;
		bool is_one, is_two;

		if (round % 3 == 0)
			n = 8;
		for (size_t length = n + seed % 12; n < length; n++) {
			seed = seed * 1664525 + 1013904223;
			text[n] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		for (size_t i = 0; i < n; i++)
			if (text[i] != '\t')
				plain[k++] = text[i];
		is_one = url_parse(a, span_from(plain, k), NULL, &one);
		is_two = url_parse(a, span_from(text, n), NULL, &two);
		if (is_one != is_two || (is_one && !span_equal(one.href, two.href)) ||
			!span_equal(one.host, two.host) || !span_equal(one.path, two.path) ||
			!span_equal(one.query, two.query) ||
			!span_equal(one.fragment, two.fragment) ||
			!span_equal(one.domain, two.domain) ||
			(one.odd | URL_ODD(BLANKS)) != two.odd)
			fail_msg("\"%.*s\": %.*s and %.*s", SPAN_ARG(span_from(plain, k)),
				SPAN_ARG(one.href), SPAN_ARG(two.href));
		arena_reset(a);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_read_as_browsers_do),
		cmocka_unit_test(parts_are_told_apart),
		cmocka_unit_test(what_is_written_so_already_is_not_copied),
		cmocka_unit_test(what_is_too_long_is_cut_and_leads_where_it_did),
		cmocka_unit_test(length_has_its_bounds),
		cmocka_unit_test(addresses_of_mail_are_taken_out),
		cmocka_unit_test(both_ways_of_reading_agree),
	};

	return cmocka_run_group_tests_name("url parse", tests, NULL, NULL);
}
