/*
 * Settings of any shape over any envelope: the shares part the recipients, each verdict is the sum of its
 * symbols, and the answer does no harm to anybody. The input is a configuration, a line `--`, and words of
 * the envelope: the sender, who has authenticated, the client's address, and recipients.
 */
#include "checks/checks.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct check check_settings, check_from, check_subject, check_gtube;

enum { INPUT_MOST = 16 << 10, RCPTS_MOST = 200 };

static const struct check *const checks[] = {&check_settings, &check_from, &check_subject,
	&check_gtube};

static const char message[] =
	"From: Mira <mira@orchard.example>\nTo: jonas@harbour.example\nX-A: yes\n"
	"Subject: what is this?\n\n"
	"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n";

/* A word, with `-` for what is not known and `<>` for what is empty. */
static struct span take_word(struct span *rest)
{
	struct span word = span_from(NULL, 0);

	while (span_next(rest, ' ', &word) && word.n == 0)
		;
	if (word.n == 0 || span_equal(word, SPAN("-")))
		return span_from(NULL, 0);
	return span_equal(word, SPAN("<>")) ? SPAN("") : word;
}

static void read_envelope(struct arena *a, struct span text, struct msg_envelope *out)
{
	struct span *rcpts = ARENA_ARRAY(a, struct span, RCPTS_MOST);

	*out = (struct msg_envelope){.rcpts = rcpts};
	out->from = take_word(&text);
	out->user = take_word(&text);
	out->address = take_word(&text);
	for (struct span rcpt; out->rcpt_count < RCPTS_MOST && span_next(&text, ' ', &rcpt);)
		rcpts[out->rcpt_count++] = rcpt;
}

static const struct scan_config *read_config(struct arena *a, struct span text)
{
	struct conf_text one = {.name = "fuzz",
		.text = text,
		.layer = CONF_LAYER_FILE,
		.section = ""};
	struct conf_input input = {.texts = &one, .text_count = 1, .no_includes = true};
	struct conf_report report;

	conf_report_init(&report, a);
	return scan_config_make(a, conf_load(a, &input, &report), checks, ARRAY_LEN(checks),
		&report);
}

static void check_verdict(const struct scan_verdict *v)
{
	double sum = 0;

	for (size_t i = 0; i < v->hit_count; i++)
		sum += v->hits[i].score;
	must(isfinite(v->score) && fabs(sum - v->score) <= 1e-6 * (1 + fabs(sum)));
	must(v->action_count > 0 && v->action == v->actions[v->action->index]);
	must(fabs(scan_what_if(v, NULL)->score - v->score) <= 1e-6 * (1 + fabs(sum)));
}

static bool says(const struct scan_verdict *v, const char *action)
{
	return span_equal(v->action->name, span_of(action));
}

static void check_answer(const struct scan_verdict *v, size_t rcpt_count)
{
	bool seen[RCPTS_MOST] = {false}, gone = true;
	size_t rcpts = 0;

	must(v->share_count == 0 || v->share_count > 1);
	must(v->share_count <= SCAN_SETTINGS_MOST + 1);
	must(v->share_count == 0 || v->shares[0].verdict == v);
	for (size_t i = 0; i < v->share_count; i++) {
		const struct scan_share *share = &v->shares[i];

		check_verdict(share->verdict);
		gone &= says(share->verdict, "reject") || says(share->verdict, "discard");
		rcpts += share->rcpt_count;
		for (size_t k = 0; k < share->rcpt_count; k++) {
			must(share->rcpts[k] < rcpt_count && !seen[share->rcpts[k]]);
			seen[share->rcpts[k]] = true;
		}
	}
	must(v->share_count == 0 || rcpts == rcpt_count);
	for (size_t i = 0; i < v->share_count && !gone; i++)
		must(v->shares[i].verdict->action->severity >= v->action->severity);
	must(v->share_count == 0 || !says(v, "reject") || gone);
}

static struct span print(struct arena *a, const struct scan_config *config,
	const struct scan_verdict *v)
{
	struct buf out;
	struct json j;

	buf_init(&out, a, 8 << 20);
	json_init(&j, &out);
	json_open_object(&j);
	scan_print_json(v, config, &j);
	scan_print_effects_json(scan_effects_make(v), v, &j);
	json_close(&j);
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = {(const char *)data, size}, conf;
	struct arena *a = arena_make();
	const struct scan_config *config;
	const struct scan_verdict *v, *again;
	struct msg_envelope envelope;
	size_t at = span_find(input, SPAN("\n--\n"));

	if (size > INPUT_MOST) {
		arena_free(a);
		return 0;
	}
	conf = span_slice(input, 0, at);
	config = read_config(a, conf);
	read_envelope(a, span_trim(span_from_offset(input, at + 4)), &envelope);
	v = scan_whole(config, msg_make(a, &envelope, span_of(message)), need_memo_make(a, 0));
	check_verdict(v);
	check_answer(v, envelope.rcpt_count);
	again = scan_whole(config, msg_make(a, &envelope, span_of(message)), need_memo_make(a, 0));
	must(span_equal(print(a, config, v), print(a, config, again)));
	arena_free(a);
	return 0;
}
