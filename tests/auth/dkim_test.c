#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dkim_signer.h"

#define FROM "From: Ann <ann@example.org>\r\n"
#define TO "To: ben@example.net\r\n"
#define BODY "Hello,\r\nthe boxes are here.\r\n"
#define USUAL "v=1; d=example.org; s=sel; h=from:to"

/*
 * A signature is made with RSA of 2048 bits and SHA-256, in simple form, over From, To and itself, at SCENE_NOW. `%` in
 * a key record is the key.
 */
struct dkim_case {
	const char *name;
	const char *tags; /* but a=, bh= and b=, when the case has none of its own */
	const char *key;  /* NULL: the usual */
	enum auth_dkim_reason reason;
};

#define OK AUTH_DKIM_OK_REASON
#define IS(reason) AUTH_DKIM_##reason##_REASON

static const struct dkim_case fields[] = {
	{"the tags that must be there are enough", USUAL, NULL, OK},
	{"tags that nobody knows are passed over", USUAL "; zz=1; r=y", NULL, OK},
	{"blanks and folds may stand around names and values",
		"v = 1 ;\r\n d\t=\r\n\texample.org\r\n ;s= sel;h= from\r\n : to ", NULL, OK},
	{"a tag twice", USUAL "; s=sel", NULL, IS(SYNTAX)},
	{"an unknown tag twice", USUAL "; zz=1; zz=2", NULL, IS(SYNTAX)},
	{"an item without a value", USUAL "; t", NULL, IS(SYNTAX)},
	{"an empty item", USUAL ";; t=1", NULL, IS(SYNTAX)},
	{"a name that is no name", USUAL "; 2=1", NULL, IS(SYNTAX)},
	{"a control byte in a value", USUAL "; z=a\001", NULL, IS(SYNTAX)},
	{"tags are known in lower case alone", "v=1; D=example.org; s=sel; h=from:to", NULL,
		IS(TAG_MISSING)},

	{"another version", "v=2; d=example.org; s=sel; h=from:to", NULL, IS(VERSION)},
	{"the version is compared as text", "v=01; d=example.org; s=sel; h=from:to", NULL,
		IS(VERSION)},
	{"no version", "d=example.org; s=sel; h=from:to", NULL, IS(TAG_MISSING)},
	{"no domain", "v=1; s=sel; h=from:to", NULL, IS(TAG_MISSING)},
	{"no selector", "v=1; d=example.org; h=from:to", NULL, IS(TAG_MISSING)},
	{"no list of fields", "v=1; d=example.org; s=sel", NULL, IS(TAG_MISSING)},
	{"an empty domain", "v=1; d=; s=sel; h=from:to", NULL, IS(SYNTAX)},
	{"a domain with a blank", "v=1; d=example .org; s=sel; h=from:to", NULL, IS(SYNTAX)},
	{"a domain in upper case", "v=1; d=EXAMPLE.org; s=sel; h=from:to", NULL, OK},
	{"an unknown algorithm", USUAL "; a=rsa-md5", NULL, IS(ALGORITHM)},
	{"an algorithm in upper case", USUAL "; a=RSA-SHA256", NULL, OK},
	{"a signature that is no base64", USUAL "; b=!!!!", NULL, IS(SYNTAX)},
	{"an empty signature", USUAL "; b=", NULL, IS(SYNTAX)},
	{"a hash of the body that is no base64", USUAL "; bh=?", NULL, IS(SYNTAX)},
	{"a hash of the body of another size", USUAL "; bh=AAAA", NULL, IS(BODY_CHANGED)},

	{"the header's form alone", USUAL "; c=simple", NULL, OK},
	{"both forms", USUAL "; c=simple/simple", NULL, OK},
	{"a form in upper case", USUAL "; c=SIMPLE/Relaxed", NULL, OK},
	{"an unknown form of the header", USUAL "; c=nofws/simple", NULL, IS(CANONICALIZATION)},
	{"an unknown form of the body", USUAL "; c=simple/nofws", NULL, IS(CANONICALIZATION)},
	{"no form of the body behind the slash", USUAL "; c=simple/", NULL, IS(CANONICALIZATION)},

	{"From is not signed", "v=1; d=example.org; s=sel; h=to:subject", NULL,
		IS(FROM_NOT_SIGNED)},
	{"From may be written in any case", "v=1; d=example.org; s=sel; h=FROM:tO", NULL, OK},
	{"something that begins like From", "v=1; d=example.org; s=sel; h=from2:to", NULL,
		IS(FROM_NOT_SIGNED)},
	{"an empty list of fields", "v=1; d=example.org; s=sel; h=", NULL, IS(SYNTAX)},
	{"a list of fields that ends with a colon", "v=1; d=example.org; s=sel; h=from:to:", NULL,
		OK},
	{"fields that are not there", "v=1; d=example.org; s=sel; h=from:to:cc:from:from", NULL,
		OK},

	{"an identity in the domain", USUAL "; i=ann@example.org", NULL, OK},
	{"an identity without local part", USUAL "; i=@example.org", NULL, OK},
	{"an identity below the domain", USUAL "; i=ann@mail.EXAMPLE.org", NULL, OK},
	{"an identity above the domain", USUAL "; i=ann@org", NULL, IS(IDENTITY)},
	{"an identity in a domain that ends likewise", USUAL "; i=ann@badexample.org", NULL,
		IS(IDENTITY)},
	{"an identity without @", USUAL "; i=example.org", NULL, IS(SYNTAX)},
	{"an identity with escapes", USUAL "; i=an=6E=40x@example.org", NULL, OK},
	{"an identity with half an escape", USUAL "; i=a@example.org=4", NULL, IS(SYNTAX)},
	{"an identity with a NUL", USUAL "; i=a=00@example.org", NULL, IS(SYNTAX)},

	{"the usual query", USUAL "; q=dns/txt", NULL, OK},
	{"several queries", USUAL "; q=x : dns/txt", NULL, OK},
	{"only unknown queries", USUAL "; q=http:x", NULL, IS(QUERY)},
	{"no query at all", USUAL "; q=", NULL, IS(QUERY)},

	{"signed now", USUAL "; t=1795351538", NULL, OK},
	{"signed in the future", USUAL "; t=1795351539", NULL, IS(FROM_FUTURE)},
	{"expires now", USUAL "; x=1795351538", NULL, OK},
	{"has expired", USUAL "; x=1795351537", NULL, IS(EXPIRED)},
	{"expires in the furthest future", USUAL "; t=1; x=999999999999", NULL, OK},
	{"a time that is too long", USUAL "; x=1000000000000", NULL, IS(SYNTAX)},
	{"a time that is no number", USUAL "; t=-1", NULL, IS(SYNTAX)},
	{"expires before it was made", USUAL "; t=1795351530; x=1795351529", NULL, IS(TIMES)},
	{"expires when it was made", USUAL "; t=1795351530; x=1795351530", NULL, IS(TIMES)},
	{"the whole length", USUAL "; l=29", NULL, OK},
	{"a length past the body", USUAL "; l=30", NULL, IS(BODY_SHORT)},
	{"a length past all numbers", USUAL "; l=99999999999999999999999", NULL, IS(BODY_SHORT)},
	{"a length that is no number", USUAL "; l=", NULL, IS(SYNTAX)},
	{"a length with letters", USUAL "; l=2x", NULL, IS(SYNTAX)},
	{"a length of 77 digits",
		USUAL "; l=00000000000000000000000000000000000000000000000000000000000000000000000"
		      "000029",
		NULL, IS(SYNTAX)},
};

