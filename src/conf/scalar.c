/* Words that mean a number, a size, a time, a truth or nothing. */
#include "conf/inner.h"

#include <math.h>

struct suffix {
	struct span name;
	double factor;
	bool is_time;
};

static const struct suffix suffixes[] = {
	{SPAN_INIT("k"), 1000, false},
	{SPAN_INIT("m"), 1000 * 1000, false},
	{SPAN_INIT("g"), 1000 * 1000 * 1000, false},
	{SPAN_INIT("kb"), 1024, false},
	{SPAN_INIT("mb"), 1024 * 1024, false},
	{SPAN_INIT("gb"), 1024 * 1024 * 1024, false},
	{SPAN_INIT("ms"), 0.001, true},
	{SPAN_INIT("s"), 1, true},
	{SPAN_INIT("min"), 60, true},
	{SPAN_INIT("h"), 3600, true},
	{SPAN_INIT("d"), 86400, true},
	{SPAN_INIT("w"), 7 * 86400, true},
	{SPAN_INIT("y"), 365 * 86400, true},
};

/* Doubles are exact up to here. */
static const double exact_most = 9007199254740992.0;

static size_t skip_digits(struct span s, size_t i)
{
	while (i < s.n && byte_is_digit(s.p[i]))
		i++;
	return i;
}

/* How much of the word is a plain number: -12.5e3; 0 when it starts with none. */
static size_t number_length(struct span s)
{
	size_t start = s.n > 0 && s.p[0] == '-' ? 1 : 0;
	size_t i = skip_digits(s, start);
	size_t digits = i - start;

	if (i < s.n && s.p[i] == '.') {
		size_t after = skip_digits(s, i + 1);

		digits += after - i - 1;
		i = after;
	}
	if (digits == 0)
		return 0;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		size_t sign = i + 1 < s.n && (s.p[i + 1] == '-' || s.p[i + 1] == '+');
		size_t after = skip_digits(s, i + 1 + sign);

		if (after > i + 1 + sign)
			i = after;
	}
	return i;
}

static void set_number(struct conf_node *out, double value, bool is_time)
{
	out->number = value;
	out->is_time = is_time;
	out->is_integer = value == floor(value) && fabs(value) <= exact_most;
	out->integer = fabs(value) < 9.2e18 ? (int64_t)value : 0;
}

static bool read_hex(struct span word, struct conf_node *out)
{
	size_t sign = word.n > 0 && word.p[0] == '-';
	uint64_t value;

	if (!span_starts_nocase(span_from_offset(word, sign), SPAN("0x")))
		return false;
	if (!num_parse_hex(span_from_offset(word, sign + 2), INT64_MAX, &value))
		return false;
	out->integer = sign ? -(int64_t)value : (int64_t)value;
	out->number = (double)out->integer;
	out->is_time = false;
	out->is_integer = true;
	return true;
}

bool scalar_read_number(struct span word, struct conf_node *out)
{
	size_t n = number_length(word);
	struct span digits = span_slice(word, 0, n);
	struct span rest = span_from_offset(word, n);
	double value;
	int64_t whole;

	if (read_hex(word, out))
		return true;
	if (n == 0)
		return false;
	if (rest.n == 0 && num_parse_i64(digits, INT64_MIN, INT64_MAX, &whole)) {
		set_number(out, (double)whole, false);
		out->is_integer = true; /* exact also past what a double holds */
		out->integer = whole;
		return true;
	}
	if (!num_parse_double(digits, &value) || !isfinite(value))
		return false;
	if (rest.n == 0) {
		set_number(out, value, false);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (!span_equal_nocase(rest, suffixes[i].name))
			continue;
		if (!isfinite(value * suffixes[i].factor))
			return false;
		set_number(out, value * suffixes[i].factor, suffixes[i].is_time);
		return true;
	}
	return false;
}

bool scalar_read_bool(struct span word, bool *out)
{
	static const struct {
		struct span name;
		bool value;
	} words[] = {
		{SPAN_INIT("true"), true},
		{SPAN_INIT("yes"), true},
		{SPAN_INIT("on"), true},
		{SPAN_INIT("false"), false},
		{SPAN_INIT("no"), false},
		{SPAN_INIT("off"), false},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (span_equal_nocase(word, words[i].name)) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

void scalar_set(struct conf_node *node, struct span word)
{
	node->text = word;
	if (scalar_read_number(word, node))
		node->kind = CONF_KIND_NUMBER;
	else if (scalar_read_bool(word, &node->boolean))
		node->kind = CONF_KIND_BOOL;
	else if (span_equal(word, SPAN("null")))
		node->kind = CONF_KIND_NULL;
	else
		node->kind = CONF_KIND_STRING;
}

bool conf_to_bool(const struct conf_node *node, bool *out)
{
	if (node == NULL)
		return false;
	if (node->kind == CONF_KIND_BOOL) {
		*out = node->boolean;
		return true;
	}
	if (node->kind == CONF_KIND_NUMBER && (node->number == 0 || node->number == 1)) {
		*out = node->number == 1;
		return true;
	}
	return node->kind == CONF_KIND_STRING && scalar_read_bool(span_trim(node->text), out);
}

bool conf_to_number(const struct conf_node *node, double *out)
{
	struct conf_node value;

	if (node == NULL)
		return false;
	if (node->kind == CONF_KIND_NUMBER) {
		*out = node->number;
		return true;
	}
	if (node->kind != CONF_KIND_STRING || !scalar_read_number(span_trim(node->text), &value))
		return false;
	*out = value.number;
	return true;
}

bool conf_to_text(const struct conf_node *node, struct span *out)
{
	if (node == NULL ||
		(node->kind != CONF_KIND_STRING && node->kind != CONF_KIND_NUMBER &&
			node->kind != CONF_KIND_BOOL))
		return false;
	*out = node->text;
	return true;
}
