#include "milter/milter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "packets.h"

/* Events as text, so that a difference can be read. */
static void print_event(struct buf *out, const struct milter_event *e)
{
	struct span list = e->list, item;

	if (e->command == MILTER_BROKEN) {
		buf_printf(out, "broken: %.*s\n", SPAN_ARG(e->text));
		return;
	}
	buf_printf(out, "%c", e->command);
	if (e->command == MILTER_NEGOTIATE)
		buf_printf(out, " %u %x %x", e->options.version, e->options.actions,
			e->options.steps);
	if (e->command == MILTER_MACROS)
		buf_printf(out, " %c", e->stage);
	if (!span_is_null(e->text)) {
		buf_add_byte(out, ' ');
		buf_add(out, e->text);
	}
	if (e->family != '\0')
		buf_printf(out, " %c %u %.*s", e->family, e->port, SPAN_ARG(e->address));
	if (!span_is_null(e->value)) {
		buf_add_byte(out, '=');
		buf_add(out, e->value);
	}
	while (milter_next_string(&list, &item))
		buf_printf(out, " [%.*s]", SPAN_ARG(item));
	buf_add_byte(out, '\n');
}

/* All events of the bytes, given in pieces of `step` bytes. */
static struct span parse_all(struct arena *a, struct span bytes, size_t step)
{
	struct milter_parser parser;
	struct milter_event event;
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	milter_parser_init(&parser);
	for (size_t i = 0; i < bytes.n; i += step) {
		struct span piece = span_slice(bytes, i, step);

		while (milter_parse(&parser, &piece, &event))
			print_event(&out, &event);
		assert_int_equal(piece.n, 0);
	}
	milter_parser_done(&parser);
	return buf_span(&out);
}

struct packet_case {
	const char *name;
	struct span packets[5]; /* command and data; the length is put in front */
	const char *expected;
};

#define MALFORMED(command, size, form)                                                             \
	"broken: a malformed packet: command " command " with " #size                              \
	" bytes of data, where " form " should be\n"
#define NO_CLIENT(size) MALFORMED("C", size, "a name, a family (4, 6, L, U), a port and an address")
#define NO_MACROS(size) MALFORMED("D", size, "a command, then names and values")

