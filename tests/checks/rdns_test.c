#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_rdns;

#define M "From: x@example.net\n\nhi\n"
#define NONE "RDNS_NONE(2.00)[192.0.2.25]"

static const struct harness_case cases[] = {
	{"a client with a name", M, "", .address = "192.0.2.25", .hostname = "mail.example.net"},
	{"a client without a name", M, NONE, .address = "192.0.2.25", .over_network = true},
	{"a client whose name is said to be unknown", M, NONE, .address = "192.0.2.25",
		.hostname = "Unknown"},
	{"a client whose name is said to be empty", M, NONE, .address = "192.0.2.25",
		.hostname = ""},
	{"nobody has looked for a name", M, "", .address = "192.0.2.25"},
	{"no client is known", M, "", .hostname = "unknown"},
	{"our own network needs no names", M, "", .address = "192.168.1.1", .hostname = "unknown"},
	{"who has authenticated needs no name", M, "", .address = "192.0.2.25",
		.hostname = "unknown", .user = "jonas"},
	{"networks of our own are a setting", M, "", .address = "192.0.2.25", .hostname = "unknown",
		.settings = "options { local_addrs = [\"192.0.2.0/24\"] }"},
};

static void a_name_is_missed(void **state)
{
	(void)state;
	harness_check_table(&check_rdns, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_missed),
	};

	return cmocka_run_group_tests_name("checks/rdns", tests, NULL, NULL);
}
