/* Addresses to listen on. Names are not looked up: what a filter listens on must not depend on DNS. */
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/inner.h"

enum { PORT = 11332, BACKLOG = 1024, NAME_MOST = 255, MODE_MOST = 0777 };

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

	if (path.n >= sizeof(un.sun_path) || span_has_byte(path, '\0'))
		return false;
	memcpy(un.sun_path, path.p, path.n);
	*out = (struct serve_address){.size = sizeof(un)};
	memcpy(&out->socket, &un, sizeof(un));
	return true;
}

/* ---- words behind a path ---- */

static bool read_mode(struct span value, struct serve_address *out)
{
	mode_t mode = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '7')
			return false;
		mode = mode * 8 + (mode_t)(value.p[i] - '0');
		if (mode > MODE_MOST)
			return false;
	}
	out->has_mode = true;
	out->mode = mode;
	return value.n > 0;
}

/* An id; the highest means "unchanged" to chown(). */
static bool read_id(struct span value, uint64_t *out)
{
	return num_parse_u64(value, UINT32_MAX - 1, out);
}

static bool copy_name(struct span value, char out[NAME_MOST + 1])
{
	if (value.n == 0 || value.n > NAME_MOST || span_has_byte(value, '\0'))
		return false;
	memcpy(out, value.p, value.n);
	out[value.n] = '\0';
	return true;
}

static bool read_owner(struct span value, struct serve_address *out)
{
	char name[NAME_MOST + 1];
	const struct passwd *user;
	uint64_t id;

	out->has_owner = true;
	if (read_id(value, &id)) {
		out->owner = (uid_t)id;
		return true;
	}
	user = copy_name(value, name) ? getpwnam(name) : NULL;
	if (user == NULL)
		return false;
	out->owner = user->pw_uid;
	if (!out->has_group)
		out->group = user->pw_gid;
	out->has_group = true;
	return true;
}

static bool read_group(struct span value, struct serve_address *out)
{
	char name[NAME_MOST + 1];
	const struct group *group;
	uint64_t id;

	out->has_group = true;
	if (read_id(value, &id)) {
		out->group = (gid_t)id;
		return true;
	}
	group = copy_name(value, name) ? getgrnam(name) : NULL;
	if (group == NULL)
		return false;
	out->group = group->gr_gid;
	return true;
}

/* The owner stands last: his own group counts only when no other is given. */
static const struct {
	struct span key;
	bool (*read)(struct span value, struct serve_address *out);
	const char *wrong;
} path_words[] = {
	{SPAN_INIT("mode="), read_mode, "a mode is an octal number from 0 to 0777"},
	{SPAN_INIT("group="), read_group, "this machine has no such group"},
	{SPAN_INIT("owner="), read_owner, "this machine has no such user"},
};

static bool next_word(struct span *rest, struct span *word)
{
	size_t n = 0;

	*rest = span_trim_start(*rest);
	while (n < rest->n && !byte_is_space(rest->p[n]))
		n++;
	*word = span_slice(*rest, 0, n);
	*rest = span_from_offset(*rest, n);
	return n > 0;
}

static bool is_path_word(struct span word)
{
	for (size_t i = 0; i < ARRAY_LEN(path_words); i++)
		if (span_starts(word, path_words[i].key))
			return true;
	return false;
}

static enum rc read_path_words(struct span text, struct serve_address *out, struct why *why)
{
	struct span rest = text, word;

	while (next_word(&rest, &word))
		if (!is_path_word(word))
			return why_set(why, RC_INVALID,
				"\"%.*s\" is no word for a local socket: behind its path may stand "
				"mode=, owner= and group=",
				SPAN_ARG(word));
	for (size_t i = 0; i < ARRAY_LEN(path_words); i++) {
		struct span key = path_words[i].key;

		rest = text;
		while (next_word(&rest, &word))
			if (span_starts(word, key) &&
				!path_words[i].read(span_from_offset(word, key.n), out))
				return why_set(why, RC_INVALID, "\"%.*s\": %s", SPAN_ARG(word),
					path_words[i].wrong);
	}
	return RC_OK;
}

