/*
 * A server of HTTP over a pair of sockets, with a service that judges nothing: what a client says, in pieces of any
 * length, and all that comes back as text. Used by the tests and by the fuzz target.
 */
#ifndef TESTS_HTTP_PLAY_H
#define TESTS_HTTP_PLAY_H

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "need/need.h"

enum play_manner {
	PLAY_ANSWERS, /* from inside of service.scan */
	PLAY_LATER,   /* in play_answer() */
	PLAY_FAILS,   /* with an error, from inside */
};

struct play {
	struct arena *a;
	struct event_base *base;
	struct http_settings settings;
	struct http_service service;
	struct http_server *server;
	const struct scan_config *config;
	int fd; /* the client's end */
	enum play_manner manner;
	struct http_request *pending;
	bool in_scan;
	struct buf seen; /* what the service was asked */
	struct buf came; /* bytes of the wire */
	bool is_closed;  /* by the server */
	size_t held;     /* bytes */
	size_t held_most;
	size_t held_peak;
	unsigned scans, cancels, opened, closed, refused;
	int refused_for; /* the last one */
	bool is_ill;
};

static inline void play_print_known(struct buf *out, const char *name, struct span value)
{
	if (!span_is_null(value))
		buf_printf(out, " %s=%.*s", name, SPAN_ARG(value));
}

static inline void play_print_input(struct buf *out, const struct http_request *request)
{
	const struct msg_input *input = &request->input;
	const struct msg_envelope *e = &input->envelope;

	play_print_known(out, "from", e->from);
	play_print_known(out, "args", e->from_args);
	for (size_t i = 0; i < e->rcpt_count; i++) {
		play_print_known(out, "rcpt", e->rcpts[i]);
		if (e->rcpt_args != NULL)
			play_print_known(out, "args", e->rcpt_args[i]);
	}
	if (input->rcpt_count != e->rcpt_count)
		buf_printf(out, " rcpts=%zu", input->rcpt_count);
	play_print_known(out, "ip", e->address);
	play_print_known(out, "hostname", e->hostname);
	play_print_known(out, "helo", e->helo);
	play_print_known(out, "user", e->user);
	play_print_known(out, "id", e->queue_id);
	play_print_known(out, "server", e->server);
	play_print_known(out, "tls", e->tls_version);
	play_print_known(out, "cipher", e->tls_cipher);
	buf_printf(out, "%s%s |", e->over_network ? " network" : "",
		request->is_unlogged ? " unlogged" : "");
	buf_add(out, input->bytes);
	buf_add_string(out, "|\n");
}

static inline const struct scan_verdict *play_judge(struct play *p, struct http_request *request)
{
	struct msg *msg =
		msg_make(request->input.arena, &request->input.envelope, request->input.bytes);

	return scan_whole(p->config, msg, need_memo_make(msg->arena, 0));
}

static inline void play_scan(void *ctx, struct http_request *request)
{
	struct play *p = ctx;

	/* a reply from inside must not lead to the next request inside */
	must(!p->in_scan && p->pending == NULL);
	p->in_scan = true;
	p->scans++;
	play_print_input(&p->seen, request);
	if (p->manner == PLAY_ANSWERS)
		http_answer(request, play_judge(p, request));
	else if (p->manner == PLAY_FAILS)
		http_fail(request, 503, "Try again");
	else
		p->pending = request;
	p->in_scan = false;
}

static inline void play_cancel(void *ctx, struct http_request *request)
{
	struct play *p = ctx;

	must(p->pending == request);
	p->pending = NULL;
	p->cancels++;
}

static inline void play_print_metrics(void *ctx, struct buf *out)
{
	buf_add_string(out, "winnow_up 1\n");
}

static inline void play_print_stat(void *ctx, struct buf *out)
{
	buf_add_string(out, "{\"scanned\":0}");
}

