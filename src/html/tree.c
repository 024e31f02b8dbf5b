/*
 * The open elements of a document, and what its tags open and close.
 *
 * DESIGN: of the tree construction of the HTML Standard (section 13.2.6) this keeps what decides which styles and
 * which link a text has: implied end tags, scopes, and the formatting elements that outlive the block in which they
 * were opened. There are no nodes: an element is forgotten when it is closed. Text that stands in a table but in no
 * cell looks as what is before the table, as in browsers, but is left where it stands.
 */
#include "html/html.h"

#include <string.h>

#include "html/view_inner.h"

enum {
	CROSSINGS_MOST = 500000
}; /* elements that are looked at anew because others were closed below them */

enum {
	FORMATTING = 1, /* section 13.1.2: goes on when others close it */
	CLOSES_P = 2,   /* its start tag does */
	SPECIAL = 4,    /* what inline elements do not cross */
	BARRIER = 8,    /* what blocks do not cross, either */
	MARKER = 16,    /* formatting elements end with it */
	VOID = 32,
	TABLE_PART = 64, /* nothing outside of a table */
	OPTIONAL = 128,  /* its end tag may be missing */
};

enum { BLOCK = CLOSES_P | SPECIAL };

static const uint8_t kinds[HTML_TAG_COUNT] = {
	[HTML_TAG_A] = FORMATTING,
	[HTML_TAG_ADDRESS] = BLOCK,
	[HTML_TAG_APPLET] = SPECIAL | BARRIER | MARKER,
	[HTML_TAG_AREA] = SPECIAL | VOID,
	[HTML_TAG_ARTICLE] = BLOCK,
	[HTML_TAG_ASIDE] = BLOCK,
	[HTML_TAG_B] = FORMATTING,
	[HTML_TAG_BASE] = SPECIAL | VOID,
	[HTML_TAG_BIG] = FORMATTING,
	[HTML_TAG_BLOCKQUOTE] = BLOCK,
	[HTML_TAG_BODY] = SPECIAL | OPTIONAL,
	[HTML_TAG_BR] = SPECIAL | VOID,
	[HTML_TAG_BUTTON] = SPECIAL,
	[HTML_TAG_CAPTION] = SPECIAL | BARRIER | MARKER | TABLE_PART | OPTIONAL,
	[HTML_TAG_CENTER] = BLOCK,
	[HTML_TAG_CODE] = FORMATTING,
	[HTML_TAG_COL] = SPECIAL | VOID | TABLE_PART,
	[HTML_TAG_COLGROUP] = SPECIAL | TABLE_PART | OPTIONAL,
	[HTML_TAG_DD] = BLOCK | OPTIONAL,
	[HTML_TAG_DETAILS] = BLOCK,
	[HTML_TAG_DIALOG] = CLOSES_P,
	[HTML_TAG_DIV] = BLOCK,
	[HTML_TAG_DL] = BLOCK,
	[HTML_TAG_DT] = BLOCK | OPTIONAL,
	[HTML_TAG_EM] = FORMATTING,
	[HTML_TAG_EMBED] = SPECIAL | VOID,
	[HTML_TAG_FIELDSET] = BLOCK,
	[HTML_TAG_FIGCAPTION] = BLOCK,
	[HTML_TAG_FIGURE] = BLOCK,
	[HTML_TAG_FONT] = FORMATTING,
	[HTML_TAG_FOOTER] = BLOCK,
	[HTML_TAG_FORM] = BLOCK,
	[HTML_TAG_FRAME] = SPECIAL | VOID,
	[HTML_TAG_FRAMESET] = SPECIAL,
	[HTML_TAG_H1] = BLOCK,
	[HTML_TAG_H2] = BLOCK,
	[HTML_TAG_H3] = BLOCK,
	[HTML_TAG_H4] = BLOCK,
	[HTML_TAG_H5] = BLOCK,
	[HTML_TAG_H6] = BLOCK,
	[HTML_TAG_HEAD] = SPECIAL | OPTIONAL,
	[HTML_TAG_HEADER] = BLOCK,
	[HTML_TAG_HR] = BLOCK | VOID,
	[HTML_TAG_HTML] = SPECIAL | BARRIER | OPTIONAL,
	[HTML_TAG_I] = FORMATTING,
	[HTML_TAG_IFRAME] = SPECIAL,
	[HTML_TAG_IMG] = SPECIAL | VOID,
	[HTML_TAG_INPUT] = SPECIAL | VOID,
	[HTML_TAG_KEYGEN] = SPECIAL | VOID,
	[HTML_TAG_LI] = BLOCK | OPTIONAL,
	[HTML_TAG_LINK] = SPECIAL | VOID,
	[HTML_TAG_MAIN] = BLOCK,
	[HTML_TAG_MARQUEE] = SPECIAL | BARRIER | MARKER,
	[HTML_TAG_MENU] = BLOCK,
	[HTML_TAG_META] = SPECIAL | VOID,
	[HTML_TAG_NAV] = BLOCK,
	[HTML_TAG_NOBR] = FORMATTING,
	[HTML_TAG_NOEMBED] = SPECIAL,
	[HTML_TAG_NOFRAMES] = SPECIAL,
	[HTML_TAG_NOSCRIPT] = SPECIAL,
	[HTML_TAG_OBJECT] = SPECIAL | BARRIER | MARKER,
	[HTML_TAG_OL] = BLOCK,
	[HTML_TAG_OPTGROUP] = OPTIONAL,
	[HTML_TAG_OPTION] = OPTIONAL,
	[HTML_TAG_P] = BLOCK | OPTIONAL,
	[HTML_TAG_PARAM] = SPECIAL | VOID,
	[HTML_TAG_PLAINTEXT] = BLOCK | OPTIONAL,
	[HTML_TAG_PRE] = BLOCK,
	[HTML_TAG_S] = FORMATTING,
	[HTML_TAG_SCRIPT] = SPECIAL,
	[HTML_TAG_SECTION] = BLOCK,
	[HTML_TAG_SELECT] = SPECIAL,
	[HTML_TAG_SMALL] = FORMATTING,
	[HTML_TAG_SOURCE] = SPECIAL | VOID,
	[HTML_TAG_STRIKE] = FORMATTING,
	[HTML_TAG_STRONG] = FORMATTING,
	[HTML_TAG_STYLE] = SPECIAL,
	[HTML_TAG_SUMMARY] = BLOCK,
	[HTML_TAG_TABLE] = SPECIAL | BARRIER,
	[HTML_TAG_TBODY] = SPECIAL | TABLE_PART | OPTIONAL,
	[HTML_TAG_TD] = SPECIAL | BARRIER | MARKER | TABLE_PART | OPTIONAL,
	[HTML_TAG_TEMPLATE] = SPECIAL | BARRIER | MARKER,
	[HTML_TAG_TEXTAREA] = SPECIAL,
	[HTML_TAG_TFOOT] = SPECIAL | TABLE_PART | OPTIONAL,
	[HTML_TAG_TH] = SPECIAL | BARRIER | MARKER | TABLE_PART | OPTIONAL,
	[HTML_TAG_THEAD] = SPECIAL | TABLE_PART | OPTIONAL,
	[HTML_TAG_TITLE] = SPECIAL,
	[HTML_TAG_TR] = SPECIAL | TABLE_PART | OPTIONAL,
	[HTML_TAG_TRACK] = SPECIAL | VOID,
	[HTML_TAG_TT] = FORMATTING,
	[HTML_TAG_U] = FORMATTING,
	[HTML_TAG_UL] = BLOCK,
	[HTML_TAG_WBR] = SPECIAL | VOID,
	[HTML_TAG_XMP] = BLOCK,
};

