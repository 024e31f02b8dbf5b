#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_missing;

/* All that should be there. */
#define FROM "From: foo@example.com\n"
#define TO "To: bar@example.net\n"
#define MID "Message-ID: <a@b.org>\n"
#define WITH_TO(value) FROM MID "To: " value "\n\nhi\n"
#define UNDISCLOSED "R_UNDISC_RCPT(3.00)"

static const struct harness_case cases[] = {
	{"a usual message lacks nothing", FROM TO MID "\nhi\n", ""},
	{"any case and order will do", "message-id: <a@b.org>\nTO: a@b.org\nfrom: c@d.org\n\n", ""},
	{"no From", TO MID "\n", "MISSING_FROM(2.00)"},
	{"an empty From", "From:  \n" TO MID "\n", "MISSING_FROM(2.00)"},
	{"a Sender is no From", "Sender: foo@example.com\n" TO MID "\n", "MISSING_FROM(2.00)"},
	{"no To", FROM MID "\n", "MISSING_TO(2.00)"},
	{"a Cc is no To", FROM "Cc: bar@example.net\n" MID "\n", "MISSING_TO(2.00)"},
	{"an empty To is one", FROM "To:\n" MID "\n", ""},
	{"no Message-ID", FROM TO "\n", "MISSING_MID(2.50)"},
	{"an empty Message-ID is one", FROM TO "Message-ID:\n\n", ""},
	{"nothing at all", "\nhi\n", "MISSING_FROM(2.00) MISSING_TO(2.00) MISSING_MID(2.50)"},

	{"undisclosed recipients as a group", WITH_TO("undisclosed-recipients:;"), UNDISCLOSED},
	{"with a blank, in the singular, in capitals", WITH_TO("UNDISCLOSED RECIPIENT: ;"),
		UNDISCLOSED},
	{"in quotes", WITH_TO("\"Undisclosed recipients:;\""), UNDISCLOSED},
	{"in angles", WITH_TO("<undisclosed-recipients:;>"), UNDISCLOSED},
	{"as a name before a group", WITH_TO("\"undisclosed-recipients\":;"), UNDISCLOSED},
	{"encoded", WITH_TO("=?utf-8?Q?undisclosed-recipients:;?="), UNDISCLOSED},
	{"folded", WITH_TO("undisclosed\n recipients:;"), UNDISCLOSED},
	{"with a blank before the colon", WITH_TO("undisclosed-recipients :;"), UNDISCLOSED},
	{"without a colon it may be a name", WITH_TO("Undisclosed-Recipients <a@b.org>"), ""},
	{"another word is another phrase", WITH_TO("unlisted-recipients:;"), ""},
	{"words in front are another phrase", WITH_TO("x undisclosed-recipients:;"), ""},
	{"written in one word it is another phrase", WITH_TO("undisclosedrecipients:;"), ""},
	{"two blanks are another phrase", WITH_TO("undisclosed  recipients:;"), ""},
	{"the start of the phrase is not enough", WITH_TO("undisclosed"), ""},
	{"in Cc it does not count", FROM TO MID "Cc: undisclosed-recipients:;\n\n", ""},
};

static void missing_fields_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_missing, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_fields_are_told),
	};

	return cmocka_run_group_tests_name("checks/missing", tests, NULL, NULL);
}
