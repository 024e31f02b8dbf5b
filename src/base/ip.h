/* ip: an address of the internet and networks of them. IPv4 is kept in its place within IPv6. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/buf.h"

struct sockaddr;

struct ip {
	uint8_t bytes[16];
};

/* "192.0.2.1", "2001:db8::1", also in brackets, behind "IPv6:", or as "::ffff:192.0.2.1". */
bool ip_parse(struct span text, struct ip *out);
bool ip_is_v4(const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);
/* "192.0.2.1" or "2001:db8::1". */
struct span ip_print(struct arena *a, const struct ip *ip);
/* What the name of an address begins with in a tree of DNS: "1.2.0.192", or the 32 nibbles from the last. */
struct span ip_print_reversed(struct arena *a, const struct ip *ip);

/* Of this machine or its cable: loopback, and link-local of IPv6. */
bool ip_is_own(const struct ip *ip);

/* Of no use outside of one network: nobody elsewhere can say anything of it (RFC 6890 and its registries). */
bool ip_is_private(const struct ip *ip);
/* That, or never the address of a host. */
bool ip_is_special(const struct ip *ip);

struct ip_net {
	struct ip ip;
	unsigned bits; /* of the 128 */
};

/* "10.0.0.0/8", "fe80::/10", or an address alone. */
bool ip_net_parse(struct span text, struct ip_net *out);
bool ip_net_has(const struct ip_net *net, const struct ip *ip);

/* "192.0.2.1:25", "[2001:db8::1]:25", the path of a local socket; null for other families. */
struct span ip_print_socket(struct arena *a, const struct sockaddr *address);

#endif
