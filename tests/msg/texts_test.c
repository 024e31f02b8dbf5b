#include "msg/msg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define TOP "From: mira@example.org\nMIME-Version: 1.0\n"
#define MIXED TOP "Content-Type: multipart/mixed; boundary=b\n\n"
#define PLAIN_PART "--b\nContent-Type: text/plain\n\n"
#define HTML_PART "--b\nContent-Type: text/html\n\n"
#define ATTACHED_PART "--b\nContent-Type: text/csv\nContent-Disposition: attachment\n\n"
#define LINK "<a href=\"http://evil.example/\">here</a>\n"
#define END "--b--\n"

static struct msg *make(struct arena *a, struct span message)
{
	struct msg_envelope envelope = {0};

	return msg_make(a, &envelope, message);
}

static bool has_url(struct msg *m, const char *url)
{
	const struct msg_urls *urls = msg_urls(m);

	for (size_t i = 0; i < urls->n; i++)
		if (span_equal(urls->v[i].url.href, span_of(url)))
			return true;
	return false;
}

static void add_times(struct buf *out, const char *piece, size_t times)
{
	while (times-- > 0)
		buf_add_string(out, piece);
}

/* ---- too many, too much ---- */

static struct msg *with_parts(struct arena *a, unsigned before, const char *last)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, MIXED);
	add_times(&out, PLAIN_PART "hi\n", before);
	buf_add_string(&out, last);
	buf_add_string(&out, END);
	return make(a, buf_span(&out));
}

static void so_many_texts_are_read_and_no_more(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = with_parts(a, MSG_TEXTS_MOST, "");

	(void)state;
	assert_int_equal(msg_texts(m)->n, MSG_TEXTS_MOST);
	assert_int_equal(msg_cuts(m), 0);
	m = with_parts(a, MSG_TEXTS_MOST + 1, "");
	assert_int_equal(msg_texts(m)->n, MSG_TEXTS_MOST);
	assert_int_equal(msg_cuts(m), MSG_CUT(TEXTS));
	arena_free(a);
}

static void many_small_texts_displace_neither_html_nor_alternatives(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = with_parts(a, 3 * MSG_TEXTS_MOST, HTML_PART LINK);
	const struct msg_texts *texts = msg_texts(m);

	(void)state;
	assert_true(has_url(m, "http://evil.example/"));
	/* the order is that of the parts */
	assert_true(texts->v[texts->n - 1].is_html);
	assert_int_equal(texts->v[0].part->id, 1);
	m = with_parts(a, 3 * MSG_TEXTS_MOST,
		"--b\nContent-Type: multipart/alternative; boundary=c\n\n"
		"--c\n\nhttp://evil.example/\n--c\nContent-Type: text/html\n\n"
		"<p>hello\n--c--\n");
	assert_true(has_url(m, "http://evil.example/"));
	arena_free(a);
}

static void attachments_do_not_displace_what_is_read(void **state)
{
	struct arena *a = arena_make();
	struct buf out;
	struct msg *m;

	(void)state;
	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, MIXED PLAIN_PART "first\n");
	add_times(&out, ATTACHED_PART "a,b\n", MSG_TEXTS_MOST);
	buf_add_string(&out, PLAIN_PART "http://evil.example/\n" END);
	m = make(a, buf_span(&out));
	assert_true(has_url(m, "http://evil.example/"));
	assert_int_equal(msg_cuts(m), MSG_CUT(TEXTS));
	arena_free(a);
}

/* A part of so many bytes that stands before an HTML part with a link. */
static struct msg *with_large(struct arena *a, const char *kind, size_t bytes)
{
	struct buf out;

	buf_init(&out, a, bytes + 4096);
	buf_add_string(&out, MIXED);
	buf_add_string(&out, kind);
	add_times(&out, "0123456\n", bytes / 8);
	buf_add_string(&out, HTML_PART LINK END);
	return make(a, buf_span(&out));
}

static size_t bytes_of(struct msg *m)
{
	const struct msg_texts *texts = msg_texts(m);
	size_t n = 0;

	for (size_t i = 0; i < texts->n; i++)
		n += texts->v[i].source.n;
	return n;
}

