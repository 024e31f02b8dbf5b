/*
 * The cursor: lines and boundaries.
 *
 * DESIGN: mail comes with LF, CRLF, CR and with mixtures, and readers differ on what a lone CR is. We
 * take it for a line end, as the programs do that show the mail to people: a part that hides behind
 * "\r--boundary" is a part. That costs a second search per line, so one quick pass over all bytes first
 * finds out whether there is a lone CR at all (and NUL, and 8-bit bytes), and mostly there is none.
 */
#include "mime/parser.h"

#include <string.h>

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static bool any(bytes16 v)
{
	uint64_t half[2];

	memcpy(half, &v, sizeof(half));
	return (half[0] | half[1]) != 0;
}

/* raw loop: all bytes, sixteen at a time, without an end at the first: mostly there is none */
static bool has_high(struct span s)
{
	bytes16 all = {0}, c;
	unsigned char rest = 0;
	size_t i = 0;

	for (; i + 16 <= s.n; i += 16) {
		memcpy(&c, s.p + i, 16);
		all |= c;
	}
	for (; i < s.n; i++)
		rest |= (unsigned char)s.p[i];
	return any(all & 0x80) || rest >= 0x80;
}

static void survey_pair(char c, char next, struct mime_survey *out)
{
	out->crlf |= c == '\r' && next == '\n';
	out->lone_cr |= c == '\r' && next != '\n';
	out->lone_lf |= c != '\r' && next == '\n';
}

/* raw loop: each byte and its successor, sixteen at a time; the vectors are plain C of gcc and clang */
static void survey_line_ends(struct span s, struct mime_survey *out)
{
	bytes16 crlf = {0}, lone_cr = {0}, lone_lf = {0};
	size_t i = 0;

	for (; i + 17 <= s.n; i += 16) {
		bytes16 c, next, cr, lf;

		memcpy(&c, s.p + i, 16);
		memcpy(&next, s.p + i + 1, 16);
		cr = (bytes16)(c == '\r');
		lf = (bytes16)(next == '\n');
		crlf |= cr & lf;
		lone_cr |= cr & ~lf;
		lone_lf |= lf & ~cr;
	}
	out->crlf = any(crlf);
	out->lone_cr = any(lone_cr);
	out->lone_lf = any(lone_lf) || s.p[0] == '\n';
	for (; i < s.n; i++)
		survey_pair(s.p[i], i + 1 < s.n ? s.p[i + 1] : '\0', out);
}

static void survey(struct span s, struct mime_survey *out)
{
	*out = (struct mime_survey){0};
	out->nul = span_has_byte(s, '\0');
	out->high = has_high(s);
	if (span_has_byte(s, '\r'))
		survey_line_ends(s, out);
	else
		out->lone_lf = span_has_byte(s, '\n');
}

/*
 * True when lines end with CR alone as far as the header goes: there is an empty line in the CR reading
 * before the first LF, or no LF at all.
 */
static bool has_cr_lines(struct span s)
{
	struct span head = span_slice(s, 0, span_find_byte(s, '\n'));
	size_t empty;

	if (head.n == s.n)
		return true;
	empty = span_find(head, SPAN("\r\r"));
	/* "\r\r\n" is one broken line end, not an empty line */
	return empty < head.n && empty + 2 < head.n;
}

static const char *find_byte(const char *p, const char *end, char byte)
{
	const char *at = memchr(p, byte, (size_t)(end - p));

	return at == NULL ? end : at;
}

void mime_scan_init(struct mime_scan *s, struct mime_build *build, struct span bytes)
{
	*s = (struct mime_scan){.build = build,
		.start = bytes.p,
		.end = bytes.p + bytes.n,
		.at = bytes.p};
	survey(bytes, &s->survey);
	if (build->how.cr_is_text)
		s->survey.lone_cr = false;
	s->cr_lines = s->survey.lone_cr && has_cr_lines(bytes);
	s->asked = bytes.p;
	if (s->survey.lone_cr) {
		s->next_lf = find_byte(s->start, s->end, '\n');
		s->next_cr = find_byte(s->start, s->end, '\r');
	}
}

/*
 * The first `byte` at or behind `p`, when `known` is the first one at or behind `asked`. What was found is
 * used again, or many lines of one kind before a far end of the other would each search for it; going
 * back by a line, as the reader of headers does, searches no more than that line.
 */
static const char *find_again(const struct mime_scan *s, const char *p, const char *known,
	char byte)
{
	const char *at;

	if (p >= s->asked)
		return known >= p ? known : find_byte(p, s->end, byte);
	at = find_byte(p, s->asked, byte);
	return at == s->asked ? known : at;
}

