/*
 * Character references: &amp; &#38; &#x26; and the forms without a semicolon (HTML Standard section 13.2.5.72).
 *
 * DESIGN. Names lie in one sorted table. Of a name in the text each byte narrows the rows that begin with what was read
 * so far; when the first of these ends there, it is a name, and the last one of such is the longest. A trie would take
 * fewer steps and several times the memory; nearly all references of mail are a few short names.
 */
#include "html/inner.h"

/* Section 13.2.5.80: what 0x80 to 0x9f were in Windows-1252; 0: itself. */
static const uint16_t windows[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, /* 0x80 */
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,      /* 0x88 */
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, /* 0x90 */
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178, /* 0x98 */
};

static char name_byte(size_t row, size_t depth)
{
	const struct html_entity *e = &html_entities[row];

	/* a name that ends comes before those that go on */
	return depth < e->name_n ? html_entity_names[e->name + depth] : '\0';
}

/* The first of the rows from `low` to `high` whose name has at least this byte at the depth. */
static size_t find_row(size_t low, size_t high, size_t depth, int byte)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (name_byte(middle, depth) < byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The row of the longest name that `text` begins with; NULL when it begins with none. */
static const struct html_entity *find_name(struct span text)
{
	const struct html_entity *best = NULL;
	unsigned char c = text.n > 0 ? (unsigned char)text.p[0] : 0;
	size_t low = 0, high = 0;

	if (c < 0x80) {
		low = html_entity_first[c];
		high = html_entity_first[c + 1];
	}
	for (size_t depth = 1; low < high; depth++) {
		if (html_entities[low].name_n == depth)
			best = &html_entities[low];
		if (depth == text.n)
			break;
		c = (unsigned char)text.p[depth];
		if (c == 0 || c >= 0x80)
			break;
		low = find_row(low, high, depth, c);
		high = find_row(low, high, depth, c + 1);
	}
	return best;
}

/* Most references of mail are one of two: they are not searched for. */
static size_t find_usual(struct span text, struct span *out)
{
	static const struct span amp = SPAN_INIT("&amp;"), nbsp = SPAN_INIT("&nbsp;");

	if (span_starts(text, amp)) {
		*out = SPAN("&");
		return amp.n;
	}
	if (span_starts(text, nbsp)) {
		*out = SPAN("\xc2\xa0");
		return nbsp.n;
	}
	return 0;
}

static size_t find_named(struct span text, bool is_in_attribute, struct span *out)
{
	const struct html_entity *e;
	size_t n = find_usual(text, out);

	if (n > 0)
		return n;
	e = find_name(span_from_offset(text, 1));
	if (e == NULL)
		return 0;
	n = 1 + (size_t)e->name_n;
	/* "?a=1&copy=2" is a link with two arguments */
	if (is_in_attribute && text.p[n - 1] != ';' && n < text.n &&
		(text.p[n] == '=' || byte_is_alnum(text.p[n])))
		return 0;
	*out = span_from(html_entity_values + e->value, e->value_n);
	return n;
}

static size_t find_numeric(struct span text, char bytes[UTF8_CHAR_MOST], struct span *out)
{
	bool is_hex = text.n > 2 && byte_lower(text.p[2]) == 'x';
	size_t start = is_hex ? 3 : 2, at;
	uint32_t c = 0;

	for (at = start; at < text.n; at++) {
		int value = byte_hex_value(text.p[at]);

		if (value == -1 || (!is_hex && value > 9))
			break;
		c = c * (is_hex ? 16 : 10) + (uint32_t)value;
		if (c > 0x10ffff)
			c = 0x110000; /* stays too large, whatever follows */
	}
	if (at == start)
		return 0;
	if (at < text.n && text.p[at] == ';')
		at++;
	if (c >= 0x80 && c < 0xa0 && windows[c - 0x80] != 0)
		c = windows[c - 0x80];
	/* what is no character is written as UTF8_REPLACEMENT */
	*out = span_from(bytes, utf8_write(c == 0 ? UTF8_REPLACEMENT : c, bytes));
	return at;
}

size_t html_find_reference(struct span text, bool is_in_attribute, char bytes[UTF8_CHAR_MOST],
	struct span *out)
{
	if (text.n > 1 && text.p[1] == '#')
		return find_numeric(text, bytes, out);
	return find_named(text, is_in_attribute, out);
}
