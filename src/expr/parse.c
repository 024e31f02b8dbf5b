/*
 * From text to nodes in postfix order: operators wait on a stack until one comes that binds no tighter
 * (Dijkstra's shunting yard), so nothing here recurses.
 */
#include "expr/expr.h"

#include <string.h>

#include "expr/inner.h"

/* What binds tighter comes later. */
enum level {
	LEVEL_OPEN,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_COMPARE,
	LEVEL_ADD,
	LEVEL_MULTIPLY,
	LEVEL_NOT,
};

struct waiting {
	enum op op;
	enum level level;
	size_t at; /* where in the text */
};

struct parser {
	struct span text;
	size_t at;
	struct arena *scratch;
	expr_atom_fn *take_atom;
	void *ctx;
	struct why *why;

	struct {
		VEC(struct node);
	} nodes;
	struct {
		VEC(int);
	} atoms;
	struct {
		VEC(uint16_t);
	} firsts;
	struct map *places; /* from an atom's bytes to its first place */

	struct waiting waiting[STACK_MOST];
	size_t n_waiting;
	uint16_t operands[STACK_MOST]; /* nodes without a parent so far */
	size_t n_operands;
	size_t n_operands_most;
	size_t n_counted; /* nodes that are there or have an operator waiting */
	size_t depth;
	bool wants_operand;
	struct span before; /* the operator or bracket behind which an operand must stand */
};

struct binary {
	struct span text;
	enum op op;
	enum level level;
};

/* The longer ones first. */
static const struct binary binaries[] = {
	{SPAN_INIT("||"), OP_OR, LEVEL_OR},
	{SPAN_INIT("&&"), OP_AND, LEVEL_AND},
	{SPAN_INIT("<="), OP_LESS_EQUAL, LEVEL_COMPARE},
	{SPAN_INIT(">="), OP_GREATER_EQUAL, LEVEL_COMPARE},
	{SPAN_INIT("=="), OP_EQUAL, LEVEL_COMPARE},
	{SPAN_INIT("!="), OP_UNEQUAL, LEVEL_COMPARE},
	{SPAN_INIT("|"), OP_OR, LEVEL_OR},
	{SPAN_INIT("&"), OP_AND, LEVEL_AND},
	{SPAN_INIT("<"), OP_LESS, LEVEL_COMPARE},
	{SPAN_INIT(">"), OP_GREATER, LEVEL_COMPARE},
	{SPAN_INIT("+"), OP_ADD, LEVEL_ADD},
	{SPAN_INIT("-"), OP_SUBTRACT, LEVEL_ADD},
	{SPAN_INIT("*"), OP_MULTIPLY, LEVEL_MULTIPLY},
	{SPAN_INIT("/"), OP_DIVIDE, LEVEL_MULTIPLY},
	{SPAN_INIT("or"), OP_OR, LEVEL_OR},
	{SPAN_INIT("and"), OP_AND, LEVEL_AND},
};

static struct span rest_of(const struct parser *p)
{
	return span_from_offset(p->text, p->at);
}

static bool is_word_byte(char c)
{
	return byte_is_alnum(c) || c == '_';
}

/* A word of letters must end where it ends: "order" does not start with the operator "or". */
static bool starts_operator(struct span rest, struct span name)
{
	if (!span_starts_nocase(rest, name))
		return false;
	return !byte_is_alpha(*name.p) || rest.n == name.n || !is_word_byte(rest.p[name.n]);
}

static const struct binary *find_binary(struct span rest)
{
	for (size_t i = 0; i < ARRAY_LEN(binaries); i++)
		if (starts_operator(rest, binaries[i].text))
			return &binaries[i];
	return NULL;
}

/* What is wrong, as a quotation: up to the next blank, and not too much. */
static struct span excerpt(struct span rest)
{
	size_t n = 0;

	while (n < rest.n && n < 32 && !byte_is_space(rest.p[n]))
		n++;
	return span_slice(rest, 0, n);
}

static enum rc miss_operand(const struct parser *p)
{
	struct span found = excerpt(rest_of(p));

	if (p->before.n > 0)
		return why_set(p->why, RC_INVALID, "at %zu: an operand is missing behind \"%.*s\"",
			p->at, SPAN_ARG(p->before));
	if (found.n == 0)
		return why_set(p->why, RC_INVALID, "at %zu: an operand is missing", p->at);
	return why_set(p->why, RC_INVALID, "at %zu: an operand is missing before \"%.*s\"", p->at,
		SPAN_ARG(found));
}

/* Each operand and operator is counted when it is read, so that making its node cannot fail. */
static enum rc count_node(struct parser *p)
{
	if (p->n_counted == EXPR_NODES_MOST)
		return why_set(p->why, RC_LIMIT, "at %zu: more than %d operands and operators",
			p->at, EXPR_NODES_MOST);
	p->n_counted++;
	return RC_OK;
}

