/*
 * CPU time of 30 lists that are asked for the client when all answers are there at once: from a table, in which every
 * third list has it, and from the resolver's cache, where all of them have it; and of 30 lists that are each asked for
 * 20 domains of URLs, as names and as digests. Prints "rbl_lists", "rbl_cached", "rbl_domains" and "rbl_hashes" with
 * microseconds, the best of several rounds, beyond a scan without lists.
 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "checks/checks.h"
#include "dns/dns.h"

enum { ROUNDS = 9, LISTS = 30, DOMAINS = 20, PACKET_MOST = 1500 };

extern const struct check check_dkim, check_rbl;

/* `keys`: what stands in each list; NULL: there are none. */
static const struct scan_config *make_config(struct arena *a, const char *keys)
{
	static const struct check *const checks[] = {&check_dkim, &check_rbl};
	struct conf_text text = {.name = "bench", .layer = CONF_LAYER_FILE, .section = ""};
	struct conf_input input = {.texts = &text, .text_count = 1};
	struct conf_report report;
	struct buf out;

	buf_init(&out, a, 1 << 20);
	buf_add_string(&out, "dkim { enabled = no }\nrbl { rbls {\n");
	for (unsigned i = 0; keys != NULL && i < LISTS; i++)
		buf_printf(&out,
			"list%u { rbl = \"list%u.example.org\"; %s; returncodes { A%u = "
			"\"127.0.0.2\"; B%u = \"127.0.%%d+.3\"; C%u = [\"127.0.0.4\", "
			"\"127.0.0.5\"] } }\n",
			i, i, keys, i, i, i);
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

/* ---- a name server that has everybody on every list ---- */

static void answer(evutil_socket_t fd, short what, void *ctx)
{
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4, 127, 0, 0,
		2};
	struct sockaddr_in peer;
	socklen_t peer_size = sizeof(peer);
	uint8_t packet[PACKET_MOST] = {0};
	ssize_t n = recvfrom(fd, packet, sizeof(packet) - 300, 0, (void *)&peer, &peer_size);
	size_t end = 12;

	(void)what;
	(void)ctx;
	if (n < 17)
		return;
	while (packet[end] != 0)
		end += packet[end] + 1U;
	end += 5;
	packet[2] = 0x81;
	packet[3] = 0x80;
	packet[7] = 1;
	packet[9] = packet[11] = 0;
	memcpy(packet + end, record, sizeof(record));
	(void)sendto(fd, packet, end + sizeof(record), 0, (const void *)&peer, peer_size);
}

static struct dns_resolver *open_resolver(struct arena *a, struct event_base *base)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct span server;
	struct dns_settings settings = {.mode = DNS_FORWARD,
		.servers = {&server, 1},
		.timeout = 5,
		.cache_most = 4 << 20};
	struct dns_resolver *resolver;
	struct why why;

	must(bind(fd, (const void *)&address, size) == 0);
	must(getsockname(fd, (void *)&address, &size) == 0);
	(void)event_add(event_new(base, fd, EV_READ | EV_PERSIST, answer, NULL), NULL);
	server = ip_print_socket(a, (const void *)&address);
	if (dns_resolver_open(base, dns_sources_read(a, &settings, NULL), NULL, NULL, &resolver,
		    &why) != RC_OK)
		panic("%s", why.text);
	return resolver;
}

/* ---- scans ---- */

/* Who answers: a table, or the resolver on its loop. */
struct answers {
	const struct need_driver *table;
	struct dns_resolver *resolver;
	struct event_base *base;
	const char *keys; /* of the lists */
	struct span message;
	size_t hits;
};

static void scan_once(struct arena *a, const struct scan_config *config,
	const struct answers *answers, bool with_lists)
{
	struct msg_envelope envelope = {.address = SPAN("192.0.2.25")};
	struct need_memo *memo = need_memo_make(a, 1795351538);
	struct scan_task *task;
	const struct scan_verdict *v;
	enum scan_state state;

	need_memo_use(memo,
		answers->table != NULL ? answers->table
				       : dns_resolver_driver(answers->resolver, memo));
	need_memo_use(memo, &dns_lists_trusted);
	task = scan_start(config, msg_make(a, &envelope, answers->message), memo);
	/* waits only until the cache is warm */
	while ((state = scan_step(task)) != SCAN_DONE)
		if (state == SCAN_WAITS)
			(void)event_base_loop(answers->base, EVLOOP_ONCE);
	v = scan_verdict(task);
	need_memo_expire(memo, "it is over");
	must(v->gap_count == 0 && v->hit_count == (with_lists ? answers->hits : 0));
}

static double measure(struct arena *a, const struct answers *answers, bool with_lists)
{
	const struct scan_config *config = make_config(a, with_lists ? answers->keys : NULL);
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

static double measure_lists(struct arena *a, const struct answers *answers)
{
	return (measure(a, answers, true) - measure(a, answers, false)) / 1000;
}

static struct span make_message(struct arena *a, unsigned domains)
{
	struct buf out;

	buf_init(&out, a, 1 << 16);
	buf_add_string(&out, "From: mira@orchard.example\n\nhello\n");
	for (unsigned i = 0; i < domains; i++)
		buf_printf(&out, "see http://www.domain%u.example/page\n", i);
	return buf_span(&out);
}

int main(void)
{
	struct arena *a = arena_make();
	struct answers answers = {.table = make_answers(a),
		.hits = (LISTS + 2) / 3,
		.keys = "checks = [from]",
		.message = make_message(a, 0)};

	printf("rbl_lists %.2f\n", measure_lists(a, &answers));
	answers.table = NULL;
	answers.hits = LISTS;
	answers.base = event_base_new();
	answers.resolver = open_resolver(a, answers.base);
	printf("rbl_cached %.2f\n", measure_lists(a, &answers));
	dns_resolver_close(answers.resolver);
	/* a table in which no domain is */
	answers.table = make_answers(a);
	answers.hits = 0;
	answers.message = make_message(a, DOMAINS);
	answers.keys = "checks = [urls]";
	printf("rbl_domains %.2f\n", measure_lists(a, &answers));
	answers.keys = "checks = [urls]; hash = blake2; hash_format = base32; hash_len = 32";
	printf("rbl_hashes %.2f\n", measure_lists(a, &answers));
	arena_free(a);
	return 0;
}
