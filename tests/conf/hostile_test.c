#include "compact.h"

static struct span repeat(const char *piece, size_t n)
{
	struct buf b;

	buf_init(&b, a, strlen(piece) * n + 1);
	for (size_t i = 0; i < n; i++)
		buf_add_string(&b, piece);
	return buf_span(&b);
}

static struct span concat(struct span x, struct span y)
{
	return arena_printf(a, "%.*s%.*s", SPAN_ARG(x), SPAN_ARG(y));
}

static const struct conf *load(struct span text)
{
	struct conf_text t = {"t", text, CONF_LAYER_FILE, NULL};
	struct conf_variable v = {"LONG", repeat("long", 1000)};
	struct conf_input input = {.texts = &t,
		.text_count = 1,
		.variables = &v,
		.variable_count = 1};

	conf_report_init(&report, a);
	return conf_load(a, &input, &report);
}

struct depth_case {
	const char *name, *open, *close;
};

static void depth_is_capped(void **state)
{
	static const struct depth_case cases[] = {
		{"sections", "a { ", "}"},
		{"lists", "[", "]"},
		{"objects in lists", "[{ a = ", "}]"},
		{"sections without an end", "a { ", ""},
		{"names", "a ", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct depth_case *c = &cases[i];
		size_t levels = i == 2 ? CONF_DEPTH_MOST / 2 : CONF_DEPTH_MOST;
		struct span prefix = i == 1 || i == 2 ? SPAN("a = ") : SPAN("");
		struct span suffix = i == 4 ? SPAN("{ }") : SPAN("");

		if (*c->close != '\0') {
			(void)load(concat(prefix,
				concat(repeat(c->open, levels),
					concat(i == 2 ? SPAN("1") : SPAN(""),
						repeat(c->close, levels)))));
			expect_text(c->name, "report", printed_report(), "");
		}
		(void)load(concat(prefix, concat(repeat(c->open, 100000), suffix)));
		assert_int_equal(report.errors, 1);
		assert_true(span_ends(printed_report(), SPAN("are more than 100 deep\n")));
	}
}

/* .inherit copies: a few lines must not become a large tree or a deep one. */
static void inheriting_is_capped(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, a, 1 << 20);
	buf_add_string(&text, "s0 { a = 1; b = 2 }\n");
	for (int i = 1; i < 60; i++)
		buf_printf(&text, "s%d { x { .inherit \"s%d\" }\n y { .inherit \"s%d\" } }\n", i,
			i - 1, i - 1);
	(void)load(buf_span(&text));
	expect_text("wide", "place", span_slice(printed_report(), 0, 5), "t:35:");
	assert_int_equal(report.errors, 1);

	buf_clear(&text);
	buf_add_string(&text, "s0 { a = 1 }\n");
	for (int i = 1; i < 300; i++)
		buf_printf(&text, "s%d { x { .inherit \"s%d\" } }\n", i, i - 1);
	(void)load(buf_span(&text));
	assert_true(report.errors > 0);
	assert_true(span_find(printed_report(), SPAN("sections are more than 100 deep")) <
		printed_report().n);
}

static void values_are_capped(void **state)
{
	(void)state;
	(void)load(concat(SPAN("a = ["), concat(repeat("1,", CONF_NODES_MOST + 10), SPAN("]"))));
	assert_int_equal(report.errors, 1);
	assert_true(span_ends(printed_report(), SPAN(": more than 1000000 values\n")));
}

static void keys_are_capped(void **state)
{
	(void)state;
	(void)load(concat(repeat("k", CONF_KEY_MOST), SPAN(" = 1\n")));
	assert_int_equal(report.errors, 0);
	(void)load(concat(repeat("k", CONF_KEY_MOST + 1), SPAN(" = 1\n'x' = 2\n")));
	expect_text("long", "report", printed_report(), "t:1:1: a key of more than 1024 bytes\n");
}

static void expanded_variables_are_capped(void **state)
{
	(void)state;
	(void)load(concat(SPAN("a = \""), concat(repeat("$LONG", 20000), SPAN("\"; b = 1"))));
	assert_int_equal(report.errors, 1);
	assert_true(
		span_ends(printed_report(), SPAN("all texts together are over 67108864 bytes\n")));
}

static void a_text_alone_is_capped(void **state)
{
	(void)state;
	(void)conf_parse(a, repeat("a", CONF_FILE_MOST + 1), "t", &report);
	expect_text("large", "report", printed_report(),
		"t:1:1: the text is larger than 10485760 bytes\n");
}

/* The lesser of two, as another process may disturb one. */
static double cpu_of(const char *start, const char *piece, size_t n)
{
	struct span text = concat(span_of(start), repeat(piece, n));
	double least = 1e18;

	for (int i = 0; i < 2; i++) {
		struct arena *before = a;
		uint64_t started = clock_cpu_ns();

		a = arena_make();
		(void)load(text);
		if ((double)(clock_cpu_ns() - started) < least)
			least = (double)(clock_cpu_ns() - started);
		arena_free(a);
		a = before;
	}
	return least;
}

/* Eight times the input may cost eight times the time and some noise, not the square's 64 times. */
static void work_is_linear(void **state)
{
	static const char *const starts[] = {"", "a = [", "a = \"", "a = ", "/*"};
	static const char *const pieces[] = {"a ", "a=1,", "a=1\n", "a{}", "<<A,", "<<A   ",
		"<<A\n", "$", "$LON", "\\", "\\u0041", "{=", "{%", "{#", "/*", "*/", "\"", "'", "#",
		"\n", ".include ", ".x(", "a\"", "a b\n", "=", "}", "]", "[],", "{},", "\"a\" ",
		"a = [1]\n", ".priority 1\n", "a.b = c\n", "\"x\" /* \" */ "};

	(void)state;
	for (size_t s = 0; s < ARRAY_LEN(starts); s++)
		for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
			size_t n = 4000 / strlen(pieces[p]);
			double small = cpu_of(starts[s], pieces[p], n);
			double large = cpu_of(starts[s], pieces[p], 8 * n);

			if (large > 24 * small && large > 10e6)
				fail_msg("\"%s\" and \"%s\" again and again: %.0f us, then %.0f us",
					starts[s], pieces[p], small / 1000, large / 1000);
		}
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(depth_is_capped),
		WITH_ARENA(inheriting_is_capped),
		WITH_ARENA(values_are_capped),
		WITH_ARENA(keys_are_capped),
		WITH_ARENA(expanded_variables_are_capped),
		WITH_ARENA(a_text_alone_is_capped),
		WITH_ARENA(work_is_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
