/*
 * expr: the one parser and evaluator of boolean and arithmetic expressions over atoms that the caller
 * understands: composites, conditions, meta rules. It knows no atoms itself.
 *
 * Operators, loosest first, as Rspamd and SpamAssassin have them: `|` `||` `or`; `&` `&&` `and`;
 * comparisons `<` `>` `<=` `>=` `==` `!=`; `+` `-`; `*` `/`; `!` `not`. Those of one row go from left to
 * right. So `!A + B > 1 & C` is `(((!A) + B) > 1) & C`. Words of operators may be in any case and end where
 * a word ends. Numbers (`5`, `-1.5`; the minus right before the digits) count as themselves, an atom counts
 * as the caller's number; `&`, `|`, `!` and comparisons give 1 or 0. `a + b + c > 2` counts how many are
 * true.
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
 * Called where an operand must stand, that is no number: takes one atom off the start of `text` (which is
 * never empty and never starts with a blank, one of `( ) ! & | < > =`, or a word that is an operator),
 * says how many bytes it took, and gives it a number >= 0; equal numbers are the same atom. False, with a
 * why, for text that is no atom.
 */
typedef bool expr_atom_fn(void *ctx, struct span text, size_t *taken, int *out, struct why *why);

/*
 * RC_INVALID with "at 12: ..." in `why`, where 12 is how many bytes stand before the wrong place; RC_LIMIT
 * past a cap. Work is linear in the text, which need not outlive the call.
 */
enum rc expr_parse(struct arena *a, struct span text, expr_atom_fn *take_atom, void *ctx,
	const struct expr **out, struct why *why);

/*
 * The value: 0 is false. `value_of` gives the number of an atom, and the same one when it is asked again.
 * `a | b` stops at the first true one and `a & b` at the first false one, so that atoms that are not
 * needed are not asked. Division by zero is 0, and so is what is not a number.
 */
typedef double expr_value_fn(void *ctx, int atom);
double expr_eval(const struct expr *e, expr_value_fn *value_of, void *ctx);

/*
 * The same value as expr_eval, but asks every atom and then tells the ones that a true result rests on,
 * each once, in order of their first appearance; none for a false result. These are:
 *
 * - of a true `a & b` those of both, of a true `a | b` those of each side that is true;
 * - of a comparison that holds all true atoms in its sums and products, on whichever side;
 * - of a true `!a` what makes `a` false, and that is no true atom: only one that is negated once more, as
 *   B in `!(A | !B)`, which says the same as `!A & B`;
 * - nothing of what is false where it should be true: of `A & B | C` with A and C, only C.
 *
 * So an expression of `&`, `|` and `!` stays true when all other atoms become false.
 */
typedef void expr_support_fn(void *ctx, int atom);
double expr_eval_support(const struct expr *e, expr_value_fn *value_of, expr_support_fn *supports,
	void *ctx);

/* Every atom in order of appearance, with repetitions. */
size_t expr_atom_count(const struct expr *e);
int expr_atom(const struct expr *e, size_t i);
/*
 * True when the expression is true although all atoms are 0 (`!A`, `A < 2`): then it cannot be skipped by
 * an index of atoms.
 */
bool expr_true_without_atoms(const struct expr *e);

#endif
