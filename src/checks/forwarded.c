/* Mail that was delivered once before it came here: through a list or a forwarder. */
#include "checks/inner.h"

enum symbol { PREVIOUSLY_DELIVERED };

static const struct scan_symbol symbols[] = {
	[PREVIOUSLY_DELIVERED] = {.name = "PREVIOUSLY_DELIVERED",
		.where = "To",
		.score = 0,
		.group = "headers",
		.meaning = "An earlier server took it for a recipient of the header",
		.explain =
			"The newest Received field that names a recipient names one of To or Cc, "
			"which is shown: the message was delivered there and sent on by a list or "
			"a forwarder. It counts nothing alone; SPF and the like often fail for "
			"such mail without the sender's fault."},
};

/* The recipient of the newest hop that tells one; the null span when none does. */
static struct span find_recipient(const struct msg_hops *hops)
{
	for (size_t i = 0; i < hops->n; i++)
		if (hops->v[i].for_address.n > 0)
			return hops->v[i].for_address;
	return span_from(NULL, 0);
}

static enum rc run(struct scan *s)
{
	const struct mime_addresses *rcpts = msg_recipients(s->msg);
	struct span told = find_recipient(msg_hops(s->msg));

	for (size_t i = 0; told.n > 0 && i < rcpts->n; i++) {
		if (span_equal_nocase(rcpts->v[i].addr, told)) {
			scan_add_text(s, PREVIOUSLY_DELIVERED, 1, arena_lower(s->arena, told));
			break;
		}
	}
	return RC_OK;
}

const struct check check_forwarded = {
	.name = "forwarded",
	.help = "Mail that was delivered once before it came here.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
