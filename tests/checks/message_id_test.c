#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_message_id;

/* A message from foo@example.com to bar@example.net. */
#define MID(value) "From: foo@example.com\nTo: bar@example.net\nMessage-ID: " value "\n\nhi\n"
#define MID_FROM(from, value) "From: " from "\nTo: bar@example.net\nMessage-ID: " value "\n\nhi\n"
#define MID_TO(to, value) "From: foo@example.com\nTo: " to "\nMessage-ID: " value "\n\nhi\n"
#define NO_BRACKETS "MID_MISSING_BRACKETS(0.50)"

static const struct harness_case forms[] = {
	{"without a Message-ID there is nothing to say", "From: foo@example.com\n\n", ""},
	{"an identifier of another organisation is nothing special", MID("<a@b.org>"), ""},
	{"a folded one as well", MID("\n <a@b.org>"), ""},
	{"comments may stand around it", MID("(x) <a@b.org> (y)"), ""},
	{"an empty one has no brackets", MID(""), NO_BRACKETS},
	{"brackets need something in them", MID("<>"), NO_BRACKETS},
	{"no brackets at all", MID("a@b.org"), NO_BRACKETS},
	{"only the first bracket", MID("<a@b.org"), NO_BRACKETS},
	{"only the last bracket", MID("a@b.org>"), NO_BRACKETS},
	{"words behind it", MID("<a@b.org> x"), NO_BRACKETS},
	{"words before it", MID("x <a@b.org>"), NO_BRACKETS},
	{"two brackets", MID("<<a@b.org>>"), NO_BRACKETS},
	{"two identifiers", MID("<a@b.org>, <c@d.org>"), NO_BRACKETS},
	{"an identifier without @ has no right side", MID("<abc>"), ""},
	{"nothing behind the @ is no host name", MID("<a@>"), "MID_RHS_NOT_FQDN(0.50)"},
	{"a name without a dot is no full host name", MID("<a@localhost>"),
		"MID_RHS_NOT_FQDN(0.50)"},
	{"a name with a dot is", MID("<a@localhost.localdomain>"), ""},
	{"an IPv4 address is bare", MID("<a@192.0.2.1>"), "MID_BARE_IP(2.00)"},
	{"a number that is too large is meant as an address", MID("<a@999.0.2.1>"),
		"MID_BARE_IP(2.00)"},
	{"four digits are not", MID("<a@1920.0.2.1>"), ""},
	{"three numbers are no address", MID("<a@192.0.2>"), ""},
	{"five numbers are no address", MID("<a@192.0.2.1.5>"), ""},
	{"an empty number is no address", MID("<a@192..2.1>"), ""},
	{"letters make no address", MID("<a@192.0.2.1x>"), ""},
	{"an address before the @ does not count", MID("<192.0.2.1@b.org>"), ""},
	{"an IPv4 literal is told", MID("<a@[192.0.2.1]>"), "MID_RHS_IP_LITERAL(0.50)"},
	{"an IPv6 literal is told", MID("<a@[IPv6:2001:db8::1]>"), "MID_RHS_IP_LITERAL(0.50)"},
	{"a literal with a port is told", MID("<a@[192.0.2.1]:25>"), "MID_RHS_IP_LITERAL(0.50)"},
	{"a name in square brackets is no literal", MID("<a@[b]>"), "MID_RHS_NOT_FQDN(0.50)"},
	{"an open square bracket is no literal", MID("<a@[192.0.2.1>"), ""},
};

