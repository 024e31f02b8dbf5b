#include "msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define FAIL(...) (print_message(__VA_ARGS__), fail())

struct test_case {
	const char *name;
	struct span message;
	const char *expected;
};

#define CASE(name_, message_, expected_)                                                           \
	{                                                                                          \
		(name_), SPAN_INIT(message_), (expected_)                                          \
	}

static struct msg *make(struct arena *a, struct span message)
{
	struct msg_envelope envelope = {0};

	return msg_make(a, &envelope, message);
}

static void check_table(const struct test_case *cases, size_t n,
	void (*print)(struct msg *m, struct buf *out))
{
	bool failed = false;

	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_make();
		struct msg *m = make(a, cases[i].message);
		struct buf out;

		buf_init(&out, a, 1 << 20);
		print(m, &out);
		if (!span_equal(buf_span(&out), span_of(cases[i].expected))) {
			print_message("%s:\n  is       %.*s\n  expected %s\n", cases[i].name,
				SPAN_ARG(buf_span(&out)), cases[i].expected);
			failed = true;
		}
		arena_free(a);
	}
	if (failed)
		fail();
}

/* ---- charsets ---- */

static void print_charsets(struct msg *m, struct buf *out)
{
	static const char *const bys[] = {"none", "label", "bom", "meta", "detected"};
	const struct msg_texts *texts = msg_texts(m);

	for (size_t i = 0; i < texts->n; i++) {
		const struct msg_text *text = &texts->v[i];

		buf_printf(out, "%s%.*s by %s", i > 0 ? " | " : "", SPAN_ARG(text->charset),
			bys[text->charset_by]);
		for (unsigned bit = 0; bit < MSG_CHARSET_DEFECT_COUNT; bit++)
			if ((text->charset_defects >> bit & 1) != 0)
				buf_printf(out, " %s", msg_charset_defect_name(bit));
		buf_printf(out, ": %.*s", SPAN_ARG(span_trim(text->source)));
	}
}

#define PLAIN(charset) "Content-Type: text/plain; charset=" charset "\n\n"
#define HTML(charset) "Content-Type: text/html; charset=" charset "\n\n"
#define META(charset) "<meta charset=" charset ">"

