/* Inside of auth: where a message keeps its results, and how names lie to each other. */
#ifndef AUTH_INNER_H
#define AUTH_INNER_H

#include "auth/auth.h"

/* A fact while it is worked out: its questions are its own. */
struct auth_fact {
	bool begun;
	struct needs needs;
	const void *result; /* NULL: not yet */
};

struct auth_facts {
	struct auth_fact spf, dkim, dmarc;
};

/*
 * Runs `work` when its open questions are answered, and keeps its result; RC_OK with *out, or RC_WAIT. `limit`: how
 * many questions a run may ask.
 */
enum rc auth_fact_need(struct msg *m, struct auth_fact *fact, unsigned limit, struct needs *asker,
	enum rc (*work)(void *ctx, struct needs *needs, const void **out), void *ctx,
	const void **out);
/* The facts of the message, made when they are first asked for. */
struct auth_facts *auth_facts_of(struct msg *m);

/* `name` is `domain` or lies below it; neither case nor a dot at the end of either counts. */
bool auth_is_within(struct span name, struct span domain);

#endif
