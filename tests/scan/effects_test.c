#include "scan/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "wishing.h"

#define OFF "milter_headers { enabled = false } "
#define LETTERS50 "abcdefghij abcdefghij abcdefghij abcdefghij abcdef"

/* ---- wishes ---- */

static const struct {
	const char *name;
	struct wish wishes[4];
	const char *effects;
} wishes[] = {
	{"nothing is wished", {{0}}, ""},
	{"a field", {{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("b")}}, "X-A: b\n"},
	{"fields keep their order, results come first, signatures last",
		{{SCAN_ADD_FIELD, SPAN_INIT("DKIM-Signature"), SPAN_INIT("v=1")},
			{SCAN_ADD_FIELD, SPAN_INIT("arc-seal"), SPAN_INIT("i=1")},
			{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("b")},
			{SCAN_ADD_FIELD, SPAN_INIT("Authentication-Results"), SPAN_INIT("c")}},
		"Authentication-Results: c\nX-A: b\nDKIM-Signature: v=1\narc-seal: i=1\n"},
	{"a removal", {{SCAN_REMOVE_FIELD, SPAN_INIT("X-B"), {NULL, 0}}}, "- X-B\n"},
	{"the same removal twice is one",
		{{SCAN_REMOVE_FIELD, SPAN_INIT("X-B"), {NULL, 0}},
			{SCAN_REMOVE_FIELD, SPAN_INIT("x-b"), {NULL, 0}}},
		"- X-B\n"},
	{"a line end does not end a field",
		{{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("b\nX-C: d\r\n\r\nbody")}},
		"X-A: b\\x0aX-C: d\\x0d\\x0a\\x0d\\x0abody\n"},
	{"a fold stays a fold",
		{{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("  b\r\n\tc\n  d \n ")}},
		"X-A: b\n\tc\n  d\n"},
	{"a line of blanks cannot end the header",
		{{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("b\n \r\n\t\n c")}}, "X-A: b\n c\n"},
	{"what is not ASCII is escaped",
		{{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("\xc3\xa4\x00\x7f\tx")}},
		"X-A: \\xc3\\xa4\\x00\\x7f x\n"},
	{"an empty value is no field", {{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT(" \n ")}}, ""},
	{"a name that is none is noted",
		{{SCAN_ADD_FIELD, SPAN_INIT("X A"), SPAN_INIT("b")},
			{SCAN_REMOVE_FIELD, SPAN_INIT("X\n"), {NULL, 0}},
			{SCAN_ADD_FIELD, SPAN_INIT(""), SPAN_INIT("b")}},
		"note wishing: not the name of a header field: \"X A\"\n"
		"note wishing: not the name of a header field: \"X\\x0a\"\n"
		"note wishing: not the name of a header field: \"\"\n"},
	{"recipients",
		{{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("a@b.example")},
			{SCAN_DROP_RCPT, {NULL, 0}, SPAN_INIT("\"c d\"@e.example")},
			{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("\xc3\xa4@b.example")}},
		"+rcpt a@b.example\n+rcpt \xc3\xa4@b.example\n-rcpt \"c d\"@e.example\n"},
	{"recipients that are none are noted",
		{{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("a@b\r\nRCPT TO:<c@d>")},
			{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("")},
			{SCAN_DROP_RCPT, {NULL, 0}, SPAN_INIT("a@b>")},
			{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("\"a\\\n\"@b")}},
		"note wishing: not an address: \"a@b\\x0d\\x0aRCPT TO:<c@d>\"\n"
		"note wishing: not an address: \"\"\nnote wishing: not an address: \"a@b>\"\n"
		"note wishing: not an address: \"\"a\\\\x0a\"@b\"\n"},
	{"a sender", {{SCAN_CHANGE_SENDER, {NULL, 0}, SPAN_INIT("a@b.example")}},
		"sender <a@b.example>\n"},
	{"of several senders the last",
		{{SCAN_CHANGE_SENDER, {NULL, 0}, SPAN_INIT("a@b.example")},
			{SCAN_CHANGE_SENDER, {NULL, 0}, SPAN_INIT("")}},
		"sender <>\n"},
	{"a subject", {{SCAN_CHANGE_SUBJECT, {NULL, 0}, SPAN_INIT("[%d%%] %s")}},
		"subject [0.00%] x\n"},
};

