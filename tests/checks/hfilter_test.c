#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_hfilter;

#define M "From: x@example.net\n\nhi\n"
#define GOOD "mail.example.net"
#define CLIENT(helo_, hostname_) .address = "192.0.2.25", .helo = (helo_), .hostname = (hostname_)
#define HELO(helo_) CLIENT(helo_, GOOD)
#define BADIP(text) "HFILTER_HELO_BADIP(4.50)[" text "]"
#define BAREIP(text) "HFILTER_HELO_BAREIP(3.00)[" text "]"
#define NOT_FQDN(text) "HFILTER_HELO_NOT_FQDN(2.00)[" text "]"
#define FROMHOST(text) "HFILTER_FROMHOST_NOT_FQDN(3.00)[" text "]"
#define OFF(part) .settings = "hfilter { " part "_enabled = false }"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define U "http://a.example.com/" X50 X50
#define TEXT(body) "From: x@example.net\n\n" body
#define DOCUMENT(body) "From: x@example.net\nContent-Type: text/html\n\n" body
#define ONLY(points, share) "HFILTER_URL_ONLY(" points ")[" share "]"
#define ONELINE(evidence) " HFILTER_URL_ONELINE(2.50)[" evidence "]"

static const struct harness_case url_cases[] = {
	{"no URL", TEXT("hello"), ""},
	{"nothing but a URL", TEXT(U), ONLY("2.20", "1.00")},
	{"a word beside a long URL", TEXT("hi " U), ONLY("1.93", "0.88")},
	{"just over four fifths", TEXT("12345678901234567890123456789 " U), ONLY("0.01", "0.01")},
	{"just under four fifths", TEXT("123456789012345678901234567890 " U), ""},
	{"the end of the line is text, too", TEXT(U "\r\n"), ONLY("2.02", "0.92")},
	{"a line of greeting and a URL", TEXT("hi\r\n" U),
		ONLY("1.85", "0.84") ONELINE("plain:0:1")},
	{"empty lines are no lines", TEXT("hi\r\n\r\n" U),
		ONLY("1.68", "0.76") ONELINE("plain:0:1")},
	{"three lines", TEXT("a\nb\n" U), ONLY("1.85", "0.84")},
	{"two URLs", TEXT(U "\n" U), ONLY("2.15", "0.98") ONELINE("plain:0:1")},
	{"a URL in HTML", DOCUMENT(U), ONLY("2.20", "1.00")},
	{"a link that shows where it goes", DOCUMENT("<a href='" U "'>" U "</a>"),
		ONLY("2.20", "1.00")},
	{"a link that shows a host", DOCUMENT("<a href='" U "'>www.example.com</a>"),
		ONLY("2.20", "1.00")},
	{"a link that shows words", DOCUMENT("<a href='" U "'>y</a>"), ""},
	{"a link and a paragraph", DOCUMENT("<a href='" U "'>" U "</a><p>foo</p>"),
		ONLY("1.85", "0.84") ONELINE("html:1:1")},
	{"the HTML counts where there is one",
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n\n" U
		"\n--b\nContent-Type: text/html\n\nmany words\n--b--\n",
		""},
	{"an attached text does not", "Content-Disposition: attachment\n\n" U, ""},
	{"switched off", TEXT(U), "", .settings = "hfilter { url_enabled = false }"},
};

static void test_urls_alone(void **state)
{
	(void)state;
	harness_check_table(&check_hfilter, url_cases, ARRAY_LEN(url_cases));
}

