/*
 * The view of a document: one walk over its tokens.
 *
 * DESIGN: there is no tree of nodes; each text is judged when it comes, by the elements that are open. Only a style
 * sheet that stands behind what it speaks of makes a second walk necessary, with all rules known from the start.
 */
#include "html/html.h"

#include <string.h>

#include "html/view_inner.h"

enum { COMMENT_MOST = 1000, TITLE_MOST = 1000 };

#define LINK_COLOUR UINT32_C(0x0000eeff) /* of links that say no other: blue */

const char *html_why_name(enum html_why why)
{
	static const char *const names[] = {
#define WHY(constant, name, meaning) name,
		HTML_REASONS(WHY)
#undef WHY
	};

	return names[why];
}

const char *html_sight_name(enum html_sight sight)
{
	static const char *const names[] = {
#define SIGHT(constant, name, meaning) name,
		HTML_SIGHTS(SIGHT)
#undef SIGHT
	};

	return names[sight];
}

/* The start of a text, without a part of a character at its end. */
static struct span cut_text(struct span text, size_t most)
{
	size_t n = most;

	if (text.n <= most)
		return text;
	while (n > most - UTF8_CHAR_MOST && (text.p[n] & 0xc0) == 0x80)
		n--;
	return span_slice(text, 0, n);
}

/* ---- styles ---- */

static void set_colour(struct html_style *s, enum html_prop prop, uint32_t colour)
{
	s->set |= UINT32_C(1) << prop;
	s->v[prop].unit = HTML_COLOUR;
	s->v[prop].word = colour;
}

static void set_word(struct html_style *s, enum html_prop prop, uint32_t word)
{
	s->set |= UINT32_C(1) << prop;
	s->v[prop].unit = HTML_WORD;
	s->v[prop].word = word;
}

/* font size=: 1 to 7, +n and -n from 3 (HTML Standard section 15.3.4). */
static void set_font_size(struct html_style *s, struct span size)
{
	static const uint8_t pixels[] = {10, 10, 13, 16, 18, 24, 32, 48};
	int64_t number;
	bool is_relative;

	size = span_trim(size);
	is_relative = span_starts(size, SPAN("+")) || span_starts(size, SPAN("-"));
	if (!num_parse_i64(size, -1000, 1000, &number))
		return;
	number += is_relative ? 3 : 0;
	s->set |= HTML_PROP(FONT_SIZE);
	s->v[HTML_PROP_FONT_SIZE].unit = HTML_PX;
	s->v[HTML_PROP_FONT_SIZE].number = pixels[number < 1 ? 1 : number > 7 ? 7 : number];
}

/* What attributes of old say: the weakest of all. */
static void read_attrs(struct html_reader *r, struct html_element *e)
{
	const struct html_known_attrs *attrs = &r->attrs;
	struct html_style *s = &e->style;
	uint32_t colour;

	if ((attrs->set & HTML_ATTR(BGCOLOR)) != 0 &&
		html_parse_old_colour(attrs->v[HTML_ATTR_BGCOLOR], &colour))
		set_colour(s, HTML_PROP_BACK_COLOUR, colour);
	if ((attrs->set & HTML_ATTR(BACKGROUND)) != 0)
		set_word(s, HTML_PROP_BACK_IMAGE, 1);
	if (e->tag == HTML_TAG_A && (attrs->set & HTML_ATTR(HREF)) != 0)
		set_colour(s, HTML_PROP_COLOUR, r->link_colour);
	if (e->tag == HTML_TAG_FONT) {
		if (html_parse_old_colour(html_attr(attrs, HTML_ATTR_COLOR), &colour))
			set_colour(s, HTML_PROP_COLOUR, colour);
		if ((attrs->set & HTML_ATTR(SIZE)) != 0)
			set_font_size(s, attrs->v[HTML_ATTR_SIZE]);
	}
	if (e->tag == HTML_TAG_BODY) {
		if (html_parse_old_colour(html_attr(attrs, HTML_ATTR_TEXT), &colour))
			set_colour(s, HTML_PROP_COLOUR, colour);
		if (html_parse_old_colour(html_attr(attrs, HTML_ATTR_LINK), &colour))
			r->link_colour = colour;
	}
	if ((attrs->set & HTML_ATTR(HIDDEN)) != 0 ||
		(e->tag == HTML_TAG_DIALOG && (attrs->set & HTML_ATTR(OPEN)) == 0))
		set_word(s, HTML_PROP_DISPLAY, HTML_NONE);
}

