/* Reading whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/panic.h"

static enum rc rc_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return RC_NOT_FOUND;
	case EACCES:
	case EPERM:
		return RC_DENIED;
	case EISDIR:
		return RC_INVALID;
	default:
		return RC_TEMPFAIL;
	}
}

static enum rc fail(struct why *why, const char *name, int error)
{
	return why_set(why, rc_of_errno(error), "%s: %s", name, strerror(error));
}

enum rc file_read_fd(struct arena *a, int fd, const char *name, size_t most, struct span *out,
	struct why *why)
{
	struct stat st;
	struct buf b;
	size_t chunk = 64 << 10;

	must(most < SIZE_MAX - 2);
	/* two more than allowed: one to see that it is too large, one for the NUL */
	buf_init(&b, a, most + 2);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > most)
			return why_set(why, RC_LIMIT, "%s: larger than %zu bytes", name, most);
		chunk = (size_t)st.st_size + 1;
	}
	for (;;) {
		/* what is left of the first room is enough to see the end of a regular file */
		size_t left = b.capacity - b.n > 1 ? b.capacity - b.n - 1 : chunk;
		size_t room = num_min(left, most + 1 - b.n);
		char *p = buf_reserve(&b, room + 1);
		ssize_t got = read(fd, p, room);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return fail(why, name, errno);
		if (got == 0)
			break;
		buf_advance(&b, (size_t)got);
		if (b.n > most)
			return why_set(why, RC_LIMIT, "%s: larger than %zu bytes", name, most);
		chunk = 64 << 10;
	}
	buf_add_byte(&b, '\0');
	*out = span_from(b.p, b.n - 1);
	return RC_OK;
}

enum rc file_read(struct arena *a, const char *path, size_t most, struct span *out, struct why *why)
{
	enum rc rc;
	int fd;

	if (strcmp(path, "-") == 0)
		return file_read_fd(a, STDIN_FILENO, "standard input", most, out, why);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return fail(why, path, errno);
	rc = file_read_fd(a, fd, path, most, out, why);
	(void)close(fd);
	return rc;
}

bool file_write_fd(int fd, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t put = write(fd, bytes.p, bytes.n);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return false;
		bytes = span_from_offset(bytes, (size_t)put);
	}
	return true;
}
