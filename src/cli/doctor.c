/*
 * winnow doctor: what is wrong with this machine's filter, or with a domain's own records, in plain words.
 *
 * DESIGN: all probes run side by side over one memo, so that a dead network costs one deadline, not one a probe;
 * findings are printed in the order of the table however answers come.
 */
#include "cli/cli.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor_inner.h"
#include "url/url.h"

enum { OUTPUT_MOST = 16 << 20, SECONDS_MOST = 30 };

/* ---- what probes call ---- */

void doctor_tell(struct doctor *d, enum doctor_mark mark, const char *why, const char *todo,
	const char *format, ...)
{
	struct doctor_finding *f = VEC_ADD(d->arena, &d->run->findings);
	va_list ap;

	f->mark = mark;
	f->why = why;
	f->todo = todo;
	va_start(ap, format);
	f->what = arena_vprintf(d->arena, format, ap);
	va_end(ap);
}

enum rc doctor_ask(struct doctor *d, enum dns_type type, struct span name,
	const struct dns_answer **out)
{
	enum rc rc = dns_need(d->needs, type, name, out);
	struct span why = needs_why(d->needs);

	if (rc == RC_INVALID)
		doctor_tell(d, DOCTOR_ERROR, "nobody can look it up", "write it anew",
			"%.*s cannot be a name", SPAN_ARG(name));
	else if (rc != RC_OK && rc != RC_WAIT)
		doctor_tell(d, DOCTOR_WARNING, NULL,
			"try again; if it stays so, look at the name servers of the domain",
			"%s of %.*s could not be looked up: %.*s", dns_type_name(type),
			SPAN_ARG(name), SPAN_ARG(why));
	return rc;
}

/* ---- the machine ---- */

static enum rc look_configuration(struct doctor *d)
{
	const struct conf_report *r = d->report;

	for (size_t i = 0; i < r->messages.n; i++)
		doctor_tell(d, r->messages.v[i].is_error ? DOCTOR_ERROR : DOCTOR_WARNING, NULL,
			NULL, "%.*s", SPAN_ARG(r->messages.v[i].text));
	if (r->messages.n == 0)
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "the configuration loads without complaint");
	return RC_OK;
}

/* As whom the filter runs when root starts it; NULL: nobody knows. */
static const struct passwd *find_account(const struct doctor *d)
{
	struct span name;
	const struct passwd *account;

	if (conf_to_text(conf_find(d->generation->conf->root, "options.user"), &name))
		return getpwnam(arena_string(d->arena, name));
	account = getpwnam("winnow");
	return account != NULL ? account : getpwnam("nobody");
}

