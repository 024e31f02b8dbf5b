/* Addresses of Bitcoin in texts: what extortion asks to be paid to. */
#include "checks/inner.h"

#include "checks/digest.h"

#include <string.h>

enum {
	BASE58_LEAST = 26, /* characters */
	BASE58_MOST = 35,
	BASE58_BYTES = 25, /* a version, 20 of a hash, 4 of the checksum */
	BASE58_LIMBS = 7,  /* of 32 bits, that hold them */
	CHECKSUM = 4,
	SEGWIT_LEAST = 14, /* BIP 173: bc1, a version, 2 bytes, the checksum */
	SEGWIT_MOST = 90,
	SEGWIT_CHECKSUM = 6,
	PROGRAM_MOST = 40, /* bytes, BIP 141 */
	TOLD_MOST = 10,    /* addresses of a message */
	LEAST = SEGWIT_LEAST,
};

enum { ADDRESS };

static const struct scan_symbol symbols[] = {
	[ADDRESS] = {.name = "BITCOIN_ADDR",
		.group = "scams",
		.one_shot = true,
		.meaning = "An address of Bitcoin in a text",
		.explain =
			"A text has an address that Bitcoin is paid to; its checksum is right, so "
			"it is no chance. Extortion by mail always has one, and so have shops and "
			"people that take such payments: alone it says nothing. Composites join "
			"it with the words of threats. The evidence is the address."},
};

/* ---- base58check: addresses that begin with 1 or 3 ---- */

/* Where a character stands in the alphabet, which leaves out 0, O, I and l, and one more; 0: not at all. */
static const uint8_t base58_places[128] = {
	['1'] = 1,
	['2'] = 2,
	['3'] = 3,
	['4'] = 4,
	['5'] = 5,
	['6'] = 6,
	['7'] = 7,
	['8'] = 8,
	['9'] = 9,
	['A'] = 10,
	['B'] = 11,
	['C'] = 12,
	['D'] = 13,
	['E'] = 14,
	['F'] = 15,
	['G'] = 16,
	['H'] = 17,
	['J'] = 18,
	['K'] = 19,
	['L'] = 20,
	['M'] = 21,
	['N'] = 22,
	['P'] = 23,
	['Q'] = 24,
	['R'] = 25,
	['S'] = 26,
	['T'] = 27,
	['U'] = 28,
	['V'] = 29,
	['W'] = 30,
	['X'] = 31,
	['Y'] = 32,
	['Z'] = 33,
	['a'] = 34,
	['b'] = 35,
	['c'] = 36,
	['d'] = 37,
	['e'] = 38,
	['f'] = 39,
	['g'] = 40,
	['h'] = 41,
	['i'] = 42,
	['j'] = 43,
	['k'] = 44,
	['m'] = 45,
	['n'] = 46,
	['o'] = 47,
	['p'] = 48,
	['q'] = 49,
	['r'] = 50,
	['s'] = 51,
	['t'] = 52,
	['u'] = 53,
	['v'] = 54,
	['w'] = 55,
	['x'] = 56,
	['y'] = 57,
	['z'] = 58,
};

/* Letters and digits of ASCII alone. */
static bool read_base58(struct span text, unsigned char out[static BASE58_BYTES])
{
	uint32_t limbs[BASE58_LIMBS] = {0};

	for (size_t i = 0; i < text.n; i++) {
		unsigned place = base58_places[(unsigned char)text.p[i]];
		uint64_t carry = place - 1;

		if (place == 0)
			return false;
		for (size_t k = BASE58_LIMBS; k-- > 0; carry >>= 32) {
			carry += 58 * (uint64_t)limbs[k];
			limbs[k] = (uint32_t)carry;
		}
		if (carry != 0)
			return false;
	}
	/* the first limb has one byte of them */
	if (limbs[0] > UINT8_MAX)
		return false;
	for (size_t i = 0; i < BASE58_BYTES; i++)
		out[i] = (unsigned char)(limbs[(i + 3) / 4] >> (8 * (3 - (i + 3) % 4)));
	return true;
}

