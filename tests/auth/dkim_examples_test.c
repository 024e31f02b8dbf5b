/* The examples of the standards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dkim_scene.h"

/* RFC 8463 appendix A */
#define GAME                                                                                       \
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"                            \
	" d=football.example.com; i=@football.example.com;\r\n"                                    \
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"                                  \
	" subject : date : message-id : from : subject : date;\r\n"                                \
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                                    \
	" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"                          \
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"                                                    \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"                                \
	" d=football.example.com; i=@football.example.com;\r\n"                                    \
	" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"                            \
	" date : message-id : from : subject : date;\r\n"                                          \
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                                    \
	" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"                          \
	" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"                          \
	" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"                          \
	"From: Joe SixPack <joe@football.example.com>\r\n"                                         \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                                             \
	"Subject: Is dinner ready?\r\n"                                                            \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                          \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"                     \
	"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define GAME_KEYS                                                                                  \
	"brisbane._domainkey.football.example.com. TXT \"v=DKIM1; k=ed25519; "                     \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"                                       \
	"test._domainkey.football.example.com. TXT \"v=DKIM1; k=rsa; "                             \
	"p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jL" \
	"QiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4\" "             \
	"\"hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"\n"

/* RFC 6376 appendix A.2, with the key of RFC 4871 appendix C */
#define SUBMITTED                                                                                  \
	"DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"                        \
	"      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"                        \
	"      h=Received : From : To : Subject : Date : Message-ID;\r\n"                          \
	"      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                               \
	"      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"                         \
	"        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"                         \
	"        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"                         \
	"        4bmp/YzhwvcubU4=;\r\n"                                                            \
	"Received: from client1.football.example.com  [192.0.2.1]\r\n"                             \
	"      by submitserver.example.com with SUBMISSION;\r\n"                                   \
	"      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"                                          \
	"From: Joe SixPack <joe@football.example.com>\r\n"                                         \
	"To: Suzie Q <suzie@shopping.example.net>\r\n"                                             \
	"Subject: Is dinner ready?\r\n"                                                            \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                          \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"                     \
	"Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"
#define SUBMITTED_KEY                                                                                   \
	"brisbane._domainkey.example.com. TXT \"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ\" "   \
	"\"DwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v\" " \
	"\"/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB\"\n"

static void the_signature_of_rfc_6376_passes(void **state)
{
	struct scene s;

	(void)state;
	scene_verify(&s, SPAN(SUBMITTED), SPAN(SUBMITTED_KEY), NULL);
	assert_int_equal(s.dkim->n, 1);
	assert_int_equal(s.dkim->v[0].reason, AUTH_DKIM_OK_REASON);
	assert_true(span_equal(s.dkim->v[0].identity, SPAN("joe@football.example.com")));
	scene_close(&s);
}

static void both_signatures_of_rfc_8463_pass(void **state)
{
	struct scene s;

	(void)state;
	scene_verify(&s, SPAN(GAME), SPAN(GAME_KEYS), NULL);
	assert_int_equal(s.dkim->n, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(auth_dkim_sentence(s.dkim->v[i].reason),
			auth_dkim_sentence(AUTH_DKIM_OK_REASON));
	assert_int_equal(s.dkim->v[0].key_bits, 256);
	assert_int_equal(s.dkim->v[1].key_bits, 1024);
	scene_close(&s);
}

/* Every other byte that one may take for unimportant is signed as well. */
static void any_changed_letter_of_it_fails(void **state)
{
	static const char *const changed[] = {"Joe SixPack", "dinner", "2003", "hungry", "5F8J"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changed); i++) {
		char text[] = GAME;
		struct span message = span_from(text, sizeof(text) - 1);
		struct scene s;

		text[span_find(message, span_of(changed[i])) + 1] ^= 1;
		scene_verify(&s, message, SPAN(GAME_KEYS), NULL);
		assert_int_equal(s.dkim->v[0].result, AUTH_DKIM_FAIL);
		assert_int_equal(s.dkim->v[1].result, AUTH_DKIM_FAIL);
		scene_close(&s);
	}
}

/* Files have lost their CRs, and it is the same message. */
static void without_its_crs_it_passes(void **state)
{
	char text[] = GAME;
	size_t n = 0;
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		if (text[i] != '\r')
			text[n++] = text[i];
	scene_verify(&s, span_from(text, n), SPAN(GAME_KEYS), NULL);
	assert_int_equal(s.dkim->v[0].reason, AUTH_DKIM_OK_REASON);
	assert_int_equal(s.dkim->v[1].reason, AUTH_DKIM_OK_REASON);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_of_rfc_6376_passes),
		cmocka_unit_test(both_signatures_of_rfc_8463_pass),
		cmocka_unit_test(any_changed_letter_of_it_fails),
		cmocka_unit_test(without_its_crs_it_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
