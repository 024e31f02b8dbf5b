/*
 * Other readings of a message. They stand by their caps, each is there once and none is what the tree has, all
 * text in them is UTF-8, and the same bytes give the same readings.
 */
#include "mime/mime.h"

static bool same_content(const struct mime_reading *a, const struct mime_reading *b)
{
	return span_equal(a->type, b->type) && span_equal(a->subtype, b->subtype) &&
		span_equal(a->charset, b->charset) && span_equal(a->filename, b->filename) &&
		span_is_null(a->bytes) == span_is_null(b->bytes) && span_equal(a->bytes, b->bytes);
}

static bool same(const struct mime_reading *a, const struct mime_reading *b)
{
	return a->of->id == b->of->id && a->why == b->why && same_content(a, b);
}

static bool is_of_tree(struct mime *m, const struct mime_reading *r)
{
	struct mime_part *part = m->parts[r->of->id];

	return part->children == NULL && part->message == NULL && span_equal(r->type, part->type) &&
		span_equal(r->subtype, part->subtype) && span_equal(r->charset, part->charset) &&
		span_equal(r->filename, part->filename) &&
		span_equal(r->bytes, mime_part_bytes(m, part));
}

static void check_readings(struct mime *m, const struct mime_readings *readings)
{
	size_t bytes = 0;

	must(readings->n <= MIME_READINGS_MOST);
	for (size_t i = 0; i < readings->n; i++) {
		const struct mime_reading *r = &readings->v[i];

		bytes += r->bytes.n;
		must(r->of->id < m->part_count && m->parts[r->of->id] == r->of);
		must((mime_part_ambiguities(m, r->of) & (1u << r->why)) != 0);
		must(r->type.n > 0 && r->subtype.n > 0);
		must(span_is_utf8(r->filename));
		must(!span_is_null(r->bytes) || r->filename.n > 0);
		must(!is_of_tree(m, r));
		for (size_t k = 0; k < i; k++)
			must(!same_content(r, &readings->v[k]) || r->of != readings->v[k].of);
	}
	must(bytes <= MIME_READINGS_BYTES_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make(), *b = arena_make();
	struct span bytes = span_from((const char *)data, size);
	struct mime *m = mime_parse(a, bytes), *again = mime_parse(b, bytes);
	const struct mime_readings *first = mime_other_readings(m);
	const struct mime_readings *second = mime_other_readings(again);

	check_readings(m, first);
	must(first->n == second->n && first->is_cut == second->is_cut);
	for (size_t i = 0; i < first->n; i++)
		must(same(&first->v[i], &second->v[i]));
	/* trees, copies and what they decode to */
	must(arena_peak(a) <= 64 * bytes.n + ((size_t)48 << 20));
	arena_free(a);
	arena_free(b);
	return 0;
}
