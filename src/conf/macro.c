/* Macros: .include and its parameters, .priority, .inherit; a plain sentence for those that are not read. */
#include "conf/inner.h"

#include <glob.h>

struct include {
	bool try;
	bool glob;
	bool has_priority, has_merge;
	int priority;
	enum merge merge;
	struct span key;    /* the content goes into this object, or null */
	bool not_supported; /* reported */
};

static bool at(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

static struct span read_name(struct reader *r)
{
	const char *start = r->p;

	while (r->p < r->end && (byte_is_alnum(*r->p) || *r->p == '_'))
		r->p++;
	return span_from(start, (size_t)(r->p - start));
}

static bool set_merge(struct include *inc, struct span word)
{
	static const struct {
		struct span name;
		enum merge merge;
	} words[] = {
		{SPAN_INIT("append"), MERGE_APPEND},
		{SPAN_INIT("merge"), MERGE_MERGE},
		{SPAN_INIT("rewrite"), MERGE_REWRITE},
		{SPAN_INIT("error"), MERGE_ERROR},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!span_equal_nocase(word, words[i].name))
			continue;
		inc->merge = words[i].merge;
		inc->has_merge = true;
		return true;
	}
	return false;
}

static bool set_priority(struct include *inc, struct span word)
{
	int64_t priority;

	if (!num_parse_i64(word, 0, 15, &priority))
		return false;
	inc->priority = (int)priority;
	inc->has_priority = true;
	return true;
}

/* False: the value is none for this parameter. */
static bool set_parameter(struct reader *r, struct include *inc, struct span name,
	const struct conf_node *value)
{
	bool on = false;

	if (span_equal(name, SPAN("priority")))
		return set_priority(inc, value->text);
	if (span_equal(name, SPAN("duplicate")))
		return set_merge(inc, value->text);
	if (span_equal(name, SPAN("key"))) {
		inc->key = value->text;
		return true;
	}
	if (span_equal(name, SPAN("target")))
		return span_equal_nocase(value->text, SPAN("object"));
	if (!conf_to_bool(value, &on))
		return false;
	if (span_equal(name, SPAN("try")))
		inc->try = on;
	else if (span_equal(name, SPAN("glob")))
		inc->glob = on;
	else if (!span_equal(name, SPAN("prefix")) && on) {
		inc->not_supported = true;
		lex_error(r, "the parameter %.*s of .include is not supported here",
			SPAN_ARG(name));
	}
	return true;
}

/* A value within parentheses: quoted, or up to a separator. */
static bool read_parameter_value(struct reader *r, struct conf_node *value)
{
	const char *start = r->p;

	if (at(r, '"') || at(r, '\''))
		return lex_scalar(r, value);
	while (r->p < r->end && !byte_is_space(*r->p) && *r->p != ',' && *r->p != ';' &&
		*r->p != ')')
		r->p++;
	scalar_set(value, span_from(start, (size_t)(r->p - start)));
	return true;
}

/* At the opening parenthesis. False after an error, which is reported. */
static bool read_parameters(struct reader *r, struct include *inc)
{
	for (r->p++;;) {
		struct conf_node value = {0};
		struct span name;

		lex_skip_space(r, true);
		if (at(r, ',') || at(r, ';')) {
			r->p++;
			continue;
		}
		if (at(r, ')')) {
			r->p++;
			return true;
		}
		name = read_name(r);
		lex_skip_space(r, true);
		if (name.n == 0 || !at(r, '=')) {
			lex_error(r, "here should stand NAME=VALUE or )");
			return false;
		}
		r->p++;
		lex_skip_space(r, true);
		if (!read_parameter_value(r, &value))
			return false;
		if (!set_parameter(r, inc, name, &value)) {
			lex_error(r, "\"%.*s\" is no value for %.*s", SPAN_ARG(value.text),
				SPAN_ARG(name));
			return false;
		}
	}
}

/* From the folder of the file that names it. */
static struct span find_path(const struct reader *r, struct span path)
{
	if ((path.n > 0 && *path.p == '/') || r->folder.n == 0)
		return file_shown(r->load, path);
	path = arena_printf(r->load->arena, "%.*s/%.*s", SPAN_ARG(r->folder), SPAN_ARG(path));
	return file_shown(r->load, path);
}

/* The folder of the including configuration's own local.d or override.d tells the layer. */
static enum conf_layer layer_of(const struct reader *r, struct span path)
{
	struct span folder = span_slice(path, 0, span_find_last_byte(path, '/'));

	if (span_ends(folder, SPAN("/local.d")))
		return CONF_LAYER_LOCAL;
	if (span_ends(folder, SPAN("/override.d")))
		return CONF_LAYER_OVERRIDE;
	return r->source->layer;
}

