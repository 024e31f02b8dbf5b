/*
 * What entries of the section `settings` change, read from configuration.
 *
 * DESIGN: an entry holds only what differs from the general tables (copies of rules with another score, the
 * list of actions, what is off), so that thousands of them, one for each mailbox, stay small. The tables of
 * a message are put together when it is judged.
 */
#include "scan/scan.h"

#include <math.h>

#include "scan/headers.h"
#include "scan/inner.h"

enum { NAMES_SHOWN_MOST = 3, NUMBER_MOST = 1000000 };

struct reader {
	struct scan_config *config;
	struct conf_report *report;
	struct scan_settings *settings;
	/* symbols and groups that are not there, for one warning an entry */
	size_t unknown;
	struct span unknown_names[NAMES_SHOWN_MOST];
};

/* ---- rows ---- */

struct entry_options {
	struct span id;
	bool whitelist, want_spam;
	const struct conf_node *symbols;
};

static const struct conf_option entry_rows[] = {
	CONF_STRING(struct entry_options, id, "id", NULL,
		"The name that verdicts and logs show, in place of that of its section."),
	CONF_BOOL(struct entry_options, whitelist, "whitelist", NULL,
		"The message is wanted: nothing is looked for, but for the test strings."),
	CONF_BOOL(struct entry_options, want_spam, "want_spam", NULL, "The same as whitelist."),
	CONF_NODE(struct entry_options, symbols, "symbols",
		"Symbols that are added: a list, or names with the factor on their scores."),
	CONF_IGNORED("register_symbols", "symbols need no registration"),
};

const struct conf_section scan_section_settings = {
	.path = "settings.*",
	.rows = entry_rows,
	.row_count = ARRAY_LEN(entry_rows),
	.size = sizeof(struct entry_options),
	.help = "What is different for those messages or recipients whom the conditions fit.",
};

struct apply_options {
	struct conf_list symbols_enabled, symbols_disabled, groups_enabled, groups_disabled;
	struct span subject;
	const struct conf_node *symbols, *scores, *add_headers, *remove_headers, *messages;
};

static const struct conf_option apply_rows[] = {
	CONF_LIST_COMMA(struct apply_options, symbols_enabled, "symbols_enabled", NULL,
		"Only these symbols are looked for."),
	CONF_LIST_COMMA(struct apply_options, symbols_disabled, "symbols_disabled", NULL,
		"These symbols are not looked for."),
	CONF_LIST_COMMA(struct apply_options, groups_enabled, "groups_enabled", NULL,
		"Only the symbols of these groups are looked for, and those of symbols_enabled."),
	CONF_LIST_COMMA(struct apply_options, groups_disabled, "groups_disabled", NULL,
		"The symbols of these groups are not looked for."),
	CONF_STRING(struct apply_options, subject, "subject", NULL,
		"What `rewrite subject` makes of the subject, as in actions.subject."),
	CONF_NODE(struct apply_options, symbols, "symbols",
		"Symbols that are added: a list, or names with the factor on their scores."),
	CONF_NODE(struct apply_options, scores, "scores",
		"Scores of symbols, for those that have the name of a setting."),
	CONF_NODE(struct apply_options, add_headers, "add_headers",
		"Header fields that are added: name = value, a list of values, or { value = ...; }."),
	CONF_NODE(struct apply_options, remove_headers, "remove_headers",
		"Header fields that are removed: a list, or name = a number, which has no effect."),
	CONF_NODE(struct apply_options, messages, "messages",
		"smtp_message is the text of the SMTP reply when the message is refused."),
	CONF_IGNORED("flags", "this version does not read it"),
	CONF_IGNORED("policy", "this version does not read it"),
	CONF_IGNORED("profile", "this version does not read it"),
};

const struct conf_section scan_section_apply = {
	.path = "settings.*.apply",
	.rows = apply_rows,
	.row_count = ARRAY_LEN(apply_rows),
	.size = sizeof(struct apply_options),
	.help = "What an entry of settings changes; any other key is a symbol with its score.",
	.is_open = true,
};

struct threshold_options {
	double threshold;
	struct span subject;
};

#define THRESHOLD(key)                                                                             \
	CONF_DOUBLE(struct threshold_options, threshold, key, NULL, -1e6, 1e6,                     \
		"The threshold, as in the section actions; null: never.")

