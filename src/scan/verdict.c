/* From symbols to a verdict: composites, group caps, thresholds. */
#include "scan/scan.h"

#include <math.h>
#include <stdlib.h>

#include "scan/inner.h"

static struct scan_hit make_hit(const struct scan_rule *rule, double weight)
{
	return (struct scan_hit){
		.rule = rule,
		.weight = weight,
		.alone = weight * rule->score,
		.score = weight * rule->score,
	};
}

/* What checks have found, then what the settings add. */
static void fill_hits(const struct scan_task *task, const struct scan_view *view,
	struct scan_hit *hits)
{
	const struct scan_settings *settings = view->settings;

	for (size_t i = 0; i < task->config->rules.n; i++) {
		const struct scan_found *found = task->found[i];

		if (found == NULL || scan_view_drops_rule(view, view->rules[i]))
			continue;
		hits[i] = make_hit(view->rules[i], found->weight);
		hits[i].evidence = found->evidence.v;
		hits[i].evidence_count = found->evidence.n;
	}
	for (size_t i = 0; settings != NULL && !settings->skips && i < settings->extras.n; i++) {
		const struct scan_extra *extra = &settings->extras.v[i];

		if (hits[extra->rule->index].rule == NULL)
			hits[extra->rule->index] =
				make_hit(view->rules[extra->rule->index], extra->weight);
	}
}

/* What is left of `score` when the group's symbols before have used up `sum` of its cap. */
static double cap_score(const struct scan_group *group, double sum, double score)
{
	if (score > 0 && group->max_score > 0 && sum + score > group->max_score)
		return fmax(0, group->max_score - sum);
	if (score < 0 && group->min_score < 0 && sum + score < group->min_score)
		return fmin(0, group->min_score - sum);
	return score;
}

/* Symbols use up a cap in order of registration: those behind count what is left. */
static void apply_caps(const struct scan_config *config, struct scan_hit *hits, double *sums)
{
	for (size_t i = 0; i < config->rules.n; i++) {
		struct scan_hit *hit = &hits[i];

		if (hit->rule == NULL)
			continue;
		for (size_t k = 0; k < hit->rule->group_count; k++) {
			const struct scan_group *group = hit->rule->group_rows[k];
			double left = cap_score(group, sums[group->index], hit->score);

			if (left != hit->score) {
				hit->score = left;
				hit->capped_by = group->name;
			}
		}
		for (size_t k = 0; k < hit->rule->group_count; k++)
			sums[hit->rule->group_rows[k]->index] += hit->score;
	}
}

static double find_highest(const struct scan_config *config, const struct scan_view *view)
{
	double highest = NAN;

	for (size_t i = 0; i < config->actions.n; i++)
		if (view->actions[i]->has_threshold)
			highest = fmax(highest, view->actions[i]->threshold);
	return highest;
}

/*
 * actions.grow_factor: all points against the message grow by the same factor, so no order shows. It is
 * bounded: what is far beyond any threshold need not get further.
 */
static void apply_growth(const struct scan_config *config, const struct scan_view *view,
	struct scan_hit *hits, double *sums)
{
	static const double most = 1000;
	double highest = find_highest(config, view), factor = config->grow_factor;

	if (!(config->grow_factor > 1) || !(highest > 0))
		return;
	for (size_t i = 0; i < config->rules.n; i++)
		if (hits[i].rule != NULL && hits[i].score > 0)
			factor = fmin(most,
				factor * (1 + (config->grow_factor - 1) * hits[i].score / highest));
	for (size_t i = 0; i < config->rules.n; i++) {
		struct scan_hit *hit = &hits[i];
		double more = hit->score * (factor - 1);

		if (hit->rule == NULL || hit->score <= 0)
			continue;
		hit->score += more;
		for (size_t k = 0; k < hit->rule->group_count; k++)
			sums[hit->rule->group_rows[k]->index] += more;
	}
}

static int compare_sums(const void *left, const void *right)
{
	const struct scan_group_sum *a = left, *b = right;

	return span_compare(a->name, b->name);
}

static void list_groups(const struct scan_config *config, struct arena *a, const double *sums,
	struct scan_verdict *v)
{
	v->groups = ARENA_ARRAY(a, struct scan_group_sum, config->groups.n);
	for (size_t i = 0; i < config->groups.n; i++)
		if (sums[i] != 0)
			v->groups[v->group_count++] =
				(struct scan_group_sum){config->groups.v[i]->name, sums[i]};
	if (v->group_count > 1)
		qsort(v->groups, v->group_count, sizeof(*v->groups), compare_sums);
}

static struct span say_gap(const struct scan_run *run)
{
	if (!span_is_null(run->gap))
		return run->gap;
	return run->rc == RC_LIMIT ? SPAN("it would have asked more than it may")
				   : needs_why(&run->needs);
}

static void list_gaps(const struct scan_task *task, const struct scan_view *view,
	struct scan_verdict *v)
{
	v->gaps = ARENA_ARRAY(task->arena, struct scan_gap, task->config->members.n + 1);
	if (task->slices_full != NULL)
		v->gaps[v->gap_count++] = (struct scan_gap){
			.check = task->slices_full,
			.rc = RC_LIMIT,
			.why = SPAN("the recipients have too many different settings: the last of "
				    "them were judged by the general ones"),
		};
	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		if (!run->finished || run->rc == RC_OK || scan_view_drops_run(view, run))
			continue;
		v->gaps[v->gap_count++] = (struct scan_gap){
			.check = run->member->check,
			.rc = run->rc,
			.why = say_gap(run),
		};
	}
}

