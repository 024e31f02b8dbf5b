/*
 * Header fields: finding the end of a header, its fields, and their values.
 *
 * DESIGN: mail programs differ on a line that is no field. To some it begins the body (and mail servers
 * put the missing empty line there), others read on to the empty line. We look ahead, once per header:
 * when a field that only headers have still comes, the line is passed over, for it mostly is the rest of
 * a badly folded one, and an attachment must not hide its encoding behind it. Else it begins the body,
 * so that text whose empty line is missing is seen as text.
 */
#include "mime/parser.h"

#include <string.h>

enum line_kind { LINE_EMPTY, LINE_FOLD, LINE_FIELD, LINE_PASSED_OVER, LINE_BODY };

/* A line of the header, and when it is a field, its name and where its value starts. */
struct header_line {
	const char *p;
	const char *text_end;
	const char *next;
	struct span name;
	const char *value;
	uint64_t defects;
	uint32_t hash;
};

/* RFC 5322 section 3.6, RFC 2045: fields that may stand only once. The longest has 25 bytes. */
static const struct span once[] = {
	SPAN_INIT("to"),
	SPAN_INIT("cc"),
	SPAN_INIT("bcc"),
	SPAN_INIT("from"),
	SPAN_INIT("date"),
	SPAN_INIT("sender"),
	SPAN_INIT("subject"),
	SPAN_INIT("reply-to"),
	SPAN_INIT("message-id"),
	SPAN_INIT("references"),
	SPAN_INIT("content-id"),
	SPAN_INIT("in-reply-to"),
	SPAN_INIT("mime-version"),
	SPAN_INIT("content-type"),
	SPAN_INIT("content-description"),
	SPAN_INIT("content-disposition"),
	SPAN_INIT("content-transfer-encoding"),
};

/* FNV-1a; setting one bit makes letters lower, and what else it changes does no harm to a hash. */
static uint32_t hash_byte(uint32_t hash, char c)
{
	return (hash ^ ((unsigned char)c | 0x20)) * 16777619u;
}

static uint32_t hash_name(struct span name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.n; i++)
		hash = hash_byte(hash, name.p[i]);
	return hash;
}

/*
 * Reads `name:` at the start of a line. Blanks may stand before the colon (RFC 5322 section 4.5), not
 * within the name: such a line is text. Any other byte may, with a defect. An empty name is none, nor is
 * one that is longer than a line may be.
 */
static bool read_name(struct header_line *l)
{
	const char *p = l->p;
	uint32_t hash = 2166136261u;
	bool odd = false;

	for (; p < l->text_end && *p != ':' && *p != ' ' && *p != '\t'; p++) {
		if (*p == '\r')
			return false;
		odd |= (unsigned char)*p < 33 || (unsigned char)*p > 126;
		hash = hash_byte(hash, *p);
	}
	if (p - l->p > MIME_LINE_MOST)
		return false;
	l->name = span_from(l->p, (size_t)(p - l->p));
	l->hash = hash;
	l->defects = odd ? MIME_DEFECT(HEADER_NAME_INVALID) : 0;
	if (p < l->text_end && *p != ':') {
		l->defects |= MIME_DEFECT(HEADER_SPACE_BEFORE_COLON);
		while (p < l->text_end && (*p == ' ' || *p == '\t'))
			p++;
	}
	if (p == l->text_end || *p != ':')
		return false;
	l->value = p + 1;
	return l->name.n > 0;
}

/*
 * The line at `p`. A lone CR among lines with LF ends a header line only when a field stands behind it:
 * elsewhere it is a byte of the value.
 */
static void read_line(struct mime_scan *s, const char *p, struct header_line *l)
{
	struct header_line behind;

	*l = (struct header_line){.p = p};
	l->next = mime_scan_line(s, p, &l->text_end);
	while (!s->cr_lines && l->next < s->end && l->next[-1] == '\r' && l->text_end > p) {
		behind = (struct header_line){.p = l->next};
		(void)mime_scan_line(s, l->next, &behind.text_end);
		if (read_name(&behind))
			return;
		l->next = mime_scan_line(s, l->next, &l->text_end);
	}
}

static bool is_mbox_line(struct span line)
{
	return span_starts(line, SPAN("From ")) || span_starts(line, SPAN(">From "));
}

static int find_once(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(once); i++)
		if (name.n == once[i].n && span_equal_nocase(name, once[i]))
			return (int)i;
	return -1;
}

