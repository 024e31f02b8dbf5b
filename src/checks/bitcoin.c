/* Addresses of Bitcoin in texts: what extortion asks to be paid to. */
#include "checks/inner.h"

#include <openssl/evp.h>
#include <string.h>

enum {
	BASE58_LEAST = 26, /* characters */
	BASE58_MOST = 35,
	BASE58_BYTES = 25, /* a version, 20 of a hash, 4 of the checksum */
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

/* Where a character stands in the alphabet, which leaves out 0, O, I and l; -1: not at all. */
static int base58_value(char c)
{
	static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	const char *at = strchr(alphabet, c);

	return c == '\0' || at == NULL ? -1 : (int)(at - alphabet);
}

static bool read_base58(struct span text, unsigned char out[static BASE58_BYTES])
{
	memset(out, 0, BASE58_BYTES);
	for (size_t i = 0; i < text.n; i++) {
		int carry = base58_value(text.p[i]);

		if (carry < 0)
			return false;
		for (size_t k = BASE58_BYTES; k-- > 0; carry >>= 8) {
			carry += 58 * out[k];
			out[k] = (unsigned char)(carry & 0xff);
		}
		if (carry != 0)
			return false;
	}
	return true;
}

static bool is_base58_address(struct span text)
{
	unsigned char bytes[BASE58_BYTES], hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (text.n < BASE58_LEAST || text.n > BASE58_MOST || (*text.p != '1' && *text.p != '3') ||
		!read_base58(text, bytes))
		return false;
	/* payments to a key and to a script */
	if (bytes[0] != 0 && bytes[0] != 5)
		return false;
	must(EVP_Digest(bytes, BASE58_BYTES - CHECKSUM, hash, &n, EVP_sha256(), NULL) == 1);
	must(EVP_Digest(hash, n, hash, &n, EVP_sha256(), NULL) == 1);
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
