#include "compact.h"

struct options {
	int a;
	double time;
	struct span key, text;
	struct conf_list list;
};

static const struct conf_option rows[] = {
	CONF_INT(struct options, a, "a", "5", 1, 10, "a number"),
	CONF_TIME(struct options, time, "time", "8s", 1, 100, "a time"),
	CONF_TIME(struct options, time, "unset", NULL, 1, 100, "a time"),
	CONF_ALIAS("when", "time"),
	CONF_SECRET(struct options, key, "key", "a key"),
	CONF_STRING(struct options, text, "text", "yes", "a text"),
	CONF_LIST(struct options, list, "list", "x, y", "texts"),
};
static const struct conf_option rule_rows[] = {
	CONF_INT(struct options, a, "weight", "1", 1, 10, "a number"),
};

static const struct conf_section options_section = {.path = "options",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct options)};
static const struct conf_section rule_section = {.path = "rules.*",
	.rows = rule_rows,
	.row_count = ARRAY_LEN(rule_rows),
	.size = sizeof(struct options)};
static const struct conf_section *const sections[] = {&options_section, &rule_section};
static const struct conf_schema schema = {sections, ARRAY_LEN(sections), NULL, NULL};

static const struct conf *load(const char *stock, const char *file)
{
	struct conf_text texts[] = {
		{"stock", span_of(stock), CONF_LAYER_DEFAULT, NULL},
		{"winnow.conf", span_of(file), CONF_LAYER_FILE, NULL},
	};
	struct conf_input input = {.texts = texts, .text_count = 2};

	return conf_load(a, &input, &report);
}

static struct span show(const struct conf *conf, const char *path, bool origin)
{
	struct conf_style style = {.origin = origin, .schema = &schema};
	struct buf out;
	struct why why = {""};

	buf_init(&out, a, 100000);
	if (conf_show(&out, conf, &style, span_of(path), &why) != RC_OK)
		return arena_copy(a, span_of(why.text));
	return buf_span(&out);
}

struct print_case {
	const char *name;
	const char *text;
	const char *printed;
};

