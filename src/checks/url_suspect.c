/*
 * URLs that are written to deceive the reader or the filter, or lead to odd places.
 *
 * DESIGN: how a URL is written says something of who wrote it, and not how often it stands there: each symbol counts
 * once, however many URLs have it, and shows a few of them. Only URLs of the web are judged, since nobody follows
 * others from mail.
 */
#include "checks/inner.h"

#include "maps/maps.h"

enum { SHOWN_MOST = 5 }; /* URLs that a symbol shows */

enum symbol {
	USER_PASSWORD,
	USER_LONG,
	USER_VERY_LONG,
	NUMERIC_IP,
	NUMERIC_IP_USER,
	NUMERIC_PRIVATE_IP,
	NO_TLD,
	SUSPICIOUS_TLD,
	BAD_UNICODE,
	HOMOGRAPH_ATTACK,
	RTL_OVERRIDE,
	ZERO_WIDTH_SPACES,
	MULTIPLE_AT_SIGNS,
	BACKSLASH_PATH,
	EXCESSIVE_DOTS,
	VERY_LONG,
	QUERY_MULTIPLE_URLS,
	OBFUSCATED_TEXT,
	CHECK,
	SYMBOL_COUNT,
};

#define URL(name_, score_, meaning_, explain_)                                                     \
	{                                                                                          \
		.name = "URL_" name_, .score = (score_), .group = "url", .meaning = (meaning_),    \
		.explain = (explain_)                                                              \
	}
#define URL_ONCE(name_, score_, meaning_, explain_)                                                \
	{                                                                                          \
		.name = "URL_" name_, .score = (score_), .group = "url", .meaning = (meaning_),    \
		.explain = (explain_), .one_shot = true                                            \
	}

