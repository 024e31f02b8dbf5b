/* What a reader would see of a message, as JSON: what `winnow dump text`, `html` and `urls` print. */
#include "msg/msg.h"

static void print_text(struct json *j, const char *key, struct span value)
{
	json_key(j, key);
	json_text(j, value);
}

static void print_if_set(struct json *j, const char *key, struct span value)
{
	if (value.n > 0)
		print_text(j, key, value);
}

static void print_if(struct json *j, const char *key, bool value)
{
	if (!value)
		return;
	json_key(j, key);
	json_bool(j, true);
}

static void print_if_string(struct json *j, bool is_so, const char *text)
{
	if (is_so)
		json_string(j, text);
}

/* ---- texts ---- */

static const char *const charset_bys[] = {
	[MSG_CHARSET_NONE] = "none",
	[MSG_CHARSET_LABEL] = "label",
	[MSG_CHARSET_BOM] = "bom",
	[MSG_CHARSET_META] = "meta",
	[MSG_CHARSET_DETECTED] = "detected",
};

static void print_charset(struct json *j, const struct msg_text *text)
{
	struct span charset = text->charset;

	if (span_is_null(charset))
		charset = span_is_ascii(text->source) ? SPAN("us-ascii") : SPAN("utf-8");
	print_text(j, "charset", charset);
	json_key(j, "charset_by");
	json_string(j, charset_bys[text->charset_by]);
	json_key(j, "defects");
	json_open_array(j);
	for (unsigned bit = 0; bit < MSG_CHARSET_DEFECT_COUNT; bit++)
		print_if_string(j, (text->charset_defects >> bit & 1) != 0,
			msg_charset_defect_name(bit));
	json_close(j);
}

static void print_scripts(struct json *j, const struct text_scripts *scripts)
{
	json_key(j, "scripts");
	json_open_object(j);
	for (size_t i = 0; i < TEXT_SCRIPT_COUNT; i++) {
		if (scripts->letters[i] == 0)
			continue;
		json_key(j, text_script_name((enum text_script)i));
		json_int(j, (int64_t)scripts->letters[i]);
	}
	json_close(j);
}

static void print_type(struct msg *m, const struct msg_text *text, struct json *j)
{
	const struct mime_reading *r = text->reading;
	struct span type = r != NULL ? r->type : text->part->type;
	struct span subtype = r != NULL ? r->subtype : text->part->subtype;

	json_key(j, "part");
	json_int(j, text->part->id);
	print_text(j, "type",
		arena_printf(m->arena, "%.*s/%.*s", SPAN_ARG(type), SPAN_ARG(subtype)));
	print_if_set(j, "filename", r != NULL ? r->filename : text->part->filename);
	if (r != NULL)
		print_text(j, "reading", span_of(mime_ambiguity_name(r->why)));
	json_key(j, "is_html");
	json_bool(j, text->is_html);
	print_if(j, "is_attachment", text->is_attachment);
}

static void print_cuts(struct msg *m, struct json *j)
{
	unsigned cuts = msg_cuts(m);

	if (cuts == 0)
		return;
	json_key(j, "cut");
	json_open_array(j);
	for (unsigned bit = 0; bit < MSG_CUT_COUNT; bit++)
		print_if_string(j, (cuts >> bit & 1) != 0, msg_cut_name(bit));
	json_close(j);
}

void msg_print_texts_json(struct msg *m, struct json *j)
{
	const struct msg_texts *texts = msg_texts(m);

	json_key(j, "texts");
	json_open_array(j);
	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];
		struct text_language language = msg_text_language(m, text);

		json_open_object(j);
		print_type(m, text, j);
		print_charset(j, text);
		print_if_set(j, "language", language.code);
		if (language.code.n > 0) {
			json_key(j, "confidence");
			json_double(j, language.confidence);
		}
		print_scripts(j, msg_text_scripts(m, text));
		json_key(j, "words");
		json_int(j, (int64_t)msg_text_words(m, text)->n);
		print_text(j, "text", msg_text_visible(m, text));
		json_close(j);
	}
	json_close(j);
	print_cuts(m, j);
}

/* ---- HTML ---- */

/* Several documents as one: the fields that dumps show. */
struct joined {
	struct buf text;
	struct {
		VEC(struct html_hidden);
	} hidden;
	struct {
		VEC(struct html_link);
	} links;
	struct {
		VEC(struct html_image);
	} images;
	struct {
		VEC(struct html_form);
	} forms;
	struct html_view view;
};

