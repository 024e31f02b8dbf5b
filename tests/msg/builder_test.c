#include "msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct builder_case {
	const char *name;
	size_t most;
	size_t piece;
	size_t pieces;
	size_t expected;
	enum rc last;
};

static const struct builder_case cases[] = {
	{"a message of no pieces is empty", 10, 0, 0, 0, RC_OK},
	{"one piece is the message", 10, 4, 1, 4, RC_OK},
	{"a message may be as large as the limit", 10, 5, 2, 10, RC_OK},
	{"what is over the limit is left out and told", 10, 4, 3, 10, RC_LIMIT},
	{"a limit of nothing takes nothing", 0, 1, 1, 0, RC_LIMIT},
	{"a message grows past the first room", 1 << 20, 7919, 100, 791900, RC_OK},
	{"a single piece may be larger than the first room", 1 << 20, 100000, 1, 100000, RC_OK},
};

static void check_case(const struct builder_case *c)
{
	struct arena *a = arena_make();
	struct msg_builder *b = msg_builder_make(a, c->most);
	char *piece = arena_alloc_raw(a, c->piece);
	enum rc rc = RC_OK;
	struct span got;

	for (size_t i = 0; i < c->pieces; i++) {
		for (size_t k = 0; k < c->piece; k++)
			piece[k] = (char)('a' + (i * c->piece + k) % 23);
		rc = msg_builder_add(b, span_from(piece, c->piece));
	}
	got = msg_builder_bytes(b);
	if (got.n != c->expected || rc != c->last)
		fail_msg("%s: %zu bytes, %s", c->name, got.n, rc_name(rc));
	for (size_t i = 0; i < got.n; i++)
		if (got.p[i] != (char)('a' + i % 23))
			fail_msg("%s: byte %zu differs", c->name, i);
	arena_free(a);
}

static void pieces_become_one_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_become_one_message),
	};

	return cmocka_run_group_tests_name("msg/builder", tests, NULL, NULL);
}
