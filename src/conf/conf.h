/*
 * conf: the configuration: its language (UCL, as Rspamd's files use it), its layers, typed options, and
 * where each value came from.
 *
 * A configuration is a tree of nodes, made once a generation from several layers, and never changed
 * after. Rooms say what they understand in rows (struct conf_option, struct conf_section); the program
 * joins the rows of all rooms to a schema, against which everything that a user wrote is checked. Nothing
 * here logs: what is wrong is collected in a report, all of it, each line with its place.
 *
 *	struct conf_report report;
 *	struct conf_input input = {.path = "/etc/winnow", .schema = &schema};
 *
 *	conf_report_init(&report, a);
 *	conf = conf_load(a, &input, &report);
 *	conf_check(conf, &schema, &report);
 *	if (report.errors > 0)
 *		... conf_report_print(out, &report); keep the configuration of before
 *	conf_fill(a, conf_find(conf->root, "options"), rows, ARRAY_LEN(rows), &options, NULL);
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/base.h"

/* What a text may grow to; past it loading reports an error. */
enum {
	CONF_DEPTH_MOST = 100,        /* objects and arrays in each other */
	CONF_FILE_MOST = 10 << 20,    /* bytes of a file */
	CONF_TOTAL_MOST = 64 << 20,   /* bytes of all files and expanded variables */
	CONF_INCLUDES_MOST = 1000,    /* files read */
	CONF_INCLUDE_DEPTH_MOST = 16, /* files in each other */
	CONF_NODES_MOST = 1000000,    /* values */
	CONF_KEY_MOST = 1024,         /* bytes of a key */
	CONF_ERRORS_MOST = 100,       /* messages kept; further ones are only counted */
};

/* ---- where a value came from ---- */

/* Lowest first. */
enum conf_layer {
	CONF_LAYER_DEFAULT, /* compiled in */
	CONF_LAYER_FILE,    /* winnow.conf, and Rspamd's rspamd.conf.local */
	CONF_LAYER_LOCAL,   /* local.d */
	CONF_LAYER_OVERRIDE,
	CONF_LAYER_ENVIRONMENT,
	CONF_LAYER_COMMAND,
};

/* "default", "winnow.conf", "local.d", "override.d", "environment", "command line" */
const char *conf_layer_name(enum conf_layer layer);

struct conf_source {
	struct span name; /* the file as it was found, or the name of the variable or setting */
	enum conf_layer layer;
	int priority; /* 0..15 of files, as in .include(priority=N) */
};

struct conf_origin {
	const struct conf_source *source; /* NULL: from nowhere, the default of a row */
	uint32_t line, column;            /* from 1; the column counts bytes */
};

/* "FILE:LINE", or "default". */
struct span conf_origin_print(struct arena *a, struct conf_origin origin);

/* ---- the tree ---- */

enum conf_kind {
	CONF_KIND_OBJECT,
	CONF_KIND_ARRAY,
	CONF_KIND_STRING,
	CONF_KIND_NUMBER,
	CONF_KIND_BOOL,
	CONF_KIND_NULL,
};

/* "a section { }", "a list", "text", ...: for sentences. */
const char *conf_kind_name(enum conf_kind kind);

struct conf_node {
	const struct conf_node *parent; /* NULL for the root */
	struct span key;                /* empty for the root and for elements of arrays */
	struct span text; /* the value of a string; a number or bool as it was written */
	double number;    /* times are seconds */
	int64_t integer;  /* the same when is_integer, else the number without its fraction */
	struct conf_origin origin;
	enum conf_kind kind;
	bool boolean;
	bool is_integer;
	bool is_time;     /* written with s, min, h, ... */
	bool is_implicit; /* an array that came about because its key was written several times */
	bool is_secret;   /* read through ..._FILE: never shown */
	/* Elements; read them with conf_count and conf_at. */
	struct {
		VEC(struct conf_node *);
	} items;
	struct map *index;
	/* How later layers merge into it; for this room alone. */
	bool is_inherited;
	uint8_t joins;
};

/*
 * Elements of an object or array; 0 for NULL and for other kinds. Some names have one form only, whatever
 * the user wrote: the worker rspamd_proxy is `worker.proxy`, `symbol "X" {}` is `symbols.X`, and keys of
 * `actions` have `_` for a space.
 */
size_t conf_count(const struct conf_node *node);
/* 0 <= i < conf_count, in the order of the files. */
const struct conf_node *conf_at(const struct conf_node *node, size_t i);

