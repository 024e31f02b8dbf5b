/*
 * job: one message from the moment a listener has it whole to its verdict: whether it may be scanned at all,
 * the scan itself, its deadline, its line in the log, its numbers on the board.
 *
 *	job->worker = worker; job->input = ...; job->done = on_verdict; job->ctx = c;
 *	serve_job_start(job);
 */
#ifndef SERVE_JOB_H
#define SERVE_JOB_H

#include "msg/msg.h"
#include "scan/scan.h"
#include "serve/board.h"

struct serve_worker;
struct event;

struct serve_job {
	/* of whoever starts it; all of it must live until it is done or cancelled */
	struct serve_worker *worker;
	const struct msg_input *input;
	enum board_listener listener;
	struct span peer; /* the client's name, for the log */
	bool is_unlogged;
	/* The verdict; NULL: none can be had now, the message is to come again later. */
	void (*done)(void *ctx, const struct scan_verdict *verdict);
	/* While it takes long, every few seconds; may be NULL. */
	void (*progress)(void *ctx);
	void *ctx;

	/* of this file */
	struct board_subject subject;
	struct msg *msg;
	struct need_memo *memo;
	struct scan_task *task;
	uint64_t started;
	struct event *turn, *deadline, *patience; /* made when it does not end at once */
};

/* `done` may be called from inside; it may free what the job stands in. */
void serve_job_start(struct serve_job *job);
/* The client has gone: `done` will not be called. */
void serve_job_cancel(struct serve_job *job);

#endif
