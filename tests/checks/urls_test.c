#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_urls;

#define T(body)                                                                                    \
	"From: x@example.net\nSubject: s\nContent-Type: text/plain; charset=utf-8\n\n" body "\n"
#define HTML(body)                                                                                 \
	"From: x@example.net\nSubject: s\nContent-Type: text/html; charset=utf-8\n\n" body "\n"
#define S(subject) "From: x@example.net\nSubject: " subject "\n\nhi\n"
#define LINK(href, text) HTML("<a href='" href "'>" text "</a>")
#define ALT(plain, html)                                                                           \
	"From: x@example.net\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\n" plain    \
	"\n--b\nContent-Type: text/html\n\n" html "\n--b--\n"
#define A "http://a.example.com/ "
#define B "http://b.example.com/ "
#define C "http://c.example.com/ "
#define TO(url) "<a href='" url "'>x</a>"
#define IMG(n) "<img src='http://i" n ".example.com/'>"
#define REDIR(host) "HAS_GOOGLE_REDIR(1.00)[" host "]"
#define GUC(host) "HAS_GUC_PROXY_URI(1.00)[" host "]"
#define OMO(real, shown) "OMOGRAPH_URL(5.00)[" real "->" shown "]"
#define ODD(n) "URI_COUNT_ODD(1.00)[" n "]"

static const struct harness_case cases[] = {
	{"no URL", T("hello"), ""},
	{"a usual one", T(A), ""},

	{"a file of the machine", LINK("file:///etc/x", "x"), "HAS_FILE_URL(2.00)[file:///etc/x]"},
	{"a file of a server", T("file://nas.example/share"), "HAS_FILE_URL(2.00)[nas.example]"},
	{"storage of Firebase", T("https://firebasestorage.googleapis.com/v0/b/x"),
		"HAS_GOOGLE_FIREBASE_URL(2.00)[firebasestorage.googleapis.com]"},
	{"other storage of Google", T("https://storage.googleapis.com/x"), ""},

	{"a redirector of Google", T("https://www.google.com/url?q=x"), REDIR("www.google.com")},
	{"of another country", LINK("https://www.google.co.uk/url?q=x", "x"),
		REDIR("www.google.co.uk")},
	{"of another service", T("https://maps.google.com/url?q=x"), REDIR("maps.google.com")},
	{"AMP", T("https://www.google.com/amp/s/evil.example/x"), REDIR("www.google.com")},
	{"a search", T("https://www.google.com/search?q=x"), ""},
	{"not of Google", T("https://notgoogle.com/url?q=x"), ""},
	{"not of Google, below", T("https://www.google.com.evil.example/url?q=x"), ""},

	{"a picture through Google's proxy",
		HTML("<img src='https://ci3.googleusercontent.com/proxy/x'>"),
		GUC("ci3.googleusercontent.com")},
	{"another picture of Google's", HTML("<img src='https://lh3.googleusercontent.com/a/x'>"),
		""},
	{"what the fields of a list have does not count",
		"List-Unsubscribe: <https://www.google.com/url?q=x>\n\nhi\n", ""},

	{"a 1 for an l", LINK("http://goog1e.com/", "google.com/"),
		OMO("goog1e.com", "google.com")},
	{"rn for m", LINK("http://rnicrosoft.com/x", "http://microsoft.com/"),
		OMO("rnicrosoft.com", "microsoft.com")},
	{"a letter of another script", LINK("http://\xd0\xb0pple.com/", "http://apple.com/"),
		OMO("\xd0\xb0pple.com", "apple.com")},
	{"the same as an A-label", LINK("http://xn--pple-43d.com/", "http://apple.com/"),
		OMO("\xd0\xb0pple.com", "apple.com")},
	{"the other way round", LINK("http://apple.com/", "http://\xd0\xb0pple.com/"),
		OMO("apple.com", "\xd0\xb0pple.com")},
	{"a link to another host that looks different", LINK("http://example.org/", "example.net/"),
		""},
	{"the same host", LINK("http://apple.com/", "http://www.apple.com/"), ""},
	{"numbers are not letters", LINK("http://192.0.2.10/", "http://192.0.2.1o/"), ""},

	{"nothing but a URL in the subject", S("http://a.example.com/x"),
		"URL_IN_SUBJECT(4.00)[a.example.com]"},
	{"a URL among words", S("see http://a.example.com/x now"),
		"URL_IN_SUBJECT(1.00)[a.example.com]"},
	{"a URL without scheme", S("see www.example.com now"),
		"URL_IN_SUBJECT(0.40)[www.example.com]"},
	{"two of them, the worst counts", S("www.example.com or http://a.example.com/"),
		"URL_IN_SUBJECT(1.00)[a.example.com]"},
	{"an address", S("for ann@example.com"), ""},
	{"a name of a company", S("news from example.com"), ""},

	{"one in each form", ALT(A, TO(A)), ""},
	{"one in the plain text alone", ALT(A, "x"), ODD("1")},
	{"one in the HTML alone", ALT("x", TO(A)), ""},
	{"two and one", ALT(A B, TO(A)), ODD("3")},
	{"one and two", ALT(A, TO(A) TO(B)), ""},
	{"one and the same twice", ALT(A, TO(A) TO(A)), ODD("3")},
	{"others in each form", ALT(A, TO(B) TO(C)), ODD("1")},
	{"one in each form and a picture", ALT(A, TO(A) IMG("1")), ODD("3")},
	{"one in each form and two pictures", ALT(A, TO(A) IMG("1") IMG("2")), ""},
	{"a picture alone", ALT("x", IMG("1")), ODD("1")},
	{"an odd number in a single form", T(A B C), ""},
};

static void test_urls(void **state)
{
	(void)state;
	harness_check_table(&check_urls, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
