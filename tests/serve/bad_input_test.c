/*
 * Bad input: every golden message cut short, with bytes changed and NULs put in, and shapes that are made to
 * hurt. There is always a verdict whose points add up; memory stays under a stated multiple; work grows
 * with the input and no faster.
 */
#include "serve/serve.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
	/* What a scan may take for a message of n bytes: MEMORY_FACTOR * n + MEMORY_BASE. */
	MEMORY_FACTOR = 8,
	MEMORY_BASE = 8 << 20,
	/* Offsets of a golden message that are tried. */
	OFFSETS_MOST = 400,
};

static struct serve_generation *generation;

static int load(void **state)
{
	struct serve_input input = {.path = "/nonexistent"};
	struct arena *a = arena_make();
	struct conf_report report;

	(void)state;
	conf_report_init(&report, a);
	generation = serve_generation_make(&input, &report);
	arena_free(a);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	serve_generation_free(generation);
	return 0;
}

/* Scans and checks what must always hold; gives the nanoseconds that it took. */
static uint64_t scan(struct span bytes, const char *what)
{
	struct arena *a = arena_make();
	struct msg_envelope envelope = {.from = SPAN("a@orchard.example"), .helo = SPAN("x")};
	uint64_t start = clock_cpu_ns(), end;
	const struct scan_verdict *v;
	double sum = 0;
	struct buf out;
	struct json j;

	v = scan_whole(generation->scan, msg_make(a, &envelope, bytes), need_memo_make(a, 1e9));
	end = clock_cpu_ns();
	for (size_t i = 0; i < v->hit_count; i++)
		sum += v->hits[i].score;
	if (!(fabs(sum - v->score) < 1e-9) || v->action == NULL)
		fail_msg("%s: the points do not add up", what);
	if (arena_peak(a) > MEMORY_FACTOR * bytes.n + MEMORY_BASE)
		fail_msg("%s: %zu bytes of memory for %zu of message", what, arena_peak(a),
			bytes.n);
	buf_init(&out, a, 64 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_json(v, generation->scan, &j);
	json_close(&j);
	if (!span_is_utf8(buf_span(&out)))
		fail_msg("%s: the reply is not UTF-8", what);
	arena_free(a);
	return end - start;
}

/* A copy in a block of its own, so that ASan sees each byte that is read too much. */
static void scan_copy(struct span bytes, const char *what)
{
	char *copy = malloc(bytes.n + 1);

	memcpy(copy, bytes.p, bytes.n);
	copy = realloc(copy, bytes.n == 0 ? 1 : bytes.n);
	(void)scan(span_from(copy, bytes.n), what);
	free(copy);
}

static void spoil(struct span bytes, const char *name)
{
	size_t step = bytes.n / OFFSETS_MOST + 1;
	char *changed = malloc(bytes.n + 1);

	for (size_t at = 0; at < bytes.n; at += step) {
		scan_copy(span_slice(bytes, 0, at), name);
		memcpy(changed, bytes.p, bytes.n);
		changed[at] ^= (char)0x80;
		scan_copy(span_from(changed, bytes.n), name);
		changed[at] = "\r\n:;\"<=-?"[at % 9];
		scan_copy(span_from(changed, bytes.n), name);
		memcpy(changed, bytes.p, at);
		changed[at] = '\0';
		memcpy(changed + at + 1, bytes.p + at, bytes.n - at);
		scan_copy(span_from(changed, bytes.n + 1), name);
	}
	free(changed);
}

static void every_golden_message_may_be_spoilt_anywhere(void **state)
{
	struct arena *a = arena_make();
	const char *source = getenv("WINNOW_SOURCE");
	const char *folder = arena_printf(a, "%s/tests/data", source != NULL ? source : ".").p;
	DIR *d = opendir(folder);
	const struct dirent *entry;
	size_t found = 0;

	(void)state;
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		struct span bytes;
		struct why why;

		if (!span_ends(span_of(entry->d_name), SPAN(".eml")))
			continue;
		if (file_read(a, arena_printf(a, "%s/%s", folder, entry->d_name).p, 1 << 20, &bytes,
			    &why) != RC_OK)
			fail_msg("%s", why.text);
		spoil(bytes, entry->d_name);
		found++;
	}
	(void)closedir(d);
	assert_true(found > 10);
	arena_free(a);
}

/* ---- shapes that are made to hurt ---- */

static void repeat(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_string(out, text);
}

static void make_long_line(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: x\n\n");
	repeat(out, "a", n);
}

static void make_long_header(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: ");
	repeat(out, "a", n);
	buf_add_string(out, "\n\nx\n");
}

static void make_folded_header(struct buf *out, size_t n)
{
	buf_add_string(out, "From: a@orchard.example,");
	repeat(out, "\n b@orchard.example,", n / 20);
	buf_add_string(out, "\n c\n\nx\n");
}

static void make_headers(struct buf *out, size_t n)
{
	repeat(out, "Received: from a\n", n / 17);
	buf_add_string(out, "\nx\n");
}

static void make_parts(struct buf *out, size_t n)
{
	buf_add_string(out, "Content-Type: multipart/mixed; boundary=b\n\n");
	repeat(out, "--b\n\nx\n", n / 7);
}

static void make_nested(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n / 64; i++)
		buf_printf(out, "Content-Type: multipart/mixed; boundary=b%08zu\n\n--b%08zu\n", i,
			i);
	buf_add_string(out, "\nx\n");
}

