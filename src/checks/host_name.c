/*
 * What kind of host a name tells of. Providers name the lines of their customers after how they are
 * connected (dsl, dynamic, pool) and by numbers; servers of mail are named by people.
 *
 * DESIGN: a word counts for something only where it stands apart (`a.dsl.b`) or beside a number
 * (`dsl-12`, `1-2-3-4dsl`), as generated names have it, and never in what somebody has bought: the
 * registrable domain of mail.cable.example or of mailhost.1shop.example is no sign of a line. Each word has
 * its own list of places, measured on names as they are met. Plain code over the bytes rather than patterns:
 * a name has at most 253 of them, and each is compared with some thirty words.
 */
#include "checks/inner.h"

#include "url/url.h"

enum place {
	APART = 1,          /* a dot or dash on both sides */
	BEFORE_NUMBER = 2,  /* a dot or dash behind it, then a digit */
	TOUCHES_NUMBER = 4, /* a digit right behind it */
	BEHIND_DIGIT = 8,   /* a digit before it, with a dot or dash between or none */
	BEHIND_NUMBER = 16, /* the same, and the digit is the last of several or stands apart */
	BEHIND_APART = 32,  /* as BEHIND_NUMBER, and there is a dot or dash between */
	BEHIND_LAST =
		64, /* three digits before it, and a number before those: an address's last byte */
};

