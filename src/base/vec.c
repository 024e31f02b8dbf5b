/* The one untyped function under the vector macros. */
#include "base/vec.h"

#include <stdint.h>
#include <string.h>

#include "base/panic.h"

void *vec_add(struct arena *a, void **v, size_t *n, size_t *capacity, size_t size)
{
	char *element;

	if (*n == *capacity) {
		size_t wanted = *capacity == 0 ? 4 : *capacity * 2;

		must(wanted < SIZE_MAX / 4 / size);
		*v = arena_grow(a, *v, *capacity * size, wanted * size);
		*capacity = wanted;
	}
	element = (char *)*v + *n * size;
	(*n)++;
	return memset(element, 0, size);
}
