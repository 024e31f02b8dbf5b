/* The section options.dns: ours, and what Rspamd's users have written there. */
#include "dns/inner.h"

static const struct conf_word modes[] = {
	{"recurse", DNS_RECURSE},
	{"forward", DNS_FORWARD},
	{"system", DNS_SYSTEM},
	{"off", DNS_OFF},
};

struct options {
	struct dns_settings settings;
	int tries;
};

enum { TRIES_MOST = 20, SECONDS_MOST = 60 };

static const struct conf_option rows[] = {
	CONF_WORD(struct options, settings.mode, "mode", NULL, modes,
		"Who is asked about names that come with mail. recurse: the servers of the zones "
		"themselves, as block lists want it, and the system's where the network does not let "
		"us; forward: those of servers; system: those of /etc/resolv.conf; off: nobody, and "
		"what needs an answer is not checked. Without it: forward when servers are given, "
		"else recurse."),
	CONF_LIST_COMMA(struct options, settings.servers, "servers", NULL,
		"Name servers that are asked, and none beside them: 192.0.2.1, 192.0.2.1:5353, "
		"[2001:db8::1]:53 or unbound:53. Large public ones get no answers from block lists."),
	CONF_ALIAS("nameserver", "servers"),
	CONF_ALIAS("server", "servers"),
	CONF_TIME(struct options, settings.timeout, "timeout", "1s", 0.05, SECONDS_MOST,
		"How long a question may take, times retransmits."),
	CONF_INT(struct options, tries, "retransmits", "5", 1, TRIES_MOST,
		"As often as timeout a question is given: 5 and 1s make 5 seconds. When it is sent "
		"again, the resolver decides by what it knows of the server."),
	CONF_SIZE(struct options, settings.cache_most, "cache_size", "4mb", 64 << 10, 1ULL << 30,
		"Bytes of answers that each worker keeps."),
	CONF_BOOL(struct options, settings.dnssec, "dnssec", "true",
		"Whether signatures are checked: an answer with a wrong one is none. Servers that do "
		"not pass signatures on are asked without."),
	CONF_ALIAS("enable_dnssec", "dnssec"),
	CONF_STRING(struct options, settings.trust_anchor, "trust_anchor", NULL,
		"File with the keys that are trusted, DS or DNSKEY records; without it that of the "
		"package dns-root-data, and no signature is checked where that is not there."),
	CONF_STRING(struct options, settings.root_hints, "root_hints", NULL,
		"File with the addresses of root servers, for a network with a root of its own."),
	CONF_STRING(struct options, settings.resolv_conf, "resolv_conf", "/etc/resolv.conf",
		"File that names the system's servers."),
	CONF_STRING(struct options, settings.zone, "zone", NULL,
		"File with a table of answers, `name TYPE data` a line: it is asked instead of the "
		"network, for tests."),
	CONF_IGNORED("sockets", "the resolver is built in and takes what it needs"),
	CONF_IGNORED("connections", "the resolver is built in and takes what it needs"),
	CONF_IGNORED("fake_records", "options.dns.zone names a table of answers for tests"),
};

const struct conf_section dns_section = {
	.path = "options.dns",
	.rows = rows,
	.row_count = ARRAY_LEN(rows),
	.size = sizeof(struct options),
	.help = "Who answers questions about names, and how long that may take.",
};

/* Under each of its names: one that does not count beside another may be wrong all the same. */
static void check_servers(struct arena *a, const struct conf_node *section,
	struct conf_report *report)
{
	static const char *const keys[] = {"servers", "nameserver", "server"};
	struct dns_server server;
	struct conf_list list;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct conf_node *node = conf_get(section, span_of(keys[i]));

		if (node == NULL || !conf_to_list(a, node, true, &list))
			continue;
		for (size_t k = 0; k < list.n; k++)
			if (!dns_server_parse(list.v[k], &server))
				conf_error(report, node->origin,
					"options.dns.%s: \"%.*s\" is no name server: write an address "
					"or a name, and a port behind a colon",
					keys[i], SPAN_ARG(list.v[k]));
	}
}

void dns_settings_read(struct arena *a, const struct conf *conf, struct dns_settings *out,
	struct conf_report *report)
{
	const struct conf_node *section = conf_find(conf->root, "options.dns");
	bool is_chosen = conf_get(section, SPAN("mode")) != NULL;
	struct options options;

	(void)conf_fill(a, section, rows, ARRAY_LEN(rows), &options, report);
	*out = options.settings;
	out->section = section;
	out->timeout = options.settings.timeout * options.tries;
	if (out->timeout > SECONDS_MOST)
		out->timeout = SECONDS_MOST;
	check_servers(a, section, report);
	if (!is_chosen && out->servers.n > 0)
		out->mode = DNS_FORWARD;
	if (out->mode == DNS_FORWARD && out->servers.n == 0)
		conf_error(report, conf_origin_of(section, "mode"),
			"options.dns.mode is \"forward\": name the servers in options.dns.servers");
}
