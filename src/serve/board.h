/*
 * board: one page of memory that all processes of the filter share. Each worker has a slot on it, in which it
 * alone counts, and in which it names what it is about to look at: when it dies, its parent reads there which
 * message it was. A message that has killed twice is not scanned a third time.
 *
 *	board = board_make();					in the supervisor, before it forks
 *	slot = board_take_slot(board, generation);		in the loader, before it forks a worker
 *
 *	board_enter(slot, &subject);				in the worker
 *	...
 *	board_leave(slot);
 *
 *	subject = board_read_subject(slot);			in the loader: the worker is dead
 *	board_add_death(board, subject.digest, now);
 *	board_free_slot(slot, pid);
 *
 * DESIGN: the numbers of a slot have one writer, the few others are only told to people, so relaxed atomics are
 * enough and nothing is locked: a process that dies in the middle leaves nothing held. Whoever reads the page
 * trusts nothing on it: a worker that somebody has taken over can write anything there.
 */
#ifndef SERVE_BOARD_H
#define SERVE_BOARD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/base.h"

enum {
	BOARD_SLOTS = 256,
	BOARD_POISONS = 256,   /* messages that have killed and are remembered */
	BOARD_DEATHS_MOST = 2, /* that a message may cause before it is scanned no more */
	BOARD_POISON_SECONDS = 86400,
	BOARD_WORD_MOST = 64,
	BOARD_BEAT_SECONDS = 5, /* between two turns that are told */
};

enum board_listener { BOARD_MILTER, BOARD_HTTP, BOARD_LISTENER_COUNT };

/* Why a message got no verdict. */
enum board_refusal { BOARD_OVERLOAD, BOARD_POISON, BOARD_REFUSAL_COUNT };

/* Actions that are told apart; another one counts as the last. */
enum { BOARD_ACTION_COUNT = 9 };
extern const char *const board_actions[BOARD_ACTION_COUNT];
/* "milter", "http" */
extern const char *const board_listeners[BOARD_LISTENER_COUNT];

/* Upper bounds of the buckets of time, in microseconds; one more bucket takes the rest. */
enum { BOARD_TIME_COUNT = 12 };
extern const uint64_t board_times[BOARD_TIME_COUNT];

typedef _Atomic uint64_t board_number;

/* Since the start of the program, over all workers that have had the slot. */
struct board_counts {
	board_number actions[BOARD_ACTION_COUNT];
	board_number messages[BOARD_LISTENER_COUNT];
	board_number refusals[BOARD_REFUSAL_COUNT];
	board_number connections[BOARD_LISTENER_COUNT];
	board_number open[BOARD_LISTENER_COUNT]; /* now */
	board_number closed;                     /* at once: too many were open */
	board_number broken;                     /* connections that ended with an error */
	board_number bytes;                      /* of messages */
	board_number held;                       /* bytes of messages under way, now */
	board_number unfinished;                 /* messages with checks that could not be done */
	board_number questions;                  /* about names */
	board_number questions_cached;           /* answered at once */
	board_number questions_failed;           /* without an answer */
	board_number microseconds;               /* from the end of a message to its verdict */
	board_number cpu_microseconds;           /* of the checks */
	board_number times[BOARD_TIME_COUNT + 1];
};

/* What a worker looks at. */
struct board_subject {
	char peer[BOARD_WORD_MOST];
	char queue_id[BOARD_WORD_MOST]; /* empty: it only reads what the client sends */
	uint64_t digest;                /* of the message, 0: there is none yet */
};

struct board_slot {
	_Atomic pid_t pid; /* 0: nobody has it */
	unsigned generation;
	board_number alive;           /* when its loop has turned last, in monotonic microseconds */
	atomic_bool is_busy;          /* it looks at the subject */
	struct board_subject subject; /* while it is busy */
	const char *volatile check;   /* that runs, or NULL; the text is the program's own */
	struct board_counts counts;
};

struct board_poison {
	_Atomic uint64_t digest;
	_Atomic unsigned deaths;
	_Atomic int64_t last; /* seconds since 1970 */
};

struct board {
	double started; /* seconds since 1970 */
	board_number generation;
	board_number restarts; /* workers that died and were replaced */
	board_number reload_failures;
	board_number told;         /* digest of what was told last of the network */
	board_number poison_count; /* 0: nobody has to look at the table */
	struct board_poison poisons[BOARD_POISONS];
	struct board_slot slots[BOARD_SLOTS];
};

/* For good; ends the process when there is no memory. */
struct board *board_make(void);
/* A free slot, marked as taken by `pid` 1 until the child's own is known; NULL when all are taken. */
struct board_slot *board_take_slot(struct board *board, unsigned generation);
/* Frees the slots of processes that nobody could bury, because their parent has died, too. */
void board_sweep(struct board *board);
/* Does nothing when it is not the slot of this process any more. Its counts stay. */
void board_free_slot(struct board_slot *slot, pid_t pid);

void board_enter(struct board_slot *slot, const struct board_subject *subject);
void board_leave(struct board_slot *slot);
/* What it looks at, with its texts ended. */
struct board_subject board_read_subject(const struct board_slot *slot);
void board_count(board_number *number, uint64_t n);
/* Not below 0. */
void board_uncount(board_number *number, uint64_t n);
uint64_t board_read(const board_number *number);
/* Which of board_actions this is. */
size_t board_action(struct span name);
void board_count_time(struct board_counts *counts, uint64_t microseconds);

/* The name of a message in this table: never 0. */
uint64_t board_digest(struct span bytes);
/* The message has killed a worker: how many it has killed now. */
unsigned board_add_death(struct board *board, uint64_t digest, double now);
/* True when the message has killed too many. */
bool board_is_poison(const struct board *board, uint64_t digest, double now);

/* The counts of all slots together. */
void board_sum(const struct board *board, struct board_counts *out);
/* Its loop turns: to be told every few seconds. */
void board_beat(struct board_slot *slot);
/* Workers whose loop has turned lately. */
size_t board_living_count(const struct board *board);
/* Workers that are there now; of one generation, or with 0 of all. */
size_t board_worker_count(const struct board *board, unsigned generation);

/* Prometheus text, and the same as one JSON object. */
void board_print_metrics(const struct board *board, struct buf *out);
void board_print_json(const struct board *board, struct buf *out);

#endif
