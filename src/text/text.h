/*
 * text: the characters of texts: forms in which tricks of spelling no longer show, words, scripts and languages.
 * All input is UTF-8; bytes that are not valid count as U+FFFD. Nothing here knows of mail.
 *
 * Work is linear in the text, and so is memory: at most TEXT_MEMORY_FACTOR times its size plus a little. What is
 * ASCII costs next to nothing, and is not copied where it need not change.
 *
 *	struct text_form form;
 *	text_make_folded(a, text, &form);
 *	size_t at = span_find(form.text, SPAN("unsubscribe"));
 *	size_t place = text_find_origin(&form, at);		in the text as it was written
 */
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include "base/base.h"

enum {
	TEXT_MEMORY_FACTOR = 16,
	TEXT_BYTES_MOST = 4 << 20, /* of a text that is brought into a form; the rest is left out */
	TEXT_WORDS_MOST = 20000,   /* of a text */
	TEXT_WORD_MOST = 64,       /* characters of a word; a longer one is cut and counts as one */
};

/* ---- forms for matching: form.c ---- */

/*
 * Up to the next step the bytes of the form are those of the original from `origin` on; where the next step lies as far
 * off in one as in the other. Where it does not, what lies between was all made of the characters at `origin`.
 */
struct text_step {
	uint32_t form, origin;
};

struct text_form {
	struct span text;
	const struct text_step *steps; /* by place; none: every byte stands where it stood */
	size_t step_count;
	bool is_cut;      /* it was longer than TEXT_BYTES_MOST */
	size_t invisible; /* characters that were left out since nobody sees them */
	size_t confused;  /* characters that were replaced by those they look like */
};

/*
 * For patterns in any language: compatibility forms and cases are one (NFKC_Casefold, Unicode Standard Annex 44), and
 * characters that are not seen (zero width, joiners, bidi controls, soft hyphens, variation selectors, tags) are gone.
 * Line ends stay.
 */
void text_make_folded(struct arena *a, struct span text, struct text_form *out);
/*
 * The folded form, in which besides a letter of another script that looks like an ASCII letter or digit is that one
 * (the skeleton of Unicode Technical Standard 39, but ASCII itself is never changed): for patterns in ASCII against
 * those who write them with other letters.
 */
void text_make_skeleton(struct arena *a, struct span text, struct text_form *out);
/* Where the character that this byte of the form was made of begins in the original; its length for form.text.n. */
size_t text_find_origin(const struct text_form *form, size_t offset);

/* ---- scripts: script.c ---- */

/* SCRIPT(constant, name as in the Unicode Standard): those that mail is written in. */
#define TEXT_SCRIPTS(SCRIPT)                                                                       \
	SCRIPT(COMMON, "Common")                                                                   \
	SCRIPT(LATIN, "Latin")                                                                     \
	SCRIPT(CYRILLIC, "Cyrillic")                                                               \
	SCRIPT(GREEK, "Greek")                                                                     \
	SCRIPT(ARMENIAN, "Armenian")                                                               \
	SCRIPT(GEORGIAN, "Georgian")                                                               \
	SCRIPT(HEBREW, "Hebrew")                                                                   \
	SCRIPT(ARABIC, "Arabic")                                                                   \
	SCRIPT(DEVANAGARI, "Devanagari")                                                           \
	SCRIPT(BENGALI, "Bengali")                                                                 \
	SCRIPT(GURMUKHI, "Gurmukhi")                                                               \
	SCRIPT(GUJARATI, "Gujarati")                                                               \
	SCRIPT(TAMIL, "Tamil")                                                                     \
	SCRIPT(TELUGU, "Telugu")                                                                   \
	SCRIPT(KANNADA, "Kannada")                                                                 \
	SCRIPT(MALAYALAM, "Malayalam")                                                             \
	SCRIPT(SINHALA, "Sinhala")                                                                 \
	SCRIPT(THAI, "Thai")                                                                       \
	SCRIPT(LAO, "Lao")                                                                         \
	SCRIPT(MYANMAR, "Myanmar")                                                                 \
	SCRIPT(KHMER, "Khmer")                                                                     \
	SCRIPT(ETHIOPIC, "Ethiopic")                                                               \
	SCRIPT(HAN, "Han")                                                                         \
	SCRIPT(HIRAGANA, "Hiragana")                                                               \
	SCRIPT(KATAKANA, "Katakana")                                                               \
	SCRIPT(HANGUL, "Hangul")                                                                   \
	SCRIPT(OTHER, "other")

