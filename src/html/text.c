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

size_t html_add_text(struct html_writer *w, struct span text, bool is_pre, size_t origin,
	bool is_direct, struct arena *a, struct html_steps *steps)
{
	size_t first = SIZE_MAX, i = 0;

	while (i < text.n && !w->out.full) {
		struct span rest = span_from_offset(text, i);
		size_t n = is_pre ? 0 : blank_length(rest), blanks;

		if (n > 0) {
			html_add_gap(w, HTML_GAP_BLANK);
			i += n;
			continue;
		}
		write_gap(w);
		add_step(a, steps, w->out.n, is_direct ? origin + i : origin);
		if (is_fixed_blank(rest, 0)) {
			buf_add_byte(&w->out, ' ');
			i += 2;
			continue;
		}
		n = run_length(rest, is_pre);
		blanks = is_pre ? blank_length(rest) : 0;
		if (first == SIZE_MAX && blanks < n)
			first = w->out.n + blanks;
		buf_add(&w->out, span_slice(rest, 0, n));
		i += n;
	}
	return first;
}
