/* The tables of a generation: symbols, groups, actions and members, from rows and configuration. */
#include "scan/scan.h"

#include <math.h>
#include <stdlib.h>

#include "scan/headers.h"

enum { SYMBOL_MOST = 128 };

/* ---- finding and making ---- */

const struct scan_rule *scan_config_find_rule(const struct scan_config *config, struct span name)
{
	return map_find(config->rule_names, name);
}

const struct scan_rule *const *scan_config_rules(const struct scan_config *config, size_t *n)
{
	*n = config->rules.n;
	return (const struct scan_rule *const *)config->rules.v;
}

const struct scan_action *const *scan_config_actions(const struct scan_config *config, size_t *n)
{
	*n = config->actions.n;
	return (const struct scan_action *const *)config->actions.v;
}

double scan_config_timeout(const struct scan_config *config)
{
	return config->timeout;
}

const void *scan_config_prepared(const struct scan_config *config, const struct check *check)
{
	for (size_t i = 0; i < config->members.n; i++)
		if (config->members.v[i].check == check && config->members.v[i].enabled)
			return config->members.v[i].prepared;
	return NULL;
}

const void *scan_config_options(const struct scan_config *config, const struct check *check)
{
	for (size_t i = 0; i < config->members.n; i++)
		if (config->members.v[i].check == check)
			return config->members.v[i].options;
	return NULL;
}

bool scan_config_enabled(const struct scan_config *config, const struct check *check)
{
	for (size_t i = 0; i < config->members.n; i++)
		if (config->members.v[i].check == check)
			return config->members.v[i].enabled;
	return false;
}

/* A blank and a `_` are the same in names of actions. */
static bool action_names_equal(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((a.p[i] == '_' ? ' ' : a.p[i]) != (b.p[i] == '_' ? ' ' : b.p[i]))
			return false;
	return true;
}

const struct scan_action *scan_config_find_action(const struct scan_config *config,
	struct span name)
{
	for (size_t i = 0; i < config->actions.n; i++)
		if (action_names_equal(config->actions.v[i]->name, name))
			return config->actions.v[i];
	return NULL;
}

struct scan_rule *scan_config_get_rule(struct scan_config *config, struct span name)
{
	struct scan_rule *rule = map_find(config->rule_names, name);

	if (rule != NULL)
		return rule;
	rule = ARENA_NEW(config->arena, struct scan_rule);
	rule->name = name;
	rule->index = config->rules.n;
	*VEC_ADD(config->arena, &config->rules) = rule;
	(void)map_put(config->rule_names, name, rule);
	return rule;
}

struct scan_group *scan_config_get_group(struct scan_config *config, struct span name)
{
	struct scan_group *group = map_find(config->group_names, name);

	if (group != NULL)
		return group;
	group = ARENA_NEW(config->arena, struct scan_group);
	group->name = name;
	group->enabled = true;
	group->index = config->groups.n;
	*VEC_ADD(config->arena, &config->groups) = group;
	(void)map_put(config->group_names, name, group);
	return group;
}

/* ---- actions ---- */

struct action_options {
	double thresholds[7];
	struct span subject;
	double grow_factor, unknown_weight;
};

/* In order of severity; the numbers index action_options.thresholds. */
enum { NO_ACTION, GREYLIST, ADD_HEADER, REWRITE_SUBJECT, QUARANTINE, SOFT_REJECT, DISCARD, REJECT };

static const char *const action_names[] = {"no action", "greylist", "add header", "rewrite subject",
	"quarantine", "soft reject", "discard", "reject"};

#define THRESHOLD(key, action, preset, help)                                                       \
	CONF_DOUBLE(struct action_options, thresholds[(action)-1], key, preset, -1e6, 1e6, help)

