/* Answers from the network: what a worker has for them, and what each message gets of it. */
#include "serve/inner.h"

#include "dns/resolver.h"

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

void serve_names_open(struct serve_worker *worker)
{
	struct serve_names *names = &worker->names;
	struct why why;

	*names = (struct serve_names){0};
	if (dns_resolver_open(worker->base, worker->settings->dns, tell, worker, &names->resolver,
		    &why) != RC_OK)
		log_line(LOG_LEVEL_ERROR, "DNS cannot be asked: %s", why.text);
}

void serve_names_attach(struct serve_worker *worker, struct need_memo *memo)
{
	/* without a driver each question is one that gets no answer, and the verdict says so */
	if (worker->names.resolver != NULL)
		need_memo_use(memo, dns_resolver_driver(worker->names.resolver, memo));
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
	dns_resolver_close(worker->names.resolver);
	worker->names.resolver = NULL;
}
