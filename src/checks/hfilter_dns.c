/* What the name servers say of a host: whether it has addresses, and whether mail for it has somewhere to go. */
#include "checks/inner.h"

#include "dns/dns.h"
#include "url/url.h"

static const struct dns_answer nothing = {.status = DNS_NO_NAME};

/* What cannot be a name is not there. */
static enum rc look(struct scan *s, enum dns_type type, struct span name,
	const struct dns_answer **out)
{
	enum rc rc = dns_need(s->needs, type, name, out);

	if (rc == RC_INVALID) {
		*out = &nothing;
		return RC_OK;
	}
	return rc;
}

/* Waiting comes before failing: all is asked at once. */
static enum rc join(enum rc a, enum rc b)
{
	if (a == RC_WAIT || b == RC_WAIT)
		return RC_WAIT;
	return a != RC_OK ? a : b;
}

/*
 * Whether one of the MX hosts has an address. Of very many only the first are asked for; when these have none, the
 * others are believed to have.
 */
static enum rc try_hosts(struct scan *s, const struct dns_answer *mx, struct checks_host *out)
{
	enum rc all = RC_OK;

	out->mail = mx->n > CHECKS_MX_MOST ? CHECKS_MAIL_HOSTS : CHECKS_MAIL_DEAD;
	out->dead = mx->v[0].text;
	for (size_t i = 0; i < mx->n && i < CHECKS_MX_MOST; i++) {
		const struct dns_answer *a, *aaaa;
		enum rc rc_a = look(s, DNS_A, mx->v[i].text, &a);
		enum rc rc_aaaa = look(s, DNS_AAAA, mx->v[i].text, &aaaa);

		if ((rc_a == RC_OK && a->n > 0) || (rc_aaaa == RC_OK && aaaa->n > 0))
			out->mail = CHECKS_MAIL_HOSTS;
		all = join(all, join(rc_a, rc_aaaa));
	}
	return out->mail == CHECKS_MAIL_HOSTS && all != RC_WAIT ? RC_OK : all;
}

enum rc checks_need_host(struct scan *s, struct span host, struct checks_host *out)
{
	const struct dns_answer *a, *aaaa, *mx;
	enum rc rc_a, rc_aaaa, rc_mx;
	struct span name;

	*out = (struct checks_host){.mail = CHECKS_MAIL_NOWHERE};
	if (!url_make_ascii(s->arena, host, &name))
		return RC_OK;
	rc_a = look(s, DNS_A, name, &a);
	rc_aaaa = look(s, DNS_AAAA, name, &aaaa);
	rc_mx = look(s, DNS_MX, name, &mx);
	if (rc_a != RC_OK || rc_aaaa != RC_OK || rc_mx != RC_OK)
		return join(rc_a, join(rc_aaaa, rc_mx));
	out->has_address = a->n + aaaa->n > 0;
	if (dns_is_null_mx(mx))
		out->mail = CHECKS_MAIL_REFUSED;
	else if (out->has_address)
		out->mail = CHECKS_MAIL_HOSTS;
	else if (mx->n > 0)
		return try_hosts(s, mx, out);
	return RC_OK;
}