static void trees_are_printed(void **state)
{
	static const struct print_case cases[] = {
		{"scalars as they were written", "a=1k;b=5min;c=YES;d=null;e=bare word;f=0x1F",
			"a = 1k;\nb = 5min;\nc = YES;\nd = null;\ne = \"bare word\";\nf = 0x1F;\n"},
		{"sections and lists", "a { b { } c = [1, [x], { y = 2 }] } d = [1,2]; e = []",
			"a {\n    b {\n    }\n    c = [\n        1,\n        [\"x\"],\n        {\n            y = 2;\n"
			"        },\n    ];\n}\nd = [1, 2];\ne = [];\n"},
		{"a key as often as it was written", "a = 1; a = [2]; a { b = 3 }",
			"a = 1;\na = [2];\na {\n    b = 3;\n}\n"},
		{"keys that need quotes", "'a b' = 1; '' = 2; '.x' = 3; 'q\"' { }",
			"\"a b\" = 1;\n\"\" = 2;\n\".x\" = 3;\n\"q\\\"\" {\n}\n"},
		{"texts that need escapes", "a = 'x\ny\t\\ \" $CONFDIR ${X} a$ {% {=';",
			"a = \"x\\ny\\t\\\\ \\\" \\$CONFDIR \\${X} a$ \\u007b% \\u007b=\";\n"},
		{"words that would mean something else", "a = 'yes'; b = '5'; c = 'null'",
			"a = \"yes\";\nb = \"5\";\nc = \"null\";\n"},
		{"a long list has a line an element",
			"a = [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb]",
			"a = [\n    \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\n"
			"    \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\",\n];\n"},
		{"secrets by their names",
			"password = x; enable_password = 'y'; s { api_key = [1, { z = q }] }",
			"password = \"***\";\nenable_password = \"***\";\ns {\n    api_key = [\n        \"***\",\n"
			"        {\n            z = \"***\";\n        },\n    ];\n}\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct conf_node *root = conf_parse(a, span_of(cases[i].text), "t", &report),
				       *again;
		struct conf_style style = {.secrets = true};
		struct buf out;

		buf_init(&out, a, 100000);
		conf_print(&out, root, NULL);
		expect_text(cases[i].name, "printed", buf_span(&out), cases[i].printed);
		buf_init(&out, a, 100000);
		conf_print(&out, root, &style);
		again = conf_parse(a, buf_span(&out), "again", &report);
		expect_text(cases[i].name, "report", printed_report(), "");
		if (!conf_equal(root, again))
			expect_text(cases[i].name, "again", compact(again),
				arena_string(a, compact(root)));
	}
}

static void trees_differ(void **state)
{
	static const char *const texts[] = {"", "a = 1", "a = 1s", "a = 2", "a = x", "a = '1'",
		"a = yes", "a = no", "a = null", "b = 1", "a = [1]", "a = [1, 2]", "a = 1; a = 2",
		"a { }", "a { b = 1 }", "a = 1; b = 1", "b = 1; a = 1", "a = []",
		"a = 9007199254740993", "a = 9007199254740992"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
			const struct conf_node *x = conf_parse(a, span_of(texts[i]), "x", &report);
			const struct conf_node *y = conf_parse(a, span_of(texts[k]), "y", &report);

			if (conf_equal(x, y) != (i == k))
				fail_msg("%s / %s", texts[i], texts[k]);
		}
}

static void what_is_in_effect_is_shown_with_its_origin(void **state)
{
	const struct conf *conf = load("options { text = stock }\nrules { R { } }",
		"options {\n when = 9s; list = [\"z\"]; key = k }");

	(void)state;
	expect_text("all", "shown", show(conf, "", false),
		"options {\n    text = \"stock\";\n    when = 9s;\n    list = [\"z\"];\n    key = \"***\";\n    a = 5;\n}\n"
		"rules {\n    R {\n        weight = 1;\n    }\n}\n");
	expect_text("origins", "shown", show(conf, "options", true),
		"text = \"stock\"; # stock:1 default\nwhen = 9s; # winnow.conf:2 winnow.conf\n"
		"list = [ # winnow.conf:2 winnow.conf\n    \"z\", # winnow.conf:2 winnow.conf\n];\n"
		"key = \"***\"; # winnow.conf:2 winnow.conf\na = 5; # default\n");
	expect_text("one key", "shown", show(conf, "options.a", true), "a = 5; # default\n");
	expect_text("a section", "shown", show(conf, "rules", true),
		"R { # stock:2 default\n    weight = 1; # default\n}\n");
	expect_text("no value", "shown", show(conf, "options.unset", true),
		"# options.unset is not set\n");
	expect_text("an element", "shown", show(conf, "options.list.0", false), "\"z\"\n");
	expect_text("no such key", "why", show(conf, "options.tetx", false),
		"there is no setting options.tetx; did you mean \"text\"?");
	expect_text("no such section", "why", show(conf, "something.x", false),
		"there is no setting something.x");
	expect_text("defaults alone", "shown", show(load("", ""), "options.list", false),
		"list = [\"x\", \"y\"];\n");
}

static void what_differs_from_the_defaults(void **state)
{
	const struct conf *base =
		load("options { text = stock; l = [1, 2]; password = a }\ngone { x = 1 }", "");
	struct conf_text texts[] = {
		{"stock",
			SPAN("options { text = stock; l = [1, 2]; password = a }\ngone { x = 1 }"),
			CONF_LAYER_DEFAULT, NULL},
		{"winnow.conf", SPAN("options { a = 7; text = stock; password = b }"),
			CONF_LAYER_FILE, NULL},
		{"local.d/options.inc", SPAN("l = [3]\nnew { p { q = \"x\" } }"), CONF_LAYER_LOCAL,
			NULL},
		{"override.d/all.conf", SPAN("gone { y = 2 }"), CONF_LAYER_OVERRIDE, ""},
	};
	struct conf_input input = {.texts = texts, .text_count = ARRAY_LEN(texts)};
	struct conf_style style = {.schema = &schema};
	const struct conf_node *before = conf_effective(a, base, &schema);
	struct buf out;

	(void)state;
	buf_init(&out, a, 10000);
	conf_diff(&out, before, conf_effective(a, conf_load(a, &input, &report), &schema), &style);
	expect_text("diff", "printed", buf_span(&out),
		"options.l = [1, 2, 3]; # was [1, 2], local.d/options.inc:1 local.d\n"
		"options.password = \"***\"; # was \"***\", winnow.conf:1 winnow.conf\n"
		"options.a = 7; # was 5, winnow.conf:1 winnow.conf\n"
		"options.new.p.q = \"x\"; # local.d/options.inc:2 local.d\n"
		"gone.y = 2; # override.d/all.conf:1 override.d\n"
		"# gone.x = 1 is gone\n");
	buf_clear(&out);
	conf_diff(&out, before, before, &style);
	expect_text("no difference", "printed", buf_span(&out), "");
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(trees_are_printed),
		WITH_ARENA(trees_differ),
		WITH_ARENA(what_is_in_effect_is_shown_with_its_origin),
		WITH_ARENA(what_differs_from_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
