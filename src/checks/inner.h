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

/* Adds a symbol once, with two pieces of evidence. */
void checks_add_pair(struct scan *s, unsigned symbol, struct span first, struct span second);

#endif
