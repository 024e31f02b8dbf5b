/* For the tests of milter: packets written as their command and data. */
#ifndef TESTS_MILTER_PACKETS_H
#define TESTS_MILTER_PACKETS_H

#include "base/base.h"

/* The packets up to the first null span, each with its length in front. */
static inline struct span packets_join(struct arena *a, const struct span *packets)
{
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	for (; !span_is_null(*packets); packets++) {
		buf_add_byte(&out, (char)(packets->n >> 24));
		buf_add_byte(&out, (char)(packets->n >> 16));
		buf_add_byte(&out, (char)(packets->n >> 8));
		buf_add_byte(&out, (char)packets->n);
		buf_add(&out, *packets);
	}
	return buf_span(&out);
}

#endif
