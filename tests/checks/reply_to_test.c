#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_reply_to;

/* A message from Foo <foo@example.com> to bar@example.net. */
#define REPLY(value) "From: Foo <foo@example.com>\nTo: bar@example.net\nReply-To: " value "\n\nhi\n"
#define REPLY_FROM(from, value) "From: " from "\nTo: bar@example.net\nReply-To: " value "\n\nhi\n"
#define REPLY_TO(to, value) "From: Foo <foo@example.com>\nTo: " to "\nReply-To: " value "\n\nhi\n"
#define HAS(addr) "HAS_REPLYTO(0.00)[" addr "]"
#define LONG_LOCAL "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
#define LABEL "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd."
#define LONG_DOMAIN LABEL LABEL LABEL LABEL "ddddddd.org" /* 255 bytes */

static const struct harness_case written[] = {
	{"without Reply-To there is nothing to say", "From: foo@example.com\n\n", ""},
	{"an empty Reply-To holds no address", REPLY(""), "REPLYTO_UNPARSEABLE(1.00)"},
	{"empty angles hold no address", REPLY("<>"), "REPLYTO_UNPARSEABLE(1.00)"},
	{"words are no address", REPLY("foo bar"), "REPLYTO_UNPARSEABLE(1.00)"},
	{"one word is no address", REPLY("foo"), "REPLYTO_UNPARSEABLE(1.00)"},
	{"an address without a domain is not valid", REPLY("<foo>"),
		HAS("foo") " REPLYTO_INVALID(1.00) REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
			   " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"two dots are not valid", REPLY("x@other..org"),
		HAS("x@other..org") " REPLYTO_INVALID(1.00) REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
				    " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"64 bytes before the @ are allowed", REPLY(LONG_LOCAL "@example.com"),
		HAS(LONG_LOCAL "@example.com") " REPLYTO_DOM_EQ_FROM_DOM(0.00)"
					       " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"65 bytes before the @ are too many", REPLY("l" LONG_LOCAL "@example.com"),
		HAS("l" LONG_LOCAL "@example.com") " REPLYTO_LOCALPART_LONG(2.00)"
						   " REPLYTO_DOM_EQ_FROM_DOM(0.00)"
						   " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
};

static const struct harness_case with_from[] = {
	{"the same text as From is told", REPLY("Foo <foo@example.com>"),
		HAS("foo@example.com") " REPLYTO_EQ_FROM(0.00) REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"the same address without the name is told", REPLY("FOO@example.com"),
		HAS("FOO@example.com") " REPLYTO_ADDR_EQ_FROM(0.00) REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"the same name and address in other writing", REPLY("\"Foo\" <foo@example.com>"),
		HAS("foo@example.com") " REPLYTO_ADDR_EQ_FROM(0.00) REPLYTO_DN_EQ_FROM_DN(0.00)"
				       " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"another mailbox of the same domain", REPLY("x@Example.com"),
		HAS("x@Example.com") " REPLYTO_DOM_EQ_FROM_DOM(0.00) REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"a host of the domain is another domain", REPLY("x@sub.example.com"),
		HAS("x@sub.example.com") " REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
					 " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"the same name elsewhere", REPLY("FOO <x@other.org>"),
		HAS("x@other.org") " REPLYTO_DN_EQ_FROM_DN(0.00) REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
				   " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"two missing names are equal", REPLY_FROM("foo@example.com", "x@other.org"),
		HAS("x@other.org") " REPLYTO_DN_EQ_FROM_DN(0.00) REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
				   " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"without From only the recipient is compared",
		"To: bar@example.net\nReply-To: x@y.org\n\n",
		HAS("x@y.org") " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"an address that begins with the title in From",
		REPLY_FROM("Mr. X <foo@example.com>", "Mr.X@other.org"),
		HAS("Mr.X@other.org") " REPLYTO_DOM_NEQ_FROM_DOM(0.00) REPLYTO_DOM_NEQ_TO_DOM(0.00)"
				      " REPLYTO_EMAIL_HAS_TITLE(2.00)"},
	{"a title elsewhere in the address",
		REPLY_FROM("Mr. X <foo@example.com>", "x.mr@other.org"),
		HAS("x.mr@other.org") " REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
				      " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"a title in the name of Reply-To alone", REPLY("Mr X <mr.x@other.org>"),
		HAS("mr.x@other.org") " REPLYTO_DOM_NEQ_FROM_DOM(0.00)"
				      " REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
};

#define OWN HAS("bar@example.net")
#define OWN_WITH(field)                                                                            \
	"From: Foo <foo@example.com>\nTo: bar@example.net\nReply-To: bar@example.net\n" field      \
	"\n\nhi\n"

static const struct harness_case with_to[] = {
	{"an answer to the recipient is told", REPLY("BAR@example.net"),
		HAS("BAR@example.net") " REPLYTO_DOM_EQ_TO_DOM(0.00) REPLYTO_EQ_TO_ADDR(5.00)"},
	{"an answer into the recipient's domain is only noted", REPLY("x@example.net"),
		HAS("x@example.net") " REPLYTO_DOM_NEQ_FROM_DOM(0.00) REPLYTO_DOM_EQ_TO_DOM(0.00)"},
	{"the first recipient counts", REPLY_TO("x@y.org, bar@example.net", "bar@example.net"),
		OWN " REPLYTO_DOM_NEQ_FROM_DOM(0.00) REPLYTO_DOM_NEQ_TO_DOM(0.00)"},
	{"without recipients there is none to compare",
		"From: Foo <foo@example.com>\nReply-To: bar@example.net\n\n",
		OWN " REPLYTO_DOM_NEQ_FROM_DOM(0.00)"},
	{"lists may do it by List-Unsubscribe", OWN_WITH("List-Unsubscribe: <http://x.org/>"),
		OWN " REPLYTO_DOM_EQ_TO_DOM(0.00)"},
	{"lists may do it by X-List", OWN_WITH("X-List: x"), OWN " REPLYTO_DOM_EQ_TO_DOM(0.00)"},
	{"lists may do it by the older field", OWN_WITH("X-To-Get-Off-This-List: x"),
		OWN " REPLYTO_DOM_EQ_TO_DOM(0.00)"},
	{"robots may do it", OWN_WITH("Auto-Submitted: auto-generated"),
		OWN " REPLYTO_DOM_EQ_TO_DOM(0.00)"},
	{"a List-Id alone does not allow it", OWN_WITH("List-Id: <x.example.net>"),
		OWN " REPLYTO_DOM_EQ_TO_DOM(0.00) REPLYTO_EQ_TO_ADDR(5.00)"},
	{"mail within one domain may do it", REPLY_FROM("x@example.net", "bar@example.net"),
		OWN " REPLYTO_DN_EQ_FROM_DN(0.00) REPLYTO_DOM_EQ_FROM_DOM(0.00)"
		    " REPLYTO_DOM_EQ_TO_DOM(0.00)"},
};

static void the_address_is_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_reply_to, written, ARRAY_LEN(written));
}

