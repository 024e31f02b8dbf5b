#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "spf_scene.h"

#define SPF(record) "example.org TXT \"v=spf1 " record "\"\n"
#define A6 "2001:db8::1"

static const struct {
	const char *name;
	struct spf_scene scene;
	const char *wanted;
} cases[] = {
	/* whom it is about, and the record */
	{"no record", {.zone = "example.org A 192.0.2.1\n"}, "none"},
	{"no such name", {.zone = ""}, "none"},
	{"other texts are nobody's business",
		{.zone = "example.org TXT \"\\200\"\n" SPF("+ip4:192.0.2.1")},
		"pass +ip4:192.0.2.1 of example.org"},
	{"two records", {.zone = SPF("-all") SPF("-all")}, "permerror"},
	{"a record of type SPF does not count", {.zone = "example.org SPF \"v=spf1 -all\"\n"},
		"none"},
	{"strings are joined without blanks",
		{.zone = "example.org TXT \"v=spf1 ip4:192.\" \"0.2.1 -a\" \"ll\"\n"},
		"pass +ip4:192.0.2.1 of example.org"},
	{"an empty record", {.zone = "example.org TXT \"v=spf1\"\n"}, "neutral"},
	{"the name answers nothing", {.zone = "example.org TIMEOUT\n"}, "temperror"},
	{"the server fails", {.zone = "example.org SERVFAIL\n"}, "temperror"},
	{"a sender without local part", {.zone = SPF("-all"), .sender = "@example.org"},
		"fail -all of example.org"},
	{"a sender without at sign", {.zone = SPF("-all"), .sender = "example.org"},
		"fail -all of example.org"},
	{"the null sender is the postmaster of the HELO name",
		{.zone = "mail.example.net TXT \"v=spf1 ~all\"\n", .sender = ""},
		"softfail ~all of mail.example.net"},
	{"neither sender nor HELO", {.zone = SPF("-all"), .helo = "", .sender = ""}, "none"},
	{"a HELO name of one label", {.zone = SPF("-all"), .helo = "localhost", .sender = ""},
		"none"},
	{"a HELO that is an address", {.zone = SPF("-all"), .helo = "[192.0.2.1]", .sender = ""},
		"none"},
	{"a sender at an address", {.zone = SPF("-all"), .sender = "anna@[192.0.2.1]"}, "none"},
	{"an empty label", {.zone = SPF("-all"), .sender = "anna@a..example.org"}, "none"},
	{"a blank in the domain", {.zone = SPF("-all"), .sender = "anna@exam ple.org"}, "none"},
	{"a dot at the end of the domain", {.zone = SPF("-all"), .sender = "anna@example.org."},
		"fail -all of example.org"},
	{"no address", {.zone = SPF("-all"), .address = ""}, "none"},
	{"what is no address", {.zone = SPF("-all"), .address = "unknown"}, "none"},
	/* RFC 8616 */
	{"a domain in UTF-8 is asked for in A-labels",
		{.zone = "xn--bcher-kva.example TXT \"v=spf1 a:%{o} -all\"\n"
			 "xn--bcher-kva.example A 192.0.2.1\n",
			.sender = "anna@b\xc3\xbc"
				  "cher.example"},
		"pass +a:%{o} of xn--bcher-kva.example"},
	{"a local part in UTF-8 is in no name",
		{.zone = SPF(
			 "exists:%{l}.example.org exists:%{S}.example.org -a:%{d} ~all") "example.org A 192.0.2.7\n"
											 "j%C3%B6rg%40example.org.example.org A 192.0.2.7\n",
			.sender = "j\xc3\xb6rg@example.org"},
		"softfail ~all of example.org"},
	/* qualifiers and order */
	{"a plain all", {.zone = SPF("all")}, "pass +all of example.org everybody"},
	{"a qualified one", {.zone = SPF("?all")}, "neutral ?all of example.org"},
	{"the first match decides", {.zone = SPF("~ip4:192.0.2.0/24 -ip4:192.0.2.1 all")},
		"softfail ~ip4:192.0.2.0/24 of example.org"},
	{"nothing behind a match is asked",
		{.zone = SPF("-all include:slow.example") "slow.example TIMEOUT\n"},
		"fail -all of example.org"},
	{"what comes before it is", {.zone = SPF("a:slow.example -all") "slow.example TIMEOUT\n"},
		"temperror"},
	{"an error of syntax comes before all", {.zone = SPF("+ip4:192.0.2.1 -all foo")},
		"permerror"},
	{"nothing matches", {.zone = SPF("ip4:192.0.2.2")}, "neutral"},
	/* addresses */
	{"an IPv4 address within IPv6",
		{.zone = SPF("-ip6:::/0 ip4:192.0.2.1 -all"), .address = "::ffff:192.0.2.1"},
		"pass +ip4:192.0.2.1 of example.org"},
	{"ip4 is not for IPv6", {.zone = SPF("ip4:0.0.0.0/0 ?ip6:::/0"), .address = A6},
		"neutral ?ip6:::/0 of example.org"},
	{"ip4 at its last bit",
		{.zone = SPF("-ip4:192.0.2.2/31 -ip4:192.0.2.0/32 ~ip4:192.0.2.0/31")},
		"softfail ~ip4:192.0.2.0/31 of example.org"},
	{"ip6 at its last bit",
		{.zone = SPF("-ip6:2001:db8::2/127 -ip6:2001:db8:: ~ip6:2001:db8::/127"),
			.address = A6},
		"softfail ~ip6:2001:db8::/127 of example.org"},
	/* a */
	{"a", {.zone = SPF("a -all") "example.org A 192.0.2.9\nexample.org A 192.0.2.1\n"},
		"pass +a of example.org"},
	{"a with a network",
		{.zone = SPF("a:www.example.org/24 -all") "www.example.org A 192.0.2.200\n"},
		"pass +a:www.example.org/24 of example.org"},
	{"a with no bits needs an address all the same", {.zone = SPF("a/0 ~all")},
		"softfail ~all of example.org"},
	{"a with no bits takes any", {.zone = SPF("a/0 ~all") "example.org A 203.0.113.1\n"},
		"pass +a/0 of example.org"},
	{"a of IPv6 asks for AAAA",
		{.zone = SPF(
			 "a//64 -all") "example.org A 192.0.2.1\nexample.org AAAA 2001:db8::99\n",
			.address = A6},
		"pass +a//64 of example.org"},
	{"bits of IPv4 are not for IPv6",
		{.zone = SPF("a/0 -all") "example.org AAAA 2001:db8::99\n", .address = A6},
		"fail -all of example.org"},
	{"a name that can be none does not match", {.zone = SPF("a:x..example.org ~all")},
		"softfail ~all of example.org"},
	/* mx */
	{"mx", {.zone = SPF("mx -all") "example.org MX 10 mx.example\nmx.example A 192.0.2.1\n"},
		"pass +mx of example.org"},
	{"mx with a network",
		{.zone = SPF(
			 "mx:example.net//48 -all") "example.net MX 1 mx.example\nmx.example AAAA 2001:db8::2\n",
			.address = A6},
		"pass +mx:example.net//48 of example.org"},
	{"no implicit mx", {.zone = SPF("mx ~all") "example.org A 192.0.2.1\n"},
		"softfail ~all of example.org"},
	{"a null mx", {.zone = SPF("mx ~all") "example.org MX 0 .\n"},
		"softfail ~all of example.org"},
	{"a match comes before an error of a later host",
		{.zone = SPF("mx -all") "example.org MX 20 slow.example\nslow.example TIMEOUT\n"
					"example.org MX 10 mx.example\nmx.example A 192.0.2.1\n"},
		"pass +mx of example.org"},
	{"an error of an earlier host before a match",
		{.zone = SPF("mx -all") "example.org MX 10 slow.example\nslow.example TIMEOUT\n"
					"example.org MX 20 mx.example\nmx.example A 192.0.2.1\n"},
		"temperror"},
	/* ptr */
	{"ptr",
		{.zone = SPF("ptr -all") "1.2.0.192.in-addr.arpa PTR mail.example.org\n"
					 "mail.example.org A 192.0.2.1\n"},
		"pass +ptr of example.org"},
	{"ptr of another domain",
		{.zone = SPF("ptr:example.net -all") "1.2.0.192.in-addr.arpa PTR mail.example.org\n"
						     "mail.example.org A 192.0.2.1\n"},
		"fail -all of example.org"},
	{"ptr that does not lead back",
		{.zone = SPF("ptr -all") "1.2.0.192.in-addr.arpa PTR mail.example.org\n"
					 "mail.example.org A 192.0.2.2\n"},
		"fail -all of example.org"},
	{"ptr of IPv6",
		{.zone = SPF(
			 "ptr -all") "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa "
				     "PTR mail.example.org\nmail.example.org AAAA 2001:db8:0::1\n",
			.address = A6},
		"pass +ptr of example.org"},
	{"an address without names counts as a void lookup",
		{.zone = SPF("ptr a:none1.example a:none2.example ~all")}, "permerror"},
	{"ptr whose server fails does not match",
		{.zone = SPF("ptr ~all") "1.2.0.192.in-addr.arpa SERVFAIL\n"},
		"softfail ~all of example.org"},
	/* exists */
	{"exists asks for A whatever the address is",
		{.zone = SPF(
			 "exists:%{ir}.list.example -all") "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.example "
							   "A 127.0.0.2\n",
			.address = A6},
		"pass +exists:%{ir}.list.example of example.org"},
	{"and for nothing else",
		{.zone = SPF("exists:v6.example -all") "v6.example AAAA 2001:db8::1\n",
			.address = A6},
		"fail -all of example.org"},
	/* include */
	{"include says what it found inside",
		{.zone = SPF(
			 "include:a.example -all") "a.example TXT \"v=spf1 include:b.example ?all\"\n"
						   "b.example TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"},
		"pass +ip4:192.0.2.0/24 of b.example"},
	{"a qualified include decides itself",
		{.zone = SPF(
			 "-include:a.example all") "a.example TXT \"v=spf1 ip4:192.0.2.0/24\"\n"},
		"fail -include:a.example of example.org"},
	{"a fail inside does not match",
		{.zone = SPF("include:a.example ~all") "a.example TXT \"v=spf1 -all\"\n"},
		"softfail ~all of example.org"},
	{"nor does it stay as the reason",
		{.zone = SPF("include:a.example") "a.example TXT \"v=spf1 -all\"\n"}, "neutral"},
	{"softfail and neutral do not match",
		{.zone = SPF(
			 "include:a.example include:b.example -all") "a.example TXT \"v=spf1 ~all\"\n"
								     "b.example TXT \"v=spf1\"\n"},
		"fail -all of example.org"},
	{"all inside an include is not everybody by this record",
		{.zone = SPF("include:a.example -all") "a.example TXT \"v=spf1 all\"\n"},
		"pass +all of a.example"},
	{"include of no record", {.zone = SPF("include:a.example all") "a.example TXT \"x\"\n"},
		"permerror"},
	{"include of no name", {.zone = SPF("include:a.example all")}, "permerror"},
	{"include of what can be no name", {.zone = SPF("include:a..example all")}, "permerror"},
	{"include of a name of one label",
		{.zone = SPF("include:%{h} all") "localhost TXT \"v=spf1 all\"\n",
			.helo = "localhost"},
		"permerror"},
	{"include of a broken record",
		{.zone = SPF("include:a.example all") "a.example TXT \"v=spf1 x\"\n"}, "permerror"},
	{"include of no answer", {.zone = SPF("include:a.example all") "a.example TIMEOUT\n"},
		"temperror"},
	{"include of itself", {.zone = SPF("include:example.org all")}, "permerror"},
	/* redirect */
	{"redirect",
		{.zone = SPF(
			 "redirect=a.example") "a.example TXT \"v=spf1 -a -all\"\na.example A 192.0.2.1\n"},
		"fail -a of a.example"},
	{"redirect counts behind everything else",
		{.zone = SPF("redirect=a.example ip4:192.0.2.1") "a.example TXT \"v=spf1 -all\"\n"},
		"pass +ip4:192.0.2.1 of example.org"},
	{"redirect to everybody",
		{.zone = SPF("redirect=a.example") "a.example TXT \"v=spf1 +all\"\n"},
		"pass +all of a.example everybody"},
	{"redirect to no record", {.zone = SPF("redirect=a.example") "a.example A 192.0.2.1\n"},
		"permerror"},
	{"redirect to what can be no name", {.zone = SPF("redirect=%{h}..x.example")}, "permerror"},
	{"redirect to itself", {.zone = SPF("redirect=example.org")}, "permerror"},
	{"redirect of an include stays in it",
		{.zone = SPF(
			 "include:a.example ~all") "a.example TXT \"v=spf1 redirect=b.example\"\n"
						   "b.example TXT \"v=spf1 -all\"\n"},
		"softfail ~all of example.org"},
	/* exp */
	{"exp explains a fail", {.zone = SPF("-all exp=x.example") "x.example TXT \"No, %{i}.\"\n"},
		"fail -all of example.org \"No, 192.0.2.1.\""},
	{"and nothing else", {.zone = SPF("~all exp=x.example") "x.example TXT \"No.\"\n"},
		"softfail ~all of example.org"},
	{"exp of two texts",
		{.zone = SPF(
			 "-all exp=x.example") "x.example TXT \"No.\"\nx.example TXT \"Yes.\"\n"},
		"fail -all of example.org"},
	{"exp of no answer", {.zone = SPF("-all exp=x.example") "x.example TIMEOUT\n"},
		"fail -all of example.org"},
	{"exp of what can be no name", {.zone = SPF("-all exp=x..example")},
		"fail -all of example.org"},
	{"exp of an include does not count",
		{.zone = SPF(
			 "-include:a.example exp=x.example") "a.example TXT \"v=spf1 -ip4:192.0.2.7 all "
							     "exp=y.example\"\n"
							     "x.example TXT \"mine\"\ny.example TXT \"its\"\n"},
		"fail -include:a.example of example.org \"mine\""},
	{"exp goes with the redirect",
		{.zone = SPF(
			 "redirect=a.example exp=x.example") "a.example TXT \"v=spf1 -all exp=y.example\"\n"
							     "x.example TXT \"mine\"\n"
							     "y.example TXT \"of %{d}\"\n"},
		"fail -all of a.example \"of a.example\""},
};

