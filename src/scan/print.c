/* A verdict as a header's value and as JSON. */
#include "scan/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "scan/headers.h"

static bool is_listed(const struct scan_hit *hit)
{
	return !hit->removed || hit->score != 0;
}

/* "-0.00" would puzzle a reader. */
static double without_sign_of_zero(double value)
{
	return fabs(value) < 0.005 ? 0 : value;
}

/* What counts most comes first, as in Rspamd's header; of equal ones, the order of registration. */
static int compare_hits(const void *left, const void *right)
{
	const struct scan_hit *a = *(const struct scan_hit *const *)left;
	const struct scan_hit *b = *(const struct scan_hit *const *)right;

	if (fabs(a->score) != fabs(b->score))
		return fabs(a->score) > fabs(b->score) ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int compare_names(const void *left, const void *right)
{
	const struct scan_hit *a = *(const struct scan_hit *const *)left;
	const struct scan_hit *b = *(const struct scan_hit *const *)right;

	return span_compare(a->rule->name, b->rule->name);
}

static const struct scan_hit **sort_hits(const struct scan_verdict *v, size_t *n)
{
	const struct scan_routine *routine =
		&v->task->config->headers->routines[SCAN_ROUTINE_SPAMD_RESULT];
	const struct scan_hit **list =
		ARENA_ARRAY(v->task->arena, const struct scan_hit *, v->hit_count);

	*n = 0;
	for (size_t i = 0; i < v->hit_count; i++)
		if (is_listed(&v->hits[i]))
			list[(*n)++] = &v->hits[i];
	if (*n > 1)
		qsort(list, *n, sizeof(*list),
			routine->sort_by == SCAN_SORT_NAME ? compare_names : compare_hits);
	return list;
}

/* Takes the start of an escape off the end. */
static void cut_escape(struct buf *line)
{
	for (size_t i = 1; i <= 3 && i <= line->n; i++)
		if (line->p[line->n - i] == '\\') {
			line->n -= i;
			return;
		}
}

/* A line may not be longer than SCAN_LINE_MOST: evidence that has no room is cut, "..." says so. */
static void print_hit(struct arena *a, struct buf *out, const struct scan_hit *hit)
{
	enum { LINE_MOST = SCAN_LINE_MOST - 10 };
	struct buf line;

	buf_init(&line, a, LINE_MOST);
	buf_add_string(&line, "\t ");
	scan_print_escaped(&line, hit->rule->name);
	buf_add_byte(&line, '(');
	buf_add_fixed(&line, without_sign_of_zero(hit->score), 2);
	buf_add_string(&line, ")[");
	for (size_t i = 0; i < hit->evidence_count && !line.full; i++) {
		size_t before = line.n;

		buf_add_string(&line, i > 0 ? "," : "");
		scan_print_escaped(&line, hit->evidence[i]);
		if (line.full && i > 0)
			line.n = before + 1;
		else if (line.full)
			cut_escape(&line);
	}
	buf_add_byte(out, '\n');
	buf_add(out, buf_span(&line));
	buf_add_string(out, line.full ? "...];" : "];");
}

void scan_print_result_header(const struct scan_verdict *v, struct buf *out)
{
	enum { LAST_LINE = 64 };
	size_t start = out->n, left_out = 0, n;
	const struct scan_hit **list = sort_hits(v, &n);

	/* True is what would be refused, whatever else counts as spam: so Rspamd has it */
	buf_printf(out, "default: %s [%.2f / %.2f];",
		span_equal(v->action->name, SPAN("reject")) ? "True" : "False",
		without_sign_of_zero(v->score), isnan(v->required) ? 0 : v->required);
	for (size_t i = 0; i < n; i++) {
		size_t before = out->n;

		print_hit(v->task->arena, out, list[i]);
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

static void print_list(struct json *j, const char *key, const struct span *list, size_t n)
{
	if (n == 0)
		return;
	json_key(j, key);
	json_open_array(j);
	for (size_t i = 0; i < n; i++)
		json_text(j, list[i]);
	json_close(j);
}

static void open_hit(struct json *j, const struct scan_hit *hit)
{
	json_key_span(j, hit->rule->name);
	json_open_object(j);
	json_key(j, "name");
	json_text(j, hit->rule->name);
	json_key(j, "score");
	json_double(j, hit->score);
}

static void print_meaning(struct json *j, const struct scan_hit *hit)
{
	print_text_member(j, "description", hit->rule->description);
	print_list(j, "options", hit->evidence, hit->evidence_count);
}

static void print_json_hit(struct json *j, const struct scan_hit *hit)
{
	open_hit(j, hit);
	json_key(j, "metric_score");
	json_double(j, hit->rule->score);
	print_meaning(j, hit);
	if (hit->score != hit->alone) {
		json_key(j, "score_alone");
		json_double(j, hit->alone);
	}
	if (hit->changed_by != NULL)
		print_text_member(j, "changed_by", hit->changed_by->name);
	print_text_member(j, "capped_by", hit->capped_by);
	json_close(j);
}

static void print_thresholds(struct json *j, const struct scan_verdict *v)
{
	json_key(j, "thresholds");
	json_open_object(j);
	/* the most severe first, as Rspamd has them */
	for (size_t i = v->action_count; i-- > 0;) {
		if (!v->actions[i]->has_threshold)
			continue;
		json_key_span(j, v->actions[i]->name);
		json_double(j, v->actions[i]->threshold);
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

static void print_judgement(struct json *j, const struct scan_verdict *v)
{
	json_key(j, "is_skipped");
	json_bool(j, v->is_skipped);
	json_key(j, "score");
	json_double(j, v->score);
	json_key(j, "required_score");
	json_double(j, v->required);
	json_key(j, "action");
	json_text(j, v->action->name);
}

static void print_messages(struct json *j, const struct scan_verdict *v)
{
	json_key(j, "messages");
	json_open_object(j);
	print_text_member(j, "smtp_message", v->message);
	json_close(j);
}

void scan_print_json(const struct scan_verdict *v, const struct scan_config *config, struct json *j)
{
	print_judgement(j, v);
	if (v->forced_by != NULL) {
		json_key(j, "passthrough_module");
		json_string(j, v->forced_by->name);
	}
	print_thresholds(j, v);
	print_symbols(j, v, "symbols", true);
	print_symbols(j, v, "removed_symbols", false);
	print_groups(j, v);
	print_gaps(j, v);
	scan_print_shares(v, j);
	print_messages(j, v);
}

void scan_print_legacy_json(const struct scan_verdict *v, struct json *j)
{
	json_key(j, "default");
	json_open_object(j);
	json_key(j, "is_spam");
	json_bool(j, scan_is_spam(v));
	print_judgement(j, v);
	for (size_t i = 0; i < v->hit_count; i++)
		if (is_listed(&v->hits[i])) {
			open_hit(j, &v->hits[i]);
			print_meaning(j, &v->hits[i]);
			json_close(j);
		}
	json_close(j);
	print_messages(j, v);
}

/* ---- effects ---- */

static struct span unfold(struct arena *a, struct span value)
{
	struct buf out;

	buf_init(&out, a, value.n);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\n')
			buf_add_byte(&out, value.p[i]);
	return buf_span(&out);
}

static bool has_crlf(struct span message)
{
	struct span line = span_slice(message, 0, span_find_byte(message, '\n'));

	return line.n < message.n && span_ends(line, SPAN("\r"));
}

static struct span fold_with_crlf(struct arena *a, struct span value)
{
	struct buf out;

	buf_init(&out, a, 2 * value.n);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n')
			buf_add_byte(&out, '\r');
		buf_add_byte(&out, value.p[i]);
	}
	return buf_span(&out);
}

static void print_field(struct json *j, const struct scan_verdict *v,
	const struct scan_field *field)
{
	const struct msg *msg = scan_verdict_msg(v);

	json_open_object(j);
	json_key(j, "value");
	json_text(j,
		has_crlf(msg->bytes) ? fold_with_crlf(msg->arena, field->value) : field->value);
	json_key(j, "order");
	json_int(j, field->place);
	json_close(j);
}

/* Fields of one name become a list, where the first of them stands. */
static void print_added(struct json *j, const struct scan_verdict *v,
	const struct scan_effects *effects)
{
	struct arena *a = v->task->arena;
	struct map *names = map_make(a);
	struct same {
		VEC(const struct scan_field *);
	} * same;

	for (size_t i = 0; i < effects->field_count; i++) {
		same = map_find(names, effects->fields[i].name);
		if (same == NULL) {
			same = ARENA_NEW(a, struct same);
			(void)map_put(names, effects->fields[i].name, same);
		}
		*VEC_ADD(a, same) = &effects->fields[i];
	}
	if (map_count(names) == 0)
		return;
	json_key(j, "add_headers");
	json_open_object(j);
	for (size_t i = 0; i < map_count(names); i++) {
		same = map_value(names, i);
		json_key_span(j, map_key(names, i));
		if (same->n > 1)
			json_open_array(j);
		for (size_t k = 0; k < same->n; k++)
			print_field(j, v, same->v[k]);
		if (same->n > 1)
			json_close(j);
	}
	json_close(j);
}

/* Removals of one name follow each other. */
static void print_removed(struct json *j, const struct scan_effects *effects)
{
	const struct scan_field_removal *r = effects->removals;

	if (effects->removal_count == 0)
		return;
	json_key(j, "remove_headers");
	json_open_object(j);
	for (size_t i = 0, next; i < effects->removal_count; i = next) {
		for (next = i + 1; next < effects->removal_count; next++)
			if (!span_equal_nocase(r[next].name, r[i].name))
				break;
		json_key_span(j, r[i].name);
		if (next - i > 1)
			json_open_array(j);
		for (size_t k = i; k < next; k++)
			json_int(j, r[k].nth);
		if (next - i > 1)
			json_close(j);
	}
	json_close(j);
}

/* What `reject` says for the action, or NULL. */
static const char *name_of_reject(const struct scan_verdict *v)
{
	static const char *const names[] = {"discard", "quarantine"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_equal(v->action->name, span_of(names[i])))
			return names[i];
	return NULL;
}

static void print_reject(struct json *j, const char *reject)
{
	if (reject == NULL)
		return;
	json_key(j, "reject");
	json_string(j, reject);
}

static void print_effects(const struct scan_effects *effects, const struct scan_verdict *v,
	const char *milter, struct json *j)
{
	const char *reject = name_of_reject(v);

	if (effects->field_count > 0 || effects->removal_count > 0 || reject != NULL ||
		effects->add_rcpt_count > 0 || effects->drop_rcpt_count > 0 ||
		!span_is_null(effects->sender)) {
		json_key(j, milter);
		json_open_object(j);
		print_added(j, v, effects);
		print_removed(j, effects);
		if (!span_is_null(effects->sender)) {
			json_key(j, "change_from");
			json_text(j, effects->sender);
		}
		print_list(j, "add_rcpt", effects->add_rcpts, effects->add_rcpt_count);
		print_list(j, "del_rcpt", effects->drop_rcpts, effects->drop_rcpt_count);
		print_reject(j, reject);
		json_close(j);
	}
	if (!span_is_null(effects->subject)) {
		json_key(j, "subject");
		json_text(j, unfold(v->task->arena, effects->subject));
	}
	print_reject(j, reject);
}

void scan_print_effects_json(const struct scan_effects *effects, const struct scan_verdict *v,
	struct json *j)
{
	print_effects(effects, v, "milter", j);
}

void scan_print_legacy_effects_json(const struct scan_effects *effects,
	const struct scan_verdict *v, struct json *j)
{
	print_effects(effects, v, "rmilter", j);
}
