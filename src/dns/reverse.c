/* Names of addresses: in-addr.arpa and ip6.arpa. */
#include "dns/dns.h"

enum rc dns_need_ptr(struct needs *needs, struct span address, const struct dns_answer **out)
{
	struct arena *a = need_memo_arena(needs->memo);
	struct ip ip;

	*out = NULL;
	if (!ip_parse(address, &ip))
		return RC_INVALID;
	return dns_need(needs, DNS_PTR,
		arena_printf(a, "%.*s.%s", SPAN_ARG(ip_print_reversed(a, &ip)),
			ip_is_v4(&ip) ? "in-addr.arpa" : "ip6.arpa"),
		out);
}
