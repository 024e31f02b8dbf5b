/*
 * What all processes know of the lists, in shared memory.
 *
 * DESIGN: no locks, because whoever holds one may die at any time. A slot is found by the hash of its zone; its
 * state is one word, cause and address, from which each process makes the sentence itself; a test is made by
 * whoever moves the time until which it is claimed. What is read here was perhaps written by a process that
 * has gone wrong, so nothing of it is used as a length or an index unchecked.
 */
#include "dns/list_state.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "dns/inner.h"

enum slot_use { SLOT_FREE, SLOT_IS_WRITTEN, SLOT_USED };

/* Turns to wait for another process that writes a zone's name: a moment, unless it has died there. */
enum { WRITER_TURNS_MOST = 1000 };

struct list_slot {
	_Atomic uint32_t use;
	char zone[DNS_NAME_MOST + 1];
	_Atomic uint64_t state;                /* address << 8 | cause */
	_Atomic uint64_t due, tested, claimed; /* monotonic microseconds */
	_Atomic uint32_t failures;             /* tests without an answer, in a row */
	_Atomic uint32_t is_told_off;
	_Atomic uint64_t told_off; /* when that was */
};

struct dns_lists {
	double interval;
	struct list_slot slots[DNS_LISTS_MOST];
};

struct dns_lists *dns_lists_make(void)
{
	struct dns_lists *lists = mmap(NULL, sizeof(*lists), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (lists == MAP_FAILED)
		panic("no shared memory for %d lists", DNS_LISTS_MOST);
	lists->interval = DNS_LIST_AGAIN;
	return lists;
}

void dns_lists_free(struct dns_lists *lists)
{
	if (lists != NULL)
		(void)munmap(lists, sizeof(*lists));
}

void dns_lists_set_interval(struct dns_lists *lists, double seconds)
{
	lists->interval = seconds;
}

double list_interval(const struct dns_lists *lists, enum list_cause cause)
{
	return list_is_on(cause) ? lists->interval
				 : lists->interval * DNS_LIST_AGAIN_OFF / DNS_LIST_AGAIN;
}

double list_interval_retry(const struct dns_lists *lists)
{
	return lists->interval * DNS_LIST_RETRY / DNS_LIST_AGAIN;
}

bool list_is_on(enum list_cause cause)
{
	return cause == LIST_USABLE || cause == LIST_BARE;
}

double list_interval_doubt(const struct dns_lists *lists)
{
	return lists->interval * DNS_LIST_DOUBT_AGAIN / DNS_LIST_AGAIN;
}

/* ---- slots ---- */

/* FNV-1a: every process must find the same slot, and the names are the administrator's. */
static size_t hash(struct span zone)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < zone.n; i++)
		h = (h ^ (unsigned char)zone.p[i]) * 16777619U;
	return h;
}

/* True when the slot is the zone's, after taking it when it was free. */
static bool take(struct list_slot *slot, struct span zone)
{
	uint32_t use = SLOT_FREE;

	if (atomic_compare_exchange_strong(&slot->use, &use, SLOT_IS_WRITTEN)) {
		memcpy(slot->zone, zone.p, zone.n);
		atomic_store(&slot->use, SLOT_USED);
		return true;
	}
	for (int i = 0; i < WRITER_TURNS_MOST && atomic_load(&slot->use) == SLOT_IS_WRITTEN; i++)
		(void)sched_yield();
	return atomic_load(&slot->use) == SLOT_USED && slot->zone[zone.n] == '\0' &&
		memcmp(slot->zone, zone.p, zone.n) == 0;
}

struct list_slot *list_slot_get(struct dns_lists *lists, struct span zone)
{
	size_t start = hash(zone);

	must(zone.n > 0 && zone.n <= DNS_NAME_MOST);
	for (size_t i = 0; i < DNS_LISTS_MOST; i++) {
		struct list_slot *slot = &lists->slots[(start + i) % DNS_LISTS_MOST];

		if (take(slot, zone))
			return slot;
	}
	return NULL;
}

struct list_state list_slot_read(const struct list_slot *slot)
{
	uint64_t word = atomic_load(&slot->state);

	if ((word & 0xff) >= LIST_CAUSE_COUNT)
		return (struct list_state){.cause = LIST_UNTESTED};
	return (struct list_state){(enum list_cause)(word & 0xff), (uint32_t)(word >> 8)};
}

uint64_t list_slot_due(const struct list_slot *slot)
{
	return atomic_load(&slot->due);
}

uint64_t list_slot_tested(const struct list_slot *slot)
{
	return atomic_load(&slot->tested);
}

void list_slot_hurry(struct list_slot *slot, uint64_t due)
{
	atomic_store(&slot->due, due);
}

bool list_slot_claim(struct list_slot *slot, uint64_t now, uint64_t until)
{
	uint64_t claimed = atomic_load(&slot->claimed);

	return now >= claimed && now >= atomic_load(&slot->due) &&
		atomic_compare_exchange_strong(&slot->claimed, &claimed, until);
}

void list_slot_release(struct list_slot *slot)
{
	atomic_store(&slot->claimed, 0);
}

/* What a test without an answer means: nothing yet, or that the list is silent. */
static struct list_state count_failure(struct list_slot *slot)
{
	struct list_state old = list_slot_read(slot);

	if (atomic_fetch_add(&slot->failures, 1) + 1 >= DNS_LIST_TRIES || old.cause == LIST_SILENT)
		return (struct list_state){.cause = LIST_SILENT};
	return old.cause == LIST_UNTESTED ? (struct list_state){.cause = LIST_UNSURE} : old;
}

void list_slot_publish(const struct dns_lists *lists, struct list_slot *slot,
	struct list_state state, uint64_t now)
{
	bool has_failed = state.cause == LIST_SILENT;
	double pause;

