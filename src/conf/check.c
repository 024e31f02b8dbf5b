/*
 * The tree against the schema.
 *
 * DESIGN: one walk down from the root. Each object on the way has a place: the sections of the schema whose
 * paths begin as its own does. Those of a child are picked from its parent's, so a large tree against a
 * large schema costs no more than its keys.
 */
#include "conf/inner.h"

#include <string.h>

enum { PATTERN_KEYS_MOST = 8, NAMES_SHOWN_MOST = 3, IGNORED_SHOWN_MOST = 64 };

/* A section with its path cut into keys. */
struct pattern {
	const struct conf_section *section;
	struct span keys[PATTERN_KEYS_MOST];
	size_t n;
};

/* An object of the tree. */
struct place {
	const struct place *outer; /* NULL for the root */
	struct span key;
	size_t depth;
	const struct pattern **patterns; /* at least as long as the depth */
	size_t n;
	bool is_named; /* by one of them, not only by a * */
};

struct checking {
	struct arena *arena;
	const struct conf *conf;
	const struct conf_schema *schema;
	struct conf_report *report;
};

/* Keys of Rspamd's in one section. */
struct ignored {
	struct {
		struct span key;
		const char *why;
	} v[IGNORED_SHOWN_MOST];
	size_t n;
	struct conf_origin origin;
};

static struct place enter_root(struct checking *c)
{
	size_t n = c->schema->count;
	struct pattern *all = ARENA_ARRAY(c->arena, struct pattern, n);
	struct place root = {.n = n};

	root.patterns = ARENA_ARRAY(c->arena, const struct pattern *, n);
	for (size_t i = 0; i < n; i++) {
		struct span path = span_of(c->schema->sections[i]->path);

		all[i].section = c->schema->sections[i];
		while (all[i].n < PATTERN_KEYS_MOST && path_next(&path, &all[i].keys[all[i].n]))
			all[i].n++;
		root.patterns[i] = &all[i];
	}
	return root;
}

static bool is_any(struct span key)
{
	return key.n == 1 && *key.p == '*';
}

static struct place enter(struct checking *c, const struct place *outer, struct span key)
{
	struct place place = {.outer = outer, .key = key, .depth = outer->depth + 1};
	size_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			place.patterns = ARENA_ARRAY(c->arena, const struct pattern *, count);
		for (size_t i = 0; i < outer->n; i++) {
			const struct pattern *p = outer->patterns[i];
			const struct span *own = &p->keys[outer->depth];

			if (p->n <= outer->depth || (!is_any(*own) && !span_equal(*own, key)))
				continue;
			if (pass == 0)
				count++;
			else
				place.patterns[place.n++] = p;
			place.is_named |= !is_any(*own);
		}
	}
	return place;
}

/* The i-th pattern's section when it is the place itself and not further down, or NULL. */
static const struct conf_section *section_at(const struct place *at, size_t i)
{
	return at->patterns[i]->n == at->depth ? at->patterns[i]->section : NULL;
}

static void add_path(struct buf *path, const struct place *at)
{
	if (at->outer == NULL)
		return;
	add_path(path, at->outer);
	path_add(path, at->key);
}

static struct span print_path(const struct checking *c, const struct place *at)
{
	struct buf path;

	buf_init(&path, c->arena, 64 << 10);
	add_path(&path, at);
	return buf_span(&path);
}

/* The row "*" is the section itself, no key. */
static const struct conf_option *find_row(const struct conf_section *section, struct span key)
{
	for (size_t i = 0; i < section->row_count && !is_any(key); i++)
		if (span_equal(key, span_of(section->rows[i].key)))
			return &section->rows[i];
	return NULL;
}

/* ---- the keys of one object ---- */

static void add_ignored(struct ignored *ignored, const struct conf_node *node, const char *why)
{
	if (ignored->n == ARRAY_LEN(ignored->v))
		return;
	if (ignored->n == 0)
		ignored->origin = node->origin;
	ignored->v[ignored->n].key = node->key;
	ignored->v[ignored->n++].why = why;
}

/* "a, b (why); c (why)" */
static void print_ignored(struct buf *out, struct ignored *ignored)
{
	for (size_t i = 0; i < ignored->n; i++) {
		const char *why = ignored->v[i].why;

		if (why == NULL)
			continue;
		if (out->n > 0)
			buf_add_string(out, "; ");
		buf_add(out, ignored->v[i].key);
		for (size_t k = i + 1; k < ignored->n; k++) {
			if (ignored->v[k].why == NULL || strcmp(ignored->v[k].why, why) != 0)
				continue;
			buf_printf(out, ", %.*s", SPAN_ARG(ignored->v[k].key));
			ignored->v[k].why = NULL;
		}
		buf_printf(out, " (%s)", why);
	}
}

static void tell_ignored(struct checking *c, const struct place *at, struct ignored *ignored)
{
	struct span path;
	struct buf list;

	if (ignored->n == 0)
		return;
	path = print_path(c, at);
	buf_init(&list, c->arena, 16 << 10);
	print_ignored(&list, ignored);
	conf_warn(c->report, ignored->origin, "settings of Rspamd without effect in %.*s: %.*s",
		SPAN_ARG(path), SPAN_ARG(buf_span(&list)));
}

