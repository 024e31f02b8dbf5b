#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fixed.h"

static const struct {
	const char *name;
	const char *composites;
	const char *symbols;
	const char *verdict;
} cases[] = {
	{"the default takes symbols and points away", "X { expression = \"A & B\", score = 5 }",
		"A B", "-A(0.00) -B(0.00) X(5.00) = 5.00 greylist"},
	{"a composite that is not true changes nothing", "X { expression = \"A & B\", score = 5 }",
		"A", "A(1.00) = 1.00 no action"},
	{"remove_all is the default's name",
		"X { expression = \"A\", score = 5, policy = remove_all }", "A",
		"-A(0.00) X(5.00) = 5.00 greylist"},
	{"remove_weight keeps the symbol",
		"X { expression = \"A\", score = 5, policy = remove_weight }", "A",
		"A(0.00) X(5.00) = 5.00 greylist"},
	{"remove_symbol keeps the points",
		"X { expression = \"A\", score = 5, policy = remove_symbol }", "A",
		"-A(1.00) X(5.00) = 6.00 add header"},
	{"leave keeps both", "X { expression = \"A\", score = 5, policy = leave }", "A",
		"A(1.00) X(5.00) = 6.00 add header"},
	{"~ keeps the symbol", "X { expression = \"~A & B\", score = 5 }", "A B",
		"A(0.00) -B(0.00) X(5.00) = 5.00 greylist"},
	{"- keeps symbol and points", "X { expression = \"-A & B\", score = 5 }", "A B",
		"A(1.00) -B(0.00) X(5.00) = 6.00 add header"},
	{"what one composite keeps, another cannot take",
		"X { expression = \"A\", score = 1 } Y { expression = \"A\", score = 1, policy = leave }",
		"A", "A(1.00) X(1.00) Y(1.00) = 3.00 no action"},
	{"but ^ takes it all the same",
		"X { expression = \"^A\", score = 1 } Y { expression = \"A\", score = 1, policy = leave }",
		"A", "-A(0.00) X(1.00) Y(1.00) = 2.00 no action"},
	{"^ takes all with the policy leave",
		"X { expression = \"^A\", score = 1, policy = leave }", "A",
		"-A(0.00) X(1.00) = 1.00 no action"},
	{"^ takes all with the policy remove_symbol",
		"X { expression = \"^A & B\", score = 1, policy = remove_symbol }", "A B",
		"-A(0.00) -B(2.00) X(1.00) = 3.00 no action"},
	{"^ takes all with the policy remove_weight",
		"X { expression = \"^A\", score = 1, policy = remove_weight }", "A",
		"-A(0.00) X(1.00) = 1.00 no action"},
	{"the order of composites does not matter",
		"Y { expression = \"A\", score = 1, policy = leave } X { expression = \"A\", score = 1 }",
		"A", "A(1.00) Y(1.00) X(1.00) = 3.00 no action"},
	{"only what made it true is taken away", "X { expression = \"A & (B | C)\", score = 5 }",
		"A C", "-A(0.00) -C(0.00) X(5.00) = 5.00 greylist"},
	{"what is negated is absent", "X { expression = \"A & !B\", score = 5 }", "A C",
		"-A(0.00) C(4.00) X(5.00) = 9.00 add header"},
	{"a negation that fails", "X { expression = \"A & !B\", score = 5 }", "A B",
		"A(1.00) B(2.00) = 3.00 no action"},
	{"n of m symbols", "X { expression = \"A + B + C > 1\", score = 5 }", "A C",
		"-A(0.00) -C(0.00) X(5.00) = 5.00 greylist"},
	{"fewer than n", "X { expression = \"A + B + C > 1\", score = 5 }", "C",
		"C(4.00) = 4.00 greylist"},
	{"words of operators", "X { expression = \"A and not B or C\", score = 5 }", "C",
		"-C(0.00) X(5.00) = 5.00 greylist"},
	{"a group", "X { expression = \"g:g1\", score = 5 }", "B",
		"-B(0.00) X(5.00) = 5.00 greylist"},
	{"all symbols of a group",
		"X { expression = \"g:g1 & D\", score = 5, policy = remove_weight }", "A B D",
		"A(0.00) B(0.00) D(0.00) X(5.00) = 5.00 greylist"},
	{"a group's positive symbols", "X { expression = \"g+:g3\", score = 5 }", "D E",
		"D(-3.00) E(0.00) = -3.00 no action"},
	{"a group's negative symbols", "X { expression = \"g-:g3\", score = 5 }", "D E",
		"-D(0.00) E(0.00) X(5.00) = 5.00 greylist"},
	{"prefix and group", "X { expression = \"(~g-:g3) & (-g+:g2)\", score = 5 }", "C D",
		"C(4.00) D(0.00) X(5.00) = 9.00 add header"},
	{"evidence", "X { expression = \"A[one]\", score = 5 }", "A:one,two",
		"-A(0.00)[one,two] X(5.00) = 5.00 greylist"},
	{"other evidence", "X { expression = \"A[three]\", score = 5 }", "A:one,two",
		"A(2.00)[one,two] = 2.00 no action"},
	{"evidence by pattern", "X { expression = \"A[/^TW/i]\", score = 5 }", "A:one,two",
		"-A(0.00)[one,two] X(5.00) = 5.00 greylist"},
	{"all conditions must hold", "X { expression = \"A[one,/x/] & C\", score = 5 }",
		"A:one,two C", "A(2.00)[one,two] C(4.00) = 6.00 add header"},
	{"a composite of a composite that stands below it",
		"X { expression = \"Y & C\", score = 5 } Y { expression = \"A & B\", score = 1 }",
		"A B C", "-A(0.00) -B(0.00) -C(0.00) X(5.00) -Y(0.00) = 5.00 greylist"},
	{"a symbol that nobody has", "X { expression = \"NOBODY | A\", score = 5 }", "A",
		"-A(0.00) X(5.00) = 5.00 greylist"},
	{"true without any symbol", "X { expression = \"!A\", score = 5 }", "",
		"X(5.00) = 5.00 greylist"},
	{"switched off", "X { expression = \"A\", score = 5, enabled = false }", "A",
		"A(1.00) = 1.00 no action"},
	{"all switched off", "enabled = false; X { expression = \"A\", score = 5 }", "A",
		"A(1.00) = 1.00 no action"},
};