/* raw loop: any spread of style attributes will do; what meets in a place is read again */
static size_t cache_place(struct span text)
{
	uint64_t hash = text.n, word;

	for (; text.n >= 8; text = span_from_offset(text, 8)) {
		memcpy(&word, text.p, 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	word = 0;
	if (text.n > 0)
		memcpy(&word, text.p, text.n);
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) % ((size_t)2 * HTML_CACHED);
}

static const struct html_cached *read_inline(struct html_reader *r, struct span text)
{
	struct html_cache *cache = r->cache;
	struct html_cached *cached;
	size_t place = cache_place(text);

	if (cache == NULL) {
		cache = r->cache = arena_alloc_raw(r->arena, sizeof(*cache));
		memset(cache->places, 0, sizeof(cache->places));
		cache->n = 0;
	}
	if (cache->places[place] == 0) {
		if (cache->n < HTML_CACHED)
			cache->v[cache->n++].text = span_from(NULL, 0);
		cache->places[place] = (uint8_t)cache->n;
	}
	cached = &cache->v[cache->places[place] - 1];
	if (cached->text.n > 0 && span_equal(cached->text, text))
		return cached;
	cached->text = text;
	cached->style.set = cached->style.important = 0;
	cached->urls.n = 0;
	cached->urls.is_cut = false;
	html_read_style(r->arena, text, &cached->style, &cached->urls);
	return cached;
}

/* All that is said about an element, the stronger over the weaker (css-cascade-4 section 6). */
static const struct html_cached *make_style(struct html_reader *r, struct html_element *e)
{
	const struct html_cached *cached = NULL;
	struct html_style *important = &r->important;
	enum html_display display = html_display_of(e->tag);

	if (display != HTML_INLINE && !e->is_foreign)
		set_word(&e->style, HTML_PROP_DISPLAY, display);
	html_default_style(e->tag, &e->style);
	if (html_is_folded(e, &r->attrs))
		set_word(&e->style, HTML_PROP_FOLDED, 1);
	if ((r->attrs.set & ~(HTML_ATTR(STYLE) | HTML_ATTR(CLASS) | HTML_ATTR(WIDTH))) != 0 ||
		e->tag == HTML_TAG_DIALOG)
		read_attrs(r, e);
	e->id = html_attr(&r->attrs, HTML_ATTR_ID);
	e->classes = html_attr(&r->attrs, HTML_ATTR_CLASS);
	important->set = 0;
	html_rules_match(r->rules, r->tree.open, r->tree.n + 1, &e->style, important);
	if ((r->attrs.set & HTML_ATTR(STYLE)) != 0 && r->attrs.v[HTML_ATTR_STYLE].n > 0) {
		cached = read_inline(r, r->attrs.v[HTML_ATTR_STYLE]);
		html_merge_style(&e->style, &cached->style, ~cached->style.important);
	}
	html_merge_style(&e->style, important, ~UINT32_C(0));
	if (cached != NULL)
		html_merge_style(&e->style, &cached->style, cached->style.important);
	return cached;
}

static void make_look(struct html_reader *r, struct html_element *e)
{
	const struct html_element *holder = html_tree_parent(&r->tree, e->tag);
	struct html_element *top = html_tree_top(&r->tree);
	const struct html_look *parent;

	/* the first summary is what is shown of details */
	if (e->tag == HTML_TAG_SUMMARY && top->tag == HTML_TAG_DETAILS && !top->has_summary) {
		top->has_summary = true;
		holder = top - 1;
	}
	parent = &holder->look;
	html_look_make(parent, &e->style, &e->look);
	if (parent->for_good == HTML_WHY_COUNT && e->look.for_good == HTML_WHY_DISPLAY &&
		(r->attrs.set & HTML_ATTR(HIDDEN)) != 0)
		e->look.why = e->look.for_good = HTML_WHY_ATTRIBUTE;
	if (e->look.why == HTML_WHY_COUNT)
		e->hider = 0;
	else
		e->hider = parent->why == HTML_WHY_COUNT ? ++r->hider_count : holder->hider;
}

/* What may stand before the body. */
static bool is_of_head(enum html_tag tag)
{
	switch (tag) {
	case HTML_TAG_HTML:
	case HTML_TAG_HEAD:
	case HTML_TAG_TITLE:
	case HTML_TAG_BASE:
	case HTML_TAG_LINK:
	case HTML_TAG_META:
	case HTML_TAG_STYLE:
	case HTML_TAG_SCRIPT:
	case HTML_TAG_NOSCRIPT:
	case HTML_TAG_TEMPLATE:
		return true;
	default:
		return false;
	}
}

/*
 * The first of a body without a tag: what sheets say of html and body counts for those that nobody wrote (sections
 * 13.2.6.4.2 to 13.2.6.4.6). They are not opened: what holds them has their look.
 */
static void imply_body(struct html_reader *r)
{
	static const enum html_tag tags[] = {HTML_TAG_HTML, HTML_TAG_BODY};
	struct html_element *holder = html_tree_top(&r->tree);

	if (r->has_begun || (r->tree.n > 1 && holder->tag != HTML_TAG_HTML))
		return;
	r->has_begun = true;
	if (html_rules_count(r->rules) == 0)
		return;
	r->attrs.set = 0;
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		struct html_element *e;

		if (r->tree.open_of[tags[i]] > 0)
			continue;
		e = html_tree_next(&r->tree, tags[i], html_tag_name(tags[i]));
		(void)make_style(r, e);
		make_look(r, e);
		holder->look = e->look;
		holder->hider = e->hider;
	}
}

