/*
 * Lists of DNS: patterns of codes, names made of what a message says, and answers of any kind. The first line of
 * the input is a pattern, then come the client's address, its HELO name and its verified name, then what a list
 * answers (addresses with blanks between), and the message.
 */
#include <math.h>

#include "checks/rbl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct check check_dkim, check_rbl;

enum { ANSWERS_MOST = 20 };

static const struct scan_config *config;

static void make_config(void)
{
	static const struct check *const checks[] = {&check_dkim, &check_rbl};
	static const struct conf_text text = {
		.name = "fuzz",
		.layer = CONF_LAYER_FILE,
		.section = "",
		.text = SPAN_INIT(
			"dkim { enabled = no } rbl { rbls { a { rbl = a.example; checks = [from, "
			"received, helo, rdns]; returncodes { A = \"127.0.%d+.2\"; B = \"127.0.0.3\"; "
			"R = \"127.255.255.254\" } } b { rbl = b.example; checks = [from, received]; "
			"exclude_private_ips = no; exclude_local = no; returnbits { C = 1; D = 6 } } "
			"w { rbl = w.example; is_whitelist = yes; checks = [from, received]; "
			"received_min_pos = -2 } u { rbl = u.example; checks = [urls, images, emails, "
			"replyto]; returnbits { U1 = 1; U2 = 2 } } h { rbl = h.example; checks = [urls, "
			"emails]; hash = blake2; hash_format = base32; hash_len = 32; "
			"emails_domainonly = yes } i { rbl = i.example; checks = [urls]; resolve_ip = yes; "
			"requests_limit = 5 } c { rbl = c.example; checks = [urls]; url_compose_map = "
			"[\"*.example.org\", \"!www.example.org\", \"example.com\"] } f { rbl = "
			"f.example; checks = [urls, emails]; url_full_hostname = yes } p { rbl = "
			"p.example; checks = [url_paths]; hash = md5 } } } "
			"symbols { A = 1; B = 2; R = 4; C = 8; D = 16; W = -1; U1 = 32; U2 = 64; H = 1; I = 1; F = 1; P = 1 }"),
	};
	struct conf_input input = {.texts = &text, .text_count = 1};
	struct arena *a = arena_make();
	struct conf_report report;

	conf_report_init(&report, a);
	config = scan_config_make(a, conf_load(a, &input, &report), checks, ARRAY_LEN(checks),
		&report);
	must(report.errors == 0);
}

/* Whatever is asked, the answer is the same; names must be such that DNS can have. */
static enum rc answer(void *ctx, struct arena *a, struct need *need)
{
	struct dns_answer *out = ARENA_NEW(a, struct dns_answer);
	struct dns_record *records = ARENA_ARRAY(a, struct dns_record, ANSWERS_MOST);
	struct span text = *(const struct span *)ctx;

	/* a list's name, or a host whose addresses a list is asked for */
	must(need->key.n <= sizeof("AAAA ") - 1 + CHECKS_HOST_MOST);
	for (struct span rest = text, item; out->n < ANSWERS_MOST && span_next(&rest, ' ', &item);)
		records[out->n++].text = item;
	out->v = records;
	out->status = out->n > 0 ? DNS_FOUND : DNS_NO_NAME;
	need->answer = out;
	return RC_OK;
}

static bool is_all_listed(struct span text)
{
	size_t n = 0;

	for (struct span rest = text, item; n < ANSWERS_MOST && span_next(&rest, ' ', &item); n++)
		if (dns_list_judge(item) != DNS_LIST_LISTED)
			return false;
	return true;
}

static void try_pattern(struct span text)
{
	struct rbl_code code = {.bits = 0};
	size_t place = 0;
	static const uint8_t address[4] = {127, 0, 0, 2};

	if (!rbl_parse_code(text, &code, &place))
		must(place > 0 && place <= text.n + 1);
	else
		(void)rbl_code_has(&code, address);
}

static void scan(struct span client, struct span helo, struct span name, struct span answers,
	struct span message)
{
	struct arena *a = arena_make();
	struct need_driver driver = {.kind = &dns_kind, .ctx = &answers, .ask = answer};
	struct msg_envelope envelope = {.address = client, .helo = helo, .hostname = name};
	struct need_memo *memo = need_memo_make(a, 1770984000);
	const struct scan_verdict *v;

	need_memo_use(memo, &driver);
	need_memo_use(memo, &dns_lists_trusted);
	v = scan_whole(config, msg_make(a, &envelope, message), memo);
	must(isfinite(v->score));
	for (size_t i = 0; i < v->gap_count; i++)
		must(v->gaps[i].why.n > 0);
	/* what is no answer of a list counts nothing, whatever stands beside it */
	must(is_all_listed(answers) || v->score == 0);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), lines[5] = {{0}};

	if (config == NULL)
		make_config();
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		(void)span_next_line(&rest, &lines[i]);
	try_pattern(lines[0]);
	scan(lines[1], lines[2], lines[3], lines[4], rest);
	return 0;
}