/* A name that stands in headers and hardly ever at the start of a line of text. */
static bool is_header_name(struct span name)
{
	static const struct span starts[] = {
		SPAN_INIT("x-"),
		SPAN_INIT("content-"),
		SPAN_INIT("received"),
		SPAN_INIT("return-path"),
		SPAN_INIT("delivered-to"),
		SPAN_INIT("resent-"),
		SPAN_INIT("list-"),
		SPAN_INIT("dkim-"),
		SPAN_INIT("arc-"),
		SPAN_INIT("authentication-results"),
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (span_starts_nocase(name, starts[i]))
			return true;
	return find_once(name) != -1;
}

/* A boundary, be it of an open multipart or of the one whose header lacks its empty line. */
static bool starts_with_dashes(const struct header_line *l)
{
	return l->text_end - l->p >= 2 && l->p[0] == '-' && l->p[1] == '-';
}

/* The last line from `p` to the empty line or a boundary that is surely a field; `p` without one. */
static const char *find_last_field(struct mime_scan *s, const char *p)
{
	const char *last = p;
	struct header_line l;

	for (; p < s->end; p = l.next) {
		l = (struct header_line){.p = p};
		l.next = mime_scan_line(s, p, &l.text_end);
		if (l.text_end == p || starts_with_dashes(&l))
			break;
		if (read_name(&l) && is_header_name(l.name))
			last = p;
	}
	return last;
}

/* What is known of the header that is being read. */
struct header_state {
	size_t fields;
	const char *last_field; /* once an odd line came: where the last field stands for sure */
};

/* A line that is neither empty nor a field: does the header go on behind it? */
static enum line_kind classify_odd(struct mime_scan *s, struct mime_part *part,
	const struct header_line *l, struct header_state *state)
{
	struct span line = span_from(l->p, (size_t)(l->text_end - l->p));
	bool root = part->parent == NULL || part->parent->message == part;
	bool mbox = root && is_mbox_line(line);
	bool fold = *l->p == ' ' || *l->p == '\t';

	if (state->fields == 0 && !fold && !mbox && *l->p != ':')
		return LINE_BODY;
	part->defects |= MIME_DEFECT(HEADER_GARBAGE);
	if (mbox)
		return LINE_PASSED_OVER;
	if (state->last_field == NULL)
		state->last_field = find_last_field(s, l->p);
	return l->p < state->last_field ? LINE_PASSED_OVER : LINE_BODY;
}

static enum line_kind classify(struct mime_scan *s, struct mime_part *part, struct header_line *l,
	struct header_state *state)
{
	if (l->text_end == l->p)
		return LINE_EMPTY;
	if (starts_with_dashes(l))
		return LINE_BODY;
	if ((*l->p == ' ' || *l->p == '\t') && state->fields > 0)
		return LINE_FOLD;
	if (read_name(l)) {
		part->defects |= l->defects;
		return LINE_FIELD;
	}
	return classify_odd(s, part, l, state);
}

static bool is_blank(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p == end;
}

/* A new field of the header that is being read, or NULL over the limit. */
static struct mime_header *add_field(struct mime_build *b, struct mime_part *part,
	const struct header_line *l)
{
	struct mime_header *h;

	if (b->field_count >= MIME_HEADERS_MOST) {
		part->defects |= MIME_DEFECT(HEADER_TOO_MANY);
		return NULL;
	}
	b->field_count++;
	h = VEC_ADD(b->scratch, &b->fields);
	h->name = l->name;
	h->hash = l->hash;
	h->part = part->id;
	h->value = span_from(l->value, 0);
	h->line = span_from(l->p, 0);
	return h;
}

/* The field goes as far as `end`, or as the limit. */
static void extend_field(struct mime_part *part, struct mime_header *h, const char *end)
{
	if (end - h->line.p > MIME_HEADER_MOST) {
		part->defects |= MIME_DEFECT(HEADER_TOO_LONG);
		end = h->line.p + MIME_HEADER_MOST;
	}
	h->line.n = (size_t)(end - h->line.p);
	h->value.n = (size_t)(end - h->value.p);
}

static bool has_duplicates(const struct mime_part *part)
{
	unsigned seen = 0;

	for (size_t i = 0; i < part->header_count; i++) {
		int at = find_once(part->headers[i].name);

		if (at == -1)
			continue;
		if ((seen & (1u << at)) != 0)
			return true;
		seen |= 1u << at;
	}
	return false;
}

/* The fields move from the vector they grew in to a place of their own. */
static void keep_fields(struct mime_scan *s, struct mime_part *part)
{
	struct mime_build *b = s->build;

	part->header_count = b->fields.n;
	if (b->fields.n == 0) {
		if (!mime_part_is_plain_digest(part))
			part->defects |= MIME_DEFECT(NO_HEADERS);
		return;
	}
	part->headers = arena_alloc_raw(b->m->arena, b->fields.n * sizeof(*part->headers));
	memcpy(part->headers, b->fields.v, b->fields.n * sizeof(*part->headers));
	for (size_t i = 0; i < part->header_count; i++)
		part->headers[i].value = span_trim(part->headers[i].value);
	if (has_duplicates(part))
		part->defects |= MIME_DEFECT(HEADER_DUPLICATE);
	if (s->survey.nul && span_has_byte(part->header_bytes, '\0'))
		part->defects |= MIME_DEFECT(HEADER_NUL);
}

/* Goes over mbox lines (RFC 4155; also quoted ones) before the header of a message. */
static void skip_mbox_lines(struct mime_scan *s, struct mime_part *part)
{
	struct header_line l;

	while (s->at < s->end && (*s->at == 'F' || *s->at == '>')) {
		read_line(s, s->at, &l);
		if (!is_mbox_line(span_from(l.p, (size_t)(l.text_end - l.p))) || read_name(&l))
			return; /* "From : a@b.c" is a field */
		part->defects |= MIME_DEFECT(MBOX_FROM);
		if (part->parent == NULL && *l.p == 'F' && span_is_null(s->build->m->envelope_line))
			s->build->m->envelope_line = span_from(l.p, (size_t)(l.text_end - l.p));
		s->at = l.next;
	}
}

/* Empty lines and a UTF-8 byte order mark before the first field of the message: passed over. */
static void skip_leading_junk(struct mime_scan *s, struct mime_part *part)
{
	const char *p = s->at;
	struct header_line l;

	if (span_starts(span_from(p, (size_t)(s->end - p)), SPAN("\xef\xbb\xbf")))
		p += 3;
	while (p < s->end && (*p == '\r' || *p == '\n'))
		p++;
	if (p == s->at || p == s->end)
		return;
	read_line(s, p, &l);
	if (!read_name(&l) && !is_mbox_line(span_from(p, (size_t)(l.text_end - p))))
		return;
	part->defects |= MIME_DEFECT(HEADER_GARBAGE);
	s->at = p;
}

/* Reads lines up to the end of the header; returns where the header ends. */
static const char *read_fields(struct mime_scan *s, struct mime_part *part)
{
	struct mime_build *b = s->build;
	struct mime_header *h = NULL;
	struct header_state state = {0};
	struct header_line l;

	for (; s->at < s->end; s->at = l.next) {
		enum line_kind kind;

		read_line(s, s->at, &l);
		if (l.text_end - l.p > MIME_LINE_MOST)
			part->defects |= MIME_DEFECT(HEADER_LONG_LINE);
		kind = classify(s, part, &l, &state);
		if (kind == LINE_EMPTY) {
			s->at = l.next;
			return l.p;
		}
		if (kind == LINE_BODY)
			break;
		if (kind == LINE_PASSED_OVER)
			continue;
		if (kind == LINE_FIELD) {
			h = add_field(b, part, &l);
			state.fields++;
		} else if (is_blank(l.p, l.text_end)) {
			part->defects |= MIME_DEFECT(HEADER_FOLD_EMPTY);
		}
		if (h != NULL)
			extend_field(part, h, l.text_end);
	}
	part->defects |= MIME_DEFECT(NO_BODY);
	return s->at;
}

void mime_read_header(struct mime_scan *s, struct mime_part *part)
{
	struct mime_build *b = s->build;
	const char *start, *end;

	if (part->parent == NULL)
		skip_leading_junk(s, part);
	if (part->parent == NULL || part->parent->message == part)
		skip_mbox_lines(s, part);
	arena_reset(b->scratch);
	memset(&b->fields, 0, sizeof(b->fields));
	start = s->at;
	end = read_fields(s, part);
	part->header_bytes = span_from(start, (size_t)(end - start));
	keep_fields(s, part);
}

static struct mime_header *find_from(const struct mime_part *part, size_t i, struct span name,
	uint32_t hash)
{
	for (; i < part->header_count; i++) {
		struct mime_header *h = &part->headers[i];

		if (h->hash == hash && span_equal_nocase(h->name, name))
			return h;
	}
	return NULL;
}

struct mime_header *mime_find_header(const struct mime_part *part, struct span name)
{
	return find_from(part, 0, name, hash_name(name));
}

struct mime_header *mime_next_header(const struct mime_part *part, const struct mime_header *after)
{
	return find_from(part, (size_t)(after - part->headers) + 1, after->name, after->hash);
}

size_t mime_count_headers(const struct mime_part *part, struct span name)
{
	size_t n = 0;

	for (struct mime_header *h = mime_find_header(part, name); h != NULL;
		h = mime_next_header(part, h))
		n++;
	return n;
}

const struct codec_words *mime_header_words(struct mime *m, struct mime_header *h)
{
	unsigned defects = 0;

	if (!h->decoded) {
		codec_decode_words(m->arena, h->value, &h->words, &defects);
		m->parts[h->part]->defects |= defects;
		h->decoded = true;
	}
	return &h->words;
}

struct span mime_header_text(struct mime *m, struct mime_header *h)
{
	return h == NULL ? SPAN("") : mime_header_words(m, h)->text;
}
