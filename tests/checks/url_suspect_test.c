#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

extern const struct check check_url_suspect;

#define HTML(body) "Content-Type: text/html; charset=utf-8\n\n" body "\n"
#define LINK(url) HTML("<a href=\"" url "\">here</a>")

static const struct harness_case cases[] = {
	{"an ordinary link", LINK("https://www.example.org/a/b?c=d"), ""},
	{"no link", "Subject: hello\n\nhello\n", ""},
	{"a user name before the host", LINK("http://bank.example@example.org/"),
		"URL_USER_PASSWORD(2.00)[http://bank.example@example.org/]"},
	{"a password alone", LINK("http://:p@example.org/"),
		"URL_USER_PASSWORD(2.00)[http://:p@example.org/]"},
	{"an @ in the path", LINK("https://example.org/@mira/1"), ""},
	{"a user of another scheme", LINK("ssh://git@example.org/a"), ""},
	{"an address of mail", LINK("mailto:mira@example.org"), ""},
	{"a numeric host", LINK("http://203.0.113.9/x"), "URL_NUMERIC_IP(1.50)[203.0.113.9]"},
	{"a numeric host in another notation", LINK("http://0xcb.0.0x7109/"),
		"URL_NUMERIC_IP(1.50)[203.0.113.9]"},
	{"a numeric host of IPv6", LINK("http://[2001:db8::1]/"),
		"URL_NUMERIC_IP(1.50)[[2001:db8::1]]"},
	{"a numeric host with a user", LINK("http://bank.example@203.0.113.9/"),
		"URL_USER_PASSWORD(2.00)[http://bank.example@203.0.113.9/] "
		"URL_NUMERIC_IP_USER(4.00)[203.0.113.9]"},
	{"a numeric host of a private network", LINK("http://192.168.0.1:631/"),
		"URL_NUMERIC_PRIVATE_IP(0.50)[192.168.0.1]"},
	{"the same when it counts as others", LINK("http://192.168.0.1:631/"),
		"URL_NUMERIC_IP(1.50)[192.168.0.1]",
		.settings = "url_suspect { checks { numeric_ip { allow_private_ranges = no } } }"},
	{"numeric hosts switched off", LINK("http://203.0.113.9/x"), "",
		.settings = "url_suspect { checks { numeric_ip { enabled = no } } }"},
	{"a host that cannot exist", LINK("http://www.prize.nosuchtld/"),
		"URL_NO_TLD(2.00)[www.prize.nosuchtld]"},
	{"a host of one word", LINK("http://intranet/"), ""},
	{"a host that is set apart", LINK("http://printer.local/"), ""},
	{"hosts of networks of one's own",
		HTML("<a href=\"http://router.lan/\">a</a><a href=\"http://a.localdomain/\">b</a>"
		     "<a href=\"http://x.corp./\">c</a><a href=\"http://a.b.home/\">d</a>"
		     "<a href=\"http://wiki.intranet/\">e</a>"
		     "<a href=\"http://git.internal/\">f</a>"),
		""},
	{"what nobody sees beside a bare name",
		HTML("<p>&#8203;www.example.org&#65279; &shy;example.org</p>"), ""},
	{"an abused top-level domain", LINK("http://www.prize.example.icu/"),
		"URL_SUSPICIOUS_TLD(3.00)[example.icu]"},
	{"a domain that only begins so", LINK("http://icu.example.org/"), ""},
	{"several of them count once",
		HTML("<a href=\"http://a.icu/\">a</a><a href=\"http://b.icu/\">b</a>"),
		"URL_SUSPICIOUS_TLD(3.00)[a.icu, b.icu]"},
	{"a file that is named in a text", "Subject: x\n\nedit sendmail.cf first\n", ""},
	{"a bare name with a path", "Subject: x\n\nsee prize.icu/win now\n",
		"URL_SUSPICIOUS_TLD(3.00)[prize.icu]"},
	{"abused ones switched off", LINK("http://example.icu/"), "",
		.settings = "url_suspect { checks { tld { check_suspicious = no } } }"},
	{"a Cyrillic letter among Latin ones", LINK("http://p\xd0\xb0ypal.example/"),
		"URL_HOMOGRAPH_ATTACK(5.00)[xn--pypal-4ve.example: p\xd0\xb0ypal.example]"},
	{"a German name",
		LINK("http://b\xc3\xbc"
		     "cher.example/"),
		""},
	{"a zero-width space", LINK("http://exam\xe2\x80\x8bple.org/"),
		"URL_ZERO_WIDTH_SPACES(7.00)[http://example.org/]"},
	{"an emoji of several in a path",
		LINK("http://example.org/\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"), ""},
	{"an override", LINK("http://example.org/a%E2%80%AEgpj.exe"),
		"URL_RTL_OVERRIDE(6.00)[http://example.org/a%E2%80%AEgpj.exe]"},
	{"escaped text in a query", LINK("http://example.org/?text=%E2%80%8B%E2%80%AE"), ""},
	{"several @ before the host", LINK("http://a@b@example.org/"),
		"URL_USER_PASSWORD(2.00)[http://a%40b@example.org/] "
		"URL_MULTIPLE_AT_SIGNS(3.00)[http://a%40b@example.org/]"},
	{"backslashes", LINK("http:\\\\example.org\\x"),
		"URL_BACKSLASH_PATH(2.00)[http:\\\\example.org\\x]"},
	{"backslashes in a query", LINK("http://example.org/?a=\\\\b"), ""},
	{"a URL that carries another", LINK("http://example.org/?to=http%3A%2F%2Fa.example.com%2F"),
		""},
	{"a URL that carries two of one domain",
		LINK("http://example.org/?to=http%3A%2F%2Fa.example.com%2F&from=http%3A%2F%2Fb.example.com%2F"),
		""},
	{"a URL that carries two of different domains",
		LINK("http://example.org/?to=http%3A%2F%2Fa.example.com%2F&from=http%3A%2F%2Fb.example.net%2F"),
		"URL_QUERY_MULTIPLE_URLS(2.00)[http://example.org/"
		"?to=http%3A%2F%2Fa.example.com%2F&from=http%3A%2F%2Fb.example.net%2F]"},
	{"a URL that is written around filters", "Subject: x\n\nsee hxxp://example[.]org/win now\n",
		"URL_OBFUSCATED_TEXT(5.00)[hxxp://example[.]org/win]"},
	{"six dots", LINK("http://a.b.c.d.e.example.org/"), ""},
	{"seven dots", LINK("http://a.b.c.d.e.f.example.org/"),
		"URL_EXCESSIVE_DOTS(2.00)[a.b.c.d.e.f.example.org]"},
	{"two dots where one is allowed", LINK("http://www.example.org/"),
		"URL_EXCESSIVE_DOTS(2.00)[www.example.org]",
		.settings = "url_suspect { checks { structure { max_host_dots = 1 } } }"},
	{"an attached log",
		"Content-Type: text/plain\nContent-Disposition: attachment\n\nhttp://203.0.113.9/x\n",
		""},
	{"a URL that one within an attached log carries",
		"Content-Type: text/plain\nContent-Disposition: attachment\n\n"
		"http://example.org/?to=http%3A%2F%2F203.0.113.9%2Fx\n",
		""},
	{"an attached page",
		"Content-Type: text/html\nContent-Disposition: attachment\n\n<a href=\"http://203.0.113.9/x\">x</a>\n",
		"URL_NUMERIC_IP(1.50)[203.0.113.9]"},
};