static void a_wish_is_granted_as_far_as_it_can_be(void **state)
{
	static const struct msg_envelope envelope = {.helo = SPAN_INIT("E")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
		const struct scan_effects *effects;
		struct scene s;

		wishing_list = wishes[i].wishes;
		wishing_count = 0;
		while (wishing_count < 4 &&
			(!span_is_null(wishing_list[wishing_count].name) ||
				!span_is_null(wishing_list[wishing_count].value)))
			wishing_count++;
		effects = scan_effects_make(
			wishing_scan(&s, OFF, &envelope, SPAN("Subject: x\n\ny\n")));
		if (strcmp(wishing_tell(s.a, effects), wishes[i].effects) != 0)
			fail_msg("%s: %s", wishes[i].name, wishing_tell(s.a, effects));
		arena_free(s.a);
	}
	wishing_count = 0;
}

/* ---- subjects ---- */

static const struct {
	const char *name, *template, *message, *subject;
} subjects[] = {
	{"the old one behind a word", "*** SPAM *** %s", "Subject: hello\n\n",
		"*** SPAM *** hello"},
	{"the score and a sign", "[%d %%] %s %x %", "Subject: hello\n\n", "[7.00 %] hello %x %"},
	{"no subject", "SPAM %s", "From: x\n\n", "SPAM"},
	{"nothing of the old one", "SPAM", "Subject: hello\n\n", "SPAM"},
	{"the old one twice", "%s %s", "Subject: a\n\n", "a a"},
	{"the first of several", "! %s", "Subject: a\nSubject: b\n\n", "! a"},
	{"encoded words stay", "! %s", "Subject: =?utf-8?q?h=C3=A4?= =?x?y?z?=\n\n",
		"! =?utf-8?q?h=C3=A4?= =?x?y?z?="},
	{"folds stay", "! %s", "Subject: a\r\n\tb\r\n c\r\n\r\n", "! a\n\tb\n c"},
	{"control bytes become blanks", "! %s", "Subject: a\x1b[1m\rb\n\n",
		"! =?UTF-8?Q?a_=5B1m_b?="},
	{"raw letters are encoded", "! %s", "Subject: h\xc3\xa4llo w\xc3\xb6rld\n\n",
		"! =?UTF-8?Q?h=C3=A4llo_w=C3=B6rld?="},
	{"raw letters of windows-1252 are encoded", "! %s", "Subject: h\xe4llo\n\n",
		"! =?UTF-8?Q?h=C3=A4llo?="},
	{"letters of the template are encoded", "Sp\xc3\xa4m: %s", "Subject: hello\n\n",
		"=?UTF-8?Q?Sp=C3=A4m=3A?= hello"},
	{"a blank before an encoded word is encoded", "Sp\xc3\xa4m: %s",
		"Subject: =?utf-8?q?h=C3=A4?=\n\n",
		"=?UTF-8?Q?Sp=C3=A4m=3A_?= =?utf-8?q?h=C3=A4?="},
	{"a blank behind an encoded word is encoded", "%s (Sp\xc3\xa4m)",
		"Subject: =?utf-8?q?h=C3=A4?=\n\n",
		"=?utf-8?q?h=C3=A4?= =?UTF-8?Q?_=28Sp=C3=A4m=29?="},
	{"a template of windows-1252", "Sp\xe4m %s", "Subject: hello\n\n",
		"=?UTF-8?Q?Sp=C3=A4m?= hello"},
	{"a long one is folded", "! %s", "Subject: " LETTERS50 " " LETTERS50 "\n\n",
		"! " LETTERS50 " abcdefghij\n abcdefghij abcdefghij abcdefghij abcdef"},
};

static void a_subject_is_made_of_its_template(void **state)
{
	static const struct msg_envelope envelope = {.helo = SPAN_INIT("A*7")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
		const struct scan_effects *effects;
		struct arena *a = arena_make();
		struct scene s;
		struct span conf =
			arena_printf(a, OFF "actions { rewrite_subject = 7; subject = \"%s\" }",
				subjects[i].template);

		effects = scan_effects_make(
			wishing_scan(&s, conf.p, &envelope, span_of(subjects[i].message)));
		if (!span_equal(effects->subject, span_of(subjects[i].subject)))
			fail_msg("%s: %.*s", subjects[i].name, SPAN_ARG(effects->subject));
		arena_free(s.a);
		arena_free(a);
	}
}

/* ---- whatever the bytes ---- */

