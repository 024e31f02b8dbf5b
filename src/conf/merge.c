/*
 * What happens when a key is there already.
 *
 * DESIGN: values are merged while they are read, in the order of the files, each against the tree as it
 * is by then: a rule looks at the old value, its priority and the new value's kind, and gives the node
 * that the new value goes into. Rspamd's rules depend on that order (an array that was replaced by
 * override.d and is then appended to), so a tree for each layer that is merged later would not do.
 */
#include "conf/inner.h"

#include <string.h>

/* What is done with a value whose key is there. */
enum rule {
	RULE_KEEP,    /* the old object or array takes the new elements */
	RULE_REPLACE, /* in place, so the order of keys stays */
	RULE_LIST,    /* both stand in an implicit array */
	RULE_IGNORE,  /* the old one counts; the new one is read and forgotten */
	RULE_CLASH,   /* an object and an array */
	RULE_TWICE,   /* duplicate=error */
};

/* How a node's sections come together when they are written several times. */
enum {
	JOINS_NAMES = 1, /* worker "a" {} and worker "b" {} are one object, also in override.d */
	JOINS_ALL = 2,   /* and so is everything below: group "x" {} twice is one group */
};

static const struct {
	struct span name;
	uint8_t joins;
} joining[] = {
	/* Rspamd's core reads each of these that it finds, unlike the section of a module. */
	{SPAN_INIT("worker"), JOINS_NAMES},
	{SPAN_INIT("group"), JOINS_NAMES | JOINS_ALL},
	{SPAN_INIT("symbols"), JOINS_ALL},
	{SPAN_INIT("composites"), JOINS_ALL},
	{SPAN_INIT("actions"), JOINS_ALL},
	{SPAN_INIT("options"), JOINS_ALL},
	{SPAN_INIT("logging"), JOINS_ALL},
};

static bool is_root(const struct conf_node *node)
{
	return node->parent == NULL;
}

static bool is_top(const struct conf_node *node, struct span key)
{
	return node != NULL && !is_root(node) && is_root(node->parent) &&
		span_equal(node->key, key);
}

static struct span spaces_to_underscores(struct arena *a, struct span key)
{
	char *p;

	if (!span_has_byte(key, ' '))
		return key;
	p = arena_alloc_raw(a, key.n);
	for (size_t i = 0; i < key.n; i++)
		p[i] = key.p[i] == ' ' ? '_' : key.p[i];
	return span_from(p, key.n);
}

struct span merge_name(const struct reader *r, const struct conf_node *parent, struct span key)
{
	if (!r->load->is_config || parent == NULL)
		return key;
	if (is_root(parent)) {
		if (span_equal(key, SPAN("symbol")))
			return SPAN("symbols");
		return span_equal(key, SPAN("composite")) ? SPAN("composites") : key;
	}
	if (is_top(parent, SPAN("worker")) && span_equal(key, SPAN("rspamd_proxy")))
		return SPAN("proxy");
	if (is_top(parent->parent, SPAN("group")) && span_equal(key, SPAN("symbol")))
		return SPAN("symbols");
	if (is_top(parent, SPAN("actions")))
		return spaces_to_underscores(r->load->arena, key);
	return key;
}

static uint8_t joins_of(const struct reader *r, const struct conf_node *parent, struct span key)
{
	if (!r->load->is_config)
		return 0;
	if (!is_root(parent))
		return parent->joins & JOINS_ALL;
	for (size_t i = 0; i < ARRAY_LEN(joining); i++)
		if (span_equal(key, joining[i].name))
			return joining[i].joins;
	return 0;
}

static bool is_container(enum conf_kind kind)
{
	return kind == CONF_KIND_OBJECT || kind == CONF_KIND_ARRAY;
}

/* <0: the old value counts less than one of this reader. */
static int compare_priority(const struct reader *r, const struct conf_node *old)
{
	const struct conf_source *before = old->origin.source, *now = r->source;
	bool equals = r->equals_defaults && (old->joins & JOINS_ALL) == 0;

	if (old->is_inherited)
		return -1;
	if (before->priority != now->priority)
		return before->priority < now->priority ? -1 : 1;
	if (before->layer == CONF_LAYER_DEFAULT && now->layer != CONF_LAYER_DEFAULT && !equals)
		return -1;
	return 0;
}

static enum rule rule_of_order(int order)
{
	if (order == 0)
		return RULE_LIST;
	return order < 0 ? RULE_REPLACE : RULE_IGNORE;
}

static enum rule rule_append(const struct reader *r, const struct conf_node *old,
	enum conf_kind kind, bool is_named)
{
	int order = compare_priority(r, old);
	bool objects = old->kind == CONF_KIND_OBJECT && kind == CONF_KIND_OBJECT;
	bool same = old->origin.source->priority == r->source->priority;

	if (objects && is_named && (order == 0 || (old->joins & JOINS_NAMES) != 0))
		return RULE_KEEP;
	if (objects && same && (old->joins & JOINS_ALL) != 0)
		return RULE_KEEP;
	return rule_of_order(order);
}

