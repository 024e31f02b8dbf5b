#include "base/base.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

enum { UNTOUCHED = 77 };

struct u64_case {
	const char *name;
	const char *text;
	uint64_t most;
	bool ok;
	uint64_t value;
};

static const struct u64_case u64_cases[] = {
	{"zero", "0", 10, true, 0},
	{"leading zeros do not matter", "0000000000000000000000000000007", 10, true, 7},
	{"the bound itself", "10", 10, true, 10},
	{"one over the bound", "11", 10, false, 0},
	{"the last digit alone over the bound", "9", 8, false, 0},
	{"a bound of zero takes zero", "0", 0, true, 0},
	{"a bound of zero takes nothing else", "1", 0, false, 0},
	{"the largest number", "18446744073709551615", UINT64_MAX, true, UINT64_MAX},
	{"one over the largest number", "18446744073709551616", UINT64_MAX, false, 0},
	{"far over the largest number", "99999999999999999999999999", UINT64_MAX, false, 0},
	{"nothing", "", 10, false, 0},
	{"a sign", "+1", 10, false, 0},
	{"a minus", "-1", 10, false, 0},
	{"a space before", " 1", 10, false, 0},
	{"a space behind", "1 ", 10, false, 0},
	{"letters behind", "1a", 10, false, 0},
	{"hexadecimal", "0x1", 10, false, 0},
};

static void unsigned_numbers_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(u64_cases); i++) {
		const struct u64_case *c = &u64_cases[i];
		uint64_t value = UNTOUCHED;
		bool ok = num_parse_u64(span_of(c->text), c->most, &value);

		if (ok != c->ok || value != (c->ok ? c->value : UNTOUCHED))
			fail_msg("%s: %d %llu", c->name, ok, (unsigned long long)value);
	}
}

static void digits_at_the_start_are_read(void **state)
{
	uint64_t value = UNTOUCHED;

	(void)state;
	assert_int_equal(num_read_u64(SPAN("123abc"), 1000, &value), 3);
	assert_int_equal(value, 123);
	assert_int_equal(num_read_u64(SPAN("12"), 1000, &value), 2);
	assert_int_equal(value, 12);
	value = UNTOUCHED;
	assert_int_equal(num_read_u64(SPAN("abc"), 1000, &value), 0);
	assert_int_equal(num_read_u64(SPAN(""), 1000, &value), 0);
	assert_int_equal(num_read_u64(SPAN("1001x"), 1000, &value), 0);
	assert_int_equal(value, UNTOUCHED);
}

struct i64_case {
	const char *name;
	const char *text;
	int64_t least;
	int64_t most;
	bool ok;
	int64_t value;
};

static const struct i64_case i64_cases[] = {
	{"a plus", "+5", -10, 10, true, 5},
	{"a minus", "-5", -10, 10, true, -5},
	{"minus zero is zero", "-0", -10, 10, true, 0},
	{"the lower bound", "-10", -10, 10, true, -10},
	{"below the lower bound", "-11", -10, 10, false, 0},
	{"above the upper bound", "11", -10, 10, false, 0},
	{"the least number", "-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
	{"below the least number", "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
	{"the greatest number", "9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
	{"above the greatest number", "9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
	{"a sign alone", "-", -10, 10, false, 0},
	{"two signs", "+-1", -10, 10, false, 0},
	{"nothing", "", -10, 10, false, 0},
};

static void signed_numbers_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(i64_cases); i++) {
		const struct i64_case *c = &i64_cases[i];
		int64_t value = UNTOUCHED;
		bool ok = num_parse_i64(span_of(c->text), c->least, c->most, &value);

		if (ok != c->ok || value != (c->ok ? c->value : UNTOUCHED))
			fail_msg("%s: %d %lld", c->name, ok, (long long)value);
	}
}

static const struct u64_case hex_cases[] = {
	{"digits and letters of any case", "1aF", 0xfff, true, 0x1af},
	{"the bound itself", "ff", 0xff, true, 0xff},
	{"one over the bound", "100", 0xff, false, 0},
	{"a bound that is not full digits", "10", 0xf, false, 0},
	{"the largest number", "ffffffffffffffff", UINT64_MAX, true, UINT64_MAX},
	{"one digit too many", "10000000000000000", UINT64_MAX, false, 0},
	{"leading zeros do not matter", "00000000000000000000a", 10, true, 10},
	{"a bound of zero takes zero", "00", 0, true, 0},
	{"nothing", "", 0xff, false, 0},
	{"a prefix", "0x1", 0xff, false, 0},
	{"no digit", "g", 0xff, false, 0},
};

static void hexadecimal_numbers_are_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hex_cases); i++) {
		const struct u64_case *c = &hex_cases[i];
		uint64_t value = UNTOUCHED;
		bool ok = num_parse_hex(span_of(c->text), c->most, &value);

		if (ok != c->ok || value != (c->ok ? c->value : UNTOUCHED))
			fail_msg("%s: %d %llx", c->name, ok, (unsigned long long)value);
	}
}

