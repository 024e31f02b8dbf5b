/*
 * Expressions of any shape: a second evaluator, written differently, must find the same value, and what
 * the room says about atoms must agree with evaluating. The first two bytes of the input say which of
 * sixteen atoms are true, the rest is the expression.
 */
#include "expr/expr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ATOMS = 16, APPEARANCES = EXPR_NODES_MOST };

struct run {
	unsigned truths;
	int taken[APPEARANCES]; /* as the parser took them */
	size_t n_taken;
	int asked[APPEARANCES];
	size_t n_asked;
	int supports[ATOMS];
	size_t n_supports;
};

/* `name`, with an optional prefix as composites have it. */
static size_t read_name(struct span text, int *out)
{
	size_t start = text.n > 0 && span_has_byte(SPAN("-~^"), *text.p), n = start;
	unsigned hash = 0;

	for (; n < text.n && (byte_is_alnum(text.p[n]) || span_has_byte(SPAN("_:."), text.p[n]));
		n++)
		hash = hash * 31 + (unsigned char)text.p[n];
	*out = (int)(hash % ATOMS);
	return n == start ? 0 : n;
}

static bool take_atom(void *ctx, struct span text, size_t *taken, int *out, struct why *why)
{
	struct run *run = ctx;

	must(text.n > 0 && !byte_is_space(*text.p) && !span_has_byte(SPAN("()!&|<>="), *text.p));
	*taken = read_name(text, out);
	if (*taken == 0) {
		(void)why_set(why, RC_INVALID, "no name");
		return false;
	}
	must(run->n_taken < APPEARANCES);
	run->taken[run->n_taken++] = *out;
	return true;
}

static double atom_value(unsigned truths, int atom)
{
	if ((truths >> atom & 1) == 0)
		return 0;
	return atom % 4 == 3 ? 2.5 : atom % 4 == 2 ? -1 : 1;
}

static double value_of(void *ctx, int atom)
{
	struct run *run = ctx;

	must(run->n_asked < APPEARANCES);
	run->asked[run->n_asked++] = atom;
	return atom_value(run->truths, atom);
}

static void supports(void *ctx, int atom)
{
	struct run *run = ctx;

	must(run->n_supports < ATOMS);
	run->supports[run->n_supports++] = atom;
}

/* ---- the second evaluator: recursive, straight from the text, knows no errors ---- */

struct reader {
	struct span rest;
	unsigned truths;
	bool logical; /* only & | ! so far */
};

static bool accept(struct reader *r, const char *token)
{
	struct span name = span_of(token);
	char next;

	r->rest = span_trim_start(r->rest);
	if (!span_starts_nocase(r->rest, name))
		return false;
	next = r->rest.n > name.n ? r->rest.p[name.n] : ' ';
	if (byte_is_alpha(*token) && (byte_is_alnum(next) || next == '_'))
		return false;
	r->rest = span_from_offset(r->rest, name.n);
	return true;
}

static double read_or(struct reader *r);

static double nan_is_zero(double v)
{
	return v == v ? v : 0;
}

static double read_primary(struct reader *r)
{
	size_t n = 0, run;
	double v;
	int atom;

	if (accept(r, "!") || accept(r, "not"))
		return read_primary(r) == 0;
	if (accept(r, "(")) {
		v = read_or(r);
		must(accept(r, ")"));
		return v;
	}
	run = r->rest.n > 0 && *r->rest.p == '-';
	for (n = run; n < r->rest.n &&
		(byte_is_alnum(r->rest.p[n]) || r->rest.p[n] == '_' || r->rest.p[n] == '.');
		n++)
		;
	if (n > run && (byte_is_digit(r->rest.p[run]) || r->rest.p[run] == '.') &&
		num_parse_double(span_slice(r->rest, 0, n), &v)) {
		r->rest = span_from_offset(r->rest, n);
		return v;
	}
	n = read_name(r->rest, &atom);
	must(n > 0);
	r->rest = span_from_offset(r->rest, n);
	return atom_value(r->truths, atom);
}

static double read_product(struct reader *r)
{
	double v = read_primary(r), w;

	for (;;) {
		if (accept(r, "*")) {
			v = nan_is_zero(v * read_primary(r));
		} else if (accept(r, "/")) {
			w = read_primary(r);
			v = w == 0 ? 0 : nan_is_zero(v / w);
		} else {
			return v;
		}
		r->logical = false;
	}
}

