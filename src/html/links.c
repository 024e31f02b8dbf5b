/* Links, images, forms and sights: what the attributes of tags say. */
#include "html/html.h"

#include "html/view_inner.h"

enum {
	SOURCES_MOST = 32, /* of a srcset */
	DOCUMENTS_MOST = 100,
	READING_MOST = 1000, /* tags of a conditional comment or a srcdoc that are looked at */
};

struct place {
	enum html_known_attr attr;
	enum html_tag tag; /* HTML_TAG_COUNT: any */
	enum html_link_kind kind;
};

/* The first that fits counts. */
static const struct place places[] = {
	{HTML_ATTR_HREF, HTML_TAG_A, HTML_LINK_ANCHOR},
	{HTML_ATTR_HREF, HTML_TAG_AREA, HTML_LINK_ANCHOR},
	{HTML_ATTR_HREF, HTML_TAG_BASE, HTML_LINK_BASE},
	{HTML_ATTR_HREF, HTML_TAG_LINK, HTML_LINK_OTHER},
	{HTML_ATTR_HREF, HTML_TAG_COUNT, HTML_LINK_OTHER},
	{HTML_ATTR_XLINK_HREF, HTML_TAG_A, HTML_LINK_ANCHOR},
	{HTML_ATTR_XLINK_HREF, HTML_TAG_COUNT, HTML_LINK_OTHER},
	{HTML_ATTR_SRC, HTML_TAG_IMG, HTML_LINK_IMAGE},
	{HTML_ATTR_SRC, HTML_TAG_INPUT, HTML_LINK_IMAGE},
	{HTML_ATTR_SRC, HTML_TAG_COUNT, HTML_LINK_EMBEDDED},
	{HTML_ATTR_LOWSRC, HTML_TAG_COUNT, HTML_LINK_IMAGE},
	{HTML_ATTR_DYNSRC, HTML_TAG_COUNT, HTML_LINK_IMAGE},
	{HTML_ATTR_BACKGROUND, HTML_TAG_COUNT, HTML_LINK_IMAGE},
	{HTML_ATTR_POSTER, HTML_TAG_COUNT, HTML_LINK_IMAGE},
	{HTML_ATTR_ACTION, HTML_TAG_FORM, HTML_LINK_FORM},
	{HTML_ATTR_FORMACTION, HTML_TAG_COUNT, HTML_LINK_FORM},
	{HTML_ATTR_DATA, HTML_TAG_OBJECT, HTML_LINK_EMBEDDED},
	{HTML_ATTR_CODE, HTML_TAG_APPLET, HTML_LINK_EMBEDDED},
	{HTML_ATTR_ARCHIVE, HTML_TAG_APPLET, HTML_LINK_EMBEDDED},
	{HTML_ATTR_CODEBASE, HTML_TAG_COUNT, HTML_LINK_OTHER},
	{HTML_ATTR_CITE, HTML_TAG_COUNT, HTML_LINK_OTHER},
	{HTML_ATTR_LONGDESC, HTML_TAG_COUNT, HTML_LINK_OTHER},
	{HTML_ATTR_PING, HTML_TAG_A, HTML_LINK_OTHER},
	{HTML_ATTR_MANIFEST, HTML_TAG_HTML, HTML_LINK_OTHER},
	{HTML_ATTR_PROFILE, HTML_TAG_HEAD, HTML_LINK_OTHER},
};

/*
 * What leads somewhere, what is fetched and the rest have each a share of HTML_LINKS_MOST, so that much of one does not
 * hide the others.
 */
enum {
	LEADING_MOST = HTML_LINKS_MOST / 2,
	FETCHED_MOST = HTML_LINKS_MOST * 4 / 10,
	OTHERS_MOST = HTML_LINKS_MOST / 10,
};

static const struct share {
	enum html_share which;
	size_t most;
} shares[] = {
	[HTML_LINK_ANCHOR] = {HTML_LEADING, LEADING_MOST},
	[HTML_LINK_FORM] = {HTML_LEADING, LEADING_MOST},
	[HTML_LINK_REFRESH] = {HTML_LEADING, LEADING_MOST},
	[HTML_LINK_IMAGE] = {HTML_FETCHED, FETCHED_MOST},
	[HTML_LINK_STYLESHEET] = {HTML_FETCHED, FETCHED_MOST},
	[HTML_LINK_EMBEDDED] = {HTML_FETCHED, FETCHED_MOST},
	[HTML_LINK_SCRIPT] = {HTML_LEADING, LEADING_MOST},
	[HTML_LINK_BASE] = {HTML_OTHERS, OTHERS_MOST},
	[HTML_LINK_OTHER] = {HTML_OTHERS, OTHERS_MOST},
};

