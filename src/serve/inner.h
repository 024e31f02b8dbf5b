/* Inside of serve: what a generation is made of, and the parts of the process. */
#ifndef SERVE_INNER_H
#define SERVE_INNER_H

#include <sys/socket.h>
#include <sys/types.h>

#include "milter/milter.h"
#include "serve/serve.h"

/* ---- stock configuration, compiled in: rules/ ---- */

extern const struct conf_text serve_stock[];
extern const size_t serve_stock_count;

/* ---- settings of the process: settings.c ---- */

/* Rows of worker.proxy, worker.*, options and logging that this room reads. */
extern const struct conf_section *const serve_sections[];
extern const size_t serve_section_count;

/* worker.proxy: where mail servers connect to, and what they are told. */
struct serve_proxy {
	bool enabled;
	bool milter;
	struct conf_list sockets;
	double timeout, idle_timeout;
	int connections_most;
	struct milter_policy policy;
};

struct serve_settings {
	struct serve_proxy proxy;
	int log_level; /* enum log_level */
};

/* What stands in the configuration; what is wrong is told in the report (may be NULL). */
void serve_settings_read(struct arena *a, const struct conf *conf, const struct scan_config *scan,
	struct serve_settings *out, struct conf_report *report);

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
 * `/path/of/socket`; without a port it is 11332. Behind a path may stand, in any order, `mode=0660`,
 * `owner=NAME` and `group=NAME`; a name may be a number. An owner's name brings its group with it, unless
 * one is given. Names are looked up here, which may block: for start-up only. Returns how many addresses
 * that is, or 0 with a sentence.
 */
size_t serve_address_parse(struct span text, struct serve_address out[SERVE_ADDRESSES_MOST],
	struct why *why);
/* "127.0.0.1:11332", "[::1]:11332", "/path". */
struct span serve_address_print(struct arena *a, const struct sockaddr *address);
/*
 * A listening, non-blocking socket, with its mode, owner and group. RC_DENIED, RC_NOT_FOUND (the machine has no such address), RC_TEMPFAIL
 * with a sentence that says what to do.
 */
enum rc serve_address_listen(const struct serve_address *address, int *out, struct why *why);

/* ---- the line of a message: line.c ---- */

struct serve_line {
	struct msg *msg;
	const struct scan_verdict *verdict;
	size_t rcpt_count;
	bool is_cut;           /* the message was larger than what is looked at */
	uint64_t microseconds; /* from the end of the message to its verdict */
};

/* Without a line end. Words of the message stand in it escaped, so that none can look like a field. */
struct span serve_print_line(struct arena *a, const struct serve_line *line);

/* ---- connections: connection.c ---- */

struct event_base;

/* The process while it serves. */
struct serve_process {
	struct event_base *base;
	const struct serve_generation *generation;
	struct serve_settings settings;
	struct serve_connection *connections; /* a list */
	size_t connection_count;
	bool is_ending;
};

/* Takes over the descriptor. `name` of the client is for the log and is copied. */
void serve_connection_open(struct serve_process *process, int fd, struct span name);
/* Closes those that are between messages; the others close when their message has its answer. */
void serve_connections_drain(struct serve_process *process);
/* Closes all: the mail server tries the messages again later. */
void serve_connections_close(struct serve_process *process);

#endif
