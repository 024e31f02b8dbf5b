/*
 * Charsets to UTF-8.
 *
 * DESIGN: charsets of one byte a character are tables here, and the UTFs are decoded here too: that is
 * nearly all mail, it is faster, and a worker that never sees anything else does not load ICU's data. ICU
 * decodes what needs large tables: Chinese, Japanese and Korean.
 */
#include "codec/charset.h"

static const struct {
	struct span (*decode)(struct arena *a, const struct charset *charset, struct span in,
		unsigned *defects);
	const char *escapes; /* ASCII bytes that lead out of ASCII; NULL when there is no ASCII */
} kinds[] = {
	[CHARSET_UTF8] = {charset_decode_utf8, ""},
	[CHARSET_UTF16LE] = {charset_decode_wide, NULL},
	[CHARSET_UTF16BE] = {charset_decode_wide, NULL},
	[CHARSET_UTF32LE] = {charset_decode_wide, NULL},
	[CHARSET_UTF32BE] = {charset_decode_wide, NULL},
	[CHARSET_SINGLE] = {charset_decode_single, ""},
	[CHARSET_ICU] = {charset_decode_icu, ""},
	[CHARSET_ISO2022] = {charset_decode_icu, "\x0e\x0f\x1b"},
	[CHARSET_HZ] = {charset_decode_icu, "~"},
	[CHARSET_UTF7] = {charset_decode_utf7, "+"},
};

bool charset_is_plain(const struct charset *charset, struct span in)
{
	const char *escapes = kinds[charset->kind].escapes;

	if (escapes == NULL || !span_is_ascii(in))
		return false;
	for (; *escapes != '\0'; escapes++)
		if (span_has_byte(in, *escapes))
			return false;
	return true;
}

/* What a mail program does that was told nothing: UTF-8 if it can be, else the charset of Windows. */
static const struct charset *guess(struct span in)
{
	return charset_find(span_is_utf8(in) ? SPAN("utf-8") : SPAN("windows-1252"));
}

static struct span skip_bom(struct span text)
{
	return span_starts(text, SPAN("\xef\xbb\xbf")) ? span_from_offset(text, 3) : text;
}

struct span codec_to_utf8(struct arena *a, struct span charset, struct span in, unsigned *defects)
{
	const struct charset *row = charset_find(charset);

	if (row == NULL && charset.n > 0)
		*defects |= CODEC_CHARSET_UNKNOWN;
	if (row == NULL) {
		row = guess(in);
	} else if (row->kind == CHARSET_ASCII) {
		row = guess(in);
		if (!span_is_ascii(in))
			*defects |= CODEC_CHARSET_INVALID;
	}
	if (charset_is_plain(row, in))
		return in;
	return skip_bom(kinds[row->kind].decode(a, row, in, defects));
}
