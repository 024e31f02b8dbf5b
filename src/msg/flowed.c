/*
 * Lines that were broken for transport alone, joined again: what is shown is the text.
 *
 * DESIGN: a text is copied as it is shown, instead of a table of where lines were joined: nobody asks for places in the
 * text before. Marks of quotes stay, once for each paragraph, since they tell a quote from what the author writes.
 */
#include "msg/inner.h"

/* A line of format=flowed (RFC 3676 section 4). */
struct flowed_line {
	struct span marks; /* of quotes, with the blank behind them */
	size_t depth;      /* of quotes */
	struct span
		text; /* without stuffing, and without the last blank when that is no part of the text */
	bool flows; /* the next line belongs to the same paragraph */
};

static struct flowed_line read_flowed(struct span line, bool delsp)
{
	struct flowed_line out = {.depth = 0};
	size_t behind;

	while (out.depth < line.n && line.p[out.depth] == '>')
		out.depth++;
	behind = out.depth;
	/* section 4.4: one blank is stuffing */
	if (behind < line.n && line.p[behind] == ' ')
		behind++;
	out.marks = span_slice(line, 0, out.depth > 0 ? behind : 0);
	out.text = span_from_offset(line, behind);
	/* section 4.3: what looks flowed there is the line before a signature */
	out.flows = span_ends(out.text, SPAN(" ")) && !span_equal(out.text, SPAN("-- "));
	if (out.flows && delsp)
		out.text.n--;
	return out;
}

static struct span join_flowed(struct arena *a, struct span text, bool delsp)
{
	struct flowed_line before = {.flows = false};
	struct buf out;
	bool is_first = true;

	buf_init(&out, a, text.n);
	for (struct span rest = text, line; span_next_line(&rest, &line); is_first = false) {
		struct flowed_line now = read_flowed(line, delsp);

		/* section 4.5: a paragraph ends where the depth changes, and before a signature */
		if (!before.flows || before.depth != now.depth ||
			span_equal(now.text, SPAN("-- "))) {
			if (!is_first)
				buf_add_byte(&out, '\n');
			buf_add(&out, now.marks);
		}
		buf_add(&out, now.text);
		before = now;
	}
	if (span_ends(text, SPAN("\n")))
		buf_add_byte(&out, '\n');
	return buf_span(&out);
}

static bool has_param(const struct mime_part *part, struct span name, struct span value)
{
	return span_equal_nocase(codec_find_param(&part->type_params, name), value);
}

struct span msg_join_flowed(struct arena *a, const struct mime_part *part, struct span text)
{
	if (!has_param(part, SPAN("format"), SPAN("flowed")))
		return text;
	return join_flowed(a, text, has_param(part, SPAN("delsp"), SPAN("yes")));
}

struct span msg_join_folds(struct arena *a, struct span bytes)
{
	struct buf out;
	bool is_first = true;

	buf_init(&out, a, bytes.n);
	for (struct span rest = bytes, line; span_next_line(&rest, &line); is_first = false) {
		bool folded = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');

		if (!is_first && !folded)
			buf_add_byte(&out, '\n');
		buf_add(&out, !is_first && folded ? span_from_offset(line, 1) : line);
	}
	if (span_ends(bytes, SPAN("\n")))
		buf_add_byte(&out, '\n');
	return buf_span(&out);
}

struct span msg_undo_escapes(struct arena *a, struct span text)
{
	struct buf out;

	if (!span_has_byte(text, '\\'))
		return text;
	buf_init(&out, a, text.n);
	/* raw loop: each byte once */
	for (size_t i = 0; i < text.n; i++) {
		bool escaped = text.p[i] == '\\' && i + 1 < text.n;

		i += escaped;
		buf_add_byte(&out, escaped && byte_lower(text.p[i]) == 'n' ? '\n' : text.p[i]);
	}
	return buf_span(&out);
}
