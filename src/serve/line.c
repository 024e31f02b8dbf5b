/* The one line that the log has of a message. */
#include "serve/serve.h"

#include "serve/inner.h"

enum { FIELDS_MOST = 24, RCPTS_SHOWN = 5, SHARES_SHOWN = 10, SHARE_RCPTS_SHOWN = 3 };

struct fields {
	struct log_field v[FIELDS_MOST];
	size_t n;
};

static void add(struct fields *f, struct log_field field)
{
	must(f->n < FIELDS_MOST);
	f->v[f->n++] = field;
}

static void add_text(struct fields *f, const char *name, struct span text)
{
	add(f, (struct log_field){.name = name, .kind = LOG_TEXT, .text = text});
}

static void add_number(struct fields *f, const char *name, double number, int decimals)
{
	add(f,
		(struct log_field){
			.name = name,
			.kind = LOG_NUMBER,
			.number = number,
			.decimals = decimals,
		});
}

/* An empty list is no field. */
static void add_list(struct fields *f, const char *name, const struct span *list, size_t n)
{
	if (n > 0)
		add(f,
			(struct log_field){
				.name = name,
				.kind = LOG_LIST,
				.list = list,
				.list_n = n,
			});
}

static void add_envelope(struct fields *f, const struct msg_input *input)
{
	const struct msg_envelope *e = &input->envelope;

	add_text(f, "qid", e->queue_id);
	add_text(f, "ip", e->address);
	add_text(f, "user", e->user);
	add_text(f, "from", e->from);
	add_list(f, "rcpt", e->rcpts, num_min(e->rcpt_count, RCPTS_SHOWN));
	add_number(f, "rcpts", (double)input->rcpt_count, 0);
	if (input->refused_count > 0)
		add_number(f, "refused", (double)input->refused_count, 0);
}

/*
 * One of several verdicts, "strict:reject(20.00)=a@x.example+b@x.example+5": the settings when they have a name,
 * and whom it concerns.
 */
static struct span print_share(struct arena *a, const struct msg_envelope *e,
	const struct scan_share *s)
{
	struct span settings = s->verdict->settings;
	size_t shown = num_min(s->rcpt_count, SHARE_RCPTS_SHOWN);
	struct buf out;

	buf_init(&out, a, LOG_TEXT_MOST);
	buf_add(&out, settings);
	buf_add_string(&out, settings.n > 0 ? ":" : "");
	buf_printf(&out, "%.*s(%.2f)", SPAN_ARG(s->verdict->action->name), s->verdict->score);
	for (size_t i = 0; i < shown; i++) {
		buf_add_byte(&out, i == 0 ? '=' : '+');
		buf_add(&out, e->rcpts[s->rcpts[i]]);
	}
	if (shown < s->rcpt_count)
		buf_printf(&out, "+%zu", s->rcpt_count - shown);
	return buf_span(&out);
}

/* Where settings differ by recipient. */
static void add_shares(struct fields *f, const struct msg_input *input,
	const struct scan_verdict *v)
{
	size_t n = num_min(v->share_count, SHARES_SHOWN);
	struct span *list = ARENA_ARRAY(input->arena, struct span, n);

	for (size_t i = 0; i < n; i++)
		list[i] = print_share(input->arena, &input->envelope, &v->shares[i]);
	add_list(f, "shares", list, n);
}

static void add_verdict(struct fields *f, const struct msg_input *input,
	const struct scan_verdict *v)
{
	struct span *gaps = ARENA_ARRAY(input->arena, struct span, v->gap_count);

	add_text(f, "action", v->action->name);
	add_number(f, "score", v->score, 2);
	add_number(f, "required", v->required, 2);
	if (v->forced_by != NULL)
		add_text(f, "forced_by", span_of(v->forced_by->name));
	add_text(f, "settings", v->settings);
	add_shares(f, input, v);
	/* a score without these may be too low */
	for (size_t i = 0; i < v->gap_count; i++)
		gaps[i] = span_of(v->gaps[i].check->name);
	add_list(f, "not_checked", gaps, v->gap_count);
}

/* NAME(1.00); "-0.00" would puzzle a reader. */
static struct span print_symbol(struct arena *a, const struct scan_hit *hit)
{
	struct buf text;

	buf_init(&text, a, LOG_TEXT_MOST);
	buf_add(&text, hit->rule->name);
	buf_add_byte(&text, '(');
	buf_add_fixed(&text, hit->score > -0.005 && hit->score < 0.005 ? 0 : hit->score, 2);
	buf_add_byte(&text, ')');
	return buf_span(&text);
}

static void add_symbols(struct fields *f, struct arena *a, const struct scan_verdict *v)
{
	struct span *list = ARENA_ARRAY(a, struct span, v->hit_count);
	size_t n = 0;

	for (size_t i = 0; i < v->hit_count; i++) {
		const struct scan_hit *hit = &v->hits[i];

		if (hit->removed && hit->score == 0)
			continue;
		list[n++] = print_symbol(a, hit);
	}
	add_list(f, "symbols", list, n);
}

void serve_log_message(const struct serve_line *line)
{
	struct arena *a = line->input->arena;
	struct fields f = {0};

	add_text(&f, "id", msg_id(scan_verdict_msg(line->verdict)));
	add_envelope(&f, line->input);
	add_verdict(&f, line->input, line->verdict);
	if (line->instead != NULL)
		add_text(&f, "instead", span_of(line->instead));
	add_number(&f, "size", (double)line->input->bytes.n, 0);
	if (line->input->is_cut)
		add_text(&f, "cut", SPAN("true"));
	add_number(&f, "ms", (double)line->microseconds / 1000, 1);
	add_number(&f, "cpu_us", (double)line->verdict->microseconds, 0);
	add_text(&f, "listener", span_of(board_listeners[line->listener]));
	/* last: there may be more of them than a line can hold */
	add_symbols(&f, a, line->verdict);
	log_event(LOG_LEVEL_NOTICE, "message", f.v, f.n);
}

void serve_log_deferred(const struct msg_input *input, enum board_listener listener,
	const char *reason)
{
	struct fields f = {0};

	add_envelope(&f, input);
	add_text(&f, "deferred", span_of(reason));
	add_text(&f, "listener", span_of(board_listeners[listener]));
	log_event(LOG_LEVEL_NOTICE, "message", f.v, f.n);
}
