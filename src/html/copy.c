/*
 * Copies of what cannot be pointed at, small ones in a shared piece of memory: a document may have one for every few
 * bytes, and pieces of an arena have a size of their own.
 */
#include "html/inner.h"

#include <string.h>

char *html_reserve(struct html_tokenizer *t, size_t n)
{
	if (n > t->spare_n) {
		t->spare_n = num_max(n, HTML_CHUNK);
		t->spare = arena_alloc_raw(t->arena, t->spare_n);
	}
	return t->spare;
}

struct span html_keep(struct html_tokenizer *t, char *p, size_t n)
{
	must(p == t->spare && n <= t->spare_n);
	t->spare += n;
	t->spare_n -= n;
	return span_from(p, n);
}

/* The most that a copy of the text may have: a reference has at most 6 bytes for 5. */
static size_t copy_most(struct span text)
{
	size_t nuls = span_has_byte(text, '\0') ? span_count_byte(text, '\0') : 0;

	return text.n + text.n / 4 + (HTML_COPY_FACTOR - 1) * nuls;
}

/* Writes what the CR or NUL at `i` becomes; how many bytes it took. */
static size_t clean_byte(struct span text, size_t i, char **out)
{
	if (text.p[i] == '\0') {
		*out += utf8_write(UTF8_REPLACEMENT, *out);
		return 1;
	}
	*(*out)++ = '\n';
	return i + 1 < text.n && text.p[i + 1] == '\n' ? 2 : 1;
}

struct span html_clean(struct html_tokenizer *t, struct span text)
{
	static const char stops[4] = {'\r', '\0', '\r', '\0'};
	size_t at = html_find_any(text, 0, stops), from = 0;
	char *start, *out;

	if (at == text.n)
		return text;
	out = start = html_reserve(t, copy_most(text));
	for (;;) {
		memcpy(out, text.p + from, at - from);
		out += at - from;
		if (at == text.n)
			break;
		from = at + clean_byte(text, at, &out);
		at = html_find_any(text, from, stops);
	}
	return html_keep(t, start, (size_t)(out - start));
}

struct span html_clean_name(struct html_tokenizer *t, struct span text)
{
	char *start = html_reserve(t, copy_most(text)), *out = start;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0')
			(void)clean_byte(text, i, &out);
		else
			*out++ = byte_lower(text.p[i]);
	return html_keep(t, start, (size_t)(out - start));
}

struct span html_clean_value(struct html_tokenizer *t, struct span text)
{
	static const char stops[4] = {'&', '\r', '\0', '\0'};
	size_t at = html_find_any(text, 0, stops), from = 0;
	char *start = NULL, *out = NULL;

	while (at < text.n) {
		char bytes[UTF8_CHAR_MOST];
		struct span meaning = {0};
		size_t n = 0;

		if (text.p[at] == '&') {
			n = html_find_reference(span_from_offset(text, at), true, bytes, &meaning);
			if (n == 0) {
				at = html_find_any(text, at + 1, stops);
				continue;
			}
		}
		if (start == NULL)
			out = start = html_reserve(t, copy_most(text));
		memcpy(out, text.p + from, at - from);
		out += at - from;
		if (n == 0)
			n = clean_byte(text, at, &out);
		else
			memcpy(out, meaning.p, meaning.n);
		out += meaning.n;
		from = at + n;
		at = html_find_any(text, from, stops);
	}
	if (start == NULL)
		return text;
	memcpy(out, text.p + from, text.n - from);
	out += text.n - from;
	return html_keep(t, start, (size_t)(out - start));
}
