/*
 * The charsets that ICU decodes.
 *
 * Opening a converter costs as much as decoding kilobytes, so each thread keeps the few that it used
 * last. They are reset before each use: nothing of one text can leak into the next.
 */
#include "codec/charset.h"

#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

enum {
	CACHE_MOST = 8,
	SOURCE_MOST = 512 << 20 /* ICU counts in int32_t, and text grows threefold */
};

struct slot {
	const struct charset *charset;
	UConverter *converter;
	uint64_t used_at;
};

static _Thread_local struct slot cache[CACHE_MOST];
static _Thread_local uint64_t uses;
/* ICU hands a callback's context on as a constant, so what it found out is told here. */
static _Thread_local bool found_invalid;

static void on_invalid(const void *context, UConverterToUnicodeArgs *args, const char *bytes,
	int32_t n, UConverterCallbackReason reason, UErrorCode *error)
{
	static const UChar replacement = 0xfffd;

	if (reason > UCNV_IRREGULAR)
		return; /* reset, closed or cloned */
	found_invalid = true;
	*error = U_ZERO_ERROR;
	ucnv_cbToUWriteUChars(args, &replacement, 1, 0, error);
}

static UConverter *open_converter(const char *name)
{
	UErrorCode error = U_ZERO_ERROR;
	UConverter *converter = ucnv_open(name, &error);

	if (U_FAILURE(error))
		return NULL;
	ucnv_setToUCallBack(converter, on_invalid, NULL, NULL, NULL, &error);
	must(U_SUCCESS(error));
	return converter;
}

/* The one in use longest ago makes place. NULL when this ICU lacks the charset. */
static UConverter *find_converter(const struct charset *charset)
{
	struct slot *oldest = &cache[0];

	for (size_t i = 0; i < CACHE_MOST; i++) {
		if (cache[i].charset == charset) {
			cache[i].used_at = ++uses;
			return cache[i].converter;
		}
		if (cache[i].used_at < oldest->used_at)
			oldest = &cache[i];
	}
	if (oldest->converter != NULL)
		ucnv_close(oldest->converter);
	*oldest = (struct slot){charset, open_converter(charset->detail), ++uses};
	return oldest->converter;
}

/* Room for three bytes of UTF-8 for each byte, and a little for what ICU adds at the end. */
static size_t room_for(size_t n)
{
	return 3 * n + 16;
}

/* Writes to `out`, which has room_for(in.n), and returns where it ends. */
static char *convert(UConverter *converter, struct span in, char *out)
{
	UErrorCode error = U_ZERO_ERROR;
	int32_t n;

	ucnv_reset(converter);
	n = ucnv_toAlgorithmic(UCNV_UTF8, converter, out, (int32_t)room_for(in.n), in.p,
		(int32_t)in.n, &error);
	must(U_SUCCESS(error));
	return out + n;
}

/* Takes the next line with its line end off `rest` and writes it to `out`. */
static char *convert_line(const struct charset *charset, UConverter *converter, struct span *rest,
	char *out)
{
	size_t n = num_min(span_find_byte(*rest, '\n') + 1, rest->n);
	struct span line = span_slice(*rest, 0, n), text = line;

	*rest = span_from_offset(*rest, n);
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (charset_is_plain(charset, text))
		text.n = 0;
	else
		out = convert(converter, text, out);
	memcpy(out, text.p + text.n, line.n - text.n);
	return out + line.n - text.n;
}

/*
 * Charsets that shift between states end each line in ASCII (RFC 1468, 1557, 1843, 1922). ICU does not
 * insist; so that a broken line cannot swallow the text behind it, each line is decoded on its own.
 */
static char *convert_lines(const struct charset *charset, UConverter *converter, struct span in,
	char *out)
{
	while (in.n > 0)
		out = convert_line(charset, converter, &in, out);
	return out;
}

struct span charset_decode_icu(struct arena *a, const struct charset *charset, struct span in,
	unsigned *defects)
{
	bool by_line = charset->kind == CHARSET_ISO2022 || charset->kind == CHARSET_HZ;
	UConverter *converter = in.n > SOURCE_MOST ? NULL : find_converter(charset);
	char *start, *end;

	if (converter == NULL) {
		/* UTF-8 at least keeps the ASCII */
		*defects |= CODEC_CHARSET_UNKNOWN;
		return charset_decode_utf8(a, charset, in, defects);
	}
	start = arena_alloc_raw(a, room_for(in.n));
	found_invalid = false;
	end = by_line ? convert_lines(charset, converter, in, start)
		      : convert(converter, in, start);
	if (found_invalid)
		*defects |= CODEC_CHARSET_INVALID;
	return span_from(start, (size_t)(end - start));
}
