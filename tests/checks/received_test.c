#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_received;

#define HOP                                                                                             \
	"Received: from a.example.org (a.example.org [192.0.2.1]) by mx.example.com with ESMTP id 1;\n" \
	" Fri, 13 Feb 2026 11:59:00 +0000\n"
#define HOP_OF(helo)                                                                               \
	"Received: from " helo " (unknown [192.0.2.1]) by mx.example.com with ESMTP id 1;\n"       \
	" Fri, 13 Feb 2026 11:59:00 +0000\n"
#define LOCAL                                                                                      \
	"Received: by mx.example.com (Postfix, from userid 1000) id 1; Fri, 13 Feb 2026 11:59:00 +0000\n"
#define END "From: foo@example.org\n\nhi\n"
#define TWO HOP HOP
#define FIVE TWO TWO HOP

static const struct harness_case cases[] = {
	{"no field at all", END, "RCVD_COUNT_ZERO(0.00)[0]"},
	{"one", HOP END, "RCVD_COUNT_ONE(0.00)[1]"},
	{"two", TWO END, "RCVD_COUNT_TWO(0.00)[2]"},
	{"three", TWO HOP END, "RCVD_COUNT_THREE(0.00)[3]"},
	{"four count as three", TWO TWO END, "RCVD_COUNT_THREE(0.00)[4]"},
	{"five", FIVE END, "RCVD_COUNT_FIVE(0.00)[5]"},
	{"six count as five", FIVE HOP END, "RCVD_COUNT_FIVE(0.00)[6]"},
	{"seven", FIVE TWO END, "RCVD_COUNT_SEVEN(0.00)[7]"},
	{"eleven count as seven", FIVE FIVE HOP END, "RCVD_COUNT_SEVEN(0.00)[11]"},
	{"twelve", FIVE FIVE TWO END, "RCVD_COUNT_TWELVE(0.00)[12]"},
	{"fifteen count as twelve", FIVE FIVE FIVE END, "RCVD_COUNT_TWELVE(0.00)[15]"},
	{"what is no trace does not count", "Received: nonsense\n" HOP END,
		"RCVD_COUNT_ONE(0.00)[1]"},
	{"a way within a machine does not count",
		"Received: (qmail 12 invoked by uid 89); 13 Feb 2026 11:59:00 -0000\n" HOP END,
		"RCVD_COUNT_ONE(0.00)[1]"},
	{"mail made on the machine counts its server", LOCAL END, "RCVD_COUNT_ONE(0.00)[1]"},

	{"the client is a hop when the newest field names another", HOP END,
		"RCVD_COUNT_TWO(0.00)[2]", .address = "198.51.100.7"},
	{"and when it names none", LOCAL END, "RCVD_COUNT_TWO(0.00)[2]", .address = "198.51.100.7"},
	{"but not when it is the client of the newest field", HOP END, "RCVD_COUNT_ONE(0.00)[1]",
		.address = "192.0.2.1"},
	{"an older field of the same client does not matter",
		"Received: from b (b [203.0.113.9]) by mx.example.com with ESMTP; Fri, 13 Feb 2026 "
		"11:59:30 +0000\n" HOP END,
		"RCVD_COUNT_THREE(0.00)[3]", .address = "192.0.2.1"},
	{"IPv6 is compared as address, not as text",
		"Received: from a (a [IPv6:2001:db8:0:0::1]) by mx.example.com with ESMTP; Fri, 13 Feb "
		"2026 11:59:00 +0000\n" END,
		"RCVD_COUNT_ONE(0.00)[1]", .address = "2001:DB8::1"},
	{"IPv4 within IPv6 is IPv4", HOP END, "RCVD_COUNT_ONE(0.00)[1]",
		.address = "::ffff:192.0.2.1"},
	{"without fields there is nothing to count", END, "RCVD_COUNT_ZERO(0.00)[0]",
		.address = "198.51.100.7"},

	{"the client greets as user", HOP END, "RCVD_COUNT_ONE(0.00)[1] RCVD_HELO_USER(3.00)",
		.helo = "user"},
	{"in any case", HOP END, "RCVD_COUNT_ONE(0.00)[1] RCVD_HELO_USER(3.00)", .helo = "USER"},
	{"even when no field tells", END, "RCVD_COUNT_ZERO(0.00)[0] RCVD_HELO_USER(3.00)",
		.helo = "User"},
	{"a client greeted another server as user", HOP HOP_OF("User") END,
		"RCVD_COUNT_TWO(0.00)[2] RCVD_HELO_USER(3.00)"},
	{"user.example.org is a name", HOP_OF("user.example.org") END, "RCVD_COUNT_ONE(0.00)[1]",
		.helo = "user."},
};

static void hops_are_counted(void **state)
{
	(void)state;
	harness_check_table(&check_received, cases, ARRAY_LEN(cases));
}

static void a_flood_of_fields_counts_as_twelve(void **state)
{
	struct arena *a = arena_make();
	struct buf m;

	(void)state;
	buf_init(&m, a, SIZE_MAX);
	buf_add(&m, harness_repeat(a, HOP, MIME_RECEIVED_MOST + 1));
	buf_add_string(&m, END);
	harness_check_made(&check_received, "over the limit of what is parsed", buf_span(&m),
		"RCVD_COUNT_TWELVE(0.00)[100]");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hops_are_counted),
		cmocka_unit_test(a_flood_of_fields_counts_as_twelve),
	};

	return cmocka_run_group_tests_name("checks/received", tests, NULL, NULL);
}
