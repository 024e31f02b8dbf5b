/* Hostile shapes: the caps hold, work grows with the size, memory stays under its bound. */
#include "outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define MIXED "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
#define X10 "xxxxxxxxxx"
#define LINE "--" X10 X10 X10 X10 X10 X10 "xxxxxxxxx"

/* A message made of a start, a piece that is repeated up to the size, and an end. */
struct shape {
	const char *name;
	const char *start;
	const char *piece;
	const char *end;
};

static const struct shape shapes[] = {
	{"empty parts", MIXED, "--b\n\n", "--b--\n"},
	{"parts with a field", MIXED, "--b\nA:b\n\n", ""},
	{"parts with parameters", MIXED, "--b\nContent-Type:a/b;a=b;c=d;e=f;g=h;i*0=j;k*0=l\n\n",
		""},
	{"parts without an empty line", MIXED, "--b\nA:b\nx\nTo:c\n", ""},
	{"fields", "", "a:\n", ""},
	{"Content-Type fields", "", "Content-Type:\n", ""},
	{"pieces of a parameter", "Content-Type: a/b", ";a*0=b", "\n\nx"},
	{"folded lines", "a: b\n", " \n", ""},
	{"lines that are no fields", "a: b\n", "x\n", ""},
	{"lines that are no fields among some that are", "a: b\n", "x\nTo:a\n", "\n"},
	{"a field of one line", "a:", "x", ""},
	{"a line without a colon", "", "x", ""},
	{"open comments", "Content-Type: ", "(", "\n\n"},
	{"comments", "Content-Type: ", "()", "\n\n"},
	{"lines of dashes", MIXED, "--\n", ""},
	{"lines that are nearly a boundary", MIXED, "--bb\n", ""},
	{"nested multiparts", "", "Content-Type: multipart/mixed; boundary=b\n\n--b\n", ""},
	{"nested messages", "", "Content-Type: message/rfc822\n\n", ""},
	{"nested encoded messages", "",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n",
		""},
	{"repeated boundaries", MIXED, "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n",
		""},
	{"parts behind the end", MIXED "--b\n\nx\n--b--\n", "--b\n\nx\n", ""},
	{"CR lines with one far LF", "a: b\r\r", "x\r", "\n"},
	{"LF lines with one far CR", "a: b\n\n", "x\n", "\r"},
	{"CR in a field", "a: b\n", "\rx", "\n"},
	{"CRs", "a: b\n\n", "\r", "\n"},
	{"CR CR LF", "a: b\r\r\n", "\r\r\n", ""},
	{"blocks of uuencode", "a: b\n\n", "begin 644 a\n#86)C\n`\nend\n", ""},
	{"lines of one block of uuencode", "a: b\n\nbegin 644 a\n", "#86)C\n", ""},
	{"begins of yEnc", "a: b\n\n", "=ybegin line=128 size=3 name=a\n", ""},
	{"blocks of both kinds", "a: b\n\n",
		"=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3\nbegin 644 a\n#86)C\n`\nend\n",
		""},
	{"lone dots", "a: b\r\n\r\n", ".\r\n", "\n"},
};

/* 64 nested multiparts whose boundaries differ at their ends, then lines that are nearly one of them. */
static struct span make_nest(struct arena *a, size_t size)
{
	struct buf out;

	buf_init(&out, a, size + (64 << 10));
	for (int i = 0; i < 64; i++)
		buf_printf(&out, "Content-Type: multipart/mixed; boundary=%s%02d\n\n%s%02d\n",
			&LINE[2], i, LINE, i);
	while (out.n < size)
		buf_add_string(&out, LINE "yy\n");
	return buf_span(&out);
}

static struct span make_shape(struct arena *a, const struct shape *shape, size_t size)
{
	struct buf out;

	buf_init(&out, a, size + (64 << 10));
	buf_add_string(&out, shape->start);
	while (out.n < size)
		buf_add_string(&out, shape->piece);
	buf_add_string(&out, shape->end);
	return buf_span(&out);
}

/* The least CPU time of three runs, in ns; checks the memory of each. */
static uint64_t measure(const char *name, struct span message)
{
	uint64_t best = UINT64_MAX;

	for (int run = 0; run < 3; run++) {
		struct arena *a = arena_make();
		uint64_t start = clock_cpu_ns(), took;
		struct mime *m = mime_parse(a, message);

		took = clock_cpu_ns() - start;
		best = took < best ? took : best;
		assert_true(m->part_count <= MIME_PARTS_MOST);
		if (arena_peak(a) > MIME_MEMORY_FACTOR * message.n + MIME_MEMORY_MORE)
			fail_msg("%s: %zu bytes of memory for %zu", name, arena_peak(a), message.n);
		arena_free(a);
	}
	return best;
}

enum { SMALL = 32 << 10, TIMES = 8 };

/*
 * Eight times the size may take three times eight times as long: noise, caches; a square would be 64. A
 * busy machine gets some more tries.
 */
