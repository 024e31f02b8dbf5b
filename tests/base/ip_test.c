#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
	const char *name, *net, *address;
	bool has;
} cases[] = {
	{"an address within its network", "10.0.0.0/8", "10.255.0.1", true},
	{"an address beside the network", "10.0.0.0/8", "11.0.0.1", false},
	{"bits that end within a byte", "172.16.0.0/12", "172.31.255.255", true},
	{"one past bits that end within a byte", "172.16.0.0/12", "172.32.0.0", false},
	{"a network of one address", "192.0.2.1", "192.0.2.1", true},
	{"another than the one address", "192.0.2.1", "192.0.2.2", false},
	{"every IPv4 address", "0.0.0.0/0", "203.0.113.9", true},
	{"IPv6 is not in every IPv4 address", "0.0.0.0/0", "2001:db8::1", false},
	{"IPv4 within IPv6 is IPv4", "192.0.2.0/24", "::ffff:192.0.2.77", true},
	{"link-local addresses", "fe80::/10", "fe80::1", true},
	{"one past link-local addresses", "fe80::/10", "fec0::1", false},
	{"an address in brackets", "::1", "[::1]", true},
	{"an address behind IPv6:", "::1", "IPv6:::1", true},
};

static void networks_have_their_addresses(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ip_net net;
		struct ip ip;

		print_message("%s\n", cases[i].name);
		assert_true(ip_net_parse(span_of(cases[i].net), &net));
		assert_true(ip_parse(span_of(cases[i].address), &ip));
		assert_int_equal(ip_net_has(&net, &ip), cases[i].has);
	}
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const texts[] = {"", "/", "10.0.0.0/", "10.0.0.0/33", "::/129", "10/8",
		"10.0.0.0/8/8", "name", "10.0.0.256", "[::1",
		"1234567890123456789012345678901234567890123456"};
	struct ip_net net;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		print_message("%s\n", texts[i]);
		assert_false(ip_net_parse(span_of(texts[i]), &net));
	}
	assert_false(ip_net_parse(span_from("10.0.0.1\0", 9), &net));
}

static void own_addresses_are_known(void **state)
{
	static const struct {
		const char *address;
		bool is_own;
	} rows[] = {{"127.0.0.1", true}, {"127.255.0.9", true}, {"128.0.0.1", false}, {"::1", true},
		{"::2", false}, {"fe80::1", true}, {"fec0::1", false}, {"169.254.1.1", false},
		{"::ffff:127.0.0.1", true}};
	struct ip ip;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].address);
		assert_true(ip_parse(span_of(rows[i].address), &ip));
		assert_int_equal(ip_is_own(&ip), rows[i].is_own);
	}
}

static void addresses_are_printed_and_compared(void **state)
{
	static const struct {
		const char *address, *printed, *reversed;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1", "1.2.0.192"},
		{"::ffff:192.0.2.1", "192.0.2.1", "1.2.0.192"},
		{"2001:DB8:0::1", "2001:db8::1",
			"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"},
		{"::", "::", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"},
	};
	struct arena *a = arena_make();
	struct ip ip, other;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(ip_parse(span_of(rows[i].address), &ip));
		assert_true(span_equal(ip_print(a, &ip), span_of(rows[i].printed)));
		assert_true(span_equal(ip_print_reversed(a, &ip), span_of(rows[i].reversed)));
		assert_true(ip_parse(ip_print(a, &ip), &other) && ip_equal(&ip, &other));
		other.bytes[15] ^= 1;
		assert_false(ip_equal(&ip, &other));
	}
	arena_free(a);
}

static void addresses_of_one_network_alone_are_told(void **state)
{
	static const struct {
		const char *address;
		bool is_private;
	} rows[] = {
		{"0.0.0.0", true},
		{"9.255.255.255", false},
		{"10.0.0.0", true},
		{"10.255.255.255", true},
		{"11.0.0.0", false},
		{"100.63.255.255", false},
		{"100.64.0.0", true},
		{"100.127.255.255", true},
		{"100.128.0.0", false},
		{"127.0.0.1", true},
		{"169.254.0.1", true},
		{"172.15.255.255", false},
		{"172.16.0.1", true},
		{"172.31.255.255", true},
		{"172.32.0.0", false},
		{"192.168.255.255", true},
		{"192.169.0.0", false},
		{"198.51.100.7", false},
		{"::1", true},
		{"::2", false},
		{"fd00::1", true},
		{"fe80::1", true},
		{"2001:db8::1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip ip;

		assert_true(ip_parse(span_of(rows[i].address), &ip));
		if (ip_is_private(&ip) != rows[i].is_private)
			fail_msg("%s", rows[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_one_network_alone_are_told),
		cmocka_unit_test(networks_have_their_addresses),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(own_addresses_are_known),
		cmocka_unit_test(addresses_are_printed_and_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
