/* Inside of resolver: its questions (resolver_questions.c), and whom it asks (resolver.c). */
#ifndef DNS_RESOLVER_INNER_H
#define DNS_RESOLVER_INNER_H

#include <unbound.h>
#include <unbound-event.h>

#include "dns/inner.h"

enum {
	RESOLVER_BUCKETS = 1024,
	RESOLVER_KEY_MOST = DNS_NAME_MOST + 16, /* "AAAA name" */
	/* in a row, until it is looked at: is it the server that strips signatures, is recursion blocked? */
	RESOLVER_BOGUS_MOST = 20,
	RESOLVER_FAILED_MOST = 10,
	RESOLVER_SILENCE_US = 60000000, /* and no answer for that long */
};

/* What libunbound says; values of its callback. */
enum { SECURITY_BOGUS = 1, SECURITY_SECURE = 2 };

struct outcome {
	int rcode;
	struct span packet; /* when rcode is 0 */
	int security;
	const char *why_bogus; /* or NULL */
};

struct links {
	struct waiter *before, *after;
};

/* A need at a lookup; in the arena of its message. */
struct waiter {
	struct need *need;
	struct need_memo *memo;
	struct lookup *lookup;
	struct links beside, queue;
	uint64_t end; /* monotonic microseconds */
};

struct lookup {
	struct dns_resolver *resolver;
	struct dns_upstream *upstream;
	struct lookup *next; /* in its bucket, or among the free ones */
	struct lookup *next_queued;
	bool is_started; /* libunbound has it, and will call back */
	struct waiter *first;
	enum dns_type type;
	size_t key_size;
	char key[RESOLVER_KEY_MOST];
	/* an answer that came from inside of a call, until the loop is back */
	struct lookup *next_late;
	struct outcome late;
};

struct dns_resolver {
	struct arena *arena;
	struct event_base *base;
	const struct dns_sources *sources;
	void (*tell)(void *ctx, const char *sentence);
	void *tell_ctx;
	struct dns_upstream *now; /* NULL: there is no server to ask */
	/* that shall be next when its probe says that it works; or NULL */
	struct dns_upstream *candidate;
	bool is_doubt; /* the candidate asks as `now` does: does that still work? */
	bool has_begun, has_told;
	unsigned again;       /* seconds between tries */
	uint64_t next_try;    /* monotonic microseconds; 0: none */
	struct event *chore;  /* what must not be done from inside of a call */
	struct event *expiry; /* of the head of the queue */
	struct waiter *head, *tail;
	struct lookup *buckets[RESOLVER_BUCKETS];
	struct lookup *unused;
	size_t lookup_count;               /* made so far */
	struct lookup *queue, **queue_end; /* those that wait for others to end */
	size_t started;
	/* questions wait in the queue until it is known whether signatures can be checked */
	bool is_held;
	uint64_t held_until; /* monotonic microseconds */
	/* a call of libunbound is running: for this lookup, if it is a need that asks */
	unsigned depth;
	struct lookup *asking;
	struct need *asking_need;
	struct arena *asking_arena;
	bool is_answered; /* at once */
	struct lookup *late, **late_end;
	struct arena *late_arena;
	struct dns_numbers numbers;
};

/* ---- questions: resolver_questions.c ---- */

/* What must not be done from inside of a call is done in the next turn of the loop. */
void resolver_plan_chore(struct dns_resolver *r);
/* libunbound's call, which may call back at once. Returns its error. */
int resolver_put(struct dns_resolver *r, struct dns_upstream *u, const char *name, int code,
	void *ctx, ub_event_callback_type callback);
/* From the loop only: libunbound must not be inside of a call. */
void resolver_deliver_late(struct dns_resolver *r);
void resolver_start_queued(struct dns_resolver *r);
/* `now` has changed: what somebody waits for is asked again; the rest was for the cache that is gone. */
void resolver_ask_again(struct dns_resolver *r);
/* The head of the queue has no time left. */
void resolver_expire(struct dns_resolver *r);

/* It is not known yet whether recursion works here. */
bool resolver_is_undecided(const struct dns_resolver *r);
/* What is asked now gives so odd answers, or none, that it should be looked at. */
bool resolver_is_doubtful(const struct dns_upstream *u);

/* ---- whom it asks: resolver.c ---- */

/* Before the first question. */
void resolver_begin(struct dns_resolver *r);

#endif
