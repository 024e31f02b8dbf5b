/* Other readings of the fields of a part: its type, encoding, boundary and name, and where its header ends. */
#include "mime/readings.h"

#include "mime/inner.h"

static const struct span identity = SPAN_INIT("8bit");

static void read_and_take(const struct mime_subject *s, const struct mime_change *change)
{
	mime_take_tree(s, change->why, mime_read_again(s, change));
}

static struct span without_byte(struct arena *a, struct span in, char byte)
{
	struct buf out;

	buf_init(&out, a, in.n);
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != byte)
			buf_add_byte(&out, in.p[i]);
	return buf_span(&out);
}

/* ---- Content-Type ---- */

/* Some programs take the first of several fields, some the last; some look for a type in what is none. */
static void look_at_types(const struct mime_subject *s)
{
	for (size_t i = 0; i < s->type_count && s->type_count > 1; i++)
		read_and_take(s,
			&(struct mime_change){.why = MIME_BIT_AMBIGUOUS_TYPE,
				.type = s->type[i]->value});
	if (s->type_count > 0 && (s->part->defects & MIME_DEFECT(TYPE_INVALID)) != 0 &&
		span_has_byte(s->type[0]->value, '"'))
		read_and_take(s,
			&(struct mime_change){.why = MIME_BIT_AMBIGUOUS_TYPE,
				.type = without_byte(s->search->a, s->type[0]->value, '"')});
}

/* A program that knows no comments takes the type for one that it does not know, hence for plain text. */
static void look_at_comment(const struct mime_subject *s)
{
	if (s->type_count > 0 && mime_has_comment(mime_field_head(s->type[0]->value)))
		read_and_take(s,
			&(struct mime_change){.why = MIME_BIT_AMBIGUOUS_COMMENT,
				.type = SPAN("text/plain")});
}

/* ---- Content-Transfer-Encoding ---- */

/* Fewer parts than this are met by decoding the same bytes twice. */
static size_t count_below(const struct mime *m, const struct mime_part *part)
{
	size_t n = 0;

	while (part->id + n + 1 < m->part_count && m->parts[part->id + n + 1]->depth > part->depth)
		n++;
	return n;
}

/*
 * RFC 2045 section 6.4 forbids to encode a multipart; some programs decode it all the same. One that says
 * quoted-printable for no reason is common, and decoding it shows mostly the same parts: then it is as the
 * tree has it. An encoded message is decoded by us; it may be one that stands there in clear as well.
 */
static void look_at_nesting(const struct mime_subject *s)
{
	struct mime_change change = {.why = MIME_BIT_AMBIGUOUS_NESTED, .encoding = identity};
	bool is_multipart = mime_part_is_multipart(s->part);
	struct mime *tree;
	unsigned defects = 0;

	if ((s->part->defects & MIME_DEFECT(ENCODING_ON_MULTIPART)) == 0 ||
		!mime_may_read(s->search, s->part->body.n))
		return;
	if (is_multipart && s->part->encoding == MIME_BASE64)
		change.body = codec_decode_base64(s->search->a, s->part->body, &defects);
	else if (is_multipart && s->part->encoding == MIME_QP)
		change.body = codec_decode_qp(s->search->a, s->part->body, &defects);
	tree = mime_read_again(s, &change);
	if (tree == NULL ||
		(is_multipart && count_below(tree, tree->root) == count_below(s->m, s->part)) ||
		(!is_multipart &&
			(tree->root->message == NULL || tree->root->message->header_count == 0)))
		return;
	mime_take_tree(s, change.why, tree);
}

/* What resembles a known encoding may be taken for it. */
static bool resembles(struct span value, struct span first, struct span second)
{
	size_t at = span_find_nocase(value, first);
	struct span rest = span_from_offset(value, at + first.n);

	return at < value.n && span_find_nocase(rest, second) < rest.n;
}

/* At least this much of base64 without anything else is no word of a text. */
enum { BASE64_LEAST = 40 };

static bool starts_as_base64(struct span body)
{
	size_t n = 0;

	body = span_trim_start(body);
	while (n < body.n && (byte_is_alnum(body.p[n]) || body.p[n] == '+' || body.p[n] == '/'))
		n++;
	return n >= BASE64_LEAST || (n > 0 && n + 2 >= span_trim(body).n);
}

