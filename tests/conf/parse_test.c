#include "compact.h"

struct parse_case {
	const char *name;
	const char *text;
	const char *tree;
	const char *errors;
};

static const struct parse_case cases[] = {
	{"nothing is an empty object", "", "{}", ""},
	{"a byte order mark is passed over",
		"\xef\xbb\xbf"
		"a = 1",
		"{a=1}", ""},
	{"an equals sign, a colon or a space parts key and value", "a = 1; b: 2; c 3",
		"{a=1;b=2;c=3}", ""},
	{"statements end with a semicolon, a comma or the line", "a = 1, b = 2; c = 3\nd = 4",
		"{a=1;b=2;c=3;d=4}", ""},
	{"separators may pile up", ";;a = 1;;,,\n;b = 2", "{a=1;b=2}", ""},
	{"lines may end with CR LF", "a = x\r\nb = y\r\nc {\r\n}\r\n", "{a=\"x\";b=\"y\";c={}}",
		""},
	{"JSON is read", "{\"a\": [1, 2.5, \"x\"],\n \"b\":\n {\"c\": null, \"d\": true}}",
		"{a=[1,2.5,\"x\"];b={c=null;d=yes}}", ""},
	{"a JSON value may stand on the next line", "{\"a\":\n 5,\n\"b\":\ntrue}", "{a=5;b=yes}",
		""},
	{"braces around everything are not needed and not wrong", "{ a = 1 }", "{a=1}", ""},
	{"sections nest", "a { b { c = 1 } }", "{a={b={c=1}}}", ""},
	{"a brace may stand on the next line", "a\n{\n b = 1\n}\nc\n\n# why\n{ }", "{a={b=1};c={}}",
		""},
	{"a section may have an equals sign", "a = { b = 1 }; c: { }", "{a={b=1};c={}}", ""},
	{"a named section is a section within", "worker \"normal\" { count = 1 }",
		"{worker={normal={count=1}}}", ""},
	{"names need no quotes and may be many", "a b \"c d\" { x = 1 }", "{a={b={c d={x=1}}}}",
		""},
	{"a name may lead to a list", "a b [1, 2]", "{a={b=[1,2]}}", ""},
	{"named sections of one kind come together", "up \"a\" {x=1} up \"b\" {y=2}",
		"{up={a={x=1};b={y=2}}}", ""},
	{"a section may be written on one line with the next", "a { } b { x = 1 } c = 2",
		"{a={};b={x=1};c=2}", ""},
	{"a key written several times is an implicit list", "a = 1; a = x; a = [2]; a { b = 3 }",
		"{a=<1,\"x\",[2],{b=3}>}", ""},
	{"lists are explicit", "a = [1, \"b\", c d, [2, 3], { e = 4 }]",
		"{a=[1,\"b\",\"c d\",[2,3],{e=4}]}", ""},
	{"elements may be parted by lines and trailing commas do not count",
		"a = [\n 1\n 2,\n \"x\",\n]; b = []", "{a=[1,2,\"x\"];b=[]}", ""},
	{"one element is still a list", "a = [1]", "{a=[1]}", ""},

	{"comments end with the line", "# one\na = 1 # two\n#three", "{a=1}", ""},
	{"block comments nest", "/* a = 1 /* b */ c = 2 */ d = 3", "{d=3}", ""},
	{"a comment's quotes hide stars and slashes", "/* \"/*\" \" */ a = 1", "{a=1}", ""},
	{"comments stand anywhere between words", "a /* x */ = /* y */ 1 /* z\n */; b /**/ {}",
		"{a=1;b={}}", ""},
	{"a comment may hide what closes a section", "a { # }\n b = 1 }", "{a={b=1}}", ""},

	{"truths have six words in any case", "a=yes;b=no;c=on;d=off;e=true;f=FALSE",
		"{a=yes;b=no;c=yes;d=no;e=yes;f=no}", ""},
	{"null is nothing", "a = null; b = \"null\"", "{a=null;b=\"null\"}", ""},
	{"whole and broken numbers", "a=0;b=-5;c=1.5;d=1e3;e=0x1F;f=.5",
		"{a=0;b=-5;c=1.5;d=1000;e=31;f=0.5}", ""},
	{"k, m, g are powers of 1000", "a=1k;b=2M;c=3g", "{a=1000;b=2000000;c=3000000000}", ""},
	{"kb, mb, gb are powers of 1024", "a=1kb;b=2MB;c=1.5gb", "{a=1024;b=2097152;c=1610612736}",
		""},
	{"times are seconds", "a=500ms;b=1s;c=5min;d=2h;e=1d;f=1w;g=1y",
		"{a=0.5s;b=1s;c=300s;d=7200s;e=86400s;f=604800s;g=31536000s}", ""},
	{"other endings make it text", "a=10km;b=5 min;c=1.2.3.4;d=12:30;e=5xs;f=1e;g=0x;h=--1",
		"{a=\"10km\";b=\"5 min\";c=\"1.2.3.4\";d=\"12:30\";e=\"5xs\";f=\"1e\";g=\"0x\";h=\"--1\"}",
		""},
	{"a number too large is text", "a=1e999", "{a=\"1e999\"}", ""},

	{"bare words may hold spaces and are trimmed", "a =   b c  d \t;e=f",
		"{a=\"b c  d\";e=\"f\"}", ""},
	{"bare words may hold pairs of braces", "a = /x{1}[ab]/i; b = [ [c] d[1] ]",
		"{a=\"/x{1}[ab]/i\";b=[[\"c\"],\"d[1]\"]}", ""},
	{"a bare word ends at a hash or a comment", "a = b#c\nd = e/*f*/\ng = http://h/i",
		"{a=\"b\";d=\"e\";g=\"http://h/i\"}", ""},
	{"a bare word may hold escaped separators", "a = b\\;c\\,d\\#e", "{a=\"b;c,d#e\"}", ""},
	{"+= is no operator", "a += \"z\"", "{a=\"+= \"z\"\"}", ""},
	{"escapes of double quotes", "a = \"\\n\\t\\r\\b\\f\\\\\\\"\\/\\x\"",
		"{a=\"\n\t\r\b\f\\\"/x\"}", ""},
	{"Unicode escapes", "a = \"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"",
		"{a=\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"}", ""},
	{"half a surrogate pair is replaced", "a = \"\\ud83dx\\ude00\"",
		"{a=\"\xef\xbf\xbdx\xef\xbf\xbd\"}", ""},
	{"single quotes take all as it is", "a = '\\d+\\.\"$VERSION' ; b = 'it\\'s'; c = 'x\\\ny'",
		"{a=\"\\d+\\.\"$VERSION\";b=\"it's\";c=\"xy\"}", ""},
	{"single quotes may hold lines", "a = 'b\nc'; d = 1", "{a=\"b\nc\";d=1}", ""},
	{"a heredoc ends at its tag alone on a line", "a = <<EOD\nb\n EOD\nEODX\nEOD;\nc = 1",
		"{a=\"b\n EOD\nEODX\";c=1}", ""},
	{"a heredoc may be empty and end the file", "a = <<X\nX", "{a=\"\"}", ""},
	{"a heredoc takes backslashes as they are", "a = <<E\n\\n\\\nE\n", "{a=\"\\n\\\"}", ""},
	{"a heredoc's lines may end with CR LF", "a = <<E\r\nb\r\nE\r\nc = 1", "{a=\"b\r\";c=1}",
		""},
	{"what only looks like a heredoc is a word", "a = <<b; c = << D; e = <<F g",
		"{a=\"<<b\";c=\"<< D\";e=\"<<F g\"}", ""},
	{"keys may be quoted", "\"a b\" = 1; 'c' = 2; \"\\u0064\" { }", "{a b=1;c=2;d={}}", ""},
	{"keys may hold dots, slashes and bytes of UTF-8", "a.b/c*-+@% = 1; \xc3\xa4 = 2",
		"{a.b/c*-+@%=1;\xc3\xa4=2}", ""},

	{"variables with and without braces", "a = \"$X/${X}y\"; b = $X; c = <<E\n$X\nE",
		"{a=\"ex/exy\";b=\"ex\";c=\"ex\"}", ""},
	{"the longest name counts", "a = $XY; b = $Xa", "{a=\"why\";b=\"exa\"}", ""},
	{"unknown variables and two dollars stay", "a = \"$NO ${NO} ${} $$X ${X $\"",
		"{a=\"$NO ${NO} ${} $$X ${X $\"}", ""},
	{"an escaped dollar is none of a variable", "a = \"\\$X\"; b = '$X'", "{a=\"$X\";b=\"$X\"}",
		""},
	{"a text made of variables stays text", "a = $NUM", "{a=\"12\"}", ""},

	{"a key needs a value", "a\nb = 1", "{b=1}", "t:1:1: a has no value\n"},
	{"a key at the end needs a value", "a", "{}", "t:1:2: here should stand a value\n"},
	{"an equals sign needs a value", "a = ;\nb =\nc = 1; d = }", "{c=1}",
		"t:1:4: here should stand a value\nt:2:4: here should stand a value\n"
		"t:3:11: here should stand a value\nt:3:12: this } closes nothing\n"},
	{"every error is told", "= 1\na = \"x\n] b\nc = 1", "{a=null;c=1}",
		"t:1:1: here should stand a key, not =\n"
		"t:2:5: the quoted text that begins here does not end on its line\n"
		"t:3:1: here should stand a key, not ]\n"},
	{"a section must be closed", "a {\n b {\n c = 1 }\n", "{a={b={c=1}}}",
		"t:1:3: this { is never closed\n"},
	{"a list must be closed", "a {\n b = [1, 2\n}\nc = 1", "{a={b=[1,2]};c=1}",
		"t:2:6: this [ is never closed\n"},
	{"a brace must be opened", "a = 1 }\nb = 2", "{a=1;b=2}", "t:1:7: this } closes nothing\n"},
	{"nothing comes after the last brace", "{ a = 1 } b = 2", "{a=1}",
		"t:1:11: after the last bracket should stand nothing\n"},
	{"a quoted value ends a statement", "a = \"b\" c\nd = 1", "{a=\"b\";d=1}",
		"t:1:9: after the value should stand ; or a line end\n"},
	{"a comment must be closed", "a = 1\n /* b", "{a=1}",
		"t:2:2: the comment that begins here is never closed\n"},
	{"single quotes must be closed", "a = 'b", "{a=null}",
		"t:1:5: the text in single quotes that begins here is never closed\n"},
	{"a heredoc must be ended", "a = <<EOD\nb\n", "{a=null}",
		"t:1:5: the text that begins here is never ended by a line EOD\n"},
	{"broken Unicode escapes", "a = \"\\u12\"; b = 1", "{a=\"\\u12\";b=1}",
		"t:1:5: \\u needs four hexadecimal digits\n"},
	{"control characters are told", "a = \"b\x01\"\nc = 1", "{a=null;c=1}",
		"t:1:7: a control character in a quoted text: write \\u0001\n"},
	{"a Jinja statement is told once",
		"{% if env.X %}\na = {= env.Y =}/z;\n{% endif %}\nb = \"{= x =}\"; c = 1",
		"{b=\"{= x =}\";c=1}",
		"t:1:1: this file is a Jinja template, which is not read here: write the values themselves "
		"(or in single quotes, when the text is meant so)\n"},
	{"a Jinja comment is told", "{# hello #}\na = 1", "{a=1}",
		"t:1:1: this file is a Jinja template, which is not read here: write the values themselves "
		"(or in single quotes, when the text is meant so)\n"},
	{"single quotes may hold what looks like Jinja",
		"a = '{% x %}'; b = \"{{HOST}}\"; c {# d\n}", "{a=\"{% x %}\";b=\"{{HOST}}\";c={}}",
		""},
	{"unknown macros are told", ".foo \"bar\"\na = 1", "{a=1}",
		"t:1:1: there is no macro .foo here (but .include, .try_include, .priority and .inherit)\n"},
};

