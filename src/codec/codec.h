/*
 * codec: the encodings that mail wraps its bytes in, undone: base64, quoted-printable, uuencode, yEnc,
 * encoded words (RFC 2047), parameters (RFC 2231) and charsets.
 *
 * Nothing here fails. What is broken is decoded as mail programs would, and each oddity is a bit in
 * `*defects`, which is added to and never cleared. Work is linear in the input, and so is the memory that
 * is taken (at most 32 times the input, for headers made of nothing but tiny parameters). Decoded bytes
 * are never more than the input; UTF-8 made from a charset is at most three times its input plus a little.
 *
 *	unsigned defects = 0;
 *	struct span bytes = codec_decode_base64(a, body, &defects);
 *	struct span text = codec_to_utf8(a, SPAN("koi8-r"), bytes, &defects);
 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include "base/base.h"

/* DEFECT(constant, name for people and dumps, meaning): bits of `defects`, in this order. */
#define CODEC_DEFECTS(DEFECT)                                                                      \
	DEFECT(BASE64_GARBAGE, "base64-garbage", "bytes that are not of the base64 alphabet")      \
	DEFECT(BASE64_TRUNCATED, "base64-truncated", "base64 ends within a group")                 \
	DEFECT(BASE64_AFTER_PADDING, "base64-after-padding", "base64 goes on after its padding")   \
	DEFECT(QP_INVALID, "qp-invalid", "an = that is no quoted-printable escape")                \
	DEFECT(QP_8BIT, "qp-8bit", "8-bit bytes in quoted-printable")                              \
	DEFECT(UU_INVALID, "uu-invalid", "broken lines or a missing end in uuencode")              \
	DEFECT(YENC_INVALID, "yenc-invalid", "wrong size, checksum or missing end in yEnc")        \
	DEFECT(WORD_INVALID, "encoded-word-invalid", "a broken encoded word (RFC 2047)")           \
	DEFECT(WORD_SPLIT, "encoded-word-split", "a character split over two encoded words")       \
	DEFECT(WORD_IN_QUOTES, "encoded-word-quoted", "an encoded word within quotes")             \
	DEFECT(HEADER_8BIT, "header-8bit", "8-bit bytes in a header that are not UTF-8")           \
	DEFECT(PARAM_INVALID, "param-invalid", "a parameter that cannot be parsed")                \
	DEFECT(PARAM_DUPLICATE, "param-duplicate", "the same parameter twice with other values")   \
	DEFECT(PARAM_ENCODED_WORD, "param-encoded-word", "an encoded word as a parameter value")   \
	DEFECT(CHARSET_UNKNOWN, "charset-unknown", "a charset that nobody knows")                  \
	DEFECT(CHARSET_INVALID, "charset-invalid", "bytes that are not valid in their charset")

enum codec_defect {
#define DEFECT(constant, name, meaning) CODEC_BIT_##constant,
	CODEC_DEFECTS(DEFECT)
#undef DEFECT
		CODEC_DEFECT_COUNT
};

/* CODEC_BASE64_GARBAGE, ...: the bits. */
enum {
#define DEFECT(constant, name, meaning) CODEC_##constant = 1u << CODEC_BIT_##constant,
	CODEC_DEFECTS(DEFECT)
#undef DEFECT
};

/*
 * RFC 2045 section 6.8. Bytes outside the alphabet are skipped, line breaks and spaces without a defect.
 * Padding in the middle starts a new group, as in concatenated base64. When nothing had to be skipped
 * but line ends, one pass decodes at full speed.
 */
struct span codec_decode_base64(struct arena *a, struct span in, unsigned *defects);

/*
 * RFC 2045 section 6.7. Soft line breaks and spaces before a line end are dropped; a broken escape stays
 * as it is. When the input holds no `=` and no such spaces, the result points to the input.
 */
struct span codec_decode_qp(struct arena *a, struct span in, unsigned *defects);

/* A block of uuencode or yEnc that stands in a text. */
struct codec_block {
	size_t start;     /* offset of its first line in the text */
	size_t end;       /* offset behind its last line */
	struct span name; /* file name as given */
	struct span data; /* decoded, from the arena */
};

/*
 * The first block at or after `from`; false when there is none. A block needs its whole first line, and
 * one of uuencode a second one that fits. Blocks do not overlap: go on at `end`.
 */
