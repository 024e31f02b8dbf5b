/*
 * match: patterns over bytes. One compiled pattern at a time for now (PCRE2 with JIT); sets of patterns
 * join when rules need them.
 *
 * A pattern comes from a configuration or a map; the subject comes from mail. So each match has a bound
 * on its work, which grows no faster than the subject, and reaching it is "no match" with RC_LIMIT, never
 * a stall. The bound counts steps, not time: the same subject always has the same answer.
 *
 *	rc = match_compile(a, SPAN("/free (pills|meds)/i"), &pattern, &why);
 *	if (match_find(pattern, subject, &piece) == RC_OK)
 *		use(piece);
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/base.h"

struct match_pattern;

enum { MATCH_PATTERN_MOST = 64 << 10 };

/*
 * `/regexp/flags` or a bare regexp that does not begin with a slash. The flags are those of Perl: i
 * (case), m (^ and $ at each line), s (. matches line ends too), x (blanks and comments), and u: pattern
 * and subject are UTF-8. Without u both are bytes. Compiled for the life of the arena. RC_INVALID with the
 * place in `why`, RC_LIMIT past the cap.
 */
enum rc match_compile(struct arena *a, struct span pattern, struct match_pattern **out,
	struct why *why);

/*
 * RC_OK: it matches; RC_NOT_FOUND; RC_LIMIT: gave up. `out` (may be NULL) gets the leftmost matched piece,
 * which may be empty. Any bytes are a subject: with the flag u, what is not UTF-8 matches nothing.
 */
enum rc match_find(const struct match_pattern *pattern, struct span subject, struct span *out);

#endif
