#include "expr/expr.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

/* Atoms are capital letters, with or without `-`; A is 0. */
static bool take_letter(void *ctx, struct span text, size_t *taken, int *out, struct why *why)
{
	size_t prefix = *text.p == '-';

	(void)ctx;
	(void)why;
	if (prefix == text.n || text.p[prefix] < 'A' || text.p[prefix] > 'Z')
		return false;
	*taken = prefix + 1;
	*out = text.p[prefix] - 'A';
	return true;
}

struct world {
	double values[26];
	struct buf asked;
	struct buf supports;
};

static double value_of(void *ctx, int atom)
{
	struct world *w = ctx;

	buf_add_byte(&w->asked, (char)('A' + atom));
	return w->values[atom];
}

static void supports(void *ctx, int atom)
{
	struct world *w = ctx;

	buf_add_byte(&w->supports, (char)('A' + atom));
}

/* "AC" makes A and C 1; "A3" makes A 3. */
static struct world *make_world(const char *trues)
{
	struct world *w = ARENA_NEW(a, struct world);

	buf_init(&w->asked, a, 1000);
	buf_init(&w->supports, a, 1000);
	for (const char *p = trues; *p != '\0'; p++) {
		if (byte_is_digit(*p))
			w->values[p[-1] - 'A'] = *p - '0';
		else
			w->values[*p - 'A'] = 1;
	}
	return w;
}

static const struct expr *parse(const char *text)
{
	const struct expr *e = NULL;
	struct why why = {""};

	if (expr_parse(a, span_of(text), take_letter, NULL, &e, &why) != RC_OK)
		fail_msg("%s: %s", text, why.text);
	return e;
}

struct value_case {
	const char *text;
	const char *trues;
	double value;
};

static const struct value_case value_cases[] = {
	{"A", "", 0},
	{"A", "A", 1},
	{"A", "A3", 3},
	{"A & B", "A3B5", 1},
	{"A | B", "B5", 1},
	{"A | B", "A3", 1},
	{"(A | B) + C", "A3C", 2},
	{"!A", "", 1},
	{"!A", "A3", 0},
	{"!!A", "A3", 1},

	/* `&` before `|` */
	{"A & B | C", "C", 1},
	{"A | B & C", "A", 1},
	{"A & (B | C)", "C", 0},
	{"(A | B) & C", "A", 0},

	/* `!` takes the atom, not what follows */
	{"!A & B", "", 0},
	{"!A & B", "B", 1},
	{"!A | B", "AB", 1},
	{"!(A | B)", "B", 0},
	{"!A + B > 1", "B", 1},
	{"!A + B > 1", "A", 0},
	{"!A == 0", "A", 1},
	{"!A > 1", "A3", 0},
	{"not A and not B", "", 1},

	/* arithmetic before comparisons before `&` */
	{"A + B > 1 & C", "ABC", 1},
	{"A + B > 1 & C", "AC", 0},
	{"C & A + B > 1", "ABC", 1},
	{"A + B * C", "A2B3C4", 14},
	{"(A + B) * C", "A2B3C4", 20},
	{"A - B - C", "A9B3C2", 4},
	{"A / B / C", "A8B2C2", 2},
	{"A - B + C", "A9B3C2", 8},
	{"A < B", "A1B2", 1},
	{"A < B + C", "A3B2C2", 1},
	{"A <= B + C", "A3B2C2", 1},
	{"A >= B * C", "A3B2C2", 0},
	{"A < B", "A2B2", 0},
	{"A <= B", "A2B2", 1},
	{"A > B", "A2B2", 0},
	{"A >= B", "A2B2", 1},
	{"A == B", "A2B2", 1},
	{"A != B", "A2B2", 0},
	{"A == B > C", "A3B3", 1}, /* from left to right */
	{"A>=2", "A2", 1},
	{"A<-1", "", 0},
	{"A>-1", "", 1},
	{"A -1", "A3", 2},
	{"A - -1", "A3", 4},
	{"-1.5 * A", "A2", -3},
	{"A + .5", "A2", 2.5},
	{"A * 1e2", "A2", 200},

	/* the words */
	{"A AND B or C", "C", 1},
	{"A anD(B)OR(C)", "AB", 1},

	/* counting, as in meta rules */
	{"(A + B + C) > 2", "ABC", 1},
	{"(A + B + C) > 2", "AB", 0},
	{"A + B + C >= 2", "AC", 1},
	{"A && (B || C)", "AC", 1},
	{"A && !B", "AB", 0},
	{"!A & !B & (C | D)", "D", 1},

	/* numbers that are none */
	{"A / B", "A", 0},
	{"A / B", "A8B4", 2},
	{"A / 0 == 0", "A", 1},
	{"1e300 * 1e300 * 0", "", 0},
	{"1e300 * 1e300 - 1e300 * 1e300", "", 0},
	{"1e300 * 1e300 + 1e300 * -1e300", "", 0},
	{"1e300 * 1e300 / (1e300 * 1e300)", "", 0},
	{"1e300 * 1e300 > 5", "", 1},
};

static void values_are_as_administrators_expect(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		const struct expr *e = parse(c->text);
		double value = expr_eval(e, value_of, make_world(c->trues));
		double whole = expr_eval_support(e, value_of, supports, make_world(c->trues));

		if (value != c->value || whole != c->value)
			fail_msg("%s with %s: %g, %g", c->text, c->trues, value, whole);
	}
}

struct asked_case {
	const char *text;
	const char *trues;
	const char *asked;
};

