/*
 * Inside of DKIM: a signature field becomes a struct auth_dkim_field (dkim_field.c), the message its canonical form
 * (dkim_canon.c), a record a key (dkim_key.c); dkim.c puts them together.
 */
#ifndef AUTH_DKIM_INNER_H
#define AUTH_DKIM_INNER_H

#include "auth/auth.h"

/* ---- tag lists: dkim_tags.c ---- */

/* Signatures have 13 names to use, keys 8. */
enum { AUTH_TAGS_MOST = 64 };

struct auth_tag {
	struct span name;
	struct span value; /* without blanks and folds around it */
	struct span raw;   /* all between `=` and `;` */
};

struct auth_tags {
	struct auth_tag v[AUTH_TAGS_MOST];
	size_t n;
};

/*
 * RFC 6376 section 3.2. False when it is no tag list: a name twice, an item without `=` (but for blanks behind the
 * last `;`), control bytes in a value, too many tags.
 */
bool auth_tags_parse(struct span text, struct auth_tags *out);
const struct auth_tag *auth_tags_find(const struct auth_tags *tags, const char *name);
/* The value; null when the tag is not there. */
struct span auth_tags_value(const struct auth_tags *tags, const char *name);
/* Takes the next item of a list with colons (h=, q=, s=, t=), without blanks around it. */
bool auth_tags_next_item(struct span *rest, struct span *out);
/* Whether `item`, in any case, stands in such a list. */
bool auth_tags_has_item(struct span list, struct span item);
/* Base64 with blanks and folds anywhere; false for any other byte, and when it ends within a group. */
bool auth_tags_decode_base64(struct arena *a, struct span text, struct span *out);

/* ---- canonical forms: dkim_canon.c ---- */

enum auth_canon { AUTH_SIMPLE, AUTH_RELAXED };

/* Where canonical bytes go: in pieces, each of which is taken at once. */
struct auth_canon_out {
	void (*take)(void *ctx, struct span bytes);
	void *ctx;
	size_t n; /* bytes that wait in the buffer */
	char buffer[4096];
};

void auth_canon_flush(struct auth_canon_out *out);

/*
 * A header field (section 3.4.1, 3.4.2) without the line end behind it; `cut` is left out, a piece of the line that
 * may be empty.
 */
void auth_canon_header(struct auth_canon_out *out, enum auth_canon canon,
	const struct mime_header *field, struct span cut);
/* A line end. */
void auth_canon_end_line(struct auth_canon_out *out);

/* A body (section 3.4.3, 3.4.4) that comes in pieces, split anywhere. */
struct auth_canon_body {
	struct auth_canon_out *out;
	enum auth_canon canon;
	size_t empty_lines; /* that wait: at the end of the body they do not count */
	bool has_cr;        /* the last byte was a CR */
	bool has_text;      /* the line has bytes that count */
	bool has_blank;     /* relaxed: blanks wait for text behind them */
	bool is_written;    /* something was */
};

void auth_canon_begin_body(struct auth_canon_body *b, struct auth_canon_out *out,
	enum auth_canon canon);
void auth_canon_add_body(struct auth_canon_body *b, struct span piece);
void auth_canon_end_body(struct auth_canon_body *b);

/* ---- hashes and keys: dkim_crypto.c ---- */

enum auth_hash { AUTH_SHA256, AUTH_SHA1 };
enum auth_key_type { AUTH_RSA, AUTH_ED25519 };

enum {
	AUTH_HASH_MOST = 32,
	AUTH_KEY_RECORDS_MOST = 10, /* of one name that are looked at */
	/* OpenSSL verifies 16384 bits in a millisecond; RFC 8301 asks for 4096. */
	AUTH_KEY_BITS_MOST = 8192,
};

struct auth_digest {
	unsigned char bytes[AUTH_HASH_MOST];
	size_t n;
};

/* One hash that bytes go into; the one before it must have been ended. */
struct auth_hashing {
	void *context;
	uint64_t limit; /* bytes that count */
	uint64_t total; /* that came */
};

