/*
 * URLs and mail addresses in plain text.
 *
 * DESIGN: every URL holds a colon, a dot or an @, so the text is searched for those alone, sixteen bytes at a time,
 * and what stands around each is read. What was read is never looked at again: `floor` is where the last find, or
 * what turned out to be none, has ended, and nobody looks back over it. Only what made no URL may hold another one, and
 * the loop at the end counts how often: every attempt tells it how far it has read. So work is linear whatever the text
 * is; `steps` of the finds says how much it was.
 */
#include "url/find.h"

#include <string.h>

enum {
	SCHEME_MOST = 15,  /* bytes of one that is known */
	LOCAL_MOST = 64,   /* of an address: RFC 5321 section 4.5.3.1.1 */
	LINE_FULL = 70,    /* columns of a line that was cut because it was full */
	LINES_MOST = 16,   /* that a URL is joined from */
	FAILURES_MOST = 8, /* attempts within one run of bytes that make no URL */
	PORT_DIGITS_MOST = 5,
};

#define WIDE_SLASH SPAN("\xef\xbc\x8f")

struct finding {
	struct arena *arena;
	struct span text;
	size_t most;
	struct url_finds *out;
	size_t floor;     /* nothing before it is looked at again, but for local parts */
	size_t found;     /* where the last find has ended */
	size_t run_end;   /* of the last bytes that made no URL */
	size_t failures;  /* within them */
	size_t doubts;    /* names that may be no URLs: what is around each was looked at */
	struct buf clear; /* what stood in disguise; its memory is used again */
};

/* What came of looking at a trigger. */
struct attempt {
	enum {
		NOTHING, /* is there */
		FAILED,  /* all up to `end` was read and makes no URL, but one may stand within */
		PASSED,  /* the same, and none does */
		FOUND,   /* one that ends at `end` */
	} result;
	size_t end;
};

static struct attempt failed(size_t end)
{
	return (struct attempt){FAILED, end};
}

static struct attempt passed(size_t end)
{
	return (struct attempt){PASSED, end};
}

static struct attempt found(size_t end)
{
	return (struct attempt){FOUND, end};
}

/* ---- finds ---- */

static struct span piece(const struct finding *f, size_t start, size_t end)
{
	return span_slice(f->text, start, end - start);
}

/* The byte before, or a blank where nothing is. */
static char byte_before(const struct finding *f, size_t at)
{
	return at > 0 ? f->text.p[at - 1] : ' ';
}

static char byte_at(const struct finding *f, size_t at)
{
	return at < f->text.n ? f->text.p[at] : ' ';
}

/* Adds what `href` is, which stands from start to end in the text. False when it is no URL. */
static bool add(struct finding *f, enum url_find_kind kind, struct span href, size_t start,
	size_t end, uint32_t odd)
{
	struct url_found *found;
	struct url url;

	if (!url_parse(f->arena, href, NULL, &url))
		return false;
	f->out->steps += href.n;
	if (f->out->n >= f->most) {
		f->out->is_cut = true;
		return true;
	}
	url.odd |= odd;
	f->found = end;
	found = VEC_ADD(f->arena, f->out);
	*found = (struct url_found){.kind = kind,
		.url = url,
		.text = piece(f, start, end),
		.start = start};
	return true;
}

/* As find_end. */
static size_t url_end(struct finding *f, size_t start, size_t from)
{
	return find_end(f->text, start, from, &f->out->steps);
}

/* As find_read_name. */
static bool read_name(struct finding *f, size_t at, bool words, struct find_name *out)
{
	bool is_name = find_read_name(f->arena, f->text, at, words, out);

	f->out->steps += out->text.n;
	return is_name;
}

/* ---- over lines ---- */

/* The line end at `at`: 0, 1 or 2 bytes. */
static size_t line_end(const struct finding *f, size_t at)
{
	if (byte_at(f, at) == '\n')
		return 1;
	return byte_at(f, at) == '\r' && byte_at(f, at + 1) == '\n' ? 2 : 0;
}

