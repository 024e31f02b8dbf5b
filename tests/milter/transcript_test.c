/*
 * Golden transcripts of whole dialogues: tests/data/milter/, rewritten when WINNOW_BLESS is set.
 *
 * A line is a packet, `>` from the mail server and `<` from us: its command, then its data with C's escapes
 * for bytes that cannot be printed, (6) for a number of four bytes and (25:2) for one of two. `!` lines stand
 * before the end of a message and say what its verdict and its effects are; `=` lines show what the scan got.
 */
#include "milter/milter.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { FILE_MOST = 1 << 20, EFFECTS_MOST = 32 };

static const char *const files[] = {"v2", "v4", "v6", "changes", "texts", "envelope", "malformed"};

/* ---- packets as text ---- */

static void put_number(struct buf *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		buf_add_byte(out, (char)(value >> 8 * bytes));
}

/* "(6)" or "(25:2)"; returns what it takes of the text, 0 when it is none. */
static size_t read_number(struct buf *out, struct span text)
{
	size_t end = span_find_byte(text, ')');
	struct span inside = span_slice(text, 1, end - 1), digits = inside;
	uint64_t value, bytes = 4;

	if (text.p[0] != '(' || end == text.n)
		return 0;
	(void)span_next(&inside, ':', &digits);
	if (inside.n > 0 && !num_parse_u64(inside, 8, &bytes))
		return 0;
	if (span_starts(digits, SPAN("0x"))
			? !num_parse_hex(span_from_offset(digits, 2), UINT32_MAX, &value)
			: !num_parse_u64(digits, UINT32_MAX, &value))
		return 0;
	put_number(out, value, (unsigned)bytes);
	return end + 1;
}

static size_t read_escape(struct buf *out, struct span text)
{
	static const struct span letters = SPAN_INIT("0nrt\\"), bytes = SPAN_INIT("\0\n\r\t\\");
	uint64_t value;

	if (text.p[0] != '\\' || text.n < 2)
		return 0;
	if (span_has_byte(letters, text.p[1])) {
		buf_add_byte(out, bytes.p[span_find_byte(letters, text.p[1])]);
		return 2;
	}
	if (text.p[1] != 'x' || !num_parse_hex(span_slice(text, 2, 2), 255, &value))
		return 0;
	buf_add_byte(out, (char)value);
	return 4;
}

static struct span read_text(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	while (text.n > 0) {
		size_t n = read_number(&out, text);

		if (n == 0)
			n = read_escape(&out, text);
		if (n == 0)
			buf_add_byte(&out, text.p[0]);
		text = span_from_offset(text, num_max(n, 1));
	}
	return buf_span(&out);
}

static uint32_t read_u32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static void print_text(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c >= ' ' && c <= '~' && c != '\\')
			buf_add_byte(out, c);
		else if (span_has_byte(SPAN("\0\n\r\t\\"), c))
			buf_printf(out, "\\%c", "0nrt\\"[span_find_byte(SPAN("\0\n\r\t\\"), c)]);
		else
			buf_printf(out, "\\x%02x", (unsigned char)c);
	}
}

static struct span print_u32(struct buf *out, struct span data)
{
	buf_printf(out, "(%u)", read_u32(data.p));
	return span_from_offset(data, 4);
}

static struct span print_bits(struct buf *out, struct span data)
{
	buf_printf(out, "(0x%x)", read_u32(data.p));
	return span_from_offset(data, 4);
}

static void print_reply(struct buf *out, struct span packet)
{
	struct span data = span_from_offset(packet, 1), macros;

	buf_printf(out, "< %c", packet.p[0]);
	if (packet.p[0] == 'm' || packet.p[0] == 'i')
		data = print_u32(out, data);
	if (packet.p[0] == 'O') {
		data = print_u32(out, data);
		data = print_bits(out, data);
		data = print_bits(out, data);
		while (data.n > 0) {
			data = print_u32(out, data);
			(void)milter_next_string(&data, &macros);
			print_text(out, macros);
			buf_add_string(out, "\\0");
		}
	}
	print_text(out, data);
	buf_add_byte(out, '\n');
}

static void print_replies(struct buf *out, struct span bytes)
{
	while (bytes.n > 0) {
		size_t length = read_u32(bytes.p);

		print_reply(out, span_slice(bytes, 4, length));
		bytes = span_from_offset(bytes, 4 + length);
	}
}

/* ---- what the next message gets ---- */

struct script {
	struct arena *arena;
	struct milter_session *session;
	struct milter_policy policy;
	struct span input; /* of the file, from here on */
	struct buf text;   /* the file as it should be */
	bool is_closed;

	struct scan_action action;
	struct scan_verdict verdict;
	struct scan_effects effects;
	struct scan_field_removal removals[EFFECTS_MOST];
	struct scan_field_change changes[EFFECTS_MOST];
	struct scan_field fields[EFFECTS_MOST];
	struct span add_rcpts[EFFECTS_MOST], drop_rcpts[EFFECTS_MOST];
	bool defers, shows;
};

