/* How a compiled expression lies in memory; only for the files of this room. */
#ifndef EXPR_INNER_H
#define EXPR_INNER_H

#include "expr/expr.h"

enum op {
	OP_OPEN, /* a bracket; only while parsing */
	OP_OR,
	OP_AND,
	OP_LESS,
	OP_GREATER,
	OP_LESS_EQUAL,
	OP_GREATER_EQUAL,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_ADD,
	OP_SUBTRACT,
	OP_MULTIPLY,
	OP_DIVIDE,
	OP_NOT,
	OP_ATOM,
	OP_NUMBER,
};

/* Whether the value of a left operand is already that of its parent. */
enum skip { SKIP_NEVER, SKIP_WHEN_FALSE, SKIP_WHEN_TRUE };

/*
 * Nodes stand in postfix order: operands before their operator, so that evaluation is one pass with a
 * stack of values, and a pass from the end sees every parent before its operands.
 */
struct node {
	uint8_t op;
	uint8_t skip;
	uint16_t parent; /* the operator that this is an operand of; of the last node: itself */
	uint16_t target; /* the node to go on with after a skip */
	uint16_t index;  /* of an atom: its place among the atoms */
	union {
		double number;
		int atom;
	};
};

/*
 * Values or operators that can be waiting: a chain of tighter and tighter binding binary operators in
 * each bracket, and what is nested itself.
 */
enum { STACK_MOST = (EXPR_DEPTH_MOST + 1) * 6 };

struct expr {
	const struct node *nodes;
	size_t n;
	const int *atoms;
	const uint16_t *firsts; /* by place: the first place of the same atom */
	size_t n_atoms;
	size_t stack_most; /* values that wait at the same time */
	bool true_without_atoms;
};

_Static_assert(EXPR_NODES_MOST <= UINT16_MAX, "places of nodes are 16 bits wide");

#endif