static bool is_blank_or_control(char c)
{
	return (unsigned char)c <= ' ' || c == '\x7f';
}

/*
 * A URL in angles goes on over line ends to the closing one (RFC 3986 appendix C). Gives where that stands, and the
 * URL without what is between; 0 when something else comes first.
 */
static size_t join_in_angles(struct finding *f, size_t start, size_t end, struct span *out)
{
	struct buf joined;
	size_t lines = 0, at = end;

	buf_init(&joined, f->arena, URL_BYTES_MOST);
	buf_add(&joined, piece(f, start, end));
	while (at < f->text.n && f->text.p[at] != '>') {
		size_t from = at, n = line_end(f, at);

		if (n > 0 && ++lines <= LINES_MOST) {
			for (at += n; byte_at(f, at) == ' ' && at < f->text.n;)
				at++;
			continue;
		}
		while (at < f->text.n && !is_blank_or_control(f->text.p[at]) &&
			f->text.p[at] != '<' && f->text.p[at] != '>')
			at++;
		f->out->steps += at - from;
		if (at == from || joined.full)
			return 0;
		buf_add(&joined, piece(f, from, at));
	}
	*out = buf_span(&joined);
	return at < f->text.n && !joined.full && lines > 0 ? at : 0;
}

/* What stands on a line alone and can only be the rest of a URL. */
static bool goes_on(struct span token)
{
	bool tells = false;

	if (token.n < 2 || span_find(token, SPAN("://")) < token.n ||
		span_starts_nocase(token, SPAN("www.")) || strchr("<>([\"'-*", *token.p) != NULL)
		return false;
	for (size_t i = 0; i < token.n; i++) {
		if ((unsigned char)token.p[i] >= 0x80 || strchr("<>\"@", token.p[i]) != NULL)
			return false;
		tells |= byte_is_digit(token.p[i]) || strchr("/=&%?_", token.p[i]) != NULL;
	}
	return tells;
}

/* The line that ends at `end` is full. */
static bool is_full_line(const struct finding *f, size_t end)
{
	size_t most = num_min(end, LINE_FULL);
	struct span before = span_slice(f->text, end - most, most);

	return most == LINE_FULL && !span_has_byte(before, '\n');
}

/* The same without angles, where a line was cut since it was full. */
static size_t join_full_lines(struct finding *f, size_t start, size_t end, struct span *out)
{
	struct buf joined;
	size_t last = 0, n;

	buf_init(&joined, f->arena, URL_BYTES_MOST);
	buf_add(&joined, piece(f, start, end));
	for (unsigned i = 0; i < LINES_MOST && !joined.full && (n = line_end(f, end)) > 0 &&
		is_full_line(f, end);
		i++) {
		size_t from = end + n, stop = from;

		while (stop < f->text.n && stop - from < URL_BYTES_MOST &&
			!is_blank_or_control(f->text.p[stop]))
			stop++;
		f->out->steps += stop - from;
		if (!goes_on(piece(f, from, stop)))
			break;
		end = last = stop;
		stop = url_end(f, from, from);
		buf_add(&joined, piece(f, from, stop));
		if (stop < end)
			break;
	}
	*out = buf_span(&joined);
	return joined.full ? 0 : last;
}

