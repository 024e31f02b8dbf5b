#include "scan/scan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fixed.h"

/* A check that chooses for each recipient the settings that are named as its user: reject@example.org. */

static const struct scan_symbol choose_symbols[] = {
	{.name = "CHOOSE", .kind = SCAN_CALLBACK},
	{.name = "SEEN", .score = 0.5, .meaning = "seen in stage first"},
};

static enum rc choose_run(struct scan *s)
{
	const struct msg_envelope *e = &s->msg->envelope;

	if (span_equal(e->hostname, SPAN("seen")))
		scan_add(s, 1);
	if (span_equal(e->hostname, SPAN("force")))
		scan_force(s, "reject", 1, SPAN("forced"));
	if (e->rcpt_count == 0)
		scan_use_settings(s, 0, SPAN("nobody"));
	for (size_t i = 0; i < e->rcpt_count; i++)
		scan_use_settings(s, i,
			span_slice(e->rcpts[i], 0, span_find_byte(e->rcpts[i], '@')));
	return RC_OK;
}

static const struct check choose_check = {.name = "choose",
	.help = "Chooses settings by recipient.",
	.stage = SCAN_FIRST,
	.symbols = choose_symbols,
	.symbol_count = ARRAY_LEN(choose_symbols),
	.run = choose_run};

/* A second one in stage main, to see that it does not run; and one in stage last, that sees a score. */

static unsigned other_runs;

static const struct scan_symbol other_symbols[] = {
	{.name = "OTHER_CHECK", .kind = SCAN_CALLBACK},
	{.name = "OTHER", .score = 0.25, .group = "others", .meaning = "other"},
	{.name = "OTHER_TOO", .score = 0.25, .group = "others", .meaning = "other"},
};

static enum rc other_run(struct scan *s)
{
	other_runs++;
	scan_add(s, 1);
	return RC_OK;
}

static const struct check other_check = {.name = "other",
	.help = "Always finds something.",
	.stage = SCAN_MAIN,
	.symbols = other_symbols,
	.symbol_count = ARRAY_LEN(other_symbols),
	.run = other_run};

static const struct scan_symbol last_symbols[] = {
	{.name = "SO_FAR", .score = 0, .meaning = "the score so far"},
};

static enum rc last_run(struct scan *s)
{
	scan_add_printf(s, 0, 1, "%.2f", scan_score(s));
	return RC_OK;
}

static const struct check last_check = {.name = "last",
	.help = "Tells the score so far.",
	.stage = SCAN_LAST,
	.symbols = last_symbols,
	.symbol_count = ARRAY_LEN(last_symbols),
	.run = last_run};

static const struct check *const checks[] = {&choose_check, &fixed_check, &other_check};
static const struct check *const checks_and_last[] = {&choose_check, &fixed_check, &last_check};

static struct msg_envelope read_envelope(struct arena *a, const char *rcpts, const char *symbols)
{
	struct span *list = ARENA_ARRAY(a, struct span, MSG_RECIPIENTS_MOST);
	struct msg_envelope e = {.rcpts = list, .helo = span_of(symbols)};

	for (struct span rest = span_of(rcpts), item; span_next(&rest, ' ', &item);)
		if (item.n > 0)
			list[e.rcpt_count++] = arena_printf(a, "%.*s@example.org", SPAN_ARG(item));
	return e;
}

static void tell_share(struct buf *out, const struct msg *msg, const struct scan_share *share)
{
	buf_add_string(out, " |");
	for (size_t i = 0; i < share->rcpt_count; i++) {
		struct span rcpt = msg->envelope.rcpts[share->rcpts[i]];

		buf_printf(out, " %.*s", SPAN_ARG(span_slice(rcpt, 0, span_find_byte(rcpt, '@'))));
	}
	buf_printf(out, ": %.*s %.2f %.*s", SPAN_ARG(share->verdict->settings),
		share->verdict->score, SPAN_ARG(share->verdict->action->name));
}

