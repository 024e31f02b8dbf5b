/*
 * The section rbl as Rspamd's files write it: lists, what they are asked for, and what their answers mean.
 *
 * DESIGN: a list is told by its key, and the stock ones stand in rules/rbl.conf like any other, so that a file
 * of local.d changes what it names and leaves the rest. Keys of kinds that nothing gathers yet are read and do
 * nothing: a list with a selector is one warning, not an error, and its rows need no change when they come.
 */
#include "checks/rbl.h"

#include <string.h>

/* ---- rows ---- */

#define DEFAULT(field, key, preset, what)                                                          \
	CONF_BOOL(struct rbl_options, field, key, preset,                                          \
		"Of lists that do not say it themselves: " what)

const struct conf_option rbl_rows[] = {
	CONF_NODE(struct rbl_options, section, "*", "rbls { NAME { ... } }: the lists."),
	DEFAULT(ipv4, "default_ipv4", "yes", "whether IPv4 addresses are asked for."),
	DEFAULT(ipv6, "default_ipv6", "yes", "whether IPv6 addresses are asked for."),
	DEFAULT(from, "default_from", "yes", "whether the client's address is asked for."),
	DEFAULT(received, "default_received", "no", "whether addresses of Received fields are."),
	DEFAULT(helo, "default_helo", "no", "whether the client's HELO name is."),
	DEFAULT(rdns, "default_rdns", "no", "whether the client's verified name is."),
	DEFAULT(dkim, "default_dkim", "no", "whether domains whose signatures verify are."),
	DEFAULT(urls, "default_urls", "no", "whether domains of URLs are."),
	DEFAULT(images, "default_images", "no", "whether domains of images are."),
	DEFAULT(emails, "default_emails", "no", "whether addresses of mail in the text are."),
	DEFAULT(replyto, "default_replyto", "no", "whether addresses of Reply-To are."),
	DEFAULT(unknown, "default_unknown", "yes",
		"whether an answer that no code explains adds the list's own symbol."),
	DEFAULT(exclude_users, "default_exclude_users", "yes",
		"whether clients that have authenticated are left out."),
	DEFAULT(exclude_local, "default_exclude_local", "yes",
		"whether clients in options.local_addrs are left out."),
	DEFAULT(exclude_private, "default_exclude_private_ips", "yes",
		"whether addresses that are no host's of the internet are left out."),
	DEFAULT(is_white, "default_is_whitelist", "no", "whether it lists the wanted."),
	DEFAULT(ignores_white, "default_ignore_whitelist", "no",
		"whether what a list of the wanted has is asked for all the same."),
	CONF_ALIAS("default_ignore_whitelists", "default_ignore_whitelist"),
	CONF_TIME(struct rbl_options, test_interval, "test_interval", "1h", 1, 86400,
		"How often a list is tested (RFC 5782 section 5). One that is off is tested 15 times "
		"as often."),
	CONF_INT(struct rbl_options, names_most, "names_limit", "40", 1, RBL_NAMES_MOST,
		"How many domains of URLs, and how many addresses of mail, of one message are asked for: "
		"the most telling first. The verdict says when there were more."),
	CONF_LIST(struct rbl_options, known, "url_whitelist", NULL,
		"Domains that no list is asked for, beside those of the map surbl_whitelist."),
	CONF_IGNORED("disabled_rbl_suffixes",
		"maps are not there yet: lists are switched off by `enabled` of their own"),
	CONF_IGNORED("attached_maps", "maps are not there yet"),
};

_Static_assert(ARRAY_LEN(rbl_rows) == RBL_ROW_COUNT, "the door says how many");

enum { KIND_NUMERIC = RBL_KIND_COUNT, KIND_LATER };

