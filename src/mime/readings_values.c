/*
 * The values that mail programs may see in one parameter of a field.
 *
 * DESIGN: programs cut a field in few ways: with quotes and comments as RFC 2045 says, without knowing of
 * comments, or at each `;` when a quote is not closed. Each way gives pieces, and each piece of the wanted
 * name is a value on its own (which covers whoever takes the first and whoever takes the last), read
 * strictly and roughly. That finds them without a model of each program.
 */
#include "mime/readings.h"

#include "mime/inner.h"

struct cut {
	bool comments, quotes;
};

struct piece {
	struct span source; /* name=value */
	struct span name;   /* without star and number */
	struct span suffix; /* from the star on; empty without one */
	struct span value;  /* as written */
};

enum { PIECES_MOST = CODEC_PARAM_MOST };

struct pieces {
	struct piece v[PIECES_MOST];
	size_t n;
};

/* The offset behind the quoted string or comment at `at`; `at` + 1 for anything else and what is unclosed. */
static size_t skip_one(struct span field, size_t at, const struct cut *cut)
{
	size_t behind = 0;

	if (field.p[at] == '"' && cut->quotes)
		behind = mime_skip_quoted(field, at);
	else if (field.p[at] == '(' && cut->comments)
		behind = mime_skip_comment(field, at);
	return behind == 0 ? at + 1 : behind;
}

/* Takes what stands before the next `;` that counts. An unclosed quote is looked for once. */
static struct span take_piece(struct span *rest, struct cut *cut)
{
	struct span piece;
	size_t n = 0;

	while (n < rest->n && rest->p[n] != ';') {
		if (rest->p[n] == '"' && cut->quotes && mime_skip_quoted(*rest, n) == 0)
			cut->quotes = false;
		if (rest->p[n] == '(' && cut->comments && mime_skip_comment(*rest, n) == 0)
			cut->comments = false;
		n = skip_one(*rest, n, cut);
	}
	piece = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n + 1);
	return span_trim(piece);
}

static bool is_blank_or_comment(struct span *text)
{
	size_t behind;

	*text = span_trim_start(*text);
	if (text->n == 0 || text->p[0] != '(')
		return false;
	behind = mime_skip_comment(*text, 0);
	*text = span_from_offset(*text, behind);
	return behind > 0;
}

static bool read_piece(struct span source, const struct cut *cut, struct piece *out)
{
	size_t equals, star;

	while (cut->comments && is_blank_or_comment(&source))
		;
	equals = span_find_byte(source, '=');
	if (equals == 0 || equals == source.n)
		return false;
	out->source = source;
	out->name = span_trim(span_slice(source, 0, equals));
	if (cut->comments)
		out->name = span_trim(span_slice(out->name, 0, span_find_byte(out->name, '(')));
	star = span_find_byte(out->name, '*');
	out->suffix = span_from_offset(out->name, star);
	out->name = span_slice(out->name, 0, star);
	out->value = span_from_offset(source, equals + 1);
	while (cut->comments && is_blank_or_comment(&out->value))
		;
	out->value = span_trim(out->value);
	return true;
}

static void cut_field(struct span field, struct span name, struct cut cut, struct pieces *out)
{
	struct span rest = field;

	out->n = 0;
	(void)take_piece(&rest, &cut);
	/* "name=x" without a type before it is all parameters */
	if (span_has_byte(span_slice(field, 0,
				  (size_t)(rest.n == 0 ? field.n : (size_t)(rest.p - field.p))),
		    '='))
		rest = field;
	while (rest.n > 0 && out->n < PIECES_MOST) {
		struct piece piece;

		if (read_piece(take_piece(&rest, &cut), &cut, &piece) &&
			span_equal_nocase(piece.name, name))
			out->v[out->n++] = piece;
	}
}

static void add_value(struct mime_values *out, struct span value)
{
	value = span_trim(value);
	for (size_t i = 0; i < out->n; i++)
		if (span_equal(out->v[i], value))
			return;
	if (value.n == 0)
		return;
	if (out->n == MIME_VALUES_MOST) {
		out->is_cut = true;
		return;
	}
	out->v[out->n++] = value;
}