static void results_are_those_of_the_standard(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		const struct auth_spf *spf = spf_scene_run(&cases[i].scene, a, NULL, NULL);
		const char *got = spf_scene_print(a, spf);

		if (strcmp(got, cases[i].wanted) != 0)
			fail_msg("%s: %s (%.*s)", cases[i].name, got, SPAN_ARG(spf->why));
		/* an error has its sentence */
		if (spf->result >= AUTH_SPF_TEMPERROR && spf->why.n == 0)
			fail_msg("%s: no sentence", cases[i].name);
		arena_free(a);
	}
}

/* A record that repeats a text, `#` in it being the number. */
static void add_record(struct buf *out, const char *owner, unsigned n, const char *text,
	const char *end)
{
	buf_printf(out, "%s TXT \"v=spf1", owner);
	for (unsigned i = 0; i < n; i++) {
		struct span t = span_of(text);
		size_t at = span_find_byte(t, '#');

		buf_printf(out, " %.*s", SPAN_ARG(span_slice(t, 0, at)));
		if (at < t.n)
			buf_printf(out, "%u%.*s", i, SPAN_ARG(span_from_offset(t, at + 1)));
	}
	buf_printf(out, " %s\"\n", end);
}

enum { NO_LIMIT = 400 };

static const struct {
	const char *name, *term;
	unsigned most; /* that is no error */
} limits[] = {
	{"ten terms that ask", "a:host.example", 10},
	{"so are mx", "mx:host.example", 10},
	{"and ptr", "ptr:example.net", 10},
	{"and exists, even where a name can be none", "exists:a..host.example", 10},
	{"and include", "include:inc.example", 10},
	{"an include counts with what it holds", "include:two.example", 3},
	{"addresses ask nothing", "ip4:198.51.100.1", NO_LIMIT},
	{"two names that are not there", "a:none#.example", 2},
	{"no mail hosts", "mx:none#.example", 2},
	{"names without an A", "exists:text.example", 2},
	{"hosts of an mx without address are not counted", "mx:dead.example", 10},
};

