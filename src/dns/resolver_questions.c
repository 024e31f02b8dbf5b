/*
 * Questions of messages, put to libunbound, and its answers put into memos.
 *
 * DESIGN: a lookup is one question that libunbound has, and it lives until libunbound has called back. Needs wait
 * at a lookup, and may come and go: a need that times out or is cancelled is taken off, and the lookup goes on for
 * the cache and for whoever asks the same next. So nothing has to be cancelled in libunbound, whose ub_cancel()
 * says nothing and works for some questions only. All needs have the same time, so they stand in one queue in the
 * order in which it ends, with one timer for its head.
 */
#include "dns/resolver_inner.h"

#include <event2/event.h>
#include <string.h>

enum {
	LOOKUPS_MOST = 16384, /* that somebody waits for, or libunbound has */
	STARTED_MOST = 1024,  /* that libunbound has: each takes 13 KB there */
	CLASS_IN = 1,
	CODE_SERVFAIL = 2,
};

struct memo_driver {
	struct need_driver driver;
	struct dns_resolver *resolver;
	struct need_memo *memo;
};

void resolver_plan_chore(struct dns_resolver *r)
{
	static const struct timeval now;

	(void)evtimer_add(r->chore, &now);
}

/* ---- lookups ---- */

static struct lookup **bucket_of(struct dns_resolver *r, struct span key)
{
	return &r->buckets[map_hash(key) % RESOLVER_BUCKETS];
}

static struct lookup *find_lookup(struct dns_resolver *r, struct span key)
{
	for (struct lookup *l = *bucket_of(r, key); l != NULL; l = l->next)
		if (span_equal(span_from(l->key, l->key_size), key))
			return l;
	return NULL;
}

/* NULL when there are too many. */
static struct lookup *add_lookup(struct dns_resolver *r, struct span key)
{
	struct lookup **bucket = bucket_of(r, key), *l = r->unused;

	must(key.n < RESOLVER_KEY_MOST);
	if (l != NULL) {
		r->unused = l->next;
	} else if (r->lookup_count < LOOKUPS_MOST) {
		l = ARENA_NEW(r->arena, struct lookup);
		r->lookup_count++;
	} else {
		return NULL;
	}
	memset(l, 0, sizeof(*l));
	l->resolver = r;
	memcpy(l->key, key.p, key.n);
	l->key_size = key.n;
	l->next = *bucket;
	*bucket = l;
	r->numbers.open++;
	return l;
}

static void drop_lookup(struct lookup *l)
{
	struct dns_resolver *r = l->resolver;
	struct lookup **at = bucket_of(r, span_from(l->key, l->key_size));

	must(l->first == NULL);
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	l->next = r->unused;
	r->unused = l;
	r->numbers.open--;
	if (!l->is_started)
		return;
	r->started--;
	if (r->queue != NULL)
		resolver_plan_chore(r);
}

static void add_to_queue(struct lookup *l)
{
	struct dns_resolver *r = l->resolver;

	l->next_queued = NULL;
	*r->queue_end = l;
	r->queue_end = &l->next_queued;
}

static struct lookup *take_from_queue(struct dns_resolver *r)
{
	struct lookup *l = r->queue;

	if (l == NULL)
		return NULL;
	r->queue = l->next_queued;
	if (r->queue == NULL)
		r->queue_end = &r->queue;
	return l;
}

/* The oldest stand first, and their needs end first. */
static void drop_unwanted(struct dns_resolver *r)
{
	while (r->queue != NULL && r->queue->first == NULL)
		drop_lookup(take_from_queue(r));
}

/* ---- needs that wait ---- */

static void watch_queue(struct dns_resolver *r)
{
	uint64_t now = clock_monotonic_us();

	if (r->head != NULL)
		dns_timer_start(r->expiry, r->head->end > now ? r->head->end - now : 0);
}

