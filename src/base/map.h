/*
 * map: from a span to a pointer, by hash. The hash is keyed with a secret of the process, so that a
 * sender cannot choose names that all collide. Iteration is in order of insertion, so that nothing that
 * is printed depends on the secret.
 *
 *	struct map *m = map_make(a);
 *
 *	map_put(m, name, value);
 *	value = map_find(m, name);
 *	for (size_t i = 0; i < map_count(m); i++)
 *		use(map_key(m, i), map_value(m, i));
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

struct map;

struct map *map_make(struct arena *a);
/* Keys that differ only in ASCII case are the same. */
struct map *map_make_nocase(struct arena *a);
/* The key's bytes must live as long as the map. Replaces; returns the old value or NULL. */
void *map_put(struct map *m, struct span key, void *value);
/* NULL when it is not there. */
void *map_find(const struct map *m, struct span key);
size_t map_count(const struct map *m);
/* 0 <= i < map_count, in order of insertion. */
struct span map_key(const struct map *m, size_t i);
void *map_value(const struct map *m, size_t i);

/* The keyed hash itself (SipHash-1-3), for tables of other shapes. */
uint64_t map_hash(struct span key);

#endif
