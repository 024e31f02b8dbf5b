/*
 * Hashes and public keys of DKIM (RFC 6376 section 3.3, RFC 8463).
 *
 * DESIGN: OpenSSL 3 looks an algorithm up by name each time one is named, and reads a key in many times the time
 * that it needs to verify with it. So algorithms are fetched once in a process, and keys that were seen lately are
 * remembered with the context that verifies, in a table of fixed size: a key always lands in the same place and
 * replaces what was there. A key is a pure function of its text, so what is remembered cannot change a verdict.
 */
#include "auth/dkim_inner.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

enum {
	PLACES = 256,
	TEXT_MOST = 1100, /* RSA of 6144 bits; longer ones are read each time */
	ED25519_BYTES = 32,
};

struct auth_key {
	enum auth_key_type type;
	size_t n; /* bytes of text; 0: the place is empty */
	char text[TEXT_MOST];
	EVP_PKEY *key;
	EVP_PKEY_CTX *context; /* of RSA */
	unsigned bits;
};

/* ---- hashes ---- */

static const EVP_MD *algorithm(enum auth_hash hash)
{
	static const char *const names[] = {[AUTH_SHA256] = "SHA256", [AUTH_SHA1] = "SHA1"};
	static EVP_MD *fetched[ARRAY_LEN(names)];

	if (fetched[hash] == NULL)
		fetched[hash] = EVP_MD_fetch(NULL, names[hash], NULL);
	if (fetched[hash] == NULL)
		panic("OpenSSL has no %s", names[hash]);
	return fetched[hash];
}

static EVP_MD_CTX *make_context(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	must(context != NULL);
	return context;
}

void auth_hash_begin(struct auth_hashing *h, enum auth_hash hash, uint64_t limit)
{
	static EVP_MD_CTX *context;

	if (context == NULL)
		context = make_context();
	*h = (struct auth_hashing){.context = context, .limit = limit};
	must(EVP_DigestInit_ex2(context, algorithm(hash), NULL) == 1);
}

void auth_hash_take(void *ctx, struct span bytes)
{
	struct auth_hashing *h = ctx;
	uint64_t room = h->limit > h->total ? h->limit - h->total : 0;

	h->total += bytes.n;
	if (bytes.n > room)
		bytes.n = (size_t)room;
	if (bytes.n > 0)
		must(EVP_DigestUpdate(h->context, bytes.p, bytes.n) == 1);
}

static void finish(EVP_MD_CTX *context, struct auth_digest *out)
{
	unsigned n = 0;

	must(EVP_MD_CTX_get_size(context) <= AUTH_HASH_MOST);
	must(EVP_DigestFinal_ex(context, out->bytes, &n) == 1);
	out->n = n;
}

void auth_hash_end(struct auth_hashing *h, struct auth_digest *out)
{
	finish(h->context, out);
}

void auth_hash_look(const struct auth_hashing *h, struct auth_digest *out)
{
	static EVP_MD_CTX *copy;

	if (copy == NULL)
		copy = make_context();
	must(EVP_MD_CTX_copy_ex(copy, h->context) == 1);
	finish(copy, out);
}

/* ---- keys ---- */

/* SubjectPublicKeyInfo, as everybody publishes it, or RSAPublicKey, as the standard has it. */
static EVP_PKEY *read_rsa(struct span der)
{
	const unsigned char *p = (const unsigned char *)der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.n);

	if (key == NULL) {
		p = (const unsigned char *)der.p;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
	}
	if (key != NULL && EVP_PKEY_is_a(key, "RSA") &&
		EVP_PKEY_get_bits(key) <= AUTH_KEY_BITS_MOST)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* RFC 8463 section 4.2: the bare key. */
static EVP_PKEY *read_ed25519(struct span bytes)
{
	if (bytes.n != ED25519_BYTES)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)bytes.p,
		bytes.n);
}

