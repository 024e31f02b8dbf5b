#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_bounce;

#define MESSAGE(from, subject) "From: " from "\nTo: a@example.org\nSubject: " subject "\n\nhi\n"
#define REPORT(type)                                                                               \
	"From: x@example.net\nContent-Type: multipart/report; " type                               \
	" boundary=b\n\n--b\n\nhi\n--b--\n"
#define DAEMON "Mail Delivery System <MAILER-DAEMON@example.net>"
#define WORDS "SUBJ_BOUNCE_WORDS(0.00)"

static const struct harness_case cases[] = {
	{"mail of people is no notice", MESSAGE("x@example.net", "hello"), "",
		.from = "x@example.net"},
	{"a report on delivery to the null sender", REPORT("report-type=delivery-status;"),
		"BOUNCE(-0.10)[DSN]", .from = ""},
	{"a report on reading", REPORT("report-type=\"Disposition-Notification\";"),
		"BOUNCE(-0.10)[DSN]", .from = ""},
	{"a report on abuse is another thing", REPORT("report-type=feedback-report;"), "",
		.from = ""},
	{"a report of no kind is none", REPORT(""), "", .from = ""},
	{"a report with a sender is none", REPORT("report-type=delivery-status;"), "",
		.from = "x@example.net"},
	{"a report of unknown sender is none", REPORT("report-type=delivery-status;"), ""},
	{"the daemon with words of a notice",
		MESSAGE(DAEMON, "Undelivered Mail Returned to Sender"),
		"BOUNCE(-0.05)[mailer-daemon+subj] " WORDS, .from = ""},
	{"the postmaster, too", MESSAGE("Postmaster@example.net", "Delivery Status Notification"),
		"BOUNCE(-0.05)[postmaster+subj] " WORDS, .from = ""},
	{"the daemon about something else", MESSAGE(DAEMON, "hello"), "", .from = ""},
	{"somebody else with such words", MESSAGE("x@example.net", "failure notice"), WORDS,
		.from = ""},
	{"the daemon as a sender with an address", MESSAGE(DAEMON, "failure notice"), WORDS,
		.from = "x@example.net"},
	{"words that stand within others",
		MESSAGE("x@example.net", "Re: Your parcel: DELIVERY FAILED!"), WORDS},
	{"words in an encoded subject",
		MESSAGE("x@example.net", "=?utf-8?q?Undeliverable:_gr=C3=BC=C3=9Fe?="), WORDS},
	{"Mail of Sendmail", MESSAGE("x@example.net", "Returned mail: see transcript for details"),
		WORDS},
	{"Exim's warning",
		MESSAGE("x@example.net", "Warning: could not send message for past 4 hours"),
		WORDS},
	{"a delivery as such is no failure", MESSAGE("x@example.net", "Delivery of your order"),
		""},
	{"a message without a subject", "From: x@example.net\n\nhi\n", "", .from = ""},
};

static void notices_are_known(void **state)
{
	(void)state;
	harness_check_table(&check_bounce, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notices_are_known),
	};

	return cmocka_run_group_tests_name("checks/bounce", tests, NULL, NULL);
}
