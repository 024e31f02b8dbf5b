/*
 * The arena: a chain of blocks, each twice the last up to a bound.
 *
 * DESIGN: blocks start small (16 KiB holds a usual message's tree) and double to 1 MiB; what is larger
 * gets a block of its own behind the current one, so that one big piece does not waste what is left. A
 * free list per size of pieces was rejected: everything dies together. Freed blocks of the usual sizes are
 * kept for the next arena, a few for each size: memory that goes back to the system with each message is
 * memory that the kernel has to clear for each message.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/panic.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define RED_ZONE 16 /* poisoned bytes between two pieces */
#else
#define RED_ZONE 0
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
	BLOCK_FIRST = 16 << 10,
	BLOCK_LARGEST = 1 << 20,
	BLOCK_SIZES = 7, /* from the first to the largest, each twice the last */
	SPARES_MOST = 2, /* of each size but the largest, of which there is one: 3 MiB in sum */
	ALIGNMENT = 16,
};

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(ALIGNMENT) char data[];
};

/* What is to be called at the end; it lies in the arena itself. */
struct ending {
	struct ending *next;
	void (*end)(void *thing);
	void *thing;
};

struct arena {
	struct block *current; /* its `next` leads to all older blocks */
	size_t next_size;
	size_t used;
	size_t held;
	size_t peak;
	bool piecewise; /* ARENA=malloc */
	struct ending *endings;
};

static struct {
	struct block *v[SPARES_MOST];
	size_t n;
} spares[BLOCK_SIZES];

/* BLOCK_SIZES for a block that is none of the usual ones. */
static size_t size_row(size_t size)
{
	size_t row = 0;

	while (row < BLOCK_SIZES && size != (size_t)BLOCK_FIRST << row)
		row++;
	return row;
}

static struct block *take_spare(size_t size)
{
	size_t row = size_row(size);

	if (row == BLOCK_SIZES || spares[row].n == 0)
		return NULL;
	return spares[row].v[--spares[row].n];
}

static bool keep_spare(struct block *b)
{
	size_t row = size_row(b->size);

	if (row == BLOCK_SIZES || spares[row].n == (b->size == BLOCK_LARGEST ? 1 : SPARES_MOST))
		return false;
	ASAN_POISON_MEMORY_REGION(b->data, b->size);
	spares[row].v[spares[row].n++] = b;
	return true;
}

static struct block *block_make(struct arena *a, size_t size)
{
	struct block *b = take_spare(size);

	if (b == NULL)
		b = malloc(sizeof(*b) + size);

	if (b == NULL)
		panic("out of memory: %zu bytes asked for, %zu held", size, a->held);
	b->size = size;
	b->used = 0;
	b->next = NULL;
	a->held += size;
	if (a->held > a->peak)
		a->peak = a->held;
	ASAN_POISON_MEMORY_REGION(b->data, b->size);
	return b;
}

static void block_free(struct block *b)
{
	if (keep_spare(b))
		return;
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	free(b);
}

struct arena *arena_make(void)
{
	struct arena *a = calloc(1, sizeof(*a));
	const char *mode = getenv("ARENA");

	if (a == NULL)
		panic("out of memory: no room for an arena");
	a->next_size = BLOCK_FIRST;
	a->piecewise = mode != NULL && strcmp(mode, "malloc") == 0;
	return a;
}

static void free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;

		block_free(b);
		b = next;
	}
}

void arena_at_end(struct arena *a, void (*end)(void *thing), void *thing)
{
	struct ending *e = ARENA_NEW(a, struct ending);

	*e = (struct ending){a->endings, end, thing};
	a->endings = e;
}

static void run_endings(struct arena *a)
{
	while (a->endings != NULL) {
		struct ending *e = a->endings;

		a->endings = e->next;
		e->end(e->thing);
	}
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	run_endings(a);
	free_blocks(a->current);
	free(a);
}

