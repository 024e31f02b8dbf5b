#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dies.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void is_filled(const char *p, size_t n, char with)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], with);
}

/* Sizes around the bounds of alignment, of blocks and of blocks of their own. */
static const size_t sizes[] = {0, 1, 15, 16, 17, 31, 100, 4095, 4096, 4097, 16383, 16384, 16385,
	40000, 262144, 262145, 1048576, 1048577, 3000000};

static void pieces_are_aligned_zero_and_apart(void **state)
{
	struct arena *a = arena_make();
	char *pieces[ARRAY_LEN(sizes) * 3];
	size_t n = 0, sum = 0;

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			char *p = arena_alloc(a, sizes[i]);

			assert_int_equal((uintptr_t)p % 16, 0);
			is_filled(p, sizes[i], 0);
			memset(p, (int)(n % 100 + 1), sizes[i]);
			pieces[n++] = p;
			sum += sizes[i];
		}
	}
	for (size_t i = 0; i < n; i++)
		is_filled(pieces[i], sizes[i % ARRAY_LEN(sizes)], (char)(i % 100 + 1));
	assert_int_equal(arena_used(a), sum);
	assert_true(arena_peak(a) >= sum);
	arena_free(a);
}

static void small_pieces_take_little_more_than_their_size(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		(void)arena_alloc(a, 32);
	/* doubling blocks: at most twice, and red zones under ASan */
	assert_true(arena_peak(a) < 100000 * 32 * 4);
	arena_free(a);
}

static void reset_forgets_and_keeps_one_small_block(void **state)
{
	struct arena *a = arena_make();
	size_t after_one;
	char *first;

	(void)state;
	first = arena_alloc(a, 100);
	after_one = arena_peak(a);
	(void)arena_alloc(a, 5000000);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	assert_ptr_equal(arena_alloc(a, 100), first);
	is_filled(first, 100, 0);
	arena_reset(a);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);

	/* a large first piece is given back, so that the peak of the next use starts low */
	a = arena_make();
	(void)arena_alloc(a, 5000000);
	arena_reset(a);
	(void)arena_alloc(a, 100);
	(void)arena_alloc(a, 5000000);
	assert_true(arena_peak(a) <= 5000000 + after_one + 100);
	arena_free(a);
}

static void the_last_piece_grows_in_place(void **state)
{
	struct arena *a = arena_make();
	char *p = arena_alloc(a, 10), *q;

	(void)state;
	memset(p, 'x', 10);
	assert_ptr_equal(arena_grow(a, p, 10, 11), p);
	assert_ptr_equal(arena_grow(a, p, 11, 500), p);
	is_filled(p, 10, 'x');
	assert_int_equal(arena_used(a), 500);
	(void)arena_alloc(a, 1);
	q = arena_grow(a, p, 500, 600);
	assert_ptr_not_equal(q, p);
	is_filled(q, 10, 'x');
	arena_free(a);
}

static void a_piece_grows_from_nothing_to_much(void **state)
{
	struct arena *a = arena_make();
	char *p = NULL;
	size_t n = 0;

	(void)state;
	while (n < 5000000) {
		size_t more = n * 2 + 7;

		p = arena_grow(a, p, n, more);
		is_filled(p, n, 'y');
		memset(p, 'y', more);
		n = more;
	}
	arena_free(a);
}

static void growing_stops_at_the_end_of_a_block(void **state)
{
	(void)state;
	for (size_t first = 0; first <= 17000; first += 37) {
		struct arena *a = arena_make();
		char *p = arena_alloc(a, 64), *q;

		(void)arena_alloc(a, 1);
		p = arena_alloc(a, first);
		memset(p, 'z', first);
		q = arena_grow(a, p, first, 17001);
		is_filled(q, first, 'z');
		memset(q, 'z', 17001);
		arena_free(a);
	}
}

static void texts_are_copied_with_a_nul_behind(void **state)
{
	struct arena *a = arena_make();
	char long_text[1000];
	struct span s;

	(void)state;
	s = arena_copy(a, span_from("a\0b", 3));
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	assert_string_equal(arena_copy(a, span_of(NULL)).p, "");
	assert_string_equal(arena_string(a, span_from("abcdef", 3)), "abc");
	assert_string_equal(arena_lower(a, SPAN("MiXeD \xc3\x84 1")).p, "mixed \xc3\x84 1");
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x").p, "7-x");
	memset(long_text, 'l', sizeof(long_text));
	for (size_t n = 250; n < 260; n++) {
		s = arena_printf(a, "%.*s", (int)n, long_text);
		assert_int_equal(s.n, n);
		is_filled(s.p, n, 'l');
		assert_int_equal(s.p[n], 0);
	}
	arena_free(a);
}