static void so_many_bytes_are_read_and_the_html_first(void **state)
{
	static const size_t most = MSG_TEXT_BYTES_MOST;
	struct arena *a = arena_make();
	struct msg *m = with_large(a, PLAIN_PART, most - 1024);

	(void)state;
	assert_int_equal(msg_cuts(m), 0);
	m = with_large(a, PLAIN_PART, most + 1024);
	assert_int_equal(bytes_of(m), most);
	assert_int_equal(msg_cuts(m), MSG_CUT(TEXT_BYTES));
	assert_true(has_url(m, "http://evil.example/"));
	arena_reset(a);
	m = with_large(a, ATTACHED_PART, most + 1024);
	assert_int_equal(msg_cuts(m), MSG_CUT(ATTACHED));
	assert_true(has_url(m, "http://evil.example/"));
	arena_reset(a);
	/* a document that is attached, as large as it may be, yields to the body, too */
	m = with_large(a, "--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n",
		most);
	assert_int_equal(bytes_of(m), most);
	assert_true(has_url(m, "http://evil.example/"));
	arena_free(a);
}

/* ---- charsets ---- */

#define KOI8 "\xfa\xc4\xd2\xc1\xd7\xd3\xd4\xd7\xd5\xca\xd4\xc5, \xcb\xc1\xcb \xc4\xc5\xcc\xc1?"
#define LATIN1                                                                                     \
	"Sch\xf6ne Gr\xfc\xdf"                                                                     \
	"e aus M\xfcnchen"

static void only_so_many_charsets_are_detected(void **state)
{
	struct arena *a = arena_make();
	const struct msg_texts *texts;
	struct buf out;

	(void)state;
	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, MIXED);
	add_times(&out, "--b\n\n" LATIN1 "\n", 14);
	add_times(&out, "--b\n\n" KOI8 "\n", 10);
	/* the seventeenth is taken for what the one before was */
	buf_add_string(&out, "--b\n\n" LATIN1 "\n" END);
	texts = msg_texts(make(a, buf_span(&out)));
	assert_int_equal(texts->n, 25);
	for (size_t i = 0; i < texts->n; i++) {
		struct span expected = i < 14 ? SPAN("windows-1252") : SPAN("koi8-r");

		if (!span_equal(texts->v[i].charset, expected))
			fail_msg("text %zu: %.*s", i, SPAN_ARG(texts->v[i].charset));
	}
	arena_free(a);
}

/* The document in UTF-16, with a mark and the bytes `before`, as a part. */
static struct msg *in_utf16(struct arena *a, struct span before)
{
	static const char head[] =
		TOP "Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n";
	struct buf out;

	buf_init(&out, a, 4096);
	buf_add(&out, span_of(head));
	buf_add(&out, before);
	for (const char *p = "<a href='http://evil.example/'>here</a>"; *p != '\0'; p++) {
		buf_add_byte(&out, *p);
		buf_add_byte(&out, '\0');
	}
	return make(a, buf_span(&out));
}

static void a_mark_of_utf_32_does_not_hide_utf_16(void **state)
{
	static const char two[] = {'\xff', '\xfe'}, four[] = {'\xff', '\xfe', 0, 0};
	struct arena *a = arena_make();

	(void)state;
	assert_true(has_url(in_utf16(a, span_from(two, sizeof(two))), "http://evil.example/"));
	assert_true(has_url(in_utf16(a, span_from(four, sizeof(four))), "http://evil.example/"));
	arena_free(a);
}

/* ---- the dump ---- */

static void dumps_tell_what_was_cut(void **state)
{
	struct arena *a = arena_make();
	struct msg *m = with_parts(a, MSG_TEXTS_MOST + 1, "");
	struct buf out;
	struct json j;

	(void)state;
	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	json_open_array(&j);
	msg_print_urls_json(m, &j);
	json_close(&j);
	assert_true(span_equal(buf_span(&out),
		SPAN("[{\"url\":\"\",\"host\":\"\",\"domain\":\"\",\"where\":\"\",\"tag\":\"\","
		     "\"text\":\"\",\"flags\":[\"cut\"],\"cut\":[\"texts\"]}]")));
	buf_init(&out, a, 1 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	msg_print_texts_json(m, &j);
	json_close(&j);
	assert_true(span_ends(buf_span(&out), SPAN("],\"cut\":[\"texts\"]}")));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_texts_are_read_and_no_more),
		cmocka_unit_test(many_small_texts_displace_neither_html_nor_alternatives),
		cmocka_unit_test(attachments_do_not_displace_what_is_read),
		cmocka_unit_test(so_many_bytes_are_read_and_the_html_first),
		cmocka_unit_test(only_so_many_charsets_are_detected),
		cmocka_unit_test(a_mark_of_utf_32_does_not_hide_utf_16),
		cmocka_unit_test(dumps_tell_what_was_cut),
	};

	return cmocka_run_group_tests_name("msg/texts", tests, NULL, NULL);
}
