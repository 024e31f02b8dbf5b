/* Questions about names, and answers as one line of text for records. */
#include "dns/dns.h"

#include "dns/inner.h"

static const char *const type_names[DNS_TYPE_COUNT] = {"A", "AAAA", "MX", "TXT", "PTR", "NS", "SOA",
	"CNAME", "TLSA", "SPF"};
static const char *const status_names[] = {"found", "no-data", "no-name"};

const char *dns_type_name(enum dns_type type)
{
	must((unsigned)type < DNS_TYPE_COUNT);
	return type_names[type];
}

bool dns_find_type(struct span name, enum dns_type *out)
{
	for (unsigned i = 0; i < DNS_TYPE_COUNT; i++) {
		if (span_equal_nocase(name, span_of(type_names[i]))) {
			*out = (enum dns_type)i;
			return true;
		}
	}
	return false;
}

/* A record is `preference "text"` with RFC 1035 escapes, so that any byte survives as ASCII. */
static void print_text(struct buf *out, struct span text)
{
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_add_byte(out, '\\');
		if (c < 0x20 || c > 0x7e)
			buf_printf(out, "\\%03u", c);
		else
			buf_add_byte(out, (char)c);
	}
	buf_add_byte(out, '"');
}

static void print_answer(struct buf *out, const void *data)
{
	const struct dns_answer *answer = data;

	buf_printf(out, "%s%s", status_names[answer->status], answer->secure ? " secure" : "");
	for (size_t i = 0; i < answer->n; i++) {
		buf_printf(out, " %u ", answer->v[i].preference);
		print_text(out, answer->v[i].text);
	}
}

bool dns_take_byte(struct span *rest, struct buf *out)
{
	struct span s = *rest;
	uint64_t code = (unsigned char)*s.p;
	size_t n = 1;

	if (*s.p == '\\') {
		s = span_from_offset(s, 1);
		if (s.n >= 3 && num_parse_u64(span_slice(s, 0, 3), 255, &code))
			n = 3;
		else if (s.n > 0 && !byte_is_digit(*s.p))
			code = (unsigned char)*s.p;
		else
			return false;
	}
	buf_add_byte(out, (char)code);
	*rest = span_from_offset(s, n);
	return true;
}

bool dns_take_string(struct span *rest, struct buf *out)
{
	struct span s = span_from_offset(*rest, 1);

	if (rest->n == 0 || *rest->p != '"')
		return false;
	while (s.n > 0 && *s.p != '"')
		if (!dns_take_byte(&s, out))
			return false;
	if (s.n == 0)
		return false;
	*rest = span_from_offset(s, 1);
	return true;
}

bool dns_take_word(struct span *rest, struct span *out)
{
	size_t n = 0;

	*rest = span_trim_start(*rest);
	while (n < rest->n && !byte_is_space(rest->p[n]))
		n++;
	*out = span_slice(*rest, 0, n);
	*rest = span_trim_start(span_from_offset(*rest, n));
	return n > 0;
}

static bool parse_status(struct span word, enum dns_status *out)
{
	for (unsigned i = 0; i < ARRAY_LEN(status_names); i++) {
		if (span_equal(word, span_of(status_names[i]))) {
			*out = (enum dns_status)i;
			return true;
		}
	}
	return false;
}

static const void *parse_answer(struct arena *a, struct span text)
{
	struct dns_answer *answer = ARENA_NEW(a, struct dns_answer);
	struct {
		VEC(struct dns_record);
	} records = {0};
	struct span rest = text, word;
	bool more;

	if (!dns_take_word(&rest, &word) || !parse_status(word, &answer->status))
		return NULL;
	more = dns_take_word(&rest, &word);
	if (more && span_equal(word, SPAN("secure"))) {
		answer->secure = true;
		more = dns_take_word(&rest, &word);
	}
	for (; more; more = dns_take_word(&rest, &word)) {
		struct dns_record *r = VEC_ADD(a, &records);
		uint64_t preference;
		struct buf b;

		buf_init(&b, a, rest.n);
		if (!num_parse_u64(word, UINT16_MAX, &preference) || !dns_take_string(&rest, &b))
			return NULL;
		*r = (struct dns_record){buf_span(&b), (unsigned)preference};
	}
	answer->v = records.v;
	answer->n = records.n;
	return (answer->status == DNS_FOUND) == (answer->n > 0) ? answer : NULL;
}

const struct need_kind dns_kind = {"dns", print_answer, parse_answer};

bool dns_is_name(struct span name)
{
	size_t label = 0;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > DNS_NAME_MOST)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		/*
		 * 8-bit bytes are legal in the wire's labels, but no host or list has them. A blank
		 * comes from macros of SPF (RFC 7208 section 7.1), and has its answer, too.
		 */
		if (name.p[i] < ' ' || name.p[i] > '~')
			return false;
		label = name.p[i] == '.' ? 0 : label + 1;
		if (label > 63 || (name.p[i] == '.' && (i == 0 || name.p[i - 1] == '.')))
			return false;
	}
	return true;
}

enum rc dns_need(struct needs *needs, enum dns_type type, struct span name,
	const struct dns_answer **out)
{
	char text[DNS_NAME_MOST + 16];
	struct span type_name = span_of(dns_type_name(type));
	const void *answer;
	size_t n = 0;
	enum rc rc;

	*out = NULL;
	if (!dns_is_name(name))
		return RC_INVALID;
	if (name.p[name.n - 1] == '.')
		name.n--;
	for (size_t i = 0; i < type_name.n; i++)
		text[n++] = type_name.p[i];
	text[n++] = ' ';
	for (size_t i = 0; i < name.n; i++)
		text[n++] = byte_lower(name.p[i]);
	rc = need_ask(needs, &dns_kind, span_from(text, n), &answer);
	*out = answer;
	return rc;
}

enum rc dns_need_a(struct needs *needs, struct span name, const struct dns_answer **out)
{
	return dns_need(needs, DNS_A, name, out);
}

enum rc dns_need_aaaa(struct needs *needs, struct span name, const struct dns_answer **out)
{
	return dns_need(needs, DNS_AAAA, name, out);
}

enum rc dns_need_mx(struct needs *needs, struct span name, const struct dns_answer **out)
{
	return dns_need(needs, DNS_MX, name, out);
}

enum rc dns_need_txt(struct needs *needs, struct span name, const struct dns_answer **out)
{
	return dns_need(needs, DNS_TXT, name, out);
}

bool dns_is_null_mx(const struct dns_answer *mx)
{
	return mx->n == 1 && (mx->v[0].text.n == 0 || span_equal(mx->v[0].text, SPAN(".")));
}