struct double_case {
	const char *name;
	const char *text;
	bool ok;
	double value;
};

static const struct double_case double_cases[] = {
	{"an integer", "12", true, 12},
	{"a fraction", "-1.5", true, -1.5},
	{"a tenth is the nearest double", "0.1", true, 0.1},
	{"two digits after the point", "7.25", true, 7.25},
	{"a plus", "+2", true, 2},
	{"seventeen digits are the double that they were printed from", "0.30000000000000004", true,
		0.1 + 0.2},
	{"more digits than a double has", "3.14159265358979323846264338327950288", true,
		3.141592653589793},
	{"a power of ten that is no sum of exact ones", "1.7976e299", true, 1.7976e299},
	{"smaller than any double is zero", "1e-400", true, 0},
	{"a point first", ".5", true, 0.5},
	{"a point last", "5.", true, 5},
	{"an exponent", "1e3", true, 1000},
	{"a capital exponent with a sign", "1.5E-2", true, 0.015},
	{"an exponent with a plus", "2e+2", true, 200},
	{"large", "1e300", true, 1e300},
	{"too large", "1e301", false, 0},
	{"too large by digits and exponent", "10e300", false, 0},
	{"zero with any exponent", "0e300", true, 0},
	{"nothing", "", false, 0},
	{"a point alone", ".", false, 0},
	{"a sign alone", "-", false, 0},
	{"two signs", "--1", false, 0},
	{"an exponent without digits", "1e", false, 0},
	{"an exponent without a number", "e5", false, 0},
	{"two points", "1.2.3", false, 0},
	{"hexadecimal", "0x10", false, 0},
	{"infinity", "inf", false, 0},
	{"not a number", "nan", false, 0},
	{"a comma", "1,5", false, 0},
	{"a space", "1 ", false, 0},
};

static void decimal_numbers_are_read_in_no_locale(void **state)
{
	char digits[400];
	double value = UNTOUCHED;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(double_cases); i++) {
		const struct double_case *c = &double_cases[i];
		bool ok;

		value = UNTOUCHED;
		ok = num_parse_double(span_of(c->text), &value);
		if (ok != c->ok || value != (c->ok ? c->value : UNTOUCHED))
			fail_msg("%s: %d %.17g", c->name, ok, value);
	}
	memset(digits, '9', sizeof(digits));
	value = UNTOUCHED;
	assert_false(num_parse_double(span_from(digits, 301), &value));
	assert_true(value == UNTOUCHED);
	assert_true(num_parse_double(span_from(digits, 300), &value));
	assert_true(value == 1e300);
	/* three hundred digits behind the point are a small number, not infinity */
	digits[0] = '.';
	assert_true(num_parse_double(span_from(digits, 300), &value));
	assert_true(value > 0.99 && value < 1.01);
}

static void sizes_are_compared(void **state)
{
	(void)state;
	assert_int_equal(num_min(1, 2), 1);
	assert_int_equal(num_max(1, 2), 2);
	assert_int_equal(num_min(SIZE_MAX, 0), 0);
}

struct distance_case {
	const char *a;
	const char *b;
	size_t edits;
};

static const struct distance_case distance_cases[] = {
	{"", "", 0},
	{"", "abc", 3},
	{"abc", "", 3},
	{"same", "same", 0},
	{"greylist", "graylist", 1},
	{"timeout", "timout", 1},
	{"score", "scores", 1},
	{"reject", "rejetc", 1},
	{"ab", "ba", 1},
	{"kitten", "sitting", 3},
	/* each place is edited once: the swap of ca is not then cut open */
	{"ca", "abc", 3},
};

static void edits_between_words_are_counted(void **state)
{
	char x[65];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(distance_cases); i++) {
		const struct distance_case *c = &distance_cases[i];
		size_t there = num_edit_distance(span_of(c->a), span_of(c->b));
		size_t back = num_edit_distance(span_of(c->b), span_of(c->a));

		if (there != c->edits || back != c->edits)
			fail_msg("%s to %s: %zu and back %zu", c->a, c->b, there, back);
	}
	memset(x, 'x', sizeof(x));
	assert_int_equal(num_edit_distance(span_from(x, 64), SPAN("")), 64);
	assert_int_equal(num_edit_distance(span_from(x, 64), span_from(x, 64)), 0);
	assert_true(num_edit_distance(span_from(x, 65), SPAN("x")) == SIZE_MAX);
	assert_true(num_edit_distance(SPAN("x"), span_from(x, 65)) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers_are_bounded),
		cmocka_unit_test(digits_at_the_start_are_read),
		cmocka_unit_test(signed_numbers_are_bounded),
		cmocka_unit_test(hexadecimal_numbers_are_bounded),
		cmocka_unit_test(decimal_numbers_are_read_in_no_locale),
		cmocka_unit_test(sizes_are_compared),
		cmocka_unit_test(edits_between_words_are_counted),
	};

	return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
