#include "mime/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct arena *a;

static int set_up(void **state)
{
	(void)state;
	a = arena_make();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void print_span(struct buf *out, const char *key, struct span value)
{
	if (!span_is_null(value))
		buf_printf(out, "%s=%.*s\n", key, SPAN_ARG(value));
}

/* One line a field that is set; "none" when it is no trace line. */
static const char *print_received(struct span value)
{
	struct mime_received r;
	struct buf out;

	buf_init(&out, a, 100000);
	if (!mime_parse_received(a, value, &r))
		return "none\n";
	buf_add_string(&out, r.from_given ? "from\n" : "");
	print_span(&out, "helo", r.helo);
	print_span(&out, "host", r.hostname);
	print_span(&out, "ip", r.address);
	print_span(&out, "by", r.by);
	print_span(&out, "with", r.with);
	print_span(&out, "for", r.for_address);
	print_span(&out, "id", r.id);
	buf_add_string(&out, r.tls ? "tls\n" : "");
	print_span(&out, "version", r.tls_version);
	print_span(&out, "cipher", r.tls_cipher);
	buf_add_string(&out, r.authenticated ? "auth\n" : "");
	print_span(&out, "user", r.user);
	if (r.date_valid)
		buf_printf(&out, "date=%.*s\n", SPAN_ARG(clock_print_iso(a, r.date.seconds)));
	buf_add_byte(&out, '\0');
	return out.p;
}

struct received_case {
	const char *name, *value, *fields;
};

#define DATE "; Sun, 22 Nov 2026 12:45:38 +0000"
#define DATED "date=2026-11-22T12:45:38Z\n"

static const struct received_case cases[] = {
	{"Postfix",
		"from mail.example.org (mail.example.org [192.0.2.1])\r\n\tby mx.example.com (Postfix) with "
		"ESMTP id 4ABC12\r\n\tfor <joe@example.com>" DATE " (UTC)",
		"from\nhelo=mail.example.org\nhost=mail.example.org\nip=192.0.2.1\nby=mx.example.com\n"
		"with=ESMTP\nfor=joe@example.com\nid=4ABC12\n" DATED},
	{"Postfix with TLS and a login",
		"from [10.0.0.7] (dyn.example.net [198.51.100.7])\n"
		"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
		"\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\n"
		"\t(No client certificate requested)\n\t(Authenticated sender: joe@example.com)\n"
		"\tby mx.example.com (Postfix) with ESMTPSA id 4ABC13" DATE,
		"from\nhelo=[10.0.0.7]\nhost=dyn.example.net\nip=198.51.100.7\nby=mx.example.com\nwith=ESMTPSA\n"
		"id=4ABC13\ntls\nversion=TLSv1.3\ncipher=TLS_AES_256_GCM_SHA384\nauth\nuser=joe@example.com\n" DATED},
	{"Postfix without a reverse name",
		"from localhost (unknown [192.0.2.1]) by mx.example.com (Postfix) with SMTP id 1" DATE,
		"from\nhelo=localhost\nip=192.0.2.1\nby=mx.example.com\nwith=SMTP\nid=1\n" DATED},
	{"Postfix over IPv6",
		"from a.example (a.example [IPv6:2001:db8::1]) by mx.example.com (Postfix) with ESMTPS id 1" DATE,
		"from\nhelo=a.example\nhost=a.example\nip=2001:db8::1\nby=mx.example.com\nwith=ESMTPS\nid=1\n"
		"tls\n" DATED},
	{"Postfix with the client's port",
		"from a.example (a.example [192.0.2.1]:51234) by mx.example.com (Postfix) with ESMTP id 1" DATE,
		"from\nhelo=a.example\nhost=a.example\nip=192.0.2.1\nby=mx.example.com\nwith=ESMTP\nid=1\n" DATED},
	{"Postfix, handed in by a program",
		"by mx.example.com (Postfix, from userid 1000) id 4ABC14" DATE,
		"by=mx.example.com\nid=4ABC14\n" DATED},
	{"Postfix's LMTP to Dovecot",
		"from mx.example.com ([127.0.0.1]) by mx.example.com with LMTP id qABC+De (envelope-from "
		"<joe@example.org>) for <jim@example.com>" DATE,
		"from\nhelo=mx.example.com\nip=127.0.0.1\nby=mx.example.com\nwith=LMTP\nfor=jim@example.com\n"
		"id=qABC+De\n" DATED},
	{"amavis, whose own address is not the client's",
		"from mx.example.com by localhost (mx.example.com [127.0.0.1]) (amavisd-new, port 10024) with "
		"ESMTP id Kx" DATE,
		"from\nhelo=mx.example.com\nby=localhost\nwith=ESMTP\nid=Kx\n" DATED},
	{"Sendmail",
		"from helo.example (rdns.example [192.0.2.1]) by mx.example.com (8.17.1/8.17.1) with ESMTPS id "
		"3AB (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO) for <joe@example.com>" DATE
		" (GMT)",
		"from\nhelo=helo.example\nhost=rdns.example\nip=192.0.2.1\nby=mx.example.com\nwith=ESMTPS\n"
		"for=joe@example.com\nid=3AB\ntls\nversion=TLSv1.3\ncipher=TLS_AES_256_GCM_SHA384\n" DATED},
	{"Sendmail does not believe the reverse name",
		"from helo.example (rdns.example [192.0.2.1] (may be forged)) by mx (8.9.3/8.9.3) with SMTP id 1" DATE,
		"from\nhelo=helo.example\nip=192.0.2.1\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"Sendmail with a login",
		"from helo.example (rdns.example [192.0.2.1]) (authenticated bits=0) by mx (8.17.1/8.17.1) with "
		"ESMTP id 1" DATE,
		"from\nhelo=helo.example\nhost=rdns.example\nip=192.0.2.1\nby=mx\nwith=ESMTP\nid=1\nauth\n" DATED},
	{"Sendmail with a named login",
		"from h (r.example [192.0.2.1]) (user=joe mech=LOGIN bits=0) by mx with ESMTP id 1" DATE,
		"from\nhelo=h\nhost=r.example\nip=192.0.2.1\nby=mx\nwith=ESMTP\nid=1\nauth\nuser=joe\n" DATED},
	{"Sendmail with ident",
		"from h (root@r.example [192.0.2.1]) by mx (8.9.3) with SMTP id 1" DATE,
		"from\nhelo=h\nhost=r.example\nip=192.0.2.1\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"Sendmail with ident and no name",
		"from h (IDENT:joe@[192.0.2.1]) by mx with SMTP id 1" DATE,
		"from\nhelo=h\nip=192.0.2.1\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"Sendmail, handed in by a program",
		"(from joe@localhost) by mx.example.com (8.17.1/8.17.1/Submit) id 1" DATE,
		"by=mx.example.com\nid=1\n" DATED},
	{"Exim without a reverse name",
		"from [192.0.2.1] (port=4711 helo=mail.example.org) by mx.example.com with esmtpsa "
		"(TLS1.3:TLS_AES_256_GCM_SHA384:256) (Exim 4.96) (envelope-from <joe@example.org>) id 1abc-01 for "
		"jim@example.com" DATE,
		"from\nhelo=mail.example.org\nip=192.0.2.1\nby=mx.example.com\nwith=esmtpsa\nfor=jim@example.com\n"
		"id=1abc-01\ntls\nversion=TLS1.3\ncipher=TLS_AES_256_GCM_SHA384\nauth\n" DATED},
	{"Exim with a name and another HELO",
		"from rdns.example ([192.0.2.1]:4711 helo=helo.example) by mx with esmtp (Exim 4.96) id 1" DATE,
		"from\nhelo=helo.example\nhost=rdns.example\nip=192.0.2.1\nby=mx\nwith=esmtp\nid=1\n" DATED},
	{"Exim with a name that is the HELO",
		"from rdns.example ([192.0.2.1]) by mx with esmtp (Exim 4.96) id 1" DATE,
		"from\nhelo=rdns.example\nhost=rdns.example\nip=192.0.2.1\nby=mx\nwith=esmtp\nid=1\n" DATED},
	{"Exim with a literal as HELO",
		"from rdns.example ([192.0.2.1] helo=[203.0.113.9]) by mx with esmtp (Exim 4.96) id 1" DATE,
		"from\nhelo=[203.0.113.9]\nhost=rdns.example\nip=192.0.2.1\nby=mx\nwith=esmtp\nid=1\n" DATED},
	{"Exim with its clause tls",
		"from a.example ([192.0.2.1]) by mx with esmtps  (TLS1.3) tls TLS_AES_128_GCM_SHA256 (Exim 4.96) "
		"(envelope-from <joe@a.example>) id 1" DATE,
		"from\nhelo=a.example\nhost=a.example\nip=192.0.2.1\nby=mx\nwith=esmtps\nid=1\ntls\n"
		"version=TLS1.3\ncipher=TLS_AES_128_GCM_SHA256\n" DATED},
	{"Exim, handed in by a program",
		"from joe by mx.example.com with local (Exim 4.96) id 1" DATE,
		"by=mx.example.com\nwith=local\nid=1\n" DATED},
	{"the same shape from Sendmail knows only the HELO",
		"from helo.example ([192.0.2.1]) by mx (8.17.1/8.17.1) with ESMTP id 1" DATE,
		"from\nhelo=helo.example\nip=192.0.2.1\nby=mx\nwith=ESMTP\nid=1\n" DATED},
	{"Exchange Online",
		"from AM0.example.com (2001:db8::1) by DB1.example.com (2001:db8::2) with Microsoft\r\n SMTP Server "
		"(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n 15.20.8466.0 via Frontend "
		"Transport" DATE,
		"from\nhelo=AM0.example.com\nip=2001:db8::1\nby=DB1.example.com\nwith=Microsoft SMTP Server\n"
		"id=15.20.8466.0\ntls\nversion=TLS1_2\ncipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n" DATED},
	{"Exchange with TLS but no more about it",
		"from a.local (192.168.1.2) by b.local (192.168.1.3) with Microsoft SMTP Server (TLS) id 15.0.1473.3" DATE,
		"from\nhelo=a.local\nip=192.168.1.2\nby=b.local\nwith=Microsoft SMTP Server\nid=15.0.1473.3\n"
		"tls\n" DATED},
	{"Exchange within itself",
		"from A.example.com ([fe80::1]) by A.example.com ([fe80::1%12]) with mapi id 15.20" DATE,
		"from\nhelo=A.example.com\nip=fe80::1\nby=A.example.com\nwith=mapi\nid=15.20\n" DATED},
	{"IIS", "from helo.example ([192.0.2.1]) by mx with Microsoft SMTPSVC(10.0.14393.4169)" DATE,
		"from\nhelo=helo.example\nip=192.0.2.1\nby=mx\nwith=Microsoft SMTPSVC\n" DATED},
	{"IIS, handed in by a program",
		"from mail pickup service by mx with Microsoft SMTPSVC" DATE,
		"by=mx\nwith=Microsoft SMTPSVC\n" DATED},
	{"Google, between its own hosts",
		"by 2002:a05:6a10:1234:b0:2e7 with SMTP id x1csp123pxp" DATE " (PST)",
		"by=2002:a05:6a10:1234:b0:2e7\nwith=SMTP\nid=x1csp123pxp\n" DATED},
	{"Google, from outside",
		"from a.example (a.example. [192.0.2.1]) by mx.google.com with ESMTPS id d1si2 for <joe@example.com> "
		"(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)" DATE,
		"from\nhelo=a.example\nhost=a.example\nip=192.0.2.1\nby=mx.google.com\nwith=ESMTPS\n"
		"for=joe@example.com\nid=d1si2\ntls\nversion=TLS1_3\ncipher=TLS_AES_128_GCM_SHA256\n" DATED},
	{"qmail",
		"from unknown (HELO a.example) (192.0.2.1)\n  by mx.example.com with SMTP; 22 Nov 2026 12:45:38 -0000",
		"from\nhelo=a.example\nip=192.0.2.1\nby=mx.example.com\nwith=SMTP\n" DATED},
	{"qmail with a reverse name",
		"from rdns.example (HELO a.example) (192.0.2.1) by mx with SMTP; 22 Nov 2026 12:45:38 -0000",
		"from\nhelo=a.example\nhost=rdns.example\nip=192.0.2.1\nby=mx\nwith=SMTP\n" DATED},
	{"qmail with a login",
		"from unknown (HELO a.example) (joe@example.com@192.0.2.1 with login) by mx with SMTP; 22 Nov 2026 "
		"12:45:38 -0000",
		"from\nhelo=a.example\nip=192.0.2.1\nby=mx\nwith=SMTP\nauth\nuser=joe@example.com\n" DATED},
	{"qmail, within itself", "(qmail 123 invoked by uid 0); 22 Nov 2026 12:45:38 -0000", DATED},
	{"qmail, from the network", "(qmail 123 invoked from network); 22 Nov 2026 12:45:38 -0000",
		DATED},
	{"IronPort",
		"from rdns.example (HELO a.example) ([192.0.2.1]) by mx.example.com with "
		"ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; 22 Nov 2026 12:45:38 +0000",
		"from\nhelo=a.example\nhost=rdns.example\nip=192.0.2.1\nby=mx.example.com\n"
		"with=ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384\ntls\ncipher=ECDHE-RSA-AES256-GCM-SHA384\n" DATED},
	{"Yahoo, from its web page", "from [192.0.2.1] by web1.mail.example.com via HTTP" DATE,
		"from\nhelo=[192.0.2.1]\nip=192.0.2.1\nby=web1.mail.example.com\n" DATED},
	{"Yahoo, from outside",
		"from 192.0.2.1  (EHLO a.example) (192.0.2.1)\r\n by 10.1.2.3 with SMTPs\r\n "
		"(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)" DATE,
		"from\nhelo=a.example\nip=192.0.2.1\nby=10.1.2.3\nwith=SMTPs\ntls\nversion=TLS1_3\n"
		"cipher=TLS_AES_128_GCM_SHA256\n" DATED},
	{"Yahoo's Hermes",
		"by hermes--x.example.com (Yahoo Inc. Hermes SMTP Server) with ESMTPA ID abc" DATE,
		"by=hermes--x.example.com\nwith=ESMTPA\nid=abc\nauth\n" DATED},
	{"CommuniGate",
		"from [192.0.2.1] (account joe@example.com HELO a.example) by mx (CommuniGate Pro SMTP 6.2) with "
		"ESMTPSA id 12" DATE,
		"from\nhelo=a.example\nip=192.0.2.1\nby=mx\nwith=ESMTPSA\nid=12\ntls\nauth\nuser=joe@example.com\n" DATED},
	{"Domino",
		"from a.example ([192.0.2.1])\n          by mx (Lotus Domino Release 8.5)\n          with ESMTP id "
		"2026112212453812-345" DATE,
		"from\nhelo=a.example\nip=192.0.2.1\nby=mx\nwith=ESMTP\nid=2026112212453812-345\n" DATED},
	{"Courier",
		"from h (r.example [192.0.2.1]) (AUTH: LOGIN joe, TLS: TLSv1/SSLv3,256bits,AES256-SHA) by mx with "
		"esmtp" DATE,
		"from\nhelo=h\nhost=r.example\nip=192.0.2.1\nby=mx\nwith=esmtp\ntls\nversion=TLSv1/SSLv3\n"
		"cipher=AES256-SHA\nauth\nuser=joe\n" DATED},
	{"OpenSMTPD",
		"from h (r.example [192.0.2.1]) by mx (OpenSMTPD) with ESMTPSA id 12ab "
		"(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) auth=yes user=joe for <jim@example.com>" DATE,
		"from\nhelo=h\nhost=r.example\nip=192.0.2.1\nby=mx\nwith=ESMTPSA\nfor=jim@example.com\nid=12ab\n"
		"tls\nversion=TLSv1.3\ncipher=TLS_AES_256_GCM_SHA384\nauth\nuser=joe\n" DATED},
	{"Haraka",
		"from h (r.example [192.0.2.1]) by mx (Haraka/3.0) with ESMTPSA id AB.1 envelope-from <joe@a.example> "
		"(authenticated bits=0) (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 verify=FAIL)" DATE,
		"from\nhelo=h\nhost=r.example\nip=192.0.2.1\nby=mx\nwith=ESMTPSA\nid=AB.1\ntls\nversion=TLSv1.3\n"
		"cipher=TLS_AES_256_GCM_SHA384\nauth\n" DATED},
	{"fetchmail",
		"from mail.example.org [192.0.2.1] by localhost with POP3 (fetchmail-6.4) for <joe@localhost> "
		"(single-drop)" DATE,
		"from\nhelo=mail.example.org\nip=192.0.2.1\nby=localhost\nwith=POP3\nfor=joe@localhost\n" DATED},
	{"SquirrelMail",
		"from 192.0.2.1 (SquirrelMail authenticated user joe) by mail.example.com with HTTP" DATE,
		"from\nhelo=192.0.2.1\nip=192.0.2.1\nby=mail.example.com\nwith=HTTP\nauth\nuser=joe\n" DATED},
	{"Zimbra's LMTP", "from localhost (LHLO a.example) (127.0.0.1) by a.example with LMTP" DATE,
		"from\nhelo=a.example\nhost=localhost\nip=127.0.0.1\nby=a.example\nwith=LMTP\n" DATED},
	{"a kernel list's server",
		"from r.example ([192.0.2.1]:54214 \"EHLO a.example\" rhost-flags-OK-OK-OK-OK) by vger.example with "
		"ESMTP id S1 (ORCPT <rfc822;x@y.example:0:0>)" DATE,
		"from\nhelo=a.example\nhost=r.example\nip=192.0.2.1\nby=vger.example\nwith=ESMTP\nid=S1\n" DATED},
	{"Cyrus over a socket",
		"from a.example ([unix socket]) by a.example (Cyrus v3) with LMTPA" DATE,
		"from\nhelo=a.example\nby=a.example\nwith=LMTPA\nauth\n" DATED},
	{"a name glued to its address",
		"from a.example (Not Verified[192.0.2.1]) by mx id <1@mx>" DATE,
		"from\nhelo=a.example\nip=192.0.2.1\nby=mx\nid=<1@mx>\n" DATED},
	{"an address behind a slash",
		"from a.example (/192.0.2.1) by default (Oracle Beehive) with ESMTP" DATE,
		"from\nhelo=a.example\nip=192.0.2.1\nby=default\nwith=ESMTP\n" DATED},
	{"a local user", "from userid 1000 by mx.example.com with SMTP" DATE,
		"by=mx.example.com\nwith=SMTP\n" DATED},

	/* oddities */
	{"keywords in comments are none",
		"from a (from b by c with d id e for f) by mx (by x) with SMTP" DATE,
		"from\nhelo=a\nby=mx\nwith=SMTP\n" DATED},
	{"keywords within words are none",
		"from bywith.example (x.example [192.0.2.1]) by forid.example" DATE,
		"from\nhelo=bywith.example\nhost=x.example\nip=192.0.2.1\nby=forid.example\n" DATED},
	{"a HELO that is a keyword", "from by (x.example [192.0.2.1]) by mx with SMTP id 1" DATE,
		"from\nhelo=by\nhost=x.example\nip=192.0.2.1\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"a HELO that is the keyword with", "from with (x.example [192.0.2.1]) by mx" DATE,
		"from\nhelo=with\nhost=x.example\nip=192.0.2.1\nby=mx\n" DATED},
	{"an empty from clause", "from by mx with SMTP" DATE, "from\nby=mx\nwith=SMTP\n" DATED},
	{"a HELO that looks like a client",
		"from a (b.example [203.0.113.9]) (x.example [192.0.2.1]) by mx with SMTP" DATE,
		"from\nhelo=a\nhost=x.example\nip=192.0.2.1\nby=mx\nwith=SMTP\n" DATED},
	{"a HELO with an address for qmail",
		"from unknown (HELO 203.0.113.9) (192.0.2.1) by mx with SMTP" DATE,
		"from\nhelo=203.0.113.9\nip=192.0.2.1\nby=mx\nwith=SMTP\n" DATED},
	{"a HELO that is a literal",
		"from [203.0.113.9] (x.example [192.0.2.1]) by mx with SMTP" DATE,
		"from\nhelo=[203.0.113.9]\nhost=x.example\nip=192.0.2.1\nby=mx\nwith=SMTP\n" DATED},
	{"an address that is none", "from a (b.example [192.0.2.300]) by mx" DATE,
		"from\nhelo=a\nby=mx\n" DATED},
	{"the address of another clause",
		"from a by mx (mx [192.0.2.1]) with SMTP (x [192.0.2.2])" DATE,
		"from\nhelo=a\nby=mx\nwith=SMTP\n" DATED},
	{"several recipients", "by mx with SMTP id 1 for <a@b.c>, <d@e.f>" DATE,
		"by=mx\nwith=SMTP\nfor=a@b.c\nid=1\n" DATED},
	{"a recipient with what ends words", "by mx with SMTP id 1 for <\"a(;\"@b.c>" DATE,
		"by=mx\nwith=SMTP\nfor=\"a(;\"@b.c\nid=1\n" DATED},
	{"recipients that are not told", "by mx with SMTP id 1 for <multiple recipients>" DATE,
		"by=mx\nwith=SMTP\nid=1\n" DATED},
	{"an unclosed comment", "from a (x.example [192.0.2.1] by mx with SMTP id 1" DATE,
		"from\nhelo=a\nip=192.0.2.1\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"a date without its semicolon",
		"from a by mx with SMTP id 1 Sun, 22 Nov 2026 12:45:38 +0000",
		"from\nhelo=a\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"a date that is none", "by mx; yesterday", "by=mx\n"},
	{"no date at all", "by mx with SMTP", "by=mx\nwith=SMTP\n"},
	{"a comment behind the date", "by mx with SMTP" DATE " (envelope-from joe@a.example)",
		"by=mx\nwith=SMTP\n" DATED},
	{"a clause that comes twice", "from a by mx by my with SMTP with HTTP id 1 id 2" DATE,
		"from\nhelo=a\nby=mx\nwith=SMTP\nid=1\n" DATED},
	{"capital letters", "FROM a BY mx WITH SMTP ID 1 FOR <a@b.c>" DATE,
		"from\nhelo=a\nby=mx\nwith=SMTP\nfor=a@b.c\nid=1\n" DATED},
	{"words that are no trace", "this was received yesterday", "none\n"},
	{"nothing", "", "none\n"},
	{"only a comment", "(qmail 123 invoked by uid 0)", "none\n"},
};

static void received_lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = print_received(span_of(cases[i].value));

		if (strcmp(got, cases[i].fields) != 0)
			fail_msg("%s\n%s\nwanted:\n%sgot:\n%s", cases[i].name, cases[i].value,
				cases[i].fields, got);
	}
}

