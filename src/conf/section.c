/* Which section a file of local.d and override.d belongs to. */
#include "conf/inner.h"

struct file_row {
	struct span file;
	struct span keys[2]; /* none: the top */
	bool no_merge;
	bool stock_only; /* of Rspamd's own tree, never of local.d */
};

/* Where the name alone does not say it. */
static const struct file_row files[] = {
	{.file = SPAN_INIT("options.inc"), .keys = {SPAN_INIT("options")}},
	{.file = SPAN_INIT("logging.inc"), .keys = {SPAN_INIT("logging")}},
	{.file = SPAN_INIT("lang_detection.inc"), .keys = {SPAN_INIT("lang_detection")}},
	{.file = SPAN_INIT("groups.conf")},
	{.file = SPAN_INIT("metrics.conf")},
	/* Rspamd includes these two without duplicate=merge */
	{.file = SPAN_INIT("statistic.conf"), .no_merge = true},
	{.file = SPAN_INIT("classifier-bayes.conf"),
		.keys = {SPAN_INIT("classifier"), SPAN_INIT("bayes")},
		.no_merge = true},
	{.file = SPAN_INIT("common.conf"), .stock_only = true},
	{.file = SPAN_INIT("modules.conf"), .stock_only = true},
	{.file = SPAN_INIT("cgp.inc"), .stock_only = true},
};

static size_t count_keys(const struct file_row *row)
{
	size_t n = 0;

	while (n < ARRAY_LEN(row->keys) && row->keys[n].n > 0)
		n++;
	return n;
}

static bool cut_end(struct span *name, struct span end)
{
	if (name->n <= end.n || !span_ends(*name, end))
		return false;
	name->n -= end.n;
	return true;
}

static void set_place(struct section_place *out, struct span first, struct span second)
{
	*out = (struct section_place){.keys = {first, second}, .n = second.n > 0 ? 2 : 1};
}

static bool knows_section(const struct conf_schema *schema, struct span name)
{
	if (rspamd_is_module(name) || rspamd_find_section(name) != NULL)
		return true;
	for (size_t i = 0; schema != NULL && i < schema->count; i++) {
		struct span path = span_of(schema->sections[i]->path), first;

		if (path_next(&path, &first) && span_equal(first, name))
			return true;
	}
	return false;
}

static bool is_symbol(const struct conf_schema *schema, struct span name)
{
	return schema != NULL && schema->is_symbol != NULL &&
		schema->is_symbol(schema->context, name);
}

/*
 * Sections are written small, symbols in capitals. So a file may be about a symbol that nobody knows yet:
 * a composite of the same configuration.
 */
static bool looks_like_symbol(struct span name)
{
	bool letters = false;

	for (size_t i = 0; i < name.n; i++) {
		if (byte_is_alpha(name.p[i]) && name.p[i] == byte_lower(name.p[i]))
			return false;
		letters |= byte_is_alpha(name.p[i]);
	}
	return letters;
}

bool section_of_file(struct span name, const struct conf_schema *schema, struct section_place *out)
{
	struct span none = {NULL, 0}, stem = name;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!span_equal(name, files[i].file))
			continue;
		*out = (struct section_place){.keys = {files[i].keys[0], files[i].keys[1]},
			.n = count_keys(&files[i]),
			.no_merge = files[i].no_merge};
		return !files[i].stock_only;
	}
	if (span_starts(name, SPAN("worker-")) && cut_end(&stem, SPAN(".inc"))) {
		set_place(out, SPAN("worker"), span_from_offset(stem, SPAN("worker-").n));
		return true;
	}
	if (cut_end(&stem, SPAN("_group.conf"))) {
		set_place(out, SPAN("group"), stem);
		return true;
	}
	if (!cut_end(&stem, SPAN(".conf")))
		return false; /* maps and what editors and package managers leave behind */
	if (!knows_section(schema, stem) &&
		(is_symbol(schema, stem) ||
			(schema != NULL && schema->is_symbol != NULL && looks_like_symbol(stem))))
		set_place(out, SPAN("symbols"), stem);
	else
		set_place(out, stem, none);
	return true;
}

/* "group.*" knows any group; other sections are known by their first key or as a whole. */
static bool schema_has(const struct conf_schema *schema, const struct section_place *place)
{
	for (size_t i = 0; schema != NULL && i < schema->count; i++) {
		struct span path = span_of(schema->sections[i]->path), key;
		size_t same = 0;

		while (same < place->n && path_next(&path, &key) &&
			(span_equal(key, SPAN("*")) || span_equal(key, place->keys[same])))
			same++;
		if (same == place->n)
			return true;
	}
	return false;
}

static bool tree_has(const struct conf_node *node, const struct section_place *place)
{
	for (size_t i = 0; node != NULL && i < place->n; i++)
		node = conf_get(node, place->keys[i]);
	return node != NULL && node->origin.source->layer == CONF_LAYER_DEFAULT;
}

bool section_is_stock(struct span name, const struct loading *load)
{
	struct section_place place = {.n = 0};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (files[i].stock_only && span_equal(files[i].file, name))
			return true;
	if (!section_of_file(name, load->schema, &place))
		return false;
	if (place.n == 2 && span_equal(place.keys[1], SPAN("rspamd_proxy")))
		place.keys[1] = SPAN("proxy");
	return place.n == 0 || schema_has(load->schema, &place) || tree_has(load->root, &place);
}

struct conf_node *section_make(struct loading *load, const struct section_place *place,
	const struct conf_source *source)
{
	struct conf_origin origin = {source, 1, 1};
	struct conf_node *node = load->root;
	struct reader r;

	reader_init(&r, load, source, SPAN(""));
	r.merge = MERGE_MERGE;
	for (size_t i = 0; i < place->n; i++) {
		node = merge_slot(&r, node, place->keys[i], CONF_KIND_OBJECT, false, origin);
		if (node == NULL)
			return NULL;
		node->kind = CONF_KIND_OBJECT;
	}
	return node;
}