enum text_script {
#define SCRIPT(constant, name) TEXT_##constant,
	TEXT_SCRIPTS(SCRIPT)
#undef SCRIPT
		TEXT_SCRIPT_COUNT
};

const char *text_script_name(enum text_script script);
/* COMMON for what belongs to none or to several: digits, punctuation, symbols, combining marks. */
enum text_script text_script_of(uint32_t c);

struct text_scripts {
	size_t letters[TEXT_SCRIPT_COUNT]; /* by script; COMMON: letters of none */
	size_t total;                      /* letters of all scripts */
};

/* Of all letters. */
void text_count_scripts(struct span text, struct text_scripts *out);
/*
 * True when nobody writes so in earnest: letters of scripts that no language uses together. Han with kana, with
 * Hangul or with Bopomofo is one writing, and Latin beside any of these or beside COMMON is none of ours; Latin within
 * Cyrillic or Greek is. (Unicode Technical Standard 39 section 5.2, "highly restrictive".)
 */
bool text_is_mixed(struct span word);
/*
 * True when every letter of it, of whatever script, looks like an ASCII letter, and not all are ASCII: a word that was
 * written to be taken for another. Latin letters that look like two (sharp s, ae, oe) are none of these. A dotless i is:
 * whether a word is Turkish is for the caller to know.
 */
bool text_is_lookalike(struct span word);
/* Zero width, joiners, bidi controls and others that take no room. */
bool text_is_invisible(uint32_t c);
/* Embeddings, overrides and isolates of writing from right to left and left to right (Unicode Standard Annex 9). */
bool text_is_bidi_control(uint32_t c);

/* ---- words: words.c ---- */

struct text_word {
	struct span text;        /* as it stands in the text */
	enum text_script script; /* of most of its letters */
	bool is_number;          /* digits, and what stands between them */
	bool is_mixed;           /* text_is_mixed */
};

struct text_words {
	struct text_word *v;
	size_t n;
	bool is_cut; /* there were more than `most` */
};

/*
 * Letters, digits and marks between others (Unicode Standard Annex 29); apostrophes and dots within letters and
 * digits belong to them. Languages written without blanks are cut by dictionary (Chinese, Japanese, Thai, Lao, Khmer,
 * Burmese). `most` is at most TEXT_WORDS_MOST.
 */
void text_split_words(struct arena *a, struct span text, size_t most, struct text_words *out);
/* Words as numbers, to be compared: of two words the same when they differ in case alone. Of this process only. */
struct text_hashes {
	uint64_t *v;
	size_t n;
};
void text_hash_words(struct arena *a, const struct text_words *words, struct text_hashes *out);
/* How many words are not in the other text, of both, as a part of all: 0 the same, 1 nothing in common. */
double text_compare_words(struct arena *a, const struct text_hashes *x,
	const struct text_hashes *y);

/* ---- language: language.c ---- */

struct text_language {
	struct span code;  /* ISO 639-1: "en"; null: cannot be told */
	double confidence; /* 0..1 */
};

/*
 * By its script when only one language has it, else by its commonest words and the letters of its own. A few dozen
 * words are enough; of fewer than a handful nothing is said.
 */
struct text_language text_find_language(const struct text_words *words,
	const struct text_scripts *scripts);

#endif
