/* The Content fields of a part: what it is, how it is encoded, what it is called (RFC 2045, 2183). */
#include "mime/inner.h"
#include "mime/parser.h"

#include <string.h>

static const struct {
	struct span name;
	enum mime_encoding encoding;
} encodings[] = {
	{SPAN_INIT("7bit"), MIME_7BIT},
	{SPAN_INIT("8bit"), MIME_8BIT},
	{SPAN_INIT("binary"), MIME_BINARY},
	{SPAN_INIT("quoted-printable"), MIME_QP},
	{SPAN_INIT("base64"), MIME_BASE64},
	{SPAN_INIT("x-uuencode"), MIME_UU},
	{SPAN_INIT("x-uue"), MIME_UU},
	{SPAN_INIT("uuencode"), MIME_UU},
	{SPAN_INIT("uue"), MIME_UU},
	{SPAN_INIT("x-yenc"), MIME_YENC},
	{SPAN_INIT("yenc"), MIME_YENC},
};

/* Without upper-case letters the text itself, else a copy. */
static struct span to_lower(struct arena *a, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'Z')
			return arena_lower(a, text);
	return text;
}

/* Without the blanks, folds and comments at its start. */
static struct span skip_blanks(struct span s)
{
	for (;;) {
		size_t behind;

		s = span_trim_start(s);
		if (s.n == 0 || s.p[0] != '(')
			return s;
		behind = mime_skip_comment(s, 0);
		if (behind == 0)
			return s;
		s = span_from_offset(s, behind);
	}
}

/* RFC 2045 section 5.1, with 8-bit bytes: no blanks, no control bytes, no tspecials. */
static bool is_token_byte(char c)
{
	if (byte_is_alnum(c))
		return true;
	return (unsigned char)c > ' ' && c != 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Takes a token off the start of `rest`; it may be empty. */
static struct span take_token(struct span *rest)
{
	struct span token = skip_blanks(*rest);
	size_t n = 0;

	while (n < token.n && is_token_byte(token.p[n]))
		n++;
	*rest = span_from_offset(token, n);
	return span_slice(token, 0, n);
}

/*
 * type "/" subtype; `rest` is what stands behind them. "text" alone is text/plain, and "multipart" alone
 * is believed: parts that are not looked at would be the worse mistake.
 */
static bool read_type(struct mime_build *b, struct mime_part *part, struct span *rest)
{
	struct span type = take_token(rest);
	struct span subtype = {0};

	*rest = skip_blanks(*rest);
	if (rest->n > 0 && rest->p[0] == '/') {
		*rest = span_from_offset(*rest, 1);
		subtype = take_token(rest);
	}
	if (type.n > 0 && subtype.n > 0) {
		part->type = to_lower(b->m->arena, type);
		part->subtype = to_lower(b->m->arena, subtype);
		return true;
	}
	part->defects |= MIME_DEFECT(TYPE_INVALID);
	if (span_equal_nocase(type, SPAN("multipart"))) {
		part->type = SPAN("multipart");
		part->subtype = SPAN("mixed");
	}
	return false;
}

/* Inside a digest a part without a type is a message (RFC 2046 section 5.1.5). */
static void set_default_type(struct mime_part *part)
{
	const struct mime_part *parent = part->parent;
	bool digest = parent != NULL && parent->message != part &&
		mime_part_is(parent, "multipart", "digest");

	part->type = digest ? SPAN("message") : SPAN("text");
	part->subtype = digest ? SPAN("rfc822") : SPAN("plain");
}

/* The first field that can be parsed counts, as in most mail programs; `rest` are its parameters. */
static struct mime_header *find_type(struct mime_build *b, struct mime_part *part,
	struct span *rest)
{
	struct mime_header *first = mime_find_header(part, SPAN("Content-Type"));

	set_default_type(part);
	*rest = SPAN("");
	for (struct mime_header *h = first; h != NULL; h = mime_next_header(part, h)) {
		*rest = h->value;
		if (read_type(b, part, rest)) {
			part->type_given = true;
			return h;
		}
		set_default_type(part);
	}
	if (first != NULL) {
		*rest = first->value;
		(void)read_type(b, part, rest);
		/* "name=x.zip" without a type is all parameters */
		if (rest->n > 0 && rest->p[0] == '=')
			*rest = first->value;
	}
	return first;
}

/* True when there are several of this field and not all say the same. */
static bool fields_disagree(const struct mime_part *part, const struct mime_header *first)
{
	const struct mime_header *h = first;

	while (h != NULL && (h = mime_next_header(part, h)) != NULL)
		if (!span_equal_nocase(h->value, first->value))
			return true;
	return false;
}

/* Up to the closing quote, without backslashes. */
static struct span unquote(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n && text.p[i] != '"'; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n)
			i++;
		buf_add_byte(&out, text.p[i]);
	}
	return buf_span(&out);
}

/*
 * The boundary as the lines of the body have it: byte for byte. Parameters are UTF-8 with everything
 * decoded, so a boundary that this could change is read here from the field itself.
 */
static struct span find_boundary(struct arena *a, const struct codec_params *params,
	struct span field)
{
	struct span value = codec_find_param(params, SPAN("boundary"));
	struct span rest;
	size_t n = 0;

	if (span_is_null(value) || (span_is_ascii(value) && !codec_has_words(field)))
		return value;
	rest = span_from_offset(field, span_find_nocase(field, SPAN("boundary")));
	rest = skip_blanks(span_from_offset(rest, sizeof("boundary") - 1));
	if (rest.n == 0 || rest.p[0] != '=')
		return value;
	rest = skip_blanks(span_from_offset(rest, 1));
	if (rest.n > 0 && rest.p[0] == '"')
		return unquote(a, span_from_offset(rest, 1));
	while (n < rest.n && rest.p[n] != ';' && !byte_is_space(rest.p[n]))
		n++;
	return span_slice(rest, 0, n);
}

