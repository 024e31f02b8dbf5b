/* A kind of question for tests: the answer to a text is the text in capitals. */
#ifndef TESTS_NEED_KIND_H
#define TESTS_NEED_KIND_H

#include "need/need.h"

static void shout_print(struct buf *out, const void *answer)
{
	buf_add(out, *(const struct span *)answer);
}

static const void *shout_parse(struct arena *a, struct span text)
{
	struct span *answer = ARENA_NEW(a, struct span);

	*answer = arena_copy(a, text);
	return span_equal(text, SPAN("unreadable")) ? NULL : answer;
}

static const struct need_kind shout_kind = {"shout", shout_print, shout_parse};

static const void *shout_answer(struct arena *a, struct span key)
{
	struct span *answer = ARENA_NEW(a, struct span);
	char *p = arena_alloc(a, key.n + 1);

	for (size_t i = 0; i < key.n; i++)
		p[i] = key.p[i] >= 'a' && key.p[i] <= 'z' ? (char)(key.p[i] - 32) : key.p[i];
	*answer = span_from(p, key.n);
	return answer;
}

#endif