static const struct {
	struct span text;
	unsigned class;
	unsigned places;
} words[] = {
	{SPAN_INIT("dynamic"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("dyn"), 5, BEFORE_NUMBER | BEHIND_APART},
	{SPAN_INIT("dynip"), 5, BEFORE_NUMBER | BEHIND_APART},
	{SPAN_INIT("dialup"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("dial-up"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("ppp"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("pppoe"), 5, BEFORE_NUMBER},
	{SPAN_INIT("pptp"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("modem"), 5, APART | BEFORE_NUMBER | BEHIND_APART},
	{SPAN_INIT("cablemodem"), 5, APART},
	{SPAN_INIT("dhcp"), 5, APART | BEFORE_NUMBER | BEHIND_DIGIT},
	{SPAN_INIT("broadband"), 5, APART | BEFORE_NUMBER},
	{SPAN_INIT("broad"), 5, APART | BEFORE_NUMBER | BEHIND_DIGIT},
	{SPAN_INIT("bredband"), 5, APART | BEHIND_NUMBER},
	{SPAN_INIT("wifi"), 5, APART | BEFORE_NUMBER | BEHIND_DIGIT},
	{SPAN_INIT("gprs"), 5, APART | BEFORE_NUMBER | BEHIND_APART},
	{SPAN_INIT("nat"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("catv"), 5, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("client"), 5, BEHIND_LAST},
	{SPAN_INIT("dsl"), 4, APART | BEFORE_NUMBER | TOUCHES_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("adsl"), 4, APART | BEHIND_NUMBER},
	{SPAN_INIT("xdsl"), 4, APART | BEHIND_NUMBER},
	{SPAN_INIT("adsl2"), 4, APART},
	{SPAN_INIT("pool"), 4, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("in-addr"), 4, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("cable"), 3, APART | BEFORE_NUMBER | BEHIND_APART},
	{SPAN_INIT("kabel"), 3, APART | BEFORE_NUMBER | BEHIND_DIGIT},
	{SPAN_INIT("host"), 2, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("user"), 1, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("customer"), 1, APART | BEFORE_NUMBER | BEHIND_NUMBER},
	{SPAN_INIT("customers"), 1, APART | BEFORE_NUMBER},
	{SPAN_INIT("client"), 1, APART},
	{SPAN_INIT("clients"), 1, APART},
};

static bool is_mark(char c)
{
	return c == '.' || c == '-';
}

static bool is_mark_or_digit(char c)
{
	return is_mark(c) || byte_is_digit(c);
}

/* With a dot or dash behind it or none. */
static bool ends_in_number(struct span text)
{
	if (text.n > 0 && is_mark(text.p[text.n - 1]))
		text.n--;
	return text.n > 0 && byte_is_digit(text.p[text.n - 1]);
}

/* The places that a number, or nothing, before the word gives it. */
static unsigned places_before(struct span host, size_t at)
{
	size_t n = at, digits = 0;
	bool apart = n > 0 && is_mark(host.p[n - 1]);
	unsigned places = apart ? APART : 0;

	if (apart)
		n--;
	while (digits < n && digits < 3 && byte_is_digit(host.p[n - 1 - digits]))
		digits++;
	if (digits == 0)
		return places;
	places |= BEHIND_DIGIT;
	if (digits == 3 && ends_in_number(span_slice(host, 0, n - 3)))
		places |= BEHIND_LAST;
	if (n >= 2 && is_mark_or_digit(host.p[n - 2]))
		places |= apart ? BEHIND_NUMBER | BEHIND_APART : BEHIND_NUMBER;
	return places;
}

/* The places that what follows the word gives it; `front` is where the registrable domain begins. */
static unsigned places_behind(struct span host, size_t end, size_t front)
{
	unsigned places = 0;

	if (end < front && byte_is_digit(host.p[end]))
		places |= TOUCHES_NUMBER;
	if (end < front && is_mark(host.p[end])) {
		places |= APART;
		if (end + 1 < front && byte_is_digit(host.p[end + 1]))
			places |= BEFORE_NUMBER;
	}
	return places;
}

/* APART takes both sides, any other place one. */
static unsigned find_places(struct span host, size_t at, size_t n, size_t front)
{
	unsigned before = at <= front ? places_before(host, at) : 0;
	unsigned behind = places_behind(host, at + n, front);

	return ((before | behind) & ~(unsigned)APART) | (before & behind & APART);
}

/*
 * comcast.net numbers its customers below hsd1.STATE and the like; its servers of mail stand beside, so the
 * name of the provider alone says nothing.
 */
static bool is_hsd(struct span front)
{
	for (struct span rest = front, label; span_next(&rest, '.', &label);)
		if (label.n == 4 && span_starts_nocase(label, SPAN("hsd")) &&
			byte_is_digit(label.p[3]))
			return true;
	return false;
}

/* Where the registrable domain begins. Nobody buys a domain in the tree of reverse names. */
static size_t find_front(struct span host)
{
	struct span domain = url_find_registrable(host);

	if (span_ends_nocase(host, SPAN(".arpa")))
		return host.n;
	return domain.n == 0 ? host.n : (size_t)(domain.p - host.p);
}

unsigned checks_host_class(struct span host)
{
	unsigned class = 0;
	size_t front;

	if (host.n > CHECKS_HOST_MOST)
		return 0;
	front = find_front(host);
	for (size_t at = 0; at < host.n && at <= front; at++) {
		struct span rest = span_from_offset(host, at);

		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (words[i].class > class && span_starts_nocase(rest, words[i].text) &&
				(words[i].places & find_places(host, at, words[i].text.n, front)) !=
					0)
				class = words[i].class;
	}
	if (span_ends_nocase(host, SPAN(".comcast.net")) && is_hsd(span_slice(host, 0, front)))
		return 5;
	return class;
}

/* Letters, digits and dashes within; bytes of UTF-8 are letters (RFC 5890, RFC 6531). */
static bool is_label(struct span label)
{
	if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!byte_is_alnum(label.p[i]) && label.p[i] != '-' && (label.p[i] & 0x80) == 0)
			return false;
	return true;
}

bool checks_host_is_full(struct span host)
{
	struct span label = host;
	size_t labels = 0;

	if (span_ends(host, SPAN(".")))
		host.n--;
	for (struct span rest = host; span_next(&rest, '.', &label); labels++)
		if (!is_label(label))
			return false;
	/* a top-level domain has two letters at least */
	return labels > 1 && label.n > 1 && host.n <= CHECKS_HOST_MOST &&
		!span_ends(host, SPAN("."));
}

bool checks_host_is_unknown(const struct msg *m)
{
	const struct msg_envelope *e = &m->envelope;

	if (span_is_null(e->address))
		return false;
	if (span_is_null(e->hostname))
		return e->over_network;
	return e->hostname.n == 0 || span_equal_nocase(e->hostname, SPAN("unknown"));
}
