/*
 * Selectors of style sheets: types, classes, ids, and where they stand in others.
 *
 * DESIGN: what browsers do not understand voids the whole rule, also the selectors beside it (selectors-4 section
 * 3.9), so all of the syntax is read. What they understand and we do not (siblings, most pseudo-classes) is passed
 * over alone: its element is seen.
 */
#include "html/html.h"

#include "html/view_inner.h"

struct reader {
	struct arena *arena;
	struct span rest;
	struct html_selector *out;
	struct html_compound *part;
	bool is_other; /* it is none of those that we follow, or about no element */
};

static const struct span pseudo_classes[] = {SPAN_INIT("active"), SPAN_INIT("any-link"),
	SPAN_INIT("autofill"), SPAN_INIT("checked"), SPAN_INIT("default"), SPAN_INIT("defined"),
	SPAN_INIT("disabled"), SPAN_INIT("empty"), SPAN_INIT("enabled"), SPAN_INIT("first"),
	SPAN_INIT("first-child"), SPAN_INIT("first-of-type"), SPAN_INIT("focus"),
	SPAN_INIT("focus-visible"), SPAN_INIT("focus-within"), SPAN_INIT("fullscreen"),
	SPAN_INIT("host"), SPAN_INIT("hover"), SPAN_INIT("in-range"), SPAN_INIT("indeterminate"),
	SPAN_INIT("invalid"), SPAN_INIT("last-child"), SPAN_INIT("last-of-type"), SPAN_INIT("link"),
	SPAN_INIT("modal"), SPAN_INIT("only-child"), SPAN_INIT("only-of-type"), SPAN_INIT("open"),
	SPAN_INIT("optional"), SPAN_INIT("out-of-range"), SPAN_INIT("placeholder-shown"),
	SPAN_INIT("popover-open"), SPAN_INIT("read-only"), SPAN_INIT("read-write"),
	SPAN_INIT("required"), SPAN_INIT("root"), SPAN_INIT("scope"), SPAN_INIT("target"),
	SPAN_INIT("user-invalid"), SPAN_INIT("user-valid"), SPAN_INIT("valid"),
	SPAN_INIT("visited"),
	/* elements that may be written as classes (selectors-4 section 3.6) */
	SPAN_INIT("after"), SPAN_INIT("before"), SPAN_INIT("first-letter"),
	SPAN_INIT("first-line")};

static const struct span functions[] = {SPAN_INIT("dir"), SPAN_INIT("has"), SPAN_INIT("host"),
	SPAN_INIT("host-context"), SPAN_INIT("is"), SPAN_INIT("lang"), SPAN_INIT("not"),
	SPAN_INIT("nth-child"), SPAN_INIT("nth-last-child"), SPAN_INIT("nth-last-of-type"),
	SPAN_INIT("nth-of-type"), SPAN_INIT("state"), SPAN_INIT("where")};

static const struct span pseudo_elements[] = {SPAN_INIT("after"), SPAN_INIT("backdrop"),
	SPAN_INIT("before"), SPAN_INIT("cue"), SPAN_INIT("details-content"),
	SPAN_INIT("file-selector-button"), SPAN_INIT("first-letter"), SPAN_INIT("first-line"),
	SPAN_INIT("grammar-error"), SPAN_INIT("highlight"), SPAN_INIT("marker"), SPAN_INIT("part"),
	SPAN_INIT("placeholder"), SPAN_INIT("selection"), SPAN_INIT("slotted"),
	SPAN_INIT("spelling-error"), SPAN_INIT("target-text")};

static bool has_name(const struct span *names, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal_nocase(names[i], name))
			return true;
	return false;
}

static bool is_name_byte(char c)
{
	return byte_is_alnum(c) || c == '-' || c == '_' || (c & 0x80) != 0;
}

/* The byte that comes next; NUL, which none of those that are looked for is, at the end. */
static char next_byte(const struct reader *r)
{
	return r->rest.n > 0 ? r->rest.p[0] : '\0';
}

static void skip(struct reader *r, size_t n)
{
	r->rest = span_from_offset(r->rest, n);
}

static bool take_byte(struct reader *r, char c)
{
	if (next_byte(r) != c)
		return false;
	skip(r, 1);
	return true;
}

