#include "checks/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../scan/law.h"
#include "../scan/scene.h"
#include "harness.h"

/* The settings of each recipient in turn: "one - two"; "-" are the general ones. */
static const char *tell(struct arena *a, const struct scan_verdict *v)
{
	size_t n = num_max(scan_verdict_msg(v)->envelope.rcpt_count, 1);
	struct span *names = ARENA_ARRAY(a, struct span, n);
	struct buf out;

	for (size_t i = 0; i < n; i++)
		names[i] = v->settings;
	for (size_t i = 0; i < v->share_count; i++)
		for (size_t k = 0; k < v->shares[i].rcpt_count; k++)
			names[v->shares[i].rcpts[k]] = v->shares[i].verdict->settings;
	buf_init(&out, a, 64 << 10);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%.*s", i == 0 ? "" : " ",
			SPAN_ARG(span_is_null(names[i]) ? SPAN("-") : names[i]));
	return arena_string(a, buf_span(&out));
}

static const char *scan(struct scene *s, const struct harness_case *c)
{
	struct span *rcpts;
	struct msg_envelope e = {
		.from = span_of(c->from),
		.address = span_of(c->address),
		.hostname = span_of(c->hostname),
		.user = span_of(c->user),
	};
	const char *message = c->message == NULL ? "From: a@example.org\n\nx\n" : c->message;

	if (c->from == NULL)
		e.from = SPAN("from@example.org");
	scene_open(s, c->settings, checks_all, checks_count);
	rcpts = ARENA_ARRAY(s->a, struct span, MSG_RECIPIENTS_MOST);
	for (struct span rest = span_of(c->rcpts), item; span_next(&rest, ' ', &item);)
		rcpts[e.rcpt_count++] = item;
	e.rcpts = rcpts;
	return tell(s->a,
		scan_whole(s->config, msg_make(s->a, &e, span_of(message)),
			need_memo_make(s->a, HARNESS_NOW)));
}

#define FROM(pattern) "settings { x { from = " pattern "; apply { } } }"
#define RCPT(pattern) "settings { x { rcpt = " pattern "; apply { } } }"
#define RULE(conditions) "settings { x { " conditions " apply { } } }"

