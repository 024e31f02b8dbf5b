#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_spf;

#define M "From: x@example.net\n\nhi\n"
#define SENDER(domain) .from = "mira@" domain, .zone = zone
#define CLIENT .address = "192.0.2.25", .helo = "mail.orchard.example"

static const char zone[] = "pass.example TXT \"v=spf1 ip4:192.0.2.0/28 ip4:192.0.2.16/28 -all\"\n"
			   "fail.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
			   "soft.example TXT \"v=spf1 ~all\"\n"
			   "neutral.example TXT \"v=spf1 ?all\"\n"
			   "silent.example TXT \"v=spf1 ip4:198.51.100.1\"\n"
			   "plus.example TXT \"v=spf1 a +all\"\n"
			   "include.example TXT \"v=spf1 include:pass.example -all\"\n"
			   "borrowed.example TXT \"v=spf1 include:plus.example -all\"\n"
			   "broken.example TXT \"v=spf1 foo:bar -all\"\n"
			   "slow.example TIMEOUT\n"
			   "mail.orchard.example TXT \"v=spf1 a -all\"\n"
			   "mail.orchard.example A 192.0.2.25\n";

static const struct harness_case cases[] = {
	{"a server of the domain", M, "R_SPF_ALLOW(-0.20)[+ip4:192.0.2.16/28]", CLIENT,
		SENDER("pass.example")},
	{"a stranger", M, "R_SPF_FAIL(1.00)[-all]", CLIENT, SENDER("fail.example")},
	{"a probable stranger", M, "R_SPF_SOFTFAIL(0.00)[~all]", CLIENT, SENDER("soft.example")},
	{"a domain that does not say", M, "R_SPF_NEUTRAL(0.00)[?all]", CLIENT,
		SENDER("neutral.example")},
	{"a record that says nothing of the client", M, "R_SPF_NEUTRAL(0.00)[no mechanism matches]",
		CLIENT, SENDER("silent.example")},
	{"everybody may send", M, "R_SPF_PLUSALL(4.00)[+all]", CLIENT, SENDER("plus.example")},
	{"by an included record", M, "R_SPF_ALLOW(-0.20)[+ip4:192.0.2.16/28]", CLIENT,
		SENDER("include.example")},
	{"no record", M, "R_SPF_NA(0.00)[no SPF record]", CLIENT, SENDER("none.example")},
	{"the null sender is judged by HELO", M, "R_SPF_ALLOW(-0.20)[+a]", CLIENT, .from = "",
		.zone = zone},
	{"nobody has said a domain", M, "R_SPF_NA(0.00)[no domain to ask for]",
		.address = "192.0.2.25", .from = ""},
	{"no client is known", M, "", SENDER("fail.example")},
	{"what is no address is no client", M, "", .address = "unknown", SENDER("fail.example")},
	{"our own network", M, "", .address = "192.168.1.1", SENDER("fail.example")},
	{"our own network, when it is wanted", M, "R_SPF_FAIL(1.00)[-all]",
		.address = "192.168.1.1", SENDER("fail.example"),
		.settings = "spf { check_local = true }"},
	{"or wherever it can be", M, "R_SPF_FAIL(1.00)[-all]", .address = "192.168.1.1",
		SENDER("fail.example"), .settings = "options { check_local = true }"},
	{"who has authenticated", M, "", CLIENT, .user = "mira", SENDER("fail.example")},
	{"who has authenticated, when it is wanted", M, "R_SPF_FAIL(1.00)[-all]", CLIENT,
		.user = "mira", SENDER("fail.example"), .settings = "spf { check_authed = true }"},
	{"or wherever they can be", M, "R_SPF_FAIL(1.00)[-all]", CLIENT, .user = "mira",
		SENDER("fail.example"), .settings = "options { check_authed = true }"},
	{"but not the others", M, "", CLIENT, .user = "mira", SENDER("fail.example"),
		.settings = "options { check_local = true }"},
	{"a client that is left out", M, "", CLIENT, SENDER("fail.example"),
		.settings = "spf { whitelist = [\"192.0.2.24/31\"] }"},
	{"its neighbour is not", M, "R_SPF_FAIL(1.00)[-all]", CLIENT, SENDER("fail.example"),
		.settings = "spf { whitelist = [\"192.0.2.26/31\"] }"},
};

/* The sentences of errors are those of the standard's room: here only the symbol counts. */
static const struct {
	const char *name, *sender, *start;
} errors[] = {
	{"a broken record", "mira@broken.example", "R_SPF_PERMFAIL(0.00)["},
	{"no answer", "mira@slow.example", "R_SPF_DNSFAIL(0.00)["},
};

static void errors_are_named(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct harness_case c = {.message = M,
			.from = errors[i].sender,
			CLIENT,
			.zone = zone};
		struct span got = harness_scan(a, &check_spf, &c, span_from(NULL, 0));

		if (!span_starts(got, span_of(errors[i].start)))
			fail_msg("%s: %.*s", errors[i].name, SPAN_ARG(got));
		/* what the world did not answer is a gap of the verdict, a broken record is none */
		if ((span_find(got, SPAN("?spf: dns TXT slow.example")) < got.n) != (i == 1))
			fail_msg("%s: %.*s", errors[i].name, SPAN_ARG(got));
	}
	arena_free(a);
}

/* An include that lets everybody send is no `+all` of the domain's own: only the room auth can tell. */
static void a_borrowed_plus_all_is_a_pass(void **state)
{
	struct arena *a = arena_make();
	struct harness_case c = {.message = M, CLIENT, SENDER("borrowed.example")};
	struct span got = harness_scan(a, &check_spf, &c, span_from(NULL, 0));

	(void)state;
	assert_true(span_starts(got, SPAN("R_SPF_ALLOW(")));
	arena_free(a);
}

static void results_become_symbols(void **state)
{
	(void)state;
	harness_check_table(&check_spf, cases, ARRAY_LEN(cases));
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	harness_expect_wrong(&check_spf, "spf {\n\twhitelist = \"here\" }",
		"settings:2:2: spf.whitelist: \"here\" is no address or network");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_become_symbols),
		cmocka_unit_test(errors_are_named),
		cmocka_unit_test(a_borrowed_plus_all_is_a_pass),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests_name("checks/spf", tests, NULL, NULL);
}
