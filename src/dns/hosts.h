/*
 * hosts: addresses of the machines that our own configuration names (a server of answers, Redis, a virus
 * scanner), as the system knows them: /etc/hosts, containers' names and all. Looking up blocks, and a sandboxed
 * worker may open no files, so a process of its own looks, again and again, and writes what it finds into memory
 * that all share.
 *
 *	hosts = dns_hosts_make(names, n);		before forking
 *	if (fork() == 0)
 *		exit(dns_hosts_run(hosts, stop_fd));	the process that looks
 *	...
 *	n = dns_hosts_find(hosts, name, addresses);	in a worker, at any time: never waits
 *
 * A name that cannot be looked up keeps its last addresses.
 */
#ifndef DNS_HOSTS_H
#define DNS_HOSTS_H

#include "base/base.h"

enum {
	DNS_HOSTS_MOST = 64,
	DNS_HOST_ADDRESSES_MOST = 8,
	DNS_HOSTS_AGAIN = 60,       /* seconds until a name is looked up again */
	DNS_HOSTS_AGAIN_FAILED = 5, /* when it could not be */
};

struct dns_hosts;

/* Shared memory for addresses; names past DNS_HOSTS_MOST or longer than 253 bytes are left out; IP addresses are themselves. */
struct dns_hosts *dns_hosts_make(const struct span *names, size_t n);
void dns_hosts_free(struct dns_hosts *hosts);
size_t dns_hosts_count(const struct dns_hosts *hosts);

/* Looks up until `stop_fd` can be read or is closed. Returns the exit status. */
int dns_hosts_run(struct dns_hosts *hosts, int stop_fd);
/* Looks up each name once, now. */
void dns_hosts_look(struct dns_hosts *hosts);

/* How many addresses it has now; 0: unknown, not looked up yet, or it has none. */
size_t dns_hosts_find(const struct dns_hosts *hosts, struct span name,
	struct ip out[DNS_HOST_ADDRESSES_MOST]);

#endif