static const struct conf_option action_rows[] = {
	THRESHOLD("reject", REJECT, "15",
		"The score from which a message is refused; null: never."),
	THRESHOLD("add_header", ADD_HEADER, "6",
		"The score from which a message is marked as spam; null: never."),
	CONF_ALIAS("add header", "add_header"),
	THRESHOLD("greylist", GREYLIST, "4",
		"The score from which an unknown sender must come again; null: never."),
	THRESHOLD("rewrite_subject", REWRITE_SUBJECT, NULL,
		"The score from which the subject is changed; null: never."),
	CONF_ALIAS("rewrite subject", "rewrite_subject"),
	THRESHOLD("soft_reject", SOFT_REJECT, NULL,
		"The score from which a message is refused for now; null: never."),
	CONF_ALIAS("soft reject", "soft_reject"),
	THRESHOLD("quarantine", QUARANTINE, NULL,
		"The score from which the mail server holds a message back; null: never."),
	THRESHOLD("discard", DISCARD, NULL,
		"The score from which a message is taken and thrown away; null: never."),
	CONF_STRING(struct action_options, subject, "subject", "*** SPAM *** %s",
		"What `rewrite subject` makes of the subject: %s is the old one, %d the score."),
	CONF_DOUBLE(struct action_options, grow_factor, "grow_factor", "1", 0, 10,
		"Above 1, the points against a message are multiplied the more, the more there are: by "
		"this, and for each of its symbols by 1 + (this - 1) * points / highest threshold."),
	CONF_DOUBLE(struct action_options, unknown_weight, "unknown_weight", "0", -1e6, 1e6,
		"What symbols count that have no score: composites, and what settings add."),
};

static const struct conf_section section_actions = {
	.path = "actions",
	.rows = action_rows,
	.row_count = ARRAY_LEN(action_rows),
	.size = sizeof(struct action_options),
	.help = "From which score on what happens to a message.",
};

static void add_action(struct scan_config *config, int severity, double threshold)
{
	struct scan_action *action = ARENA_NEW(config->arena, struct scan_action);

	action->name = span_of(action_names[severity]);
	action->has_threshold = !isnan(threshold);
	action->threshold = threshold;
	action->severity = severity;
	action->index = config->actions.n;
	*VEC_ADD(config->arena, &config->actions) = action;
}

static void add_actions(struct scan_config *config, const struct conf *conf,
	struct conf_report *report)
{
	struct action_options options;

	(void)conf_fill(config->arena, conf_find(conf->root, "actions"), action_rows,
		ARRAY_LEN(action_rows), &options, report);
	add_action(config, NO_ACTION, NAN);
	for (int i = GREYLIST; i <= REJECT; i++)
		add_action(config, i, options.thresholds[i - 1]);
	config->subject = options.subject;
	config->grow_factor = isnan(options.grow_factor) ? 1 : options.grow_factor;
	config->unknown_weight = isnan(options.unknown_weight) ? 0 : options.unknown_weight;
}

/* ---- symbols of checks ---- */

void scan_config_set_groups(struct scan_config *config, struct scan_rule *rule,
	const struct span *names, size_t n)
{
	const struct scan_group **rows = ARENA_ARRAY(config->arena, const struct scan_group *, n);
	struct span *groups = ARENA_ARRAY(config->arena, struct span, n);

	for (size_t i = 0; i < n; i++) {
		rows[i] = scan_config_get_group(config, names[i]);
		groups[i] = rows[i]->name;
	}
	rule->groups = groups;
	rule->group_rows = rows;
	rule->group_count = n;
}

/* Of a row: names with commas between them; NULL for none. */
static void set_row_groups(struct scan_config *config, struct scan_rule *rule, const char *names)
{
	struct {
		VEC(struct span);
	} list = {0};

	for (struct span rest = span_of(names), name; span_next(&rest, ',', &name);)
		*VEC_ADD(config->arena, &list) = span_trim(name);
	scan_config_set_groups(config, rule, list.v, list.n);
}

static void add_symbol(struct scan_config *config, struct scan_member *member,
	const struct scan_symbol *row)
{
	struct scan_rule *rule;

	if (map_find(config->rule_names, span_of(row->name)) != NULL)
		panic("the symbol %s stands in two rows", row->name);
	rule = scan_config_get_rule(config, span_of(row->name));
	rule->score = row->score;
	rule->description = span_of(row->meaning);
	rule->one_shot = row->one_shot;
	rule->enabled = true;
	rule->row = row;
	rule->check = member->check;
	rule->origin = SPAN("default");
	rule->symbol = member->rules.n;
	*VEC_ADD(config->arena, &member->rules) = rule;
	set_row_groups(config, rule, row->group);
}

