/*
 * uuencode, the historical algorithm of POSIX.
 *
 * DESIGN: "begin 644 name" may well stand in a letter, so it opens a block only when a whole line of
 * data, or the end, follows it. One broken line within a block is skipped, as unpackers do; the second in
 * a row ends the block before them, so that a block without its end cannot swallow the text behind it.
 */
#include "codec/codec.h"

enum { CHECKSUM_MOST = 2 }; /* letters that some encoders add to a line */

/* Takes a line off `rest` without its line end; false at the end. */
static bool next_line(struct span *rest, struct span *out)
{
	if (rest->n == 0)
		return false;
	(void)span_next_line(rest, out);
	if (rest->p == NULL)
		*rest = span_from(out->p + out->n, 0);
	if (span_ends(*out, SPAN("\r")))
		out->n--;
	return true;
}

static bool is_letter(char c)
{
	return c >= 0x20 && c <= 0x60;
}

/* Zero is written as a space or, where spaces get lost, as a backquote. */
static unsigned letter_value(char c)
{
	return (unsigned)(c - 0x20) & 63;
}

static size_t letters_for(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* How many bytes a line of data says that it holds; -1 for another line. Spaces at its end may be lost. */
static int line_length(struct span line)
{
	unsigned n;

	if (line.n == 0 || !is_letter(line.p[0]))
		return -1;
	n = letter_value(line.p[0]);
	if (line.n - 1 > letters_for(n) + CHECKSUM_MOST)
		return -1;
	for (size_t i = 1; i < line.n; i++)
		if (!is_letter(line.p[i]))
			return -1;
	return (int)n;
}

static bool is_end(struct span line)
{
	return span_equal(span_trim_end(line), SPAN("end"));
}

/* What may follow "begin": a complete line, an empty file, or its end. */
static bool opens_block(struct span line)
{
	int n = line_length(line);

	return is_end(line) || (n >= 0 && line.n - 1 >= letters_for((size_t)n));
}

static const struct span begin = SPAN_INIT("begin ");

/* The file name of "begin MODE NAME"; false when the line only begins so. */
static bool read_begin(struct span line, struct span *name)
{
	size_t digits = 0;

	line = span_trim_start(span_from_offset(line, begin.n));
	while (digits < line.n && line.p[digits] >= '0' && line.p[digits] <= '7')
		digits++;
	if (digits < 3 || digits > 6 || digits == line.n || line.p[digits] != ' ')
		return false;
	*name = span_trim(span_from_offset(line, digits));
	return name->n > 0;
}

/* `n` bytes; letters that are missing count as spaces. */
static void add_line(struct buf *out, struct span line, size_t n)
{
	char *p;

	if (n == 0)
		return;
	p = buf_reserve(out, n);
	must(p != NULL);
	line = span_from_offset(line, 1);
	for (size_t i = 0; i < n; i++) {
		size_t at = i / 3 * 4 + i % 3;
		unsigned high = at < line.n ? letter_value(line.p[at]) : 0;
		unsigned low = at + 1 < line.n ? letter_value(line.p[at + 1]) : 0;

		p[i] = (char)((high << 6 | low) >> (4 - 2 * (i % 3)));
	}
	buf_advance(out, n);
}

/* Decodes the lines up to the end of the block; what is left of the text starts behind it. */
static struct span read_lines(struct span text, struct buf *out, unsigned *defects)
{
	const char *start = text.p;
	struct span rest = text, line;
	unsigned broken = 0; /* lines in a row */
	bool last = false;

	while (broken < 2 && next_line(&rest, &line)) {
		int n = line_length(line);

		if (is_end(line))
			return rest;
		/* short lines may not make more of the block than it is */
		if (n < 0 || last || out->n + (size_t)n > (size_t)(rest.p - start)) {
			broken++;
			*defects |= CODEC_UU_INVALID;
			continue;
		}
		if (line.n - 1 < letters_for((size_t)n))
			*defects |= CODEC_UU_INVALID;
		add_line(out, line, (size_t)n);
		last = n == 0;
		broken = 0;
		text = rest;
	}
	*defects |= CODEC_UU_INVALID;
	return text;
}

/* True when a block starts with the next line; `rest` then goes on behind that line. */
static bool open_block(struct span *rest, struct span *name)
{
	struct span behind = *rest, line, peek, next;

	if (!span_starts(behind, begin) || !next_line(&behind, &line))
		return false;
	peek = behind;
	if (!read_begin(line, name) || !next_line(&peek, &next) || !opens_block(next))
		return false;
	*rest = behind;
	return true;
}

bool codec_find_uu(struct arena *a, struct span text, size_t from, struct codec_block *out,
	unsigned *defects)
{
	struct span rest = span_from_offset(text, from);
	struct buf data;

	if (from > 0 && from < text.n && text.p[from - 1] != '\n')
		rest = span_from_offset(rest, span_find_byte(rest, '\n') + 1);
	for (;;) {
		out->start = (size_t)(rest.p - text.p);
		if (rest.n == 0)
			return false;
		if (open_block(&rest, &out->name))
			break;
		rest = span_from_offset(rest, span_find_byte(rest, '\n') + 1);
	}
	buf_init(&data, a, rest.n);
	rest = read_lines(rest, &data, defects);
	out->end = (size_t)(rest.p - text.p);
	out->data = buf_span(&data);
	return true;
}
