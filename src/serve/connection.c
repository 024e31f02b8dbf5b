/*
 * A mail server's connection on the loop: bytes to the session, messages to their job, replies back.
 *
 * DESIGN: while a message is judged nothing more is read, so what a client may pile up is one read buffer.
 */
#include "serve/serve.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>

#include "serve/inner.h"

enum {
	READ_MOST = 256 << 10, /* bytes that wait to be looked at */
	UNSENT_MOST = 256 << 10
};

struct serve_connection {
	struct serve_worker *worker;
	struct serve_connection *next, **here; /* in the list of the worker */
	struct arena *arena;
	struct bufferevent *stream;
	struct event *farewell; /* closes in the next turn of the loop; made when it is needed */
	struct milter_session *session;
	struct serve_job job;
	struct board_subject subject; /* while it only reads */
	size_t held;     /* bytes that the message under way has of the worker's budget */
	bool is_judged;  /* the job is under way */
	bool is_inside;  /* go_on() is on the stack, it looks again by itself */
	bool is_closing; /* when all replies are sent */
	bool is_halfway; /* in a command: the short timeout counts */
};

static struct span name_of(const struct serve_connection *c)
{
	return span_of(c->subject.peer);
}

/* False, and nothing is changed: the worker has no room for more. */
static bool set_held(struct serve_connection *c, size_t bytes)
{
	if (bytes > c->held && !serve_take_bytes(c->worker, bytes - c->held))
		return false;
	if (bytes < c->held)
		serve_give_bytes(c->worker, c->held - bytes);
	c->held = bytes;
	return true;
}

static void close_connection(struct serve_connection *c)
{
	struct serve_worker *worker = c->worker;

	if (c->is_judged)
		serve_job_cancel(&c->job);
	(void)set_held(c, 0);
	*c->here = c->next;
	if (c->next != NULL)
		c->next->here = c->here;
	worker->connection_count--;
	board_uncount(&worker->slot->counts.open[BOARD_MILTER], 1);
	if (c->farewell != NULL)
		event_free(c->farewell);
	bufferevent_free(c->stream);
	milter_session_free(c->session);
	arena_free(c->arena);
	serve_worker_look(worker);
}

static void on_farewell(evutil_socket_t fd, short what, void *ctx)
{
	close_connection(ctx);
}

/* Closes when what is still to be sent has gone out; never from inside, callers go on with it. */
static void close_when_sent(struct serve_connection *c)
{
	static const struct timeval now;

	c->is_closing = true;
	(void)bufferevent_disable(c->stream, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->stream)) > 0 || c->farewell != NULL)
		return;
	c->farewell = evtimer_new(c->worker->base, on_farewell, c);
	must(c->farewell != NULL);
	(void)evtimer_add(c->farewell, &now);
}

