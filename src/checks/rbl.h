/* Inside of the check rbl: its lists as they are configured, and what of a message they are asked for. */
#ifndef CHECKS_RBL_H
#define CHECKS_RBL_H

#include "checks/inner.h"
#include "dns/dns.h"

/* What of a message a list is asked for; behind RBL_KIND_COUNT stand those that nothing gathers yet. */
enum rbl_kind { RBL_FROM, RBL_RECEIVED, RBL_HELO, RBL_RDNS, RBL_DKIM, RBL_KIND_COUNT };

enum {
	RBL_LISTS_MOST = DNS_LISTS_MOST,
	RBL_HOPS_MOST = 20,    /* Received fields that are looked at, newest first */
	RBL_CODES_MOST = 200,  /* of one list */
	RBL_DOMAINS_MOST = 10, /* that have signed */
	RBL_ELEMENTS_MOST = 3 + RBL_HOPS_MOST + RBL_DOMAINS_MOST,
	RBL_ZONE_MOST = 180, /* room for the nibbles of an address is kept (RFC 5782 section 2.4) */
};

/* ---- answers: rbl_codes.c ---- */

/* The numbers of an address that mean something. */
struct rbl_code {
	uint8_t numbers[4][32]; /* a bit for each value that stands there */
	uint32_t bits; /* not 0: one of them is enough, and the numbers above do not count */
	bool is_white; /* of a list of the wanted: what has it is not looked for elsewhere */
	int symbols[RBL_KIND_COUNT];
};

/*
 * "127.0.0.2", "127.0.%d+.2", "127%.0%.0%.[2-4]": digits, %d and sets of them, with + * ? behind, in four places.
 * False, and *place of what was not understood, counted from 1; then nothing is sure of *out.
 */
bool rbl_parse_code(struct span text, struct rbl_code *out, size_t *place);
bool rbl_code_has(const struct rbl_code *code, const uint8_t address[4]);
/* It has one address and no other. */
bool rbl_code_is_exact(const struct rbl_code *code);

/* ---- lists: rbl_lists.c ---- */

struct rbl_list {
	struct span name, zone;
	bool kinds[RBL_KIND_COUNT];
	bool ipv4, ipv6, unknown, is_white, ignores_white, own_is_white;
	bool exclude_users, exclude_local, exclude_private, is_tested;
	bool dkim_domain_only, dkim_match_from;
	int own[RBL_KIND_COUNT], fail; /* symbols */
	struct {
		VEC(struct rbl_code);
	} codes;
	struct checks_nets exclude;
	const struct conf_list *flags, *no_flags; /* of Received fields */
	int min_pos, max_pos;                     /* 0: any; negative: from the end */
	size_t asks_most;
};

struct rbl {
	struct {
		VEC(struct rbl_list);
	} lists;
	double test_interval;
};

struct rbl_options {
	const struct conf_node *section;
	bool ipv4, ipv6, from, received, helo, rdns, dkim, unknown;
	bool exclude_users, exclude_local, exclude_private, is_white, ignores_white;
	double test_interval;
};

enum { RBL_ROW_COUNT = 23 };

extern const struct conf_option rbl_rows[RBL_ROW_COUNT];
extern const struct conf_section rbl_list_section;

/* The lists that are on, with their symbols. */
struct rbl *rbl_lists_read(struct scan_preparing *p, const struct rbl_options *options);

/* ---- what is asked: rbl_kinds.c ---- */

struct rbl_element {
	enum rbl_kind kind;
	struct span text; /* as evidence */
	struct span name; /* what stands before the zone */
	struct ip ip;
	bool is_address, is_private;
	const struct mime_received *hop; /* of RBL_RECEIVED */
	int pos, pos_from_end;           /* 1, 2, ... and -1, -2, ... */
	struct span domain;              /* of RBL_DKIM: its registrable domain */
	bool is_author;                  /* of RBL_DKIM: From has the domain, too */
};

struct rbl_elements {
	VEC(struct rbl_element);
};

/* "rdns" and the like, as in `checks` and in evidence. */
struct span rbl_kind_name(enum rbl_kind kind);
/* What of the message can be asked for, of all kinds. */
void rbl_gather(struct arena *a, struct msg *m, const struct rbl *rbl, struct rbl_elements *out);
bool rbl_list_wants(const struct rbl_list *list, const struct rbl_element *element);
/* The name to ask for; null when it would be too long. */
struct span rbl_make_name(struct arena *a, const struct rbl_list *list,
	const struct rbl_element *element);

/* ---- symbols of the stock lists: rbl_symbols.c ---- */

enum { RBL_SYMBOL_COUNT = 58 };

extern const struct scan_symbol rbl_symbols[RBL_SYMBOL_COUNT];

#endif
