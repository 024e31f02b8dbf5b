/* Digests of bytes, by OpenSSL: looking an algorithm up costs more than a short digest, so that is done once. */
#include "checks/digest.h"

#include <openssl/evp.h>

static const struct {
	const char *name;
	size_t size;
} digests[CHECKS_DIGEST_COUNT] = {
#define DIGEST(constant, name, size) {name, size},
	CHECKS_DIGESTS(DIGEST)
#undef DIGEST
};

size_t checks_digest_size(enum checks_digest digest)
{
	must(digest < CHECKS_DIGEST_COUNT);
	return digests[digest].size;
}

static const EVP_MD *find_algorithm(enum checks_digest digest)
{
	static EVP_MD *fetched[CHECKS_DIGEST_COUNT];

	must(digest < CHECKS_DIGEST_COUNT);
	if (fetched[digest] == NULL)
		fetched[digest] = EVP_MD_fetch(NULL, digests[digest].name, NULL);
	if (fetched[digest] == NULL)
		panic("OpenSSL has no %s", digests[digest].name);
	return fetched[digest];
}

void checks_digest(enum checks_digest digest, struct span bytes,
	uint8_t out[static CHECKS_DIGEST_MOST])
{
	must(EVP_Digest(bytes.p, bytes.n, out, NULL, find_algorithm(digest), NULL) == 1);
}
