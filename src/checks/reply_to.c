/* Reply-To: where an answer goes, compared with who wrote and who was written to. */
#include "checks/inner.h"

/* RFC 5321 section 4.5.3.1 */
enum { LOCAL_MOST = 64, DOMAIN_MOST = 255 };

enum symbol {
	CHECK_REPLYTO,
	HAS_REPLYTO,
	REPLYTO_UNPARSEABLE,
	REPLYTO_INVALID,
	REPLYTO_LOCALPART_LONG,
	REPLYTO_DOMAIN_LONG,
	REPLYTO_EQ_FROM,
	REPLYTO_ADDR_EQ_FROM,
	REPLYTO_DN_EQ_FROM_DN,
	REPLYTO_DOM_EQ_FROM_DOM,
	REPLYTO_DOM_NEQ_FROM_DOM,
	REPLYTO_DOM_EQ_TO_DOM,
	REPLYTO_DOM_NEQ_TO_DOM,
	REPLYTO_EQ_TO_ADDR,
	REPLYTO_EMAIL_HAS_TITLE,
};

static const struct scan_symbol symbols[] = {
	[CHECK_REPLYTO] = {.name = "CHECK_REPLYTO",
		.score = 0,
		.group = "headers",
		.meaning = "Compares Reply-To with From and To",
		.explain = "Stands for this whole check, to switch it off by; it is never added "
			   "itself.",
		.kind = SCAN_CALLBACK},
	[HAS_REPLYTO] = {.name = "HAS_REPLYTO",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "There is a Reply-To",
		.explain = "Answers go to the address that is shown. Lists, newsletters and ticket "
			   "systems use Reply-To every day, so it counts nothing alone."},
	[REPLYTO_UNPARSEABLE] = {.name = "REPLYTO_UNPARSEABLE",
		.where = "Reply-To",
		.score = 1.0,
		.group = "headers",
		.meaning = "No address can be found in Reply-To",
		.explain =
			"Reply-To is empty or holds no address. Spam tools leave their template's "
			"field unfilled. A web form that passes on what a visitor typed does it "
			"too: have it check the address."},
	[REPLYTO_INVALID] = {.name = "REPLYTO_INVALID",
		.where = "Reply-To",
		.score = 1.0,
		.group = "headers",
		.meaning = "The address in Reply-To is not valid",
		.explain =
			"The address breaks the syntax of RFC 5321, so that an answer could not "
			"be delivered. Generated addresses go wrong that way, and so do web forms "
			"that do not check what a visitor types."},
	[REPLYTO_LOCALPART_LONG] = {.name = "REPLYTO_LOCALPART_LONG",
		.where = "Reply-To",
		.score = 2.0,
		.group = "headers",
		.meaning = "The part before the @ in Reply-To is over 64 bytes long",
		.explain =
			"RFC 5321 allows 64 bytes before the @. Longer ones are made by tools "
			"that hide a tracking number in the address. A few newsletter services do "
			"so as well and should be told, for many servers refuse such an address."},
	[REPLYTO_DOMAIN_LONG] = {.name = "REPLYTO_DOMAIN_LONG",
		.where = "Reply-To",
		.score = 2.0,
		.group = "headers",
		.meaning = "The domain in Reply-To is over 255 bytes long",
		.explain =
			"No domain can be longer than 255 bytes (RFC 5321), so nobody could "
			"answer. It is either an attempt to upset programs or a broken sender; no "
			"wanted mail is known to do it."},
	[REPLYTO_EQ_FROM] = {.name = "REPLYTO_EQ_FROM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To is written exactly as From",
		.explain =
			"Both fields hold the same text, so Reply-To says nothing new. Many mail "
			"programs do it. It counts nothing alone and tells other rules that the "
			"answer stays with the sender."},
	[REPLYTO_ADDR_EQ_FROM] = {.name = "REPLYTO_ADDR_EQ_FROM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To has the same address as From",
		.explain = "The address is the same, though the name or its writing differs. It "
			   "counts nothing alone and tells other rules that the answer stays with "
			   "the sender."},
	[REPLYTO_DN_EQ_FROM_DN] = {.name = "REPLYTO_DN_EQ_FROM_DN",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To has the same display name as From",
		.explain = "The names are equal, or both are missing. Beside another domain it can "
			   "mean that an answer is led astray under the same name; people with "
			   "several addresses do it too. It counts nothing alone."},
	[REPLYTO_DOM_EQ_FROM_DOM] = {.name = "REPLYTO_DOM_EQ_FROM_DOM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To is in the domain of From",
		.explain =
			"Another address of the same domain gets the answers, as with newsletters "
			"and support desks. It counts nothing alone."},
	[REPLYTO_DOM_NEQ_FROM_DOM] = {.name = "REPLYTO_DOM_NEQ_FROM_DOM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To is in another domain than From",
		.explain = "Answers leave the domain of the sender. Fraud that borrows somebody's "
			   "address needs this to get the answer, but lists and bulk mail services "
			   "do it every day. It counts nothing alone; rules that join several "
			   "symbols ask for it."},
	[REPLYTO_DOM_EQ_TO_DOM] = {.name = "REPLYTO_DOM_EQ_TO_DOM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To is in the domain of the first recipient",
		.explain = "Answers go to the recipient's own domain, as in mail through a list of "
			   "that domain. It counts nothing alone."},
	[REPLYTO_DOM_NEQ_TO_DOM] = {.name = "REPLYTO_DOM_NEQ_TO_DOM",
		.where = "Reply-To",
		.score = 0,
		.group = "headers",
		.meaning = "Reply-To is in another domain than the first recipient",
		.explain =
			"Answers leave the recipient's domain, as in most mail between strangers. "
			"It counts nothing alone."},
	[REPLYTO_EQ_TO_ADDR] = {.name = "REPLYTO_EQ_TO_ADDR",
		.where = "Reply-To",
		.score = 5.0,
		.group = "headers",
		.meaning = "Reply-To is the recipient's own address",
		.explain =
			"The message comes from one domain and asks to answer to the very address "
			"that it was sent to. Spam does so to look like an answer or like mail "
			"from oneself. Lists and automatic mail that say what they are do not "
			"count; a contact form that sends to its own mailbox may need an "
			"exception."},
	[REPLYTO_EMAIL_HAS_TITLE] = {.name = "REPLYTO_EMAIL_HAS_TITLE",
		.where = "Reply-To",
		.score = 2.0,
		.group = "headers",
		.meaning = "The address in Reply-To begins with the title in the name of From",
		.explain =
			"From calls itself Mr, Mrs or Dr, and the address for answers begins with "
			"the same letters, as in mrs.rich@example.com. Letters about inheritances "
			"are signed like that. Some doctors' practices are as well; allow them by "
			"their address."},
};

