/* Lists of DNS: what of a message's text they are asked for, in which order, and under which names. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../scan/law.h"
#include "../scan/scene.h"
#include "auth/inner.h"
#include "checks/rbl.h"

extern const struct check check_dkim, check_rbl;

static const struct check *const two_checks[] = {&check_dkim, &check_rbl};

#define HEAD "From: Mira <mira@orchard.example>\nTo: jonas@harbour.example\nMIME-Version: 1.0\n"
#define PLAIN(text) HEAD "Content-Type: text/plain; charset=utf-8\n\n" text "\n"
#define HTML(text) HEAD "Content-Type: text/html; charset=utf-8\n\n" text "\n"
#define LISTS(text)                                                                                \
	.settings = "rbl { rbls { " text " } } symbols { X { score = 2 } Y { score = 3 } }"
#define ONE(text) LISTS("one { symbol = X; rbl = \"l.example\"; " text " }")
#define HAS(name) name ".l.example A 127.0.0.2\n"

static const struct harness_case url_cases[] = {
	{"the registrable domain of a URL", PLAIN("see https://www.evil.example/a?b"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"the old form", PLAIN("see https://www.evil.example/a?b"), "X(2.00)[evil.example:url]",
		.zone = HAS("evil.example"), ONE("urls = yes")},
	{"a domain below a public suffix", PLAIN("http://a.b.evil.co.uk/"),
		"X(2.00)[evil.co.uk:url]", .zone = HAS("evil.co.uk"), ONE("checks = [urls]")},
	{"the whole host where a list wants it", PLAIN("http://www.evil.example/"),
		"X(2.00)[www.evil.example:url]",
		.zone = HAS("evil.example") HAS("www.evil.example"),
		ONE("checks = [urls]; url_full_hostname = yes")},
	{"all hosts of a domain, then", PLAIN("http://a.evil.example/ http://b.evil.example/"),
		"X(4.00)[a.evil.example:url, b.evil.example:url]",
		.zone = HAS("a.evil.example") HAS("b.evil.example"),
		ONE("checks = [urls]; url_full_hostname = yes")},
	{"the same domain twice counts once",
		PLAIN("http://a.evil.example/ http://b.evil.example/"), "X(2.00)[evil.example:url]",
		.zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"also beside a list of whole hosts",
		PLAIN("http://a.evil.example/ http://b.evil.example/"),
		"X(2.00)[evil.example:url] Y(3.00)[b.evil.example:url]",
		.zone = HAS("evil.example") "b.evil.example.w.example A 127.0.0.2",
		LISTS("a { symbol = X; rbl = \"l.example\"; checks = [urls] } b { symbol = Y; rbl = "
		      "\"w.example\"; checks = [urls]; url_full_hostname = yes }")},
	{"letters beyond ASCII are asked for as A-labels",
		PLAIN("http://b\xc3\xbc"
		      "cher.example/"),
		"X(2.00)[xn--bcher-kva.example:url]", .zone = HAS("xn--bcher-kva.example"),
		ONE("checks = [urls]")},
	{"where a link leads, not where it seems to lead",
		HTML("<a href='https://evil.example/x'>https://good.example</a>"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example") HAS("good.example"),
		ONE("checks = [urls]")},
	{"a form, a frame and a style sheet",
		HTML("<form action='http://form.example/'></form><iframe src='http://frame.example/'>"
		     "</iframe><link rel=stylesheet href='http://style.example/a.css'>"),
		"X(6.00)[form.example:url, frame.example:url, style.example:url]",
		.zone = HAS("form.example") HAS("frame.example") HAS("style.example"),
		ONE("checks = [urls]")},
	{"text that nobody sees", HTML("<div style='display:none'>http://evil.example/</div>"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"the subject", "Subject: http://evil.example/\n" PLAIN("x"), "X(2.00)[evil.example:url]",
		.zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"behind a redirector", PLAIN("http://go.example/?u=https%3A%2F%2Fevil.example%2Fx"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"an attached page",
		HEAD "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n"
		     "<a href='http://evil.example/'>x</a>\n",
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"what is there to unsubscribe at is not asked for",
		"List-Unsubscribe: <http://evil.example/>\n" PLAIN("x"), "",
		.zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"a picture is no link", HTML("<img src='http://evil.example/a.png'>"), "",
		.zone = HAS("evil.example"), ONE("checks = [urls]")},
	{"but asked for by whoever wants it", HTML("<img src='http://cdn.evil.example/a.png'>"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), ONE("checks = [images]")},
	{"a link is no picture", HTML("<a href='http://evil.example/'>x</a>"), "",
		.zone = HAS("evil.example"), ONE("images = yes")},
	{"an address in place of a name", PLAIN("http://192.0.2.78/"), "X(2.00)[192.0.2.78:url]",
		.zone = HAS("78.2.0.192"), ONE("checks = [urls]")},
	{"in whatever notation, once", PLAIN("http://3221226062/ http://192.0.2.78/"),
		"X(2.00)[192.0.2.78:url]", .zone = HAS("78.2.0.192"), ONE("checks = [urls]")},
	{"unless the list holds names alone", PLAIN("http://192.0.2.78/"), "",
		.zone = HAS("78.2.0.192"), ONE("checks = [urls]; no_ip = yes")},
	{"or it is private", PLAIN("http://10.0.0.1/"), "", .zone = HAS("1.0.0.10"),
		ONE("checks = [urls]")},
	{"addresses alone", PLAIN("http://192.0.2.78/ http://evil.example/"),
		"X(2.00)[192.0.2.78:url]", .zone = HAS("78.2.0.192") HAS("evil.example"),
		ONE("checks = [numeric_urls]")},
	{"names that only a network knows are nobody else's business",
		PLAIN("http://intranet/ http://box.local/ http://a.onion/ http://x.test/"), "",
		.zone = HAS("intranet") HAS("box.local") HAS("a.onion") HAS("x.test"),
		ONE("checks = [urls]")},
	{"domains that are known are not asked for",
		PLAIN("http://www.good.example/ "
		      "http://evil.example/"),
		"X(2.00)[evil.example:url]", .zone = HAS("good.example") HAS("evil.example"),
		.settings =
			"rbl { url_whitelist = [\"good.example\"]; rbls { one { symbol = X; rbl = "
			"l.example; checks = [urls] } } } symbols { X = 2 }"},
	{"nor those that a list alone shall not be asked for",
		PLAIN("http://www.good.example/ http://evil.example/"), "X(2.00)[evil.example:url]",
		.zone = HAS("good.example") HAS("evil.example"),
		ONE("checks = [urls]; whitelist = [\"good.example\"]")},
	{"clients of our own and users send links, too", PLAIN("http://evil.example/"),
		"X(2.00)[evil.example:url]", .zone = HAS("evil.example"), .address = "127.0.0.1",
		.user = "jonas", ONE("checks = [urls]; ignore_defaults = yes")},
	{"users may be left out", PLAIN("http://evil.example/"), "", .zone = HAS("evil.example"),
		.user = "jonas", ONE("checks = [urls]; exclude_users = yes")},
	{"how often a list is asked has an end", PLAIN("http://a.example/ http://b.example/"),
		"X(2.00)[a.example:url]", .zone = HAS("a.example") HAS("b.example"),
		ONE("checks = [urls]; requests_limit = 1")},
	{"a prefix for URLs", PLAIN("http://evil.example/"), "URL_X(0.00)[evil.example:url]",
		.zone = HAS("evil.example"),
		ONE("checks = [urls]; symbols_prefixes { urls = URL }")},
};

#define COMPOSE                                                                                    \
	ONE("checks = [urls]; url_compose_map = [\"*.free.example\", \"!not.free.example\", "      \
	    "\"h.pages.example\"]")

static const struct harness_case composed_cases[] = {
	{"hosts of a star are asked for whole", PLAIN("http://a.b.free.example/"),
		"X(2.00)[a.b.free.example:url]",
		.zone = HAS("a.b.free.example") HAS("free.example"), COMPOSE},
	{"and so is what stands behind the star", PLAIN("http://free.example/"),
		"X(2.00)[free.example:url]", .zone = HAS("free.example"), COMPOSE},
	{"but for exceptions", PLAIN("http://a.not.free.example/"), "X(2.00)[free.example:url]",
		.zone = HAS("a.not.free.example") HAS("free.example"), COMPOSE},
	{"a suffix has one label more", PLAIN("http://x.user.h.pages.example/"),
		"X(2.00)[user.h.pages.example:url]",
		.zone = HAS("x.user.h.pages.example") HAS("user.h.pages.example"), COMPOSE},
	{"when there is one", PLAIN("http://h.pages.example/"), "X(2.00)[h.pages.example:url]",
		.zone = HAS("h.pages.example"), COMPOSE},
	{"other domains are as ever", PLAIN("http://x.other.example/"),
		"X(2.00)[other.example:url]", .zone = HAS("other.example"), COMPOSE},
};

static const struct harness_case mail_cases[] = {
	{"an address, with a dot for its @", PLAIN("write to Bob@box.example.org"),
		"X(2.00)[bob@box.example.org:email]", .zone = HAS("bob.box.example.org"),
		ONE("checks = [emails]")},
	{"or with what the list wants", PLAIN("write to bob@example.org"),
		"X(2.00)[bob@example.org:email]", .zone = HAS("bob._at_.example.org"),
		ONE("checks = [emails]; emails_delimiter = \"._at_.\"")},
	{"a link to write a mail", HTML("<a href='mailto:bob@example.org?subject=x'>x</a>"),
		"X(2.00)[bob@example.org:email]", .zone = HAS("bob.example.org"),
		ONE("checks = [emails]")},
	{"without its tag", HTML("<a href='mailto:bob+1@example.org'>x</a>"),
		"X(2.00)[bob@example.org:email]", .zone = HAS("bob.example.org"),
		ONE("checks = [emails]")},
	{"its registrable domain alone", PLAIN("write to bob@box.example.org"),
		"X(2.00)[example.org:email]", .zone = HAS("example.org"),
		ONE("checks = [emails]; emails_domainonly = yes")},
	{"or its whole host", PLAIN("write to bob@box.example.org"),
		"X(2.00)[box.example.org:email]", .zone = HAS("box.example.org"),
		ONE("checks = [emails]; emails_domainonly = yes; url_full_hostname = yes")},
	{"a domain that is known is not asked for, an address in it is",
		PLAIN("write to bob@example.org"), "Y(3.00)[bob@example.org:email]",
		.zone = HAS("example.org") "bob.example.org.w.example A 127.0.0.2",
		.settings =
			"rbl { url_whitelist = [\"example.org\"]; rbls { a { symbol = X; rbl = "
			"l.example; checks = [emails]; emails_domainonly = yes } b { symbol = Y; "
			"rbl = w.example; checks = [emails] } } } symbols { X = 2; Y = 3 }"},
	{"From and To are not asked for", PLAIN("x"), "",
		.zone = HAS("mira.orchard.example") HAS("jonas.harbour.example"),
		ONE("checks = [emails]")},
	{"where answers go", "Reply-To: Bob <Bob+x@example.org>\n" PLAIN("x"),
		"X(2.00)[bob@example.org:replyto]", .zone = HAS("bob.example.org"),
		ONE("checks = [replyto]")},
	{"the domain where answers go", "Reply-To: bob@box.example.org\n" PLAIN("x"),
		"X(2.00)[example.org:replyto]", .zone = HAS("example.org"),
		ONE("checks = [replyto]; emails_domainonly = yes")},
	{"a URL and an address of one domain are each told",
		PLAIN("http://www.example.org/ bob@example.org"),
		"X(4.00)[example.org:url, example.org:email]", .zone = HAS("example.org"),
		ONE("checks = [urls, emails]; emails_domainonly = yes")},
	{"a name that cannot be one is not asked for", PLAIN("bob..x@example.org"), "", .zone = "",
		ONE("checks = [emails]")},
};

/* Worked out with Python's hashlib, and base32 by hand. */
#define BASE32 "checks = [urls, emails]; hash = blake2; hash_format = base32; hash_len = 32"

