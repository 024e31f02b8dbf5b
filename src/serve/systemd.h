/*
 * systemd: what a service and systemd say to each other, without its library: it is a few variables of the
 * environment and datagrams to a socket. Without systemd nothing happens.
 *
 * The environment is read by the first call, in the process that systemd has started, and taken out of it:
 * nobody else is meant. Children that are forked later know the same.
 *
 *	systemd_notify("READY=1");
 *	systemd_notify("STATUS=4 workers, 1234 messages");
 *	systemd_notify_reloading();		... and READY=1 again
 *	systemd_watchdog();			once a second or so
 *	systemd_notify("STOPPING=1");
 */
#ifndef SERVE_SYSTEMD_H
#define SERVE_SYSTEMD_H

#include "base/base.h"

/* Lines of sd_notify(3), to $NOTIFY_SOCKET. A message that cannot be sent is lost. */
void systemd_notify(const char *lines);
/* RELOADING=1 with the time that systemd 253 wants. */
void systemd_notify_reloading(void);
/* Tells that we are alive, when systemd wants to know ($WATCHDOG_USEC) and a quarter of its time is over. */
void systemd_watchdog(void);

/* ---- sockets that systemd has opened ---- */

enum { SYSTEMD_SOCKETS_MOST = 64, SYSTEMD_NAME_MOST = 64 };

struct systemd_socket {
	int fd;                       /* not blocking, not inherited over exec */
	char name[SYSTEMD_NAME_MOST]; /* FileDescriptorName=, or its number from 0 */
	bool is_listening;            /* a stream socket that takes connections */
};

size_t systemd_socket_count(void);
/* 0 <= i < systemd_socket_count. */
const struct systemd_socket *systemd_socket(size_t i);
/*
 * The first one with this name, else by its number. RC_NOT_FOUND, RC_INVALID (it does not listen) with a
 * sentence.
 */
enum rc systemd_find_socket(struct span name, int *out, struct why *why);

#endif