/* Adds the URL; also as it is when its lines are joined. */
static struct attempt add_url(struct finding *f, struct span href, size_t start, size_t end,
	uint32_t odd)
{
	const char *scheme = (odd & URL_ODD(NO_SCHEME)) != 0 ? "http://" : "";
	struct span tail, whole;
	size_t after, lead = start, raw = end;

	/* a line that was cut may end with what would end a sentence */
	while (raw < f->text.n && strchr(".,;:!?", f->text.p[raw]) != NULL &&
		f->text.p[raw] != '\0')
		raw++;
	/* what was recovered is not joined, too */
	if (line_end(f, raw) == 0 || (odd & URL_ODD(OBFUSCATED)) != 0)
		return add(f, URL_FOUND_URL, href, start, end, odd) ? found(end) : failed(end);
	if (lead >= 4 && span_equal_nocase(piece(f, lead - 4, lead), SPAN("url:")))
		lead -= 4;
	after = byte_before(f, lead) == '<' ? join_in_angles(f, start, raw, &tail) : 0;
	if (after > 0) {
		whole = arena_printf(f->arena, "%s%.*s", scheme, SPAN_ARG(tail));
		if (add(f, URL_FOUND_URL, whole, start, after, odd | URL_ODD(WRAPPED)))
			return found(after);
	}
	if (!add(f, URL_FOUND_URL, href, start, end, odd))
		return failed(end);
	after = join_full_lines(f, start, raw, &tail);
	if (after == 0)
		return found(end);
	whole = arena_printf(f->arena, "%s%.*s", scheme, SPAN_ARG(tail));
	(void)add(f, URL_FOUND_URL, whole, start, after, odd | URL_ODD(WRAPPED));
	return found(after);
}

/* ---- with a scheme ---- */

static const struct {
	struct span name;
	const char *means; /* what it is in truth, where it is a disguise; else NULL */
	bool glues;        /* even behind a word without a blank */
	bool has_host;
} schemes[] = {
	{SPAN_INIT("https"), NULL, true, true},
	{SPAN_INIT("http"), NULL, true, true},
	{SPAN_INIT("hxxps"), "https", true, true},
	{SPAN_INIT("hxxp"), "http", true, true},
	{SPAN_INIT("h**ps"), "https", true, true},
	{SPAN_INIT("h**p"), "http", true, true},
	{SPAN_INIT("htxps"), "https", false, true},
	{SPAN_INIT("htxp"), "http", false, true},
	{SPAN_INIT("meows"), "https", false, true},
	{SPAN_INIT("meow"), "http", false, true},
	{SPAN_INIT("h t t p s"), "https", false, true},
	{SPAN_INIT("h t t p"), "http", false, true},
	{SPAN_INIT("\xef\xbd\x88\xef\xbd\x94\xef\xbd\x94\xef\xbd\x90\xef\xbd\x93"), "https", false,
		true},
	{SPAN_INIT("\xef\xbd\x88\xef\xbd\x94\xef\xbd\x94\xef\xbd\x90"), "http", false, true},
	{SPAN_INIT("mailto"), NULL, false, false},
	{SPAN_INIT("ftp"), NULL, false, true},
	{SPAN_INIT("ftps"), NULL, false, true},
	{SPAN_INIT("sftp"), NULL, false, true},
	{SPAN_INIT("ws"), NULL, false, true},
	{SPAN_INIT("wss"), NULL, false, true},
	{SPAN_INIT("file"), NULL, false, true},
	{SPAN_INIT("irc"), NULL, false, true},
	{SPAN_INIT("ircs"), NULL, false, true},
	{SPAN_INIT("news"), NULL, false, true},
	{SPAN_INIT("nntp"), NULL, false, true},
	{SPAN_INIT("gopher"), NULL, false, true},
	{SPAN_INIT("ldap"), NULL, false, true},
	{SPAN_INIT("rtsp"), NULL, false, true},
	{SPAN_INIT("smb"), NULL, false, true},
	{SPAN_INIT("tg"), NULL, false, true},
	{SPAN_INIT("webcal"), NULL, false, true},
};

/* The scheme that ends before the colon, or -1; `start` gets where it begins. */
static int find_scheme(const struct finding *f, size_t colon, size_t *start)
{
	size_t room = num_min(colon - f->floor, SCHEME_MOST);
	struct span before = span_slice(f->text, colon - room, room);
	char last = room > 0 ? byte_lower(before.p[room - 1]) : ' ';

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct span name = schemes[i].name;

		*start = colon - name.n;
		if (name.p[name.n - 1] == last && span_ends_nocase(before, name) &&
			(schemes[i].glues || !byte_is_alnum(byte_before(f, *start))))
			return (int)i;
	}
	return -1;
}

