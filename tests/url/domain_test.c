#include "url/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct domain_case {
	const char *name;
	struct span host;
	struct span registrable;
};

#define CASE(name, host, registrable)                                                              \
	{                                                                                          \
		name, SPAN_INIT(host), SPAN_INIT(registrable)                                      \
	}

static const struct domain_case domain_cases[] = {
	CASE("a host below a plain suffix", "mail.example.com", "example.com"),
	CASE("the domain itself", "example.com", "example.com"),
	CASE("a suffix of two labels", "a.b.example.co.uk", "example.co.uk"),
	CASE("a suffix with a wildcard", "x.b.c.kobe.jp", "b.c.kobe.jp"),
	CASE("an exception from a wildcard", "www.city.kobe.jp", "city.kobe.jp"),
	CASE("the suffix of a provider", "www.someone.blogspot.com", "someone.blogspot.com"),
	CASE("a top-level domain that nobody listed", "a.example.unlisted", "example.unlisted"),
	CASE("a public suffix is itself", "co.uk", "co.uk"),
	CASE("a top-level domain is itself", "com", "com"),
	CASE("a single label is itself", "localhost", "localhost"),
	CASE("case is kept", "WWW.Example.Co.UK", "Example.Co.UK"),
	CASE("a trailing dot is left out", "www.example.com.", "example.com"),
	CASE("only one trailing dot is", "www.example.com..", "www.example.com."),
	CASE("a trailing dot behind a suffix", "com.", "com"),
	CASE("underscores are usual in DNS", "_dmarc.mail.example.org", "example.org"),
	CASE("A-labels", "www.xn--85x722f.xn--fiqs8s", "xn--85x722f.xn--fiqs8s"),
	CASE("A-labels of a suffix of two labels", "www.xn--85x722f.xn--55qx5d.cn",
		"xn--85x722f.xn--55qx5d.cn"),
	CASE("UTF-8", "www.\xe9\xa3\x9f\xe7\x8b\xae.\xe4\xb8\xad\xe5\x9b\xbd",
		"\xe9\xa3\x9f\xe7\x8b\xae.\xe4\xb8\xad\xe5\x9b\xbd"),
	CASE("UTF-8 below a suffix in UTF-8",
		"www.\xe9\xa3\x9f\xe7\x8b\xae.\xe5\x85\xac\xe5\x8f\xb8.cn",
		"\xe9\xa3\x9f\xe7\x8b\xae.\xe5\x85\xac\xe5\x8f\xb8.cn"),
	CASE("UTF-8 in capitals",
		"WWW.B\xc3\x9c"
		"CHER.DE",
		"B\xc3\x9c"
		"CHER.DE"),
	CASE("UTF-8 with full stops of Japanese",
		"www\xe3\x80\x82\xe9\xa3\x9f\xef\xbc\x8e"
		"co\xef\xbd\xa1jp\xe3\x80\x82",
		"\xe9\xa3\x9f\xef\xbc\x8e"
		"co\xef\xbd\xa1jp"),
	CASE("wide letters", "www.\xef\xbd\x85\xef\xbd\x98.com", "\xef\xbd\x85\xef\xbd\x98.com"),
	CASE("letters that are written in several ways",
		"www.bu\xcc\x88"
		"cher.de",
		"bu\xcc\x88"
		"cher.de"),
	CASE("bytes that are not UTF-8",
		"www.ex\xff"
		"ample.com",
		"ex\xff"
		"ample.com"),
	CASE("an IPv4 address", "192.0.2.1", "192.0.2.1"),
	CASE("an IPv4 address with a trailing dot", "192.0.2.1.", "192.0.2.1"),
	CASE("an IPv6 address", "2001:db8::1", "2001:db8::1"),
	CASE("an IPv6 address in brackets", "[2001:db8::1]", "[2001:db8::1]"),
	CASE("nothing", "", ""),
	CASE("a dot", ".", ""),
	CASE("two dots", "..", "."),
	CASE("a leading dot", ".example.com", ".example.com"),
	CASE("an empty label", "a..example.com", "a..example.com"),
	CASE("a NUL", "www.example.com\0.org", "www.example.com\0.org"),
	CASE("blanks are bytes like others", "www.exa mple.com", "exa mple.com"),
	CASE("many labels", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.example.co.uk",
		"example.co.uk"),
};