/* Letters, digits and _, as expressions and files can name them. */
static bool is_symbol_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!byte_is_alnum(name.p[i]) && name.p[i] != '_')
			return false;
	return name.n > 0 && name.n <= SYMBOL_MOST;
}

/* Why the name cannot be one more symbol of the check; NULL when it can. */
static const char *refuse_symbol(const struct scan_member *member, struct span name,
	const struct scan_rule *old)
{
	if (old != NULL)
		return old->check == member->check ? "stands for a whole check"
						   : "is a symbol of another check";
	if (!is_symbol_name(name))
		return "is no name for a symbol: letters, digits and _ make one";
	return member->rules.n >= SCAN_SYMBOLS_MOST ? "is one symbol too many" : NULL;
}

int scan_prepare_symbol(struct scan_preparing *p, const struct scan_symbol *row,
	struct conf_origin origin)
{
	struct span name = span_of(row->name);
	const struct scan_rule *old = map_find(p->config->rule_names, name);
	struct scan_symbol *copy;
	const char *why;

	if (old != NULL && old->check == p->member->check && old->row->kind == SCAN_SYMBOL)
		return (int)old->symbol;
	why = refuse_symbol(p->member, name, old);
	if (why != NULL) {
		conf_error(p->report, origin, "%s %s", row->name, why);
		return -1;
	}
	copy = ARENA_NEW(p->arena, struct scan_symbol);
	*copy = *row;
	add_symbol(p->config, p->member, copy);
	return (int)p->member->rules.n - 1;
}

static size_t find_member(const struct scan_config *config, const char *name)
{
	for (size_t i = 0; i < config->members.n; i++)
		if (span_equal(span_of(config->members.v[i].check->name), span_of(name)))
			return i;
	panic("a check comes after %s, which does not stand before it in the table", name);
}

static void add_member(struct scan_config *config, const struct conf *conf,
	const struct check *check)
{
	struct scan_member *member = VEC_ADD(config->arena, &config->members);

	member->check = check;
	member->index = config->members.n - 1;
	member->enabled = conf_module_enabled(conf, check->name, true);
	for (size_t i = 0; i < check->symbol_count; i++)
		add_symbol(config, member, &check->symbols[i]);
}

/* When the rows of all checks are there: a name of one of them is nobody else's. */
static void prepare_member(struct scan_config *config, const struct conf *conf,
	struct scan_member *member, struct conf_report *report)
{
	const struct check *check = member->check;
	const struct conf_node *section =
		conf_find(conf->root, check->section != NULL ? check->section : check->name);

	if (check->option_count > 0) {
		void *options = arena_alloc(config->arena, check->options_size);

		(void)conf_fill(config->arena, section, check->options, check->option_count,
			options, report);
		member->options = options;
	}
	if (check->prepare != NULL && member->enabled) {
		struct scan_preparing p = {config->arena, report, section, conf, config, member};

		member->prepared = check->prepare(&p, member->options);
	}
}

/* Pointers to members hold only once all members are there. */
static void link_members(struct scan_config *config)
{
	for (size_t i = 0; i < config->members.n; i++) {
		struct scan_member *member = &config->members.v[i];
		const char *const *names = member->check->after;

		if (names == NULL)
			continue;

		while (names[member->after_count] != NULL)
			member->after_count++;
		member->after =
			ARENA_ARRAY(config->arena, const struct scan_member *, member->after_count);
		for (size_t k = 0; k < member->after_count; k++) {
			size_t before = find_member(config, names[k]);

			must(before < i);
			member->after[k] = &config->members.v[before];
		}
	}
}

/* ---- what configuration says of symbols and groups ---- */

struct symbol_options {
	double score;
	struct span description;
	bool one_shot, enabled, disabled;
	struct conf_list groups;
	const struct conf_node *ignored;
};

