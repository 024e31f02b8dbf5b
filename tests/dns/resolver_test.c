/* The resolver against a name server of the test's own, on the same loop. */
#include "dns/dns.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "dns/resolver_inner.h"

enum { PACKET_MOST = 1500, MANY = 1000 };

/* ---- the server ---- */

/* What it does, by the first label of the name. */
static const struct {
	const char *label;
	uint8_t rcode;
	uint8_t address_count;
	bool is_silent, is_late;
} habits[] = {
	{"found", 0, 1, false, false},
	{"empty", 0, 0, false, false},
	{"missing", 3, 0, false, false},
	{"broken", 2, 0, false, false},
	{"refused", 5, 0, false, false},
	{"silent", 0, 1, true, false},
	{"late", 0, 1, false, true},
};

struct late {
	struct event *timer;
	struct world *world;
	struct sockaddr_in peer;
	uint8_t packet[PACKET_MOST];
	size_t size;
};

struct world {
	struct arena *a;
	struct event_base *base;
	struct event *server;
	int fd;
	unsigned questions, open_late;
	struct dns_sources sources;
	struct dns_resolver *resolver;
	/* the law of drivers */
	bool is_asking;
	unsigned answers;
};

static size_t find_habit(const uint8_t *label)
{
	for (size_t i = 0; i < ARRAY_LEN(habits); i++)
		if (strlen(habits[i].label) == label[0] &&
			memcmp(habits[i].label, label + 1, label[0]) == 0)
			return i;
	return 0;
}

static void send_late(evutil_socket_t fd, short what, void *ctx)
{
	struct late *l = ctx;

	(void)sendto(l->world->fd, l->packet, l->size, 0, (const void *)&l->peer, sizeof(l->peer));
	l->world->open_late--;
	event_free(l->timer);
}

/* The question, and behind it as many addresses as the name has. */
static size_t make_answer(uint8_t *packet, size_t habit)
{
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};
	size_t n = 12;

	while (packet[n] != 0)
		n += packet[n] + 1U;
	n += 5;
	packet[2] = 0x81;
	packet[3] = (uint8_t)(0x80 | habits[habit].rcode);
	packet[7] = habits[habit].address_count;
	packet[9] = packet[11] = 0;
	for (unsigned i = 0; i < habits[habit].address_count; i++) {
		memcpy(packet + n, record, sizeof(record));
		n += sizeof(record);
	}
	return n;
}

static void on_question(evutil_socket_t fd, short what, void *ctx)
{
	struct timeval pause = {.tv_usec = 50000};
	struct world *w = ctx;
	struct late *l = ARENA_NEW(w->a, struct late);
	socklen_t peer_size = sizeof(l->peer);
	ssize_t n = recvfrom(fd, l->packet, sizeof(l->packet), 0, (void *)&l->peer, &peer_size);
	size_t habit;

	if (n < 17)
		return;
	/* qname minimisation and probes are no questions of ours */
	habit = find_habit(l->packet + 12);
	w->questions++;
	if (habits[habit].is_silent)
		return;
	l->world = w;
	l->size = make_answer(l->packet, habit);
	if (!habits[habit].is_late) {
		(void)sendto(fd, l->packet, l->size, 0, (const void *)&l->peer, peer_size);
		return;
	}
	l->timer = evtimer_new(w->base, send_late, l);
	w->open_late++;
	(void)evtimer_add(l->timer, &pause);
}

static uint16_t open_server(struct world *w)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	socklen_t size = sizeof(address);
	int room = 1 << 22;

	w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	must(w->fd != -1 && bind(w->fd, (const void *)&address, size) == 0 &&
		getsockname(w->fd, (void *)&address, &size) == 0);
	(void)setsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	w->server = event_new(w->base, w->fd, EV_READ | EV_PERSIST, on_question, w);
	must(w->server != NULL && event_add(w->server, NULL) == 0);
	return ntohs(address.sin_port);
}

