/*
 * repeat: a failure that may come many times a second. The first ones are a line each, then one line a minute
 * tells their number and the latest of them.
 */
#ifndef SERVE_REPEAT_H
#define SERVE_REPEAT_H

#include "base/base.h"

struct event;
struct event_base;

struct serve_repeat {
	enum log_level level;
	const char *what;     /* "milter: a connection was closed" */
	unsigned burst;       /* lines that a minute begins with */
	struct event *pause;  /* pending: the minute is not over */
	unsigned told, count; /* in this minute: with a line of their own, without */
	char latest[256];
};

void serve_repeat_open(struct serve_repeat *r, struct event_base *base, enum log_level level,
	const char *what, unsigned burst);
/* Tells what is left to be told. */
void serve_repeat_close(struct serve_repeat *r);
void serve_repeat_add(struct serve_repeat *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
