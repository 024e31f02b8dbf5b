/* Panic: one line on stderr, then abort. */
#include "base/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void panic_at(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int n = snprintf(text, sizeof(text), "winnow: panic at %s:%d: ", file, line);

	va_start(ap, format);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	if ((size_t)n > sizeof(text) - 2)
		n = (int)sizeof(text) - 2;
	text[n] = '\n';
	/* write, not stdio: a panic inside stdio must not wait for its lock */
	(void)!write(STDERR_FILENO, text, (size_t)n + 1);
	abort();
}
