/* Recipients with different settings: who is judged by which, and the one answer for all of them. */
#include "scan/scan.h"

#include <string.h>

#include "scan/inner.h"

size_t scan_count_rcpts(const struct scan_task *task)
{
	return num_max(task->msg->envelope.rcpt_count, 1);
}

/* ---- slices ---- */

/* The settings of each recipient: of several checks that tell, the first in the table counts. */
static const struct scan_settings **collect_uses(const struct scan_task *task,
	const struct check **teller)
{
	const struct scan_settings **all =
		ARENA_ARRAY(task->arena, const struct scan_settings *, scan_count_rcpts(task));

	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		for (size_t k = 0; run->finished && k < run->uses.n; k++) {
			const struct scan_use *use = &run->uses.v[k];

			if (all[use->rcpt] == NULL)
				all[use->rcpt] = use->settings;
			*teller = run->member->check;
		}
	}
	return all;
}

/* The slice of these settings, made when it is new; NULL past the cap. */
static struct scan_slice *get_slice(struct scan_task *task, const struct scan_settings *settings)
{
	struct scan_slice *slice;

	for (size_t i = 0; i < task->slices.n; i++)
		if (task->slices.v[i].settings == settings)
			return &task->slices.v[i];
	if (settings != NULL && task->slices.n >= SCAN_SETTINGS_MOST)
		return NULL;
	slice = VEC_ADD(task->arena, &task->slices);
	slice->settings = settings;
	return slice;
}

/* The check does not run when no slice wants it. */
static bool is_wanted(const struct scan_task *task, size_t member)
{
	for (size_t i = 0; i < task->slices.n; i++) {
		const struct scan_settings *settings = task->slices.v[i].settings;

		if (settings == NULL ||
			(!settings->skips &&
				(settings->members_off == NULL || !settings->members_off[member])))
			return true;
	}
	return false;
}

static void find_unwanted(struct scan_task *task)
{
	bool *off = ARENA_ARRAY(task->arena, bool, task->config->members.n);

	for (size_t i = 0; i < task->config->members.n; i++)
		off[i] = !is_wanted(task, i);
	task->off = off;
}

void scan_make_slices(struct scan_task *task)
{
	const struct check *teller = NULL;
	const struct scan_settings **all = collect_uses(task, &teller);

	for (size_t i = 0; i < scan_count_rcpts(task); i++) {
		struct scan_slice *slice = get_slice(task, all[i]);

		if (slice == NULL) {
			task->slices_full = teller;
			slice = get_slice(task, NULL);
		}
		*VEC_ADD(task->arena, &slice->rcpts) = i;
	}
	find_unwanted(task);
}

/* ---- views ---- */

struct scan_view scan_view_of(const struct scan_config *config, struct arena *a,
	const struct scan_settings *settings)
{
	struct scan_view view = {
		.settings = settings,
		.rules = (const struct scan_rule *const *)config->rules.v,
		.actions = (const struct scan_action *const *)config->actions.v,
	};
	const struct scan_rule **rules;

	if (settings == NULL)
		return view;
	if (settings->actions != NULL)
		view.actions = settings->actions;
	if (settings->rules.n == 0)
		return view;
	rules = ARENA_ARRAY(a, const struct scan_rule *, config->rules.n);
	memcpy(rules, config->rules.v, config->rules.n * sizeof(*rules));
	for (size_t i = 0; i < settings->rules.n; i++)
		rules[settings->rules.v[i]->index] = settings->rules.v[i];
	view.rules = rules;
	return view;
}

/* Of wanted mail only what stage first has said stands: so the test strings work there, too. */
static bool is_skipped(const struct scan_view *view, const struct check *check)
{
	return view->settings->skips && (check == NULL || check->stage != SCAN_FIRST);
}

bool scan_view_drops_rule(const struct scan_view *view, const struct scan_rule *rule)
{
	const struct scan_settings *settings = view->settings;

	return settings != NULL &&
		(is_skipped(view, rule->check) ||
			(settings->rules_off != NULL && settings->rules_off[rule->index]));
}

