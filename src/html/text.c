/* Text as a reader has it: blanks as one, line ends where blocks end. */
#include "html/html.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "html/inner.h"
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
	enum html_gap gap = w->gap;

	if (gap == HTML_GAP_NONE)
		return;
	/* the last line of pre may have its end */
	if (gap >= HTML_GAP_LINE && w->out.n > 0 && w->out.p[w->out.n - 1] == '\n')
		gap = gap == HTML_GAP_LINES ? HTML_GAP_LINE : HTML_GAP_NONE;
	w->gap = HTML_GAP_NONE;
	if (gap == HTML_GAP_NONE || w->out.n == 0)
		return;
	buf_add_byte(&w->out, gap == HTML_GAP_BLANK ? ' ' : '\n');
	if (gap == HTML_GAP_LINES)
		buf_add_byte(&w->out, '\n');
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
	return (html_byte(c) & HTML_BYTE_BLANK) != 0;
}

/* raw loop: blanks at the start */
static size_t blank_length(struct span s)
{
	size_t i = 0;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	return i;
}

/* U+00A0: a reader sees a blank, but it does not go together with others. */
static bool is_fixed_blank(struct span s, size_t at)
{
	return s.p[at] == '\xc2' && at + 1 < s.n && s.p[at + 1] == '\xa0';
}

/* A run ends before a fixed blank, and before blanks that are to be one: all but a space between words. */
static bool ends_run(struct span s, size_t at, bool is_pre)
{
	char c = s.p[at];

	if (c == '\xc2')
		return is_fixed_blank(s, at);
	return !is_pre && is_blank(c) && (c != ' ' || at + 1 == s.n || is_blank(s.p[at + 1]));
}

/* raw loop: from `at` on, byte by byte */
static size_t run_length_plain(struct span s, size_t at, bool is_pre)
{
	for (; at < s.n; at++) {
		bool is_letter = (unsigned char)s.p[at] > ' ' && s.p[at] != '\xc2';

		if (!is_letter && ends_run(s, at, is_pre))
			break;
	}
	return at;
}

#ifdef __SSE2__
/* Of 16 bytes at `p` and the one behind them, those that may end a run: of blanks, all but a space before a letter. */
static unsigned run_ends(const char *p)
{
	const __m128i space = _mm_set1_epi8(' '), lead = _mm_set1_epi8('\xc2');
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, space), v);
	__m128i next_low = _mm_cmpeq_epi8(_mm_min_epu8(next, space), next);
	__m128i single = _mm_andnot_si128(next_low, _mm_cmpeq_epi8(v, space));

	return (unsigned)_mm_movemask_epi8(
		_mm_or_si128(_mm_andnot_si128(single, low), _mm_cmpeq_epi8(v, lead)));
}

/* raw loop: how far words go that stand one blank apart */
static size_t run_length(struct span s, bool is_pre)
{
	size_t at = 0;

	for (; at + 16 < s.n; at += 16)
		for (unsigned ends = run_ends(s.p + at); ends != 0; ends &= ends - 1) {
			size_t end = at + (size_t)__builtin_ctz(ends);

			if (ends_run(s, end, is_pre))
				return end;
		}
	return run_length_plain(s, at, is_pre);
}
#else
static size_t run_length(struct span s, bool is_pre)
{
	return run_length_plain(s, 0, is_pre);
}
#endif

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

bool html_is_blank(struct span text)
{
	return text.n > 0 && blank_length(text) == text.n;
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
