/*
 * Lists: what answers mean, and how a list goes off and comes back. The resolver is one of the test's own: it
 * answers from a table, late, so that nothing waits for a network.
 */
#include "dns/dns.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define ZONE "list.example"
#define ABSENT "1.0.0.127." ZONE
#define PRESENT "2.0.0.127." ZONE
#define WELL PRESENT " A 127.0.0.2\n"

/* ---- a resolver ---- */

struct late {
	struct need_driver driver;
	struct dns_resolver *resolver;
	struct need_memo *memo;
};

struct dns_resolver {
	struct event_base *base;
	const char *zone;
	unsigned asked;
	bool is_dead; /* never answers */
	bool has_no_server;
};

struct question {
	const struct late *late;
	struct need *need;
	struct event *event;
};

static void answer(evutil_socket_t fd, short what, void *ctx)
{
	struct question *q = ctx;
	struct arena *a = need_memo_arena(q->late->memo);
	struct dns_zone *zone;
	const struct need_driver *driver;
	struct need answered = {.kind = q->need->kind, .key = q->need->key};
	enum rc rc;

	assert_int_equal(dns_zone_parse(a, span_of(q->late->resolver->zone), &zone, NULL), RC_OK);
	driver = dns_zone_driver(a, zone);
	rc = driver->ask(driver->ctx, a, &answered);
	q->need->why = answered.why;
	q->need->driver_data = NULL;
	event_free(q->event);
	need_answer(q->late->memo, q->need, rc, answered.answer);
}

static enum rc ask(void *ctx, struct arena *a, struct need *need)
{
	static const struct timeval now;
	const struct late *late = ctx;
	struct question *q = ARENA_NEW(a, struct question);

	late->resolver->asked++;
	*q = (struct question){late, need, NULL};
	q->event = evtimer_new(late->resolver->base, answer, q);
	if (!late->resolver->is_dead)
		(void)evtimer_add(q->event, &now);
	need->driver_data = q;
	return RC_WAIT;
}

static void cancel(void *ctx, struct need *need)
{
	const struct question *q = need->driver_data;

	event_free(q->event);
}

const struct need_driver *dns_resolver_driver(struct dns_resolver *resolver, struct need_memo *memo)
{
	struct late *late = ARENA_NEW(need_memo_arena(memo), struct late);

	*late = (struct late){{&dns_kind, late, ask, cancel}, resolver, memo};
	return &late->driver;
}

struct span dns_resolver_describe(struct arena *a, const struct dns_resolver *resolver)
{
	return SPAN("192.0.2.53");
}

bool dns_resolver_is_ready(const struct dns_resolver *resolver)
{
	return !resolver->has_no_server;
}

/* ---- a process ---- */

/* Seconds between tests, so that a list is silent after some hundredths of one. */
#define QUICK 7.2

struct scene {
	struct dns_resolver resolver;
	struct dns_lists *lists;
	struct dns_lists_monitor *monitor;
	unsigned told, told_good;
	char last[600];
};

static void tell(void *ctx, const char *sentence, bool is_good)
{
	struct scene *s = ctx;

	s->told++;
	s->told_good += is_good;
	(void)snprintf(s->last, sizeof(s->last), "%s", sentence);
}

static void join(struct scene *s, struct dns_lists *lists, const char *zone)
{
	*s = (struct scene){.lists = lists};
	s->resolver.base = event_base_new();
	s->resolver.zone = zone;
	s->monitor = dns_lists_open(s->resolver.base, &s->resolver, lists, tell, s);
}

static void begin(struct scene *s, const char *zone)
{
	join(s, dns_lists_make(), zone);
}

static void leave(struct scene *s)
{
	dns_lists_close(s->monitor);
	event_base_free(s->resolver.base);
}

static void end(struct scene *s)
{
	leave(s);
	dns_lists_free(s->lists);
}

