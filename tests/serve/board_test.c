/* The page that processes share. */
#include "serve/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void a_child_counts_where_its_parent_reads(void **state)
{
	struct board *board = board_make();
	struct board_slot *slot = board_take_slot(board, 1);
	struct board_subject subject = {.peer = "192.0.2.1", .queue_id = "4XYZ", .digest = 77};
	struct board_counts sum;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		board_count(&slot->counts.bytes, 100);
		board_count_time(&slot->counts, 150);
		board_enter(slot, &subject);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	board_sum(board, &sum);
	assert_int_equal(board_read(&sum.bytes), 100);
	assert_int_equal(board_read(&sum.times[1]), 1);
	assert_int_equal(board_read(&sum.microseconds), 150);
	assert_true(atomic_load(&slot->is_busy));
	assert_string_equal(board_read_subject(slot).queue_id, "4XYZ");
	assert_int_equal(board_read_subject(slot).digest, 77);
}

static void counts_stay_when_a_slot_gets_another_worker(void **state)
{
	struct board *board = board_make();
	struct board_slot *slot = board_take_slot(board, 1);
	struct board_counts sum;

	board_count(&slot->counts.bytes, 5);
	board_count(&slot->counts.open[BOARD_MILTER], 3);
	board_enter(slot, &(struct board_subject){.digest = 1});
	/* somebody else has it */
	board_free_slot(slot, 77);
	assert_int_equal(board_worker_count(board, 0), 1);
	board_free_slot(slot, 1);
	assert_int_equal(board_worker_count(board, 0), 0);
	assert_ptr_equal(board_take_slot(board, 2), slot);
	assert_int_equal(board_worker_count(board, 0), 1);
	assert_int_equal(board_worker_count(board, 2), 1);
	assert_int_equal(board_worker_count(board, 1), 0);
	assert_false(atomic_load(&slot->is_busy));
	board_sum(board, &sum);
	assert_int_equal(board_read(&sum.bytes), 5);
	assert_int_equal(board_read(&sum.open[BOARD_MILTER]), 0);
}

static void what_a_worker_has_scribbled_does_no_harm(void **state)
{
	struct board *board = board_make();
	struct board_slot *slot = board_take_slot(board, 1);
	struct board_subject subject;

	memset(&slot->subject, 'x', sizeof(slot->subject));
	subject = board_read_subject(slot);
	assert_int_equal(strlen(subject.peer), BOARD_WORD_MOST - 1);
	assert_int_equal(strlen(subject.queue_id), BOARD_WORD_MOST - 1);
	board_uncount(&slot->counts.held, 5);
	assert_int_equal(board_read(&slot->counts.held), 0);
}

static void slots_of_processes_that_are_gone_are_swept(void **state)
{
	struct board *board = board_make();
	struct board_slot *gone = board_take_slot(board, 1), *here = board_take_slot(board, 1);
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	atomic_store(&gone->pid, pid);
	atomic_store(&here->pid, getpid());
	board_sweep(board);
	assert_int_equal(atomic_load(&gone->pid), 0);
	assert_int_equal(atomic_load(&here->pid), getpid());
}

static void a_worker_whose_loop_stands_still_does_not_live(void **state)
{
	struct board *board = board_make();
	struct board_slot *slot = board_take_slot(board, 1);

	assert_int_equal(board_living_count(board), 1);
	atomic_store(&slot->alive,
		clock_monotonic_us() - 4 * BOARD_BEAT_SECONDS * UINT64_C(1000000));
	assert_int_equal(board_living_count(board), 0);
	board_beat(slot);
	assert_int_equal(board_living_count(board), 1);
}

static void slots_have_an_end(void **state)
{
	struct board *board = board_make();

	for (size_t i = 0; i < BOARD_SLOTS; i++)
		assert_non_null(board_take_slot(board, 1));
	assert_null(board_take_slot(board, 1));
}

