/*
 * log: lines for the administrator. Only the edge of the program writes them (commands, listeners, the
 * supervisor); rooms below return a `struct why`. A line is UTF-8 without control characters: any other
 * byte is written as \xHH, so that no message can forge a line or command a terminal.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* Lines less urgent than `level` are dropped; notice from the start. */
void log_set_level(enum log_level level);
/* Where lines go; 2 (stderr) from the start. Must not block: what the descriptor refuses is counted. */
void log_set_fd(int fd);
/* One line, a final newline is added; over 4 KiB it is cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "error", ...; and back, -1 for an unknown word. */
const char *log_level_name(enum log_level level);
int log_level_find(struct span name);
/* Lines that the descriptor did not take so far. */
uint64_t log_lost(void);

#endif