static const struct harness_case hash_cases[] = {
	{"BLAKE2b in base32", PLAIN("http://www.evil.example/"), "X(2.00)[evil.example:url]",
		.zone = HAS("wppurq8ayuith3zcsyjfrjn96bcd5ez3"), ONE(BASE32)},
	{"an address of the internet by its reversed form", PLAIN("http://192.0.2.78/"),
		"X(2.00)[192.0.2.78:url]", .zone = HAS("zcmyjwgpnr7eqqacbppaoe4chuexkzty"),
		ONE(BASE32)},
	{"an address of mail, the @ as it is", PLAIN("Bob@example.org"),
		"X(2.00)[bob@example.org:email]",
		.zone = HAS("97ec78b292ab06a5b64d5cc50140b2a3fd901061"),
		ONE("checks = [emails]; hash = sha1")},
	{"or with the delimiter of the list", PLAIN("bob@example.org"),
		"X(2.00)[bob@example.org:email]", .zone = HAS("73b3adfeefa5965cf61c364b8eb8e79f"),
		ONE("checks = [emails]; hash = md5; emails_delimiter = \".\"")},
	{"cut SHA-256 in hexadecimal", PLAIN("http://www.evil.example/"),
		"X(2.00)[evil.example:url]", .zone = HAS("9c180de0cd699ee78897"),
		ONE("checks = [urls]; hash = sha256; hash_len = 20")},
	{"SHA-512 in base32", PLAIN("http://www.evil.example/"), "X(2.00)[evil.example:url]",
		.zone = HAS("rpb4azipo76u13nzrqhqh5hntga4stmw6rfxn4o69sk6nsdnogmg7bxe4gez4q9"),
		ONE("checks = [urls]; hash = sha512; hash_format = base32; hash_len = 63")},
	{"MD5 in base32 as a whole", PLAIN("http://www.evil.example/"), "X(2.00)[evil.example:url]",
		.zone = HAS("scrh33grpokxrtwr5xmug791od"),
		ONE("checks = [urls]; hash = md5; hash_format = base32")},
	{"the stock lists of Rspamd and MSBL", PLAIN("http://www.text-url.co.uk/ bob@example.org"),
		"RSPAMD_URIBL(4.50)[text-url.co.uk:url] RSPAMD_EMAILBL(2.50)[bob@example.org:email]",
		.zone = "ctw9mgkkg5sb8sak618ujqxhupon7d65.u.example A 127.0.0.2\n"
			"b6jfzseicyisstes6wurrxasr6arxfo7.e.example A 127.0.0.2\n",
		.settings =
			"rbl { rbls { RSPAMD_URIBL { ignore_defaults = yes; rbl = u.example; checks = "
			"[urls]; hash = blake2; hash_format = base32; hash_len = 32 } RSPAMD_EMAILBL { "
			"ignore_defaults = yes; rbl = e.example; checks = [emails]; hash = blake2; "
			"hash_format = base32; hash_len = 32; emails_delimiter = \".\"; returncodes { "
			"RSPAMD_EMAILBL = \"127.0.0.2\" } } } }"},
};

