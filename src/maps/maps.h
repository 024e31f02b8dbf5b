/*
 * maps: lists that stand apart from the configuration, since they are long or change often: a line an entry. Stock
 * ones are compiled in (rules/maps/NAME.map); an administrator's files add to them, and change with a reload.
 *
 *	local.d/maps.d/NAME.map		adds entries; a line that begins with ! takes one of the stock list away
 *	override.d/maps.d/NAME.map	takes the place of the whole list
 *	local.d/maps.d/FILE		the same as the first, by the name of Rspamd's file: redirectors.inc, with or without
 *					.local behind it, also in local.d itself
 *
 *	map = maps_read_domains(a, conf, &report, "redirectors");	in prepare, once a generation
 *	entry = maps_find_domain(map, SPAN("go.example.org"));		each message
 *
 * Lines are empty, or a comment behind #, or a key and what belongs to it behind a blank. A file that cannot be read is
 * an error in the report, a line that is none a warning with its place; the rest counts. Stock maps are of names alone. A
 * file whose name is nearly that of a stock map is a warning.
 */
#ifndef MAPS_MAPS_H
#define MAPS_MAPS_H

#include "base/base.h"
#include "conf/conf.h"

enum {
	MAPS_FILE_MOST = 64 << 20,   /* bytes */
	MAPS_ENTRIES_MOST = 2000000, /* of a map */
};

/* An entry: the key, and what stands behind it on its line, without blanks around; empty when nothing does. */
struct maps_entry {
	struct span key, value;
};

/* Names of hosts and domains: an entry holds for the domain and all below it. Case does not count; IDN as A-labels. */
struct maps_domains;

/*
 * The stock map of this name with the user's changes. Never NULL. A name that is no stock map and has no file is an
 * empty map. With the same arena and configuration a map is read once: who asks again gets the same one, and what is
 * wrong with its files is not reported twice.
 */
const struct maps_domains *maps_read_domains(struct arena *a, const struct conf *conf,
	struct conf_report *report, const char *name);
/* The entry of the host, in A-labels, or of the nearest domain above it; NULL when there is none. */
const struct maps_entry *maps_find_domain(const struct maps_domains *map, struct span host);
size_t maps_count_domains(const struct maps_domains *map);

#endif
