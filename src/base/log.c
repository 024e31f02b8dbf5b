/* Lines of the log: which are written, and how many were lost. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log_inner.h"
#include "base/panic.h"

static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
static enum log_level shown = LOG_LEVEL_NOTICE;
static uint64_t lost, lost_told;

void log_set_level(enum log_level level)
{
	shown = level;
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

static bool write_record(struct log_record *r)
{
	char line[LOG_LINE_MOST];
	struct log_out out = {.p = line, .most = sizeof(line) - 1};

	r->time = log_is_timed_by_target() ? -1 : (int64_t)clock_wall();
	if (log_is_plain())
		log_print_plain(&out, r);
	else
		log_print_record(&out, r, log_format());
	line[out.n++] = '\n';
	if (log_send(r, span_from(line, out.n)))
		return true;
	lost++;
	return false;
}

void log_line(enum log_level level, const char *format, ...)
{
	struct log_record r = {.level = level};
	char text[LOG_LINE_MOST];
	va_list ap;
	int n;

	if (level > shown)
		return;
	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n < 0)
		return;
	r.sentence = span_from(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	(void)write_record(&r);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	struct log_record r = {
		.level = level,
		.event = event,
		.fields = fields,
		.field_count = n,
	};

	if (level <= shown)
		(void)write_record(&r);
}

uint64_t log_lost(void)
{
	return lost;
}

void log_tell_lost(void)
{
	struct log_record r = {.level = LOG_LEVEL_WARNING};
	uint64_t count = lost - lost_told;
	char text[200];
	int n;

	if (count == 0 || r.level > shown)
		return;
	n = snprintf(text, sizeof(text),
		"%llu lines of the log were lost: who takes them was too slow or not there",
		(unsigned long long)count);
	r.sentence = span_from(text, (size_t)n);
	if (write_record(&r))
		lost_told = lost;
}
