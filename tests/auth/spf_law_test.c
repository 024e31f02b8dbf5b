/* The law of facts on SPF: no order of answers matters, each may fail, and hostile records cost little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "spf_scene.h"

static const char rich_zone[] =
	"example.org TXT \"v=spf1 a exists:%{p}.list.example mx:m.example include:i.example ptr "
	"redirect=r.example\"\n"
	"example.org A 192.0.2.200\n"
	"1.2.0.192.in-addr.arpa PTR one.example\n"
	"1.2.0.192.in-addr.arpa PTR two.example\n"
	"1.2.0.192.in-addr.arpa PTR three.example.org\n"
	"one.example A 192.0.2.1\ntwo.example A 192.0.2.2\nthree.example.org A 192.0.2.3\n"
	"m.example MX 10 a.m.example\nm.example MX 5 b.m.example\nm.example MX 10 c.m.example\n"
	"a.m.example A 192.0.2.11\nb.m.example A 192.0.2.12\nc.m.example A 192.0.2.13\n"
	"one.example.list.example AAAA 2001:db8::1\n"
	"i.example TXT \"v=spf1 mx -all\"\ni.example MX 1 a.m.example\ni.example MX 1 one.example\n"
	"r.example TXT \"v=spf1 ~ip4:192.0.2.1 exp=x.example -all\"\n"
	"x.example TXT \"%{p} is not of %{d}\"\n";

static const struct spf_scene scenes[] = {
	{.zone = rich_zone},
	{.zone = rich_zone, .address = "198.51.100.1"},
	{.zone = rich_zone, .address = "192.0.2.12"},
	{.zone = rich_zone, .address = "192.0.2.200"},
	{.zone = "example.org TXT \"v=spf1 mx ~all\"\nexample.org MX 1 a.example\nexample.org MX 2 b.example\n"
		 "example.org MX 3 c.example\na.example TIMEOUT\nb.example A 192.0.2.1\nc.example SERVFAIL\n"},
	{.zone = "example.org TXT \"v=spf1 include:a.example include:b.example -all exp=x.example\"\n"
		 "a.example TXT \"v=spf1 exists:%{p}.example\"\nb.example SERVFAIL\n"},
	{.zone = "example.org TXT \"v=spf1 mx ~all\"\nexample.org MX 1 a.example\n"
		 "example.org MX 2 b.example\na.example A 192.0.2.1\nb.example SERVFAIL\n"},
};

static const char *print_all(struct arena *a, const struct auth_spf *spf)
{
	return arena_printf(a, "%s, %u lookups, %u void, %.*s", spf_scene_print(a, spf),
		spf->lookups, spf->voids, SPAN_ARG(spf->why))
		.p;
}

static void no_order_of_answers_matters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct arena *a = arena_make();
		const char *wanted = print_all(a, spf_scene_run(&scenes[i], a, NULL, NULL));

		for (unsigned seed = 1; seed <= 50; seed++) {
			struct spf_late late;
			const char *got = print_all(a,
				spf_scene_run_late(&scenes[i], a, span_from(NULL, 0), seed, &late));

			if (strcmp(got, wanted) != 0)
				fail_msg("scene %zu: %s\nat once: %s", i, got, wanted);
		}
		arena_free(a);
	}
}

/* The questions of an evaluation, from its record. */
static size_t list_questions(struct arena *a, const struct need_memo *memo, struct span out[200])
{
	struct span record, line, start = SPAN("{\"kind\":\"dns\",\"key\":\"");
	struct buf text;
	size_t n = 0;

	buf_init(&text, a, 1 << 20);
	need_memo_print(memo, &text);
	record = buf_span(&text);
	while (span_next_line(&record, &line) && n < 200) {
		if (!span_starts(line, start))
			continue;
		line = span_from_offset(line, start.n);
		out[n++] = span_slice(line, 0, span_find_byte(line, '"'));
	}
	return n;
}

/* temperror, or what it is when the answer does not matter, in every order the same. */
static void every_question_may_have_no_answer(void **state)
{
	size_t tried = 0, temperrors = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct arena *a = arena_make();
		struct span questions[200];
		struct need_memo *memo;
		const struct auth_spf *whole = spf_scene_run(&scenes[i], a, NULL, &memo);
		size_t n = list_questions(a, memo, questions);

		for (size_t k = 0; k < n; k++) {
			struct spf_late late;
			const struct auth_spf *first =
				spf_scene_run_late(&scenes[i], a, questions[k], 1, &late);

			tried++;
			temperrors += first->result == AUTH_SPF_TEMPERROR;
			if (first->result != AUTH_SPF_TEMPERROR && first->result != whole->result)
				fail_msg("%.*s fails: %s", SPAN_ARG(questions[k]),
					print_all(a, first));
			for (unsigned seed = 2; seed <= 5; seed++)
				assert_string_equal(print_all(a, first),
					print_all(a,
						spf_scene_run_late(&scenes[i], a, questions[k],
							seed, &late)));
		}
		arena_free(a);
	}
	assert_in_range(temperrors, 20, tried - 1);
}

