/*
 * The engine: runs checks, stage by stage, as their answers come.
 *
 * DESIGN: what a run adds stands in the run and reaches the task only when the run has ended, so that a
 * run that waits leaves no trace. A symbol belongs to one check, and verdicts list symbols in order of
 * registration: the order in which answers come cannot be seen in the result.
 */
#include "scan/scan.h"

#include <stdio.h>

#include "scan/inner.h"

enum { YIELD_AFTER_US = 5000 };

struct scan_task *scan_start(const struct scan_config *config, struct msg *msg,
	struct need_memo *memo)
{
	struct arena *a = msg->arena;
	struct scan_task *task = ARENA_NEW(a, struct scan_task);

	task->config = config;
	task->msg = msg;
	task->memo = memo;
	task->arena = a;
	task->stage = SCAN_FIRST;
	task->runs = ARENA_ARRAY(a, struct scan_run, config->members.n);
	task->found = ARENA_ARRAY(a, struct scan_found *, config->rules.n);
	for (size_t i = 0; i < config->members.n; i++)
		task->runs[i].member = &config->members.v[i];
	return task;
}

/* ---- what checks call ---- */

static const struct scan_rule *rule_of(const struct scan *s, unsigned symbol)
{
	const struct scan_member *member = s->run->member;

	must(symbol < member->rules.n);
	return member->rules.v[symbol];
}

void scan_add(struct scan *s, unsigned symbol)
{
	scan_add_text(s, symbol, 1, span_from(NULL, 0));
}

void scan_add_text(struct scan *s, unsigned symbol, double weight, struct span evidence)
{
	const struct scan_rule *rule = rule_of(s, symbol);
	struct scan_addition *addition;

	must(rule->row->kind == SCAN_SYMBOL);
	if (!rule->enabled)
		return;
	addition = VEC_ADD(s->arena, &s->run->additions);
	addition->symbol = symbol;
	addition->weight = weight;
	if (!span_is_null(evidence))
		addition->evidence =
			arena_copy(s->arena, span_slice(evidence, 0, SCAN_EVIDENCE_MOST));
}

void scan_add_printf(struct scan *s, unsigned symbol, double weight, const char *format, ...)
{
	char text[SCAN_EVIDENCE_MOST + 1];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	must(n >= 0);
	scan_add_text(s, symbol, weight, span_from(text, num_min((size_t)n, SCAN_EVIDENCE_MOST)));
}

/* False when what was forced before stays. */
static bool set_forced(struct scan *s, const char *action, int priority, struct span message)
{
	const struct scan_action *wanted =
		scan_config_find_action(s->task->config, span_of(action));
	struct scan_run *run = s->run;

	must(wanted != NULL);
	if (run->forced != NULL &&
		(run->force_priority > priority ||
			(run->force_priority == priority &&
				run->forced->severity >= wanted->severity)))
		return false;
	run->forced = wanted;
	run->force_priority = priority;
	run->force_is_least = false;
	run->force_message = span_is_null(message) ? message : arena_copy(s->arena, message);
	return true;
}

void scan_force(struct scan *s, const char *action, int priority, struct span message)
{
	(void)set_forced(s, action, priority, message);
}

void scan_force_least(struct scan *s, const char *action, int priority, struct span message)
{
	if (set_forced(s, action, priority, message))
		s->run->force_is_least = true;
}

void scan_wish(struct scan *s, enum scan_wish_kind kind, struct span name, struct span value)
{
	struct scan_wanted *wanted = VEC_ADD(s->arena, &s->run->wishes);

	wanted->kind = kind;
	wanted->name = arena_copy(s->arena, name);
	wanted->value = arena_copy(s->arena, value);
}

void scan_tell_gap(struct scan *s, struct span why)
{
	s->run->gap = arena_copy(s->arena, why);
}

