/*
 * The supervisor: the process that the administrator starts and signals. It parses nothing that comes from
 * outside, keeps what must outlive a configuration (listening sockets, the log, the board), and starts a
 * loader for each configuration.
 *
 *	SIGHUP		a new loader; when it is ready the old one drains; when it fails the old one stays
 *	SIGUSR1		the log file is opened again
 *	SIGTERM, SIGINT	the end: messages under way get their answer; the second time at once
 */
#include "serve/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/systemd.h"

enum {
	LOADERS_MOST = 8,   /* one serves, one loads, the others drain */
	LOAD_SECONDS = 120, /* that a configuration may take until it is served */
	STOP_SECONDS = 15,
	RETRY_SECONDS = 5, /* when there is no room for another process */
	PAUSE_SECONDS_MOST = 30,
	TICK_MS = 1000,
};

enum loader_state { ABSENT, LOADING, SERVING, DRAINING };

struct loader {
	enum loader_state state;
	unsigned number;
	pid_t pid;
	int channel;
	bool is_dropped;          /* it was told to end before it was ready */
	uint64_t started, end_at; /* monotonic microseconds; end_at 0: no haste */
	/* what it has told, until it is ready */
	struct serve_sockets sockets;
	struct log_target log;
	uint64_t drain_us;
};

struct supervisor {
	struct serve_family family;
	struct arena *arena;
	struct loader loaders[LOADERS_MOST];
	unsigned last_number;
	int signals;
	bool must_reload; /* once more, when the one that loads is ready */
	bool is_ending, is_served;
	unsigned deaths;   /* of loaders, one after the other */
	uint64_t start_at; /* of one that has died; 0: none is to be started */
	bool has_failed;   /* the first one has: the program ends with it */
};

static struct loader *find_loader(struct supervisor *s, enum loader_state state)
{
	for (size_t i = 0; i < LOADERS_MOST; i++)
		if (s->loaders[i].state == state)
			return &s->loaders[i];
	return NULL;
}

static size_t count_loaders(const struct supervisor *s)
{
	size_t n = 0;

	for (size_t i = 0; i < LOADERS_MOST; i++)
		n += s->loaders[i].state != ABSENT;
	return n;
}

static void tell_all(struct supervisor *s, enum channel_word word, int fd)
{
	for (size_t i = 0; i < LOADERS_MOST; i++)
		if (s->loaders[i].state != ABSENT)
			(void)channel_send(s->loaders[i].channel, word, SPAN(""), fd);
}

/* ---- loaders ---- */

/* In the child: nothing of the other loaders is its business. */
static int run_loader(struct supervisor *s, int channel)
{
	for (size_t i = 0; i < LOADERS_MOST; i++)
		if (s->loaders[i].state != ABSENT)
			(void)close(s->loaders[i].channel);
	(void)close(s->signals);
	return serve_loader_run(&s->family, channel, s->last_number, !s->is_served);
}

/* False when it has said why there is none. */
static bool start_loader(struct supervisor *s)
{
	struct loader *l = find_loader(s, ABSENT);
	int ends[2];
	pid_t pid;

	if (l == NULL) {
		log_line(LOG_LEVEL_ERROR,
			"too many configurations have sessions that are open: try again later");
		return false;
	}
	if (!channel_make(ends)) {
		log_line(LOG_LEVEL_ERROR, "no process can be started: %s", strerror(errno));
		return false;
	}
	s->last_number++;
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		exit(run_loader(s, ends[1]));
	}
	(void)close(ends[1]);
	if (pid == -1) {
		log_line(LOG_LEVEL_ERROR, "no process can be started: %s", strerror(errno));
		(void)close(ends[0]);
		return false;
	}
	*l = (struct loader){
		.state = LOADING,
		.number = s->last_number,
		.pid = pid,
		.channel = ends[0],
		.started = clock_monotonic_us(),
		.end_at = clock_monotonic_us() + LOAD_SECONDS * 1000000ULL,
	};
	return true;
}

/* In the place of one that has died. */
static void start_again(struct supervisor *s)
{
	s->start_at = 0;
	if (!start_loader(s))
		s->start_at = clock_monotonic_us() + RETRY_SECONDS * 1000000ULL;
}

static void reload(struct supervisor *s)
{
	struct loader *loading = find_loader(s, LOADING);

	if (loading != NULL) {
		s->must_reload = true;
		/* what it builds is out of date, and it may be one that never gets ready */
		loading->is_dropped = s->is_served;
		if (loading->is_dropped)
			(void)channel_send(loading->channel, CHANNEL_STOP, SPAN(""), -1);
		return;
	}
	s->must_reload = false;
	systemd_notify_reloading();
	if (!start_loader(s))
		systemd_notify("READY=1");
}

