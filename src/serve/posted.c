/* Messages that come over HTTP: the room http speaks the protocol, a worker judges. */
#include "serve/inner.h"

#include <string.h>

struct posted {
	struct serve_job job;
	struct http_request *request;
};

static void on_verdict(void *ctx, const struct scan_verdict *verdict)
{
	struct posted *p = ctx;

	p->request->data = NULL;
	if (verdict != NULL)
		http_answer(p->request, verdict);
	else
		http_fail(p->request, 503,
			"this message has ended the filter before and is not scanned again for now");
}

static void start(void *ctx, struct http_request *request)
{
	struct posted *p = ARENA_NEW(request->input.arena, struct posted);

	p->request = request;
	p->job = (struct serve_job){
		.worker = ctx,
		.input = &request->input,
		.listener = BOARD_HTTP,
		.peer = request->name,
		.is_unlogged = request->is_unlogged,
		.done = on_verdict,
		.ctx = p,
	};
	request->data = p;
	serve_job_start(&p->job);
}

static void cancel(void *ctx, struct http_request *request)
{
	struct posted *p = request->data;

	if (p != NULL)
		serve_job_cancel(&p->job);
}

static void print_metrics(void *ctx, struct buf *out)
{
	const struct serve_worker *worker = ctx;

	board_print_metrics(worker->board, out);
	serve_lists_print_metrics(worker->lists, out);
}

static void print_stat(void *ctx, struct buf *out)
{
	const struct serve_worker *worker = ctx;

	board_print_json(worker->board, out);
}

static bool is_healthy(void *ctx, struct why *why)
{
	const struct serve_worker *worker = ctx;

	return serve_is_healthy(worker->generation->scan, why);
}

static bool take_bytes(void *ctx, size_t bytes)
{
	struct serve_worker *worker = ctx;

	if (serve_take_bytes(worker, bytes))
		return true;
	board_count(&worker->slot->counts.refusals[BOARD_OVERLOAD], 1);
	return false;
}

static void give_bytes(void *ctx, size_t bytes)
{
	serve_give_bytes(ctx, bytes);
}

static void opened(void *ctx)
{
	struct serve_worker *worker = ctx;

	board_count(&worker->slot->counts.connections[BOARD_HTTP], 1);
	board_count(&worker->slot->counts.open[BOARD_HTTP], 1);
}

static void closed(void *ctx)
{
	struct serve_worker *worker = ctx;

	board_uncount(&worker->slot->counts.open[BOARD_HTTP], 1);
	serve_worker_look(worker);
}

static void refused(void *ctx, int error)
{
	struct serve_worker *worker = ctx;

	if (error != 0) {
		serve_repeat_add(&worker->failing, "%s", strerror(error));
		return;
	}
	board_count(&worker->slot->counts.closed, 1);
	serve_repeat_add(&worker->full, "worker.normal.max_connections allows no more than %zu",
		worker->settings->normal.http.connections_most);
}

static const struct scan_config *config(void *ctx)
{
	const struct serve_worker *worker = ctx;

	return worker->generation->scan;
}

struct http_service serve_posted_service(struct serve_worker *worker)
{
	return (struct http_service){
		.ctx = worker,
		.scan = start,
		.cancel = cancel,
		.print_metrics = print_metrics,
		.print_stat = print_stat,
		.is_healthy = is_healthy,
		.take_bytes = take_bytes,
		.give_bytes = give_bytes,
		.opened = opened,
		.closed = closed,
		.refused = refused,
		.config = config,
	};
}