void scan_use_settings(struct scan *s, size_t rcpt, struct span name)
{
	struct map *all = s->task->config->settings;
	const struct scan_settings *settings = all == NULL ? NULL : map_find(all, name);
	struct scan_use *use;

	must(s->run->member->check->stage == SCAN_FIRST && rcpt < scan_count_rcpts(s->task));
	if (settings == NULL)
		return;
	use = VEC_ADD(s->arena, &s->run->uses);
	use->rcpt = rcpt;
	use->settings = settings;
}

void scan_set_client(struct scan *s, const struct msg_client *client)
{
	struct msg_client *copy = ARENA_NEW(s->arena, struct msg_client);

	must(s->run->member->check->stage == SCAN_FIRST);
	*copy = *client;
	s->run->client = copy;
}

bool scan_is_local_address(const struct scan *s, const struct ip *ip)
{
	const struct scan_config *config = s->task->config;

	if (ip_is_own(ip))
		return true;
	for (size_t i = 0; i < config->local_nets.n; i++)
		if (ip_net_has(&config->local_nets.v[i], ip))
			return true;
	return false;
}

bool scan_is_local(const struct scan *s)
{
	struct ip ip;

	return s->msg->envelope.over_local_socket ||
		(ip_parse(s->msg->envelope.address, &ip) && scan_is_local_address(s, &ip));
}

bool scan_is_authenticated(const struct scan *s)
{
	return !span_is_null(s->msg->envelope.user);
}

bool scan_leaves_out(const struct scan *s, bool check_local, bool check_authenticated)
{
	const struct scan_config *config = s->task->config;

	return (scan_is_local(s) && !check_local && !config->check_local) ||
		(scan_is_authenticated(s) && !check_authenticated && !config->check_authenticated);
}

/* A check may look at a symbol only when its owner has ended for sure: else order would show. */
static bool may_read(const struct scan_member *reader, const struct check *owner)
{
	if (owner->stage < reader->check->stage)
		return true;
	for (size_t i = 0; i < reader->after_count; i++)
		if (reader->after[i]->check == owner)
			return true;
	return false;
}

bool scan_has(const struct scan *s, const char *symbol)
{
	const struct scan_rule *rule = scan_config_find_rule(s->task->config, span_of(symbol));

	if (rule == NULL || rule->check == NULL)
		return false;
	must(may_read(s->run->member, rule->check));
	return s->task->found[rule->index] != NULL;
}

double scan_score(const struct scan *s)
{
	must(s->run->member->check->stage == SCAN_LAST);
	return s->task->so_far->score;
}

/* ---- runs ---- */

static bool has_evidence(const struct scan_found *found, struct span evidence)
{
	for (size_t i = 0; i < found->evidence.n; i++)
		if (span_equal(found->evidence.v[i], evidence))
			return true;
	return false;
}

static void commit_addition(struct scan_task *task, const struct scan_run *run,
	const struct scan_addition *addition)
{
	const struct scan_rule *rule = run->member->rules.v[addition->symbol];
	struct scan_found *found = task->found[rule->index];

	if (found == NULL) {
		found = ARENA_NEW(task->arena, struct scan_found);
		found->rule = rule;
		task->found[rule->index] = found;
	}
	if (!span_is_null(addition->evidence)) {
		if (found->evidence.n >= SCAN_EVIDENCES_MOST ||
			has_evidence(found, addition->evidence))
			return;
		*VEC_ADD(task->arena, &found->evidence) = addition->evidence;
	}
	if (!rule->one_shot)
		found->weight += addition->weight;
	else if (addition->weight > found->weight)
		found->weight = addition->weight;
}

static void run_check(struct scan_task *task, struct scan_run *run)
{
	const struct check *check = run->member->check;
	struct scan s = {
		.arena = task->arena,
		.msg = task->msg,
		.needs = &run->needs,
		.options = run->member->options,
		.prepared = run->member->prepared,
		.task = task,
		.run = run,
	};

	needs_init(&run->needs, task->memo, check->needs_most);
	run->additions.n = 0;
	run->wishes.n = 0;
	run->uses.n = 0;
	run->gap = span_from(NULL, 0);
	run->client = NULL;
	run->forced = NULL;
	run->started = true;
	task->run_count++;
	if (task->running != NULL)
		*task->running = check->name;
	run->rc = check->run(&s);
	if (task->running != NULL)
		*task->running = NULL;
	if (run->rc == RC_WAIT) {
		must(need_pending(&run->needs));
		return;
	}
	must(run->rc == RC_OK || run->rc == RC_TEMPFAIL || run->rc == RC_LIMIT);
	run->finished = true;
	for (size_t i = 0; i < run->additions.n; i++)
		commit_addition(task, run, &run->additions.v[i]);
	task->has_uses |= run->uses.n > 0;
}

