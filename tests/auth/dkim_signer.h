/*
 * Signs messages for tests, in simple form: what is hashed is the text itself, so nothing of the program is needed to
 * make a signature for it.
 */
#ifndef TESTS_AUTH_DKIM_SIGNER_H
#define TESTS_AUTH_DKIM_SIGNER_H

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "dkim_scene.h"

enum signer_key { RSA_512, RSA_1024, RSA_2048, ED25519, SIGNER_KEYS };

/* Made once in a process. */
static inline EVP_PKEY *signer_key(enum signer_key which)
{
	static const size_t bits[] = {512, 1024, 2048};
	static EVP_PKEY *keys[SIGNER_KEYS];

	if (keys[which] == NULL)
		keys[which] = which == ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
					       : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits[which]);
	must(keys[which] != NULL);
	return keys[which];
}

static inline struct span signer_base64(struct arena *a, const unsigned char *bytes, size_t n)
{
	unsigned char *text = arena_alloc(a, 4 * (n / 3) + 8);

	return span_from((const char *)text, (size_t)EVP_EncodeBlock(text, bytes, (int)n));
}

/* What p= says; `bare`: RSAPublicKey alone. */
static inline struct span signer_public(struct arena *a, enum signer_key which, bool bare)
{
	unsigned char bytes[1000], *p = bytes;
	size_t n = sizeof(bytes);
	EVP_PKEY *key = signer_key(which);

	if (which == ED25519)
		must(EVP_PKEY_get_raw_public_key(key, bytes, &n) == 1);
	else
		n = (size_t)(bare ? i2d_PublicKey(key, &p) : i2d_PUBKEY(key, &p));
	return signer_base64(a, bytes, n);
}

static inline struct span signer_hash(struct arena *a, const char *algorithm, struct span text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t n;

	must(EVP_Q_digest(NULL, algorithm, NULL, text.p, text.n, digest, &n) == 1);
	return signer_base64(a, digest, n);
}

/* `algorithm`: "SHA256" or "SHA1". */
static inline struct span signer_sign(struct arena *a, enum signer_key which, const char *algorithm,
	struct span text)
{
	unsigned char signature[1000], digest[EVP_MAX_MD_SIZE];
	size_t n = sizeof(signature), digest_n;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (which == ED25519) {
		must(EVP_Q_digest(NULL, "SHA256", NULL, text.p, text.n, digest, &digest_n) == 1);
		text = span_from((const char *)digest, digest_n);
		algorithm = NULL;
	}
	must(EVP_DigestSignInit_ex(context, NULL, algorithm, NULL, NULL, signer_key(which), NULL) ==
		1);
	must(EVP_DigestSign(context, signature, &n, (const unsigned char *)text.p, text.n) == 1);
	EVP_MD_CTX_free(context);
	return signer_base64(a, signature, n);
}

/* A line of a zone, with strings of at most 200 bytes. */
static inline void signer_add_record(struct buf *zone, const char *name, struct span text)
{
	buf_printf(zone, "%s TXT", name);
	for (; text.n > 0; text = span_from_offset(text, 200)) {
		struct span piece = span_slice(text, 0, 200);

		buf_add_string(zone, " \"");
		for (size_t i = 0; i < piece.n; i++)
			buf_printf(zone, "\\%03u", (unsigned char)piece.p[i]);
		buf_add_byte(zone, '"');
	}
	buf_add_byte(zone, '\n');
}

#endif
