/*
 * dns: questions about names, as needs, and what answers them. Answers come from a table of records (a
 * zone file without TTL and class) until a resolver joins; checks cannot tell the difference.
 *
 *	const struct dns_answer *txt;
 *	enum rc rc = dns_need_txt(s->needs, domain, &txt);
 *
 *	if (rc != RC_OK)
 *		return rc;
 *	for (size_t i = 0; i < txt->n; i++)
 *		look_at(txt->v[i].text);
 */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "base/base.h"
#include "need/need.h"

enum dns_type {
	DNS_A,
	DNS_AAAA,
	DNS_MX,
	DNS_TXT,
	DNS_PTR,
	DNS_NS,
	DNS_SOA,
	DNS_CNAME,
	DNS_TLSA,
	DNS_SPF,
	DNS_TYPE_COUNT
};

enum dns_status {
	DNS_FOUND,   /* n > 0 */
	DNS_NO_DATA, /* the name is there, the type is not */
	DNS_NO_NAME  /* NXDOMAIN */
};

struct dns_record {
	struct span
		text; /* address or host name as text; all strings of a TXT joined; raw for others */
	unsigned preference; /* of an MX */
};

/* A definite answer. Timeouts, SERVFAIL and the like are RC_TEMPFAIL with a why, never an answer. */
struct dns_answer {
	enum dns_status status;
	bool secure; /* DNSSEC says so */
	const struct dns_record *v;
	size_t n;
};

/*
 * RC_OK with *out, RC_WAIT, RC_TEMPFAIL, or RC_LIMIT, as need_ask(); RC_INVALID for what cannot be a
 * name (empty label, label over 63 or name over 253 bytes, control bytes): no question is asked then.
 * Names in any case, with or without the final dot; host names in UTF-8 must be A-labels already.
 */
enum rc dns_need(struct needs *needs, enum dns_type type, struct span name,
	const struct dns_answer **out);
enum rc dns_need_a(struct needs *needs, struct span name, const struct dns_answer **out);
enum rc dns_need_aaaa(struct needs *needs, struct span name, const struct dns_answer **out);
enum rc dns_need_mx(struct needs *needs, struct span name, const struct dns_answer **out);
enum rc dns_need_txt(struct needs *needs, struct span name, const struct dns_answer **out);
/* `address` as text; asks in-addr.arpa or ip6.arpa (RFC 1035 3.5, RFC 3596 2.5). */
enum rc dns_need_ptr(struct needs *needs, struct span address, const struct dns_answer **out);

/* Of the answer about an MX: the domain says that it takes no mail (RFC 7505). */
bool dns_is_null_mx(const struct dns_answer *mx);

extern const struct need_kind dns_kind;
const char *dns_type_name(enum dns_type type);

/*
 * A table of records that stands for the network: `name TYPE data` a line, names absolute with or
 * without the final dot, TXT as quoted strings with RFC 1035 escapes, `;` comments, CNAMEs are followed
 * (at most 8), and the types TIMEOUT, SERVFAIL and NXDOMAIN without data, which hold for all types that the name
 * has no records of. A name that is not in it does not exist. RC_INVALID with "line 3: ..." in `why`.
 */
struct dns_zone;
enum { DNS_ZONE_MOST = 16 << 20, DNS_CNAMES_MOST = 8 };

enum rc dns_zone_parse(struct arena *a, struct span text, struct dns_zone **out, struct why *why);
/* An empty table: no name exists. */
struct dns_zone *dns_zone_make(struct arena *a);
/* The driver that answers from the table at once; TIMEOUT and SERVFAIL are RC_TEMPFAIL. */
const struct need_driver *dns_zone_driver(struct arena *a, struct dns_zone *zone);

#include "dns/hosts.h"
#include "dns/list.h"
#include "dns/resolver.h"

#endif
