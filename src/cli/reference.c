/* winnow reference: the pages that are made from rows: symbols, options, manual pages. */
#include "cli/cli.h"

#include <string.h>

#include "cli/inner.h"

enum { PAGE_MOST = 16 << 20 };

/* ---- symbols ---- */

static const char *kind_of(const struct scan_rule *rule)
{
	return rule->row != NULL && rule->row->kind == SCAN_CALLBACK ? "switch" : "";
}

static void print_check_symbols(struct buf *out, const struct scan_config *config,
	const struct check *check)
{
	const struct scan_rule *const *rules;
	size_t n;

	buf_printf(out, "\n## %s\n\n%s\n", check->name, check->help);
	rules = scan_config_rules(config, &n);
	for (size_t i = 0; i < n; i++) {
		const struct scan_rule *rule = rules[i];

		if (rule->check != check)
			continue;
		buf_printf(out, "\n### %.*s\n\n", SPAN_ARG(rule->name));
		if (*kind_of(rule) != '\0')
			buf_add_string(out, "Stands for the whole check; never in a verdict. ");
		else
			buf_printf(out, "%.2f points%s. ", rule->score,
				rule->one_shot ? ", once a message" : "");
		buf_printf(out, "Group: %s. %.*s.\n",
			rule->row->group != NULL ? rule->row->group : "none",
			SPAN_ARG(rule->description));
		if (rule->row->explain != NULL)
			buf_printf(out, "\n%s\n", rule->row->explain);
	}
}

static void print_symbols(struct buf *out, const struct serve_generation *g)
{
	const struct scan_rule *const *rules;
	const struct check *last = NULL;
	size_t n;

	buf_add_string(out,
		"# Symbols\n\nMade by `winnow reference symbols` from the rows of the checks. "
		"Points are the defaults;\n`winnow explain SYMBOL` shows yours.\n");
	rules = scan_config_rules(g->scan, &n);
	for (size_t i = 0; i < n; i++) {
		if (rules[i]->check == NULL || rules[i]->check == last)
			continue;
		last = rules[i]->check;
		print_check_symbols(out, g->scan, last);
	}
}

/* ---- options ---- */

static const char *type_name(enum conf_type type)
{
	static const char *const names[] = {
		[CONF_TYPE_BOOL] = "yes or no",
		[CONF_TYPE_INT] = "number",
		[CONF_TYPE_DOUBLE] = "number",
		[CONF_TYPE_SIZE] = "size",
		[CONF_TYPE_TIME] = "time",
		[CONF_TYPE_STRING] = "text",
		[CONF_TYPE_WORD] = "word",
		[CONF_TYPE_LIST] = "list",
		[CONF_TYPE_NODE] = "section",
	};

	must((unsigned)type < ARRAY_LEN(names) && names[type] != NULL);
	return names[type];
}

/* Rows that only tell what has no effect are no options. */
static bool is_option(const struct conf_option *row)
{
	return row->type != CONF_TYPE_IGNORED;
}

static void print_words(struct buf *out, const struct conf_option *row)
{
	for (size_t i = 0; i < row->word_count; i++)
		buf_printf(out, "%s%s", i == 0 ? " One of: " : ", ", row->words[i].name);
	if (row->word_count > 0)
		buf_add_byte(out, '.');
}

static size_t count_options(const struct conf_section *section)
{
	size_t n = 0;

	for (size_t i = 0; i < section->row_count; i++)
		n += is_option(&section->rows[i]);
	return n;
}

static const char *name_section(const struct conf_section *section)
{
	return *section->path == '\0' ? "winnow.conf" : section->path;
}

static void print_section(struct buf *out, const struct conf_section *section)
{
	buf_printf(out, "\n## %s\n\n%s\n", name_section(section),
		section->help != NULL ? section->help : "");
	if (count_options(section) > 0)
		buf_add_string(out, "\n| key | type | default | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < section->row_count; i++) {
		const struct conf_option *row = &section->rows[i];

		if (!is_option(row))
			continue;
		if (row->type == CONF_TYPE_ALIAS) {
			buf_printf(out, "| `%s` | | | another name for `%s` |\n", row->key,
				row->alias_of);
			continue;
		}
		buf_printf(out, "| `%s` | %s | %s%s%s | %s", row->key, type_name(row->type),
			row->default_text != NULL ? "`" : "",
			row->default_text != NULL ? row->default_text : "",
			row->default_text != NULL ? "`" : "", row->help);
		print_words(out, row);
		buf_add_string(out, " |\n");
	}
}

