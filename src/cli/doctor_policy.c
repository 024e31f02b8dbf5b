/* Probes of `winnow doctor` for DMARC and the keys of DKIM. */
#include "cli/doctor_inner.h"

#include "auth/auth.h"
#include "url/url.h"

/* ---- DMARC ---- */

/* The domain of "mailto:a@b!10m"; null when it is not that. */
static struct span find_report_domain(struct span uri)
{
	struct span address = span_from_offset(uri, 7);

	if (!span_starts_nocase(uri, SPAN("mailto:")))
		return span_from(NULL, 0);
	address = span_slice(address, 0, span_find_byte(address, '!'));
	address = span_from_offset(address, span_find_last_byte(address, '@') + 1);
	return address.n > 0 ? address : span_from(NULL, 0);
}

/* RFC 7489 section 7.1: somebody else's domain must say that it wants the reports. */
static enum rc look_report_address(struct doctor *d, struct span record_domain, struct span uri)
{
	struct span domain = find_report_domain(uri);
	const struct dns_answer *txt;
	enum rc rc;

	if (span_is_null(domain)) {
		doctor_tell(d, DOCTOR_ERROR, "no reports reach you", "write mailto:ADDRESS",
			"reports would go to %.*s, which is no mail address", SPAN_ARG(uri));
		return RC_OK;
	}
	if (url_same_registrable(domain, record_domain))
		return RC_OK;
	rc = doctor_ask(d, DNS_TXT,
		arena_printf(d->arena, "%.*s._report._dmarc.%.*s", SPAN_ARG(record_domain),
			SPAN_ARG(domain)),
		&txt);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < txt->n; i++)
		if (span_starts(txt->v[i].text, SPAN("v=DMARC1")))
			return RC_OK;
	doctor_tell(d, DOCTOR_WARNING, "no reports reach you: anybody could order them for others",
		"let that domain publish `v=DMARC1` at DOMAIN._report._dmarc, or use an address of your own",
		"%.*s does not say that it takes reports for %.*s", SPAN_ARG(domain),
		SPAN_ARG(record_domain));
	return RC_OK;
}

static enum rc look_report_addresses(struct doctor *d, const struct auth_dmarc *dmarc)
{
	bool waits = false;

	if (dmarc->rua.n == 0)
		doctor_tell(d, DOCTOR_WARNING, "you do not learn who sends in its name",
			"add rua=mailto:ADDRESS", "nobody gets reports (rua=)");
	for (struct span rest = dmarc->rua, uri; span_next(&rest, ',', &uri);)
		waits = look_report_address(d, dmarc->record_domain, span_trim(uri)) == RC_WAIT ||
			waits;
	return waits ? RC_WAIT : RC_OK;
}

static void tell_policy(struct doctor *d, const struct auth_dmarc *dmarc)
{
	const char *policy = auth_policy_word(dmarc->policy);

	if (dmarc->policy == AUTH_POLICY_NONE)
		doctor_tell(d, DOCTOR_WARNING,
			"receivers are only asked to watch, forged mail is delivered",
			"when the reports show that your own mail passes, write p=quarantine, then "
			"p=reject",
			"the policy is none");
	else if (dmarc->is_testing || dmarc->pct < 100)
		doctor_tell(d, DOCTOR_WARNING, "not all forged mail meets the policy",
			"when the reports show that your own mail passes, take pct= and t= away",
			"the policy %s is being tried (pct=%u%s)", policy, dmarc->pct,
			dmarc->is_testing ? ", t=y" : "");
	else
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "the policy is %s", policy);
}

static enum rc tell_dmarc(struct doctor *d, const struct auth_dmarc *dmarc)
{
	bool has_why = dmarc->why.n > 0;

	if (dmarc->result == AUTH_DMARC_TEMPERROR) {
		doctor_tell(d, DOCTOR_WARNING, NULL,
			"try again; if it stays so, look at the name servers of the domain",
			"the record could not be looked up: %.*s", SPAN_ARG(dmarc->why));
		return RC_OK;
	}
	if (dmarc->result == AUTH_DMARC_PERMERROR) {
		doctor_tell(d, DOCTOR_ERROR, "receivers act as if there was none",
			"mend it, as v=DMARC1; p=none; rua=mailto:ADDRESS",
			"the record cannot be used: %.*s%s%.*s", SPAN_ARG(dmarc->why),
			has_why ? ": " : "", SPAN_ARG(dmarc->record));
		return RC_OK;
	}
	if (span_is_null(dmarc->record_domain)) {
		doctor_tell(d, DOCTOR_ERROR,
			"nobody learns what to do with mail forged in its name, and large receivers "
			"refuse bulk mail without it",
			"publish v=DMARC1; p=none; rua=mailto:ADDRESS at _dmarc to begin with",
			"%.*s has no DMARC record", SPAN_ARG(d->domain));
		return RC_OK;
	}
	doctor_tell(d, DOCTOR_OK, NULL, NULL, "at _dmarc.%.*s: %.*s",
		SPAN_ARG(dmarc->record_domain), SPAN_ARG(dmarc->record));
	tell_policy(d, dmarc);
	return look_report_addresses(d, dmarc);
}