static void each_piece_is_a_block_of_its_own_on_request(void **state)
{
	struct arena *a;
	char *p, *q;

	(void)state;
	must(setenv("ARENA", "malloc", 1) == 0);
	a = arena_make();
	must(unsetenv("ARENA") == 0);
	p = arena_alloc(a, 10);
	memset(p, 'p', 10);
	q = arena_grow(a, p, 10, 20);
	assert_ptr_not_equal(p, q);
	is_filled(q, 10, 'p');
	assert_int_equal(arena_used(a), 30);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		is_filled(arena_alloc(a, sizes[i]), sizes[i], 0);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	is_filled(arena_alloc(a, 5), 5, 0);
	arena_free(a);
}

static void what_is_not_handed_out_is_poisoned(void **state)
{
#ifdef HAS_ASAN
	struct arena *a = arena_make();
	char *p = arena_alloc(a, 13), *q = arena_alloc(a, 16);

	(void)state;
	assert_false(__asan_address_is_poisoned(p + 12));
	assert_true(__asan_address_is_poisoned(p + 13));
	assert_true(__asan_address_is_poisoned(q + 16));
	q = arena_grow(a, q, 16, 40);
	assert_false(__asan_address_is_poisoned(q + 39));
	assert_true(__asan_address_is_poisoned(q + 40));
	arena_reset(a);
	assert_true(__asan_address_is_poisoned(p));
	assert_true(__asan_address_is_poisoned(q));
	arena_free(a);
#else
	(void)state;
	skip();
#endif
}

static void ask_for_too_many_elements(void)
{
	(void)arena_alloc_array(arena_make(), SIZE_MAX / 4, 5);
}

static void ask_for_too_many_bytes(void)
{
	(void)arena_alloc(arena_make(), SIZE_MAX / 2);
}

static void shrink_a_piece(void)
{
	struct arena *a = arena_make();

	(void)arena_grow(a, arena_alloc(a, 10), 10, 9);
}

static void impossible_requests_end_the_process(void **state)
{
	(void)state;
	assert_true(dies(ask_for_too_many_elements, "an array of"));
	assert_true(dies(ask_for_too_many_bytes, "this must hold: size < "));
	assert_true(dies(shrink_a_piece, "this must hold: new_size >= old_size && "));
}

static void freeing_nothing_is_allowed(void **state)
{
	(void)state;
	arena_free(NULL);
	arena_free(arena_make());
}

static char order[8];

/* Memory that is given back with each message has to be cleared for each message. */
static void freed_blocks_serve_the_next_arena(void **state)
{
	struct arena *first = arena_make();
	void *piece = arena_alloc(first, 100), *again;

	(void)state;
	arena_free(first);
	first = arena_make();
	again = arena_alloc(first, 100);
	assert_ptr_equal(again, piece);
	arena_free(first);
}

static void note(void *thing)
{
	size_t n = strlen(order);

	order[n] = *(const char *)thing;
	order[n + 1] = '\0';
}

static void what_a_library_holds_is_ended_with_the_arena(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	arena_at_end(a, note, &(char){'a'});
	arena_at_end(a, note, &(char){'b'});
	arena_reset(a);
	assert_string_equal(order, "ba");
	arena_reset(a);
	assert_string_equal(order, "ba");
	arena_at_end(a, note, &(char){'c'});
	arena_free(a);
	assert_string_equal(order, "bac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_zero_and_apart),
		cmocka_unit_test(small_pieces_take_little_more_than_their_size),
		cmocka_unit_test(reset_forgets_and_keeps_one_small_block),
		cmocka_unit_test(the_last_piece_grows_in_place),
		cmocka_unit_test(a_piece_grows_from_nothing_to_much),
		cmocka_unit_test(growing_stops_at_the_end_of_a_block),
		cmocka_unit_test(texts_are_copied_with_a_nul_behind),
		cmocka_unit_test(each_piece_is_a_block_of_its_own_on_request),
		cmocka_unit_test(what_is_not_handed_out_is_poisoned),
		cmocka_unit_test(impossible_requests_end_the_process),
		cmocka_unit_test(freed_blocks_serve_the_next_arena),
		cmocka_unit_test(freeing_nothing_is_allowed),
		cmocka_unit_test(what_a_library_holds_is_ended_with_the_arena),
	};

	/* the one test that wants it sets it */
	must(unsetenv("ARENA") == 0);
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
