/*
 * list: whether a DNS list (RFC 5782) can be believed now. A list that refuses us, that answers for every name, or
 * that does not answer is switched off before it hurts, and comes back by itself. What a message sees is a need
 * like any other: read once, recorded, replayed.
 *
 *	rc = dns_list_need(s->needs, SPAN("zen.spamhaus.org"), &list);	in a check
 *	if (rc != RC_OK || !list->usable)
 *		...
 *	dns_list_judge(address)						what one answer means, before any return code
 *
 *	lists = dns_lists_make();					shared memory, before forking
 *	monitor = dns_lists_open(base, resolver, lists, tell, ctx);	in each process
 *	dns_lists_watch(monitor, zone);					tests begin at once
 *	need_memo_use(memo, dns_lists_driver(monitor, memo));
 *	dns_lists_doubt(monitor, zone);					an answer was odd: test it soon
 *
 * Test: 1.0.0.127.ZONE must not be there, and 2.0.0.127.ZONE is not one of the answers that mean "you may not ask";
 * enum dns_list_kind tells what stands for these two in lists of other things. One process of all makes each test;
 * they share the result. A test without an answer is made again soon, and a list keeps its state until the third: it
 * may be our network that is slow.
 */
#ifndef DNS_LIST_H
#define DNS_LIST_H

#include "need/need.h"

struct event_base;
struct dns_resolver;

/* ---- what one answer of a list means ---- */

enum dns_list_answer {
	DNS_LIST_LISTED,        /* 127.0.0.0/8, and none of the below */
	DNS_LIST_REFUSED,       /* 127.255.255.0/24: we may not ask, or asked wrongly */
	DNS_LIST_NOT_AN_ANSWER, /* 127.0.0.1, or not in 127.0.0.0/8: somebody else answers for the list */
};

/* `address` as text, of an A record. */
enum dns_list_answer dns_list_judge(struct span address);

/* ---- whether the list is on ---- */

struct dns_list {
	bool usable;
	struct span why;  /* a sentence that says what to do; null when it is usable */
	struct span note; /* a sentence about a usable one that looks odd, for people; or null */
};

/* What is listed, which says what a list must not have, and what it should (RFC 5782 section 5). */
enum dns_list_kind {
	DNS_LIST_OF_ADDRESSES, /* 127.0.0.1 and 127.0.0.2 */
	DNS_LIST_OF_IPV6,      /* IPv6 alone: ::FFFF:7F00:1 and ::FFFF:7F00:2 */
	DNS_LIST_OF_DOMAINS,   /* INVALID and TEST */
	DNS_LIST_OF_DIGESTS, /* a digest that no text is known to have; nothing is there for tests */
};

extern const struct need_kind dns_list_kind;

/* Waits for the first test. RC_OK, RC_WAIT, RC_TEMPFAIL, RC_LIMIT as dns_need(). */
enum rc dns_list_need(struct needs *needs, struct span zone, const struct dns_list **out);

/* A driver that takes every list for usable: for tables of answers instead of the network. */
extern const struct need_driver dns_lists_trusted;

/* ---- who finds out ---- */

enum {
	DNS_LISTS_MOST = 128,
	DNS_LIST_AGAIN = 3600,     /* seconds between tests of a list that is well */
	DNS_LIST_AGAIN_OFF = 240,  /* and of one that is off */
	DNS_LIST_DOUBT_AGAIN = 30, /* at the soonest when it was doubted */
	DNS_LIST_RETRY = 5,        /* when a test had no answer */
	DNS_LIST_TRIES = 3,        /* tests without an answer until a list is silent */
};

/* State of all lists in shared memory. */
struct dns_lists;
struct dns_lists *dns_lists_make(void);
void dns_lists_free(struct dns_lists *lists);
/* Other times than DNS_LIST_AGAIN; the times above change with it. Before forking. */
void dns_lists_set_interval(struct dns_lists *lists, double seconds);

struct dns_lists_monitor;

/*
 * `tell` gets a sentence for each change of a list's state, in one process of all, and whether it is a good one;
 * lists that go silent or come back at the same time have one sentence.
 */
struct dns_lists_monitor *dns_lists_open(struct event_base *base, struct dns_resolver *resolver,
	struct dns_lists *lists, void (*tell)(void *ctx, const char *sentence, bool is_good),
	void *ctx);
void dns_lists_close(struct dns_lists_monitor *monitor);
/* Tests begin at once. A zone that is watched already keeps its kind. */
void dns_lists_watch(struct dns_lists_monitor *monitor, struct span zone, enum dns_list_kind kind);
void dns_lists_doubt(struct dns_lists_monitor *monitor, struct span zone);
const struct need_driver *dns_lists_driver(struct dns_lists_monitor *monitor,
	struct need_memo *memo);

/* What is known now, for people: calls `fn` for each list. */
void dns_lists_each(const struct dns_lists *lists,
	void (*fn)(void *ctx, struct span zone, bool tested, const struct dns_list *list),
	void *ctx);

#endif