static void take_encoding(const struct mime_subject *s, enum mime_ambiguity why,
	struct span encoding)
{
	read_and_take(s, &(struct mime_change){.why = why, .encoding = encoding});
}

/*
 * An unknown encoding: RFC 2045 section 6.4 wants the body left alone, but programs compare a beginning
 * only, or find out by looking.
 */
static void guess_encoding(const struct mime_subject *s, struct span value)
{
	struct span body = s->part->body;

	if (resembles(value, SPAN("b"), SPAN("64")) || starts_as_base64(body))
		take_encoding(s, MIME_BIT_AMBIGUOUS_ENCODING, SPAN("base64"));
	if (resembles(value, SPAN("q"), SPAN("p")) || span_find_nocase(body, SPAN("=3d")) < body.n)
		take_encoding(s, MIME_BIT_AMBIGUOUS_ENCODING, SPAN("quoted-printable"));
	if (resembles(value, SPAN("u"), SPAN("u")))
		take_encoding(s, MIME_BIT_AMBIGUOUS_ENCODING, SPAN("x-uuencode"));
}

static void look_at_encodings(const struct mime_subject *s)
{
	for (size_t i = 0; i < s->encoding_count; i++) {
		struct span value = s->encoding[i]->value;
		bool exact;
		enum mime_encoding encoding = mime_find_encoding(value, &exact);

		if (s->encoding_count > 1)
			take_encoding(s, MIME_BIT_AMBIGUOUS_ENCODING, value);
		if (encoding == MIME_ENCODING_UNKNOWN)
			guess_encoding(s, value);
		/* compared as a whole, a known name with something behind it is unknown */
		else if (!exact)
			take_encoding(s,
				mime_has_comment(value) ? MIME_BIT_AMBIGUOUS_COMMENT
							: MIME_BIT_AMBIGUOUS_ENCODING,
				identity);
	}
}

/* ---- boundaries ---- */

static bool has_boundary(struct span body, struct span boundary)
{
	/* raw loop: each place where the boundary stands, until it stands at the start of a line */
	for (struct span rest = body;;) {
		size_t at = span_find(rest, boundary);
		const char *p = rest.p + at;

		if (at == rest.n)
			return false;
		if (p - body.p >= 2 && p[-1] == '-' && p[-2] == '-' &&
			(p - body.p == 2 || p[-3] == '\n' || p[-3] == '\r'))
			return true;
		rest = span_from_offset(rest, at + boundary.n);
	}
}

static void take_boundary(const struct mime_subject *s, enum mime_ambiguity why,
	struct span boundary)
{
	struct buf type;

	if (boundary.n == 0 || span_equal(boundary, s->part->boundary) ||
		!mime_may_read(s->search, s->part->body.n) ||
		!has_boundary(s->part->body, boundary))
		return;
	buf_init(&type, s->search->a, 2 * CODEC_PARAM_BYTES_MOST + 256);
	buf_add(&type, SPAN("multipart/mixed; boundary=\""));
	for (size_t i = 0; i < boundary.n; i++) {
		if (boundary.p[i] == '"' || boundary.p[i] == '\\')
			buf_add_byte(&type, '\\');
		buf_add_byte(&type, boundary.p[i]);
	}
	buf_add_byte(&type, '"');
	if (!type.full)
		read_and_take(s, &(struct mime_change){.why = why, .type = buf_span(&type)});
}

/* The text behind the first line that starts with two dashes and goes on. */
static struct span guess_boundary(struct span body)
{
	for (struct span rest = body, line; span_next_line(&rest, &line);)
		if (span_starts(line, SPAN("--")) && span_trim(line).n > 2 &&
			line.n <= 2 * MIME_BOUNDARY_MOST)
			return span_trim_end(span_from_offset(line, 2));
	return span_of(NULL);
}

