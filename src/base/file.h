/* file: whole files in and out, with a cap and a sentence when it fails. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/rc.h"

/*
 * Reads a whole file (or a pipe, or "-" for stdin). RC_NOT_FOUND, RC_DENIED, RC_INVALID (a folder),
 * RC_LIMIT past `most` bytes, RC_TEMPFAIL for other errors. A NUL stands behind the bytes.
 */
enum rc file_read(struct arena *a, const char *path, size_t most, struct span *out,
	struct why *why);
/* The same from an open descriptor; `name` is for the sentence. */
enum rc file_read_fd(struct arena *a, int fd, const char *name, size_t most, struct span *out,
	struct why *why);
/* Writes all of it, again after interruptions; false leaves errno. */
bool file_write_fd(int fd, struct span bytes);

#endif
