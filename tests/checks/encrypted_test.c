#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

extern const struct check check_encrypted;

#define TOP "From: foo@example.org\nMIME-Version: 1.0\n"
/* A multipart with boundary b; parts begin with PART and END closes. */
#define MULTI(subtype) TOP "Content-Type: multipart/" subtype "; boundary=b\n\n"
#define PART(type) "--b\nContent-Type: " type "\n"
#define END "--b--\n"
#define TEXT PART("text/plain") "\nhi\n"
#define HTML PART("text/html") "\n<p>hi</p>\n"
#define PDF PART("application/pdf") "Content-Disposition: attachment; filename=a.pdf\n\n%PDF\n"
/* The same one level down, with boundary c. */
#define INNER(subtype) PART("multipart/" subtype "; boundary=c") "\n"
#define INNER_TEXT "--c\nContent-Type: text/plain\n\nhi\n"
#define INNER_HTML "--c\nContent-Type: text/html\n\n<p>hi</p>\n"
#define INNER_END "--c--\n"
#define PGP_SIGNATURE PART("application/pgp-signature") "\nx\n"
#define PGP                                                                                        \
	PART("application/pgp-encrypted") "\nVersion: 1\n" PART("application/octet-stream") "\nx\n"
#define SMIME(params) PART("application/pkcs7-mime" params) "\nx\n"
#define EMPTY_TEXT PART("text/plain") "\n \n\n"
#define ATTACHED_PGP                                                                               \
	PART("message/rfc822")                                                                     \
	"\nMIME-Version: 1.0\nContent-Type: multipart/encrypted; boundary=c\n\n"                   \
	"--c\nContent-Type: application/pgp-encrypted\n\nx\n--c--\n"
/* The first bytes of a ContentInfo of this type, in base64. */
#define CMS(type, der)                                                                             \
	TOP "Content-Type: application/" type                                                      \
	    "; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" der "\n"

static const struct harness_case cases[] = {
	{"plain mail", TOP "\nhi\n", ""},
	{"a PGP signature", MULTI("signed") TEXT PGP_SIGNATURE END, "SIGNED_PGP(-2.00)"},
	{"in a list's multipart/mixed", MULTI("mixed") TEXT PGP_SIGNATURE TEXT END,
		"SIGNED_PGP(-2.00)"},
	{"two signatures count once", MULTI("mixed") TEXT PGP_SIGNATURE PGP_SIGNATURE END,
		"SIGNED_PGP(-2.00)"},
	{"an S/MIME signature",
		MULTI("signed") TEXT PART("application/pkcs7-signature") "\nx\n" END,
		"SIGNED_SMIME(-2.00)"},
	{"under its old name",
		MULTI("signed") TEXT PART("application/x-pkcs7-signature") "\nx\n" END,
		"SIGNED_SMIME(-2.00)"},
	{"the promise of a signature is none",
		MULTI("signed; protocol=\"application/pgp-signature\"") TEXT TEXT END, ""},

	{"encrypted with PGP", MULTI("encrypted") PGP END, "ENCRYPTED_PGP(-0.50)"},
	{"the promise of encryption is none", MULTI("encrypted") TEXT END, ""},
	{"with text beside it", MULTI("mixed") PGP TEXT END,
		"ENCRYPTED_PGP(-0.50) BOGUS_ENCRYPTED_AND_TEXT(10.00)[pgp part]"},
	{"with text before it",
		MULTI("mixed") TEXT INNER(
			"encrypted") "--c\nContent-Type: application/pgp-encrypted\n\nx\n" INNER_END
			END,
		"ENCRYPTED_PGP(-0.50) BOGUS_ENCRYPTED_AND_TEXT(10.00)[pgp part]"},
	{"with HTML within it", MULTI("encrypted") HTML PGP END,
		"ENCRYPTED_PGP(-0.50) BOGUS_ENCRYPTED_AND_TEXT(10.00)[pgp part]"},
	{"an empty text does not count", MULTI("mixed") EMPTY_TEXT PGP END, "ENCRYPTED_PGP(-0.50)"},
	{"an attached text does not count",
		MULTI("mixed") PGP PART("text/plain") "Content-Disposition: attachment\n\nhi\n" END,
		"ENCRYPTED_PGP(-0.50)"},
	{"an encrypted message may be attached", MULTI("mixed") TEXT ATTACHED_PGP END,
		"ENCRYPTED_PGP(-0.50)"},
	{"an attached message has its own text",
		MULTI("mixed") PGP PART("message/rfc822") "\nFrom: a@b\n\nhi\n" END,
		"ENCRYPTED_PGP(-0.50)"},
	{"signed and encrypted", MULTI("signed") PGP PGP_SIGNATURE END,
		"SIGNED_PGP(-2.00) ENCRYPTED_PGP(-0.50)"},

	{"encrypted with S/MIME", MULTI("related") SMIME("; smime-type=enveloped-data") END,
		"ENCRYPTED_SMIME(-0.50)"},
	{"in the newer way, in any case",
		MULTI("related") SMIME("; SMIME-type=AUTHENVELOPED-DATA") END,
		"ENCRYPTED_SMIME(-0.50)"},
	{"wrapped into its signature", MULTI("related") TEXT SMIME("; smime-type=signed-data") END,
		"SIGNED_SMIME(-2.00)"},
	{"certificates alone are neither", MULTI("related") SMIME("; smime-type=certs-only") END,
		""},
	{"with text beside it", MULTI("mixed") TEXT SMIME("; smime-type=enveloped-data") END,
		"ENCRYPTED_SMIME(-0.50) BOGUS_ENCRYPTED_AND_TEXT(10.00)[smime part]"},
	{"without a kind its bytes tell: signed",
		CMS("pkcs7-mime", "MIIFqQYJKoZIhvcNAQcCoIIFmjCCBZYC"), "SIGNED_SMIME(-2.00)"},
	{"without a kind its bytes tell: encrypted",
		CMS("x-pkcs7-mime", "MIIBygYJKoZIhvcNAQcDoIIBuzCCAbcC"), "ENCRYPTED_SMIME(-0.50)"},
	{"another kind is neither", CMS("pkcs7-mime", "MIIBygYJKoZIhvcNAQcGoIIBuzCCAbcC"), ""},
	{"bytes that end within the kind", CMS("pkcs7-mime", "MIIBygYJKoZIhvcNAQc="), ""},
	{"no bytes", CMS("pkcs7-mime", ""), ""},
	{"the kind stands at the start or nowhere",
		CMS("pkcs7-mime", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABgkqhkiG9w0BBwM="), ""},
};

static void forms_are_told(void **state)
{
	(void)state;
	harness_check_table(&check_encrypted, cases, ARRAY_LEN(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_told),
	};

	return cmocka_run_group_tests_name("checks/encrypted", tests, NULL, NULL);
}