static const struct packet_case packet_cases[] = {
	{"no bytes are no event", {}, ""},
	{"a command without data is an event", {SPAN_INIT("Q")}, "Q\n"},
	{"several packets are several events",
		{SPAN_INIT("A"), SPAN_INIT("N"), SPAN_INIT("T"), SPAN_INIT("K")}, "A\nN\nT\nK\n"},

	{"a negotiation has three numbers", {SPAN_INIT("O\0\0\0\6\0\0\1\377\0\37\377\377")},
		"O 6 1ff 1fffff\n"},
	{"a negotiation may have more behind them", {SPAN_INIT("O\0\0\0\2\0\0\0\77\0\0\0\177xy")},
		"O 2 3f 7f\n"},
	{"a negotiation of eleven bytes is malformed", {SPAN_INIT("O\0\0\0\6\0\0\1\377\0\37\377")},
		MALFORMED("O", 11, "three numbers")},

	{"an IPv4 client has a name, a port and an address",
		{SPAN_INIT("Cmx.a\0004\037\220192.0.2.1\0")}, "C mx.a 4 8080 192.0.2.1\n"},
	{"an IPv6 client is told apart", {SPAN_INIT("Cmx\0006\0\0312::1\0")}, "C mx 6 25 2::1\n"},
	{"a client on a local socket has a path", {SPAN_INIT("Clocal\0L\0\0/s\0")},
		"C local L 0 /s\n"},
	{"a client that nobody knows has no address", {SPAN_INIT("Cunknown\0U")},
		"C unknown U 0 \n"},
	{"the highest port is read", {SPAN_INIT("Cx\0004\377\3771.2.3\0")}, "C x 4 65535 1.2.3\n"},
	{"a client without a family is malformed", {SPAN_INIT("Cx\0")}, NO_CLIENT(2)},
	{"a client's name without its NUL is malformed", {SPAN_INIT("C4x")}, NO_CLIENT(2)},
	{"a client's address without its NUL is malformed", {SPAN_INIT("Cx\0004\0\0001")},
		NO_CLIENT(6)},
	{"a client without a port is malformed", {SPAN_INIT("Cx\0004")}, NO_CLIENT(3)},
	{"a second address is malformed", {SPAN_INIT("Cx\0004\0\0001\0002\0")}, NO_CLIENT(9)},
	{"a family that the protocol does not have is malformed", {SPAN_INIT("Cx\0005\0\0001\0")},
		NO_CLIENT(7)},

	{"HELO has its argument", {SPAN_INIT("Ha.bc\0")}, "H a.bc\n"},
	{"HELO may be empty", {SPAN_INIT("H\0")}, "H \n"},
	{"HELO without its NUL is malformed", {SPAN_INIT("Hab")}, MALFORMED("H", 2, "one string")},
	{"HELO with two strings is malformed", {SPAN_INIT("Ha\0b\0")},
		MALFORMED("H", 4, "one string")},

	{"MAIL has an address and arguments", {SPAN_INIT("M<a@b>\0SIZE=9\0SMTPUTF8\0")},
		"M <a@b> [SIZE=9] [SMTPUTF8]\n"},
	{"MAIL may have no argument", {SPAN_INIT("M<>\0")}, "M <>\n"},
	{"RCPT has an address and arguments", {SPAN_INIT("R<a@b>\0NOTIFY\0")},
		"R <a@b> [NOTIFY]\n"},
	{"MAIL without a string is malformed", {SPAN_INIT("M")},
		MALFORMED("M", 0, "an address and arguments")},
	{"MAIL whose last argument has no NUL is malformed", {SPAN_INIT("M<>\0X")},
		MALFORMED("M", 4, "an address and arguments")},

	{"macros have their stage, names and values", {SPAN_INIT("DMi\0001A\0{x}\0y\0")},
		"D M [i] [1A] [{x}] [y]\n"},
	{"macros may be none", {SPAN_INIT("DC")}, "D C\n"},
	{"a macro may have an empty value", {SPAN_INIT("DMi\0\0")}, "D M [i] []\n"},
	{"a macro without a value is malformed", {SPAN_INIT("DMi\0")}, NO_MACROS(3)},
	{"macros without a stage are malformed", {SPAN_INIT("D")}, NO_MACROS(0)},
	{"macros whose last value has no NUL are malformed", {SPAN_INIT("DMi\0ab")}, NO_MACROS(5)},

	{"a header field has a name and a value", {SPAN_INIT("LFrom\0a@b\n\0")}, "L From=a@b\n\n"},
	{"a header field may be empty", {SPAN_INIT("LTo\0\0")}, "L To=\n"},
	{"a header field without a value is malformed", {SPAN_INIT("LTo\0")},
		MALFORMED("L", 3, "a name and a value")},
	{"a header field without a name is malformed", {SPAN_INIT("L\0x\0")},
		MALFORMED("L", 3, "a name and a value")},

	{"a body chunk is bytes", {SPAN_INIT("Bab\n")}, "B ab\n\n"},
	{"a body chunk may be empty", {SPAN_INIT("B")}, "B \n"},
	{"the end may hold the last bytes", {SPAN_INIT("Eab")}, "E ab\n"},
	{"an unknown command is told", {SPAN_INIT("UFOO\0")}, "U FOO\n"},
	{"data where none may be is malformed", {SPAN_INIT("Ax")}, MALFORMED("A", 1, "no data")},
	{"a packet without a command is broken", {SPAN_INIT("")},
		"broken: a packet without a command\n"},
	{"behind a command that does not exist nothing is read", {SPAN_INIT("z"), SPAN_INIT("Q")},
		"broken: no command of the protocol: byte 122; what connects may not speak milter\n"},
};

