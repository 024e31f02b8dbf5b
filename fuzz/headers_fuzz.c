/*
 * Values of single header fields: address lists, mailboxes, dates and Received lines. The first byte
 * chooses which: `a` a list, `b` one mailbox, `c` a Received line, `d` a date. What counts as a valid
 * address is decided here a second time, in other words than the room's.
 */
#include "mime/mime.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A block of its own, so that ASan sees a byte read too far. */
static char *copy_exactly(const char *p, size_t n)
{
	char *copy = malloc(n > 0 ? n : 1);

	must(copy != NULL);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

static bool lies_within(struct span inner, struct span outer)
{
	return inner.n == 0 || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

/* ---- a second opinion on RFC 5321 section 4.1.2 ---- */

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_letter(char c)
{
	return (c & 0x80) != 0 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		(c >= 'a' && c <= 'z');
}

/* Dot-string; returns where it ends, 0 for none. */
static size_t match_dot_string(struct span s)
{
	size_t i = 0, atom;

	do {
		for (atom = i; i < s.n; i++)
			if (!is_letter(s.p[i]) && !is_one_of(s.p[i], "!#$%&'*+-/=?^_`{|}~"))
				break;
		if (i == atom)
			return 0;
	} while (i < s.n && s.p[i] == '.' && i++ < s.n);
	return i;
}

static size_t match_quoted_string(struct span s)
{
	if (s.n == 0 || s.p[0] != '"')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\' && ++i == s.n)
			return 0;
		if ((unsigned char)s.p[i] < 32 || s.p[i] == 127)
			return 0;
	}
	return 0;
}

static bool match_domain(struct span s)
{
	size_t label = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && (is_letter(s.p[i]) || s.p[i] == '-' || s.p[i] == '_'))
			continue;
		if (i == label || (i < s.n && s.p[i] != '.') || s.p[label] == '-' ||
			s.p[i - 1] == '-')
			return false;
		label = i + 1;
	}
	return true;
}

static bool is_address_text(struct span s, int family)
{
	char text[64];
	struct in6_addr any;

	if (s.n >= sizeof(text) || span_has_byte(s, '\0'))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(family, text, &any) == 1;
}

static bool match_literal(struct span s)
{
	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	s = span_slice(s, 1, s.n - 2);
	if (span_starts_nocase(s, SPAN("ipv6:")))
		return is_address_text(span_from_offset(s, 5), AF_INET6);
	return is_address_text(s, AF_INET);
}

static bool is_mailbox(struct span s)
{
	size_t local = match_quoted_string(s);
	struct span domain;

	if (local == 0)
		local = match_dot_string(s);
	if (local == 0 || local > 64 || local == s.n || s.p[local] != '@' || !span_is_utf8(s))
		return false;
	domain = span_from_offset(s, local + 1);
	return domain.n > 0 && domain.n <= 255 && (match_domain(domain) || match_literal(domain));
}

static bool has_long_label(struct span s)
{
	struct span label;

	while (span_next(&s, '.', &label))
		if (label.n > 63 && span_is_ascii(label))
			return true;
	return false;
}

/* What holds for an address however it was read. */
static void check_address(const struct mime_address *m, struct span value)
{
	must(lies_within(m->raw, value));
	must(m->addr.n <= m->raw.n);
	must(m->local.n + m->domain.n <= m->addr.n);
	must(span_is_utf8(m->name));
	must(m->has_angle || (!m->padded && !m->glued));
	must(m->raw_8bit == !span_is_ascii(m->addr));
	must(span_ends(m->addr, m->domain));
	must(m->quoted_local || span_starts(m->addr, m->local));
	must(m->valid == (is_mailbox(m->addr) && !has_long_label(m->domain)));
	if (m->valid)
		must(m->quoted_local == (m->addr.p[0] == '"'));
}

/* ---- the four kinds ---- */

/* A piece of a list, read alone, is the same address. */
static void check_alone(struct arena *a, const struct mime_address *m)
{
	char *copy = copy_exactly(m->raw.p, m->raw.n);
	struct mime_addresses alone;

	mime_parse_addresses(a, span_from(copy, m->raw.n), &alone);
	must(alone.n == 1);
	must(span_equal(alone.v[0].addr, m->addr));
	must(alone.v[0].valid == m->valid);
	free(copy);
}

