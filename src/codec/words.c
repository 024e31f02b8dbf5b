/*
 * Encoded words in headers (RFC 2047), as they are and as they ought to be.
 *
 * DESIGN: the value is unfolded first, then one pass cuts it into raw text and words. Neighbouring words
 * of one charset and encoding are joined as bytes in `run` before they are converted, because senders cut
 * characters in two. A word without its end stops at the next word or blank, and the search for the end
 * stops at the next word too, so that no two searches go over the same bytes and the pass is linear.
 */
#include "codec/codec.h"

#include <string.h>

enum { CHARSET_MOST = 80 }; /* bytes between =? and ?, language and blanks included */

struct word {
	struct span charset; /* without language */
	char encoding;       /* 'b' or 'q' */
	struct span text;
	size_t end; /* offset behind the word */
	bool broken;
};

struct decoder {
	struct arena *arena;
	struct codec_words *words;
	unsigned *defects;
	struct buf out;
	struct buf run;          /* bytes of the words that are not converted yet */
	struct span run_charset; /* null when no word is open */
	char run_encoding;
	bool quoted; /* within a quoted string */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(struct span in, size_t at)
{
	while (at < in.n && is_blank(in.p[at]))
		at++;
	return at;
}

/* The offset behind `?` with blanks before it, or 0 when there is none at `at`. */
static size_t skip_question(struct span in, size_t at)
{
	at = skip_blanks(in, at);
	return at < in.n && in.p[at] == '?' ? at + 1 : 0;
}

/* `=?charset*language?B?` at `at`; returns the offset behind it, or 0. */
static size_t read_start(struct span in, size_t at, struct word *out)
{
	struct span rest = span_slice(in, at, 2 + CHARSET_MOST + 1), charset;
	size_t n;

	if (!span_starts(rest, SPAN("=?")))
		return 0;
	rest = span_from_offset(rest, 2);
	n = span_find_byte(rest, '?');
	if (n == rest.n)
		return 0;
	charset = span_trim(span_slice(rest, 0, n));
	for (size_t i = 0; i < charset.n; i++)
		if (is_blank(charset.p[i]))
			return 0;
	at = skip_blanks(in, at + 2 + n + 1);
	if (at == in.n)
		return 0;
	out->charset = span_slice(charset, 0, span_find_byte(charset, '*'));
	out->encoding = byte_lower(in.p[at]);
	out->broken = charset.n == 0;
	if (out->encoding != 'b' && out->encoding != 'q')
		return 0;
	return skip_question(in, at + 1);
}

/*
 * The offset of the `?=` that ends the text at `at`; or, with false, of the next word or the end of the
 * value, whichever is first.
 */
static bool find_end(struct span in, size_t at, size_t *out)
{
	struct word next;
	size_t i = at;

	while ((i += span_find_byte(span_from_offset(in, i), '?')) < in.n) {
		*out = i;
		if (span_starts(span_from_offset(in, i), SPAN("?=")))
			return true;
		*out = i - 1;
		if (i > at && read_start(in, i - 1, &next) != 0)
			return false;
		i++;
	}
	*out = in.n;
	return false;
}

/* The text of the word whose start ends at `at`. Without its end it goes to the next blank. */
static void read_text(struct span in, size_t at, struct word *w)
{
	size_t end;

	if (find_end(in, at, &end)) {
		w->text = span_slice(in, at, end - at);
		w->end = end + 2;
		return;
	}
	for (w->end = at; w->end < end && !is_blank(in.p[w->end]);)
		w->end++;
	w->text = span_slice(in, at, w->end - at);
	w->broken = true;
}

/* The next word at or after `at`, and where it starts. */
static bool find_word(struct span in, size_t at, size_t *start, struct word *out)
{
	for (; (at += span_find_byte(span_from_offset(in, at), '=')) < in.n; at++) {
		size_t behind = read_start(in, at, out);

		if (behind == 0)
			continue;
		read_text(in, behind, out);
		*start = at;
		return true;
	}
	return false;
}

/* Converts the joined words and writes them. */
static void end_run(struct decoder *d)
{
	if (span_is_null(d->run_charset))
		return;
	buf_add(&d->out, codec_to_utf8(d->arena, d->run_charset, buf_span(&d->run), d->defects));
	buf_clear(&d->run);
	d->run_charset = span_of(NULL);
}

/* Text outside of words as UTF-8. */
static struct span read_raw(struct decoder *d, struct span raw)
{
	unsigned ignored = 0;