static void composites_add_and_take_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct span conf = arena_printf(a, "composites { %s }", cases[i].composites);
		struct scene s;
		const char *got = fixed_tell(&s, conf.p, cases[i].symbols);

		if (s.report.errors + s.report.warnings > 0)
			fail_msg("%s: %s", cases[i].name, scene_report(&s));
		if (strcmp(got, cases[i].verdict) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		arena_free(s.a);
		arena_free(a);
	}
}

static const struct {
	const char *name, *composites, *report;
} wrong[] = {
	{"no expression", "X { score = 5 }", "composite X has no expression"},
	{"a broken expression", "X { expression = \"A &\" }", "composite X: at "},
	{"an open condition", "X { expression = \"A[one\" }", "a closing ] is missing"},
	{"a broken pattern", "X { expression = \"A[/(/]\" }", "composite X: "},
	{"the name of a check's symbol", "A { expression = \"B\" }", "A is the symbol of a check"},
	{"a circle", "X { expression = \"Y\" } Y { expression = \"X\" }",
		"name each other in a circle"},
	{"conditions in Lua", "X { expression = \"A\", conditions { A = \"return true\" } }",
		"composite X: conditions in Lua have no effect here"},
};

static void what_is_wrong_with_a_composite_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct arena *a = arena_make();
		struct span conf = arena_printf(a, "composites { %s }", wrong[i].composites);
		struct scene s;

		(void)fixed_tell(&s, conf.p, "A B");
		if (strstr(scene_report(&s), wrong[i].report) == NULL)
			fail_msg("%s: %s", wrong[i].name, scene_report(&s));
		arena_free(s.a);
		arena_free(a);
	}
}

static void a_long_chain_of_composites_is_no_deep_recursion(void **state)
{
	enum { LINKS = 20000 };
	struct arena *a = arena_make();
	struct buf conf;
	struct scene s;

	(void)state;
	buf_init(&conf, a, 4 << 20);
	buf_add_string(&conf, "composites {\n");
	for (int i = 0; i < LINKS; i++)
		buf_printf(&conf, "X%d { expression = \"X%d\", policy = leave }\n", i, i + 1);
	buf_printf(&conf, "X%d { expression = \"A\", policy = leave, score = 7 }\n}\n", LINKS);
	buf_add_byte(&conf, '\0');
	assert_non_null(strstr(fixed_tell(&s, buf_span(&conf).p, "A"), "= 8.00 add header"));
	assert_int_equal(s.report.errors, 0);
	arena_free(s.a);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(composites_add_and_take_away),
		cmocka_unit_test(what_is_wrong_with_a_composite_is_told),
		cmocka_unit_test(a_long_chain_of_composites_is_no_deep_recursion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
