#include "msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* ---- what a fact looks like as one line of text ---- */

static struct span print_addresses(struct arena *a, const struct mime_addresses *list)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	for (size_t i = 0; i < list->n; i++) {
		buf_add_string(&out, i == 0 ? "" : " ");
		buf_add(&out, list->v[i].valid ? list->v[i].addr : SPAN("?"));
	}
	return buf_span(&out);
}

static struct span from(struct msg *m)
{
	return print_addresses(m->arena, msg_from(m));
}

static struct span reply_to(struct msg *m)
{
	return print_addresses(m->arena, msg_reply_to(m));
}

static struct span recipients(struct msg *m)
{
	return print_addresses(m->arena, msg_recipients(m));
}

static struct span sender_field(struct msg *m)
{
	return print_addresses(m->arena, msg_addresses(m, SPAN("SENDER")));
}

static struct span or_none(struct span text)
{
	return span_is_null(text) ? SPAN("none") : text;
}

static struct span id(struct msg *m)
{
	return or_none(msg_id(m));
}

static struct span subject(struct msg *m)
{
	return or_none(msg_subject(m));
}

static struct span date(struct msg *m)
{
	const struct msg_date *d = msg_date(m);

	if (d == NULL)
		return SPAN("none");
	if (!d->valid)
		return SPAN("invalid");
	return clock_print_iso(m->arena, d->date.seconds);
}

static struct span hops(struct msg *m)
{
	const struct msg_hops *h = msg_hops(m);
	struct buf out;

	buf_init(&out, m->arena, 1 << 16);
	for (size_t i = 0; i < h->n; i++)
		buf_printf(&out, "%.*s ", SPAN_ARG(h->v[i].by));
	buf_printf(&out, "+%zu", h->unparsed);
	return buf_span(&out);
}

struct fact_case {
	const char *name;
	struct span (*fact)(struct msg *m);
	const char *message;
	const char *expected;
};

static const struct fact_case facts[] = {
	{"no From gives no address", from, "Subject: x\n\n", ""},
	{"From gives its address", from, "From: A <a@example.org>\n\n", "a@example.org"},
	{"several From fields are read as one list", from,
		"From: a@example.org\nTo: x@example.org\nfrom: b@example.org, c@example.org\n\n",
		"a@example.org b@example.org c@example.org"},
	{"Reply-To is found in any case", reply_to, "REPLY-TO: <r@example.org>\n\n",
		"r@example.org"},
	{"recipients are To and then Cc, whatever their order", recipients,
		"Cc: c@example.org\nTo: t@example.org, u@example.org\n\n",
		"t@example.org u@example.org c@example.org"},
	{"recipients may all stand in Cc", recipients, "Cc: c@example.org\n\n", "c@example.org"},
	{"a Bcc that was left in names recipients last", recipients,
		"Bcc: b@example.org\nCc: c@example.org\n\n", "c@example.org b@example.org"},
	{"undisclosed recipients are none", recipients, "To: undisclosed-recipients:;\n\n", ""},
	{"any other field can be asked for", sender_field, "Sender: s@example.org\n\n",
		"s@example.org"},

	{"a missing Message-ID is none", id, "Subject: x\n\n", "none"},
	{"an empty Message-ID is empty", id, "Message-ID:\n\n", ""},
	{"empty brackets are an empty Message-ID", id, "Message-ID: <>\n\n", ""},
	{"a Message-ID loses its brackets", id, "Message-ID: <a@b>\n\n", "a@b"},
	{"a Message-ID may lack its brackets", id, "Message-ID: a@b\n\n", "a@b"},
	{"a Message-ID may lack one of them", id, "Message-ID: <a@b\n\n", "a@b"},
	{"a folded Message-ID is found", id, "Message-ID:\n <a@b>\n\n", "a@b"},
	{"words around the brackets are no part of a Message-ID", id, "Message-ID: x <a@b> (c)\n\n",
		"a@b"},
	{"of two Message-IDs in a field the first counts", id, "Message-ID: <a@b>, <c@d>\n\n",
		"a@b"},
	{"blanks within the brackets are left out", id, "Message-Id: < a@b >\n\n", "a@b"},

	{"a missing Subject is none", subject, "From: x\n\n", "none"},
	{"an empty Subject is empty", subject, "Subject:\n\n", ""},
	{"a Subject is decoded", subject, "Subject: =?utf-8?Q?gr=C3=BCn?=\n\n", "gr\303\274n"},
	{"of several Subjects the first counts", subject, "Subject: a\nSubject: b\n\n", "a"},

	{"a missing Date is none", date, "Subject: x\n\n", "none"},
	{"a Date that is none is invalid", date, "Date: soon\n\n", "invalid"},
	{"a Date is read with its zone", date, "Date: Fri, 13 Feb 2026 01:31:30 +0200\n\n",
		"2026-02-12T23:31:30Z"},

	{"a message without Received has no hops", hops, "Subject: x\n\n", "+0"},
	{"hops come newest first", hops,
		"Received: from a (a.example.org [192.0.2.1]) by new.example.org with ESMTP id 1;"
		" Fri, 13 Feb 2026 01:31:30 +0200\n"
		"Received: from b (b.example.org [192.0.2.2]) by old.example.org with ESMTP id 2;"
		" Fri, 13 Feb 2026 01:31:29 +0200\n\n",
		"new.example.org old.example.org +0"},
	{"what is no trace line is counted and left out", hops,
		"Received: \n"
		"Received: from b (b.example.org [192.0.2.2]) by old.example.org with ESMTP id 2;"
		" Fri, 13 Feb 2026 01:31:29 +0200\n\n",
		"old.example.org +1"},
};

