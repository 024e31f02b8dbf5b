/* Networks that a check's options name, and those that are of no use outside of one network. */
#include "checks/inner.h"

static struct conf_origin origin_of(const struct conf_node *section, const char *key)
{
	const struct conf_node *node = conf_get(section, span_of(key));

	if (node == NULL)
		node = section;
	return node == NULL ? (struct conf_origin){0} : node->origin;
}

static struct span name_of(struct arena *a, const struct conf_node *section, const char *key)
{
	if (section == NULL)
		return span_of(key);
	return arena_printf(a, "%.*s.%s", SPAN_ARG(conf_path(a, section)), key);
}

void checks_complain(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const char *format, ...)
{
	struct span sentence;
	va_list ap;

	va_start(ap, format);
	sentence = arena_vprintf(p->arena, format, ap);
	va_end(ap);
	conf_error(p->report, origin_of(section, key), "%.*s: %.*s",
		SPAN_ARG(name_of(p->arena, section, key)), SPAN_ARG(sentence));
}

bool checks_warn_of_map(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, struct span text)
{
	if (!span_starts(text, SPAN("/")) && span_find(text, SPAN("://")) == text.n)
		return false;
	conf_warn(p->report, origin_of(section, key),
		"%.*s: the map %.*s is not read in this version: write its entries here",
		SPAN_ARG(name_of(p->arena, section, key)), SPAN_ARG(text));
	return true;
}

void checks_read_nets(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const struct conf_list *list, struct checks_nets *out)
{
	for (size_t i = 0; i < list->n; i++) {
		struct ip_net net;

		if (ip_net_parse(list->v[i], &net))
			*VEC_ADD(p->arena, out) = net;
		else if (!checks_warn_of_map(p, section, key, list->v[i]))
			checks_complain(p, section, key, "\"%.*s\" is no address or network",
				SPAN_ARG(list->v[i]));
	}
}

struct checks_nets *checks_make_nets(const struct scan_preparing *p, const char *option,
	const struct conf_list *list)
{
	struct checks_nets *nets = ARENA_NEW(p->arena, struct checks_nets);

	checks_read_nets(p, p->section, option, list, nets);
	return nets;
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
