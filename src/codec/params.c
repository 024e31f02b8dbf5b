/*
 * Parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231).
 *
 * DESIGN: two passes. The first cuts the text into pieces (`name*2*="..."`), which stay raw bytes and are
 * kept under their names; the second makes one value of each name: name*=, else the numbered pieces,
 * else name=, as mail programs prefer them. Pieces may come in any order, so nothing is joined before
 * all are known.
 */
#include "codec/codec.h"

struct piece {
	size_t number; /* in name*number */
	bool extended; /* name*number*: with percent escapes */
	struct span text;
};

struct param {
	struct span name;
	struct span plain; /* of name=, or null */
	struct span whole; /* of name*=, or null */
	struct {
		VEC(struct piece);
	} pieces;
};

struct parser {
	struct arena *arena;
	struct span rest;
	unsigned *defects;
	const char *literal_end; /* before this, ( opens no comment */
	struct {
		VEC(struct param);
	} params;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char peek(const struct parser *p)
{
	return p->rest.n > 0 ? p->rest.p[0] : '\0';
}

static void skip(struct parser *p, size_t n)
{
	p->rest = span_from_offset(p->rest, n);
}

/* The length of the comment at the start, nested ones and escapes included; 0 when it has no end. */
static size_t comment_length(struct span in)
{
	size_t depth = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\\')
			i++;
		else if (in.p[i] == '(')
			depth++;
		else if (in.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/*
 * Blanks and comments. What looks like a comment but has no end, or is followed by a letter, is none:
 * unquoted file names are often "report (1).pdf". What was looked at so is not looked at again.
 */
static void skip_blanks(struct parser *p)
{
	for (;;) {
		size_t n;

		p->rest = span_trim_start(p->rest);
		if (peek(p) != '(' || p->rest.p < p->literal_end)
			return;
		n = comment_length(p->rest);
		if (n == 0 ||
			(n < p->rest.n && !is_blank(p->rest.p[n]) && p->rest.p[n] != ';' &&
				p->rest.p[n] != '=')) {
			p->literal_end = p->rest.p + (n == 0 ? p->rest.n : n);
			return;
		}
		skip(p, n);
	}
}

/* The token at the start (RFC 2045 section 5.1). */
static struct span token(struct span in)
{
	size_t n = 0;

	while (n < in.n && in.p[n] > ' ' && in.p[n] < 0x7f &&
		!span_has_byte(SPAN("()<>@,;:\\\"/[]?="), in.p[n]))
		n++;
	return span_slice(in, 0, n);
}

/* True when `name =` comes next. */
static bool at_param(struct span in)
{
	struct span name = token(in);

	return name.n > 0 && span_starts(span_trim_start(span_from_offset(in, name.n)), SPAN("="));
}

/* Up to a blank or `;`. */
static void skip_chunk(struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.n && !is_blank(p->rest.p[n]) && p->rest.p[n] != ';')
		n++;
	skip(p, n);
}

/* A token, or what stands there for one: blanks and any bytes up to `;` or the next parameter. */
static struct span read_unquoted(struct parser *p)
{
	const char *start = p->rest.p, *end;

	for (;;) {
		skip_chunk(p);
		end = p->rest.p;
		skip_blanks(p);
		if (p->rest.n == 0 || peek(p) == ';')
			break;
		*p->defects |= CODEC_PARAM_INVALID;
		if (at_param(p->rest))
			break;
	}
	return span_from(start, (size_t)(end - start));
}

/* Without the backslashes before quotes and backslashes; others are of file names of Windows. */
static struct span unescape(struct arena *a, struct span in)
{
	char *out;
	size_t n = 0;

	if (!span_has_byte(in, '\\'))
		return in;
	out = arena_alloc_raw(a, in.n);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n && (in.p[i + 1] == '"' || in.p[i + 1] == '\\'))
			i++;
		out[n++] = in.p[i];
	}
	return span_from(out, n);
}

/* Behind the opening quote. Without a closing one the text ends at the next `;`. */
static struct span read_quoted(struct parser *p)
{
	struct span text = p->rest;
	size_t n = 0;

