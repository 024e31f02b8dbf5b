/* Whether the envelope and the header name the same people. */
#include "checks/inner.h"

/* Addresses of each side that are shown: a message may have a thousand. */
enum { SHOWN_MOST = 10 };

enum symbol { CALLBACK, RECIPIENTS, SENDER };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "FORGED_CALLBACK",
		.group = "headers",
		.kind = SCAN_CALLBACK,
		.meaning = "Compares the envelope with From and To",
		.explain = "Stands for the whole check: switching it off switches off the symbols "
			   "that compare the envelope with the header."},
	[RECIPIENTS] = {.name = "FORGED_RECIPIENTS",
		.where = "To",
		.score = 2.0,
		.group = "headers",
		.meaning = "No recipient is in a domain that To, Cc or Bcc name",
		.explain =
			"The domains of those whom the header names (m:) and of those who get the "
			"message (s:) have nothing in common. So it is with spam that goes to many "
			"under one invented To. So it is, too, with blind copies, forwarding and "
			"mailing lists: composites take it back where forwarding or a list shows."},
	[SENDER] = {.name = "FORGED_SENDER",
		.where = "From",
		.score = 0.3,
		.group = "headers",
		.meaning = "From is not the envelope sender",
		.explain =
			"The address in From, shown first, differs from the one that errors go to, "
			"beyond a plus tag. Forgers cannot receive errors at the address that they "
			"show; but newsletters, lists and services that send for others differ for "
			"good reasons, so it counts little."},
};

static const struct conf_option rows[] = {
	CONF_IGNORED("symbol_sender", "the symbol is always FORGED_SENDER"),
	CONF_IGNORED("symbol_rcpt", "the symbol is always FORGED_RECIPIENTS"),
};

/* Mailboxes of Google: dots between letters are of no account. */
static bool has_idle_dots(struct span domain)
{
	return span_equal_nocase(domain, SPAN("gmail.com")) ||
		span_equal_nocase(domain, SPAN("googlemail.com"));
}

static bool same_without_dots(struct span a, struct span b)
{
	size_t i = 0, k = 0;

	for (;; i++, k++) {
		while (i < a.n && a.p[i] == '.')
			i++;
		while (k < b.n && b.p[k] == '.')
			k++;
		if (i == a.n || k == b.n)
			return i == a.n && k == b.n;
		if (byte_lower(a.p[i]) != byte_lower(b.p[k]))
			return false;
	}
}

static bool same_mailbox(const struct mime_address *a, const struct mime_address *b)
{
	struct span left = checks_without_tag(a->local), right = checks_without_tag(b->local);

	if (!checks_same_domain(a, b))
		return false;
	return span_equal_nocase(left, right) ||
		(has_idle_dots(a->domain) && same_without_dots(left, right));
}

static void compare_senders(struct scan *s)
{
	const struct mime_address *sender = msg_envelope_from(s->msg);
	const struct mime_address *from = checks_first_address(msg_from(s->msg));

	if (sender == NULL || !sender->valid || (from != NULL && same_mailbox(from, sender)))
		return;
	checks_add_pair(s, SENDER, from == NULL ? SPAN("") : from->addr, sender->addr);
}

/* A To that names nobody ("undisclosed-recipients:;") is one, an empty or missing one is none. */
static bool names_recipients(const struct msg *m)
{
	static const struct span fields[] = {SPAN_INIT("To"), SPAN_INIT("Cc"), SPAN_INIT("Bcc")};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct mime_header *h = mime_find_header(m->mime->root, fields[i]);

		for (; h != NULL; h = mime_next_header(m->mime->root, h))
			if (h->value.n > 0)
				return true;
	}
	return false;
}

/* By a map: both sides may be long. A recipient whose domain is not known says nothing. */
static bool share_domain(struct msg *m, const struct mime_addresses *named)
{
	struct map *domains = map_make_nocase(m->arena);

	for (size_t i = 0; i < named->n; i++)
		if (named->v[i].domain.n > 0)
			(void)map_put(domains, named->v[i].domain, &named->v[i]);
	for (size_t i = 0; i < m->envelope.rcpt_count; i++) {
		const struct mime_address *rcpt = msg_envelope_rcpt(m, i);

		if (rcpt->domain.n == 0 || map_find(domains, rcpt->domain) != NULL)
			return true;
	}
	return false;
}

static void compare_recipients(struct scan *s)
{
	const struct mime_addresses *named = msg_recipients(s->msg);
	size_t count = s->msg->envelope.rcpt_count;

	if (count == 0 || !names_recipients(s->msg) || share_domain(s->msg, named))
		return;
	scan_add_printf(s, RECIPIENTS, 1, "m:%.*s",
		SPAN_ARG(named->n > 0 ? named->v[0].addr : SPAN("")));
	for (size_t i = 1; i < named->n && i < SHOWN_MOST; i++)
		scan_add_printf(s, RECIPIENTS, 0, "m:%.*s", SPAN_ARG(named->v[i].addr));
	for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
		scan_add_printf(s, RECIPIENTS, 0, "s:%.*s",
			SPAN_ARG(msg_envelope_rcpt(s->msg, i)->addr));
}

static enum rc run(struct scan *s)
{
	compare_senders(s);
	compare_recipients(s);
	return RC_OK;
}

const struct check check_forged_recipients = {
	.name = "forged_recipients",
	.help = "Compares the sender and the recipients of the envelope with those of the header.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = 1,
	.run = run,
};
