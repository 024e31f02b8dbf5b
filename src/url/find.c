/*
 * URLs and mail addresses in plain text.
 *
 * DESIGN: every URL holds a colon, a dot or an @, so the text is searched for those alone, sixteen bytes at a time,
 * and what stands around each is read. What was read is never looked at again: `floor` is where the last find, or
 * what turned out to be none, has ended, and nobody looks back over it. So work is linear whatever the text is.
 */
#include "url/find.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	SCHEME_MOST = 8,    /* bytes of one that is known */
	LOCAL_MOST = 64,    /* of an address: RFC 5321 section 4.5.3.1.1 */
	LINE_FULL = 70,     /* columns of a line that was cut because it was full */
	LINES_MOST = 16,    /* that a URL is joined from */
	FAILURES_MOST = 16, /* attempts within one run of bytes that make no URL */
	PORT_DIGITS_MOST = 5,
};

struct finding {
	struct arena *arena;
	struct span text;
	size_t most;
	struct url_finds *out;
	size_t floor;    /* nothing before it is looked at again, but for local parts */
	size_t found;    /* where the last find has ended */
	size_t run_end;  /* of the last bytes that made no URL */
	size_t failures; /* within them */
};

/* ---- triggers ---- */

/*
 * Whether a URL may stand around this byte: colons, dots and @ that no blank follows, brackets that may hold a dot or
 * an @ in words, and the dots of other writings.
 */
static bool is_trigger(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);
	char next = rest.n > 1 ? rest.p[1] : ' ';

	switch (*rest.p) {
	case '.':
	case '@':
		return (unsigned char)next > ' ';
	case ':':
		return true;
	case '[':
	case '(':
	case '{':
		return memchr("dDaA@. ", next, 7) != NULL;
	case '\xe3':
		return span_starts(rest, SPAN("\xe3\x80\x82"));
	case '\xef':
		return span_starts(rest, SPAN("\xef\xbc\x8e")) ||
			span_starts(rest, SPAN("\xef\xbd\xa1"));
	default:
		return false;
	}
}

static size_t next_trigger_plain(struct span text, size_t at)
{
	while (at < text.n && !is_trigger(text, at))
		at++;
	return at;
}

#ifdef __SSE2__
/* Bits of the bytes of a block that may be triggers; most others are blanks and letters. */
static unsigned block_mask(const char *p)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* the byte behind each: a dot before a blank ends a sentence */
	__m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
	__m128i blank = _mm_or_si128(_mm_cmpeq_epi8(next, _mm_set1_epi8(' ')),
		_mm_cmpeq_epi8(next, _mm_set1_epi8('\n')));
	__m128i dot = _mm_andnot_si128(blank, _mm_cmpeq_epi8(block, _mm_set1_epi8('.')));
	/* ':', '@', '(', '[', '{' and the first bytes of wide dots */
	__m128i other = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')),
		_mm_cmpeq_epi8(block, _mm_set1_epi8('@')));
	__m128i bracket = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('(')),
		_mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8((char)0xdf)),
			_mm_set1_epi8('[')));
	__m128i wide = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xe3)),
		_mm_cmpeq_epi8(block, _mm_set1_epi8((char)0xef)));

	return (unsigned)_mm_movemask_epi8(
		_mm_or_si128(_mm_or_si128(dot, other), _mm_or_si128(bracket, wide)));
}

static size_t next_trigger(struct span text, size_t at)
{
	while (at + 17 <= text.n) {
		for (unsigned mask = block_mask(text.p + at); mask != 0; mask &= mask - 1) {
			size_t found = at + (size_t)__builtin_ctz(mask);

			if (is_trigger(text, found))
				return found;
		}
		at += 16;
	}
	return next_trigger_plain(text, at);
}
#else
static size_t next_trigger(struct span text, size_t at)
{
	return next_trigger_plain(text, at);
}
#endif

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

/*
 * The bytes from start to end make no URL. Gives 0, for there may be one within; but where to go on when too many were
 * tried there, or a text of colons would be read to its end from each.
 */
static size_t give_up(struct finding *f, size_t start, size_t end)
{
	if (start >= f->run_end)
		f->failures = 0;
	f->run_end = num_max(f->run_end, end);
	return ++f->failures > FAILURES_MOST ? f->run_end : 0;
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
		if (at == from)
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
	for (unsigned i = 0; i < LINES_MOST && (n = line_end(f, end)) > 0 && is_full_line(f, end);
		i++) {
		size_t from = end + n, stop = from;

		while (stop < f->text.n && stop - from < URL_BYTES_MOST &&
			!is_blank_or_control(f->text.p[stop]))
			stop++;
		if (!goes_on(piece(f, from, stop)))
			break;
		end = last = stop;
		stop = find_end(f->text, from, from);
		buf_add(&joined, piece(f, from, stop));
		if (stop < end)
			break;
	}
	*out = buf_span(&joined);
	return joined.full ? 0 : last;
}

