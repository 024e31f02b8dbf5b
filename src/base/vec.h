/*
 * vec: a growing array of any type in an arena. Elements move when it grows: keep indexes, not pointers.
 *
 *	struct names { VEC(struct span); } names = {0};
 *
 *	*VEC_ADD(a, &names) = SPAN("x");
 *	for (size_t i = 0; i < names.n; i++)
 *		use(names.v[i]);
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

/* The members of a struct that is a vector of `type`: v, n and what is allocated. */
#define VEC(type)                                                                                  \
	type *v;                                                                                   \
	size_t n;                                                                                  \
	size_t capacity

/* A pointer to a new zeroed last element, valid until the next addition. */
#define VEC_ADD(a, vec)                                                                            \
	((__typeof__((vec)->v))vec_add((a), (void **)&(vec)->v, &(vec)->n, &(vec)->capacity,       \
		sizeof(*(vec)->v)))

void *vec_add(struct arena *a, void **v, size_t *n, size_t *capacity, size_t size);

#endif
