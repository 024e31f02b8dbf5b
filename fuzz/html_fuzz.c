/*
 * HTML documents. Whatever comes, what the view says lies within its texts and its memory bound, no text is both seen
 * and hidden, and the same document read again from another place gives the same.
 */
#include "html/html.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JSON_MOST = 256 << 20, SEEN_NS_MOST = 1000 * 1000 * 1000 };

static bool lies_within(struct span s, struct span whole)
{
	return s.n == 0 || (s.p >= whole.p && s.p + s.n <= whole.p + whole.n);
}

static void check_steps(const struct html_view *v, struct span document)
{
	struct html_step last = {0, 0};
	size_t origin = 0;

	for (size_t i = 0; i < v->step_count; i++) {
		must(v->steps[i].text < v->text.n);
		must(i == 0 || v->steps[i].text > last.text);
		must(v->steps[i].document >= last.document && v->steps[i].document <= document.n);
		last = v->steps[i];
	}
	for (size_t i = 0; i < v->text.n; i++) {
		size_t next = html_find_origin(v, i);

		must(next >= origin && next <= document.n + UTF8_CHAR_MOST);
		origin = next;
	}
}

static void check_links(const struct html_view *v, struct span document)
{
	size_t start = 0;

	must(v->link_count <= HTML_LINKS_MOST);
	for (size_t i = 0; i < v->link_count; i++) {
		const struct html_link *link = &v->links[i];

		must(link->url.n > 0 && link->attr.n > 0);
		must(link->text_start <= link->text_end && link->text_end <= v->text.n);
		must(link->text_start == link->text_end || lies_within(link->text, v->text));
		must(link->start >= start && link->start < document.n);
		start = link->start;
	}
}

static void check_hidden(const struct html_view *v, struct span document)
{
	size_t bytes = 0;

	must(v->hidden_count <= HTML_HIDDEN_MOST);
	for (size_t i = 0; i < v->hidden_count; i++) {
		const struct html_hidden *h = &v->hidden[i];

		must(h->text.n > 0 && h->why < HTML_WHY_COUNT);
		must(h->degree >= 0 && h->degree <= 1);
		must(h->start < document.n);
		/* what is seen lies in memory of its own */
		must(!lies_within(h->text, v->text));
		bytes += h->why == HTML_WHY_COMMENT ? 0 : h->text.n;
	}
	if ((v->sights & HTML_SIGHT(LIMIT)) == 0)
		must(v->hidden_bytes <= bytes);
}

static struct span read(struct arena *a, struct span document)
{
	const struct html_view *v = html_read(a, document);
	size_t tags = 0;
	struct buf out;
	struct json j;

	must(arena_peak(a) <= HTML_MEMORY_FACTOR * document.n + HTML_MEMORY_MORE);
	check_steps(v, document);
	check_links(v, document);
	check_hidden(v, document);
	for (int i = 0; i < HTML_TAG_COUNT; i++)
		tags += v->tags[i];
	must(tags == v->tag_count);
	must(v->sights >> HTML_SIGHT_COUNT == 0);
	must(v->image_count <= HTML_IMAGES_MOST);
	/* NUL is read as U+FFFD */
	must(v->base.n <= 3 * document.n);
	if (span_is_utf8(document))
		must(span_is_utf8(v->text) && span_is_utf8(v->title));
	buf_init(&out, a, JSON_MOST);
	json_init(&j, &out);
	json_open_object(&j);
	html_print_json(v, &j);
	json_close(&j);
	return buf_span(&out);
}

/* The same bytes at an odd address, with others around them. */
static struct span shift(struct arena *a, struct span bytes)
{
	char *p = arena_alloc_raw(a, bytes.n + 4);

	memset(p, '<', bytes.n + 4);
	if (bytes.n > 0)
		memcpy(p + 3, bytes.p, bytes.n);
	return span_from(p + 3, bytes.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make(), *b = arena_make(), *copies = arena_make();
	struct span document = span_from((const char *)data, size);
	uint64_t start = clock_cpu_ns();
	struct span first = read(a, document), charset = html_find_charset(document);

	must(lies_within(charset, document));
	must(clock_cpu_ns() - start < SEEN_NS_MOST + (uint64_t)size * 10000);
	must(span_equal(first, read(b, shift(copies, document))));
	arena_free(a);
	arena_free(b);
	arena_free(copies);
	return 0;
}
