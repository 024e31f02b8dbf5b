/*
 * URLs that are carried by other URLs: those of link protection, click trackers and redirectors.
 *
 * DESIGN: a table names the services whose way of writing is known, and what they carry comes first; it is found by the
 * last two labels of a host, which all services have of their own, so most URLs cost two looks. All others are
 * looked at in the same way: a parameter of the query, the fragment, or a piece of the path that begins as a URL,
 * percent-encoded up to three times or in base64. What was found is looked at again, so a safe link to a redirector
 * gives both; how deep and how many is bounded.
 */
#include "url/url.h"

#include <string.h>

#include "url/inner.h"

enum {
	DEPTH_MOST = 3,    /* URLs in each other */
	DECODES_MOST = 3,  /* of percent escapes in each other */
	PARAMS_MOST = 100, /* of a query that are looked at */
	WORD_MOST = 8,     /* bytes that tell a URL: "https://" */
};

struct search {
	struct arena *arena;
	struct url *out;
	size_t most, n;
	unsigned depths[URL_TARGETS_MOST];
	unsigned depth; /* of what is looked at now */
};

/* ---- what was found ---- */

static bool begins_url(struct span text)
{
	return span_starts_nocase(text, SPAN("http:/")) ||
		span_starts_nocase(text, SPAN("https:/"));
}

static bool is_known(const struct search *s, const struct url *url)
{
	for (size_t i = 0; i < s->n; i++)
		if (span_equal(s->out[i].href, url->href))
			return true;
	return false;
}

/* Gives whether the text was a URL of the web. */
static bool add(struct search *s, struct span text)
{
	struct url url;

	if (s->n == s->most || !url_parse(s->arena, text, NULL, &url) || !url_is_web(&url))
		return false;
	if (!is_known(s, &url)) {
		s->depths[s->n] = s->depth;
		s->out[s->n++] = url;
	}
	return true;
}

/* ---- decoding ---- */

/* Percent escapes undone until the text begins as a URL; the null span when it never does. */
static struct span decode_percent(struct arena *a, struct span text)
{
	for (unsigned i = 0; !begins_url(text); i++) {
		struct buf out;

		if (i == DECODES_MOST || !span_has_byte(text, '%'))
			return span_from(NULL, 0);
		buf_init(&out, a, text.n);
		(void)url_add_decoded(&out, text);
		text = buf_span(&out);
	}
	return text;
}

/* 0..63 of base64 and base64url, or -1. */
static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	if (found != NULL)
		return (int)(found - digits);
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Both alphabets of RFC 4648, up to what is of neither. */
static struct span decode_base64(struct arena *a, struct span text)
{
	struct buf out;
	uint32_t bits = 0;
	unsigned have = 0;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		int value = base64_value(text.p[i]);

		if (value == -1)
			break;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_add_byte(&out, (char)(bits >> have & 0xff));
		}
	}
	return buf_span(&out);
}

/* Percent escapes around base64 (%3D) are undone first. Its text from the first URL on: some wrap it in JSON. */
static struct span decode_packed(struct arena *a, struct span text)
{
	struct span plain = decode_base64(a, text);
	size_t at = span_find_nocase(plain, SPAN("http"));
	struct buf out;

	plain = span_from_offset(plain, at);
	buf_init(&out, a, plain.n);
	for (size_t i = 0; i < plain.n; i++) {
		char c = plain.p[i];

		if ((unsigned char)c <= ' ' || strchr("\"'<>", c) != NULL)
			break;
		/* JSON writes a slash as \/ */
		if (c != '\\')
			buf_add_byte(&out, c);
	}
	plain = buf_span(&out);
	return begins_url(plain) ? plain : decode_percent(a, plain);
}

/* ---- the ways of known services ---- */

static void add_plain(struct search *s, struct span value)
{
	struct span text = decode_percent(s->arena, value);

	if (!span_is_null(text))
		(void)add(s, text);
}