/* At once when nothing waits before it: what libevent sends costs a turn of the loop and two system calls. */
static void send_replies(struct serve_connection *c, const struct buf *out)
{
	size_t unsent = evbuffer_get_length(bufferevent_get_output(c->stream));
	ssize_t n = 0;

	must(!out->full);
	if (out->n > 0 && unsent == 0)
		n = send(bufferevent_getfd(c->stream), out->p, out->n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		n = 0;
	if ((size_t)n < out->n)
		(void)bufferevent_write(c->stream, out->p + n, out->n - (size_t)n);
}

/* ---- verdicts ---- */

static void go_on(struct serve_connection *c);

/* Carries the verdict out; what was asked for and cannot be done is told. */
static void judge(struct serve_connection *c, const struct scan_verdict *verdict, struct buf *out)
{
	const struct scan_effects *effects = scan_effects_make(verdict);
	const char *queue_id = c->job.subject.queue_id;
	struct span text;

	for (size_t i = 0; i < effects->note_count; i++)
		log_line(LOG_LEVEL_NOTICE, "milter %s: %.*s", queue_id,
			SPAN_ARG(effects->notes[i]));
	milter_session_judge(c->session, verdict, effects, out);
	text = milter_session_left_out(c->session);
	if (!span_is_null(text))
		log_line(LOG_LEVEL_NOTICE, "milter %.*s: %s%s%.*s", SPAN_ARG(name_of(c)), queue_id,
			*queue_id == '\0' ? "" : ": ", SPAN_ARG(text));
}

static void on_verdict(void *ctx, const struct scan_verdict *verdict)
{
	struct serve_connection *c = ctx;
	struct arena *a = c->worker->scratch;
	struct buf out;

	buf_init(&out, a, MILTER_OUTPUT_MOST);
	c->is_judged = false;
	if (verdict != NULL)
		judge(c, verdict, &out);
	else
		milter_session_defer(c->session, &out);
	send_replies(c, &out);
	arena_reset(a);
	(void)set_held(c, 0);
	if (c->worker->state == SERVE_STOPS)
		close_when_sent(c);
	else if (!c->is_inside)
		(void)bufferevent_enable(c->stream, EV_READ);
	if (!c->is_inside)
		go_on(c);
}

static void on_progress(void *ctx)
{
	struct serve_connection *c = ctx;
	struct arena *a = c->worker->scratch;
	struct buf out;

	buf_init(&out, a, MILTER_OUTPUT_MOST);
	milter_session_progress(c->session, &out);
	send_replies(c, &out);
	arena_reset(a);
}

static void start_job(struct serve_connection *c)
{
	c->is_judged = true;
	c->job = (struct serve_job){
		.worker = c->worker,
		.input = milter_session_input(c->session),
		.listener = BOARD_MILTER,
		.peer = name_of(c),
		.done = on_verdict,
		.progress = on_progress,
		.ctx = c,
	};
	serve_job_start(&c->job);
	if (c->is_judged)
		(void)bufferevent_disable(c->stream, EV_READ);
}

/* ---- bytes ---- */

static void set_timeouts(struct serve_connection *c)
{
	const struct serve_proxy *proxy = &c->worker->settings->proxy;
	struct timeval stalled = serve_to_timeval(proxy->timeout);
	struct timeval silent = serve_to_timeval(proxy->idle_timeout);

	(void)bufferevent_set_timeouts(c->stream, c->is_halfway ? &stalled : &silent, &stalled);
}

/* Without room a message is put off; what still holds memory then is a packet, and it ends the connection. */
static void account(struct serve_connection *c)
{
	if (set_held(c, milter_session_bytes(c->session)))
		return;
	board_count(&c->worker->slot->counts.refusals[BOARD_OVERLOAD], 1);
	if (!milter_session_is_idle(c->session)) {
		struct msg_input input = milter_session_peek(c->session);

		serve_log_deferred(&input, BOARD_MILTER, "there is no memory for it");
		milter_session_overload(c->session);
		if (set_held(c, milter_session_bytes(c->session)))
			return;
	}
	close_when_sent(c);
}

/* True when the connection can take more of what has come. */
static bool is_open(const struct serve_connection *c)
{
	return !c->is_judged && !c->is_closing;
}

static void end_session(struct serve_connection *c)
{
	struct span why = milter_session_why(c->session);

	if (why.n > 0) {
		board_count(&c->worker->slot->counts.broken, 1);
		serve_repeat_add(&c->worker->broken, "milter %.*s: %.*s", SPAN_ARG(name_of(c)),
			SPAN_ARG(why));
	}
	close_when_sent(c);
}

/* One piece of the input to the session. Returns how much of it was taken. */
static size_t feed_piece(struct serve_connection *c, struct span piece)
{
	struct arena *a = c->worker->scratch;
	struct span rest = piece;
	enum milter_state state;
	struct buf out;

	buf_init(&out, a, MILTER_OUTPUT_MOST + piece.n);
	board_enter(c->worker->slot, &c->subject);
	state = milter_session_feed(c->session, &rest, &out);
	board_leave(c->worker->slot);
	send_replies(c, &out);
	arena_reset(a);
	if (c->is_halfway != milter_session_is_halfway(c->session)) {
		c->is_halfway = !c->is_halfway;
		set_timeouts(c);
	}
	if (state == MILTER_WANTS_VERDICT)
		start_job(c);
	else if (state == MILTER_WANTS_CLOSE)
		end_session(c);
	else
		account(c);
	return piece.n - rest.n;
}

/* Everything that can be done now with what has come. */
static void go_on(struct serve_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct evbuffer_iovec piece;

	c->is_inside = true;
	while (is_open(c) && evbuffer_peek(input, READ_MOST, NULL, &piece, 1) > 0) {
		/* whoever does not read his replies is not read either */
		if (evbuffer_get_length(bufferevent_get_output(c->stream)) > UNSENT_MOST) {
			(void)bufferevent_disable(c->stream, EV_READ);
			break;
		}
		(void)evbuffer_drain(input,
			feed_piece(c, span_from(piece.iov_base, piece.iov_len)));
	}
	c->is_inside = false;
}

/*
 * libevent reads 4 KiB at a time, whatever it is told, and a message is several of them: what else has come is
 * read here in one call, and goes to the session without a copy.
 */
static void read_more(struct serve_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct span rest;
	ssize_t n;

	if (!is_open(c) || evbuffer_get_length(input) > 0)
		return;
	n = recv(bufferevent_getfd(c->stream), c->worker->space, SERVE_READ_MOST, MSG_DONTWAIT);
	if (n <= 0) /* the end and errors are libevent's to see */
		return;
	rest = span_from(c->worker->space, (size_t)n);
	c->is_inside = true;
	while (is_open(c) && rest.n > 0)
		rest = span_from_offset(rest, feed_piece(c, rest));
	c->is_inside = false;
	if (rest.n > 0)
		(void)evbuffer_add(input, rest.p, rest.n);
}

/*
 * Servers send commands that need no reply as small writes: without an acknowledgement at once, Nagle's
 * algorithm on their side and delayed ones on ours would make each message wait for 40 ms.
 */
static void acknowledge(struct bufferevent *stream)
{
	int on = 1;

	(void)setsockopt(bufferevent_getfd(stream), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static bool is_between_messages(const struct serve_connection *c)
{
	return is_open(c) && milter_session_is_idle(c->session);
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	struct serve_connection *c = ctx;

	acknowledge(stream);
	go_on(c);
	read_more(c);
	if (c->worker->state == SERVE_STOPS && is_between_messages(c))
		close_when_sent(c);
}

/* All replies have been sent. */
static void on_write(struct bufferevent *stream, void *ctx)
{
	struct serve_connection *c = ctx;

	if (c->is_closing) {
		close_connection(c);
		return;
	}
	if (!c->is_judged)
		(void)bufferevent_enable(stream, EV_READ);
	go_on(c);
}

static void on_end(struct bufferevent *stream, short what, void *ctx)
{
	struct serve_connection *c = ctx;

	if ((what & BEV_EVENT_TIMEOUT) != 0 && (what & BEV_EVENT_READING) != 0)
		log_line(LOG_LEVEL_INFO, "milter %.*s: closed: silent for too long",
			SPAN_ARG(name_of(c)));
	close_connection(c);
}

/* ---- open and close ---- */

void serve_connection_open(struct serve_worker *worker, int fd, struct span name)
{
	struct arena *a = arena_make();
	struct serve_connection *c = ARENA_NEW(a, struct serve_connection);
	int on = 1;

	c->arena = a;
	c->worker = worker;
	serve_name_peer(&c->subject, name);
	c->session = milter_session_make(&worker->settings->proxy.policy);
	c->stream = bufferevent_socket_new(worker->base, fd, BEV_OPT_CLOSE_ON_FREE);
	must(c->stream != NULL);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->next = worker->connections;
	c->here = &worker->connections;
	if (c->next != NULL)
		c->next->here = &c->next;
	worker->connections = c;
	worker->connection_count++;
	board_count(&worker->slot->counts.connections[BOARD_MILTER], 1);
	board_count(&worker->slot->counts.open[BOARD_MILTER], 1);
	bufferevent_setcb(c->stream, on_read, on_write, on_end, c);
	bufferevent_setwatermark(c->stream, EV_READ, 0, READ_MOST);
	set_timeouts(c);
	(void)bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

/* What has come may be the beginning of a message: then it is looked at first. */
static bool has_unread(const struct serve_connection *c)
{
	int n = 0;

	return ioctl(bufferevent_getfd(c->stream), FIONREAD, &n) == 0 && n > 0;
}

void serve_connections_drain(struct serve_worker *worker)
{
	for (struct serve_connection *c = worker->connections, *next; c != NULL; c = next) {
		next = c->next;
		if (is_between_messages(c) && !has_unread(c))
			close_connection(c);
	}
}

void serve_connections_close(struct serve_worker *worker)
{
	while (worker->connections != NULL)
		close_connection(worker->connections);
}