static const struct dkim_case keys[] = {
	{"a record with all tags", USUAL,
		"v=DKIM1; g=*; h=sha1 : sha256; k=rsa; n=a note; s=x:email; t=z; p=%", OK},
	{"the key alone", USUAL, "p=%", OK},
	{"a record that ends with a semicolon", USUAL, "v=DKIM1; p=%;", OK},
	{"tags that nobody knows", USUAL, "v=DKIM1; zz=1; p=%", OK},
	{"another version", USUAL, "v=DKIM2; p=%", IS(NO_KEY)},
	{"the version in lower case", USUAL, "v=dkim1; p=%", IS(NO_KEY)},
	{"something else", USUAL, "v=spf1 -all", IS(NO_KEY)},
	{"the version is not the first tag", USUAL, "k=rsa; v=DKIM1; p=%", IS(KEY_SYNTAX)},
	{"a tag twice", USUAL, "v=DKIM1; k=rsa; k=rsa; p=%", IS(KEY_SYNTAX)},
	{"no key", USUAL, "v=DKIM1; k=rsa", IS(KEY_SYNTAX)},
	{"a revoked key", USUAL, "v=DKIM1; p=", IS(KEY_REVOKED)},
	{"a key that is no base64", USUAL, "v=DKIM1; p=?", IS(KEY_SYNTAX)},
	{"a key that is no key", USUAL, "v=DKIM1; p=AAAA", IS(KEY_SYNTAX)},
	{"a key with blanks within", USUAL, "v=DKIM1; p= %  ", OK},
	{"a key of another type", USUAL, "v=DKIM1; k=ed25519; p=%", IS(KEY_TYPE)},
	{"a type that nobody knows", USUAL, "v=DKIM1; k=x; p=%", IS(KEY_TYPE)},
	{"a key for sha1 alone", USUAL, "v=DKIM1; h=sha1; p=%", IS(KEY_HASH)},
	{"a key for this hash and unknown ones", USUAL, "v=DKIM1; h=x:SHA256; p=%", OK},
	{"a key for all services", USUAL, "v=DKIM1; s=*; p=%", OK},
	{"a key for another service", USUAL, "v=DKIM1; s=tlsrpt; p=%", IS(KEY_SERVICE)},
	{"no subdomains, and the identity is the domain", USUAL "; i=a@example.org",
		"v=DKIM1; t=s; p=%", OK},
	{"no subdomains, and the identity is in one", USUAL "; i=a@b.example.org",
		"v=DKIM1; t=y:s; p=%", IS(KEY_DOMAIN)},
	{"subdomains are allowed", USUAL "; i=a@b.example.org", "v=DKIM1; t=y; p=%", OK},
	{"a key for this sender", USUAL "; i=ann@example.org", "v=DKIM1; g=ann; p=%", OK},
	{"a key for such senders", USUAL "; i=ann+x@example.org", "v=DKIM1; g=ann+*; p=%", OK},
	{"a key for another sender", USUAL "; i=ann@example.org", "v=DKIM1; g=bob; p=%",
		IS(KEY_GRANULARITY)},
	{"a key for senders of another form", USUAL "; i=ann@example.org", "v=DKIM1; g=a*x; p=%",
		IS(KEY_GRANULARITY)},
	{"a start and an end may not overlap", USUAL "; i=aba@example.org", "v=DKIM1; g=ab*ba; p=%",
		IS(KEY_GRANULARITY)},
	{"a key for nobody", USUAL, "v=DKIM1; g=; p=%", IS(KEY_GRANULARITY)},
	{"a key for one sender, and no identity", USUAL, "v=DKIM1; g=ann; p=%",
		IS(KEY_GRANULARITY)},
};

