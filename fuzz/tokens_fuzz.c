/*
 * Documents cut into tokens: the first byte chooses the state to begin in and whether tags change it. Tokens stand in
 * order within the input, what lies between them is what has no token, names are as browsers keep them, copies are
 * bounded, and line ends make no difference.
 */
#include "html/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct span part, struct span whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void check_name(struct span name)
{
	must(name.n > 0);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		must(c == byte_lower(c) && c != '\0' && c != '>' &&
			(c == '\v' || !byte_is_space(c)));
	}
}

static void check_tag(const struct html_token *token)
{
	check_name(token->name);
	must(token->tag == html_find_tag(token->name));
	must(token->kind == HTML_START_TAG || token->attr_count == 0);
	must(token->attr_count <= HTML_ATTRS_MOST + HTML_ATTRS_MORE);
	for (size_t i = 0; i < token->attr_count; i++) {
		check_name(token->attrs[i].name);
		must(!span_has_byte(token->attrs[i].value, '\0'));
		for (size_t k = 0; k < i; k++)
			must(!span_equal(token->attrs[k].name, token->attrs[i].name));
	}
}

/* What lies between tokens: the CR of a CRLF, an end tag without a name, the ends of CDATA, a tag that does not end. */
static void check_gap(struct span input, size_t start, size_t end, bool is_last)
{
	struct span gap = span_slice(input, start, end - start);

	while (gap.n > 0) {
		static const struct span nothing[] = {SPAN_INIT("\r"), SPAN_INIT("</>"),
			SPAN_INIT("<![CDATA["), SPAN_INIT("]]>")};
		size_t i = 0;

		while (i < ARRAY_LEN(nothing) && !span_starts(gap, nothing[i]))
			i++;
		if (i == ARRAY_LEN(nothing)) {
			must(is_last && gap.p[0] == '<');
			return;
		}
		gap = span_from_offset(gap, nothing[i].n);
	}
}

static void check_token(const struct html_token *token, struct span input)
{
	struct span place = span_slice(input, token->start, token->end - token->start);

	must(token->start < token->end && token->end <= input.n);
	switch (token->kind) {
	case HTML_TEXT:
		must(token->text.n > 0);
		if (is_within(token->text, input))
			must(token->text.p == place.p && token->text.n == place.n);
		else
			must(token->text.n <= 6 && !span_has_byte(token->text, '\0'));
		break;
	case HTML_START_TAG:
	case HTML_END_TAG:
		check_tag(token);
		must(place.p[0] == '<' && place.p[place.n - 1] == '>');
		break;
	case HTML_COMMENT:
		must(!span_has_byte(token->text, '\0'));
		must(place.p[0] == '<');
		break;
	case HTML_DOCTYPE:
		must(token->is_quirky || !span_is_null(token->name));
		must(span_starts_nocase(place, SPAN("<!doctype")));
		break;
	}
}

/* Puts what a token means behind the others; texts run into each other. */
static void add_token(struct buf *out, const struct html_token *token)
{
	if (token->kind == HTML_TEXT) {
		buf_add(out, token->text);
		return;
	}
	buf_printf(out, "[%d,%d,%d,%d,", token->kind, token->is_quirky, token->is_self_closing,
		token->is_cut);
	buf_add(out, token->name);
	buf_add(out, token->text);
	buf_add(out, token->public_id);
	buf_add(out, token->system_id);
	for (size_t i = 0; i < token->attr_count; i++) {
		buf_add_byte(out, ' ');
		buf_add(out, token->attrs[i].name);
		buf_add_byte(out, '=');
		buf_add(out, token->attrs[i].value);
	}
	buf_add_byte(out, ']');
}

static struct span read_tokens(struct arena *a, struct span input, enum html_state state,
	bool is_tree)
{
	struct arena *copies = arena_make();
	struct html_tokenizer t;
	struct html_token token;
	struct buf out;
	size_t end = 0;

	buf_init(&out, a, 64 << 20);
	html_tokenizer_init(&t, copies, input, state, SPAN("title"));
	while (html_next_token(&t, &token)) {
		must(token.start >= end);
		check_gap(input, end, token.start, false);
		check_token(&token, input);
		end = token.end;
		add_token(&out, &token);
		if (is_tree && token.kind == HTML_START_TAG) {
			if (html_state_of(token.tag) != HTML_DATA)
				html_set_state(&t, html_state_of(token.tag));
			html_set_foreign(&t, token.tag == HTML_TAG_SVG);
		}
	}
	must(!html_next_token(&t, &token));
	check_gap(input, end, input.n, true);
	must(arena_used(copies) <= 3 * input.n + 8192);
	arena_free(copies);
	return buf_span(&out);
}

/* CRLF for LF, CR for CRLF, LF for CR: each is one line end. */
static struct span change_line_ends(struct arena *a, struct span in)
{
	struct buf out;

	buf_init(&out, a, 2 * in.n + 1);
	for (size_t i = 0; i < in.n; i++) {
		bool is_pair = in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n';

		if (is_pair || in.p[i] == '\r')
			buf_add_byte(&out, '\n');
		else if (in.p[i] == '\n')
			buf_add_string(&out, "\r\n");
		else
			buf_add_byte(&out, in.p[i]);
		i += is_pair;
	}
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct span input, first, second;
	enum html_state state;
	bool is_tree;

	if (size == 0) {
		arena_free(a);
		return 0;
	}
	state = (enum html_state)(data[0] % (HTML_CDATA + 1));
	is_tree = (data[0] & 0x80) != 0;
	input = span_from((const char *)data + 1, size - 1);
	first = read_tokens(a, input, state, is_tree);
	second = read_tokens(a, change_line_ends(a, input), state, is_tree);
	must(span_equal(first, second));
	arena_free(a);
	return 0;
}
