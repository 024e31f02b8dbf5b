/* What the settings name, read while files can be read: servers, keys, a table of answers. */
#include "dns/inner.h"

#define TRUST_ANCHOR "/usr/share/dns/root.key"

enum { FILE_MOST = 1 << 20, WEIGHT_MOST = 1000000 };

static const struct ip this_machine = {.bytes = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};

/* ---- servers ---- */

/* How Rspamd's users choose among them; all are asked here, the quickest most. */
static struct span without_policy(struct span text)
{
	static const char *const policies[] = {"master-slave:", "round-robin:", "hash:", "random:",
		"sequential:"};

	for (size_t i = 0; i < ARRAY_LEN(policies); i++)
		if (span_starts_nocase(text, span_of(policies[i])))
			return span_from_offset(text, span_of(policies[i]).n);
	return text;
}

/* ":53" or ":53:10"; the second is a weight. */
static bool parse_port(struct span text, uint16_t *out)
{
	struct span port, weight;
	uint64_t number = DNS_PORT, ignored;

	*out = DNS_PORT;
	if (text.n == 0)
		return true;
	if (!span_starts(text, SPAN(":")))
		return false;
	text = span_from_offset(text, 1);
	if (!span_next(&text, ':', &port) || !num_parse_u64(port, UINT16_MAX, &number) ||
		number == 0)
		return false;
	if (span_next(&text, ':', &weight) &&
		(!num_parse_u64(weight, WEIGHT_MOST, &ignored) || text.n > 0))
		return false;
	*out = (uint16_t)number;
	return true;
}

bool dns_server_parse(struct span text, struct dns_server *out)
{
	struct span host;
	size_t n;

	*out = (struct dns_server){.port = DNS_PORT};
	text = without_policy(span_trim(text));
	if (ip_parse(text, &out->ip))
		return true;
	n = span_starts(text, SPAN("[")) ? span_find_byte(text, ']') + 1
					 : span_find_byte(text, ':');
	host = span_slice(text, 0, n);
	if (!parse_port(span_from_offset(text, n), &out->port))
		return false;
	if (ip_parse(host, &out->ip))
		return true;
	out->host = host;
	for (size_t i = 0; i < host.n; i++)
		if (!byte_is_alnum(host.p[i]) && host.p[i] != '-' && host.p[i] != '_' &&
			host.p[i] != '.')
			return false;
	/* digits alone are an address that was not finished */
	return dns_is_name(host) && !byte_is_digit(host.p[host.n - 1]);
}

static void add_server(struct dns_servers *servers, const struct dns_server *server)
{
	if (servers->n < DNS_SERVERS_MOST)
		servers->v[servers->n++] = *server;
}

/* resolv.conf(5); an address with a zone (fe80::1%eth0) is passed over. */
static void read_system(struct span text, struct dns_servers *out)
{
	for (struct span line, word; span_next_line(&text, &line);) {
		struct dns_server server = {.port = DNS_PORT};

		if (dns_take_word(&line, &word) && span_equal(word, SPAN("nameserver")) &&
			dns_take_word(&line, &word) && ip_parse(word, &server.ip))
			add_server(out, &server);
	}
}

static void find_hosts(struct arena *a, struct dns_sources *sources)
{
	struct span names[DNS_SERVERS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < sources->servers.n; i++)
		if (sources->servers.v[i].host.n > 0)
			names[n++] = sources->servers.v[i].host;
	if (n == 0)
		return;
	sources->hosts = dns_hosts_make(names, n);
	arena_at_end(a, (void (*)(void *))dns_hosts_free, sources->hosts);
}

/* ---- files ---- */

struct reading {
	struct arena *arena;
	const struct dns_settings *settings;
	struct conf_report *report;
};

static bool read_file(const struct reading *r, struct span path, const char *key, size_t most,
	struct span *out)
{
	struct why why;

	if (file_read(r->arena, arena_string(r->arena, path), most, out, &why) == RC_OK)
		return true;
	conf_error(r->report, conf_origin_of(r->settings->section, key), "options.dns.%s: %s", key,
		why.text);
	return false;
}

/* The records of a zone file that are on one line each, as in files of keys and hints. */
static bool next_record(struct span *text, struct span *out)
{
	for (struct span line; span_next_line(text, &line);) {
		*out = span_trim(span_slice(line, 0, span_find_byte(line, ';')));
		if (out->n > 0)
			return true;
	}
	return false;
}

