/* The texts of result codes and the filling of a why. */
#include "base/rc.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

static const struct {
	const char *name;
	const char *text;
} codes[] = {
#define RC(constant, name, text) {name, text},
	RC_LIST(RC)
#undef RC
};

const char *rc_name(enum rc rc)
{
	must((unsigned)rc < sizeof(codes) / sizeof(codes[0]));
	return codes[rc].name;
}

const char *rc_text(enum rc rc)
{
	must((unsigned)rc < sizeof(codes) / sizeof(codes[0]));
	return codes[rc].text;
}

enum rc why_set(struct why *why, enum rc rc, const char *format, ...)
{
	va_list ap;

	if (why == NULL)
		return rc;
	va_start(ap, format);
	(void)vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return rc;
}
