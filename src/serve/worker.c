/*
 * A worker: listeners, connections, the loop. All workers are alike and take connections from the same
 * sockets, whoever is free first.
 */
#include "serve/inner.h"

#include <errno.h>
#include <malloc.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
	STOP_SECONDS = 10, /* for messages that are under way when the worker is to end */
	KEPT_MOST = 4 << 20,
};

struct process;

struct listener {
	struct process *process;
	struct evconnlistener *handle;
	struct event *rest; /* ends the pause after accept() has failed */
};

struct process {
	struct serve_worker worker;
	const struct serve_child *child;
	struct arena *arena;
	struct listener listeners[SERVE_SOCKETS_MOST];
	size_t listener_count;
	struct event *notes, *term, *end, *beat, *minute;
};

/* ---- memory of messages under way ---- */

bool serve_take_bytes(struct serve_worker *worker, size_t bytes)
{
	if (bytes > worker->settings->held_most ||
		worker->held > worker->settings->held_most - bytes) {
		serve_repeat_add(&worker->overloaded,
			"those under way hold %zu bytes, options.max_held allows %zu", worker->held,
			worker->settings->held_most);
		return false;
	}
	worker->held += bytes;
	board_count(&worker->slot->counts.held, bytes);
	return true;
}

void serve_give_bytes(struct serve_worker *worker, size_t bytes)
{
	must(worker->held >= bytes);
	worker->held -= bytes;
	board_uncount(&worker->slot->counts.held, bytes);
}

void serve_name_peer(struct board_subject *subject, struct span name)
{
	size_t n = num_min(name.n, BOARD_WORD_MOST - 1);

	if (n > 0)
		memcpy(subject->peer, name.p, n);
	subject->peer[n] = '\0';
}

/* ---- repeated failures ---- */

void serve_worker_open_repeats(struct serve_worker *worker)
{
	enum { BURST = 10 };

	serve_repeat_open(&worker->full, worker->base, LOG_LEVEL_WARNING,
		"a connection was closed at once", 1);
	serve_repeat_open(&worker->failing, worker->base, LOG_LEVEL_ERROR,
		"no connection can be taken", 1);
	serve_repeat_open(&worker->overloaded, worker->base, LOG_LEVEL_WARNING,
		"a message was put off", 1);
	serve_repeat_open(&worker->broken, worker->base, LOG_LEVEL_WARNING,
		"a connection was closed", BURST);
}

void serve_worker_close_repeats(struct serve_worker *worker)
{
	serve_repeat_close(&worker->full);
	serve_repeat_close(&worker->failing);
	serve_repeat_close(&worker->overloaded);
	serve_repeat_close(&worker->broken);
}

/* ---- listeners ---- */

static void on_connection(struct evconnlistener *handle, evutil_socket_t fd,
	struct sockaddr *address, int size, void *ctx)
{
	struct listener *l = ctx;
	struct process *process = l->process;
	size_t most = (size_t)process->worker.settings->proxy.connections_most;
	struct arena *a;

	if (most > 0 && process->worker.connection_count >= most) {
		(void)close(fd);
		board_count(&process->worker.slot->counts.closed, 1);
		serve_repeat_add(&process->worker.full,
			"worker.proxy.max_connections allows no more than %zu", most);
		return;
	}
	a = arena_make();
	/* the other end of a local socket has no name */
	serve_connection_open(&process->worker, fd,
		address->sa_family == AF_UNIX ? SPAN("local") : ip_print_socket(a, address));
	arena_free(a);
}

/* Without descriptors accept() would fail again at once: a pause, so that others can end. */
static void on_accept_error(struct evconnlistener *handle, void *ctx)
{
	struct listener *l = ctx;
	struct timeval pause = {.tv_sec = 1};

	serve_repeat_add(&l->process->worker.failing, "%s", strerror(errno));
	(void)evconnlistener_disable(handle);
	(void)evtimer_add(l->rest, &pause);
}

static void on_rest(evutil_socket_t fd, short what, void *ctx)
{
	struct listener *l = ctx;

	(void)evconnlistener_enable(l->handle);
}