/* As scene_tell, then " | rcpt rcpt: settings score action" for each share. */
static const char *tell(struct scene *s, const struct scan_verdict *v)
{
	struct buf out;

	buf_init(&out, s->a, 1 << 20);
	buf_add_string(&out, scene_tell(s->a, v));
	for (size_t i = 0; i < v->share_count; i++)
		tell_share(&out, scan_verdict_msg(v), &v->shares[i]);
	return arena_string(s->a, buf_span(&out));
}

static const struct scan_verdict *scan(struct scene *s, const char *conf,
	const struct check *const table[], size_t n, const struct msg_envelope *envelope)
{
	scene_open(s, conf, table, n);
	return scan_whole(s->config, msg_make(s->a, envelope, SPAN("Subject: x\n\ny\n")),
		need_memo_make(s->a, 0));
}

static const char *scan_and_tell(struct scene *s, const char *conf, const char *rcpts,
	const char *symbols)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, rcpts, symbols);
	const char *told = tell(s, scan(s, conf, checks, ARRAY_LEN(checks), &e));

	arena_free(a);
	return told;
}

static const struct {
	const char *name, *conf, *rcpts, *symbols, *expected;
} cases[] = {
	{"without settings there are no shares", "", "a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 no action"},
	{"settings of nobody here change nothing", "settings { c { apply { A = 9 } } }", "a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 no action"},
	{"another score", "settings { a { apply { A = 9 } } }", "a", "A",
		"A(9.00) OTHER(0.25) = 9.25 add header"},
	{"scores in a section of their own", "settings { a { apply { scores { A = 9 } } } }", "a",
		"A*2", "A(18.00) OTHER(0.25) = 18.25 reject"},
	{"settings without recipients", "settings { nobody { apply { A = 9 } } }", "", "A",
		"A(9.00) OTHER(0.25) = 9.25 add header"},
	{"another threshold", "settings { a { apply { actions { reject = 1 } } } }", "a", "A",
		"A(1.00) OTHER(0.25) = 1.25 reject"},
	{"null takes a threshold away",
		"settings { a { apply { actions { reject = null, \"add header\" = null } } } }",
		"a", "A*20", "A(20.00) OTHER(0.25) = 20.25 greylist"},
	{"a symbol is switched off", "settings { a { apply { symbols_disabled = [B] } } }", "a",
		"A B", "A(1.00) OTHER(0.25) = 1.25 no action"},
	{"a callback switches its check off",
		"settings { a { apply { symbols_disabled = OTHER_CHECK } } }", "a", "A",
		"A(1.00) = 1.00 no action"},
	{"a group is switched off", "settings { a { apply { groups_disabled = [g2] } } }", "a",
		"A B C", "A(1.00) OTHER(0.25) = 1.25 no action"},
	{"only some symbols", "settings { a { apply { symbols_enabled = [B] } } }", "a", "A B C",
		"B(2.00) = 2.00 no action"},
	{"only a group", "settings { a { apply { groups_enabled = g1 } } }", "a", "A B C",
		"A(1.00) B(2.00) = 3.00 no action"},
	{"only a group and a symbol",
		"settings { a { apply { groups_enabled = g1, symbols_enabled = C } } }", "a",
		"A B C", "A(1.00) B(2.00) C(4.00) = 7.00 add header"},
	{"only a group without one of its symbols",
		"settings { a { apply { groups_enabled = g1, symbols_disabled = A } } }", "a",
		"A B C", "B(2.00) = 2.00 no action"},
	{"a callback switches its check on",
		"settings { a { apply { symbols_enabled = OTHER_CHECK } } }", "a", "A",
		"OTHER(0.25) = 0.25 no action"},
	{"an added symbol with a score of the settings",
		"settings { a { symbols = [MINE], apply { MINE = 3 } } }", "a", "A",
		"A(1.00) OTHER(0.25) MINE(3.00) = 4.25 greylist"},
	{"an added symbol with a score of groups",
		"settings { a { apply { symbols = [MINE] } } } symbols { MINE = 2 }", "a", "A",
		"A(1.00) OTHER(0.25) MINE(2.00) = 3.25 no action"},
	{"an added symbol with a factor",
		"settings { a { apply { symbols { MINE = 2, B { weight = 0.5 } } } } } "
		"symbols { MINE = 2 }",
		"a", "A", "A(1.00) B(1.00) OTHER(0.25) MINE(4.00) = 6.25 add header"},
	{"an added symbol without a score",
		"settings { a { symbols = MINE } } actions { unknown_weight = 0.5 }", "a", "A",
		"A(1.00) OTHER(0.25) MINE(0.50) = 1.75 no action"},
	{"an added symbol beside only some",
		"settings { a { symbols = MINE, apply { symbols_enabled = A, MINE = 1 } } }", "a",
		"A B", "A(1.00) MINE(1.00) = 2.00 no action"},
	{"an added symbol in a composite",
		"settings { a { symbols = MINE } } "
		"composites { X { expression = \"MINE & A\", score = 5, policy = leave } }",
		"a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 no action | b:  1.25 no action | a: a 6.25 add header"},
	{"composites see what the settings left",
		"settings { a { apply { symbols_disabled = B } } } "
		"composites { X { expression = \"A & !B\", score = 5, policy = leave } }",
		"a", "A B", "A(1.00) OTHER(0.25) X(5.00) = 6.25 add header"},
	{"a composite is switched off",
		"settings { a { apply { symbols_disabled = X } } } "
		"composites { X { expression = A, score = 5 } }",
		"a", "A", "A(1.00) OTHER(0.25) = 1.25 no action"},
	{"another score of a composite",
		"settings { a { apply { X = 7 } } } composites { X { expression = A, score = 5 } }",
		"a", "A", "-A(0.00) OTHER(0.25) X(7.00) = 7.25 add header"},
	{"wanted mail", "settings { a { whitelist = true } }", "a", "A*20", "= 0.00 no action"},
	{"wanted mail by its other name", "settings { a { want_spam = yes } }", "a", "A*20",
		"= 0.00 no action"},
	{"wanted by one, so nobody loses it", "settings { a { whitelist = true } }", "a b", "A*20",
		"= 0.00 no action | a: a 0.00 no action | b:  20.25 reject"},
	{"rejected only when all do",
		"settings { a { apply { actions { reject = 1 } } } b { apply { A = 20 } } }", "a b",
		"A", "A(1.00) OTHER(0.25) = 1.25 reject | a: a 1.25 reject | b: b 20.25 reject"},
	{"not rejected when one does not",
		"settings { a { apply { actions { reject = 1 } } } b { apply { A = 7 } } }",
		"a b c", "A",
		"A(1.00) OTHER(0.25) = 1.25 no action | c:  1.25 no action | a: a 1.25 reject | "
		"b: b 7.25 add header"},
	{"recipients with the same settings share a verdict", "settings { a { apply { A = 7 } } }",
		"a b a c", "A",
		"A(1.00) OTHER(0.25) = 1.25 no action | b c:  1.25 no action | a a: a 7.25 add "
		"header"},
	{"all have the same settings", "settings { a { id = \"the id\", apply { A = 7 } } }",
		"a a a", "A", "A(7.00) OTHER(0.25) = 7.25 add header"},
	{"gone for all, so its sender is told",
		"settings { a { apply { actions { discard = 1, reject = null } } } "
		"b { apply { actions { reject = 1 } } } }",
		"a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 reject | b: b 1.25 reject | a: a 1.25 discard"},
	{"discarded only when all do",
		"settings { a { apply { actions { discard = 1 } } } "
		"b { apply { A = 1, actions { discard = 1 } } } }",
		"a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 discard | a: a 1.25 discard | b: b 1.25 discard"},
	{"held back rather than rejected",
		"settings { a { apply { actions { quarantine = 1 } } } "
		"b { apply { actions { reject = 1 } } } }",
		"a b", "A",
		"A(1.00) OTHER(0.25) = 1.25 quarantine | a: a 1.25 quarantine | b: b 1.25 reject"},
	{"points that grow", "actions { grow_factor = 1.5 } symbols { A = 3, B = 6 }", "a", "A B D",
		"A(5.99) B(11.98) D(-3.00) OTHER(0.50) = 15.47 reject"},
};

