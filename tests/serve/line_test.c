/* The line of a message, as a reader of logs gets it. */
#include "serve/inner.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const struct scan_symbol symbols[] = {
	{.name = "ONE", .score = 1.5, .meaning = "x"},
	{.name = "TWO", .score = -0.001, .meaning = "x"},
};

static enum rc add_both(struct scan *s)
{
	scan_add(s, 0);
	scan_add(s, 1);
	return RC_OK;
}

static const struct scan_symbol lost_symbols[] = {{.name = "LOST", .score = 1, .meaning = "x"}};

static enum rc give_up(struct scan *s)
{
	return RC_TEMPFAIL;
}

static const struct check adding = {.name = "adding",
	.help = "x",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = add_both};
static const struct check failing = {.name = "failing",
	.help = "x",
	.stage = SCAN_MAIN,
	.symbols = lost_symbols,
	.symbol_count = ARRAY_LEN(lost_symbols),
	.needs_most = 1,
	.run = give_up};
static const struct check *const checks[] = {&adding, &failing};

struct world {
	struct arena *arena;
	struct msg_input input;
	struct scan_verdict verdict;
	int log[2];
	char text[LOG_LINE_MOST + 1];
};

static void open_world(struct world *w)
{
	struct conf_input none = {.texts = NULL};
	const struct scan_config *config;
	struct conf_report report;
	struct msg *msg;

	*w = (struct world){.arena = arena_make()};
	conf_report_init(&report, w->arena);
	config = scan_config_make(w->arena, conf_load(w->arena, &none, &report), checks,
		ARRAY_LEN(checks), &report);
	w->input.arena = w->arena;
	w->input.bytes = SPAN("Message-ID: <1@example.org>\r\n\r\nhello\r\n");
	msg = msg_make(w->arena, &w->input.envelope, w->input.bytes);
	w->verdict = *scan_whole(config, msg, need_memo_make(w->arena, 0));
	must(pipe2(w->log, O_NONBLOCK) == 0);
	log_set_fd(w->log[1]);
}

static void close_world(struct world *w)
{
	log_set_fd(STDERR_FILENO);
	(void)close(w->log[0]);
	(void)close(w->log[1]);
	arena_free(w->arena);
}

/* The line, without the part that takes its time from a clock. */
static const char *log_and_read(struct world *w)
{
	struct serve_line line = {
		.input = &w->input,
		.listener = BOARD_MILTER,
		.verdict = &w->verdict,
		.microseconds = 1234,
	};
	ssize_t n;

	w->verdict.microseconds = 150;
	serve_log_message(&line);
	n = read(w->log[0], w->text, sizeof(w->text) - 1);
	w->text[n > 0 ? n : 0] = '\0';
	return w->text;
}

static void a_message_that_little_is_known_of(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	assert_string_equal(log_and_read(&w),
		"notice: message id=1@example.org rcpts=0 action=\"no action\" score=1.50 required=15.00 "
		"not_checked=failing size=38 ms=1.2 cpu_us=150 listener=milter "
		"symbols=ONE(1.50),TWO(0.00)\n");
	close_world(&w);
}

static void a_message_with_all_there_is(void **state)
{
	const struct span rcpts[] = {SPAN_INIT("a@example.org"), SPAN_INIT("\"b, c\"@example.org"),
		SPAN_INIT("d@example.org"), SPAN_INIT("e@example.org"), SPAN_INIT("f@example.org"),
		SPAN_INIT("g@example.org")};
	struct scan_verdict mild, strict;
	const size_t for_mild[] = {0, 2, 3, 4}, for_strict[] = {1, 5};
	struct scan_share shares[] = {{.verdict = &mild, .rcpts = for_mild, .rcpt_count = 4},
		{.verdict = &strict, .rcpts = for_strict, .rcpt_count = 2}};
	struct world w;

	(void)state;
	open_world(&w);
	w.input.envelope = (struct msg_envelope){
		.queue_id = SPAN("4F7"),
		.address = SPAN("192.0.2.1"),
		.user = SPAN("joe"),
		.from = SPAN(""),
		.rcpts = rcpts,
		.rcpt_count = ARRAY_LEN(rcpts),
	};
	w.input.rcpt_count = 2000;
	w.input.is_cut = true;
	mild = strict = w.verdict;
	strict.settings = SPAN("strict");
	strict.score = 20;
	w.verdict.shares = shares;
	w.verdict.share_count = ARRAY_LEN(shares);
	w.verdict.required = 15;
	w.verdict.forced_by = &adding;
	assert_string_equal(log_and_read(&w),
		"notice: message id=1@example.org qid=4F7 ip=192.0.2.1 user=joe from=\"\" "
		"rcpt=\"a@example.org,\\\"b%2C c\\\"@example.org,d@example.org,e@example.org,"
		"f@example.org\" rcpts=2000 action=\"no action\" score=1.50 required=15.00 "
		"forced_by=adding shares=\"no action(1.50)=a@example.org+d@example.org+e@example.org+1,strict:no action(20.00)=\\\"b%2C c\\\"@example.org+g@example.org\" "
		"not_checked=failing size=38 cut=true ms=1.2 cpu_us=150 listener=milter "
		"symbols=ONE(1.50),TWO(0.00)\n");
	close_world(&w);
}

/* Whatever the mail server passes on, the verdict stands in the line. */
static void long_words_do_not_push_the_verdict_out(void **state)
{
	static char word[5000];
	struct span rcpts[1024];
	struct world w;

	(void)state;
	open_world(&w);
	memset(word, '"', sizeof(word));
	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++)
		rcpts[i] = span_from(word, sizeof(word));
	w.input.envelope = (struct msg_envelope){
		.queue_id = rcpts[0],
		.address = rcpts[0],
		.user = rcpts[0],
		.from = rcpts[0],
		.rcpts = rcpts,
		.rcpt_count = ARRAY_LEN(rcpts),
	};
	assert_non_null(strstr(log_and_read(&w), " symbols=ONE(1.50),TWO(0.00)\n"));
	assert_non_null(strstr(w.text, " action=\"no action\" score=1.50 "));
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_that_little_is_known_of),
		cmocka_unit_test(a_message_with_all_there_is),
		cmocka_unit_test(long_words_do_not_push_the_verdict_out),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