static void drain(struct loader *l)
{
	l->state = DRAINING;
	l->end_at = clock_monotonic_us() + l->drain_us + STOP_SECONDS * 1000000ULL;
	(void)channel_send(l->channel, CHANNEL_DRAIN, SPAN(""), -1);
}

static void tell_ready(const struct supervisor *s, const struct loader *l, struct span sandbox)
{
	struct arena *a = arena_make();

	log_line(LOG_LEVEL_NOTICE, "winnow %s is ready%s: %.*s; %zu workers%s%.*s", WINNOW_VERSION,
		s->is_served ? " with the new configuration" : "",
		SPAN_ARG(serve_sockets_print(a, &s->family.sockets)),
		board_worker_count(s->family.board, l->number), sandbox.n > 0 ? ", " : "",
		SPAN_ARG(sandbox));
	arena_free(a);
}

/* It serves: what it has told takes the place of what was. */
static void promote(struct supervisor *s, struct loader *l, struct span sandbox)
{
	struct loader *old = find_loader(s, SERVING);
	struct why why;

	serve_sockets_close(&s->family.sockets, &l->sockets);
	s->family.sockets = l->sockets;
	if (log_open(&l->log, &why) != RC_OK)
		log_line(LOG_LEVEL_ERROR, "%s", why.text);
	l->state = SERVING;
	l->end_at = 0;
	if (old != NULL)
		drain(old);
	atomic_store(&s->family.board->generation, l->number);
	tell_ready(s, l, sandbox);
	s->is_served = true;
	systemd_notify("READY=1");
	if (s->must_reload)
		reload(s);
}

/* One that listens already stays the descriptor that it is. */
static void keep_socket(struct supervisor *s, struct loader *l, const struct channel_note *note)
{
	struct serve_socket *socket = &l->sockets.v[l->sockets.n];
	const struct serve_socket *old;

	must(note->n == sizeof(*socket) && l->sockets.n < SERVE_SOCKETS_MOST);
	if (note->fd == -1) {
		log_line(LOG_LEVEL_ERROR,
			"a socket cannot be kept: too many descriptors are open (LimitNOFILE=, ulimit -n)");
		(void)channel_send(l->channel, CHANNEL_END, SPAN(""), -1);
		l->is_dropped = true;
		return;
	}
	l->sockets.n++;
	memcpy(socket, note->text, sizeof(*socket));
	socket->fd = note->fd;
	old = serve_sockets_find(&s->family.sockets, span_of(socket->name));
	if (old == NULL)
		return;
	(void)close(socket->fd);
	socket->fd = old->fd;
}

static void take_note(struct supervisor *s, struct loader *l, struct channel_note *note)
{
	if (note->fd != -1 && note->word != CHANNEL_LISTENS)
		(void)close(note->fd);
	switch (note->word) {
	case CHANNEL_LISTENS:
		keep_socket(s, l, note);
		break;
	case CHANNEL_LOG:
		must(note->n == sizeof(l->log));
		memcpy(&l->log, note->text, sizeof(l->log));
		break;
	case CHANNEL_DRAIN_TIME:
		must(note->n == sizeof(l->drain_us));
		memcpy(&l->drain_us, note->text, sizeof(l->drain_us));
		break;
	case CHANNEL_READY:
		if (l->state == LOADING && !l->is_dropped)
			promote(s, l, span_from(note->text, note->n));
		break;
	case CHANNEL_DRAIN:
	case CHANNEL_STOP:
	case CHANNEL_END:
		panic("a note that the supervisor does not get");
	}
}

static void hear_loaders(struct supervisor *s)
{
	struct channel_note note;

	for (size_t i = 0; i < LOADERS_MOST; i++)
		while (s->loaders[i].state != ABSENT &&
			channel_receive(s->loaders[i].channel, &note) == CHANNEL_NOTE)
			take_note(s, &s->loaders[i], &note);
}

/* ---- the end of loaders ---- */

static void refuse_configuration(struct supervisor *s, struct loader *l)
{
	serve_sockets_close(&l->sockets, &s->family.sockets);
	if (!s->is_served) {
		s->has_failed = true;
		return;
	}
	board_count(&s->family.board->reload_failures, 1);
	if (find_loader(s, SERVING) == NULL) {
		s->start_at = clock_monotonic_us() + PAUSE_SECONDS_MOST * 1000000ULL;
		return;
	}
	if (s->must_reload) {
		reload(s);
		return;
	}
	log_line(LOG_LEVEL_ERROR,
		"the new configuration is not taken, the one before stays in effect");
	systemd_notify("READY=1");
}

/* The one that serves has died: mail waits in the sockets until another one is ready. */
static void replace_dead(struct supervisor *s, const struct loader *l)
{
	uint64_t now = clock_monotonic_us();
	unsigned pause;

	if (now - l->started > 60 * 1000000ULL)
		s->deaths = 0;
	pause = s->deaths == 0 ? 0 : 1U << num_min(s->deaths - 1, 4);
	s->deaths++;
	s->start_at = now + 1 + pause * 1000000ULL;
}