/* Without a usable boundary some programs show all as text, and some take the first line that looks like one. */
static void look_at_undivided(const struct mime_subject *s)
{
	const uint64_t unusable = MIME_DEFECT(BOUNDARY_MISSING) | MIME_DEFECT(BOUNDARY_EMPTY) |
		MIME_DEFECT(BOUNDARY_NOT_FOUND);

	if ((s->part->defects & unusable) == 0)
		return;
	take_boundary(s, MIME_BIT_AMBIGUOUS_BOUNDARY, guess_boundary(s->part->body));
	if (s->part->children == NULL)
		read_and_take(s,
			&(struct mime_change){.why = MIME_BIT_AMBIGUOUS_BOUNDARY,
				.type = SPAN("text/plain")});
}

/*
 * RFC 2046 section 5.1.1 has the beginning of a line compared; some programs compare the whole. Some look
 * for parts behind the closing line.
 */
static void look_at_boundary_lines(const struct mime_subject *s)
{
	static const struct {
		uint64_t defects;
		struct mime_how how;
	} ways[] = {
		{MIME_DEFECT(BOUNDARY_LINE_ODD) | MIME_DEFECT(BOUNDARY_GARBAGE),
			{.starts_suffice = true}},
		{MIME_DEFECT(BOUNDARY_LINE_ODD) | MIME_DEFECT(BOUNDARY_GARBAGE),
			{.whole_lines = true}},
		{MIME_DEFECT(BOUNDARY_AFTER_CLOSE), {.goes_on = true}},
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if ((s->part->defects & ways[i].defects) != 0)
			read_and_take(s,
				&(struct mime_change){.why = MIME_BIT_AMBIGUOUS_BOUNDARY,
					.how = ways[i].how});
}

static void look_at_boundaries(const struct mime_subject *s)
{
	struct mime_values values = {0};

	if (!mime_part_is_multipart(s->part))
		return;
	for (size_t i = 0; i < s->type_count; i++)
		mime_find_values(s->search->a, s->type[i]->value, SPAN("boundary"), &values);
	s->search->is_cut |= values.is_cut;
	for (size_t i = 0; i < values.n; i++)
		take_boundary(s,
			mime_has_comment(s->type[0]->value) ? MIME_BIT_AMBIGUOUS_COMMENT
							    : MIME_BIT_AMBIGUOUS_BOUNDARY,
			values.v[i]);
	look_at_undivided(s);
	look_at_boundary_lines(s);
}

/* ---- where the header ends ---- */

static bool is_field(struct span line)
{
	size_t colon = span_find_byte(line, ':');

	return colon > 0 && colon < line.n && !span_has_byte(span_slice(line, 0, colon), ' ') &&
		!span_has_byte(span_slice(line, 0, colon), '\t');
}

/* The first line of the header that is neither a field nor a fold, or a fold of nothing; NULL: none. */
static const char *find_odd_line(struct span header)
{
	for (struct span rest = header, line; span_next_line(&rest, &line);) {
		bool fold = line.n > 0 && byte_is_space(line.p[0]);

		if (span_trim(line).n == 0 || (!fold && !is_field(line)))
			return line.p == header.p ? NULL : line.p;
	}
	return NULL;
}

/* For some programs the body begins with the first line that is no field, for some with a line of blanks. */
static void look_at_header_end(const struct mime_subject *s)
{
	const struct mime_part *part = s->part;
	struct mime_change change = {.why = MIME_BIT_AMBIGUOUS_HEADER};
	const char *odd;

	if ((part->defects & MIME_DEFECT(HEADER_SPACE_BEFORE_COLON)) != 0) {
		change.no_loose_fields = true;
		read_and_take(s, &change);
		change.no_loose_fields = false;
	}
	if ((part->defects & (MIME_DEFECT(HEADER_GARBAGE) | MIME_DEFECT(HEADER_FOLD_EMPTY))) == 0 ||
		part->header_bytes.n == 0 || part->body.p < part->header_bytes.p)
		return;
	odd = find_odd_line(part->header_bytes);
	if (odd == NULL)
		return;
	change.fields_end = odd;
	change.body = span_from(odd, (size_t)(part->body.p + part->body.n - odd));
	read_and_take(s, &change);
}

/* ---- names ---- */

/* Each of these is a `name=`; more of them than one each may disagree. */
static size_t count_names(const struct mime_subject *s)
{
	size_t n = s->disposition_count + s->type_count > 2 ? 2 : 0;

	for (size_t i = 0; i < s->disposition_count; i++)
		n += span_count_byte(s->disposition[i]->value, '=');
	for (size_t i = 0; i < s->part->type_params.n; i++)
		n += span_equal(s->part->type_params.v[i].name, SPAN("name"));
	return n;
}

static void look_at_names(const struct mime_subject *s)
{
	struct mime_values values = {0};
	struct arena *a = s->search->a;

	if (s->part->filename.n == 0 && s->part->disposition_text.n == 0)
		return;
	if (count_names(s) < 2 && (s->part->defects & CODEC_PARAM_INVALID) == 0 &&
		!span_has_byte(s->part->filename, '\0'))
		return;
	for (size_t i = 0; i < s->disposition_count; i++)
		mime_find_values(a, s->disposition[i]->value, SPAN("filename"), &values);
	for (size_t i = 0; i < s->type_count; i++)
		mime_find_values(a, s->type[i]->value, SPAN("name"), &values);
	s->search->is_cut |= values.is_cut;
	for (size_t i = 0; i < values.n; i++) {
		struct codec_words words;
		unsigned defects = 0;

		codec_decode_words(a, values.v[i], &words, &defects);
		/* one without an extension, mostly a part of the other, says nothing of the file */
		if (span_equal_nocase(words.text, s->part->filename) ||
			!span_has_byte(words.text, '.'))
			continue;
		mime_add_reading(s->search,
			&(struct mime_reading){.of = s->of,
				.why = MIME_BIT_AMBIGUOUS_NAME,
				.type = s->part->type,
				.subtype = s->part->subtype,
				.charset = s->part->charset,
				.filename = words.text});
	}
}

/* ---- all of them ---- */

/* What a Content-Type is cut by in more than one way. */
static bool has_odd_bytes(struct span field)
{
	bool quoted = false;

	/* raw loop: one pass over a short text, of every part of every message */
	for (size_t i = 0; i < field.n; i++) {
		char c = field.p[i];

		quoted ^= c == '"';
		if (c == '(' || c == '*' || c == '\\' || (c == ';' && quoted))
			return true;
	}
	return quoted;
}

/* What a field is odd by, apart from its being there twice. */
static bool is_odd(const struct mime_subject *s)
{
	const uint64_t odd = CODEC_PARAM_INVALID | CODEC_PARAM_DUPLICATE |
		CODEC_PARAM_ENCODED_WORD | MIME_DEFECT(TYPE_INVALID) | MIME_DEFECT(TYPE_DUPLICATE) |
		MIME_DEFECT(ENCODING_UNKNOWN) | MIME_DEFECT(ENCODING_DUPLICATE) |
		MIME_DEFECT(ENCODING_ON_MULTIPART) | MIME_DEFECT(BOUNDARY_MISSING) |
		MIME_DEFECT(BOUNDARY_EMPTY) | MIME_DEFECT(BOUNDARY_NOT_FOUND) |
		MIME_DEFECT(BOUNDARY_LINE_ODD) | MIME_DEFECT(BOUNDARY_GARBAGE) |
		MIME_DEFECT(BOUNDARY_AFTER_CLOSE) | MIME_DEFECT(HEADER_GARBAGE) |
		MIME_DEFECT(HEADER_FOLD_EMPTY) | MIME_DEFECT(HEADER_SPACE_BEFORE_COLON);
	bool exact = true;

	if (s->encoding_count > 0)
		(void)mime_find_encoding(s->encoding[0]->value, &exact);
	return !exact || (s->part->defects & odd) != 0 || s->type_count > 1 ||
		s->encoding_count > 1 || (s->type_count > 0 && has_odd_bytes(s->type[0]->value));
}

void mime_look_at_fields(const struct mime_subject *s)
{
	look_at_names(s);
	if (!is_odd(s))
		return;
	look_at_types(s);
	look_at_comment(s);
	look_at_encodings(s);
	look_at_nesting(s);
	look_at_boundaries(s);
	look_at_header_end(s);
}
