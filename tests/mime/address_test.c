#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void print_flags(struct buf *out, const struct mime_address *m)
{
	buf_add_string(out, m->valid ? " ok" : " bad");
	buf_add_string(out, m->has_angle ? " angle" : "");
	buf_add_string(out, m->padded ? " padded" : "");
	buf_add_string(out, m->glued ? " glued" : "");
	buf_add_string(out, m->has_route ? " route" : "");
	buf_add_string(out, m->quoted_local ? " quoted" : "");
	buf_add_string(out, m->raw_8bit ? " 8bit" : "");
}

/* One line an entry: "group: name|addr flags"; a first line "marked" when the list has a defect. */
static const char *print_list(struct span value)
{
	struct mime_addresses list;
	struct buf out;

	buf_init(&out, a, 100000);
	mime_parse_addresses(a, value, &list);
	if ((list.defects & MIME_DEFECT(ADDRESS_INVALID)) != 0)
		buf_add_string(&out, "marked\n");
	for (size_t i = 0; i < list.n; i++) {
		const struct mime_address *m = &list.v[i];

		if (!span_is_null(m->group))
			buf_printf(&out, "%.*s: ", SPAN_ARG(m->group));
		buf_printf(&out, "%.*s|%.*s", SPAN_ARG(m->name), SPAN_ARG(m->addr));
		print_flags(&out, m);
		buf_add_byte(&out, '\n');
	}
	buf_add_byte(&out, '\0');
	return out.p;
}

struct list_case {
	const char *name, *value, *list;
};

