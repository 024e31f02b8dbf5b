/* The process: listeners, signals, the loop. */
#include "serve/serve.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/inner.h"

enum {
	LISTENERS_MOST = 64,
	DRAIN_SECONDS = 10, /* for messages that are under way when the process is to end */
	REPEAT_SECONDS = 60 /* between two lines about the same failure */
};

struct server;

/* A failure that may come many times a second: a line at once, then one a minute with their number. */
struct repeat {
	const struct server *server;
	void (*tell)(const struct server *server, unsigned count);
	struct event *pause; /* pending: the last line is not old enough for another */
	unsigned count;      /* since the last line */
};

struct listener {
	struct server *server;
	struct evconnlistener *handle;
	struct event *rest; /* ends the pause after accept() has failed */
};

struct server {
	struct serve_process process;
	struct arena *arena;
	struct listener listeners[LISTENERS_MOST];
	size_t listener_count;
	struct event *signals[3];
	struct event *end; /* of draining */
	struct repeat full, failing;
	int accept_error; /* what `failing` tells */
};

/* ---- repeated failures ---- */

static void tell_full(const struct server *server, unsigned count)
{
	log_line(LOG_LEVEL_WARNING,
		"milter: %u connections closed at once: worker.proxy.max_connections allows no more "
		"than %d",
		count, server->process.settings.proxy.connections_most);
}

static void tell_failing(const struct server *server, unsigned count)
{
	log_line(LOG_LEVEL_ERROR, "milter: no connection can be taken: %s (%u times)",
		strerror(server->accept_error), count);
}

static void repeat_flush(struct repeat *r)
{
	struct timeval pause = {.tv_sec = REPEAT_SECONDS};

	if (r->count == 0)
		return;
	r->tell(r->server, r->count);
	r->count = 0;
	(void)evtimer_add(r->pause, &pause);
}

static void on_end_of_pause(evutil_socket_t fd, short what, void *ctx)
{
	repeat_flush(ctx);
}

static void repeat_open(struct repeat *r, const struct server *server,
	void (*tell_count)(const struct server *server, unsigned count))
{
	r->server = server;
	r->tell = tell_count;
	r->pause = evtimer_new(server->process.base, on_end_of_pause, r);
	must(r->pause != NULL);
}

static void repeat_add(struct repeat *r)
{
	r->count++;
	if (!evtimer_pending(r->pause, NULL))
		repeat_flush(r);
}

/* ---- listeners ---- */

static void on_connection(struct evconnlistener *handle, evutil_socket_t fd,
	struct sockaddr *address, int size, void *ctx)
{
	struct listener *l = ctx;
	struct server *server = l->server;
	size_t most = (size_t)server->process.settings.proxy.connections_most;
	struct arena *a;

	if (most > 0 && server->process.connection_count >= most) {
		(void)close(fd);
		repeat_add(&server->full);
		return;
	}
	a = arena_make();
	/* the other end of a local socket has no name */
	serve_connection_open(&server->process, fd,
		address->sa_family == AF_UNIX ? SPAN("local") : serve_address_print(a, address));
	arena_free(a);
}

/* Without descriptors accept() would fail again at once: a pause, so that others can end. */
static void on_accept_error(struct evconnlistener *handle, void *ctx)
{
	struct listener *l = ctx;
	struct timeval pause = {.tv_sec = 1};

	l->server->accept_error = errno;
	repeat_add(&l->server->failing);
	(void)evconnlistener_disable(handle);
	(void)evtimer_add(l->rest, &pause);
}

static void on_rest(evutil_socket_t fd, short what, void *ctx)
{
	struct listener *l = ctx;

	if (!l->server->process.is_ending)
		(void)evconnlistener_enable(l->handle);
}

static struct span name_of_socket(struct arena *a, int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);

	(void)getsockname(fd, (struct sockaddr *)&address, &size);
	return serve_address_print(a, (struct sockaddr *)&address);
}

static void add_listener(struct server *server, int fd)
{
	struct listener *l = &server->listeners[server->listener_count++];

	l->server = server;
	l->handle = evconnlistener_new(server->process.base, on_connection, l,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	l->rest = evtimer_new(server->process.base, on_rest, l);
	must(l->handle != NULL && l->rest != NULL);
	evconnlistener_set_error_cb(l->handle, on_accept_error);
	log_line(LOG_LEVEL_NOTICE, "milter on %.*s", SPAN_ARG(name_of_socket(server->arena, fd)));
}

static enum rc listen_on(struct server *server, struct span text, struct why *why)
{
	struct serve_address addresses[SERVE_ADDRESSES_MOST];
	size_t n = serve_address_parse(text, addresses, why);
	enum rc rc = n == 0 ? RC_INVALID : RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		int fd;

		if (server->listener_count == LISTENERS_MOST)
			return why_set(why, RC_LIMIT, "more than %d addresses to listen on",
				LISTENERS_MOST);
		rc = serve_address_listen(&addresses[i], &fd, why);
		if (rc == RC_OK)
			add_listener(server, fd);
		else if (rc == RC_NOT_FOUND && addresses[i].optional)
			rc = RC_OK;
	}
	return rc;
}

