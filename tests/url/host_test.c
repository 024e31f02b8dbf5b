#include "url/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct host_case {
	const char *name;
	const char *written;
	const char *expected; /* NULL: none */
	uint32_t odd;
};

enum {
	NUMBER = URL_ODD(NUMERIC),
	OBSCURE = URL_ODD(NUMERIC) | URL_ODD(NUMERIC_OBSCURE),
};

static const struct host_case cases[] = {
	{"four decimal numbers", "192.0.2.1", "192.0.2.1", NUMBER},
	{"with a dot at the end", "192.0.2.1.", "192.0.2.1", OBSCURE},
	{"three numbers", "192.0.513", "192.0.2.1", OBSCURE},
	{"two numbers", "192.513", "192.0.2.1", OBSCURE},
	{"one number", "3221225985", "192.0.2.1", OBSCURE},
	{"hexadecimal", "0xC0000201", "192.0.2.1", OBSCURE},
	{"octal", "0300.0.02.1", "192.0.2.1", OBSCURE},
	{"mixed", "0xc0.0.01001", "192.0.2.1", OBSCURE},
	{"escaped", "%31%39%32.0.2.1", "192.0.2.1", OBSCURE | URL_ODD(ENCODED_HOST)},
	{"of fullwidth digits", "\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92.0.2.1", "192.0.2.1",
		OBSCURE | URL_ODD(WIDE)},
	{"an x without digits, which is zero", "192.0.2.0x", "192.0.2.0", OBSCURE},
	{"five numbers", "192.0.2.1.5", NULL, 0},
	{"a number that is too large", "192.0.2.256", NULL, 0},
	{"a first number that is too large", "256.1", NULL, 0},
	{"all ones", "4294967295", "255.255.255.255", OBSCURE | URL_ODD(PRIVATE)},
	{"one more", "4294967296", NULL, 0},
	{"very many digits", "99999999999999999999999999", NULL, 0},
	{"an octal number with a nine", "09", NULL, 0},
	{"an empty part", "1..2", NULL, 0},
	{"a name that ends in a number", "example.1", NULL, 0},
	{"a name that only looks so", "example.1a", "example.1a", URL_ODD(NO_TLD)},
	{"of a private network", "10.1.2.3", "10.1.2.3", NUMBER | URL_ODD(PRIVATE)},
	{"of the machine", "0x7f.1", "127.0.0.1", OBSCURE | URL_ODD(PRIVATE)},
	{"IPv6", "[2001:DB8::1]", "[2001:db8::1]", NUMBER},
	{"IPv6 with the longest zeros in the middle", "[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]", NUMBER},
	{"IPv6 with two runs alike", "[1:0:0:2:0:0:3:4]", "[1::2:0:0:3:4]", NUMBER},
	{"IPv6 with a single zero", "[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]", NUMBER},
	{"IPv6 with IPv4 at the end", "[::ffff:192.0.2.1]", "[::ffff:c000:201]", NUMBER},
	{"IPv6 that is nothing", "[::]", "[::]", NUMBER | URL_ODD(PRIVATE)},
	{"IPv6 with zeros at the end", "[2001:db8::]", "[2001:db8::]", NUMBER},
	{"IPv6 with a zone", "[fe80::1%25eth0]", NULL, 0},
	{"IPv6 that does not end", "[::1", NULL, 0},
	{"IPv6 with nine pieces", "[1:2:3:4:5:6:7:8:9]", NULL, 0},
	{"with an underscore", "a_b.example", "a_b.example", 0},
	{"with a blank", "a b.example", NULL, 0},
	{"with an escaped slash", "a%2fb.example", NULL, URL_ODD(ENCODED_HOST)},
	{"with a percent sign", "a%.example", NULL, 0},
	{"with escaped letters", "%65xample.org", "example.org", URL_ODD(ENCODED_HOST)},
	{"with empty labels", "a..example", "a..example", URL_ODD(NO_TLD)},
	{"with umlauts",
		"b\xc3\xbc"
		"cher.example",
		"xn--bcher-kva.example", URL_ODD(IDN)},
	{"with sharp s", "fa\xc3\x9f.example", "xn--fa-hia.example", URL_ODD(IDN)},
	{"as A-labels", "XN--bcher-kva.example", "xn--bcher-kva.example", URL_ODD(IDN)},
	{"an A-label of nothing", "xn--.example", NULL, 0},
	{"an A-label of ASCII", "xn--abc-.example", NULL, 0},
	{"an A-label that is none", "xn--999999999.example", NULL, 0},
	{"with hyphens in third and fourth place", "ab--c.example", "ab--c.example", 0},
	{"with hyphens at the ends",
		"-a-.b\xc3\xbc"
		"-.example",
		"-a-.xn--b--xka.example", URL_ODD(IDN)},
	{"with an ideographic full stop",
		"a\xe3\x80\x82"
		"example",
		"a.example", URL_ODD(WIDE)},
	{"in fullwidth", "\xef\xbd\x87\xef\xbd\x8f.example", "go.example", URL_ODD(WIDE)},
	{"in mathematical letters", "\xf0\x9d\x90\xa0o.example", "go.example", URL_ODD(WIDE)},
	{"with a fullwidth percent sign", "\xef\xbc\x85.example", NULL, URL_ODD(WIDE)},
	{"with a zero-width space", "a\xe2\x80\x8b.example", "a.example", URL_ODD(INVISIBLE)},
	{"with a soft hyphen",
		"a\xc2\xad"
		"b.example",
		"ab.example", URL_ODD(INVISIBLE)},
	{"of soft hyphens alone", "\xc2\xad", NULL, URL_ODD(INVISIBLE)},
	{"with an override",
		"a\xe2\x80\xae"
		"b.example",
		NULL, URL_ODD(BIDI)},
	{"with broken bytes", "a\xff.example", NULL, URL_ODD(BAD_UTF8)},
	{"right to left with a digit first", "0\xd7\x90.example", NULL, 0},
	{"with a Cyrillic letter among Latin ones", "p\xd0\xb0ypal.example",
		"xn--pypal-4ve.example",
		URL_ODD(IDN) | URL_ODD(MIXED_SCRIPTS) | URL_ODD(LOOKALIKE)},
	{"the same as A-labels", "xn--pypal-4ve.example", "xn--pypal-4ve.example",
		URL_ODD(IDN) | URL_ODD(MIXED_SCRIPTS) | URL_ODD(LOOKALIKE)},
	{"with a Cyrillic letter that looks like none of ours", "p\xd0\xb6ypal.example", "*",
		URL_ODD(IDN) | URL_ODD(MIXED_SCRIPTS)},
	{"of Cyrillic letters that look like Latin ones",
		"\xd1\x80\xd0\xb0\xd1\x83\xd1\x80.example", "xn--80a5abl.example",
		URL_ODD(IDN) | URL_ODD(LOOKALIKE)},
	{"the same in a Cyrillic top-level domain",
		"\xd1\x80\xd0\xb0\xd1\x83\xd1\x80.\xd1\x80\xd1\x84", "xn--80a5abl.xn--p1ai",
		URL_ODD(IDN)},
	{"a Turkish name", "alt\xc4\xb1n.tr", "xn--altn-nza.tr", URL_ODD(IDN)},
	{"the same letter elsewhere", "payp\xc4\xb1.example", "*",
		URL_ODD(IDN) | URL_ODD(LOOKALIKE)},
	{"an honest Cyrillic name", "\xd0\xb4\xd0\xbe\xd0\xbc\xd0\xb6\xd0\xb8.example", "*",
		URL_ODD(IDN)},
	{"Japanese of three scripts",
		"\xe3\x81\x82\xe3\x82\xa2\xe6\xbc\xa2"
		"abc.example",
		"*", URL_ODD(IDN)},
};

