/*
 * Configurations of any shape. The input is up to four texts with a byte 0x1e between them, read as the
 * defaults, winnow.conf, local.d and override.d; the first one also as a text alone, as a map or a
 * header of a message would bring it.
 */
#include "conf/conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LAYERS = 4, PATHS_MOST = 100, PRINTED_MOST = 64 << 20 };

struct options {
	bool b;
	int i;
	double d, t;
	size_t z;
	struct span s, secret;
	struct conf_list l, c;
	int w;
	const struct conf_node *n;
};

static const struct conf_word words[] = {{"one", 1}, {"two", 2}};

static const struct conf_option rows[] = {
	CONF_BOOL(struct options, b, "b", "yes", "h"),
	CONF_INT(struct options, i, "i", "5", 1, 10, "h"),
	CONF_DOUBLE(struct options, d, "d", NULL, -10, 10, "h"),
	CONF_TIME(struct options, t, "t", "1s", 0, 100, "h"),
	CONF_SIZE(struct options, z, "z", "1k", 0, 1e9, "h"),
	CONF_STRING(struct options, s, "s", "x", "h"),
	CONF_SECRET(struct options, secret, "secret", "h"),
	CONF_LIST(struct options, l, "l", "x", "h"),
	CONF_LIST_COMMA(struct options, c, "c", "x, y", "h"),
	CONF_WORD(struct options, w, "w", "one", words, "h"),
	CONF_NODE(struct options, n, "n", "h"),
	CONF_ALIAS("a", "i"),
	CONF_IGNORED("x", "it is old"),
};

#define ROWS .rows = rows, .row_count = ARRAY_LEN(rows), .size = sizeof(struct options)

static const struct conf_section m = {.path = "m", ROWS, .is_module = true};
static const struct conf_section rules = {.path = "m.*", ROWS};
static const struct conf_section worker = {.path = "worker.normal", ROWS};
static const struct conf_section options = {.path = "options", ROWS, .is_open = true};
static const struct conf_section *const sections[] = {&m, &rules, &worker, &options};

static bool is_symbol(const void *context, struct span name)
{
	(void)context;
	return name.n < 5;
}

static const struct conf_schema schema = {sections, ARRAY_LEN(sections), is_symbol, NULL};

struct walk {
	const struct conf_node *root;
	struct arena *arena;
	size_t nodes, paths;
};

static void check_node(struct walk *w, const struct conf_node *node, size_t depth)
{
	/* each level may be a key written several times, which is a list more */
	must(depth <= 2 * CONF_DEPTH_MOST + 2);
	must(++w->nodes <= 2 * CONF_NODES_MOST);
	must(node->origin.source != NULL && node->origin.line > 0 && node->origin.column > 0);
	must(!node->is_implicit || (node->kind == CONF_KIND_ARRAY && conf_count(node) > 1));
	must(node->key.n <= CONF_KEY_MOST);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *child = conf_at(node, i);

		must(child->parent == node);
		must(!(node->is_implicit && child->is_implicit));
		must(node->kind == CONF_KIND_OBJECT || child->key.n == 0);
		must(node->kind != CONF_KIND_OBJECT || conf_get(node, child->key) == child);
		check_node(w, child, depth + 1);
	}
}

/* A quote in a key may hide where it ends: then the path may be another's. */
static void check_path(struct walk *w, const struct conf_node *node)
{
	for (size_t i = 0; i < conf_count(node) && w->paths < PATHS_MOST; i++) {
		const struct conf_node *child = conf_at(node, i);
		struct span path = conf_path(w->arena, child);

		w->paths++;
		must(span_has_byte(path, '"') || conf_find_span(w->root, path) == child);
		check_path(w, child);
	}
}

static void check_tree(struct arena *a, const struct conf_node *root)
{
	struct walk w = {.root = root, .arena = a};

	check_node(&w, root, 0);
	check_path(&w, root);
}

static struct span print(struct arena *a, const struct conf_node *node,
	const struct conf_style *style)
{
	struct buf out;

	buf_init(&out, a, PRINTED_MOST);
	conf_print(&out, node, style);
	must(!out.full);
	return buf_span(&out);
}

