/* A message, a zone of keys, and somebody who verifies. */
#ifndef TESTS_AUTH_DKIM_SCENE_H
#define TESTS_AUTH_DKIM_SCENE_H

#include <string.h>

#include "auth/auth.h"

enum { SCENE_NOW = 1795351538 };

struct scene {
	struct arena *a;
	struct needs needs;
	struct auth_trace trace;
	const struct auth_dkim *dkim;
};

/* Verifies at SCENE_NOW; the zone answers at once. */
static inline void scene_verify(struct scene *s, struct span message, struct span zone_text,
	const struct auth_dkim_options *options)
{
	struct msg_envelope envelope = {0};
	struct need_memo *memo;
	struct dns_zone *zone;
	struct why why;

	*s = (struct scene){.a = arena_make()};
	s->trace.arena = s->a;
	if (dns_zone_parse(s->a, zone_text, &zone, &why) != RC_OK)
		panic("%s", why.text);
	memo = need_memo_make(s->a, SCENE_NOW);
	need_memo_use(memo, dns_zone_driver(s->a, zone));
	needs_init(&s->needs, memo, 100);
	must(auth_dkim_verify(msg_make(s->a, &envelope, message), &s->needs, options, &s->trace,
		     &s->dkim) == RC_OK);
}

/* Whether a line of the trace has this text. */
static inline bool scene_tells(const struct scene *s, const char *text)
{
	for (size_t i = 0; i < s->trace.lines.n; i++)
		if (span_find(s->trace.lines.v[i], span_of(text)) < s->trace.lines.v[i].n)
			return true;
	return false;
}

static inline void scene_close(struct scene *s)
{
	arena_free(s->a);
}

#endif
