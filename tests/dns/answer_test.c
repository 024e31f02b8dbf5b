/* Messages of name servers, byte by byte. */
#include "dns/inner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A head with one question (for a.example, whose name is at 12) and one answer, unless it says otherwise. */
#define HEAD(flags, answers) "\0\1" flags "\0\1\0" answers "\0\0\0\0"
#define QUESTION "\1a\7example\0\0\1\0\1"
#define RECORD(type, size) "\300\14\0" type "\0\1\0\0\0\74" size
#define PACKET(literal) (literal), sizeof(literal) - 1
#define OK_FLAGS "\201\200"

static const struct {
	const char *name;
	enum dns_type type;
	const char *packet;
	size_t size;
	const char *expected;
} answers[] = {
	{"an address", DNS_A,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\1", "\0\4") "\300\0\2\1"),
		"found 0 \"192.0.2.1\""},
	{"an address of IPv6", DNS_AAAA,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\34",
			"\0\20") " \1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"),
		"found 0 \"2001:db8::1\""},
	{"strings of a text are one", DNS_TXT,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\20", "\0\7") "\3v=s\2pf"),
		"found 0 \"v=spf\""},
	{"an empty string", DNS_TXT,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\20", "\0\1") "\0"), "found 0 \"\""},
	{"a text without a string", DNS_TXT,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\20", "\0\0")), "found 0 \"\""},
	{"a name by a pointer", DNS_MX,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\17", "\0\7") "\0\12\2mx\300\14"),
		"found 10 \"mx.a.example\""},
	{"the root", DNS_MX, PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\17", "\0\3") "\0\0\0"),
		"found 0 \".\""},
	{"odd bytes in a label", DNS_PTR,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\14", "\0\6") "\4a.\\\377\0"),
		"found 0 \"a\\\\.\\\\\\\\\\\\255\""},
	{"a certificate", DNS_TLSA,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\64", "\0\5") "\3\1\1\253\1"),
		"found 0 \"3 1 1 ab01\""},
	{"a record of another type", DNS_MX,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\1", "\0\4") "\300\0\2\1"), "no-data"},
	{"a name that is not there", DNS_A, PACKET(HEAD("\201\203", "\0") QUESTION), "no-name"},
	{"an alias of a name that is not there", DNS_A,
		PACKET(HEAD("\201\203", "\1") QUESTION RECORD("\5", "\0\2") "\300\16"), "no-name"},
	{"nothing", DNS_A, PACKET(HEAD(OK_FLAGS, "\0") QUESTION), "no-data"},
	{"one that is cut", DNS_A, PACKET(HEAD("\203\200", "\0") QUESTION),
		"the answer was cut short"},
	{"a failure", DNS_A, PACKET(HEAD("\201\202", "\0") QUESTION), "server failure"},
	{"a refusal", DNS_A, PACKET(HEAD("\201\205", "\0") QUESTION), "refused"},
	{"an address of three bytes", DNS_A,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\1", "\0\3") "\300\0\2"),
		"the answer is not well-formed"},
	{"an address of five bytes", DNS_A,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\1", "\0\5") "\300\0\2\1\1"),
		"the answer is not well-formed"},
	{"a string longer than its record", DNS_TXT,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\20", "\0\2") "\2ab"),
		"the answer is not well-formed"},
	{"a pointer to itself", DNS_PTR,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\14", "\0\2") "\300\47"),
		"the answer is not well-formed"},
	{"a pointer out of the message", DNS_PTR,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\14", "\0\2") "\377\377"),
		"the answer is not well-formed"},
	{"a label of a kind that nobody has", DNS_PTR,
		PACKET(HEAD(OK_FLAGS, "\1") QUESTION RECORD("\14", "\0\3") "\101a\0"),
		"the answer is not well-formed"},
	{"fewer records than it says", DNS_A,
		PACKET(HEAD(OK_FLAGS, "\2") QUESTION RECORD("\1", "\0\4") "\300\0\2\1"),
		"the answer is not well-formed"},
	{"no head", DNS_A, PACKET("\0\1\201"), "server failure"},
};

static const char *read_packet(struct arena *a, enum dns_type type, struct span packet)
{
	const struct dns_answer *answer;
	struct why why;
	struct buf out;

	if (dns_answer_read(a, type, packet, &answer, &why) != RC_OK)
		return arena_string(a, span_of(why.text));
	buf_init(&out, a, 1 << 20);
	dns_kind.print(&out, answer);
	return arena_string(a, buf_span(&out));
}

static void messages_become_answers(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const char *got = read_packet(a, answers[i].type,
			span_from(answers[i].packet, answers[i].size));

		if (strcmp(got, answers[i].expected) != 0)
			fail_msg("%s: %s", answers[i].name, got);
	}
	arena_free(a);
}

/* In memory of their own, so that ASan sees a byte too many. */
static void what_is_left_of_a_message_is_no_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		for (size_t n = 0; n < answers[i].size; n++) {
			struct arena *a = arena_make();
			char *copy = arena_alloc_raw(a, n);
			const struct dns_answer *answer;

			memcpy(copy, answers[i].packet, n);
			if (dns_answer_read(a, answers[i].type, span_from(copy, n), &answer,
				    NULL) == RC_OK)
				fail_msg("%s is read from its first %zu bytes", answers[i].name, n);
			arena_free(a);
		}
	}
}

static enum rc read_records(int n, struct why *why)
{
	static const char record[] = "\0\0\1\0\1\0\0\0\74\0\4\300\0\2\1";
	const char head[] = {0, 1, (char)0x81, (char)0x80, 0, 0, (char)(n >> 8), (char)n, 0, 0, 0,
		0};
	const struct dns_answer *answer;
	struct arena *a = arena_make();
	struct buf packet;
	enum rc rc;

	buf_init(&packet, a, 1 << 20);
	buf_add(&packet, span_from(head, sizeof(head)));
	for (int i = 0; i < n; i++)
		buf_add(&packet, span_from(record, sizeof(record) - 1));
	rc = dns_answer_read(a, DNS_A, buf_span(&packet), &answer, why);
	if (rc == RC_OK)
		assert_int_equal(answer->n, n);
	arena_free(a);
	return rc;
}

/* Never the first hundred of them: a server may turn them about. */
static void more_than_a_hundred_records_are_no_answer(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(read_records(100, &why), RC_OK);
	assert_int_equal(read_records(101, &why), RC_TEMPFAIL);
	assert_string_equal(why.text, "the answer has more than 100 records");
	assert_int_equal(read_records(1000, &why), RC_TEMPFAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_become_answers),
		cmocka_unit_test(what_is_left_of_a_message_is_no_answer),
		cmocka_unit_test(more_than_a_hundred_records_are_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