static enum rc open_listeners(struct server *server, struct why *why)
{
	const struct serve_proxy *proxy = &server->process.settings.proxy;
	enum rc rc = RC_OK;

	for (size_t i = 0; proxy->enabled && i < proxy->sockets.n && rc == RC_OK; i++)
		rc = listen_on(server, proxy->sockets.v[i], why);
	if (rc != RC_OK || server->listener_count > 0)
		return rc;
	return why_set(why, RC_INVALID,
		"there is nothing to listen on: worker.proxy is switched off or its bind_socket is "
		"empty");
}

static void close_listeners(struct server *server)
{
	for (size_t i = 0; i < server->listener_count; i++) {
		struct span name = name_of_socket(server->arena,
			evconnlistener_get_fd(server->listeners[i].handle));

		if (span_starts(name, SPAN("/")))
			(void)unlink(name.p);
		evconnlistener_free(server->listeners[i].handle);
		event_free(server->listeners[i].rest);
	}
	server->listener_count = 0;
}

/* ---- signals ---- */

static void on_end_of_drain(evutil_socket_t fd, short what, void *ctx)
{
	struct server *server = ctx;

	(void)event_base_loopexit(server->process.base, NULL);
}

/* The first time lets messages under way have their answer; the second time ends at once. */
static void on_stop(evutil_socket_t signal, short what, void *ctx)
{
	struct server *server = ctx;
	struct timeval most = {.tv_sec = DRAIN_SECONDS};

	if (server->process.is_ending) {
		(void)event_base_loopexit(server->process.base, NULL);
		return;
	}
	server->process.is_ending = true;
	close_listeners(server);
	serve_connections_drain(&server->process);
	if (server->process.connection_count == 0)
		(void)event_base_loopexit(server->process.base, NULL);
	else
		log_line(LOG_LEVEL_NOTICE, "ending: %zu messages are under way",
			server->process.connection_count);
	(void)evtimer_add(server->end, &most);
}

static void on_reload(evutil_socket_t signal, short what, void *ctx)
{
	log_line(LOG_LEVEL_WARNING, "SIGHUP: this version cannot reload, start it again instead");
}

static void watch_signals(struct server *server)
{
	static const struct {
		int signal;
		event_callback_fn run;
	} rows[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_reload}};
	struct sigaction ignored = {.sa_handler = SIG_IGN};

	_Static_assert(ARRAY_LEN(rows) == ARRAY_LEN(((struct server *)0)->signals), "one a row");
	/* a client that is gone is an error of write(), not of the process */
	(void)sigaction(SIGPIPE, &ignored, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* what is in force again when the loop has ended: a second SIGTERM is no crash */
		(void)sigaction(rows[i].signal, &ignored, NULL);
		server->signals[i] =
			evsignal_new(server->process.base, rows[i].signal, rows[i].run, server);
		must(server->signals[i] != NULL);
		(void)evsignal_add(server->signals[i], NULL);
	}
	server->end = evtimer_new(server->process.base, on_end_of_drain, server);
	must(server->end != NULL);
}

/* ---- the whole ---- */

/*
 * Standard output without waiting: whoever reads the log may stall, the filter must not. A pipe or
 * terminal is opened anew, because the flag would hold for everybody who shares it.
 */
static int open_log(void)
{
	struct stat st;
	int fd = -1, flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (fstat(STDOUT_FILENO, &st) == -1 || flags == -1)
		return STDOUT_FILENO;
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
	else if (S_ISSOCK(st.st_mode))
		(void)fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	return fd == -1 ? STDOUT_FILENO : fd;
}

/* As many descriptors as may be had: connections have their own limit. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void close_server(struct server *server)
{
	serve_connections_close(&server->process);
	close_listeners(server);
	for (size_t i = 0; i < ARRAY_LEN(server->signals); i++)
		if (server->signals[i] != NULL)
			event_free(server->signals[i]);
	if (server->end != NULL)
		event_free(server->end);
	event_free(server->full.pause);
	event_free(server->failing.pause);
	event_base_free(server->process.base);
	libevent_global_shutdown();
	arena_free(server->arena);
}

enum rc serve_run(const struct serve_generation *generation, struct why *why)
{
	struct arena *a = arena_make();
	struct server *server = ARENA_NEW(a, struct server);
	enum rc rc;

	server->arena = a;
	server->process.generation = generation;
	server->process.base = event_base_new();
	must(server->process.base != NULL);
	serve_settings_read(a, generation->conf, generation->scan, &server->process.settings, NULL);
	log_set_fd(open_log());
	log_set_level((enum log_level)server->process.settings.log_level);
	raise_descriptors();
	repeat_open(&server->full, server, tell_full);
	repeat_open(&server->failing, server, tell_failing);
	rc = open_listeners(server, why);
	if (rc == RC_OK) {
		watch_signals(server);
		log_line(LOG_LEVEL_NOTICE, "winnow %s is ready", WINNOW_VERSION);
		(void)event_base_dispatch(server->process.base);
		repeat_flush(&server->full);
		repeat_flush(&server->failing);
		log_line(LOG_LEVEL_NOTICE, "ended");
	}
	close_server(server);
	return rc;
}
