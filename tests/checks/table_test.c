#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

/* The room's own rules: what each row must say, whoever wrote it. */

static void fail_row(const struct check *c, const struct scan_symbol *symbol, const char *what)
{
	fail_msg("check %s, symbol %s: %s", c->name, symbol->name == NULL ? "?" : symbol->name,
		what);
}

static void check_symbol(const struct check *c, const struct scan_symbol *symbol)
{
	if (symbol->name == NULL || symbol->name[0] == '\0')
		fail_row(c, symbol, "has no name");
	if (!isfinite(symbol->score))
		fail_row(c, symbol, "has no finite score");
	if (symbol->kind == SCAN_CALLBACK)
		return;
	if (symbol->meaning == NULL || span_of(symbol->meaning).n > 100)
		fail_row(c, symbol, "needs a meaning of one line");
	if (symbol->explain == NULL || span_of(symbol->explain).n < 40)
		fail_row(c, symbol, "needs an explanation");
}

static void every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < checks_count; i++) {
		const struct check *c = checks_all[i];

		assert_non_null(c->name);
		assert_non_null(c->help);
		assert_non_null(c->run);
		assert_true(c->symbol_count > 0);
		for (size_t k = 0; k < c->symbol_count; k++)
			check_symbol(c, &c->symbols[k]);
	}
}

static void names_are_unique(void **state)
{
	struct arena *a = arena_make();
	struct map *checks = map_make(a), *symbols = map_make(a);

	(void)state;
	for (size_t i = 0; i < checks_count; i++) {
		const struct check *c = checks_all[i];

		if (map_put(checks, span_of(c->name), (void *)c) != NULL)
			fail_msg("two checks are called %s", c->name);
		for (size_t k = 0; k < c->symbol_count; k++)
			if (map_put(symbols, span_of(c->symbols[k].name), (void *)c) != NULL)
				fail_row(c, &c->symbols[k], "stands twice");
	}
	arena_free(a);
}

/* What no check may stumble over; sanitizers look on. */
static const char *const odd_messages[] = {
	"",
	"\n",
	"From",
	"From:",
	"From: \n\n",
	"From: <\n\n",
	"From: >\n\n",
	"From: @\n\n",
	"From: \"\n\n",
	"From: ,,,;;;\n\n",
	"From: =?\nTo: =?\nCc: =?\nReply-To: =?\nSubject: =?\n\n",
	"From: =?utf-8?B?\n\n",
	"To: <@>\nReply-To: <@>\nFrom: <@>\nMessage-ID: <@>\n\n",
	"Message-ID: @\n\n",
	"Message-ID: [\n\n",
	"Message-ID: <a@[>\n\n",
	"Message-ID: <a@]>\n\n",
	"Message-ID: )(\nTo: )(\n\n",
	"To: undisclosed\n\n",
	"To: undisclosed-\n\n",
	"Disposition-Notification-To:\nX-Confirm-Reading-To:\n\n",
	"Received:\nReceived: from\nReceived: ;\nDate:\n\n",
	"Content-Type: multipart/mixed\n\n--\n",
	"\377\376\n\n\200",
};

static void odd_messages_give_a_verdict_twice_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd_messages); i++) {
		struct arena *a = arena_make();
		struct harness_case c = {.message = odd_messages[i], .from = "", .rcpts = "@ a@b"};
		struct span first = harness_scan(a, NULL, &c, span_from(NULL, 0));

		if (!span_equal(first, harness_scan(a, NULL, &c, span_from(NULL, 0))))
			fail_msg("message %zu: a second scan gives something else", i);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(odd_messages_give_a_verdict_twice_the_same),
	};

	return cmocka_run_group_tests_name("checks/table", tests, NULL, NULL);
}
