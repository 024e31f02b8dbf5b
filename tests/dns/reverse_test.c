#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "scene.h"

static const struct {
	const char *address;
	const char *name; /* NULL: no address */
} cases[] = {
	{"192.0.2.1", "1.2.0.192.in-addr.arpa"},
	{"2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
	{"::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa"},
	{"192.0.2.256", NULL},
	{"host.example", NULL},
	{"", NULL},
	{"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd", NULL},
};

static void addresses_have_names_to_ask_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *keep = arena_make();
		struct span text = arena_printf(keep, "%s PTR host.example.\n",
			cases[i].name != NULL ? cases[i].name : "x.example");
		const struct dns_answer *answer;
		struct scene s;
		enum rc rc;

		scene_open(&s, text.p);
		rc = dns_need_ptr(&s.needs, span_of(cases[i].address), &answer);
		if (rc != (cases[i].name == NULL ? RC_INVALID : RC_OK))
			fail_msg("%s: %s", cases[i].address, rc_name(rc));
		if (rc == RC_OK &&
			(answer->n != 1 || !span_equal(answer->v[0].text, SPAN("host.example"))))
			fail_msg("%s: not the name", cases[i].address);
		arena_free(s.a);
		arena_free(keep);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_names_to_ask_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
