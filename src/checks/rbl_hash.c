/* Names that lists hide in digests: hexadecimal, or base32 as the lists of Rspamd have it. */
#include "checks/rbl.h"

#include <openssl/evp.h>

enum { DIGEST_MOST = 64 };

static const struct {
	const char *name; /* as OpenSSL has it */
	size_t size;
} hashes[RBL_HASH_COUNT] = {
	[RBL_MD5] = {"MD5", 16},
	[RBL_SHA1] = {"SHA1", 20},
	[RBL_SHA256] = {"SHA256", 32},
	[RBL_SHA512] = {"SHA512", 64},
	[RBL_BLAKE2] = {"BLAKE2B-512", 64},
};

/* Fetching one costs more than using it does. */
static const EVP_MD *algorithm(enum rbl_hash hash)
{
	static EVP_MD *fetched[RBL_HASH_COUNT];

	if (fetched[hash] == NULL)
		fetched[hash] = EVP_MD_fetch(NULL, hashes[hash].name, NULL);
	if (fetched[hash] == NULL)
		panic("OpenSSL has no %s", hashes[hash].name);
	return fetched[hash];
}

/*
 * The letters of z-base-32, and five bits each from the lowest of the first byte on, where RFC 4648 begins with the
 * highest.
 */
static size_t print_base32(const uint8_t *bytes, size_t n, char *out)
{
	static const char letters[] = "ybndrfg8ejkmcpqxot1uwisza345h769";
	uint32_t held = 0;
	unsigned bits = 0;
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		held |= (uint32_t)bytes[i] << bits;
		for (bits += 8; bits >= 5; bits -= 5, held >>= 5)
			out[length++] = letters[held & 31];
	}
	if (bits > 0)
		out[length++] = letters[held & 31];
	return length;
}

static size_t print_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	return 2 * n;
}

size_t rbl_hash_length(enum rbl_hash hash, enum rbl_hash_format format)
{
	size_t n = hashes[hash].size;

	return format == RBL_HEX ? 2 * n : (8 * n + 4) / 5;
}

struct span rbl_hash_text(struct arena *a, const struct rbl_hashing *hashing, struct span text)
{
	uint8_t digest[DIGEST_MOST];
	char *out = arena_alloc_raw(a, 2 * DIGEST_MOST);
	size_t n = hashes[hashing->hash].size;

	must(EVP_Digest(text.p, text.n, digest, NULL, algorithm(hashing->hash), NULL) == 1);
	n = hashing->format == RBL_HEX ? print_hex(digest, n, out) : print_base32(digest, n, out);
	return span_from(out, hashing->length == 0 ? n : num_min(n, hashing->length));
}
