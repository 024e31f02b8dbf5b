/* charset: the rows behind codec_to_utf8, inside of the room. */
#ifndef CODEC_CHARSET_H
#define CODEC_CHARSET_H

#include "codec/codec.h"

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_ASCII,
	CHARSET_UTF16LE,
	CHARSET_UTF16BE,
	CHARSET_UTF32LE,
	CHARSET_UTF32BE,
	CHARSET_SINGLE,
	CHARSET_ICU,
	CHARSET_ISO2022,
	CHARSET_HZ,
	CHARSET_UTF7
};

/* A row of charsets.def. */
struct charset {
	const char *name;
	enum charset_kind kind;
	const char *detail;
};

/* The charset of a label as it stands in a message, or NULL. */
const struct charset *charset_find(struct span label);
/* True when the bytes are ASCII and mean it in this charset: no escapes that lead elsewhere. */
bool charset_is_plain(const struct charset *charset, struct span in);

/*
 * Each makes UTF-8 of bytes that are not plain, a BOM included, with U+FFFD for what is invalid, which
 * is said in `*defects`; the result may be the input.
 */
struct span charset_decode_utf8(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects);
struct span charset_decode_wide(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects);
struct span charset_decode_utf7(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects);
struct span charset_decode_single(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects);
struct span charset_decode_icu(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects);

#endif
