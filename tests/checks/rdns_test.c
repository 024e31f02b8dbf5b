#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_rdns;

#define M "From: x@example.net\n\nhi\n"
#define NONE "RDNS_NONE(2.00)[192.0.2.25]"

static const char zone[] =
	"26.2.0.192.in-addr.arpa PTR mail.example.net\n"
	"27.2.0.192.in-addr.arpa TXT \"no name\"\n"
	"28.2.0.192.in-addr.arpa TIMEOUT\n"
	"6.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa "
	"PTR mail.example.net\n";

#define CLIENT(address_, hostname_) .address = (address_), .hostname = (hostname_), .zone = zone

static const struct harness_case cases[] = {
	{"the mail server has verified a name", M, "", CLIENT("192.0.2.25", "mail.example.net")},
	{"it has said nothing, and there is none", M, NONE, CLIENT("192.0.2.25", NULL)},
	{"it has said nothing, and there is one", M, "", CLIENT("192.0.2.26", NULL)},
	{"there is one in six", M, "", CLIENT("2001:db8::26", NULL)},
	{"there is none in six", M, "RDNS_NONE(2.00)[2001:db8::25]", CLIENT("2001:db8::25", NULL)},
	{"it knows none, and there is none", M, NONE, CLIENT("192.0.2.25", "Unknown")},
	{"it knows none, for the name does not lead back", M, "", CLIENT("192.0.2.26", "unknown")},
	{"its name is said to be empty", M, NONE, CLIENT("192.0.2.25", "")},
	{"a milter knows when there is none", M, NONE, CLIENT("192.0.2.25", NULL),
		.over_network = true},
	{"there are other records alone", M, "RDNS_NONE(2.00)[192.0.2.27]",
		CLIENT("192.0.2.27", "unknown")},
	{"nobody answers", M,
		"RDNS_DNSFAIL(0.00)[192.0.2.28] ?rdns: dns PTR 28.2.0.192.in-addr.arpa: timeout",
		CLIENT("192.0.2.28", "unknown")},
	{"no client is known", M, "", .hostname = "unknown"},
	{"what is no address is no client", M, "", CLIENT("local", NULL)},
	{"our own network needs no names", M, "", CLIENT("192.168.1.1", "unknown")},
	{"who has authenticated needs no name", M, "", CLIENT("192.0.2.25", "unknown"),
		.user = "jonas"},
	{"networks of our own are a setting", M, "", CLIENT("192.0.2.25", "unknown"),
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
