/* What is in effect, and what differs from the defaults. */
#include "conf/inner.h"

/* ---- the effective tree ---- */

static struct conf_node *copy_node(struct arena *a, const struct conf_node *from)
{
	struct conf_node *copy = ARENA_NEW(a, struct conf_node);

	*copy = *from;
	copy->parent = NULL;
	copy->items.v = NULL;
	copy->items.n = copy->items.capacity = 0;
	copy->index = NULL;
	for (size_t i = 0; i < from->items.n; i++)
		node_add(a, copy, copy_node(a, from->items.v[i]));
	return copy;
}

static struct conf_node *make_node(struct arena *a, struct span key, enum conf_kind kind)
{
	struct conf_node *node = ARENA_NEW(a, struct conf_node);

	node->key = key;
	node->kind = kind;
	return node;
}

static struct conf_node *make_default(struct arena *a, const struct conf_option *row)
{
	struct conf_node *node = make_node(a, span_of(row->key), CONF_KIND_NULL), *piece;
	struct conf_list list;

	option_default_node(row, node);
	if (row->type != CONF_TYPE_LIST || !conf_to_list(a, node, true, &list) || list.n == 1)
		return node;
	node->kind = CONF_KIND_ARRAY;
	for (size_t i = 0; i < list.n; i++) {
		piece = make_node(a, (struct span){NULL, 0}, CONF_KIND_STRING);
		piece->text = list.v[i];
		node_add(a, node, piece);
	}
	return node;
}

static void add_rows(struct arena *a, struct conf_node *object, const struct conf_section *section)
{
	for (size_t i = 0; i < section->row_count; i++) {
		const struct conf_option *row = &section->rows[i];

		if (row->default_text != NULL &&
			option_find(object, section->rows, section->row_count, row) == NULL)
			node_add(a, object, make_default(a, row));
	}
}

static bool has_defaults(const struct conf_section *section)
{
	for (size_t i = 0; i < section->row_count; i++)
		if (section->rows[i].default_text != NULL)
			return true;
	return false;
}

/* To every object that the rest of the section's path stands for. */
static void add_section(struct arena *a, struct conf_node *node, struct span rest,
	const struct conf_section *section)
{
	struct conf_node *child;
	struct span key;

	if (node->is_implicit) {
		for (size_t i = 0; i < node->items.n; i++)
			add_section(a, node->items.v[i], rest, section);
		return;
	}
	if (node->kind != CONF_KIND_OBJECT)
		return;
	if (!path_next(&rest, &key)) {
		add_rows(a, node, section);
		return;
	}
	if (span_equal(key, SPAN("*"))) {
		for (size_t i = 0; i < node->items.n; i++)
			add_section(a, node->items.v[i], rest, section);
		return;
	}
	child = node_get(node, key);
	if (child == NULL && !has_defaults(section))
		return;
	if (child == NULL) {
		child = make_node(a, key, CONF_KIND_OBJECT);
		node_add(a, node, child);
	}
	add_section(a, child, rest, section);
}

const struct conf_node *conf_effective(struct arena *a, const struct conf *conf,
	const struct conf_schema *schema)
{
	struct conf_node *root = copy_node(a, conf->root);

	for (size_t i = 0; schema != NULL && i < schema->count; i++)
		add_section(a, root, span_of(schema->sections[i]->path), schema->sections[i]);
	return root;
}

/* ---- show ---- */

/* The row of a key that has no value. */
static bool has_row(const struct conf_schema *schema, struct span path)
{
	for (size_t i = 0; schema != NULL && i < schema->count; i++) {
		const struct conf_section *s = schema->sections[i];
		struct span rest = path, pattern = span_of(s->path), have, want;
		bool same = true;

		while (same && path_next(&pattern, &want) && path_next(&rest, &have))
			same = span_equal(want, SPAN("*")) || span_equal(want, have);
		if (!same || pattern.n > 0 || !path_next(&rest, &have) || rest.n > 0)
			continue;
		for (size_t k = 0; k < s->row_count; k++)
			if (span_equal(span_of(s->rows[k].key), have))
				return true;
	}
	return false;
}

