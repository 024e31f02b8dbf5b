/*
 * What styles make of an element: its colours, the size of its letters, and whether they are seen.
 *
 * DESIGN: no layout is made. What decides whether something is seen nearly always stands in the styles themselves;
 * where only a layout could tell (a box over another, a text that is pushed out by a long one), it counts as seen.
 */
#include "html/html.h"

#include "html/view_inner.h"

enum {
	WHITE = -1, /* 0xffffffff */
	FAR = 500,  /* pixels out of the window from where nobody sees anything */
	FAR_RIGHT = 3000,
	WINDOW_WIDTH = 800, /* of vw and vh */
	WINDOW_HEIGHT = 600,
};

static const float font_least = 3;       /* pixels: smaller letters are not read */
static const float opacity_least = 0.1f; /* fainter ones neither */

static const uint8_t displays[HTML_TAG_COUNT] = {
	[HTML_TAG_ADDRESS] = HTML_BLOCK,
	[HTML_TAG_ARTICLE] = HTML_BLOCK,
	[HTML_TAG_ASIDE] = HTML_BLOCK,
	[HTML_TAG_BLOCKQUOTE] = HTML_BLOCK,
	[HTML_TAG_BODY] = HTML_BLOCK,
	[HTML_TAG_BUTTON] = HTML_INLINE_BLOCK,
	[HTML_TAG_CAPTION] = HTML_BLOCK,
	[HTML_TAG_CENTER] = HTML_BLOCK,
	[HTML_TAG_COL] = HTML_NONE,
	[HTML_TAG_COLGROUP] = HTML_NONE,
	[HTML_TAG_DD] = HTML_BLOCK,
	[HTML_TAG_DETAILS] = HTML_BLOCK,
	[HTML_TAG_DIALOG] = HTML_BLOCK,
	[HTML_TAG_DIV] = HTML_BLOCK,
	[HTML_TAG_DL] = HTML_BLOCK,
	[HTML_TAG_DT] = HTML_BLOCK,
	[HTML_TAG_FIELDSET] = HTML_BLOCK,
	[HTML_TAG_FIGCAPTION] = HTML_BLOCK,
	[HTML_TAG_FIGURE] = HTML_BLOCK,
	[HTML_TAG_FOOTER] = HTML_BLOCK,
	[HTML_TAG_FORM] = HTML_BLOCK,
	[HTML_TAG_FRAMESET] = HTML_BLOCK,
	[HTML_TAG_H1] = HTML_BLOCK,
	[HTML_TAG_H2] = HTML_BLOCK,
	[HTML_TAG_H3] = HTML_BLOCK,
	[HTML_TAG_H4] = HTML_BLOCK,
	[HTML_TAG_H5] = HTML_BLOCK,
	[HTML_TAG_H6] = HTML_BLOCK,
	[HTML_TAG_HEADER] = HTML_BLOCK,
	[HTML_TAG_HR] = HTML_BLOCK,
	[HTML_TAG_HTML] = HTML_BLOCK,
	[HTML_TAG_IMG] = HTML_INLINE_BLOCK,
	[HTML_TAG_INPUT] = HTML_INLINE_BLOCK,
	[HTML_TAG_LEGEND] = HTML_BLOCK,
	[HTML_TAG_LI] = HTML_BLOCK,
	[HTML_TAG_MAIN] = HTML_BLOCK,
	[HTML_TAG_MARQUEE] = HTML_INLINE_BLOCK,
	[HTML_TAG_MENU] = HTML_BLOCK,
	[HTML_TAG_NAV] = HTML_BLOCK,
	[HTML_TAG_OL] = HTML_BLOCK,
	[HTML_TAG_OPTGROUP] = HTML_BLOCK,
	[HTML_TAG_OPTION] = HTML_BLOCK,
	[HTML_TAG_P] = HTML_BLOCK,
	[HTML_TAG_PLAINTEXT] = HTML_BLOCK,
	[HTML_TAG_PRE] = HTML_BLOCK,
	[HTML_TAG_SECTION] = HTML_BLOCK,
	[HTML_TAG_SELECT] = HTML_INLINE_BLOCK,
	[HTML_TAG_SUMMARY] = HTML_BLOCK,
	[HTML_TAG_TABLE] = HTML_TABLE,
	[HTML_TAG_TBODY] = HTML_TABLE,
	[HTML_TAG_TD] = HTML_CELL,
	[HTML_TAG_TEMPLATE] = HTML_NONE,
	[HTML_TAG_TEXTAREA] = HTML_INLINE_BLOCK,
	[HTML_TAG_TFOOT] = HTML_TABLE,
	[HTML_TAG_TH] = HTML_CELL,
	[HTML_TAG_THEAD] = HTML_TABLE,
	[HTML_TAG_TR] = HTML_ROW,
	[HTML_TAG_UL] = HTML_BLOCK,
	[HTML_TAG_XMP] = HTML_BLOCK,
};

