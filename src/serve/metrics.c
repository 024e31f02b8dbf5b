/* The numbers of the board as Prometheus text and as JSON. */
#include "serve/board.h"

static const char *const refusals[BOARD_REFUSAL_COUNT] = {"overload", "poison"};

/* ---- Prometheus ---- */

static void print_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP winnow_%s %s\n# TYPE winnow_%s %s\n", name, help, name, type);
}

static void print_number(struct buf *out, const char *name, const char *type, const char *help,
	uint64_t value)
{
	print_head(out, name, type, help);
	buf_printf(out, "winnow_%s %llu\n", name, (unsigned long long)value);
}

static void print_row(struct buf *out, const char *name, const char *label, const char *word,
	uint64_t value)
{
	buf_printf(out, "winnow_%s{%s=\"%s\"} %llu\n", name, label, word,
		(unsigned long long)value);
}

static void print_list(struct buf *out, const char *name, const char *type, const char *help,
	const char *label, const char *const *words, const board_number *numbers, size_t n)
{
	print_head(out, name, type, help);
	for (size_t i = 0; i < n; i++)
		print_row(out, name, label, words[i], board_read(&numbers[i]));
}

/* Buckets count up, as the format wants it. */
static void print_times(struct buf *out, const struct board_counts *sum)
{
	uint64_t count = 0;

	print_head(out, "verdict_seconds", "histogram",
		"Time from the end of a message to its verdict.");
	for (size_t i = 0; i < BOARD_TIME_COUNT; i++) {
		count += board_read(&sum->times[i]);
		buf_printf(out, "winnow_verdict_seconds_bucket{le=\"%g\"} %llu\n",
			(double)board_times[i] / 1e6, (unsigned long long)count);
	}
	count += board_read(&sum->times[BOARD_TIME_COUNT]);
	buf_printf(out, "winnow_verdict_seconds_bucket{le=\"+Inf\"} %llu\n",
		(unsigned long long)count);
	buf_printf(out, "winnow_verdict_seconds_sum %.6f\nwinnow_verdict_seconds_count %llu\n",
		(double)board_read(&sum->microseconds) / 1e6, (unsigned long long)count);
}

void board_print_metrics(const struct board *board, struct buf *out)
{
	struct board_counts sum;

	board_sum(board, &sum);
	print_head(out, "build_info", "gauge", "The version of the program.");
	buf_printf(out, "winnow_build_info{version=\"%s\"} 1\n", WINNOW_VERSION);
	print_head(out, "start_time_seconds", "gauge", "When the program was started.");
	buf_printf(out, "winnow_start_time_seconds %.3f\n", board->started);
	print_list(out, "verdicts_total", "counter", "Verdicts by action.", "action", board_actions,
		sum.actions, BOARD_ACTION_COUNT);
	print_list(out, "messages_total", "counter", "Messages that were judged, by listener.",
		"listener", board_listeners, sum.messages, BOARD_LISTENER_COUNT);
	print_list(out, "messages_deferred_total", "counter",
		"Messages that were put off without a verdict.", "reason", refusals, sum.refusals,
		BOARD_REFUSAL_COUNT);
	print_list(out, "connections_total", "counter", "Connections that were taken.", "listener",
		board_listeners, sum.connections, BOARD_LISTENER_COUNT);
	print_list(out, "connections_open", "gauge", "Connections that are open now.", "listener",
		board_listeners, sum.open, BOARD_LISTENER_COUNT);
	print_number(out, "connections_closed_at_once_total", "counter",
		"Connections past max_connections.", board_read(&sum.closed));
	print_number(out, "connections_broken_total", "counter",
		"Connections that were closed for a breach of the protocol.",
		board_read(&sum.broken));
	print_number(out, "message_bytes_total", "counter", "Bytes of messages that were judged.",
		board_read(&sum.bytes));
	print_number(out, "message_bytes_held", "gauge", "Bytes of messages under way.",
		board_read(&sum.held));
	print_number(out, "messages_unfinished_total", "counter",
		"Messages for which some check could not be done.", board_read(&sum.unfinished));
	print_number(out, "dns_questions_total", "counter", "Questions about names.",
		board_read(&sum.questions));
	print_number(out, "dns_questions_cached_total", "counter",
		"Questions about names that were answered from the cache.",
		board_read(&sum.questions_cached));
	print_number(out, "dns_questions_failed_total", "counter",
		"Questions about names that got no answer.", board_read(&sum.questions_failed));
	print_times(out, &sum);
	print_head(out, "scan_cpu_seconds_total", "counter", "CPU time of the checks.");
	buf_printf(out, "winnow_scan_cpu_seconds_total %.6f\n",
		(double)board_read(&sum.cpu_microseconds) / 1e6);
	print_number(out, "workers", "gauge", "Worker processes.", board_worker_count(board, 0));
	print_number(out, "worker_deaths_total", "counter",
		"Workers and keepers that died and were replaced.", board_read(&board->restarts));
	print_number(out, "generation", "gauge", "Number of the configuration in effect.",
		board_read(&board->generation));
	print_number(out, "reload_failures_total", "counter",
		"Reloads that kept the old configuration.", board_read(&board->reload_failures));
}