static const struct list_case good_cases[] = {
	{"an address alone", "joe@example.org", "|joe@example.org ok\n"},
	{"an address in angles", "<joe@example.org>", "|joe@example.org ok angle\n"},
	{"a name of words", "Joe Doe <joe@example.org>", "Joe Doe|joe@example.org ok angle\n"},
	{"a quoted name", "\"Doe, Joe\" <joe@example.org>", "Doe, Joe|joe@example.org ok angle\n"},
	{"quotes and backslashes in a name are undone",
		"\"Giant; \\\"Big\\\" \\\\ Box\" <box@example.net>",
		"Giant; \"Big\" \\ Box|box@example.net ok angle\n"},
	{"an empty quoted name is none", "\"\" <joe@example.org>", "|joe@example.org ok angle\n"},
	{"a name partly quoted", "Joe \"J.\" Doe <joe@example.org>",
		"Joe J. Doe|joe@example.org ok angle\n"},
	{"a name keeps its double blanks", "Joe  Doe <joe@example.org>",
		"Joe  Doe|joe@example.org ok angle\n"},
	{"dots in a name need no quotes", "Joe Q. Public <john.q.public@example.com>",
		"Joe Q. Public|john.q.public@example.com ok angle\n"},
	{"two addresses", "a@b.c, d@e.f", "|a@b.c ok\n|d@e.f ok\n"},
	{"empty items are skipped", ",, a@b.c, ,d@e.f,", "|a@b.c ok\n|d@e.f ok\n"},
	{"nothing at all", "", ""},
	{"only blanks and a comment", " (nobody) ", ""},
	{"a comment behind the address is its name", "joe@example.org (Joe Doe)",
		"Joe Doe|joe@example.org ok\n"},
	{"a comment before the address is its name", "(Joe Doe) joe@example.org",
		"Joe Doe|joe@example.org ok\n"},
	{"a comment behind the angle is its name", "<joe@example.org> (Joe (the) Doe)",
		"Joe (the) Doe|joe@example.org ok angle\n"},
	{"of several comments the last is the name", "joe@example.org (One) (Two)",
		"Two|joe@example.org ok\n"},
	{"a comment beside the words of a name belongs to it",
		"Bank (service@bank.example) <evil@example.org>",
		"Bank (service@bank.example)|evil@example.org ok angle\n"},
	{"a name wins over a comment behind the angle", "Joe <joe@example.org> (Doe)",
		"Joe|joe@example.org ok angle\n"},
	{"an address as a name", "a@b.example <c@d.example>", "a@b.example|c@d.example ok angle\n"},
	{"a quoted address as a name", "\"a@b.example\" <c@d.example>",
		"a@b.example|c@d.example ok angle\n"},
	{"a quoted local part", "\"joe doe\"@example.org", "|\"joe doe\"@example.org ok quoted\n"},
	{"a quoted local part with an @ in angles", "<\"a@b\"@example.org>",
		"|\"a@b\"@example.org ok angle quoted\n"},
	{"an empty quoted local part", "\"\"@example.org", "|\"\"@example.org ok quoted\n"},
	{"an IPv4 literal", "joe@[192.0.2.1]", "|joe@[192.0.2.1] ok\n"},
	{"an IPv6 literal", "joe@[IPv6:2001:db8::1]", "|joe@[IPv6:2001:db8::1] ok\n"},
	{"all of atext", "!#$%&'*+-/=?^_`{|}~@example.org",
		"|!#$%&'*+-/=?^_`{|}~@example.org ok\n"},
	{"an underscore in a host name", "joe@my_host.example.org",
		"|joe@my_host.example.org ok\n"},
	{"a host name of one label", "root@localhost", "|root@localhost ok\n"},
	{"an A-label", "joe@xn--bcher-kva.example", "|joe@xn--bcher-kva.example ok\n"},
	{"UTF-8 in the address", "j\xc3\xb6@b\xc3\xbc.example",
		"|j\xc3\xb6@b\xc3\xbc.example ok 8bit\n"},
	{"raw UTF-8 in a name", "J\xc3\xb6 <joe@example.org>",
		"J\xc3\xb6|joe@example.org ok angle\n"},
	{"raw Latin-1 in a name becomes UTF-8", "J\xf6 <joe@example.org>",
		"J\xc3\xb6|joe@example.org ok angle\n"},
	{"an encoded name", "=?utf-8?B?SsO2?= Doe <joe@example.org>",
		"J\xc3\xb6 Doe|joe@example.org ok angle\n"},
	{"an encoded name in quotes", "\"=?iso-8859-1?Q?J=F6?=\" <joe@example.org>",
		"J\xc3\xb6|joe@example.org ok angle\n"},
	{"an encoded comment as a name", "joe@example.org (=?utf-8?Q?J=C3=B6_D?=)",
		"J\xc3\xb6 D|joe@example.org ok\n"},
	{"two encoded words are one name", "=?utf-8?Q?a?=\r\n =?utf-8?Q?b?= <joe@example.org>",
		"ab|joe@example.org ok angle\n"},
	{"an encoded word with an angle in its encoding hides nothing",
		"=?utf-8?Q?=3Ca=40b.c=3E?= <joe@example.org>",
		"<a@b.c>|joe@example.org ok angle\n"},
	{"folds within a list", "a@b.c,\r\n\tJoe\r\n Doe\r\n <d@e.f>",
		"|a@b.c ok\nJoe Doe|d@e.f ok angle\n"},
	{"a group", "Friends: a@b.c, Joe <d@e.f>;",
		"Friends: |a@b.c ok\nFriends: Joe|d@e.f ok angle\n"},
	{"an empty group", "undisclosed-recipients:;", ""},
	{"an empty group without its semicolon", "undisclosed-recipients: ", ""},
	{"a quoted group name", "\"A, B\": a@b.c;", "A, B: |a@b.c ok\n"},
	{"addresses behind a group are not in it", "G: a@b.c;, d@e.f", "G: |a@b.c ok\n|d@e.f ok\n"},
	{"two groups", "G: a@b.c; H: d@e.f;", "G: |a@b.c ok\nH: |d@e.f ok\n"},
	{"a colon in a name opens no group", "Re: Joe <a@b.c>", "Re: Joe|a@b.c ok angle\n"},
	{"nor does one before a quoted semicolon", "Re: \"Joe; Doe\" <a@b.c>",
		"Re: Joe; Doe|a@b.c ok angle\n"},
	{"a source route is left out", "<@a.example,@b.example:joe@example.org>",
		"|joe@example.org ok angle route\n"},
	{"a source route with blanks", "Joe <@a.example, @b.example : joe@example.org>",
		"Joe|joe@example.org ok angle route\n"},
	{"no blank before the angle", "Joe<joe@example.org>",
		"Joe|joe@example.org ok angle glued\n"},
	{"no blank between quote and angle", "\"Joe\"<joe@example.org>",
		"Joe|joe@example.org ok angle glued\n"},
	{"blanks within the angles", "Joe < joe@example.org >",
		"Joe|joe@example.org ok angle padded\n"},
	{"RFC 5322 A.1.2", "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
		"Mary Smith|mary@x.test ok angle\n|jdoe@example.org ok\nWho?|one@y.test ok angle\n"},
	{"RFC 5322 A.1.3", "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
		"A Group: Ed Jones|c@a.test ok angle\nA Group: |joe@where.test ok\n"
		"A Group: John|jdoe@one.test ok angle\n"},
	{"RFC 5322 A.5, From", "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
		"Pete(A nice ) chap)|pete@silly.test ok angle\n"},
	{"RFC 5322 A.5, To",
		"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
		"         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
		"A Group(Some people): Chris Jones|c@public.example ok angle\n"
		"A Group(Some people): |joe@example.org ok\n"
		"A Group(Some people): John|jdoe@one.test ok angle\n"},
	{"RFC 5322 A.5, Cc", "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", ""},
	{"RFC 5322 A.6.1", "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
		"Mary Smith|mary@example.net ok angle route\n|jdoe@test.example ok\n"},
};