static const struct harness_case cases[] = {
	{"no conditions of this message", NULL, "-", .settings = FROM("b@example.org")},
	{"an address", NULL, "x", .settings = FROM("from@example.org")},
	{"an address in another case", NULL, "x", .settings = FROM("From@Example.ORG")},
	{"an address with a tag", NULL, "x", .settings = FROM("from@example.org"),
		.from = "from+tag@example.org"},
	{"the tag itself", NULL, "x", .settings = FROM("from+tag@example.org"),
		.from = "from+tag@example.org"},
	{"another tag", NULL, "-", .settings = FROM("from+tag@example.org"),
		.from = "from+other@example.org"},
	{"the end of an address is not the address", NULL, "-",
		.settings = FROM("rom@example.org")},
	{"a domain", NULL, "x", .settings = FROM("\"@example.org\"")},
	{"a domain is not its subdomains", NULL, "-", .settings = FROM("\"@example.org\""),
		.from = "a@sub.example.org"},
	{"a user", NULL, "x", .settings = FROM("from")},
	{"a user with a tag", NULL, "x", .settings = FROM("from"), .from = "from+tag@example.org"},
	{"a regexp", NULL, "x", .settings = FROM("\"/^FROM@/i\"")},
	{"another regexp", NULL, "-", .settings = FROM("\"/^rom@/i\"")},
	{"one of a list", NULL, "x", .settings = FROM("[a@example.org, \"@example.org\"]")},
	{"one of several lines", NULL, "x",
		.settings = "settings { x { from = a; from = from; apply { } } }"},
	{"the null sender", NULL, "x", .settings = FROM("\"\""), .from = ""},
	{"the null sender in angles", NULL, "x", .settings = FROM("\"<>\""), .from = ""},
	{"the null sender is no other", NULL, "-", .settings = FROM("\"\"")},

	{"a recipient", NULL, "x", .settings = RCPT("r@example.org"), .rcpts = "r@example.org"},
	{"one of the recipients", NULL, "- x -", .settings = RCPT("r@example.org"),
		.rcpts = "a@example.org R@example.ORG b@example.org"},
	{"recipients with tags", NULL, "x x -", .settings = RCPT("r@example.org"),
		.rcpts = "r+1@example.org r+2@example.org s+r@example.org"},
	{"recipients by domain and user", NULL, "x x -",
		.settings = RCPT("[\"@one.example\", postmaster]"),
		.rcpts = "a@one.example postmaster@two.example a@two.example"},
	{"recipients by regexp", NULL, "x - x", .settings = RCPT("[\"/^a/\", \"/x@/\"]"),
		.rcpts = "a@example.org b@example.org x@example.org"},
	{"no recipients", NULL, "-", .settings = RCPT("a@example.org")},
	{"no recipients, but what holds for all", NULL, "x", .settings = FROM("from")},
	{"sender and recipient", NULL, "x -", .settings = RULE("from = from; rcpt = r;"),
		.rcpts = "r@example.org s@example.org"},
	{"another sender", NULL, "- -", .settings = RULE("from = other; rcpt = r;"),
		.rcpts = "r@example.org s@example.org"},

	{"a user that has authenticated", NULL, "x", .settings = RULE("user = bob;"),
		.user = "BOB"},
	{"its name is an address", NULL, "x", .settings = RULE("user = \"@example.org\";"),
		.user = "bob@example.org"},
	{"nobody has authenticated", NULL, "-", .settings = RULE("user = \"/./\";")},
	{"authenticated", NULL, "x", .settings = RULE("authenticated = yes;"), .user = "bob"},
	{"not authenticated", NULL, "-", .settings = RULE("authenticated = yes;")},
	{"authenticated is not wanted", NULL, "x", .settings = RULE("authenticated = no;")},
	{"a network", NULL, "x", .settings = RULE("ip = 192.0.2.0/24;"), .address = "192.0.2.9"},
	{"one of several addresses", NULL, "x",
		.settings = RULE("ip = [\"192.0.2.1\", \"2001:db8::/32\"];"),
		.address = "2001:db8::1"},
	{"another network", NULL, "-", .settings = RULE("ip = 192.0.2.0/24;"),
		.address = "198.51.100.9"},
	{"an unknown address", NULL, "-", .settings = RULE("ip = \"0.0.0.0/0\";")},
	{"local", NULL, "x", .settings = RULE("local = true;"), .address = "127.0.0.1"},
	{"not local", NULL, "x", .settings = RULE("local = false;"), .address = "192.0.2.1"},
	{"a host", NULL, "x", .settings = RULE("hostname = mx.example.org;"),
		.hostname = "MX.example.org"},
	{"a host by regexp", NULL, "x", .settings = RULE("hostname = \"/\\\\.example\\\\./\";"),
		.hostname = "mx.example.org"},
	{"a host is not a domain", NULL, "-", .settings = RULE("hostname = example.org;"),
		.hostname = "mx.example.org"},
	{"an unknown host", NULL, "-", .settings = RULE("hostname = \"/^/\";")},

	{"a From field", "From: N <mime@example.org>\n\n", "x",
		.settings = RULE("from_mime = mime@example.org;")},
	{"a To field", "From: a@b.example\nTo: b@b.example, c@b.example\n\n", "x",
		.settings = RULE("rcpt_mime = c@b.example;")},
	{"a header field is there", "X-A: \n\n", "x", .settings = RULE("header { X-A = true }")},
	{"a header field is not there", "X-B: 1\n\n", "-",
		.settings = RULE("header { X-A = true }")},
	{"a header field must not be there", "X-B: 1\n\n", "x",
		.settings = RULE("header { X-A = false }")},
	{"a header field by regexp", "X-A: 1\nX-A: yes\n\n", "x",
		.settings = RULE("header { X-A = \"/^YES$/i\" }")},
	{"a header field by a bare regexp", "X-A: oh yes\n\n", "x",
		.settings = RULE("header { X-A = yes.* }")},

	{"inverse: one condition holds, so it does not", NULL, "-", .address = "203.0.113.1",
		.settings = RULE("from = from; ip = 192.0.2.1; inverse = true;")},
	{"inverse: no condition holds, so it does", NULL, "x", .address = "203.0.113.1",
		.settings = RULE("from = other; ip = 192.0.2.1; inverse = true;")},
	{"inverse: recipients", NULL, "- x", .settings = RULE("rcpt = a; inverse = true;"),
		.rcpts = "a@example.org b@example.org"},

	{"the first in the file", NULL, "z",
		.settings =
			"settings { z { from = from; apply { } } a { from = from; apply { } } }"},
	{"the highest priority", NULL, "a",
		.settings = "settings { z { from = from; apply { } } "
			    "a { from = from; priority = medium; apply { } } }"},
	{"a number above high", NULL, "z",
		.settings = "settings { a { from = from; priority = high; apply { } } "
			    "z { from = from; priority = 5; apply { } } }"},
	{"low is the default", NULL, "z",
		.settings = "settings { z { from = from; apply { } } "
			    "a { from = from; priority = low; apply { } } }"},
	{"each recipient has its own first", NULL, "two one two",
		.settings =
			"settings { one { rcpt = a; apply { } } two { from = from; apply { } } }",
		.rcpts = "b@example.org a@example.org c@example.org"},
	{"what holds for all comes first", NULL, "two two",
		.settings =
			"settings { two { from = from; apply { } } one { rcpt = a; apply { } } }",
		.rcpts = "b@example.org a@example.org"},
	{"a regexp before an address", NULL, "one two",
		.settings = "settings { one { rcpt = \"/^a/\"; apply { } } "
			    "two { rcpt = [a, b]; apply { } } }",
		.rcpts = "a@example.org b@example.org"},
	{"switched off", NULL, "-",
		.settings = "settings { enabled = false; x { from = from; apply { } } }"},
};

