/*
 * The tree.
 *
 * DESIGN: one cursor goes over the message once; the functions below call each other as the parts nest,
 * no deeper than MIME_DEPTH_MOST, and each leaves the cursor behind the boundary line that ended its part
 * (parser.h). Every line that starts with "--" is compared with all open boundaries. When an inner
 * multipart has the boundary of an outer one, some mail programs give the parts to the inner and some to
 * the outer one. We give them to the outer, and let one closing line pass for each such inner one, so
 * that either way all parts are seen.
 * Bodies stay where they are; only an encoded message/rfc822 is decoded here, for its parts are part of
 * the tree.
 */
#include "mime/parser.h"

static void parse_part(struct mime_scan *s, struct mime_part *part);

/* The caller has checked that there is room. */
static struct mime_part *add_part(struct mime_build *b, struct mime_part *parent)
{
	struct mime_part *part = ARENA_NEW(b->m->arena, struct mime_part);

	part->id = (unsigned)b->parts.n;
	part->parent = parent;
	part->depth = parent == NULL ? 0 : parent->depth + 1;
	*VEC_ADD(b->m->arena, &b->parts) = part;
	b->m->parts = b->parts.v;
	b->m->part_count = b->parts.n;
	return part;
}

/* From `start` to the boundary line or the end; the line end before a boundary belongs to it. */
static struct span body_before_hit(const struct mime_scan *s, const char *start)
{
	const char *end = s->hit.start;

	if (s->hit.open != NULL && end > start && end[-1] == '\n')
		end -= end - start > 1 && end[-2] == '\r' ? 2 : 1;
	else if (s->hit.open != NULL && end > start && end[-1] == '\r')
		end--;
	return span_from(start, (size_t)(end - start));
}

static struct mime_open *find_open(const struct mime_scan *s, struct span boundary)
{
	struct mime_open *o = s->open;

	while (o != NULL && !span_equal(o->full, boundary) && !span_equal(o->boundary, boundary))
		o = o->outer;
	return o;
}

/* True when the multipart can be divided; else its defects say why not. */
static bool check_boundary(const struct mime_scan *s, struct mime_part *part)
{
	struct mime_open *same;

	if (span_is_null(part->boundary)) {
		part->defects |= MIME_DEFECT(BOUNDARY_MISSING);
		return false;
	}
	if (part->boundary.n == 0 || part->boundary.n > MIME_BOUNDARY_MOST)
		part->defects |= MIME_DEFECT(BOUNDARY_EMPTY);
	same = find_open(s, part->boundary);
	if (same == NULL)
		return true;
	part->defects |= MIME_DEFECT(BOUNDARY_REPEATED);
	same->repeats++;
	return false;
}

static void parse_multipart(struct mime_scan *s, struct mime_part *part)
{
	struct mime_open open = {.outer = s->open, .part = part, .full = part->boundary};
	struct mime_part **link = &part->children;

	if (!check_boundary(s, part)) {
		mime_scan_to_boundary(s);
		return;
	}
	open.boundary = span_trim_end(part->boundary);
	s->open = &open;
	mime_scan_to_boundary(s); /* the preamble */
	while (s->hit.open == &open &&
		(!s->hit.close || open.repeats > 0 || s->build->how.goes_on)) {
		if (s->hit.close) {
			open.repeats -= open.repeats > 0;
			mime_scan_to_boundary(s);
			continue;
		}
		*link = add_part(s->build, part);
		parse_part(s, *link);
		link = &(*link)->next;
	}
	if (part->children == NULL)
		part->defects |= MIME_DEFECT(BOUNDARY_NOT_FOUND);
	if (s->hit.open == &open) {
		open.closed = true;
		mime_scan_to_boundary(s); /* the epilogue */
	} else if (part->children != NULL) {
		part->defects |= MIME_DEFECT(BOUNDARY_UNCLOSED);
	}
	s->open = open.outer;
}

/* Whether the part may have parts below it. */
static bool may_divide(struct mime_scan *s, struct mime_part *part)
{
	if (part->depth >= MIME_DEPTH_MOST) {
		part->defects |= MIME_DEFECT(DEPTH_LIMIT);
		return false;
	}
	if (s->build->parts.n >= MIME_PARTS_MOST) {
		s->build->m->defects |= MIME_DEFECT(PARTS_LIMIT);
		return false;
	}
	return true;
}

