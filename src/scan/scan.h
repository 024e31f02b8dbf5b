/*
 * scan: runs checks over a message and makes of their symbols a verdict that can be explained.
 *
 * A check is a pure function: it reads the message and its options, asks needs, adds symbols, and may be
 * run again from its start when an answer has come; a run that returns RC_WAIT leaves no trace. The
 * engine is handed the table of checks and knows none of them.
 *
 * Checks run in stages: first, main, last. Composites are worked out after main and after last. Then
 * group caps and thresholds make the score and the action. All enabled checks run to their end, so that
 * scores can be compared; what could not be checked is named in the verdict.
 *
 *	config = scan_config_make(a, conf, checks, n, &report);		once a generation
 *
 *	task = scan_start(config, msg, memo);				once a message
 *	while (scan_step(task) == SCAN_WAITS)
 *		... until need_memo_on_answer() tells; at the deadline need_memo_expire()
 *	verdict = scan_verdict(task);
 *
 * All of it lives in the message's arena, the configuration in its generation's.
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "base/base.h"
#include "conf/conf.h"
#include "msg/msg.h"
#include "need/need.h"

/* ---- what a check is ---- */

enum scan_stage { SCAN_FIRST, SCAN_MAIN, SCAN_LAST };

enum scan_symbol_kind {
	SCAN_SYMBOL,   /* added to verdicts */
	SCAN_CALLBACK, /* never added: its name stands for the whole check, to switch it off by */
};

/* A row of a check's symbol table. */
struct scan_symbol {
	const char *name;
	double score;        /* the default, which configuration replaces */
	const char *group;   /* group names, comma separated; or NULL */
	const char *where;   /* the header field that it reads, to be shown; or NULL */
	const char *meaning; /* one line, shown beside the symbol */
	const char *explain; /* a few sentences: what was looked at, why it matters, what to do */
	bool one_shot;       /* counts once, with its highest weight */
	enum scan_symbol_kind kind;
};

struct scan;

/* What prepare is handed. */
struct scan_preparing {
	struct arena *arena; /* the generation's */
	struct conf_report *report;
	const struct conf_node *section; /* that the options were filled from; NULL: not there */
	const struct conf *conf;         /* all of it, for maps */
	struct scan_config *config;      /* of this room alone */
	struct scan_member *member;
};

struct check {
	const char *name; /* of its section in the configuration, its file and its page */
	const char *help; /* one sentence */
	const char *
		section; /* where its options stand, when not in the section of its name; or NULL */
	enum scan_stage stage;
	const struct scan_symbol *symbols;
	size_t symbol_count;
	const struct conf_option *options; /* rows of its section; NULL when it has none */
	size_t option_count;
	size_t options_size; /* of the struct that the rows fill */
	const char *const *
		after; /* names of checks of the same stage whose symbols it reads; ends with NULL */
	unsigned needs_most; /* questions a run may ask; 0: it asks none */
	/*
	 * Once a generation, when it is not NULL: makes what is costly from the filled options (maps,
	 * patterns); given to each run as s->prepared. Tells what is wrong in the report. May add symbols that
	 * only the configuration knows: scan_prepare_symbol().
	 */
	void *(*prepare)(struct scan_preparing *p, const void *options);
	/* Sections below its own, for the schema ("settings.*"); ends with NULL; or NULL. */
	const struct conf_section *const *sections;
	/*
	 * RC_OK; RC_WAIT: run me again when a need is answered; RC_TEMPFAIL, RC_LIMIT: could not be
	 * checked (the symbols added so far count all the same). Never anything else.
	 */
	enum rc (*run)(struct scan *s);
};

/* What a check sees while it runs. */
struct scan {
	struct arena *arena; /* the message's */
	struct msg *msg;
	struct needs *needs;
	const void *options;  /* the filled options of this check, or NULL */
	const void *prepared; /* what prepare made, or NULL */
	struct scan_task *task;
	struct scan_run *run;
};

/* ---- for checks ---- */

