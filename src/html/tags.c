/*
 * The elements that are known by name. They stand in the order of their names, so that those of one first letter are
 * neighbours: a name is compared with a few of the same length.
 */
#include "html/inner.h"

#include <string.h>

#define TAG(constant, name) sizeof(name) - 1,
static const uint8_t lengths[] = {HTML_TAGS(TAG)};
#undef TAG

#define TAG(constant, name) SPAN_INIT(name),
static const struct span names[] = {HTML_TAGS(TAG) SPAN_INIT("unknown")};
#undef TAG

/* Where the names of each first letter begin, and behind z where they end. */
static const uint8_t firsts[] = {
	HTML_TAG_A,
	HTML_TAG_B,
	HTML_TAG_CANVAS,
	HTML_TAG_DD,
	HTML_TAG_EM, /* a to e */
	HTML_TAG_FIELDSET,
	HTML_TAG_H1,
	HTML_TAG_H1,
	HTML_TAG_I, /* f to i */
	HTML_TAG_KEYGEN,
	HTML_TAG_KEYGEN,
	HTML_TAG_LABEL,
	HTML_TAG_MAIN, /* j to m */
	HTML_TAG_NAV,
	HTML_TAG_OBJECT,
	HTML_TAG_P,
	HTML_TAG_S,
	HTML_TAG_S, /* n to r */
	HTML_TAG_S,
	HTML_TAG_TABLE,
	HTML_TAG_U,
	HTML_TAG_VIDEO, /* s to v */
	HTML_TAG_WBR,
	HTML_TAG_XMP,
	HTML_TAG_UNKNOWN,
	HTML_TAG_UNKNOWN, /* w to z */
	HTML_TAG_UNKNOWN,
};

enum html_tag html_find_tag(struct span name)
{
	size_t letter;
	char last;

	if (name.n == 0 || name.p[0] < 'a' || name.p[0] > 'z')
		return HTML_TAG_UNKNOWN;
	letter = (size_t)(name.p[0] - 'a');
	last = name.p[name.n - 1];
	/* first and last letter are all of the shortest names, and tell most others apart */
	for (unsigned i = firsts[letter]; i < firsts[letter + 1]; i++)
		if (lengths[i] == name.n && names[i].p[name.n - 1] == last &&
			(name.n <= 2 || memcmp(names[i].p, name.p, name.n) == 0))
			return (enum html_tag)i;
	return HTML_TAG_UNKNOWN;
}

struct span html_tag_name(enum html_tag tag)
{
	return names[tag];
}
