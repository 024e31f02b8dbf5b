/* A message between its listener and the scan. */
#include "serve/job.h"

#include <event2/event.h>
#include <string.h>

#include "need/need.h"
#include "serve/inner.h"

enum { PROGRESS_SECONDS = 5 };

struct timeval serve_to_timeval(double seconds)
{
	struct timeval tv = {.tv_sec = (time_t)seconds};

	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	return tv;
}

/* ---- its end ---- */

static void free_event(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

static void free_events(struct serve_job *job)
{
	free_event(&job->turn);
	free_event(&job->deadline);
	free_event(&job->patience);
}

static void count(const struct serve_job *job, const struct scan_verdict *verdict,
	uint64_t microseconds)
{
	struct board_counts *counts = &job->worker->slot->counts;

	board_count(&counts->actions[board_action(verdict->action->name)], 1);
	board_count(&counts->messages[job->listener], 1);
	board_count(&counts->bytes, job->input->bytes.n);
	board_count(&counts->unfinished, verdict->gap_count > 0);
	board_count(&counts->cpu_microseconds, verdict->microseconds);
	board_count_time(counts, microseconds);
}

/* What the mail server is told to do with a message that is rejected. */
static const char *find_instead(const struct serve_job *job, const struct scan_verdict *verdict)
{
	const struct milter_policy *policy = &job->worker->settings->proxy.policy;

	if (job->listener != BOARD_MILTER || !span_equal(verdict->action->name, SPAN("reject")))
		return NULL;
	if (policy->discard_on_reject)
		return "discard";
	return policy->quarantine_on_reject ? "quarantine" : NULL;
}

static void end(struct serve_job *job)
{
	const struct scan_verdict *verdict = scan_verdict(job->task);
	struct serve_line line = {
		.input = job->input,
		.listener = job->listener,
		.verdict = verdict,
		.instead = find_instead(job, verdict),
		.microseconds = clock_monotonic_us() - job->started,
	};

	free_events(job);
	job->task = NULL;
	/* a check may have known enough before all of its questions were answered */
	need_memo_expire(job->memo, "the scan was over");
	serve_names_count(job->worker);
	serve_names_judge(job->worker, verdict);
	if (!job->is_unlogged)
		serve_log_message(&line);
	count(job, verdict, line.microseconds);
	job->done(job->ctx, verdict);
}

/* ---- turns ---- */

static void on_turn(evutil_socket_t fd, short what, void *ctx);
static void on_deadline(evutil_socket_t fd, short what, void *ctx);
static void on_patience(evutil_socket_t fd, short what, void *ctx);

/* In the next turn of the loop: an event that is only made active would run before others are looked at. */
static void take_turn(struct serve_job *job)
{
	static const struct timeval now;

	if (job->turn != NULL)
		(void)evtimer_add(job->turn, &now);
}

/* It does not end at once: from here on it needs the loop. */
static void make_events(struct serve_job *job)
{
	struct event_base *base = job->worker->base;
	struct timeval most = serve_to_timeval(scan_config_timeout(job->worker->generation->scan));
	struct timeval patience = {.tv_sec = PROGRESS_SECONDS};

	job->turn = evtimer_new(base, on_turn, job);
	job->deadline = evtimer_new(base, on_deadline, job);
	job->patience = event_new(base, -1, EV_PERSIST, on_patience, job);
	must(job->turn != NULL && job->deadline != NULL && job->patience != NULL);
	(void)evtimer_add(job->deadline, &most);
	if (job->progress != NULL)
		(void)event_add(job->patience, &patience);
}

static void step(struct serve_job *job)
{
	struct board_slot *slot = job->worker->slot;
	enum scan_state state;

	board_enter(slot, &job->subject);
	state = scan_step(job->task);
	/* what is made of the verdict is still about this message; the job may be gone after it */
	if (state == SCAN_DONE)
		end(job);
	board_leave(slot);
	if (state == SCAN_DONE)
		return;
	if (job->turn == NULL)
		make_events(job);
	if (state == SCAN_YIELDS)
		take_turn(job);
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	step(ctx);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct serve_job *job = ctx;

	need_memo_expire(job->memo, "the time for the message was over");
	step(job);
}

static void on_patience(evutil_socket_t fd, short what, void *ctx)
{
	struct serve_job *job = ctx;

	job->progress(job->ctx);
}

/* An answer has come. Never runs checks itself: it may be called from anywhere. */
static void on_answer(void *ctx)
{
	take_turn(ctx);
}

/* ---- the door ---- */

static void name_subject(struct serve_job *job)
{
	struct board_subject *s = &job->subject;
	struct span queue_id = job->input->envelope.queue_id;

	memset(s, 0, sizeof(*s));
	serve_name_peer(s, job->peer);
	if (queue_id.n > 0)
		memcpy(s->queue_id, queue_id.p, num_min(queue_id.n, BOARD_WORD_MOST - 1));
	s->digest = board_digest(job->input->bytes);
}

static void refuse_poison(struct serve_job *job)
{
	serve_log_deferred(job->input, job->listener, "it has ended workers before");
	board_count(&job->worker->slot->counts.refusals[BOARD_POISON], 1);
	job->done(job->ctx, NULL);
}

void serve_job_start(struct serve_job *job)
{
	struct serve_worker *worker = job->worker;
	const struct msg_input *input = job->input;

	job->task = NULL;
	job->turn = job->deadline = job->patience = NULL;
	name_subject(job);
	if (board_is_poison(worker->board, job->subject.digest, clock_wall())) {
		refuse_poison(job);
		return;
	}
	job->started = clock_monotonic_us();
	board_enter(worker->slot, &job->subject);
	job->msg = msg_make(input->arena, &input->envelope, input->bytes);
	job->memo = need_memo_make(input->arena, clock_wall());
	need_memo_on_answer(job->memo, on_answer, job);
	serve_names_attach(worker, job->memo);
	job->task = scan_start(worker->generation->scan, job->msg, job->memo);
	scan_watch(job->task, &worker->slot->check);
	step(job);
}

void serve_job_cancel(struct serve_job *job)
{
	if (job->task == NULL)
		return;
	free_events(job);
	job->task = NULL;
	/* no driver may answer into a memo that is gone */
	need_memo_expire(job->memo, "the connection was closed");
}