/* Each of these is marked. */
static const struct list_case odd_cases[] = {
	{"an unclosed quote hides nothing", "\"Joe <a@b.c>, Jim <d@e.f>",
		"\"Joe|a@b.c ok angle\nJim|d@e.f ok angle\n"},
	{"an unclosed comment hides nothing", "Joe (x <a@b.c>, d@e.f",
		"Joe (x|a@b.c ok angle\n|d@e.f ok\n"},
	{"an unclosed angle ends at the end", "Joe <a@b.c", "Joe|a@b.c ok angle\n"},
	{"an unclosed angle ends at a comma", "Joe <a@b.c, d@e.f",
		"Joe|a@b.c ok angle\n|d@e.f ok\n"},
	{"two addresses in one pair of angles", "<a@b.c, d@e.f>", "|a@b.c ok angle\n|d@e.f ok\n"},
	{"an unclosed angle before another", "<a@b.c <d@e.f>",
		"|a@b.c ok angle\n|d@e.f ok angle\n"},
	{"a stray angle in a name", "Joe <3 Jane <a@b.c>", "Joe <3 Jane|a@b.c ok angle\n"},
	{"doubled angles", "Joe <<a@b.c>>", "Joe|a@b.c ok angle\n"},
	{"a closing angle too many", "a@b.c>, d@e.f", "|a@b.c ok\n|d@e.f ok\n"},
	{"semicolons between addresses", "a@b.c; d@e.f", "|a@b.c ok\n|d@e.f ok\n"},
	{"a missing comma between bare addresses", "a@b.c d@e.f", "|a@b.c ok\n|d@e.f ok\n"},
	{"a missing comma between angles", "Joe <a@b.c> Jim <d@e.f>",
		"Joe|a@b.c ok angle\nJim|d@e.f ok angle\n"},
	{"angles directly behind each other", "<a@b.c><d@e.f>",
		"|a@b.c ok angle\n|d@e.f ok angle\n"},
	{"a bare address behind angles", "<a@b.c> d@e.f", "|a@b.c ok angle\n|d@e.f ok\n"},
	{"words behind the angle are no address", "Joe <a@b.c> Doe, d@e.f",
		"Joe|a@b.c ok angle\n|d@e.f ok\n"},
	{"an address without its angles", "Joe Doe joe@example.org",
		"Joe Doe|joe@example.org ok\n"},
	{"a quoted name without angles", "\"Joe\"joe@example.org", "Joe|joe@example.org ok\n"},
	{"an unquoted comma in a name", "Doe, Joe <joe@example.org>, d@e.f",
		"Doe, Joe|joe@example.org ok angle\n|d@e.f ok\n"},
	{"names before a comma stay alone when no angle follows", "root, admin, d@e.f",
		"|root bad\n|admin bad\n|d@e.f ok\n"},
	{"a comma in an encoded word", "=?utf-8?Q?Doe,_Joe?= <joe@example.org>",
		"Doe, Joe|joe@example.org ok angle\n"},
	{"an encoded word cannot swallow angles", "=?utf-8?Q?a <b@c.d>, e <f@g.h>?= <i@j.k>",
		"a|b@c.d ok angle\ne|f@g.h ok angle\n?=|i@j.k ok angle\n"},
	{"several @", "a@b@c.d", "|a@b@c.d bad\n"},
	{"only a local part", "root", "|root bad\n"},
	{"only a name", "Joe Doe", "Joe Doe| bad\n"},
	{"only a quoted name", "\"joe@example.org\"", "joe@example.org| bad\n"},
	{"only an encoded name", "=?utf-8?B?SsO2?=", "J\xc3\xb6| bad\n"},
	{"empty angles", "MAILER-DAEMON <>", "MAILER-DAEMON| bad angle\n"},
	{"no local part", "<@example.org>", "|@example.org bad angle\n"},
	{"no domain", "<joe@>", "|joe@ bad angle\n"},
	{"a domain with a final dot", "joe@example.org.", "|joe@example.org. bad\n"},
	{"a domain with an empty label", "joe@example..org", "|joe@example..org bad\n"},
	{"a label that starts with a dash", "joe@-example.org", "|joe@-example.org bad\n"},
	{"a local part with two dots", "joe..doe@example.org", "|joe..doe@example.org bad\n"},
	{"a local part that ends in a dot", "joe.@example.org", "|joe.@example.org bad\n"},
	{"blanks within an address", "<joe doe@example.org>", "|joe doe@example.org bad angle\n"},
	{"an address folded in its middle", "<joe@exam\r\n ple.org>",
		"|joe@exam ple.org bad angle\n"},
	{"a local part partly quoted", "\"joe\".doe@example.org", "|\"joe\".doe@example.org bad\n"},
	{"a control byte in the address", "joe\x01@example.org", "|joe\x01@example.org bad\n"},
	{"a form feed is no blank", "<joe@example.org\f>", "|joe@example.org\f bad angle\n"},
	{"bytes that are no UTF-8 in the address", "j\xf6@example.org",
		"|j\xf6@example.org bad 8bit\n"},
	{"an IPv4 address without brackets is a host name", "joe@192.0.2.300, x@[192.0.2.300]",
		"|joe@192.0.2.300 ok\n|x@[192.0.2.300] bad\n"},
	{"an IPv6 literal without its tag", "joe@[2001:db8::1]", "|joe@[2001:db8::1] bad\n"},
	{"a literal of an unknown tag", "joe@[x-tag:abc]", "|joe@[x-tag:abc] bad\n"},
	{"an unclosed literal", "joe@[192.0.2.1, d@e.f", "|joe@[192.0.2.1 bad\n|d@e.f ok\n"},
	{"a mailto URL", "<mailto:joe@example.org>", "|joe@example.org ok angle\n"},
	{"a group without a name", ": a@b.c;", ": |a@b.c ok\n"},
	{"a group in a group", "G: H: Joe <a@b.c>; d@e.f;",
		"G: H: Joe|a@b.c ok angle\n|d@e.f ok\n"},
	{"a source route without its address", "<@a.example,@b.example>",
		"|@a.example,@b.example bad angle\n"},
	{"a source route cannot hide what has no @ first", "<@a.example, joe@example.org>",
		"|@a.example bad angle\n|joe@example.org ok\n"},
	{"an escaped comma still separates nothing", "Joe\\, Doe a@b.c", "Joe\\, Doe|a@b.c ok\n"},
};

