/*
 * What of a message lists are asked for, and under which names.
 *
 * DESIGN: a table with one function for each kind. Each adds what the message has of it; whether a list wants
 * an element is a question of the list alone, so all lists look at the same few elements.
 */
#include "checks/rbl.h"

#include <string.h>

#include "auth/auth.h"
#include "url/url.h"

/* ---- addresses ---- */

/* The same address of the same kind is one element. */
static bool has_address(const struct rbl_gathering *g, enum rbl_kind kind, const struct ip *ip)
{
	for (size_t i = 0; i < g->out->n; i++)
		if (g->out->v[i].kind == kind && g->out->v[i].is_address &&
			ip_equal(&g->out->v[i].ip, ip))
			return true;
	return false;
}

/* Evidence is the address as one writes it: what is IPv4 within IPv6 is IPv4. */
static struct span print_ip(struct arena *a, const struct ip *ip, struct span written)
{
	return ip_is_v4(ip) ? ip_print(a, ip) : arena_lower(a, written);
}

struct rbl_element *rbl_add_address(struct rbl_gathering *g, enum rbl_kind kind, struct span text)
{
	struct rbl_element *e;
	struct ip ip;

	if (!ip_parse(text, &ip) || has_address(g, kind, &ip))
		return NULL;
	e = VEC_ADD(g->arena, g->out);
	*e = (struct rbl_element){.kind = kind, .ip = ip, .is_address = true};
	e->text = print_ip(g->arena, &ip, text);
	/* RFC 5782 sections 2.1 and 2.4 */
	e->name = ip_print_reversed(g->arena, &ip);
	e->is_private = ip_is_private(&ip);
	return e;
}

static void gather_from(struct rbl_gathering *g)
{
	(void)rbl_add_address(g, RBL_FROM, g->msg->envelope.address);
}

/* The client itself is no earlier hop, although the mail server may have written its field already. */
static void gather_received(struct rbl_gathering *g)
{
	const struct msg_hops *hops = msg_hops(g->msg);
	size_t n = num_min(hops->n, RBL_HOPS_MOST);
	struct ip client, ip;
	bool has_client = ip_parse(g->msg->envelope.address, &client);

	for (size_t i = 0; i < n; i++) {
		struct rbl_element *e;

		if (!ip_parse(hops->v[i].address, &ip) || (has_client && ip_equal(&client, &ip)))
			continue;
		e = rbl_add_address(g, RBL_RECEIVED, hops->v[i].address);
		if (e == NULL)
			continue;
		e->hop = &hops->v[i];
		e->pos = (int)i + 1;
		e->pos_from_end = (int)i - (int)hops->n;
	}
}

/* ---- names ---- */

/* NULL for what cannot be the name of a host of the internet. */
static struct rbl_element *add_name(struct rbl_gathering *g, enum rbl_kind kind, struct span text)
{
	struct rbl_element *e;
	struct span name;

	if (text.n == 0 || text.n > CHECKS_HOST_MOST || !url_make_ascii(g->arena, text, &name) ||
		!span_has_byte(name, '.') || url_is_address(name))
		return NULL;
	e = VEC_ADD(g->arena, g->out);
	*e = (struct rbl_element){.kind = kind, .text = name, .name = name};
	return e;
}

static void gather_helo(struct rbl_gathering *g)
{
	(void)add_name(g, RBL_HELO, g->msg->envelope.helo);
}

static void gather_rdns(struct rbl_gathering *g)
{
	if (!checks_host_is_unknown(g->msg))
		(void)add_name(g, RBL_RDNS, g->msg->envelope.hostname);
}

static bool has_domain(const struct rbl_gathering *g, struct span domain)
{
	for (size_t i = 0; i < g->out->n; i++)
		if (g->out->v[i].kind == RBL_DKIM && span_equal_nocase(g->out->v[i].text, domain))
			return true;
	return false;
}

static bool is_author(struct msg *m, struct span domain)
{
	const struct mime_addresses *from = msg_from(m);

	for (size_t i = 0; i < from->n; i++)
		if (url_same_registrable(from->v[i].domain, domain))
			return true;
	return false;
}

static void gather_dkim(struct rbl_gathering *g)
{
	const struct auth_dkim *dkim = auth_find_dkim(g->msg);
	size_t count = 0;

	for (size_t i = 0; dkim != NULL && i < dkim->n && count < RBL_DOMAINS_MOST; i++) {
		const struct auth_signature *signature = &dkim->v[i];
		struct rbl_element *e;

		if (signature->result != AUTH_DKIM_PASS || has_domain(g, signature->domain))
			continue;
		e = add_name(g, RBL_DKIM, signature->domain);
		if (e == NULL)
			continue;
		e->domain = url_find_registrable(e->name);
		e->is_author = is_author(g->msg, e->name);
		count++;
	}
}

/* ---- the table ---- */

