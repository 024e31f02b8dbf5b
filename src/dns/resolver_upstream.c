/*
 * A context of libunbound, set up for one way of asking.
 *
 * DESIGN: its options cannot be changed once it has been used, so another way of asking is another context,
 * and what it had in its cache is asked again. It reads no file and writes no log: workers can do neither.
 */
#include "dns/inner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unbound.h>
#include <unbound-event.h>
#include <unistd.h>

struct option {
	const char *name, *value;
};

static const struct option always[] = {
	{"verbosity:", "0"},
	{"use-syslog:", "no"},
	/* small: one thread, and what mail asks for */
	{"num-queries-per-thread:", "2048"},
	{"outgoing-range:", "1024"},
	{"msg-cache-slabs:", "1"},
	{"rrset-cache-slabs:", "1"},
	{"infra-cache-slabs:", "1"},
	{"key-cache-slabs:", "1"},
	{"infra-cache-numhosts:", "2000"},
	/* names whose servers are silent must end, for others wait for their sockets */
	{"max-sent-count:", "6"},
	{"infra-cache-min-rtt:", "200"},
	{"edns-buffer-size:", "1232"},
	{"minimal-responses:", "yes"},
	{"rrset-roundrobin:", "no"}, /* the same answer in the same order */
	{"qname-minimisation:", "yes"},
	{"harden-glue:", "yes"},
	{"harden-dnssec-stripped:", "yes"},
	{"harden-below-nxdomain:", "yes"},
	/* a list that takes an address off is to be believed soon */
	{"cache-max-negative-ttl:", "900"},
	{"serve-expired:", "no"},
	{"prefetch:", "no"},
	/* questions that nobody has asked */
	{"trust-anchor-signaling:", "no"},
	{"root-key-sentinel:", "no"},
};

/* Among the many servers of the world, one that is silent is soon left alone, for a while. */
static const struct option of_the_world[] = {
	{"outbound-msg-retry:", "2"},
	{"infra-cache-max-rtt:", "1500"},
	{"infra-keep-probing:", "no"},
	{"infra-host-ttl:", "10"},
};

/*
 * There may be one server alone: it is not dead because names whose own servers are silent have no answer. Servers
 * that are our own may know names of the house.
 */
static const struct option of_servers[] = {
	/* one that takes two seconds has time to answer */
	{"outbound-msg-retry:", "3"},
	{"infra-cache-max-rtt:", "8000"},
	{"infra-keep-probing:", "yes"},
	{"infra-host-ttl:", "120"},
	{"unblock-lan-zones:", "yes"},
	{"insecure-lan-zones:", "yes"},
};

static const struct option of_this_machine[] = {
	{"do-not-query-localhost:", "no"},
};

static const struct option unvalidated[] = {
	{"module-config:", "iterator"},
};

static const struct option validated[] = {
	{"module-config:", "validator iterator"},
};

static enum rc set_option(struct dns_upstream *u, const char *name, const char *value,
	struct why *why)
{
	int error = ub_ctx_set_option(u->ctx, name, value);

	if (error == 0)
		return RC_OK;
	return why_set(why, RC_INVALID, "libunbound does not take the option %s %s: %s", name,
		value, ub_strerror(error));
}

static enum rc set_options(struct dns_upstream *u, const struct option *options, size_t n,
	struct why *why)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = set_option(u, options[i].name, options[i].value, why);
	return rc;
}

static enum rc set_options_of_mode(struct dns_upstream *u, struct why *why)
{
	return u->mode == DNS_RECURSE ? set_options(u, of_the_world, ARRAY_LEN(of_the_world), why)
				      : set_options(u, of_servers, ARRAY_LEN(of_servers), why);
}

static enum rc set_size(struct dns_upstream *u, const char *name, size_t bytes, struct why *why)
{
	char value[32];

	(void)snprintf(value, sizeof(value), "%zu", bytes);
	return set_option(u, name, value, why);
}

/* Records need most of it, messages point to them. */
static enum rc set_sizes(struct dns_upstream *u, size_t bytes, struct why *why)
{
	enum rc rc = set_size(u, "rrset-cache-size:", bytes / 8 * 5, why);

	if (rc == RC_OK)
		rc = set_size(u, "msg-cache-size:", bytes / 8 * 2, why);
	if (rc == RC_OK)
		rc = set_size(u, "key-cache-size:", bytes / 16, why);
	return rc == RC_OK ? set_size(u, "neg-cache-size:", bytes / 16, why) : rc;
}

/* Whether there is a way to the internet's IPv6: connecting a datagram socket sends nothing. */
static bool has_ip6(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has;

	if (fd == -1)
		return false;
	(void)inet_pton(AF_INET6, "2001:500:2::c", &address.sin6_addr);
	has = connect(fd, (const void *)&address, sizeof(address)) == 0;
	(void)close(fd);
	return has;
}

/* ---- addresses ---- */

static void add_address(struct dns_addresses *out, const struct ip *ip, uint16_t port)
{
	if (out->n < DNS_ADDRESSES_MOST)
		out->v[out->n++] = (struct dns_address){*ip, port};
}

void dns_addresses_find(const struct dns_sources *sources, enum dns_mode mode,
	struct dns_addresses *out)
{
	const struct dns_servers *servers =
		mode == DNS_SYSTEM ? &sources->system : &sources->servers;

	/* whole, for it is compared */
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; mode != DNS_RECURSE && i < servers->n; i++) {
		struct ip ips[DNS_HOST_ADDRESSES_MOST];
		size_t n = 1;

		if (servers->v[i].host.n > 0)
			n = dns_hosts_find(sources->hosts, servers->v[i].host, ips);
		else
			ips[0] = servers->v[i].ip;
		for (size_t k = 0; k < n; k++)
			add_address(out, &ips[k], servers->v[i].port);
	}
}

