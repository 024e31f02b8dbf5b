/*
 * Words: spaces and comments, keys, and scalars in their four forms: bare, "double", 'single', <<HEREDOC.
 *
 * What a word means where libucl (which reads Rspamd's files) leaves a choice: a backslash before a
 * character without a meaning is dropped, in bare and double-quoted words alike; variables are expanded in
 * all but single quotes; a bare word may hold pairs of braces and ends at , ; # a line end or a brace that
 * it did not open.
 */
#include "conf/inner.h"

#include <stdio.h>
#include <string.h>

struct conf_origin lex_origin(const struct reader *r)
{
	return (struct conf_origin){r->source, r->line, (uint32_t)(r->p - r->line_start) + 1};
}

void lex_error(struct reader *r, const char *format, ...)
{
	struct why why;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(why.text, sizeof(why.text), format, ap);
	va_end(ap);
	conf_error(r->load->report, lex_origin(r), "%s", why.text);
}

static struct span rest_of(const struct reader *r)
{
	return span_from(r->p, (size_t)(r->end - r->p));
}

static bool looks_at(const struct reader *r, struct span text)
{
	return span_starts(rest_of(r), text);
}

static bool opens_comment(const struct reader *r)
{
	return *r->p == '/' && r->p + 1 < r->end && r->p[1] == '*';
}

/* One byte on; lines are counted. */
static void step(struct reader *r)
{
	if (*r->p++ != '\n')
		return;
	r->line++;
	r->line_start = r->p;
}

static void step_to(struct reader *r, const char *to)
{
	while (r->p < to)
		step(r);
}

/* Looked for once a line: a file of one long line would cost its square. */
static const char *line_end(struct reader *r)
{
	if (r->line_end_of != r->line_start) {
		r->line_end_of = r->line_start;
		r->line_end = memchr(r->p, '\n', (size_t)(r->end - r->p));
		if (r->line_end == NULL)
			r->line_end = r->end;
	}
	return r->line_end;
}

/*
 * Past a quoted piece within a comment, whose stars and slashes do not count; past the quote alone when it
 * is not closed on its line, as an inch sign is not.
 */
static void skip_quoted_comment(struct reader *r, const char **line_without)
{
	const char *end = line_end(r), *close = NULL;

	if (*line_without != end)
		close = memchr(r->p + 1, '"', (size_t)(end - r->p - 1));
	if (close == NULL)
		*line_without = end;
	step_to(r, close == NULL ? r->p + 1 : close + 1);
}

static void skip_comment(struct reader *r)
{
	struct conf_origin start = lex_origin(r);
	const char *line_without = NULL;
	size_t depth = 0;

	while (r->p < r->end) {
		if (opens_comment(r)) {
			r->p += 2;
			depth++;
		} else if (*r->p == '*' && looks_at(r, SPAN("*/"))) {
			r->p += 2;
			if (--depth == 0)
				return;
		} else if (*r->p == '"') {
			skip_quoted_comment(r, &line_without);
		} else {
			step(r);
		}
	}
	conf_error(r->load->report, start, "the comment that begins here is never closed");
}

void lex_skip_space(struct reader *r, bool lines)
{
	while (r->p < r->end) {
		if (*r->p == '#')
			r->p = line_end(r);
		else if (opens_comment(r))
			skip_comment(r);
		else if (byte_is_space(*r->p) && (lines || *r->p != '\n'))
			step(r);
		else
			return;
	}
}

void lex_recover(struct reader *r, bool in_list)
{
	while (r->p < r->end && *r->p != '}') {
		bool ends = *r->p == '\n' || *r->p == (in_list ? ',' : ';');

		if (in_list && *r->p == ']')
			return;
		step(r);
		if (ends)
			return;
	}
}

/* ---- Jinja ---- */

bool lex_jinja(struct reader *r)
{
	static const struct {
		struct span open, close;
	} tags[] = {
		{SPAN_INIT("{%"), SPAN_INIT("%}")},
		{SPAN_INIT("{="), SPAN_INIT("=}")},
		{SPAN_INIT("{#"), SPAN_INIT("#}")},
	};

	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		struct span line = span_from(r->p, (size_t)(line_end(r) - r->p));
		size_t close;

		if (!span_starts(line, tags[i].open))
			continue;
		close = span_find(line, tags[i].close);
		/* `{# comment` opens a section like any other brace */
		if (close == line.n && i == ARRAY_LEN(tags) - 1)
			return false;
		lex_tell_jinja(r, lex_origin(r));
		r->p += num_min(close + 2, line.n);
		return true;
	}
	return false;
}

