/* Inside of scan: the tables of a generation and the state of one message. */
#ifndef SCAN_INNER_H
#define SCAN_INNER_H

#include "expr/expr.h"
#include "match/match.h"
#include "scan/scan.h"

/* ---- a generation ---- */

extern const struct conf_section scan_section_composite;
extern const struct conf_section scan_section_settings, scan_section_apply,
	scan_section_apply_actions;

struct scan_group {
	struct span name;
	struct span description;
	double max_score; /* of what its symbols count together; 0: no cap */
	double min_score;
	bool enabled;
	size_t index;
};

/* A check as configured. */
struct scan_member {
	const struct check *check;
	const void *options;
	const void *prepared;
	struct {
		VEC(const struct scan_rule *);
	} rules; /* of its rows, then of the symbols that prepare has added */
	size_t index;
	bool enabled;
	const struct scan_member **after;
	size_t after_count;
};

enum scan_policy { SCAN_REMOVE_WEIGHT = 1, SCAN_REMOVE_SYMBOL = 2, SCAN_REMOVE_FORCED = 4 };

enum scan_atom_kind { ATOM_SYMBOL, ATOM_GROUP, ATOM_GROUP_POSITIVE, ATOM_GROUP_NEGATIVE };

struct scan_condition {
	struct span text;
	struct match_pattern *pattern; /* or NULL: equal to the text */
};

/* One operand of a composite. */
struct scan_atom {
	enum scan_atom_kind kind;
	struct span name;
	const struct scan_rule *rule; /* of a symbol; NULL when there is no such symbol */
	unsigned removes;             /* bits of enum scan_policy, prefix applied */
	struct {
		VEC(struct scan_condition);
	} conditions; /* SYM[a,/b/]: each must match some evidence */
};

struct scan_composite {
	const struct scan_rule *rule;
	const struct expr *expr;
	struct {
		VEC(struct scan_atom);
	} atoms;
};

/* What a run of a check, or settings, want changed. */
struct scan_wanted {
	enum scan_wish_kind kind;
	struct span name, value;
};

/* A symbol that settings add. */
struct scan_extra {
	const struct scan_rule *rule;
	double weight;
};

/* What one entry of the section `settings` changes. */
struct scan_settings {
	struct span name, id;
	bool skips; /* the message is wanted: nothing is looked for */
	struct {
		VEC(const struct scan_rule *);
	} rules;                                  /* copies with other scores */
	const bool *rules_off;                    /* by rule index; NULL: no more than in general */
	const bool *members_off;                  /* by member index; NULL as rules_off */
	const struct scan_action *const *actions; /* NULL: the general ones */
	struct {
		VEC(struct scan_extra);
	} extras;
	struct {
		VEC(struct scan_wanted);
	} wishes;                     /* header fields */
	struct span subject, message; /* null: as in general */
};

struct scan_headers;

struct scan_config {
	struct arena *arena;
	struct {
		VEC(struct scan_rule *);
	} rules;
	struct map *rule_names;
	struct {
		VEC(struct scan_group *);
	} groups;
	struct map *group_names;
	struct {
		VEC(struct scan_action *);
	} actions; /* mildest first */
	struct {
		VEC(struct scan_member);
	} members; /* a check stands behind those that it comes after */
	struct {
		VEC(struct scan_composite *);
	} composites; /* one stands behind those that it names */
	double timeout;
	struct span subject;
	const struct scan_headers *headers; /* the module milter_headers: headers.h */
	struct {
		VEC(struct ip_net);
	} local_nets; /* options.local_addrs */
	bool check_local, check_authenticated;
	double grow_factor, unknown_weight;
	struct map *settings; /* struct scan_settings by name; NULL: there are none */
};

/* Finds or makes. */
struct scan_rule *scan_config_get_rule(struct scan_config *config, struct span name);
struct scan_group *scan_config_get_group(struct scan_config *config, struct span name);
/* Puts the symbol into these groups, in place of its own. */
void scan_config_set_groups(struct scan_config *config, struct scan_rule *rule,
	const struct span *names, size_t n);

