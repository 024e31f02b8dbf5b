#include "url/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct target_case {
	const char *name;
	const char *url;
	const char *expected; /* blanks between */
};

static const struct target_case cases[] = {
	{"none", "https://example.org/a?b=c&d=hello#e", ""},
	{"no URL of the web", "mailto:a@example.org?body=http://example.net/", ""},
	{"a parameter", "https://a.example/?u=https://example.org/x", "https://example.org/x"},
	{"escaped", "https://a.example/?u=https%3A%2F%2Fexample.org%2Fx%3Fy%3D1",
		"https://example.org/x?y=1"},
	{"escaped three times", "https://a.example/?u=https%25253A%25252F%25252Fexample.org",
		"https://example.org/"},
	{"escaped too often", "https://a.example/?u=https%2525253A%2525252F%2525252Fexample.org",
		""},
	{"its own escapes stay", "https://a.example/?u=https://example.org/%2541",
		"https://example.org/%2541"},
	{"without a name", "https://a.example/?https://example.org/", "https://example.org/"},
	{"two", "https://a.example/?u=http://b.example/&v=http://c.example/&u2=x",
		"http://b.example/ http://c.example/"},
	{"the same twice", "https://a.example/?u=http://b.example/&v=http://b.example/",
		"http://b.example/"},
	{"in base64", "https://a.example/?u=aHR0cHM6Ly9leGFtcGxlLm9yZy94", "https://example.org/x"},
	{"in base64 in a path", "https://a.example/c/aHR0cDovL2V4YW1wbGUub3JnL3g/1",
		"http://example.org/x"},
	{"words that begin as base64 does", "https://a.example/aHR0c/SFRUU/x", ""},
	{"without a scheme", "https://a.example/?u=//example.org/x", "http://example.org/x"},
	{"without a scheme, escaped twice", "https://a.example/?u=%252F%252Fexample.org%252Fx",
		"http://example.org/x"},
	{"two slashes of a path", "https://a.example/?u=//files/data/x&v=%2F%2Ffiles%2Fx", ""},
	{"base64 in a fragment", "https://a.example/#aHR0cHM6Ly9leGFtcGxlLm9yZy94",
		"https://example.org/x"},
	{"a fragment", "https://a.example/#https://example.org/", "https://example.org/"},
	{"a parameter of a fragment", "https://a.example/#u=https://example.org/",
		"https://example.org/"},
	{"in a path, to the end", "https://web.archive.org/web/2020/http://example.org/a?b=c",
		"http://example.org/a?b=c"},
	{"in a path with escapes, to the slash",
		"https://x.r.us-east-1.awstrack.me/L0/https:%2F%2Fexample.org%2Fa/1/0100=x",
		"https://example.org/a"},
	{"what only sounds so", "https://a.example/http-and-https/?q=http", ""},
	{"another scheme", "https://a.example/?u=ftp://example.org/&v=javascript:alert(1)", ""},
	{"in each other",
		"https://a.example/?u=http%3A%2F%2Fb.example%2F%3Fu%3Dhttp%253A%252F%252Fc.example",
		"http://b.example/?u=http%3A%2F%2Fc.example http://c.example/"},
	{"Outlook safe links",
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fx"
		"&data=05%7C01&reserved=0",
		"https://example.org/x"},
	{"Proofpoint, the first way",
		"https://urldefense.proofpoint.com/v1/url?u=http://example.org/x&k=a",
		"http://example.org/x"},
	{"Proofpoint, the second way",
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a-3Fb-3D1&d=D",
		"https://www.example.org/a?b=1"},
	{"Proofpoint, the third way",
		"https://urldefense.com/v3/__https://example.org/a/b__;!!ABC!xyz$",
		"https://example.org/a/b"},
	{"Proofpoint, the third way with bytes",
		"https://urldefense.com/v3/__https://example.org/a*b**Ac__;Iz8m!!ABC!xyz$",
		"https://example.org/a#b?&c"},
	{"Barracuda", "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fexample.org&c=E,1",
		"https://example.org/"},
	{"Mimecast tells the domain alone",
		"https://protect-eu.mimecast.com/s/AbC?domain=example.org", "http://example.org/"},
	{"Sophos", "https://eu.protection.sophos.com/?d=example.org&u=aHR0cHM6Ly9leGFtcGxlLm9yZy94",
		"https://example.org/x http://example.org/"},
	{"Cisco", "https://secure-web.cisco.com/1aB/https%3A%2F%2Fexample.org%2Fx",
		"https://example.org/x"},
	{"Google", "https://www.google.co.uk/url?sa=t&q=https://example.org/x&usg=1",
		"https://example.org/x"},
	{"Google's pages for telephones", "https://www.google.com/amp/s/example.org/x",
		"https://example.org/x"},
	{"Bing", "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9leGFtcGxlLm9yZy94&ntb=1",
		"https://example.org/x"},
	{"Facebook", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F&h=AT1",
		"https://example.org/"},
	{"fences", "https://url.avanan.click/v2/___https://example.org/x___.YXA",
		"https://example.org/x"},
	{"JSON in base64",
		"https://mandrillapp.com/track/click/1/x?p=eyJwIjoie1widXJsXCI6XCJodHRwczpcXFwvXFxcL2V4YW1wbGUub3JnXFxcL3hcIn0ifQ",
		"https://example.org/x"},
	{"a name that only ends like a service", "https://notmimecast.com/s/x?domain=example.org",
		""},
};

