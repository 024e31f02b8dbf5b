/* Probes of `winnow doctor` for the records by which a domain's own mail is judged elsewhere: MX and SPF. */
#include "cli/doctor_inner.h"

#include "auth/auth.h"
#include "url/url.h"

/* An address that no record names (240.0.0.0/4 is reserved), so that each term of it is looked at. */
#define STRANGER "240.0.0.1"

/* ---- MX ---- */

/* A or AAAA: RC_OK with whether the host has an address. */
static enum rc has_address(struct doctor *d, struct span host, bool *out)
{
	const struct dns_answer *a, *aaaa;
	enum rc rc4 = doctor_ask(d, DNS_A, host, &a), rc6 = doctor_ask(d, DNS_AAAA, host, &aaaa);

	if (rc4 == RC_WAIT || rc6 == RC_WAIT)
		return RC_WAIT;
	if (rc4 != RC_OK && rc6 != RC_OK)
		return rc4;
	*out = (rc4 == RC_OK && a->n > 0) || (rc6 == RC_OK && aaaa->n > 0);
	return RC_OK;
}

/* RFC 5321 section 5.1: a host with an address, no address itself, no alias. */
static enum rc look_mx_host(struct doctor *d, struct span host)
{
	const struct dns_answer *cname;
	bool found;
	enum rc rc;

	if (url_is_address(host)) {
		doctor_tell(d, DOCTOR_ERROR, "many servers do not deliver to it",
			"give the server a name and put that into the MX record",
			"the MX record holds an address, %.*s, not a name", SPAN_ARG(host));
		return RC_OK;
	}
	rc = has_address(d, host, &found);
	if (rc != RC_OK)
		return rc;
	if (!found) {
		doctor_tell(d, DOCTOR_ERROR, "mail cannot be delivered there",
			"give the name an A or AAAA record, or take the MX record away",
			"the MX host %.*s has no address", SPAN_ARG(host));
		return RC_OK;
	}
	rc = doctor_ask(d, DNS_CNAME, host, &cname);
	if (rc == RC_OK && cname->n > 0)
		doctor_tell(d, DOCTOR_WARNING,
			"RFC 5321 does not allow it, and some servers refuse",
			"name the host itself in the MX record", "the MX host %.*s is an alias",
			SPAN_ARG(host));
	else if (rc == RC_OK)
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%.*s has an address", SPAN_ARG(host));
	return rc;
}

enum rc doctor_look_mx(struct doctor *d)
{
	enum { HOSTS_MOST = 20 };
	const struct dns_answer *mx;
	enum rc rc = doctor_ask(d, DNS_MX, d->domain, &mx);
	bool waits = false;

	if (rc != RC_OK)
		return rc;
	if (mx->status == DNS_NO_NAME) {
		doctor_tell(d, DOCTOR_ERROR, "nothing about it can be right then",
			"look whether it is written rightly, and registered",
			"the domain %.*s does not exist", SPAN_ARG(d->domain));
		return RC_OK;
	}
	if (mx->n == 0)
		doctor_tell(d, DOCTOR_WARNING,
			"mail goes to the domain's own address, and answers to your mail may be lost",
			"publish an MX record, or the null MX `0 .` when it takes no mail",
			"%.*s has no MX record", SPAN_ARG(d->domain));
	if (dns_is_null_mx(mx)) {
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%.*s takes no mail (null MX)",
			SPAN_ARG(d->domain));
		return RC_OK;
	}
	for (size_t i = 0; i < mx->n && i < HOSTS_MOST; i++)
		waits = look_mx_host(d, mx->v[i].text) == RC_WAIT || waits;
	return waits ? RC_WAIT : RC_OK;
}

/* ---- where its mail comes from ---- */

static void add_servers(struct doctor_servers *out, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n && out->n < DOCTOR_SERVERS_MOST; i++)
		out->v[out->n++] = answer->v[i].text;
}

enum rc doctor_find_servers(struct doctor *d, struct doctor_servers *out)
{
	const struct dns_answer *mx, *answer;
	bool waits = false;
	enum rc rc;

	*out = (struct doctor_servers){.guessed = span_is_null(d->address)};
	if (!out->guessed) {
		out->v[out->n++] = d->address;
		return RC_OK;
	}
	/* the probe of MX tells what is wrong with them */
	rc = dns_need_mx(d->needs, d->domain, &mx);
	if (rc != RC_OK)
		return rc == RC_WAIT ? RC_WAIT : RC_OK;
	for (size_t i = 0; i < mx->n && i < DOCTOR_SERVERS_MOST; i++) {
		static const enum dns_type types[] = {DNS_A, DNS_AAAA};

		for (size_t k = 0; k < ARRAY_LEN(types); k++) {
			rc = dns_need(d->needs, types[k], mx->v[i].text, &answer);
			waits = waits || rc == RC_WAIT;
			if (rc == RC_OK)
				add_servers(out, answer);
		}
	}
	return waits ? RC_WAIT : RC_OK;
}

/* ---- SPF ---- */

static enum rc evaluate_spf(struct doctor *d, struct span address, const struct auth_spf **out)
{
	struct auth_spf_query query = {.address = address,
		.helo = d->domain,
		.sender = arena_printf(d->arena, "postmaster@%.*s", SPAN_ARG(d->domain))};

	return auth_spf_evaluate(d->arena, d->needs, &query, NULL, out);
}

