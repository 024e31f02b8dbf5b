#include "base/base.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

static int ends[2], console = -1;
static char line[20000];

static int set_up_plain(void **state)
{
	(void)state;
	must(pipe2(ends, O_NONBLOCK) == 0);
	log_set_fd(ends[1]);
	log_set_level(LOG_LEVEL_NOTICE);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_set_fd(STDERR_FILENO);
	if (console != -1) {
		(void)dup2(console, STDOUT_FILENO);
		(void)close(console);
		console = -1;
	}
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

/* Standard output is a pipe for as long as a test runs. */
static int set_up_console(void **state)
{
	(void)state;
	must(pipe2(ends, O_NONBLOCK) == 0);
	console = dup(STDOUT_FILENO);
	must(dup2(ends[1], STDOUT_FILENO) != -1);
	return 0;
}

/* What has been logged since the last call. */
static const char *logged(void)
{
	ssize_t n = read(ends[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

/* ---- plain lines ---- */

struct escape_case {
	const char *name;
	const char *text;
	const char *line;
};

static const struct escape_case plain_cases[] = {
	{"plain text passes", "a b\"c'd\\e", "notice: a b\"c'd\\e\n"},
	{"a line end cannot forge a line", "x\nerror: y", "notice: x\\x0aerror: y\n"},
	{"other control bytes neither", "\r\t\x1b[0m\x7f", "notice: \\x0d\\x09\\x1b[0m\\x7f\n"},
	{"UTF-8 passes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		"notice: \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n"},
	{"the first of Latin-1 passes", "\xc2\xa0", "notice: \xc2\xa0\n"},
	{"control characters of eight bits do not pass",
		"\xc2\x9b"
		"0m\xc2\x80",
		"notice: \\xc2\\x9b0m\\xc2\\x80\n"},
	{"marks that turn the direction around do not pass",
		"a\xe2\x80\xae"
		"b",
		"notice: a\\xe2\\x80\\xaeb\n"},
	{"bytes that are not UTF-8 are escaped",
		"\x9b\xff"
		"a\xe2\x82",
		"notice: \\x9b\\xffa\\xe2\\x82\n"},
	{"an empty line", "", "notice: \n"},
};

static void plain_lines_cannot_be_forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain_cases); i++) {
		const struct escape_case *c = &plain_cases[i];

		log_line(LOG_LEVEL_NOTICE, "%s", c->text);
		if (strcmp(logged(), c->line) != 0)
			fail_msg("%s: %s", c->name, line);
	}
}

static void less_urgent_lines_are_dropped(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "not shown");
	log_event(LOG_LEVEL_INFO, "not_shown", NULL, 0);
	assert_string_equal(logged(), "");
	log_line(LOG_LEVEL_ERROR, "%d", 5);
	assert_string_equal(logged(), "error: 5\n");
	log_set_level(LOG_LEVEL_DEBUG);
	log_line(LOG_LEVEL_DEBUG, "shown");
	assert_string_equal(logged(), "debug: shown\n");
	log_set_level(LOG_LEVEL_ERROR);
	log_line(LOG_LEVEL_WARNING, "not shown");
	assert_string_equal(logged(), "");
}

static void long_plain_lines_are_cut_and_end(void **state)
{
	size_t n;

	(void)state;
	log_line(LOG_LEVEL_NOTICE, "%0*d", 20000, 7);
	n = strlen(logged());
	assert_in_range(n, 4000, LOG_LINE_MOST);
	assert_int_equal(line[n - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	/* also when each byte becomes four, and a last one does not fit whole */
	for (int tabs = 1010; tabs < 1050; tabs++) {
		char text[2000];

		memset(text, '\t', sizeof(text));
		log_line(LOG_LEVEL_NOTICE, "%.*s", tabs, text);
		n = strlen(logged());
		assert_in_range(n, 4000, LOG_LINE_MOST);
		assert_int_equal((n - strlen("notice: \n")) % 4, 0);
		assert_int_equal(line[n - 1], '\n');
	}
}

static void lines_that_are_refused_are_counted(void **state)
{
	uint64_t before = log_lost();

	(void)state;
	log_set_fd(-1);
	log_line(LOG_LEVEL_NOTICE, "nobody reads this");
	assert_int_equal(log_lost(), before + 1);
	log_set_fd(ends[1]);
	log_tell_lost();
	assert_string_equal(logged(),
		"warning: 1 lines of the log were lost: who takes them was too slow or not "
		"there\n");
	log_tell_lost();
	assert_string_equal(logged(), "");
	/* a full pipe does not block */
	for (int i = 0; i < 100; i++)
		log_line(LOG_LEVEL_NOTICE, "%0*d", 4000, i);
	assert_true(log_lost() > before + 1);
	while (write(ends[1], "x", 1) == 1)
		;
	/* what could not be told is told later */
	log_tell_lost();
	while (*logged() != '\0')
		;
	log_tell_lost();
	assert_non_null(strstr(logged(), "lines of the log were lost"));
}

static void levels_have_names(void **state)
{
	(void)state;
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
		assert_int_equal(log_level_find(span_of(log_level_name((enum log_level)i))), i);
	assert_int_equal(log_level_find(SPAN("WARNING")), LOG_LEVEL_WARNING);
	assert_int_equal(log_level_find(SPAN("loud")), -1);
	assert_int_equal(log_level_find(SPAN("")), -1);
}

/* ---- fields ---- */

static void open_log(enum log_type type, enum log_format format, const char *path)
{
	struct log_target target = {
		.type = type,
		.format = format,
		.level = LOG_LEVEL_NOTICE,
		.facility = 2,
		.is_untimed = true,
	};
	struct why why;

	memcpy(target.path, path, strlen(path));
	assert_int_equal(log_open(&target, &why), RC_OK);
}

struct value_case {
	const char *name;
	struct span text;
	const char *logfmt;
	const char *json;
};

static const struct value_case value_cases[] = {
	{"a word stands as it is", SPAN_INIT("a@example.org"), "x=a@example.org",
		"\"x\":\"a@example.org\""},
	{"a blank needs quotes", SPAN_INIT("a b"), "x=\"a b\"", "\"x\":\"a b\""},
	{"what looks like a field does, too", SPAN_INIT("a=b"), "x=\"a=b\"", "\"x\":\"a=b\""},
	{"a quote cannot end the value", SPAN_INIT("a\" action=\"reject"),
		"x=\"a\\\" action=\\\"reject\"", "\"x\":\"a\\\" action=\\\"reject\""},
	{"a backslash cannot hide the quote", SPAN_INIT("a\\"), "x=\"a\\\\\"", "\"x\":\"a\\\\\""},
	{"an empty value is one", SPAN_INIT(""), "x=\"\"", "\"x\":\"\""},
	{"a line end cannot forge a line", SPAN_INIT("a\r\nlevel=error"),
		"x=\"a\\r\\nlevel=error\"", "\"x\":\"a\\r\\nlevel=error\""},
	{"terminals get no commands", SPAN_INIT("\x1b[2J\x7f\xc2\x9b\t"),
		"x=\"\\u001b[2J\\u007f\\u009b\\t\"", "\"x\":\"\\u001b[2J\\u007f\\u009b\\t\""},
	{"a NUL neither", SPAN_INIT("a\0b"), "x=\"a\\u0000b\"", "\"x\":\"a\\u0000b\""},
	{"the direction of the text stays, and so does the line",
		SPAN_INIT("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8"), "x=\"\\u202e\\u2066\\u2028\"",
		"\"x\":\"\\u202e\\u2066\\u2028\""},
	{"UTF-8 stays readable", SPAN_INIT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		"x=\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
		"\"x\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{"what is not UTF-8 is replaced", SPAN_INIT("\xff\xe2\x82"),
		"x=\"\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd\"",
		"\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void expect_line(const char *name, enum log_format format, const char *field)
{
	char wanted[8192];

	(void)snprintf(wanted, sizeof(wanted),
		format == LOG_FORMAT_JSON ? "{\"level\":\"notice\",\"event\":\"e\",%s}\n"
					  : "level=notice event=e %s\n",
		field);
	if (strcmp(logged(), wanted) != 0)
		fail_msg("%s: %s", name, line);
}

static void values_cannot_be_forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		struct log_field field = {.name = "x", .kind = LOG_TEXT, .text = c->text};

		open_log(LOG_CONSOLE, LOG_FORMAT_LOGFMT, "");
		log_event(LOG_LEVEL_NOTICE, "e", &field, 1);
		expect_line(c->name, LOG_FORMAT_LOGFMT, c->logfmt);
		open_log(LOG_CONSOLE, LOG_FORMAT_JSON, "");
		log_event(LOG_LEVEL_NOTICE, "e", &field, 1);
		expect_line(c->name, LOG_FORMAT_JSON, c->json);
	}
}

static void every_kind_of_field_has_its_form(void **state)
{
	const struct span list[] = {SPAN_INIT("A(1.00)"), SPAN_INIT("a,b%c"), SPAN_INIT("x y")};
	const struct log_field fields[] = {
		{.name = "score", .kind = LOG_NUMBER, .number = 4.5, .decimals = 2},
		{.name = "zero", .kind = LOG_NUMBER, .number = -0.001, .decimals = 2},
		{.name = "none", .kind = LOG_NUMBER, .number = (double)NAN},
		{.name = "unknown", .kind = LOG_TEXT},
		{.name = "plain", .kind = LOG_LIST, .list = list, .list_n = 1},
		{.name = "empty", .kind = LOG_LIST},
		{.name = "list", .kind = LOG_LIST, .list = list, .list_n = 3},
	};

	(void)state;
	open_log(LOG_CONSOLE, LOG_FORMAT_LOGFMT, "");
	log_event(LOG_LEVEL_NOTICE, "e", fields, ARRAY_LEN(fields));
	expect_line("logfmt", LOG_FORMAT_LOGFMT,
		"score=4.50 zero=0.00 plain=A(1.00) empty=\"\" list=\"A(1.00),a%2Cb%25c,x y\"");
	open_log(LOG_CONSOLE, LOG_FORMAT_JSON, "");
	log_event(LOG_LEVEL_NOTICE, "e", fields, ARRAY_LEN(fields));
	expect_line("JSON", LOG_FORMAT_JSON,
		"\"score\":4.50,\"zero\":0.00,\"plain\":[\"A(1.00)\"],\"empty\":[],"
		"\"list\":[\"A(1.00)\",\"a,b%c\",\"x y\"]");
}

static void a_sentence_is_the_field_msg_and_has_its_time(void **state)
{
	struct log_target target = {.level = LOG_LEVEL_NOTICE};
	struct why why;
	double at;

	(void)state;
	assert_int_equal(log_open(&target, &why), RC_OK);
	log_line(LOG_LEVEL_WARNING, "%s on %d", "milter", 11332);
	assert_memory_equal(logged(), "time=", 5);
	assert_true(clock_parse(span_from(line + 5, 20), &at));
	assert_true(fabs(at - clock_wall()) < 5);
	assert_string_equal(line + 25, " level=warning msg=\"milter on 11332\"\n");
}

static void a_line_never_grows_past_its_most(void **state)
{
	struct span symbols[2000];
	char text[3000];
	struct log_field fields[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++)
		symbols[i] = SPAN("SOME_SYMBOL(1.00)");
	for (int format = LOG_FORMAT_LOGFMT; format <= LOG_FORMAT_JSON; format++) {
		open_log(LOG_CONSOLE, (enum log_format)format, "");
		for (size_t n = 1; n <= ARRAY_LEN(fields); n++) {
			size_t length;

			memset(text, n % 2 == 0 ? '\x01' : 'a', sizeof(text));
			for (size_t i = 0; i < n; i++)
				fields[i] = (struct log_field){
					.name = "name",
					.kind = LOG_TEXT,
					.text = span_from(text, sizeof(text)),
				};
			fields[n - 1] = (struct log_field){
				.name = "symbols",
				.kind = LOG_LIST,
				.list = symbols,
				.list_n = ARRAY_LEN(symbols),
			};
			log_event(LOG_LEVEL_NOTICE, "e", fields, n);
			length = strlen(logged());
			assert_in_range(length, 1000, LOG_LINE_MOST);
			assert_int_equal(line[length - 1], '\n');
			assert_ptr_equal(strchr(line, '\n'), line + length - 1);
			if (n <= 10)
				assert_non_null(strstr(line, "more"));
		}
		/* a sentence is cut at its end */
		log_line(LOG_LEVEL_NOTICE, "%0*d", 20000, 7);
		assert_in_range(strlen(logged()), LOG_LINE_MOST - 3, LOG_LINE_MOST);
		assert_non_null(strstr(line, "000..."));
	}
}

/* What `more` counts and what is shown are all. */
static void symbols_that_do_not_fit_are_counted(void **state)
{
	struct span symbols[1000];
	const struct log_field field = {
		.name = "symbols",
		.kind = LOG_LIST,
		.list = symbols,
		.list_n = ARRAY_LEN(symbols),
	};
	uint64_t more = 0;
	const char *at;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++)
		symbols[i] = SPAN("SYMBOL(1.00)");
	open_log(LOG_CONSOLE, LOG_FORMAT_LOGFMT, "");
	log_event(LOG_LEVEL_NOTICE, "e", &field, 1);
	at = strstr(logged(), " more=");
	assert_non_null(at);
	assert_true(num_read_u64(span_of(at + 6), 1000, &more) > 0);
	assert_int_equal(more + span_count_byte(span_of(line), '('), ARRAY_LEN(symbols));
	/* every one of them whole */
	assert_memory_equal(at - strlen("SYMBOL(1.00)"), "SYMBOL(1.00)", strlen("SYMBOL(1.00)"));
}

/* ---- targets ---- */

static char folder[] = "/tmp/winnow-log-XXXXXX";
static char path[256];

static int set_up_folder(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	must(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	return 0;
}

static int tear_down_folder(void **state)
{
	(void)state;
	log_set_fd(STDERR_FILENO);
	(void)unlink(path);
	(void)rmdir(folder);
	return 0;
}

static const char *in_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, line, sizeof(line) - 1);

	(void)close(fd);
	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void a_file_is_opened_anew_under_its_name(void **state)
{
	char old[300];
	struct why why;
	int fd, passed;

	(void)state;
	(void)snprintf(old, sizeof(old), "%s.1", path);
	open_log(LOG_FILE, LOG_FORMAT_LOGFMT, path);
	fd = log_fd();
	log_line(LOG_LEVEL_NOTICE, "one");
	assert_int_equal(rename(path, old), 0);
	log_line(LOG_LEVEL_NOTICE, "two");
	assert_int_equal(log_reopen(&why), RC_OK);
	assert_int_equal(log_fd(), fd);
	log_line(LOG_LEVEL_NOTICE, "three");
	assert_string_equal(in_file(old), "level=notice msg=one\nlevel=notice msg=two\n");
	assert_string_equal(in_file(path), "level=notice msg=three\n");
	/* as a child gets it from its parent */
	passed = open(old, O_WRONLY | O_APPEND | O_CLOEXEC);
	log_use_fd(passed);
	assert_int_equal(fcntl(passed, F_GETFD), -1);
	assert_int_equal(fcntl(log_fd(), F_GETFD), FD_CLOEXEC);
	log_line(LOG_LEVEL_NOTICE, "four");
	assert_non_null(strstr(in_file(old), "msg=four\n"));
	assert_int_equal(unlink(old), 0);
}

static void files_that_cannot_be_opened_are_explained(void **state)
{
	struct log_target target = {.type = LOG_FILE, .level = LOG_LEVEL_NOTICE};
	struct why why;

	(void)state;
	open_log(LOG_FILE, LOG_FORMAT_LOGFMT, path);
	(void)snprintf(target.path, sizeof(target.path), "%s/missing/log", folder);
	assert_int_equal(log_open(&target, &why), RC_NOT_FOUND);
	assert_non_null(strstr(why.text, "the folder of the log is not there"));
	(void)snprintf(target.path, sizeof(target.path), "%s/link", folder);
	assert_int_equal(symlink("/dev/null", target.path), 0);
	assert_int_equal(log_open(&target, &why), RC_INVALID);
	assert_int_equal(unlink(target.path), 0);
	(void)snprintf(target.path, sizeof(target.path), "%s", folder);
	assert_true(log_open(&target, &why) != RC_OK);
	/* and lines go where they went before */
	log_line(LOG_LEVEL_NOTICE, "still here");
	assert_string_equal(in_file(path), "level=notice msg=\"still here\"\n");
}

static int listen_at(const char *at)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, at, strlen(at));
	must(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static size_t receive(int fd)
{
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void syslog_gets_datagrams_also_after_it_was_started_again(void **state)
{
	char wanted[200];
	uint64_t lost;
	int fd;

	(void)state;
	open_log(LOG_SYSLOG, LOG_FORMAT_LOGFMT, path);
	lost = log_lost();
	log_line(LOG_LEVEL_NOTICE, "nobody is there yet");
	assert_int_equal(log_lost(), lost + 1);
	fd = listen_at(path);
	log_line(LOG_LEVEL_NOTICE, "one");
	(void)receive(fd);
	/* facility 2 (mail), severity 5 (notice) */
	(void)snprintf(wanted, sizeof(wanted), "<21>winnow[%d]: level=notice msg=one",
		(int)getpid());
	assert_string_equal(line, wanted);
	(void)close(fd);
	log_line(LOG_LEVEL_NOTICE, "lost");
	assert_int_equal(log_lost(), lost + 2);
	assert_int_equal(unlink(path), 0);
	fd = listen_at(path);
	log_line(LOG_LEVEL_ERROR, "two");
	(void)receive(fd);
	assert_memory_equal(line, "<19>winnow[", 11);
	assert_non_null(strstr(line, "msg=two"));
	(void)close(fd);
}

static void a_full_syslog_does_not_block(void **state)
{
	uint64_t lost = log_lost();
	int fd;

	(void)state;
	fd = listen_at(path);
	open_log(LOG_SYSLOG, LOG_FORMAT_LOGFMT, path);
	for (int i = 0; i < 5000; i++)
		log_line(LOG_LEVEL_NOTICE, "%d", i);
	assert_true(log_lost() > lost);
	(void)close(fd);
}

/* The value of the field in a datagram in the form that may hold any byte; the null span without it. */
static struct span find_journal(size_t n, const char *name)
{
	struct span all = span_from(line, n), value;
	char start[100];
	size_t at, length = 0;

	(void)snprintf(start, sizeof(start), "%s\n", name);
	at = span_find(all, span_of(start));
	if (at == n)
		return (struct span){0};
	value = span_from_offset(all, at + strlen(start));
	for (size_t i = 0; i < 8; i++)
		length |= (size_t)(unsigned char)value.p[i] << 8 * i;
	assert_in_range(length, 0, value.n - 9);
	assert_int_equal(value.p[8 + length], '\n');
	return span_slice(value, 8, length);
}

static void journald_gets_each_field(void **state)
{
	const struct span list[] = {SPAN_INIT("A(1.00)"), SPAN_INIT("B(2.00)")};
	const struct log_field fields[] = {
		{.name = "queue_id", .kind = LOG_TEXT, .text = SPAN_INIT("4F7\nPRIORITY=0")},
		{.name = "score", .kind = LOG_NUMBER, .number = 3, .decimals = 2},
		{.name = "symbols", .kind = LOG_LIST, .list = list, .list_n = 2},
	};
	int fd = listen_at(path);
	size_t n;

	(void)state;
	open_log(LOG_JOURNALD, LOG_FORMAT_LOGFMT, path);
	log_event(LOG_LEVEL_NOTICE, "message", fields, ARRAY_LEN(fields));
	n = receive(fd);
	assert_memory_equal(line, "PRIORITY=5\nSYSLOG_IDENTIFIER=winnow\n", 36);
	assert_true(span_equal(find_journal(n, "MESSAGE"),
		SPAN("level=notice event=message queue_id=\"4F7\\nPRIORITY=0\" score=3.00 "
		     "symbols=A(1.00),B(2.00)")));
	assert_true(span_equal(find_journal(n, "WINNOW_EVENT"), SPAN("message")));
	/* the line end is counted, it does not end the field */
	assert_true(span_equal(find_journal(n, "WINNOW_QUEUE_ID"), SPAN("4F7\nPRIORITY=0")));
	assert_true(span_equal(find_journal(n, "WINNOW_SCORE"), SPAN("3.00")));
	assert_true(span_equal(find_journal(n, "WINNOW_SYMBOLS"), SPAN("A(1.00)")));
	log_line(LOG_LEVEL_ERROR, "a sentence");
	n = receive(fd);
	assert_memory_equal(line, "PRIORITY=3\n", 11);
	assert_true(span_equal(find_journal(n, "MESSAGE"), SPAN("level=error msg=\"a sentence\"")));
	(void)close(fd);
}

static void a_console_that_is_the_journal_gets_the_urgency_and_no_time(void **state)
{
	struct log_target target = {.level = LOG_LEVEL_NOTICE};
	struct why why;
	char stream[64];
	struct stat st;

	(void)state;
	must(fstat(STDOUT_FILENO, &st) == 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		(uintmax_t)st.st_ino);
	must(setenv("JOURNAL_STREAM", stream, 1) == 0);
	assert_int_equal(log_open(&target, &why), RC_OK);
	log_line(LOG_LEVEL_WARNING, "x");
	assert_string_equal(logged(), "<4>level=warning msg=x\n");
	must(setenv("JOURNAL_STREAM", "1:1", 1) == 0);
	assert_int_equal(log_open(&target, &why), RC_OK);
	log_line(LOG_LEVEL_WARNING, "x");
	assert_memory_equal(logged(), "time=", 5);
	must(unsetenv("JOURNAL_STREAM") == 0);
}

#define PLAIN(test) cmocka_unit_test_setup_teardown(test, set_up_plain, tear_down)
#define CONSOLE(test) cmocka_unit_test_setup_teardown(test, set_up_console, tear_down)
#define FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up_folder, tear_down_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(plain_lines_cannot_be_forged),
		PLAIN(less_urgent_lines_are_dropped),
		PLAIN(long_plain_lines_are_cut_and_end),
		PLAIN(lines_that_are_refused_are_counted),
		cmocka_unit_test(levels_have_names),
		CONSOLE(values_cannot_be_forged),
		CONSOLE(every_kind_of_field_has_its_form),
		CONSOLE(a_sentence_is_the_field_msg_and_has_its_time),
		CONSOLE(a_line_never_grows_past_its_most),
		CONSOLE(symbols_that_do_not_fit_are_counted),
		CONSOLE(a_console_that_is_the_journal_gets_the_urgency_and_no_time),
		FOLDER(a_file_is_opened_anew_under_its_name),
		FOLDER(files_that_cannot_be_opened_are_explained),
		FOLDER(syslog_gets_datagrams_also_after_it_was_started_again),
		FOLDER(a_full_syslog_does_not_block),
		FOLDER(journald_gets_each_field),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
