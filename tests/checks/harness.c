/* Runs checks over small messages, without network and with a fixed clock. */
#include "harness.h"

#include "dns/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Configurations cost more than scans: each table makes one and drops it at the end. */
struct bench {
	struct arena *arena;
	struct scan_config *config;
	const struct check *check; /* whose findings are told; NULL: everybody's */
};

/* A check that reads the findings of others needs them beside it. */
static size_t list_checks(const struct check *check, const struct check **out)
{
	size_t n = 0;

	for (size_t i = 0; i < checks_count; i++) {
		bool wanted = check == NULL || checks_all[i] == check;

		for (size_t k = 0; !wanted && check->after != NULL && check->after[k] != NULL; k++)
			wanted = span_equal(span_of(check->after[k]), span_of(checks_all[i]->name));
		if (wanted)
			out[n++] = checks_all[i];
	}
	return n;
}

static void bench_read(struct bench *b, const struct check *check, const char *settings,
	struct conf_report *report)
{
	const struct conf_text text = {
		.name = "settings",
		.text = span_of(settings),
		.layer = CONF_LAYER_FILE,
		.section = "",
	};
	struct conf_input input = {.texts = &text, .text_count = settings == NULL ? 0 : 1};
	const struct check **checks;
	struct conf *conf;

	b->arena = arena_make();
	b->check = check;
	checks = ARENA_ARRAY(b->arena, const struct check *, checks_count);
	conf_report_init(report, b->arena);
	conf = conf_load(b->arena, &input, report);
	b->config = scan_config_make(b->arena, conf, checks, list_checks(check, checks), report);
}

static void bench_open(struct bench *b, const struct check *check, const char *settings)
{
	struct conf_report report;

	bench_read(b, check, settings, &report);
	if (report.errors > 0)
		fail_msg("the settings are wrong: %.*s", SPAN_ARG(report.messages.v[0].text));
}

static void print_hit(const struct bench *b, struct buf *out, const struct scan_hit *hit)
{
	if (b->check != NULL && hit->rule->check != b->check)
		return;
	buf_printf(out, "%s%.*s(%.2f)", out->n == 0 ? "" : " ", SPAN_ARG(hit->rule->name),
		hit->alone);
	for (size_t i = 0; i < hit->evidence_count; i++)
		buf_printf(out, "%s%.*s", i == 0 ? "[" : ", ", SPAN_ARG(hit->evidence[i]));
	if (hit->evidence_count > 0)
		buf_add_byte(out, ']');
}

static struct msg_envelope read_envelope(struct arena *a, const struct harness_case *c)
{
	struct msg_envelope e = {
		.from = span_of(c->from),
		.address = span_of(c->address),
		.hostname = span_of(c->hostname),
		.helo = span_of(c->helo),
		.user = span_of(c->user),
		.tls_version = span_of(c->tls_version),
		.over_network = c->over_network,
	};
	struct span *rcpts = ARENA_ARRAY(a, struct span, MSG_RECIPIENTS_MOST);

	for (struct span rest = span_of(c->rcpts), item; span_next(&rest, ' ', &item);)
		rcpts[e.rcpt_count++] = item;
	e.rcpts = rcpts;
	return e;
}

static void use_zone(struct bench *b, struct need_memo *memo, const char *text)
{
	struct dns_zone *zone = dns_zone_make(b->arena);
	struct why why;

	if (text != NULL && dns_zone_parse(b->arena, span_of(text), &zone, &why) != RC_OK)
		fail_msg("the zone is wrong: %s", why.text);
	need_memo_use(memo, dns_zone_driver(b->arena, zone));
	need_memo_use(memo, &dns_lists_trusted);
}

static struct span scan(struct bench *b, const struct harness_case *c, struct span message)
{
	struct msg_envelope envelope = read_envelope(b->arena, c);
	struct msg *msg = msg_make(b->arena, &envelope,
		span_is_null(message) ? span_of(c->message) : message);
	struct need_memo *memo = need_memo_make(b->arena, c->now == 0 ? HARNESS_NOW : c->now);
	const struct scan_verdict *v;
	struct buf out;

	use_zone(b, memo, c->zone);
	v = scan_whole(b->config, msg, memo);
	buf_init(&out, b->arena, 1 << 20);
	for (size_t i = 0; i < v->hit_count; i++)
		print_hit(b, &out, &v->hits[i]);
	for (size_t i = 0; i < v->gap_count; i++)
		if (b->check == NULL || v->gaps[i].check == b->check)
			buf_printf(&out, "%s?%s: %.*s", out.n == 0 ? "" : " ",
				v->gaps[i].check->name, SPAN_ARG(v->gaps[i].why));
	if (v->forced_by != NULL)
		buf_printf(&out, "%s=> %.*s", out.n == 0 ? "" : " ", SPAN_ARG(v->action->name));
	return buf_span(&out);
}

struct span harness_scan(struct arena *a, const struct check *check, const struct harness_case *c,
	struct span message)
{
	struct bench b;
	struct span found;

	bench_open(&b, check, c->settings);
	found = arena_copy(a, scan(&b, c, message));
	arena_free(b.arena);
	return found;
}

static void check_case(struct bench *b, const struct harness_case *c)
{
	struct span found = scan(b, c, span_from(NULL, 0));

	if (!span_equal(found, span_of(c->expected)))
		fail_msg("%s:\n  found    %.*s\n  expected %s", c->name, SPAN_ARG(found),
			c->expected);
	if (!span_equal(found, scan(b, c, span_from(NULL, 0))))
		fail_msg("%s: a second scan gives something else", c->name);
}

void harness_check_table(const struct check *check, const struct harness_case *cases, size_t n)
{
	struct bench plain;

	bench_open(&plain, check, NULL);
	for (size_t i = 0; i < n; i++) {
		struct bench own;

		if (cases[i].settings == NULL) {
			check_case(&plain, &cases[i]);
			continue;
		}
		bench_open(&own, check, cases[i].settings);
		check_case(&own, &cases[i]);
		arena_free(own.arena);
	}
	arena_free(plain.arena);
}

void harness_check_made(const struct check *check, const char *name, struct span message,
	const char *expected)
{
	struct harness_case c = {.name = name, .message = ""};
	struct bench b;
	struct span found;

	bench_open(&b, check, NULL);
	found = scan(&b, &c, message);
	if (!span_equal(found, span_of(expected)))
		fail_msg("%s:\n  found    %.*s\n  expected %s", name, SPAN_ARG(found), expected);
	arena_free(b.arena);
}

void harness_expect_wrong(const struct check *check, const char *settings, const char *piece)
{
	struct conf_report report;
	struct bench b;

	bench_read(&b, check, settings, &report);
	if (report.errors == 0)
		fail_msg("it is not wrong: %s", settings);
	if (span_find(report.messages.v[0].text, span_of(piece)) == report.messages.v[0].text.n &&
		*piece != '\0')
		fail_msg("%s: %.*s", settings, SPAN_ARG(report.messages.v[0].text));
	arena_free(b.arena);
}

struct span harness_repeat(struct arena *a, const char *text, size_t times)
{
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	for (size_t i = 0; i < times; i++)
		buf_add_string(&out, text);
	return buf_span(&out);
}