static void open_world(struct world *w, double timeout)
{
	struct why why;

	*w = (struct world){.a = arena_make(), .base = event_base_new()};
	must(w->base != NULL);
	w->sources = (struct dns_sources){
		.mode = DNS_FORWARD,
		.timeout = timeout,
		.cache_most = 1 << 20,
		.servers.n = 1,
	};
	must(ip_parse(SPAN("127.0.0.1"), &w->sources.servers.v[0].ip));
	w->sources.servers.v[0].port = open_server(w);
	if (dns_resolver_open(w->base, &w->sources, NULL, NULL, &w->resolver, &why) != RC_OK)
		panic("%s", why.text);
}

static void run_for(struct world *w, double seconds)
{
	struct timeval most = {.tv_sec = (time_t)seconds};

	most.tv_usec = (suseconds_t)((seconds - (double)most.tv_sec) * 1e6);
	(void)event_base_loopexit(w->base, &most);
	(void)event_base_dispatch(w->base);
}

static void close_world(struct world *w)
{
	dns_resolver_close(w->resolver);
	while (w->open_late > 0)
		run_for(w, 0.1);
	event_free(w->server);
	(void)close(w->fd);
	event_base_free(w->base);
	arena_free(w->a);
}

/* ---- who asks ---- */

struct asker {
	struct world *world;
	struct arena *a;
	struct need_memo *memo;
	struct needs needs;
};

static void on_answer(void *ctx)
{
	struct asker *m = ctx;

	/* a driver answers from the loop */
	assert_false(m->world->is_asking);
	m->world->answers++;
}

static void open_asker(struct asker *m, struct world *w)
{
	*m = (struct asker){.world = w, .a = arena_make()};
	m->memo = need_memo_make(m->a, 0);
	need_memo_use(m->memo, dns_resolver_driver(w->resolver, m->memo));
	need_memo_on_answer(m->memo, on_answer, m);
}

static void close_asker(struct asker *m)
{
	need_memo_expire(m->memo, "it was over");
	arena_free(m->a);
}

/* "found", ..., "wait", or why there is no answer. */
static const char *ask(struct asker *m, enum dns_type type, const char *name)
{
	static const char *const statuses[] = {"found", "no data", "no name"};
	const struct dns_answer *answer;
	enum rc rc;

	needs_init(&m->needs, m->memo, MANY);
	m->world->is_asking = true;
	rc = dns_need(&m->needs, type, span_of(name), &answer);
	m->world->is_asking = false;
	if (rc == RC_TEMPFAIL)
		return arena_string(m->a, needs_why(&m->needs));
	return rc == RC_OK ? statuses[answer->status] : rc_name(rc);
}

static void wait_for_all(struct asker *m)
{
	double end = clock_wall() + 20;

	while (need_memo_open(m->memo) > 0 && clock_wall() < end)
		(void)event_base_loop(m->world->base, EVLOOP_ONCE);
	assert_int_equal(need_memo_open(m->memo), 0);
}

/* ---- what it answers ---- */

static const struct {
	const char *name, *expected;
} outcomes[] = {
	{"found.example.org", "found"},
	{"FOUND.Example.Org.", "found"},
	{"empty.example.org", "no data"},
	{"missing.example.org", "no name"},
	{"broken.example.org", "dns A broken.example.org: server failure"},
	{"refused.example.org", "dns A refused.example.org: server failure"},
	{"silent.example.org", "dns A silent.example.org: timeout"},
	{"late.example.org", "found"},
	{"a\\.found.example.org", "no name"},
	{"found\\", "no name"},
};

static void outcomes_are_told_apart(void **state)
{
	struct world w;
	struct asker m;

	(void)state;
	open_world(&w, 1);
	open_asker(&m, &w);
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
		(void)ask(&m, DNS_A, outcomes[i].name);
	wait_for_all(&m);
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		const char *got = ask(&m, DNS_A, outcomes[i].name);

		if (strcmp(got, outcomes[i].expected) != 0)
			fail_msg("%s: %s", outcomes[i].name, got);
	}
	close_asker(&m);
	close_world(&w);
}

