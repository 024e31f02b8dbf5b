/* A key record on its own, without a signature that wants it. */
#include "auth/dkim_inner.h"

static enum auth_dkim_reason read_as(const struct dns_answer *answer, enum auth_key_type type,
	struct auth_dkim_record *out)
{
	/* RSA with SHA-256 signs for everybody in the domain itself */
	struct auth_dkim_field field = {.key_type = type, .hash = AUTH_SHA256};
	enum auth_dkim_reason reason = auth_dkim_read_record(answer, &field, out);

	/* that it is for one sender alone (g=) is no fault of the key */
	return reason == AUTH_DKIM_KEY_GRANULARITY_REASON ? AUTH_DKIM_OK_REASON : reason;
}

void auth_dkim_check_key(struct arena *a, const struct dns_answer *answer,
	struct auth_key_record *out)
{
	struct auth_dkim_record record = {0};
	const struct auth_key *key;
	enum auth_key_type type = AUTH_RSA;

	*out = (struct auth_key_record){.reason = read_as(answer, type, &record)};
	if (out->reason == AUTH_DKIM_KEY_TYPE_REASON) {
		type = AUTH_ED25519;
		out->reason = read_as(answer, type, &record);
	}
	out->is_testing = record.is_testing;
	out->is_rsa = type == AUTH_RSA;
	if (out->reason != AUTH_DKIM_OK_REASON)
		return;
	key = auth_key_find(a, type, auth_tags_value(&record.tags, "p"));
	if (key == NULL)
		out->reason = AUTH_DKIM_KEY_SYNTAX_REASON;
	else
		out->bits = auth_key_bits(key);
}
