/*
 * Work is linear in the message: eight times a hostile pattern may take about eight times as long, where a quadratic
 * search would take sixty-four times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dkim_signer.h"

enum { TIMES = 8, TOLERANCE = 3, NOISE_NS = 3000000, RUNS = 3 };

/* The key of RFC 8463's example: what it has not signed is hashed all the same. */
#define KEY                                                                                         \
	"s._domainkey.a.example TXT \"k=rsa; "                                                      \
	"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQ" \
	"iY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3\" "                  \
	"\"rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"\n"
#define FIELD(canon) "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; bh=AAAA; c=" canon ";"
#define USUAL(canon) FIELD(canon) " h=from; b=AAAA\r\n"

static const struct {
	const char *name;
	size_t count;
	const char *start, *pattern, *then, *second, *end;
} cases[] = {
	{"empty lines before text", 100000, USUAL("simple/simple") "\r\n", "\r\n", "", "", "x"},
	{"empty lines before text, relaxed", 100000, USUAL("relaxed/relaxed") "\r\n", "\r\n", "",
		"", "x"},
	{"lines of blanks", 100000, USUAL("relaxed/relaxed") "\r\n", " \n", "", "", "x"},
	{"a line of blanks", 200000, USUAL("relaxed/relaxed") "\r\n", " ", "", "", "x"},
	{"words of a letter", 100000, USUAL("relaxed/relaxed") "\r\n", "a ", "", "", ""},
	{"lone CRs", 100000, USUAL("relaxed/relaxed") "\r\n", "\r", "", "", ""},
	{"CR before line ends", 100000, USUAL("simple/simple") "\r\n", "\r\r\n", "", "", ""},
	{"many fields and many names", 600, FIELD("relaxed/relaxed") " b=AAAA; h=from", ":a:b",
		"\r\n", "a:\r\n", "\r\nx"},
	{"many names that are not there", 3000, FIELD("relaxed/relaxed") " b=AAAA; h=from", ":x",
		"\r\n", "a:\r\n", "\r\nx"},
	{"many tags", 3000, "DKIM-Signature: v=1", ";a1=1", "\r\n", "", "\r\n"},
	{"a long signature", 3000, FIELD("simple") " h=from; b=", "AA AA\r\n ", "\r\n", "", "\r\n"},
	{"a long field of folds", 3000, USUAL("relaxed/relaxed") "From:", "\r\n \t", "\r\n", "",
		"\r\n"},
	{"many signatures", 600, "", USUAL("simple/simple"), "", "", "\r\n"},
};

static uint64_t time_once(size_t i, size_t count)
{
	struct arena *a = arena_make();
	struct buf message;
	struct scene s;
	uint64_t start;

	buf_init(&message, a, 64 << 20);
	buf_add_string(&message, cases[i].start);
	for (size_t k = 0; k < count; k++)
		buf_add_string(&message, cases[i].pattern);
	buf_add_string(&message, cases[i].then);
	for (size_t k = 0; k < count; k++)
		buf_add_string(&message, cases[i].second);
	buf_add_string(&message, cases[i].end);
	start = clock_cpu_ns();
	scene_verify(&s, buf_span(&message), SPAN(KEY), NULL);
	start = clock_cpu_ns() - start;
	assert_true(s.dkim->n > 0);
	scene_close(&s);
	arena_free(a);
	return start;
}

static uint64_t time_best(size_t i, size_t count)
{
	uint64_t best = UINT64_MAX;

	for (int run = 0; run < RUNS; run++) {
		uint64_t ns = time_once(i, count);

		best = ns < best ? ns : best;
	}
	return best;
}

static void hostile_messages_take_linear_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t one = time_best(i, cases[i].count);
		uint64_t many = time_best(i, cases[i].count * TIMES);

		if (many > TOLERANCE * TIMES * one + NOISE_NS)
			fail_msg("%s: %llu us, and %llu us for %d times as much", cases[i].name,
				(unsigned long long)one / 1000, (unsigned long long)many / 1000,
				TIMES);
	}
}

/* Five signatures of the start of a body, whose lengths differ by `step`; each has the right hash. */
static struct span sign_starts(struct arena *a, struct span body, size_t step)
{
	struct buf out;

	buf_init(&out, a, 64 << 20);
	for (size_t i = 0; i < AUTH_SIGNATURES_MOST; i++) {
		/* neither the shortest nor the longest one comes first */
		size_t n = body.n - step * ((i + 2) % AUTH_SIGNATURES_MOST);
		struct span hash = signer_hash(a, "SHA256", span_slice(body, 0, n));

		buf_printf(&out,
			"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; b=AAAA; "
			"l=%zu; bh=%.*s\r\n",
			n, SPAN_ARG(hash));
	}
	buf_add_string(&out, "\r\n");
	buf_add(&out, body);
	return buf_span(&out);
}

static uint64_t verify_starts(struct arena *a, struct span body, size_t step)
{
	struct span message = sign_starts(a, body, step);
	uint64_t best = UINT64_MAX;

	for (int run = 0; run < RUNS; run++) {
		uint64_t ns = clock_cpu_ns();
		struct scene s;

		scene_verify(&s, message, SPAN(KEY), NULL);
		best = num_min(best, clock_cpu_ns() - ns);
		assert_int_equal(s.dkim->n, AUTH_SIGNATURES_MOST);
		for (size_t i = 0; i < s.dkim->n; i++) {
			assert_int_equal(s.dkim->v[i].reason, AUTH_DKIM_HEADER_CHANGED_REASON);
			assert_int_equal(s.dkim->v[i].body_unsigned,
				step * ((i + 2) % AUTH_SIGNATURES_MOST));
		}
		scene_close(&s);
	}
	return best;
}

static void a_body_is_hashed_once_for_all_signed_lengths(void **state)
{
	struct arena *a = arena_make();
	struct buf body;
	uint64_t same, different;

	(void)state;
	buf_init(&body, a, 16 << 20);
	while (body.n < 8 << 20)
		buf_add_string(&body, "a line of the body\r\n");
	(void)verify_starts(a, span_slice(buf_span(&body), 0, 20 * 1024), 4096);
	same = verify_starts(a, buf_span(&body), 0);
	different = verify_starts(a, buf_span(&body), 1000);
	if (different > 2 * same + NOISE_NS)
		fail_msg("%llu us, and %llu us for several lengths",
			(unsigned long long)same / 1000, (unsigned long long)different / 1000);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_messages_take_linear_time),
		cmocka_unit_test(a_body_is_hashed_once_for_all_signed_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
