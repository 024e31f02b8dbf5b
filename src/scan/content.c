/* Where a message leads, in the form of Rspamd's replies. */
#include "scan/scan.h"

#include "scan/inner.h"

/* More would make replies that nobody reads. */
enum { LISTED_MOST = 1000 };

/* FLAG(bit of url.odd, Rspamd's word) */
static const struct {
	uint32_t odd;
	const char *name;
} odd_flags[] = {
	{URL_ODD(USER), "has_user"},
	{URL_ODD(PORT), "has_port"},
	{URL_ODD(NUMERIC), "numeric"},
	{URL_ODD(IDN), "idn"},
	{URL_ODD(NO_SCHEME), "schemeless"},
	{URL_ODD(NO_TLD), "no_tld"},
	{URL_ODD(NUMERIC_OBSCURE) | URL_ODD(OBFUSCATED) | URL_ODD(ENCODED_HOST), "obscured"},
	{URL_ODD(INVISIBLE), "zw_spaces"},
};

static const char *const place_flags[MSG_PLACE_COUNT] = {
	[MSG_IN_SUBJECT] = "subject",
	[MSG_IN_TEXT] = "text",
	[MSG_IN_HTML_TEXT] = "text",
	[MSG_IN_HIDDEN] = "invisible",
	[MSG_IN_INSIDE] = "query",
	[MSG_IN_ATTACHMENT] = "content",
};

static void print_flag(struct json *j, bool is_set, const char *flag)
{
	if (is_set)
		json_string(j, flag);
}

static void print_odd_flags(struct json *j, const struct url *url)
{
	for (size_t i = 0; i < ARRAY_LEN(odd_flags); i++)
		print_flag(j, (url->odd & odd_flags[i].odd) != 0, odd_flags[i].name);
}

static void open_url(struct arena *a, struct json *j, const struct url *url)
{
	json_open_object(j);
	json_key(j, "url");
	json_text(j, url->href);
	json_key(j, "tld");
	json_text(j, url->domain);
	json_key(j, "host");
	json_text(j, url_host_unicode(a, url->host));
	json_key(j, "flags");
	json_open_array(j);
	print_odd_flags(j, url);
}

static void print_shown(struct arena *a, struct json *j, const struct url *url)
{
	open_url(a, j, url);
	json_string(j, "html_displayed");
	json_close(j);
	json_close(j);
}

static void print_object(struct arena *a, struct json *j, const struct msg_url *u)
{
	bool is_image = u->link != NULL && u->link->kind == HTML_LINK_IMAGE;

	open_url(a, j, &u->url);
	print_flag(j, place_flags[u->place] != NULL, place_flags[u->place]);
	print_flag(j, is_image, "image");
	print_flag(j, u->displayed != NULL, "url_displayed");
	print_flag(j, msg_url_lies(u), "phished");
	json_close(j);
	if (u->displayed != NULL) {
		json_key(j, "linked_url");
		print_shown(a, j, u->displayed);
	}
	json_close(j);
}

/* What fields of lists lead to is not content, and what several places have is listed once. */
static void print_urls(struct arena *a, struct json *j, const struct msg_urls *urls,
	bool is_extended)
{
	struct map *seen = map_make(a);

	for (size_t i = 0; i < urls->n && map_count(seen) < LISTED_MOST; i++) {
		const struct msg_url *u = &urls->v[i];
		const struct url *both[] = {&u->url, u->displayed};

		if (u->place == MSG_IN_HEADER)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(both) && both[k] != NULL; k++) {
			struct span key = is_extended ? both[k]->href : both[k]->host;

			if (key.n == 0 || map_find(seen, key) != NULL)
				continue;
			map_put(seen, key, seen);
			if (!is_extended)
				json_text(j, url_host_unicode(a, both[k]->host));
			else if (k == 0)
				print_object(a, j, u);
			else
				print_shown(a, j, u->displayed);
		}
	}
}

void scan_print_content_json(const struct scan_verdict *v, bool is_extended, struct json *j)
{
	struct msg *m = scan_verdict_msg(v);
	const struct msg_urls *urls;
	const struct msg_mentions *mentions;

	/* nothing was looked at */
	if (v->is_skipped)
		return;
	urls = msg_urls(m);
	mentions = msg_mentions(m);
	if (urls->n == 0 && mentions->n == 0)
		return;
	json_key(j, "urls");
	json_open_array(j);
	print_urls(m->arena, j, urls, is_extended);
	json_close(j);
	json_key(j, "emails");
	json_open_array(j);
	for (size_t i = 0; i < mentions->n; i++)
		json_text(j, mentions->v[i].address);
	json_close(j);
}
