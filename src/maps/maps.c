/*
 * Maps: stock entries and an administrator's files, read into a table.
 *
 * DESIGN: a lookup tries the host, then what is left behind each dot, so an entry holds for all below it and the
 * nearest one wins. No entry has more labels than were counted on reading: the labels of a long host beyond
 * that are skipped, and a lookup costs a few hashes whatever a sender writes.
 *
 * Several checks use the same map and know nothing of each other, so the maps of the generation that is being made are
 * remembered by name. They lie in its memory, and are forgotten with it.
 */
#include "maps/inner.h"

#include <string.h>

#include "url/url.h"

enum {
	/* Messages about lines of a file; further ones are counted in one. */
	COMPLAINTS_MOST = 5,
};

struct maps_domains {
	struct map *entries; /* value NULL: taken away */
	size_t count;
	size_t labels_most; /* of an entry */
};

/* Names of Rspamd's files for maps of ours. */
static const struct {
	const char *name, *file;
} other_names[] = {
	{"redirectors", "redirectors.inc"},
	{"phishing_whitelist", "phishing_whitelist.inc"},
	{"surbl_whitelist", "surbl-whitelist.inc"},
};

/* A file while it is read. */
struct reading {
	struct arena *arena;
	struct conf_report *report;
	struct maps_domains *map;
	const struct conf_source *source; /* NULL: stock */
	uint32_t line;
	size_t complaints;
	bool has_values; /* stock maps have none: what stands behind a name there is a mistake */
};

/* ---- lines ---- */

static size_t count_labels(struct span name)
{
	return span_count_byte(name, '.') + 1;
}

static void complain(struct reading *r, const char *what, struct span key)
{
	if (r->complaints++ < COMPLAINTS_MOST)
		conf_warn(r->report, (struct conf_origin){r->source, r->line, 1},
			"%s: \"%.*s\"; the line is left out", what,
			SPAN_ARG(span_slice(key, 0, 100)));
}

/* The name as it is looked up; the null span for what is none. */
static struct span read_key(struct arena *a, struct span key)
{
	struct span name;

	/* `*.example.org` and `.example.org` mean what `example.org` means anyway */
	if (span_starts(key, SPAN("*.")))
		key = span_from_offset(key, 2);
	else if (span_starts(key, SPAN(".")))
		key = span_from_offset(key, 1);
	for (size_t i = 0; i < key.n; i++)
		if (strchr("/:@*?\\()[]{},;\"'=", key.p[i]) != NULL)
			return span_from(NULL, 0);
	return url_make_ascii(a, key, &name) ? name : span_from(NULL, 0);
}

static void put(struct maps_domains *map, struct span key, struct maps_entry *entry)
{
	bool was_there = map_put(map->entries, key, entry) != NULL;

	map->count += (size_t)(entry != NULL) - (size_t)was_there;
	map->labels_most = num_max(map->labels_most, count_labels(key));
}

/* False when there is no room for more. */
static bool read_line(struct reading *r, struct span line)
{
	struct span text = span_trim(line), key, value;
	bool takes_away = span_starts(text, SPAN("!"));
	struct maps_entry *entry = NULL;
	size_t n = 0;

	if (text.n == 0 || *text.p == '#')
		return true;
	if (takes_away)
		text = span_trim_start(span_from_offset(text, 1));
	while (n < text.n && !byte_is_space(text.p[n]))
		n++;
	value = span_trim(span_from_offset(text, n));
	value = span_trim_end(span_slice(value, 0, span_find_byte(value, '#')));
	key = read_key(r->arena, span_slice(text, 0, n));
	if (span_is_null(key)) {
		complain(r, "not a domain", span_slice(text, 0, n));
		return true;
	}
	if (value.n > 0 && !r->has_values) {
		complain(r, "more than a domain", text);
		return true;
	}
	if (map_count(r->map->entries) >= MAPS_ENTRIES_MOST) {
		complain(r, "more entries than a map may have", key);
		return false;
	}
	if (!takes_away) {
		entry = ARENA_NEW(r->arena, struct maps_entry);
		*entry = (struct maps_entry){key, value};
	}
	put(r->map, key, entry);
	return true;
}

static void read_text(struct reading *r, struct span text)
{
	struct span line;

	if (span_starts(text, SPAN("\xef\xbb\xbf")))
		text = span_from_offset(text, 3);
	for (r->line = 1; span_next_line(&text, &line); r->line++)
		if (!read_line(r, line))
			break;
	if (r->complaints > COMPLAINTS_MOST)
		conf_warn(r->report, (struct conf_origin){r->source, 1, 1},
			"%zu more lines are left out", r->complaints - COMPLAINTS_MOST);
}

