/* Files that stand among the maps and are none: most of them are misspelt. */
#include "maps/inner.h"

#include <dirent.h>

enum {
	EDITS_MOST = 2
}; /* more make another name, of a map that somebody keeps for something else */

static const char *find_nearest(struct span name)
{
	const char *best = NULL;
	size_t least = EDITS_MOST + 1;

	for (size_t i = 0; i < maps_stock_count; i++) {
		size_t edits = num_edit_distance(name, span_of(maps_stock[i].name));

		if (edits < least) {
			least = edits;
			best = maps_stock[i].name;
		}
	}
	return least == 0 ? NULL : best;
}

static void look_at(struct arena *a, struct span folder, enum conf_layer layer, struct span file,
	struct conf_report *report)
{
	struct conf_source *source;
	const char *nearest;

	if (!span_ends(file, SPAN(".map")) || file.n > MAPS_NAME_MOST)
		return;
	nearest = find_nearest(span_slice(file, 0, file.n - 4));
	if (nearest == NULL)
		return;
	source = ARENA_NEW(a, struct conf_source);
	*source = (struct conf_source){.name = arena_printf(a, "%.*s/%.*s", SPAN_ARG(folder),
					       SPAN_ARG(file)),
		.layer = layer};
	conf_warn(report, (struct conf_origin){source, 1, 1},
		"nobody reads a map of this name; did you mean \"%s.map\"?", nearest);
}

static void look_through(struct arena *a, struct span folder, enum conf_layer layer,
	struct conf_report *report)
{
	DIR *dir = opendir(arena_string(a, folder));
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		look_at(a, folder, layer, span_of(entry->d_name), report);
	(void)closedir(dir);
}

void maps_warn_unread(struct arena *a, struct span folder, struct conf_report *report)
{
	look_through(a, arena_printf(a, "%.*s/local.d/maps.d", SPAN_ARG(folder)), CONF_LAYER_LOCAL,
		report);
	look_through(a, arena_printf(a, "%.*s/override.d/maps.d", SPAN_ARG(folder)),
		CONF_LAYER_OVERRIDE, report);
}
