/*
 * cli: the `winnow` command, one file a subcommand. A command is a row: its options, help and examples
 * stand there once, and parsing, --help, the manual pages and the shell's completion come from them.
 *
 * Exit status: 0 done, 1 for `scan --exit-code` when a message is spam and for `doctor` when something is wrong,
 * 2 usage, 3 could not do it.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/base.h"

enum cli_exit { CLI_DONE = 0, CLI_SPAM = 1, CLI_UNWELL = 1, CLI_USAGE = 2, CLI_FAILED = 3 };

struct cli_option {
	const char *name;     /* without -- */
	char letter;          /* or 0 */
	const char *argument; /* "FILE", or NULL for a switch */
	bool repeats;         /* may be given several times */
	const char *help;
};

/* What was given for an option, in order; for a switch the values are empty. */
struct cli_values {
	VEC(const char *);
};

enum { CLI_OPTIONS_MOST = 32 };

struct cli;

struct cli_command {
	const char *name;
	const char *summary;   /* one line, for `winnow --help` */
	const char *arguments; /* "FILE|DIR|MBOX|-..." */
	const char *about;     /* paragraphs of the manual */
	const char *examples;  /* lines "command<TAB>what it does" */
	const struct cli_option *options;
	size_t option_count;
	int (*run)(struct cli *cli);
};

/* A parsed command line. */
struct cli {
	struct arena *arena; /* of the command */
	const struct cli_command *command;
	struct cli_values values[CLI_OPTIONS_MOST]; /* by row of the command's options */
	struct {
		VEC(const char *);
	} arguments;
	const char *const *environ;
};

/* What is given for an option (a name of the command's rows). NULL, false: not given. */
const char *cli_get(const struct cli *cli, const char *option);
bool cli_has(const struct cli *cli, const char *option);
const struct cli_values *cli_values(const struct cli *cli, const char *option);

extern const struct cli_command *const cli_commands[];
extern const size_t cli_command_count;

/* The whole program. */
int cli_main(int argc, char **argv, const char *const *environ);

#endif
