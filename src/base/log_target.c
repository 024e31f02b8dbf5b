/*
 * Where log lines go.
 *
 * DESIGN: syslog and journald get datagrams from a socket that is not connected, and each is sent to the path.
 * So a daemon that was started again gets the next line, from a process that could not open a socket any more.
 */
#include "base/log_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"
#include "base/panic.h"

#define SYSLOG_PATH "/dev/log"
#define JOURNALD_PATH "/run/systemd/journal/socket"

enum { FILE_MODE = 0640, DATAGRAM_MOST = 16 << 10, JOURNAL_TEXT_MOST = 1024 };

static struct {
	struct log_target to;
	int fd;
	bool is_ours; /* opened here */
	bool is_plain;
	bool is_journal; /* standard output ends in the journal */
	struct sockaddr_un socket;
} now = {.fd = STDERR_FILENO, .is_plain = true};

bool log_is_plain(void)
{
	return now.is_plain;
}

enum log_format log_format(void)
{
	return now.to.format;
}

bool log_is_timed_by_target(void)
{
	return now.to.is_untimed || now.is_journal || now.to.type == LOG_SYSLOG ||
		now.to.type == LOG_JOURNALD;
}

int log_fd(void)
{
	return now.fd;
}

void log_set_fd(int fd)
{
	if (now.is_ours)
		(void)close(now.fd);
	now.fd = fd;
	now.is_ours = false;
	now.is_plain = true;
}

void log_use_fd(int fd)
{
	if (fd == -1 || fd == now.fd)
		return;
	/* the old number, which others may know; should that fail, the old one is better than none */
	(void)dup3(fd, now.fd, O_CLOEXEC);
	(void)close(fd);
}

/* ---- opening ---- */

/*
 * Standard output without waiting: whoever reads the log may stall, the filter must not. A pipe or
 * terminal is opened anew, because the flag would hold for everybody who shares it.
 */
static int open_console(void)
{
	struct stat st;
	int fd = -1, flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (fstat(STDOUT_FILENO, &st) == -1 || flags == -1)
		return STDOUT_FILENO;
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
	else if (S_ISSOCK(st.st_mode))
		(void)fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	return fd == -1 ? STDOUT_FILENO : fd;
}

/* systemd says in JOURNAL_STREAM which stream ends in the journal, as DEVICE:INODE. */
static bool is_journal_stream(int fd, const char *variable)
{
	struct span rest = span_of(variable), device, inode;
	uint64_t d, i;
	struct stat st;

	return span_next(&rest, ':', &device) && span_next(&rest, ':', &inode) &&
		num_parse_u64(device, UINT64_MAX, &d) && num_parse_u64(inode, UINT64_MAX, &i) &&
		fstat(fd, &st) != -1 && st.st_dev == d && st.st_ino == i;
}

/*
 * Links are not followed: the file is opened by root, and its folder may belong to the account that workers
 * run as. Not waiting matters for a named pipe that nobody reads.
 */
static enum rc open_file(const char *path, int *out, struct why *why)
{
	struct stat st;
	int fd = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		FILE_MODE);

	if (fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return why_set(why, RC_NOT_FOUND, "%s: the folder of the log is not there",
				path);
		if (errno == EACCES || errno == EPERM || errno == EROFS)
			return why_set(why, RC_DENIED, "%s: no permission to write this log file",
				path);
		if (errno == ELOOP)
			return why_set(why, RC_INVALID,
				"%s: a log file may not be a symbolic link: name the file itself",
				path);
		return why_set(why, RC_TEMPFAIL, "%s: cannot open the log file: %s", path,
			strerror(errno));
	}
	if (fstat(fd, &st) == -1 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))) {
		(void)close(fd);
		return why_set(why, RC_INVALID, "%s: a log file must be a plain file or a pipe",
			path);
	}
	*out = fd;
	return RC_OK;
}

/* A daemon that is not there yet is no reason not to start: lines are lost until it is. */
static enum rc open_socket(const char *path, struct sockaddr_un *address, int *out, struct why *why)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return why_set(why, RC_INVALID, "%s: the path of a socket has at most %zu bytes",
			path, sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, strlen(path));
	*out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*out == -1)
		return why_set(why, RC_TEMPFAIL, "no socket for the log: %s", strerror(errno));
	return RC_OK;
}

static const char *usual_path(enum log_type type)
{
	return type == LOG_SYSLOG ? SYSLOG_PATH : JOURNALD_PATH;
}

enum rc log_open(const struct log_target *target, struct why *why)
{
	struct sockaddr_un address = {0};
	enum rc rc = RC_OK;
	int fd = -1;

	must(memchr(target->path, '\0', sizeof(target->path)) != NULL);
	if (target->type == LOG_CONSOLE)
		fd = open_console();
	else if (target->type == LOG_FILE)
		rc = open_file(target->path, &fd, why);
	else
		rc = open_socket(*target->path == '\0' ? usual_path(target->type) : target->path,
			&address, &fd, why);
	if (rc != RC_OK)
		return rc;
	if (now.is_ours)
		(void)close(now.fd);
	now.to = *target;
	now.fd = fd;
	now.is_ours = fd != STDOUT_FILENO;
	now.is_plain = false;
	now.socket = address;
	now.is_journal = target->type == LOG_CONSOLE &&
		is_journal_stream(STDOUT_FILENO, getenv("JOURNAL_STREAM"));
	log_set_level(target->level);
	return RC_OK;
}