static void settings_change_the_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s;
		const char *got =
			scan_and_tell(&s, cases[i].conf, cases[i].rcpts, cases[i].symbols);

		if (s.report.errors + s.report.warnings > 0)
			fail_msg("%s: %s", cases[i].name, scene_report(&s));
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("%s:\n  found    %s\n  expected %s", cases[i].name, got,
				cases[i].expected);
		arena_free(s.a);
	}
}

static void the_sum_of_what_is_shown_is_the_score(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct msg_envelope e = read_envelope(a, cases[i].rcpts, cases[i].symbols);
		struct scene s;
		const struct scan_verdict *v =
			scan(&s, cases[i].conf, checks, ARRAY_LEN(checks), &e);
		double sum = 0;

		for (size_t k = 0; k < v->hit_count; k++)
			sum += v->hits[k].score;
		assert_true(fabs(sum - v->score) < 1e-9);
		arena_free(s.a);
		arena_free(a);
	}
}

static const struct {
	const char *name, *conf, *report;
} wrong[] = {
	{"a slip in a key of apply", "settings { a { apply { simbols_enabled = [A] } } }",
		"test.conf:1:24: settings.a.apply: \"simbols_enabled\" is no setting, and no score of "
		"a symbol; did you mean \"symbols_enabled\"?\n"},
	{"a score that is none", "settings { a { apply { A = high } } }",
		"test.conf:1:24: the score of A must be a number up to 1000000, not text\n"},
	{"symbols that are not there",
		"settings { a { apply { X1 = 1, X2 = 2, symbols_disabled = [X3], groups_enabled = "
		"[X4] } } }",
		"test.conf:1:12: settings.a names 4 unknown symbols or groups: X1, X2, X4, ... "
		"(warning)\n"},
	{"a header field that cannot be",
		"settings { a { apply { add_headers { \"X Y\" = 1 } } } }",
		"test.conf:1:38: \"X Y\" is no name of a header field\n"},
};

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct scene s;

		scene_open(&s, wrong[i].conf, checks, ARRAY_LEN(checks));
		if (strcmp(scene_report(&s), wrong[i].report) != 0)
			fail_msg("%s:\n%s", wrong[i].name, scene_report(&s));
		arena_free(s.a);
	}
}

