#include "compact.h"

struct options {
	int a;
	double timeout;
	struct span password;
};

static const struct conf_option option_rows[] = {
	CONF_INT(struct options, a, "max_message", "5", 1, 10, "a number"),
	CONF_TIME(struct options, timeout, "task_timeout", "8s", 1, 100, "a time"),
	CONF_ALIAS("check_timeout", "task_timeout"),
};
static const struct conf_option more_rows[] = {
	CONF_TIME(struct options, timeout, "history_rows", "8s", 1, 100, "of another room"),
};
static const struct conf_option worker_rows[] = {
	CONF_INT(struct options, a, "count", "1", 1, 10, "a number"),
	CONF_SECRET(struct options, password, "password", "hidden"),
};
static const struct conf_option rule_rows[] = {
	CONF_STRING(struct options, password, "map", NULL, "a map"),
};
static const struct conf_option greylist_rows[] = {
	CONF_TIME(struct options, timeout, "expire", "1d", 1, 1e9, "a time"),
	CONF_IGNORED("key_prefix", "there is no Redis"),
	CONF_IGNORED("symbol", "it has a fixed name"),
	CONF_IGNORED("db", "there is no Redis"),
};
static const struct conf_option symbol_rows[] = {
	CONF_STRING(struct options, password, "score", NULL, "a number"),
};

#define SECTION(path_, rows_, ...)                                                                 \
	{                                                                                          \
		.path = (path_), .rows = (rows_), .row_count = ARRAY_LEN(rows_),                   \
		.size = sizeof(struct options), __VA_ARGS__                                        \
	}

static const struct conf_section all[] = {
	SECTION("options", option_rows, .help = "of all"),
	SECTION("options", more_rows, .help = "more of all"),
	SECTION("worker.normal", worker_rows, .help = "a worker"),
	SECTION("worker.controller", worker_rows, .help = "a worker"),
	SECTION("multimap.*", rule_rows, .help = "a rule"),
	{.path = "multimap", .is_module = true, .help = "maps"},
	SECTION("greylist", greylist_rows, .is_module = true),
	{.path = "actions", .is_open = true},
	SECTION("symbols.*", symbol_rows),
	SECTION("group.*", symbol_rows, .is_module = true),
	SECTION("group.*.symbols.*", symbol_rows),
	{.path = "composites.*", .is_open = true},
};

static bool knows_symbol(const void *context, struct span name)
{
	return span_starts(name, span_of(context));
}

struct check_case {
	const char *name;
	const char *text;
	const char *report;
};

