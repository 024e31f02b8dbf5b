/* What a process can still do in the sandbox: each probe runs in a child of its own. */
#include "serve/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "serve/sandbox_inner.h"

static char folder[64], file[128];
static int pair[2], tcp, listener, other;
static bool has_landlock, has_landlock_net;

static const struct sandbox_options on = {.mode = SANDBOX_ON};
static char last_sentence[SANDBOX_SENTENCE_MOST];

/* ---- worlds ---- */

static uint16_t port_of(int fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);

	must(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
	return ntohs(address.sin_port);
}

static void enter(enum sandbox_kind kind)
{
	static const char *readable[] = {"/usr/share"}, *writable[1];
	uint16_t port = port_of(listener);
	const struct sandbox_paths paths[] = {
		[SANDBOX_WORKER] = {0},
		[SANDBOX_RESOLVER] = {.ports = &port, .port_count = 1},
		[SANDBOX_KEEPER] =
			{
				.readable = readable,
				.readable_count = 1,
				.writable = writable,
				.writable_count = 1,
			},
	};
	struct sandbox_user user;
	struct why why = {0};

	writable[0] = folder;
	must(sandbox_find_user(&on, &user, &why) == RC_OK);
	if (sandbox_enter(&on, &user, kind, &paths[kind], last_sentence, &why) != RC_OK) {
		(void)fprintf(stderr, "%s\n", why.text);
		_exit(99);
	}
}

/* The status of a child in which `probe` has run: 0 when it has given true, 1 when not. */
static int run(enum sandbox_kind kind, bool (*probe)(void))
{
	int status;
	pid_t child = fork();

	must(child != -1);
	if (child == 0) {
		struct sigaction usual = {.sa_handler = SIG_DFL};

		(void)sigaction(SIGSYS, &usual, NULL);
		(void)sigaction(SIGABRT, &usual, NULL);
		enter(kind);
		_exit(probe() ? 0 : 1);
	}
	must(waitpid(child, &status, 0) == child);
	return status;
}

static bool is_killed(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

/* ---- what is refused ---- */

static bool opens_nothing(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) == -1 &&
		open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) == -1 &&
		open(file, O_RDONLY | O_CLOEXEC) == -1 &&
		open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) == -1;
}

static bool makes_no_socket(void)
{
	int ends[2];

	/* one end of a pair of datagrams could send to any socket with a path */
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == -1 &&
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1 &&
		socket(AF_INET, SOCK_STREAM, 0) == -1 && socket(AF_UNIX, SOCK_DGRAM, 0) == -1 &&
		socket(AF_NETLINK, SOCK_RAW, 0) == -1;
}

static bool connects_to_nobody(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);

	(void)getsockname(listener, (struct sockaddr *)&address, &size);
	return connect(tcp, (const struct sockaddr *)&address, sizeof(address)) == -1 &&
		(errno == EPERM || errno == EACCES);
}

static bool signals_nobody(void)
{
	return kill(getppid(), 0) == -1 && kill(1, 0) == -1 && kill(-1, 0) == -1 &&
		kill(0, 0) == -1 && (long)syscall(SYS_tgkill, getppid(), getppid(), 0) == -1;
}

static bool forks_nothing(void)
{
	return fork() == -1 && vfork() == -1;
}

static bool gets_no_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == -1 &&
		mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0) == MAP_FAILED;
}

static bool changes_no_limits_of_others(void)
{
	struct rlimit limit;

	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limit) == -1 &&
		prlimit(0, RLIMIT_NOFILE, NULL, &limit) == 0;
}

/* ---- what goes on ---- */

static bool uses_its_sockets(void)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	char bytes[10];
	int fd;

	if (write(pair[0], "hello", 5) != 5 || read(pair[1], bytes, 10) != 5 ||
		send(pair[0], "hello", 5, MSG_NOSIGNAL) != 5 || recv(pair[1], bytes, 10, 0) != 5)
		return false;
	/* nobody connects, but it may ask */
	fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	return fd == -1 && errno == EAGAIN && poll(&ready, 1, 0) == 0 &&
		fcntl(listener, F_GETFL) != -1;
}

static unsigned ticks;

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	ticks++;
	if (ticks == 3)
		(void)event_base_loopbreak(ctx);
}

