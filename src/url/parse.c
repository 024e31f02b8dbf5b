/*
 * The URL parser of browsers: section 4.4 of the URL Standard.
 *
 * DESIGN: the standard describes a machine that goes from byte to byte. Without an override of its state, each of its
 * states ends at a byte that can be looked for, so here each is a function that takes its piece off the rest. What
 * comes out is written in the order of the serialised URL into one block of the process, and copied to the arena when
 * it differs from what was written.
 */
#include "url/inner.h"

#include <string.h>

enum {
	/* Of a base: one that is longer would make a page of short links grow too much. */
	BASE_MOST = 2048,
	SCHEME_MOST = 64,
	/* Of what becomes too long when it is serialised: a byte that is no character takes nine. */
	CUT_MOST = 4096,
	PORT_MOST = 65535,
};

/* A part of the URL in the block. */
struct part {
	size_t start, n;
	bool is_there;
};

struct parse {
	struct buf out;
	struct part scheme, user, password, host, path, query, fragment;
	const struct url *base;
	struct span rest; /* of the text */
	enum url_host_kind host_kind;
	int port;
	uint32_t odd;
	bool is_special;
	bool is_file;
};

static const struct {
	struct span name;
	int port;
} special_schemes[] = {
	{SPAN_INIT("http"), 80},
	{SPAN_INIT("https"), 443},
	{SPAN_INIT("ws"), 80},
	{SPAN_INIT("wss"), 443},
	{SPAN_INIT("ftp"), 21},
	{SPAN_INIT("file"), -1},
};

/* What a relative URL has of where its base leads. */
static const uint32_t odd_of_base = URL_ODD(USER) | URL_ODD(PASSWORD) | URL_ODD(NUMERIC) |
	URL_ODD(PRIVATE) | URL_ODD(PORT) | URL_ODD(IDN) | URL_ODD(MIXED_SCRIPTS) |
	URL_ODD(LOOKALIKE);

/* ---- pieces ---- */

static struct span take(struct parse *p, size_t n)
{
	struct span piece = span_slice(p->rest, 0, n);

	p->rest = span_from_offset(p->rest, n);
	return piece;
}

/* The next byte; NUL, which is no delimiter, at the end. */
static char next(const struct parse *p)
{
	return p->rest.n == 0 ? '\0' : *p->rest.p;
}

static bool is_slash(struct parse *p, char c)
{
	if (c == '\\' && p->is_special)
		p->odd |= URL_ODD(BACKSLASH);
	return c == '/' || (c == '\\' && p->is_special);
}

/* Takes a slash or, where they mean the same, a backslash. */
static bool take_slash(struct parse *p)
{
	if (p->rest.n == 0 || !is_slash(p, next(p)))
		return false;
	(void)take(p, 1);
	return true;
}

/* Up to a slash, a query, a fragment or the end. */
static struct span take_segment(struct parse *p)
{
	size_t n = 0;

	for (; n < p->rest.n; n++) {
		char c = p->rest.p[n];

		if (c == '/' || c == '?' || c == '#' || (c == '\\' && p->is_special))
			break;
	}
	return take(p, n);
}

static void begin(struct parse *p, struct part *part)
{
	*part = (struct part){.start = p->out.n, .is_there = true};
}

static void end(struct parse *p, struct part *part)
{
	part->n = p->out.n - part->start;
}

static void add_part(struct parse *p, struct part *part, struct span text)
{
	begin(p, part);
	buf_add(&p->out, text);
	end(p, part);
}

/* The same when the base has it. */
static void copy_part(struct parse *p, struct part *part, struct span text)
{
	if (!span_is_null(text))
		add_part(p, part, text);
}

/* ---- scheme ---- */

/* The length of the scheme that the text begins with, 0 for none. */
static size_t scheme_length(struct span text)
{
	size_t n = 0;

	if (text.n == 0 || !byte_is_alpha(*text.p))
		return 0;
	while (n < text.n &&
		(byte_is_alnum(text.p[n]) || text.p[n] == '+' || text.p[n] == '-' ||
			text.p[n] == '.'))
		n++;
	return n < text.n && text.p[n] == ':' ? n : 0;
}