static void add_waiter(struct lookup *l, const struct memo_driver *driver, struct arena *a,
	struct need *need)
{
	struct dns_resolver *r = l->resolver;
	struct waiter *w = ARENA_NEW(a, struct waiter);

	w->need = need;
	w->memo = driver->memo;
	w->lookup = l;
	w->end = clock_monotonic_us() + (uint64_t)(r->sources->timeout * 1e6);
	w->beside.after = l->first;
	if (l->first != NULL)
		l->first->beside.before = w;
	l->first = w;
	w->queue.before = r->tail;
	if (r->tail != NULL)
		r->tail->queue.after = w;
	else
		r->head = w;
	r->tail = w;
	need->driver_data = w;
	if (r->head == w)
		watch_queue(r);
}

/* Nobody calls its need any more. */
static void drop_waiter(struct waiter *w)
{
	struct dns_resolver *r = w->lookup->resolver;

	if (w->beside.before != NULL)
		w->beside.before->beside.after = w->beside.after;
	else
		w->lookup->first = w->beside.after;
	if (w->beside.after != NULL)
		w->beside.after->beside.before = w->beside.before;
	if (w->queue.before != NULL)
		w->queue.before->queue.after = w->queue.after;
	else
		r->head = w->queue.after;
	if (w->queue.after != NULL)
		w->queue.after->queue.before = w->queue.before;
	else
		r->tail = w->queue.before;
	w->need->driver_data = NULL;
}

void resolver_expire(struct dns_resolver *r)
{
	uint64_t now = clock_monotonic_us();

	while (r->head != NULL && r->head->end <= now) {
		struct waiter *w = r->head;
		struct need_memo *memo = w->memo;
		struct need *need = w->need;

		drop_waiter(w);
		r->numbers.failed++;
		need_answer(memo, need, why_set(&need->why, RC_TEMPFAIL, "timeout"), NULL);
	}
	drop_unwanted(r);
	watch_queue(r);
}

/* ---- answers ---- */

static enum rc read_outcome(struct arena *a, enum dns_type type, const struct outcome *o,
	const struct dns_answer **out, struct why *why)
{
	struct dns_answer *secure;
	enum rc rc;

	if (o->security == SECURITY_BOGUS)
		return why_set(why, RC_TEMPFAIL, "server failure: DNSSEC: %s",
			o->why_bogus == NULL ? "the signature is wrong" : o->why_bogus);
	if (o->rcode != 0)
		return why_set(why, RC_TEMPFAIL, "server failure");
	rc = dns_answer_read(a, type, o->packet, out, why);
	if (rc == RC_OK && o->security == SECURITY_SECURE) {
		secure = ARENA_NEW(a, struct dns_answer);
		*secure = **out;
		secure->secure = true;
		*out = secure;
	}
	return rc;
}

/* From the loop, to all who wait for it; the lookup ends. */
static void deliver(struct lookup *l, const struct outcome *o)
{
	while (l->first != NULL) {
		struct waiter *w = l->first;
		struct need_memo *memo = w->memo;
		struct need *need = w->need;
		const struct dns_answer *answer = NULL;
		enum rc rc;

		drop_waiter(w);
		rc = read_outcome(need_memo_arena(memo), l->type, o, &answer, &need->why);
		l->resolver->numbers.failed += rc != RC_OK;
		need_answer(memo, need, rc, answer);
	}
	drop_lookup(l);
}

static void keep_for_later(struct lookup *l, const struct outcome *o)
{
	struct dns_resolver *r = l->resolver;

	l->late = *o;
	l->late.packet = arena_copy(r->late_arena, o->packet);
	if (o->why_bogus != NULL)
		l->late.why_bogus = arena_string(r->late_arena, span_of(o->why_bogus));
	l->next_late = NULL;
	*r->late_end = l;
	r->late_end = &l->next_late;
	resolver_plan_chore(r);
}