static bool runs_a_loop(void)
{
	struct timeval soon = {.tv_usec = 1000};
	struct event_base *base = event_base_new();
	struct event *tick = base == NULL ? NULL : event_new(base, -1, EV_PERSIST, on_tick, base);
	bool ok = tick != NULL && event_add(tick, &soon) == 0 && event_base_dispatch(base) == 0;

	if (tick != NULL)
		event_free(tick);
	if (base != NULL)
		event_base_free(base);
	return ok && ticks == 3;
}

static bool has_memory_time_and_chance(void)
{
	struct arena *a = arena_make();
	char *p = arena_alloc(a, 100 << 20);
	uint8_t secret[32];
	bool ok = p[50 << 20] == 0 && clock_wall() > 1e9 && clock_monotonic_us() > 0;

	random_fill(secret, sizeof(secret));
	arena_free(a);
	return ok;
}

static volatile sig_atomic_t signalled;

static void on_signal(int signal)
{
	signalled = signal;
}

static bool gets_its_own_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	return sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 &&
		kill(getpid(), SIGUSR1) == 0 && signalled == SIGUSR1;
}

static bool takes_over_a_descriptor(void)
{
	int fd = dup(pair[0]);

	return fd != -1 && dup3(fd, pair[1], O_CLOEXEC) == pair[1] && close(fd) == 0;
}

/* With sanitizers this is where leaks are looked for, by a thread that traces the process. */
static bool ends_in_order(void)
{
	(void)fflush(NULL);
	exit(0);
}

struct probe {
	const char *name;
	bool (*run)(void);
	bool is_open_under_sanitizers;
};

static const struct probe worker_probes[] = {
	{"it opens no file", opens_nothing, false},
	{"it makes no socket", makes_no_socket, false},
	{"it connects to nobody", connects_to_nobody, false},
	{"it signals no other process", signals_nobody, false},
	{"it makes no process", forks_nothing, false},
	{"it gets no memory that is code", gets_no_code, true},
	{"it changes nobody's limits", changes_no_limits_of_others, false},
	{"it uses the sockets that it has", uses_its_sockets, false},
	{"it runs a loop", runs_a_loop, false},
	{"it has memory, time and chance", has_memory_time_and_chance, false},
	{"it gets its own signals", gets_its_own_signals, false},
	{"it takes over a descriptor", takes_over_a_descriptor, false},
	{"it ends in order", ends_in_order, false},
};

static void a_worker_does_its_work_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(worker_probes); i++) {
		const struct probe *p = &worker_probes[i];
		int status;

		if (p->is_open_under_sanitizers && SANDBOX_IS_SANITIZED)
			continue;
		/* with sanitizers it is Landlock alone that keeps files shut */
		if (p->run == opens_nothing && SANDBOX_IS_SANITIZED && !has_landlock)
			continue;
		status = run(SANDBOX_WORKER, p->run);
		if (status != 0)
			fail_msg("%s: status %#x", p->name, status);
	}
}

/* ---- who asks name servers ---- */

static bool connects_to(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons((uint16_t)port);
	return fd != -1 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool asks(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) == -1)
		return false;
	address.sin_addr.s_addr = htonl(0x7f000001);
	address.sin_port = htons(port_of(listener));
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(fd, "?", 1, MSG_NOSIGNAL) == 1 && connects_to(port_of(listener));
}

static bool has_no_other_sockets(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return socket(AF_UNIX, SOCK_STREAM, 0) == -1 && socket(AF_UNIX, SOCK_DGRAM, 0) == -1 &&
		socket(AF_NETLINK, SOCK_RAW, 0) == -1 && socket(AF_INET, SOCK_RAW, 1) == -1 &&
		socket(AF_PACKET, SOCK_RAW, 0) == -1 && socket(AF_INET, SOCK_SEQPACKET, 0) == -1 &&
		/* streams that Landlock says nothing of */
		socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP) == -1 &&
		socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP) == -1 && listen(fd, 1) == -1 &&
		listen(listener, 1) == -1 &&
		(!has_landlock_net || bind(fd, (const struct sockaddr *)&any, sizeof(any)) == -1);
}

static bool reaches_no_other_port(void)
{
	return !has_landlock_net || (!connects_to(port_of(other)) && errno == EACCES);
}

static const struct probe resolver_probes[] = {
	{"it asks its servers", asks, false},
	{"it has no other sockets, and none listens", has_no_other_sockets, false},
	{"it reaches no other port", reaches_no_other_port, false},
	{"it signals no other process", signals_nobody, false},
	{"it makes no process", forks_nothing, false},
	{"it gets no memory that is code", gets_no_code, true},
	{"it ends in order", ends_in_order, false},
};