static const struct byte_case {
	const char *name;
	struct span bytes;
	const char *expected;
} byte_cases[] = {
	{"half a length is no event", SPAN_INIT("\0\0"), ""},
	{"a length alone is no event", SPAN_INIT("\0\0\0\1"), ""},
	{"what is behind the last packet waits", SPAN_INIT("\0\0\0\1A\0\0\0\7H"), "A\n"},
	{"HTTP is broken at once", SPAN_INIT("GET / HTTP/1.1\r\n"),
		"broken: a packet of 1195725856 bytes, at most 131072 are taken; what connects may not speak milter\n"},
	{"the largest length is waited for", SPAN_INIT("\0\2\0\0"), ""},
	{"one byte more is broken", SPAN_INIT("\0\2\0\1"),
		"broken: a packet of 131073 bytes, at most 131072 are taken; what connects may not speak milter\n"},
	{"a length with its highest bit set is broken", SPAN_INIT("\377\377\377\377"),
		"broken: a packet of 4294967295 bytes, at most 131072 are taken; what connects may not speak milter\n"},
};

/* However they are cut, the bytes give the same events. */
static void check_events(const char *name, struct span bytes, const char *expected)
{
	struct arena *a = arena_make();
	struct span got = parse_all(a, bytes, num_max(bytes.n, 1));

	if (!span_equal(got, span_of(expected)))
		fail_msg("%s: got \"%.*s\"", name, SPAN_ARG(got));
	for (size_t step = 1; step < bytes.n; step++) {
		struct span again = parse_all(a, bytes, step);

		if (!span_equal(got, again))
			fail_msg("%s: in steps of %zu got \"%.*s\"", name, step, SPAN_ARG(again));
	}
	arena_free(a);
}

static void packets_become_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(packet_cases); i++) {
		struct arena *a = arena_make();

		check_events(packet_cases[i].name, packets_join(a, packet_cases[i].packets),
			packet_cases[i].expected);
		arena_free(a);
	}
}

static void bytes_become_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(byte_cases); i++)
		check_events(byte_cases[i].name, byte_cases[i].bytes, byte_cases[i].expected);
}

static void a_nul_in_a_header_value_stays_in_it(void **state)
{
	struct milter_parser parser;
	struct milter_event event;
	struct span rest = SPAN("\0\0\0\010LTo\0a\0b\0");

	(void)state;
	milter_parser_init(&parser);
	assert_true(milter_parse(&parser, &rest, &event));
	assert_true(span_equal(event.value, SPAN("a\0b")));
	milter_parser_done(&parser);
}

static void the_largest_packet_is_taken_in_pieces(void **state)
{
	struct arena *a = arena_make();
	struct milter_parser parser;
	struct milter_event event;
	struct span rest = SPAN("\0\2\0\0B");
	char *body = arena_alloc(a, MILTER_PACKET_MOST);

	(void)state;
	milter_parser_init(&parser);
	assert_false(milter_parse(&parser, &rest, &event));
	rest = span_from(body, MILTER_PACKET_MOST - 2);
	assert_false(milter_parse(&parser, &rest, &event));
	rest = SPAN("zQ");
	assert_true(milter_parse(&parser, &rest, &event));
	assert_int_equal(event.command, MILTER_BODY);
	assert_int_equal(event.text.n, MILTER_PACKET_MOST - 1);
	assert_int_equal(event.text.p[event.text.n - 1], 'z');
	assert_int_equal(rest.n, 1);
	milter_parser_done(&parser);
	arena_free(a);
}

static void an_announced_length_takes_no_memory(void **state)
{
	struct milter_parser parser;
	struct milter_event event;
	struct span rest = SPAN("\0\2\0\0B");

	(void)state;
	milter_parser_init(&parser);
	assert_false(milter_parse(&parser, &rest, &event));
	assert_true(arena_used(parser.arena) < 1024);
	milter_parser_done(&parser);
}

