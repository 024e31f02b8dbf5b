#include "compact.h"

#include <math.h>

enum colour { RED = 3, GREEN = 7 };

static const struct conf_word colours[] = {{"red", RED}, {"green", GREEN}, {"none", 0}};

struct options {
	bool on, off;
	int count;
	int64_t large;
	double score, limit;
	size_t size;
	double time, unset_time;
	struct span name, unset_name, password;
	enum colour colour;
	struct conf_list list, commas, unset_list;
	const struct conf_node *node;
};

static const struct conf_option rows[] = {
	CONF_BOOL(struct options, on, "on", "yes", "is on"),
	CONF_BOOL(struct options, off, "off", NULL, "is off"),
	CONF_INT(struct options, count, "count", "4", 1, 100, "how many"),
	CONF_ALIAS("number", "count"),
	CONF_INT(struct options, large, "large", "9007199254740993", -1e18, 1e18, "a large one"),
	CONF_DOUBLE(struct options, score, "score", "1.5", -1e18, 1e18, "any number"),
	CONF_DOUBLE(struct options, limit, "limit", NULL, 0, 10, "none by default"),
	CONF_SIZE(struct options, size, "size", "10mb", 1024, 100 << 20, "bytes"),
	CONF_TIME(struct options, time, "time", "8s", 0.5, 3600, "seconds"),
	CONF_TIME(struct options, unset_time, "unset_time", NULL, 0, 1e18, "seconds"),
	CONF_STRING(struct options, name, "name", "some text, here", "text"),
	CONF_STRING(struct options, unset_name, "unset_name", NULL, "text"),
	CONF_SECRET(struct options, password, "password", "hidden"),
	CONF_WORD(struct options, colour, "colour", "green", colours, "a word"),
	CONF_LIST(struct options, list, "list", "a b, c", "texts"),
	CONF_LIST_COMMA(struct options, commas, "commas", NULL, "texts"),
	CONF_LIST(struct options, unset_list, "unset_list", NULL, "texts"),
	CONF_NODE(struct options, node, "node", "anything"),
	CONF_IGNORED("ignored", "it is old"),
};

static bool fill(const char *text, struct options *out)
{
	const struct conf_node *root = conf_parse(a, span_of(text), "t", &report);

	assert_int_equal(report.errors, 0);
	memset(out, 0xaa, sizeof(*out));
	return conf_fill(a, conf_find(root, "s"), rows, ARRAY_LEN(rows), out, &report);
}

static struct span joined(const struct conf_list *list)
{
	struct buf b;

	buf_init(&b, a, 1000);
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%.*s", i > 0 ? "|" : "", SPAN_ARG(list->v[i]));
	return buf_span(&b);
}

static void without_a_section_there_are_the_defaults(void **state)
{
	struct options o;

	(void)state;
	assert_true(fill("", &o));
	assert_true(o.on && !o.off);
	assert_int_equal(o.count, 4);
	assert_true(o.large == 9007199254740993);
	assert_true(o.score == 1.5 && isnan(o.limit) && isnan(o.unset_time));
	assert_true(o.size == 10 << 20 && o.time == 8);
	expect_text("name", "text", o.name, "some text, here");
	assert_true(span_is_null(o.unset_name) && span_is_null(o.password));
	assert_int_equal(o.colour, GREEN);
	expect_text("list", "list", joined(&o.list), "a b|c");
	assert_true(o.commas.n == 0 && o.unset_list.n == 0 && o.node == NULL);
}

static void values_of_each_type(void **state)
{
	struct options o;

	(void)state;
	assert_true(fill(
		"s { on = off; off = \"on\"; number = 1k; count = 7; large = 900719925474099301;"
		"score = -3; limit = \"2.5\"; size = 1kb; time = 5min; unset_time = 0;"
		"name = 0123; unset_name = ''; password = yes; colour = RED; list = x; commas = 'x, "
		"y,,z '; unset_list = [1, yes, \"a,b\"]; node { x = 1 }; ignored = 1 }",
		&o));
	assert_true(!o.on && o.off);
	assert_int_equal(o.count, 7);
	assert_true(o.large == 900719925474099301);
	assert_true(o.score == -3 && o.limit == 2.5 && o.unset_time == 0);
	assert_true(o.size == 1024 && o.time == 300);
	expect_text("a number as text keeps its form", "text", o.name, "0123");
	assert_true(!span_is_null(o.unset_name) && o.unset_name.n == 0);
	expect_text("a truth as text keeps its form", "text", o.password, "yes");
	assert_int_equal(o.colour, RED);
	expect_text("one text is a list", "list", joined(&o.list), "x");
	expect_text("commas part", "list", joined(&o.commas), "x|y|z");
	expect_text("commas do not part", "list", joined(&o.unset_list), "1|yes|a,b");
	expect_text("node", "tree", compact(o.node), "{x=1}");
	expect_text("report", "report", printed_report(), "");
}