/* A line where there are lone CRs. */
static const char *scan_mixed_line(struct mime_scan *s, const char *p, const char **text_end)
{
	const char *lf, *cr;

	lf = s->next_lf = find_again(s, p, s->next_lf, '\n');
	cr = s->next_cr = find_again(s, p, s->next_cr, '\r');
	s->asked = p;
	if (lf <= cr) {
		*text_end = lf;
		return lf == s->end ? lf : lf + 1;
	}
	*text_end = cr;
	if (lf < s->end && (lf == cr + 1 || (lf == cr + 2 && cr[1] == '\r')))
		return lf + 1;
	return cr + 1;
}

const char *mime_scan_line(struct mime_scan *s, const char *p, const char **text_end)
{
	const char *lf;

	if (s->survey.lone_cr)
		return scan_mixed_line(s, p, text_end);
	lf = memchr(p, '\n', (size_t)(s->end - p));
	if (lf == NULL) {
		*text_end = s->end;
		return s->end;
	}
	*text_end = lf > p && lf[-1] == '\r' ? lf - 1 : lf;
	return lf + 1;
}

static bool is_blank(struct span s)
{
	return span_trim(s).n == 0;
}

/* What stands behind a boundary: nothing or blanks, maybe behind the two dashes that close. */
static bool ends_boundary(struct span rest, const struct mime_how *how, bool *close)
{
	*close = span_starts(rest, SPAN("--"));
	if (how->whole_lines)
		return is_blank(span_from_offset(rest, *close ? 2 : 0));
	if (how->starts_suffice || rest.n == 0 || byte_is_space(rest.p[0]))
		return true;
	return *close && (rest.n == 2 || byte_is_space(rest.p[2]));
}

/*
 * The open multipart whose boundary this is. Of several that fit, the longest: "--ab--" closes "ab" only
 * when there is no "ab--".
 */
static struct mime_open *find_open(struct mime_scan *s, struct span line, bool *close)
{
	struct mime_open *best = NULL, *odd = NULL;

	for (struct mime_open *o = s->open; o != NULL; o = o->outer) {
		bool closes;

		if (best != NULL && o->boundary.n <= best->boundary.n)
			continue;
		if (!span_starts(line, o->boundary))
			continue;
		if (!ends_boundary(span_from_offset(line, o->boundary.n), &s->build->how,
			    &closes)) {
			odd = o;
			continue;
		}
		best = o;
		*close = closes;
	}
	if (best == NULL && odd != NULL)
		odd->part->defects |= MIME_DEFECT(BOUNDARY_LINE_ODD);
	return best;
}

/* True when this line is a boundary of an open multipart; fills hit. */
static bool match_boundary(struct mime_scan *s, const char *p, const char *text_end)
{
	struct span line = span_from(p, (size_t)(text_end - p));
	struct mime_open *open;
	bool close;

	if (s->open == NULL || !span_starts(line, SPAN("--")))
		return false;
	line = span_from_offset(line, 2);
	open = find_open(s, line, &close);
	if (open == NULL)
		return false;
	if (open->closed) {
		if (!close)
			open->part->defects |= MIME_DEFECT(BOUNDARY_AFTER_CLOSE);
		return false;
	}
	if (s->build->parts.n >= MIME_PARTS_MOST) {
		s->build->m->defects |= MIME_DEFECT(PARTS_LIMIT);
		return false;
	}
	/* an opening line may go on behind blanks: a match of its beginning is enough for RFC 2046 */
	if (!is_blank(span_from_offset(line, open->boundary.n + (close ? 2 : 0))))
		open->part->defects |=
			close ? MIME_DEFECT(BOUNDARY_GARBAGE) : MIME_DEFECT(BOUNDARY_LINE_ODD);
	/* blanks at the end of a boundary count when its first line has them: they often get lost */
	if (span_starts(line, open->full))
		open->boundary = open->full;
	open->full = open->boundary;
	s->hit = (struct mime_hit){open, close, p};
	return true;
}

static bool starts_with(const char *p, const char *end, struct span start)
{
	return span_starts(span_from(p, (size_t)(end - p)), start);
}

void mime_scan_to_boundary(struct mime_scan *s)
{
	const char *p = s->at, *next, *text_end;

	for (; p < s->end; p = next) {
		next = mime_scan_line(s, p, &text_end);
		if (text_end - p > MIME_LINE_MOST)
			s->long_line = true;
		if (*p == '-' && match_boundary(s, p, text_end)) {
			s->at = next;
			return;
		}
		if (*p == 'b' && starts_with(p, text_end, SPAN("begin ")))
			s->uu_line = true;
		if (*p == '=' && starts_with(p, text_end, SPAN("=ybegin ")))
			s->yenc_line = true;
	}
	s->at = s->end;
	s->hit = (struct mime_hit){NULL, false, s->end};
}
