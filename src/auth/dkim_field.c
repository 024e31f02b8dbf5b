/* The DKIM-Signature field (RFC 6376 section 3.5). */
#include "auth/dkim_inner.h"

#include "auth/inner.h"
#include "url/url.h"

enum {
	TIME_DIGITS_MOST = 12,
	LENGTH_DIGITS_MOST = 76,
};

static const struct algorithm {
	struct span name;
	enum auth_key_type key_type;
	enum auth_hash hash;
} algorithms[] = {
	{SPAN_INIT("rsa-sha256"), AUTH_RSA, AUTH_SHA256},
	{SPAN_INIT("ed25519-sha256"), AUTH_ED25519, AUTH_SHA256},
	{SPAN_INIT("rsa-sha1"), AUTH_RSA, AUTH_SHA1},
};

static struct span value_of(const struct auth_dkim_field *f, const char *name)
{
	return auth_tags_value(&f->tags, name);
}

/*
 * The readers of tags, for those that are there. Each is called, whatever the others said, so that as much as can be
 * is known of a bad signature; the first that is not content gives the reason.
 */

static enum auth_dkim_reason read_version(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	return span_equal(value_of(f, "v"), SPAN("1")) ? AUTH_DKIM_OK_REASON
						       : AUTH_DKIM_VERSION_REASON;
}

static enum auth_dkim_reason read_domain(struct arena *a, struct auth_dkim_field *f)
{
	struct span name;

	if (!url_make_ascii(a, value_of(f, "d"), &name))
		return AUTH_DKIM_SYNTAX_REASON;
	f->domain = f->identity_domain = name;
	f->identity = arena_printf(a, "@%.*s", SPAN_ARG(name));
	return AUTH_DKIM_OK_REASON;
}

static enum auth_dkim_reason read_selector(struct arena *a, struct auth_dkim_field *f)
{
	struct span name;

	if (!url_make_ascii(a, value_of(f, "s"), &name))
		return AUTH_DKIM_SYNTAX_REASON;
	f->selector = name;
	return AUTH_DKIM_OK_REASON;
}

static enum auth_dkim_reason read_algorithm(struct arena *a, struct auth_dkim_field *f)
{
	f->algorithm = arena_lower(a, value_of(f, "a"));
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (!span_equal(f->algorithm, algorithms[i].name))
			continue;
		f->key_type = algorithms[i].key_type;
		f->hash = algorithms[i].hash;
		return AUTH_DKIM_OK_REASON;
	}
	return AUTH_DKIM_ALGORITHM_REASON;
}

static struct span without_blanks(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++)
		if (!byte_is_space(text.p[i]))
			buf_add_byte(&out, text.p[i]);
	return buf_span(&out);
}

/* What is left out of the field when it is hashed goes to the next `;` or to the end of the field. */
static enum auth_dkim_reason read_signature(struct arena *a, struct auth_dkim_field *f)
{
	const struct auth_tag *tag = auth_tags_find(&f->tags, "b");
	const char *end;

	end = tag->raw.p + tag->raw.n;
	if (end == f->header->value.p + f->header->value.n)
		end = f->header->line.p + f->header->line.n;
	f->cut = span_from(tag->raw.p, (size_t)(end - tag->raw.p));
	f->signature64 = without_blanks(a, tag->value);
	return auth_tags_decode_base64(a, tag->value, &f->signature) ? AUTH_DKIM_OK_REASON
								     : AUTH_DKIM_SYNTAX_REASON;
}

static enum auth_dkim_reason read_body_hash(struct arena *a, struct auth_dkim_field *f)
{
	return auth_tags_decode_base64(a, value_of(f, "bh"), &f->body_hash)
		? AUTH_DKIM_OK_REASON
		: AUTH_DKIM_SYNTAX_REASON;
}

static bool read_canon(struct span word, enum auth_canon *out)
{
	*out = span_equal_nocase(word, SPAN("relaxed")) ? AUTH_RELAXED : AUTH_SIMPLE;
	return *out == AUTH_RELAXED || span_equal_nocase(word, SPAN("simple"));
}

/* Without c= both are simple, and so is the body when only the header's is said. */
static enum auth_dkim_reason read_canonicalization(struct arena *a, struct auth_dkim_field *f)
{
	struct span text = value_of(f, "c");
	size_t slash = span_find_byte(text, '/');

	(void)a;
	if (!read_canon(span_slice(text, 0, slash), &f->header_canon))
		return AUTH_DKIM_CANONICALIZATION_REASON;
	if (slash < text.n && !read_canon(span_from_offset(text, slash + 1), &f->body_canon))
		return AUTH_DKIM_CANONICALIZATION_REASON;
	return AUTH_DKIM_OK_REASON;
}

/* An empty item names no field that there could be, and some signers end the list with a colon. */
static enum auth_dkim_reason read_names(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	f->names = value_of(f, "h");
	if (f->names.n == 0)
		return AUTH_DKIM_SYNTAX_REASON;
	return auth_tags_has_item(f->names, SPAN("from")) ? AUTH_DKIM_OK_REASON
							  : AUTH_DKIM_FROM_NOT_SIGNED_REASON;
}