/* What our own parser makes of these parameters alone. */
static void add_parsed(struct arena *a, struct span params, struct span name,
	struct mime_values *out)
{
	struct codec_params parsed = {0};
	unsigned defects = 0;
	struct span value;

	codec_parse_params(a, params, &parsed, &defects);
	value = codec_find_param(&parsed, name);
	add_value(out, value);
	if (span_has_byte(value, '\0'))
		add_value(out, span_slice(value, 0, span_find_byte(value, '\0')));
}

/* As programs that look for quotes and blanks and for nothing else. */
static void add_rough(const struct piece *piece, struct mime_values *out)
{
	struct span value = piece->value;
	size_t n = 0;

	if (value.n > 0 && value.p[0] == '"') {
		value = span_from_offset(value, 1);
		add_value(out, span_slice(value, 0, span_find_byte(value, '"')));
		return;
	}
	add_value(out, value);
	while (n < value.n && !byte_is_space(value.p[n]))
		n++;
	add_value(out, span_slice(value, 0, n));
	/* what is left of a quoted text that was cut, and what may be a comment */
	add_value(out, span_slice(value, 0, span_find_byte(value, '"')));
	add_value(out, span_slice(value, 0, span_find_byte(value, '(')));
}

static bool is_numbered(const struct piece *piece)
{
	return piece->suffix.n > 1 && byte_is_digit(piece->suffix.p[1]);
}

/* All numbered pieces, by their numbers and in the order in which they stand. */
static void add_numbered(struct arena *a, const struct pieces *pieces, struct span name,
	struct mime_values *out)
{
	struct buf by_number, by_place;
	unsigned n = 0;

	buf_init(&by_number, a, CODEC_PARAM_BYTES_MOST);
	buf_init(&by_place, a, CODEC_PARAM_BYTES_MOST);
	for (size_t i = 0; i < pieces->n; i++) {
		const struct piece *piece = &pieces->v[i];

		if (!is_numbered(piece))
			continue;
		buf_add(&by_number, piece->source);
		buf_add(&by_number, SPAN("; "));
		buf_add(&by_place, name);
		buf_printf(&by_place, "*%u%s=", n++,
			span_ends(piece->suffix, SPAN("*")) ? "*" : "");
		buf_add(&by_place, piece->value);
		buf_add(&by_place, SPAN("; "));
	}
	if (n == 0)
		return;
	add_parsed(a, buf_span(&by_number), name, out);
	add_parsed(a, buf_span(&by_place), name, out);
}

static void add_pieces(struct arena *a, const struct pieces *pieces, struct span name, bool parsed,
	struct mime_values *out)
{
	for (size_t i = 0; i < pieces->n; i++) {
		const struct piece *piece = &pieces->v[i];

		if (is_numbered(piece))
			continue;
		if (parsed)
			add_parsed(a, piece->source, name, out);
		if (piece->suffix.n == 0)
			add_rough(piece, out);
	}
	if (parsed)
		add_numbered(a, pieces, name, out);
}

void mime_find_values(struct arena *a, struct span field, struct span name, struct mime_values *out)
{
	struct pieces pieces;

	cut_field(field, name, (struct cut){true, true}, &pieces);
	add_pieces(a, &pieces, name, true, out);
	if (span_has_byte(field, '(')) {
		cut_field(field, name, (struct cut){false, true}, &pieces);
		add_pieces(a, &pieces, name, false, out);
	}
	if (span_has_byte(field, '"')) {
		cut_field(field, name, (struct cut){true, false}, &pieces);
		add_pieces(a, &pieces, name, false, out);
	}
}

bool mime_has_comment(struct span field)
{
	const struct cut cut = {.quotes = true};

	for (size_t i = 0; i < field.n; i = skip_one(field, i, &cut)) {
		if (field.p[i] == '(')
			return true;
		if (field.p[i] == '"' && mime_skip_quoted(field, i) == 0)
			return false;
	}
	return false;
}

struct span mime_field_head(struct span field)
{
	return span_trim(span_slice(field, 0, span_find_byte(field, ';')));
}
