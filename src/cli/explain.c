/* winnow explain: a verdict, or a symbol, in plain words. */
#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/inner.h"

struct explaining {
	const struct cli *cli;
	const struct serve_generation *generation;
	struct msg_envelope envelope;
	struct cli_answers answers;
};

/* ---- a message ---- */

static void print_head(struct buf *out, struct msg *m, struct span name)
{
	static const char *const shown[] = {"From", "To", "Subject", "Date"};

	cli_print_safe(out, name);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		struct mime_header *h = mime_find_header(m->mime->root, span_of(shown[i]));

		if (h == NULL)
			continue;
		buf_printf(out, "  %-8s ", shown[i]);
		cli_print_safe(out, span_slice(mime_header_text(m->mime, h), 0, 200));
		buf_add_byte(out, '\n');
	}
	buf_add_byte(out, '\n');
}

/* What an action does to the mail, for people. */
static const char *tell_action(struct span action)
{
	static const struct {
		const char *name, *words;
	} table[] = {
		{"no action", "delivered as it is"},
		{"greylist",
			"delivered; with greylisting an unknown sender would have to come again"},
		{"add header", "delivered and marked as spam"},
		{"rewrite subject", "delivered with a changed subject"},
		{"quarantine", "held back by the mail server"},
		{"soft reject", "refused for now, so that the sender tries again"},
		{"discard", "taken and thrown away"},
		{"reject", "refused"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (span_equal(action, span_of(table[i].name)))
			return table[i].words;
	return "delivered";
}

/* The first threshold above the score, if there is one. */
static const struct scan_action *find_next_action(const struct scan_verdict *v)
{
	const struct scan_action *next = NULL;

	for (size_t i = 0; i < v->action_count; i++)
		if (v->actions[i]->has_threshold && v->actions[i]->threshold > v->score &&
			(next == NULL || v->actions[i]->threshold < next->threshold))
			next = v->actions[i];
	return next;
}

static void print_verdict(struct buf *out, const struct scan_verdict *v)
{
	const struct scan_action *next = find_next_action(v);

	buf_printf(out, "Verdict: %.*s. The message would be %s.\n", SPAN_ARG(v->action->name),
		tell_action(v->action->name));
	if (v->forced_by != NULL)
		buf_printf(out, "The check %s forces this whatever the score. ",
			v->forced_by->name);
	buf_printf(out, "It scores %.2f points.", cli_points(v->score));
	if (v->forced_by == NULL && v->action->has_threshold)
		buf_printf(out, " From %.2f on the action is %.*s.", v->action->threshold,
			SPAN_ARG(v->action->name));
	if (v->forced_by == NULL && next != NULL)
		buf_printf(out, " From %.2f on it would be %.*s.", next->threshold,
			SPAN_ARG(next->name));
	buf_add_string(out, "\n");
	if (v->is_skipped)
		buf_add_string(out,
			"Its settings say that it is wanted: nothing was looked for.\n");
	cli_print_shares(out, v);
}

/* From 1, as editors count. */
static size_t line_of(const struct mime *m, const char *at)
{
	struct span before = span_from(m->bytes.p, (size_t)(at - m->bytes.p));

	return 1 + span_count_byte(before, m->line_end == MIME_CR ? '\r' : '\n');
}

/* The header field that the symbol is about, as it stands in the message. */
static void print_place(struct buf *out, const struct msg *m, const struct scan_hit *hit)
{
	enum { SHOWN = 120 };
	struct span line, rest;
	const char *where = hit->rule->row != NULL ? hit->rule->row->where : NULL;
	const struct mime_header *h;

	if (where == NULL)
		return;
	h = mime_find_header(m->mime->root, span_of(where));
	if (h == NULL)
		return;
	/* its first line says enough to find it */
	rest = h->line;
	if (!span_next_line(&rest, &line))
		return;
	buf_printf(out, "          line %zu: ", line_of(m->mime, h->line.p));
	cli_print_safe(out, span_slice(span_trim_end(line), 0, SHOWN));
	buf_add_string(out, line.n > SHOWN || rest.n > 0 ? " ...\n" : "\n");
}

static void print_hit(struct buf *out, const struct msg *m, const struct scan_hit *hit)
{
	buf_printf(out, "  %+6.2f  %.*s: ", cli_points(hit->score), SPAN_ARG(hit->rule->name));
	cli_print_safe(out, hit->rule->description);
	buf_add_byte(out, '\n');
	print_place(out, m, hit);
	if (hit->evidence_count > 0) {
		buf_add_string(out, "          found: ");
		cli_print_evidence(out, hit);
		buf_add_byte(out, '\n');
	}
	if (hit->changed_by != NULL)
		buf_printf(out, "          alone it counts %.2f; the composite %.*s took %s away\n",
			hit->alone, SPAN_ARG(hit->changed_by->name),
			hit->removed ? "it" : "its points");
	if (hit->capped_by.n > 0)
		buf_printf(out,
			"          alone it counts %.2f; the cap of the group %.*s is reached\n",
			hit->alone, SPAN_ARG(hit->capped_by));
	if (!span_equal(hit->rule->origin, SPAN("default")))
		buf_printf(out, "          its score was set in %.*s\n",
			SPAN_ARG(hit->rule->origin));
}

static bool is_against(const struct scan_hit *hit)
{
	return hit->score > 0;
}

static bool is_for(const struct scan_hit *hit)
{
	return hit->score < 0;
}

static bool is_changed(const struct scan_hit *hit)
{
	return hit->score == 0 && hit->alone != 0;
}

static void print_hits(struct buf *out, const struct msg *m, const struct scan_verdict *v,
	const char *title, bool (*wanted)(const struct scan_hit *hit))
{
	const struct scan_hit **hits = cli_sort_hits(m->arena, v);
	bool any = false;

	for (size_t i = 0; i < v->hit_count; i++) {
		if (!wanted(hits[i]))
			continue;
		if (!any)
			buf_printf(out, "\n%s\n", title);
		any = true;
		print_hit(out, m, hits[i]);
	}
}

static void print_information(struct buf *out, struct arena *a, const struct scan_verdict *v)
{
	const struct scan_hit **hits = cli_sort_hits(a, v);
	bool any = false;

	for (size_t i = 0; i < v->hit_count; i++) {
		if (hits[i]->score != 0 || hits[i]->alone != 0)
			continue;
		buf_add_string(out, any ? "" : "\nWithout points, for information:\n");
		any = true;
		buf_printf(out, "  %.*s", SPAN_ARG(hits[i]->rule->name));
		if (hits[i]->evidence_count > 0) {
			buf_add_string(out, " [");
			cli_print_evidence(out, hits[i]);
			buf_add_byte(out, ']');
		}
		buf_add_string(out, ": ");
		cli_print_safe(out, hits[i]->rule->description);
		buf_add_byte(out, '\n');
	}
}

static void print_gaps(struct buf *out, const struct scan_verdict *v)
{
	if (v->gap_count == 0) {
		buf_add_string(out, "\nEvery enabled check could be finished.\n");
		return;
	}
	buf_add_string(out, "\nNot checked:\n");
	for (size_t i = 0; i < v->gap_count; i++) {
		buf_printf(out, "  %s: %s (", v->gaps[i].check->name, rc_text(v->gaps[i].rc));
		cli_print_safe(out, v->gaps[i].why);
		buf_add_string(out, ")\n");
	}
}

static void print_oddities(struct buf *out, const struct msg *m)
{
	uint64_t defects = mime_defects(m->mime);

	if (defects == 0)
		return;
	buf_add_string(out, "\nOdd about its form (without points of its own):\n");
	for (unsigned bit = 0; bit < MIME_DEFECT_COUNT; bit++)
		if ((defects & (UINT64_C(1) << bit)) != 0)
			buf_printf(out, "  %s: %s\n", mime_defect_name(bit),
				mime_defect_meaning(bit));
}

/* The lines that would change the score most, each with what it would come to. */
static void print_changes(struct buf *out, struct arena *a, const struct scan_verdict *v)
{
	enum { SHOWN = 5 };
	const struct scan_hit **hits = cli_sort_hits(a, v);
	int shown = 0;

	/* a forced action does not depend on points */
	if (v->forced_by != NULL)
		return;
	for (size_t i = 0; i < v->hit_count && shown < SHOWN && hits[i]->score != 0; i++) {
		const struct scan_verdict *then = scan_what_if(v, hits[i]->rule);

		/* where a cap is used up, others take the place of what is taken away */
		if (fabs(then->score - v->score) < 0.005)
			continue;
		if (shown++ == 0)
			buf_add_string(out,
				"\nLines that would change it, in local.d/groups.conf:\n");
		buf_printf(out,
			"  symbols { \"%.*s\" { score = 0; } }\n          then %.2f points: %.*s\n",
			SPAN_ARG(hits[i]->rule->name), then->score, SPAN_ARG(then->action->name));
	}
}

static int explain_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	struct explaining *e = ctx;
	const struct scan_config *config = e->generation->scan;
	struct need_memo *memo = cli_make_memo(&e->answers, a);
	const struct scan_verdict *v;
	struct msg *m;
	struct buf out;

	if (memo == NULL)
		return CLI_FAILED;
	m = msg_make(a, &e->envelope, message->bytes);
	v = cli_scan(&e->answers, config, m, memo);
	buf_init(&out, a, 16 << 20);
	print_head(&out, m, cli_message_name(a, message));
	print_verdict(&out, v);
	print_hits(&out, m, v, "Against it:", is_against);
	print_hits(&out, m, v, "For it:", is_for);
	print_hits(&out, m, v, "Found, but no longer counted:", is_changed);
	print_information(&out, a, v);
	cli_print_auth(&out, e->generation, &e->answers, m, memo);
	print_oddities(&out, m);
	print_gaps(&out, v);
	print_changes(&out, a, v);
	cli_print(buf_span(&out));
	return cli_write_record(&e->answers, a, memo) ? CLI_DONE : CLI_FAILED;
}

/* ---- a symbol ---- */

static void print_groups(struct buf *out, const struct scan_rule *rule)
{
	for (size_t i = 0; i < rule->group_count; i++)
		buf_printf(out, "%s%.*s", i == 0 ? "  Groups:      " : ", ",
			SPAN_ARG(rule->groups[i]));
	if (rule->group_count > 0)
		buf_add_byte(out, '\n');
}

static void print_symbol(struct buf *out, const struct scan_config *config,
	const struct scan_rule *rule)
{
	buf_printf(out, "%.*s: %.*s\n\n", SPAN_ARG(rule->name), SPAN_ARG(rule->description));
	if (rule->row != NULL && rule->row->explain != NULL)
		buf_printf(out, "%s\n\n", rule->row->explain);
	if (!span_is_null(rule->composite))
		buf_printf(out, "A composite, true when: %.*s\n\n", SPAN_ARG(rule->composite));
	if (rule->row != NULL && rule->row->kind == SCAN_CALLBACK)
		buf_printf(out,
			"  It stands for the whole check %s and is never in a verdict itself.\n",
			rule->check->name);
	else
		buf_printf(out, "  Points:      %.2f (set in: %.*s)%s\n", rule->score,
			SPAN_ARG(rule->origin), rule->one_shot ? ", once a message" : "");
	print_groups(out, rule);
	if (rule->check != NULL)
		buf_printf(out, "  Check:       %s: %s\n", rule->check->name, rule->check->help);
	if (!rule->enabled || (rule->check != NULL && !scan_config_enabled(config, rule->check)))
		buf_add_string(out, "  It is switched off by your configuration.\n");
	buf_printf(out,
		"\nTo change its points:  symbols { \"%.*s\" { score = 1.5; } }"
		"   in local.d/groups.conf\n",
		SPAN_ARG(rule->name));
	if (!span_is_null(rule->composite))
		buf_printf(out,
			"To switch it off:      %.*s { enabled = false; }   in local.d/composites.conf\n",
			SPAN_ARG(rule->name));
	else
		buf_printf(out, "To switch it off:      enabled = false;   in local.d/%.*s.conf\n",
			SPAN_ARG(rule->name));
	if (rule->check != NULL)
		buf_printf(out,
			"To switch off all of its check:   enabled = false;   in local.d/%s.conf\n",
			rule->check->name);
}

static bool looks_like_symbol(const char *word)
{
	for (const char *p = word; *p != '\0'; p++)
		if (!byte_is_digit(*p) && *p != '_' && !(*p >= 'A' && *p <= 'Z'))
			return false;
	return *word != '\0' && access(word, F_OK) == -1;
}

static int explain_symbol(const struct cli *cli, const struct scan_config *config, const char *word)
{
	const struct scan_rule *rule = scan_config_find_rule(config, span_of(word));
	const struct scan_rule *const *rules, *nearest = NULL;
	size_t n, best = SIZE_MAX;
	struct buf out;

	buf_init(&out, cli->arena, 64 << 10);
	if (rule != NULL) {
		print_symbol(&out, config, rule);
		cli_print(buf_span(&out));
		return CLI_DONE;
	}
	rules = scan_config_rules(config, &n);
	for (size_t i = 0; i < n; i++) {
		size_t d = num_edit_distance(span_of(word), rules[i]->name);

		if (d < best) {
			best = d;
			nearest = rules[i];
		}
	}
	if (nearest != NULL && best <= strlen(word) / 2)
		cli_complain("there is no symbol and no file %s; did you mean %.*s?", word,
			SPAN_ARG(nearest->name));
	else
		cli_complain(
			"there is no symbol and no file %s; winnow reference symbols lists them",
			word);
	return CLI_FAILED;
}

static int run_explain(struct cli *cli)
{
	struct explaining e = {.cli = cli};
	struct serve_generation *g;
	int status;

	if (cli->arguments.n != 1)
		return cli_usage(cli, "name one message or one symbol");
	if (!cli_read_answers(cli, &e.answers))
		return CLI_FAILED;
	if (!cli_read_envelope(cli, &e.envelope))
		return CLI_USAGE;
	g = cli_load(cli);
	if (g == NULL)
		return CLI_FAILED;
	e.generation = g;
	if (looks_like_symbol(cli->arguments.v[0])) {
		status = explain_symbol(cli, g->scan, cli->arguments.v[0]);
	} else {
		/* without one, the verdict names what it lacks */
		(void)cli_open_network(cli, g, &e.answers);
		status = cli_each_message(cli, "explaining", explain_message, &e);
		cli_close_network(&e.answers);
	}
	serve_generation_free(g);
	return status;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	CLI_ENVELOPE_OPTIONS,
	CLI_ANSWER_OPTIONS,
};

const struct cli_command cli_command_explain = {
	.name = "explain",
	.summary = "why a message is judged so, or what a symbol means",
	.arguments = "FILE|SYMBOL",
	.about =
		"Tells in plain words why a message gets its verdict: what was found and where, what each\n"
		"finding counts, what could not be checked, and which lines of configuration would\n"
		"change the score. With the name of a symbol: what it looks at, what it counts and how\n"
		"to change that.",
	.examples =
		"winnow explain message.eml\twhy this message is judged so\n"
		"winnow explain MISSING_MID\twhat this symbol means and how to change it\n"
		"winnow explain --ip 192.0.2.1 --from a@example.org message.eml\twith what the mail "
		"server knew",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_explain,
};