/* ---- JSON ---- */

static void print_member(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_int(j, (int64_t)value);
}

static void print_object(struct json *j, const char *key, const char *const *words,
	const board_number *numbers, size_t n)
{
	json_key(j, key);
	json_open_object(j);
	for (size_t i = 0; i < n; i++)
		print_member(j, words[i], board_read(&numbers[i]));
	json_close(j);
}

static uint64_t sum_of(const board_number *numbers, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += board_read(&numbers[i]);
	return sum;
}

/* Members as Rspamd's /stat has them, where there is the same thing. */
void board_print_json(const struct board *board, struct buf *out)
{
	struct board_counts sum;
	struct json j;

	board_sum(board, &sum);
	json_init(&j, out);
	json_open_object(&j);
	json_key(&j, "version");
	json_string(&j, WINNOW_VERSION);
	print_member(&j, "uptime", (uint64_t)(clock_wall() - board->started));
	json_key(&j, "read_only");
	json_bool(&j, true);
	print_member(&j, "scanned", sum_of(sum.actions, BOARD_ACTION_COUNT));
	print_object(&j, "actions", board_actions, sum.actions, BOARD_ACTION_COUNT);
	print_object(&j, "messages", board_listeners, sum.messages, BOARD_LISTENER_COUNT);
	print_object(&j, "deferred", refusals, sum.refusals, BOARD_REFUSAL_COUNT);
	print_member(&j, "connections", sum_of(sum.connections, BOARD_LISTENER_COUNT));
	print_object(&j, "connections_open", board_listeners, sum.open, BOARD_LISTENER_COUNT);
	print_member(&j, "connections_broken", board_read(&sum.broken));
	print_member(&j, "bytes", board_read(&sum.bytes));
	print_member(&j, "bytes_held", board_read(&sum.held));
	print_member(&j, "unfinished", board_read(&sum.unfinished));
	print_member(&j, "dns_questions", board_read(&sum.questions));
	print_member(&j, "dns_questions_cached", board_read(&sum.questions_cached));
	print_member(&j, "dns_questions_failed", board_read(&sum.questions_failed));
	print_member(&j, "microseconds", board_read(&sum.microseconds));
	print_member(&j, "cpu_microseconds", board_read(&sum.cpu_microseconds));
	print_member(&j, "workers", board_worker_count(board, 0));
	print_member(&j, "worker_deaths", board_read(&board->restarts));
	print_member(&j, "generation", board_read(&board->generation));
	print_member(&j, "reload_failures", board_read(&board->reload_failures));
	json_close(&j);
}
