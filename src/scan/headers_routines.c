/*
 * The routines of milter_headers, each a row: what it may be told, and how it writes its field. The forms
 * are Rspamd's, so that sieve scripts and statistics that read them go on working.
 */
#include "scan/headers.h"

#include <math.h>
#include <unistd.h>

/* A bar has no blank to be folded at: with its name it must stay within SCAN_LINE_MOST. */
enum { BAR_MOST = 850, REMOVE_MOST = 1000 };

/* ---- what they are told ---- */

#define HEADER(name) CONF_STRING(struct scan_routine, header, "header", name, "The header field.")
#define REMOVE                                                                                      \
	CONF_INT(struct scan_routine, remove, "remove", "0", -REMOVE_MOST, REMOVE_MOST,             \
		"Which fields of this name that came with the message are taken out: 0 all, 1 the " \
		"first, -1 the last.")
#define FOLDING                                                                                    \
	CONF_NODE(struct scan_routine, ignored, "stop_chars",                                      \
		"Accepted for Rspamd's sake: where lines are broken follows from the field.")

static const struct conf_option spamd_bar_rows[] = {
	HEADER("X-Spamd-Bar"),
	REMOVE,
	CONF_STRING(struct scan_routine, positive, "positive", "+", "For each point from 1 on."),
	CONF_STRING(struct scan_routine, negative, "negative", "-", "For each point from -1 down."),
	CONF_STRING(struct scan_routine, neutral, "neutral", "/", "For scores between."),
};

static const struct conf_option spam_level_rows[] = {
	HEADER("X-Spam-Level"),
	REMOVE,
	CONF_STRING(struct scan_routine, mark, "char", "*",
		"For each point; no field below one point."),
};

static const struct conf_option spam_status_rows[] = {HEADER("X-Spam-Status"), REMOVE};

static const struct conf_word sorting_words[] = {
	{"score", SCAN_SORT_SCORE},
	{"name", SCAN_SORT_NAME},
};

static const struct conf_option spamd_result_rows[] = {
	HEADER("X-Spamd-Result"),
	REMOVE,
	FOLDING,
	CONF_WORD(struct scan_routine, sort_by, "sort_by", "score", sorting_words,
		"Which symbols come first: those that count most, or by name."),
};

static const struct conf_option server_rows[] = {
	HEADER("X-Rspamd-Server"),
	REMOVE,
	CONF_STRING(struct scan_routine, hostname, "hostname", NULL,
		"The name of the machine; without it the system is asked."),
};

static const struct conf_option queue_id_rows[] = {HEADER("X-Rspamd-Queue-Id"), REMOVE};
static const struct conf_option action_rows[] = {HEADER("X-Rspamd-Action"), REMOVE};
static const struct conf_option pre_result_rows[] = {HEADER("X-Rspamd-Pre-Result"), REMOVE};

static const struct conf_option spam_header_rows[] = {
	HEADER("Deliver-To"),
	REMOVE,
	CONF_STRING(struct scan_routine, value, "value", "Junk", "What it says in spam."),
};

static const struct conf_option virus_rows[] = {
	HEADER("X-Virus"),
	REMOVE,
	CONF_LIST(struct scan_routine, symbols, "symbols", NULL, "Symbols that tell of a virus."),
	CONF_LIST(struct scan_routine, symbols_fail, "symbols_fail", NULL,
		"Symbols that say that a scanner has failed."),
	CONF_STRING(struct scan_routine, status_clean, "status_clean", NULL,
		"What is written without a virus; nothing as a rule."),
	CONF_STRING(struct scan_routine, status_infected, "status_infected", NULL,
		"What stands before the name of a virus."),
	CONF_STRING(struct scan_routine, status_fail, "status_fail", NULL,
		"What is written when a scanner has failed, the reason behind it in parentheses."),
};

static const struct conf_option os_fingerprint_rows[] = {HEADER("X-OS-Fingerprint"), REMOVE};

#define AUTHSERV_ID                                                                                \
	CONF_STRING(struct scan_routine, hostname, "hostname", NULL,                               \
		"Our name in the field; without it the mail server's, else that of the machine.")
#define NO_SYMBOLS "results are told as they were found, not by symbols"

