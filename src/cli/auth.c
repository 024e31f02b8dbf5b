/* winnow auth: one standard alone, as a tool: its result first, then the reasons step by step. */
#include "cli/cli.h"

#include <string.h>

#include "auth/auth.h"
#include "checks/checks.h"
#include "cli/inner.h"

enum { OUTPUT_MOST = 16 << 20 };

/* What of the configuration the standards leave to the receiver. */
struct auth_choices {
	struct auth_dkim_options dkim;
	struct auth_dmarc_options dmarc;
};

struct authing {
	const struct cli *cli;
	struct auth_choices choices;
	struct cli_answers answers;
	struct msg_envelope envelope;
	struct span receiver; /* null: not given */
	bool json, single;
};

/* ---- what all of them print ---- */

/* "  name: text", when there is a text. */
static void print_field(struct buf *out, const char *name, struct span text)
{
	if (span_is_null(text))
		return;
	buf_printf(out, "  %s: ", name);
	cli_print_safe(out, text);
	buf_add_byte(out, '\n');
}

static void print_steps(struct buf *out, const struct auth_trace *trace)
{
	for (size_t i = 0; i < trace->lines.n; i++) {
		buf_add_string(out, "    ");
		cli_print_safe(out, trace->lines.v[i]);
		buf_add_byte(out, '\n');
	}
}

static void add_text(struct json *j, const char *key, struct span text)
{
	json_key(j, key);
	if (span_is_null(text))
		json_null(j);
	else
		json_text(j, text);
}

static void add_word(struct json *j, const char *key, const char *word)
{
	json_key(j, key);
	json_string(j, word);
}

static void add_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_bool(j, value);
}

static void add_count(struct json *j, const char *key, size_t value)
{
	json_key(j, key);
	json_int(j, (int64_t)value);
}

static void add_steps(struct json *j, const struct auth_trace *trace)
{
	json_key(j, "steps");
	json_open_array(j);
	for (size_t i = 0; i < trace->lines.n; i++)
		json_text(j, trace->lines.v[i]);
	json_close(j);
}

/* As the filter has them: a tool that is milder or stricter explains nothing. */
static struct auth_choices read_choices(const struct serve_generation *g)
{
	return (struct auth_choices){checks_dkim_options(g->scan), checks_dmarc_options(g->scan)};
}

/* ---- SPF ---- */

struct spf_work {
	struct arena *arena;
	struct auth_spf_query query;
	struct auth_trace trace;
	const struct auth_spf *result;
};

static enum rc work_spf(void *ctx, struct needs *needs)
{
	struct spf_work *w = ctx;

	w->trace.arena = w->arena;
	return auth_spf_evaluate(w->arena, needs, &w->query, &w->trace, &w->result);
}

static void print_spf(struct buf *out, const struct spf_work *w)
{
	const struct auth_spf *spf = w->result;

	print_field(out, spf->of_helo ? "sender, made of the HELO name" : "sender", spf->sender);
	print_field(out, "domain", spf->domain);
	print_field(out, "mechanism", spf->mechanism);
	print_field(out, "in the record of", spf->record_domain);
	print_field(out, "explanation", spf->explanation);
	print_field(out, "why", spf->why);
	buf_printf(out, "  lookups: %u of %d, %u of them without data\n", spf->lookups,
		AUTH_SPF_LOOKUPS_MOST, spf->voids);
	if (w->trace.lines.n > 0)
		buf_add_string(out, "  steps:\n");
	print_steps(out, &w->trace);
}

static void add_spf(struct json *j, const struct spf_work *w)
{
	const struct auth_spf *spf = w->result;

	add_word(j, "result", auth_spf_word(spf->result));
	add_bool(j, "of_helo", spf->of_helo);
	add_text(j, "sender", spf->sender);
	add_text(j, "domain", spf->domain);
	add_text(j, "mechanism", spf->mechanism);
	add_text(j, "record_domain", spf->record_domain);
	add_bool(j, "is_plus_all", spf->is_plus_all);
	add_text(j, "explanation", spf->explanation);
	add_count(j, "lookups", spf->lookups);
	add_count(j, "void_lookups", spf->voids);
	add_text(j, "why", spf->why);
	add_steps(j, &w->trace);
}

