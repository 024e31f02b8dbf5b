/* Inside of log: the text of a line (log_print.c) and where it goes (log_target.c). */
#ifndef BASE_LOG_INNER_H
#define BASE_LOG_INNER_H

#include "base/log.h"

/* Bytes with a most: what does not fit is left out whole. */
struct log_out {
	char *p;
	size_t n, most;
};

/* What a line is made of. */
struct log_record {
	enum log_level level;
	int64_t time;      /* seconds since 1970; -1: the line has none */
	const char *event; /* NULL: it is a sentence */
	struct span sentence;
	const struct log_field *fields;
	size_t field_count;
};

/* False, and nothing is written, when it does not fit. */
bool log_add(struct log_out *out, struct span bytes);
/* Without a line end. `out` needs room for at least 200 bytes. */
void log_print_record(struct log_out *out, const struct log_record *r, enum log_format format);
/* "warning: the words": bytes that are not printable as \xHH. */
void log_print_plain(struct log_out *out, const struct log_record *r);

/* False when the target has not taken it. `line` ends with LF; there is room for nothing more. */
bool log_send(const struct log_record *r, struct span line);
/* Whether what goes to the target has a time of its own. */
bool log_is_timed_by_target(void);
/* Whether lines are plain, and in which form else. */
bool log_is_plain(void);
enum log_format log_format(void);

#endif
