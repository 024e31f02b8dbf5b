/*
 * url: where links lead. URLs are parsed as browsers do (the URL Standard, url.spec.whatwg.org), found in plain text
 * as people and mail programs recognise them, and told apart by the registrable domain: what somebody bought, the
 * public suffix (publicsuffix.org, as the system's libpsl knows it) and one label more.
 *
 *	struct url url;
 *	if (url_parse(a, href, base, &url))
 *		ask_about(url.domain);
 *
 *	struct url_finds finds = {0};
 *	url_find_all(a, text, URL_FINDS_MOST, &finds);
 *
 * Nothing is copied that can be pointed at: a URL that was written as browsers write it is a span of its text.
 */
#ifndef URL_URL_H
#define URL_URL_H

#include "base/base.h"

enum {
	/* of a URL; of a longer one that leads somewhere the first ones count */
	URL_BYTES_MOST = 64 << 10,
	URL_FINDS_MOST = 10000, /* in a text */
	URL_TARGETS_MOST = 8,   /* URLs within a URL */
	URL_STEPS_MOST = 24,    /* see url_find_all */
};

/* ---- one URL: parse.c, host.c ---- */

enum url_host_kind {
	URL_HOST_NONE,   /* there is no host: mailto:, data:, file:/// */
	URL_HOST_DOMAIN, /* a name; A-labels, lower case */
	URL_HOST_IPV4,
	URL_HOST_IPV6,   /* in brackets */
	URL_HOST_OPAQUE, /* of a scheme that is not http, https, ws, wss, ftp or file */
};

/* ODDITY(constant, name for dumps and evidence, meaning): what is odd about how a URL is written or where it leads. */
#define URL_ODDITIES(ODDITY)                                                                       \
	ODDITY(USER, "user", "a user name before the host")                                        \
	ODDITY(PASSWORD, "password", "a password before the host")                                 \
	ODDITY(MANY_ATS, "many-ats", "more than one @ before the host")                            \
	ODDITY(NUMERIC, "numeric", "an address in place of a name")                                \
	ODDITY(NUMERIC_OBSCURE, "numeric-obscure",                                                 \
		"an address not written as four decimal numbers: octal, hexadecimal, fewer parts") \
	ODDITY(PRIVATE, "private", "an address of a private network or of the machine itself")     \
	ODDITY(PORT, "port", "a port that is not that of the scheme")                              \
	ODDITY(BACKSLASH, "backslash", "backslashes for slashes")                                  \
	ODDITY(SLASHES, "slashes", "more or fewer than two slashes before the host")               \
	ODDITY(BLANKS, "blanks", "tabs or line ends within, which browsers drop")                  \
	ODDITY(CONTROLS, "controls", "control bytes within")                                       \
	ODDITY(BAD_UTF8, "bad-utf8", "bytes that are not UTF-8")                                   \
	ODDITY(INVISIBLE, "invisible", "characters that nobody sees")                              \
	ODDITY(BIDI, "bidi", "characters that turn the direction of writing")                      \
	ODDITY(ENCODED_HOST, "encoded-host", "percent escapes in the host")                        \
	ODDITY(IDN, "idn", "a name with letters beyond ASCII")                                     \
	ODDITY(MIXED_SCRIPTS, "mixed-scripts",                                                     \
		"letters of scripts that do not go together in one label")                         \
	ODDITY(LOOKALIKE, "lookalike", "a label of foreign letters that all look like ASCII ones") \
	ODDITY(WIDE, "wide", "letters or dots of another width or form, which become ASCII")       \
	ODDITY(NO_TLD, "no-tld", "a name that does not end in a known top-level domain")           \
	ODDITY(NO_SCHEME, "no-scheme", "written without a scheme")                                 \
	ODDITY(OBFUSCATED, "obfuscated",                                                           \
		"written so that programs do not take it for a URL: hxxp, [.]")                    \
	ODDITY(WRAPPED, "wrapped", "split over lines")                                             \
	ODDITY(LONG, "long", "longer than is looked at")

enum url_oddity {
#define ODDITY(constant, name, meaning) URL_BIT_##constant,
	URL_ODDITIES(ODDITY)
#undef ODDITY
		URL_ODDITY_COUNT
};

/* The bits of url.odd and of url_found.url.odd: URL_ODD(USER). */
#define URL_ODD(constant) (UINT32_C(1) << URL_BIT_##constant)

const char *url_oddity_name(enum url_oddity oddity);

