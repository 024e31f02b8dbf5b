/* random: bytes from the kernel, for secrets and names; not for anything that a verdict depends on. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/* Cannot fail: without a source of randomness the process ends. */
void random_fill(void *out, size_t n);

#endif