static int default_port(struct span scheme, bool *is_special)
{
	for (size_t i = 0; i < ARRAY_LEN(special_schemes); i++) {
		*is_special = span_equal(scheme, special_schemes[i].name);
		if (*is_special)
			return special_schemes[i].port;
	}
	return -1;
}

static struct span text_of(const struct parse *p, const struct part *part)
{
	return part->is_there ? span_slice(buf_span(&p->out), part->start, part->n)
			      : span_from(NULL, 0);
}

static void add_scheme(struct parse *p, struct span scheme)
{
	begin(p, &p->scheme);
	for (size_t i = 0; i < scheme.n; i++)
		buf_add_byte(&p->out, byte_lower(scheme.p[i]));
	end(p, &p->scheme);
	(void)default_port(text_of(p, &p->scheme), &p->is_special);
	p->is_file = span_equal(text_of(p, &p->scheme), SPAN("file"));
	buf_add_byte(&p->out, ':');
}

/* ---- query and fragment ---- */

static void read_fragment(struct parse *p)
{
	if (next(p) != '#')
		return;
	buf_add_byte(&p->out, '#');
	begin(p, &p->fragment);
	(void)take(p, 1);
	url_add_encoded(&p->out, take(p, p->rest.n), URL_SET_FRAGMENT);
	end(p, &p->fragment);
}

static void read_query(struct parse *p)
{
	if (next(p) == '?') {
		buf_add_byte(&p->out, '?');
		begin(p, &p->query);
		(void)take(p, 1);
		url_add_encoded(&p->out, take(p, span_find_byte(p->rest, '#')),
			p->is_special ? URL_SET_SPECIAL_QUERY : URL_SET_QUERY);
		end(p, &p->query);
	}
	read_fragment(p);
}

/* ---- path ---- */

static bool is_drive_letter(struct span text)
{
	return text.n == 2 && byte_is_alpha(text.p[0]) && (text.p[1] == ':' || text.p[1] == '|');
}

static bool starts_with_drive_letter(struct span text)
{
	return is_drive_letter(span_slice(text, 0, 2)) &&
		(text.n == 2 || memchr("/\\?#", text.p[2], 4) != NULL);
}

/* A path that is one segment, a drive letter, stays: section 4.4, "shorten". */
static void drop_last_segment(struct parse *p)
{
	struct span path = span_from_offset(buf_span(&p->out), p->path.start);
	size_t slash = span_find_last_byte(path, '/');

	if (p->is_file && path.n == 3 && path.p[2] == ':' &&
		is_drive_letter(span_from_offset(path, 1)))
		return;
	if (slash < path.n)
		p->out.n = p->path.start + slash;
}

/* How many dots the segment is, some of them perhaps as %2e; 0 for what is more than dots. */
static size_t count_dots(struct span segment)
{
	size_t dots = 0;

	while (segment.n > 0 && dots < 3) {
		if (*segment.p == '.')
			segment = span_from_offset(segment, 1);
		else if (url_read_escape(segment) == '.')
			segment = span_from_offset(segment, 3);
		else
			return 0;
		dots++;
	}
	return dots < 3 ? dots : 0;
}

static void add_segment(struct parse *p, struct span segment)
{
	bool is_first = p->out.n == p->path.start;

	buf_add_byte(&p->out, '/');
	if (p->is_file && is_first && is_drive_letter(segment)) {
		buf_add_byte(&p->out, *segment.p);
		buf_add_byte(&p->out, ':');
	} else {
		url_add_encoded(&p->out, segment, URL_SET_PATH);
	}
}

