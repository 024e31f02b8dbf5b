/* readings: what the files that look for other readings of a part share. Inner to this room. */
#ifndef MIME_READINGS_H
#define MIME_READINGS_H

#include "mime/parser.h"

enum {
	MIME_FIELDS_MOST = 4, /* fields of one name that are looked at */
	MIME_VALUES_MOST = 8, /* values of one parameter that are */
	MIME_LEVELS_MOST = 2, /* readings of parts of other readings */
};

/* Different texts, the first ones that came. */
struct mime_values {
	struct span v[MIME_VALUES_MOST];
	size_t n;
	bool is_cut;
};

/*
 * Adds what programs may take for the value of the parameter: each of several, plain and by RFC 2231, with
 * comments and without knowing any, quoted and up to the first blank.
 */
void mime_find_values(struct arena *a, struct span field, struct span name,
	struct mime_values *out);
/* True when a `(` stands outside of quotes. */
bool mime_has_comment(struct span field);
/* The first `;` piece of a field, without knowing of comments. */
struct span mime_field_head(struct span field);

/* A leaf of the tree, and the next one of the same hash. */
struct mime_leaf {
	struct mime_part *part;
	uint64_t hash;
	const struct mime_leaf *same;
};

/* The search over one message. */
struct mime_search {
	struct mime *m;
	struct arena *a;
	struct {
		VEC(struct mime_reading);
	} found;
	uint64_t hashes[MIME_READINGS_MOST]; /* of what was found */
	struct map *leaves;                  /* of the tree; NULL until they are needed */
	struct mime_leaf *tree;
	size_t bytes_left; /* of readings */
	size_t work_left;  /* bytes that may be read again */
	bool is_cut;
};

/* A part that is looked at: one of the tree, or of another reading of it. */
struct mime_subject {
	struct mime_search *search;
	struct mime *m;
	struct mime_part *part;
	const struct mime_part *of; /* of the tree */
	unsigned level;
	struct mime_header *type[MIME_FIELDS_MOST];
	struct mime_header *encoding[MIME_FIELDS_MOST];
	struct mime_header *disposition[MIME_FIELDS_MOST];
	size_t type_count, encoding_count, disposition_count;
};

/* False, and the search is cut, when so many bytes may not be read again. */
bool mime_may_read(struct mime_search *search, size_t n);
/* Keeps the reading unless the tree or another one is the same. */
void mime_add_reading(struct mime_search *search, const struct mime_reading *reading);
/* The part with other bytes. */
void mime_add_bytes(const struct mime_subject *s, enum mime_ambiguity why, struct span bytes);

/* How a part is read anew. Null spans: as the part has it. */
struct mime_change {
	enum mime_ambiguity why;
	struct span type;     /* value of Content-Type */
	struct span encoding; /* value of Content-Transfer-Encoding */
	struct span body;
	const char *fields_end; /* fields behind this do not count; NULL: all do */
	bool no_loose_fields;   /* nor do fields with blanks before their colon */
	struct mime_how how;
};

/* The tree that this makes, or NULL when too much was read; then its parts as readings. */
struct mime *mime_read_again(const struct mime_subject *s, const struct mime_change *change);
void mime_take_tree(const struct mime_subject *s, enum mime_ambiguity why, struct mime *tree);

/* readings_bytes.c: a leaf whose bytes can be decoded in several ways. */
void mime_look_at_bytes(const struct mime_subject *s);
/* readings_part.c: fields that can be read in several ways. */
void mime_look_at_fields(const struct mime_subject *s);

#endif
