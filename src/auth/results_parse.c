/*
 * Authentication-Results, read (RFC 8601 section 2.2).
 *
 * DESIGN: one cursor that only goes forward; each piece of the grammar is a function that says whether it was there.
 * Comments are counted, not called for each other, so that nesting costs nothing. More is taken for a word than the
 * grammar allows, as servers write it; what cannot be read at all ends the reading, and what came before stays.
 */
#include "auth/auth.h"

struct cursor {
	struct arena *arena;
	struct span rest;
	size_t properties; /* of all methods so far */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct cursor *c, size_t n)
{
	c->rest = span_from_offset(c->rest, n);
}

/* The length of the comment at the start, or 0 when it is not closed. */
static size_t comment_size(struct span s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Blanks, folds and comments; false when a comment is not closed. */
static bool skip_gaps(struct cursor *c)
{
	while (c->rest.n > 0) {
		size_t n = 1;

		if (*c->rest.p == '(')
			n = comment_size(c->rest);
		else if (!is_blank(*c->rest.p))
			return true;
		if (n == 0)
			return false;
		skip(c, n);
	}
	return true;
}

static bool take_byte(struct cursor *c, char byte)
{
	if (c->rest.n == 0 || *c->rest.p != byte)
		return false;
	skip(c, 1);
	return true;
}

/* The rest of a quoted string into `out`; false when it is not closed. */
static bool take_quoted(struct cursor *c, struct buf *out)
{
	struct span s = c->rest;

	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"') {
			skip(c, i + 1);
			return true;
		}
		if (s.p[i] == '\\' && ++i == s.n)
			return false;
		/* folds within are no part of the text (RFC 5322 section 3.2.4) */
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_add_byte(out, s.p[i]);
	}
	return false;
}

/* Letters, digits and what `more` holds; false when there is none. */
static bool take_word(struct cursor *c, const char *more, struct span *out)
{
	struct span marks = span_of(more);
	size_t n = 0;

	while (n < c->rest.n && (byte_is_alnum(c->rest.p[n]) || span_has_byte(marks, c->rest.p[n])))
		n++;
	*out = span_slice(c->rest, 0, n);
	skip(c, n);
	return n > 0;
}

/*
 * A value: words and quoted strings that touch each other, up to a blank, a comment or a semicolon: so
 * "a b"@c.example is one, and an address with any signs in it.
 */
static bool take_value(struct cursor *c, struct span *out)
{
	struct span start = c->rest;
	struct buf text;
	bool is_quoted = false;

	buf_init(&text, c->arena, c->rest.n);
	while (c->rest.n > 0 && !is_blank(*c->rest.p) && *c->rest.p != ';' && *c->rest.p != '(' &&
		*c->rest.p != ')') {
		if (*c->rest.p != '"') {
			if (is_quoted)
				buf_add_byte(&text, *c->rest.p);
			skip(c, 1);
			continue;
		}
		if (!is_quoted)
			buf_add(&text, span_slice(start, 0, start.n - c->rest.n));
		is_quoted = true;
		if (!take_quoted(c, &text))
			return false;
	}
	*out = is_quoted ? buf_span(&text) : span_slice(start, 0, start.n - c->rest.n);
	return c->rest.n < start.n;
}

static bool take_equals(struct cursor *c)
{
	return skip_gaps(c) && take_byte(c, '=') && skip_gaps(c);
}

/* methodspec: method [/ version] = result */
static bool take_method(struct cursor *c, struct auth_method *out)
{
	struct span version;

	if (!take_word(c, "-_", &out->method) || !skip_gaps(c))
		return false;
	if (take_byte(c, '/') && (!skip_gaps(c) || !take_word(c, "", &version) || !skip_gaps(c)))
		return false;
	return take_equals(c) && take_word(c, "-_", &out->result);
}

struct properties {
	VEC(struct auth_property);
};

/* reason = value, or ptype . property = pvalue; some servers leave the ptype out (`action=none`) */
static bool take_property(struct cursor *c, struct auth_method *method, struct properties *list)
{
	struct auth_property p;

	if (!take_word(c, "-_", &p.type) || !skip_gaps(c))
		return false;
	if (span_equal_nocase(p.type, SPAN("reason")) && c->rest.n > 0 && *c->rest.p == '=')
		return take_equals(c) && take_value(c, &method->reason);
	p.name = p.type;
	if (!take_byte(c, '.'))
		p.type = SPAN("");
	else if (!skip_gaps(c) || !take_word(c, "-_", &p.name))
		return false;
	if (!take_equals(c) || !take_value(c, &p.value))
		return false;
	if (c->properties++ == AUTH_PROPERTIES_MOST)
		return false;
	*VEC_ADD(c->arena, list) = p;
	return true;
}

/* All up to the next semicolon. */
static bool take_result(struct cursor *c, struct auth_method *out)
{
	struct properties list = {.n = 0};
	bool ok = take_method(c, out) && skip_gaps(c);

	while (ok && c->rest.n > 0 && *c->rest.p != ';')
		ok = take_property(c, out, &list) && skip_gaps(c);
	out->properties = list.v;
	out->property_count = list.n;
	return ok;
}

/* "none" alone says that nothing was checked. */
static bool take_none(struct cursor *c)
{
	struct cursor ahead = *c;
	struct span word;

	if (!take_word(&ahead, "-_=./", &word) || !span_equal_nocase(word, SPAN("none")) ||
		!skip_gaps(&ahead) || ahead.rest.n > 0)
		return false;
	*c = ahead;
	return true;
}

static bool take_results(struct cursor *c, struct auth_results *out)
{
	struct {
		VEC(struct auth_method);
	} methods = {0};
	bool ok = true;

	while (ok && c->rest.n > 0) {
		struct auth_method method = {.property_count = 0};

		ok = take_byte(c, ';') && skip_gaps(c);
		/* a semicolon at the end, or two of them, are met */
		if (!ok || c->rest.n == 0 || *c->rest.p == ';' || take_none(c))
			continue;
		ok = methods.n < AUTH_RESULTS_MOST && take_result(c, &method);
		if (ok)
			*VEC_ADD(c->arena, &methods) = method;
	}
	out->methods = methods.v;
	out->method_count = methods.n;
	return ok;
}

bool auth_results_parse(struct arena *a, struct span value, struct auth_results *out)
{
	struct cursor c = {.arena = a, .rest = value};
	struct span version;

	*out = (struct auth_results){.method_count = 0};
	if (!skip_gaps(&c) || !take_value(&c, &out->authserv_id) || out->authserv_id.n == 0)
		return false;
	out->is_malformed = !skip_gaps(&c);
	if (!out->is_malformed && c.rest.n > 0 && byte_is_digit(*c.rest.p))
		out->is_malformed = !take_word(&c, "", &version) || !skip_gaps(&c);
	if (!out->is_malformed)
		out->is_malformed = !take_results(&c, out);
	return true;
}