/* An encoded message is parsed as bytes of its own. */
static void parse_encoded_message(struct mime_build *b, struct mime_part *part)
{
	struct mime_scan inner;

	if (part->body.n > b->decoded_left) {
		part->defects |= MIME_DEFECT(DEPTH_LIMIT);
		return;
	}
	b->decoded_left -= part->body.n;
	mime_scan_init(&inner, b, mime_part_bytes(b->m, part));
	part->message = add_part(b, part);
	parse_part(&inner, part->message);
}

/* One of the two kinds of blocks that stand in texts, and the next block of it. */
struct block_search {
	bool (*find)(struct arena *a, struct span text, size_t from, struct codec_block *out,
		unsigned *defects);
	enum mime_encoding encoding;
	struct span name;
	bool found;
	struct codec_block block;
	unsigned defects;
};

static void search_block(struct arena *a, struct block_search *search, struct span text,
	size_t from)
{
	search->defects = 0;
	search->found = search->find(a, text, from, &search->block, &search->defects);
}

static void fill_block_part(struct arena *a, struct mime_part *child, struct span text,
	struct block_search *search)
{
	const struct codec_block *block = &search->block;

	child->type = SPAN("application");
	child->subtype = SPAN("octet-stream");
	child->encoding = search->encoding;
	child->encoding_text = search->name;
	if (block->name.n > 0)
		child->filename =
			codec_to_utf8(a, child->parent->charset, block->name, &search->defects);
	child->body = span_slice(text, block->start, block->end - block->start);
	child->decoded = block->data;
	child->body_decoded = true;
	child->defects = search->defects;
}

/* Blocks of uuencode and yEnc in a text become parts, in the order in which they stand. */
static void add_blocks(struct mime_scan *s, struct mime_part *part)
{
	struct mime_build *b = s->build;
	struct arena *a = b->m->arena;
	struct span text = mime_part_bytes(b->m, part);
	struct mime_part **link = &part->children;
	struct block_search uu = {codec_find_uu, MIME_UU, SPAN("uu"), .found = false};
	struct block_search yenc = {codec_find_yenc, MIME_YENC, SPAN("yenc"), .found = false};

	if (s->uu_line)
		search_block(a, &uu, text, 0);
	if (s->yenc_line)
		search_block(a, &yenc, text, 0);
	while ((uu.found || yenc.found) && may_divide(s, part)) {
		bool uu_first = uu.found && (!yenc.found || uu.block.start < yenc.block.start);
		struct block_search *first = uu_first ? &uu : &yenc;
		size_t end = first->block.end;

		*link = add_part(b, part);
		fill_block_part(a, *link, text, first);
		link = &(*link)->next;
		if (uu.found && uu.block.start < end)
			search_block(a, &uu, text, end);
		if (yenc.found && yenc.block.start < end)
			search_block(a, &yenc, text, end);
	}
}

/* What is odd about the bytes of a part that is not divided. */
static void look_at_body(const struct mime_scan *s, struct mime_part *part)
{
	if (s->long_line)
		part->defects |= MIME_DEFECT(LINE_LONG);
	if (s->survey.nul && part->encoding != MIME_BINARY && span_has_byte(part->body, '\0'))
		part->defects |= MIME_DEFECT(BODY_NUL);
	if (s->survey.high && part->encoding == MIME_7BIT && !span_is_null(part->encoding_text) &&
		!span_is_ascii(part->body))
		part->defects |= MIME_DEFECT(ENCODING_8BIT);
}

/* A part that holds none by its type; blocks and encoded messages in it are found now. */
static void finish_leaf(struct mime_scan *s, struct mime_part *part)
{
	bool encoded = mime_part_is_encoded(part);

	look_at_body(s, part);
	if (encoded && mime_part_is_message(part) && may_divide(s, part))
		parse_encoded_message(s->build, part);
	/* a line that begins a block looks the same in quoted-printable */
	else if ((s->uu_line || s->yenc_line) && (!encoded || part->encoding == MIME_QP) &&
		mime_part_is(part, "text", "plain"))
		add_blocks(s, part);
}

/* What stands behind the header that was read. */
static void parse_body(struct mime_scan *s, struct mime_part *part)
{
	const char *start = s->at;

	s->long_line = s->uu_line = s->yenc_line = false;
	if (mime_part_is_multipart(part) && may_divide(s, part)) {
		parse_multipart(s, part);
		part->body = body_before_hit(s, start);
		if (part->children == NULL)
			look_at_body(s, part);
	} else if (mime_part_is_message(part) && !mime_part_is_encoded(part) &&
		may_divide(s, part)) {
		part->message = add_part(s->build, part);
		parse_part(s, part->message);
		part->body = body_before_hit(s, start);
	} else {
		mime_scan_to_boundary(s);
		part->body = body_before_hit(s, start);
		finish_leaf(s, part);
	}
}

