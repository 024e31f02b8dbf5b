/* A check that wishes for what a test has set, and the effects of it. */
#ifndef TESTS_SCAN_WISHING_H
#define TESTS_SCAN_WISHING_H

#include "fixed.h"

struct wish {
	enum scan_wish_kind kind;
	struct span name, value;
};

static const struct wish *wishing_list;
static size_t wishing_count;

static enum rc wishing_run(struct scan *s)
{
	for (size_t i = 0; i < wishing_count; i++)
		scan_wish(s, wishing_list[i].kind, wishing_list[i].name, wishing_list[i].value);
	return RC_OK;
}

static const struct check wishing_check = {.name = "wishing",
	.help = "Wishes.",
	.stage = SCAN_MAIN,
	.run = wishing_run};

static const struct check *const wishing_checks[] = {&fixed_check, &wishing_check};

static inline const struct scan_verdict *wishing_scan(struct scene *s, const char *conf,
	const struct msg_envelope *envelope, struct span message)
{
	scene_open(s, conf, wishing_checks, ARRAY_LEN(wishing_checks));
	return scan_whole(s->config, msg_make(s->a, envelope, message), need_memo_make(s->a, 0));
}

/*
 * A line each: "- NAME" or "- NAME 2" for a removal, "NAME: value" and "NAME@1: value" for a field (folds
 * as they are), then "subject", "sender", "+rcpt", "-rcpt", "note".
 */
static inline const char *wishing_tell(struct arena *a, const struct scan_effects *e)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	for (size_t i = 0; i < e->removal_count; i++) {
		buf_printf(&out, "- %.*s", SPAN_ARG(e->removals[i].name));
		if (e->removals[i].nth != 0)
			buf_printf(&out, " %d", e->removals[i].nth);
		buf_add_byte(&out, '\n');
	}
	for (size_t i = 0; i < e->field_count; i++) {
		buf_add(&out, e->fields[i].name);
		if (e->fields[i].place >= 0)
			buf_printf(&out, "@%d", e->fields[i].place);
		buf_printf(&out, ": %.*s\n", SPAN_ARG(e->fields[i].value));
	}
	if (!span_is_null(e->subject))
		buf_printf(&out, "subject %.*s\n", SPAN_ARG(e->subject));
	if (!span_is_null(e->sender))
		buf_printf(&out, "sender <%.*s>\n", SPAN_ARG(e->sender));
	for (size_t i = 0; i < e->add_rcpt_count; i++)
		buf_printf(&out, "+rcpt %.*s\n", SPAN_ARG(e->add_rcpts[i]));
	for (size_t i = 0; i < e->drop_rcpt_count; i++)
		buf_printf(&out, "-rcpt %.*s\n", SPAN_ARG(e->drop_rcpts[i]));
	for (size_t i = 0; i < e->note_count; i++)
		buf_printf(&out, "note %.*s\n", SPAN_ARG(e->notes[i]));
	return arena_string(a, buf_span(&out));
}

#endif
