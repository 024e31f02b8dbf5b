#include "auth/spf_inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
	const char *name, *text;
	bool is_record;
} versions[] = {
	{"the version alone", "v=spf1", true},
	{"the version and a blank", "v=spf1 ", true},
	{"any case", "V=SpF1 -all", true},
	{"another version", "v=spf10 -all", false},
	{"something before it", " v=spf1 -all", false},
	{"a tab behind it", "v=spf1\t-all", false},
	{"sender id", "spf2.0/pra -all", false},
	{"nothing", "", false},
};

static void a_record_begins_with_its_version(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++)
		if (auth_spf_is_record(span_of(versions[i].text)) != versions[i].is_record)
			fail_msg("%s", versions[i].name);
}

static const char *const well_formed[] = {
	"v=spf1",
	"v=spf1    ",
	"v=spf1 all",
	"v=spf1  +ALL   ",
	"v=spf1 ~all ?all -all +all",
	"v=spf1 a mx ptr",
	"v=spf1 a:example.org MX:example.org ptr:example.org exists:example.org include:example.org",
	"v=spf1 a/0 a/32 a//0 a//128 a/24//64",
	"v=spf1 mx:example.org/9 mx:example.org//99 mx:example.org/9//9",
	"v=spf1 a:foo:bar/baz.example.org/24//64",
	"v=spf1 a:example.org. include:_spf.example.org.",
	"v=spf1 a:%{d} a:%{d}/24 a:%{d}//64 a:x%% a:x%_ a:x%-",
	"v=spf1 a:_-!\"#$&'()*+,/:;<=>?@[\\]^`{|}~.example.org",
	"v=spf1 a:.org a:x.a1 a:x.1a a:x.a-1 a:x.1--a a:x.xn--zckzah",
	"v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/0 ip4:192.0.2.0/32 ip4:0.0.0.0/9",
	"v=spf1 ip6:2001:db8:: ip6:2001:db8::/0 ip6:2001:DB8::1/128 ip6:::192.0.2.1/96 ip6:::",
	"v=spf1 exp=why.example.org redirect=%{d2}",
	"v=spf1 Redirect=example.org EXP=example.org",
	"v=spf1 x= all= mx=y x=y x=y x-_.1=%{s}/:=%%",
	"v=spf1 exists:%{s}%{l}%{o}%{d}%{i}%{p}%{v}%{h}",
	"v=spf1 exists:%{S}%{D1}%{d127}%{d4294967296}%{d99999999999999999999}%{dR}%{d2r.-+,/_=}",
};

static const char *check(const char *text)
{
	struct spf_record record;
	const char *wrong = NULL;
	struct span where;

	must(auth_spf_is_record(span_of(text)));
	if (auth_spf_check_record(span_of(text), &record, &wrong, &where) == RC_OK)
		return NULL;
	must(wrong != NULL && where.n > 0);
	return wrong;
}

static void what_the_grammar_allows_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(well_formed); i++)
		if (check(well_formed[i]) != NULL)
			fail_msg("%s: %s", well_formed[i], check(well_formed[i]));
}

