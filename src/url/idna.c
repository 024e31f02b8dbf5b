/*
 * Names with letters of all languages, to A-labels and back (UTS 46).
 *
 * DESIGN: what browsers allow (section 3.3 of the URL Standard) is more than what may be registered: hyphens anywhere,
 * labels of any length, empty ones. ICU reports all of it as errors, of which these are passed over.
 */
#include "url/inner.h"

#include <unicode/uidna.h>

enum {
	PASSED_OVER = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
		UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
		UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4,
};

static const UIDNA *idna(void)
{
	static UIDNA *opened;
	UErrorCode error = U_ZERO_ERROR;

	if (opened == NULL)
		opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII |
				UIDNA_NONTRANSITIONAL_TO_UNICODE | UIDNA_CHECK_BIDI |
				UIDNA_CHECK_CONTEXTJ,
			&error);
	if (U_FAILURE(error))
		panic("ICU has no IDNA data: %s", u_errorName(error));
	return opened;
}

bool url_has_a_label(struct span name)
{
	for (struct span label; span_next(&name, '.', &label);)
		if (span_starts_nocase(label, SPAN("xn--")))
			return true;
	return false;
}

/* RFC 3492 section 3.1: without anything behind the last hyphen there is no letter beyond ASCII to be encoded. */
static bool has_empty_a_label(struct span name)
{
	for (struct span label; span_next(&name, '.', &label);)
		if (span_starts_nocase(label, SPAN("xn--")) && span_ends(label, SPAN("-")))
			return true;
	return false;
}

/* To A-labels with `to_ascii`, else back. */
static size_t convert(struct span name, bool to_ascii, char *out, size_t most)
{
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode error = U_ZERO_ERROR;
	int32_t n;

	/* the work on a label grows with the square of its length */
	if (name.n > URL_IDNA_MOST || has_empty_a_label(name))
		return 0;
	n = (to_ascii ? uidna_nameToASCII_UTF8 : uidna_nameToUnicodeUTF8)(idna(), name.p,
		(int32_t)name.n, out, (int32_t)most, &info, &error);
	if (U_FAILURE(error) || (info.errors & (uint32_t)~PASSED_OVER) != 0 || n < 0 ||
		(size_t)n > most)
		return 0;
	return (size_t)n;
}

size_t url_idna_to_ascii(struct span name, char *out, size_t most)
{
	size_t n = convert(name, true, out, most);

	/* what comes out must be a name again */
	return n > URL_IDNA_MOST || has_empty_a_label(span_from(out, n)) ? 0 : n;
}

size_t url_idna_to_unicode(struct span name, char *out, size_t most)
{
	return convert(name, false, out, most);
}