/*
 * A key that was written several times is an implicit array. These walk over what was written: nothing for
 * NULL, each element of an implicit array, and any other node itself.
 *
 *	for (size_t i = 0; i < conf_value_count(workers); i++)
 *		start(conf_value(workers, i));
 */
size_t conf_value_count(const struct conf_node *node);
const struct conf_node *conf_value(const struct conf_node *node, size_t i);

/* The element of an object with exactly this key, or NULL; node may be NULL. Implicit arrays: the first. */
const struct conf_node *conf_get(const struct conf_node *node, struct span key);
/* Where this element was written; nowhere, when it was not. */
struct conf_origin conf_origin_of(const struct conf_node *node, const char *key);
/*
 * By a path of keys from `node` down, or NULL: "worker.proxy.count". A key with a dot stands in double
 * quotes: group."my.group".max_score. A number is an element of an array: servers.0; without one, the
 * first object of an implicit array is entered. The empty path is the node itself.
 */
const struct conf_node *conf_find(const struct conf_node *node, const char *path);
const struct conf_node *conf_find_span(const struct conf_node *node, struct span path);
/* The path that finds the node again from its root. */
struct span conf_path(struct arena *a, const struct conf_node *node);
/* Same kinds, keys in the same order, same values; origins do not count. */
bool conf_equal(const struct conf_node *a, const struct conf_node *b);

/* The values of single nodes, as lenient as options are; false when it is not one. NULL: false. */
bool conf_to_bool(const struct conf_node *node, bool *out); /* also "yes", "off", ... and 0, 1 */
bool conf_to_number(const struct conf_node *node,
	double *out); /* also quoted numbers; seconds, bytes */
bool conf_to_text(const struct conf_node *node, struct span *out); /* also numbers, as written */

/* ---- what is wrong ---- */

struct conf_message {
	bool is_error; /* else a warning */
	struct conf_origin origin;
	struct span text; /* "FILE:LINE:COLUMN: sentence" */
};

struct conf_report {
	struct arena *arena;
	struct {
		VEC(struct conf_message);
	} messages;
	size_t errors, warnings; /* all, also those past CONF_ERRORS_MOST */
};

void conf_report_init(struct conf_report *report, struct arena *a);
/* `report` may be NULL: then nobody wants to know. The same text twice counts once in a row. */
void conf_error(struct conf_report *report, struct conf_origin origin, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_report *report, struct conf_origin origin, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A line each; warnings are marked so; and a last line for those that were not kept. */
void conf_report_print(struct buf *out, const struct conf_report *report);

/* ---- options: typed rows ---- */

enum conf_type {
	CONF_TYPE_BOOL,
	CONF_TYPE_INT,
	CONF_TYPE_DOUBLE,
	CONF_TYPE_SIZE,
	CONF_TYPE_TIME,
	CONF_TYPE_STRING,
	CONF_TYPE_WORD,
	CONF_TYPE_LIST,
	CONF_TYPE_NODE,
	CONF_TYPE_ALIAS,
	CONF_TYPE_IGNORED,
};

struct conf_word {
	const char *name;
	int value;
};

struct conf_list {
	struct span *v;
	size_t n;
};

/* Make rows with the macros below: they refuse a member of the wrong C type. */
struct conf_option {
	const char *key;
	const char *default_text; /* as a user would write it; NULL: see each type */
	const char *help;         /* one sentence */
	enum conf_type type;
	size_t offset;
	size_t width; /* of the member */
	double least, most;
	const struct conf_word *words;
	size_t word_count;
	const char *alias_of;
	bool is_secret; /* shown as *** */
	bool is_comma;  /* a string is a list with commas */
};

/* The member's offset, when it has that type; a compile error when not. */
#define CONF_FIELD(type, field, ctype)                                                             \
	(offsetof(type, field) + 0 * _Generic(((type *)0)->field, ctype : 1))
#define CONF_FIELD2(type, field, ctype1, ctype2)                                                   \
	(offsetof(type, field) + 0 * _Generic(((type *)0)->field, ctype1 : 1, ctype2 : 1))
#define CONF_ROW(type_, field, key_, default_, help_, kind)                                        \
	.key = (key_), .default_text = (default_), .help = (help_), .type = (kind),                \
	.width = sizeof(((type_ *)0)->field)

/* bool; without default: false. */
#define CONF_BOOL(type, field, key, preset, help)                                                  \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_BOOL),                          \
			.offset = CONF_FIELD(type, field, bool)                                    \
	}
/* int or int64_t, from least to most; without default: 0. */
#define CONF_INT(type, field, key, preset, least_, most_, help)                                    \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_INT),                           \
			.offset = CONF_FIELD2(type, field, int, int64_t), .least = (least_),       \
			.most = (most_)                                                            \
	}
