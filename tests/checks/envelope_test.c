#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_envelope;

#define FROM(value) "From: " value "\nTo: bar@example.net\n\nhi\n"
#define PLAIN FROM("foo@example.com")
#define PRVS "ENVFROM_PRVS(0.00)"
#define VERP "ENVFROM_VERP(0.00)"
#define REPLY(from, reply) "From: " from "\nTo: bar@example.net\nReply-To: " reply "\n\nhi\n"
#define LIST(from) "From: " from "\nTo: bar@example.net\nList-Unsubscribe: <http://x.org/>\n\nhi\n"
#define INFO "INFO_TO_INFO_LU(2.00)"

static const struct harness_case cases[] = {
	{"the sender itself has no tag", PLAIN, "", .from = "foo@example.com"},
	{"an unknown sender has no tag", PLAIN, ""},
	{"the null sender has no tag", PLAIN, "", .from = ""},
	{"a tag before the user", PLAIN, PRVS, .from = "prvs=0123abcdef=foo@example.com"},
	{"a tag behind the user", PLAIN, PRVS, .from = "prvs=foo=0123abcdef@example.com"},
	{"any case", PLAIN, PRVS, .from = "PRVS=x=FOO@EXAMPLE.COM"},
	{"Microsoft's tag", PLAIN, PRVS, .from = "msprvs1=18683HYEt=foo@example.com"},
	{"Microsoft's tag stands before the user only", PLAIN, "",
		.from = "msprvs1=foo=18683HYEt@example.com"},
	{"an empty tag is none", PLAIN, "", .from = "prvs==foo@example.com"},
	{"an empty tag behind is none", PLAIN, "", .from = "prvs=foo=@example.com"},
	{"a tag alone is none", PLAIN, "", .from = "prvs=foo@example.com"},
	{"another user is not tagged", PLAIN, "", .from = "prvs=0123abcdef=fox@example.com"},
	{"another domain is not tagged", PLAIN, "", .from = "prvs=0123abcdef=foo@example.org"},
	{"other words are no tag", PLAIN, "", .from = "xprvs=0123abcdef=foo@example.com"},
	{"a From that is no address is not tagged", FROM("foo"), "",
		.from = "prvs=0123abcdef=foo@example.com"},

	{"the recipient in the sender", PLAIN, VERP, .from = "x-bar=example.net@list.org",
		.rcpts = "bar@example.net"},
	{"in any case and place", PLAIN, VERP, .from = "xBAR=Example.net-1@list.org",
		.rcpts = "bar@example.NET"},
	{"without From as well", "To: bar@example.net\n\n", VERP,
		.from = "bar=example.net@list.org", .rcpts = "bar@example.net"},
	{"another recipient in the sender", PLAIN, "", .from = "x-bar=example.net@list.org",
		.rcpts = "baz@example.net"},
	{"with another sign it is another thing", PLAIN, "", .from = "x-bar-example.net@list.org",
		.rcpts = "bar@example.net"},
	{"of two recipients none can be in the sender", PLAIN, "",
		.from = "x-bar=example.net@list.org", .rcpts = "bar@example.net baz@example.net"},
	{"without recipients none is", PLAIN, "", .from = "x-bar=example.net@list.org"},

	{"an answer that leaves the recipient's domain", REPLY("boss@Example.net", "x@other.org"),
		"SPOOF_REPLYTO(6.00)[Example.net, other.org]", .rcpts = "bar@example.net"},
	{"any envelope recipient counts", REPLY("boss@example.net", "x@other.org"),
		"SPOOF_REPLYTO(6.00)[example.net, other.org]", .rcpts = "a@b.org bar@example.net"},
	{"a host of the domain is another domain", REPLY("boss@example.net", "x@sub.example.net"),
		"SPOOF_REPLYTO(6.00)[example.net, sub.example.net]", .rcpts = "bar@example.net"},
	{"recipients of the header do not count", REPLY("boss@example.net", "x@other.org"), "",
		.rcpts = "a@b.org"},
	{"an answer within the domain is right", REPLY("boss@example.net", "x@EXAMPLE.net"), "",
		.rcpts = "bar@example.net"},
	{"a sender who writes to himself is no spoof", REPLY("bar@example.net", "x@other.org"), "",
		.rcpts = "bar@example.net boss@example.net"},
	{"a sender who alone gets it is no spoof", REPLY("boss@example.net", "x@other.org"), "",
		.rcpts = "BOSS@example.net"},
	{"a sender who gets it beside a colleague is one", REPLY("boss@example.net", "x@other.org"),
		"SPOOF_REPLYTO(6.00)[example.net, other.org]",
		.rcpts = "boss@example.net bar@example.net"},
	{"a sender of another domain is no spoof", REPLY("foo@example.com", "x@other.org"), "",
		.rcpts = "bar@example.net"},
	{"words as Reply-To lead nowhere", REPLY("boss@example.net", "x"), "",
		.rcpts = "bar@example.net"},
	{"without Reply-To answers stay", FROM("boss@example.net"), "", .rcpts = "bar@example.net"},

	{"info@ to info@ with a way to unsubscribe", LIST("Info@a.org"), INFO,
		.rcpts = "INFO@example.net"},
	{"among several recipients", LIST("info@a.org"), INFO,
		.rcpts = "x@example.net info@example.net"},
	{"without a way to unsubscribe", FROM("info@a.org"), "", .rcpts = "info@example.net"},
	{"to somebody else", LIST("info@a.org"), "", .rcpts = "bar@example.net"},
	{"from somebody else", LIST("foo@a.org"), "", .rcpts = "info@example.net"},
	{"without an envelope", LIST("info@a.org"), ""},
};

static void the_envelope_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_envelope, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_envelope_is_compared),
	};

	return cmocka_run_group_tests_name("checks/envelope", tests, NULL, NULL);
}