static size_t parse_path(struct span text, struct serve_address *out, struct why *why)
{
	struct span path;

	(void)next_word(&text, &path);
	if (set_path(out, path))
		return read_path_words(text, out, why) == RC_OK ? 1 : 0;
	(void)why_set(why, RC_INVALID,
		"\"%.*s\": the path of a socket has at most %zu bytes, and none is NUL",
		SPAN_ARG(path), sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	return 0;
}

/* ---- hosts ---- */

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

/* `[::1]:25`, `::1`, `1.2.3.4:25`; false when the port is none. Without one it stays as it is. */
static bool split_port(struct span text, struct span *host, uint16_t *port)
{
	size_t colon = span_find_last_byte(text, ':');
	uint64_t number;

	*host = text;
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

size_t serve_address_parse(struct span text, uint16_t port,
	struct serve_address out[SERVE_ADDRESSES_MOST], struct why *why)
{
	struct span host;
	size_t n;

	text = span_trim(text);
	if (span_starts(text, SPAN("/")))
		return parse_path(text, out, why);
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
	struct span name = ip_print_socket(a, (const struct sockaddr *)&address->socket);
	struct stat st;
	enum rc rc;

	if (error == EADDRINUSE && *name.p == '/' && lstat(name.p, &st) == 0 &&
		!S_ISSOCK(st.st_mode))
		rc = why_set(why, RC_INVALID,
			"%.*s: there is a file of that name, which is no socket. Remove it, or choose "
			"another path with bind_socket",
			SPAN_ARG(name));
	else if (error == EADDRINUSE)
		rc = why_set(why, RC_TEMPFAIL,
			"%.*s is in use: another program listens there. End it, or choose another "
			"address with bind_socket",
			SPAN_ARG(name));
	else if (error == EACCES || error == EPERM)
		rc = why_set(why, RC_DENIED,
			"%.*s: no permission to listen there. Ports under 1024 need root; a socket "
			"needs a folder that this user may write to",
			SPAN_ARG(name));
	else if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)
		rc = why_set(why, RC_NOT_FOUND,
			"%.*s: this machine does not have that address; see bind_socket",
			SPAN_ARG(name));
	else
		rc = why_set(why, RC_TEMPFAIL, "%.*s: cannot listen there: %s", SPAN_ARG(name),
			strerror(error));
	arena_free(a);
	return rc;
}

/*
 * Before listen(), so that nobody gets in by what the file was made with. Links are not followed: who may
 * write to the folder could point them at any file. The mode comes first, while the file is still ours.
 */
enum rc serve_address_set_owner(const struct serve_address *address, struct why *why)
{
	const struct sockaddr_un *un = (const void *)&address->socket;
	uid_t owner = address->has_owner ? address->owner : (uid_t)-1;
	gid_t group = address->has_group ? address->group : (gid_t)-1;
	const char *what = "mode";
	int result = 0;

	if (address->has_mode)
		result = fchmodat(AT_FDCWD, un->sun_path, address->mode, AT_SYMLINK_NOFOLLOW);
	if (result == 0 && (address->has_owner || address->has_group)) {
		what = "owner and group";
		result = lchown(un->sun_path, owner, group);
	}
	if (result == 0)
		return RC_OK;
	if (errno == EPERM)
		return why_set(why, RC_DENIED,
			"%s: no permission to set the %s of the socket: only root gives files to "
			"other users, or to groups it is not in",
			un->sun_path, what);
	return why_set(why, RC_TEMPFAIL, "%s: cannot set the %s of the socket: %s", un->sun_path,
		what, strerror(errno));
}

static enum rc bind_and_listen(const struct serve_address *address, int fd, struct why *why)
{
	const struct sockaddr_un *un = (const void *)&address->socket;
	bool is_path = address->socket.ss_family == AF_UNIX;
	enum rc rc = RC_OK;

	if (bind(fd, (const struct sockaddr *)&address->socket, address->size) == -1)
		return tell(why, address, errno);
	if (is_path)
		rc = serve_address_set_owner(address, why);
	if (rc == RC_OK && listen(fd, BACKLOG) == -1)
		rc = tell(why, address, errno);
	if (rc != RC_OK && is_path)
		(void)unlink(un->sun_path);
	return rc;
}

enum rc serve_address_listen(const struct serve_address *address, int *out, struct why *why)
{
	int family = address->socket.ss_family, on = 1;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum rc rc;

	if (fd == -1)
		return tell(why, address, errno);
	if (family == AF_UNIX)
		remove_dead_path(address);
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	rc = bind_and_listen(address, fd, why);
	if (rc == RC_OK)
		*out = fd;
	else
		(void)close(fd);
	return rc;
}