#define URL_ATTRS                                                                                  \
	(HTML_ATTR(HREF) | HTML_ATTR(XLINK_HREF) | HTML_ATTR(SRC) | HTML_ATTR(LOWSRC) |            \
		HTML_ATTR(DYNSRC) | HTML_ATTR(BACKGROUND) | HTML_ATTR(POSTER) |                    \
		HTML_ATTR(ACTION) | HTML_ATTR(FORMACTION) | HTML_ATTR(DATA) | HTML_ATTR(CODE) |    \
		HTML_ATTR(ARCHIVE) | HTML_ATTR(CODEBASE) | HTML_ATTR(CITE) | HTML_ATTR(LONGDESC) | \
		HTML_ATTR(PING) | HTML_ATTR(MANIFEST) | HTML_ATTR(PROFILE))

/* Blanks and controls around a URL, which the URL Standard drops (section 4.4). */
static struct span trim_url(struct span url)
{
	while (url.n > 0 && (unsigned char)url.p[0] <= ' ')
		url = span_from_offset(url, 1);
	while (url.n > 0 && (unsigned char)url.p[url.n - 1] <= ' ')
		url.n--;
	return url;
}

/* True when the scheme is this one; tabs and line ends within mean nothing to browsers. */
static bool has_scheme(struct span url, const char *scheme)
{
	size_t i = 0;

	for (; i < url.n && *scheme != '\0'; i++) {
		if (url.p[i] == '\t' || url.p[i] == '\n' || url.p[i] == '\r')
			continue;
		if (byte_lower(url.p[i]) != *scheme)
			return false;
		scheme++;
	}
	return *scheme == '\0';
}

static bool is_image_data(struct span url)
{
	return has_scheme(url, "data:image/");
}

static void note_scheme(struct html_reader *r, struct span url)
{
	char first = url.n > 0 ? byte_lower(url.p[0]) : '\0';

	if (first == 'j' || first == 'v') {
		if (has_scheme(url, "javascript:") || has_scheme(url, "vbscript:"))
			r->view->sights |= HTML_SIGHT(SCRIPT_URL);
	} else if (first == 'd' && has_scheme(url, "data:") && !is_image_data(url)) {
		r->view->sights |= HTML_SIGHT(DATA_URL);
	}
}

size_t html_note_url(struct html_reader *r, enum html_link_kind kind, enum html_tag tag,
	struct span attr, struct span url, size_t start, bool is_hidden)
{
	struct html_link *link;

	url = trim_url(url);
	if (url.n == 0)
		return 0;
	note_scheme(r, url);
	if (r->links_of[shares[kind].which] >= shares[kind].most) {
		r->view->sights |= HTML_SIGHT(LIMIT);
		return 0;
	}
	r->links_of[shares[kind].which]++;
	link = VEC_ADD(r->arena, &r->links);
	VEC_ADD(r->arena, &r->more);
	link->kind = kind;
	link->tag = tag;
	link->attr = attr;
	link->url = url;
	link->start = start;
	link->is_hidden = is_hidden;
	return r->links.n;
}

/* "a.png 1x, b.png 2x" (HTML Standard section 4.8.4.2.1). */
static void note_srcset(struct html_reader *r, enum html_tag tag, struct span set, size_t start,
	bool is_hidden)
{
	for (size_t count = 0;; count++) {
		size_t n = 0;
		struct span url;

		while (set.n > 0 && (byte_is_space(set.p[0]) || set.p[0] == ','))
			set = span_from_offset(set, 1);
		while (n < set.n && !byte_is_space(set.p[n]))
			n++;
		if (n == 0)
			return;
		if (count == SOURCES_MOST) {
			r->view->sights |= HTML_SIGHT(LIMIT);
			return;
		}
		url = span_slice(set, 0, n);
		set = span_from_offset(set, n);
		if (!span_ends(url, SPAN(",")))
			set = span_from_offset(set, span_find_byte(set, ','));
		while (span_ends(url, SPAN(",")))
			url.n--;
		html_note_url(r, HTML_LINK_IMAGE, tag, html_attr_name(HTML_ATTR_SRCSET), url, start,
			is_hidden);
	}
}

