/* An address within the display name of From: the one that many mail programs show alone. */
#include "checks/inner.h"

enum symbol { FROM_DISPLAY_CALLBACK, FROM_NEQ_DISPLAY_NAME, SPOOF_DISPLAY_NAME };

static const struct scan_symbol symbols[] = {
	[FROM_DISPLAY_CALLBACK] = {.name = "FROM_DISPLAY_CALLBACK",
		.where = "From",
		.score = 0,
		.group = "headers",
		.meaning = "Looks for an address in the display name of From",
		.explain = "Stands for this whole check, to switch it off by; it is never added "
			   "itself.",
		.kind = SCAN_CALLBACK},
	[FROM_NEQ_DISPLAY_NAME] = {.name = "FROM_NEQ_DISPLAY_NAME",
		.where = "From",
		.score = 4.0,
		.group = "headers",
		.meaning = "The display name of From shows an address of another domain",
		.explain =
			"The name beside the address looks like an address itself, and its domain "
			"is not that of the sender; both domains are shown. Phones show only the "
			"name, so the reader takes the false address for the true one. Lists and "
			"ticket systems that send in the name of others do it as well: allow them "
			"by their address."},
	[SPOOF_DISPLAY_NAME] = {.name = "SPOOF_DISPLAY_NAME",
		.where = "From",
		.score = 8.0,
		.group = "headers",
		.meaning =
			"The display name of From shows an address in the recipient's own domain",
		.explain =
			"The name beside the address is an address in a domain that this message "
			"is sent to, while the true sender is elsewhere; both domains are shown. "
			"That is how a stranger poses as a colleague. Services that write in the "
			"name of your users do the same and should be allowed by their own "
			"address."},
};

static bool is_host_byte(char c)
{
	return byte_is_alnum(c) || c == '-' || c == '.' || (c & 0x80) != 0;
}

/* The domain of the first address in the name, with a dot in it at the least; or the null span. */
static struct span find_domain(struct span name)
{
	for (struct span rest = name; span_has_byte(rest, '@');) {
		struct span domain;
		size_t n = 0;

		rest = span_trim_start(span_from_offset(rest, span_find_byte(rest, '@') + 1));
		if (span_starts(rest, SPAN("[")))
			rest = span_from_offset(rest, 1);
		while (n < rest.n && is_host_byte(rest.p[n]))
			n++;
		domain = span_slice(rest, 0, n);
		while (span_ends(domain, SPAN(".")))
			domain.n--;
		if (!span_starts(domain, SPAN(".")) && span_has_byte(domain, '.'))
			return domain;
	}
	return span_from(NULL, 0);
}

static enum rc run(struct scan *s)
{
	const struct mime_address *from = checks_first_address(msg_from(s->msg));
	struct span shown;

	if (from == NULL)
		return RC_OK;
	shown = find_domain(from->name);
	if (span_is_null(shown) || span_equal_nocase(shown, from->domain))
		return RC_OK;
	if (checks_is_header_domain(s->msg, shown) || checks_is_envelope_domain(s->msg, shown))
		checks_add_pair(s, SPOOF_DISPLAY_NAME, from->domain, shown);
	else
		checks_add_pair(s, FROM_NEQ_DISPLAY_NAME, from->domain, shown);
	return RC_OK;
}

const struct check check_display_name = {
	.name = "display_name",
	.help = "Addresses that stand in the display name of From.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
