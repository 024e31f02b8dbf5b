/*
 * The layers, lowest first, and the reading of one file.
 *
 * DESIGN: all layers are read into one tree in their order. The alternative, a tree a layer and a merge
 * of trees, cannot express Rspamd's .include, which merges in the middle of a section.
 */
#include "conf/inner.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct file_manner manner_file = {CONF_LAYER_FILE, 0, MERGE_FILE, false, false};
static const struct file_manner manner_named = {CONF_LAYER_FILE, 0, MERGE_FILE, false, true};
static const struct file_manner manner_rspamd = {CONF_LAYER_FILE, 0, MERGE_APPEND, true, false};
static const struct file_manner manner_local = {CONF_LAYER_LOCAL, 1, MERGE_MERGE, false, false};
static const struct file_manner manner_local_whole = {CONF_LAYER_LOCAL, 1, MERGE_APPEND, false,
	false};
static const struct file_manner manner_override = {CONF_LAYER_OVERRIDE, 10, MERGE_APPEND, false,
	false};
static const struct file_manner manner_default = {CONF_LAYER_DEFAULT, 0, MERGE_APPEND, false,
	false};

const struct conf_source *source_make(struct loading *load, struct span name, enum conf_layer layer,
	int priority)
{
	struct conf_source *source = ARENA_NEW(load->arena, struct conf_source);

	*source = (struct conf_source){name, layer, priority};
	return source;
}

/* ---- one file ---- */

static bool same_file(struct file_id a, struct file_id b)
{
	return a.device == b.device && a.inode == b.inode;
}

static bool was_read(const struct loading *load, struct file_id id)
{
	for (size_t i = 0; i < load->files.n; i++)
		if (same_file(load->files.v[i], id))
			return true;
	return false;
}

/* Caps and kinds; false: reported. */
static bool may_read(struct loading *load, const struct reader *outer, struct span path,
	const struct stat *st, bool any_kind, struct conf_origin origin)
{
	struct file_id id = {st->st_dev, st->st_ino};

	if (!S_ISREG(st->st_mode) && !any_kind && !span_equal(path, SPAN("/dev/null"))) {
		conf_error(load->report, origin, "%.*s is not a file", SPAN_ARG(path));
		return false;
	}
	for (const struct reader *r = outer; r != NULL; r = r->outer) {
		if (!same_file(r->id, id))
			continue;
		conf_error(load->report, origin, "%.*s includes itself", SPAN_ARG(path));
		return false;
	}
	if (outer != NULL && outer->level >= CONF_INCLUDE_DEPTH_MOST) {
		conf_error(load->report, origin, "files include each other more than %d deep",
			CONF_INCLUDE_DEPTH_MOST);
		return false;
	}
	if (load->includes++ >= CONF_INCLUDES_MOST) {
		if (!load->is_full)
			conf_error(load->report, origin, "more than %d files", CONF_INCLUDES_MOST);
		load->is_full = true;
		return false;
	}
	return true;
}

static bool read_bytes(struct loading *load, struct span path, struct conf_origin origin,
	struct span *out)
{
	struct why why;

	if (file_read(load->arena, arena_string(load->arena, path), CONF_FILE_MOST, out, &why) !=
		RC_OK) {
		conf_error(load->report, origin, "%s", why.text);
		return false;
	}
	load->bytes += out->n;
	if (load->bytes <= CONF_TOTAL_MOST)
		return true;
	conf_error(load->report, origin, "all texts together are over %d bytes", CONF_TOTAL_MOST);
	load->is_full = true;
	return false;
}

static struct span folder_of(struct span path)
{
	size_t slash = span_find_last_byte(path, '/');

	if (slash == path.n)
		return SPAN(".");
	return slash == 0 ? SPAN("/") : span_slice(path, 0, slash);
}

/* What $CONFDIR and the like become must hold wherever the program goes later. */
static struct span absolute_path(struct loading *load, struct span path)
{
	char cwd[4096];

	if (span_starts(path, SPAN("/")) || getcwd(cwd, sizeof(cwd)) == NULL)
		return path;
	if (span_equal(path, SPAN(".")))
		return arena_copy(load->arena, span_of(cwd));
	return arena_printf(load->arena, "%s/%.*s", cwd, SPAN_ARG(path));
}

struct span file_shown(struct loading *load, struct span path)
{
	struct span full = load->full_folder, rest = span_from_offset(path, full.n);

	if (full.n == 0 || !span_starts(path, full) || !span_starts(rest, SPAN("/")))
		return path;
	return arena_printf(load->arena, "%.*s%.*s", SPAN_ARG(load->folder), SPAN_ARG(rest));
}

