/* The stock maps, compiled in from rules/maps/, and what the files share; for this room alone. */
#ifndef MAPS_INNER_H
#define MAPS_INNER_H

#include "maps/maps.h"

struct maps_stock {
	const char *name;
	struct span text;
};

extern const struct maps_stock maps_stock[];
extern const size_t maps_stock_count;

enum { MAPS_NAME_MOST = 64 }; /* of a file that is compared with names of maps */

/* A warning for each file in the folders of maps whose name is nearly that of a stock map. */
void maps_warn_unread(struct arena *a, struct span folder, struct conf_report *report);

#endif
