#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_excess_encoding;

#define QP "=?utf-8?Q?Foo?= <foo@example.com>\n"
#define BASE64 "=?utf-8?B?Rm9v?= <foo@example.com>\n"
#define NEEDED "=?utf-8?Q?F=C3=B6o?= <foo@example.com>\n"

static const struct harness_case cases[] = {
	{"plain ASCII is right", "From: Foo <foo@example.com>\nTo: a@b.org\n\n", ""},
	{"encoded letters beyond ASCII are right", "From: " NEEDED "To: " NEEDED "\n", ""},
	{"encoded base64 beyond ASCII is right", "From: =?utf-8?B?w7Y=?= <foo@example.com>\n\n",
		""},
	{"ASCII as quoted-printable", "From: " QP "\n", "FROM_EXCESS_QP(1.20)"},
	{"ASCII as base64", "From: " BASE64 "\n", "FROM_EXCESS_BASE64(1.50)"},
	{"in To", "To: " QP "\n", "TO_EXCESS_QP(1.20)"},
	{"in To as base64", "To: " BASE64 "\n", "TO_EXCESS_BASE64(1.50)"},
	{"in Cc", "Cc: " QP "\n", "CC_EXCESS_QP(1.20)"},
	{"in Cc as base64", "Cc: " BASE64 "\n", "CC_EXCESS_BASE64(1.50)"},
	{"in Reply-To", "Reply-To: " QP "\n", "REPLYTO_EXCESS_QP(1.20)"},
	{"in Reply-To as base64", "Reply-To: " BASE64 "\n", "REPLYTO_EXCESS_BASE64(1.50)"},
	{"other fields do not count", "Sender: " QP "\n", ""},
	{"both encodings in a field",
		"From: =?utf-8?q?Foo?= =?utf-8?b?Rm9v?= <foo@example.com>\n\n",
		"FROM_EXCESS_BASE64(1.50) FROM_EXCESS_QP(1.20)"},
	{"several words count once", "To: =?utf-8?Q?A?= <a@b.org>, =?utf-8?Q?C?= <c@d.org>\n\n",
		"TO_EXCESS_QP(1.20)"},
	{"one word that needs it excuses the field",
		"To: =?utf-8?Q?A?= <a@b.org>, =?utf-8?Q?=C3=B6?= <c@d.org>\n\n", ""},
	{"a raw letter beyond ASCII excuses the field", "To: =?utf-8?Q?A?= \303\266 <a@b.org>\n\n",
		""},
	{"a second field that needs it excuses both", "From: " QP "From: " NEEDED "\n", ""},
	{"several fields that do not need it count once", "From: " QP "From: " QP "\n",
		"FROM_EXCESS_QP(1.20)"},
	{"within quotes it is encoded all the same",
		"From: \"=?utf-8?Q?Foo?=\" <foo@example.com>\n\n", "FROM_EXCESS_QP(1.20)"},
};

static void needless_encoding_is_told(void **state)
{
	(void)state;
	harness_check_table(&check_excess_encoding, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needless_encoding_is_told),
	};

	return cmocka_run_group_tests_name("checks/excess_encoding", tests, NULL, NULL);
}
