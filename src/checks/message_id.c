/* Message-ID: its form, and whose domain or address stands in it. */
#include "checks/inner.h"

#include "url/url.h"

/* A line's length (RFC 5322 section 2.1.1): searching in more would cost time and tell nothing. */
enum { ID_MOST = 998 };

enum symbol {
	CHECK_MID,
	MID_MISSING_BRACKETS,
	MID_BARE_IP,
	MID_RHS_IP_LITERAL,
	MID_RHS_NOT_FQDN,
	MID_RHS_MATCH_FROM,
	MID_RHS_MATCH_FROMTLD,
	MID_RHS_MATCH_TO,
	MID_CONTAINS_FROM,
	MID_CONTAINS_TO,
	MID_END_EQ_FROM_USER_PART,
};

static const struct scan_symbol symbols[] = {
	[CHECK_MID] = {.name = "CHECK_MID",
		.score = 0,
		.group = "mid",
		.meaning = "Looks at the form of the Message-ID",
		.explain = "Stands for this whole check, to switch it off by; it is never added "
			   "itself.",
		.kind = SCAN_CALLBACK},
	[MID_MISSING_BRACKETS] = {.name = "MID_MISSING_BRACKETS",
		.where = "Message-ID",
		.score = 0.5,
		.group = "Message ID",
		.meaning = "The Message-ID does not stand in angle brackets",
		.explain =
			"RFC 5322 wants <left@right>, and every mail program writes it so. "
			"Home-made scripts forget the brackets or put text beside them, those of "
			"spammers and those of honest people. Mend the script or allow its "
			"address."},
	[MID_BARE_IP] = {.name = "MID_BARE_IP",
		.where = "Message-ID",
		.score = 2.0,
		.group = "Message ID",
		.meaning = "The Message-ID ends with an IP address without brackets",
		.explain =
			"Behind the @ stands an IPv4 address as if it were a name. Spam tools on "
			"hijacked machines that know no name of their own make such identifiers. "
			"Some cameras and printers do too: give them a host name."},
	[MID_RHS_IP_LITERAL] = {.name = "MID_RHS_IP_LITERAL",
		.where = "Message-ID",
		.score = 0.5,
		.group = "Message ID",
		.meaning = "The Message-ID ends with an IP address in square brackets",
		.explain =
			"An address literal behind the @ is allowed, but only programs that know "
			"no name of their machine write it. Mail programs on home networks do so, "
			"and bots as well."},
	[MID_RHS_NOT_FQDN] = {.name = "MID_RHS_NOT_FQDN",
		.where = "Message-ID",
		.score = 0.5,
		.group = "Message ID",
		.meaning = "The Message-ID ends with a name without a dot",
		.explain = "Behind the @ stands no full host name. Machines whose host name was "
			   "never set up send so, among them many bots. Desktop programs and local "
			   "scripts do it too; set the host name."},
	[MID_RHS_MATCH_FROM] = {.name = "MID_RHS_MATCH_FROM",
		.where = "Message-ID",
		.score = 0,
		.group = "Message ID",
		.meaning = "The Message-ID ends with the domain of From",
		.explain =
			"The domain behind the @ is that of the sender's address, as most mail "
			"programs and servers write it. It counts nothing alone, for it is easily "
			"forged."},
	[MID_RHS_MATCH_FROMTLD] = {.name = "MID_RHS_MATCH_FROMTLD",
		.where = "Message-ID",
		.score = 0,
		.group = "Message ID",
		.meaning = "The Message-ID ends with a host of the organisation in From",
		.explain = "The names behind the @ differ, but both belong to the same registered "
			   "domain, as with mail.example.org and example.org. It counts nothing "
			   "alone."},
	[MID_RHS_MATCH_TO] = {.name = "MID_RHS_MATCH_TO",
		.where = "Message-ID",
		.score = 1.0,
		.group = "Message ID",
		.meaning = "The Message-ID ends with the domain of the first recipient",
		.explain = "Identifiers are made by the sender's side, yet this one names the "
			   "recipient's domain and not the sender's. Spam came without one and the "
			   "receiving server added it, or the spammer wanted to look local. Mail "
			   "programs that write the recipient's domain by mistake exist, and so do "
			   "forwarders that fill in what is missing."},
	[MID_CONTAINS_FROM] = {.name = "MID_CONTAINS_FROM",
		.where = "Message-ID",
		.score = 1.0,
		.group = "Message ID",
		.meaning = "The sender's address stands in the Message-ID",
		.explain = "The whole address of From is part of the identifier. Some bulk mailers "
			   "put it together so. A few older mail programs do as well."},
	[MID_CONTAINS_TO] = {.name = "MID_CONTAINS_TO",
		.where = "Message-ID",
		.score = 1.0,
		.group = "Message ID",
		.meaning = "The recipient's address stands in the Message-ID",
		.explain = "The whole address of the first recipient, who is not of the sender's "
			   "domain, is part of the identifier: bulk mailers note in it to whom a "
			   "copy went. Some newsletter services do it, too; allow them by their "
			   "domain if you want their mail."},
	[MID_END_EQ_FROM_USER_PART] = {.name = "MID_END_EQ_FROM_USER_PART",
		.where = "Message-ID",
		.score = 4.0,
		.group = "mid",
		.meaning = "The Message-ID ends with the name before the @ of From",
		.explain =
			"Behind the @ of the identifier stands what belongs before the @ of the "
			"sender's address: a template that mixed up its parts. A few people name "
			"their computer like themselves and send such identifiers, too; allow them "
			"by their address."},
};