static const struct test_case charset_cases[] = {
	CASE("ASCII needs no charset", "Subject: x\n\nhello\n", " by none: hello"),
	CASE("UTF-8 that nobody named is read as it is", "Subject: x\n\ncaf\xc3\xa9\n",
		" by none charset-missing: caf\xc3\xa9"),
	CASE("the label counts", PLAIN("iso-8859-1") "caf\xe9\n",
		"windows-1252 by label: caf\xc3\xa9"),
	CASE("a byte order mark comes before the label",
		PLAIN("iso-8859-1") "\xef\xbb\xbf"
				    "caf\xc3\xa9\n",
		"utf-8 by bom charset-bom-differs: caf\xc3\xa9"),
	CASE("a mark that agrees with the label is no defect",
		PLAIN("utf-8") "\xef\xbb\xbf"
			       "caf\xc3\xa9\n",
		"utf-8 by bom: caf\xc3\xa9"),
	CASE("a mark tells the order of bytes that utf-16 does not",
		"Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n"
		"/v8AaABp\n",
		"utf-16be by bom: hi"),
	CASE("a label that nobody knows is told, and the bytes are looked at",
		PLAIN("x-no-such") "caf\xc3\xa9\n", " by none charset-unknown: caf\xc3\xa9"),
	CASE("8-bit bytes in us-ascii show that the label is wrong",
		PLAIN("us-ascii") "caf\xc3\xa9\n", " by none charset-label-wrong: caf\xc3\xa9"),
	CASE("a wrong label yields to what the HTML says",
		HTML("us-ascii") META("windows-1251") "\xcf\xf0\xe8\xe2\xe5\xf2\n",
		"windows-1251 by meta charset-label-wrong: " META("windows-1251") "\xd0\x9f\xd1"
										  "\x80\xd0\xb8"
										  "\xd0\xb2\xd0"
										  "\xb5\xd1"
										  "\x82"),
	CASE("HTML without a label is in the charset that it names",
		"Content-Type: text/html\n\n" META("koi8-r") "\xf0\xd2\xc9\xd7\xc5\xd4\n",
		"koi8-r by meta: " META(
			"koi8-r") "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"),
	CASE("the label comes before the HTML, which is told",
		HTML("windows-1251") META("utf-8") "\xcf\xf0\xe8\xe2\xe5\xf2\n",
		"windows-1251 by label charset-meta-differs: " META("utf-8") "\xd0\x9f\xd1\x80\xd0"
									     "\xb8\xd0\xb2\xd0\xb5"
									     "\xd1\x82"),
	CASE("in ASCII it does not matter what the HTML names",
		HTML("us-ascii") META("utf-8") "hi\n", "us-ascii by label: " META("utf-8") "hi"),
	CASE("plain text names no charset in itself",
		"Content-Type: text/plain\n\n" META("koi8-r") "caf\xc3\xa9\n",
		" by none charset-missing: " META("koi8-r") "caf\xc3\xa9"),
	CASE("a stray byte does not make a label wrong",
		PLAIN("utf-8") "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
			       "\xc3\xa9\xc3\xa9\xc3\xa9\xff\n",
		"utf-8 by label charset-damaged: \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9\xc3\xa9\xc3\xa9\xef\xbf\xbd"),
	CASE("a label stays while more bytes make characters than do not",
		PLAIN("utf-8") "Gr\xc3\xbc\xc3\x9f"
			       "e aus K\xc3\xb6"
			       "ln, D\xc3\xa4nke.\n\xff",
		"utf-8 by label charset-damaged: Gr\xc3\xbc\xc3\x9f"
		"e aus K\xc3\xb6"
		"ln, D\xc3\xa4nke.\n\xef\xbf\xbd"),
	CASE("surrogates in what is UTF-8 otherwise are damage",
		PLAIN("utf-8") "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 "
			       "\xed\xa0\xbd\xed\xb8\x80\n",
		"utf-8 by label charset-damaged: \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
	CASE("two-byte characters with one stray byte keep their label",
		PLAIN("gb2312") "\xc4\xe3\xba\xc3 \xff x\n",
		"gb18030 by label charset-damaged: \xe4\xbd\xa0\xe5\xa5\xbd \xef\xbf\xbd x"),
	CASE("UTF-8 under the label of another charset is shown by the label, and read",
		PLAIN("iso-8859-1") "\xc3\xa9 \xc3\xa9 \xc3\xa9\n",
		"windows-1252 by label charset-is-utf-8: \xc3\x83\xc2\xa9 \xc3\x83\xc2\xa9 \xc3\x83\xc2\xa9"
		" | utf-8 by label: \xc3\xa9 \xc3\xa9 \xc3\xa9"),
	CASE("a character or two may look like UTF-8 by chance",
		PLAIN("iso-8859-1") "\xc3\xa9 \xc3\xa9\n",
		"windows-1252 by label: \xc3\x83\xc2\xa9 \xc3\x83\xc2\xa9"),
};

static void test_charsets(void **state)
{
	(void)state;
	check_table(charset_cases, ARRAY_LEN(charset_cases), print_charsets);
}

/* ---- lines that were broken for transport ---- */

static void print_sources(struct msg *m, struct buf *out)
{
	const struct msg_texts *texts = msg_texts(m);

	for (size_t i = 0; i < texts->n; i++)
		buf_printf(out, "%s%.*s", i > 0 ? "|" : "", SPAN_ARG(texts->v[i].source));
}

#define FLOWED(more) "Content-Type: text/plain; format=flowed" more "\n\n"
#define CALENDAR "Content-Type: text/calendar; charset=utf-8\n\n"

static const struct test_case line_cases[] = {
	CASE("flowed lines are one", FLOWED("") "a paragraph \nof two\nand another\n",
		"a paragraph of two\nand another\n"),
	CASE("line ends of two bytes are as good", FLOWED("") "a \r\nb\r\nc\r\n", "a b\nc\n"),
	CASE("with delsp the blank goes", FLOWED("; delsp=yes") "https://example.o \nrg/x\n",
		"https://example.org/x\n"),
	CASE("case does not count", "Content-Type: TEXT/Plain; Format=Flowed; DelSp=YES\n\na \nb\n",
		"ab\n"),
	CASE("other plain texts stay", "Content-Type: text/plain; delsp=yes\n\na \nb\n", "a \nb\n"),
	CASE("HTML stays", "Content-Type: text/html; format=flowed\n\na \nb\n", "a \nb\n"),
	CASE("stuffing is undone once", FLOWED("") " From\n  two\n >x\n", "From\n two\n>x\n"),
	CASE("a quote is joined without the marks within", FLOWED("") "> a \n> b\n> c\n",
		"> a b\n> c\n"),
	CASE("a paragraph ends where the depth of quotes changes",
		FLOWED("") "> a \n>> b \nc \n> d\n", "> a \n>> b \nc \n> d\n"),
	CASE("marks without a blank stay so", FLOWED("") ">>a \n>>b\n", ">>a b\n"),
	CASE("a line before a signature is no flowed one, and neither is one that it ends",
		FLOWED("") "bye \n-- \nBob\n> -- \n> Al\n", "bye \n-- \nBob\n> -- \n> Al\n"),
	CASE("the last line may flow and may have no end", FLOWED("; delsp=yes") "a \nb ", "ab"),
	CASE("empty lines stay", FLOWED("") "a\n\n\nb \n\nc\n", "a\n\n\nb \nc\n"),
	CASE("nothing stays nothing", FLOWED(""), ""),
	CASE("folds of calendars are undone, also within a character",
		CALENDAR "URL:https://exam\r\n ple.org/\xc3\r\n \xa9\r\nX:1\n\t2\n",
		"URL:https://example.org/\xc3\xa9\nX:12\n"),
	CASE("escapes of calendars are undone",
		CALENDAR "DESCRIPTION:https://example.org\\n\\nJoin\\, please\\\\\n",
		"DESCRIPTION:https://example.org\n\nJoin, please\\\n"),
	CASE("a backslash at the end of a calendar stays", CALENDAR "a\\", "a\\"),
	CASE("cards are folded as well", "Content-Type: text/vcard\n\nFN:A\n  B\n", "FN:A B\n"),
	CASE("reports and pieces of messages are texts",
		"Content-Type: message/delivery-status\n\nStatus: 5.0.0\n", "Status: 5.0.0\n"),
	CASE("a message within is read by its parts",
		"Content-Type: message/rfc822\n\nSubject: x\n\nhi\n", "hi\n"),
};

static void test_lines_broken_for_transport_are_joined(void **state)
{
	(void)state;
	check_table(line_cases, ARRAY_LEN(line_cases), print_sources);
}

static void test_what_is_nested_too_deep_is_read_undivided(void **state)
{
	struct arena *a = arena_make();
	const struct msg_texts *texts;
	struct msg *m;
	struct buf message;

	(void)state;
	buf_init(&message, a, 1 << 20);
	for (size_t i = 0; i <= MIME_DEPTH_MOST; i++)
		buf_add(&message, SPAN("Content-Type: message/rfc822\n\n"));
	buf_add(&message, SPAN("Subject: x\n\nhttps://deep.example/\n"));
	m = make(a, buf_span(&message));
	texts = msg_texts(m);
	assert_int_equal(texts->n, 1);
	assert_int_equal(msg_cuts(m), MSG_CUT(DEPTH));
	assert_true(texts->v[0].is_attachment);
	assert_int_equal(msg_urls(m)->n, 1);
	assert_string_equal(arena_string(a, msg_urls(m)->v[0].url.host), "deep.example");
	arena_free(a);
}

static void test_a_text_of_another_charset_than_its_label_is_told_apart(void **state)
{
	/* Russian in windows-1251, labelled as UTF-8 */
	static const char message[] = "Content-Type: text/plain; charset=utf-8\n\n"
				      "\xc4\xee\xe1\xf0\xfb\xe9 \xe4\xe5\xed\xfc, \xe2\xe0\xf8 "
				      "\xe7\xe0\xea\xe0\xe7 \xe3\xee\xf2\xee\xe2 \xe8 "
				      "\xe6\xe4\xe5\xf2 \xe2\xe0\xf1 \xe2 "
				      "\xec\xe0\xe3\xe0\xe7\xe8\xed\xe5\n";
	struct arena *a = arena_make();
	const struct msg_texts *texts = msg_texts(make(a, span_of(message)));

	(void)state;
	assert_int_equal(texts->n, 1);
	assert_int_equal(texts->v[0].charset_by, MSG_CHARSET_DETECTED);
	assert_int_equal(texts->v[0].charset_defects, MSG_CHARSET_DEFECT(LABEL_WRONG));
	assert_true(span_is_utf8(texts->v[0].source));
	assert_true(span_starts(texts->v[0].source, SPAN("\xd0\x94\xd0\xbe\xd0\xb1")));
	arena_free(a);
}

/* ---- which parts are texts ---- */

static void print_texts(struct msg *m, struct buf *out)
{
	const struct msg_texts *texts = msg_texts(m);

	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];

		buf_printf(out, "%s%s%s%s:%.*s", i > 0 ? " | " : "",
			text->is_html ? "html" : "plain", text->is_attachment ? " attached" : "",
			text->reading != NULL ? " other" : "",
			SPAN_ARG(span_trim(msg_text_visible(m, text))));
	}
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\n\n"
#define PART "--b\n"
#define END "--b--\n"

