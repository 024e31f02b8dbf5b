/*
 * Tests lists and answers which of them can be believed.
 *
 * DESIGN: each process has a timer for each list, and the one that claims a test which is due makes it; the
 * others see its result when their own timer fires, or at once when a message asks. So there is no process
 * whose death stops the tests, and a list gets two questions an hour, not two for each process.
 */
#include "dns/list_state.h"

#include <event2/event.h>
#include <string.h>

#include "dns/inner.h"
#include "dns/resolver.h"

enum {
	QUESTIONS_MOST = 4,
	CLAIM_US = 30000000, /* a test whose process has died is made by another one after that */
	LOOK_US = 50000,     /* how often to look for a result that a message waits for */
	NEWS_MOST = 4096,    /* bytes of a sentence */
};

struct waiting {
	struct waiting *next;
	struct need_memo *memo;
	struct need *need;
};

/* A test under way. */
struct test {
	struct arena *arena;
	struct need_memo *memo;
	struct needs needs;
};

struct watched {
	struct dns_lists_monitor *monitor;
	struct span zone;
	enum dns_list_kind kind;
	struct list_slot *slot;
	struct event *timer; /* the next look */
	struct event *turn;  /* an answer to the test has come */
	struct test *test;   /* or NULL */
	struct waiting *waiting;
};

struct dns_lists_monitor {
	struct arena *arena;
	struct event_base *base;
	struct dns_resolver *resolver;
	struct dns_lists *lists;
	void (*tell)(void *ctx, const char *sentence, bool is_good);
	void *ctx;
	struct map *watched; /* struct watched by zone */
	struct event *news;  /* what has changed is told, all lists together */
};

/* ---- what a message gets ---- */

static const struct dns_list *make_answer(struct arena *a, const struct watched *w,
	struct list_state state)
{
	static const struct dns_list usable = {.usable = true};
	struct dns_list *list;
	const struct dns_lists_monitor *m = w->monitor;

	if (state.cause == LIST_USABLE)
		return &usable;
	list = ARENA_NEW(a, struct dns_list);
	list_fill(a, m->lists, w->zone, state, dns_resolver_describe(a, m->resolver), list);
	return list;
}

static void answer_waiting(struct watched *w)
{
	struct list_state state = list_slot_read(w->slot);
	struct waiting *next;

	if (state.cause == LIST_UNTESTED)
		return;
	for (struct waiting *all = w->waiting; all != NULL; all = next) {
		next = all->next;
		w->waiting = next;
		need_answer(all->memo, all->need, RC_OK,
			make_answer(need_memo_arena(all->memo), w, state));
	}
}

/* ---- the test ---- */

/* ::FFFF:7F00:0 without its last nibble, as RFC 5782 section 2.4 writes addresses. */
#define IPV6_POINT "0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

/*
 * RFC 5782 section 5: what must not be there, and what must, if anything. In lists of digests nobody can have put one
 * that no text is known to have; it is one in hexadecimal and in base32.
 */
static const struct {
	struct span absent, present;
} points[] = {
	[DNS_LIST_OF_ADDRESSES] = {SPAN_INIT("1.0.0.127"), SPAN_INIT("2.0.0.127")},
	[DNS_LIST_OF_IPV6] = {SPAN_INIT("1." IPV6_POINT), SPAN_INIT("2." IPV6_POINT)},
	[DNS_LIST_OF_DOMAINS] = {SPAN_INIT("invalid"), SPAN_INIT("test")},
	[DNS_LIST_OF_DIGESTS] = {.absent = SPAN_INIT("ffffffffffffffffffffffffffffffff")},
};

