/* The tree as JSON: what `winnow dump mime` prints. */
#include "mime/mime.h"

#include <openssl/evp.h>

static void print_defects(struct json *j, uint64_t defects)
{
	json_key(j, "defects");
	json_open_array(j);
	for (unsigned bit = 0; bit < MIME_DEFECT_COUNT; bit++)
		if ((defects >> bit & 1) != 0)
			json_string(j, mime_defect_name(bit));
	json_close(j);
}

static void print_if_set(struct json *j, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	json_key(j, name);
	json_text(j, value);
}

static void print_headers(struct mime *m, struct mime_part *part, struct json *j)
{
	json_key(j, "headers");
	json_open_array(j);
	for (size_t i = 0; i < part->header_count; i++) {
		json_open_array(j);
		json_text(j, part->headers[i].name);
		json_text(j, mime_header_text(m, &part->headers[i]));
		json_close(j);
	}
	json_close(j);
}

static void print_digest(struct json *j, struct span bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char text[2 * EVP_MAX_MD_SIZE];

	must(EVP_Digest(bytes.p, bytes.n, digest, &n, EVP_sha256(), NULL) == 1);
	for (unsigned i = 0; i < n; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	json_key(j, "sha256");
	json_text(j, span_from(text, 2 * (size_t)n));
}

static bool has_parts(const struct mime_part *part)
{
	return span_equal(part->type, SPAN("multipart")) && part->children != NULL;
}

static bool is_text(const struct mime_part *part)
{
	return span_equal(part->type, SPAN("text"));
}

/* All that is made when asked for, so that the defects of decoding are known before they are printed. */
static void make_all(struct mime *m)
{
	for (size_t i = 0; i < m->part_count; i++) {
		struct mime_part *part = m->parts[i];

		for (size_t k = 0; k < part->header_count; k++)
			(void)mime_header_text(m, &part->headers[k]);
		if (!has_parts(part))
			(void)mime_part_bytes(m, part);
		if (is_text(part))
			(void)mime_part_text(m, part);
	}
}

static void look_at_addresses(struct arena *scratch, struct mime_part *part, struct span value)
{
	struct mime_addresses list;

	arena_reset(scratch);
	mime_parse_addresses(scratch, value, &list);
	part->defects |= list.defects & (MIME_DEFECT(ADDRESS_INVALID) | MIME_DEFECT(ADDRESS_LIMIT));
	for (size_t i = 0; i < list.n; i++)
		if (!list.v[i].valid)
			part->defects |= MIME_DEFECT(ADDRESS_INVALID);
}

static void look_at_date(struct arena *scratch, struct mime_part *part, struct span value)
{
	struct mime_date date;

	(void)scratch;
	if (!mime_parse_date(value, &date))
		part->defects |= MIME_DEFECT(DATE_INVALID);
}

static void look_at_received(struct arena *scratch, struct mime_part *part, struct span value)
{
	struct mime_received received;

	arena_reset(scratch);
	if (!mime_parse_received(scratch, value, &received))
		part->defects |= MIME_DEFECT(RECEIVED_INVALID);
}

static const struct {
	struct span name;
	void (*look)(struct arena *scratch, struct mime_part *part, struct span value);
	size_t most;
} fields[] = {
	{SPAN_INIT("From"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("Sender"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("Reply-To"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("To"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("Cc"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("Bcc"), look_at_addresses, MIME_HEADERS_MOST},
	{SPAN_INIT("Date"), look_at_date, MIME_HEADERS_MOST},
	{SPAN_INIT("Received"), look_at_received, MIME_RECEIVED_MOST},
};

/* The header of a message: its fields that the tree does not need, and nobody has parsed so far. */
static void look_at_message(struct arena *scratch, struct mime_part *root)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct mime_header *h = mime_find_header(root, fields[i].name);

		for (size_t n = 0; h != NULL && n < fields[i].most; n++) {
			fields[i].look(scratch, root, h->value);
			h = mime_next_header(root, h);
		}
	}
}

static void look_at_messages(struct mime *m)
{
	struct arena *scratch = arena_make();

	for (size_t i = 0; i < m->part_count; i++) {
		struct mime_part *part = m->parts[i];

		if (part->parent == NULL || part->parent->message == part)
			look_at_message(scratch, part);
	}
	if (mime_find_header(m->root, SPAN("From")) == NULL ||
		mime_find_header(m->root, SPAN("Date")) == NULL)
		m->root->defects |= MIME_DEFECT(ORIGIN_MISSING);
	arena_free(scratch);
}

/* Parts nest no deeper than MIME_DEPTH_MOST. */
static void print_part(struct mime *m, struct mime_part *part, struct json *j)
{
	json_open_object(j);
	json_key(j, "type");
	json_text(j,
		arena_printf(m->arena, "%.*s/%.*s", SPAN_ARG(part->type), SPAN_ARG(part->subtype)));
	print_if_set(j, "charset", part->charset);
	print_if_set(j, "encoding", part->encoding_text);
	print_if_set(j, "disposition", part->disposition_text);
	print_if_set(j, "filename", part->filename);
	print_headers(m, part, j);
	if (!has_parts(part)) {
		json_key(j, "size");
		json_int(j, (int64_t)mime_part_bytes(m, part).n);
		print_digest(j, mime_part_bytes(m, part));
	}
	if (is_text(part)) {
		json_key(j, "text");
		json_text(j, mime_part_text(m, part));
	}
	print_defects(j, part->defects);
	if (part->children != NULL) {
		json_key(j, "parts");
		json_open_array(j);
		for (struct mime_part *child = part->children; child != NULL; child = child->next)
			print_part(m, child, j);
		json_close(j);
	}
	if (part->message != NULL) {
		json_key(j, "message");
		print_part(m, part->message, j);
	}
	json_close(j);
}

static void print_reading(struct mime *m, const struct mime_reading *r, struct json *j)
{
	json_open_object(j);
	json_key(j, "part");
	json_int(j, r->of->id);
	json_key(j, "why");
	json_string(j, mime_ambiguity_name(r->why));
	json_key(j, "type");
	json_text(j, arena_printf(m->arena, "%.*s/%.*s", SPAN_ARG(r->type), SPAN_ARG(r->subtype)));
	print_if_set(j, "charset", r->charset);
	print_if_set(j, "filename", r->filename);
	if (!span_is_null(r->bytes)) {
		json_key(j, "size");
		json_int(j, (int64_t)r->bytes.n);
		print_digest(j, r->bytes);
	}
	json_close(j);
}

/* Only where there are any, for mostly there are none. */
static void print_readings(struct mime *m, struct json *j)
{
	const struct mime_readings *readings = mime_other_readings(m);

	if (readings->is_cut) {
		json_key(j, "readings_cut");
		json_bool(j, true);
	}
	if (readings->n == 0)
		return;
	json_key(j, "readings");
	json_open_array(j);
	for (size_t i = 0; i < readings->n; i++)
		print_reading(m, &readings->v[i], j);
	json_close(j);
}

void mime_print_json(struct mime *m, struct json *j)
{
	make_all(m);
	look_at_messages(m);
	json_open_object(j);
	print_defects(j, mime_defects(m));
	json_key(j, "part");
	print_part(m, m->root, j);
	print_readings(m, j);
	json_close(j);
}