static const struct test_case text_cases[] = {
	CASE("a message without a type is plain text", "Subject: x\n\n<b>hi</b>\n",
		"plain:<b>hi</b>"),
	CASE("HTML is read", HTML("utf-8") "<b>hi</b> there\n", "html:hi there"),
	CASE("HTML without tags is HTML", HTML("utf-8") "a&amp;b\n", "html:a&b"),
	CASE("both forms of a message in their order",
		ALTERNATIVE PART PLAIN("utf-8") "one\n" PART HTML("utf-8") "<p>two\n" END,
		"plain:one | html:two"),
	CASE("pictures are none", MIXED PART "\none\n" PART "Content-Type: image/png\n\nxx\n" END,
		"plain:one"),
	CASE("an attached text is one",
		MIXED PART "\none\n" PART "Content-Type: text/csv\n"
			   "Content-Disposition: attachment; filename=a.csv\n\n1,2\n" END,
		"plain:one | plain attached:1,2"),
	CASE("what a browser opens by its name is HTML, whatever its type",
		MIXED PART "Content-Type: application/octet-stream; name=\"Invoice.HTM\"\n\n"
			   "<i>pay</i>\n" END,
		"html attached:pay"),
	CASE("texts of a message inside are texts of the message",
		"Content-Type: message/rfc822\n\nSubject: in\n\ninner\n", "plain:inner"),
};

