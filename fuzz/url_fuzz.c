/* Host names of any bytes: what comes out is the end of what went in, and does not depend on its form. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span host = span_from((const char *)data, size), found = url_find_registrable(host),
		    rest;
	struct arena *a;
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

	a = arena_make();
	if (span_is_ascii(host) && !ends_with_dot(host))
		check_forms(a, host, found);
	/* the first and the second half as two hosts */
	must(url_same_registrable(span_slice(host, 0, size / 2),
		     span_from_offset(host, size / 2)) ==
		url_same_registrable(span_from_offset(host, size / 2),
			span_slice(host, 0, size / 2)));
	arena_free(a);
	return 0;
}
