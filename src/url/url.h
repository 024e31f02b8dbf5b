/*
 * url: domains now, URLs when content is read. The registrable domain is what somebody bought: the
 * public suffix (publicsuffix.org, as the system's libpsl knows it) and one label more.
 */
#ifndef URL_URL_H
#define URL_URL_H

#include "base/base.h"

/*
 * The registrable domain of a host name, as a span into it: "mail.example.co.uk" gives
 * "example.co.uk". A trailing dot is left out. The host itself when it is a public suffix, a single
 * label, an IP address, longer than 253 bytes, or has an empty label. Case is kept; comparisons are up to
 * the caller. Names in UTF-8 are understood as their A-labels (UTS 46), so `\xe3\x80\x82` is a dot too.
 */
struct span url_find_registrable(struct span host);
/*
 * True when both hosts lie in the same registrable domain, in whatever case and whether in UTF-8 or as
 * A-labels; false when either is empty.
 */
bool url_same_registrable(struct span a, struct span b);
/*
 * The name as DNS has it: A-labels in lower case, without a dot at the end (UTS 46, RFC 5890). False for what is
 * no name: an empty label, a label over 63 bytes, more than 253 bytes, what IDNA forbids. What is ASCII is not
 * judged further: underscores and all else that DNS takes may stand in it, but no blanks or control bytes.
 */
bool url_make_ascii(struct arena *a, struct span host, struct span *out);
/*
 * True for a dotted IPv4 address or an IPv6 address, with or without brackets, in which IPv6 may have the
 * tag of mail (`[IPv6:::1]`, RFC 5321 section 4.1.3).
 */
bool url_is_address(struct span host);

#endif