static const struct conf_option threshold_rows[] = {
	THRESHOLD("reject"),
	THRESHOLD("add_header"),
	CONF_ALIAS("add header", "add_header"),
	THRESHOLD("greylist"),
	THRESHOLD("rewrite_subject"),
	CONF_ALIAS("rewrite subject", "rewrite_subject"),
	THRESHOLD("soft_reject"),
	CONF_ALIAS("soft reject", "soft_reject"),
	THRESHOLD("quarantine"),
	THRESHOLD("discard"),
	CONF_STRING(struct threshold_options, subject, "subject", NULL,
		"The same as apply.subject."),
};

const struct conf_section scan_section_apply_actions = {
	.path = "settings.*.apply.actions",
	.rows = threshold_rows,
	.row_count = ARRAY_LEN(threshold_rows),
	.size = sizeof(struct threshold_options),
	.help = "Thresholds for those whom the entry holds for.",
};

/* Of a section that was written several times the first one; NULL for NULL. */
static const struct conf_node *first_value(const struct conf_node *node)
{
	return node == NULL ? NULL : conf_value(node, 0);
}

/* Bounds keep sums finite, as those of rows do. */
static bool to_number(const struct conf_node *node, double *out)
{
	double value;

	if (!conf_to_number(node, &value) || !(fabs(value) <= NUMBER_MOST))
		return false;
	*out = value;
	return true;
}

/* ---- names ---- */

static void note_unknown(struct reader *r, struct span name)
{
	if (r->unknown < NAMES_SHOWN_MOST)
		r->unknown_names[r->unknown] = name;
	r->unknown++;
}

static void tell_unknown(struct reader *r, const struct conf_node *node)
{
	struct buf names;

	if (r->unknown == 0)
		return;
	buf_init(&names, r->config->arena, 4096);
	for (size_t i = 0; i < num_min(r->unknown, NAMES_SHOWN_MOST); i++)
		buf_printf(&names, "%s%.*s", i == 0 ? "" : ", ", SPAN_ARG(r->unknown_names[i]));
	conf_warn(r->report, node->origin,
		"settings.%.*s names %zu unknown symbol%s or group%s: %.*s%s",
		SPAN_ARG(r->settings->name), r->unknown, r->unknown == 1 ? "" : "s",
		r->unknown == 1 ? "" : "s", SPAN_ARG(buf_span(&names)),
		r->unknown > NAMES_SHOWN_MOST ? ", ..." : "");
}

static bool has_row(struct span key)
{
	for (size_t i = 0; i < ARRAY_LEN(apply_rows); i++)
		if (span_equal(key, span_of(apply_rows[i].key)))
			return true;
	return span_equal(key, SPAN("actions"));
}

/* The symbol or key that was meant, for a key that is neither. */
static struct span find_nearest(const struct scan_config *config, struct span key)
{
	struct span best = SPAN("actions");
	size_t distance = num_edit_distance(key, best);

	for (size_t i = 0; i < ARRAY_LEN(apply_rows) + config->rules.n; i++) {
		struct span name = i < ARRAY_LEN(apply_rows)
			? span_of(apply_rows[i].key)
			: config->rules.v[i - ARRAY_LEN(apply_rows)]->name;
		size_t d = num_edit_distance(key, name);

		if (d < distance) {
			best = name;
			distance = d;
		}
	}
	return best;
}

/* ---- scores ---- */

static void read_score(struct reader *r, const struct conf_node *node)
{
	const struct scan_rule *rule = map_find(r->config->rule_names, node->key);
	struct scan_rule *copy;
	double score;

	if (rule != NULL && !to_number(node, &score)) {
		conf_error(r->report, node->origin,
			"the score of %.*s must be a number up to 1000000, not %s",
			SPAN_ARG(node->key), conf_kind_name(node->kind));
		return;
	}
	if (!to_number(node, &score)) {
		struct span meant = find_nearest(r->config, node->key);

		conf_error(r->report, node->origin,
			"settings.%.*s.apply: \"%.*s\" is no setting, and no score of a symbol; did you "
			"mean \"%.*s\"?",
			SPAN_ARG(r->settings->name), SPAN_ARG(node->key), SPAN_ARG(meant));
		return;
	}
	if (rule == NULL) {
		note_unknown(r, node->key);
		return;
	}
	copy = ARENA_NEW(r->config->arena, struct scan_rule);
	*copy = *rule;
	copy->score = score;
	copy->origin = conf_origin_print(r->config->arena, node->origin);
	*VEC_ADD(r->config->arena, &r->settings->rules) = copy;
}

