#include "base/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dies.h"

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

struct cap_case {
	const char *name;
	size_t most;
	const char *pieces[4];
	const char *holds;
	bool full;
};

static const struct cap_case cap_cases[] = {
	{"nothing added is an empty text", 10, {NULL}, "", false},
	{"pieces follow each other", 10, {"ab", "", "cd"}, "abcd", false},
	{"the cap itself still fits", 4, {"ab", "cd"}, "abcd", false},
	{"one byte past the cap is cut off and told", 4, {"ab", "cde"}, "abcd", true},
	{"what is full stays full and drops the rest", 2, {"abc", "d", "e"}, "ab", true},
	{"a cap of nothing takes nothing", 0, {"a"}, "", true},
	{"an empty piece does not make a full buffer", 0, {"", ""}, "", false},
};

static void the_cap_cuts_and_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cap_cases); i++) {
		const struct cap_case *c = &cap_cases[i];
		struct buf whole, bytes, printed;

		buf_init(&whole, a, c->most);
		buf_init(&bytes, a, c->most);
		buf_init(&printed, a, c->most);
		for (size_t k = 0; k < 4 && c->pieces[k] != NULL; k++) {
			buf_add_string(&whole, c->pieces[k]);
			for (const char *p = c->pieces[k]; *p != '\0'; p++)
				buf_add_byte(&bytes, *p);
			buf_printf(&printed, "%s", c->pieces[k]);
		}
		if (!span_equal(buf_span(&whole), span_of(c->holds)) || whole.full != c->full)
			fail_msg("%s: \"%.*s\"", c->name, SPAN_ARG(buf_span(&whole)));
		if (!span_equal(buf_span(&bytes), span_of(c->holds)) || bytes.full != c->full)
			fail_msg("byte by byte: %s", c->name);
		if (!span_equal(buf_span(&printed), span_of(c->holds)) || printed.full != c->full)
			fail_msg("printed: %s", c->name);
	}
}

static void a_large_buffer_grows_step_by_step(void **state)
{
	struct buf b;
	size_t n = 0;

	(void)state;
	buf_init(&b, a, 1 << 20);
	for (; n < 300000; n++)
		buf_add_byte(&b, (char)(n % 251));
	for (size_t i = 0; i < n; i++)
		assert_int_equal((unsigned char)b.p[i], i % 251);
	assert_false(b.full);
	/* growing by doubling: all copies together stay below four times the size */
	assert_true(arena_used(a) < 4 * n);
}

static void memory_never_goes_past_the_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 1000);
	for (size_t i = 0; i < 5000; i++)
		buf_add_string(&b, "abc");
	assert_int_equal(b.n, 1000);
	assert_true(b.capacity <= 1000);
	assert_true(b.full);
}

static void printing_is_not_cut_by_an_inner_bound(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 10000);
	for (int n = 500; n < 520; n++) {
		buf_clear(&b);
		buf_printf(&b, "%0*d", n, 7);
		assert_int_equal(b.n, n);
		assert_int_equal(b.p[n - 1], '7');
	}
	buf_init(&b, a, 600);
	buf_printf(&b, "%0*d", 700, 7);
	assert_int_equal(b.n, 600);
	assert_true(b.full);
}

static void bytes_may_be_written_in_place(void **state)
{
	struct buf b;
	char *p;

	(void)state;
	buf_init(&b, a, 10);
	p = buf_reserve(&b, 4);
	assert_non_null(p);
	memcpy(p, "abcd", 4);
	buf_advance(&b, 3);
	assert_true(span_equal(buf_span(&b), SPAN("abc")));
	assert_non_null(buf_reserve(&b, 7));
	assert_false(b.full);
	assert_null(buf_reserve(&b, 8));
	assert_true(b.full);
	assert_true(span_equal(buf_span(&b), SPAN("abc")));
}

static void the_first_room_is_exact(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, SIZE_MAX);
	assert_non_null(buf_reserve(&b, 100000));
	assert_int_equal(b.capacity, 100000);
	buf_init(&b, a, SIZE_MAX);
	buf_add_byte(&b, 'x');
	assert_int_equal(b.capacity, 64);
}

static void clearing_empties_and_keeps_the_memory(void **state)
{
	struct buf b;
	char *p;

	(void)state;
	buf_init(&b, a, 3);
	buf_add_string(&b, "abcd");
	p = b.p;
	buf_clear(&b);
	assert_int_equal(buf_span(&b).n, 0);
	assert_false(b.full);
	buf_add_string(&b, "xyz");
	assert_ptr_equal(b.p, p);
	assert_true(span_equal(buf_span(&b), SPAN("xyz")));
}

/* Numbers as scores are, in the middle between two of them, next to that, and far away. */
static double number(int i)
{
	static const double whats[] = {1, 8, 100, 200, 1000, 2000, 7, 1e-9, 1e9};
	double value = i / whats[i % 9];

	if (i % 5 == 1)
		value = nextafter(value, 1e300);
	if (i % 5 == 2)
		value = nextafter(value, -1e300);
	return i % 2 == 0 ? value : -value;
}

static void fixed_numbers_are_what_printf_prints(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		unsigned decimals = (unsigned)i % 6;
		struct buf fast, slow;

		buf_init(&fast, a, 400);
		buf_init(&slow, a, 400);
		buf_add_fixed(&fast, number(i), decimals);
		buf_printf(&slow, "%.*f", (int)decimals, number(i));
		if (!span_equal(buf_span(&fast), buf_span(&slow)))
			fail_msg("%.17g became %.*s", number(i), SPAN_ARG(buf_span(&fast)));
		arena_reset(a);
	}
}

static void advance_past_the_room(void)
{
	struct buf b;

	buf_init(&b, arena_make(), 100);
	(void)buf_reserve(&b, 10);
	buf_advance(&b, 65);
}

static void telling_more_than_was_reserved_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(advance_past_the_room, "this must hold: n <= "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_cap_cuts_and_tells, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_large_buffer_grows_step_by_step, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(memory_never_goes_past_the_cap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(printing_is_not_cut_by_an_inner_bound, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(bytes_may_be_written_in_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_first_room_is_exact, set_up, tear_down),
		cmocka_unit_test_setup_teardown(clearing_empties_and_keeps_the_memory, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(fixed_numbers_are_what_printf_prints, set_up,
			tear_down),
		cmocka_unit_test(telling_more_than_was_reserved_ends_the_process),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
