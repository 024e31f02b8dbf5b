/*
 * Log lines of any bytes: a line is one line, not too long, shows nothing that a terminal obeys, and reads back
 * to the same fields in both forms. The readers here are written from what the door promises, not from the
 * code.
 *
 * The input is a list of fields: the first byte chooses what is done with the rest, up to the next 0xfe.
 */
#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/log_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS_MOST = 12, ELEMENTS_MOST = 400 };

static const char *const names[FIELDS_MOST] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
	"k", "l"};

/* ---- what is to come back ---- */

/* Each byte that is not part of well-formed UTF-8 becomes U+FFFD. */
static struct span clean(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n * 3 + 1);
	while (text.n > 0) {
		size_t n = 1;

		while (n <= 4 && n <= text.n && !span_is_utf8(span_slice(text, 0, n)))
			n++;
		if (n > 4 || n > text.n) {
			buf_add_string(&out, "\xef\xbf\xbd");
			n = 1;
		} else {
			buf_add(&out, span_slice(text, 0, n));
		}
		text = span_from_offset(text, n);
	}
	return buf_span(&out);
}

/* Equal, or cut with "..." because it was too long, or because the line was full. */
static void must_come_back(struct arena *a, struct span sent, struct span got, bool is_full)
{
	struct span whole = clean(a, sent);

	if (span_equal(whole, got))
		return;
	must(span_ends(got, SPAN("...")));
	got.n -= 3;
	must(span_starts(whole, got));
	/* not for nothing: escaped, a byte takes up to six */
	must(is_full || whole.n > (LOG_TEXT_MOST - 10) / 6);
}

/* ---- reading ---- */

static char *add_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		*out++ = (char)c;
	} else if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*out++ = (char)(0xe0 | c >> 12);
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*out++ = (char)(0x80 | (c & 0x3f));
	}
	return out;
}

/* A string in quotes off the start of the line. */
static struct span take_quoted(struct arena *a, struct span *line)
{
	char *out = arena_alloc(a, line->n + 1), *p = out;
	size_t i = 1;

	must(line->p[0] == '"');
	for (;; i++) {
		char c;

		must(i < line->n);
		c = line->p[i];
		must((unsigned char)c >= ' ');
		if (c == '"')
			break;
		if (c != '\\') {
			*p++ = c;
			continue;
		}
		c = line->p[++i];
		if (c == 'u') {
			uint64_t code;

			must(num_parse_hex(span_slice(*line, i + 1, 4), 0xffff, &code));
			p = add_utf8(p, (unsigned)code);
			i += 4;
		} else {
			size_t at = span_find_byte(SPAN("\"\\nrt"), c);

			must(at < 5);
			*p++ = "\"\\\n\r\t"[at];
		}
	}
	*line = span_from_offset(*line, i + 1);
	return span_from(out, (size_t)(p - out));
}

static void take(struct span *line, const char *text)
{
	must(span_starts(*line, span_of(text)));
	*line = span_from_offset(*line, strlen(text));
}

static struct span take_until(struct span *line, const char *ends)
{
	size_t n = 0;

	while (n < line->n && !span_has_byte(span_of(ends), line->p[n]))
		n++;
	*line = span_from_offset(*line, n);
	return span_from(line->p - n, n);
}

static struct span take_value(struct arena *a, struct span *line)
{
	return line->n > 0 && *line->p == '"' ? take_quoted(a, line) : take_until(line, " ");
}

static struct span unescape_element(struct arena *a, struct span element)
{
	struct buf out;

	buf_init(&out, a, element.n + 1);
	for (size_t i = 0; i < element.n; i++) {
		uint64_t code = (unsigned char)element.p[i];

		if (code == '%') {
			must(num_parse_hex(span_slice(element, i + 1, 2), 255, &code));
			must(code == ',' || code == '%');
			i += 2;
		}
		buf_add_byte(&out, (char)code);
	}
	return buf_span(&out);
}

/* ---- checking ---- */

/* Elements that have come back against those that were sent; the others are counted, or "..." stands there. */
static void check_list(struct arena *a, const struct log_field *f, bool is_last,
	const struct span *got, size_t n, uint64_t more)
{
	size_t known = n;

	if (!is_last && n > 0 && n <= f->list_n && span_equal(got[n - 1], SPAN("...")) &&
		!span_equal(clean(a, f->list[n - 1]), SPAN("...")))
		known--;
	else
		must(n + more == f->list_n);
	for (size_t i = 0; i < known; i++)
		must_come_back(a, f->list[i], got[i], false);
}

static uint64_t take_more(struct span *line, const char *start)
{
	uint64_t more = 0;

	if (!span_starts(*line, span_of(start)))
		return 0;
	take(line, start);
	must(num_parse_u64(take_until(line, " }"), ELEMENTS_MOST, &more) && more > 0);
	return more;
}

static void check_logfmt_list(struct arena *a, struct span *line, const struct log_field *f,
	bool is_last)
{
	struct span value = take_value(a, line), element;
	struct span *got = ARENA_ARRAY(a, struct span, ELEMENTS_MOST + 2);
	uint64_t more = is_last ? take_more(line, " more=") : 0;
	size_t n = 0;

	/* no element and an empty one look the same */
	if (value.n == 0) {
		must(f->list_n <= 1 || more > 0);
		return;
	}
	while (span_next(&value, ',', &element)) {
		must(n <= ELEMENTS_MOST);
		got[n++] = unescape_element(a, element);
	}
	check_list(a, f, is_last, got, n, more);
}

