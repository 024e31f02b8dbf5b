#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_headers;

#define PLAIN "From: foo@example.org\nX-Mailer: Mutt\n"
#define END "\nhi\n"
#define MSMAIL PLAIN_FROM "X-MSMail-Priority: Normal\n"
#define PLAIN_FROM "From: foo@example.org\n"
#define BROKEN "BROKEN_HEADERS(10.00)"

/* What a second field of the name costs. */
#define TWICE(name, score)                                                                         \
	{                                                                                          \
		"twice " name, "X-Mailer: Mutt\n" name ": <a@b.org>\n" name ": <c@b.org>\n" END,   \
			"MULTIPLE_UNIQUE_HEADERS(" score ")[" name "]"                             \
	}
#define TWICE_IS_FINE(name)                                                                        \
	{                                                                                          \
		"twice " name " is fine", PLAIN name ": <a@b.org>\n" name ": <c@b.org>\n" END, ""  \
	}

static const struct harness_case cases[] = {
	{"a good header", PLAIN END, ""},

	{"a line that is no field", "From: foo@example.org\nnonsense\nX-Mailer: Mutt\n" END,
		BROKEN},
	{"a blank within a name", "From: foo@example.org\nX Y: z\nX-Mailer: Mutt\n" END, BROKEN},
	{"a blank before the colon", "From: foo@example.org\nX-Mailer : Mutt\n" END, BROKEN},
	{"no empty line behind it", "From: foo@example.org\nX-Mailer: Mutt\n", BROKEN},
	{"an mbox line before it is none of its own",
		"From foo@example.org Fri Feb 13 12:00:00 2026\n" PLAIN END, ""},
	{"8-bit bytes in values are another matter", PLAIN "Subject: \303\251\n" END, ""},
	{"an attached message may be cut off",
		PLAIN "Content-Type: message/rfc822\n\nFrom: bar@example.org\nSubject: x\n", ""},

	{"no field that may stand only once", "X-Mailer: Mutt\n" END,
		"MISSING_ESSENTIAL_HEADERS(7.00)"},
	{"Received and Return-Path are none", "Return-Path: <>\nReceived: x\nX-Mailer: Mutt\n" END,
		"MISSING_ESSENTIAL_HEADERS(7.00)"},
	{"any of them is enough", "X-Mailer: Mutt\nBcc:\n" END, ""},
	{"in any case", "X-Mailer: Mutt\nsUBJECT:\n" END, ""},

	TWICE("From", "7.00"),
	TWICE("Sender", "7.00"),
	TWICE("Reply-To", "7.00"),
	TWICE("Content-Type", "7.00"),
	TWICE("Content-Transfer-Encoding", "7.00"),
	TWICE("Subject", "4.90"),
	TWICE("Message-ID", "4.90"),
	TWICE("In-Reply-To", "4.90"),
	TWICE("References", "2.10"),
	TWICE("To", "1.40"),
	TWICE("Date", "0.70"),
	TWICE("Cc", "0.70"),
	TWICE("Bcc", "0.70"),
	TWICE_IS_FINE("MIME-Version"),
	TWICE_IS_FINE("Received"),
	TWICE_IS_FINE("List-Id"),
	TWICE_IS_FINE("DKIM-Signature"),
	{"the same field twice counts as well", PLAIN "From: foo@example.org\n" END,
		"MULTIPLE_UNIQUE_HEADERS(7.00)[From]"},
	{"three times are no worse", PLAIN "Cc: a@b\nCc: a@b\nCc: a@b\n" END,
		"MULTIPLE_UNIQUE_HEADERS(0.70)[Cc]"},
	{"case does not matter", PLAIN "FROM: foo@example.org\n" END,
		"MULTIPLE_UNIQUE_HEADERS(7.00)[From]"},
	{"of several the worst counts",
		PLAIN "To: a\nTo: b\nSubject: a\nSubject: b\nDate: c\nDate: c\n" END,
		"MULTIPLE_UNIQUE_HEADERS(4.90)[Subject, To, Date]"},
	{"the fields of a part are its own",
		PLAIN "Content-Type: message/rfc822\n\nFrom: a@b\nSubject: x\n\nhi\n", ""},

	{"Mime-Version", PLAIN "Mime-Version: 1.0\n" END, "MV_CASE(0.50)"},
	{"MIME-Version", PLAIN "MIME-Version: 1.0\n" END, ""},
	{"mime-version", PLAIN "mime-version: 1.0\n" END, ""},
	{"MIME-version", PLAIN "MIME-version: 1.0\n" END, ""},
	{"a second one that is spelled so", PLAIN "MIME-Version: 1.0\nMime-Version: 1.0\n" END,
		"MV_CASE(0.50)"},
	{"X-mailer", PLAIN_FROM "X-mailer: Mutt\n" END, "XM_CASE(0.50)"},
	{"x-mailer", PLAIN_FROM "x-mailer: Mutt\n" END, ""},

	{"no program is named", PLAIN_FROM END, "MISSING_XM_UA(0.00)"},
	{"User-Agent names it", PLAIN_FROM "User-Agent: Mutt\n" END, ""},
	{"an empty field will do", PLAIN_FROM "user-agent:\n" END, ""},

	{"X-MSMail-Priority alone", MSMAIL "X-Mailer: Mutt\n" END, "MISSING_MIMEOLE(2.00)"},
	{"with X-MimeOLE", MSMAIL "X-Mailer: Mutt\nX-MimeOLE: x\n" END, ""},
	{"in any case, even empty", MSMAIL "X-Mailer: Mutt\nX-MIMEOLE:\n" END, ""},
	{"Outlook 16 needs none", MSMAIL "X-Mailer: Microsoft Outlook 16.0\n" END, ""},
	{"nor Office Outlook 12", MSMAIL "X-Mailer: Microsoft Office Outlook 12.0\n" END, ""},
	{"Outlook 9 does", MSMAIL "X-Mailer: Microsoft Outlook 9.0\n" END, "MISSING_MIMEOLE(2.00)"},
	{"builds of Outlook do", MSMAIL "X-Mailer: Microsoft Outlook, Build 10.0.2616\n" END,
		"MISSING_MIMEOLE(2.00)"},
	{"Outlook Express does", MSMAIL "X-Mailer: Microsoft Outlook Express 6.00\n" END,
		"MISSING_MIMEOLE(2.00)"},
	{"a version must be whole", MSMAIL "X-Mailer: Microsoft Outlook 16\n" END,
		"MISSING_MIMEOLE(2.00)"},
	{"SquirrelMail needs none", MSMAIL "X-Mailer: SquirrelMail/1.4\n" END, ""},
	{"without any name both are told", MSMAIL END, "MISSING_MIMEOLE(2.00) MISSING_XM_UA(0.00)"},
};

static void headers_are_judged(void **state)
{
	(void)state;
	harness_check_table(&check_headers, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_judged),
	};

	return cmocka_run_group_tests_name("checks/headers", tests, NULL, NULL);
}
