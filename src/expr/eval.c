/*
 * Evaluation, and which atoms a result rests on.
 *
 * DESIGN: a flat array in postfix order instead of a tree: evaluation is a loop without recursion or
 * allocation, thousands of expressions a message stay in the cache, and a left operand that decides
 * carries the place where to go on.
 */
#include "expr/expr.h"

#include "expr/inner.h"

/* NaN, which is neither true nor false, counts as 0. */
static double number(double v)
{
	return v == v ? v : 0;
}

static double combine(enum op op, double left, double right)
{
	switch (op) {
	case OP_OR:
		return left != 0 || right != 0;
	case OP_AND:
		return left != 0 && right != 0;
	case OP_LESS:
		return left < right;
	case OP_GREATER:
		return left > right;
	case OP_LESS_EQUAL:
		return left <= right;
	case OP_GREATER_EQUAL:
		return left >= right;
	case OP_EQUAL:
		return left == right;
	case OP_UNEQUAL:
		return left != right;
	case OP_ADD:
		return number(left + right);
	case OP_SUBTRACT:
		return number(left - right);
	case OP_MULTIPLY:
		return number(left * right);
	case OP_DIVIDE:
		return right == 0 ? 0 : number(left / right);
	default:
		panic("no binary operator: %d", op);
	}
}

/*
 * With `truths`, evaluates every node and tells which ones are true; without, skips what it can. `stack`
 * has room for the expression's values.
 */
static double run_on(double *stack, const struct expr *e, expr_value_fn *value_of, void *ctx,
	uint8_t *truths)
{
	size_t top = 0;

	for (size_t i = 0; i < e->n;) {
		const struct node *node = &e->nodes[i++];
		double v;

		if (node->op == OP_ATOM) {
			v = number(value_of(ctx, node->atom));
		} else if (node->op == OP_NUMBER) {
			v = node->number;
		} else if (node->op == OP_NOT) {
			v = stack[--top] == 0;
		} else {
			top -= 2;
			v = combine(node->op, stack[top], stack[top + 1]);
		}
		if (truths != NULL) {
			truths[i - 1] = v != 0;
		} else if (node->skip != SKIP_NEVER && (v != 0) == (node->skip == SKIP_WHEN_TRUE)) {
			v = v != 0;
			i = node->target;
		}
		stack[top++] = v;
	}
	return stack[0];
}

static double run_deep(const struct expr *e, expr_value_fn *value_of, void *ctx, uint8_t *truths)
{
	double stack[STACK_MOST] = {0};

	return run_on(stack, e, value_of, ctx, truths);
}

/* Most expressions are shallow: clearing three kilobytes would take longer than evaluating them. */
static double run(const struct expr *e, expr_value_fn *value_of, void *ctx, uint8_t *truths)
{
	double stack[8] = {0};

	if (e->stack_most > ARRAY_LEN(stack))
		return run_deep(e, value_of, ctx, truths);
	return run_on(stack, e, value_of, ctx, truths);
}

double expr_eval(const struct expr *e, expr_value_fn *value_of, void *ctx)
{
	return run(e, value_of, ctx, NULL);
}

static bool is_arithmetic(const struct node *node)
{
	return node->op >= OP_ADD && node->op <= OP_DIVIDE;
}

static bool is_comparison(const struct node *node)
{
	return node->op >= OP_LESS && node->op <= OP_UNEQUAL;
}

/* Bits of a node's mark. */
enum {
	IS_TRUE = 1,  /* what run() tells */
	SUPPORTS = 2, /* the result rests on it */
	NEGATED = 4,  /* it stands under an odd number of negations */
};

/*
 * The mark of a node from that of its parent: it supports when its parent does and it is what its place
 * wants, which is to be false under an odd number of negations and else to be true. A sum has no such
 * duty towards the comparison or sum around it.
 */
static uint8_t mark_node(const struct node *node, const struct node *parent, uint8_t parent_mark,
	uint8_t truth)
{
	uint8_t negated = (uint8_t)((parent_mark & NEGATED) ^ (parent->op == OP_NOT ? NEGATED : 0));
	bool free = is_arithmetic(node) && (is_arithmetic(parent) || is_comparison(parent));

	if ((parent_mark & SUPPORTS) == 0 || (!free && (truth != 0) == (negated != 0)))
		return 0;
	return SUPPORTS | negated;
}

double expr_eval_support(const struct expr *e, expr_value_fn *value_of, expr_support_fn *supports,
	void *ctx)
{
	uint8_t marks[EXPR_NODES_MOST] __attribute__((uninitialized));
	uint8_t named[EXPR_NODES_MOST / 8 + 1] = {0};
	double result = run(e, value_of, ctx, marks);
	size_t root = e->n - 1;

	if (result == 0)
		return result;
	marks[root] = SUPPORTS;
	for (size_t i = e->n; i-- > 0;) {
		const struct node *node = &e->nodes[i];

		if (i != root)
			marks[i] = mark_node(node, &e->nodes[node->parent], marks[node->parent],
				marks[i]);
		if (node->op == OP_ATOM && marks[i] == SUPPORTS) {
			uint16_t first = e->firsts[node->index];

			named[first / 8] |= (uint8_t)(1 << first % 8);
		}
	}
	for (size_t i = 0; i < e->n_atoms; i++)
		if ((named[i / 8] >> i % 8 & 1) != 0)
			supports(ctx, e->atoms[i]);
	return result;
}

size_t expr_atom_count(const struct expr *e)
{
	return e->n_atoms;
}

int expr_atom(const struct expr *e, size_t i)
{
	must(i < e->n_atoms);
	return e->atoms[i];
}

bool expr_true_without_atoms(const struct expr *e)
{
	return e->true_without_atoms;
}