static const struct conf_option auth_results_rows[] = {
	HEADER("Authentication-Results"),
	REMOVE,
	AUTHSERV_ID,
	CONF_BOOL(struct scan_routine, add_smtp_user, "add_smtp_user", "yes",
		"Tell who has authenticated (auth=pass)."),
	FOLDING,
	CONF_IGNORED("spf_symbols", NO_SYMBOLS),
	CONF_IGNORED("dkim_symbols", NO_SYMBOLS),
	CONF_IGNORED("dmarc_symbols", NO_SYMBOLS),
	CONF_IGNORED("arc_symbols", NO_SYMBOLS),
};

static const struct conf_option received_spf_rows[] = {
	HEADER("Received-SPF"),
	REMOVE,
	AUTHSERV_ID,
};

static const struct conf_option stat_signature_rows[] = {HEADER("X-Stat-Signature"), REMOVE};
static const struct conf_option fuzzy_hashes_rows[] = {HEADER("X-Rspamd-Fuzzy"), REMOVE};

static const struct conf_option remove_header_rows[] = {
	CONF_STRING(struct scan_routine, header, "header", NULL, "The header field."),
	REMOVE,
};

static const struct conf_option remove_headers_rows[] = {
	CONF_NODE(struct scan_routine, headers, "headers",
		"Header fields to take out, NAME = N: 0 all of the name, 1 the first, -1 the last."),
};

static const struct conf_option add_headers_rows[] = {
	CONF_NODE(struct scan_routine, headers, "headers",
		"Header fields to write, NAME = value, into every message; a list is a field for each."),
	REMOVE,
};

static const struct conf_option remove_spam_flag_rows[] = {HEADER("X-Spam")};
static const struct conf_option recipients_rows[] = {HEADER("X-Winnow-Recipients"), REMOVE};

#define SECTION(name_, rows_, help_)                                                               \
	{                                                                                          \
		.path = "milter_headers.routines." name_, .rows = (rows_),                         \
		.row_count = ARRAY_LEN(rows_), .size = sizeof(struct scan_routine),                \
		.help = (help_)                                                                    \
	}

const struct conf_section scan_routine_sections[SCAN_ROUTINE_COUNT] = {
	SECTION("x-spamd-bar", spamd_bar_rows, "The score as a row of signs, one a point."),
	SECTION("x-spam-level", spam_level_rows, "The score of spam as a row of stars."),
	SECTION("x-spam-status", spam_status_rows, "Yes or No, and the score."),
	SECTION("x-spamd-result", spamd_result_rows,
		"The verdict and all of its symbols; X-Rspamd-Pre-Result when a check forced it."),
	SECTION("x-rspamd-server", server_rows, "Which machine has judged the message."),
	SECTION("x-rspamd-queue-id", queue_id_rows, "The mail server's queue id."),
	SECTION("x-rspamd-action", action_rows, "The action."),
	SECTION("x-rspamd-pre-result", pre_result_rows, "Which check forced the action, and why."),
	SECTION("spam-header", spam_header_rows, "A field of your own, in spam only."),
	SECTION("x-virus", virus_rows, "Viruses that scanners have found."),
	SECTION("x-os-fingerprint", os_fingerprint_rows, "The client's system: nothing yet."),
	SECTION("authentication-results", auth_results_rows,
		"Results of SPF, DKIM and DMARC (RFC 8601). Fields that came with the message and "
		"claim to be ours are always taken out."),
	SECTION("received-spf", received_spf_rows,
		"What SPF found, in a field of its own (RFC 7208)."),
	SECTION("stat-signature", stat_signature_rows,
		"A name for what the classifier saw: nothing yet."),
	SECTION("fuzzy-hashes", fuzzy_hashes_rows, "Fuzzy hashes that were found: nothing yet."),
	SECTION("remove-header", remove_header_rows, "Takes a header field out."),
	SECTION("remove-headers", remove_headers_rows, "Takes several header fields out."),
	SECTION("add-headers", add_headers_rows, "Header fields of your own, in every message."),
	SECTION("remove-spam-flag", remove_spam_flag_rows,
		"Takes out what others said: on by remove_upstream_spam_flag."),
	SECTION("x-winnow-recipients", recipients_rows,
		"Recipients with a verdict of their own. It names them to all others."),
};

/* ---- lists of fields: NAME = value ---- */

