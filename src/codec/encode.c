/*
 * Encoded words made (RFC 2047): text that is not ASCII, for the value of an unstructured header field.
 *
 * DESIGN: Q, which people can read in a log, as long as it is not half as long again as B; one encoding for
 * the whole text. A word never cuts a character in two (RFC 2047 section 5), so each can be read alone.
 */
#include "codec/codec.h"

enum {
	WORD_MOST = 75, /* characters of a word: RFC 2047 section 2 */
	FRAME = 12,     /* of them around the text: =?UTF-8?Q? and ?= */
	TEXT_MOST = WORD_MOST - FRAME,
};

/* Bytes of the UTF-8 character at the front; the text is valid. */
static size_t character_size(struct span text)
{
	unsigned char c = (unsigned char)*text.p;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* What stands for itself in Q wherever the word is (RFC 2047 section 5 (3)). */
static bool is_plain(char c)
{
	return byte_is_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

/* Characters that the bytes take in Q; a blank is written as `_`. */
static size_t q_size(struct span bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i++)
		n += is_plain(bytes.p[i]) || bytes.p[i] == ' ' ? 1 : 3;
	return n;
}

static size_t base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

static void print_q(struct buf *out, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] == ' ')
			buf_add_byte(out, '_');
		else if (is_plain(bytes.p[i]))
			buf_add_byte(out, bytes.p[i]);
		else
			buf_printf(out, "=%02X", (unsigned char)bytes.p[i]);
	}
}

static void print_base64(struct buf *out, struct span bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = num_min(bytes.n - i, 3);
		unsigned group = 0;

		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < left ? (unsigned char)bytes.p[i + k] : 0);
		for (unsigned k = 0; k < 4; k++)
			buf_add_byte(out, k > left ? '=' : digits[group >> (18 - 6 * k) & 63]);
	}
}

/* As many characters as one word holds. */
static struct span take_word(struct span text, bool q)
{
	size_t n = 0;

	while (n < text.n) {
		size_t next = n + character_size(span_from_offset(text, n));
		struct span taken = span_slice(text, 0, next);

		if ((q ? q_size(taken) : base64_size(taken.n)) > TEXT_MOST)
			break;
		n = next;
	}
	return span_slice(text, 0, n);
}

struct span codec_encode_words(struct arena *a, struct span text)
{
	bool q = 2 * q_size(text) <= 3 * base64_size(text.n);
	struct buf out;

	must(span_is_utf8(text));
	/* a word of four-byte characters in Q holds five of them: 20 bytes become 76 */
	buf_init(&out, a, 8 * text.n + WORD_MOST + 1);
	while (text.n > 0) {
		struct span word = take_word(text, q);

		if (out.n > 0)
			buf_add_byte(&out, ' ');
		buf_add_string(&out, q ? "=?UTF-8?Q?" : "=?UTF-8?B?");
		(q ? print_q : print_base64)(&out, word);
		buf_add_string(&out, "?=");
		text = span_from_offset(text, word.n);
	}
	must(!out.full);
	return buf_span(&out);
}
