/* winnow scan: verdicts as tables, lines or JSON. */
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>

#include "cli/inner.h"

struct scanning {
	const struct cli *cli;
	const struct serve_generation *generation;
	struct msg_envelope envelope;
	struct cli_answers answers;
	bool json, exit_code, single;
	size_t messages, spam, gaps;
};

/* The larger points first; equal ones by name. */
static int compare_hits(const void *left, const void *right)
{
	const struct scan_hit *a = *(const struct scan_hit *const *)left;
	const struct scan_hit *b = *(const struct scan_hit *const *)right;

	if (fabs(a->score) != fabs(b->score))
		return fabs(a->score) > fabs(b->score) ? -1 : 1;
	return span_compare(a->rule->name, b->rule->name);
}

const struct scan_hit **cli_sort_hits(struct arena *a, const struct scan_verdict *v)
{
	const struct scan_hit **hits = ARENA_ARRAY(a, const struct scan_hit *, v->hit_count);

	for (size_t i = 0; i < v->hit_count; i++)
		hits[i] = &v->hits[i];
	if (v->hit_count > 1)
		qsort(hits, v->hit_count, sizeof(*hits), compare_hits);
	return hits;
}

/* U+202A..202E and U+2066..2069 turn the order of what is shown: a name could hide its end. */
static bool is_bidi_control(struct span rest)
{
	unsigned char last = rest.n > 2 ? (unsigned char)rest.p[2] : 0;

	if (span_starts(rest, SPAN("\xe2\x80")))
		return last >= 0xaa && last <= 0xae;
	return span_starts(rest, SPAN("\xe2\x81")) && last >= 0xa6 && last <= 0xa9;
}

/* How many bytes at the start a terminal would obey, not show; 0: none. */
static size_t control_length(struct span rest)
{
	unsigned char c = (unsigned char)*rest.p;

	if (c < 0x20 || c == 0x7f)
		return 1;
	/* U+0080..009F */
	if (c == 0xc2 && rest.n > 1 && (unsigned char)rest.p[1] < 0xa0)
		return 2;
	return is_bidi_control(rest) ? 3 : 0;
}

void cli_print_safe(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = control_length(span_from_offset(text, i));

		if (n == 0)
			buf_add_byte(out, text.p[i++]);
		for (; n > 0; n--)
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i++]);
	}
}

void cli_print_evidence(struct buf *out, const struct scan_hit *hit)
{
	for (size_t i = 0; i < hit->evidence_count; i++) {
		if (i > 0)
			buf_add_string(out, ", ");
		cli_print_safe(out, hit->evidence[i]);
	}
}

double cli_points(double score)
{
	return score > -0.005 && score < 0.005 ? 0 : score;
}

static void print_points(struct buf *out, const struct scan_verdict *v)
{
	if (isnan(v->required))
		buf_printf(out, "%.2f", cli_points(v->score));
	else
		buf_printf(out, "%.2f / %.2f", cli_points(v->score), v->required);
}

static void print_table(struct buf *out, struct arena *a, const struct scan_verdict *v)
{
	const struct scan_hit **hits = cli_sort_hits(a, v);

	for (size_t i = 0; i < v->hit_count; i++) {
		buf_printf(out, "  %7.2f  %-28.*s ", cli_points(hits[i]->score),
			SPAN_ARG(hits[i]->rule->name));
		cli_print_safe(out, hits[i]->rule->description);
		if (hits[i]->evidence_count > 0) {
			buf_add_string(out, " [");
			cli_print_evidence(out, hits[i]);
			buf_add_byte(out, ']');
		}
		if (hits[i]->changed_by != NULL)
			buf_printf(out, " (%.2f, changed by %.*s)", cli_points(hits[i]->alone),
				SPAN_ARG(hits[i]->changed_by->name));
		if (hits[i]->capped_by.n > 0)
			buf_printf(out, " (%.2f, capped by group %.*s)", cli_points(hits[i]->alone),
				SPAN_ARG(hits[i]->capped_by));
		buf_add_byte(out, '\n');
	}
	for (size_t i = 0; i < v->gap_count; i++) {
		buf_printf(out, "  not checked: %s: %s (", v->gaps[i].check->name,
			rc_text(v->gaps[i].rc));
		cli_print_safe(out, v->gaps[i].why);
		buf_add_string(out, ")\n");
	}
}

/* With many messages: the symbols that count most, on the message's own line. */
static void print_line(struct buf *out, struct arena *a, const struct scan_verdict *v)
{
	enum { SHOWN = 4 };
	const struct scan_hit **hits = cli_sort_hits(a, v);

	for (size_t i = 0; i < v->hit_count && i < SHOWN && hits[i]->score != 0; i++)
		buf_printf(out, "%s%.*s(%.2f)", i == 0 ? "  " : " ", SPAN_ARG(hits[i]->rule->name),
			cli_points(hits[i]->score));
	buf_add_byte(out, '\n');
}