static void add_packed(struct search *s, struct span value)
{
	struct span text = decode_packed(s->arena, value);

	if (!span_is_null(text))
		(void)add(s, text);
}

/* A host alone, or a URL without its scheme. */
static void add_host(struct search *s, struct span value)
{
	struct buf out;

	buf_init(&out, s->arena, value.n + sizeof("http://"));
	buf_add_string(&out, "http://");
	(void)url_add_decoded(&out, value);
	if (value.n > 0)
		(void)add(s, buf_span(&out));
}

/* Two letters before base64. */
static void add_bing(struct search *s, struct span value)
{
	add_packed(s, span_from_offset(value, 2));
}

/* Proofpoint's second way: - for %, _ for /. */
static void add_dashes(struct search *s, struct span value)
{
	char *text = arena_alloc(s->arena, value.n + 1);

	for (size_t i = 0; i < value.n; i++)
		text[i] = value.p[i] == '-' ? '%' : value.p[i] == '_' ? '/' : value.p[i];
	add_plain(s, span_from(text, value.n));
}

/*
 * Proofpoint's third way: __URL__;BYTES!..., in which each * stands for the next of the bytes, and ** and a letter for
 * several of them (A: two).
 */
static void add_stars(struct search *s, struct span path)
{
	size_t start = span_find(path, SPAN("/__")), end;
	struct span url = span_from_offset(path, start + 3), bytes;
	struct buf out;
	size_t used = 0;

	end = span_find(url, SPAN("__;"));
	bytes = span_from_offset(url, end + 3);
	bytes = decode_base64(s->arena, span_slice(bytes, 0, span_find_byte(bytes, '!')));
	url = span_slice(url, 0, end);
	buf_init(&out, s->arena, url.n + bytes.n);
	for (size_t i = 0; i < url.n; i++) {
		size_t run = 1;

		if (url.p[i] != '*' || used >= bytes.n) {
			buf_add_byte(&out, url.p[i]);
			continue;
		}
		if (i + 2 < url.n && url.p[i + 1] == '*' && base64_value(url.p[i + 2]) >= 0) {
			run = (size_t)base64_value(url.p[i + 2]) + 2;
			i += 2;
		}
		buf_add(&out, span_slice(bytes, used, run));
		used += run;
	}
	add_plain(s, buf_span(&out));
}