	if (has_failed)
		state = count_failure(slot);
	pause = has_failed && state.cause != LIST_SILENT ? list_interval_retry(lists)
							 : list_interval(lists, state.cause);
	if (!has_failed || state.cause == LIST_SILENT)
		atomic_store(&slot->failures, 0);
	atomic_store(&slot->state, (uint64_t)state.address << 8 | state.cause);
	atomic_store(&slot->tested, now);
	atomic_store(&slot->due, now + (uint64_t)(pause * 1e6));
	atomic_store(&slot->claimed, 0);
}

bool list_slot_has_news(const struct dns_lists *lists, const struct list_slot *slot, uint64_t now)
{
	enum list_cause cause = list_slot_read(slot).cause;
	uint64_t last = atomic_load(&slot->told_off);

	if (cause == LIST_UNTESTED || cause == LIST_UNSURE)
		return false;
	if (atomic_load(&slot->is_told_off) != 0)
		return list_is_on(cause);
	return !list_is_on(cause) && (last == 0 || (double)(now - last) >= lists->interval * 1e6);
}

bool list_slot_take_news(const struct dns_lists *lists, struct list_slot *slot, uint64_t now,
	struct list_state *state)
{
	uint32_t told = atomic_load(&slot->is_told_off);

	*state = list_slot_read(slot);
	if (!list_slot_has_news(lists, slot, now) ||
		!atomic_compare_exchange_strong(&slot->is_told_off, &told,
			!list_is_on(state->cause)))
		return false;
	if (!list_is_on(state->cause))
		atomic_store(&slot->told_off, now);
	return true;
}

/* ---- sentences ---- */

/* The last number of 127.255.255.0/24 as Spamhaus uses it; others follow. */
static const char *refusal(uint32_t address)
{
	switch (address & 0xff) {
	case 252:
		return "its name is written wrongly";
	case 255:
		return "there were more questions than are free of charge";
	default:
		return "they come through a resolver that many share";
	}
}

static struct span print_address(struct arena *a, uint32_t n)
{
	return arena_printf(a, "%u.%u.%u.%u", n >> 24, n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff);
}

static struct span list_explain(struct arena *a, struct span zone, struct list_state state,
	struct span resolver, double again)
{
	struct span answer = print_address(a, state.address);
	struct span ours = span_is_null(resolver)
		? SPAN("")
		: arena_printf(a, " (ours: %.*s)", SPAN_ARG(resolver));

	switch (state.cause) {
	case LIST_REFUSES:
		return arena_printf(a,
			"%.*s is off: it refuses our questions (%.*s): %s%.*s. Set "
			"options.dns.mode = recurse, get a key from the list's owner and ask the "
			"zone that goes with it, or switch the list off in rbl.conf",
			SPAN_ARG(zone), SPAN_ARG(answer), refusal(state.address), SPAN_ARG(ours));
	case LIST_WILDCARD:
		return arena_printf(a,
			"%.*s is off: it lists what no list has (answer %.*s): it has been given up, "
			"or a resolver answers in its place%.*s. Set options.dns.mode = recurse, or "
			"switch the list off in rbl.conf",
			SPAN_ARG(zone), SPAN_ARG(answer), SPAN_ARG(ours));
	case LIST_BARE:
		return arena_printf(a,
			"%.*s does not have the entry that every list has for tests: it may have "
			"been given up, or be empty",
			SPAN_ARG(zone));
	case LIST_UNSURE:
		return arena_printf(a,
			"%.*s is not asked yet: its test had no answer%.*s, and is made again in "
			"%.0f seconds",
			SPAN_ARG(zone), SPAN_ARG(ours), again);
	default:
		return arena_printf(a,
			"%.*s is off: its servers do not answer%.*s. It is tried again every %u "
			"seconds; when all lists are silent, DNS does not work here",
			SPAN_ARG(zone), SPAN_ARG(ours), (unsigned)again);
	}
}

void list_fill(struct arena *a, const struct dns_lists *lists, struct span zone,
	struct list_state state, struct span resolver, struct dns_list *out)
{
	double again = state.cause == LIST_UNSURE ? list_interval_retry(lists)
						  : list_interval(lists, state.cause);

	*out = (struct dns_list){.usable = list_is_on(state.cause)};
	if (state.cause == LIST_BARE)
		out->note = list_explain(a, zone, state, resolver, again);
	else if (!out->usable && state.cause != LIST_UNTESTED)
		out->why = list_explain(a, zone, state, resolver, again);
}

/* ---- for people ---- */

/* Configured zones are; what another process has left here may be anything. */
static bool is_plain(struct span zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (!byte_is_alnum(zone.p[i]) && zone.p[i] != '.' && zone.p[i] != '-' &&
			zone.p[i] != '_')
			return false;
	return zone.n > 0;
}

void dns_lists_each(const struct dns_lists *lists,
	void (*fn)(void *ctx, struct span zone, bool tested, const struct dns_list *list),
	void *ctx)
{
	struct arena *a = arena_make();

	for (size_t i = 0; i < DNS_LISTS_MOST; i++) {
		const struct list_slot *slot = &lists->slots[i];
		struct list_state state = list_slot_read(slot);
		struct span zone = span_from(slot->zone, strnlen(slot->zone, DNS_NAME_MOST));
		struct dns_list list;

		zone = arena_copy(a, zone);
		if (atomic_load(&slot->use) != SLOT_USED || !is_plain(zone))
			continue;
		list_fill(a, lists, zone, state, span_from(NULL, 0), &list);
		fn(ctx, zone, state.cause != LIST_UNTESTED, &list);
	}
	arena_free(a);
}
