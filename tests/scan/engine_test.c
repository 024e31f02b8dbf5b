#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "law.h"
#include "scene.h"

/* ---- checks of the test ---- */

enum { POLICY_OK, POLICY_BAD };

static const struct scan_symbol nested_symbols[] = {
	[POLICY_OK] = {.name = "POLICY_OK",
		.score = -1,
		.group = "policies",
		.meaning = "the policy allows it"},
	[POLICY_BAD] = {.name = "POLICY_BAD",
		.score = 2,
		.group = "policies",
		.meaning = "the policy forbids it"},
};

/* Three questions, each from the answer to the one before. */
static enum rc run_nested(struct scan *s)
{
	const struct dns_answer *txt, *a, *ptr;
	enum rc rc = dns_need_txt(s->needs, SPAN("policy.example"), &txt);

	if (rc != RC_OK)
		return rc;
	if (txt->n == 0)
		return RC_OK;
	rc = dns_need_a(s->needs, txt->v[0].text, &a);
	if (rc != RC_OK)
		return rc;
	if (a->n == 0)
		return RC_OK;
	rc = dns_need_ptr(s->needs, a->v[0].text, &ptr);
	if (rc != RC_OK)
		return rc;
	if (ptr->n > 0)
		scan_add_text(s, POLICY_OK, 1, ptr->v[0].text);
	else
		scan_add_text(s, POLICY_BAD, 1, a->v[0].text);
	return RC_OK;
}

static const struct check check_nested = {
	.name = "nested",
	.help = "Asks one thing after the other.",
	.stage = SCAN_MAIN,
	.symbols = nested_symbols,
	.symbol_count = ARRAY_LEN(nested_symbols),
	.needs_most = 10,
	.run = run_nested,
};

enum { LISTED };

static const struct scan_symbol lists_symbols[] = {
	[LISTED] = {.name = "LISTED", .score = 0.5, .group = "lists", .meaning = "a list has it"},
};

/* Thirty questions at once. What has no answer is passed over and told at the end. */
static enum rc run_lists(struct scan *s)
{
	enum rc result = RC_OK;

	for (int i = 0; i < 30; i++) {
		struct span name = arena_printf(s->arena, "2.0.0.127.l%02d.example", i);
		const struct dns_answer *a;
		enum rc rc = dns_need_a(s->needs, name, &a);

		if (rc == RC_TEMPFAIL)
			result = rc;
		else if (rc == RC_OK && a->n > 0)
			scan_add_printf(s, LISTED, 1, "l%02d", i);
	}
	return need_pending(s->needs) ? RC_WAIT : result;
}

static const struct check check_lists = {
	.name = "lists",
	.help = "Asks thirty things at once.",
	.stage = SCAN_MAIN,
	.symbols = lists_symbols,
	.symbol_count = ARRAY_LEN(lists_symbols),
	.needs_most = 30,
	.run = run_lists,
};

enum { GREEDY };

static const struct scan_symbol greedy_symbols[] = {
	[GREEDY] = {.name = "GREEDY", .score = 1, .meaning = "asked too much"},
};

static enum rc run_greedy(struct scan *s)
{
	const struct dns_answer *a;
	enum rc rc = dns_need_a(s->needs, SPAN("one.example"), &a);

	scan_add(s, GREEDY);
	if (rc == RC_OK)
		rc = dns_need_a(s->needs, SPAN("two.example"), &a);
	return rc;
}

static const struct check check_greedy = {
	.name = "greedy",
	.help = "Asks more than it may.",
	.stage = SCAN_MAIN,
	.symbols = greedy_symbols,
	.symbol_count = ARRAY_LEN(greedy_symbols),
	.needs_most = 1,
	.run = run_greedy,
};

static const struct scan_symbol first_symbols[] = {
	{.name = "FIRST", .score = 1, .meaning = "of the first stage"},
};

static enum rc run_first(struct scan *s)
{
	scan_add(s, 0);
	return RC_OK;
}

static const struct check check_first = {.name = "first",
	.help = "Runs first.",
	.stage = SCAN_FIRST,
	.symbols = first_symbols,
	.symbol_count = 1,
	.run = run_first};

static const struct scan_symbol reader_symbols[] = {
	{.name = "READER", .score = 3, .meaning = "saw what it comes after"},
};

static const char *const reader_after[] = {"nested", NULL};

/* Reads a symbol of a check that may have to wait, and one of an earlier stage. */
static enum rc run_reader(struct scan *s)
{
	if (scan_has(s, "POLICY_OK") && scan_has(s, "FIRST") && !scan_has(s, "POLICY_BAD"))
		scan_add(s, 0);
	return RC_OK;
}

