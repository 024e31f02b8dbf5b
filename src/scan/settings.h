/*
 * settings: what the section `settings` changes for those whom one of its entries holds for: scores,
 * thresholds, which checks run, symbols and header fields that are added. This room reads what an entry
 * changes; whom it holds for is found by a check in stage first, which tells it here.
 *
 * DESIGN: a message is scanned once, by every check that somebody wants, and judged once for each of the
 * different settings of its recipients (struct scan_share). The mail server gets one answer for all of
 * them, and it is the one that does no harm to anybody: the mildest, see scan_verdict. What is added to
 * the header is what the settings of that answer say. Scanning once for each was rejected: it would cost
 * as much as many messages, and answers that came in between could tell them apart.
 */
#ifndef SCAN_SETTINGS_H
#define SCAN_SETTINGS_H

#include "base/base.h"

struct json;
struct scan;
struct scan_verdict;

/*
 * Different settings that one message may be judged by; recipients past them are judged by the general
 * ones, and the verdict names that as a gap.
 */
enum { SCAN_SETTINGS_MOST = 64 };

/*
 * The recipient (by its index in the envelope; 0 when there is none at all) is judged by the entry of this
 * name. Only in stage first. Of several the first one counts. What a run tells counts when it has ended.
 */
void scan_use_settings(struct scan *s, size_t rcpt, struct span name);

/*
 * Members into an object that is open: "settings", the name of those that the verdict was made with, and
 * with several shares "recipients": a list of {"rcpts", "settings", "action", "score"}, the one that counts
 * first. Nothing when no settings hold.
 */
void scan_print_shares(const struct scan_verdict *v, struct json *j);

#endif
