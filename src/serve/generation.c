/* One configuration generation: stock texts, the user's files, and the tables made of them. */
#include "serve/serve.h"

#include "checks/checks.h"
#include "serve/inner.h"

/* Symbols of checks, composites of this configuration, and what its settings add. */
static bool is_symbol(const void *context, struct span name)
{
	return scan_config_find_rule(context, name) != NULL;
}

static const struct conf *load(struct arena *a, const struct serve_input *input,
	struct conf_report *report)
{
	struct conf_input all = {
		.texts = serve_stock,
		.text_count = serve_stock_count,
		.path = input->path == NULL ? CONF_PATH_DEFAULT : input->path,
		.path_optional = input->path == NULL,
		.environ = input->environ,
		.settings = input->settings,
		.setting_count = input->setting_count,
		.schema = serve_schema(),
	};

	return conf_load(a, &all, report);
}

static const struct conf *load_defaults(struct arena *a)
{
	struct conf_input stock = {
		.texts = serve_stock,
		.text_count = serve_stock_count,
		.schema = serve_schema(),
	};

	return conf_load(a, &stock, NULL);
}

struct serve_generation *serve_generation_make(const struct serve_input *input,
	struct conf_report *report)
{
	struct arena *a = arena_make();
	struct serve_generation *g = ARENA_NEW(a, struct serve_generation);
	struct conf_schema *schema = ARENA_NEW(a, struct conf_schema);
	struct serve_settings *settings = ARENA_NEW(a, struct serve_settings);

	g->arena = a;
	g->conf = load(a, input, report);
	g->defaults = load_defaults(a);
	g->scan = scan_config_make(a, g->conf, checks_all, checks_count, report);
	serve_settings_read(a, g->conf, settings, report);
	g->settings = settings;
	*schema = *serve_schema();
	schema->is_symbol = is_symbol;
	schema->context = g->scan;
	g->schema = schema;
	conf_check(g->conf, schema, report);
	return g;
}

const struct dns_sources *serve_dns_sources(const struct serve_generation *generation)
{
	return generation->settings->dns;
}

void serve_generation_free(struct serve_generation *generation)
{
	if (generation != NULL)
		arena_free(generation->arena);
}