/* Stock hosts of the map surbl_hashbl; digests as those above. */
static const struct harness_case page_cases[] = {
	{"host and path, without what the page is asked",
		PLAIN("https://docs.google.com/forms/d/Ab%20c/x?e=1#top"),
		"X(2.00)[docs.google.com/forms/d/Ab%20c/x:url]",
		.zone = HAS("e25868a60a44a44c04780f7a3e3a952d"),
		ONE("checks = [url_paths]; hash = md5")},
	{"the host in lower case, the path as it is", PLAIN("http://BIT.LY/3AbC"),
		"X(2.00)[bit.ly/3AbC:url]", .zone = HAS("41b8dc05e701894ac4be1a60cee32a9a"),
		ONE("checks = [url_paths]; hash = md5")},
	{"also where no page is named", PLAIN("http://evil.web.app"), "X(2.00)[evil.web.app/:url]",
		.zone = HAS("56cf7fce9e83ae42b848b86a61a0c71a"),
		ONE("checks = [url_paths]; hash = md5")},
	{"the same page is asked for once",
		PLAIN("http://bit.ly/a?1 https://bit.ly/a#2 http://user@bit.ly:8080/a"),
		"X(2.00)[bit.ly/a:url]", .zone = HAS("1ecdf7e445c0589ceb6c0331cff2715e"),
		ONE("checks = [url_paths]; hash = md5")},
	{"pages of other hosts are not asked for", PLAIN("http://evil.example/a"), "",
		.zone = HAS("22253c653e764f072d265f784b0d9742"),
		ONE("checks = [url_paths]; hash = md5")},
	{"nor those of addresses", PLAIN("http://192.0.2.78/a"), "",
		.zone = HAS("eff66353adf43ab6f37a51265fffc058"),
		ONE("checks = [url_paths]; hash = md5")},
	{"a picture is no page", HTML("<img src='http://bit.ly/a.png'>"), "",
		.zone = HAS("5d62ea76def91894ff62adcc5faffa64"),
		ONE("checks = [url_paths]; hash = md5")},
	{"what is there to unsubscribe at is not asked for",
		"List-Unsubscribe: <http://bit.ly/a>\n" PLAIN("x"), "",
		.zone = HAS("1ecdf7e445c0589ceb6c0331cff2715e"),
		ONE("checks = [url_paths]; hash = md5")},
	{"a page behind a redirector", PLAIN("http://go.example/?u=https%3A%2F%2Fbit.ly%2Fx"),
		"X(2.00)[bit.ly/x:url]", .zone = HAS("a7734f179fbb92168a2337f554229046"),
		ONE("checks = [url_paths]; hash = md5")},
	{"domains are no pages, and pages no domains", PLAIN("http://evil.web.app/a"),
		"X(2.00)[evil.web.app/a:url]",
		.zone = HAS("979e3f89b5a4f1e8b8b0bf6182cb0e82")
			HAS("08fe22d16c333fa449e5323a197b5c89"),
		ONE("checks = [url_paths]; hash = md5")},
	{"a whitelist of the list holds", PLAIN("http://one.web.app/a http://bit.ly/a"),
		"X(2.00)[one.web.app/a:url]",
		.zone = HAS("9a65647dfbff50557ce5c58e418f7e46")
			HAS("1ecdf7e445c0589ceb6c0331cff2715e"),
		ONE("checks = [url_paths]; hash = md5; whitelist = [\"bit.ly\"]")},
	{"with addresses in one list", PLAIN("http://bit.ly/a Bob@example.org"),
		"X(4.00)[bit.ly/a:url, bob@example.org:email]",
		.zone = HAS("1ecdf7e445c0589ceb6c0331cff2715e")
			HAS("10ac39056a4b6f1f6804d724518ff2dc"),
		ONE("checks = [emails, url_paths]; hash = md5")},
	{"hosts and pages each for their list", PLAIN("http://evil.web.app/a"),
		"X(2.00)[evil.web.app:url] Y(3.00)[evil.web.app/a:url]",
		.zone = HAS(
			"evil.web.app") "08fe22d16c333fa449e5323a197b5c89.p.example A 127.0.0.2\n",
		LISTS("one { symbol = X; rbl = \"l.example\"; checks = [urls] } two { symbol = Y; rbl = "
		      "\"p.example\"; checks = [url_paths]; hash = md5 }")},
};

