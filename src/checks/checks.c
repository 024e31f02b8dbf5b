/* The table of all checks, made from list.def. */
#include "checks/checks.h"

#define CHECK(name) extern const struct check check_##name;
#include "checks/list.def"
#undef CHECK

const struct check *const checks_all[] = {
#define CHECK(name) &check_##name,
#include "checks/list.def"
#undef CHECK
};

const size_t checks_count = ARRAY_LEN(checks_all);
