/*
 * Which autonomous system announces the client's address: whose network it is, and in which country. It counts
 * nothing itself; people and other rules read it.
 *
 * DESIGN: the answer comes over DNS from a public service, as with Rspamd, or from files on this machine
 * (provider_type = "mmdb"). The service learns the addresses of clients, those whom block lists are asked about
 * as well; who does not want that takes the files, or switches the module off. The files are mapped when the
 * configuration is built, so that a lookup needs no system call and works in the sandbox.
 */
#include "checks/inner.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <string.h>

#include "dns/dns.h"

enum symbol { CALLBACK, ASN, FAIL };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "ASN_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Asks whose network the client is in",
		.explain = "Stands for the whole check: switching it off switches off ASN and "
			   "ASN_FAIL."},
	[ASN] = {.name = "ASN",
		.meaning = "Whose network the client is in",
		.explain = "The number of the autonomous system that announces the client's "
			   "address, the announced network, and the country that it is registered "
			   "in. It counts nothing; it tells people where the message came from."},
	[FAIL] = {.name = "ASN_FAIL",
		.meaning = "The client's network could not be looked up",
		.explain =
			"The service that asn.provider_info names did not answer in time, or not "
			"in its usual form. Nothing is concluded from it; with "
			"provider_type = \"mmdb\" a file answers instead."},
};

enum provider { OVER_DNS, FROM_FILES };

static const struct conf_word providers[] = {{"rspamd", OVER_DNS}, {"mmdb", FROM_FILES}};

struct info {
	struct span zone4, zone6;
};

struct options {
	unsigned provider;
	const struct conf_node *info;
	struct span symbol;
	struct span database, countries;
};

static const struct conf_option info_rows[] = {
	CONF_STRING(struct info, zone4, "ip4", "asn.rspamd.com",
		"The zone that is asked about IPv4 addresses."),
	CONF_STRING(struct info, zone6, "ip6", "asn6.rspamd.com",
		"The zone that is asked about IPv6 addresses."),
};

static const struct conf_section info_section = {
	.path = "asn.provider_info",
	.rows = info_rows,
	.row_count = ARRAY_LEN(info_rows),
	.size = sizeof(struct info),
	.help = "The public service that the provider `rspamd` asks.",
};

static const struct conf_section *const sections[] = {&info_section, NULL};

static const struct conf_option rows[] = {
	CONF_WORD(struct options, provider, "provider_type", "rspamd", providers,
		"`rspamd` asks a public service over DNS, which so learns the addresses of "
		"clients; `mmdb` reads the file `database`."),
	CONF_NODE(struct options, info, "provider_info", "The zones of the public service."),
	CONF_STRING(struct options, symbol, "symbol", "ASN",
		"The symbol that shows the answer; that of a failure has _FAIL behind it."),
	CONF_STRING(struct options, database, "database", NULL,
		"With `mmdb`: a file in MaxMind's format with systems, as GeoLite2-ASN.mmdb."),
	CONF_STRING(struct options, countries, "country_database", NULL,
		"With `mmdb`: a file with countries, as GeoLite2-Country.mmdb; without it none is "
		"shown."),
	CONF_IGNORED("check_local", "addresses of our own are in nobody's list of networks"),
	CONF_IGNORED("check_authed", "clients that have authenticated are looked up always"),
	CONF_IGNORED("key_prefix", "answers are not kept in Redis"),
};

struct prepared {
	unsigned symbol, failure; /* indices of the symbols */
	struct info info;
	MMDB_s *systems, *countries; /* NULL: not there */
	bool has_files;
};

/* ---- getting ready ---- */

static unsigned prepare_symbol(struct scan_preparing *p, enum symbol like, struct span name,
	const char *end)
{
	struct scan_symbol row = symbols[like];
	int index;

	row.name = arena_printf(p->arena, "%.*s%s", SPAN_ARG(name), end).p;
	index = scan_prepare_symbol(p, &row, conf_origin_of(p->section, "symbol"));
	return index < 0 ? like : (unsigned)index;
}

static void close_database(void *thing)
{
	MMDB_close(thing);
}

static MMDB_s *open_database(struct scan_preparing *p, const char *option, struct span path)
{
	MMDB_s *db = ARENA_NEW(p->arena, MMDB_s);
	int status;

	if (path.n == 0)
		return NULL;
	status = MMDB_open(arena_string(p->arena, path), MMDB_MODE_MMAP, db);
	if (status != MMDB_SUCCESS) {
		checks_complain(p, p->section, option, "%.*s: %s", SPAN_ARG(path),
			MMDB_strerror(status));
		return NULL;
	}
	arena_at_end(p->arena, close_database, db);
	return db;
}

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;
	struct span name = o->symbol.n > 0 ? o->symbol : SPAN("ASN");
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);

	made->symbol = prepare_symbol(p, ASN, name, "");
	made->failure = prepare_symbol(p, FAIL, name, "_FAIL");
	(void)conf_fill(p->arena, o->info == NULL ? NULL : conf_value(o->info, 0), info_rows,
		ARRAY_LEN(info_rows), &made->info, p->report);
	made->has_files = o->provider == FROM_FILES;
	if (!made->has_files)
		return made;
	if (o->database.n == 0)
		checks_complain(p, p->section, "database",
			"it must name a file when provider_type is mmdb");
	made->systems = open_database(p, "database", o->database);
	made->countries = open_database(p, "country_database", o->countries);
	return made;
}

/* ---- what is found ---- */

struct origin {
	uint64_t asn;
	struct span net;     /* or null */
	struct span country; /* or null */
};