/* double; without default, and when the user wrote null: NaN. */
#define CONF_DOUBLE(type, field, key, preset, least_, most_, help)                                 \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_DOUBLE),                        \
			.offset = CONF_FIELD(type, field, double), .least = (least_),              \
			.most = (most_)                                                            \
	}
/* size_t, in bytes ("10mb"); without default: 0. */
#define CONF_SIZE(type, field, key, preset, least_, most_, help)                                   \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_SIZE),                          \
			.offset = CONF_FIELD(type, field, size_t), .least = (least_),              \
			.most = (most_)                                                            \
	}
/* double, in seconds ("5min"); without default: NaN. */
#define CONF_TIME(type, field, key, preset, least_, most_, help)                                   \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_TIME),                          \
			.offset = CONF_FIELD(type, field, double), .least = (least_),              \
			.most = (most_)                                                            \
	}
/* struct span; without default, and when the user wrote null: the null span. The default is the text. */
#define CONF_STRING(type, field, key, preset, help)                                                \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_STRING),                        \
			.offset = CONF_FIELD(type, field, struct span)                             \
	}
/* A string that is shown as *** (password, key); never has a default. */
#define CONF_SECRET(type, field, key, help)                                                        \
	{                                                                                          \
		CONF_ROW(type, field, key, NULL, help, CONF_TYPE_STRING),                          \
			.offset = CONF_FIELD(type, field, struct span), .is_secret = true          \
	}
/* An int or enum, of a table of words: static const struct conf_word words[] = {{"file", LOG_FILE}, ...} */
#define CONF_WORD(type, field, key, preset, table, help)                                           \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_WORD),                          \
			.offset = CONF_FIELD2(type, field, int, unsigned), .words = (table),       \
			.word_count = ARRAY_LEN(table)                                             \
	}
/* struct conf_list: a string or an array of strings (and a key written several times). */
#define CONF_LIST(type, field, key, preset, help)                                                  \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_LIST),                          \
			.offset = CONF_FIELD(type, field, struct conf_list)                        \
	}
/* The same, and commas within a string part elements, spaces around them do not count. */
#define CONF_LIST_COMMA(type, field, key, preset, help)                                            \
	{                                                                                          \
		CONF_ROW(type, field, key, preset, help, CONF_TYPE_LIST),                          \
			.offset = CONF_FIELD(type, field, struct conf_list), .is_comma = true      \
	}
/*
 * const struct conf_node *: any value, which its room reads itself; NULL when it is not there. The key "*"
 * is the section itself, for those whose keys the user names.
 */
#define CONF_NODE(type, field, key, help)                                                          \
	{                                                                                          \
		CONF_ROW(type, field, key, NULL, help, CONF_TYPE_NODE),                            \
			.offset = CONF_FIELD(type, field, const struct conf_node *)                \
	}
/* Another name for the row `of` of the same table; when both are written, `of` counts. */
#define CONF_ALIAS(key_, of)                                                                       \
	{                                                                                          \
		.key = (key_), .alias_of = (of), .type = CONF_TYPE_ALIAS                           \
	}

/* A key of Rspamd's that has no effect here, and why: a warning, no error. */
#define CONF_IGNORED(key_, why)                                                                    \
	{                                                                                          \
		.key = (key_), .help = (why), .type = CONF_TYPE_IGNORED                            \
	}

/*
 * Fills a struct from the rows: defaults, then what stands in the section (an object, or NULL when there
 * is none). A value of the wrong type or out of bounds is an error in the report (NULL allowed) and the
 * default stays. Keys without a row are passed over (conf_check tells of them). Text points into the
 * tree, so `out` must not live longer than it. Returns true when there was no error.
 */
bool conf_fill(struct arena *a, const struct conf_node *section, const struct conf_option *rows,
	size_t n, void *out, struct conf_report *report);
/* Strings of a string or array, with commas as separators when `comma`; false when an element is none. */
bool conf_to_list(struct arena *a, const struct conf_node *node, bool comma, struct conf_list *out);

/* ---- sections: what the program understands ---- */

struct conf_section {
	/*
	 * "options", "worker.proxy"; a `*` stands for any key whose value is an object: "multimap.*".
	 * Several sections may have the same path: a key must be known to one of them.
	 */
	const char *path;
	const struct conf_option *rows;
	size_t row_count;
	size_t size; /* of the struct that the rows fill */
	const char *help;
	bool is_module; /* accepts `enabled` and `disabled` whatever the rows are */
	bool is_open;   /* keys without a row are the room's own business: nobody complains */
};