static const struct harness_case resolved_cases[] = {
	{"a list of addresses is asked for those of a name", PLAIN("http://www.evil.example/"),
		"X(2.00)[198.51.100.5:evil.example:url]",
		.zone = "evil.example A 198.51.100.5\n" HAS("5.100.51.198"),
		ONE("checks = [urls]; resolve_ip = yes")},
	{"also of IPv6", PLAIN("http://www.evil.example/"), "X(2.00)[2001:db8::5:evil.example:url]",
		.zone = "evil.example AAAA 2001:db8::5\n" HAS(
			"5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"),
		ONE("checks = [urls]; resolve_ip = yes")},
	{"private ones are not asked for", PLAIN("http://evil.example/"), "",
		.zone = "evil.example A 10.0.0.1\n" HAS("1.0.0.10"),
		ONE("checks = [urls]; resolve_ip = yes")},
	{"an address in place of a name is at hand", PLAIN("http://198.51.100.5/"),
		"X(2.00)[198.51.100.5:url]", .zone = HAS("5.100.51.198"),
		ONE("checks = [urls]; resolve_ip = yes")},
	{"a name whose servers fail is told, and the list is well", PLAIN("http://evil.example/"),
		"?rbl: l.example was not asked for evil.example: server failure",
		.zone = "evil.example SERVFAIL\n",
		ONE("checks = [urls]; resolve_ip = yes; ipv6 = no")},
};

