/* Lists of DNS: what they are asked for, and what their answers count. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../scan/law.h"
#include "../scan/scene.h"
#include "auth/inner.h"
#include "checks/rbl.h"

extern const struct check check_dkim, check_rbl;

/* It comes after the other. */
static const struct check *const two_checks[] = {&check_dkim, &check_rbl};

#define M "From: x@example.net\n\nhi\n"
#define BY " by mx.example.org with ESMTP id 1; Fri, 13 Feb 2026 11:00:00 +0000\n"
#define HOP(address) "Received: from relay.example (relay.example [" address "])" BY

#define LISTS(text)                                                                                \
	.settings = "rbl { rbls { " text " } } symbols { X { score = 2 } Y { score = 3 } }"
#define ONE(text) LISTS("one { symbol = X; rbl = \"l.example\"; " text " }")

#define CLIENT .address = "192.0.2.9"
#define L9 "9.2.0.192.l.example A "

static const struct harness_case asked_cases[] = {
	{"the client's address", M, "X(2.00)[192.0.2.9:from]", CLIENT, .zone = L9 "127.0.0.2",
		ONE("checks = [from]")},
	{"a list without checks is asked for the client", M, "X(2.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.2", ONE("")},
	{"unless the default is another one", M, "", CLIENT, .zone = L9 "127.0.0.2",
		.settings = "rbl { default_from = no; default_helo = yes; rbls { one { symbol = X; "
			    "rbl = \"l.example\" } } }"},
	{"what is not listed adds nothing", M, "", CLIENT, .zone = "", ONE("checks = [from]")},
	{"a list that is off is not asked", M, "", CLIENT, .zone = L9 "127.0.0.2",
		ONE("checks = [from]; enabled = no")},
	{"nor one that is disabled", M, "", CLIENT, .zone = L9 "127.0.0.2",
		ONE("checks = [from]; disabled = yes")},
	{"the old form of checks", M, "X(2.00)[192.0.2.9:from]", CLIENT, .zone = L9 "127.0.0.2",
		ONE("from = yes")},
	{"what is excluded is not asked for", HOP("198.51.100.7") M, "X(2.00)[192.0.2.9:from]",
		CLIENT, .zone = L9 "127.0.0.2\n7.100.51.198.l.example A 127.0.0.2",
		ONE("checks = [from, received]; exclude_checks = [received]")},
	{"an IPv6 address by its nibbles", M, "X(2.00)[2001:db8::25:from]",
		.address = "2001:DB8::25",
		.zone = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.l.example "
			"A 127.0.0.2",
		ONE("checks = [from]")},
	{"IPv6 can be left out", M, "", .address = "2001:db8::25",
		.zone = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.l.example "
			"A 127.0.0.2",
		ONE("checks = [from]; ipv6 = no")},
	{"and IPv4", M, "", CLIENT, .zone = L9 "127.0.0.2", ONE("checks = [from]; ipv4 = no")},
	{"IPv4 within IPv6 is IPv4", M, "X(2.00)[192.0.2.9:from]", .address = "::ffff:192.0.2.9",
		.zone = L9 "127.0.0.2", ONE("checks = [from]; ipv6 = no")},
	{"a private client is none of a list's business", M, "", .address = "10.1.2.3",
		.zone = "3.2.1.10.l.example A 127.0.0.2",
		ONE("checks = [from]; exclude_local = no")},
	{"unless the list is one's own", M, "X(2.00)[10.1.2.3:from]", .address = "10.1.2.3",
		.zone = "3.2.1.10.l.example A 127.0.0.2",
		ONE("checks = [from]; exclude_local = no; exclude_private_ips = no")},
	{"carrier-grade NAT, link-local and multicast are private, too",
		HOP("100.64.0.1") HOP("169.254.1.1") HOP("239.1.1.1") HOP("fd00::1") HOP("fe80::1")
			M,
		"",
		.zone = "1.0.64.100.l.example A 127.0.0.2\n1.1.254.169.l.example A 127.0.0.2\n"
			"1.1.1.239.l.example A 127.0.0.2",
		ONE("checks = [received]")},
	{"who has authenticated is left out", M, "", CLIENT, .user = "jonas",
		.zone = L9 "127.0.0.2", ONE("checks = [from]")},
	{"unless the list wants users, too", M, "X(2.00)[192.0.2.9:from]", CLIENT, .user = "jonas",
		.zone = L9 "127.0.0.2", ONE("checks = [from]; exclude_users = no")},
	{"a client of our own is left out, and its hops", HOP("198.51.100.7") M, "", CLIENT,
		.zone = L9 "127.0.0.2\n7.100.51.198.l.example A 127.0.0.2",
		.settings =
			"options { local_addrs = [\"192.0.2.0/24\"] } rbl { rbls { one { symbol = "
			"X; rbl = \"l.example\"; checks = [from, received] } } }"},
	{"networks can be left out of one list", M, "", CLIENT, .zone = L9 "127.0.0.2",
		ONE("checks = [from]; local_exclude_ip_map = [\"192.0.2.0/28\"]")},
	{"earlier hops", HOP("198.51.100.7") HOP("203.0.113.8") M,
		"X(4.00)[198.51.100.7:received, 203.0.113.8:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2\n8.113.0.203.l.example A 127.0.0.2",
		ONE("checks = [received]")},
	{"the client's own field is no earlier hop", HOP("192.0.2.9") M, "", CLIENT,
		.zone = L9 "127.0.0.2", ONE("checks = [received]")},
	{"the same address twice counts once", HOP("198.51.100.7") HOP("198.51.100.7") M,
		"X(2.00)[198.51.100.7:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2", ONE("checks = [received]")},
	{"the newest hop alone", HOP("198.51.100.7") HOP("203.0.113.8") M,
		"X(2.00)[198.51.100.7:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2\n8.113.0.203.l.example A 127.0.0.2",
		ONE("checks = [received]; received_max_pos = 1")},
	{"the oldest hop alone", HOP("198.51.100.7") HOP("203.0.113.8") M,
		"X(2.00)[203.0.113.8:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2\n8.113.0.203.l.example A 127.0.0.2",
		ONE("checks = [received]; received_min_pos = -1")},
	{"hops with a flag, and without one",
		HOP("198.51.100.7") "Received: from a (a.example [203.0.113.8]) by b.example with "
				    "ESMTPS id 2; Fri, 13 Feb 2026 11:00:00 +0000\n" M,
		"X(2.00)[203.0.113.8:received] Y(3.00)[198.51.100.7:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2\n8.113.0.203.l.example A 127.0.0.2",
		LISTS("a { symbol = X; rbl = \"l.example\"; checks = [received]; received_flags = "
		      "[ssl] } b { symbol = Y; rbl = \"l.example\"; checks = [received]; "
		      "received_nflags = [ssl] }")},
	{"the HELO name", M, "X(2.00)[mail.example.com:helo]", CLIENT, .helo = "Mail.example.com.",
		.zone = "mail.example.com.l.example A 127.0.0.2", ONE("checks = [helo]")},
	{"a HELO that is an address or one word is none", M, "", CLIENT, .helo = "[192.0.2.9]",
		.zone = "[192.0.2.9].l.example A 127.0.0.2\nlocalhost.l.example A 127.0.0.2",
		ONE("checks = [helo]")},
	{"the client's verified name", M, "X(2.00)[mail.example.com:rdns]", CLIENT,
		.hostname = "mail.example.com", .zone = "mail.example.com.l.example A 127.0.0.2",
		ONE("checks = [rdns]")},
	{"nothing is asked for a client without a name", M, "", CLIENT, .hostname = "unknown",
		.zone = "unknown.l.example A 127.0.0.2", ONE("checks = [rdns]")},
	{"how often a list is asked has an end", HOP("198.51.100.7") HOP("203.0.113.8") M,
		"X(2.00)[198.51.100.7:received]", CLIENT,
		.zone = "7.100.51.198.l.example A 127.0.0.2\n8.113.0.203.l.example A 127.0.0.2",
		ONE("checks = [received]; requests_limit = 1")},
};