static void settings_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s;
		const char *got = scan(&s, &cases[i]);

		if (s.report.errors + s.report.warnings > 0)
			fail_msg("%s: %s", cases[i].name, scene_report(&s));
		if (strcmp(got, cases[i].expected) != 0)
			fail_msg("%s:\n  found    %s\n  expected %s", cases[i].name, got,
				cases[i].expected);
		arena_free(s.a);
	}
}

/* What the configuration says of what it cannot use; `expected` is the report. */
static const struct harness_case reports[] = {
	{"a selector, of which the check against the schema tells", NULL, "",
		.settings = RULE("from = from; selector = 'a';")},
	{"a map", NULL,
		"test.conf:1:16: settings.x is left out: maps are not there yet (warning)\n",
		.settings = RULE("from = \"http://maps.example/x\";")},
	{"a map of addresses", NULL,
		"test.conf:1:16: settings.x is left out: maps are not there yet (warning)\n",
		.settings = RULE("ip = \"/etc/x.map\";")},
	{"nothing", NULL,
		"test.conf:1:12: settings.x is left out: it has no condition, so it holds for nobody "
		"(warning)\n",
		.settings = RULE("")},
	{"a wrong priority", NULL,
		"test.conf:1:29: settings.x.priority must be low, medium, high or a number, not "
		"\"urgent\"\n",
		.settings = RULE("from = from; priority = urgent;")},
	{"a wrong address", NULL, "test.conf:1:16: \"nowhere\" is no address or network\n",
		.settings = RULE("ip = nowhere;")},
};

static void what_cannot_be_used_is_told_and_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reports); i++) {
		struct scene s;
		const char *got = scan(&s, &reports[i]);

		if (strcmp(got, "-") != 0)
			fail_msg("%s: is used", reports[i].name);
		if (strcmp(scene_report(&s), reports[i].expected) != 0)
			fail_msg("%s: %s", reports[i].name, scene_report(&s));
		arena_free(s.a);
	}
}

static void a_wrong_pattern_is_an_error(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, FROM("\"/(/\""), checks_all, checks_count);
	assert_int_equal(s.report.errors, 1);
	arena_free(s.a);
}

/* One entry for each of many mailboxes, and a message to a thousand of them. */
static void many_settings_and_many_recipients(void **state)
{
	enum { ENTRIES = 5000 };
	struct arena *a = arena_make();
	struct msg_envelope e = {.from = SPAN("a@example.org"), .rcpt_count = MSG_RECIPIENTS_MOST};
	struct span *rcpts = ARENA_ARRAY(a, struct span, e.rcpt_count);
	const struct scan_verdict *v;
	struct buf conf;
	struct scene s;

	(void)state;
	buf_init(&conf, a, 4 << 20);
	buf_add_string(&conf, "settings {\n");
	for (int i = 0; i < ENTRIES; i++)
		buf_printf(&conf,
			"u%d { rcpt = u%d@example.org; apply { actions { reject = %d } } }\n", i, i,
			10 + i % 5);
	buf_add_string(&conf, "}\n");
	for (size_t i = 0; i < e.rcpt_count; i++)
		rcpts[i] = arena_printf(a, "u%zu@example.org", i < 10 ? i : 3);
	e.rcpts = rcpts;
	scene_open(&s, arena_string(a, buf_span(&conf)), checks_all, checks_count);
	assert_int_equal(s.report.errors + s.report.warnings, 0);
	v = scan_whole(s.config, msg_make(s.a, &e, SPAN("From: a@example.org\n\n")),
		need_memo_make(s.a, HARNESS_NOW));
	assert_int_equal(v->share_count, 10);
	assert_true(arena_used(s.a) / ENTRIES < 8 << 10);
	arena_free(s.a);
	arena_free(a);
}

static void the_law_holds_with_settings(void **state)
{
	static const struct span rcpts[] = {SPAN_INIT("a@example.org"), SPAN_INIT("b@example.org"),
		SPAN_INIT("c@example.org")};
	struct arena *a = arena_make();
	struct scene s;
	struct law_case c = {.zone = "example.org A 192.0.2.1\n",
		.now = HARNESS_NOW,
		.envelope = {.from = SPAN("from@example.org"),
			.rcpts = rcpts,
			.rcpt_count = 3,
			.address = SPAN("192.0.2.25"),
			.helo = SPAN("mail.example.org")},
		.bytes = SPAN("From: a@example.org\nSubject: hello?\n\nx\n")};
	const char *wrong;
	size_t tried;

	(void)state;
	scene_open(&s,
		"settings { one { rcpt = a; apply { groups_disabled = headers } } "
		"two { rcpt = b; whitelist = yes } }",
		checks_all, checks_count);
	c.config = s.config;
	wrong = law_try_orders(&c, a, 20);
	if (wrong == NULL)
		wrong = law_try_failures(&c, a, &tried);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	arena_free(s.a);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_hold),
		cmocka_unit_test(what_cannot_be_used_is_told_and_left_out),
		cmocka_unit_test(a_wrong_pattern_is_an_error),
		cmocka_unit_test(many_settings_and_many_recipients),
		cmocka_unit_test(the_law_holds_with_settings),
	};

	return cmocka_run_group_tests_name("checks/settings", tests, NULL, NULL);
}