static void note_style_urls(struct html_reader *r, const struct html_cached *cached,
	const struct html_element *e, size_t start)
{
	if (cached->urls.is_cut)
		r->view->sights |= HTML_SIGHT(LIMIT);
	for (size_t i = 0; i < cached->urls.n; i++)
		html_note_url(r, HTML_LINK_IMAGE, e->tag, html_attr_name(HTML_ATTR_STYLE),
			cached->urls.v[i], start,
			e->look.why != HTML_WHY_COUNT && e->look.why != HTML_WHY_COLOR);
}

/* ---- sheets ---- */

static void note_sheet_url(void *arg, struct span url, bool is_import)
{
	struct html_reader *r = arg;

	if (is_import)
		r->view->sights |= HTML_SIGHT(EXTERNAL_STYLE);
	html_note_url(r, is_import ? HTML_LINK_STYLESHEET : HTML_LINK_IMAGE, HTML_TAG_STYLE,
		is_import ? SPAN("@import") : SPAN("url"), url, r->sheet_start, false);
}

static void start_sheet(struct html_reader *r, size_t start)
{
	struct span type = span_trim(html_attr(&r->attrs, HTML_ATTR_TYPE));

	r->sheet = span_from(NULL, 0);
	r->sheet_start = start;
	buf_init(&r->sheet_buf, r->arena, HTML_BYTES_MOST);
	r->is_sheet_on = (type.n == 0 || span_equal_nocase(type, SPAN("text/css"))) &&
		html_media_applies(html_attr(&r->attrs, HTML_ATTR_MEDIA));
}

/* Mostly it comes in one piece, which can be pointed at. */
static void add_to_sheet(struct html_reader *r, struct span text)
{
	if (r->sheet.n == 0) {
		r->sheet = text;
		return;
	}
	if (r->sheet_buf.n == 0)
		buf_add(&r->sheet_buf, r->sheet);
	buf_add(&r->sheet_buf, text);
	r->sheet = buf_span(&r->sheet_buf);
}

static void end_sheet(struct html_reader *r)
{
	size_t before = html_rules_count(r->rules);
	struct span sheet = r->sheet;

	r->sheet = span_from(NULL, 0);
	if (sheet.n == 0 || !r->is_sheet_on)
		return;
	if (r->has_rules) {
		/* the links of the sheet were noted in the first walk, and are wanted again */
		html_rules_skip(r->rules, sheet, note_sheet_url, r);
		return;
	}
	html_rules_add(r->rules, sheet, note_sheet_url, r);
	r->has_late |= r->has_body && html_rules_count(r->rules) > before;
}

/* ---- text ---- */

static void add_gap(struct html_reader *r, const struct html_look *look, enum html_gap gap)
{
	html_add_gap(&r->unseen, gap);
	if (html_is_shown(look))
		html_add_gap(&r->seen, gap);
}