static const struct harness_case froms[] = {
	{"the domain of From", MID("<a@Example.com>"), "MID_RHS_MATCH_FROM(0.00)"},
	{"the last @ counts", MID("<a@b.org@example.com>"), "MID_RHS_MATCH_FROM(0.00)"},
	{"a host of the organisation in From", MID("<a@mail.example.com>"),
		"MID_RHS_MATCH_FROMTLD(0.00)"},
	{"the organisation of the host in From", MID_FROM("x@mail.example.com", "<a@example.com>"),
		"MID_RHS_MATCH_FROMTLD(0.00)"},
	{"two hosts of one organisation", MID_FROM("x@a.example.co.uk", "<a@b.example.co.uk>"),
		"MID_RHS_MATCH_FROMTLD(0.00)"},
	{"two organisations under one public suffix", MID_FROM("x@a.co.uk", "<a@b.co.uk>"), ""},
	{"the address of From within", MID("<1.Foo@Example.com.2@b.org>"),
		"MID_CONTAINS_FROM(1.00)"},
	{"the address of From as a whole", MID("<foo@example.com>"), "MID_CONTAINS_FROM(1.00)"},
	{"the address of From and something behind it", MID("<foo@example.comx>"),
		"MID_CONTAINS_FROM(1.00)"},
	{"the first of two addresses counts", MID_FROM("x@b.org, foo@example.com", "<a@b.org>"),
		"MID_RHS_MATCH_FROM(0.00)"},
	{"the user in the place of the host", MID("<123@foo>"),
		"MID_RHS_NOT_FQDN(0.50) MID_END_EQ_FROM_USER_PART(4.00)"},
	{"the user with a dot in the place of the host", MID_FROM("f.oo@example.com", "<123@F.OO>"),
		"MID_END_EQ_FROM_USER_PART(4.00)"},
	{"the user before the @ is right", MID("<foo@b.org>"), ""},
	{"the user at the end of a longer host", MID("<123@x.foo>"), ""},
	{"a From without an address has nothing to compare", MID_FROM("Foo", "<a@example.com>"),
		""},
};

static const struct harness_case tos[] = {
	{"the domain of the recipient", MID("<a@EXAMPLE.net>"), "MID_RHS_MATCH_TO(1.00)"},
	{"a host of it is not", MID("<a@mail.example.net>"), ""},
	{"the first recipient counts", MID_TO("x@y.org, bar@example.net", "<a@example.net>"), ""},
	{"a recipient in Cc counts when there is no To",
		"From: foo@example.com\nCc: bar@example.net\nMessage-ID: <a@example.net>\n\n",
		"MID_RHS_MATCH_TO(1.00)"},
	{"mail within a domain is right", MID_TO("bar@example.com", "<a@example.com>"),
		"MID_RHS_MATCH_FROM(0.00)"},
	{"mail from a host of the recipient's domain",
		MID_FROM("x@mail.example.net", "<a@example.net>"),
		"MID_RHS_MATCH_FROMTLD(0.00) MID_RHS_MATCH_TO(1.00)"},
	{"without From the recipient is compared",
		"To: bar@example.net\nMessage-ID: <a@example.net>\n\n", "MID_RHS_MATCH_TO(1.00)"},
	{"the recipient's address within", MID("<1.bar@Example.net.2@b.org>"),
		"MID_CONTAINS_TO(1.00)"},
	{"the recipient's address as a whole", MID("<bar@example.net>"), "MID_CONTAINS_TO(1.00)"},
	{"the recipient's address and the sender's domain", MID("<bar@example.net@example.com>"),
		"MID_RHS_MATCH_FROM(0.00) MID_CONTAINS_TO(1.00)"},
	{"a recipient of the sender's domain may stand within",
		MID_TO("bar@example.com", "<1.bar@example.com.2@b.org>"), ""},
};

static void the_form_is_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_message_id, forms, ARRAY_LEN(forms));
}

static void from_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_message_id, froms, ARRAY_LEN(froms));
}

static void the_recipient_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_message_id, tos, ARRAY_LEN(tos));
}

static void only_the_start_of_a_long_one_is_searched(void **state)
{
	struct arena *a = arena_make();
	struct span filling = harness_repeat(a, "x", 998 - 15);

	(void)state;
	harness_check_made(&check_message_id, "an address that ends with the 998th byte",
		arena_printf(a,
			"From: foo@example.com\nMessage-ID: <%.*sfoo@example.com@b.org>\n\n",
			SPAN_ARG(filling)),
		"MID_CONTAINS_FROM(1.00)");
	harness_check_made(&check_message_id, "an address that ends behind it",
		arena_printf(a,
			"From: foo@example.com\nMessage-ID: <%.*sxfoo@example.com@b.org>\n\n",
			SPAN_ARG(filling)),
		"");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_looked_at),
		cmocka_unit_test(from_is_compared),
		cmocka_unit_test(the_recipient_is_compared),
		cmocka_unit_test(only_the_start_of_a_long_one_is_searched),
	};

	return cmocka_run_group_tests_name("checks/message_id", tests, NULL, NULL);
}