/* What becomes of strangers' mail, and whether the record can be evaluated at all. */
static const struct {
	enum doctor_mark mark;
	const char *what, *why, *todo;
} spf_ends[] = {
	[AUTH_SPF_NONE] = {DOCTOR_ERROR, "the record is not found",
		"everybody can send in its name", "publish one, as v=spf1 mx -all"},
	[AUTH_SPF_NEUTRAL] = {DOCTOR_WARNING, "strangers are neutral",
		"the record says of nobody that he may not send, so it protects nothing",
		"end it in -all, or in ~all while you try"},
	[AUTH_SPF_PASS] = {DOCTOR_ERROR, "strangers pass", "everybody may send in its name",
		"find the term that lets everybody in (+all, a network that is too large), and "
		"end the record in -all"},
	[AUTH_SPF_FAIL] = {DOCTOR_OK, "strangers fail (-all)", NULL, NULL},
	[AUTH_SPF_SOFTFAIL] = {DOCTOR_OK, "strangers get softfail (~all)", NULL, NULL},
	[AUTH_SPF_TEMPERROR] = {DOCTOR_WARNING, "not all of it could be looked up",
		"while that is so, mail of the domain may be put off",
		"try again; if it stays so, look at the name servers of what it includes"},
	[AUTH_SPF_PERMERROR] = {DOCTOR_ERROR, "the record is broken",
		"receivers treat the domain as if it had none, or refuse its mail", "mend it"},
};

static void tell_spf(struct doctor *d, struct span record, const struct auth_spf *spf)
{
	enum { LOOKUPS_NEAR = 8 };

	doctor_tell(d, spf_ends[spf->result].mark, spf_ends[spf->result].why,
		spf_ends[spf->result].todo, "%s%s%.*s: %.*s", spf_ends[spf->result].what,
		spf->why.n > 0 ? ", " : "", SPAN_ARG(spf->why), SPAN_ARG(record));
	if (spf->result == AUTH_SPF_PERMERROR)
		return;
	doctor_tell(d, spf->lookups >= LOOKUPS_NEAR ? DOCTOR_WARNING : DOCTOR_OK,
		spf->lookups >= LOOKUPS_NEAR ? "with one too many the whole record is an error"
					     : NULL,
		spf->lookups >= LOOKUPS_NEAR ? "replace includes by ip4: and ip6: where you can"
					     : NULL,
		"%u of %d lookups are used", spf->lookups, AUTH_SPF_LOOKUPS_MOST);
	if (spf->voids > 0)
		doctor_tell(d, DOCTOR_WARNING, "with more than two the whole record is an error",
			"take away what names nothing any more", "%u of them find nothing",
			spf->voids);
	if (span_find_nocase(record, SPAN(" ptr")) < record.n)
		doctor_tell(d, DOCTOR_WARNING, "it is slow, and receivers may skip it (RFC 7208)",
			"name the addresses instead", "the record uses ptr");
}

enum rc doctor_look_spf(struct doctor *d)
{
	const struct dns_answer *txt;
	const struct auth_spf *spf;
	struct span record = {0};
	enum rc rc = doctor_ask(d, DNS_TXT, d->domain, &txt);
	size_t n = 0;

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < txt->n; i++) {
		if (!auth_spf_is_record(txt->v[i].text))
			continue;
		record = txt->v[i].text;
		n++;
	}
	if (n == 0)
		doctor_tell(d, DOCTOR_ERROR,
			"everybody can send in its name, and large receivers refuse its mail",
			"publish one as a TXT record, as v=spf1 mx -all", "%.*s has no SPF record",
			SPAN_ARG(d->domain));
	if (n > 1)
		doctor_tell(d, DOCTOR_ERROR, "receivers treat that as an error, not as one of them",
			"make one record of them", "%.*s has %zu SPF records", SPAN_ARG(d->domain),
			n);
	if (n != 1)
		return RC_OK;
	rc = evaluate_spf(d, SPAN(STRANGER), &spf);
	if (rc == RC_OK)
		tell_spf(d, record, spf);
	return rc;
}

/* May the server send? */
enum rc doctor_look_server_spf(struct doctor *d)
{
	struct doctor_servers servers;
	bool waits = doctor_find_servers(d, &servers) == RC_WAIT;

	for (size_t i = 0; i < servers.n; i++) {
		const struct auth_spf *spf;

		if (evaluate_spf(d, servers.v[i], &spf) == RC_WAIT) {
			waits = true;
			continue;
		}
		/* the probe before has told of errors */
		if (spf->result == AUTH_SPF_PASS)
			doctor_tell(d, DOCTOR_OK, NULL, NULL, "%.*s may send (%.*s)",
				SPAN_ARG(servers.v[i]), SPAN_ARG(spf->mechanism));
		else if (spf->result == AUTH_SPF_FAIL || spf->result == AUTH_SPF_SOFTFAIL ||
			spf->result == AUTH_SPF_NEUTRAL)
			doctor_tell(d, servers.guessed ? DOCTOR_WARNING : DOCTOR_ERROR,
				"mail from there looks forged",
				servers.guessed ? "if that server sends, too, add it to the record"
						: "add the address to the record",
				"mail from %.*s%s gets %s (%.*s)", SPAN_ARG(servers.v[i]),
				servers.guessed ? ", an MX host," : "", auth_spf_word(spf->result),
				SPAN_ARG(spf->mechanism));
	}
	return waits ? RC_WAIT : RC_OK;
}
