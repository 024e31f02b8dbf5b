/* What commands say: complaints, help, progress. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/inner.h"

void cli_complain(const char *format, ...)
{
	va_list ap;

	(void)fputs("winnow: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "winnow %s: ", cli->command->name);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "\nwinnow %s --help shows its options and examples\n",
		cli->command->name);
	return CLI_USAGE;
}

void cli_print(struct span text)
{
	if (file_write_fd(STDOUT_FILENO, text))
		return;
	cli_complain("cannot write to standard output");
	exit(CLI_FAILED);
}

static void print_option(struct buf *out, const struct cli_option *option)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", option->letter != 0 ? "-" : " ",
		option->letter != 0 ? option->letter : ' ', option->letter != 0 ? ", " : "  ",
		option->name, option->argument != NULL ? " " : "",
		option->argument != NULL ? option->argument : "");
	buf_printf(out, "  %-26s %s%s\n", left, option->help,
		option->repeats ? " (may be repeated)" : "");
}

static void print_examples(struct buf *out, const char *examples)
{
	struct span rest = span_of(examples);

	for (struct span line; span_next_line(&rest, &line);) {
		struct span command;

		(void)span_next(&line, '\t', &command);
		buf_printf(out, "  %.*s\n        %.*s\n", SPAN_ARG(command), SPAN_ARG(line));
	}
}

void cli_print_help(const struct cli_command *command)
{
	struct arena *a = arena_make();
	struct buf out;

	buf_init(&out, a, 1 << 20);
	buf_printf(&out, "winnow %s%s %s\n\n%s\n", command->name,
		command->option_count > 0 ? " [options]" : "", command->arguments, command->about);
	if (command->option_count > 0)
		buf_add_string(&out, "\nOptions:\n");
	for (size_t i = 0; i < command->option_count; i++)
		print_option(&out, &command->options[i]);
	buf_add_string(&out, "\nExamples:\n");
	print_examples(&out, command->examples);
	cli_print(buf_span(&out));
	arena_free(a);
}

void cli_progress_start(struct cli_progress *p, const char *what, size_t total)
{
	*p = (struct cli_progress){.shown = isatty(STDERR_FILENO) == 1,
		.total = total,
		.what = what};
}

void cli_progress_step(struct cli_progress *p, size_t done)
{
	enum { WIDTH = 30 };
	uint64_t now = clock_monotonic_us();
	char bar[WIDTH + 1];

	if (!p->shown || (p->last != 0 && now - p->last < 100000))
		return;
	p->last = now;
	if (p->total == 0) {
		(void)fprintf(stderr, "\r%s: %zu", p->what, done);
		return;
	}
	memset(bar, ' ', WIDTH);
	memset(bar, '#', num_min(done, p->total) * WIDTH / p->total);
	bar[WIDTH] = '\0';
	(void)fprintf(stderr, "\r%s: [%s] %zu of %zu", p->what, bar, done, p->total);
}

void cli_progress_end(struct cli_progress *p)
{
	if (p->shown && p->last != 0)
		(void)fputs("\r\x1b[K", stderr);
}