void scan_each_doubt(const struct scan_verdict *v,
	void (*fn)(void *ctx, struct span name, struct span value), void *ctx)
{
	const struct scan_task *task = v->task;

	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		for (size_t k = 0; run->finished && k < run->wishes.n; k++)
			if (run->wishes.v[k].kind == SCAN_DOUBT)
				fn(ctx, run->wishes.v[k].name, run->wishes.v[k].value);
	}
}

/* The run that forces the action: highest priority, then the more severe, then the first. */
static const struct scan_run *find_forcing_run(const struct scan_task *task,
	const struct scan_view *view, const struct scan_action *by_score)
{
	const struct scan_run *best = NULL;

	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		if (!run->finished || run->forced == NULL || scan_view_drops_run(view, run) ||
			(run->force_is_least && run->forced->severity <= by_score->severity))
			continue;
		if (best == NULL || run->force_priority > best->force_priority ||
			(run->force_priority == best->force_priority &&
				run->forced->severity > best->forced->severity))
			best = run;
	}
	return best;
}

/* The action with the highest threshold that the score reaches; of equal ones the more severe. */
static const struct scan_action *find_action(const struct scan_config *config,
	const struct scan_view *view, double score)
{
	const struct scan_action *best = view->actions[0];
	double reached = -INFINITY;

	for (size_t i = 0; i < config->actions.n; i++) {
		const struct scan_action *action = view->actions[i];

		/* a sum of decimal fractions may lie a hair below the threshold that it means */
		if (action->has_threshold && score >= action->threshold - 1e-9 &&
			action->threshold >= reached) {
			best = action;
			reached = action->threshold;
		}
	}
	return best;
}

static double find_required(const struct scan_config *config, const struct scan_view *view)
{
	const struct scan_action *reject = scan_config_find_action(config, SPAN("reject"));

	reject = view->actions[reject->index];
	return reject->has_threshold ? reject->threshold : find_highest(config, view);
}

static void choose_action(const struct scan_task *task, const struct scan_view *view,
	struct scan_verdict *v)
{
	const struct scan_action *by_score =
		v->is_skipped ? view->actions[0] : find_action(task->config, view, v->score);
	const struct scan_run *forcing = find_forcing_run(task, view, by_score);

	v->required = find_required(task->config, view);
	if (forcing == NULL) {
		v->action = by_score;
		return;
	}
	v->action = view->actions[forcing->forced->index];
	v->forced_by = forcing->member->check;
	if (span_is_null(forcing->force_message) || v->message_is_written)
		return;
	v->message = forcing->force_message;
}

static void mute(struct scan_hit *hits, const struct scan_rule *rule)
{
	if (rule != NULL)
		hits[rule->index].score = hits[rule->index].alone = 0;
}

static void set_origin(const struct scan_task *task, const struct scan_view *view,
	struct scan_verdict *v)
{
	const struct scan_settings *settings = view->settings;

	v->task = task;
	v->made_with = settings;
	v->actions = view->actions;
	v->action_count = task->config->actions.n;
	v->subject = task->config->subject;
	v->runs = (unsigned)task->run_count;
	v->asked = (unsigned)need_memo_asked(task->memo);
	if (settings == NULL)
		return;
	v->settings = settings->id;
	v->is_skipped = settings->skips;
	v->message = settings->message;
	v->message_is_written = settings->message.n > 0;
	if (!span_is_null(settings->subject))
		v->subject = settings->subject;
}

struct scan_verdict *scan_judge_by(const struct scan_task *task,
	const struct scan_settings *settings, const struct scan_rule *muted)
{
	const struct scan_config *config = task->config;
	struct scan_view view = scan_view_of(config, task->arena, settings);
	struct scan_verdict *v = ARENA_NEW(task->arena, struct scan_verdict);
	struct scan_hit *hits = ARENA_ARRAY(task->arena, struct scan_hit, config->rules.n);
	double *sums = ARENA_ARRAY(task->arena, double, config->groups.n);

	set_origin(task, &view, v);
	fill_hits(task, &view, hits);
	mute(hits, muted);
	scan_apply_composites(config, &view, task->arena, hits);
	mute(hits, muted);
	apply_caps(config, hits, sums);
	apply_growth(config, &view, hits, sums);
	v->hits = hits;
	for (size_t i = 0; i < config->rules.n; i++) {
		if (hits[i].rule == NULL)
			continue;
		v->score += hits[i].score;
		hits[v->hit_count++] = hits[i];
	}
	list_groups(config, task->arena, sums, v);
	list_gaps(task, &view, v);
	choose_action(task, &view, v);
	return v;
}

const struct scan_verdict *scan_what_if(const struct scan_verdict *v, const struct scan_rule *muted)
{
	return scan_judge_by(v->task, v->made_with, muted);
}

struct msg *scan_verdict_msg(const struct scan_verdict *v)
{
	return v->task->msg;
}

bool scan_is_spam(const struct scan_verdict *v)
{
	static const char *const names[] = {"reject", "add header", "rewrite subject", "quarantine",
		"discard"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_equal(v->action->name, span_of(names[i])))
			return true;
	return false;
}
