/*
 * Inside of serve: settings, listening sockets, and the family of processes.
 *
 *	supervisor	keeps the listening sockets and the log, starts a loader for each configuration
 *	  loader	builds the generation, starts workers and keeper over it, starts them again when they die
 *	    worker	answers mail servers (milter) and clients (HTTP); all are alike
 *	    keeper	answers questions about the filter itself, on a socket in the state folder
 */
#ifndef SERVE_INNER_H
#define SERVE_INNER_H

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

#include "http/http.h"
#include "dns/dns.h"
#include "milter/milter.h"
#include "serve/board.h"
#include "serve/channel.h"
#include "serve/job.h"
#include "serve/repeat.h"
#include "serve/sandbox.h"
#include "serve/serve.h"

/* ---- stock configuration, compiled in: rules/ ---- */

extern const struct conf_text serve_stock[];
extern const size_t serve_stock_count;

/* ---- settings of the process: settings.c ---- */

/* Rows of worker.proxy, worker.*, options and logging that this room reads. */
extern const struct conf_section *const serve_sections[];
extern const size_t serve_section_count;

/* Two generations have room on the board at the same time. */
enum { SERVE_WORKERS_MOST = BOARD_SLOTS / 2 - 1 };

/* worker.proxy: where mail servers connect to, and what they are told. */
struct serve_proxy {
	bool enabled;
	bool milter;
	struct conf_list sockets;
	int count;
	double timeout, idle_timeout;
	int connections_most;
	const struct conf_node *upstream;
	struct milter_policy policy;
};

/* worker.normal: scanning over HTTP. */
struct serve_normal {
	bool enabled;
	struct conf_list sockets;
	int count;
	double timeout, idle_timeout, request_timeout;
	int connections_most;
	struct http_settings http;
};

struct serve_settings {
	struct serve_proxy proxy;
	struct serve_normal normal;
	size_t worker_count;
	size_t held_most; /* bytes of messages that a worker holds at a time */
	struct span state_dir;
	struct log_target log;
	struct sandbox_options sandbox;
	const struct dns_sources *dns;
};

/* The section `logging`: logging.c. */
extern const struct conf_section serve_logging_section;
void serve_logging_read(struct arena *a, const struct conf *conf, struct log_target *out,
	struct conf_report *report);

/* What stands in the configuration; what is wrong is told in the report (may be NULL). */
void serve_settings_read(struct arena *a, const struct conf *conf, struct serve_settings *out,
	struct conf_report *report);

/* ---- addresses: address.c ---- */

struct serve_address {
	struct sockaddr_storage socket;
	socklen_t size;
	bool optional; /* IPv6 of "localhost" and "*": where there is some */
	/* of the file of a local socket, where they are to be set */
	bool has_mode, has_owner, has_group;
	mode_t mode;
	uid_t owner;
	gid_t group;
};

enum { SERVE_ADDRESSES_MOST = 2 };

/*
 * `127.0.0.1:11332`, `[::1]:11332`, `localhost:11332`, `*:11332`, `*v4:11332`, `*v6:11332` or
 * `/path/of/socket`; without a port it is `port`. Behind a path may stand, in any order, `mode=0660`,
 * `owner=NAME` and `group=NAME`; a name may be a number. An owner's name brings its group with it, unless
 * one is given. Names are looked up here, which may block: for start-up only. Returns how many addresses
 * that is, or 0 with a sentence.
 */
size_t serve_address_parse(struct span text, uint16_t port,
	struct serve_address out[SERVE_ADDRESSES_MOST], struct why *why);
/*
 * A listening, non-blocking socket, with its mode, owner and group. RC_DENIED, RC_NOT_FOUND (the machine
 * has no such address), RC_TEMPFAIL with a sentence that says what to do.
 */
enum rc serve_address_listen(const struct serve_address *address, int *out, struct why *why);
/* Sets mode, owner and group of a local socket that is there, as the address says. */
enum rc serve_address_set_owner(const struct serve_address *address, struct why *why);

/* ---- listening sockets: sockets.c ---- */

/* Where a bind_socket names a socket that the service manager has opened. */
#define SERVE_SYSTEMD_PREFIX "systemd:"

/* What a listener's bind_socket means without a port. */
extern const uint16_t serve_ports[BOARD_LISTENER_COUNT];

enum { SERVE_SOCKETS_MOST = 64, SERVE_NAME_MOST = 128 };

struct serve_socket {
	enum board_listener listener;
	char name[SERVE_NAME_MOST]; /* as ip_print_socket writes it, or "systemd:NAME" */
	int fd;
};

struct serve_sockets {
	struct serve_socket v[SERVE_SOCKETS_MOST];
	size_t n;
};

/*
 * All sockets of the settings: those in `old` are used again, the others are opened. On failure what was
 * opened here is closed again.
 */
enum rc serve_sockets_open(const struct serve_settings *settings, const struct serve_sockets *old,
	struct serve_sockets *out, struct why *why);
/* The one of this name, or NULL. */
const struct serve_socket *serve_sockets_find(const struct serve_sockets *sockets,
	struct span name);
/* Closes all that do not stand in `kept` (may be NULL), and removes the files of local ones. */
void serve_sockets_close(const struct serve_sockets *sockets, const struct serve_sockets *kept);
/*
 * The same for this process alone, others still listen. As long as any process has a socket open, clients
 * connect to it: one that nobody accepts from would let them wait instead of being refused.
 */
