/*
 * http: scanning as Rspamd's clients ask for it (`rspamc`, Dovecot, Haraka, OpenSMTPD's filter): a message is
 * posted with what the mail server knows in headers of the request, the verdict comes back as JSON. The room
 * serves connections on the process's loop and knows the routes; messages are judged by whoever runs it.
 *
 *	server = http_server_make(base, &settings, &service);
 *	http_server_listen(server, fd);				for each listening socket
 *
 *	service.scan(ctx, request)		comes for each message; then, at any later time or at once,
 *	http_answer(request, verdict);		exactly once, unless service.cancel came first
 *
 *	http_server_drain(server);		no new connections; each closes after its reply
 *	http_server_free(server);		at once
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/base.h"
#include "conf/conf.h"
#include "msg/msg.h"
#include "scan/scan.h"

struct event_base;

/* Of the head of a request: its first line and its headers. */
enum { HTTP_HEAD_MOST = 64 << 10, HTTP_HEADERS_MOST = 2000 };

struct http_settings {
	double timeout;      /* seconds that a client may be silent within a request or a reply */
	double idle_timeout; /* seconds between requests on one connection */
	double request_timeout; /* seconds that a request may take to come in, however it trickles */
	size_t message_most;    /* bytes of a message; a larger one is refused (413) */
	size_t connections_most; /* of this process; one more gets 503 and is closed */
};

/* A message that was posted. It lives until it is answered or cancelled. */
struct http_request {
	struct msg_input input; /* input.arena is the request's */
	struct span name;       /* of the client, for the log: "127.0.0.1:50311" */
	bool is_unlogged;       /* `Log: no` or the flag no_log: no line for it */
	bool wants_objects; /* `URL-Format: extended` or the flag ext_urls: URLs, not only hosts */
	void *data;         /* of whoever judges it; NULL at first */
	struct http_connection *connection; /* of this room */
};

/* What the program does for the server. Everything but `scan` answers at once. */
struct http_service {
	void *ctx;
	/*
	 * Judges the message; http_answer() or http_fail() may be called from inside. NULL, and then cancel, too:
	 * messages are not taken here (501), only pages are served.
	 */
	void (*scan)(void *ctx, struct http_request *request);
	/* The client has gone: the request must not be answered any more. */
	void (*cancel)(void *ctx, struct http_request *request);
	/* The page /metrics: Prometheus text. */
	void (*print_metrics)(void *ctx, struct buf *out);
	/* The page /stat: JSON. */
	void (*print_stat)(void *ctx, struct buf *out);
	/*
	 * Whether the filter works, by scanning a built-in message; `why` says what does not. For /health,
	 * /healthy and /ready: 200 {"success":true} or 500 with a sentence.
	 */
	bool (*is_healthy)(void *ctx, struct why *why);
	/*
	 * May a request hold `bytes` more in memory? Asked as it grows, for what is kept of it; else the client
	 * gets 503 and tries again. Given back when the request is answered or gone. Both NULL: nothing is counted.
	 */
	bool (*take_bytes)(void *ctx, size_t bytes);
	void (*give_bytes)(void *ctx, size_t bytes);
	const struct scan_config *(*config)(void *ctx); /* for /symbols, /actions and the reply */
	/*
	 * A connection was taken; one has gone, and after http_server_drain() it may have been the last
	 * (when there is none at all, nobody tells). Both may be NULL.
	 */
	void (*opened)(void *ctx);
	void (*closed)(void *ctx);
	/*
	 * A connection was not taken. `error` is 0 when connections_most are open: the client was told so. Else it is
	 * the errno with which accept() has failed, and the server accepts nothing for a moment. May be NULL.
	 */
	void (*refused)(void *ctx, int error);
};

struct http_server;

/* Settings and service must outlive it. */
struct http_server *http_server_make(struct event_base *base, const struct http_settings *settings,
	const struct http_service *service);
/*
 * Takes over a listening, non-blocking socket that other processes may listen on, too. While the process has no
 * descriptors left, it accepts nothing for a moment instead of turning in circles.
 */
void http_server_listen(struct http_server *server, int fd);
/*
 * Takes over a connected, non-blocking socket, for whoever accepts by himself. `name` of the client is for the
 * log and is copied.
 */
void http_server_accept(struct http_server *server, int fd, struct span name);
/*
 * Listening sockets are closed. A connection closes after its next reply, which tells the client; between requests
 * it stays as long as ever, or with `hurries` for a second from now on: a request may be on its way. May be called
 * again, to hurry.
 */
void http_server_drain(struct http_server *server, bool hurries);
/* True when no connection is left. */
bool http_server_is_idle(const struct http_server *server);
/* Pending requests are cancelled. Not from inside of a call of the service. */
void http_server_free(struct http_server *server);

/* The reply to a request, which is freed with its message. */
void http_answer(struct http_request *request, const struct scan_verdict *verdict);
/*
 * No verdict can be had: an error in Rspamd's form, {"error": sentence, "error_domain": "winnow"}. The request
 * is freed.
 */
void http_fail(struct http_request *request, int status, const char *sentence);

#endif