	if (span_is_ascii(raw))
		return raw;
	d->words->raw_8bit = true;
	if (!span_is_utf8(raw))
		*d->defects |= CODEC_HEADER_8BIT;
	return codec_to_utf8(d->arena, SPAN(""), raw, &ignored);
}

static void add_raw(struct decoder *d, struct span raw)
{
	end_run(d);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\')
			i++;
		else if (raw.p[i] == '"')
			d->quoted = !d->quoted;
	}
	buf_add(&d->out, read_raw(d, raw));
}

/* RFC 2047 section 4.2: `_` is a space, and neither blanks nor 8-bit bytes may stand in it. */
static void decode_q(struct buf *out, struct span text, bool *broken)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int high = c == '=' && i + 2 < text.n ? byte_hex_value(text.p[i + 1]) : -1;
		int low = high >= 0 ? byte_hex_value(text.p[i + 2]) : -1;

		if (low >= 0) {
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '_') {
			c = ' ';
		} else if (c == '=' || is_blank(c) || (c & 0x80) != 0) {
			*broken = true;
		}
		buf_add_byte(out, c);
	}
}

static void decode_text(struct decoder *d, struct word *w)
{
	unsigned defects = 0;

	if (w->encoding == 'q') {
		d->words->qp++;
		decode_q(&d->run, w->text, &w->broken);
		return;
	}
	d->words->base64++;
	buf_add(&d->run, codec_decode_base64(d->arena, w->text, &defects));
	if (defects != 0)
		w->broken = true;
}

/* True when the bytes from `at` on go on with a UTF-8 character that began before. */
static bool splits_character(struct span run, size_t at)
{
	return at > 0 && at < run.n && (run.p[at - 1] & 0x80) != 0 && (run.p[at] & 0xc0) == 0x80;
}

static void add_word(struct decoder *d, struct word *w)
{
	size_t before;

	if (w->encoding != d->run_encoding || !span_equal_nocase(w->charset, d->run_charset))
		end_run(d);
	d->run_charset = w->charset;
	d->run_encoding = w->encoding;
	before = d->run.n;
	decode_text(d, w);
	if (splits_character(buf_span(&d->run), before) &&
		span_equal(codec_find_charset(w->charset), SPAN("utf-8")))
		*d->defects |= CODEC_WORD_SPLIT;
	if (d->quoted)
		*d->defects |= CODEC_WORD_IN_QUOTES;
	if (w->broken)
		*d->defects |= CODEC_WORD_INVALID;
}

/* RFC 2047 section 5: only blanks, parentheses and the like may touch a word. */
static bool is_glue(struct span in, size_t at)
{
	return at < in.n && (byte_is_alnum(in.p[at]) || in.p[at] == '=' || (in.p[at] & 0x80) != 0);
}

static void decode_words(struct decoder *d, struct span in)
{
	struct word w;
	size_t at = 0, start;

	for (; find_word(in, at, &start, &w); at = w.end) {
		struct span raw = span_slice(in, at, start - at);

		/* blanks between two words are no text */
		if (span_is_null(d->run_charset) || span_trim(raw).n > 0)
			add_raw(d, raw);
		if (is_glue(in, w.end) || (start > at && is_glue(in, start - 1)))
			w.broken = true;
		add_word(d, &w);
	}
	add_raw(d, span_from_offset(in, at));
}

/* Without the line ends that a blank follows (RFC 5322 section 2.2.3). */
static struct span unfold(struct arena *a, struct span in)
{
	char *out;
	size_t n = 0;

	if (!span_has_byte(in, '\r') && !span_has_byte(in, '\n'))
		return in;
	out = arena_alloc_raw(a, in.n);
	for (size_t i = 0; i < in.n; i++) {
		bool crlf = in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n';
		size_t behind = crlf ? i + 2 : i + 1;

		if ((in.p[i] == '\r' || in.p[i] == '\n') && behind < in.n &&
			(in.p[behind] == ' ' || in.p[behind] == '\t'))
			i = behind;
		out[n++] = in.p[i];
	}
	return span_from(out, n);
}

void codec_decode_words(struct arena *a, struct span in, struct codec_words *out, unsigned *defects)
{
	struct decoder d = {.arena = a, .words = out, .defects = defects};

	*out = (struct codec_words){.text = unfold(a, in)};
	in = out->text;
	if (!codec_has_words(in)) {
		out->text = read_raw(&d, in);
		return;
	}
	buf_init(&d.out, a, 3 * in.n);
	buf_init(&d.run, a, in.n);
	decode_words(&d, in);
	out->text = buf_span(&d.out);
}

bool codec_has_words(struct span in)
{
	struct word w;
	size_t start;

	return find_word(in, 0, &start, &w);
}