static void the_third_time_is_too_much(void **state)
{
	struct board *board = board_make();
	uint64_t digest = board_digest(SPAN("Subject: x\r\n\r\n"));

	assert_false(board_is_poison(board, digest, 1000));
	assert_int_equal(board_add_death(board, digest, 1000), 1);
	assert_false(board_is_poison(board, digest, 1000));
	assert_int_equal(board_add_death(board, digest, 1001), 2);
	assert_true(board_is_poison(board, digest, 1002));
	assert_false(board_is_poison(board, digest + 1, 1002));
	/* a day later it may be another program */
	assert_false(board_is_poison(board, digest, 1001 + BOARD_POISON_SECONDS + 1));
	assert_int_equal(board_add_death(board, digest, 1001 + BOARD_POISON_SECONDS + 1), 1);
}

static void many_messages_that_kill_do_not_push_out_the_latest(void **state)
{
	struct board *board = board_make();

	for (uint64_t i = 1; i <= 3 * BOARD_POISONS; i++) {
		(void)board_add_death(board, i, (double)i);
		(void)board_add_death(board, i, (double)i);
		assert_true(board_is_poison(board, i, (double)i));
	}
	assert_true(board_is_poison(board, 3 * BOARD_POISONS - 10, 3 * BOARD_POISONS));
	assert_false(board_is_poison(board, 1, 3 * BOARD_POISONS));
}

static void digests_tell_messages_apart(void **state)
{
	static char large[100000];
	uint64_t all = board_digest(span_from(large, sizeof(large)));

	assert_int_not_equal(board_digest(SPAN("")), 0);
	assert_int_not_equal(all, board_digest(span_from(large, sizeof(large) - 1)));
	assert_int_equal(all, board_digest(span_from(large, sizeof(large))));
	large[100] = 1;
	assert_int_not_equal(all, board_digest(span_from(large, sizeof(large))));
}

static void numbers_are_printed_for_prometheus_and_as_json(void **state)
{
	struct board *board = board_make();
	struct board_slot *slot = board_take_slot(board, 1);
	struct arena *a = arena_make();
	struct buf out;

	board_count(&slot->counts.actions[board_action(SPAN("reject"))], 3);
	board_count(&slot->counts.actions[board_action(SPAN("an action of theirs"))], 2);
	board_count_time(&slot->counts, 100);
	board_count_time(&slot->counts, 101);
	board_count_time(&slot->counts, UINT64_C(1) << 40);
	buf_init(&out, a, 1 << 16);
	board_print_metrics(board, &out);
	buf_add_byte(&out, '\0');
	assert_non_null(strstr(out.p, "\nwinnow_verdicts_total{action=\"reject\"} 3\n"));
	assert_non_null(strstr(out.p, "\nwinnow_verdicts_total{action=\"other\"} 2\n"));
	assert_non_null(strstr(out.p, "\nwinnow_verdict_seconds_bucket{le=\"0.0001\"} 1\n"));
	assert_non_null(strstr(out.p, "\nwinnow_verdict_seconds_bucket{le=\"0.0002\"} 2\n"));
	assert_non_null(strstr(out.p, "\nwinnow_verdict_seconds_bucket{le=\"16\"} 2\n"));
	assert_non_null(strstr(out.p, "\nwinnow_verdict_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(out.p, "\nwinnow_workers 1\n"));
	buf_clear(&out);
	board_print_json(board, &out);
	buf_add_byte(&out, '\0');
	assert_non_null(strstr(out.p, "\"scanned\":5"));
	assert_non_null(strstr(out.p, "\"reject\":3"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_counts_where_its_parent_reads),
		cmocka_unit_test(counts_stay_when_a_slot_gets_another_worker),
		cmocka_unit_test(slots_have_an_end),
		cmocka_unit_test(a_worker_whose_loop_stands_still_does_not_live),
		cmocka_unit_test(what_a_worker_has_scribbled_does_no_harm),
		cmocka_unit_test(slots_of_processes_that_are_gone_are_swept),
		cmocka_unit_test(the_third_time_is_too_much),
		cmocka_unit_test(many_messages_that_kill_do_not_push_out_the_latest),
		cmocka_unit_test(digests_tell_messages_apart),
		cmocka_unit_test(numbers_are_printed_for_prometheus_and_as_json),
	};

	return cmocka_run_group_tests_name("serve/board", tests, NULL, NULL);
}