#define CODES                                                                                      \
	"checks = [from]; returncodes { Y = \"127.0.0.2\"; BAD = [\"127.0.0.3\", \"127.0.0.4\"] }"

static const struct harness_case meant_cases[] = {
	{"a code has its symbol", M, "Y(3.00)[192.0.2.9:from]", CLIENT, .zone = L9 "127.0.0.2",
		ONE(CODES)},
	{"several codes of one answer are several symbols", M,
		"Y(3.00)[192.0.2.9:from] BAD(0.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.2\n" L9 "127.0.0.4", ONE(CODES)},
	{"a code that nobody explains is the list's own symbol, and shown", M,
		"X(2.00)[192.0.2.9:from:127.0.0.9]", CLIENT, .zone = L9 "127.0.0.9", ONE(CODES)},
	{"or nothing, where the list wants it so", M, "", CLIENT, .zone = L9 "127.0.0.9",
		ONE(CODES "; unknown = no")},
	{"without defaults that is so, too", M, "", CLIENT, .zone = L9 "127.0.0.9",
		ONE(CODES "; ignore_defaults = yes")},
	{"a pattern of codes", M, "Y(3.00)[192.0.2.9:from]", CLIENT, .zone = L9 "127.0.77.2",
		ONE("checks = [from]; unknown = no; returncodes { Y = \"127.0.%d+.2\" }")},
	{"a code that is not understood is no answer's, and the others stay", M,
		"X(2.00)[192.0.2.9:from:127.0.0.3]", CLIENT, .zone = L9 "127.0.0.3",
		ONE("checks = [from]; returncodes { Y = \"127.0.0.(%d)\" }")},
	{"that does not match", M, "", CLIENT, .zone = L9 "127.0.77.3",
		ONE("checks = [from]; unknown = no; returncodes { Y = \"127.0.%d+.2\" }")},
	{"each bit of an answer has its symbol", M,
		"B4(0.00)[192.0.2.9:from] B8(0.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.12",
		ONE("checks = [from]; returnbits { B1 = 1; B4 = 4; B8 = 8 }")},
	{"a prefix for each kind", HOP("198.51.100.7") M,
		"RBL_X(0.00)[192.0.2.9:from] RECEIVED_X(0.00)[198.51.100.7:received]", CLIENT,
		.zone = L9 "127.0.0.2\n7.100.51.198.l.example A 127.0.0.2",
		ONE("checks = [from, received]; symbols_prefixes { from = RBL; received = RECEIVED }")},
	{"the list's name is its symbol when it has none", M, "MINE(0.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.2", LISTS("mine { rbl = \"l.example\" }")},
	{"the stock rows have their scores", M, "RBL_SPAMHAUS_SBL(4.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.2",
		LISTS("s { symbol = SPAMHAUS; rbl = \"l.example\"; checks = [from]; symbols_prefixes "
		      "{ from = RBL } returncodes { SPAMHAUS_SBL = \"127.0.0.2\" } }")},
	{"what the wanted list has is not looked for elsewhere", M, "Y(3.00)[192.0.2.9:from]",
		CLIENT, .zone = L9 "127.0.0.2\n9.2.0.192.w.example A 127.0.0.2",
		LISTS("one { symbol = X; rbl = \"l.example\" } w { symbol = Y; rbl = \"w.example\"; "
		      "is_whitelist = yes }")},
	{"unless that says nothing good", M, "X(2.00)[192.0.2.9:from] Y(3.00)[192.0.2.9:from]",
		CLIENT, .zone = L9 "127.0.0.2\n9.2.0.192.w.example A 127.0.0.2",
		LISTS("one { symbol = X; rbl = \"l.example\" } w { symbol = Y; rbl = \"w.example\"; "
		      "is_whitelist = yes; whitelist_exception = Y }")},
	{"or the list wants it all the same", M, "X(2.00)[192.0.2.9:from] Y(3.00)[192.0.2.9:from]",
		CLIENT, .zone = L9 "127.0.0.2\n9.2.0.192.w.example A 127.0.0.2",
		LISTS("one { symbol = X; rbl = \"l.example\"; ignore_whitelist = yes } w { symbol = "
		      "Y; rbl = \"w.example\"; is_whitelist = yes }")},
	{"another address than the wanted one is looked for", HOP("198.51.100.7") M,
		"X(2.00)[192.0.2.9:from] Y(3.00)[198.51.100.7:received]", CLIENT,
		.zone = L9 "127.0.0.2\n7.100.51.198.w.example A 127.0.0.2",
		LISTS("one { symbol = X; rbl = \"l.example\"; checks = [from, received] } w { symbol "
		      "= Y; rbl = \"w.example\"; checks = [received]; is_whitelist = yes }")},
};