static void urls_are_asked_for(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, url_cases, ARRAY_LEN(url_cases));
}

static void some_domains_are_asked_for_with_more_labels(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, composed_cases, ARRAY_LEN(composed_cases));
}

static void addresses_of_mail_are_asked_for(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, mail_cases, ARRAY_LEN(mail_cases));
}

static void names_are_hidden_in_digests(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, hash_cases, ARRAY_LEN(hash_cases));
}

static void pages_of_shared_hosts_are_asked_for(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, page_cases, ARRAY_LEN(page_cases));
}

static void names_are_resolved_for_lists_of_addresses(void **state)
{
	(void)state;
	harness_check_table(&check_rbl, resolved_cases, ARRAY_LEN(resolved_cases));
}

/* ---- order and caps ---- */

/* What is asked of l.example, in order, without the zone. */
static struct buf asked;
/* The configuration of the last question; whoever has asked frees it. */
static struct scene ordering;

static enum rc note(void *ctx, struct arena *a, struct need *need)
{
	struct span name = span_from_offset(need->key, 2);

	(void)ctx;
	if (span_ends(name, SPAN(".l.example")))
		buf_printf(&asked, "%.*s ", SPAN_ARG(span_slice(name, 0, name.n - 10)));
	need->answer = ARENA_NEW(a, struct dns_answer);
	((struct dns_answer *)(uintptr_t)need->answer)->status = DNS_NO_NAME;
	return RC_OK;
}