/* That of the elements that were closed just now. */
static void take_gap(struct html_reader *r)
{
	html_add_gap(&r->unseen, r->tree.gap);
	html_add_gap(&r->seen, r->tree.seen_gap);
	r->tree.gap = r->tree.seen_gap = HTML_GAP_NONE;
}

static struct html_place place_of(const struct html_reader *r, const struct html_token *token)
{
	struct span raw = span_slice(r->document, token->start, token->end - token->start);
	const char *p = token->text.p;

	if (p >= r->document.p && p < r->document.p + r->document.n)
		return (struct html_place){token->text, token->text, (size_t)(p - r->document.p)};
	return (struct html_place){token->text, raw, token->start};
}

static void add_piece(struct html_reader *r, enum html_why why, double degree, size_t from,
	size_t start, bool is_other)
{
	struct html_piece *piece;

	if (r->is_hiding) {
		piece = &r->hidden.v[r->hidden.n - 1];
		if (piece->hidden.why == why) {
			piece->to = r->unseen.out.n;
			piece->hidden.elements += is_other;
			if (degree > piece->hidden.degree)
				piece->hidden.degree = degree;
			return;
		}
	}
	r->is_hiding = false;
	if (r->hidden.n >= HTML_HIDDEN_MOST) {
		r->view->sights |= HTML_SIGHT(LIMIT);
		return;
	}
	piece = VEC_ADD(r->arena, &r->hidden);
	piece->hidden = (struct html_hidden){.why = why,
		.degree = degree,
		.elements = is_other,
		.start = start};
	piece->from = from;
	piece->to = r->unseen.out.n;
	r->is_hiding = true;
}

/* Something that has letters, and not only blanks that fill a line. */
static bool has_letters(struct span text)
{
	while (text.n > 0) {
		uint32_t c = utf8_next(&text);

		if (c > ' ' && c != 0x7f && c != 0xa0 && c != 0xad && c != 0x34f && c != 0x3000 &&
			c != 0xfeff && (c < 0x2000 || c > 0x200f) && (c < 0x2060 || c > 0x206f))
			return true;
	}
	return false;
}

/* The text stands in another element that hides it than the last piece of the hidden text did. */
static bool is_other_hider(struct html_reader *r, const struct html_element *e, struct span text)
{
	if ((r->is_hiding && e->hider == r->last_hider) || !has_letters(text))
		return false;
	r->last_hider = e->hider;
	return true;
}

static void add_unseen(struct html_reader *r, const struct html_token *token,
	const struct html_element *e, enum html_why why)
{
	struct html_place place;
	size_t at;

	if (!e->look.is_pre && html_is_blank(token->text)) {
		html_add_gap(&r->unseen, HTML_GAP_BLANK);
		return;
	}
	place = place_of(r, token);
	at = html_add_text(&r->unseen, place, e->look.is_pre, NULL, NULL);
	if (at == SIZE_MAX)
		return;
	r->has_body = true;
	r->view->hidden_bytes += r->unseen.out.n - at;
	add_piece(r, why, e->look.degree, at, place.origin, is_other_hider(r, e, token->text));
	if (e->link != 0) {
		struct html_link_more *more = &r->more.v[e->link - 1];

		if (more->hidden_end == 0)
			more->hidden_start = at;
		more->hidden_end = r->unseen.out.n;
	}
}

static void add_seen(struct html_reader *r, const struct html_token *token,
	const struct html_element *e)
{
	size_t at;

	/* what stands between tags of a layout */
	if (!e->look.is_pre && html_is_blank(token->text)) {
		html_add_gap(&r->seen, HTML_GAP_BLANK);
		html_add_gap(&r->unseen, HTML_GAP_BLANK);
		return;
	}
	at = html_add_text(&r->seen, place_of(r, token), e->look.is_pre, r->arena, &r->steps);
	if (at == SIZE_MAX) {
		html_add_gap(&r->unseen, HTML_GAP_BLANK);
		return;
	}
	r->has_body = true;
	r->is_hiding = false;
	if (e->link != 0) {
		struct html_link *link = &r->links.v[e->link - 1];
		struct html_link_more *more = &r->more.v[e->link - 1];

		if (!more->has_text)
			link->text_start = at;
		more->has_text = true;
		link->text_end = r->seen.out.n;
	}
}