/* Section 2.11: =XX and blanks that mean nothing. No control bytes, which no address has. */
static bool decode_quoted(struct arena *a, struct span text, struct span *out)
{
	struct buf b;

	buf_init(&b, a, text.n);
	for (size_t i = 0; i < text.n; i++) {
		int high, low;

		if (byte_is_space(text.p[i]))
			continue;
		if (text.p[i] != '=') {
			buf_add_byte(&b, text.p[i]);
			continue;
		}
		if (text.n - i < 3)
			return false;
		high = byte_hex_value(text.p[i + 1]);
		low = byte_hex_value(text.p[i + 2]);
		if (high == -1 || low == -1 || high * 16 + low < ' ')
			return false;
		buf_add_byte(&b, (char)(high * 16 + low));
		i += 2;
	}
	*out = buf_span(&b);
	return true;
}

static enum auth_dkim_reason read_identity(struct arena *a, struct auth_dkim_field *f)
{
	struct span text, domain;
	size_t at;

	if (!decode_quoted(a, value_of(f, "i"), &text))
		return AUTH_DKIM_SYNTAX_REASON;
	at = span_find_last_byte(text, '@');
	if (at == text.n || !url_make_ascii(a, span_from_offset(text, at + 1), &domain))
		return AUTH_DKIM_SYNTAX_REASON;
	if (!auth_is_within(domain, f->domain))
		return AUTH_DKIM_IDENTITY_REASON;
	f->local_part = span_slice(text, 0, at);
	f->identity_domain = domain;
	f->identity = arena_printf(a, "%.*s@%.*s", SPAN_ARG(f->local_part), SPAN_ARG(domain));
	return AUTH_DKIM_OK_REASON;
}

static enum auth_dkim_reason read_query(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	return auth_tags_has_item(value_of(f, "q"), SPAN("dns/txt")) ? AUTH_DKIM_OK_REASON
								     : AUTH_DKIM_QUERY_REASON;
}

/* Digits; a number that is too large for us is the largest. */
static bool read_number(struct span text, size_t digits_most, uint64_t *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (!byte_is_digit(text.p[i]))
			return false;
	if (!num_parse_u64(text, UINT64_MAX, out))
		*out = UINT64_MAX;
	return text.n > 0 && text.n <= digits_most;
}

static enum auth_dkim_reason read_length(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	f->has_length = read_number(value_of(f, "l"), LENGTH_DIGITS_MOST, &f->length);
	return f->has_length ? AUTH_DKIM_OK_REASON : AUTH_DKIM_SYNTAX_REASON;
}

static enum auth_dkim_reason read_time(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	f->has_time = read_number(value_of(f, "t"), TIME_DIGITS_MOST, &f->time);
	return f->has_time ? AUTH_DKIM_OK_REASON : AUTH_DKIM_SYNTAX_REASON;
}

static enum auth_dkim_reason read_expiry(struct arena *a, struct auth_dkim_field *f)
{
	(void)a;
	f->has_expiry = read_number(value_of(f, "x"), TIME_DIGITS_MOST, &f->expiry);
	if (!f->has_expiry)
		return AUTH_DKIM_SYNTAX_REASON;
	return f->has_time && f->expiry <= f->time ? AUTH_DKIM_TIMES_REASON : AUTH_DKIM_OK_REASON;
}

/* In this order: the identity is compared with the domain, and x= with t=. */
static const struct reader {
	const char *tag;
	bool is_required;
	enum auth_dkim_reason (*read)(struct arena *a, struct auth_dkim_field *f);
} readers[] = {
	{"v", true, read_version},
	{"d", true, read_domain},
	{"s", true, read_selector},
	{"a", true, read_algorithm},
	{"b", true, read_signature},
	{"bh", true, read_body_hash},
	{"h", true, read_names},
	{"c", false, read_canonicalization},
	{"i", false, read_identity},
	{"q", false, read_query},
	{"l", false, read_length},
	{"t", false, read_time},
	{"x", false, read_expiry},
};

static enum auth_dkim_reason read_tag(struct arena *a, const struct reader *r,
	struct auth_dkim_field *f)
{
	if (auth_tags_find(&f->tags, r->tag) != NULL)
		return r->read(a, f);
	return r->is_required ? AUTH_DKIM_TAG_MISSING_REASON : AUTH_DKIM_OK_REASON;
}

void auth_dkim_read_field(struct arena *a, const struct mime_header *header,
	struct auth_dkim_field *out)
{
	*out = (struct auth_dkim_field){.header = header};
	if (!auth_tags_parse(header->value, &out->tags)) {
		out->reason = AUTH_DKIM_SYNTAX_REASON;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		enum auth_dkim_reason reason = read_tag(a, &readers[i], out);

		if (out->reason != AUTH_DKIM_OK_REASON)
			continue;
		out->reason = reason;
		out->fault = reason == AUTH_DKIM_OK_REASON ? NULL : readers[i].tag;
	}
}