static const char *find_order(struct arena *a, const char *conf, struct span message,
	const struct auth_dkim *dkim, const struct scan_verdict **out)
{
	struct need_driver driver = {.kind = &dns_kind, .ask = note};
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct msg *m = msg_make(a, &envelope, message);

	if (dkim != NULL)
		auth_facts_of(m)->dkim.result = dkim;
	scene_open(&ordering, conf, two_checks, ARRAY_LEN(two_checks));
	assert_string_equal(scene_report(&ordering), "");
	need_memo_use(memo, &driver);
	need_memo_use(memo, &dns_lists_trusted);
	buf_init(&asked, a, 64 << 10);
	*out = scan_whole(ordering.config, m, memo);
	return arena_string(a, buf_span(&asked));
}

#define CONF(more)                                                                                 \
	"dkim { enabled = no } rbl { " more                                                        \
	" rbls { one { rbl = l.example; checks = [urls, emails] } } }"

static void what_deceives_is_asked_for_first_and_the_senders_own_last(void **state)
{
	static const struct auth_signature signature = {.result = AUTH_DKIM_PASS,
		.domain = SPAN_INIT("signed.example")};
	static const struct auth_dkim dkim = {.v = &signature, .n = 1};
	static const char message[] =
		HTML("<div style='display:none'>http://unseen.example/</div>"
		     "<link rel=stylesheet href='http://style.example/'>"
		     "<a href='http://www.orchard.example/'>we</a>"
		     "<a href='http://a.signed.example/'>we</a>"
		     "<p>http://seen.example/</p>"
		     "<a href='http://link.example/'>go</a>"
		     "<a href='http://tracker.example/?u=http%3A%2F%2Finside.example%2F'>go</a>"
		     "<a href='http://user@odd.example/'>go</a>"
		     "<p><a href='http://deceiving.example/'>www.example.org</a>");
	struct arena *a = arena_make();
	const struct scan_verdict *v;

	(void)state;
	assert_string_equal(find_order(a, CONF(""), span_of(message), &dkim, &v),
		"deceiving.example odd.example inside.example link.example tracker.example "
		"seen.example unseen.example style.example orchard.example "
		"signed.example ");
	arena_free(ordering.a);
	arena_free(a);
}

static struct span make_many(struct arena *a, size_t n)
{
	struct buf out;