static void test_texts(void **state)
{
	(void)state;
	check_table(text_cases, ARRAY_LEN(text_cases), print_texts);
}

/* ---- URLs ---- */

static void print_urls(struct msg *m, struct buf *out)
{
	const struct msg_urls *urls = msg_urls(m);

	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		buf_printf(out, "%s%s %.*s", i > 0 ? " | " : "", msg_place_name(u->place),
			SPAN_ARG(u->url.href));
		if (u->count > 1)
			buf_printf(out, " x%u", u->count);
		if (u->is_embedded)
			buf_add_string(out, " embedded");
		if (u->displayed != NULL)
			buf_printf(out, " as %.*s%s", SPAN_ARG(u->displayed->host),
				msg_url_lies(u) ? " lies" : "");
		if (u->carrier != NULL)
			buf_printf(out, " in %.*s", SPAN_ARG(u->carrier->url.host));
	}
}

static const struct test_case url_cases[] = {
	CASE("nothing leads anywhere", "Subject: x\n\nhello example\n", ""),
	CASE("the subject and the text",
		"Subject: http://a.example.com/\n\nsee http://b.example.com/ and www.example.org\n",
		"subject http://a.example.com/ | text http://b.example.com/ | "
		"text http://www.example.org/"),
	CASE("the same URL is counted, not listed again",
		"Subject: x\n\nhttp://a.example.com/ http://a.example.com http://A.example.com/\n",
		"text http://a.example.com/ x3"),
	CASE("the same URL in another kind of place is another entry",
		ALTERNATIVE PART "\nhttp://a.example.com/\n" PART HTML(
			"utf-8") "<a href=http://a.example.com/>x</a>\n" END,
		"text http://a.example.com/ | html http://a.example.com/"),
	CASE("links, pictures and what is read of HTML",
		HTML("utf-8") "<a href='http://a.example.com/x'>go</a> "
			      "<img src='http://i.example.com/y.png'> www.example.org\n",
		"html http://a.example.com/x | html http://i.example.com/y.png embedded | "
		"html-text http://www.example.org/"),
	CASE("a picture does not hide a link to the same place",
		HTML("utf-8") "<img src='http://a.example.com/x'>"
			      "<a href='http://a.example.com/x'>go</a>\n",
		"html http://a.example.com/x embedded | html http://a.example.com/x"),
	CASE("a link that shows where it goes is there once",
		HTML("utf-8") "<a href='http://a.example.com/'>http://a.example.com/</a>\n",
		"html http://a.example.com/ as a.example.com"),
	CASE("a link that shows another domain lies",
		HTML("utf-8") "<a href='http://a.example.com/'>www.example.net</a>\n",
		"html http://a.example.com/ as www.example.net lies"),
	CASE("so does a button, and what a click runs",
		HTML("utf-8") "<button formaction='http://a.example.com/'>www.example.net</button>"
			      "<div onclick=\"go('http://b.example.com/')\">www.example.net</div>\n",
		"html http://a.example.com/ as www.example.net lies | "
		"html http://b.example.com/ as www.example.net lies"),
	CASE("what scripts name is in HTML",
		HTML("utf-8") "<script>location='http://a.exam'+'ple.com/'</script>\n",
		"html http://a.example.com/"),
	CASE("characters that nobody sees do not hide what is shown",
		HTML("utf-8") "<a href='http://a.example.com/'>www.exam&#8203;ple.net</a>\n",
		"html http://a.example.com/ as www.example.net lies"),
	CASE("nor do dots of other forms",
		HTML("utf-8") "<a href='http://a.example.com/'>https://example\xe3\x80\x82net/x</a> "
			      "<a href='http://b.example.com/'>example[dot]org</a>\n",
		"html http://a.example.com/ as example.net lies | "
		"html http://b.example.com/ as example.org lies"),
	CASE("two URLs are no place that a link seems to lead to",
		HTML("utf-8") "<a href='http://a.example.com/'>www.example.net www.example.org</a>\n",
		"html http://a.example.com/ | html-text http://www.example.net/ | "
		"html-text http://www.example.org/"),
	CASE("the text of a link within the cell of another is no place of its own",
		HTML("utf-8") "<a href='http://a.example.com/'>A<table><tr><td>"
			      "<a href='http://www.example.net/'>go www.example.net</a>"
			      "</table>B</a> www.example.org\n",
		"html http://a.example.com/ | html http://www.example.net/ | "
		"html-text http://www.example.org/"),
	CASE("arrows and brackets around it are nothing",
		HTML("utf-8") "<a href='http://a.example.com/'>\xe2\x86\x92 (www.example.net)</a>\n",
		"html http://a.example.com/ as www.example.net lies"),
	CASE("words beside a URL are not where a link seems to lead",
		HTML("utf-8") "<a href='http://a.example.com/'>ask at www.example.net today</a>\n",
		"html http://a.example.com/ | html-text http://www.example.net/"),
	CASE("a link that lies is not lost to an honest one of the same address",
		HTML("utf-8") "<a href='http://a.example.com/'>go</a> "
			      "<a href='http://a.example.com/'>www.example.net</a> "
			      "<a href='http://a.example.com/'>a.example.com</a>\n",
		"html http://a.example.com/ x3 as www.example.net lies"),
	CASE("a link without scheme leads to its host",
		HTML("utf-8") "<a href='//a.example.com/x'>1</a><a href='\\\\b.example.com'>2</a>"
			      "<a href='www.example.org/y'>3</a>\n",
		"html https://a.example.com/x | html https://b.example.com/ | "
		"html http://www.example.org/y"),
	CASE("relative links lead nowhere without a base",
		HTML("utf-8") "<a href='/x'>1</a><a href='#y'>2</a><a href='z.html'>3</a>\n", ""),
	CASE("relative links lead to the base",
		HTML("utf-8") "<base href='http://a.example.com/d/'><a href='x'>1</a>\n",
		"html http://a.example.com/d/x"),
	CASE("what holds its content, names a part or runs is no place",
		HTML("utf-8") "<img src='cid:1@example.org'><img src='data:image/png;base64,AA'>"
			      "<a href='javascript:go()'>1</a><a href='tel:1'>2</a>"
			      "<a href='mailto:x@example.org'>3</a>\n",
		""),
	CASE("files are places", HTML("utf-8") "<a href='file:///etc/x'>1</a>\n",
		"html file:///etc/x"),
	CASE("what nobody sees", HTML("utf-8") "<p hidden>http://a.example.com/</p>\n",
		"hidden http://a.example.com/"),
	CASE("fields of lists are apart",
		"List-Unsubscribe: <http://l.example.com/u>, <mailto:u@example.com>\n\nhi\n",
		"header http://l.example.com/u"),
	CASE("attached texts and documents",
		MIXED PART "\nhi\n" PART
			   "Content-Disposition: attachment\n\nhttp://a.example.com/\n" PART
			   "Content-Type: text/html\nContent-Disposition: attachment\n\n"
			   "<a href=http://b.example.com/>www.example.net</a>\n" END,
		"attachment http://a.example.com/ | "
		"attachment http://b.example.com/ as www.example.net lies"),
	CASE("what a URL carries",
		"Subject: x\n\nhttps://go.example.com/?u=https%3A%2F%2Fb.example.net%2Fx\n",
		"text https://go.example.com/?u=https%3A%2F%2Fb.example.net%2Fx | "
		"query https://b.example.net/x in go.example.com"),
	CASE("what a URL carries that a URL carries",
		"Subject: x\n\nhttps://go.example.com/?u=https%3A%2F%2Fb.example.net%2F%3Fv%3D"
		"https%253A%252F%252Fc.example.org%252F\n",
		"text https://go.example.com/?u=https%3A%2F%2Fb.example.net%2F%3Fv%3D"
		"https%253A%252F%252Fc.example.org%252F | "
		"query https://b.example.net/?v=https%3A%2F%2Fc.example.org%2F in go.example.com | "
		"query https://c.example.org/ x2 in go.example.com"),
};