/* What stands behind a name: a list, or the key several times, is a field for each. */
static size_t count_values(const struct conf_node *node)
{
	return node->kind == CONF_KIND_ARRAY ? conf_count(node) : 1;
}

static const struct conf_node *value_at(const struct conf_node *node, size_t i)
{
	return node->kind == CONF_KIND_ARRAY ? conf_at(node, i) : node;
}

/* Which field is meant by a number: 0 all, 1 the first, -1 the last. */
static bool read_nth(const struct conf_node *node, int *out)
{
	double nth;

	if (!conf_to_number(node, &nth) || nth != floor(nth) || fabs(nth) > REMOVE_MOST)
		return false;
	*out = (int)nth;
	return true;
}

static void check_value(const struct conf_node *value, struct span name, bool is_written,
	struct conf_report *report)
{
	struct span text;
	int nth;

	if (is_written && !conf_to_text(value, &text))
		conf_warn(report, value->origin,
			"\"%.*s\" is not written: its value is %s, not text", SPAN_ARG(name),
			conf_kind_name(value->kind));
	if (!is_written && !read_nth(value, &nth))
		conf_warn(report, value->origin,
			"\"%.*s\" is not taken out: which one must be a whole number from -%d to %d",
			SPAN_ARG(name), REMOVE_MOST, REMOVE_MOST);
}

static void check_list(const struct conf_node *list, bool is_written, struct conf_report *report)
{
	for (size_t i = 0; i < conf_count(list); i++) {
		const struct conf_node *node = conf_at(list, i);

		if (!scan_is_field_name(node->key))
			conf_error(report, node->origin,
				"\"%.*s\" is not the name of a header field", SPAN_ARG(node->key));
		for (size_t k = 0; k < count_values(node); k++)
			check_value(value_at(node, k), node->key, is_written, report);
	}
}

void scan_routine_check_lists(const struct scan_headers *headers, struct conf_report *report)
{
	check_list(headers->routines[SCAN_ROUTINE_ADD_HEADERS].headers, true, report);
	check_list(headers->routines[SCAN_ROUTINE_REMOVE_HEADERS].headers, false, report);
}

/* ---- how they write ---- */

/* As Rspamd tells it in these fields: unlike scan_is_spam(), by any action but those two (`soft reject`). */
static bool is_marked(const struct scan_verdict *v)
{
	return !span_equal(v->action->name, SPAN("no action")) &&
		!span_equal(v->action->name, SPAN("greylist"));
}

/* Whole points; a sum of decimal fractions may lie a hair below the number that it means. */
static size_t count_points(double score)
{
	return (size_t)floor(fmin(score, 1e6) + 1e-9);
}

static struct span repeat(struct arena *a, struct span mark, size_t n)
{
	struct buf out;

	buf_init(&out, a, BAR_MOST);
	for (size_t i = 0; i < n && mark.n > 0 && out.n + mark.n <= BAR_MOST; i++)
		buf_add(&out, mark);
	return buf_span(&out);
}

static void write_spamd_bar(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	double score = m->verdict->score;
	struct span bar = r->neutral;

	if (count_points(fabs(score)) >= 1)
		bar = repeat(m->arena, score > 0 ? r->positive : r->negative,
			count_points(fabs(score)));
	scan_make_field(m, r->header, bar, headers->place);
}

static void write_spam_level(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	if (m->verdict->score > 0)
		scan_make_field(m, r->header,
			repeat(m->arena, r->mark, count_points(m->verdict->score)), headers->place);
}

static void write_spam_status(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	double score = fabs(m->verdict->score) < 0.005 ? 0 : m->verdict->score;

	scan_make_field(m, r->header,
		arena_printf(m->arena, "%s, score=%.2f", is_marked(m->verdict) ? "Yes" : "No",
			score),
		headers->place);
}

static void write_pre_result(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	const struct scan_verdict *v = m->verdict;
	struct buf out;

	if (v->forced_by == NULL)
		return;
	buf_init(&out, m->arena, SCAN_FIELD_MOST);
	buf_printf(&out, "action=%.*s;\n\tmodule=%s", SPAN_ARG(v->action->name),
		v->forced_by->name);
	if (v->message.n > 0) {
		buf_add_string(&out, ";\n\t");
		scan_print_escaped(&out, v->message);
	}
	scan_make_field(m, r->header, buf_span(&out), headers->place);
}

