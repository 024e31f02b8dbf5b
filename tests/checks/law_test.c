/* The law, tried on every check that is registered: a new row needs no test of its own for it. */
#include "checks/checks.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../scan/law.h"
#include "../scan/scene.h"

/* Answers for the names of tests/data; every check that asks finds something and misses something here. */
static const char zone[] = "orchard.example A 192.0.2.25\n"
			   "orchard.example MX 10 mail.orchard.example\n"
			   "orchard.example TXT \"v=spf1 mx -all\"\n"
			   "mail.orchard.example A 192.0.2.25\n"
			   "25.2.0.192.a.example A 127.0.0.2\n"
			   "mail.orchard.example.a.example A 127.255.255.254\n"
			   "25.2.0.192.in-addr.arpa PTR mail.orchard.example\n"
			   "prize.example TIMEOUT\n"
			   "9.113.0.203.in-addr.arpa SERVFAIL\n";

/* Some for each kind of question, and two that share a zone. */
static const char lists[] =
	"rbl { rbls { a { rbl = a.example; checks = [from, received, helo] } b { rbl = b.example; "
	"checks = [dkim, rdns, from]; is_whitelist = yes } c { rbl = a.example; checks = [from] } } }";

static void each_check(void **state)
{
	struct arena *a = arena_make();
	const char *source = getenv("WINNOW_SOURCE");
	const char *folder = arena_printf(a, "%s/tests/data", source != NULL ? source : ".").p;
	static const struct span rcpts[] = {SPAN_INIT("jonas@harbour.example")};
	DIR *d = opendir(folder);
	const struct dirent *entry;
	size_t messages = 0, questions = 0;
	struct scene s;

	(void)state;
	assert_non_null(d);
	scene_open(&s, lists, checks_all, checks_count);
	while ((entry = readdir(d)) != NULL) {
		struct law_case c = {.config = s.config,
			.zone = zone,
			.now = 1795348800,
			.envelope = {.from = SPAN("mira@orchard.example"),
				.rcpts = rcpts,
				.rcpt_count = 1,
				.address = SPAN("192.0.2.25"),
				.helo = SPAN("mail.orchard.example")}};
		const char *wrong;
		size_t tried = 0;

		if (!span_ends(span_of(entry->d_name), SPAN(".eml")))
			continue;
		assert_int_equal(file_read(a, arena_printf(a, "%s/%s", folder, entry->d_name).p,
					 1 << 20, &c.bytes, NULL),
			RC_OK);
		wrong = law_try_orders(&c, a, 20);
		if (wrong == NULL)
			wrong = law_try_failures(&c, a, &tried);
		if (wrong != NULL)
			fail_msg("%s: %s", entry->d_name, wrong);
		messages++;
		questions += tried;
	}
	(void)closedir(d);
	assert_true(messages > 10 && checks_count > 0);
	print_message("%zu checks, %zu messages, %zu questions made to fail\n", checks_count,
		messages, questions);
	arena_free(s.a);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