static bool skip_blanks(struct reader *r)
{
	size_t before = r->rest.n;

	r->rest = span_trim_start(r->rest);
	return r->rest.n < before;
}

/* raw loop: how many bytes the escape at the start has; 0 when it is none (css-syntax-3 section 4.3.7) */
static size_t escape_length(struct span s)
{
	size_t n = 1;

	if (s.n < 2 || s.p[0] != '\\' || s.p[1] == '\n')
		return 0;
	while (n < 7 && n < s.n && byte_hex_value(s.p[n]) >= 0)
		n++;
	if (n == 1)
		return 2;
	return n + (n < s.n && byte_is_space(s.p[n]));
}

/* A name: no digit stands first, nor behind a hyphen that does. */
static bool take_name(struct reader *r, struct span *out)
{
	struct span s = r->rest;
	size_t n = 0, first;

	for (;;) {
		size_t escape = escape_length(span_from_offset(s, n));

		if (escape == 0 && (n == s.n || !is_name_byte(s.p[n])))
			break;
		n += escape > 0 ? escape : 1;
	}
	first = n > 0 && s.p[0] == '-';
	if (n == first || byte_is_digit(s.p[first]))
		return false;
	*out = html_css_unescape(r->arena, span_slice(s, 0, n));
	skip(r, n);
	return true;
}

static enum html_tag tag_of(struct span name)
{
	for (int i = 0; i < HTML_TAG_UNKNOWN; i++)
		if (span_equal_nocase(html_tag_name((enum html_tag)i), name))
			return (enum html_tag)i;
	return HTML_TAG_UNKNOWN;
}

static void add_type(struct reader *r, struct span name)
{
	r->is_other |= r->part->type.n > 0 && !span_equal_nocase(r->part->type, name);
	r->part->type = name;
	r->part->tag = tag_of(name);
}

static void add_class(struct reader *r, struct span name)
{
	struct html_compound *part = r->part;

	r->out->weight += 1 << 10;
	if (part->class_count < HTML_CLASSES_MOST)
		part->classes[part->class_count++] = name;
	else
		r->is_other = true;
}

static void add_id(struct reader *r, struct span name, uint32_t weight)
{
	r->is_other |= r->part->id.n > 0 && !span_equal_nocase(r->part->id, name);
	r->part->id = name;
	r->out->weight += weight;
}

/* ":link", ":hover", ":not(...)", "::before"; one of a maker of browsers may be known to it. */
static bool read_pseudo(struct reader *r)
{
	bool is_element = take_byte(r, ':'), is_function;
	struct span name;

	if (!take_name(r, &name))
		return false;
	is_function = next_byte(r) == '(';
	if (is_function) {
		size_t n = html_css_bracket(r->rest);

		if (n == 0)
			return false;
		skip(r, n);
	}
	r->out->weight += 1 << 10;
	if (is_element) {
		r->is_other = true;
		return span_starts(name, SPAN("-")) ||
			has_name(pseudo_elements, ARRAY_LEN(pseudo_elements), name);
	}
	if (!is_function && span_equal_nocase(name, SPAN("root")))
		add_type(r, SPAN("html"));
	else if (!is_function &&
		(span_equal_nocase(name, SPAN("link")) ||
			span_equal_nocase(name, SPAN("any-link"))))
		add_type(r, SPAN("a"));
	else
		r->is_other = true;
	return span_starts(name, SPAN("-")) ||
		(is_function ? has_name(functions, ARRAY_LEN(functions), name)
			     : has_name(pseudo_classes, ARRAY_LEN(pseudo_classes), name));
}

static bool take_string(struct reader *r, struct span *out)
{
	char quote = next_byte(r);
	size_t n = 1;

	if (quote != '"' && quote != '\'')
		return false;
	while (n < r->rest.n && r->rest.p[n] != quote)
		n += r->rest.p[n] == '\\' ? 2 : 1;
	if (n >= r->rest.n)
		return false;
	*out = html_css_unescape(r->arena, span_slice(r->rest, 1, n - 1));
	skip(r, n + 1);
	return true;
}

