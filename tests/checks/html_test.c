#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_html;

#define HTML(body) "Content-Type: text/html; charset=utf-8\n\n<html><body>" body "</body></html>\n"
#define WORDS_10 "one two six ten one two six ten one two "
#define WORDS_50 WORDS_10 WORDS_10 WORDS_10 WORDS_10 WORDS_10
#define SHEET(attributes) HTML("<link " attributes ">" WORDS_50)
#define LINK(url, text) HTML("<a href=\"" url "\">" text "</a>")
#define IMAGE(width, height)                                                                       \
	"<img src=http://i.example.org/a.png width=" width " height=" height ">"
#define OWN(width, height) "<img src=cid:a width=" width " height=" height ">"
#define LINKED(image) "<a href=http://www.example.org/>" image "</a>"

static const struct harness_case cases[] = {
	{"plain text has no HTML", "\n<a href=http://192.0.2.1/>x</a>\n", ""},
	{"HTML with words", HTML(WORDS_50), ""},

	{"a style sheet from elsewhere", SHEET("rel=stylesheet href=https://css.example.org/a.css"),
		"EXT_CSS(1.00)[https://css.example.org/a.css]"},
	{"without a scheme", SHEET("rel=stylesheet href=//css.example.org/a.css"),
		"EXT_CSS(1.00)[//css.example.org/a.css]"},
	{"two of them count once",
		HTML("<link rel=stylesheet href=http://a.example/a.css>"
		     "<link rel=stylesheet href=http://b.example/b.css>" WORDS_50),
		"EXT_CSS(1.00)[http://a.example/a.css]"},
	{"web fonts do not count",
		HTML("<link rel=stylesheet href='https://fonts.googleapis.com/css?family=X'>"
		     "<link rel=stylesheet href='//FONTS.bunny.net/css'>" WORDS_50),
		""},
	{"a host that begins like one of them does",
		SHEET("rel=stylesheet href=https://fonts.googleapis.com.example/css"),
		"EXT_CSS(1.00)[https://fonts.googleapis.com.example/css]"},
	{"a style sheet of the message itself", SHEET("rel=stylesheet href=cid:css"), ""},
	{"a link that is no style sheet", SHEET("rel=icon href=http://css.example.org/a.png"), ""},

	{"https is shown and http meant",
		LINK("http://www.example.org/", "https://www.example.org"),
		"HTTP_TO_HTTPS(0.50)[https://www.example.org leads to http://www.example.org/]"},
	{"https is shown and meant", LINK("https://www.example.org/", "https://www.example.org"),
		""},
	{"http is shown and https meant",
		LINK("https://www.example.org/", "http://www.example.org"), ""},
	{"a name alone shows no scheme", LINK("http://www.example.org/", "www.example.org"), ""},
	{"https in a sentence is not shown as the address",
		LINK("http://www.example.org/", "see https://www.example.org"), ""},

	{"a link to a number", LINK("http://192.0.2.1/a", "x"),
		"HTTP_TO_IP(1.00)[http://192.0.2.1/a]"},
	{"a number in another notation", LINK("http://0xc0000201/", "x"),
		"HTTP_TO_IP(1.00)[http://192.0.2.1/]"},
	{"a number of the new kind", LINK("http://[2001:db8::1]/", "x"),
		"HTTP_TO_IP(1.00)[http://[2001:db8::1]/]"},
	{"two numbers count once",
		HTML("<a href=http://192.0.2.1/>x</a><a href=http://192.0.2.2/>y</a>"),
		"HTTP_TO_IP(1.00)[http://192.0.2.1/, http://192.0.2.2/]"},
	{"an image is no link", HTML("<img src=http://192.0.2.1/a.png>"), ""},
	{"a number in the text is no link", HTML("http://192.0.2.1/"), ""},

	{"a large image and no text", HTML(IMAGE("200", "200")),
		"R_EMPTY_IMAGE(2.00)[0 bytes of text, 200x200]"},
	{"an image that is not large", HTML(IMAGE("200", "199")), ""},
	{"little text", HTML(WORDS_10 "nine byte" IMAGE("300", "200")),
		"R_EMPTY_IMAGE(2.00)[49 bytes of text, 300x200]"},
	{"a little more", HTML(WORDS_10 "ten bytes!" IMAGE("300", "200")), ""},
	{"an image of no known size", HTML("<img src=http://i.example.org/a.png>"), ""},

	{"a linked image and no words", HTML(LINKED(IMAGE("90", "11"))),
		"R_SUSPICIOUS_IMAGES(5.00)[1 linked images, 0 words]"},
	{"a small one", HTML(LINKED(IMAGE("90", "10"))), ""},
	{"against ten words", HTML(WORDS_10 LINKED(IMAGE("2000", "1000"))),
		"R_SUSPICIOUS_IMAGES(2.50)[1 linked images, 10 words]"},
	{"as many words as images", HTML(WORDS_10 LINKED(IMAGE("500", "500"))), ""},
	{"images are added up", HTML(WORDS_10 LINKED(IMAGE("500", "500") IMAGE("1000", "1000"))),
		"R_SUSPICIOUS_IMAGES(2.50)[2 linked images, 10 words]"},
	{"the text in which it weighs most counts",
		"Content-Type: multipart/mixed; boundary=b\n\n"
		"--b\nContent-Type: text/html\n\n" WORDS_10 LINKED(
			IMAGE("2000", "1000")) "\n"
					       "--b\nContent-Type: text/html\n\n" LINKED(
						       IMAGE("200", "100")) "\n--b--\n",
		"R_SUSPICIOUS_IMAGES(5.00)[1 linked images, 0 words]"},
	{"what is attached is not looked at",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n"
		"--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n" LINKED(
			IMAGE("200", "100")) "\n--b--\n",
		""},

	{"an own image as a link", HTML(WORDS_50 LINKED(OWN("200", "10"))),
		"HTML_SHORT_LINK_IMG_1(2.00)[199 bytes of text, 200x10]"},
	{"a smaller one", HTML(WORDS_50 LINKED(OWN("200", "9"))), ""},
	{"one that is no link", HTML(WORDS_50 OWN("200", "10")), ""},
	{"one that is not its own", HTML(WORDS_50 LINKED(IMAGE("209", "1"))), ""},
};

