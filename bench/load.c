/*
 * winnow-load milter|http PORT MESSAGE [connections=4] [messages=10000] [rate=N] [each=N]
 *
 * Has a message judged many times, and prints one line of JSON: how many a second, how long they took, what
 * was refused, and the CPU time of this program. Without a rate each connection sends its next message when
 * it has the verdict on the last (a closed loop). With one, messages are due at random moments, on average so
 * many a second, whether those before them have their verdict or not; the time of a message counts from the
 * moment when it was due, so that waiting for a connection is not hidden. each=N: a connection is closed after
 * so many messages, as mail servers do it after a session.
 */
#include "bench/load.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REPLY_MOST = 256 << 10,
	CONNECTIONS_MOST = 10000,
	MESSAGES_MOST = 100000000,
	EVENTS_AT_ONCE = 64,
	FAILURES_MOST = 1000 /* in a row: nobody is there */
};

struct plan {
	struct load_dialogue dialogue;
	uint64_t port, connections, messages, rate, each;
};

struct connection {
	struct load *load;
	struct connection *next_idle;
	int fd;
	bool is_opening; /* the reply to the opening is awaited */
	bool is_busy;    /* a message is under way */
	bool has_greeted;
	uint64_t count;   /* messages so far */
	size_t turn;      /* of the message under way */
	struct buf out;   /* put together only where a greeting stands in front */
	struct span rest; /* still to be sent */
	size_t message;   /* number of the one under way */
	char *reply;      /* REPLY_MOST bytes */
	size_t reply_n;
};

struct load {
	const struct plan *plan;
	int epoll;
	struct connection *idle;
	uint64_t *due;      /* when each message is due or was begun, microseconds */
	uint32_t *duration; /* microseconds of each that is done */
	size_t begun, done, failed, refused;
	size_t failures_in_a_row;
};

static void die(const char *what)
{
	(void)fprintf(stderr, "winnow-load: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- a connection ---- */

static void say(struct connection *c);

static void watch(struct connection *c, int how, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	if (epoll_ctl(c->load->epoll, how, c->fd, &event) == -1)
		die("epoll_ctl");
}

static void dial(struct connection *c)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)c->load->plan->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd == -1 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		die("connect");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(c, EPOLL_CTL_ADD, EPOLLIN);
	c->reply_n = 0;
	c->count = 0;
	c->turn = 0;
	c->has_greeted = false;
	c->is_opening = c->load->plan->dialogue.opening.n > 0;
	c->rest = c->load->plan->dialogue.opening;
}

