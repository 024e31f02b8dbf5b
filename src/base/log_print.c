/*
 * The text of a log line.
 *
 * DESIGN: both forms escape a value in the same way, that of JSON strings: readers of logfmt decode quoted
 * values so, and there is one function that hostile text has to get past. \xHH would be shorter, but readers of
 * logfmt refuse it, and a line that its reader drops is what a sender would wish for.
 */
#include "base/log_inner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

enum {
	LIST_MOST = 900, /* bytes of a list that is not the last field */
	MORE_MOST = 24,  /* kept free for `,"more":123456789]}` */
	UNIT_MOST = 8    /* bytes of one character, escaped */
};

bool log_add(struct log_out *out, struct span bytes)
{
	if (out->most - out->n < bytes.n)
		return false;
	memcpy(out->p + out->n, bytes.p, bytes.n);
	out->n += bytes.n;
	return true;
}

static bool add_string(struct log_out *out, const char *text)
{
	return log_add(out, span_of(text));
}

/* ---- characters ---- */

/* The character at the start of `text`; its length, or 0 when that is not UTF-8. */
static size_t read_character(struct span text, uint32_t *out)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};

	for (size_t n = 1; n <= 4 && n <= text.n; n++) {
		if (!span_is_utf8(span_from(text.p, n)))
			continue;
		*out = (unsigned char)text.p[0] & masks[n];
		for (size_t i = 1; i < n; i++)
			*out = *out << 6 | ((unsigned char)text.p[i] & 0x3f);
		return n;
	}
	return 0;
}

/*
 * What terminals obey, what some readers end lines at, and what makes a terminal show text in another order
 * than it stands there (the marks of bidirectional text).
 */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* What stands for the character, or NULL: itself. */
static const char *find_short_escape(uint32_t c, bool in_list)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case ',':
		return in_list ? "%2C" : NULL;
	case '%':
		return in_list ? "%25" : NULL;
	default:
		return NULL;
	}
}

/* The next character of `rest` as it is written; returns the bytes in `unit`. */
static size_t take_unit(struct span *rest, bool in_list, char unit[UNIT_MOST])
{
	static const char hex[] = "0123456789abcdef";
	uint32_t c = 0;
	size_t n = read_character(*rest, &c);
	struct span out = span_from(rest->p, n);
	const char *fixed = n == 0 ? "\xef\xbf\xbd" : find_short_escape(c, in_list);
	char escape[] = {'\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15],
		hex[c & 15]};

	if (fixed != NULL)
		out = span_of(fixed);
	else if (is_hidden(c))
		out = span_from(escape, sizeof(escape));
	memcpy(unit, out.p, out.n);
	*rest = span_from_offset(*rest, n == 0 ? 1 : n);
	return out.n;
}

/* How many bytes at the start stand in the line as they are. */
static size_t count_plain(struct span text, bool in_list)
{
	size_t n = 0;

	for (; n < text.n; n++) {
		unsigned char c = (unsigned char)text.p[n];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\' ||
			(in_list && (c == ',' || c == '%')))
			break;
	}
	return n;
}

/* At most `most` bytes, 3 or more: "..." stands for the rest. False when it does not fit into the line. */
static bool add_text(struct log_out *out, struct span text, size_t most, bool in_list)
{
	char unit[UNIT_MOST];
	size_t used = 0;

	while (text.n > 0) {
		size_t n = count_plain(text, in_list);
		struct span piece;

		if (n == text.n && used + n <= most)
			return log_add(out, text);
		/* a piece that is not the last leaves room for the dots */
		n = num_min(n, most - 3 - used);
		piece = span_slice(text, 0, n);
		if (n > 0)
			text = span_from_offset(text, n);
		else
			piece = span_from(unit, take_unit(&text, in_list, unit));
		if (used + piece.n + (text.n > 0 ? 3 : 0) > most)
			return add_string(out, "...");
		if (!log_add(out, piece))
			return false;
		used += piece.n;
	}
	return true;
}

/* ---- values ---- */

static bool needs_quotes(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return true;
	}
	return text.n == 0;
}

static bool list_needs_quotes(const struct log_field *f)
{
	for (size_t i = 0; i < f->list_n; i++)
		if (f->list[i].n > 0 && needs_quotes(f->list[i]))
			return true;
	return f->list_n == 0 || f->list[0].n == 0;
}

/* The name with what stands around it. */
static bool add_name(struct log_out *out, const char *name, enum log_format format)
{
	if (format == LOG_FORMAT_LOGFMT)
		return (out->n == 0 || add_string(out, " ")) && add_string(out, name) &&
			add_string(out, "=");
	return add_string(out, out->n == 0 ? "{\"" : ",\"") && add_string(out, name) &&
		add_string(out, "\":");
}

/* Cut where the line ends, if that is before `most`. */
static bool add_value(struct log_out *out, struct span text, size_t most, enum log_format format)
{
	const char *quote = format == LOG_FORMAT_JSON || needs_quotes(text) ? "\"" : "";
	size_t room = out->most - out->n;

	if (room < 5)
		return false;
	return add_string(out, quote) && add_text(out, text, num_min(most, room - 2), false) &&
		add_string(out, quote);
}