static const char limits_zone[] = "host.example A 198.51.100.1\nhost.example MX 1 host.example\n"
				  "1.2.0.192.in-addr.arpa PTR host.example\n"
				  "inc.example TXT \"v=spf1 -all\"\n"
				  "two.example TXT \"v=spf1 a:host.example a:host.example\"\n"
				  "text.example TXT \"x\"\n"
				  "dead.example MX 1 a.dead.example\n"
				  "dead.example MX 1 b.dead.example\n";

static void limits_hold_from_both_sides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits) * 2; i++) {
		bool is_over = i % 2 == 1;
		struct arena *a = arena_make();
		const struct auth_spf *spf;
		struct spf_scene s;
		struct buf zone;

		buf_init(&zone, a, 1 << 20);
		buf_add_string(&zone, limits_zone);
		add_record(&zone, "example.org", limits[i / 2].most + is_over, limits[i / 2].term,
			"~all");
		s = (struct spf_scene){.zone = arena_string(a, buf_span(&zone))};
		spf = spf_scene_run(&s, a, NULL, NULL);
		if (spf->result !=
			(is_over && limits[i / 2].most != NO_LIMIT ? AUTH_SPF_PERMERROR
								   : AUTH_SPF_SOFTFAIL))
			fail_msg("%s%s: %s", limits[i / 2].name, is_over ? ", and one more" : "",
				spf_scene_print(a, spf));
		arena_free(a);
	}
}

