#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_dkim;

/* Signed with the key below at HARNESS_NOW - 100. */
#define SIGNED                                                                                     \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=orchard.example;\n"               \
	" i=@orchard.example; q=dns/txt; s=sel; t=1770983900; h=from : subject;\n"                 \
	" bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=;\n"                                      \
	" b=KrRhaU/Mqg/BB4zHc6B5yevvGjwdPNXJKZUL1JzfilhhRJaj4KWhLBfaJkXpE0y9KSUWK\n"               \
	" ola8WrrC4PtP2DNgfP6QB2C507FFfm7vdNbBrKLjDkNf07zl35zKAhCbk3cNP3poCgj4JeB\n"               \
	" M5yM5GbZ2TsSwoAyEsjFEOv3DXyx3Ug=\n"

#define SIGNED_LENGTH                                                                              \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=orchard.example;\n"               \
	" i=@orchard.example; l=10; q=dns/txt; s=sel; t=1770983900; h=from :\n"                    \
	" subject; bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=;\n"                             \
	" b=QAeQwOwrod4wUv7dJHRi/h48QrCEE9/1lDvOi76C0vJmZZxhFnfuXOeKxTBAuttB2q1iQ\n"               \
	" guKt97wUGNwijGwO9iXygBIfkJT1lycrQ3VKibYfeftywdEMXLqhqXSkRKgSU/gtbmRcMIx\n"               \
	" LZZmEWuVQx370mosLsP8Oa1ZkpW0HiY=\n"

#define SIGNED_OTHER                                                                               \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=harbour.example;\n"               \
	" i=@harbour.example; q=dns/txt; s=sel; t=1770983900; h=from : subject;\n"                 \
	" bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=;\n"                                      \
	" b=dcTJo81OWTUpEhV78LIUAoIQ+4JI7kuLY3KnMMfwiilau/THBDH96vwHYtrvL97yO5aPR\n"               \
	" LtKx6BZ6nmQ5/cYKMjttGu/ZD/bg4cdiOtpjIP8VoDrGuXLstnonw/YBrq2e2zycV7PcYIo\n"               \
	" YFCOLE1CjJRE5on6BW//kHnfUwoBC0g=\n"

#define SIGNED_SHA1                                                                                \
	"DKIM-Signature: v=1; a=rsa-sha1; c=relaxed/relaxed; d=orchard.example;\n"                 \
	" i=@orchard.example; q=dns/txt; s=sel; t=1770983900; h=from : subject;\n"                 \
	" bh=AtPOBRoV0qcBg0ke3djuwnzA390=;\n"                                                      \
	" b=XAYmaKq16zYXuk8Px5PQtefzQryHGrROm2PVLwrY8iS6vGjmO9C+MyYvlmfb65eEQUdTR\n"               \
	" 0QPJtHe7BBauByF0rfFndWN2Uj5LrCoAlQG9e04xkylv84P6zVjsP15afhLQJhJHhcborpg\n"               \
	" 32MgRXmTc61+3r1Rqu6O3YOaar9zPUw=\n"

#define KEY                                                                                        \
	"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCS7DxRAPADxAmTe7QOdG8yThwjqW/cjE" \
	"s7ad6MMN57TNLg1rVDVHPuZDYxqsKJivOwDiTIkSHrjvLSprt3fTeCGlbkrlERdYjnNB82"                   \
	"t0E1R6fWuOOymyyxmDXJhZoGBQNzEklcldOHw8cF0S13PZUFqsk+Wk8+gI0M237FW2NdlQIDAQAB"

#define M "From: mira@orchard.example\nSubject: apples\n\nhi there\n"
#define OTHER "From: mira@orchard.example\nSubject: apples\n\nhi where\n"
#define LONGER M "buy pears\n"
#define GOOD "R_DKIM_ALLOW(-0.20)[orchard.example:s=sel]"
#define TRACE(text) " DKIM_TRACE(0.00)[" text "]"
#define Z .zone = zone

static const char zone[] = "sel._domainkey.orchard.example TXT \"" KEY "\"\n"
			   "sel._domainkey.slow.example TIMEOUT\n"
			   "sel._domainkey.revoked.example TXT \"v=DKIM1; p=\"\n";

#define AS(domain)                                                                                 \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" domain                          \
	"; s=sel; h=from; bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=; b=MTIz\n"