static void a_check_that_nobody_wants_does_not_run(void **state)
{
	static const char conf[] = "settings { a { apply { groups_disabled = others } } "
				   "b { whitelist = yes } c { apply { A = 2 } } }";
	struct scene s;

	(void)state;
	other_runs = 0;
	(void)scan_and_tell(&s, conf, "a b a", "A");
	assert_int_equal(other_runs, 0);
	arena_free(s.a);
	(void)scan_and_tell(&s, conf, "a b c", "A");
	assert_int_equal(other_runs, 1);
	arena_free(s.a);
}

static void stage_first_stands_also_for_wanted_mail(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, "a", "A*20");
	struct scene s;

	(void)state;
	e.hostname = SPAN("seen");
	assert_string_equal(tell(&s,
				    scan(&s, "settings { a { whitelist = yes } }", checks,
					    ARRAY_LEN(checks), &e)),
		"SEEN(0.50) = 0.50 no action");
	arena_free(s.a);
	e.hostname = SPAN("force");
	assert_string_equal(tell(&s,
				    scan(&s, "settings { a { whitelist = yes } }", checks,
					    ARRAY_LEN(checks), &e)),
		"= 0.00 reject");
	arena_free(s.a);
	arena_free(a);
}

static void a_force_counts_only_where_its_check_does(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, "a b", "A");
	struct scene s;

	(void)state;
	e.user = SPAN("reject");
	assert_string_equal(
		tell(&s,
			scan(&s, "settings { a { apply { groups_disabled = [g1, g2, g3] } } }",
				checks, ARRAY_LEN(checks), &e)),
		"OTHER(0.25) = 0.25 no action | a: a 0.25 no action | b:  1.25 reject");
	arena_free(s.a);
	arena_free(a);
}

