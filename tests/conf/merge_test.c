#include "compact.h"

/* Files as an Rspamd user has them: stock text, then local.d, then override.d; m.conf is the section m. */
struct merge_case {
	const char *name;
	const char *stock;
	const char *local;    /* of local.d/m.conf, or NULL */
	const char *override; /* of override.d/m.conf, or NULL */
	const char *tree;     /* of m */
	const char *errors;
};

static const struct merge_case cases[] = {
	{"what every newcomer trips over: local.d keeps the other setting",
		"m { a_section { a_setting = 123 } }", "a_section { b_setting = 456 }", NULL,
		"{a_section={a_setting=123;b_setting=456}}", ""},
	{"what every newcomer trips over: override.d does not",
		"m { a_section { a_setting = 123 } }", NULL, "a_section { b_setting = 456 }",
		"{a_section={b_setting=456}}", ""},
	{"override.d leaves the sections that it does not name",
		"m { s { a = 1 }; t { b = 2 }; c = 3 }", NULL, "s { x = 9 }",
		"{s={x=9};t={b=2};c=3}", ""},

	{"local.d replaces scalars", "m { a = 1; b = 2 }", "a = 5", NULL, "{a=5;b=2}", ""},
	{"local.d adds keys behind the others", "m { a = 1 }", "b = 5", NULL, "{a=1;b=5}", ""},
	{"local.d merges objects at any depth", "m { s { t { a = 1; b = 2 } } }",
		"s { t { b = 5 } }", NULL, "{s={t={a=1;b=5}}}", ""},
	{"local.d appends to lists", "m { l = [1, 2] }", "l = [3]", NULL, "{l=[1,2,3]}", ""},
	{"local.d cannot empty a list", "m { l = [1, 2] }", "l = []", NULL, "{l=[1,2]}", ""},
	{"local.d replaces a list by a scalar", "m { l = [1, 2] }", "l = 3", NULL, "{l=3}", ""},
	{"local.d replaces an object by a scalar", "m { s { a = 1 } }", "s = off", NULL, "{s=no}",
		""},
	{"local.d replaces a scalar by a list", "m { l = 1 }", "l = [2]", NULL, "{l=[2]}", ""},
	{"local.d replaces a scalar by an object", "m { s = 1 }", "s { a = 2 }", NULL, "{s={a=2}}",
		""},
	{"local.d replaces an implicit list", "m { l = 1; l = 2 }", "l = 3", NULL, "{l=3}", ""},
	{"local.d stores null", "m { a = 15; b = 6 }", "a = null", NULL, "{a=null;b=6}", ""},
	{"an object over a list is an error with both places", "m {\n l = [1] }", "l { a = 2 }",
		NULL, "{l=[1]}",
		"local.d/m.conf:1:1: m.l is a section { } here and a list in stock:2: they cannot be "
		"merged\n"},
	{"a list over an object is an error with both places", "m { s { a = 1 } }", "\n s = [2]",
		NULL, "{s={a=1}}",
		"local.d/m.conf:2:2: m.s is a list here and a section { } in stock:1: they cannot be "
		"merged\n"},
	{"a key twice in local.d is an implicit list", "m { a = 1 }", "a = 2; a = 3", NULL,
		"{a=<2,3>}", ""},
	{"objects within local.d merge, too", "", "s { a = 1 } s { b = 2 }", NULL, "{s={a=1;b=2}}",
		""},
	{"local.d merges into the first of an implicit list of objects",
		"m { s { a = 1 }; s { b = 2 } }", "s { c = 3 }", NULL, "{s=<{a=1;c=3},{b=2}>}", ""},

	{"override.d replaces scalars", "m { a = 1 }", NULL, "a = 5", "{a=5}", ""},
	{"override.d replaces lists", "m { l = [1, 2] }", NULL, "l = [3]", "{l=[3]}", ""},
	{"override.d replaces whatever by whatever", "m { s { a = 1 }; l = [1]; x = 1 }", NULL,
		"s = [2]; l { a = 2 }; x { b = 3 }", "{s=[2];l={a=2};x={b=3}}", ""},
	{"a key twice in override.d is an implicit list", "m { a = 1 }", NULL,
		"a = 2; a = 3; s {x=1} s {y=2}", "{a=<2,3>;s=<{x=1},{y=2}>}", ""},
	{"only one rule of a module is left of override.d",
		"m { rbls { sem { ip = yes }; dnswl { ip = yes } } }", NULL,
		"rbls { sem { enabled = false } }", "{rbls={sem={enabled=no}}}", ""},
	{"with both, override.d wins where it names the key", "m { s { a = 1 } }",
		"s { b = 2 }; c = 3", "s { d = 4 }", "{s={d=4};c=3}", ""},
	{"null in override.d", "m { a = 15 }", NULL, "a = null", "{a=null}", ""},
};

