#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_external_relay;

#define BY(helo, name, address)                                                                    \
	"Received: from " helo " (" name " [" address                                              \
	"])\n\tby mx.example (Postfix) with ESMTPS id 1;"                                          \
	"\n\tFri, 13 Feb 2026 11:00:00 +0000\n"
#define LOGGED_IN(address)                                                                         \
	"Received: from pc (unknown [" address "])\n\tby mx.example (Postfix) with ESMTPSA id 1;"  \
	"\n\tFri, 13 Feb 2026 11:00:00 +0000\n"
#define M "From: x@example.net\n\nhi\n"
#define RELAY BY("relay.example", "relay.example", "198.51.100.1")
#define INNER BY("inner.example", "inner.example", "198.51.100.2")
#define STRANGER BY("pc", "line.example", "203.0.113.9")
#define FORGED BY("bank.example", "bank.example", "203.0.113.77")
#define OWN BY("localhost", "localhost", "127.0.0.1")
#define WITHIN                                                                                     \
	"Received: by relay.example (Postfix, from userid 0) id 1; Fri, 13 Feb 2026 11:00:00 +0000\n"
#define FROM_RELAY .address = "198.51.100.1", .hostname = "relay.example", .helo = "relay.example"
#define RULE(text) .settings = "external_relay { enabled = true; rules { R1 { " text " } } }"
#define BY_IP RULE("strategy = \"ip_map\"; ip_map = [\"198.51.100.0/24\"]")
#define BY_NAME                                                                                    \
	RULE("strategy = \"hostname_map\"; hostname_map = [\"relay.example\", \"inner.example\"]")
#define FOUND(address) "R1(0.00)[" address "]"

