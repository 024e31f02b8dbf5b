/* Connections on a loop, with checks that are slow or ask: nothing blocks, nothing is lost. */
#include "serve/inner.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dns/dns.h"

/* ---- checks ---- */

static const struct scan_symbol slow_symbols[] = {{.name = "SLOW", .score = 1, .meaning = "x"}};
static const struct scan_symbol slower_symbols[] = {{.name = "SLOWER", .score = 2, .meaning = "x"}};
static const struct scan_symbol asking_symbols[] = {{.name = "ASKED", .score = 4, .meaning = "x"}};

/* Longer than a turn of the loop may last. */
static unsigned slow_us = 7000;

static enum rc be_slow(struct scan *s)
{
	uint64_t end = clock_monotonic_us() + slow_us;

	while (clock_monotonic_us() < end)
		;
	scan_add(s, 0);
	return RC_OK;
}

static enum rc ask(struct scan *s)
{
	const struct dns_answer *answer;
	enum rc rc = dns_need_txt(s->needs, SPAN("example.org"), &answer);

	if (rc == RC_OK)
		scan_add(s, 0);
	return rc;
}

#define CHECK(name_, symbols_, run_)                                                               \
	{                                                                                          \
		.name = (name_), .help = "x", .stage = SCAN_MAIN, .symbols = (symbols_),           \
		.symbol_count = ARRAY_LEN(symbols_), .needs_most = 5, .run = (run_)                \
	}

static const struct check slow = CHECK("slow", slow_symbols, be_slow);
static const struct check slower = CHECK("slower", slower_symbols, be_slow);
static const struct check asking = CHECK("asking", asking_symbols, ask);
static const struct check *const checks[] = {&slow, &slower, &asking};

/* ---- a process with a client ---- */

struct world {
	struct arena *arena;
	struct serve_generation generation;
	struct serve_settings settings;
	struct board *board;
	struct serve_worker worker;
	int client;
	int log[2];
};

static void open_client(struct world *w)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	w->client = pair[0];
	serve_connection_open(&w->worker, pair[1], SPAN("test"));
}

static void open_world(struct world *w, const char *config)
{
	struct conf_text text = {.name = "winnow.conf",
		.text = span_of(config),
		.layer = CONF_LAYER_FILE,
		.section = ""};
	struct conf_input input = {.texts = &text, .text_count = 1};
	struct conf_report report;

	memset(w, 0, sizeof(*w));
	w->arena = arena_make();
	conf_report_init(&report, w->arena);
	w->generation.conf = conf_load(w->arena, &input, &report);
	w->generation.scan =
		scan_config_make(w->arena, w->generation.conf, checks, ARRAY_LEN(checks), &report);
	assert_int_equal(report.errors, 0);
	milter_policy_read(w->arena, NULL, &w->settings.proxy.policy, NULL);
	w->settings.proxy.policy.message_most = 1 << 20;
	w->settings.proxy.timeout = 60;
	w->settings.proxy.idle_timeout = 60;
	w->settings.held_most = 1 << 20;
	w->worker.generation = &w->generation;
	w->worker.settings = &w->settings;
	w->worker.scratch = arena_make();
	w->worker.space = arena_alloc_raw(w->arena, SERVE_READ_MOST);
	w->worker.board = w->board = board_make();
	w->worker.slot = board_take_slot(w->board, 1);
	w->worker.base = event_base_new();
	serve_worker_open_repeats(&w->worker);
	assert_int_equal(pipe2(w->log, O_NONBLOCK), 0);
	log_set_fd(w->log[1]);
	open_client(w);
}

static void close_world(struct world *w)
{
	serve_connections_close(&w->worker);
	assert_int_equal(w->worker.connection_count, 0);
	serve_worker_close_repeats(&w->worker);
	event_base_free(w->worker.base);
	arena_free(w->worker.scratch);
	if (w->client != -1)
		(void)close(w->client);
	log_set_fd(STDERR_FILENO);
	(void)close(w->log[0]);
	(void)close(w->log[1]);
	arena_free(w->arena);
}

#define PACKET(length, text) "\0\0\0" length text
#define HELLO PACKET("\15", "O\0\0\0\6\0\0\1\377\0\37\377\377")
#define MAIL PACKET("\7", "M<a@b>\0")
#define HEADER PACKET("\20", "LSubject\0 hello\0")
#define MESSAGE MAIL HEADER PACKET("\1", "N") PACKET("\1", "E")

static void say(struct world *w, struct span bytes)
{
	assert_int_equal(write(w->client, bytes.p, bytes.n), (ssize_t)bytes.n);
}

