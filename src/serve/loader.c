/*
 * A loader: builds one generation and keeps its processes alive. Workers are forked from it, so that they
 * share what it has loaded, and so that a new one costs no more than the fork.
 *
 * DESIGN: it waits in poll() and has no event loop: a process that forks others all its life had better not
 * share the state of a loop with them.
 */
#include "serve/inner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks/checks.h"
#include "dns/dns.h"

enum {
	CHILDREN_MOST = SERVE_WORKERS_MOST + 2,
	STEADY_SECONDS = 60, /* a process that has lived that long starts at once when it dies */
	PAUSE_SECONDS_MOST = 30, /* between two starts of one that dies at once */
	STARTS_MOST = 3,         /* of a process, before the configuration has ever been served */
	HANG_SECONDS = 60,       /* without a turn of its loop: it is ended then */
	TICK_MS = 1000,
	PORTS_MOST = 32,
};

enum role { WORKER, KEEPER, HOSTS };

static const char *const names[] = {"worker", "keeper", "hosts"};
static const char *const titles[] = {"winnow-worker", "winnow-keeper", "winnow-hosts"};

struct child {
	enum role role;
	pid_t pid;   /* 0: it is to be started */
	int channel; /* -1 with pid 0 */
	struct board_slot *slot;
	uint64_t started, start_at; /* monotonic microseconds */
	unsigned deaths;            /* one after the other */
	bool is_ready, is_hanging;
};

struct loader {
	struct serve_family *family;
	unsigned number;
	bool is_first, is_ending, is_ready, has_failed;
	int channel, signals;
	struct arena *arena;
	struct serve_generation *generation;
	const struct serve_settings *settings; /* of the generation */
	struct dns_lists *lists;               /* or NULL */
	struct serve_sockets sockets;
	struct sandbox_user user;
	struct span sandbox; /* what protects the workers, in words */
	struct child children[CHILDREN_MOST];
	size_t child_count;
};

/* ---- start ---- */

/* What is wrong with a configuration, for whoever is there to read it. */
static void tell_report(const struct loader *l, const struct conf_report *report)
{
	struct buf text;

	if (l->is_first) {
		buf_init(&text, l->arena, 1 << 20);
		conf_report_print(&text, report);
		(void)file_write_fd(STDERR_FILENO, buf_span(&text));
		return;
	}
	for (size_t i = 0; i < report->messages.n; i++)
		log_line(report->messages.v[i].is_error ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
			"%.*s", SPAN_ARG(report->messages.v[i].text));
}

static void tell(const struct loader *l, const struct why *why)
{
	struct span text = arena_printf(l->arena, "winnow: %s\n", why->text);

	if (l->is_first)
		(void)file_write_fd(STDERR_FILENO, text);
	else
		log_line(LOG_LEVEL_ERROR, "%s", why->text);
}

static bool load(struct loader *l)
{
	struct conf_report report;

	conf_report_init(&report, l->arena);
	l->generation = serve_generation_make(l->family->input, &report);
	tell_report(l, &report);
	l->settings = l->generation->settings;
	l->lists = serve_lists_make(l->generation);
	/* before there is a worker that asks them */
	if (report.errors == 0)
		dns_sources_look(l->settings->dns);
	return report.errors == 0;
}

/* The supervisor keeps what must outlive this generation. */
static bool hand_over(const struct loader *l)
{
	uint64_t drain_us = (uint64_t)(l->settings->proxy.timeout * 1e6);
	bool ok = true;

	for (size_t i = 0; i < l->sockets.n && ok; i++) {
		const struct serve_socket *s = &l->sockets.v[i];

		ok = channel_send(l->channel, CHANNEL_LISTENS,
			span_from((const void *)s, sizeof(*s)), s->fd);
	}
	return ok &&
		channel_send(l->channel, CHANNEL_DRAIN_TIME,
			span_from((const void *)&drain_us, sizeof(drain_us)), -1) &&
		channel_send(l->channel, CHANNEL_LOG,
			span_from((const void *)&l->settings->log, sizeof(l->settings->log)), -1);
}