/* What may be asked for, by the name in `checks`; of KIND_LATER nothing is there yet. */
static const struct conf_word kinds[] = {
	{"from", RBL_FROM},
	{"received", RBL_RECEIVED},
	{"helo", RBL_HELO},
	{"rdns", RBL_RDNS},
	{"dkim", RBL_DKIM},
	{"urls", RBL_URLS},
	{"images", RBL_IMAGES},
	{"url_paths", RBL_URL_PATHS},
	{"emails", RBL_EMAILS},
	{"replyto", RBL_REPLYTO},
	{"numeric_urls", KIND_NUMERIC},
	{"content_urls", KIND_LATER},
	{"selector", KIND_LATER},
};

static const struct conf_word hashes[] = {
	{"none", RBL_NO_HASH},
	{"md5", RBL_MD5},
	{"sha1", RBL_SHA1},
	{"sha256", RBL_SHA256},
	{"sha512", RBL_SHA512},
	{"blake2", RBL_BLAKE2},
};

static const struct conf_word hash_formats[] = {{"hex", RBL_HEX}, {"base32", RBL_BASE32}};

struct list_options {
	struct span symbol, rbl;
	struct conf_list checks, exclude_checks, exceptions, exclude, flags, no_flags;
	struct conf_list whitelist, composed;
	bool from, received, helo, rdns, dkim, emails, replyto, urls, content_urls, images, numeric;
	bool ipv4, ipv6, unknown, is_white, ignores_white, ignores_defaults;
	bool exclude_users, exclude_local, exclude_private, enabled, disabled, untested, no_ip;
	bool dkim_domain_only, dkim_match_from, emails_domain_only, full_host, resolves, flatten;
	const struct conf_node *codes, *bits, *prefixes, *selector;
	struct span delimiter;
	int min_pos, max_pos, asks_most, hash, hash_format, hash_length;
};

#define BOOL(field, key, preset, help) CONF_BOOL(struct list_options, field, key, preset, help)
#define LATER(field, key) BOOL(field, key, NULL, "Not used yet: nothing gathers that.")
#define LATER_NODE(field, key)                                                                     \
	CONF_NODE(struct list_options, field, key, "Not used yet: nothing gathers that.")

