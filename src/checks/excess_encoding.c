/* Address fields that are encoded though all their text is ASCII. */
#include "checks/inner.h"

enum symbol {
	FROM_EXCESS_BASE64,
	FROM_EXCESS_QP,
	TO_EXCESS_BASE64,
	TO_EXCESS_QP,
	CC_EXCESS_BASE64,
	CC_EXCESS_QP,
	REPLYTO_EXCESS_BASE64,
	REPLYTO_EXCESS_QP,
};

#define BASE64_EXPLAIN                                                                             \
	"The field is written as base64 (RFC 2047), but all of its text is ASCII "                 \
	"and needs no encoding. Spam encodes what it wants to keep from filters that "             \
	"read raw mail. Some bulk mailers and web shops encode everything as a habit; "            \
	"their other symbols show them harmless."
#define QP_EXPLAIN                                                                                 \
	"The field is written in words of quoted-printable (RFC 2047), but all of its "            \
	"text is ASCII and needs no encoding. Spam encodes what it wants to keep from "            \
	"filters that read raw mail. Some bulk mailers and web shops encode everything "           \
	"as a habit; their other symbols show them harmless."

static const struct scan_symbol symbols[] = {
	[FROM_EXCESS_BASE64] = {.name = "FROM_EXCESS_BASE64",
		.where = "From",
		.score = 1.5,
		.group = "excessb64",
		.meaning = "From is in base64 for no reason",
		.explain = BASE64_EXPLAIN,
		.one_shot = true},
	[FROM_EXCESS_QP] = {.name = "FROM_EXCESS_QP",
		.where = "From",
		.score = 1.2,
		.group = "excessqp",
		.meaning = "From is in quoted-printable for no reason",
		.explain = QP_EXPLAIN,
		.one_shot = true},
	[TO_EXCESS_BASE64] = {.name = "TO_EXCESS_BASE64",
		.where = "To",
		.score = 1.5,
		.group = "excessb64",
		.meaning = "To is in base64 for no reason",
		.explain = BASE64_EXPLAIN,
		.one_shot = true},
	[TO_EXCESS_QP] = {.name = "TO_EXCESS_QP",
		.where = "To",
		.score = 1.2,
		.group = "excessqp",
		.meaning = "To is in quoted-printable for no reason",
		.explain = QP_EXPLAIN,
		.one_shot = true},
	[CC_EXCESS_BASE64] = {.name = "CC_EXCESS_BASE64",
		.where = "Cc",
		.score = 1.5,
		.group = "excessb64",
		.meaning = "Cc is in base64 for no reason",
		.explain = BASE64_EXPLAIN,
		.one_shot = true},
	[CC_EXCESS_QP] = {.name = "CC_EXCESS_QP",
		.where = "Cc",
		.score = 1.2,
		.group = "excessqp",
		.meaning = "Cc is in quoted-printable for no reason",
		.explain = QP_EXPLAIN,
		.one_shot = true},
	[REPLYTO_EXCESS_BASE64] = {.name = "REPLYTO_EXCESS_BASE64",
		.where = "Reply-To",
		.score = 1.5,
		.group = "excessb64",
		.meaning = "Reply-To is in base64 for no reason",
		.explain = BASE64_EXPLAIN,
		.one_shot = true},
	[REPLYTO_EXCESS_QP] = {.name = "REPLYTO_EXCESS_QP",
		.where = "Reply-To",
		.score = 1.2,
		.group = "excessqp",
		.meaning = "Reply-To is in quoted-printable for no reason",
		.explain = QP_EXPLAIN,
		.one_shot = true},
};

static void look_at_fields(struct scan *s, struct span name, enum symbol base64, enum symbol qp)
{
	const struct mime_part *root = s->msg->mime->root;
	bool has_base64 = false, has_qp = false;

	for (struct mime_header *h = mime_find_header(root, name); h != NULL;
		h = mime_next_header(root, h)) {
		const struct codec_words *words = mime_header_words(s->msg->mime, h);

		if (!span_is_ascii(words->text))
			return;
		has_base64 |= words->base64 > 0;
		has_qp |= words->qp > 0;
	}
	if (has_base64)
		scan_add(s, base64);
	if (has_qp)
		scan_add(s, qp);
}

static enum rc run(struct scan *s)
{
	look_at_fields(s, SPAN("From"), FROM_EXCESS_BASE64, FROM_EXCESS_QP);
	look_at_fields(s, SPAN("To"), TO_EXCESS_BASE64, TO_EXCESS_QP);
	look_at_fields(s, SPAN("Cc"), CC_EXCESS_BASE64, CC_EXCESS_QP);
	look_at_fields(s, SPAN("Reply-To"), REPLYTO_EXCESS_BASE64, REPLYTO_EXCESS_QP);
	return RC_OK;
}

const struct check check_excess_encoding = {
	.name = "excess_encoding",
	.help = "Address fields that are encoded though all their text is ASCII.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
