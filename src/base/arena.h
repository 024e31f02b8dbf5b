/*
 * arena: memory that is given back all at once. Each message, connection and configuration has one;
 * what is allocated lives until arena_free or arena_reset and is never freed alone.
 *
 * Allocation does not return NULL: without memory the process ends. So everything that outside input can
 * make grow has a cap of its own that is checked before it asks here.
 *
 * The environment variable ARENA=malloc makes each piece a block of its own, so that ASan or valgrind
 * see every overrun; under ASan, what is not handed out is poisoned.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/span.h"

struct arena;

struct arena *arena_make(void);
/* NULL is allowed. */
void arena_free(struct arena *a);
/* Forgets all pieces but keeps one small block for the next use. */
void arena_reset(struct arena *a);

/* Aligned for any type; the bytes are zero. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));
/* As arena_alloc, but the bytes are not cleared: for large pieces that are filled at once. */
void *arena_alloc_raw(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));
/*
 * Makes a piece larger, in place when it was the last one; `piece` may be NULL with old_size 0. The
 * bytes past old_size are not cleared.
 */
void *arena_grow(struct arena *a, void *piece, size_t old_size, size_t new_size)
	__attribute__((returns_nonnull));

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
/* `n` elements, zeroed; ends the process when n * sizeof overflows. */
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size);

/* A copy of the text, with a NUL behind it that the span does not count. */
struct span arena_copy(struct arena *a, struct span text);
/* The same as a C string, for libraries that want one; stops at an inner NUL for their reader. */
const char *arena_string(struct arena *a, struct span text);
struct span arena_lower(struct arena *a, struct span text);
struct span arena_printf(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct span arena_vprintf(struct arena *a, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/*
 * Calls `end(thing)` when the arena is freed or reset, the last one first, before its memory goes: for
 * what a library has allocated in its own way (a compiled pattern, a database). The arena must not be
 * used from there.
 */
void arena_at_end(struct arena *a, void (*end)(void *thing), void *thing);

/* Bytes handed out now, and taken from the system at the most so far. */
size_t arena_used(const struct arena *a);
size_t arena_peak(const struct arena *a);

#endif