static const struct scan_symbol symbols[] = {
	[USER_PASSWORD] = URL("USER_PASSWORD", 2, "A user name before the host of a URL",
		"Something stands before an @ in front of the host. Browsers take it for a name to "
		"log in with and go to what follows; readers take it for the place: "
		"http://bank.example@192.0.2.1/ leads to 192.0.2.1."),
	[USER_LONG] = URL("USER_LONG", 3, "A long user name before the host of a URL",
		"What stands before the @ in front of the host is so long that the host is "
		"pushed out of sight. Nobody has such a name to log in with."),
	[USER_VERY_LONG] = URL("USER_VERY_LONG", 5,
		"A very long user name before the host of a URL",
		"What stands before the @ in front of the host is so long that no program shows "
		"the host at all. It serves to hide where the link leads, or to break filters."),
	[NUMERIC_IP] = URL("NUMERIC_IP", 1.5, "A URL with an address in place of a name",
		"A link leads to an address, in whatever notation: four numbers, octal or "
		"hexadecimal ones, a single number. Who sends for a company has a name; hijacked "
		"machines have none."),
	[NUMERIC_IP_USER] = URL("NUMERIC_IP_USER", 4, "A URL with a user name and an address",
		"A link leads to an address, and before it stands a name with an @, which readers "
		"take for the place that it leads to."),
	[NUMERIC_PRIVATE_IP] = URL("NUMERIC_PRIVATE_IP", 0.5,
		"A URL with an address of a private network",
		"A link leads into a private network or to the machine itself. It is of use to "
		"colleagues alone, as are notices of devices; from outside it may be an attack on "
		"a device at home."),
	[NO_TLD] = URL("NO_TLD", 2, "A URL to a host that cannot exist",
		"The host's name ends in no known top-level domain, so the link leads nowhere. "
		"Spam software makes such names up. Names of one word and those that are set "
		"apart for private use are passed over."),
	[SUSPICIOUS_TLD] = URL("SUSPICIOUS_TLD", 3, "A URL in a top-level domain that is abused",
		"The host lies in a top-level domain of the map suspicious_tlds: most names there "
		"are given away or next to it, and most mail with them is spam. Take one "
		"out with a line !name in local.d/maps.d/suspicious_tlds.map."),
	[BAD_UNICODE] = URL("BAD_UNICODE", 3, "A URL with broken characters",
		"A URL has bytes that are no characters. No program writes such links; they are "
		"meant to be read in different ways by filters and browsers."),
	[HOMOGRAPH_ATTACK] = URL("HOMOGRAPH_ATTACK", 5, "A host that looks like another",
		"The host's name mixes letters of scripts that no language mixes, or is of "
		"foreign letters that all look like ASCII ones, so that it reads as a name that "
		"it is not. It is shown as DNS has it and as it reads."),
	[RTL_OVERRIDE] = URL("RTL_OVERRIDE", 6,
		"A URL with characters that turn the direction of writing",
		"A URL has characters that make what follows run from right to left, so that it "
		"is shown otherwise than it is: gpj.exe reads as exe.jpg. There is no honest use "
		"for them in a link."),
	[ZERO_WIDTH_SPACES] = URL("ZERO_WIDTH_SPACES", 7, "A URL with characters that nobody sees",
		"A URL has characters that take no room, as zero-width spaces. Readers do not see "
		"them, browsers drop them, and filters that compare names are to miss it."),
	[MULTIPLE_AT_SIGNS] = URL_ONCE("MULTIPLE_AT_SIGNS", 3, "Several @ before the host of a URL",
		"More than one @ stands before the host. Programs differ in which of them they "
		"take for the end of the user name, and so in where the link leads."),
	[BACKSLASH_PATH] = URL_ONCE("BACKSLASH_PATH", 2, "A link with backslashes",
		"A link is written with backslashes in place of slashes. Browsers take them for "
		"the same, many filters do not. It also happens to those who write links by hand."),
	[EXCESSIVE_DOTS] = URL("EXCESSIVE_DOTS", 2, "A host with too many labels",
		"The host's name has more labels than names have that are meant to be read. Names "
		"of well-known firms are put in front in that way, and the true domain stands at "
		"the end, out of sight."),
	[VERY_LONG] = URL("VERY_LONG", 1.5, "A very long URL",
		"A URL is longer than even click trackers make them. What is that long carries "
		"data, or is to be too much for filters."),
	[QUERY_MULTIPLE_URLS] = URL_ONCE("QUERY_MULTIPLE_URLS", 2,
		"A URL that carries several others",
		"The URL carries others that lead to different domains. Link protection and click "
		"trackers carry the one they lead to; several in a row are a chain of redirectors "
		"that hides the end."),
	[OBFUSCATED_TEXT] = URL("OBFUSCATED_TEXT", 5, "A URL that is written around filters",
		"In the text stands a URL in a form that people can read and programs are not to "
		"take for one: hxxp, example[.]org. Those who warn of dangerous links write so as "
		"well: lower its score for mail about security."),
	[CHECK] = {.name = "URL_SUSPECT_CHECK",
		.group = "url",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for odd URLs",
		.explain = "Stands for the whole check, to switch it off by."},
};

/* ---- options ---- */

struct user_options {
	bool enabled;
	size_t length, long_length;
};

struct numeric_options {
	bool enabled, is_private;
};

struct tld_options {
	bool enabled, suspicious;
};

struct unicode_options {
	bool enabled, validity, homograph, rtl, zero_width;
};

struct structure_options {
	bool enabled, ats, backslash, dots, length, urls;
	int dots_most;
	size_t length_most;
};

struct obfuscated_options {
	bool enabled;
};

#define ENABLED(type, what) CONF_BOOL(type, enabled, "enabled", "yes", "Whether " what ".")

static const struct conf_option user_password_rows[] = {
	ENABLED(struct user_options, "user names before hosts are looked at"),
	CONF_SIZE(struct user_options, length, "long", "128", 1, 65536,
		"Above so many bytes a user name is long."),
	CONF_SIZE(struct user_options, long_length, "very_long", "256", 1, 65536,
		"Above so many bytes a user name is very long."),
};