/* The commands of the replies that have come; a `.` when the connection was closed. */
static struct span read_replies(struct world *w)
{
	char *bytes = arena_alloc(w->arena, 1 << 16);
	ssize_t n = read(w->client, bytes, 1 << 16);
	struct buf out;

	buf_init(&out, w->arena, 1024);
	for (ssize_t i = 0; i < n;) {
		size_t length =
			(size_t)(unsigned char)bytes[i + 2] << 8 | (unsigned char)bytes[i + 3];

		buf_add_byte(&out, bytes[i + 4]);
		i += 4 + (ssize_t)length;
	}
	if (n == 0)
		buf_add_byte(&out, '.');
	return buf_span(&out);
}

/* Turns of the loop until `text` has been replied; how many it took. */
static unsigned expect(struct world *w, const char *text)
{
	struct buf all;
	unsigned turns = 0;

	buf_init(&all, w->arena, 1024);
	while (all.n < strlen(text) && turns < 200) {
		(void)event_base_loop(w->worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		turns++;
		buf_add(&all, read_replies(w));
	}
	assert_string_equal(arena_string(w->arena, buf_span(&all)), text);
	return turns;
}

static struct span read_log(struct world *w)
{
	char *text = arena_alloc(w->arena, 1 << 16);
	ssize_t n = read(w->log[0], text, 1 << 16);

	return span_from(text, n > 0 ? (size_t)n : 0);
}

static bool log_has(struct span log, const char *words)
{
	return span_find(log, span_of(words)) < log.n;
}

/* ---- tests ---- */

static void a_slow_scan_lets_the_loop_turn(void **state)
{
	struct world w;
	struct span log;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE));
	assert_true(expect(&w, "Oha") >= 3);
	log = read_log(&w);
	assert_true(log_has(log, "score=3.00 required=15.00"));
	assert_true(log_has(log, "symbols=SLOW(1.00),SLOWER(2.00)"));
	close_world(&w);
}

static void what_could_not_be_asked_is_named(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE));
	(void)expect(&w, "Oha");
	assert_true(log_has(read_log(&w), "not_checked=asking"));
	close_world(&w);
}

static void messages_that_were_sent_at_once_follow_each_other(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE MESSAGE MESSAGE PACKET("\1", "Q")));
	(void)expect(&w, "Ohahaha.");
	assert_int_equal(w.worker.connection_count, 0);
	close_world(&w);
}

static void a_deadline_within_a_slow_scan_still_gives_a_verdict(void **state)
{
	struct world w;
	uint64_t start = clock_monotonic_us();
	struct span log;

	(void)state;
	/* the least that may be configured: it passes while the second check runs */
	slow_us = 70000;
	open_world(&w, "options { task_timeout = 0.1s; }");
	say(&w, SPAN(HELLO MESSAGE MESSAGE));
	(void)expect(&w, "Ohaha");
	slow_us = 7000;
	assert_true(clock_monotonic_us() - start > 200000);
	log = read_log(&w);
	assert_true(log_has(log, "symbols=SLOW(1.00),SLOWER(2.00)"));
	assert_true(log_has(log, "not_checked=asking"));
	close_world(&w);
}

static void a_connection_may_close_while_a_scan_runs(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE));
	(void)event_base_loop(w.worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	(void)close(w.client);
	w.client = -1;
	for (int i = 0; i < 20; i++)
		(void)event_base_loop(w.worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(w.worker.connection_count, 0);
	close_world(&w);
}

static void the_process_may_close_while_a_scan_runs(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE));
	(void)event_base_loop(w.worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(w.worker.connection_count, 1);
	close_world(&w);
}

static void draining_waits_for_messages_only(void **state)
{
	struct world w;
	int idle, busy;

	(void)state;
	open_world(&w, "");
	idle = w.client;
	say(&w, SPAN(HELLO));
	(void)expect(&w, "O");
	open_client(&w);
	busy = w.client;
	say(&w, SPAN(HELLO MAIL));
	(void)expect(&w, "O");
	w.worker.state = SERVE_STOPS;
	serve_connections_drain(&w.worker);
	assert_int_equal(w.worker.connection_count, 1);
	w.client = idle;
	(void)expect(&w, ".");
	(void)close(idle);
	w.client = busy;
	say(&w, SPAN(HEADER PACKET("\1", "N") PACKET("\1", "E")));
	(void)expect(&w, "ha.");
	assert_int_equal(w.worker.connection_count, 0);
	close_world(&w);
}