static const struct conf_option list_rows[] = {
	CONF_STRING(struct list_options, rbl, "rbl", NULL, "The list's zone: zen.example.org."),
	CONF_ALIAS("suffix", "rbl"),
	CONF_STRING(struct list_options, symbol, "symbol", NULL,
		"Its symbol, for answers that no code explains; without it, its name in capitals."),
	CONF_LIST(struct list_options, checks, "checks", NULL,
		"What it is asked for: from (the client's address), received (addresses of earlier "
		"hops), helo, rdns (the client's verified name), dkim (domains that have signed), urls "
		"(their domains), numeric_urls (those that have an address in place of a name), images "
		"(domains that pictures are fetched from), url_paths (host and path of URLs of shared hosts: "
		"those of the map surbl_hashbl), emails (addresses of mail in the text), replyto."),
	CONF_LIST(struct list_options, exclude_checks, "exclude_checks", NULL,
		"What of `checks` it is not asked for."),
	BOOL(from, "from", NULL, "The same as from in `checks`."),
	BOOL(received, "received", NULL, "The same as received in `checks`."),
	BOOL(helo, "helo", NULL, "The same as helo in `checks`."),
	BOOL(rdns, "rdns", NULL, "The same as rdns in `checks`."),
	BOOL(dkim, "dkim", NULL, "The same as dkim in `checks`."),
	BOOL(urls, "urls", NULL, "The same as urls in `checks`."),
	BOOL(numeric, "numeric_urls", NULL, "The same as numeric_urls in `checks`."),
	BOOL(images, "images", NULL, "The same as images in `checks`."),
	BOOL(emails, "emails", NULL, "The same as emails in `checks`."),
	BOOL(replyto, "replyto", NULL, "The same as replyto in `checks`."),
	LATER(content_urls, "content_urls"),
	BOOL(ipv4, "ipv4", NULL, "Whether it is asked for IPv4 addresses."),
	BOOL(ipv6, "ipv6", NULL, "Whether it is asked for IPv6 addresses."),
	CONF_NODE(struct list_options, codes, "returncodes",
		"What answers mean: SYMBOL = \"127.0.0.2\", or a list of them; %d stands for a digit, "
		"%d+ for any number, [2-4] for one of these digits."),
	CONF_ALIAS("return_codes", "returncodes"),
	CONF_NODE(struct list_options, bits, "returnbits",
		"What the bits of answers mean: SYMBOL = 4."),
	CONF_ALIAS("return_bits", "returnbits"),
	CONF_NODE(struct list_options, prefixes, "symbols_prefixes",
		"What stands before its symbols, and a _: received = \"RECEIVED\"."),
	BOOL(unknown, "unknown", NULL,
		"Whether an answer that no code explains adds the list's own symbol."),
	BOOL(is_white, "is_whitelist", NULL,
		"It lists the wanted: what it has is not looked for in other lists."),
	CONF_LIST(struct list_options, exceptions, "whitelist_exception", NULL,
		"Symbols of a list of the wanted that say nothing good."),
	BOOL(ignores_white, "ignore_whitelist", NULL,
		"What a list of the wanted has is asked for all the same."),
	CONF_ALIAS("ignore_whitelists", "ignore_whitelist"),
	BOOL(ignores_defaults, "ignore_defaults", NULL, "The keys default_... are not for it."),
	CONF_ALIAS("ignore_default", "ignore_defaults"),
	BOOL(exclude_users, "exclude_users", NULL, "Clients that have authenticated are left out."),
	BOOL(exclude_local, "exclude_local", NULL, "Clients in options.local_addrs are left out."),
	BOOL(exclude_private, "exclude_private_ips", NULL,
		"Addresses that are no host's of the internet are left out."),
	CONF_LIST(struct list_options, exclude, "local_exclude_ip_map", NULL,
		"Addresses and networks that it is not asked for."),
	CONF_LIST(struct list_options, flags, "received_flags", NULL,
		"Only Received fields that are all of this: ssl, authenticated, or a protocol."),
	CONF_LIST(struct list_options, no_flags, "received_nflags", NULL,
		"Only Received fields that are nothing of this."),
	CONF_INT(struct list_options, min_pos, "received_min_pos", "0", -1000, 1000,
		"From which Received field on: 1 is the newest, -1 the oldest; 0: all."),
	CONF_INT(struct list_options, max_pos, "received_max_pos", "0", -1000, 1000,
		"Up to which Received field; 0: all."),
	CONF_INT(struct list_options, asks_most, "requests_limit", "9999", 1, 9999,
		"How often it is asked for a message."),
	BOOL(dkim_domain_only, "dkim_domainonly", "yes",
		"The registrable domain of who has signed is asked for, not the whole."),
	BOOL(dkim_match_from, "dkim_match_from", NULL,
		"Only signing domains that the From field has, too."),
	BOOL(untested, "disable_monitoring", NULL,
		"It is believed without tests: for a list of your own that has no test points."),
	BOOL(enabled, "enabled", "yes", "Whether it is asked at all."),
	BOOL(disabled, "disabled", NULL, "The contrary of `enabled`."),
	BOOL(no_ip, "no_ip", NULL,
		"It is not asked for URLs that have an address in place of a name."),
	CONF_ALIAS("noip", "no_ip"),
	BOOL(full_host, "url_full_hostname", NULL,
		"It is asked for whole names of hosts, not for their registrable domains."),
	CONF_LIST(struct list_options, composed, "url_compose_map", NULL,
		"Suffixes under which more than the registrable domain is asked for: example.org (one label "
		"more), *.example.org (the whole host), !example.org (not there)."),
	BOOL(emails_domain_only, "emails_domainonly", NULL,
		"It is asked for the domains of addresses of mail."),
	CONF_STRING(struct list_options, delimiter, "emails_delimiter", NULL,
		"What stands in place of the @ of addresses; without it a dot, or the @ itself where names are hidden."),
	BOOL(resolves, "resolve_ip", NULL, "It is asked for the addresses that the names have."),
	CONF_WORD(struct list_options, hash, "hash", "none", hashes,
		"Names are hidden from the list in a digest: md5, sha1, sha256, sha512, blake2."),
	CONF_WORD(struct list_options, hash_format, "hash_format", "hex", hash_formats,
		"How a digest is written: hex, base32."),
	CONF_INT(struct list_options, hash_length, "hash_len", "0", 0, RBL_LABEL_MOST,
		"How many characters of a digest are kept; 0: all."),
	CONF_LIST(struct list_options, whitelist, "whitelist", NULL,
		"Domains and addresses that it is not asked for."),
	LATER_NODE(selector, "selector"),
	LATER(flatten, "selector_flatten"),
	CONF_IGNORED("returncodes_matcher",
		"codes are read as patterns of Lua, as they always were"),
	CONF_IGNORED("monitored_address", "lists are tested with the points of RFC 5782"),
	CONF_IGNORED("random_monitored", "lists are tested with the points of RFC 5782"),
	CONF_IGNORED("process_script", "there is no Lua yet"),
};

