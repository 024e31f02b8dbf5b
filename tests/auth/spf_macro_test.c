#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "auth/spf_inner.h"
#include "spf_scene.h"

/* Of the table in RFC 7208 section 7.4. */
static struct spf_check make_check(struct arena *a, const char *address)
{
	struct spf_check c = {
		.arena = a,
		.sender = SPAN("strong-bad@email.example.com"),
		.local = SPAN("strong-bad"),
		.host = SPAN("email.example.com"),
		.helo = SPAN("Mail.Example.NET"),
		.address = span_of(address),
		.has_names = true,
	};

	must(ip_parse(c.address, &c.ip));
	c.is_v4 = ip_is_v4(&c.ip);
	return c;
}

static const struct {
	const char *address, *text, *name;
} names[] = {
	{"192.0.2.3", "%{s}", "strong-bad@email.example.com"},
	{"192.0.2.3", "%{o}", "email.example.com"},
	{"192.0.2.3", "%{d}", "email.example.com"},
	{"192.0.2.3", "%{d4}", "email.example.com"},
	{"192.0.2.3", "%{d3}", "email.example.com"},
	{"192.0.2.3", "%{d2}", "example.com"},
	{"192.0.2.3", "%{d1}", "com"},
	{"192.0.2.3", "%{dr}", "com.example.email"},
	{"192.0.2.3", "%{d2r}", "example.email"},
	{"192.0.2.3", "%{l}", "strong-bad"},
	{"192.0.2.3", "%{l-}", "strong.bad"},
	{"192.0.2.3", "%{lr}", "strong-bad"},
	{"192.0.2.3", "%{lr-}", "bad.strong"},
	{"192.0.2.3", "%{l1r-}", "strong"},
	{"192.0.2.3", "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
	{"192.0.2.3", "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
	{"192.0.2.3", "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
		"bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
	{"192.0.2.3", "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
		"3.2.0.192.in-addr.strong.lp._spf.example.com"},
	{"192.0.2.3", "%{d2}.trusted-domains.example.net",
		"example.com.trusted-domains.example.net"},
	{"2001:db8::cb01", "%{ir}.%{v}._spf.%{d2}",
		"1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com"},
	/* beside the table */
	{"192.0.2.3", "%{h}", "Mail.Example.NET"},
	{"192.0.2.3", "%{p}.x.example", "unknown.x.example"},
	{"192.0.2.3", "%{d4294967297}", "email.example.com"},
	{"192.0.2.3", "%{dr-}", "email.example.com"},
	{"192.0.2.3", "%{s1@}", NULL},
	{"192.0.2.3", "%{s2.-}", "example.com"},
	{"192.0.2.3", "%{s5.-}", "strong.bad@email.example.com"},
	{"192.0.2.3", "%{S}", "strong-bad%40email.example.com"},
	{"192.0.2.3", "%{L1R-}", "strong"},
	{"192.0.2.3", "a%%b%_c%-d.example", "a%b c%20d.example"},
	{"192.0.2.3", "example.org.", "example.org"},
	{"192.0.2.3", "%{d}.example.org.", "email.example.com.example.org"},
};

static void macros_expand_as_the_standards_table_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct arena *a = arena_make();
		struct spf_check c = make_check(a, names[i].address);
		struct span spec = span_of(names[i].text);
		struct spf_name out;

		if (names[i].name == NULL) {
			assert_false(auth_spf_is_domain_spec(spec));
		} else {
			assert_true(auth_spf_is_domain_spec(spec));
			assert_int_equal(auth_spf_expand_name(&c, spec, c.host, &out), RC_OK);
			if (!span_equal(out.text, span_of(names[i].name)))
				fail_msg("%s: %.*s", names[i].text, SPAN_ARG(out.text));
		}
		arena_free(a);
	}
}

/* `count` labels of `length` bytes, dots between, and "%{d}" behind them. */
static struct span make_spec(struct arena *a, size_t count, size_t length)
{
	struct buf b;

	buf_init(&b, a, 1 << 20);
	for (size_t i = 0; i < count * (length + 1); i++)
		buf_add_byte(&b, i % (length + 1) == length ? '.' : 'x');
	buf_add_string(&b, "%{d}");
	return buf_span(&b);
}

static void long_names_lose_labels_at_the_left(void **state)
{
	static const struct {
		size_t count, length, left;
	} cases[] = {
		/* email.example.com has 17 bytes: 236 are left for labels */
		{59, 3, 253},
		{60, 3, 253},
		{1000, 3, 253},
		{23, 9, 247},
		{24, 9, 247},
		{10000, 1, 253},
		{10001, 4, 252},
		{1, 236, 17},
		{1, 235, 253},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_make();
		struct spf_check c = make_check(a, "192.0.2.3");
		struct spf_name out;
		struct span spec = make_spec(a, cases[i].count, cases[i].length);

		assert_int_equal(auth_spf_expand_name(&c, spec, c.host, &out), RC_OK);
		assert_true(span_ends(out.text, c.host));
		if (out.text.n != cases[i].left)
			fail_msg("%zu of %zu: %zu bytes are left", cases[i].count, cases[i].length,
				out.text.n);
		arena_free(a);
	}
}

static void names_of_many_macros_are_cut_where_the_whole_would_be(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 60; n++) {
		struct arena *a = arena_make();
		struct spf_check c = make_check(a, "192.0.2.3");
		struct spf_name out;
		struct buf spec, whole;
		struct span wanted;

		buf_init(&spec, a, 10000);
		buf_init(&whole, a, 10000);
		for (size_t i = 0; i < n; i++) {
			buf_add_string(&spec, i % 3 == 0 ? "%{d}." : "%{l-}.%{i1}.");
			buf_add_string(&whole, i % 3 == 0 ? "email.example.com." : "strong.bad.3.");
		}
		buf_add_string(&spec, "x.example.");
		buf_add_string(&whole, "x.example");
		wanted = buf_span(&whole);
		while (wanted.n > 253)
			wanted = span_from_offset(wanted, span_find_byte(wanted, '.') + 1);
		assert_int_equal(auth_spf_expand_name(&c, buf_span(&spec), c.host, &out), RC_OK);
		if (!span_equal(out.text, wanted))
			fail_msg("%zu: %.*s", n, SPAN_ARG(out.text));
		arena_free(a);
	}
}