static void add_attr(struct reader *r, struct span name, char sign, struct span value)
{
	bool is_word = value.n > 0 && span_trim(value).n == value.n &&
		span_find_byte(value, ' ') == value.n;

	if (is_word && span_equal_nocase(name, SPAN("class")) && (sign == '=' || sign == '~')) {
		add_class(r, value);
		if (sign == '=')
			r->part->whole = value;
	} else if (is_word && span_equal_nocase(name, SPAN("id")) && sign == '=') {
		add_id(r, value, 1 << 10);
	} else {
		r->is_other = true;
	}
}

/* "[class=x]", "[ID ~= 'y' i]" behind the bracket */
static bool read_attr(struct reader *r)
{
	struct span name, value;
	char sign;

	skip_blanks(r);
	if (!take_name(r, &name))
		return false;
	skip_blanks(r);
	if (take_byte(r, ']')) {
		r->is_other = true;
		return true;
	}
	sign = next_byte(r);
	if (sign == '~' || sign == '|' || sign == '^' || sign == '$' || sign == '*')
		skip(r, 1);
	else
		sign = '=';
	if (!take_byte(r, '='))
		return false;
	skip_blanks(r);
	if (!take_string(r, &value) && !take_name(r, &value))
		return false;
	skip_blanks(r);
	if (byte_lower(next_byte(r)) == 'i' || byte_lower(next_byte(r)) == 's')
		skip(r, 1);
	skip_blanks(r);
	add_attr(r, name, sign, value);
	return take_byte(r, ']');
}

/* "*", "p", "*|p"; other namespaces have no names in mail, which makes a selector void. False for a broken one. */
static bool read_type(struct reader *r, bool *is_there)
{
	struct span name;

	*is_there = take_byte(r, '*');
	if (*is_there && !take_byte(r, '|'))
		return true;
	if (*is_there && take_byte(r, '*'))
		return true;
	if (!is_name_byte(next_byte(r)) && next_byte(r) != '\\')
		return !*is_there;
	if (!take_name(r, &name))
		return false;
	*is_there = true;
	add_type(r, name);
	r->out->weight++;
	return next_byte(r) != '|';
}

/* "td.x#y"; false for what is none. */
static bool read_compound(struct reader *r)
{
	bool is_there, is_good = true;
	struct span name;

	if (!read_type(r, &is_there))
		return false;
	for (; is_good; is_there = true) {
		if (take_byte(r, '.')) {
			is_good = take_name(r, &name);
			if (is_good)
				add_class(r, name);
		} else if (take_byte(r, '#')) {
			is_good = take_name(r, &name);
			if (is_good)
				add_id(r, name, 1 << 20);
		} else if (take_byte(r, '[')) {
			is_good = read_attr(r);
		} else if (take_byte(r, ':')) {
			is_good = read_pseudo(r);
		} else {
			return is_there;
		}
	}
	return false;
}

/* What stands between two parts: ' ', '>', or another one that we do not follow; NUL when nothing does. */
static char take_combinator(struct reader *r)
{
	bool is_blank = skip_blanks(r);

	if (take_byte(r, '>'))
		return '>';
	if (take_byte(r, '+') || take_byte(r, '~')) {
		r->is_other = true;
		return '>';
	}
	return is_blank ? ' ' : '\0';
}

enum html_understood html_take_selector(struct arena *a, struct span *rest,
	struct html_selector *out)
{
	struct reader r = {.arena = a, .rest = *rest, .out = out};
	struct html_compound spare;
	char combinator = ' ';

	out->n = 0;
	out->weight = 0;
	skip_blanks(&r);
	for (;;) {
		if (out->n < HTML_PARTS_MOST) {
			r.part = &out->parts[out->n++];
		} else {
			r.part = &spare;
			r.is_other = true;
		}
		*r.part = (struct html_compound){.combinator = combinator};
		if (!read_compound(&r))
			return HTML_BROKEN;
		combinator = take_combinator(&r);
		if (combinator != '>' && (r.rest.n == 0 || next_byte(&r) == ','))
			break;
		if (combinator == '\0')
			return HTML_BROKEN;
		skip_blanks(&r);
	}
	*rest = r.rest;
	return r.is_other ? HTML_OTHER : HTML_KNOWN;
}