static void check_growth(const char *name, struct span small, struct span large)
{
	uint64_t a = UINT64_MAX, b = UINT64_MAX;

	for (int attempt = 0; attempt < 5; attempt++) {
		uint64_t small_time = measure(name, small), large_time = measure(name, large);

		a = small_time < a ? small_time : a;
		b = large_time < b ? large_time : b;
		/* under 2 ms the clock says too little */
		if (b < 2000000 || b <= a * TIMES * 3)
			return;
	}
	fail_msg("%s: %llu us for %zu bytes, %llu us for %zu", name, (unsigned long long)a / 1000,
		small.n, (unsigned long long)b / 1000, large.n);
}

static void work_is_linear_and_memory_bounded(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		check_growth(shapes[i].name, make_shape(a, &shapes[i], SMALL),
			make_shape(a, &shapes[i], SMALL * TIMES));
		arena_reset(a);
	}
	/* ASan looks at all that is left on each memmem: there only the memory is compared */
	(void)measure("begins of uuencode",
		make_shape(a, &(struct shape){"", "a: b\n\n", "begin 644 a\n", ""}, SMALL));
	check_growth("near boundaries", make_nest(a, SMALL), make_nest(a, SMALL * TIMES));
	arena_free(a);
}

/* Base64 within base64: each level is a message that holds the next. */
static struct span wrap(struct arena *a, struct span message)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct buf out;

	buf_init(&out, a, message.n * 2 + 1000);
	buf_add_string(&out, "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n");
	for (size_t i = 0; i < message.n; i += 3) {
		unsigned group = 0;

		for (size_t k = 0; k < 3; k++)
			group = group << 8 |
				(i + k < message.n ? (unsigned char)message.p[i + k] : '\n');
		for (int shift = 18; shift >= 0; shift -= 6)
			buf_add_byte(&out, digits[group >> shift & 63]);
		if (i % 54 == 51)
			buf_add_byte(&out, '\n');
	}
	return buf_span(&out);
}

static void encoded_messages_are_decoded_within_a_budget(void **state)
{
	struct arena *a = arena_make();
	struct span message = make_shape(a, &(struct shape){"", "a: b\n\n", "hello\n", ""}, SMALL);
	struct mime *m;

	(void)state;
	for (int i = 0; i < 4; i++)
		message = wrap(a, message);
	m = mime_parse(a, message);
	assert_int_equal(m->part_count, 5);
	assert_true((mime_defects(m) & MIME_DEFECT(DEPTH_LIMIT)) == 0);
	assert_true(span_starts(m->parts[4]->body, SPAN("hello\n")));
	for (int i = 0; i < 10; i++)
		message = wrap(a, message);
	m = mime_parse(a, message);
	assert_true((mime_defects(m) & MIME_DEFECT(DEPTH_LIMIT)) != 0);
	(void)measure("base64 in base64", message);
	arena_free(a);
}

static void deep_parts_stay_undivided(void **state)
{
	struct arena *a = arena_make();
	struct shape shape = {"", "", "Content-Type: message/rfc822\n\n", "Subject: x\n\ny\n"};
	struct mime *m = mime_parse(a, make_shape(a, &shape, 30 * 100));

	(void)state;
	assert_int_equal(m->part_count, MIME_DEPTH_MOST + 1);
	assert_int_equal(m->parts[MIME_DEPTH_MOST]->depth, MIME_DEPTH_MOST);
	assert_true(mime_part_is(m->parts[MIME_DEPTH_MOST], "message", "rfc822"));
	assert_true((m->parts[MIME_DEPTH_MOST]->defects & MIME_DEFECT(DEPTH_LIMIT)) != 0);
	assert_true(span_ends(m->parts[MIME_DEPTH_MOST]->body, SPAN("\n\ny\n")));
	assert_null(m->parts[MIME_DEPTH_MOST]->message);
	m = mime_parse(a, make_shape(a, &shape, 30 * (MIME_DEPTH_MOST - 1)));
	assert_true((mime_defects(m) & MIME_DEFECT(DEPTH_LIMIT)) == 0);
	arena_free(a);
}

static void what_follows_the_most_parts_belongs_to_the_last(void **state)
{
	struct arena *a = arena_make();
	struct shape shape = {"", MIXED, "--b\nA: b\n\nx\n", "--b--\nend\n"};
	size_t most = sizeof(MIXED) - 1 + (MIME_PARTS_MOST - 2) * strlen(shape.piece);
	struct mime *m = mime_parse(a, make_shape(a, &shape, most));

	(void)state;
	assert_int_equal(m->part_count, MIME_PARTS_MOST - 1);
	assert_true((mime_defects(m) & MIME_DEFECT(PARTS_LIMIT)) == 0);
	m = mime_parse(a, make_shape(a, &shape, SMALL));
	assert_int_equal(m->part_count, MIME_PARTS_MOST);
	assert_true((m->defects & MIME_DEFECT(PARTS_LIMIT)) != 0);
	assert_true(span_ends(m->parts[MIME_PARTS_MOST - 1]->body, SPAN("--b--\nend\n")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_linear_and_memory_bounded),
		cmocka_unit_test(encoded_messages_are_decoded_within_a_budget),
		cmocka_unit_test(deep_parts_stay_undivided),
		cmocka_unit_test(what_follows_the_most_parts_belongs_to_the_last),
	};

	return cmocka_run_group_tests_name("mime/limit", tests, NULL, NULL);
}