static void one_who_asks_name_servers_reaches_them_and_nobody_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(resolver_probes); i++) {
		const struct probe *p = &resolver_probes[i];
		int status;

		if (p->is_open_under_sanitizers && SANDBOX_IS_SANITIZED)
			continue;
		status = run(SANDBOX_RESOLVER, p->run);
		if (status != 0)
			fail_msg("%s: status %#x", p->name, status);
	}
}

/* ---- what ends the process ---- */

static bool executes(void)
{
	char *const nothing[] = {NULL};

	return execve("/bin/true", nothing, nothing) == -1;
}

static bool mounts(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL) == -1;
}

static bool traces(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1;
}

static bool loads_a_module(void)
{
	return syscall(SYS_init_module, NULL, 0, "") == -1;
}

static bool asks_for_keys(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0) == -1;
}

static bool uses_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) == -1;
}

static bool becomes_root(void)
{
	return setuid(0) == -1;
}

static const struct probe deadly_probes[] = {
	{"starting a program", executes, false},
	{"mounting", mounts, false},
	{"tracing", traces, true},
	{"loading a module", loads_a_module, false},
	{"asking for keys", asks_for_keys, false},
	{"loading code into the kernel", uses_bpf, false},
	{"becoming root", becomes_root, false},
};

static void what_only_an_intruder_does_ends_it(void **state)
{
	(void)state;
	for (int kind = SANDBOX_WORKER; kind <= SANDBOX_KEEPER; kind++)
		for (size_t i = 0; i < ARRAY_LEN(deadly_probes); i++) {
			const struct probe *p = &deadly_probes[i];

			if (p->is_open_under_sanitizers && SANDBOX_IS_SANITIZED)
				continue;
			if (!is_killed(run((enum sandbox_kind)kind, p->run), SIGSYS))
				fail_msg("%s does not end the process", p->name);
		}
}

static bool aborts(void)
{
	abort();
}

static void a_panic_ends_it_as_ever(void **state)
{
	(void)state;
	assert_true(is_killed(run(SANDBOX_WORKER, aborts), SIGABRT));
}

/* ---- the keeper ---- */

static bool keeps_files(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char moved[160], bytes[10];
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600), local;

	(void)snprintf(moved, sizeof(moved), "%s.moved", file);
	if (fd == -1 || write(fd, "abc", 3) != 3 || fsync(fd) == -1 || ftruncate(fd, 2) == -1 ||
		pread(fd, bytes, 10, 0) != 2 || rename(file, moved) == -1)
		return false;
	(void)close(fd);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return unlink(moved) == 0 && local != -1 &&
		bind(local, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(local, 5) == 0 && chmod(address.sun_path, 0660) == 0 &&
		unlink(address.sun_path) == 0;
}

static bool keeps_out(void)
{
	return (!has_landlock ||
		       (open("/etc/passwd", O_RDONLY | O_CLOEXEC) == -1 && errno == EACCES)) &&
		socket(AF_INET, SOCK_STREAM, 0) == -1 && forks_nothing() && signals_nobody();
}

static void the_keeper_has_its_folder(void **state)
{
	(void)state;
	assert_int_equal(run(SANDBOX_KEEPER, keeps_files), 0);
	assert_int_equal(run(SANDBOX_KEEPER, keeps_out), 0);
}

/* ---- as others see it ---- */

static bool wait_for_reader(void)
{
	char byte;

	return write(pair[0], "x", 1) == 1 && read(pair[0], &byte, 1) == 1;
}

/* The value of a line of /proc/PID/status. */
static struct span find_status(struct span status, const char *name)
{
	struct span line;

	while (span_next_line(&status, &line))
		if (span_starts(line, span_of(name)))
			return span_trim(span_from_offset(line, strlen(name) + 1));
	return (struct span){0};
}

static void the_system_says_that_it_is_on(void **state)
{
	struct arena *a = arena_make();
	struct span status;
	char path[64], byte;
	struct why why;
	int end;
	pid_t child = fork();

	(void)state;
	must(child != -1);
	if (child == 0) {
		enter(SANDBOX_WORKER);
		_exit(wait_for_reader() ? 0 : 1);
	}
	assert_int_equal(read(pair[1], &byte, 1), 1);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	assert_int_equal(file_read(a, path, 100000, &status, &why), RC_OK);
	assert_true(span_equal(find_status(status, "Seccomp"), SPAN("2")));
	assert_true(span_equal(find_status(status, "NoNewPrivs"), SPAN("1")));
	assert_true(span_equal(find_status(status, "CapEff"), SPAN("0000000000000000")) ||
		geteuid() != 0);
	/* real, effective, saved and of files: all are of somebody else */
	if (geteuid() == 0)
		assert_false(span_starts(find_status(status, "Uid"), SPAN("0")));
	assert_int_equal(write(pair[1], "x", 1), 1);
	must(waitpid(child, &end, 0) == child);
	assert_int_equal(end, 0);
	arena_free(a);
}