static const struct msg_envelope nobody;

static void facts_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct arena *a = arena_make();
		struct msg *m = msg_make(a, &nobody, span_of(facts[i].message));
		struct span first = facts[i].fact(m);
		struct span again = facts[i].fact(m);

		if (!span_equal(first, span_of(facts[i].expected)))
			fail_msg("%s: got \"%.*s\"", facts[i].name, SPAN_ARG(first));
		if (!span_equal(first, again))
			fail_msg("%s: the second answer differs", facts[i].name);
		arena_free(a);
	}
}

static void a_fact_is_made_once(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = msg_make(a, &nobody,
		span_of("From: a@example.org\nTo: b@example.org\nDate: x\nSubject: s\n\n"));

	(void)state;
	assert_ptr_equal(msg_from(m), msg_from(m));
	assert_ptr_equal(msg_from(m), msg_addresses(m, SPAN("from")));
	assert_ptr_equal(msg_recipients(m), msg_recipients(m));
	assert_ptr_equal(msg_hops(m), msg_hops(m));
	assert_ptr_equal(msg_date(m), msg_date(m));
	assert_ptr_equal(msg_digest(m).p, msg_digest(m).p);
	arena_free(a);
}

static void the_envelope_is_read(void **state)
{
	struct arena *a = arena_make();
	char sender[] = "S@Example.ORG";
	struct span rcpts[] = {SPAN("a@example.org"), SPAN("nonsense"), SPAN("")};
	struct msg_envelope e = {.from = span_of(sender), .rcpts = rcpts, .rcpt_count = 3};
	struct msg *m = msg_make(a, &e, SPAN(""));

	(void)state;
	memset(sender, 'x', sizeof(sender) - 1); /* it was copied */
	assert_true(msg_envelope_from(m)->valid);
	assert_true(span_equal(msg_envelope_from(m)->addr, SPAN("S@Example.ORG")));
	assert_true(span_equal(msg_envelope_from(m)->domain, SPAN("Example.ORG")));
	assert_true(msg_envelope_rcpt(m, 0)->valid);
	assert_false(msg_envelope_rcpt(m, 1)->valid);
	assert_true(span_equal(msg_envelope_rcpt(m, 1)->raw, SPAN("nonsense")));
	assert_false(msg_envelope_rcpt(m, 2)->valid);
	assert_null(msg_envelope_rcpt(m, 3));
	arena_free(a);
}

static void an_unknown_sender_is_not_the_null_sender(void **state)
{
	struct arena *a = arena_make();
	struct msg_envelope bounce = {.from = SPAN("")};
	struct msg *unknown = msg_make(a, &nobody, SPAN(""));
	struct msg *null_sender = msg_make(a, &bounce, SPAN(""));

	(void)state;
	assert_null(msg_envelope_from(unknown));
	assert_non_null(msg_envelope_from(null_sender));
	assert_false(msg_envelope_from(null_sender)->valid);
	assert_int_equal(msg_envelope_from(null_sender)->addr.n, 0);
	arena_free(a);
}

struct sender_case {
	const char *name;
	const char *known; /* NULL: not known */
	const char *message;
	const char *expected; /* NULL: not known */
};

