/*
 * serve: one configuration generation, and the process that serves it. The generation is what commands
 * and workers share: the configuration tree, its schema, and the tables of the scan engine, in one arena
 * that is dropped whole.
 *
 *	struct serve_generation *g = serve_generation_make(&input, &report);
 *
 *	if (report.errors > 0)
 *		... print the report
 *	verdict = scan_whole(g->scan, msg, memo);
 *	...
 *	serve_generation_free(g);
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/base.h"
#include "conf/conf.h"
#include "scan/scan.h"

/* Where a configuration comes from, as the command line says. */
struct serve_input {
	const char *path; /* -c; NULL: CONF_PATH_DEFAULT, which may be missing */
	const char *const *environ;
	const char *const *settings; /* "section.key=value" */
	size_t setting_count;
};

struct dns_sources;

struct serve_generation {
	struct arena *arena;
	const struct conf *conf;
	const struct conf *defaults; /* as if nobody had written anything: for `config diff` */
	const struct conf_schema *schema;
	const struct scan_config *scan;
	const struct serve_settings *settings; /* of the processes: for this room alone */
};

/*
 * Loads and checks everything; the report lives in its own arena, which outlives the generation. Never
 * NULL; with report->errors > 0 it must not be served, but may be shown.
 */
struct serve_generation *serve_generation_make(const struct serve_input *input,
	struct conf_report *report);
void serve_generation_free(struct serve_generation *generation);

/* The schema of the program: sections of every room and check. For the reference and for `config`. */
const struct conf_schema *serve_schema(void);

/* Who answers questions about names, as configured: read with the generation, and lives as long. */
const struct dns_sources *serve_dns_sources(const struct serve_generation *generation);

/* The socket on which a filter with this configuration answers questions about itself, over HTTP. */
struct span serve_control_path(struct arena *a, const struct serve_generation *generation);

/*
 * Serves until SIGTERM or SIGINT, with a family of processes (inner.h): milter on the addresses of
 * worker.proxy, HTTP on those of worker.normal. RC_OK after an orderly end; anything else: it could not
 * start, and has said why on stderr.
 */
enum rc serve_run(const struct serve_input *input);

#endif
