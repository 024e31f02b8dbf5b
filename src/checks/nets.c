/* Networks that a check's options name, and those that are of no use outside of one network. */
#include "checks/inner.h"

bool checks_warn_of_map(const struct scan_preparing *p, const char *option, struct span text)
{
	if (!span_starts(text, SPAN("/")) && span_find(text, SPAN("://")) == text.n)
		return false;
	conf_warn(p->report, (struct conf_origin){0},
		"%s: the map %.*s is not read in this version: write its entries here", option,
		SPAN_ARG(text));
	return true;
}

void checks_read_nets(const struct scan_preparing *p, const struct conf_list *list,
	const char *option, struct checks_nets *out)
{
	for (size_t i = 0; i < list->n; i++) {
		struct ip_net net;

		if (ip_net_parse(list->v[i], &net))
			*VEC_ADD(p->arena, out) = net;
		else if (!checks_warn_of_map(p, option, list->v[i]))
			conf_error(p->report, (struct conf_origin){0},
				"%s: \"%.*s\" is no address or network", option,
				SPAN_ARG(list->v[i]));
	}
}

bool checks_nets_have(const struct checks_nets *nets, struct span address)
{
	struct ip ip;

	if (nets->n == 0 || !ip_parse(address, &ip))
		return false;
	for (size_t i = 0; i < nets->n; i++)
		if (ip_net_has(&nets->v[i], &ip))
			return true;
	return false;
}

/* Of no use outside of one network, or never an address of a host (RFC 6890 and its registries). */
bool checks_is_special(const struct ip *ip)
{
	static const char *const nets[] = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10",
		"127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/3", "::/127", "2001:db8::/32", "fc00::/7", "fe80::/10",
		"fec0::/10", "ff00::/8"};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct ip_net net;

		must(ip_net_parse(span_of(nets[i]), &net));
		if (ip_net_has(&net, ip))
			return true;
	}
	return false;
}