static const char *const malformed[] = {
	"foo",
	"-",
	"+",
	"-foo",
	"+redirect=example.org",
	"-x=y",
	"--all",
	"all-",
	/* all */
	"all.",
	"all:",
	"all:x.example",
	"all/8",
	"allx",
	/* what needs a value, and what has none */
	"include",
	"include:",
	"exists",
	"exists:",
	"a:",
	"mx:",
	"ptr:",
	"ip4",
	"ip4:",
	"ip6",
	"ip6:",
	"ptr/0",
	"include/24",
	"include:example.org/24",
	"exists:example.org/24",
	"ptr:example.org/24",
	"a.example.org",
	"a-b",
	/* prefix lengths */
	"a/",
	"a//",
	"a/33",
	"a//129",
	"a/24/64",
	"a/24/24",
	"a//64/24",
	"a///64",
	"a/024",
	"a/00",
	"a//064",
	"a/-1",
	"a/99999999999999999999",
	"a/24//",
	"a:example.org/33",
	"mx//x",
	"mx/24x",
	"a:/24",
	"mx:example.org//129",
	"mx/33//64",
	"a//64//64",
	/* addresses */
	"ip4:192.0.2",
	"ip4:192.0.2.256",
	"ip4:192.0.2.01",
	"ip4:192.0.2.1.1",
	"ip4:192.0.2.1:25",
	"ip4:192.0.2.1/33",
	"ip4:192.0.2.1/",
	"ip4:192.0.2.1/08",
	"ip4:192.0.2.1//32",
	"ip4:2001:db8::1",
	"ip4:::ffff:192.0.2.1",
	"ip4:example.org",
	"ip4: 192.0.2.1",
	"ip4:[192.0.2.1]",
	"ip4:IPv6:192.0.2.1",
	"ip4/24",
	"ip6/24",
	"ip4:192.0.2.1-192.0.2.9",
	"ip6:192.0.2.1",
	"ip6:2001:db8",
	"ip6:2001:db8::1::",
	"ip6::2001:db8::",
	"ip6:[2001:db8::]",
	"ip6:2001:db8::/129",
	"ip6:2001:db8::/012",
	"ip6:2001:db8:://64",
	"ip6:2001:db8::g",
	"ip6:IPv6:2001:db8::",
	"ip6:fe80::1%eth0",
	/* domain-spec */
	"a:org",
	"a:org.",
	"a:.",
	"a:example.",
	"a:example..",
	"a:example.-org",
	"a:example.org-",
	"a:example.123",
	"a:192.0.2.1",
	"a:example.or_g",
	"a:example.org:25",
	"a:%{d}.",
	"a:%{d}x",
	"a:\x7f.org",
	"a:\xc3\xbc.org",
	"a:x\t.org",
	"redirect=",
	"redirect=-all",
	"redirect",
	"redirect:example.org",
	"exp=",
	"exp=org",
	"exp:example.org",
	"exp=example.org%",
	"include:%{d}org",
	/* modifiers */
	"=",
	"=x",
	"1x=y",
	"-x=y",
	"x y",
	"x/y=z",
	"x:y=z",
	"x=\xc3\xbc",
	"x=\x01",
	"x=%",
	"x=%a",
	/* what may stand only once */
	"redirect=a.example redirect=a.example",
	"exp=a.example EXP=b.example",
	/* macros */
	"exists:%{",
	"exists:%{}",
	"exists:%{d",
	"exists:%{x}",
	"exists:%{d0}",
	"exists:%{d00}",
	"exists:%{dr2}",
	"exists:%{drr}",
	"exists:%{d;}",
	"exists:%{d2r-x}",
	"exists:%{ d}",
	"exists:%d",
	"exists:%(d)",
	"exists:%%%",
	"exists:x%.example",
	"exists:%{c}",
	"exists:%{r}",
	"exists:%{t}",
	"exp=%{c}",
	"redirect=%{T}",
	/* only blanks part terms */
	"a\tmx",
	"a\r\nmx",
	"a,mx",
	"a;",
	"mx\xa0",
	"\x01",
};

static void what_breaks_it_is_an_error_wherever_it_stands(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		static const char *const places[] = {"v=spf1 %s", "v=spf1 all a  %s ",
			"v=spf1 %s -all"};

		for (size_t k = 0; k < ARRAY_LEN(places); k++) {
			struct buf text;

			buf_init(&text, a, 1000);
			buf_add(&text,
				span_slice(span_of(places[k]), 0,
					span_find_byte(span_of(places[k]), '%')));
			buf_add_string(&text, malformed[i]);
			buf_add_string(&text, k == 2 ? " -all" : "");
			if (check(arena_string(a, buf_span(&text))) == NULL)
				fail_msg("%.*s is taken", SPAN_ARG(buf_span(&text)));
		}
	}
	arena_free(a);
}

static void terms_are_read_as_they_are_written(void **state)
{
	struct span rest = SPAN(" ~MX:Example.ORG/24//48 ip4:192.0.2.0/24 a x=y ?a//64");
	struct spf_term t;
	const char *wrong;

	(void)state;
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_OK);
	assert_true(t.kind == SPF_MX && t.qualifier == '~' && t.bits4 == 24 && t.bits6 == 48);
	assert_true(span_equal(t.text, SPAN("MX:Example.ORG/24//48")));
	assert_true(span_equal(t.target, SPAN("Example.ORG")));
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_OK);
	assert_true(t.kind == SPF_IP4 && t.qualifier == '+' && t.net.bits == 96 + 24);
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_OK);
	assert_true(t.kind == SPF_A && t.bits4 == 32 && t.bits6 == 128);
	assert_true(span_is_null(t.target));
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_OK);
	assert_true(t.kind == SPF_OTHER);
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_OK);
	assert_true(t.kind == SPF_A && t.qualifier == '?' && t.bits4 == 32 && t.bits6 == 64);
	assert_int_equal(auth_spf_read_term(&rest, &t, &wrong), RC_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_begins_with_its_version),
		cmocka_unit_test(what_the_grammar_allows_is_taken),
		cmocka_unit_test(what_breaks_it_is_an_error_wherever_it_stands),
		cmocka_unit_test(terms_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
