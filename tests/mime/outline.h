/* A tree as one line of text, so that a table can say what it must be. */
#ifndef TESTS_MIME_OUTLINE_H
#define TESTS_MIME_OUTLINE_H

#include "mime/mime.h"

/*
 * `text/plain "body"` for a part: its decoded bytes, escaped; `multipart/mixed{A, B}` for parts;
 * `message/rfc822(A)` for a message; a block in a text follows its text: `text/plain "body"{A}`. Behind
 * each part come its defects: `!no-headers`.
 */
struct span outline_print(struct mime *m);
/* `Name: value` of each field of the part, decoded, with " | " between them; NUL as "\0". */
struct span outline_headers(struct mime *m, struct mime_part *part);
/* The names of the defects with blanks between them. */
struct span outline_defects(struct arena *a, uint64_t defects);
/* The pretty JSON of the message, with a line end. */
struct span outline_json(struct mime *m);

/* The span of a string literal that may hold NUL bytes. */
#define BYTES(literal)                                                                             \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}

#endif