static const struct check check_reader = {.name = "reader",
	.help = "Comes after nested.",
	.stage = SCAN_MAIN,
	.symbols = reader_symbols,
	.symbol_count = 1,
	.after = reader_after,
	.run = run_reader};

static const struct scan_symbol last_symbols[] = {
	{.name = "LAST", .score = 0, .meaning = "the score before it"},
};

static enum rc run_last(struct scan *s)
{
	scan_add_printf(s, 0, 1, "%.1f", scan_score(s));
	return RC_OK;
}

static const struct check check_last = {.name = "last",
	.help = "Runs last.",
	.stage = SCAN_LAST,
	.symbols = last_symbols,
	.symbol_count = 1,
	.run = run_last};

enum { MANY, ONCE, ROW };

static const struct scan_symbol shots_symbols[] = {
	[MANY] = {.name = "MANY", .score = 1, .meaning = "each counts"},
	[ONCE] = {.name = "ONCE", .score = 2, .meaning = "the heaviest counts", .one_shot = true},
	[ROW] = {.name = "CHECK_SHOTS",
		.score = 0,
		.meaning = "stands for the check",
		.kind = SCAN_CALLBACK},
};

static enum rc run_shots(struct scan *s)
{
	scan_add_text(s, MANY, 1, SPAN("a"));
	scan_add_text(s, MANY, 0.5, SPAN("b"));
	scan_add_text(s, MANY, 1, SPAN("a"));
	scan_add(s, MANY);
	scan_add_text(s, ONCE, 0.5, SPAN("x"));
	scan_add_text(s, ONCE, 2, SPAN("y"));
	scan_add_text(s, ONCE, 1, SPAN("z"));
	return RC_OK;
}

static const struct check check_shots = {.name = "shots",
	.help = "Adds symbols several times.",
	.stage = SCAN_MAIN,
	.symbols = shots_symbols,
	.symbol_count = ARRAY_LEN(shots_symbols),
	.run = run_shots};

/* Symbols that only the configuration knows. */
struct named_options {
	struct conf_list symbols;
};

static const struct conf_option named_rows[] = {
	CONF_LIST(struct named_options, symbols, "symbols", NULL, "Names."),
};

static const struct scan_symbol named_symbols[] = {
	{.name = "STOCK", .score = 1, .meaning = "has a row"},
	{.name = "NAMED_CHECK", .kind = SCAN_CALLBACK},
};

struct named {
	int *indexes;
	size_t n;
};

static void *prepare_named(struct scan_preparing *p, const void *filled)
{
	const struct named_options *o = filled;
	struct named *named = ARENA_NEW(p->arena, struct named);

	named->indexes = ARENA_ARRAY(p->arena, int, o->symbols.n);
	for (size_t i = 0; i < o->symbols.n; i++) {
		struct scan_symbol row = {.name = arena_string(p->arena, o->symbols.v[i]),
			.score = 0.25,
			.meaning = "named by the configuration"};

		named->indexes[named->n++] =
			scan_prepare_symbol(p, &row, conf_origin_of(p->section, "symbols"));
	}
	return named;
}

static enum rc run_named(struct scan *s)
{
	const struct named *named = s->prepared;

	for (size_t i = 0; i < named->n; i++)
		if (named->indexes[i] >= 0)
			scan_add_printf(s, (unsigned)named->indexes[i], 1, "%zu", i);
	return RC_OK;
}

static const struct check check_named = {.name = "named",
	.help = "Has symbols of the configuration.",
	.stage = SCAN_MAIN,
	.symbols = named_symbols,
	.symbol_count = ARRAY_LEN(named_symbols),
	.options = named_rows,
	.option_count = ARRAY_LEN(named_rows),
	.options_size = sizeof(struct named_options),
	.prepare = prepare_named,
	.run = run_named};

/* Settings that hold for everybody. */
static enum rc run_settings(struct scan *s)
{
	scan_use_settings(s, 0, SPAN("all"));
	return RC_OK;
}

static const struct check check_settings = {.name = "choose",
	.help = "Chooses settings.",
	.stage = SCAN_FIRST,
	.run = run_settings};

/* The same action twice: the second one leaves more severe ones alone. */
static const struct scan_symbol forces_symbols[] = {
	{.name = "FORCES", .score = 20, .meaning = "forces an action"},
};

static enum rc run_forces(struct scan *s)
{
	scan_add(s, 0);
	scan_force(s, "add header", 0, SPAN("first"));
	scan_force_least(s, "add header", 1, SPAN("second"));
	return RC_OK;
}

