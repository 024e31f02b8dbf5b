/* What a part is and what it holds: its bytes with the transfer encoding undone, its text as UTF-8. */
#include "mime/parser.h"

bool mime_part_is(const struct mime_part *part, const char *type, const char *subtype)
{
	return span_equal(part->type, span_of(type)) && span_equal(part->subtype, span_of(subtype));
}

bool mime_part_is_multipart(const struct mime_part *part)
{
	return span_equal(part->type, SPAN("multipart"));
}

bool mime_part_is_message(const struct mime_part *part)
{
	return span_equal(part->type, SPAN("message")) &&
		(span_equal(part->subtype, SPAN("rfc822")) ||
			span_equal(part->subtype, SPAN("global")) ||
			span_equal(part->subtype, SPAN("news")));
}

bool mime_part_is_plain_digest(const struct mime_part *part)
{
	return part->parent != NULL && mime_part_is(part->parent, "multipart", "digest") &&
		part->header_bytes.n == 0 && (part->defects & MIME_DEFECT(NO_BODY)) == 0;
}

bool mime_part_is_text(const struct mime_part *part)
{
	return span_equal(part->type, SPAN("text")) && !mime_part_is_attachment(part);
}

bool mime_part_is_attachment(const struct mime_part *part)
{
	return part->disposition == MIME_ATTACHMENT;
}

bool mime_part_is_encoded(const struct mime_part *part)
{
	return part->encoding == MIME_QP || part->encoding == MIME_BASE64 ||
		part->encoding == MIME_UU || part->encoding == MIME_YENC;
}

/* A whole body that is one block; without a block it stays as it is, with a defect. */
static struct span decode_block(struct arena *a, const struct mime_part *part, unsigned *defects)
{
	struct codec_block block;

	if (part->encoding == MIME_UU) {
		if (codec_find_uu(a, part->body, 0, &block, defects))
			return block.data;
		*defects |= CODEC_UU_INVALID;
	} else {
		if (codec_find_yenc(a, part->body, 0, &block, defects))
			return block.data;
		*defects |= CODEC_YENC_INVALID;
	}
	return part->body;
}

static struct span decode(struct arena *a, const struct mime_part *part, unsigned *defects)
{
	if (mime_part_is_multipart(part))
		return part->body;
	switch (part->encoding) {
	case MIME_QP:
		return codec_decode_qp(a, part->body, defects);
	case MIME_BASE64:
		return codec_decode_base64(a, part->body, defects);
	case MIME_UU:
	case MIME_YENC:
		return decode_block(a, part, defects);
	case MIME_7BIT:
	case MIME_8BIT:
	case MIME_BINARY:
	case MIME_ENCODING_UNKNOWN:
		break;
	}
	return part->body;
}

struct span mime_part_bytes(struct mime *m, struct mime_part *part)
{
	unsigned defects = 0;

	if (!part->body_decoded) {
		part->decoded = decode(m->arena, part, &defects);
		part->defects |= defects;
		part->body_decoded = true;
	}
	return part->decoded;
}

/* The text between the blocks that were found in it. */
static struct span cut_blocks(struct arena *a, const struct mime_part *part, struct span text)
{
	const char *p = text.p;
	struct buf rest;

	buf_init(&rest, a, text.n);
	for (const struct mime_part *block = part->children; block != NULL; block = block->next) {
		buf_add(&rest, span_from(p, (size_t)(block->body.p - p)));
		p = block->body.p + block->body.n;
	}
	buf_add(&rest, span_from(p, (size_t)(text.p + text.n - p)));
	return buf_span(&rest);
}

struct span mime_part_source(struct mime *m, struct mime_part *part)
{
	struct span bytes = mime_part_bytes(m, part);

	if (part->children == NULL || mime_part_is_multipart(part))
		return bytes;
	return cut_blocks(m->arena, part, bytes);
}

struct span mime_part_text(struct mime *m, struct mime_part *part)
{
	unsigned defects = 0;
	struct span text;

	if (part->text_made)
		return part->text;
	text = mime_part_source(m, part);
	part->text = codec_to_utf8(m->arena, part->charset, text, &defects);
	part->defects |= defects;
	if (part->charset.n == 0 && span_equal(part->type, SPAN("text")) && !span_is_ascii(text))
		part->defects |= MIME_DEFECT(CHARSET_MISSING);
	part->text_made = true;
	return part->text;
}