void lex_tell_jinja(struct reader *r, struct conf_origin origin)
{
	if (!r->jinja_told)
		conf_error(r->load->report, origin,
			"this file is a Jinja template, which is not read here: write the values "
			"themselves (or in single quotes, when the text is meant so)");
	r->jinja_told = true;
}

static bool has_tag(struct span text, struct span open, struct span close)
{
	struct span rest = span_from_offset(text, span_find(text, open));

	return span_find(rest, close) < rest.n;
}

static void check_jinja(struct reader *r, struct span text, struct conf_origin origin)
{
	if (r->load->is_config && span_has_byte(text, '{') &&
		(has_tag(text, SPAN("{="), SPAN("=}")) || has_tag(text, SPAN("{%"), SPAN("%}"))))
		lex_tell_jinja(r, origin);
}

/* ---- keys ---- */

static bool is_key_byte(char c)
{
	static const bool means_something[256] = {
		['='] = true,
		[':'] = true,
		['{'] = true,
		['}'] = true,
		['['] = true,
		[']'] = true,
		[';'] = true,
		[','] = true,
		['"'] = true,
		['\''] = true,
		['#'] = true,
	};

	return (unsigned char)c > ' ' && !means_something[(unsigned char)c];
}

static bool check_key(struct reader *r, struct span key, struct conf_origin origin)
{
	if (key.n <= CONF_KEY_MOST)
		return true;
	conf_error(r->load->report, origin, "a key of more than %d bytes", CONF_KEY_MOST);
	return false;
}

static void tell_no_key(struct reader *r, struct span rest)
{
	if (rest.n == 0)
		lex_error(r, "here should stand a key, but the text ends");
	else if ((unsigned char)*rest.p > ' ' && (unsigned char)*rest.p < 0x7f)
		lex_error(r, "here should stand a key, not %c", *rest.p);
	else
		lex_error(r, "here should stand a key, not a byte 0x%02x", (unsigned char)*rest.p);
}

bool lex_key(struct reader *r, struct span *out, bool *is_quoted)
{
	struct conf_origin origin = lex_origin(r);
	struct span rest = rest_of(r);
	size_t n = 0;

	*is_quoted = rest.n > 0 && (*rest.p == '"' || *rest.p == '\'');
	if (*is_quoted) {
		struct conf_node node = {0};

		if (!lex_scalar(r, &node))
			return false;
		*out = node.text;
		return check_key(r, *out, origin);
	}
	while (n < rest.n && is_key_byte(rest.p[n]) &&
		!(rest.p[n] == '/' && n + 1 < rest.n && rest.p[n + 1] == '*'))
		n++;
	if (n == 0) {
		tell_no_key(r, rest);
		return false;
	}
	r->p += n;
	*out = span_slice(rest, 0, n);
	return check_key(r, *out, origin);
}

