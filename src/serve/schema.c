/* What the program understands: the sections of every room and check in one table. */
#include "serve/serve.h"

#include "checks/checks.h"
#include "serve/inner.h"

enum { SECTIONS_MOST = 256 };

static const struct conf_section *sections[SECTIONS_MOST];
static struct conf_section check_sections[SECTIONS_MOST];
static struct conf_schema schema;

static void add(const struct conf_section *section)
{
	must(schema.count < SECTIONS_MOST);
	sections[schema.count++] = section;
}

static void add_made(struct conf_section section)
{
	must(schema.count < SECTIONS_MOST);
	check_sections[schema.count] = section;
	add(&check_sections[schema.count]);
}

/*
 * Each check is a module that can be switched off in the section of its name, also when it has no
 * options, or has them in another section.
 */
static void add_check(const struct check *check)
{
	struct conf_section options = {
		.path = check->section != NULL ? check->section : check->name,
		.rows = check->options,
		.row_count = check->option_count,
		.size = check->options_size,
		.help = check->help,
		.is_module = check->section == NULL,
	};
	struct conf_section module = {
		.path = check->name,
		.help = check->help,
		.is_module = true,
	};

	add_made(options);
	if (check->section != NULL)
		add_made(module);
	for (size_t i = 0; check->sections != NULL && check->sections[i] != NULL; i++)
		add(check->sections[i]);
}

static bool is_symbol(const void *context, struct span name)
{
	for (size_t i = 0; i < checks_count; i++)
		for (size_t k = 0; k < checks_all[i]->symbol_count; k++)
			if (span_equal(span_of(checks_all[i]->symbols[k].name), name))
				return true;
	return false;
}

const struct conf_schema *serve_schema(void)
{
	if (schema.count > 0)
		return &schema;
	for (size_t i = 0; i < scan_section_count; i++)
		add(scan_sections[i]);
	add(&milter_section);
	for (size_t i = 0; i < serve_section_count; i++)
		add(serve_sections[i]);
	for (size_t i = 0; i < checks_count; i++)
		add_check(checks_all[i]);
	schema.sections = sections;
	schema.is_symbol = is_symbol;
	return &schema;
}
