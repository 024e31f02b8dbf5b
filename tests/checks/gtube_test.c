#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_gtube;

#define STRING "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
#define BODY(text) "From: foo@example.org\n\n" text "\n"
#define ALL .settings = "options { gtube_patterns = all }"
#define DISABLE .settings = "options { gtube_patterns = disable }"
#define ENCODED                                                                                                     \
	"From: foo@example.org\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nWEpTKkM0SkRCUUFETjEuTlNCTj" \
	"MqMklETkVOKkdUVUJFLVNUQU5EQVJELUFOVEktVUJFLVRF\nU1QtRU1BSUwqQy4zNFg=\n"
#define PARTS(type, text)                                                                          \
	"From: foo@example.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"  \
	"--b\n\nhi\n--b\nContent-Type: " type "\n\n" text "\n--b--\n"
#define REJECTED "GTUBE(0.00) => reject"

static const struct harness_case cases[] = {
	{"plain mail", BODY("hi"), ""},
	{"the standard string", BODY("X" STRING), REJECTED},
	{"within other text", BODY("fooX" STRING "bar"), REJECTED},
	{"encoded", ENCODED, REJECTED},
	{"in the last of several parts", PARTS("text/plain", "X" STRING), REJECTED},
	{"in HTML", PARTS("text/html", "<p>X" STRING "</p>"), REJECTED},
	{"in an attached text", PARTS("text/plain\nContent-Disposition: attachment", "X" STRING),
		REJECTED},
	{"in an attached message", PARTS("message/rfc822", "\nX" STRING), REJECTED},
	{"in what is no text", PARTS("application/pdf", "X" STRING), ""},
	{"in the subject", "Subject: X" STRING "\n\nhi\n", ""},
	{"broken over two lines",
		BODY("XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-\nSTANDARD-ANTI-UBE-TEST-EMAIL*C.34X"), ""},
	{"in small letters",
		BODY("xjs*c4jdbqadn1.nsbn3*2idnen*gtube-standard-anti-ube-test-email*c.34x"), ""},
	{"without its first letter", BODY(STRING), ""},
	{"at the very start without its first letter", "\n" STRING, ""},
	{"the others do nothing by default", BODY("Y" STRING " Z" STRING " A" STRING), ""},
	{"but do not hide the first", BODY("Y" STRING " X" STRING), REJECTED},
	{"Y asks for a header", BODY("Y" STRING), "GTUBE(0.00) => add header", ALL},
	{"Z for another subject", BODY("Z" STRING), "GTUBE(0.00) => rewrite subject", ALL},
	{"A for nothing", BODY("A" STRING), "GTUBE(0.00) => no action", ALL},
	{"other letters for nothing at all", BODY("B" STRING), "", ALL},
	{"X for the usual", BODY("X" STRING), REJECTED, ALL},
	{"of several the most severe is done", BODY("A" STRING " X" STRING " Y" STRING), REJECTED,
		ALL},
	{"switched off", BODY("X" STRING), "", DISABLE},
};

static void test_strings_force_actions(void **state)
{
	(void)state;
	harness_check_table(&check_gtube, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_force_actions),
	};

	return cmocka_run_group_tests_name("checks/gtube", tests, NULL, NULL);
}
