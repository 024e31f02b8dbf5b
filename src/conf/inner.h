/*
 * Shared within conf: the state of one loading, the reader of one text, and the steps between them:
 * a reader (parse.c, with lex.c for its words and macro.c for .include) asks merge.c for the node that a
 * key's value goes into, and fills it.
 */
#ifndef CONF_INNER_H
#define CONF_INNER_H

#include <sys/types.h>

#include "conf/conf.h"

/* What happens when a key is there already (merge.c). */
enum merge {
	MERGE_APPEND, /* by priority: lower is ignored, equal makes a list, higher replaces it whole */
	MERGE_MERGE,   /* duplicate=merge: objects and arrays grow, scalars by priority */
	MERGE_FILE,    /* winnow.conf: its sections merge into the defaults, the rest as append */
	MERGE_REWRITE, /* duplicate=rewrite */
	MERGE_ERROR,   /* duplicate=error */
};

/* A file that was read, so that local.d is not merged twice and no file includes itself. */
struct file_id {
	dev_t device;
	ino_t inode;
};

struct loading {
	struct arena *arena;
	struct conf *conf;
	struct conf_node *root;
	struct conf_report *report;
	const struct conf_schema *schema; /* or NULL */
	const struct conf_variable *variables;
	size_t variable_count;
	struct span folder;      /* as it was given, or null */
	struct span full_folder; /* the same from the root on: $CONFDIR */
	struct {
		VEC(struct file_id);
	} files;
	size_t nodes, bytes, includes;
	bool is_config; /* false: a text alone; no macros, variables and names with a meaning */
	bool no_includes;
	bool wants_folders; /* a stock file that is not there would have included local.d */
	bool is_full;       /* a cap was reached and reported */
};

/* One text being read. */
struct reader {
	struct loading *load;
	const struct conf_source *source;
	enum merge merge;
	bool equals_defaults; /* Rspamd's own top files stand beside the stock sections, not above them */
	const struct reader *outer; /* the one that includes this one */
	unsigned level;             /* of inclusion */
	struct file_id id;
	struct span folder, file; /* $CURDIR, $FILENAME */

	const char *p, *end, *line_start;
	const char *line_end, *line_end_of; /* of the line that starts at line_end_of */
	uint32_t line;
	const char *opens_from, *opens_to; /* what lex_opens has looked through */
	bool opens;
	bool jinja_told;
	bool stopped; /* too deep to go on */
};

/* ---- scalar.c ---- */

/* Sets kind, number and so on from a bare word; a word that is nothing else is a string. */
void scalar_set(struct conf_node *node, struct span word);
bool scalar_read_number(struct span word, struct conf_node *out);
bool scalar_read_bool(struct span word, bool *out);

/* ---- node.c ---- */

/* Counts against CONF_NODES_MOST; past it the report says so once and NULL is returned. */
struct conf_node *node_make(struct loading *load, struct conf_origin origin);
struct conf_node *node_get(struct conf_node *object, struct span key);
/* The child's parent becomes `parent`. An object must not have its key yet. */
void node_add(struct arena *a, struct conf_node *parent, struct conf_node *child);
/* Turns the node into a list of which its old value is the only element. */
bool node_make_implicit(struct loading *load, struct conf_node *node);
/* Back to a node without a value, at a new place. */
void node_clear(struct conf_node *node, struct conf_origin origin);
/* The next key of a dotted path; false at its end. A broken quote counts as text. */
bool path_next(struct span *rest, struct span *out);
/* The key as conf_find wants it, with a dot before it unless the path is empty so far. */
void path_add(struct buf *path, struct span key);

/* ---- merge.c ---- */

/*
 * The node that the value of `key` goes into, in `parent` (NULL: nowhere), which the rules of the
 * reader's strategy may have emptied, kept to merge into, or made an element of a list. `is_named`: of
 * `key "name" { }`. Never NULL but past the cap on nodes: what is ignored goes into a node without a tree.
 */
struct conf_node *merge_slot(struct reader *r, struct conf_node *parent, struct span key,
	enum conf_kind kind, bool is_named, struct conf_origin origin);
/* `rspamd_proxy` is the worker `proxy`, `symbol "X"` is symbols.X. */
struct span merge_name(const struct reader *r, const struct conf_node *parent, struct span key);
/* Gives the reader's object what it does not have of an earlier top-level object. */
void merge_inherit(struct reader *r, struct conf_node *object, const struct conf_node *from,
	unsigned depth);

/* ---- lex.c ---- */

