#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena *a;
static char folder[] = P_tmpdir "/winnow-file-test-XXXXXX";
static char path[sizeof(folder) + 16];

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	must(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)rmdir(folder);
	arena_free(a);
	return 0;
}

static void write_file(size_t n)
{
	char *bytes = arena_alloc(a, n);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i % 253);
	must(fd != -1 && file_write_fd(fd, span_from(bytes, n)) && close(fd) == 0);
}

static void is_whole(struct span text, size_t n)
{
	assert_int_equal(text.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal((unsigned char)text.p[i], i % 253);
	assert_int_equal(text.p[n], 0);
}

struct size_case {
	const char *name;
	size_t size;
	size_t most;
	enum rc rc;
};

static const struct size_case size_cases[] = {
	{"an empty file", 0, 10, RC_OK},
	{"an empty file with a cap of nothing", 0, 0, RC_OK},
	{"one byte with a cap of nothing", 1, 0, RC_LIMIT},
	{"as large as the cap", 10, 10, RC_OK},
	{"one byte larger than the cap", 11, 10, RC_LIMIT},
	{"larger than one read", 200000, 1 << 20, RC_OK},
	{"as large as the chunk of a pipe", 65536, 65536, RC_OK},
	{"one byte over the chunk of a pipe", 65537, 65536, RC_LIMIT},
};

static void files_are_read_up_to_the_cap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size_cases); i++) {
		const struct size_case *c = &size_cases[i];
		struct span text = {0};
		struct why why = {""};
		enum rc rc;

		write_file(c->size);
		rc = file_read(a, path, c->most, &text, &why);
		if (rc != c->rc)
			fail_msg("%s: %s", c->name, rc_name(rc));
		if (rc == RC_OK)
			is_whole(text, c->size);
		else if (strstr(why.text, "larger than") == NULL)
			fail_msg("%s: %s", c->name, why.text);
	}
}

/* Reads `size` bytes through a pipe that a child fills. */
static enum rc read_pipe(size_t size, size_t most, struct span *out, struct why *why)
{
	enum rc rc;
	int ends[2];
	pid_t child;

	write_file(size);
	must(pipe(ends) == 0);
	child = fork();
	must(child != -1);
	if (child == 0) {
		struct span text;

		(void)signal(SIGPIPE, SIG_IGN);
		must(file_read(a, path, size, &text, NULL) == RC_OK);
		(void)file_write_fd(ends[1], text);
		_exit(0);
	}
	(void)close(ends[1]);
	rc = file_read_fd(a, ends[0], "the pipe", most, out, why);
	(void)close(ends[0]);
	return rc;
}

static void pipes_are_read_up_to_the_cap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(size_cases); i++) {
		const struct size_case *c = &size_cases[i];
		struct span text = {0};
		struct why why = {""};
		enum rc rc = read_pipe(c->size, c->most, &text, &why);

		if (rc != c->rc)
			fail_msg("%s: %s", c->name, rc_name(rc));
		if (rc == RC_OK)
			is_whole(text, c->size);
		else
			assert_non_null(strstr(why.text, "the pipe"));
	}
}

static void a_file_takes_no_more_memory_than_its_size(void **state)
{
	struct arena *own = arena_make();
	struct span text;

	(void)state;
	write_file(5000000);
	assert_int_equal(file_read(own, path, 50000000, &text, NULL), RC_OK);
	is_whole(text, 5000000);
	assert_true(arena_peak(own) < 5000000 + 1000);
	arena_free(own);
}

static void what_cannot_be_read_is_named(void **state)
{
	struct span text;
	struct why why = {""};

	(void)state;
	write_file(1);
	assert_int_equal(file_read(a, folder, 100, &text, &why), RC_INVALID);
	assert_non_null(strstr(why.text, folder));
	assert_int_equal(file_read(a, "/no/such/file", 100, &text, &why), RC_NOT_FOUND);
	assert_non_null(strstr(why.text, "/no/such/file: "));
	assert_int_equal(file_read(a, arena_printf(a, "%s/below", path).p, 100, &text, &why),
		RC_NOT_FOUND);
	assert_int_equal(file_read_fd(a, -1, "no descriptor", 100, &text, NULL), RC_TEMPFAIL);
	if (geteuid() != 0) { /* nothing is denied to root */
		must(chmod(path, 0) == 0);
		assert_int_equal(file_read(a, path, 100, &text, &why), RC_DENIED);
		must(chmod(path, 0600) == 0);
	}
}

static void writing_to_what_is_closed_fails(void **state)
{
	(void)state;
	assert_false(file_write_fd(-1, SPAN("x")));
	assert_int_equal(errno, EBADF);
	assert_true(file_write_fd(-1, SPAN("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_up_to_the_cap),
		cmocka_unit_test(pipes_are_read_up_to_the_cap),
		cmocka_unit_test(a_file_takes_no_more_memory_than_its_size),
		cmocka_unit_test(what_cannot_be_read_is_named),
		cmocka_unit_test(writing_to_what_is_closed_fails),
	};

	return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
