#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_addresses;

#define FROM(value) "From: " value "\nTo: bar@example.net\n\nhi\n"
#define TO(value) "From: foo@example.com\nTo: " value "\n\nhi\n"
#define MULTIPLE(addresses) "MULTIPLE_FROM(8.00)[" addresses "]"
#define WRAPPED "TO_WRAPPED_IN_SPACES(2.00)"

static const struct harness_case cases[] = {
	{"one address is right", FROM("foo@example.com"), ""},
	{"no From is not many", "To: bar@example.net\n\n", ""},
	{"two addresses are too many", FROM("Foo <foo@example.com>, bar@example.org"),
		MULTIPLE("<foo@example.com>, bar@example.org")},
	{"three addresses count as two", FROM("a@b.org, c@d.org, e@f.org"),
		MULTIPLE("a@b.org, c@d.org, e@f.org")},
	{"two fields are too many", FROM("foo@example.com\nFrom: bar@example.org"),
		MULTIPLE("foo@example.com, bar@example.org")},
	{"the same address twice is too many", FROM("foo@example.com\nFrom: foo@example.com"),
		MULTIPLE("foo@example.com")},
	{"an empty address is one of them", FROM("<>, a@b.org"), MULTIPLE("<>, a@b.org")},
	{"an address in the name is none", FROM("a@b.org <foo@example.com>"), ""},
	{"addresses in quotes are none", FROM("\"a@b.org, c@d.org\" <foo@example.com>"), ""},
	{"a name with a comma is no address", FROM("Doe, John <foo@example.com>"), ""},
	{"words are no address", FROM("foo@example.com, bar"), ""},
	{"a comma at the end adds none", FROM("foo@example.com,"), ""},

	{"8-bit bytes before the @", FROM("f\303\266o@example.com"), "INVALID_FROM_8BIT(6.00)"},
	{"8-bit bytes behind the @", FROM("<foo@ex\344mple.com>"), "INVALID_FROM_8BIT(6.00)"},
	{"8-bit bytes in the name are right", FROM("F\303\266o <foo@example.com>"), ""},
	{"8-bit bytes in a comment are right", FROM("foo@example.com (F\303\266o)"), ""},
	{"8-bit words without an address are no address", FROM("f\303\266o"), ""},
	{"8-bit bytes in To", TO("f\303\266o@example.net"), "INVALID_RCPT_8BIT(6.00)"},
	{"8-bit bytes in Cc", TO("a@b.org\nCc: c@d.org, e@f\366.org"), "INVALID_RCPT_8BIT(6.00)"},
	{"8-bit bytes in several recipients count once", TO("\366@b.org, \366@d.org"),
		"INVALID_RCPT_8BIT(6.00)"},
	{"8-bit bytes in the name of a recipient are right", TO("F\303\266o <a@b.org>"), ""},

	{"no blank before the angle", FROM("Foo<foo@example.com>"), "R_NO_SPACE_IN_FROM(1.00)"},
	{"no blank behind the quotes", FROM("\"Foo\"<foo@example.com>"),
		"R_NO_SPACE_IN_FROM(1.00)"},
	{"a tab will do", FROM("Foo\t<foo@example.com>"), ""},
	{"a fold will do", FROM("Foo\n <foo@example.com>"), ""},
	{"without a name none is needed", FROM("<foo@example.com>"), ""},
	{"angles in quotes need none", FROM("\"Foo<bar>\" <foo@example.com>"), ""},

	{"blanks on both sides", TO("Bar < bar@example.net >"), WRAPPED},
	{"tabs and folds on both sides", TO("<\tbar@example.net\n >"), WRAPPED},
	{"any address of To, once", TO("a@b.org, < c@d.org >, < e@f.org >"), WRAPPED},
	{"a blank before it alone", TO("< bar@example.net>"), ""},
	{"a blank behind it alone", TO("<bar@example.net >"), ""},
	{"one on each side of two addresses", TO("< a@b.org>, <c@d.org >"), ""},
	{"blanks around words", TO("< a b >"), ""},
	{"blanks around nothing", TO("< >"), ""},
	{"angles in quotes", TO("\"< x@y.org >\" <bar@example.net>"), ""},
	{"in Cc it does not count", TO("a@b.org\nCc: < c@d.org >"), ""},
};

static void addresses_are_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_addresses, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_looked_at),
	};

	return cmocka_run_group_tests_name("checks/addresses", tests, NULL, NULL);
}
