/* Compiled by meson.build alone, with and without the rows that must not compile. */
#include "conf/conf.h"

struct options {
	bool on;
	int count;
	float half;
	const char *text;
	struct span span;
};

extern const struct conf_option rows[];
const struct conf_option rows[] = {
	CONF_BOOL(struct options, on, "on", "yes", "right"),
	CONF_INT(struct options, count, "count", "1", 0, 1, "right"),
	CONF_STRING(struct options, span, "span", NULL, "right"),
#if WRONG == 1
	CONF_BOOL(struct options, count, "wrong", NULL, "an int is no bool"),
#elif WRONG == 2
	CONF_INT(struct options, on, "wrong", NULL, 0, 1, "a bool is no int"),
#elif WRONG == 3
	CONF_DOUBLE(struct options, half, "wrong", NULL, 0, 1, "a float is no double"),
#elif WRONG == 4
	CONF_STRING(struct options, text, "wrong", NULL, "a pointer is no span"),
#elif WRONG == 5
	CONF_SIZE(struct options, count, "wrong", NULL, 0, 1, "an int is no size"),
#endif
};