/* Compiles the section `composites` and puts the composites in order. */
void scan_config_add_composites(struct scan_config *config, const struct conf *conf,
	struct conf_report *report);

/* settings.c: the symbols that settings add, which composites may name; then what they change. */
void scan_config_add_extras(struct scan_config *config, const struct conf *conf);
void scan_config_add_settings(struct scan_config *config, const struct conf *conf,
	struct conf_report *report);

/* ---- a message ---- */

/* What one run of a check has added. */
struct scan_addition {
	unsigned symbol;
	double weight;
	struct span evidence; /* null: none */
};

/* Whom settings hold for, as a run has found. */
struct scan_use {
	size_t rcpt;
	const struct scan_settings *settings;
};

struct scan_run {
	const struct scan_member *member;
	bool started, finished;
	enum rc rc;
	struct needs needs;
	struct {
		VEC(struct scan_addition);
	} additions;
	struct {
		VEC(struct scan_wanted);
	} wishes;
	struct {
		VEC(struct scan_use);
	} uses;
	struct span gap;                  /* why it is not finished, or null */
	const struct msg_client *client;  /* that counts from now on, or NULL */
	const struct scan_action *forced; /* by this run, or NULL */
	int force_priority;
	bool force_is_least; /* a more severe action by the score stays */
	struct span force_message;
};

/* A symbol of the message as checks left it, before composites and caps. */
struct scan_found {
	const struct scan_rule *rule;
	double weight; /* that counts */
	struct {
		VEC(struct span);
	} evidence;
};

/* Recipients with the same settings. */
struct scan_slice {
	const struct scan_settings *settings; /* NULL: the general ones */
	struct {
		VEC(size_t);
	} rcpts;
};

struct scan_task {
	const struct scan_config *config;
	struct msg *msg;
	struct need_memo *memo;
	struct arena *arena;
	enum scan_stage stage;
	struct scan_run *runs;     /* one for each member */
	struct scan_found **found; /* by rule index; NULL: not in the message */
	size_t run_count;
	const char *volatile *running; /* told which check runs, or NULL */
	uint64_t cpu_ns;
	bool has_uses; /* settings hold for somebody */
	/* In order of their first recipients, from the end of stage first; none: all have general ones. */
	struct {
		VEC(struct scan_slice);
	} slices;
	const struct check
		*slices_full; /* the check that told of more than SCAN_SETTINGS_MOST, or NULL */
	const bool *off;      /* by member index: nobody wants it; NULL: none */
	struct scan_verdict *so_far; /* at the end of stage main, when a check of stage last runs */
	struct scan_verdict *verdict; /* at the end */
	bool done;
};

/* What a share is judged by: the general tables, or those with what its settings change. */
struct scan_view {
	const struct scan_settings *settings; /* NULL: the general ones */
	const struct scan_rule *const *rules;
	const struct scan_action *const *actions;
};

/* ---- shares.c ---- */

/* How many recipients there are to have settings: one for a message without any. */
size_t scan_count_rcpts(const struct scan_task *task);
/* What runs have told of recipients becomes slices, and the list of checks that nobody wants. */
void scan_make_slices(struct scan_task *task);
struct scan_view scan_view_of(const struct scan_config *config, struct arena *a,
	const struct scan_settings *settings);
/* Whether those settings leave the symbol, or the check of the run, out. */
bool scan_view_drops_rule(const struct scan_view *view, const struct scan_rule *rule);
bool scan_view_drops_run(const struct scan_view *view, const struct scan_run *run);
/* The verdict for the mail server, with its shares. */
struct scan_verdict *scan_judge(const struct scan_task *task);

/* ---- verdict.c ---- */

/*
 * The task's symbols through composites, caps and thresholds, by one share's settings. `muted` (may be
 * NULL) is a symbol that counts as if its score were 0.
 */
struct scan_verdict *scan_judge_by(const struct scan_task *task,
	const struct scan_settings *settings, const struct scan_rule *muted);

/* The verdict's hits with composites applied; `hits` has room for every rule and is by rule index. */
void scan_apply_composites(const struct scan_config *config, const struct scan_view *view,
	struct arena *a, struct scan_hit *hits);

#endif
