/*
 * Registrable domains.
 *
 * DESIGN: libpsl takes one to seven microseconds for a name, and every check of a message asks about the
 * same few names. So a small table remembers the last ones; a name always lands in the same place and
 * replaces what was there, so nothing grows and there is nothing to clean.
 */
#include "url/inner.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <string.h>

enum {
	NAME_MOST = 253, /* RFC 1035 section 2.3.4, without the dot at the end */
	/* The longest public suffixes have five labels; more to the left cannot matter. */
	LABELS_MOST = 10,
	LABEL_MOST = 63,
	REMEMBERED_MOST = 62,
	PLACES = 256,
};

/* A name as DNS has it: A-labels in lower case, with a NUL behind. */
struct name {
	char text[NAME_MOST + 1];
	size_t n;
	size_t labels;
	bool as_written; /* but for case */
};

/* The length of the dot at the start of `rest`, or 0. UTS 46 section 2.3: three others mean the same. */
static size_t read_dot(struct span rest)
{
	if (span_starts(rest, SPAN(".")))
		return 1;
	if (span_starts(rest, SPAN("\xe3\x80\x82")) || span_starts(rest, SPAN("\xef\xbc\x8e")) ||
		span_starts(rest, SPAN("\xef\xbd\xa1")))
		return 3;
	return 0;
}

static struct span drop_last_dot(struct span host)
{
	for (size_t n = 1; n <= 3 && n <= host.n; n += 2)
		if (read_dot(span_from_offset(host, host.n - n)) == n)
			return span_slice(host, 0, host.n - n);
	return host;
}

static struct span without_brackets(struct span host)
{
	if (host.n < 2 || *host.p != '[' || host.p[host.n - 1] != ']')
		return host;
	host = span_slice(host, 1, host.n - 2);
	return span_starts_nocase(host, SPAN("ipv6:")) ? span_from_offset(host, 5) : host;
}

bool url_is_address(struct span host)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	host = without_brackets(host);
	if (host.n == 0 || host.n >= sizeof(text) || span_has_byte(host, '\0'))
		return false;
	/* nearly all names are told by their last byte */
	if (!byte_is_digit(host.p[host.n - 1]) && !span_has_byte(host, ':'))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Turns a name in UTF-8 into A-labels; false when it is none. */
static bool to_a_labels(struct span host, struct name *out)
{
	char text[4 * URL_IDNA_MOST];
	size_t n = url_idna_to_ascii(host, text, sizeof(text));

	if (n == 0 || n > NAME_MOST)
		return false;
	memcpy(out->text, text, n);
	out->text[n] = '\0';
	out->n = n;
	return true;
}

/* Counts the labels; false when one is empty or a NUL would end the name for libpsl. */
static bool count_labels(struct name *name)
{
	struct span rest = span_from(name->text, name->n), label;

	name->labels = 0;
	if (span_has_byte(rest, '\0'))
		return false;
	for (; span_next(&rest, '.', &label); name->labels++)
		if (label.n == 0)
			return false;
	return true;
}

/* `host` without a dot at its end; false when it has no registrable domain whatever the list says. */
static bool read_name(struct span host, struct name *out)
{
	if (host.n == 0 || host.n > NAME_MOST || url_is_address(host))
		return false;
	out->as_written = span_is_ascii(host) || !to_a_labels(host, out);
	if (out->as_written) {
		for (size_t i = 0; i < host.n; i++)
			out->text[i] = byte_lower(host.p[i]);
		out->text[host.n] = '\0';
		out->n = host.n;
	}
	return count_labels(out);
}

/* How many bytes at the end of the name are its registrable domain, by asking the list. */
static size_t look_up(const struct name *name)
{
	const char *start = name->text, *found;

	/* libpsl tries each label from the left: a name of a hundred labels would take its time */
	for (size_t labels = name->labels; labels > LABELS_MOST; labels--)
		start = strchr(start, '.') + 1;
	found = psl_registrable_domain(psl_builtin(), start);
	return found == NULL ? name->n : strlen(found);
}

/* A rule of its own, not the one for all that have none. */
static bool has_rule(const char *suffix)
{
	return psl_is_public_suffix2(psl_builtin(), suffix, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) ==
		1;
}

/*
 * Whether the name ends in a top-level domain that the list has. Names that are set apart (RFC 6761, RFC 8375) lead
 * nowhere else, and are no mistake.
 */
static bool has_known_tld(const struct name *name)
{
	static const char *const apart[] = {"alt", "example", "internal", "invalid", "local",
		"localhost", "onion", "test"};
	const char *dot = strrchr(name->text, '.'), *tld = dot == NULL ? name->text : dot + 1;
	char below[LABEL_MOST + 3] = "x.";

	for (size_t i = 0; i < ARRAY_LEN(apart); i++)
		if (strcmp(tld, apart[i]) == 0)
			return true;
	if (strlen(tld) > LABEL_MOST)
		return false;
	if (has_rule(tld))
		return true;
	/* some have rules only for all that lies below them, or for some of it: *.np, co.za */
	memcpy(below + 2, tld, strlen(tld) + 1);
	if (has_rule(below))
		return true;
	while (dot != NULL && dot > name->text && dot[-1] != '.')
		dot--;
	return dot != NULL && has_rule(dot);
}