/* Adds the URL; also as it is when its lines are joined. Gives where it has ended, or 0 when it is none. */
static size_t add_url(struct finding *f, struct span href, size_t start, size_t end, uint32_t odd)
{
	struct span tail, whole;
	size_t after, lead = start, raw = end;

	/* a line that was cut may end with what would end a sentence */
	while (raw < f->text.n && strchr(".,;:!?", f->text.p[raw]) != NULL &&
		f->text.p[raw] != '\0')
		raw++;
	/* what was recovered is not joined, too */
	if (line_end(f, raw) == 0 || (odd & URL_ODD(OBFUSCATED)) != 0)
		return add(f, URL_FOUND_URL, href, start, end, odd) ? end : 0;
	if (lead >= 4 && span_equal_nocase(piece(f, lead - 4, lead), SPAN("url:")))
		lead -= 4;
	after = byte_before(f, lead) == '<' ? join_in_angles(f, start, raw, &tail) : 0;
	if (after > 0) {
		whole = arena_printf(f->arena, "%s%.*s",
			(odd & URL_ODD(NO_SCHEME)) ? "http://" : "", SPAN_ARG(tail));
		if (add(f, URL_FOUND_URL, whole, start, after, odd | URL_ODD(WRAPPED)))
			return after;
	}
	if (!add(f, URL_FOUND_URL, href, start, end, odd))
		return 0;
	after = join_full_lines(f, start, raw, &tail);
	if (after == 0)
		return end;
	whole = arena_printf(f->arena, "%s%.*s", (odd & URL_ODD(NO_SCHEME)) ? "http://" : "",
		SPAN_ARG(tail));
	(void)add(f, URL_FOUND_URL, whole, start, after, odd | URL_ODD(WRAPPED));
	return after;
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

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		*start = colon - schemes[i].name.n;
		if (span_ends_nocase(before, schemes[i].name) &&
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

		if (c == '/' || c == '\\')
			slashes++;
		else if (c != ' ')
			break;
		else
			*odd |= URL_ODD(OBFUSCATED);
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

/*
 * A URL whose scheme or host is in disguise, from the scheme's start on; the host begins at `host`. Gives its end, or
 * 0 when it is none after all.
 */
static size_t try_disguised(struct finding *f, size_t start, const char *scheme, size_t host,
	uint32_t odd)
{
	struct find_name name;
	struct buf clear;
	size_t from, end;

	/* words may be words: what they make must exist */
	if (!find_read_name(f->arena, f->text, host, true, &name) ||
		(span_has_byte(name.text, ' ') && !find_is_host(f->arena, name.name)))
		return 0;
	odd |= name.odd;
	from = host + name.text.n;
	end = find_end(f->text, start, from);
	if (end > from && strchr("/\\?#:", f->text.p[from]) == NULL)
		end = from;
	buf_init(&clear, f->arena, 2 * URL_BYTES_MOST);
	buf_printf(&clear, "%s://", scheme);
	buf_add(&clear, name.name);
	add_clear(&clear, piece(f, from, end));
	return add_url(f, buf_span(&clear), start, end, odd);
}

/* Where the host of a URL that runs from `host` to `end` ends. */
static size_t authority_end(const struct finding *f, size_t host, size_t end)
{
	while (host < end && strchr("/\\?#", f->text.p[host]) == NULL)
		host++;
	return host;
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
		if (memchr("[({ ", f->text.p[i], 4) != NULL &&
			find_separator(f->text, i, true, &odd) > 0)
			return true;
	return false;
}

/* "http://example.com" and then Chinese without a blank: the end of the name that exists. */
static size_t cut_host(struct finding *f, size_t host, size_t end)
{
	size_t stop = authority_end(f, host, end);
	struct span authority = piece(f, host, stop);
	struct find_name name;

	if (span_is_ascii(span_slice(authority, 0, FIND_HOST_MOST)) ||
		!find_read_name(f->arena, f->text, host, false, &name) ||
		host + name.text.n >= stop || name.odd != 0 ||
		(unsigned char)byte_at(f, host + name.text.n) < 0x80)
		return end;
	return host + name.text.n;
}

static size_t try_mailto(struct finding *f, size_t start, size_t from)
{
	size_t end = find_end(f->text, start, from);
	struct span rest = piece(f, from, end);
	size_t at = span_find_byte(rest, '@');

	size_t done = 0;

	if (at > 0 && at < rest.n && span_find_byte(rest, '?') > at)
		done = add_url(f, piece(f, start, end), start, end, 0);
	return done > 0 ? done : give_up(f, start, end);
}

static size_t try_scheme(struct finding *f, size_t colon)
{
	bool is_apart = colon > f->floor && f->text.p[colon - 1] == ' ';
	size_t start, host, end, done;
	uint32_t odd = is_apart ? URL_ODD(OBFUSCATED) : 0;
	int i = find_scheme(f, colon - is_apart, &start);

	if (i == -1)
		return 0;
	if (!schemes[i].has_host)
		return try_mailto(f, start, colon + 1);
	host = skip_slashes(f, colon + 1, &odd);
	if (host == 0)
		return 0;
	if (schemes[i].means != NULL)
		return try_disguised(f, start, schemes[i].means, host, odd | URL_ODD(OBFUSCATED));
	end = find_end(f->text, start, host);
	if (odd != 0 || is_disguised(f, host, end)) {
		struct span scheme = schemes[i].name;

		done = try_disguised(f, start, scheme.p, host, odd);
		if (done > 0 || odd != 0)
			return done;
	}
	if (end == host)
		return 0;
	end = cut_host(f, host, end);
	done = add_url(f, piece(f, start, end), start, end, 0);
	return done > 0 ? done : give_up(f, start, end);
}

/* ---- names and addresses ---- */

/* Where a name that goes on at `at` begins: its first label alone, since its separators come in order. */
static size_t label_start(const struct finding *f, size_t at)
{
	size_t least = at > FIND_HOST_MOST ? num_max(f->floor, at - FIND_HOST_MOST) : f->floor;

	for (size_t n; (n = find_label_char_before(f->text, least, at)) > 0;)
		at -= n;
	/* what stands before a name in prose, not in it */
	while (at < f->text.n && (f->text.p[at] == '-' || f->text.p[at] == '_'))
		at++;
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
	return c == '@' || c == '\\' || c == '=' || c == '_' || (c == ':' && next == ':');
}

/* Where port, path, query and fragment behind a name end: its own end when there is none. */
static size_t tail_end(const struct finding *f, size_t start, size_t end)
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
	return find_end(f->text, start, from);
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
	return find_is_host(f->arena, name->name) &&
		((byte_at(f, end) == '/' && end < f->text.n) ||
			!find_is_false_friend(name->name, name->labels));
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

/* The name around the separator at `at`. Gives where it has ended, whether it was a URL or not. */
static size_t try_name(struct finding *f, size_t at)
{
	size_t start = label_start(f, at), end, after, done;
	struct find_name name;
	struct span href;
	bool is_name;

	if (start == at)
		return at + 1;
	is_name = find_read_name(f->arena, f->text, start, false, &name);
	end = num_max(start + name.text.n, at + 1);
	if (!is_name || !is_meant(f, &name, start, end) || is_local_part(f, end))
		return end;
	after = tail_end(f, start, end);
	href = arena_printf(f->arena, "http://%.*s%.*s", SPAN_ARG(name.name),
		SPAN_ARG(piece(f, end, after)));
	done = add_url(f, href, start, after, URL_ODD(NO_SCHEME) | name.odd);
	return done > 0 ? done : after;
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
	while (start < at && (unsigned char)f->text.p[start] < 0x80 &&
		!byte_is_alnum(f->text.p[start]) && f->text.p[start] != '_')
		start++;
	return start;
}

/* The address around the @ at `at`, which is `n` bytes. Gives where it has ended, or 0. */
static size_t try_address(struct finding *f, size_t at, size_t n, uint32_t odd)
{
	size_t start = local_start(f, at), end;
	struct find_name name;
	struct span href;

	if (start == at || f->text.p[at - 1] == '.' ||
		!find_read_name(f->arena, f->text, at + n, false, &name) ||
		!find_is_host(f->arena, name.name))
		return 0;
	end = at + n + name.text.n;
	href = arena_printf(f->arena, "mailto:%.*s@%.*s", SPAN_ARG(piece(f, start, at)),
		SPAN_ARG(name.name));
	return add(f, URL_FOUND_ADDRESS, href, start, end, odd | name.odd) ? end : 0;
}

/* ---- all of it ---- */

/* A bracket or a dot of another kind: an @ or a dot in disguise. */
static size_t try_disguise(struct finding *f, size_t at)
{
	size_t from = at > f->floor && f->text.p[at - 1] == ' ' ? at - 1 : at, n, done;
	uint32_t odd = 0;

	n = find_at_sign(f->text, from, &odd);
	if (n > 0) {
		done = try_address(f, from, n, odd);
		return num_max(done, at + 1);
	}
	if (find_separator(f->text, from, false, &odd) == 0)
		return at + 1;
	return num_max(try_name(f, from), at + 1);
}

/* Looks at what is around a trigger; gives where to go on, or 0 when there is nothing. */
static size_t look_at(struct finding *f, size_t at)
{
	switch (f->text.p[at]) {
	case ':':
		return try_scheme(f, at);
	case '@':
		return try_address(f, at, 1, 0);
	case '.':
		return try_name(f, at);
	default:
		return try_disguise(f, at);
	}
}

void url_find_all(struct arena *a, struct span text, size_t most, struct url_finds *out)
{
	struct finding f = {.arena = a, .text = text, .most = most, .out = out};

	for (size_t at = next_trigger(text, 0); at < text.n && !out->is_cut;) {
		size_t end = look_at(&f, at);

		if (end > 0)
			f.floor = end;
		at = next_trigger(text, num_max(end, at + 1));
	}
}