static void registrable_domains_are_found(void **state)
{
	(void)state;
	/* a second time from memory */
	for (size_t i = 0; i < 2 * ARRAY_LEN(domain_cases); i++) {
		const struct domain_case *c = &domain_cases[i % ARRAY_LEN(domain_cases)];
		struct span got = url_find_registrable(c->host);

		if (!span_equal(got, c->registrable))
			fail_msg("%s: \"%.*s\"", c->name, SPAN_ARG(got));
		if (got.n > 0 && (got.p < c->host.p || got.p + got.n > c->host.p + c->host.n))
			fail_msg("%s: not a span into the host", c->name);
	}
	assert_int_equal(url_find_registrable(span_of(NULL)).n, 0);
}

static void long_names_are_themselves(void **state)
{
	char host[300];

	(void)state;
	for (size_t n = 240; n < sizeof(host); n++) {
		struct span s = span_from(host, n), got;

		for (size_t i = 0; i < n; i++)
			host[i] = i % 50 == 49 ? '.' : 'x';
		memcpy(host + n - 4, ".com", 4);
		host[n - 5] = 'x';
		got = url_find_registrable(s);
		if (n > 253)
			assert_true(got.p == s.p && got.n == n);
		else
			assert_true(got.n < n && span_ends(got, SPAN(".com")));
		/* the dot at the end does not count */
		host[n - 1] = '.';
		got = url_find_registrable(s);
		assert_int_equal(got.n == n - 1, n - 1 > 253);
	}
	/* in UTF-8 the A-labels count */
	memset(host, 0, sizeof(host));
	for (size_t i = 0; i < 80; i++)
		memcpy(host + 3 * i, i % 2 == 0 ? "\xe9\xa3\x9f" : "\xe3\x80\x82", 3);
	assert_int_equal(url_find_registrable(span_from(host, 3 * 79)).n, 3 * 79);
}

static void names_do_not_forget_each_other_wrongly(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	/* more names than are remembered, so that most places are taken several times */
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2000; i++) {
			struct span host = arena_printf(a, "h%d.d%d.%s", i, i * 7 % 1000,
				i % 3 == 0           ? "com"
					: i % 3 == 1 ? "co.uk"
						     : "blogspot.com");
			struct span got = url_find_registrable(host);

			assert_true(span_equal(got,
				span_from_offset(host, span_find_byte(host, '.') + 1)));
		}
	}
	arena_free(a);
}

struct same_case {
	const char *name;
	const char *a;
	const char *b;
	bool same;
};

static const struct same_case same_cases[] = {
	{"the same host", "example.com", "example.com", true},
	{"two hosts of one domain", "a.example.com", "b.c.example.com", true},
	{"another case and a trailing dot", "A.EXAMPLE.com", "example.COM.", true},
	{"two domains below one suffix", "a.co.uk", "b.co.uk", false},
	{"a domain that ends like the other", "example.com", "badexample.com", false},
	{"two customers of a provider", "a.blogspot.com", "b.blogspot.com", false},
	{"UTF-8 and A-labels",
		"www.b\xc3\xbc"
		"cher.de",
		"xn--bcher-kva.de", true},
	{"UTF-8 in another case",
		"B\xc3\x9c"
		"CHER.de",
		"b\xc3\xbc"
		"cher.de",
		true},
	{"the same address", "192.0.2.1", "192.0.2.1", true},
	{"two addresses that end alike", "192.0.2.1", "198.0.2.1", false},
	{"a name that ends like an address", "x.2.1", "192.0.2.1", false},
	{"an empty host", "", "example.com", false},
	{"two empty hosts", "", "", false},
	{"two dots", ".", ".", false},
	{"two single labels", "localhost", "LOCALHOST", true},
};

static void hosts_of_one_domain_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same_cases); i++) {
		const struct same_case *c = &same_cases[i];

		if (url_same_registrable(span_of(c->a), span_of(c->b)) != c->same ||
			url_same_registrable(span_of(c->b), span_of(c->a)) != c->same)
			fail_msg("%s", c->name);
	}
	assert_false(url_same_registrable(span_of(NULL), span_of(NULL)));
}

struct address_case {
	struct span host;
	bool is;
};

