/*
 * Whom the resolver asks: the servers of the zones or some that are named, with or without signatures, and what
 * works now.
 *
 * DESIGN: there is one upstream that is asked, and at most one candidate beside it, whose first question shows
 * whether it works. Then it takes the place of the other, and what is open is asked again. Nothing else ever
 * changes, so there is no state in between.
 */
#include "dns/resolver.h"

#include <event2/event.h>
#include <string.h>

#include "dns/resolver_inner.h"

enum {
	CODE_NS = 2,
	CODE_DNSKEY = 48,
	PROBE_US = 3000000, /* until recursion that gives no answer counts as blocked */
	AGAIN_LEAST = 30,   /* seconds until what did not work is tried again; doubled each time */
	AGAIN_MOST = 300,
	HELD_US = 500000,  /* that first questions wait for the probe of a server */
	HOSTS_SECONDS = 5, /* between looks at the addresses of servers that have names */
};

static void say(struct dns_resolver *r, const char *sentence)
{
	if (r->tell != NULL)
		r->tell(r->tell_ctx, sentence);
}

static bool has_anchors(const struct dns_resolver *r)
{
	return r->sources->anchor_count > 0;
}

static void plan_next_try(struct dns_resolver *r)
{
	r->next_try = clock_monotonic_us() + r->again * 1000000ULL;
	r->again = (unsigned)num_min(2 * r->again, AGAIN_MOST);
}

/* For recursion any answer is good; from a server, one that proves that it passes signatures on. */
static void on_probe(void *ctx, int rcode, void *packet, int size, int security, char *why_bogus,
	int was_ratelimited)
{
	struct dns_upstream *u = ctx;
	bool is_good = rcode == 0 && security != SECURITY_BOGUS;

	if (u->is_closing)
		return;
	if (u->mode != DNS_RECURSE)
		is_good &= security == SECURITY_SECURE;
	u->probe = is_good ? DNS_PROBE_GOOD : DNS_PROBE_BAD;
	u->works |= is_good;
	if (is_good)
		u->last_answer = clock_monotonic_us();
	resolver_plan_chore(u->resolver);
}

/* The name whose key is trusted: the first word of its record. */
static const char *find_anchor(const struct dns_resolver *r)
{
	struct span text = span_of(r->sources->anchors[0]), name;

	return dns_take_word(&text, &name) ? arena_string(r->now->arena, name) : ".";
}

static void probe(struct dns_resolver *r, struct dns_upstream *u)
{
	bool recurses = u->mode == DNS_RECURSE;

	u->resolver = r;
	u->probe = DNS_PROBE_OPEN;
	u->probe_end = clock_monotonic_us() + PROBE_US;
	if (resolver_put(r, u, recurses ? "." : find_anchor(r), recurses ? CODE_NS : CODE_DNSKEY, u,
		    on_probe) != 0)
		u->probe = DNS_PROBE_BAD;
	resolver_plan_chore(r);
}

/* One more upstream; NULL when it cannot be made. */
static struct dns_upstream *open_upstream(struct dns_resolver *r, enum dns_mode mode,
	bool validates)
{
	struct dns_upstream *u;

	if (dns_upstream_open(r->base, r->sources, mode, validates, &u, NULL) != RC_OK)
		return NULL;
	u->resolver = r;
	return u;
}

/* From the loop only: libunbound must not be inside of a call. */
static void change_to(struct dns_resolver *r, struct dns_upstream *u)
{
	if (u == NULL)
		return;
	resolver_deliver_late(r);
	dns_upstream_close(r->now);
	r->now = u;
	resolver_ask_again(r);
}

static void close_candidate(struct dns_resolver *r)
{
	dns_upstream_close(r->candidate);
	r->candidate = NULL;
	if (r->now != NULL)
		dns_upstream_restore(r->base, r->now);
	plan_next_try(r);
}

static void try_candidate(struct dns_resolver *r)
{
	enum dns_mode mode = r->sources->mode;

	r->next_try = 0;
	r->candidate = open_upstream(r, mode, has_anchors(r));
	if (r->candidate != NULL)
		probe(r, r->candidate);
	else
		plan_next_try(r);
}

