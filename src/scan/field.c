/*
 * Values of header fields that stay within their field, whatever stands in them.
 *
 * DESIGN: two passes. The first escapes and leaves LF only where a fold is meant: before a blank, with
 * something else than blanks behind it. The second breaks lines, and only where there is a blank already,
 * so that unfolding gives the value back; words longer than a line may be are the exception.
 */
#include "scan/headers.h"

#include <string.h>

enum { NAME_MOST = 100, MAILBOX_MOST = 320, BLANKS_MOST = 40 };

bool scan_is_field_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
			return false;
	/* one that begins with a dash can be taken for a boundary between parts */
	return name.n > 0 && name.n <= NAME_MOST && name.p[0] != '-';
}

bool scan_is_mailbox(struct span address)
{
	bool quoted = false;

	if (address.n == 0 || address.n > MAILBOX_MOST || !span_is_utf8(address))
		return false;
	for (size_t i = 0; i < address.n; i++) {
		char c = address.p[i];

		if (((unsigned char)c < ' ' || c == 0x7f) ||
			(!quoted && (c == ' ' || c == '<' || c == '>' || c == ',')))
			return false;
		if (c == '\\' && quoted)
			i++;
		else if (c == '"')
			quoted = !quoted;
		if (i < address.n && (unsigned char)address.p[i] < ' ')
			return false;
	}
	return !quoted;
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

void scan_print_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (is_printable(text.p[i]))
			buf_add_byte(out, text.p[i]);
		else
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i]);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The bytes of the line end at the front when a blank follows it, else 0. */
static size_t fold_size(struct span text)
{
	size_t n = span_starts(text, SPAN("\r\n")) ? 2 : span_starts(text, SPAN("\n")) ? 1 : 0;

	return n > 0 && n < text.n && is_blank(text.p[n]) ? n : 0;
}

/*
 * Takes blanks and folds off the front and says what stands for them: one LF at most. Runs of blanks are
 * cut: a line of nothing but blanks must not come about.
 */
static void take_gap(struct span *rest, struct buf *out)
{
	char blanks[BLANKS_MOST];
	size_t n = 0;
	bool folded = false;

	while (rest->n > 0) {
		size_t fold = fold_size(*rest);

		if (fold > 0) {
			folded = true;
			n = 0;
		} else if (!is_blank(*rest->p)) {
			break;
		} else if (n < BLANKS_MOST) {
			blanks[n++] = *rest->p;
		}
		*rest = span_from_offset(*rest, fold > 0 ? fold : 1);
	}
	if (rest->n == 0 || out->n == 0)
		return;
	if (folded)
		buf_add_byte(out, '\n');
	for (size_t i = 0; i < n; i++)
		buf_add_byte(out, i == 0 && folded ? blanks[i] : ' ');
}

static struct span escape_value(struct arena *a, struct span value)
{
	struct span rest = span_slice(value, 0, SCAN_FIELD_MOST);
	struct buf out;

	buf_init(&out, a, 4 * SCAN_FIELD_MOST);
	while (rest.n > 0) {
		take_gap(&rest, &out);
		if (rest.n == 0)
			break;
		scan_print_escaped(&out, span_slice(rest, 0, 1));
		rest = span_from_offset(rest, 1);
	}
	return buf_span(&out);
}

/* A word with the blanks before it; `column` is where it starts. Words over a whole line are cut. */
static size_t print_word(struct buf *out, struct span word, size_t column)
{
	while (column + word.n > SCAN_LINE_MOST) {
		size_t n = SCAN_LINE_MOST - column;

		buf_add(out, span_slice(word, 0, n));
		buf_add_string(out, "\n ");
		word = span_from_offset(word, n);
		column = 1;
	}
	buf_add(out, word);
	return column + word.n;
}

/* The next word with the blanks before it. */
static struct span take_word(struct span *line)
{
	struct span word;
	size_t n = 0;

	while (n < line->n && is_blank(line->p[n]))
		n++;
	while (n < line->n && !is_blank(line->p[n]))
		n++;
	word = span_slice(*line, 0, n);
	*line = span_from_offset(*line, n);
	return word;
}

/* `column` of the line's start; a line that fits stays as it is. */
static void fold_line(struct buf *out, struct span line, size_t column, bool keep)
{
	size_t most = keep ? SCAN_LINE_MOST : SCAN_LINE_NICE;
	bool first = true;

	if (column + line.n <= most) {
		buf_add(out, line);
		return;
	}
	while (line.n > 0) {
		struct span word = take_word(&line);

		/* never a fold before the first word: some programs take such a field for empty */
		if (!first && column + word.n > most) {
			buf_add_byte(out, '\n');
			column = 0;
		}
		column = print_word(out, word, column);
		first = false;
	}
}

/* At a line's end when there is one in the last quarter, else where it is. */
static struct span cut_value(struct span value)
{
	struct span kept = span_slice(value, 0, SCAN_FIELD_MOST);
	size_t end = span_find_last_byte(kept, '\n');

	if (kept.n == value.n)
		return value;
	if (end < kept.n && end > SCAN_FIELD_MOST / 4 * 3)
		kept.n = end;
	return span_trim_end(kept);
}

struct span scan_fold_value(struct arena *a, struct span name, struct span value, bool keep)
{
	struct span rest = escape_value(a, value), line;
	size_t column = name.n + 2;
	struct buf out;

	/* a fold is a byte more in 37 at the most */
	buf_init(&out, a, 5 * SCAN_FIELD_MOST);
	for (bool first = true; span_next(&rest, '\n', &line); first = false) {
		if (!first)
			buf_add_byte(&out, '\n');
		fold_line(&out, line, column, keep);
		column = 0;
	}
	return cut_value(buf_span(&out));
}