	while (n < text.n && text.p[n] != '"')
		n += text.p[n] == '\\' ? 2 : 1;
	if (n < text.n) {
		skip(p, n + 1);
		return unescape(p->arena, span_slice(text, 0, n));
	}
	*p->defects |= CODEC_PARAM_INVALID;
	n = span_find_byte(text, ';');
	skip(p, n);
	return unescape(p->arena, span_trim_end(span_slice(text, 0, n)));
}

/* NULL when there are too many. */
static struct param *find_param(struct parser *p, struct span name)
{
	struct param *param;

	for (size_t i = 0; i < p->params.n; i++)
		if (span_equal(p->params.v[i].name, name))
			return &p->params.v[i];
	if (p->params.n == CODEC_PARAM_MOST)
		return NULL;
	param = VEC_ADD(p->arena, &p->params);
	param->name = name;
	return param;
}

/* The first of two values wins. */
static void set_once(struct parser *p, struct span *value, struct span text)
{
	if (span_is_null(*value))
		*value = text;
	else if (!span_equal(*value, text))
		*p->defects |= CODEC_PARAM_DUPLICATE;
}

/* Keeps the value under its name, which may end in *, *N or *N*. False past the cap. */
static bool add_value(struct parser *p, struct span name, struct span text)
{
	size_t star = span_find_byte(name, '*');
	struct span suffix = span_from_offset(name, star + 1);
	bool extended = star < name.n && span_ends(name, SPAN("*"));
	struct param *param;
	uint64_t number = 0;

	if (extended && suffix.n > 0)
		suffix.n--;
	if (star == 0 ||
		(suffix.n > 0 && !num_parse_u64(suffix, CODEC_PARAM_BYTES_MOST, &number))) {
		*p->defects |= CODEC_PARAM_INVALID;
		return true;
	}
	param = find_param(p, arena_lower(p->arena, span_slice(name, 0, star)));
	if (param == NULL)
		return false;
	if (suffix.n > 0)
		*VEC_ADD(p->arena, &param->pieces) = (struct piece){number, extended, text};
	else
		set_once(p, extended ? &param->whole : &param->plain, text);
	return true;
}

/* One `name=value`, or what is none. False when there are too many. */
static bool read_param(struct parser *p)
{
	struct span name = token(p->rest), text;

	skip(p, name.n);
	skip_blanks(p);
	if (name.n == 0 || peek(p) != '=') {
		*p->defects |= CODEC_PARAM_INVALID;
		if (name.n == 0)
			skip_chunk(p);
		return true;
	}
	skip(p, 1);
	skip_blanks(p);
	if (peek(p) == '"') {
		skip(p, 1);
		text = read_quoted(p);
	} else {
		text = read_unquoted(p);
	}
	skip_blanks(p);
	if (p->rest.n > 0 && peek(p) != ';')
		*p->defects |= CODEC_PARAM_INVALID;
	return add_value(p, name, text);
}

/* The first pass. What is past a cap stays unread. */
static void read_params(struct parser *p)
{
	for (;;) {
		skip_blanks(p);
		if (p->rest.n == 0)
			return;
		if (peek(p) == ';') {
			skip(p, 1);
		} else if (!read_param(p)) {
			*p->defects |= CODEC_PARAM_INVALID;
			return;
		}
	}
}

/* Takes `charset'language'` off an extended value; the null span when it is not there. */
static struct span take_charset(struct span *text)
{
	size_t n = span_find_byte(*text, '\'');
	struct span charset = span_slice(*text, 0, n), rest = span_from_offset(*text, n + 1);

	if (n == text->n)
		return span_of(NULL);
	/* some write charset'text: without a second quote there is no language */
	n = span_find_byte(rest, '\'');
	*text = n < rest.n ? span_from_offset(rest, n + 1) : rest;
	return charset;
}

static void add_unescaped(struct buf *out, struct span text, unsigned *defects)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = text.p[i] == '%' && i + 2 < text.n ? byte_hex_value(text.p[i + 1]) : -1;
		int low = high >= 0 ? byte_hex_value(text.p[i + 2]) : -1;
		char c = text.p[i];

		if (low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '%') {
			*defects |= CODEC_PARAM_INVALID;
		}
		buf_add_byte(out, c);
	}
}