static void join_view(struct arena *a, struct joined *all, const struct html_view *view)
{
	if (all->text.n > 0)
		buf_add_byte(&all->text, '\n');
	buf_add(&all->text, view->text);
	for (size_t i = 0; i < view->hidden_count; i++)
		*VEC_ADD(a, &all->hidden) = view->hidden[i];
	for (size_t i = 0; i < view->link_count; i++)
		*VEC_ADD(a, &all->links) = view->links[i];
	for (size_t i = 0; i < view->image_count; i++)
		*VEC_ADD(a, &all->images) = view->images[i];
	for (size_t i = 0; i < view->form_count; i++)
		*VEC_ADD(a, &all->forms) = view->forms[i];
	for (size_t i = 0; i < HTML_TAG_COUNT; i++)
		all->view.tags[i] += view->tags[i];
	if (span_is_null(all->view.title))
		all->view.title = view->title;
	if (span_is_null(all->view.base))
		all->view.base = view->base;
	all->view.hidden_bytes += view->hidden_bytes;
	all->view.sights |= view->sights;
	all->view.tag_count += view->tag_count;
	all->view.depth_most = num_max(all->view.depth_most, view->depth_most);
	all->view.comment_count += view->comment_count;
}

void msg_print_html_json(struct msg *m, struct json *j)
{
	const struct msg_texts *texts = msg_texts(m);
	struct joined all = {0};

	buf_init(&all.text, m->arena, (size_t)MSG_TEXT_BYTES_MOST * HTML_MEMORY_FACTOR);
	for (size_t i = 0; i < texts->n; i++)
		if (texts->v[i].is_html)
			join_view(m->arena, &all, msg_text_html(m, &texts->v[i]));
	all.view.text = buf_span(&all.text);
	all.view.hidden = all.hidden.v;
	all.view.hidden_count = all.hidden.n;
	all.view.links = all.links.v;
	all.view.link_count = all.links.n;
	all.view.images = all.images.v;
	all.view.image_count = all.images.n;
	all.view.forms = all.forms.v;
	all.view.form_count = all.forms.n;
	html_print_json(&all.view, j);
}

/* ---- URLs ---- */

static void print_flags(struct json *j, const struct msg_url *u)
{
	bool is_hidden = u->place == MSG_IN_HIDDEN || (u->link != NULL && u->link->is_hidden);

	json_key(j, "flags");
	json_open_array(j);
	for (unsigned bit = 0; bit < URL_ODDITY_COUNT; bit++)
		print_if_string(j, (u->url.odd >> bit & 1) != 0, url_oddity_name(bit));
	print_if_string(j, u->is_embedded, "embedded");
	print_if_string(j, is_hidden, "hidden");
	print_if_string(j, u->is_other_reading, "other-reading");
	print_if_string(j, u->displayed != NULL, "displayed");
	print_if_string(j, msg_url_lies(u), "displayed-differs");
	json_close(j);
}

static void print_url(struct msg *m, struct json *j, const struct msg_url *u)
{
	struct span people = url_host_unicode(m->arena, u->url.host);

	json_open_object(j);
	print_text(j, "url", u->url.href);
	print_text(j, "host", u->url.host);
	if (!span_equal(people, u->url.host))
		print_text(j, "host_unicode", people);
	print_text(j, "domain", u->url.domain);
	json_key(j, "where");
	json_string(j, msg_place_name(u->place));
	print_text(j, "tag", u->link != NULL ? html_tag_name(u->link->tag) : SPAN(""));
	print_text(j, "text", u->shown);
	print_flags(j, u);
	if (u->displayed != NULL)
		print_text(j, "displayed", u->displayed->href);
	if (u->carrier != NULL)
		print_text(j, "carrier", u->carrier->url.href);
	if (u->text != NULL) {
		json_key(j, "part");
		json_int(j, u->text->part->id);
	}
	if (u->count > 1) {
		json_key(j, "count");
		json_int(j, u->count);
	}
	json_close(j);
}

/* An address that the content names, as the URL that writes to it. */
static void print_mention(struct msg *m, struct json *j, const struct msg_mention *mention)
{
	json_open_object(j);
	print_text(j, "url", arena_printf(m->arena, "mailto:%.*s", SPAN_ARG(mention->address)));
	print_text(j, "host", mention->domain);
	print_text(j, "domain", url_find_registrable(mention->domain));
	json_key(j, "where");
	json_string(j, msg_place_name(mention->place));
	print_text(j, "tag", SPAN(""));
	print_text(j, "text", mention->address);
	json_key(j, "flags");
	json_open_array(j);
	json_string(j, "address");
	json_close(j);
	json_close(j);
}

/* What was not looked at, as a last object that has the members of all others. */
static void print_missing(struct msg *m, struct json *j)
{
	static const char *const members[] = {"url", "host", "domain", "where", "tag", "text"};

	if (msg_cuts(m) == 0)
		return;
	json_open_object(j);
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		print_text(j, members[i], SPAN(""));
	json_key(j, "flags");
	json_open_array(j);
	json_string(j, "cut");
	json_close(j);
	print_cuts(m, j);
	json_close(j);
}

void msg_print_urls_json(struct msg *m, struct json *j)
{
	const struct msg_urls *urls = msg_urls(m);
	const struct msg_mentions *mentions = msg_mentions(m);

	for (size_t i = 0; i < urls->n; i++)
		print_url(m, j, &urls->v[i]);
	for (size_t i = 0; i < mentions->n; i++)
		print_mention(m, j, &mentions->v[i]);
	print_missing(m, j);
}
