#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_from;

#define FROM(value) "From: " value "\nTo: bar@example.net\n\nhi\n"

static const struct harness_case names[] = {
	{"an address alone has no display name", FROM("foo@example.com"), "FROM_NO_DN(0.00)"},
	{"an address in angles has no display name", FROM("<foo@example.com>"), "FROM_NO_DN(0.00)"},
	{"words before the angles are a display name", FROM("Foo <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"empty quotes are no display name", FROM("\"\" <foo@example.com>"), "FROM_NO_DN(0.00)"},
	{"blanks in quotes are no display name", FROM("\"  \" <foo@example.com>"),
		"FROM_NO_DN(0.00)"},
	{"an encoded name is a name", FROM("=?utf-8?Q?F=C3=B6o?= <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"a name with a comma is one name", FROM("Doe, John <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"a name may repeat the address in another case",
		FROM("\"Foo@Example.com\" <foo@example.com>"), "FROM_DN_EQ_ADDR(1.00)"},
	{"a name may be another address", FROM("\"fox@example.com\" <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},

	{"two blanks within a name are too many", FROM("Foo  Bar <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_EXCESS_SPACE(1.00)"},
	{"two blanks within quotes are too many", FROM("\"Foo  Bar\" <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_EXCESS_SPACE(1.00)"},
	{"a tab and a blank are too many", FROM("\"Foo\t Bar\" <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_EXCESS_SPACE(1.00)"},
	{"one blank is right", FROM("\"Foo Bar\" <foo@example.com>"), "FROM_HAS_DN(0.00)"},
	{"blanks at the ends of a name do not count", FROM("\"  Foo  \" <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"the indentation of a folded name does not count", FROM("Foo\n   Bar <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},

	{"Mr is a title", FROM("Mr Foo <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[mr]"},
	{"MRS. is a title", FROM("MRS.Foo <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[mrs]"},
	{"Dr is a title behind a tab and before one", FROM("\"\tDr\tFoo\" <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[dr]"},
	{"an encoded title is one", FROM("=?utf-8?Q?Mr=20F=C3=B6o?= <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[mr]"},
	{"the first of two titles counts", FROM("Dr Mr Foo <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[dr]"},
	{"Mr alone may be a name", FROM("Mr <foo@example.com>"), "FROM_HAS_DN(0.00)"},
	{"Mr with a dot and nothing else is a title", FROM("\"Mr.\" <foo@example.com>"),
		"FROM_HAS_DN(0.00) FROM_NAME_HAS_TITLE(1.00)[mr]"},
	{"a name may begin with the letters of a title", FROM("Mrfoo <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"a hyphen makes no title", FROM("\"Mr-Foo\" <foo@example.com>"), "FROM_HAS_DN(0.00)"},
	{"a title within a name is none", FROM("Foo Mr Bar <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
	{"other titles are not looked for", FROM("Prof. Foo <foo@example.com>"),
		"FROM_HAS_DN(0.00)"},
};

static const struct harness_case addresses[] = {
	{"without From there is nothing to say", "To: bar@example.net\n\n", ""},
	{"an empty From is somebody else's business", FROM(""), ""},
	{"signs that hold no address are no valid From", FROM("(),;"), "FROM_INVALID(2.00)"},
	{"a word is a name and no valid From", FROM("MAILER-DAEMON"),
		"FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"words are no valid From", FROM("Foo Bar"), "FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"an address without a domain is no valid From", FROM("<foo>"),
		"FROM_INVALID(2.00) FROM_NO_DN(0.00)"},
	{"an address with nothing behind the @ is no valid From", FROM("Foo <foo@>"),
		"FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"an address with nothing before the @ is no valid From", FROM("Foo <@example.com>"),
		"FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"empty angles are left to bounces", FROM("Mailer <>"), "FROM_HAS_DN(0.00)"},
	{"an angle that is never closed is not valid", FROM("Foo <foo@example.com"),
		"FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"an angle that is closed behind a comma is not valid", FROM("Foo <foo@example,com>"),
		"FROM_INVALID(2.00) FROM_HAS_DN(0.00)"},
	{"two @ are no valid From", FROM("foo@@example.com"),
		"FROM_INVALID(2.00) FROM_NO_DN(0.00)"},
	{"a single label is a valid domain", FROM("foo@localhost"), "FROM_NO_DN(0.00)"},
	{"an address literal is a valid domain", FROM("foo@[192.0.2.1]"), "FROM_NO_DN(0.00)"},
	{"of several addresses the first counts", FROM("foo@example.com, Bar <bar@>"),
		"FROM_NO_DN(0.00)"},
};

static const struct harness_case senders[] = {
	{"the same sender in another case is the same", FROM("Foo@Example.com"),
		"FROM_NO_DN(0.00) FROM_EQ_ENVFROM(0.00)", .from = "foo@eXample.com"},
	{"another sender differs", FROM("foo@example.com"),
		"FROM_NO_DN(0.00) FROM_NEQ_ENVFROM(0.00)[foo@example.com, bar@example.com]",
		.from = "bar@example.com"},
	{"the null sender of bounces is compared with nothing", FROM("foo@example.com"),
		"FROM_NO_DN(0.00)", .from = ""},
	{"a sender without a domain is not valid", FROM("foo@example.com"),
		"ENVFROM_INVALID(2.00)[foo] FROM_NO_DN(0.00) FROM_NEQ_ENVFROM(0.00)[foo@example.com, foo]",
		.from = "foo"},
	{"a sender with a blank is not valid", FROM("foo@example.com"),
		"ENVFROM_INVALID(2.00)[f o@example.com] FROM_NO_DN(0.00)"
		" FROM_NEQ_ENVFROM(0.00)[foo@example.com, f o@example.com]",
		.from = "f o@example.com"},
	{"a sender that is not valid is told without From, too", "To: bar@example.net\n\n",
		"ENVFROM_INVALID(2.00)[foo@]", .from = "foo@"},
	{"an invalid From differs from the sender", FROM("Foo <foo>"),
		"FROM_INVALID(2.00) FROM_DN_EQ_ADDR(1.00) FROM_NEQ_ENVFROM(0.00)[foo, foo@example.com]",
		.from = "foo@example.com"},
};

static void the_name_is_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_from, names, ARRAY_LEN(names));
}

static void the_address_is_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_from, addresses, ARRAY_LEN(addresses));
}

static void the_sender_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_from, senders, ARRAY_LEN(senders));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_is_looked_at),
		cmocka_unit_test(the_address_is_looked_at),
		cmocka_unit_test(the_sender_is_compared),
	};

	return cmocka_run_group_tests_name("checks/from", tests, NULL, NULL);
}
