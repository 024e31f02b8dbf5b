/* Inside of scan: the tables of a generation and the state of one message. */
#ifndef SCAN_INNER_H
#define SCAN_INNER_H

#include "expr/expr.h"
#include "match/match.h"
#include "scan/scan.h"

/* ---- a generation ---- */

extern const struct conf_section scan_section_composite;

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
	size_t first_rule; /* the rules of its symbols follow each other from here */
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

/* ---- a message ---- */

/* What one run of a check has added. */
struct scan_addition {
	unsigned symbol;
	double weight;
	struct span evidence; /* null: none */
};

/* What one run of a check wants changed. */
struct scan_wanted {
	enum scan_wish_kind kind;
	struct span name, value;
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
	const struct scan_action *forced; /* by this run, or NULL */
	int force_priority;
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
	struct scan_verdict
		*verdict; /* NULL until it is asked for; dropped when a stage has added */
	bool done;
};

/* The task's symbols through composites, caps and thresholds. */
struct scan_verdict *scan_judge(const struct scan_task *task);

/* The verdict's hits with composites applied; `hits` has room for every rule and is by rule index. */
void scan_apply_composites(const struct scan_config *config, struct arena *a,
	struct scan_hit *hits);

#endif