/* Slashes behind the colon, with blanks only where they hide it. Gives where the host begins, or 0. */
static size_t skip_slashes(const struct finding *f, size_t at, uint32_t *odd)
{
	size_t slashes = 0, from = at;

	for (; at < f->text.n && at - from < 8; at++) {
		char c = f->text.p[at];

		if (c == '/' || c == '\\') {
			slashes++;
		} else if (c == ' ') {
			*odd |= URL_ODD(OBFUSCATED);
		} else if (span_starts(span_from_offset(f->text, at), WIDE_SLASH)) {
			slashes++;
			at += WIDE_SLASH.n - 1;
			*odd |= URL_ODD(OBFUSCATED) | URL_ODD(WIDE);
		} else {
			break;
		}
	}
	return slashes >= 2 || (slashes == 1 && at == from + 1) ? at : 0;
}

/* The bytes with dots in disguise turned into dots. */
static void add_clear(struct buf *out, struct span text)
{
	static const struct span disguised[] = {SPAN_INIT("[.]"), SPAN_INIT("(.)"),
		SPAN_INIT("{.}"), SPAN_INIT("[dot]")};
	size_t from = 0, i = 0;

	while (i < text.n) {
		size_t k = 0;

		while (k < ARRAY_LEN(disguised) &&
			!span_starts(span_from_offset(text, i), disguised[k]))
			k++;
		if (k == ARRAY_LEN(disguised)) {
			i++;
			continue;
		}
		buf_add(out, span_slice(text, from, i - from));
		buf_add_byte(out, '.');
		from = i += disguised[k].n;
	}
	buf_add(out, span_from_offset(text, from));
}

/* Where the host of a URL that runs from `host` to `end` ends. */
static size_t authority_end(const struct finding *f, size_t host, size_t end)
{
	while (host < end && strchr("/\\?#", f->text.p[host]) == NULL)
		host++;
	return host;
}

/*
 * A URL whose scheme or host is in disguise, from the scheme's start on; the host begins at `host`. What stands behind
 * the host is copied only when the host can be one.
 */
static struct attempt try_disguised(struct finding *f, size_t start, const char *scheme,
	size_t host, uint32_t odd)
{
	struct find_name name;
	struct buf *clear = &f->clear;
	size_t from, end, stop;
	struct url url;

	/* words may be words, and a wide dot the end of a sentence: what they make must exist */
	if (!read_name(f, host, true, &name) ||
		((span_has_byte(name.text, ' ') || (name.odd & URL_ODD(WIDE)) != 0) &&
			!find_is_host(f->arena, name.name)))
		return failed(host + name.text.n);
	odd |= name.odd;
	from = host + name.text.n;
	end = url_end(f, start, from);
	if (end > from && strchr("/\\?#:", f->text.p[from]) == NULL)
		end = from;
	stop = authority_end(f, from, end);
	if (stop - from > FIND_HOST_MOST)
		return failed(end);
	buf_clear(clear);
	buf_printf(clear, "%s://", scheme);
	buf_add(clear, name.name);
	add_clear(clear, piece(f, from, stop));
	if (!url_parse(f->arena, buf_span(clear), NULL, &url))
		return failed(end);
	add_clear(clear, piece(f, stop, end));
	f->out->steps += clear->n;
	return add_url(f, arena_copy(f->arena, buf_span(clear)), start, end, odd);
}

/* A dot in disguise stands in the host, or right behind it. */
static bool is_disguised(const struct finding *f, size_t host, size_t end)
{
	uint32_t odd = 0;
	size_t stop = num_min(authority_end(f, host, end), host + FIND_HOST_MOST);
	char first = byte_at(f, host);

	if (first == '[')
		return false;
	for (size_t i = host; i <= stop && i < f->text.n; i++)
		if (memchr("[({ \xe3\xef", f->text.p[i], 6) != NULL &&
			find_separator(f->text, i, true, &odd) > 0)
			return true;
	return false;
}

