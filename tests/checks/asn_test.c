#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_asn;

#define M "From: x@example.net\n\nhi\n"
#define FROM(address_) .address = (address_), .zone = zone
#define FAILS(text) "ASN_FAIL(0.00)[" text "]"

static const char zone[] =
	"31.145.68.49.asn.rspamd.com TXT \"4134|49.68.0.0/14|CN|apnic|\"\n"
	"1.145.68.49.asn.rspamd.com TXT \"64496 64497 | 49.68.0.0/14 | cn\"\n"
	"2.145.68.49.asn.rspamd.com TXT \"64496\"\n"
	"3.145.68.49.asn.rspamd.com TXT \"64496|here|China|\"\n"
	"4.145.68.49.asn.rspamd.com TXT \"|49.68.0.0/14|CN|\"\n"
	"5.145.68.49.asn.rspamd.com TXT \"4294967296|49.68.0.0/14|CN|\"\n"
	"6.145.68.49.asn.rspamd.com TIMEOUT\n"
	"7.145.68.49.asn.rspamd.com TXT \"4294967295||\"\n"
	"31.145.68.49.asn.example TXT \"64500|49.68.0.0/14|CN|\"\n"
	"8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.asn6.rspamd.com "
	"TXT \"15169|2001:4860::/32|US|arin|\"\n"
	"8.8.8.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.8.4.0.6.8.4.1.0.0.2.asn6.example "
	"TXT \"64500|2001:4860::/32|US|arin|\"\n"
	"1.1.168.192.asn.rspamd.com TXT \"64500|192.168.0.0/16|ZZ|\"\n";

#define OWN_ZONES                                                                                  \
	.settings = "asn { provider_info { ip4 = \"asn.example\"; ip6 = \"asn6.example\"; } }"

static const struct harness_case cases[] = {
	{"a client whose network is known", M,
		"ASN(0.00)[asn:4134, ipnet:49.68.0.0/14, country:CN]", FROM("49.68.145.31")},
	{"a client in six", M, "ASN(0.00)[asn:15169, ipnet:2001:4860::/32, country:US]",
		FROM("2001:4860:4860::8888")},
	{"a network that several announce", M,
		"ASN(0.00)[asn:64496, ipnet:49.68.0.0/14, country:cn]", FROM("49.68.145.1")},
	{"a short answer", M, "ASN(0.00)[asn:64496]", FROM("49.68.145.2")},
	{"what is no network and no country is left out", M, "ASN(0.00)[asn:64496]",
		FROM("49.68.145.3")},
	{"an answer without a number", M, FAILS("4.145.68.49.asn.rspamd.com:an odd answer"),
		FROM("49.68.145.4")},
	{"a number that is too large", M, FAILS("5.145.68.49.asn.rspamd.com:an odd answer"),
		FROM("49.68.145.5")},
	{"the largest one", M, "ASN(0.00)[asn:4294967295]", FROM("49.68.145.7")},
	{"nobody answers", M,
		FAILS("dns TXT 6.145.68.49.asn.rspamd.com: timeout") " ?asn: dns TXT 6.145.68.49.asn.rspamd.com: timeout",
		FROM("49.68.145.6")},
	{"a network that is not known", M, "", FROM("49.68.145.99")},
	{"no client is known", M, "", .zone = zone},
	{"private networks are not asked about", M, "", FROM("192.168.1.1"),
		.settings = "options { local_addrs = [\"10.0.0.0/8\"] }"},
	{"nor our own", M, "", FROM("49.68.145.31"),
		.settings = "options { local_addrs = [\"49.68.145.0/24\"] }"},
	{"who has authenticated is asked about", M,
		"ASN(0.00)[asn:4134, ipnet:49.68.0.0/14, country:CN]", FROM("49.68.145.31"),
		.user = "mira"},
	{"a service of one's own", M, "ASN(0.00)[asn:64500, ipnet:49.68.0.0/14, country:CN]",
		FROM("49.68.145.31"), OWN_ZONES},
	{"in six", M, "ASN(0.00)[asn:64500, ipnet:2001:4860::/32, country:US]",
		FROM("2001:4860:4860::8888"), OWN_ZONES},
	{"a symbol of one's own", M, "NETWORK(0.00)[asn:64496]", FROM("49.68.145.2"),
		.settings = "asn { symbol = \"NETWORK\" }"},
	{"its failure", M, "NETWORK_FAIL(0.00)[4.145.68.49.asn.rspamd.com:an odd answer]",
		FROM("49.68.145.4"), .settings = "asn { symbol = \"NETWORK\" }"},
};

static void networks_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_asn, cases, ARRAY_LEN(cases));
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	harness_expect_wrong(&check_asn, "asn {\n\tsymbol = \"A B\" }",
		"settings:2:2: A B is no name for a symbol");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_told),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests_name("checks/asn", tests, NULL, NULL);
}
