/* What SPF, DKIM and DMARC share: facts of a message, names, and traces. */
#include "auth/auth.h"

#include "auth/inner.h"

/* ---- facts ---- */

struct auth_facts *auth_facts_of(struct msg *m)
{
	if (m->auth == NULL)
		m->auth = ARENA_NEW(m->arena, struct auth_facts);
	return m->auth;
}

enum rc auth_fact_need(struct msg *m, struct auth_fact *fact, unsigned limit, struct needs *asker,
	enum rc (*work)(void *ctx, struct needs *needs, const void **out), void *ctx,
	const void **out)
{
	if (fact->result == NULL && (!fact->begun || needs_ready(&fact->needs))) {
		enum rc rc;

		fact->begun = true;
		needs_init(&fact->needs, asker->memo, limit);
		rc = work(ctx, &fact->needs, &fact->result);
		must(rc == RC_OK ? fact->result != NULL
				 : rc == RC_WAIT && need_pending(&fact->needs));
	}
	needs_share(asker, &fact->needs);
	*out = fact->result;
	return fact->result != NULL ? RC_OK : RC_WAIT;
}

/* ---- names ---- */

bool auth_is_within(struct span name, struct span domain)
{
	size_t outside;

	if (span_ends(name, SPAN(".")))
		name.n--;
	if (span_ends(domain, SPAN(".")))
		domain.n--;
	if (domain.n > name.n || domain.n == 0)
		return false;
	outside = name.n - domain.n;
	return span_equal_nocase(span_from_offset(name, outside), domain) &&
		(outside == 0 || name.p[outside - 1] == '.');
}

/* ---- traces ---- */

void auth_trace_begin(struct auth_trace *trace)
{
	if (trace != NULL)
		trace->lines.n = 0;
}

void auth_trace_add(struct auth_trace *trace, const char *format, ...)
{
	va_list ap;

	if (trace == NULL || trace->lines.n >= AUTH_TRACE_MOST)
		return;
	va_start(ap, format);
	*VEC_ADD(trace->arena, &trace->lines) = arena_vprintf(trace->arena, format, ap);
	va_end(ap);
}