static void null_takes_a_value_away(void **state)
{
	struct options o;

	(void)state;
	assert_true(fill(
		"s { on = null; count = null; score = null; time = null; name = null; list = null; "
		"node = null; size = null }",
		&o));
	assert_true(o.on && o.count == 4 && o.size == 10 << 20);
	assert_true(isnan(o.score) && o.time == 8 && span_is_null(o.name));
	assert_true(o.list.n == 0 && o.node == NULL);
}

static void an_alias_counts_when_its_row_is_not_written(void **state)
{
	struct options o;

	(void)state;
	assert_true(fill("s { number = 9 }", &o));
	assert_int_equal(o.count, 9);
}

static void a_key_written_twice(void **state)
{
	struct options o;

	(void)state;
	assert_true(fill("s { list = a; list = [b, c]; count = 5;\ncount = 6 }", &o));
	expect_text("list", "list", joined(&o.list), "a|b|c");
	assert_int_equal(o.count, 5);
	expect_text("warning", "report", printed_report(),
		"t:2:1: count is written 2 times: the first one counts (warning)\n");
}

struct error_case {
	const char *setting;
	const char *error;
};

static void wrong_values_are_told_and_the_default_stays(void **state)
{
	static const struct error_case cases[] = {
		{"on = perhaps", "t:1:5: s.on must be yes or no, not \"perhaps\"\n"},
		{"on = 2", "t:1:5: s.on must be yes or no, not \"2\"\n"},
		{"count = 0", "t:1:5: s.count must be a whole number from 1 to 100, not \"0\"\n"},
		{"count = 101",
			"t:1:5: s.count must be a whole number from 1 to 100, not \"101\"\n"},
		{"count = 1.5",
			"t:1:5: s.count must be a whole number from 1 to 100, not \"1.5\"\n"},
		{"number = many",
			"t:1:5: s.number must be a whole number from 1 to 100, not \"many\"\n"},
		{"score = x", "t:1:5: s.score must be a number, not \"x\"\n"},
		{"limit = -1", "t:1:5: s.limit must be a number from 0 to 10, not \"-1\"\n"},
		{"limit = yes", "t:1:5: s.limit must be a number from 0 to 10, not \"yes\"\n"},
		{"size = 1", "t:1:5: s.size must be a size from 1kb to 100mb, not \"1\"\n"},
		{"size { }", "t:1:5: s.size must be a size from 1kb to 100mb, not a section { }\n"},
		{"time = 2h", "t:1:5: s.time must be a time from 0.5 to 1h, not \"2h\"\n"},
		{"unset_time = -1",
			"t:1:5: s.unset_time must be a time of 0 or more, not \"-1\"\n"},
		{"name = [x]", "t:1:5: s.name must be a text, not a list\n"},
		{"password { a = secret }",
			"t:1:5: s.password must be a text, not a section { }\n"},
		{"colour = blue", "t:1:5: s.colour must be red, green or none, not \"blue\"\n"},
		{"list { }", "t:1:5: s.list must be a list of texts, not a section { }\n"},
		{"list = [{}]", "t:1:5: s.list must be a list of texts, not a list\n"},
		{"name = [\"a very long text\"]", "t:1:5: s.name must be a text, not a list\n"},
		{"on = \"0123456789012345678901234567890123456789012345678901234567890\"",
			"t:1:5: s.on must be yes or no, not "
			"\"012345678901234567890123456789012345678901234567890123456789...\"\n"},
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span text = arena_printf(a, "s { %s }", cases[i].setting);

		conf_report_init(&report, a);
		assert_false(fill(arena_string(a, text), &o));
		expect_text(cases[i].setting, "report", printed_report(), cases[i].error);
		assert_true(o.on && o.count == 4 && o.score == 1.5 && o.size == 10 << 20 &&
			o.time == 8);
		assert_true(o.colour == GREEN && isnan(o.limit));
	}
}

static void a_list_from_the_environment_has_commas(void **state)
{
	static const char *const environment[] = {"WINNOW_SET_s__list=a, b",
		"WINNOW_SET_s__name=a, b", NULL};
	struct conf_input input = {.environ = environment};
	const struct conf *conf = conf_load(a, &input, &report);
	struct options o;

	(void)state;
	assert_true(conf_fill(a, conf_find(conf->root, "s"), rows, ARRAY_LEN(rows), &o, NULL));
	expect_text("list", "list", joined(&o.list), "a|b");
	expect_text("name", "text", o.name, "a, b");
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(without_a_section_there_are_the_defaults),
		WITH_ARENA(values_of_each_type),
		WITH_ARENA(null_takes_a_value_away),
		WITH_ARENA(an_alias_counts_when_its_row_is_not_written),
		WITH_ARENA(a_key_written_twice),
		WITH_ARENA(wrong_values_are_told_and_the_default_stays),
		WITH_ARENA(a_list_from_the_environment_has_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