const struct conf_section rbl_list_section = {
	.path = "rbl.rbls.*",
	.rows = list_rows,
	.row_count = ARRAY_LEN(list_rows),
	.size = sizeof(struct list_options),
	.help = "A list: where it is, what it is asked for, and what its answers mean.",
};

/* Stock lists of Rspamd's that are not here: a file that changes one is no mistake. */
static const struct {
	struct span name;
	const char *why;
} absent[] = {
	{SPAN_INIT("nixspam"), "the list was closed in 2025"},
};

/* ---- reading one ---- */

struct reader {
	struct scan_preparing *p;
	const struct rbl_options *defaults;
	const struct conf_node *node;
	struct list_options o;
	struct rbl_list list;
	const char *symbol;
	bool numeric; /* numeric_urls */
	bool is_wrong;
};

static void complain(struct reader *r, const struct conf_node *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct reader *r, const struct conf_node *at, const char *format, ...)
{
	struct span text;
	va_list ap;

	va_start(ap, format);
	text = arena_vprintf(r->p->arena, format, ap);
	va_end(ap);
	conf_error(r->p->report, at->origin, "rbl.rbls.%.*s: %.*s", SPAN_ARG(r->node->key),
		SPAN_ARG(text));
	r->is_wrong = true;
}

/* What the list says itself, or the key default_..., or what is so without either. */
static bool choose(const struct reader *r, const char *key, bool own, bool general, bool plain)
{
	if (conf_get(r->node, span_of(key)) != NULL)
		return own;
	return r->o.ignores_defaults ? plain : general;
}