static void parse_part(struct mime_scan *s, struct mime_part *part)
{
	mime_read_header(s, part);
	mime_read_content(s->build, part);
	parse_body(s, part);
}

static enum mime_line_end count_line_ends(struct span header)
{
	size_t n[3] = {0};

	for (size_t i = 0; i < header.n; i++) {
		if (header.p[i] == '\n')
			n[i > 0 && header.p[i - 1] == '\r' ? MIME_CRLF : MIME_LF]++;
		else if (header.p[i] == '\r' && (i + 1 == header.n || header.p[i + 1] != '\n'))
			n[MIME_CR]++;
	}
	if (n[MIME_CR] > n[MIME_LF] && n[MIME_CR] > n[MIME_CRLF])
		return MIME_CR;
	return n[MIME_CRLF] > n[MIME_LF] ? MIME_CRLF : MIME_LF;
}

/*
 * A line of one dot whose line ends are not both CRLF: some servers take it for the end of the message
 * and what follows for commands.
 */
static bool has_smuggled_end(struct span s)
{
	for (size_t i = 1; i + 1 < s.n; i++) {
		bool clean;

		i += span_find_byte(span_from_offset(s, i), '.');
		if (i + 1 >= s.n)
			return false;
		if ((s.p[i - 1] != '\n' && s.p[i - 1] != '\r') ||
			(s.p[i + 1] != '\n' && s.p[i + 1] != '\r'))
			continue;
		clean = s.p[i - 1] == '\n' && i > 1 && s.p[i - 2] == '\r' && s.p[i + 1] == '\r' &&
			i + 2 < s.n && s.p[i + 2] == '\n';
		if (!clean)
			return true;
	}
	return false;
}

static void look_at_lines(struct mime *m, const struct mime_survey *survey)
{
	bool mixed = survey->crlf + survey->lone_lf + survey->lone_cr > 1;

	if (survey->lone_cr)
		m->defects |= MIME_DEFECT(LINE_BARE_CR);
	if (!mixed) {
		m->line_end = survey->crlf ? MIME_CRLF : survey->lone_cr ? MIME_CR : MIME_LF;
		return;
	}
	m->defects |= MIME_DEFECT(LINE_MIXED);
	m->line_end = count_line_ends(m->root->header_bytes);
	if (has_smuggled_end(m->bytes))
		m->defects |= MIME_DEFECT(SMUGGLED_END);
}

/* A tree of nothing but its root, and the cursor at the first of the bytes. */
static struct mime *start_tree(struct arena *a, struct span bytes, const struct mime_how *how,
	struct mime_build *build, struct mime_scan *s)
{
	struct mime *m = ARENA_NEW(a, struct mime);

	m->arena = a;
	m->bytes = bytes.n == 0 ? SPAN("") : bytes;
	*build = (struct mime_build){.m = m, .scratch = arena_make(), .how = *how};
	build->decoded_left = bytes.n * MIME_DECODE_FACTOR;
	mime_scan_init(s, build, m->bytes);
	m->root = add_part(build, NULL);
	return m;
}

struct mime *mime_parse_as(struct arena *a, struct span bytes, const struct mime_how *how)
{
	struct mime_build build;
	struct mime_scan s;
	struct mime *m = start_tree(a, bytes, how, &build, &s);

	if (bytes.n == 0)
		m->defects |= MIME_DEFECT(EMPTY_MESSAGE);
	parse_part(&s, m->root);
	look_at_lines(m, &s.survey);
	arena_free(build.scratch);
	return m;
}

struct mime *mime_parse(struct arena *a, struct span bytes)
{
	static const struct mime_how as_usual;

	return mime_parse_as(a, bytes, &as_usual);
}

struct mime *mime_parse_body(struct arena *a, struct mime_header *fields, size_t n,
	struct span body, const struct mime_how *how)
{
	struct mime_build build;
	struct mime_scan s;
	struct mime *m = start_tree(a, body, how, &build, &s);

	m->root->headers = fields;
	m->root->header_count = n;
	m->root->header_bytes = span_from(m->bytes.p, 0);
	mime_read_content(&build, m->root);
	parse_body(&s, m->root);
	arena_free(build.scratch);
	return m;
}

uint64_t mime_defects(const struct mime *m)
{
	uint64_t defects = m->defects;

	for (size_t i = 0; i < m->part_count; i++)
		defects |= m->parts[i]->defects;
	return defects;
}
