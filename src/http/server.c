/* The server: what it listens on, and how many may come. */
#include "http/http.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/inner.h"

/* ---- accepting ---- */

static void tell_refused(struct http_server *server, int error)
{
	if (server->service->refused != NULL)
		server->service->refused(server->service->ctx, error);
}

/* One more than may be: whoever reads it can try again. */
static void refuse(int fd)
{
	struct arena *a = arena_make();
	struct http_reply reply = {.status = 503,
		.reason = "There are too many connections",
		.type = "application/json",
		.is_closing = true};
	struct buf body, out;

	buf_init(&body, a, 1024);
	http_print_error(&body, 503, reply.reason);
	reply.body = buf_span(&body);
	buf_init(&out, a, 4096);
	http_print_reply(&out, &reply, clock_wall());
	(void)send(fd, out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(fd);
	arena_free(a);
}

void http_server_accept(struct http_server *server, int fd, struct span name)
{
	if (server->connection_count >= server->settings->connections_most) {
		tell_refused(server, 0);
		refuse(fd);
	} else if (server->is_draining) {
		refuse(fd);
	} else {
		http_connection_open(server, fd, name);
	}
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
	int size, void *ctx)
{
	struct arena *a = arena_make();

	/* the other end of a local socket has no name */
	http_server_accept(ctx, fd,
		address->sa_family == AF_UNIX ? SPAN("local") : ip_print_socket(a, address));
	arena_free(a);
}

/*
 * No descriptor or no memory is left. The client stays in the queue, so the socket stays readable: without a pause
 * the loop would do nothing else.
 */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	static const struct timeval pause = {.tv_usec = 100000};
	struct http_server *server = ctx;
	int error = errno;

	if (evtimer_pending(server->pause, NULL))
		return;
	tell_refused(server, error);
	for (size_t i = 0; i < server->listeners.n; i++)
		(void)evconnlistener_disable(server->listeners.v[i]);
	(void)evtimer_add(server->pause, &pause);
}

static void on_pause_end(evutil_socket_t fd, short what, void *ctx)
{
	struct http_server *server = ctx;

	for (size_t i = 0; i < server->listeners.n; i++)
		(void)evconnlistener_enable(server->listeners.v[i]);
}

/* ---- the door ---- */

struct http_server *http_server_make(struct event_base *base, const struct http_settings *settings,
	const struct http_service *service)
{
	struct arena *a = arena_make();
	struct http_server *server = ARENA_NEW(a, struct http_server);

	server->arena = a;
	server->space = arena_alloc_raw(a, HTTP_SPACE);
	server->base = base;
	server->settings = settings;
	server->service = service;
	server->pause = evtimer_new(base, on_pause_end, server);
	must(server->pause != NULL);
	return server;
}

void http_server_listen(struct http_server *server, int fd)
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
	struct evconnlistener *listener =
		evconnlistener_new(server->base, on_accept, server, flags, 0, fd);

	must(listener != NULL);
	evconnlistener_set_error_cb(listener, on_accept_error);
	*VEC_ADD(server->arena, &server->listeners) = listener;
}

static void stop_listening(struct http_server *server)
{
	for (size_t i = 0; i < server->listeners.n; i++)
		evconnlistener_free(server->listeners.v[i]);
	server->listeners.n = 0;
	(void)evtimer_del(server->pause);
}

void http_server_drain(struct http_server *server, bool hurries)
{
	server->is_draining = true;
	server->is_hurried = hurries;
	stop_listening(server);
	http_connections_drain(server);
}

bool http_server_is_idle(const struct http_server *server)
{
	return server->connection_count == 0;
}

void http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	stop_listening(server);
	http_connections_close(server);
	event_free(server->pause);
	arena_free(server->arena);
}
