/* The stock maps, compiled in from rules/maps/; for this room alone. */
#ifndef MAPS_INNER_H
#define MAPS_INNER_H

#include "maps/maps.h"

struct maps_stock {
	const char *name;
	struct span text;
};

extern const struct maps_stock maps_stock[];
extern const size_t maps_stock_count;

#endif
