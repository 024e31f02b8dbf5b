/*
 * The tree: finding, adding, comparing.
 *
 * DESIGN: an object is an array of its elements in the order of the files, because that order is shown
 * and decides between rules; most objects have a few keys and are searched one by one, larger ones get a
 * hash index beside the array.
 */
#include "conf/inner.h"

enum { INDEX_FROM = 8 };

size_t conf_count(const struct conf_node *node)
{
	return node == NULL ? 0 : node->items.n;
}

const struct conf_node *conf_at(const struct conf_node *node, size_t i)
{
	must(i < conf_count(node));
	return node->items.v[i];
}

size_t conf_value_count(const struct conf_node *node)
{
	if (node == NULL)
		return 0;
	return node->is_implicit ? node->items.n : 1;
}

const struct conf_node *conf_value(const struct conf_node *node, size_t i)
{
	must(i < conf_value_count(node));
	return node->is_implicit ? node->items.v[i] : node;
}

const char *conf_kind_name(enum conf_kind kind)
{
	static const char *const names[] = {
		[CONF_KIND_OBJECT] = "a section { }",
		[CONF_KIND_ARRAY] = "a list",
		[CONF_KIND_STRING] = "text",
		[CONF_KIND_NUMBER] = "a number",
		[CONF_KIND_BOOL] = "yes or no",
		[CONF_KIND_NULL] = "null",
	};

	return names[kind];
}