/* Keys of rows and of sections below. */
static void offer_names(const struct place *at, struct nearest *nearest)
{
	for (size_t i = 0; i < at->n; i++) {
		const struct conf_section *section = section_at(at, i);

		if (section == NULL && !is_any(at->patterns[i]->keys[at->depth]))
			nearest_offer(nearest, at->patterns[i]->keys[at->depth]);
		for (size_t k = 0; section != NULL && k < section->row_count; k++)
			if (!is_any(span_of(section->rows[k].key)))
				nearest_offer(nearest, span_of(section->rows[k].key));
	}
}

static void tell_unknown(struct checking *c, const struct place *at, const struct conf_node *node)
{
	struct span path = print_path(c, at), end;
	struct nearest nearest = {.word = node->key};

	offer_names(at, &nearest);
	rspamd_offer_keys(&nearest, path);
	if (at->depth == 0)
		rspamd_offer_modules(&nearest);
	end = nearest_print(c->arena, &nearest);
	if (at->depth == 1 && span_equal(node->key, at->key) && node->kind == CONF_KIND_OBJECT)
		conf_error(c->report, node->origin,
			"this is within the section %.*s already: leave the outer \"%.*s { }\" out",
			SPAN_ARG(path), SPAN_ARG(node->key));
	else if (at->depth == 0)
		conf_error(c->report, node->origin, "there is no %s \"%.*s\"%.*s",
			node->kind == CONF_KIND_OBJECT ? "section" : "setting", SPAN_ARG(node->key),
			SPAN_ARG(end));
	else
		conf_error(c->report, node->origin, "%.*s has no setting \"%.*s\"%.*s",
			SPAN_ARG(path), SPAN_ARG(node->key), SPAN_ARG(end));
}

static void check_object(struct checking *c, const struct place *at, const struct conf_node *node);

/* Every value that was written for a section. */
static void check_section(struct checking *c, const struct place *at, const struct conf_node *node)
{
	size_t count = conf_value_count(node);

	for (size_t i = 0; i < count; i++) {
		const struct conf_node *value = conf_value(node, i);
		struct span path;

		if (value->kind == CONF_KIND_OBJECT) {
			check_object(c, at, value);
			continue;
		}
		path = print_path(c, at);
		if (value->kind != CONF_KIND_NULL)
			conf_error(c->report, value->origin, "%.*s must be a section { }, not %s",
				SPAN_ARG(path), conf_kind_name(value->kind));
	}
}

static bool is_switch(struct span key)
{
	return span_equal(key, SPAN("enabled")) || span_equal(key, SPAN("disabled"));
}

static void check_switch(struct checking *c, const struct place *at, const struct conf_node *node)
{
	struct span path;
	bool on;

	if (conf_to_bool(node, &on))
		return;
	path = print_path(c, at);
	conf_error(c->report, node->origin, "%.*s.%.*s must be yes or no", SPAN_ARG(path),
		SPAN_ARG(node->key));
}

/* Known by a row or as a module's switch; the types of rows are checked elsewhere. */
static bool is_known(struct checking *c, const struct place *at, const struct conf_node *node,
	struct ignored *ignored)
{
	for (size_t i = 0; i < at->n; i++) {
		const struct conf_section *section = section_at(at, i);
		const struct conf_option *row =
			section == NULL ? NULL : find_row(section, node->key);

		if (row != NULL && row->type == CONF_TYPE_IGNORED)
			add_ignored(ignored, node, row->help);
		if (row != NULL)
			return true;
		if (section != NULL && section->is_module && is_switch(node->key)) {
			check_switch(c, at, node);
			return true;
		}
	}
	return false;
}

static bool is_open(const struct place *at)
{
	for (size_t i = 0; i < at->n; i++)
		if (section_at(at, i) != NULL && section_at(at, i)->is_open)
			return true;
	return false;
}

/* Several sections of one module are Rspamd's trap: only the first is read. */
static void tell_twice(struct checking *c, const struct conf_node *node)
{
	struct span place = conf_origin_print(c->arena, conf_value(node, 0)->origin);

	for (size_t i = 1; i < conf_value_count(node); i++)
		conf_warn(c->report, conf_value(node, i)->origin,
			"the section %.*s is already in %.*s: only that one is read",
			SPAN_ARG(node->key), SPAN_ARG(place));
}

static bool is_switched_off(const struct conf_node *section)
{
	bool on;

	return (conf_to_bool(conf_get(section, SPAN("enabled")), &on) && !on) ||
		(conf_to_bool(conf_get(section, SPAN("disabled")), &on) && on);
}

