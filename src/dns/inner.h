/* Inside of dns: words of zone files, answers from the wire, and what a resolver asks. */
#ifndef DNS_INNER_H
#define DNS_INNER_H

#include "dns/dns.h"

/* What a name may be: 253 bytes without the final dot (RFC 1035 section 2.3.4, in text). */
enum { DNS_NAME_MOST = 253 };

bool dns_is_name(struct span name);
bool dns_find_type(struct span name, enum dns_type *out);
/* A byte, its escape undone, off the start of `rest`, which is not empty. */
bool dns_take_byte(struct span *rest, struct buf *out);
/* A quoted string off the start of `rest`, its escapes undone, added to `out`. */
bool dns_take_string(struct span *rest, struct buf *out);
/* A word and the blanks around it off the start of `rest`; false when nothing is left. */
bool dns_take_word(struct span *rest, struct span *out);

/* Starts a timer of libevent's, in microseconds from now. */
struct event;
void dns_timer_start(struct event *timer, uint64_t us);

/* ---- answers from the wire: resolver_answer.c ---- */

uint16_t dns_type_code(enum dns_type type);
/*
 * A DNS message as an answer in `a`, `secure` not set. RC_TEMPFAIL with the reason for one that is cut, broken
 * or says that the server has failed. Time is linear in the message.
 */
enum rc dns_answer_read(struct arena *a, enum dns_type type, struct span packet,
	const struct dns_answer **out, struct why *why);

/* ---- what is asked: resolver_sources.c ---- */

enum {
	DNS_SERVERS_MOST = 16,
	DNS_ANCHORS_MOST = 32,
	DNS_HINTS_MOST = 64,
	DNS_PORT = 53,
};

struct dns_server {
	struct ip ip;
	struct span host; /* its name when it has no fixed address; else null */
	uint16_t port;
};

struct dns_servers {
	struct dns_server v[DNS_SERVERS_MOST];
	size_t n;
};

struct dns_sources {
	enum dns_mode mode;
	double timeout;
	size_t cache_most;
	struct dns_servers servers; /* of DNS_FORWARD */
	struct dns_servers system;  /* those of the system */
	const char **anchors;       /* records in text */
	size_t anchor_count;
	struct ip *hints; /* addresses of root servers; none: those that libunbound knows */
	size_t hint_count;
	struct dns_zone *zone;   /* or NULL */
	struct dns_hosts *hosts; /* of servers that have names; or NULL */
};

/* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53", "host:53", and Rspamd's "192.0.2.1:53:10"; false: none of these. */
bool dns_server_parse(struct span text, struct dns_server *out);

/* ---- whom it is asked: resolver_upstream.c ---- */

enum { DNS_ADDRESSES_MOST = DNS_SERVERS_MOST * DNS_HOST_ADDRESSES_MOST };

struct dns_address {
	struct ip ip;
	uint16_t port;
};

struct dns_addresses {
	struct dns_address v[DNS_ADDRESSES_MOST];
	size_t n;
};

/* The addresses of servers at the moment; those of a name may change. */
void dns_addresses_find(const struct dns_sources *sources, enum dns_mode mode,
	struct dns_addresses *out);

/* One context of libunbound: its cache, its sockets, and one way of asking. */
struct dns_upstream {
	struct arena *arena;
	struct ub_ctx *ctx;
	enum dns_mode mode; /* not DNS_OFF */
	bool validates;
	struct dns_addresses addresses; /* unless it recurses */
	bool works;                     /* it has given an answer */
	bool is_closing;                /* what calls back now is not an answer */
	unsigned bogus_in_row, failed_in_row;
	uint64_t last_answer; /* when it has given one, monotonic microseconds */
	/* the first question, by which it is seen whether it works */
	struct dns_resolver *resolver;
	enum { DNS_PROBE_OPEN, DNS_PROBE_GOOD, DNS_PROBE_BAD } probe;
	uint64_t probe_end; /* monotonic microseconds */
};

enum rc dns_upstream_open(struct event_base *base, const struct dns_sources *sources,
	enum dns_mode mode, bool validates, struct dns_upstream **out, struct why *why);
/* Another one, of another way of asking, has been opened since, and closed. */
void dns_upstream_restore(struct event_base *base, const struct dns_upstream *upstream);
/* Calls back for what is open, with is_closing set. Not from inside of a callback. NULL is allowed. */
void dns_upstream_close(struct dns_upstream *upstream);
/* "recursion, DNSSEC", "forwards to 192.0.2.1:53" */
struct span dns_upstream_describe(struct arena *a, const struct dns_upstream *upstream);

#endif
