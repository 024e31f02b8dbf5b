#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_bitcoin;

#define TEXT(body) "Content-Type: text/plain\n\n" body "\n"
#define FOUND(address) "BITCOIN_ADDR(0.00)[" address "]"

/* Addresses of the first block, of documents on Bitcoin, and of BIP 173 and 350. */
#define KEY "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
#define SCRIPT "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
#define SHORT "1111111111111111111114oLvT2"
#define SEGWIT "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
#define SEGWIT_UPPER "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"
#define TAPROOT "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
#define SHORTEST "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"

static const struct harness_case cases[] = {
	{"no address", TEXT("Please pay to our account in Berlin."), ""},
	{"nothing", TEXT(""), ""},
	{"paid to a key", TEXT("Send it to " KEY " now"), FOUND(KEY)},
	{"paid to a script", TEXT(SCRIPT), FOUND(SCRIPT)},
	{"the shortest", TEXT("burn: " SHORT), FOUND(SHORT)},
	{"version 0", TEXT("Wallet: " SEGWIT "."), FOUND(SEGWIT)},
	{"in capitals", TEXT(SEGWIT_UPPER), FOUND(SEGWIT_UPPER)},
	{"version 1", TEXT("(" TAPROOT ")"), FOUND(TAPROOT)},
	{"another version", TEXT("x " SHORTEST), FOUND(SHORTEST)},
	{"two of them, each once", TEXT(KEY " " SCRIPT " " KEY),
		"BITCOIN_ADDR(0.00)[" KEY ", " SCRIPT "]"},
	{"in HTML", "Content-Type: text/html\n\n<p>to <b>" KEY "</b></p>\n", FOUND(KEY)},
	{"behind letters of other scripts",
		"Content-Type: text/plain; charset=utf-8\n\nадрес:" KEY "→\n", FOUND(KEY)},
	{"in a URI", TEXT("bitcoin:" KEY "?amount=1"), FOUND(KEY)},
	/* what is none */
	{"a character is another one", TEXT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), ""},
	{"two characters changed places", TEXT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DviFNa"), ""},
	{"a character that base58 has not", TEXT("1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Na"), ""},
	{"one character is missing", TEXT("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN"), ""},
	{"within a longer word", TEXT("x" KEY), ""},
	{"more behind it", TEXT(KEY "x"), ""},
	{"of another chain",
		TEXT("LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1 mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"), ""},
	{"both cases", TEXT("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3T4"), ""},
	{"a wrong checksum", TEXT("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"), ""},
	{"the checksum of version 0 on version 2", TEXT("bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du"),
		""},
	{"the checksum of version 1 on version 0",
		TEXT("bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"), ""},
	{"a program that is too short", TEXT("bc1pw5dgrnzv"), ""},
	{"a length that version 0 has not", TEXT("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P"), ""},
	{"bits left over that are not zero",
		TEXT("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4"), ""},
	{"of the test chain", TEXT("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"), ""},
	{"a hash", TEXT("1f3870be274f6c49b3e31a0c6728957f 1234567890123456789012345678901234"), ""},
	{"an attachment",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/plain\n"
		"Content-Disposition: attachment; filename=a.txt\n\n" KEY "\n--b--\n",
		""},
};

static void addresses_are_found(void **state)
{
	(void)state;
	harness_check_table(&check_bitcoin, cases, ARRAY_LEN(cases));
}

/* Whatever stands before it: most places of a text are not looked at. */
static void an_address_is_found_at_any_place(void **state)
{
	struct arena *a = arena_make();

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		struct buf b;

		buf_init(&b, a, 1000);
		buf_add_string(&b, "Content-Type: text/plain\n\n");
		buf_add(&b, harness_repeat(a, "- a", i));
		buf_add_string(&b, " " KEY);
		harness_check_made(&check_bitcoin, "somewhere", buf_span(&b), FOUND(KEY));
		buf_clear(&b);
		buf_add_string(&b, "\n\n");
		buf_add(&b, harness_repeat(a, "x", i));
		buf_add_string(&b, "\n" KEY "\n");
		harness_check_made(&check_bitcoin, "behind a word", buf_span(&b), FOUND(KEY));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_found),
		cmocka_unit_test(an_address_is_found_at_any_place),
	};

	return cmocka_run_group_tests_name("checks/bitcoin", tests, NULL, NULL);
}