/* Percent of their parent's letters. */
static const uint8_t font_sizes[HTML_TAG_COUNT] = {
	[HTML_TAG_BIG] = 120,
	[HTML_TAG_H1] = 200,
	[HTML_TAG_H2] = 150,
	[HTML_TAG_H3] = 117,
	[HTML_TAG_H5] = 83,
	[HTML_TAG_H6] = 67,
	[HTML_TAG_SMALL] = 83,
	[HTML_TAG_SUB] = 83,
	[HTML_TAG_SUP] = 83,
};

enum html_display html_display_of(enum html_tag tag)
{
	return displays[tag];
}

void html_default_style(enum html_tag tag, struct html_style *out)
{
	if (font_sizes[tag] != 0) {
		out->set |= HTML_PROP(FONT_SIZE);
		out->v[HTML_PROP_FONT_SIZE].unit = HTML_PERCENT;
		out->v[HTML_PROP_FONT_SIZE].number = font_sizes[tag];
	}
	if (tag == HTML_TAG_PRE || tag == HTML_TAG_XMP || tag == HTML_TAG_PLAINTEXT ||
		tag == HTML_TAG_TEXTAREA) {
		out->set |= HTML_PROP(WHITE_SPACE);
		out->v[HTML_PROP_WHITE_SPACE].unit = HTML_WORD;
		out->v[HTML_PROP_WHITE_SPACE].word = 1;
	}
}

bool html_is_folded(const struct html_element *e, const struct html_known_attrs *attrs)
{
	switch (e->tag) {
	case HTML_TAG_DETAILS:
		return !e->is_foreign && (attrs->set & HTML_ATTR(OPEN)) == 0;
	case HTML_TAG_OBJECT:
		return !e->is_foreign && (attrs->set & HTML_ATTR(DATA)) != 0;
	case HTML_TAG_AUDIO:
	case HTML_TAG_CANVAS:
	case HTML_TAG_VIDEO:
		return !e->is_foreign;
	default:
		return false;
	}
}

void html_look_init(struct html_look *out)
{
	*out = (struct html_look){
		.font = 16,
		.opacity = 1,
		.colour = 0xff,
		.back = (uint32_t)WHITE,
		.display = HTML_BLOCK,
		.why = HTML_WHY_COUNT,
		.for_good = HTML_WHY_COUNT,
		.degree = 1,
		.contrast = 20,
		.is_back_known = true,
	};
}

static bool says(const struct html_style *s, uint32_t bits)
{
	return (s->set & bits) != 0;
}

static bool is_word(const struct html_style *s, enum html_prop prop, uint32_t word)
{
	return says(s, UINT32_C(1) << prop) && s->v[prop].unit == HTML_WORD &&
		s->v[prop].word == word;
}

/* In pixels; five to the hundred of what percentages are of, as if that were 500 wide. */
static float pixels(struct html_value v, float font)
{
	switch (v.unit) {
	case HTML_EM:
		return v.number * font;
	case HTML_PERCENT:
		return v.number * FAR / 100;
	default:
		return v.number;
	}
}

static bool is_below(const struct html_style *s, enum html_prop prop, float font, float least)
{
	return says(s, UINT32_C(1) << prop) && s->v[prop].unit != HTML_AUTO &&
		pixels(s->v[prop], font) <= least;
}

/* Moved to the right of every window, or of this one; what is below it is reached by scrolling, but when it is fixed. */
static bool is_beyond(const struct html_style *s, enum html_prop prop, float font, float window)
{
	struct html_value v = s->v[prop];

	return says(s, UINT32_C(1) << prop) &&
		pixels(v, font) >= (v.unit == HTML_WINDOW ? window : FAR_RIGHT);
}

static bool is_moved_away(const struct html_style *s, float font)
{
	static const uint8_t sides[] = {HTML_PROP_LEFT, HTML_PROP_TOP, HTML_PROP_RIGHT,
		HTML_PROP_BOTTOM};

	for (size_t i = 0; i < ARRAY_LEN(sides); i++)
		if (is_below(s, sides[i], font, -FAR))
			return true;
	return is_beyond(s, HTML_PROP_LEFT, font, WINDOW_WIDTH) ||
		(is_word(s, HTML_PROP_POSITION, HTML_FIXED) &&
			is_beyond(s, HTML_PROP_TOP, font, WINDOW_HEIGHT));
}

static bool is_out_of_flow(const struct html_style *s)
{
	return is_word(s, HTML_PROP_POSITION, HTML_ABSOLUTE) ||
		is_word(s, HTML_PROP_POSITION, HTML_FIXED);
}

static bool is_far(const struct html_style *s, float font)
{
	if (says(s, HTML_PROP(POSITION)) && s->v[HTML_PROP_POSITION].word != HTML_STATIC &&
		is_moved_away(s, font))
		return true;
	/* clip is about those alone, clip-path about all (css-masking-1 sections 5 and 8) */
	return (is_out_of_flow(s) && is_word(s, HTML_PROP_CLIP, 1)) ||
		is_word(s, HTML_PROP_CLIP_PATH, 1) ||
		is_below(s, HTML_PROP_MARGIN_LEFT, font, -FAR) ||
		is_below(s, HTML_PROP_MARGIN_TOP, font, -FAR) ||
		is_below(s, HTML_PROP_TEXT_INDENT, font, -FAR) ||
		is_word(s, HTML_PROP_TRANSFORM, 1);
}

