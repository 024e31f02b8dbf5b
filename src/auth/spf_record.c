/*
 * The terms of an SPF record (RFC 7208 section 12).
 *
 * DESIGN: a record is read twice: once to check the syntax of all of it, which must be known before anything is
 * asked (section 4.6), and once while it is evaluated. A table of its terms was rejected: most records match
 * early, evaluation begins anew with each answer, and a record of "a a a ..." would cost twenty times its size
 * each time.
 */
#include "auth/spf_inner.h"

#include <string.h>

#include "url/url.h"

enum target { NO_TARGET, MAY_TARGET, MUST_TARGET, MUST_NETWORK };

static const struct {
	struct span name;
	enum spf_kind kind;
	enum target target;
	bool has_cidr; /* a dual-cidr-length may follow */
} mechanisms[] = {
	{SPAN_INIT("ip4"), SPF_IP4, MUST_NETWORK, false},
	{SPAN_INIT("include"), SPF_INCLUDE, MUST_TARGET, false},
	{SPAN_INIT("all"), SPF_ALL, NO_TARGET, false},
	{SPAN_INIT("ip6"), SPF_IP6, MUST_NETWORK, false},
	{SPAN_INIT("a"), SPF_A, MAY_TARGET, true},
	{SPAN_INIT("mx"), SPF_MX, MAY_TARGET, true},
	{SPAN_INIT("ptr"), SPF_PTR, MAY_TARGET, false},
	{SPAN_INIT("exists"), SPF_EXISTS, MUST_TARGET, false},
};

bool auth_spf_is_record(struct span text)
{
	struct span version = SPAN("v=spf1");

	return span_starts_nocase(text, version) &&
		(text.n == version.n || text.p[version.n] == ' ');
}

/* The length of a modifier's name when `=` stands behind it, else 0. */
static size_t modifier_name(struct span term)
{
	size_t n = 0;

	while (n < term.n && (byte_is_alnum(term.p[n]) || span_has_byte(SPAN("-_."), term.p[n])))
		n++;
	return n > 0 && n < term.n && term.p[n] == '=' && byte_is_alpha(*term.p) ? n : 0;
}

static const char *read_modifier(struct span term, size_t name_length, struct spf_term *out)
{
	struct span name = span_slice(term, 0, name_length);
	struct span value = span_from_offset(term, name_length + 1);

	out->target = value;
	if (span_equal_nocase(name, SPAN("redirect")))
		out->kind = SPF_REDIRECT;
	else if (span_equal_nocase(name, SPAN("exp")))
		out->kind = SPF_EXP;
	else
		out->kind = SPF_OTHER;
	if (out->kind == SPF_OTHER)
		return auth_spf_is_macro_string(value, false)
			? NULL
			: "the value of a modifier is malformed";
	return auth_spf_is_domain_spec(value) ? NULL : "this is no domain name";
}

/*
 * Takes "/24" off the end of `text`: 1 when there was one, 0 when there is none, -1 when it is malformed. Zeros
 * may not lead (section 12).
 */
static int take_bits(struct span *text, unsigned most, unsigned *out)
{
	size_t start = text->n;
	struct span digits;
	uint64_t bits;

	while (start > 0 && byte_is_digit(text->p[start - 1]))
		start--;
	if (start == text->n || start == 0 || text->p[start - 1] != '/')
		return 0;
	digits = span_from_offset(*text, start);
	if ((digits.n > 1 && *digits.p == '0') || !num_parse_u64(digits, most, &bits))
		return -1;
	*out = (unsigned)bits;
	text->n = start - 1;
	return 1;
}

/* "/24", "//64" or "/24//64" off the end; no domain-spec can end like that. */
static const char *take_dual_cidr(struct span *text, struct spf_term *out)
{
	struct span before = *text;
	unsigned bits = 0;
	int found = take_bits(&before, 128, &bits);

	out->bits4 = 32;
	out->bits6 = 128;
	if (found == 0)
		return NULL;
	if (found == 1 && span_ends(before, SPAN("/"))) {
		out->bits6 = bits;
		before.n--;
		*text = before;
	}
	if (take_bits(text, 32, &out->bits4) == -1)
		return "a prefix length is from 0 to 32, behind // from 0 to 128";
	return NULL;
}

