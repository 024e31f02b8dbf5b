/*
 * CPU time of DKIM: a message with one signature of RSA with 2048 bits, whose key is there at once and was seen
 * before, beside what OpenSSL alone needs to hash as many bytes and to verify the signature. Prints three lines for each
 * canonical form, "name microseconds", the best of several rounds: the whole, OpenSSL's, and what lies between.
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "auth/dkim_inner.h"

enum { ROUNDS = 9, BYTES_MOST = 64 << 20 };

struct bench {
	struct arena *arena; /* of a run */
	const struct need_driver *driver;
	struct span message;
	/* for OpenSSL alone */
	struct span header, body;
	const EVP_MD *sha256;
	EVP_MD_CTX *hashing;
	EVP_PKEY_CTX *verifying;
	unsigned char signature[256];
};

static void keep(void *ctx, struct span bytes)
{
	buf_add(ctx, bytes);
}

static struct span base64(struct arena *a, const unsigned char *bytes, size_t n)
{
	unsigned char *text = arena_alloc(a, 4 * (n / 3) + 8);

	return span_from((const char *)text, (size_t)EVP_EncodeBlock(text, bytes, (int)n));
}

static const struct need_driver *publish(struct arena *a, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	struct span text = base64(a, der, (size_t)n);
	struct dns_zone *zone;
	struct why why;

	OPENSSL_free(der);
	must(dns_zone_parse(a,
		     arena_printf(a,
			     "s._domainkey.example.org TXT \"v=DKIM1; k=rsa; p=%.*s\" \"%.*s\"\n",
			     SPAN_ARG(span_slice(text, 0, 200)),
			     SPAN_ARG(span_from_offset(text, 200))),
		     &zone, &why) == RC_OK);
	return dns_zone_driver(a, zone);
}

static struct span canonical_body(struct arena *a, enum auth_canon canon, struct span body)
{
	struct buf kept;
	struct auth_canon_out out = {.take = keep, .ctx = &kept};
	struct auth_canon_body b;

	buf_init(&kept, a, 2 * body.n + 2);
	auth_canon_begin_body(&b, &out, canon);
	auth_canon_add_body(&b, body);
	auth_canon_end_body(&b);
	return buf_span(&kept);
}

/* Signs From, To, Subject, Date and Message-ID. */
static void sign(struct bench *b, struct arena *a, EVP_PKEY *key, enum auth_canon canon,
	struct span message)
{
	static const char *const names[] = {"From", "To", "Subject", "Date", "Message-ID"};
	const char *word = canon == AUTH_RELAXED ? "relaxed" : "simple";
	struct mime_part *root = mime_parse(a, message)->root;
	struct buf header;
	struct auth_canon_out out = {.take = keep, .ctx = &header};
	unsigned char digest[32];
	size_t n;
	struct span field;
	EVP_MD_CTX *signing;

	buf_init(&header, a, 1 << 20);
	b->body = canonical_body(a, canon, root->body);
	must(EVP_Q_digest(NULL, "SHA256", NULL, b->body.p, b->body.n, digest, &n) == 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct mime_header *h = mime_find_header(root, span_of(names[i]));

		if (h == NULL)
			continue;
		auth_canon_header(&out, canon, h, SPAN(""));
		auth_canon_end_line(&out);
	}
	field = arena_printf(a,
		"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; c=%s/%s; "
		"h=From:To:Subject:Date:Message-ID; bh=%.*s; b=",
		word, word, SPAN_ARG(base64(a, digest, sizeof(digest))));
	auth_canon_header(&out, canon, &mime_parse(a, field)->root->headers[0], SPAN(""));
	auth_canon_flush(&out);
	b->header = buf_span(&header);
	n = sizeof(b->signature);
	signing = EVP_MD_CTX_new();
	must(EVP_DigestSignInit_ex(signing, NULL, "SHA256", NULL, NULL, key, NULL) == 1);
	must(EVP_DigestSign(signing, b->signature, &n, (const unsigned char *)b->header.p,
		     b->header.n) == 1);
	EVP_MD_CTX_free(signing);
	b->message = arena_printf(a, "%.*s%.*s\r\n%.*s", SPAN_ARG(field),
		SPAN_ARG(base64(a, b->signature, n)), SPAN_ARG(message));
}