static bool is_kind(enum html_tag tag, unsigned bits)
{
	return (kinds[tag] & bits) != 0;
}

bool html_is_void(enum html_tag tag)
{
	return is_kind(tag, VOID);
}

bool html_is_inline(enum html_tag tag)
{
	return !is_kind(tag, SPECIAL) || tag == HTML_TAG_IMG || tag == HTML_TAG_INPUT ||
		tag == HTML_TAG_BR || tag == HTML_TAG_BUTTON || tag == HTML_TAG_SELECT;
}

/* b, big, blockquote and so on, and font with attributes that svg does not know. */
bool html_is_breakout(const struct html_token *token)
{
	if (token->tag == HTML_TAG_FONT) {
		for (size_t i = 0; i < token->attr_count; i++)
			if (span_equal(token->attrs[i].name, SPAN("color")) ||
				span_equal(token->attrs[i].name, SPAN("face")) ||
				span_equal(token->attrs[i].name, SPAN("size")))
				return true;
		return false;
	}
	switch (token->tag) {
	case HTML_TAG_A:
	case HTML_TAG_SCRIPT:
	case HTML_TAG_STYLE:
	case HTML_TAG_TITLE:
		return false;
	default:
		return token->tag == HTML_TAG_SPAN || is_kind(token->tag, FORMATTING | BLOCK);
	}
}

