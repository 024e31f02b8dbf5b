#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_once_received;

#define R(name)                                                                                    \
	"Received: from " name " (" name                                                           \
	" [192.0.2.25]) by mx.y.org with ESMTP id 1;\n Sun, 22 Nov 2026 10:12:31 +0000\n"
#define UNKNOWN                                                                                    \
	"Received: from x (unknown [192.0.2.25]) by mx.y.org with ESMTP id 1;\n Sun, 22 Nov 2026 10:12:31 +0000\n"
#define F "From: a@x.org\n"
#define PROGRAM "User-Agent: Mutt/2.2\n"
#define ONCE "ONCE_RECEIVED(0.10)"
#define STRICT(word) ONCE " ONCE_RECEIVED_STRICT(4.00)[" word "]"
#define CLIENT(name) .address = "192.0.2.25", .hostname = (name)
#define SET(text) .settings = "once_received { " text " }"

static const struct harness_case cases[] = {
	{"one server knows of one client", R("a.x.org") F "\n", ONCE, CLIENT("a.x.org")},
	{"a client that stands in no field is another one", R("a.x.org") F "\n", "",
		.address = "192.0.2.77", .hostname = "b.x.org"},
	{"two servers", R("a.x.org") R("b.x.org") F "\n", "", CLIENT("a.x.org")},
	{"no server, and none is known", F "\n", "", CLIENT("a.x.org")},
	{"no server before the client of a milter", F "\n", ONCE, CLIENT("a.x.org"),
		.over_network = true},
	{"a server before the client of a milter", R("b.x.org") F "\n", "", .address = "192.0.2.77",
		.hostname = "a.x.org", .over_network = true},
	{"by the field alone", R("a.x.org") F "\n", ONCE},
	{"a client without a name", UNKNOWN F "\n", ONCE, .address = "192.0.2.25"},
	{"our own network", R("a.x.org") F PROGRAM "\n", "", .address = "127.0.0.1"},
	{"who has authenticated", R("a.x.org") F PROGRAM "\n", "", CLIENT("a.x.org"), .user = "a"},

	{"a server of mail by its name", R("a.x.org") F "\n", "", CLIENT("mail.x.org")},
	{"that wins over other words", R("a.x.org") F "\n", "", CLIENT("mail-static-1.x.org")},
	{"a static line", R("a.x.org") F "\n", STRICT("static"), CLIENT("1-2-3-4.static.x.org")},
	{"in any case", R("a.x.org") F "\n", STRICT("static"), CLIENT("STATIC-1.x.org")},
	{"a dynamic line", R("a.x.org") F "\n", STRICT("dynamic"), CLIENT("1.dynamicip.x.org")},
	{"by the field alone when nothing else is known", R("static.x.org") F "\n",
		STRICT("static")},
	{"the client's name counts more than the field", R("static.x.org") F "\n", ONCE,
		CLIENT("a.x.org")},
	{"no line, but a word that ends so", R("a.x.org") F "\n", ONCE,
		CLIENT("www.electrostatic.com")},

	{"a mail program on a host without a name", UNKNOWN F PROGRAM "\n",
		ONCE " DIRECT_TO_MX(0.00)[Mutt/2.2]", .address = "192.0.2.25"},
	{"whose name is said to be unknown", UNKNOWN F PROGRAM "\n",
		ONCE " DIRECT_TO_MX(0.00)[Mutt/2.2]", CLIENT("unknown")},
	{"by its other field", UNKNOWN F "X-Mailer: =?utf-8?q?J=C3=A4ger?=\n\n",
		ONCE " DIRECT_TO_MX(0.00)[J\xc3\xa4ger]", .address = "192.0.2.25"},
	{"a mail program of a milter's client", F PROGRAM "\n",
		ONCE " DIRECT_TO_MX(0.00)[Mutt/2.2]", .address = "192.0.2.25",
		.over_network = true},
	{"a mail program on a host with a name may be web mail", R("a.x.org") F PROGRAM "\n", ONCE,
		CLIENT("a.x.org")},
	{"an empty field names none", UNKNOWN F "User-Agent:\n\n", ONCE, .address = "192.0.2.25"},
	{"a mail program behind a server", UNKNOWN R("b.x.org") F PROGRAM "\n", "",
		.address = "192.0.2.25"},

	{"words of one's own", R("a.x.org") F "\n", STRICT("pool"), CLIENT("pool-1.x.org"),
		SET("bad_host = \"pool\"")},
	{"in place of the stock ones", R("a.x.org") F "\n", ONCE, CLIENT("static-1.x.org"),
		SET("bad_host = \"pool\"")},
	{"written several times", R("a.x.org") F "\n", STRICT("dyn"), CLIENT("dyn-1.x.org"),
		SET("bad_host = \"pool\"; bad_host = \"dyn\";")},
	{"held at the start", R("a.x.org") F "\n", ONCE, CLIENT("hotmail.x.org"),
		SET("good_host = \"^mail\"")},
	{"found at the start", R("a.x.org") F "\n", "", CLIENT("Mail1.x.org"),
		SET("good_host = \"^mail\"")},
	{"held at the end", R("a.x.org") F "\n", "", CLIENT("a.x.org"),
		SET("good_host = \".x.org$\"")},
	{"not found at the end", R("a.x.org") F "\n", ONCE, CLIENT("a.x.org.z"),
		SET("good_host = \".x.org$\"")},
	{"a regular expression", R("a.x.org") F "\n", STRICT("/\\d+[.-]ip/"), CLIENT("12-ip.x.org"),
		SET("bad_host = \"/\\\\d+[.-]ip/\"")},
	{"a network that is not judged", R("a.x.org") F PROGRAM "\n", "", CLIENT("static.x.org"),
		SET("whitelist = [\"198.51.100.1\", \"192.0.2.0/24\"]")},
	{"another network", R("a.x.org") F "\n", STRICT("static"), CLIENT("static.x.org"),
		SET("whitelist = \"198.51.100.0/24\"")},
};

