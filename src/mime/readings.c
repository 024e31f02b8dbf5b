/*
 * Other readings of a message: what mail programs may see in it that the tree does not show.
 *
 * DESIGN: programs are not modelled one by one, for they change and nobody knows them all. Where parts are
 * odd in a way on which some are known to differ, the part's body is read again by the same parser with
 * the one thing changed (another field, another boundary, another decoding), and what comes out is kept
 * when it is not there already. Readings of parts of readings are looked for as well, so that two tricks
 * at a time hide no more than one. Ordinary mail is told by its fields and defects, and nothing of it is
 * read again. Contents that differ in line ends alone are the same, and the beginning of what the tree
 * has is nothing new.
 */
#include "mime/readings.h"

#include <string.h>

static const struct {
	const char *name;
	const char *meaning;
} ambiguities[MIME_AMBIGUITY_COUNT] = {
#define WHY(constant, name, meaning) {name, meaning},
	MIME_AMBIGUITIES(WHY)
#undef WHY
};

const char *mime_ambiguity_name(enum mime_ambiguity why)
{
	must(why < MIME_AMBIGUITY_COUNT);
	return ambiguities[why].name;
}

const char *mime_ambiguity_meaning(enum mime_ambiguity why)
{
	must(why < MIME_AMBIGUITY_COUNT);
	return ambiguities[why].meaning;
}

enum {
	/* bytes that may be read again: so often those of the message, and some more for small ones */
	WORK_FACTOR = 4,
	WORK_MORE = 1 << 20,
	WORK_PER_TREE = 1024, /* what reading costs beside the bytes: header, fields, a tree */
	WORK_PER_PART = 64,
	SAME_MOST = 16, /* leaves of one hash that are compared */
};

bool mime_may_read(struct mime_search *search, size_t n)
{
	n += WORK_PER_TREE;
	if (n > search->work_left) {
		search->is_cut = true;
		search->work_left = 0;
		return false;
	}
	search->work_left -= n;
	return true;
}

/* ---- what is the same ---- */

/*
 * Of the bytes without line ends. No secret: who makes two of them equal only makes us compare.
 * raw loop: with line ends left out there is nothing to call
 */
static uint64_t hash_bytes(struct span bytes)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] != '\r' && bytes.p[i] != '\n')
			hash = (hash ^ (unsigned char)bytes.p[i]) * UINT64_C(1099511628211);
	return hash;
}

static size_t skip_line_ends(struct span s, size_t at)
{
	while (at < s.n && (s.p[at] == '\r' || s.p[at] == '\n'))
		at++;
	return at;
}

/* True when `start` is how `whole` begins, line ends aside; `all`: when they are the same. */
static bool is_start(struct span start, struct span whole, bool all)
{
	size_t i = skip_line_ends(start, 0), k = skip_line_ends(whole, 0);

	while (i < start.n && k < whole.n && start.p[i] == whole.p[k]) {
		i = skip_line_ends(start, i + 1);
		k = skip_line_ends(whole, k + 1);
	}
	return i >= start.n && (!all || k >= whole.n);
}

/* Whether ASCII bytes depend on the charset. */
static bool is_stateful(struct span charset)
{
	return span_starts(charset, SPAN("utf-7")) || span_starts(charset, SPAN("utf-16")) ||
		span_starts(charset, SPAN("utf-32")) || span_starts(charset, SPAN("iso-2022")) ||
		span_starts(charset, SPAN("hz"));
}

static bool same_charset(struct span a, struct span b, struct span bytes)
{
	struct span x = codec_find_charset(a), y = codec_find_charset(b);

	if (span_equal(a, b) || (span_equal(x, y) && !span_is_null(x)))
		return true;
	return !is_stateful(x) && !is_stateful(y) && span_is_ascii(bytes);
}

static bool same_name(struct span a, struct span b)
{
	return span_equal_nocase(a, b);
}

static bool same_type(const struct mime_reading *r, struct span type, struct span subtype)
{
	return span_equal(r->type, type) && span_equal(r->subtype, subtype);
}

