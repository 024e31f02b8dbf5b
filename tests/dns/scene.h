/* A zone and somebody who asks it. */
#ifndef TESTS_DNS_SCENE_H
#define TESTS_DNS_SCENE_H

#include "dns/dns.h"

struct scene {
	struct arena *a;
	struct need_memo *memo;
	struct needs needs;
};

static inline void scene_open(struct scene *s, const char *zone_text)
{
	struct dns_zone *zone;
	struct why why;

	*s = (struct scene){.a = arena_make()};
	if (dns_zone_parse(s->a, span_of(zone_text), &zone, &why) != RC_OK)
		panic("%s", why.text);
	s->memo = need_memo_make(s->a, 0);
	need_memo_use(s->memo, dns_zone_driver(s->a, zone));
	needs_init(&s->needs, s->memo, 100);
}

/* "status: text/preference text/preference", or the name of the rc. */
static inline const char *scene_ask(struct scene *s, enum dns_type type, const char *name)
{
	static const char *const statuses[] = {"found", "no data", "no name"};
	const struct dns_answer *answer;
	enum rc rc = dns_need(&s->needs, type, span_of(name), &answer);
	struct buf out;

	if (rc != RC_OK)
		return rc_name(rc);
	buf_init(&out, s->a, 4096);
	buf_printf(&out, "%s", statuses[answer->status]);
	for (size_t i = 0; i < answer->n; i++)
		buf_printf(&out, "%s%.*s/%u", i == 0 ? ": " : " ", SPAN_ARG(answer->v[i].text),
			answer->v[i].preference);
	return arena_string(s->a, buf_span(&out));
}

#endif
