#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_forged_recipients;

#define FROM "From: A <a@x.org>\n"
#define TO(fields) FROM fields "\nhi\n"
#define M TO("To: b@y.org\n")
#define SENDER(addr) "FORGED_SENDER(0.30)[a@x.org, " addr "]"
#define FORGED(m, s) "FORGED_RECIPIENTS(2.00)[" m ", " s "]"

static const struct harness_case cases[] = {
	{"the recipient is named", M, "", .rcpts = "b@y.org"},
	{"in any case", M, "", .rcpts = "B@Y.ORG"},
	{"with a tag in the envelope", M, "", .rcpts = "b+tag@y.org"},
	{"with a tag in the header", TO("To: b+tag@y.org\n"), "", .rcpts = "b@y.org"},
	{"somebody else of the domain is named", M, "", .rcpts = "c@y.org"},
	{"in Cc", TO("To: c@z.org\nCc: b@y.org\n"), "", .rcpts = "b@y.org"},
	{"in Bcc", TO("Bcc: b@y.org\n"), "", .rcpts = "b@y.org"},
	{"in a group", TO("To: team: d@z.org, b@y.org;\n"), "", .rcpts = "b@y.org"},
	{"one of several is named", M, "", .rcpts = "d@z.org b@y.org"},
	{"nobody of the domain is named", TO("To: c@z.org\n"), FORGED("m:c@z.org", "s:b@y.org"),
		.rcpts = "b@y.org"},
	{"a host of the domain is another domain", TO("To: b@s.y.org\n"),
		FORGED("m:b@s.y.org", "s:b@y.org"), .rcpts = "b@y.org"},
	{"all of both sides are shown", TO("To: c@z.org, d@z.org\n"),
		FORGED("m:c@z.org", "m:d@z.org, s:b@y.org, s:b@q.org"), .rcpts = "b@y.org b@q.org"},
	{"a field that names nobody", TO("To: undisclosed-recipients:;\n"),
		FORGED("m:", "s:b@y.org"), .rcpts = "b@y.org"},
	{"where it was sent before does not count", TO("To: c@z.org\nX-Original-To: b@y.org\n"),
		FORGED("m:c@z.org", "s:b@y.org"), .rcpts = "b@y.org"},
	{"who has authenticated is compared as well", TO("To: c@z.org\n"),
		FORGED("m:c@z.org", "s:b@y.org"), .rcpts = "b@y.org", .user = "a"},
	{"a header without recipients is a blind copy", TO(""), "", .rcpts = "b@y.org"},
	{"an empty To", TO("To:\n"), "", .rcpts = "b@y.org"},
	{"without an envelope", TO("To: c@z.org\n"), ""},
	{"a recipient of our own machine", TO("To: c@z.org\n"), "", .rcpts = "root"},

	{"From is the sender", M, "", .from = "A@X.org"},
	{"with a tag", M, "", .from = "a+list@x.org"},
	{"with a tag in From", "From: a+y@x.org\nTo: b@y.org\n\n", "", .from = "a@x.org"},
	{"with Google's idle dots", "From: jo.e@gmail.com\nTo: b@y.org\n\n", "",
		.from = "j.oe+x@Gmail.com"},
	{"dots elsewhere count", "From: jo.e@x.org\nTo: b@y.org\n\n",
		"FORGED_SENDER(0.30)[jo.e@x.org, joe@x.org]", .from = "joe@x.org"},
	{"another user", M, SENDER("c@x.org"), .from = "c@x.org"},
	{"a host of the domain", M, SENDER("a@s.x.org"), .from = "a@s.x.org"},
	{"a bounce tag is another address until a composite takes it back", M,
		SENDER("prvs=1234=a@x.org"), .from = "prvs=1234=a@x.org"},
	{"the first of several authors counts", "From: a@x.org, c@x.org\nTo: b@y.org\n\n",
		SENDER("c@x.org"), .from = "c@x.org"},
	{"the null sender is nobody", M, "", .from = ""},
	{"no sender is known", M, ""},
	{"a header without From", "To: b@y.org\n\n", "FORGED_SENDER(0.30)[, a@x.org]",
		.from = "a@x.org"},
	{"a sender that is no mailbox", M, "", .from = "foo"},
};

static void both_sides_are_compared(void **state)
{
	(void)state;
	harness_check_table(&check_forged_recipients, cases, ARRAY_LEN(cases));
}

/* Ten thousand named and a thousand recipients are compared in no time, and shown in part. */
static void long_lists_are_shown_in_part(void **state)
{
	struct arena *a = arena_make();
	struct buf message, rcpts, expected;
	struct harness_case c = {.name = "long lists"};
	struct span found;

	(void)state;
	buf_init(&message, a, 1 << 20);
	buf_init(&rcpts, a, 1 << 20);
	buf_init(&expected, a, 1 << 20);
	buf_add_string(&message, FROM "To: ");
	buf_add_string(&expected, "FORGED_RECIPIENTS(2.00)[");
	for (size_t i = 0; i < 10000; i++)
		buf_printf(&message, "%su%zu@d%zu.org", i == 0 ? "" : ",\n ", i, i);
	buf_add_string(&message, "\n\nhi\n");
	for (size_t i = 0; i < MSG_RECIPIENTS_MOST; i++)
		buf_printf(&rcpts, "%sr%zu@e%zu.org", i == 0 ? "" : " ", i, i);
	for (size_t i = 0; i < 10; i++)
		buf_printf(&expected, "m:u%zu@d%zu.org, ", i, i);
	for (size_t i = 0; i < 10; i++)
		buf_printf(&expected, "%ss:r%zu@e%zu.org", i == 0 ? "" : ", ", i, i);
	buf_add_string(&expected, "]");
	c.rcpts = arena_string(a, buf_span(&rcpts));
	found = harness_scan(a, &check_forged_recipients, &c, buf_span(&message));
	assert_string_equal(arena_string(a, found), arena_string(a, buf_span(&expected)));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_compared),
		cmocka_unit_test(long_lists_are_shown_in_part),
	};

	return cmocka_run_group_tests_name("checks/forged_recipients", tests, NULL, NULL);
}
