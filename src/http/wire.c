/*
 * Requests of HTTP/1.0 and 1.1 (RFC 9112) from bytes, however they are cut.
 *
 * DESIGN: libevent has a server of its own for HTTP. Tried with hostile clients, its version 2.1 reads a line with
 * the size of a chunk without any limit and looks through it from its start at each read: 20 MB of it cost 3.5
 * seconds, and nothing bounds the memory. It also keeps the bytes of a body where nobody can count them, refuses
 * extensions of chunks and says its errors in HTML. So the library moves the bytes, and this file reads them: each
 * byte is looked at once, and what is kept has a cap.
 *
 * Where a message ends is never guessed: two lengths that differ, a length beside chunks, blanks before a colon and
 * folded lines are refused, because a proxy before us may understand them in another way.
 */
#include "http/http.h"

#include <string.h>

#include "http/inner.h"

static const char not_http[] = "This is no request of HTTP/1.0 or HTTP/1.1";

void http_parser_init(struct http_parser *p, struct arena *a)
{
	p->arena = a;
	p->phase = HTTP_PHASE_HEAD;
	buf_init(&p->text, a, HTTP_HEAD_MOST);
	p->line = p->rest_n = p->trailer_n = 0;
	p->empty_lines = 0;
	p->left = 0;
	p->status = 0;
	p->sentence = "";
	memset(&p->head, 0, sizeof(p->head));
}

static enum http_event fail(struct http_parser *p, int status, const char *sentence)
{
	p->status = status;
	p->sentence = sentence;
	p->phase = HTTP_PHASE_BROKEN;
	return HTTP_BROKEN;
}

/* The same where only the answer counts. */
static bool refuse(struct http_parser *p, int status, const char *sentence)
{
	return fail(p, status, sentence) != HTTP_BROKEN;
}

/* ---- words ---- */

/* RFC 9110 section 5.6.2: names of methods and headers. */
static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!byte_is_alnum(text.p[i]) && !span_has_byte(SPAN("!#$%&'*+-.^_`|~"), text.p[i]))
			return false;
	return text.n > 0;
}

/* No control bytes but tabs. */
static bool is_text(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Whether a comma list has this word. */
static bool has_word(struct span list, struct span word)
{
	for (struct span item; span_next(&list, ',', &item);)
		if (span_equal_nocase(span_trim(item), word))
			return true;
	return false;
}

struct span http_unescape(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		struct span escape = span_slice(text, i + 1, 2);
		uint64_t byte;

		if (text.p[i] == '%' && escape.n == 2 && num_parse_hex(escape, 255, &byte)) {
			buf_add_byte(&out, (char)byte);
			i += 2;
		} else {
			buf_add_byte(&out, text.p[i] == '+' ? ' ' : text.p[i]);
		}
	}
	return buf_span(&out);
}

/* ---- the head ---- */

/* "http://host:port/path" as "/path", which clients send to proxies. */
static struct span without_host(struct span target)
{
	struct span scheme = SPAN("http://"), rest;

	if (!span_starts_nocase(target, scheme))
		return target;
	rest = span_from_offset(target, scheme.n);
	rest = span_from_offset(rest, span_find_byte(rest, '/'));
	return rest.n > 0 ? rest : SPAN("/");
}