void auth_hash_begin(struct auth_hashing *h, enum auth_hash hash, uint64_t limit);
/* `ctx` is the hashing: a taker of canonical bytes. */
void auth_hash_take(void *ctx, struct span bytes);
void auth_hash_end(struct auth_hashing *h, struct auth_digest *out);
/* The hash of what came so far, which may go on. */
void auth_hash_look(const struct auth_hashing *h, struct auth_digest *out);

struct auth_key;

/*
 * A public key from what p= says, decoded: from memory when it was seen lately. NULL when it is none of that type. It
 * is valid until the next call.
 */
const struct auth_key *auth_key_find(struct arena *a, enum auth_key_type type, struct span text);
unsigned auth_key_bits(const struct auth_key *key);
bool auth_key_verify(const struct auth_key *key, enum auth_hash hash,
	const struct auth_digest *digest, struct span signature);
/* The hash that an RSA signature was made over; false when it was not made with this key. */
bool auth_key_recover(const struct auth_key *key, enum auth_hash hash, struct span signature,
	struct auth_digest *out);

/* ---- the signature field: dkim_field.c ---- */

struct auth_dkim_field {
	const struct mime_header *header;
	struct auth_tags tags;
	enum auth_dkim_reason reason; /* OK: it can be verified */
	const char *fault;            /* the tag that gave another one; NULL: it is no tag list */
	struct span domain, selector; /* A-labels; null when they could not be read */
	struct span identity;
	struct span local_part, identity_domain; /* its halves */
	struct span algorithm;
	enum auth_key_type key_type;
	enum auth_hash hash;
	enum auth_canon header_canon, body_canon;
	struct span names;       /* h= */
	struct span signature64; /* b= without blanks */
	struct span signature, body_hash;
	struct span cut; /* of the field's line: what b= says, to the next `;` */
	bool has_length, has_time, has_expiry;
	uint64_t length, time, expiry;
};

void auth_dkim_read_field(struct arena *a, const struct mime_header *header,
	struct auth_dkim_field *out);

/* ---- the key record: dkim_key.c ---- */

struct auth_dkim_record {
	struct span text;
	struct auth_tags tags;
	bool is_testing;
};

/*
 * Chooses the key record of an answer and says whether it may be used for the signature: OK, or why not. `out` is
 * filled as far as it was read.
 */
enum auth_dkim_reason auth_dkim_read_record(const struct dns_answer *answer,
	const struct auth_dkim_field *field, struct auth_dkim_record *out);

/* ---- one verification: dkim.c ---- */

/* A signature on its way. */
struct auth_dkim_work {
	struct auth_dkim_field field;
	struct auth_dkim_record record;
	struct span key_name; /* that is asked for */
	enum rc rc;           /* of the question */
	const struct dns_answer *answer;
	struct span why;
	/* as far as it got: what the field says of the body and what it is; the header */
	struct auth_digest body_digest, header_digest;
	const struct auth_key *key;
	uint64_t body_total; /* bytes of the canonical body */
};

struct auth_dkim_run {
	struct arena *arena;
	struct span body;
	struct mime_part *root;
	struct auth_trace *trace;
};

/* ---- what people are told: dkim_explain.c; all of it only when there is a trace ---- */

void auth_dkim_explain_field(const struct auth_dkim_run *run, const struct auth_dkim_work *w,
	size_t number);
/* Of t= and x=, where the clock decides: how far they are off, and how far they may be. */
void auth_dkim_explain_times(const struct auth_dkim_run *run, const struct auth_dkim_field *f,
	double now, double skew);
void auth_dkim_explain_key(const struct auth_dkim_run *run, const struct auth_dkim_work *w);
void auth_dkim_explain_body(const struct auth_dkim_run *run, const struct auth_dkim_work *w);
/* `taken` and `missing`: lists of names. */
void auth_dkim_explain_header(const struct auth_dkim_run *run, const struct auth_dkim_work *w,
	struct span taken, struct span missing, bool ok);

#endif