static void hosts_of_an_mx_and_names_of_a_ptr_are_asked_together(void **state)
{
	struct spf_scene s = {
		.zone = "example.org TXT \"v=spf1 mx ptr ~all\"\n"
			"example.org MX 1 a.example\nexample.org MX 1 b.example\n"
			"example.org MX 1 c.example\n1.2.0.192.in-addr.arpa PTR d.example\n"
			"1.2.0.192.in-addr.arpa PTR e.example\n"};
	struct arena *a = arena_make();
	struct need_memo *memo = need_memo_make(a, 0);
	struct spf_late late = {.zone = spf_scene_driver(a, s.zone), .arena = a};
	struct need_driver driver = {.kind = &dns_kind, .ctx = &late, .ask = spf_late_ask};
	struct auth_spf_query query = spf_scene_query(&s);
	static const size_t open[] = {1, 1, 3, 1, 2};
	const struct auth_spf *out;
	struct needs needs = {0};
	unsigned seed = 1;

	(void)state;
	need_memo_use(memo, &driver);
	for (size_t i = 0; i < ARRAY_LEN(open); i++) {
		needs_init(&needs, memo, 100);
		assert_int_equal(auth_spf_evaluate(a, &needs, &query, NULL, &out), RC_WAIT);
		assert_int_equal(late.open.n, open[i]);
		while (late.open.n > 0)
			spf_late_answer(&late, memo, &seed);
	}
	needs_init(&needs, memo, 100);
	assert_int_equal(auth_spf_evaluate(a, &needs, &query, NULL, &out), RC_OK);
	arena_free(a);
}

/* Records of 64 KB. */
static const struct {
	const char *name, *repeated, *end;
	const char *result;
} hostile[] = {
	{"terms that ask", "a:none.example ", "", "permerror"},
	{"terms that do not", "ip4:198.51.100.1 ", "-all", "fail"},
	{"one letter terms", "a ", "", "permerror"},
	{"blanks", "     ", "-all", "fail"},
	{"modifiers", "x=%{d} ", "-all", "fail"},
	{"one name of macros", "%{S}", "", NULL},
	{"macros of names of the address", "%{p}", "", NULL},
	{"open macros", "%{", "", "permerror"},
	{"one long macro", ".", "", "permerror"},
	{"includes of itself", "include:example.org ", "", "permerror"},
};

static const char *make_hostile(struct arena *a, const char *repeated, const char *end)
{
	struct buf zone;

	buf_init(&zone, a, 1 << 20);
	buf_printf(&zone, "example.org TXT \"v=spf1 %s",
		*repeated == '%'           ? "exists:"
			: *repeated == '.' ? "exists:%{d"
					   : "");
	while (zone.n < 64000)
		buf_add_string(&zone, repeated);
	buf_printf(&zone, "%s\"\n1.2.0.192.in-addr.arpa PTR one.example\none.example A 192.0.2.1\n",
		end);
	return arena_string(a, buf_span(&zone));
}

static void hostile_records_cost_what_their_length_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct arena *a = arena_make(), *own = arena_make();
		struct spf_scene s = {.zone = make_hostile(a, hostile[i].repeated, hostile[i].end)};
		uint64_t start = clock_cpu_ns();
		struct spf_late late;
		const struct auth_spf *spf =
			spf_scene_run_late(&s, own, span_from(NULL, 0), 1, &late);

		if (hostile[i].result != NULL)
			assert_string_equal(auth_spf_word(spf->result), hostile[i].result);
		if (late.asked > 123)
			fail_msg("%s: %u questions", hostile[i].name, late.asked);
		/* some ten milliseconds with sanitizers; what is not linear takes minutes */
		if (clock_cpu_ns() - start > 2000000000)
			fail_msg("%s takes its time", hostile[i].name);
		/* zone, answers and what a run needs */
		if (arena_used(own) > 4 << 20)
			fail_msg("%s takes %zu bytes", hostile[i].name, arena_used(own));
		arena_free(own);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_order_of_answers_matters),
		cmocka_unit_test(every_question_may_have_no_answer),
		cmocka_unit_test(hosts_of_an_mx_and_names_of_a_ptr_are_asked_together),
		cmocka_unit_test(hostile_records_cost_what_their_length_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