static void read_scores(struct reader *r, const struct conf_node *apply,
	const struct conf_node *scores)
{
	for (size_t i = 0; i < conf_count(apply); i++)
		if (!has_row(conf_at(apply, i)->key))
			read_score(r, conf_at(apply, i));
	for (size_t i = 0;
		scores != NULL && scores->kind == CONF_KIND_OBJECT && i < conf_count(scores); i++)
		read_score(r, conf_at(scores, i));
}

/* ---- thresholds ---- */

static void read_actions(struct reader *r, const struct conf_node *node)
{
	struct scan_config *config = r->config;
	const struct scan_action **actions;

	if (node == NULL || node->kind != CONF_KIND_OBJECT)
		return;
	actions = ARENA_ARRAY(config->arena, const struct scan_action *, config->actions.n);
	for (size_t i = 0; i < config->actions.n; i++)
		actions[i] = config->actions.v[i];
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *value = conf_value(conf_at(node, i), 0);
		const struct scan_action *action = scan_config_find_action(config, value->key);
		struct scan_action *copy;

		if (span_equal(value->key, SPAN("subject")))
			(void)conf_to_text(value, &r->settings->subject);
		/* conf_check tells of what is no action */
		if (action == NULL || action->severity == 0)
			continue;
		copy = ARENA_NEW(config->arena, struct scan_action);
		*copy = *action;
		copy->has_threshold = to_number(value, &copy->threshold);
		actions[action->index] = copy;
	}
	r->settings->actions = actions;
}

/* ---- symbols that are added ---- */

typedef void extra_fn(struct reader *r, struct span name, double weight);

static double read_weight(struct reader *r, const struct conf_node *node)
{
	const struct conf_node *value = node;
	double weight;

	if (node->kind == CONF_KIND_OBJECT)
		value = conf_get(node, SPAN("weight"));
	if (value == NULL)
		return 1;
	if (to_number(value, &weight))
		return weight;
	conf_error(r->report, value->origin, "the factor of %.*s must be a number up to 1000000",
		SPAN_ARG(node->key));
	return 1;
}

/* `[A, B]`, `A`, or `{ A = 2; B = { weight = 2 } }`. */
static void each_extra(struct reader *r, const struct conf_node *node, extra_fn *fn)
{
	struct conf_list names;

	if (node == NULL)
		return;
	if (node->kind == CONF_KIND_OBJECT) {
		for (size_t i = 0; i < conf_count(node); i++)
			fn(r, conf_at(node, i)->key, read_weight(r, conf_at(node, i)));
		return;
	}
	if (!conf_to_list(r->config->arena, node, true, &names)) {
		conf_error(r->report, node->origin, "symbols must be a list of names");
		return;
	}
	for (size_t i = 0; i < names.n; i++)
		fn(r, names.v[i], 1);
}

static void make_extra(struct reader *r, struct span name, double weight)
{
	struct scan_rule *rule;

	if (map_find(r->config->rule_names, name) != NULL)
		return;
	rule = scan_config_get_rule(r->config, name);
	rule->score = r->config->unknown_weight;
	rule->description = SPAN("Added by settings");
	rule->origin = SPAN("default");
	rule->enabled = true;
}

static void add_extra(struct reader *r, struct span name, double weight)
{
	struct scan_extra *extra;
	const struct scan_rule *rule = scan_config_find_rule(r->config, name);

	/* a list that could not be read the first time */
	if (rule == NULL)
		return;
	extra = VEC_ADD(r->config->arena, &r->settings->extras);
	extra->rule = rule;
	extra->weight = weight;
}

/* ---- what is off ---- */

struct switches {
	const struct scan_config *config;
	bool *off; /* by rule index */
};