static bool is_leaf(const struct mime_part *part)
{
	return part->message == NULL && !(mime_part_is_multipart(part) && part->children != NULL);
}

/* The leaves of the tree by their hashes. */
static void index_tree(struct mime_search *search)
{
	struct mime *m = search->m;

	if (search->leaves != NULL)
		return;
	search->leaves = map_make(search->a);
	search->tree = ARENA_ARRAY(search->a, struct mime_leaf, m->part_count);
	for (size_t i = 0; i < m->part_count; i++) {
		struct mime_leaf *leaf = &search->tree[i];
		struct span key = span_from((const char *)&leaf->hash, sizeof(leaf->hash));

		leaf->part = m->parts[i];
		if (!is_leaf(leaf->part))
			continue;
		leaf->hash = hash_bytes(mime_part_bytes(m, leaf->part));
		leaf->same = map_find(search->leaves, key);
		map_put(search->leaves, key, leaf);
	}
}

static bool is_same(struct mime *m, const struct mime_reading *r, struct mime_part *part)
{
	if (!is_leaf(part) || !same_type(r, part->type, part->subtype) ||
		!same_charset(r->charset, part->charset, r->bytes))
		return false;
	if (r->filename.n > 0 && !same_name(r->filename, part->filename))
		return false;
	return is_start(r->bytes, mime_part_bytes(m, part), part != r->of);
}

/* True when a part of the tree is what the reading says. */
static bool tree_has(struct mime_search *search, const struct mime_reading *r, uint64_t hash)
{
	struct span key = span_from((const char *)&hash, sizeof(hash));
	const struct mime_leaf *leaf;
	unsigned looked_at = 0;

	if (is_same(search->m, r, search->m->parts[r->of->id]))
		return true;
	index_tree(search);
	leaf = map_find(search->leaves, key);
	for (; leaf != NULL && looked_at++ < SAME_MOST; leaf = leaf->same)
		if (is_same(search->m, r, leaf->part))
			return true;
	return false;
}

static bool is_found(struct mime_search *search, const struct mime_reading *r, uint64_t hash)
{
	for (size_t i = 0; i < search->found.n; i++) {
		const struct mime_reading *other = &search->found.v[i];

		if (span_is_null(r->bytes) != span_is_null(other->bytes))
			continue;
		if (span_is_null(r->bytes)) {
			if (other->of == r->of && same_name(r->filename, other->filename))
				return true;
			continue;
		}
		if (search->hashes[i] == hash && same_type(r, other->type, other->subtype) &&
			same_name(r->filename, other->filename) &&
			is_start(r->bytes, other->bytes, true) &&
			same_charset(r->charset, other->charset, r->bytes))
			return true;
	}
	return false;
}

void mime_add_reading(struct mime_search *search, const struct mime_reading *reading)
{
	uint64_t hash = span_is_null(reading->bytes) ? 0 : hash_bytes(reading->bytes);
	struct mime *m = search->m;

	/* nothing at all is nothing new */
	if (reading->filename.n == 0 && is_start(reading->bytes, SPAN(""), true))
		return;
	if (span_is_null(reading->bytes) ? same_name(reading->filename, reading->of->filename)
					 : tree_has(search, reading, hash))
		return;
	if (is_found(search, reading, hash))
		return;
	if (search->found.n == MIME_READINGS_MOST)
		search->work_left = 0;
	/* one that is too large does not keep others from being seen */
	if (search->found.n == MIME_READINGS_MOST || reading->bytes.n > search->bytes_left) {
		search->is_cut = true;
		return;
	}
	search->bytes_left -= reading->bytes.n;
	search->hashes[search->found.n] = hash;
	*VEC_ADD(search->a, &search->found) = *reading;
	if (m->ambiguities == NULL)
		m->ambiguities = ARENA_ARRAY(m->arena, unsigned, m->part_count);
	m->ambiguities[reading->of->id] |= 1u << reading->why;
}