/* What is printed reads back to the same tree, and prints the same again; so does it with origins. */
static void check_printing(struct arena *a, const struct conf_node *root)
{
	static const struct conf_style plain = {.secrets = true};
	static const struct conf_style origin = {.secrets = true, .origin = true};
	struct span text = print(a, root, &plain);
	const struct conf_node *again;
	struct conf_report report;

	conf_report_init(&report, a);
	if (text.n <= CONF_FILE_MOST) {
		again = conf_parse(a, text, "again", &report);
		must(report.errors == 0 && report.warnings == 0);
		must(conf_equal(root, again));
		must(span_equal(text, print(a, again, &plain)));
	}
	text = print(a, root, &origin);
	if (text.n <= CONF_FILE_MOST) {
		must(conf_equal(root, conf_parse(a, text, "again", &report)));
		must(report.errors == 0);
	}
}

static void check_report(const struct conf_report *report)
{
	must(report->messages.n <= CONF_ERRORS_MOST);
	must(report->errors + report->warnings >= report->messages.n);
	for (size_t i = 0; i < report->messages.n; i++)
		must(span_find(report->messages.v[i].text, SPAN(": ")) <
			report->messages.v[i].text.n);
}

static void check_alone(struct arena *a, struct span text)
{
	size_t before = arena_used(a);
	const struct conf_node *root;
	struct conf_report report;

	conf_report_init(&report, a);
	root = conf_parse(a, text, "alone", &report);
	/* a value takes two bytes of text and a node; messages and first blocks are the rest */
	must(arena_used(a) - before <= 1000000 + 256 * text.n);
	check_report(&report);
	check_tree(a, root);
	check_printing(a, root);
}

static void check_schema(struct arena *a, const struct conf *conf, struct conf_report *report)
{
	const struct conf_style style = {.schema = &schema};
	const struct conf_node *effective = conf_effective(a, conf, &schema);
	struct options filled;
	struct buf out;

	conf_check(conf, &schema, report);
	check_report(report);
	(void)conf_fill(a, conf_find(conf->root, "m"), rows, ARRAY_LEN(rows), &filled, NULL);
	must(filled.i >= 1 && filled.i <= 10 && filled.t >= 0 && (filled.w == 1 || filled.w == 2));
	(void)conf_module_enabled(conf, "m", true);
	buf_init(&out, a, PRINTED_MOST);
	conf_diff(&out, effective, effective, &style);
	must(out.n == 0);
	conf_diff(&out, conf->root, effective, &style);
}

static void check_layers(struct arena *a, const struct conf_text *texts, size_t n)
{
	struct conf_variable variable = {"X", SPAN("$X value")};
	struct conf_input input = {.texts = texts,
		.text_count = n,
		.variables = &variable,
		.variable_count = 1,
		.no_includes = true,
		.schema = &schema};
	struct conf_report report;
	const struct conf *conf;

	conf_report_init(&report, a);
	conf = conf_load(a, &input, &report);
	check_tree(a, conf->root);
	check_printing(a, conf->root);
	check_schema(a, conf, &report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum conf_layer layers[LAYERS] = {CONF_LAYER_DEFAULT, CONF_LAYER_FILE,
		CONF_LAYER_LOCAL, CONF_LAYER_OVERRIDE};
	struct span rest = {(const char *)data, size}, text = {NULL, 0};
	struct conf_text texts[2 * LAYERS];
	struct arena *a = arena_make();
	size_t n = 0;

	for (; n < LAYERS && span_next(&rest, 0x1e, &text); n++)
		texts[n] = (struct conf_text){"text", text, layers[n], n < 2 ? NULL : "m"};
	check_alone(a, n > 0 ? texts[0].text : text);
	check_layers(a, texts, n);
	/* all of it merged with itself */
	memcpy(texts + n, texts, n * sizeof(*texts));
	check_layers(a, texts, 2 * n);
	arena_free(a);
	return 0;
}