struct conf_origin lex_origin(const struct reader *r);
void lex_error(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Over spaces and comments; with `lines` also over line ends. */
void lex_skip_space(struct reader *r, bool lines);
/* After an error: to what may be the start of the next statement, or of the next element of a list. */
void lex_recover(struct reader *r, bool in_list);
/* False after an error, which is reported. */
bool lex_key(struct reader *r, struct span *out, bool *is_quoted);
/* A scalar of any form, into `node`. */
bool lex_scalar(struct reader *r, struct conf_node *node);
/* Whether a { or [ comes before the end of the statement: then the word here is a section's name. */
bool lex_opens(struct reader *r);
/* At a Jinja tag: reports it once a file and passes over it. */
bool lex_jinja(struct reader *r);
void lex_tell_jinja(struct reader *r, struct conf_origin origin);

/* ---- variable.c ---- */

/* Longest known name at the text's start (after the $); 0 when there is none. */
size_t variable_find(const struct reader *r, struct span text, struct span *out);
/* Ours behind those of the caller. */
void variables_make(struct loading *load, const struct conf_input *input, struct span folder);

/* ---- parse.c ---- */

/* The whole text into an object; `depth` is where the object stands. */
void parse_text(struct reader *r, struct conf_node *object, unsigned depth);
void reader_init(struct reader *r, struct loading *load, const struct conf_source *source,
	struct span text);
/* The text of a setting: an object, array or quoted string when it is one as a whole, else a word. */
void parse_setting(struct loading *load, const struct conf_source *source, struct span text,
	struct conf_node *node);

/* ---- macro.c ---- */

/* At the dot of a macro. */
void macro_run(struct reader *r, struct conf_node *object, unsigned depth);

/* ---- load.c ---- */

const struct conf_source *source_make(struct loading *load, struct span name, enum conf_layer layer,
	int priority);

enum file_result { FILE_READ, FILE_MISSING, FILE_FAILED };

/* How a file is read, where it is not as the reader that includes it. */
struct file_manner {
	enum conf_layer layer;
	int priority;
	enum merge merge;
	bool equals_defaults;
	bool any_kind; /* also pipes and devices: the user named this file */
};

/* A path of $CONFDIR as the user gave it, for messages and origins. */
struct span file_shown(struct loading *load, struct span path);
/* Reads a file into an object; FILE_FAILED is reported, FILE_MISSING is not. */
enum file_result file_load(struct loading *load, const struct reader *outer, struct span path,
	const struct file_manner *manner, struct conf_node *object, unsigned depth,
	struct conf_origin origin);

/* ---- setting.c ---- */

/* The environment, then the command line. */
void settings_load(struct loading *load, const struct conf_input *input);

/* ---- section.c ---- */

/* Where the content of a file belongs. */
struct section_place {
	struct span keys[2]; /* from the root */
	size_t n;            /* 0: the top */
	bool no_merge;       /* local.d replaces, as override.d does */
};

/* False: the name is none of a configuration file of local.d or override.d. */
bool section_of_file(struct span name, const struct conf_schema *schema, struct section_place *out);
/* A file of Rspamd's stock tree whose content is compiled in here. */
bool section_is_stock(struct span name, const struct loading *load);
/* The object at the place, made when it is not there; NULL when something else stands there (reported). */
struct conf_node *section_make(struct loading *load, const struct section_place *place,
	const struct conf_source *source);

/* ---- option.c ---- */

/* Sets kind and value from the row's default, which it must have. */
void option_default_node(const struct conf_option *row, struct conf_node *out);
/* What is written for the row, under its key or an alias; or NULL. */
const struct conf_node *option_find(const struct conf_node *section, const struct conf_option *rows,
	size_t n, const struct conf_option *row);

/* ---- print.c ---- */

/* A value without its key, on one line. */
void print_inline(struct buf *out, const struct conf_node *node, const struct conf_style *style);
/* " FILE:LINE layer" */
void print_place(struct buf *out, const struct conf_node *node);

/* ---- rspamd.c ---- */

/* Why a key or section of Rspamd has no effect here, or NULL when it is none of Rspamd's. */
const char *rspamd_find_key(struct span section, struct span key);
/* Whether the section itself, not only any of its kind, has rows of keys. */
bool rspamd_has_keys(struct span section);
const char *rspamd_find_section(struct span name);
bool rspamd_is_module(struct span name);
/* Offers the names that it knows to a search for the nearest one. */
struct nearest;
void rspamd_offer_keys(struct nearest *nearest, struct span section);
void rspamd_offer_modules(struct nearest *nearest);

/* ---- nearest.c ---- */

/* The known word that was probably meant. */
struct nearest {
	struct span word;
	struct span best;
	size_t distance; /* 0: nothing near so far */
};

void nearest_offer(struct nearest *nearest, struct span name);
/* `; did you mean "x"?` or the empty text. */
struct span nearest_print(struct arena *a, const struct nearest *nearest);

#endif