static const struct check_case cases[] = {
	{"what is known",
		"options { max_message = 3; check_timeout = 5s; history_rows = 3 }\n"
		"worker \"normal\" { count = 2 } multimap { X { map = \"y\" } }\n"
		"greylist { enabled = no; expire = 1h } actions { reject = 15; mine { } }",
		""},
	{"an unknown section has the nearest name", "optoins { a = 1 }",
		"t:1:1: there is no section \"optoins\"; did you mean \"options\"?\n"},
	{"an unknown section near a module of Rspamd", "antivrus { }",
		"t:1:1: there is no section \"antivrus\"; did you mean \"antivirus\"?\n"},
	{"an unknown section with nothing near", "something_else { }",
		"t:1:1: there is no section \"something_else\"\n"},
	{"a value at the top", "max_message = 3", "t:1:1: there is no setting \"max_message\"\n"},
	{"an unknown key has the nearest name", "options {\n max_mesage = 3; task_timeuot = 1 }",
		"t:2:2: options has no setting \"max_mesage\"; did you mean \"max_message\"?\n"
		"t:2:18: options has no setting \"task_timeuot\"; did you mean \"task_timeout\"?\n"},
	{"an unknown key with nothing near", "greylist { something = 3 }",
		"t:1:12: greylist has no setting \"something\"\n"},
	{"an unknown worker", "worker \"nromal\" { }",
		"t:1:8: worker has no setting \"nromal\"; did you mean \"normal\"?\n"},
	{"types and bounds", "options { max_message = 30 }\nmultimap { X { map = [1] } }",
		"t:1:11: options.max_message must be a whole number from 1 to 10, not \"30\"\n"
		"t:2:16: multimap.X.map must be a text, not a list\n"},
	{"a wrong value behind an alias", "options { check_timeout = 0 }",
		"t:1:11: options.check_timeout must be a time from 1s to 100s, not \"0\"\n"},
	{"secrets are not told", "worker \"controller\" { password = [ \"geheim\" ] }",
		"t:1:23: worker.controller.password must be a text, not a list\n"},
	{"a section that is none", "options = 3; multimap = [];\ngroup \"g\" { symbols = 5 }",
		"t:1:1: options must be a section { }, not a number\n"
		"t:1:14: multimap must be a section { }, not a list\n"
		"t:2:13: group.g.symbols must be a section { }, not a number\n"},
	{"a rule that is none", "multimap { X = 5 }", "t:1:12: multimap has no setting \"X\"\n"},
	{"a section within itself, as in local.d", "greylist { greylist { expire = 1 } }",
		"t:1:12: this is within the section greylist already: leave the outer \"greylist { }\" "
		"out\n"},

	{"Rspamd's keys are one warning a section",
		"options {\n lua_gc_step = 1; tempdir = \"/x\"; lua_gc_pause = 2\n dns { sockets = 16; timeout "
		"= 1 } }",
		"t:3:8: settings of Rspamd without effect in options.dns: sockets, timeout (the resolver is "
		"built in and tunes itself) (warning)\n"
		"t:2:2: settings of Rspamd without effect in options: lua_gc_step, lua_gc_pause (Lua has "
		"fixed limits); tempdir (no temporary files are written) (warning)\n"},
	{"keys that a row gives up are told likewise",
		"greylist { db = 1; key_prefix = x; symbol = G }",
		"t:1:12: settings of Rspamd without effect in greylist: db, key_prefix (there is no Redis); "
		"symbol (it has a fixed name) (warning)\n"},
	{"Rspamd's keys of any worker and of one",
		"worker \"normal\" { max_files = 1; keypair { } }",
		"t:1:19: settings of Rspamd without effect in worker.normal: max_files (the service manager "
		"limits open files); keypair (connections are not encrypted in this protocol: put TLS or a "
		"local socket in front) (warning)\n"},
	{"a module that is not there", "antivirus { clamav { servers = x } }",
		"t:1:1: the module antivirus of Rspamd is not there: its section has no effect (warning)\n"},
	{"a module that is not there and off",
		"antivirus { enabled = \"false\"; x = 1 } gpt { disabled = yes }", ""},
	{"a section of the core that is not there", "worker \"fuzzy\" { sync = 1 } neighbours { }",
		"t:1:8: the section worker.fuzzy of Rspamd has no effect: there is no fuzzy storage to serve "
		"(warning)\n"
		"t:1:29: the section neighbours of Rspamd has no effect: this version shows no cluster "
		"(warning)\n"},
	{"switches of modules",
		"greylist { enabled = \"off\"; disabled = 0 } multimap { enabled = maybe }\n"
		"options { enabled = no }",
		"t:1:55: multimap.enabled must be yes or no\n"
		"t:2:11: options has no setting \"enabled\"\n"},

	{"scores for unknown symbols are one warning with their count",
		"symbols { KNOWN { score = 1 } A { score = 1 } } group \"g\" { symbols { KNOWN_TOO { } B { } C { } "
		"D { } COMP { } } }\ncomposites { COMP { } }",
		"t:1:31: scores for 4 unknown symbols: A, B, C, ... (warning)\n"},
	{"a score for one unknown symbol", "symbols { A { score = 1 } }",
		"t:1:11: scores for 1 unknown symbol: A (warning)\n"},
};

static const struct conf_schema *schema(void)
{
	static const struct conf_section *sections[ARRAY_LEN(all)];
	static const struct conf_schema made = {sections, ARRAY_LEN(all), knows_symbol, "KNOWN"};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		sections[i] = &all[i];
	return &made;
}

static const struct conf *load(const char *text, enum conf_layer layer)
{
	struct conf_text t = {"t", span_of(text), layer, ""};
	struct conf_input input = {.texts = &t, .text_count = 1, .schema = schema()};

	return conf_load(a, &input, &report);
}

static void everything_that_is_written_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		conf_report_init(&report, a);
		conf_check(load(cases[i].text, CONF_LAYER_FILE), schema(), &report);
		expect_text(cases[i].name, "report", printed_report(), cases[i].report);
	}
}

