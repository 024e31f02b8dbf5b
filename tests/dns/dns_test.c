#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "scene.h"

static const struct {
	const char *name;
	const char *text;
	bool readable;
} answers[] = {
	{"no name", "no-name", true},
	{"no data, secure", "no-data secure", true},
	{"a record", "found 0 \"192.0.2.1\"", true},
	{"records with preferences", "found secure 10 \"a.example\" 20 \"b.example\"", true},
	{"bytes of all kinds", "found 0 \"\\000\\255\\\"\\\\ x\"", true},
	{"nothing", "", false},
	{"an unknown status", "lost", false},
	{"found nothing", "found", false},
	{"records of a name that is not there", "no-name 0 \"x\"", false},
	{"no preference", "found \"x\"", false},
	{"a preference over 16 bits", "found 65536 \"x\"", false},
	{"an open string", "found 0 \"x", false},
	{"half an escape", "found 0 \"\\1\"", false},
};

static void answers_in_records_read_back_as_they_were(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct arena *a = arena_make();
		const void *answer = dns_kind.parse(a, span_of(answers[i].text));
		struct buf out;

		if ((answer != NULL) != answers[i].readable)
			fail_msg("%s", answers[i].name);
		buf_init(&out, a, 4096);
		if (answer != NULL)
			dns_kind.print(&out, answer);
		if (answer != NULL && !span_equal(buf_span(&out), span_of(answers[i].text)))
			fail_msg("%s: %.*s", answers[i].name, SPAN_ARG(buf_span(&out)));
		arena_free(a);
	}
}

static void names_have_limits(void **state)
{
	struct scene s;
	char label[64 + 9], name[300];

	(void)state;
	scene_open(&s, "");
	memset(label, 'a', 64);
	strcpy(label + 63, ".example");
	assert_string_equal(scene_ask(&s, DNS_A, label), "no name");
	label[63] = 'a';
	strcpy(label + 64, ".example");
	assert_string_equal(scene_ask(&s, DNS_A, label), "invalid");
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[253] = '\0';
	assert_string_equal(scene_ask(&s, DNS_A, name), "no name");
	name[253] = '.';
	name[254] = 'a';
	name[255] = '\0';
	assert_string_equal(scene_ask(&s, DNS_A, name), "invalid");
	arena_free(s.a);
}

static void case_and_the_final_dot_make_no_new_question(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "a.example A 192.0.2.1\n");
	(void)scene_ask(&s, DNS_A, "a.example");
	(void)scene_ask(&s, DNS_A, "A.EXAMPLE.");
	assert_int_equal(need_memo_asked(s.memo), 1);
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_in_records_read_back_as_they_were),
		cmocka_unit_test(names_have_limits),
		cmocka_unit_test(case_and_the_final_dot_make_no_new_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
