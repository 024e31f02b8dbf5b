#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_to_cc;

#define TO(value) "From: foo@example.com\nTo: " value "\n\nhi\n"
#define ONE "RCPT_COUNT_ONE(0.00)[1]"
#define TWO "RCPT_COUNT_TWO(0.00)[2]"

static const struct harness_case fields[] = {
	{"without any field of recipients there is nothing to say", "From: foo@example.com\n\n",
		""},
	{"an empty To names none", TO(""), "RCPT_COUNT_ZERO(0.00)[0] TO_DN_NONE(0.00)"},
	{"an empty group names none", TO("undisclosed-recipients:;"),
		"RCPT_COUNT_ZERO(0.00)[0] TO_DN_NONE(0.00)"},
	{"To, Cc and Bcc are counted together", "To: a@b.org\nCc: c@d.org\nBcc: e@f.org\n\n",
		"RCPT_COUNT_THREE(0.00)[3] TO_DN_NONE(0.00)"},
	{"two fields of one name are counted together", "To: a@b.org\nTo: c@d.org\n\n",
		TWO " TO_DN_NONE(0.00)"},
	{"the same address twice is two", TO("a@b.org, a@b.org"), TWO " TO_DN_NONE(0.00)"},
	{"the members of a group are counted", TO("list: a@b.org, c@d.org;"),
		TWO " TO_DN_NONE(0.00)"},
	{"a name with a comma is not counted", TO("Doe, John <a@b.org>"), ONE " TO_DN_ALL(0.00)"},
	{"a local name is counted when there is nothing else", TO("root"), ONE " TO_DN_ALL(0.00)"},
	{"words beside an address are not counted", TO("foo, a@b.org"), ONE " TO_DN_NONE(0.00)"},
};

static const struct harness_case names[] = {
	{"no name", TO("a@b.org, <c@d.org>"), TWO " TO_DN_NONE(0.00)"},
	{"one name of two", TO("A <a@b.org>, c@d.org"), TWO " TO_DN_SOME(0.00)"},
	{"two names of two", TO("A <a@b.org>, C <c@d.org>"), TWO " TO_DN_ALL(0.00)"},
	{"an address as name is none", TO("\"A@b.org\" <a@b.org>"), ONE " TO_DN_EQ_ADDR_ALL(0.00)"},
	{"an address as name of one of two", TO("a@b.org <a@b.org>, c@d.org"),
		TWO " TO_DN_EQ_ADDR_SOME(0.00)"},
	{"an address as name beside a name", TO("a@b.org <a@b.org>, C <c@d.org>"),
		TWO " TO_DN_SOME(0.00) TO_DN_EQ_ADDR_SOME(0.00)"},
	{"the placeholder of a bulk mailer", TO("Recipients <a@b.org>"),
		ONE " TO_DN_ALL(0.00) TO_DN_RECIPIENTS(2.00)"},
	{"in the singular and another case", "To: a@b.org\nCc: \"recipient\" <c@d.org>\n\n",
		TWO " TO_DN_SOME(0.00) TO_DN_RECIPIENTS(2.00)"},
	{"each placeholder counts", TO("Recipients <a@b.org>, Recipients <c@d.org>"),
		TWO " TO_DN_ALL(0.00) TO_DN_RECIPIENTS(4.00)"},
	{"a placeholder without an address", TO("Recipients"),
		ONE " TO_DN_ALL(0.00) TO_DN_RECIPIENTS(2.00)"},
	{"a longer name is no placeholder", TO("Recipients list <a@b.org>"),
		ONE " TO_DN_ALL(0.00)"},
};

static const struct harness_case senders[] = {
	{"the only recipient may be the sender", TO("FOO@example.com"),
		ONE " TO_EQ_FROM(0.00) TO_DN_NONE(0.00)"},
	{"the only recipient may be of the sender's domain", TO("x@Example.com"),
		ONE " TO_DOM_EQ_FROM_DOM(0.00) TO_DN_NONE(0.00)"},
	{"a host of the domain is another", TO("x@sub.example.com"), ONE " TO_DN_NONE(0.00)"},
	{"of two recipients none is compared", TO("foo@example.com, x@example.com"),
		TWO " TO_DN_NONE(0.00)"},
	{"without From none is compared", "To: foo@example.com\n\n", ONE " TO_DN_NONE(0.00)"},
};