static enum rc tell_missing(struct arena *a, const struct conf_node *root, struct span path,
	struct why *why)
{
	const struct conf_node *node = root;
	struct nearest nearest = {.distance = 0};
	struct span rest = path, key = path, end;

	while (node != NULL && path_next(&rest, &key)) {
		const struct conf_node *next = conf_get(node, key);

		if (next == NULL)
			break;
		node = next;
	}
	nearest.word = key;
	for (size_t i = 0; node != NULL && node->kind == CONF_KIND_OBJECT && i < conf_count(node);
		i++)
		nearest_offer(&nearest, conf_at(node, i)->key);
	end = nearest_print(a, &nearest);
	return why_set(why, RC_NOT_FOUND, "there is no setting %.*s%.*s", SPAN_ARG(path),
		SPAN_ARG(end));
}

enum rc conf_show(struct buf *out, const struct conf *conf, const struct conf_style *style,
	struct span path, struct why *why)
{
	const struct conf_schema *schema = style == NULL ? NULL : style->schema;
	const struct conf_node *root = conf_effective(out->arena, conf, schema);
	const struct conf_node *node = conf_find_span(root, path);

	if (node == NULL && has_row(schema, path)) {
		buf_printf(out, "# %.*s is not set\n", SPAN_ARG(path));
		return RC_OK;
	}
	if (node == NULL)
		return tell_missing(out->arena, root, path, why);
	conf_print(out, node, style);
	return RC_OK;
}

/* ---- diff ---- */

static bool is_object(const struct conf_node *node)
{
	return node != NULL && node->kind == CONF_KIND_OBJECT;
}

/* Of a list that grew, the place that made it so. */
static const struct conf_node *find_latest(const struct conf_node *node)
{
	const struct conf_node *latest = node;

	for (size_t i = 0; node->kind == CONF_KIND_ARRAY && i < conf_count(node); i++) {
		const struct conf_node *child = conf_at(node, i);

		if (child->origin.source != NULL &&
			(latest->origin.source == NULL ||
				child->origin.source->layer > latest->origin.source->layer))
			latest = child;
	}
	return latest;
}

/* One of the two may be NULL. */
static void print_difference(struct buf *out, const struct conf_node *base,
	const struct conf_node *now, const struct conf_style *style)
{
	struct span path = conf_path(out->arena, now != NULL ? now : base);

	if (now == NULL) {
		buf_printf(out, "# %.*s = ", SPAN_ARG(path));
		print_inline(out, base, style);
		buf_add_string(out, " is gone\n");
		return;
	}
	buf_printf(out, "%.*s = ", SPAN_ARG(path));
	print_inline(out, now, style);
	buf_add_string(out, "; #");
	if (base != NULL) {
		buf_add_string(out, " was ");
		print_inline(out, base, style);
		buf_add_byte(out, ',');
	}
	print_place(out, find_latest(now));
	buf_add_byte(out, '\n');
}

static void diff_nodes(struct buf *out, const struct conf_node *base, const struct conf_node *now,
	const struct conf_style *style)
{
	bool objects = (is_object(base) || base == NULL) && (is_object(now) || now == NULL);

	if (base != NULL && now != NULL && conf_equal(base, now))
		return;
	if (!objects) {
		print_difference(out, base, now, style);
		return;
	}
	for (size_t i = 0; i < conf_count(now); i++)
		diff_nodes(out, conf_get(base, conf_at(now, i)->key), conf_at(now, i), style);
	for (size_t i = 0; i < conf_count(base); i++)
		if (conf_get(now, conf_at(base, i)->key) == NULL)
			diff_nodes(out, conf_at(base, i), NULL, style);
}

void conf_diff(struct buf *out, const struct conf_node *base, const struct conf_node *now,
	const struct conf_style *style)
{
	static const struct conf_style plain = {false, false, NULL};

	diff_nodes(out, base, now, style == NULL ? &plain : style);
}