static uint32_t pack_address(struct span text)
{
	struct ip ip;
	const uint8_t *b = ip.bytes + 12;

	if (!ip_parse(text, &ip) || !ip_is_v4(&ip))
		return 0;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/*
 * A test point that should be there and is not, is no reason to switch a list off: some lists have none, and one
 * without entries hurts nobody. But people may want to know. One that is there twice, with an answer that is none, is
 * judged by the worse.
 */
static struct list_state judge(enum rc rc, const struct dns_answer *answer, bool may_be_there)
{
	struct list_state state = {.cause = LIST_USABLE};

	if (rc != RC_OK)
		return (struct list_state){.cause = LIST_SILENT};
	if (may_be_there && answer->n == 0)
		state.cause = LIST_BARE;
	for (size_t i = 0; i < answer->n; i++) {
		struct span text = answer->v[i].text;

		switch (dns_list_judge(text)) {
		case DNS_LIST_REFUSED:
			return (struct list_state){LIST_REFUSES, pack_address(text)};
		case DNS_LIST_NOT_AN_ANSWER:
			state = (struct list_state){LIST_WILDCARD, pack_address(text)};
			break;
		case DNS_LIST_LISTED:
			if (!may_be_there && state.cause == LIST_USABLE)
				state = (struct list_state){LIST_WILDCARD, pack_address(text)};
			break;
		}
	}
	return state;
}

static enum rc ask_point(const struct watched *w, struct span point, const struct dns_answer **out)
{
	struct span name =
		arena_printf(w->test->arena, "%.*s.%.*s", SPAN_ARG(point), SPAN_ARG(w->zone));

	return dns_need_a(&w->test->needs, name, out);
}

/* False while answers are missing. */
static bool run_test(struct watched *w, struct list_state *out)
{
	bool has_present = points[w->kind].present.n > 0;
	const struct dns_answer *absent, *present = NULL;
	struct list_state second = {.cause = LIST_USABLE};
	enum rc rc[2] = {RC_OK, RC_OK};

	needs_init(&w->test->needs, w->test->memo, QUESTIONS_MOST);
	rc[0] = ask_point(w, points[w->kind].absent, &absent);
	if (has_present)
		rc[1] = ask_point(w, points[w->kind].present, &present);
	if (need_pending(&w->test->needs))
		return false;
	*out = judge(rc[0], absent, false);
	if (has_present)
		second = judge(rc[1], present, true);
	if (out->cause == LIST_USABLE || second.cause == LIST_REFUSES)
		*out = second;
	return true;
}

/* ---- news ---- */

/* Lists of one kind of news, in one sentence. */
struct group {
	size_t n;
	struct watched *last; /* any of them */
	struct list_state state;
	struct buf zones;
};

static void add_to_group(struct group *g, struct watched *w, struct list_state state)
{
	buf_printf(&g->zones, "%s%.*s", g->n == 0 ? "" : ", ", SPAN_ARG(w->zone));
	g->n++;
	g->last = w;
	g->state = state;
}

static void tell_why(struct watched *w, struct arena *a, struct list_state state)
{
	w->monitor->tell(w->monitor->ctx, arena_string(a, make_answer(a, w, state)->why), false);
}

static void tell_silent(struct dns_lists_monitor *m, struct arena *a, struct group *g)
{
	struct span ours = dns_resolver_describe(a, m->resolver), zones = buf_span(&g->zones);

	if (g->n == 1)
		tell_why(g->last, a, g->state);
	else if (g->n > 1)
		m->tell(m->ctx,
			arena_printf(a,
				"%zu block lists are off: their servers do not answer (ours: %.*s): "
				"%.*s. They are tried again every %.0f seconds; when all lists are "
				"silent, DNS does not work here: see winnow doctor",
				g->n, SPAN_ARG(ours), SPAN_ARG(zones),
				list_interval(m->lists, LIST_SILENT))
				.p,
			false);
}

static void tell_well(struct dns_lists_monitor *m, struct arena *a, struct group *g)
{
	struct span zones = buf_span(&g->zones);

	if (g->n == 1)
		m->tell(m->ctx,
			arena_printf(a, "%.*s is on again: it answers as a list does",
				SPAN_ARG(zones))
				.p,
			true);
	else if (g->n > 1)
		m->tell(m->ctx,
			arena_printf(a,
				"%zu block lists are on again: they answer as lists do: %.*s", g->n,
				SPAN_ARG(zones))
				.p,
			true);
}

static void on_news(evutil_socket_t fd, short what, void *ctx)
{
	struct dns_lists_monitor *m = ctx;
	struct arena *a = arena_make();
	uint64_t now = clock_monotonic_us();
	struct group silent = {0}, well = {0};

	buf_init(&silent.zones, a, NEWS_MOST);
	buf_init(&well.zones, a, NEWS_MOST);
	for (size_t i = 0; i < map_count(m->watched); i++) {
		struct watched *w = map_value(m->watched, i);
		struct list_state state;

		if (!list_slot_take_news(m->lists, w->slot, now, &state))
			continue;
		if (list_is_on(state.cause))
			add_to_group(&well, w, state);
		else if (state.cause == LIST_SILENT)
			add_to_group(&silent, w, state);
		else
			tell_why(w, a, state);
	}
	tell_silent(m, a, &silent);
	tell_well(m, a, &well);
	arena_free(a);
}

/* Not at once: when DNS is gone, the other lists end their tests in the same moment. */
static void plan_news(const struct watched *w)
{
	struct dns_lists_monitor *m = w->monitor;

	if (list_slot_has_news(m->lists, w->slot, clock_monotonic_us()))
		dns_timer_start(m->news, (uint64_t)(list_interval_retry(m->lists) / 5 * 1e6));
}

/* ---- steps of a test ---- */

static void plan(struct watched *w);

/* From the loop alone: a test may not end within a call of the resolver. */
static void step_test(struct watched *w)
{
	struct list_state state;

	if (!run_test(w, &state))
		return;
	list_slot_publish(w->monitor->lists, w->slot, state, clock_monotonic_us());
	plan_news(w);
	arena_free(w->test->arena);
	w->test = NULL;
	answer_waiting(w);
	plan(w);
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct watched *w = ctx;

	if (w->test != NULL)
		step_test(w);
}

static void on_answer(void *ctx)
{
	static const struct timeval now;
	struct watched *w = ctx;

	(void)evtimer_add(w->turn, &now);
}

static void start_test(struct watched *w)
{
	struct arena *a = arena_make();

	w->test = ARENA_NEW(a, struct test);
	w->test->arena = a;
	w->test->memo = need_memo_make(a, 0);
	need_memo_use(w->test->memo, dns_resolver_driver(w->monitor->resolver, w->test->memo));
	need_memo_on_answer(w->test->memo, on_answer, w);
	step_test(w);
}

/* ---- when ---- */

/* While others make a test, it is looked for now and then; a message that waits wants it soon. */
static void plan(struct watched *w)
{
	uint64_t now = clock_monotonic_us(), due = list_slot_due(w->slot);

	if (w->test != NULL)
		return;
	if (w->waiting != NULL)
		dns_timer_start(w->timer, LOOK_US);
	else if (due <= now)
		dns_timer_start(w->timer,
			(uint64_t)(list_interval_doubt(w->monitor->lists) * 1e6 / 2));
	else
		dns_timer_start(w->timer, due - now);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct watched *w = ctx;
	uint64_t now = clock_monotonic_us();

	answer_waiting(w);
	/* another process may know a server already; and this one soon */
	if (!dns_resolver_is_ready(w->monitor->resolver)) {
		dns_timer_start(w->timer, (uint64_t)(list_interval_retry(w->monitor->lists) * 1e6));
		return;
	}
	if (w->test == NULL && list_slot_claim(w->slot, now, now + CLAIM_US))
		start_test(w);
	plan(w);
}

/* ---- the door ---- */

struct dns_lists_monitor *dns_lists_open(struct event_base *base, struct dns_resolver *resolver,
	struct dns_lists *lists, void (*tell)(void *ctx, const char *sentence, bool is_good),
	void *ctx)
{
	struct arena *a = arena_make();
	struct dns_lists_monitor *m = ARENA_NEW(a, struct dns_lists_monitor);

	*m = (struct dns_lists_monitor){
		.arena = a,
		.base = base,
		.resolver = resolver,
		.lists = lists,
		.tell = tell,
		.ctx = ctx,
		.watched = map_make_nocase(a),
	};
	m->news = evtimer_new(base, on_news, m);
	must(m->news != NULL);
	return m;
}

void dns_lists_close(struct dns_lists_monitor *m)
{
	if (m == NULL)
		return;
	event_free(m->news);
	for (size_t i = 0; i < map_count(m->watched); i++) {
		struct watched *w = map_value(m->watched, i);

		event_free(w->timer);
		event_free(w->turn);
		if (w->test == NULL)
			continue;
		need_memo_on_answer(w->test->memo, NULL, NULL);
		need_memo_expire(w->test->memo, "the monitor was closed");
		/* the next process need not wait until the claim is over */
		list_slot_release(w->slot);
		arena_free(w->test->arena);
	}
	arena_free(m->arena);
}

/* NULL when there are too many lists. */
static struct watched *watch(struct dns_lists_monitor *m, struct span zone, enum dns_list_kind kind)
{
	static const struct timeval now;
	struct watched *w = map_find(m->watched, zone);
	struct list_slot *slot;

	if (w != NULL || !dns_is_name(zone))
		return w;
	if (zone.p[zone.n - 1] == '.')
		zone.n--;
	zone = arena_lower(m->arena, zone);
	slot = list_slot_get(m->lists, zone);
	if (slot == NULL)
		return NULL;
	w = ARENA_NEW(m->arena, struct watched);
	*w = (struct watched){.monitor = m, .zone = zone, .kind = kind, .slot = slot};
	w->timer = evtimer_new(m->base, on_timer, w);
	w->turn = evtimer_new(m->base, on_turn, w);
	must(w->timer != NULL && w->turn != NULL);
	(void)map_put(m->watched, zone, w);
	(void)evtimer_add(w->timer, &now);
	return w;
}

void dns_lists_watch(struct dns_lists_monitor *monitor, struct span zone, enum dns_list_kind kind)
{
	(void)watch(monitor, zone, kind);
}

void dns_lists_doubt(struct dns_lists_monitor *monitor, struct span zone)
{
	struct watched *w = map_find(monitor->watched, zone);
	uint64_t now = clock_monotonic_us();
	static const struct timeval soon;

	if (w == NULL || w->test != NULL || !list_is_on(list_slot_read(w->slot).cause) ||
		(double)(now - list_slot_tested(w->slot)) <
			list_interval_doubt(monitor->lists) * 1e6)
		return;
	list_slot_hurry(w->slot, now);
	(void)evtimer_add(w->timer, &soon);
}

/* ---- the driver ---- */

struct lists_driver {
	struct need_driver driver;
	struct dns_lists_monitor *monitor;
	struct need_memo *memo;
};

static enum rc ask(void *ctx, struct arena *a, struct need *need)
{
	const struct lists_driver *d = ctx;
	struct watched *w = watch(d->monitor, need->key, DNS_LIST_OF_ADDRESSES);
	static const struct timeval now;
	struct waiting *waiting;
	struct list_state state;

	if (w == NULL)
		return why_set(&need->why, RC_TEMPFAIL, "there are more than %d lists",
			DNS_LISTS_MOST);
	state = list_slot_read(w->slot);
	if (state.cause == LIST_UNTESTED && !dns_resolver_is_ready(d->monitor->resolver))
		state.cause = LIST_UNSURE;
	if (state.cause != LIST_UNTESTED) {
		need->answer = make_answer(a, w, state);
		return RC_OK;
	}
	waiting = ARENA_NEW(a, struct waiting);
	*waiting = (struct waiting){w->waiting, d->memo, need};
	w->waiting = waiting;
	need->driver_data = w;
	if (w->test == NULL)
		(void)evtimer_add(w->timer, &now);
	return RC_WAIT;
}

static void cancel(void *ctx, struct need *need)
{
	struct watched *w = need->driver_data;

	for (struct waiting **at = &w->waiting; *at != NULL; at = &(*at)->next) {
		if ((*at)->need != need)
			continue;
		*at = (*at)->next;
		return;
	}
}

const struct need_driver *dns_lists_driver(struct dns_lists_monitor *monitor,
	struct need_memo *memo)
{
	struct lists_driver *d = ARENA_NEW(need_memo_arena(memo), struct lists_driver);

	*d = (struct lists_driver){
		.driver = {.kind = &dns_list_kind, .ctx = d, .ask = ask, .cancel = cancel},
		.monitor = monitor,
		.memo = memo,
	};
	return &d->driver;
}
