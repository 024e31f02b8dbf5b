/*
 * URLs that are written as browsers write them: read in one pass, and nothing is copied.
 *
 * DESIGN: nearly all URLs of mail are of this kind, and a newsletter has hundreds. The parser of the standard would
 * come to the same result by writing each one anew; what is in the least unusual is left to it.
 */
#include "url/inner.h"

/* The bytes of names that need no further look: letters in lower case, digits, -, _ and the dot. */
static const uint8_t host_bytes[256] =
	{['a' ... 'z'] = 1, ['0' ... '9'] = 1, ['-'] = 1, ['_'] = 1, ['.'] = 1};

/*
 * The length of the host; 0 for one that the host parser must see: A-labels and what looks like them, a number in the
 * last label (an address), a dot at the end, and bytes beyond those of ordinary names.
 */
static size_t read_host(struct span rest)
{
	size_t n = 0, label = 0;

	for (; n < rest.n && host_bytes[(unsigned char)rest.p[n]] != 0; n++) {
		if (rest.p[n] == '.')
			label = n + 1;
		else if (rest.p[n] == '-' && n > 0 && rest.p[n - 1] == '-')
			return 0;
	}
	return n == label || byte_is_digit(rest.p[label]) ? 0 : n;
}

/* A path that begins with a slash, up to where a query or fragment begins; 0 when something in it must change. */
static size_t read_path(struct span rest, bool *has_escapes)
{
	size_t n = 1;

	*has_escapes = false;
	if (rest.n == 0 || *rest.p != '/')
		return 0;
	for (; n < rest.n; n++) {
		char c = rest.p[n];

		if ((url_byte_sets[(unsigned char)c] & URL_SET_PATH) != 0)
			return c == '?' || c == '#' ? n : 0;
		if (c == '\\')
			return 0;
		if ((c == '.' || c == '%') && rest.p[n - 1] == '/') /* perhaps a segment of dots */
			return 0;
		*has_escapes = *has_escapes || c == '%';
	}
	return n;
}

/* The length of what needs no escapes. */
static size_t read_plain(struct span rest, enum url_byte_set set)
{
	size_t n = 0;

	while (n < rest.n && (url_byte_sets[(unsigned char)rest.p[n]] & set) == 0)
		n++;
	return n;
}

static struct span take(struct span *rest, size_t n)
{
	struct span piece = span_slice(*rest, 0, n);

	*rest = span_from_offset(*rest, n);
	return piece;
}

/* The query and the fragment, to the end of the text. */
static bool read_rest(struct span rest, struct url *out)
{
	if (rest.n > 0 && *rest.p == '?') {
		(void)take(&rest, 1);
		out->query = take(&rest, read_plain(rest, URL_SET_SPECIAL_QUERY));
	}
	if (rest.n > 0 && *rest.p == '#') {
		(void)take(&rest, 1);
		out->fragment = take(&rest, read_plain(rest, URL_SET_FRAGMENT));
	}
	return rest.n == 0;
}

bool url_read_normal(struct span text, struct url *out)
{
	struct span rest = text;
	bool has_escapes;
	size_t n;

	if (span_starts(text, SPAN("https://")))
		n = 5;
	else if (span_starts(text, SPAN("http://")))
		n = 4;
	else
		return false;
	out->scheme = take(&rest, n);
	(void)take(&rest, 3);
	n = read_host(rest);
	if (n == 0)
		return false;
	out->host = take(&rest, n);
	n = read_path(rest, &has_escapes);
	if (n == 0)
		return false;
	out->path = take(&rest, n);
	if (!read_rest(rest, out))
		return false;
	out->href = text;
	out->host_kind = URL_HOST_DOMAIN;
	if (has_escapes)
		out->odd |= url_odd_escapes(out->path);
	if (!url_find_domain(out->host, &out->domain))
		out->odd |= URL_ODD(NO_TLD);
	return true;
}
