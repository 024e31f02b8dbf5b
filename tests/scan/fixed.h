/* A check that adds what the envelope's HELO lists: "A B:x,y C*2": so a test's row is one text. */
#ifndef TESTS_SCAN_FIXED_H
#define TESTS_SCAN_FIXED_H

#include "need/need.h"
#include "scene.h"

static const struct scan_symbol fixed_symbols[] = {
	{.name = "A", .score = 1, .group = "g1", .meaning = "a"},
	{.name = "B", .score = 2, .group = "g1, g2", .meaning = "b"},
	{.name = "C", .score = 4, .group = "g2", .meaning = "c"},
	{.name = "D", .score = -3, .group = "g3", .meaning = "d"},
	{.name = "E", .score = 0, .group = "g3", .meaning = "e"},
	{.name = "F", .score = -1, .group = "g3", .meaning = "f"},
};

static void fixed_add(struct scan *s, struct span word)
{
	struct span name, list, evidence;
	double weight = 1;
	unsigned symbol = 0;
	size_t star = span_find_byte(word, '*');

	if (star < word.n)
		must(num_parse_double(span_from_offset(word, star + 1), &weight));
	list = span_slice(word, 0, star);
	(void)span_next(&list, ':', &name);
	while (!span_equal(name, span_of(fixed_symbols[symbol].name)))
		symbol++;
	if (span_is_null(list))
		scan_add_text(s, symbol, weight, list);
	while (span_next(&list, ',', &evidence))
		scan_add_text(s, symbol, weight, evidence);
}

static enum rc fixed_run(struct scan *s)
{
	struct span rest = s->msg->envelope.helo;

	for (struct span word; span_next(&rest, ' ', &word);)
		if (word.n > 0)
			fixed_add(s, word);
	if (!span_is_null(s->msg->envelope.user))
		scan_force(s, s->msg->envelope.user.p, 1, s->msg->envelope.queue_id);
	return RC_OK;
}

static const struct check fixed_check = {.name = "fixed",
	.help = "Adds what it is told.",
	.stage = SCAN_MAIN,
	.symbols = fixed_symbols,
	.symbol_count = ARRAY_LEN(fixed_symbols),
	.run = fixed_run};

static const struct check *const fixed_checks[] = {&fixed_check};

static inline const struct scan_verdict *fixed_scan(struct scene *s, const char *conf,
	const struct msg_envelope *envelope)
{
	scene_open(s, conf, fixed_checks, ARRAY_LEN(fixed_checks));
	return scan_whole(s->config, msg_make(s->a, envelope, SPAN("Subject: x\n\ny\n")),
		need_memo_make(s->a, 0));
}

/* The verdict in a line, for symbols that are added under a configuration. */
static inline const char *fixed_tell(struct scene *s, const char *conf, const char *symbols)
{
	struct msg_envelope envelope = {.helo = span_of(symbols)};

	return scene_tell(s->a, fixed_scan(s, conf, &envelope));
}

#endif
