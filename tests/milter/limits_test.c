/* What bounds a session: forged fields, large headers and packets, many recipients, memory. */
#include "milter/milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "packets.h"

static const struct milter_policy usual = {
	.spam_header = SPAN_INIT("X-Spam"),
	.message_most = 4 << 20,
};

#define P(text) SPAN_INIT(text)
/* Version 6 with everything offered; and with nothing: each command is answered. */
#define HELLO P("O\0\0\0\6\0\0\1\377\0\37\377\377")
#define HELLO_PLAIN P("O\0\0\0\2\0\0\0\77\0\0\0\0")
#define MAIL P("M<s@example.org>\0")
#define RCPT P("R<r@example.net>\0")
#define BODY P("Bhello\r\n")

static const struct span hello = HELLO, hello_plain = HELLO_PLAIN, mail = MAIL, rcpt = RCPT;

struct peer {
	struct arena *arena;
	struct milter_session *session;
	struct buf out;
};

/* A session that has begun a message. */
static struct peer open_peer(struct span hi)
{
	struct arena *a = arena_make();
	struct peer p = {.arena = a, .session = milter_session_make(&usual)};
	const struct span packets[] = {hi, MAIL, {NULL, 0}};
	struct span bytes = packets_join(a, packets);

	buf_init(&p.out, a, SIZE_MAX);
	assert_int_equal(milter_session_feed(p.session, &bytes, &p.out), MILTER_WANTS_BYTES);
	buf_clear(&p.out);
	return p;
}

static void close_peer(struct peer *p)
{
	milter_session_free(p->session);
	arena_free(p->arena);
}

static enum milter_state send_packet(struct peer *p, struct span packet)
{
	const struct span packets[] = {packet, {NULL, 0}};
	struct arena *a = arena_make();
	struct span bytes = packets_join(a, packets);
	enum milter_state state = milter_session_feed(p->session, &bytes, &p->out);

	arena_free(a);
	return state;
}

static void send_copies(struct peer *p, struct span packet, int n)
{
	while (n-- > 0)
		assert_int_equal(send_packet(p, packet), MILTER_WANTS_BYTES);
}

/* The replies as a string of their bytes. */
static const char *read_replies(struct peer *p)
{
	struct span rest = buf_span(&p->out);
	struct buf out;

	buf_init(&out, p->arena, SIZE_MAX);
	while (rest.n > 0) {
		const unsigned char *u = (const unsigned char *)rest.p;

		buf_add_byte(&out, rest.p[4]);
		rest = span_from_offset(rest,
			4 + ((size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3]));
	}
	return arena_string(p->arena, buf_span(&out));
}

/* What is said to a message that is let through. */
static const char *judge_peer(struct peer *p)
{
	struct scan_action action = {.name = SPAN("no action")};
	struct scan_verdict verdict = {.action = &action};
	struct scan_effects effects = {0};

	assert_int_equal(send_packet(p, SPAN("E")), MILTER_WANTS_VERDICT);
	buf_clear(&p->out);
	milter_session_judge(p->session, &verdict, &effects, &p->out);
	assert_true(p->out.n <= MILTER_OUTPUT_MOST);
	return read_replies(p);
}

static const struct limit_case {
	const char *name;
	struct span hello, field;
	int copies;
	const char *expected; /* NULL: all copies are removed */
} limits[] = {
	{"as many copies as are removed", HELLO, P("LX-Spam\0 No\0"), MILTER_REMOVALS_MOST, NULL},
	{"a forged field more refuses the message", HELLO, P("LX-Spam\0 No\0"),
		MILTER_REMOVALS_MOST + 1, "y"},
	{"as many fields as are known", HELLO, P("LX\0 y\0"), MILTER_FIELDS_MOST, "a"},
	{"a field more could hide a forged one", HELLO, P("LX\0 y\0"), MILTER_FIELDS_MOST + 1, "y"},
	{"a server that lets us remove nothing keeps them all", P("O\0\0\0\6\0\0\0\1\0\37\377\377"),
		P("LX-Spam\0 No\0"), MILTER_FIELDS_MOST + 1, "a"},
};

static void forged_fields_never_stay(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit_case *c = &limits[i];
		struct peer p = open_peer(c->hello);
		const char *got;

		send_copies(&p, c->field, c->copies);
		got = judge_peer(&p);
		if (c->expected != NULL && strcmp(got, c->expected) != 0)
			fail_msg("%s: got %.100s", c->name, got);
		if (c->expected != NULL && c->expected[0] == 'y')
			assert_true(span_starts(milter_session_left_out(p.session),
				SPAN("a message was refused")));
		if (c->expected == NULL)
			assert_int_equal(span_count_byte(span_of(got), 'm'), c->copies);
		close_peer(&p);
	}
}

