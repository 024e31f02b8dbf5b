/*
 * What the room knows of each character: tables that tools/text_tables.c makes of ICU's data when winnow is built, so
 * that no text in ordinary writing waits for a library.
 */
#ifndef TEXT_INNER_H
#define TEXT_INNER_H

#include "text/text.h"

/* What folding makes of a character. */
enum text_kind {
	TEXT_SAME, /* itself */
	TEXT_MAP,  /* text_char.fold */
	TEXT_DROP, /* nothing: nobody sees it */
	TEXT_MARK, /* itself, but it must stand in order with other marks */
	TEXT_JOIN, /* it may become one with what stands before it: a matter for ICU */
};

/* What it is in words. */
enum text_class {
	TEXT_BREAK,
	TEXT_LETTER,
	TEXT_DIGIT,
	TEXT_EXTEND,     /* a mark, or what is not seen: belongs to what stands before it */
	TEXT_MIDDLE,     /* within letters and digits it belongs to them: apostrophes, dots */
	TEXT_MIDDLE_NUM, /* within digits alone: a comma */
	TEXT_UNSPACED,   /* a letter of a language that is written without blanks */
};

struct text_char {
	uint16_t fold; /* in text_pool: a byte of length and the bytes; 0: none */
	uint16_t look; /* the same for the skeleton, where that is something else; 0: as folded */
	uint8_t kind;
	uint8_t script;
	uint8_t class;
	uint8_t order;                    /* of a mark: its canonical combining class */
	bool is_letter;                   /* general category L */
	bool is_cased_low, is_ascii_like; /* lower case; it looks like, or is, an ASCII letter */
	bool is_bidi;
};

enum { TEXT_BLOCK_BITS = 7, TEXT_BLOCK = 1 << TEXT_BLOCK_BITS, TEXT_CHARACTERS = 0x110000 };

extern const uint16_t text_blocks[TEXT_CHARACTERS / TEXT_BLOCK];
extern const uint16_t text_places[];
extern const struct text_char text_chars[];
extern const unsigned char text_pool[];

/* `c` is at most U+10FFFF, as utf8_next gives it. */
static inline const struct text_char *text_char_of(uint32_t c)
{
	size_t block = text_blocks[c >> TEXT_BLOCK_BITS];

	return &text_chars[text_places[block << TEXT_BLOCK_BITS | (c & (TEXT_BLOCK - 1))]];
}

static inline struct span text_pool_at(uint16_t place)
{
	return (struct span){(const char *)&text_pool[place + 1], text_pool[place]};
}

/* text_char.class of ASCII. */
extern const uint8_t text_classes[128];

/*
 * The word in lower case, character by character: what is left out of forms is left out. At most `most` bytes of it, in
 * `out`, which may not be where the word stands: letters can become more than they were.
 */
struct span text_fold_word(struct span word, char *out, size_t most);

/* ---- the commonest words of languages ---- */

enum { TEXT_LANGUAGES_MOST = 64, TEXT_KNOWN_SLOTS = 4096, TEXT_KNOWN_MOST = 48 };

/* A word that languages have among their commonest; open addressing by hash, 0 is an empty slot. */
struct text_known {
	uint64_t hash;
	uint64_t languages; /* bits, in the order of language.def */
};

extern const struct text_known text_known[TEXT_KNOWN_SLOTS];

/* A letter that not all languages of its script have, by character; and those that have it. */
struct text_own_letter {
	uint32_t c;
	uint64_t languages;
};

extern const struct text_own_letter text_own_letters[];
extern const size_t text_own_letter_count;

/* Never 0. Of a folded word. */
uint64_t text_hash(struct span word);

#endif
