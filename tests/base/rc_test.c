#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "dies.h"

static void each_code_has_a_name_and_a_text(void **state)
{
	(void)state;
	for (enum rc rc = RC_OK; rc <= RC_DENIED; rc++) {
		assert_true(strlen(rc_name(rc)) > 0);
		assert_true(strlen(rc_text(rc)) > 0);
	}
	assert_string_equal(rc_name(RC_OK), "ok");
	assert_string_equal(rc_name(RC_NOT_FOUND), "not_found");
	assert_string_equal(rc_name(RC_DENIED), "denied");
}

static void a_why_gives_the_code_back(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(why_set(&why, RC_LIMIT, "%s: %d", "file", 7), RC_LIMIT);
	assert_string_equal(why.text, "file: 7");
	assert_int_equal(why_set(NULL, RC_DENIED, "nobody listens"), RC_DENIED);
}

static void an_overlong_why_is_cut(void **state)
{
	struct why why;

	(void)state;
	(void)why_set(&why, RC_INVALID, "%0*d", 2000, 1);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

static void name_no_code(void)
{
	(void)rc_name((enum rc)99);
}

static void a_code_that_is_none_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(name_no_code, "this must hold: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_a_name_and_a_text),
		cmocka_unit_test(a_why_gives_the_code_back),
		cmocka_unit_test(an_overlong_why_is_cut),
		cmocka_unit_test(a_code_that_is_none_ends_the_process),
	};

	return cmocka_run_group_tests_name("rc", tests, NULL, NULL);
}
