/*
 * The key record (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).
 *
 * DESIGN: a name should have one TXT record, but some have others beside it, and what then holds is undefined. The
 * first that is a key record counts, whatever it says; one with another v= is none, nor is one without p=.
 */
#include "auth/dkim_inner.h"

static struct span value_of(const struct auth_dkim_record *r, const char *name)
{
	return auth_tags_value(&r->tags, name);
}

static bool has(const struct auth_dkim_record *r, const char *name)
{
	return auth_tags_find(&r->tags, name) != NULL;
}

/* OK: a key record; NO_KEY: something else; KEY_SYNTAX: what may have been meant as one. */
static enum auth_dkim_reason parse(struct span text, struct auth_dkim_record *out)
{
	const struct auth_tag *version;
	bool ok = auth_tags_parse(text, &out->tags);

	out->text = text;
	version = auth_tags_find(&out->tags, "v");
	if (version != NULL && !span_equal(version->value, SPAN("DKIM1")))
		return AUTH_DKIM_NO_KEY_REASON;
	if (!ok || (version != NULL && version != out->tags.v) || !has(out, "p"))
		return AUTH_DKIM_KEY_SYNTAX_REASON;
	return AUTH_DKIM_OK_REASON;
}

static enum auth_dkim_reason choose(const struct dns_answer *answer, struct auth_dkim_record *out)
{
	enum auth_dkim_reason reason = AUTH_DKIM_NO_KEY_REASON;
	struct auth_dkim_record tried = {0};

	for (size_t i = 0; i < answer->n && i < AUTH_KEY_RECORDS_MOST; i++) {
		enum auth_dkim_reason one = parse(answer->v[i].text, &tried);

		if (one == AUTH_DKIM_NO_KEY_REASON && i > 0)
			continue;
		if (one == AUTH_DKIM_OK_REASON || reason == AUTH_DKIM_NO_KEY_REASON) {
			*out = tried;
			reason = one;
		}
		if (one == AUTH_DKIM_OK_REASON)
			break;
	}
	return reason;
}

/* RFC 4871 section 3.6.1: one `*` stands for anything; an empty g= matches nobody. */
static bool matches(struct span pattern, struct span local_part)
{
	size_t star = span_find_byte(pattern, '*');
	struct span start = span_slice(pattern, 0, star);
	struct span end = span_from_offset(pattern, star + 1);

	if (pattern.n == 0)
		return false;
	if (star == pattern.n)
		return span_equal(pattern, local_part);
	return local_part.n >= start.n + end.n && span_starts(local_part, start) &&
		span_ends(local_part, end);
}

/* Absent tags allow all. */
static enum auth_dkim_reason judge(const struct auth_dkim_record *r,
	const struct auth_dkim_field *f)
{
	static const struct span types[] = {
		[AUTH_RSA] = SPAN_INIT("rsa"),
		[AUTH_ED25519] = SPAN_INIT("ed25519"),
	};
	static const struct span hashes[] = {
		[AUTH_SHA256] = SPAN_INIT("sha256"),
		[AUTH_SHA1] = SPAN_INIT("sha1"),
	};
	struct span type = has(r, "k") ? value_of(r, "k") : SPAN("rsa");

	if (value_of(r, "p").n == 0)
		return AUTH_DKIM_KEY_REVOKED_REASON;
	if (!span_equal_nocase(type, types[f->key_type]))
		return AUTH_DKIM_KEY_TYPE_REASON;
	if (has(r, "h") && !auth_tags_has_item(value_of(r, "h"), hashes[f->hash]))
		return AUTH_DKIM_KEY_HASH_REASON;
	if (has(r, "s") && !auth_tags_has_item(value_of(r, "s"), SPAN("email")) &&
		!auth_tags_has_item(value_of(r, "s"), SPAN("*")))
		return AUTH_DKIM_KEY_SERVICE_REASON;
	if (auth_tags_has_item(value_of(r, "t"), SPAN("s")) &&
		!span_equal(f->identity_domain, f->domain))
		return AUTH_DKIM_KEY_DOMAIN_REASON;
	if (has(r, "g") && !matches(value_of(r, "g"), f->local_part))
		return AUTH_DKIM_KEY_GRANULARITY_REASON;
	return AUTH_DKIM_OK_REASON;
}

enum auth_dkim_reason auth_dkim_read_record(const struct dns_answer *answer,
	const struct auth_dkim_field *field, struct auth_dkim_record *out)
{
	enum auth_dkim_reason reason = choose(answer, out);

	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	out->is_testing = auth_tags_has_item(value_of(out, "t"), SPAN("y"));
	return judge(out, field);
}
