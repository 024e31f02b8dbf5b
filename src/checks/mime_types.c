/*
 * Which media types a message is made of, against a list of known ones.
 *
 * The list is compiled in and becomes a map for each type once a generation, so that the name of a
 * part's subtype is found at once.
 */
#include "checks/inner.h"

#include <math.h>

enum { TRACE, GOOD, UNKNOWN };

static const struct scan_symbol symbols[] = {
	[TRACE] = {.name = "MIME_TRACE",
		.where = "Content-Type",
		.group = "mime_types",
		.meaning = "The parts of the message and what their types say",
		.explain = "Lists each part by its number, in the order of the message: + for a "
			   "type of good mail, - for one that no mail program sends, ~ for all "
			   "others. Information only."},
	[GOOD] = {.name = "MIME_GOOD",
		.where = "Content-Type",
		.score = -0.1,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "A content type of good mail",
		.explain = "Some part has a type of which the mail of people is made: plain text, "
			   "the usual containers, signatures. Nearly every message has one, so it "
			   "counts next to nothing; containers of signed or encrypted mail count "
			   "double. The evidence names the types."},
	[UNKNOWN] = {.name = "MIME_UNKNOWN",
		.where = "Content-Type",
		.score = 0.1,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "A content type that is not known",
		.explain = "The type of some part is not in the list of known types, or cannot be "
			   "read. Spam software and virus mail invent types; so do programs for "
			   "their own files, which is why it counts next to nothing. The evidence "
			   "names the types."},
};

/* The known subtypes of one type. */
struct family {
	struct span type;
	struct map *scores; /* from subtype to double */
};

struct families {
	VEC(struct family);
};

static const struct {
	struct span type;
	double score;
	struct span subtypes;
} known[] = {
#define TYPES(type, score, subtypes) {SPAN_INIT(#type), score, SPAN_INIT(subtypes)},
#include "checks/media_types.def"
#undef TYPES
};

static struct family *find_family(const struct families *all, struct span type)
{
	for (size_t i = 0; i < all->n; i++)
		if (span_equal(all->v[i].type, type))
			return &all->v[i];
	return NULL;
}

static void *prepare(struct scan_preparing *p, const void *options)
{
	struct arena *a = p->arena;
	struct families *all = ARENA_NEW(a, struct families);

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct family *family = find_family(all, known[i].type);
		double *score = ARENA_NEW(a, double);

		*score = known[i].score;
		if (family == NULL) {
			family = VEC_ADD(a, all);
			family->type = known[i].type;
			family->scores = map_make(a);
		}
		for (struct span rest = known[i].subtypes, name; span_next(&rest, ' ', &name);)
			(void)map_put(family->scores, name, score);
	}
	return all;
}

/* NULL when the type is not known. */
static const double *find_score(const struct families *all, const struct mime_part *part)
{
	const struct family *family = find_family(all, part->type);

	return family == NULL ? NULL : map_find(family->scores, part->subtype);
}

/* text/x-whatever is as good as plain text when it is text. */
static bool is_plain_enough(struct scan *s, struct mime_part *part)
{
	return span_equal(part->type, SPAN("text")) &&
		!span_has_byte(mime_part_bytes(s->msg->mime, part), '\0');
}

static void add_type(struct scan *s, unsigned symbol, double weight, const struct mime_part *part)
{
	scan_add_printf(s, symbol, weight, "%.*s/%.*s", SPAN_ARG(part->type),
		SPAN_ARG(part->subtype));
}

/* A Content-Type that cannot be read, as far as it goes: "garbage" as "garbage/". */
static void add_broken(struct scan *s, struct mime_part *part)
{
	const struct mime_header *field = mime_find_header(part, SPAN("Content-Type"));
	struct span name = field == NULL ? SPAN("") : field->value;
	size_t n = 0;

	while (n < name.n && !byte_is_space(name.p[n]) && name.p[n] != ';')
		n++;
	name = arena_lower(s->arena, span_slice(name, 0, num_min(n, SCAN_EVIDENCE_MOST)));
	scan_add_printf(s, UNKNOWN, 1, "%.*s%s", SPAN_ARG(name),
		span_has_byte(name, '/') ? "" : "/");
}

/* Judges one part; returns its sign in the trace. */
static char judge(struct scan *s, struct mime_part *part)
{
	const double *score = find_score(s->prepared, part);

	if (!part->type_given && checks_is_broken_type(part)) {
		add_broken(s, part);
		return '~';
	}
	if (score == NULL && is_plain_enough(s, part)) {
		add_type(s, GOOD, 1, part);
		return '+';
	}
	if (score == NULL) {
		add_type(s, UNKNOWN, 1, part);
		return '~';
	}
	if (*score < 0) {
		add_type(s, GOOD, fabs(*score), part);
		return '+';
	}
	return *score > 0 ? '-' : '~';
}

static enum rc run(struct scan *s)
{
	const struct mime *m = s->msg->mime;

	for (size_t i = 0; i < m->part_count; i++) {
		char sign = judge(s, m->parts[i]);

		if (i < SCAN_EVIDENCES_MOST)
			scan_add_printf(s, TRACE, 1, "%u:%c", m->parts[i]->id, sign);
	}
	return RC_OK;
}

const struct check check_mime_types = {
	.name = "mime_types",
	.help = "Compares the content types of the parts with a list of known ones.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.prepare = prepare,
	.run = run,
};