/* ---- files ---- */

/* False when there is no such file. */
static bool read_file(struct reading *r, struct span path, enum conf_layer layer)
{
	struct conf_source *source = ARENA_NEW(r->arena, struct conf_source);
	struct span text;
	struct why why;
	enum rc rc;

	rc = file_read(r->arena, arena_string(r->arena, path), MAPS_FILE_MOST, &text, &why);
	if (rc == RC_NOT_FOUND)
		return false;
	*source = (struct conf_source){.name = path, .layer = layer};
	r->source = source;
	r->complaints = 0;
	if (rc == RC_OK)
		read_text(r, text);
	else
		conf_error(r->report, (struct conf_origin){source, 1, 1}, "%s", why.text);
	return true;
}

/* Where users of Rspamd keep the file: with its maps or beside its configuration, as the stock file or as theirs. */
static void read_local(struct reading *r, struct span folder, const char *file)
{
	static const char *const before[] = {"maps.d/", ""}, *const behind[] = {"", ".local"};

	for (size_t i = 0; i < ARRAY_LEN(before); i++)
		for (size_t k = 0; k < ARRAY_LEN(behind); k++)
			(void)read_file(r,
				arena_printf(r->arena, "%.*s/local.d/%s%s%s", SPAN_ARG(folder),
					before[i], file, behind[k]),
				CONF_LAYER_LOCAL);
}

static void read_stock(struct reading *r, struct span name)
{
	for (size_t i = 0; i < maps_stock_count; i++)
		if (span_equal(span_of(maps_stock[i].name), name))
			read_text(r, maps_stock[i].text);
	must(r->complaints == 0);
}

static bool is_stock(struct span name)
{
	for (size_t i = 0; i < maps_stock_count; i++)
		if (span_equal(span_of(maps_stock[i].name), name))
			return true;
	return false;
}

static const struct maps_domains *read_map(struct arena *a, const struct conf *conf,
	struct conf_report *report, const char *name)
{
	struct maps_domains *map = ARENA_NEW(a, struct maps_domains);
	struct reading r = {.arena = a,
		.report = report,
		.map = map,
		.has_values = !is_stock(span_of(name))};
	struct span folder = conf == NULL ? span_from(NULL, 0) : conf->folder;

	map->entries = map_make_nocase(a);
	if (folder.n > 0 &&
		read_file(&r,
			arena_printf(a, "%.*s/override.d/maps.d/%s.map", SPAN_ARG(folder), name),
			CONF_LAYER_OVERRIDE))
		return map;
	read_stock(&r, span_of(name));
	if (folder.n == 0)
		return map;
	(void)read_file(&r, arena_printf(a, "%.*s/local.d/maps.d/%s.map", SPAN_ARG(folder), name),
		CONF_LAYER_LOCAL);
	for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
		if (span_equal(span_of(other_names[i].name), span_of(name)))
			read_local(&r, folder, other_names[i].file);
	return map;
}

/* ---- a generation ---- */

static struct {
	const struct arena *arena;
	const struct conf *conf;
	struct map *maps; /* by name */
} generation;

static void forget(void *arena)
{
	if (generation.arena == arena)
		generation.arena = NULL;
}

const struct maps_domains *maps_read_domains(struct arena *a, const struct conf *conf,
	struct conf_report *report, const char *name)
{
	const struct maps_domains *map;

	if (generation.arena != a || generation.conf != conf) {
		generation.arena = a;
		generation.conf = conf;
		generation.maps = map_make(a);
		arena_at_end(a, forget, a);
		if (conf != NULL && conf->folder.n > 0)
			maps_warn_unread(a, conf->folder, report);
	}
	map = map_find(generation.maps, span_of(name));
	if (map == NULL) {
		map = read_map(a, conf, report, name);
		map_put(generation.maps, arena_copy(a, span_of(name)), (void *)(uintptr_t)map);
	}
	return map;
}

/* ---- looking up ---- */

const struct maps_entry *maps_find_domain(const struct maps_domains *map, struct span host)
{
	if (span_ends(host, SPAN(".")))
		host.n--;
	if (map->count == 0 || host.n == 0)
		return NULL;
	for (size_t labels = count_labels(host);; labels--) {
		size_t dot;

		if (labels <= map->labels_most) {
			const struct maps_entry *entry = map_find(map->entries, host);

			if (entry != NULL)
				return entry;
		}
		dot = span_find_byte(host, '.');
		if (dot == host.n)
			return NULL;
		host = span_from_offset(host, dot + 1);
	}
}

size_t maps_count_domains(const struct maps_domains *map)
{
	return map->count;
}
