/*
 * Where a message came from: answers about its network, and the walk back over Received fields behind relays. Lines of the
 * input: the client's address, its verified name, its HELO name, the envelope sender, what every TXT question gets as
 * answer; then the message.
 */
#include <math.h>

#include "checks/checks.h"
#include "dns/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct check check_external_relay, check_asn, check_hfilter, check_rdns;

static const struct scan_config *config;

static void make_config(void)
{
	static const struct check *const checks[] = {&check_external_relay, &check_asn,
		&check_hfilter, &check_rdns};
	static const struct conf_text text = {
		.name = "fuzz",
		.layer = CONF_LAYER_FILE,
		.section = "",
		.text = SPAN_INIT(
			"external_relay { enabled = yes; rules { "
			"NET { ip_map = \"198.51.100.0/24\" } "
			"NAME { strategy = hostname_map; hostname_map = relay.example } } }"),
	};
	struct conf_input input = {.texts = &text, .text_count = 1};
	struct arena *a = arena_make();
	struct conf_report report;

	conf_report_init(&report, a);
	config = scan_config_make(a, conf_load(a, &input, &report), checks, ARRAY_LEN(checks),
		&report);
	must(report.errors == 0);
}

static enum rc answer(void *ctx, struct arena *a, struct need *need)
{
	struct dns_answer *out = ARENA_NEW(a, struct dns_answer);
	struct dns_record *record = ARENA_NEW(a, struct dns_record);

	if (span_starts(need->key, SPAN("TXT "))) {
		record->text = *(const struct span *)ctx;
		out->n = 1;
		out->v = record;
	}
	out->status = out->n > 0 ? DNS_FOUND : DNS_NO_NAME;
	need->answer = out;
	return RC_OK;
}

/* "asn:1, ipnet:NET, country:XX", the later two when they can be read. */
static void check_origin(struct span text)
{
	struct ip_net net;
	uint64_t number;
	size_t n;

	must(span_starts(text, SPAN("asn:")));
	text = span_from_offset(text, 4);
	n = num_read_u64(text, UINT32_MAX, &number);
	must(n > 0);
	text = span_from_offset(text, n);
	if (span_starts(text, SPAN(", ipnet:"))) {
		text = span_from_offset(text, 8);
		n = span_find_byte(text, ',');
		must(ip_net_parse(span_slice(text, 0, n), &net));
		text = span_from_offset(text, n);
	}
	if (text.n > 0)
		must(span_starts(text, SPAN(", country:")) && text.n == 12 &&
			byte_is_alpha(text.p[10]) && byte_is_alpha(text.p[11]));
}

/* Nobody but a trusted relay can give the place of the client to another. */
static void check_client(const struct msg *m, struct span before, struct span name)
{
	static const struct ip_net relays = {.ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198,
						     51, 100, 0}},
		.bits = 120};
	struct ip ip;

	if (span_equal(m->envelope.address, before))
		return;
	must(ip_parse(before, &ip));
	must(ip_net_has(&relays, &ip) || span_equal_nocase(name, SPAN("relay.example")));
	must(ip_parse(m->envelope.address, &ip));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), lines[5] = {{0}};
	struct arena *a = arena_make();
	struct need_driver driver = {.kind = &dns_kind, .ctx = &lines[4], .ask = answer};
	struct need_memo *memo = need_memo_make(a, 1770984000);
	const struct scan_verdict *v;
	struct msg_envelope envelope;
	struct msg *m;

	if (config == NULL)
		make_config();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		(void)span_next_line(&rest, &lines[i]);
	envelope = (struct msg_envelope){.address = lines[0],
		.hostname = lines[1],
		.helo = lines[2],
		.from = lines[3]};
	need_memo_use(memo, &driver);
	m = msg_make(a, &envelope, rest);
	v = scan_whole(config, m, memo);
	must(isfinite(v->score) && v->gap_count == 0);
	check_client(m, lines[0], lines[1]);
	for (size_t i = 0; i < v->hit_count; i++)
		if (span_equal(v->hits[i].rule->name, SPAN("ASN")))
			check_origin(v->hits[i].evidence[0]);
	arena_free(a);
	return 0;
}
