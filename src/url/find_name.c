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
	for (; last.n > 1 && strchr("-_", last.p[last.n - 1]) != NULL; end--)
		last.n--;
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

/*
 * Top-level domains that files end in, too. A name of two labels with one of the first is a file unless a path follows;
 * with one of the others, which whole countries use, only when it begins as files do.
 */
static const char *const endings[] = {"zip", "mov", "md", "py", "sh", "ps"};
static const char *const other_endings[] = {"ai", "app", "cc", "pl", "pm", "rs", "so", "st", "tm"};
static const char *const stems[] = {"app", "build", "config", "file", "helper", "image", "index",
	"init", "install", "lib", "libc", "logo", "main", "mod", "module", "run", "script",
	"server", "setup", "test", "tests", "util", "utils"};

/* Products whose names are no addresses. */
static const char *const products[] = {"ado.net", "asp.net", "ml.net", "socket.io", "vb.net"};

/* What a name in capitals at the start of its words may end in: Example.Com. */
static const char *const capitals[] = {"com", "net", "org", "info", "edu", "gov", "biz"};

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

bool find_is_false_friend(struct span name, size_t labels)
{
	struct span tld = span_from_offset(name, span_find_last_byte(name, '.') + 1);
	bool is_short = labels == 2;

	if (span_starts_nocase(name, SPAN("www.")))
		return false;
	if (is_short && (IS_ONE_OF(tld, endings) || IS_ONE_OF(name, products)))
		return true;
	if (is_short && IS_ONE_OF(tld, other_endings) &&
		IS_ONE_OF(span_slice(name, 0, name.n - tld.n - 1), stems))
		return true;
	/* "end.Next": the second word begins a sentence */
	if (is_upper(*tld.p) && tld.n > 1 && !is_upper(tld.p[1]))
		return !(is_upper(*name.p) && IS_ONE_OF(tld, capitals));
	return false;
}