/* The host and all below it; NULL for `path` and `param`: any, and the path itself. */
static const struct {
	struct span host;
	const char *path; /* begins so */
	const char *param;
	void (*add)(struct search *s, struct span value);
} services[] = {
	/* link protection */
	{SPAN_INIT("safelinks.protection.outlook.com"), NULL, "url", add_plain},
	{SPAN_INIT("safelinks.protection.office365.us"), NULL, "url", add_plain},
	{SPAN_INIT("safelinks.protection.partner.outlook.cn"), NULL, "url", add_plain},
	{SPAN_INIT("statics.teams.cdn.office.net"), "/evergreen-assets/safelinks", "url",
		add_plain},
	{SPAN_INIT("urldefense.proofpoint.com"), "/v1/", "u", add_plain},
	{SPAN_INIT("urldefense.proofpoint.com"), "/v2/", "u", add_dashes},
	{SPAN_INIT("urldefense.proofpoint.com"), "/v3/", NULL, add_stars},
	{SPAN_INIT("urldefense.com"), "/v2/", "u", add_dashes},
	{SPAN_INIT("urldefense.com"), "/v3/", NULL, add_stars},
	{SPAN_INIT("urldefense.us"), "/v2/", "u", add_dashes},
	{SPAN_INIT("urldefense.us"), "/v3/", NULL, add_stars},
	{SPAN_INIT("linkprotect.cudasvc.com"), NULL, "a", add_plain},
	{SPAN_INIT("mimecast.com"), NULL, "domain", add_host},
	{SPAN_INIT("mimecastprotect.com"), NULL, "domain", add_host},
	{SPAN_INIT("protection.sophos.com"), NULL, "u", add_packed},
	{SPAN_INIT("protection.sophos.com"), NULL, "d", add_host},
	{SPAN_INIT("trendmicro.com"), NULL, "url", add_plain},
	{SPAN_INIT("clicktime.symantec.com"), NULL, "u", add_plain},
	{SPAN_INIT("clicktime.cloud.postoffice.net"), NULL, "u", add_plain},
	{SPAN_INIT("fireeye.com"), NULL, "u", add_plain},
	{SPAN_INIT("edgepilot.com"), NULL, "u", add_plain},
	{SPAN_INIT("mailanyone.net"), NULL, "u", add_plain},
	{SPAN_INIT("urlsand.esvalabs.com"), NULL, "u", add_plain},
	{SPAN_INIT("scanmail.trustwave.com"), NULL, "u", add_plain},
	{SPAN_INIT("serverdata.net"), NULL, "u", add_plain},
	/* redirectors of large sites, in all their top-level domains where the host ends with a dot */
	{SPAN_INIT("google."), "/url", "q", add_plain},
	{SPAN_INIT("google."), "/url", "url", add_plain},
	{SPAN_INIT("google."), "/imgres", "imgurl", add_plain},
	{SPAN_INIT("googleadservices.com"), NULL, "adurl", add_plain},
	{SPAN_INIT("doubleclick.net"), NULL, "adurl", add_plain},
	{SPAN_INIT("youtube.com"), "/redirect", "q", add_plain},
	{SPAN_INIT("facebook.com"), "/l.php", "u", add_plain},
	{SPAN_INIT("messenger.com"), "/l.php", "u", add_plain},
	{SPAN_INIT("l.instagram.com"), NULL, "u", add_plain},
	{SPAN_INIT("linkedin.com"), NULL, "url", add_plain},
	{SPAN_INIT("bing.com"), "/ck/a", "u", add_bing},
	{SPAN_INIT("duckduckgo.com"), "/l/", "uddg", add_plain},
	{SPAN_INIT("vk.com"), "/away.php", "to", add_plain},
	{SPAN_INIT("steamcommunity.com"), "/linkfilter", "url", add_plain},
	{SPAN_INIT("steamcommunity.com"), "/linkfilter", "u", add_plain},
	{SPAN_INIT("t.umblr.com"), "/redirect", "z", add_plain},
	{SPAN_INIT("slack-redir.net"), "/link", "url", add_plain},
	{SPAN_INIT("mandrillapp.com"), "/track/click", "p", add_packed},
};

/* `site` is a host, or with a dot at its end a name before any top-level domain. */
static bool is_of(const struct url *url, struct span site)
{
	struct span host = url->host;

	if (!span_ends(site, SPAN(".")))
		return span_ends(host, site) &&
			(host.n == site.n || host.p[host.n - site.n - 1] == '.');
	return span_starts(url->domain, site) && span_find_byte(url->domain, '.') + 1 == site.n;
}

/* ---- the table of services ---- */

enum { PLACES = 128 };

/* The last two labels of a host. */
static struct span last_labels(struct span host)
{
	size_t dot = span_find_last_byte(host, '.');
	struct span before = span_slice(host, 0, dot);

	if (dot == host.n)
		return host;
	dot = span_find_last_byte(before, '.');
	return dot == before.n ? host : span_from_offset(host, dot + 1);
}

static size_t place_of(struct span key)
{
	size_t hash = key.n;

	for (size_t i = 0; i < key.n; i++)
		hash = hash * 31 + (unsigned char)key.p[i];
	return hash % PLACES;
}

/* Of services in each place, by their rows and one more; the same rows in every process, so it is made once. */
static struct {
	uint8_t first[PLACES];
	uint8_t next[ARRAY_LEN(services)];
	bool is_made;
} table;