static const struct conf_word *find_kind(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (span_equal(name, span_of(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

/* True when one of them is a kind that does nothing yet. */
static bool set_kind(struct reader *r, int kind, bool on)
{
	if (kind == KIND_LATER)
		return on;
	if (kind == KIND_NUMERIC)
		r->numeric = on;
	else
		r->list.kinds[kind] = on;
	return false;
}

static bool set_kinds(struct reader *r, const char *key, const struct conf_list *names, bool on)
{
	bool later = false;

	for (size_t i = 0; i < names->n; i++) {
		const struct conf_word *kind = find_kind(names->v[i]);

		if (kind != NULL)
			later |= set_kind(r, kind->value, on);
		else
			complain(r, conf_get(r->node, span_of(key)),
				"there is nothing \"%.*s\" to ask for: from, received, helo, rdns, dkim, "
				"urls, numeric_urls, images, url_paths, emails and replyto are there",
				SPAN_ARG(names->v[i]));
	}
	return later;
}

static bool has_kind(const struct rbl_list *list)
{
	for (size_t i = 0; i < RBL_KIND_COUNT; i++)
		if (list->kinds[i])
			return true;
	return false;
}

/* False when there is nothing that it could be asked for: for now, or at all. */
static bool read_kinds(struct reader *r)
{
	const struct list_options *o = &r->o;
	const struct rbl_options *d = r->defaults;
	/* pages are asked for by lists alone that name them in `checks` */
	bool own[RBL_KIND_COUNT] = {o->from, o->received, o->helo, o->rdns, o->dkim, o->urls,
		o->images, false, o->emails, o->replyto};
	bool general[RBL_KIND_COUNT] = {d->from, d->received, d->helo, d->rdns, d->dkim, d->urls,
		d->images, false, d->emails, d->replyto};
	bool later =
		set_kinds(r, "checks", &o->checks, true) || o->content_urls || o->selector != NULL;

	r->numeric |= o->numeric;
	for (size_t i = 0; i < RBL_KIND_COUNT; i++)
		r->list.kinds[i] |= own[i];
	if (!has_kind(&r->list) && !r->numeric && !later && !o->ignores_defaults)
		memcpy(r->list.kinds, general, sizeof(general));
	(void)set_kinds(r, "exclude_checks", &o->exclude_checks, false);
	r->list.only_addresses = r->numeric && !r->list.kinds[RBL_URLS];
	r->list.kinds[RBL_URLS] |= r->numeric;
	if (has_kind(&r->list) && o->selector != NULL)
		conf_warn(r->p->report, o->selector->origin,
			"rbl.rbls.%.*s.selector has no effect: there are no selectors yet; what the "
			"list is asked for stands in checks",
			SPAN_ARG(r->node->key));
	if (has_kind(&r->list) || r->is_wrong)
		return true;
	conf_warn(r->p->report, r->node->origin, "rbl.rbls.%.*s is asked for nothing%s",
		SPAN_ARG(r->node->key),
		later ? " yet: there are no selectors, and no URLs of documents, in this version"
		      : ": write checks = [\"from\"] or the like");
	return false;
}

static void read_switches(struct reader *r)
{
	const struct list_options *o = &r->o;
	const struct rbl_options *d = r->defaults;
	struct rbl_list *l = &r->list;

	l->ipv4 = choose(r, "ipv4", o->ipv4, d->ipv4, true);
	l->ipv6 = choose(r, "ipv6", o->ipv6, d->ipv6, true);
	l->unknown = choose(r, "unknown", o->unknown, d->unknown, false);
	l->exclude_users = choose(r, "exclude_users", o->exclude_users, d->exclude_users, false);
	l->exclude_local = choose(r, "exclude_local", o->exclude_local, d->exclude_local, true);
	l->exclude_private =
		choose(r, "exclude_private_ips", o->exclude_private, d->exclude_private, true);
	l->is_white = choose(r, "is_whitelist", o->is_white, d->is_white, false);
	l->ignores_white = o->ignores_white ||
		choose(r, "ignore_whitelist", o->ignores_white, d->ignores_white, false);
	l->is_tested = !o->untested;
	l->dkim_domain_only = o->dkim_domain_only;
	l->dkim_match_from = o->dkim_match_from;
	l->emails_domain_only = o->emails_domain_only;
	l->full_host = o->full_host;
	l->no_addresses = o->no_ip;
	l->resolves = o->resolves;
	l->min_pos = o->min_pos;
	l->max_pos = o->max_pos;
	l->asks_most = (size_t)o->asks_most;
}

/* ---- symbols ---- */

/* The name with what symbols_prefixes says for the kind. */
static const char *add_prefix(const struct reader *r, enum rbl_kind kind, const char *name)
{
	struct span prefix;

	if (!conf_to_text(conf_get(r->o.prefixes, rbl_kind_key(kind)), &prefix) &&
		!conf_to_text(conf_get(r->o.prefixes, rbl_kind_name(kind)), &prefix))
		return name;
	return arena_printf(r->p->arena, "%.*s_%s", SPAN_ARG(prefix), name).p;
}

static int add_symbol(struct reader *r, const char *name, const char *meaning,
	struct conf_origin origin)
{
	struct scan_symbol row = {
		.name = name,
		.group = "rbl",
		.meaning = arena_printf(r->p->arena, "%s the list %.*s", meaning,
			SPAN_ARG(r->list.zone))
				   .p,
		.explain = "A list of DNS that the configuration names has answered for what is "
			   "shown. Its owner says what is listed, why, and how an entry is "
			   "taken out; what it counts stands in the section symbols.",
	};
	int symbol = scan_prepare_symbol(r->p, &row, origin);

	if (symbol == -1)
		r->is_wrong = true;
	return symbol;
}

static void add_symbols(struct reader *r, const char *name, struct conf_origin origin,
	int out[RBL_KIND_COUNT])
{
	for (size_t i = 0; i < RBL_KIND_COUNT; i++)
		if (r->list.kinds[i])
			out[i] = add_symbol(r, add_prefix(r, (enum rbl_kind)i, name), "Listed in",
				origin);
}

static bool is_exception(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->o.exceptions.n; i++)
		if (span_equal(r->o.exceptions.v[i], span_of(name)))
			return true;
	return false;
}

/* ---- codes ---- */

static struct rbl_code *add_code(struct reader *r, const struct conf_node *node)
{
	const char *name = arena_string(r->p->arena, node->key);
	struct rbl_code *code;

	if (r->list.codes.n >= RBL_CODES_MOST) {
		complain(r, node, "more than %d codes", RBL_CODES_MOST);
		return NULL;
	}
	code = VEC_ADD(r->p->arena, &r->list.codes);
	code->is_white = r->list.is_white && !is_exception(r, name);
	add_symbols(r, name, node->origin, code->symbols);
	return code;
}

static void read_code(struct reader *r, const struct conf_node *node, struct span text)
{
	struct rbl_code *code = add_code(r, node);
	size_t place;

	if (code == NULL || rbl_parse_code(text, code, &place))
		return;
	/* it stays, with nothing that it has: a list without codes would explain all answers */
	memset(code->numbers, 0, sizeof(code->numbers));
	conf_warn(r->p->report, node->origin,
		"rbl.rbls.%.*s: \"%.*s\" is not understood at its byte %zu, so no answer is %.*s: "
		"write four numbers with dots; %%d is a digit, %%d+ any number, [2-4] one of them",
		SPAN_ARG(r->node->key), SPAN_ARG(text), place, SPAN_ARG(node->key));
}

static void read_codes(struct reader *r)
{
	for (size_t i = 0; i < conf_count(r->o.codes); i++) {
		const struct conf_node *node = conf_at(r->o.codes, i);
		struct conf_list texts;

		if (!conf_to_list(r->p->arena, node, false, &texts) || texts.n == 0)
			complain(r, node, "%.*s must be an address or a list of them",
				SPAN_ARG(node->key));
		else
			for (size_t k = 0; k < texts.n; k++)
				read_code(r, node, texts.v[k]);
	}
}

static void read_bits(struct reader *r)
{
	for (size_t i = 0; i < conf_count(r->o.bits); i++) {
		const struct conf_node *node = conf_at(r->o.bits, i);
		struct rbl_code *code;
		double bits;

		if (!conf_to_number(node, &bits) || bits < 1 || bits > 0xffffff) {
			complain(r, node, "%.*s must be a number from 1 to 16777215",
				SPAN_ARG(node->key));
			continue;
		}
		code = add_code(r, node);
		if (code != NULL)
			code->bits = (uint32_t)bits;
		r->list.bit_refuses |= bits == 1;
	}
}

/* ---- the whole ---- */

/* Those that have keys of the user's own, which rows do not know. */
static void check_sections(struct reader *r)
{
	const struct conf_node *const nodes[] = {r->o.codes, r->o.bits, r->o.prefixes};

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (nodes[i] != NULL && nodes[i]->kind != CONF_KIND_OBJECT)
			complain(r, nodes[i], "%.*s must be a section { }, not %s",
				SPAN_ARG(nodes[i]->key), conf_kind_name(nodes[i]->kind));
}

/* What a DNS name of ours is made of. */
static bool is_zone(struct span zone)
{
	size_t label = 0;

	for (size_t i = 0; i < zone.n; i++) {
		bool dot = zone.p[i] == '.';

		if (!byte_is_alnum(zone.p[i]) && zone.p[i] != '-' && zone.p[i] != '_' && !dot)
			return false;
		if (dot && label == 0)
			return false;
		label = dot ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return zone.n > 0 && zone.n <= RBL_ZONE_MOST;
}

static bool read_zone(struct reader *r)
{
	struct span zone = r->o.rbl;

	if (span_ends(zone, SPAN(".")))
		zone.n--;
	if (span_is_null(r->o.rbl))
		complain(r, r->node, "its zone is missing: rbl = \"list.example.org\"");
	else if (!is_zone(zone))
		complain(r, r->node, "\"%.*s\" is no name of a zone", SPAN_ARG(zone));
	r->list.zone = arena_lower(r->p->arena, zone);
	return !r->is_wrong;
}

static struct span upper(struct arena *a, struct span text)
{
	char *out = arena_alloc(a, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		out[i] = byte_is_alpha(text.p[i]) ? (char)(text.p[i] & ~0x20) : text.p[i];
	return span_from(out, text.n);
}

static void read_symbols(struct reader *r)
{
	struct arena *a = r->p->arena;
	struct conf_origin origin = r->node->origin;

	r->symbol =
		arena_string(a, span_is_null(r->o.symbol) ? upper(a, r->node->key) : r->o.symbol);
	r->list.own_is_white = r->list.is_white && !is_exception(r, r->symbol);
	add_symbols(r, r->symbol, origin, r->list.own);
	if (r->is_wrong)
		return;
	r->list.fail =
		add_symbol(r, arena_printf(a, "%s_FAIL", r->symbol).p, "No answer from", origin);
	read_codes(r);
	read_bits(r);
}

/* ---- names ---- */

static void put_known(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, struct map *map, struct span text)
{
	if (!checks_warn_of_map(p, section, key, text))
		(void)map_put(map, arena_lower(p->arena, text), map);
}

/* NULL when there are none. */
static const struct map *read_known(const struct scan_preparing *p, const struct conf_node *section,
	const char *key, const struct conf_list *list)
{
	struct map *map = list->n == 0 ? NULL : map_make_nocase(p->arena);

	for (size_t i = 0; i < list->n; i++)
		put_known(p, section, key, map, list->v[i]);
	return map;
}

static void read_composed(struct reader *r)
{
	static const enum rbl_cut cuts[] = {RBL_CUT_WHOLE, RBL_CUT_DOMAIN, RBL_CUT_ONE_MORE};
	static const struct span starts[] = {SPAN_INIT("*."), SPAN_INIT("!"), SPAN_INIT("")};
	struct map *map = map_make_nocase(r->p->arena);

	for (size_t i = 0; i < r->o.composed.n; i++) {
		struct span text = r->o.composed.v[i];
		size_t k = 0;

		if (checks_warn_of_map(r->p, r->node, "url_compose_map", text))
			continue;
		while (!span_starts(text, starts[k]))
			k++;
		(void)map_put(map, span_from_offset(text, starts[k].n),
			(void *)(uintptr_t)&cuts[k]);
	}
	r->list.composed = map_count(map) == 0 ? NULL : map;
}

static void read_hashing(struct reader *r)
{
	struct rbl_hashing *h = &r->list.hashing;
	size_t length;

	*h = (struct rbl_hashing){(enum rbl_hash)r->o.hash, (enum rbl_hash_format)r->o.hash_format,
		(size_t)r->o.hash_length};
	r->list.delimiter = !span_is_null(r->o.delimiter) ? r->o.delimiter
		: h->hash == RBL_NO_HASH                  ? SPAN(".")
							  : SPAN("@");
	if (r->list.kinds[RBL_URL_PATHS] && (h->hash == RBL_NO_HASH || r->list.resolves))
		complain(r, r->node,
			"host and path are no name of DNS: for url_paths it needs a hash, and no "
			"resolve_ip");
	if (h->hash == RBL_NO_HASH)
		return;
	length = rbl_hash_length(h->hash, h->format);
	if (h->length == 0 && length > RBL_LABEL_MOST)
		complain(r, r->node,
			"a digest of %zu characters is too long for a name: hash_len = %d at most",
			length, RBL_LABEL_MOST);
}

static void read_rest(struct reader *r)
{
	struct conf_list *flags = ARENA_ARRAY(r->p->arena, struct conf_list, 2);

	flags[0] = r->o.flags;
	flags[1] = r->o.no_flags;
	r->list.flags = &flags[0];
	r->list.no_flags = &flags[1];
	checks_read_nets(r->p, r->node, "local_exclude_ip_map", &r->o.exclude, &r->list.exclude);
	r->list.known = read_known(r->p, r->node, "whitelist", &r->o.whitelist);
	read_composed(r);
	read_hashing(r);
}

static bool is_absent(const struct reader *r)
{
	/* one that gets a zone alone would be asked for what it does not list */
	bool is_whole = !span_is_null(r->o.rbl) && r->o.checks.n > 0;

	for (size_t i = 0; !is_whole && i < ARRAY_LEN(absent); i++) {
		if (!span_equal_nocase(r->node->key, absent[i].name))
			continue;
		conf_warn(r->p->report, r->node->origin, "rbl.rbls.%.*s has no effect: %s",
			SPAN_ARG(r->node->key), absent[i].why);
		return true;
	}
	return false;
}

static void read_list(struct scan_preparing *p, const struct rbl_options *options,
	const struct conf_node *node, struct rbl *out)
{
	struct reader r = {.p = p, .defaults = options, .node = node};

	/* what is wrong with single keys is told when the tree is checked */
	if (node->kind != CONF_KIND_OBJECT ||
		!conf_fill(p->arena, node, list_rows, ARRAY_LEN(list_rows), &r.o, NULL) ||
		!r.o.enabled || r.o.disabled || is_absent(&r))
		return;
	r.list.name = node->key;
	check_sections(&r);
	if (!read_zone(&r) || !read_kinds(&r))
		return;
	read_switches(&r);
	read_symbols(&r);
	read_rest(&r);
	if (r.is_wrong)
		return;
	if (out->lists.n >= RBL_LISTS_MOST) {
		complain(&r, node, "more than %d lists", RBL_LISTS_MOST);
		return;
	}
	*VEC_ADD(p->arena, &out->lists) = r.list;
	for (size_t i = 0; i < RBL_KIND_COUNT; i++)
		out->kinds[i] |= r.list.kinds[i];
	out->full_hosts |= r.list.full_host || r.list.composed != NULL;
}

struct rbl *rbl_lists_read(struct scan_preparing *p, const struct rbl_options *options)
{
	const struct conf_node *rbls = conf_get(options->section, SPAN("rbls"));
	struct rbl *out = ARENA_NEW(p->arena, struct rbl);

	out->test_interval = options->test_interval;
	out->names_most = (size_t)options->names_most;
	out->known = maps_read_domains(p->arena, p->conf, p->report, "surbl_whitelist");
	out->shared = maps_read_domains(p->arena, p->conf, p->report, "surbl_hashbl");
	out->own_known = read_known(p, options->section, "url_whitelist", &options->known);
	for (size_t i = 0; i < conf_value_count(rbls); i++)
		for (size_t k = 0; k < conf_count(conf_value(rbls, i)); k++)
			read_list(p, options, conf_value(conf_at(conf_value(rbls, i), k), 0), out);
	return out;
}
