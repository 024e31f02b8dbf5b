/* Whom the header names in To, Cc and Bcc: how many, by what names, and whether they get this. */
#include "checks/inner.h"

enum symbol {
	CHECK_TO_CC,
	RCPT_COUNT_ZERO,
	RCPT_COUNT_ONE,
	RCPT_COUNT_TWO,
	RCPT_COUNT_THREE,
	RCPT_COUNT_FIVE,
	RCPT_COUNT_SEVEN,
	RCPT_COUNT_TWELVE,
	RCPT_COUNT_GT_50,
	TO_EQ_FROM,
	TO_DOM_EQ_FROM_DOM,
	TO_DN_NONE,
	TO_DN_SOME,
	TO_DN_ALL,
	TO_DN_EQ_ADDR_SOME,
	TO_DN_EQ_ADDR_ALL,
	TO_DN_RECIPIENTS,
	TO_MATCH_ENVRCPT_SOME,
	TO_MATCH_ENVRCPT_ALL,
};

#define COUNT_EXPLAIN                                                                              \
	"Recipients in To, Cc and Bcc are counted, whatever the envelope says; the "               \
	"number is shown. It counts nothing alone: rules that join several symbols "               \
	"tell personal mail from mass mail by it."

static const struct scan_symbol symbols[] = {
	[CHECK_TO_CC] = {.name = "CHECK_TO_CC",
		.score = 0,
		.group = "headers,mime",
		.meaning = "Looks at the recipients in the header",
		.explain = "Stands for this whole check, to switch it off by; it is never added "
			   "itself.",
		.kind = SCAN_CALLBACK},
	[RCPT_COUNT_ZERO] = {.name = "RCPT_COUNT_ZERO",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "No recipient in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_ONE] = {.name = "RCPT_COUNT_ONE",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "One recipient in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_TWO] = {.name = "RCPT_COUNT_TWO",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Two recipients in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_THREE] = {.name = "RCPT_COUNT_THREE",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "3 or 4 recipients in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_FIVE] = {.name = "RCPT_COUNT_FIVE",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "5 or 6 recipients in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_SEVEN] = {.name = "RCPT_COUNT_SEVEN",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "7 to 11 recipients in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_TWELVE] = {.name = "RCPT_COUNT_TWELVE",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "12 to 49 recipients in the header",
		.explain = COUNT_EXPLAIN},
	[RCPT_COUNT_GT_50] = {.name = "RCPT_COUNT_GT_50",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "50 recipients or more in the header",
		.explain = COUNT_EXPLAIN},
	[TO_EQ_FROM] = {.name = "TO_EQ_FROM",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "The only recipient is the sender",
		.explain =
			"From and the one recipient are the same address. Spam poses as mail from "
			"oneself that way; notes to oneself and mail whose recipients are all in "
			"Bcc look alike, so it counts nothing alone."},
	[TO_DOM_EQ_FROM_DOM] = {.name = "TO_DOM_EQ_FROM_DOM",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "The only recipient is in the sender's domain",
		.explain =
			"From and the one recipient share a domain, as in mail within a company, "
			"or in mail that poses as such. It counts nothing alone."},
	[TO_DN_NONE] = {.name = "TO_DN_NONE",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "No recipient has a display name",
		.explain = "Only addresses stand in To and Cc. Whoever has a list of addresses and "
			   "no names writes so, and many people do, too. It counts nothing alone."},
	[TO_DN_SOME] = {.name = "TO_DN_SOME",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Some recipients have display names",
		.explain =
			"Names stand beside some of the addresses in To and Cc. It counts nothing "
			"alone."},
	[TO_DN_ALL] = {.name = "TO_DN_ALL",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Every recipient has a display name",
		.explain = "A name stands beside every address in To and Cc, as mail programs with "
			   "an address book write it. It counts nothing alone."},
	[TO_DN_EQ_ADDR_SOME] = {.name = "TO_DN_EQ_ADDR_SOME",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Some recipients have their address as display name",
		.explain = "The place of the name is filled with the address again. Some mail "
			   "programs do so for unknown contacts, bulk tools for all. It counts "
			   "nothing alone."},
	[TO_DN_EQ_ADDR_ALL] = {.name = "TO_DN_EQ_ADDR_ALL",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Every recipient has the address as display name",
		.explain = "The place of each name is filled with the address again. Some mail "
			   "programs do so for unknown contacts, bulk tools for all. It counts "
			   "nothing alone."},
	[TO_DN_RECIPIENTS] = {.name = "TO_DN_RECIPIENTS",
		.where = "To",
		.score = 2.0,
		.group = "headers",
		.meaning = "A recipient is called Recipients",
		.explain =
			"A bulk mail program put its own placeholder where a name belongs; "
			"compromised mailboxes send so through web mail. People who write to many "
			"of their friends at once sometimes do it: ask them to use Bcc without "
			"that name."},
	[TO_MATCH_ENVRCPT_SOME] = {.name = "TO_MATCH_ENVRCPT_SOME",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "Some of the recipients in the header get this copy",
		.explain = "At least one address in To and Cc is among those that the mail server "
			   "was given. Further ones get their copy elsewhere. It counts nothing "
			   "alone."},
	[TO_MATCH_ENVRCPT_ALL] = {.name = "TO_MATCH_ENVRCPT_ALL",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "All recipients in the header get this copy",
		.explain = "Every address in To and Cc is among those that the mail server was "
			   "given. When neither this symbol nor its sister is there, the message "
			   "came by Bcc, a list or a forwarder. It counts nothing alone."},
};