/* "5; url='https://...'" (HTML Standard section 4.2.5.3); null when it leads nowhere else. */
static struct span refresh_url(struct span content)
{
	size_t n = 0;

	content = span_trim(content);
	while (n < content.n && (byte_is_digit(content.p[n]) || content.p[n] == '.'))
		n++;
	content = span_from_offset(content, n);
	n = 0;
	while (n < content.n &&
		(byte_is_space(content.p[n]) || content.p[n] == ';' || content.p[n] == ','))
		n++;
	if (n == 0)
		return span_from(NULL, 0);
	content = span_from_offset(content, n);
	if (span_starts_nocase(content, SPAN("url"))) {
		struct span rest = span_trim_start(span_from_offset(content, 3));

		if (span_starts(rest, SPAN("=")))
			content = span_trim_start(span_from_offset(rest, 1));
	}
	if (content.n > 0 && (content.p[0] == '"' || content.p[0] == '\'')) {
		char quote = content.p[0];

		content = span_from_offset(content, 1);
		content.n = span_find_byte(content, quote);
	}
	return content;
}

static enum html_link_kind link_kind(const struct html_known_attrs *attrs)
{
	struct span rest = html_attr(attrs, HTML_ATTR_REL), word;

	while (html_next_word(&rest, &word))
		if (span_equal_nocase(word, SPAN("stylesheet")))
			return HTML_LINK_STYLESHEET;
	return HTML_LINK_OTHER;
}

/* "12", "12px", "12.5"; -1 for none and for percentages. */
static int image_size(struct span attr, const struct html_style *style, enum html_prop prop)
{
	struct html_value v;
	uint64_t number;
	size_t n;

	if (style != NULL && (style->set >> prop & 1) != 0) {
		v = style->v[prop];
		if (v.unit != HTML_PX && v.unit != HTML_WINDOW)
			return -1;
		return v.number >= 0 && v.number <= 1e6f ? (int)v.number : -1;
	}
	attr = span_trim(attr);
	n = num_read_u64(attr, 1000000, &number);
	return n == 0 || span_has_byte(attr, '%') ? -1 : (int)number;
}

/* An image is seen whatever its letters are. */
static bool hides_boxes(const struct html_look *look)
{
	return look->why != HTML_WHY_COUNT && look->why != HTML_WHY_COLOR &&
		look->why != HTML_WHY_FONT_SIZE;
}

static bool note_image(struct html_reader *r, const struct html_element *e)
{
	struct html_image *image, spare = {0};
	bool is_dot;

	image = &spare;
	if (r->images.n < HTML_IMAGES_MOST)
		image = VEC_ADD(r->arena, &r->images);
	else
		r->view->sights |= HTML_SIGHT(LIMIT);
	image->url = trim_url(html_attr(&r->attrs, HTML_ATTR_SRC));
	image->alt = span_trim(html_attr(&r->attrs, HTML_ATTR_ALT));
	if (image->alt.n == 0)
		image->alt = span_trim(html_attr(&r->attrs, HTML_ATTR_TITLE));
	image->width =
		image_size(html_attr(&r->attrs, HTML_ATTR_WIDTH), &e->style, HTML_PROP_WIDTH);
	image->height =
		image_size(html_attr(&r->attrs, HTML_ATTR_HEIGHT), &e->style, HTML_PROP_HEIGHT);
	image->is_embedded = has_scheme(image->url, "cid:") || has_scheme(image->url, "data:");
	image->is_linked = e->link != 0;
	is_dot = (image->width >= 0 && image->width <= 1) ||
		(image->height >= 0 && image->height <= 1);
	image->is_hidden = is_dot || hides_boxes(&e->look);
	if (e->link != 0) {
		struct html_link_more *more = &r->more.v[e->link - 1];

		r->links.v[e->link - 1].has_image = true;
		if (more->alt.n == 0)
			more->alt = image->alt;
		more->has_seen |= !image->is_hidden;
	}
	return image->is_hidden;
}