static void test_urls(void **state)
{
	(void)state;
	check_table(url_cases, ARRAY_LEN(url_cases), print_urls);
}

static void print_mentions(struct msg *m, struct buf *out)
{
	const struct msg_mentions *mentions = msg_mentions(m);

	for (size_t i = 0; i < mentions->n; i++) {
		const struct msg_mention *mention = &mentions->v[i];

		buf_printf(out, "%s%s %.*s at %.*s", i > 0 ? " | " : "",
			msg_place_name(mention->place), SPAN_ARG(mention->address),
			SPAN_ARG(mention->domain));
	}
}

static const struct test_case mention_cases[] = {
	CASE("nobody is named", "From: a@example.org\nReply-To: b@example.org\n\nhi\n", ""),
	CASE("an address in the text, its domain in lower case",
		"Subject: x\n\nwrite to Ann.B@Example.ORG now\n",
		"text Ann.B@example.org at example.org"),
	CASE("each once", "Subject: x\n\na@example.org a@EXAMPLE.org b@example.org\n",
		"text a@example.org at example.org | text b@example.org at example.org"),
	CASE("mailto:, several in one",
		HTML("utf-8") "<a href='mailto:a@example.org,b@example.net"
			      "?subject=x'>write</a>\n",
		"html a@example.org at example.org | html b@example.net at example.net"),
	CASE("those of lists are not of the content", "List-Post: <mailto:l@example.org>\n\nhi\n",
		""),
};