static const struct harness_case cases[] = {
	{"names of a server of mail", M, "", HELO(GOOD)},
	{"nothing is known", M, ""},
	{"a dot at the end", M, "", HELO("mail.example.net.")},

	{"an address as name", M, BAREIP("8.8.8.8"), HELO("8.8.8.8")},
	{"an address in brackets", M, BAREIP("8.8.8.8"), HELO("[8.8.8.8]")},
	{"half a bracket", M, BAREIP("8.8.8.8"), HELO("[8.8.8.8")},
	{"an address of six", M, BAREIP("2a01:4f8::1"), HELO("2a01:4f8::1")},
	{"an address of six as RFC 5321 has it", M, BAREIP("IPv6:2a01:4f8::1"),
		HELO("[IPv6:2a01:4f8::1]")},
	{"numbers that are too large for an address", M, BAREIP("256.1.1.1"), HELO("256.1.1.1")},
	{"the machine itself", M, BADIP("127.0.0.1"), HELO("[127.0.0.1]")},
	{"a private network", M, BADIP("192.168.1.10"), HELO("192.168.1.10")},
	{"the last private network of its kind", M, BADIP("172.31.255.255"),
		HELO("172.31.255.255")},
	{"the first that is not", M, BAREIP("172.32.0.0"), HELO("172.32.0.0")},
	{"shared addresses", M, BADIP("100.127.0.1"), HELO("100.127.0.1")},
	{"addresses of documents", M, BADIP("198.51.100.1"), HELO("198.51.100.1")},
	{"no single host", M, BADIP("255.255.255.255"), HELO("255.255.255.255")},
	{"the machine itself in six", M, BADIP("::1"), HELO("::1")},
	{"a private network in six", M, BADIP("IPv6:fd00::1"), HELO("[IPv6:fd00::1]")},
	{"an address of four within six", M, BADIP("::ffff:10.0.0.1"), HELO("::ffff:10.0.0.1")},

	{"one word", M, "HFILTER_HELO_5(3.00)[WIN-7F8G9H0J1K2]", HELO("WIN-7F8G9H0J1K2")},
	{"the usual word", M, "HFILTER_HELO_5(3.00)[localhost]", HELO("localhost")},
	{"one word and a dot", M, NOT_FQDN("foo."), HELO("foo.")},
	{"an underscore", M, NOT_FQDN("mail_1.example.net"), HELO("mail_1.example.net")},
	{"a port", M, NOT_FQDN("mail.example.net:25"), HELO("mail.example.net:25")},
	{"three numbers", M, NOT_FQDN("1.2.3"), HELO("1.2.3")},
	{"an empty name was said", M, "", HELO("")},

	{"class 1 in HELO", M, "HFILTER_HELO_1(0.50)[a.user.example.org]",
		HELO("a.user.example.org")},
	{"class 2 in HELO", M, "HFILTER_HELO_2(1.00)[host-1.example.org]",
		HELO("host-1.example.org")},
	{"class 3 in HELO", M, "HFILTER_HELO_3(2.00)[a.cable.example.org]",
		HELO("a.cable.example.org")},
	{"class 4 in HELO", M, "HFILTER_HELO_4(2.50)[dsl-1.example.org]",
		HELO("dsl-1.example.org")},
	{"class 5 in HELO", M, "HFILTER_HELO_5(3.00)[a.dynamic.example.org]",
		HELO("a.dynamic.example.org")},
	{"a class and no full name", M, "HFILTER_HELO_4(2.50)[dsl-1.example_.org]",
		HELO("dsl-1.example_.org")},
	{"class 1 in the name", M, "HFILTER_HOSTNAME_1(0.50)[a.user.example.org]",
		CLIENT(GOOD, "a.user.example.org")},
	{"class 2 in the name", M, "HFILTER_HOSTNAME_2(1.00)[host-1.example.org]",
		CLIENT(GOOD, "host-1.example.org")},
	{"class 3 in the name", M, "HFILTER_HOSTNAME_3(2.00)[a.cable.example.org]",
		CLIENT(GOOD, "a.cable.example.org")},
	{"class 4 in the name", M, "HFILTER_HOSTNAME_4(2.50)[dsl-1.example.org]",
		CLIENT(GOOD, "dsl-1.example.org")},
	{"class 5 in the name", M, "HFILTER_HOSTNAME_5(3.00)[a.dynamic.example.org]",
		CLIENT(GOOD, "a.dynamic.example.org")},
	{"one word as verified name is of our own making", M, "", CLIENT(GOOD, "gateway")},
	{"the same in both counts once", M, "HFILTER_HELO_4(2.50)[dsl-1.example.org]",
		CLIENT("dsl-1.example.org", "dsl-1.example.org")},
	{"the worse HELO counts", M, "HFILTER_HELO_5(3.00)[foo]",
		CLIENT("foo", "dsl-1.example.org")},
	{"the worse name counts", M, "HFILTER_HOSTNAME_4(2.50)[dsl-1.example.org]",
		CLIENT("host-1.example.org", "dsl-1.example.org")},
	{"an address beside a name", M,
		BAREIP("8.8.8.8") " HFILTER_HOSTNAME_4(2.50)[dsl-1.example.org]",
		CLIENT("8.8.8.8", "dsl-1.example.org")},
	{"no full name beside a name", M,
		NOT_FQDN("a_b.c.org") " HFILTER_HOSTNAME_4(2.50)[dsl-1.example.org]",
		CLIENT("a_b.c.org", "dsl-1.example.org")},

	{"no name holds", M, "HFILTER_HOSTNAME_UNKNOWN(2.50)", CLIENT(GOOD, "unknown")},
	{"nobody has told the name", M, "", CLIENT(GOOD, NULL)},
	{"a milter knows when there is none", M, "HFILTER_HOSTNAME_UNKNOWN(2.50)",
		CLIENT(GOOD, NULL), .over_network = true},
	{"HELO is judged beside it", M, "HFILTER_HELO_5(3.00)[foo] HFILTER_HOSTNAME_UNKNOWN(2.50)",
		CLIENT("foo", "unknown")},

	{"a sender with a domain", M, "", .from = "a@example.org"},
	{"a domain of one word", M, FROMHOST("localhost"), .from = "root@localhost"},
	{"an address for a domain", M, FROMHOST("[8.8.8.8]"), .from = "a@[8.8.8.8]"},
	{"an address without brackets", M, FROMHOST("8.8.8.8"), .from = "a@8.8.8.8"},
	{"an underscore in a domain", M, FROMHOST("foo_bar.com"), .from = "a@foo_bar.com"},
	{"a top-level domain of one letter", M, FROMHOST("example.c"), .from = "a@example.c"},
	{"a top-level domain of a language", M, "", .from = "a@xn--80akhbyknj4f.xn--p1ai"},
	{"in its own letters", M, "", .from = "a@\xd0\xb0.\xd1\x80\xd1\x84"},
	{"a sender without a domain", M, "", .from = "foo"},
	{"the null sender", M, "HFILTER_FROM_BOUNCE(0.00)[" GOOD "]", HELO(GOOD), .from = ""},
	{"the null sender without HELO", M, "HFILTER_FROM_BOUNCE(0.00)", .from = ""},

	{"a notice to one", M, "HFILTER_FROM_BOUNCE(0.00)", .from = "", .rcpts = "a@x.org"},
	{"a notice to two", M, "HFILTER_FROM_BOUNCE(0.00) HFILTER_RCPT_BOUNCEMOREONE(1.50)[2]",
		.from = "", .rcpts = "a@x.org b@x.org"},
	{"the postmaster to two", M, "HFILTER_RCPT_BOUNCEMOREONE(1.50)[2]",
		.from = "Postmaster@example.org", .rcpts = "a@x.org b@x.org"},
	{"root to two", M, "", .from = "root@example.org", .rcpts = "a@x.org b@x.org"},
	{"an unknown sender to two", M, "", .rcpts = "a@x.org b@x.org"},

	{"our own network may be called anything", M, "", .address = "10.1.1.1", .helo = "pc",
		.hostname = "unknown", .from = "root@localhost"},
	{"who has authenticated, too", M, "", CLIENT("pc", "unknown"), .user = "a",
		.from = "root@localhost"},

	{"our own network, when it is wanted", M, "HFILTER_HELO_5(3.00)[pc]", .address = "10.1.1.1",
		.helo = "pc", .settings = "hfilter { check_local = true }"},
	{"HELO switched off", M, "HFILTER_HOSTNAME_UNKNOWN(2.50)", CLIENT("pc", "unknown"),
		OFF("helo")},
	{"names switched off", M, "HFILTER_HELO_5(3.00)[pc]", CLIENT("pc", "unknown"),
		OFF("hostname")},
	{"senders switched off", M, "", .from = "root@localhost", OFF("from")},
	{"recipients switched off", M, "HFILTER_FROM_BOUNCE(0.00)", .from = "",
		.rcpts = "a@x.org b@x.org", OFF("rcpt")},
};