/* The tags, with those that are not there filled in, and the signature last. */
static struct span sign_with(struct arena *a, const char *tags, enum signer_key key,
	const char *algorithm, const char *hash, struct span signed_part, struct span body)
{
	struct buf out;

	buf_init(&out, a, 10000);
	buf_printf(&out, "DKIM-Signature: %s", tags);
	if (strstr(tags, "; a=") == NULL)
		buf_printf(&out, "; a=%s", algorithm);
	if (strstr(tags, "bh=") == NULL)
		buf_printf(&out, "; bh=%.*s", SPAN_ARG(signer_hash(a, hash, body)));
	if (strstr(tags, "; b=") == NULL) {
		struct span unsigned_field;

		buf_add_string(&out, "; b=");
		unsigned_field = arena_printf(a, "%.*s%.*s", SPAN_ARG(signed_part),
			SPAN_ARG(buf_span(&out)));
		buf_add(&out, signer_sign(a, key, hash, unsigned_field));
	}
	buf_add_string(&out, "\r\n");
	return buf_span(&out);
}

static struct span sign(struct arena *a, const char *tags)
{
	return sign_with(a, tags, RSA_2048, "rsa-sha256", "SHA256", SPAN(FROM TO), SPAN(BODY));
}

static struct span zone_with(struct arena *a, const char *record, struct span key)
{
	struct span text = span_of(record == NULL ? "v=DKIM1; p=%" : record);
	size_t at = span_find_byte(text, '%');
	struct buf zone;