static void print_options(struct buf *out, const struct serve_generation *g)
{
	buf_add_string(out,
		"# Options\n\nMade by `winnow reference options` from the rows of the program. Every option "
		"has a default: an\nempty configuration is a useful filter. A section named `worker.proxy` is "
		"written `worker \"proxy\" { }`\nin winnow.conf, or stands in local.d/worker-proxy.inc; any "
		"other NAME in local.d/NAME.conf. `*` stands\nfor a name of your choice. Every check is "
		"switched off by `enabled = false;`.\n");
	for (size_t i = 0; i < g->schema->count; i++)
		print_section(out, g->schema->sections[i]);
}

/* ---- manual pages ---- */

/* roff: a backslash is an escape, a dot or quote at the start of a line a request. */
static void print_roff(struct buf *out, struct span text)
{
	for (struct span line; span_next_line(&text, &line);) {
		if (line.n > 0 && (*line.p == '.' || *line.p == '\''))
			buf_add_string(out, "\\&");
		for (size_t i = 0; i < line.n; i++) {
			if (line.p[i] == '\\')
				buf_add_string(out, "\\e");
			else if (line.p[i] == '-')
				buf_add_string(out, "\\-");
			else
				buf_add_byte(out, line.p[i]);
		}
		buf_add_byte(out, '\n');
	}
}

static void print_roff_string(struct buf *out, const char *text)
{
	print_roff(out, span_of(text));
}

static void print_man_options(struct buf *out, const struct cli_command *command)
{
	if (command->option_count > 0)
		buf_add_string(out, ".SH OPTIONS\n");
	for (size_t i = 0; i < command->option_count; i++) {
		const struct cli_option *option = &command->options[i];

		buf_add_string(out, ".TP\n");
		if (option->letter != 0)
			buf_printf(out, "\\fB\\-%c\\fR, ", option->letter);
		buf_add_string(out, "\\fB\\-\\-");
		print_roff_string(out, option->name);
		out->n--; /* its line end */
		buf_printf(out, "\\fR%s%s\n", option->argument != NULL ? " " : "",
			option->argument != NULL ? option->argument : "");
		print_roff_string(out, option->help);
	}
}

static void print_man_examples(struct buf *out, const char *examples)
{
	struct span rest = span_of(examples);

	buf_add_string(out, ".SH EXAMPLES\n");
	for (struct span line; span_next_line(&rest, &line);) {
		struct span command;

		(void)span_next(&line, '\t', &command);
		buf_add_string(out, ".TP\n");
		print_roff(out, command);
		print_roff(out, line);
	}
}

static void print_man_end(struct buf *out)
{
	buf_add_string(out,
		".SH EXIT STATUS\n0: done; 1: \\fBscan \\-\\-exit\\-code\\fR found spam, "
		"\\fBdoctor\\fR an error; 2: wrong usage; 3: it could not be done.\n.SH FILES\n/etc/winnow: "
		"winnow.conf, local.d and override.d, none of which is needed.\n"
		".SH SEE ALSO\nwinnow(1), winnow.conf(5)\n");
}

static void print_man_command(struct buf *out, const struct cli_command *command)
{
	buf_printf(out,
		".TH winnow-%s 1 \"\" \"winnow " WINNOW_VERSION "\"\n.SH NAME\nwinnow\\-%s \\- %s\n"
		".SH SYNOPSIS\n\\fBwinnow %s\\fR%s%s",
		command->name, command->name, command->summary, command->name,
		command->option_count > 0 ? " [options]" : "",
		*command->arguments == '\0' ? "\n" : " ");
	print_roff_string(out, command->arguments);
	buf_add_string(out, ".SH DESCRIPTION\n");
	print_roff_string(out, command->about);
	print_man_options(out, command);
	print_man_examples(out, command->examples);
	print_man_end(out);
}

