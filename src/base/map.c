/*
 * Hash map: open addressing over an array of entries in order of insertion.
 *
 * DESIGN: the index holds 32-bit entry numbers, the entries hold hash, key and value; a probe touches the
 * index and mostly one entry. Nothing is ever taken out (arenas die whole), so there are no tombstones.
 */
#include "base/map.h"

#include <string.h>

#include "base/panic.h"
#include "base/random.h"
#include "base/vec.h"

struct entry {
	uint64_t hash;
	struct span key;
	void *value;
};

struct map {
	struct arena *arena;
	struct {
		VEC(struct entry);
	} entries;
	uint32_t *index; /* entry number + 1; 0 is free */
	size_t mask;
	bool nocase;
};

enum { FIRST_SLOTS = 16 };

static uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein); `fold` makes ASCII letters lower on the way. */
static uint64_t sip_hash(struct span key, bool fold)
{
	static uint64_t secret[2];
	uint64_t v[4];
	size_t i = 0;

	if (secret[0] == 0)
		random_fill(secret, sizeof(secret));
	v[0] = secret[0] ^ 0x736f6d6570736575ULL;
	v[1] = secret[1] ^ 0x646f72616e646f6dULL;
	v[2] = secret[0] ^ 0x6c7967656e657261ULL;
	v[3] = secret[1] ^ 0x7465646279746573ULL;
	for (;;) {
		uint64_t word = 0;
		size_t n = key.n - i < 8 ? key.n - i : 8;
		char bytes[8] = {0};

		for (size_t k = 0; k < n; k++)
			bytes[k] = fold ? byte_lower(key.p[i + k]) : key.p[i + k];
		if (n < 8)
			bytes[7] = (char)key.n;
		memcpy(&word, bytes, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
		i += 8;
		if (n < 8)
			break;
	}
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t map_hash(struct span key)
{
	return sip_hash(key, false);
}

struct map *map_make(struct arena *a)
{
	struct map *m = ARENA_NEW(a, struct map);

	m->arena = a;
	return m;
}

struct map *map_make_nocase(struct arena *a)
{
	struct map *m = map_make(a);

	m->nocase = true;
	return m;
}

static bool keys_equal(const struct map *m, struct span a, struct span b)
{
	return m->nocase ? span_equal_nocase(a, b) : span_equal(a, b);
}

/* The slot where the key stands, or the free one where it would. */
static size_t find_slot(const struct map *m, uint64_t hash, struct span key)
{
	size_t at = hash & m->mask;

	for (; m->index[at] != 0; at = (at + 1) & m->mask) {
		const struct entry *e = &m->entries.v[m->index[at] - 1];

		if (e->hash == hash && keys_equal(m, e->key, key))
			break;
	}
	return at;
}

static void grow_index(struct map *m)
{
	size_t slots = m->index == NULL ? FIRST_SLOTS : (m->mask + 1) * 2;

	m->index = ARENA_ARRAY(m->arena, uint32_t, slots);
	m->mask = slots - 1;
	for (size_t i = 0; i < m->entries.n; i++) {
		const struct entry *e = &m->entries.v[i];

		m->index[find_slot(m, e->hash, e->key)] = (uint32_t)i + 1;
	}
}

void *map_put(struct map *m, struct span key, void *value)
{
	uint64_t hash = sip_hash(key, m->nocase);
	struct entry *e;
	size_t at;

	/* at most half full: probes stay short */
	if (m->index == NULL || m->entries.n * 2 > m->mask)
		grow_index(m);
	at = find_slot(m, hash, key);
	if (m->index[at] != 0) {
		void *old;

		e = &m->entries.v[m->index[at] - 1];
		old = e->value;
		e->value = value;
		return old;
	}
	must(m->entries.n < UINT32_MAX - 1);
	e = VEC_ADD(m->arena, &m->entries);
	*e = (struct entry){hash, key, value};
	m->index[at] = (uint32_t)m->entries.n;
	return NULL;
}

void *map_find(const struct map *m, struct span key)
{
	size_t at;

	if (m->index == NULL)
		return NULL;
	at = find_slot(m, sip_hash(key, m->nocase), key);
	return m->index[at] == 0 ? NULL : m->entries.v[m->index[at] - 1].value;
}

size_t map_count(const struct map *m)
{
	return m->entries.n;
}

struct span map_key(const struct map *m, size_t i)
{
	must(i < m->entries.n);
	return m->entries.v[i].key;
}

void *map_value(const struct map *m, size_t i)
{
	must(i < m->entries.n);
	return m->entries.v[i].value;
}