/* The map holds the position + 1, so that NULL is SIZE_MAX + 1. */
static void *index_value(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

/* SIZE_MAX when it is not there. */
static size_t find_key(const struct conf_node *object, struct span key)
{
	if (object == NULL || object->kind != CONF_KIND_OBJECT)
		return SIZE_MAX;
	if (object->index != NULL)
		return (uintptr_t)map_find(object->index, key) - 1;
	for (size_t i = 0; i < object->items.n; i++)
		if (span_equal(object->items.v[i]->key, key))
			return i;
	return SIZE_MAX;
}

struct conf_node *node_get(struct conf_node *object, struct span key)
{
	size_t at = find_key(object, key);

	return at == SIZE_MAX ? NULL : object->items.v[at];
}

const struct conf_node *conf_get(const struct conf_node *node, struct span key)
{
	size_t at;

	if (node == NULL)
		return NULL;
	if (node->is_implicit)
		node = node->items.v[0];
	at = find_key(node, key);
	return at == SIZE_MAX ? NULL : node->items.v[at];
}

struct conf_origin conf_origin_of(const struct conf_node *node, const char *key)
{
	const struct conf_node *element = conf_get(node, span_of(key));

	return element == NULL ? (struct conf_origin){0} : element->origin;
}

struct conf_node *node_make(struct loading *load, struct conf_origin origin)
{
	struct conf_node *node;

	if (load->nodes == CONF_NODES_MOST) {
		if (!load->is_full)
			conf_error(load->report, origin, "more than %d values", CONF_NODES_MOST);
		load->is_full = true;
		return NULL;
	}
	load->nodes++;
	node = ARENA_NEW(load->arena, struct conf_node);
	node->kind = CONF_KIND_NULL;
	node->origin = origin;
	return node;
}

static void make_index(struct arena *a, struct conf_node *object)
{
	object->index = map_make(a);
	for (size_t i = 0; i < object->items.n; i++)
		map_put(object->index, object->items.v[i]->key, index_value(i));
}

void node_add(struct arena *a, struct conf_node *parent, struct conf_node *child)
{
	*VEC_ADD(a, &parent->items) = child;
	child->parent = parent;
	if (parent->kind != CONF_KIND_OBJECT)
		return;
	if (parent->index != NULL)
		map_put(parent->index, child->key, index_value(parent->items.n - 1));
	else if (parent->items.n > INDEX_FROM)
		make_index(a, parent);
}

bool node_make_implicit(struct loading *load, struct conf_node *node)
{
	struct conf_node *first = node_make(load, node->origin);
	const struct conf_node *parent = node->parent;
	struct span key = node->key;
	uint8_t joins = node->joins;

	if (first == NULL)
		return false;
	*first = *node;
	first->key = (struct span){NULL, 0};
	for (size_t i = 0; i < first->items.n; i++)
		first->items.v[i]->parent = first;
	*node = (struct conf_node){
		.parent = parent,
		.key = key,
		.kind = CONF_KIND_ARRAY,
		.is_implicit = true,
		.origin = first->origin,
		.joins = joins,
	};
	node_add(load->arena, node, first);
	return true;
}

void node_clear(struct conf_node *node, struct conf_origin origin)
{
	*node = (struct conf_node){
		.parent = node->parent,
		.key = node->key,
		.kind = CONF_KIND_NULL,
		.origin = origin,
		.joins = node->joins,
	};
}

bool path_next(struct span *rest, struct span *out)
{
	size_t dot;

	if (rest->n == 0)
		return false;
	if (*rest->p == '"') {
		for (size_t i = 1; i < rest->n; i++) {
			if (rest->p[i] != '"' || (i + 1 < rest->n && rest->p[i + 1] != '.'))
				continue;
			*out = span_slice(*rest, 1, i - 1);
			*rest = span_from_offset(*rest, i + 2);
			return true;
		}
	}
	dot = span_find_byte(*rest, '.');
	*out = span_slice(*rest, 0, dot);
	*rest = span_from_offset(*rest, dot + 1);
	return true;
}

void path_add(struct buf *path, struct span key)
{
	bool quote = key.n == 0 || key.p[0] == '"' || span_has_byte(key, '.');

	if (path->n > 0)
		buf_add_byte(path, '.');
	if (quote)
		buf_add_byte(path, '"');
	buf_add(path, key);
	if (quote)
		buf_add_byte(path, '"');
}

/* The element of an array by its number, or by a key within its first object. */
static const struct conf_node *find_step(const struct conf_node *node, struct span key)
{
	uint64_t at;

	if (node->kind == CONF_KIND_ARRAY && num_parse_u64(key, UINT32_MAX, &at))
		return at < node->items.n ? node->items.v[at] : NULL;
	return conf_get(node, key);
}

const struct conf_node *conf_find_span(const struct conf_node *node, struct span path)
{
	for (struct span rest = path, key; node != NULL && path_next(&rest, &key);)
		node = find_step(node, key);
	return node;
}

const struct conf_node *conf_find(const struct conf_node *node, const char *path)
{
	return conf_find_span(node, span_of(path));
}

static size_t place_in_parent(const struct conf_node *node)
{
	for (size_t i = 0; i < node->parent->items.n; i++)
		if (node->parent->items.v[i] == node)
			return i;
	return 0;
}

struct span conf_path(struct arena *a, const struct conf_node *node)
{
	const struct conf_node *steps[CONF_DEPTH_MOST * 2 + 8];
	struct buf path;
	size_t n = 0;

	for (; node->parent != NULL && n < ARRAY_LEN(steps); node = node->parent)
		steps[n++] = node;
	buf_init(&path, a, 64 << 10);
	while (n-- > 0) {
		if (steps[n]->parent->kind == CONF_KIND_ARRAY)
			buf_printf(&path, "%s%zu", path.n > 0 ? "." : "",
				place_in_parent(steps[n]));
		else
			path_add(&path, steps[n]->key);
	}
	return buf_span(&path);
}

bool conf_equal(const struct conf_node *a, const struct conf_node *b)
{
	if (a->kind != b->kind || a->is_implicit != b->is_implicit || !span_equal(a->key, b->key) ||
		a->items.n != b->items.n)
		return false;
	switch (a->kind) {
	case CONF_KIND_STRING:
		return span_equal(a->text, b->text);
	case CONF_KIND_NUMBER:
		return a->number == b->number && a->is_time == b->is_time &&
			(!a->is_integer || a->integer == b->integer);
	case CONF_KIND_BOOL:
		return a->boolean == b->boolean;
	default:
		break;
	}
	for (size_t i = 0; i < a->items.n; i++)
		if (!conf_equal(a->items.v[i], b->items.v[i]))
			return false;
	return true;
}