static const struct check check_forces = {.name = "forces",
	.help = "Forces an action twice.",
	.stage = SCAN_MAIN,
	.symbols = forces_symbols,
	.symbol_count = 1,
	.run = run_forces};

/* Somebody else counts as the client. */
static const struct scan_symbol client_symbols[] = {
	{.name = "CLIENT", .score = 0, .meaning = "the client"},
};

static enum rc run_relay(struct scan *s)
{
	struct msg_client client = {SPAN("198.51.100.7"), SPAN("mail.example"),
		SPAN("helo.example")};

	scan_set_client(s, &client);
	/* not before the stage is over */
	must(span_equal(s->msg->envelope.address, SPAN("192.0.2.1")));
	return RC_OK;
}

static const struct check check_relay = {.name = "relay",
	.help = "Trusts a relay.",
	.stage = SCAN_FIRST,
	.run = run_relay};

static enum rc run_client(struct scan *s)
{
	const struct msg_envelope *e = &s->msg->envelope;

	scan_add_printf(s, 0, 1, "%.*s %.*s %.*s %d", SPAN_ARG(e->address), SPAN_ARG(e->hostname),
		SPAN_ARG(e->helo), scan_is_local(s));
	return RC_OK;
}

static const struct check check_client = {.name = "client",
	.help = "Tells who the client is.",
	.stage = SCAN_MAIN,
	.symbols = client_symbols,
	.symbol_count = 1,
	.run = run_client};

static const struct check *const all[] = {&check_first, &check_nested, &check_lists, &check_reader,
	&check_last};

static const char zone[] = "policy.example TXT \"good.example\"\n"
			   "good.example A 192.0.2.7\n"
			   "7.2.0.192.in-addr.arpa PTR mail.example\n"
			   "2.0.0.127.l03.example A 127.0.0.2\n"
			   "2.0.0.127.l17.example A 127.0.0.2\n";

static struct law_case law_case_of(const struct scan_config *config, const char *zone_text)
{
	return (struct law_case){.config = config,
		.bytes = SPAN("Subject: x\n\ny\n"),
		.zone = zone_text,
		.now = 1e9};
}

/* ---- tests ---- */

static void nested_and_parallel_questions_end_in_one_verdict(void **state)
{
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "", all, ARRAY_LEN(all));
	c = law_case_of(s.config, zone);
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"FIRST(1.00) POLICY_OK(-1.00)[mail.example] LISTED(1.00)[l03,l17] READER(3.00) "
		"LAST(0.00)[4.0] = 4.00 greylist");
	assert_int_equal(v->asked, 33);
	assert_int_equal(v->runs, 5);
	arena_free(s.a);
}

static void answers_in_any_order_give_the_same_verdict(void **state)
{
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;
	const char *wrong;

	(void)state;
	scene_open(&s, "", all, ARRAY_LEN(all));
	c = law_case_of(s.config, zone);
	wrong = law_try_orders(&c, s.a, 1000);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	(void)law_scan_late(&c, s.a, span_from(NULL, 0), 1, &v);
	print_message(
		"nested and thirty parallel questions, answered one by one: %u runs of 5 checks, "
		"%u questions, %llu us\n",
		v->runs, v->asked, (unsigned long long)v->microseconds);
	/* nested waits three times; the lists are run again only when all thirty are there */
	assert_int_equal(v->runs, 5 + 3 + 1);
	arena_free(s.a);
}

static void each_question_without_an_answer_is_survived_and_named(void **state)
{
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;
	const char *wrong;
	size_t tried = 0;

	(void)state;
	scene_open(&s, "", all, ARRAY_LEN(all));
	c = law_case_of(s.config, zone);
	wrong = law_try_failures(&c, s.a, &tried);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	assert_int_equal(tried, 33);
	(void)law_scan_late(&c, s.a, SPAN("A good.example"), 1, &v);
	assert_string_equal(scene_tell(s.a, v),
		"FIRST(1.00) LISTED(1.00)[l03,l17] LAST(0.00)[2.0] "
		"?nested(tempfail: dns A good.example: made to fail) = 2.00 no action");
	(void)law_scan_late(&c, s.a, SPAN("A 2.0.0.127.l03.example"), 1, &v);
	assert_string_equal(scene_tell(s.a, v),
		"FIRST(1.00) POLICY_OK(-1.00)[mail.example] LISTED(0.50)[l17] READER(3.00) "
		"LAST(0.00)[3.5] ?lists(tempfail: dns A 2.0.0.127.l03.example: made to fail) "
		"= 3.50 no action");
	arena_free(s.a);
}