/* Servers that were named: signatures are checked once they have shown that they pass them on. */
static void ask_servers(struct dns_resolver *r, enum dns_mode mode)
{
	dns_upstream_close(r->candidate);
	r->candidate = NULL;
	r->is_doubt = false;
	change_to(r, open_upstream(r, mode, false));
	if (mode == r->sources->mode && has_anchors(r) && r->now != NULL)
		try_candidate(r);
}

/* Recursion has never worked here, or does no longer. */
static void fall_back(struct dns_resolver *r)
{
	bool has_servers = r->sources->system.n > 0;

	r->now->probe = DNS_PROBE_BAD;
	plan_next_try(r);
	if (!r->has_told)
		say(r,
			has_servers
				? "DNS: the servers of the zones cannot be asked from here (is port "
				  "53 blocked?): the system's servers are asked instead, block "
				  "lists may refuse them"
				: "DNS: the servers of the zones cannot be asked from here (is port "
				  "53 blocked?), and the system names no other: what needs an answer "
				  "is not checked");
	r->has_told = true;
	if (has_servers)
		ask_servers(r, DNS_SYSTEM);
}

/* Whether what worked still does, by one that has nothing in its cache: names alone may lie. */
static void doubt(struct dns_resolver *r)
{
	r->candidate = open_upstream(r, r->now->mode, r->now->validates);
	if (r->candidate == NULL)
		return;
	r->is_doubt = true;
	probe(r, r->candidate);
}

static void end_doubt(struct dns_resolver *r, bool is_good)
{
	struct dns_upstream *u = r->now;

	r->is_doubt = false;
	dns_upstream_close(r->candidate);
	r->candidate = NULL;
	u->bogus_in_row = u->failed_in_row = 0;
	u->last_answer = clock_monotonic_us();
	if (!is_good && u->mode != DNS_RECURSE)
		ask_servers(r, u->mode);
	else
		u->works &= is_good;
}

static void end_probe(struct dns_resolver *r)
{
	struct dns_upstream *u = r->candidate;

	if (u->probe == DNS_PROBE_OPEN && clock_monotonic_us() < u->probe_end)
		return;
	if (r->is_doubt) {
		end_doubt(r, u->probe == DNS_PROBE_GOOD);
		return;
	}
	if (u->probe != DNS_PROBE_GOOD) {
		close_candidate(r);
		return;
	}
	r->candidate = NULL;
	r->next_try = 0;
	r->again = AGAIN_LEAST;
	change_to(r, u);
	if (r->has_told)
		say(r, "DNS: the servers of the zones can be asked again");
	r->has_told = false;
}

static void look_at_recursion(struct dns_resolver *r)
{
	struct dns_upstream *u = r->now;
	bool is_over = u->probe == DNS_PROBE_BAD || clock_monotonic_us() >= u->probe_end;

	/* without a system's servers it is `now` that is tried again, and may have begun to work */
	if (u->works && r->has_told) {
		say(r, "DNS: the servers of the zones can be asked again");
		r->has_told = false;
		r->next_try = 0;
	}
	if (!u->works && is_over && r->next_try == 0)
		fall_back(r);
}

/* The addresses of servers that have names may have changed; and they may be known only now. */
static void look_at_hosts(struct dns_resolver *r)
{
	struct dns_addresses now;

	dns_addresses_find(r->sources, r->sources->mode, &now);
	if (now.n > 0 && (r->now == NULL || memcmp(&now, &r->now->addresses, sizeof(now)) != 0))
		ask_servers(r, r->sources->mode);
}

/* Most of the time there is nothing to look at. */
static void plan_next_chore(struct dns_resolver *r)
{
	struct timeval pause = {.tv_sec = 0};
	bool is_open = r->now != NULL && r->now->mode == DNS_RECURSE && !r->now->works;

	if (r->is_held)
		pause.tv_usec = HELD_US;
	else if (r->candidate != NULL || is_open)
		pause.tv_sec = 1;
	else if (r->sources->hosts != NULL)
		pause.tv_sec = HOSTS_SECONDS;
	else if (r->next_try != 0)
		pause.tv_sec = AGAIN_LEAST;
	if (pause.tv_sec > 0 || pause.tv_usec > 0)
		(void)evtimer_add(r->chore, &pause);
}

