/* Tokens of structured header values: quoted strings, comments, encoded words and what separates them. */
#include "mime/inner.h"

#include <arpa/inet.h>
#include <string.h>

size_t mime_skip_comment(struct span s, size_t at)
{
	size_t depth = 0;

	for (size_t i = at; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(' && ++depth > MIME_COMMENT_DEPTH_MOST)
			return 0;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

bool mime_is_ip(struct span text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr any;

	if (text.n == 0 || text.n >= sizeof(copy) || span_has_byte(text, '\0'))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(span_has_byte(text, ':') ? AF_INET6 : AF_INET, copy, &any) == 1;
}

bool mime_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Bytes at which a run of atom bytes ends; strchr would find the NUL that mail may hold. */
static bool ends_atom(char c)
{
	static const bool ends[256] = {
		[' '] = true,
		['\t'] = true,
		['\r'] = true,
		['\n'] = true,
		['"'] = true,
		['('] = true,
		['<'] = true,
		['>'] = true,
		['@'] = true,
		[','] = true,
		[';'] = true,
		[':'] = true,
		['['] = true,
		['\\'] = true,
	};

	return ends[(unsigned char)c];
}

size_t mime_skip_quoted(struct span s, size_t at)
{
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* The end of "[...]", or 0. What may not stand in it ends the search, which so stays linear. */
static size_t skip_literal(struct span s, size_t at)
{
	for (size_t i = at + 1; i < s.n; i++) {
		if (s.p[i] == ']')
			return i + 1;
		if (s.p[i] != ':' && ends_atom(s.p[i]))
			return 0;
	}
	return 0;
}

/*
 * The end of the encoded word "=?charset?q?text?=" at `at`, or 0. Blanks within the text are met in
 * practice; angles are left out, or one broken word would swallow the address.
 */
static size_t skip_encoded_word(struct span s, size_t at)
{
	unsigned marks = 0;

	for (size_t i = at + 2; i < s.n; i++) {
		char c = s.p[i];

		if (c == '<' || c == '>' || c == '\\' || (marks < 2 && mime_is_blank(c)))
			return 0;
		if (c != '?')
			continue;
		if (++marks == 2 && byte_lower(s.p[i - 1]) != 'q' && byte_lower(s.p[i - 1]) != 'b')
			return 0;
		if (marks == 3)
			return i + 1 < s.n && s.p[i + 1] == '=' ? i + 2 : 0;
	}
	return 0;
}

static size_t skip_atom(struct span s, size_t at)
{
	while (at < s.n && !ends_atom(s.p[at]))
		at++;
	return at;
}

static bool holds_separator(struct span s)
{
	return span_has_byte(s, ',') || span_has_byte(s, ';');
}

/* What starts at `at` and needs its closing byte; 0 when that is missing. */
static size_t skip_closed(struct mime_lexer *lex, size_t at)
{
	size_t end = 0;

	if (lex->s.p[at] == '(')
		end = mime_skip_comment(lex->s, at);
	else if (!lex->no_quotes)
		end = mime_skip_quoted(lex->s, at);
	if (end == 0) {
		lex->broken = true;
		lex->no_quotes |= lex->s.p[at] == '"';
	}
	return end;
}

/* The end of an atom of any form; at least one byte. */
static size_t skip_word(struct mime_lexer *lex, size_t at)
{
	struct span s = lex->s;
	size_t end = 0;

	if (s.p[at] == '\\')
		return num_min(at + 2,
			s.n); /* a pair, also here: it keeps the search for comments linear */
	if (s.p[at] == '[')
		end = skip_literal(s, at);
	else if (s.p[at] == '=' && at + 1 < s.n && s.p[at + 1] == '?') {
		end = skip_encoded_word(s, at);
		lex->broken |= end > 0 && holds_separator(span_slice(s, at, end - at));
	}
	if (end == 0)
		end = num_max(skip_atom(s, at), at + 1);
	return end;
}

struct mime_token mime_next_token(struct mime_lexer *lex)
{
	struct span s = lex->s;
	struct mime_token t = {MIME_TOKEN_END, lex->at, lex->at};

	if (t.start == s.n)
		return t;
	t.kind = s.p[t.start];
	switch (t.kind) {
	case '<':
	case '>':
	case '@':
	case ',':
	case ';':
	case ':':
		t.end = t.start + 1;
		break;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		t.kind = MIME_TOKEN_BLANK;
		while (t.end < s.n && mime_is_blank(s.p[t.end]))
			t.end++;
		break;
	case '"':
	case '(':
		t.end = skip_closed(lex, t.start);
		if (t.end > 0)
			break;
		t.kind = MIME_TOKEN_ATOM;
		t.end = t.start + 1;
		break;
	default:
		t.kind = MIME_TOKEN_ATOM;
		t.end = skip_word(lex, t.start);
	}
	lex->at = t.end;
	return t;
}