static int run_spf(struct authing *au)
{
	struct arena *a = au->cli->arena;
	struct need_memo *memo = cli_make_memo(&au->answers, a);
	struct spf_work w = {.arena = a,
		.query = {.address = au->envelope.address,
			.helo = au->envelope.helo,
			.sender = au->envelope.from,
			.receiver = au->receiver}};
	struct json j;
	struct buf out;

	if (memo == NULL)
		return CLI_FAILED;
	must(cli_wait(&au->answers, memo, work_spf, &w) == RC_OK);
	buf_init(&out, a, OUTPUT_MOST);
	if (au->json) {
		json_init(&j, &out);
		json_open_object(&j);
		add_spf(&j, &w);
		json_close(&j);
		buf_add_byte(&out, '\n');
	} else {
		buf_printf(&out, "%s\n", auth_spf_word(w.result->result));
		print_spf(&out, &w);
	}
	cli_print(buf_span(&out));
	return cli_write_record(&au->answers, a, memo) ? CLI_DONE : CLI_FAILED;
}

/* ---- DKIM ---- */

struct dkim_work {
	struct msg *msg;
	struct auth_dkim_options options;
	struct auth_trace trace;
	const struct auth_dkim *result;
};

static enum rc work_dkim(void *ctx, struct needs *needs)
{
	struct dkim_work *w = ctx;

	w->trace.arena = w->msg->arena;
	return auth_dkim_verify(w->msg, needs, &w->options, &w->trace, &w->result);
}

static void print_tag(struct buf *out, const char *tag, struct span value)
{
	if (span_is_null(value))
		return;
	buf_printf(out, " %s=", tag);
	cli_print_safe(out, value);
}

static void print_signature(struct buf *out, const struct auth_signature *s)
{
	buf_add_string(out, auth_dkim_word(s->result));
	print_tag(out, "d", s->domain);
	print_tag(out, "s", s->selector);
	buf_printf(out, "\n  %s\n", auth_dkim_sentence(s->reason));
	print_field(out, "why", s->why);
	print_field(out, "identity", s->identity);
	print_field(out, "algorithm", s->algorithm);
	if (s->key_bits > 0)
		buf_printf(out, "  key: %u bits%s\n", s->key_bits,
			s->is_testing ? ", for testing (t=y)" : "");
	if (s->has_length)
		buf_printf(out, "  not signed (l=): the last %zu bytes of the body\n",
			s->body_unsigned);
}

static void print_dkim(struct buf *out, const struct dkim_work *w)
{
	if (w->result->n == 0) {
		buf_add_string(out, "none\n");
		return;
	}
	for (size_t i = 0; i < w->result->n; i++)
		print_signature(out, &w->result->v[i]);
	if (w->result->ignored > 0)
		buf_printf(out, "  %zu more signatures were not verified\n", w->result->ignored);
	if (w->trace.lines.n > 0)
		buf_add_string(out, "  steps:\n");
	print_steps(out, &w->trace);
}

static void add_signature(struct json *j, const struct auth_signature *s)
{
	json_open_object(j);
	add_word(j, "result", auth_dkim_word(s->result));
	add_word(j, "reason", auth_dkim_sentence(s->reason));
	add_text(j, "why", s->why);
	add_text(j, "d", s->domain);
	add_text(j, "s", s->selector);
	add_text(j, "i", s->identity);
	add_text(j, "a", s->algorithm);
	add_text(j, "b", s->signature);
	add_count(j, "key_bits", s->key_bits);
	add_bool(j, "is_testing", s->is_testing);
	add_bool(j, "has_length", s->has_length);
	add_count(j, "body_unsigned", s->body_unsigned);
	json_close(j);
}

static void add_dkim(struct json *j, const struct dkim_work *w)
{
	json_key(j, "signatures");
	json_open_array(j);
	for (size_t i = 0; i < w->result->n; i++)
		add_signature(j, &w->result->v[i]);
	json_close(j);
	add_count(j, "ignored", w->result->ignored);
	add_steps(j, &w->trace);
}