static void add_origin(struct scan *s, const struct origin *o)
{
	const struct prepared *p = s->prepared;
	struct buf text;

	buf_init(&text, s->arena, SCAN_EVIDENCE_MOST);
	buf_printf(&text, "asn:%llu", (unsigned long long)o->asn);
	if (o->net.n > 0)
		buf_printf(&text, ", ipnet:%.*s", SPAN_ARG(o->net));
	if (o->country.n > 0)
		buf_printf(&text, ", country:%.*s", SPAN_ARG(o->country));
	scan_add_text(s, p->symbol, 1, buf_span(&text));
}

/* ---- over DNS ---- */

static struct span make_name(struct arena *a, const struct ip *ip, const struct info *info)
{
	return arena_printf(a, "%.*s.%.*s", SPAN_ARG(ip_print_reversed(a, ip)),
		SPAN_ARG(ip_is_v4(ip) ? info->zone4 : info->zone6));
}

static bool is_country(struct span text)
{
	return text.n == 2 && byte_is_alpha(text.p[0]) && byte_is_alpha(text.p[1]);
}

/* "22612|198.54.127.0/24|US|arin|...": a network that several announce has their numbers with blanks between. */
static bool read_answer(struct span text, struct origin *out)
{
	struct span fields[3] = {{NULL, 0}}, first;
	struct ip_net net;

	for (size_t i = 0; i < ARRAY_LEN(fields) && span_next(&text, '|', &fields[i]); i++)
		fields[i] = span_trim(fields[i]);
	*out = (struct origin){0};
	if (!span_next(&fields[0], ' ', &first) || !num_parse_u64(first, UINT32_MAX, &out->asn))
		return false;
	if (ip_net_parse(fields[1], &net))
		out->net = fields[1];
	if (is_country(fields[2]))
		out->country = fields[2];
	return true;
}

static enum rc ask_service(struct scan *s, const struct ip *ip)
{
	const struct prepared *p = s->prepared;
	struct span name = make_name(s->arena, ip, &p->info);
	const struct dns_answer *txt;
	struct origin origin;
	enum rc rc = dns_need_txt(s->needs, name, &txt);

	if (rc == RC_WAIT)
		return rc;
	if (rc != RC_OK) {
		struct span why = needs_why(s->needs);

		scan_add_text(s, p->failure, 1, why);
		return RC_TEMPFAIL;
	}
	if (txt->status != DNS_FOUND)
		return RC_OK;
	if (read_answer(txt->v[0].text, &origin))
		add_origin(s, &origin);
	else
		scan_add_printf(s, p->failure, 1, "%.*s:an odd answer", SPAN_ARG(name));
	return RC_OK;
}

/* ---- from files ---- */

static bool look_up(const MMDB_s *db, const struct ip *ip, MMDB_lookup_result_s *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr *address = (const struct sockaddr *)&v6;
	int status = MMDB_SUCCESS;

	memcpy(&v4.sin_addr, ip->bytes + 12, 4);
	memcpy(&v6.sin6_addr, ip->bytes, 16);
	if (ip_is_v4(ip))
		address = (const struct sockaddr *)&v4;
	*out = MMDB_lookup_sockaddr(db, address, &status);
	return status == MMDB_SUCCESS && out->found_entry;
}

/* The network of the record: databases for both kinds of addresses keep IPv4 below 96 bits. */
static struct span print_net(struct arena *a, const struct ip *ip, unsigned bits, bool in_v6)
{
	bool v4 = ip_is_v4(ip);
	unsigned first = v4 ? 12 : 0, total = v4 ? 32 : 128;
	struct ip net = *ip;

	if (v4 && in_v6)
		bits = bits >= 96 ? bits - 96 : 0;
	if (bits > total)
		bits = total;
	for (unsigned i = bits; i < total; i++)
		net.bytes[first + i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	return arena_printf(a, "%.*s/%u", SPAN_ARG(ip_print(a, &net)), bits);
}

static struct span find_country(const MMDB_s *db, const struct ip *ip)
{
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;
	struct span code;

	if (db == NULL || !look_up(db, ip, &found) ||
		MMDB_get_value(&found.entry, &data, "country", "iso_code", NULL) != MMDB_SUCCESS ||
		!data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
		return span_from(NULL, 0);
	code = span_from(data.utf8_string, data.data_size);
	return is_country(code) ? code : span_from(NULL, 0);
}

static void read_files(struct scan *s, const struct ip *ip)
{
	const struct prepared *p = s->prepared;
	struct origin origin = {0};
	MMDB_lookup_result_s found;
	MMDB_entry_data_s data;

	if (p->systems == NULL || !look_up(p->systems, ip, &found) ||
		MMDB_get_value(&found.entry, &data, "autonomous_system_number", NULL) !=
			MMDB_SUCCESS ||
		!data.has_data || data.type != MMDB_DATA_TYPE_UINT32)
		return;
	origin.asn = data.uint32;
	origin.net = print_net(s->arena, ip, found.netmask, p->systems->metadata.ip_version == 6);
	origin.country = find_country(p->countries, ip);
	add_origin(s, &origin);
}

/* ---- the check ---- */

static enum rc run(struct scan *s)
{
	const struct prepared *p = s->prepared;
	struct ip ip;

	/* addresses of no use outside of one network are announced by nobody */
	if (!ip_parse(s->msg->envelope.address, &ip) || scan_is_local(s) || ip_is_private(&ip))
		return RC_OK;
	if (!p->has_files)
		return ask_service(s, &ip);
	read_files(s, &ip);
	return RC_OK;
}

const struct check check_asn = {
	.name = "asn",
	.help = "Whose network the client's address belongs to.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.needs_most = 1,
	.prepare = prepare,
	.sections = sections,
	.run = run,
};
