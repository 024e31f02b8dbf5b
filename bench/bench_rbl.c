/*
 * CPU time of 30 lists that are asked for the client when all answers are there at once: every third one has it.
 * Prints "rbl_lists microseconds", the best of several rounds, beyond a scan without lists.
 */
#include <stdio.h>

#include "checks/checks.h"
#include "dns/dns.h"

enum { ROUNDS = 9, LISTS = 30 };

extern const struct check check_dkim, check_rbl;

static const struct scan_config *make_config(struct arena *a, bool with_lists)
{
	static const struct check *const checks[] = {&check_dkim, &check_rbl};
	struct conf_text text = {.name = "bench", .layer = CONF_LAYER_FILE, .section = ""};
	struct conf_input input = {.texts = &text, .text_count = 1};
	struct conf_report report;
	struct buf out;

	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, "dkim { enabled = no }\nrbl { rbls {\n");
	for (unsigned i = 0; with_lists && i < LISTS; i++)
		buf_printf(&out,
			"list%u { rbl = \"list%u.example.org\"; checks = [from]; returncodes { A%u = "
			"\"127.0.0.2\"; B%u = \"127.0.%%d+.3\"; C%u = [\"127.0.0.4\", "
			"\"127.0.0.5\"] } }\n",
			i, i, i, i, i);
	buf_add_string(&out, "} }\n");
	text.text = buf_span(&out);
	conf_report_init(&report, a);
	return scan_config_make(a, conf_load(a, &input, &report), checks, ARRAY_LEN(checks),
		&report);
}

static const struct need_driver *make_answers(struct arena *a)
{
	struct dns_zone *zone;
	struct buf out;
	struct why why;

	buf_init(&out, a, 1 << 20);
	for (unsigned i = 0; i < LISTS; i += 3)
		buf_printf(&out, "25.2.0.192.list%u.example.org A 127.0.0.%u\n", i, 2 + i % 4);
	must(dns_zone_parse(a, buf_span(&out), &zone, &why) == RC_OK);
	return dns_zone_driver(a, zone);
}

static void scan_once(struct arena *a, const struct scan_config *config,
	const struct need_driver *answers, bool with_lists)
{
	struct msg_envelope envelope = {.address = SPAN("192.0.2.25")};
	struct need_memo *memo = need_memo_make(a, 1795351538);
	const struct scan_verdict *v;

	need_memo_use(memo, answers);
	need_memo_use(memo, &dns_lists_trusted);
	v = scan_whole(config,
		msg_make(a, &envelope, SPAN("From: mira@orchard.example\n\nhello\n")), memo);
	must(v->gap_count == 0 && v->hit_count == (with_lists ? (LISTS + 2) / 3 : 0));
}

static double measure(struct arena *a, const struct need_driver *answers, bool with_lists)
{
	const struct scan_config *config = make_config(a, with_lists);
	struct arena *scratch = arena_make();
	unsigned count = 1;
	double best = 1e300;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;

		for (unsigned i = 0; i < count; i++) {
			scan_once(scratch, config, answers, with_lists);
			arena_reset(scratch);
		}
		ns = clock_cpu_ns() - start;
		if ((double)ns / count < best)
			best = (double)ns / count;
		/* a round takes about a tenth of a second */
		if (ns < 50000000) {
			count *= 2;
			round = -1;
		}
	}
	arena_free(scratch);
	return best;
}

int main(void)
{
	struct arena *a = arena_make();
	const struct need_driver *answers = make_answers(a);

	printf("rbl_lists %.2f\n", (measure(a, answers, true) - measure(a, answers, false)) / 1000);
	arena_free(a);
	return 0;
}