/* A section or key of Rspamd's that is not ours; `below` is the place of its value. */
static bool is_rspamd(struct checking *c, const struct place *at, const struct place *below,
	const struct conf_node *node, struct ignored *ignored)
{
	struct span path = print_path(c, at), full = print_path(c, below);
	const char *why = rspamd_find_key(path, node->key);

	if (why != NULL) {
		add_ignored(ignored, node, why);
		return true;
	}
	why = rspamd_find_section(full);
	if (why != NULL) {
		if (!is_switched_off(node))
			conf_warn(c->report, node->origin,
				"the section %.*s of Rspamd has no effect: %s", SPAN_ARG(full),
				why);
		return true;
	}
	if (rspamd_has_keys(full)) {
		check_section(c, below, node);
		return true;
	}
	if (at->depth > 0 || !rspamd_is_module(node->key))
		return false;
	if (!is_switched_off(node))
		conf_warn(c->report, node->origin,
			"the module %.*s of Rspamd is not there: its section has no effect",
			SPAN_ARG(node->key));
	return true;
}

static void check_key(struct checking *c, const struct place *at, const struct conf_node *node,
	struct ignored *ignored)
{
	bool is_object = conf_value(node, 0)->kind == CONF_KIND_OBJECT;
	struct place below;

	if (is_known(c, at, node, ignored))
		return;
	below = enter(c, at, node->key);
	/* a * stands for sections only: a plain value there is a key that nobody knows */
	if (below.n > 0 && (is_object || below.is_named)) {
		bool many = at->depth > 0 || span_equal(node->key, SPAN("worker"));

		if (!many && node->is_implicit)
			tell_twice(c, node);
		check_section(c, &below, many ? node : conf_value(node, 0));
		return;
	}
	if (!is_open(at) && !is_rspamd(c, at, &below, node, ignored))
		tell_unknown(c, at, node);
}

/* Types and bounds, by filling a struct that is thrown away. */
static void check_types(struct checking *c, const struct conf_section *section,
	const struct conf_node *node)
{
	void *scratch = arena_alloc(c->arena, section->size);

	(void)conf_fill(c->arena, node, section->rows, section->row_count, scratch, c->report);
}

/* The depth is that of the longest path of a section. */
static void check_object(struct checking *c, const struct place *at, const struct conf_node *node)
{
	struct ignored ignored = {.n = 0};

	for (size_t i = 0; i < at->n; i++)
		if (section_at(at, i) != NULL)
			check_types(c, section_at(at, i), node);
	for (size_t i = 0; i < conf_count(node); i++)
		check_key(c, at, conf_at(node, i), &ignored);
	tell_ignored(c, at, &ignored);
}

/* ---- scores of symbols ---- */

struct unknown {
	size_t count;
	struct span names[NAMES_SHOWN_MOST];
	struct conf_origin origin;
};

static void count_symbols(struct checking *c, const struct conf_node *symbols,
	struct unknown *unknown)
{
	const struct conf_node *composites = conf_find(c->conf->root, "composites");

	for (size_t i = 0; i < conf_count(symbols); i++) {
		const struct conf_node *node = conf_at(symbols, i);

		if (node->origin.source->layer == CONF_LAYER_DEFAULT ||
			c->schema->is_symbol(c->schema->context, node->key) ||
			conf_get(composites, node->key) != NULL)
			continue;
		if (unknown->count == 0)
			unknown->origin = node->origin;
		if (unknown->count < NAMES_SHOWN_MOST)
			unknown->names[unknown->count] = node->key;
		unknown->count++;
	}
}

static void check_symbols(struct checking *c)
{
	const struct conf_node *groups = conf_find(c->conf->root, "group");
	struct unknown unknown = {.count = 0};
	struct buf names;

	count_symbols(c, conf_find(c->conf->root, "symbols"), &unknown);
	for (size_t i = 0; i < conf_count(groups); i++)
		count_symbols(c, conf_find(conf_at(groups, i), "symbols"), &unknown);
	if (unknown.count == 0)
		return;
	buf_init(&names, c->arena, 4096);
	for (size_t i = 0; i < num_min(unknown.count, NAMES_SHOWN_MOST); i++)
		buf_printf(&names, "%s%.*s", i == 0 ? "" : ", ", SPAN_ARG(unknown.names[i]));
	conf_warn(c->report, unknown.origin, "scores for %zu unknown symbol%s: %.*s%s",
		unknown.count, unknown.count == 1 ? "" : "s", SPAN_ARG(buf_span(&names)),
		unknown.count > NAMES_SHOWN_MOST ? ", ..." : "");
}

void conf_check(const struct conf *conf, const struct conf_schema *schema,
	struct conf_report *report)
{
	struct checking c = {report->arena, conf, schema, report};
	struct place root = enter_root(&c);

	check_object(&c, &root, conf->root);
	if (schema->is_symbol != NULL)
		check_symbols(&c);
}

/* ---- switches ---- */

static void read_switch(const struct conf_node *section, bool *on)
{
	bool value;

	if (conf_to_bool(conf_get(section, SPAN("enabled")), &value))
		*on = value;
	if (conf_to_bool(conf_get(section, SPAN("disabled")), &value))
		*on = !value;
}

bool conf_module_enabled(const struct conf *conf, const char *path, bool preset)
{
	const struct conf_node *group = conf_get(conf_find(conf->root, "group"), span_of(path));
	bool on = preset, group_on = true;

	read_switch(conf_find(conf->root, path), &on);
	read_switch(group, &group_on);
	return on && group_on;
}
