#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void bytes_differ_from_call_to_call(void **state)
{
	char one[32] = "", two[32] = "";

	(void)state;
	random_fill(one, sizeof(one));
	random_fill(two, sizeof(two));
	assert_memory_not_equal(one, two, sizeof(one));
}

static void all_bytes_asked_for_are_filled_and_no_more(void **state)
{
	static char large[1 << 20];
	size_t zero = 0;
	char edge[3] = "x?x";

	(void)state;
	random_fill(large, sizeof(large));
	for (size_t i = sizeof(large) - 64; i < sizeof(large); i++)
		zero += large[i] == 0;
	assert_true(zero < 32);
	random_fill(edge + 1, 1);
	assert_true(edge[0] == 'x' && edge[2] == 'x');
	random_fill(edge, 0);
	assert_int_equal(edge[0], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_differ_from_call_to_call),
		cmocka_unit_test(all_bytes_asked_for_are_filled_and_no_more),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
