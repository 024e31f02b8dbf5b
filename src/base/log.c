/* One line to one descriptor. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/panic.h"

static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
static enum log_level shown = LOG_LEVEL_NOTICE;
static int sink = STDERR_FILENO;
static uint64_t lost;

void log_set_level(enum log_level level)
{
	shown = level;
}

void log_set_fd(int fd)
{
	sink = fd;
}

const char *log_level_name(enum log_level level)
{
	must((unsigned)level < ARRAY_LEN(names));
	return names[level];
}

int log_level_find(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (span_equal_nocase(name, span_of(names[i])))
			return (int)i;
	return -1;
}

uint64_t log_lost(void)
{
	return lost;
}

/*
 * The length of the printable character at the start of `text`; 0 for control characters, also those of
 * U+0080 to U+009F that terminals obey, and for what is not UTF-8.
 */
static size_t printable(struct span text)
{
	unsigned char c = (unsigned char)*text.p;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	if (c == 0xc2 && text.n > 1 && (unsigned char)text.p[1] < 0xa0)
		return 0;
	for (size_t n = 2; n <= 4 && n <= text.n; n++)
		if (span_is_utf8(span_from(text.p, n)))
			return n;
	return 0;
}

/* Copies `text` into `out` with what is not printable escaped. Returns the bytes written. */
static size_t escape(struct span text, char *out, size_t room)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < text.n && n + 5 < room;) {
		size_t length = printable(span_from_offset(text, i));
		unsigned char c = (unsigned char)text.p[i];

		if (length > 0) {
			memcpy(out + n, text.p + i, length);
			n += length;
			i += length;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
		i++;
	}
	return n;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[4096], line[4096 + 64];
	va_list ap;
	size_t n;
	int length;

	if (level > shown)
		return;
	va_start(ap, format);
	length = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof(text))
		length = sizeof(text) - 1;
	n = (size_t)snprintf(line, sizeof(line), "%s: ", log_level_name(level));
	n += escape(span_from(text, (size_t)length), line + n, sizeof(line) - n - 1);
	line[n++] = '\n';
	if (write(sink, line, n) != (ssize_t)n)
		lost++;
}