static void read_anchors(const struct reading *r, struct dns_sources *out)
{
	struct span path = r->settings->trust_anchor, text;
	struct why why;

	if (!r->settings->dnssec)
		return;
	if (path.n > 0) {
		if (!read_file(r, path, "trust_anchor", FILE_MOST, &text))
			return;
	} else if (file_read(r->arena, TRUST_ANCHOR, FILE_MOST, &text, &why) != RC_OK) {
		return;
	}
	out->anchors = ARENA_ARRAY(r->arena, const char *, DNS_ANCHORS_MOST);
	for (struct span record;
		out->anchor_count < DNS_ANCHORS_MOST && next_record(&text, &record);)
		out->anchors[out->anchor_count++] = arena_string(r->arena, record);
}

static void read_hints(const struct reading *r, struct dns_sources *out)
{
	struct span text;

	if (r->settings->root_hints.n == 0 ||
		!read_file(r, r->settings->root_hints, "root_hints", FILE_MOST, &text))
		return;
	out->hints = ARENA_ARRAY(r->arena, struct ip, DNS_HINTS_MOST);
	for (struct span record, word, last; next_record(&text, &record);) {
		for (last = SPAN(""); dns_take_word(&record, &word);)
			last = word;
		out->hint_count += out->hint_count < DNS_HINTS_MOST &&
			ip_parse(last, &out->hints[out->hint_count]);
	}
	if (out->hint_count == 0)
		conf_error(r->report, conf_origin_of(r->settings->section, "root_hints"),
			"options.dns.root_hints: there is no address in %.*s",
			SPAN_ARG(r->settings->root_hints));
}

static void read_zone(const struct reading *r, struct dns_sources *out)
{
	struct span text;
	struct why why;

	if (r->settings->zone.n == 0 ||
		!read_file(r, r->settings->zone, "zone", DNS_ZONE_MOST, &text))
		return;
	if (dns_zone_parse(r->arena, text, &out->zone, &why) != RC_OK)
		conf_error(r->report, conf_origin_of(r->settings->section, "zone"),
			"options.dns.zone: %.*s: %s", SPAN_ARG(r->settings->zone), why.text);
}

/* ---- the door ---- */

const struct dns_sources *dns_sources_read(struct arena *a, const struct dns_settings *settings,
	struct conf_report *report)
{
	struct reading r = {.arena = a, .settings = settings, .report = report};
	struct dns_sources *out = ARENA_NEW(a, struct dns_sources);
	struct span text;
	struct why why;

	out->mode = (enum dns_mode)settings->mode;
	out->timeout = settings->timeout;
	out->cache_most = settings->cache_most;
	if (out->mode == DNS_OFF)
		return out;
	read_zone(&r, out);
	if (out->zone != NULL)
		return out;
	for (size_t i = 0; out->mode == DNS_FORWARD && i < settings->servers.n; i++) {
		struct dns_server server;

		if (dns_server_parse(settings->servers.v[i], &server))
			add_server(&out->servers, &server);
	}
	find_hosts(a, out);
	if (file_read(a, arena_string(a, settings->resolv_conf), FILE_MOST, &text, &why) == RC_OK)
		read_system(text, &out->system);
	/* resolv.conf(5): without a server it is the one on this machine */
	if (out->mode == DNS_SYSTEM && out->system.n == 0)
		add_server(&out->system,
			&(struct dns_server){.ip = this_machine, .port = DNS_PORT});
	read_anchors(&r, out);
	read_hints(&r, out);
	return out;
}

void dns_sources_look(const struct dns_sources *sources)
{
	if (sources->hosts != NULL)
		dns_hosts_look(sources->hosts);
}

struct dns_hosts *dns_sources_hosts(const struct dns_sources *sources)
{
	return sources->hosts;
}

static size_t add_port(uint16_t port, uint16_t *out, size_t n, size_t room)
{
	for (size_t i = 0; i < n; i++)
		if (out[i] == port)
			return n;
	if (n < room)
		out[n++] = port;
	return n;
}

enum dns_mode dns_sources_mode(const struct dns_sources *sources)
{
	return sources->mode;
}

size_t dns_sources_ports(const struct dns_sources *sources, uint16_t *out, size_t room)
{
	size_t n = 0;

	if (sources->mode == DNS_OFF || sources->zone != NULL)
		return 0;
	if (sources->mode != DNS_FORWARD)
		n = add_port(DNS_PORT, out, n, room);
	for (size_t i = 0; i < sources->servers.n; i++)
		n = add_port(sources->servers.v[i].port, out, n, room);
	return n;
}
