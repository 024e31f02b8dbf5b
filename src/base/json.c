/* The JSON writer (RFC 8259). */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/panic.h"

enum { IN_OBJECT = 1, HAS_ELEMENT = 2 };

/* Of `levels` only those are ever read that have been opened. */
void json_init(struct json *j, struct buf *out)
{
	j->out = out;
	j->pretty = j->after_key = false;
	j->depth = 0;
}

void json_init_pretty(struct json *j, struct buf *out)
{
	json_init(j, out);
	j->pretty = true;
}

static void new_line(struct json *j)
{
	if (!j->pretty)
		return;
	buf_add_byte(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_add_string(j->out, "  ");
}

static bool in_object(const struct json *j)
{
	return j->depth > 0 && (j->levels[j->depth - 1] & IN_OBJECT) != 0;
}

/* A comma unless it is the first of its level. */
static void separate(struct json *j)
{
	uint8_t *level;

	if (j->depth == 0)
		return;
	level = &j->levels[j->depth - 1];
	if ((*level & HAS_ELEMENT) != 0)
		buf_add_byte(j->out, ',');
	*level |= HAS_ELEMENT;
	new_line(j);
}

/* What stands before a value: its key in an object, else perhaps a comma. */
static void before_value(struct json *j)
{
	must(j->after_key == in_object(j));
	if (!j->after_key)
		separate(j);
	j->after_key = false;
}

static void open_level(struct json *j, char bracket, uint8_t kind)
{
	before_value(j);
	must(j->depth < JSON_DEPTH_MOST);
	j->levels[j->depth++] = kind;
	buf_add_byte(j->out, bracket);
}

void json_open_object(struct json *j)
{
	open_level(j, '{', IN_OBJECT);
}

void json_open_array(struct json *j)
{
	open_level(j, '[', 0);
}

void json_close(struct json *j)
{
	uint8_t level;

	must(j->depth > 0 && !j->after_key);
	level = j->levels[--j->depth];
	if ((level & HAS_ELEMENT) != 0)
		new_line(j);
	buf_add_byte(j->out, (level & IN_OBJECT) != 0 ? '}' : ']');
}

/* Writes one UTF-8 sequence or, for a bad byte, U+FFFD; returns how many bytes it took. */
static size_t add_high(struct buf *out, struct span rest)
{
	for (size_t n = 2; n <= 4 && n <= rest.n; n++) {
		if (span_is_utf8(span_from(rest.p, n))) {
			buf_add(out, span_from(rest.p, n));
			return n;
		}
	}
	buf_add_string(out, "\xef\xbf\xbd");
	return 1;
}

static void add_escape(struct buf *out, char c)
{
	switch (c) {
	case '"':
		buf_add_string(out, "\\\"");
		break;
	case '\\':
		buf_add_string(out, "\\\\");
		break;
	case '\n':
		buf_add_string(out, "\\n");
		break;
	case '\r':
		buf_add_string(out, "\\r");
		break;
	case '\t':
		buf_add_string(out, "\\t");
		break;
	default:
		buf_printf(out, "\\u%04x", (unsigned char)c);
	}
}

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* raw loop: bytes that stand in the string as they are, sixteen at a time: mostly all do */
static size_t count_plain(struct span text)
{
	size_t n = 0;

	for (; n + 16 <= text.n; n += 16) {
		bytes16 c, odd;
		uint64_t half[2];

		memcpy(&c, text.p + n, 16);
		odd = (bytes16)(c < 0x20) | (bytes16)(c >= 0x7f) | (bytes16)(c == '"') |
			(bytes16)(c == '\\');
		memcpy(half, &odd, sizeof(half));
		if ((half[0] | half[1]) != 0)
			break;
	}
	while (n < text.n && is_plain((unsigned char)text.p[n]))
		n++;
	return n;
}

static void add_text(struct buf *out, struct span text)
{
	buf_add_byte(out, '"');
	while (text.n > 0) {
		size_t n = count_plain(text);

		buf_add(out, span_slice(text, 0, n));
		text = span_from_offset(text, n);
		if (text.n == 0)
			break;
		n = 1;
		if ((text.p[0] & 0x80) != 0)
			n = add_high(out, text);
		else
			add_escape(out, text.p[0]);
		text = span_from_offset(text, n);
	}
	buf_add_byte(out, '"');
}

void json_key_span(struct json *j, struct span name)
{
	must(in_object(j) && !j->after_key);
	separate(j);
	add_text(j->out, name);
	buf_add_string(j->out, j->pretty ? ": " : ":");
	j->after_key = true;
}

void json_key(struct json *j, const char *name)
{
	json_key_span(j, span_of(name));
}

void json_text(struct json *j, struct span text)
{
	before_value(j);
	add_text(j->out, text);
}

void json_string(struct json *j, const char *text)
{
	json_text(j, span_of(text));
}

void json_int(struct json *j, int64_t value)
{
	before_value(j);
	buf_printf(j->out, "%lld", (long long)value);
}

/* At most three decimals, as scores have: exactly what "%.15g" prints, in a fraction of its time. */
static bool add_short(struct buf *out, double value)
{
	int64_t thousand;

	if (fabs(value) >= 1e6)
		return false;
	thousand = (int64_t)nearbyint(value * 1000);
	if ((double)thousand / 1000 != value)
		return false;
	buf_add_fixed(out, value, thousand % 100 == 0 ? 1 : thousand % 10 == 0 ? 2 : 3);
	return true;
}

void json_double(struct json *j, double value)
{
	if (!isfinite(value)) {
		json_null(j);
		return;
	}
	before_value(j);
	if (value == 0)
		value = 0; /* not -0 */
	if (add_short(j->out, value))
		return;
	/* Rspamd's clients expect a fraction even when it is zero */
	if (value == floor(value) && fabs(value) < 1e15)
		buf_printf(j->out, "%.1f", value);
	else
		buf_printf(j->out, "%.15g", value);
}

void json_bool(struct json *j, bool value)
{
	before_value(j);
	buf_add_string(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
	before_value(j);
	buf_add_string(j->out, "null");
}
