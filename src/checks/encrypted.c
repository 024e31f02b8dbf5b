/*
 * Signed and encrypted mail by its form: PGP/MIME (RFC 3156) and S/MIME (RFC 8551). Whether a
 * signature is good is not looked at: that takes the keys of the reader.
 */
#include "checks/checks.h"

enum { IS_SIGNED_PGP, IS_SIGNED_SMIME, IS_ENCRYPTED_PGP, IS_ENCRYPTED_SMIME, BOGUS, NOTHING };

static const struct scan_symbol symbols[] = {
	[IS_SIGNED_PGP] = {.name = "SIGNED_PGP",
		.where = "Content-Type",
		.score = -2,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "Signed with PGP",
		.explain = "There is a part with a PGP signature. Spam is hardly ever signed, "
			   "people who sign are few and known. The signature itself is not "
			   "checked, so a forged one counts too; lower the score when spam makes "
			   "use of that."},
	[IS_SIGNED_SMIME] = {.name = "SIGNED_SMIME",
		.where = "Content-Type",
		.score = -2,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "Signed with S/MIME",
		.explain = "There is a part with an S/MIME signature, or the whole message is "
			   "wrapped into one. Spam is hardly ever signed. The signature itself is "
			   "not checked, so a forged one counts too; lower the score when spam "
			   "makes use of that."},
	[IS_ENCRYPTED_PGP] = {.name = "ENCRYPTED_PGP",
		.where = "Content-Type",
		.score = -0.5,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "Encrypted with PGP",
		.explain =
			"The message is encrypted to a PGP key, which needs a key of its reader: "
			"mail of people. What is inside cannot be judged by any filter, hence the "
			"small score."},
	[IS_ENCRYPTED_SMIME] = {.name = "ENCRYPTED_SMIME",
		.where = "Content-Type",
		.score = -0.5,
		.group = "mime_types",
		.one_shot = true,
		.meaning = "Encrypted with S/MIME",
		.explain =
			"The message is encrypted to an S/MIME certificate, which needs one of its "
			"reader: mail of people. What is inside cannot be judged by any filter, "
			"hence the small score."},
	[BOGUS] = {.name = "BOGUS_ENCRYPTED_AND_TEXT",
		.where = "Content-Type",
		.score = 10,
		.group = "mime_types",
		.meaning = "Encrypted mail with readable text beside it",
		.explain =
			"A message that is encrypted is nothing but its encrypted part. Text "
			"beside it is how spam makes use of the good score of encrypted mail, and "
			"how attackers trick a mail program into decrypting into their HTML. List "
			"servers and gateways that add a footer to encrypted mail are hit: let "
			"them through by their address. An encrypted message that is attached to "
			"another one as a whole does not count."},
};

/* The N of the content type 1.2.840.113549.1.7.N (RFC 5652), which stands near the start; or 0. */
static char find_cms_type(struct span der)
{
	static const char oid[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07";
	size_t at;

	der = span_slice(der, 0, 32);
	at = span_find(der, span_from(oid, sizeof(oid) - 1));
	return at + sizeof(oid) - 1 < der.n ? der.p[at + sizeof(oid) - 1] : 0;
}

static unsigned classify_cms(struct mime *m, struct mime_part *part)
{
	struct span kind = codec_find_param(&part->type_params, SPAN("smime-type"));

	if (span_equal_nocase(kind, SPAN("enveloped-data")) ||
		span_equal_nocase(kind, SPAN("authEnveloped-data")))
		return IS_ENCRYPTED_SMIME;
	if (span_equal_nocase(kind, SPAN("signed-data")))
		return IS_SIGNED_SMIME;
	if (kind.n > 0)
		return NOTHING;
	switch (find_cms_type(mime_part_bytes(m, part))) {
	case 2:
		return IS_SIGNED_SMIME;
	case 3:
		return IS_ENCRYPTED_SMIME;
	default:
		return NOTHING;
	}
}

static unsigned classify(struct mime *m, struct mime_part *part)
{
	if (!span_equal(part->type, SPAN("application")))
		return NOTHING;
	if (span_equal(part->subtype, SPAN("pgp-signature")))
		return IS_SIGNED_PGP;
	if (span_equal(part->subtype, SPAN("pgp-encrypted")))
		return IS_ENCRYPTED_PGP;
	if (span_equal(part->subtype, SPAN("pkcs7-signature")) ||
		span_equal(part->subtype, SPAN("x-pkcs7-signature")))
		return IS_SIGNED_SMIME;
	if (span_equal(part->subtype, SPAN("pkcs7-mime")) ||
		span_equal(part->subtype, SPAN("x-pkcs7-mime")))
		return classify_cms(m, part);
	return NOTHING;
}

/* Within a message that is attached to this one. */
static bool is_attached(const struct mime_part *part)
{
	for (; part->parent != NULL; part = part->parent)
		if (part->parent->message == part)
			return true;
	return false;
}

/* Gateways that take an encrypted message apart leave an empty text in it: that is none. */
static bool has_text(struct mime *m)
{
	for (size_t i = 0; i < m->part_count; i++) {
		struct mime_part *part = m->parts[i];

		if (mime_part_is_text(part) && !is_attached(part) &&
			span_trim(mime_part_text(m, part)).n > 0)
			return true;
	}
	return false;
}

static enum rc run(struct scan *s)
{
	struct mime *m = s->msg->mime;
	bool pgp = false, smime = false;

	for (size_t i = 0; i < m->part_count; i++) {
		struct mime_part *part = m->parts[i];
		unsigned symbol = classify(m, part);

		if (symbol == NOTHING)
			continue;
		scan_add(s, symbol);
		pgp = pgp || (symbol == IS_ENCRYPTED_PGP && !is_attached(part));
		smime = smime || (symbol == IS_ENCRYPTED_SMIME && !is_attached(part));
	}
	if ((pgp || smime) && has_text(m))
		scan_add_text(s, BOGUS, 1, pgp ? SPAN("pgp part") : SPAN("smime part"));
	return RC_OK;
}

const struct check check_encrypted = {
	.name = "encrypted",
	.help = "Tells signed and encrypted mail by its form.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
