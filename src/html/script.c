/*
 * Where scripts lead, and documents that a URL holds.
 *
 * DESIGN: scripts are not run. Their strings are read with escapes undone, and those that are only joined by + as one,
 * since addresses are mostly cut up in that way; what else a script may do to make one is not followed. Work is linear:
 * each byte is read once as part of a string, and once more where a string does not end.
 */
#include "html/html.h"

#include "codec/codec.h"
#include "html/inner.h"
#include "html/view_inner.h"

enum {
	URLS_MOST = 100, /* of a script */
	URL_BYTES_MOST = 4096,
	STRING_MOST = 64 << 10,  /* of strings that are joined */
	BEFORE_MOST = 64,        /* of what stands before a string, where its use is looked for */
	DOCUMENT_MOST = 1 << 20, /* of a data: URL */
};

struct finder {
	struct html_reader *r;
	const struct html_script *script;
	struct buf string;
	size_t count;
	size_t first; /* link that was found, plus one */
};

static void note(struct finder *f, struct span url)
{
	size_t link;

	if (f->count++ == URLS_MOST)
		f->r->view->sights |= HTML_SIGHT(LIMIT);
	if (f->count > URLS_MOST)
		return;
	url = arena_copy(f->r->arena, span_slice(url, 0, URL_BYTES_MOST));
	link = html_note_url(f->r, HTML_LINK_SCRIPT, f->script->tag, f->script->attr, url,
		f->script->start, f->script->is_hidden);
	if (f->first == 0)
		f->first = link;
}

static bool ends_url(char c)
{
	return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' ||
		c == '>' || c == '\\';
}

/* Of a text in which :// stands at `colon`: the URL, noted when it is one of the web. Gives where it ends. */
static size_t note_at(struct finder *f, struct span text, size_t colon)
{
	size_t start = colon, end = colon + 3;

	if (span_ends_nocase(span_slice(text, 0, colon), SPAN("https")))
		start = colon - 5;
	else if (span_ends_nocase(span_slice(text, 0, colon), SPAN("http")))
		start = colon - 4;
	while (end < text.n && !ends_url(text.p[end]))
		end++;
	if (start < colon && end > colon + 3)
		note(f, span_slice(text, start, end - start));
	return end;
}

static void note_all(struct finder *f, struct span text)
{
	for (size_t at = 0; at < text.n;) {
		size_t colon = at + span_find(span_from_offset(text, at), SPAN("://"));

		if (colon >= text.n)
			return;
		at = note_at(f, text, colon);
	}
}

/* Up to `most` digits of base 8 or 16 at `at`, as a character. Gives the place behind them. */
static size_t read_digits(struct span s, size_t at, size_t most, unsigned base, struct buf *out)
{
	size_t end = at;
	uint32_t c = 0;

	for (; end < s.n && end < at + most; end++) {
		int digit = byte_hex_value(s.p[end]);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		c = c * base + (unsigned)digit;
	}
	if (end > at)
		utf8_add(out, c);
	return end;
}

/* What follows the backslash before `at` (ECMA-262 section 12.9.4). Gives the place behind it. */
static size_t read_escape(struct span s, size_t at, struct buf *out)
{
	char c = s.p[at];

	switch (c) {
	case 'x':
		return read_digits(s, at + 1, 2, 16, out);
	case 'u':
		if (at + 1 < s.n && s.p[at + 1] == '{') {
			at = read_digits(s, at + 2, 6, 16, out);
			return at < s.n && s.p[at] == '}' ? at + 1 : at;
		}
		return read_digits(s, at + 1, 4, 16, out);
	case 'n':
	case 'r':
	case 't':
	case 'b':
	case 'f':
	case 'v':
		buf_add_byte(out, ' ');
		return at + 1;
	case '\n':
		return at + 1;
	default:
		if (c >= '0' && c <= '7')
			return read_digits(s, at, 3, 8, out);
		buf_add_byte(out, c);
		return at + 1;
	}
}

/* The string whose quote stands at `at`: true when it ends. `*end` is the place behind it, or where it had to. */
static bool read_string(struct span s, size_t at, struct buf *out, size_t *end)
{
	char quote = s.p[at++];

	while (at < s.n) {
		const char stops[4] = {quote, '\\', quote == '`' ? quote : '\n', quote};
		size_t n = html_find_any(span_from_offset(s, at), 0, stops);

		buf_add(out, span_slice(s, at, n));
		at += n;
		if (at == s.n || s.p[at] == '\n')
			break;
		if (s.p[at] == quote) {
			*end = at + 1;
			return true;
		}
		if (++at < s.n)
			at = read_escape(s, at, out);
	}
	*end = at;
	return false;
}