static void at_the_deadline_the_checks_finish_by_their_normal_path(void **state)
{
	struct law_late late = {0};
	struct need_memo *memo;
	struct scan_task *task;
	struct msg_envelope envelope = {0};
	struct scene s;

	(void)state;
	scene_open(&s, "", all, ARRAY_LEN(all));
	late.driver = (struct need_driver){.kind = &dns_kind, .ctx = &late, .ask = law_ask};
	memo = need_memo_make(s.a, 0);
	need_memo_use(memo, &late.driver);
	task = scan_start(s.config, msg_make(s.a, &envelope, SPAN("")), memo);
	assert_int_equal(scan_step(task), SCAN_WAITS);
	assert_int_equal(scan_step(task), SCAN_WAITS);
	assert_int_equal(need_memo_open(memo), 31);
	need_memo_expire(memo, "no answer in 8 s");
	assert_int_equal(scan_step(task), SCAN_DONE);
	assert_string_equal(scene_tell(s.a, scan_verdict(task)),
		"FIRST(1.00) LAST(0.00)[1.0] ?nested(tempfail: dns TXT policy.example: no answer in 8 s) "
		"?lists(tempfail: dns A 2.0.0.127.l29.example: no answer in 8 s) = 1.00 no action");
	arena_free(s.a);
}

static void a_record_replays_the_verdict_without_the_world(void **state)
{
	static const struct need_kind *const kinds[] = {&dns_kind};
	struct msg_envelope envelope = {0};
	struct need_memo *memo;
	struct span expected;
	struct law_case c;
	struct scene s;
	struct buf record;
	struct why why;

	(void)state;
	scene_open(&s, "", all, ARRAY_LEN(all));
	c = law_case_of(s.config, zone);
	expected = law_scan_at_once(&c, s.a, NULL, &memo);
	buf_init(&record, s.a, 1 << 20);
	need_memo_print(memo, &record);
	for (int i = 0; i < 100; i++) {
		struct arena *a = arena_make();
		const struct scan_verdict *v;

		assert_int_equal(need_memo_read(a, buf_span(&record), kinds, ARRAY_LEN(kinds),
					 &memo, &why),
			RC_OK);
		v = scan_whole(s.config, msg_make(a, &envelope, c.bytes), memo);
		assert_true(span_equal(law_print(a, s.config, v), expected));
		arena_free(a);
	}
	arena_free(s.a);
}

static void asking_too_much_is_named_and_what_was_found_counts(void **state)
{
	static const struct check *const checks[] = {&check_greedy};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "", checks, 1);
	c = law_case_of(s.config, "");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"GREEDY(1.00) ?greedy(limit: it would have asked more than it may) = 1.00 no action");
	arena_free(s.a);
}

static void a_symbol_added_again_counts_by_its_kind(void **state)
{
	static const struct check *const checks[] = {&check_shots};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "", checks, 1);
	c = law_case_of(s.config, "");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"MANY(2.50)[a,b] ONCE(4.00)[x,y,z] = 6.50 add header");
	arena_free(s.a);
}

static const struct {
	const char *name;
	const char *conf;
	const char *verdict;
} switches[] = {
	{"a symbol by its section", "symbols { MANY { enabled = false } }",
		"ONCE(4.00)[x,y,z] = 4.00 greylist"},
	{"a check by its section", "shots { enabled = false }", "= 0.00 no action"},
	{"a check by its callback", "symbols { CHECK_SHOTS { enabled = false } }",
		"= 0.00 no action"},
	{"a group",
		"group g { enabled = false, symbols { ONCE { groups = g } } } symbols { ONCE { groups = g } }",
		"MANY(2.50)[a,b] = 2.50 no action"},
	{"all symbols of a check", "symbols { MANY { enabled = no } ONCE { disabled = yes } }",
		"= 0.00 no action"},
};

static void checks_symbols_and_groups_are_switched_off(void **state)
{
	static const struct check *const checks[] = {&check_shots};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		const struct scan_verdict *v;
		struct law_case c;
		struct scene s;

		scene_open(&s, switches[i].conf, checks, 1);
		c = law_case_of(s.config, "");
		(void)law_scan_at_once(&c, s.a, &v, NULL);
		if (s.report.errors + s.report.warnings > 0)
			fail_msg("%s: %s", switches[i].name, scene_report(&s));
		if (strcmp(scene_tell(s.a, v), switches[i].verdict) != 0)
			fail_msg("%s: %s", switches[i].name, scene_tell(s.a, v));
		arena_free(s.a);
	}
}