static void test_mentions(void **state)
{
	(void)state;
	check_table(mention_cases, ARRAY_LEN(mention_cases), print_mentions);
}

/* ---- bounds ---- */

/* Reads all of it, and fails when that took more than `factor` times its size and a fixed part. */
static void check_bounds(const char *name, struct arena *a, struct span message, size_t factor)
{
	struct arena *own = arena_make();
	struct msg *m = make(own, message);
	const struct msg_texts *texts = msg_texts(m);
	const struct msg_urls *urls;
	size_t before, bytes = message.n;

	(void)a;
	for (size_t i = 0; i < texts->n; i++) {
		(void)msg_text_visible(m, &texts->v[i]);
		bytes += texts->v[i].source.n;
	}
	before = arena_used(own);
	urls = msg_urls(m);
	before = arena_used(own) - before;
	if (MSG_URLS_MEMORY_MOST(bytes) < before)
		FAIL("%s: %zu bytes for the URLs of %zu\n", name, before, bytes);
	assert_true(urls->n <= MSG_URLS_MOST);
	assert_true(msg_texts(m)->n <= MSG_TEXTS_MOST);
	assert_true(msg_mentions(m)->n <= 1000);
	if (arena_peak(own) > factor * message.n + ((size_t)16 << 20))
		FAIL("%s: %zu bytes of memory for %zu\n", name, arena_peak(own), message.n);
	arena_free(own);
}

