#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_forwarded;

#define HOP(for_clause)                                                                                \
	"Received: from a.org (a.org [192.0.2.1])\n\tby mx.b.org (Postfix) with ESMTP id 1" for_clause \
	";\n\tFri, 13 Feb 2026 10:00:00 +0000\n"
#define TO "From: foo@example.com\nTo: bar@example.net\n\nhi\n"
#define BEFORE(address) "PREVIOUSLY_DELIVERED(0.00)[" address "]"

static const struct harness_case cases[] = {
	{"no Received", TO, ""},
	{"a hop that names nobody", HOP("") TO, ""},
	{"a hop for the recipient in To", HOP(" for <bar@example.net>") TO,
		BEFORE("bar@example.net")},
	{"a hop in another case", HOP(" for <Bar@EXAMPLE.net>") TO, BEFORE("bar@example.net")},
	{"a hop for somebody else", HOP(" for <x@y.org>") TO, ""},
	{"a hop for a recipient in Cc", HOP(" for <c@d.org>") "Cc: c@d.org\n" TO,
		BEFORE("c@d.org")},
	{"an older hop, when the newest names nobody", HOP("") HOP(" for <bar@example.net>") TO,
		BEFORE("bar@example.net")},
	{"an older hop, when the newest names somebody else",
		HOP(" for <x@y.org>") HOP(" for <bar@example.net>") TO, ""},
	{"a hop of a message without recipients", HOP(" for <bar@example.net>") "\n", ""},
};

static void earlier_recipients_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_forwarded, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(earlier_recipients_are_told),
	};

	return cmocka_run_group_tests_name("checks/forwarded", tests, NULL, NULL);
}