static void a_long_name_without_dots_is_no_name(void **state)
{
	struct arena *a = arena_make();
	struct spf_check c = make_check(a, "192.0.2.3");
	struct spf_name out;
	char text[301];

	(void)state;
	memset(text, 'x', 300);
	memcpy(text + 296, "%{v}", 4);
	assert_int_equal(auth_spf_expand_name(&c, span_from(text, 300), c.host, &out), RC_OK);
	assert_int_equal(out.text.n, 0);
	arena_free(a);
}

static const struct {
	const char *name, *sender, *address, *text, *explanation;
} explanations[] = {
	{"plain text", NULL, NULL, "Go away.", "Go away."},
	{"a dot at the end stays", NULL, NULL, "%{d}.", "example.org."},
	{"the letters of explanations alone", NULL, NULL, "%{c} %{r} %{t}",
		"192.0.2.1 unknown 1795351538"},
	{"an address is written for people", NULL, "2001:DB8:0::1", "%{c}", "2001:db8::1"},
	{"the same by nibbles", NULL, "2001:db8::1", "%{i}",
		"2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1"},
	{"capital letters escape", "a b+c/~@example.org", NULL, "http://e.example/?%{S}",
		"http://e.example/?a%20b%2Bc%2F~%40example.org"},
	{"bytes that are not ASCII can be shown escaped", "j\xc3\xbcrg@example.org", NULL, "%{L}",
		"j%C3%BCrg"},
	{"but not as they are", "j\xc3\xbcrg@example.org", NULL, "%{l}", NULL},
	{"nor line ends", "a\r\nb@example.org", NULL, "%{l}", NULL},
	{"no local part", "@example.org", NULL, "%{l} %{s}", "postmaster postmaster@example.org"},
	{"several at signs", "a@b@example.org", NULL, "%{l} %{o}", "a@b example.org"},
	{"a broken macro", NULL, NULL, "%{q}", NULL},
	{"half a macro", NULL, NULL, "100%", NULL},
	{"nothing", NULL, NULL, "", NULL},
	{"a tab", NULL, NULL, "a\\009b", NULL},
	{"8-bit text", NULL, NULL, "a\\200b", NULL},
};

