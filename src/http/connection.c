/*
 * A client's connection on the loop: bytes to the parser, messages to the service, replies back.
 *
 * DESIGN: while a message is judged, what comes behind it waits (READ_MOST bytes of it), but the connection is
 * read on, because only so it is seen that the client has gone and nobody wants the verdict any more. Limits of
 * time cost one timer a connection, which is looked at when it fires and not moved at each byte: it then finds
 * the moment that counts by now. There is no watermark on the input: libevent calls a reader again and again that
 * leaves as much as that. A request is served within its own arena, which goes with its reply.
 */
#include "http/http.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "http/inner.h"

enum {
	READ_MOST = 64 << 10,    /* bytes that wait to be looked at */
	READ_AT_ONCE = 4 << 10,  /* by libevent, at most */
	UNSENT_MOST = 256 << 10, /* of replies, before more requests are served */
	REPLY_MOST = 16 << 20,
	LINGER_US = 2000000, /* for a client to read our last words while it still sends */
	GRACE_US = 1000000   /* for a request that is on its way when the server is to end */
};

enum state {
	STATE_IDLE,     /* between requests */
	STATE_READING,  /* a request comes in */
	STATE_JUDGING,  /* its message is with the service */
	STATE_CLOSING,  /* when all replies are sent */
	STATE_LINGERING /* all is sent, and the client knows; what it still sends is thrown away */
};

struct http_connection {
	struct arena *arena;
	struct arena *request_arena; /* NULL between requests: thousands may lie idle */
	struct http_server *server;
	struct http_connection *next, **here; /* in the list of the server */
	struct span name;
	struct bufferevent *stream;
	struct event *timer; /* fires when a limit of time may be reached */
	struct event *turn;  /* goes on in the next turn of the loop */
	enum state state;
	bool is_reading;   /* there is room for what comes */
	bool is_rude;      /* it ends before the client has said all */
	bool has_said_all; /* the client has ended its side, and may still listen */

	uint64_t timer_us; /* when the timer fires */
	uint64_t since_us; /* when the state was entered, or a reply was sent */
	uint64_t heard_us; /* when the last bytes came or went */
	size_t unsent;     /* bytes, when the timer looked last */

	/* of the request under way */
	struct http_parser parser;
	const struct http_route *route; /* NULL: refused */
	enum http_method method;
	struct http_request request;
	struct msg_builder *bytes;
	uint64_t body_n;
	size_t taken; /* bytes that the service has granted */
	bool is_answered;
	bool is_feeding; /* the service is asked from inside of feed_piece(), which goes on by itself */
};

/* ---- time ---- */

static uint64_t to_us(double seconds)
{
	return (uint64_t)(seconds * 1e6);
}

/* When the connection has lasted for too long in what it does. */
static uint64_t find_limit(const struct http_connection *c)
{
	const struct http_settings *settings = c->server->settings;
	uint64_t silent = c->heard_us + to_us(settings->timeout);
	uint64_t whole = c->since_us + to_us(settings->request_timeout);
	uint64_t idle = to_us(settings->idle_timeout);

	if (c->state == STATE_JUDGING)
		return UINT64_MAX;
	if (c->state == STATE_LINGERING)
		return c->since_us + LINGER_US;
	if (c->state == STATE_IDLE && c->unsent == 0)
		return c->since_us + (c->server->is_hurried ? num_min(idle, GRACE_US) : idle);
	return silent < whole ? silent : whole;
}

static void arm_timer(struct http_connection *c, uint64_t now, uint64_t limit)
{
	uint64_t longest = to_us(c->server->settings->timeout), wait;
	struct timeval tv;

	if (limit == UINT64_MAX)
		limit = now + longest;
	c->timer_us = limit;
	/* a little later, so that it finds the limit passed */
	wait = limit > now ? limit - now + 1000 : 1000;
	tv.tv_sec = (time_t)(wait / 1000000);
	tv.tv_usec = (suseconds_t)(wait % 1000000);
	(void)evtimer_add(c->timer, &tv);
}

static void enter(struct http_connection *c, enum state state)
{
	uint64_t now = clock_monotonic_us(), limit;

	c->state = state;
	c->since_us = c->heard_us = now;
	c->unsent = evbuffer_get_length(bufferevent_get_output(c->stream));
	limit = find_limit(c);
	if (limit < c->timer_us)
		arm_timer(c, now, limit);
}