static void stage_last_sees_the_score_of_the_one_answer(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, "a b", "A");
	struct scene s;

	(void)state;
	assert_string_equal(tell(&s,
				    scan(&s, "settings { a { apply { A = 20 } } }", checks_and_last,
					    ARRAY_LEN(checks_and_last), &e)),
		"A(1.00) SO_FAR(0.00)[1.00] = 1.00 no action | b:  1.00 no action | a: a 20.00 "
		"reject");
	arena_free(s.a);
	arena_free(a);
}

static void what_if_keeps_the_settings(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, "a", "A B");
	const struct scan_verdict *v;
	struct scene s;

	(void)state;
	v = scan(&s,
		"settings { a { apply { A = 5, B = 3, actions { reject = 4, add_header = 3.5 } } } }",
		checks, ARRAY_LEN(checks), &e);
	assert_string_equal(scene_tell(s.a, v), "A(5.00) B(3.00) OTHER(0.25) = 8.25 reject");
	assert_true(v->action->threshold == 4);
	v = scan_what_if(v, scan_config_find_rule(s.config, SPAN("A")));
	assert_string_equal(scene_tell(s.a, v), "A(0.00) B(3.00) OTHER(0.25) = 3.25 no action");
	arena_free(s.a);
	arena_free(a);
}

static void too_many_settings_are_a_gap(void **state)
{
	struct arena *a = arena_make();
	struct buf conf, rcpts;
	const char *told;
	struct scene s;

	(void)state;
	buf_init(&conf, a, 1 << 20);
	buf_init(&rcpts, a, 1 << 20);
	buf_add_string(&conf, "settings { ");
	for (int i = 0; i < SCAN_SETTINGS_MOST + 10; i++) {
		buf_printf(&conf, "s%d { apply { A = %d } } ", i, i + 1);
		buf_printf(&rcpts, "%ss%d", i == 0 ? "" : " ", i);
	}
	buf_add_string(&conf, "}");
	told = scan_and_tell(&s, arena_string(a, buf_span(&conf)),
		arena_string(a, buf_span(&rcpts)), "A");
	assert_non_null(strstr(told, "?choose(limit: the recipients have too many"));
	assert_non_null(strstr(told, "| s63: s63 64.25 reject | s64 s65 s66"));
	arena_free(s.a);
	arena_free(a);
}

static void shares_as_json(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope e = read_envelope(a, "a b", "A");
	struct scene s;
	struct buf out;
	struct json j;

	(void)state;
	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_shares(scan(&s, "settings { a { id = one, apply { A = 20 } } }", checks,
				  ARRAY_LEN(checks), &e),
		&j);
	json_close(&j);
	assert_string_equal(arena_string(a, buf_span(&out)),
		"{\"recipients\":[{\"rcpts\":[\"b@example.org\"],\"action\":\"no action\","
		"\"score\":1.25,\"required_score\":15.0},{\"rcpts\":[\"a@example.org\"],\"settings\":"
		"\"one\",\"action\":\"reject\",\"score\":20.25,\"required_score\":15.0}]}");
	arena_free(s.a);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_change_the_verdict),
		cmocka_unit_test(the_sum_of_what_is_shown_is_the_score),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(a_check_that_nobody_wants_does_not_run),
		cmocka_unit_test(stage_first_stands_also_for_wanted_mail),
		cmocka_unit_test(a_force_counts_only_where_its_check_does),
		cmocka_unit_test(stage_last_sees_the_score_of_the_one_answer),
		cmocka_unit_test(what_if_keeps_the_settings),
		cmocka_unit_test(too_many_settings_are_a_gap),
		cmocka_unit_test(shares_as_json),
	};

	return cmocka_run_group_tests_name("scan/settings", tests, NULL, NULL);
}
