/*
 * Documents cut into tokens (HTML Standard section 13.2.5).
 *
 * DESIGN. The Standard describes a machine that looks at one character at a time in eighty states. Here each state that
 * has a length (a text, a name, a value) is a run: one search for the byte that ends it, so that most bytes are looked at
 * once, sixteen together. Text is given out in pieces between what has to be changed in it, so that it need not be
 * copied: CRLF is two pieces, the second of which begins with the LF.
 */
#include "html/inner.h"

static const struct span replacement = SPAN_INIT("\xef\xbf\xbd");

static const struct {
	char stops[4]; /* what a run of text ends before */
	bool keeps_nul;
	bool has_references;
} states[] = {
	[HTML_DATA] = {{'<', '&', '\r', '\r'}, true, true},
	[HTML_RCDATA] = {{'&', '\r', '\0', '\0'}, false, true},
	[HTML_RAWTEXT] = {{'\r', '\0', '\r', '\0'}, false, false},
	[HTML_SCRIPT] = {{'\r', '\0', '\r', '\0'}, false, false},
	[HTML_PLAINTEXT] = {{'\r', '\0', '\r', '\0'}, false, false},
	[HTML_CDATA] = {{'\r', '\r', '\r', '\r'}, true, false},
};

void html_tokenizer_init(struct html_tokenizer *t, struct arena *a, struct span input,
	enum html_state state, struct span last_start)
{
	t->arena = a;
	t->input = span_slice(input, 0, HTML_BYTES_MOST);
	t->at = 0;
	t->state = state;
	t->has_text_end = false;
	t->last_start = last_start;
	t->has_foreign = false;
	t->spare = NULL;
	t->spare_n = 0;
}

void html_set_state(struct html_tokenizer *t, enum html_state state)
{
	t->state = state;
	t->has_text_end = false;
}

void html_set_foreign(struct html_tokenizer *t, bool is_foreign)
{
	t->has_foreign = is_foreign;
}

enum html_state html_state_of(enum html_tag tag)
{
	switch (tag) {
	case HTML_TAG_TITLE:
	case HTML_TAG_TEXTAREA:
		return HTML_RCDATA;
	case HTML_TAG_STYLE:
	case HTML_TAG_XMP:
	case HTML_TAG_IFRAME:
	case HTML_TAG_NOEMBED:
	case HTML_TAG_NOFRAMES:
		return HTML_RAWTEXT;
	case HTML_TAG_SCRIPT:
		return HTML_SCRIPT;
	case HTML_TAG_PLAINTEXT:
		return HTML_PLAINTEXT;
	default:
		return HTML_DATA;
	}
}

static bool give_text(struct html_tokenizer *t, struct span text, size_t taken,
	struct html_token *out)
{
	out->kind = HTML_TEXT;
	out->text = text;
	out->tag = HTML_TAG_UNKNOWN;
	t->at += taken;
	return true;
}

enum markup { MARKUP_TOKEN, MARKUP_NOTHING, MARKUP_TEXT };

static enum markup read_declaration(struct html_tokenizer *t, struct span rest,
	struct html_token *out)
{
	if (span_starts(rest, SPAN("<!--"))) {
		html_read_comment(t, out);
	} else if (span_starts_nocase(rest, SPAN("<!doctype"))) {
		html_read_doctype(t, out);
	} else if (t->has_foreign && span_starts(rest, SPAN("<![CDATA["))) {
		t->at += 9;
		html_set_state(t, HTML_CDATA);
		return MARKUP_NOTHING;
	} else {
		html_read_bogus_comment(t, 2, out);
	}
	return MARKUP_TOKEN;
}

/* Section 13.2.5.6 and 13.2.5.7: what the < in front of a tag, comment or declaration means. */
static enum markup read_markup(struct html_tokenizer *t, struct html_token *out)
{
	struct span rest = span_from_offset(t->input, t->at);
	bool is_end = rest.n > 1 && rest.p[1] == '/';
	char c = rest.n > 1u + is_end ? rest.p[1 + is_end] : ' ';

	if ((html_byte(c) & HTML_BYTE_ALPHA) != 0)
		return html_read_tag(t, is_end, out) ? MARKUP_TOKEN : MARKUP_NOTHING;
	if (is_end) {
		if (rest.n == 2)
			return MARKUP_TEXT;
		if (c == '>') {
			t->at += 3;
			return MARKUP_NOTHING;
		}
		html_read_bogus_comment(t, 2, out);
		return MARKUP_TOKEN;
	}
	if (c == '!')
		return read_declaration(t, rest, out);
	if (c != '?')
		return MARKUP_TEXT;
	html_read_bogus_comment(t, 1, out);
	return MARKUP_TOKEN;
}

static bool read_reference(struct html_tokenizer *t, struct span text, struct html_token *out)
{
	char bytes[UTF8_CHAR_MOST];
	struct span meaning;
	size_t n = html_find_reference(text, false, bytes, &meaning);

	if (n == 0)
		return false;
	if (meaning.p == bytes) {
		char *p = html_reserve(t, meaning.n);

		for (size_t i = 0; i < meaning.n; i++)
			p[i] = bytes[i];
		meaning = html_keep(t, p, meaning.n);
	}
	return give_text(t, meaning, n, out);
}

/* True with a token; false when something was read that is none. */
static bool read_text(struct html_tokenizer *t, struct html_token *out)
{
	struct span input = span_slice(t->input, 0, t->text_end);
	size_t at = t->at, end;
	char c = input.p[at];

	if (c == '<' && t->state == HTML_DATA) {
		enum markup markup = read_markup(t, out);

		if (markup != MARKUP_TEXT)
			return markup == MARKUP_TOKEN;
		at++;
	} else if (c == '&' && states[t->state].has_references) {
		if (read_reference(t, span_from_offset(input, at), out))
			return true;
		at++;
	} else if (c == '\r') {
		if (at + 1 == input.n || input.p[at + 1] != '\n')
			return give_text(t, SPAN("\n"), 1, out);
		t->at = ++at;
		out->start = at;
	} else if (c == '\0' && !states[t->state].keeps_nul) {
		return give_text(t, replacement, 1, out);
	}
	end = html_find_any(input, at, states[t->state].stops);
	return give_text(t, span_from(input.p + t->at, end - t->at), end - t->at, out);
}

/* The end of text that was no markup: its end tag, as a rule. */
static bool read_text_end(struct html_tokenizer *t, struct html_token *out)
{
	bool is_cdata = t->state == HTML_CDATA;

	html_set_state(t, HTML_DATA);
	if (is_cdata) {
		t->at += 3;
		return false;
	}
	return html_read_tag(t, true, out);
}

bool html_next_token(struct html_tokenizer *t, struct html_token *out)
{
	bool found = false;

	while (!found && t->at < t->input.n) {
		*out = (struct html_token){.start = t->at};
		if (!t->has_text_end) {
			t->text_end = html_find_text_end(t);
			t->has_text_end = true;
		}
		found = t->at < t->text_end ? read_text(t, out) : read_text_end(t, out);
	}
	out->end = t->at;
	return found;
}