void resolver_deliver_late(struct dns_resolver *r)
{
	struct lookup *l = r->late;

	r->late = NULL;
	r->late_end = &r->late;
	while (l != NULL) {
		struct lookup *next = l->next_late;

		deliver(l, &l->late);
		l = next;
	}
	arena_reset(r->late_arena);
}

bool resolver_is_undecided(const struct dns_resolver *r)
{
	return r->now != NULL && r->now->mode == DNS_RECURSE && !r->now->works && r->next_try == 0;
}

/* Another one may be asked in a moment. */
static void put_back(struct lookup *l)
{
	struct dns_resolver *r = l->resolver;

	l->is_started = false;
	r->started--;
	r->is_held = true;
	add_to_queue(l);
	resolver_plan_chore(r);
}

bool resolver_is_doubtful(const struct dns_upstream *u)
{
	if (u->mode != DNS_RECURSE)
		return u->bogus_in_row >= RESOLVER_BOGUS_MOST;
	return u->works && u->failed_in_row >= RESOLVER_FAILED_MOST &&
		clock_monotonic_us() - u->last_answer > RESOLVER_SILENCE_US;
}

/* What an answer says of the one who gave it. */
static void judge_upstream(struct dns_upstream *u, const struct outcome *o)
{
	if (o->security == SECURITY_BOGUS) {
		u->bogus_in_row++;
	} else if (o->rcode == 0) {
		u->works = true;
		u->failed_in_row = 0;
		u->last_answer = clock_monotonic_us();
	} else {
		u->failed_in_row++;
	}
	if (o->security == SECURITY_SECURE)
		u->bogus_in_row = 0;
	if (resolver_is_doubtful(u))
		resolver_plan_chore(u->resolver);
}

static void answer_at_once(struct dns_resolver *r, const struct outcome *o)
{
	const struct dns_answer *answer = NULL;
	struct need *need = r->asking_need;

	r->is_answered = true;
	need->rc = read_outcome(r->asking_arena, r->asking->type, o, &answer, &need->why);
	need->answer = answer;
}

/* libunbound's callback. It may come from inside of ub_resolve_event(), also for other questions. */
static void on_result(void *ctx, int rcode, void *packet, int size, int security, char *why_bogus,
	int was_ratelimited)
{
	struct lookup *l = ctx;
	struct outcome o = {.rcode = rcode, .security = security, .why_bogus = why_bogus};

	/* who closes it looks after the lookup, too */
	if (l->upstream->is_closing)
		return;
	if (rcode == 0 && packet != NULL && size > 0)
		o.packet = span_from(packet, (size_t)size);
	/* what comes at once is from the cache, or a name that libunbound knows without asking */
	if (l->resolver->depth == 0)
		judge_upstream(l->upstream, &o);
	if (l->resolver->depth == 0 && rcode != 0 && resolver_is_undecided(l->resolver))
		put_back(l);
	else if (l == l->resolver->asking)
		answer_at_once(l->resolver, &o);
	else if (l->resolver->depth > 0)
		keep_for_later(l, &o);
	else
		deliver(l, &o);
}

int resolver_put(struct dns_resolver *r, struct dns_upstream *u, const char *name, int code,
	void *ctx, ub_event_callback_type callback)
{
	int error;

	r->depth++;
	error = ub_resolve_event(u->ctx, name, code, CLASS_IN, ctx, callback, NULL);
	r->depth--;
	return error;
}

static bool can_start(const struct dns_resolver *r)
{
	return !r->is_held && r->started < STARTED_MOST;
}

/* The key is "TYPE name". */
static int start_lookup(struct lookup *l)
{
	const char *name = memchr(l->key, ' ', l->key_size);

	must(name != NULL);
	l->upstream = l->resolver->now;
	l->is_started = true;
	l->resolver->started++;
	return resolver_put(l->resolver, l->upstream, name + 1, dns_type_code(l->type), l,
		on_result);
}