/* Of an implicit array the first element is asked, as in Rspamd. */
static enum rule rule_merge(const struct reader *r, const struct conf_node *old,
	enum conf_kind kind)
{
	enum conf_kind before = old->is_implicit ? old->items.v[0]->kind : old->kind;

	if (!is_container(before))
		return rule_of_order(compare_priority(r, old));
	if (!is_container(kind))
		return RULE_REPLACE;
	return before == kind ? RULE_KEEP : RULE_CLASH;
}

static enum rule rule_file(const struct reader *r, const struct conf_node *old, enum conf_kind kind,
	bool is_named)
{
	int order = compare_priority(r, old);
	bool joins = is_named || is_root(old->parent) || old->parent->joins != 0;

	if (old->kind == CONF_KIND_OBJECT && kind == CONF_KIND_OBJECT && order <= 0 &&
		(order < 0 || joins))
		return RULE_KEEP;
	return rule_append(r, old, kind, is_named);
}

static enum rule find_rule(const struct reader *r, const struct conf_node *old, enum conf_kind kind,
	bool is_named)
{
	switch (r->merge) {
	case MERGE_MERGE:
		return rule_merge(r, old, kind);
	case MERGE_FILE:
		return rule_file(r, old, kind, is_named);
	case MERGE_REWRITE:
		return RULE_REPLACE;
	case MERGE_ERROR:
		return RULE_TWICE;
	case MERGE_APPEND:
		break;
	}
	return rule_append(r, old, kind, is_named);
}

static struct conf_node *add_new(struct reader *r, struct conf_node *parent, struct span key,
	struct conf_origin origin)
{
	struct conf_node *node = node_make(r->load, origin);

	if (node == NULL)
		return NULL;
	node->key = key;
	node->joins = joins_of(r, parent, key);
	node_add(r->load->arena, parent, node);
	return node;
}

static struct conf_node *add_to_list(struct reader *r, struct conf_node *old,
	struct conf_origin origin)
{
	struct conf_node *node;

	if (!old->is_implicit && !node_make_implicit(r->load, old))
		return NULL;
	node = node_make(r->load, origin);
	if (node != NULL)
		node_add(r->load->arena, old, node);
	return node;
}

static void report_clash(const struct reader *r, const struct conf_node *old, enum conf_kind kind,
	struct conf_origin origin)
{
	struct arena *a = r->load->arena;
	struct span path = conf_path(a, old), place = conf_origin_print(a, old->origin);

	conf_error(r->load->report, origin, "%.*s is %s here and %s in %.*s: they cannot be merged",
		SPAN_ARG(path), conf_kind_name(kind), conf_kind_name(old->kind), SPAN_ARG(place));
}

static void report_twice(const struct reader *r, const struct conf_node *old,
	struct conf_origin origin)
{
	struct arena *a = r->load->arena;
	struct span path = conf_path(a, old), place = conf_origin_print(a, old->origin);

	conf_error(r->load->report, origin, "%.*s is already set in %.*s", SPAN_ARG(path),
		SPAN_ARG(place));
}

struct conf_node *merge_slot(struct reader *r, struct conf_node *parent, struct span key,
	enum conf_kind kind, bool is_named, struct conf_origin origin)
{
	struct conf_node *old;

	if (parent == NULL)
		return node_make(r->load, origin);
	key = merge_name(r, parent, key);
	old = node_get(parent, key);
	if (old == NULL)
		return add_new(r, parent, key, origin);
	switch (find_rule(r, old, kind, is_named)) {
	case RULE_KEEP:
		return old->is_implicit ? old->items.v[0] : old;
	case RULE_REPLACE:
		node_clear(old, origin);
		return old;
	case RULE_LIST:
		return add_to_list(r, old, origin);
	case RULE_CLASH:
		report_clash(r, old, kind, origin);
		break;
	case RULE_TWICE:
		report_twice(r, old, origin);
		break;
	case RULE_IGNORE:
		break;
	}
	return node_make(r->load, origin);
}

static struct conf_node *copy_deep(struct reader *r, const struct conf_node *from, unsigned depth)
{
	struct conf_node *copy = node_make(r->load, lex_origin(r));

	if (copy == NULL)
		return NULL;
	if (depth > CONF_DEPTH_MOST) {
		lex_error(r, "sections are more than %d deep", CONF_DEPTH_MOST);
		return copy;
	}
	*copy = *from;
	memset(&copy->items, 0, sizeof(copy->items));
	copy->index = NULL;
	copy->is_inherited = true;
	for (size_t i = 0; i < from->items.n; i++) {
		struct conf_node *child = copy_deep(r, from->items.v[i], depth + 1);

		if (child == NULL)
			return copy;
		node_add(r->load->arena, copy, child);
	}
	return copy;
}

void merge_inherit(struct reader *r, struct conf_node *object, const struct conf_node *from,
	unsigned depth)
{
	for (size_t i = 0; i < from->items.n; i++) {
		struct conf_node *copy;

		if (node_get(object, from->items.v[i]->key) != NULL)
			continue;
		copy = copy_deep(r, from->items.v[i], depth);
		if (copy == NULL)
			return;
		node_add(r->load->arena, object, copy);
	}
}