void mime_add_bytes(const struct mime_subject *s, enum mime_ambiguity why, struct span bytes)
{
	struct mime_reading reading = {.of = s->of,
		.why = why,
		.type = s->part->type,
		.subtype = s->part->subtype,
		.charset = s->part->charset,
		.filename = s->part->filename,
		.bytes = bytes};

	mime_add_reading(s->search, &reading);
}

/* ---- reading again ---- */

static struct mime_header *first_of(struct mime_header *const *fields, size_t n)
{
	return n == 0 ? NULL : fields[0];
}

/* The Content fields that count, with what is changed in them. */
static size_t copy_fields(const struct mime_subject *s, const struct mime_change *c,
	struct mime_header *out)
{
	const struct {
		struct mime_header *first;
		struct span value;
	} changed[] = {
		{first_of(s->type, s->type_count), c->type},
		{first_of(s->encoding, s->encoding_count), c->encoding},
	};
	size_t n = 0;

	for (size_t i = 0; i < s->part->header_count; i++) {
		struct mime_header *h = &s->part->headers[i];
		bool left_out = !span_starts_nocase(h->name, SPAN("content-")) ||
			(c->fields_end != NULL && h->line.p >= c->fields_end) ||
			(c->no_loose_fields && h->name.p[h->name.n] != ':');

		out[n] = *h;
		out[n].part = 0;
		for (size_t k = 0; k < ARRAY_LEN(changed); k++) {
			if (span_is_null(changed[k].value) || changed[k].first == NULL ||
				h->hash != changed[k].first->hash)
				continue;
			left_out |= h != changed[k].first;
			out[n].value = changed[k].value;
		}
		if (!left_out && ++n == 4 * MIME_FIELDS_MOST)
			break;
	}
	return n;
}

struct mime *mime_read_again(const struct mime_subject *s, const struct mime_change *change)
{
	struct mime_search *search = s->search;
	struct span body = span_is_null(change->body) ? s->part->body : change->body;
	struct mime_header fields[4 * MIME_FIELDS_MOST + 1], *kept;
	size_t n = copy_fields(s, change, fields);

	if (!mime_may_read(search, body.n))
		return NULL;
	kept = ARENA_ARRAY(search->a, struct mime_header, n);
	if (n > 0)
		memcpy(kept, fields, n * sizeof(*fields));
	return mime_parse_body(search->a, kept, n, body, &change->how);
}

static void look_at(struct mime_search *search, struct mime *m, struct mime_part *part,
	const struct mime_part *of, unsigned level);

void mime_take_tree(const struct mime_subject *s, enum mime_ambiguity why, struct mime *tree)
{
	struct mime_search *search = s->search;

	if (tree == NULL || !mime_may_read(search, tree->part_count * WORK_PER_PART))
		return;
	for (size_t i = 0; i < tree->part_count; i++) {
		struct mime_part *part = tree->parts[i];

		if (!is_leaf(part) || mime_part_is_multipart(part))
			continue;
		mime_add_reading(search,
			&(struct mime_reading){.of = s->of,
				.why = why,
				.type = part->type,
				.subtype = part->subtype,
				.charset = part->charset,
				.filename = part->filename,
				.bytes = mime_part_bytes(tree, part)});
	}
	for (size_t i = 0; s->level < MIME_LEVELS_MOST && i < tree->part_count; i++)
		look_at(search, tree, tree->parts[i], s->of, s->level + 1);
}

/* ---- the whole message ---- */

/* Without its NULs; `cut`: and without what stands behind them on a line. */
static struct span drop_nuls(struct arena *a, struct span in, bool cut)
{
	char *out = arena_alloc_raw(a, in.n);
	size_t n = 0;
	bool skips = false;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\0')
			skips = cut;
		else if (in.p[i] == '\n' || in.p[i] == '\r')
			skips = false;
		if (in.p[i] != '\0' && !skips)
			out[n++] = in.p[i];
	}
	return span_from(out, n);
}