static bool is_base58_address(struct span text)
{
	unsigned char bytes[BASE58_BYTES], hash[CHECKS_DIGEST_MOST];

	if (text.n < BASE58_LEAST || text.n > BASE58_MOST || (*text.p != '1' && *text.p != '3') ||
		!read_base58(text, bytes))
		return false;
	/* payments to a key and to a script */
	if (bytes[0] != 0 && bytes[0] != 5)
		return false;
	checks_digest(CHECKS_SHA256, span_from((const char *)bytes, BASE58_BYTES - CHECKSUM), hash);
	checks_digest(CHECKS_SHA256,
		span_from((const char *)hash, checks_digest_size(CHECKS_SHA256)), hash);
	return memcmp(hash, bytes + BASE58_BYTES - CHECKSUM, CHECKSUM) == 0;
}

/* ---- bech32 and bech32m (BIP 173, BIP 350): addresses that begin with bc1 ---- */

static int bech32_value(char c)
{
	static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	const char *at = strchr(alphabet, byte_lower(c));

	return c == '\0' || at == NULL ? -1 : (int)(at - alphabet);
}

static uint32_t bech32_step(uint32_t sum, uint32_t value)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
		0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < ARRAY_LEN(generator); i++)
		sum ^= top >> i & 1 ? generator[i] : 0;
	return sum;
}

/* `data`: what stands behind bc1. The checksum of all of it; 0 for a character that is none. */
static uint32_t bech32_sum(struct span data)
{
	/* "bc": the high bits of both letters, a zero, the low bits */
	static const unsigned char prefix[] = {3, 3, 0, 2, 3};
	uint32_t sum = 1;

	for (size_t i = 0; i < ARRAY_LEN(prefix); i++)
		sum = bech32_step(sum, prefix[i]);
	for (size_t i = 0; i < data.n; i++) {
		int value = bech32_value(data.p[i]);

		if (value < 0)
			return 0;
		sum = bech32_step(sum, (uint32_t)value);
	}
	return sum;
}

static bool has_both_cases(struct span text)
{
	bool lower = false, upper = false;

	for (size_t i = 0; i < text.n; i++) {
		lower |= text.p[i] >= 'a' && text.p[i] <= 'z';
		upper |= text.p[i] >= 'A' && text.p[i] <= 'Z';
	}
	return lower && upper;
}

static bool is_segwit_address(struct span text)
{
	enum { BECH32 = 1, BECH32M = 0x2bc830a3 };
	struct span data = span_from_offset(text, 3);
	size_t bits, bytes;
	int version, last;

	if (text.n < SEGWIT_LEAST || text.n > SEGWIT_MOST ||
		!span_starts_nocase(text, SPAN("bc1")) || has_both_cases(text))
		return false;
	version = bech32_value(data.p[0]);
	if (version < 0 || version > 16 || bech32_sum(data) != (version == 0 ? BECH32 : BECH32M))
		return false;
	bits = 5 * (data.n - 1 - SEGWIT_CHECKSUM);
	bytes = bits / 8;
	/* what is left over is less than a character, and zero */
	last = bech32_value(data.p[data.n - SEGWIT_CHECKSUM - 1]);
	if (bits % 8 > 4 || (last & ((1 << bits % 8) - 1)) != 0)
		return false;
	if (version == 0)
		return bytes == 20 || bytes == 32;
	return bytes >= 2 && bytes <= PROGRAM_MOST;
}

/* ---- texts ---- */

/*
 * Each run of letters and digits that may be one. A run of LEAST bytes has one at every LEAST-th place of the text, so
 * that most of the others are never looked at.
 */
static void look_at(struct scan *s, struct span text, unsigned *told)
{
	size_t start, end = 0;

	for (size_t i = LEAST - 1; i < text.n && *told < TOLD_MOST; i = end + LEAST) {
		struct span word;

		start = end = i;
		if (!byte_is_alnum(text.p[i]))
			continue;
		while (start > 0 && byte_is_alnum(text.p[start - 1]))
			start--;
		while (end < text.n && byte_is_alnum(text.p[end]))
			end++;
		word = span_slice(text, start, end - start);
		if (word.n > SEGWIT_MOST || (!is_base58_address(word) && !is_segwit_address(word)))
			continue;
		++*told;
		scan_add_text(s, ADDRESS, 1, word);
	}
}

static enum rc run(struct scan *s)
{
	const struct msg_texts *texts = msg_texts(s->msg);
	unsigned told = 0;

	for (size_t i = 0; i < texts->n; i++)
		if (!texts->v[i].is_attachment)
			look_at(s, msg_text_visible(s->msg, &texts->v[i]), &told);
	return RC_OK;
}

const struct check check_bitcoin = {
	.name = "bitcoin",
	.help = "Looks for addresses of Bitcoin in texts.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
