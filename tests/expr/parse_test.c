#include "expr/expr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
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

/* Atoms are capital letters, with `-` before them when the caller knows such; A is 0. */
static bool take_letter(void *ctx, struct span text, size_t *taken, int *out, struct why *why)
{
	size_t prefix = *text.p == '-';

	(void)ctx;
	if (prefix == text.n || text.p[prefix] < 'A' || text.p[prefix] > 'Z') {
		(void)why_set(why, RC_INVALID, "no symbol is named so");
		return false;
	}
	*taken = prefix + 1;
	*out = text.p[prefix] - 'A';
	return true;
}

struct error_case {
	const char *name;
	const char *text;
	const char *why;
};

static const struct error_case error_cases[] = {
	{"nothing", "", "at 0: an operand is missing"},
	{"only blanks", " \t\n", "at 3: an operand is missing"},
	{"an operator first", "& A", "at 0: an operand is missing before \"&\""},
	{"a word of an operator first", "  or A", "at 2: an operand is missing before \"or\""},
	{"an operator last", "ABCDE && ", "at 1: an operator is missing before \"BCDE\""},
	{"nothing behind an operator", "A & (B) &", "at 9: an operand is missing behind \"&\""},
	{"only a blank behind an operator", "A || ", "at 5: an operand is missing behind \"||\""},
	{"an operator behind an operator", "A and | B",
		"at 6: an operand is missing behind \"and\""},
	{"nothing behind a negation", "!", "at 1: an operand is missing behind \"!\""},
	{"nothing behind a word of negation", "A & Not )",
		"at 8: an operand is missing behind \"Not\""},
	{"not equal where a negation could be", "!=A",
		"at 0: an operand is missing before \"!=A\""},
	{"empty brackets", "()", "at 1: an operand is missing behind \"(\""},
	{"brackets that end too early", "(A |)", "at 4: an operand is missing behind \"|\""},
	{"a bracket that is never closed", "A & (B", "at 4: \"(\" is never closed"},
	{"the inner one of two is told", "((A", "at 1: \"(\" is never closed"},
	{"a bracket that closes nothing", "A)", "at 1: \")\" closes nothing"},
	{"a bracket first that closes nothing", ")", "at 0: an operand is missing before \")\""},
	{"two operands", "A B & C", "at 2: an operator is missing before \"B\""},
	{"an operand behind brackets", "(A)B", "at 3: an operator is missing before \"B\""},
	{"brackets behind an operand", "A(B)", "at 1: an operator is missing before \"(B)\""},
	{"a negation behind an operand", "A !B", "at 2: an operator is missing before \"!B\""},
	{"one sign of equality", "A = 1", "at 2: an operator is missing before \"=\""},
	{"words run together", "A andB", "at 2: an operator is missing before \"andB\""},
	{"a long wrong place is cut", "A aaaaaaaaaabbbbbbbbbbccccccccccddddddddd",
		"at 2: an operator is missing before \"aaaaaaaaaabbbbbbbbbbccccccccccdd\""},
	{"no atom", "A | $x", "at 4: no symbol is named so"},
	{"a minus alone is no number", "A + - 5", "at 4: no symbol is named so"},
	{"a minus alone is nothing", "-", "at 0: no symbol is named so"},
	{"a number with letters is an atom", "5x", "at 0: no symbol is named so"},
	{"a number with many points is an atom", "1.2.3.4", "at 0: no symbol is named so"},
};

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(error_cases); i++) {
		const struct error_case *c = &error_cases[i];
		const struct expr *e = NULL;
		struct why why = {""};
		enum rc rc = expr_parse(a, span_of(c->text), take_letter, NULL, &e, &why);

		if (rc != RC_INVALID || e != NULL || strcmp(why.text, c->why) != 0)
			fail_msg("%s: %s", c->name, rc == RC_OK ? "accepted" : why.text);
		/* nobody has to listen */
		assert_int_equal(expr_parse(a, span_of(c->text), take_letter, NULL, &e, NULL),
			RC_INVALID);
	}
}

struct order_case {
	const char *name;
	const char *text;
	const char *atoms;
	bool true_without;
};

static const struct order_case order_cases[] = {
	{"one atom", "A", "A", false},
	{"in the order of the text", "C & (B | A)", "CBA", false},
	{"with repetitions", "A & B | A & C", "ABAC", false},
	{"numbers are no atoms", "A + 1 > 2", "A", false},
	{"a negation is true without", "!A", "A", true},
	{"two negations are not", "!!A", "A", false},
	{"one side of or is enough", "A | !B", "AB", true},
	{"one side of and is not", "A & !B", "AB", false},
	{"less than something is true without", "A + B < 2", "AB", true},
	{"more than nothing is not", "A + B > 0", "AB", false},
	{"a number alone needs nothing", "1", "", true},
	{"zero alone is never true", "0", "", false},
	{"a prefix belongs to its atom", "A & -B", "AB", false},
	{"a minus behind an operand is an operator", "A -B", "AB", false},
	{"no blanks are needed", "!A|!(B&&C)", "ABC", true},
	{"any blanks are allowed", "\t( A\n|\vB )\r\n", "AB", false},
};

