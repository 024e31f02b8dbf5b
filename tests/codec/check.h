/* A case of a table: bytes in, bytes out, defects; and the comparison that says what was wrong. */
#ifndef TESTS_CODEC_CHECK_H
#define TESTS_CODEC_CHECK_H

#include "codec/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct decode_case {
	const char *name; /* a sentence */
	struct span in;
	struct span out;
	unsigned defects;
};

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

__attribute__((unused)) static void check(const char *name, struct span got, struct span wanted,
	unsigned defects, unsigned wanted_defects)
{
	if (!span_equal(got, wanted))
		fail_msg("%s: got \"%.*s\", wanted \"%.*s\"", name, SPAN_ARG(got),
			SPAN_ARG(wanted));
	if (defects != wanted_defects)
		fail_msg("%s: defects are %#x, not %#x", name, defects, wanted_defects);
}

#endif