static bool is_stock(const struct reader *r, struct span path)
{
	size_t slash = span_find_last_byte(path, '/');
	struct span name = slash == path.n ? path : span_from_offset(path, slash + 1);

	return layer_of(r, path) != CONF_LAYER_LOCAL && layer_of(r, path) != CONF_LAYER_OVERRIDE &&
		section_is_stock(name, r->load);
}

static void include_one(struct reader *r, const struct include *inc, struct span path,
	struct conf_node *object, unsigned depth, struct conf_origin origin)
{
	/* Without parameters the file is as if it stood here. */
	struct file_manner manner = {
		.layer = layer_of(r, path),
		.priority = inc->has_priority ? inc->priority : r->source->priority,
		.merge = inc->has_merge     ? inc->merge
			: inc->has_priority ? MERGE_APPEND
					    : r->merge,
		.equals_defaults = r->equals_defaults,
	};

	if (!r->load->no_includes &&
		file_load(r->load, r, path, &manner, object, depth, origin) != FILE_MISSING)
		return;
	if (is_stock(r, path))
		r->load->wants_folders |= span_ends(path, SPAN(".conf"));
	else if (!inc->try)
		conf_error(r->load->report, origin, "%.*s: there is no such file", SPAN_ARG(path));
}

static void include_glob(struct reader *r, const struct include *inc, struct span pattern,
	struct conf_node *object, unsigned depth, struct conf_origin origin)
{
	glob_t found;
	int status = glob(arena_string(r->load->arena, pattern), 0, NULL, &found);

	if (status != 0 && status != GLOB_NOMATCH)
		conf_error(r->load->report, origin, "%.*s: cannot look for files",
			SPAN_ARG(pattern));
	if (status != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct span path = arena_copy(r->load->arena, span_of(found.gl_pathv[i]));

		include_one(r, inc, path, object, depth, origin);
	}
	globfree(&found);
}

static void run_include(struct reader *r, struct include *inc, struct conf_node *object,
	unsigned depth, struct conf_origin origin)
{
	struct conf_node value = {0};
	struct span path;

	if (!lex_scalar(r, &value)) {
		lex_recover(r, false);
		return;
	}
	if (inc->not_supported)
		return;
	if (span_find(value.text, SPAN("://")) < value.text.n) {
		conf_error(r->load->report, origin, "a configuration is not read from the network");
		return;
	}
	if (inc->key.n > 0) {
		object = merge_slot(r, object, inc->key, CONF_KIND_OBJECT, false, origin);
		if (object == NULL)
			return;
		object->kind = CONF_KIND_OBJECT;
		depth++;
	}
	path = find_path(r, value.text);
	if (inc->glob && !r->load->no_includes)
		include_glob(r, inc, path, object, depth, origin);
	else
		include_one(r, inc, path, object, depth, origin);
}

static void run_priority(struct reader *r, struct conf_origin origin)
{
	struct conf_node value = {0};
	struct include inc = {0};

	if (!lex_scalar(r, &value))
		lex_recover(r, false);
	else if (!set_priority(&inc, value.text))
		conf_error(r->load->report, origin, ".priority takes a number from 0 to 15");
	else
		r->source = source_make(r->load, r->source->name, r->source->layer, inc.priority);
}

static void run_inherit(struct reader *r, struct conf_node *object, unsigned depth,
	struct conf_origin origin)
{
	struct conf_node value = {0};
	const struct conf_node *from;

	if (!lex_scalar(r, &value)) {
		lex_recover(r, false);
		return;
	}
	from = conf_get(r->load->root, value.text);
	if (from == NULL || from->kind != CONF_KIND_OBJECT)
		conf_error(r->load->report, origin,
			"there is no section %.*s to inherit from so far", SPAN_ARG(value.text));
	else
		merge_inherit(r, object, from, depth + 1);
}

void macro_run(struct reader *r, struct conf_node *object, unsigned depth)
{
	struct conf_origin origin = lex_origin(r);
	struct include inc = {0};
	struct span name;

	r->p++;
	name = read_name(r);
	inc.try = span_equal(name, SPAN("try_include"));
	lex_skip_space(r, false);
	if (at(r, '(') && !read_parameters(r, &inc)) {
		lex_recover(r, false);
		return;
	}
	lex_skip_space(r, false);
	if (inc.try || span_equal(name, SPAN("include"))) {
		run_include(r, &inc, object, depth, origin);
	} else if (span_equal(name, SPAN("priority"))) {
		run_priority(r, origin);
	} else if (span_equal(name, SPAN("inherit"))) {
		run_inherit(r, object, depth, origin);
	} else {
		conf_error(r->load->report, origin,
			"there is no macro .%.*s here (but .include, "
			".try_include, .priority and .inherit)",
			SPAN_ARG(name));
		lex_recover(r, false);
	}
}
