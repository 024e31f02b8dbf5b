#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

struct point {
	int x;
	char tag[13];
};

static void elements_stay_in_order_and_keep_their_bytes(void **state)
{
	struct arena *a = arena_make();
	struct {
		VEC(struct point);
	} points = {0};

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct point *p = VEC_ADD(a, &points);

		assert_int_equal(p->x, 0);
		for (size_t k = 0; k < sizeof(p->tag); k++)
			assert_int_equal(p->tag[k], 0);
		p->x = i;
		memset(p->tag, i % 100, sizeof(p->tag));
	}
	assert_int_equal(points.n, 10000);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(points.v[i].x, i);
		assert_int_equal(points.v[i].tag[12], i % 100);
	}
	arena_free(a);
}

static void two_vectors_in_one_arena_do_not_disturb_each_other(void **state)
{
	struct arena *a = arena_make();
	struct {
		VEC(uint64_t);
	} even = {0}, odd = {0};

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		if (i % 2 == 0)
			*VEC_ADD(a, &even) = i;
		else
			*VEC_ADD(a, &odd) = i;
	}
	assert_int_equal(even.n + odd.n, 5000);
	for (size_t i = 0; i < 2500; i++) {
		assert_int_equal(even.v[i], 2 * i);
		assert_int_equal(odd.v[i], 2 * i + 1);
	}
	arena_free(a);
}

static void emptying_keeps_the_memory(void **state)
{
	struct arena *a = arena_make();
	struct {
		VEC(int);
	} v = {0};
	int *first;

	(void)state;
	*VEC_ADD(a, &v) = 1;
	first = v.v;
	v.n = 0;
	assert_int_equal(*VEC_ADD(a, &v), 0);
	assert_ptr_equal(v.v, first);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_stay_in_order_and_keep_their_bytes),
		cmocka_unit_test(two_vectors_in_one_arena_do_not_disturb_each_other),
		cmocka_unit_test(emptying_keeps_the_memory),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