/* ---- DMARC ---- */

struct dmarc_work {
	struct msg *msg;
	struct auth_dmarc_options options;
	bool has_spf; /* the client's address was given */
	struct spf_work spf;
	struct dkim_work dkim;
	struct auth_trace trace;
	const struct auth_dmarc *result;
};

static struct dmarc_work dmarc_work_of(struct msg *m, const struct auth_choices *choices)
{
	return (struct dmarc_work){.msg = m,
		.options = choices->dmarc,
		.has_spf = !span_is_null(m->envelope.address),
		.spf = {.arena = m->arena,
			.query = {.address = m->envelope.address,
				.helo = m->envelope.helo,
				.sender = m->envelope.from}},
		.dkim = {.msg = m, .options = choices->dkim}};
}

static enum rc work_dmarc(void *ctx, struct needs *needs)
{
	struct dmarc_work *w = ctx;
	enum rc spf = w->has_spf ? work_spf(&w->spf, needs) : RC_OK;
	enum rc dkim = work_dkim(&w->dkim, needs);

	if (spf != RC_OK || dkim != RC_OK)
		return RC_WAIT;
	w->trace.arena = w->msg->arena;
	return auth_dmarc_evaluate(w->msg, needs, &w->options, w->spf.result, w->dkim.result,
		&w->trace, &w->result);
}

static const char *tell(bool value)
{
	return value ? "yes" : "no";
}

static void print_policy(struct buf *out, const struct auth_dmarc *d)
{
	buf_printf(out, "  policy: %s (p=%s sp=%s np=%s pct=%u)\n", auth_policy_word(d->policy),
		auth_policy_word(d->p), auth_policy_word(d->sp), auth_policy_word(d->np), d->pct);
	buf_printf(out, "  asked for this message: %s%s%s\n", auth_policy_word(d->disposition),
		d->is_sampled_out ? ", milder because of pct=" : "",
		d->is_testing ? ", the policy is being tested (t=y)" : "");
}

static void print_dmarc(struct buf *out, const struct dmarc_work *w)
{
	const struct auth_dmarc *d = w->result;

	buf_printf(out, "%s\n", auth_dmarc_word(d->result));
	print_field(out, "author domain", d->from_domain);
	if (!span_is_null(d->from_domain) && !d->domain_exists)
		buf_add_string(out, "  the author domain does not exist\n");
	print_field(out, "organisational domain", d->org_domain);
	print_field(out, "record of", d->record_domain);
	print_field(out, "record", d->record);
	if (!span_is_null(d->record_domain))
		print_policy(out, d);
	buf_printf(out, "  DKIM: aligned pass: %s (%s), any pass: %s\n", tell(d->dkim_aligned),
		d->strict_dkim ? "strict" : "relaxed", tell(d->has_dkim));
	if (w->has_spf)
		buf_printf(out, "  SPF: aligned pass: %s (%s), any pass: %s\n",
			tell(d->spf_aligned), d->strict_spf ? "strict" : "relaxed",
			tell(d->has_spf));
	else
		buf_add_string(out, "  SPF: not checked, as the client is not known (--ip)\n");
	print_field(out, "why", d->why);
	if (w->trace.lines.n > 0)
		buf_add_string(out, "  steps:\n");
	print_steps(out, &w->trace);
	if (w->has_spf) {
		buf_printf(out, "spf=%s\n", auth_spf_word(w->spf.result->result));
		print_spf(out, &w->spf);
	}
	buf_add_string(out, "dkim=");
	print_dkim(out, &w->dkim);
}

static void add_policies(struct json *j, const struct auth_dmarc *d)
{
	add_word(j, "p", auth_policy_word(d->p));
	add_word(j, "sp", auth_policy_word(d->sp));
	add_word(j, "np", auth_policy_word(d->np));
	add_word(j, "policy", auth_policy_word(d->policy));
	add_word(j, "disposition", auth_policy_word(d->disposition));
	add_bool(j, "is_sampled_out", d->is_sampled_out);
	add_bool(j, "is_testing", d->is_testing);
	add_bool(j, "domain_exists", d->domain_exists);
	add_count(j, "pct", d->pct);
}