/* `n` names of a kind, the last of which leads to the client. */
static const char *make_names(struct arena *a, const char *record, const char *owner,
	const char *data, unsigned n)
{
	struct buf zone;

	buf_init(&zone, a, 1 << 20);
	add_record(&zone, "example.org", 1, record, "~all");
	for (unsigned i = 1; i <= n; i++)
		buf_printf(&zone, "%s %s h%u.example.org\nh%u.example.org A 192.0.2.%u\n", owner,
			data, i, i, i == n ? 1 : 100 + i);
	return arena_string(a, buf_span(&zone));
}

static void hosts_of_an_mx_and_names_of_an_address_are_ten(void **state)
{
	static const struct {
		const char *record, *owner, *data;
		unsigned n;
		enum auth_spf_result result;
	} counts[] = {
		{"mx", "example.org", "MX 1", 10, AUTH_SPF_PASS},
		{"mx", "example.org", "MX 1", 11, AUTH_SPF_PERMERROR},
		{"ptr", "1.2.0.192.in-addr.arpa", "PTR", 10, AUTH_SPF_PASS},
		{"ptr", "1.2.0.192.in-addr.arpa", "PTR", 11, AUTH_SPF_SOFTFAIL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct arena *a = arena_make();
		struct spf_scene s = {.zone = make_names(a, counts[i].record, counts[i].owner,
					      counts[i].data, counts[i].n)};

		assert_int_equal(spf_scene_run(&s, a, NULL, NULL)->result, counts[i].result);
		arena_free(a);
	}
}

static void what_can_be_no_domain_is_not_asked_for(void **state)
{
	static const char *const senders[] = {"a@[192.0.2.1]", "a@localhost", "a@a..example", "a@",
		"a@exa mple.org", "@"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
		struct arena *a = arena_make();
		struct spf_scene s = {.zone = "", .sender = senders[i]};
		struct need_memo *memo;

		assert_int_equal(spf_scene_run(&s, a, NULL, &memo)->result, AUTH_SPF_NONE);
		if (need_memo_asked(memo) != 0)
			fail_msg("%s", senders[i]);
		arena_free(a);
	}
}

static void the_first_record_is_no_lookup_of_a_term(void **state)
{
	struct arena *a = arena_make();
	struct spf_scene s = {.zone = ""};
	const struct auth_spf *spf = spf_scene_run(&s, a, NULL, NULL);

	(void)state;
	assert_int_equal(spf->result, AUTH_SPF_NONE);
	assert_true(spf->lookups == 0 && spf->voids == 0);
	arena_free(a);
}

static void lookups_are_counted_and_explanations_are_not(void **state)
{
	struct arena *a = arena_make();
	struct spf_scene s = {
		.zone = SPF("a a:none1.example include:i.example mx exists:none2.example ptr -all "
			    "exp=none3.example") "example.org A 192.0.2.9\n"
						 "example.org MX 1 none4.example\n"
						 "1.2.0.192.in-addr.arpa PTR none5.example\n"
						 "i.example TXT \"v=spf1 ip4:192.0.2.8\"\n"};
	const struct auth_spf *spf = spf_scene_run(&s, a, NULL, NULL);

	(void)state;
	assert_string_equal(spf_scene_print(a, spf), "fail -all of example.org");
	assert_int_equal(spf->lookups, 6);
	assert_int_equal(spf->voids, 2);
	arena_free(a);
}

static void steps_are_told_one_a_line(void **state)
{
	static const char *const wanted[] = {
		"example.org: v=spf1 ip4:198.51.100.1 include:a.example redirect=b.example",
		"+ip4:198.51.100.1: no match",
		"include:a.example (lookup 1)",
		"  a.example: v=spf1 a:none.example ?all",
		"  +a:none.example: no match (lookup 2, the name has no such data)",
		"  ?all: match",
		"+include:a.example: no match",
		"redirect=b.example (lookup 3)",
		"  b.example: v=spf1 exists:a.example",
		"  +exists:a.example: no match (lookup 4, the name has no such data)",
		"  nothing matches: neutral",
	};
	struct arena *a = arena_make();
	struct auth_trace trace = {.arena = a};
	struct spf_scene s = {
		.zone = "example.org TXT \"v=spf1 ip4:198.51.100.1 include:a.example "
			"redirect=b.example\"\n"
			"a.example TXT \"v=spf1 a:none.example ?all\"\n"
			"b.example TXT \"v=spf1 exists:a.example\"\n",
	};

	(void)state;
	(void)spf_scene_run(&s, a, &trace, NULL);
	assert_int_equal(trace.lines.n, ARRAY_LEN(wanted));
	for (size_t i = 0; i < trace.lines.n; i++)
		if (!span_equal(trace.lines.v[i], span_of(wanted[i])))
			fail_msg("%.*s", SPAN_ARG(trace.lines.v[i]));
	arena_free(a);
}

static const struct {
	const char *zone, *why;
} sentences[] = {
	{SPF("-all foo:bar"),
		"the record of example.org is malformed at foo:bar: this mechanism is not known"},
	{SPF("a:192.0.2.1 -all"),
		"the record of example.org is malformed at a:192.0.2.1: an address needs ip4 or "
		"ip6"},
	{SPF("ptr ~all") "1.2.0.192.in-addr.arpa SERVFAIL\n",
		"dns PTR 1.2.0.192.in-addr.arpa: server failure"},
	{SPF("-all") SPF("~all"), "example.org has 2 SPF records"},
	{SPF("include:a.example"), "include:a.example: there is no SPF record"},
	{SPF("redirect=example.org"), "more than 10 terms ask the DNS, at redirect=example.org"},
	{SPF("a:x.example a:y.example a:z.example -all"),
		"more than 2 terms ask for names without such data, at z.example"},
	{SPF("a:slow.example -all") "slow.example TIMEOUT\n", "dns A slow.example: timeout"},
};

static void errors_and_what_did_not_answer_are_told_in_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		struct arena *a = arena_make();
		struct spf_scene s = {.zone = sentences[i].zone};
		const struct auth_spf *spf = spf_scene_run(&s, a, NULL, NULL);

		if (!span_equal(spf->why, span_of(sentences[i].why)))
			fail_msg("%.*s", SPAN_ARG(spf->why));
		arena_free(a);
	}
}

