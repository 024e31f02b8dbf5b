/* winnow stats: asks a running filter how it is doing. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/inner.h"

enum { REPLY_MOST = 1 << 20, PATIENCE_SECONDS = 10, ATTEMPTS = 3, TRIES = 20, PAUSE_MS = 50 };

/* ---- asking ---- */

static int connect_to(const char *path)
{
	struct timeval most = {.tv_sec = PATIENCE_SECONDS};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd;

	if (n >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	/* over a reload, one process takes the socket over from another */
	for (int i = 0; i < TRIES; i++) {
		if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		if (errno != ECONNREFUSED)
			break;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	(void)close(fd);
	return -1;
}

static bool explain_failure(const char *path)
{
	if (errno == ENOENT || errno == ECONNREFUSED)
		cli_complain("%s: no filter answers there. Is `winnow serve` running with the same "
			     "state_dir? Name its folder with -c, --set state_dir=... or "
			     "WINNOW_STATE_DIR",
			path);
	else
		cli_complain("%s: %s", path, strerror(errno));
	return false;
}

/* One attempt; false when the connection broke before there was a reply. */
static bool ask_once(const struct cli *cli, const char *path, int fd, struct span question,
	struct span *reply)
{
	struct why why;

	/* the one who answers may have ended: that is no reason to end with a signal */
	return send(fd, question.p, question.n, MSG_NOSIGNAL) == (ssize_t)question.n &&
		file_read_fd(cli->arena, fd, path, REPLY_MOST, reply, &why) == RC_OK &&
		reply->n > 0;
}

/* The body of the reply to GET `page`; false when it has complained. */
static bool ask(const struct cli *cli, const char *path, const char *page, struct span *out)
{
	struct span question = arena_printf(cli->arena,
		"GET %s HTTP/1.1\r\nHost: winnow\r\nConnection: close\r\n\r\n", page);
	struct span reply;
	size_t body;
	bool ok = false;

	/* at a reload one keeper ends and another takes over: the second attempt meets that one */
	for (int i = 0; i < ATTEMPTS && !ok; i++) {
		int fd = connect_to(path);

		if (fd == -1)
			return explain_failure(path);
		ok = ask_once(cli, path, fd, question, &reply);
		(void)close(fd);
	}
	if (!ok) {
		cli_complain("%s: the filter does not answer", path);
		return false;
	}
	body = span_find(reply, SPAN("\r\n\r\n"));
	*out = span_from_offset(reply, body + 4);
	if (body < reply.n && span_starts(reply, SPAN("HTTP/1.1 200")))
		return true;
	cli_complain("%s: the filter answers with an error: %.*s", path, SPAN_ARG(span_trim(*out)));
	return false;
}

/* ---- showing ---- */

/* The number behind `name` in Prometheus text, 0 when there is none. */
static double find_number(struct span text, const char *name)
{
	double value = 0;

	for (struct span line; span_next_line(&text, &line);) {
		if (!span_starts(line, span_of(name)))
			continue;
		line = span_from_offset(line, strlen(name));
		if (span_starts(line, SPAN(" ")) && num_parse_double(span_trim(line), &value))
			return value;
	}
	return value;
}

/* "winnow_verdicts_total{action="reject"} 3": the label's value and the number, line by line. */
static bool next_row(struct span *text, const char *family, struct span *label, double *value)
{
	for (struct span line; span_next_line(text, &line);) {
		size_t open = span_find_byte(line, '"'), end = span_find_byte(line, '}');

		if (!span_starts(line, span_of(family)) || open == line.n || end == line.n)
			continue;
		*label = span_slice(line, open + 1, end - open - 2);
		if (num_parse_double(span_trim(span_from_offset(line, end + 1)), value))
			return true;
	}
	return false;
}

static void print_actions(struct buf *out, struct span text, double sum)
{
	struct span label;
	double value;

	while (next_row(&text, "winnow_verdicts_total{", &label, &value))
		if (value > 0)
			buf_printf(out, "  %-16.*s %10.0f %5.1f %%\n", SPAN_ARG(label), value,
				100 * value / sum);
}

/* The least bound within which 99 of 100 verdicts came. */
static void print_times(struct buf *out, struct span text, double count)
{
	struct span rest = text, label;
	double value;

	if (count == 0)
		return;
	buf_printf(out, "Time to the verdict: %.2f ms on average",
		1000 * find_number(text, "winnow_verdict_seconds_sum") / count);
	while (next_row(&rest, "winnow_verdict_seconds_bucket{", &label, &value)) {
		double bound;

		if (value < 0.99 * count || !num_parse_double(label, &bound))
			continue;
		buf_printf(out, ", 99 of 100 within %g ms", 1000 * bound);
		break;
	}
	buf_add_string(out, "\n");
}

static void print_uptime(struct buf *out, double seconds)
{
	long minutes = (long)(seconds / 60);

	if (minutes >= 1440)
		buf_printf(out, "%ld days %ld h", minutes / 1440, minutes / 60 % 24);
	else if (minutes >= 60)
		buf_printf(out, "%ld h %ld min", minutes / 60, minutes % 60);
	else
		buf_printf(out, "%ld min %.0f s", minutes, seconds - (double)minutes * 60);
}

static void print_network(struct buf *out, struct span text)
{
	size_t lists = 0, off = 0;
	struct span rest = text, zone;
	double usable;

	buf_printf(out,
		"Questions to DNS: %.0f, at once from the cache %.0f, without an answer %.0f\n",
		find_number(text, "winnow_dns_questions_total"),
		find_number(text, "winnow_dns_questions_cached_total"),
		find_number(text, "winnow_dns_questions_failed_total"));
	while (next_row(&rest, "winnow_list_usable{", &zone, &usable)) {
		lists++;
		if (usable == 0)
			buf_printf(out, "%s%.*s", off++ == 0 ? "Block lists that are off: " : ", ",
				SPAN_ARG(zone));
	}
	if (off > 0)
		buf_add_string(out, "\n");
	else if (lists > 0)
		buf_printf(out, "Block lists: %zu, all can be believed\n", lists);
}

static void print_people(struct buf *out, struct span text)
{
	double count = find_number(text, "winnow_verdict_seconds_count");

	buf_printf(out, "%.0f workers, configuration %.0f, up ",
		find_number(text, "winnow_workers"), find_number(text, "winnow_generation"));
	print_uptime(out, clock_wall() - find_number(text, "winnow_start_time_seconds"));
	buf_printf(out, "\n%.0f messages, %.1f MB: %.0f by milter, %.0f over HTTP\n", count,
		find_number(text, "winnow_message_bytes_total") / 1e6,
		find_number(text, "winnow_messages_total{listener=\"milter\"}"),
		find_number(text, "winnow_messages_total{listener=\"http\"}"));
	print_actions(out, text, count);
	print_times(out, text, count);
	buf_printf(out,
		"Put off: %.0f for want of memory, %.0f that end workers. Checks not done: in %.0f "
		"messages\n",
		find_number(text, "winnow_messages_deferred_total{reason=\"overload\"}"),
		find_number(text, "winnow_messages_deferred_total{reason=\"poison\"}"),
		find_number(text, "winnow_messages_unfinished_total"));
	buf_printf(out, "Connections open: %.0f milter, %.0f HTTP; broken off: %.0f\n",
		find_number(text, "winnow_connections_open{listener=\"milter\"}"),
		find_number(text, "winnow_connections_open{listener=\"http\"}"),
		find_number(text, "winnow_connections_broken_total"));
	print_network(out, text);
	buf_printf(out, "Workers that died: %.0f. Reloads that failed: %.0f\n",
		find_number(text, "winnow_worker_deaths_total"),
		find_number(text, "winnow_reload_failures_total"));
}

/* Whether the filter works: a sentence, and the exit status for a container's health check. */
static int show_health(const struct cli *cli, const char *path)
{
	struct span reply;

	if (!ask(cli, path, "/health", &reply))
		return CLI_FAILED;
	cli_print(SPAN("The filter works.\n"));
	return CLI_DONE;
}

/*
 * The files may have become wrong since the filter has read them: it runs on, and so it can be asked. What
 * they say of its folder will do.
 */
static const char *find_socket(const struct cli *cli)
{
	struct serve_input input = cli_input(cli);
	struct conf_report report;
	struct serve_generation *g;
	struct buf text;
	const char *path;

	conf_report_init(&report, cli->arena);
	g = serve_generation_make(&input, &report);
	buf_init(&text, cli->arena, 1 << 20);
	if (report.errors > 0)
		conf_report_print(&text, &report);
	(void)file_write_fd(STDERR_FILENO, buf_span(&text));
	path = arena_string(cli->arena, serve_control_path(cli->arena, g));
	serve_generation_free(g);
	return path;
}

static int run_stats(struct cli *cli)
{
	bool is_raw = cli_has(cli, "json") || cli_has(cli, "metrics");
	const char *path;
	struct span reply;
	struct buf out;

	if (cli->arguments.n > 0)
		return cli_usage(cli, "it takes no arguments");
	path = find_socket(cli);
	if (cli_has(cli, "health"))
		return show_health(cli, path);
	if (!ask(cli, path, cli_has(cli, "json") ? "/stat" : "/metrics", &reply))
		return CLI_FAILED;
	buf_init(&out, cli->arena, REPLY_MOST);
	if (is_raw)
		buf_add(&out, reply);
	else
		print_people(&out, reply);
	if (out.n > 0 && out.p[out.n - 1] != '\n')
		buf_add_byte(&out, '\n');
	cli_print(buf_span(&out));
	return CLI_DONE;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	{"json", 0, NULL, false, "as JSON"},
	{"metrics", 0, NULL, false, "as Prometheus reads it"},
	{"health", 0, NULL, false, "only whether it works: exit status 0, else 3"},
};

const struct cli_command cli_command_stats = {
	.name = "stats",
	.summary = "how a running filter is doing",
	.arguments = "",
	.about =
		"Asks the running filter over the socket control.sock in its state folder, which is\n"
		"state_dir of the configuration or WINNOW_STATE_DIR. --health has it judge a message of\n"
		"its own: for the health check of a container.",
	.examples = "winnow stats\tmessages by verdict, times, connections\n"
		    "winnow stats --metrics\tthe same for Prometheus\n"
		    "winnow stats --health\tfor a health check",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_stats,
};