/* What is judged without the name servers: every name leads where it should. */
static const char names[] = "a.cable.example.org A 192.0.2.25\n"
			    "a.dynamic.example.org A 192.0.2.25\n"
			    "a.user.example.org A 192.0.2.25\n"
			    "dsl-1.example.org A 192.0.2.25\n"
			    "example.org A 192.0.2.25\n"
			    "foo A 192.0.2.25\n"
			    "host-1.example.org A 192.0.2.25\n"
			    "mail.example.net A 192.0.2.25\n"
			    "xn--80akhbyknj4f.xn--p1ai A 192.0.2.25\n"
			    "xn--80a.xn--p1ai A 192.0.2.25\n";

static void names_are_judged(void **state)
{
	static struct harness_case known[ARRAY_LEN(cases)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		known[i] = cases[i];
		known[i].zone = names;
	}
	harness_check_table(&check_hfilter, known, ARRAY_LEN(known));
}

#define IP_A(name) "HFILTER_HELO_IP_A(1.00)[" name "]"
#define HELO_NOWHERE(name) "HFILTER_HELO_NORES_A_OR_MX(0.30)[" name "]"
#define FROM_NOWHERE(text) "HFILTER_FROMHOST_NORES_A_OR_MX(1.50)[" text "]"
#define SENDER(domain) HELO(GOOD), .from = "mira@" domain, .zone = zone
#define GREETS(name) .address = "192.0.2.25", .hostname = GOOD, .helo = (name), .zone = zone
#define GREETS6(name) .address = "2001:db8::25", .hostname = GOOD, .helo = (name), .zone = zone

