#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_maillist;

#define F "From: a@x.org\n"
#define ID "List-Id: <x.y.org>\n"
#define LIST "Precedence: list\n"
#define IN "List-Subscribe: <mailto:x-join@y.org>\n"
#define OUT "List-Unsubscribe: <mailto:x-leave@y.org>\n"
#define HELP "List-Help: <mailto:x-help@y.org>\n"
#define POST "List-Post: <mailto:x@y.org>\n"
#define FOUND(weight, what) "MAILLIST(-0." weight ")[" what "]"
#define MAILMAN_2 F ID LIST IN OUT HELP "X-Mailman-Version: 2.1.39\n"
#define EZMLM F LIST IN OUT HELP POST "Mailing-List: contact x-help@y.org; run by ezmlm\n"

static const struct harness_case cases[] = {
	{"mail of people", F "\n", ""},
	{"one field is no list", F ID "\n", ""},
	{"a newsletter with a way out is none yet", F OUT LIST "\n", ""},
	{"an identity and a precedence", F ID LIST "\n", FOUND("10", "generic")},
	{"bulk is as good", F ID "Precedence: Bulk\n\n", FOUND("10", "generic")},
	{"junk is not", F ID "Precedence: junk\n\n", ""},
	{"the second precedence counts as well", F ID "Precedence: junk\n" LIST "\n",
		FOUND("10", "generic")},
	{"each further field counts", F ID LIST POST "\n", FOUND("11", "generic")},
	{"the same field twice counts once", F ID HELP HELP "\n", ""},
	{"an identity and two fields", F ID HELP POST "\n", FOUND("10", "generic")},
	{"a way in and out counts more", F ID IN OUT "\n", FOUND("12", "generic")},
	{"fields without an identity", F LIST IN OUT HELP POST "\n", FOUND("10", "generic")},
	{"all of them count no more than a known manager",
		F ID LIST IN OUT HELP POST "List-Archive: x\nList-Owner: x\nX-Loop: x\n\n",
		FOUND("20", "generic")},
	{"Mailman 2", MAILMAN_2 "X-BeenThere: x@y.org\n\n", FOUND("20", "mailman")},
	{"Mailman 2 without its loop field is any list", MAILMAN_2 "\n", FOUND("16", "generic")},
	{"Mailman 3", F ID LIST IN OUT HELP "X-Mailman-Version: 3.3.8\n\n", FOUND("20", "mailman")},
	{"Mailman without an identity is any list",
		F LIST IN OUT HELP POST "X-Mailman-Version: 3.3.8\n\n", FOUND("10", "generic")},
	{"ezmlm", EZMLM "\n", FOUND("20", "ezmlm")},
	{"ezmlm in words alone", F "Mailing-List: contact x-help@y.org; run by ezmlm\n\n", ""},
	{"a group of Google", F ID LIST "X-Google-Group-Id: 1234\n\n", FOUND("20", "googlegroups")},
	{"by the other field", F ID "X-Google-Loop: groups\nX-Google-Group-Id: 1\n\n",
		FOUND("20", "googlegroups")},
	{"one field of Google is not enough", F LIST "X-Google-Group-Id: 1234\n\n", ""},
};

static void lists_are_recognised(void **state)
{
	(void)state;
	harness_check_table(&check_maillist, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_recognised),
	};

	return cmocka_run_group_tests_name("checks/maillist", tests, NULL, NULL);
}