/* The state folder, if it can be had: without it the filter works, too. */
static void make_state_folder(const struct loader *l)
{
	const char *path = arena_string(l->arena, l->settings->state_dir);
	struct stat st;

	(void)mkdir(path, 0750);
	/* one of root's own is for us, as a volume of a container is; one for everybody is not */
	if (l->user.is_needed && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == 0 &&
		(st.st_mode & S_IWOTH) == 0 && lchown(path, l->user.uid, l->user.gid) == -1)
		log_line(LOG_LEVEL_NOTICE, "%s: it cannot be given to %s: %s", path, l->user.name,
			strerror(errno));
}

/* What takes the rights that the program was started with; from here on there are none. */
static bool open_all(struct loader *l)
{
	struct why why;

	if (log_open(&l->settings->log, &why) == RC_OK &&
		sandbox_find_user(&l->settings->sandbox, &l->user, &why) == RC_OK &&
		serve_sockets_open(l->settings, &l->family->sockets, &l->sockets, &why) == RC_OK) {
		serve_sockets_forget(&l->family->sockets, &l->sockets);
		make_state_folder(l);
		if (!hand_over(l))
			(void)why_set(&why, RC_TEMPFAIL, "the supervisor takes no sockets: %s",
				strerror(errno));
		else if (sandbox_drop(&l->user, &why) == RC_OK)
			return true;
	}
	tell(l, &why);
	return false;
}

/* ---- children ---- */

static void close_inherited(const struct loader *l, const struct child *own)
{
	(void)close(l->channel);
	(void)close(l->signals);
	for (size_t i = 0; i < l->child_count; i++)
		if (&l->children[i] != own && l->children[i].channel != -1)
			(void)close(l->children[i].channel);
}

/*
 * The keeper has the state folder, a worker has no file at all. What looks up names of hosts reads no mail, and
 * the system's libraries load what they need for it: it has given up the user, and that is all.
 */
static bool enter_sandbox(const struct loader *l, enum role role, char *sentence)
{
	const char *folder = arena_string(l->arena, l->settings->state_dir);
	uint16_t ports[PORTS_MOST];
	struct sandbox_paths paths = {
		.writable = &folder,
		.writable_count = role == KEEPER,
		.ports = ports,
		.port_count =
			role == WORKER ? dns_sources_ports(l->settings->dns, ports, PORTS_MOST) : 0,
	};
	enum sandbox_kind kind = paths.port_count > 0 ? SANDBOX_RESOLVER : SANDBOX_WORKER;
	struct sandbox_user user = l->user;
	struct why why;

	if (role == HOSTS)
		return true;

	/* the loader is that user already; the name is for the sentence */
	user.is_needed = false;
	if (sandbox_enter(&l->settings->sandbox, &user, role == WORKER ? kind : SANDBOX_KEEPER,
		    &paths, sentence, &why) == RC_OK)
		return true;
	tell(l, &why);
	return false;
}

/* Any note ends it: it is started again when there is more to do, and what it has found stays. */
static int run_hosts(const struct serve_child *self)
{
	(void)channel_send(self->channel, CHANNEL_READY, SPAN(""), -1);
	return dns_hosts_run(dns_sources_hosts(self->settings->dns), self->channel);
}

static int run_role(const struct serve_child *self, enum role role)
{
	switch (role) {
	case WORKER:
		return serve_worker_run(self);
	case KEEPER:
		return serve_keeper_run(self);
	case HOSTS:
		return run_hosts(self);
	}
	return SERVE_EXIT_REFUSED;
}

