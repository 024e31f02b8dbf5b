/* What recipients with settings of their own get, for people. */
#include "cli/cli.h"

#include "cli/inner.h"

enum { RCPTS_SHOWN = 5 };

/* "a@example.org, b@example.org, 3 more" */
static void print_rcpts(struct buf *out, const struct msg *m, const struct scan_share *share)
{
	for (size_t i = 0; i < share->rcpt_count && i < RCPTS_SHOWN; i++) {
		buf_add_string(out, i == 0 ? "" : ", ");
		cli_print_safe(out, m->envelope.rcpts[share->rcpts[i]]);
	}
	if (share->rcpt_count > RCPTS_SHOWN)
		buf_printf(out, ", %zu more", share->rcpt_count - RCPTS_SHOWN);
}

void cli_print_shares(struct buf *out, const struct scan_verdict *v)
{
	const struct msg *m = scan_verdict_msg(v);

	if (v->share_count == 0) {
		if (!span_is_null(v->settings))
			buf_printf(out, "It is judged by the settings %.*s.\n",
				SPAN_ARG(v->settings));
		return;
	}
	buf_add_string(out,
		"Its recipients have different settings; the mail server gets the mildest answer:\n");
	for (size_t i = 0; i < v->share_count; i++) {
		const struct scan_verdict *own = v->shares[i].verdict;

		buf_printf(out, "  %s %.*s (%.2f points", i == 0 ? "*" : " ",
			SPAN_ARG(own->action->name), cli_points(own->score));
		if (!span_is_null(own->settings))
			buf_printf(out, ", settings %.*s", SPAN_ARG(own->settings));
		buf_add_string(out, ") for ");
		print_rcpts(out, m, &v->shares[i]);
		buf_add_byte(out, '\n');
	}
}
