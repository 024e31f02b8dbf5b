/* The view as JSON, for `winnow dump html`. */
#include "html/html.h"

static void print_text_if(struct json *j, const char *key, struct span text)
{
	if (text.n == 0)
		return;
	json_key(j, key);
	json_text(j, text);
}

static void print_flag(struct json *j, const char *key, bool is_set)
{
	if (!is_set)
		return;
	json_key(j, key);
	json_bool(j, true);
}

static void print_count(struct json *j, const char *key, size_t count)
{
	json_key(j, key);
	json_int(j, (int64_t)count);
}

static void print_hidden(const struct html_view *view, struct json *j)
{
	for (size_t i = 0; i < view->hidden_count; i++) {
		const struct html_hidden *h = &view->hidden[i];

		json_open_object(j);
		json_key(j, "text");
		json_text(j, h->text);
		json_key(j, "why");
		json_string(j, html_why_name(h->why));
		if (h->why == HTML_WHY_COLOR || h->why == HTML_WHY_FONT_SIZE ||
			h->why == HTML_WHY_OPACITY) {
			json_key(j, "degree");
			json_double(j, (double)(int)(h->degree * 1000 + 0.5) / 1000);
		}
		json_close(j);
	}
}

static const char *link_kind_name(enum html_link_kind kind)
{
	static const char *const names[] = {
		[HTML_LINK_ANCHOR] = "anchor",
		[HTML_LINK_FORM] = "form",
		[HTML_LINK_REFRESH] = "refresh",
		[HTML_LINK_IMAGE] = "image",
		[HTML_LINK_STYLESHEET] = "stylesheet",
		[HTML_LINK_EMBEDDED] = "embedded",
		[HTML_LINK_BASE] = "base",
		[HTML_LINK_SCRIPT] = "script",
		[HTML_LINK_OTHER] = "other",
	};

	return names[kind];
}

static void print_links(const struct html_view *view, struct json *j)
{
	for (size_t i = 0; i < view->link_count; i++) {
		const struct html_link *link = &view->links[i];

		json_open_object(j);
		json_key(j, "url");
		json_text(j, link->url);
		json_key(j, "text");
		json_text(j, link->text);
		json_key(j, "tag");
		json_text(j, html_tag_name(link->tag));
		json_key(j, "attribute");
		json_text(j, link->attr);
		json_key(j, "kind");
		json_string(j, link_kind_name(link->kind));
		print_text_if(j, "hidden_text", link->hidden_text);
		print_flag(j, "hidden", link->is_hidden);
		print_flag(j, "image", link->has_image);
		print_flag(j, "download", link->has_download);
		json_close(j);
	}
}

static void print_images(const struct html_view *view, struct json *j)
{
	for (size_t i = 0; i < view->image_count; i++) {
		const struct html_image *image = &view->images[i];

		json_open_object(j);
		json_key(j, "url");
		json_text(j, image->url);
		print_text_if(j, "alt", image->alt);
		if (image->width >= 0)
			print_count(j, "width", (size_t)image->width);
		if (image->height >= 0)
			print_count(j, "height", (size_t)image->height);
		print_flag(j, "embedded", image->is_embedded);
		print_flag(j, "linked", image->is_linked);
		print_flag(j, "hidden", image->is_hidden);
		json_close(j);
	}
}

static void print_forms(const struct html_view *view, struct json *j)
{
	for (size_t i = 0; i < view->form_count; i++) {
		const struct html_form *form = &view->forms[i];

		json_open_object(j);
		json_key(j, "action");
		json_text(j, form->action);
		json_key(j, "method");
		json_string(j, form->is_post ? "post" : "get");
		print_count(j, "fields", form->field_count);
		print_count(j, "passwords", form->password_count);
		json_close(j);
	}
}

static void print_array(struct json *j, const char *key, const struct html_view *view,
	void (*print)(const struct html_view *view, struct json *j))
{
	json_key(j, key);
	json_open_array(j);
	print(view, j);
	json_close(j);
}

static void print_sights(const struct html_view *view, struct json *j)
{
	for (int i = 0; i < HTML_SIGHT_COUNT; i++)
		if ((view->sights >> i & 1) != 0)
			json_string(j, html_sight_name((enum html_sight)i));
}

static void print_tags(const struct html_view *view, struct json *j)
{
	json_key(j, "tags");
	json_open_object(j);
	for (int i = 0; i < HTML_TAG_COUNT; i++) {
		if (view->tags[i] == 0)
			continue;
		json_key_span(j, html_tag_name((enum html_tag)i));
		json_int(j, view->tags[i]);
	}
	json_close(j);
}

void html_print_json(const struct html_view *view, struct json *j)
{
	json_key(j, "text");
	json_text(j, view->text);
	print_array(j, "hidden", view, print_hidden);
	print_array(j, "links", view, print_links);
	print_array(j, "images", view, print_images);
	print_array(j, "forms", view, print_forms);
	json_key(j, "title");
	json_text(j, view->title);
	json_key(j, "base");
	if (span_is_null(view->base))
		json_null(j);
	else
		json_text(j, view->base);
	print_array(j, "sights", view, print_sights);
	print_tags(view, j);
	print_count(j, "hidden_bytes", view->hidden_bytes);
	print_count(j, "tag_count", view->tag_count);
	print_count(j, "comments", view->comment_count);
	print_count(j, "depth", view->depth_most);
}
