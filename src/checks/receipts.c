/* Requests for a receipt that goes to somebody else than the sender. */
#include "checks/inner.h"

enum symbol { HEADER_FORGED_MDN, HEADER_RCONFIRM_MISMATCH };

static const struct scan_symbol symbols[] = {
	[HEADER_FORGED_MDN] = {.name = "HEADER_FORGED_MDN",
		.where = "Disposition-Notification-To",
		.score = 2.0,
		.group = "headers",
		.meaning = "A receipt is asked for at another address than the envelope sender",
		.explain =
			"Disposition-Notification-To asks for a note when the message is read, "
			"and none of its addresses is the envelope sender. RFC 8098 wants "
			"programs to be wary of that, for it makes others' mailboxes the target. "
			"Lists and services that rewrite the envelope sender do it to honest "
			"requests."},
	[HEADER_RCONFIRM_MISMATCH] = {.name = "HEADER_RCONFIRM_MISMATCH",
		.where = "X-Confirm-Reading-To",
		.score = 2.0,
		.group = "headers",
		.meaning = "A receipt is asked for at another address than From",
		.explain =
			"X-Confirm-Reading-To, the older way to ask for a note of reading, names "
			"another address than From. Spam tools fill both from different lists. "
			"Assistants who write for others do it rightly, but hardly any program "
			"still knows the field."},
};

/* An unknown sender can differ from nobody; the null sender of bounces differs from everybody. */
static bool is_forged_mdn(struct msg *m)
{
	const struct mime_address *sender = msg_envelope_from(m);
	const struct mime_addresses *list;

	if (mime_find_header(m->mime->root, SPAN("Disposition-Notification-To")) == NULL)
		return false;
	if (sender == NULL)
		return false;
	list = msg_addresses(m, SPAN("Disposition-Notification-To"));
	for (size_t i = 0; i < list->n; i++)
		if (checks_same_address(&list->v[i], sender))
			return false;
	return true;
}

static bool is_strange_confirmation(struct msg *m)
{
	const struct mime_address *from = checks_first_address(msg_from(m)), *to;

	if (from == NULL || mime_find_header(m->mime->root, SPAN("X-Confirm-Reading-To")) == NULL)
		return false;
	to = checks_first_address(msg_addresses(m, SPAN("X-Confirm-Reading-To")));
	return to != NULL && to->domain.n > 0 && !checks_same_address(to, from);
}

static enum rc run(struct scan *s)
{
	if (is_forged_mdn(s->msg))
		scan_add(s, HEADER_FORGED_MDN);
	if (is_strange_confirmation(s->msg))
		scan_add(s, HEADER_RCONFIRM_MISMATCH);
	return RC_OK;
}

const struct check check_receipts = {
	.name = "receipts",
	.help = "Requests for a receipt that goes to somebody else than the sender.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