static bool needs_ip6(const struct dns_upstream *u)
{
	if (u->mode == DNS_RECURSE)
		return has_ip6();
	for (size_t i = 0; i < u->addresses.n; i++)
		if (!ip_is_v4(&u->addresses.v[i].ip))
			return true;
	return false;
}

static enum rc set_forwards(struct dns_upstream *u, struct why *why)
{
	bool has_own = false;
	int error = 0;

	if (u->addresses.n == 0)
		return why_set(why, RC_NOT_FOUND, "no name server is known");
	for (size_t i = 0; error == 0 && i < u->addresses.n; i++) {
		const struct dns_address *address = &u->addresses.v[i];

		has_own |= ip_is_own(&address->ip);
		error = ub_ctx_set_fwd(u->ctx,
			arena_printf(u->arena, "%s@%u", ip_print(u->arena, &address->ip).p,
				address->port)
				.p);
	}
	if (error != 0)
		return why_set(why, RC_INVALID, "libunbound does not take the name servers: %s",
			ub_strerror(error));
	return has_own ? set_options(u, of_this_machine, ARRAY_LEN(of_this_machine), why) : RC_OK;
}

static enum rc set_hints(struct dns_upstream *u, const struct dns_sources *sources, struct why *why)
{
	bool has_own = false;
	int error = 0;

	for (size_t i = 0; error == 0 && i < sources->hint_count; i++) {
		has_own |= ip_is_own(&sources->hints[i]);
		error = ub_ctx_set_stub(u->ctx, ".", ip_print(u->arena, &sources->hints[i]).p, 1);
	}
	if (error != 0)
		return why_set(why, RC_INVALID, "libunbound does not take the root hints: %s",
			ub_strerror(error));
	return has_own ? set_options(u, of_this_machine, ARRAY_LEN(of_this_machine), why) : RC_OK;
}

static enum rc set_anchors(struct dns_upstream *u, const struct dns_sources *sources,
	struct why *why)
{
	for (size_t i = 0; i < sources->anchor_count; i++) {
		int error = ub_ctx_add_ta(u->ctx, sources->anchors[i]);

		if (error != 0)
			return why_set(why, RC_INVALID,
				"libunbound does not take the trust anchor \"%.100s\": %s",
				sources->anchors[i], ub_strerror(error));
	}
	return RC_OK;
}

/* ---- the door ---- */

static enum rc set_up(struct dns_upstream *u, const struct dns_sources *sources, struct why *why)
{
	enum rc rc = set_options(u, always, ARRAY_LEN(always), why);

	if (rc == RC_OK)
		rc = set_sizes(u, sources->cache_most, why);
	if (rc == RC_OK)
		rc = set_option(u, "do-ip6:", needs_ip6(u) ? "yes" : "no", why);
	if (rc == RC_OK)
		rc = set_options_of_mode(u, why);
	if (rc == RC_OK)
		rc = u->validates ? set_options(u, validated, ARRAY_LEN(validated), why)
				  : set_options(u, unvalidated, ARRAY_LEN(unvalidated), why);
	if (rc == RC_OK)
		rc = u->mode == DNS_RECURSE ? set_hints(u, sources, why) : set_forwards(u, why);
	if (rc == RC_OK && u->validates)
		rc = set_anchors(u, sources, why);
	return rc;
}

enum rc dns_upstream_open(struct event_base *base, const struct dns_sources *sources,
	enum dns_mode mode, bool validates, struct dns_upstream **out, struct why *why)
{
	struct arena *a = arena_make();
	struct dns_upstream *u = ARENA_NEW(a, struct dns_upstream);
	enum rc rc;

	u->arena = a;
	u->mode = mode;
	u->validates = validates;
	dns_addresses_find(sources, mode, &u->addresses);
	u->ctx = ub_ctx_create_event(base);
	if (u->ctx == NULL) {
		arena_free(a);
		return why_set(why, RC_TEMPFAIL, "libunbound cannot be started");
	}
	(void)ub_ctx_debugout(u->ctx, NULL);
	rc = set_up(u, sources, why);
	if (rc == RC_OK)
		*out = u;
	else
		dns_upstream_close(u);
	return rc;
}

/* libunbound has infra-cache-max-rtt for the whole process, as the context says that was set up last. */
void dns_upstream_restore(struct event_base *base, const struct dns_upstream *u)
{
	struct dns_upstream other = {.mode = u->mode, .ctx = ub_ctx_create_event(base)};

	if (other.ctx == NULL)
		return;
	(void)set_options_of_mode(&other, NULL);
	ub_ctx_delete(other.ctx);
}

void dns_upstream_close(struct dns_upstream *u)
{
	if (u == NULL)
		return;
	u->is_closing = true;
	ub_ctx_delete(u->ctx);
	arena_free(u->arena);
}

struct span dns_upstream_describe(struct arena *a, const struct dns_upstream *u)
{
	const char *dnssec = u->validates ? ", DNSSEC" : "";
	struct buf out;

	if (u->mode == DNS_RECURSE)
		return arena_printf(a, "recursion%s", dnssec);
	buf_init(&out, a, 8192);
	buf_add_string(&out, u->mode == DNS_SYSTEM ? "the system's servers" : "forwards to");
	for (size_t i = 0; i < u->addresses.n; i++) {
		const struct dns_address *address = &u->addresses.v[i];
		bool is_v4 = ip_is_v4(&address->ip);

		buf_printf(&out, "%s%s%.*s%s:%u", i == 0 ? " " : ", ", is_v4 ? "" : "[",
			SPAN_ARG(ip_print(a, &address->ip)), is_v4 ? "" : "]", address->port);
	}
	buf_add_string(&out, dnssec);
	return buf_span(&out);
}
