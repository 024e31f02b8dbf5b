/*
 * Any pattern on any subject: the first line of the input is the pattern, the rest the subject. Short
 * subjects and long ones are matched in different ways, which must agree with each other and with the
 * plain interpreter of PCRE2, unless one of them gives up.
 */
#include "match/match.h"

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLAIN_STEPS = 20000, SUBJECT_MOST = 3000 };

static uint32_t options_of(struct span flags)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;

	if (span_has_byte(flags, 'i'))
		options |= PCRE2_CASELESS;
	if (span_has_byte(flags, 'm'))
		options |= PCRE2_MULTILINE;
	if (span_has_byte(flags, 's'))
		options |= PCRE2_DOTALL;
	if (span_has_byte(flags, 'x'))
		options |= PCRE2_EXTENDED;
	if (span_has_byte(flags, 'u'))
		return options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	return options | PCRE2_NEVER_UTF;
}

/* What PCRE2 says when it is asked in one plain call. */
static enum rc find_plainly(struct span pattern, struct span subject, struct span *out)
{
	struct span flags = SPAN("");
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(match);
	enum rc rc = RC_LIMIT;
	PCRE2_SIZE at;
	pcre2_code *code;
	int error, n;

	if (span_starts(pattern, SPAN("/"))) {
		size_t end = span_find_last_byte(pattern, '/');

		flags = span_from_offset(pattern, end + 1);
		pattern = span_slice(pattern, 1, end - 1);
	}
	code = pcre2_compile((PCRE2_SPTR)(pattern.n == 0 ? "" : pattern.p), pattern.n,
		options_of(flags), &error, &at, NULL);
	must(code != NULL);
	(void)pcre2_set_match_limit(context, PLAIN_STEPS);
	n = pcre2_match(code, (PCRE2_SPTR)(subject.n == 0 ? "" : subject.p), subject.n, 0, 0, match,
		context);
	if (n == PCRE2_ERROR_NOMATCH)
		rc = RC_NOT_FOUND;
	if (n >= 0 && bounds[0] <= bounds[1]) {
		rc = RC_OK;
		*out = span_slice(subject, bounds[0], bounds[1] - bounds[0]);
	}
	pcre2_code_free(code);
	pcre2_match_data_free(match);
	pcre2_match_context_free(context);
	return rc;
}

static bool has_flag_u(struct span pattern)
{
	return span_starts(pattern, SPAN("/")) &&
		span_has_byte(span_from_offset(pattern, span_find_last_byte(pattern, '/')), 'u');
}

static bool agree(enum rc rc, struct span piece, enum rc other_rc, struct span other)
{
	if (rc == RC_LIMIT || other_rc == RC_LIMIT)
		return true;
	return rc == other_rc && (rc != RC_OK || (piece.p == other.p && piece.n == other.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span subject = span_from((const char *)data, size), pattern, piece = {0},
		    other = {0};
	struct match_pattern *compiled = NULL;
	struct why why = {""};
	struct arena *a;
	enum rc rc;

	pattern = span_slice(subject, 0, span_find_byte(subject, '\n'));
	subject = span_slice(subject, pattern.n + 1, SUBJECT_MOST);
	a = arena_make();
	rc = match_compile(a, pattern, &compiled, &why);
	if (rc != RC_OK) {
		must(compiled == NULL && why.text[0] != '\0');
		arena_free(a);
		return 0;
	}
	rc = match_find(compiled, subject, &piece);
	must(rc == RC_OK || rc == RC_NOT_FOUND || rc == RC_LIMIT);
	if (rc == RC_OK) {
		must(piece.p != NULL);
		must(subject.n == 0 ||
			(piece.p >= subject.p && piece.p + piece.n <= subject.p + subject.n));
	}
	must(match_find(compiled, subject, NULL) == rc);
	/* around bytes that are not UTF-8, JIT and interpreter differ on matches of nothing */
	if (subject.n > 0 && (!has_flag_u(pattern) || span_is_utf8(subject)))
		must(agree(rc, piece, find_plainly(pattern, subject, &other), other));
	arena_free(a);
	return 0;
}
