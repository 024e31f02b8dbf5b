/*
 * Where a message leads: its URLs and the mail addresses that it names.
 *
 * DESIGN: one walk over subject, texts and fields makes both lists, since both are found by the same reading of the
 * same texts. A URL that is met again in the same kind of place is counted, not listed, so that lists stay short
 * and block lists are asked once; but a link that shows another address than it leads to is never lost to one
 * that does not. URLs within URLs come last: they are looked for in what the list then holds. Half of the list is kept
 * for links, and for what they carry: or addresses that nobody looks at, in the other form of the message or as
 * pictures, would hide the one link that matters.
 */
#include "msg/inner.h"

enum {
	MENTIONS_MOST = 1000,
	/* nobody wraps a link deeper, and each level may multiply */
	CARRIERS_DEEP_MOST = 3,
	/* of URLs that are searched for others, in sum: each costs more than finding it did */
	CARRIERS_BYTES_MOST = 4 << 20,
	/* links around one place: more are a trick, and cost for each find */
	ANCHORS_DEEP_MOST = 64,
};

/* What the list does not show of an entry. */
struct row {
	size_t carrier; /* its place in the list and one more; 0: none */
	size_t next;    /* another entry of the same href, likewise */
	unsigned depth; /* of URLs within each other */
	bool is_link;   /* somebody may follow it, or what carries it */
};

struct walk {
	struct msg *msg;
	struct arena *arena;
	struct {
		VEC(struct msg_url);
	} urls;
	struct {
		VEC(struct row);
	} rows;
	struct map *by_href; /* to the place of the first entry and one more */
	struct {
		VEC(struct msg_mention);
	} mentions;
	bool has_more_mentions;
	struct map *by_address;
	struct url_finds finds; /* of the text at hand; its memory is used again */
	struct arena *scratch;  /* for one link's text */
	size_t others;          /* entries that are no links */
	bool is_cut;
};

const char *msg_place_name(enum msg_place place)
{
	static const char *const names[] = {
#define WHERE(constant, name) name,
		MSG_PLACES(WHERE)
#undef WHERE
	};

	return names[place];
}

/* ---- the lists ---- */

/* Schemes that lead nowhere: they hold their content, name a part, run or call something. */
static bool leads_somewhere(const struct url *url)
{
	static const struct span others[] = {SPAN_INIT("cid"), SPAN_INIT("mid"), SPAN_INIT("data"),
		SPAN_INIT("mailto"), SPAN_INIT("javascript"), SPAN_INIT("vbscript"),
		SPAN_INIT("about"), SPAN_INIT("tel"), SPAN_INIT("sms"), SPAN_INIT("urn")};

	if (url_is_web(url))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (span_equal(url->scheme, others[i]))
			return false;
	return url->host.n > 0 || span_equal(url->scheme, SPAN("file"));
}

bool msg_url_lies(const struct msg_url *u)
{
	return u->displayed != NULL && !span_equal_nocase(u->displayed->domain, u->url.domain);
}

/* The same URL in the same kind of place: of two links, the one that tells more about it stays. */
static void count_again(struct msg_url *known, const struct msg_url *again)
{
	bool is_better = msg_url_lies(again) ||
		(known->link != NULL && known->link->is_hidden && again->link != NULL &&
			!again->link->is_hidden) ||
		(known->displayed == NULL && again->displayed != NULL) ||
		(known->shown.n == 0 && again->shown.n > 0);

	known->count++;
	known->url.odd |= again->url.odd;
	if (!is_better || msg_url_lies(known))
		return;
	known->link = again->link;
	known->shown = again->shown;
	known->displayed = again->displayed;
}