static void note_form(struct html_reader *r)
{
	struct html_form *form;

	r->view->sights |= HTML_SIGHT(FORM);
	r->form = 0;
	if (r->forms.n >= HTML_FORMS_MOST) {
		r->view->sights |= HTML_SIGHT(LIMIT);
		return;
	}
	form = VEC_ADD(r->arena, &r->forms);
	form->action = trim_url(html_attr(&r->attrs, HTML_ATTR_ACTION));
	form->is_post = span_equal_nocase(html_attr(&r->attrs, HTML_ATTR_METHOD), SPAN("post"));
	r->form = r->forms.n;
}

static void note_field(struct html_reader *r, enum html_tag tag)
{
	static const struct span no_fields[] = {SPAN_INIT("hidden"), SPAN_INIT("submit"),
		SPAN_INIT("reset"), SPAN_INIT("button"), SPAN_INIT("image")};
	struct span type = html_attr(&r->attrs, HTML_ATTR_TYPE);
	bool is_password = tag == HTML_TAG_INPUT && span_equal_nocase(type, SPAN("password"));

	if (is_password)
		r->view->sights |= HTML_SIGHT(PASSWORD);
	if (r->form == 0)
		return;
	for (size_t i = 0; tag == HTML_TAG_INPUT && i < ARRAY_LEN(no_fields); i++)
		if (span_equal_nocase(type, no_fields[i]))
			return;
	r->forms.v[r->form - 1].field_count++;
	r->forms.v[r->form - 1].password_count += is_password;
}

static const uint32_t tag_sights[HTML_TAG_COUNT] = {
	[HTML_TAG_SCRIPT] = HTML_SIGHT(SCRIPT),
	[HTML_TAG_IFRAME] = HTML_SIGHT(FRAME),
	[HTML_TAG_FRAME] = HTML_SIGHT(FRAME),
	[HTML_TAG_OBJECT] = HTML_SIGHT(OBJECT),
	[HTML_TAG_EMBED] = HTML_SIGHT(OBJECT),
	[HTML_TAG_APPLET] = HTML_SIGHT(OBJECT),
	[HTML_TAG_SVG] = HTML_SIGHT(SVG),
};

/* A tokenizer that was used before keeps its room for copies. */
static void start_again(struct html_tokenizer *t, struct arena *a, struct span input)
{
	char *spare = t->spare;
	size_t spare_n = t->spare_n;

	html_tokenizer_init(t, a, input, HTML_DATA, span_from(NULL, 0));
	t->spare = spare;
	t->spare_n = spare_n;
}

static bool is_script_url(struct span url)
{
	char first = url.n > 0 ? byte_lower(url.p[0]) : '\0';

	return (first == 'j' && has_scheme(url, "javascript:")) ||
		(first == 'v' && has_scheme(url, "vbscript:"));
}

/* Attributes that run a script. Gives the link that a click follows, plus one, or 0. */
static size_t note_handlers(struct html_reader *r, const struct html_token *token,
	enum html_tag tag, size_t start, bool is_hidden)
{
	size_t clicked = 0;

	for (size_t i = 0; i < token->attr_count; i++) {
		const struct html_attr *attr = &token->attrs[i];
		struct html_script script = {tag, attr->name, start, is_hidden};
		size_t link;

		if (attr->name.n < 3 || !span_starts(attr->name, SPAN("on")))
			continue;
		link = html_note_script_urls(r, attr->value, &script);
		if (span_equal(attr->name, SPAN("onclick")))
			clicked = link;
	}
	return clicked;
}

static void note_script_url(struct html_reader *r, enum html_tag tag, struct span attr,
	struct span url, size_t start, bool is_hidden)
{
	struct html_script script = {tag, attr, start, is_hidden};
	size_t colon = span_find_byte(url, ':');

	html_note_script_urls(r, html_unescape_percent(r->arena, span_from_offset(url, colon + 1)),
		&script);
}