void serve_sockets_forget(const struct serve_sockets *sockets, const struct serve_sockets *kept);
/* "milter on 127.0.0.1:11332, http on 127.0.0.1:11333" */
struct span serve_sockets_print(struct arena *a, const struct serve_sockets *sockets);

/* ---- the line of a message: line.c ---- */

struct serve_line {
	const struct msg_input *input;
	enum board_listener listener;
	const struct scan_verdict *verdict;
	const char *instead;   /* of the action, as the listener is configured; or NULL */
	uint64_t microseconds; /* from the end of the message to its verdict */
};

void serve_log_message(const struct serve_line *line);
/* A message that gets no verdict and is to come again. */
void serve_log_deferred(const struct msg_input *input, enum board_listener listener,
	const char *reason);

/* ---- the family ---- */

/* What the supervisor has and the others inherit. */
struct serve_family {
	const struct serve_input *input;
	struct board *board;
	struct serve_sockets sockets;
};

/* Exit status of a loader that could not start: it has said why. */
enum { SERVE_EXIT_REFUSED = 3 };

/*
 * loader.c: builds generation `number`, starts its processes and looks after them until it is told to end.
 * Returns the exit status. `is_first`: what is wrong is told on stderr for the one who starts the program,
 * else in the log.
 */
int serve_loader_run(struct serve_family *family, int channel, unsigned number, bool is_first);

/* What a worker or keeper is handed. */
struct serve_child {
	struct board *board;
	struct board_slot *slot; /* NULL for the keeper */
	const struct serve_generation *generation;
	const struct serve_settings *settings;
	const struct serve_sockets *sockets;
	struct dns_lists *lists; /* what all workers know of block lists; NULL: none are asked */
	const char *sandbox;     /* what protects it, in words, to be told when it is ready */
	int channel;
};

/* The keeper's socket in the state folder. */
#define SERVE_CONTROL_NAME "control.sock"

/* Both return the exit status. */
int serve_worker_run(const struct serve_child *child);
int serve_keeper_run(const struct serve_child *child);

/* ---- worker: worker.c ---- */

struct event_base;
struct serve_connection;

enum serve_state {
	SERVE_RUNS,
	SERVE_DRAINS, /* nothing new is taken, sessions go on to their end */
	SERVE_STOPS,  /* messages under way get their answer */
};

enum { SERVE_READ_MOST = 64 << 10 };

/* What answers questions about names: names.c. */
struct serve_names {
	struct dns_resolver *resolver;     /* NULL: it cannot be had */
	struct dns_lists_monitor *monitor; /* NULL: no lists are asked */
	struct dns_numbers counted;        /* what the board has of them */
};

/* A worker while it serves. */
struct serve_worker {
	struct event_base *base;
	struct arena *scratch; /* of a moment: whoever uses it resets it before anybody else runs */
	char *space;           /* of SERVE_READ_MOST bytes, likewise */
	struct board *board;
	struct board_slot *slot;
	const struct serve_generation *generation;
	const struct serve_settings *settings;
	struct dns_lists *lists;              /* or NULL */
	struct serve_connection *connections; /* a list */
	size_t connection_count;
	size_t held; /* bytes of messages under way */
	/* what is told in few lines however often it happens */
	struct serve_repeat full, failing, overloaded, broken;
	struct http_server *http; /* or NULL */
	struct serve_names names;
	enum serve_state state;
};

void serve_worker_open_repeats(struct serve_worker *worker);
void serve_worker_close_repeats(struct serve_worker *worker);
/* Room for messages under way; false: the message must wait for another time. */
bool serve_take_bytes(struct serve_worker *worker, size_t bytes);
void serve_give_bytes(struct serve_worker *worker, size_t bytes);
/* A connection has gone: ends the loop when it was the last that the end of the worker waited for. */
void serve_worker_look(struct serve_worker *worker);
void serve_name_peer(struct board_subject *subject, struct span name);
struct timeval serve_to_timeval(double seconds);

/* ---- answers from the network: names.c ---- */

void serve_names_open(struct serve_worker *worker);
/* The drivers that a message's questions go to. The memo must be expired before it or the worker ends. */
void serve_names_attach(struct serve_worker *worker, struct need_memo *memo);
/* Brings the numbers on the board up to date. */
void serve_names_count(struct serve_worker *worker);
void serve_names_close(struct serve_worker *worker);
/* What a message has shown of the lists that it asked: odd ones are tested soon. */
void serve_names_judge(struct serve_worker *worker, const struct scan_verdict *verdict);
/* Shared memory for the lists of a generation, before workers are forked; NULL: none are asked. */
struct dns_lists *serve_lists_make(const struct serve_generation *generation);
/* Whether each list can be believed, as /metrics has it. `lists` may be NULL. */
void serve_lists_print_metrics(const struct dns_lists *lists, struct buf *out);

/* ---- connections of mail servers: connection.c ---- */

/* Takes over the descriptor. `name` of the client is for the log and is copied. */
void serve_connection_open(struct serve_worker *worker, int fd, struct span name);
/* Closes those that are between messages; the others close when their message has its answer. */
void serve_connections_drain(struct serve_worker *worker);
/* Closes all: the mail server tries the messages again later. */
void serve_connections_close(struct serve_worker *worker);

/* ---- HTTP: posted.c ---- */

/* What the room http asks of a worker. */
struct http_service serve_posted_service(struct serve_worker *worker);

/* ---- health.c ---- */

/* Scans a message of our own; false with a sentence when that does not give what it must. */
bool serve_is_healthy(const struct scan_config *config, struct why *why);

#endif