static void print_text(const struct scanning *s, struct arena *a, const struct cli_message *message,
	const struct scan_verdict *v, struct buf *out)
{
	cli_print_safe(out, cli_message_name(a, message));
	buf_printf(out, ": %.*s ", SPAN_ARG(v->action->name));
	print_points(out, v);
	if (!s->single) {
		print_line(out, a, v);
		return;
	}
	if (v->forced_by != NULL)
		buf_printf(out, " (forced by %s)", v->forced_by->name);
	buf_add_byte(out, '\n');
	cli_print_shares(out, v);
	print_table(out, a, v);
}

static void print_json(const struct scanning *s, struct msg *m, const struct cli_message *message,
	const struct scan_verdict *v, struct buf *out)
{
	bool virtual = !isnan(s->answers.now) || !span_is_null(s->answers.replay);
	struct json j;

	json_init(&j, out);
	json_open_object(&j);
	json_key(&j, "file");
	json_string(&j, message->path);
	if (message->number > 0) {
		json_key(&j, "number");
		json_int(&j, (int64_t)message->number);
	}
	scan_print_json(v, s->generation->scan, &j);
	scan_print_effects_json(scan_effects_make(v), v, &j);
	scan_print_content_json(v, false, &j);
	json_key(&j, "message-id");
	json_text(&j, span_is_null(msg_id(m)) ? SPAN("undef") : msg_id(m));
	/* a set clock stands still, so that the same answers give the same bytes */
	json_key(&j, "time_real");
	json_double(&j, virtual ? 0 : (double)v->microseconds / 1e6);
	json_close(&j);
	buf_add_byte(out, '\n');
}

static int scan_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	struct scanning *s = ctx;
	struct need_memo *memo = cli_make_memo(&s->answers, a);
	const struct scan_verdict *v;
	struct msg *m;
	struct buf out;

	if (memo == NULL)
		return CLI_FAILED;
	m = msg_make(a, &s->envelope, message->bytes);
	v = cli_scan(&s->answers, s->generation->scan, m, memo);
	buf_init(&out, a, 16 << 20);
	if (s->json)
		print_json(s, m, message, v, &out);
	else
		print_text(s, a, message, v, &out);
	cli_print(buf_span(&out));
	s->messages++;
	s->spam += scan_is_spam(v);
	s->gaps += v->gap_count > 0;
	if (!cli_write_record(&s->answers, a, memo))
		return CLI_FAILED;
	return s->exit_code && scan_is_spam(v) ? CLI_SPAM : CLI_DONE;
}

static void print_summary(const struct scanning *s)
{
	char text[160];
	struct buf out;

	buf_init(&out, s->cli->arena, sizeof(text));
	buf_printf(&out, "%zu messages, %zu spam", s->messages, s->spam);
	if (s->gaps > 0)
		buf_printf(&out, ", %zu not checked in full", s->gaps);
	buf_add_byte(&out, '\n');
	cli_print(buf_span(&out));
}

static int run_scan(struct cli *cli)
{
	struct scanning s = {.cli = cli,
		.json = cli_has(cli, "json"),
		.exit_code = cli_has(cli, "exit-code")};
	struct serve_generation *g;
	int status;

	if (cli->arguments.n == 0)
		return cli_usage(cli, "no message is named; - is standard input");
	s.single = cli_is_single(cli);
	if (!s.single && cli_has(cli, "record"))
		return cli_usage(cli, "--record is for one message");
	if (!cli_read_answers(cli, &s.answers))
		return CLI_FAILED;
	if (!cli_read_envelope(cli, &s.envelope))
		return CLI_USAGE;
	g = cli_load(cli);
	if (g == NULL)
		return CLI_FAILED;
	s.generation = g;
	/* without one, the verdicts name what they lack */
	(void)cli_open_network(cli, g, &s.answers);
	status = cli_each_message(cli, "scanning", scan_message, &s);
	cli_close_network(&s.answers);
	if (!s.single && !s.json && status != CLI_FAILED)
		print_summary(&s);
	serve_generation_free(g);
	return status;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	{"json", 0, NULL, false, "one JSON object a line, as Rspamd's /checkv2 replies and more"},
	{"exit-code", 0, NULL, false, "exit with 1 when a message is spam"},
	CLI_ENVELOPE_OPTIONS,
	CLI_ANSWER_OPTIONS,
};

const struct cli_command cli_command_scan = {
	.name = "scan",
	.summary = "judge messages",
	.arguments = "FILE|DIR|MBOX|-...",
	.about =
		"Judges messages and prints each verdict: the action, the score, and every symbol with\n"
		"its points and its evidence. Folders are walked, an mbox is taken apart. What could not\n"
		"be checked is named.",
	.examples =
		"winnow scan message.eml\tone message, every symbol\n"
		"winnow scan Maildir/cur\ta line for each message\n"
		"winnow scan --json --ip 192.0.2.1 --from a@example.org -\ta message from standard "
		"input, as JSON\n"
		"winnow scan --zone dns.txt --now 2026-11-22 message.eml\tas if DNS and the clock "
		"said so\n"
		"winnow scan --record answers message.eml\tkeep what the world answered\n"
		"winnow scan --replay answers message.eml\tthe same verdict again, from those answers",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_scan,
};
