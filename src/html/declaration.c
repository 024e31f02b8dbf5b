/*
 * Comments and doctypes (HTML Standard sections 13.2.5.41 to 13.2.5.68).
 */
#include "html/inner.h"

/* ---- comments ---- */

/* Where the comment's text ends from `at` on, and in `end` what comes behind it. */
static size_t find_comment_end(struct span input, size_t at, size_t *end)
{
	struct span rest = span_from_offset(input, at);
	static const char stops[4] = ">>>>";

	/* <!--> and <!---> are whole */
	if (span_starts(rest, SPAN(">")) || span_starts(rest, SPAN("->"))) {
		*end = at + (rest.p[0] == '>' ? 1 : 2);
		return at;
	}
	for (size_t i = html_find_any(rest, 0, stops); i < rest.n;
		i = html_find_any(rest, i + 1, stops)) {
		struct span text = span_slice(rest, 0, i);
		size_t n = span_ends(text, SPAN("--")) ? 2 : span_ends(text, SPAN("--!")) ? 3 : 0;

		if (n > 0) {
			*end = at + i + 1;
			return at + i - n;
		}
	}
	*end = input.n;
	if (span_ends(rest, SPAN("--!")))
		return input.n - 3;
	return input.n - (span_ends(rest, SPAN("--")) ? 2 : span_ends(rest, SPAN("-")) ? 1 : 0);
}

void html_read_comment(struct html_tokenizer *t, struct html_token *out)
{
	size_t start = t->at + 4, end = find_comment_end(t->input, start, &t->at);

	out->kind = HTML_COMMENT;
	out->text = html_clean(t, span_from(t->input.p + start, end - start));
}

void html_read_bogus_comment(struct html_tokenizer *t, size_t skip, struct html_token *out)
{
	struct span rest = span_from_offset(t->input, t->at + skip);
	size_t n = span_find_byte(rest, '>');

	out->kind = HTML_COMMENT;
	out->text = html_clean(t, span_slice(rest, 0, n));
	t->at += skip + (n == rest.n ? n : n + 1);
}

/* ---- doctypes ---- */

static bool ends_here(struct span input, size_t at)
{
	return at == input.n || input.p[at] == '>';
}

/* An identifier in quotes; what ends before its quote is kept, too. False when it ends so, or has no quote. */
static bool read_id(struct html_tokenizer *t, size_t *at, struct span *out)
{
	struct span input = t->input;
	char stops[4] = ">>>>";
	size_t start, end;

	if (*at == input.n || (input.p[*at] != '"' && input.p[*at] != '\''))
		return false;
	stops[0] = input.p[*at];
	start = *at + 1;
	end = html_find_any(input, start, stops);
	*out = html_clean(t, span_from(input.p + start, end - start));
	*at = end;
	if (ends_here(input, end))
		return false;
	*at = end + 1;
	return true;
}

/* What follows the name; false when the document is to be shown as old ones are. */
static bool read_ids(struct html_tokenizer *t, size_t *at, struct html_token *out)
{
	struct span input = t->input, rest = span_from_offset(input, *at);
	bool is_public = span_starts_nocase(rest, SPAN("public"));

	if (rest.n > 0 && rest.p[0] == '>')
		return true;
	if (!is_public && !span_starts_nocase(rest, SPAN("system")))
		return false;
	*at = html_skip_blanks(input, *at + 6);
	if (!is_public) {
		if (!read_id(t, at, &out->system_id))
			return false;
	} else {
		if (!read_id(t, at, &out->public_id))
			return false;
		*at = html_skip_blanks(input, *at);
		if (*at < input.n && input.p[*at] == '>')
			return true;
		if (!read_id(t, at, &out->system_id))
			return false;
	}
	/* what stands behind the last one does no harm */
	*at = html_skip_blanks(input, *at);
	return *at < input.n;
}

void html_read_doctype(struct html_tokenizer *t, struct html_token *out)
{
	struct span input = t->input;
	size_t start = html_skip_blanks(input, t->at + 9), at = start; /* <!doctype */

	while (at < input.n &&
		(html_byte(input.p[at]) & (HTML_BYTE_BLANK | HTML_BYTE_GREATER)) == 0)
		at++;
	out->kind = HTML_DOCTYPE;
	if (at > start)
		out->name = html_clean_name(t, span_from(input.p + start, at - start));
	at = html_skip_blanks(input, at);
	out->is_quirky = !read_ids(t, &at, out) || span_is_null(out->name);
	at += span_find_byte(span_from_offset(input, at), '>');
	t->at = at == input.n ? at : at + 1;
}