static const struct sender_case senders[] = {
	{"no sender is known", NULL, "From: a@example.org\n\n", NULL},
	{"a delivered message tells its sender", NULL, "Return-Path: <a@example.org>\n\n",
		"a@example.org"},
	{"it may stand without angles", NULL, "Return-Path: a@example.org\n\n", "a@example.org"},
	{"a delivered bounce tells the null sender", NULL, "Return-Path: <>\n\n", ""},
	{"a delivered bounce may name its daemon", NULL, "Return-Path: <MAILER-DAEMON>\n\n", ""},
	{"blanks are left out", NULL, "Return-Path:  < a@example.org > \n\n", "a@example.org"},
	{"the first of two counts", NULL, "Return-Path: <a@b.c>\nReturn-Path: <d@e.f>\n\n",
		"a@b.c"},
	{"a field without a value is a null sender", NULL, "Return-Path:\n\n", ""},
	{"a lone angle is no pair", NULL, "Return-Path: <\n\n", "<"},
	{"what the server says counts more", "b@example.org", "Return-Path: <a@example.org>\n\n",
		"b@example.org"},
	{"the null sender counts more", "", "Return-Path: <a@example.org>\n\n", ""},
};

static void an_unknown_sender_is_in_the_return_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
		struct arena *a = arena_make();
		struct msg_envelope e = {.from = span_of(senders[i].known)};
		struct span from = msg_make(a, &e, span_of(senders[i].message))->envelope.from;

		if (span_is_null(from) != (senders[i].expected == NULL) ||
			!span_equal(from, span_of(senders[i].expected)))
			fail_msg("%s: got \"%.*s\"", senders[i].name, SPAN_ARG(from));
		arena_free(a);
	}
}

static void recipients_over_the_limit_are_left_out(void **state)
{
	static struct span rcpts[MSG_RECIPIENTS_MOST + 1];
	struct arena *a = arena_make();
	struct msg_envelope e = {.rcpts = rcpts, .rcpt_count = ARRAY_LEN(rcpts)};
	struct msg *m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++)
		rcpts[i] = SPAN("a@example.org");
	m = msg_make(a, &e, SPAN(""));
	assert_int_equal(m->envelope.rcpt_count, MSG_RECIPIENTS_MOST);
	assert_non_null(msg_envelope_rcpt(m, MSG_RECIPIENTS_MOST - 1));
	assert_null(msg_envelope_rcpt(m, MSG_RECIPIENTS_MOST));
	arena_free(a);
}

static struct span repeat(struct arena *a, const char *text, size_t times)
{
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	for (size_t i = 0; i < times; i++)
		buf_add_string(&out, text);
	return buf_span(&out);
}

static void addresses_of_many_fields_have_one_cap(void **state)
{
	struct arena *a = arena_make();
	struct span line = repeat(a, "a@b.c,", 4000);
	struct buf text;
	struct msg *m;

	(void)state;
	buf_init(&text, a, SIZE_MAX);
	for (int i = 0; i < 4; i++)
		buf_printf(&text, "To: %.*s\n", SPAN_ARG(line));
	buf_add_string(&text, "\n");
	m = msg_make(a, &nobody, buf_span(&text));
	assert_int_equal(msg_addresses(m, SPAN("To"))->n, MIME_ADDRESSES_MOST);
	assert_true(msg_addresses(m, SPAN("To"))->defects & MIME_DEFECT(ADDRESS_LIMIT));
	assert_int_equal(msg_recipients(m)->n, MIME_ADDRESSES_MOST);
	arena_free(a);
}

static void received_fields_over_the_limit_are_counted(void **state)
{
	struct arena *a = arena_make();
	struct span bytes = repeat(a,
		"Received: from a (a.example.org [192.0.2.1]) by b.example.org with ESMTP id 1;"
		" Fri, 13 Feb 2026 01:31:30 +0200\n",
		MIME_RECEIVED_MOST + 3);
	struct msg *m = msg_make(a, &nobody, bytes);

	(void)state;
	assert_int_equal(msg_hops(m)->n, MIME_RECEIVED_MOST);
	assert_int_equal(msg_hops(m)->unparsed, 3);
	arena_free(a);
}

static void the_digest_is_sha256_in_hex(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	/* FIPS 180-4 examples: "abc" and nothing */
	assert_true(span_equal(msg_digest(msg_make(a, &nobody, SPAN("abc"))),
		SPAN("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
	assert_true(span_equal(msg_digest(msg_make(a, &nobody, SPAN(""))),
		SPAN("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_read),
		cmocka_unit_test(a_fact_is_made_once),
		cmocka_unit_test(the_envelope_is_read),
		cmocka_unit_test(an_unknown_sender_is_not_the_null_sender),
		cmocka_unit_test(an_unknown_sender_is_in_the_return_path),
		cmocka_unit_test(recipients_over_the_limit_are_left_out),
		cmocka_unit_test(addresses_of_many_fields_have_one_cap),
		cmocka_unit_test(received_fields_over_the_limit_are_counted),
		cmocka_unit_test(the_digest_is_sha256_in_hex),
	};

	return cmocka_run_group_tests_name("msg/msg", tests, NULL, NULL);
}
