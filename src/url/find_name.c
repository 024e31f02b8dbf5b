/*
 * Names of hosts in texts, and what only looks like one.
 *
 * DESIGN: a name without a scheme counts when its top-level domain exists. That alone takes file names for hosts
 * (report.zip, main.rs), and sentences that lack a blank (end.Next), so both are told by small tables and by their
 * capitals.
 */
#include "url/find.h"

#include <string.h>

#include "url/inner.h"

enum {
	NAME_MOST = 253, /* RFC 1035 section 2.3.4 */
	LABEL_MOST = 63,
	TLD_MOST = 63,
};

/* ---- top-level domains ---- */

static bool is_tld(struct span label)
{
	/* the shortest ones have two letters; none but A-labels holds a digit */
	if (label.n < 2 || label.n > TLD_MOST)
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (byte_is_digit(label.p[i]) && !span_starts_nocase(label, SPAN("xn--")))
			return false;
	return url_is_tld(label);
}

/* ---- hosts ---- */

static bool is_ascii_host(struct span name)
{
	struct span rest = name, label = name;

	if (name.n > NAME_MOST)
		return false;
	while (span_next(&rest, '.', &label))
		if (label.n == 0 || label.n > LABEL_MOST || *label.p == '-' ||
			label.p[label.n - 1] == '-')
			return false;
	return label.n < name.n && is_tld(label) && !span_has_byte(url_find_registrable(name), '_');
}

bool find_is_host(struct arena *a, struct span name)
{
	struct span ascii, tld = span_from_offset(name, span_find_last_byte(name, '.') + 1);

	if (span_is_ascii(name))
		return is_ascii_host(name);
	/* no top-level domain is as long as most sentences */
	return tld.n <= TLD_MOST && url_make_ascii(a, name, &ascii) && is_ascii_host(ascii);
}

/* ---- reading ---- */

static size_t label_end(struct span text, size_t at, size_t most)
{
	for (size_t n; at < most && (n = find_label_char(text, at)) > 0;)
		at += n;
	return num_min(at, most);
}

/* In a label that begins with ASCII letters and goes on in a writing without blanks, where that begins. */
static size_t ascii_end(struct span label)
{
	size_t n = 0;

	while (n < label.n && (unsigned char)label.p[n] < 0x80)
		n++;
	return n;
}

/* The length of what may stand behind a name, but does not end it. */
static size_t edge_before(struct span label)
{
	char c = label.p[label.n - 1];

	return c == '-' || c == '_' ? 1 : find_unseen_before(label, 1, label.n);
}

bool find_read_name(struct arena *a, struct span text, size_t at, bool words, struct find_name *out)
{
	size_t most = num_min(text.n, at + FIND_HOST_MOST), end = at, label = at;
	struct span last;
	struct buf name;

	*out = (struct find_name){0};
	buf_init(&name, a, FIND_HOST_MOST);
	for (;;) {
		uint32_t odd = 0;
		size_t n;

		end = label_end(text, label, most);
		last = span_slice(text, label, end - label);
		if (last.n == 0 || ++out->labels > FIND_LABELS_MOST)
			break;
		n = find_separator(text, end, words, &odd);
		/* behind a name that is whole, words are words */
		if (n > 0 && text.p[end] == ' ' && out->labels >= 2 && is_tld(last))
			break;
		/* a separator that no label follows ends a sentence */
		if (n == 0 || end + n >= most || find_label_char(text, end + n) == 0)
			break;
		if (odd != 0 && name.n == 0)
			buf_add(&name, span_slice(text, at, label - at));
		out->odd |= odd;
		if (out->odd != 0) {
			buf_add(&name, last);
			buf_add_byte(&name, '.');
		}
		label = end + n;
	}
	out->text = span_slice(text, at, end - at);
	if (last.n == 0 || out->labels < 2 || out->labels > FIND_LABELS_MOST)
		return false;
	for (size_t n; last.n > 1 && (n = edge_before(last)) > 0; end -= n)
		last.n -= n;
	/* "example.com" and then Chinese without a blank */
	if (ascii_end(last) < last.n && is_tld(span_slice(last, 0, ascii_end(last)))) {
		last.n = ascii_end(last);
		end = label + last.n;
	}
	out->text = out->name = span_slice(text, at, end - at);
	if (out->odd != 0) {
		buf_add(&name, last);
		out->name = buf_span(&name);
	}
	return true;
}

