/* Configurations for tests of the engine: a text in UCL and a table of checks. */
#ifndef TESTS_SCAN_SCENE_H
#define TESTS_SCAN_SCENE_H

#include "scan/scan.h"

struct scene {
	struct arena *a;
	struct conf_report report;
	const struct scan_config *config;
};

static inline void scene_open(struct scene *s, const char *conf_text,
	const struct check *const checks[], size_t n)
{
	struct conf_text text = {.name = "test.conf",
		.text = span_of(conf_text),
		.layer = CONF_LAYER_FILE,
		.section = ""};
	struct conf_input input = {.texts = &text, .text_count = 1};

	*s = (struct scene){.a = arena_make()};
	conf_report_init(&s->report, s->a);
	s->config =
		scan_config_make(s->a, conf_load(s->a, &input, &s->report), checks, n, &s->report);
}

/* What the report says, one line. */
static inline const char *scene_report(struct scene *s)
{
	struct buf out;

	buf_init(&out, s->a, 64 << 10);
	conf_report_print(&out, &s->report);
	return arena_string(s->a, buf_span(&out));
}

/* "SYMBOL(1.00)[a,b] SYMBOL(0.00) = 1.00 action" in order; removed ones as "-SYMBOL(0.00)". */
static inline const char *scene_tell(struct arena *a, const struct scan_verdict *v)
{
	struct buf out;

	buf_init(&out, a, 4 << 20);
	for (size_t i = 0; i < v->hit_count; i++) {
		const struct scan_hit *hit = &v->hits[i];

		buf_printf(&out, "%s%.*s(%.2f)", hit->removed ? "-" : "", SPAN_ARG(hit->rule->name),
			hit->score);
		for (size_t k = 0; k < hit->evidence_count; k++)
			buf_printf(&out, "%s%.*s%s", k == 0 ? "[" : ",", SPAN_ARG(hit->evidence[k]),
				k + 1 == hit->evidence_count ? "]" : "");
		buf_add_byte(&out, ' ');
	}
	for (size_t i = 0; i < v->gap_count; i++)
		buf_printf(&out, "?%s(%s: %.*s) ", v->gaps[i].check->name, rc_name(v->gaps[i].rc),
			SPAN_ARG(v->gaps[i].why));
	buf_printf(&out, "= %.2f %.*s", v->score, SPAN_ARG(v->action->name));
	return arena_string(a, buf_span(&out));
}

#endif