static const struct conf_option symbol_rows[] = {
	CONF_DOUBLE(struct symbol_options, score, "score", NULL, -1e6, 1e6,
		"What the symbol counts."),
	CONF_ALIAS("weight", "score"),
	CONF_STRING(struct symbol_options, description, "description", NULL,
		"One line, shown beside the symbol."),
	CONF_BOOL(struct symbol_options, one_shot, "one_shot", NULL,
		"Whether it counts once however often it is found."),
	CONF_BOOL(struct symbol_options, enabled, "enabled", "yes", "Whether it is looked for."),
	CONF_BOOL(struct symbol_options, disabled, "disabled", "no",
		"The same the other way round."),
	CONF_LIST_COMMA(struct symbol_options, groups, "groups", NULL,
		"The groups it belongs to, in place of its own."),
	CONF_ALIAS("group", "groups"),
	CONF_NODE(struct symbol_options, ignored, "name",
		"The symbol, where the section is unnamed."),
	CONF_NODE(struct symbol_options, ignored, "any_shot", "Accepted for Rspamd's sake."),
	CONF_NODE(struct symbol_options, ignored, "nshots", "Accepted for Rspamd's sake."),
	CONF_NODE(struct symbol_options, ignored, "flags", "Accepted for Rspamd's sake."),
	CONF_NODE(struct symbol_options, ignored, "priority", "Accepted for Rspamd's sake."),
};

struct group_options {
	double max_score, min_score;
	struct span description;
	bool enabled, disabled;
	const struct conf_node *symbols;
	const struct conf_node *ignored;
};

static const struct conf_option group_rows[] = {
	CONF_DOUBLE(struct group_options, max_score, "max_score", "0", 0, 1e6,
		"The most that the group's symbols count together; 0: no cap."),
	CONF_DOUBLE(struct group_options, min_score, "min_score", "0", -1e6, 0,
		"The least that they count together; 0: no cap."),
	CONF_STRING(struct group_options, description, "description", NULL,
		"What the group is about."),
	CONF_BOOL(struct group_options, enabled, "enabled", "yes",
		"Whether the symbols of the group are looked for."),
	CONF_BOOL(struct group_options, disabled, "disabled", "no",
		"The same the other way round."),
	CONF_NODE(struct group_options, symbols, "symbols", "Its symbols, as in section symbols."),
	CONF_NODE(struct group_options, ignored, "symbol", "Its symbols, one a section."),
	CONF_NODE(struct group_options, ignored, "name",
		"The group, where the section is unnamed."),
	CONF_NODE(struct group_options, ignored, "one_shot", "Accepted for Rspamd's sake."),
	CONF_NODE(struct group_options, ignored, "public", "Accepted for Rspamd's sake."),
};

/* A symbol's section `node`, an object or just a score; `group` may be NULL. */
static void read_symbol(struct scan_config *config, struct span name, const struct conf_node *node,
	const struct scan_group *group, struct conf_report *report)
{
	struct scan_rule *rule = map_find(config->rule_names, name);
	struct symbol_options options;
	double number;

	/* conf_check counts the scores of symbols that are not there */
	if (rule == NULL)
		return;
	if (node->kind != CONF_KIND_OBJECT) {
		if (conf_to_number(node, &number)) {
			rule->score = number;
			rule->origin = conf_origin_print(config->arena, node->origin);
		}
		return;
	}
	if (!conf_fill(config->arena, node, symbol_rows, ARRAY_LEN(symbol_rows), &options, report))
		return;
	if (!isnan(options.score)) {
		const struct conf_node *score = conf_get(node, SPAN("score"));

		if (score == NULL)
			score = conf_get(node, SPAN("weight"));
		rule->score = options.score;
		rule->origin = conf_origin_print(config->arena, score->origin);
	}
	if (!span_is_null(options.description))
		rule->description = options.description;
	if (conf_get(node, SPAN("one_shot")) != NULL)
		rule->one_shot = options.one_shot;
	if (!options.enabled || options.disabled)
		rule->enabled = false;
	if (options.groups.n > 0)
		scan_config_set_groups(config, rule, options.groups.v, options.groups.n);
	else if (group != NULL && rule->row == NULL && rule->group_count == 0)
		scan_config_set_groups(config, rule, &group->name, 1);
}

/*
 * `symbols { A { score = 1 } B = 2 }`, and Rspamd's older `symbol { name = "A"; weight = 1 }` or
 * `symbol "A" { }`, several times.
 */
