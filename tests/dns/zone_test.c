#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "scene.h"

static const char zone_text[] = "; a comment\n"
				"a.example A 192.0.2.1\n"
				"A.Example. A 192.0.2.2 ; another one\n"
				"a.example TXT \"one; \" \"two\" \"\\\"q\\\\\\065\"\n"
				"a.example MX 10 mx.example.\n"
				"word.example TXT plain words\n"
				"alias.example CNAME a.example.\n"
				"far.example CNAME alias.example\n"
				"loop.example CNAME loop.example\n"
				"dead.example CNAME nowhere.example\n"
				"slow.example TIMEOUT\n"
				"broken.example SERVFAIL\n"
				"gone.example NXDOMAIN\n"
				"half.example TXT here\n"
				"half.example TIMEOUT\n"
				"two\\032words.example A 192.0.2.3\n"
				"semi\\;colon.example A 192.0.2.4\n"
				"\n"
				"_dmarc.a.example\tTXT\t\"v=DMARC1\"\r\n";

static const struct {
	const char *name;
	enum dns_type type;
	const char *question;
	const char *answer;
} cases[] = {
	{"several records, any case, comments", DNS_A, "a.EXAMPLE.",
		"found: 192.0.2.1/0 192.0.2.2/0"},
	{"the strings of a TXT are one text, with escapes and a ; in quotes", DNS_TXT, "a.example",
		"found: one; two\"q\\A/0"},
	{"bare words are strings", DNS_TXT, "word.example", "found: plainwords/0"},
	{"an MX has its preference and loses its dot", DNS_MX, "a.example", "found: mx.example/10"},
	{"a name without records of the type", DNS_AAAA, "a.example", "no data"},
	{"a name that is not there", DNS_A, "b.example", "no name"},
	{"a name said not to exist", DNS_A, "gone.example", "no name"},
	{"an alias", DNS_A, "alias.example", "found: 192.0.2.1/0 192.0.2.2/0"},
	{"an alias of an alias", DNS_MX, "far.example", "found: mx.example/10"},
	{"the alias itself", DNS_CNAME, "alias.example", "found: a.example/0"},
	{"an alias of itself", DNS_A, "loop.example", "tempfail"},
	{"an alias of nothing", DNS_A, "dead.example", "no name"},
	{"a timeout", DNS_A, "slow.example", "tempfail"},
	{"a timeout beside records of another type", DNS_A, "half.example", "tempfail"},
	{"records beside a timeout", DNS_TXT, "half.example", "found: here/0"},
	{"a server failure", DNS_TXT, "broken.example", "tempfail"},
	{"tabs and CRLF", DNS_TXT, "_dmarc.a.example", "found: v=DMARC1/0"},
	{"an empty label", DNS_A, "a..example", "invalid"},
	{"an empty name", DNS_A, "", "invalid"},
	{"the root", DNS_A, ".", "invalid"},
	{"a leading dot", DNS_A, ".example", "invalid"},
	{"a blank within a name", DNS_A, "two words.example", "found: 192.0.2.3/0"},
	{"an escaped byte that stands for itself", DNS_A, "semi;colon.example",
		"found: 192.0.2.4/0"},
	{"a tab", DNS_A, "a\tb.example", "invalid"},
	{"8-bit bytes", DNS_A, "b\xc3\xbc.example", "invalid"},
};

static void a_zone_answers_as_a_resolver_would(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, zone_text);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *answer = scene_ask(&s, cases[i].type, cases[i].question);

		if (strcmp(answer, cases[i].answer) != 0)
			fail_msg("%s: %s", cases[i].name, answer);
	}
	arena_free(s.a);
}

static const struct {
	const char *name, *text, *why;
} refused[] = {
	{"a lone name", "a.example", "line 1: a line is `name TYPE data`"},
	{"an unknown type", "\na.example HINFO x", "line 2: unknown type"},
	{"no data", "a.example A", "line 1: one name or address must stand here"},
	{"too much data", "a.example A 192.0.2.1 192.0.2.2",
		"line 1: one name or address must stand here"},
	{"an open string", "a.example TXT \"abc",
		"line 1: a string is not closed or has a wrong escape"},
	{"an escape of no byte", "a.example TXT \"\\256\"",
		"line 1: a string is not closed or has a wrong escape"},
	{"an MX without preference", "a.example MX mx.example", "line 1: an MX needs a preference"},
	{"data behind TIMEOUT", "a.example TIMEOUT now",
		"line 1: TIMEOUT, SERVFAIL and NXDOMAIN have no data"},
	{"a name with an escape of no byte", "a\\256.example A 192.0.2.1",
		"line 1: this is no domain name"},
	{"a name that is none", "a..example A 192.0.2.1", "line 1: this is no domain name"},
	{"a TXT without text", "a.example TXT ; nothing", "line 1: a string is missing"},
};

static void wrong_lines_are_told_with_their_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct arena *a = arena_make();
		struct dns_zone *zone;
		struct why why = {""};

		if (dns_zone_parse(a, span_of(refused[i].text), &zone, &why) != RC_INVALID ||
			!span_starts(span_of(why.text), span_of(refused[i].why)))
			fail_msg("%s: %s", refused[i].name, why.text);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_answers_as_a_resolver_would),
		cmocka_unit_test(wrong_lines_are_told_with_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
