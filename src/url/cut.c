/*
 * What is looked at of a URL that is too long.
 *
 * DESIGN: browsers follow a URL of any length, so one that is too long cannot be passed over: a megabyte behind a # would
 * hide where it leads. What tells that stands in front, but for a user name, which may be as long as one likes and
 * is therefore cut by itself.
 */
#include "url/inner.h"

enum {
	SLASHES_MOST = 3, /* before the host: more are no more than odd */
	USER_MOST = 1024,
};

static bool is_blank(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* Adds the text without what browsers drop, as much as there is room for. */
static void add(struct buf *out, struct span text, uint32_t *odd)
{
	for (size_t i = 0; i < text.n && out->n < out->most; i++)
		if (is_blank(text.p[i]))
			*odd |= URL_ODD(BLANKS);
		else
			buf_add_byte(out, text.p[i]);
}

/* Where the user name begins behind the slashes that follow the first colon; 0 when none do. */
static size_t find_user(struct span text)
{
	size_t at = span_find_byte(text, ':') + 1, from = at;

	while (at < text.n && (is_slash(text.p[at]) || is_blank(text.p[at])))
		at++;
	return at < text.n && at > from ? at : 0;
}

/* Where it ends: at the last @ before the path. */
static size_t find_user_end(struct span text, size_t from)
{
	size_t end = from;

	for (size_t i = from;
		i < text.n && text.p[i] != '?' && text.p[i] != '#' && !is_slash(text.p[i]); i++)
		if (text.p[i] == '@')
			end = i;
	return end;
}

/* The length without a part of a character or of an escape at its end. */
static size_t whole_length(struct span text)
{
	size_t n = text.n, back = 0;

	while (back < UTF8_CHAR_MOST && back < n &&
		((unsigned char)text.p[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < n && (unsigned char)text.p[n - 1 - back] >= 0xc0)
		return n - 1 - back;
	for (size_t i = 1; i <= 2 && i <= n; i++)
		if (text.p[n - i] == '%')
			return n - i;
	return n;
}

struct span url_cut(struct arena *a, struct span text, size_t most, uint32_t *odd)
{
	size_t user = find_user(text), end = find_user_end(text, user), scheme;
	struct span name;
	struct buf out;

	buf_init(&out, a, most);
	*odd |= URL_ODD(LONG);
	if (user > 0) {
		scheme = span_find_byte(text, ':') + 1;
		add(&out, span_slice(text, 0, scheme), odd);
		for (size_t i = scheme, slashes = 0; i < user && slashes < SLASHES_MOST; i++)
			if (is_slash(text.p[i])) {
				buf_add_byte(&out, text.p[i]);
				slashes++;
			}
		name = span_slice(text, user, end - user);
		if (name.n > USER_MOST)
			name.n = whole_length(span_slice(name, 0, USER_MOST));
		add(&out, name, odd);
		text = span_from_offset(text, end);
	}
	add(&out, text, odd);
	return span_slice(buf_span(&out), 0, whole_length(buf_span(&out)));
}