	buf_init(&zone, a, 100000);
	signer_add_record(&zone, "sel._domainkey.example.org",
		arena_printf(a, "%.*s%.*s%.*s", SPAN_ARG(span_slice(text, 0, at)),
			SPAN_ARG(at < text.n ? key : SPAN("")),
			SPAN_ARG(span_from_offset(text, at + 1))));
	return buf_span(&zone);
}

static void check_cases(const struct dkim_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct dkim_case *c = &cases[i];
		struct arena *a = arena_make();
		struct span message =
			arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, c->tags)), FROM TO, BODY);
		struct scene s;

		scene_verify(&s, message,
			zone_with(a, c->key, signer_public(a, RSA_2048, i % 2 == 1)), NULL);
		assert_int_equal(s.dkim->n, 1);
		if (s.dkim->v[0].reason != c->reason)
			fail_msg("%s: %s", c->name, auth_dkim_sentence(s.dkim->v[0].reason));
		scene_close(&s);
		arena_free(a);
	}
}

static void each_tag_of_a_signature_has_its_rules(void **state)
{
	(void)state;
	check_cases(fields, ARRAY_LEN(fields));
}

static void each_tag_of_a_key_has_its_rules(void **state)
{
	(void)state;
	check_cases(keys, ARRAY_LEN(keys));
}

static const struct {
	const char *name;
	enum signer_key key;
	const char *algorithm, *hash, *record;
	enum auth_dkim_reason reason;
	unsigned bits;
} algorithms[] = {
	{"RSA of 2048 bits", RSA_2048, "rsa-sha256", "SHA256", "p=%", OK, 2048},
	{"RSA of 1024 bits", RSA_1024, "rsa-sha256", "SHA256", "p=%", OK, 1024},
	{"a short key", RSA_512, "rsa-sha256", "SHA256", "p=%", IS(KEY_SHORT), 512},
	{"SHA-1", RSA_2048, "rsa-sha1", "SHA1", "p=%", IS(SHA1), 2048},
	{"SHA-1 where the key allows SHA-256 alone", RSA_2048, "rsa-sha1", "SHA1", "h=sha256; p=%",
		IS(KEY_HASH), 0},
	{"Ed25519", ED25519, "ed25519-sha256", "SHA256", "k=ed25519; p=%", OK, 256},
	{"Ed25519 with a key of no type", ED25519, "ed25519-sha256", "SHA256", "p=%", IS(KEY_TYPE),
		0},
};

static void algorithms_and_keys_go_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		struct arena *a = arena_make();
		struct span field = sign_with(a, USUAL, algorithms[i].key, algorithms[i].algorithm,
			algorithms[i].hash, SPAN(FROM TO), SPAN(BODY));
		struct span zone = zone_with(a, algorithms[i].record,
			signer_public(a, algorithms[i].key, false));
		struct scene s;

		scene_verify(&s, arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(field), FROM TO, BODY),
			zone, NULL);
		if (s.dkim->v[0].reason != algorithms[i].reason ||
			s.dkim->v[0].key_bits != algorithms[i].bits)
			fail_msg("%s: %s, %u bits", algorithms[i].name,
				auth_dkim_sentence(s.dkim->v[0].reason), s.dkim->v[0].key_bits);
		scene_close(&s);
		/* what does not verify is no policy */
		scene_verify(&s,
			arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(field), FROM TO, "x" BODY), zone,
			NULL);
		assert_true(s.dkim->v[0].reason == IS(BODY_CHANGED) ||
			s.dkim->v[0].result == AUTH_DKIM_PERMERROR);
		scene_close(&s);
		arena_free(a);
	}
}

