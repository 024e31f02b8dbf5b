/* The shared page: slots, counters, messages that kill. */
#include "serve/board.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

const char *const board_actions[BOARD_ACTION_COUNT] = {"no action", "greylist", "add header",
	"rewrite subject", "soft reject", "reject", "quarantine", "discard", "other"};

const char *const board_listeners[BOARD_LISTENER_COUNT] = {"milter", "http"};

const uint64_t board_times[BOARD_TIME_COUNT] = {100, 200, 500, 1000, 2000, 5000, 10000, 50000,
	200000, 1000000, 4000000, 16000000};

/* Of a message that is hashed: enough to tell messages apart, and bounded. */
enum { DIGEST_BYTES = 64 << 10 };

struct board *board_make(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (board == MAP_FAILED)
		panic("no memory for the page that processes share");
	board->started = clock_wall();
	/* the secret of the hash must be the same in all processes */
	(void)map_hash(SPAN(""));
	return board;
}

static void reset_now(struct board_slot *slot)
{
	for (unsigned k = 0; k < BOARD_LISTENER_COUNT; k++)
		atomic_store_explicit(&slot->counts.open[k], 0, memory_order_relaxed);
	atomic_store_explicit(&slot->counts.held, 0, memory_order_relaxed);
	board_leave(slot);
}

struct board_slot *board_take_slot(struct board *board, unsigned generation)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		struct board_slot *slot = &board->slots[i];
		pid_t nobody = 0;

		if (!atomic_compare_exchange_strong(&slot->pid, &nobody, 1))
			continue;
		slot->generation = generation;
		slot->check = NULL;
		reset_now(slot);
		board_beat(slot);
		return slot;
	}
	return NULL;
}

/* Whoever gets it from the dead process to 1 is the one to free it: its parent and others may try at once. */
void board_free_slot(struct board_slot *slot, pid_t pid)
{
	if (!atomic_compare_exchange_strong(&slot->pid, &pid, 1))
		return;
	reset_now(slot);
	atomic_store(&slot->pid, 0);
}

void board_sweep(struct board *board)
{
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		pid_t pid = atomic_load(&board->slots[i].pid);

		if (pid > 1 && kill(pid, 0) == -1 && errno == ESRCH)
			board_free_slot(&board->slots[i], pid);
	}
}

void board_enter(struct board_slot *slot, const struct board_subject *subject)
{
	slot->subject = *subject;
	atomic_store_explicit(&slot->is_busy, true, memory_order_release);
}

void board_leave(struct board_slot *slot)
{
	atomic_store_explicit(&slot->is_busy, false, memory_order_release);
}

void board_beat(struct board_slot *slot)
{
	atomic_store_explicit(&slot->alive, clock_monotonic_us(), memory_order_relaxed);
}

/* One writer: no locked instruction is needed. */
void board_count(board_number *number, uint64_t n)
{
	atomic_store_explicit(number, board_read(number) + n, memory_order_relaxed);
}

void board_uncount(board_number *number, uint64_t n)
{
	uint64_t now = board_read(number);

	atomic_store_explicit(number, now < n ? 0 : now - n, memory_order_relaxed);
}

struct board_subject board_read_subject(const struct board_slot *slot)
{
	struct board_subject subject = slot->subject;

	subject.peer[BOARD_WORD_MOST - 1] = subject.queue_id[BOARD_WORD_MOST - 1] = '\0';
	return subject;
}

uint64_t board_read(const board_number *number)
{
	return atomic_load_explicit(number, memory_order_relaxed);
}

size_t board_action(struct span name)
{
	for (size_t i = 0; i < BOARD_ACTION_COUNT; i++)
		if (span_equal(name, span_of(board_actions[i])))
			return i;
	return BOARD_ACTION_COUNT - 1;
}

void board_count_time(struct board_counts *counts, uint64_t microseconds)
{
	size_t i = 0;

	while (i < BOARD_TIME_COUNT && microseconds > board_times[i])
		i++;
	board_count(&counts->times[i], 1);
	board_count(&counts->microseconds, microseconds);
}

/* ---- messages that kill ---- */

uint64_t board_digest(struct span bytes)
{
	uint64_t digest = map_hash(span_slice(bytes, 0, DIGEST_BYTES)) ^ bytes.n;

	return digest == 0 ? 1 : digest;
}

static bool is_old(const struct board_poison *poison, double now)
{
	return (double)atomic_load(&poison->last) + BOARD_POISON_SECONDS < now;
}

/* The row of the message, else the one whose last death is longest ago. */
static struct board_poison *find_row(struct board *board, uint64_t digest)
{
	struct board_poison *oldest = &board->poisons[0];

	for (size_t i = 0; i < BOARD_POISONS; i++) {
		struct board_poison *p = &board->poisons[i];

		if (atomic_load(&p->digest) == digest)
			return p;
		if (atomic_load(&p->last) < atomic_load(&oldest->last))
			oldest = p;
	}
	return oldest;
}

unsigned board_add_death(struct board *board, uint64_t digest, double now)
{
	struct board_poison *p = find_row(board, digest);

	if (atomic_load(&p->digest) != digest || is_old(p, now)) {
		atomic_store(&p->deaths, 0);
		atomic_store(&p->digest, digest);
	}
	atomic_store(&p->last, (int64_t)now);
	atomic_fetch_add(&board->poison_count, 1);
	return atomic_fetch_add(&p->deaths, 1) + 1;
}

bool board_is_poison(const struct board *board, uint64_t digest, double now)
{
	if (board_read(&board->poison_count) == 0)
		return false;
	for (size_t i = 0; i < BOARD_POISONS; i++) {
		const struct board_poison *p = &board->poisons[i];

		if (atomic_load(&p->digest) == digest)
			return atomic_load(&p->deaths) >= BOARD_DEATHS_MOST && !is_old(p, now);
	}
	return false;
}

/* ---- sums ---- */

void board_sum(const struct board *board, struct board_counts *out)
{
	_Static_assert(sizeof(*out) % sizeof(board_number) == 0, "numbers only");
	board_number *sum = (board_number *)out;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < BOARD_SLOTS; i++) {
		const board_number *part = (const board_number *)&board->slots[i].counts;

		for (size_t k = 0; k < sizeof(*out) / sizeof(board_number); k++)
			board_count(&sum[k], board_read(&part[k]));
	}
}

size_t board_living_count(const struct board *board)
{
	const uint64_t late = 3 * BOARD_BEAT_SECONDS * UINT64_C(1000000),
		       now = clock_monotonic_us();
	size_t n = 0;

	for (size_t i = 0; i < BOARD_SLOTS; i++)
		n += atomic_load(&board->slots[i].pid) != 0 &&
			board_read(&board->slots[i].alive) + late > now;
	return n;
}

size_t board_worker_count(const struct board *board, unsigned generation)
{
	size_t n = 0;

	for (size_t i = 0; i < BOARD_SLOTS; i++)
		n += atomic_load(&board->slots[i].pid) != 0 &&
			(generation == 0 || board->slots[i].generation == generation);
	return n;
}