void html_tree_init(struct html_tree *t, struct arena *a)
{
	/* one more than may be open: where the next is made */
	t->open = arena_alloc_raw(a, (HTML_DEPTH_MOST + 1) * sizeof(*t->open));
	t->pending = arena_alloc_raw(a, HTML_PENDING_MOST * sizeof(*t->pending));
	html_tree_reset(t);
}

void html_tree_reset(struct html_tree *t)
{
	memset(t->open_of, 0, sizeof(t->open_of));
	memset(t->over_of, 0, sizeof(t->over_of));
	t->open[0] = (struct html_element){.tag = HTML_TAG_UNKNOWN};
	html_look_init(&t->open[0].look);
	t->n = 1;
	t->over = t->pending_count = t->crossings = 0;
	t->gap = t->seen_gap = HTML_GAP_NONE;
	t->is_unbalanced = t->is_cut = false;
	memset(t->unknown_of, 0, sizeof(t->unknown_of));
}

struct html_element *html_tree_top(struct html_tree *t)
{
	return &t->open[t->n - 1];
}

/* Secret, so that nobody chooses names that meet. */
static unsigned key_of(struct span name)
{
	return (unsigned)(map_hash(name) % HTML_NAME_KEYS);
}

struct html_element *html_tree_next(struct html_tree *t, enum html_tag tag, struct span name)
{
	struct html_element *top = html_tree_top(t), *e = &t->open[t->n];

	e->tag = tag;
	e->name = name;
	e->name_key = tag == HTML_TAG_UNKNOWN ? key_of(name) : 0;
	e->id = e->classes = span_from(NULL, 0);
	e->style.set = e->style.important = 0;
	e->link = top->link;
	e->marker = is_kind(tag, MARKER) && !top->has_foreign ? (unsigned)t->n : top->marker;
	e->is_foreign = e->has_foreign = false;
	e->is_gone = e->has_summary = false;
	e->hider = 0;
	return e;
}

static bool is_table_frame(enum html_tag tag)
{
	return tag == HTML_TAG_TABLE || tag == HTML_TAG_TBODY || tag == HTML_TAG_THEAD ||
		tag == HTML_TAG_TFOOT || tag == HTML_TAG_TR;
}

const struct html_element *html_tree_parent(const struct html_tree *t, enum html_tag tag)
{
	size_t at = t->n - 1;

	if (!is_table_frame(t->open[at].tag) || is_kind(tag, TABLE_PART))
		return &t->open[at];
	while (at > 0 && t->open[at].tag != HTML_TAG_TABLE)
		at--;
	return &t->open[at > 0 ? at - 1 : 0];
}

static void count_open(struct html_tree *t, const struct html_element *e)
{
	t->open_of[e->tag]++;
	if (e->tag == HTML_TAG_UNKNOWN)
		t->unknown_of[e->name_key]++;
}

static void count_closed(struct html_tree *t, const struct html_element *e)
{
	t->open_of[e->tag]--;
	if (e->tag == HTML_TAG_UNKNOWN)
		t->unknown_of[e->name_key]--;
}

static bool is_pending_kind(const struct html_element *e)
{
	return is_kind(e->tag, FORMATTING) && !e->is_foreign && !e->is_gone;
}

static void replace_top(struct html_tree *t)
{
	struct html_element *top = html_tree_top(t);

	count_closed(t, top);
	*top = t->open[t->n];
	/* a cell that is so deep bounds nothing */
	top->marker = t->open[t->n - 2].marker;
	count_open(t, top);
}

/*
 * The element that was made within the last one that may be open takes its place: it looks as it would within it, and
 * the end tag of the other will mean nothing. But formatting goes on behind it, so that links keep their text.
 */
static void take_place(struct html_tree *t)
{
	const struct html_element *top = html_tree_top(t);

	if (is_pending_kind(top) && t->pending_count < HTML_PENDING_MOST) {
		t->pending[t->pending_count++] = *top;
	} else {
		t->over_of[top->tag]++;
		t->over++;
	}
	replace_top(t);
}