static const struct asked_case asked_cases[] = {
	{"A & B & C & D", "", "A"},
	{"A & B & C & D", "AB", "ABC"},
	{"A | B | C | D", "A", "A"},
	{"A | B | C | D", "C", "ABC"},
	{"A & B | C", "", "AC"},
	{"A & B | C", "AB", "AB"},
	{"A & B & C | D & E | F", "", "ADF"},
	{"(A | B) & C", "A", "AC"},
	{"(A | B) & C", "", "AB"},
	{"(A | B | C) & (D | E)", "A", "ADE"},
	{"!(A & B) & C", "", "AC"},
	{"!(A | B) | C", "A", "AC"},
	{"A + B > 0 & C", "", "AB"},
	{"(A & B) + (C | D) > 0", "C", "AC"},
	{"A & (B + C)", "", "A"},
};

static void atoms_that_cannot_matter_are_not_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asked_cases); i++) {
		const struct asked_case *c = &asked_cases[i];
		struct world *w = make_world(c->trues);

		(void)expr_eval(parse(c->text), value_of, w);
		if (!span_equal(buf_span(&w->asked), span_of(c->asked)))
			fail_msg("%s with %s: %.*s", c->text, c->trues,
				SPAN_ARG(buf_span(&w->asked)));
	}
}

struct support_case {
	const char *name;
	const char *text;
	const char *trues;
	const char *supports;
};

static const struct support_case support_cases[] = {
	{"an atom supports itself", "A", "A", "A"},
	{"a false result rests on nothing", "A & B", "A", ""},
	{"both sides of and", "A & B", "AB", "AB"},
	{"a negated atom is not there to support", "A & !B", "A", "A"},
	{"nothing supports what is true without", "!A", "", ""},
	{"each true side of or", "A | B | C", "AC", "AC"},
	{"a side of or that is false does not count, though parts of it are true", "A & B | C",
		"AC", "C"},
	{"only the side of or that is true as a whole", "(A & B) | (C & D)", "ACD", "CD"},
	{"under a negation that holds, what is true did not help", "C & !(A & B)", "AC", "C"},
	{"under a negation that does not hold neither", "C | !(A & B)", "ABC", "C"},
	{"negated twice is not negated", "!!A", "A", "A"},
	{"what is negated once more supports", "!(A | !B)", "B", "B"},
	{"and what is not, does not", "!(!A & B) & C", "ABC", "AC"},
	{"all true atoms below a comparison", "A + B + C > 1", "AC", "AC"},
	{"below a comparison on either side", "A > B - C", "AB2C3", "ABC"},
	{"also those that count against it", "A - B > 0", "A3B", "AB"},
	{"also where less is asked for", "A + B < 2", "A", "A"},
	{"a difference of nothing still counts", "A - B == 0", "AB", "AB"},
	{"also when it is part of a sum", "(A - B) + C > 0", "ABC", "ABC"},
	{"a comparison that does not hold supports nothing", "A + B > 1 | C", "AC", "C"},
	{"a negated atom in a sum is not there", "!A + B > 0", "AB", "B"},
	{"a false side within a sum does not count", "(A & B) + C > 0", "AC", "C"},
	{"a true side within a sum does", "(A & B) + C > 0", "ABC", "ABC"},
	{"a negated comparison rests on no atom below", "!(A + B > 1) & C", "AC", "C"},
	{"but on one that is negated once more", "!(!A + B > 1) & C", "AC", "AC"},
	{"a sum alone is true by its true atoms", "A + B", "B", "B"},
	{"a sum that is false beside one that is not", "(A - B) | C", "ABC", "C"},
	{"once each, in order of appearance", "C & (A | B) & (B | C | A)", "ABC", "CAB"},
	{"true in one place and idle in another", "A & B | A & C", "AC", "AC"},
	{"numbers support nothing", "A | 1", "A", "A"},
	{"a stock composite", "!(A & B & C & D) & (A | E | F) & (B | G) & C & (D | H)", "ACGH",
		"ACGH"},
};

static void atoms_that_made_it_true_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(support_cases); i++) {
		const struct support_case *c = &support_cases[i];
		struct world *w = make_world(c->trues);
		const struct expr *e = parse(c->text);

		(void)expr_eval_support(e, value_of, supports, w);
		if (!span_equal(buf_span(&w->supports), span_of(c->supports)))
			fail_msg("%s: %s with %s: %.*s", c->name, c->text, c->trues,
				SPAN_ARG(buf_span(&w->supports)));
		if (buf_span(&w->asked).n != expr_atom_count(e))
			fail_msg("%s: not every atom was asked", c->name);
	}
}

static void not_a_number_counts_as_zero(void **state)
{
	struct world *w = make_world("");

	(void)state;
	w->values[0] = NAN;
	assert_true(expr_eval(parse("A"), value_of, w) == 0);
	assert_true(expr_eval(parse("A == 0"), value_of, w) == 1);
	assert_true(expr_eval(parse("A | B"), value_of, w) == 0);
	w->values[0] = INFINITY;
	assert_true(expr_eval(parse("A - A"), value_of, w) == 0);
	assert_true(expr_eval(parse("A > 5"), value_of, w) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_as_administrators_expect),
		cmocka_unit_test(atoms_that_cannot_matter_are_not_asked),
		cmocka_unit_test(atoms_that_made_it_true_are_told),
		cmocka_unit_test(not_a_number_counts_as_zero),
	};

	return cmocka_run_group_tests_name("expr eval", tests, set_up, tear_down);
}