/*
 * "http://example.com" and then Chinese without a blank, or a line that is drawn right behind it: the end of the name
 * that exists.
 */
static size_t cut_host(struct finding *f, size_t host, size_t end)
{
	size_t stop = authority_end(f, host, end), drawn = end;
	struct span authority = piece(f, host, stop);
	struct find_name name;

	if (span_is_ascii(span_slice(authority, 0, FIND_HOST_MOST))) {
		while (stop == end && drawn > host && strchr("_-", f->text.p[drawn - 1]) != NULL)
			drawn--;
		return drawn > host ? drawn : end;
	}
	if (!read_name(f, host, false, &name) || host + name.text.n >= stop || name.odd != 0 ||
		(unsigned char)byte_at(f, host + name.text.n) < 0x80)
		return end;
	return host + name.text.n;
}

static struct attempt try_mailto(struct finding *f, size_t start, size_t from)
{
	size_t end = url_end(f, start, from);
	struct span rest = piece(f, from, end);
	size_t at = span_find_byte(rest, '@');

	if (at > 0 && at < rest.n && span_find_byte(rest, '?') > at)
		return add_url(f, piece(f, start, end), start, end, 0);
	return failed(end);
}

/* What goes on behind a scheme with a colon of `n` bytes, which may be one in disguise: [:]. */
static struct attempt try_scheme(struct finding *f, size_t colon, size_t n)
{
	bool is_apart = colon > f->floor && f->text.p[colon - 1] == ' ';
	uint32_t odd = is_apart || n > 1 ? URL_ODD(OBFUSCATED) : 0;
	size_t start, host, end;
	int i = find_scheme(f, colon - is_apart, &start);
	struct attempt attempt;
	const char *scheme;

	if (i == -1)
		return (struct attempt){0};
	if (!schemes[i].has_host)
		return try_mailto(f, start, colon + n);
	host = skip_slashes(f, colon + n, &odd);
	if (host == 0)
		return (struct attempt){0};
	scheme = schemes[i].means != NULL ? schemes[i].means : schemes[i].name.p;
	if (schemes[i].means != NULL || odd != 0)
		return try_disguised(f, start, scheme, host, odd | URL_ODD(OBFUSCATED));
	end = url_end(f, start, host);
	if (is_disguised(f, host, end)) {
		attempt = try_disguised(f, start, scheme, host, 0);
		if (attempt.result == FOUND)
			return attempt;
	}
	if (end == host)
		return failed(end);
	end = cut_host(f, host, end);
	return add_url(f, piece(f, start, end), start, end, 0);
}

/* ---- names and addresses ---- */

/* The length of what may stand at `at` before a name, but does not begin it. */
static size_t edge(struct span text, size_t at)
{
	return text.p[at] == '-' || text.p[at] == '_' ? 1 : find_unseen(text, at);
}

/* Where a name that goes on at `at` begins: its first label alone, since its separators come in order. */
static size_t label_start(const struct finding *f, size_t at)
{
	size_t end = at;
	size_t least = at > FIND_HOST_MOST ? num_max(f->floor, at - FIND_HOST_MOST) : f->floor;

	for (size_t n; (n = find_label_char_before(f->text, least, at)) > 0;)
		at -= n;
	/* what stands before a name in prose, not in it */
	for (size_t n; at < end && (n = edge(f->text, at)) > 0;)
		at += n;
	return at;
}

/* A name that is part of something else: a path, a variable, a call. */
static bool is_glued_before(const struct finding *f, size_t start)
{
	char c = byte_before(f, start);

	if (c == '.')
		return start < 2 || f->text.p[start - 2] != '.';
	return c != '\0' && strchr("/\\@#$%~+", c) != NULL;
}

