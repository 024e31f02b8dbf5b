/* What the files of the tokenizer share; for this room alone. */
#ifndef HTML_INNER_H
#define HTML_INNER_H

#include "html/html.h"

/* ---- bytes: scan.c ---- */

/* What bytes are within tags. */
enum {
	HTML_BYTE_BLANK = 1, /* tab, LF, FF, CR, space */
	HTML_BYTE_SLASH = 2,
	HTML_BYTE_GREATER = 4,
	HTML_BYTE_EQUALS = 8,
	HTML_BYTE_ALPHA = 16,
	HTML_BYTE_UPPER = 32,
	HTML_BYTE_NUL = 64,
	HTML_BYTE_AMPERSAND = 128,
};

extern const uint8_t html_bytes[256];

/* The bits above of the byte. */
unsigned html_byte(char c);
/* The place of the first byte at or behind `at` that is no blank; text.n when there is none. */
size_t html_skip_blanks(struct span text, size_t at);

/* The place of the first byte at or behind `at` that is one of the four; text.n when there is none. */
size_t html_find_any(struct span text, size_t at, const char stops[4]);
/* The same, byte by byte. */
size_t html_find_any_plain(struct span text, size_t at, const char stops[4]);

/* ---- copies: copy.c ---- */

enum {
	HTML_COPY_FACTOR =
		3, /* the most that a copy is longer than what it is made of: NUL as U+FFFD */
	HTML_CHUNK = 4096, /* small copies share pieces of memory of this size */
};

/* HTML_CHUNK bytes or `n`, of which html_keep keeps what was used. */
char *html_reserve(struct html_tokenizer *t, size_t n);
struct span html_keep(struct html_tokenizer *t, char *p, size_t n);
/* CRLF and CR made LF, NUL made U+FFFD; the text itself when it has neither. */
struct span html_clean(struct html_tokenizer *t, struct span text);
/* That, and ASCII letters made small. */
struct span html_clean_name(struct html_tokenizer *t, struct span text);
/* That of html_clean, and character references resolved as those of attributes. */
struct span html_clean_value(struct html_tokenizer *t, struct span text);

/* ---- character references: references.c ---- */

struct html_entity {
	uint16_t name, value; /* places in the texts below */
	uint8_t name_n, value_n;
};

/* In the order of the names; those that begin with the byte c are from html_entity_first[c] to [c + 1]. */
extern const struct html_entity html_entities[];
extern const uint16_t html_entity_first[129];
extern const char html_entity_names[];
extern const char html_entity_values[];

/*
 * The character reference at the & that `text` begins with (HTML Standard section 13.2.5.72): how many bytes it has
 * and, in `out`, what it means; 0 when it is none. `out` points to constants or into `bytes`.
 */
size_t html_find_reference(struct span text, bool is_in_attribute, char bytes[UTF8_CHAR_MOST],
	struct span *out);

/* ---- markup: tag.c, declaration.c ---- */

/*
 * Each reads from t->at, which stands on the <, and sets it behind what it has read; false when the input ends before,
 * so that there is no token. Start and end of the token are the caller's.
 */
bool html_read_tag(struct html_tokenizer *t, bool is_end, struct html_token *out);
/* From <! or <? or the < of an end tag without a name: comments and doctypes, which end with the input at the latest. */
void html_read_comment(struct html_tokenizer *t, struct html_token *out);
void html_read_bogus_comment(struct html_tokenizer *t, size_t skip, struct html_token *out);
void html_read_doctype(struct html_tokenizer *t, struct html_token *out);

/* Where the text ends that began at t->at in the state: at its end tag, or t->input.n. raw.c */
size_t html_find_text_end(const struct html_tokenizer *t);

#endif