static const struct conf_variable variables[] = {
	{"X", SPAN_INIT("ex")},
	{"XY", SPAN_INIT("why")},
	{"NUM", SPAN_INIT("12")},
};

static void texts_become_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf_text text = {"t", span_of(cases[i].text), CONF_LAYER_DEFAULT, NULL};
		struct conf_input input = {.texts = &text,
			.text_count = 1,
			.variables = variables,
			.variable_count = ARRAY_LEN(variables)};
		const struct conf *conf;

		conf_report_init(&report, a);
		conf = conf_load(a, &input, &report);
		expect_text(cases[i].name, "tree", compact(conf->root), cases[i].tree);
		expect_text(cases[i].name, "report", printed_report(), cases[i].errors);
	}
}

/* A text that comes with a message must not open files, nor see what an administrator named. */
static void a_text_alone_has_no_macros_and_no_variables(void **state)
{
	const struct conf_node *root;

	(void)state;
	root = conf_parse(a,
		SPAN(".include \"/etc/passwd\"\na = $CONFDIR; worker \"rspamd_proxy\" {}"),
		"header", &report);
	expect_text("alone", "tree", compact(root),
		"{.include=\"/etc/passwd\";a=\"$CONFDIR\";worker={rspamd_proxy={}}}");
	assert_int_equal(report.errors, 0);
	expect_text("alone", "list", compact(conf_parse(a, SPAN("[1, 2]"), "x", &report)), "[1,2]");
}