static void write_spamd_result(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	struct buf out;

	buf_init(&out, m->arena, SCAN_FIELD_MOST);
	scan_print_result_header(m->verdict, &out);
	scan_make_field_done(m, r->header, buf_span(&out), headers->place);
	write_pre_result(m, headers, &headers->routines[SCAN_ROUTINE_PRE_RESULT]);
}

static void write_server(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	scan_make_field(m, r->header, r->hostname, headers->place);
}

static void write_queue_id(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	scan_make_field(m, r->header, scan_verdict_msg(m->verdict)->envelope.queue_id,
		headers->place);
}

static void write_action(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	scan_make_field(m, r->header, m->verdict->action->name, headers->place);
}

static void write_spam_header(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	if (is_marked(m->verdict))
		scan_make_field(m, r->header, r->value, headers->place);
}

static const struct scan_hit *find_hit(const struct scan_verdict *v, struct span name)
{
	for (size_t i = 0; i < v->hit_count; i++)
		if (!v->hits[i].removed && span_equal(v->hits[i].rule->name, name))
			return &v->hits[i];
	return NULL;
}

/* The evidence of those symbols that are there, "unknown" for one without; null when none is. */
static struct span list_evidence(struct scan_making *m, const struct conf_list *symbols)
{
	bool any = false;
	struct buf out;

	buf_init(&out, m->arena, SCAN_FIELD_MOST);
	for (size_t i = 0; i < symbols->n; i++) {
		const struct scan_hit *hit = find_hit(m->verdict, symbols->v[i]);

		if (hit == NULL)
			continue;
		buf_add_string(&out, any ? "," : "");
		any = true;
		if (hit->evidence_count == 0)
			buf_add_string(&out, "unknown");
		for (size_t k = 0; k < hit->evidence_count; k++) {
			buf_add_string(&out, k > 0 ? "," : "");
			scan_print_escaped(&out, hit->evidence[k]);
		}
	}
	return any ? buf_span(&out) : span_from(NULL, 0);
}

static void write_virus(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	struct span found = list_evidence(m, &r->symbols);
	struct span failed = list_evidence(m, &r->symbols_fail);
	struct span value = r->status_clean;

	if (!span_is_null(found))
		value = r->status_infected.n == 0
			? found
			: arena_printf(m->arena, "%.*s, %.*s", SPAN_ARG(r->status_infected),
				  SPAN_ARG(found));
	else if (!span_is_null(failed))
		value = r->status_fail.n == 0 ? r->status_fail
					      : arena_printf(m->arena, "%.*s(%.*s)",
							SPAN_ARG(r->status_fail), SPAN_ARG(failed));
	scan_make_field(m, r->header, value, headers->place);
}

static void write_headers(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	for (size_t i = 0; i < conf_count(r->headers); i++) {
		const struct conf_node *node = conf_at(r->headers, i);
		struct span value;

		for (size_t k = 0; scan_is_field_name(node->key) && k < count_values(node); k++)
			if (conf_to_text(value_at(node, k), &value))
				scan_make_field(m, node->key, value, headers->place);
	}
}

static void print_share(struct scan_making *m, struct buf *out, const struct scan_share *share)
{
	const struct msg_envelope *envelope = &scan_verdict_msg(m->verdict)->envelope;

	for (size_t i = 0; i < share->rcpt_count; i++) {
		size_t start = out->n;

		if (share->rcpts[i] >= envelope->rcpt_count)
			continue;
		buf_add_string(out, start > 0 ? ";\n\t" : "");
		scan_print_escaped(out, envelope->rcpts[share->rcpts[i]]);
		buf_printf(out, ": %.*s, score=%.2f", SPAN_ARG(share->verdict->action->name),
			share->verdict->score);
		if (out->n > SCAN_FIELD_MOST - 4) { /* whole lines or none */
			out->n = start;
			return;
		}
	}
}

static void write_recipients(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	const struct scan_verdict *v = m->verdict;
	struct buf out;

	buf_init(&out, m->arena, 2 * SCAN_FIELD_MOST);
	for (size_t i = 0; i < v->share_count; i++) {
		const struct scan_verdict *other = v->shares[i].verdict;

		if (other != v && (other->action != v->action || other->score != v->score))
			print_share(m, &out, &v->shares[i]);
	}
	scan_make_field(m, r->header, buf_span(&out), headers->place);
}

