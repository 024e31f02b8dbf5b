/* Inside of url: what its files ask of each other. */
#ifndef URL_INNER_H
#define URL_INNER_H

#include "url/url.h"

enum {
	URL_HOST_MOST =
		3072, /* bytes of a written name: more cannot become the 253 that DNS knows */
	URL_IDNA_MOST = 1024, /* the same when escapes are undone */
};

/* Sets of bytes that are percent-encoded (section 1.3 of the URL Standard), as bits of url_byte_sets. */
enum url_byte_set {
	URL_SET_CONTROL = 1,
	URL_SET_FRAGMENT = 2,
	URL_SET_QUERY = 4,
	URL_SET_SPECIAL_QUERY = 8,
	URL_SET_PATH = 16,
	URL_SET_USER = 32,
};

extern const uint8_t url_byte_sets[256];

/* ---- escape.c ---- */

/* Adds the text with the bytes of the set percent-encoded; what is not UTF-8 as U+FFFD. */
void url_add_encoded(struct buf *out, struct span text, enum url_byte_set set);
/* Adds the text with all escapes undone. False when there was none. */
bool url_add_decoded(struct buf *out, struct span text);
/* The byte of an escape at the start of the text; -1 for what is none. */
int url_read_escape(struct span text);
/* What is odd about the characters of a text as it was written, and about those that are escaped in a path. */
uint32_t url_odd_characters(struct span text);
uint32_t url_odd_escapes(struct span path);

/* ---- cut.c ---- */

/*
 * A URL that is too long, without what browsers drop from it and cut to `most` bytes, at a character and not within an
 * escape. The host stays even behind a long user name.
 */
struct span url_cut(struct arena *a, struct span text, size_t most, uint32_t *odd);

/* ---- normal.c ---- */

/*
 * Reads an http or https URL that is written just as browsers write it, as nearly all are. False for any other:
 * nothing is said of it, and `out` may hold anything.
 */
bool url_read_normal(struct span text, struct url *out);

/* ---- host.c, idna.c, domain.c ---- */

struct url_host {
	enum url_host_kind kind;
	uint32_t odd;
};

/* The host parser, section 3.5: adds the serialised host. False for what is none; `odd` is filled all the same. */
bool url_read_host(struct span text, bool is_opaque, struct buf *out, struct url_host *host);
/*
 * Domain to ASCII, section 3.3: UTS 46 as browsers apply it, which takes hyphens anywhere and labels of any length.
 * `out` takes at least 4 * URL_IDNA_MOST bytes. Gives the length, 0 for what is no name.
 */
size_t url_idna_to_ascii(struct span name, char *out, size_t most);
/* The same back; 0 when it cannot be. */
size_t url_idna_to_unicode(struct span name, char *out, size_t most);
/* Whether a label is one of the A-labels of IDNA: it begins with xn--. */
bool url_has_a_label(struct span name);
/*
 * The registrable domain of a name in A-labels and lower case, as a span into it. False when the name does not end in
 * a top-level domain that is known, or reserved (RFC 6761).
 */
bool url_find_domain(struct span name, struct span *out);
/* Whether the label, 1 to 63 bytes of ASCII in any case, is a top-level domain in which names can be had. */
bool url_is_tld(struct span label);

#endif