static struct node *add_node(struct parser *p, enum op op)
{
	struct node *node = VEC_ADD(p->scratch, &p->nodes);

	node->op = (uint8_t)op;
	node->parent = (uint16_t)(p->nodes.n - 1);
	must(p->n_operands < STACK_MOST);
	p->operands[p->n_operands++] = node->parent;
	p->n_operands_most = num_max(p->n_operands_most, p->n_operands);
	return node;
}

/* Makes the node of the operator that waits last. */
static void reduce(struct parser *p)
{
	enum op op = p->waiting[--p->n_waiting].op;
	uint16_t place = (uint16_t)p->nodes.n;

	must(op != OP_OPEN && p->n_operands > 0);
	p->nodes.v[p->operands[--p->n_operands]].parent = place;
	if (op == OP_NOT) {
		p->depth--;
	} else {
		struct node *left;

		must(p->n_operands > 0);
		left = &p->nodes.v[p->operands[--p->n_operands]];
		left->parent = place;
		if (op == OP_AND)
			left->skip = SKIP_WHEN_FALSE;
		if (op == OP_OR)
			left->skip = SKIP_WHEN_TRUE;
	}
	(void)add_node(p, op);
}

static void push_waiting(struct parser *p, enum op op, enum level level)
{
	must(p->n_waiting < STACK_MOST);
	p->waiting[p->n_waiting++] = (struct waiting){op, level, p->at};
}

/* A bracket or a negation: what input can nest. */
static enum rc open_level(struct parser *p, enum op op, size_t length)
{
	if (p->depth == EXPR_DEPTH_MOST)
		return why_set(p->why, RC_LIMIT, "at %zu: nested deeper than %d", p->at,
			EXPR_DEPTH_MOST);
	p->depth++;
	push_waiting(p, op, op == OP_NOT ? LEVEL_NOT : LEVEL_OPEN);
	p->before = span_slice(rest_of(p), 0, length);
	p->at += length;
	return op == OP_NOT ? count_node(p) : RC_OK;
}

/* The first place of an atom, which is `place` when it was not there before. */
static uint16_t first_place(struct parser *p, int atom, uint16_t place)
{
	struct place {
		int atom;
		uint16_t place;
	} *known = map_find(p->places, span_from((const char *)&atom, sizeof(atom)));

	if (known != NULL)
		return known->place;
	known = ARENA_NEW(p->scratch, struct place);
	*known = (struct place){atom, place};
	(void)map_put(p->places, span_from((const char *)&known->atom, sizeof(atom)), known);
	return place;
}

static enum rc read_atom(struct parser *p)
{
	struct why why = {"not understood"};
	struct span rest = rest_of(p);
	struct node *node;
	size_t taken = 0;
	int atom = -1;

	if (!p->take_atom(p->ctx, rest, &taken, &atom, &why))
		return why_set(p->why, RC_INVALID, "at %zu: %s", p->at, why.text);
	must(taken > 0 && taken <= rest.n && atom >= 0);
	node = add_node(p, OP_ATOM);
	node->atom = atom;
	node->index = (uint16_t)p->atoms.n;
	*VEC_ADD(p->scratch, &p->firsts) = first_place(p, atom, node->index);
	*VEC_ADD(p->scratch, &p->atoms) = atom;
	p->at += taken;
	return RC_OK;
}

/* How long the number at the start of `rest` is; 0 for none. `419_SCAM` and `1.2.3.4` are atoms. */
static size_t read_number(struct span rest, double *out)
{
	size_t n = *rest.p == '-';

	if (n == rest.n || (!byte_is_digit(rest.p[n]) && rest.p[n] != '.'))
		return 0;
	while (n < rest.n && (is_word_byte(rest.p[n]) || rest.p[n] == '.'))
		n++;
	return num_parse_double(span_slice(rest, 0, n), out) ? n : 0;
}

static enum rc take_number_or_atom(struct parser *p)
{
	double value = 0;
	size_t n = read_number(rest_of(p), &value);
	enum rc rc = count_node(p);

	if (rc != RC_OK)
		return rc;
	p->wants_operand = false;
	if (n == 0)
		return read_atom(p);
	add_node(p, OP_NUMBER)->number = value;
	p->at += n;
	return RC_OK;
}

static enum rc take_operand(struct parser *p)
{
	struct span rest = rest_of(p);