static void turn_for(struct scene *s, double seconds)
{
	uint64_t until = clock_monotonic_us() + (uint64_t)(seconds * 1e6);

	while (clock_monotonic_us() < until) {
		(void)event_base_loop(s->resolver.base, EVLOOP_NONBLOCK);
		(void)usleep(500);
	}
}

/* What a message sees: "on", the sentence, or "wait" when `seconds` are over. */
static const char *see(struct scene *s, struct arena *a, const char *name, double seconds)
{
	struct need_memo *memo = need_memo_make(a, 0);
	struct needs needs = {0};
	const struct dns_list *list;
	uint64_t until = clock_monotonic_us() + (uint64_t)(seconds * 1e6);
	enum rc rc;

	need_memo_use(memo, dns_lists_driver(s->monitor, memo));
	do {
		needs_init(&needs, memo, 10);
		rc = dns_list_need(&needs, span_of(name), &list);
		(void)event_base_loop(s->resolver.base, EVLOOP_NONBLOCK);
	} while (rc == RC_WAIT && clock_monotonic_us() < until);
	need_memo_expire(memo, "the test is over");
	if (rc != RC_OK)
		return rc_name(rc);
	return list->usable ? "on" : arena_string(a, list->why);
}

static void assert_sees(struct scene *s, const char *start)
{
	struct arena *a = arena_make();
	const char *got = see(s, a, ZONE, 2);

	if (!span_starts(span_of(got), span_of(start)))
		fail_msg("%s\n  expected %s", got, start);
	arena_free(a);
}

/* ---- tests ---- */