static const struct harness_case cases[] = {
	{"off from the start", STRANGER M, "", FROM_RELAY,
		.settings = "external_relay { rules { R1 { ip_map = [\"198.51.100.0/24\"] } } }"},
	{"the client behind a relay", STRANGER M, FOUND("203.0.113.9"), FROM_RELAY, BY_IP},
	{"the client behind two relays", INNER STRANGER M, FOUND("203.0.113.9"), FROM_RELAY, BY_IP},
	{"what the client has written is not believed", STRANGER FORGED INNER FORGED M,
		FOUND("203.0.113.9"), FROM_RELAY, BY_IP},
	{"a stranger as client", STRANGER M, "", .address = "203.0.113.1", BY_IP},
	{"a stranger who writes of relays", RELAY STRANGER M, "", .address = "203.0.113.1", BY_IP},
	{"our own server's field about the relay", RELAY STRANGER M, FOUND("203.0.113.9"),
		FROM_RELAY, BY_IP},
	{"a way within the relay", OWN WITHIN STRANGER M, FOUND("203.0.113.9"), FROM_RELAY, BY_IP},
	{"a field that cannot be read", "Received: from\n" STRANGER M, "", FROM_RELAY, BY_IP},
	{"a field without an address",
		"Received: from pc by relay.example; Fri, 13 Feb 2026 "
		"11:00:00 +0000\n" FORGED M,
		"", FROM_RELAY, BY_IP},
	{"nothing was written", M, "", FROM_RELAY, BY_IP},
	{"the last relay has made the message", INNER M, FOUND("198.51.100.2"), FROM_RELAY, BY_IP},
	{"no client is known", STRANGER M, "", BY_IP},

	{"a relay by its name", STRANGER M, FOUND("203.0.113.9"), FROM_RELAY, BY_NAME},
	{"two relays by their names", INNER STRANGER M, FOUND("203.0.113.9"), FROM_RELAY, BY_NAME},
	{"a name that is not verified", STRANGER M, "", .address = "203.0.113.1",
		.helo = "relay.example", BY_NAME},
	{"a greeting is no name on the way", BY("inner.example", "unknown", "203.0.113.5") FORGED M,
		FOUND("203.0.113.5"), FROM_RELAY, BY_NAME},

	{"a relay of our own", STRANGER M, FOUND("203.0.113.9"), .address = "192.168.1.1",
		RULE("strategy = \"local\"")},
	{"two relays of our own", BY("a", "a.example", "10.1.1.1") STRANGER M, FOUND("203.0.113.9"),
		.address = "192.168.1.1", RULE("strategy = \"local\"")},
	{"a client that is not our own", STRANGER M, "", .address = "203.0.113.1",
		RULE("strategy = \"local\"")},

	{"the second host", STRANGER FORGED M, FOUND("203.0.113.9"), .address = "203.0.113.1",
		RULE("strategy = \"count\"; count = 2")},
	{"the third host", STRANGER FORGED M, FOUND("203.0.113.77"), .address = "203.0.113.1",
		RULE("strategy = \"count\"; count = 3")},
	{"the first host is the client", STRANGER M, "", .address = "203.0.113.1",
		RULE("strategy = \"count\"; count = 1")},
	{"there are not so many", STRANGER M, "", .address = "203.0.113.1",
		RULE("strategy = \"count\"; count = 3")},

	{"where our user has logged in", LOGGED_IN("203.0.113.9") FORGED M, FOUND("203.0.113.9"),
		FROM_RELAY, .user = "mira", RULE("strategy = \"authenticated\"")},
	{"behind another server of his", INNER LOGGED_IN("203.0.113.9") FORGED M,
		FOUND("203.0.113.9"), FROM_RELAY, .user = "mira",
		RULE("strategy = \"authenticated\"")},
	{"nobody has logged in on the way", STRANGER M, "", FROM_RELAY, .user = "mira",
		RULE("strategy = \"authenticated\"")},
	{"nobody has authenticated here", LOGGED_IN("203.0.113.9") M, "", FROM_RELAY,
		RULE("strategy = \"authenticated\"")},
	{"a user of the list", LOGGED_IN("203.0.113.9") M, FOUND("203.0.113.9"), FROM_RELAY,
		.user = "Mira", RULE("strategy = \"authenticated\"; user_map = \"mira\"")},
	{"a user who is not on it", LOGGED_IN("203.0.113.9") M, "", FROM_RELAY, .user = "jonas",
		RULE("strategy = \"authenticated\"; user_map = \"mira\"")},

	{"a symbol of one's own", STRANGER M, "BEHIND(0.00)[203.0.113.9]", FROM_RELAY,
		RULE("symbol = \"BEHIND\"; ip_map = \"198.51.100.1\"")},
	{"the rule with the higher priority", STRANGER FORGED M, "B(0.00)[203.0.113.9]", FROM_RELAY,
		.settings = "external_relay { enabled = true; rules { "
			    "A { strategy = \"count\"; count = 3; } "
			    "B { ip_map = \"198.51.100.1\"; priority = 21; } } }"},
};

static void clients_are_found(void **state)
{
	(void)state;
	harness_check_table(&check_external_relay, cases, ARRAY_LEN(cases));
}

static void wrong_rules_are_told(void **state)
{
	static const struct {
		const char *rule, *piece;
	} wrong[] = {
		{"R1 { strategy = \"ip_map\" }",
			"settings:2:1: external_relay.rules.R1 trusts nobody"},
		{"R1 { strategy = \"hostname_map\" }",
			"settings:2:1: external_relay.rules.R1 trusts nobody"},
		{"R1 { strategy = \"guess\" }", "settings:2:6: "},
		{"R1 { ip_map = \"here\" }",
			"settings:2:6: external_relay.rules.R1.ip_map: \"here\" is no address or network"},
		{"\"A B\" { ip_map = \"::1\" }", "settings:2:1: A B is no name for a symbol"},
		{"EXTERNAL_RELAY_CHECK { ip_map = \"::1\" }",
			"settings:2:1: EXTERNAL_RELAY_CHECK stands for a whole check"},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		harness_expect_wrong(&check_external_relay,
			arena_printf(a, "external_relay { enabled = true; rules {\n%s } }",
				wrong[i].rule)
				.p,
			wrong[i].piece);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_found),
		cmocka_unit_test(wrong_rules_are_told),
	};

	return cmocka_run_group_tests_name("checks/external_relay", tests, NULL, NULL);
}
