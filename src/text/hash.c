/* The hash of a word, for tables that are made before the program runs. */
#include "text/inner.h"

/*
 * FNV-1a, and a last round that spreads it over all bits. Without a key: a sender who makes words collide gains a
 * wrong guess at a language, in tables that do not grow.
 */
uint64_t text_hash(struct span word)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < word.n; i++)
		hash = (hash ^ (unsigned char)word.p[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	return hash == 0 ? 1 : hash;
}
