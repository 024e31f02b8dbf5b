/* How the pieces of URLs are read out of a text; for find.c and its parts alone. */
#ifndef URL_FIND_H
#define URL_FIND_H

#include "url/url.h"

enum {
	FIND_HOST_MOST = 1024, /* bytes of a host as it stands; more cannot become 253 */
	FIND_LABELS_MOST = 127,
};

#define FIND_WIDE_COLON "\xef\xbc\x9a"

/* ---- where to look: find_trigger.c ---- */

/* The next colon, dot, @ or bracket at `at` or behind it around which a URL may stand; the text's length if none. */
size_t find_next_trigger(struct span text, size_t at);

/* ---- characters: find_read.c ---- */

/* Bytes of the character at `at` when it may stand in a label; else 0. Underscores may, dots may not. */
size_t find_label_char(struct span text, size_t at);
/* The same of the character that ends before `at`, and not before `floor`. */
size_t find_label_char_before(struct span text, size_t floor, size_t at);
/* Bytes of the character at `at` when nobody sees it; else 0. */
size_t find_unseen(struct span text, size_t at);
/* The same of the character that ends before `at`, and not before `floor`. */
size_t find_unseen_before(struct span text, size_t floor, size_t at);
/*
 * What may stand between two labels: a dot of any kind, or one in disguise: [.], (dot). Its length, or 0; `odd` gets
 * what is odd about it. `words`: a blank, "dot" or a dot, and a blank count, too.
 */
size_t find_separator(struct span text, size_t at, bool words, uint32_t *odd);
/* "@", or in disguise as [at], (at) with blanks around. Its length, or 0. */
size_t find_at_sign(struct span text, size_t at, uint32_t *odd);
/*
 * Where the URL that begins at `start` ends at the latest: at a blank, at what cannot stand in one, at a bracket or
 * quote that was opened before it, and without what ends a sentence. `from` lies behind its host. `steps` grows by the
 * bytes that were read.
 */
size_t find_end(struct span text, size_t start, size_t from, size_t *steps);

/* ---- names: find_name.c ---- */

/* A name that was read out of a text, dots as they should be. */
struct find_name {
	struct span text; /* as it stands */
	struct span name; /* recovered; the same bytes when there was nothing to recover */
	size_t labels;
	uint32_t odd;
};

/* Reads labels and what stands between them from `at` on. False when there are not two of them at least. */
bool find_read_name(struct arena *a, struct span text, size_t at, bool words,
	struct find_name *out);
/* Whether it ends in a top-level domain that exists, and its labels may be those of a host. */
bool find_is_host(struct arena *a, struct span name);
/* That it is not meant as a URL where it stands without a path: report.zip, end.Next, node.js, list.next, 1.2.3. */
bool find_is_false_friend(struct span text, const struct find_name *name);

#endif