/* Switched on, and wanted by somebody. */
static bool is_on(const struct scan_task *task, const struct scan_member *member)
{
	return member->enabled && (task->off == NULL || !task->off[member->index]);
}

static bool may_run(const struct scan_task *task, const struct scan_run *run)
{
	const struct scan_member *member = run->member;

	if (run->finished || member->check->stage != task->stage || !is_on(task, member))
		return false;
	if (run->started)
		return needs_ready(&run->needs);
	for (size_t i = 0; i < member->after_count; i++) {
		const struct scan_member *before = member->after[i];

		if (is_on(task, before) && !task->runs[before->index].finished)
			return false;
	}
	return true;
}

static bool stage_is_over(const struct scan_task *task)
{
	for (size_t i = 0; i < task->config->members.n; i++) {
		const struct scan_run *run = &task->runs[i];

		if (run->member->check->stage == task->stage && is_on(task, run->member) &&
			!run->finished)
			return false;
	}
	return true;
}

/* Runs what can run; SCAN_WAITS when all that is left waits, SCAN_DONE at the end of the stage. */
static enum scan_state run_stage(struct scan_task *task, uint64_t stop_at)
{
	for (bool progress = true; progress;) {
		progress = false;
		for (size_t i = 0; i < task->config->members.n; i++) {
			if (!may_run(task, &task->runs[i]))
				continue;
			run_check(task, &task->runs[i]);
			progress = true;
			if (clock_monotonic_us() >= stop_at)
				return SCAN_YIELDS;
		}
	}
	return stage_is_over(task) ? SCAN_DONE : SCAN_WAITS;
}

static void set_client(struct scan_task *task)
{
	for (size_t i = 0; i < task->config->members.n; i++) {
		if (task->runs[i].client == NULL)
			continue;
		msg_set_client(task->msg, task->runs[i].client);
		return;
	}
}

static void end_stage(struct scan_task *task)
{
	switch (task->stage) {
	case SCAN_FIRST:
		if (task->has_uses)
			scan_make_slices(task);
		set_client(task);
		break;
	case SCAN_MAIN:
		task->stage = SCAN_LAST;
		if (!stage_is_over(task))
			task->so_far = scan_judge(task);
		return;
	case SCAN_LAST:
		task->done = true;
		return;
	}
	task->stage++;
}

enum scan_state scan_step(struct scan_task *task)
{
	uint64_t start = clock_cpu_ns(), stop_at = clock_monotonic_us() + YIELD_AFTER_US;
	enum scan_state state = SCAN_DONE;

	while (!task->done) {
		state = run_stage(task, stop_at);
		if (state != SCAN_DONE)
			break;
		end_stage(task);
	}
	if (task->done && task->verdict == NULL)
		task->verdict = scan_judge(task);
	task->cpu_ns += clock_cpu_ns() - start;
	return state;
}

void scan_watch(struct scan_task *task, const char *volatile *running)
{
	task->running = running;
}

const struct scan_verdict *scan_verdict(struct scan_task *task)
{
	must(task->done);
	task->verdict->microseconds = task->cpu_ns / 1000;
	return task->verdict;
}

const struct scan_verdict *scan_whole(const struct scan_config *config, struct msg *msg,
	struct need_memo *memo)
{
	struct scan_task *task = scan_start(config, msg, memo);
	enum scan_state state;

	while ((state = scan_step(task)) == SCAN_YIELDS)
		;
	must(state == SCAN_DONE);
	return scan_verdict(task);
}