static void answers_are_judged(void **state)
{
	static const struct {
		const char *address;
		enum dns_list_answer expected;
	} cases[] = {
		{"127.0.0.2", DNS_LIST_LISTED},
		{"127.0.0.0", DNS_LIST_LISTED},
		{"127.0.1.1", DNS_LIST_LISTED},
		{"127.255.254.255", DNS_LIST_LISTED},
		{"127.0.255.2", DNS_LIST_LISTED},
		{"127.255.255.0", DNS_LIST_REFUSED},
		{"127.255.255.252", DNS_LIST_REFUSED},
		{"127.255.255.255", DNS_LIST_REFUSED},
		{"127.0.0.1", DNS_LIST_NOT_AN_ANSWER},
		{"126.255.255.255", DNS_LIST_NOT_AN_ANSWER},
		{"128.0.0.0", DNS_LIST_NOT_AN_ANSWER},
		{"192.0.2.1", DNS_LIST_NOT_AN_ANSWER},
		{"::7f00:2", DNS_LIST_NOT_AN_ANSWER},
		{"2001:db8::1", DNS_LIST_NOT_AN_ANSWER},
		{"", DNS_LIST_NOT_AN_ANSWER},
		{"127.0.0", DNS_LIST_NOT_AN_ANSWER},
		{"127.0.0.2x", DNS_LIST_NOT_AN_ANSWER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (dns_list_judge(span_of(cases[i].address)) != cases[i].expected)
			fail_msg("%s", cases[i].address);
}

static void a_list_is_tested_before_it_is_believed(void **state)
{
	static const struct {
		const char *name, *zone, *expected;
	} cases[] = {
		{"a list that has what it must", WELL, "on"},
		{"one without its test point cannot score anyway", "", "on"},
		{"one that answers for every address", ABSENT " A 127.0.0.2\n" WELL,
			ZONE " is off: it lists what no list has (answer 127.0.0.2)"},
		{"one whose domain is parked", ABSENT " A 192.0.2.80\n" PRESENT " A 192.0.2.80\n",
			ZONE " is off: it lists what no list has (answer 192.0.2.80)"},
		{"one whose test point is no answer of a list", PRESENT " A 127.0.0.1\n",
			ZONE " is off: it lists what no list has (answer 127.0.0.1)"},
		{"one that refuses a public resolver",
			ABSENT " A 127.255.255.254\n" PRESENT " A 127.255.255.254\n",
			ZONE " is off: it refuses our questions (127.255.255.254): they come "
			     "through a resolver that many share (ours: 192.0.2.53). Set "
			     "options.dns.mode = recurse"},
		{"one that refuses only where it would have an answer",
			PRESENT " A 127.255.255.255\n",
			ZONE " is off: it refuses our questions (127.255.255.255): there were more "
			     "questions than are free"},
		{"refusal is what is told when both are seen",
			ABSENT " A 192.0.2.1\n" PRESENT " A 127.255.255.252\n",
			ZONE " is off: it refuses our questions (127.255.255.252): its name is "
			     "written wrongly"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s;

		print_message("%s\n", cases[i].name);
		begin(&s, cases[i].zone);
		dns_lists_set_interval(s.lists, QUICK);
		assert_sees(&s, cases[i].expected);
		turn_for(&s, 0.02);
		assert_int_equal(s.told, cases[i].expected[0] == 'o' ? 0 : 1);
		assert_int_equal(s.resolver.asked, 2);
		end(&s);
	}
}

static void lists_of_domains_have_other_test_points(void **state)
{
	struct arena *a = arena_make();
	struct scene s;

	(void)state;
	begin(&s, "invalid." ZONE " A 127.0.0.2\n");
	dns_lists_watch(s.monitor, SPAN("List.Example."), DNS_LIST_OF_DOMAINS);
	assert_non_null(strstr(see(&s, a, ZONE, 2), "lists what no list has"));
	end(&s);
	begin(&s, "test." ZONE " A 127.0.0.2\n" ABSENT " A 127.0.0.2\n");
	dns_lists_watch(s.monitor, SPAN(ZONE), DNS_LIST_OF_DOMAINS);
	assert_string_equal(see(&s, a, ZONE, 2), "on");
	end(&s);
	arena_free(a);
}

#define IPV6_POINT "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." ZONE
#define DIGEST_POINT "ffffffffffffffffffffffffffffffff." ZONE

static void find_note(void *ctx, struct span zone, bool tested, const struct dns_list *list)
{
	*(bool *)ctx = list->note.n > 0;
}

/* What must not be there switches a list off; what should be there, where anything should, is missed. */
static void each_kind_of_list_has_its_test_points(void **state)
{
	static const struct {
		const char *name, *zone, *expected;
		enum dns_list_kind kind;
		unsigned asked;
		bool has_note;
	} cases[] = {
		{"a list of IPv6 that is well", "2." IPV6_POINT " A 127.0.0.2\n", "on",
			DNS_LIST_OF_IPV6, 2, false},
		{"one that has only points of IPv4", WELL, "on", DNS_LIST_OF_IPV6, 2, true},
		{"one that has everybody", "1." IPV6_POINT " A 127.0.0.2\n",
			ZONE " is off: it lists what no list has (answer 127.0.0.2)",
			DNS_LIST_OF_IPV6, 2, false},
		{"a list of domains without TEST", "", "on", DNS_LIST_OF_DOMAINS, 2, true},
		{"a list of digests", "", "on", DNS_LIST_OF_DIGESTS, 1, false},
		{"one that has the points of others",
			ABSENT " A 127.0.0.2\ninvalid." ZONE " A 127.0.0.2\n", "on",
			DNS_LIST_OF_DIGESTS, 1, false},
		{"one that has what nobody can have entered", DIGEST_POINT " A 127.0.0.2\n",
			ZONE " is off: it lists what no list has (answer 127.0.0.2)",
			DNS_LIST_OF_DIGESTS, 1, false},
		{"one that refuses", DIGEST_POINT " A 127.255.255.254\n",
			ZONE " is off: it refuses our questions (127.255.255.254)",
			DNS_LIST_OF_DIGESTS, 1, false},
		{"one that is silent", DIGEST_POINT " SERVFAIL\n", ZONE " is not asked yet",
			DNS_LIST_OF_DIGESTS, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool has_note = false;
		struct scene s;

		print_message("%s\n", cases[i].name);
		begin(&s, cases[i].zone);
		dns_lists_watch(s.monitor, SPAN(ZONE), cases[i].kind);
		assert_sees(&s, cases[i].expected);
		assert_int_equal(s.resolver.asked, cases[i].asked);
		dns_lists_each(s.lists, find_note, &has_note);
		assert_int_equal(has_note, cases[i].has_note);
		end(&s);
	}
}

static void a_list_goes_off_and_comes_back_by_itself(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, ABSENT " A 127.255.255.254\n");
	dns_lists_set_interval(s.lists, 3);
	dns_lists_watch(s.monitor, SPAN(ZONE), DNS_LIST_OF_ADDRESSES);
	assert_sees(&s, ZONE " is off: it refuses");
	turn_for(&s, 0.02);
	assert_string_equal(s.last + 0,
		ZONE " is off: it refuses our questions (127.255.255.254): they come through a "
		     "resolver that many share (ours: 192.0.2.53). Set options.dns.mode = recurse, "
		     "get a key from the list's owner and ask the zone that goes with it, or "
		     "switch the list off in rbl.conf");
	/* it is tested again and again, and nothing is told while nothing changes */
	turn_for(&s, 0.7);
	assert_true(s.resolver.asked >= 6);
	assert_int_equal(s.told, 1);
	s.resolver.zone = WELL;
	turn_for(&s, 0.5);
	assert_sees(&s, "on");
	assert_int_equal(s.told, 2);
	assert_string_equal(s.last, ZONE " is on again: it answers as a list does");
	assert_int_equal(s.told_good, 1);
	/* a list that comes and goes is not told of each time, but the last word is true */
	s.resolver.zone = ABSENT " A 127.0.0.2\n";
	dns_lists_doubt(s.monitor, SPAN(ZONE));
	turn_for(&s, 0.3);
	assert_sees(&s, ZONE " is off: it lists");
	assert_int_equal(s.told, 2);
	turn_for(&s, 2);
	assert_int_equal(s.told, 3);
	assert_non_null(strstr(s.last, "is off: it lists"));
	end(&s);
}

static const char *const silences[] = {ABSENT " SERVFAIL\n" PRESENT " SERVFAIL\n",
	WELL ABSENT " TIMEOUT\n", ABSENT " TIMEOUT\n" PRESENT " TIMEOUT\n"};

static void a_list_is_silent_after_several_tests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(silences); i++) {
		struct scene s;

		begin(&s, silences[i]);
		dns_lists_set_interval(s.lists, 36);
		/* a message need not wait for the second test */
		assert_sees(&s,
			ZONE " is not asked yet: its test had no answer (ours: 192.0.2.53)");
		assert_int_equal(s.resolver.asked, 2);
		assert_int_equal(s.told, 0);
		turn_for(&s, 0.3);
		assert_sees(&s, ZONE " is off: its servers do not answer");
		assert_int_equal(s.resolver.asked, 6);
		assert_int_equal(s.told, 1);
		end(&s);
	}
}

static void one_test_without_an_answer_does_not_switch_a_list_off(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, WELL);
	dns_lists_set_interval(s.lists, 36);
	assert_sees(&s, "on");
	turn_for(&s, 0.4);
	s.resolver.zone = silences[0];
	dns_lists_doubt(s.monitor, SPAN(ZONE));
	turn_for(&s, 0.07);
	assert_true(s.resolver.asked >= 4);
	assert_sees(&s, "on");
	s.resolver.zone = WELL;
	turn_for(&s, 0.3);
	assert_sees(&s, "on");
	assert_int_equal(s.told, 0);
	end(&s);
}

