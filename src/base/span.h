/*
 * span: a piece of text that somebody else owns: pointer and length, never NUL-terminated, may hold any
 * byte. Everything that comes from the wire is a span into the bytes as they came; nothing here copies.
 * Case is ASCII case: header names, domains and keywords know no other.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *p;
	size_t n;
};

/* A span of a string literal; and for printf: "%.*s" with SPAN_ARG(s), which ends at a NUL inside. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
#define SPAN_INIT(literal)                                                                         \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}
#define SPAN_ARG(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p == NULL ? "" : (s).p)

/* A NUL-terminated string as a span; NULL gives the empty span. */
struct span span_of(const char *text);
struct span span_from(const char *p, size_t n);

/* True when the span was never set, which an empty one was. */
bool span_is_null(struct span s);

bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b);
/* <0, 0, >0 in byte order; the shorter of two equal starts comes first. */
int span_compare(struct span a, struct span b);
int span_compare_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span start);
bool span_starts_nocase(struct span s, struct span start);
bool span_ends(struct span s, struct span end);
bool span_ends_nocase(struct span s, struct span end);

/*
 * Where `byte` or `piece` first stands; s.n when it does not. Time is linear in `s`; without case only
 * for pieces up to 256 bytes.
 */
size_t span_find_byte(struct span s, char byte);
size_t span_find_last_byte(struct span s, char byte);
size_t span_find(struct span s, struct span piece);
size_t span_find_nocase(struct span s, struct span piece);
bool span_has_byte(struct span s, char byte);

/* From `start` on, and at most `n` bytes; both are cut to what is there. */
struct span span_from_offset(struct span s, size_t start);
struct span span_slice(struct span s, size_t start, size_t n);

/* Without blanks (byte_is_space) at the ends. */
struct span span_trim(struct span s);
struct span span_trim_start(struct span s);
struct span span_trim_end(struct span s);

/*
 * Takes the next piece up to `separator` off `rest`. False when nothing is left; "a,,b" gives "a", "",
 * "b", and "a," gives "a", "".
 *
 *	for (struct span rest = list, item; span_next(&rest, ',', &item);)
 */
bool span_next(struct span *rest, char separator, struct span *out);
/* The next line without its LF or CRLF; a lone CR stays inside. */
bool span_next_line(struct span *rest, struct span *out);

bool span_is_ascii(struct span s);
/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool span_is_utf8(struct span s);
/* How often `byte` stands in it. */
size_t span_count_byte(struct span s, char byte);

/* ASCII only, the same in every locale. */
char byte_lower(char c);
bool byte_is_space(char c); /* space, tab, CR, LF, VT, FF */
bool byte_is_digit(char c);
bool byte_is_alpha(char c);
bool byte_is_alnum(char c);
/* 0..15, or -1. */
int byte_hex_value(char c);

#endif
