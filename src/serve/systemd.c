/* The protocols of sd_notify(3) and sd_listen_fds(3). */
#include "serve/systemd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_FD = 3 };

static struct {
	bool is_read;
	struct sockaddr_un notify;
	socklen_t notify_size; /* 0: nobody wants to be told */
	uint64_t watchdog_us;  /* how long systemd waits for us; 0: it does not */
	uint64_t last_us;
	struct systemd_socket sockets[SYSTEMD_SOCKETS_MOST];
	size_t socket_count;
} us;

/* ---- the environment ---- */

static uint64_t read_number(const char *variable)
{
	uint64_t number = 0;

	(void)num_parse_u64(span_of(getenv(variable)), UINT64_MAX, &number);
	return number;
}

/* A path, or with `@` in front a name that is not a file's. */
static void read_notify(void)
{
	struct span path = span_of(getenv("NOTIFY_SOCKET"));

	if (path.n < 2 || path.n >= sizeof(us.notify.sun_path) ||
		(*path.p != '/' && *path.p != '@'))
		return;
	us.notify.sun_family = AF_UNIX;
	memcpy(us.notify.sun_path, path.p, path.n);
	us.notify_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n);
	if (*path.p == '@')
		us.notify.sun_path[0] = '\0';
	else
		us.notify_size++;
}

static void read_watchdog(void)
{
	uint64_t pid = read_number("WATCHDOG_PID");

	if (pid == 0 || pid == (uint64_t)getpid())
		us.watchdog_us = read_number("WATCHDOG_USEC");
}

static bool is_listening(int fd)
{
	int type = 0, accepts = 0;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
		getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0;
}

static void add_socket(int fd, struct span name)
{
	struct systemd_socket *s = &us.sockets[us.socket_count];
	int flags = fcntl(fd, F_GETFL);

	s->fd = fd;
	s->is_listening = is_listening(fd);
	if (name.n > 0 && name.n < sizeof(s->name))
		memcpy(s->name, name.p, name.n);
	else
		(void)snprintf(s->name, sizeof(s->name), "%zu", us.socket_count);
	us.socket_count++;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (flags != -1)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Sockets of another process, whose environment we have inherited, are not ours. */
static void read_sockets(void)
{
	struct span names = span_of(getenv("LISTEN_FDNAMES")), name;
	uint64_t n = read_number("LISTEN_FDS");

	if (read_number("LISTEN_PID") != (uint64_t)getpid() || n > SYSTEMD_SOCKETS_MOST)
		return;
	for (uint64_t i = 0; i < n; i++) {
		if (!span_next(&names, ':', &name))
			name = SPAN("");
		add_socket(FIRST_FD + (int)i, name);
	}
}

static void read_environment(void)
{
	static const char *const variables[] = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
		"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};

	if (us.is_read)
		return;
	us.is_read = true;
	read_notify();
	read_watchdog();
	read_sockets();
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		(void)unsetenv(variables[i]);
}

/* ---- telling ---- */

void systemd_notify(const char *lines)
{
	int fd;

	read_environment();
	if (us.notify_size == 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	(void)sendto(fd, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&us.notify, us.notify_size);
	(void)close(fd);
}

void systemd_notify_reloading(void)
{
	char lines[80];

	(void)snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)clock_monotonic_us());
	systemd_notify(lines);
}

void systemd_watchdog(void)
{
	uint64_t now = clock_monotonic_us();

	read_environment();
	/* half of the time is what systemd asks for, and the next call may come late */
	if (us.watchdog_us == 0 || now < us.last_us + us.watchdog_us / 4)
		return;
	us.last_us = now;
	systemd_notify("WATCHDOG=1");
}

/* ---- sockets ---- */

size_t systemd_socket_count(void)
{
	read_environment();
	return us.socket_count;
}

const struct systemd_socket *systemd_socket(size_t i)
{
	read_environment();
	must(i < us.socket_count);
	return &us.sockets[i];
}

static const struct systemd_socket *find(struct span name)
{
	uint64_t number;

	for (size_t i = 0; i < us.socket_count; i++)
		if (span_equal(span_of(us.sockets[i].name), name))
			return &us.sockets[i];
	if (num_parse_u64(name, SYSTEMD_SOCKETS_MOST, &number) && number < us.socket_count)
		return &us.sockets[number];
	return NULL;
}

enum rc systemd_find_socket(struct span name, int *out, struct why *why)
{
	const struct systemd_socket *s;

	read_environment();
	s = find(name);
	if (s == NULL)
		return why_set(why, RC_NOT_FOUND,
			"systemd has handed over no socket \"%.*s\" (%zu others): its unit names it "
			"with FileDescriptorName=",
			SPAN_ARG(span_slice(name, 0, 100)), us.socket_count);
	if (!s->is_listening)
		return why_set(why, RC_INVALID,
			"the socket \"%.*s\" of systemd takes no connections: its unit needs "
			"ListenStream=",
			SPAN_ARG(span_slice(name, 0, 100)));
	*out = s->fd;
	return RC_OK;
}
