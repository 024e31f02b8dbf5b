/* The table of commands, and the command line taken apart by a command's rows. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/inner.h"

#define COMMANDS(COMMAND)                                                                          \
	COMMAND(serve)                                                                             \
	COMMAND(stats)                                                                             \
	COMMAND(scan)                                                                              \
	COMMAND(explain)                                                                           \
	COMMAND(auth) COMMAND(doctor) COMMAND(config) COMMAND(dump) COMMAND(reference)

#define COMMAND(name) extern const struct cli_command cli_command_##name;
COMMANDS(COMMAND)
#undef COMMAND

const struct cli_command *const cli_commands[] = {
#define COMMAND(name) &cli_command_##name,
	COMMANDS(COMMAND)
#undef COMMAND
};
const size_t cli_command_count = ARRAY_LEN(cli_commands);

static size_t find_option(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->command->option_count; i++)
		if (strcmp(cli->command->options[i].name, name) == 0)
			return i;
	panic("winnow %s has no option --%s", cli->command->name, name);
}

const struct cli_values *cli_values(const struct cli *cli, const char *option)
{
	return &cli->values[find_option(cli, option)];
}

const char *cli_get(const struct cli *cli, const char *option)
{
	const struct cli_values *values = cli_values(cli, option);

	return values->n == 0 ? NULL : values->v[values->n - 1];
}

bool cli_has(const struct cli *cli, const char *option)
{
	return cli_values(cli, option)->n > 0;
}

/* The row of `--name`, `--name=value` or `-x`; CLI_OPTIONS_MOST when there is none. */
static size_t match_option(const struct cli_command *command, const char *word, const char **value)
{
	struct span name = span_of(word + (word[1] == '-' ? 2 : 1)), given;

	*value = NULL;
	given = name;
	if (word[1] == '-')
		given = span_slice(name, 0, span_find_byte(name, '='));
	if (given.n < name.n)
		*value = given.p + given.n + 1;
	for (size_t i = 0; i < command->option_count; i++) {
		const struct cli_option *option = &command->options[i];

		if (word[1] == '-' ? span_equal(given, span_of(option->name))
				   : word[1] == option->letter && word[2] == '\0')
			return i;
	}
	return CLI_OPTIONS_MOST;
}

/* "; did you mean --x?" or nothing. */
static struct span suggest_option(struct arena *a, const struct cli_command *command,
	const char *word)
{
	struct span name = span_of(word + 2);
	size_t best = SIZE_MAX, at = 0;

	name = span_slice(name, 0, span_find_byte(name, '='));
	for (size_t i = 0; i < command->option_count; i++) {
		size_t d = num_edit_distance(name, span_of(command->options[i].name));

		if (d < best) {
			best = d;
			at = i;
		}
	}
	if (best > name.n / 2)
		return SPAN("");
	return arena_printf(a, "; did you mean --%s?", command->options[at].name);
}

static int take_option(struct cli *cli, int argc, char **argv, int *at)
{
	const char *value, *word = argv[*at];
	size_t i = match_option(cli->command, word, &value);
	const struct cli_option *option;

	if (i == CLI_OPTIONS_MOST) {
		struct span hint = suggest_option(cli->arena, cli->command, word);

		return cli_usage(cli, "unknown option %s%.*s", word, SPAN_ARG(hint));
	}
	option = &cli->command->options[i];
	if (option->argument == NULL && value != NULL)
		return cli_usage(cli, "--%s takes no value", option->name);
	if (option->argument != NULL && value == NULL) {
		if (*at + 1 >= argc)
			return cli_usage(cli, "--%s needs a value: %s", option->name,
				option->argument);
		value = argv[++*at];
	}
	if (cli->values[i].n > 0 && !option->repeats)
		return cli_usage(cli, "--%s is given twice", option->name);
	*VEC_ADD(cli->arena, &cli->values[i]) = value != NULL ? value : "";
	return CLI_DONE;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	bool only_arguments = false;

	must(cli->command->option_count <= CLI_OPTIONS_MOST);
	for (int i = 0; i < argc; i++) {
		if (only_arguments || argv[i][0] != '-' || argv[i][1] == '\0') {
			*VEC_ADD(cli->arena, &cli->arguments) = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			only_arguments = true;
		} else if (is_help(argv[i])) {
			cli_print_help(cli->command);
			return CLI_DONE;
		} else if (take_option(cli, argc, argv, &i) != CLI_DONE) {
			return CLI_USAGE;
		}
	}
	return cli->command->run(cli);
}

static void print_commands(void)
{
	struct arena *a = arena_make();
	struct buf out;

	buf_init(&out, a, 64 << 10);
	buf_add_string(&out, "winnow: a mail filter that says why\n\n");
	for (size_t i = 0; i < cli_command_count; i++)
		buf_printf(&out, "  winnow %-10s %s\n", cli_commands[i]->name,
			cli_commands[i]->summary);
	buf_add_string(&out,
		"\nwinnow COMMAND --help shows a command's options and examples.\n"
		"winnow --version tells the version.\n");
	cli_print(buf_span(&out));
	arena_free(a);
}

static const struct cli_command *find_command(const char *name)
{
	const struct cli_command *nearest = cli_commands[0];
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < cli_command_count; i++) {
		size_t d = num_edit_distance(span_of(name), span_of(cli_commands[i]->name));

		if (d == 0)
			return cli_commands[i];
		if (d < best) {
			best = d;
			nearest = cli_commands[i];
		}
	}
	cli_complain("there is no command %s%s%s%s", name, best <= 2 ? "; did you mean " : "",
		best <= 2 ? nearest->name : "", best <= 2 ? "?" : "");
	(void)fputs("winnow --help shows the commands\n", stderr);
	return NULL;
}

int cli_main(int argc, char **argv, const char *const *environ)
{
	struct cli cli = {.environ = environ};
	int status;

	if (argc < 2 || is_help(argv[1]) || strcmp(argv[1], "help") == 0) {
		print_commands();
		return argc < 2 ? CLI_USAGE : CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		cli_print(SPAN("winnow " WINNOW_VERSION "\n"));
		return CLI_DONE;
	}
	cli.command = find_command(argv[1]);
	if (cli.command == NULL)
		return CLI_USAGE;
	cli.arena = arena_make();
	status = run_command(&cli, argc - 2, argv + 2);
	arena_free(cli.arena);
	return status;
}