static void hang_up(struct connection *c)
{
	struct span bye = c->load->plan->dialogue.farewell;

	if (bye.n > 0)
		(void)send(c->fd, bye.p, bye.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(c->fd);
	c->fd = -1;
}

static void rest(struct connection *c)
{
	c->is_busy = false;
	c->next_idle = c->load->idle;
	c->load->idle = c;
}

/* The message under way is lost, and the connection with it. */
static void fail(struct connection *c)
{
	struct load *l = c->load;

	if (++l->failures_in_a_row > FAILURES_MOST) {
		(void)fprintf(stderr, "winnow-load: no message gets through\n");
		exit(1);
	}
	(void)close(c->fd);
	c->fd = -1;
	if (!c->is_busy)
		return;
	l->duration[l->done++] = UINT32_MAX;
	l->failed++;
	rest(c);
}

/* ---- saying ---- */

static void take_turn(struct connection *c)
{
	const struct load_dialogue *d = &c->load->plan->dialogue;

	c->rest = d->turns[c->turn];
	if (!c->has_greeted && d->greeting.n > 0) {
		buf_clear(&c->out);
		buf_add(&c->out, d->greeting);
		buf_add(&c->out, d->turns[0]);
		c->rest = buf_span(&c->out);
	}
	c->has_greeted = true;
	say(c);
}

static void say(struct connection *c)
{
	bool is_late = false;

	while (c->rest.n > 0) {
		ssize_t n = send(c->fd, c->rest.p, c->rest.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == -1 && errno != EAGAIN) {
			fail(c);
			return;
		}
		if (n == -1) {
			watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
			return;
		}
		is_late |= (size_t)n < c->rest.n;
		c->rest = span_from_offset(c->rest, (size_t)n);
	}
	if (is_late)
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void begin(struct connection *c, size_t message)
{
	c->is_busy = true;
	c->message = message;
	c->turn = 0;
	if (c->fd == -1)
		dial(c);
	if (c->is_opening)
		say(c);
	else
		take_turn(c);
}

/* ---- hearing ---- */

static void end_message(struct connection *c, bool is_refused, bool is_last)
{
	struct load *l = c->load;
	uint64_t each = l->plan->each;

	l->duration[l->done++] = (uint32_t)(clock_monotonic_us() - l->due[c->message]);
	l->refused += is_refused;
	l->failures_in_a_row = 0;
	c->count++;
	if (is_last || (each > 0 && c->count >= each))
		hang_up(c);
	rest(c);
}

static void on_reply(struct connection *c, enum load_heard heard)
{
	c->reply_n = 0;
	if (c->is_opening) {
		c->is_opening = false;
		take_turn(c);
	} else if (heard == LOAD_HEARD_REPLY && c->turn + 1 < c->load->plan->dialogue.turn_count) {
		c->turn++;
		take_turn(c);
	} else {
		end_message(c, heard == LOAD_HEARD_REFUSAL, heard == LOAD_HEARD_LAST);
	}
}

static void hear(struct connection *c)
{
	ssize_t n = recv(c->fd, c->reply + c->reply_n, REPLY_MOST - c->reply_n, MSG_DONTWAIT);
	enum load_heard heard;

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		fail(c);
		return;
	}
	c->reply_n += (size_t)n;
	heard = load_hear(&c->load->plan->dialogue, span_from(c->reply, c->reply_n));
	if (heard == LOAD_HEARD_NONSENSE || (heard == LOAD_HEARD_PART && c->reply_n == REPLY_MOST))
		fail(c);
	else if (heard != LOAD_HEARD_PART)
		on_reply(c, heard);
}

static void on_event(struct connection *c, uint32_t events)
{
	if ((events & EPOLLOUT) != 0 && c->fd != -1)
		say(c);
	if ((events & ~(uint32_t)EPOLLOUT) != 0 && c->fd != -1)
		hear(c);
}

/* ---- when messages are due ---- */

/* Gaps between independent senders; always the same ones, for runs to be alike. */
static double next_gap(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return -log(((double)(*seed >> 11) + 1) / 9007199254740993.0);
}

static void plan_moments(struct load *l)
{
	uint64_t seed = 7;
	double at = (double)clock_monotonic_us() + 10000;

	for (size_t i = 0; i < l->plan->messages; i++) {
		at += next_gap(&seed) * 1e6 / (double)l->plan->rate;
		l->due[i] = (uint64_t)at;
	}
}

/* Begins what is due where a connection is free. */
static void begin_due(struct load *l)
{
	while (l->begun < l->plan->messages && l->idle != NULL) {
		struct connection *c = l->idle;
		uint64_t now = clock_monotonic_us();

		if (l->plan->rate == 0)
			l->due[l->begun] = now;
		else if (l->due[l->begun] > now)
			return;
		l->idle = c->next_idle;
		begin(c, l->begun++);
	}
}

static void wait_events(struct load *l)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	struct timespec most = {.tv_sec = 30}, *wait = &most;
	int n;

	if (l->idle != NULL && l->begun < l->plan->messages) {
		uint64_t now = clock_monotonic_us(), due = l->due[l->begun];
		uint64_t us = due > now ? due - now : 0;

		most = (struct timespec){(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
	}
	n = epoll_pwait2(l->epoll, events, EVENTS_AT_ONCE, wait, NULL);
	if (n == -1 && errno != EINTR)
		die("epoll_pwait2");
	if (n == 0 && most.tv_sec == 30) {
		errno = ETIMEDOUT;
		die("waiting for a verdict");
	}
	for (int i = 0; i < n; i++)
		on_event(events[i].data.ptr, events[i].events);
}

/* ---- the whole ---- */

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_result(const struct load *l, uint64_t microseconds)
{
	size_t n = l->done;
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	qsort(l->duration, n, sizeof(*l->duration), compare);
	(void)printf("{\"messages\":%zu,\"failed\":%zu,\"refused\":%zu,\"seconds\":%.6f,"
		     "\"p50_us\":%u,\"p99_us\":%u,\"most_us\":%u,\"cpu_us\":%.0f}\n",
		n, l->failed, l->refused, (double)microseconds / 1e6, l->duration[n / 2],
		l->duration[n - 1 - n / 100], l->duration[n - 1],
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec));
}

static void run(struct arena *a, const struct plan *plan)
{
	struct load *l = ARENA_NEW(a, struct load);
	struct connection *connections = ARENA_ARRAY(a, struct connection, plan->connections);
	uint64_t started;

	l->plan = plan;
	l->due = ARENA_ARRAY(a, uint64_t, plan->messages);
	l->duration = ARENA_ARRAY(a, uint32_t, plan->messages);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll == -1)
		die("epoll_create1");
	for (size_t i = 0; i < plan->connections; i++) {
		struct connection *c = &connections[i];

		c->load = l;
		c->reply = arena_alloc_raw(a, REPLY_MOST);
		buf_init(&c->out, a, 64 << 20);
		dial(c);
		rest(c);
	}
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	if (plan->rate > 0)
		plan_moments(l);
	started = clock_monotonic_us();
	while (l->done < plan->messages) {
		begin_due(l);
		if (l->done < plan->messages)
			wait_events(l);
	}
	print_result(l, clock_monotonic_us() - started);
}

