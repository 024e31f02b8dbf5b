/* Inside of dns: reading words and strings of zone files and records. */
#ifndef DNS_INNER_H
#define DNS_INNER_H

#include "dns/dns.h"

/* What a name may be: 253 bytes without the final dot (RFC 1035 section 2.3.4, in text). */
enum { DNS_NAME_MOST = 253 };

bool dns_is_name(struct span name);
bool dns_find_type(struct span name, enum dns_type *out);
/* A quoted string off the start of `rest`, its escapes undone, added to `out`. */
bool dns_take_string(struct span *rest, struct buf *out);
/* A word and the blanks around it off the start of `rest`; false when nothing is left. */
bool dns_take_word(struct span *rest, struct span *out);

#endif
