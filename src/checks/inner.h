/* What several checks ask of addresses; for this room alone. */
#ifndef CHECKS_INNER_H
#define CHECKS_INNER_H

#include "checks/checks.h"

/* True for what was written as an address, with an @ or in angles, and not just for words. */
bool checks_is_address(const struct mime_address *a);
/*
 * The first entry that was written as an address: a display name with a comma in it is cut into words
 * before the address. The first entry of all when there is none; NULL for an empty list.
 */
const struct mime_address *checks_first_address(const struct mime_addresses *list);
/* The display name; a single word without an @, which a parser may take for an address, is one, too. */
struct span checks_name(const struct mime_address *a);
/* The same mailbox or domain, whatever the case; false when either has none. */
bool checks_same_address(const struct mime_address *a, const struct mime_address *b);
bool checks_same_domain(const struct mime_address *a, const struct mime_address *b);
/* `user+tag` without its tag; what begins with a plus has none. */
struct span checks_without_tag(struct span local);
/* True when an envelope recipient, or a recipient that the header names, has this domain. */
bool checks_is_envelope_domain(struct msg *m, struct span domain);
bool checks_is_header_domain(struct msg *m, struct span domain);

/* "mr", "mrs" or "dr" when the name begins with that title, else the null span. */
struct span checks_find_title(struct span name);

/* True when a Content-Type is there and cannot be read; an empty field is as good as none. */
bool checks_is_broken_type(const struct mime_part *part);

/* ---- names of hosts: host_name.c ---- */

/* Bytes of a name as text, without the dot at the end: 255 on the wire (RFC 1035 section 2.3.4). */
enum { CHECKS_HOST_MOST = 253 };

/*
 * How surely a host's name was made for a line of a provider's customer: 0 (not at all) to 5 (a dial-up or
 * another dynamic line). What is longer than CHECKS_HOST_MOST is no name.
 */
unsigned checks_host_class(struct span host);
/* At least two labels of letters, digits and dashes; a dot at the end may stand there. */
bool checks_host_is_full(struct span host);
/*
 * The mail server has looked for the client's name and has found none that holds both ways. False when
 * nobody has said anything of a name.
 */
bool checks_host_is_unknown(const struct msg *m);

/* ---- what name servers say of a host: hfilter_dns.c ---- */

enum {
	CHECKS_MX_MOST = 5,                         /* hosts that are looked up */
	CHECKS_HOST_NEEDS = 3 + 2 * CHECKS_MX_MOST, /* questions about a host */
};

enum checks_mail {
	CHECKS_MAIL_HOSTS,   /* there is a host for its mail */
	CHECKS_MAIL_NOWHERE, /* neither an address nor an MX */
	CHECKS_MAIL_DEAD,    /* MX hosts without addresses */
	CHECKS_MAIL_REFUSED, /* it says that it takes no mail */
};

struct checks_host {
	bool has_address;
	enum checks_mail mail;
	struct span dead; /* an MX host without address */
};

/* RC_OK, RC_WAIT, RC_TEMPFAIL or RC_LIMIT. Names in UTF-8 are asked for as A-labels. */
enum rc checks_need_host(struct scan *s, struct span host, struct checks_host *out);

/* ---- networks: nets.c ---- */

struct checks_nets {
	VEC(struct ip_net);
};

/*
 * In prepare: tells what is wrong with a key of the section, with its place and its whole name. A key that is not
 * written, but missing, has the place of the section.
 */
void checks_complain(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* In prepare: true, and a warning, for a file or an address of the web where entries themselves should stand. */
bool checks_warn_of_map(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, struct span text);
/* In prepare: the addresses and networks that the section has at the key. */
void checks_read_nets(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const struct conf_list *list, struct checks_nets *out);
/* The same as a list of its own, in the arena of the generation. */
struct checks_nets *checks_make_nets(const struct scan_preparing *p, const char *option,
	const struct conf_list *list);
/* False for what is no address. */
bool checks_nets_have(const struct checks_nets *nets, struct span address);

/* ---- clients behind relays: relay.c ---- */

enum checks_trust {
	CHECKS_RELAYS_AUTHENTICATED,
	CHECKS_RELAYS_BY_COUNT,
	CHECKS_RELAYS_LOCAL,
	CHECKS_RELAYS_BY_NAME,
	CHECKS_RELAYS_BY_ADDRESS,
};

struct checks_relays {
	enum checks_trust trust;
	size_t count; /* which host is the client; 1 is the one that handed the message in */
	struct checks_nets nets; /* of relays */
	struct map *names;       /* of relays; NULL: none */
	struct map *users;       /* for whom it holds; NULL: all */
};

/*
 * The host that handed the message to the first of the trusted relays, or the last of these when nobody did; false when
 * that is the client itself, or cannot be said for sure.
 */
bool checks_find_client(struct scan *s, const struct checks_relays *relays, struct msg_client *out);

/* Rows of checks that leave our own clients out unless they are told not to. */
struct checks_own {
	bool local, authenticated;
};

#define CHECKS_OWN_ROWS(type, member)                                                              \
	CONF_BOOL(type, member.local, "check_local", "no",                                         \
		"Whether clients in options.local_addrs are checked, too."),                       \
		CONF_BOOL(type, member.authenticated, "check_authed", "no",                        \
			"Whether clients that have authenticated are checked, too.")

/* Adds a symbol once, with two pieces of evidence. */
void checks_add_pair(struct scan *s, unsigned symbol, struct span first, struct span second);

#endif