static void html_is_looked_at(void **state)
{
	(void)state;
	harness_check_table(&check_html, cases, ARRAY_LEN(cases));
}

static void short_texts_are_of_three_kinds(void **state)
{
	static const struct {
		size_t bytes;
		const char *expected;
	} rows[] = {
		{1023, "HTML_SHORT_LINK_IMG_1(2.00)[1023 bytes of text, 210x10]"},
		{1024, "HTML_SHORT_LINK_IMG_2(1.00)[1024 bytes of text, 210x10]"},
		{1535, "HTML_SHORT_LINK_IMG_2(1.00)[1535 bytes of text, 210x10]"},
		{1536, "HTML_SHORT_LINK_IMG_3(0.50)[1536 bytes of text, 210x10]"},
		{2047, "HTML_SHORT_LINK_IMG_3(0.50)[2047 bytes of text, 210x10]"},
		{2048, ""},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span text = harness_repeat(a, "x ", rows[i].bytes / 2 + 1);
		struct span message = arena_printf(a,
			"Content-Type: text/html\n\n%.*s%s" LINKED(OWN("210", "10")) "\n",
			(int)(rows[i].bytes / 2 * 2), text.p, rows[i].bytes % 2 == 0 ? "" : "x");

		/* the blank before the image is seen only if something follows it */
		if (rows[i].bytes % 2 == 0)
			message = arena_printf(a,
				"Content-Type: text/html\n\n%.*sxx" LINKED(OWN("210", "10")) "\n",
				(int)rows[i].bytes - 2, text.p);
		harness_check_made(&check_html, "a short text", message, rows[i].expected);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_looked_at),
		cmocka_unit_test(short_texts_are_of_three_kinds),
	};

	return cmocka_run_group_tests_name("checks/html", tests, NULL, NULL);
}
