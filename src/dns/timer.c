/* Timers of libevent's, for the resolver and the monitor of lists. */
#include "dns/inner.h"

#include <event2/event.h>
#include <sys/time.h>

void dns_timer_start(struct event *timer, uint64_t us)
{
	struct timeval tv = {
		.tv_sec = (time_t)(us / 1000000),
		.tv_usec = (suseconds_t)(us % 1000000),
	};

	(void)evtimer_add(timer, &tv);
}