#define NO_LIST(answer)                                                                            \
	"?rbl: l.example gives an answer that no list gives (" answer                              \
	"), so what it says does not count"
#define REFUSES(answer)                                                                            \
	"?rbl: l.example refuses our questions (" answer "), so what it says does not count"

static const struct harness_case doubted_cases[] = {
	{"an address of the internet is no answer of a list", M, NO_LIST("198.51.100.80"), CLIENT,
		.zone = L9 "198.51.100.80", ONE("checks = [from]")},
	{"nor is 127.0.0.1", M, NO_LIST("127.0.0.1"), CLIENT, .zone = L9 "127.0.0.1",
		ONE("checks = [from]")},
	{"with a symbol for the lowest bit it is a refusal, which is shown and never counts", M,
		"Y(0.00)[192.0.2.9:from] " REFUSES("127.0.0.1"), CLIENT, .zone = L9 "127.0.0.1",
		ONE("checks = [from]; returnbits { Y = 1; Z = 3 }")},
	{"beside other bits the lowest is one like them", M,
		"Y(3.00)[192.0.2.9:from] Z(0.00)[192.0.2.9:from]", CLIENT, .zone = L9 "127.0.0.3",
		ONE("checks = [from]; returnbits { Y = 1; Z = 2 }")},
	{"nor of a pattern", M, NO_LIST("127.0.0.1"), CLIENT, .zone = L9 "127.0.0.1",
		ONE("checks = [from]; returncodes { Y = \"127.0.%d+.1\" }")},
	{"nor when it is named", M, NO_LIST("127.0.0.1"), CLIENT, .zone = L9 "127.0.0.1",
		ONE("checks = [from]; returncodes { Y = \"127.0.0.1\" }")},
	{"one odd address taints the others", M, NO_LIST("198.51.100.80"), CLIENT,
		.zone = L9 "127.0.0.2\n" L9 "198.51.100.80", ONE(CODES)},
	{"a refusal", M, REFUSES("127.255.255.254"), CLIENT, .zone = L9 "127.255.255.254",
		ONE("checks = [from]")},
	{"a refusal has its symbol, which never counts", M,
		"Y(0.00)[192.0.2.9:from] " REFUSES("127.255.255.254"), CLIENT,
		.zone = L9 "127.255.255.254",
		ONE("checks = [from]; returncodes { Y = \"127.255.255.254\" }")},
	{"a refusal is no pattern's", M, REFUSES("127.255.255.254"), CLIENT,
		.zone = L9 "127.255.255.254",
		ONE("checks = [from]; returncodes { Y = \"127.%d+.%d+.254\" }")},
	{"nor does it have bits", M, REFUSES("127.255.255.254"), CLIENT,
		.zone = L9 "127.255.255.254", ONE("checks = [from]; returnbits { Y = 2 }")},
	{"a refusal beside an answer shows neither", M, REFUSES("127.255.255.254"), CLIENT,
		.zone = L9 "127.0.0.2\n" L9 "127.255.255.254",
		ONE("checks = [from]; returncodes { Y = \"127.255.255.254\"; Z = \"127.0.0.2\" }")},
	{"what a list gives as an ordinary code is none", M, "Y(3.00)[192.0.2.9:from]", CLIENT,
		.zone = L9 "127.0.0.255",
		ONE("checks = [from]; returncodes { Y = \"127.0.0.255\" }")},
	{"a refusal of the wanted list makes nobody wanted", M,
		"X(2.00)[192.0.2.9:from] ?rbl: w.example refuses our questions (127.255.255.255), "
		"so what it says does not count",
		CLIENT, .zone = L9 "127.0.0.2\n9.2.0.192.w.example A 127.255.255.255",
		LISTS("one { symbol = X; rbl = \"l.example\" } w { symbol = Y; rbl = \"w.example\"; "
		      "is_whitelist = yes }")},
	{"no answer has a symbol, and the list is named", M,
		"X_FAIL(0.00)[192.0.2.9:timeout] ?rbl: l.example gave no answer for 192.0.2.9: "
		"timeout",
		CLIENT, .zone = "9.2.0.192.l.example TIMEOUT", ONE("checks = [from]")},
	{"several that fail are named together", M,
		"X_FAIL(0.00)[192.0.2.9:server failure] Y_FAIL(0.00)[192.0.2.9:timeout] ?rbl: 2 "
		"lists: l.example, w.example. l.example gave no answer for 192.0.2.9: server "
		"failure. w.example gave no answer for 192.0.2.9: timeout",
		CLIENT, .zone = "9.2.0.192.l.example SERVFAIL\n9.2.0.192.w.example TIMEOUT",
		LISTS("one { symbol = X; rbl = \"l.example\" } w { symbol = Y; rbl = \"w.example\" }")},
};