/*
 * Copies a parameter's text out of the scratch arena, so that parameters leave nothing else behind: what
 * it takes to parse them is far more than their size. The next field empties the scratch arena.
 */
static struct span keep(struct mime_build *b, struct span text)
{
	return text.n == 0 ? text : arena_copy(b->m->arena, text);
}

static void keep_params(struct mime_build *b, struct mime_part *part,
	const struct codec_params *params)
{
	size_t n = num_min(params->n, MIME_PARAMS_MOST - b->param_count);

	if (n < params->n)
		part->defects |= CODEC_PARAM_INVALID;
	b->param_count += n;
	part->type_params.n = n;
	part->type_params.v = ARENA_ARRAY(b->m->arena, struct codec_param, n);
	for (size_t i = 0; i < n; i++) {
		part->type_params.v[i].name = keep(b, params->v[i].name);
		part->type_params.v[i].value = keep(b, params->v[i].value);
	}
}

static struct codec_params parse_params(struct mime_build *b, struct mime_part *part,
	struct span text)
{
	struct codec_params params = {0};
	unsigned defects = 0;

	arena_reset(b->scratch);
	codec_parse_params(b->scratch, text, &params, &defects);
	part->defects |= defects;
	return params;
}

static void read_type_field(struct mime_build *b, struct mime_part *part)
{
	struct codec_params params;
	struct span rest, charset;
	struct mime_header *h = find_type(b, part, &rest);
	size_t n = 0;

	if (h == NULL) {
		bool missing = part->parent != NULL
			? mime_part_is_multipart(part->parent)
			: mime_find_header(part, SPAN("MIME-Version")) != NULL;

		if (missing && !mime_part_is_plain_digest(part))
			part->defects |= MIME_DEFECT(TYPE_MISSING);
		return;
	}
	if (fields_disagree(part, mime_find_header(part, SPAN("Content-Type"))))
		part->defects |= MIME_DEFECT(TYPE_DUPLICATE);
	params = parse_params(b, part, rest);
	keep_params(b, part, &params);
	charset = span_trim(codec_find_param(&params, SPAN("charset")));
	while (n < charset.n && !byte_is_space(charset.p[n]))
		n++; /* no label has blanks: what follows is some other line, badly folded */
	if (n > 0)
		part->charset = arena_lower(b->m->arena, span_slice(charset, 0, n));
	part->filename = keep(b, codec_find_param(&params, SPAN("name")));
	if (mime_part_is_multipart(part))
		part->boundary = keep(b, find_boundary(b->scratch, &params, rest));
}

enum mime_encoding mime_find_encoding(struct span value, bool *exact)
{
	struct span rest = value, token = take_token(&rest);

	*exact = token.n == value.n;
	for (size_t i = 0; i < ARRAY_LEN(encodings); i++)
		if (span_equal_nocase(token, encodings[i].name))
			return encodings[i].encoding;
	return MIME_ENCODING_UNKNOWN;
}

static void read_encoding(struct mime_build *b, struct mime_part *part)
{
	struct mime_header *h = mime_find_header(part, SPAN("Content-Transfer-Encoding"));
	bool exact;

	if (h == NULL)
		return;
	if (fields_disagree(part, h))
		part->defects |= MIME_DEFECT(ENCODING_DUPLICATE);
	part->encoding_text = to_lower(b->m->arena, h->value);
	part->encoding = mime_find_encoding(h->value, &exact);
	if (part->encoding == MIME_ENCODING_UNKNOWN)
		part->defects |= MIME_DEFECT(ENCODING_UNKNOWN);
	if (mime_part_is_encoded(part) &&
		(mime_part_is_multipart(part) || mime_part_is_message(part)))
		part->defects |= MIME_DEFECT(ENCODING_ON_MULTIPART);
}

/* An unknown disposition is an attachment (RFC 2183 section 2.8). */
static void read_disposition(struct mime_build *b, struct mime_part *part)
{
	struct mime_header *h = mime_find_header(part, SPAN("Content-Disposition"));
	struct codec_params params;
	struct span rest, token, filename;

	if (h == NULL)
		return;
	rest = h->value;
	token = take_token(&rest);
	/* "filename=x" without a disposition is all parameters */
	if (rest.n > 0 && rest.p[0] == '=')
		rest = h->value;
	else if (token.n > 0)
		part->disposition_text = to_lower(b->m->arena, token);
	if (!span_is_null(part->disposition_text))
		part->disposition = span_equal(part->disposition_text, SPAN("inline"))
			? MIME_INLINE
			: MIME_ATTACHMENT;
	params = parse_params(b, part, rest);
	filename = codec_find_param(&params, SPAN("filename"));
	if (filename.n > 0)
		part->filename = keep(b, filename);
}

static void read_content_id(struct mime_part *part)
{
	struct mime_header *h = mime_find_header(part, SPAN("Content-ID"));
	struct span id;

	if (h == NULL)
		return;
	id = h->value;
	if (id.n > 0 && id.p[0] == '<')
		id = span_from_offset(id, 1);
	part->content_id = span_slice(id, 0, span_find_byte(id, '>'));
}

void mime_read_content(struct mime_build *b, struct mime_part *part)
{
	read_type_field(b, part);
	read_encoding(b, part);
	read_disposition(b, part);
	read_content_id(part);
	if (part->filename.n == 0)
		part->filename = span_of(NULL);
	if (part->parent == NULL && mime_find_header(part, SPAN("MIME-Version")) == NULL &&
		(part->type_given || !span_is_null(part->encoding_text)))
		part->defects |= MIME_DEFECT(MIME_VERSION_MISSING);
}