#define SOME " TO_MATCH_ENVRCPT_SOME(0.00)"
#define ALL " TO_MATCH_ENVRCPT_ALL(0.00)"

static const struct harness_case envelopes[] = {
	{"all are in the envelope", TO("A@b.org"), ONE " TO_DN_NONE(0.00)" ALL, .rcpts = "a@B.org"},
	{"the envelope may have more", TO("a@b.org"), ONE " TO_DN_NONE(0.00)" ALL,
		.rcpts = "x@y.org a@b.org"},
	{"one of two is in the envelope", TO("a@b.org, c@d.org"), TWO " TO_DN_NONE(0.00)" SOME,
		.rcpts = "c@d.org"},
	{"one that is twice in the envelope is still one", TO("a@b.org, c@d.org"),
		TWO " TO_DN_NONE(0.00)" SOME, .rcpts = "c@d.org c@d.org"},
	{"one that is twice in the header is in the envelope twice", TO("a@b.org, a@b.org"),
		TWO " TO_DN_NONE(0.00)" ALL, .rcpts = "a@b.org"},
	{"none is in the envelope", TO("a@b.org"), ONE " TO_DN_NONE(0.00)", .rcpts = "x@y.org"},
	{"the last of eight is found", TO("H@x.org"), ONE " TO_DN_NONE(0.00)" ALL,
		.rcpts = "a@x.org b@x.org c@x.org d@x.org e@x.org f@x.org g@x.org h@x.org"},
	{"the last of nine is found", TO("I@x.org"), ONE " TO_DN_NONE(0.00)" ALL,
		.rcpts = "a@x.org b@x.org c@x.org d@x.org e@x.org f@x.org g@x.org h@x.org i@x.org"},
	{"another than nine is not found", TO("j@x.org"), ONE " TO_DN_NONE(0.00)",
		.rcpts = "a@x.org b@x.org c@x.org d@x.org e@x.org f@x.org g@x.org h@x.org i@x.org"},
	{"no recipient is not all of them", TO(""), "RCPT_COUNT_ZERO(0.00)[0] TO_DN_NONE(0.00)",
		.rcpts = "x@y.org"},
};

struct count_case {
	size_t n;
	const char *symbol;
};

/* Both sides of each bound. */
static const struct count_case counts[] = {
	{1, "ONE"},
	{2, "TWO"},
	{3, "THREE"},
	{4, "THREE"},
	{5, "FIVE"},
	{6, "FIVE"},
	{7, "SEVEN"},
	{11, "SEVEN"},
	{12, "TWELVE"},
	{49, "TWELVE"},
	{50, "GT_50"},
	{51, "GT_50"},
	{9999, "GT_50"},
};

static void fields_are_counted(void **state)
{
	(void)state;
	harness_check_table(&check_to_cc, fields, ARRAY_LEN(fields));
}

static void names_are_counted(void **state)
{
	(void)state;
	harness_check_table(&check_to_cc, names, ARRAY_LEN(names));
}

static void the_sender_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_to_cc, senders, ARRAY_LEN(senders));
}

static void the_envelope_is_compared(void **state)
{
	(void)state;
	harness_check_table(&check_to_cc, envelopes, ARRAY_LEN(envelopes));
}

static void numbers_have_their_symbols(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct arena *a = arena_make();
		struct span list = harness_repeat(a, "a@b.org,", counts[i].n);
		struct span expected = arena_printf(a, "RCPT_COUNT_%s(0.00)[%zu] TO_DN_NONE(0.00)",
			counts[i].symbol, counts[i].n);

		harness_check_made(&check_to_cc, counts[i].symbol,
			arena_printf(a, "To: %.*s\n\n", SPAN_ARG(list)), expected.p);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_counted),
		cmocka_unit_test(names_are_counted),
		cmocka_unit_test(the_sender_is_compared),
		cmocka_unit_test(the_envelope_is_compared),
		cmocka_unit_test(numbers_have_their_symbols),
	};

	return cmocka_run_group_tests_name("checks/to_cc", tests, NULL, NULL);
}
