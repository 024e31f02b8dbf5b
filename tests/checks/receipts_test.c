#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_receipts;

#define MDN(value)                                                                                 \
	"From: foo@example.com\nTo: bar@example.net\nDisposition-Notification-To: " value "\n\nhi\n"
#define CONFIRM(value)                                                                             \
	"From: foo@example.com\nTo: bar@example.net\nX-Confirm-Reading-To: " value "\n\nhi\n"
#define FORGED "HEADER_FORGED_MDN(2.00)"
#define MISMATCH "HEADER_RCONFIRM_MISMATCH(2.00)"

static const struct harness_case cases[] = {
	{"no receipt is asked for", "From: foo@example.com\n\n", "", .from = "x@y.org"},
	{"a receipt for the sender", MDN("Foo <FOO@example.com>"), "", .from = "foo@Example.com"},
	{"a receipt for somebody else", MDN("foo@example.com"), FORGED, .from = "x@y.org"},
	{"a receipt for another host of the domain", MDN("x@sub.y.org"), FORGED, .from = "x@y.org"},
	{"a receipt for several, one of them the sender", MDN("foo@example.com, x@y.org"), "",
		.from = "x@y.org"},
	{"a receipt for nobody", MDN(""), FORGED, .from = "x@y.org"},
	{"a receipt for words", MDN("x"), FORGED, .from = "x@y.org"},
	{"a receipt of a bounce", MDN("foo@example.com"), FORGED, .from = ""},
	{"a receipt while the sender is not known", MDN("foo@example.com"), ""},

	{"a note for the sender", CONFIRM("Foo <FOO@example.com>"), ""},
	{"a note for somebody else", CONFIRM("x@y.org"), MISMATCH},
	{"a note for several, the sender first", CONFIRM("foo@example.com, x@y.org"), ""},
	{"a note for several, the sender last", CONFIRM("x@y.org, foo@example.com"), MISMATCH},
	{"a note for nobody", CONFIRM(""), ""},
	{"a note for words", CONFIRM("1"), ""},
	{"a note without From", "X-Confirm-Reading-To: x@y.org\n\n", ""},
	{"a note has nothing to do with the envelope", CONFIRM("foo@example.com"), "",
		.from = "x@y.org"},
};

static void strange_receipts_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_receipts, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strange_receipts_are_told),
	};

	return cmocka_run_group_tests_name("checks/receipts", tests, NULL, NULL);
}