/* Path state. The path may have begun with segments of the base. */
static void read_segments(struct parse *p)
{
	bool more = true;

	while (more) {
		struct span segment = take_segment(p);
		size_t dots = count_dots(segment);

		more = take_slash(p);
		if (dots == 2)
			drop_last_segment(p);
		if (dots == 0)
			add_segment(p, segment);
		else if (!more)
			buf_add_byte(&p->out, '/');
	}
}

/* Without a host, a path that begins with two slashes would be read as one: section 4.5. */
static void end_path(struct parse *p)
{
	end(p, &p->path);
	if (p->host.is_there || p->out.full || p->path.n < 2 ||
		!span_starts(text_of(p, &p->path), SPAN("//")))
		return;
	buf_add(&p->out, SPAN("/."));
	if (p->out.full)
		return;
	memmove(p->out.p + p->path.start + 2, p->out.p + p->path.start, p->path.n);
	p->out.p[p->path.start + 1] = '.';
	p->path.start += 2;
}

/* Path state and all that follows; the path is begun, and the slash before it is taken. */
static bool read_to_end(struct parse *p)
{
	read_segments(p);
	end_path(p);
	read_query(p);
	return true;
}

/* Path start state and all that follows. */
static bool read_path(struct parse *p)
{
	begin(p, &p->path);
	if (take_slash(p) || p->is_special)
		return read_to_end(p);
	end_path(p);
	read_query(p);
	return true;
}

static bool read_opaque_path(struct parse *p)
{
	size_t n = 0;
	struct span text;

	begin(p, &p->path);
	while (n < p->rest.n && p->rest.p[n] != '?' && p->rest.p[n] != '#')
		n++;
	text = take(p, n);
	/* a blank at its very end would be lost when the URL is read again */
	if (p->rest.n > 0 && span_ends(text, SPAN(" "))) {
		url_add_encoded(&p->out, span_slice(text, 0, n - 1), URL_SET_CONTROL);
		buf_add(&p->out, SPAN("%20"));
	} else {
		url_add_encoded(&p->out, text, URL_SET_CONTROL);
	}
	end(p, &p->path);
	read_query(p);
	return true;
}

/* ---- authority ---- */

static void add_credentials(struct parse *p, struct span user, struct span password)
{
	if (user.n == 0 && password.n == 0)
		return;
	p->odd |= (user.n > 0 ? URL_ODD(USER) : 0) | (password.n > 0 ? URL_ODD(PASSWORD) : 0);
	begin(p, &p->user);
	url_add_encoded(&p->out, user, URL_SET_USER);
	end(p, &p->user);
	if (password.n > 0) {
		buf_add_byte(&p->out, ':');
		begin(p, &p->password);
		url_add_encoded(&p->out, password, URL_SET_USER);
		end(p, &p->password);
	}
	buf_add_byte(&p->out, '@');
}

static void add_port(struct parse *p, int port)
{
	p->port = port;
	if (port < 0)
		return;
	p->odd |= URL_ODD(PORT);
	buf_printf(&p->out, ":%d", port);
}

static bool read_port(struct parse *p, struct span text)
{
	bool is_special;
	int port = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (!byte_is_digit(text.p[i]))
			return false;
		port = port * 10 + (text.p[i] - '0');
		if (port > PORT_MOST)
			return false;
	}
	if (text.n > 0 && port != default_port(text_of(p, &p->scheme), &is_special))
		add_port(p, port);
	return true;
}

/* Where the port's colon is: the first that does not stand in brackets. */
static size_t find_port(struct span text)
{
	bool in_brackets = false;
	size_t n = 0;

	for (; n < text.n && (text.p[n] != ':' || in_brackets); n++)
		if (text.p[n] == '[' || text.p[n] == ']')
			in_brackets = text.p[n] == '[';
	return n;
}

static bool read_host(struct parse *p, struct span text)
{
	struct url_host host = {0};
	bool is_host;

	begin(p, &p->host);
	is_host = url_read_host(text, !p->is_special, &p->out, &host);
	end(p, &p->host);
	p->odd |= host.odd;
	p->host_kind = host.kind;
	return is_host;
}