static struct span lone_crs_to_lf(struct arena *a, struct span in)
{
	char *out = arena_alloc_raw(a, in.n);

	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] == '\r' && (i + 1 == in.n || in.p[i + 1] != '\n') ? '\n' : in.p[i];
	return span_from(out, in.n);
}

static void take_message(const struct mime_subject *root, enum mime_ambiguity why,
	struct span bytes, const struct mime_how *how)
{
	if (mime_may_read(root->search, bytes.n))
		mime_take_tree(root, why, mime_parse_as(root->search->a, bytes, how));
}

/* What is done to bytes before a program looks for fields and boundaries in them. */
static void look_at_message(const struct mime_subject *root, uint64_t defects)
{
	static const struct mime_how as_usual, cr_is_text = {.cr_is_text = true};
	struct arena *a = root->search->a;
	struct span bytes = root->m->bytes;

	if ((defects & (MIME_DEFECT(HEADER_NUL) | MIME_DEFECT(BODY_NUL))) != 0) {
		take_message(root, MIME_BIT_AMBIGUOUS_NUL, drop_nuls(a, bytes, false), &as_usual);
		take_message(root, MIME_BIT_AMBIGUOUS_NUL, drop_nuls(a, bytes, true), &as_usual);
	}
	if ((defects & MIME_DEFECT(LINE_BARE_CR)) != 0) {
		take_message(root, MIME_BIT_AMBIGUOUS_LINE, bytes, &cr_is_text);
		if ((defects & MIME_DEFECT(LINE_MIXED)) != 0)
			take_message(root, MIME_BIT_AMBIGUOUS_LINE, lone_crs_to_lf(a, bytes),
				&as_usual);
	}
}

/* ---- the search ---- */

static void add_field(struct mime_header **fields, size_t *n, struct mime_header *h)
{
	if (*n < MIME_FIELDS_MOST)
		fields[(*n)++] = h;
}

static void find_fields(struct mime_subject *s)
{
	for (size_t i = 0; i < s->part->header_count; i++) {
		struct mime_header *h = &s->part->headers[i];

		if (h->name.n < 12 || !span_starts_nocase(h->name, SPAN("content-")))
			continue;
		if (span_equal_nocase(h->name, SPAN("content-type")))
			add_field(s->type, &s->type_count, h);
		else if (span_equal_nocase(h->name, SPAN("content-transfer-encoding")))
			add_field(s->encoding, &s->encoding_count, h);
		else if (span_equal_nocase(h->name, SPAN("content-disposition")))
			add_field(s->disposition, &s->disposition_count, h);
	}
}

static void look_at(struct mime_search *search, struct mime *m, struct mime_part *part,
	const struct mime_part *of, unsigned level)
{
	struct mime_subject s = {.search = search, .m = m, .part = part, .of = of, .level = level};

	if (search->is_cut && search->work_left == 0)
		return;
	find_fields(&s);
	mime_look_at_fields(&s);
	if (is_leaf(part))
		mime_look_at_bytes(&s);
}

const struct mime_readings *mime_other_readings(struct mime *m)
{
	struct mime_search search = {.m = m, .a = m->arena};
	struct mime_readings *out;
	struct mime_subject root;

	if (m->readings != NULL)
		return m->readings;
	search.bytes_left = MIME_READINGS_BYTES_MOST;
	search.work_left = WORK_FACTOR * m->bytes.n + WORK_MORE;
	out = ARENA_NEW(m->arena, struct mime_readings);
	m->readings = out;
	root = (struct mime_subject){.search = &search, .m = m, .part = m->root, .of = m->root};
	look_at_message(&root, mime_defects(m));
	for (size_t i = 0; i < m->part_count; i++)
		look_at(&search, m, m->parts[i], m->parts[i], 0);
	out->v = search.found.v;
	out->n = search.found.n;
	out->is_cut = search.is_cut;
	return out;
}

unsigned mime_part_ambiguities(struct mime *m, const struct mime_part *part)
{
	(void)mime_other_readings(m);
	return m->ambiguities == NULL ? 0 : m->ambiguities[part->id];
}
