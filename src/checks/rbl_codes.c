/* What the answers of a list mean: addresses, and patterns of addresses as Rspamd's files have them.
 *
 * DESIGN: of Lua's patterns those that name numbers: each of the four places is a pattern of its own, tried on 0 to
 * 255 when the configuration is read, so that an answer costs four looks into tables.
 */
#include "checks/rbl.h"

#include <stdio.h>

enum { ITEMS_MOST = 16, ALL_DIGITS = 0x3ff };

/* One digit of a number, and how often. */
struct item {
	unsigned digits; /* a bit for each that it may be */
	unsigned least, most;
};

struct number {
	struct item items[ITEMS_MOST];
	size_t n;
};

/* "%d", "7"; returns how many bytes it took, or 0. */
static size_t read_digit(struct span text, unsigned *digits)
{
	if (span_starts(text, SPAN("%d"))) {
		*digits = ALL_DIGITS;
		return 2;
	}
	if (text.n == 0 || !byte_is_digit(text.p[0]))
		return 0;
	*digits = 1u << (text.p[0] - '0');
	return 1;
}

/* "[23]", "[2-5]", "[^1]", "[%d]"; returns how many bytes it took, or 0. */
static size_t read_set(struct span text, unsigned *digits)
{
	size_t i = span_starts(text, SPAN("[^")) ? 2 : 1;
	bool inverted = i == 2;
	unsigned one;

	*digits = 0;
	while (i < text.n && text.p[i] != ']') {
		struct span rest = span_from_offset(text, i);

		if (rest.n >= 3 && byte_is_digit(rest.p[0]) && rest.p[1] == '-' &&
			byte_is_digit(rest.p[2])) {
			for (char c = rest.p[0]; c <= rest.p[2]; c++)
				*digits |= 1u << (c - '0');
			i += 3;
			continue;
		}
		if (read_digit(rest, &one) == 0)
			return 0;
		*digits |= one;
		i += read_digit(rest, &one);
	}
	if (inverted)
		*digits ^= ALL_DIGITS;
	return i < text.n ? i + 1 : 0;
}

static size_t read_item(struct span text, struct item *out)
{
	size_t n = span_starts(text, SPAN("[")) ? read_set(text, &out->digits)
						: read_digit(text, &out->digits);
	char sign = n < text.n ? text.p[n] : ' ';

	out->least = sign == '*' || sign == '-' || sign == '?' ? 0 : 1;
	out->most = sign == '*' || sign == '-' || sign == '+' ? 3 : 1;
	if (n == 0)
		return 0;
	return n + (out->least == 0 || out->most > 1);
}

static bool number_has(const struct number *number, size_t item, struct span text)
{
	const struct item *it = &number->items[item];

	if (item == number->n)
		return text.n == 0;
	for (size_t i = 0; i <= it->most; i++) {
		if (i >= it->least && number_has(number, item + 1, span_from_offset(text, i)))
			return true;
		if (i == text.n || (it->digits >> (text.p[i] - '0') & 1) == 0)
			return false;
	}
	return false;
}

/* One of the four; returns how many bytes it took, or 0 for what no number is. */
static size_t read_number(struct span text, uint8_t set[32])
{
	struct number number = {.n = 0};
	bool any = false;
	size_t n = 0;

	for (size_t took; number.n < ITEMS_MOST; n += took) {
		took = read_item(span_from_offset(text, n), &number.items[number.n]);
		if (took == 0)
			break;
		number.n++;
	}
	for (unsigned value = 0; value < 256; value++) {
		char digits[4];
		int length = snprintf(digits, sizeof(digits), "%u", value);

		if (number.n == 0 || !number_has(&number, 0, span_from(digits, (size_t)length)))
			continue;
		set[value / 8] |= (uint8_t)(1u << value % 8);
		any = true;
	}
	return any ? n : 0;
}

bool rbl_parse_code(struct span text, struct rbl_code *out, size_t *place)
{
	struct span rest = text;

	/* a pattern of Lua's may say that it is the whole */
	if (span_starts(rest, SPAN("^")))
		rest = span_from_offset(rest, 1);
	if (span_ends(rest, SPAN("$")))
		rest.n--;
	for (int i = 0; i < 4; i++) {
		size_t n;

		if (i > 0) {
			/* the escaped form, too: in a pattern a dot alone is any byte */
			n = span_starts(rest, SPAN("%.")) ? 2 : span_starts(rest, SPAN("."));
			*place = (size_t)(rest.p - text.p) + 1;
			if (n == 0)
				return false;
			rest = span_from_offset(rest, n);
		}
		*place = (size_t)(rest.p - text.p) + 1;
		n = read_number(rest, out->numbers[i]);
		if (n == 0)
			return false;
		rest = span_from_offset(rest, n);
	}
	*place = (size_t)(rest.p - text.p) + 1;
	return rest.n == 0;
}

bool rbl_code_has(const struct rbl_code *code, const uint8_t address[4])
{
	uint32_t number = (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];

	if (code->bits != 0)
		return (number & code->bits) != 0;
	for (int i = 0; i < 4; i++)
		if ((code->numbers[i][address[i] / 8] >> address[i] % 8 & 1) == 0)
			return false;
	return true;
}

bool rbl_code_is_exact(const struct rbl_code *code)
{
	for (int i = 0; i < 4; i++) {
		unsigned n = 0;

		for (unsigned value = 0; value < 256; value++)
			n += code->numbers[i][value / 8] >> value % 8 & 1;
		if (n != 1)
			return false;
	}
	return code->bits == 0;
}