static void make_table(void)
{
	/* the last one first: each place keeps the order of the rows */
	for (size_t i = ARRAY_LEN(services); i > 0; i--) {
		struct span host = services[i - 1].host;
		size_t place = place_of(span_ends(host, SPAN(".")) ? host : last_labels(host));

		table.next[i - 1] = table.first[place];
		table.first[place] = (uint8_t)i;
	}
	table.is_made = true;
}

/* ---- the ways of all ---- */

/* The value of a query's parameter; null when it is not there. */
static struct span find_param(struct span query, const char *name)
{
	struct span param;

	for (unsigned i = 0; i < PARAMS_MOST && span_next(&query, '&', &param); i++) {
		size_t at = span_find_byte(param, '=');

		/* references to & that were left in the link */
		if (span_starts(param, SPAN("amp;"))) {
			param = span_from_offset(param, 4);
			at -= num_min(at, 4);
		}
		if (at < param.n && span_equal_nocase(span_slice(param, 0, at), span_of(name)))
			return span_from_offset(param, at + 1);
	}
	return span_from(NULL, 0);
}

static void search_service(struct search *s, const struct url *url, size_t i)
{
	struct span value = url->path;

	if (!is_of(url, services[i].host) ||
		(services[i].path != NULL && !span_starts(url->path, span_of(services[i].path))))
		return;
	if (services[i].param != NULL)
		value = find_param(url->query, services[i].param);
	else
		value.n = (size_t)(url->href.p + url->href.n - value.p);
	if (!span_is_null(value))
		services[i].add(s, value);
}

static void search_services(struct search *s, const struct url *url)
{
	struct span name = span_slice(url->domain, 0, span_find_byte(url->domain, '.') + 1);
	size_t places[] = {place_of(last_labels(url->host)), place_of(name)};

	if (!table.is_made)
		make_table();
	for (size_t k = 0; k < ARRAY_LEN(places) && (k == 0 || places[k] != places[0]); k++)
		for (size_t i = table.first[places[k]]; i != 0; i = table.next[i - 1])
			search_service(s, url, i - 1);
}

/* "//example.org/x", escaped or not, which keeps the scheme of the page; a path of files may begin so as well. */
static void add_schemeless(struct search *s, struct span value)
{
	struct url url;

	for (unsigned i = 0; !span_starts(value, SPAN("//")); i++) {
		struct buf out;

		if (i == DECODES_MOST || !span_has_byte(value, '%'))
			return;
		buf_init(&out, s->arena, value.n);
		(void)url_add_decoded(&out, value);
		value = buf_span(&out);
	}
	value = arena_printf(s->arena, "http:%.*s", SPAN_ARG(value));
	if (url_parse(s->arena, value, NULL, &url) && (url.odd & URL_ODD(NO_TLD)) == 0)
		(void)add(s, value);
}

/* "http" in base64. */
static bool is_packed(struct span value)
{
	return span_starts(value, SPAN("aHR0c")) || span_starts(value, SPAN("SFRUU"));
}

/* A value that may be a URL: as it is, escaped, in base64, or without its scheme. */
static void search_value(struct search *s, struct span value)
{
	if (value.n <= WORD_MOST)
		return;
	if (byte_lower(*value.p) == 'h')
		add_plain(s, value);
	else if (is_packed(value))
		add_packed(s, value);
	else if (span_starts(value, SPAN("//")) || span_starts(value, SPAN("%2")))
		add_schemeless(s, value);
}

/* "%3A" and the like, escaped any number of times: its length, or 0. */
static size_t read_colon(struct span text)
{
	size_t n = 1;

	if (span_starts(text, SPAN(":")))
		return 1;
	if (!span_starts(text, SPAN("%")))
		return 0;
	while (span_starts(span_from_offset(text, n), SPAN("25")))
		n += 2;
	return span_starts_nocase(span_from_offset(text, n), SPAN("3a")) ? n + 2 : 0;
}

