/*
 * Work is linear in the input: eight times a hostile pattern may take about eight times as long, where a
 * quadratic search would take sixty-four times.
 */
#include "check.h"

#include <string.h>

enum { TIMES = 8, TOLERANCE = 3, NOISE_NS = 2000000, RUNS = 3 };

enum kind { BASE64, QP, UU, YENC, CHARSET, WORDS, PARAMS };

static const struct {
	enum kind kind;
	const char *label; /* of CHARSET */
	const char *start; /* stands once before the pattern */
	const char *pattern;
	const char *then; /* fills the second half; NULL: the pattern does */
} cases[] = {
	{BASE64, "", "", "Q ", NULL},
	{BASE64, "", "", "=", NULL},
	{BASE64, "", "", "QQ==", NULL},
	{BASE64, "", "", "!", NULL},
	{QP, "", "", "=", NULL},
	{QP, "", "", "= ", NULL},
	{QP, "", "", " ", NULL},
	{QP, "", "", "=\r", NULL},
	{QP, "", "", " \r", NULL},
	{QP, "", "\n", "=\r", NULL},
	{QP, "", "", "=\n", NULL},
	{UU, "", "", "begin ", NULL},
	{UU, "", "", "begin 644 x\n", NULL},
	{UU, "", "", "begin 644 x\n\n\n", NULL},
	{UU, "", "", "begin 644 x\n#0V%T\n", NULL},
	{UU, "", "", "begin 644 x\n#0V%T\na\na\n", NULL},
	{UU, "", "begin 644 x\n#0V%T\n", "_", NULL},
	{YENC, "", "", "=ybegin ", NULL},
	{YENC, "", "", "=ybegin \n", NULL},
	{YENC, "", "", "=ybegin name=a\n", NULL},
	{YENC, "", "=ybegin name=a\n", "x=y", NULL},
	{YENC, "", "=ybegin name=a\n", "==", NULL},
	{CHARSET, "utf-8", "", "\xff", NULL},
	{CHARSET, "utf-8", "", "\xf0\x9f\x98", NULL},
	{CHARSET, "utf-7", "", "+", NULL},
	{CHARSET, "utf-7", "", "+A", NULL},
	{CHARSET, "utf-7", "", "+2D0", NULL},
	{CHARSET, "utf-16", "", "\xd8", NULL},
	{CHARSET, "iso-2022-jp", "", "\x1b$B", NULL},
	{CHARSET, "iso-2022-jp", "", "\x1b$B\n", NULL},
	{CHARSET, "iso-2022-kr", "", "\x0e\n", NULL},
	{CHARSET, "hz", "", "~{", NULL},
	{CHARSET, "gb18030", "", "\x81\x30", NULL},
	{CHARSET, "shift_jis", "", "\x81", NULL},
	{WORDS, "", "", "=?", NULL},
	{WORDS, "", "", "?=", NULL},
	{WORDS, "", "", "=?a", NULL},
	{WORDS, "", "", "=?a ", NULL},
	{WORDS, "", "", "=?a?q", NULL},
	{WORDS, "", "", "=?a?q?", NULL},
	{WORDS, "", "", "=?a?q? ", NULL},
	{WORDS, "", "", "=?a?q?=", NULL},
	{WORDS, "", "", "=?a?q?b?=", NULL},
	{WORDS, "", "", "=?big5?q?=A4?= =?hz?q?~{?= ", NULL},
	{WORDS, "", "=?a?q?", " ?", NULL},
	{WORDS, "", "=?a?q?", "=? ", NULL},
	{WORDS, "", "", "=?a?   ", NULL},
	{WORDS, "", "=?a?", " ", NULL},
	{WORDS, "", "", "=?a?q? ", "x "},
	{WORDS, "", "", "=?a?q?", "?="},
	{WORDS, "", "", "\r\n ", NULL},
	{WORDS, "", "", "\r", NULL},
	{WORDS, "", "", "\"\\", NULL},
	{PARAMS, "", "", ";", NULL},
	{PARAMS, "", "", "(", NULL},
	{PARAMS, "", "", "( ", NULL},
	{PARAMS, "", "", "a=( ", NULL},
	{PARAMS, "", "", ")x ", NULL},
	{PARAMS, "", "", "a=( ", ")x "},
	{PARAMS, "", "", "a=(", ")"},
	{PARAMS, "", "", "a=(b)c ", NULL},
	{PARAMS, "", "", "\"", NULL},
	{PARAMS, "", "", "=\"", NULL},
	{PARAMS, "", "", "a=\"\\", NULL},
	{PARAMS, "", "", "a=\"\\\";", NULL},
	{PARAMS, "", "", "a ", NULL},
	{PARAMS, "", "a=", "b ", NULL},
	{PARAMS, "", "", "a=b;", NULL},
	{PARAMS, "", "", "a*0=b;", NULL},
	{PARAMS, "", "", "a*1=b;", NULL},
	{PARAMS, "", "a*=", "%", NULL},
	{PARAMS, "", "a*=", "'", NULL},
};

static void decode_blocks(struct arena *a, struct span in,
	bool (*find)(struct arena *, struct span, size_t, struct codec_block *, unsigned *))
{
	struct codec_block block = {0};
	unsigned defects = 0;

	while (find(a, in, block.end, &block, &defects))
		continue;
}

static void decode(struct arena *a, enum kind kind, const char *label, struct span in)
{
	struct codec_params params;
	struct codec_words words;
	unsigned defects = 0;

	switch (kind) {
	case BASE64:
		(void)codec_decode_base64(a, in, &defects);
		break;
	case QP:
		(void)codec_decode_qp(a, in, &defects);
		break;
	case UU:
		decode_blocks(a, in, codec_find_uu);
		break;
	case YENC:
		decode_blocks(a, in, codec_find_yenc);
		break;
	case CHARSET:
		(void)codec_to_utf8(a, span_of(label), in, &defects);
		break;
	case WORDS:
		codec_decode_words(a, in, &words, &defects);
		break;
	case PARAMS:
		codec_parse_params(a, in, &params, &defects);
		break;
	}
}

static struct span fill(size_t i, size_t n)
{
	struct buf out;

	buf_init(&out, arena, n);
	buf_add_string(&out, cases[i].start);
	while (!out.full)
		buf_add_string(&out,
			out.n < n / 2 || cases[i].then == NULL ? cases[i].pattern : cases[i].then);
	return buf_span(&out);
}

/* The least of some runs, in CPU time: others use the machine too. */
static uint64_t time_of(size_t i, size_t n)
{
	struct span in = fill(i, n);
	uint64_t least = UINT64_MAX;

	for (int run = 0; run < RUNS; run++) {
		struct arena *a = arena_make();
		uint64_t start = clock_cpu_ns(), taken;

		decode(a, cases[i].kind, cases[i].label, in);
		taken = clock_cpu_ns() - start;
		if (taken < least)
			least = taken;
		/* and memory is no less bounded */
		assert_true(arena_peak(a) <= 32 * n + (64 << 10));
		arena_free(a);
	}
	return least;
}

static void no_pattern_takes_more_than_linear_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* more parameters than this are not read */
		size_t n = CODEC_PARAM_BYTES_MOST / TIMES;
		uint64_t small = time_of(i, n), large = time_of(i, n * TIMES);

		if (large > TOLERANCE * TIMES * small + NOISE_NS)
			fail_msg("\"%s%s\": %llu and %llu ns", cases[i].start, cases[i].pattern,
				(unsigned long long)small, (unsigned long long)large);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_pattern_takes_more_than_linear_time, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
