/* What scanning commands need first: a configuration, an envelope, answers. */
#include "cli/cli.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli/inner.h"
#include "dns/dns.h"
#include "url/url.h"

struct serve_input cli_input(const struct cli *cli)
{
	const struct cli_values *settings = cli_values(cli, "set");

	return (struct serve_input){
		.path = cli_get(cli, "config"),
		.environ = cli->environ,
		.settings = settings->v,
		.setting_count = settings->n,
	};
}

struct serve_generation *cli_load(const struct cli *cli)
{
	struct serve_input input = cli_input(cli);
	struct conf_report report;
	struct serve_generation *g;
	struct buf text;

	conf_report_init(&report, cli->arena);
	g = serve_generation_make(&input, &report);
	buf_init(&text, cli->arena, 1 << 20);
	conf_report_print(&text, &report);
	(void)file_write_fd(STDERR_FILENO, buf_span(&text));
	if (report.errors == 0)
		return g;
	serve_generation_free(g);
	return NULL;
}

static bool read_zone(const struct cli *cli, const char *path, struct cli_answers *out)
{
	struct dns_zone *zone;
	struct span text;
	struct why why;

	if (file_read(cli->arena, path, DNS_ZONE_MOST, &text, &why) != RC_OK) {
		cli_complain("%s", why.text);
		return false;
	}
	if (dns_zone_parse(cli->arena, text, &zone, &why) != RC_OK) {
		cli_complain("%s: %s", path, why.text);
		return false;
	}
	out->zone = dns_zone_driver(cli->arena, zone);
	return true;
}

bool cli_read_answers(const struct cli *cli, struct cli_answers *out)
{
	const char *zone = cli_get(cli, "zone"), *replay = cli_get(cli, "replay");
	const char *now = cli_get(cli, "now");
	struct why why;

	*out = (struct cli_answers){.now = NAN, .record = cli_get(cli, "record")};
	if (replay != NULL && (zone != NULL || now != NULL)) {
		cli_complain("--replay brings its own answers: leave out --zone and --now");
		return false;
	}
	if (now != NULL && !clock_parse(span_of(now), &out->now)) {
		cli_complain("--now %s: seconds since 1970 or 2026-11-22T12:00:00Z are expected",
			now);
		return false;
	}
	if (replay != NULL &&
		file_read(cli->arena, replay, NEED_RECORD_MOST, &out->replay, &why) != RC_OK) {
		cli_complain("%s", why.text);
		return false;
	}
	return zone == NULL || read_zone(cli, zone, out);
}

struct need_memo *cli_make_memo(const struct cli_answers *answers, struct arena *a)
{
	static const struct need_kind *const kinds[] = {&dns_kind, &dns_list_kind};
	struct need_memo *memo;
	struct why why;

	if (span_is_null(answers->replay)) {
		memo = need_memo_make(a, isnan(answers->now) ? clock_wall() : answers->now);
		if (answers->network != NULL)
			cli_use_network(answers->network, memo);
		if (answers->zone != NULL) {
			need_memo_use(memo, answers->zone);
			need_memo_use(memo, &dns_lists_trusted);
		}
		return memo;
	}
	if (need_memo_read(a, answers->replay, kinds, ARRAY_LEN(kinds), &memo, &why) == RC_OK)
		return memo;
	cli_complain("the record cannot be replayed: %s", why.text);
	return NULL;
}

bool cli_write_record(const struct cli_answers *answers, struct arena *a,
	const struct need_memo *memo)
{
	struct buf text;
	bool written;
	int fd;

	if (answers->record == NULL)
		return true;
	buf_init(&text, a, NEED_RECORD_MOST);
	need_memo_print(memo, &text);
	fd = open(answers->record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	written = fd != -1 && file_write_fd(fd, buf_span(&text));
	if (fd != -1 && close(fd) == -1)
		written = false;
	if (!written)
		cli_complain("%s: the record cannot be written", answers->record);
	return written;
}

struct span cli_without_angles(const char *text)
{
	struct span s = span_trim(span_of(text));

	if (span_starts(s, SPAN("<")) && span_ends(s, SPAN(">")))
		s = span_slice(s, 1, s.n - 2);
	return s;
}

static struct span get_span(const struct cli *cli, const char *option)
{
	return span_of(cli_get(cli, option));
}

bool cli_check_address(struct span address)
{
	if (span_is_null(address) || url_is_address(address))
		return true;
	cli_complain("--ip %s: no IP address", address.p);
	return false;
}

bool cli_read_envelope(const struct cli *cli, struct msg_envelope *out)
{
	const struct cli_values *rcpts = cli_values(cli, "rcpt");
	struct span *list = ARENA_ARRAY(cli->arena, struct span, rcpts->n);

	*out = (struct msg_envelope){
		.address = get_span(cli, "ip"),
		.hostname = get_span(cli, "hostname"),
		.helo = get_span(cli, "helo"),
		.user = get_span(cli, "user"),
		.queue_id = get_span(cli, "queue-id"),
		.rcpts = list,
		.rcpt_count = rcpts->n,
	};
	if (!cli_check_address(out->address))
		return false;
	if (cli_has(cli, "from"))
		out->from = cli_without_angles(cli_get(cli, "from"));
	for (size_t i = 0; i < rcpts->n; i++)
		list[i] = cli_without_angles(rcpts->v[i]);
	return true;
}