static void without_a_server_nothing_is_tested(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, WELL);
	dns_lists_set_interval(s.lists, 36);
	s.resolver.has_no_server = true;
	assert_sees(&s, ZONE " is not asked yet");
	turn_for(&s, 0.3);
	assert_int_equal(s.resolver.asked, 0);
	assert_int_equal(s.told, 0);
	s.resolver.has_no_server = false;
	turn_for(&s, 0.2);
	assert_sees(&s, "on");
	end(&s);
}

static void lists_that_are_silent_together_have_one_sentence(void **state)
{
	static const char *const zones[] = {"one.example", "two.example", "three.example"};
	static const char silent[] =
		"1.0.0.127.one.example TIMEOUT\n1.0.0.127.two.example TIMEOUT\n"
		"1.0.0.127.three.example SERVFAIL\n";
	struct scene s;

	(void)state;
	begin(&s, silent);
	dns_lists_set_interval(s.lists, 36);
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		dns_lists_watch(s.monitor, span_of(zones[i]), DNS_LIST_OF_ADDRESSES);
	turn_for(&s, 0.4);
	assert_int_equal(s.told, 1);
	assert_string_equal(s.last,
		"3 block lists are off: their servers do not answer (ours: 192.0.2.53): one.example, "
		"two.example, three.example. They are tried again every 2 seconds; when all lists "
		"are silent, DNS does not work here: see winnow doctor");
	s.resolver.zone = "";
	turn_for(&s, 2.6);
	assert_int_equal(s.told, 2);
	assert_int_equal(s.told_good, 1);
	assert_string_equal(s.last,
		"3 block lists are on again: they answer as lists do: one.example, two.example, "
		"three.example");
	end(&s);
}