static const struct harness_case cases[] = {
	{"a message that is not signed", M, "R_DKIM_NA(0.00)", Z},
	{"a good signature", SIGNED M, GOOD TRACE("orchard.example:+"), Z},
	{"another body", SIGNED OTHER,
		"R_DKIM_REJECT(1.00)[orchard.example:s=sel, the body is not the one that was "
		"signed]" TRACE("orchard.example:-"),
		Z},
	{"another header", SIGNED "From: mira@orchard.example\nSubject: pears\n\nhi there\n",
		"R_DKIM_REJECT(1.00)[orchard.example:s=sel, the header is not the one that was "
		"signed]" TRACE("orchard.example:-"),
		Z},
	{"two good ones count once", SIGNED SIGNED_SHA1 SIGNED M,
		GOOD " R_DKIM_PERMFAIL(0.00)[orchard.example:s=sel, rsa-sha1 is not secure any "
		     "more (RFC 8301)]" TRACE("orchard.example:+, orchard.example:~"),
		Z},
	{"a good one beside one without a key", SIGNED_OTHER SIGNED M,
		GOOD
		" R_DKIM_PERMFAIL(0.00)[harbour.example:s=sel, sel._domainkey.harbour.example does not exist]" TRACE(
			"harbour.example:~, orchard.example:+"),
		Z},
	{"a revoked key", AS("revoked.example") M,
		"R_DKIM_PERMFAIL(0.00)[revoked.example:s=sel, the key is revoked (p= is "
		"empty)]" TRACE("revoked.example:~"),
		Z},
	{"all that is signed by length", SIGNED_LENGTH M, GOOD TRACE("orchard.example:+"), Z},
	{"what lies past the length is told", SIGNED_LENGTH LONGER,
		GOOD TRACE("orchard.example:+, l= of orchard.example leaves 11 bytes unsigned"), Z},
	{"a signature from the near future", SIGNED M, GOOD TRACE("orchard.example:+"), Z,
		.now = HARNESS_NOW - 100 - 6 * 3600},
	{"a signature from the future", SIGNED M,
		"R_DKIM_PERMFAIL(0.00)[orchard.example:s=sel, the signature is from the future "
		"(t=)]" TRACE("orchard.example:~"),
		Z, .now = HARNESS_NOW - 101 - 6 * 3600},
	{"clocks that must be right", SIGNED M,
		"R_DKIM_PERMFAIL(0.00)[orchard.example:s=sel, the signature is from the future "
		"(t=)]" TRACE("orchard.example:~"),
		Z, .now = HARNESS_NOW - 3701, .settings = "dkim { time_jitter = 1h }"},
	{"more signatures than are verified", SIGNED SIGNED SIGNED M,
		GOOD TRACE("orchard.example:+, 2 more were not verified"), Z,
		.settings = "dkim { max_sigs = 1 }"},
	{"several signatures, when they are left out", SIGNED SIGNED M, "", Z,
		.settings = "dkim { skip_multi = true }"},
	{"one signature then", SIGNED M, GOOD TRACE("orchard.example:+"), Z,
		.settings = "dkim { skip_multi = true }"},
	{"our own network", SIGNED M, "", Z, .address = "192.168.1.1"},
	{"our own network, when it is wanted", SIGNED M, GOOD TRACE("orchard.example:+"), Z,
		.address = "192.168.1.1", .settings = "dkim { check_local = true }"},
	{"who has authenticated", SIGNED M, "", Z, .address = "192.0.2.25", .user = "mira"},
	{"who has authenticated, when it is wanted", SIGNED M, GOOD TRACE("orchard.example:+"), Z,
		.address = "192.0.2.25", .user = "mira",
		.settings = "dkim { check_authed = true }"},
	{"a client that is left out", SIGNED OTHER, "", Z, .address = "192.0.2.25",
		.settings = "dkim { whitelist = \"192.0.2.0/24\" }"},
};

static void all_must_be_there(struct span got, const char *const *pieces)
{
	for (size_t i = 0; pieces[i] != NULL; i++)
		if (span_find(got, span_of(pieces[i])) == got.n)
			fail_msg("%s is missing in %.*s", pieces[i], SPAN_ARG(got));
}

static void a_key_that_nobody_answers_for_is_a_gap(void **state)
{
	static const char *const pieces[] = {"R_DKIM_TEMPFAIL(0.00)[slow.example:s=sel",
		"DKIM_TRACE(0.00)[slow.example:?]", "?dkim: dns TXT sel._domainkey.slow.example",
		NULL};
	struct arena *a = arena_make();
	struct harness_case c = {.message = AS("slow.example") M, Z};

	(void)state;
	all_must_be_there(harness_scan(a, &check_dkim, &c, span_from(NULL, 0)), pieces);
	arena_free(a);
}

static void a_field_of_garbage_is_unusable(void **state)
{
	struct arena *a = arena_make();
	struct harness_case c = {.message = "DKIM-Signature: foo\n" M, Z};
	struct span got = harness_scan(a, &check_dkim, &c, span_from(NULL, 0));

	(void)state;
	if (!span_starts(got, SPAN("R_DKIM_PERMFAIL(0.00)[?, ")) ||
		span_find(got, SPAN("TRACE")) < got.n)
		fail_msg("%.*s", SPAN_ARG(got));
	arena_free(a);
}

static void results_become_symbols(void **state)
{
	(void)state;
	harness_check_table(&check_dkim, cases, ARRAY_LEN(cases));
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	harness_expect_wrong(&check_dkim, "dkim {\n\twhitelist = \"here\" }",
		"settings:2:2: dkim.whitelist: \"here\" is no address or network");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_become_symbols),
		cmocka_unit_test(a_key_that_nobody_answers_for_is_a_gap),
		cmocka_unit_test(a_field_of_garbage_is_unusable),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
	};

	return cmocka_run_group_tests_name("checks/dkim", tests, NULL, NULL);
}