/* Where a URL begins in a path, escaped or not; its length when there is none. */
static size_t find_start(struct span path, size_t from)
{
	for (size_t at; from < path.n; from = at + 1) {
		struct span rest;
		size_t n = 4;

		at = from + span_find_nocase(span_from_offset(path, from), SPAN("http"));
		rest = span_from_offset(path, at);
		if (rest.n == 0)
			break;
		if (rest.n > n && byte_lower(rest.p[n]) == 's')
			n++;
		n = read_colon(span_from_offset(rest, n)) > 0
			? n + read_colon(span_from_offset(rest, n))
			: 0;
		if (n > 0 && n < rest.n && (rest.p[n] == '/' || rest.p[n] == '%'))
			return at;
	}
	return path.n;
}

static void search_segments(struct search *s, struct span path)
{
	struct span segment;

	for (unsigned i = 0; i < PARAMS_MOST && span_next(&path, '/', &segment); i++)
		if (is_packed(segment))
			add_packed(s, segment);
}

/*
 * A path that holds a URL: as it is, it goes on to the end of all; with escapes, to the next slash, which is none of
 * its own. Base64 fills a segment.
 */
static void search_path(struct search *s, const struct url *url)
{
	struct span rest =
		span_from(url->path.p, (size_t)(url->href.p + url->href.n - url->path.p));
	size_t at = find_start(url->path, 1), end;

	if (at >= url->path.n) {
		search_segments(s, url->path);
		return;
	}
	rest = span_from_offset(rest, at);
	/* some services fence it */
	end = span_find(rest, SPAN("___"));
	rest = span_slice(rest, 0, end);
	if (!begins_url(rest))
		rest = span_slice(rest, 0, span_find_byte(rest, '/'));
	add_plain(s, rest);
}

/* Google's pages for telephones: /amp/s/example.org/path, where s means https. */
static void search_amp(struct search *s, const struct url *url)
{
	static const struct span starts[] = {SPAN_INIT("/amp/s/"), SPAN_INIT("/c/s/"),
		SPAN_INIT("/v/s/"), SPAN_INIT("/i/s/")};
	bool is_amp = is_of(url, SPAN("google.")) || is_of(url, SPAN("cdn.ampproject.org"));

	for (size_t i = 0; is_amp && i < ARRAY_LEN(starts); i++)
		if (span_starts(url->path, starts[i]))
			(void)add(s,
				arena_printf(s->arena, "https://%.*s",
					SPAN_ARG(span_from_offset(url->path, starts[i].n))));
}

static void search_url(struct search *s, const struct url *url)
{
	struct span query = url->query, param;
	size_t before = s->n;

	search_services(s, url);
	for (unsigned i = 0; i < PARAMS_MOST && span_next(&query, '&', &param); i++) {
		size_t at = span_find_byte(param, '=');

		search_value(s, at < param.n ? span_from_offset(param, at + 1) : param);
	}
	/* what a service keeps in its path was read as it writes it */
	if (s->n == before)
		search_path(s, url);
	search_amp(s, url);
	param = url->fragment;
	search_value(s, param);
	while (span_next(&param, '=', &query))
		continue;
	if (query.n < url->fragment.n)
		search_value(s, query);
}

size_t url_find_targets(struct arena *a, const struct url *url, struct url *out, size_t most)
{
	struct search s = {.arena = a, .out = out, .most = num_min(most, URL_TARGETS_MOST)};

	if (!url_is_web(url))
		return 0;
	s.depth = 1;
	search_url(&s, url);
	for (size_t i = 0; i < s.n && s.n < s.most; i++) {
		struct url found = s.out[i];

		if (s.depths[i] == DEPTH_MOST)
			break;
		s.depth = s.depths[i] + 1;
		search_url(&s, &found);
	}
	return s.n;
}