bool html_tree_push(struct html_tree *t)
{
	struct html_element *e = &t->open[t->n];

	if (t->n == HTML_DEPTH_MOST) {
		take_place(t);
		return false;
	}
	count_open(t, e);
	t->n++;
	return true;
}

/* ---- closing ---- */

enum html_gap html_gap_of(const struct html_element *e)
{
	enum html_display display = e->look.display;

	/* what is not shown would be as its kind is */
	if (display == HTML_NONE)
		display = html_display_of(e->tag);
	switch (display) {
	case HTML_BLOCK:
	case HTML_TABLE:
	case HTML_ROW:
		return HTML_GAP_LINE;
	case HTML_CELL:
		return HTML_GAP_BLANK;
	default:
		return HTML_GAP_NONE;
	}
}

bool html_is_shown(const struct html_look *look)
{
	return look->for_good != HTML_WHY_DISPLAY && look->for_good != HTML_WHY_ATTRIBUTE;
}

/* Those of the elements from `depth` on that format, but not the one that an end tag named, go on later. */
static void keep_pending(struct html_tree *t, size_t depth, size_t named)
{
	size_t kept = 0;

	for (size_t i = depth; i < t->n; i++)
		if (i != named && is_pending_kind(&t->open[i]) &&
			t->pending_count < HTML_PENDING_MOST)
			t->pending[t->pending_count++] = t->open[i];
	/* what stood in a cell ends with it */
	for (size_t i = 0; i < t->pending_count; i++)
		if (t->pending[i].marker < depth)
			t->pending[kept++] = t->pending[i];
	t->pending_count = kept;
}

static void close_to(struct html_tree *t, size_t depth, size_t named)
{
	bool has_pending = t->pending_count > 0;

	/* what was deeper than the last ends with what holds it */
	if (t->over > 0 && depth < HTML_DEPTH_MOST - 1) {
		memset(t->over_of, 0, sizeof(t->over_of));
		t->over = 0;
	}
	for (size_t i = depth; i < t->n; i++) {
		const struct html_element *e = &t->open[i];
		enum html_gap gap = html_gap_of(e);

		if (gap > t->gap)
			t->gap = gap;
		if (gap > t->seen_gap && html_is_shown(&e->look))
			t->seen_gap = gap;
		count_closed(t, e);
		has_pending |= i != named && is_pending_kind(e);
		if (i != named && !is_kind(e->tag, OPTIONAL) && !e->is_gone)
			t->is_unbalanced = true;
	}
	if (has_pending)
		keep_pending(t, depth, named);
	t->n = depth;
}

void html_tree_close(struct html_tree *t, size_t depth)
{
	close_to(t, depth, SIZE_MAX);
}

void html_tree_resume(struct html_tree *t)
{
	unsigned marker;
	size_t kept = 0;

	if (t->pending_count == 0)
		return;
	marker = html_tree_top(t)->marker;
	for (size_t i = 0; i < t->pending_count; i++) {
		const struct html_element *parent = html_tree_parent(t, t->pending[i].tag);
		struct html_element *e = &t->open[t->n];

		if (t->pending[i].marker != marker) {
			t->pending[kept++] = t->pending[i];
			continue;
		}
		*e = t->pending[i];
		if (e->tag != HTML_TAG_A)
			e->link = parent->link;
		html_look_make(&parent->look, &e->style, &e->look);
		if (t->n == HTML_DEPTH_MOST) {
			replace_top(t);
			continue;
		}
		count_open(t, e);
		t->n++;
	}
	t->pending_count = kept;
}

/* From the top down to the first of the kind `stops`: the depth of the tag's element; 0 when it is not there. */
static size_t find_open(const struct html_tree *t, enum html_tag tag, unsigned stops)
{
	if (t->open_of[tag] == 0)
		return 0;
	for (size_t i = t->n - 1; i > 0; i--) {
		if (t->open[i].tag == tag)
			return i;
		if (is_kind(t->open[i].tag, stops))
			return 0;
	}
	return 0;
}

/* The elements above one that goes from among them are looked at anew. */
static void take_out(struct html_tree *t, size_t at)
{
	struct html_element *gone = &t->open[at];
	size_t link = gone->tag == HTML_TAG_A ? gone->link : 0;

	count_closed(t, gone);
	gone->tag = HTML_TAG_UNKNOWN;
	gone->name_key = 0;
	count_open(t, gone);
	gone->name = gone->id = gone->classes = SPAN("");
	gone->style.set = 0;
	gone->is_gone = true;
	gone->link = t->open[at - 1].link;
	gone->look = t->open[at - 1].look;
	gone->look.display = HTML_INLINE;
	for (size_t i = at + 1; i < t->n; i++) {
		struct html_element *e = &t->open[i];

		html_look_make(&t->open[i - 1].look, &e->style, &e->look);
		if (link != 0 && e->link == link)
			e->link = gone->link;
	}
	t->crossings += t->n - at;
}

