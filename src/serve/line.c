/* The one line that the log has of a message. */
#include "serve/serve.h"

#include <math.h>

#include "serve/inner.h"

/*
 * A line is cut at 4 KiB: no word of the message may be so long that it pushes the verdict out. The
 * symbols come last, for there may be many.
 */
enum { WORD_MOST = 200, LINE_MOST = 4000 };

/*
 * A word of the message. Blanks, quotes and brackets are escaped, so that it ends where it seems to end;
 * control bytes too, which the log would do itself.
 */
static void print_word(struct buf *out, struct span word)
{
	struct span shown = span_slice(word, 0, WORD_MOST);

	for (size_t i = 0; i < shown.n; i++) {
		unsigned char c = (unsigned char)shown.p[i];

		if (c <= ' ' || c == 0x7f || span_has_byte(SPAN("\"\\<>[]"), (char)c))
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_byte(out, (char)c);
	}
	if (shown.n < word.n)
		buf_add_string(out, "...");
}

static void print_known(struct buf *out, const char *name, struct span word)
{
	if (span_is_null(word))
		return;
	buf_printf(out, " %s=", name);
	print_word(out, word);
}

static void print_bracketed(struct buf *out, const char *name, struct span word)
{
	if (span_is_null(word))
		return;
	buf_printf(out, " %s=<", name);
	print_word(out, word);
	buf_add_byte(out, '>');
}

/* "-0.00" would puzzle a reader. */
static double tidy(double score)
{
	return fabs(score) < 0.005 ? 0 : score;
}

static void print_symbols(struct buf *out, const struct scan_verdict *v)
{
	const char *before = "";

	buf_add_string(out, " symbols=[");
	for (size_t i = 0; i < v->hit_count; i++) {
		if (v->hits[i].removed && v->hits[i].score == 0)
			continue;
		buf_printf(out, "%s%.*s(%.2f)", before, SPAN_ARG(v->hits[i].rule->name),
			tidy(v->hits[i].score));
		before = " ";
	}
	buf_add_byte(out, ']');
}

/* What could not be checked: a score without it may be too low. */
static void print_gaps(struct buf *out, const struct scan_verdict *v)
{
	if (v->gap_count == 0)
		return;
	buf_add_string(out, " not_checked=[");
	for (size_t i = 0; i < v->gap_count; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : " ", v->gaps[i].check->name);
	buf_add_byte(out, ']');
}

struct span serve_print_line(struct arena *a, const struct serve_line *line)
{
	const struct scan_verdict *v = line->verdict;
	const struct msg_envelope *e = &line->msg->envelope;
	struct buf out;

	buf_init(&out, a, LINE_MOST);
	print_word(&out, span_is_null(e->queue_id) ? SPAN("-") : e->queue_id);
	buf_printf(&out, ": action=\"%.*s\" score=%.2f", SPAN_ARG(v->action->name), tidy(v->score));
	if (!isnan(v->required))
		buf_printf(&out, "/%.2f", v->required);
	print_bracketed(&out, "message-id", msg_id(line->msg));
	print_known(&out, "ip", e->address);
	print_known(&out, "user", e->user);
	print_bracketed(&out, "from", e->from);
	buf_printf(&out, " rcpts=%zu size=%zu%s ms=%.1f", line->rcpt_count, line->msg->bytes.n,
		line->is_cut ? "(cut)" : "", (double)line->microseconds / 1000);
	print_gaps(&out, v);
	print_symbols(&out, v);
	return buf_span(&out);
}