static void what_is_in_the_cache_comes_at_once(void **state)
{
	struct dns_numbers numbers;
	struct world w;
	struct asker m;
	unsigned questions;

	(void)state;
	open_world(&w, 5);
	open_asker(&m, &w);
	assert_string_equal(ask(&m, DNS_A, "found.example.org"), "wait");
	assert_string_equal(ask(&m, DNS_A, "missing.example.org"), "wait");
	wait_for_all(&m);
	close_asker(&m);
	questions = w.questions;
	open_asker(&m, &w);
	assert_string_equal(ask(&m, DNS_A, "found.example.org"), "found");
	assert_string_equal(ask(&m, DNS_A, "missing.example.org"), "no name");
	close_asker(&m);
	assert_int_equal(w.questions, questions);
	assert_int_equal(w.answers, 2);
	dns_resolver_numbers(w.resolver, &numbers);
	assert_int_equal(numbers.asked, 4);
	assert_int_equal(numbers.cached, 2);
	assert_int_equal(numbers.failed, 0);
	close_world(&w);
}

static void a_question_of_several_messages_is_asked_once(void **state)
{
	struct asker m[5];
	struct world w;

	(void)state;
	open_world(&w, 5);
	for (size_t i = 0; i < ARRAY_LEN(m); i++) {
		open_asker(&m[i], &w);
		assert_string_equal(ask(&m[i], DNS_A, "late.example.org"), "wait");
	}
	/* one loses its patience, the others get their answer */
	need_memo_expire(m[2].memo, "its time was over");
	wait_for_all(&m[0]);
	for (size_t i = 0; i < ARRAY_LEN(m); i++) {
		assert_string_equal(ask(&m[i], DNS_A, "late.example.org"),
			i == 2 ? "dns A late.example.org: its time was over" : "found");
		close_asker(&m[i]);
	}
	assert_int_equal(w.answers, 4);
	assert_int_equal(w.questions, 1);
	close_world(&w);
}

static void nothing_is_answered_after_it_was_cancelled(void **state)
{
	struct dns_numbers numbers;
	struct asker m;
	struct world w;

	(void)state;
	open_world(&w, 0.2);
	open_asker(&m, &w);
	(void)ask(&m, DNS_A, "late.example.org");
	(void)ask(&m, DNS_A, "silent.example.org");
	(void)ask(&m, DNS_A, "found.example.org");
	close_asker(&m);
	/* past the answers, and past the time of the question that gets none */
	run_for(&w, 0.5);
	assert_int_equal(w.answers, 0);
	dns_resolver_numbers(w.resolver, &numbers);
	assert_int_equal(numbers.failed, 0);
	/* the answers have come all the same */
	open_asker(&m, &w);
	assert_string_equal(ask(&m, DNS_A, "late.example.org"), "found");
	close_asker(&m);
	close_world(&w);
}

static void it_may_be_closed_with_questions_open(void **state)
{
	struct asker m;
	struct world w;

	(void)state;
	open_world(&w, 5);
	open_asker(&m, &w);
	(void)ask(&m, DNS_A, "late.example.org");
	(void)ask(&m, DNS_A, "silent.example.org");
	run_for(&w, 0.01);
	close_asker(&m);
	close_world(&w);
	assert_int_equal(w.answers, 0);
}

static void each_question_has_its_own_time(void **state)
{
	double start = clock_wall();
	struct asker m;
	struct world w;

	(void)state;
	open_world(&w, 0.3);
	open_asker(&m, &w);
	(void)ask(&m, DNS_A, "silent.example.org");
	run_for(&w, 0.15);
	(void)ask(&m, DNS_AAAA, "silent.example.org");
	assert_int_equal(need_memo_open(m.memo), 2);
	run_for(&w, 0.2);
	assert_int_equal(need_memo_open(m.memo), 1);
	wait_for_all(&m);
	assert_true(clock_wall() - start > 0.44);
	close_asker(&m);
	close_world(&w);
}

/* What libunbound still has takes the place and the sockets of others. */
static void a_name_that_is_silent_is_given_up(void **state)
{
	double start = clock_wall();
	struct dns_numbers numbers;
	struct asker m;
	struct world w;

	(void)state;
	open_world(&w, 0.1);
	open_asker(&m, &w);
	(void)ask(&m, DNS_A, "silent.example.org");
	wait_for_all(&m);
	do {
		run_for(&w, 0.1);
		dns_resolver_numbers(w.resolver, &numbers);
	} while (numbers.open > 0 && clock_wall() - start < 10);
	assert_int_equal(numbers.open, 0);
	(void)ask(&m, DNS_A, "found.example.org");
	wait_for_all(&m);
	assert_string_equal(ask(&m, DNS_A, "found.example.org"), "found");
	close_asker(&m);
	close_world(&w);
}