static void add_dmarc(struct json *j, const struct dmarc_work *w)
{
	const struct auth_dmarc *d = w->result;

	add_word(j, "result", auth_dmarc_word(d->result));
	add_text(j, "from_domain", d->from_domain);
	add_text(j, "org_domain", d->org_domain);
	add_text(j, "record_domain", d->record_domain);
	add_text(j, "record", d->record);
	add_policies(j, d);
	add_bool(j, "strict_dkim", d->strict_dkim);
	add_bool(j, "strict_spf", d->strict_spf);
	add_bool(j, "dkim_aligned", d->dkim_aligned);
	add_bool(j, "spf_aligned", d->spf_aligned);
	add_bool(j, "has_spf", d->has_spf);
	add_bool(j, "has_dkim", d->has_dkim);
	add_text(j, "rua", d->rua);
	add_text(j, "ruf", d->ruf);
	add_text(j, "fo", d->fo);
	add_text(j, "why", d->why);
	add_steps(j, &w->trace);
	json_key(j, "spf");
	if (w->has_spf) {
		json_open_object(j);
		add_spf(j, &w->spf);
		json_close(j);
	} else {
		json_null(j);
	}
	json_key(j, "dkim");
	json_open_object(j);
	add_dkim(j, &w->dkim);
	json_close(j);
}

/* ---- messages ---- */

/* The name of the message: only where there are several. */
static void begin(const struct authing *au, const struct cli_message *message, struct arena *a,
	struct buf *out, struct json *j)
{
	buf_init(out, a, OUTPUT_MOST);
	json_init(j, out);
	if (au->json) {
		json_open_object(j);
		add_text(j, "file", cli_message_name(a, message));
	} else if (!au->single) {
		cli_print_safe(out, cli_message_name(a, message));
		buf_add_string(out, ":\n");
	}
}

static int end(const struct authing *au, struct arena *a, const struct need_memo *memo,
	struct buf *out, struct json *j)
{
	if (au->json) {
		json_close(j);
		buf_add_byte(out, '\n');
	}
	cli_print(buf_span(out));
	return cli_write_record(&au->answers, a, memo) ? CLI_DONE : CLI_FAILED;
}

static int verify_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	const struct authing *au = ctx;
	struct need_memo *memo = cli_make_memo(&au->answers, a);
	struct dkim_work w = {.msg = msg_make(a, &au->envelope, message->bytes),
		.options = au->choices.dkim};
	struct json j;
	struct buf out;

	if (memo == NULL)
		return CLI_FAILED;
	must(cli_wait(&au->answers, memo, work_dkim, &w) == RC_OK);
	begin(au, message, a, &out, &j);
	if (au->json)
		add_dkim(&j, &w);
	else
		print_dkim(&out, &w);
	return end(au, a, memo, &out, &j);
}

static int judge_message(void *ctx, struct arena *a, const struct cli_message *message)
{
	const struct authing *au = ctx;
	struct need_memo *memo = cli_make_memo(&au->answers, a);
	struct dmarc_work w =
		dmarc_work_of(msg_make(a, &au->envelope, message->bytes), &au->choices);
	struct json j;
	struct buf out;

	w.spf.query.receiver = au->receiver;
	if (memo == NULL)
		return CLI_FAILED;
	must(cli_wait(&au->answers, memo, work_dmarc, &w) == RC_OK);
	begin(au, message, a, &out, &j);
	if (au->json)
		add_dmarc(&j, &w);
	else
		print_dmarc(&out, &w);
	return end(au, a, memo, &out, &j);
}

static int run_dkim(struct authing *au)
{
	return cli_each_message(au->cli, "verifying", verify_message, au);
}

static int run_dmarc(struct authing *au)
{
	return cli_each_message(au->cli, "judging", judge_message, au);
}

