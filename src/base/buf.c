/* Growing bytes with a cap. */
#include "base/buf.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/panic.h"

void buf_init(struct buf *b, struct arena *a, size_t most)
{
	*b = (struct buf){.arena = a, .most = most};
}

/* True when `n` more bytes fit; grows by doubling so that the sum of copies stays linear. */
static bool make_room(struct buf *b, size_t n)
{
	size_t capacity = b->capacity;

	if (n <= capacity - b->n)
		return true;
	if (n > b->most - b->n)
		return false;
	/* the first time exactly: who knows the size asks for it at once */
	if (capacity == 0)
		capacity = num_max(n, 64);
	while (capacity - b->n < n)
		capacity = capacity > b->most / 2 ? b->most : capacity * 2;
	capacity = num_min(capacity, b->most);
	b->p = arena_grow(b->arena, b->p, b->capacity, capacity);
	b->capacity = capacity;
	return true;
}

void buf_add(struct buf *b, struct span text)
{
	if (text.n > b->most - b->n) {
		b->full = true;
		text.n = b->most - b->n;
	}
	if (text.n == 0)
		return;
	must(make_room(b, text.n));
	memcpy(b->p + b->n, text.p, text.n);
	b->n += text.n;
}

void buf_add_byte(struct buf *b, char byte)
{
	if (b->n < b->capacity)
		b->p[b->n++] = byte;
	else
		buf_add(b, span_from(&byte, 1));
}

void buf_add_string(struct buf *b, const char *text)
{
	buf_add(b, span_of(text));
}

/* Straight into the room that is there; what does not fit is printed once more. */
void buf_printf(struct buf *b, const char *format, ...)
{
	size_t room = b->capacity - b->n;
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->p + b->n : NULL, room, format, ap);
	va_end(ap);
	must(n >= 0);
	if ((size_t)n < room) {
		b->n += (size_t)n;
	} else if (make_room(b, (size_t)n + 1)) {
		(void)vsnprintf(b->p + b->n, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	} else {
		buf_add(b, arena_vprintf(b->arena, format, again));
	}
	va_end(again);
}

/* The digits of `n` with a point before the last `decimals`. */
static void add_digits(struct buf *b, uint64_t n, unsigned decimals)
{
	char text[24];
	size_t at = sizeof(text);
	unsigned count = 0;

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
		if (++count == decimals)
			text[--at] = '.';
	} while (n > 0 || count <= decimals);
	buf_add(b, span_from(text + at, sizeof(text) - at));
}

void buf_add_fixed(struct buf *b, double value, unsigned decimals)
{
	static const double scales[] = {1, 10, 100, 1000};
	double scaled, rounded;

	if (decimals >= ARRAY_LEN(scales) || !(fabs(value) < 1e6)) {
		buf_printf(b, "%.*f", (int)decimals, value);
		return;
	}
	scaled = fabs(value) * scales[decimals];
	rounded = floor(scaled + 0.5);
	/* next to the middle of two numbers the product may have gone to the wrong side */
	if (fabs(fabs(scaled - rounded) - 0.5) < 1e-6) {
		buf_printf(b, "%.*f", (int)decimals, value);
		return;
	}
	if (signbit(value))
		buf_add_byte(b, '-');
	add_digits(b, (uint64_t)rounded, decimals);
}

char *buf_reserve(struct buf *b, size_t n)
{
	if (make_room(b, n))
		return b->p + b->n;
	b->full = true;
	return NULL;
}

void buf_advance(struct buf *b, size_t n)
{
	must(n <= b->capacity - b->n);
	b->n += n;
}

struct span buf_span(const struct buf *b)
{
	return span_from(b->p == NULL ? "" : b->p, b->n);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}
