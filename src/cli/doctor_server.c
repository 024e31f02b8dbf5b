/* Probes of `winnow doctor` for the server that sends: its reverse name, and the block lists it may stand on. */
#include "cli/doctor_inner.h"

#include "checks/checks.h"
#include "dns/dns.h"
#include "url/url.h"

/* ---- PTR ---- */

static bool has_ip(const struct dns_answer *answer, const struct ip *ip)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct ip other;

		if (ip_parse(answer->v[i].text, &other) && ip_equal(&other, ip))
			return true;
	}
	return false;
}

/* Names that providers give to addresses: the numbers of the address stand in them. */
static bool is_generic(const struct ip *ip, struct span name)
{
	size_t numbers = 0;

	if (!ip_is_v4(ip))
		return false;
	for (size_t i = 0; i < name.n;) {
		uint64_t value;
		size_t n = num_read_u64(span_from_offset(name, i), 255, &value);

		for (size_t k = 12; n > 0 && k < 16; k++) {
			if (ip->bytes[k] == value) {
				numbers++;
				break;
			}
		}
		i += n > 0 ? n : 1;
	}
	return numbers >= 3;
}

/* Forward-confirmed: the name has the address. */
static enum rc look_name(struct doctor *d, struct span address, struct span name)
{
	const struct dns_answer *answer;
	struct ip ip;
	enum rc rc;

	if (!ip_parse(address, &ip))
		return RC_OK;
	rc = doctor_ask(d, ip_is_v4(&ip) ? DNS_A : DNS_AAAA, name, &answer);
	if (rc != RC_OK)
		return rc;
	if (!has_ip(answer, &ip))
		doctor_tell(d, DOCTOR_ERROR, "many servers refuse mail from there",
			"give the name that address, or the address the server's own name",
			"%.*s is called %.*s, which does not lead back", SPAN_ARG(address),
			SPAN_ARG(name));
	else if (is_generic(&ip, name))
		doctor_tell(d, DOCTOR_WARNING, "it looks like a customer's line, not like a server",
			"let your provider set the server's own name, and say it in HELO, too",
			"%.*s is called %.*s", SPAN_ARG(address), SPAN_ARG(name));
	else if (span_find_byte(name, '.') == name.n)
		doctor_tell(d, DOCTOR_WARNING, "HELO wants a full name (RFC 5321 section 4.1.1.1)",
			"give it a name within a domain", "%.*s is called %.*s", SPAN_ARG(address),
			SPAN_ARG(name));
	else
		doctor_tell(d, DOCTOR_OK, NULL, NULL,
			"%.*s is called %.*s and back; HELO should say that name",
			SPAN_ARG(address), SPAN_ARG(name));
	return RC_OK;
}

static enum rc look_address(struct doctor *d, struct span address)
{
	const struct dns_answer *ptr;
	enum rc rc = dns_need_ptr(d->needs, address, &ptr);
	struct span why = needs_why(d->needs);

	if (rc == RC_WAIT)
		return rc;
	if (rc != RC_OK)
		doctor_tell(d, DOCTOR_WARNING, NULL, "try again", "%.*s: no name for now: %.*s",
			SPAN_ARG(address), SPAN_ARG(why));
	else if (ptr->n == 0)
		doctor_tell(d, DOCTOR_ERROR, "large receivers refuse mail from there",
			"let your provider set the server's name as the reverse name (PTR)",
			"%.*s has no reverse name", SPAN_ARG(address));
	else
		return look_name(d, address, ptr->v[0].text);
	return RC_OK;
}

enum rc doctor_look_ptr(struct doctor *d)
{
	struct doctor_servers servers;
	bool waits = doctor_find_servers(d, &servers) == RC_WAIT;

	for (size_t i = 0; i < servers.n; i++)
		waits = look_address(d, servers.v[i]) == RC_WAIT || waits;
	return waits ? RC_WAIT : RC_OK;
}

/* ---- block lists ---- */

struct asking {
	struct doctor *d;
	size_t asked, usable, untested;
	struct buf names; /* of those that are not tested */
	bool waits, dns_is_well;
};