static void a_thousand_questions_at_a_time_are_answered(void **state)
{
	struct asker m;
	struct world w;
	char name[64];

	(void)state;
	open_world(&w, 20);
	open_asker(&m, &w);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example.org", i);
		assert_string_equal(ask(&m, DNS_A, name), "wait");
	}
	wait_for_all(&m);
	assert_int_equal(w.answers, MANY);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "n%d.example.org", i);
		assert_string_equal(ask(&m, DNS_A, name), "found");
	}
	close_asker(&m);
	close_world(&w);
}

static void recursion_is_doubted_after_a_minute_without_answers(void **state)
{
	static const struct {
		enum dns_mode mode;
		bool works;
		unsigned failed, bogus, seconds;
		bool expected;
	} cases[] = {
		{DNS_RECURSE, true, 10, 0, 61, true},
		{DNS_RECURSE, true, 10, 0, 59, false},
		{DNS_RECURSE, true, 9, 0, 600, false},
		{DNS_RECURSE, false, 10, 0, 600, false},
		{DNS_FORWARD, true, 10, 0, 600, false},
		{DNS_FORWARD, true, 0, 20, 0, true},
		{DNS_FORWARD, true, 0, 19, 0, false},
		{DNS_RECURSE, true, 0, 20, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_upstream u = {
			.mode = cases[i].mode,
			.works = cases[i].works,
			.failed_in_row = cases[i].failed,
			.bogus_in_row = cases[i].bogus,
			.last_answer = clock_monotonic_us() - cases[i].seconds * 1000000ULL,
		};

		if (resolver_is_doubtful(&u) != cases[i].expected)
			fail_msg("case %zu", i);
	}
}

static void switched_off_it_says_so(void **state)
{
	struct dns_sources sources = {.mode = DNS_OFF};
	struct world w = {.base = event_base_new()};
	struct asker m;
	struct why why;

	(void)state;
	must(w.base != NULL);
	assert_int_equal(dns_resolver_open(w.base, &sources, NULL, NULL, &w.resolver, &why), RC_OK);
	open_asker(&m, &w);
	assert_string_equal(ask(&m, DNS_A, "found.example.org"),
		"dns A found.example.org: DNS is switched off (options.dns.mode)");
	close_asker(&m);
	dns_resolver_close(w.resolver);
	event_base_free(w.base);
}

/* ---- settings ---- */

static const struct {
	const char *text;
	bool ok;
	const char *host; /* NULL: an address */
	uint16_t port;
} servers[] = {
	{"192.0.2.1", true, NULL, 53},
	{"192.0.2.1:5353", true, NULL, 5353},
	{"192.0.2.1:53:10", true, NULL, 53},
	{"master-slave:192.0.2.1:53:10", true, NULL, 53},
	{"round-robin:192.0.2.1", true, NULL, 53},
	{"2001:db8::1", true, NULL, 53},
	{"[2001:db8::1]", true, NULL, 53},
	{"[2001:db8::1]:5353", true, NULL, 5353},
	{"unbound:53", true, "unbound", 53},
	{"dns_1.example.org", true, "dns_1.example.org", 53},
	{"192.0.2.1:0", false, NULL, 0},
	{"", false, NULL, 0},
	{":53", false, NULL, 0},
	{"192.0.2.1:65536", false, NULL, 0},
	{"192.0.2.1:53:10:1", false, NULL, 0},
	{"192.0.2.1:53:x", false, NULL, 0},
	{"192.0.2.256", false, NULL, 0},
	{"[2001:db8::1", false, NULL, 0},
	{"[2001:db8::1]53", false, NULL, 0},
	{"un bound", false, NULL, 0},
	{"unbound/53", false, NULL, 0},
};

static void servers_are_written_in_several_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
		struct dns_server server;
		bool ok = dns_server_parse(span_of(servers[i].text), &server);

		if (ok != servers[i].ok)
			fail_msg("%s is%s taken", servers[i].text, ok ? "" : " not");
		if (ok &&
			(server.port != servers[i].port ||
				!span_equal(server.host, span_of(servers[i].host))))
			fail_msg("%s: %.*s port %u", servers[i].text, SPAN_ARG(server.host),
				server.port);
	}
}

