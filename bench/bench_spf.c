/*
 * CPU time of SPF when all answers are there at once: a record with nine nested includes, the last of which lets
 * the client send. Prints "spf_nested microseconds", the best of several rounds.
 */
#include <stdio.h>

#include "auth/auth.h"

enum { ROUNDS = 9, INCLUDES = 9 };

/* Each level has a few networks before it includes the next, as those of mail providers have. */
static struct span make_zone(struct arena *a)
{
	struct buf zone;

	buf_init(&zone, a, 1 << 20);
	for (unsigned i = 0; i <= INCLUDES; i++) {
		buf_printf(&zone, "_spf%u.example.org TXT \"v=spf1", i);
		for (unsigned k = 0; k < 4; k++)
			buf_printf(&zone, " ip4:198.51.%u.%u/28", 100 + i, k * 16);
		if (i < INCLUDES)
			buf_printf(&zone, " include:_spf%u.example.org ~all\"\n", i + 1);
		else
			buf_add_string(&zone, " ip4:192.0.2.0/24 ~all\"\n");
	}
	return buf_span(&zone);
}

static void evaluate_once(struct arena *a, const struct need_driver *driver)
{
	static const struct auth_spf_query query = {
		.address = SPAN_INIT("192.0.2.25"),
		.helo = SPAN_INIT("mail.example.org"),
		.sender = SPAN_INIT("mira@_spf0.example.org"),
	};
	struct need_memo *memo = need_memo_make(a, 1795351538);
	const struct auth_spf *out;
	struct needs needs = {0};

	need_memo_use(memo, driver);
	needs_init(&needs, memo, 1000);
	must(auth_spf_evaluate(a, &needs, &query, NULL, &out) == RC_OK);
	must(out->result == AUTH_SPF_PASS && out->lookups == INCLUDES);
}

int main(void)
{
	struct arena *a = arena_make(), *scratch = arena_make();
	const struct need_driver *driver;
	struct dns_zone *zone;
	struct why why;
	unsigned count = 1;
	double best = 1e300;

	must(dns_zone_parse(a, make_zone(a), &zone, &why) == RC_OK);
	driver = dns_zone_driver(a, zone);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;

		for (unsigned i = 0; i < count; i++) {
			evaluate_once(scratch, driver);
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
	printf("spf_nested %.2f\n", best / 1000);
	arena_free(scratch);
	arena_free(a);
	return 0;
}