static struct msg *parse_once(struct bench *b)
{
	static const struct msg_envelope envelope;

	return msg_make(b->arena, &envelope, b->message);
}

static void only_parse(struct bench *b)
{
	(void)parse_once(b);
}

static void verify_once(struct bench *b)
{
	struct need_memo *memo = need_memo_make(b->arena, 1795351538);
	const struct auth_dkim *out;
	struct needs needs = {0};

	need_memo_use(memo, b->driver);
	needs_init(&needs, memo, AUTH_SIGNATURES_MOST);
	must(auth_dkim_verify(parse_once(b), &needs, NULL, NULL, &out) == RC_OK);
	must(out->n == 1 && out->v[0].reason == AUTH_DKIM_OK_REASON);
}

static void hash(struct bench *b, struct span text, unsigned char digest[32])
{
	must(EVP_DigestInit_ex2(b->hashing, b->sha256, NULL) == 1);
	must(EVP_DigestUpdate(b->hashing, text.p, text.n) == 1);
	must(EVP_DigestFinal_ex(b->hashing, digest, NULL) == 1);
}

static void openssl_once(struct bench *b)
{
	unsigned char digest[32];

	hash(b, b->body, digest);
	hash(b, b->header, digest);
	must(EVP_PKEY_verify(b->verifying, b->signature, sizeof(b->signature), digest,
		     sizeof(digest)) == 1);
}

/* Microseconds a run. */
static double measure(struct bench *b, void (*once)(struct bench *b))
{
	unsigned count = 1;
	double best = 1e300;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_cpu_ns(), ns;

		for (unsigned i = 0; i < count; i++) {
			once(b);
			arena_reset(b->arena);
		}
		ns = clock_cpu_ns() - start;
		if ((double)ns / count < best)
			best = (double)ns / count;
		/* a round takes about a tenth of a second */
		if (ns < 50000000) {
			count *= 2;
			round = -1;
		}
	}
	return best / 1000;
}

static void measure_form(struct bench *b, const char *name)
{
	double whole = measure(b, verify_once) - measure(b, only_parse);
	double openssl = measure(b, openssl_once);

	printf("dkim_%s %.2f\n", name, whole);
	printf("dkim_%s_openssl %.2f\n", name, openssl);
	printf("dkim_%s_beyond %.2f\n", name, whole - openssl);
}

int main(int argc, char **argv)
{
	struct arena *a = arena_make();
	struct bench b = {.arena = arena_make(),
		.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
		.hashing = EVP_MD_CTX_new()};
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	struct span message;
	struct why why;

	if (argc != 2 || file_read(a, argv[1], BYTES_MOST, &message, &why) != RC_OK) {
		(void)fprintf(stderr, "usage: winnow-bench-dkim MESSAGE\n");
		return 2;
	}
	b.driver = publish(a, key);
	b.verifying = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	must(EVP_PKEY_verify_init(b.verifying) == 1);
	must(EVP_PKEY_CTX_set_rsa_padding(b.verifying, RSA_PKCS1_PADDING) == 1);
	must(EVP_PKEY_CTX_set_signature_md(b.verifying, b.sha256) == 1);
	sign(&b, a, key, AUTH_SIMPLE, message);
	measure_form(&b, "simple");
	sign(&b, a, key, AUTH_RELAXED, message);
	measure_form(&b, "relaxed");
	EVP_PKEY_CTX_free(b.verifying);
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(b.hashing);
	arena_free(b.arena);
	arena_free(a);
	return 0;
}
