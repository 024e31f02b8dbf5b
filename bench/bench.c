/*
 * CPU time of parsing and of whole scans, in this process: no I/O, no clock of the wall. Prints one line
 * a measurement, "name microseconds-per-message", the best of several rounds: other work on the machine
 * only ever adds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "checks/checks.h"
#include "dns/dns.h"
#include "serve/serve.h"

enum { ROUNDS = 9, BYTES_MOST = 64 << 20 };

/* What a usual sender publishes. */
static const char zone_text[] =
	"orchard.example TXT \"v=spf1 mx ip4:192.0.2.0/28 -all\"\n"
	"orchard.example MX 10 mail.orchard.example\n"
	"mail.orchard.example A 192.0.2.25\n"
	"25.2.0.192.in-addr.arpa PTR mail.orchard.example\n"
	"_dmarc.orchard.example TXT \"v=DMARC1; p=quarantine; rua=mailto:dmarc@orchard.example\"\n"
	"25.2.0.192.asn.rspamd.com TXT \"64500|192.0.2.0/24|NL|ripencc|\"\n";

struct bench {
	const struct serve_generation *generation;
	struct dns_zone *zone;
	struct span bytes;
	struct arena *arena;
};

static void parse_once(struct bench *b)
{
	(void)mime_parse(b->arena, b->bytes);
}

/* What a scan of a usual message decodes: all headers, all text. */
static void decode_once(struct bench *b)
{
	struct mime *m = mime_parse(b->arena, b->bytes);

	for (size_t i = 0; i < m->part_count; i++) {
		for (size_t k = 0; k < m->parts[i]->header_count; k++)
			(void)mime_header_text(m, &m->parts[i]->headers[k]);
		if (mime_part_is_text(m->parts[i]))
			(void)mime_part_text(m, m->parts[i]);
	}
}

/* What a reader would see: all texts, HTML, URLs. */
static void read_once(struct bench *b)
{
	struct msg_envelope envelope = {0};

	(void)msg_urls(msg_make(b->arena, &envelope, b->bytes));
}

static void scan_once(struct bench *b)
{
	static const struct span rcpts[] = {SPAN_INIT("jonas@harbour.example")};
	struct msg_envelope envelope = {
		.from = SPAN("mira@orchard.example"),
		.rcpts = rcpts,
		.rcpt_count = 1,
		.address = SPAN("192.0.2.25"),
		.hostname = SPAN("mail.orchard.example"),
		.helo = SPAN("mail.orchard.example"),
	};

	struct need_memo *memo = need_memo_make(b->arena, 1795351538);

	need_memo_use(memo, dns_zone_driver(b->arena, b->zone));
	need_memo_use(memo, &dns_lists_trusted);
	(void)scan_whole(b->generation->scan, msg_make(b->arena, &envelope, b->bytes), memo);
}

static void measure(struct bench *b, const char *name, void (*once)(struct bench *b))
{
	unsigned count = 1;
	double best = 1e300;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;

		for (unsigned i = 0; i < count; i++) {
			once(b);
			arena_reset(b->arena);
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
	printf("%s %.2f\n", name, best / 1000);
}

int main(int argc, char **argv)
{
	struct bench b = {.arena = arena_make()};
	struct arena *a = arena_make();
	struct serve_input input = {.path = "/nonexistent"};
	struct conf_report report;
	struct serve_generation *g;
	struct why why;

	if (argc != 2 || file_read(a, argv[1], BYTES_MOST, &b.bytes, &why) != RC_OK) {
		(void)fprintf(stderr, "usage: bench MESSAGE\n");
		return 2;
	}
	conf_report_init(&report, a);
	g = serve_generation_make(&input, &report);
	b.generation = g;
	if (dns_zone_parse(a, span_of(zone_text), &b.zone, &why) != RC_OK)
		panic("%s", why.text);
	measure(&b, "parse", parse_once);
	measure(&b, "decode", decode_once);
	measure(&b, "content", read_once);
	measure(&b, "scan", scan_once);
	serve_generation_free(g);
	arena_free(b.arena);
	arena_free(a);
	return 0;
}