static void read_symbols(struct scan_config *config, const struct conf_node *node,
	const struct scan_group *group, struct conf_report *report)
{
	for (size_t i = 0; i < conf_value_count(node); i++) {
		const struct conf_node *value = conf_value(node, i);
		struct span name;

		if (conf_to_text(conf_get(value, SPAN("name")), &name)) {
			read_symbol(config, name, value, group, report);
			continue;
		}
		for (size_t k = 0; value->kind == CONF_KIND_OBJECT && k < conf_count(value); k++)
			read_symbol(config, conf_at(value, k)->key, conf_at(value, k), group,
				report);
	}
}

static void read_group(struct scan_config *config, struct span name, const struct conf_node *node,
	struct conf_report *report)
{
	struct scan_group *group = scan_config_get_group(config, name);
	struct group_options options;

	if (node->kind != CONF_KIND_OBJECT ||
		!conf_fill(config->arena, node, group_rows, ARRAY_LEN(group_rows), &options,
			report))
		return;
	group->max_score = options.max_score;
	group->min_score = options.min_score;
	group->enabled = options.enabled && !options.disabled;
	if (!span_is_null(options.description))
		group->description = options.description;
	read_symbols(config, options.symbols, group, report);
	read_symbols(config, conf_get(node, SPAN("symbol")), group, report);
}

static void read_groups(struct scan_config *config, const struct conf_node *node,
	struct conf_report *report)
{
	for (size_t i = 0; i < conf_value_count(node); i++) {
		const struct conf_node *value = conf_value(node, i);
		struct span name;

		if (conf_to_text(conf_get(value, SPAN("name")), &name)) {
			read_group(config, name, value, report);
			continue;
		}
		for (size_t k = 0; value->kind == CONF_KIND_OBJECT && k < conf_count(value); k++)
			read_group(config, conf_at(value, k)->key, conf_at(value, k), report);
	}
}

/* From the top of the tree, and from Rspamd's older `metric`. */
static void read_scores(struct scan_config *config, const struct conf_node *top,
	struct conf_report *report)
{
	read_groups(config, conf_get(top, SPAN("group")), report);
	read_symbols(config, conf_get(top, SPAN("symbols")), NULL, report);
	read_symbols(config, conf_get(top, SPAN("symbol")), NULL, report);
}

/* ---- what is switched off ---- */

static bool group_is_off(const struct scan_rule *rule)
{
	for (size_t i = 0; i < rule->group_count; i++)
		if (!rule->group_rows[i]->enabled)
			return true;
	return false;
}

static bool has_symbols(const struct check *check)
{
	for (size_t i = 0; i < check->symbol_count; i++)
		if (check->symbols[i].kind == SCAN_SYMBOL)
			return true;
	return false;
}

/*
 * A symbol is off with any of its groups. A check is off with its callback symbol, or when it has symbols
 * and none of them is on: then nothing that it could find would count.
 */
static void switch_off(struct scan_config *config)
{
	for (size_t i = 0; i < config->rules.n; i++)
		if (group_is_off(config->rules.v[i]))
			config->rules.v[i]->enabled = false;
	for (size_t i = 0; i < config->members.n; i++) {
		struct scan_member *member = &config->members.v[i];
		bool any = !has_symbols(member->check);

		for (size_t k = 0; k < member->rules.n; k++) {
			const struct scan_rule *rule = member->rules.v[k];

			if (rule->row->kind == SCAN_SYMBOL)
				any |= rule->enabled;
			else if (!rule->enabled)
				member->enabled = false;
		}
		member->enabled &= any;
	}
}

/* ---- options ---- */

struct scan_options {
	double timeout;
	struct conf_list local_nets, more_local_nets;
	bool check_local, check_authenticated;
};

static const struct conf_option option_rows[] = {
	CONF_TIME(struct scan_options, timeout, "task_timeout", "8s", 0.1, 600,
		"How long a message may wait for answers; what is open then is named as not checked."),
	CONF_LIST_COMMA(struct scan_options, local_nets, "local_addrs",
		"127.0.0.0/8, ::1, 192.168.0.0/16, 10.0.0.0/8, 172.16.0.0/12, 169.254.0.0/16, fd00::/8, "
		"fe80::/10",
		"Addresses and networks of our own: checks that judge strangers leave them out."),
	CONF_LIST_COMMA(struct scan_options, more_local_nets, "local_networks", NULL,
		"An older name of local_addrs; both count."),
	CONF_BOOL(struct scan_options, check_local, "check_local", "no",
		"Whether checks of strangers look at clients in local_addrs, too."),
	CONF_BOOL(struct scan_options, check_authenticated, "check_authed", "no",
		"Whether checks of strangers look at clients that have authenticated, too."),
};