/* What root has for itself is given to the filter when it starts. Groups are not looked into. */
static bool can_write(const struct doctor *d, const char *folder, const struct stat *st,
	const char **who)
{
	const struct passwd *account;

	*who = "this user";
	if (access(folder, W_OK | X_OK) == -1)
		return false;
	account = geteuid() == 0 ? find_account(d) : NULL;
	if (account == NULL)
		return true;
	*who = arena_string(d->arena, arena_printf(d->arena, "the account %s", account->pw_name));
	return (st->st_uid == 0 && (st->st_mode & S_IWOTH) == 0) ||
		(st->st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
		(st->st_uid == account->pw_uid && (st->st_mode & S_IWUSR) != 0);
}

static enum rc look_state(struct doctor *d)
{
	struct span control = serve_control_path(d->arena, d->generation);
	const char *folder =
		arena_string(d->arena, span_slice(control, 0, span_find_last_byte(control, '/')));
	const char *who;
	struct stat st;

	if (stat(folder, &st) == -1)
		doctor_tell(d, DOCTOR_WARNING, "what the filter keeps stands there",
			"start `winnow serve` once, which makes it, or set state_dir", "%s: %s",
			folder, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		doctor_tell(d, DOCTOR_ERROR, "the filter can keep nothing",
			"move it away or set state_dir", "%s is no folder", folder);
	else if (!can_write(d, folder, &st, &who))
		doctor_tell(d, DOCTOR_WARNING,
			"a filter that runs so can keep nothing, and `winnow stats` cannot ask it",
			"give the folder to the account that the filter runs as, or set state_dir; "
			"when another user starts the filter, ask the doctor as that one",
			"%s: %s may not write there", folder, who);
	else
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%s is there, and %s may write to it", folder,
			who);
	return RC_OK;
}

/* A zone that is signed and that everybody must be able to ask for. */
static enum rc ask_org(struct doctor *d, const struct dns_answer **out)
{
	return dns_need(d->needs, DNS_SOA, SPAN("org"), out);
}

static bool is_offline(const struct doctor *d)
{
	return d->answers.zone != NULL || !span_is_null(d->answers.replay);
}

enum rc doctor_test_dns(struct doctor *d, bool *out)
{
	const struct dns_answer *answer;
	enum rc rc;

	*out = is_offline(d);
	if (*out || d->answers.network == NULL)
		return RC_OK;
	rc = ask_org(d, &answer);
	*out = rc == RC_OK && answer->status == DNS_FOUND;
	return rc == RC_WAIT ? RC_WAIT : RC_OK;
}

/* What to do by who is asked. */
static const char *const dns_todo[] = {
	[DNS_RECURSE] = "let UDP and TCP port 53 out of this machine, or name a resolver in "
			"options.dns.servers",
	[DNS_FORWARD] = "look at those servers, or remove options.dns.servers and options.dns.mode "
			"to ask the servers of the zones themselves",
	[DNS_SYSTEM] = "look at the servers of /etc/resolv.conf, or remove options.dns.mode to ask "
		       "the servers of the zones themselves",
	[DNS_OFF] = "remove options.dns.mode",
};

static void tell_dns(struct doctor *d, int mode, enum rc rc, const struct dns_answer *answer)
{
	static const char dns_matters[] =
		"SPF, DKIM, DMARC and block lists cannot be checked without DNS";
	struct span how = cli_describe_network(d->arena, d->answers.network);

	if (rc != RC_OK) {
		doctor_tell(d, DOCTOR_ERROR, dns_matters, dns_todo[mode],
			"no answer for the zone org: %.*s (%.*s)", SPAN_ARG(needs_why(d->needs)),
			SPAN_ARG(how));
		return;
	}
	if (answer->status != DNS_FOUND) {
		doctor_tell(d, DOCTOR_ERROR, dns_matters, dns_todo[mode],
			"it answers that the zone org is not there: somebody makes answers up (%.*s)",
			SPAN_ARG(how));
		return;
	}
	doctor_tell(d, DOCTOR_OK, NULL, NULL, "it answers: %.*s%s", SPAN_ARG(how),
		answer->secure ? ", and a signed answer is validated" : "");
	if (!answer->secure)
		doctor_tell(d, DOCTOR_WARNING, "answers could be forged on their way",
			"install dns-root-data, or ask servers that pass DNSSEC on",
			"a signed answer is not validated");
}

static enum rc look_dns(struct doctor *d)
{
	const struct dns_answer *answer = NULL;
	enum rc rc;

	if (is_offline(d)) {
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "answers come from a table or a record");
		return RC_OK;
	}
	if (d->answers.network == NULL) {
		doctor_tell(d, DOCTOR_ERROR, "nothing can be asked",
			"mend options.dns, of which the configuration's findings tell",
			"it could not be opened");
		return RC_OK;
	}
	rc = ask_org(d, &answer);
	if (rc == RC_WAIT)
		return rc;
	tell_dns(d, dns_sources_mode(serve_dns_sources(d->generation)), rc, answer);
	return RC_OK;
}

/* ---- running ---- */