static struct span repeat(struct arena *a, const char *head, const char *format, size_t n)
{
	struct buf out;

	buf_init(&out, a, 16 << 20);
	buf_add_string(&out, head);
	for (size_t i = 0; i < n; i++) {
		for (const char *p = format; *p != '\0'; p++) {
			if (*p == '#')
				buf_printf(&out, "%zu", i);
			else
				buf_add_byte(&out, *p);
		}
	}
	return buf_span(&out);
}

static void test_memory_is_bounded(void **state)
{
	static const struct {
		const char *name, *head, *piece;
		size_t n;
		size_t factor;
	} cases[] = {
		{"links", HTML("utf-8"), "<a href=http://a#.example.com/>www.b#.example</a>\n",
			25000, 48},
		{"pictures", HTML("utf-8"), "<img src=//a#.example>", 50000, 48},
		{"URLs in text", "Subject: x\n\n", "http://a#.example.com/ ", 20000, 48},
		{"addresses", "Subject: x\n\n", "a#@example.com ", 50000, 48},
		{"hidden pieces", HTML("utf-8"), "<b hidden>www.a#.example.com</b>x", 20000, 48},
		{"text parts", MIXED, PART "\nwww.a#.example.com\n", 2500, 64},
		{"URLs within URLs", "Subject: x\n\nhttp://a.example.com/?",
			"u#=http://b#.example.com/&", 2000, 256},
		{"the same within itself", "Subject: x\n\n", "http://a.example.com/?u=", 2500, 256},
		{"large URLs within URLs", "Subject: x\n\n",
			"http://a#.example.com/?u=http://b.example/?u=http://c.example/?u=http://"
			"d.example/?u=http://e.example/?u=http://f.example/?u=http://g.example/"
			"?u=http://h.example/?u=http://i.example/?u=http://j.example/\n",
			10000, 64},
		{"links in links", HTML("utf-8"),
			"<a href=//a#.example>www.b#.example<table><tr><td>", 10000, 128},
		{"fields", "", "List-Unsubscribe: <http://a#.example.com/>\n", 4000, 64},
	};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_bounds(cases[i].name, a, repeat(a, cases[i].head, cases[i].piece, cases[i].n),
			cases[i].factor);
	arena_free(a);
}

static void test_what_is_left_out_is_told(void **state)
{
	struct arena *a = arena_make();
	struct msg *urls = make(a, repeat(a, "Subject: x\n\n", "http://a#.example.com/ ", 5001));
	struct msg *most = make(a, repeat(a, "Subject: x\n\n", "http://a#.example.com/ ", 5000));
	struct msg *texts = make(a, repeat(a, MIXED, PART "\nx\n", MSG_TEXTS_MOST + 1));
	struct msg *fit = make(a, repeat(a, MIXED, PART "\nx\n", MSG_TEXTS_MOST));

	(void)state;
	assert_true(msg_urls(urls)->is_cut);
	assert_int_equal(msg_urls(urls)->n, MSG_OTHER_URLS_MOST);
	assert_false(msg_urls(most)->is_cut);
	assert_int_equal(msg_urls(most)->n, MSG_OTHER_URLS_MOST);
	assert_int_equal(msg_cuts(texts), MSG_CUT(TEXTS));
	assert_int_equal(msg_texts(texts)->n, MSG_TEXTS_MOST);
	assert_int_equal(msg_cuts(fit), 0);
	arena_free(a);
}

static const struct msg_url *find_url(struct msg *m, const char *href)
{
	const struct msg_urls *urls = msg_urls(m);

	for (size_t i = 0; i < urls->n; i++)
		if (span_equal(urls->v[i].url.href, span_of(href)))
			return &urls->v[i];
	return NULL;
}

