#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_priority;

#define PRIORITY(value) "X-Priority: " value "\n\nhi\n"

static const struct harness_case cases[] = {
	{"no field", "Priority: urgent\nImportance: 1\n\nhi\n", ""},
	{"0", PRIORITY("0"), "HAS_X_PRIO_ZERO(0.00)[0]"},
	{"1", PRIORITY("1"), "HAS_X_PRIO_ONE(0.00)[1]"},
	{"2", PRIORITY("2"), "HAS_X_PRIO_TWO(0.00)[2]"},
	{"3", PRIORITY("3"), "HAS_X_PRIO_THREE(0.00)[3]"},
	{"4 counts as three", PRIORITY("4"), "HAS_X_PRIO_THREE(0.00)[4]"},
	{"5", PRIORITY("5"), "HAS_X_PRIO_FIVE(0.00)[5]"},
	{"99 counts as five", PRIORITY("99"), "HAS_X_PRIO_FIVE(0.00)[99]"},
	{"with words behind it", PRIORITY("1 (Highest)"), "HAS_X_PRIO_ONE(0.00)[1]"},
	{"with anything behind it", PRIORITY("3;x"), "HAS_X_PRIO_THREE(0.00)[3]"},
	{"leading zeros", PRIORITY("03"), "HAS_X_PRIO_THREE(0.00)[3]"},
	{"the name in any case", "X-PRIORITY: 2\n\n", "HAS_X_PRIO_TWO(0.00)[2]"},
	{"of two fields the first counts", "X-Priority: 1\nX-Priority: 5\n\n",
		"HAS_X_PRIO_ONE(0.00)[1]"},
	{"words are no priority", PRIORITY("Normal"), ""},
	{"words before it neither", PRIORITY("(Highest) 1"), ""},
	{"empty", PRIORITY(""), ""},
	{"below zero", PRIORITY("-1"), ""},
	{"a number that no field can mean", PRIORITY("99999999999999999999999"), ""},
};

static void priorities_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_priority, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(priorities_are_told),
	};

	return cmocka_run_group_tests_name("checks/priority", tests, NULL, NULL);
}