static void atoms_are_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(order_cases); i++) {
		const struct order_case *c = &order_cases[i];
		const struct expr *e = NULL;
		struct why why = {""};
		struct buf atoms;

		if (expr_parse(a, span_of(c->text), take_letter, NULL, &e, &why) != RC_OK)
			fail_msg("%s: %s", c->name, why.text);
		buf_init(&atoms, a, 100);
		for (size_t k = 0; k < expr_atom_count(e); k++)
			buf_add_byte(&atoms, (char)('A' + expr_atom(e, k)));
		if (!span_equal(buf_span(&atoms), span_of(c->atoms)))
			fail_msg("%s: %.*s", c->name, SPAN_ARG(buf_span(&atoms)));
		if (expr_true_without_atoms(e) != c->true_without)
			fail_msg("%s: without atoms", c->name);
	}
}

/* `start` n times, then A, then `end` n times. */
static struct span nest(const char *start, const char *end, size_t n)
{
	struct buf text;

	buf_init(&text, a, 1 << 20);
	for (size_t i = 0; i < n; i++)
		buf_add_string(&text, start);
	buf_add_string(&text, "A");
	for (size_t i = 0; i < n; i++)
		buf_add_string(&text, end);
	return buf_span(&text);
}

struct cap_case {
	const char *name;
	const char *start;
	const char *end;
	size_t n;
	enum rc rc;
	const char *why;
};

static const struct cap_case cap_cases[] = {
	{"brackets as deep as allowed", "(", ")", 64, RC_OK, ""},
	{"brackets one deeper", "(", ")", 65, RC_LIMIT, "at 64: nested deeper than 64"},
	{"negations as deep as allowed", "!", "", 64, RC_OK, ""},
	{"negations one deeper", "!", "", 65, RC_LIMIT, "at 64: nested deeper than 64"},
	{"both together", "!(", ")", 33, RC_LIMIT, "at 64: nested deeper than 64"},
	{"every operator waiting in each bracket", "A | A & A < A + A * (", ")", 64, RC_OK, ""},
	{"brackets side by side are not deep", "(A) & ", "", 1000, RC_OK, ""},
	{"negations side by side are not deep", "!A & ", "", 1000, RC_OK, ""},
	{"as many operands and operators as allowed", "A|", "", 2047, RC_OK, ""},
	{"one more operand", "", "|A", 2048, RC_LIMIT,
		"at 4096: more than 4096 operands and operators"},
	{"a text as long as allowed", "", " ", 65535, RC_OK, ""},
	{"one byte longer", "", " ", 65536, RC_LIMIT, "longer than 65536 bytes"},
};

static void what_input_can_grow_has_a_cap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cap_cases); i++) {
		const struct cap_case *c = &cap_cases[i];
		const struct expr *e = NULL;
		struct why why = {""};
		enum rc rc =
			expr_parse(a, nest(c->start, c->end, c->n), take_letter, NULL, &e, &why);

		if (rc != c->rc || strcmp(why.text, c->why) != 0)
			fail_msg("%s: %s, %s", c->name, rc_name(rc), why.text);
	}
}

static void the_text_need_not_outlive_the_call(void **state)
{
	char text[] = "A & !B";
	const struct expr *e = NULL;

	(void)state;
	assert_int_equal(expr_parse(a, span_of(text), take_letter, NULL, &e, NULL), RC_OK);
	memset(text, 'x', sizeof(text));
	assert_int_equal(expr_atom_count(e), 2);
	assert_int_equal(expr_atom(e, 1), 1);
}

static void little_memory_stays(void **state)
{
	const struct expr *e = NULL;
	struct arena *own = arena_make();

	(void)state;
	assert_int_equal(expr_parse(own, SPAN("A & B & C"), take_letter, NULL, &e, NULL), RC_OK);
	/* five nodes and three atoms */
	assert_true(arena_used(own) < 200);
	arena_free(own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(atoms_are_listed),
		cmocka_unit_test(what_input_can_grow_has_a_cap),
		cmocka_unit_test(the_text_need_not_outlive_the_call),
		cmocka_unit_test(little_memory_stays),
	};

	return cmocka_run_group_tests_name("expr parse", tests, set_up, tear_down);
}
