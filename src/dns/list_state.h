/* Inside of dns: what all processes know of the lists. */
#ifndef DNS_LIST_STATE_H
#define DNS_LIST_STATE_H

#include "dns/list.h"

enum list_cause {
	LIST_UNTESTED,
	LIST_USABLE,
	LIST_BARE,     /* usable, but without the entry that every list has for tests */
	LIST_REFUSES,  /* an answer of 127.255.255.0/24 */
	LIST_WILDCARD, /* it has what cannot be there, or what is no answer of a list */
	LIST_SILENT,   /* SERVFAIL, timeout; several times */
	LIST_UNSURE,   /* it has not answered, and has never been tested before */
	LIST_CAUSE_COUNT
};

struct list_state {
	enum list_cause cause;
	uint32_t address; /* the answer that showed it, or 0 */
};

struct list_slot;

/* The slot of a zone, made when it is new; NULL when there is no room. */
struct list_slot *list_slot_get(struct dns_lists *lists, struct span zone);
struct list_state list_slot_read(const struct list_slot *slot);
/* When the next test is due, and when the last one was made (0: never), in clock_monotonic_us(). */
uint64_t list_slot_due(const struct list_slot *slot);
uint64_t list_slot_tested(const struct list_slot *slot);
void list_slot_hurry(struct list_slot *slot, uint64_t due);
/* True in the one process that is to make the test; it has until `until`. */
bool list_slot_claim(struct list_slot *slot, uint64_t now, uint64_t until);
/* The test was not made. */
void list_slot_release(struct list_slot *slot);
/* The result of a test. Once without an answer changes nothing yet: the test is made again soon. */
void list_slot_publish(const struct dns_lists *lists, struct list_slot *slot,
	struct list_state state, uint64_t now);
/* Whether the state is to be told: on and off by turns, off at most once in an interval. */
bool list_slot_has_news(const struct dns_lists *lists, const struct list_slot *slot, uint64_t now);
/* True in the one process that is to tell it; `state` is what it is to tell. */
bool list_slot_take_news(const struct dns_lists *lists, struct list_slot *slot, uint64_t now,
	struct list_state *state);
bool list_is_on(enum list_cause cause);

/* Seconds between tests: see dns_lists_set_interval(). */
double list_interval(const struct dns_lists *lists, enum list_cause cause);
double list_interval_doubt(const struct dns_lists *lists);
double list_interval_retry(const struct dns_lists *lists);

/* What people and messages are told of a list; `resolver` says whom we ask, or is null. */
void list_fill(struct arena *a, const struct dns_lists *lists, struct span zone,
	struct list_state state, struct span resolver, struct dns_list *out);

#endif
