/* Inside of cli: what several subcommands share. */
#ifndef CLI_INNER_H
#define CLI_INNER_H

#include "cli/cli.h"
#include "msg/msg.h"
#include "need/need.h"
#include "serve/serve.h"

/* ---- talking: talk.c ---- */

/* "winnow: ..." on stderr. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, with where help is to be had; gives back CLI_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All of it to stdout; ends the process with CLI_FAILED when nobody reads it. */
void cli_print(struct span text);
void cli_print_help(const struct cli_command *command);

/* A line on stderr that says how far long work is, when stderr is a terminal; at most ten a second. */
struct cli_progress {
	bool shown;
	size_t total; /* 0: not known */
	uint64_t last;
	const char *what;
};
void cli_progress_start(struct cli_progress *p, const char *what, size_t total);
void cli_progress_step(struct cli_progress *p, size_t done);
void cli_progress_end(struct cli_progress *p);

/* ---- configuration and messages: scanning.c ---- */

/* Rows that the commands which scan have in common. */
#define CLI_CONFIG_OPTIONS                                                                         \
	{"config", 'c', "FILE|DIR", false,                                                         \
		"configuration file or folder (default /etc/winnow, which may be missing)"},       \
	{                                                                                          \
		"set", 0, "KEY=VALUE", true, "one setting, as options.task_timeout=5s"             \
	}

#define CLI_ENVELOPE_OPTIONS                                                                       \
	{"ip", 0, "ADDRESS", false, "address of the client that delivered the message"},           \
		{"hostname", 0, "NAME", false, "verified name of that client"},                    \
		{"helo", 0, "NAME", false, "what it called itself"},                               \
		{"from", 0, "ADDRESS", false, "envelope sender (<> for the null sender)"},         \
		{"rcpt", 0, "ADDRESS", true, "envelope recipient"},                                \
		{"user", 0, "NAME", false, "who has authenticated"},                               \
	{                                                                                          \
		"queue-id", 0, "ID", false, "the mail server's name for the message"               \
	}

#define CLI_ANSWER_OPTIONS                                                                         \
	{"zone", 0, "FILE", false, "answer DNS questions from this table, not from the network"},  \
		{"now", 0, "TIME", false,                                                          \
			"set the clock: seconds since 1970 or 2026-11-22T12:00:00Z"},              \
		{"record", 0, "FILE", false, "write every answer that the scan got"},              \
	{                                                                                          \
		"replay", 0, "FILE", false, "answer from a record, not from network and clock"     \
	}

/* The configuration as -c and --set say. NULL after complaints. Warnings are printed. */
struct serve_generation *cli_load(const struct cli *cli);
/* The same as it was given, not loaded. */
struct serve_input cli_input(const struct cli *cli);

struct cli_network;

/* What answers the questions of scans: zone, network, clock, record. */
struct cli_answers {
	const struct need_driver *zone; /* NULL: there is no zone */
	struct cli_network *network;    /* NULL: not opened, or not needed */
	double seconds;                 /* that waiting for the network may take */
	struct span replay;             /* null: none */
	double now;                     /* NaN: the real time */
	const char *record;             /* file to write, or NULL */
};

/* False after complaints. */
bool cli_read_answers(const struct cli *cli, struct cli_answers *out);
/* A message's memo. NULL after complaints. */
struct need_memo *cli_make_memo(const struct cli_answers *answers, struct arena *a);
/* Writes the record when one is wanted. False after complaints. */
bool cli_write_record(const struct cli_answers *answers, struct arena *a,
	const struct need_memo *memo);
/* False after complaints. */
bool cli_read_envelope(const struct cli *cli, struct msg_envelope *out);
/* An address as people type it: with or without <>. */
struct span cli_without_angles(const char *text);
/* The client's address is one; null is. False after complaints. */
bool cli_check_address(struct span address);

/* ---- waiting for answers: network.c ---- */

/*
 * Opens the network for memos made from now on, as the configuration says, when neither a table nor a record
 * answers. False after complaints.
 */
bool cli_open_network(const struct cli *cli, const struct serve_generation *g,
	struct cli_answers *answers);
/* Says once how to do without DNS when nobody has answered a single question. */
void cli_close_network(struct cli_answers *answers);
/* Whom it asks, for people. */
struct span cli_describe_network(struct arena *a, const struct cli_network *network);
/* For cli_make_memo. */
void cli_use_network(struct cli_network *network, struct need_memo *memo);
/*
 * Runs `work` again whenever answers have come, until it returns something else than RC_WAIT, which at the
 * latest it does when answers->seconds are over. No question is open then.
 */
enum rc cli_wait(const struct cli_answers *answers, struct need_memo *memo,
	enum rc (*work)(void *ctx, struct needs *needs), void *ctx);
/* RC_OK when the scan is done, RC_WAIT when it waits for answers. */
enum rc cli_step_scan(struct scan_task *task);
/* scan_whole(), waiting for the network. */
const struct scan_verdict *cli_scan(const struct cli_answers *answers,
	const struct scan_config *config, struct msg *m, struct need_memo *memo);

/* ---- the standards, step by step: auth.c ---- */

/*
 * How those of SPF, DKIM and DMARC that a scan of the message has looked at came out, and why; nothing for those
 * that found nothing to look at.
 */
void cli_print_auth(struct buf *out, const struct serve_generation *g,
	const struct cli_answers *answers, struct msg *m, struct need_memo *memo);

/* ---- verdicts for people: scan.c ---- */

/* For two places: "-0.00" would puzzle a reader. */
double cli_points(double score);
/* The hits that count most first. */
const struct scan_hit **cli_sort_hits(struct arena *a, const struct scan_verdict *v);
/* Lines on the settings that a verdict was made with, and on its shares; nothing without settings. */
void cli_print_shares(struct buf *out, const struct scan_verdict *v);
/* Text of a message for a terminal: control characters are written as \xHH. */
void cli_print_safe(struct buf *out, struct span text);
void cli_print_evidence(struct buf *out, const struct scan_hit *hit);

/* ---- files: input.c ---- */

/* One message of the command line. `number` is its place in an mbox, from 1; 0 for a file of its own. */
struct cli_message {
	const char *path;
	size_t number;
	struct span bytes;
};

/*
 * Calls `fn` for each message of the arguments: files, folders (all files below, in order of their
 * names), mboxes (each message), "-". Each has an arena of its own. Gives CLI_DONE, or CLI_FAILED when
 * one could not be read (the others are done all the same), or what `fn` returned when that was not
 * CLI_DONE nor CLI_SPAM.
 */
typedef int cli_message_fn(void *ctx, struct arena *a, const struct cli_message *message);
int cli_each_message(const struct cli *cli, const char *what, cli_message_fn *fn, void *ctx);
/* How many messages there are; the files are not read for it but for mboxes. For deciding on the form. */
bool cli_is_single(const struct cli *cli);
/* "FILE" or "FILE:NUMBER" for people. */
struct span cli_message_name(struct arena *a, const struct cli_message *message);

#endif