static const struct conf_section section_options = {
	.path = "options",
	.rows = option_rows,
	.row_count = ARRAY_LEN(option_rows),
	.size = sizeof(struct scan_options),
	.help = "Of the program as a whole.",
};

#define SYMBOL_SECTION(path_)                                                                      \
	{                                                                                          \
		.path = (path_), .rows = symbol_rows, .row_count = ARRAY_LEN(symbol_rows),         \
		.size = sizeof(struct symbol_options), .help = "A symbol's score and description." \
	}

static const struct conf_section section_symbol = SYMBOL_SECTION("symbols.*");
static const struct conf_section section_group_symbol = SYMBOL_SECTION("group.*.symbols.*");
static const struct conf_section section_group = {
	.path = "group.*",
	.rows = group_rows,
	.row_count = ARRAY_LEN(group_rows),
	.size = sizeof(struct group_options),
	.help = "A group of symbols: its caps, its switch, the scores of its symbols.",
};
static const struct conf_option metric_rows[] = {
	CONF_IGNORED("actions", "thresholds stand in the section actions, local.d/actions.conf"),
};

static const struct conf_section section_metric = {
	.path = "metric",
	.rows = metric_rows,
	.row_count = ARRAY_LEN(metric_rows),
	.help = "Rspamd's older place for groups and scores.",
	.is_open = true,
};

static void read_nets(struct scan_config *config, const struct conf_list *list,
	struct conf_origin origin, struct conf_report *report)
{
	struct ip_net net;

	for (size_t i = 0; i < list->n; i++) {
		if (ip_net_parse(list->v[i], &net))
			*VEC_ADD(config->arena, &config->local_nets) = net;
		else
			conf_error(report, origin, "\"%.*s\" is no address or network",
				SPAN_ARG(list->v[i]));
	}
}

static void read_options(struct scan_config *config, const struct conf_node *section,
	struct conf_report *report)
{
	struct scan_options options;

	(void)conf_fill(config->arena, section, option_rows, ARRAY_LEN(option_rows), &options,
		report);
	config->timeout = options.timeout;
	config->check_local = options.check_local;
	config->check_authenticated = options.check_authenticated;
	read_nets(config, &options.local_nets, conf_origin_of(section, "local_addrs"), report);
	read_nets(config, &options.more_local_nets, conf_origin_of(section, "local_networks"),
		report);
}

const struct conf_section *const scan_sections[] = {&section_options, &section_actions,
	&section_group, &section_group_symbol, &section_symbol, &section_metric,
	&scan_section_composite, &scan_section_settings, &scan_section_apply,
	&scan_section_apply_actions, &scan_section_headers,
#define ROUTINE(constant, name) &scan_routine_sections[SCAN_ROUTINE_##constant],
	SCAN_ROUTINES(ROUTINE)
#undef ROUTINE
};
const size_t scan_section_count = ARRAY_LEN(scan_sections);

struct scan_config *scan_config_make(struct arena *a, const struct conf *conf,
	const struct check *const checks[], size_t check_count, struct conf_report *report)
{
	struct scan_config *config = ARENA_NEW(a, struct scan_config);

	config->arena = a;
	config->rule_names = map_make(a);
	config->group_names = map_make(a);
	read_options(config, conf_find(conf->root, "options"), report);
	config->headers = scan_headers_read(a, conf, report);
	add_actions(config, conf, report);
	for (size_t i = 0; i < check_count; i++)
		add_member(config, conf, checks[i]);
	for (size_t i = 0; i < check_count; i++)
		prepare_member(config, conf, &config->members.v[i], report);
	link_members(config);
	scan_config_add_extras(config, conf);
	scan_config_add_composites(config, conf, report);
	read_scores(config, conf_get(conf->root, SPAN("metric")), report);
	read_scores(config, conf->root, report);
	switch_off(config);
	scan_config_add_settings(config, conf, report);
	return config;
}