static const struct {
	const char *name;
	const char *tags, *header, *body;
	enum auth_dkim_reason reason;
	const char *told;
} changes[] = {
	{"nothing changed", USUAL, FROM TO, BODY, OK, "header: its sha256 is"},
	{"a footer was added", USUAL, FROM TO, BODY "-- \r\nlist\r\n", IS(BODY_CHANGED),
		"its first 29 bytes are what was signed: 11 were added"},
	{"the body was cut", USUAL, FROM TO, "Hello,\r\n", IS(BODY_CHANGED), "signed was"},
	{"empty lines were added", USUAL, FROM TO, BODY "\r\n\r\n", OK, NULL},
	{"a signed field was changed", USUAL, "From: Ann <ann@example.com>\r\n" TO, BODY,
		IS(HEADER_CHANGED), "a signed field was changed"},
	{"another From below", USUAL, FROM TO FROM, BODY, OK, NULL},
	{"another From that differs below", USUAL, FROM TO "From: eve@example.com\r\n", BODY,
		IS(HEADER_CHANGED), NULL},
	{"another From above, which nothing forbids", USUAL, "From: eve@example.com\r\n" FROM TO,
		BODY, OK, NULL},
	{"another From above, which is signed as not there",
		"v=1; d=example.org; s=sel; h=from:to:from", "From: eve@example.com\r\n" FROM TO,
		BODY, IS(HEADER_CHANGED), "signed fields: from, to, from"},
	{"a field that is not signed was added", USUAL, FROM TO "Subject: x\r\n", BODY, OK,
		"signed fields: from, to"},
	{"a field that was signed as not there was added",
		"v=1; d=example.org; s=sel; h=from:to:subject", FROM TO "Subject: x\r\n", BODY,
		IS(HEADER_CHANGED), NULL},
	{"text behind the signed length", USUAL "; l=29", FROM TO, BODY "more\r\n", OK,
		"29 of 35 bytes of the body are signed"},
	{"the signed length is zero and the body gone", USUAL "; l=29", FROM TO, "", IS(BODY_SHORT),
		NULL},
	{"the signature names itself, which does not count",
		"v=1; d=example.org; s=sel; h=from:to:dkim-signature", FROM TO, BODY, OK,
		"signed as not there: dkim-signature"},
};

static void changes_are_seen_and_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct arena *a = arena_make();
		struct span message = arena_printf(a, "%.*s%s\r\n%s",
			SPAN_ARG(sign(a, changes[i].tags)), changes[i].header, changes[i].body);
		struct scene s;

		scene_verify(&s, message, zone_with(a, NULL, signer_public(a, RSA_2048, false)),
			NULL);
		if (s.dkim->v[0].reason != changes[i].reason)
			fail_msg("%s: %s", changes[i].name,
				auth_dkim_sentence(s.dkim->v[0].reason));
		if (changes[i].told != NULL && !scene_tells(&s, changes[i].told))
			fail_msg("%s: does not tell \"%s\"", changes[i].name, changes[i].told);
		scene_close(&s);
		arena_free(a);
	}
}

static void the_body_past_its_signed_length_is_counted(void **state)
{
	struct arena *a = arena_make();
	struct scene s;

	(void)state;
	scene_verify(&s,
		arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL "; l=29")), FROM TO,
			BODY "more\r\n"),
		zone_with(a, NULL, signer_public(a, RSA_2048, false)), NULL);
	assert_true(s.dkim->v[0].has_length);
	assert_int_equal(s.dkim->v[0].body_unsigned, 6);
	scene_close(&s);
	arena_free(a);
}

static void a_signature_by_another_key_is_told_apart(void **state)
{
	struct arena *a = arena_make();
	struct span message =
		arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)), FROM TO, BODY);
	struct scene s;

	(void)state;
	scene_verify(&s, message, zone_with(a, NULL, signer_public(a, RSA_1024, false)), NULL);
	assert_int_equal(s.dkim->v[0].reason, IS(HEADER_CHANGED));
	assert_true(scene_tells(&s, "was not made with this key"));
	scene_close(&s);
	arena_free(a);
}

