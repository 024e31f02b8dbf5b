#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dies.h"

static int values[8];

static void keys_are_found_and_replaced(void **state)
{
	struct arena *a = arena_make();
	struct map *m = map_make(a);

	(void)state;
	assert_null(map_find(m, SPAN("a")));
	assert_int_equal(map_count(m), 0);
	assert_null(map_put(m, SPAN("a"), &values[0]));
	assert_null(map_put(m, SPAN("A"), &values[1]));
	assert_null(map_put(m, span_of(NULL), &values[2]));
	assert_null(map_put(m, span_from("a\0", 2), &values[3]));
	assert_ptr_equal(map_find(m, SPAN("a")), &values[0]);
	assert_ptr_equal(map_find(m, SPAN("A")), &values[1]);
	assert_ptr_equal(map_find(m, SPAN("")), &values[2]);
	assert_ptr_equal(map_find(m, span_from("a\0", 2)), &values[3]);
	assert_null(map_find(m, SPAN("aa")));
	assert_ptr_equal(map_put(m, SPAN("a"), &values[4]), &values[0]);
	assert_ptr_equal(map_find(m, SPAN("a")), &values[4]);
	assert_int_equal(map_count(m), 4);
	arena_free(a);
}

static void case_can_be_ignored(void **state)
{
	struct arena *a = arena_make();
	struct map *m = map_make_nocase(a);

	(void)state;
	assert_null(map_put(m, SPAN("Content-Type-Is-Long"), &values[0]));
	assert_ptr_equal(map_find(m, SPAN("content-type-is-long")), &values[0]);
	assert_ptr_equal(map_find(m, SPAN("CONTENT-TYPE-IS-LONG")), &values[0]);
	assert_ptr_equal(map_put(m, SPAN("CONTENT-type-is-long"), &values[1]), &values[0]);
	assert_int_equal(map_count(m), 1);
	/* the key of the first put stays */
	assert_true(span_equal(map_key(m, 0), SPAN("Content-Type-Is-Long")));
	/* ASCII case only: a letter with a diaeresis has two spellings, and @ is not ` */
	assert_null(map_find(m, SPAN("content-type-is-lon'")));
	assert_null(map_put(m, SPAN("\xc3\x84"), &values[2]));
	assert_null(map_find(m, SPAN("\xc3\xa4")));
	assert_null(map_put(m, SPAN("@"), &values[3]));
	assert_null(map_find(m, SPAN("`")));
	arena_free(a);
}

static void many_keys_keep_their_order(void **state)
{
	enum { MANY = 20000 };
	struct arena *a = arena_make();
	struct map *m = map_make(a);
	static int numbers[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_null(map_put(m, arena_printf(a, "key %d", i), &numbers[i]));
	assert_int_equal(map_count(m), MANY);
	for (int i = 0; i < MANY; i++) {
		struct span key = arena_printf(a, "key %d", i);

		assert_ptr_equal(map_find(m, key), &numbers[i]);
		assert_true(span_equal(map_key(m, i), key));
		assert_ptr_equal(map_value(m, i), &numbers[i]);
	}
	assert_null(map_find(m, SPAN("key 20000")));
	arena_free(a);
}

static void the_hash_depends_on_each_byte_and_the_length(void **state)
{
	char text[24] = "";
	uint64_t seen[25 + 24];
	size_t n = 0;

	(void)state;
	for (size_t length = 0; length <= 24; length++)
		seen[n++] = map_hash(span_from(text, length));
	for (size_t i = 0; i < 24; i++) {
		text[i] = 1;
		seen[n++] = map_hash(span_from(text, 24));
		text[i] = 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(seen[i] != seen[k]);
	assert_true(map_hash(SPAN("same")) == map_hash(SPAN("same")));
}

/* Eight bytes are folded at once: each byte must be found, at each place, and only letters are letters. */
static void all_bytes_fold_alike_at_every_place(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		for (size_t place = 0; place < 11; place++) {
			struct map *m = map_make_nocase(a);
			char key[] = "abCD\x80[@{`9", other[sizeof(key)];

			key[place] = (char)byte;
			for (size_t i = 0; i < sizeof(key); i++)
				other[i] = byte_lower(key[i]);
			(void)map_put(m, span_from(key, 11), key);
			assert_ptr_equal(map_find(m, span_from(other, 11)), key);
			other[place] ^= 0x20;
			assert_ptr_equal(map_find(m, span_from(other, 11)),
				byte_is_alpha((char)byte) ? key : NULL);
		}
		arena_reset(a);
	}
	arena_free(a);
}

static void read_past_the_end(void)
{
	(void)map_key(map_make(arena_make()), 0);
}

static void reading_past_the_last_key_ends_the_process(void **state)
{
	(void)state;
	assert_true(dies(read_past_the_end, "this must hold: i < "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_and_replaced),
		cmocka_unit_test(case_can_be_ignored),
		cmocka_unit_test(many_keys_keep_their_order),
		cmocka_unit_test(the_hash_depends_on_each_byte_and_the_length),
		cmocka_unit_test(all_bytes_fold_alike_at_every_place),
		cmocka_unit_test(reading_past_the_last_key_ends_the_process),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
