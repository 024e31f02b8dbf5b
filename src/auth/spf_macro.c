/*
 * Macros of SPF (RFC 7208 section 7).
 *
 * DESIGN: a name is made from its right end, because of a long one only the last 253 bytes are asked for (section
 * 7.3), and then no more is expanded than these: a record full of macros costs what its length does.
 */
#include "auth/spf_inner.h"

#include <string.h>

#include "auth/inner.h"

/* The longest text that a piece gives: each byte escaped. */
enum { PIECE_MOST = 3 * SPF_VALUE_MOST };

/* ---- syntax ---- */

static bool read_macro(struct span text, size_t end, struct spf_piece *out)
{
	size_t at = 3;

	out->letter = byte_lower(text.p[2]);
	out->escape = out->letter != text.p[2];
	if (!span_has_byte(SPAN("slodiphcrtv"), out->letter))
		return false;
	for (; at < end && byte_is_digit(text.p[at]); at++) {
		/* saturated: no value has as many parts (section 7.1 asks for 127 at least) */
		if (out->parts <= SPF_VALUE_MOST)
			out->parts = out->parts * 10 + (unsigned)(text.p[at] - '0');
	}
	if (at > 3 && out->parts == 0)
		return false;
	if (at < end && byte_lower(text.p[at]) == 'r') {
		out->reverse = true;
		at++;
	}
	out->delimiter = span_slice(text, at, end - at);
	for (; at < end; at++)
		if (!span_has_byte(SPAN(".-+,/_="), text.p[at]))
			return false;
	return true;
}

bool auth_spf_read_piece(struct span *rest, struct spf_piece *out)
{
	struct span text = *rest;
	size_t n = 2;

	*out = (struct spf_piece){.is_macro = *text.p == '%'};
	if (!out->is_macro) {
		n = span_find_byte(text, '%');
		out->text = span_slice(text, 0, n);
	} else if (span_starts(text, SPAN("%%"))) {
		out->text = SPAN("%");
	} else if (span_starts(text, SPAN("%_"))) {
		out->text = SPAN(" ");
	} else if (span_starts(text, SPAN("%-"))) {
		out->text = SPAN("%20");
	} else {
		/* a macro has few bytes: a missing brace may not be looked for to the end each time */
		struct span start = span_slice(text, 0, SPF_VALUE_MOST);

		n = span_find_byte(start, '}');
		if (!span_starts(text, SPAN("%{")) || n == start.n || !read_macro(text, n, out))
			return false;
		n++;
	}
	*rest = span_from_offset(text, n);
	return true;
}

/* Visible ASCII; `least` is a blank where these may stand. */
static bool is_literal(struct span text, char least)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < least || text.p[i] > '~')
			return false;
	return true;
}

bool auth_spf_is_macro_string(struct span text, bool in_explanation)
{
	struct spf_piece piece;

	while (text.n > 0) {
		if (!auth_spf_read_piece(&text, &piece))
			return false;
		if (!piece.is_macro && !is_literal(piece.text, in_explanation ? ' ' : '!'))
			return false;
	}
	return true;
}

/* The end of a literal: "." toplabel [ "." ]. A toplabel has not only digits, and no dash at its ends. */
static bool ends_in_toplabel(struct span text)
{
	bool has_other = false;
	size_t dot;

	if (span_ends(text, SPAN(".")))
		text.n--;
	dot = span_find_last_byte(text, '.');
	if (dot == text.n)
		return false;
	text = span_from_offset(text, dot + 1);
	if (text.n == 0 || *text.p == '-' || text.p[text.n - 1] == '-')
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!byte_is_alnum(text.p[i]) && text.p[i] != '-')
			return false;
		has_other = has_other || !byte_is_digit(text.p[i]);
	}
	return has_other;
}

