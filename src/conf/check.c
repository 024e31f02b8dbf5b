/*
 * The tree against the schema.
 *
 * DESIGN: one walk down from the root with the path of keys on a stack; at each object the sections whose
 * patterns match the path say which keys are known. Patterns are cut into keys once.
 */
#include "conf/inner.h"

#include <string.h>

enum { PATTERN_KEYS_MOST = 8, NAMES_SHOWN_MOST = 3 };

struct pattern {
	const struct conf_section *section;
	struct span keys[PATTERN_KEYS_MOST];
	size_t n;
};

struct checking {
	struct arena *arena;
	const struct conf *conf;
	const struct conf_schema *schema;
	struct conf_report *report;
	struct pattern *patterns;
	struct span keys[CONF_DEPTH_MOST + 2]; /* of the object that is looked at */
	size_t n;
};

/* Keys of Rspamd's in one section. */
struct ignored {
	struct {
		struct span key;
		const char *why;
	} v[CONF_ERRORS_MOST];
	size_t n;
	struct conf_origin origin;
};

enum match {
	MATCH_NONE,
	MATCH_BELOW,     /* the section is further down */
	MATCH_BELOW_ANY, /* the same, by a * for the last key */
	MATCH_SECTION,
	MATCH_SECTION_ANY,
};

static void make_patterns(struct checking *c)
{
	c->patterns = ARENA_ARRAY(c->arena, struct pattern, c->schema->count + 1);
	for (size_t i = 0; i < c->schema->count; i++) {
		struct pattern *p = &c->patterns[i];
		struct span path = span_of(c->schema->sections[i]->path);

		p->section = c->schema->sections[i];
		while (p->n < PATTERN_KEYS_MOST && path_next(&path, &p->keys[p->n]))
			p->n++;
	}
}

static enum match match_pattern(const struct checking *c, const struct pattern *p)
{
	bool any = false;

	if (c->n > p->n)
		return MATCH_NONE;
	for (size_t i = 0; i < c->n; i++) {
		any = span_equal(p->keys[i], SPAN("*"));
		if (!any && !span_equal(p->keys[i], c->keys[i]))
			return MATCH_NONE;
	}
	if (c->n == p->n)
		return any ? MATCH_SECTION_ANY : MATCH_SECTION;
	return any ? MATCH_BELOW_ANY : MATCH_BELOW;
}

/* The best match of any section. */
static enum match match_any(const struct checking *c)
{
	enum match best = MATCH_NONE;

	for (size_t i = 0; i < c->schema->count; i++) {
		enum match m = match_pattern(c, &c->patterns[i]);

		if (m > best)
			best = m;
	}
	return best;
}

static bool is_section(const struct checking *c, size_t i)
{
	return match_pattern(c, &c->patterns[i]) >= MATCH_SECTION;
}

static struct span print_path(const struct checking *c)
{
	struct buf path;

	buf_init(&path, c->arena, 64 << 10);
	for (size_t i = 0; i < c->n; i++)
		path_add(&path, c->keys[i]);
	return buf_span(&path);
}

