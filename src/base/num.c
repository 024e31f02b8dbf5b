/* Bounded number parsing, and the distance between two words. */
#include "base/num.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MOST = 300 };
#define DOUBLE_MOST 1e300

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
	int64_t value;

	if (negative || (text.n > 0 && *text.p == '+'))
		text = span_from_offset(text, 1);
	if (!num_parse_u64(text, (uint64_t)INT64_MAX + negative, &magnitude))
		return false;
	/* negated without a sign: the magnitude of INT64_MIN is no int64_t */
	value = (int64_t)(negative ? -magnitude : magnitude);
	if (value < least || value > most)
		return false;
	*out = value;
	return true;
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

static size_t count_digits(struct span text)
{
	size_t i = 0;

	while (i < text.n && byte_is_digit(text.p[i]))
		i++;
	return i;
}

/* What we take for a number, which is less than what strtod does: no hex, infinity or NaN. */
static bool is_decimal(struct span text)
{
	size_t digits, after = 0;
	int64_t exponent;

	if (text.n > 0 && span_has_byte(SPAN("+-"), *text.p))
		text = span_from_offset(text, 1);
	digits = count_digits(text);
	text = span_from_offset(text, digits);
	if (text.n > 0 && *text.p == '.') {
		after = count_digits(span_from_offset(text, 1));
		text = span_from_offset(text, 1 + after);
	}
	if (digits + after == 0)
		return false;
	if (text.n == 0)
		return true;
	return byte_lower(*text.p) == 'e' &&
		num_parse_i64(span_from_offset(text, 1), -999, 999, &exponent);
}

bool num_parse_double(struct span text, double *out)
{
	char digits[DIGITS_MOST + 1];
	double value;

	if (text.n > DIGITS_MOST || !is_decimal(text))
		return false;
	memcpy(digits, text.p, text.n);
	digits[text.n] = '\0';
	/* rounds to the nearest double; nothing ever sets a locale here */
	value = strtod(digits, NULL);
	if (!(value >= -DOUBLE_MOST && value <= DOUBLE_MOST))
		return false;
	*out = value;
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
