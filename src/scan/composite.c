/*
 * Composites: expressions over symbols that add a symbol of their own and may take away what the
 * symbols that made them true count.
 *
 * DESIGN: every composite is asked over the symbols as checks left them, then all removals are weighed
 * at once: so neither their order nor the order of answers shows in the verdict. A composite may name
 * another one; the table is sorted so that the named one comes first.
 */
#include "scan/scan.h"

#include <math.h>

#include "scan/inner.h"

/* ---- compiling ---- */

struct compiler {
	struct scan_config *config;
	struct scan_composite *composite;
	unsigned policy;
};

static bool is_name_byte(char c)
{
	return byte_is_alnum(c) || c == '_' || c == '.' || (c & 0x80) != 0;
}

/* A dash stands within a name when names are on both sides of it: `A-B`, not `A -B`. */
static size_t name_length(struct span text)
{
	size_t n = 0;

	while (n < text.n &&
		(is_name_byte(text.p[n]) ||
			(text.p[n] == '-' && n > 0 && n + 1 < text.n &&
				is_name_byte(text.p[n + 1]))))
		n++;
	return n;
}

/* `~`, `-` and `^` before an operand: what of the policy holds for it (keep the symbol, keep all, force). */
static struct span take_prefix(struct span text, unsigned *removes)
{
	for (; text.n > 0; text = span_from_offset(text, 1)) {
		if (*text.p == '~')
			*removes &= ~(unsigned)SCAN_REMOVE_SYMBOL;
		else if (*text.p == '-')
			*removes &= ~(unsigned)(SCAN_REMOVE_SYMBOL | SCAN_REMOVE_WEIGHT);
		else if (*text.p == '^')
			*removes |= SCAN_REMOVE_FORCED;
		else
			break;
	}
	return text;
}

static struct span take_kind(struct span text, enum scan_atom_kind *kind)
{
	static const struct {
		struct span start;
		enum scan_atom_kind kind;
	} kinds[] = {
		{SPAN_INIT("g:"), ATOM_GROUP},
		{SPAN_INIT("g+:"), ATOM_GROUP_POSITIVE},
		{SPAN_INIT("g-:"), ATOM_GROUP_NEGATIVE},
	};

	*kind = ATOM_SYMBOL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (span_starts(text, kinds[i].start)) {
			*kind = kinds[i].kind;
			return span_from_offset(text, kinds[i].start.n);
		}
	}
	return text;
}

/* One of `a` or `/re/flags` off the start of the text within [ ]; ends before `,` or `]`. */
static bool take_condition(struct arena *a, struct span *text, struct scan_condition *out,
	struct why *why)
{
	size_t n = 0;

	*text = span_trim_start(*text);
	if (text->n > 0 && *text->p == '/') {
		for (n = 1; n < text->n && text->p[n] != '/'; n++)
			n += text->p[n] == '\\';
		n++;
	}
	while (n < text->n && text->p[n] != ',' && text->p[n] != ']')
		n++;
	if (n >= text->n)
		return why_set(why, RC_INVALID, "a closing ] is missing"), false;
	out->text = arena_copy(a, span_trim(span_slice(*text, 0, n)));
	*text = span_from_offset(*text, n);
	if (!span_starts(out->text, SPAN("/")))
		return true;
	return match_compile(a, out->text, &out->pattern, why) == RC_OK;
}

/* `[a,/b/]` behind a symbol, when it is there. */
static bool take_conditions(struct arena *a, struct span *text, struct scan_atom *atom,
	struct why *why)
{
	if (text->n == 0 || *text->p != '[')
		return true;
	do {
		*text = span_from_offset(*text, 1);
		if (!take_condition(a, text, VEC_ADD(a, &atom->conditions), why))
			return false;
	} while (*text->p == ',');
	*text = span_from_offset(*text, 1);
	return true;
}