/* Host and port, behind the credentials. */
static bool read_host_and_port(struct parse *p, struct span text)
{
	size_t colon = find_port(text);
	struct span host = span_slice(text, 0, colon);

	if (host.n == 0 && (p->is_special || colon < text.n))
		return false;
	return read_host(p, host) && read_port(p, span_from_offset(text, colon + 1));
}

/* Authority state and all that follows; the slashes before it are taken. */
static bool read_authority(struct parse *p)
{
	struct span text = take_segment(p), user;
	size_t at = span_find_last_byte(text, '@'), colon;

	buf_add(&p->out, SPAN("//"));
	if (at < text.n) {
		user = span_slice(text, 0, at);
		text = span_from_offset(text, at + 1);
		colon = span_find_byte(user, ':');
		if (span_has_byte(user, '@'))
			p->odd |= URL_ODD(MANY_ATS);
		add_credentials(p, span_slice(user, 0, colon), span_from_offset(user, colon + 1));
		if (text.n == 0)
			return false;
	}
	return read_host_and_port(p, text) && read_path(p);
}

/* Special authority slashes states: however many there are. */
static bool read_special(struct parse *p)
{
	size_t slashes = 0;

	while (take_slash(p))
		slashes++;
	if (slashes != 2)
		p->odd |= URL_ODD(SLASHES);
	return read_authority(p);
}

/* ---- relative to a base ---- */

static void copy_authority(struct parse *p)
{
	const struct url *base = p->base;

	if (span_is_null(base->host))
		return;
	buf_add(&p->out, SPAN("//"));
	add_credentials(p, base->user, base->password);
	add_part(p, &p->host, base->host);
	p->host_kind = base->host_kind;
	add_port(p, base->port);
	p->odd |= base->odd & odd_of_base;
}

/* The path of the base and what else the rest leaves of it: relative state, file state. */
static bool read_after_base(struct parse *p, bool keeps_path)
{
	begin(p, &p->path);
	if (keeps_path)
		buf_add(&p->out, p->base->path);
	if (p->rest.n > 0 && next(p) != '?' && next(p) != '#') {
		if (keeps_path)
			drop_last_segment(p);
		return read_to_end(p);
	}
	end_path(p);
	if (next(p) != '?' && !span_is_null(p->base->query)) {
		buf_add_byte(&p->out, '?');
		add_part(p, &p->query, p->base->query);
	}
	read_query(p);
	return true;
}

static bool read_relative(struct parse *p)
{
	if (!take_slash(p)) {
		copy_authority(p);
		return read_after_base(p, true);
	}
	if (take_slash(p)) {
		if (p->is_special && (next(p) == '/' || next(p) == '\\'))
			p->odd |= URL_ODD(SLASHES);
		while (p->is_special && take_slash(p))
			continue;
		return read_authority(p);
	}
	copy_authority(p);
	begin(p, &p->path);
	return read_to_end(p);
}

/* ---- file ---- */

/* The host of a file URL is always there, but mostly empty; `from` is NULL or has it. */
static void add_file_host(struct parse *p, const struct url *from)
{
	buf_add(&p->out, SPAN("//"));
	add_part(p, &p->host, from == NULL ? SPAN("") : from->host);
	if (from == NULL)
		return;
	p->host_kind = from->host_kind;
	p->odd |= from->odd & odd_of_base;
}

/* File host state, behind two slashes. */
static bool read_file_host(struct parse *p)
{
	struct span before = p->rest, text = take_segment(p);

	if (is_drive_letter(text) || text.n == 0) {
		add_file_host(p, NULL);
		begin(p, &p->path);
		if (text.n > 0)
			p->rest = before;
		else
			(void)take_slash(p);
		return read_to_end(p);
	}
	buf_add(&p->out, SPAN("//"));
	if (!read_host(p, text))
		return false;
	if (span_equal(text_of(p, &p->host), SPAN("localhost"))) {
		p->out.n = p->host.start;
		p->host.n = 0;
		p->host_kind = URL_HOST_NONE;
	}
	return read_path(p);
}

