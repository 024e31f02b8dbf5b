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

static inline uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

/* Inline, or the state would go through memory in each round: this reads whole messages. */
static inline __attribute__((always_inline)) void sip_round(uint64_t v[4])
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

/* Eight bytes at once, each as byte_lower(): the high bit of a byte says whether it is a capital letter. */
static inline uint64_t fold_word(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101ULL, high = 0x80 * ones;
	uint64_t low = word & ~high;
	uint64_t from_a = low + (0x80 - 'A') * ones, past_z = low + (0x7f - 'Z') * ones;

	return word | (from_a & ~past_z & ~word & high) >> 2;
}

static inline uint64_t read_word(const char *p, size_t n, bool fold)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return fold ? fold_word(word) : word;
}

/* SipHash-1-3 (Aumasson and Bernstein); `fold` makes ASCII letters lower on the way. */
static inline __attribute__((always_inline)) uint64_t sip_hash(struct span key, bool fold)
{
	static uint64_t secret[2];
	size_t left = key.n % 8;
	uint64_t v[4], word;

	if (secret[0] == 0)
		random_fill(secret, sizeof(secret));
	v[0] = secret[0] ^ 0x736f6d6570736575ULL;
	v[1] = secret[1] ^ 0x646f72616e646f6dULL;
	v[2] = secret[0] ^ 0x6c7967656e657261ULL;
	v[3] = secret[1] ^ 0x7465646279746573ULL;
	for (size_t i = 0; i + 8 <= key.n; i += 8) {
		word = read_word(key.p + i, 8, fold);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = left == 0 ? 0 : read_word(key.p + key.n - left, left, fold);
	word |= (uint64_t)key.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int k = 0; k < 3; k++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t hash_key(struct span key, bool fold)
{
	return fold ? sip_hash(key, true) : sip_hash(key, false);
}

uint64_t map_hash(struct span key)
{
	return hash_key(key, false);
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
	uint64_t h = hash_key(key, m->nocase);
	struct entry *e;
	size_t at;

	/* at most half full: probes stay short */
	if (m->index == NULL || m->entries.n * 2 > m->mask)
		grow_index(m);
	at = find_slot(m, h, key);
	if (m->index[at] != 0) {
		void *old;

		e = &m->entries.v[m->index[at] - 1];
		old = e->value;
		e->value = value;
		return old;
	}
	must(m->entries.n < UINT32_MAX - 1);
	e = VEC_ADD(m->arena, &m->entries);
	*e = (struct entry){h, key, value};
	m->index[at] = (uint32_t)m->entries.n;
	return NULL;
}

void *map_find(const struct map *m, struct span key)
{
	size_t at;

	if (m->index == NULL)
		return NULL;
	at = find_slot(m, hash_key(key, m->nocase), key);
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
