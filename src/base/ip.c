/* Addresses as numbers; inet_pton knows how they are written. */
#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "base/num.h"
#include "base/panic.h"

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool ip_parse(struct span text, struct ip *out)
{
	char buffer[INET6_ADDRSTRLEN];

	if (span_starts(text, SPAN("[")) && span_ends(text, SPAN("]")))
		text = span_slice(text, 1, text.n - 2);
	if (span_starts_nocase(text, SPAN("IPv6:")))
		text = span_from_offset(text, 5);
	if (text.n >= sizeof(buffer) || span_has_byte(text, '\0'))
		return false;
	if (text.n > 0)
		memcpy(buffer, text.p, text.n);
	buffer[text.n] = '\0';
	if (inet_pton(AF_INET6, buffer, out->bytes) == 1)
		return true;
	memcpy(out->bytes, v4_prefix, sizeof(v4_prefix));
	return inet_pton(AF_INET, buffer, out->bytes + sizeof(v4_prefix)) == 1;
}

bool ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

struct span ip_print(struct arena *a, const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (ip_is_v4(ip))
		(void)inet_ntop(AF_INET, ip->bytes + sizeof(v4_prefix), text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, ip->bytes, text, sizeof(text));
	return arena_copy(a, span_of(text));
}

struct span ip_print_reversed(struct arena *a, const struct ip *ip)
{
	const uint8_t *b = ip->bytes;
	struct buf out;

	if (ip_is_v4(ip))
		return arena_printf(a, "%u.%u.%u.%u", b[15], b[14], b[13], b[12]);
	buf_init(&out, a, 64);
	for (int i = 15; i >= 0; i--) /* RFC 3596 section 2.5 */
		buf_printf(&out, "%x.%x%s", b[i] & 15, b[i] >> 4, i == 0 ? "" : ".");
	return buf_span(&out);
}

bool ip_is_own(const struct ip *ip)
{
	static const struct ip loopback = {.bytes = {[15] = 1}};
	static const struct ip_net link = {.ip = {.bytes = {0xfe, 0x80}}, .bits = 10};

	return (ip_is_v4(ip) && ip->bytes[12] == 127) || ip_equal(ip, &loopback) ||
		ip_net_has(&link, ip);
}

#define NET4(a, b, c, d, bits_)                                                                    \
	{                                                                                          \
		.ip = {{[10] = 0xff, 0xff, (a), (b), (c), (d)}}, .bits = 96 + (bits_)              \
	}
#define NET6(a, b, c, d, bits_)                                                                    \
	{                                                                                          \
		.ip = {{(a), (b), (c), (d)}}, .bits = (bits_)                                      \
	}

static bool is_in_any(const struct ip_net *nets, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_net_has(&nets[i], ip))
			return true;
	return false;
}

bool ip_is_private(const struct ip *ip)
{
	static const struct ip_net nets[] = {
		NET4(0, 0, 0, 0, 8),
		NET4(10, 0, 0, 0, 8),
		NET4(100, 64, 0, 0, 10),
		NET4(127, 0, 0, 0, 8),
		NET4(169, 254, 0, 0, 16),
		NET4(172, 16, 0, 0, 12),
		NET4(192, 0, 0, 0, 24),
		NET4(192, 168, 0, 0, 16),
		NET4(198, 18, 0, 0, 15),
		NET4(224, 0, 0, 0, 3),
		NET6(0, 0, 0, 0, 127),
		NET6(0xfc, 0, 0, 0, 7),
		NET6(0xfe, 0x80, 0, 0, 10),
		NET6(0xfe, 0xc0, 0, 0, 10),
		NET6(0xff, 0, 0, 0, 8),
	};

	return is_in_any(nets, ARRAY_LEN(nets), ip);
}

bool ip_is_special(const struct ip *ip)
{
	/* of documents, and of relays to IPv6 that are no more */
	static const struct ip_net nets[] = {
		NET4(192, 0, 2, 0, 24),
		NET4(192, 88, 99, 0, 24),
		NET4(198, 51, 100, 0, 24),
		NET4(203, 0, 113, 0, 24),
		NET6(0x20, 0x01, 0x0d, 0xb8, 32),
	};

	return ip_is_private(ip) || is_in_any(nets, ARRAY_LEN(nets), ip);
}

bool ip_net_parse(struct span text, struct ip_net *out)
{
	size_t slash = span_find_byte(text, '/');
	bool is_v4 = !span_has_byte(span_slice(text, 0, slash), ':');
	uint64_t bits = 128;

	if (!ip_parse(span_slice(text, 0, slash), &out->ip))
		return false;
	if (slash < text.n &&
		!num_parse_u64(span_from_offset(text, slash + 1), is_v4 ? 32 : 128, &bits))
		return false;
	out->bits = (unsigned)bits + (is_v4 && slash < text.n ? 96 : 0);
	return true;
}

bool ip_net_has(const struct ip_net *net, const struct ip *ip)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->ip.bytes, ip->bytes, whole) != 0)
		return false;
	return rest == 0 || (net->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

struct span ip_print_socket(struct arena *a, const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_un *local = (const void *)address;
	char text[INET6_ADDRSTRLEN] = "";

	switch (address->sa_family) {
	case AF_INET:
		(void)inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
		return arena_printf(a, "%s:%u", text, ntohs(v4->sin_port));
	case AF_INET6:
		(void)inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		return arena_printf(a, "[%s]:%u", text, ntohs(v6->sin6_port));
	case AF_UNIX:
		return arena_copy(a, span_of(local->sun_path));
	default:
		return span_from(NULL, 0);
	}
}
