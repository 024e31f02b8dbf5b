/* The law, tried on every check that is registered: a new row needs no test of its own for it. */
#include "checks/checks.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../scan/law.h"
#include "../scan/scene.h"

/* Answers for the names of tests/data; every check that asks finds something and misses something here. */
static const char zone[] = "orchard.example A 192.0.2.25\n"
			   "orchard.example MX 10 mail.orchard.example\n"
			   "orchard.example TXT \"v=spf1 mx -all\"\n"
			   "mail.orchard.example A 192.0.2.25\n"
			   "25.2.0.192.a.example A 127.0.0.2\n"
			   "mail.orchard.example.a.example A 127.255.255.254\n"
			   "25.2.0.192.in-addr.arpa PTR mail.orchard.example\n"
			   "prize.example TIMEOUT\n"
			   "9.113.0.203.in-addr.arpa SERVFAIL\n";

/* Some for each kind of question, and two that share a zone. */
static const char lists[] =
	"rbl { rbls { a { rbl = a.example; checks = [from, received, helo] } b { rbl = b.example; "
	"checks = [dkim, rdns, from]; is_whitelist = yes } c { rbl = a.example; checks = [from] } } }";

static void each_check(void **state)
{
	struct arena *a = arena_make();
	const char *source = getenv("WINNOW_SOURCE");
	const char *folder = arena_printf(a, "%s/tests/data", source != NULL ? source : ".").p;
	static const struct span rcpts[] = {SPAN_INIT("jonas@harbour.example")};
	DIR *d = opendir(folder);
	const struct dirent *entry;
	size_t messages = 0, questions = 0;
	struct scene s;

	(void)state;
	assert_non_null(d);
	scene_open(&s, lists, checks_all, checks_count);
	while ((entry = readdir(d)) != NULL) {
		struct law_case c = {.config = s.config,
			.zone = zone,
			.now = 1795348800,
			.envelope = {.from = SPAN("mira@orchard.example"),
				.rcpts = rcpts,
				.rcpt_count = 1,
				.address = SPAN("192.0.2.25"),
				.helo = SPAN("mail.orchard.example")}};
		const char *wrong;
		size_t tried = 0;

		if (!span_ends(span_of(entry->d_name), SPAN(".eml")))
			continue;
		assert_int_equal(file_read(a, arena_printf(a, "%s/%s", folder, entry->d_name).p,
					 1 << 20, &c.bytes, NULL),
			RC_OK);
		wrong = law_try_orders(&c, a, 20);
		if (wrong == NULL)
			wrong = law_try_failures(&c, a, &tried);
		if (wrong != NULL)
			fail_msg("%s: %s", entry->d_name, wrong);
		messages++;
		questions += tried;
	}
	(void)closedir(d);
	assert_true(messages > 10 && checks_count > 0);
	print_message("%zu checks, %zu messages, %zu questions made to fail\n", checks_count,
		messages, questions);
	arena_free(s.a);
	arena_free(a);
}

/*
 * Messages that make checks ask as much as they can: senders with records in records, a signature, lists, names. The
 * client's address is one that is asked about, which those of documents are not.
 */
#define SIGNED(domain)                                                                             \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" domain                          \
	"; s=sel; h=from; bh=PUjLmNN475OVI8j6Q0gjYRhTeVvCbactsdrTEkajaZc=; b=MTIz\n"

static const struct {
	const char *bytes, *from, *helo;
} busy[] = {
	{SIGNED("orchard.example") SIGNED("harbour.example") SIGNED(
		 "gone.example") "From: mira@news.orchard.example\nSubject: apples\n\nhi there\n",
		"bounce@lists.harbour.example", "helo.harbour.example"},
	{SIGNED("slow.example") "From: mira@slow.example, jonas@orchard.example\n\nhi\n",
		"mira@slow.example", "slow.example"},
	{"From: mira@orchard.example\nFrom: jonas@harbour.example\n\nhi\n", "", "gone.example"},
	{"Received: from a (a.example [198.51.100.7])\n\tby b.example with ESMTP id 1;\n"
	 "\tSun, 22 Nov 2026 22:00:00 +0000\nFrom: mira@deep.example\n\nhi\n",
		"mira@deep.example", "dead.example"},
	{"From: mira@orchard.example\nReply-To: ann@evil.example\nMIME-Version: 1.0\n"
	 "Content-Type: text/html\n\n<a href='http://evil.example/a'>www.harbour.example</a> "
	 "<a href='http://www.slow.example/?u=http%3A%2F%2Fbit.ly%2Fa'>go</a> "
	 "<img src='http://cdn.gone.example/a.png'> http://203.0.113.9/ bob@harbour.example "
	 "<a href='mailto:ann@slow.example'>write</a>\n",
		"mira@orchard.example", "mail.orchard.example"},
};