static void check_lists(const struct list_case *cases, size_t n, const char *before)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = print_list(span_of(cases[i].value));
		struct span want = arena_printf(a, "%s%s", before, cases[i].list);

		if (!span_equal(span_of(got), want))
			fail_msg("%s\n%s\nwanted:\n%sgot:\n%s", cases[i].name, cases[i].value,
				want.p, got);
	}
}

static void what_is_usual_is_read(void **state)
{
	(void)state;
	check_lists(good_cases, ARRAY_LEN(good_cases), "");
}

static void what_is_odd_is_read_and_marked(void **state)
{
	(void)state;
	check_lists(odd_cases, ARRAY_LEN(odd_cases), "marked\n");
}

static void a_nul_does_not_end_an_address(void **state)
{
	struct mime_addresses list;

	(void)state;
	mime_parse_addresses(a, SPAN("joe@example.org\0.evil.example"), &list);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].addr.n, 29);
	assert_false(list.v[0].valid);
}

static void is_text(struct span got, const char *want)
{
	if (!span_equal(got, span_of(want)))
		fail_msg("%.*s instead of %s", SPAN_ARG(got), want);
}

static void an_address_comes_in_parts(void **state)
{
	static const char value[] = " Joe < \"joe\\\" x\" @ Example.ORG (here) > (more) , d@e.f";
	struct mime_addresses list;

	(void)state;
	mime_parse_addresses(a, span_of(value), &list);
	assert_int_equal(list.n, 2);
	is_text(list.v[0].raw, "Joe < \"joe\\\" x\" @ Example.ORG (here) > (more)");
	assert_ptr_equal(list.v[0].raw.p, value + 1);
	is_text(list.v[0].addr, "\"joe\\\" x\"@Example.ORG");
	is_text(list.v[0].local, "joe\" x");
	is_text(list.v[0].domain, "Example.ORG");
	assert_true(list.v[0].valid);
	is_text(list.v[1].local, "d");
	is_text(list.v[1].domain, "e.f");
}