/* The tags of what is not part of the document as it is seen, but of another reading: its links. */
static void note_reading(struct html_reader *r, struct span markup, size_t start)
{
	struct html_known_attrs attrs;
	struct html_tokenizer *t;
	struct html_token token;
	enum html_tag last = HTML_TAG_UNKNOWN;
	size_t tags = 0;

	if (r->reading == NULL)
		r->reading = ARENA_NEW(r->arena, struct html_tokenizer);
	t = r->reading;
	start_again(t, r->arena, markup);
	while (html_next_token(t, &token)) {
		if (token.kind == HTML_TEXT && last == HTML_TAG_SCRIPT)
			html_note_script(r, token.text, start);
		if (token.kind == HTML_END_TAG)
			last = HTML_TAG_UNKNOWN;
		if (token.kind != HTML_START_TAG)
			continue;
		last = token.tag;
		if (tags++ == READING_MOST) {
			r->view->sights |= HTML_SIGHT(LIMIT);
			return;
		}
		html_set_state(t, html_state_of(token.tag));
		html_sort_attrs(&token, &attrs);
		for (size_t i = 0; i < ARRAY_LEN(places); i++) {
			const struct place *p = &places[i];

			if ((attrs.set >> p->attr & 1) == 0 ||
				(p->tag != HTML_TAG_COUNT && p->tag != token.tag))
				continue;
			attrs.set &= ~(UINT64_C(1) << p->attr);
			html_note_url(r, p->kind, token.tag, html_attr_name(p->attr),
				attrs.v[p->attr], start, true);
			if (is_script_url(trim_url(attrs.v[p->attr])))
				note_script_url(r, token.tag, html_attr_name(p->attr),
					attrs.v[p->attr], start, true);
		}
		if (attrs.has_handler)
			(void)note_handlers(r, &token, token.tag, start, true);
	}
}

/* What a URL holds instead of leading to it. */
static void note_held(struct html_reader *r, enum html_link_kind kind, enum html_tag tag,
	struct span attr, struct span url, size_t start, bool is_hidden)
{
	struct span document;

	url = trim_url(url);
	if (is_script_url(url)) {
		note_script_url(r, tag, attr, url, start, is_hidden);
		return;
	}
	if ((kind != HTML_LINK_ANCHOR && kind != HTML_LINK_EMBEDDED) || url.n == 0 ||
		byte_lower(url.p[0]) != 'd' || !has_scheme(url, "data:"))
		return;
	if (r->documents == DOCUMENTS_MOST) {
		r->view->sights |= HTML_SIGHT(LIMIT);
		return;
	}
	document = html_data_document(r->arena, url);
	if (document.n == 0)
		return;
	r->documents++;
	note_reading(r, document, start);
}

bool html_note_conditional(struct html_reader *r, const struct html_token *token)
{
	struct span text = span_trim_start(token->text);
	size_t end;

	if (!span_starts_nocase(text, SPAN("[if")))
		return false;
	r->view->sights |= HTML_SIGHT(CONDITIONAL);
	end = span_find(text, SPAN("]>"));
	if (end < text.n)
		note_reading(r, span_from_offset(text, end + 2), token->start);
	return true;
}

void html_note_script(struct html_reader *r, struct span script, size_t start)
{
	static const struct span tricks[] = {SPAN_INIT("new Blob"), SPAN_INIT("atob("),
		SPAN_INIT("msSaveBlob"), SPAN_INIT("msSaveOrOpenBlob"),
		SPAN_INIT("createObjectURL")};

	for (size_t i = 0; i < ARRAY_LEN(tricks); i++)
		if (span_find(script, tricks[i]) < script.n)
			r->view->sights |= HTML_SIGHT(BLOB);
	html_note_script_urls(r, script,
		&(struct html_script){HTML_TAG_SCRIPT, SPAN("script"), start, false});
}

static void note_meta(struct html_reader *r, size_t start)
{
	struct span url;

	if (!span_equal_nocase(span_trim(html_attr(&r->attrs, HTML_ATTR_HTTP_EQUIV)),
		    SPAN("refresh")))
		return;
	url = refresh_url(html_attr(&r->attrs, HTML_ATTR_CONTENT));
	if (html_note_url(r, HTML_LINK_REFRESH, HTML_TAG_META, html_attr_name(HTML_ATTR_CONTENT),
		    url, start, false) != 0)
		r->view->sights |= HTML_SIGHT(REFRESH);
}