enum { SCAN_SYMBOLS_MOST = 100000 }; /* of one check */

/*
 * In prepare: a symbol that the configuration names (that of a block list, of a rule). Its index, for scan_add:
 * that of the check's own row where there is one of the name, else a new one behind them; the same name gives
 * the same index. `row` is copied, its texts must live as long as the generation. -1, and an error in the report,
 * for what cannot be a symbol's name, for a name that another check has, and for that of a callback.
 */
int scan_prepare_symbol(struct scan_preparing *p, const struct scan_symbol *row,
	struct conf_origin origin);

/*
 * Adds a symbol by its index in the check's own table, with a factor on its score (1 as a rule) and
 * evidence. The same symbol may be added several times: each different evidence is listed, each addition
 * counts (but once for one_shot), the same evidence twice counts once. Evidence is copied and cut to
 * SCAN_EVIDENCE_MOST; at most SCAN_EVIDENCES_MOST are listed.
 */
enum { SCAN_EVIDENCE_MOST = 256, SCAN_EVIDENCES_MOST = 100 };

void scan_add(struct scan *s, unsigned symbol);
void scan_add_text(struct scan *s, unsigned symbol, double weight, struct span evidence);
void scan_add_printf(struct scan *s, unsigned symbol, double weight, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Forces the action whatever the score, with a text for the SMTP reply (null span: the default). Of
 * several, the highest priority wins, then the more severe one.
 */
void scan_force(struct scan *s, const char *action, int priority, struct span message);
/* The same, but where the score alone makes a more severe action, that one stays. */
void scan_force_least(struct scan *s, const char *action, int priority, struct span message);

/*
 * Asks for a change of the message, to be made when it is judged and let through (see effects.h). Name and
 * value are copied. What the run of a check asks for counts when the run has ended, in order of registration.
 */
enum scan_wish_kind {
	SCAN_ADD_FIELD,    /* a header field, below the others that are written */
	SCAN_REMOVE_FIELD, /* all header fields of the name */
	SCAN_ADD_RCPT,     /* `value` is an address */
	SCAN_DROP_RCPT,
	SCAN_CHANGE_SENDER,
	SCAN_CHANGE_SUBJECT, /* `value` is the template: %s is the old one, %d the score */
	SCAN_DOUBT, /* nothing of the message: what `value` names gave an odd answer (scan_each_doubt) */
};

void scan_wish(struct scan *s, enum scan_wish_kind kind, struct span name, struct span value);

/*
 * What a run that returns RC_TEMPFAIL or RC_LIMIT says of it, where the last question without an answer, or that
 * it has asked too much, is not the whole story. Copied.
 */
void scan_tell_gap(struct scan *s, struct span why);

/*
 * In stage first: somebody else counts as the client from the end of the stage on, as behind a relay that is
 * trusted. Copied. Of several checks, the first in order of registration is heard.
 */
void scan_set_client(struct scan *s, const struct msg_client *client);

/* The client's address is one of options.local_addrs; the client has authenticated. */
bool scan_is_local(const struct scan *s);
bool scan_is_local_address(const struct scan *s, const struct ip *ip); /* of another host */
bool scan_is_authenticated(const struct scan *s);
/*
 * The client is one of our own, by either, and checks of strangers leave it out: options.check_local and check_authed
 * are off, and so are those of the check, which are handed in.
 */
bool scan_leaves_out(const struct scan *s, bool check_local, bool check_authenticated);

/* True when the symbol stands in the verdict so far: of an earlier stage or of a check in `after`. */
bool scan_has(const struct scan *s, const char *symbol);
/*
 * The score at the end of stage main, in stage last; with several settings that of the answer which the
 * mail server would get (see scan_verdict).
 */
double scan_score(const struct scan *s);

/* ---- configuration ---- */

struct scan_config;

/* `severity` orders actions from "no action" (0) up. */
struct scan_action {
	struct span name; /* "reject", "add header", ... */
	double threshold;
	bool has_threshold; /* false: only by force */
	int severity;
	size_t index;
};

/* A symbol of the generation: of a check, of a composite, or known by its score alone. */
struct scan_rule {
	struct span name;
	double score;
	struct span description;
	const struct span *groups;
	const struct scan_group *const *group_rows; /* the same ones, for this room alone */
	size_t group_count;
	bool one_shot;
	bool enabled;
	const struct scan_symbol *row; /* NULL for composites */
	const struct check *check;     /* NULL for composites */
	struct span composite;         /* its expression, or null */
	struct span origin;            /* "winnow.conf:12" where its score was set, or "default" */
	size_t index;
	size_t symbol; /* its place among those of its check */
};

/*
 * Builds the tables from configuration and rows: symbols, scores, groups and their caps, actions,
 * composites, the options of each check. Problems go to the report; what is wrong is left at its
 * default. `checks` must outlive it.
 */
struct scan_config *scan_config_make(struct arena *a, const struct conf *conf,
	const struct check *const checks[], size_t check_count, struct conf_report *report);
/* The symbol or action of this name, or NULL. */
const struct scan_rule *scan_config_find_rule(const struct scan_config *config, struct span name);
const struct scan_action *scan_config_find_action(const struct scan_config *config,
	struct span name);
/* All symbols in order of registration; all actions, mildest first. */
const struct scan_rule *const *scan_config_rules(const struct scan_config *config, size_t *n);
const struct scan_action *const *scan_config_actions(const struct scan_config *config, size_t *n);
/* Whether the check runs: not switched off itself, nor all of its symbols. */
bool scan_config_enabled(const struct scan_config *config, const struct check *check);
/* What the check's prepare has made; NULL when it does not run. */
const void *scan_config_prepared(const struct scan_config *config, const struct check *check);
/* The check's options as the configuration has them, whether it runs or not; NULL for a check without options. */
const void *scan_config_options(const struct scan_config *config, const struct check *check);
/* Seconds that a scan may take (options.task_timeout, 8). */
double scan_config_timeout(const struct scan_config *config);

/* The configuration's sections that this room reads, for the schema. */
extern const struct conf_section *const scan_sections[];
extern const size_t scan_section_count;

/* ---- running ---- */

enum scan_state {
	SCAN_DONE,
	SCAN_WAITS,  /* for answers */
	SCAN_YIELDS, /* 5 ms are over: call again after a turn of the loop */
};

struct scan_task *scan_start(const struct scan_config *config, struct msg *msg,
	struct need_memo *memo);
enum scan_state scan_step(struct scan_task *task);
/*
 * Keeps the name of the check that runs in `running` (NULL between checks), so that somebody else can tell
 * where a process has died. It must live as long as the task.
 */
void scan_watch(struct scan_task *task, const char *volatile *running);

/* ---- the verdict ---- */

struct scan_hit {
	const struct scan_rule *rule;
	double score;  /* what it finally counts: the sum over all hits is the verdict's score */
	double alone;  /* what it counted before composites and caps */
	double weight; /* sum of the factors it was added with */
	const struct span *evidence;
	size_t evidence_count;
	bool removed; /* a composite took it out of the list; policy remove_symbol leaves its score */
	const struct scan_rule *changed_by; /* the composite that changed it, or NULL */
	struct span capped_by;              /* the group whose cap changed it, or null */
};

/* A check that could not be finished. */
struct scan_gap {
	const struct check *check;
	enum rc rc; /* RC_TEMPFAIL or RC_LIMIT */
	struct span why;
};

struct scan_group_sum {
	struct span name;
	double score;
};

/* Settings may differ by recipient: those for whom the same verdict counts. */
struct scan_share {
	const struct scan_verdict *verdict;
	const size_t *rcpts; /* indices into the envelope */
	size_t rcpt_count;
};

struct scan_verdict {
	const struct scan_task *task;
	struct span settings; /* the id of the settings that it was made with, or null */
	/*
	 * The mail server gets one answer. It is that of the mildest share; of equal ones that with the
	 * lowest score. So `reject` is said only when all shares say so: with one exception, for when all
	 * want the message gone, some by `discard`, some by `reject`, it is `reject`, since then at least
	 * its sender learns that it is lost. All shares, this one's own first; none when the settings are
	 * the same for everybody.
	 */
	const struct scan_share *shares;
	size_t share_count;
	bool is_skipped; /* the settings say that the message is wanted, and nothing was looked for */
	/* those that it was judged by, mildest first; the settings may have other thresholds */
	const struct scan_action *const *actions;
	size_t action_count;
	double score;
	double required; /* threshold of reject, or the highest there is; NaN without any */
	const struct scan_action *action;
	const struct check *forced_by; /* the check that forced the action, or NULL */
	struct span message;           /* text for the SMTP reply, or null */
	bool message_is_written; /* by the administrator, for this case: it comes before others */
	struct span subject;     /* the template of `rewrite subject` */
	const struct scan_settings *made_with; /* for this room alone; or NULL */
	struct scan_hit *hits;                 /* in order of registration; removed ones included */
	size_t hit_count;
	struct scan_gap *gaps;
	size_t gap_count;
	struct scan_group_sum *groups; /* with a cap or a score, by name */
	size_t group_count;
	unsigned runs;         /* of checks, over all */
	unsigned asked;        /* questions */
	uint64_t microseconds; /* of CPU, in scan_step */
};

/* Only after SCAN_DONE. */
const struct scan_verdict *scan_verdict(struct scan_task *task);

/* What checks had doubts of, for whoever can look into it: calls `fn` with the name and value of each. */
void scan_each_doubt(const struct scan_verdict *v,
	void (*fn)(void *ctx, struct span name, struct span value), void *ctx);

/* The message that it is about. */
struct msg *scan_verdict_msg(const struct scan_verdict *v);

/*
 * The verdict as it would be if the symbol's score were 0: what its group's cap cut off from others then
 * counts.
 */
const struct scan_verdict *scan_what_if(const struct scan_verdict *v,
	const struct scan_rule *muted);

/* Starts, steps and waits for nothing: for memos that answer at once. */
const struct scan_verdict *scan_whole(const struct scan_config *config, struct msg *msg,
	struct need_memo *memo);

/* ---- what is made of it ---- */

/*
 * The value of X-Spamd-Result: "default: False [3.10 / 15.00];" and a folded line for each symbol that
 * was not removed or still counts, "\n\t NAME(1.00)[evidence,...];", in the order that the routine
 * x-spamd-result asks for. True means the action reject, nothing else. What is not printable ASCII is
 * escaped as \xHH; evidence past a line of 998 characters becomes "...", and past SCAN_HEADER_MOST bytes
 * symbols are left out and counted in a last line.
 */
enum { SCAN_HEADER_MOST = 8000 };

void scan_print_result_header(const struct scan_verdict *v, struct buf *out);
/* The action is reject, add header, rewrite subject, quarantine or discard. */
bool scan_is_spam(const struct scan_verdict *v);

/*
 * Members of Rspamd's /checkv2 reply into an object that is already open: is_skipped, score,
 * required_score, action, thresholds, symbols, messages; and ours: groups, not_checked, and for a symbol
 * what a composite or a cap changed.
 */
void scan_print_json(const struct scan_verdict *v, const struct scan_config *config,
	struct json *j);
/*
 * `urls`, the hosts that the content leads to, and `emails`, the addresses that it names; nothing when there are none.
 * `is_extended`: URLs as objects {url, tld, host, flags, linked_url}. At most 1000 of them.
 */
void scan_print_content_json(const struct scan_verdict *v, bool is_extended, struct json *j);
/* The same of Rspamd's old /check reply: all under `default`, symbols beside the score; messages. */
void scan_print_legacy_json(const struct scan_verdict *v, struct json *j);

#include "scan/effects.h"
#include "scan/settings.h"

#endif
