/*
 * A mail server's connection on the loop: bytes to the session, messages to the scan, replies back.
 *
 * DESIGN: while a message is scanned nothing more is read, so what a client may pile up is one read
 * buffer. A scan that waits for answers or has used its turn goes on in an event of its own; the same
 * event carries on with bytes that came behind the message.
 */
#include "serve/serve.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "need/need.h"
#include "serve/inner.h"

enum {
	READ_MOST = 256 << 10, /* bytes that wait to be looked at */
	READ_AT_ONCE = 64 << 10,
	UNSENT_MOST = 256 << 10
};

struct serve_connection {
	struct arena *arena;
	struct serve_process *process;
	struct serve_connection *next, **here; /* in the list of the process */
	struct span name;
	struct bufferevent *stream;
	struct event *turn;     /* of the scan: goes on in the next turn of the loop */
	struct event *deadline; /* of the scan */
	struct milter_session *session;

	/* of the message that is scanned; task is NULL when there is none */
	struct scan_task *task;
	struct need_memo *memo;
	uint64_t started;
	bool is_closing; /* when all replies are sent */
	bool is_halfway; /* in a command: the short timeout counts */
};

static void close_connection(struct serve_connection *c)
{
	struct serve_process *process = c->process;

	/* no driver may answer into a memo that is gone */
	if (c->task != NULL)
		need_memo_expire(c->memo, "the connection was closed");
	*c->here = c->next;
	if (c->next != NULL)
		c->next->here = c->here;
	process->connection_count--;
	event_free(c->turn);
	event_free(c->deadline);
	bufferevent_free(c->stream);
	milter_session_free(c->session);
	arena_free(c->arena);
	if (process->is_ending && process->connection_count == 0)
		(void)event_base_loopexit(process->base, NULL);
}

/* In the next turn of the loop: an event that is only made active would run before others are looked at. */
static void take_turn(struct serve_connection *c)
{
	static const struct timeval now;

	(void)evtimer_add(c->turn, &now);
}

/* Closes at once, or when what is still to be sent has gone out. */
static void close_when_sent(struct serve_connection *c)
{
	c->is_closing = true;
	(void)bufferevent_disable(c->stream, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->stream)) == 0)
		take_turn(c);
}

static void send_replies(struct serve_connection *c, const struct buf *out)
{
	must(!out->full);
	if (out->n > 0)
		(void)bufferevent_write(c->stream, out->p, out->n);
}

/* ---- scanning ---- */

static struct timeval to_timeval(double seconds)
{
	struct timeval tv = {.tv_sec = (time_t)seconds};

	tv.tv_usec = (suseconds_t)((seconds - (double)tv.tv_sec) * 1e6);
	return tv;
}

/* An answer has come. Never runs checks itself: it may be called from anywhere. */
static void on_answer(void *ctx)
{
	struct serve_connection *c = ctx;

	take_turn(c);
}

static void start_scan(struct serve_connection *c)
{
	const struct scan_config *config = c->process->generation->scan;
	const struct msg_input *input = milter_session_input(c->session);
	struct msg *msg = msg_make(input->arena, &input->envelope, input->bytes);
	struct timeval most = to_timeval(scan_config_timeout(config));

	/*
	 * No driver yet: the one for DNS comes with the resolver. Until then each question is answered
	 * with RC_TEMPFAIL, and the verdict names the check as not done.
	 */
	c->memo = need_memo_make(msg->arena, clock_wall());
	need_memo_on_answer(c->memo, on_answer, c);
	c->started = clock_monotonic_us();
	c->task = scan_start(config, msg, c->memo);
	(void)bufferevent_disable(c->stream, EV_READ);
	(void)evtimer_add(c->deadline, &most);
}

static void log_verdict(struct serve_connection *c, const struct scan_verdict *verdict)
{
	const struct msg_input *input = milter_session_input(c->session);
	struct serve_line line = {
		.msg = scan_verdict_msg(verdict),
		.verdict = verdict,
		.rcpt_count = input->rcpt_count,
		.is_cut = input->is_cut,
		.microseconds = clock_monotonic_us() - c->started,
	};
	struct span text = serve_print_line(input->arena, &line);

	log_line(LOG_LEVEL_NOTICE, "%.*s", SPAN_ARG(text));
}

static void end_scan(struct serve_connection *c)
{
	const struct scan_verdict *verdict = scan_verdict(c->task);
	struct arena *a = arena_make();
	struct buf out;

	buf_init(&out, a, MILTER_OUTPUT_MOST);
	log_verdict(c, verdict);
	c->task = NULL;
	c->memo = NULL;
	(void)evtimer_del(c->deadline);
	milter_session_judge(c->session, verdict, scan_effects_make(verdict), &out);
	send_replies(c, &out);
	arena_free(a);
	if (c->process->is_ending)
		close_when_sent(c);
	else
		(void)bufferevent_enable(c->stream, EV_READ);
}