static const struct {
	const char *text;
	int mode;
	double timeout;
	size_t errors;
} settings[] = {
	{"", DNS_RECURSE, 5, 0},
	{"nameserver = [\"192.0.2.1:53:1\"];", DNS_FORWARD, 5, 0},
	{"server = \"192.0.2.1\"; timeout = 2s; retransmits = 2;", DNS_FORWARD, 4, 0},
	{"servers = \"192.0.2.1, 192.0.2.2\"; mode = recurse;", DNS_RECURSE, 5, 0},
	{"mode = off;", DNS_OFF, 5, 0},
	{"mode = system; timeout = 50s;", DNS_SYSTEM, 60, 0},
	{"mode = forward;", DNS_FORWARD, 5, 1},
	{"servers = \"192.0.2.256\";", DNS_FORWARD, 5, 1},
	{"mode = ask;", DNS_RECURSE, 5, 1},
	{"zone = \"/nowhere/zone\";", DNS_RECURSE, 5, 1},
	{"trust_anchor = \"/nowhere/key\";", DNS_RECURSE, 5, 1},
	{"root_hints = \"/dev/null\";", DNS_RECURSE, 5, 1},
};

static void settings_mean_what_they_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		struct arena *a = arena_make();
		struct conf_text text = {
			.name = "options.conf",
			.text = arena_printf(a, "options { dns { %s } }", settings[i].text),
			.layer = CONF_LAYER_FILE,
			.section = "",
		};
		struct conf_input input = {.texts = &text, .text_count = 1};
		struct conf_report report;
		struct dns_settings got;

		conf_report_init(&report, a);
		dns_settings_read(a, conf_load(a, &input, &report), &got, &report);
		(void)dns_sources_read(a, &got, &report);
		if (got.mode != settings[i].mode || got.timeout < settings[i].timeout - 0.001 ||
			got.timeout > settings[i].timeout + 0.001 ||
			report.errors != settings[i].errors)
			fail_msg("%s: mode %d, timeout %g, %zu errors", settings[i].text, got.mode,
				got.timeout, report.errors);
		arena_free(a);
	}
}

static void names_of_servers_are_looked_up_when_somebody_asks(void **state)
{
	char name[] = "localhost";
	struct span server = span_of(name);
	struct arena *a = arena_make();
	struct dns_settings named = {.mode = DNS_FORWARD,
		.servers = {.v = &server, .n = 1},
		.resolv_conf = SPAN("/dev/null")};
	const struct dns_sources *sources = dns_sources_read(a, &named, NULL);
	struct ip found[DNS_HOST_ADDRESSES_MOST];

	(void)state;
	assert_int_equal(dns_hosts_find(dns_sources_hosts(sources), server, found), 0);
	dns_sources_look(sources);
	assert_true(dns_hosts_find(dns_sources_hosts(sources), server, found) > 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_told_apart),
		cmocka_unit_test(what_is_in_the_cache_comes_at_once),
		cmocka_unit_test(a_question_of_several_messages_is_asked_once),
		cmocka_unit_test(nothing_is_answered_after_it_was_cancelled),
		cmocka_unit_test(it_may_be_closed_with_questions_open),
		cmocka_unit_test(each_question_has_its_own_time),
		cmocka_unit_test(a_name_that_is_silent_is_given_up),
		cmocka_unit_test(a_thousand_questions_at_a_time_are_answered),
		cmocka_unit_test(recursion_is_doubted_after_a_minute_without_answers),
		cmocka_unit_test(switched_off_it_says_so),
		cmocka_unit_test(servers_are_written_in_several_ways),
		cmocka_unit_test(settings_mean_what_they_meant),
		cmocka_unit_test(names_of_servers_are_looked_up_when_somebody_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
