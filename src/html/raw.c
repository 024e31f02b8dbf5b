/*
 * Where text ends that is no markup: that of title, style, script and the like (HTML Standard sections 13.2.5.9 to
 * 13.2.5.31, 13.2.5.69).
 */
#include "html/inner.h"

/* True when what follows at `at` is the word and a byte that ends the name of a tag. */
static bool is_word(struct span input, size_t at, struct span word)
{
	struct span rest = span_from_offset(input, at);

	return word.n > 0 && rest.n > word.n && span_starts_nocase(rest, word) &&
		(html_byte(rest.p[word.n]) &
			(HTML_BYTE_BLANK | HTML_BYTE_SLASH | HTML_BYTE_GREATER)) != 0;
}

static bool is_end_tag(const struct html_tokenizer *t, size_t at)
{
	return at + 1 < t->input.n && t->input.p[at + 1] == '/' &&
		is_word(t->input, at + 2, t->last_start);
}

static size_t find_end_tag(const struct html_tokenizer *t)
{
	static const char stops[4] = "<<<<";
	size_t at = html_find_any(t->input, t->at, stops);

	while (at < t->input.n && !is_end_tag(t, at))
		at = html_find_any(t->input, at + 1, stops);
	return at;
}

/*
 * A script may have a comment in it, and in that a script: within the inner one, </script> ends only that. The dashes
 * that open a comment may be those that close it.
 */
static size_t find_script_end(const struct html_tokenizer *t)
{
	static const char outside[4] = "<<<<", inside[4] = "<><>";
	struct span input = t->input;
	enum { OUTSIDE, COMMENT, INNER } level = OUTSIDE;
	size_t at = t->at, dashes = 0; /* from where on dashes count */

	for (;; at++) {
		at = html_find_any(input, at, level == OUTSIDE ? outside : inside);
		if (at == input.n)
			return at;
		if (input.p[at] == '>') {
			if (at >= dashes + 2 && input.p[at - 1] == '-' && input.p[at - 2] == '-')
				level = OUTSIDE;
		} else if (level != INNER && is_end_tag(t, at)) {
			return at;
		} else if (level == OUTSIDE) {
			if (span_starts(span_from_offset(input, at), SPAN("<!--"))) {
				level = COMMENT;
				dashes = at + 2;
			}
		} else if (level == COMMENT) {
			if (is_word(input, at + 1, SPAN("script")))
				level = INNER;
		} else if (at + 1 < input.n && input.p[at + 1] == '/' &&
			is_word(input, at + 2, SPAN("script"))) {
			level = COMMENT;
		}
	}
}

size_t html_find_text_end(const struct html_tokenizer *t)
{
	switch (t->state) {
	case HTML_RCDATA:
	case HTML_RAWTEXT:
		return find_end_tag(t);
	case HTML_SCRIPT:
		return find_script_end(t);
	case HTML_CDATA:
		return t->at + span_find(span_from_offset(t->input, t->at), SPAN("]]>"));
	case HTML_DATA:
	case HTML_PLAINTEXT:
		break;
	}
	return t->input.n;
}
