/*
 * expr: the one parser and evaluator of boolean and arithmetic expressions over atoms that the caller
 * understands: composites, conditions, meta rules. It knows no atoms itself.
 *
 * Operators, loosest first: `|` `||` `or`; `&` `&&` `and`; `!` `not`; comparisons `<` `>` `<=` `>=`
 * `==` `!=`; `+` `-`; `*` `/`; unary `-` only before a number. Words of operators in any case. Numbers
 * count as themselves, an atom counts as the caller's number, `a & b` is 1 or 0. `a + b + c > 2` counts
 * how many are true.
 *
 *	static bool take_atom(void *ctx, struct span text, size_t *taken, int *out, struct why *why);
 *
 *	rc = expr_parse(a, SPAN("A & (B | !C)"), take_atom, ctx, &e, &why);
 *	value = expr_eval(e, value_of_atom, ctx);
 */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "base/base.h"

struct expr;

/* Caps: an expression comes from a configuration or map, which may be fetched. */
enum { EXPR_DEPTH_MOST = 64, EXPR_NODES_MOST = 4096, EXPR_TEXT_MOST = 64 << 10 };

/*
 * Called where an operand must stand: takes one atom off the start of `text` (which is never empty and
 * never starts with a blank), says how many bytes it took, and gives it a number >= 0. False, with a
 * why, for text that is no atom.
 */
typedef bool expr_atom_fn(void *ctx, struct span text, size_t *taken, int *out, struct why *why);

/* RC_INVALID with "at 12: ..." in `why`; RC_LIMIT past a cap. The text need not outlive the call. */
enum rc expr_parse(struct arena *a, struct span text, expr_atom_fn *take_atom, void *ctx,
	const struct expr **out, struct why *why);

/*
 * The value: 0 is false. `value_of` gives the number of an atom. `a | b` stops at the first true one and
 * `a & b` at the first false one, so that atoms that are not needed are not asked. Division by zero is 0.
 */
typedef double expr_value_fn(void *ctx, int atom);
double expr_eval(const struct expr *e, expr_value_fn *value_of, void *ctx);

/*
 * Like expr_eval over plain truth values, but asks every atom and then tells the ones that the result
 * rests on: for a true result, the true atoms that stand under no negation that made them count against
 * it. `supports` is called once an atom, in order of appearance.
 */
typedef void expr_support_fn(void *ctx, int atom);
double expr_eval_support(const struct expr *e, expr_value_fn *value_of, expr_support_fn *supports,
	void *ctx);

/* Every atom in order of appearance, with repetitions. */
size_t expr_atom_count(const struct expr *e);
int expr_atom(const struct expr *e, size_t i);
/*
 * True when the expression can be true although all atoms are false (`!A`): then it cannot be skipped
 * by an index of atoms.
 */
bool expr_true_without_atoms(const struct expr *e);

#endif