static void the_fact_of_a_message_is_about_its_envelope(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope envelope = {
		.address = SPAN("192.0.2.1"),
		.helo = SPAN("mail.example.net"),
		.from = SPAN(""),
		.server = SPAN("mx.example.com"),
	};
	struct msg *m = msg_make(a, &envelope, SPAN("Subject: x\n\n"));
	struct need_memo *memo = need_memo_make(a, 0);
	const struct auth_spf *spf, *again;
	struct needs needs = {0};

	(void)state;
	need_memo_use(memo,
		spf_scene_driver(a,
			"mail.example.net TXT \"v=spf1 -all exp=x.example\"\n"
			"x.example TXT \"%{r} says no to %{s}\"\n"));
	needs_init(&needs, memo, 0);
	assert_null(auth_find_spf(m));
	assert_int_equal(auth_need_spf(m, &needs, &spf), RC_OK);
	assert_true(spf->of_helo);
	assert_true(span_equal(spf->sender, SPAN("postmaster@mail.example.net")));
	assert_true(span_equal(spf->explanation,
		SPAN("mx.example.com says no to postmaster@mail.example.net")));
	assert_int_equal(auth_need_spf(m, &needs, &again), RC_OK);
	assert_true(spf == again && auth_find_spf(m) == spf);
	arena_free(a);
}

