/*
 * The new subject of a message: the administrator's or a check's template with the old subject in it.
 *
 * DESIGN: the old subject stays as it was encoded, for what it decodes to is for mail programs to say; only
 * raw 8-bit text in it is decoded and encoded, as a field of ASCII cannot hold it. Text of the template that is not ASCII
 * becomes encoded words. Between two encoded words a blank is not shown (RFC 2047 section 6.2), so one that
 * is meant to be seen goes into the word.
 */
#include "scan/headers.h"

struct making {
	struct arena *arena;
	struct buf out;
	struct span old;
};

static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x7f ||
			((unsigned char)text.p[i] < ' ' && !byte_is_space(text.p[i])))
			return false;
	return true;
}

static struct span clean_controls(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		buf_add_byte(&out, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
	}
	return buf_span(&out);
}

static struct span encode(struct arena *a, struct span text)
{
	unsigned defects = 0;
	struct span clean = clean_controls(a, text);

	return codec_encode_words(a, codec_to_utf8(a, SPAN(""), clean, &defects));
}

static struct span read_old(struct arena *a, struct mime *mime)
{
	struct mime_header *field = mime_find_header(mime->root, SPAN("Subject"));
	struct span value = field == NULL ? SPAN("") : field->value;

	value = span_slice(value, 0, SCAN_FIELD_MOST);
	if (is_plain(value))
		return value;
	return encode(a, span_slice(mime_header_text(mime, field), 0, SCAN_FIELD_MOST));
}

static bool ends_with_blank(const struct buf *out)
{
	return out->n == 0 || byte_is_space(out->p[out->n - 1]);
}

/* Text of the template that stands behind what is in `out`, and before the old subject or the end. */
static void add_literal(struct making *m, struct span text, bool before_old)
{
	bool after_word = span_ends(buf_span(&m->out), SPAN("?="));
	bool before_word = before_old && span_starts(m->old, SPAN("=?"));
	struct span core = text;

	if (is_plain(text)) {
		buf_add(&m->out, text);
		return;
	}
	if (!after_word)
		core = span_trim_start(core);
	if (!before_word)
		core = span_trim_end(core);
	if (!after_word)
		buf_add(&m->out, span_from(text.p, (size_t)(core.p - text.p)));
	if (!ends_with_blank(&m->out))
		buf_add_byte(&m->out, ' ');
	buf_add(&m->out, encode(m->arena, core));
	if (before_word)
		buf_add_byte(&m->out, ' ');
	else
		buf_add(&m->out, span_from_offset(text, (size_t)(core.p - text.p) + core.n));
	if (before_old && m->old.n > 0 && !ends_with_blank(&m->out))
		buf_add_byte(&m->out, ' ');
}

struct span scan_make_subject(struct arena *a, struct span template, struct mime *mime,
	double score)
{
	struct making m = {.arena = a, .old = read_old(a, mime)};
	struct buf literal;

	template = span_slice(template, 0, SCAN_FIELD_MOST);
	buf_init(&m.out, a, 16 * SCAN_FIELD_MOST);
	buf_init(&literal, a, SCAN_FIELD_MOST);
	for (size_t i = 0; i < template.n; i++) {
		char next = i + 1 < template.n ? template.p[i + 1] : '\0';

		if (template.p[i] != '%' || next == '\0' || !span_has_byte(SPAN("sd%"), next)) {
			buf_add_byte(&literal, template.p[i]);
			continue;
		}
		i++;
		if (next == 's') {
			add_literal(&m, buf_span(&literal), true);
			buf_clear(&literal);
			buf_add(&m.out, m.old);
		} else if (next == 'd') {
			buf_printf(&literal, "%.2f", score);
		} else {
			buf_add_byte(&literal, '%');
		}
	}
	add_literal(&m, buf_span(&literal), false);
	return scan_fold_value(a, SPAN("Subject"), buf_span(&m.out), false);
}
