/*
 * Whole messages. Whatever comes, the tree is well formed, lies within its bytes and its memory bound,
 * and is the same when the same bytes are parsed again from another place.
 */
#include "mime/mime.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { JSON_MOST = 256 << 20 };

static bool lies_within(struct span s, struct span whole)
{
	return s.n == 0 || (s.p >= whole.p && s.p + s.n <= whole.p + whole.n);
}

/* The bytes that a part was read from: those of its parent, decoded when that is what was parsed. */
static struct span home_of(struct mime *m, struct mime_part *part)
{
	struct mime_part *parent = part->parent;

	if (parent == NULL)
		return m->bytes;
	return mime_part_is_multipart(parent) ? parent->body : mime_part_bytes(m, parent);
}

static void check_headers(struct mime *m, struct mime_part *part, struct span home)
{
	for (size_t i = 0; i < part->header_count; i++) {
		struct mime_header *h = &part->headers[i];

		must(h->part == part->id);
		must(h->name.n > 0 && h->line.n <= MIME_HEADER_MOST);
		must(lies_within(h->line, part->header_bytes));
		must(lies_within(h->name, h->line));
		must(lies_within(h->value, h->line));
		must(h->value.n == span_trim(h->value).n);
		must(mime_find_header(part, h->name) != NULL);
		must(span_is_utf8(mime_header_text(m, h)));
	}
	/* when a boundary ends the header, the line end before it belongs to both */
	home.n += 2;
	must(lies_within(part->header_bytes, home));
}

static void check_links(struct mime *m, struct mime_part *part)
{
	unsigned last = part->id;

	must(m->parts[part->id] == part);
	must(part->depth == (part->parent == NULL ? 0 : part->parent->depth + 1));
	must(part->depth <= MIME_DEPTH_MOST);
	must(part->children == NULL || part->message == NULL);
	for (struct mime_part *child = part->children; child != NULL; child = child->next) {
		must(child->parent == part && child->id > last);
		last = child->id;
	}
	must(part->message == NULL ||
		(part->message->parent == part && part->message->id == part->id + 1));
}

static void check_part(struct mime *m, struct mime_part *part)
{
	struct span home = home_of(m, part);
	struct span bytes = mime_part_bytes(m, part), text = mime_part_text(m, part);

	check_links(m, part);
	check_headers(m, part, home);
	must(lies_within(part->body, home));
	must(bytes.n <= part->body.n);
	must(span_is_utf8(text));
	must(text.n <= 3 * part->body.n + 64);
	must(span_is_null(part->filename) ||
		(part->filename.n > 0 && span_is_utf8(part->filename)));
	must(part->type.n > 0 && part->subtype.n > 0);
	must(part->defects >> MIME_DEFECT_COUNT == 0);
	for (struct mime_part *child = part->children; child != NULL && child->next != NULL;
		child = child->next)
		must(child->body.p + child->body.n <= child->next->body.p);
}

static struct span print(struct arena *a, struct span bytes)
{
	struct mime *m = mime_parse(a, bytes);
	struct buf out;
	struct json j;

	must(arena_peak(a) <= MIME_MEMORY_FACTOR * bytes.n + MIME_MEMORY_MORE);
	must(m->part_count >= 1 && m->part_count <= MIME_PARTS_MOST && m->parts[0] == m->root);
	buf_init(&out, a, JSON_MOST);
	json_init(&j, &out);
	mime_print_json(m, &j);
	for (size_t i = 0; i < m->part_count; i++)
		check_part(m, m->parts[i]);
	return buf_span(&out);
}

/* The same bytes at an odd address, with others around them. */
static struct span shift(struct arena *a, struct span bytes)
{
	char *p = arena_alloc_raw(a, bytes.n + 4);

	memset(p, '-', bytes.n + 4);
	if (bytes.n > 0)
		memcpy(p + 3, bytes.p, bytes.n);
	return span_from(p + 3, bytes.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make(), *b = arena_make(), *copies = arena_make();
	struct span bytes = span_from((const char *)data, size);
	struct span first = print(a, bytes);

	must(span_is_utf8(first));
	must(span_equal(first, print(b, shift(copies, bytes))));
	arena_free(a);
	arena_free(b);
	arena_free(copies);
	return 0;
}