/* In the child. */
static int run_child(struct loader *l, const struct child *child, int channel)
{
	char sentence[SANDBOX_SENTENCE_MOST] = "";
	struct serve_child self = {
		.board = l->family->board,
		.slot = child->slot,
		.generation = l->generation,
		.settings = l->settings,
		.sockets = &l->sockets,
		.lists = l->lists,
		.channel = channel,
		.sandbox = sentence,
	};
	sigset_t none;
	int status;

	close_inherited(l, child);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_NAME, titles[child->role]);
	if (child->role != WORKER)
		serve_sockets_forget(&l->sockets, NULL);
	if (!enter_sandbox(l, child->role, sentence))
		return SERVE_EXIT_REFUSED;
	status = run_role(&self, child->role);
	(void)close(channel);
	return status;
}

static void tell_children(const struct loader *l, enum channel_word word, int fd)
{
	for (size_t i = 0; i < l->child_count; i++)
		if (l->children[i].pid != 0)
			(void)channel_send(l->children[i].channel, word, SPAN(""), fd);
}

/* No child will be started any more. */
static void begin_end(struct loader *l, enum channel_word word)
{
	l->is_ending = true;
	tell_children(l, word, -1);
	serve_sockets_forget(&l->sockets, NULL);
	l->sockets.n = 0;
}

static void plan_start(struct child *child, double seconds)
{
	child->start_at = clock_monotonic_us() + (uint64_t)(seconds * 1e6);
}

/* The first death costs no time; one that dies at once again waits longer each time. */
static void plan_restart(struct child *child)
{
	uint64_t lived = clock_monotonic_us() - child->started;
	double pause;

	if (lived > STEADY_SECONDS * 1000000ULL)
		child->deaths = 0;
	child->deaths++;
	pause = child->deaths == 1 ? 0 : (double)(1U << num_min(child->deaths - 2, 5));
	plan_start(child, pause > PAUSE_SECONDS_MOST ? PAUSE_SECONDS_MOST : pause);
}

/* A configuration under which nothing starts is none: the supervisor has the one before. */
static void give_up(struct loader *l)
{
	l->has_failed = true;
	begin_end(l, CHANNEL_END);
}

static void fail_start(struct loader *l, struct child *child)
{
	log_line(LOG_LEVEL_ERROR, "no process can be started: %s", strerror(errno));
	child->started = clock_monotonic_us();
	plan_restart(child);
	if (!l->is_ready && child->deaths >= STARTS_MOST)
		give_up(l);
}

/* Returns in the parent; in the child it ends the process. */
static void start_child(struct loader *l, struct child *child)
{
	int ends[2];
	pid_t pid;

	if (child->role == WORKER && child->slot == NULL)
		child->slot = board_take_slot(l->family->board, l->number);
	if (child->role == WORKER && child->slot == NULL)
		errno = EAGAIN; /* configurations that drain have them all */
	if ((child->role == WORKER && child->slot == NULL) || !channel_make(ends)) {
		fail_start(l, child);
		return;
	}
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		exit(run_child(l, child, ends[1]));
	}
	(void)close(ends[1]);
	if (pid == -1) {
		fail_start(l, child);
		(void)close(ends[0]);
		return;
	}
	child->pid = pid;
	child->channel = ends[0];
	child->started = clock_monotonic_us();
	child->is_hanging = child->is_ready = false;
	if (child->slot != NULL)
		atomic_store(&child->slot->pid, pid);
}

static size_t count_living(const struct loader *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->child_count; i++)
		n += l->children[i].pid != 0;
	return n;
}

/* ---- deaths ---- */