static bool take_atom(void *ctx, struct span text, size_t *taken, int *out, struct why *why)
{
	struct compiler *c = ctx;
	struct scan_config *config = c->config;
	struct scan_atom atom = {.removes = c->policy};
	struct span rest = take_kind(take_prefix(text, &atom.removes), &atom.kind);
	size_t n = name_length(rest);

	if (n == 0)
		return why_set(why, RC_INVALID, "a symbol is expected"), false;
	atom.name = arena_copy(config->arena, span_slice(rest, 0, n));
	rest = span_from_offset(rest, n);
	if (atom.kind == ATOM_SYMBOL) {
		if (!take_conditions(config->arena, &rest, &atom, why))
			return false;
		atom.rule = map_find(config->rule_names, atom.name);
	} else {
		(void)scan_config_get_group(config, atom.name);
	}
	*taken = text.n - rest.n;
	*out = (int)c->composite->atoms.n;
	*VEC_ADD(config->arena, &c->composite->atoms) = atom;
	return true;
}

static const struct conf_word policies[] = {
	{"default", SCAN_REMOVE_WEIGHT | SCAN_REMOVE_SYMBOL},
	{"remove_all", SCAN_REMOVE_WEIGHT | SCAN_REMOVE_SYMBOL},
	{"remove_weight", SCAN_REMOVE_WEIGHT},
	{"remove_symbol", SCAN_REMOVE_SYMBOL},
	{"leave", 0},
};

struct composite_options {
	struct span expression;
	struct span description;
	struct conf_list groups;
	double score;
	unsigned policy;
	bool enabled;
	const struct conf_node *conditions;
	const struct conf_node *depends_on;
};

static const struct conf_option composite_rows[] = {
	CONF_STRING(struct composite_options, expression, "expression", NULL,
		"The symbols that must come together: A & (B | !C), A + B + C > 1, g:group."),
	CONF_DOUBLE(struct composite_options, score, "score", NULL, -1e6, 1e6,
		"What the composite counts when it is true; without it actions.unknown_weight."),
	CONF_ALIAS("weight", "score"),
	CONF_WORD(struct composite_options, policy, "policy", "default", policies,
		"What happens to the symbols that made it true."),
	CONF_STRING(struct composite_options, description, "description", NULL,
		"One line, shown beside the symbol."),
	CONF_LIST_COMMA(struct composite_options, groups, "group", NULL,
		"The groups it belongs to."),
	CONF_ALIAS("groups", "group"),
	CONF_BOOL(struct composite_options, enabled, "enabled", "yes", "Whether it is used."),
	CONF_NODE(struct composite_options, conditions, "conditions",
		"Rspamd's Lua conditions; they have no effect here, and a warning says so."),
	CONF_NODE(struct composite_options, depends_on, "depends_on",
		"Accepted for Rspamd's sake; composites always see every symbol."),
};

const struct conf_section scan_section_composite = {
	.path = "composites.*",
	.rows = composite_rows,
	.row_count = ARRAY_LEN(composite_rows),
	.size = sizeof(struct composite_options),
	.help = "A symbol made of other symbols.",
};

/*
 * Makes the composite's symbol, without its expression: expressions may name composites that stand
 * further down. NULL when it is switched off or has no expression.
 */
static struct scan_rule *add_rule(struct scan_config *config, const struct conf_node *node,
	struct composite_options *options, struct conf_report *report)
{
	struct scan_rule *rule;

	if (!conf_fill(config->arena, node, composite_rows, ARRAY_LEN(composite_rows), options,
		    report))
		return NULL;
	if (!options->enabled)
		return NULL;
	if (span_is_null(options->expression)) {
		conf_error(report, node->origin, "composite %.*s has no expression",
			SPAN_ARG(node->key));
		return NULL;
	}
	if (options->conditions != NULL)
		conf_warn(report, options->conditions->origin,
			"composite %.*s: conditions in Lua have no effect here",
			SPAN_ARG(node->key));
	rule = scan_config_get_rule(config, node->key);
	if (rule->row != NULL) {
		conf_error(report, node->origin,
			"%.*s is the symbol of a check: a composite needs a name "
			"of its own",
			SPAN_ARG(node->key));
		return NULL;
	}
	rule->composite = options->expression;
	rule->enabled = true;
	rule->score = isnan(options->score) ? config->unknown_weight : options->score;
	rule->origin = conf_origin_print(config->arena, node->origin);
	if (!span_is_null(options->description))
		rule->description = options->description;
	if (options->groups.n > 0)
		scan_config_set_groups(config, rule, options->groups.v, options->groups.n);
	return rule;
}

static struct scan_composite *compile(struct scan_config *config, const struct conf_node *node,
	const struct scan_rule *rule, const struct composite_options *options,
	struct conf_report *report)
{
	struct scan_composite *composite = ARENA_NEW(config->arena, struct scan_composite);
	struct compiler c = {config, composite, options->policy};
	struct why why;

