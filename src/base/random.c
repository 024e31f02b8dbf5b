/* Randomness from getrandom(2). */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include "base/panic.h"

void random_fill(void *out, size_t n)
{
	char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got == -1) {
			if (errno == EINTR)
				continue;
			panic("no random bytes from the system (errno %d)", errno);
		}
		p += got;
		n -= (size_t)got;
	}
}