static void forget_effects(struct script *s)
{
	s->action.name = SPAN("no action");
	s->verdict = (struct scan_verdict){.action = &s->action};
	s->effects = (struct scan_effects){
		.removals = s->removals,
		.changes = s->changes,
		.fields = s->fields,
		.add_rcpts = s->add_rcpts,
		.drop_rcpts = s->drop_rcpts,
	};
	s->defers = s->shows = false;
}

static struct span take_word(struct span *rest)
{
	struct span word = span_slice(*rest, 0, span_find_byte(*rest, ' '));

	*rest = span_from_offset(*rest, word.n + 1);
	return word;
}

static int take_number(struct span *rest)
{
	int64_t value;

	if (!num_parse_i64(take_word(rest), -100000, 100000, &value))
		fail_msg("no number before \"%.*s\"", SPAN_ARG(*rest));
	return (int)value;
}

static void on_action(struct script *s, struct span rest)
{
	s->action.name = rest;
}

static void on_message(struct script *s, struct span rest)
{
	s->verdict.message = rest;
}

/* "remove 0 X-Spam", "change 1 X-A value", "add -1 X-A value" */
static void on_remove(struct script *s, struct span rest)
{
	int nth = take_number(&rest);

	must(s->effects.removal_count < EFFECTS_MOST);
	s->removals[s->effects.removal_count++] = (struct scan_field_removal){rest, nth};
}

static void on_change(struct script *s, struct span rest)
{
	int nth = take_number(&rest);
	struct span name = take_word(&rest);

	must(s->effects.change_count < EFFECTS_MOST);
	s->changes[s->effects.change_count++] =
		(struct scan_field_change){name, (unsigned)nth, rest};
}

static void on_add(struct script *s, struct span rest)
{
	int place = take_number(&rest);
	struct span name = take_word(&rest);

	must(s->effects.field_count < EFFECTS_MOST);
	s->fields[s->effects.field_count++] = (struct scan_field){name, rest, place};
}

static void on_subject(struct script *s, struct span rest)
{
	s->effects.subject = rest;
}

static void on_sender(struct script *s, struct span rest)
{
	s->effects.sender = rest;
}

static void on_add_rcpt(struct script *s, struct span rest)
{
	must(s->effects.add_rcpt_count < EFFECTS_MOST);
	s->add_rcpts[s->effects.add_rcpt_count++] = rest;
}

static void on_drop_rcpt(struct script *s, struct span rest)
{
	must(s->effects.drop_rcpt_count < EFFECTS_MOST);
	s->drop_rcpts[s->effects.drop_rcpt_count++] = rest;
}

static void on_defer(struct script *s, struct span rest)
{
	(void)rest;
	s->defers = true;
}

static void on_overload(struct script *s, struct span rest)
{
	(void)rest;
	if (s->is_closed || milter_session_is_idle(s->session))
		fail_msg("no message is under way:\n%.*s", SPAN_ARG(buf_span(&s->text)));
	milter_session_overload(s->session);
}

static void on_show(struct script *s, struct span rest)
{
	(void)rest;
	s->shows = true;
}

static void on_policy(struct script *s, struct span rest)
{
	struct span name = take_word(&rest);

	if (span_equal(name, SPAN("reject_message")))
		s->policy.reject_message = rest;
	else if (span_equal(name, SPAN("tempfail_message")))
		s->policy.tempfail_message = rest;
	else if (span_equal(name, SPAN("quarantine_message")))
		s->policy.quarantine_message = rest;
	else if (span_equal(name, SPAN("discard_on_reject")))
		s->policy.discard_on_reject = rest.n > 0;
	else if (span_equal(name, SPAN("quarantine_on_reject")))
		s->policy.quarantine_on_reject = rest.n > 0;
	else
		fail_msg("no such policy: %.*s", SPAN_ARG(name));
}

/* A connection of its own. */
static void on_connection(struct script *s, struct span rest)
{
	(void)rest;
	milter_session_free(s->session);
	s->session = milter_session_make(&s->policy);
	s->is_closed = false;
	forget_effects(s);
}

static const struct {
	const char *word;
	void (*run)(struct script *s, struct span rest);
} words[] = {
	{"action", on_action},
	{"message", on_message},
	{"remove", on_remove},
	{"change", on_change},
	{"add", on_add},
	{"subject", on_subject},
	{"sender", on_sender},
	{"add-rcpt", on_add_rcpt},
	{"drop-rcpt", on_drop_rcpt},
	{"defer", on_defer},
	{"overload", on_overload},
	{"show", on_show},
	{"policy", on_policy},
	{"connection", on_connection},
};

static void run_word(struct script *s, struct span line)
{
	struct span rest = line, word = take_word(&rest);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_equal(word, span_of(words[i].word))) {
			words[i].run(s, read_text(s->arena, rest));
			return;
		}
	fail_msg("no such word: %.*s", SPAN_ARG(line));
}