static const struct address_case address_cases[] = {
	{SPAN_INIT("192.0.2.1"), true},
	{SPAN_INIT("[192.0.2.1]"), true},
	{SPAN_INIT("2001:db8::1"), true},
	{SPAN_INIT("[2001:DB8::1]"), true},
	{SPAN_INIT("[IPv6:2001:db8::1]"), true},
	{SPAN_INIT("::ffff:192.0.2.1"), true},
	{SPAN_INIT("1111:2222:3333:4444:5555:6666:255.255.255.255"), true},
	{SPAN_INIT("::"), true},
	{SPAN_INIT("IPv6:2001:db8::1"), false},
	{SPAN_INIT("192.0.2"), false},
	{SPAN_INIT("192.0.2.256"), false},
	{SPAN_INIT("192.0.2.1.5"), false},
	{SPAN_INIT("0x7f.1"), false},
	{SPAN_INIT("2130706433"), false},
	{SPAN_INIT("[192.0.2.1"), false},
	{SPAN_INIT("192.0.2.1\0"), false},
	{SPAN_INIT("192.0.2.1\0x.com"), false},
	{SPAN_INIT("fe80::1%eth0"), false},
	{SPAN_INIT("example.com"), false},
	{SPAN_INIT("example.com:25"), false},
	{SPAN_INIT("[]"), false},
	{SPAN_INIT("["), false},
	{SPAN_INIT(""), false},
	{{NULL, 0}, false},
};

static void addresses_are_told_from_names(void **state)
{
	char colons[500];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(address_cases); i++)
		if (url_is_address(address_cases[i].host) != address_cases[i].is)
			fail_msg("\"%.*s\"", SPAN_ARG(address_cases[i].host));
	memset(colons, ':', sizeof(colons));
	assert_false(url_is_address(span_from(colons, sizeof(colons))));
}

/* One line of the suite of publicsuffix.org: a host and its registrable domain, or null. */
static bool holds(struct span host, struct span expected)
{
	struct span got = url_find_registrable(host);

	if (span_equal(expected, SPAN("null")))
		return span_equal(got, host);
	return span_equal_nocase(got, expected);
}

static void the_suite_of_the_list_passes(void **state)
{
	const char *shared = getenv("WINNOW_SHARED");
	struct arena *a = arena_make();
	struct span text, line, host, expected;
	size_t ran = 0;

	(void)state;
	shared =
		arena_printf(a, "%s/suites/psl/tests.txt", shared == NULL ? "../shared" : shared).p;
	if (file_read(a, shared, 1 << 20, &text, NULL) != RC_OK) {
		print_message("skipped: no suite of publicsuffix.org at %s\n", shared);
		arena_free(a);
		skip();
	}
	while (span_next_line(&text, &line)) {
		if (line.n == 0 || span_starts(line, SPAN("//")) ||
			span_starts(line, SPAN("null ")))
			continue;
		must(span_next(&line, ' ', &host) && span_next(&line, ' ', &expected));
		if (!holds(host, expected))
			fail_msg("%.*s is not %.*s", SPAN_ARG(host), SPAN_ARG(expected));
		ran++;
	}
	assert_true(ran > 50);
	arena_free(a);
}

static void names_become_a_labels_in_lower_case(void **state)
{
	static const struct {
		const char *host;
		const char *expected; /* NULL: no name */
	} cases[] = {
		{"Example.ORG", "example.org"},
		{"example.org.", "example.org"},
		{"_spf.Example.org", "_spf.example.org"},
		{"b\xc3\xbc"
		 "cher.example",
			"xn--bcher-kva.example"},
		{"B\xc3\x9c"
		 "CHER\xe3\x80\x82"
		 "example",
			"xn--bcher-kva.example"},
		{"org", "org"},
		{"", NULL},
		{".", NULL},
		{"a..b", NULL},
		{".a", NULL},
		{"a b.example", NULL},
		{"a\tb.example", NULL},
		{"a\xff.example", NULL},
		{"0123456789012345678901234567890123456789012345678901234567890123.example", NULL},
		{"012345678901234567890123456789012345678901234567890123456789012.example",
			"012345678901234567890123456789012345678901234567890123456789012.example"},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span out;
		bool is_name = url_make_ascii(a, span_of(cases[i].host), &out);

		if (is_name != (cases[i].expected != NULL))
			fail_msg("%s: %d", cases[i].host, is_name);
		if (is_name && !span_equal(out, span_of(cases[i].expected)))
			fail_msg("%s: %.*s", cases[i].host, SPAN_ARG(out));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registrable_domains_are_found),
		cmocka_unit_test(long_names_are_themselves),
		cmocka_unit_test(names_do_not_forget_each_other_wrongly),
		cmocka_unit_test(hosts_of_one_domain_are_told),
		cmocka_unit_test(addresses_are_told_from_names),
		cmocka_unit_test(names_become_a_labels_in_lower_case),
		cmocka_unit_test(the_suite_of_the_list_passes),
	};

	return cmocka_run_group_tests_name("url domain", tests, NULL, NULL);
}
