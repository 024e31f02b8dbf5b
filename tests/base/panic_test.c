#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dies.h"

static void break_a_must(void)
{
	int two = 2;

	must(two == 3);
}

static void say_why(void)
{
	panic("the %s is %d", "answer", 41);
}

static void say_a_lot(void)
{
	panic("%0*d", 5000, 1);
}

static void a_panic_says_where_and_why(void **state)
{
	(void)state;
	assert_true(dies(break_a_must, "this must hold: two == 3\n"));
	assert_true(dies(break_a_must, "tests/base/panic_test.c:"));
	assert_true(dies(say_why, ": the answer is 41\n"));
}

static void an_overlong_panic_is_cut_to_one_line(void **state)
{
	(void)state;
	assert_true(dies(say_a_lot, "0000\n"));
}

static void what_holds_goes_on(void **state)
{
	int runs = 0;

	(void)state;
	must(++runs == 1);
	assert_int_equal(runs, 1);
	/* one statement, also behind an if without braces */
	if (runs == 2)
		must(runs == 2);
	else
		runs = 5;
	assert_int_equal(runs, 5);
}

static void do_nothing(void)
{
}

static void a_child_that_lives_is_told_apart(void **state)
{
	(void)state;
	assert_false(dies(do_nothing, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_panic_says_where_and_why),
		cmocka_unit_test(an_overlong_panic_is_cut_to_one_line),
		cmocka_unit_test(what_holds_goes_on),
		cmocka_unit_test(a_child_that_lives_is_told_apart),
	};

	return cmocka_run_group_tests_name("panic", tests, NULL, NULL);
}