bool scan_view_drops_run(const struct scan_view *view, const struct scan_run *run)
{
	const struct scan_settings *settings = view->settings;

	return settings != NULL &&
		(is_skipped(view, run->member->check) ||
			(settings->members_off != NULL &&
				settings->members_off[run->member->index]));
}

/* ---- one answer ---- */

static bool is_milder(const struct scan_verdict *a, const struct scan_verdict *b)
{
	if (a->action->severity != b->action->severity)
		return a->action->severity < b->action->severity;
	return a->score < b->score;
}

static bool has_action(const struct scan_verdict *v, const char *name)
{
	return span_equal(v->action->name, span_of(name));
}

/*
 * The place of the share that answers for all. Nobody may lose mail by the settings of another: so the
 * mildest does. But a mail that nobody takes is refused where somebody would: `discard` would hide from its
 * sender that it is lost.
 */
static size_t find_answer(const struct scan_share *shares, size_t n)
{
	size_t best = 0, refusing = n;
	bool all_gone = true;

	for (size_t i = 0; i < n; i++) {
		const struct scan_verdict *v = shares[i].verdict;
		bool refuses = has_action(v, "reject");

		all_gone &= refuses || has_action(v, "discard");
		if (refuses && (refusing == n || is_milder(v, shares[refusing].verdict)))
			refusing = i;
		if (is_milder(v, shares[best].verdict))
			best = i;
	}
	return all_gone && refusing < n ? refusing : best;
}

struct scan_verdict *scan_judge(const struct scan_task *task)
{
	struct scan_share *shares, first;
	struct scan_verdict **verdicts;
	size_t n = task->slices.n, best;

	if (n <= 1)
		return scan_judge_by(task, n == 0 ? NULL : task->slices.v[0].settings, NULL);
	shares = ARENA_ARRAY(task->arena, struct scan_share, n);
	verdicts = ARENA_ARRAY(task->arena, struct scan_verdict *, n);
	for (size_t i = 0; i < n; i++) {
		const struct scan_slice *slice = &task->slices.v[i];

		verdicts[i] = scan_judge_by(task, slice->settings, NULL);
		shares[i].verdict = verdicts[i];
		shares[i].rcpts = slice->rcpts.v;
		shares[i].rcpt_count = slice->rcpts.n;
	}
	best = find_answer(shares, n);
	first = shares[best];
	memmove(shares + 1, shares, best * sizeof(*shares));
	shares[0] = first;
	verdicts[best]->shares = shares;
	verdicts[best]->share_count = n;
	return verdicts[best];
}

/* ---- shown ---- */

static void print_rcpts(struct json *j, const struct msg *msg, const struct scan_share *share)
{
	json_key(j, "rcpts");
	json_open_array(j);
	for (size_t i = 0; i < share->rcpt_count; i++)
		json_text(j, msg->envelope.rcpts[share->rcpts[i]]);
	json_close(j);
}

static void print_share(struct json *j, const struct msg *msg, const struct scan_share *share)
{
	json_open_object(j);
	print_rcpts(j, msg, share);
	if (!span_is_null(share->verdict->settings)) {
		json_key(j, "settings");
		json_text(j, share->verdict->settings);
	}
	json_key(j, "action");
	json_text(j, share->verdict->action->name);
	json_key(j, "score");
	json_double(j, share->verdict->score);
	json_key(j, "required_score");
	json_double(j, share->verdict->required);
	json_close(j);
}

void scan_print_shares(const struct scan_verdict *v, struct json *j)
{
	if (!span_is_null(v->settings)) {
		json_key(j, "settings");
		json_text(j, v->settings);
	}
	if (v->share_count == 0)
		return;
	json_key(j, "recipients");
	json_open_array(j);
	for (size_t i = 0; i < v->share_count; i++)
		print_share(j, v->task->msg, &v->shares[i]);
	json_close(j);
}