/* ---- false friends ---- */

/* Top-level domains in which a name is one wherever it stands; also in capitals at the start of its words: Example.Com. */
static const char *const certain[] = {"com", "net", "org", "info", "edu", "gov", "mil", "biz"};

/*
 * Others of more than two letters in which names are common. All else that has been given out since 2013 is mostly a
 * word: a name of two labels there is as often a field of a program (list.next, res.name), or ends a sentence that lacks
 * a blank.
 */
static const char *const usual[] = {"app", "asia", "bet", "bid", "blog", "buzz", "casino", "cat",
	"cfd", "click", "cloud", "club", "cyou", "fun", "icu", "live", "loan", "mobi", "online",
	"sbs", "shop", "site", "space", "store", "tech", "top", "vip", "website", "win", "xyz"};

/*
 * Top-level domains that files end in, too. A name of two labels with one of the first is a file; with one of the others,
 * which whole countries use, only when it begins as files do.
 */
static const char *const endings[] = {"ac", "am", "cf", "la", "mc", "md", "mov", "pm", "ps", "py",
	"sd", "sh", "va", "zip"};
static const char *const other_endings[] = {"ai", "app", "cc", "id", "in", "is", "ml", "mx", "pl",
	"rs", "so", "st", "tm"};
static const char *const stems[] = {"app", "build", "check", "config", "file", "gen", "helper",
	"image", "index", "info", "init", "install", "lib", "logo", "main", "make", "mod", "module",
	"run", "script", "server", "setup", "test", "util"};

/* Products whose names are no addresses. */
static const char *const products[] = {"ado.net", "asp.net", "ml.net", "socket.io", "vb.net"};

/* What only programs have on a line. */
static const struct span code[] = {SPAN_INIT("();"), SPAN_INIT(");"), SPAN_INIT(" == "),
	SPAN_INIT(" != "), SPAN_INIT(" && "), SPAN_INIT("/*"), SPAN_INIT("*/")};

enum { LINE_MOST = 80 }; /* bytes of it that are looked at, before and behind a name */

static bool is_one_of(struct span text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal_nocase(text, span_of(list[i])))
			return true;
	return false;
}

#define IS_ONE_OF(text, list) is_one_of(text, list, ARRAY_LEN(list))

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool begins_as_file(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(stems); i++)
		if (span_starts_nocase(name, span_of(stems[i])))
			return true;
	return false;
}

/* 2.31.so, 40.zip, 2.to: no more than two digits before the last dot. */
static bool is_numbered(struct span name, size_t dot)
{
	struct span before = span_slice(name, 0, dot);
	size_t start = span_find_last_byte(before, '.');

	before = start < before.n ? span_from_offset(before, start + 1) : before;
	return before.n <= 2 && byte_is_digit(*before.p) && byte_is_digit(before.p[before.n - 1]);
}

/* A number behind it that no path follows is that of a line. */
static bool has_line_number(struct span after)
{
	size_t n = 1;

	if (after.n < 2 || *after.p != ':' || !byte_is_digit(after.p[1]))
		return false;
	while (n < after.n && byte_is_digit(after.p[n]))
		n++;
	return n == after.n || after.p[n] != '/';
}

/* The signs of quotes of mail, as far as they go. */
static struct span without_quotes(struct span line)
{
	struct span rest = line;

	while (rest.n > 0 && (*rest.p == '>' || *rest.p == ' ')) {
		rest = span_from_offset(rest, 1);
		if (line.p < rest.p && rest.p[-1] == '>')
			line = rest;
	}
	return line;
}