static const struct doctor_probe probes[] = {
	{"configuration", false, false, look_configuration},
	{"state", false, false, look_state},
	{"DNS", false, false, look_dns},
	{"lists", false, false, doctor_look_lists},
	{"MX", true, false, doctor_look_mx},
	{"SPF", true, false, doctor_look_spf},
	{"SPF", true, true, doctor_look_server_spf},
	{"DKIM", true, false, doctor_look_dkim},
	{"DMARC", true, false, doctor_look_dmarc},
	{"PTR", false, true, doctor_look_ptr},
	{"lists", false, true, doctor_look_listed},
};

struct doctor_runs {
	struct doctor d;
	struct doctor_run v[ARRAY_LEN(probes)];
};

static bool is_wanted(const struct doctor *d, const struct doctor_probe *probe)
{
	bool has_domain = !span_is_null(d->domain), has_address = !span_is_null(d->address);

	if (probe->of_domain && !has_domain)
		return false;
	return !probe->of_server || has_domain || has_address;
}

static enum rc work(void *ctx, struct needs *needs)
{
	struct doctor_runs *runs = ctx;
	bool waits = false;

	runs->d.needs = needs;
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		struct doctor_run *run = &runs->v[i];

		if (run->done)
			continue;
		run->probe = &probes[i];
		run->findings.n = 0;
		runs->d.run = run;
		run->done =
			!is_wanted(&runs->d, run->probe) || run->probe->look(&runs->d) != RC_WAIT;
		waits = waits || !run->done;
	}
	return waits ? RC_WAIT : RC_OK;
}

/* ---- printing ---- */

static const char *const marks[] = {"ok", "warning", "error"};

static size_t count_marks(const struct doctor_runs *runs, enum doctor_mark mark)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		for (size_t k = 0; k < runs->v[i].findings.n; k++)
			n += runs->v[i].findings.v[k].mark == mark;
	return n;
}

static void print_finding(struct buf *out, const char *topic, const struct doctor_finding *f)
{
	buf_printf(out, "%-8s %s: ", marks[f->mark], topic);
	cli_print_safe(out, f->what);
	buf_add_byte(out, '\n');
	if (f->why != NULL)
		buf_printf(out, "         why it matters: %s\n", f->why);
	if (f->todo != NULL)
		buf_printf(out, "         what to do: %s\n", f->todo);
}

static void print_text(struct buf *out, const struct doctor_runs *runs)
{
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		for (size_t k = 0; k < runs->v[i].findings.n; k++)
			print_finding(out, probes[i].topic, &runs->v[i].findings.v[k]);
	buf_printf(out, "errors: %zu, warnings: %zu\n", count_marks(runs, DOCTOR_ERROR),
		count_marks(runs, DOCTOR_WARNING));
}

static void add_words(struct json *j, const char *key, const char *words)
{
	json_key(j, key);
	if (words == NULL)
		json_null(j);
	else
		json_string(j, words);
}

static void add_finding(struct json *j, const char *topic, const struct doctor_finding *f)
{
	json_open_object(j);
	add_words(j, "mark", marks[f->mark]);
	add_words(j, "topic", topic);
	json_key(j, "what");
	json_text(j, f->what);
	add_words(j, "why", f->why);
	add_words(j, "todo", f->todo);
	json_close(j);
}

static void print_json(struct buf *out, const struct doctor_runs *runs)
{
	struct json j;

	json_init(&j, out);
	json_open_object(&j);
	json_key(&j, "findings");
	json_open_array(&j);
	for (size_t i = 0; i < ARRAY_LEN(probes); i++)
		for (size_t k = 0; k < runs->v[i].findings.n; k++)
			add_finding(&j, probes[i].topic, &runs->v[i].findings.v[k]);
	json_close(&j);
	json_key(&j, "errors");
	json_int(&j, (int64_t)count_marks(runs, DOCTOR_ERROR));
	json_key(&j, "warnings");
	json_int(&j, (int64_t)count_marks(runs, DOCTOR_WARNING));
	json_close(&j);
	buf_add_byte(out, '\n');
}

