/* Characters and ends of URLs in texts. */
#include "url/find.h"

#include <string.h>
#include <unicode/uchar.h>

#include "text/text.h"

/* ---- characters ---- */

/* Writings without blanks between words: a name that begins behind them was not meant with them. */
static bool is_ideographic(uint32_t c)
{
	return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af) ||
		(c >= 0xe00 && c <= 0xeff) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Letters, marks and digits of all writings, and what is not seen between them. */
static bool is_label_char(uint32_t c)
{
	return c != UTF8_REPLACEMENT &&
		(U_MASK(u_charType((UChar32)c)) &
			(U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK | U_GC_CF_MASK)) != 0;
}

static bool is_label_byte(char c)
{
	return byte_is_alnum(c) || c == '-' || c == '_';
}

size_t find_label_char(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);

	if (rest.n == 0)
		return 0;
	if ((unsigned char)*rest.p < 0x80)
		return is_label_byte(*rest.p);
	return is_label_char(utf8_next(&rest)) ? text.n - at - rest.n : 0;
}

/* The character at `at`, where there is one. */
static uint32_t char_at(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);

	return rest.n == 0 ? 0 : utf8_next(&rest);
}

size_t find_label_char_before(struct span text, size_t floor, size_t at)
{
	struct span rest = span_slice(text, 0, at);
	uint32_t c, next;

	if (at <= floor)
		return 0;
	c = utf8_last(&rest);
	if (c < 0x80 ? !is_label_byte((char)c) : rest.n < floor || !is_label_char(c))
		return 0;
	next = char_at(text, at);
	if (c < 0x80 ? next >= 0x80 && is_ideographic(next)
		     : next < 0x80 && is_label_byte((char)next) && is_ideographic(c))
		return 0;
	return at - rest.n;
}

static bool is_unseen(uint32_t c)
{
	return c >= 0x80 && (text_is_invisible(c) || u_charType((UChar32)c) == U_FORMAT_CHAR);
}

size_t find_unseen(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);

	if (rest.n == 0 || (unsigned char)*rest.p < 0x80)
		return 0;
	return is_unseen(utf8_next(&rest)) ? text.n - at - rest.n : 0;
}

size_t find_unseen_before(struct span text, size_t floor, size_t at)
{
	struct span rest = span_slice(text, 0, at);

	if (at <= floor || (unsigned char)text.p[at - 1] < 0x80)
		return 0;
	return is_unseen(utf8_last(&rest)) && rest.n >= floor ? at - rest.n : 0;
}

/* ---- what stands between labels ---- */

static size_t skip_blanks(struct span text, size_t at, size_t most)
{
	size_t n = 0;

	while (n < most && at + n < text.n && text.p[at + n] == ' ')
		n++;
	return n;
}

/* An opening bracket, one of the words, the closing bracket; blanks within. Its length, or 0. */
static size_t read_bracketed(struct span text, size_t at, const char *const *words)
{
	static const char open[] = "[({", close[] = "])}";
	const char *bracket = at < text.n ? memchr(open, text.p[at], 3) : NULL;
	size_t end;

	if (bracket == NULL)
		return 0;
	end = at + 1 + skip_blanks(text, at + 1, 1);
	for (size_t i = 0; words[i] != NULL; i++) {
		struct span word = span_of(words[i]);
		size_t after = end + word.n;

		if (!span_starts_nocase(span_from_offset(text, end), word))
			continue;
		after += skip_blanks(text, after, 1);
		if (after < text.n && text.p[after] == close[bracket - open])
			return after + 1 - at;
	}
	return 0;
}

/* " dot " and " . ", the second only where a label goes on right behind it. */
static size_t read_dot_in_words(struct span text, size_t at)
{
	struct span rest = span_from_offset(text, at);

	if (span_starts_nocase(rest, SPAN(" dot ")))
		return 5;
	return span_starts(rest, SPAN(" . ")) ? 3 : 0;
}

/* A dot in disguise; a blank may stand on either side. */
static size_t read_disguised_dot(struct span text, size_t at)
{
	static const char *const dots[] = {".", "dot", NULL};
	size_t before = skip_blanks(text, at, 1), n = read_bracketed(text, at + before, dots);

	return n == 0 ? 0 : before + n + skip_blanks(text, at + before + n, 1);
}

size_t find_separator(struct span text, size_t at, bool words, uint32_t *odd)
{
	struct span rest = span_from_offset(text, at);
	size_t n;

	if (rest.n == 0)
		return 0;
	if (*rest.p == '.')
		return 1;
	/* the full stops of UTS 46 section 2.3 */
	if (span_starts(rest, SPAN("\xe3\x80\x82")) || span_starts(rest, SPAN("\xef\xbc\x8e")) ||
		span_starts(rest, SPAN("\xef\xbd\xa1"))) {
		*odd |= URL_ODD(WIDE);
		return 3;
	}
	n = read_disguised_dot(text, at);
	if (n == 0 && words)
		n = read_dot_in_words(text, at);
	if (n > 0)
		*odd |= URL_ODD(OBFUSCATED);
	return n;
}