/* ---- for winnow explain ---- */

/* A scan has asked already: the same questions again give the same steps, and no one waits. */
static void explain_steps(struct buf *out, const struct auth_trace *trace)
{
	enum { SHOWN = 15, LINE = 160 };

	for (size_t i = 0; i < trace->lines.n && i < SHOWN; i++) {
		struct span line = trace->lines.v[i];

		buf_add_string(out, "    ");
		cli_print_safe(out, span_slice(line, 0, LINE));
		buf_add_string(out, line.n > LINE ? " ...\n" : "\n");
	}
	if (trace->lines.n > SHOWN)
		buf_printf(out, "    %zu more steps: winnow auth\n", trace->lines.n - SHOWN);
}

static void explain_spf(struct buf *out, const struct spf_work *w)
{
	buf_printf(out, "  SPF %s", auth_spf_word(w->result->result));
	if (!span_is_null(w->result->sender)) {
		buf_add_string(out, " for ");
		cli_print_safe(out, w->result->sender);
	}
	buf_add_byte(out, '\n');
	explain_steps(out, &w->trace);
}

static void explain_dkim(struct buf *out, const struct dkim_work *w)
{
	for (size_t i = 0; i < w->result->n; i++) {
		const struct auth_signature *s = &w->result->v[i];

		buf_printf(out, "  DKIM %s", auth_dkim_word(s->result));
		print_tag(out, "d", s->domain);
		print_tag(out, "s", s->selector);
		buf_printf(out, " (%s): %s\n", checks_dkim_symbol(s),
			auth_dkim_sentence(s->reason));
	}
	explain_steps(out, &w->trace);
}

static void explain_dmarc(struct buf *out, const struct dmarc_work *w)
{
	buf_printf(out, "  DMARC %s for ", auth_dmarc_word(w->result->result));
	cli_print_safe(out, w->result->from_domain);
	buf_add_byte(out, '\n');
	explain_steps(out, &w->trace);
}

void cli_print_auth(struct buf *out, const struct serve_generation *g,
	const struct cli_answers *answers, struct msg *m, struct need_memo *memo)
{
	struct auth_choices choices = read_choices(g);
	const struct auth_spf *spf = auth_find_spf(m);
	const struct auth_dkim *dkim = auth_find_dkim(m);
	const struct auth_dmarc *dmarc = auth_find_dmarc(m);
	bool has_spf = spf != NULL && spf->result != AUTH_SPF_NONE;
	bool has_dkim = dkim != NULL && dkim->n > 0;
	bool has_dmarc = dmarc != NULL && dmarc->result != AUTH_DMARC_NONE;
	struct dmarc_work w = dmarc_work_of(m, &choices);

	if (!has_spf && !has_dkim && !has_dmarc)
		return;
	must(cli_wait(answers, memo, work_dmarc, &w) == RC_OK);
	buf_add_string(out, "\nWho stands behind it, step by step:\n");
	if (has_spf && w.has_spf)
		explain_spf(out, &w.spf);
	if (has_dkim)
		explain_dkim(out, &w.dkim);
	if (has_dmarc)
		explain_dmarc(out, &w);
}

/* ---- the command ---- */

struct standard {
	const char *name;
	bool of_messages;
	int (*run)(struct authing *au);
};

static const struct standard standards[] = {
	{"spf", false, run_spf},
	{"dkim", true, run_dkim},
	{"dmarc", true, run_dmarc},
};

static const struct standard *find_standard(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(standards); i++)
		if (strcmp(name, standards[i].name) == 0)
			return &standards[i];
	return NULL;
}

/* --from and --mail-from are one: the first is what all commands call it, the second what SPF does. */
static bool read_envelope(const struct cli *cli, struct msg_envelope *out)
{
	const char *from = cli_get(cli, cli_has(cli, "mail-from") ? "mail-from" : "from");

	*out = (struct msg_envelope){.address = span_of(cli_get(cli, "ip")),
		.helo = span_of(cli_get(cli, "helo"))};
	if (from != NULL)
		out->from = cli_without_angles(from);
	return cli_check_address(out->address);
}

