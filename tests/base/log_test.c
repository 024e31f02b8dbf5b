#include "base/base.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static int ends[2];
static char line[8192];

static int set_up(void **state)
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
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

/* What has been logged since the last call. */
static const char *logged(void)
{
	ssize_t n = read(ends[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

struct escape_case {
	const char *name;
	const char *text;
	const char *line;
};

static const struct escape_case escape_cases[] = {
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
	{"bytes that are not UTF-8 are escaped",
		"\x9b\xff"
		"a\xe2\x82",
		"notice: \\x9b\\xffa\\xe2\\x82\n"},
	{"an empty line", "", "notice: \n"},
};

static void lines_cannot_be_forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(escape_cases); i++) {
		const struct escape_case *c = &escape_cases[i];

		log_line(LOG_LEVEL_NOTICE, "%s", c->text);
		if (strcmp(logged(), c->line) != 0)
			fail_msg("%s: %s", c->name, line);
	}
}

static void less_urgent_lines_are_dropped(void **state)
{
	(void)state;
	log_line(LOG_LEVEL_INFO, "not shown");
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

static void long_lines_are_cut_and_end(void **state)
{
	size_t n;

	(void)state;
	log_line(LOG_LEVEL_NOTICE, "%0*d", 20000, 7);
	n = strlen(logged());
	assert_in_range(n, 4000, 4200);
	assert_int_equal(line[n - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + n - 1);
	/* also when each byte becomes four, and a last one does not fit whole */
	for (int tabs = 1020; tabs < 1050; tabs++) {
		char text[2000];

		memset(text, '\t', sizeof(text));
		log_line(LOG_LEVEL_NOTICE, "%.*s", tabs, text);
		n = strlen(logged());
		assert_in_range(n, 4000, 4200);
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
	/* a full pipe does not block */
	for (int i = 0; i < 100; i++)
		log_line(LOG_LEVEL_NOTICE, "%0*d", 4000, i);
	assert_true(log_lost() > before + 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_cannot_be_forged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(less_urgent_lines_are_dropped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_lines_are_cut_and_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_that_are_refused_are_counted, set_up,
			tear_down),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