static bool is_blank_text(struct span text)
{
	return span_trim_start(text).n == 0;
}

static void on_text(struct html_reader *r, struct html_token *token)
{
	const struct html_element *top = html_tree_top(&r->tree), *e;

	if (top->tag == HTML_TAG_STYLE && !top->is_foreign) {
		add_to_sheet(r, token->text);
		return;
	}
	if (top->tag == HTML_TAG_SCRIPT) {
		html_note_script(r, token->text, token->start);
		return;
	}
	if (top->tag == HTML_TAG_TITLE) {
		if (!r->has_title && !top->is_foreign)
			html_add_text(&r->title, place_of(r, token), false, NULL, NULL);
		return;
	}
	if (top->tag == HTML_TAG_IFRAME || top->tag == HTML_TAG_NOFRAMES ||
		top->tag == HTML_TAG_NOEMBED || top->tag == HTML_TAG_STYLE) {
		if (!top->is_foreign)
			add_unseen(r, token, top, HTML_WHY_DISPLAY);
		return;
	}
	if (r->skip_line_end && token->text.n > 0) {
		r->skip_line_end = false;
		if (token->text.p[0] == '\n')
			token->text = span_from_offset(token->text, 1);
	}
	if (!r->has_begun && !html_is_blank(token->text))
		imply_body(r);
	if (r->tree.pending_count > 0 && !is_blank_text(token->text))
		html_tree_resume(&r->tree);
	e = html_tree_parent(&r->tree, HTML_TAG_UNKNOWN);
	if (e->look.why == HTML_WHY_COUNT)
		add_seen(r, token, e);
	else
		add_unseen(r, token, e, e->look.why);
}

/* ---- tags ---- */

/* True when the tag stands in svg or math and means nothing of HTML. */
static bool enter_foreign(struct html_reader *r, const struct html_token *token)
{
	struct html_tree *t = &r->tree;

	if (!html_tree_top(t)->has_foreign)
		return false;
	if (!html_is_breakout(token))
		return true;
	while (html_tree_top(t)->has_foreign)
		html_tree_close(t, t->n - 1);
	return false;
}

/* Where HTML stands within svg and math (section 13.1.2: integration points). */
static bool holds_html(struct span name)
{
	static const struct span points[] = {SPAN_INIT("foreignobject"), SPAN_INIT("desc"),
		SPAN_INIT("title"), SPAN_INIT("mi"), SPAN_INIT("mo"), SPAN_INIT("mn"),
		SPAN_INIT("ms"), SPAN_INIT("mtext"), SPAN_INIT("annotation-xml")};

	for (size_t i = 0; i < ARRAY_LEN(points); i++)
		if (span_equal(name, points[i]))
			return true;
	return false;
}

static void count_tag(struct html_view *v, enum html_tag tag)
{
	v->tags[tag]++;
	v->tag_count++;
}

static void push_element(struct html_reader *r, struct html_tokenizer *t, struct html_element *e)
{
	struct html_view *v = r->view;

	if (!html_tree_push(&r->tree))
		v->sights |= HTML_SIGHT(DEEP);
	v->depth_most = num_max(v->depth_most, r->tree.n - 1 + r->tree.over);
	if (e->is_foreign)
		return;
	if (e->tag == HTML_TAG_PRE || e->tag == HTML_TAG_TEXTAREA)
		r->skip_line_end = true;
	html_set_state(t, html_state_of(e->tag));
}

