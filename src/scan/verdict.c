/* From symbols to a verdict: composites, group caps, thresholds. */
#include "scan/scan.h"

#include <math.h>
#include <stdlib.h>

#include "scan/inner.h"

static void fill_hits(const struct scan_task *task, struct scan_hit *hits)
{
	for (size_t i = 0; i < task->config->rules.n; i++) {
		const struct scan_found *found = task->found[i];

		if (found == NULL)
			continue;
		hits[i] = (struct scan_hit){
			.rule = found->rule,
			.weight = found->weight,
			.alone = found->weight * found->rule->score,
			.score = found->weight * found->rule->score,
			.evidence = found->evidence.v,
			.evidence_count = found->evidence.n,
		};
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

static void list_gaps(const struct scan_task *task, struct scan_verdict *v)
{
	v->gaps = ARENA_ARRAY(task->arena, struct scan_gap, task->config->members.n);
	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		if (!run->finished || run->rc == RC_OK)
			continue;
		v->gaps[v->gap_count++] = (struct scan_gap){
			.check = run->member->check,
			.rc = run->rc,
			.why = run->rc == RC_LIMIT ? SPAN("it would have asked more than it may")
						   : needs_why(&run->needs),
		};
	}
}

/* The run that forces the action: highest priority, then the more severe, then the first. */
static const struct scan_run *find_forcing_run(const struct scan_task *task)
{
	const struct scan_run *best = NULL;

	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		if (!run->finished || run->forced == NULL)
			continue;
		if (best == NULL || run->force_priority > best->force_priority ||
			(run->force_priority == best->force_priority &&
				run->forced->severity > best->forced->severity))
			best = run;
	}
	return best;
}

/* The action with the highest threshold that the score reaches; of equal ones the more severe. */
static const struct scan_action *find_action(const struct scan_config *config, double score)
{
	const struct scan_action *best = config->actions.v[0];
	double reached = -INFINITY;

	for (size_t i = 0; i < config->actions.n; i++) {
		const struct scan_action *action = config->actions.v[i];

		/* a sum of decimal fractions may lie a hair below the threshold that it means */
		if (action->has_threshold && score >= action->threshold - 1e-9 &&
			action->threshold >= reached) {
			best = action;
			reached = action->threshold;
		}
	}
	return best;
}

static double find_required(const struct scan_config *config)
{
	const struct scan_action *reject = scan_config_find_action(config, SPAN("reject"));
	double highest = NAN;

	if (reject->has_threshold)
		return reject->threshold;
	for (size_t i = 0; i < config->actions.n; i++)
		if (config->actions.v[i]->has_threshold)
			highest = fmax(highest, config->actions.v[i]->threshold);
	return highest;
}

static void choose_action(const struct scan_task *task, struct scan_verdict *v)
{
	const struct scan_run *forcing = find_forcing_run(task);

	v->required = find_required(task->config);
	if (forcing == NULL) {
		v->action = find_action(task->config, v->score);
		return;
	}
	v->action = forcing->forced;
	v->forced_by = forcing->member->check;
	v->message = forcing->force_message;
}

static void mute(struct scan_hit *hits, const struct scan_rule *rule)
{
	if (rule != NULL)
		hits[rule->index].score = hits[rule->index].alone = 0;
}

/* `muted` (may be NULL) is a symbol that counts as if its score were 0. */
static struct scan_verdict *judge(const struct scan_task *task, const struct scan_rule *muted)
{
	const struct scan_config *config = task->config;
	struct scan_verdict *v = ARENA_NEW(task->arena, struct scan_verdict);
	struct scan_hit *hits = ARENA_ARRAY(task->arena, struct scan_hit, config->rules.n);
	double *sums = ARENA_ARRAY(task->arena, double, config->groups.n);

	fill_hits(task, hits);
	mute(hits, muted);
	scan_apply_composites(config, task->arena, hits);
	mute(hits, muted);
	apply_caps(config, hits, sums);
	v->task = task;
	v->hits = hits;
	for (size_t i = 0; i < config->rules.n; i++) {
		if (hits[i].rule == NULL)
			continue;
		v->score += hits[i].score;
		hits[v->hit_count++] = hits[i];
	}
	list_groups(config, task->arena, sums, v);
	list_gaps(task, v);
	choose_action(task, v);
	v->runs = (unsigned)task->run_count;
	v->asked = (unsigned)need_memo_asked(task->memo);
	return v;
}

struct scan_verdict *scan_judge(const struct scan_task *task)
{
	return judge(task, NULL);
}

const struct scan_verdict *scan_what_if(const struct scan_verdict *v, const struct scan_rule *muted)
{
	return judge(v->task, muted);
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