struct conf_schema {
	const struct conf_section *const *sections;
	size_t count;
	/*
	 * Whether a symbol of this name exists; NULL: nobody knows. With it SYMBOL.conf in local.d is
	 * `symbols.SYMBOL` (a name in capitals always: it may be a composite's), and scores for unknown symbols are a warning with their count.
	 */
	bool (*is_symbol)(const void *context, struct span name);
	const void *context;
};

/* ---- loading ---- */

struct conf_variable {
	const char *name; /* without $ */
	struct span value;
};

/* A text as if it were a file of its layer. */
struct conf_text {
	const char *name;      /* for origins: "stock/actions.conf" */
	struct span text;      /* must live as long as the configuration */
	enum conf_layer layer; /* DEFAULT, FILE, LOCAL or OVERRIDE */
	/*
	 * Where it belongs: NULL: what its name says, as for a file of local.d (LOCAL and OVERRIDE), or
	 * the top; "": the top; else a path of keys.
	 */
	const char *section;
};

struct conf_input {
	const struct conf_text *texts;
	size_t text_count;
	/*
	 * A folder (winnow.conf and local.d and override.d in it; an Rspamd folder: rspamd.conf.local,
	 * rspamd.conf.local.override, rspamd.conf.override, local.d, override.d) or a file. A file named
	 * winnow.conf stands for its folder; any other is read alone, and includes what it names (an
	 * Rspamd file that includes its stock tree, which is compiled in, brings local.d along as that
	 * tree would). NULL: no files.
	 */
	const char *path;
	bool path_optional; /* no error when it is not there, as for the default path */
	bool no_includes;   /* for texts: every file that they include is missing */
	const char *const
		*environ; /* "NAME=value", ends with NULL; NULL: none. WINNOW_SET_... is read */
	const char *const *settings; /* "section.key=value" */
	size_t setting_count;
	const struct conf_variable *variables; /* before our own of the same names */
	size_t variable_count;
	const struct conf_schema *schema; /* for names of sections and symbols; may be NULL */
};

#define CONF_PATH_DEFAULT "/etc/winnow"

struct conf {
	const struct conf_node *root; /* always an object */
	struct span folder;           /* of the files, or null */
	struct {
		VEC(const struct conf_source *);
	} sources; /* what was read, in order */
};

/* Never NULL; what could not be read is an error in the report and left out. */
struct conf *conf_load(struct arena *a, const struct conf_input *input, struct conf_report *report);

/*
 * A text alone, without macros and variables: for settings that come with a message or from
 * a map. Never NULL.
 */
const struct conf_node *conf_parse(struct arena *a, struct span text, const char *name,
	struct conf_report *report);

/* ---- checking ---- */

/*
 * Everything that was written against the schema: types and bounds; one warning a section for Rspamd's
 * keys that have no effect here and for Rspamd's modules that are not there; an error with the nearest
 * name for the rest; one warning with the count of scores for unknown symbols.
 */
void conf_check(const struct conf *conf, const struct conf_schema *schema,
	struct conf_report *report);

/*
 * Whether a module is on: `enabled` and `disabled` of its section (bool or text), and `disabled` or
 * `enabled` of the group of the same name; `preset` when nothing is said.
 */
bool conf_module_enabled(const struct conf *conf, const char *path, bool preset);

/* ---- showing ---- */

struct conf_style {
	bool origin;                      /* each line ends with "# FILE:LINE layer" */
	bool secrets;                     /* show them; else they are "***" */
	const struct conf_schema *schema; /* knows which keys are secret; may be NULL */
};

/*
 * Writes UCL that reads back to an equal tree (with style.secrets). Objects as their content, other
 * nodes as `key = value;`. `style` may be NULL.
 */
void conf_print(struct buf *out, const struct conf_node *node, const struct conf_style *style);

/* The tree with the defaults of all rows filled in where nothing is written: what is in effect. */
const struct conf_node *conf_effective(struct arena *a, const struct conf *conf,
	const struct conf_schema *schema);

/*
 * `winnow config show [KEY] [--origin]`: the effective tree or what is at the path. RC_NOT_FOUND with the
 * nearest key in `why`.
 */
enum rc conf_show(struct buf *out, const struct conf *conf, const struct conf_style *style,
	struct span path, struct why *why);

/*
 * `winnow config diff`: a line for each value that is not as in `base`, ending with what it was and where
 * it was set. Take two effective trees.
 */
void conf_diff(struct buf *out, const struct conf_node *base, const struct conf_node *now,
	const struct conf_style *style);

#endif
