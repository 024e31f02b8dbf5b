/* Lines about what happens again and again. */
#include "serve/inner.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>

#include "serve/repeat.h"

enum { REPEAT_SECONDS = 60 };

static void flush(struct serve_repeat *r)
{
	if (r->count > 0)
		log_line(r->level, "%s: %u times more, the latest: %s", r->what, r->count,
			r->latest);
	r->told = r->count = 0;
}

static void begin_minute(struct serve_repeat *r)
{
	static const struct timeval minute = {.tv_sec = REPEAT_SECONDS};

	(void)evtimer_add(r->pause, &minute);
}

static void on_end_of_minute(evutil_socket_t fd, short what, void *ctx)
{
	struct serve_repeat *r = ctx;
	bool goes_on = r->count > 0;

	flush(r);
	if (!goes_on)
		return;
	/* it still happens: no new burst */
	r->told = r->burst;
	begin_minute(r);
}

void serve_repeat_open(struct serve_repeat *r, struct event_base *base, enum log_level level,
	const char *what, unsigned burst)
{
	*r = (struct serve_repeat){.level = level, .what = what, .burst = burst};
	r->pause = evtimer_new(base, on_end_of_minute, r);
	must(r->pause != NULL);
}

void serve_repeat_close(struct serve_repeat *r)
{
	event_free(r->pause);
	flush(r);
}

void serve_repeat_add(struct serve_repeat *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(r->latest, sizeof(r->latest), format, ap);
	va_end(ap);
	if (!evtimer_pending(r->pause, NULL)) {
		r->told = 0;
		begin_minute(r);
	}
	if (r->told >= r->burst) {
		r->count++;
		return;
	}
	r->told++;
	log_line(r->level, "%s: %s", r->what, r->latest);
}