static void add_text(struct conf_input *input, struct conf_text *texts, const char *name,
	const char *text, enum conf_layer layer)
{
	if (text == NULL)
		return;
	texts[input->text_count++] = (struct conf_text){name, span_of(text), layer, NULL};
	input->texts = texts;
}

static void layers_merge_as_rspamd_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf_input input = {0};
		struct conf_text texts[3];
		const struct conf *conf;

		conf_report_init(&report, a);
		/* the order in which they are given does not count */
		add_text(&input, texts, "override.d/m.conf", cases[i].override,
			CONF_LAYER_OVERRIDE);
		add_text(&input, texts, "local.d/m.conf", cases[i].local, CONF_LAYER_LOCAL);
		add_text(&input, texts, "stock", cases[i].stock, CONF_LAYER_DEFAULT);
		conf = conf_load(a, &input, &report);
		expect_text(cases[i].name, "tree", compact(conf_find(conf->root, "m")),
			cases[i].tree);
		expect_text(cases[i].name, "report", printed_report(), cases[i].errors);
	}
}

/* Texts of any layers, and the whole tree. */
struct tree_case {
	const char *name;
	struct {
		const char *name, *text;
		enum conf_layer layer;
	} texts[4];
	const char *tree;
};

static const struct tree_case tree_cases[] = {
	{"winnow.conf replaces scalars and lists of the defaults and merges its sections",
		{{"stock", "m { a = 1; l = [1]; s { x = 1 }; b = 2 }", CONF_LAYER_DEFAULT},
			{"winnow.conf", "m { a = 5; l = [2]; s { y = 2 } }", CONF_LAYER_FILE}},
		"{m={a=5;l=[2];s={x=1;y=2};b=2}}"},
	{"sections of winnow.conf may be written in pieces",
		{{"winnow.conf", "m { a = 1 } n { } m { b = 2 } m \"x\" { c = 3 }",
			CONF_LAYER_FILE}},
		"{m={a=1;b=2;x={c=3}};n={}}"},
	{"a key repeated in winnow.conf is a list, and replaces the list of the defaults",
		{{"stock", "c \"b\" { statfile { x = 1 } statfile { x = 2 }; k = 0; k = 1 }",
			 CONF_LAYER_DEFAULT},
			{"winnow.conf",
				"c \"b\" { statfile { y = 1 } statfile { y = 2 } statfile { y = 3 }; k = 5; k "
				"= 6 }",
				CONF_LAYER_FILE}},
		"{c={b={statfile=<{y=1},{y=2},{y=3}>;k=<5,6>}}}"},
	{"null in winnow.conf",
		{{"stock", "actions { reject = 15 }", CONF_LAYER_DEFAULT},
			{"winnow.conf", "actions { reject = null }", CONF_LAYER_FILE}},
		"{actions={reject=null}}"},
	{"worker sections of the defaults come together, those of winnow.conf merge into them",
		{{"stock", "worker \"normal\" { a = 1 } worker \"rspamd_proxy\" { b = 2 }",
			 CONF_LAYER_DEFAULT},
			{"winnow.conf", "worker \"proxy\" { c = 3 } worker \"fuzzy\" { }",
				CONF_LAYER_FILE}},
		"{worker={normal={a=1};proxy={b=2;c=3};fuzzy={}}}"},
	{"worker-proxy.inc and worker-rspamd_proxy.inc are the same worker",
		{{"stock",
			 "worker \"rspamd_proxy\" { l = [\"a\"]; bind_socket = x; bind_socket = y }",
			 CONF_LAYER_DEFAULT},
			{"local.d/worker-proxy.inc", "l = [\"b\"]; bind_socket = z",
				CONF_LAYER_LOCAL},
			{"override.d/worker-rspamd_proxy.inc", "n = 1", CONF_LAYER_OVERRIDE}},
		"{worker={proxy={l=[\"a\",\"b\"];bind_socket=\"z\";n=1}}}"},
	{"actions have underscores, whatever is written",
		{{"stock", "actions { reject = 15; add_header = 6 }", CONF_LAYER_DEFAULT},
			{"local.d/actions.conf", "\"add header\" = 5; \"rewrite subject\" = 8",
				CONF_LAYER_LOCAL}},
		"{actions={reject=15;add_header=5;rewrite_subject=8}}"},
	{"groups come together, and a small file has the symbols of one",
		{{"stock",
			 "group \"a\" { symbols { X { s = 1 } } } group \"b\" { } group \"a\" { max = 3 }",
			 CONF_LAYER_DEFAULT},
			{"local.d/groups.conf",
				"group \"c\" { symbol \"Z\" { s = 9 } } symbols { Q = 1 }",
				CONF_LAYER_LOCAL},
			{"local.d/a_group.conf", "symbols { X { s = 2 } Y { s = 3 } }",
				CONF_LAYER_LOCAL}},
		"{group={a={symbols={X={s=2};Y={s=3}};max=3};b={};c={symbols={Z={s=9}}}};symbols={Q=1}}"},
	{"a group of override.d replaces the group, not all groups",
		{{"stock", "group \"a\" { x = 1; y = 2 } group \"b\" { x = 1 }",
			 CONF_LAYER_DEFAULT},
			{"override.d/groups.conf", "group \"a\" { z = 3 }", CONF_LAYER_OVERRIDE}},
		"{group={a={z=3};b={x=1}}}"},
	{"metrics.conf has old forms of groups and symbols",
		{{"local.d/metrics.conf", "symbol \"X\" { weight = 1 } group \"g\" { }",
			CONF_LAYER_LOCAL}},
		"{symbols={X={weight=1}};group={g={}}}"},
	{"classifier-bayes.conf replaces whole keys already in local.d",
		{{"stock",
			 "classifier \"bayes\" { tokenizer { name = osb; window = 2 }; min_learns = 200; "
			 "statfile { s = H } statfile { s = S } }",
			 CONF_LAYER_DEFAULT},
			{"local.d/classifier-bayes.conf",
				"tokenizer { window = 5 } min_learns = 10; statfile { s = X }",
				CONF_LAYER_LOCAL}},
		"{classifier={bayes={tokenizer={window=5};min_learns=10;statfile={s=\"X\"}}}}"},
	{"statistic.conf replaces the classifier",
		{{"stock", "classifier \"bayes\" { a = 1 }", CONF_LAYER_DEFAULT},
			{"local.d/statistic.conf", "classifier \"mine\" { b = 2 }",
				CONF_LAYER_LOCAL}},
		"{classifier={mine={b=2}}}"},
	{"options.inc and logging.inc",
		{{"local.d/options.inc", "dns { x = 1 }", CONF_LAYER_LOCAL},
			{"local.d/logging.inc", "level = info", CONF_LAYER_LOCAL}},
		"{options={dns={x=1}};logging={level=\"info\"}}"},
	{".priority goes up and down within a file",
		{{"winnow.conf", ".priority 5\nm { a = 1 }\n.priority 2\nm { a = 2; b = 3 }\n",
			CONF_LAYER_FILE}},
		"{m={a=1}}"},
	{".inherit gives what is not written",
		{{"winnow.conf", "m { a = 1; s { x = 1 } } n { .inherit \"m\"\n a = 2; b = 3 }",
			CONF_LAYER_FILE}},
		"{m={a=1;s={x=1}};n={a=2;s={x=1};b=3}}"},
};

