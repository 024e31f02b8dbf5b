/* The charset that a document names itself: the prescan of the HTML Standard, section 13.2.3.2. */
#include "html/html.h"

#include "html/inner.h"

enum { PRESCAN_BYTES = 1024 };

static bool is_blank(char c)
{
	return (html_byte(c) & HTML_BYTE_BLANK) != 0;
}

static void skip_blanks(struct span *rest)
{
	*rest = span_from_offset(*rest, html_skip_blanks(*rest, 0));
}

/* One attribute of a tag; false at its end. */
static bool take_attr(struct span *rest, struct span *name, struct span *value)
{
	size_t n = 0;

	while (rest->n > 0 && (is_blank(rest->p[0]) || rest->p[0] == '/'))
		*rest = span_from_offset(*rest, 1);
	if (rest->n == 0 || rest->p[0] == '>')
		return false;
	while (n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != '/' && rest->p[n] != '>' &&
		(rest->p[n] != '=' || n == 0))
		n++;
	*name = span_slice(*rest, 0, n);
	*value = SPAN("");
	*rest = span_from_offset(*rest, n);
	skip_blanks(rest);
	if (rest->n == 0 || rest->p[0] != '=')
		return true;
	*rest = span_from_offset(*rest, 1);
	skip_blanks(rest);
	if (rest->n > 0 && (rest->p[0] == '"' || rest->p[0] == '\'')) {
		char quote = rest->p[0];

		*rest = span_from_offset(*rest, 1);
		n = span_find_byte(*rest, quote);
		*value = span_slice(*rest, 0, n);
		*rest = span_from_offset(*rest, n + 1);
		return true;
	}
	for (n = 0; n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != '>';)
		n++;
	*value = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n);
	return true;
}

/* "text/html; charset=..." (section 2.6.6). */
static struct span find_in_content(struct span content)
{
	for (;;) {
		size_t at = span_find_nocase(content, SPAN("charset"));
		size_t n = 0;

		if (at == content.n)
			return span_from(NULL, 0);
		content = span_from_offset(content, at + 7);
		skip_blanks(&content);
		if (content.n == 0 || content.p[0] != '=')
			continue;
		content = span_from_offset(content, 1);
		skip_blanks(&content);
		if (content.n > 0 && (content.p[0] == '"' || content.p[0] == '\'')) {
			struct span rest = span_from_offset(content, 1);
			size_t end = span_find_byte(rest, content.p[0]);

			return end == rest.n ? span_from(NULL, 0) : span_slice(rest, 0, end);
		}
		while (n < content.n && !is_blank(content.p[n]) && content.p[n] != ';')
			n++;
		return span_slice(content, 0, n);
	}
}

/* The charset of one meta element; `rest` stands behind its name. */
static struct span read_meta(struct span *rest)
{
	struct span name, value, charset = span_from(NULL, 0), content = span_from(NULL, 0);
	bool has_charset = false, has_content = false, has_equiv = false, is_pragma = false;

	while (take_attr(rest, &name, &value)) {
		if (!has_charset && span_equal_nocase(name, SPAN("charset"))) {
			has_charset = true;
			charset = value;
		} else if (!has_content && span_equal_nocase(name, SPAN("content"))) {
			has_content = true;
			content = find_in_content(value);
		} else if (!has_equiv && span_equal_nocase(name, SPAN("http-equiv"))) {
			has_equiv = true;
			is_pragma = span_equal_nocase(value, SPAN("content-type"));
		}
	}
	if (has_charset)
		return span_trim(charset);
	return is_pragma ? span_trim(content) : span_from(NULL, 0);
}

/* Behind a tag of another element, with its attributes. */
static void skip_tag(struct span *rest)
{
	struct span name, value;

	while (rest->n > 0 && !is_blank(rest->p[0]) && rest->p[0] != '>')
		*rest = span_from_offset(*rest, 1);
	while (take_attr(rest, &name, &value))
		;
}

struct span html_find_charset(struct span document)
{
	struct span rest = span_slice(document, 0, PRESCAN_BYTES);

	for (;;) {
		rest = span_from_offset(rest, span_find_byte(rest, '<'));
		if (rest.n < 2)
			return span_from(NULL, 0);
		if (span_starts(rest, SPAN("<!--"))) {
			/* <!--> is a comment, too */
			rest = span_from_offset(rest, 2);
			rest = span_from_offset(rest, span_find(rest, SPAN("-->")));
		} else if (span_starts_nocase(rest, SPAN("<meta")) && rest.n > 5 &&
			(is_blank(rest.p[5]) || rest.p[5] == '/')) {
			struct span charset;

			rest = span_from_offset(rest, 5);
			charset = read_meta(&rest);
			if (charset.n > 0)
				return charset;
		} else if (byte_is_alpha(rest.p[1]) ||
			(rest.p[1] == '/' && rest.n > 2 && byte_is_alpha(rest.p[2]))) {
			rest = span_from_offset(rest, 1);
			skip_tag(&rest);
		} else if (rest.p[1] == '!' || rest.p[1] == '/' || rest.p[1] == '?') {
			rest = span_from_offset(rest, span_find_byte(rest, '>'));
		} else {
			rest = span_from_offset(rest, 1);
		}
	}
}