/* Whether the list has it and counts it again, or has no room for it. */
static bool is_settled(struct walk *w, const struct msg_url *u, const struct row *row, size_t first)
{
	for (size_t at = first; at != 0; at = w->rows.v[at - 1].next) {
		struct msg_url *known = &w->urls.v[at - 1];

		if (known->place != u->place || known->is_embedded != u->is_embedded)
			continue;
		count_again(known, u);
		return true;
	}
	if (w->urls.n == MSG_URLS_MOST || (!row->is_link && w->others == MSG_OTHER_URLS_MOST)) {
		w->is_cut = true;
		return true;
	}
	return false;
}

/* The place of the first entry of that href and one more; 0 when there is none. */
static size_t find_first(const struct walk *w, const struct msg_url *u)
{
	return (size_t)(uintptr_t)map_find(w->by_href, u->url.href);
}

static void add_url(struct walk *w, const struct msg_url *u, const struct row *row)
{
	size_t first = find_first(w, u);
	struct msg_url *added;
	struct row *added_row;

	if (is_settled(w, u, row, first))
		return;
	w->others += !row->is_link;
	added = VEC_ADD(w->arena, &w->urls);
	*added = *u;
	added->count = 1;
	/* other readings come after the tree: what it has is there already */
	added->is_other_reading = u->text != NULL && u->text->reading != NULL && first == 0;
	added_row = VEC_ADD(w->arena, &w->rows);
	*added_row = *row;
	if (first != 0) {
		added_row->next = w->rows.v[first - 1].next;
		w->rows.v[first - 1].next = w->urls.n;
	} else {
		map_put(w->by_href, added->url.href, (void *)(uintptr_t)w->urls.n);
	}
}

/* A URL of the scratch arena, to stay. What is serialised is read as it was. */
static struct url keep_url(struct walk *w, const struct url *url)
{
	struct url kept;

	must(url_parse(w->arena, arena_copy(w->arena, url->href), NULL, &kept));
	kept.odd |= url->odd;
	return kept;
}

static void add_mention(struct walk *w, struct span address, enum msg_place place)
{
	struct msg_mention *mention;
	size_t at;
	char *copy;

	address = span_trim(address);
	at = span_find_last_byte(address, '@');
	if (at == 0 || at + 1 >= address.n)
		return;
	if (w->mentions.n == MENTIONS_MOST) {
		w->has_more_mentions = true;
		return;
	}
	copy = arena_alloc_raw(w->arena, address.n);
	for (size_t i = 0; i < address.n; i++)
		copy[i] = i < at ? address.p[i] : byte_lower(address.p[i]);
	address = span_from(copy, address.n);
	if (map_find(w->by_address, address) != NULL)
		return;
	map_put(w->by_address, address, w);
	mention = VEC_ADD(w->arena, &w->mentions);
	mention->address = address;
	mention->domain = span_from_offset(address, at + 1);
	mention->place = place;
}

/* Several addresses may stand in one mailto: (RFC 6068 section 2). */
static void add_mailto(struct walk *w, const struct url *url, enum msg_place place)
{
	struct span list = url_mail_address(w->arena, url);

	for (struct span item; span_next(&list, ',', &item);)
		add_mention(w, item, place);
}

/* ---- plain texts ---- */

static const struct url_finds *find_all(struct walk *w, struct span text)
{
	w->finds.n = 0;
	w->finds.is_cut = false;
	if (text.n > 0)
		url_find_all(w->arena, text, URL_FINDS_MOST, &w->finds);
	w->is_cut |= w->finds.is_cut;
	return &w->finds;
}

static void add_find(struct walk *w, const struct msg_text *text, const struct url_found *found,
	enum msg_place place)
{
	struct msg_url u = {.url = found->url, .text = text, .place = place, .shown = found->text};

	if (span_equal(found->url.scheme, SPAN("mailto"))) {
		if (place != MSG_IN_HEADER)
			add_mailto(w, &found->url, place);
	} else if (leads_somewhere(&found->url)) {
		add_url(w, &u, &(struct row){0});
	}
}

static void walk_plain(struct walk *w, const struct msg_text *text, struct span content,
	enum msg_place place)
{
	const struct url_finds *finds = find_all(w, content);