	buf_init(&out, a, 64 << 10);
	buf_add_string(&out, HEAD "Content-Type: text/html\n\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "<p>http://d%zu.example/ box%zu@example.org</p>\n", i, i);
	/* the last of them all, and the only one to be clicked */
	buf_add_string(&out, "<a href='http://evil.example/'>here</a>\n");
	return buf_span(&out);
}

static void of_two_hundred_domains_the_interesting_ones_are_asked_for(void **state)
{
	struct arena *a = arena_make();
	struct span message = make_many(a, 199);
	const struct scan_verdict *v;
	const char *first = find_order(a, CONF("names_limit = 12;"), message, NULL, &v);

	(void)state;
	assert_string_equal(first,
		"evil.example d0.example d1.example d2.example d3.example "
		"d4.example d5.example d6.example d7.example d8.example "
		"d9.example d10.example box0.example.org box1.example.org "
		"box2.example.org box3.example.org box4.example.org box5.example.org "
		"box6.example.org box7.example.org box8.example.org box9.example.org "
		"box10.example.org box11.example.org ");
	assert_string_equal(scene_tell(a, v),
		"?rbl(limit: 188 of 200 domains were not asked for. 187 of 199 addresses of mail "
		"were not asked for) = 0.00 no action");
	arena_free(ordering.a);
	assert_string_equal(find_order(a, CONF("names_limit = 12;"), message, NULL, &v), first);
	arena_free(ordering.a);
	arena_free(a);
}

static void as_many_as_may_be_asked_for_are_no_gap(void **state)
{
	struct arena *a = arena_make();
	const struct scan_verdict *v;

	(void)state;
	(void)find_order(a, CONF("names_limit = 12;"), make_many(a, 11), NULL, &v);
	assert_int_equal(v->gap_count, 0);
	arena_free(ordering.a);
	(void)find_order(a, CONF("names_limit = 12;"), make_many(a, 12), NULL, &v);
	assert_int_equal(v->gap_count, 1);
	arena_free(ordering.a);
	arena_free(a);
}

static void further_hosts_have_an_end_of_their_own(void **state)
{
	static const char conf[] =
		"dkim { enabled = no } rbl { names_limit = 3; rbls { one { rbl = "
		"l.example; checks = [urls]; url_full_hostname = yes } } }";
	struct arena *a = arena_make();
	const struct scan_verdict *v;

	(void)state;
	assert_string_equal(
		find_order(a, conf,
			SPAN(PLAIN("http://a.x.example/ http://b.x.example/ http://c.x.example/ "
				   "http://d.x.example/ http://e.x.example/ http://y.example/")),
			NULL, &v),
		"a.x.example b.x.example c.x.example d.x.example y.example ");
	arena_free(ordering.a);
	arena_free(a);
}

static void ten_pages_are_asked_for_and_the_rest_is_told(void **state)
{
	static const char conf[] =
		"dkim { enabled = no } rbl { rbls { one { rbl = l.example; checks "
		"= [url_paths]; hash = md5 } } }";
	struct arena *a = arena_make();
	const struct scan_verdict *v;
	struct span rest;
	struct buf text;
	size_t n = 0;

	(void)state;
	buf_init(&text, a, 64 << 10);
	buf_add_string(&text, HEAD "Content-Type: text/html\n\n");
	for (int i = 0; i < RBL_PAGES_MOST + 1; i++)
		buf_printf(&text, "<p>http://bit.ly/p%d</p>\n", i);
	buf_add_string(&text, "<a href='http://bit.ly/clicked'>x</a>\n");
	rest = span_of(find_order(a, conf, buf_span(&text), NULL, &v));
	/* what is clicked comes first */
	assert_true(span_starts(rest, SPAN("a0ddbe4eabe60565c45989f19239dd2a ")));
	for (struct span one; span_next(&rest, ' ', &one) && one.n > 0;)
		n++;
	assert_int_equal(n, RBL_PAGES_MOST);
	assert_string_equal(scene_tell(a, v),
		"?rbl(limit: 2 of 12 pages of shared hosts were not asked for) = 0.00 no action");
	arena_free(ordering.a);
	arena_free(a);
}

/* ---- runs ---- */

static unsigned runs;

static enum rc counted(struct scan *s)
{
	runs++;
	return check_rbl.run(s);
}

/* Thirty lists, and as many domains as are asked for, in two runs. */
static void many_lists_and_domains_cost_two_runs(void **state)
{
	struct arena *a = arena_make();
	struct check check = check_rbl;
	const struct check *checks[] = {&check};
	struct law_late late = {.arena = a};
	struct need_memo *memo = need_memo_make(a, HARNESS_NOW);
	struct msg_envelope envelope = {.address = SPAN("192.0.2.9")};
	struct law_case c = {.envelope = envelope, .zone = ""};
	struct scan_task *task;
	unsigned seed = 1;
	struct scene s;
	struct buf conf;

	(void)state;
	buf_init(&conf, a, 64 << 10);
	buf_add_string(&conf, "rbl { rbls {\n");
	for (int i = 0; i < 30; i++)
		buf_printf(&conf, "l%d { rbl = \"l%d.example\"; checks = [urls] }\n", i, i);
	buf_add_string(&conf, "} }\n");
	check.run = counted;
	check.after = NULL;
	scene_open(&s, arena_string(a, buf_span(&conf)), checks, 1);
	late.zone = law_zone(&c, a);
	late.driver = (struct need_driver){.kind = &dns_kind, .ctx = &late, .ask = law_ask};
	need_memo_use(memo, &late.driver);
	need_memo_use(memo, &dns_lists_trusted);
	task = scan_start(s.config, msg_make(a, &envelope, make_many(a, 60)), memo);
	runs = 0;
	while (scan_step(task) != SCAN_DONE) {
		assert_true(runs > 1 || late.open.n == (size_t)30 * 40);
		while (late.open.n > 0)
			law_answer_one(&late, memo, &seed);
	}
	assert_int_equal(runs, 2);
	arena_free(s.a);
	arena_free(a);
}

static void the_law_holds(void **state)
{
	static const char conf[] =
		"dkim { enabled = no } rbl { names_limit = 3; rbls { a { rbl = a.example; checks = [urls, "
		"emails, replyto, from] } b { rbl = b.example; checks = [urls]; resolve_ip = yes } c { "
		"rbl = c.example; checks = [urls, url_paths]; hash = sha1 } w { rbl = w.example; checks = [urls]; "
		"is_whitelist = yes; returncodes { GOOD = \"127.0.0.2\" } } d { rbl = d.example; checks = "
		"[urls]; returnbits { ONE = 1; TWO = 2 } } } }";
	struct arena *a = arena_make();
	struct scene s;
	struct law_case c = {
		.bytes = SPAN("Reply-To: bob@example.org\n" PLAIN(
			"http://one.example/ http://two.example/ http://192.0.2.78/ http://four.example/ http://bit.ly/a "
			"ann@example.com")),
		.zone = "one.example A 198.51.100.5\ntwo.example A 198.51.100.6\n"
			"two.example AAAA 2001:db8::5\n5.100.51.198.b.example A 127.0.0.2\n"
			"one.example.a.example A 127.0.0.2\none.example.w.example A 127.0.0.2\n"
			"two.example.a.example A 127.0.0.2\nbob.example.org.a.example A 127.0.0.2\n"
			"ann.example.com.a.example A 127.0.0.2\ntwo.example.d.example A 127.0.0.2\n"
			"one.example.d.example A 127.0.0.1\n78.2.0.192.a.example A 127.0.0.2\n"
			"c60902d873a03a0aa0d82c1c09fa21a167b6d526.c.example A 127.0.0.2\n",
		.envelope = {.address = SPAN("192.0.2.9")},
		.now = HARNESS_NOW,
	};
	const char *wrong;
	size_t tried = 0;

	(void)state;
	scene_open(&s, conf, two_checks, ARRAY_LEN(two_checks));
	assert_string_equal(scene_report(&s), "");
	c.config = s.config;
	wrong = law_try_orders(&c, a, 30);
	if (wrong == NULL)
		wrong = law_try_failures(&c, a, &tried);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	assert_true(tried > 20);
	arena_free(s.a);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_asked_for),
		cmocka_unit_test(some_domains_are_asked_for_with_more_labels),
		cmocka_unit_test(addresses_of_mail_are_asked_for),
		cmocka_unit_test(names_are_hidden_in_digests),
		cmocka_unit_test(pages_of_shared_hosts_are_asked_for),
		cmocka_unit_test(ten_pages_are_asked_for_and_the_rest_is_told),
		cmocka_unit_test(names_are_resolved_for_lists_of_addresses),
		cmocka_unit_test(what_deceives_is_asked_for_first_and_the_senders_own_last),
		cmocka_unit_test(of_two_hundred_domains_the_interesting_ones_are_asked_for),
		cmocka_unit_test(as_many_as_may_be_asked_for_are_no_gap),
		cmocka_unit_test(further_hosts_have_an_end_of_their_own),
		cmocka_unit_test(many_lists_and_domains_cost_two_runs),
		cmocka_unit_test(the_law_holds),
	};

	return cmocka_run_group_tests_name("checks/rbl_content", tests, NULL, NULL);
}