/* Lists and robots may well ask for answers to the address that they write to. */
static bool is_list_or_robot(const struct mime_part *root)
{
	static const struct span marks[] = {
		SPAN_INIT("List-Unsubscribe"),
		SPAN_INIT("X-To-Get-Off-This-List"),
		SPAN_INIT("X-List"),
		SPAN_INIT("Auto-Submitted"),
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (mime_find_header(root, marks[i]) != NULL)
			return true;
	return false;
}

static void look_at_syntax(struct scan *s, const struct mime_address *reply)
{
	bool long_local = reply->local.n > LOCAL_MOST, long_domain = reply->domain.n > DOMAIN_MOST;

	scan_add_text(s, HAS_REPLYTO, 1, reply->addr);
	if (long_local)
		scan_add(s, REPLYTO_LOCALPART_LONG);
	if (long_domain)
		scan_add(s, REPLYTO_DOMAIN_LONG);
	if (!reply->valid && !long_local && !long_domain)
		scan_add(s, REPLYTO_INVALID);
}

static void compare_recipient(struct scan *s, const struct mime_address *reply)
{
	const struct mime_address *to = checks_first_address(msg_recipients(s->msg));

	if (to == NULL || to->domain.n == 0)
		return;
	if (checks_same_domain(reply, to))
		scan_add(s, REPLYTO_DOM_EQ_TO_DOM);
	else
		scan_add(s, REPLYTO_DOM_NEQ_TO_DOM);
}

static void compare_domains(struct scan *s, const struct mime_address *reply,
	const struct mime_address *from)
{
	const struct mime_address *to = checks_first_address(msg_recipients(s->msg));

	if (checks_same_domain(reply, from))
		scan_add(s, REPLYTO_DOM_EQ_FROM_DOM);
	else if (to == NULL || !checks_same_address(reply, to))
		scan_add(s, REPLYTO_DOM_NEQ_FROM_DOM);
	else if (!is_list_or_robot(s->msg->mime->root))
		scan_add(s, REPLYTO_EQ_TO_ADDR);
}

static void compare_from(struct scan *s, const struct mime_header *field,
	const struct mime_address *reply, const struct mime_address *from)
{
	const struct mime_header *from_field = mime_find_header(s->msg->mime->root, SPAN("From"));
	struct span title = checks_find_title(from->name);

	if (!span_is_null(title) && span_starts_nocase(reply->addr, title))
		scan_add(s, REPLYTO_EMAIL_HAS_TITLE);
	if (from_field != NULL && span_equal(field->value, from_field->value)) {
		scan_add(s, REPLYTO_EQ_FROM);
		return;
	}
	if (checks_same_address(reply, from))
		scan_add(s, REPLYTO_ADDR_EQ_FROM);
	else
		compare_domains(s, reply, from);
	if (span_equal_nocase(reply->name, from->name))
		scan_add(s, REPLYTO_DN_EQ_FROM_DN);
}

static enum rc run(struct scan *s)
{
	const struct mime_header *field = mime_find_header(s->msg->mime->root, SPAN("Reply-To"));
	const struct mime_address *reply, *from;

	if (field == NULL)
		return RC_OK;
	reply = checks_first_address(msg_reply_to(s->msg));
	if (reply == NULL || reply->addr.n == 0 || !checks_is_address(reply)) {
		scan_add(s, REPLYTO_UNPARSEABLE);
		return RC_OK;
	}
	look_at_syntax(s, reply);
	compare_recipient(s, reply);
	from = checks_first_address(msg_from(s->msg));
	if (from != NULL)
		compare_from(s, field, reply, from);
	return RC_OK;
}

const struct check check_reply_to = {
	.name = "reply_to",
	.help = "Where an answer would go, beside who wrote and who was written to.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