/* Several that one function gathers have it once. */
static const struct {
	struct span key, name;
	void (*gather)(struct rbl_gathering *g);
} kinds[RBL_KIND_COUNT] = {
	[RBL_FROM] = {SPAN_INIT("from"), SPAN_INIT("from"), gather_from},
	[RBL_RECEIVED] = {SPAN_INIT("received"), SPAN_INIT("received"), gather_received},
	[RBL_HELO] = {SPAN_INIT("helo"), SPAN_INIT("helo"), gather_helo},
	[RBL_RDNS] = {SPAN_INIT("rdns"), SPAN_INIT("rdns"), gather_rdns},
	[RBL_DKIM] = {SPAN_INIT("dkim"), SPAN_INIT("dkim"), gather_dkim},
	[RBL_URLS] = {SPAN_INIT("urls"), SPAN_INIT("url"), rbl_gather_urls},
	[RBL_IMAGES] = {SPAN_INIT("images"), SPAN_INIT("url"), NULL},
	[RBL_URL_PATHS] = {SPAN_INIT("url_paths"), SPAN_INIT("url"), NULL},
	[RBL_EMAILS] = {SPAN_INIT("emails"), SPAN_INIT("email"), rbl_gather_emails},
	[RBL_REPLYTO] = {SPAN_INIT("replyto"), SPAN_INIT("replyto"), rbl_gather_replyto},
};

struct span rbl_kind_key(enum rbl_kind kind)
{
	return kinds[kind].key;
}

struct span rbl_kind_name(enum rbl_kind kind)
{
	return kinds[kind].name;
}

void rbl_gather(struct arena *a, struct msg *m, const struct rbl *rbl, struct rbl_elements *out)
{
	struct rbl_gathering g = {a, m, rbl, out};

	for (size_t i = 0; i < RBL_KIND_COUNT; i++)
		if (kinds[i].gather != NULL)
			kinds[i].gather(&g);
	must(out->n <= RBL_ELEMENTS_MOST);
}

/* ---- what a list wants of it ---- */

static bool has_flag(const struct mime_received *hop, struct span flag)
{
	if (span_equal(flag, SPAN("ssl")) || span_equal(flag, SPAN("tls")))
		return hop->tls;
	if (span_equal(flag, SPAN("authenticated")))
		return hop->authenticated;
	return span_equal_nocase(flag, hop->with);
}

static int position(const struct rbl_element *e, int bound)
{
	return bound < 0 ? e->pos_from_end : e->pos;
}

static bool wants_hop(const struct rbl_list *list, const struct rbl_element *e)
{
	if ((list->min_pos != 0 && position(e, list->min_pos) < list->min_pos) ||
		(list->max_pos != 0 && position(e, list->max_pos) > list->max_pos))
		return false;
	for (size_t i = 0; i < list->flags->n; i++)
		if (!has_flag(e->hop, list->flags->v[i]))
			return false;
	for (size_t i = 0; i < list->no_flags->n; i++)
		if (has_flag(e->hop, list->no_flags->v[i]))
			return false;
	return true;
}

static bool wants_address(const struct rbl_list *list, const struct rbl_element *e)
{
	if (!(ip_is_v4(&e->ip) ? list->ipv4 : list->ipv6))
		return false;
	return !(e->is_private && list->exclude_private) &&
		!checks_nets_have(&list->exclude, e->text);
}

static bool wants_content(const struct rbl_list *list, const struct rbl_element *e)
{
	if (e->kind == RBL_EMAILS || e->kind == RBL_REPLYTO)
		return !(e->is_known && list->emails_domain_only);
	if (e->kind == RBL_URL_PATHS)
		return true;
	if (e->is_further && !list->full_host && list->composed == NULL)
		return false;
	return e->is_address ? !list->no_addresses : !list->only_addresses;
}

bool rbl_list_wants(const struct rbl_list *list, const struct rbl_element *e)
{
	if (!list->kinds[e->kind] || (e->is_address && !wants_address(list, e)))
		return false;
	if (e->kind == RBL_RECEIVED)
		return wants_hop(list, e);
	if (e->kind > RBL_DKIM)
		return wants_content(list, e);
	return e->kind != RBL_DKIM || e->is_author || !list->dkim_match_from;
}

struct rbl_name rbl_plain_name(struct arena *a, const struct rbl_list *list,
	const struct rbl_element *e)
{
	struct rbl_name out = {e->text, e->name};

	if (e->kind > RBL_DKIM)
		out = rbl_content_name(a, list, e);
	else if (e->kind == RBL_DKIM && list->dkim_domain_only)
		out.name = e->domain;
	if (list->known != NULL &&
		(map_find(list->known, out.text) != NULL ||
			map_find(list->known, e->domain) != NULL))
		out.name = span_from(NULL, 0);
	return out;
}

struct span rbl_make_name(struct arena *a, const struct rbl_list *list, struct span plain)
{
	struct span name =
		list->hashing.hash == RBL_NO_HASH ? plain : rbl_hash_text(a, &list->hashing, plain);

	/* RFC 1035 section 2.3.4: there is no longer one */
	if (name.n == 0 || name.n + 1 + list->zone.n > CHECKS_HOST_MOST)
		return span_from(NULL, 0);
	return arena_printf(a, "%.*s.%.*s", SPAN_ARG(name), SPAN_ARG(list->zone));
}
