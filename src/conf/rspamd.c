/* What Rspamd knows and winnow does not: looked up in rspamd.def. */
#include "conf/inner.h"

struct key_row {
	struct span section, key;
	const char *why;
};

struct section_row {
	struct span name;
	const char *why;
};

#define KEY(section, key, why) {SPAN_INIT(section), SPAN_INIT(key), why},
#define SECTION(name, why)
#define MODULE(name)
static const struct key_row keys[] = {
#include "conf/rspamd.def"
};
#undef KEY
#undef SECTION

#define KEY(section, key, why)
#define SECTION(name, why) {SPAN_INIT(name), why},
static const struct section_row sections[] = {
#include "conf/rspamd.def"
};
#undef SECTION
#undef MODULE

#define SECTION(name, why)
#define MODULE(name) #name,
static const char *const modules[] = {
#include "conf/rspamd.def"
};

/* Whether "group.*" means "group.spam". */
static bool matches(struct span pattern, struct span path)
{
	struct span want, have;

	while (path_next(&pattern, &want)) {
		if (!path_next(&path, &have))
			return false;
		if (!span_equal(want, SPAN("*")) && !span_equal(want, have))
			return false;
	}
	return path.n == 0;
}

const char *rspamd_find_key(struct span section, struct span key)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (span_equal(keys[i].key, key) && matches(keys[i].section, section))
			return keys[i].why;
	return NULL;
}

bool rspamd_has_keys(struct span section)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!span_ends(keys[i].section, SPAN("*")) && matches(keys[i].section, section))
			return true;
	return false;
}

const char *rspamd_find_section(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (span_equal(sections[i].name, name))
			return sections[i].why;
	return NULL;
}

bool rspamd_is_module(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		if (span_equal(span_of(modules[i]), name))
			return true;
	return false;
}

void rspamd_offer_keys(struct nearest *nearest, struct span section)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (matches(keys[i].section, section))
			nearest_offer(nearest, keys[i].key);
}

void rspamd_offer_modules(struct nearest *nearest)
{
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		nearest_offer(nearest, span_of(modules[i]));
}