static void explanations_are_shown_when_they_are_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(explanations); i++) {
		struct arena *a = arena_make();
		struct span zone = arena_printf(a,
			"example.org TXT \"v=spf1 -all exp=why.example.org\"\n"
			"why.example.org TXT \"%s\"\n",
			explanations[i].text);
		struct spf_scene s = {arena_string(a, zone), explanations[i].address, NULL,
			explanations[i].sender};
		const struct auth_spf *spf = spf_scene_run(&s, a, NULL, NULL);

		assert_int_equal(spf->result, AUTH_SPF_FAIL);
		if (explanations[i].explanation == NULL
				? !span_is_null(spf->explanation)
				: !span_equal(spf->explanation,
					  span_of(explanations[i].explanation)))
			fail_msg("%s: %.*s", explanations[i].name, SPAN_ARG(spf->explanation));
		arena_free(a);
	}
}

static void explanations_have_a_length(void **state)
{
	for (size_t n = SPF_EXPLANATION_MOST; n <= SPF_EXPLANATION_MOST + 1; n++) {
		struct arena *a = arena_make();
		struct spf_check c = make_check(a, "192.0.2.3");
		char text[SPF_EXPLANATION_MOST + 1];
		struct span out;

		(void)state;
		memset(text, 'x', n);
		assert_int_equal(auth_spf_expand_text(&c, span_from(text, n), c.host, &out),
			n <= SPF_EXPLANATION_MOST ? RC_OK : RC_INVALID);
		arena_free(a);
	}
}

#define POINTERS "1.2.0.192.in-addr.arpa PTR "
#define HOST(name) name " A 192.0.2.1\n"

static const struct {
	const char *name, *zone, *p;
} validated[] = {
	{"no pointer", "", "unknown"},
	{"a pointer that does not lead back", POINTERS "a.example.org\na.example.org A 192.0.2.9\n",
		"unknown"},
	{"one that does", POINTERS "a.example.net\n" HOST("a.example.net"), "a.example.net"},
	{"the domain itself before others",
		POINTERS "a.example.net\n" POINTERS "a.example.org\n" POINTERS "example.org\n" HOST(
			"a.example.net") HOST("a.example.org") HOST("example.org"),
		"example.org"},
	{"names below it before others",
		POINTERS "a.example.net\n" POINTERS "a.EXAMPLE.org\n" POINTERS
			 "b.example.org\n" HOST("a.example.net") HOST("a.example.org")
				 HOST("b.example.org"),
		"a.EXAMPLE.org"},
	{"a name that only ends like it is another",
		POINTERS "a.example.net\n" POINTERS "badexample.org\n" HOST("a.example.net")
			HOST("badexample.org"),
		"a.example.net"},
	{"a name whose addresses are not known is passed over",
		POINTERS "a.example.org\n" POINTERS
			 "b.example.net\na.example.org TIMEOUT\n" HOST("b.example.net"),
		"b.example.net"},
	{"pointers are not known", "1.2.0.192.in-addr.arpa SERVFAIL\n", "unknown"},
};

static void macro_p_is_a_name_that_leads_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(validated); i++) {
		struct arena *a = arena_make();
		struct span zone = arena_printf(a,
			"%sexample.org TXT \"v=spf1 -all exp=why.example\"\n"
			"why.example TXT \"%%{p} %%{p}\"\n",
			validated[i].zone);
		struct spf_scene s = {.zone = arena_string(a, zone)};
		struct span wanted = arena_printf(a, "%s %s", validated[i].p, validated[i].p);
		const struct auth_spf *spf = spf_scene_run(&s, a, NULL, NULL);

		if (!span_equal(spf->explanation, wanted))
			fail_msg("%s: %.*s", validated[i].name, SPAN_ARG(spf->explanation));
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macros_expand_as_the_standards_table_has_it),
		cmocka_unit_test(long_names_lose_labels_at_the_left),
		cmocka_unit_test(names_of_many_macros_are_cut_where_the_whole_would_be),
		cmocka_unit_test(a_long_name_without_dots_is_no_name),
		cmocka_unit_test(explanations_are_shown_when_they_are_clean),
		cmocka_unit_test(explanations_have_a_length),
		cmocka_unit_test(macro_p_is_a_name_that_leads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