/* "POST /checkv2?a=b HTTP/1.1" */
static bool parse_first_line(struct http_parser *p, struct span line)
{
	struct http_head *head = &p->head;
	struct span target, version;
	size_t mark;

	if (!span_next(&line, ' ', &head->method) || !span_next(&line, ' ', &target) ||
		!is_token(head->method) || target.n == 0 || !is_text(target))
		return refuse(p, 400, not_http);
	version = line;
	if (version.n == 0 && span_starts(target, SPAN("RSPAMC/1."))) {
		head->is_rspamc = head->is_old = true;
		head->path = head->method;
		return true;
	}
	if (version.n != 8 || !span_starts(version, SPAN("HTTP/")) || version.p[6] != '.' ||
		!byte_is_digit(version.p[5]) || !byte_is_digit(version.p[7]))
		return refuse(p, 400, not_http);
	if (version.p[5] != '1')
		return refuse(p, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
	head->is_old = version.p[7] == '0';
	head->keeps_alive = !head->is_old;
	target = without_host(target);
	mark = span_find_byte(target, '?');
	head->path = span_slice(target, 0, mark);
	if (mark < target.n)
		head->query = span_from_offset(target, mark + 1);
	return true;
}

static bool take_length(struct http_parser *p, struct span value)
{
	struct http_head *head = &p->head;
	uint64_t length;

	if (!num_parse_u64(value, UINT64_MAX / 2, &length))
		return refuse(p, 400, "Content-Length is no number");
	if (head->has_body && length != head->length)
		return refuse(p, 400, "There are two different Content-Length headers");
	head->has_body = true;
	head->length = length;
	return true;
}

/* Headers that say how the request goes on. */
static bool take_framing(struct http_parser *p, const struct http_header *header)
{
	struct http_head *head = &p->head;

	if (span_equal_nocase(header->name, SPAN("Content-Length")))
		return take_length(p, header->value);
	if (span_equal_nocase(header->name, SPAN("Transfer-Encoding"))) {
		if (head->is_chunked || !span_equal_nocase(header->value, SPAN("chunked")))
			return refuse(p, 501, "Transfer-Encoding can only be chunked");
		head->is_chunked = true;
	}
	if (span_equal_nocase(header->name, SPAN("Connection"))) {
		if (has_word(header->value, SPAN("close")))
			head->keeps_alive = false;
		else if (has_word(header->value, SPAN("keep-alive")))
			head->keeps_alive = true;
	}
	if (span_equal_nocase(header->name, SPAN("Expect")))
		head->expects = has_word(header->value, SPAN("100-continue"));
	return true;
}

static bool parse_header(struct http_parser *p, struct span line)
{
	struct http_header *header;
	size_t colon = span_find_byte(line, ':');
	struct span name = span_slice(line, 0, colon);
	struct span value = span_trim(span_from_offset(line, colon + 1));

	if (colon == line.n || !is_token(name) || !is_text(value))
		return refuse(p, 400, "A header of the request is malformed");
	if (p->head.headers.n == HTTP_HEADERS_MOST)
		return refuse(p, 431, "The request has too many headers");
	header = VEC_ADD(p->arena, &p->head.headers);
	header->name = name;
	header->value = value;
	return take_framing(p, header);
}

/* Everything behind the first line, which was read already. */
static enum http_event end_head(struct http_parser *p)
{
	struct http_head *head = &p->head;
	struct span rest = buf_span(&p->text), line;

	/* the text has moved as it grew: the first line again, with spans that stay */
	must(span_next_line(&rest, &line) && parse_first_line(p, line));
	while (span_next_line(&rest, &line) && line.n > 0)
		if (!parse_header(p, line))
			return HTTP_BROKEN;
	if (head->is_chunked && (head->has_body || head->is_old))
		return fail(p, 400, "Chunks need HTTP/1.1 and no Content-Length");
	if (head->is_rspamc)
		head->keeps_alive = false;
	p->left = head->length;
	p->phase = head->is_chunked ? HTTP_PHASE_CHUNK_SIZE : HTTP_PHASE_LENGTH;
	head->has_body = head->is_chunked || head->length > 0;
	return HTTP_HEAD;
}

/* A line of the head has come to its end. */
static enum http_event take_head_line(struct http_parser *p)
{
	struct span line = span_from_offset(buf_span(&p->text), p->line), text;

	must(span_next_line(&line, &text));
	if (text.n == 0 && !span_is_null(p->head.method))
		return end_head(p);
	p->line = p->text.n;
	if (text.n == 0) {
		/* RFC 9112 section 2.2: some clients send one behind a body; but nobody sends them without end */
		if (++p->empty_lines > HTTP_EMPTY_LINES_MOST)
			return fail(p, 400, not_http);
		buf_clear(&p->text);
		p->line = 0;
		return HTTP_NOTHING;
	}
	if (span_is_null(p->head.method) && !parse_first_line(p, text))
		return HTTP_BROKEN;
	return HTTP_NOTHING;
}

static enum http_event read_head(struct http_parser *p, struct span *rest)
{
	while (rest->n > 0) {
		size_t wanted = num_min(span_find_byte(*rest, '\n') + 1, rest->n);
		struct span piece =
			span_slice(*rest, 0, num_min(wanted, HTTP_HEAD_MOST - p->text.n));
		size_t nul = span_find_byte(piece, '\0');
		enum http_event event;

		*rest = span_from_offset(*rest, nul);
		if (nul < piece.n)
			return fail(p, 400, not_http);
		if (piece.n < wanted)
			return fail(p, 431, "The head of the request is too long");
		buf_add(&p->text, piece);
		if (!span_ends(piece, SPAN("\n")))
			return HTTP_NOTHING;
		event = take_head_line(p);
		if (event != HTTP_NOTHING)
			return event;
	}
	return HTTP_NOTHING;
}

/* ---- the body ---- */

/* Bytes of the body or of a chunk. */
static enum http_event read_bytes(struct http_parser *p, struct span *rest, struct span *body)
{
	*body = span_slice(*rest, 0, p->left < rest->n ? (size_t)p->left : rest->n);
	if (body->n == 0)
		return HTTP_NOTHING;
	*rest = span_from_offset(*rest, body->n);
	p->left -= body->n;
	return HTTP_BODY;
}

/* A line between chunks; of a long one the start is kept. True when it is whole. */
static bool read_line(struct http_parser *p, struct span *rest, struct span *out)
{
	size_t n = span_find_byte(*rest, '\n');
	struct span piece = span_slice(*rest, 0, n);

	if (p->rest_n < sizeof(p->rest))
		memcpy(p->rest + p->rest_n, piece.p, num_min(piece.n, sizeof(p->rest) - p->rest_n));
	p->rest_n += piece.n;
	if (n == rest->n) {
		*rest = span_from_offset(*rest, n);
		return false;
	}
	*rest = span_from_offset(*rest, n + 1);
	*out = span_from(p->rest, num_min(p->rest_n, sizeof(p->rest)));
	if (span_ends(*out, SPAN("\r")))
		out->n--;
	return true;
}

static enum http_event read_chunk_size(struct http_parser *p, struct span *rest)
{
	struct span line;
	bool is_whole = read_line(p, rest, &line);

	if (p->rest_n >= HTTP_LINE_MOST)
		return fail(p, 400, "The size of a chunk is malformed");
	if (!is_whole)
		return HTTP_NOTHING;
	p->rest_n = 0;
	line = span_trim_end(span_slice(line, 0, span_find_byte(line, ';')));
	if (!num_parse_hex(line, UINT64_MAX / 2, &p->left))
		return fail(p, 400, "The size of a chunk is malformed");
	p->phase = p->left > 0 ? HTTP_PHASE_CHUNK : HTTP_PHASE_TRAILER;
	return HTTP_NOTHING;
}

static enum http_event read_chunk_end(struct http_parser *p, struct span *rest)
{
	struct span line;
	bool is_whole = read_line(p, rest, &line);

	if (p->rest_n > 1 || (is_whole && line.n > 0))
		return fail(p, 400, "A chunk does not end where it should");
	if (!is_whole)
		return HTTP_NOTHING;
	p->rest_n = 0;
	p->phase = HTTP_PHASE_CHUNK_SIZE;
	return HTTP_NOTHING;
}

/* Headers behind the chunks: read over, none of ours may stand there. */
static enum http_event read_trailer(struct http_parser *p, struct span *rest)
{
	size_t before = rest->n;
	struct span line;
	bool is_whole = read_line(p, rest, &line);

	p->trailer_n += before - rest->n;
	if (p->trailer_n > HTTP_HEAD_MOST)
		return fail(p, 431, "What stands behind the chunks is too long");
	if (!is_whole)
		return HTTP_NOTHING;
	p->rest_n = 0;
	if (line.n > 0)
		return HTTP_NOTHING;
	p->phase = HTTP_PHASE_DONE;
	return HTTP_END;
}

/* One step in the phase in which it is. */
static enum http_event step(struct http_parser *p, struct span *rest, struct span *body)
{
	enum http_event event;

	switch (p->phase) {
	case HTTP_PHASE_HEAD:
		return read_head(p, rest);
	case HTTP_PHASE_LENGTH:
		if (p->left > 0)
			return read_bytes(p, rest, body);
		p->phase = HTTP_PHASE_DONE;
		return HTTP_END;
	case HTTP_PHASE_CHUNK_SIZE:
		return read_chunk_size(p, rest);
	case HTTP_PHASE_CHUNK:
		event = read_bytes(p, rest, body);
		if (p->left == 0)
			p->phase = HTTP_PHASE_CHUNK_END;
		return event;
	case HTTP_PHASE_CHUNK_END:
		return read_chunk_end(p, rest);
	case HTTP_PHASE_TRAILER:
		return read_trailer(p, rest);
	case HTTP_PHASE_DONE:
	case HTTP_PHASE_BROKEN:
		break;
	}
	return HTTP_NOTHING;
}

enum http_event http_parse(struct http_parser *p, struct span *rest, struct span *body)
{
	enum http_event event;

	do
		event = step(p, rest, body);
	while (event == HTTP_NOTHING && rest->n > 0 && p->phase < HTTP_PHASE_DONE);
	return event;
}