static void hosts_are_read_as_browsers_do(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct host_case *c = &cases[i];
		struct span written = arena_printf(a, "http://%s/x", c->written);
		struct url url;
		bool is_url = url_parse(a, written, NULL, &url);

		if (is_url != (c->expected != NULL))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(url.host));
		if (is_url && strcmp(c->expected, "*") != 0 &&
			!span_equal(url.host, span_of(c->expected)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(url.host));
		if (url.odd != c->odd)
			fail_msg("%s: odd %x, not %x", c->name, url.odd, c->odd);
	}
	arena_free(a);
}

static void long_names_are_none(void **state)
{
	static char text[6000] = "http://";
	struct arena *a = arena_make();
	struct url url;

	(void)state;
	memset(text + 7, 'a', sizeof(text) - 7);
	assert_true(url_parse(a, span_from(text, 7 + 3072), NULL, &url));
	assert_int_equal(url.odd, URL_ODD(NO_TLD));
	assert_false(url_parse(a, span_from(text, 7 + 3073), NULL, &url));
	assert_int_equal(url.odd, URL_ODD(LONG));
	for (size_t i = 7; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	assert_true(url_parse(a, span_from(text, 7 + 1024), NULL, &url));
	assert_false(url_parse(a, span_from(text, 7 + 1026), NULL, &url));
	arena_free(a);
}

static void names_are_turned_back_for_people(void **state)
{
	static const struct {
		const char *host, *expected;
	} rows[] = {
		{"xn--bcher-kva.example",
			"b\xc3\xbc"
			"cher.example"},
		{"www.XN--BCHER-KVA.example",
			"www.b\xc3\xbc"
			"cher.example"},
		{"example.org", "example.org"},
		{"xn--.example", "xn--.example"},
		{"xn--999999999.example", "xn--999999999.example"},
		{"192.0.2.1", "192.0.2.1"},
		{"", ""},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span got = url_host_unicode(a, span_of(rows[i].host));

		if (!span_equal(got, span_of(rows[i].expected)))
			fail_msg("%s: %.*s", rows[i].host, SPAN_ARG(got));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_read_as_browsers_do),
		cmocka_unit_test(long_names_are_none),
		cmocka_unit_test(names_are_turned_back_for_people),
	};

	return cmocka_run_group_tests_name("url host", tests, NULL, NULL);
}
