/*
 * What a client says of itself, through the checks that judge it. Lines: HELO, verified name, envelope
 * sender, recipients with blanks between; the message follows. "-" is not known.
 */
#include "checks/inner.h"

#include "dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RCPTS_MOST = 5, CLASS_MOST = 5 };

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

static struct span known(struct span line)
{
	return span_equal(line, SPAN("-")) ? span_from(NULL, 0) : line;
}

static struct span next_line(struct span *rest)
{
	struct span line = {0};

	(void)span_next_line(rest, &line);
	return known(line);
}

/* Case and a letter beyond the end of names change nothing of what they are. */
static void check_name(struct arena *a, struct span name)
{
	unsigned class = checks_host_class(name);
	struct span lower = arena_lower(a, name);

	must(class <= CLASS_MOST);
	if (span_is_ascii(name))
		must(checks_host_class(lower) == class);
	must(checks_host_is_full(lower) == checks_host_is_full(name));
	must(!checks_host_is_full(name) || (span_has_byte(name, '.') && !span_has_byte(name, ' ')));
	must(name.n <= 253 || class == 0);
}

/* One way of being wrong for HELO, one for the name; strangers alone are judged. */
static void check_verdict(const struct scan_verdict *v, bool stranger)
{
	static const struct span of_dns[] = {SPAN_INIT("HFILTER_HELO_IP_A"),
		SPAN_INIT("HFILTER_HELO_NORES_A_OR_MX"), SPAN_INIT("HFILTER_HELO_NORESOLVE_MX")};
	size_t helo = 0, hostname = 0;

	for (size_t i = 0; i < v->hit_count; i++) {
		struct span name = v->hits[i].rule->name;

		must(stranger || !span_starts(name, SPAN("HFILTER_")));
		must(stranger || !span_starts(name, SPAN("ONCE_RECEIVED")));
		helo += span_starts(name, SPAN("HFILTER_HELO_"));
		hostname += span_starts(name, SPAN("HFILTER_HOSTNAME_"));
		for (size_t k = 0; k < ARRAY_LEN(of_dns); k++)
			helo -= span_equal(name, of_dns[k]);
	}
	must(helo <= 1 && hostname <= 1);
	must(v->gap_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct span addresses[] = {SPAN_INIT("203.0.113.9"), SPAN_INIT("10.0.0.1")};
	struct span rest = span_from((const char *)data, size), list[RCPTS_MOST];
	struct msg_envelope e = {.rcpts = list, .over_network = true};
	struct arena *a = arena_make();

	if (config == NULL)
		make_config();
	e.helo = next_line(&rest);
	e.hostname = next_line(&rest);
	e.from = next_line(&rest);
	for (struct span all = next_line(&rest);
		e.rcpt_count < RCPTS_MOST && span_next(&all, ' ', &list[e.rcpt_count]);)
		e.rcpt_count++;
	check_name(a, e.helo);
	check_name(a, e.hostname);
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct need_memo *memo = need_memo_make(a, 1770984000);

		/* a world in which no name exists, so that every question has an answer */
		need_memo_use(memo, dns_zone_driver(a, dns_zone_make(a)));
		need_memo_use(memo, &dns_lists_trusted);
		e.address = addresses[i];
		check_verdict(scan_whole(config, msg_make(a, &e, rest), memo), i == 0);
	}
	arena_free(a);
	return 0;
}
