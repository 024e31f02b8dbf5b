#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_parts;

#define H "From: x@example.net\nSubject: s\nMIME-Version: 1.0\n"
#define AS(kind, plain, html)                                                                      \
	H "Content-Type: multipart/" kind                                                          \
	  "; boundary=b\n\n--b\nContent-Type: text/plain\n\n" plain                                \
	  "\n--b\nContent-Type: text/html\n\n" html "\n--b--\n"
#define ALT(plain, html) AS("alternative", plain, html)
#define TEN "apple basket crane ladder ferry harbour morning orchard weather timetable "
#define OTHER "invoice meeting saturday people street light water north boxes paper "
#define FORTY                                                                                      \
	TEN OTHER "door window garden river bridge castle forest island mountain valley "          \
		  "doctor engine flower guitar hammer jacket kitchen lemon mirror needle "
#define SHORT_ONE "SINGLE_SHORT_PART(0.00)"
#define CHARS_60 "123456789012345678901234567890123456789012345678901234567890"

static const struct harness_case cases[] = {
	{"the same words in both forms", ALT(FORTY, "<p>" FORTY), ""},
	{"other order is not other words", ALT("crane ladder", "<b>ladder</b> crane"), ""},
	{"nothing in common, of few words, counts half", ALT(TEN, OTHER),
		"R_PARTS_DIFFER(0.50)[100.0%]"},
	{"nothing in common, of many words, counts in full",
		ALT(TEN TEN TEN TEN, OTHER OTHER OTHER OTHER), "R_PARTS_DIFFER(1.00)[100.0%]"},
	{"a quarter of the words in the plain text", ALT(TEN, FORTY),
		"R_PARTS_DIFFER(0.20)[60.0%]"},
	{"a quarter of the words in the HTML", ALT(FORTY, TEN), "R_PARTS_DIFFER(0.20)[60.0%]"},
	{"half of the words", ALT(TEN OTHER, FORTY), ""},
	{"an empty plain text", ALT("", FORTY), "R_PARTS_DIFFER(1.00)[100.0%]"},
	{"hidden words are not what is read", ALT(TEN, TEN "<p hidden>" OTHER OTHER OTHER "</p>"),
		""},
	{"links that the plain text has to spell out",
		ALT("apple basket http://www.example.com/some/path/to/a/page?of=many&words=in&it=1",
			"apple <a href='http://www.example.com/x'>basket</a>"),
		""},
	{"a link alone in each form",
		ALT("http://www.example.com/some/path",
			"<a href='http://x.example'><img src=x></a>"),
		""},
	{"texts beside each other need not be the same", AS("mixed", TEN, OTHER), ""},
	{"alternatives deeper in the message",
		H "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		  "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n" TEN
		  "\n--b\nContent-Type: multipart/related; boundary=r\n\n--r\n"
		  "Content-Type: text/html\n\n" OTHER "\n--r--\n--b--\n--m--\n",
		"R_PARTS_DIFFER(0.50)[100.0%]"},
	{"an attached document is no other form",
		H "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n" TEN
		  "\n--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n" OTHER
		  "\n--b--\n",
		""},

	{"63 characters", H "\n" CHARS_60 "123\n", SHORT_ONE},
	{"64 characters", H "\n" CHARS_60 "1234\n", ""},
	{"characters are counted, not bytes",
		H "Content-Type: text/plain; charset=utf-8\n\n" CHARS_60
		  "\xc3\xa9\xc3\xa9\xc3\xa9\n",
		SHORT_ONE},
	{"blanks around are none", H "\n\n\n  " CHARS_60 "   \n\n\n\n", SHORT_ONE},
	{"nothing at all", H "\n", SHORT_ONE},
	{"of HTML what is read",
		H "Content-Type: text/html\n\n<p style='color: red; margin: 0'>"
		  "<b>hello</b></p><!-- a comment that is rather long -->\n",
		SHORT_ONE},
	{"two parts are not one", AS("mixed", "a", "a"), ""},
	{"a picture is no text", H "Content-Type: image/png\n\nxx\n", ""},
};

static void test_parts(void **state)
{
	(void)state;
	harness_check_table(&check_parts, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