static void on_start(struct html_reader *r, struct html_tokenizer *t, struct html_token *token)
{
	bool is_foreign = enter_foreign(r, token);
	enum html_tag tag = token->tag;
	const struct html_cached *cached;
	struct html_element *e;

	r->skip_line_end = false;
	if (!is_foreign && tag == HTML_TAG_UNKNOWN && span_equal(token->name, SPAN("image")))
		tag = HTML_TAG_IMG; /* as section 13.2.6.4.7 has it: "Don't ask." */
	count_tag(r->view, tag);
	if (!is_foreign && !html_tree_imply(&r->tree, tag)) {
		take_gap(r);
		return;
	}
	take_gap(r);
	if (tag == HTML_TAG_BODY)
		r->has_begun = true;
	else if (!is_of_head(tag))
		imply_body(r);
	if (r->tree.pending_count > 0 && !is_foreign && html_is_inline(tag))
		html_tree_resume(&r->tree);
	html_sort_attrs(token, &r->attrs);
	e = html_tree_next(&r->tree, tag, token->name);
	e->is_foreign = is_foreign;
	e->has_foreign =
		is_foreign ? !holds_html(token->name) : tag == HTML_TAG_SVG || tag == HTML_TAG_MATH;
	cached = make_style(r, e);
	make_look(r, e);
	html_note_tag(r, token, e);
	if (cached != NULL && cached->urls.n > 0)
		note_style_urls(r, cached, e, token->start);
	r->has_body |= tag == HTML_TAG_IMG;
	add_gap(r, &e->look, html_gap_of(e));
	if (tag == HTML_TAG_STYLE && !is_foreign)
		start_sheet(r, token->start);
	if (tag == HTML_TAG_BR && !is_foreign) {
		struct html_writer *w = e->look.why == HTML_WHY_COUNT ? &r->seen : &r->unseen;

		html_add_line_end(w);
	}
	if (is_foreign || e->has_foreign ? !token->is_self_closing : !html_is_void(tag))
		push_element(r, t, e);
	html_set_foreign(t, html_tree_top(&r->tree)->has_foreign);
}

static void on_end(struct html_reader *r, struct html_tokenizer *t, struct html_token *token)
{
	const struct html_element *top = html_tree_top(&r->tree);
	enum html_tag tag = token->tag;

	r->skip_line_end = false;
	if (tag == HTML_TAG_STYLE && top->tag == HTML_TAG_STYLE)
		end_sheet(r);
	if (tag == HTML_TAG_TITLE && top->tag == HTML_TAG_TITLE && r->title.out.n > 0)
		r->has_title = true;
	if (tag == HTML_TAG_FORM)
		r->form = 0;
	if (tag == HTML_TAG_BR)
		html_add_line_end(top->look.why == HTML_WHY_COUNT ? &r->seen : &r->unseen);
	else if (!html_tree_end(&r->tree, tag, token->name)) {
		/* the end of a paragraph that was not begun is an empty one */
		if (tag == HTML_TAG_P)
			add_gap(r, &top->look, HTML_GAP_LINE);
		else if (!html_is_void(tag))
			r->view->sights |= HTML_SIGHT(UNBALANCED);
	}
	take_gap(r);
	html_set_foreign(t, html_tree_top(&r->tree)->has_foreign);
}

/* Marks of the other kind, <![if !mso]> and <![endif]>: what stands between them is read by all. */
static bool is_mark(const struct html_reader *r, const struct html_token *token)
{
	return !span_starts(span_from_offset(r->document, token->start), SPAN("<!--")) ||
		span_starts_nocase(token->text, SPAN("<![endif]"));
}

static void on_comment(struct html_reader *r, const struct html_token *token)
{
	struct span text = span_trim(token->text);
	struct html_piece *piece;

	r->view->comment_count++;
	if (text.n == 0 || is_mark(r, token) || html_note_conditional(r, token))
		return;
	if (r->hidden.n >= HTML_HIDDEN_MOST) {
		r->view->sights |= HTML_SIGHT(LIMIT);
		return;
	}
	piece = VEC_ADD(r->arena, &r->hidden);
	piece->hidden = (struct html_hidden){.text = cut_text(text, COMMENT_MOST),
		.why = HTML_WHY_COMMENT,
		.start = token->start};
	r->is_hiding = false;
}

/* ---- the whole ---- */

static void walk(struct html_reader *r, struct html_tokenizer *t)
{
	struct html_token token;

	html_tokenizer_init(t, r->arena, r->document, HTML_DATA, span_from(NULL, 0));
	while (html_next_token(t, &token)) {
		switch (token.kind) {
		case HTML_TEXT:
			on_text(r, &token);
			break;
		case HTML_START_TAG:
			on_start(r, t, &token);
			break;
		case HTML_END_TAG:
			on_end(r, t, &token);
			break;
		case HTML_COMMENT:
			on_comment(r, &token);
			break;
		case HTML_DOCTYPE:
			break;
		}
	}
	if (html_tree_top(&r->tree)->tag == HTML_TAG_STYLE)
		end_sheet(r);
	html_tree_close(&r->tree, 1);
}