/* Runs the scan as far as it goes now. */
static void step_scan(struct serve_connection *c)
{
	switch (scan_step(c->task)) {
	case SCAN_DONE:
		end_scan(c);
		break;
	case SCAN_YIELDS:
		take_turn(c);
		break;
	case SCAN_WAITS:
		break;
	}
}

/* ---- bytes ---- */

static void set_timeouts(struct serve_connection *c)
{
	const struct serve_proxy *proxy = &c->process->settings.proxy;
	struct timeval stalled = to_timeval(proxy->timeout);
	struct timeval silent = to_timeval(proxy->idle_timeout);

	(void)bufferevent_set_timeouts(c->stream, c->is_halfway ? &stalled : &silent, &stalled);
}

/* True when the connection can take more of what has come. */
static bool is_open(const struct serve_connection *c)
{
	return c->task == NULL && !c->is_closing;
}

/* One piece of the input to the session. */
static void feed_piece(struct serve_connection *c, struct span piece)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct arena *a = arena_make();
	struct span rest = piece, why;
	enum milter_state state;
	struct buf out;

	buf_init(&out, a, MILTER_OUTPUT_MOST + piece.n);
	state = milter_session_feed(c->session, &rest, &out);
	send_replies(c, &out);
	arena_free(a);
	(void)evbuffer_drain(input, piece.n - rest.n);
	if (c->is_halfway != milter_session_is_halfway(c->session)) {
		c->is_halfway = !c->is_halfway;
		set_timeouts(c);
	}
	if (state == MILTER_WANTS_VERDICT)
		start_scan(c);
	if (state != MILTER_WANTS_CLOSE)
		return;
	why = milter_session_why(c->session);
	if (why.n > 0)
		log_line(LOG_LEVEL_WARNING, "milter %.*s: closed: %.*s", SPAN_ARG(c->name),
			SPAN_ARG(why));
	close_when_sent(c);
}

/* Everything that can be done now with what has come. */
static void go_on(struct serve_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct evbuffer_iovec piece;

	while (is_open(c) && evbuffer_peek(input, READ_MOST, NULL, &piece, 1) > 0) {
		/* whoever does not read his replies is not read either */
		if (evbuffer_get_length(bufferevent_get_output(c->stream)) > UNSENT_MOST) {
			(void)bufferevent_disable(c->stream, EV_READ);
			return;
		}
		feed_piece(c, span_from(piece.iov_base, piece.iov_len));
		if (c->task != NULL)
			step_scan(c);
	}
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

static void on_read(struct bufferevent *stream, void *ctx)
{
	acknowledge(stream);
	go_on(ctx);
}

/* All replies have been sent. */
static void on_write(struct bufferevent *stream, void *ctx)
{
	struct serve_connection *c = ctx;

	if (c->is_closing) {
		close_connection(c);
		return;
	}
	if (c->task == NULL)
		(void)bufferevent_enable(stream, EV_READ);
	go_on(c);
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct serve_connection *c = ctx;

	if (c->task != NULL)
		step_scan(c);
	if (c->is_closing && evbuffer_get_length(bufferevent_get_output(c->stream)) == 0)
		close_connection(c);
	else
		go_on(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct serve_connection *c = ctx;

	need_memo_expire(c->memo, "the time for the message was over");
	on_turn(fd, what, ctx);
}

static void on_end(struct bufferevent *stream, short what, void *ctx)
{
	struct serve_connection *c = ctx;

	if ((what & BEV_EVENT_TIMEOUT) != 0 && (what & BEV_EVENT_READING) != 0)
		log_line(LOG_LEVEL_INFO, "milter %.*s: closed: silent for too long",
			SPAN_ARG(c->name));
	close_connection(c);
}

/* ---- open and close ---- */

void serve_connection_open(struct serve_process *process, int fd, struct span name)
{
	struct arena *a = arena_make();
	struct serve_connection *c = ARENA_NEW(a, struct serve_connection);
	int on = 1;

	c->arena = a;
	c->process = process;
	c->name = arena_copy(a, name);
	c->session = milter_session_make(&process->settings.proxy.policy);
	c->stream = bufferevent_socket_new(process->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->turn = evtimer_new(process->base, on_turn, c);
	c->deadline = evtimer_new(process->base, on_deadline, c);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(c->stream != NULL && c->turn != NULL && c->deadline != NULL);
	c->next = process->connections;
	c->here = &process->connections;
	if (c->next != NULL)
		c->next->here = &c->next;
	process->connections = c;
	process->connection_count++;
	bufferevent_setcb(c->stream, on_read, on_write, on_end, c);
	bufferevent_setwatermark(c->stream, EV_READ, 0, READ_MOST);
	(void)bufferevent_set_max_single_read(c->stream, READ_AT_ONCE);
	set_timeouts(c);
	(void)bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

void serve_connections_drain(struct serve_process *process)
{
	for (struct serve_connection *c = process->connections, *next; c != NULL; c = next) {
		next = c->next;
		if (c->task == NULL && milter_session_is_idle(c->session))
			close_connection(c);
	}
}

void serve_connections_close(struct serve_process *process)
{
	while (process->connections != NULL)
		close_connection(process->connections);
}
