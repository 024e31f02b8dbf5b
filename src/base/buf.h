/*
 * buf: bytes that grow in an arena, up to a stated most. What would go past it is cut off, never
 * overrun, and `full` says so: the caller looks once, at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t capacity;
	size_t most;
	bool full; /* something was cut off */
};

/* Takes no memory yet. `most` is in bytes. */
void buf_init(struct buf *b, struct arena *a, size_t most);
void buf_add(struct buf *b, struct span text);
void buf_add_byte(struct buf *b, char byte);
void buf_add_string(struct buf *b, const char *text);
/* No argument may point into the buffer itself. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As "%.*f", and much faster for numbers of a usual size. */
void buf_add_fixed(struct buf *b, double value, unsigned decimals);
/* Room for `n` more bytes to be written in place, then told with buf_advance; NULL past `most`. */
char *buf_reserve(struct buf *b, size_t n);
void buf_advance(struct buf *b, size_t n);
/* What is in it; later additions may move the bytes. */
struct span buf_span(const struct buf *b);
/* Empties it and keeps the memory. */
void buf_clear(struct buf *b);

#endif