static void from_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_reply_to, with_from, ARRAY_LEN(with_from));
}

static void the_recipient_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_reply_to, with_to, ARRAY_LEN(with_to));
}

/* Evidence is cut, so the expected text is made. */
static void domains_have_a_bound(void **state)
{
	struct arena *a = arena_make();
	struct span allowed = SPAN("x@" LONG_DOMAIN), over = SPAN("x@d" LONG_DOMAIN);
	struct span message = arena_printf(a, "Reply-To: %.*s\n\n", SPAN_ARG(allowed));
	struct span long_one = arena_printf(a, "Reply-To: %.*s\n\n", SPAN_ARG(over));

	(void)state;
	assert_int_equal(sizeof(LONG_DOMAIN) - 1, 255);
	harness_check_made(&check_reply_to, "255 bytes of a domain are allowed", message,
		arena_string(a,
			arena_printf(a, "HAS_REPLYTO(0.00)[%.*s]", SCAN_EVIDENCE_MOST, allowed.p)));
	harness_check_made(&check_reply_to, "256 bytes of a domain are too many", long_one,
		arena_string(a,
			arena_printf(a, "HAS_REPLYTO(0.00)[%.*s] REPLYTO_DOMAIN_LONG(2.00)",
				SCAN_EVIDENCE_MOST, over.p)));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_is_looked_at),
		cmocka_unit_test(from_is_compared),
		cmocka_unit_test(the_recipient_is_compared),
		cmocka_unit_test(domains_have_a_bound),
	};

	return cmocka_run_group_tests_name("checks/reply_to", tests, NULL, NULL);
}
