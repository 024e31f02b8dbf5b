#include "check.h"

#include <string.h>

struct block_case {
	const char *name;
	struct span text;
	size_t start, end; /* offsets; 0, 0: no block */
	struct span file;
	struct span data;
	unsigned defects;
};

/* #0V%T is "Cat". */
static const struct block_case cases[] = {
	{"a block is all", SPAN_INIT("begin 644 a.txt\n#0V%T\n`\nend\n"), 0, 28, SPAN_INIT("a.txt"),
		SPAN_INIT("Cat"), 0},
	{"text stands before and behind", SPAN_INIT("Hi\nbegin 644 a.txt\n#0V%T\n`\nend\nBye\n"), 3,
		31, SPAN_INIT("a.txt"), SPAN_INIT("Cat"), 0},
	{"lines end in CRLF", SPAN_INIT("begin 644 a\r\n#0V%T\r\n`\r\nend\r\n"), 0, 28,
		SPAN_INIT("a"), SPAN_INIT("Cat"), 0},
	{"the last line has no end", SPAN_INIT("begin 644 a\n#0V%T\n`\nend"), 0, 23, SPAN_INIT("a"),
		SPAN_INIT("Cat"), 0},
	{"the last line ends in CR alone", SPAN_INIT("begin 644 a\n#0V%T\n`\r"), 0, 20,
		SPAN_INIT("a"), SPAN_INIT("Cat"), CODEC_UU_INVALID},
	{"a name with blanks", SPAN_INIT("begin 0644  my cat.txt \n#0V%T\n`\nend\n"), 0, 36,
		SPAN_INIT("my cat.txt"), SPAN_INIT("Cat"), 0},
	{"zero as a space", SPAN_INIT("begin 644 a\n#    \n \nend\n"), 0, 24, SPAN_INIT("a"),
		SPAN_INIT("\0\0\0"), 0},
	{"zero as a backquote", SPAN_INIT("begin 644 a\n#````\n`\nend\n"), 0, 24, SPAN_INIT("a"),
		SPAN_INIT("\0\0\0"), 0},
	{"a line of two bytes", SPAN_INIT("begin 644 a\n\"0V$`\n`\nend\n"), 0, 24, SPAN_INIT("a"),
		SPAN_INIT("Ca"), 0},
	{"a line of one byte", SPAN_INIT("begin 644 a\n!0P``\n`\nend\n"), 0, 24, SPAN_INIT("a"),
		SPAN_INIT("C"), 0},
	{"a letter more as a checksum", SPAN_INIT("begin 644 a\n#0V%TX\n`\nend\n"), 0, 25,
		SPAN_INIT("a"), SPAN_INIT("Cat"), 0},
	{"an empty file", SPAN_INIT("begin 644 a\n`\nend\n"), 0, 18, SPAN_INIT("a"), SPAN_INIT(""),
		0},
	{"a file of nothing but its end", SPAN_INIT("begin 644 a\nend\n"), 0, 16, SPAN_INIT("a"),
		SPAN_INIT(""), 0},
	{"spaces lost at the end of a line", SPAN_INIT("begin 644 a\n#0V%T\n#0V \n#0V\n`\nend\n"),
		0, 33, SPAN_INIT("a"), SPAN_INIT("CatC`\0C`\0"), CODEC_UU_INVALID},
	{"a broken line is skipped", SPAN_INIT("begin 644 a\n#0V%T\nlower case\n#0V%T\n`\nend\n"),
		0, 41, SPAN_INIT("a"), SPAN_INIT("CatCat"), CODEC_UU_INVALID},
	{"an empty line before the end", SPAN_INIT("begin 644 a\n#0V%T\n\nend\n"), 0, 23,
		SPAN_INIT("a"), SPAN_INIT("Cat"), CODEC_UU_INVALID},
	{"two broken lines end the block before them",
		SPAN_INIT("begin 644 a\n#0V%T\nDear Sir,\nthis is text.\n"), 0, 18, SPAN_INIT("a"),
		SPAN_INIT("Cat"), CODEC_UU_INVALID},
	{"the end is missing", SPAN_INIT("begin 644 a\n#0V%T\n`\n"), 0, 20, SPAN_INIT("a"),
		SPAN_INIT("Cat"), CODEC_UU_INVALID},
	{"data behind the last line", SPAN_INIT("begin 644 a\n#0V%T\n`\n#0V%T\n#0V%T\n"), 0, 20,
		SPAN_INIT("a"), SPAN_INIT("Cat"), CODEC_UU_INVALID},
	{"a letter that says begin", SPAN_INIT("begin 644 words\nDear Sir,\n"), 0, 0, SPAN_INIT(""),
		SPAN_INIT(""), 0},
	{"shouting is no data", SPAN_INIT("begin 644 words\nMAKE MONEY FAST\n"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"a first line longer than it says", SPAN_INIT("begin 644 a\n#0V%T0V%T\n`\nend\n"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"begin at the start of a longer word", SPAN_INIT("beginners 644 a\n#0V%T\n`\nend\n"), 0, 0,
		SPAN_INIT(""), SPAN_INIT(""), 0},
	{"a mode of two digits", SPAN_INIT("begin 64 a\n#0V%T\n`\nend\n"), 0, 0, SPAN_INIT(""),
		SPAN_INIT(""), 0},
	{"begin within a line", SPAN_INIT("x begin 644 a\n#0V%T\n`\nend\n"), 0, 0, SPAN_INIT(""),
		SPAN_INIT(""), 0},
	{"begin without a mode", SPAN_INIT("begin the day\n#0V%T\n`\nend\n"), 0, 0, SPAN_INIT(""),
		SPAN_INIT(""), 0},
	{"begin without a name", SPAN_INIT("begin 644 \n#0V%T\n`\nend\n"), 0, 0, SPAN_INIT(""),
		SPAN_INIT(""), 0},
	{"begin alone", SPAN_INIT("begin 644 a"), 0, 0, SPAN_INIT(""), SPAN_INIT(""), 0},
	{"begin and nothing behind", SPAN_INIT("begin 644 a\n"), 0, 0, SPAN_INIT(""), SPAN_INIT(""),
		0},
	{"nothing", SPAN_INIT(""), 0, 0, SPAN_INIT(""), SPAN_INIT(""), 0},
};

static void uuencode_is_found_and_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct block_case *c = &cases[i];
		struct codec_block block;
		unsigned defects = 0;

		if (codec_find_uu(arena, c->text, 0, &block, &defects) != (c->end > 0))
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
	struct span text = SPAN("begin 644 a\n#0V%T\n`\nend\nmore\nbegin 600 b\n!0P``\n`\nend\n");
	struct codec_block block;
	unsigned defects = 0;

	(void)state;
	assert_true(codec_find_uu(arena, text, 0, &block, &defects));
	assert_true(codec_find_uu(arena, text, block.end, &block, &defects));
	check("the second", block.name, SPAN("b"), defects, 0);
	assert_false(codec_find_uu(arena, text, block.end, &block, &defects));
	assert_true(codec_find_uu(arena, text, 1, &block, &defects));
	check("from the middle of the first line", block.name, SPAN("b"), defects, 0);
}

static void a_block_never_outgrows_its_text(void **state)
{
	struct buf text;
	struct codec_block block;
	unsigned defects = 0;

	(void)state;
	buf_init(&text, arena, 1 << 20);
	buf_add_string(&text, "begin 644 bomb\n#0V%T\n");
	for (size_t i = 0; i < 10000; i++)
		buf_add_string(&text, "_\n`\n_A\n");
	assert_true(codec_find_uu(arena, buf_span(&text), 0, &block, &defects));
	assert_true(block.data.n <= block.end - block.start);
	assert_int_equal(defects, CODEC_UU_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(uuencode_is_found_and_decoded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(blocks_are_found_one_after_the_other, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_block_never_outgrows_its_text, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
