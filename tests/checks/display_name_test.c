#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_display_name;

#define FROM(value) "From: " value "\nTo: bar@example.net\n\nhi\n"
#define NEQ(shown) "FROM_NEQ_DISPLAY_NAME(4.00)[example.com, " shown "]"
#define SPOOF(shown) "SPOOF_DISPLAY_NAME(8.00)[example.com, " shown "]"

static const struct harness_case cases[] = {
	{"a name without an @ shows no address", FROM("Foo at other.org <foo@example.com>"), ""},
	{"no name shows no address", FROM("foo@example.com"), ""},
	{"no From shows no address", "To: bar@example.net\n\n", ""},
	{"the own address as name is right", FROM("\"foo@example.com\" <foo@example.com>"), ""},
	{"another mailbox of the own domain is right",
		FROM("\"fox@EXAMPLE.com\" <foo@example.com>"), ""},
	{"an address of another domain is told", FROM("\"foo@other.org\" <foo@example.com>"),
		NEQ("other.org")},
	{"without quotes as well", FROM("foo@other.org <foo@example.com>"), NEQ("other.org")},
	{"encoded as well", FROM("=?utf-8?Q?foo=40other.org?= <foo@example.com>"),
		NEQ("other.org")},
	{"in angles within quotes as well", FROM("\"Foo <foo@other.org>\" <foo@example.com>"),
		NEQ("other.org")},
	{"among words as well", FROM("\"via foo@other.org to you\" <foo@example.com>"),
		NEQ("other.org")},
	{"with blanks around the @ as well", FROM("\"foo @ other.org\" <foo@example.com>"),
		NEQ("other.org")},
	{"a domain alone behind an @ is taken for an address",
		FROM("\"@other.org\" <foo@example.com>"), NEQ("other.org")},
	{"a host of the own domain is another domain",
		FROM("\"foo@sub.example.com\" <foo@example.com>"), NEQ("sub.example.com")},
	{"a domain that goes on behind the own one is another",
		FROM("\"foo@example.com.other.org\" <foo@example.com>"),
		NEQ("example.com.other.org")},
	{"a final dot is no part of the domain", FROM("\"foo@other.org.\" <foo@example.com>"),
		NEQ("other.org")},
	{"quotes and colons end the domain", FROM("\"'foo@other.org': x\" <foo@example.com>"),
		NEQ("other.org")},
	{"letters beyond ASCII belong to the domain",
		FROM("\"foo@\303\266ther.org\" <foo@example.com>"), NEQ("\303\266ther.org")},
	{"an address literal is a domain, too", FROM("\"foo@[192.0.2.1]\" <foo@example.com>"),
		NEQ("192.0.2.1")},
	{"a word without a dot behind the @ is no domain", FROM("\"foo@other\" <foo@example.com>"),
		""},
	{"dots alone are no domain", FROM("\"foo@...\" <foo@example.com>"), ""},
	{"an @ at the end shows nothing", FROM("\"foo@\" <foo@example.com>"), ""},
	{"an @ without a domain hides no later one", FROM("\"a@b@other.org\" <foo@example.com>"),
		NEQ("other.org")},
	{"of two addresses the first counts",
		FROM("\"foo@other.org, fox@third.org\" <foo@example.com>"), NEQ("other.org")},
	{"the true address may be missing", FROM("\"foo@other.org\" <>"),
		"FROM_NEQ_DISPLAY_NAME(4.00)[, other.org]"},

	{"the recipient's domain is a spoof", FROM("\"boss@example.net\" <foo@example.com>"),
		SPOOF("example.net")},
	{"in any case", FROM("\"boss@EXAMPLE.net\" <foo@example.com>"), SPOOF("EXAMPLE.net")},
	{"a host of the recipient's domain is not",
		FROM("\"boss@sub.example.net\" <foo@example.com>"), NEQ("sub.example.net")},
	{"the domain of any recipient counts",
		"From: \"boss@third.org\" <foo@example.com>\nTo: bar@example.net\nCc: x@third.org\n\n",
		SPOOF("third.org")},
	{"the domain of an envelope recipient counts", FROM("\"boss@third.org\" <foo@example.com>"),
		SPOOF("third.org"), .rcpts = "x@example.net y@third.org"},
	{"mail within the domain is no spoof",
		"From: \"boss@example.com\" <foo@example.com>\nTo: x@example.com\n\n", ""},
};

static void addresses_in_names_are_found(void **state)
{
	(void)state;
	harness_check_table(&check_display_name, cases, ARRAY_LEN(cases));
}

static void a_long_name_is_read_in_one_pass(void **state)
{
	struct arena *a = arena_make();
	struct span name = harness_repeat(a, "@. ", 80000);
	struct span message =
		arena_printf(a, "From: \"%.*s@other.org\" <foo@example.com>\n\n", SPAN_ARG(name));

	(void)state;
	harness_check_made(&check_display_name, "240 KB of @ before an address", message,
		NEQ("other.org"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_in_names_are_found),
		cmocka_unit_test(a_long_name_is_read_in_one_pass),
	};

	return cmocka_run_group_tests_name("checks/display_name", tests, NULL, NULL);
}