static void the_configuration_may_name_symbols(void **state)
{
	static const struct check *const two[] = {&check_first, &check_named};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s,
		"named { symbols = [OWN_A, STOCK, OWN_B, OWN_A, OWN_C] }"
		"symbols { OWN_B = 4; OWN_C { enabled = false } }",
		two, ARRAY_LEN(two));
	c = law_case_of(s.config, "");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"FIRST(1.00) STOCK(1.00)[1] OWN_A(0.50)[0,3] OWN_B(4.00)[2] = 6.50 add header");
	assert_string_equal(scene_report(&s), "");
	arena_free(s.a);
}

/* CLIENT is of a check behind the one that is prepared. */
static void a_symbol_that_cannot_be_named_is_told_with_its_place(void **state)
{
	static const struct check *const three[] = {&check_first, &check_named, &check_client};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "named {\n\tsymbols = [FIRST, CLIENT, NAMED_CHECK, \"NOT ONE\", OWN]\n}",
		three, ARRAY_LEN(three));
	assert_string_equal(scene_report(&s),
		"test.conf:2:2: FIRST is a symbol of another check\n"
		"test.conf:2:2: CLIENT is a symbol of another check\n"
		"test.conf:2:2: NAMED_CHECK stands for a whole check\n"
		"test.conf:2:2: NOT ONE is no name for a symbol: letters, digits and _ make one\n");
	c = law_case_of(s.config, "");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"FIRST(1.00) CLIENT(0.00)[   0] OWN(0.25)[4] = 1.25 no action");
	arena_free(s.a);
}

static void settings_know_symbols_of_the_configuration(void **state)
{
	static const struct check *const two[] = {&check_settings, &check_named};
	static const struct {
		const char *conf, *verdict;
		unsigned runs;
	} cases[] = {
		{"group { g { } } named { symbols = OWN } "
		 "settings { all { apply { groups_enabled = g } } }",
			"= 0.00 no action", 1},
		{"named { symbols = OWN } settings { all { apply { symbols_enabled = OWN } } }",
			"OWN(0.25)[0] = 0.25 no action", 2},
		{"named { symbols = OWN } settings { all { apply { symbols_disabled = [OWN, STOCK] "
		 "} } }",
			"= 0.00 no action", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct scan_verdict *v;
		struct law_case c;
		struct scene s;

		scene_open(&s, cases[i].conf, two, ARRAY_LEN(two));
		assert_string_equal(scene_report(&s), "");
		c = law_case_of(s.config, "");
		(void)law_scan_at_once(&c, s.a, &v, NULL);
		assert_string_equal(scene_tell(s.a, v), cases[i].verdict);
		assert_int_equal(v->runs, cases[i].runs);
		arena_free(s.a);
	}
}

static void the_last_force_says_whether_it_is_the_least(void **state)
{
	static const struct check *const checks[] = {&check_forces};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "", checks, 1);
	c = law_case_of(s.config, "");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v), "FORCES(20.00) = 20.00 reject");
	arena_free(s.a);
}

static void behind_a_relay_somebody_else_is_the_client(void **state)
{
	static const struct check *const two[] = {&check_relay, &check_client};
	const struct scan_verdict *v;
	struct law_case c;
	struct scene s;

	(void)state;
	scene_open(&s, "options { local_addrs = [\"192.0.2.0/24\"] }", two, ARRAY_LEN(two));
	c = law_case_of(s.config, "");
	c.envelope.address = SPAN("192.0.2.1");
	(void)law_scan_at_once(&c, s.a, &v, NULL);
	assert_string_equal(scene_tell(s.a, v),
		"CLIENT(0.00)[198.51.100.7 mail.example helo.example 0] = 0.00 no action");
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_and_parallel_questions_end_in_one_verdict),
		cmocka_unit_test(answers_in_any_order_give_the_same_verdict),
		cmocka_unit_test(each_question_without_an_answer_is_survived_and_named),
		cmocka_unit_test(at_the_deadline_the_checks_finish_by_their_normal_path),
		cmocka_unit_test(a_record_replays_the_verdict_without_the_world),
		cmocka_unit_test(asking_too_much_is_named_and_what_was_found_counts),
		cmocka_unit_test(a_symbol_added_again_counts_by_its_kind),
		cmocka_unit_test(checks_symbols_and_groups_are_switched_off),
		cmocka_unit_test(the_configuration_may_name_symbols),
		cmocka_unit_test(a_symbol_that_cannot_be_named_is_told_with_its_place),
		cmocka_unit_test(settings_know_symbols_of_the_configuration),
		cmocka_unit_test(the_last_force_says_whether_it_is_the_least),
		cmocka_unit_test(behind_a_relay_somebody_else_is_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