static const char zone[] = "own.example A 192.0.2.25\n"
			   "two.example A 198.51.100.1\n"
			   "two.example A 192.0.2.25\n"
			   "two.example AAAA 2001:db8::25\n"
			   "four.example A 198.51.100.1\n"
			   "six.example AAAA 2001:db8::26\n"
			   "mail.example MX 10 own.example\n"
			   "mail.example MX 20 gone.example\n"
			   "dead.example MX 10 gone.example\n"
			   "dead.example MX 20 lost.example\n"
			   "host.example A 198.51.100.1\n"
			   "host.example MX 10 gone.example\n"
			   "five.example MX 1 a.gone.example\n"
			   "five.example MX 2 b.gone.example\n"
			   "five.example MX 3 c.gone.example\n"
			   "five.example MX 4 d.gone.example\n"
			   "five.example MX 5 e.gone.example\n"
			   "many.example MX 1 a.gone.example\n"
			   "many.example MX 2 b.gone.example\n"
			   "many.example MX 3 c.gone.example\n"
			   "many.example MX 4 d.gone.example\n"
			   "many.example MX 5 e.gone.example\n"
			   "many.example MX 6 f.gone.example\n"
			   "null.example MX 0 .\n"
			   "null.example A 192.0.2.25\n"
			   "literal.example MX 0 192.0.2.25\n"
			   "text.example TXT \"no mail here\"\n"
			   "slow.example TIMEOUT\n"
			   "wavering.example MX 10 slow.example\n"
			   "steady.example MX 10 slow.example\n"
			   "steady.example MX 20 own.example\n"
			   "xn--pfel-koa.example A 192.0.2.25\n";

