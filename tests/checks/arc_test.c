#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_arc;

#define M "From: x@example.net\n\nhi\n"
#define NONE "ARC_NA(0.00)"

static const struct harness_case cases[] = {
	{"a message without a chain", M, NONE},
	{"one of our own is asked, too", M, NONE, .address = "192.168.1.1"},
	{"a seal", "ARC-Seal: i=1; cv=none\n" M, ""},
	{"a signature alone", "ARC-Message-Signature: i=1\n" M, ""},
	{"results alone", "arc-authentication-results: i=1; a.example\n" M, ""},
	{"another field", "X-ARC-Seal: i=1\n" M, NONE},
	{"a field in the body", "From: x@example.net\n\nARC-Seal: i=1\n", NONE},
};

static void chains_are_noticed(void **state)
{
	(void)state;
	harness_check_table(&check_arc, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_noticed),
	};

	return cmocka_run_group_tests_name("checks/arc", tests, NULL, NULL);
}
