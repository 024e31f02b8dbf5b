/* Records: a memo as JSON lines, and back. */
#include "need/need.h"

#include <stdlib.h>

#include "need/inner.h"

static int compare_needs(const void *left, const void *right)
{
	const struct need *a = *(const struct need *const *)left;
	const struct need *b = *(const struct need *const *)right;
	int d = span_compare(span_of(a->kind->name), span_of(b->kind->name));

	return d != 0 ? d : span_compare(a->key, b->key);
}

/* A reason is for people, and part of it may come from a library: what is not ASCII is a `?`. */
static struct span printable(struct arena *a, struct span text)
{
	char *p = arena_alloc_raw(a, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?';
	return span_from(p, text.n);
}

static void print_need(const struct need *n, struct arena *a, struct buf *out)
{
	struct buf answer;
	struct json j;

	json_init(&j, out);
	json_open_object(&j);
	json_key(&j, "kind");
	json_string(&j, n->kind->name);
	json_key(&j, "key");
	json_text(&j, n->key);
	json_key(&j, "rc");
	json_string(&j, rc_name(n->rc));
	json_key(&j, "answer");
	if (n->rc == RC_OK) {
		buf_init(&answer, a, NEED_RECORD_MOST);
		n->kind->print(&answer, n->answer);
		json_text(&j, buf_span(&answer));
	} else {
		json_text(&j, printable(a, span_of(n->why.text)));
	}
	json_close(&j);
	buf_add_byte(out, '\n');
}

void need_memo_print(const struct need_memo *memo, struct buf *out)
{
	size_t n = map_count(memo->needs);
	const struct need **sorted = ARENA_ARRAY(memo->arena, const struct need *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = map_value(memo->needs, i);
	qsort(sorted, n, sizeof(*sorted), compare_needs);
	for (size_t i = 0; i < n; i++)
		if (sorted[i]->rc != RC_WAIT)
			print_need(sorted[i], memo->arena, out);
}

/*
 * A reader of just the lines that are printed above: one flat object of strings. Escapes are those of
 * the writer: \" \\ \n \r \t and \u00XX.
 */
struct reader {
	struct span rest;
	struct arena *arena;
	bool failed; /* sticky */
};

static void skip_blanks(struct reader *r)
{
	while (r->rest.n > 0 && (*r->rest.p == ' ' || *r->rest.p == '\t'))
		r->rest = span_from_offset(r->rest, 1);
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->rest.n == 0 || *r->rest.p != c)
		return false;
	r->rest = span_from_offset(r->rest, 1);
	return true;
}

static void expect(struct reader *r, char c)
{
	if (!take(r, c))
		r->failed = true;
}

/* The byte behind a backslash at the start of the rest; takes it off. */
static char read_escape(struct reader *r)
{
	static const char from[] = "\"\\/nrt", to[] = "\"\\/\n\r\t";
	uint64_t code;

	r->rest = span_from_offset(r->rest, 1);
	for (size_t i = 0; i < sizeof(from) - 1 && r->rest.n > 0; i++) {
		if (*r->rest.p == from[i]) {
			r->rest = span_from_offset(r->rest, 1);
			return to[i];
		}
	}
	if (r->rest.n < 5 || *r->rest.p != 'u' ||
		!num_parse_hex(span_slice(r->rest, 1, 4), 0x7f, &code)) {
		r->failed = true;
		return '\0';
	}
	r->rest = span_from_offset(r->rest, 5);
	return (char)code;
}

static struct span read_string(struct reader *r)
{
	struct buf b;