static void what_is_no_address_stays_in_raw(void **state)
{
	struct mime_addresses list;

	(void)state;
	mime_parse_addresses(a, SPAN("<a@b.c> some junk, x y z"), &list);
	assert_int_equal(list.n, 2);
	is_text(list.v[0].raw, "<a@b.c> some junk");
	is_text(list.v[1].raw, "x y z");
	mime_parse_addresses(a, SPAN("x\\ , joe@example.org\\ , d@e.f"), &list);
	assert_int_equal(list.n, 3);
	is_text(list.v[0].raw, "x\\ ");
	is_text(list.v[1].raw, "joe@example.org\\ ");
}

static void encoded_words_in_quotes_are_told(void **state)
{
	struct mime_addresses list;

	(void)state;
	mime_parse_addresses(a, SPAN("\"=?utf-8?Q?J?=\" <a@b.c>"), &list);
	assert_int_equal(list.defects, CODEC_WORD_IN_QUOTES);
	mime_parse_addresses(a, SPAN("=?utf-8?Q?J?= <a@b.c>"), &list);
	assert_int_equal(list.defects, 0);
}

/* `local` and `domain` bytes of x, the domain in labels of 63. */
static bool is_valid_size(size_t local, size_t domain)
{
	struct mime_address out;
	struct buf b;

	buf_init(&b, a, 1000);
	for (size_t i = 0; i < local; i++)
		buf_add_byte(&b, 'x');
	buf_add_byte(&b, '@');
	for (size_t i = 1; i <= domain; i++)
		buf_add_byte(&b, i % 64 == 0 ? '.' : 'x');
	return mime_parse_mailbox(a, buf_span(&b), &out);
}

static void sizes_are_those_of_rfc_5321(void **state)
{
	(void)state;
	assert_true(is_valid_size(64, 10));
	assert_false(is_valid_size(65, 10));
	assert_true(is_valid_size(1, 63));
	assert_true(is_valid_size(1, 255));
	assert_false(is_valid_size(1, 257));
}

static void a_label_has_at_most_63_bytes(void **state)
{
	char text[70] = "x@";
	struct mime_address out;

	(void)state;
	memset(text + 2, 'y', 64);
	assert_true(mime_parse_mailbox(a, span_from(text, 2 + 63), &out));
	assert_false(mime_parse_mailbox(a, span_from(text, 2 + 64), &out));
}

struct mailbox_case {
	const char *name, *text, *addr;
	bool valid;
};

static const struct mailbox_case mailbox_cases[] = {
	{"angles", "<joe@example.org>", "joe@example.org", true},
	{"no angles", "joe@example.org", "joe@example.org", true},
	{"outer blanks", " <joe@example.org> ", "joe@example.org", true},
	{"a source route", "<@a.example,@b.example:joe@example.org>", "joe@example.org", true},
	{"a quoted local part", "<\"joe@x\"@example.org>", "\"joe@x\"@example.org", true},
	{"a literal", "<joe@[IPv6:::1]>", "joe@[IPv6:::1]", true},
	{"the null sender", "<>", "", false},
	{"nothing", "", "", false},
	{"only a local part", "<postmaster>", "postmaster", false},
	{"no comments in SMTP", "<joe(x)@example.org>", "joe(x)@example.org", false},
	{"no blanks in SMTP", "<joe @example.org>", "joe @example.org", false},
	{"no names in SMTP", "Joe <joe@example.org>", "Joe <joe@example.org>", false},
	{"an unclosed angle", "<joe@example.org", "<joe@example.org", false},
	{"two @", "joe@x@example.org", "joe@x@example.org", false},
	{"a route without an address", "<@a.example:>", "", false},
	{"a route with a host that has no @", "<@a.example,b.example:joe@example.org>",
		"@a.example,b.example:joe@example.org", false},
	{"a route that ends in a comma", "<@a.example,:joe@example.org>",
		"@a.example,:joe@example.org", false},
	{"a quote that only closes", "b\"@example.org", "b\"@example.org", false},
	{"a quote that closes too early", "\"a\"b\"@example.org", "\"a\"b\"@example.org", false},
	{"a quote that is escaped at its end", "\"a\\\"@example.org", "\"a\\\"@example.org", false},
};