static void nodes_know_where_they_come_from(void **state)
{
	const struct conf_node *root, *node;

	(void)state;
	root = conf_parse(a, SPAN("a = 1\n  b { c = [x,\n\ty] }\n/* \n\n */ d = 'e\nf'; g = 1"),
		"file", &report);
	node = conf_find(root, "b.c.1");
	assert_int_equal(node->origin.line, 3);
	assert_int_equal(node->origin.column, 2);
	node = conf_find(root, "b.c");
	assert_int_equal(node->origin.line, 2);
	assert_int_equal(node->origin.column, 7);
	node = conf_find(root, "g");
	assert_int_equal(node->origin.line, 7);
	assert_int_equal(node->origin.column, 5);
	expect_text("origin", "place", conf_origin_print(a, node->origin), "file:7");
}

struct find_case {
	const char *path;
	const char *value; /* NULL: it is not there */
	const char *canonical;
};

static void paths_find_nodes(void **state)
{
	static const struct find_case paths[] = {
		{"", "{a={b.c={d=1}};l=[5,{x=6}];m=<{y=1},{y=2}>;\"=3}", ""},
		{"a.\"b.c\".d", "1", "a.\"b.c\".d"},
		{"\"a\".\"b.c\"", "{d=1}", "a.\"b.c\""},
		{"a.b.c", NULL, NULL},
		{"l.0", "5", "l.0"},
		{"l.1.x", "6", "l.1.x"},
		{"l.2", NULL, NULL},
		{"l.x", NULL, NULL},
		{"m.y", "1", "m.0.y"},
		{"m.1.y", "2", "m.1.y"},
		{"a.\"b.c\".d.e", NULL, NULL},
		{"\"", "3", "\"\"\""},
		{"\"\"\"", "3", "\"\"\""},
		{"nothing", NULL, NULL},
	};
	const struct conf_node *root = conf_parse(a,
		SPAN("a { b.c { d = 1 } }; l = [5, { x = 6 }]; m { y = 1 }; m { y = 2 }; '\"' = 3"),
		"f", &report);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct conf_node *node = conf_find(root, paths[i].path);

		if (node == NULL || paths[i].value == NULL) {
			assert_ptr_equal(node, NULL);
			assert_ptr_equal(paths[i].value, NULL);
			continue;
		}
		expect_text(paths[i].path, "value", compact(node), paths[i].value);
		expect_text(paths[i].path, "path", conf_path(a, node), paths[i].canonical);
	}
	assert_null(conf_find(NULL, "a"));
}

