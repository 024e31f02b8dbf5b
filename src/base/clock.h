/*
 * clock: what time it is, and calendar arithmetic. A verdict never reads this clock itself: it gets its
 * time as an answer (need.h), so that it can be replayed.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/arena.h"

/* Seconds since 1970 in UTC, with microseconds. */
double clock_wall(void);
/* Microseconds that only go forward; from no particular start. */
uint64_t clock_monotonic_us(void);
/* CPU time of this thread in nanoseconds. */
uint64_t clock_cpu_ns(void);

/* A moment of the proleptic Gregorian calendar in UTC. */
struct clock_date {
	int year;   /* 1..9999 */
	int month;  /* 1..12 */
	int day;    /* 1..31 */
	int hour;   /* 0..23 */
	int minute; /* 0..59 */
	int second; /* 0..60 */
};

/* Seconds since 1970; days past the end of a month run on, as in timegm. */
int64_t clock_from_date(const struct clock_date *date);
/* Moments outside of the calendar become its first or last second. */
void clock_to_date(int64_t seconds, struct clock_date *out);
/* 0 is Sunday. */
int clock_weekday(int64_t seconds);

/* "2026-11-22T12:45:38Z" (RFC 3339), and "Sun, 22 Nov 2026 12:45:38 GMT". */
struct span clock_print_iso(struct arena *a, int64_t seconds);
struct span clock_print_http(struct arena *a, int64_t seconds);
/*
 * Seconds since 1970 as a number, or an RFC 3339 moment: `T` or a space, seconds may be left out or have
 * a fraction, `Z` or `+hh:mm` or nothing for UTC; or only a day.
 */
bool clock_parse(struct span text, double *out);

#endif
