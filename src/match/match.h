/*
 * match: patterns over bytes. One compiled pattern at a time for now (PCRE2 with JIT); sets of patterns
 * join when rules need them.
 *
 * A pattern comes from a configuration or a map; the subject comes from mail. So each match has a bound
 * on its work, and reaching it is "no match" with RC_LIMIT, never a stall.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/base.h"

struct match_pattern;

enum { MATCH_PATTERN_MOST = 64 << 10 };

/*
 * `/regexp/flags` with the flags i m s x u, or a bare pattern without slashes. Compiled for the life of
 * the arena (RC_INVALID with the place in `why`). Call match_done before the arena is freed.
 */
enum rc match_compile(struct arena *a, struct span pattern, struct match_pattern **out,
	struct why *why);
void match_done(struct match_pattern *pattern);

/* RC_OK: it matches; RC_NOT_FOUND; RC_LIMIT: gave up. `out` (may be NULL) gets the matched piece. */
enum rc match_find(const struct match_pattern *pattern, struct span subject, struct span *out);

#endif