void resolver_start_queued(struct dns_resolver *r)
{
	static const struct outcome failure = {.rcode = CODE_SERVFAIL};

	for (drop_unwanted(r); r->queue != NULL && can_start(r); drop_unwanted(r)) {
		struct lookup *l = take_from_queue(r);

		if (start_lookup(l) != 0)
			deliver(l, &failure);
	}
}

void resolver_ask_again(struct dns_resolver *r)
{
	r->started = 0;
	r->queue = NULL;
	r->queue_end = &r->queue;
	for (size_t i = 0; i < RESOLVER_BUCKETS; i++) {
		for (struct lookup *l = r->buckets[i], *next; l != NULL; l = next) {
			next = l->next;
			l->is_started = false;
			if (l->first == NULL)
				drop_lookup(l);
			else
				add_to_queue(l);
		}
	}
	resolver_start_queued(r);
}

/* ---- the driver ---- */

static enum rc ask_new(const struct memo_driver *driver, struct arena *a, struct need *need)
{
	struct dns_resolver *r = driver->resolver;
	struct span rest = need->key, word;
	struct lookup *l = add_lookup(r, need->key);
	int error;

	if (l == NULL) {
		r->numbers.failed++;
		return why_set(&need->why, RC_TEMPFAIL, "too many questions are open");
	}
	must(dns_take_word(&rest, &word) && dns_find_type(word, &l->type));
	if (!can_start(r)) {
		add_to_queue(l);
		add_waiter(l, driver, a, need);
		return RC_WAIT;
	}
	r->asking = l;
	r->asking_need = need;
	r->asking_arena = a;
	r->is_answered = false;
	error = start_lookup(l);
	r->asking = NULL;
	if (error != 0) {
		drop_lookup(l);
		r->numbers.failed++;
		return why_set(&need->why, RC_TEMPFAIL, "the resolver: %s", ub_strerror(error));
	}
	if (!r->is_answered) {
		add_waiter(l, driver, a, need);
		return RC_WAIT;
	}
	drop_lookup(l);
	r->numbers.cached += need->rc == RC_OK;
	r->numbers.failed += need->rc != RC_OK;
	return need->rc;
}

/*
 * For libunbound a backslash begins an escape, in mail it is a byte that no name has. (And a question that it does
 * not understand stays in its memory.)
 */
static enum rc answer_no_name(struct arena *a, struct need *need)
{
	struct dns_answer *answer = ARENA_NEW(a, struct dns_answer);

	answer->status = DNS_NO_NAME;
	need->answer = answer;
	return RC_OK;
}

static enum rc ask(void *ctx, struct arena *a, struct need *need)
{
	const struct memo_driver *driver = ctx;
	struct dns_resolver *r = driver->resolver;
	struct lookup *l;

	r->numbers.asked++;
	if (span_has_byte(need->key, '\\'))
		return answer_no_name(a, need);
	if (r->now == NULL) {
		r->numbers.failed++;
		return why_set(&need->why, RC_TEMPFAIL, "%s",
			r->sources->mode == DNS_OFF ? "DNS is switched off (options.dns.mode)"
						    : "no name server is known");
	}
	if (!r->has_begun)
		resolver_begin(r);
	l = find_lookup(r, need->key);
	if (l == NULL)
		return ask_new(driver, a, need);
	add_waiter(l, driver, a, need);
	return RC_WAIT;
}

static void cancel(void *ctx, struct need *need)
{
	if (need->driver_data != NULL)
		drop_waiter(need->driver_data);
}

const struct need_driver *dns_resolver_driver(struct dns_resolver *r, struct need_memo *memo)
{
	struct arena *a = need_memo_arena(memo);
	struct memo_driver *driver;

	if (r->sources->zone != NULL)
		return dns_zone_driver(a, r->sources->zone);
	driver = ARENA_NEW(a, struct memo_driver);
	driver->resolver = r;
	driver->memo = memo;
	driver->driver = (struct need_driver){&dns_kind, driver, ask, cancel};
	return &driver->driver;
}