static const struct conf_option numeric_ip_rows[] = {
	ENABLED(struct numeric_options, "addresses in place of names are looked at"),
	CONF_BOOL(struct numeric_options, is_private, "allow_private_ranges", "yes",
		"Whether addresses of private networks count as URL_NUMERIC_PRIVATE_IP, "
		"not as others do."),
};

static const struct conf_option tld_rows[] = {
	ENABLED(struct tld_options, "top-level domains are looked at"),
	CONF_BOOL(struct tld_options, suspicious, "check_suspicious", "yes",
		"Whether those in the map suspicious_tlds are told."),
};

static const struct conf_option unicode_rows[] = {
	ENABLED(struct unicode_options, "characters are looked at"),
	CONF_BOOL(struct unicode_options, validity, "check_validity", "yes",
		"Whether broken characters are told."),
	CONF_BOOL(struct unicode_options, homograph, "check_homograph", "yes",
		"Whether hosts that look like others are told."),
	CONF_BOOL(struct unicode_options, rtl, "check_rtl_override", "yes",
		"Whether characters that turn the direction of writing are told."),
	CONF_BOOL(struct unicode_options, zero_width, "check_zero_width", "yes",
		"Whether characters that nobody sees are told."),
};

static const struct conf_option structure_rows[] = {
	ENABLED(struct structure_options, "the form of URLs is looked at"),
	CONF_BOOL(struct structure_options, ats, "check_multiple_at", "yes",
		"Whether several @ before a host are told."),
	CONF_BOOL(struct structure_options, backslash, "check_backslash", "yes",
		"Whether backslashes in links are told."),
	CONF_BOOL(struct structure_options, dots, "check_excessive_dots", "yes",
		"Whether hosts with too many labels are told."),
	CONF_INT(struct structure_options, dots_most, "max_host_dots", "6", 1, 253,
		"Above so many dots a host has too many labels."),
	CONF_BOOL(struct structure_options, length, "check_length", "yes",
		"Whether very long URLs are told."),
	CONF_SIZE(struct structure_options, length_most, "max_url_length", "2048", 1, 65536,
		"Above so many bytes a URL is very long."),
	CONF_BOOL(struct structure_options, urls, "check_multiple_urls", "yes",
		"Whether URLs that carry several others are told."),
};

static const struct conf_option obfuscated_text_rows[] = {
	ENABLED(struct obfuscated_options, "URLs written around filters are told"),
};

#define SECTION(name, type, help_)                                                                 \
	static const struct conf_section name##_section = {                                        \
		.path = "url_suspect.checks." #name,                                               \
		.rows = name##_rows,                                                               \
		.row_count = ARRAY_LEN(name##_rows),                                               \
		.size = sizeof(type),                                                              \
		.help = help_,                                                                     \
	}

SECTION(user_password, struct user_options, "User names and passwords before hosts.");
SECTION(numeric_ip, struct numeric_options, "Addresses in place of names.");
SECTION(tld, struct tld_options, "Top-level domains.");
SECTION(unicode, struct unicode_options, "Characters.");
SECTION(structure, struct structure_options, "How URLs are built.");
SECTION(obfuscated_text, struct obfuscated_options, "URLs written around filters.");

static const struct conf_section *const sections[] = {&user_password_section, &numeric_ip_section,
	&tld_section, &unicode_section, &structure_section, &obfuscated_text_section, NULL};

struct prepared {
	struct user_options user;
	struct numeric_options numeric;
	struct tld_options tld;
	struct unicode_options unicode;
	struct structure_options structure;
	struct obfuscated_options obfuscated;
	const struct maps_domains *suspicious;
};

