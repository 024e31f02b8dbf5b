/* What an answer of a DNS list means, and whether a list can be believed, as a question of a message. */
#include "dns/list.h"

#include <string.h>

#include "dns/inner.h"

enum dns_list_answer dns_list_judge(struct span address)
{
	struct ip ip;
	const uint8_t *b = ip.bytes + 12;

	if (!ip_parse(address, &ip) || !ip_is_v4(&ip) || b[0] != 127)
		return DNS_LIST_NOT_AN_ANSWER;
	if (b[1] == 255 && b[2] == 255)
		return DNS_LIST_REFUSED;
	/* RFC 5782 section 2.1: 127.0.0.1 is never listed, and hijacking resolvers like to point there */
	if (b[1] == 0 && b[2] == 0 && b[3] == 1)
		return DNS_LIST_NOT_AN_ANSWER;
	return DNS_LIST_LISTED;
}

/* ---- the need ---- */

/* "on", or "off " and the sentence: it is ours, but a zone's name stands in it. */
static void print_list(struct buf *out, const void *answer)
{
	const struct dns_list *list = answer;

	buf_add_string(out, list->usable ? "on" : "off ");
	for (size_t i = 0; i < list->why.n; i++)
		buf_add_byte(out,
			list->why.p[i] >= ' ' && list->why.p[i] <= '~' ? list->why.p[i] : '?');
}

static const void *parse_list(struct arena *a, struct span text)
{
	struct dns_list *list = ARENA_NEW(a, struct dns_list);

	list->usable = span_equal(text, SPAN("on"));
	if (!list->usable && !span_starts(text, SPAN("off ")))
		return NULL;
	if (!list->usable)
		list->why = span_from_offset(text, 4);
	return list;
}

const struct need_kind dns_list_kind = {"list", print_list, parse_list};

enum rc dns_list_need(struct needs *needs, struct span zone, const struct dns_list **out)
{
	char text[DNS_NAME_MOST + 1];
	const void *answer;
	enum rc rc;

	*out = NULL;
	if (!dns_is_name(zone))
		return RC_INVALID;
	if (zone.p[zone.n - 1] == '.')
		zone.n--;
	for (size_t i = 0; i < zone.n; i++) {
		/* a key is one printable word */
		if (zone.p[i] <= ' ' || zone.p[i] > '~')
			return RC_INVALID;
		text[i] = byte_lower(zone.p[i]);
	}
	rc = need_ask(needs, &dns_list_kind, span_from(text, zone.n), &answer);
	*out = answer;
	return rc;
}

static enum rc trust(void *ctx, struct arena *a, struct need *need)
{
	static const struct dns_list usable = {.usable = true};

	need->answer = &usable;
	return RC_OK;
}

const struct need_driver dns_lists_trusted = {.kind = &dns_list_kind, .ask = trust};