/* A line of a patch: +, - and then no word, as a list of things would have. */
static bool is_patch(struct span line)
{
	line = without_quotes(line);
	if (span_starts(line, SPAN(" +")) || span_starts(line, SPAN(" -")))
		line = span_from_offset(line, 1);
	if (span_starts(line, SPAN("@@ ")))
		return true;
	if (line.n < 3 || (*line.p != '+' && *line.p != '-'))
		return false;
	return line.p[1] == '\t' || (line.p[1] == ' ' && line.p[2] == ' ');
}

/* "p->x", not an arrow between words. */
static bool has_pointer(struct span line)
{
	for (size_t at = 0; at < line.n; at += 2) {
		at += span_find(span_from_offset(line, at), SPAN("->"));
		if (at > 0 && at + 2 < line.n &&
			(byte_is_alnum(line.p[at - 1]) || line.p[at - 1] == ']') &&
			byte_is_alpha(line.p[at + 2]))
			return true;
	}
	return false;
}

/* Whether the line of the name, between `before` and `after`, is one of a program. */
static bool is_code(struct span before, struct span after)
{
	struct span line = span_from(before.p, (size_t)(after.p + after.n - before.p));
	struct span end = span_trim_end(line);
	char c = before.n > 0 ? before.p[before.n - 1] : ' ';
	char last = before.n > 1 ? before.p[before.n - 2] : ' ';

	if (c == '=' || (c == '!' && !byte_is_alnum(last)) ||
		((c == '(' || c == '[') && byte_is_alnum(last)) || span_ends(before, SPAN(" = ")))
		return true;
	/* a semicolon may also end what was left of HTML */
	if (end.n > 0 &&
		memchr(span_has_byte(line, '&') ? "{}}" : "{};", end.p[end.n - 1], 3) != NULL)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(code); i++)
		if (span_find(line, code[i]) < line.n)
			return true;
	return has_pointer(line) || is_patch(line);
}

/* What stands in the same line before and behind a name. */
static bool is_in_code(struct span text, struct span name)
{
	size_t start = (size_t)(name.p - text.p), end = start + name.n, room;
	struct span before, after = span_slice(text, end, LINE_MOST);

	room = num_min(start, LINE_MOST);
	before = span_slice(text, start - room, room);
	room = span_find_last_byte(before, '\n');
	if (room < before.n)
		before = span_from_offset(before, room + 1);
	after.n = span_find_byte(after, '\n');
	return has_line_number(after) || is_code(before, after);
}

static bool is_usual(struct span tld)
{
	return tld.n == 2 || !span_is_ascii(tld) || span_starts_nocase(tld, SPAN("xn--")) ||
		IS_ONE_OF(tld, usual);
}

/* A name of two labels that is more often something else. */
static bool is_no_pair(struct span name, size_t dot)
{
	struct span first = span_slice(name, 0, dot), tld = span_from_offset(name, dot + 1);

	return !is_usual(tld) || span_equal_nocase(first, tld) || IS_ONE_OF(tld, endings) ||
		(IS_ONE_OF(tld, other_endings) && begins_as_file(first));
}

bool find_is_false_friend(struct span text, const struct find_name *found)
{
	struct span name = found->name;
	size_t dot = span_find_last_byte(name, '.');
	struct span tld = span_from_offset(name, dot + 1);
	bool is_pair = found->labels == 2, is_certain = IS_ONE_OF(tld, certain);

	if (span_starts_nocase(name, SPAN("www.")))
		return false;
	if (is_pair && IS_ONE_OF(name, products))
		return true;
	/* "end.Next": the second word begins a sentence */
	if (is_upper(*tld.p) && tld.n > 1 && !is_upper(tld.p[1]))
		return !(is_upper(*name.p) && is_certain);
	/* who hides a name means it */
	if (is_certain || (found->odd & URL_ODD(OBFUSCATED)) != 0)
		return false;
	return (is_pair && is_no_pair(name, dot)) || is_numbered(name, dot) ||
		span_has_byte(name, '_') || is_in_code(text, found->text);
}
