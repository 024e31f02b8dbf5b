#include "outline.h"

enum { OUTLINE_MOST = 16 << 20 };

static void add_escaped(struct buf *out, struct span text)
{
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\n')
			buf_add_string(out, "\\n");
		else if (c == '\r')
			buf_add_string(out, "\\r");
		else if ((unsigned char)c < ' ' || c == 0x7f)
			buf_printf(out, "\\%o", (unsigned char)c);
		else
			buf_add_byte(out, c);
	}
	buf_add_byte(out, '"');
}

static void add_defects(struct buf *out, uint64_t defects)
{
	for (unsigned bit = 0; bit < MIME_DEFECT_COUNT; bit++)
		if ((defects >> bit & 1) != 0)
			buf_printf(out, " !%s", mime_defect_name(bit));
}

static void add_part(struct mime *m, struct mime_part *part, struct buf *out)
{
	buf_printf(out, "%.*s/%.*s", SPAN_ARG(part->type), SPAN_ARG(part->subtype));
	if (!span_is_null(part->filename)) {
		buf_add_string(out, " ");
		buf_add(out, part->filename);
	}
	if (part->message == NULL && (part->children == NULL || !mime_part_is_multipart(part))) {
		buf_add_byte(out, ' ');
		add_escaped(out, mime_part_bytes(m, part));
	}
	if (part->children != NULL)
		buf_add_byte(out, '{');
	for (struct mime_part *child = part->children; child != NULL; child = child->next) {
		add_part(m, child, out);
		if (child->next != NULL)
			buf_add_string(out, ", ");
	}
	if (part->children != NULL)
		buf_add_byte(out, '}');
	if (part->message != NULL) {
		buf_add_byte(out, '(');
		add_part(m, part->message, out);
		buf_add_byte(out, ')');
	}
	add_defects(out, part->defects);
}

struct span outline_print(struct mime *m)
{
	struct buf out;

	buf_init(&out, m->arena, OUTLINE_MOST);
	add_part(m, m->root, &out);
	return buf_span(&out);
}

struct span outline_headers(struct mime *m, struct mime_part *part)
{
	struct buf out;

	buf_init(&out, m->arena, OUTLINE_MOST);
	for (size_t i = 0; i < part->header_count; i++) {
		struct mime_header *h = &part->headers[i];

		buf_add_string(&out, i == 0 ? "" : " | ");
		buf_add(&out, h->name);
		buf_add_string(&out, ": ");
		for (struct span rest = mime_header_text(m, h), piece;
			span_next(&rest, '\0', &piece);) {
			buf_add(&out, piece);
			if (!span_is_null(rest))
				buf_add_string(&out, "\\0");
		}
	}
	return buf_span(&out);
}

struct span outline_defects(struct arena *a, uint64_t defects)
{
	struct buf out;
	struct span text;

	buf_init(&out, a, OUTLINE_MOST);
	for (unsigned bit = 0; bit < MIME_DEFECT_COUNT; bit++)
		if ((defects >> bit & 1) != 0)
			buf_printf(&out, "%s ", mime_defect_name(bit));
	text = buf_span(&out);
	return span_trim_end(text);
}

struct span outline_json(struct mime *m)
{
	struct buf out;
	struct json j;

	buf_init(&out, m->arena, OUTLINE_MOST);
	json_init_pretty(&j, &out);
	mime_print_json(m, &j);
	buf_add_byte(&out, '\n');
	return buf_span(&out);
}