static void note_urls(struct html_reader *r, struct html_element *e, size_t start, bool is_hidden)
{
	uint64_t left = r->attrs.set & URL_ATTRS;

	for (size_t i = 0; i < ARRAY_LEN(places) && left != 0; i++) {
		const struct place *p = &places[i];
		enum html_link_kind kind = p->kind;
		size_t link;

		if ((left >> p->attr & 1) == 0 || (p->tag != HTML_TAG_COUNT && p->tag != e->tag) ||
			(p->attr == HTML_ATTR_XLINK_HREF && !e->is_foreign))
			continue;
		left &= ~(UINT64_C(1) << p->attr);
		if (e->tag == HTML_TAG_LINK)
			kind = link_kind(&r->attrs);
		else if (e->is_foreign && span_equal(e->name, SPAN("image")))
			kind = HTML_LINK_IMAGE;
		link = html_note_url(r, kind, e->tag, html_attr_name(p->attr), r->attrs.v[p->attr],
			start, is_hidden);
		if (kind == HTML_LINK_STYLESHEET)
			r->view->sights |= HTML_SIGHT(EXTERNAL_STYLE);
		note_held(r, kind, e->tag, html_attr_name(p->attr), r->attrs.v[p->attr], start,
			is_hidden);
		if (link != 0 && kind == HTML_LINK_FORM && e->tag == HTML_TAG_BUTTON)
			e->link = link;
		if (link == 0 || kind != HTML_LINK_ANCHOR)
			continue;
		if (e->tag == HTML_TAG_AREA)
			r->more.v[link - 1].alt = html_attr(&r->attrs, HTML_ATTR_ALT);
		r->links.v[link - 1].has_download = (r->attrs.set & HTML_ATTR(DOWNLOAD)) != 0;
		if (r->links.v[link - 1].has_download)
			r->view->sights |= HTML_SIGHT(DOWNLOAD);
		if (e->tag == HTML_TAG_A)
			e->link = link;
	}
}

void html_note_tag(struct html_reader *r, const struct html_token *token, struct html_element *e)
{
	bool is_folded = (e->style.set & HTML_PROP(FOLDED)) != 0;
	/* what such an element does not show is what it holds */
	bool is_hidden =
		hides_boxes(is_folded ? &html_tree_parent(&r->tree, e->tag)->look : &e->look);

	r->view->sights |= tag_sights[e->tag];
	if (r->attrs.has_handler)
		r->view->sights |= HTML_SIGHT(HANDLER);
	if (token->is_cut)
		r->view->sights |= HTML_SIGHT(LIMIT);
	switch (e->tag) {
	case HTML_TAG_IMG:
		is_hidden = note_image(r, e);
		break;
	case HTML_TAG_FORM:
		note_form(r);
		break;
	case HTML_TAG_INPUT:
		note_field(r, e->tag);
		if (span_equal_nocase(html_attr(&r->attrs, HTML_ATTR_TYPE), SPAN("image")))
			is_hidden = note_image(r, e);
		break;
	case HTML_TAG_SELECT:
	case HTML_TAG_TEXTAREA:
		note_field(r, e->tag);
		break;
	case HTML_TAG_META:
		note_meta(r, token->start);
		break;
	default:
		break;
	}
	if (e->tag == HTML_TAG_BASE && (r->attrs.set & HTML_ATTR(HREF)) != 0) {
		r->view->sights |= HTML_SIGHT(BASE);
		if (span_is_null(r->view->base))
			r->view->base = trim_url(html_attr(&r->attrs, HTML_ATTR_HREF));
	}
	if ((r->attrs.set & URL_ATTRS) != 0)
		note_urls(r, e, token->start, is_hidden);
	if (r->attrs.has_handler) {
		size_t clicked = note_handlers(r, token, e->tag, token->start, is_hidden);

		if (clicked != 0 && e->link == 0)
			e->link = clicked;
	}
	if ((r->attrs.set & HTML_ATTR(SRCSET)) != 0)
		note_srcset(r, e->tag, html_attr(&r->attrs, HTML_ATTR_SRCSET), token->start,
			is_hidden);
	if ((r->attrs.set & HTML_ATTR(SRCDOC)) != 0)
		note_reading(r, html_attr(&r->attrs, HTML_ATTR_SRCDOC), token->start);
}

void html_finish_links(struct html_reader *r)
{
	struct span seen = buf_span(&r->seen.out), unseen = buf_span(&r->unseen.out);

	for (size_t i = 0; i < r->links.n; i++) {
		struct html_link *link = &r->links.v[i];
		const struct html_link_more *more = &r->more.v[i];

		link->hidden_text = span_trim(span_slice(unseen, more->hidden_start,
			more->hidden_end - more->hidden_start));
		if (more->has_text)
			link->text = span_trim(span_slice(seen, link->text_start,
				link->text_end - link->text_start));
		else
			link->text = more->alt;
		if (link->kind == HTML_LINK_ANCHOR && link->tag == HTML_TAG_A)
			link->is_hidden = !more->has_text && !more->has_seen;
	}
}
