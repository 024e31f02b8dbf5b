/*
 * Texts of any bytes: finds are in order, lie in the text, parse again to themselves, and so does what they carry; work
 * and memory keep to their bounds.
 */
#include "url/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MOST = 64 << 10 };

static void check_find(struct arena *a, struct span text, const struct url_found *found)
{
	struct url again, targets[URL_TARGETS_MOST];
	size_t n;

	must(found->text.p == text.p + found->start);
	must(found->text.n > 0 && found->start + found->text.n <= text.n);
	must(url_parse(a, found->url.href, NULL, &again));
	must(span_equal(again.href, found->url.href));
	if (found->kind == URL_FOUND_ADDRESS)
		must(span_equal(found->url.scheme, SPAN("mailto")));
	n = url_find_targets(a, &found->url, targets, URL_TARGETS_MOST);
	must(n <= URL_TARGETS_MOST);
	for (size_t i = 0; i < n; i++)
		must(url_is_web(&targets[i]) && targets[i].href.n <= 4 * URL_BYTES_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_from((const char *)data, size < SIZE_MOST ? size : SIZE_MOST);
	struct arena *a = arena_make();
	struct url_finds finds = {0}, few = {0};
	size_t end = 0;

	url_find_all(a, text, URL_FINDS_MOST, &finds);
	must(finds.n <= URL_FINDS_MOST);
	must(finds.steps <= URL_STEPS_MOST * text.n + URL_BYTES_MOST);
	must(arena_peak(a) <= URL_FIND_MEMORY_MOST(text.n));
	for (size_t i = 0; i < finds.n; i++) {
		const struct url_found *found = &finds.v[i];

		check_find(a, text, found);
		/* not within each other, but for lines that were joined behind their first one */
		must(found->start >= end ||
			(i > 0 && (found->url.odd & URL_ODD(WRAPPED)) != 0 &&
				found->start == finds.v[i - 1].start));
		end = found->start + found->text.n;
	}
	/* fewer are the first ones */
	url_find_all(a, text, finds.n / 2, &few);
	must(few.n == finds.n / 2 && few.is_cut == (finds.n > few.n));
	for (size_t i = 0; i < few.n; i++)
		must(few.v[i].start == finds.v[i].start);
	arena_free(a);
	return 0;
}
