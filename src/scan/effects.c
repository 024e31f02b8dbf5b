/* From a verdict to what is done to its message. */
#include "scan/scan.h"

#include <string.h>

#include "scan/inner.h"

enum { SUBJECT_MOST = 64 << 10 };

static struct span print_subject(struct arena *a, struct span template, struct span old,
	double score)
{
	struct buf out;

	buf_init(&out, a, SUBJECT_MOST);
	for (size_t i = 0; i < template.n; i++) {
		char next = i + 1 < template.n ? template.p[i + 1] : '\0';

		if (template.p[i] != '%' || next == '\0' || !span_has_byte(SPAN("sd%"), next)) {
			buf_add_byte(&out, template.p[i]);
			continue;
		}
		i++;
		if (next == 's')
			buf_add(&out, old);
		else if (next == 'd')
			buf_printf(&out, "%.2f", score);
		else
			buf_add_byte(&out, '%');
	}
	return buf_span(&out);
}

/* The old subject stays as it was encoded; its lines are parted by LF. */
static struct span read_subject(struct arena *a, const struct msg *msg)
{
	const struct mime_header *field = mime_find_header(msg->mime->root, SPAN("Subject"));
	struct span rest = field == NULL ? SPAN("") : field->value, line;
	struct buf text;

	buf_init(&text, a, rest.n);
	while (span_next_line(&rest, &line)) {
		if (text.n > 0)
			buf_add_byte(&text, '\n');
		buf_add(&text, line);
	}
	return buf_span(&text);
}

static void add_result(struct arena *a, const struct scan_verdict *v, struct scan_effects *effects)
{
	struct buf text;

	buf_init(&text, a, SCAN_FIELD_MOST);
	scan_print_result_header(v, &text);
	effects->removals = ARENA_NEW(a, struct scan_field_removal);
	effects->removals[effects->removal_count++].name = SPAN("X-Spamd-Result");
	effects->fields = ARENA_NEW(a, struct scan_field);
	effects->fields[effects->field_count++] = (struct scan_field){
		.name = SPAN("X-Spamd-Result"),
		.value = buf_span(&text),
		.place = SCAN_FIELD_BELOW_ALL,
	};
}

const struct scan_effects *scan_effects_make(const struct scan_verdict *v)
{
	struct arena *a = v->task->arena;
	struct scan_effects *effects = ARENA_NEW(a, struct scan_effects);

	add_result(a, v, effects);
	if (span_equal(v->action->name, SPAN("rewrite subject")))
		effects->subject = print_subject(a, v->task->config->subject,
			read_subject(a, v->task->msg), v->score);
	return effects;
}