static const struct {
	const char *name, *zone;
	enum auth_dkim_reason reason;
	const char *why;
} answers[] = {
	{"a name that is not there", "", IS(NO_KEY), "sel._domainkey.example.org does not exist"},
	{"a name without a TXT record", "sel._domainkey.example.org A 192.0.2.1\n", IS(NO_KEY),
		"sel._domainkey.example.org has no TXT record"},
	{"no answer", "sel._domainkey.example.org TIMEOUT\n", IS(KEY_UNANSWERED),
		"dns TXT sel._domainkey.example.org: "},
	{"a broken server", "sel._domainkey.example.org SERVFAIL\n", IS(KEY_UNANSWERED),
		"dns TXT sel._domainkey.example.org: "},
};

static void what_the_world_says_of_a_key_has_its_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct arena *a = arena_make();
		struct scene s;

		scene_verify(&s,
			arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)), FROM TO, BODY),
			span_of(answers[i].zone), NULL);
		if (s.dkim->v[0].reason != answers[i].reason ||
			!span_starts(s.dkim->v[0].why, span_of(answers[i].why)))
			fail_msg("%s: %s: %.*s", answers[i].name,
				auth_dkim_sentence(s.dkim->v[0].reason),
				SPAN_ARG(s.dkim->v[0].why));
		scene_close(&s);
		arena_free(a);
	}
}

/* Each is asked with a message that the key of the second record fits. */
static const struct {
	const char *name, *first;
	enum auth_dkim_reason reason;
} neighbours[] = {
	{"other records may stand before the key", "v=spf1 -all", OK},
	{"malformed ones, too", "some-site-verification", OK},
	{"the first key counts", "v=DKIM1; p=", IS(KEY_REVOKED)},
};

static void of_several_records_the_first_key_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(neighbours); i++) {
		struct arena *a = arena_make();
		struct span key = signer_public(a, RSA_2048, false);
		struct span zone = arena_printf(a, "%.*s%.*s",
			SPAN_ARG(zone_with(a, neighbours[i].first, key)),
			SPAN_ARG(zone_with(a, NULL, key)));
		struct scene s;

		scene_verify(&s,
			arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)), FROM TO, BODY),
			zone, NULL);
		if (s.dkim->v[0].reason != neighbours[i].reason)
			fail_msg("%s: %s", neighbours[i].name,
				auth_dkim_sentence(s.dkim->v[0].reason));
		scene_close(&s);
		arena_free(a);
	}
}

static void a_domain_that_tests_says_so(void **state)
{
	static const char *const records[] = {"t=y; p=%", "t=s : y; p=%", "t=s; p=%", "p=%"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct arena *a = arena_make();
		struct scene s;

		scene_verify(&s,
			arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)), FROM TO, BODY),
			zone_with(a, records[i], signer_public(a, RSA_2048, false)), NULL);
		assert_int_equal(s.dkim->v[0].reason, OK);
		assert_int_equal(s.dkim->v[0].is_testing, i < 2);
		scene_close(&s);
		arena_free(a);
	}
}

static void options_say_how_strict(void **state)
{
	struct arena *a = arena_make();
	struct auth_dkim_options late = {.skew = 60}, strong = {.key_bits_least = 2049};
	struct span zone = zone_with(a, NULL, signer_public(a, RSA_2048, false));
	struct scene s;

	(void)state;
	scene_verify(&s,
		arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL "; t=1795351598")), FROM TO,
			BODY),
		zone, &late);
	assert_int_equal(s.dkim->v[0].reason, OK);
	scene_close(&s);
	scene_verify(&s,
		arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL "; x=1795351478")), FROM TO,
			BODY),
		zone, &late);
	assert_int_equal(s.dkim->v[0].reason, OK);
	scene_close(&s);
	scene_verify(&s,
		arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL "; x=1795351477")), FROM TO,
			BODY),
		zone, &late);
	assert_int_equal(s.dkim->v[0].reason, IS(EXPIRED));
	scene_close(&s);
	scene_verify(&s, arena_printf(a, "%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)), FROM TO, BODY),
		zone, &strong);
	assert_int_equal(s.dkim->v[0].reason, IS(KEY_SHORT));
	scene_close(&s);
	arena_free(a);
}