/* A callback symbol stands for its check. */
static void turn_rule(struct switches *s, const struct scan_rule *rule, bool off)
{
	s->off[rule->index] = off;
	if (rule->row == NULL || rule->row->kind != SCAN_CALLBACK)
		return;
	for (size_t i = 0; i < s->config->rules.n; i++)
		if (s->config->rules.v[i]->check == rule->check)
			s->off[i] = off;
}

static void turn_symbols(struct reader *r, struct switches *s, const struct conf_list *names,
	bool off)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct scan_rule *rule = scan_config_find_rule(r->config, names->v[i]);

		if (rule == NULL)
			note_unknown(r, names->v[i]);
		else
			turn_rule(s, rule, off);
	}
}

static void turn_groups(struct reader *r, struct switches *s, const struct conf_list *names,
	bool off)
{
	for (size_t i = 0; i < names->n; i++) {
		const struct scan_group *group = map_find(r->config->group_names, names->v[i]);

		if (group == NULL)
			note_unknown(r, names->v[i]);
		for (size_t k = 0; group != NULL && k < r->config->rules.n; k++) {
			const struct scan_rule *rule = r->config->rules.v[k];

			for (size_t g = 0; g < rule->group_count; g++)
				if (rule->group_rows[g] == group)
					turn_rule(s, rule, off);
		}
	}
}

/* Those of stage first stay: they choose the settings, and find the test strings. */
static void turn_all_off(struct reader *r, struct switches *s)
{
	for (size_t i = 0; i < r->config->rules.n; i++) {
		const struct scan_rule *rule = r->config->rules.v[i];

		s->off[i] = rule->check == NULL || rule->check->stage != SCAN_FIRST;
	}
	for (size_t i = 0; i < r->settings->extras.n; i++)
		s->off[r->settings->extras.v[i].rule->index] = false;
}

/* A check without any symbol is none that an entry can mean. */
static bool is_member_off(const struct scan_member *member, const bool *off)
{
	size_t symbols = 0;

	for (size_t i = 0; i < member->rules.n; i++) {
		const struct scan_rule *rule = member->rules.v[i];

		if (rule->row->kind != SCAN_SYMBOL)
			continue;
		if (!off[rule->index])
			return false;
		symbols++;
	}
	return symbols > 0;
}

static void read_switches(struct reader *r, const struct apply_options *options)
{
	struct scan_config *config = r->config;
	struct switches s = {.config = config};
	bool *members;

	if (options->symbols_enabled.n + options->groups_enabled.n + options->symbols_disabled.n +
			options->groups_disabled.n ==
		0)
		return;
	s.off = ARENA_ARRAY(config->arena, bool, config->rules.n);
	members = ARENA_ARRAY(config->arena, bool, config->members.n);
	if (options->symbols_enabled.n + options->groups_enabled.n > 0)
		turn_all_off(r, &s);
	turn_groups(r, &s, &options->groups_enabled, false);
	turn_symbols(r, &s, &options->symbols_enabled, false);
	turn_groups(r, &s, &options->groups_disabled, true);
	turn_symbols(r, &s, &options->symbols_disabled, true);
	for (size_t i = 0; i < config->members.n; i++)
		members[i] = is_member_off(&config->members.v[i], s.off);
	r->settings->rules_off = s.off;
	r->settings->members_off = members;
}

/* ---- header fields ---- */

static void add_wish(struct reader *r, const struct conf_node *node, enum scan_wish_kind kind,
	struct span name, struct span value)
{
	struct scan_wanted *wanted;

	if (!scan_is_field_name(name)) {
		conf_error(r->report, node->origin, "\"%.*s\" is no name of a header field",
			SPAN_ARG(name));
		return;
	}
	wanted = VEC_ADD(r->config->arena, &r->settings->wishes);
	*wanted = (struct scan_wanted){kind, name, value};
}

static void read_added_field(struct reader *r, const struct conf_node *node)
{
	const struct conf_node *value =
		node->kind == CONF_KIND_OBJECT ? conf_get(node, SPAN("value")) : node;
	struct conf_list values;

	if (value == NULL || !conf_to_list(r->config->arena, value, false, &values)) {
		conf_error(r->report, node->origin,
			"the header field %.*s must be text, a list of texts, or { value = ...; }",
			SPAN_ARG(node->key));
		return;
	}
	for (size_t i = 0; i < values.n; i++)
		add_wish(r, node, SCAN_ADD_FIELD, node->key, values.v[i]);
}

