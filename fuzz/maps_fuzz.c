/* A map as a file of any bytes, and hosts of any bytes looked up in it. */
#include "maps/maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/winnow-maps-fuzz-XXXXXX";

static void drop_folder(void)
{
	static const char *const inner[] = {"/local.d/maps.d/fuzzed.map", "/local.d/maps.d",
		"/local.d", ""};
	char path[128];

	for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
		snprintf(path, sizeof(path), "%s%s", folder, inner[i]);
		(void)remove(path);
	}
}

/* A folder with the file in it, made once, and dropped at the end. */
static const char *make_folder(char *file, size_t n)
{
	static bool is_made;
	char path[128];

	if (!is_made) {
		must(mkdtemp(folder) != NULL);
		snprintf(path, sizeof(path), "%s/local.d", folder);
		must(mkdir(path, 0700) == 0);
		snprintf(path, sizeof(path), "%s/local.d/maps.d", folder);
		must(mkdir(path, 0700) == 0);
		is_made = true;
		must(atexit(drop_folder) == 0);
	}
	snprintf(file, n, "%s/local.d/maps.d/fuzzed.map", folder);
	return folder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct span text = span_from((const char *)data, size), line;
	const struct maps_domains *map;
	struct conf_report report;
	struct conf conf = {0};
	char file[128];
	FILE *f;

	conf.folder = span_of(make_folder(file, sizeof(file)));
	f = fopen(file, "w");
	must(f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0);
	conf_report_init(&report, a);
	map = maps_read_domains(a, &conf, &report, "fuzzed");
	must(report.errors == 0 && maps_count_domains(map) <= size);
	while (span_next_line(&text, &line)) {
		const struct maps_entry *entry = maps_find_domain(map, line);

		must(entry == NULL || (entry->key.n > 0 && entry->key.n <= line.n));
		must(entry == NULL || maps_find_domain(map, entry->key) == entry);
	}
	arena_free(a);
	return 0;
}