static void a_parser_that_shrinks_keeps_what_is_pending(void **state)
{
	struct milter_parser parser;
	struct milter_event event;
	struct span rest = SPAN("\0\0\0\3H");

	(void)state;
	milter_parser_init(&parser);
	assert_false(milter_parse(&parser, &rest, &event));
	milter_parser_shrink(&parser);
	rest = SPAN("x\0");
	assert_true(milter_parse(&parser, &rest, &event));
	assert_true(span_equal(event.text, SPAN("x")));
	milter_parser_shrink(&parser);
	assert_int_equal(arena_used(parser.arena), 0);
	rest = SPAN("\0\0\0\1Q");
	assert_true(milter_parse(&parser, &rest, &event));
	assert_int_equal(event.command, MILTER_QUIT);
	milter_parser_done(&parser);
}

static void a_broken_parser_swallows_the_rest(void **state)
{
	struct milter_parser parser;
	struct milter_event event;
	struct span rest = SPAN("\0\0\0\0\0\0\0\1Q");

	(void)state;
	milter_parser_init(&parser);
	assert_true(milter_parse(&parser, &rest, &event));
	assert_int_equal(event.command, MILTER_BROKEN);
	assert_false(milter_parse(&parser, &rest, &event));
	assert_int_equal(rest.n, 0);
	rest = SPAN("\0\0\0\1Q");
	assert_false(milter_parse(&parser, &rest, &event));
	assert_int_equal(rest.n, 0);
	milter_parser_done(&parser);
}

/* ---- replies ---- */

static const struct span no_macros[MILTER_STAGE_COUNT];
static const struct milter_options options = {6, 0x11, 0x100400};

static void reply_continue(struct buf *out)
{
	milter_print_reply(out, MILTER_REPLY_CONTINUE);
}

static void reply_skip(struct buf *out)
{
	milter_print_reply(out, MILTER_REPLY_SKIP);
}

static void reply_options(struct buf *out)
{
	milter_print_options(out, &options, no_macros);
}

static void reply_options_with_macros(struct buf *out)
{
	struct span macros[MILTER_STAGE_COUNT] = {0};

	macros[MILTER_STAGE_CONNECT] = SPAN("");
	macros[MILTER_STAGE_END] = SPAN("i j");
	milter_print_options(out, &options, macros);
}

static void reply_text(struct buf *out)
{
	milter_print_reply_text(out, SPAN("554 5.7.1 no"));
}

static void reply_text_with_nul(struct buf *out)
{
	milter_print_reply_text(out, SPAN("554 no\0no"));
}

static void reply_add_header(struct buf *out)
{
	milter_print_add_header(out, SPAN("A"), SPAN("b\n c"));
}

static void reply_insert_header(struct buf *out)
{
	milter_print_insert_header(out, 258, SPAN("A"), SPAN("b"));
}

static void reply_change_header(struct buf *out)
{
	milter_print_change_header(out, 1, SPAN("A"), SPAN(""));
}

static void reply_change_from(struct buf *out)
{
	milter_print_change_from(out, SPAN("<a@b>"), span_from(NULL, 0));
	milter_print_change_from(out, SPAN("<>"), SPAN("X=1"));
}

static void reply_add_rcpt(struct buf *out)
{
	milter_print_add_rcpt(out, SPAN("<a@b>"), span_from(NULL, 0));
	milter_print_add_rcpt(out, SPAN("<a@b>"), SPAN("X=1"));
}

static void reply_drop_rcpt(struct buf *out)
{
	milter_print_drop_rcpt(out, SPAN("<a@b>"));
}

static void reply_quarantine(struct buf *out)
{
	milter_print_quarantine(out, SPAN("odd"));
}