static void what_is_asked(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, asked_cases, ARRAY_LEN(asked_cases));
}

static void what_answers_mean(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, meant_cases, ARRAY_LEN(meant_cases));
}

static void what_is_no_answer_never_counts(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, doubted_cases, ARRAY_LEN(doubted_cases));
}

/* ---- patterns ---- */

static void codes_are_read(void **state)
{
	static const struct {
		const char *text;
		size_t place; /* 0: it is understood */
		const char *has, *has_not;
	} cases[] = {
		{"127.0.0.2", 0, "127.0.0.2", "127.0.0.3"},
		{"127.0.%d+.1", 0, "127.0.255.1", "127.0.255.2"},
		{"127.0.%d.1", 0, "127.0.9.1", "127.0.10.1"},
		{"^127%.0%.0%.%d+$", 0, "127.0.0.0", "127.0.1.0"},
		{"127.0.0", 8, NULL, NULL},
		{"127.0.0.", 9, NULL, NULL},
		{"127.0.0.2.1", 10, NULL, NULL},
		{"127.0.0.256", 9, NULL, NULL},
		{"127.0.[12].1", 0, "127.0.2.1", "127.0.12.1"},
		{"127%.0%.0%.[2-47]", 0, "127.0.0.3", "127.0.0.5"},
		{"127.0.0.[^2]", 0, "127.0.0.3", "127.0.0.2"},
		{"127.0.0.1[%d]", 0, "127.0.0.19", "127.0.0.1"},
		{"127.0.0.1%d?", 0, "127.0.0.1", "127.0.0.100"},
		{"127.0.%d*.1", 0, "127.0.255.1", "127.0.0.2"},
		{"127.0.1%d-.1", 0, "127.0.100.1", "127.0.20.1"},
		{"127.0.0.[2", 9, NULL, NULL},
		{"127.0.0.[a]", 9, NULL, NULL},
		{"127.0.0.[]", 9, NULL, NULL},
		{"127.0.0.[4-2]", 9, NULL, NULL},
		{"127.0.0.300%d*", 9, NULL, NULL},
		{"127.0.%a.1", 7, NULL, NULL},
		{"127.0.0.(%d)", 9, NULL, NULL},
		{"127.0.0.11111111111111111", 9, NULL, NULL},
		{"", 1, NULL, NULL},
		{"x", 1, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rbl_code code = {.bits = 0};
		size_t place = 0;
		bool ok = rbl_parse_code(span_of(cases[i].text), &code, &place);
		struct ip ip;

		if (ok != (cases[i].place == 0) || (!ok && place != cases[i].place))
			fail_msg("%s: %d at %zu", cases[i].text, ok, place);
		if (!ok)
			continue;
		assert_true(ip_parse(span_of(cases[i].has), &ip));
		assert_true(rbl_code_has(&code, ip.bytes + 12));
		assert_true(ip_parse(span_of(cases[i].has_not), &ip));
		assert_false(rbl_code_has(&code, ip.bytes + 12));
	}
}

/* ---- configuration ---- */

static void what_is_wrong_is_told_with_its_place(void **state)
{
	static const struct {
		const char *name, *text, *expected;
	} cases[] = {
		{"a list without a zone", "one { symbol = X }",
			"test.conf:1:14: rbl.rbls.one: its zone is missing: rbl = "
			"\"list.example.org\"\n"},
		{"a zone that is none", "one { rbl = \"l..example\" }",
			"test.conf:1:14: rbl.rbls.one: \"l..example\" is no name of a zone\n"},
		{"something unknown to ask for", "one { rbl = l.example; checks = [from, dreams] }",
			"test.conf:1:37: rbl.rbls.one: there is nothing \"dreams\" to ask for: from, "
			"received, helo, rdns, dkim, urls, numeric_urls, images, url_paths, emails and "
			"replyto are there\n"},
		{"a code that cannot be one",
			"one { rbl = l.example; returncodes { A = \"127.0.x\" "
			"} }",
			"test.conf:1:51: rbl.rbls.one: \"127.0.x\" is not understood at its byte 7, "
			"so no answer is A: write four numbers with dots; %d is a digit, %d+ any "
			"number, [2-4] one of them (warning)\n"},
		{"codes that are no section",
			"one { rbl = l.example; returncodes = \"127.0.0.2\" }",
			"test.conf:1:37: rbl.rbls.one: returncodes must be a section { }, not text\n"},
		{"bits that are none", "one { rbl = l.example; returnbits { A = 0 } }",
			"test.conf:1:50: rbl.rbls.one: A must be a number from 1 to 16777215\n"},
		{"a symbol that cannot be one", "one { rbl = l.example; symbol = \"A-B\" }",
			"test.conf:1:14: A-B is no name for a symbol: letters, digits and _ make "
			"one\n"},
		{"kinds that come later are a warning",
			"one { rbl = l.example; checks = [content_urls]; selector = ip }",
			"test.conf:1:14: rbl.rbls.one is asked for nothing yet: there are no "
			"selectors, and no URLs of documents, in this version (warning)\n"},
		{"beside another kind they are nothing",
			"one { rbl = l.example; checks = [content_urls, urls] }", ""},
		{"nothing to ask for", "one { rbl = l.example; ignore_defaults = yes }",
			"test.conf:1:14: rbl.rbls.one is asked for nothing: write checks = [\"from\"] "
			"or the like (warning)\n"},
		{"a digest that no name has room for",
			"one { rbl = l.example; checks = [urls]; hash = sha512 }",
			"test.conf:1:14: rbl.rbls.one: a digest of 128 characters is too long for a "
			"name: hash_len = 63 at most\n"},
		{"unless it is cut",
			"one { rbl = l.example; checks = [urls]; hash = sha512; hash_len = 63 }",
			""},
		{"a map in a file, where entries should stand",
			"one { rbl = l.example; checks = [urls]; whitelist = \"/etc/some.map\" }",
			"test.conf:1:54: rbl.rbls.one.whitelist: the map /etc/some.map is not read in "
			"this version: write its entries here (warning)\n"},
		{"a selector beside what is asked for",
			"one { rbl = l.example; checks = [urls]; selector = ip }",
			"test.conf:1:54: rbl.rbls.one.selector has no effect: there are no selectors "
			"yet; what the list is asked for stands in checks (warning)\n"},
		{"pages are no names", "one { rbl = l.example; checks = [url_paths] }",
			"test.conf:1:14: rbl.rbls.one: host and path are no name of DNS: for url_paths "
			"it needs a hash, and no resolve_ip\n"},
		{"and have no addresses",
			"one { rbl = l.example; checks = [url_paths]; hash = md5; resolve_ip = yes }",
			"test.conf:1:14: rbl.rbls.one: host and path are no name of DNS: for url_paths "
			"it needs a hash, and no resolve_ip\n"},
		{"pages as digests", "one { rbl = l.example; checks = [url_paths]; hash = md5 }",
			""},
		{"a stock list of Rspamd's that is not here", "nixspam { ignore_defaults = yes }",
			"test.conf:1:14: rbl.rbls.nixspam has no effect: the list was closed in 2025 "
			"(warning)\n"},
		{"but is one's own when it is written as a whole",
			"nixspam { rbl = key.surbl.example; checks = [helo] }", ""},
		{"which may be switched off without a word", "nixspam { enabled = no }", ""},
		{"a list that is off may be wrong", "one { enabled = no }", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[300];
		struct scene s;

		(void)snprintf(text, sizeof(text), "rbl { rbls { %s } }", cases[i].text);
		scene_open(&s, text, two_checks, ARRAY_LEN(two_checks));
		if (strcmp(scene_report(&s), cases[i].expected) != 0)
			fail_msg("%s:\n  found    %s  expected %s", cases[i].name, scene_report(&s),
				cases[i].expected);
		arena_free(s.a);
	}
}

/* ---- runs ---- */

/* Thirty lists that each have the client, and their answers. */
static void make_lists(struct arena *a, size_t n, const char **conf, const char **zone)
{
	struct buf c, z;

	buf_init(&c, a, 64 << 10);
	buf_init(&z, a, 64 << 10);
	buf_add_string(&c, "rbl { rbls {\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(&c, "l%zu { rbl = \"l%zu.example\"; checks = [from] }\n", i, i);
		buf_printf(&z, "9.2.0.192.l%zu.example A 127.0.0.2\n", i);
	}
	buf_add_string(&c, "} }\n");
	*conf = arena_string(a, buf_span(&c));
	*zone = arena_string(a, buf_span(&z));
}

static unsigned runs;

static enum rc counted(struct scan *s)
{
	runs++;
	return check_rbl.run(s);
}

static void thirty_lists_cost_two_runs(void **state)
{
	struct arena *a = arena_make();
	struct check check = check_rbl;
	const struct check *checks[] = {&check};
	const char *conf, *zone;
	struct law_late late = {.arena = a};
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct law_case c = {.envelope = envelope};
	struct scan_task *task;
	unsigned seed = 1;
	struct scene s;

	(void)state;
	make_lists(a, 30, &conf, &zone);
	check.run = counted;
	check.after = NULL;
	scene_open(&s, conf, checks, 1);
	c.zone = zone;
	late.zone = law_zone(&c, a);
	late.driver = (struct need_driver){.kind = &dns_kind, .ctx = &late, .ask = law_ask};
	need_memo_use(memo, &late.driver);
	need_memo_use(memo, &dns_lists_trusted);
	task = scan_start(s.config, msg_make(a, &envelope, SPAN(M)), memo);
	runs = 0;
	while (scan_step(task) != SCAN_DONE) {
		assert_int_equal(late.open.n, 30);
		while (late.open.n > 0)
			law_answer_one(&late, memo, &seed);
	}
	assert_int_equal(runs, 2);
	assert_int_equal(scan_verdict(task)->hit_count, 30);
	arena_free(s.a);
	arena_free(a);
}

/* Which lists are off is an answer like any other. */
static enum rc off(void *ctx, struct arena *a, struct need *need)
{
	struct dns_list *list = ARENA_NEW(a, struct dns_list);

	list->usable = !span_equal(need->key, SPAN("l1.example"));
	list->why = SPAN("l1.example is off: a reason");
	need->answer = list;
	return RC_OK;
}

static void a_list_that_is_off_is_not_asked_and_named(void **state)
{
	static const struct need_driver lists = {.kind = &dns_list_kind, .ask = off};
	struct arena *a = arena_make();
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct check check = check_rbl;
	const struct check *checks[] = {&check};
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct law_case c = {.envelope = envelope};
	const struct scan_verdict *v;
	const char *conf, *zone;
	struct scene s;

	(void)state;
	make_lists(a, 3, &conf, &zone);
	check.after = NULL;
	scene_open(&s, conf, checks, 1);
	c.zone = zone;
	need_memo_use(memo, law_zone(&c, a));
	need_memo_use(memo, &lists);
	v = scan_whole(s.config, msg_make(a, &envelope, SPAN(M)), memo);
	assert_string_equal(scene_tell(a, v),
		"L0(0.00)[192.0.2.9:from] L2(0.00)[192.0.2.9:from] ?rbl(tempfail: l1.example is "
		"off: a reason) = 0.00 no action");
	assert_int_equal(v->asked, 3 + 2);
	arena_free(s.a);
	arena_free(a);
}

static void add_doubt(void *ctx, struct span name, struct span value)
{
	struct buf *out = ctx;

	buf_printf(out, "%.*s %.*s;", SPAN_ARG(name), SPAN_ARG(value));
}

static void what_is_odd_is_doubted(void **state)
{
	struct arena *a = arena_make();
	struct check check = check_rbl;
	const struct check *checks[] = {&check};
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct law_case c = {.envelope = envelope,
		.zone = "9.2.0.192.l0.example A 127.255.255.254\n9.2.0.192.l1.example TIMEOUT\n"
			"9.2.0.192.l2.example A 127.0.0.2\n"};
	const char *conf, *zone;
	struct scene s;
	struct buf out;

	(void)state;
	make_lists(a, 3, &conf, &zone);
	check.after = NULL;
	scene_open(&s, conf, checks, 1);
	need_memo_use(memo, law_zone(&c, a));
	need_memo_use(memo, &dns_lists_trusted);
	buf_init(&out, a, 1000);
	scan_each_doubt(scan_whole(s.config, msg_make(a, &envelope, SPAN(M)), memo), add_doubt,
		&out);
	assert_true(span_equal(buf_span(&out), SPAN("list l0.example;list l1.example;")));
	arena_free(s.a);
	arena_free(a);
}

/* As if the signatures were verified already. */
static void domains_that_have_signed(void **state)
{
	static const struct auth_signature signatures[] = {
		{.result = AUTH_DKIM_PASS, .domain = SPAN_INIT("mail.example.com")},
		{.result = AUTH_DKIM_FAIL, .domain = SPAN_INIT("forged.example")},
		{.result = AUTH_DKIM_PASS, .domain = SPAN_INIT("example.net")},
		{.result = AUTH_DKIM_PASS, .domain = SPAN_INIT("example.net")},
	};
	static const struct auth_dkim dkim = {.v = signatures, .n = ARRAY_LEN(signatures)};
	static const char conf[] =
		"rbl { rbls { org { rbl = l.example; checks = [dkim] } full { rbl = l.example; checks = "
		"[dkim]; dkim_domainonly = no } author { rbl = l.example; checks = [dkim]; "
		"dkim_match_from = yes } } } dkim { enabled = no }";
	struct arena *a = arena_make();
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct law_case c = {.zone = "example.com.l.example A 127.0.0.2\n"
				     "mail.example.com.l.example A 127.0.0.2\n"
				     "forged.example.l.example A 127.0.0.2\n"
				     "example.net.l.example A 127.0.0.2\n"};
	struct scene s;
	struct msg *m = msg_make(a, &envelope, SPAN(M));

	(void)state;
	auth_facts_of(m)->dkim.result = &dkim;
	scene_open(&s, conf, two_checks, ARRAY_LEN(two_checks));
	need_memo_use(memo, law_zone(&c, a));
	need_memo_use(memo, &dns_lists_trusted);
	assert_string_equal(scene_tell(a, scan_whole(s.config, m, memo)),
		"ORG(0.00)[mail.example.com:dkim,example.net:dkim] "
		"FULL(0.00)[mail.example.com:dkim,example.net:dkim] AUTHOR(0.00)[example.net:dkim] "
		"= 0.00 no action");
	arena_free(s.a);
	arena_free(a);
}

static void hops_have_an_end(void **state)
{
	struct arena *a = arena_make();
	struct harness_case c = {.name = "many hops",
		.address = "192.0.2.9",
		ONE("checks = [received]")};
	struct buf message, zone, expected;

	(void)state;
	buf_init(&message, a, 64 << 10);
	buf_init(&zone, a, 64 << 10);
	buf_init(&expected, a, 64 << 10);
	for (unsigned i = 1; i <= 30; i++) {
		buf_printf(&message, "Received: from r (r.example [198.51.100.%u])" BY, i);
		buf_printf(&zone, "%u.100.51.198.l.example A 127.0.0.2\n", i);
		if (i <= RBL_HOPS_MOST)
			buf_printf(&expected, "%s198.51.100.%u:received",
				i == 1 ? "X(40.00)[" : ", ", i);
	}
	buf_add_string(&message, M);
	buf_add_byte(&expected, ']');
	c.zone = arena_string(a, buf_span(&zone));
	assert_true(span_equal(harness_scan(a, &check_rbl, &c, buf_span(&message)),
		buf_span(&expected)));
	arena_free(a);
}

static void add_zone(void *ctx, struct span zone, enum dns_list_kind kind)
{
	static const char *const kinds[] = {
		[DNS_LIST_OF_ADDRESSES] = "",
		[DNS_LIST_OF_IPV6] = " (IPv6)",
		[DNS_LIST_OF_DOMAINS] = " (domains)",
		[DNS_LIST_OF_DIGESTS] = " (digests)",
	};

	buf_printf(ctx, "%.*s%s;", SPAN_ARG(zone), kinds[kind]);
}

static void lists_that_are_on_are_to_be_tested(void **state)
{
	struct scene s;
	struct buf out;

	(void)state;
	scene_open(&s,
		"rbl { test_interval = 5min; rbls { a { rbl = A.example } b { rbl = b.example; "
		"enabled = no } c { rbl = c.example; checks = [helo, dkim] } d { rbl = d.example; "
		"disable_monitoring = yes } e { rbl = e.example; checks = [urls]; resolve_ip = yes } "
		"f { rbl = f.example; ipv4 = no } g { rbl = g.example; checks = [urls, emails]; hash = "
		"sha1 } h { rbl = h.example; checks = [numeric_urls] } i { rbl = i.example; checks = "
		"[urls]; ipv4 = no } } }",
		two_checks, ARRAY_LEN(two_checks));
	buf_init(&out, s.a, 1000);
	checks_each_list(s.config, add_zone, &out);
	assert_true(span_equal(buf_span(&out),
		SPAN("a.example;c.example (domains);e.example;"
		     "f.example (IPv6);g.example "
		     "(digests);h.example;i.example (domains);")));
	assert_true(checks_list_interval(s.config) == 300);
	arena_free(s.a);
	scene_open(&s, "rbl { enabled = no }", two_checks, ARRAY_LEN(two_checks));
	assert_true(checks_list_interval(s.config) == 0);
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked),
		cmocka_unit_test(what_answers_mean),
		cmocka_unit_test(what_is_no_answer_never_counts),
		cmocka_unit_test(codes_are_read),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(thirty_lists_cost_two_runs),
		cmocka_unit_test(a_list_that_is_off_is_not_asked_and_named),
		cmocka_unit_test(what_is_odd_is_doubted),
		cmocka_unit_test(domains_that_have_signed),
		cmocka_unit_test(hops_have_an_end),
		cmocka_unit_test(lists_that_are_on_are_to_be_tested),
	};

	return cmocka_run_group_tests_name("checks/rbl", tests, NULL, NULL);
}
