/*
 * need: the memo of one message's questions and answers. A check never waits: it asks, and when the
 * answer is not there yet it returns RC_WAIT and is run again from its start once every answer that it
 * asked for has come. Each question (a kind and a key) is asked of the world once and remembered, so
 * running again is cheap and always sees the same answers. What was answered can be printed and read
 * back: then the verdict is the same without the world.
 *
 * The room knows no kinds: `dns`, `store`, `map` and `service` own theirs and their drivers.
 *
 *	struct need_memo *memo = need_memo_make(a, now);
 *	need_memo_use(memo, &driver);
 *
 *	needs_init(&needs, memo, 100);			before each run of a check
 *	rc = dns_need_txt(&needs, name, &answer);	in the check
 *	if (rc == RC_WAIT) ... needs_ready(&needs) says when to run it again
 */
#ifndef NEED_NEED_H
#define NEED_NEED_H

#include "base/base.h"

struct need_memo;

enum {
	NEED_KEY_MOST = 1024, /* bytes of a kind's name, a blank and a key */
	NEED_QUESTIONS_MOST =
		100000, /* of a message: above what the limits of all checks allow together */
	NEED_RECORD_MOST = 16 << 20, /* bytes of a record that is read */
};

/* One kind of question. Answers are read-only structs in the memo's arena that live with the message. */
struct need_kind {
	const char *name; /* one word, as in records: "dns" */
	/* The answer as one line of printable ASCII without a line end, and back; NULL: not an answer. */
	void (*print)(struct buf *out, const void *answer);
	const void *(*parse)(struct arena *a, struct span text);
};

/* One question. */
struct need {
	const struct need_kind *kind;
	struct span key;    /* printable ASCII; the kind decides its form */
	enum rc rc;         /* RC_WAIT while it is open */
	const void *answer; /* when rc is RC_OK */
	struct why why;     /* when it is RC_TEMPFAIL */
	void *driver_data;  /* the driver's own, while it is open */
};

/*
 * What answers the questions of a kind. `ask` either fills need->answer (or need->why) and returns RC_OK
 * or RC_TEMPFAIL at once, or returns RC_WAIT and calls need_answer() later: never from inside ask,
 * exactly once, never after `cancel`. Answers are made in `a`, the message's arena. `cancel` may be NULL
 * when ask never waits.
 */
struct need_driver {
	const struct need_kind *kind;
	void *ctx;
	enum rc (*ask)(void *ctx, struct arena *a, struct need *need);
	void (*cancel)(void *ctx, struct need *need);
};

/* Where answers live: the message's arena. */
struct arena *need_memo_arena(const struct need_memo *memo);
/* `now`: the message's only time, in seconds since 1970. */
struct need_memo *need_memo_make(struct arena *a, double now);
/* The driver must outlive the memo. One for each kind; a kind without a driver answers RC_TEMPFAIL. */
void need_memo_use(struct need_memo *memo, const struct need_driver *driver);
/* Called when an open need is answered, after the answer is in place; it must not run checks itself. */
void need_memo_on_answer(struct need_memo *memo, void (*fn)(void *ctx), void *ctx);

/* The answer to an open need: RC_OK with an answer, or RC_TEMPFAIL with need->why filled. */
void need_answer(struct need_memo *memo, struct need *need, enum rc rc, const void *answer);

/*
 * The deadline has come: every open need becomes RC_TEMPFAIL, and so does each new question that has no
 * answer yet. Drivers are told to cancel. There is no other timeout.
 */
void need_memo_expire(struct need_memo *memo, const char *reason);
/* Open needs over all askers; questions asked of the world so far. */
size_t need_memo_open(const struct need_memo *memo);
size_t need_memo_asked(const struct need_memo *memo);

/* What one run of one asker (a check or a fact) has asked. */
struct needs {
	struct need_memo *memo;
	unsigned limit; /* questions that a run may ask, repeated ones counted */
	unsigned asked;
	const struct need *failed; /* the last of its questions that will have no answer, or NULL */
	struct {
		VEC(struct need *);
	} open; /* asked in this run and not answered then */
};

/* Before each run. Keeps the memory of the run before. */
void needs_init(struct needs *needs, struct need_memo *memo, unsigned limit);
/*
 * Asks. RC_OK: *out is the answer; RC_WAIT: not yet; RC_TEMPFAIL: there will be none for this message;
 * RC_LIMIT: this run has asked too much, or the key is too long. For the functions of the kinds (dns_need_txt ...), not for
 * checks. The key is copied when the question is new.
 */
enum rc need_ask(struct needs *needs, const struct need_kind *kind, struct span key,
	const void **out);
/*
 * A fact that several checks share asks with needs of its own, so that its limit does not depend on who wanted it
 * first. What is open there, and what failed, becomes the asker's, too; call it when the fact has ended or waits.
 */
void needs_share(struct needs *asker, const struct needs *of_fact);
/* True when a question of this run is open: after asking all of many, return RC_WAIT once. */
bool need_pending(const struct needs *needs);
/* True when every question that was open in the last run has its answer. */
bool needs_ready(const struct needs *needs);
/* Why the last question without an answer has none ("dns TXT a.example: timeout"); "" when all have one. */
struct span needs_why(const struct needs *needs);

/* The message's time. Recorded like any answer; never waits. */
double need_now(struct needs *needs);

/*
 * Records. A record is JSON lines, one an answer, in order of kind and key, so that the same answers
 * always give the same bytes:
 *
 *	{"kind":"time","key":"now","rc":"ok","answer":"1795351538.000000"}
 *	{"kind":"dns","key":"TXT example.org","rc":"ok","answer":"..."}
 */
void need_memo_print(const struct need_memo *memo, struct buf *out);
/*
 * Reads a record into a new memo that answers from it alone: what is not in it is RC_TEMPFAIL with "not
 * in the record". `kinds` are those that may stand in it. RC_INVALID with the line in `why`.
 */
enum rc need_memo_read(struct arena *a, struct span record, const struct need_kind *const kinds[],
	size_t kind_count, struct need_memo **out, struct why *why);

#endif