static size_t skip_blanks(struct span s, size_t at)
{
	while (at < s.n && byte_is_space(s.p[at]))
		at++;
	return at;
}

static bool is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

/* What stands before the string makes the document go to it, or fetches it. */
static bool is_used(struct span before)
{
	static const struct span uses[] = {SPAN_INIT("location"), SPAN_INIT("href"),
		SPAN_INIT("src"), SPAN_INIT("open"), SPAN_INIT("replace"), SPAN_INIT("assign"),
		SPAN_INIT("action")};
	size_t semicolon;

	if (before.n > BEFORE_MOST)
		before = span_from_offset(before, before.n - BEFORE_MOST);
	semicolon = span_find_last_byte(before, ';');
	if (semicolon < before.n)
		before = span_from_offset(before, semicolon + 1);
	before = span_trim_end(before);
	if (!span_ends(before, SPAN("=")) && !span_ends(before, SPAN("(")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (span_find(before, uses[i]) < before.n)
			return true;
	return false;
}

/* The string at `at` and those that are joined to it. Gives the place behind them. */
static size_t read_joined(struct finder *f, struct span s, size_t at)
{
	size_t start = at, end;
	struct span text;

	buf_clear(&f->string);
	while (read_string(s, at, &f->string, &end)) {
		at = skip_blanks(s, end);
		if (at < s.n && s.p[at] == '+')
			at = skip_blanks(s, at + 1);
		if (at == s.n || !is_quote(s.p[at]) || at == end)
			break;
		start = start < at ? start : at;
	}
	text = buf_span(&f->string);
	if (span_starts(text, SPAN("//")) && text.n > 2 && byte_is_alnum(text.p[2]) &&
		is_used(span_slice(s, 0, start)))
		note(f, text);
	else
		note_all(f, text);
	return end;
}

static size_t skip_comment(struct span s, size_t at)
{
	struct span rest = span_from_offset(s, at);

	if (span_starts(rest, SPAN("//")))
		return at + span_find_byte(rest, '\n');
	if (span_starts(rest, SPAN("/*")))
		return num_min(s.n, at + 2 + span_find(span_from_offset(rest, 2), SPAN("*/")) + 2);
	return at + 1;
}

size_t html_note_script_urls(struct html_reader *r, struct span text,
	const struct html_script *script)
{
	struct finder f = {.r = r, .script = script};
	size_t at = 0;

	buf_init(&f.string, r->arena, STRING_MOST);
	while (at < text.n) {
		struct span rest = span_from_offset(text, at);

		if (is_quote(text.p[at]))
			at = read_joined(&f, text, at);
		/* quotes of a regular expression are taken for those of a string, which turns the rest around */
		else if (text.p[at] == ':' && span_starts(rest, SPAN("://")))
			at = note_at(&f, text, at);
		else if (text.p[at] == '/')
			at = skip_comment(text, at);
		else
			at++;
	}
	return f.first;
}

struct span html_unescape_percent(struct arena *a, struct span text)
{
	char *out;
	size_t n = 0;

	if (!span_has_byte(text, '%'))
		return text;
	out = arena_alloc_raw(a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n ? byte_hex_value(text.p[i + 1]) : -1;
		int low = i + 2 < text.n ? byte_hex_value(text.p[i + 2]) : -1;

		if (text.p[i] == '%' && high >= 0 && low >= 0) {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[n++] = text.p[i];
		}
	}
	return span_from(out, n);
}

struct span html_data_document(struct arena *a, struct span url)
{
	static const struct span types[] = {SPAN_INIT("text/html"), SPAN_INIT("xhtml+xml"),
		SPAN_INIT("svg+xml")};
	size_t comma = span_find_byte(url, ','), i = 0, at;
	struct span head = span_slice(url, 0, comma), body, charset = SPAN("");
	unsigned defects = 0;

	while (i < ARRAY_LEN(types) && span_find_nocase(head, types[i]) == head.n)
		i++;
	if (i == ARRAY_LEN(types) || comma == url.n)
		return span_from(NULL, 0);
	body = span_slice(url, comma + 1, num_min(url.n - comma - 1, DOCUMENT_MOST));
	body = html_unescape_percent(a, body);
	if (span_ends_nocase(span_trim_end(head), SPAN("base64")))
		body = codec_decode_base64(a, body, &defects);
	at = span_find_nocase(head, SPAN("charset="));
	if (at < head.n) {
		charset = span_from_offset(head, at + 8);
		charset.n = span_find_byte(charset, ';');
	}
	return codec_to_utf8(a, charset, body, &defects);
}
