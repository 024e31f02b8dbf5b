/* Inside of auth, for DMARC alone: records, and the walk up the tree that finds them. */
#ifndef AUTH_DMARC_INNER_H
#define AUTH_DMARC_INNER_H

#include "auth/auth.h"

enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* A record as it counts: what is missing or broken is filled in as the standards say. */
struct dmarc_record {
	enum auth_policy p, sp, np;
	enum dmarc_psd psd;
	bool is_testing; /* t=y */
	unsigned pct;
	bool strict_dkim, strict_spf;
	struct span rua, ruf, fo; /* as written, or null */
	const char *why;          /* why it cannot be used, or NULL; psd counts all the same */
};

/* False when the text is no DMARC record at all: it must begin with "v=DMARC1" (RFC 7489 section 6.3). */
bool auth_dmarc_parse_record(struct span text, struct dmarc_record *out);

/* The draft's section "DNS Tree Walk": a long name is asked for, then at most seven labels of it. */
enum { DMARC_WALK_MOST = 8, DMARC_WALK_LABELS = 7 };

struct dmarc_step {
	struct span domain; /* of which _dmarc.DOMAIN was asked */
	enum rc rc;         /* RC_OK: it was answered; else it will not be */
	size_t records;     /* DMARC records that it holds; only a single one counts */
	struct span text;
	struct dmarc_record record;
};

/* All names that count for a domain, itself first. */
struct dmarc_walk {
	struct dmarc_step steps[DMARC_WALK_MOST];
	size_t n;
	const struct dmarc_step *policy; /* whose record holds, or NULL */
	struct span org;                 /* the organisational domain */
	const struct dmarc_step
		*gap; /* one that was not answered and could have counted, or NULL */
};

/* RC_OK, or RC_WAIT with all questions asked. `domain` is in A-labels and lower case. */
enum rc auth_dmarc_walk(struct arena *a, struct needs *needs, enum auth_walk how,
	struct span domain, struct dmarc_walk *out);

#endif