static void the_first_hop_is_judged(void **state)
{
	(void)state;
	harness_check_table(&check_once_received, cases, ARRAY_LEN(cases));
}

/* What is wrong is told, and the rest counts. */
static void wrong_settings_are_told(void **state)
{
	static const struct {
		const char *text;
		size_t errors, warnings;
	} wrong[] = {
		{"once_received { good_host = \"mail%d+\" }", 1, 0},
		{"once_received { bad_host = \"/(/\" }", 1, 0},
		{"once_received { whitelist = \"192.0.2\" }", 1, 0},
		{"once_received { whitelist = \"/etc/white.map\" }", 0, 1},
		{"once_received { whitelist = \"https://example.org/white.map\" }", 0, 1},
	};
	const struct check *one[] = {&check_once_received};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct arena *a = arena_make();
		struct conf_text text = {.name = "t",
			.text = span_of(wrong[i].text),
			.layer = CONF_LAYER_FILE,
			.section = ""};
		struct conf_input input = {.texts = &text, .text_count = 1};
		struct conf_report report;
		const struct conf *conf;

		conf_report_init(&report, a);
		conf = conf_load(a, &input, &report);
		(void)scan_config_make(a, conf, one, 1, &report);
		if (report.errors != wrong[i].errors || report.warnings != wrong[i].warnings)
			fail_msg("%s: %zu errors, %zu warnings", wrong[i].text, report.errors,
				report.warnings);
		arena_free(a);
	}
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	harness_expect_wrong(&check_once_received, "once_received {\n\tgood_host = \"%d\" }",
		"settings:2:2: once_received.good_host: \"%d\" is a pattern of Lua");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_hop_is_judged),
		cmocka_unit_test(wrong_settings_are_told),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests_name("checks/once_received", tests, NULL, NULL);
}