static void reply_empty_body(struct buf *out)
{
	milter_print_body(out, SPAN(""));
}

static const struct reply_case {
	const char *name;
	void (*print)(struct buf *out);
	struct span expected;
} replies[] = {
	{"a reply without data is one byte long", reply_continue, SPAN_INIT("\0\0\0\1c")},
	{"skip is such a reply", reply_skip, SPAN_INIT("\0\0\0\1s")},
	{"options are three numbers", reply_options,
		SPAN_INIT("\0\0\0\15O\0\0\0\6\0\0\0\21\0\20\4\0")},
	{"wanted macros stand behind them, also when none are wanted", reply_options_with_macros,
		SPAN_INIT("\0\0\0\32O\0\0\0\6\0\0\0\21\0\20\4\0\0\0\0\0\0\0\0\0\5i j\0")},
	{"a text ends with a NUL", reply_text, SPAN_INIT("\0\0\0\16y554 5.7.1 no\0")},
	{"a text ends at its first NUL", reply_text_with_nul, SPAN_INIT("\0\0\0\10y554 no\0")},
	{"a new header field has name and value", reply_add_header,
		SPAN_INIT("\0\0\0\10hA\0b\n c\0")},
	{"an inserted one has its place in front", reply_insert_header,
		SPAN_INIT("\0\0\0\11i\0\0\1\2A\0b\0")},
	{"a header field without a value goes away", reply_change_header,
		SPAN_INIT("\0\0\0\10m\0\0\0\1A\0\0")},
	{"a sender may have arguments", reply_change_from,
		SPAN_INIT("\0\0\0\7e<a@b>\0\0\0\0\10e<>\0X=1\0")},
	{"a recipient with arguments is another command", reply_add_rcpt,
		SPAN_INIT("\0\0\0\7+<a@b>\0\0\0\0\0132<a@b>\0X=1\0")},
	{"a recipient is dropped", reply_drop_rcpt, SPAN_INIT("\0\0\0\7-<a@b>\0")},
	{"a quarantine has its reason", reply_quarantine, SPAN_INIT("\0\0\0\5qodd\0")},
	{"an empty body is one packet", reply_empty_body, SPAN_INIT("\0\0\0\1b")},
};

static void replies_become_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct arena *a = arena_make();
		struct buf out;

		buf_init(&out, a, SIZE_MAX);
		replies[i].print(&out);
		if (!span_equal(buf_span(&out), replies[i].expected))
			fail_msg("%s: got %zu bytes, not %zu, or others", replies[i].name, out.n,
				replies[i].expected.n);
		arena_free(a);
	}
}

static void a_large_body_goes_in_chunks(void **state)
{
	struct arena *a = arena_make();
	struct buf out;
	struct span body = span_from(arena_alloc(a, MILTER_CHUNK_MOST + 1), MILTER_CHUNK_MOST + 1);

	(void)state;
	buf_init(&out, a, SIZE_MAX);
	milter_print_body(&out, body);
	assert_int_equal(out.n, 5 + MILTER_CHUNK_MOST + 5 + 1);
	assert_memory_equal(out.p, "\0\1\0\0b", 5);
	assert_memory_equal(out.p + 5 + MILTER_CHUNK_MOST, "\0\0\0\2b", 5);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_become_events),
		cmocka_unit_test(bytes_become_events),
		cmocka_unit_test(a_nul_in_a_header_value_stays_in_it),
		cmocka_unit_test(the_largest_packet_is_taken_in_pieces),
		cmocka_unit_test(an_announced_length_takes_no_memory),
		cmocka_unit_test(a_parser_that_shrinks_keeps_what_is_pending),
		cmocka_unit_test(a_broken_parser_swallows_the_rest),
		cmocka_unit_test(replies_become_bytes),
		cmocka_unit_test(a_large_body_goes_in_chunks),
	};

	return cmocka_run_group_tests_name("milter/wire", tests, NULL, NULL);
}
