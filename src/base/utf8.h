/*
 * utf8: characters of a UTF-8 text, one at a time.
 *
 *	for (struct span rest = text; rest.n > 0;) {
 *		uint32_t c = utf8_next(&rest);
 *		...
 *	}
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

enum { UTF8_REPLACEMENT = 0xfffd, UTF8_CHAR_MOST = 4 };

/*
 * Takes the first character off `rest`, which is not empty. A byte that begins no valid character (RFC 3629) gives
 * UTF8_REPLACEMENT and is taken alone, so that every byte is looked at once.
 */
uint32_t utf8_next(struct span *rest);
/* The last character, taken off the end in the same way. */
uint32_t utf8_last(struct span *rest);
/* The bytes of a character, and how many: 1 to UTF8_CHAR_MOST. What is none, as a surrogate, is written as UTF8_REPLACEMENT. */
size_t utf8_write(uint32_t c, char out[UTF8_CHAR_MOST]);
void utf8_add(struct buf *b, uint32_t c);
/* How many characters; bytes that are not valid count one each. */
size_t utf8_count(struct span text);

#endif