/* All is forgotten but the rules and the room that was taken. */
static void start_over(struct html_reader *r)
{
	struct html_view *v = r->view;

	memset(v, 0, sizeof(*v));
	html_tree_reset(&r->tree);
	buf_clear(&r->seen.out);
	buf_clear(&r->unseen.out);
	buf_clear(&r->title.out);
	r->seen.gap = r->unseen.gap = r->title.gap = HTML_GAP_NONE;
	r->steps.n = r->links.n = r->more.n = r->images.n = r->forms.n = r->hidden.n = 0;
	memset(r->links_of, 0, sizeof(r->links_of));
	r->is_hiding = r->has_title = r->skip_line_end = r->has_begun = false;
	r->form = r->documents = r->hider_count = r->last_hider = 0;
	r->link_colour = LINK_COLOUR;
	r->has_rules = true;
}

static void finish_hidden(struct html_reader *r)
{
	struct span unseen = buf_span(&r->unseen.out);
	struct html_hidden *hidden = ARENA_ARRAY(r->arena, struct html_hidden, r->hidden.n);

	for (size_t i = 0; i < r->hidden.n; i++) {
		const struct html_piece *piece = &r->hidden.v[i];

		hidden[i] = piece->hidden;
		if (piece->hidden.why != HTML_WHY_COMMENT)
			hidden[i].text = span_slice(unseen, piece->from, piece->to - piece->from);
	}
	r->view->hidden = hidden;
	r->view->hidden_count = r->hidden.n;
}

static void finish(struct html_reader *r)
{
	struct html_view *v = r->view;

	finish_hidden(r);
	html_finish_links(r);
	v->text = buf_span(&r->seen.out);
	v->title = cut_text(buf_span(&r->title.out), TITLE_MOST);
	v->steps = r->steps.v;
	v->step_count = r->steps.n;
	v->links = r->links.v;
	v->link_count = r->links.n;
	v->images = r->images.v;
	v->image_count = r->images.n;
	v->forms = r->forms.v;
	v->form_count = r->forms.n;
	if (r->tree.is_unbalanced)
		v->sights |= HTML_SIGHT(UNBALANCED);
	if (html_rules_are_cut(r->rules) || r->title.out.full || r->tree.is_cut)
		v->sights |= HTML_SIGHT(LIMIT);
}

const struct html_view *html_read(struct arena *a, struct span document)
{
	struct html_reader *r = ARENA_NEW(a, struct html_reader);
	struct html_tokenizer *t = arena_alloc_raw(a, sizeof(*t));
	bool is_long = document.n > HTML_BYTES_MOST;

	r->arena = a;
	r->document = span_slice(document, 0, HTML_BYTES_MOST);
	r->view = ARENA_NEW(a, struct html_view);
	r->rules = html_rules_make(a);
	r->link_colour = LINK_COLOUR;
	html_tree_init(&r->tree, a);
	html_writer_init(&r->seen, a, 3 * HTML_BYTES_MOST);
	html_writer_init(&r->unseen, a, 3 * HTML_BYTES_MOST);
	html_writer_init(&r->title, a, TITLE_MOST + UTF8_CHAR_MOST);
	/* as much as a usual document needs, so that little is moved */
	(void)buf_reserve(&r->seen.out, r->document.n / 4 + 16);
	r->steps.capacity = r->document.n / 100 + 16;
	r->steps.v = arena_alloc_raw(a, r->steps.capacity * sizeof(*r->steps.v));
	walk(r, t);
	if (r->has_late) {
		start_over(r);
		walk(r, t);
	}
	if (is_long)
		r->view->sights |= HTML_SIGHT(LIMIT);
	finish(r);
	return r->view;
}

size_t html_find_origin(const struct html_view *view, size_t offset)
{
	size_t low = 0, high = view->step_count, origin;

	if (high == 0)
		return 0;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (view->steps[middle].text <= offset)
			low = middle;
		else
			high = middle;
	}
	if (offset < view->steps[low].text)
		return view->steps[low].document;
	origin = view->steps[low].document + offset - view->steps[low].text;
	/* a reference may be longer than what it stands for, or shorter */
	if (low + 1 < view->step_count && origin > view->steps[low + 1].document)
		origin = view->steps[low + 1].document;
	return origin;
}