static void see_note(void *ctx, struct span zone, bool tested, const struct dns_list *list)
{
	bool *has_note = ctx;

	assert_true(list->usable);
	*has_note = list->note.n > 0;
}

static void a_list_without_its_test_entry_is_noted(void **state)
{
	static const char *const zones[] = {WELL, ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		bool has_note = false;
		struct scene s;

		begin(&s, zones[i]);
		assert_sees(&s, "on");
		dns_lists_each(s.lists, see_note, &has_note);
		assert_int_equal(has_note, i == 1);
		end(&s);
	}
}

static void a_doubt_brings_the_next_test_forward(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, WELL);
	dns_lists_set_interval(s.lists, 36);
	assert_sees(&s, "on");
	assert_int_equal(s.resolver.asked, 2);
	/* not at once after a test: every message of an hour may have its doubts */
	dns_lists_doubt(s.monitor, SPAN(ZONE));
	turn_for(&s, 0.1);
	assert_int_equal(s.resolver.asked, 2);
	turn_for(&s, 0.3);
	s.resolver.zone = ABSENT " A 127.255.255.254\n";
	dns_lists_doubt(s.monitor, SPAN(ZONE));
	dns_lists_doubt(s.monitor, SPAN(ZONE));
	dns_lists_doubt(s.monitor, SPAN("unknown.example"));
	turn_for(&s, 0.1);
	assert_int_equal(s.resolver.asked, 4);
	assert_sees(&s, ZONE " is off");
	end(&s);
}

static void processes_share_one_test(void **state)
{
	struct scene first, second;
	struct arena *a = arena_make();

	(void)state;
	begin(&first, WELL);
	join(&second, first.lists, WELL);
	dns_lists_watch(first.monitor, SPAN(ZONE), DNS_LIST_OF_ADDRESSES);
	turn_for(&first, 0.1);
	assert_string_equal(see(&second, a, ZONE, 2), "on");
	assert_int_equal(first.resolver.asked, 2);
	assert_int_equal(second.resolver.asked, 0);
	leave(&second);
	end(&first);
	arena_free(a);
}

static void a_message_waits_for_the_test_of_another_process(void **state)
{
	struct scene first, second;
	struct arena *a = arena_make();

	(void)state;
	begin(&first, WELL);
	first.resolver.is_dead = true;
	join(&second, first.lists, WELL);
	dns_lists_watch(first.monitor, SPAN(ZONE), DNS_LIST_OF_ADDRESSES);
	turn_for(&first, 0.05);
	assert_string_equal(see(&second, a, ZONE, 0.2), "wait");
	assert_int_equal(second.resolver.asked, 0);
	/* it ends in the middle of the test: another one makes it */
	leave(&first);
	assert_string_equal(see(&second, a, ZONE, 2), "on");
	assert_int_equal(second.resolver.asked, 2);
	end(&second);
	arena_free(a);
}