static bool read_argument(struct plan *plan, struct span text)
{
	const struct {
		struct span name;
		uint64_t least, most;
		uint64_t *value;
	} rows[] = {
		{SPAN("connections="), 1, CONNECTIONS_MOST, &plan->connections},
		{SPAN("messages="), 1, MESSAGES_MOST, &plan->messages},
		{SPAN("rate="), 0, 1000000, &plan->rate},
		{SPAN("each="), 0, MESSAGES_MOST, &plan->each},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (span_starts(text, rows[i].name))
			return num_parse_u64(span_from_offset(text, rows[i].name.n), rows[i].most,
				       rows[i].value) &&
				*rows[i].value >= rows[i].least;
	return false;
}

static bool read_arguments(struct arena *a, int argc, char **argv, struct plan *plan)
{
	bool is_milter = argc > 1 && strcmp(argv[1], "milter") == 0;
	struct span message;
	struct why why;

	if (argc < 4 || (!is_milter && strcmp(argv[1], "http") != 0) ||
		!num_parse_u64(span_of(argv[2]), 65535, &plan->port))
		return false;
	for (int i = 4; i < argc; i++)
		if (!read_argument(plan, span_of(argv[i])))
			return false;
	if (file_read(a, argv[3], 64 << 20, &message, &why) != RC_OK) {
		(void)fprintf(stderr, "winnow-load: %s\n", why.text);
		return false;
	}
	load_dialogue_make(a, is_milter ? LOAD_MILTER : LOAD_HTTP, message, &plan->dialogue);
	return true;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_make();
	struct plan plan = {.connections = 4, .messages = 10000};

	if (!read_arguments(a, argc, argv, &plan)) {
		(void)fprintf(stderr,
			"usage: winnow-load milter|http PORT MESSAGE [connections=4] "
			"[messages=10000] [rate=N] [each=N]\n");
		arena_free(a);
		return 2;
	}
	run(a, &plan);
	arena_free(a);
	return 0;
}