	for (size_t i = 0; i < finds->n; i++)
		add_find(w, text, &finds->v[i], place);
}

/* ---- HTML ---- */

/* A link that is followed, and where in the visible text it stands. */
struct anchor {
	size_t start, end;
	struct span href;
	bool is_address; /* its text is itself a URL: see msg_url.displayed */
};

struct anchors {
	VEC(struct anchor);
};

static bool is_embedded_kind(enum html_link_kind kind)
{
	return kind == HTML_LINK_IMAGE || kind == HTML_LINK_STYLESHEET || kind == HTML_LINK_OTHER;
}

/* A click on its text leads there. */
static bool is_clicked(const struct html_link *link)
{
	if (link->kind == HTML_LINK_FORM)
		return link->tag == HTML_TAG_BUTTON;
	return link->kind == HTML_LINK_ANCHOR ||
		(link->kind == HTML_LINK_SCRIPT && span_equal(link->attr, SPAN("onclick")));
}

/* Two slashes, of either kind: what follows is a host, and of the base only the scheme counts. */
static bool is_schemeless(struct span url)
{
	return url.n > 2 && (url.p[0] == '/' || url.p[0] == '\\') &&
		(url.p[1] == '/' || url.p[1] == '\\');
}

/*
 * Mail has no address of its own that links could be relative to. But programs do open `//example.org` and
 * `www.example.org`.
 */
static bool parse_link(struct walk *w, struct span written, const struct url *base, struct url *out)
{
	struct url web;

	if (url_parse(w->arena, written, base, out))
		return true;
	if (base != NULL)
		return false;
	if (is_schemeless(written))
		return url_parse(w->arena, SPAN("https://base.invalid/"), NULL, &web) &&
			url_parse(w->arena, written, &web, out);
	if (written.n == 0 || written.p[0] == '#' || !span_has_byte(written, '.'))
		return false;
	(void)find_all(w, written);
	if (w->finds.n != 1 || w->finds.v[0].text.n != written.n ||
		w->finds.v[0].kind != URL_FOUND_URL)
		return false;
	*out = w->finds.v[0].url;
	return true;
}

/* Letters, digits and what else is read; not dots, brackets, arrows. */
static bool has_letters(struct span text)
{
	while (text.n > 0) {
		uint32_t c = utf8_next(&text);

		if (c < 0x80 ? byte_is_alnum((char)c) : text_script_of(c) != TEXT_COMMON)
			return true;
	}
	return false;
}

/*
 * Where the text of a link seems to lead; NULL when it is no URL, or words beside one. The texts of links may overlap, so
 * all but the answer is made in the scratch arena.
 */
static const struct url *find_displayed(struct walk *w, struct span shown)
{
	struct url_finds finds = {0};
	const struct url_found *found;
	struct text_form form;
	struct url *url;

	if (shown.n == 0 || shown.n > URL_BYTES_MOST)
		return NULL;
	arena_reset(w->scratch);
	if (!span_is_ascii(shown)) {
		text_make_folded(w->scratch, shown, &form);
		shown = form.text;
	}
	url_find_all(w->scratch, shown, 1, &finds);
	if (finds.n != 1 || finds.is_cut)
		return NULL;
	found = &finds.v[0];
	if (found->kind != URL_FOUND_URL || found->url.host.n == 0 ||
		has_letters(span_slice(shown, 0, found->start)) ||
		has_letters(span_from_offset(shown, found->start + found->text.n)))
		return NULL;
	url = ARENA_NEW(w->arena, struct url);
	*url = keep_url(w, &found->url);
	return url;
}