struct tally {
	const struct mime_address *first;
	size_t all, named, named_by_address, in_envelope;
};

/* Few are compared one by one, which is quicker; many are looked up, or time would be squared. */
enum { COMPARED_MOST = 8 };

/* NULL when there are few. */
static struct map *envelope_recipients(struct msg *m)
{
	struct map *set;

	if (m->envelope.rcpt_count <= COMPARED_MOST)
		return NULL;
	set = map_make_nocase(m->arena);
	for (size_t i = 0; i < m->envelope.rcpt_count; i++)
		map_put(set, msg_envelope_rcpt(m, i)->addr, m);
	return set;
}

static bool is_in_envelope(struct msg *m, const struct map *set, const struct mime_address *a)
{
	if (set != NULL)
		return a->addr.n > 0 && map_find(set, a->addr) != NULL;
	for (size_t i = 0; i < m->envelope.rcpt_count; i++)
		if (checks_same_address(a, msg_envelope_rcpt(m, i)))
			return true;
	return false;
}

static bool is_called_recipients(struct span name)
{
	return span_equal_nocase(name, SPAN("recipient")) ||
		span_equal_nocase(name, SPAN("recipients"));
}

/* Words that are no address are left out, unless there is nothing else. */
static struct tally count_recipients(struct scan *s, const struct mime_addresses *list)
{
	struct tally t = {.first = checks_first_address(list)};
	bool only_words = t.first != NULL && !checks_is_address(t.first);
	const struct map *many = envelope_recipients(s->msg);

	for (size_t i = 0; i < list->n; i++) {
		const struct mime_address *a = &list->v[i];
		struct span name = checks_name(a);

		if (!only_words && !checks_is_address(a))
			continue;
		t.all++;
		if (a->name.n > 0 && span_equal_nocase(a->name, a->addr))
			t.named_by_address++;
		else if (name.n > 0)
			t.named++;
		if (is_called_recipients(name))
			scan_add(s, TO_DN_RECIPIENTS);
		if (is_in_envelope(s->msg, many, a))
			t.in_envelope++;
	}
	return t;
}

static void tell_count(struct scan *s, size_t n)
{
	static const struct {
		size_t least;
		enum symbol symbol;
	} steps[] = {
		{50, RCPT_COUNT_GT_50},
		{12, RCPT_COUNT_TWELVE},
		{7, RCPT_COUNT_SEVEN},
		{5, RCPT_COUNT_FIVE},
		{3, RCPT_COUNT_THREE},
		{2, RCPT_COUNT_TWO},
		{1, RCPT_COUNT_ONE},
		{0, RCPT_COUNT_ZERO},
	};
	size_t i = 0;

	while (n < steps[i].least)
		i++;
	scan_add_printf(s, steps[i].symbol, 1, "%zu", n);
}

static void tell_names(struct scan *s, const struct tally *t)
{
	if (t->named_by_address > 0)
		scan_add(s, t->named_by_address == t->all ? TO_DN_EQ_ADDR_ALL : TO_DN_EQ_ADDR_SOME);
	if (t->named > 0)
		scan_add(s, t->named == t->all ? TO_DN_ALL : TO_DN_SOME);
	if (t->named == 0 && t->named_by_address == 0)
		scan_add(s, TO_DN_NONE);
}

static void compare_from(struct scan *s, const struct mime_address *to)
{
	const struct mime_address *from = checks_first_address(msg_from(s->msg));

	if (from == NULL)
		return;
	if (checks_same_address(to, from))
		scan_add(s, TO_EQ_FROM);
	else if (checks_same_domain(to, from))
		scan_add(s, TO_DOM_EQ_FROM_DOM);
}

static bool names_recipients(const struct mime_part *root)
{
	return mime_find_header(root, SPAN("To")) != NULL ||
		mime_find_header(root, SPAN("Cc")) != NULL ||
		mime_find_header(root, SPAN("Bcc")) != NULL;
}

static enum rc run(struct scan *s)
{
	struct tally t;

	if (!names_recipients(s->msg->mime->root))
		return RC_OK;
	t = count_recipients(s, msg_recipients(s->msg));
	tell_count(s, t.all);
	tell_names(s, &t);
	if (t.all == 1)
		compare_from(s, t.first);
	if (t.in_envelope > 0)
		scan_add(s, t.in_envelope == t.all ? TO_MATCH_ENVRCPT_ALL : TO_MATCH_ENVRCPT_SOME);
	return RC_OK;
}

const struct check check_to_cc = {
	.name = "to_cc",
	.help = "How many recipients the header names, how, and whether they get this copy.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
