/*
 * Text of mail in fields about authentication.
 *
 * DESIGN: what reads these fields is often no parser but a search for `dkim=pass`. So it is not enough that a value
 * cannot end its place in the grammar: it may not hold what such a search finds. A local part, a HELO name or a reason
 * can hold it ("dmarc=pass"@x.example is an address), so a local part that reads as a result is left out, which RFC 8601
 * section 2.2 allows (pvalue may be a domain alone), and in comments its `=` becomes a question mark.
 */
#include "auth/results_inner.h"

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* token of RFC 2045 section 5.1 */
static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ' || !is_printable(text.p[i]) ||
			span_has_byte(SPAN("()<>@,;:\\\"/[]?="), text.p[i]))
			return false;
	return text.n > 0;
}

/* An address that RFC 8601 lets stand without quotes, with `=` and `/` in it: dot-atom, @, domain. */
static bool is_plain_address(struct span text)
{
	size_t at = span_find_byte(text, '@');

	for (size_t i = 0; i < at; i++)
		if (!byte_is_alnum(text.p[i]) &&
			!span_has_byte(SPAN(".!#$%&'*+-/=?^_`{|}~"), text.p[i]))
			return false;
	return at > 0 && is_token(span_from_offset(text, at + 1));
}

/* "spf=", "dkim =", ... */
static bool reads_as_result(struct span text)
{
	static const char *const methods[] = {"spf", "dkim", "dmarc", "arc", "auth", "iprev",
		"bimi", "dkim-adsp", "domainkeys", "sender-id", "compauth"};

	for (size_t at = span_find_byte(text, '='); at < text.n;) {
		struct span before = span_trim_end(span_slice(text, 0, at));
		size_t next = span_find_byte(span_from_offset(text, at + 1), '=');

		for (size_t i = 0; i < ARRAY_LEN(methods); i++)
			if (span_ends_nocase(before, span_of(methods[i])))
				return true;
		at += 1 + next;
	}
	return false;
}

void auth_print_quoted(struct buf *out, struct span text)
{
	text = span_slice(text, 0, RESULTS_VALUE_MOST);
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, is_printable(text.p[i]) ? text.p[i] : '?');
	}
	buf_add_byte(out, '"');
}

void auth_print_value(struct buf *out, struct span text)
{
	text = span_slice(text, 0, RESULTS_VALUE_MOST);
	if (is_token(text) || is_plain_address(text))
		buf_add(out, text);
	else
		auth_print_quoted(out, text);
}

void auth_print_comment(struct buf *out, struct span text)
{
	bool hides_equals;

	text = span_slice(text, 0, RESULTS_COMMENT_MOST);
	hides_equals = reads_as_result(text);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!is_printable(c) || span_has_byte(SPAN("()\\\";"), c) ||
			(hides_equals && c == '='))
			c = '?';
		buf_add_byte(out, c);
	}
}

struct span auth_show_address(struct arena *a, struct span address)
{
	size_t at = span_find_last_byte(address, '@');
	struct span shown = address;
	bool is_safe = !reads_as_result(address) && address.n <= RESULTS_VALUE_MOST;

	for (size_t i = 0; i < shown.n && is_safe; i++)
		is_safe = is_printable(shown.p[i]);
	if (is_safe)
		return address.n > 0 ? arena_copy(a, address) : span_from(NULL, 0);
	if (at == address.n)
		return span_from(NULL, 0);
	shown = span_from_offset(address, at + 1);
	return span_has_byte(shown, '@') ? span_from(NULL, 0) : auth_show_address(a, shown);
}