static void look_list(void *ctx, struct span zone, enum dns_list_kind kind)
{
	struct asking *a = ctx;
	struct doctor *d = a->d;
	const struct dns_list *list;
	enum rc rc = a->dns_is_well ? dns_list_need(d->needs, zone, &list) : RC_TEMPFAIL;

	a->asked++;
	a->waits = a->waits || rc == RC_WAIT;
	if (rc == RC_OK && list->usable) {
		a->usable++;
		if (!span_is_null(list->note))
			doctor_tell(d, DOCTOR_WARNING, "what it lists is perhaps not found",
				"look at its owner's page; or switch it off in local.d/rbl.conf",
				"%.*s", SPAN_ARG(list->note));
	} else if (rc == RC_OK) {
		doctor_tell(d, DOCTOR_WARNING, "what it lists is not found",
			"as it says, or try again; if it stays so, switch the list off in local.d/rbl.conf",
			"%.*s", SPAN_ARG(list->why));
	} else if (rc != RC_WAIT) {
		buf_add_string(&a->names, a->untested++ == 0 ? "" : ", ");
		buf_add(&a->names, zone);
	}
}

/* Each list that the configuration has on: may we ask it? A table of answers has nobody to ask. */
enum rc doctor_look_lists(struct doctor *d)
{
	enum { NAMES_MOST = 4096 };
	struct asking a = {.d = d};

	if (d->answers.network == NULL)
		return RC_OK;
	if (doctor_test_dns(d, &a.dns_is_well) == RC_WAIT)
		return RC_WAIT;
	buf_init(&a.names, d->arena, NAMES_MOST);
	checks_each_list(d->generation->scan, look_list, &a);
	if (a.waits)
		return RC_WAIT;
	if (a.untested > 0)
		doctor_tell(d, DOCTOR_WARNING, "what they list is not found",
			a.dns_is_well ? "try again" : "mend DNS first",
			"%zu of %zu block lists were not tested: %.*s", a.untested, a.asked,
			SPAN_ARG(buf_span(&a.names)));
	if (a.usable > 0)
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%zu of %zu block lists may be asked",
			a.usable, a.asked);
	return RC_OK;
}

static void tell_hit(struct doctor *d, struct span address, const struct scan_hit *hit)
{
	bool is_bad = hit->alone > 0;
	struct span evidence = hit->evidence_count > 0 ? hit->evidence[0] : SPAN("");

	doctor_tell(d, is_bad ? DOCTOR_ERROR : DOCTOR_OK,
		is_bad ? "servers that ask this list refuse its mail or mark it" : NULL,
		is_bad ? "find what was sent from there, stop it, then ask the list to take it off"
		       : NULL,
		"%.*s: %.*s [%.*s]", SPAN_ARG(address), SPAN_ARG(hit->rule->description),
		SPAN_ARG(evidence));
}

static void tell_listed(struct doctor *d, struct span address, const struct scan_verdict *v)
{
	bool found = false;

	for (size_t i = 0; i < v->hit_count; i++) {
		const struct check *check = v->hits[i].rule->check;

		if (check == NULL || !span_equal(span_of(check->name), SPAN("rbl")))
			continue;
		found = found || v->hits[i].alone > 0;
		tell_hit(d, address, &v->hits[i]);
	}
	if (!found)
		doctor_tell(d, DOCTOR_OK, NULL, NULL, "%.*s is on no block list that was asked",
			SPAN_ARG(address));
}

/*
 * A message from each server, judged as this filter judges one: so the answers of the lists mean what the
 * configuration says.
 */
enum rc doctor_look_listed(struct doctor *d)
{
	struct doctor_servers servers;
	bool well, waits = false;

	if (doctor_find_servers(d, &servers) == RC_WAIT || doctor_test_dns(d, &well) == RC_WAIT)
		return RC_WAIT;
	for (size_t i = 0; i < servers.n && !well; i++)
		doctor_tell(d, DOCTOR_WARNING, NULL, "mend DNS first",
			"%.*s was not looked for on block lists", SPAN_ARG(servers.v[i]));
	for (size_t i = 0; i < servers.n && well; i++) {
		struct msg_envelope envelope = {.address = servers.v[i]};

		if (d->scans[i] == NULL)
			d->scans[i] = scan_start(d->generation->scan,
				msg_make(d->arena, &envelope, SPAN("Subject: test\r\n\r\n")),
				d->needs->memo);
		if (cli_step_scan(d->scans[i]) == RC_WAIT)
			waits = true;
		else
			tell_listed(d, servers.v[i], scan_verdict(d->scans[i]));
	}
	return waits ? RC_WAIT : RC_OK;
}