bool codec_find_uu(struct arena *a, struct span text, size_t from, struct codec_block *out,
	unsigned *defects);
bool codec_find_yenc(struct arena *a, struct span text, size_t from, struct codec_block *out,
	unsigned *defects);

/*
 * Any charset to UTF-8, without BOM. Labels are those of mail and web (WHATWG: iso-8859-1 means
 * windows-1252, gb2312 means gb18030, ...), case and punctuation aside. An unknown or empty label is
 * read as UTF-8 when it is valid UTF-8, else as windows-1252, and so is us-ascii when it holds 8-bit
 * bytes (CHARSET_INVALID); the empty label is no defect. A known label whose bytes are invalid gives
 * U+FFFD for them. UTF-7 is known. ASCII and valid UTF-8 are returned without a copy.
 */
struct span codec_to_utf8(struct arena *a, struct span charset, struct span in, unsigned *defects);

/*
 * What the bytes of a text without a label, or with one that cannot be right, are probably written in, by ICU: a name
 * as of codec_find_charset; null when nothing is probable. ASCII and valid UTF-8 are told without ICU. Looks at
 * CODEC_DETECT_MOST bytes from the first one beyond ASCII on; takes about a millisecond. `is_html`: tags do not count.
 */
enum { CODEC_DETECT_MOST = 4 << 10 };
struct span codec_detect_charset(struct arena *a, struct span in, bool is_html);

/*
 * The charset whose byte order mark stands at the start; null without one. The mark of UTF-32 counts when all of the
 * rest can be UTF-32: to browsers, which do not know that (Encoding Standard section 6.1), what begins with FF FE is
 * UTF-16, a NUL behind it or not.
 */
struct span codec_find_mark(struct span in);

/* The canonical lower-case name of a charset label ("windows-1252"), or the null span. */
struct span codec_find_charset(struct span label);

/* How a header value was written, for checks that ask whether the encoding was needed. */
struct codec_words {
	struct span text; /* UTF-8, unfolded; control bytes stay */
	unsigned base64;  /* encoded words with B */
	unsigned qp;      /* encoded words with Q */
	bool raw_8bit;    /* there were 8-bit bytes outside of encoded words */
};

/*
 * Decodes the value of an unstructured header or of a phrase: unfolds (each CRLF before a blank is
 * dropped), decodes encoded words with their common breakages (spaces within, missing end, lower-case
 * q/b, words not separated by blanks, characters split over words of the same charset, RFC 2231
 * language), joins neighbouring ones, and reads raw 8-bit bytes as UTF-8 (RFC 6532, no defect) or
 * windows-1252. Without anything to decode, `text` points to the input.
 */
void codec_decode_words(struct arena *a, struct span in, struct codec_words *out,
	unsigned *defects);
/* True when there is an encoded word to decode. */
bool codec_has_words(struct span in);
/*
 * The other way round: valid UTF-8 as encoded words of at most 75 characters with a blank between them
 * (RFC 2047 section 2), in Q unless B is much shorter. Decoding gives the same text back.
 */
struct span codec_encode_words(struct arena *a, struct span text);

struct codec_param {
	struct span name;  /* lower case, without * and numbers */
	struct span value; /* UTF-8 */
};

enum { CODEC_PARAM_MOST = 64, CODEC_PARAM_BYTES_MOST = 64 << 10 };

/* In order of appearance, each name once (the first wins, as in most mail programs). */
struct codec_params {
	struct codec_param *v;
	size_t n;
};

/*
 * `; name=value; name*0*=utf-8''...` behind the first token of Content-Type or Content-Disposition:
 * quoted strings, comments, continuations in any order, percent escapes with and without charset, blanks
 * around `=`, missing `;`, unclosed quotes, and encoded words as values. Past the caps the rest is
 * dropped with PARAM_INVALID.
 */
void codec_parse_params(struct arena *a, struct span in, struct codec_params *out,
	unsigned *defects);
/* The value of a parameter (name in lower case), or the null span. */
struct span codec_find_param(const struct codec_params *params, struct span name);

/* The name of a defect bit's index, for dumps. */
const char *codec_defect_name(enum codec_defect defect);
const char *codec_defect_meaning(enum codec_defect defect);

#endif