/* Of content, each in another way: names, hosts, addresses of hosts, digests of pages and of mail addresses. */
static const char busy_lists[] =
	"rbl { rbls { n { rbl = n.example; checks = [urls, images, emails, replyto, dkim, helo]; "
	"emails_domainonly = yes } h { rbl = h.example; checks = [urls]; url_full_hostname = yes; "
	"is_whitelist = yes } r { rbl = r.example; checks = [urls]; resolve_ip = yes } d { rbl = "
	"d.example; checks = [emails, replyto, url_paths]; hash = md5; returnbits { D1 = 1; D2 = 2 "
	"} } } }";

static const char busy_zone[] =
	"orchard.example MX 10 mail.orchard.example\n"
	"orchard.example TXT \"v=spf1 mx include:harbour.example ~all\"\n"
	"_dmarc.orchard.example TXT \"v=DMARC1; p=quarantine\"\n"
	"mail.orchard.example A 198.51.100.2\n"
	"sel._domainkey.orchard.example TXT \"v=DKIM1; p=MTIz\"\n"
	"lists.harbour.example TXT \"v=spf1 a mx ptr exists:%{i}.ok.example -all\"\n"
	"lists.harbour.example MX 10 mx1.harbour.example\n"
	"lists.harbour.example MX 20 mx2.harbour.example\n"
	"mx2.harbour.example A 49.68.145.31\n"
	"harbour.example TXT \"v=spf1 redirect=lists.harbour.example\"\n"
	"_dmarc.harbour.example TXT \"v=DMARC1; p=reject; adkim=s\"\n"
	"slow.example TIMEOUT\n"
	"_dmarc.slow.example TIMEOUT\n"
	"sel._domainkey.slow.example TIMEOUT\n"
	"dead.example MX 10 mx1.dead.example\n"
	"dead.example MX 20 mx2.dead.example\n"
	"deep.example TXT \"v=spf1 include:a.deep.example include:b.deep.example -all\"\n"
	"a.deep.example TXT \"v=spf1 include:c.deep.example ?all\"\n"
	"b.deep.example TXT \"v=spf1 a:slow.example -all\"\n"
	"c.deep.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
	"31.145.68.49.asn.rspamd.com TXT \"4134|49.68.0.0/14|CN|apnic|\"\n"
	"evil.example A 198.51.100.66\n"
	"www.slow.example SERVFAIL\n"
	"evil.example.n.example A 127.0.0.2\n"
	"slow.example.n.example TIMEOUT\n"
	"9.113.0.203.n.example A 127.255.255.254\n"
	"evil.example.h.example A 127.0.0.2\n"
	"66.100.51.198.r.example A 127.0.0.3\n"
	"1ecdf7e445c0589ceb6c0331cff2715e.d.example A 127.0.0.2\n"
	"991847d428a8bee256fa26bd3912b48e.d.example A 127.0.0.1\n"
	"31.145.68.49.zen.spamhaus.org A 127.0.0.4\n";

static void who_asks_much(void **state)
{
	static const struct span rcpts[] = {SPAN_INIT("jonas@harbour.example")};
	size_t questions = 0;
	struct scene s;

	(void)state;
	scene_open(&s, busy_lists, checks_all, checks_count);
	for (size_t i = 0; i < ARRAY_LEN(busy); i++) {
		struct arena *a = arena_make();
		struct law_case c = {.config = s.config,
			.zone = busy_zone,
			.now = 1795348800,
			.bytes = span_of(busy[i].bytes),
			.envelope = {.from = span_of(busy[i].from),
				.rcpts = rcpts,
				.rcpt_count = 1,
				.address = SPAN("49.68.145.31"),
				.helo = span_of(busy[i].helo)}};
		const char *wrong = law_try_orders(&c, a, 20);
		size_t tried = 0;

		if (wrong == NULL)
			wrong = law_try_failures(&c, a, &tried);
		if (wrong != NULL)
			fail_msg("message %zu: %s", i, wrong);
		print_message("message %zu: %zu questions\n", i, tried);
		questions += tried;
		arena_free(a);
	}
	/* else it proves nothing */
	assert_true(questions > 90);
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check),
		cmocka_unit_test(who_asks_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