static void count_list(void *ctx, struct span zone, bool tested, const struct dns_list *list)
{
	unsigned *counts = ctx;

	counts[0]++;
	counts[1] += tested;
	counts[2] += tested && !list->usable && list->why.n > 0;
}

static void all_that_processes_watch_is_known_once(void **state)
{
	struct dns_lists *lists = dns_lists_make();
	unsigned counts[3] = {0};

	(void)state;
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			struct scene s;

			join(&s, lists, ABSENT " A 192.0.2.1\n");
			for (int k = 0; k < 60; k++) {
				char name[64];
				int n = snprintf(name, sizeof(name), "l%d.example", k);

				dns_lists_watch(s.monitor, span_from(name, (size_t)n),
					DNS_LIST_OF_ADDRESSES);
			}
			dns_lists_watch(s.monitor, SPAN(ZONE), DNS_LIST_OF_ADDRESSES);
			turn_for(&s, 0.2);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	dns_lists_each(lists, count_list, counts);
	assert_int_equal(counts[0], 61);
	assert_int_equal(counts[1], 61);
	assert_int_equal(counts[2], 1);
	dns_lists_free(lists);
}

static void what_is_too_much_is_said(void **state)
{
	struct arena *a = arena_make();
	struct scene s;

	(void)state;
	begin(&s, "");
	for (int i = 0; i < DNS_LISTS_MOST; i++)
		dns_lists_watch(s.monitor, arena_printf(a, "l%d.example", i),
			DNS_LIST_OF_ADDRESSES);
	assert_string_equal(see(&s, a, ZONE, 0.1), "tempfail");
	assert_string_equal(see(&s, a, "l127.example", 1), "on");
	assert_string_equal(see(&s, a, "no name", 0.1), "invalid");
	end(&s);
	arena_free(a);
}

static void what_is_known_is_recorded(void **state)
{
	static const char *const texts[] = {"on", "off list.example is off: its servers"};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct buf out;
		const struct dns_list *list = dns_list_kind.parse(a, span_of(texts[i]));

		assert_non_null(list);
		assert_int_equal(list->usable, i == 0);
		buf_init(&out, a, 1000);
		dns_list_kind.print(&out, list);
		assert_true(span_equal(buf_span(&out), span_of(texts[i])));
	}
	assert_null(dns_list_kind.parse(a, SPAN("perhaps")));
	assert_null(dns_list_kind.parse(a, SPAN("")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_judged),
		cmocka_unit_test(a_list_is_tested_before_it_is_believed),
		cmocka_unit_test(lists_of_domains_have_other_test_points),
		cmocka_unit_test(each_kind_of_list_has_its_test_points),
		cmocka_unit_test(a_list_goes_off_and_comes_back_by_itself),
		cmocka_unit_test(a_list_is_silent_after_several_tests),
		cmocka_unit_test(one_test_without_an_answer_does_not_switch_a_list_off),
		cmocka_unit_test(without_a_server_nothing_is_tested),
		cmocka_unit_test(lists_that_are_silent_together_have_one_sentence),
		cmocka_unit_test(a_list_without_its_test_entry_is_noted),
		cmocka_unit_test(a_doubt_brings_the_next_test_forward),
		cmocka_unit_test(processes_share_one_test),
		cmocka_unit_test(a_message_waits_for_the_test_of_another_process),
		cmocka_unit_test(all_that_processes_watch_is_known_once),
		cmocka_unit_test(what_is_too_much_is_said),
		cmocka_unit_test(what_is_known_is_recorded),
	};

	return cmocka_run_group_tests_name("dns/list", tests, NULL, NULL);
}
