/*
 * Tags and their attributes (HTML Standard sections 13.2.5.6 to 13.2.5.8, 13.2.5.32 to 13.2.5.40).
 */
#include "html/inner.h"
#include "html/view_inner.h"

_Static_assert((unsigned)HTML_KNOWN_ATTR_COUNT <= HTML_ATTRS_MORE,
	"there is room for all attributes that the view knows");

enum { ENDS_NAME = HTML_BYTE_BLANK | HTML_BYTE_SLASH | HTML_BYTE_GREATER };

/* Skips bytes until one of the kinds; what was seen on the way is in `seen`. */
static size_t skip_until(struct span input, size_t at, unsigned kinds, unsigned *seen)
{
	for (; at < input.n; at++) {
		unsigned kind = html_byte(input.p[at]);

		if ((kind & kinds) != 0)
			break;
		*seen |= kind;
	}
	return at;
}

/* The name as it is kept: what is written small already is pointed at. */
static struct span make_name(struct html_tokenizer *t, struct span name, unsigned seen)
{
	if ((seen & (HTML_BYTE_UPPER | HTML_BYTE_NUL)) == 0)
		return name;
	return html_clean_name(t, name);
}

static size_t read_tag_name(struct html_tokenizer *t, size_t at, struct html_token *out)
{
	unsigned seen = 0;
	size_t end = skip_until(t->input, at, ENDS_NAME, &seen);
	struct span name = span_from(t->input.p + at, end - at);

	if ((seen & HTML_BYTE_UPPER) != 0 && name.n <= HTML_TAG_NAME_MOST) {
		char lower[HTML_TAG_NAME_MOST];

		for (size_t i = 0; i < name.n; i++)
			lower[i] = byte_lower(name.p[i]);
		out->tag = html_find_tag(span_from(lower, name.n));
		if (out->tag != HTML_TAG_UNKNOWN) {
			out->name = html_tag_name(out->tag);
			return end;
		}
	} else {
		out->tag = html_find_tag(name);
	}
	out->name = make_name(t, name, seen);
	return end;
}

/* Its length and three of its bytes, which tell usual names apart. */
static uint32_t key_of(struct span name)
{
	return (uint32_t)name.n << 24 | (uint32_t)(unsigned char)name.p[name.n - 1] << 16 |
		(uint32_t)(unsigned char)name.p[name.n / 2] << 8 | (unsigned char)name.p[0];
}

static uint64_t known_bit(enum html_known_attr which)
{
	return which == HTML_KNOWN_ATTR_COUNT ? 0 : UINT64_C(1) << which;
}

/* Browsers know no limit, so that what matters may not hide behind what does not. */
static struct html_attr *add_known(struct html_tokenizer *t, struct span name,
	struct html_token *out)
{
	enum html_known_attr which = html_find_attr(name);

	if (!out->is_cut) {
		out->is_cut = true;
		t->known_attrs = 0;
		for (size_t i = 0; i < out->attr_count; i++)
			t->known_attrs |= known_bit(html_find_attr(t->attrs[i].name));
	}
	if ((known_bit(which) & ~t->known_attrs) == 0)
		return NULL;
	t->known_attrs |= known_bit(which);
	t->attrs[out->attr_count] = (struct html_attr){.name = name, .value = SPAN("")};
	return &t->attrs[out->attr_count++];
}

/* A place for an attribute of the name; NULL when there is one already, or too many. */
static struct html_attr *add_attr(struct html_tokenizer *t, struct span name,
	struct html_token *out)
{
	uint32_t key = key_of(name);

	if (out->is_cut)
		return add_known(t, name, out);
	for (size_t i = 0; i < out->attr_count; i++)
		if (t->attr_keys[i] == key && span_equal(t->attrs[i].name, name))
			return NULL;
	if (out->attr_count == HTML_ATTRS_MOST)
		return add_known(t, name, out);
	t->attr_keys[out->attr_count] = key;
	t->attrs[out->attr_count] = (struct html_attr){.name = name, .value = SPAN("")};
	return &t->attrs[out->attr_count++];
}

struct value {
	struct span text; /* as it was written */
	bool is_clean;    /* there is nothing to change in it */
};

/* One search finds the quote that ends most values, and that there is nothing to change before it. */
static size_t read_quoted(struct span input, size_t at, char quote, struct value *out)
{
	const char stops[4] = {quote, '&', '\r', '\0'};
	size_t end = html_find_any(input, at, stops);

	out->is_clean = end == input.n || input.p[end] == quote;
	if (!out->is_clean)
		end += span_find_byte(span_from_offset(input, end), quote);
	out->text = span_from(input.p + at, end - at);
	return end == input.n ? end : end + 1;
}

/* The value behind the equals sign; the place behind it, input.n when it does not end. */
static size_t read_value(struct span input, size_t at, struct value *out)
{
	size_t end;
	unsigned seen = 0;

	at = html_skip_blanks(input, at);
	if (at == input.n || input.p[at] == '>')
		return at;
	if (input.p[at] == '"' || input.p[at] == '\'')
		return read_quoted(input, at + 1, input.p[at], out);
	end = skip_until(input, at, HTML_BYTE_BLANK | HTML_BYTE_GREATER, &seen);
	out->text = span_from(input.p + at, end - at);
	out->is_clean = (seen & (HTML_BYTE_AMPERSAND | HTML_BYTE_NUL)) == 0;
	return end;
}

static size_t read_attr(struct html_tokenizer *t, size_t at, bool is_end, struct html_token *out)
{
	struct span input = t->input;
	struct value value = {SPAN(""), true};
	unsigned seen = html_byte(input.p[at]);
	/* an equals sign that stands first belongs to the name */
	size_t end = skip_until(input, at + 1, ENDS_NAME | HTML_BYTE_EQUALS, &seen);
	struct span name = span_from(input.p + at, end - at);
	struct html_attr *attr;

	at = html_skip_blanks(input, end);
	if (at < input.n && input.p[at] == '=')
		at = read_value(input, at + 1, &value);
	if (is_end)
		return at;
	attr = add_attr(t, make_name(t, name, seen), out);
	if (attr != NULL)
		attr->value = value.is_clean ? value.text : html_clean_value(t, value.text);
	return at;
}

bool html_read_tag(struct html_tokenizer *t, bool is_end, struct html_token *out)
{
	struct span input = t->input;
	size_t at = read_tag_name(t, t->at + (is_end ? 2 : 1), out);

	out->kind = is_end ? HTML_END_TAG : HTML_START_TAG;
	out->attrs = t->attrs;
	for (;;) {
		at = html_skip_blanks(input, at);
		if (at == input.n) {
			t->at = at;
			return false;
		}
		if (input.p[at] == '>')
			break;
		if (input.p[at] != '/') {
			at = read_attr(t, at, is_end, out);
		} else if (++at < input.n && input.p[at] == '>') {
			out->is_self_closing = true;
			break;
		}
	}
	t->at = at + 1;
	if (!is_end)
		t->last_start = out->name;
	return true;
}
