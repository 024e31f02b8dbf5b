/*
 * The decoders of mail bytes: the first byte of the input chooses one, the rest is what it gets. Each is
 * held to the promises of its door: how long a result may be, that text is UTF-8, that nothing depends on
 * where lines are cut or on what was decoded before.
 */
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text without blanks and line ends, cut anew into lines. */
static struct span move_line_ends(struct arena *a, struct span in, size_t width)
{
	char *out = arena_alloc_raw(a, 3 * in.n + 1);
	size_t n = 0, column = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (byte_is_space(in.p[i]))
			continue;
		out[n++] = in.p[i];
		if (++column % width == 0) {
			out[n++] = '\r';
			out[n++] = '\n';
		}
	}
	return span_from(out, n);
}

static void try_base64(struct arena *a, struct span in)
{
	static const size_t widths[] = {1, 3, 4, 5, 8, 76, 1000000};
	unsigned defects = 0;
	struct span out = codec_decode_base64(a, in, &defects);

	must(out.n <= in.n);
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		unsigned again = 0;
		struct span moved = move_line_ends(a, in, widths[i]);

		must(span_equal(codec_decode_base64(a, moved, &again), out));
		must(again == defects);
	}
}

static void try_qp(struct arena *a, struct span in)
{
	unsigned defects = 0, first = 0, second = 0;
	struct span out = codec_decode_qp(a, in, &defects);
	size_t cut = span_find_byte(span_from_offset(in, in.n / 2), '\n') + in.n / 2 + 1;
	struct span head = span_slice(in, 0, cut), tail = span_from_offset(in, cut);

	must(out.n <= in.n);
	/* lines are decoded one by one, so cutting between two changes nothing */
	if (!span_has_byte(tail, '\n'))
		return;
	head = codec_decode_qp(a, head, &first);
	tail = codec_decode_qp(a, tail, &second);
	must(head.n + tail.n == out.n && (first | second) == defects);
	must(span_starts(out, head) && span_ends(out, tail));
}

static void try_blocks(struct arena *a, struct span in,
	bool (*find)(struct arena *, struct span, size_t, struct codec_block *, unsigned *))
{
	struct codec_block block;
	size_t from = 0;
	unsigned defects = 0;

	while (find(a, in, from, &block, &defects)) {
		must(block.start >= from && block.end > block.start && block.end <= in.n);
		must(block.start == 0 || in.p[block.start - 1] == '\n');
		must(block.data.n <= block.end - block.start);
		must(block.name.p >= in.p + block.start && block.name.p <= in.p + block.end);
		from = block.end;
	}
	must(!find(a, in, in.n, &block, &defects));
}

/* Is decoded before, between and after, and must leave no trace. */
static void disturb(struct arena *a, struct span label)
{
	unsigned ignored = 0;

	(void)codec_to_utf8(a, label, SPAN("\x1b$B\x24\x22\x0e\x30~{\x81"), &ignored);
}

/* The label is the first line. */
static void try_charset(struct arena *a, struct span in)
{
	size_t n = span_find_byte(in, '\n');
	struct span label = span_slice(in, 0, n), text = span_from_offset(in, n + 1);
	struct span name = codec_find_charset(label), out, again;
	unsigned defects = 0, second = 0;

	must(span_is_null(name) || span_equal(codec_find_charset(name), name));
	out = codec_to_utf8(a, label, text, &defects);
	must(span_is_utf8(out));
	must(out.n <= 3 * text.n + 16);
	must(!span_is_null(name) || label.n == 0 || (defects & CODEC_CHARSET_UNKNOWN) != 0);
	disturb(a, label);
	again = codec_to_utf8(a, label, text, &second);
	must(span_equal(out, again) && defects == second);
	if (span_equal(name, SPAN("utf-8")) && span_is_utf8(text))
		must(out.p == text.p || out.p == text.p + 3);
}

static void try_words(struct arena *a, struct span in)
{
	struct codec_words words, again;
	unsigned defects = 0, second = 0;

	codec_decode_words(a, in, &words, &defects);
	must(span_is_utf8(words.text));
	must(words.text.n <= 3 * in.n);
	must((words.base64 + words.qp > 0) == codec_has_words(in));
	must((defects & CODEC_HEADER_8BIT) == 0 || words.raw_8bit);
	if (words.base64 + words.qp > 0 || span_has_byte(in, '\r') || span_has_byte(in, '\n'))
		return;
	if (span_starts(words.text, SPAN("\xef\xbb\xbf")))
		return; /* a byte order mark behind the first is one too, the second time */
	codec_decode_words(a, words.text, &again, &second);
	must(again.text.p == words.text.p && again.text.n == words.text.n && second == 0);
}

static void try_params(struct arena *a, struct span in)
{
	struct codec_params params, alone;
	unsigned defects = 0, second = 0;
	size_t bytes = 0;

	codec_parse_params(a, in, &params, &defects);
	must(params.n <= CODEC_PARAM_MOST);
	for (size_t i = 0; i < params.n; i++) {
		const struct codec_param *param = &params.v[i];

		must(param->name.n > 0 && !span_has_byte(param->name, '*'));
		must(span_equal(arena_lower(a, param->name), param->name));
		must(span_is_utf8(param->value) && !span_is_null(param->value));
		must(codec_find_param(&params, param->name).p == param->value.p);
		bytes += param->value.n;
	}
	must(bytes <= 3 * in.n + 16 * params.n);
	must(span_is_null(codec_find_param(&params, SPAN("*"))));
	/* blanks and semicolons around are nothing */
	codec_parse_params(a, arena_printf(a, " ;\r\n ; %.*s", SPAN_ARG(in)), &alone, &second);
	if (in.n < CODEC_PARAM_BYTES_MOST - 8 && !span_has_byte(in, '\0'))
		must(alone.n == params.n && second == defects);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	/* a block of just this size, so that ASan sees a read past the end */
	char *copy = malloc(size > 1 ? size - 1 : 1);
	struct span in;

	must(copy != NULL);
	in = span_from(copy, size > 0 ? size - 1 : 0);
	if (in.n > 0)
		memcpy(copy, data + 1, in.n);
	switch (size > 0 ? data[0] % 8 : 0) {
	case 0:
		try_base64(a, in);
		break;
	case 1:
		try_qp(a, in);
		break;
	case 2:
		try_blocks(a, in, codec_find_uu);
		break;
	case 3:
		try_blocks(a, in, codec_find_yenc);
		break;
	case 4:
	case 5:
		try_charset(a, in);
		break;
	case 6:
		try_words(a, in);
		break;
	default:
		try_params(a, in);
	}
	arena_free(a);
	free(copy);
	return 0;
}
