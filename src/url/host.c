/* Hosts of URLs: names, addresses in all the ways that browsers take, and what is odd about them. */
#include "url/inner.h"

#include <arpa/inet.h>
#include <string.h>
#include <unicode/unorm2.h>

#include "text/text.h"

enum {
	PIECES = 8, /* of an IPv6 address */
	PARTS = 4,  /* of an IPv4 address */
};

/* ---- bytes that no host has ---- */

enum { NO_HOST = 1, NO_DOMAIN = 2 };

/* Forbidden host code points; and forbidden domain code points, section 3.2. */
static const uint8_t forbidden[256] = {
	[0x01 ... 0x08] = NO_DOMAIN,
	[0x0b ... 0x0c] = NO_DOMAIN,
	[0x0e ... 0x1f] = NO_DOMAIN,
	['%'] = NO_DOMAIN,
	[0x7f] = NO_DOMAIN,
	['\0'] = NO_HOST | NO_DOMAIN,
	['\t'] = NO_HOST | NO_DOMAIN,
	['\n'] = NO_HOST | NO_DOMAIN,
	['\r'] = NO_HOST | NO_DOMAIN,
	[' '] = NO_HOST | NO_DOMAIN,
	['#'] = NO_HOST | NO_DOMAIN,
	['/'] = NO_HOST | NO_DOMAIN,
	[':'] = NO_HOST | NO_DOMAIN,
	['<'] = NO_HOST | NO_DOMAIN,
	['>'] = NO_HOST | NO_DOMAIN,
	['?'] = NO_HOST | NO_DOMAIN,
	['@'] = NO_HOST | NO_DOMAIN,
	['['] = NO_HOST | NO_DOMAIN,
	['\\'] = NO_HOST | NO_DOMAIN,
	[']'] = NO_HOST | NO_DOMAIN,
	['^'] = NO_HOST | NO_DOMAIN,
	['|'] = NO_HOST | NO_DOMAIN,
};

static bool has_forbidden(struct span text, uint8_t which)
{
	for (size_t i = 0; i < text.n; i++)
		if ((forbidden[(unsigned char)text.p[i]] & which) != 0)
			return true;
	return false;
}

/* ---- IPv4 ---- */

/* A number of an address: decimal, 0x hexadecimal or 0 octal; what is too large is UINT32_MAX + 1. False for none. */
static bool read_number(struct span text, uint64_t *out)
{
	uint64_t value = 0;
	int base = 10;

	if (text.n == 0)
		return false;
	if (span_starts_nocase(text, SPAN("0x"))) {
		text = span_from_offset(text, 2);
		base = 16;
	} else if (text.n > 1 && *text.p == '0') {
		base = 8;
	}
	for (size_t i = 0; i < text.n; i++) {
		int digit = byte_hex_value(text.p[i]);

		if (digit < 0 || digit >= base)
			return false;
		value = value * (uint64_t)base + (uint64_t)digit;
		if (value > UINT32_MAX)
			value = (uint64_t)UINT32_MAX + 1;
	}
	*out = value;
	return true;
}

static struct span last_label(struct span name)
{
	size_t dot = span_find_last_byte(name, '.');

	return dot == name.n ? name : span_from_offset(name, dot + 1);
}

static struct span without_last_dot(struct span name)
{
	return name.n > 1 && span_ends(name, SPAN(".")) ? span_slice(name, 0, name.n - 1) : name;
}

/* The ends-in-a-number checker: such a name is an address or nothing. */
static bool ends_in_number(struct span name)
{
	struct span last = last_label(without_last_dot(name));
	uint64_t value;

	if (last.n == 0)
		return false;
	for (size_t i = 0; i < last.n; i++)
		if (!byte_is_digit(last.p[i]))
			return read_number(last, &value);
	return true;
}

static bool read_ipv4(struct span name, uint32_t *out)
{
	uint64_t parts[PARTS], address;
	size_t n = 0;

	name = without_last_dot(name);
	for (struct span part; span_next(&name, '.', &part); n++)
		if (n == PARTS || !read_number(part, &parts[n]))
			return false;
	if (n == 0)
		return false;
	address = parts[n - 1];
	if (address >= UINT64_C(1) << 8 * (PARTS + 1 - n))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		address += parts[i] << 8 * (PARTS - 1 - i);
	}
	*out = (uint32_t)address;
	return true;
}