static void print_man_program(struct buf *out)
{
	buf_add_string(out,
		".TH winnow 1 \"\" \"winnow " WINNOW_VERSION
		"\"\n.SH NAME\nwinnow \\- a mail filter that "
		"says why\n.SH SYNOPSIS\n\\fBwinnow\\fR COMMAND [options] [arguments]\n.SH DESCRIPTION\n"
		"winnow sits beside a mail server, decides for each message whether it is wanted, and can "
		"always\nsay why. Each command has a page of its own.\n.SH COMMANDS\n");
	for (size_t i = 0; i < cli_command_count; i++)
		buf_printf(out, ".TP\n\\fBwinnow\\-%s\\fR(1)\n%s\n", cli_commands[i]->name,
			cli_commands[i]->summary);
	print_man_end(out);
}

static void print_man_section(struct buf *out, const struct conf_section *section)
{
	buf_printf(out, ".SS %s\n", name_section(section));
	print_roff_string(out, section->help != NULL ? section->help : "");
	for (size_t i = 0; i < section->row_count; i++) {
		const struct conf_option *row = &section->rows[i];

		if (row->type == CONF_TYPE_ALIAS || !is_option(row))
			continue;
		buf_printf(out, ".TP\n\\fB%s\\fR (%s", row->key, type_name(row->type));
		if (row->default_text != NULL) {
			buf_add_string(out, ", default ");
			print_roff_string(out, row->default_text);
			out->n -= *row->default_text != '\0'; /* its line end */
		}
		buf_add_string(out, ")\n");
		print_roff_string(out, row->help);
		print_words(out, row);
		buf_add_byte(out, '\n');
	}
}

static void print_man_config(struct buf *out, const struct serve_generation *g)
{
	buf_add_string(out,
		".TH winnow.conf 5 \"\" \"winnow " WINNOW_VERSION "\"\n.SH NAME\nwinnow.conf \\- "
		"configuration of winnow\n.SH DESCRIPTION\nEvery option has a default; an empty or missing "
		"file is a useful filter. The language is UCL, as\nin Rspamd's files. Layers, lowest first: "
		"defaults, winnow.conf, local.d (merges), override.d (replaces\nwhole keys of a section), "
		"environment (WINNOW_SET_section__key=value, ...__FILE reads a secret),\ncommand line "
		"(\\-\\-set section.key=value).\n.SH SECTIONS\n");
	for (size_t i = 0; i < g->schema->count; i++)
		print_man_section(out, g->schema->sections[i]);
	print_man_end(out);
}

static bool print_man(struct buf *out, const struct serve_generation *g, const char *page)
{
	if (strcmp(page, "winnow") == 0) {
		print_man_program(out);
		return true;
	}
	if (strcmp(page, "winnow.conf") == 0) {
		print_man_config(out, g);
		return true;
	}
	for (size_t i = 0; i < cli_command_count; i++) {
		if (strcmp(page, cli_commands[i]->name) == 0) {
			print_man_command(out, cli_commands[i]);
			return true;
		}
	}
	return false;
}

static int run_reference(struct cli *cli)
{
	const char *what = cli->arguments.n > 0 ? cli->arguments.v[0] : "";
	struct serve_input input = {.path = "/nonexistent"};
	struct conf_report report;
	struct serve_generation *g;
	struct buf out;
	bool known = true;

	conf_report_init(&report, cli->arena);
	buf_init(&out, cli->arena, PAGE_MOST);
	/* the defaults alone: pages must not depend on the machine */
	g = serve_generation_make(&input, &report);
	if (strcmp(what, "symbols") == 0)
		print_symbols(&out, g);
	else if (strcmp(what, "options") == 0)
		print_options(&out, g);
	else if (strcmp(what, "man") == 0 && cli->arguments.n == 2)
		known = print_man(&out, g, cli->arguments.v[1]);
	else
		known = false;
	serve_generation_free(g);
	if (!known)
		return cli_usage(cli, "say symbols, options, or man and the name of a page");
	cli_print(buf_span(&out));
	return CLI_DONE;
}

const struct cli_command cli_command_reference = {
	.name = "reference",
	.summary = "symbols, options and manual pages, as the program knows them",
	.arguments = "symbols | options | man PAGE",
	.about =
		"Prints the pages of the documentation that are made from the program itself: all symbols\n"
		"and all options as Markdown, and manual pages: winnow, winnow.conf, or a command.",
	.examples = "winnow reference symbols\tevery symbol, its points and what it means\n"
		    "winnow reference options\tevery option, its default and what it does\n"
		    "winnow reference man scan | man -l -\tthe manual page of a command",
	.run = run_reference,
};