/* File slash state, behind one slash. */
static bool read_file_root(struct parse *p, bool has_base)
{
	struct span drive = has_base ? span_slice(p->base->path, 0, 3) : span_from(NULL, 0);

	add_file_host(p, has_base ? p->base : NULL);
	begin(p, &p->path);
	if (!starts_with_drive_letter(p->rest) && drive.n == 3 && drive.p[2] == ':' &&
		is_drive_letter(span_from_offset(drive, 1)) &&
		(p->base->path.n == 3 || p->base->path.p[3] == '/'))
		buf_add(&p->out, drive);
	return read_to_end(p);
}

static bool read_file(struct parse *p)
{
	bool has_base = p->base != NULL && span_equal(p->base->scheme, SPAN("file"));

	if (take_slash(p))
		return take_slash(p) ? read_file_host(p) : read_file_root(p, has_base);
	if (has_base) {
		add_file_host(p, p->base);
		return read_after_base(p, !starts_with_drive_letter(p->rest));
	}
	add_file_host(p, NULL);
	begin(p, &p->path);
	return read_to_end(p);
}

/* ---- the whole ---- */

static bool is_opaque(const struct url *url)
{
	return span_is_null(url->host) && !span_starts(url->path, SPAN("/"));
}

static bool read_without_scheme(struct parse *p)
{
	const struct url *base = p->base;

	if (base == NULL)
		return false;
	if (base->href.n > BASE_MOST) {
		p->odd |= URL_ODD(LONG);
		return false;
	}
	if (is_opaque(base) && next(p) != '#')
		return false;
	add_scheme(p, base->scheme);
	if (is_opaque(base)) {
		add_part(p, &p->path, base->path);
		if (!span_is_null(base->query))
			buf_add_byte(&p->out, '?');
		copy_part(p, &p->query, base->query);
		read_fragment(p);
		return true;
	}
	return p->is_file ? read_file(p) : read_relative(p);
}

/* Scheme start state to the end of the text. */
static bool read_url(struct parse *p)
{
	size_t n = scheme_length(p->rest);

	if (n == 0)
		return read_without_scheme(p);
	add_scheme(p, take(p, n));
	(void)take(p, 1);
	if (p->is_file)
		return read_file(p);
	if (p->is_special) {
		if (p->base != NULL && span_equal(p->base->scheme, text_of(p, &p->scheme)) &&
			!span_starts(p->rest, SPAN("//")) && p->base->href.n <= BASE_MOST)
			return read_relative(p);
		return read_special(p);
	}
	if (span_starts(p->rest, SPAN("//"))) {
		(void)take(p, 2);
		return read_authority(p);
	}
	return next(p) == '/' ? read_path(p) : read_opaque_path(p);
}

/* Tabs and line ends within are dropped, which few URLs have: into a block of the process. */
static struct span without_blanks(struct span text, uint32_t *odd)
{
	static char block[URL_BYTES_MOST];
	size_t n = 0;

	if (!span_has_byte(text, '\t') && !span_has_byte(text, '\n') && !span_has_byte(text, '\r'))
		return text;
	*odd |= URL_ODD(BLANKS);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\t' && text.p[i] != '\n' && text.p[i] != '\r')
			block[n++] = text.p[i];
	return span_from(block, n);
}

static struct span trim(struct span text)
{
	while (text.n > 0 && (unsigned char)text.p[0] <= ' ')
		text = span_from_offset(text, 1);
	while (text.n > 0 && (unsigned char)text.p[text.n - 1] <= ' ')
		text.n--;
	return text;
}

static struct span place(struct span href, const struct part *part)
{
	return part->is_there ? span_slice(href, part->start, part->n) : span_from(NULL, 0);
}