enum file_result file_load(struct loading *load, const struct reader *outer, struct span path,
	const struct file_manner *manner, struct conf_node *object, unsigned depth,
	struct conf_origin origin)
{
	const struct conf_source *source;
	struct reader r;
	struct span text;
	struct stat st;

	if (load->is_full)
		return FILE_FAILED;
	if (stat(arena_string(load->arena, path), &st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return FILE_MISSING;
		conf_error(load->report, origin, "%.*s: %s", SPAN_ARG(path), strerror(errno));
		return FILE_FAILED;
	}
	if (!may_read(load, outer, path, &st, manner->any_kind, origin) ||
		!read_bytes(load, path, origin, &text))
		return FILE_FAILED;
	*VEC_ADD(load->arena, &load->files) = (struct file_id){st.st_dev, st.st_ino};
	source = source_make(load, path, manner->layer, manner->priority);
	*VEC_ADD(load->arena, &load->conf->sources) = source;
	reader_init(&r, load, source, text);
	r.merge = manner->merge;
	r.equals_defaults = manner->equals_defaults;
	r.outer = outer;
	r.level = outer == NULL ? 1 : outer->level + 1;
	r.id = (struct file_id){st.st_dev, st.st_ino};
	r.file = absolute_path(load, path);
	r.folder = folder_of(r.file);
	parse_text(&r, object, depth);
	return FILE_READ;
}

/* ---- folders ---- */

struct names {
	VEC(struct span);
};

static int compare_names(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* In byte order, so that what comes first does not depend on the file system. */
static void list_folder(struct loading *load, struct span folder, struct names *out)
{
	DIR *dir = opendir(arena_string(load->arena, folder));
	const struct conf_source *source = source_make(load, folder, CONF_LAYER_FILE, 0);
	const struct dirent *entry;

	if (dir == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			conf_error(load->report, (struct conf_origin){source, 1, 1}, "%s",
				strerror(errno));
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			*VEC_ADD(load->arena, out) =
				arena_copy(load->arena, span_of(entry->d_name));
	}
	(void)closedir(dir);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), compare_names);
}

static struct span in_folder(struct loading *load, struct span folder, struct span name)
{
	return arena_printf(load->arena, "%.*s/%.*s", SPAN_ARG(folder), SPAN_ARG(name));
}

/* A file that may be missing, into the root. */
static void load_top(struct loading *load, struct span name, const struct file_manner *manner)
{
	struct span path = in_folder(load, load->folder, name);
	struct conf_origin origin = {source_make(load, path, manner->layer, 0), 1, 1};

	(void)file_load(load, NULL, path, manner, load->root, 0, origin);
}

/* modules.local.d: each file holds whole sections. */
static void load_modules(struct loading *load)
{
	struct span folder = in_folder(load, load->folder, SPAN("modules.local.d"));
	struct names names = {0};

	list_folder(load, folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct span name = in_folder(load, SPAN("modules.local.d"), names.v[i]);

		if (span_ends(name, SPAN(".conf")))
			load_top(load, name, &manner_rspamd);
	}
}

static const struct file_manner *manner_of(enum conf_layer layer, const struct section_place *place)
{
	switch (layer) {
	case CONF_LAYER_DEFAULT:
		return &manner_default;
	case CONF_LAYER_LOCAL:
		return place->no_merge ? &manner_local_whole : &manner_local;
	case CONF_LAYER_OVERRIDE:
		return &manner_override;
	default:
		return &manner_file;
	}
}

/* A file of local.d or override.d into its section, unless winnow.conf has included it already. */
static void load_section(struct loading *load, struct span path, enum conf_layer layer,
	const struct section_place *place)
{
	const struct conf_source *source = source_make(load, path, layer, 0);
	struct conf_origin origin = {source, 1, 1};
	struct conf_node *section;
	struct stat st;

	if (stat(arena_string(load->arena, path), &st) == 0 &&
		was_read(load, (struct file_id){st.st_dev, st.st_ino}))
		return;
	section = section_make(load, place, source);
	if (section != NULL)
		(void)file_load(load, NULL, path, manner_of(layer, place), section,
			(unsigned)place->n, origin);
}

static void load_sections(struct loading *load, struct span folder_name, enum conf_layer layer)
{
	struct span folder = in_folder(load, load->folder, folder_name);
	struct names names = {0};

	list_folder(load, folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct section_place place;

		if (section_of_file(names.v[i], load->schema, &place))
			load_section(load, in_folder(load, folder, names.v[i]), layer, &place);
	}
}

/* ---- texts ---- */

static bool place_of_text(struct loading *load, const struct conf_text *text,
	struct section_place *out)
{
	struct span name = span_of(text->name);
	struct span path = span_of(text->section);
	size_t slash = span_find_last_byte(name, '/');