/* In the next turn of the loop: an event that is only made active would run before others are looked at. */
static void take_turn(struct http_connection *c)
{
	static const struct timeval now;

	(void)evtimer_add(c->turn, &now);
}

/* ---- one request ---- */

static void begin_request(struct http_connection *c)
{
	c->request_arena = arena_make();
	http_parser_init(&c->parser, c->request_arena);
	memset(&c->request, 0, sizeof(c->request));
	c->request.name = c->name;
	c->request.connection = c;
	c->route = NULL;
	c->method = HTTP_OTHER;
	c->bytes = NULL;
	c->body_n = 0;
	c->is_answered = false;
	enter(c, STATE_READING);
}

static void give_bytes(struct http_connection *c)
{
	const struct http_service *service = c->server->service;

	if (c->taken > 0)
		service->give_bytes(service->ctx, c->taken);
	c->taken = 0;
}

/* The reply is sent and the request, as far as it is known, at its end. */
static void end_request(struct http_connection *c)
{
	give_bytes(c);
	arena_free(c->request_arena);
	c->request_arena = NULL;
	enter(c, STATE_IDLE);
}

/* At once when nothing waits before it: what libevent sends costs a turn of the loop and two system calls. */
static void send_bytes(struct http_connection *c, struct span bytes)
{
	size_t unsent = evbuffer_get_length(bufferevent_get_output(c->stream));
	ssize_t n = 0;

	if (unsent == 0)
		n = send(bufferevent_getfd(c->stream), bytes.p, bytes.n,
			MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		bytes = span_from_offset(bytes, (size_t)n);
	if (bytes.n > 0)
		(void)bufferevent_write(c->stream, bytes.p, bytes.n);
}

/* A request whose body was not read to its end leaves bytes that nobody could tell from the next one. */
static void send_reply(struct http_connection *c, struct http_reply *reply)
{
	const struct http_head *head = &c->parser.head;
	bool is_whole = c->parser.phase == HTTP_PHASE_DONE ||
		(c->parser.phase == HTTP_PHASE_LENGTH && c->parser.left == 0);
	struct buf out;

	reply->is_closing =
		!is_whole || !head->keeps_alive || c->server->is_draining || c->has_said_all;
	reply->is_old = head->is_old;
	reply->is_rspamc = head->is_rspamc;
	reply->is_bodyless = c->method == HTTP_HEAD_ONLY;
	buf_init(&out, c->request_arena, REPLY_MOST + 1024);
	http_print_reply(&out, reply, clock_wall());
	must(!out.full);
	send_bytes(c, buf_span(&out));
	c->is_answered = true;
	if (!reply->is_closing)
		return;
	/* who keeps his connection may be saying something just now */
	c->is_rude =
		!c->has_said_all && (!is_whole || (head->keeps_alive && c->server->is_draining));
	give_bytes(c);
	enter(c, STATE_CLOSING);
	if (c->unsent == 0)
		take_turn(c);
}

static void send_error(struct http_connection *c, int status, const char *sentence,
	unsigned allowed)
{
	struct http_reply reply = {.status = status,
		.reason = sentence,
		.type = "application/json",
		.allowed = allowed};
	struct buf body;

	buf_init(&body, c->request_arena, REPLY_MOST);
	http_print_error(&body, status, sentence);
	reply.body = buf_span(&body);
	send_reply(c, &reply);
}

static void send_page(struct http_connection *c)
{
	struct http_page page = {.status = 200, .type = "text/plain"};
	struct http_reply reply = {0};

	buf_init(&page.text, c->request_arena, REPLY_MOST);
	c->route->print(c->server->service, &page);
	if (page.text.full) {
		send_error(c, 500, "The page is too large", 0);
		return;
	}
	reply.status = page.status;
	reply.type = page.type;
	reply.body = buf_span(&page.text);
	send_reply(c, &reply);
}

static void send_verdict(struct http_connection *c, const struct scan_verdict *verdict)
{
	const struct http_service *service = c->server->service;
	struct http_reply reply = {.status = 200, .type = "application/json"};
	struct buf body;

	buf_init(&body, c->request_arena, REPLY_MOST);
	http_print_verdict(&body, c->route->form, c->request.wants_objects, verdict,
		service->config(service->ctx), clock_monotonic_us() - c->since_us);
	if (body.full) {
		send_error(c, 500, "The verdict is too large", 0);
		return;
	}
	reply.body = buf_span(&body);
	send_reply(c, &reply);
}

/* ---- what comes ---- */

/* Why a request whose head is known is not served. */
static struct http_refusal find_refusal(struct http_connection *c, unsigned *allowed)
{
	const struct http_head *head = &c->parser.head;
	struct http_refusal refusal = {0};

	c->method = head->is_rspamc ? HTTP_RSPAMC : http_find_method(head->method);
	c->route = http_find_route(head->path, c->method, allowed, &refusal);
	if (c->route == NULL)
		return refusal;
	if (head->length > c->server->settings->message_most)
		return (struct http_refusal){413, "The message is too large"};
	if (c->route->print != NULL)
		return refusal;
	if (c->server->service->scan == NULL)
		return (struct http_refusal){501, "Messages are not taken here"};
	return http_read_request(c->request_arena, head, &c->request);
}

static void on_head(struct http_connection *c)
{
	unsigned allowed = 0;
	struct http_refusal refusal = find_refusal(c, &allowed);
	const struct http_head *head = &c->parser.head;

	if (refusal.status != 0) {
		c->route = NULL;
		send_error(c, refusal.status, refusal.sentence, allowed);
		return;
	}
	if (c->route->print == NULL)
		c->bytes = msg_builder_make(c->request_arena, c->server->settings->message_most);
	if (head->expects && head->has_body && !head->is_old)
		send_bytes(c, SPAN("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void on_body(struct http_connection *c, struct span piece)
{
	c->body_n += piece.n;
	if (c->body_n > c->server->settings->message_most)
		send_error(c, 413, "The message is too large", 0);
	else if (c->bytes != NULL)
		(void)msg_builder_add(c->bytes, piece);
}

static void on_message(struct http_connection *c)
{
	const struct http_service *service = c->server->service;

	c->request.input.arena = c->request_arena;
	c->request.input.bytes = msg_builder_bytes(c->bytes);
	enter(c, STATE_JUDGING);
	/* the reply may come from inside */
	service->scan(service->ctx, &c->request);
}

static void on_end(struct http_connection *c)
{
	if (c->is_answered) {
		end_request(c);
	} else if (c->route->print != NULL) {
		send_page(c);
		if (c->state == STATE_READING)
			end_request(c);
	} else if (c->route->form == HTTP_FORM_SKIP) {
		send_verdict(c, NULL);
		if (c->state == STATE_READING)
			end_request(c);
	} else {
		on_message(c);
	}
}

static void on_broken(struct http_connection *c)
{
	log_line(LOG_LEVEL_INFO, "http %.*s: refused: %s", SPAN_ARG(c->name), c->parser.sentence);
	send_error(c, c->parser.status, c->parser.sentence, 0);
}

static void take_event(struct http_connection *c, enum http_event event, struct span body)
{
	switch (event) {
	case HTTP_NOTHING:
		break;
	case HTTP_HEAD:
		on_head(c);
		break;
	case HTTP_BODY:
		on_body(c, body);
		break;
	case HTTP_END:
		on_end(c);
		break;
	case HTTP_BROKEN:
		on_broken(c);
		break;
	}
}

/* ---- bytes ---- */

/* True when the connection can take more of what has come. */
static bool is_open(const struct http_connection *c)
{
	return c->state == STATE_IDLE || c->state == STATE_READING;
}

/*
 * What is kept of the request by now, which is less than what has come (sizes of chunks, what stands behind them) or
 * more (copies of a buffer that has grown). Asked for behind each piece, and so before the message is judged.
 */
static bool charge(struct http_connection *c)
{
	const struct http_service *service = c->server->service;
	size_t used = arena_used(c->request_arena);

	if (service->take_bytes == NULL || c->is_answered ||
		(c->route != NULL && c->route->print != NULL) || used <= c->taken)
		return true;
	if (!service->take_bytes(service->ctx, used - c->taken))
		return false;
	c->taken = used;
	return true;
}

/* What the parser has just said is passed over, so nothing can follow on this connection. */
static void refuse_for_memory(struct http_connection *c)
{
	c->parser.head.keeps_alive = false;
	send_error(c, 503, "There is no memory for the message now: try again", 0);
}

/* One piece of the input to the parser. Returns how much of it was taken. */
static size_t feed_piece(struct http_connection *c, struct span piece)
{
	struct span rest = piece, body = {0};
	enum http_event event;

	c->is_feeding = true;
	do {
		if (c->state == STATE_IDLE)
			begin_request(c);
		event = http_parse(&c->parser, &rest, &body);
		if (charge(c))
			take_event(c, event, body);
		else
			refuse_for_memory(c);
	} while (is_open(c) && (rest.n > 0 || c->state == STATE_READING) && event != HTTP_NOTHING);
	c->is_feeding = false;
	return piece.n - rest.n;
}

/* Whoever does not read his replies is not read either. */
static bool may_go_on(const struct http_connection *c)
{
	return is_open(c) && evbuffer_get_length(bufferevent_get_output(c->stream)) <= UNSENT_MOST;
}

/* Reads on as long as there is room for what comes. */
static void set_reading(struct http_connection *c)
{
	bool has_room = evbuffer_get_length(bufferevent_get_input(c->stream)) < READ_MOST;

	if (has_room == c->is_reading)
		return;
	c->is_reading = has_room;
	if (has_room)
		(void)bufferevent_enable(c->stream, EV_READ);
	else
		(void)bufferevent_disable(c->stream, EV_READ);
}

/* Everything that can be done now with what has come. */
static void go_on(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct evbuffer_iovec piece;

	while (may_go_on(c) && evbuffer_peek(input, READ_MOST, NULL, &piece, 1) > 0)
		(void)evbuffer_drain(input,
			feed_piece(c, span_from(piece.iov_base, piece.iov_len)));
	if (c->state >= STATE_CLOSING)
		(void)evbuffer_drain(input, evbuffer_get_length(input));
	set_reading(c);
}

/*
 * libevent reads 4 KiB at a time, whatever it is told, and a message is several of them: what else has come is read
 * here in one call, and goes to the parser without a copy.
 */
static void read_more(struct http_connection *c)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	struct span rest;
	ssize_t n;

	if (!may_go_on(c) || evbuffer_get_length(input) > 0)
		return;
	n = recv(bufferevent_getfd(c->stream), c->server->space, HTTP_SPACE, MSG_DONTWAIT);
	if (n <= 0) /* the end and errors are libevent's to see */
		return;
	rest = span_from(c->server->space, (size_t)n);
	while (may_go_on(c) && rest.n > 0)
		rest = span_from_offset(rest, feed_piece(c, rest));
	if (rest.n > 0 && c->state < STATE_CLOSING)
		(void)evbuffer_add(input, rest.p, rest.n);
	set_reading(c);
}

static void close_connection(struct http_connection *c)
{
	struct http_server *server = c->server;
	const struct http_service *service = server->service;

	if (c->state == STATE_JUDGING)
		service->cancel(service->ctx, &c->request);
	give_bytes(c);
	*c->here = c->next;
	if (c->next != NULL)
		c->next->here = c->here;
	server->connection_count--;
	event_free(c->timer);
	event_free(c->turn);
	bufferevent_free(c->stream);
	arena_free(c->request_arena);
	arena_free(c->arena);
	if (service->closed != NULL)
		service->closed(service->ctx);
}

static void on_read(struct bufferevent *stream, void *ctx)
{
	struct http_connection *c = ctx;
	bool is_full = evbuffer_get_length(bufferevent_get_input(stream)) >= READ_AT_ONCE;

	if (c->state == STATE_READING)
		c->heard_us = clock_monotonic_us();
	go_on(c);
	if (is_full)
		read_more(c);
}

/* All replies have been sent. */
static void on_sent(struct http_connection *c)
{
	c->unsent = 0;
	if (c->state == STATE_CLOSING && c->is_rude) {
		/* closed at once, what still comes would make the client's system throw our reply away */
		(void)shutdown(bufferevent_getfd(c->stream), SHUT_WR);
		enter(c, STATE_LINGERING);
	} else if (c->state == STATE_CLOSING) {
		close_connection(c);
	} else {
		go_on(c);
	}
}

static void on_write(struct bufferevent *stream, void *ctx)
{
	on_sent(ctx);
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct http_connection *c = ctx;

	if (evbuffer_get_length(bufferevent_get_output(c->stream)) == 0)
		on_sent(c);
	else
		go_on(c);
}

/* The end of what the client says need not be the end of the connection: `nc -N` waits for its reply. */
static bool may_listen(struct bufferevent *stream)
{
	struct pollfd fd = {.fd = bufferevent_getfd(stream)};

	return poll(&fd, 1, 0) != -1 && (fd.revents & (POLLHUP | POLLERR)) == 0;
}

/* The client has gone, or will say nothing more: then it may still read the replies that are on their way. */
static void on_gone(struct bufferevent *stream, short what, void *ctx)
{
	struct http_connection *c = ctx;
	bool has_unsent = evbuffer_get_length(bufferevent_get_output(stream)) > 0;

	if ((what & BEV_EVENT_EOF) != 0 && c->state == STATE_JUDGING && may_listen(stream)) {
		c->has_said_all = true;
		return;
	}
	if ((what & BEV_EVENT_EOF) == 0 || !has_unsent || c->state == STATE_JUDGING) {
		close_connection(c);
		return;
	}
	c->is_rude = false;
	if (c->state != STATE_CLOSING)
		enter(c, STATE_CLOSING);
}

/* A limit is passed. */
static void on_expiry(struct http_connection *c)
{
	if (c->state != STATE_READING || c->is_answered) {
		close_connection(c);
		return;
	}
	log_line(LOG_LEVEL_INFO, "http %.*s: refused: the request took too long",
		SPAN_ARG(c->name));
	send_error(c, 408, "The request took too long", 0);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct http_connection *c = ctx;
	uint64_t now = clock_monotonic_us();
	size_t unsent = evbuffer_get_length(bufferevent_get_output(c->stream));

	c->timer_us = UINT64_MAX;
	if (unsent < c->unsent) /* slowly, but it is read */
		c->heard_us = now;
	c->unsent = unsent;
	if (now >= find_limit(c))
		on_expiry(c);
	else
		arm_timer(c, now, find_limit(c));
}

/* ---- answers ---- */

/* With the state in which it is now, goes on with what waits behind the request. */
static void end_judging(struct http_connection *c)
{
	if (c->state == STATE_CLOSING)
		return;
	end_request(c);
	if (!c->is_feeding && evbuffer_get_length(bufferevent_get_input(c->stream)) > 0)
		take_turn(c);
}

void http_answer(struct http_request *request, const struct scan_verdict *verdict)
{
	struct http_connection *c = request->connection;

	must(c->state == STATE_JUDGING && !c->is_answered);
	send_verdict(c, verdict);
	end_judging(c);
}

void http_fail(struct http_request *request, int status, const char *sentence)
{
	struct http_connection *c = request->connection;

	must(c->state == STATE_JUDGING && !c->is_answered);
	send_error(c, status, sentence, 0);
	end_judging(c);
}

/* ---- open and close ---- */

void http_connection_open(struct http_server *server, int fd, struct span name)
{
	struct arena *a = arena_make();
	struct http_connection *c = ARENA_NEW(a, struct http_connection);
	int on = 1;

	c->arena = a;
	c->server = server;
	c->name = arena_copy(a, name);
	c->stream = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->timer = evtimer_new(server->base, on_timer, c);
	c->turn = evtimer_new(server->base, on_turn, c);
	must(c->stream != NULL && c->timer != NULL && c->turn != NULL);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->next = server->connections;
	c->here = &server->connections;
	if (c->next != NULL)
		c->next->here = &c->next;
	server->connections = c;
	server->connection_count++;
	if (server->service->opened != NULL)
		server->service->opened(server->service->ctx);
	c->timer_us = UINT64_MAX;
	enter(c, STATE_IDLE);
	bufferevent_setcb(c->stream, on_read, on_write, on_gone, c);
	(void)bufferevent_enable(c->stream, EV_READ | EV_WRITE);
	c->is_reading = true;
}

/*
 * Clients may have sent a request that is not here yet, above all those who have just connected: closed at once,
 * they would see a reset. Their reply tells them that it is the last one.
 */
void http_connections_drain(struct http_server *server)
{
	for (struct http_connection *c = server->connections; c != NULL; c = c->next)
		if (c->state == STATE_IDLE)
			enter(c, c->unsent == 0 ? STATE_IDLE : STATE_CLOSING);
}

void http_connections_close(struct http_server *server)
{
	while (server->connections != NULL)
		close_connection(server->connections);
}