static void read_fields(struct reader *r, const struct apply_options *options)
{
	const struct conf_node *remove = options->remove_headers, *add = options->add_headers;
	struct conf_list names;

	if (remove != NULL && remove->kind == CONF_KIND_OBJECT)
		for (size_t i = 0; i < conf_count(remove); i++)
			add_wish(r, conf_at(remove, i), SCAN_REMOVE_FIELD, conf_at(remove, i)->key,
				SPAN(""));
	else if (remove != NULL && conf_to_list(r->config->arena, remove, true, &names))
		for (size_t i = 0; i < names.n; i++)
			add_wish(r, remove, SCAN_REMOVE_FIELD, names.v[i], SPAN(""));
	if (add != NULL && add->kind != CONF_KIND_OBJECT)
		conf_error(r->report, add->origin, "add_headers must be a section { }, not %s",
			conf_kind_name(add->kind));
	for (size_t i = 0; add != NULL && add->kind == CONF_KIND_OBJECT && i < conf_count(add); i++)
		read_added_field(r, conf_at(add, i));
}

/* ---- entries ---- */

static void read_apply(struct reader *r, const struct conf_node *apply)
{
	struct apply_options options;

	if (!conf_fill(r->config->arena, apply, apply_rows, ARRAY_LEN(apply_rows), &options,
		    r->report))
		return;
	read_actions(r, first_value(conf_get(apply, SPAN("actions"))));
	each_extra(r, options.symbols, add_extra);
	read_scores(r, apply, options.scores);
	read_switches(r, &options);
	read_fields(r, &options);
	if (!span_is_null(options.subject))
		r->settings->subject = options.subject;
	(void)conf_to_text(conf_get(options.messages, SPAN("smtp_message")), &r->settings->message);
}

static void read_entry(struct scan_config *config, const struct conf_node *node,
	struct conf_report *report)
{
	struct reader r = {.config = config, .report = report};
	struct entry_options options;
	const struct conf_node *apply = first_value(conf_get(node, SPAN("apply")));

	if (!conf_fill(config->arena, node, entry_rows, ARRAY_LEN(entry_rows), &options, report))
		return;
	r.settings = ARENA_NEW(config->arena, struct scan_settings);
	r.settings->name = node->key;
	r.settings->id = span_is_null(options.id) ? node->key : options.id;
	r.settings->skips = options.whitelist || options.want_spam;
	each_extra(&r, options.symbols, add_extra);
	if (apply != NULL && apply->kind == CONF_KIND_OBJECT)
		read_apply(&r, apply);
	tell_unknown(&r, node);
	(void)map_put(config->settings, node->key, r.settings);
}

/* NULL when there is no such section, or it is switched off. */
static const struct conf_node *find_section(const struct conf *conf)
{
	const struct conf_node *section = first_value(conf_get(conf->root, SPAN("settings")));

	if (section == NULL || section->kind != CONF_KIND_OBJECT ||
		!conf_module_enabled(conf, "settings", true))
		return NULL;
	return section;
}

void scan_config_add_extras(struct scan_config *config, const struct conf *conf)
{
	const struct conf_node *section = find_section(conf);
	struct reader r = {.config = config};

	for (size_t i = 0; i < conf_count(section); i++) {
		const struct conf_node *node = conf_value(conf_at(section, i), 0);

		if (node->kind != CONF_KIND_OBJECT)
			continue;
		each_extra(&r, conf_get(node, SPAN("symbols")), make_extra);
		each_extra(&r, conf_find(node, "apply.symbols"), make_extra);
	}
}

void scan_config_add_settings(struct scan_config *config, const struct conf *conf,
	struct conf_report *report)
{
	const struct conf_node *section = find_section(conf);

	if (conf_count(section) == 0)
		return;
	config->settings = map_make(config->arena);
	for (size_t i = 0; i < conf_count(section); i++) {
		const struct conf_node *node = conf_value(conf_at(section, i), 0);

		if (node->kind == CONF_KIND_OBJECT)
			read_entry(config, node, report);
	}
}
