/* Media of style sheets: which are about a screen of a computer, whatever the size of its window. */
#include "html/html.h"

#include "html/view_inner.h"

/* The windows that mail is read in: what holds for some of them alone does not count. */
enum { NARROW = 600, WIDE = 1200 };

enum answer { NO, MAYBE, YES };

static enum answer both(enum answer one, enum answer other)
{
	return one < other ? one : other;
}

/* "(min-width: 480px)" without the brackets */
static enum answer read_feature(struct span text)
{
	static const struct {
		struct span name;
		bool is_least;
	} widths[] = {
		{SPAN_INIT("min-width"), true},
		{SPAN_INIT("max-width"), false},
		{SPAN_INIT("min-device-width"), true},
		{SPAN_INIT("max-device-width"), false},
	};
	size_t colon = span_find_byte(text, ':');
	struct span name = span_trim(span_slice(text, 0, colon));
	struct html_value v;
	float width;

	if (!html_parse_length(span_trim(span_from_offset(text, colon + 1)), &v) ||
		v.unit == HTML_PERCENT || v.unit == HTML_WINDOW)
		return MAYBE;
	width = v.unit == HTML_EM ? v.number * 16 : v.number;
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		if (!span_equal_nocase(name, widths[i].name))
			continue;
		if (widths[i].is_least)
			return width <= NARROW ? YES : width > WIDE ? NO : MAYBE;
		return width >= WIDE ? YES : width < NARROW ? NO : MAYBE;
	}
	return MAYBE;
}

static bool take_word(struct span *rest, struct span *out)
{
	size_t n = 0;

	*rest = span_trim_start(*rest);
	while (n < rest->n && !byte_is_space(rest->p[n]) && rest->p[n] != '(')
		n++;
	*out = span_slice(*rest, 0, n);
	*rest = span_trim_start(span_from_offset(*rest, n));
	return n > 0;
}

/* "screen", "only screen and (max-width: 600px)", "not print" (mediaqueries-4 section 3) */
static enum answer read_query(struct span text)
{
	enum answer answer = YES;
	bool is_not = false;

	while (text.n > 0) {
		struct span word;
		size_t n;

		if (take_word(&text, &word)) {
			if (span_equal_nocase(word, SPAN("not")))
				is_not = true;
			else if (span_equal_nocase(word, SPAN("or")))
				return MAYBE;
			else if (!span_equal_nocase(word, SPAN("and")) &&
				!span_equal_nocase(word, SPAN("only")) &&
				!span_equal_nocase(word, SPAN("all")) &&
				!span_equal_nocase(word, SPAN("screen")))
				answer = NO;
			continue;
		}
		n = html_css_bracket(text);
		if (n == 0)
			return NO;
		answer = both(answer, read_feature(span_slice(text, 1, n - 2)));
		text = span_trim_start(span_from_offset(text, n));
	}
	return is_not ? (enum answer)(YES - answer) : answer;
}

bool html_media_applies(struct span media)
{
	media = span_trim(media);
	if (media.n == 0)
		return true;
	for (struct span query; span_next(&media, ',', &query);) {
		query = span_trim(query);
		if (query.n > 0 && read_query(query) == YES)
			return true;
	}
	return false;
}