/* What is past the limit is not kept, but a forged field there is removed all the same. */
static void a_large_header_is_cut(void **state)
{
	struct peer p = open_peer(hello);
	char *field = arena_alloc(p.arena, 70000);
	const struct msg_input *input;

	(void)state;
	memset(field, 'x', 69999);
	memcpy(field, "LBig", 5);
	send_copies(&p, span_from(field, 70000), MILTER_HEADER_MOST / 70000 + 1);
	assert_int_equal(send_packet(&p, SPAN("Bbody")), MILTER_WANTS_BYTES);
	assert_int_equal(send_packet(&p, SPAN("E")), MILTER_WANTS_VERDICT);
	input = milter_session_input(p.session);
	assert_true(input->is_cut);
	assert_in_range(input->bytes.n, MILTER_HEADER_MOST - 70000, MILTER_HEADER_MOST + 100);
	assert_true(span_ends(input->bytes, SPAN("\r\n\r\nbody")));
	milter_session_defer(p.session, &p.out);

	assert_int_equal(send_packet(&p, mail), MILTER_WANTS_BYTES);
	send_copies(&p, span_from(field, 70000), MILTER_HEADER_MOST / 70000 + 1);
	send_copies(&p, SPAN("LX-Spam\0 No\0"), 1);
	assert_string_equal(judge_peer(&p), "ma");
	close_peer(&p);
}

static void more_changes_than_fit_are_left_out(void **state)
{
	struct peer p = open_peer(hello);
	struct scan_action action = {.name = SPAN("no action")};
	struct scan_verdict verdict = {.action = &action};
	struct scan_effects effects = {.field_count = SCAN_FIELDS_MOST};
	char *value = arena_alloc(p.arena, SCAN_FIELD_MOST);

	(void)state;
	memset(value, 'x', SCAN_FIELD_MOST);
	effects.fields = ARENA_ARRAY(p.arena, struct scan_field, SCAN_FIELDS_MOST);
	for (size_t i = 0; i < SCAN_FIELDS_MOST; i++)
		effects.fields[i] =
			(struct scan_field){SPAN("X-A"), span_from(value, SCAN_FIELD_MOST), 0};
	assert_int_equal(send_packet(&p, SPAN("E")), MILTER_WANTS_VERDICT);
	buf_clear(&p.out);
	milter_session_judge(p.session, &verdict, &effects, &p.out);
	assert_in_range(p.out.n, MILTER_OUTPUT_MOST / 2, MILTER_OUTPUT_MOST);
	assert_memory_equal(p.out.p + p.out.n - 5, "\0\0\0\1a", 5);
	assert_true(span_equal(milter_session_left_out(p.session),
		SPAN("there was more to change than a reply may hold")));
	assert_true(span_is_null(milter_session_left_out(p.session)));
	close_peer(&p);
}

static const struct size_case {
	const char *name;
	struct span hello;
	size_t size;
	bool fits;
} sizes[] = {
	{"nobody offers more", HELLO, MILTER_PACKET_MOST, true},
	{"nobody offers more, a byte too much", HELLO, MILTER_PACKET_MOST + 1, false},
	{"256K", P("O\0\0\0\6\0\0\1\377\20\37\377\377"), MILTER_PACKET_MOST_256K, true},
	{"256K, a byte too much", P("O\0\0\0\6\0\0\1\377\20\37\377\377"),
		MILTER_PACKET_MOST_256K + 1, false},
	{"1M", P("O\0\0\0\6\0\0\1\377\60\37\377\377"), MILTER_PACKET_MOST_1M, true},
	{"1M, a byte too much", P("O\0\0\0\6\0\0\1\377\60\37\377\377"), MILTER_PACKET_MOST_1M + 1,
		false},
};

static void packets_are_as_large_as_was_negotiated(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct peer p = open_peer(sizes[i].hello);
		char *body = arena_alloc(p.arena, sizes[i].size);
		enum milter_state expected =
			sizes[i].fits ? MILTER_WANTS_BYTES : MILTER_WANTS_CLOSE;

		body[0] = 'B';
		if (send_packet(&p, span_from(body, sizes[i].size)) != expected)
			fail_msg("%s: %.*s", sizes[i].name,
				SPAN_ARG(milter_session_why(p.session)));
		close_peer(&p);
	}
}

static void patience_is_asked_where_it_is_understood(void **state)
{
	struct peer old = open_peer(hello_plain), new = open_peer(hello);

	(void)state;
	assert_int_equal(send_packet(&old, SPAN("E")), MILTER_WANTS_VERDICT);
	assert_int_equal(send_packet(&new, SPAN("E")), MILTER_WANTS_VERDICT);
	buf_clear(&old.out);
	milter_session_progress(old.session, &old.out);
	milter_session_progress(new.session, &new.out);
	assert_int_equal(old.out.n, 0);
	assert_memory_equal(new.out.p, "\0\0\0\1p", 5);
	close_peer(&old);
	close_peer(&new);
}