static void write_nothing(struct scan_making *m, const struct scan_headers *headers,
	const struct scan_routine *r)
{
	(void)m;
	(void)headers;
	(void)r;
}

static const struct {
	void (*write)(struct scan_making *m, const struct scan_headers *headers,
		const struct scan_routine *r);
	const char *gap;
	bool is_foreign;
} rows[SCAN_ROUTINE_COUNT] = {
	[SCAN_ROUTINE_SPAMD_BAR] = {.write = write_spamd_bar},
	[SCAN_ROUTINE_SPAM_LEVEL] = {.write = write_spam_level},
	[SCAN_ROUTINE_SPAM_STATUS] = {.write = write_spam_status},
	[SCAN_ROUTINE_SPAMD_RESULT] = {.write = write_spamd_result},
	[SCAN_ROUTINE_SERVER] = {.write = write_server},
	[SCAN_ROUTINE_QUEUE_ID] = {.write = write_queue_id},
	[SCAN_ROUTINE_ACTION] = {.write = write_action},
	[SCAN_ROUTINE_PRE_RESULT] = {.write = write_pre_result},
	[SCAN_ROUTINE_SPAM_HEADER] = {.write = write_spam_header},
	[SCAN_ROUTINE_VIRUS] = {.write = write_virus},
	[SCAN_ROUTINE_OS_FINGERPRINT] = {.write = write_nothing, .gap = "nothing here asks p0f"},
	[SCAN_ROUTINE_AUTH_RESULTS] = {.write = scan_write_auth_results},
	[SCAN_ROUTINE_RECEIVED_SPF] = {.write = scan_write_received_spf},
	[SCAN_ROUTINE_STAT_SIGNATURE] = {.write = write_nothing, .gap = "there is no classifier"},
	[SCAN_ROUTINE_FUZZY_HASHES] = {.write = write_nothing, .gap = "there are no fuzzy hashes"},
	[SCAN_ROUTINE_REMOVE_HEADER] = {.write = write_nothing, .is_foreign = true},
	[SCAN_ROUTINE_REMOVE_HEADERS] = {.write = write_nothing, .is_foreign = true},
	[SCAN_ROUTINE_ADD_HEADERS] = {.write = write_headers},
	[SCAN_ROUTINE_REMOVE_SPAM_FLAG] = {.write = write_nothing},
	[SCAN_ROUTINE_RECIPIENTS] = {.write = write_recipients},
};

bool scan_routine_is_foreign(enum scan_routine_id id)
{
	return rows[id].is_foreign;
}

const char *scan_routine_gap(enum scan_routine_id id)
{
	return rows[id].gap;
}

void scan_routine_write(struct scan_making *m, const struct scan_headers *headers,
	enum scan_routine_id id)
{
	rows[id].write(m, headers, &headers->routines[id]);
}

/* ---- what they remove ---- */

static void remove_listed(struct scan_making *m, const struct conf_node *list)
{
	for (size_t i = 0; i < conf_count(list); i++) {
		const struct conf_node *node = conf_at(list, i);
		int nth;

		for (size_t k = 0; scan_is_field_name(node->key) && k < count_values(node); k++)
			if (read_nth(value_at(node, k), &nth))
				scan_make_removal(m, node->key, nth);
	}
}

void scan_routine_remove(struct scan_making *m, const struct scan_headers *headers,
	enum scan_routine_id id)
{
	const struct scan_routine *r = &headers->routines[id];

	if (id == SCAN_ROUTINE_REMOVE_HEADERS) {
		remove_listed(m, r->headers);
	} else if (id == SCAN_ROUTINE_ADD_HEADERS) {
		for (size_t i = 0; i < conf_count(r->headers); i++)
			if (scan_is_field_name(conf_at(r->headers, i)->key))
				scan_make_removal(m, conf_at(r->headers, i)->key, r->remove);
	} else if (id == SCAN_ROUTINE_AUTH_RESULTS) {
		scan_remove_auth_results(m, headers, r);
	} else if (r->header.n > 0) {
		scan_make_removal(m, r->header, r->remove);
	}
	if (id == SCAN_ROUTINE_SPAMD_RESULT)
		scan_routine_remove(m, headers, SCAN_ROUTINE_PRE_RESULT);
}