static void signatures_over_the_most_are_counted_alone(void **state)
{
	struct arena *a = arena_make();
	struct auth_dkim_options three = {.signatures_most = 3};
	struct span zone = zone_with(a, NULL, signer_public(a, RSA_2048, false));
	struct buf message;
	struct scene s;

	(void)state;
	buf_init(&message, a, 1 << 20);
	for (int i = 0; i < 4; i++)
		buf_add_string(&message, "DKIM-Signature: v=2\r\n");
	buf_add(&message, sign(a, USUAL));
	buf_add_string(&message, "DKIM-Signature: v=3\r\n" FROM TO "\r\n" BODY);
	scene_verify(&s, buf_span(&message), zone, NULL);
	assert_int_equal(s.dkim->n, AUTH_SIGNATURES_MOST);
	assert_int_equal(s.dkim->ignored, 1);
	assert_int_equal(s.dkim->v[4].reason, OK);
	assert_true(scene_tells(&s, "1 more signatures were not looked at"));
	scene_close(&s);
	scene_verify(&s, buf_span(&message), zone, &three);
	assert_int_equal(s.dkim->n, 3);
	assert_int_equal(s.dkim->ignored, 3);
	scene_close(&s);
	arena_free(a);
}

static void names_in_utf_8_are_asked_for_as_a_labels(void **state)
{
	struct arena *a = arena_make();
	struct span key = signer_public(a, RSA_2048, false);
	struct buf zone;
	struct scene s;

	(void)state;
	buf_init(&zone, a, 10000);
	signer_add_record(&zone, "xn--h-1ga._domainkey.xn--bcher-kva.example",
		arena_printf(a, "p=%.*s", SPAN_ARG(key)));
	scene_verify(&s,
		arena_printf(a, "%.*s%s\r\n%s",
			SPAN_ARG(sign(a,
				"v=1; d=b\xc3\xbc"
				"cher.example; s=h\xc3\xb6; h=from:to; "
				"i=\xc3\xa4@mail.b\xc3\xbc"
				"cher.example")),
			FROM TO, BODY),
		buf_span(&zone), NULL);
	assert_string_equal(auth_dkim_sentence(s.dkim->v[0].reason), auth_dkim_sentence(OK));
	assert_true(span_equal(s.dkim->v[0].domain, SPAN("xn--bcher-kva.example")));
	assert_true(span_equal(s.dkim->v[0].identity, SPAN("\xc3\xa4@mail.xn--bcher-kva.example")));
	scene_close(&s);
	arena_free(a);
}

static void a_bad_signature_still_says_whose_it_is(void **state)
{
	struct scene s;

	(void)state;
	scene_verify(&s,
		SPAN("DKIM-Signature: v=9; d=Example.ORG; s=S1; a=RSA-sha256; b=AB CD; \r\n\t\r\n\r\n"),
		SPAN(""), NULL);
	assert_int_equal(s.dkim->v[0].reason, IS(VERSION));
	assert_true(span_equal(s.dkim->v[0].domain, SPAN("example.org")));
	assert_true(span_equal(s.dkim->v[0].selector, SPAN("s1")));
	assert_true(span_equal(s.dkim->v[0].identity, SPAN("@example.org")));
	assert_true(span_equal(s.dkim->v[0].algorithm, SPAN("rsa-sha256")));
	assert_true(span_equal(s.dkim->v[0].signature, SPAN("ABCD")));
	scene_close(&s);
}

static const struct {
	const char *field, *why;
} faults[] = {
	{"v=1; v=1", "it is no list of tags"},
	{"v=1; d=a.example; s=s; a=rsa-sha256; b=AAAA; bh=AAAA", "there is no tag h="},
	{"v=1; d=a.example; s=s; a=rsa-sha256; b=AAAA; bh=AAAA; h=from; x=never; l=",
		"the tag l= cannot be read"},
	{"v=1; d=a b; s=s s", "the tag d= cannot be read"},
};

