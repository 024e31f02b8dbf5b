/*
 * Names and URLs of any bytes. A name: what comes out is the end of what went in, and does not depend on its form. A
 * URL: what is serialised is its own form, its parts stand in it in order, and reading it again says the same.
 */
#include "url/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ends_with_dot(struct span host)
{
	return span_ends(host, SPAN(".")) || span_ends(host, SPAN("\xe3\x80\x82")) ||
		span_ends(host, SPAN("\xef\xbc\x8e")) || span_ends(host, SPAN("\xef\xbd\xa1"));
}

/* For ASCII the form is case and the dot at the end. */
static void check_forms(struct arena *a, struct span host, struct span found)
{
	char *upper = arena_alloc(a, host.n + 1);
	struct span dotted = arena_printf(a, "%.*s.", SPAN_ARG(host)), again;

	for (size_t i = 0; i < host.n; i++)
		upper[i] = byte_is_alpha(host.p[i]) ? (char)(host.p[i] & ~0x20) : host.p[i];
	must(url_find_registrable(span_from(upper, host.n)).n == found.n);
	must(url_is_address(span_from(upper, host.n)) == url_is_address(host));
	again = url_find_registrable(found);
	must(again.p == found.p && again.n == found.n);
	if (!ends_with_dot(host) && dotted.n == host.n + 1)
		must(span_equal(url_find_registrable(dotted), found));
}

static void check_name(struct arena *a, struct span host)
{
	struct span found = url_find_registrable(host), rest;
	size_t end;

	must(found.n <= host.n);
	must(host.n == 0 || (found.p >= host.p && found.p + found.n <= host.p + host.n));
	/* one dot may be missing at the end, whole labels at the start */
	end = (size_t)(host.p + host.n - (found.p + found.n));
	must(end == 0 || (end <= 3 && ends_with_dot(host)));
	rest = span_slice(host, 0, host.n - end - found.n);
	must(rest.n == 0 || ends_with_dot(rest));
	must(url_same_registrable(host, host) == (host.n - end > 0));
	must(found.n == 0 || ends_with_dot(found) || url_same_registrable(found, found));
	if (url_is_address(host))
		must(found.p == host.p && found.n == host.n);
	if (span_is_ascii(host) && !ends_with_dot(host))
		check_forms(a, host, found);
	/* the first and the second half as two hosts */
	must(url_same_registrable(span_slice(host, 0, host.n / 2),
		     span_from_offset(host, host.n / 2)) ==
		url_same_registrable(span_from_offset(host, host.n / 2),
			span_slice(host, 0, host.n / 2)));
}

/* The parts of href in their order, not within each other; a null one has no place. */
static void check_parts(const struct url *url)
{
	const struct span parts[] = {url->scheme, url->user, url->password, url->host, url->path,
		url->query, url->fragment};
	const char *at = url->href.p;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (span_is_null(parts[i]))
			continue;
		must(parts[i].p >= at && parts[i].p + parts[i].n <= url->href.p + url->href.n);
		at = parts[i].p + parts[i].n;
	}
	must(span_is_null(url->domain) ||
		(url->domain.p >= url->host.p &&
			url->domain.p + url->domain.n <= url->host.p + url->host.n));
	must(url->href.n <= URL_BYTES_MOST && span_is_ascii(url->href));
}

/* What is a matter of writing alone, and gone from href. */
static const uint32_t written_odd = URL_ODD(NUMERIC_OBSCURE) | URL_ODD(BACKSLASH) |
	URL_ODD(SLASHES) | URL_ODD(BLANKS) | URL_ODD(CONTROLS) | URL_ODD(BAD_UTF8) |
	URL_ODD(INVISIBLE) | URL_ODD(BIDI) | URL_ODD(ENCODED_HOST) | URL_ODD(WIDE) |
	URL_ODD(MANY_ATS) | URL_ODD(LONG);

static void check_url(struct arena *a, struct span written, const struct url *base)
{
	struct url url, same, again;
	size_t before = arena_used(a);

	if (!url_parse(a, written, base, &url)) {
		must(span_is_null(url.href) && span_is_null(url.host) && url.host_kind == 0);
		return;
	}
	must(arena_used(a) - before <= 9 * written.n + (base == NULL ? 0 : base->href.n) + 64);
	check_parts(&url);
	must(url_parse(a, written, base, &same) && same.odd == url.odd &&
		span_equal(same.href, url.href));
	before = arena_used(a);
	must(url_parse(a, url.href, NULL, &again));
	must(arena_used(a) == before && again.href.p == url.href.p);
	must(span_equal(again.href, url.href) && span_equal(again.host, url.host));
	must(span_equal(again.path, url.path) && span_equal(again.domain, url.domain));
	must(again.host_kind == url.host_kind && again.port == url.port);
	must((again.odd & ~written_odd) == (url.odd & ~written_odd));
	(void)url_mail_address(a, &url);
	must(url_host_unicode(a, url.host).n <= 4 * url.host.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_from((const char *)data, size), rest = text, base_text;
	struct arena *a = arena_make();
	struct url base;

	check_name(a, text);
	check_url(a, text, NULL);
	/* the first line as the base of what follows */
	if (span_next_line(&rest, &base_text) && rest.n > 0 && url_parse(a, base_text, NULL, &base))
		check_url(a, rest, &base);
	arena_free(a);
	return 0;
}