void arena_reset(struct arena *a)
{
	struct block *keep = NULL;

	run_endings(a);
	/* one small block stays: a large first piece must not be held for all the messages to come */
	for (struct block *b = a->current, *next; b != NULL; b = next) {
		next = b->next;
		if (keep == NULL && b->size == BLOCK_FIRST && !a->piecewise) {
			keep = b;
			continue;
		}
		a->held -= b->size;
		block_free(b);
	}
	a->used = 0;
	a->current = keep;
	a->next_size = keep == NULL ? BLOCK_FIRST : BLOCK_FIRST * 2;
	if (keep == NULL)
		return;
	keep->next = NULL;
	keep->used = 0;
	ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
}

static void *take(struct block *b, size_t size)
{
	char *p = b->data + b->used;

	b->used += (size + RED_ZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (b->used > b->size)
		b->used = b->size;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *arena_alloc_raw(struct arena *a, size_t size)
{
	struct block *b = a->current;

	must(size < SIZE_MAX / 4);
	a->used += size;
	if (b != NULL && !a->piecewise && b->size - b->used >= size + RED_ZONE)
		return take(b, size);
	if (a->piecewise || size > a->next_size / 4) {
		b = block_make(a, size + RED_ZONE + ALIGNMENT);
		/* behind the current block, which still has room for small pieces */
		if (a->current == NULL || a->piecewise) {
			b->next = a->current;
			a->current = b;
		} else {
			b->next = a->current->next;
			a->current->next = b;
		}
		return take(b, size);
	}
	b = block_make(a, a->next_size);
	b->next = a->current;
	a->current = b;
	if (a->next_size < BLOCK_LARGEST)
		a->next_size *= 2;
	return take(b, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_alloc_raw(a, size), 0, size);
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		panic("an array of %zu elements of %zu bytes", n, size);
	return arena_alloc(a, total);
}

void *arena_grow(struct arena *a, void *piece, size_t old_size, size_t new_size)
{
	struct block *b = a->current;
	void *p;

	must(new_size >= old_size && (piece != NULL || old_size == 0));
	if (piece != NULL && b != NULL && !a->piecewise) {
		size_t taken = (old_size + RED_ZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
		/* by address: the piece may lie in another block, where `start` is past any `used` */
		size_t start = (uintptr_t)piece - (uintptr_t)b->data;

		if (start <= b->used && start + taken == b->used &&
			b->size - start >= new_size + RED_ZONE) {
			b->used = start;
			a->used += new_size - old_size;
			return take(b, new_size);
		}
	}
	p = arena_alloc_raw(a, new_size);
	if (old_size > 0)
		memcpy(p, piece, old_size);
	return p;
}

struct span arena_copy(struct arena *a, struct span text)
{
	char *p = arena_alloc_raw(a, text.n + 1);

	if (text.n > 0)
		memcpy(p, text.p, text.n);
	p[text.n] = '\0';
	return span_from(p, text.n);
}

const char *arena_string(struct arena *a, struct span text)
{
	return arena_copy(a, text).p;
}

struct span arena_lower(struct arena *a, struct span text)
{
	char *p = arena_alloc_raw(a, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		p[i] = byte_lower(text.p[i]);
	p[text.n] = '\0';
	return span_from(p, text.n);
}

struct span arena_vprintf(struct arena *a, const char *format, va_list ap)
{
	va_list again;
	char small[256];
	int n;
	char *p;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), format, ap);
	must(n >= 0);
	p = arena_alloc_raw(a, (size_t)n + 1);
	if ((size_t)n < sizeof(small))
		memcpy(p, small, (size_t)n + 1);
	else
		(void)vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return span_from(p, (size_t)n);
}

struct span arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	struct span s;

	va_start(ap, format);
	s = arena_vprintf(a, format, ap);
	va_end(ap);
	return s;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

size_t arena_peak(const struct arena *a)
{
	return a->peak;
}