static inline bool play_is_healthy(void *ctx, struct why *why)
{
	struct play *p = ctx;

	if (p->is_ill)
		(void)why_set(why, RC_TEMPFAIL, "The built-in message is not judged");
	return !p->is_ill;
}

static inline bool play_take(void *ctx, size_t bytes)
{
	struct play *p = ctx;

	if (bytes > p->held_most - p->held)
		return false;
	p->held += bytes;
	p->held_peak = num_max(p->held_peak, p->held);
	return true;
}

static inline void play_give(void *ctx, size_t bytes)
{
	struct play *p = ctx;

	must(bytes <= p->held);
	p->held -= bytes;
}

static inline const struct scan_config *play_config(void *ctx)
{
	struct play *p = ctx;

	return p->config;
}

static inline void play_opened(void *ctx)
{
	struct play *p = ctx;

	p->opened++;
}

static inline void play_closed(void *ctx)
{
	struct play *p = ctx;

	p->closed++;
}

static inline void play_refused(void *ctx, int error)
{
	struct play *p = ctx;

	p->refused++;
	p->refused_for = error;
}

/* ---- open and close ---- */

static inline void play_connect(struct play *p)
{
	int fds[2], size = 4 << 20;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	(void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	p->fd = fds[0];
	p->is_closed = false;
	http_server_accept(p->server, fds[1], SPAN("192.0.2.1:5"));
}

static inline void play_open(struct play *p, const struct scan_config *config)
{
	*p = (struct play){.a = arena_make(), .config = config, .held_most = SIZE_MAX};
	p->settings = (struct http_settings){.timeout = 60,
		.idle_timeout = 60,
		.request_timeout = 60,
		.message_most = 10000,
		.connections_most = 10};
	p->service = (struct http_service){.ctx = p,
		.scan = play_scan,
		.cancel = play_cancel,
		.print_metrics = play_print_metrics,
		.print_stat = play_print_stat,
		.is_healthy = play_is_healthy,
		.take_bytes = play_take,
		.give_bytes = play_give,
		.config = play_config,
		.opened = play_opened,
		.closed = play_closed,
		.refused = play_refused};
	p->base = event_base_new();
	must(p->base != NULL);
	p->server = http_server_make(p->base, &p->settings, &p->service);
	buf_init(&p->seen, p->a, SIZE_MAX);
	buf_init(&p->came, p->a, SIZE_MAX);
	play_connect(p);
}

static inline void play_hang_up(struct play *p)
{
	if (p->fd != -1)
		(void)close(p->fd);
	p->fd = -1;
}

static inline void play_close(struct play *p)
{
	http_server_free(p->server);
	must(p->pending == NULL && p->held == 0);
	play_hang_up(p);
	event_base_free(p->base);
	arena_free(p->a);
}

/* ---- talking ---- */

/* What the server does with what has come, and what it says to that. */
static inline void play_turn(struct play *p)
{
	char bytes[64 << 10];
	ssize_t n;

	for (int turns = 0; turns < 4; turns++)
		(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
	while (p->fd != -1 && (n = read(p->fd, bytes, sizeof(bytes))) >= 0) {
		if (n == 0) {
			p->is_closed = true;
			return;
		}
		buf_add(&p->came, span_from(bytes, (size_t)n));
		(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
	}
}

static inline void play_answer(struct play *p)
{
	struct http_request *request = p->pending;

	p->pending = NULL;
	http_answer(request, play_judge(p, request));
	play_turn(p);
}

static inline void play_send(struct play *p, struct span bytes)
{
	while (bytes.n > 0 && !p->is_closed) {
		ssize_t n = send(p->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n > 0)
			bytes = span_from_offset(bytes, (size_t)n);
		else if (errno != EAGAIN)
			return;
		play_turn(p);
		while (p->pending != NULL)
			play_answer(p);
	}
}

/* How long the next piece is: all, single bytes, or lengths that look random and are not. */
static inline size_t play_next_piece(unsigned cut, uint32_t *state)
{
	if (cut == 0)
		return SIZE_MAX;
	if (cut == 1)
		return 1;
	*state = *state * 1664525 + 1013904223;
	return 1 + (*state >> 24) % (cut * 4);
}

static inline void play_send_cut(struct play *p, struct span bytes, unsigned cut)
{
	uint32_t state = cut;

	while (bytes.n > 0 && !p->is_closed) {
		struct span piece = span_slice(bytes, 0, play_next_piece(cut, &state));

		bytes = span_from_offset(bytes, piece.n);
		play_send(p, piece);
	}
}

/* ---- what came, as text ---- */

/* The value of a header, or null. */
static inline struct span play_find_header(struct span head, const char *name)
{
	struct span line;

	while (span_next_line(&head, &line)) {
		size_t colon = span_find_byte(line, ':');

		if (span_equal_nocase(span_slice(line, 0, colon), span_of(name)))
			return span_trim(span_from_offset(line, colon + 1));
	}
	return span_from(NULL, 0);
}

/* Without the time that a scan took. */
static inline void play_print_body(struct buf *out, struct span body)
{
	struct span key = SPAN("\"time_real\":");
	size_t at = span_find(body, key);

	buf_add(out, span_slice(body, 0, at));
	if (at == body.n)
		return;
	body = span_from_offset(body, at + key.n);
	while (body.n > 0 && body.p[0] != '}' && body.p[0] != ',')
		body = span_from_offset(body, 1);
	buf_add_string(out, "\"time_real\":0");
	buf_add(out, body);
}

/* Takes one reply off `rest`. Another reply where a body should begin: it answers a HEAD. */
static inline bool play_print_reply(struct buf *out, struct span *rest)
{
	size_t end = span_find(*rest, SPAN("\r\n\r\n"));
	struct span head = span_slice(*rest, 0, end), value;
	uint64_t length = 0;

	if (span_starts(*rest, SPAN("RSPAMD/1.3 "))) {
		/* it has no length and ends with the connection */
		buf_add(out, *rest);
		*rest = span_from(NULL, 0);
		return true;
	}
	if (end == rest->n || !span_starts(head, SPAN("HTTP/1.1 ")))
		return false;
	*rest = span_from_offset(*rest, end + 4);
	buf_add(out, span_slice(head, 9, 3));
	value = play_find_header(head, "Connection");
	if (!span_is_null(value))
		buf_printf(out, " %.*s", SPAN_ARG(value));
	value = play_find_header(head, "Allow");
	if (!span_is_null(value))
		buf_printf(out, " [%.*s]", SPAN_ARG(value));
	value = play_find_header(head, "Content-Length");
	if (!span_is_null(value) && rest->n > 0 && !span_starts(*rest, SPAN("HTTP/1.1 ")) &&
		!span_starts(*rest, SPAN("RSPAMD/1.3 "))) {
		if (!num_parse_u64(value, rest->n, &length))
			return false;
		buf_add_byte(out, ' ');
		play_print_body(out, span_slice(*rest, 0, length));
	}
	*rest = span_from_offset(*rest, length);
	buf_add_byte(out, '\n');
	return true;
}

/* A line a reply: status, Connection, Allow, body; then "closed" when the server has closed. */
static inline struct span play_tell(struct play *p)
{
	struct span rest = buf_span(&p->came);
	struct buf out;

	buf_init(&out, p->a, SIZE_MAX);
	while (rest.n > 0)
		if (!play_print_reply(&out, &rest)) {
			buf_printf(&out, "? %.*s\n", SPAN_ARG(rest));
			break;
		}
	if (p->is_closed)
		buf_add_string(&out, "closed\n");
	return buf_span(&out);
}

/* A configuration without any check. */
static inline const struct scan_config *play_make_config(struct arena *a)
{
	struct conf_input input = {0};
	struct conf_report report;

	conf_report_init(&report, a);
	return scan_config_make(a, conf_load(a, &input, &report), NULL, 0, &report);
}

#endif