static void bury(struct supervisor *s, struct loader *l, int status)
{
	struct loader dead = *l;

	(void)close(l->channel);
	l->state = ABSENT;
	if (s->is_ending) {
		if (dead.state == LOADING)
			serve_sockets_close(&dead.sockets, NULL);
		return;
	}
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "loader %d died: signal %d (%s)", (int)dead.pid,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (dead.state == LOADING)
		refuse_configuration(s, &dead);
	else if (dead.state == SERVING)
		replace_dead(s, &dead);
	else
		log_line(LOG_LEVEL_INFO, "the last session of the configuration before has ended");
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	/* what it has told comes before its end */
	hear_loaders(s);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < LOADERS_MOST; i++)
			if (s->loaders[i].state != ABSENT && s->loaders[i].pid == pid)
				bury(s, &s->loaders[i], status);
}

/* ---- signals ---- */

static void reopen_log(struct supervisor *s)
{
	struct why why;

	if (log_reopen(&why) != RC_OK) {
		log_line(LOG_LEVEL_ERROR, "%s", why.text);
		return;
	}
	tell_all(s, CHANNEL_LOG, log_fd());
}

static void end(struct supervisor *s)
{
	uint64_t end_at = clock_monotonic_us() + STOP_SECONDS * 1000000ULL;

	if (s->is_ending) {
		tell_all(s, CHANNEL_END, -1);
		end_at = clock_monotonic_us() + 1000000;
	} else {
		systemd_notify("STOPPING=1");
		log_line(LOG_LEVEL_NOTICE, "ending");
		serve_sockets_close(&s->family.sockets, NULL);
		s->family.sockets.n = 0;
		tell_all(s, CHANNEL_STOP, -1);
	}
	s->is_ending = true;
	for (size_t i = 0; i < LOADERS_MOST; i++)
		s->loaders[i].end_at = end_at;
}

static void take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !s->is_ending)
			reload(s);
		else if (info.ssi_signo == SIGUSR1)
			reopen_log(s);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			end(s);
	}
}

static int watch_signals(void)
{
	static const int all[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT, SIGCHLD};
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	sigset_t set;

	/* who reads our log may be gone: that is an error of write(), not of the process */
	(void)sigaction(SIGPIPE, &ignored, NULL);
	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		(void)sigaddset(&set, all[i]);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* ---- the whole ---- */

/* Loaders that should have ended long ago. */
static void end_overdue(struct supervisor *s)
{
	uint64_t now = clock_monotonic_us();

	for (size_t i = 0; i < LOADERS_MOST; i++) {
		struct loader *l = &s->loaders[i];

		if (l->state == ABSENT || l->end_at == 0 || l->end_at > now)
			continue;
		/* its children see the end of their channel, and end */
		(void)kill(l->pid, SIGKILL);
	}
}

static void wait_for_news(const struct supervisor *s)
{
	struct pollfd fds[LOADERS_MOST + 1] = {{.fd = s->signals, .events = POLLIN}};
	uint64_t now = clock_monotonic_us();
	int most = TICK_MS;
	nfds_t n = 1;

	for (size_t i = 0; i < LOADERS_MOST; i++)
		if (s->loaders[i].state == LOADING)
			fds[n++] = (struct pollfd){.fd = s->loaders[i].channel, .events = POLLIN};
	if (s->start_at != 0 && s->start_at < now + TICK_MS * 1000)
		most = s->start_at <= now ? 0 : (int)((s->start_at - now) / 1000) + 1;
	(void)poll(fds, n, most);
}

static void look_after(struct supervisor *s)
{
	while (!s->has_failed && (!s->is_ending || count_loaders(s) > 0)) {
		if (s->start_at != 0 && s->start_at <= clock_monotonic_us() && !s->is_ending)
			start_again(s);
		wait_for_news(s);
		hear_loaders(s);
		take_signals(s);
		reap(s);
		end_overdue(s);
		systemd_watchdog();
		log_tell_lost();
	}
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

enum rc serve_run(const struct serve_input *input)
{
	struct arena *a = arena_make();
	struct supervisor *s = ARENA_NEW(a, struct supervisor);
	bool has_failed;

	s->arena = a;
	s->family.input = input;
	s->family.board = board_make();
	s->signals = watch_signals();
	must(s->signals != -1);
	raise_descriptors();
	(void)prctl(PR_SET_NAME, "winnow");
	/* read here, for they are meant for this process alone */
	(void)systemd_socket_count();
	s->has_failed = !start_loader(s);
	look_after(s);
	has_failed = s->has_failed;
	if (!has_failed)
		log_line(LOG_LEVEL_NOTICE, "ended");
	(void)close(s->signals);
	arena_free(a);
	return has_failed ? RC_INVALID : RC_OK;
}
