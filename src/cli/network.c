/* Answers from the network for commands: a loop of their own, and waiting on it. */
#include "cli/cli.h"

#include <event2/event.h>

#include "checks/checks.h"
#include "cli/inner.h"
#include "dns/dns.h"

/* The questions of a message, so that one can see whether anybody has answered. */
struct asked {
	struct need_driver driver;
	const struct need_driver *resolver;
	struct {
		VEC(const struct need *);
	} needs;
};

struct cli_network {
	struct event_base *base;
	struct asked *asked; /* of the message under way, or NULL */
	bool is_off, has_asked, has_answer;
	struct dns_resolver *resolver;
	struct dns_lists *lists;
	struct dns_lists_monitor *monitor;
};

/* Changes of state, as "recursion is blocked", belong to the person who waits. */
static void tell(void *ctx, const char *sentence)
{
	cli_complain("%s", sentence);
}

/* A list that is off is named in the verdict, and by `winnow doctor`. */
static void keep_quiet(void *ctx, const char *sentence, bool is_good)
{
}

/* Lists of addresses are tested when they are asked; of the others it must be told what they are. */
static void watch_list(void *ctx, struct span zone, enum dns_list_kind kind)
{
	if (kind != DNS_LIST_OF_ADDRESSES)
		dns_lists_watch(ctx, zone, kind);
}

bool cli_open_network(const struct cli *cli, const struct serve_generation *g,
	struct cli_answers *answers)
{
	struct cli_network *n;
	const struct dns_sources *sources = serve_dns_sources(g);
	struct why why;

	if (answers->zone != NULL || !span_is_null(answers->replay))
		return true;
	n = ARENA_NEW(cli->arena, struct cli_network);
	n->base = event_base_new();
	must(n->base != NULL);
	dns_sources_look(sources);
	if (dns_resolver_open(n->base, sources, tell, NULL, &n->resolver, &why) != RC_OK) {
		cli_complain("DNS cannot be asked: %s", why.text);
		event_base_free(n->base);
		return false;
	}
	n->is_off = dns_sources_mode(sources) == DNS_OFF;
	n->lists = dns_lists_make();
	n->monitor = dns_lists_open(n->base, n->resolver, n->lists, keep_quiet, NULL);
	checks_each_list(g->scan, watch_list, n->monitor);
	answers->network = n;
	answers->seconds = scan_config_timeout(g->scan);
	return true;
}

void cli_close_network(struct cli_answers *answers)
{
	struct cli_network *n = answers->network;

	if (n == NULL)
		return;
	if (n->has_asked && !n->has_answer && !n->is_off)
		cli_complain("DNS has answered nothing; without a network --zone /dev/null or "
			     "--set options.dns.mode=off saves the waiting");
	dns_lists_close(n->monitor);
	dns_resolver_close(n->resolver);
	dns_lists_free(n->lists);
	event_base_free(n->base);
	answers->network = NULL;
}

struct span cli_describe_network(struct arena *a, const struct cli_network *n)
{
	return dns_resolver_describe(a, n->resolver);
}

static enum rc ask(void *ctx, struct arena *a, struct need *need)
{
	struct asked *asked = ctx;

	*VEC_ADD(a, &asked->needs) = need;
	return asked->resolver->ask(asked->resolver->ctx, a, need);
}

static void cancel(void *ctx, struct need *need)
{
	const struct asked *asked = ctx;

	asked->resolver->cancel(asked->resolver->ctx, need);
}

/* After a message, while its answers are there. */
static void look_for_answers(struct cli_network *n)
{
	for (size_t i = 0; n->asked != NULL && i < n->asked->needs.n; i++) {
		n->has_asked = true;
		n->has_answer |= n->asked->needs.v[i]->rc == RC_OK;
	}
	n->asked = NULL;
}

void cli_use_network(struct cli_network *n, struct need_memo *memo)
{
	struct asked *asked = ARENA_NEW(need_memo_arena(memo), struct asked);

	asked->resolver = dns_resolver_driver(n->resolver, memo);
	asked->driver = (struct need_driver){&dns_kind, asked, ask, cancel};
	n->asked = asked;
	need_memo_use(memo, &asked->driver);
	need_memo_use(memo, dns_lists_driver(n->monitor, memo));
}

/* ---- waiting ---- */

struct wait {
	struct need_memo *memo;
	struct needs needs;
	enum rc (*work)(void *ctx, struct needs *needs);
	void *ctx;
};

static enum rc work_once(struct wait *w)
{
	enum { QUESTIONS_MOST = 10000 }; /* the work has limits of its own */

	needs_init(&w->needs, w->memo, QUESTIONS_MOST);
	return w->work(w->ctx, &w->needs);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	need_memo_expire(ctx, "the time for the message was over");
}

/* Somebody waits for all of it anyway: it is tried again after whatever happens on the loop. */
static enum rc wait_on_loop(struct event_base *base, double seconds, struct wait *w)
{
	struct timeval most = {.tv_sec = (time_t)seconds};
	struct event *deadline = evtimer_new(base, on_deadline, w->memo);
	enum rc rc;

	must(deadline != NULL);
	most.tv_usec = (suseconds_t)((seconds - (double)most.tv_sec) * 1e6);
	(void)evtimer_add(deadline, &most);
	do {
		must(event_base_loop(base, EVLOOP_ONCE) == 0);
		rc = work_once(w);
	} while (rc == RC_WAIT);
	event_free(deadline);
	return rc;
}

enum rc cli_wait(const struct cli_answers *answers, struct need_memo *memo,
	enum rc (*work)(void *ctx, struct needs *needs), void *ctx)
{
	struct wait w = {.memo = memo, .work = work, .ctx = ctx};
	enum rc rc = work_once(&w);

	if (rc == RC_WAIT) {
		must(answers->network != NULL);
		rc = wait_on_loop(answers->network->base, answers->seconds, &w);
	}
	/* what nobody waits for any more must not be answered into memory that is gone */
	if (need_memo_open(memo) > 0)
		need_memo_expire(memo, "nobody waits for it");
	if (answers->network != NULL)
		look_for_answers(answers->network);
	return rc;
}

enum rc cli_step_scan(struct scan_task *task)
{
	enum scan_state state;

	do
		state = scan_step(task);
	while (state == SCAN_YIELDS);
	return state == SCAN_DONE ? RC_OK : RC_WAIT;
}

static enum rc step(void *ctx, struct needs *needs)
{
	return cli_step_scan(ctx);
}

const struct scan_verdict *cli_scan(const struct cli_answers *answers,
	const struct scan_config *config, struct msg *m, struct need_memo *memo)
{
	struct scan_task *task = scan_start(config, m, memo);

	must(cli_wait(answers, memo, step, task) == RC_OK);
	return scan_verdict(task);
}