static void check_json_list(struct arena *a, struct span *line, const struct log_field *f,
	bool is_last)
{
	struct span *got = ARENA_ARRAY(a, struct span, ELEMENTS_MOST + 2);
	size_t n = 0;

	take(line, "[");
	while (!span_starts(*line, SPAN("]"))) {
		if (n > 0)
			take(line, ",");
		must(n <= ELEMENTS_MOST);
		got[n++] = take_quoted(a, line);
	}
	take(line, "]");
	check_list(a, f, is_last, got, n, is_last ? take_more(line, ",\"more\":") : 0);
}

/* A field is missing only where a null text is none, or where the line is nearly full. */
static bool take_name(struct span *line, const struct log_field *f, enum log_format format,
	bool is_full)
{
	char start[16];
	int n = snprintf(start, sizeof(start),
		format == LOG_FORMAT_JSON ? ",\"%s\":" : " %s=", f->name);

	if (f->kind == LOG_TEXT && span_is_null(f->text))
		return false;
	if (is_full && !span_starts(*line, span_from(start, (size_t)n)))
		return false;
	take(line, start);
	return true;
}

static void check_field(struct arena *a, struct span *line, const struct log_field *f, bool is_last,
	enum log_format format, bool is_full)
{
	bool is_json = format == LOG_FORMAT_JSON;
	double number;

	if (!take_name(line, f, format, is_full))
		return;
	if (f->kind == LOG_NUMBER) {
		must(num_parse_double(take_until(line, " ,}"), &number));
		must(fabs(number - f->number) < 0.01);
	} else if (f->kind == LOG_TEXT) {
		must_come_back(a, f->text, is_json ? take_quoted(a, line) : take_value(a, line),
			is_full);
	} else if (is_json) {
		check_json_list(a, line, f, is_last);
	} else {
		check_logfmt_list(a, line, f, is_last);
	}
}

static bool is_shown(struct span line)
{
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		unsigned char d = i + 1 < line.n ? (unsigned char)line.p[i + 1] : 0;

		if (c < ' ' || c == 0x7f || (c == 0xc2 && d < 0xa0))
			return false;
	}
	return span_is_utf8(line) && span_find(line, SPAN("\xe2\x80\xae")) == line.n &&
		span_find(line, SPAN("\xe2\x80\xa8")) == line.n;
}

static void check_line(struct arena *a, const struct log_record *r, enum log_format format)
{
	char *text = arena_alloc(a, LOG_LINE_MOST);
	struct log_out out = {.p = text, .most = LOG_LINE_MOST - 1};
	struct span line;

	log_print_record(&out, r, format);
	must(out.n < LOG_LINE_MOST && out.most == LOG_LINE_MOST - 1);
	line = span_from(text, out.n);
	must(is_shown(line));
	take(&line,
		format == LOG_FORMAT_JSON ? "{\"level\":\"notice\",\"event\":\"e\""
					  : "level=notice event=e");
	for (size_t i = 0; i < r->field_count; i++)
		check_field(a, &line, &r->fields[i], i + 1 == r->field_count, format,
			out.n > LOG_LINE_MOST / 4 * 3);
	must(span_equal(line, format == LOG_FORMAT_JSON ? SPAN("}") : SPAN("")));
}

static void check_sentence(struct arena *a, struct span sentence)
{
	struct log_record r = {.level = LOG_LEVEL_ERROR, .time = -1, .sentence = sentence};
	char *text = arena_alloc(a, LOG_LINE_MOST);

	for (int format = LOG_FORMAT_LOGFMT; format <= LOG_FORMAT_JSON; format++) {
		struct log_out out = {.p = text, .most = LOG_LINE_MOST - 1};
		struct span line;

		log_print_record(&out, &r, (enum log_format)format);
		line = span_from(text, out.n);
		must(out.n < LOG_LINE_MOST && is_shown(line));
		take(&line,
			format == LOG_FORMAT_JSON ? "{\"level\":\"error\",\"msg\":"
						  : "level=error msg=");
		must_come_back(a, sentence,
			format == LOG_FORMAT_JSON ? take_quoted(a, &line) : take_value(a, &line),
			false);
	}
}

/* ---- the input ---- */

static void read_field(struct arena *a, struct span piece, struct log_field *out)
{
	unsigned kind = piece.n == 0 ? 0 : (unsigned char)*piece.p;
	struct span rest = span_from_offset(piece, 1), element;
	struct span *list;

	switch (kind % 4) {
	case 0:
		out->kind = LOG_TEXT;
		out->text = rest.n == 0 && kind == 0 ? (struct span){0} : rest;
		break;
	case 1:
		out->kind = LOG_NUMBER;
		out->number = (double)rest.n * 1.5 - 100;
		out->decimals = 2;
		break;
	default:
		list = ARENA_ARRAY(a, struct span, ELEMENTS_MOST);
		out->kind = LOG_LIST;
		out->list = list;
		while (out->list_n < ELEMENTS_MOST && span_next(&rest, (char)0xfd, &element))
			list[out->list_n++] = element;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), piece;
	struct log_field fields[FIELDS_MOST] = {{.name = NULL}};
	struct log_record r = {
		.level = LOG_LEVEL_NOTICE,
		.time = -1,
		.event = "e",
		.fields = fields,
	};
	struct arena *a = arena_make();

	check_sentence(a, rest);
	while (r.field_count < FIELDS_MOST && span_next(&rest, (char)0xfe, &piece)) {
		struct log_field *f = &fields[r.field_count];

		f->name = names[r.field_count++];
		read_field(a, piece, f);
	}
	check_line(a, &r, LOG_FORMAT_LOGFMT);
	check_line(a, &r, LOG_FORMAT_JSON);
	arena_free(a);
	return 0;
}