/* Where nothing can quote it, each @ belongs to an entry. */
static void check_nothing_is_lost(const struct mime_addresses *list, struct span value)
{
	size_t i = 0;

	for (const char *at = value.p; at < value.p + value.n; at++) {
		if (*at != '@')
			continue;
		while (i < list->n && list->v[i].raw.p + list->v[i].raw.n <= at)
			i++;
		must(i < list->n && list->v[i].raw.p <= at);
	}
}

static void check_list(struct arena *a, struct span value)
{
	struct mime_addresses list;
	const char *end = value.p;
	bool quotes = false;

	mime_parse_addresses(a, value, &list);
	must(list.n <= MIME_ADDRESSES_MOST);
	for (size_t i = 0; i < list.n; i++) {
		check_address(&list.v[i], value);
		must(list.v[i].raw.p >= end);
		end = list.v[i].raw.p + list.v[i].raw.n;
		must(list.v[i].valid || (list.defects & MIME_DEFECT(ADDRESS_INVALID)) != 0);
		must(span_is_utf8(list.v[i].group));
		if (i < 20 && list.v[i].valid)
			check_alone(a, &list.v[i]);
	}
	for (size_t i = 0; i < value.n; i++)
		quotes |= is_one_of(value.p[i], "\"(\\?:");
	if (!quotes && list.n < MIME_ADDRESSES_MOST)
		check_nothing_is_lost(&list, value);
}

static void check_mailbox(struct arena *a, struct span value)
{
	struct mime_address m;
	struct mime_addresses list;

	must(mime_parse_mailbox(a, value, &m) == m.valid);
	check_address(&m, value);
	must(m.name.n == 0);
	if (!m.valid)
		return;
	mime_parse_addresses(a, value, &list);
	/* an encoded word may swallow what SMTP takes for an address, and a colon may open a group */
	if (codec_has_words(value) || (!m.has_angle && span_has_byte(value, ':')))
		return;
	must(list.n == 1 && list.v[0].valid && span_equal(list.v[0].addr, m.addr));
}

static void check_moment(const struct mime_date *d)
{
	const int64_t first = -62135596800, last = 253402300799;

	must(d->seconds >= first && d->seconds <= last);
	must(d->zone >= -(99 * 3600 + 59 * 60) && d->zone <= 99 * 3600 + 59 * 60);
	must(d->zone_known || d->zone == 0);
}

static void check_date(struct arena *a, struct span value)
{
	struct mime_date d, again;
	struct span longer;

	if (!mime_parse_date(value, &d))
		return;
	check_moment(&d);
	must(mime_parse_date(clock_print_http(a, d.seconds), &again));
	must(again.seconds == d.seconds && again.zone == 0 && again.zone_known);
	longer = arena_printf(a, "\r\n (x) %.*s \t", SPAN_ARG(value));
	/* a NUL ends what printf copies */
	if (!span_has_byte(value, '\0'))
		must(mime_parse_date(longer, &again) && again.seconds == d.seconds);
}

static void check_received(struct arena *a, struct span value)
{
	static const struct mime_received nothing;
	struct mime_received r;
	const struct span *pieces[] = {&r.helo, &r.hostname, &r.address, &r.by, &r.for_address,
		&r.id, &r.tls_version, &r.tls_cipher, &r.user};

	if (!mime_parse_received(a, value, &r)) {
		must(memcmp(&r, &nothing, sizeof(r)) == 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		must(lies_within(*pieces[i], value));
	must(r.with.n <= value.n);
	must(r.from_given || (span_is_null(r.helo) && span_is_null(r.hostname)));
	if (!span_is_null(r.address))
		must(r.from_given &&
			(is_address_text(r.address, AF_INET) ||
				is_address_text(r.address, AF_INET6)));
	must(r.tls || (span_is_null(r.tls_version) && span_is_null(r.tls_cipher)));
	must(r.authenticated || span_is_null(r.user));
	if (r.date_valid)
		check_moment(&r.date);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(struct arena * a, struct span value) = {check_date,
		check_list, check_mailbox, check_received};
	struct arena *a;
	char *copy;

	if (size == 0)
		return 0;
	a = arena_make();
	copy = copy_exactly((const char *)data + 1, size - 1);
	checks[data[0] & 3](a, span_from(copy, size - 1));
	free(copy);
	arena_free(a);
	return 0;
}
