/*
 * resolver: the network's answers to questions about names, for names that come with mail. libunbound asks the
 * servers of the world itself (recursion), so that block lists answer and nothing has to be set up; or it asks
 * the servers that the configuration or the system names.
 *
 *	dns_settings_read(a, conf, &settings, &report);			once a generation
 *	sources = dns_sources_read(a, &settings, &report);		files: before the sandbox
 *
 *	dns_sources_look(sources);					where somebody is going to ask
 *	resolver = dns_resolver_open(base, sources);			once a process
 *	need_memo_use(memo, dns_resolver_driver(resolver, memo));	once a message
 *	...
 *	dns_resolver_close(resolver);
 *
 * An answer that is in the cache comes at once: dns_need() is RC_OK then, and nothing runs twice. All others come
 * from the loop, never from inside the call that asked. Every question has a deadline of its own
 * (options.dns.timeout), whatever libunbound thinks; the message has its own on top (need_memo_expire).
 */
#ifndef DNS_RESOLVER_H
#define DNS_RESOLVER_H

#include "conf/conf.h"
#include "need/need.h"

struct event_base;

enum dns_mode {
	DNS_RECURSE, /* ask the servers of the zones themselves; `system` when the network does not let us */
	DNS_FORWARD, /* ask options.dns.servers */
	DNS_SYSTEM,  /* ask the servers of /etc/resolv.conf */
	DNS_OFF,     /* ask nobody: what would need an answer is not checked */
};

/* What stands in the configuration: rows in resolver_settings.c. */
struct dns_settings {
	int mode; /* enum dns_mode */
	struct conf_list
		servers;   /* "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53", "unbound:53" */
	double timeout;    /* seconds that a question may take, all tries together */
	size_t cache_most; /* bytes of answers that are kept, of a process */
	bool dnssec;
	struct span trust_anchor; /* file; null: that of the package dns-root-data, where it is */
	struct span root_hints;   /* file; null: those that libunbound has */
	struct span resolv_conf;  /* file that names the servers of the system */
	struct span zone; /* file: a table that answers instead of the network; null: none */
	const struct conf_node *section; /* where all that was written, for messages; may be NULL */
};

/* The section options.dns. */
extern const struct conf_section dns_section;

void dns_settings_read(struct arena *a, const struct conf *conf, struct dns_settings *out,
	struct conf_report *report);

/* What the settings name, read and understood: nothing is opened after this. */
struct dns_sources;

/* Never NULL. What cannot be read is told in the report (may be NULL). */
const struct dns_sources *dns_sources_read(struct arena *a, const struct dns_settings *settings,
	struct conf_report *report);

/* Looks up the names of servers, which may block: once, before a resolver is opened that is to ask them. */
void dns_sources_look(const struct dns_sources *sources);
/* Names of servers, to be looked up again and again (hosts.h); NULL when all are addresses. */
struct dns_hosts *dns_sources_hosts(const struct dns_sources *sources);
enum dns_mode dns_sources_mode(const struct dns_sources *sources);
/* TCP and UDP ports that a process needs to reach, for its sandbox: at most `room` are written to `out`. */
size_t dns_sources_ports(const struct dns_sources *sources, uint16_t *out, size_t room);

/* ---- in a process ---- */

struct dns_resolver;

/*
 * `sources` must outlive it. `tell` (may be NULL) is called with a sentence when its state changes: recursion is
 * blocked and the system's servers are asked, or recursion works again. RC_INVALID, RC_TEMPFAIL with a sentence.
 */
enum rc dns_resolver_open(struct event_base *base, const struct dns_sources *sources,
	void (*tell)(void *ctx, const char *sentence), void *ctx, struct dns_resolver **out,
	struct why *why);
/* Questions that are open are forgotten: their memos must be gone or expired. NULL is allowed. */
void dns_resolver_close(struct dns_resolver *resolver);

/* The driver for one memo, in its arena. */
const struct need_driver *dns_resolver_driver(struct dns_resolver *resolver,
	struct need_memo *memo);

/* False as long as no name server is known: their names have not been looked up. */
bool dns_resolver_is_ready(const struct dns_resolver *resolver);

/* For people and numbers. */
struct dns_numbers {
	uint64_t asked, cached, failed; /* questions; answered at once; without an answer */
	size_t open;
};
void dns_resolver_numbers(const struct dns_resolver *resolver, struct dns_numbers *out);
/* "recursion, DNSSEC" or "forwards to 192.0.2.1:53" ... */
struct span dns_resolver_describe(struct arena *a, const struct dns_resolver *resolver);

#endif