static void make_nested_messages(struct buf *out, size_t n)
{
	repeat(out, "Content-Type: message/rfc822\n\n", n / 30);
	buf_add_string(out, "\nx\n");
}

static void make_boundaries(struct buf *out, size_t n)
{
	buf_add_string(out, "Content-Type: multipart/mixed; boundary=aaaa\n\n");
	repeat(out, "--aaa\n", n / 6);
}

static void make_encoded_words(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject:");
	repeat(out, " =?utf-8?q?a?=", n / 14);
	buf_add_string(out, "\n\nx\n");
}

static void make_broken_words(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: ");
	repeat(out, "=?", n / 2);
	buf_add_string(out, "\n\nx\n");
}

static void make_comments(struct buf *out, size_t n)
{
	buf_add_string(out, "From: ");
	repeat(out, "(", n);
	buf_add_string(out, "\n\nx\n");
}

static void make_angles(struct buf *out, size_t n)
{
	buf_add_string(out, "To: ");
	repeat(out, "<\"", n / 2);
	buf_add_string(out, "\n\nx\n");
}

static void make_parameters(struct buf *out, size_t n)
{
	buf_add_string(out, "Content-Type: text/plain");
	for (size_t i = 0; i < n / 16; i++)
		buf_printf(out, "; name*%zu*=a", i);
	buf_add_string(out, "\n\nx\n");
}

static void make_base64(struct buf *out, size_t n)
{
	buf_add_string(out, "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n");
	repeat(out, "QUJD!\n", n / 6);
}

static void make_qp(struct buf *out, size_t n)
{
	buf_add_string(out,
		"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n");
	repeat(out, "==3D= \n", n / 7);
}

static void make_uu(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: x\n\n");
	repeat(out, "begin 644 a\n", n / 12);
}

static void make_yenc(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: x\n\n");
	repeat(out, "=ybegin line=1 size=1 name=a\n", n / 29);
}

static void make_bare_cr(struct buf *out, size_t n)
{
	buf_add_string(out, "Subject: x\r\rx");
	repeat(out, "\r", n);
}

static void make_charset(struct buf *out, size_t n)
{
	buf_add_string(out, "Content-Type: text/plain; charset=iso-2022-jp\n\n");
	repeat(out, "\x1b$B\xff", n / 4);
}

static const struct {
	const char *name;
	void (*make)(struct buf *out, size_t n);
} shapes[] = {
	{"one long line", make_long_line},
	{"one long header", make_long_header},
	{"a long list of addresses", make_folded_header},
	{"many headers", make_headers},
	{"many parts", make_parts},
	{"parts in parts", make_nested},
	{"messages in messages", make_nested_messages},
	{"almost boundaries", make_boundaries},
	{"many encoded words", make_encoded_words},
	{"broken encoded words", make_broken_words},
	{"open comments", make_comments},
	{"open angles and quotes", make_angles},
	{"many parameters", make_parameters},
	{"base64 with garbage", make_base64},
	{"quoted-printable with garbage", make_qp},
	{"many uuencode starts", make_uu},
	{"many yEnc starts", make_yenc},
	{"bare CRs", make_bare_cr},
	{"a stateful charset with garbage", make_charset},
};

static uint64_t scan_shape(size_t shape, size_t n)
{
	struct arena *a = arena_make();
	uint64_t best = UINT64_MAX;
	struct buf b;

	buf_init(&b, a, n + n / 2 + 1000);
	shapes[shape].make(&b, n);
	/* the best of three: what else the machine does only adds */
	for (int i = 0; i < 3; i++) {
		uint64_t ns = scan(buf_span(&b), shapes[shape].name);

		if (ns < best)
			best = ns;
	}
	arena_free(a);
	return best;
}

static void work_grows_with_the_input_and_no_faster(void **state)
{
	enum { SMALL = 256 << 10, TIMES = 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		uint64_t small = scan_shape(i, SMALL), large = scan_shape(i, TIMES * SMALL);

		/* quadratic work would be 64 times as much; 1 ms is noise */
		if (large > 3 * TIMES * small + 1000000)
			fail_msg("%s: %llu ns for 256 KB, %llu ns for 2 MB", shapes[i].name,
				(unsigned long long)small, (unsigned long long)large);
	}
}

static void sizes_that_the_limits_are_made_for(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct buf *out, size_t n);
		size_t n;
	} large[] = {
		{"lines of 1 MB", make_long_line, 1 << 20},
		{"a header of 1 MB", make_long_header, 1 << 20},
		{"10,000 parts", make_parts, 70000},
		{"1,000 nested parts", make_nested, 64000},
		{"1,000 nested messages", make_nested_messages, 30000},
		{"a body of 50 MB", make_long_line, 50 << 20},
		{"50 MB of base64", make_base64, 50 << 20},
	};

	(void)state;
	scan(SPAN(""), "an empty message");
	for (size_t i = 0; i < ARRAY_LEN(large); i++) {
		struct arena *a = arena_make();
		struct buf b;

		buf_init(&b, a, large[i].n + large[i].n / 2 + 1000);
		large[i].make(&b, large[i].n);
		(void)scan(buf_span(&b), large[i].name);
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_golden_message_may_be_spoilt_anywhere),
		cmocka_unit_test(work_grows_with_the_input_and_no_faster),
		cmocka_unit_test(sizes_that_the_limits_are_made_for),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