	composite->rule = rule;
	if (expr_parse(config->arena, options->expression, take_atom, &c, &composite->expr, &why) !=
		RC_OK) {
		conf_error(report, node->origin, "composite %.*s: %s", SPAN_ARG(node->key),
			why.text);
		return NULL;
	}
	return composite;
}

/* ---- putting them in order ---- */

enum mark { MARK_NONE, MARK_OPEN, MARK_DONE };

struct sorter {
	struct scan_config *config;
	struct conf_report *report;
	struct scan_composite **by_rule; /* NULL: not a composite */
	enum mark *marks;                /* by rule index */
	const struct scan_rule **stack;  /* what is open, outermost first */
	size_t *next;                    /* the atom of each to look at next */
	size_t depth;
};

static void push(struct sorter *s, const struct scan_rule *rule)
{
	s->marks[rule->index] = MARK_OPEN;
	s->stack[s->depth] = rule;
	s->next[s->depth++] = 0;
}

/* Depth first without recursion: a chain of composites is as long as the configuration likes. */
static void sort_from(struct sorter *s, const struct scan_rule *start)
{
	push(s, start);
	while (s->depth > 0) {
		const struct scan_rule *rule = s->stack[s->depth - 1];
		struct scan_composite *composite = s->by_rule[rule->index];
		const struct scan_rule *named;
		struct scan_atom *atom;

		if (s->next[s->depth - 1] == composite->atoms.n) {
			s->marks[rule->index] = MARK_DONE;
			*VEC_ADD(s->config->arena, &s->config->composites) = composite;
			s->depth--;
			continue;
		}
		atom = &composite->atoms.v[s->next[s->depth - 1]++];
		named = atom->rule;
		if (named == NULL || s->by_rule[named->index] == NULL ||
			s->marks[named->index] == MARK_DONE)
			continue;
		if (s->marks[named->index] == MARK_NONE) {
			push(s, named);
			continue;
		}
		conf_error(s->report, (struct conf_origin){0},
			"composites %.*s and %.*s name each other in a circle: %.*s counts as absent",
			SPAN_ARG(rule->name), SPAN_ARG(named->name), SPAN_ARG(named->name));
		atom->rule = NULL;
	}
}

static void sort_composites(struct scan_config *config, struct scan_composite **by_rule,
	struct conf_report *report)
{
	size_t n = config->rules.n;
	struct sorter s = {
		.config = config,
		.report = report,
		.by_rule = by_rule,
		.marks = ARENA_ARRAY(config->arena, enum mark, n),
		.stack = ARENA_ARRAY(config->arena, const struct scan_rule *, n),
		.next = ARENA_ARRAY(config->arena, size_t, n),
	};

	for (size_t i = 0; i < n; i++)
		if (by_rule[i] != NULL && s.marks[i] == MARK_NONE)
			sort_from(&s, config->rules.v[i]);
}

void scan_config_add_composites(struct scan_config *config, const struct conf *conf,
	struct conf_report *report)
{
	const struct conf_node *section = conf_find(conf->root, "composites");
	size_t n = conf_count(section);
	struct composite_options *options = ARENA_ARRAY(config->arena, struct composite_options, n);
	struct scan_rule **rules = ARENA_ARRAY(config->arena, struct scan_rule *, n);
	struct scan_composite **by_rule;

	if (!conf_module_enabled(conf, "composites", true))
		return;
	for (size_t i = 0; i < n; i++)
		if (conf_at(section, i)->kind == CONF_KIND_OBJECT)
			rules[i] = add_rule(config, conf_at(section, i), &options[i], report);
	by_rule = ARENA_ARRAY(config->arena, struct scan_composite *, config->rules.n);
	for (size_t i = 0; i < n; i++)
		if (rules[i] != NULL)
			by_rule[rules[i]->index] =
				compile(config, conf_at(section, i), rules[i], &options[i], report);
	sort_composites(config, by_rule, report);
}

/* ---- working them out ---- */

struct votes {
	bool weight, symbol;           /* somebody wants it gone */
	bool keep_weight, keep_symbol; /* somebody wants it kept */
	bool forced;                   /* both gone, whatever the policy and the others */
	const struct scan_rule *by;
};