static struct span describe_end(struct arena *a, int status)
{
	if (WIFSIGNALED(status))
		return arena_printf(a, "signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	return arena_printf(a, "exit status %d", WEXITSTATUS(status));
}

/* A dead worker may have left anything there: only the name of a check is one. */
static const char *find_check(const char *name)
{
	for (size_t i = 0; i < checks_count; i++)
		if (checks_all[i]->name == name)
			return name;
	return NULL;
}

/* What it was looking at stands on the board. */
static void describe_subject(const struct loader *l, const struct board_slot *slot, struct buf *out)
{
	struct board_subject s = board_read_subject(slot);
	const char *check = find_check(slot->check);
	unsigned deaths;

	if (!atomic_load(&slot->is_busy)) {
		buf_add_string(out, ", between messages");
		return;
	}
	if (s.digest == 0) {
		buf_printf(out, ", reading from %s", s.peer);
		return;
	}
	buf_printf(out, ", over the message %s from %s", s.queue_id[0] == '\0' ? "?" : s.queue_id,
		s.peer);
	if (check != NULL)
		buf_printf(out, " in the check %s", check);
	deaths = board_add_death(l->family->board, s.digest, clock_wall());
	if (deaths >= BOARD_DEATHS_MOST)
		buf_printf(out, "; it has ended %u workers and will be put off from now on",
			deaths);
}

static void tell_death(const struct loader *l, const struct child *child, int status)
{
	struct arena *a = arena_make();
	struct buf text;

	buf_init(&text, a, 1000);
	buf_printf(&text, "%s %d died: %.*s", names[child->role], (int)child->pid,
		SPAN_ARG(describe_end(a, status)));
	if (child->slot != NULL)
		describe_subject(l, child->slot, &text);
	log_line(LOG_LEVEL_ERROR, "%.*s", SPAN_ARG(buf_span(&text)));
	arena_free(a);
}

static void bury(struct loader *l, struct child *child, int status)
{
	bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	bool has_refused = WIFEXITED(status) && WEXITSTATUS(status) == SERVE_EXIT_REFUSED;

	(void)close(child->channel);
	child->channel = -1;
	/* one that refuses has said why itself */
	if (!is_clean && !has_refused) {
		tell_death(l, child, status);
		board_count(&l->family->board->restarts, 1);
	}
	if (child->slot != NULL)
		board_free_slot(child->slot, child->pid);
	child->pid = 0;
	child->slot = NULL;
	if (is_clean)
		plan_start(child, 1);
	else
		plan_restart(child);
	if (!l->is_ready && !l->is_ending && (has_refused || child->deaths >= STARTS_MOST))
		give_up(l);
}

static void reap(struct loader *l)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < l->child_count; i++)
			if (l->children[i].pid == pid)
				bury(l, &l->children[i], status);
}

/* ---- looking after them ---- */

static void start_planned(struct loader *l)
{
	uint64_t now = clock_monotonic_us();

	for (size_t i = 0; i < l->child_count && !l->is_ending; i++)
		if (l->children[i].pid == 0 && l->children[i].start_at <= now)
			start_child(l, &l->children[i]);
}

/* A loop that hangs would hang for good, and the mail server's sessions with it. */
static void end_hanging(struct loader *l)
{
	uint64_t now = clock_monotonic_us();

	for (size_t i = 0; i < l->child_count; i++) {
		struct child *child = &l->children[i];

		if (child->pid == 0 || child->slot == NULL ||
			board_read(&child->slot->alive) + HANG_SECONDS * 1000000ULL > now)
			continue;
		if (!child->is_hanging)
			log_line(LOG_LEVEL_ERROR, "worker %d hangs for %d seconds: it is ended",
				(int)child->pid, HANG_SECONDS);
		(void)kill(child->pid, child->is_hanging ? SIGKILL : SIGABRT);
		child->is_hanging = true;
	}
}

/* The first worker says how it is sandboxed; the others are like it. Anything else is none of a worker. */
static void hear_child(struct loader *l, struct child *child)
{
	struct channel_note note;

	if (child->channel == -1 || channel_receive(child->channel, &note) != CHANNEL_NOTE)
		return;
	if (note.fd != -1)
		(void)close(note.fd);
	if (note.word != CHANNEL_READY || child->is_ready) {
		log_line(LOG_LEVEL_ERROR, "process %d says what it has no right to: it is ended",
			(int)child->pid);
		(void)kill(child->pid, SIGKILL);
		return;
	}
	child->is_ready = true;
	if (l->sandbox.n == 0 && child->role == WORKER)
		l->sandbox = arena_copy(l->arena, span_from(note.text, note.n));
}