static double read_sum(struct reader *r)
{
	double v = read_product(r);

	for (;;) {
		if (accept(r, "+"))
			v = nan_is_zero(v + read_product(r));
		else if (accept(r, "-"))
			v = nan_is_zero(v - read_product(r));
		else
			return v;
		r->logical = false;
	}
}

static double read_comparison(struct reader *r)
{
	double v = read_sum(r);

	for (;;) {
		if (accept(r, "<="))
			v = v <= read_sum(r);
		else if (accept(r, ">="))
			v = v >= read_sum(r);
		else if (accept(r, "=="))
			v = v == read_sum(r);
		else if (accept(r, "!="))
			v = v != read_sum(r);
		else if (accept(r, "<"))
			v = v < read_sum(r);
		else if (accept(r, ">"))
			v = v > read_sum(r);
		else
			return v;
		r->logical = false;
	}
}

static double read_and(struct reader *r)
{
	double v = read_comparison(r), w;

	while (accept(r, "&&") || accept(r, "&") || accept(r, "and")) {
		w = read_comparison(r);
		v = v != 0 && w != 0;
	}
	return v;
}

static double read_or(struct reader *r)
{
	double v = read_and(r), w;

	while (accept(r, "||") || accept(r, "|") || accept(r, "or")) {
		w = read_and(r);
		v = v != 0 || w != 0;
	}
	return v;
}

/* ---- what must hold ---- */

static bool same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0 || a == b;
}

static void check_errors(enum rc rc, const struct why *why, size_t size)
{
	struct span rest = span_of(why->text);
	uint64_t at;

	must(rc == RC_INVALID || rc == RC_LIMIT);
	must(rest.n > 0);
	if (rc == RC_LIMIT && size > EXPR_TEXT_MOST)
		return;
	must(span_starts(rest, SPAN("at ")));
	must(num_read_u64(span_from_offset(rest, 3), size, &at) > 0);
}

/* The supporting atoms are true, each once, in the order of their first appearance. */
static void check_support(const struct run *run, double value)
{
	size_t at = 0;

	must(value != 0 || run->n_supports == 0);
	for (size_t i = 0; i < run->n_supports; i++) {
		must(atom_value(run->truths, run->supports[i]) != 0);
		for (size_t k = 0; k < i; k++)
			must(run->supports[k] != run->supports[i]);
		while (at < run->n_taken && run->taken[at] != run->supports[i])
			at++;
		must(at < run->n_taken);
		for (size_t k = 0; k < at; k++)
			must(run->taken[k] != run->supports[i]);
	}
}

static void check_values(const struct expr *e, struct span text, struct run *run)
{
	struct reader again = {text, run->truths, true};
	double expected = read_or(&again), value;
	unsigned truths = run->truths;

	must(span_trim(again.rest).n == 0);
	value = expr_eval(e, value_of, run);
	must(same(value, expected));
	must(run->n_asked <= run->n_taken);
	run->n_asked = 0;
	must(same(expr_eval(e, value_of, run), value));
	run->n_asked = 0;
	must(same(expr_eval_support(e, value_of, supports, run), value));
	must(run->n_asked == run->n_taken);
	must(run->n_taken == 0 || memcmp(run->asked, run->taken, run->n_taken * sizeof(int)) == 0);
	check_support(run, value);

	/* without the atoms that do not support it, a logical expression is still true */
	if (again.logical && value != 0) {
		run->truths = 0;
		for (size_t i = 0; i < run->n_supports; i++)
			run->truths |= 1u << run->supports[i];
		run->n_asked = 0;
		must(expr_eval(e, value_of, run) != 0);
	}
	run->truths = 0;
	run->n_asked = 0;
	must((expr_eval(e, value_of, run) != 0) == expr_true_without_atoms(e));
	run->truths = truths;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run run;
	struct arena *a;
	const struct expr *e = NULL;
	struct why why = {""};
	struct span text;
	enum rc rc;

	if (size < 2)
		return 0;
	run.truths = data[0] | (unsigned)data[1] << 8;
	run.n_taken = run.n_asked = run.n_supports = 0;
	text = span_from((const char *)data + 2, size - 2);
	a = arena_make();
	rc = expr_parse(a, text, take_atom, &run, &e, &why);
	must(arena_used(a) <= 32 * text.n + 256);
	if (rc != RC_OK) {
		must(e == NULL);
		check_errors(rc, &why, text.n);
	} else {
		must(expr_atom_count(e) == run.n_taken);
		for (size_t i = 0; i < run.n_taken; i++)
			must(expr_atom(e, i) == run.taken[i]);
		check_values(e, text, &run);
	}
	arena_free(a);
	return 0;
}