struct eval {
	const struct scan_config *config;
	const struct scan_composite *composite;
	const struct scan_hit *hits;
	struct votes *votes;
};

static bool condition_holds(const struct scan_condition *condition, const struct scan_hit *hit)
{
	for (size_t i = 0; i < hit->evidence_count; i++) {
		if (condition->pattern != NULL
				? match_find(condition->pattern, hit->evidence[i], NULL) == RC_OK
				: span_equal(condition->text, hit->evidence[i]))
			return true;
	}
	return false;
}

static bool symbol_matches(const struct scan_atom *atom, const struct scan_hit *hits)
{
	const struct scan_hit *hit;

	if (atom->rule == NULL || hits[atom->rule->index].rule == NULL)
		return false;
	hit = &hits[atom->rule->index];
	for (size_t i = 0; i < atom->conditions.n; i++)
		if (!condition_holds(&atom->conditions.v[i], hit))
			return false;
	return true;
}

static bool in_group(const struct scan_atom *atom, const struct scan_hit *hit)
{
	if (hit->rule == NULL || (atom->kind == ATOM_GROUP_POSITIVE && hit->alone <= 0) ||
		(atom->kind == ATOM_GROUP_NEGATIVE && hit->alone >= 0))
		return false;
	for (size_t i = 0; i < hit->rule->group_count; i++)
		if (span_equal(hit->rule->groups[i], atom->name))
			return true;
	return false;
}

static double value_of(void *ctx, int index)
{
	const struct eval *e = ctx;
	const struct scan_atom *atom = &e->composite->atoms.v[index];

	if (atom->kind == ATOM_SYMBOL)
		return symbol_matches(atom, e->hits);
	for (size_t i = 0; i < e->config->rules.n; i++)
		if (in_group(atom, &e->hits[i]))
			return 1;
	return 0;
}

static void vote(struct votes *v, unsigned removes, const struct scan_rule *by)
{
	bool forced = (removes & SCAN_REMOVE_FORCED) != 0;
	bool weight = (removes & SCAN_REMOVE_WEIGHT) != 0,
	     symbol = (removes & SCAN_REMOVE_SYMBOL) != 0;

	v->weight |= weight;
	v->symbol |= symbol;
	v->keep_weight |= !weight;
	v->keep_symbol |= !symbol;
	v->forced |= forced;
	if (v->by == NULL && (weight || symbol || forced))
		v->by = by;
}

static void support(void *ctx, int index)
{
	const struct eval *e = ctx;
	const struct scan_atom *atom = &e->composite->atoms.v[index];

	if (atom->kind == ATOM_SYMBOL) {
		if (symbol_matches(atom, e->hits))
			vote(&e->votes[atom->rule->index], atom->removes, e->composite->rule);
		return;
	}
	for (size_t i = 0; i < e->config->rules.n; i++)
		if (in_group(atom, &e->hits[i]))
			vote(&e->votes[i], atom->removes, e->composite->rule);
}

static void apply_votes(struct scan_hit *hit, const struct votes *v)
{
	bool weight = v->forced || (v->weight && !v->keep_weight);
	bool symbol = v->forced || (v->symbol && !v->keep_symbol);

	if (weight)
		hit->score = 0;
	hit->removed = symbol;
	if (weight || symbol)
		hit->changed_by = v->by;
}

void scan_apply_composites(const struct scan_config *config, const struct scan_view *view,
	struct arena *a, struct scan_hit *hits)
{
	struct eval e = {.config = config, .hits = hits};

	if (config->composites.n == 0)
		return;
	e.votes = ARENA_ARRAY(a, struct votes, config->rules.n);
	for (size_t i = 0; i < config->composites.n; i++) {
		const struct scan_rule *rule = view->rules[config->composites.v[i]->rule->index];

		e.composite = config->composites.v[i];
		if (!rule->enabled || scan_view_drops_rule(view, rule) ||
			expr_eval(e.composite->expr, value_of, &e) == 0)
			continue;
		(void)expr_eval_support(e.composite->expr, value_of, support, &e);
		hits[rule->index] = (struct scan_hit){.rule = rule,
			.weight = 1,
			.alone = rule->score,
			.score = rule->score};
	}
	for (size_t i = 0; i < config->rules.n; i++)
		if (hits[i].rule != NULL)
			apply_votes(&hits[i], &e.votes[i]);
}
