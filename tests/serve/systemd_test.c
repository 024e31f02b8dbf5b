/* Each case runs in a child of its own, for the environment is read once. */
#include "serve/systemd.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], path[100];
static int manager = -1;

/* Where the service manager listens; a name with @ is not a file's. */
static void listen_as_manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	memcpy(address.sun_path, name, strlen(name));
	if (*name == '@')
		address.sun_path[0] = '\0';
	else
		size++;
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	must(bind(manager, (const struct sockaddr *)&address, size) == 0);
}

static int tear_down(void **state)
{
	(void)state;
	if (manager != -1)
		(void)close(manager);
	manager = -1;
	(void)unlink(path);
	return rmdir(folder);
}

static int set_up(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/winnow-systemd-XXXXXX", 27);
	must(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/notify", folder);
	return 0;
}

/* True when the child has found all in order. */
static bool in_child(bool (*act)(void))
{
	int status;
	pid_t child = fork();

	must(child != -1);
	if (child == 0)
		_exit(act() ? 0 : 1);
	must(waitpid(child, &status, 0) == child);
	return status == 0;
}

static const char *told(void)
{
	static char text[1000];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* ---- telling ---- */

static bool tell(void)
{
	systemd_notify("READY=1");
	systemd_notify("STATUS=4 workers");
	return getenv("NOTIFY_SOCKET") == NULL;
}

static void what_is_told_arrives(void **state)
{
	char name[120];

	(void)state;
	listen_as_manager(path);
	must(setenv("NOTIFY_SOCKET", path, 1) == 0);
	assert_true(in_child(tell));
	assert_string_equal(told(), "READY=1");
	assert_string_equal(told(), "STATUS=4 workers");
	assert_string_equal(told(), "");
	(void)close(manager);
	(void)snprintf(name, sizeof(name), "@%s", path);
	listen_as_manager(name);
	must(setenv("NOTIFY_SOCKET", name, 1) == 0);
	assert_true(in_child(tell));
	assert_string_equal(told(), "READY=1");
	/* nobody listens, or it is no address: nothing happens */
	(void)close(manager);
	manager = -1;
	assert_true(in_child(tell));
	must(setenv("NOTIFY_SOCKET", "relative", 1) == 0);
	assert_true(in_child(tell));
	must(unsetenv("NOTIFY_SOCKET") == 0);
	assert_true(in_child(tell));
}

static bool tell_reloading(void)
{
	systemd_notify_reloading();
	return true;
}

static void reloading_comes_with_its_time(void **state)
{
	uint64_t before = clock_monotonic_us(), at = 0;
	const char *number;

	(void)state;
	listen_as_manager(path);
	must(setenv("NOTIFY_SOCKET", path, 1) == 0);
	assert_true(in_child(tell_reloading));
	number = strstr(told(), "RELOADING=1\nMONOTONIC_USEC=");
	assert_non_null(number);
	assert_true(num_parse_u64(span_of(number + 27), UINT64_MAX, &at));
	assert_in_range(at, before, clock_monotonic_us());
}

static bool watch(void)
{
	uint64_t end;

	systemd_watchdog();
	systemd_watchdog();
	/* a quarter of 40 ms */
	end = clock_monotonic_us() + 12000;
	while (clock_monotonic_us() < end)
		;
	systemd_watchdog();
	return getenv("WATCHDOG_USEC") == NULL && getenv("WATCHDOG_PID") == NULL;
}

static void the_watchdog_is_told_in_time(void **state)
{
	(void)state;
	listen_as_manager(path);
	must(setenv("NOTIFY_SOCKET", path, 1) == 0 && setenv("WATCHDOG_USEC", "40000", 1) == 0);
	assert_true(in_child(watch));
	assert_string_equal(told(), "WATCHDOG=1");
	assert_string_equal(told(), "WATCHDOG=1");
	assert_string_equal(told(), "");
	/* another process is meant */
	must(setenv("WATCHDOG_USEC", "40000", 1) == 0 && setenv("WATCHDOG_PID", "1", 1) == 0);
	assert_true(in_child(watch));
	assert_string_equal(told(), "");
	must(unsetenv("WATCHDOG_USEC") == 0 && unsetenv("WATCHDOG_PID") == 0 &&
		unsetenv("NOTIFY_SOCKET") == 0);
}

/* ---- sockets ---- */

static void set_number(const char *variable, int number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%d", number);
	must(setenv(variable, text, 1) == 0);
}

/* Three descriptors from 3 on, as systemd hands them over: two listen, one is of datagrams. */
static void hand_over(const char *names)
{
	for (int i = 0; i < 3; i++) {
		int fd = socket(AF_INET, (i == 2 ? SOCK_DGRAM : SOCK_STREAM), 0);

		must(fd != -1 && (i == 2 || listen(fd, 5) == 0));
		if (fd != 3 + i)
			must(dup2(fd, 3 + i) == 3 + i && close(fd) == 0);
	}
	set_number("LISTEN_PID", (int)getpid());
	set_number("LISTEN_FDS", 3);
	if (names != NULL)
		must(setenv("LISTEN_FDNAMES", names, 1) == 0);
	else
		must(unsetenv("LISTEN_FDNAMES") == 0);
}

static void close_all(void)
{
	for (int fd = 3; fd < 20; fd++)
		(void)close(fd);
}

static bool finds(const char *name, int wanted)
{
	int fd = -1;

	return systemd_find_socket(span_of(name), &fd, NULL) == RC_OK && fd == wanted;
}

static bool take_named(void)
{
	struct why why;
	int fd;

	close_all();
	hand_over("milter:http:other");
	if (systemd_socket_count() != 3 || getenv("LISTEN_FDS") != NULL ||
		getenv("LISTEN_PID") != NULL || getenv("LISTEN_FDNAMES") != NULL)
		return false;
	if (!finds("milter", 3) || !finds("http", 4) || !finds("0", 3) || !finds("1", 4))
		return false;
	if (systemd_find_socket(SPAN("other"), &fd, &why) != RC_INVALID ||
		strstr(why.text, "ListenStream=") == NULL)
		return false;
	if (systemd_find_socket(SPAN("smtp"), &fd, &why) != RC_NOT_FOUND ||
		systemd_find_socket(SPAN("3"), &fd, &why) != RC_NOT_FOUND ||
		systemd_find_socket(SPAN(""), &fd, &why) != RC_NOT_FOUND)
		return false;
	return fcntl(3, F_GETFD) == FD_CLOEXEC && (fcntl(4, F_GETFL) & O_NONBLOCK) != 0 &&
		strcmp(systemd_socket(1)->name, "http") == 0 && systemd_socket(1)->is_listening;
}

static bool take_unnamed(void)
{
	close_all();
	hand_over(NULL);
	return systemd_socket_count() == 3 && finds("0", 3) && finds("1", 4) &&
		strcmp(systemd_socket(1)->name, "1") == 0;
}

static bool take_those_of_others(void)
{
	close_all();
	hand_over("a:b:c");
	set_number("LISTEN_PID", 1);
	return systemd_socket_count() == 0 && !finds("a", 3) && getenv("LISTEN_FDS") == NULL;
}

/* As many as nobody has, and one that is not there at all. */
static bool take_nonsense(void)
{
	close_all();
	hand_over("a:b:c");
	must(setenv("LISTEN_FDS", "99999999999999999999999", 1) == 0);
	return systemd_socket_count() == 0;
}

static bool take_missing(void)
{
	close_all();
	hand_over("a:b");
	set_number("LISTEN_FDS", 5);
	return systemd_socket_count() == 5 && finds("a", 3) && !finds("4", 7);
}

static void sockets_are_found(void **state)
{
	(void)state;
	assert_true(in_child(take_named));
	assert_true(in_child(take_unnamed));
	assert_true(in_child(take_those_of_others));
	assert_true(in_child(take_nonsense));
	assert_true(in_child(take_missing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_told_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reloading_comes_with_its_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_watchdog_is_told_in_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sockets_are_found, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("systemd", tests, NULL, NULL);
}
