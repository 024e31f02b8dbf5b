#include "scan/scan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fixed.h"

static const struct {
	const char *name;
	const char *conf;
	const char *symbols;
	const char *verdict;
} cases[] = {
	{"nothing", "", "", "= 0.00 no action"},
	{"below greylist", "", "A B", "A(1.00) B(2.00) = 3.00 no action"},
	{"greylist at 4", "", "C", "C(4.00) = 4.00 greylist"},
	{"a hair below 6", "", "A*5.99", "A(5.99) = 5.99 greylist"},
	{"add header at 6", "", "B C", "B(2.00) C(4.00) = 6.00 add header"},
	{"a sum of fractions that means 6", "", "A*5.7 A*0.1 A*0.1 A*0.1",
		"A(6.00) = 6.00 add header"},
	{"a hair below 15", "", "A*14.99", "A(14.99) = 14.99 add header"},
	{"reject at 15", "", "A*15", "A(15.00) = 15.00 reject"},
	{"other thresholds", "actions { reject = 3, add_header = 2, greylist = null }", "A B",
		"A(1.00) B(2.00) = 3.00 reject"},
	{"names with blanks", "actions { \"add header\" = 2 }", "B", "B(2.00) = 2.00 add header"},
	{"null takes an action away", "actions { reject = null }", "A*100",
		"A(100.00) = 100.00 add header"},
	{"actions that have no threshold by default",
		"actions { discard = 30, quarantine = 20, rewrite_subject = 7, soft_reject = 8 }",
		"A*7", "A(7.00) = 7.00 rewrite subject"},
	{"of equal thresholds the more severe counts", "actions { reject = 5, add_header = 5 }",
		"A*5", "A(5.00) = 5.00 reject"},
	{"a score from groups", "group g1 { symbols { A { weight = 9 } } }", "A",
		"A(9.00) = 9.00 add header"},
	{"a score as a plain number", "symbols { A = 9 }", "A", "A(9.00) = 9.00 add header"},
	{"scores in the older form",
		"metric { symbol { name = A, weight = 9 } symbol { name = B, score = 0.5 } }",
		"A B", "A(9.00) B(0.50) = 9.50 add header"},
	{"a score in a metric", "metric { name = default, symbol A { weight = 9 } }", "A",
		"A(9.00) = 9.00 add header"},
	{"a group in a metric", "metric { group { name = g1, symbol { name = A, weight = 9 } } }",
		"A", "A(9.00) = 9.00 add header"},
	{"one_shot by configuration", "symbols { A { one_shot = true } }", "A:x,y,z",
		"A(1.00)[x,y,z] = 1.00 no action"},
	{"a cap cuts what comes last", "group g2 { max_score = 3 }", "A B C",
		"A(1.00) B(2.00) C(1.00) = 4.00 greylist"},
	{"a cap leaves nothing", "group g1 { max_score = 1 }", "A B",
		"A(1.00) B(0.00) = 1.00 no action"},
	{"the tighter of two caps", "group g1 { max_score = 2 } group g2 { max_score = 1.5 }",
		"B C", "B(1.50) C(0.00) = 1.50 no action"},
	{"a cap is not for negative points", "group g3 { max_score = 1 }", "D",
		"D(-3.00) = -3.00 no action"},
	{"a cap for negative points", "group g3 { min_score = -3.5 }", "D F",
		"D(-3.00) F(-0.50) = -3.50 no action"},
	{"a cap counts what composites left",
		"group g2 { max_score = 3 } composites { X { expression = B, policy = remove_weight } }",
		"B C", "B(0.00) C(3.00) X(0.00) = 3.00 no action"},
	{"another group", "symbols { C { groups = [g1] } } group g1 { max_score = 2 }", "A C",
		"A(1.00) C(1.00) = 2.00 no action"},
};

static void scores_become_actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s;
		const char *got = fixed_tell(&s, cases[i].conf, cases[i].symbols);

		if (s.report.errors + s.report.warnings > 0)
			fail_msg("%s: %s", cases[i].name, scene_report(&s));
		if (strcmp(got, cases[i].verdict) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		arena_free(s.a);
	}
}

static void the_sum_of_what_is_shown_is_the_score(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct msg_envelope envelope = {.helo = span_of(cases[i].symbols)};
		struct scene s;
		const struct scan_verdict *v = fixed_scan(&s, cases[i].conf, &envelope);
		double sum = 0;

		for (size_t k = 0; k < v->hit_count; k++)
			sum += v->hits[k].score;
		assert_true(fabs(sum - v->score) < 1e-9);
		arena_free(s.a);
	}
}

static void a_forced_action_wins_over_the_score(void **state)
{
	struct msg_envelope envelope = {.helo = SPAN("A"),
		.user = SPAN("reject"),
		.queue_id = SPAN("go away")};
	struct scene s;
	const struct scan_verdict *v = fixed_scan(&s, "", &envelope);

	(void)state;
	assert_string_equal(scene_tell(s.a, v), "A(1.00) = 1.00 reject");
	assert_ptr_equal(v->forced_by, &fixed_check);
	assert_true(span_equal(v->message, SPAN("go away")));
	assert_true(scan_is_spam(v));
	arena_free(s.a);
}

static void without_reject_the_highest_threshold_is_the_required_score(void **state)
{
	struct msg_envelope envelope = {0};
	struct scene s;
	const struct scan_verdict *v = fixed_scan(&s, "actions { reject = null }", &envelope);

	(void)state;
	assert_true(v->required == 6);
	arena_free(s.a);
	v = fixed_scan(&s, "actions { reject = null, add_header = null, greylist = null }",
		&envelope);
	assert_true(isnan(v->required));
	arena_free(s.a);
}

static void what_a_verdict_would_be_without_a_symbol(void **state)
{
	struct msg_envelope envelope = {.helo = SPAN("A B C")};
	const struct scan_verdict *v, *then;
	struct scene s;

	(void)state;
	v = fixed_scan(&s, "group g2 { max_score = 3 }", &envelope);
	assert_string_equal(scene_tell(s.a, v), "A(1.00) B(2.00) C(1.00) = 4.00 greylist");
	then = scan_what_if(v, scan_config_find_rule(s.config, SPAN("B")));
	assert_string_equal(scene_tell(s.a, then), "A(1.00) B(0.00) C(3.00) = 4.00 greylist");
	then = scan_what_if(v, scan_config_find_rule(s.config, SPAN("A")));
	assert_string_equal(scene_tell(s.a, then), "A(0.00) B(2.00) C(1.00) = 3.00 no action");
	arena_free(s.a);
	v = fixed_scan(&s, "composites { X { expression = A, score = 5 } }", &envelope);
	then = scan_what_if(v, scan_config_find_rule(s.config, SPAN("X")));
	assert_string_equal(scene_tell(s.a, then),
		"-A(0.00) B(2.00) C(4.00) X(0.00) = 6.00 add header");
	arena_free(s.a);
}

static void a_wrong_option_leaves_its_default(void **state)
{
	struct scene s;

	(void)state;
	(void)fixed_tell(&s, "options { task_timeout = 1h }", "A");
	assert_int_equal(s.report.errors, 1);
	assert_true(scan_config_timeout(s.config) == 8);
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_become_actions),
		cmocka_unit_test(the_sum_of_what_is_shown_is_the_score),
		cmocka_unit_test(a_forced_action_wins_over_the_score),
		cmocka_unit_test(without_reject_the_highest_threshold_is_the_required_score),
		cmocka_unit_test(what_a_verdict_would_be_without_a_symbol),
		cmocka_unit_test(a_wrong_option_leaves_its_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