static const struct conf_option *find_row(const struct conf_section *section, struct span key)
{
	for (size_t i = 0; i < section->row_count; i++)
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

static void tell_ignored(struct checking *c, struct ignored *ignored)
{
	struct span path = print_path(c);
	struct buf list;

	if (ignored->n == 0)
		return;
	buf_init(&list, c->arena, 16 << 10);
	print_ignored(&list, ignored);
	conf_warn(c->report, ignored->origin, "settings of Rspamd without effect in %.*s: %.*s",
		SPAN_ARG(path), SPAN_ARG(buf_span(&list)));
}

/* Keys of rows and of sections below. */
static void offer_names(const struct checking *c, struct nearest *nearest)
{
	for (size_t i = 0; i < c->schema->count; i++) {
		const struct pattern *p = &c->patterns[i];

		if (match_pattern(c, p) == MATCH_NONE)
			continue;
		if (p->n > c->n && !span_equal(p->keys[c->n], SPAN("*")))
			nearest_offer(nearest, p->keys[c->n]);
		for (size_t k = 0; p->n == c->n && k < p->section->row_count; k++)
			nearest_offer(nearest, span_of(p->section->rows[k].key));
	}
}

static void tell_unknown(struct checking *c, const struct conf_node *node)
{
	struct span path = print_path(c), end;
	struct nearest nearest = {.word = node->key};

	offer_names(c, &nearest);
	rspamd_offer_keys(&nearest, path);
	if (c->n == 0)
		rspamd_offer_modules(&nearest);
	end = nearest_print(c->arena, &nearest);
	if (c->n == 1 && span_equal(node->key, c->keys[0]) && node->kind == CONF_KIND_OBJECT)
		conf_error(c->report, node->origin,
			"this is within the section %.*s already: leave the outer \"%.*s { }\" out",
			SPAN_ARG(path), SPAN_ARG(node->key));
	else if (c->n == 0)
		conf_error(c->report, node->origin, "there is no %s \"%.*s\"%.*s",
			node->kind == CONF_KIND_OBJECT ? "section" : "setting", SPAN_ARG(node->key),
			SPAN_ARG(end));
	else
		conf_error(c->report, node->origin, "%.*s has no setting \"%.*s\"%.*s",
			SPAN_ARG(path), SPAN_ARG(node->key), SPAN_ARG(end));
}

static void check_object(struct checking *c, const struct conf_node *node);

/* Every value that was written for a section below; c->keys holds its path. */
static void check_below(struct checking *c, const struct conf_node *node)
{
	size_t count = conf_value_count(node);

	for (size_t i = 0; i < count; i++) {
		const struct conf_node *value = conf_value(node, i);
		struct span path;

		if (value->kind == CONF_KIND_OBJECT) {
			check_object(c, value);
			continue;
		}
		path = print_path(c);
		if (value->kind != CONF_KIND_NULL)
			conf_error(c->report, value->origin, "%.*s must be a section { }, not %s",
				SPAN_ARG(path), conf_kind_name(value->kind));
	}
}

static bool is_switch(struct span key)
{
	return span_equal(key, SPAN("enabled")) || span_equal(key, SPAN("disabled"));
}

/* Known by a row or as a module's switch; types are checked elsewhere. */
static bool is_known(struct checking *c, const struct conf_node *node, struct ignored *ignored)
{
	bool on;

	for (size_t i = 0; i < c->schema->count; i++) {
		const struct conf_section *section = c->schema->sections[i];
		const struct conf_option *row;

		if (!is_section(c, i))
			continue;
		row = find_row(section, node->key);
		if (row != NULL) {
			if (row->type == CONF_TYPE_IGNORED)
				add_ignored(ignored, node, row->help);
			return true;
		}
		if (!section->is_module || !is_switch(node->key))
			continue;
		if (!conf_to_bool(node, &on)) {
			struct span path = print_path(c);

			conf_error(c->report, node->origin, "%.*s.%.*s must be yes or no",
				SPAN_ARG(path), SPAN_ARG(node->key));
		}
		return true;
	}
	return false;
}

static bool is_open(const struct checking *c)
{
	for (size_t i = 0; i < c->schema->count; i++)
		if (is_section(c, i) && c->schema->sections[i]->is_open)
			return true;
	return false;
}

/* A section of a schema; several modules of one name are Rspamd's trap. */
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

/* A section or key of Rspamd's that is not ours; c->keys is where it stands. */
static bool is_rspamd(struct checking *c, const struct conf_node *node, struct ignored *ignored)
{
	struct span path = print_path(c), full;
	const char *why = rspamd_find_key(path, node->key);

	if (why != NULL) {
		add_ignored(ignored, node, why);
		return true;
	}
	c->keys[c->n++] = node->key;
	full = print_path(c);
	c->n--;
	why = rspamd_find_section(full);
	if (why != NULL && !is_switched_off(node))
		conf_warn(c->report, node->origin, "the section %.*s of Rspamd has no effect: %s",
			SPAN_ARG(full), why);
	if (why != NULL)
		return true;
	if (rspamd_has_keys(full)) {
		c->keys[c->n++] = node->key;
		check_below(c, node);
		c->n--;
		return true;
	}
	if (c->n > 0 || !rspamd_is_module(node->key))
		return false;
	if (!is_switched_off(node))
		conf_warn(c->report, node->origin,
			"the module %.*s of Rspamd is not there: its section has no effect",
			SPAN_ARG(node->key));
	return true;
}

static void check_key(struct checking *c, const struct conf_node *node, struct ignored *ignored)
{
	enum match below;
	bool is_object = conf_value(node, 0)->kind == CONF_KIND_OBJECT;

	if (is_known(c, node, ignored))
		return;
	c->keys[c->n++] = node->key;
	below = match_any(c);
	/* a * stands for sections only: a plain value there is a key that nobody knows */
	if (is_object ? below != MATCH_NONE : below == MATCH_BELOW || below == MATCH_SECTION) {
		if (c->n == 1 && node->is_implicit && !span_equal(node->key, SPAN("worker")))
			tell_twice(c, node);
		check_below(c, c->n == 1 ? conf_value(node, 0) : node);
		c->n--;
		return;
	}
	c->n--;
	if (!is_open(c) && !is_rspamd(c, node, ignored))
		tell_unknown(c, node);
}

/* Types and bounds, by filling a struct that is thrown away. */
static void check_types(struct checking *c, const struct conf_section *section,
	const struct conf_node *node)
{
	void *scratch = arena_alloc(c->arena, section->size);

	(void)conf_fill(c->arena, node, section->rows, section->row_count, scratch, c->report);
}

static void check_object(struct checking *c, const struct conf_node *node)
{
	struct ignored ignored = {.n = 0};

	for (size_t i = 0; i < c->schema->count; i++)
		if (is_section(c, i))
			check_types(c, c->schema->sections[i], node);
	for (size_t i = 0; i < conf_count(node) && c->n <= CONF_DEPTH_MOST; i++)
		check_key(c, conf_at(node, i), &ignored);
	tell_ignored(c, &ignored);
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
	struct checking *c = ARENA_NEW(report->arena, struct checking);

	c->arena = report->arena;
	c->conf = conf;
	c->schema = schema;
	c->report = report;
	make_patterns(c);
	check_object(c, conf->root);
	if (schema->is_symbol != NULL)
		check_symbols(c);
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
