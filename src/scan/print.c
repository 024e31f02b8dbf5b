/* A verdict as a header's value and as JSON. */
#include "scan/scan.h"

#include <math.h>
#include <string.h>

#include "scan/inner.h"

/* Printable ASCII as it is, anything else as \xHH: a header must not break, whatever the mail holds. */
static void print_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x20 && c < 0x7f)
			buf_add_byte(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
}

static bool is_listed(const struct scan_hit *hit)
{
	return !hit->removed || hit->score != 0;
}

/* "-0.00" would puzzle a reader. */
static double without_sign_of_zero(double value)
{
	return fabs(value) < 0.005 ? 0 : value;
}

static void print_hit(struct buf *out, const struct scan_hit *hit)
{
	buf_add_string(out, "\n\t ");
	print_escaped(out, hit->rule->name);
	buf_printf(out, "(%.2f)[", without_sign_of_zero(hit->score));
	for (size_t i = 0; i < hit->evidence_count; i++) {
		if (i > 0)
			buf_add_byte(out, ',');
		print_escaped(out, hit->evidence[i]);
	}
	buf_add_string(out, "];");
}

void scan_print_result_header(const struct scan_verdict *v, struct buf *out)
{
	enum { LAST_LINE = 64 };
	size_t start = out->n, left_out = 0;

	buf_printf(out, "default: %s [%.2f / %.2f];", scan_is_spam(v) ? "True" : "False",
		without_sign_of_zero(v->score), isnan(v->required) ? 0 : v->required);
	for (size_t i = 0; i < v->hit_count; i++) {
		size_t before = out->n;

		if (!is_listed(&v->hits[i]))
			continue;
		print_hit(out, &v->hits[i]);
		if (out->n - start <= SCAN_HEADER_MOST - LAST_LINE)
			continue;
		out->n = before;
		left_out++;
	}
	if (left_out > 0)
		buf_printf(out, "\n\t [%zu more symbols];", left_out);
}

static void print_text_member(struct json *j, const char *key, struct span text)
{
	if (text.n == 0)
		return;
	json_key(j, key);
	json_text(j, text);
}

static void print_json_hit(struct json *j, const struct scan_hit *hit)
{
	json_key_span(j, hit->rule->name);
	json_open_object(j);
	json_key(j, "name");
	json_text(j, hit->rule->name);
	json_key(j, "score");
	json_double(j, hit->score);
	json_key(j, "metric_score");
	json_double(j, hit->rule->score);
	print_text_member(j, "description", hit->rule->description);
	if (hit->evidence_count > 0) {
		json_key(j, "options");
		json_open_array(j);
		for (size_t i = 0; i < hit->evidence_count; i++)
			json_text(j, hit->evidence[i]);
		json_close(j);
	}
	if (hit->score != hit->alone) {
		json_key(j, "score_alone");
		json_double(j, hit->alone);
	}
	if (hit->changed_by != NULL)
		print_text_member(j, "changed_by", hit->changed_by->name);
	print_text_member(j, "capped_by", hit->capped_by);
	json_close(j);
}

static void print_thresholds(struct json *j, const struct scan_config *config)
{
	json_key(j, "thresholds");
	json_open_object(j);
	/* the most severe first, as Rspamd has them */
	for (size_t i = config->actions.n; i-- > 0;) {
		if (!config->actions.v[i]->has_threshold)
			continue;
		json_key_span(j, config->actions.v[i]->name);
		json_double(j, config->actions.v[i]->threshold);
	}
	json_close(j);
}

static void print_symbols(struct json *j, const struct scan_verdict *v, const char *key,
	bool listed)
{
	json_key(j, key);
	json_open_object(j);
	for (size_t i = 0; i < v->hit_count; i++)
		if (is_listed(&v->hits[i]) == listed)
			print_json_hit(j, &v->hits[i]);
	json_close(j);
}

static void print_gaps(struct json *j, const struct scan_verdict *v)
{
	json_key(j, "not_checked");
	json_open_array(j);
	for (size_t i = 0; i < v->gap_count; i++) {
		json_open_object(j);
		json_key(j, "check");
		json_string(j, v->gaps[i].check->name);
		json_key(j, "result");
		json_string(j, rc_name(v->gaps[i].rc));
		print_text_member(j, "why", v->gaps[i].why);
		json_close(j);
	}
	json_close(j);
}

static void print_groups(struct json *j, const struct scan_verdict *v)
{
	json_key(j, "groups");
	json_open_object(j);
	for (size_t i = 0; i < v->group_count; i++) {
		json_key_span(j, v->groups[i].name);
		json_open_object(j);
		json_key(j, "name");
		json_text(j, v->groups[i].name);
		json_key(j, "score");
		json_double(j, v->groups[i].score);
		json_close(j);
	}
	json_close(j);
}

void scan_print_json(const struct scan_verdict *v, const struct scan_config *config, struct json *j)
{
	json_key(j, "is_skipped");
	json_bool(j, false);
	json_key(j, "score");
	json_double(j, v->score);
	json_key(j, "required_score");
	json_double(j, v->required);
	json_key(j, "action");
	json_text(j, v->action->name);
	if (v->forced_by != NULL) {
		json_key(j, "passthrough_module");
		json_string(j, v->forced_by->name);
	}
	print_thresholds(j, config);
	print_symbols(j, v, "symbols", true);
	print_symbols(j, v, "removed_symbols", false);
	print_groups(j, v);
	print_gaps(j, v);
	json_key(j, "messages");
	json_open_object(j);
	print_text_member(j, "smtp_message", v->message);
	json_close(j);
}
