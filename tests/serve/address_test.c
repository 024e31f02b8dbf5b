#include "serve/inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct address_case {
	const char *name;
	const char *text;
	const char *expected; /* the addresses with blanks between; NULL: none */
} cases[] = {
	{"an IPv4 address and a port", "127.0.0.1:25", "127.0.0.1:25"},
	{"blanks around it do not count", " 127.0.0.1:25 ", "127.0.0.1:25"},
	{"without a port it is milter's", "192.0.2.1", "192.0.2.1:11332"},
	{"an IPv6 address in brackets and a port", "[2001:DB8::1]:25", "[2001:db8::1]:25"},
	{"an IPv6 address without a port", "[::1]", "[::1]:11332"},
	{"an IPv6 address may lack its brackets when it has no port", "::1", "[::1]:11332"},
	{"localhost is both families", "localhost:25", "127.0.0.1:25 [::1]:25"},
	{"a star is everything", "*:25", "0.0.0.0:25 [::]:25"},
	{"a star of one family", "*v4:25", "0.0.0.0:25"},
	{"a star of the other family", "*v6", "[::]:11332"},
	{"port 0 is any port", "127.0.0.1:0", "127.0.0.1:0"},
	{"the highest port", "127.0.0.1:65535", "127.0.0.1:65535"},
	{"a path is a local socket", "/run/winnow/milter.sock", "/run/winnow/milter.sock"},
	{"a port over the highest is none", "127.0.0.1:65536", NULL},
	{"a port must be a number", "127.0.0.1:x", NULL},
	{"a port must be there behind its colon", "127.0.0.1:", NULL},
	{"a name is not looked up", "mx.example.org:25", NULL},
	{"nothing is no address", "", NULL},
	{"a port alone is no address", ":25", NULL},
	{"brackets must be closed", "[::1:25", NULL},
	{"behind brackets comes a colon", "[::1]25", NULL},
	{"half an address is none", "127.0.0:25", NULL},
	{"a path with a blank is none", "/run/x mode=0666", NULL},
	{"a path over the limit is none",
		"/0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789",
		NULL},
};

static void addresses_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct serve_address found[SERVE_ADDRESSES_MOST];
		struct arena *a = arena_make();
		struct why why = {""};
		size_t n = serve_address_parse(span_of(cases[i].text), found, &why);
		struct buf out;

		buf_init(&out, a, 1024);
		for (size_t k = 0; k < n; k++) {
			buf_add_string(&out, k == 0 ? "" : " ");
			buf_add(&out, serve_address_print(a, (struct sockaddr *)&found[k].socket));
		}
		if (!span_equal(buf_span(&out), span_of(cases[i].expected)))
			fail_msg("%s: got \"%.*s\"", cases[i].name, SPAN_ARG(buf_span(&out)));
		if ((n == 0) != (why.text[0] != '\0'))
			fail_msg("%s: the sentence is \"%s\"", cases[i].name, why.text);
		arena_free(a);
	}
}

static void only_the_second_of_two_families_is_optional(void **state)
{
	struct serve_address found[SERVE_ADDRESSES_MOST];

	(void)state;
	assert_int_equal(serve_address_parse(SPAN("localhost"), found, NULL), 2);
	assert_false(found[0].optional);
	assert_true(found[1].optional);
	assert_int_equal(serve_address_parse(SPAN("[::1]"), found, NULL), 1);
	assert_false(found[0].optional);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(only_the_second_of_two_families_is_optional),
	};

	return cmocka_run_group_tests_name("serve/address", tests, NULL, NULL);
}