static const struct harness_case asked[] = {
	{"HELO leads to the client", M, "", GREETS("own.example")},
	{"HELO leads to several addresses", M, "", GREETS("two.example")},
	{"HELO leads to the client in six", M, "", GREETS6("two.example")},
	{"HELO leads elsewhere", M, "", GREETS("four.example")},
	{"HELO leads elsewhere in six", M, "", GREETS6("six.example")},
	{"HELO has addresses of the other kind alone", M, "", GREETS6("four.example")},
	{"and the other way round", M, "", GREETS("six.example")},
	{"HELO is nowhere", M, IP_A("no.example") " " HELO_NOWHERE("no.example"),
		GREETS("no.example")},
	{"HELO has other records alone", M, IP_A("text.example") " " HELO_NOWHERE("text.example"),
		GREETS("text.example")},
	{"HELO has servers for its mail alone", M, IP_A("mail.example"), GREETS("mail.example")},
	{"these are dead", M, IP_A("dead.example") " HFILTER_HELO_NORESOLVE_MX(0.20)[gone.example]",
		GREETS("dead.example")},
	{"a HELO that takes no mail is a good one", M, "", GREETS("null.example")},
	{"HELO is verified", M, "", GREETS(GOOD)},
	{"HELO is verified, in another form", M, "", GREETS("MAIL.example.net.")},
	{"HELO without a client", M, "", .helo = "own.example", .zone = zone},
	{"HELO is an address", M, BAREIP("8.8.8.8"), GREETS("[8.8.8.8]")},
	{"HELO that nobody answers for", M, "?hfilter: dns MX slow.example: timeout",
		GREETS("slow.example")},
	{"HELO switched off", M, "", GREETS("no.example"), OFF("helo")},
	{"our own network greets as it likes", M, "", .address = "10.1.1.1", .hostname = GOOD,
		.helo = "no.example", .zone = zone},

	{"a sender's domain with an address", M, "", SENDER("four.example")},
	{"with a server for its mail", M, "", SENDER("mail.example")},
	{"with an address and a dead server", M, "", SENDER("host.example")},
	{"with dead servers", M, "HFILTER_FROMHOST_NORESOLVE_MX(0.50)[gone.example]",
		SENDER("dead.example")},
	{"with an address for a server", M, "HFILTER_FROMHOST_NORESOLVE_MX(0.50)[192.0.2.25]",
		SENDER("literal.example")},
	{"as many dead servers as are looked up", M,
		"HFILTER_FROMHOST_NORESOLVE_MX(0.50)[a.gone.example]", SENDER("five.example")},
	{"one more is believed in", M, "", SENDER("many.example")},
	{"nowhere", M, FROM_NOWHERE("no.example"), SENDER("no.example")},
	{"with other records alone", M, FROM_NOWHERE("text.example"), SENDER("text.example")},
	{"that takes no mail", M, FROM_NOWHERE("null.example: null MX"), SENDER("null.example")},
	{"in its own letters", M, "", SENDER("\xc3\xa4pfel.example")},
	{"that nobody answers for", M, "?hfilter: dns MX slow.example: timeout",
		SENDER("slow.example")},
	{"with a server that nobody answers for", M, "?hfilter: dns AAAA slow.example: timeout",
		SENDER("wavering.example")},
	{"with another one beside it", M, "", SENDER("steady.example")},
	{"the null sender", M, "HFILTER_FROM_BOUNCE(0.00)[" GOOD "]", HELO(GOOD), .from = "",
		.zone = zone},
	{"senders switched off", M, "", SENDER("no.example"), OFF("from")},
	{"both at once", M,
		IP_A("no.example") " " HELO_NOWHERE("no.example") " " FROM_NOWHERE("none.example"),
		GREETS("no.example"), .from = "mira@none.example"},
};

static void names_are_asked_for(void **state)
{
	(void)state;
	harness_check_table(&check_hfilter, asked, ARRAY_LEN(asked));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_alone),
		cmocka_unit_test(names_are_judged),
		cmocka_unit_test(names_are_asked_for),
	};

	return cmocka_run_group_tests_name("checks/hfilter", tests, NULL, NULL);
}