/* Its host goes on where the text of the link breaks off: `https://www.verylongn...`. */
static bool is_cut_short(struct span shown, const struct url *displayed)
{
	size_t dots = span_find(shown, SPAN("..")), sign = span_find(shown, SPAN("\xe2\x80\xa6"));
	struct span start = span_slice(shown, 0, num_min(dots, sign));
	size_t scheme = span_find(start, SPAN("://"));

	if (start.n == shown.n)
		return false;
	start = span_from_offset(start, scheme == start.n ? 0 : scheme + 3);
	for (size_t i = 0; i < start.n; i++)
		if (start.p[i] == '/' || start.p[i] == '?' || start.p[i] == '#')
			return false;
	return displayed->host_kind == URL_HOST_DOMAIN;
}

/* A reader takes it for an address that he can compare: not a single label, nor what is cut off within a name. */
static bool names_a_place(struct span shown, const struct url *displayed, const struct url *real)
{
	if (displayed->host_kind == URL_HOST_DOMAIN && !span_has_byte(displayed->host, '.'))
		return false;
	return !is_cut_short(shown, displayed) ||
		((displayed->odd & URL_ODD(NO_TLD)) == 0 &&
			!span_starts_nocase(real->host, displayed->host));
}

static void walk_links(struct walk *w, const struct msg_text *text, const struct html_view *view,
	enum msg_place place, struct anchors *anchors)
{
	struct url base;
	bool has_base = view->base.n > 0 && url_parse(w->arena, view->base, NULL, &base);

	for (size_t i = 0; i < view->link_count; i++) {
		const struct html_link *link = &view->links[i];
		struct msg_url u = {.text = text, .place = place, .shown = link->text};

		if (link->kind == HTML_LINK_BASE ||
			!parse_link(w, link->url, has_base ? &base : NULL, &u.url))
			continue;
		if (span_equal(u.url.scheme, SPAN("mailto")))
			add_mailto(w, &u.url, place);
		if (!leads_somewhere(&u.url))
			continue;
		u.link = link;
		u.is_embedded = is_embedded_kind(link->kind);
		if (is_clicked(link)) {
			const struct url *displayed = find_displayed(w, link->text);

			if (displayed != NULL && names_a_place(link->text, displayed, &u.url))
				u.displayed = displayed;
			if (link->text_end > link->text_start)
				*VEC_ADD(w->arena, anchors) = (struct anchor){
					.start = link->text_start,
					.end = link->text_end,
					.href = u.url.href,
					.is_address = displayed != NULL,
				};
		}
		add_url(w, &u, &(struct row){.is_link = !u.is_embedded});
	}
}

/* Those that stand around the place at hand, the innermost last: links in tables in links are within each other. */
struct open_anchors {
	VEC(const struct anchor *);
	size_t next; /* the first one behind that place */
};

/*
 * What is written in the text of a link is no place to go to: the link goes where it goes. Finds come in order, and so
 * do the starts of anchors.
 */
static bool repeats_link(struct arena *a, const struct anchors *anchors, struct open_anchors *open,
	const struct url_found *found)
{
	while (open->next < anchors->n && anchors->v[open->next].start <= found->start)
		*VEC_ADD(a, open) = &anchors->v[open->next++];
	while (open->n > 0 && open->v[open->n - 1]->end <= found->start)
		open->n--;
	for (size_t i = open->n; i > 0 && open->n - i < ANCHORS_DEEP_MOST; i--) {
		const struct anchor *anchor = open->v[i - 1];

		if (found->start + found->text.n <= anchor->end &&
			(anchor->is_address || span_equal(anchor->href, found->url.href)))
			return true;
	}
	return false;
}

static void walk_html(struct walk *w, struct msg_text *text)
{
	const struct html_view *view = msg_text_html(w->msg, text);
	bool is_attached = text->is_attachment;
	struct anchors anchors = {0};
	struct open_anchors open = {0};
	const struct url_finds *finds;

	walk_links(w, text, view, is_attached ? MSG_IN_ATTACHMENT : MSG_IN_HTML, &anchors);
	finds = find_all(w, view->text);
	for (size_t i = 0; i < finds->n; i++)
		if (!repeats_link(w->arena, &anchors, &open, &finds->v[i]))
			add_find(w, text, &finds->v[i],
				is_attached ? MSG_IN_ATTACHMENT : MSG_IN_HTML_TEXT);
	for (size_t i = 0; i < view->hidden_count; i++)
		walk_plain(w, text, view->hidden[i].text, MSG_IN_HIDDEN);
}

