/* Single settings from outside the files: WINNOW_SET_section__key=value and section.key=value. */
#include "conf/inner.h"

#include <string.h>

enum { SECRET_MOST = 64 << 10, PRIORITY_ENVIRONMENT = 16, PRIORITY_COMMAND = 17 };

struct path {
	struct span keys[CONF_DEPTH_MOST];
	size_t n;
};

static bool add_key(struct path *path, struct span key)
{
	if (key.n == 0 || key.n > CONF_KEY_MOST || path->n == ARRAY_LEN(path->keys))
		return false;
	path->keys[path->n++] = key;
	return true;
}

/* section__key, as variables of the environment cannot have dots. */
static bool split_underscores(struct span name, struct path *path)
{
	for (;;) {
		size_t at = span_find(name, SPAN("__"));

		if (!add_key(path, span_slice(name, 0, at)))
			return false;
		if (at == name.n)
			return true;
		name = span_from_offset(name, at + 2);
	}
}

static bool split_dots(struct span name, struct path *path)
{
	for (struct span rest = name, key; path_next(&rest, &key);)
		if (!add_key(path, key))
			return false;
	return path->n > 0 && name.p[name.n - 1] != '.';
}

/* The node at the path, emptied, its sections made where they are missing. NULL: reported. */
static struct conf_node *open_path(struct loading *load, const struct path *path,
	const struct conf_source *source)
{
	struct conf_origin origin = {source, 1, 1};
	struct conf_node *node = load->root;
	struct reader r;

	reader_init(&r, load, source, SPAN(""));
	r.merge = MERGE_MERGE;
	for (size_t i = 0; i + 1 < path->n; i++) {
		node = merge_slot(&r, node, path->keys[i], CONF_KIND_OBJECT, false, origin);
		if (node == NULL)
			return NULL;
		node->kind = CONF_KIND_OBJECT;
	}
	r.merge = MERGE_REWRITE;
	return merge_slot(&r, node, path->keys[path->n - 1], CONF_KIND_STRING, false, origin);
}

static void set_text(struct loading *load, const struct path *path,
	const struct conf_source *source, struct span value)
{
	struct conf_node *node = open_path(load, path, source);

	if (node != NULL)
		parse_setting(load, source, value, node);
	*VEC_ADD(load->arena, &load->conf->sources) = source;
}

/* A secret is text whatever it looks like; the newline that an editor or echo left is not part of it. */
static void set_secret(struct loading *load, const struct path *path,
	const struct conf_source *source, struct span file)
{
	struct conf_node *node;
	struct span text;
	struct why why;

	if (file_read(load->arena, arena_string(load->arena, file), SECRET_MOST, &text, &why) !=
		RC_OK) {
		conf_error(load->report, (struct conf_origin){source, 1, 1}, "%s", why.text);
		return;
	}
	if (span_ends(text, SPAN("\n")))
		text.n--;
	if (span_ends(text, SPAN("\r")))
		text.n--;
	node = open_path(load, path, source);
	if (node == NULL)
		return;
	node->kind = CONF_KIND_STRING;
	node->text = text;
	node->is_secret = true;
	*VEC_ADD(load->arena, &load->conf->sources) = source;
}

static void load_variable(struct loading *load, struct span entry)
{
	size_t equals = span_find_byte(entry, '=');
	struct span name = span_slice(entry, 0, equals);
	struct span value = span_from_offset(entry, equals + 1);
	struct span setting = span_from_offset(name, strlen("WINNOW_SET_"));
	bool from_file = span_ends(setting, SPAN("__FILE"));
	const struct conf_source *source;
	struct path path = {.n = 0};

	if (!span_starts(name, SPAN("WINNOW_SET_")))
		return;
	if (from_file)
		setting.n -= strlen("__FILE");
	source = source_make(load, name, CONF_LAYER_ENVIRONMENT, PRIORITY_ENVIRONMENT);
	if (!split_underscores(setting, &path))
		conf_error(load->report, (struct conf_origin){source, 1, 1},
			"a setting has the form WINNOW_SET_section__key=value");
	else if (from_file)
		set_secret(load, &path, source, value);
	else
		set_text(load, &path, source, value);
}

static void load_setting(struct loading *load, struct span setting)
{
	const struct conf_source *source =
		source_make(load, SPAN("command line"), CONF_LAYER_COMMAND, PRIORITY_COMMAND);
	size_t equals = span_find_byte(setting, '=');
	struct path path = {.n = 0};

	if (equals == setting.n || !split_dots(span_trim(span_slice(setting, 0, equals)), &path))
		conf_error(load->report, (struct conf_origin){source, 1, 1},
			"\"%.*s\": a setting has the form section.key=value", SPAN_ARG(setting));
	else
		set_text(load, &path, source, span_from_offset(setting, equals + 1));
}

void settings_load(struct loading *load, const struct conf_input *input)
{
	for (size_t i = 0; input->environ != NULL && input->environ[i] != NULL; i++)
		load_variable(load, span_of(input->environ[i]));
	for (size_t i = 0; i < input->setting_count; i++)
		load_setting(load, span_of(input->settings[i]));
}
