/* Notes between processes. */
#include "serve/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void a_note_arrives_whole(void **state)
{
	static char large[CHANNEL_TEXT_MOST];
	struct channel_note note;
	int ends[2];

	assert_true(channel_make(ends));
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_NOTHING);
	memset(large, 'x', sizeof(large));
	assert_true(channel_send(ends[0], CHANNEL_READY, SPAN(""), -1));
	assert_true(channel_send(ends[0], CHANNEL_LISTENS, span_from(large, sizeof(large)), -1));
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_NOTE);
	assert_int_equal(note.word, CHANNEL_READY);
	assert_int_equal(note.n, 0);
	assert_int_equal(note.fd, -1);
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_NOTE);
	assert_int_equal(note.word, CHANNEL_LISTENS);
	assert_memory_equal(note.text, large, sizeof(large));
	assert_int_equal(note.n, sizeof(large));
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_NOTHING);
	(void)close(ends[0]);
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_GONE);
	assert_false(channel_send(ends[1], CHANNEL_END, SPAN(""), -1));
	(void)close(ends[1]);
}

static void a_descriptor_goes_along(void **state)
{
	struct channel_note note;
	int ends[2], pair[2];
	char byte;

	assert_true(channel_make(ends));
	assert_int_equal(pipe(pair), 0);
	assert_true(channel_send(ends[0], CHANNEL_LOG, SPAN("log"), pair[1]));
	(void)close(pair[1]);
	assert_int_equal(channel_receive(ends[1], &note), CHANNEL_NOTE);
	assert_int_not_equal(note.fd, -1);
	assert_int_equal(write(note.fd, "y", 1), 1);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	(void)close(note.fd);
	(void)close(pair[0]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_arrives_whole),
		cmocka_unit_test(a_descriptor_goes_along),
	};

	return cmocka_run_group_tests_name("serve/channel", tests, NULL, NULL);
}