/* ---- the rest ---- */

static void walk_fields(struct walk *w)
{
	/* RFC 2369, RFC 5064 */
	static const struct span names[] = {SPAN_INIT("List-Unsubscribe"), SPAN_INIT("List-Post"),
		SPAN_INIT("List-Help"), SPAN_INIT("List-Subscribe"), SPAN_INIT("List-Archive"),
		SPAN_INIT("List-Owner"), SPAN_INIT("Archived-At")};
	struct mime *mime = w->msg->mime;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (struct mime_header *h = mime_find_header(mime->root, names[i]); h != NULL;
			h = mime_next_header(mime->root, h))
			walk_plain(w, NULL, mime_header_text(mime, h), MSG_IN_HEADER);
}

/* Most of what is carried is known already: only what is not is kept. */
static void add_target(struct walk *w, const struct msg_url *carrier, const struct url *target,
	const struct row *row)
{
	struct msg_url u = {.url = *target, .text = carrier->text, .place = MSG_IN_INSIDE};

	if (!leads_somewhere(target) || span_equal(target->href, carrier->url.href) ||
		is_settled(w, &u, row, find_first(w, &u)))
		return;
	u.url = keep_url(w, target);
	u.shown = arena_copy(w->arena, target->written);
	add_url(w, &u, row);
}

/* The list grows while it is walked: a target may carry another one. */
static void walk_targets(struct walk *w)
{
	size_t bytes_left = CARRIERS_BYTES_MOST;
	struct url targets[URL_TARGETS_MOST];

	for (size_t i = 0; i < w->urls.n; i++) {
		struct msg_url carrier = w->urls.v[i];
		struct row row = {.carrier = i + 1,
			.depth = w->rows.v[i].depth + 1,
			.is_link = w->rows.v[i].is_link};
		size_t n;

		if (carrier.is_embedded || carrier.place == MSG_IN_HEADER ||
			row.depth > CARRIERS_DEEP_MOST)
			continue;
		if (carrier.url.href.n > bytes_left) {
			w->is_cut = true;
			return;
		}
		bytes_left -= carrier.url.href.n;
		arena_reset(w->scratch);
		n = url_find_targets(w->scratch, &carrier.url, targets, URL_TARGETS_MOST);
		for (size_t k = 0; k < n; k++)
			add_target(w, &carrier, &targets[k], &row);
	}
}

const struct msg_content *msg_read_content(struct msg *m)
{
	struct arena *a = m->arena;
	struct msg_content *content = ARENA_NEW(a, struct msg_content);
	const struct msg_texts *texts = msg_texts(m);
	struct walk w = {.msg = m,
		.arena = a,
		.scratch = arena_make(),
		.by_href = map_make(a),
		.by_address = map_make(a)};

	walk_plain(&w, NULL, msg_subject(m), MSG_IN_SUBJECT);
	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];

		if (text->is_html)
			walk_html(&w, text);
		else
			walk_plain(&w, text, text->source,
				text->is_attachment ? MSG_IN_ATTACHMENT : MSG_IN_TEXT);
	}
	walk_fields(&w);
	walk_targets(&w);
	for (size_t i = 0; i < w.urls.n; i++)
		if (w.rows.v[i].carrier != 0)
			w.urls.v[i].carrier = &w.urls.v[w.rows.v[i].carrier - 1];
	content->urls = (struct msg_urls){.v = w.urls.v, .n = w.urls.n, .is_cut = w.is_cut};
	content->mentions = (struct msg_mentions){.v = w.mentions.v,
		.n = w.mentions.n,
		.is_cut = w.has_more_mentions};
	arena_free(w.scratch);
	return content;
}
