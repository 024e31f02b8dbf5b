/*
 * Inside of scan: the module milter_headers, which writes header fields about the verdict, and the making
 * of effects. headers.c reads the configuration and decides what is written, headers_routines.c has a row a
 * routine, headers_auth.c those about authentication, field.c makes values that cannot break out of their
 * fields, subject.c makes subjects.
 */
#ifndef SCAN_HEADERS_H
#define SCAN_HEADERS_H

#include "scan/inner.h"

/*
 * ROUTINE(constant, name): in the order of Rspamd's documentation. `winnow config`, the pages of options and
 * the check of the configuration know them by their sections.
 */
#define SCAN_ROUTINES(ROUTINE)                                                                     \
	ROUTINE(SPAMD_BAR, "x-spamd-bar")                                                          \
	ROUTINE(SPAM_LEVEL, "x-spam-level")                                                        \
	ROUTINE(SPAM_STATUS, "x-spam-status")                                                      \
	ROUTINE(SPAMD_RESULT, "x-spamd-result")                                                    \
	ROUTINE(SERVER, "x-rspamd-server")                                                         \
	ROUTINE(QUEUE_ID, "x-rspamd-queue-id")                                                     \
	ROUTINE(ACTION, "x-rspamd-action")                                                         \
	ROUTINE(PRE_RESULT, "x-rspamd-pre-result")                                                 \
	ROUTINE(SPAM_HEADER, "spam-header")                                                        \
	ROUTINE(VIRUS, "x-virus")                                                                  \
	ROUTINE(OS_FINGERPRINT, "x-os-fingerprint")                                                \
	ROUTINE(AUTH_RESULTS, "authentication-results")                                            \
	ROUTINE(RECEIVED_SPF, "received-spf")                                                      \
	ROUTINE(STAT_SIGNATURE, "stat-signature")                                                  \
	ROUTINE(FUZZY_HASHES, "fuzzy-hashes")                                                      \
	ROUTINE(REMOVE_HEADER, "remove-header")                                                    \
	ROUTINE(REMOVE_HEADERS, "remove-headers")                                                  \
	ROUTINE(ADD_HEADERS, "add-headers")                                                        \
	ROUTINE(REMOVE_SPAM_FLAG, "remove-spam-flag")                                              \
	ROUTINE(RECIPIENTS, "x-winnow-recipients")

enum scan_routine_id {
#define ROUTINE(constant, name) SCAN_ROUTINE_##constant,
	SCAN_ROUTINES(ROUTINE)
#undef ROUTINE
		SCAN_ROUTINE_COUNT
};

enum scan_sorting { SCAN_SORT_SCORE, SCAN_SORT_NAME };

/* What any of the routines can be told; each has rows for what it reads. */
struct scan_routine {
	struct span header;
	int remove; /* which copies of it that came with the message: 0: all, 1: the first, -1: the last */
	struct span positive, negative, neutral, mark;
	struct span value;
	struct span hostname;
	bool add_smtp_user;
	int sort_by; /* enum scan_sorting */
	struct conf_list symbols, symbols_fail;
	struct span status_clean, status_infected, status_fail; /* null: none */
	const struct conf_node *headers;                        /* name = value, or name = number */
	const struct conf_node *ignored;
};

struct scan_headers {
	bool enabled;
	enum scan_routine_id active[SCAN_ROUTINE_COUNT]; /* in this order */
	size_t active_count;
	struct scan_routine routines[SCAN_ROUTINE_COUNT];
	bool skip_all, skip_local, skip_authenticated;
	/* whom the skips do not concern */
	bool for_local[SCAN_ROUTINE_COUNT], for_authenticated[SCAN_ROUTINE_COUNT];
	struct conf_list extended_rcpts; /* "user@domain", "user", "@domain" */
	struct conf_list remove_ar_from; /* names of servers; none: all of Authentication-Results */
	int place;                       /* scan_field.place of what is written */
};

/* Never NULL. What is wrong is told in the report and left at its default. */
const struct scan_headers *scan_headers_read(struct arena *a, const struct conf *conf,
	struct conf_report *report);

extern const struct conf_section scan_section_headers;
extern const struct conf_section scan_routine_sections[SCAN_ROUTINE_COUNT];

/* ---- effects while they are made: effects.c ---- */

struct scan_making {
	struct arena *arena;
	const struct scan_verdict *verdict;
	struct {
		VEC(struct scan_field_removal);
	} removals;
	struct {
		VEC(struct scan_field);
	} fields;
	struct {
		VEC(struct span);
	} add_rcpts, drop_rcpts, notes;
	struct span sender, subject;
};

/*
 * Values are made safe and folded (see field.c), and cut at SCAN_FIELD_MOST; an empty one is left out. The
 * name must be valid. `is_done`: the value is in its final form.
 */
void scan_make_field(struct scan_making *m, struct span name, struct span value, int place);
void scan_make_field_done(struct scan_making *m, struct span name, struct span value, int place);
void scan_make_removal(struct scan_making *m, struct span name, int nth);

/* ---- the routines: headers_routines.c ---- */

/* Which incoming fields the routine removes, whether it writes this time or not. */
void scan_routine_remove(struct scan_making *m, const struct scan_headers *headers,
	enum scan_routine_id id);
void scan_routine_write(struct scan_making *m, const struct scan_headers *headers,
	enum scan_routine_id id);
/* What stands in lists of the configuration and is no name, no value, no number. */
void scan_routine_check_lists(const struct scan_headers *headers, struct conf_report *report);
/* It acts on fields that are not ours: a skip concerns its removals, too. */
bool scan_routine_is_foreign(enum scan_routine_id id);
/* Why the routine writes nothing yet, or NULL. */
const char *scan_routine_gap(enum scan_routine_id id);

/* ---- results of authentication: headers_auth.c ---- */

void scan_write_auth_results(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r);
void scan_write_received_spf(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r);
/* What the configuration names, and always the fields that claim to be ours, however they are written. */
void scan_remove_auth_results(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r);

/* All that the module does to the message: headers.c. */
void scan_headers_write(struct scan_making *m, const struct scan_headers *headers);

/* ---- values: field.c ---- */

enum { SCAN_LINE_MOST = 998, SCAN_LINE_NICE = 78 }; /* RFC 5322 section 2.1.1, without CRLF */

/* A mailbox for the envelope, without <>: no control bytes, blanks only in quotes. */
bool scan_is_mailbox(struct span address);
/* Printable ASCII as it is, anything else as \xHH. */
void scan_print_escaped(struct buf *out, struct span text);
/*
 * The value as it can stand behind `name`: printable ASCII, escaped where it was not; CRLF or LF with a
 * blank behind them stay folds; lines over 78 characters are folded at blanks and never longer than 998;
 * blanks at the ends are gone. `keep`: lines up to 998 characters stay as they are (signatures).
 */
struct span scan_fold_value(struct arena *a, struct span name, struct span value, bool keep);

/* ---- subjects: subject.c ---- */

/* The new value of the Subject field; the old one stays as it is encoded. */
struct span scan_make_subject(struct arena *a, struct span template, struct mime *mime,
	double score);

#endif