static void mailboxes_of_smtp_are_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mailbox_cases); i++) {
		const struct mailbox_case *c = &mailbox_cases[i];
		struct mime_address out;

		if (mime_parse_mailbox(a, span_of(c->text), &out) != c->valid ||
			out.valid != c->valid || !span_equal(out.addr, span_of(c->addr)))
			fail_msg("%s: %s gives %.*s, %d", c->name, c->text, SPAN_ARG(out.addr),
				out.valid);
	}
}

static void addresses_over_the_limit_are_left_out(void **state)
{
	enum { N = 100000 };
	struct mime_addresses list;
	struct buf b;

	(void)state;
	buf_init(&b, a, N * 6);
	for (size_t i = 0; i < N; i++)
		buf_add(&b, SPAN("a@b.c,"));
	mime_parse_addresses(a, buf_span(&b), &list);
	assert_int_equal(list.n, MIME_ADDRESSES_MOST);
	assert_true((list.defects & MIME_DEFECT(ADDRESS_LIMIT)) != 0);
	mime_parse_addresses(a, span_from(b.p, MIME_ADDRESSES_MOST * 6), &list);
	assert_int_equal(list.n, MIME_ADDRESSES_MOST);
	assert_int_equal(list.defects, 0);
}

/* Repeated to half a megabyte: a quadratic reader would take minutes. */
static const char *const hostile_pieces[] = {"(", ")", "<", ">", "\"", "\\", "\\(", "\\\"", "@",
	",", ";", ":", "[", "]", "=?", "=?a?q?", "=?a?q?,", "(\\", "\"\\", "a ", "a@", "<a", "<a@",
	"<@a,", "a:", ": ", "(a) ", "()", "((a)", "<<a@b>>", "a(", "a\"", ".\r\n ", " . ", "a, ",
	"@a,", "<@", "[a", "(x)\"", "\"x\"", "((((((((((((((((x))))))))))))))))",
	"(((((((((((((((x))))))))))))))))(", "a <b> ", "=?a?q?x?= "};

static void hostile_bytes_take_linear_time(void **state)
{
	enum { SIZE = 1 << 19 };
	char *text = arena_alloc(a, SIZE);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile_pieces); i++) {
		struct arena *scratch = arena_make();
		struct mime_addresses list;
		size_t n = strlen(hostile_pieces[i]);
		uint64_t start = clock_cpu_ns();

		for (size_t at = 0; at < SIZE; at++)
			text[at] = hostile_pieces[i][at % n];
		mime_parse_addresses(scratch, span_from(text, SIZE), &list);
		if (clock_cpu_ns() - start > UINT64_C(5000000000))
			fail_msg("%s took over 5 s", hostile_pieces[i]);
		arena_free(scratch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_usual_is_read),
		cmocka_unit_test(what_is_odd_is_read_and_marked),
		cmocka_unit_test(a_nul_does_not_end_an_address),
		cmocka_unit_test(an_address_comes_in_parts),
		cmocka_unit_test(what_is_no_address_stays_in_raw),
		cmocka_unit_test(encoded_words_in_quotes_are_told),
		cmocka_unit_test(sizes_are_those_of_rfc_5321),
		cmocka_unit_test(a_label_has_at_most_63_bytes),
		cmocka_unit_test(mailboxes_of_smtp_are_strict),
		cmocka_unit_test(addresses_over_the_limit_are_left_out),
		cmocka_unit_test(hostile_bytes_take_linear_time),
	};

	return cmocka_run_group_tests_name("address", tests, set_up, tear_down);
}
