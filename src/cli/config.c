/* winnow config: what is in effect, where it comes from, what is wrong with it. */
#include "cli/cli.h"

#include <string.h>

#include "cli/inner.h"

/* Loads without refusing a wrong configuration: it may be shown all the same. */
static struct serve_generation *load(const struct cli *cli, const char *path,
	struct conf_report *report)
{
	const struct cli_values *settings = cli_values(cli, "set");
	struct serve_input input = {
		.path = path != NULL ? path : cli_get(cli, "config"),
		.environ = cli->environ,
		.settings = settings->v,
		.setting_count = settings->n,
	};

	conf_report_init(report, cli->arena);
	return serve_generation_make(&input, report);
}

static void print_report(const struct cli *cli, const struct conf_report *report)
{
	struct buf text;

	buf_init(&text, cli->arena, 1 << 20);
	conf_report_print(&text, report);
	(void)file_write_fd(2, buf_span(&text));
}

static int show(const struct cli *cli, struct serve_generation *g)
{
	struct conf_style style = {.origin = cli_has(cli, "origin"),
		.secrets = cli_has(cli, "secrets"),
		.schema = g->schema};
	struct span path = cli->arguments.n > 1 ? span_of(cli->arguments.v[1]) : SPAN("");
	struct why why;
	struct buf out;

	buf_init(&out, cli->arena, 64 << 20);
	if (conf_show(&out, g->conf, &style, path, &why) != RC_OK) {
		cli_complain("%s", why.text);
		return CLI_FAILED;
	}
	cli_print(buf_span(&out));
	return CLI_DONE;
}

static int diff(const struct cli *cli, struct serve_generation *g)
{
	struct conf_style style = {.origin = true,
		.secrets = cli_has(cli, "secrets"),
		.schema = g->schema};
	struct buf out;

	buf_init(&out, cli->arena, 64 << 20);
	conf_diff(&out, conf_effective(cli->arena, g->defaults, g->schema),
		conf_effective(cli->arena, g->conf, g->schema), &style);
	cli_print(buf_span(&out));
	return CLI_DONE;
}

static int check(const struct cli *cli, const struct conf_report *report)
{
	struct span text;

	if (report->errors > 0) {
		cli_complain("the configuration cannot be used: %zu errors, %zu warnings",
			report->errors, report->warnings);
		return CLI_FAILED;
	}
	text = arena_printf(cli->arena, "The configuration can be used%s.\n",
		report->warnings > 0 ? "; see the warnings" : "");
	cli_print(text);
	return CLI_DONE;
}

static int run_config(struct cli *cli)
{
	const char *verb = cli->arguments.n > 0 ? cli->arguments.v[0] : "";
	bool is_check = strcmp(verb, "check") == 0, is_show = strcmp(verb, "show") == 0;
	struct conf_report report;
	struct serve_generation *g;
	int status;

	if (!is_check && !is_show && strcmp(verb, "diff") != 0)
		return cli_usage(cli, "say show, check or diff");
	if (cli->arguments.n > (is_check || is_show ? 2U : 1U))
		return cli_usage(cli, "too many arguments");
	g = load(cli, is_check && cli->arguments.n > 1 ? cli->arguments.v[1] : NULL, &report);
	print_report(cli, &report);
	if (is_check)
		status = check(cli, &report);
	else if (is_show)
		status = show(cli, g);
	else
		status = diff(cli, g);
	/* what is shown is not what would be served */
	if (report.errors > 0)
		status = CLI_FAILED;
	serve_generation_free(g);
	return status;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
	{"origin", 0, NULL, false, "behind each value, the file and line where it was set"},
	{"secrets", 0, NULL, false, "show passwords and keys, which are *** otherwise"},
};

const struct cli_command cli_command_config = {
	.name = "config",
	.summary = "show, check and compare the configuration",
	.arguments = "show [KEY] | check [DIR] | diff",
	.about =
		"show prints what is in effect, defaults included, or one part of it; check tells what is\n"
		"wrong, with file, line and the nearest valid name; diff prints what differs from the\n"
		"defaults.",
	.examples = "winnow config show actions\tthe thresholds in effect\n"
		    "winnow config show worker.proxy --origin\twhere each value comes from\n"
		    "winnow config check /etc/winnow\tis anything wrong?\n"
		    "winnow config diff\twhat is not as shipped",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_config,
};