static bool drop_pending(struct html_tree *t, enum html_tag tag)
{
	for (size_t i = t->pending_count; i-- > 0;) {
		if (t->pending[i].tag != tag)
			continue;
		memmove(&t->pending[i], &t->pending[i + 1],
			(t->pending_count - i - 1) * sizeof(*t->pending));
		t->pending_count--;
		return true;
	}
	return false;
}

/* The end of a formatting element; blocks that were opened in it stay open (section 13.2.6.4.7, adoption agency). */
static bool end_formatting(struct html_tree *t, enum html_tag tag)
{
	size_t at = find_open(t, tag, MARKER);

	if (at == 0)
		return drop_pending(t, tag);
	for (size_t i = at + 1; i < t->n; i++) {
		if (!is_kind(t->open[i].tag, SPECIAL))
			continue;
		t->is_unbalanced = true;
		if (t->crossings > CROSSINGS_MOST) {
			t->is_cut = true;
			break;
		}
		take_out(t, at);
		return true;
	}
	close_to(t, at, at);
	return true;
}

/* ---- start tags ---- */

static void close_if_found(struct html_tree *t, size_t at)
{
	if (at > 0)
		close_to(t, at, at);
}

/* li, dd and dt end others of their list; address, div and p may stand between. */
static size_t find_item(const struct html_tree *t, enum html_tag tag, enum html_tag other)
{
	if (t->open_of[tag] == 0 && t->open_of[other] == 0)
		return 0;
	for (size_t i = t->n - 1; i > 0; i--) {
		enum html_tag at = t->open[i].tag;

		if (at == tag || at == other)
			return i;
		if (is_kind(at, SPECIAL) && at != HTML_TAG_ADDRESS && at != HTML_TAG_DIV &&
			at != HTML_TAG_P)
			return 0;
	}
	return 0;
}

/* Closes what is open in the table that is open last, down to the row, the body or the table itself. */
static bool clear_table(struct html_tree *t, enum html_tag tag)
{
	bool is_cell = tag == HTML_TAG_TD || tag == HTML_TAG_TH;

	if (t->open_of[HTML_TAG_TABLE] == 0)
		return false;
	for (size_t i = t->n - 1; i > 0; i--) {
		enum html_tag at = t->open[i].tag;
		bool is_body = at == HTML_TAG_TBODY || at == HTML_TAG_THEAD || at == HTML_TAG_TFOOT;

		if (at == HTML_TAG_TEMPLATE)
			return false;
		if (at == HTML_TAG_TABLE || (is_cell && at == HTML_TAG_TR) ||
			(is_body && (is_cell || tag == HTML_TAG_TR))) {
			close_to(t, i + 1, SIZE_MAX);
			return true;
		}
	}
	return false;
}

static bool is_heading(enum html_tag tag)
{
	return tag >= HTML_TAG_H1 && tag <= HTML_TAG_H6;
}

/* A table right in another, in none of its cells, ends it. */
static void close_bare_table(struct html_tree *t)
{
	if (t->open_of[HTML_TAG_TABLE] == 0)
		return;
	for (size_t i = t->n - 1; i > 0; i--) {
		if (t->open[i].tag == HTML_TAG_TABLE)
			close_to(t, i, i);
		else if (!is_kind(t->open[i].tag, BARRIER))
			continue;
		return;
	}
}

/* What may stand in the head; any other element ends it (section 13.2.6.4.4). */
static bool is_head_content(enum html_tag tag)
{
	switch (tag) {
	case HTML_TAG_BASE:
	case HTML_TAG_HEAD:
	case HTML_TAG_HTML:
	case HTML_TAG_LINK:
	case HTML_TAG_META:
	case HTML_TAG_NOFRAMES:
	case HTML_TAG_NOSCRIPT:
	case HTML_TAG_SCRIPT:
	case HTML_TAG_STYLE:
	case HTML_TAG_TEMPLATE:
	case HTML_TAG_TITLE:
		return true;
	default:
		return false;
	}
}