bool auth_spf_is_domain_spec(struct span text)
{
	struct spf_piece piece = {0};

	if (text.n == 0)
		return false;
	while (text.n > 0) {
		if (!auth_spf_read_piece(&text, &piece))
			return false;
		if (piece.letter != 0 && span_has_byte(SPAN("crt"), piece.letter))
			return false; /* section 7.2: only in explanations */
		if (!piece.is_macro && !is_literal(piece.text, '!'))
			return false;
	}
	return piece.is_macro || ends_in_toplabel(piece.text);
}

/* ---- values ---- */

/* section 7.3: the address as labels, an IPv6 one by nibbles. */
static struct span print_dotted(struct spf_check *c)
{
	struct buf out;

	if (c->is_v4)
		return c->address;
	buf_init(&out, c->arena, 64);
	for (size_t i = 0; i < sizeof(c->ip.bytes); i++)
		buf_printf(&out, "%s%X.%X", i == 0 ? "" : ".", c->ip.bytes[i] >> 4,
			c->ip.bytes[i] & 15);
	return buf_span(&out);
}

/* section 7.3: the domain itself before names below it before any other. */
static struct span choose_name(const struct spf_check *c, struct span domain)
{
	struct span best = c->name_count > 0 ? c->names[0] : SPAN("unknown");
	bool is_below = false;

	for (size_t i = 0; i < c->name_count; i++) {
		if (!auth_is_within(c->names[i], domain))
			continue;
		if (auth_is_within(domain, c->names[i]))
			return c->names[i];
		if (!is_below)
			best = c->names[i];
		is_below = true;
	}
	return best;
}

