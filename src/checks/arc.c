/* ARC (RFC 8617): for now, whether a message has a chain at all. */
#include "checks/inner.h"

enum symbol { CALLBACK, NA };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "ARC_CHECK",
		.group = "policies",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for an ARC chain",
		.explain = "Stands for the whole check: switching it off switches off all ARC "
			   "symbols."},
	[NA] = {.name = "ARC_NA",
		.where = "ARC-Seal",
		.group = "policies",
		.meaning = "ARC: there is no chain",
		.explain = "No server on the way has left ARC fields, in which forwarders and "
			   "lists say what SPF and DKIM were when the message came to them. Most "
			   "mail has none; it counts nothing."},
};

#define LATER(key) CONF_IGNORED(key, "ARC chains are not verified and not made yet")

static const struct conf_option rows[] = {
	LATER("allow_envfrom_empty"),
	LATER("allow_hdrfrom_mismatch"),
	LATER("allow_hdrfrom_mismatch_local"),
	LATER("allow_hdrfrom_mismatch_sign_networks"),
	LATER("allow_hdrfrom_multiple"),
	LATER("allow_username_mismatch"),
	LATER("allow_pubkey_mismatch"),
	LATER("check_pubkey"),
	LATER("path"),
	LATER("path_map"),
	LATER("selector"),
	LATER("selector_map"),
	LATER("selector_prefix"),
	LATER("sign_authenticated"),
	LATER("sign_inbound"),
	LATER("sign_local"),
	LATER("sign_networks"),
	LATER("sign_symbol"),
	LATER("sign_headers"),
	LATER("sign_condition"),
	LATER("symbol_sign"),
	LATER("symbol_signed"),
	LATER("skip_spam_sign"),
	LATER("try_fallback"),
	LATER("use_domain"),
	LATER("use_domain_sign_inbound"),
	LATER("use_domain_sign_local"),
	LATER("use_domain_sign_networks"),
	LATER("use_esld"),
	LATER("use_redis"),
	LATER("use_vault"),
	LATER("use_http_headers"),
	LATER("key_prefix"),
	LATER("signing_table"),
	LATER("key_table"),
	LATER("domain"),
	LATER("servers"),
	LATER("reuse_auth_results"),
	LATER("trusted_authserv_id"),
	LATER("whitelisted_signers_map"),
	LATER("adjust_dmarc"),
	LATER("allowed_ids"),
	LATER("forbidden_ids"),
};

static enum rc run(struct scan *s)
{
	static const struct span names[] = {SPAN_INIT("ARC-Seal"),
		SPAN_INIT("ARC-Message-Signature"), SPAN_INIT("ARC-Authentication-Results")};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (mime_find_header(s->msg->mime->root, names[i]) != NULL)
			return RC_OK;
	scan_add(s, NA);
	return RC_OK;
}

const struct check check_arc = {
	.name = "arc",
	.help = "Whether the message has an ARC chain (RFC 8617).",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.run = run,
};