/* A message of the domain that passes nothing: what becomes of it shows the record. */
enum rc doctor_look_dmarc(struct doctor *d)
{
	static const struct auth_dmarc_options options;
	static const struct msg_envelope envelope;
	struct span text =
		arena_printf(d->arena, "From: postmaster@%.*s\r\n\r\n", SPAN_ARG(d->domain));
	const struct auth_dmarc *dmarc;
	enum rc rc = auth_dmarc_evaluate(msg_make(d->arena, &envelope, text), d->needs, &options,
		NULL, NULL, NULL, &dmarc);

	return rc == RC_OK ? tell_dmarc(d, dmarc) : rc;
}

/* ---- DKIM ---- */

/* What signers are set up with where nobody has chosen another name. */
static const char *const usual_selectors[] = {"default", "dkim", "mail", "email", "smtp", "key1",
	"k1", "k2", "k3", "s1", "s2", "s1024", "s2048", "selector", "selector1", "selector2",
	"sel1", "google", "mx", "2024", "2025", "2026"};

static void tell_key(struct doctor *d, const char *selector, const struct auth_key_record *key)
{
	enum { BITS_GOOD = 2048 };

	if (key->reason == AUTH_DKIM_KEY_REVOKED_REASON) {
		doctor_tell(d, DOCTOR_WARNING, "what is signed with it does not pass any more",
			"sign with another key; the record may stay for a while",
			"%s: the key is revoked", selector);
		return;
	}
	if (key->reason != AUTH_DKIM_OK_REASON) {
		doctor_tell(d, DOCTOR_ERROR, "what is signed with it does not pass",
			"publish the record anew, as v=DKIM1; k=rsa; p=KEY", "%s: %s", selector,
			auth_dkim_sentence(key->reason));
		return;
	}
	if (key->is_rsa && key->bits < BITS_GOOD)
		doctor_tell(d, key->bits < AUTH_KEY_BITS_LEAST ? DOCTOR_ERROR : DOCTOR_WARNING,
			key->bits < AUTH_KEY_BITS_LEAST
				? "what is signed with it does not pass (RFC 8301)"
				: "RFC 8301 asks for 2048",
			"make a key of 2048 bits, under a new selector", "%s: RSA, %u bits",
			selector, key->bits);
	else
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%s: %s, %u bits", selector,
			key->is_rsa ? "RSA" : "Ed25519", key->bits);
	if (key->is_testing)
		doctor_tell(d, DOCTOR_WARNING,
			"receivers may treat the mail as if it was not signed",
			"take t=y away when signing works", "%s: the key is for testing (t=y)",
			selector);
}

struct keys {
	size_t found, unanswered;
};

static enum rc look_key(struct doctor *d, const char *selector, bool is_given, struct keys *keys)
{
	struct span name =
		arena_printf(d->arena, "%s._domainkey.%.*s", selector, SPAN_ARG(d->domain));
	const struct dns_answer *txt;
	struct auth_key_record key;
	/* one that is only tried is no matter of its own */
	enum rc rc =
		is_given ? doctor_ask(d, DNS_TXT, name, &txt) : dns_need_txt(d->needs, name, &txt);

	keys->unanswered += rc != RC_OK && rc != RC_WAIT;
	if (rc != RC_OK)
		return rc;
	if (txt->n > 0) {
		keys->found++;
		auth_dkim_check_key(d->arena, txt, &key);
		tell_key(d, selector, &key);
	} else if (is_given) {
		doctor_tell(d, DOCTOR_ERROR, "what is signed with it does not pass",
			"publish it as a TXT record, or sign by another selector",
			"there is no key at %.*s", SPAN_ARG(name));
	}
	return RC_OK;
}

enum rc doctor_look_dkim(struct doctor *d)
{
	const struct cli_values *given = cli_values(d->cli, "selector");
	bool is_given = given->n > 0, waits = false;
	size_t n = is_given ? given->n : ARRAY_LEN(usual_selectors);
	struct keys keys = {0};

	for (size_t i = 0; i < n; i++)
		waits = look_key(d, is_given ? given->v[i] : usual_selectors[i], is_given, &keys) ==
				RC_WAIT ||
			waits;
	if (waits)
		return RC_WAIT;
	if (!is_given && keys.unanswered > 0)
		doctor_tell(d, DOCTOR_WARNING, NULL, "try again, or name the selector: --selector",
			"%zu of the %zu usual selectors could not be looked up", keys.unanswered,
			n);
	else if (!is_given && keys.found == 0)
		doctor_tell(d, DOCTOR_WARNING, "without a key nobody can verify its signatures",
			"name the selector: --selector; s= in the DKIM-Signature of your mail",
			"no key at the %zu usual selectors", n);
	return RC_OK;
}