/* Past a few keys an object is searched by hash: both ways find the same. */
static void large_objects_find_all_their_keys(void **state)
{
	const struct conf_node *root;
	struct buf text;

	(void)state;
	buf_init(&text, a, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "k%d = %d\n", i, i);
	root = conf_parse(a, buf_span(&text), "f", &report);
	assert_int_equal(conf_count(root), 1000);
	for (int i = 0; i < 1000; i++) {
		const struct conf_node *node = conf_get(root, arena_printf(a, "k%d", i));

		assert_non_null(node);
		assert_int_equal(node->integer, i);
		assert_ptr_equal(conf_at(root, (size_t)i), node);
	}
	assert_null(conf_get(root, SPAN("k1000")));
}

static void lenient_readers_of_single_values(void **state)
{
	const struct conf_node *root = conf_parse(a,
		SPAN("t = \"on\"; f = 0; n = \" 5min \"; s = 007; o {}; b = yes"), "f", &report);
	struct span text;
	double number;
	bool on;

	(void)state;
	assert_true(conf_to_bool(conf_find(root, "t"), &on) && on);
	assert_true(conf_to_bool(conf_find(root, "f"), &on) && !on);
	assert_false(conf_to_bool(conf_find(root, "s"), &on));
	assert_false(conf_to_bool(conf_find(root, "o"), &on));
	assert_false(conf_to_bool(NULL, &on));
	assert_true(conf_to_number(conf_find(root, "n"), &number) && number == 300);
	assert_false(conf_to_number(conf_find(root, "t"), &number));
	assert_false(conf_to_number(NULL, &number));
	assert_true(conf_to_text(conf_find(root, "s"), &text));
	expect_text("a number keeps its digits as text", "text", text, "007");
	assert_true(conf_to_text(conf_find(root, "b"), &text));
	assert_false(conf_to_text(conf_find(root, "o"), &text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts_become_trees, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_text_alone_has_no_macros_and_no_variables, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(nodes_know_where_they_come_from, set_up, tear_down),
		cmocka_unit_test_setup_teardown(paths_find_nodes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(large_objects_find_all_their_keys, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(lenient_readers_of_single_values, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