/* A box that shows nothing of what it holds. Tables grow with their cells, and lines with their letters. */
static bool is_zero_box(const struct html_style *s, enum html_display display, float font)
{
	if (!is_word(s, HTML_PROP_OVERFLOW, 1) ||
		(display != HTML_BLOCK && display != HTML_INLINE_BLOCK))
		return false;
	return is_below(s, HTML_PROP_WIDTH, font, 1) || is_below(s, HTML_PROP_HEIGHT, font, 1) ||
		is_below(s, HTML_PROP_MAX_WIDTH, font, 1) ||
		is_below(s, HTML_PROP_MAX_HEIGHT, font, 1) ||
		(!says(s, HTML_PROP(HEIGHT)) && is_below(s, HTML_PROP_LINE_HEIGHT, font, 1));
}

static enum html_why find_for_good(const struct html_style *s, const struct html_look *look)
{
	if (look->display == HTML_NONE || is_word(s, HTML_PROP_FOLDED, 1))
		return HTML_WHY_DISPLAY;
	if (!says(s, ~(HTML_PROP(COLOUR) | HTML_PROP(FONT_SIZE) | HTML_PROP(BACK_COLOUR))))
		return HTML_WHY_COUNT;
	if (is_far(s, look->font))
		return HTML_WHY_OFF_SCREEN;
	return is_zero_box(s, look->display, look->font) ? HTML_WHY_ZERO_BOX : HTML_WHY_COUNT;
}

static void make_colours(const struct html_style *s, struct html_look *out)
{
	uint32_t colour = out->colour, back = out->back;

	if (says(s, HTML_PROP(COLOUR)) && s->v[HTML_PROP_COLOUR].unit == HTML_COLOUR)
		out->colour = s->v[HTML_PROP_COLOUR].word;
	if (says(s, HTML_PROP(BACK_COLOUR))) {
		uint32_t over = s->v[HTML_PROP_BACK_COLOUR].word;

		out->back = html_blend_colour(over, out->back);
		if ((over & 0xff) == 0xff)
			out->is_back_known = true;
	}
	if (is_word(s, HTML_PROP_BACK_IMAGE, 1))
		out->is_back_known = false;
	if (colour != out->colour || back != out->back)
		out->contrast =
			(float)html_contrast(html_blend_colour(out->colour, out->back), out->back);
}

/* Why the letters are not seen, in the order of how sure that is. */
static void find_why(struct html_look *out)
{
	out->degree = 0;
	if (out->for_good != HTML_WHY_COUNT) {
		out->why = out->for_good;
	} else if (out->is_invisible) {
		out->why = HTML_WHY_VISIBILITY;
	} else if (out->opacity < opacity_least) {
		out->why = HTML_WHY_OPACITY;
		out->degree = out->opacity / opacity_least;
	} else if (out->font < font_least) {
		out->why = HTML_WHY_FONT_SIZE;
		out->degree = out->font / font_least;
	} else if (out->contrast < 1 && (out->is_back_known || (out->colour & 0xff) == 0)) {
		out->why = HTML_WHY_COLOR;
		out->degree = out->contrast;
	} else {
		out->why = HTML_WHY_COUNT;
		out->degree = 1;
	}
}

static float font_size(struct html_value v, float parent)
{
	float size = v.number;

	if (v.unit == HTML_EM)
		size *= parent;
	else if (v.unit == HTML_PERCENT)
		size *= parent / 100;
	return size > 10000 ? 10000 : size;
}

void html_look_make(const struct html_look *parent, const struct html_style *s,
	struct html_look *out)
{
	*out = *parent;
	out->display = HTML_INLINE;
	if (s->set == 0)
		return;
	if (says(s, HTML_PROP(DISPLAY)))
		out->display = s->v[HTML_PROP_DISPLAY].word;
	if (out->display == HTML_INLINE && (is_word(s, HTML_PROP_FLOAT, 1) || is_out_of_flow(s)))
		out->display = HTML_INLINE_BLOCK;
	if (s->set == HTML_PROP(DISPLAY) && out->display != HTML_NONE)
		return;
	if (says(s, HTML_PROP(FONT_SIZE)))
		out->font = font_size(s->v[HTML_PROP_FONT_SIZE], parent->font);
	if (says(s, HTML_PROP(OPACITY)))
		out->opacity *= s->v[HTML_PROP_OPACITY].number;
	if (says(s, HTML_PROP(VISIBILITY)))
		out->is_invisible = s->v[HTML_PROP_VISIBILITY].word != 0;
	if (says(s, HTML_PROP(WHITE_SPACE)))
		out->is_pre = s->v[HTML_PROP_WHITE_SPACE].word != 0;
	make_colours(s, out);
	if (out->for_good == HTML_WHY_COUNT)
		out->for_good = find_for_good(s, out);
	find_why(out);
}
