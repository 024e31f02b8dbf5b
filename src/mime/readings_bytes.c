/* Other bytes of a leaf: broken base64 and quoted-printable, NULs, a charset that is given twice. */
#include "mime/readings.h"

static bool is_base64_letter(char c)
{
	return byte_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* Base64 without the `=` within: some decoders go on with the bits behind them as if they were not there. */
static struct span drop_padding(struct arena *a, struct span in)
{
	char *out = arena_alloc_raw(a, in.n);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '=')
			out[n++] = in.p[i];
	return span_from(out, n);
}

/* Base64 without the lines that have anything foreign in them: some decoders take these for text between. */
static struct span drop_foreign_lines(struct arena *a, struct span in)
{
	struct buf out;

	buf_init(&out, a, in.n + 1);
	for (struct span rest = in, line; span_next_line(&rest, &line);) {
		size_t n = 0;

		line = span_trim(line);
		while (n < line.n && is_base64_letter(line.p[n]))
			n++;
		if (n == line.n)
			buf_add(&out, line);
	}
	return buf_span(&out);
}

/* The alphabet of URLs (RFC 4648 section 5), which the decoders of browsers and JavaScript know as well. */
static struct span from_url_alphabet(struct arena *a, struct span in)
{
	char *out = arena_alloc_raw(a, in.n);

	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] == '-' ? '+' : in.p[i] == '_' ? '/' : in.p[i];
	return span_from(out, in.n);
}

static void add_base64(const struct mime_subject *s,
	struct span (*change)(struct arena *a, struct span in))
{
	unsigned defects = 0;
	struct arena *a = s->search->a;

	if (mime_may_read(s->search, s->part->body.n))
		mime_add_bytes(s, MIME_BIT_AMBIGUOUS_BASE64,
			codec_decode_base64(a, change(a, s->part->body), &defects));
}

static void look_at_base64(const struct mime_subject *s)
{
	struct span body = s->part->body;

	if ((s->part->defects & CODEC_BASE64_AFTER_PADDING) != 0)
		add_base64(s, drop_padding);
	if ((s->part->defects & CODEC_BASE64_GARBAGE) == 0)
		return;
	add_base64(s, drop_foreign_lines);
	if (span_has_byte(body, '-') || span_has_byte(body, '_'))
		add_base64(s, from_url_alphabet);
	/* what cannot be decoded without errors is shown as it stands by some */
	mime_add_bytes(s, MIME_BIT_AMBIGUOUS_BASE64, body);
}

static bool is_escape(struct span in, size_t i)
{
	return i + 2 < in.n && byte_hex_value(in.p[i + 1]) >= 0 && byte_hex_value(in.p[i + 2]) >= 0;
}

/* Quoted-printable without the `=` that begin nothing, which some decoders drop. */
static struct span drop_stray_equals(struct arena *a, struct span in)
{
	char *out = arena_alloc_raw(a, in.n);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		bool stray = in.p[i] == '=' && !is_escape(in, i) && i + 1 < in.n &&
			!byte_is_space(in.p[i + 1]);

		if (!stray)
			out[n++] = in.p[i];
	}
	return span_from(out, n);
}

/* Quoted-printable without soft line breaks: where one stands within an escape, some decoders join it. */
static struct span join_lines(struct arena *a, struct span in)
{
	struct buf out;

	buf_init(&out, a, in.n + 1);
	for (struct span rest = in, line; span_next_line(&rest, &line);) {
		if (span_ends(line, SPAN("=")))
			line.n--;
		else if (!span_is_null(rest))
			line.n = (size_t)(rest.p - line.p);
		buf_add(&out, line);
	}
	return buf_span(&out);
}

static void look_at_qp(const struct mime_subject *s)
{
	unsigned defects = 0;
	struct arena *a = s->search->a;

	if ((s->part->defects & CODEC_QP_INVALID) == 0 ||
		!mime_may_read(s->search, 2 * s->part->body.n))
		return;
	mime_add_bytes(s, MIME_BIT_AMBIGUOUS_QP,
		codec_decode_qp(a, drop_stray_equals(a, s->part->body), &defects));
	mime_add_bytes(s, MIME_BIT_AMBIGUOUS_QP,
		codec_decode_qp(a, join_lines(a, s->part->body), &defects));
}

/* A charset whose text is full of NULs. */
static bool has_wide_charset(const struct mime_part *part, struct span bytes)
{
	struct span charset = codec_find_charset(part->charset);

	return span_starts(charset, SPAN("utf-16")) || span_starts(charset, SPAN("utf-32")) ||
		span_starts(bytes, SPAN("\xff\xfe")) || span_starts(bytes, SPAN("\xfe\xff")) ||
		span_starts(bytes, SPAN("\0\0\xfe\xff"));
}

/* NULs that come of decoding: a reader of text leaves them out. */
static void look_at_nuls(const struct mime_subject *s, struct span bytes)
{
	char *out;
	size_t n = 0;

	if (!span_equal(s->part->type, SPAN("text")) || !span_has_byte(bytes, '\0') ||
		has_wide_charset(s->part, bytes) || !mime_may_read(s->search, bytes.n))
		return;
	out = arena_alloc_raw(s->search->a, bytes.n);
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] != '\0')
			out[n++] = bytes.p[i];
	mime_add_bytes(s, MIME_BIT_AMBIGUOUS_NUL, span_from(out, n));
}

static void look_at_charsets(const struct mime_subject *s, struct span bytes)
{
	struct mime_values values = {0};

	if (!span_equal(s->part->type, SPAN("text")) ||
		(s->part->defects & (CODEC_PARAM_DUPLICATE | CODEC_PARAM_INVALID)) == 0)
		return;
	for (size_t i = 0; i < s->type_count; i++)
		mime_find_values(s->search->a, s->type[i]->value, SPAN("charset"), &values);
	for (size_t i = 0; i < values.n; i++) {
		struct mime_reading reading = {.of = s->of,
			.why = MIME_BIT_AMBIGUOUS_CHARSET,
			.type = s->part->type,
			.subtype = s->part->subtype,
			.filename = s->part->filename,
			.bytes = bytes};

		reading.charset = arena_lower(s->search->a, values.v[i]);
		if (!span_is_null(codec_find_charset(reading.charset)) &&
			mime_may_read(s->search, bytes.n))
			mime_add_reading(s->search, &reading);
	}
}

void mime_look_at_bytes(const struct mime_subject *s)
{
	struct mime_part *part = s->part;
	struct span bytes = mime_part_bytes(s->m, part);

	if (part->encoding == MIME_BASE64)
		look_at_base64(s);
	else if (part->encoding == MIME_QP)
		look_at_qp(s);
	look_at_nuls(s, bytes);
	look_at_charsets(s, bytes);
}