static bool is_glued_behind(const struct finding *f, size_t end)
{
	char c = byte_at(f, end), next = byte_at(f, end + 1);

	if (end >= f->text.n)
		return false;
	if (c == '(' || c == '[')
		return next == ')' || next == ']' || byte_is_digit(next);
	if (c == '_') {
		/* a line that is drawn behind it ends it, a longer word goes on */
		while (byte_at(f, end) == '_')
			end++;
		return find_label_char(f->text, end) > 0;
	}
	return c == '@' || c == '\\' || c == '=' || (c == ':' && next == ':');
}

/* Where port, path, query and fragment behind a name end: its own end when there is none. */
static size_t tail_end(struct finding *f, size_t start, size_t end)
{
	size_t digits = 0, from = end;

	if (byte_at(f, from) == ':') {
		while (digits <= PORT_DIGITS_MOST && byte_is_digit(byte_at(f, from + 1 + digits)))
			digits++;
		if (digits == 0 || digits > PORT_DIGITS_MOST)
			return end;
		from += 1 + digits;
	}
	if (strchr("/?#", byte_at(f, from)) == NULL || byte_at(f, from) == '\0')
		return from;
	return url_end(f, start, from);
}

/* A dotted address alone is a version or a network; with a path it is a URL. */
static bool is_numeric_url(const struct finding *f, const struct find_name *name, size_t end)
{
	if (name->labels != 4 || !url_is_address(name->name))
		return false;
	if (byte_at(f, end) == ':')
		for (end++; byte_is_digit(byte_at(f, end));)
			end++;
	return byte_at(f, end) == '/' && byte_is_alpha(byte_at(f, end + 1));
}

/* Whether the name that ends at `end` is meant as a URL. */
static bool is_meant(struct finding *f, const struct find_name *name, size_t start, size_t end)
{
	if (is_glued_before(f, start) || is_glued_behind(f, end))
		return false;
	if (is_numeric_url(f, name, end))
		return true;
	if (!find_is_host(f->arena, name->name))
		return false;
	if (byte_at(f, end) == '/')
		return true;
	/* a text of names that are none costs no more than one of URLs */
	return f->doubts++ < URL_FINDS_MOST && !find_is_false_friend(f->text, name);
}

static bool is_local_byte(char c)
{
	return byte_is_alnum(c) || (c != '\0' && strchr("._+-='&~%!#$", c) != NULL);
}

/* What ends here goes on to an @: that finds it. */
static bool is_local_part(const struct finding *f, size_t end)
{
	size_t most = num_min(f->text.n, end + LOCAL_MOST);
	uint32_t odd = 0;

	while (end < most && is_local_byte(f->text.p[end]))
		end++;
	return find_at_sign(f->text, end, &odd) > 0;
}

/* The name around the separator at `at`. */
static struct attempt try_name(struct finding *f, size_t at)
{
	size_t start = label_start(f, at), end, after;
	struct find_name name;
	struct attempt attempt;
	struct span href;
	bool is_name;

	if (start == at)
		return passed(at + 1);
	is_name = read_name(f, start, false, &name);
	end = num_max(start + name.text.n, at + 1);
	if (!is_name || !is_meant(f, &name, start, end) || is_local_part(f, end))
		return passed(end);
	after = tail_end(f, start, end);
	href = arena_printf(f->arena, "http://%.*s%.*s", SPAN_ARG(name.name),
		SPAN_ARG(piece(f, end, after)));
	attempt = add_url(f, href, start, after, URL_ODD(NO_SCHEME) | name.odd);
	return attempt.result == FOUND ? attempt : passed(after);
}