static bool add_ipv4(struct span name, struct span written, struct buf *out, struct url_host *host)
{
	size_t start = out->n;
	uint32_t address;
	char text[16];
	struct ip ip = {.bytes = {[10] = 0xff, 0xff}};

	if (!read_ipv4(name, &address))
		return false;
	for (size_t i = 0; i < 4; i++)
		ip.bytes[12 + i] = (uint8_t)(address >> (24 - 8 * i));
	must(inet_ntop(AF_INET, ip.bytes + 12, text, sizeof(text)) != NULL);
	buf_add_string(out, text);
	host->kind = URL_HOST_IPV4;
	host->odd |= URL_ODD(NUMERIC);
	if (!span_equal(span_from_offset(buf_span(out), start), written))
		host->odd |= URL_ODD(NUMERIC_OBSCURE);
	if (ip_is_private(&ip))
		host->odd |= URL_ODD(PRIVATE);
	return true;
}

/* ---- IPv6 ---- */

/* The first of the longest runs of two and more zeros; `length` 0 when there is none. */
static size_t find_zeros(const uint16_t pieces[PIECES], size_t *length)
{
	size_t start = 0;

	*length = 0;
	for (size_t i = 0, n; i < PIECES; i += n + 1) {
		for (n = 0; i + n < PIECES && pieces[i + n] == 0;)
			n++;
		if (n > 1 && n > *length) {
			start = i;
			*length = n;
		}
	}
	return start;
}

/* As section 3.6 has it; inet_ntop would write some addresses as IPv4. */
static void print_ipv6(const struct ip *ip, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	uint16_t pieces[PIECES];
	size_t zeros, length;

	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = (uint16_t)(ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1]);
	zeros = find_zeros(pieces, &length);
	buf_add_byte(out, '[');
	for (size_t i = 0; i < PIECES; i++) {
		if (length > 0 && i == zeros) {
			buf_add_string(out, i == 0 ? "::" : ":");
			i += length - 1;
			continue;
		}
		for (int shift = 12; shift >= 0; shift -= 4)
			if (shift == 0 || pieces[i] >> shift != 0)
				buf_add_byte(out, digits[pieces[i] >> shift & 15]);
		if (i + 1 < PIECES)
			buf_add_byte(out, ':');
	}
	buf_add_byte(out, ']');
}

/* `text` is what stands in the brackets. */
static bool add_ipv6(struct span text, struct buf *out, struct url_host *host)
{
	char buffer[INET6_ADDRSTRLEN];
	struct ip ip;

	if (text.n >= sizeof(buffer) || span_has_byte(text, '\0'))
		return false;
	if (text.n > 0)
		memcpy(buffer, text.p, text.n);
	buffer[text.n] = '\0';
	if (inet_pton(AF_INET6, buffer, ip.bytes) != 1)
		return false;
	print_ipv6(&ip, out);
	host->kind = URL_HOST_IPV6;
	host->odd |= URL_ODD(NUMERIC);
	if (ip_is_private(&ip))
		host->odd |= URL_ODD(PRIVATE);
	return true;
}

/* ---- names ---- */

/* Whether the character is written otherwise than it is meant: fullwidth, mathematical, a dot of another script. */
static bool becomes_ascii(uint32_t c)
{
	UErrorCode error = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&error);
	UChar mapped[8];
	int32_t n;

	if (c < 0x80 || c == 0xdf || c == 0x1e9e) /* sharp s, which a name keeps */
		return false;
	if (c == 0x3002 || c == 0xff61) /* UTS 46 section 2.3 */
		return true;
	must(U_SUCCESS(error));
	n = unorm2_getDecomposition(form, (UChar32)c, mapped, (int32_t)ARRAY_LEN(mapped), &error);
	if (U_FAILURE(error) || n <= 0)
		return false;
	for (int32_t i = 0; i < n; i++)
		if (mapped[i] > 0x7e)
			return false;
	return true;
}

static uint32_t odd_forms(struct span name)
{
	while (name.n > 0)
		if (becomes_ascii(utf8_next(&name)))
			return URL_ODD(WIDE);
	return 0;
}

/* The dotless i looks like an ASCII letter, and stands for itself where it is written. */
static bool is_native(uint32_t c, struct span tld)
{
	if (c == 0x131)
		return span_equal(tld, SPAN("tr")) || span_equal(tld, SPAN("az"));
	return c < 0x80;
}

