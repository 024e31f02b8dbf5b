/* Bounded number parsing, and the distance between two words. */
#include "base/num.h"

#include <string.h>

size_t num_read_u64(struct span text, uint64_t most, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = 0;

	for (; i < text.n && byte_is_digit(text.p[i]); i++) {
		uint64_t digit = (uint64_t)(text.p[i] - '0');

		if (value > (most - (digit > most ? most : digit)) / 10 || digit > most)
			return 0;
		value = value * 10 + digit;
	}
	if (i > 0)
		*out = value;
	return i;
}

bool num_parse_u64(struct span text, uint64_t most, uint64_t *out)
{
	uint64_t value;

	if (text.n == 0 || num_read_u64(text, most, &value) != text.n)
		return false;
	*out = value;
	return true;
}

bool num_parse_i64(struct span text, int64_t least, int64_t most, int64_t *out)
{
	bool negative = text.n > 0 && *text.p == '-';
	uint64_t magnitude;

	if (negative || (text.n > 0 && *text.p == '+'))
		text = span_from_offset(text, 1);
	if (!num_parse_u64(text, (uint64_t)INT64_MAX, &magnitude))
		return false;
	*out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return *out >= least && *out <= most;
}

bool num_parse_hex(struct span text, uint64_t most, uint64_t *out)
{
	uint64_t value = 0;

	if (text.n == 0)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int digit = byte_hex_value(text.p[i]);

		if (digit < 0 || value > most >> 4)
			return false;
		value = value << 4 | (uint64_t)digit;
		if (value > most)
			return false;
	}
	*out = value;
	return true;
}

/* Digits into a value that keeps its magnitude past 2^53 only roughly, which is what a double does. */
static size_t read_digits(struct span text, double *value)
{
	size_t i = 0;

	for (; i < text.n && byte_is_digit(text.p[i]); i++)
		*value = *value * 10 + (text.p[i] - '0');
	return i;
}

static double power_of_ten(unsigned n)
{
	double value = 1, base = 10;

	for (; n > 0; n >>= 1, base *= base)
		if ((n & 1) != 0)
			value *= base;
	return value;
}

static bool parse_exponent(struct span text, int *out)
{
	int64_t value;

	if (!num_parse_i64(text, -300, 300, &value))
		return false;
	*out = (int)value;
	return true;
}

bool num_parse_double(struct span text, double *out)
{
	bool negative = text.n > 0 && *text.p == '-';
	double value = 0;
	size_t digits, after = 0;
	int exponent = 0;

	if (negative || (text.n > 0 && *text.p == '+'))
		text = span_from_offset(text, 1);
	if (text.n > 300)
		return false;
	digits = read_digits(text, &value);
	text = span_from_offset(text, digits);
	if (text.n > 0 && *text.p == '.') {
		after = read_digits(span_from_offset(text, 1), &value);
		text = span_from_offset(text, 1 + after);
	}
	if (digits + after == 0)
		return false;
	if (text.n > 0 && byte_lower(*text.p) == 'e') {
		if (!parse_exponent(span_from_offset(text, 1), &exponent))
			return false;
		text.n = 0;
	}
	if (text.n > 0)
		return false;
	exponent -= (int)after;
	value = exponent < 0 ? value / power_of_ten((unsigned)-exponent)
						 : value * power_of_ten((unsigned)exponent);
	if (value > 1e300)
		return false;
	*out = negative ? -value : value;
	return true;
}

size_t num_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t num_max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Optimal string alignment, three rows. */
size_t num_edit_distance(struct span a, struct span b)
{
	enum { MOST = 64 };
	size_t rows[3][MOST + 1];

	if (a.n > MOST || b.n > MOST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

			now[j] = num_min(num_min(last[j] + 1, now[j - 1] + 1), change);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = num_min(now[j], before[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}
