/*
 * effects: what is to be done to a message after its verdict, beside the reply itself: header fields of the
 * module milter_headers, what checks have wished for, the new subject. A listener turns them into its
 * protocol: packets of the milter protocol, the `milter` object of a reply over HTTP.
 *
 *	const struct scan_effects *effects = scan_effects_make(verdict);
 *
 * Everything lives in the message's arena. Names are valid names of header fields; values are at most
 * SCAN_FIELD_MOST bytes of printable ASCII, with LF and a blank or tab where they are folded: whatever stood
 * in the mail, none can end its field.
 */
#ifndef SCAN_EFFECTS_H
#define SCAN_EFFECTS_H

#include "base/base.h"

struct json;
struct scan_verdict;

enum { SCAN_FIELD_MOST = 8 << 10, SCAN_FIELDS_MOST = 1000 };

struct scan_field_removal {
	struct span name;
	int nth; /* counted from 1 at the top, from -1 at the bottom; 0: all of them */
};

struct scan_field_change {
	struct span name;
	unsigned nth; /* from 1 at the top */
	struct span value;
};

enum { SCAN_FIELD_BELOW_ALL = -1 };

struct scan_field {
	struct span name;
	struct span value;
	int place; /* 0: above all others, 1: below the first ...; SCAN_FIELD_BELOW_ALL */
};

struct scan_effects {
	/* in the order in which they are to be done: removals, changes, additions */
	struct scan_field_removal *removals;
	size_t removal_count;
	struct scan_field_change *changes;
	size_t change_count;
	struct scan_field *fields;
	size_t field_count;
	struct span subject; /* the new value of the Subject field; null: it stays */
	struct span sender;  /* the new envelope sender; null: it stays */
	const struct span *add_rcpts, *drop_rcpts;
	size_t add_rcpt_count, drop_rcpt_count;
	const struct span *notes; /* what a check wished for and cannot be done: for the log */
	size_t note_count;
};

/* Which fields go first among those that are written. */
enum scan_rank { SCAN_RANK_RESULTS, SCAN_RANK_USUAL, SCAN_RANK_SIGNATURE, SCAN_RANK_COUNT };

/*
 * Authentication-Results goes before all others, signatures (DKIM-Signature, ARC-...) behind them: one may cover what
 * is written beside it.
 */
enum scan_rank scan_rank_field(struct span name);
/* The name of a header field (RFC 5322 section 3.6.8) that does not begin with a dash, at most 100 bytes. */
bool scan_is_field_name(struct span name);

/*
 * Positions of removals are those of the message as it came. Those of one name are counted from one end, from that
 * which is further away to that which is nearer, so that each still means its field when those before it are gone. Among the fields, Authentication-Results come first and signatures last.
 */
const struct scan_effects *scan_effects_make(const struct scan_verdict *v);

/*
 * Members of Rspamd's /checkv2 reply into an object that is already open: `milter`, when there is anything to
 * be done; `subject`, without folds; `reject` for the actions quarantine and discard. Folds in values end as the
 * first line of the message does, with CRLF or LF: clients write them into it as they are.
 */
void scan_print_effects_json(const struct scan_effects *effects, const struct scan_verdict *v,
	struct json *j);
/* The same for the old /check, where `milter` is called `rmilter`. */
void scan_print_legacy_effects_json(const struct scan_effects *effects,
	const struct scan_verdict *v, struct json *j);

#endif
