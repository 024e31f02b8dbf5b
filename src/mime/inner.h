/* inner: what the files of this room share and nobody outside of it needs. */
#ifndef MIME_INNER_H
#define MIME_INNER_H

#include "mime/mime.h"

/*
 * Comments nested deeper than this are none. It also keeps the search for the end of a comment linear: an
 * unclosed `(` is passed over at most this often.
 */
enum { MIME_COMMENT_DEPTH_MOST = 16 };

/* A blank or a piece of a fold. */
bool mime_is_blank(char c);
/*
 * The offset behind the comment that starts with the `(` at `at` (RFC 5322 section 3.2.2: nested, with
 * backslashes); 0 when it is unclosed or nested too deeply.
 */
size_t mime_skip_comment(struct span s, size_t at);
/* The offset behind the quoted string that starts with the `"` at `at`, or 0. */
size_t mime_skip_quoted(struct span s, size_t at);
/* An IPv4 or IPv6 address in its usual text form, without brackets. */
bool mime_is_ip(struct span text);

/* The separators < > @ , ; : are kinds of their own, named by their byte. */
enum mime_token_kind {
	MIME_TOKEN_END = 0,
	MIME_TOKEN_BLANK = ' ',
	MIME_TOKEN_ATOM = 'a', /* dots, encoded words, literals in brackets and stray bytes too */
	MIME_TOKEN_QUOTED = '"',
	MIME_TOKEN_COMMENT = '(',
};

struct mime_token {
	int kind;
	size_t start, end;
};

/* Start with {.s = text}. All tokens together take linear time, whatever is unclosed in the text. */
struct mime_lexer {
	struct span s;
	size_t at;
	bool no_quotes; /* no closing quote from here on: looked for once, not at each quote */
	bool broken;    /* something unclosed, or a separator within an encoded word */
};

struct mime_token mime_next_token(struct mime_lexer *lex);

#endif