static void *prepare(struct scan_preparing *p, const void *options)
{
	const struct conf_node *checks = conf_get(p->section, SPAN("checks"));
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);
	const struct {
		const char *key;
		const struct conf_section *section;
		void *out;
	} parts[] = {
		{"user_password", &user_password_section, &made->user},
		{"numeric_ip", &numeric_ip_section, &made->numeric},
		{"tld", &tld_section, &made->tld},
		{"unicode", &unicode_section, &made->unicode},
		{"structure", &structure_section, &made->structure},
		{"obfuscated_text", &obfuscated_text_section, &made->obfuscated},
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		conf_fill(p->arena, conf_get(checks, span_of(parts[i].key)), parts[i].section->rows,
			parts[i].section->row_count, parts[i].out, p->report);
	made->suspicious = maps_read_domains(p->arena, p->conf, p->report, "suspicious_tlds");
	return made;
}

/* ---- one message ---- */

struct look {
	struct scan *scan;
	const struct prepared *p;
	unsigned told[SYMBOL_COUNT]; /* how many URLs each symbol shows */
};

/* The first counts, some more are shown. */
static void tell(struct look *l, enum symbol symbol, struct span evidence)
{
	unsigned before = l->told[symbol];

	if (before == SHOWN_MOST)
		return;
	l->told[symbol] = before + 1;
	scan_add_text(l->scan, symbol, before == 0 ? 1 : 0, evidence);
}

static void look_at_user(struct look *l, const struct url *url)
{
	size_t n = url->user.n + url->password.n;

	if (!l->p->user.enabled || n == 0)
		return;
	if (n > l->p->user.long_length)
		tell(l, USER_VERY_LONG, url->host);
	else if (n > l->p->user.length)
		tell(l, USER_LONG, url->host);
	else
		tell(l, USER_PASSWORD, url->href);
}

static void look_at_address(struct look *l, const struct url *url)
{
	if (!l->p->numeric.enabled || (url->odd & URL_ODD(NUMERIC)) == 0)
		return;
	if (url->user.n + url->password.n > 0)
		tell(l, NUMERIC_IP_USER, url->host);
	else if ((url->odd & URL_ODD(PRIVATE)) != 0 && l->p->numeric.is_private)
		tell(l, NUMERIC_PRIVATE_IP, url->host);
	else
		tell(l, NUMERIC_IP, url->host);
}

/* A bare name in a text is as often that of a file, or two words without a blank: sendmail.cf, end.top. */
static bool may_be_file(const struct url *url)
{
	return (url->odd & URL_ODD(NO_SCHEME)) != 0 && url->path.n <= 1 &&
		!span_starts(url->host, SPAN("www."));
}

/* Top-level domains that networks use for themselves, beside those that are set apart for it (RFC 6762 appendix G). */
static bool is_private(struct span host)
{
	static const struct span own[] = {SPAN_INIT("corp"), SPAN_INIT("domain"), SPAN_INIT("home"),
		SPAN_INIT("intern"), SPAN_INIT("intra"), SPAN_INIT("intranet"), SPAN_INIT("lan"),
		SPAN_INIT("loc"), SPAN_INIT("localdomain"), SPAN_INIT("private"),
		SPAN_INIT("workgroup")};
	struct span tld;

	host.n -= span_ends(host, SPAN("."));
	tld = span_from_offset(host, span_find_last_byte(host, '.') + 1);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (span_equal(tld, own[i]))
			return true;
	return false;
}

/* Where a URL carries another, that one may lead to a host of the sender's own network. */
static void look_at_tld(struct look *l, const struct msg_url *u)
{
	struct span host = u->url.host;

	if (!l->p->tld.enabled || u->url.host_kind != URL_HOST_DOMAIN || may_be_file(&u->url))
		return;
	if ((u->url.odd & (URL_ODD(NO_TLD) | URL_ODD(NO_SCHEME))) == URL_ODD(NO_TLD) &&
		u->place != MSG_IN_INSIDE && span_has_byte(host, '.') && !is_private(host))
		tell(l, NO_TLD, host);
	if (l->p->tld.suspicious && maps_find_domain(l->p->suspicious, host) != NULL)
		tell(l, SUSPICIOUS_TLD, u->url.domain);
}