/* ---- playing ---- */

static void show(struct script *s, const char *name, struct span value)
{
	if (span_is_null(value))
		return;
	buf_printf(&s->text, "= %s ", name);
	print_text(&s->text, value);
	buf_add_byte(&s->text, '\n');
}

static void show_input(struct script *s, const struct msg_input *input)
{
	const struct msg_envelope *e = &input->envelope;

	show(s, "from", e->from);
	show(s, "from-args", e->from_args);
	for (size_t i = 0; i < e->rcpt_count; i++) {
		show(s, "rcpt", e->rcpts[i]);
		if (e->rcpt_args != NULL)
			show(s, "rcpt-args", e->rcpt_args[i]);
	}
	show(s, "address", e->address);
	show(s, "hostname", e->hostname);
	show(s, "helo", e->helo);
	show(s, "user", e->user);
	show(s, "id", e->queue_id);
	show(s, "server", e->server);
	show(s, "tls", e->tls_version);
	show(s, "cipher", e->tls_cipher);
	show(s, "protocol", e->protocol);
	show(s, "over-network", e->over_network ? SPAN("yes") : SPAN("no"));
	show(s, "bytes", input->bytes);
}

static void send_packet(struct script *s, struct span packet)
{
	enum milter_state state;
	struct span rest, left_out;
	struct buf in, out;

	buf_init(&in, s->arena, SIZE_MAX);
	buf_init(&out, s->arena, SIZE_MAX);
	put_number(&in, packet.n, 4);
	buf_add(&in, packet);
	rest = buf_span(&in);
	state = milter_session_feed(s->session, &rest, &out);
	if (state == MILTER_WANTS_VERDICT) {
		if (s->shows)
			show_input(s, milter_session_input(s->session));
		if (s->defers)
			milter_session_defer(s->session, &out);
		else
			milter_session_judge(s->session, &s->verdict, &s->effects, &out);
		forget_effects(s);
	}
	print_replies(&s->text, buf_span(&out));
	left_out = milter_session_left_out(s->session);
	if (left_out.n > 0)
		buf_printf(&s->text, "= left out: %.*s\n", SPAN_ARG(left_out));
	if (state != MILTER_WANTS_CLOSE || s->is_closed)
		return;
	s->is_closed = true;
	buf_printf(&s->text, "= closed: %.*s\n", SPAN_ARG(milter_session_why(s->session)));
}

static struct span play(struct arena *a, struct span input)
{
	struct script *s = ARENA_NEW(a, struct script);
	struct span line;

	s->arena = a;
	s->policy.spam_header = SPAN("X-Spam");
	s->policy.message_most = 1 << 20;
	buf_init(&s->text, a, FILE_MOST);
	on_connection(s, SPAN(""));
	while (span_next_line(&input, &line)) {
		if (span_starts(line, SPAN("<")) || span_starts(line, SPAN("=")))
			continue;
		buf_add(&s->text, line);
		buf_add_byte(&s->text, '\n');
		if (span_starts(line, SPAN("> ")))
			send_packet(s, read_text(a, span_from_offset(line, 2)));
		else if (span_starts(line, SPAN("! ")))
			run_word(s, span_from_offset(line, 2));
		else if (line.n > 0 && line.p[0] != '#')
			fail_msg("no such line: %.*s", SPAN_ARG(line));
	}
	milter_session_free(s->session);
	return buf_span(&s->text);
}

/* Where two texts part, as a line of each. */
static void fail_at_difference(const char *name, struct span old, struct span new)
{
	struct span was = SPAN("(the end)"), is = SPAN("(the end)");
	unsigned number = 0;

	do {
		number++;
		if (!span_next_line(&old, &was))
			was = SPAN("(the end)");
		if (!span_next_line(&new, &is))
			is = SPAN("(the end)");
	} while (span_equal(was, is) && old.n + new.n > 0);
	fail_msg("%s.txt:%u:\n%.*s\nis now\n%.*s", name, number, SPAN_ARG(was), SPAN_ARG(is));
}

static void dialogues_are_as_they_were(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct arena *a = arena_make();
		struct span path = arena_printf(a, "tests/data/milter/%s.txt", files[i]), old, new;
		struct why why;

		if (file_read(a, path.p, FILE_MOST, &old, &why) != RC_OK)
			fail_msg("%s", why.text);
		new = play(a, old);
		if (!span_equal(old, new) && getenv("WINNOW_BLESS") != NULL) {
			int fd = open(path.p, O_WRONLY | O_TRUNC);

			assert_true(fd != -1 && file_write_fd(fd, new));
			(void)close(fd);
		} else if (!span_equal(old, new)) {
			fail_at_difference(files[i], old, new);
		}
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dialogues_are_as_they_were),
	};

	return cmocka_run_group_tests_name("milter/transcript", tests, NULL, NULL);
}
