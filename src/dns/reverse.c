/* Names of addresses: in-addr.arpa and ip6.arpa. */
#include "dns/dns.h"

#include <arpa/inet.h>
#include <string.h>

#include "dns/inner.h"

enum rc dns_need_ptr(struct needs *needs, struct span address, const struct dns_answer **out)
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char bytes[16];
	struct buf name;

	*out = NULL;
	if (address.n >= sizeof(text))
		return RC_INVALID;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	buf_init(&name, need_memo_arena(needs->memo), DNS_NAME_MOST);
	if (inet_pton(AF_INET, text, bytes) == 1) {
		buf_printf(&name, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1],
			bytes[0]);
	} else if (inet_pton(AF_INET6, text, bytes) == 1) {
		ip_print_nibbles(&name, bytes);
		buf_add_string(&name, ".ip6.arpa");
	} else {
		return RC_INVALID;
	}
	return dns_need(needs, DNS_PTR, buf_span(&name), out);
}