static bool add_number(struct log_out *out, double number, int decimals)
{
	char text[400];
	int n;

	/* "-0.00" would puzzle a reader */
	if (fabs(number) < 0.5 * pow(10, -decimals))
		number = 0;
	n = snprintf(text, sizeof(text), "%.*f", decimals, number);
	return n > 0 && (size_t)n < sizeof(text) && log_add(out, span_from(text, (size_t)n));
}

static bool add_element(struct log_out *out, struct span element, size_t i, enum log_format format)
{
	if (i > 0 && !add_string(out, ","))
		return false;
	if (format == LOG_FORMAT_LOGFMT)
		return add_text(out, element, LOG_TEXT_MOST, true);
	return add_string(out, "\"") && add_text(out, element, LOG_TEXT_MOST, false) &&
		add_string(out, "\"");
}

/* Elements up to the first that does not fit as a whole; returns how many. */
static size_t add_elements(struct log_out *out, const struct log_field *f, enum log_format format)
{
	for (size_t i = 0; i < f->list_n; i++) {
		size_t before = out->n;

		if (!add_element(out, f->list[i], i, format)) {
			out->n = before;
			return i;
		}
	}
	return f->list_n;
}

static bool add_list(struct log_out *out, const struct log_field *f, bool is_last,
	enum log_format format)
{
	bool is_json = format == LOG_FORMAT_JSON;
	const char *quote = list_needs_quotes(f) ? "\"" : "";
	size_t end = out->most, done;

	if (end - out->n < MORE_MOST + 10)
		return false;
	(void)add_string(out, is_json ? "[" : quote);
	out->most = end - MORE_MOST;
	if (!is_last && out->most - out->n > LIST_MOST)
		out->most = out->n + LIST_MOST;
	done = add_elements(out, f, format);
	out->most = end;
	if (done < f->list_n && !is_last)
		(void)add_element(out, SPAN("..."), done, format);
	(void)add_string(out, is_json ? "]" : quote);
	if (done < f->list_n && is_last) {
		(void)add_name(out, "more", format);
		(void)add_number(out, (double)(f->list_n - done), 0);
	}
	return true;
}

/* ---- the whole ---- */

/* A field that does not fit leaves nothing behind. */
static void add_field(struct log_out *out, const struct log_field *f, bool is_last,
	enum log_format format)
{
	size_t before = out->n;
	bool ok = false;

	if ((f->kind == LOG_TEXT && span_is_null(f->text)) ||
		(f->kind == LOG_NUMBER && !isfinite(f->number)))
		return;
	if (add_name(out, f->name, format)) {
		if (f->kind == LOG_TEXT)
			ok = add_value(out, f->text, LOG_TEXT_MOST, format);
		else if (f->kind == LOG_NUMBER)
			ok = add_number(out, f->number, f->decimals);
		else
			ok = add_list(out, f, is_last, format);
	}
	if (!ok)
		out->n = before;
}

static void add_time(struct log_out *out, int64_t time, enum log_format format)
{
	struct clock_date d;
	char text[64];
	int n;

	if (time < 0)
		return;
	clock_to_date(time, &d);
	n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year, d.month, d.day,
		d.hour, d.minute, d.second);
	(void)add_name(out, "time", format);
	(void)add_value(out, span_from(text, (size_t)n), sizeof(text), format);
}

void log_print_record(struct log_out *out, const struct log_record *r, enum log_format format)
{
	bool is_json = format == LOG_FORMAT_JSON;

	/* room for the bracket at the end */
	out->most -= is_json;
	add_time(out, r->time, format);
	(void)add_name(out, "level", format);
	(void)add_value(out, span_of(log_level_name(r->level)), LOG_TEXT_MOST, format);
	(void)add_name(out, r->event == NULL ? "msg" : "event", format);
	(void)add_value(out, r->event == NULL ? r->sentence : span_of(r->event), out->most, format);
	for (size_t i = 0; i < r->field_count; i++)
		add_field(out, &r->fields[i], i + 1 == r->field_count, format);
	out->most += is_json;
	if (is_json)
		(void)add_string(out, "}");
}

/* ---- plain lines ---- */

/* Copies `text` with what is not printable escaped. */
static void add_plain(struct log_out *out, struct span text)
{
	static const char hex[] = "0123456789abcdef";

	while (text.n > 0) {
		uint32_t c;
		size_t n = read_character(text, &c);
		char escape[] = {'\\', 'x', hex[(unsigned char)*text.p >> 4],
			hex[(unsigned char)*text.p & 15]};
		bool shown = n > 0 && !is_hidden(c);

		if (!log_add(out, shown ? span_from(text.p, n) : span_from(escape, sizeof(escape))))
			return;
		text = span_from_offset(text, shown ? n : 1);
	}
}

void log_print_plain(struct log_out *out, const struct log_record *r)
{
	(void)add_string(out, log_level_name(r->level));
	(void)add_string(out, ": ");
	if (r->event == NULL) {
		add_plain(out, r->sentence);
		return;
	}
	add_plain(out, span_of(r->event));
	for (size_t i = 0; i < r->field_count; i++)
		add_field(out, &r->fields[i], i + 1 == r->field_count, LOG_FORMAT_LOGFMT);
}