bool html_tree_imply(struct html_tree *t, enum html_tag tag)
{
	enum html_tag top = html_tree_top(t)->tag;

	if (top == HTML_TAG_HEAD && !is_head_content(tag))
		html_tree_close(t, t->n - 1);
	if (is_kind(tag, TABLE_PART))
		return clear_table(t, tag);
	if (is_kind(tag, CLOSES_P)) {
		if (tag == HTML_TAG_LI)
			close_if_found(t, find_item(t, HTML_TAG_LI, HTML_TAG_LI));
		else if (tag == HTML_TAG_DD || tag == HTML_TAG_DT)
			close_if_found(t, find_item(t, HTML_TAG_DD, HTML_TAG_DT));
		close_if_found(t, find_open(t, HTML_TAG_P, BARRIER));
		if (is_heading(tag) && is_heading(html_tree_top(t)->tag))
			html_tree_close(t, t->n - 1);
		return true;
	}
	switch (tag) {
	case HTML_TAG_A:
		if (find_open(t, tag, MARKER) > 0 || t->pending_count > 0)
			end_formatting(t, tag);
		return true;
	case HTML_TAG_TABLE:
		close_bare_table(t);
		return true;
	case HTML_TAG_BUTTON:
		close_if_found(t, find_open(t, tag, BARRIER));
		return true;
	case HTML_TAG_OPTION:
	case HTML_TAG_OPTGROUP:
		if (top == HTML_TAG_OPTION)
			html_tree_close(t, t->n - 1);
		if (tag == HTML_TAG_OPTGROUP && html_tree_top(t)->tag == tag)
			html_tree_close(t, t->n - 1);
		return true;
	case HTML_TAG_HEAD:
		return t->open_of[HTML_TAG_HEAD] == 0 && t->open_of[HTML_TAG_BODY] == 0;
	case HTML_TAG_HTML:
	case HTML_TAG_BODY:
		return t->open_of[tag] == 0;
	default:
		return true;
	}
}

/* ---- end tags ---- */

/* An element that is no special one and not known: by its name, not across special ones. */
static size_t find_by_name(const struct html_tree *t, enum html_tag tag, struct span name)
{
	if (t->open_of[tag] == 0 || (tag == HTML_TAG_UNKNOWN && t->unknown_of[key_of(name)] == 0))
		return 0;
	for (size_t i = t->n - 1; i > 0; i--) {
		const struct html_element *e = &t->open[i];

		if (e->tag == tag && !e->is_gone && span_equal(e->name, name))
			return i;
		if (is_kind(e->tag, SPECIAL) && !t->open[t->n - 1].is_foreign)
			return 0;
	}
	return 0;
}

static size_t find_heading(const struct html_tree *t)
{
	for (size_t i = t->n - 1; i > 0; i--) {
		if (is_heading(t->open[i].tag))
			return i;
		if (is_kind(t->open[i].tag, BARRIER))
			return 0;
	}
	return 0;
}

/* A part of the table that is open last, or that itself. */
static size_t find_part(const struct html_tree *t, enum html_tag tag)
{
	for (size_t i = t->n - 1; i > 0; i--) {
		if (t->open[i].tag == tag)
			return i;
		if (t->open[i].tag == HTML_TAG_TABLE)
			return 0;
	}
	return 0;
}

bool html_tree_end(struct html_tree *t, enum html_tag tag, struct span name)
{
	size_t at;

	if (t->over_of[tag] > 0 && (t->n < HTML_DEPTH_MOST || t->open[t->n - 1].tag != tag)) {
		t->over_of[tag]--;
		t->over--;
		return true;
	}
	if (is_kind(tag, FORMATTING) && !t->open[t->n - 1].is_foreign)
		return end_formatting(t, tag);
	/* these are closed by the end of the document: what comes behind them still belongs to them */
	if (tag == HTML_TAG_BODY || tag == HTML_TAG_HTML)
		return t->open_of[tag] > 0;
	if (is_heading(tag))
		at = find_heading(t);
	else if (tag == HTML_TAG_TABLE || is_kind(tag, TABLE_PART))
		at = t->open_of[HTML_TAG_TABLE] == 0 ? 0 : find_part(t, tag);
	else if (is_kind(tag, SPECIAL))
		at = find_open(t, tag, BARRIER);
	else
		at = find_by_name(t, tag, name);
	if (at == 0)
		return false;
	close_to(t, at, at);
	return true;
}