static void hear_children(struct loader *l)
{
	bool all = true;

	for (size_t i = 0; i < l->child_count; i++) {
		hear_child(l, &l->children[i]);
		all &= l->children[i].is_ready;
	}
	/* who is to end must not be taken for one that serves */
	if (!all || l->is_ready || l->is_ending)
		return;
	l->is_ready = true;
	(void)channel_send(l->channel, CHANNEL_READY, l->sandbox, -1);
}

static void obey(struct loader *l, const struct channel_note *note)
{
	switch (note->word) {
	case CHANNEL_LOG:
		if (note->fd != -1) {
			tell_children(l, CHANNEL_LOG, note->fd);
			log_use_fd(note->fd);
		}
		break;
	case CHANNEL_DRAIN:
	case CHANNEL_STOP:
	case CHANNEL_END:
		begin_end(l, note->word);
		break;
	case CHANNEL_LISTENS:
	case CHANNEL_DRAIN_TIME:
	case CHANNEL_READY:
		panic("a note that a loader does not get");
	}
}

static void hear_supervisor(struct loader *l)
{
	struct channel_note note;
	enum channel_state state;

	while ((state = channel_receive(l->channel, &note)) == CHANNEL_NOTE)
		obey(l, &note);
	if (state == CHANNEL_GONE && !l->is_ending)
		begin_end(l, CHANNEL_STOP);
}

/* Waits for a note, the end of a child, or the next tick. */
static void wait_for_news(const struct loader *l)
{
	struct pollfd fds[CHILDREN_MOST + 2] = {
		{.fd = l->signals, .events = POLLIN},
		{.fd = l->is_ending ? -1 : l->channel, .events = POLLIN},
	};
	struct signalfd_siginfo info;
	nfds_t n = 2;

	for (size_t i = 0; i < l->child_count; i++)
		if (l->children[i].channel != -1 && !l->children[i].is_ready)
			fds[n++] = (struct pollfd){.fd = l->children[i].channel, .events = POLLIN};
	if (poll(fds, n, TICK_MS) > 0 && (fds[0].revents & POLLIN) != 0)
		while (read(l->signals, &info, sizeof(info)) == sizeof(info))
			;
}

static void look_after(struct loader *l)
{
	while (!l->is_ending || count_living(l) > 0) {
		start_planned(l);
		wait_for_news(l);
		hear_supervisor(l);
		hear_children(l);
		reap(l);
		/* workers of a loader that was killed outlive it for a while */
		if (!l->is_ending)
			board_sweep(l->family->board);
		end_hanging(l);
		log_tell_lost();
	}
}

/* ---- the whole ---- */

/* Only the end of children: what ends the family comes over the channel. */
static int watch_children(void)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};
	static const int others[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGPIPE};
	sigset_t set;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		(void)sigaction(others[i], &ignored, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void plan_child(struct loader *l, enum role role)
{
	l->children[l->child_count++] = (struct child){.role = role, .channel = -1};
}

static void plan_children(struct loader *l)
{
	size_t n = num_min(l->settings->worker_count, SERVE_WORKERS_MOST);

	for (size_t i = 0; i < n; i++)
		plan_child(l, WORKER);
	plan_child(l, KEEPER);
	if (dns_sources_hosts(l->settings->dns) != NULL)
		plan_child(l, HOSTS);
}

int serve_loader_run(struct serve_family *family, int channel, unsigned number, bool is_first)
{
	struct arena *a = arena_make();
	struct loader *l = ARENA_NEW(a, struct loader);
	int status = SERVE_EXIT_REFUSED;

	*l = (struct loader){
		.family = family,
		.number = number,
		.is_first = is_first,
		.channel = channel,
		.signals = watch_children(),
		.arena = a,
	};
	must(l->signals != -1);
	(void)prctl(PR_SET_NAME, "winnow-loader");
	if (load(l) && open_all(l)) {
		plan_children(l);
		look_after(l);
		status = l->has_failed ? SERVE_EXIT_REFUSED : 0;
	}
	dns_lists_free(l->lists);
	serve_generation_free(l->generation);
	(void)close(l->signals);
	arena_free(a);
	return status;
}