enum rc log_reopen(struct why *why)
{
	enum rc rc;
	int fd = -1;

	if (now.is_plain || now.to.type != LOG_FILE)
		return RC_OK;
	rc = open_file(now.to.path, &fd, why);
	if (rc == RC_OK)
		log_use_fd(fd);
	return rc;
}

/* ---- sending ---- */

/* Severities of RFC 3164. */
static int severity_of(enum log_level level)
{
	static const int severities[] = {3, 4, 5, 6, 7};

	return severities[level];
}

static bool send_datagram(struct span bytes)
{
	return sendto(now.fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL,
		       (const struct sockaddr *)&now.socket,
		       sizeof(now.socket)) == (ssize_t)bytes.n;
}

/*
 * Without the time: a local daemon notes when the line came, and the form knows no time zone that both sides
 * would agree on.
 */
static bool send_syslog(const struct log_record *r, struct span line)
{
	char text[LOG_LINE_MOST + 64];
	struct log_out out = {.p = text, .most = sizeof(text)};

	out.n = (size_t)snprintf(text, sizeof(text),
		"<%d>winnow[%d]: ", now.to.facility * 8 + severity_of(r->level), (int)getpid());
	(void)log_add(&out, line);
	return send_datagram(span_from(text, out.n));
}

/*
 * The form for values that may hold any byte: name, LF, length in 64 bits of little endian, value, LF. What
 * does not fit any more leaves nothing behind.
 */
static void add_journal(struct log_out *out, const char *name, struct span value)
{
	size_t before = out->n;
	char length[8];

	value = span_slice(value, 0, JOURNAL_TEXT_MOST * 4);
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (char)((uint64_t)value.n >> 8 * i);
	if (!log_add(out, span_of(name)) || !log_add(out, SPAN("\n")) ||
		!log_add(out, span_from(length, sizeof(length))) || !log_add(out, value) ||
		!log_add(out, SPAN("\n")))
		out->n = before;
}

static void add_journal_field(struct log_out *out, const struct log_field *f)
{
	char name[64], number[400];
	struct log_out upper = {.p = name, .most = sizeof(name) - 1};

	(void)log_add(&upper, SPAN("WINNOW_"));
	for (const char *p = f->name; *p != '\0' && upper.n < upper.most; p++)
		name[upper.n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	name[upper.n] = '\0';
	if (f->kind == LOG_TEXT && !span_is_null(f->text))
		add_journal(out, name, span_slice(f->text, 0, JOURNAL_TEXT_MOST));
	if (f->kind == LOG_NUMBER && isfinite(f->number)) {
		int n = snprintf(number, sizeof(number), "%.*f", f->decimals, f->number);

		add_journal(out, name, span_from(number, num_min((size_t)n, sizeof(number) - 1)));
	}
	/* a field may stand there several times */
	for (size_t i = 0; f->kind == LOG_LIST && i < f->list_n; i++)
		add_journal(out, name, span_slice(f->list[i], 0, JOURNAL_TEXT_MOST));
}

static bool send_journald(const struct log_record *r, struct span line)
{
	char bytes[DATAGRAM_MOST];
	struct log_out out = {.p = bytes, .most = sizeof(bytes)};

	out.n = (size_t)snprintf(bytes, sizeof(bytes), "PRIORITY=%d\nSYSLOG_IDENTIFIER=winnow\n",
		severity_of(r->level));
	add_journal(&out, "MESSAGE", line);
	if (r->event != NULL)
		add_journal(&out, "WINNOW_EVENT", span_of(r->event));
	for (size_t i = 0; i < r->field_count; i++)
		add_journal_field(&out, &r->fields[i]);
	return send_datagram(span_from(bytes, out.n));
}

/*
 * A standard output that could not be opened anew (a pipe of another user) would make us wait. One that takes
 * bytes takes a line, for a line is no longer than PIPE_BUF.
 */
static bool write_stream(struct span bytes)
{
	struct pollfd fd = {.fd = now.fd, .events = POLLOUT};

	if (!now.is_plain && !now.is_ours && poll(&fd, 1, 0) != 1)
		return false;
	return write(now.fd, bytes.p, bytes.n) == (ssize_t)bytes.n;
}

/* The journal takes the urgency of a line off its start. */
static bool send_stream(const struct log_record *r, struct span line)
{
	char text[LOG_LINE_MOST + 8];
	struct log_out out = {.p = text, .most = sizeof(text)};

	if (!now.is_journal || now.is_plain)
		return write_stream(line);
	out.n = (size_t)snprintf(text, sizeof(text), "<%d>", severity_of(r->level));
	(void)log_add(&out, line);
	return write_stream(span_from(text, out.n));
}

bool log_send(const struct log_record *r, struct span line)
{
	struct span text = span_slice(line, 0, line.n - 1);

	if (!now.is_plain && now.to.type == LOG_SYSLOG)
		return send_syslog(r, text);
	if (!now.is_plain && now.to.type == LOG_JOURNALD)
		return send_journald(r, text);
	return send_stream(r, line);
}
