/*
 * Whole messages through every check. The first two lines of the input are the envelope sender and the
 * recipients with blanks between; the message follows. A sender of "-" is not known.
 */
#include "checks/checks.h"

#include <math.h>

#include "dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RCPTS_MOST = 20, PRINTED_MOST = 16 << 20 };

/* What a scan may take: a fixed part, and so many times the message. */
enum { MEMORY_BASE = 4 << 20, MEMORY_FACTOR = 256 };

static struct scan_config *config;

static void make_config(void)
{
	struct arena *a = arena_make();
	struct conf_input input = {0};
	struct conf_report report;

	conf_report_init(&report, a);
	config = scan_config_make(a, conf_load(a, &input, &report), checks_all, checks_count,
		&report);
	must(report.errors == 0);
}

static void check_hit(const struct scan_hit *hit)
{
	must(isfinite(hit->score) && isfinite(hit->alone));
	must(hit->evidence_count <= SCAN_EVIDENCES_MOST);
	for (size_t i = 0; i < hit->evidence_count; i++)
		must(hit->evidence[i].n <= SCAN_EVIDENCE_MOST);
	must(!hit->removed || hit->score == 0);
}

/* The verdict as JSON, after its sum was checked. */
static struct span scan(struct arena *a, struct span from, struct span rcpts, struct span message)
{
	struct span list[RCPTS_MOST];
	struct msg_envelope envelope = {.from = from,
		.rcpts = list,
		.address = SPAN("49.68.145.31"),
		.helo = SPAN("mail.example.org")};
	struct need_memo *memo = need_memo_make(a, 1770984000);
	const struct scan_verdict *v;
	struct buf out;
	struct json j;
	double sum = 0;

	for (struct span rest = rcpts; envelope.rcpt_count < RCPTS_MOST &&
		span_next(&rest, ' ', &list[envelope.rcpt_count]);)
		envelope.rcpt_count++;
	/* a world in which no name exists, so that every question has an answer */
	need_memo_use(memo, dns_zone_driver(a, dns_zone_make(a)));
	need_memo_use(memo, &dns_lists_trusted);
	v = scan_whole(config, msg_make(a, &envelope, message), memo);
	for (size_t i = 0; i < v->hit_count; i++) {
		check_hit(&v->hits[i]);
		sum += v->hits[i].score;
	}
	must(fabs(sum - v->score) < 1e-6);
	must(v->gap_count == 0);
	buf_init(&out, a, PRINTED_MOST);
	json_init(&j, &out);
	json_open_object(&j);
	for (size_t i = 0; i < v->hit_count; i++) {
		json_key_span(&j, v->hits[i].rule->name);
		json_open_array(&j);
		json_double(&j, v->hits[i].score);
		for (size_t k = 0; k < v->hits[i].evidence_count; k++)
			json_text(&j, v->hits[i].evidence[k]);
		json_close(&j);
	}
	json_close(&j);
	must(!out.full);
	return buf_span(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_from((const char *)data, size), from = {0}, rcpts = {0};
	struct arena *first = arena_make(), *second = arena_make();

	if (config == NULL)
		make_config();
	(void)span_next_line(&message, &from);
	(void)span_next_line(&message, &rcpts);
	if (span_equal(from, SPAN("-")))
		from = span_from(NULL, 0);
	must(span_equal(scan(first, from, rcpts, message), scan(second, from, rcpts, message)));
	must(arena_peak(first) <= MEMORY_BASE + MEMORY_FACTOR * size);
	arena_free(first);
	arena_free(second);
	return 0;
}
