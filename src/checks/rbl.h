/* Inside of the check rbl: its lists as they are configured, and what of a message they are asked for. */
#ifndef CHECKS_RBL_H
#define CHECKS_RBL_H

#include "checks/inner.h"
#include "dns/dns.h"
#include "maps/maps.h"

/* What of a message a list is asked for. Those from RBL_DKIM on are of its content, whoever the client is. */
enum rbl_kind {
	RBL_FROM,
	RBL_RECEIVED,
	RBL_HELO,
	RBL_RDNS,
	RBL_DKIM,
	RBL_URLS,
	RBL_IMAGES,
	RBL_URL_PATHS,
	RBL_EMAILS,
	RBL_REPLYTO,
	RBL_KIND_COUNT
};

enum {
	RBL_LISTS_MOST = DNS_LISTS_MOST,
	RBL_HOPS_MOST = 20,    /* Received fields that are looked at, newest first */
	RBL_CODES_MOST = 200,  /* of one list */
	RBL_DOMAINS_MOST = 10, /* that have signed */
	RBL_REPLIES_MOST = 5,  /* addresses of Reply-To */
	RBL_NAMES_MOST = 200,  /* the highest names_limit */
	RBL_PAGES_MOST = 10,   /* of shared hosts */
	/* domains and further hosts of URLs, the same of images, and addresses */
	RBL_ELEMENTS_MOST = 3 + RBL_HOPS_MOST + RBL_DOMAINS_MOST + RBL_REPLIES_MOST +
		RBL_PAGES_MOST + 5 * RBL_NAMES_MOST,
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

/* ---- names as digests: rbl_hash.c ---- */

enum rbl_hash {
	RBL_NO_HASH,
	RBL_MD5,
	RBL_SHA1,
	RBL_SHA256,
	RBL_SHA512,
	RBL_BLAKE2,
	RBL_HASH_COUNT
};
enum rbl_hash_format { RBL_HEX, RBL_BASE32 };

enum { RBL_LABEL_MOST = 63 }; /* bytes of a digest as a label (RFC 1035 section 2.3.4) */

/* How a list wants names to be hidden. */
struct rbl_hashing {
	enum rbl_hash hash;
	enum rbl_hash_format format;
	size_t length; /* characters that are kept; 0: all */
};

/* How many characters all of them are. */
size_t rbl_hash_length(enum rbl_hash hash, enum rbl_hash_format format);
/* The digest of the text, as a list has it in its names. */
struct span rbl_hash_text(struct arena *a, const struct rbl_hashing *hashing, struct span text);

/* ---- lists: rbl_lists.c ---- */

struct rbl_list {
	struct span name, zone;
	bool kinds[RBL_KIND_COUNT];
	bool ipv4, ipv6, unknown, is_white, ignores_white, own_is_white;
	bool exclude_users, exclude_local, exclude_private, is_tested;
	bool dkim_domain_only, dkim_match_from, emails_domain_only, full_host;
	bool no_addresses;   /* in URLs */
	bool only_addresses; /* likewise */
	bool resolves;       /* it is asked for the addresses of names */
	bool bit_refuses; /* 127.0.0.1 means "you may not ask": it has a symbol for the lowest bit */
	int own[RBL_KIND_COUNT], fail; /* symbols */
	struct {
		VEC(struct rbl_code);
	} codes;
	struct rbl_hashing hashing;
	struct span delimiter; /* of addresses of mail, in place of the @ */
	struct checks_nets exclude;
	const struct map *known;    /* domains and addresses; NULL: none */
	const struct map *composed; /* suffixes to how hosts under them are cut; or NULL */
	const struct conf_list *flags, *no_flags; /* of Received fields */
	int min_pos, max_pos;                     /* 0: any; negative: from the end */
	size_t asks_most;
};

struct rbl {
	struct {
		VEC(struct rbl_list);
	} lists;
	bool kinds[RBL_KIND_COUNT]; /* what any list is asked for */
	bool full_hosts;            /* any list wants more than domains */
	double test_interval;
	size_t names_most;
	const struct maps_domains *known;  /* domains that no list is asked for */
	const struct map *own_known;       /* the same, as the configuration writes them; or NULL */
	const struct maps_domains *shared; /* hosts whose pages are asked for one by one */
};

struct rbl_options {
	const struct conf_node *section;
	bool ipv4, ipv6, from, received, helo, rdns, dkim, urls, images, emails, replyto, unknown;
	bool exclude_users, exclude_local, exclude_private, is_white, ignores_white;
	double test_interval;
	int names_most;
	struct conf_list known;
};

enum { RBL_ROW_COUNT = 24 };

extern const struct conf_option rbl_rows[RBL_ROW_COUNT];
extern const struct conf_section rbl_list_section;

/* The lists that are on, with their symbols. */
struct rbl *rbl_lists_read(struct scan_preparing *p, const struct rbl_options *options);

/* How url_compose_map cuts the hosts under a suffix: keys of rbl_list.composed have one of these as value. */
enum rbl_cut { RBL_CUT_WHOLE = 1, RBL_CUT_ONE_MORE, RBL_CUT_DOMAIN };

/* ---- what is asked: rbl_kinds.c, rbl_content.c ---- */

struct rbl_element {
	enum rbl_kind kind;
	struct span text; /* as evidence */
	struct span name; /* what stands before the zone */
	struct ip ip;
	bool is_address, is_private;
	const struct mime_received *hop; /* of RBL_RECEIVED */
	int pos, pos_from_end;           /* 1, 2, ... and -1, -2, ... */
	struct span domain;      /* of names of hosts and of addresses: the registrable one */
	bool is_author;          /* of RBL_DKIM: From has the domain, too */
	bool is_further;         /* of URLs: a host of a domain that was there before */
	bool is_known;           /* of addresses: their domain is one that no list is asked for */
	struct span local, host; /* of addresses */
};

struct rbl_elements {
	VEC(struct rbl_element);
	size_t domains_found, domains_left; /* of URLs and images; left: that nobody is asked for */
	size_t pages_found, pages_left;     /* likewise */
	size_t emails_found, emails_left;
};

/* As in `checks`: "urls"; and as in evidence: "url". */
struct span rbl_kind_key(enum rbl_kind kind);
struct span rbl_kind_name(enum rbl_kind kind);
/* What of the message can be asked for, of all kinds. */
void rbl_gather(struct arena *a, struct msg *m, const struct rbl *rbl, struct rbl_elements *out);
bool rbl_list_wants(const struct rbl_list *list, const struct rbl_element *element);

/* What a list is asked for an element. */
struct rbl_name {
	struct span text; /* as evidence */
	struct span name; /* null: it is not asked */
};

/* Without the zone, and not hidden in a digest: what is looked up where the list wants addresses of it. */
struct rbl_name rbl_plain_name(struct arena *a, const struct rbl_list *list,
	const struct rbl_element *element);
/* The whole; null when it would be too long. */
struct span rbl_make_name(struct arena *a, const struct rbl_list *list, struct span plain);

/* For both files of what is asked. */
struct rbl_gathering {
	struct arena *arena;
	struct msg *msg;
	const struct rbl *rbl;
	struct rbl_elements *out;
};

/* NULL for what is no address, or is there already. */
struct rbl_element *rbl_add_address(struct rbl_gathering *g, enum rbl_kind kind, struct span text);
void rbl_gather_urls(struct rbl_gathering *g);
void rbl_gather_emails(struct rbl_gathering *g);
void rbl_gather_replyto(struct rbl_gathering *g);
/* Of an element of these: what the list makes of it. */
struct rbl_name rbl_content_name(struct arena *a, const struct rbl_list *list,
	const struct rbl_element *element);

/* ---- symbols of the stock lists: rbl_symbols.c ---- */

enum { RBL_SYMBOL_COUNT = 113 };

extern const struct scan_symbol rbl_symbols[RBL_SYMBOL_COUNT];

#endif
