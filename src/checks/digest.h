/* Digests of bytes; for this room alone. */
#ifndef CHECKS_DIGEST_H
#define CHECKS_DIGEST_H

#include "base/base.h"

/* DIGEST(constant, name as OpenSSL has it, bytes) */
#define CHECKS_DIGESTS(DIGEST)                                                                     \
	DIGEST(MD5, "MD5", 16)                                                                     \
	DIGEST(SHA1, "SHA1", 20)                                                                   \
	DIGEST(SHA256, "SHA256", 32)                                                               \
	DIGEST(SHA512, "SHA512", 64)                                                               \
	DIGEST(BLAKE2, "BLAKE2B-512", 64)

enum checks_digest {
#define DIGEST(constant, name, size) CHECKS_##constant,
	CHECKS_DIGESTS(DIGEST)
#undef DIGEST
		CHECKS_DIGEST_COUNT
};

enum { CHECKS_DIGEST_MOST = 64 };

size_t checks_digest_size(enum checks_digest digest);
/* As many bytes of `out` as checks_digest_size says. `bytes` may stand in `out`. */
void checks_digest(enum checks_digest digest, struct span bytes,
	uint8_t out[static CHECKS_DIGEST_MOST]);

#endif
