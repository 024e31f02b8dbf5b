/* Addresses to listen on. Names are not looked up: what a filter listens on must not depend on DNS. */
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/inner.h"

enum { PORT = 11332, BACKLOG = 1024 };

/* ---- reading ---- */

static void set_v4(struct serve_address *out, struct in_addr ip, uint16_t port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = ip};

	*out = (struct serve_address){.size = sizeof(in)};
	memcpy(&out->socket, &in, sizeof(in));
}

static void set_v6(struct serve_address *out, struct in6_addr ip, uint16_t port)
{
	struct sockaddr_in6 in = {.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = ip};

	*out = (struct serve_address){.size = sizeof(in)};
	memcpy(&out->socket, &in, sizeof(in));
}

static bool set_path(struct serve_address *out, struct span path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (path.n >= sizeof(un.sun_path) || span_has_byte(path, '\0') || span_has_byte(path, ' '))
		return false;
	memcpy(un.sun_path, path.p, path.n);
	*out = (struct serve_address){.size = sizeof(un)};
	memcpy(&out->socket, &un, sizeof(un));
	return true;
}

/* Names that stand for addresses of one or both families. */
static const struct {
	struct span name;
	bool is_any, v4, v6;
} names[] = {
	{SPAN_INIT("localhost"), false, true, true},
	{SPAN_INIT("*"), true, true, true},
	{SPAN_INIT("*v4"), true, true, false},
	{SPAN_INIT("*v6"), true, false, true},
};

static size_t set_host(struct span host, uint16_t port, struct serve_address *out)
{
	char text[INET6_ADDRSTRLEN + 1] = "";
	struct in_addr v4;
	struct in6_addr v6;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!span_equal_nocase(host, names[i].name))
			continue;
		v4.s_addr = htonl(names[i].is_any ? INADDR_ANY : INADDR_LOOPBACK);
		if (names[i].v4)
			set_v4(&out[n++], v4, port);
		if (names[i].v6)
			set_v6(&out[n++], names[i].is_any ? in6addr_any : in6addr_loopback, port);
		if (n == 2)
			out[1].optional = true;
		return n;
	}
	if (host.n >= sizeof(text))
		return 0;
	memcpy(text, host.p, host.n);
	if (inet_pton(AF_INET, text, &v4) == 1)
		set_v4(out, v4, port);
	else if (inet_pton(AF_INET6, text, &v6) == 1)
		set_v6(out, v6, port);
	else
		return 0;
	return 1;
}

/* `[::1]:25`, `::1`, `1.2.3.4:25`; false when the port is none. */
static bool split_port(struct span text, struct span *host, uint16_t *port)
{
	size_t colon = span_find_last_byte(text, ':');
	uint64_t number;

	*host = text;
	*port = PORT;
	if (span_starts(text, SPAN("["))) {
		size_t end = span_find_byte(text, ']');

		if (end == text.n)
			return false;
		*host = span_slice(text, 1, end - 1);
		text = span_from_offset(text, end + 1);
		colon = 0;
		if (text.n == 0)
			return true;
		if (*text.p != ':')
			return false;
	} else if (colon == text.n || span_count_byte(text, ':') > 1) {
		return true;
	} else {
		*host = span_slice(text, 0, colon);
	}
	if (!num_parse_u64(span_from_offset(text, colon + 1), UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

size_t serve_address_parse(struct span text, struct serve_address out[SERVE_ADDRESSES_MOST],
	struct why *why)
{
	struct span host;
	uint16_t port;
	size_t n;

	text = span_trim(text);
	if (span_starts(text, SPAN("/"))) {
		if (set_path(out, text))
			return 1;
		(void)why_set(why, RC_INVALID,
			"\"%.*s\": the path of a socket has at most %zu bytes", SPAN_ARG(text),
			sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
		return 0;
	}
	if (split_port(text, &host, &port)) {
		n = set_host(host, port, out);
		if (n > 0)
			return n;
	}
	(void)why_set(why, RC_INVALID,
		"\"%.*s\" is no address to listen on: write 127.0.0.1:11332, [::1]:11332, "
		"localhost:11332, *:11332 or /path/of/socket",
		SPAN_ARG(text));
	return 0;
}

struct span serve_address_print(struct arena *a, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		(void)inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		return arena_printf(a, "%s:%u", text, ntohs(in->sin_port));
	}
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)address;

		(void)inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof(text));
		return arena_printf(a, "[%s]:%u", text, ntohs(in->sin6_port));
	}
	return arena_copy(a,
		span_of(((const struct sockaddr_un *)(const void *)address)->sun_path));
}

/* ---- listening ---- */

/* A socket that nobody listens on any more is left over from a process that was killed. */
static void remove_dead_path(const struct serve_address *address)
{
	const struct sockaddr_un *un = (const void *)&address->socket;
	struct stat st;
	int fd;

	if (lstat(un->sun_path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	if (connect(fd, (const void *)un, sizeof(*un)) == -1 && errno == ECONNREFUSED)
		(void)unlink(un->sun_path);
	(void)close(fd);
}

static enum rc tell(struct why *why, const struct serve_address *address, int error)
{
	struct arena *a = arena_make();
	struct span name = serve_address_print(a, (const struct sockaddr *)&address->socket);
	enum rc rc;

	if (error == EADDRINUSE)
		rc = why_set(why, RC_TEMPFAIL,
			"%.*s is in use: another program listens there. End it, or choose another "
			"address with worker.proxy.bind_socket",
			SPAN_ARG(name));
	else if (error == EACCES || error == EPERM)
		rc = why_set(why, RC_DENIED,
			"%.*s: no permission to listen there. Ports under 1024 need root; a socket "
			"needs a folder that this user may write to",
			SPAN_ARG(name));
	else if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)
		rc = why_set(why, RC_NOT_FOUND,
			"%.*s: this machine does not have that address; see worker.proxy.bind_socket",
			SPAN_ARG(name));
	else
		rc = why_set(why, RC_TEMPFAIL, "%.*s: cannot listen there: %s", SPAN_ARG(name),
			strerror(error));
	arena_free(a);
	return rc;
}

enum rc serve_address_listen(const struct serve_address *address, int *out, struct why *why)
{
	const struct sockaddr *socket_address = (const struct sockaddr *)&address->socket;
	int family = address->socket.ss_family, on = 1, error;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return tell(why, address, errno);
	if (family == AF_UNIX)
		remove_dead_path(address);
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, socket_address, address->size) == 0 && listen(fd, BACKLOG) == 0) {
		*out = fd;
		return RC_OK;
	}
	error = errno;
	(void)close(fd);
	return tell(why, address, error);
}