/* Where the local part before `at` begins; `at` when there is none. */
static size_t local_start(const struct finding *f, size_t at)
{
	size_t start = at;

	while (start > f->found && at - start < LOCAL_MOST) {
		size_t n = is_local_byte(f->text.p[start - 1])
			? 1
			: find_label_char_before(f->text, f->found, start);

		if (n == 0)
			break;
		start -= n;
	}
	/* quotes and other signs before it are not meant */
	while (start < at && !byte_is_alnum(f->text.p[start]) && f->text.p[start] != '_') {
		size_t n = (unsigned char)f->text.p[start] < 0x80 ? 1 : find_unseen(f->text, start);

		if (n == 0)
			break;
		start += n;
	}
	return start;
}

/* The address around the @ at `at`, which is `n` bytes. */
static struct attempt try_address(struct finding *f, size_t at, size_t n, uint32_t odd)
{
	size_t start = local_start(f, at), end;
	struct find_name name;
	struct span href;

	if (start == at || f->text.p[at - 1] == '.')
		return (struct attempt){0};
	if (!read_name(f, at + n, false, &name) || !find_is_host(f->arena, name.name))
		return failed(at + n + name.text.n);
	end = at + n + name.text.n;
	href = arena_printf(f->arena, "mailto:%.*s@%.*s", SPAN_ARG(piece(f, start, at)),
		SPAN_ARG(name.name));
	return add(f, URL_FOUND_ADDRESS, href, start, end, odd | name.odd) ? found(end)
									   : failed(end);
}

/* ---- all of it ---- */

/* A bracket, or a sign of another kind: an @, a dot or a colon in disguise. */
static struct attempt try_disguise(struct finding *f, size_t at)
{
	static const struct span colons[] = {SPAN_INIT("[:]"), SPAN_INIT("(:)"), SPAN_INIT("{:}"),
		SPAN_INIT(FIND_WIDE_COLON)};
	size_t from = at > f->floor && f->text.p[at - 1] == ' ' ? at - 1 : at, n;
	struct attempt attempt;
	uint32_t odd = 0;

	for (size_t i = 0; i < ARRAY_LEN(colons); i++)
		if (span_starts(span_from_offset(f->text, at), colons[i]))
			return try_scheme(f, at, colons[i].n);
	n = find_at_sign(f->text, from, &odd);
	if (n > 0) {
		attempt = try_address(f, from, n, odd);
		return attempt.result == FOUND ? attempt : passed(at + 1);
	}
	if (find_separator(f->text, from, false, &odd) == 0)
		return passed(at + 1);
	attempt = try_name(f, from);
	attempt.end = num_max(attempt.end, at + 1);
	return attempt;
}

static struct attempt look_at(struct finding *f, size_t at)
{
	switch (f->text.p[at]) {
	case ':':
		return try_scheme(f, at, 1);
	case '@':
		return try_address(f, at, 1, 0);
	case '.':
		return try_name(f, at);
	default:
		return try_disguise(f, at);
	}
}

/*
 * Whether too much was tried in the bytes around `at`, or a text of colons would be read to its end from each. A run is
 * what attempts that overlap have read.
 */
static bool is_hopeless(struct finding *f, size_t at, size_t end)
{
	if (at >= f->run_end)
		f->failures = 0;
	f->run_end = num_max(f->run_end, end);
	return ++f->failures > FAILURES_MOST;
}

void url_find_all(struct arena *a, struct span text, size_t most, struct url_finds *out)
{
	struct finding f = {.arena = a, .text = text, .most = most, .out = out};

	buf_init(&f.clear, a, 2 * URL_BYTES_MOST);
	for (size_t at = find_next_trigger(text, 0); at < text.n && !out->is_cut;) {
		struct attempt attempt = look_at(&f, at);

		switch (attempt.result) {
		case NOTHING:
			attempt.end = 0;
			break;
		case FAILED:
			attempt.end = is_hopeless(&f, at, attempt.end) ? f.run_end : 0;
			break;
		case PASSED:
		case FOUND:
			break;
		}
		f.floor = num_max(f.floor, attempt.end);
		at = find_next_trigger(text, num_max(attempt.end, at + 1));
	}
}
