/* yEnc (yEnc draft 1.3): binary files in articles and, rarely, in mail. */
#include "codec/codec.h"

/* The word behind `key` in a control line, or the null span. */
static struct span find_word(struct span line, struct span key)
{
	size_t at = span_find(line, key);

	if (at == line.n)
		return span_of(NULL);
	line = span_from_offset(line, at + key.n);
	return span_slice(line, 0, span_find_byte(line, ' '));
}

static bool find_number(struct span line, struct span key, uint64_t *out)
{
	return num_parse_u64(find_word(line, key), UINT64_MAX, out);
}

/* The bits of CRC-32 (ISO 3309), four at a time: a table of 16 is enough for something so rare. */
static uint32_t crc32_of(struct span data)
{
	static const uint32_t table[16] = {
		0x00000000,
		0x1db71064,
		0x3b6e20c8,
		0x26d930ac,
		0x76dc4190,
		0x6b6b51f4,
		0x4db26158,
		0x5005713c,
		0xedb88320,
		0xf00f9344,
		0xd6d6a3e8,
		0xcb61b38c,
		0x9b64c2b0,
		0x86d3d2d4,
		0xa00ae278,
		0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < data.n; i++) {
		crc ^= (unsigned char)data.p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static struct span decode_lines(struct arena *a, struct span in, unsigned *defects)
{
	char *out = arena_alloc_raw(a, in.n);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		unsigned shift = 42;

		if (in.p[i] == '\r' || in.p[i] == '\n')
			continue;
		if (in.p[i] == '=') {
			if (++i == in.n || in.p[i] == '\r' || in.p[i] == '\n') {
				*defects |= CODEC_YENC_INVALID;
				continue;
			}
			shift += 64;
		}
		out[n++] = (char)((unsigned char)in.p[i] - shift);
	}
	return span_from(out, n);
}

/* True when the control lines agree with what was decoded. */
static bool is_whole(struct span begin, struct span end, struct span data)
{
	uint64_t size, crc;
	struct span sum = find_word(end, SPAN(" pcrc32="));
	bool part = find_number(begin, SPAN(" part="), &size);

	if (!part && (!find_number(begin, SPAN(" size="), &size) || size != data.n))
		return false;
	if (!find_number(end, SPAN(" size="), &size) || size != data.n)
		return false;
	/* crc32 is that of the whole file, of which a part is only a piece */
	if (span_is_null(sum) && !part)
		sum = find_word(end, SPAN(" crc32="));
	if (span_is_null(sum))
		return true;
	return num_parse_hex(sum, UINT32_MAX, &crc) && crc == crc32_of(data);
}

/* The offset of the next line that starts so, at or after `at`. */
static size_t find_control(struct span text, size_t at, struct span control)
{
	if (at > 0 && at < text.n && text.p[at - 1] != '\n')
		at += span_find_byte(span_from_offset(text, at), '\n') + 1;
	while (at < text.n && !span_starts(span_from_offset(text, at), control))
		at += span_find_byte(span_from_offset(text, at), '\n') + 1;
	return num_min(at, text.n);
}

/* The line at `at` without its line end; `behind` is the offset of the next. */
static struct span line_at(struct span text, size_t at, size_t *behind)
{
	size_t n = span_find_byte(span_from_offset(text, at), '\n');

	*behind = num_min(at + n + 1, text.n);
	return span_trim_end(span_slice(text, at, n));
}

/* The next line that opens a block: it is whole and names a file. `body` is the offset behind it. */
static bool find_begin(struct span text, size_t from, size_t *start, struct span *begin,
	size_t *body)
{
	for (size_t at = from; at < text.n; at = *body) {
		at = find_control(text, at, SPAN("=ybegin "));
		*start = at;
		*begin = line_at(text, at, body);
		if (span_find(*begin, SPAN(" name=")) < begin->n)
			return *body > at && text.p[*body - 1] == '\n';
	}
	return false;
}

bool codec_find_yenc(struct arena *a, struct span text, size_t from, struct codec_block *out,
	unsigned *defects)
{
	struct span begin, last;
	size_t name, body, end;

	if (!find_begin(text, from, &out->start, &begin, &body))
		return false;
	name = span_find(begin, SPAN(" name="));
	out->name = span_trim(span_from_offset(begin, name + 6));
	begin.n = name;
	if (span_starts(span_from_offset(text, body), SPAN("=ypart ")))
		(void)line_at(text, body, &body);
	end = find_control(text, body, SPAN("=y"));
	out->data = decode_lines(a, span_slice(text, body, end - body), defects);
	out->end = end;
	last = line_at(text, end, &body);
	if (span_starts(last, SPAN("=yend ")))
		out->end = body;
	if (out->end == end || !is_whole(begin, last, out->data))
		*defects |= CODEC_YENC_INVALID;
	return true;
}