/* As a mail server would write it, and read again: one field, of this name, whose lines fit. */
static void check_field(struct arena *a, struct span name, struct span value)
{
	struct buf text;
	struct mime *mime;
	struct span rest = value, line;

	assert_true(value.n > 0 && value.n <= SCAN_FIELD_MOST);
	for (size_t i = 0; i < value.n; i++) {
		bool folds = value.p[i] == '\n' && i + 1 < value.n &&
			(value.p[i + 1] == ' ' || value.p[i + 1] == '\t');
		bool folded = value.p[i] == '\t' && i > 0 && value.p[i - 1] == '\n';

		assert_true(folds || folded || (value.p[i] >= ' ' && value.p[i] <= '~'));
	}
	for (bool first = true; span_next(&rest, '\n', &line); first = false) {
		assert_true(line.n + (first ? name.n + 2 : 0) <= 998);
		assert_true(span_trim(line).n > 0);
	}
	buf_init(&text, a, 64 << 10);
	buf_printf(&text, "%.*s: %.*s\n\nbody\n", SPAN_ARG(name), SPAN_ARG(value));
	mime = mime_parse(a, buf_span(&text));
	assert_int_equal(mime->root->header_count, 1);
	assert_true(span_equal(mime->root->headers[0].name, name));
	assert_true(span_equal(mime->root->headers[0].value, value));
	assert_true(span_equal(mime->root->body, SPAN("body\n")));
}

static uint64_t state_of_bytes = 1;

/* Bytes that matter stand among the others more often. */
static struct span make_bytes(struct arena *a, size_t n)
{
	static const char special[] = "\r\n\t :;,%\\<>\"\0=?\xff\xc3\xa4";
	char *p = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++) {
		state_of_bytes = state_of_bytes * UINT64_C(6364136223846793005) + 1;
		p[i] = (char)(state_of_bytes >> 40);
		if ((state_of_bytes >> 60) < 6)
			p[i] = special[(state_of_bytes >> 50) % (sizeof(special) - 1)];
	}
	return span_from(p, n);
}

#define ALL                                                                                        \
	"actions { rewrite_subject = -100; } milter_headers { skip_authenticated = no; use = ["    \
	"x-spamd-bar, x-spam-level, x-spam-status, x-spamd-result, x-rspamd-server, "              \
	"x-rspamd-queue-id, x-rspamd-action, x-virus, x-rspamd-pre-result, add-headers] routines " \
	"{ x-virus { symbols = [A] } add-headers { headers { X-Own = \"a\\nb: c\\n\\nd\" } } } }"

static const struct span *told;

static enum rc tell_run(struct scan *s)
{
	scan_add_text(s, 0, 1, told[0]);
	scan_add_text(s, 0, 1, told[1]);
	scan_wish(s, SCAN_ADD_FIELD, SPAN("X-Wish"), told[0]);
	scan_wish(s, SCAN_ADD_FIELD, told[1], told[0]);
	scan_wish(s, SCAN_ADD_FIELD, SPAN("DKIM-Signature"), told[1]);
	scan_wish(s, SCAN_CHANGE_SUBJECT, SPAN(""), told[1]);
	scan_force(s, "add header", 1, told[0]);
	return RC_OK;
}

static const struct check tell_check = {.name = "tell",
	.help = "Adds what it is told.",
	.symbols = fixed_symbols,
	.symbol_count = 1,
	.stage = SCAN_MAIN,
	.run = tell_run};

static void no_byte_gets_a_field_out_of_its_bounds(void **state)
{
	static const struct check *const checks[] = {&tell_check};
	size_t fields = 0;
	struct scene s;

	(void)state;
	scene_open(&s, ALL, checks, 1);
	assert_string_equal(scene_report(&s), "");
	for (int i = 0; i < 1000; i++) {
		struct arena *a = arena_make();
		size_t n = i % 10 == 0 ? 20000 : (size_t)i / 5;
		const struct span bytes[] = {make_bytes(a, n), make_bytes(a, (size_t)i % 120)};
		struct msg_envelope envelope = {.queue_id = bytes[0],
			.user = bytes[0],
			.helo = bytes[1],
			.from = bytes[1],
			.rcpts = bytes,
			.rcpt_count = 2};
		const struct scan_effects *effects;
		struct buf message;

		told = bytes;
		buf_init(&message, a, 64 << 10);
		buf_add_string(&message, "Subject: ");
		buf_add(&message, bytes[0]);
		effects = scan_effects_make(scan_whole(s.config,
			msg_make(a, &envelope, buf_span(&message)), need_memo_make(a, 0)));
		for (size_t k = 0; k < effects->field_count; k++)
			check_field(a, effects->fields[k].name, effects->fields[k].value);
		if (effects->subject.n > 0)
			check_field(a, SPAN("Subject"), effects->subject);
		fields += effects->field_count;
		arena_free(a);
	}
	assert_true(fields > 8000);
	arena_free(s.a);
}

/* ---- JSON ---- */

static const char *json_of(struct scene *s, const char *conf, const struct msg_envelope *envelope)
{
	const struct scan_verdict *v =
		wishing_scan(s, conf, envelope, SPAN("Subject: h\n  i\n\ny\n"));
	struct buf out;
	struct json j;

	buf_init(&out, s->a, 64 << 10);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_effects_json(scan_effects_make(v), v, &j);
	json_close(&j);
	return arena_string(s->a, buf_span(&out));
}

