/* Quoted-printable (RFC 2045 section 6.7). */
#include "codec/codec.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim_blanks_end(struct span line)
{
	while (line.n > 0 && is_blank(line.p[line.n - 1]))
		line.n--;
	return line;
}

/*
 * Takes a line off `rest` and gives its text and its line end apart; at the end there may be none.
 * `newline` is the byte that ends lines.
 */
static struct span take_line(struct span *rest, char newline, struct span *ending)
{
	size_t at = span_find_byte(*rest, newline);
	struct span line = span_from(rest->p, at);

	*ending = span_from(rest->p + at, at < rest->n ? 1 : 0);
	*rest = span_from_offset(*rest, at + 1);
	if (newline == '\n' && ending->n > 0 && line.n > 0 && line.p[line.n - 1] == '\r') {
		line.n--;
		ending->p--;
		ending->n++;
	}
	return line;
}

/* False when the decoded text is the text itself. */
static bool needs_decoding(struct span in, char newline)
{
	if (span_has_byte(in, '='))
		return true;
	while (in.n > 0) {
		struct span ending, line = take_line(&in, newline, &ending);

		if (ending.n > 0 && line.n > 0 && is_blank(line.p[line.n - 1]))
			return true;
	}
	return false;
}

/* byte_hex_value, but inlined: text that is not English has little else */
static inline int hex_value(char c)
{
	unsigned digit = (unsigned char)c - '0', letter = (unsigned char)(c | 0x20) - 'a';

	return digit < 10 ? (int)digit : letter < 6 ? (int)letter + 10 : -1;
}

static char *add(char *out, struct span text)
{
	if (text.n > 0)
		memcpy(out, text.p, text.n);
	return out + text.n;
}

/* The text of one line; returns where the output now ends. */
static char *decode_escapes(char *out, struct span text, unsigned *defects)
{
	const char *p = text.p, *end = text.p + text.n;

	while (p < end) {
		const char *escape = memchr(p, '=', (size_t)(end - p));

		if (escape == NULL)
			return add(out, span_from(p, (size_t)(end - p)));
		out = add(out, span_from(p, (size_t)(escape - p)));
		for (p = escape; p < end && *p == '='; p += 3) {
			int high = end - p > 2 ? hex_value(p[1]) : -1;
			int low = end - p > 2 ? hex_value(p[2]) : -1;

			if (high < 0 || low < 0) {
				*defects |= CODEC_QP_INVALID;
				*out++ = *p++;
				break;
			}
			*out++ = (char)(high << 4 | low);
		}
	}
	return out;
}

struct span codec_decode_qp(struct arena *a, struct span in, unsigned *defects)
{
	/* a text without any LF comes from where CR alone ends lines */
	char newline = span_has_byte(in, '\n') ? '\n' : '\r';
	char *out, *start;

	if (!span_is_ascii(in))
		*defects |= CODEC_QP_8BIT;
	if (!needs_decoding(in, newline))
		return in;
	out = start = arena_alloc_raw(a, in.n);
	while (in.n > 0) {
		struct span ending, line = take_line(&in, newline, &ending),
				    trimmed = trim_blanks_end(line);

		if (trimmed.n > 0 && trimmed.p[trimmed.n - 1] == '=') {
			trimmed.n--;
			out = decode_escapes(out, trimmed, defects);
			continue;
		}
		out = decode_escapes(out, ending.n > 0 ? trimmed : line, defects);
		out = add(out, ending);
	}
	return span_from(start, (size_t)(out - start));
}
