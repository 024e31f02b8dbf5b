/* Names of our own machines, looked up by one process and read by others. */
#include "dns/hosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static struct ip address(const char *text)
{
	struct ip ip;

	must(ip_parse(span_of(text), &ip));
	return ip;
}

static bool has(const struct ip *list, size_t n, struct ip wanted)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(&list[i], &wanted, sizeof(wanted)) == 0)
			return true;
	return false;
}

static void names_have_the_addresses_that_the_system_knows(void **state)
{
	const struct span names[] = {SPAN("localhost"), SPAN("nowhere.invalid"), SPAN("192.0.2.7")};
	struct dns_hosts *hosts = dns_hosts_make(names, ARRAY_LEN(names));
	struct ip found[DNS_HOST_ADDRESSES_MOST];
	size_t n;

	(void)state;
	assert_int_equal(dns_hosts_count(hosts), 3);
	assert_int_equal(dns_hosts_find(hosts, SPAN("localhost"), found), 0);
	dns_hosts_look(hosts);
	n = dns_hosts_find(hosts, SPAN("localhost"), found);
	assert_true(has(found, n, address("127.0.0.1")) || has(found, n, address("::1")));
	assert_int_equal(dns_hosts_find(hosts, SPAN("nowhere.invalid"), found), 0);
	assert_int_equal(dns_hosts_find(hosts, SPAN("other"), found), 0);
	assert_int_equal(dns_hosts_find(hosts, SPAN("192.0.2.7"), found), 1);
	assert_true(has(found, 1, address("192.0.2.7")));
	/* without being asked for */
	assert_int_equal(dns_hosts_find(hosts, SPAN("2001:db8::7"), found), 1);
	assert_true(has(found, 1, address("2001:db8::7")));
	dns_hosts_free(hosts);
}

static void another_process_changes_no_more_than_addresses(void **state)
{
	const struct span names[] = {SPAN("192.0.2.7")};
	struct dns_hosts *hosts = dns_hosts_make(names, ARRAY_LEN(names));
	struct ip found[DNS_HOST_ADDRESSES_MOST];
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		memset((void *)hosts, 0xff, 200);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(dns_hosts_count(hosts), 1);
	dns_hosts_look(hosts);
	assert_int_equal(dns_hosts_find(hosts, names[0], found), 1);
	dns_hosts_free(hosts);
}

static void what_cannot_be_a_name_is_left_out(void **state)
{
	char longest[254];
	struct span names[DNS_HOSTS_MOST + 5];
	struct dns_hosts *hosts;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		names[i] = SPAN("a");
	names[0] = SPAN("");
	names[1] = span_from(longest, 254);
	names[2] = span_from(longest, 253);
	hosts = dns_hosts_make(names, 3);
	assert_int_equal(dns_hosts_count(hosts), 1);
	dns_hosts_free(hosts);
	hosts = dns_hosts_make(names, ARRAY_LEN(names));
	assert_int_equal(dns_hosts_count(hosts), DNS_HOSTS_MOST);
	dns_hosts_free(hosts);
}

static void a_process_looks_and_another_reads_until_it_is_stopped(void **state)
{
	const struct span names[] = {SPAN("localhost")};
	struct dns_hosts *hosts = dns_hosts_make(names, 1);
	struct ip found[DNS_HOST_ADDRESSES_MOST];
	uint64_t end = clock_monotonic_us() + 20000000;
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	must(child != -1);
	if (child == 0) {
		(void)close(ends[1]);
		_exit(dns_hosts_run(hosts, ends[0]));
	}
	(void)close(ends[0]);
	while (dns_hosts_find(hosts, SPAN("localhost"), found) == 0 && clock_monotonic_us() < end)
		;
	assert_true(dns_hosts_find(hosts, SPAN("localhost"), found) > 0);
	(void)close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	/* what it has found stays */
	assert_true(dns_hosts_find(hosts, SPAN("localhost"), found) > 0);
	dns_hosts_free(hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_the_addresses_that_the_system_knows),
		cmocka_unit_test(another_process_changes_no_more_than_addresses),
		cmocka_unit_test(what_cannot_be_a_name_is_left_out),
		cmocka_unit_test(a_process_looks_and_another_reads_until_it_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