static void tell_homograph(struct look *l, const struct url *url)
{
	struct arena *a = l->scan->arena;
	struct span readable = url_host_unicode(a, url->host);

	tell(l, HOMOGRAPH_ATTACK,
		arena_printf(a, "%.*s: %.*s", SPAN_ARG(url->host), SPAN_ARG(readable)));
}

static void look_at_characters(struct look *l, const struct url *url)
{
	const struct unicode_options *o = &l->p->unicode;

	if (!o->enabled)
		return;
	if (o->validity && (url->odd & URL_ODD(BAD_UTF8)) != 0)
		tell(l, BAD_UNICODE, url->href);
	if (o->homograph && (url->odd & (URL_ODD(MIXED_SCRIPTS) | URL_ODD(LOOKALIKE))) != 0)
		tell_homograph(l, url);
	if (o->rtl && (url->odd & URL_ODD(BIDI)) != 0)
		tell(l, RTL_OVERRIDE, url->href);
	if (o->zero_width && (url->odd & URL_ODD(INVISIBLE)) != 0)
		tell(l, ZERO_WIDTH_SPACES, url->href);
}

/* In plain texts a backslash is that of a program or of an escaped quote. */
static void look_at_structure(struct look *l, const struct msg_url *u)
{
	const struct structure_options *o = &l->p->structure;
	const struct url *url = &u->url;
	size_t length;

	if (!o->enabled)
		return;
	if (o->ats && (url->odd & URL_ODD(MANY_ATS)) != 0)
		tell(l, MULTIPLE_AT_SIGNS, url->href);
	if (o->backslash && (url->odd & URL_ODD(BACKSLASH)) != 0 && u->link != NULL)
		tell(l, BACKSLASH_PATH, url->written);
	if (o->dots && url->host_kind == URL_HOST_DOMAIN &&
		span_count_byte(url->host, '.') > (size_t)o->dots_most)
		tell(l, EXCESSIVE_DOTS, url->host);
	/* what was cut from it counts as well */
	length = (url->odd & URL_ODD(LONG)) != 0 ? url->written.n : url->href.n;
	if (o->length && length > o->length_most && u->place != MSG_IN_INSIDE)
		tell(l, VERY_LONG,
			arena_printf(l->scan->arena, "%zu bytes: %.*s", length,
				SPAN_ARG(url->host)));
}

/* Those that a URL carries stand side by side: `u` and the one before it, of two domains and neither that of the carrier. */
static bool is_second_target(const struct msg_url *before, const struct msg_url *u)
{
	const struct msg_url *carrier = u->carrier;

	return carrier != NULL && before->carrier == carrier && carrier->carrier == NULL &&
		!span_equal(before->url.domain, u->url.domain) &&
		!span_equal(before->url.domain, carrier->url.domain) &&
		!span_equal(u->url.domain, carrier->url.domain);
}

/* Text that is attached, as a log or a program, is full of addresses that nobody follows. */
static bool is_followed(const struct msg_url *u)
{
	return url_is_web(&u->url) &&
		(u->text == NULL || !u->text->is_attachment || u->text->is_html);
}

static enum rc run(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);
	struct look l = {.scan = s, .p = s->prepared};

	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		if (!is_followed(u))
			continue;
		look_at_user(&l, &u->url);
		look_at_address(&l, &u->url);
		look_at_tld(&l, u);
		look_at_characters(&l, &u->url);
		look_at_structure(&l, u);
		if (l.p->structure.enabled && l.p->structure.urls && i > 0 &&
			is_second_target(u - 1, u))
			tell(&l, QUERY_MULTIPLE_URLS, u->carrier->url.href);
		if (l.p->obfuscated.enabled && (u->url.odd & URL_ODD(OBFUSCATED)) != 0)
			tell(&l, OBFUSCATED_TEXT, u->shown);
	}
	return RC_OK;
}

const struct check check_url_suspect = {
	.name = "url_suspect",
	.help = "URLs that are written to deceive, or lead to odd places.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.prepare = prepare,
	.sections = sections,
	.run = run,
};