static void garbage_is_told_and_closes(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO "EHLO mx.example.org\r\n"));
	(void)expect(&w, "O.");
	assert_true(log_has(read_log(&w),
		"a connection was closed: milter test: a packet of 1162366031 bytes"));
	close_world(&w);
}

static void who_does_not_read_is_not_read(void **state)
{
	/* 100000 body chunks of no bytes, each of which is answered */
	static char chunks[5 * 100000];
	static char replies[1 << 20];
	struct world w;
	size_t sent = 0, got = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(chunks); i += 5)
		memcpy(chunks + i, "\0\0\0\1B", 5);
	open_world(&w, "");
	say(&w, SPAN(HELLO MAIL));
	(void)expect(&w, "O");
	for (int i = 0; i < 100 && sent < sizeof(chunks); i++) {
		ssize_t n = write(w.client, chunks + sent, sizeof(chunks) - sent);

		sent += n > 0 ? (size_t)n : 0;
		(void)event_base_loop(w.worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	/* reading again gets everything going */
	for (int i = 0; i < 1000 && got < sizeof(chunks); i++) {
		ssize_t n = read(w.client, replies, sizeof(replies));

		got += n > 0 ? (size_t)n : 0;
		n = write(w.client, chunks + sent, sizeof(chunks) - sent);
		sent += n > 0 ? (size_t)n : 0;
		(void)event_base_loop(w.worker.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	assert_int_equal(sent, sizeof(chunks));
	assert_int_equal(got, sizeof(chunks));
	close_world(&w);
}

static void a_message_without_room_is_put_off(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, "");
	w.settings.held_most = 10;
	say(&w, SPAN(HELLO MAIL));
	(void)expect(&w, "O");
	say(&w, SPAN(HEADER PACKET("\1", "N") PACKET("\1", "E")));
	/* the next message on the connection has room again */
	(void)expect(&w, "y");
	w.settings.held_most = 1 << 20;
	say(&w, SPAN(MESSAGE));
	(void)expect(&w, "ha");
	assert_int_equal(w.worker.held, 0);
	assert_int_equal(board_read(&w.worker.slot->counts.refusals[BOARD_OVERLOAD]), 1);
	close_world(&w);
}

static void a_message_that_kills_is_put_off_the_third_time(void **state)
{
	struct span message = SPAN("Subject: hello\r\n\r\n");
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO));
	(void)expect(&w, "O");
	for (unsigned deaths = 0; deaths < 3; deaths++) {
		say(&w, SPAN(MESSAGE));
		(void)expect(&w, deaths < BOARD_DEATHS_MOST ? "ha" : "y");
		(void)board_add_death(w.board, board_digest(message), clock_wall());
	}
	assert_true(log_has(read_log(&w), "deferred=\"it has ended workers before\""));
	assert_int_equal(board_read(&w.worker.slot->counts.refusals[BOARD_POISON]), 1);
	assert_int_equal(board_read(&w.worker.slot->counts.messages[BOARD_MILTER]), 2);
	close_world(&w);
}

static void verdicts_are_counted(void **state)
{
	struct board_counts sum;
	struct world w;

	(void)state;
	open_world(&w, "");
	say(&w, SPAN(HELLO MESSAGE MESSAGE));
	(void)expect(&w, "Ohaha");
	board_sum(w.board, &sum);
	assert_int_equal(board_read(&sum.actions[board_action(SPAN("no action"))]), 2);
	assert_int_equal(board_read(&sum.unfinished), 2);
	assert_int_equal(board_read(&sum.open[BOARD_MILTER]), 1);
	assert_true(board_read(&sum.microseconds) > 0);
	close_world(&w);
}

int main(void)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_scan_lets_the_loop_turn),
		cmocka_unit_test(what_could_not_be_asked_is_named),
		cmocka_unit_test(messages_that_were_sent_at_once_follow_each_other),
		cmocka_unit_test(a_deadline_within_a_slow_scan_still_gives_a_verdict),
		cmocka_unit_test(a_connection_may_close_while_a_scan_runs),
		cmocka_unit_test(the_process_may_close_while_a_scan_runs),
		cmocka_unit_test(draining_waits_for_messages_only),
		cmocka_unit_test(garbage_is_told_and_closes),
		cmocka_unit_test(who_does_not_read_is_not_read),
		cmocka_unit_test(a_message_without_room_is_put_off),
		cmocka_unit_test(a_message_that_kills_is_put_off_the_third_time),
		cmocka_unit_test(verdicts_are_counted),
	};

	(void)sigaction(SIGPIPE, &ignored, NULL);
	return cmocka_run_group_tests_name("serve/connection", tests, NULL, NULL);
}