/* NULL when OpenSSL does not want the key: its policy may forbid what the standard allows. */
static EVP_PKEY_CTX *make_rsa_context(EVP_PKEY *key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	if (context != NULL && EVP_PKEY_verify_init(context) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

static void forget(struct auth_key *place)
{
	EVP_PKEY_CTX_free(place->context);
	EVP_PKEY_free(place->key);
	place->context = NULL;
	place->key = NULL;
	place->n = 0;
}

static bool read_key(struct arena *a, struct auth_key *place, enum auth_key_type type,
	struct span text)
{
	struct span bytes;

	if (!auth_tags_decode_base64(a, text, &bytes))
		return false;
	place->type = type;
	place->key = type == AUTH_RSA ? read_rsa(bytes) : read_ed25519(bytes);
	if (place->key != NULL && type == AUTH_RSA)
		place->context = make_rsa_context(place->key);
	ERR_clear_error();
	if (place->key == NULL || (type == AUTH_RSA && place->context == NULL))
		return false;
	place->bits = (unsigned)EVP_PKEY_get_bits(place->key);
	return true;
}

const struct auth_key *auth_key_find(struct arena *a, enum auth_key_type type, struct span text)
{
	/* the last place is for keys that are too long to be remembered */
	static struct auth_key table[PLACES + 1];
	struct auth_key *place = &table[PLACES];

	if (text.n <= TEXT_MOST)
		place = &table[map_hash(text) % PLACES];
	if (place->n > 0 && place->type == type &&
		span_equal(span_from(place->text, place->n), text))
		return place;
	forget(place);
	if (!read_key(a, place, type, text))
		return NULL;
	if (text.n <= TEXT_MOST) {
		memcpy(place->text, text.p, text.n);
		place->n = text.n;
	}
	return place;
}

unsigned auth_key_bits(const struct auth_key *key)
{
	return key->bits;
}

static bool verify_rsa(const struct auth_key *key, enum auth_hash hash,
	const struct auth_digest *digest, struct span signature)
{
	return EVP_PKEY_CTX_set_signature_md(key->context, algorithm(hash)) == 1 &&
		EVP_PKEY_verify(key->context, (const unsigned char *)signature.p, signature.n,
			digest->bytes, digest->n) == 1;
}

/* The signature is over the hash, as if it were the message (RFC 8463 section 3). */
static bool verify_ed25519(const struct auth_key *key, const struct auth_digest *digest,
	struct span signature)
{
	EVP_MD_CTX *context = make_context();
	bool ok = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1 &&
		EVP_DigestVerify(context, (const unsigned char *)signature.p, signature.n,
			digest->bytes, digest->n) == 1;

	EVP_MD_CTX_free(context);
	return ok;
}

bool auth_key_verify(const struct auth_key *key, enum auth_hash hash,
	const struct auth_digest *digest, struct span signature)
{
	bool ok = key->type == AUTH_RSA ? verify_rsa(key, hash, digest, signature)
					: verify_ed25519(key, digest, signature);

	ERR_clear_error();
	return ok;
}

bool auth_key_recover(const struct auth_key *key, enum auth_hash hash, struct span signature,
	struct auth_digest *out)
{
	unsigned char bytes[AUTH_KEY_BITS_MOST / 8];
	size_t n = sizeof(bytes);
	EVP_PKEY_CTX *context;
	bool ok;

	if (key->type != AUTH_RSA)
		return false;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, key->key, NULL);
	ok = context != NULL && EVP_PKEY_verify_recover_init(context) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
		EVP_PKEY_CTX_set_signature_md(context, algorithm(hash)) == 1 &&
		EVP_PKEY_verify_recover(context, bytes, &n, (const unsigned char *)signature.p,
			signature.n) == 1 &&
		n == (size_t)EVP_MD_get_size(algorithm(hash));
	if (ok)
		memcpy(out->bytes, bytes, n);
	out->n = ok ? n : 0;
	EVP_PKEY_CTX_free(context);
	ERR_clear_error();
	return ok;
}
