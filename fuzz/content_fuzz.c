/*
 * What a reader would see of whole messages: whatever comes, texts are UTF-8, URLs are such that they parse to
 * themselves, lists keep to their bounds, and so does memory; and the same bytes give the same.
 */
#include "msg/msg.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	JSON_MOST = 256 << 20,
	MEMORY_FACTOR = 1024, /* a link of ten bytes is an entry of hundreds in several lists */
	MEMORY_BASE = 8 << 20,
	/* of URLs alone, where what is found is less than the caps: a name of four bytes is such an entry */
	URLS_FACTOR = 512,
	URLS_BASE = 1 << 20,
};

static void check_texts(struct msg *m)
{
	const struct msg_texts *texts = msg_texts(m);

	must(texts->n <= MSG_TEXTS_MOST);
	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];

		must(text->part != NULL && span_is_utf8(text->source));
		must(span_is_utf8(msg_text_visible(m, text)));
		must((msg_text_html(m, text) != NULL) == text->is_html);
		must(msg_text_words(m, text)->n <= TEXT_WORDS_MOST);
	}
}

/* What URLs and addresses take beside the texts in which they are found. */
static void check_url_memory(struct msg *m, struct arena *a, size_t size)
{
	const struct msg_texts *texts = msg_texts(m);
	size_t before, taken;

	for (size_t i = 0; i < texts->n; i++)
		size += texts->v[i].source.n + msg_text_visible(m, &texts->v[i]).n;
	before = arena_used(a);
	(void)msg_urls(m);
	taken = arena_used(a) - before;
	must(taken <= MSG_URLS_MEMORY_MOST(size));
	must(taken <= URLS_FACTOR * size + URLS_BASE);
}

static void check_urls(struct msg *m)
{
	const struct msg_urls *urls = msg_urls(m);
	struct arena *scratch = arena_make();

	must(urls->n <= MSG_URLS_MOST);
	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];
		struct url again;

		arena_reset(scratch);
		must(u->count > 0 && u->place < MSG_PLACE_COUNT);
		must(url_parse(scratch, u->url.href, NULL, &again));
		must(span_equal(again.href, u->url.href));
		must((u->carrier != NULL) == (u->place == MSG_IN_INSIDE));
		must(u->carrier == NULL || u->carrier < u);
		must(u->displayed == NULL || u->displayed->host.n > 0);
	}
	arena_free(scratch);
}

static void check_mentions(struct msg *m)
{
	const struct msg_mentions *mentions = msg_mentions(m);

	for (size_t i = 0; i < mentions->n; i++)
		must(mentions->v[i].domain.n > 0 &&
			mentions->v[i].domain.n + 1 < mentions->v[i].address.n &&
			span_ends(mentions->v[i].address, mentions->v[i].domain));
}

static struct span print(struct arena *a, struct msg *m)
{
	struct buf out;
	struct json j;

	buf_init(&out, a, JSON_MOST);
	json_init(&j, &out);
	json_open_object(&j);
	msg_print_texts_json(m, &j);
	msg_print_html_json(m, &j);
	json_key(&j, "urls");
	json_open_array(&j);
	msg_print_urls_json(m, &j);
	json_close(&j);
	json_close(&j);
	must(!out.full);
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make(), *b = arena_make();
	struct msg_envelope envelope = {0};
	struct span bytes = span_from((const char *)data, size);
	struct msg *first = msg_make(a, &envelope, bytes);
	struct msg *second = msg_make(b, &envelope, arena_copy(b, bytes));

	check_url_memory(first, a, size);
	check_urls(first);
	check_texts(first);
	check_mentions(first);
	must(arena_peak(a) <= MEMORY_BASE + MEMORY_FACTOR * size);
	must(span_equal(print(a, first), print(b, second)));
	arena_free(a);
	arena_free(b);
	return 0;
}