	*out = (struct section_place){0};
	if (text->section == NULL && text->layer >= CONF_LAYER_LOCAL) {
		if (slash < name.n)
			name = span_from_offset(name, slash + 1);
		return section_of_file(name, load->schema, out);
	}
	while (out->n < ARRAY_LEN(out->keys) && path_next(&path, &out->keys[out->n]))
		out->n++;
	return true;
}

static void load_text(struct loading *load, const struct conf_text *text)
{
	struct section_place place;
	const struct file_manner *manner;
	const struct conf_source *source;
	struct conf_node *section;
	struct reader r;

	if (!place_of_text(load, text, &place))
		return;
	manner = manner_of(text->layer, &place);
	source = source_make(load, span_of(text->name), text->layer, manner->priority);
	section = section_make(load, &place, source_make(load, source->name, text->layer, 0));
	if (section == NULL)
		return;
	*VEC_ADD(load->arena, &load->conf->sources) = source;
	reader_init(&r, load, source, text->text);
	r.merge = manner->merge;
	r.file = source->name;
	r.folder = folder_of(r.file);
	parse_text(&r, section, (unsigned)place.n);
}

static void load_texts(struct loading *load, const struct conf_input *input, enum conf_layer layer)
{
	for (size_t i = 0; i < input->text_count; i++)
		if (input->texts[i].layer == layer)
			load_text(load, &input->texts[i]);
}

/* ---- all of it ---- */

/* What the path names: a folder, a folder by its winnow.conf, or a file alone. */
struct place {
	struct span folder; /* null: nothing is read */
	struct span file;   /* null in a folder */
};

static struct place find_place(struct loading *load, const struct conf_input *input)
{
	struct span path = span_of(input->path);
	struct place place = {0};
	struct stat st;

	if (input->path == NULL)
		return place;
	while (path.n > 1 && span_ends(path, SPAN("/")))
		path.n--;
	if (stat(input->path, &st) == -1) {
		if (!(input->path_optional && errno == ENOENT)) {
			struct conf_origin origin = {source_make(load, path, CONF_LAYER_FILE, 0), 1,
				1};

			conf_error(load->report, origin, "%s", strerror(errno));
		}
		return place;
	}
	if (S_ISDIR(st.st_mode)) {
		place.folder = path;
		return place;
	}
	place.folder = folder_of(path);
	if (!span_equal(path, SPAN("winnow.conf")) && !span_ends(path, SPAN("/winnow.conf")))
		place.file = path;
	return place;
}

static void load_layers(struct loading *load, const struct conf_input *input, struct place place)
{
	bool whole = place.folder.n > 0 && place.file.n == 0;

	load_texts(load, input, CONF_LAYER_DEFAULT);
	load_texts(load, input, CONF_LAYER_FILE);
	if (place.file.n > 0) {
		struct conf_origin origin = {source_make(load, place.file, CONF_LAYER_FILE, 0), 1,
			1};

		(void)file_load(load, NULL, place.file, &manner_named, load->root, 0, origin);
	}
	if (whole)
		load_top(load, SPAN("winnow.conf"), &manner_file);
	whole |= place.folder.n > 0 && load->wants_folders;
	if (whole) {
		load_top(load, SPAN("rspamd.conf.local"), &manner_rspamd);
		load_modules(load);
	}
	load_texts(load, input, CONF_LAYER_LOCAL);
	if (whole)
		load_sections(load, SPAN("local.d"), CONF_LAYER_LOCAL);
	load_texts(load, input, CONF_LAYER_OVERRIDE);
	if (whole) {
		load_sections(load, SPAN("override.d"), CONF_LAYER_OVERRIDE);
		load_top(load, SPAN("rspamd.conf.local.override"), &manner_override);
		load_top(load, SPAN("rspamd.conf.override"), &manner_override);
	}
	settings_load(load, input);
}

struct conf *conf_load(struct arena *a, const struct conf_input *input, struct conf_report *report)
{
	struct conf *conf = ARENA_NEW(a, struct conf);
	struct loading load = {
		.arena = a,
		.conf = conf,
		.report = report,
		.schema = input->schema,
		.is_config = true,
		.no_includes = input->no_includes,
	};
	struct place place = find_place(&load, input);
	const struct conf_source *nowhere =
		source_make(&load, SPAN("default"), CONF_LAYER_DEFAULT, 0);

	conf->folder = load.folder = place.folder;
	if (place.folder.n > 0)
		load.full_folder = absolute_path(&load, place.folder);
	variables_make(&load, input,
		place.folder.n > 0 ? load.full_folder : SPAN(CONF_PATH_DEFAULT));
	load.root = node_make(&load, (struct conf_origin){nowhere, 1, 1});
	load.root->kind = CONF_KIND_OBJECT;
	conf->root = load.root;
	load_layers(&load, input, place);
	return conf;
}