/* Past the quoted piece that starts at p; NULL when it does not end before `end`. */
static const char *skip_quoted(const char *p, const char *end)
{
	char quote = *p++;

	for (; p < end && *p != quote; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : NULL;
}

bool lex_opens(struct reader *r)
{
	const char *end = line_end(r), *p = r->p;

	if (r->opens_from <= p && p < r->opens_to)
		return r->opens;
	r->opens_from = p;
	r->opens = false;
	while (p != NULL && p < end && strchr(";,#}]", *p) == NULL) {
		if (*p == '{' || *p == '[') {
			r->opens = true;
			break;
		}
		p = *p == '"' || *p == '\'' ? skip_quoted(p, end) : p + 1;
	}
	r->opens_to = p == NULL ? end : p;
	return r->opens;
}

/* ---- escapes and variables ---- */

static void add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_byte(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_add_byte(out, (char)(0xc0 | c >> 6));
	} else if (c < 0x10000) {
		buf_add_byte(out, (char)(0xe0 | c >> 12));
		buf_add_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
	} else {
		buf_add_byte(out, (char)(0xf0 | c >> 18));
		buf_add_byte(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_add_byte(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_add_byte(out, (char)(0x80 | (c & 0x3f)));
}

static bool read_hex4(struct span text, size_t at, uint64_t *out)
{
	struct span digits = span_slice(text, at, 4);

	return digits.n == 4 && num_parse_hex(digits, 0xffff, out);
}

/* At \u: how many bytes it took; 0 when it is broken. Half a surrogate pair becomes U+FFFD. */
static size_t add_unicode(struct buf *out, struct span text)
{
	uint64_t c, low;

	if (!read_hex4(text, 2, &c))
		return 0;
	if (c < 0xd800 || c > 0xdfff) {
		add_utf8(out, (uint32_t)c);
		return 6;
	}
	if (c < 0xdc00 && span_starts(span_from_offset(text, 6), SPAN("\\u")) &&
		read_hex4(text, 8, &low) && low >= 0xdc00 && low <= 0xdfff) {
		add_utf8(out, (uint32_t)(0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)));
		return 12;
	}
	add_utf8(out, 0xfffd);
	return 6;
}

/* At a backslash: how many bytes it took; 0 when it is broken. */
static size_t add_escape(struct buf *out, struct span text)
{
	static const char names[] = "nrtbf", values[] = "\n\r\t\b\f";
	const char *at;

	if (text.n < 2) {
		buf_add_byte(out, '\\');
		return 1;
	}
	if (text.p[1] == 'u')
		return add_unicode(out, text);
	at = text.p[1] == '\0' ? NULL : strchr(names, text.p[1]);
	buf_add_byte(out, at == NULL ? text.p[1] : values[at - names]);
	return 2;
}

/* At a dollar: how many bytes it took. */
static size_t add_variable(const struct reader *r, struct buf *out, struct span text)
{
	struct span value;
	size_t n;

	if (span_starts(text, SPAN("$$"))) {
		buf_add(out, SPAN("$$"));
		return 2;
	}
	n = variable_find(r, span_from_offset(text, 1), &value);
	if (n == 0)
		value = SPAN("$");
	buf_add(out, value);
	return n + 1;
}

/* The text that was meant; the text itself when nothing has to be done. False: reported. */
static bool expand(struct reader *r, struct span text, bool escapes, struct conf_origin origin,
	struct span *out)
{
	struct loading *load = r->load;
	struct buf b;

	*out = text;
	if (!(escapes && span_has_byte(text, '\\')) &&
		!(load->is_config && span_has_byte(text, '$')))
		return true;
	buf_init(&b, load->arena, CONF_TOTAL_MOST - num_min(load->bytes, CONF_TOTAL_MOST));
	for (size_t i = 0, n; i < text.n; i += n) {
		struct span rest = span_from_offset(text, i);
		n = 1;
		if (*rest.p == '\\' && escapes)
			n = add_escape(&b, rest);
		else if (*rest.p == '$' && load->is_config)
			n = add_variable(r, &b, rest);
		else
			buf_add_byte(&b, *rest.p);
		if (n == 0) {
			conf_error(load->report, origin, "\\u needs four hexadecimal digits");
			return false;
		}
	}
	load->bytes += b.n;
	if (b.full) {
		conf_error(load->report, origin, "all texts together are over %d bytes",
			CONF_TOTAL_MOST);
		load->is_full = true;
		return false;
	}
	*out = buf_span(&b);
	return true;
}

/* ---- scalars ---- */

static bool lex_double(struct reader *r, struct conf_node *node)
{
	struct conf_origin origin = lex_origin(r);
	const char *start = ++r->p;

	for (; r->p < r->end && *r->p != '"'; r->p++) {
		if (*r->p == '\n')
			break;
		if ((unsigned char)*r->p < ' ' && *r->p != '\t' && *r->p != '\r') {
			lex_error(r, "a control character in a quoted text: write \\u%04x", *r->p);
			return false;
		}
		if (*r->p == '\\' && r->p + 1 < r->end && r->p[1] != '\n')
			r->p++;
	}
	if (r->p == r->end || *r->p == '\n') {
		conf_error(r->load->report, origin,
			"the quoted text that begins here does not end "
			"on its line");
		return false;
	}
	node->kind = CONF_KIND_STRING;
	node->text = span_from(start, (size_t)(r->p++ - start));
	check_jinja(r, node->text, origin);
	return expand(r, node->text, true, origin, &node->text);
}

/* \' is a quote and a backslash before a line end goes away with it; all else stands for itself. */
static struct span unescape_single(struct arena *a, struct span text)
{
	struct buf b;

	if (!span_has_byte(text, '\\'))
		return text;
	buf_init(&b, a, text.n + 1);
	for (size_t i = 0; i < text.n; i++) {
		char next = i + 1 < text.n ? text.p[i + 1] : '\0';

		if (text.p[i] != '\\' || (next != '\'' && next != '\n'))
			buf_add_byte(&b, text.p[i]);
		if (text.p[i] != '\\')
			continue;
		i++;
		if (next != '\n' && i < text.n)
			buf_add_byte(&b, next);
	}
	return buf_span(&b);
}

static bool lex_single(struct reader *r, struct conf_node *node)
{
	struct conf_origin origin = lex_origin(r);
	const char *start = ++r->p;

	for (; r->p < r->end && *r->p != '\''; step(r))
		if (*r->p == '\\' && r->p + 1 < r->end)
			step(r);
	if (r->p == r->end) {
		conf_error(r->load->report, origin,
			"the text in single quotes that begins here is never closed");
		return false;
	}
	node->kind = CONF_KIND_STRING;
	node->text = span_from(start, (size_t)(r->p++ - start));
	node->text = unescape_single(r->load->arena, node->text);
	return true;
}

/* Length of the tag of a heredoc, which must end its line; 0: it is none. */
static size_t heredoc_tag(const struct reader *r)
{
	struct span text = span_from_offset(rest_of(r), 2);
	size_t n = 0, blank;

	if (!looks_at(r, SPAN("<<")))
		return 0;
	while (n < text.n && text.p[n] >= 'A' && text.p[n] <= 'Z')
		n++;
	for (blank = n; blank < text.n && text.p[blank] != '\n'; blank++)
		if (!byte_is_space(text.p[blank]))
			return 0;
	return n;
}

/* The tag alone on its line, but for what may follow a value. */
static bool ends_heredoc(struct span line, struct span tag)
{
	struct span after = span_from_offset(line, tag.n);

	if (!span_starts(line, tag))
		return false;
	return after.n == 0 || *after.p == ';' || *after.p == ',' || span_equal(after, SPAN("\r"));
}

static bool lex_heredoc(struct reader *r, size_t tag_size, struct conf_node *node)
{
	struct conf_origin origin = lex_origin(r);
	struct span tag = span_from(r->p + 2, tag_size);
	const char *start;

	step_to(r, line_end(r));
	if (r->p < r->end)
		step(r);
	start = r->p;
	while (r->p < r->end) {
		struct span line = span_from(r->p, (size_t)(line_end(r) - r->p));

		if (ends_heredoc(line, tag)) {
			size_t n = (size_t)(r->p - start);

			r->p += tag.n;
			node->kind = CONF_KIND_STRING;
			node->text = span_from(start, n > 0 ? n - 1 : 0);
			return expand(r, node->text, false, origin, &node->text);
		}
		step_to(r, line_end(r));
		if (r->p < r->end)
			step(r);
	}
	conf_error(r->load->report, origin,
		"the text that begins here is never ended by a line %.*s", SPAN_ARG(tag));
	return false;
}

static bool ends_bare(char c)
{
	return c == '\n' || c == ';' || c == ',' || c == '#' || c == '\0';
}

/* Over a bare word with its inner pairs of braces; `escaped` is told of backslashes. */
static void skip_bare(struct reader *r, bool *escaped)
{
	size_t curly = 0, square = 0;

	for (; r->p < r->end && !ends_bare(*r->p) && !opens_comment(r); step(r)) {
		if (*r->p == '{')
			curly++;
		if (*r->p == '[')
			square++;
		if ((*r->p == '}' && curly-- == 0) || (*r->p == ']' && square-- == 0))
			return;
		if (*r->p == '\\' && r->p + 1 < r->end) {
			*escaped = true;
			step(r);
		}
	}
}

static bool lex_bare(struct reader *r, struct conf_node *node)
{
	struct conf_origin origin = lex_origin(r);
	const char *start = r->p;
	bool escaped = false;
	struct span word, text;

	skip_bare(r, &escaped);
	word = span_trim(span_from(start, (size_t)(r->p - start)));
	if (word.n == 0) {
		lex_error(r, "here should stand a value");
		return false;
	}
	check_jinja(r, word, origin);
	if (!expand(r, word, escaped, origin, &text))
		return false;
	if (text.p == word.p) {
		scalar_set(node, word);
	} else {
		node->kind = CONF_KIND_STRING;
		node->text = text;
	}
	return true;
}

bool lex_scalar(struct reader *r, struct conf_node *node)
{
	size_t tag = heredoc_tag(r);

	if (r->p < r->end && *r->p == '"')
		return lex_double(r, node);
	if (r->p < r->end && *r->p == '\'')
		return lex_single(r, node);
	if (tag > 0)
		return lex_heredoc(r, tag, node);
	return lex_bare(r, node);
}