size_t find_at_sign(struct span text, size_t at, uint32_t *odd)
{
	static const char *const ats[] = {"at", "@", NULL};
	size_t before = skip_blanks(text, at, 1), n;

	if (at < text.n && text.p[at] == '@')
		return 1;
	n = read_bracketed(text, at + before, ats);
	if (n == 0)
		return 0;
	*odd |= URL_ODD(OBFUSCATED);
	return before + n + skip_blanks(text, at + before + n, 1);
}

/* ---- where a URL ends ---- */

/* What a byte within a URL means to its end. */
enum meaning {
	GOES_ON,
	STOPS,
	OPENS,  /* a bracket */
	CLOSES, /* a bracket */
	QUOTES, /* ends it where it stands before it, too */
	PARTS,  /* the next one may follow */
	MAY_BE_ENTITY,
};

static enum meaning meaning_of(char c)
{
	static const uint8_t meanings[128] = {
		[0 ... ' '] = STOPS,
		['\x7f'] = STOPS,
		['<'] = STOPS,
		['>'] = STOPS,
		['"'] = STOPS,
		['`'] = STOPS,
		['('] = OPENS,
		['['] = OPENS,
		['{'] = OPENS,
		[')'] = CLOSES,
		[']'] = CLOSES,
		['}'] = CLOSES,
		['\''] = QUOTES,
		['*'] = QUOTES,
		[','] = PARTS,
		[';'] = PARTS,
		['|'] = PARTS,
		['&'] = MAY_BE_ENTITY,
	};

	return (enum meaning)meanings[(unsigned char)c];
}

/* 0, 1 or 2: which kind of bracket. */
static size_t bracket_kind(char c)
{
	return c == '(' || c == ')' ? 0 : c == '[' || c == ']' ? 1 : 2;
}

static char closing_of(char open)
{
	return open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : open;
}

/* References that were left when HTML became text. */
static bool is_entity(struct span rest)
{
	static const struct span entities[] = {SPAN_INIT("&gt;"), SPAN_INIT("&lt;"),
		SPAN_INIT("&quot;"), SPAN_INIT("&nbsp;"), SPAN_INIT("&#34;"), SPAN_INIT("&#39;")};

	for (size_t i = 0; i < ARRAY_LEN(entities); i++)
		if (span_starts(rest, entities[i]))
			return true;
	return false;
}

static bool begins_url(struct span rest)
{
	return span_starts_nocase(rest, SPAN("http://")) ||
		span_starts_nocase(rest, SPAN("https://"));
}

/* Blanks, brackets, quotes and full stops of all writings end it, hyphens and underlines do not. */
static bool stops(uint32_t c)
{
	return (U_MASK(u_charType((UChar32)c)) &
		       (U_GC_Z_MASK | U_GC_PS_MASK | U_GC_PE_MASK | U_GC_PI_MASK | U_GC_PF_MASK |
			       U_GC_PO_MASK | U_GC_CC_MASK)) != 0;
}

struct ending {
	struct span text;
	size_t at;
	char before; /* the byte in front of the URL, or 0 */
	size_t open[3], closed[3];
};

/* Takes the character at e->at; false when it does not belong to the URL. */
static bool take_char(struct ending *e)
{
	struct span rest = span_from_offset(e->text, e->at);
	char c = *rest.p;
	size_t kind = bracket_kind(c);

	if ((unsigned char)c >= 0x80) {
		if (stops(utf8_next(&rest)))
			return false;
		e->at = e->text.n - rest.n;
		return true;
	}
	switch (meaning_of(c)) {
	case GOES_ON:
		break;
	case STOPS:
		return false;
	case OPENS:
		e->open[kind]++;
		break;
	case CLOSES:
		if (c == closing_of(e->before) && e->open[kind] == e->closed[kind])
			return false;
		e->closed[kind]++;
		break;
	case QUOTES:
		if (c == e->before)
			return false;
		break;
	case PARTS:
		if (begins_url(span_from_offset(rest, 1)))
			return false;
		break;
	case MAY_BE_ENTITY:
		if (is_entity(rest))
			return false;
		break;
	}
	e->at++;
	return true;
}

/* Without what ends a sentence, and closing brackets that were not opened within. */
static void trim(struct ending *e, size_t least)
{
	for (; e->at > least; e->at--) {
		char c = e->text.p[e->at - 1];
		size_t n = find_unseen_before(e->text, least, e->at);

		if (n > 0) {
			e->at -= n - 1;
			continue;
		}
		if (c == e->before && (c == '_' || c == '~'))
			continue;
		if ((unsigned char)c >= 0x80 || strchr(".,;:!?'*([{)]}\\", c) == NULL || c == '\0')
			return;
		if (meaning_of(c) == OPENS)
			e->open[bracket_kind(c)]--;
		if (meaning_of(c) == CLOSES) {
			if (e->closed[bracket_kind(c)] <= e->open[bracket_kind(c)])
				return;
			e->closed[bracket_kind(c)]--;
		}
	}
}

size_t find_end(struct span text, size_t start, size_t from, size_t *steps)
{
	struct ending e = {.text = text,
		.at = from,
		.before = start > 0 ? text.p[start - 1] : '\0'};
	size_t most = num_min(text.n, start + URL_BYTES_MOST);

	while (e.at < most && take_char(&e))
		continue;
	*steps += e.at - from;
	trim(&e, from);
	return e.at;
}