static void urls_are_judged(void **state)
{
	(void)state;
	harness_check_table(&check_url_suspect, cases, ARRAY_LEN(cases));
}

/* Both sides of each bound: `n` bytes between two texts. */
static void check_length(const char *before, size_t n, const char *after, const char *symbol)
{
	struct arena *a = arena_make();
	const struct harness_case c = {.name = symbol};
	struct span message =
		arena_printf(a, "Content-Type: text/html\n\n<a href=\"%s%.*s%s\">x</a>\n", before,
			SPAN_ARG(harness_repeat(a, "a", n)), after);
	struct span got = harness_scan(a, &check_url_suspect, &c, message);

	if (!span_starts(got, span_of(symbol)) || (*symbol == '\0' && got.n > 0))
		fail_msg("%zu bytes: %.*s", n, SPAN_ARG(got));
	arena_free(a);
}

static void lengths_have_bounds(void **state)
{
	(void)state;
	check_length("http://", 128, "@example.org/", "URL_USER_PASSWORD(2.00)");
	check_length("http://", 129, "@example.org/", "URL_USER_LONG(3.00)[example.org]");
	check_length("http://", 256, "@example.org/", "URL_USER_LONG(3.00)[example.org]");
	check_length("http://", 257, "@example.org/", "URL_USER_VERY_LONG(5.00)[example.org]");
	check_length("http://example.org/", 2048 - 19, "", "");
	check_length("http://example.org/", 2049 - 19, "",
		"URL_VERY_LONG(1.50)[2049 bytes: example.org]");
	/* more than is looked at of a URL */
	check_length("http://example.org/#", 70000, "",
		"URL_VERY_LONG(1.50)[70020 bytes: example.org]");
	check_length("http://", 70000, "@example.org/", "URL_USER_VERY_LONG(5.00)[example.org]");
}

static void wrong_settings_are_told(void **state)
{
	(void)state;
	harness_expect_wrong(&check_url_suspect,
		"url_suspect { checks { structure { max_host_dots = 0 } } }", "max_host_dots");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_judged),
		cmocka_unit_test(lengths_have_bounds),
		cmocka_unit_test(wrong_settings_are_told),
	};

	return cmocka_run_group_tests_name("checks/url_suspect", tests, NULL, NULL);
}