static void on_chore(evutil_socket_t fd, short what, void *ctx)
{
	struct dns_resolver *r = ctx;

	resolver_deliver_late(r);
	resolver_start_queued(r);
	if (r->sources->hosts != NULL)
		look_at_hosts(r);
	if (r->candidate != NULL)
		end_probe(r);
	else if (r->next_try != 0 && clock_monotonic_us() >= r->next_try)
		try_candidate(r);
	if (r->now != NULL && r->now->mode == DNS_RECURSE)
		look_at_recursion(r);
	if (r->now != NULL && r->candidate == NULL && resolver_is_doubtful(r->now))
		doubt(r);
	if (r->is_held && !resolver_is_undecided(r) &&
		(r->candidate == NULL || clock_monotonic_us() >= r->held_until)) {
		r->is_held = false;
		resolver_start_queued(r);
	}
	plan_next_chore(r);
}

/* ---- the door ---- */

static void on_expiry(evutil_socket_t fd, short what, void *ctx)
{
	resolver_expire(ctx);
}

static enum rc open_first(struct dns_resolver *r, struct why *why)
{
	bool recurses = r->sources->mode == DNS_RECURSE;
	enum rc rc;

	if (r->sources->mode == DNS_OFF || r->sources->zone != NULL)
		return RC_OK;
	rc = dns_upstream_open(r->base, r->sources, r->sources->mode, recurses && has_anchors(r),
		&r->now, why);
	if (rc == RC_OK)
		r->now->resolver = r;
	/* the name of a server may get its address later */
	if (rc == RC_NOT_FOUND && r->sources->hosts != NULL) {
		resolver_plan_chore(r);
		rc = RC_OK;
	}
	return rc;
}

/* With the first question: a command that asks nothing need not try what works. */
void resolver_begin(struct dns_resolver *r)
{
	r->has_begun = true;
	if (r->sources->mode == DNS_RECURSE)
		probe(r, r->now);
	else if (has_anchors(r) && r->candidate == NULL)
		try_candidate(r);
	r->is_held = r->candidate != NULL;
	r->held_until = clock_monotonic_us() + HELD_US;
	resolver_plan_chore(r);
}

enum rc dns_resolver_open(struct event_base *base, const struct dns_sources *sources,
	void (*tell)(void *ctx, const char *sentence), void *ctx, struct dns_resolver **out,
	struct why *why)
{
	struct arena *a = arena_make();
	struct dns_resolver *r = ARENA_NEW(a, struct dns_resolver);
	enum rc rc;

	*r = (struct dns_resolver){
		.arena = a,
		.base = base,
		.sources = sources,
		.tell = tell,
		.tell_ctx = ctx,
		.again = AGAIN_LEAST,
		.late_arena = arena_make(),
	};
	r->late_end = &r->late;
	r->queue_end = &r->queue;
	r->chore = evtimer_new(base, on_chore, r);
	r->expiry = evtimer_new(base, on_expiry, r);
	must(r->chore != NULL && r->expiry != NULL);
	rc = open_first(r, why);
	if (rc == RC_OK)
		*out = r;
	else
		dns_resolver_close(r);
	return rc;
}

void dns_resolver_close(struct dns_resolver *r)
{
	if (r == NULL)
		return;
	dns_upstream_close(r->candidate);
	dns_upstream_close(r->now);
	event_free(r->chore);
	event_free(r->expiry);
	arena_free(r->late_arena);
	arena_free(r->arena);
}

bool dns_resolver_is_ready(const struct dns_resolver *r)
{
	return r->now != NULL || r->sources->mode == DNS_OFF || r->sources->zone != NULL;
}

void dns_resolver_numbers(const struct dns_resolver *r, struct dns_numbers *out)
{
	*out = r->numbers;
}

struct span dns_resolver_describe(struct arena *a, const struct dns_resolver *r)
{
	if (r->sources->zone != NULL)
		return SPAN("a table of answers");
	if (r->sources->mode == DNS_OFF)
		return SPAN("switched off");
	if (r->now == NULL)
		return SPAN("no name server is known");
	return dns_upstream_describe(a, r->now);
}