static void what_is_no_trace_leaves_nothing(void **state)
{
	static const struct mime_received nothing;
	struct mime_received r;

	(void)state;
	memset(&r, 0xff, sizeof(r));
	assert_false(mime_parse_received(a, SPAN("with SMTP id 1 for x"), &r));
	assert_memory_equal(&r, &nothing, sizeof(r));
}

static void all_protocols_of_rfc_3848_and_6531_are_known(void **state)
{
	static const char *const protocols[] = {"ESMTP", "SMTP", "LMTP", "UTF8SMTP", "UTF8LMTP"};
	static const struct {
		const char *suffix;
		bool tls, authenticated;
	} suffixes[] = {{"", false, false}, {"S", true, false}, {"A", false, true},
		{"SA", true, true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
		for (size_t k = 0; k < ARRAY_LEN(suffixes); k++) {
			struct mime_received r;
			struct span line = arena_printf(a, "from a by b with %s%s id 1",
				protocols[i], suffixes[k].suffix);

			assert_true(mime_parse_received(a, line, &r));
			if (r.tls != suffixes[k].tls ||
				r.authenticated != suffixes[k].authenticated)
				fail_msg("%s: tls %d, authenticated %d", line.p, r.tls,
					r.authenticated);
		}
}

/* Repeated to half a megabyte, behind an open from clause. */
static const char *const hostile_pieces[] = {"(", ")", "()", "\\(", "(\\", "(a ", "a(", "((a)", "<",
	"<@a,", "<a>", "[", "[1", "@", ";", ",", "from ", "from a by b ", "by a ", "with a ", "id ",
	"for <", "tls ", "helo=", "HELO ", "(a [192.0.2.1]) ", "([192.0.2.1] ",
	"TLS:", "AUTH: ", "version=", "a ", "1 "};

static void hostile_bytes_take_linear_time(void **state)
{
	enum { SIZE = 1 << 19 };
	char *text = arena_alloc(a, SIZE);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile_pieces); i++) {
		struct arena *scratch = arena_make();
		size_t n = strlen(hostile_pieces[i]);
		uint64_t start = clock_cpu_ns();
		struct mime_received r;

		for (size_t at = 0; at < SIZE; at++)
			text[at] = hostile_pieces[i][at % n];
		memcpy(text, "from (", 6);
		assert_true(mime_parse_received(scratch, span_from(text, SIZE), &r));
		memcpy(text, "from a", 6);
		text[SIZE - 1] = ')';
		assert_true(mime_parse_received(scratch, span_from(text, SIZE), &r));
		if (clock_cpu_ns() - start > UINT64_C(5000000000))
			fail_msg("%s took over 5 s", hostile_pieces[i]);
		arena_free(scratch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(received_lines_are_read),
		cmocka_unit_test(what_is_no_trace_leaves_nothing),
		cmocka_unit_test(all_protocols_of_rfc_3848_and_6531_are_known),
		cmocka_unit_test(hostile_bytes_take_linear_time),
	};

	return cmocka_run_group_tests_name("received", tests, set_up, tear_down);
}