/* section 5.6: the network of ip4 or ip6 with an optional prefix length. */
static const char *read_network(struct span text, struct spf_term *out)
{
	bool is_v4 = out->kind == SPF_IP4;
	unsigned bits = is_v4 ? 32 : 128;

	if (take_bits(&text, bits, &bits) == -1)
		return is_v4 ? "a prefix length is from 0 to 32"
			     : "a prefix length is from 0 to 128";
	/* only what an address is made of: the parser knows brackets and tags of mail as well */
	for (size_t i = 0; i < text.n; i++)
		if (byte_hex_value(text.p[i]) < 0 && text.p[i] != '.' && text.p[i] != ':')
			return "this is no address";
	if (span_has_byte(text, ':') == is_v4 || !ip_parse(text, &out->net.ip))
		return is_v4 ? "this is no IPv4 address" : "this is no IPv6 address";
	out->net.bits = bits + (is_v4 ? 96 : 0);
	return NULL;
}

static const char *read_mechanism(struct span term, size_t row, struct spf_term *out)
{
	struct span rest = span_from_offset(term, mechanisms[row].name.n);
	const char *wrong;

	out->kind = mechanisms[row].kind;
	if (mechanisms[row].has_cidr) {
		wrong = take_dual_cidr(&rest, out);
		if (wrong != NULL)
			return wrong;
	}
	if (rest.n == 0)
		return mechanisms[row].target <= MAY_TARGET ? NULL : "this mechanism needs a value";
	if (*rest.p != ':')
		return "something follows a mechanism that does not belong to it";
	if (mechanisms[row].target == NO_TARGET)
		return "this mechanism has no value";
	rest = span_from_offset(rest, 1);
	if (mechanisms[row].target == MUST_NETWORK)
		return read_network(rest, out);
	out->target = rest;
	if (auth_spf_is_domain_spec(rest))
		return NULL;
	return url_is_address(rest) ? "an address needs ip4 or ip6" : "this is no domain name";
}

static const char *read_directive(struct span term, struct spf_term *out)
{
	size_t name = 0;

	out->qualifier = '+';
	if (span_has_byte(SPAN("+-?~"), *term.p)) {
		out->qualifier = *term.p;
		term = span_from_offset(term, 1);
	}
	out->text = term;
	while (name < term.n && byte_is_alnum(term.p[name]))
		name++;
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (name == mechanisms[i].name.n && span_starts_nocase(term, mechanisms[i].name))
			return read_mechanism(term, i, out);
	return "this mechanism is not known";
}

enum rc auth_spf_read_term(struct span *rest, struct spf_term *out, const char **wrong)
{
	struct span term;
	size_t name;

	/* blanks alone part terms, of all that is white */
	do
		if (!span_next(rest, ' ', &term))
			return RC_NOT_FOUND;
	while (term.n == 0);
	*out = (struct spf_term){.text = term};
	name = modifier_name(term);
	*wrong = name > 0 ? read_modifier(term, name, out) : read_directive(term, out);
	if (*wrong == NULL)
		return RC_OK;
	out->text = term; /* all of it is shown */
	return RC_INVALID;
}

enum rc auth_spf_check_record(struct span text, struct spf_record *out, const char **wrong,
	struct span *where)
{
	struct spf_term term;
	struct span rest;
	enum rc rc;

	*out = (struct spf_record){.terms = span_from_offset(text, strlen("v=spf1"))};
	for (rest = out->terms; (rc = auth_spf_read_term(&rest, &term, wrong)) == RC_OK;) {
		struct span *once = term.kind == SPF_REDIRECT ? &out->redirect
			: term.kind == SPF_EXP                ? &out->exp
							      : NULL;

		if (once == NULL)
			continue;
		if (!span_is_null(*once)) {
			*wrong = "this modifier may stand there only once";
			*where = term.text;
			return RC_INVALID;
		}
		*once = term.target;
	}
	*where = term.text;
	return rc == RC_NOT_FOUND ? RC_OK : RC_INVALID;
}