static void finish(struct arena *a, const struct parse *p, struct span text, struct url *out)
{
	struct span href = buf_span(&p->out);

	out->href = href = span_equal(href, text) ? text : arena_copy(a, href);
	out->scheme = place(href, &p->scheme);
	out->user = place(href, &p->user);
	out->password = place(href, &p->password);
	out->host = place(href, &p->host);
	out->path = place(href, &p->path);
	out->query = place(href, &p->query);
	out->fragment = place(href, &p->fragment);
	out->host_kind = p->host_kind;
	out->port = p->port;
	out->odd |= url_odd_escapes(out->path);
	if (p->host_kind == URL_HOST_DOMAIN) {
		if (!url_find_domain(out->host, &out->domain))
			out->odd |= URL_ODD(NO_TLD);
	} else if (p->host_kind == URL_HOST_IPV4 || p->host_kind == URL_HOST_IPV6) {
		out->domain = out->host;
	}
}

/* By the letter of the standard. `text` is trimmed. */
static bool read_any(struct arena *a, struct span text, const struct url *base, struct url *out)
{
	static char block[URL_BYTES_MOST];
	struct parse p = {
		.out = {.p = block, .capacity = sizeof(block), .most = sizeof(block)},
		.base = base,
		.port = -1,
	};
	bool is_url;

	p.rest = without_blanks(text, &p.odd);
	p.odd |= url_odd_characters(p.rest);
	is_url = read_url(&p);
	out->odd = p.odd | (p.out.full ? URL_ODD(LONG) : 0);
	if (!is_url || p.out.full)
		return false;
	finish(a, &p, text, out);
	return true;
}

/* Of the web, or relative to what may be: others hold data of any length, and lead nowhere. */
static bool may_be_cut(struct span text)
{
	size_t n = scheme_length(span_slice(text, 0, SCHEME_MOST));
	bool is_special = n == 0;

	for (size_t i = 0; i < ARRAY_LEN(special_schemes) && !is_special; i++)
		is_special = span_equal_nocase(span_slice(text, 0, n), special_schemes[i].name);
	return is_special;
}

static bool read_whole(struct arena *a, struct span text, const struct url *base, struct url *out)
{
	struct span written = out->written;

	if (url_read_normal(text, out))
		return true;
	*out = (struct url){.written = written, .port = -1};
	return read_any(a, text, base, out);
}

/* Reads the first `most` bytes. */
static bool read_cut(struct arena *a, struct span text, size_t most, const struct url *base,
	struct url *out)
{
	uint32_t odd = 0;
	bool is_url = read_whole(a, url_cut(a, text, most, &odd), base, out);

	out->odd |= odd;
	return is_url;
}

bool url_parse(struct arena *a, struct span written, const struct url *base, struct url *out)
{
	struct span text = trim(written);

	*out = (struct url){.written = written, .port = -1};
	if (text.n <= URL_BYTES_MOST) {
		if (read_whole(a, text, base, out))
			return true;
		if (text.n <= CUT_MOST || (out->odd & URL_ODD(LONG)) == 0)
			return false;
	}
	if (!may_be_cut(text)) {
		out->odd |= URL_ODD(LONG);
		return false;
	}
	if (text.n > URL_BYTES_MOST && read_cut(a, text, URL_BYTES_MOST, base, out))
		return true;
	return read_cut(a, text, CUT_MOST, base, out);
}

bool url_is_web(const struct url *url)
{
	bool is_special;

	(void)default_port(url->scheme, &is_special);
	return is_special && !span_equal(url->scheme, SPAN("file"));
}

struct span url_mail_address(struct arena *a, const struct url *url)
{
	struct span path = url->path;
	struct buf out;

	if (!span_equal(url->scheme, SPAN("mailto")))
		return span_from(NULL, 0);
	if (!span_has_byte(path, '%'))
		return path;
	buf_init(&out, a, path.n);
	(void)url_add_decoded(&out, path);
	return span_trim(buf_span(&out));
}