static void bytes_are_those_of_the_message_under_way(void **state)
{
	struct peer p = open_peer(hello);

	(void)state;
	assert_true(milter_session_bytes(p.session) > 0);
	assert_int_equal(send_packet(&p, SPAN("A")), MILTER_WANTS_BYTES);
	assert_int_equal(milter_session_bytes(p.session), 0);
	close_peer(&p);
}

/* Memory may run out behind any packet of a message; the next message is judged. */
static void an_overload_may_come_at_any_point(void **state)
{
	static const struct span message[] = {MAIL, RCPT, P("T"), P("LX-Spam\0 No\0"),
		P("LTo\0 r\0"), P("N"), BODY, BODY, P("DEi\0001\0")};

	(void)state;
	for (size_t when = 0; when < ARRAY_LEN(message); when++) {
		struct peer p = open_peer(hello);

		assert_int_equal(send_packet(&p, SPAN("A")), MILTER_WANTS_BYTES);
		for (size_t i = 0; i < ARRAY_LEN(message); i++) {
			assert_int_equal(send_packet(&p, message[i]), MILTER_WANTS_BYTES);
			if (i == when)
				milter_session_overload(p.session);
		}
		assert_true(milter_session_bytes(p.session) < 1000);
		buf_clear(&p.out);
		assert_int_equal(send_packet(&p, SPAN("Emore")), MILTER_WANTS_BYTES);
		assert_true(milter_session_is_idle(p.session));
		assert_string_equal(read_replies(&p), "y");
		assert_memory_equal(p.out.p + 5, "451 4.7.1 ", 10);
		assert_int_equal(send_packet(&p, mail), MILTER_WANTS_BYTES);
		assert_string_equal(judge_peer(&p), "a");
		close_peer(&p);
	}
}

static void many_recipients_are_counted(void **state)
{
	struct peer p = open_peer(hello);

	(void)state;
	send_copies(&p, rcpt, MSG_RECIPIENTS_MOST + 7);
	assert_int_equal(send_packet(&p, SPAN("E")), MILTER_WANTS_VERDICT);
	assert_int_equal(milter_session_input(p.session)->rcpt_count, MSG_RECIPIENTS_MOST + 7);
	assert_int_equal(milter_session_input(p.session)->envelope.rcpt_count, MSG_RECIPIENTS_MOST);
	assert_false(milter_session_is_idle(p.session));
	close_peer(&p);
}

static void half_a_packet_is_told_from_none(void **state)
{
	struct peer p = open_peer(hello);
	struct span bytes = SPAN("\0\0");

	(void)state;
	assert_false(milter_session_is_halfway(p.session));
	assert_int_equal(milter_session_feed(p.session, &bytes, &p.out), MILTER_WANTS_BYTES);
	assert_true(milter_session_is_halfway(p.session));
	bytes = SPAN("\0\1E");
	assert_int_equal(milter_session_feed(p.session, &bytes, &p.out), MILTER_WANTS_VERDICT);
	assert_false(milter_session_is_halfway(p.session));
	close_peer(&p);
}

static void long_arguments_are_left_out(void **state)
{
	struct peer p = open_peer(hello);
	char *packet = arena_alloc(p.arena, 5000);

	(void)state;
	memset(packet, 'x', 4000);
	memcpy(packet, "M<a@b>", 7);
	packet[3999] = '\0';
	memcpy(packet + 4000, "SIZE=1", 7);
	assert_int_equal(send_packet(&p, span_from(packet, 4007)), MILTER_WANTS_BYTES);
	assert_int_equal(send_packet(&p, SPAN("E")), MILTER_WANTS_VERDICT);
	assert_true(
		span_equal(milter_session_input(p.session)->envelope.from_args, SPAN("SIZE=1")));
	close_peer(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_fields_never_stay),
		cmocka_unit_test(a_large_header_is_cut),
		cmocka_unit_test(more_changes_than_fit_are_left_out),
		cmocka_unit_test(packets_are_as_large_as_was_negotiated),
		cmocka_unit_test(patience_is_asked_where_it_is_understood),
		cmocka_unit_test(bytes_are_those_of_the_message_under_way),
		cmocka_unit_test(an_overload_may_come_at_any_point),
		cmocka_unit_test(many_recipients_are_counted),
		cmocka_unit_test(half_a_packet_is_told_from_none),
		cmocka_unit_test(long_arguments_are_left_out),
	};

	return cmocka_run_group_tests_name("milter/limits", tests, NULL, NULL);
}