/* Ten terms with ten hosts each, an address with ten names, and an explanation that wants these. */
static void all_that_the_standard_allows_can_be_asked(void **state)
{
	enum { ALL = 1 + 10 * (1 + 10) + 1 + (1 + 10) };
	struct arena *a = arena_make();
	struct msg_envelope envelope = {.address = SPAN("192.0.2.1"),
		.from = SPAN("a@example.org")};
	struct msg *m = msg_make(a, &envelope, SPAN("Subject: x\n\n"));
	struct need_memo *memo = need_memo_make(a, 0);
	struct needs needs = {0};
	const struct auth_spf *spf;
	struct buf zone;

	(void)state;
	buf_init(&zone, a, 1 << 20);
	add_record(&zone, "example.org", 10, "mx:m#.example", "-all exp=why.example");
	buf_add_string(&zone, "why.example TXT \"not from %{p}\"\n");
	for (unsigned i = 0; i < 10 * 10; i++)
		buf_printf(&zone, "m%u.example MX 1 h%u.example\nh%u.example A 198.51.100.%u\n",
			i / 10, i, i, i);
	for (unsigned i = 0; i < 10; i++)
		buf_printf(&zone,
			"1.2.0.192.in-addr.arpa PTR n%u.example\nn%u.example A 192.0.2.1\n", i, i);
	need_memo_use(memo, spf_scene_driver(a, arena_string(a, buf_span(&zone))));
	needs_init(&needs, memo, 0);
	assert_int_equal(auth_need_spf(m, &needs, &spf), RC_OK);
	assert_string_equal(spf_scene_print(a, spf),
		"fail -all of example.org \"not from n0.example\"");
	assert_int_equal(need_memo_asked(memo), ALL);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_those_of_the_standard),
		cmocka_unit_test(limits_hold_from_both_sides),
		cmocka_unit_test(hosts_of_an_mx_and_names_of_an_address_are_ten),
		cmocka_unit_test(all_that_the_standard_allows_can_be_asked),
		cmocka_unit_test(what_can_be_no_domain_is_not_asked_for),
		cmocka_unit_test(the_first_record_is_no_lookup_of_a_term),
		cmocka_unit_test(lookups_are_counted_and_explanations_are_not),
		cmocka_unit_test(steps_are_told_one_a_line),
		cmocka_unit_test(errors_and_what_did_not_answer_are_told_in_a_sentence),
		cmocka_unit_test(the_fact_of_a_message_is_about_its_envelope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
