#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_received_tls;

#define HOP(with)                                                                                  \
	"Received: from a.example.org (a.example.org [192.0.2.1]) by mx.example.com with " with    \
	" id 1;\n Fri, 13 Feb 2026 11:59:00 +0000\n"
#define SECURE HOP("ESMTPS")
#define PLAIN HOP("ESMTP")
#define END "From: foo@example.org\n\nhi\n"

static const struct harness_case cases[] = {
	{"without hops nothing is known", END, "", .address = "198.51.100.7", .user = "foo"},
	{"one hop in TLS", SECURE END, "RCVD_TLS_ALL(0.00)"},
	{"one hop in the clear", PLAIN END, "RCVD_NO_TLS_LAST(0.10)"},
	{"all hops in TLS", SECURE SECURE END, "RCVD_TLS_ALL(0.00)"},
	{"the newest hop in TLS, an older one not", SECURE PLAIN END, "RCVD_TLS_LAST(0.00)"},
	{"an older hop in TLS, the newest one not", PLAIN SECURE END, "RCVD_NO_TLS_LAST(0.10)"},
	{"a comment tells of TLS as well",
		"Received: from a.example.org (a.example.org [192.0.2.1]) (using TLSv1.3 with cipher "
		"TLS_AES_256_GCM_SHA384 (256/256 bits)) by mx.example.com with ESMTP; Fri, 13 Feb "
		"2026 11:59:00 +0000\n" END,
		"RCVD_TLS_ALL(0.00)"},
	{"LMTP in the clear", HOP("LMTP") END, "RCVD_NO_TLS_LAST(0.10)"},

	{"the client itself is the last hop", SECURE PLAIN END, "RCVD_NO_TLS_LAST(0.10)",
		.address = "198.51.100.7"},
	{"the client used TLS", PLAIN END, "RCVD_TLS_LAST(0.00)", .address = "198.51.100.7",
		.tls_version = "TLSv1.3"},
	{"when the newest field tells of the client, the field counts", PLAIN END,
		"RCVD_NO_TLS_LAST(0.10)", .address = "192.0.2.1", .tls_version = "TLSv1.3"},

	{"a login by the protocol's name", HOP("ESMTPA") END,
		"RCVD_NO_TLS_LAST(0.10) RCVD_VIA_SMTP_AUTH(0.00)"},
	{"a login in TLS", HOP("ESMTPSA") END, "RCVD_TLS_ALL(0.00) RCVD_VIA_SMTP_AUTH(0.00)"},
	{"a login at an older hop", SECURE HOP("esmtpsa") END,
		"RCVD_TLS_ALL(0.00) RCVD_VIA_SMTP_AUTH(0.00)"},
	{"a login at this server", SECURE END, "RCVD_TLS_ALL(0.00) RCVD_VIA_SMTP_AUTH(0.00)",
		.address = "198.51.100.7", .user = "foo"},
	{"an empty user is none", SECURE END, "RCVD_TLS_ALL(0.00)", .address = "198.51.100.7",
		.user = ""},
};

static void tls_and_logins_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_received_tls, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tls_and_logins_are_told),
	};

	return cmocka_run_group_tests_name("checks/received_tls", tests, NULL, NULL);
}