/* ---- the command ---- */

static bool read_subject(struct doctor *d)
{
	struct span given = span_of(cli_get(d->cli, "domain"));
	struct span domain = span_from_offset(given, span_find_last_byte(given, '@') + 1);

	d->address = span_of(cli_get(d->cli, "ip"));
	if (span_is_null(given))
		return cli_check_address(d->address);
	if (span_find_byte(given, '@') == given.n)
		domain = given;
	else
		cli_complain("--domain %.*s is an address: its domain is looked at",
			SPAN_ARG(given));
	if (!url_make_ascii(d->arena, domain, &d->domain)) {
		cli_complain("--domain %.*s: no name of a domain", SPAN_ARG(given));
		return false;
	}
	return cli_check_address(d->address);
}

static int examine(struct doctor_runs *runs)
{
	struct doctor *d = &runs->d;
	struct need_memo *memo;
	struct buf out;

	/* without a network that is one of the findings */
	(void)cli_open_network(d->cli, d->generation, &d->answers);
	d->answers.seconds = SECONDS_MOST;
	memo = cli_make_memo(&d->answers, d->arena);
	if (memo == NULL)
		return CLI_FAILED;
	must(cli_wait(&d->answers, memo, work, runs) == RC_OK);
	buf_init(&out, d->arena, OUTPUT_MOST);
	if (cli_has(d->cli, "json"))
		print_json(&out, runs);
	else
		print_text(&out, runs);
	cli_print(buf_span(&out));
	cli_close_network(&d->answers);
	if (!cli_write_record(&d->answers, d->arena, memo))
		return CLI_FAILED;
	return count_marks(runs, DOCTOR_ERROR) > 0 ? CLI_UNWELL : CLI_DONE;
}

static int run_doctor(struct cli *cli)
{
	struct doctor_runs *runs = ARENA_NEW(cli->arena, struct doctor_runs);
	struct serve_input input = cli_input(cli);
	struct serve_generation *g;
	struct conf_report report;
	int status;

	runs->d.cli = cli;
	runs->d.arena = cli->arena;
	if (cli->arguments.n > 0)
		return cli_usage(cli, "a domain is named by --domain");
	if (!read_subject(&runs->d))
		return CLI_USAGE;
	if (!cli_read_answers(cli, &runs->d.answers))
		return CLI_FAILED;
	conf_report_init(&report, cli->arena);
	g = serve_generation_make(&input, &report);
	runs->d.generation = g;
	runs->d.report = &report;
	status = examine(runs);
	serve_generation_free(g);
	return status;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	{"domain", 0, "DOMAIN", false, "look at this domain's own records, too"},
	{"ip", 0, "ADDRESS", false, "address of the server that sends its mail"},
	{"selector", 0, "NAME", true, "a DKIM selector (else the usual ones are tried)"},
	{"json", 0, NULL, false, "one JSON object"},
	CLI_ANSWER_OPTIONS,
};

const struct cli_command cli_command_doctor = {
	.name = "doctor",
	.summary = "what is wrong with the filter, or with a domain's records",
	.arguments = "",
	.about =
		"Looks whether the configuration loads, DNS answers, each block list may be asked and the\n"
		"state folder may be written to. With --domain also whether that domain's own mail can\n"
		"pass elsewhere: MX, SPF, DKIM, DMARC, the reverse name of its server, and block lists.\n"
		"Each finding is ok, a warning or an error, with why it matters and what to do. The exit\n"
		"status is 1 when there is an error, 2 for wrong usage, 3 when it could not be done.",
	.examples =
		"winnow doctor\tthis machine\n"
		"winnow doctor --domain example.org --ip 192.0.2.1\ta domain and the server that sends\n"
		"winnow doctor --domain example.org --selector mail2026\twith the selector it signs by\n"
		"winnow doctor --json --domain example.org\tfor programs",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_doctor,
};