static void test_many_urls_do_not_hide_a_link(void **state)
{
	struct arena *a = arena_make();
	struct span plain =
		repeat(a, ALTERNATIVE PART PLAIN("utf-8"), "http://a#.example.com/ ", 12000);
	struct span pictures = repeat(a, "", "<img src=//a#.example>", 6000);
	struct span link = SPAN("\n" PART HTML(
		"utf-8") "<a href='http://b.example.com/?u=http%3A%2F%2Fc.example.org'>www.example.net</a>");
	struct msg *m = make(a,
		arena_printf(a, "%.*s%.*s%.*s\n" END, SPAN_ARG(plain), SPAN_ARG(link),
			SPAN_ARG(pictures)));
	const struct msg_url *found =
		find_url(m, "http://b.example.com/?u=http%3A%2F%2Fc.example.org");

	(void)state;
	assert_non_null(found);
	assert_true(msg_url_lies(found));
	assert_non_null(find_url(m, "http://c.example.org/"));
	assert_true(msg_urls(m)->is_cut);
	assert_int_equal(msg_urls(m)->n, MSG_OTHER_URLS_MOST + 2);
	arena_free(a);
}

static void test_links_are_cut_at_the_most(void **state)
{
	static const char *const pieces[] = {"<a href=//a#.example>x</a>",
		"<a href=//b#.example>x</a>", "<a href=//c#.example>x</a>"};
	struct arena *a = arena_make();

	(void)state;
	for (size_t n = 2; n <= ARRAY_LEN(pieces); n++) {
		struct buf text;
		struct msg *m;

		buf_init(&text, a, 1 << 20);
		buf_add_string(&text, MIXED);
		for (size_t i = 0; i < n; i++)
			buf_add(&text, repeat(a, "\n" PART HTML("utf-8"), pieces[i], 4000));
		m = make(a, buf_span(&text));
		assert_int_equal(msg_urls(m)->n, n == 2 ? 8000 : MSG_URLS_MOST);
		assert_int_equal(msg_urls(m)->is_cut, n != 2);
	}
	arena_free(a);
}

/* Each URL within URLs is looked at for others, three times over, and each look sees three. */
static void test_urls_are_followed_into_urls_so_deep(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = make(a, repeat(a, "Subject: x\n\n", "http://a#.example.com/?u=", 20));

	(void)state;
	assert_int_equal(msg_urls(m)->n, 10);
	arena_free(a);
}

static void test_so_many_bytes_are_searched_for_urls_within(void **state)
{
	static const size_t counts[] = {60, 80};
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct buf text;
		struct msg *m;

		buf_init(&text, a, 8 << 20);
		buf_add_string(&text, "Subject: x\n\n");
		for (size_t k = 0; k < counts[i]; k++)
			buf_printf(&text, "http://a%zu.example.com/%060000d\n", k, 0);
		buf_add_string(&text, "\nhttp://go.example.com/?u=http://b.example.org/\n");
		m = make(a, buf_span(&text));
		assert_non_null(find_url(m, "http://go.example.com/?u=http://b.example.org/"));
		assert_int_equal(find_url(m, "http://b.example.org/") != NULL, i == 0);
		assert_int_equal(msg_urls(m)->is_cut, i == 1);
	}
	arena_free(a);
}

static void test_facts_are_made_once(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = make(a, SPAN("Subject: x\n\nsee www.example.org\n"));
	struct msg_text *text = &msg_texts(m)->v[0];

	(void)state;
	assert_ptr_equal(msg_texts(m), msg_texts(m));
	assert_ptr_equal(msg_urls(m), msg_urls(m));
	assert_ptr_equal(msg_text_words(m, text), msg_text_words(m, text));
	assert_ptr_equal(msg_text_scripts(m, text), msg_text_scripts(m, text));
	assert_ptr_equal(msg_text_folded(m, text), msg_text_folded(m, text));
	assert_ptr_equal(msg_text_skeleton(m, text), msg_text_skeleton(m, text));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_lines_broken_for_transport_are_joined),
		cmocka_unit_test(test_what_is_nested_too_deep_is_read_undivided),
		cmocka_unit_test(test_a_text_of_another_charset_than_its_label_is_told_apart),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_mentions),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_what_is_left_out_is_told),
		cmocka_unit_test(test_many_urls_do_not_hide_a_link),
		cmocka_unit_test(test_links_are_cut_at_the_most),
		cmocka_unit_test(test_urls_are_followed_into_urls_so_deep),
		cmocka_unit_test(test_so_many_bytes_are_searched_for_urls_within),
		cmocka_unit_test(test_facts_are_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