/* A URL, parsed and serialised. All spans but `written` and `domain` are parts of `href`; null where there is no such part. */
struct url {
	struct span written; /* as it came */
	struct span href;    /* as browsers write it */
	struct span scheme;  /* "https", without the colon */
	struct span user, password;
	struct span host;  /* serialised: "xn--bcher-kva.example", "192.0.2.1", "[2001:db8::1]" */
	struct span path;  /* "/", "/a/b"; opaque for mailto: and the like */
	struct span query; /* without the ? */
	struct span fragment; /* without the # */
	struct span
		domain; /* the registrable domain of a name, in lower case; of an address itself; null without either */
	enum url_host_kind host_kind;
	int port; /* -1: that of the scheme */
	uint32_t odd;
};

/*
 * Parses as section 4.4 of the URL Standard, relative to `base`, which may be NULL. False for what browsers would not
 * follow; `out` is then zero but for `written` and `odd`, which says what was odd up to there. `domain` and `odd` are
 * filled as well. Takes memory from `a` only where href differs from what was written. A URL of the web that is longer
 * than URL_BYTES_MOST, or becomes so, is cut, and LONG says it.
 */
bool url_parse(struct arena *a, struct span written, const struct url *base, struct url *out);
/* http, https, ws, wss, ftp. */
bool url_is_web(const struct url *url);
/* The address of mailto:, or several with commas between, percent escapes undone, without ?subject=; null for other schemes. */
struct span url_mail_address(struct arena *a, const struct url *url);
/* The host for people: A-labels turned back (UTS 46); the host itself when they cannot be. */
struct span url_host_unicode(struct arena *a, struct span host);

/* ---- URLs in texts: find.c ---- */

enum url_find_kind {
	URL_FOUND_URL,
	URL_FOUND_ADDRESS, /* a mail address without mailto: */
};

struct url_found {
	enum url_find_kind kind;
	struct url url;   /* of an address: mailto: and the address */
	struct span text; /* as it stands, a span of the text */
	size_t start;
};

struct url_finds {
	VEC(struct url_found);
	bool is_cut;  /* there were more */
	size_t steps; /* bytes that were read ahead, each as often as it was: what the text cost */
};

/* Lists double when they grow, and keep what they were; the rest is what URLs become when they are serialised. */
#define URL_FIND_MEMORY_MOST(text_bytes)                                                           \
	(4 * URL_FINDS_MOST * sizeof(struct url_found) + 16 * (size_t)(text_bytes) + (1 << 20))

/*
 * URLs and mail addresses of a text in UTF-8, in order, not within each other: with a scheme, or as www.example.org,
 * example.org/path, user@example.org where the top-level domain exists; in <angles> even over lines (RFC 3986 appendix
 * C); obfuscated as hxxp, example[.]org, example dot org behind http; names with letters of all languages. What ends a
 * sentence (.,;:!?) and closing brackets and quotes that were not opened within are left out. At most `most` are found.
 *
 * A text of ordinary prose costs little more than looking at each byte once. Of any text at most URL_STEPS_MOST bytes
 * are read ahead for each byte, and the memory of `a` grows at most by URL_FIND_MEMORY_MOST.
 */
void url_find_all(struct arena *a, struct span text, size_t most, struct url_finds *out);

/* ---- URLs within URLs: target.c ---- */

/*
 * The URLs that a URL carries: in its query, path or fragment, percent-encoded as often as need be, in base64, or in
 * the way of link protection and click trackers (Outlook safe links, Proofpoint, Barracuda, Google, Facebook, ...).
 * The most certain first. `a` holds the results. Gives how many.
 */
size_t url_find_targets(struct arena *a, const struct url *url, struct url *out, size_t most);

/* ---- names ---- */

/*
 * The registrable domain of a host name, as a span into it: "mail.example.co.uk" gives
 * "example.co.uk". A trailing dot is left out. The host itself when it is a public suffix, a single
 * label, an IP address, longer than 253 bytes, or has an empty label. Case is kept; comparisons are up to
 * the caller. Names in UTF-8 are understood as their A-labels (UTS 46), so `\xe3\x80\x82` is a dot too.
 */
struct span url_find_registrable(struct span host);
/*
 * True when both hosts lie in the same registrable domain, in whatever case and whether in UTF-8 or as
 * A-labels; false when either is empty.
 */
bool url_same_registrable(struct span a, struct span b);
/*
 * The name as DNS has it: A-labels in lower case, without a dot at the end (UTS 46, RFC 5890). False for what is
 * no name: an empty label, a label over 63 bytes, more than 253 bytes, what IDNA forbids. What is ASCII is not
 * judged further: underscores and all else that DNS takes may stand in it, but no blanks or control bytes.
 */
bool url_make_ascii(struct arena *a, struct span host, struct span *out);
/*
 * True for a dotted IPv4 address or an IPv6 address, with or without brackets, in which IPv6 may have the
 * tag of mail (`[IPv6:::1]`, RFC 5321 section 4.1.3).
 */
bool url_is_address(struct span host);

#endif