	buf_init(&b, r->arena, r->rest.n);
	expect(r, '"');
	while (!r->failed && r->rest.n > 0 && *r->rest.p != '"') {
		if (*r->rest.p == '\\') {
			buf_add_byte(&b, read_escape(r));
			continue;
		}
		buf_add_byte(&b, *r->rest.p);
		r->rest = span_from_offset(r->rest, 1);
	}
	expect(r, '"');
	return buf_span(&b);
}

struct line {
	struct span kind, key, rc, answer;
};

static bool read_line(struct arena *a, struct span text, struct line *out)
{
	struct reader r = {text, a, false};

	*out = (struct line){0};
	expect(&r, '{');
	do {
		struct span name = read_string(&r), value;

		expect(&r, ':');
		value = read_string(&r);
		if (span_equal(name, SPAN("kind")))
			out->kind = value;
		else if (span_equal(name, SPAN("key")))
			out->key = value;
		else if (span_equal(name, SPAN("rc")))
			out->rc = value;
		else if (span_equal(name, SPAN("answer")))
			out->answer = value;
	} while (!r.failed && take(&r, ','));
	expect(&r, '}');
	skip_blanks(&r);
	return !r.failed && r.rest.n == 0 && !span_is_null(out->kind) && !span_is_null(out->key);
}

static const struct need_kind *find_kind(struct span name, const struct need_kind *const kinds[],
	size_t n)
{
	if (span_equal(name, span_of(need_time_kind.name)))
		return &need_time_kind;
	for (size_t i = 0; i < n; i++)
		if (span_equal(name, span_of(kinds[i]->name)))
			return kinds[i];
	return NULL;
}

/* Keys are what kinds make them (need.h); others would not come back the same from a record. */
static bool is_printable(struct span key)
{
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < ' ' || key.p[i] > '~')
			return false;
	return true;
}

/* NULL when all is well, else what is wrong with the line. */
static const char *add_line(struct need_memo *memo, const struct line *line,
	const struct need_kind *kind)
{
	struct need *n;

	if (kind == NULL)
		return "unknown kind";
	if (line->kind.n + line->key.n + 2 > NEED_KEY_MOST)
		return "the key is too long";
	if (!is_printable(line->key))
		return "the key is not printable ASCII";
	if (need_memo_find(memo, kind, line->key) != NULL)
		return "the question was answered before";
	n = need_memo_add(memo, kind, line->key);
	if (span_equal(line->rc, SPAN("tempfail"))) {
		if (kind == &need_time_kind)
			return "the time must be known";
		if (!is_printable(line->answer) || line->answer.n >= sizeof(n->why.text))
			return "the reason is not printable ASCII, or too long";
		n->rc = why_set(&n->why, RC_TEMPFAIL, "%.*s", SPAN_ARG(line->answer));
		return NULL;
	}
	if (!span_equal(line->rc, SPAN("ok")))
		return "rc must be ok or tempfail";
	n->rc = RC_OK;
	n->answer = kind->parse(memo->arena, line->answer);
	return n->answer == NULL ? "the answer cannot be read" : NULL;
}

enum rc need_memo_read(struct arena *a, struct span record, const struct need_kind *const kinds[],
	size_t kind_count, struct need_memo **out, struct why *why)
{
	struct need_memo *memo = need_memo_make_empty(a);
	unsigned number = 0;

	if (record.n > NEED_RECORD_MOST)
		return why_set(why, RC_LIMIT, "a record of over %d bytes", NEED_RECORD_MOST);
	for (struct span text; span_next_line(&record, &text);) {
		struct line line;
		const char *wrong;

		number++;
		if (span_trim(text).n == 0)
			continue;
		if (map_count(memo->needs) >= NEED_QUESTIONS_MOST)
			return why_set(why, RC_LIMIT, "line %u: too many answers", number);
		if (!read_line(a, text, &line))
			return why_set(why, RC_INVALID, "line %u: not a line of a record", number);
		wrong = add_line(memo, &line, find_kind(line.kind, kinds, kind_count));
		if (wrong != NULL)
			return why_set(why, RC_INVALID, "line %u: %s", number, wrong);
	}
	if (need_memo_find(memo, &need_time_kind, SPAN("now")) == NULL)
		return why_set(why, RC_INVALID, "the record does not say what time it was");
	memo->closed = "not in the record";
	*out = memo;
	return RC_OK;
}