/* The value of bytes whose charset is not told. */
static struct span decode_plain(struct parser *p, struct span text)
{
	struct codec_words words;

	if (codec_has_words(text))
		*p->defects |= CODEC_PARAM_ENCODED_WORD;
	codec_decode_words(p->arena, text, &words, p->defects);
	return words.text;
}

/* The value of pieces in order. The first, when extended, names the charset of all. */
static struct span join_pieces(struct parser *p, const struct piece *const *pieces, size_t n)
{
	struct span charset = span_of(NULL);
	struct buf bytes;

	buf_init(&bytes, p->arena, CODEC_PARAM_BYTES_MOST);
	for (size_t i = 0; i < n; i++) {
		struct span text = pieces[i]->text;

		if (i == 0 && pieces[i]->extended) {
			charset = take_charset(&text);
			if (span_is_null(charset))
				*p->defects |= CODEC_PARAM_INVALID;
		}
		if (pieces[i]->extended)
			add_unescaped(&bytes, text, p->defects);
		else
			buf_add(&bytes, text);
	}
	if (span_is_null(charset))
		return decode_plain(p, buf_span(&bytes));
	return codec_to_utf8(p->arena, charset, buf_span(&bytes), p->defects);
}

/* The value of the numbered pieces up to the first gap; the null span when the first is missing. */
static struct span join_numbered(struct parser *p, const struct param *param)
{
	size_t most = param->pieces.n + 1, first, end;
	const struct piece **by_number = ARENA_ARRAY(p->arena, const struct piece *, most + 1);

	for (size_t i = 0; i < param->pieces.n; i++) {
		const struct piece *piece = &param->pieces.v[i];
		const struct piece **place = &by_number[num_min(piece->number, most)];

		/* with n pieces, none above n can be reached without a gap; `most` is their place */
		if (*place == NULL)
			*place = piece;
		else if (piece->number < most && !span_equal((*place)->text, piece->text))
			*p->defects |= CODEC_PARAM_DUPLICATE;
	}
	/* some number from 1 */
	first = by_number[0] == NULL ? 1 : 0;
	if (first == 1)
		*p->defects |= CODEC_PARAM_INVALID;
	for (end = first; end < most && by_number[end] != NULL;)
		end++;
	for (size_t i = end; i <= most; i++)
		if (by_number[i] != NULL)
			*p->defects |= CODEC_PARAM_INVALID;
	return end == first ? span_of(NULL) : join_pieces(p, by_number + first, end - first);
}

/* The second pass for one name; null when nothing of it can be read. */
static struct span join_param(struct parser *p, const struct param *param)
{
	struct span numbered = span_of(NULL);

	if (!span_is_null(param->whole)) {
		struct piece whole = {.extended = true, .text = param->whole};
		const struct piece *only = &whole;

		return join_pieces(p, &only, 1);
	}
	if (param->pieces.n > 0)
		numbered = join_numbered(p, param);
	if (!span_is_null(numbered) || span_is_null(param->plain))
		return numbered;
	return decode_plain(p, param->plain);
}

void codec_parse_params(struct arena *a, struct span in, struct codec_params *out,
	unsigned *defects)
{
	struct parser p = {.arena = a, .rest = in, .defects = defects};

	if (in.n > CODEC_PARAM_BYTES_MOST) {
		*defects |= CODEC_PARAM_INVALID;
		p.rest.n = CODEC_PARAM_BYTES_MOST;
	}
	read_params(&p);
	out->v = ARENA_ARRAY(a, struct codec_param, p.params.n);
	out->n = 0;
	for (size_t i = 0; i < p.params.n; i++) {
		struct span value = join_param(&p, &p.params.v[i]);

		if (!span_is_null(value))
			out->v[out->n++] = (struct codec_param){p.params.v[i].name, value};
	}
}

struct span codec_find_param(const struct codec_params *params, struct span name)
{
	for (size_t i = 0; i < params->n; i++)
		if (span_equal(params->v[i].name, name))
			return params->v[i].value;
	return span_of(NULL);
}