	if (rest.n == 0 || span_has_byte(SPAN(")&|<>="), *rest.p) || span_starts(rest, SPAN("!=")))
		return miss_operand(p);
	if (*rest.p == '(')
		return open_level(p, OP_OPEN, 1);
	if (*rest.p == '!')
		return open_level(p, OP_NOT, 1);
	if (starts_operator(rest, SPAN("not")))
		return open_level(p, OP_NOT, 3);
	if (starts_operator(rest, SPAN("and")) || starts_operator(rest, SPAN("or")))
		return miss_operand(p);
	return take_number_or_atom(p);
}

static enum rc close_bracket(struct parser *p)
{
	while (p->n_waiting > 0 && p->waiting[p->n_waiting - 1].op != OP_OPEN)
		reduce(p);
	if (p->n_waiting == 0)
		return why_set(p->why, RC_INVALID, "at %zu: \")\" closes nothing", p->at);
	p->n_waiting--;
	p->depth--;
	p->at++;
	return RC_OK;
}

static enum rc take_operator(struct parser *p)
{
	struct span rest = rest_of(p);
	const struct binary *found;
	enum rc rc;

	if (*rest.p == ')')
		return close_bracket(p);
	found = find_binary(rest);
	if (found == NULL)
		return why_set(p->why, RC_INVALID, "at %zu: an operator is missing before \"%.*s\"",
			p->at, SPAN_ARG(excerpt(rest)));
	rc = count_node(p);
	if (rc != RC_OK)
		return rc;
	while (p->n_waiting > 0 && p->waiting[p->n_waiting - 1].level >= found->level)
		reduce(p);
	push_waiting(p, found->op, found->level);
	p->before = span_slice(rest, 0, found->text.n);
	p->at += found->text.n;
	p->wants_operand = true;
	return RC_OK;
}

static enum rc parse_all(struct parser *p)
{
	for (;;) {
		enum rc rc;

		while (p->at < p->text.n && byte_is_space(p->text.p[p->at]))
			p->at++;
		if (p->at == p->text.n && !p->wants_operand)
			break;
		rc = p->wants_operand ? take_operand(p) : take_operator(p);
		if (rc != RC_OK)
			return rc;
	}
	for (; p->n_waiting > 0; reduce(p))
		if (p->waiting[p->n_waiting - 1].op == OP_OPEN)
			return why_set(p->why, RC_INVALID, "at %zu: \"(\" is never closed",
				p->waiting[p->n_waiting - 1].at);
	return RC_OK;
}

/*
 * A skip leaves the value that the parent has then, so it goes on where a skip of the parent goes when
 * it has the same reason. From the end, as parents come last: no chain of skips is walked twice.
 */
static void set_targets(struct node *nodes, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		const struct node *parent = &nodes[nodes[i].parent];

		nodes[i].target = (uint16_t)(nodes[i].parent + 1);
		if (nodes[i].skip != SKIP_NEVER && parent->skip == nodes[i].skip)
			nodes[i].target = parent->target;
	}
}

static void *copy_array(struct arena *a, const void *v, size_t n, size_t size)
{
	void *copy = arena_alloc_array(a, n, size);

	if (n > 0)
		memcpy(copy, v, n * size);
	return copy;
}

static double all_false(void *ctx, int atom)
{
	return 0;
}

static const struct expr *build(struct arena *a, const struct parser *p)
{
	struct expr *e = ARENA_NEW(a, struct expr);

	must(p->n_operands == 1 && p->nodes.n == p->n_counted);
	set_targets(p->nodes.v, p->nodes.n);
	*e = (struct expr){
		.nodes = copy_array(a, p->nodes.v, p->nodes.n, sizeof(*p->nodes.v)),
		.n = p->nodes.n,
		.atoms = copy_array(a, p->atoms.v, p->atoms.n, sizeof(*p->atoms.v)),
		.firsts = copy_array(a, p->firsts.v, p->firsts.n, sizeof(*p->firsts.v)),
		.n_atoms = p->atoms.n,
		/* a value waits as long as its node waits for a parent */
		.stack_most = p->n_operands_most,
	};
	e->true_without_atoms = expr_eval(e, all_false, NULL) != 0;
	return e;
}

enum rc expr_parse(struct arena *a, struct span text, expr_atom_fn *take_atom, void *ctx,
	const struct expr **out, struct why *why)
{
	struct parser p = {
		.text = text,
		.take_atom = take_atom,
		.ctx = ctx,
		.why = why,
		.wants_operand = true,
	};
	enum rc rc;

	if (text.n > EXPR_TEXT_MOST)
		return why_set(why, RC_LIMIT, "longer than %d bytes", EXPR_TEXT_MOST);
	p.scratch = arena_make();
	p.places = map_make(p.scratch);
	rc = parse_all(&p);
	if (rc == RC_OK)
		*out = build(a, &p);
	arena_free(p.scratch);
	return rc;
}
