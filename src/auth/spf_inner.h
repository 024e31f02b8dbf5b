/*
 * Inside of SPF (RFC 7208): the terms of a record (spf_record.c), macros (spf_macro.c), and what an evaluation
 * knows while it runs (spf.c).
 */
#ifndef AUTH_SPF_INNER_H
#define AUTH_SPF_INNER_H

#include "auth/auth.h"

enum {
	SPF_NAME_MOST = 253,  /* of a name that is asked for (section 7.3) */
	SPF_VALUE_MOST = 512, /* of what a macro letter stands for: more is cut off at the left */
	SPF_EXPLANATION_MOST = 1000, /* a longer one is left out */
	SPF_SHOWN_MOST = 100,        /* bytes of a term that a sentence shows */
	/*
	 * All that the limits of section 4.6.4 allow: the first record; ten terms with ten hosts each; the names of
	 * the address, once; the explanation. A run that asked for anything twice would come to an end too early.
	 */
	SPF_QUESTIONS_MOST = 1 + AUTH_SPF_LOOKUPS_MOST * (1 + AUTH_SPF_NAMES_MOST) +
		(1 + AUTH_SPF_NAMES_MOST) + 1,
};

/* ---- records ---- */

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_OTHER, /* a modifier that nobody knows, which is legal (section 6) */
};

struct spf_term {
	enum spf_kind kind;
	char qualifier;        /* of a mechanism; '+' where none is written */
	struct span text;      /* as written, without the qualifier */
	struct span target;    /* the domain-spec; null where none is written */
	struct ip_net net;     /* of ip4 and ip6 */
	unsigned bits4, bits6; /* of a and mx, 32 and 128 where none is written */
};

struct spf_record {
	struct span terms;         /* behind the version */
	struct span redirect, exp; /* domain-specs, or null */
};

/*
 * The next term. RC_NOT_FOUND at the end, RC_INVALID with *wrong for one that breaks the syntax. Nothing is
 * kept of a record, it is read again where it is evaluated: a hostile one of 64 KB costs no memory.
 */
enum rc auth_spf_read_term(struct span *rest, struct spf_term *out, const char **wrong);
/* Checks the whole record (section 4.6). RC_OK, or RC_INVALID with *wrong and the term in *where. */
enum rc auth_spf_check_record(struct span text, struct spf_record *out, const char **wrong,
	struct span *where);

/* ---- macros ---- */

/* A macro or what stands between two. */
struct spf_piece {
	bool is_macro;         /* it began with `%` */
	char letter;           /* in lower case; 0: `text` it is */
	struct span text;      /* literal */
	bool escape;           /* the letter was a capital one */
	unsigned parts;        /* how many of the right are wanted; 0: all */
	bool reverse;          /* the letter r */
	struct span delimiter; /* empty: the dot */
};

/* Takes the next piece off `rest`, which is not empty. False for what begins with `%` and is no macro. */
bool auth_spf_read_piece(struct span *rest, struct spf_piece *out);
/* macro-string (section 7.1) with the letters c, r and t; blanks only in an explanation. */
bool auth_spf_is_macro_string(struct span text, bool in_explanation);
/* domain-spec (section 7.1). */
bool auth_spf_is_domain_spec(struct span text);

/* ---- evaluation ---- */

struct spf_check {
	struct arena *arena;
	struct needs *needs;
	struct auth_trace *trace;
	struct ip ip;
	bool is_v4;
	struct span address;             /* as people write it */
	struct span sender, local, host; /* local@host, host in A-labels */
	struct span helo, receiver;
	struct span dotted;                     /* of macro i; null until it is asked for */
	bool has_names;                         /* `names` are worked out */
	bool no_pointer;                        /* the address has no PTR at all */
	struct span names[AUTH_SPF_NAMES_MOST]; /* that lead back to the address */
	size_t name_count;
	unsigned depth;          /* of includes and redirects, for the trace */
	struct spf_term decided; /* the directive that matched last, and in whose record */
	struct span decided_domain;
	struct span exp, exp_domain; /* of the record that decided */
	struct auth_spf *out;
};

/* A name that a domain-spec gives. */
struct spf_name {
	struct span text;
	char room[SPF_NAME_MOST + 1 + 3 * SPF_VALUE_MOST];
};

/*
 * The domain-spec, whose syntax is checked, as a name; `domain` is macro d. RC_OK, RC_WAIT for the names of
 * the address, or RC_INVALID for what can never be a name.
 */
enum rc auth_spf_expand_name(struct spf_check *c, struct span spec, struct span domain,
	struct spf_name *out);
/* The text of an explanation. RC_OK, RC_WAIT, or RC_INVALID when there is none to be shown. */
enum rc auth_spf_expand_text(struct spf_check *c, struct span text, struct span domain,
	struct span *out);
/* Fills c->names (section 5.5, steps 1 to 3). RC_OK or RC_WAIT. */
enum rc auth_spf_find_names(struct spf_check *c);

#endif
