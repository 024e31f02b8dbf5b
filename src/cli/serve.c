/* winnow serve: the filter itself, in the foreground. */
#include "cli/cli.h"

#include "cli/inner.h"

static int run_serve(struct cli *cli)
{
	struct serve_input input;

	if (cli->arguments.n > 0)
		return cli_usage(cli, "it takes no arguments");
	input = cli_input(cli);
	return serve_run(&input) == RC_OK ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
	CLI_CONFIG_OPTIONS,
};

const struct cli_command cli_command_serve = {
	.name = "serve",
	.summary = "run the filter",
	.arguments = "",
	.about =
		"Runs the filter in the foreground until SIGTERM: milter on 127.0.0.1:11332, scanning over\n"
		"HTTP on 127.0.0.1:11333, a line a message on standard output. No configuration file is\n"
		"needed. For Postfix, in main.cf: smtpd_milters = inet:127.0.0.1:11332. SIGHUP reads the\n"
		"configuration again without dropping a session, SIGUSR1 opens a log file again, SIGTERM\n"
		"lets messages under way have their answer.",
	.examples = "winnow serve\twith the defaults and /etc/winnow, if it is there\n"
		    "winnow serve -c ./etc\twith another folder\n"
		    "winnow serve --set actions.reject=20\twith one setting changed",
	.options = options,
	.option_count = ARRAY_LEN(options),
	.run = run_serve,
};