/* Without comments before and behind (RFC 5322 section 3.6.4 allows them). */
static struct span cut_comments(struct span value)
{
	value = span_trim(value);
	if (span_ends(value, SPAN(")")) && span_has_byte(value, '('))
		value = span_trim(span_slice(value, 0, span_find_last_byte(value, '(')));
	if (span_starts(value, SPAN("(")) && span_has_byte(value, ')'))
		value = span_trim(span_from_offset(value, span_find_byte(value, ')') + 1));
	return value;
}

/* <...> with something in it and no further brackets. */
static bool is_bracketed(struct span value)
{
	value = cut_comments(value);
	return value.n > 2 && value.p[0] == '<' && value.p[value.n - 1] == '>' &&
		span_count_byte(value, '<') == 1 && span_count_byte(value, '>') == 1;
}

/* Four numbers of up to three digits: 999.1.1.1 is no address either and meant as one. */
static bool is_bare_ipv4(struct span host)
{
	unsigned groups = 0;

	for (struct span group; span_next(&host, '.', &group); groups++) {
		if (group.n == 0 || group.n > 3)
			return false;
		for (size_t i = 0; i < group.n; i++)
			if (!byte_is_digit(group.p[i]))
				return false;
	}
	return groups == 4;
}

static bool is_literal(struct span host)
{
	struct span inner = span_from_offset(host, 1);

	if (!span_starts(host, SPAN("[")) || !span_has_byte(inner, ']'))
		return false;
	inner = span_slice(inner, 0, span_find_byte(inner, ']'));
	if (span_starts_nocase(inner, SPAN("IPv6:")))
		inner = span_from_offset(inner, 5);
	return url_is_address(inner);
}

static void look_at_host(struct scan *s, struct span host)
{
	if (is_bare_ipv4(host))
		scan_add(s, MID_BARE_IP);
	else if (is_literal(host))
		scan_add(s, MID_RHS_IP_LITERAL);
	else if (!span_has_byte(host, '.'))
		scan_add(s, MID_RHS_NOT_FQDN);
}

/* A valid address is short, so the search stays cheap whatever the header holds. */
static bool contains(struct span id, const struct mime_address *a)
{
	return a->valid && span_find_nocase(id, a->addr) < id.n;
}

static void compare_from(struct scan *s, struct span id, struct span host,
	const struct mime_address *from)
{
	if (contains(id, from))
		scan_add(s, MID_CONTAINS_FROM);
	else if (from->domain.n > 0 && span_equal_nocase(host, from->domain))
		scan_add(s, MID_RHS_MATCH_FROM);
	else if (url_same_registrable(host, from->domain))
		scan_add(s, MID_RHS_MATCH_FROMTLD);
	if (from->local.n > 0 && span_equal_nocase(host, from->local))
		scan_add(s, MID_END_EQ_FROM_USER_PART);
}

static void compare_to(struct scan *s, struct span id, struct span host,
	const struct mime_address *to)
{
	if (contains(id, to))
		scan_add(s, MID_CONTAINS_TO);
	else if (to->domain.n > 0 && span_equal_nocase(host, to->domain))
		scan_add(s, MID_RHS_MATCH_TO);
}

static enum rc run(struct scan *s)
{
	const struct mime_header *field = mime_find_header(s->msg->mime->root, SPAN("Message-ID"));
	const struct mime_address *from, *to;
	struct span id, host;

	if (field == NULL)
		return RC_OK;
	if (!is_bracketed(field->value))
		scan_add(s, MID_MISSING_BRACKETS);
	id = span_slice(msg_id(s->msg), 0, ID_MOST);
	if (!span_has_byte(id, '@'))
		return RC_OK;
	host = span_from_offset(id, span_find_last_byte(id, '@') + 1);
	look_at_host(s, host);
	from = checks_first_address(msg_from(s->msg));
	to = checks_first_address(msg_recipients(s->msg));
	if (from != NULL)
		compare_from(s, id, host, from);
	if (to != NULL && (from == NULL || !checks_same_domain(from, to)))
		compare_to(s, id, host, to);
	return RC_OK;
}

const struct check check_message_id = {
	.name = "message_id",
	.help = "The form of the Message-ID, and whose domain or address stands in it.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
