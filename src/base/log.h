/*
 * log: lines for the administrator. Only the edge of the program writes them (commands, listeners, the
 * supervisor); rooms below return a `struct why`.
 *
 * At first lines are plain text on stderr, as commands want them: "warning: the words". A service opens its
 * log, and from then on a line is an event with fields, in logfmt or JSON:
 *
 *	time=2026-11-22T18:45:01Z level=notice msg="milter on 127.0.0.1:11332"
 *	{"time":"2026-11-22T18:45:01Z","level":"notice","msg":"milter on 127.0.0.1:11332"}
 *
 * Whatever stands in a field, a line is one line, it is at most LOG_LINE_MOST bytes (so that lines of several
 * processes do not mix in a pipe), and it reads back to the same fields: what could end a value, command a
 * terminal or turn the direction of the text around is escaped as JSON escapes it; a byte that is not UTF-8
 * becomes U+FFFD. In logfmt a value stands in quotes when it needs them, a list has commas, and a comma or `%`
 * within an element is %2C or %25.
 *
 *	rc = log_open(&target, &why);			once, by the parent of all processes
 *	...
 *	struct log_field fields[] = {
 *		{.name = "qid", .kind = LOG_TEXT, .text = queue_id},
 *		{.name = "score", .kind = LOG_NUMBER, .number = 4.5, .decimals = 2},
 *	};
 *	log_event(LOG_LEVEL_NOTICE, "scan", fields, ARRAY_LEN(fields));
 *
 * Nothing here waits: a line that the target does not take at once is lost and counted.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/rc.h"
#include "base/span.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

enum log_type {
	LOG_CONSOLE, /* standard output */
	LOG_FILE,
	LOG_SYSLOG,   /* RFC 3164 */
	LOG_JOURNALD, /* its own protocol: a field of the line is a field of the journal */
};

/*
 * A pipe takes that much in one piece (PIPE_BUF); the longest text of a field, as it is written; the longest
 * path of a target.
 */
enum { LOG_LINE_MOST = 4096, LOG_TEXT_MOST = 300, LOG_PATH_MOST = 1024 };

/* Where lines go. It holds no pointer, so that it may be sent to another process. */
struct log_target {
	enum log_type type;
	enum log_format format;
	enum log_level level;
	int facility;    /* of syslog, 0 to 23 */
	bool is_untimed; /* without `time`; so it is anyway where the target has its own */
	/* of the file; of the socket, where it is not the usual one; or empty */
	char path[LOG_PATH_MOST];
};

enum log_kind { LOG_TEXT, LOG_NUMBER, LOG_LIST };

struct log_field {
	const char *name; /* ours: lower case letters, digits, `_` */
	enum log_kind kind;
	struct span text;
	double number; /* one that is not finite is left out */
	int decimals;
	const struct span *list;
	size_t list_n;
};

/* ---- writing ---- */

/* Lines less urgent than `level` are dropped; notice from the start. */
void log_set_level(enum log_level level);
/* One line that is a sentence; cut when it is too long. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * One line with fields; `event` says what it is about and stands first. A text past LOG_TEXT_MOST ends
 * with "...", and so does a list that is too long, but for the last field: it takes what room there is, and
 * a number `more` behind it counts the elements that did not fit. A null text is left out. At the end of the
 * line a text is cut likewise, and what comes then is left out: important fields come first.
 */
void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* ---- where lines go ---- */

/*
 * Opens the target. RC_DENIED, RC_NOT_FOUND, RC_INVALID (a link, a folder), RC_TEMPFAIL with a
 * sentence; lines then go where they went before. Children that are forked later write to the same target.
 * The sockets are not connected: a daemon that is started again gets the next line.
 */
enum rc log_open(const struct log_target *target, struct why *why);
/*
 * The file once more under its name, which may be a new file by now; on failure the old one stays. The
 * descriptor's number stays the same. Other targets: nothing to do.
 */
enum rc log_reopen(struct why *why);
/* The descriptor that lines go to, to be passed to children who cannot open files themselves. */
int log_fd(void);
/* The same target through another descriptor, which is taken over: the file that the parent has reopened. -1: nothing happens. */
void log_use_fd(int fd);
/* Plain lines on this descriptor, as before log_open(); for commands and tests. */
void log_set_fd(int fd);

/* Lines of this process that the target did not take so far. */
uint64_t log_lost(void);
/* Says in one line how many were lost since it was said last, if any: to be called now and then. */
void log_tell_lost(void);

/* "error", ...; and back, -1 for an unknown word. */
const char *log_level_name(enum log_level level);
int log_level_find(struct span name);

#endif
