/*
 * The keeper: the one process that is not alike. It answers questions about the filter itself, over HTTP on a
 * socket in the state folder; what is to be written down in that folder will be written by it alone.
 */
#include "serve/inner.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RETRY_MS = 50, CONNECTIONS_MOST = 100, QUESTION_MOST = 64 << 10 };

struct keeper {
	const struct serve_child *child;
	struct event_base *base;
	struct event *notes, *retry, *term;
	struct http_server *http;
	struct http_settings settings;
	struct http_service service;
	int lock;
	bool is_mute; /* it has said that it has no folder */
};

/* ---- what it answers ---- */

static void print_metrics(void *ctx, struct buf *out)
{
	const struct keeper *k = ctx;

	board_print_metrics(k->child->board, out);
	serve_lists_print_metrics(k->child->lists, out);
}

static void print_stat(void *ctx, struct buf *out)
{
	const struct keeper *k = ctx;

	board_print_json(k->child->board, out);
}

static bool is_healthy(void *ctx, struct why *why)
{
	const struct keeper *k = ctx;

	if (board_living_count(k->child->board) > 0)
		return serve_is_healthy(k->child->generation->scan, why);
	(void)why_set(why, RC_TEMPFAIL, "no worker answers");
	return false;
}

static const struct scan_config *config(void *ctx)
{
	const struct keeper *k = ctx;

	return k->child->generation->scan;
}

/* ---- its socket ---- */

static void complain(struct keeper *k, const char *path)
{
	if (!k->is_mute)
		log_line(LOG_LEVEL_NOTICE,
			"%s: %s; `winnow stats` cannot ask. Set state_dir or WINNOW_STATE_DIR to a "
			"folder that this user may write to",
			path, strerror(errno));
	k->is_mute = true;
}

/* The keeper of the configuration before may still be there: only one has the folder. */
static bool lock_folder(struct keeper *k, const char *path)
{
	if (k->lock == -1)
		k->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (k->lock == -1) {
		complain(k, path);
		return false;
	}
	return flock(k->lock, LOCK_EX | LOCK_NB) == 0;
}

static void listen_on(struct keeper *k, struct arena *a, struct span path)
{
	struct span text = arena_printf(a, "%.*s mode=0660", SPAN_ARG(path));
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	struct why why;
	int fd;

	/* whoever has the lock may take a socket away that another one has left */
	(void)unlink(path.p);
	if (serve_address_parse(text, 0, addresses, &why) == 1 &&
		serve_address_listen(&addresses[0], &fd, &why) == RC_OK)
		http_server_listen(k->http, fd);
	else
		log_line(LOG_LEVEL_NOTICE, "%s", why.text);
}

static void on_retry(evutil_socket_t unused, short what, void *ctx)
{
	static const struct timeval pause = {.tv_usec = RETRY_MS * 1000};
	struct keeper *k = ctx;
	struct arena *a = arena_make();
	struct span folder = k->child->settings->state_dir;

	if (lock_folder(k, arena_printf(a, "%.*s/keeper.lock", SPAN_ARG(folder)).p))
		listen_on(k, a, arena_printf(a, "%.*s/" SERVE_CONTROL_NAME, SPAN_ARG(folder)));
	else if (k->lock != -1)
		(void)evtimer_add(k->retry, &pause);
	arena_free(a);
}

struct span serve_control_path(struct arena *a, const struct serve_generation *generation)
{
	return arena_printf(a, "%.*s/" SERVE_CONTROL_NAME,
		SPAN_ARG(generation->settings->state_dir));
}

/* ---- its life ---- */

static void on_term(evutil_socket_t signal, short what, void *ctx)
{
	struct keeper *k = ctx;

	(void)event_base_loopbreak(k->base);
}

static void on_note(evutil_socket_t fd, short what, void *ctx)
{
	struct keeper *k = ctx;
	struct channel_note note;
	enum channel_state state;

	while ((state = channel_receive(fd, &note)) == CHANNEL_NOTE) {
		if (note.word == CHANNEL_LOG)
			log_use_fd(note.fd);
		else
			(void)event_base_loopbreak(k->base);
	}
	if (state == CHANNEL_GONE)
		(void)event_base_loopbreak(k->base);
}

int serve_keeper_run(const struct serve_child *child)
{
	struct keeper k = {
		.child = child,
		.base = event_base_new(),
		.lock = -1,
		.settings =
			{
				.timeout = 10,
				.idle_timeout = 60,
				.request_timeout = 10,
				.message_most = QUESTION_MOST,
				.connections_most = CONNECTIONS_MOST,
			},
	};

	k.service = (struct http_service){
		.ctx = &k,
		.print_metrics = print_metrics,
		.print_stat = print_stat,
		.is_healthy = is_healthy,
		.config = config,
	};
	must(k.base != NULL);
	k.http = http_server_make(k.base, &k.settings, &k.service);
	k.notes = event_new(k.base, child->channel, EV_READ | EV_PERSIST, on_note, &k);
	k.retry = evtimer_new(k.base, on_retry, &k);
	k.term = evsignal_new(k.base, SIGTERM, on_term, &k);
	must(k.notes != NULL && k.retry != NULL && k.term != NULL);
	(void)event_add(k.notes, NULL);
	(void)evsignal_add(k.term, NULL);
	on_retry(-1, 0, &k);
	(void)channel_send(child->channel, CHANNEL_READY, SPAN(""), -1);
	(void)event_base_dispatch(k.base);
	http_server_free(k.http);
	event_free(k.notes);
	event_free(k.retry);
	event_free(k.term);
	event_base_free(k.base);
	libevent_global_shutdown();
	if (k.lock != -1)
		(void)close(k.lock);
	return 0;
}