/* Public registries have it: a top-level domain that stands alone, not *.np. */
static bool is_icann_suffix(const struct name *name)
{
	return psl_is_public_suffix2(psl_builtin(), name->text,
		       PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

/* What is known of a name: how long its registrable domain is, and whether its top-level domain exists. */
struct known {
	uint8_t n; /* of the text; 0: nothing */
	uint8_t length;
	bool has_tld;
	bool is_tld; /* itself; only of single labels */
	char text[REMEMBERED_MOST];
};

/* Where a name of at most REMEMBERED_MOST bytes is remembered. */
static struct known *place_of(struct span name)
{
	static struct known table[PLACES];

	return &table[map_hash(name) % PLACES];
}

static struct known ask(const struct name *name)
{
	if (name->labels == 1) {
		bool is_tld = is_icann_suffix(name);

		return (struct known){
			.length = (uint8_t)name->n,
			.has_tld = is_tld || has_known_tld(name),
			.is_tld = is_tld,
		};
	}
	return (struct known){
		.length = (uint8_t)look_up(name),
		.has_tld = has_known_tld(name),
	};
}

/* The same from memory, if it was asked lately. */
static struct known find_known(const struct name *name)
{
	struct span text = span_from(name->text, name->n);
	struct known *place;

	if (name->n > REMEMBERED_MOST)
		return ask(name);
	place = place_of(text);
	if (!span_equal(span_from(place->text, place->n), text)) {
		*place = ask(name);
		place->n = (uint8_t)name->n;
		memcpy(place->text, name->text, name->n);
	}
	return *place;
}

bool url_is_tld(struct span label)
{
	struct name name = {.n = label.n, .labels = 1};

	must(label.n > 0 && label.n <= LABEL_MOST);
	for (size_t i = 0; i < label.n; i++)
		name.text[i] = byte_lower(label.p[i]);
	return find_known(&name).is_tld;
}

static size_t registrable_length(const struct name *name)
{
	return find_known(name).length;
}

bool url_find_domain(struct span host, struct span *out)
{
	struct name name;
	struct known known;

	if (host.n <= REMEMBERED_MOST) {
		const struct known *place = place_of(host);

		if (place->n > 0 && span_equal(span_from(place->text, place->n), host)) {
			*out = span_from_offset(host, host.n - place->length);
			return place->has_tld;
		}
	}
	*out = host = drop_last_dot(host);
	if (!read_name(host, &name))
		return false;
	known = find_known(&name);
	*out = span_from_offset(host, host.n - known.length);
	return known.has_tld;
}

/* The last `labels` labels of a name in UTF-8 that has `all`; the name itself when it has not. */
static struct span last_labels(struct span host, size_t labels, size_t all)
{
	size_t start = 0, seen = 1;

	for (size_t i = 0, dot; i < host.n; i += dot == 0 ? 1 : dot) {
		dot = read_dot(span_from_offset(host, i));
		if (dot > 0 && seen++ == all - labels)
			start = i + dot;
	}
	return seen == all ? span_from_offset(host, start) : host;
}

struct span url_find_registrable(struct span host)
{
	struct name name;
	size_t length;

	host = drop_last_dot(host);
	if (!read_name(host, &name))
		return host;
	length = registrable_length(&name);
	if (name.as_written)
		return span_from_offset(host, host.n - length);
	return last_labels(host,
		1 + span_count_byte(span_from(name.text + name.n - length, length), '.'),
		name.labels);
}

bool url_same_registrable(struct span a, struct span b)
{
	struct name x, y;
	size_t m, n;

	a = drop_last_dot(a);
	b = drop_last_dot(b);
	if (a.n == 0 || b.n == 0)
		return false;
	if (!read_name(a, &x) || !read_name(b, &y))
		return span_equal_nocase(a, b);
	m = registrable_length(&x);
	n = registrable_length(&y);
	return m == n && memcmp(x.text + x.n - m, y.text + y.n - n, n) == 0;
}

/* Printable, and no label longer than DNS has them. */
static bool is_ascii_name(struct span name)
{
	size_t label = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
		label = name.p[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MOST)
			return false;
	}
	return true;
}

bool url_make_ascii(struct arena *a, struct span host, struct span *out)
{
	struct name name;
	struct span text;

	host = drop_last_dot(host);
	if (host.n == 0 || host.n > URL_IDNA_MOST)
		return false;
	if (span_is_ascii(host)) {
		if (host.n > NAME_MOST)
			return false;
		*out = arena_lower(a, host);
		text = *out;
	} else {
		if (!to_a_labels(host, &name))
			return false;
		text = span_from(name.text, name.n);
		*out = arena_copy(a, text);
	}
	for (struct span rest = text, label; span_next(&rest, '.', &label);)
		if (label.n == 0)
			return false;
	return is_ascii_name(text) && text.p[text.n - 1] != '.';
}