static enum rc find_value(struct spf_check *c, char letter, struct span domain, struct span *out)
{
	const struct {
		char letter;
		struct span value;
	} values[] = {
		{'s', c->sender},
		{'l', c->local},
		{'o', c->host},
		{'d', domain},
		{'h', c->helo},
		{'c', c->address},
		{'v', c->is_v4 ? SPAN("in-addr") : SPAN("ip6")},
		{'r', c->receiver.n > 0 ? c->receiver : SPAN("unknown")},
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (values[i].letter == letter)
			*out = values[i].value;
	if (letter == 'i') {
		if (span_is_null(c->dotted))
			c->dotted = print_dotted(c);
		*out = c->dotted;
	} else if (letter == 't') {
		*out = arena_printf(c->arena, "%.0f", need_now(c->needs));
	} else if (letter == 'p') {
		rc = auth_spf_find_names(c);
		*out = choose_name(c, domain);
	}
	return rc;
}

/* Splits, turns around, and joins the wanted parts with dots; returns how many bytes `out` got. */
static size_t transform(const struct spf_piece *piece, struct span value, char *out)
{
	struct span delimiter = piece->delimiter.n > 0 ? piece->delimiter : SPAN(".");
	struct span parts[SPF_VALUE_MOST + 1];
	size_t count = 0, start = 0, first, n = 0;

	for (size_t i = 0; i <= value.n; i++) {
		if (i < value.n && !span_has_byte(delimiter, value.p[i]))
			continue;
		parts[count++] = span_slice(value, start, i - start);
		start = i + 1;
	}
	first = piece->parts > 0 && piece->parts < count ? count - piece->parts : 0;
	for (size_t i = first; i < count; i++) {
		struct span part = parts[piece->reverse ? count - 1 - i : i];

		if (i > first)
			out[n++] = '.';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return n;
}

/* section 7.3: all but the unreserved bytes of RFC 3986 become %XX. In place, from the end. */
static size_t escape(char *text, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	char from[SPF_VALUE_MOST];
	size_t k = 0;

	memcpy(from, text, n);
	for (size_t i = 0; i < n; i++) {
		unsigned char byte = (unsigned char)from[i];

		if (byte_is_alnum(from[i]) || span_has_byte(SPAN("-._~"), from[i])) {
			text[k++] = from[i];
			continue;
		}
		text[k++] = '%';
		text[k++] = digits[byte >> 4];
		text[k++] = digits[byte & 15];
	}
	return k;
}

/* What the piece stands for; in `room` when it is made. */
static enum rc expand_piece(struct spf_check *c, const struct spf_piece *piece, struct span domain,
	char room[PIECE_MOST], struct span *out)
{
	bool as_is = piece->parts == 0 && !piece->reverse && piece->delimiter.n == 0;
	struct span value = piece->text;
	enum rc rc;
	size_t n;

	*out = value;
	if (piece->letter == 0)
		return RC_OK;
	rc = find_value(c, piece->letter, domain, &value);
	if (rc != RC_OK)
		return rc;
	if (value.n > SPF_VALUE_MOST)
		value = span_from_offset(value, value.n - SPF_VALUE_MOST);
	*out = value;
	if (value.n == 0 || (as_is && !piece->escape))
		return RC_OK;
	n = transform(piece, value, room);
	if (piece->escape)
		n = escape(room, n);
	*out = span_from(room, n);
	return RC_OK;
}

/* ---- names ---- */

struct starts {
	VEC(uint32_t);
};

/* Where each piece begins. False when a macro asks for what cannot stand in a name. */
static bool list_pieces(const struct spf_check *c, struct span spec, struct starts *out)
{
	bool is_ascii = span_is_ascii(c->local);
	struct span rest = spec;
	struct spf_piece piece;

	while (rest.n > 0) {
		*VEC_ADD(c->arena, out) = (uint32_t)(spec.n - rest.n);
		must(auth_spf_read_piece(&rest, &piece));
		/* RFC 8616 section 4: such terms match nothing */
		if (!is_ascii && (piece.letter == 's' || piece.letter == 'l'))
			return false;
	}
	return true;
}

/* section 7.3: labels fall off at the left until the name fits. */
static struct span cut_name(struct span name)
{
	size_t dot;

	if (span_ends(name, SPAN(".")))
		name.n--;
	if (name.n <= SPF_NAME_MOST)
		return name;
	name = span_from_offset(name, name.n - SPF_NAME_MOST - 1);
	dot = span_find_byte(name, '.');
	return span_from_offset(name, dot + 1);
}

enum rc auth_spf_expand_name(struct spf_check *c, struct span spec, struct span domain,
	struct spf_name *out)
{
	struct starts starts = {0};
	size_t left = sizeof(out->room);
	char room[PIECE_MOST];

	if (!span_has_byte(spec, '%')) {
		out->text = cut_name(spec);
		return RC_OK;
	}
	if (!list_pieces(c, spec, &starts))
		return RC_INVALID;
	/* one byte more than fits, and a dot at the end, decide where it is cut */
	while (starts.n > 0 && sizeof(out->room) - left <= SPF_NAME_MOST + 1) {
		struct span rest = span_from_offset(spec, starts.v[--starts.n]), value;
		struct spf_piece piece;
		enum rc rc;

		must(auth_spf_read_piece(&rest, &piece));
		rc = expand_piece(c, &piece, domain, room, &value);
		if (rc != RC_OK)
			return rc;
		if (value.n > left)
			value = span_from_offset(value, value.n - left);
		left -= value.n;
		if (value.n > 0)
			memcpy(out->room + left, value.p, value.n);
	}
	out->text = cut_name(span_from(out->room + left, sizeof(out->room) - left));
	return RC_OK;
}

enum rc auth_spf_expand_text(struct spf_check *c, struct span text, struct span domain,
	struct span *out)
{
	struct spf_piece piece;
	char room[PIECE_MOST];
	struct buf b;

	if (!auth_spf_is_macro_string(text, true))
		return RC_INVALID;
	buf_init(&b, c->arena, SPF_EXPLANATION_MOST);
	while (text.n > 0 && !b.full) {
		struct span value;
		enum rc rc;

		must(auth_spf_read_piece(&text, &piece));
		rc = expand_piece(c, &piece, domain, room, &value);
		if (rc != RC_OK)
			return rc;
		buf_add(&b, value);
	}
	*out = buf_span(&b);
	/* it goes into an SMTP reply, and the sender's part of it may hold anything */
	return b.full || b.n == 0 || !is_literal(*out, ' ') ? RC_INVALID : RC_OK;
}