static void targets_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct url url, out[URL_TARGETS_MOST];
		struct buf found;
		size_t n;

		buf_init(&found, a, 10000);
		assert_true(url_parse(a, span_of(cases[i].url), NULL, &url));
		n = url_find_targets(a, &url, out, ARRAY_LEN(out));
		for (size_t k = 0; k < n; k++)
			buf_printf(&found, "%s%.*s", k == 0 ? "" : " ", SPAN_ARG(out[k].href));
		if (!span_equal(buf_span(&found), span_of(cases[i].expected)))
			fail_msg("%s: \"%.*s\", not \"%s\"", cases[i].name,
				SPAN_ARG(buf_span(&found)), cases[i].expected);
		arena_free(a);
	}
}

/* "http://a.example/?u=" around itself, each one escaped once more. */
static struct span nest(struct arena *a, size_t levels)
{
	struct span inner = SPAN("http://end.example/");

	for (size_t i = 0; i < levels; i++) {
		struct buf out;

		buf_init(&out, a, 60 << 10);
		buf_printf(&out, "http://n%zu.example/?u=", i);
		for (size_t k = 0; k < inner.n; k++)
			if (inner.p[k] == '%')
				buf_add_string(&out, "%25");
			else
				buf_add_byte(&out, inner.p[k]);
		inner = buf_span(&out);
	}
	return inner;
}

static void depth_and_number_are_bounded(void **state)
{
	struct arena *a = arena_make();
	struct url url, out[URL_TARGETS_MOST];
	struct buf many;

	(void)state;
	assert_true(url_parse(a, nest(a, 2), NULL, &url));
	assert_int_equal(url_find_targets(a, &url, out, URL_TARGETS_MOST), 2);
	assert_true(url_parse(a, nest(a, 9), NULL, &url));
	assert_int_equal(url_find_targets(a, &url, out, URL_TARGETS_MOST), 3);

	buf_init(&many, a, 60 << 10);
	buf_add_string(&many, "http://a.example/?");
	for (int i = 0; i < 2000; i++)
		buf_printf(&many, "&u=http://b%d.example/", i);
	assert_true(url_parse(a, buf_span(&many), NULL, &url));
	assert_int_equal(url_find_targets(a, &url, out, URL_TARGETS_MOST), URL_TARGETS_MOST);
	assert_int_equal(url_find_targets(a, &url, out, 3), 3);
	assert_int_equal(url_find_targets(a, &url, out, 0), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_found),
		cmocka_unit_test(depth_and_number_are_bounded),
	};

	return cmocka_run_group_tests_name("url/target", tests, NULL, NULL);
}
