/* Text as a reader has it: blanks as one, line ends where blocks end. */
#include "html/html.h"

#include "html/view_inner.h"

void html_writer_init(struct html_writer *w, struct arena *a, size_t most)
{
	buf_init(&w->out, a, most);
	w->gap = HTML_GAP_NONE;
}

void html_add_gap(struct html_writer *w, enum html_gap gap)
{
	if (gap > w->gap)
		w->gap = gap;
}

void html_add_line_end(struct html_writer *w)
{
	w->gap = w->gap >= HTML_GAP_LINE ? HTML_GAP_LINES : HTML_GAP_LINE;
}

static void write_gap(struct html_writer *w)
{
	static const struct span gaps[] = {SPAN_INIT(""), SPAN_INIT(" "), SPAN_INIT("\n"),
		SPAN_INIT("\n\n")};

	enum html_gap gap = w->gap;

	if (gap == HTML_GAP_NONE)
		return;
	/* the last line of pre may have its end */
	if (gap >= HTML_GAP_LINE && w->out.n > 0 && w->out.p[w->out.n - 1] == '\n')
		gap = gap == HTML_GAP_LINES ? HTML_GAP_LINE : HTML_GAP_NONE;
	if (w->out.n > 0)
		buf_add(&w->out, gaps[gap]);
	w->gap = HTML_GAP_NONE;
}

static void add_step(struct arena *a, struct html_steps *steps, size_t text, size_t document)
{
	if (steps == NULL)
		return;
	if (steps->n > 0) {
		struct html_step last = steps->v[steps->n - 1];

		if (document - last.document == text - last.text)
			return;
	}
	*VEC_ADD(a, steps) = (struct html_step){text, document};
}

/* CR is none of the tokenizer's; form feed is a blank of HTML, vertical tab is not. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* U+00A0: a reader sees a blank, but it does not go together with others. */
static bool is_fixed_blank(struct span s, size_t at)
{
	return s.p[at] == '\xc2' && at + 1 < s.n && s.p[at + 1] == '\xa0';
}

/* raw loop: how far words go that stand one blank apart */
static size_t run_length(struct span s, bool is_pre)
{
	size_t i = 0;

	for (; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > ' ' && c != 0xc2)
			continue;
		if (c == 0xc2) {
			if (is_fixed_blank(s, i))
				break;
			continue;
		}
		if (is_pre || !is_blank((char)c))
			continue;
		if (c != ' ' || i + 1 == s.n || is_blank(s.p[i + 1]))
			break;
	}
	return i;
}

/* raw loop: blanks at the start */
static size_t blank_length(struct span s)
{
	size_t i = 0;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	return i;
}

/* How far `n` bytes of the text go in the document, where a line end may be CR LF. */
static size_t advance(struct span text, size_t i, size_t n, struct span raw, size_t at)
{
	for (; n > 0 && at < raw.n; n--, i++)
		at += text.p[i] == '\n' && raw.p[at] == '\r' && at + 1 < raw.n &&
				raw.p[at + 1] == '\n'
			? 2
			: 1;
	return at;
}

size_t html_add_text(struct html_writer *w, struct html_place place, bool is_pre, struct arena *a,
	struct html_steps *steps)
{
	struct span text = place.text;
	bool is_direct = text.p == place.raw.p;
	size_t first = SIZE_MAX, i = 0, at = 0, n;

	for (; i < text.n && !w->out.full; i += n) {
		struct span rest = span_from_offset(text, i);
		size_t blanks = blank_length(rest);

		if (blanks > 0 && !is_pre) {
			html_add_gap(w, HTML_GAP_BLANK);
			n = blanks;
		} else {
			write_gap(w);
			add_step(a, steps, w->out.n, place.origin + (is_direct ? i : at));
			if (is_fixed_blank(rest, 0)) {
				n = 2;
				buf_add_byte(&w->out, ' ');
			} else {
				n = run_length(rest, is_pre);
				if (first == SIZE_MAX && blanks < n)
					first = w->out.n + blanks;
				buf_add(&w->out, span_slice(rest, 0, n));
			}
		}
		if (!is_direct && steps != NULL)
			at = advance(text, i, n, place.raw, at);
	}
	return first;
}
