/*
 * Canonical forms of headers and bodies (RFC 6376 section 3.4).
 *
 * DESIGN: a body is canonicalised as it comes, piece by piece, into a small buffer that goes to the hash when it is
 * full: nothing is kept of it but how many empty lines and blanks wait for text behind them. A line ends with CRLF
 * or LF, for files have lost their CRs. A lone CR is a byte of the line: so it is to the signers that are met
 * (they look for CRLF), and to servers that pass it on as it came; a server that makes a line end of it breaks the
 * signature, and nothing here could mend that.
 */
#include "auth/dkim_inner.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- out ---- */

void auth_canon_flush(struct auth_canon_out *out)
{
	if (out->n > 0)
		out->take(out->ctx, span_from(out->buffer, out->n));
	out->n = 0;
}

static void put(struct auth_canon_out *out, struct span bytes)
{
	if (bytes.n > sizeof(out->buffer) - out->n)
		auth_canon_flush(out);
	if (bytes.n > sizeof(out->buffer)) {
		out->take(out->ctx, bytes);
		return;
	}
	if (bytes.n > 0)
		memcpy(out->buffer + out->n, bytes.p, bytes.n);
	out->n += bytes.n;
}

static void put_byte(struct auth_canon_out *out, char c)
{
	if (out->n == sizeof(out->buffer))
		auth_canon_flush(out);
	out->buffer[out->n++] = c;
}

void auth_canon_end_line(struct auth_canon_out *out)
{
	put(out, SPAN("\r\n"));
}

/* ---- header fields ---- */

/* As it is, with CRLF where the message has LF. */
static void put_simple(struct auth_canon_out *out, struct span text)
{
	for (struct span line; span_next_line(&text, &line);) {
		put(out, line);
		if (text.n > 0)
			auth_canon_end_line(out);
	}
}

/*
 * The value: unfolded, one space for blanks, none at the ends. A line end without a blank behind it is no fold: it
 * stays, so that nobody can put one where there was none. raw loop: `blank` waits for text over pieces.
 */
static void put_relaxed(struct auth_canon_out *out, struct span text, bool *begun, bool *blank)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\r' && i + 1 < text.n && text.p[i + 1] == '\n')
			continue;
		if (c == '\n' && i + 1 < text.n && is_blank(text.p[i + 1]))
			continue;
		if (is_blank(c)) {
			*blank = *begun;
			continue;
		}
		if (*blank)
			put_byte(out, ' ');
		put_byte(out, c);
		*begun = true;
		*blank = false;
	}
}

void auth_canon_header(struct auth_canon_out *out, enum auth_canon canon,
	const struct mime_header *field, struct span cut)
{
	struct span line = field->line, rest = {0};
	bool begun = false, blank = false;

	if (cut.n > 0) {
		size_t start = (size_t)(cut.p - line.p);

		rest = span_from_offset(line, start + cut.n);
		line = span_slice(line, 0, start);
	}
	if (canon == AUTH_SIMPLE) {
		put_simple(out, line);
		put_simple(out, rest);
		return;
	}
	for (size_t i = 0; i < field->name.n; i++)
		put_byte(out, byte_lower(field->name.p[i]));
	put_byte(out, ':');
	line = span_from_offset(line, field->name.n);
	line = span_from_offset(line, span_find_byte(line, ':') + 1);
	put_relaxed(out, line, &begun, &blank);
	put_relaxed(out, rest, &begun, &blank);
}

/* ---- bodies ---- */

void auth_canon_begin_body(struct auth_canon_body *b, struct auth_canon_out *out,
	enum auth_canon canon)
{
	*b = (struct auth_canon_body){.out = out, .canon = canon};
}

/* Text comes: the empty lines before it count. */
static void begin_text(struct auth_canon_body *b)
{
	for (; b->empty_lines > 0; b->empty_lines--)
		auth_canon_end_line(b->out);
	b->has_text = true;
	b->is_written = true;
}

/*
 * Text behind which no blank waits, into the buffer as far as there is room: returns how much. A run of blanks becomes
 * its first byte, a space, which waits where it ends the text. raw loop: each byte of a body; without branches, for
 * words are short.
 */
static size_t squeeze(struct auth_canon_body *b, struct span text)
{
	struct auth_canon_out *out = b->out;
	size_t n = num_min(text.n, sizeof(out->buffer) - out->n);
	char *to = out->buffer + out->n;
	unsigned before = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned blank = (unsigned)is_blank(text.p[i]);

		*to = blank ? ' ' : text.p[i];
		to += 1 - (before & blank);
		before = blank;
	}
	b->has_blank = before != 0;
	out->n = (size_t)(to - out->buffer) - before;
	return n;
}

static void add_relaxed(struct auth_canon_body *b, struct span text)
{
	while (text.n > 0) {
		while (text.n > 0 && is_blank(text.p[0])) {
			b->has_blank = true;
			text = span_from_offset(text, 1);
		}
		if (text.n == 0)
			return;
		if (!b->has_text)
			begin_text(b);
		if (b->has_blank)
			put_byte(b->out, ' ');
		if (b->out->n == sizeof(b->out->buffer))
			auth_canon_flush(b->out);
		text = span_from_offset(text, squeeze(b, text));
	}
}

static void add_text(struct auth_canon_body *b, struct span text)
{
	if (text.n == 0)
		return;
	if (b->canon == AUTH_RELAXED) {
		add_relaxed(b, text);
		return;
	}
	if (!b->has_text)
		begin_text(b);
	put(b->out, text);
}

static void end_line(struct auth_canon_body *b)
{
	if (b->has_text)
		auth_canon_end_line(b->out);
	else
		b->empty_lines++;
	b->has_text = false;
	b->has_blank = false;
}

void auth_canon_add_body(struct auth_canon_body *b, struct span piece)
{
	if (piece.n > 0 && b->has_cr && piece.p[0] != '\n')
		add_text(b, SPAN("\r"));
	if (piece.n > 0)
		b->has_cr = false;
	while (piece.n > 0) {
		size_t end = span_find_byte(piece, '\n');
		struct span line = span_slice(piece, 0, end);
		bool has_cr = line.n > 0 && line.p[line.n - 1] == '\r';

		if (has_cr)
			line.n--;
		add_text(b, line);
		if (end == piece.n) {
			b->has_cr = has_cr;
			return;
		}
		end_line(b);
		piece = span_from_offset(piece, end + 1);
	}
}

void auth_canon_end_body(struct auth_canon_body *b)
{
	if (b->has_cr)
		add_text(b, SPAN("\r"));
	if (b->has_text)
		end_line(b);
	/* an empty body is an empty line to simple, and nothing to relaxed */
	if (!b->is_written && b->canon == AUTH_SIMPLE)
		auth_canon_end_line(b->out);
	auth_canon_flush(b->out);
}