static void whole_trees_merge(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tree_cases); i++) {
		struct conf_input input = {0};
		struct conf_text texts[4];
		const struct conf *conf;

		conf_report_init(&report, a);
		for (size_t k = 0; k < 4; k++)
			add_text(&input, texts, tree_cases[i].texts[k].name,
				tree_cases[i].texts[k].text, tree_cases[i].texts[k].layer);
		conf = conf_load(a, &input, &report);
		expect_text(tree_cases[i].name, "tree", compact(conf->root), tree_cases[i].tree);
		expect_text(tree_cases[i].name, "report", printed_report(), "");
	}
}

static const struct conf_node *load_two(const char *stock, const char *local, const char *path)
{
	struct conf_text texts[] = {
		{"stock", span_of(stock), CONF_LAYER_DEFAULT, NULL},
		{"local.d/m.conf", span_of(local), CONF_LAYER_LOCAL, NULL},
	};
	struct conf_input input = {.texts = texts, .text_count = 2};

	return conf_find(conf_load(a, &input, &report)->root, path);
}

static void values_keep_the_origin_of_who_wrote_them_last(void **state)
{
	const struct conf_node *node;

	(void)state;
	node = load_two("m {\n a = 1\n b = 2 }", "\n\na = 5", "m.a");
	assert_int_equal(node->origin.source->layer, CONF_LAYER_LOCAL);
	assert_int_equal(node->origin.source->priority, 1);
	expect_text("changed", "place", conf_origin_print(a, node->origin), "local.d/m.conf:3");
	node = load_two("m {\n a = 1\n b = 2 }", "\n\na = 5", "m.b");
	assert_int_equal(node->origin.source->layer, CONF_LAYER_DEFAULT);
	expect_text("unchanged", "place", conf_origin_print(a, node->origin), "stock:3");
	node = load_two("m { l = [1] }", "l = [\n2]", "m.l.1");
	expect_text("appended", "place", conf_origin_print(a, node->origin), "local.d/m.conf:2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(layers_merge_as_rspamd_does, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whole_trees_merge, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_keep_the_origin_of_who_wrote_them_last,
			set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