static int check_usage(const struct cli *cli, const struct standard *standard)
{
	if (standard->of_messages && cli->arguments.n == 0)
		return cli_usage(cli, "no message is named; - is standard input");
	if (!standard->of_messages && cli->arguments.n > 0)
		return cli_usage(cli, "%s looks at no message: %s", standard->name,
			cli->arguments.v[0]);
	if (!standard->of_messages && !cli_has(cli, "ip"))
		return cli_usage(cli, "say which client it is: --ip");
	if (!standard->of_messages && !cli_has(cli, "helo") && !cli_has(cli, "from") &&
		!cli_has(cli, "mail-from"))
		return cli_usage(cli, "say who sends: --mail-from, --helo or both");
	return CLI_DONE;
}

static int run_standard(const struct cli *cli, const struct standard *standard, struct authing *au)
{
	struct serve_generation *g = cli_load(cli);
	int status = CLI_FAILED;

	if (g != NULL && cli_open_network(cli, g, &au->answers)) {
		au->choices = read_choices(g);
		status = standard->run(au);
		cli_close_network(&au->answers);
	}
	serve_generation_free(g);
	return status;
}

static int run_auth(struct cli *cli)
{
	struct authing au = {.cli = cli,
		.receiver = span_of(cli_get(cli, "receiver")),
		.json = cli_has(cli, "json")};
	const char *name = cli->arguments.n > 0 ? cli->arguments.v[0] : "";
	const struct standard *standard = find_standard(name);

	if (strcmp(name, "arc") == 0)
		return cli_usage(cli, "ARC is not there yet");
	if (standard == NULL)
		return cli_usage(cli, "say which standard: spf, dkim or dmarc");
	/* what is left are messages */
	cli->arguments.v++;
	cli->arguments.n--;
	if (check_usage(cli, standard) != CLI_DONE || !read_envelope(cli, &au.envelope))
		return CLI_USAGE;
	au.single = !standard->of_messages || cli_is_single(cli);
	if (!au.single && cli_has(cli, "record"))
		return cli_usage(cli, "--record is for one message");
	if (!cli_read_answers(cli, &au.answers))
		return CLI_FAILED;
	return run_standard(cli, standard, &au);
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	{"json", 0, NULL, false, "one JSON object, for dkim and dmarc one a message"},
	{"ip", 0, "ADDRESS", false, "address of the client"},
	{"helo", 0, "NAME", false, "what the client called itself"},
	{"mail-from", 0, "ADDRESS", false, "envelope sender (<> for the null sender)"},
	{"from", 0, "ADDRESS", false, "the same"},
	{"receiver", 0, "NAME", false, "name of the receiving host, for explanations of SPF"},
	CLI_ANSWER_OPTIONS,
};

const struct cli_command cli_command_auth = {
	.name = "auth",
	.summary = "SPF, DKIM or DMARC alone, with the reasons",
	.arguments = "spf | dkim FILE|- ... | dmarc FILE|- ...",
	.about =
		"Evaluates one standard of sender authentication and tells why it ends so, step by step.\n"
		"The first word is the result. spf: is this client allowed to send for this sender? dkim:\n"
		"a line for each signature of a message, or none. dmarc: does the author's domain stand\n"
		"behind the message, and what does it ask for otherwise? SPF counts when --ip is given.\n"
		"The exit status is 0 whatever the result, 2 for wrong usage, 3 when it could not be done.",
	.examples =
		"winnow auth spf --ip 192.0.2.1 --helo mail.example.org --mail-from a@example.org\tmay this "
		"client send for this sender?\n"
		"winnow auth spf --ip 192.0.2.1 --helo mail.example.org --mail-from '<>'\tfor a bounce\n"
		"winnow auth dkim message.eml\tthe message's signatures\n"
		"winnow auth dmarc --ip 192.0.2.1 --from a@example.org message.eml\twith SPF and DKIM\n"
		"winnow auth dkim --zone dns.txt --now 2026-11-22 message.eml\tas if DNS and the clock "
		"said so",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_auth,
};