static void add_listener(struct process *process, int fd)
{
	struct listener *l = &process->listeners[process->listener_count++];

	l->process = process;
	l->handle = evconnlistener_new(process->worker.base, on_connection, l,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	l->rest = evtimer_new(process->worker.base, on_rest, l);
	must(l->handle != NULL && l->rest != NULL);
	evconnlistener_set_error_cb(l->handle, on_accept_error);
}

static void open_listeners(struct process *process)
{
	const struct serve_sockets *sockets = process->child->sockets;

	for (size_t i = 0; i < sockets->n; i++) {
		if (sockets->v[i].listener == BOARD_MILTER)
			add_listener(process, sockets->v[i].fd);
		else
			http_server_listen(process->worker.http, sockets->v[i].fd);
	}
}

static void close_listeners(struct process *process)
{
	for (size_t i = 0; i < process->listener_count; i++) {
		evconnlistener_free(process->listeners[i].handle);
		event_free(process->listeners[i].rest);
	}
	process->listener_count = 0;
}

/* ---- the end ---- */

void serve_worker_look(struct serve_worker *worker)
{
	if (worker->state != SERVE_RUNS && worker->connection_count == 0 &&
		(worker->http == NULL || http_server_is_idle(worker->http)))
		(void)event_base_loopexit(worker->base, NULL);
}

static void leave(struct process *process, enum serve_state state, double seconds);

static void on_end(evutil_socket_t fd, short what, void *ctx)
{
	struct process *process = ctx;

	if (process->worker.state == SERVE_STOPS)
		(void)event_base_loopbreak(process->worker.base);
	else
		leave(process, SERVE_STOPS, STOP_SECONDS);
}

static void leave(struct process *process, enum serve_state state, double seconds)
{
	struct timeval most = serve_to_timeval(seconds);

	if (process->worker.state >= state)
		return;
	process->worker.state = state;
	close_listeners(process);
	http_server_drain(process->worker.http, state == SERVE_STOPS);
	if (state == SERVE_STOPS)
		serve_connections_drain(&process->worker);
	(void)evtimer_add(process->end, &most);
	serve_worker_look(&process->worker);
}

static void on_term(evutil_socket_t signal, short what, void *ctx)
{
	leave(ctx, SERVE_STOPS, STOP_SECONDS);
}

static void take_note(struct process *process, struct channel_note *note)
{
	switch (note->word) {
	case CHANNEL_DRAIN:
		leave(process, SERVE_DRAINS, process->worker.settings->proxy.timeout);
		break;
	case CHANNEL_STOP:
		leave(process, SERVE_STOPS, STOP_SECONDS);
		break;
	case CHANNEL_END:
		(void)event_base_loopbreak(process->worker.base);
		break;
	case CHANNEL_LOG:
		log_use_fd(note->fd);
		break;
	case CHANNEL_LISTENS:
	case CHANNEL_DRAIN_TIME:
	case CHANNEL_READY:
		panic("a note that a worker does not get");
	}
}

static void on_note(evutil_socket_t fd, short what, void *ctx)
{
	struct process *process = ctx;
	struct channel_note note;
	enum channel_state state;

	while ((state = channel_receive(fd, &note)) == CHANNEL_NOTE)
		take_note(process, &note);
	if (state == CHANNEL_NOTHING)
		return;
	/* the loader is gone: another one serves what comes, sessions that are open go on to their end */
	event_free(process->notes);
	process->notes = NULL;
	leave(process, SERVE_DRAINS, process->worker.settings->proxy.timeout);
}

static void on_beat(evutil_socket_t fd, short what, void *ctx)
{
	struct process *process = ctx;

	board_beat(process->worker.slot);
	serve_names_count(&process->worker);
}

static void on_minute(evutil_socket_t fd, short what, void *ctx)
{
	log_tell_lost();
	/* what a flood of connections or a large message has taken goes back to the system */
	(void)malloc_trim(KEPT_MOST);
}

/* ---- the whole ---- */

static void open_process(struct process *process)
{
	struct event_base *base = process->worker.base;
	static const struct timeval minute = {.tv_sec = 60}, beat = {.tv_sec = BOARD_BEAT_SECONDS};
	static struct http_service service;

	serve_worker_open_repeats(&process->worker);
	serve_names_open(&process->worker);
	service = serve_posted_service(&process->worker);
	process->worker.http =
		http_server_make(base, &process->worker.settings->normal.http, &service);
	open_listeners(process);
	process->notes =
		event_new(base, process->child->channel, EV_READ | EV_PERSIST, on_note, process);
	process->term = evsignal_new(base, SIGTERM, on_term, process);
	process->end = evtimer_new(base, on_end, process);
	process->minute = event_new(base, -1, EV_PERSIST, on_minute, process);
	process->beat = event_new(base, -1, EV_PERSIST, on_beat, process);
	must(process->notes != NULL && process->term != NULL && process->end != NULL &&
		process->minute != NULL && process->beat != NULL);
	(void)event_add(process->beat, &beat);
	(void)event_add(process->minute, &minute);
	(void)event_add(process->notes, NULL);
	(void)evsignal_add(process->term, NULL);
}

static void close_process(struct process *process)
{
	serve_connections_close(&process->worker);
	http_server_free(process->worker.http);
	close_listeners(process);
	if (process->notes != NULL)
		event_free(process->notes);
	event_free(process->term);
	event_free(process->end);
	event_free(process->minute);
	event_free(process->beat);
	serve_worker_close_repeats(&process->worker);
	serve_names_close(&process->worker);
	event_base_free(process->worker.base);
	libevent_global_shutdown();
	arena_free(process->worker.scratch);
	arena_free(process->arena);
}

int serve_worker_run(const struct serve_child *child)
{
	struct arena *a = arena_make();
	struct process *process = ARENA_NEW(a, struct process);

	/* a message's memory is freed after it and needed again with the next: malloc may keep it */
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MOST);
	(void)mallopt(M_TOP_PAD, KEPT_MOST / 4);
	process->arena = a;
	process->child = child;
	process->worker = (struct serve_worker){
		.base = event_base_new(),
		.scratch = arena_make(),
		.space = arena_alloc_raw(a, SERVE_READ_MOST),
		.board = child->board,
		.slot = child->slot,
		.generation = child->generation,
		.settings = child->settings,
		.lists = child->lists,
	};
	must(process->worker.base != NULL);
	open_process(process);
	(void)channel_send(child->channel, CHANNEL_READY, span_of(child->sandbox), -1);
	(void)event_base_dispatch(process->worker.base);
	close_process(process);
	return 0;
}
