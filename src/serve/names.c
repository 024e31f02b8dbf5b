/* Answers from the network: what a worker has for them, and what each message gets of it. */
#include "serve/inner.h"

#include "checks/checks.h"
#include "dns/dns.h"

/*
 * Each worker finds out for itself, and the log has it once: unless another one has said the same as the last,
 * of this configuration or the one before.
 */
static void tell(void *ctx, const char *sentence)
{
	struct serve_worker *worker = ctx;
	uint64_t digest = board_digest(span_of(sentence));

	if (atomic_exchange(&worker->board->told, digest) != digest)
		log_line(LOG_LEVEL_WARNING, "%s", sentence);
}

/* A change of a list's state: the monitor tells it in one process alone. */
static void tell_list(void *ctx, const char *sentence, bool is_good)
{
	log_line(is_good ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, "%s", sentence);
}

static void watch_list(void *ctx, struct span zone, enum dns_list_kind kind)
{
	dns_lists_watch(ctx, zone, kind);
}

static void open_lists(struct serve_worker *worker)
{
	struct serve_names *names = &worker->names;

	if (worker->lists == NULL || names->resolver == NULL)
		return;
	names->monitor =
		dns_lists_open(worker->base, names->resolver, worker->lists, tell_list, worker);
	checks_each_list(worker->generation->scan, watch_list, names->monitor);
}

void serve_names_open(struct serve_worker *worker)
{
	struct serve_names *names = &worker->names;
	struct why why;

	*names = (struct serve_names){0};
	if (dns_resolver_open(worker->base, worker->settings->dns, tell, worker, &names->resolver,
		    &why) != RC_OK)
		log_line(LOG_LEVEL_ERROR, "DNS cannot be asked: %s", why.text);
	open_lists(worker);
}

void serve_names_attach(struct serve_worker *worker, struct need_memo *memo)
{
	/* without a driver each question is one that gets no answer, and the verdict says so */
	if (worker->names.resolver != NULL)
		need_memo_use(memo, dns_resolver_driver(worker->names.resolver, memo));
	if (worker->names.monitor != NULL)
		need_memo_use(memo, dns_lists_driver(worker->names.monitor, memo));
}

static void doubt_list(void *ctx, struct span name, struct span value)
{
	if (span_equal(name, SPAN("list")))
		dns_lists_doubt(ctx, value);
}

void serve_names_judge(struct serve_worker *worker, const struct scan_verdict *verdict)
{
	if (worker->names.monitor != NULL)
		scan_each_doubt(verdict, doubt_list, worker->names.monitor);
}

void serve_names_count(struct serve_worker *worker)
{
	struct board_counts *counts = &worker->slot->counts;
	struct dns_numbers *last = &worker->names.counted, now;

	if (worker->names.resolver == NULL)
		return;
	dns_resolver_numbers(worker->names.resolver, &now);
	board_count(&counts->questions, now.asked - last->asked);
	board_count(&counts->questions_cached, now.cached - last->cached);
	board_count(&counts->questions_failed, now.failed - last->failed);
	*last = now;
}

void serve_names_close(struct serve_worker *worker)
{
	dns_lists_close(worker->names.monitor);
	dns_resolver_close(worker->names.resolver);
	worker->names = (struct serve_names){0};
}

/* ---- what is known of lists ---- */

struct dns_lists *serve_lists_make(const struct serve_generation *generation)
{
	double interval = checks_list_interval(generation->scan);
	struct dns_lists *lists;

	/* without DNS all lists would be told to be silent, which everybody knows */
	if (interval <= 0 || dns_sources_mode(generation->settings->dns) == DNS_OFF)
		return NULL;
	lists = dns_lists_make();
	dns_lists_set_interval(lists, interval);
	return lists;
}

static void print_list(void *ctx, struct span zone, bool tested, const struct dns_list *list)
{
	if (tested)
		buf_printf(ctx, "winnow_list_usable{zone=\"%.*s\"} %d\n", SPAN_ARG(zone),
			list->usable);
}

void serve_lists_print_metrics(const struct dns_lists *lists, struct buf *out)
{
	if (lists == NULL)
		return;
	buf_add_string(out,
		"# HELP winnow_list_usable Whether a block list can be believed now.\n"
		"# TYPE winnow_list_usable gauge\n");
	dns_lists_each(lists, print_list, out);
}