static bool is_foreign(struct span label, struct span tld)
{
	while (label.n > 0)
		if (!is_native(utf8_next(&label), tld))
			return true;
	return false;
}

/*
 * Of a name with A-labels. A label of foreign letters that look like ASCII is meant to deceive only where ASCII would
 * be expected: beneath a top-level domain in that very script it is a word like any other.
 */
static uint32_t odd_labels(struct span name)
{
	char text[4 * URL_IDNA_MOST];
	struct span rest = {text, url_idna_to_unicode(name, text, sizeof(text))};
	struct span tld = last_label(without_last_dot(rest));
	uint32_t odd = URL_ODD(IDN);

	for (struct span label; span_next(&rest, '.', &label);) {
		if (span_is_ascii(label))
			continue;
		if (text_is_mixed(label))
			odd |= URL_ODD(MIXED_SCRIPTS);
		if (span_is_ascii(tld) && is_foreign(label, tld) && text_is_lookalike(label))
			odd |= URL_ODD(LOOKALIKE);
	}
	return odd;
}

/* What the name is in the end: in A-labels and lower case. */
static bool add_name(struct span name, struct span written, struct buf *out, struct url_host *host)
{
	if (name.n == 0 || has_forbidden(name, NO_DOMAIN))
		return false;
	if (ends_in_number(name))
		return add_ipv4(name, written, out, host);
	buf_add(out, name);
	host->kind = URL_HOST_DOMAIN;
	return true;
}

/* ASCII without A-labels is only turned to lower case. */
static bool add_ascii(struct span name, struct span written, struct buf *out, struct url_host *host)
{
	static char text[URL_HOST_MOST]; /* on the stack it would be cleared each time */

	for (size_t i = 0; i < name.n; i++)
		text[i] = byte_lower(name.p[i]);
	return add_name(span_from(text, name.n), written, out, host);
}

static bool add_idna(struct span name, struct span written, struct buf *out, struct url_host *host)
{
	char text[4 * URL_IDNA_MOST];
	struct span ascii = {text, url_idna_to_ascii(name, text, sizeof(text))};

	if (!span_is_ascii(name))
		host->odd |= odd_forms(name);
	if (url_has_a_label(ascii))
		host->odd |= odd_labels(ascii);
	return add_name(ascii, written, out, host);
}

/* `name` without escapes. */
static bool add_decoded(struct span name, struct span written, struct buf *out,
	struct url_host *host)
{
	host->odd |= url_odd_characters(name);
	if (span_is_ascii(name) && !url_has_a_label(name))
		return add_ascii(name, written, out, host);
	return add_idna(name, written, out, host);
}

static bool add_escaped(struct span written, struct buf *out, struct url_host *host)
{
	char block[URL_HOST_MOST];
	struct buf decoded = {.p = block, .capacity = sizeof(block), .most = sizeof(block)};

	if (url_add_decoded(&decoded, written))
		host->odd |= URL_ODD(ENCODED_HOST);
	return add_decoded(buf_span(&decoded), written, out, host);
}

static bool add_domain(struct span written, struct buf *out, struct url_host *host)
{
	if (written.n > URL_HOST_MOST) {
		host->odd |= URL_ODD(LONG);
		return false;
	}
	if (span_has_byte(written, '%'))
		return add_escaped(written, out, host);
	return add_decoded(written, written, out, host);
}

bool url_read_host(struct span text, bool is_opaque, struct buf *out, struct url_host *host)
{
	*host = (struct url_host){0};
	if (text.n > 0 && *text.p == '[')
		return span_ends(text, SPAN("]")) &&
			add_ipv6(span_slice(text, 1, text.n - 2), out, host);
	if (!is_opaque)
		return add_domain(text, out, host);
	if (has_forbidden(text, NO_HOST))
		return false;
	url_add_encoded(out, text, URL_SET_CONTROL);
	host->kind = text.n == 0 ? URL_HOST_NONE : URL_HOST_OPAQUE;
	return true;
}

struct span url_host_unicode(struct arena *a, struct span host)
{
	char text[4 * URL_IDNA_MOST];
	size_t n = url_has_a_label(host) ? url_idna_to_unicode(host, text, sizeof(text)) : 0;

	return n == 0 ? host : arena_copy(a, span_from(text, n));
}
