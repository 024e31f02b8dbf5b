#include "check.h"

struct block_case {
	const char *name;
	struct span text;
	size_t start, end; /* offsets; 0, 0: no block */
	struct span file;
	struct span data;
	unsigned defects;
};

/* The bytes of "abc" are 8b 8c 8d; its CRC-32 is 352441c2. */
static const struct block_case cases[] = {
	{"a block is all",
		SPAN_INIT("=ybegin line=128 size=3 name=a b.bin\r\n\x8b\x8c\x8d\r\n"
			  "=yend size=3 crc32=352441c2\r\n"),
		0, 72, SPAN_INIT("a b.bin"), SPAN_INIT("abc"), 0},
	{"text stands before and behind",
		SPAN_INIT("Hi\n=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3\nBye\n"),
		3, 51, SPAN_INIT("a"), SPAN_INIT("abc"), 0},
	{"escaped bytes", SPAN_INIT("=ybegin line=128 size=4 name=a\n=@=}=J=M\n=yend size=4\n"), 0,
		53, SPAN_INIT("a"), SPAN_INIT("\xd6\x13\xe0\xe3"), 0},
	{"a part of a file has its own checksum",
		SPAN_INIT("=ybegin part=2 line=128 size=99 name=a\n=ypart begin=4 end=6\n"
			  "\x8b\x8c\x8d\n=yend size=3 part=2 pcrc32=352441C2 crc32=00000000\n"),
		0, 115, SPAN_INIT("a"), SPAN_INIT("abc"), 0},
	{"the size is another",
		SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=4\n"), 0, 48,
		SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"the size at the start is another",
		SPAN_INIT("=ybegin line=128 size=9 name=a\n\x8b\x8c\x8d\n=yend size=3\n"), 0, 48,
		SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"the checksum is another",
		SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n"
			  "=yend size=3 crc32=352441c3\n"),
		0, 63, SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"the checksum is no number",
		SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=yend size=3 crc32=x\n"),
		0, 56, SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"an escape of a line end",
		SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d=\n=yend size=3\n"), 0, 49,
		SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"the end is missing", SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n"), 0, 35,
		SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"the next block ends one without end",
		SPAN_INIT("=ybegin line=128 size=3 name=a\n\x8b\x8c\x8d\n=ybegin size=1 name=b\n"),
		0, 35, SPAN_INIT("a"), SPAN_INIT("abc"), CODEC_YENC_INVALID},
	{"nothing between start and end",
		SPAN_INIT("=ybegin line=128 size=0 name=a\n=yend size=0\n"), 0, 44, SPAN_INIT("a"),
		SPAN_INIT(""), 0},
	{"a start without a name", SPAN_INIT("=ybegin line=128 size=3\n\x8b\n=yend size=3\n"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"a start within a line", SPAN_INIT("x=ybegin line=128 size=3 name=a\n\x8b\n"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"a start that is no whole line", SPAN_INIT("=ybegin line=128 size=3 name=a"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"nothing", SPAN_INIT(""), 0, 0, SPAN_INIT(""), SPAN_INIT(""), 0},
};

static void yenc_is_found_and_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct block_case *c = &cases[i];
		struct codec_block block;
		unsigned defects = 0;

		if (codec_find_yenc(arena, c->text, 0, &block, &defects) != (c->end > 0))
			fail_msg("%s: found or not", c->name);
		if (c->end == 0)
			continue;
		check(c->name, block.data, c->data, defects, c->defects);
		check(c->name, block.name, c->file, 0, 0);
		if (block.start != c->start || block.end != c->end)
			fail_msg("%s: %zu to %zu", c->name, block.start, block.end);
	}
}

static void blocks_are_found_one_after_the_other(void **state)
{
	struct span text = SPAN("=ybegin size=1 name=a\n\x8b\n=yend size=1\n"
				"=ybegin size=1 name=b\n\x8c\n=yend size=1\n");
	struct codec_block block;
	unsigned defects = 0;

	(void)state;
	assert_true(codec_find_yenc(arena, text, 0, &block, &defects));
	assert_true(codec_find_yenc(arena, text, block.end, &block, &defects));
	check("the second", block.name, SPAN("b"), defects, 0);
	assert_false(codec_find_yenc(arena, text, block.end, &block, &defects));
	assert_true(codec_find_yenc(arena, text, 1, &block, &defects));
	check("from the middle of the first line", block.data, SPAN("b"), defects, 0);
}

static void every_byte_survives(void **state)
{
	struct codec_block block;
	struct buf text;
	unsigned defects = 0;

	(void)state;
	buf_init(&text, arena, 2000);
	buf_add_string(&text, "=ybegin line=128 size=256 name=all\n");
	for (unsigned i = 0; i < 256; i++) {
		unsigned char c = (unsigned char)(i + 42);

		if (c == 0 || c == '\n' || c == '\r' || c == '=') {
			buf_add_byte(&text, '=');
			c = (unsigned char)(c + 64);
		}
		buf_add_byte(&text, (char)c);
		if (i % 100 == 99)
			buf_add_string(&text, "\r\n");
	}
	buf_add_string(&text, "\n=yend size=256 crc32=29058c73\n");
	assert_true(codec_find_yenc(arena, buf_span(&text), 0, &block, &defects));
	assert_int_equal(defects, 0);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal((unsigned char)block.data.p[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(yenc_is_found_and_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(blocks_are_found_one_after_the_other, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(every_byte_survives, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
