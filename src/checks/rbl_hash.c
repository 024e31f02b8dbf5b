/* Names that lists hide in digests: hexadecimal, or base32 as the lists of Rspamd have it. */
#include "checks/rbl.h"

#include "checks/digest.h"

static enum checks_digest digest_of(enum rbl_hash hash)
{
	static const enum checks_digest digests[RBL_HASH_COUNT] = {
		[RBL_MD5] = CHECKS_MD5,
		[RBL_SHA1] = CHECKS_SHA1,
		[RBL_SHA256] = CHECKS_SHA256,
		[RBL_SHA512] = CHECKS_SHA512,
		[RBL_BLAKE2] = CHECKS_BLAKE2,
	};

	must(hash != RBL_NO_HASH && hash < RBL_HASH_COUNT);
	return digests[hash];
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
	size_t n = checks_digest_size(digest_of(hash));

	return format == RBL_HEX ? 2 * n : (8 * n + 4) / 5;
}

struct span rbl_hash_text(struct arena *a, const struct rbl_hashing *hashing, struct span text)
{
	enum checks_digest kind = digest_of(hashing->hash);
	uint8_t digest[CHECKS_DIGEST_MOST];
	char *out = arena_alloc_raw(a, 2 * CHECKS_DIGEST_MOST);
	size_t n = checks_digest_size(kind);

	checks_digest(kind, text, digest);
	n = hashing->format == RBL_HEX ? print_hex(digest, n, out) : print_base32(digest, n, out);
	return span_from(out, hashing->length == 0 ? n : num_min(n, hashing->length));
}