static void a_malformed_signature_says_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct arena *a = arena_make();
		struct scene s;

		scene_verify(&s, arena_printf(a, "DKIM-Signature: %s\r\n\r\n", faults[i].field),
			SPAN(""), NULL);
		if (!span_equal(s.dkim->v[0].why, span_of(faults[i].why)))
			fail_msg("%s: %.*s", faults[i].field, SPAN_ARG(s.dkim->v[0].why));
		scene_close(&s);
		arena_free(a);
	}
}

static void a_message_without_signatures_has_none(void **state)
{
	static const char *const messages[] = {"", "\r\n", FROM "\r\nDKIM-Signature: v=1\r\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct scene s;

		scene_verify(&s, span_of(messages[i]), SPAN(""), NULL);
		assert_int_equal(s.dkim->n, 0);
		assert_true(scene_tells(&s, "there is no signature"));
		scene_close(&s);
	}
}

/* ---- answers that come later ---- */

static enum rc answer_later(void *ctx, struct arena *a, struct need *need)
{
	struct need **asked = ctx;

	(void)a;
	while (*asked != NULL)
		asked++;
	*asked = need;
	return RC_WAIT;
}

static void all_keys_are_asked_for_before_anybody_waits(void **state)
{
	struct arena *a = arena_make();
	struct need *asked[4] = {0};
	const struct need_driver driver = {.kind = &dns_kind, .ctx = asked, .ask = answer_later};
	struct need_memo *memo = need_memo_make(a, SCENE_NOW);
	struct needs needs = {0};
	struct msg_envelope envelope = {0};
	struct span message = arena_printf(a, "%.*s%.*s%s\r\n%s", SPAN_ARG(sign(a, USUAL)),
		SPAN_ARG(sign(a, "v=1; d=example.net; s=sel; h=from:to")), FROM TO, BODY);
	struct msg *m = msg_make(a, &envelope, message);
	struct dns_record record = {
		.text = arena_printf(a, "p=%.*s", SPAN_ARG(signer_public(a, RSA_2048, false)))};
	struct dns_answer answer = {.status = DNS_FOUND, .v = &record, .n = 1};
	const struct auth_dkim *dkim;

	(void)state;
	need_memo_use(memo, &driver);
	needs_init(&needs, memo, 100);
	assert_null(auth_find_dkim(m));
	assert_int_equal(auth_need_dkim(m, &needs, NULL, &dkim), RC_WAIT);
	assert_non_null(asked[1]);
	need_answer(memo, asked[0], RC_OK, &answer);
	assert_int_equal(auth_need_dkim(m, &needs, NULL, &dkim), RC_WAIT);
	need_memo_expire(memo, "too late");
	needs_init(&needs, memo, 100);
	assert_int_equal(auth_need_dkim(m, &needs, NULL, &dkim), RC_OK);
	assert_int_equal(dkim->n, 2);
	assert_int_equal(dkim->v[0].reason, OK);
	assert_int_equal(dkim->v[1].reason, IS(KEY_UNANSWERED));
	assert_ptr_equal(auth_find_dkim(m), dkim);
	assert_null(asked[2]);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_tag_of_a_signature_has_its_rules),
		cmocka_unit_test(each_tag_of_a_key_has_its_rules),
		cmocka_unit_test(algorithms_and_keys_go_together),
		cmocka_unit_test(changes_are_seen_and_explained),
		cmocka_unit_test(the_body_past_its_signed_length_is_counted),
		cmocka_unit_test(a_signature_by_another_key_is_told_apart),
		cmocka_unit_test(what_the_world_says_of_a_key_has_its_reason),
		cmocka_unit_test(of_several_records_the_first_key_counts),
		cmocka_unit_test(a_domain_that_tests_says_so),
		cmocka_unit_test(options_say_how_strict),
		cmocka_unit_test(signatures_over_the_most_are_counted_alone),
		cmocka_unit_test(names_in_utf_8_are_asked_for_as_a_labels),
		cmocka_unit_test(a_bad_signature_still_says_whose_it_is),
		cmocka_unit_test(a_malformed_signature_says_where),
		cmocka_unit_test(a_message_without_signatures_has_none),
		cmocka_unit_test(all_keys_are_asked_for_before_anybody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
