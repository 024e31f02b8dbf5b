/* Inside of http: the parser of requests, what headers mean, routes, replies, one connection. */
#ifndef HTTP_INNER_H
#define HTTP_INNER_H

#include "http/http.h"

/* ---- bytes to events: wire.c ---- */

struct http_header {
	struct span name;
	struct span value; /* without blanks around it; never NUL, CR or LF in it */
};

/* What stands before the body. Spans point into the parser's arena. */
struct http_head {
	struct span method;
	struct span path;
	struct span query; /* behind the `?`; null: none */
	struct {
		VEC(struct http_header);
	} headers;
	bool keeps_alive; /* the connection may carry another request */
	bool is_old;      /* HTTP/1.0 */
	bool is_rspamc; /* "CHECK RSPAMC/1.3", as Exim asks: path is "CHECK", the rest is as in HTTP/1.0 */
	bool expects; /* Expect: 100-continue */
	bool has_body;
	bool is_chunked;
	uint64_t length; /* of the body, unless it is chunked */
};

enum http_event {
	HTTP_NOTHING, /* wants more bytes */
	HTTP_HEAD,    /* the head is complete */
	HTTP_BODY,    /* bytes of the body */
	HTTP_END,     /* of the request */
	HTTP_BROKEN   /* no request that we understand: see status and sentence */
};

enum {
	HTTP_LINE_MOST = 256,     /* bytes of a line with the size of a chunk */
	HTTP_EMPTY_LINES_MOST = 4 /* before a request */
};

enum http_phase {
	HTTP_PHASE_HEAD,
	HTTP_PHASE_LENGTH, /* a body whose length is known */
	HTTP_PHASE_CHUNK_SIZE,
	HTTP_PHASE_CHUNK,
	HTTP_PHASE_CHUNK_END,
	HTTP_PHASE_TRAILER,
	HTTP_PHASE_DONE,
	HTTP_PHASE_BROKEN
};

struct http_parser {
	struct arena *arena;
	enum http_phase phase;
	struct buf text; /* of the head */
	size_t line;     /* where the line begins that is read now */
	struct http_head head;
	uint64_t left;             /* bytes of the body or the chunk */
	char rest[HTTP_LINE_MOST]; /* of a line between chunks */
	size_t rest_n;             /* may be more than fit */
	size_t trailer_n;
	unsigned empty_lines; /* before the request */
	int status;
	const char *sentence;
};

/* For one request, whose head is kept in the arena. */
void http_parser_init(struct http_parser *p, struct arena *a);
/*
 * Takes bytes off the front of `rest`; `body` is set by HTTP_BODY and points into what `rest` was. After
 * HTTP_END and HTTP_BROKEN nothing is taken any more.
 */
enum http_event http_parse(struct http_parser *p, struct span *rest, struct span *body);

/* `a%20b+c` with escapes decoded, `+` as a blank; a broken escape stays as it is. */
struct span http_unescape(struct arena *a, struct span text);

/* ---- what headers mean: request.c ---- */

/* Why a request is not served; status 0: it is. */
struct http_refusal {
	int status;
	const char *sentence;
};

/* Fills the envelope from headers and arguments of the query. */
struct http_refusal http_read_request(struct arena *a, const struct http_head *head,
	struct http_request *out);

/* ---- routes: routes.c ---- */

enum http_method {
	HTTP_GET = 1,
	HTTP_POST = 2,
	HTTP_PUT = 4,
	HTTP_HEAD_ONLY = 8,
	HTTP_RSPAMC = 16,
	HTTP_OTHER = 32
};

enum http_form { HTTP_FORM_PLAIN, HTTP_FORM_LEGACY, HTTP_FORM_SKIP, HTTP_FORM_RSPAMC };

struct http_page {
	int status;
	const char *type; /* Content-Type */
	struct buf text;
};

struct http_route {
	const char *path;
	unsigned methods;
	/* NULL: it takes a message, and the verdict is printed in `form` */
	void (*print)(const struct http_service *service, struct http_page *out);
	enum http_form form;
	struct http_refusal refusal; /* what is not there */
};

enum http_method http_find_method(struct span name);
/* NULL with a refusal: 404, 405 (then *allowed has the methods) or the route's own. */
const struct http_route *http_find_route(struct span path, enum http_method method,
	unsigned *allowed, struct http_refusal *refusal);
/* "GET, HEAD, POST" */
void http_print_methods(struct buf *out, unsigned methods);
/* {"error":...}; for 404 with the routes that there are. */
void http_print_error(struct buf *out, int status, const char *sentence);

/* ---- replies: reply.c ---- */

struct http_reply {
	int status;
	const char *reason; /* NULL: the usual words for the status */
	const char *type;
	struct span body;
	unsigned allowed; /* methods for the header Allow; 0: without */
	bool is_closing;  /* the connection ends with it */
	bool is_old;      /* of HTTP/1.0 */
	bool is_rspamc;   /* in the form of RSPAMC/1.3 */
	bool is_bodyless; /* for HEAD: only told how long it would be */
};

/* Bytes of the wire. */
void http_print_reply(struct buf *out, const struct http_reply *reply, double now);
/* The verdict, or for HTTP_FORM_SKIP what is said of a message that is not looked at (verdict NULL). */
void http_print_verdict(struct buf *out, enum http_form form, bool wants_objects,
	const struct scan_verdict *verdict, const struct scan_config *config,
	uint64_t microseconds);

/* ---- connections: connection.c ---- */

struct http_connection;
struct event;
struct evconnlistener;

enum { HTTP_SPACE = 64 << 10 };

struct http_server {
	struct arena *arena;
	char *space; /* HTTP_SPACE bytes, for what is read and looked at within one call */
	struct event_base *base;
	const struct http_settings *settings;
	const struct http_service *service;
	struct {
		VEC(struct evconnlistener *);
	} listeners;
	struct event *pause;                 /* after which is accepted again */
	struct http_connection *connections; /* a list */
	size_t connection_count;
	bool is_draining, is_hurried;
};

/* Takes over the descriptor. */
void http_connection_open(struct http_server *server, int fd, struct span name);
/* Of all connections, those that are between requests. */
void http_connections_drain(struct http_server *server);
/* All of them, at once. */
void http_connections_close(struct http_server *server);

#endif