static void the_json_is_that_of_a_reply_to_a_mail_server(void **state)
{
	static const struct msg_envelope envelope = {.helo = SPAN_INIT("A:x")};
	static const struct wish list[] = {
		{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("1")},
		{SCAN_ADD_FIELD, SPAN_INIT("X-A"), SPAN_INIT("2")},
		{SCAN_REMOVE_FIELD, SPAN_INIT("X-B"), {NULL, 0}},
		{SCAN_CHANGE_SENDER, {NULL, 0}, SPAN_INIT("a@b.example")},
		{SCAN_ADD_RCPT, {NULL, 0}, SPAN_INIT("c@d.example")},
		{SCAN_DROP_RCPT, {NULL, 0}, SPAN_INIT("e@f.example")},
		{SCAN_CHANGE_SUBJECT, {NULL, 0}, SPAN_INIT("! %s")},
	};
	struct scene s;

	(void)state;
	assert_string_equal(json_of(&s, OFF, &envelope), "{}");
	arena_free(s.a);
	assert_string_equal(json_of(&s, "", &envelope),
		"{\"milter\":{\"add_headers\":{\"X-Spamd-Result\":{\"value\":\"default: False [1.00 / "
		"15.00];\\n\\t A(1.00)[x];\",\"order\":-1}},\"remove_headers\":{\"X-Rspamd-Pre-Result\":0,"
		"\"X-Spam\":0,\"X-Spamd-Result\":0}}}");
	arena_free(s.a);
	assert_string_equal(json_of(&s, OFF "actions { discard = 1 }", &envelope),
		"{\"milter\":{\"reject\":\"discard\"},\"reject\":\"discard\"}");
	arena_free(s.a);
	assert_string_equal(json_of(&s, OFF "actions { quarantine = 1 }", &envelope),
		"{\"milter\":{\"reject\":\"quarantine\"},\"reject\":\"quarantine\"}");
	arena_free(s.a);
	wishing_list = list;
	wishing_count = ARRAY_LEN(list);
	assert_string_equal(
		json_of(&s,
			"milter_headers { use = remove-headers; routines { remove-headers { headers "
			"{ X-C = [1, 2] } } } }",
			&envelope),
		"{\"milter\":{\"add_headers\":{\"X-A\":[{\"value\":\"1\",\"order\":-1},{\"value\":\"2\","
		"\"order\":-1}]},\"remove_headers\":{\"X-B\":0,\"X-C\":[2,1],\"X-Spam\":0},"
		"\"change_from\":\"a@b.example\",\"add_rcpt\":[\"c@d.example\"],"
		"\"del_rcpt\":[\"e@f.example\"]},\"subject\":\"! h  i\"}");
	arena_free(s.a);
	wishing_count = 0;
}

static void values_fold_as_the_lines_of_the_message_end(void **state)
{
	static const struct {
		const char *message;
		bool is_crlf;
	} cases[] = {{"Subject: x\r\n\r\ny\n", true}, {"Subject: x\n\r\ny\r\n", false},
		{"Subject: x", false}, {"\r\n", true}, {"\n", false}, {"", false}};
	static const struct msg_envelope envelope = {.helo = SPAN_INIT("A")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s;
		const struct scan_verdict *v =
			wishing_scan(&s, "", &envelope, span_of(cases[i].message));
		struct buf out;
		struct json j;

		buf_init(&out, s.a, 64 << 10);
		json_init(&j, &out);
		json_open_object(&j);
		scan_print_legacy_effects_json(scan_effects_make(v), v, &j);
		json_close(&j);
		assert_string_equal(arena_string(s.a, buf_span(&out)),
			arena_printf(s.a,
				"{\"rmilter\":{\"add_headers\":{\"X-Spamd-Result\":{\"value\":"
				"\"default: False [1.00 / 15.00];%s\\n\\t A(1.00)[];\",\"order\":-1}},"
				"\"remove_headers\":{\"X-Rspamd-Pre-Result\":0,\"X-Spam\":0,"
				"\"X-Spamd-Result\":0}}}",
				cases[i].is_crlf ? "\\r" : "")
				.p);
		arena_free(s.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wish_is_granted_as_far_as_it_can_be),
		cmocka_unit_test(a_subject_is_made_of_its_template),
		cmocka_unit_test(no_byte_gets_a_field_out_of_its_bounds),
		cmocka_unit_test(the_json_is_that_of_a_reply_to_a_mail_server),
		cmocka_unit_test(values_fold_as_the_lines_of_the_message_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
