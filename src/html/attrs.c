/* The attributes that mean something to the view, each found by its first letter. */
#include "html/html.h"

#include <string.h>

#include "html/view_inner.h"

static const struct span names[] = {
#define ATTR(constant, name) SPAN_INIT(name),
	HTML_KNOWN_ATTRS(ATTR)
#undef ATTR
};

/* Where the names of a letter begin; those of the next letter end them. The names are in order. */
static const uint8_t first[] = {
	['a' - 'a'] = HTML_ATTR_ACTION,
	['b' - 'a'] = HTML_ATTR_BACKGROUND,
	['c' - 'a'] = HTML_ATTR_CITE,
	['d' - 'a'] = HTML_ATTR_DATA,
	['e' - 'a'] = HTML_ATTR_FACE,
	['f' - 'a'] = HTML_ATTR_FACE,
	['g' - 'a'] = HTML_ATTR_HEIGHT,
	['h' - 'a'] = HTML_ATTR_HEIGHT,
	['i' - 'a'] = HTML_ATTR_ID,
	['j' - 'a'] = HTML_ATTR_LINK,
	['k' - 'a'] = HTML_ATTR_LINK,
	['l' - 'a'] = HTML_ATTR_LINK,
	['m' - 'a'] = HTML_ATTR_MANIFEST,
	['n' - 'a'] = HTML_ATTR_ONCLICK,
	['o' - 'a'] = HTML_ATTR_ONCLICK,
	['p' - 'a'] = HTML_ATTR_PING,
	['q' - 'a'] = HTML_ATTR_REL,
	['r' - 'a'] = HTML_ATTR_REL,
	['s' - 'a'] = HTML_ATTR_SIZE,
	['t' - 'a'] = HTML_ATTR_TEXT,
	['u' - 'a'] = HTML_ATTR_WIDTH,
	['v' - 'a'] = HTML_ATTR_WIDTH,
	['w' - 'a'] = HTML_ATTR_WIDTH,
	['x' - 'a'] = HTML_ATTR_XLINK_HREF,
	['y' - 'a'] = HTML_KNOWN_ATTR_COUNT,
	['z' - 'a'] = HTML_KNOWN_ATTR_COUNT,
	['z' - 'a' + 1] = HTML_KNOWN_ATTR_COUNT,
};

enum html_known_attr html_find_attr(struct span name)
{
	size_t letter;

	if (name.n < 2 || name.p[0] < 'a' || name.p[0] > 'z')
		return HTML_KNOWN_ATTR_COUNT;
	letter = (size_t)(name.p[0] - 'a');
	for (unsigned which = first[letter]; which < first[letter + 1]; which++)
		if (names[which].n == name.n && memcmp(names[which].p, name.p, name.n) == 0)
			return which;
	return HTML_KNOWN_ATTR_COUNT;
}

void html_sort_attrs(const struct html_token *token, struct html_known_attrs *out)
{
	out->set = 0;
	out->has_handler = false;
	for (size_t i = 0; i < token->attr_count; i++) {
		struct span name = token->attrs[i].name;
		enum html_known_attr which = html_find_attr(name);

		if (name.n > 2 && name.p[0] == 'o' && name.p[1] == 'n')
			out->has_handler = true;
		if (which == HTML_KNOWN_ATTR_COUNT)
			continue;
		out->set |= UINT64_C(1) << which;
		out->v[which] = token->attrs[i].value;
	}
}

struct span html_attr(const struct html_known_attrs *attrs, enum html_known_attr which)
{
	if ((attrs->set >> which & 1) == 0)
		return span_from(NULL, 0);
	return attrs->v[which].p == NULL ? SPAN("") : attrs->v[which];
}

struct span html_attr_name(enum html_known_attr which)
{
	return names[which];
}

/* raw loop: the words of an attribute */
bool html_next_word(struct span *rest, struct span *out)
{
	size_t n = 0;

	*rest = span_trim_start(*rest);
	while (n < rest->n && !byte_is_space(rest->p[n]))
		n++;
	*out = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n);
	return n > 0;
}