/* rspamd.conf.local stands beside the stock sections. */
static void a_module_written_twice_is_read_once(void **state)
{
	struct conf_text texts[] = {
		{"stock", SPAN("greylist { expire = 1 } worker \"normal\" { }"), CONF_LAYER_DEFAULT,
			NULL},
		{"more", SPAN("greylist { bad = 1 } worker \"normal\" { bad = 2 }"),
			CONF_LAYER_DEFAULT, NULL},
	};
	struct conf_input input = {.texts = texts, .text_count = 2};

	(void)state;
	conf_check(conf_load(a, &input, &report), schema(), &report);
	expect_text("twice", "report", printed_report(),
		"more:1:1: the section greylist is already in stock:1: only that one is read (warning)\n"
		"more:1:40: worker.normal has no setting \"bad\"\n");
}

static void unknown_symbols_of_the_defaults_are_our_own_business(void **state)
{
	(void)state;
	conf_check(load("symbols { A { score = 1 } }", CONF_LAYER_DEFAULT), schema(), &report);
	expect_text("defaults", "report", printed_report(), "");
}

static void all_names_of_rspamd_are_at_most_warnings(void **state)
{
	static const char *const texts[] = {
		"options { one_shot = yes; events_backend = x; upstream { max_errors = 1 } }",
		"logging { log_urls = 1; log_format = x; debug_modules = [] }",
		"group \"g\" { max_score = 5; min_score = 1 }",
		"classifier \"bayes\" { min_tokens = 5; statfile { class = spam; label = x } }",
		"worker \"proxy\" { upstream \"local\" { self_scan = yes } mirror { } }",
		"redis { servers = \"x\" } lang_detection { } lua = \"x\"; spf { } rbl { } ip_score { }",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		conf_report_init(&report, a);
		conf_check(load(texts[i], CONF_LAYER_FILE), schema(), &report);
		if (report.errors > 0)
			expect_text(texts[i], "report", printed_report(), "");
	}
}

struct switch_case {
	const char *text;
	bool preset, on;
};

static void switches_of_modules(void **state)
{
	static const struct switch_case switches[] = {
		{"", true, true},
		{"", false, false},
		{"m { enabled = false }", true, false},
		{"m { enabled = \"off\" }", true, false},
		{"m { disabled = true }", true, false},
		{"m { disabled = \"false\" }", false, true},
		{"m { enabled = true }", false, true},
		{"m { enabled = true } group \"m\" { disabled = true }", true, false},
		{"group \"m\" { enabled = false }", true, false},
		{"group \"m\" { enabled = true }", false, false},
		{"m { enabled = [] }", true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		const struct conf *conf = load(switches[i].text, CONF_LAYER_FILE);

		if (conf_module_enabled(conf, "m", switches[i].preset) != switches[i].on)
			fail_msg("%s", switches[i].text);
	}
}

static void a_report_keeps_a_hundred_messages_and_counts_the_rest(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, a, 1 << 20);
	for (int i = 0; i < 250; i++)
		buf_printf(&text, "something%d = 1\n", i);
	conf_check(load(arena_string(a, buf_span(&text)), CONF_LAYER_FILE), schema(), &report);
	assert_int_equal(report.errors, 250);
	assert_int_equal(report.messages.n, CONF_ERRORS_MOST);
	assert_true(span_ends(printed_report(), SPAN("\n... and 150 more\n")));
}

static void the_same_message_is_told_once(void **state)
{
	const struct conf *conf = load("options { max_message = 0 }", CONF_LAYER_FILE);
	struct options o;

	(void)state;
	conf_check(conf, schema(), &report);
	conf_fill(a, conf_find(conf->root, "options"), option_rows, ARRAY_LEN(option_rows), &o,
		&report);
	assert_int_equal(report.errors, 1);
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(everything_that_is_written_is_checked),
		WITH_ARENA(a_module_written_twice_is_read_once),
		WITH_ARENA(unknown_symbols_of_the_defaults_are_our_own_business),
		WITH_ARENA(all_names_of_rspamd_are_at_most_warnings),
		WITH_ARENA(switches_of_modules),
		WITH_ARENA(a_report_keeps_a_hundred_messages_and_counts_the_rest),
		WITH_ARENA(the_same_message_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