/* ---- where the system does not let us ---- */

static const char *const refused_calls[] = {"landlock_create_ruleset", "seccomp"};

static void refuse_in_the_kernel(void)
{
	static const struct scmp_arg_cmp older = {.arg = 0,
		.op = SCMP_CMP_EQ,
		.datum_a = PR_SET_SECCOMP};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < ARRAY_LEN(refused_calls); i++)
		must(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
			     seccomp_syscall_resolve_name(refused_calls[i]), 0) == 0);
	/* the older way to the same */
	must(seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &older) ==
		0);
	must(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static bool goes_on_without(void)
{
	const struct sandbox_options required = {.mode = SANDBOX_REQUIRED},
				     off = {.mode = SANDBOX_OFF};
	const struct sandbox_user user = {0};
	const struct sandbox_paths none = {0};
	char sentence[SANDBOX_SENTENCE_MOST];
	struct why why;

	if (sandbox_enter(&on, &user, SANDBOX_WORKER, &none, sentence, &why) != RC_OK ||
		strstr(sentence, "Landlock is off") == NULL ||
		strstr(sentence, "seccomp is off") == NULL)
		return false;
	if (sandbox_enter(&required, &user, SANDBOX_WORKER, &none, sentence, &why) != RC_DENIED ||
		strstr(why.text, "options.sandbox is \"require\"") == NULL)
		return false;
	return sandbox_enter(&off, &user, SANDBOX_WORKER, &none, sentence, &why) == RC_OK &&
		strstr(sentence, "switched off") != NULL;
}

static void what_is_missing_is_named(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	must(child != -1);
	if (child == 0) {
		refuse_in_the_kernel();
		_exit(goes_on_without() ? 0 : 1);
	}
	must(waitpid(child, &status, 0) == child);
	assert_int_equal(status, 0);
}

/* ---- users ---- */

static void accounts_are_found(void **state)
{
	struct sandbox_options options = {.user = SPAN_INIT("no-such-account")};
	struct sandbox_user user;
	struct why why;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root: there is no account to look for\n");
		assert_int_equal(sandbox_find_user(&options, &user, &why), RC_OK);
		assert_false(user.is_needed);
		return;
	}
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_NOT_FOUND);
	assert_non_null(strstr(why.text, "no-such-account"));
	options.user = SPAN("root");
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_INVALID);
	options.user = SPAN("nobody");
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_OK);
	assert_true(user.is_needed && user.uid != 0);
	options.group = SPAN("no-such-group");
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_NOT_FOUND);
	options.group = SPAN("4711");
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_OK);
	assert_int_equal(user.gid, 4711);
	options = (struct sandbox_options){0};
	assert_int_equal(sandbox_find_user(&options, &user, &why), RC_OK);
	assert_string_equal(user.name, user.is_fallback ? "nobody" : "winnow");
}

/* ---- set-up ---- */

static int set_up(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	(void)state;
	has_landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
	has_landlock_net = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4;
	if (!has_landlock)
		print_message("this kernel has no Landlock: what it would refuse is not tested\n");
	memcpy(folder, "/tmp/winnow-sandbox-XXXXXX", 27);
	must(mkdtemp(folder) != NULL && chmod(folder, 0777) == 0);
	(void)snprintf(file, sizeof(file), "%s/file", folder);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(tcp != -1 && bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(listener, 5) == 0);
	other = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(other != -1 && bind(other, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(other, 5) == 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(tcp);
	(void)close(listener);
	(void)close(other);
	(void)unlink(file);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_does_its_work_and_nothing_else),
		cmocka_unit_test(one_who_asks_name_servers_reaches_them_and_nobody_else),
		cmocka_unit_test(what_only_an_intruder_does_ends_it),
		cmocka_unit_test(a_panic_ends_it_as_ever),
		cmocka_unit_test(the_keeper_has_its_folder),
		cmocka_unit_test(the_system_says_that_it_is_on),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(accounts_are_found),
	};

	return cmocka_run_group_tests_name("sandbox", tests, set_up, tear_down);
}
