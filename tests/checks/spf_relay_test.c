#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define BY(name, address)                                                                          \
	"Received: from " name " (" name " [" address                                              \
	"])\n\tby mx.example (Postfix) with ESMTPS id "                                            \
	"1;\n\tFri, 13 Feb 2026 11:00:00 +0000\n"
#define STRANGER BY("line.example", "203.0.113.9")
#define M "From: x@example.net\n\nhi\n"
#define RELAY .address = "198.51.100.1", .hostname = "relay.example", .helo = "relay.example"
#define RELAYS .settings = "spf { external_relay = \"198.51.100.0/24\" }"
#define RULE                                                                                       \
	.settings = "external_relay { enabled = true; rules { R1 { ip_map = \"198.51.100.1\" } } }"
#define FAIL "R_SPF_FAIL(1.00)[-all]"
#define PASS "R_SPF_ALLOW(-0.20)[+ip4:203.0.113.9]"

static const char zone[] = "client.example TXT \"v=spf1 ip4:203.0.113.9 -all\"\n";

/* What comes after the stage sees the other client: here SPF does. */
static const struct harness_case cases[] = {
	{"a relay that nobody trusts", STRANGER M, FAIL, RELAY},
	{"the client behind it", STRANGER M, PASS, RELAY, RELAYS},
	{"the client behind two", BY("inner.example", "198.51.100.2") STRANGER M, PASS, RELAY,
		RELAYS},
	{"a client that only writes of one", STRANGER M, FAIL, .address = "203.0.113.1", RELAYS},
	{"a field that cannot be read", "Received: from\n" STRANGER M, FAIL, RELAY, RELAYS},
	{"the relays of a rule", STRANGER M, PASS, RELAY, RULE},
};

static void others_see_the_client_behind(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct harness_case c = cases[i];
		struct span got;

		c.from = "mira@client.example";
		c.zone = zone;
		got = harness_scan(a, NULL, &c, span_from(NULL, 0));
		if (span_find(got, span_of(c.expected)) == got.n)
			fail_msg("%s: %.*s", c.name, SPAN_ARG(got));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_see_the_client_behind),
	};

	return cmocka_run_group_tests_name("checks/spf_relay", tests, NULL, NULL);
}
