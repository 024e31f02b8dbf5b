#include "auth/auth.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "auth/dmarc_inner.h"

/* ---- records ---- */

static const struct {
	const char *name, *text, *record;
} records[] = {
	{"the shortest one", "v=DMARC1;p=none", "none none none 100"},
	{"subdomains fall back to p", "v=DMARC1; p=reject", "reject reject reject 100"},
	{"what does not exist falls back to sp", "v=DMARC1; p=reject; sp=none",
		"reject none none 100"},
	{"all of them", "v=DMARC1; p=none; sp=quarantine; np=reject", "none quarantine reject 100"},
	{"blanks and case do not matter", " V \t= DMARC1 ;\tP = Reject ; ASPF=S; adkim = s ",
		"reject reject reject 100 adkim=s aspf=s"},
	{"the version's case does", "v=dmarc1; p=none", ""},
	{"another version", "v=DMARC2; p=none", ""},
	{"the version must be first", "p=none; v=DMARC1", ""},
	{"no version", "p=none", ""},
	{"text behind the version", "v=DMARC1 p=none", ""},
	{"an empty text", "", ""},
	{"the order of others is free", "v=DMARC1; pct=7; sp=none; p=reject", "reject none none 7"},
	{"unknown tags are passed over", "v=DMARC1; x=y; p=none; rf=afrf; ri=1",
		"none none none 100"},
	{"empty and broken tags are passed over",
		"v=DMARC1;;p=none;nonsense;=x;pct=;aspf=", "none none none 100"},
	{"of a tag twice the first counts", "v=DMARC1; p=reject; p=none; t=y; t=n",
		"reject reject reject 100 t"},
	{"all of a percentage", "v=DMARC1; p=none; pct=0", "none none none 0"},
	{"more than all", "v=DMARC1; p=none; pct=101", "none none none 100"},
	{"no number", "v=DMARC1; p=none; pct=-1", "none none none 100"},
	{"a public suffix", "v=DMARC1; p=none; psd=y", "none none none 100 psd=y"},
	{"no public suffix", "v=DMARC1; p=none; psd=N", "none none none 100 psd=n"},
	{"perhaps a public suffix", "v=DMARC1; p=none; psd=u", "none none none 100"},
	{"reports stay as they are",
		"v=DMARC1; p=none; rua=mailto:a@b.example!10m , mailto:c@d.example; "
		"ruf=mailto:e@f.example; fo=1:d",
		"none none none 100 rua=mailto:a@b.example!10m , mailto:c@d.example "
		"ruf=mailto:e@f.example fo=1:d"},
	{"no policy", "v=DMARC1", "none none none 100: no policy that is known (p=)"},
	{"an unknown policy", "v=DMARC1; p=maybe; sp=reject",
		"none none none 100: no policy that is known (p=)"},
	{"no policy, but reports are wanted", "v=DMARC1; rua=mailto:a@b.example",
		"none none none 100 rua=mailto:a@b.example"},
	{"reports to nowhere do not help", "v=DMARC1; rua=nobody,; p=",
		"none none none 100 rua=nobody,: no policy that is known (p=)"},
	{"the second place for reports helps", "v=DMARC1; p=x; rua=a b:c, https://b.example/x",
		"none none none 100 rua=a b:c, https://b.example/x"},
	{"an unknown policy for subdomains", "v=DMARC1; p=reject; sp=all",
		"none none none 100: the policy for subdomains is not known (sp=, np=)"},
	{"an unknown policy for what does not exist, with reports",
		"v=DMARC1; p=reject; np=; rua=mailto:a@b.example",
		"none none none 100 rua=mailto:a@b.example"},
};

static void add_kept(struct buf *out, const char *name, struct span text)
{
	if (!span_is_null(text))
		buf_printf(out, " %s=%.*s", name, SPAN_ARG(text));
}

static const char *tell_record(struct arena *a, const char *text)
{
	struct dmarc_record r;
	struct buf out;

	if (!auth_dmarc_parse_record(span_of(text), &r))
		return "";
	buf_init(&out, a, 1000);
	buf_printf(&out, "%s %s %s %u", auth_policy_word(r.p), auth_policy_word(r.sp),
		auth_policy_word(r.np), r.pct);
	buf_printf(&out, "%s%s%s%s", r.strict_dkim ? " adkim=s" : "", r.strict_spf ? " aspf=s" : "",
		r.is_testing ? " t" : "",
		r.psd == DMARC_PSD_YES          ? " psd=y"
			: r.psd == DMARC_PSD_NO ? " psd=n"
						: "");
	add_kept(&out, "rua", r.rua);
	add_kept(&out, "ruf", r.ruf);
	add_kept(&out, "fo", r.fo);
	buf_printf(&out, "%s%s", r.why == NULL ? "" : ": ", r.why == NULL ? "" : r.why);
	return arena_string(a, buf_span(&out));
}

static void a_record_is_read_as_the_standards_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct arena *a = arena_make();
		const char *told = tell_record(a, records[i].text);

		if (strcmp(told, records[i].record) != 0)
			fail_msg("%s: %s", records[i].name, told);
		arena_free(a);
	}
}

/* ---- a message and a zone ---- */

struct scene {
	struct arena *a;
	struct need_memo *memo;
	struct needs needs;
	struct msg *msg;
};

/* "\x02" in a header stands for a NUL. */
static struct span make_bytes(struct arena *a, const char *header)
{
	struct span text = arena_printf(a, "%sSubject: x\n\ny\n", header);
	char *p = arena_alloc_raw(a, text.n);

	memcpy(p, text.p, text.n);
	for (size_t i = 0; i < text.n; i++)
		if (p[i] == '\x02')
			p[i] = '\0';
	return span_from(p, text.n);
}

static void open_scene(struct scene *s, const char *zone_text, const char *header)
{
	static const struct msg_envelope envelope = {.address = SPAN_INIT("192.0.2.1")};
	struct dns_zone *zone;
	struct why why;

	*s = (struct scene){.a = arena_make()};
	if (dns_zone_parse(s->a, span_of(zone_text), &zone, &why) != RC_OK)
		fail_msg("%s", why.text);
	s->memo = need_memo_make(s->a, 0);
	need_memo_use(s->memo, dns_zone_driver(s->a, zone));
	needs_init(&s->needs, s->memo, 2000);
	s->msg = msg_make(s->a, &envelope, make_bytes(s->a, header));
}

/* "pass example.org": a result of SPF; several of DKIM, comma separated; NULL: not checked. */
static const struct auth_spf *make_spf(struct arena *a, const char *text)
{
	struct auth_spf *spf;
	struct span rest = span_of(text), word;

	if (text == NULL)
		return NULL;
	spf = ARENA_NEW(a, struct auth_spf);
	must(span_next(&rest, ' ', &word));
	spf->result = span_equal(word, SPAN("pass"))  ? AUTH_SPF_PASS
		: span_equal(word, SPAN("temperror")) ? AUTH_SPF_TEMPERROR
						      : AUTH_SPF_FAIL;
	spf->domain = rest;
	return spf;
}

static const struct auth_dkim *make_dkim(struct arena *a, const char *text)
{
	struct auth_dkim *dkim;
	struct auth_signature *v;
	struct span list = span_of(text), one, word;

	if (text == NULL)
		return NULL;
	dkim = ARENA_NEW(a, struct auth_dkim);
	v = ARENA_ARRAY(a, struct auth_signature, AUTH_SIGNATURES_CAP);
	for (; span_next(&list, ',', &one); dkim->n++) {
		must(span_next(&one, ' ', &word));
		v[dkim->n].result = span_equal(word, SPAN("pass")) ? AUTH_DKIM_PASS
			: span_equal(word, SPAN("temperror"))      ? AUTH_DKIM_TEMPERROR
			: span_equal(word, SPAN("policy"))         ? AUTH_DKIM_POLICY
								   : AUTH_DKIM_FAIL;
		v[dkim->n].domain = one;
	}
	dkim->v = v;
	return dkim;
}

/* "fail quarantine of reject, a.example by example, testing sampled: why" */
static const char *tell(struct arena *a, const struct auth_dmarc *d)
{
	struct buf out;

	buf_init(&out, a, 1000);
	buf_printf(&out, "%s %s", auth_dmarc_word(d->result), auth_policy_word(d->disposition));
	if (d->disposition != d->policy)
		buf_printf(&out, " of %s", auth_policy_word(d->policy));
	if (!span_is_null(d->from_domain))
		buf_printf(&out, ", %.*s in %.*s", SPAN_ARG(d->from_domain),
			SPAN_ARG(d->org_domain));
	if (!span_is_null(d->record_domain))
		buf_printf(&out, " by %.*s", SPAN_ARG(d->record_domain));
	buf_printf(&out, "%s%s%s", d->spf_aligned ? " spf" : "", d->dkim_aligned ? " dkim" : "",
		d->domain_exists || span_is_null(d->from_domain) ? "" : " missing");
	if (!span_is_null(d->why))
		buf_printf(&out, ": %.*s", SPAN_ARG(d->why));
	return arena_string(a, buf_span(&out));
}

static const char *evaluate(struct scene *s, enum auth_walk walk, const char *spf, const char *dkim)
{
	const struct auth_dmarc_options options = {.walk = walk};
	const struct auth_dmarc *d;

	assert_int_equal(auth_dmarc_evaluate(s->msg, &s->needs, &options, make_spf(s->a, spf),
				 make_dkim(s->a, dkim), NULL, &d),
		RC_OK);
	return tell(s->a, d);
}

#define FROM(address) "From: " address "\n"
#define ORG "_dmarc.example.org TXT \"v=DMARC1; p=reject; sp=quarantine\"\n"
#define NEITHER ": No valid SPF, No valid DKIM"

static const struct row {
	const char *name, *zone, *header, *spf, *dkim, *result;
} rows[] = {
	{"nothing is published", "", FROM("a@example.org"), "pass example.org", "",
		"none none, example.org in example.org"},
	{"SPF of the same domain", ORG, FROM("a@example.org"), "pass example.org", "",
		"pass none of reject, example.org in example.org by example.org spf"},
	{"DKIM of the same domain", ORG, FROM("a@EXAMPLE.org"), "fail x.example",
		"fail example.org,pass Example.ORG",
		"pass none of reject, example.org in example.org by example.org dkim"},
	{"neither", ORG, FROM("a@example.org"), "fail example.org", "fail example.org",
		"fail reject, example.org in example.org by example.org" NEITHER},
	{"nothing was checked", ORG, FROM("a@example.org"), NULL, NULL,
		"fail reject, example.org in example.org by example.org" NEITHER},
	{"of somebody else", ORG, FROM("a@example.org"), "pass x.example", "pass y.example",
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"DKIM not aligned (relaxed)"},
	{"a name that only ends the same", ORG, FROM("a@example.org"), "pass notexample.org",
		"pass xexample.org",
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"DKIM not aligned (relaxed)"},
	{"a signature that is only policy does not pass", ORG, FROM("a@example.org"), NULL,
		"policy example.org",
		"fail reject, example.org in example.org by example.org" NEITHER},
	{"relaxed: a subdomain signs", ORG, FROM("a@example.org"), NULL, "pass m.example.org",
		"pass none of reject, example.org in example.org by example.org dkim"},
	{"relaxed: a subdomain writes", ORG, FROM("a@m.example.org"), "pass example.org", NULL,
		"pass none of quarantine, m.example.org in example.org by example.org spf"},
	{"relaxed: siblings", ORG, FROM("a@m.example.org"), "pass n.example.org", NULL,
		"pass none of quarantine, m.example.org in example.org by example.org spf"},
	{"strict: a subdomain does not count",
		"_dmarc.example.org TXT \"v=DMARC1; p=reject; adkim=s; aspf=s\"\n",
		FROM("a@example.org"), "pass m.example.org", "pass m.example.org",
		"fail reject, example.org in example.org by example.org: SPF not aligned (strict), "
		"DKIM not aligned (strict)"},
	{"strict for one of them", "_dmarc.example.org TXT \"v=DMARC1; p=reject; adkim=s\"\n",
		FROM("a@example.org"), "pass m.example.org", "pass m.example.org",
		"pass none of reject, example.org in example.org by example.org spf"},
	{"the top-level domain as signer", ORG, FROM("a@example.org"), "pass org", "pass org",
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"DKIM not aligned (relaxed)"},
	{"a domain with a dot at its end is no name that was shown", ORG, FROM("a@example.org"),
		NULL, "pass example.org.",
		"fail reject, example.org in example.org by example.org: No valid SPF, "
		"DKIM not aligned (relaxed)"},

	{"sp holds for subdomains", ORG, FROM("a@m.example.org"), NULL, NULL,
		"fail quarantine, m.example.org in example.org by example.org" NEITHER},
	{"np holds for what does not exist",
		"_dmarc.example.org TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"\n",
		FROM("a@m.example.org"), NULL, NULL,
		"fail reject, m.example.org in example.org by example.org missing" NEITHER},
	{"np does not hold for what exists",
		"_dmarc.example.org TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"\n"
		"m.example.org MX 10 x.example.org\n",
		FROM("a@m.example.org"), NULL, NULL,
		"fail quarantine, m.example.org in example.org by example.org" NEITHER},
	{"whether it exists cannot be told",
		"_dmarc.example.org TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n"
		"m.example.org A TIMEOUT\nm.example.org TIMEOUT\n",
		FROM("a@m.example.org"), NULL, NULL,
		"fail none, m.example.org in example.org by example.org" NEITHER},
	{"a subdomain's own record", ORG "_dmarc.m.example.org TXT \"v=DMARC1; p=none\"\n",
		FROM("a@m.example.org"), "pass example.org", NULL,
		"pass none, m.example.org in example.org by m.example.org spf"},
	{"a record between counts for nobody else",
		ORG "_dmarc.m.example.org TXT \"v=DMARC1; p=none\"\n", FROM("a@x.m.example.org"),
		NULL, NULL,
		"fail quarantine, x.m.example.org in example.org by example.org" NEITHER},
	{"psd=n makes a domain of its own",
		ORG "_dmarc.m.example.org TXT \"v=DMARC1; p=none; psd=n\"\n",
		FROM("a@x.m.example.org"), "pass example.org", "pass y.m.example.org",
		"pass none, x.m.example.org in m.example.org by m.example.org dkim"},
	{"psd=n of the signer keeps it apart",
		ORG "_dmarc.m.example.org TXT \"v=DMARC1; p=none; psd=n\"\n", FROM("a@example.org"),
		NULL, "pass m.example.org",
		"fail reject, example.org in example.org by example.org: No valid SPF, "
		"DKIM not aligned (relaxed)"},
	{"psd=y: the domain below it",
		"_dmarc.bank TXT \"v=DMARC1; p=none; sp=quarantine; np=reject; psd=y\"\n"
		"a.bank A 192.0.2.1\n",
		FROM("a@a.bank"), "pass b.bank", "pass bank",
		"fail quarantine, a.bank in a.bank by bank: SPF not aligned (relaxed), "
		"DKIM not aligned (relaxed)"},
	{"psd=y: what does not exist",
		"_dmarc.bank TXT \"v=DMARC1; p=none; sp=quarantine; np=reject; psd=y\"\n",
		FROM("a@x.a.bank"), "pass y.a.bank", NULL,
		"pass none of reject, x.a.bank in a.bank by bank spf missing"},
	{"psd=y at the author's own domain", "_dmarc.bank TXT \"v=DMARC1; p=reject; psd=y\"\n",
		FROM("a@bank"), NULL, NULL, "fail reject, bank in bank by bank" NEITHER},
	{"of many labels, seven are asked for",
		"_dmarc.d.e.f.g.h.i.j TXT \"v=DMARC1; p=reject\"\n"
		"_dmarc.c.d.e.f.g.h.i.j TXT \"v=DMARC1; p=quarantine\"\n",
		FROM("a@a.b.c.d.e.f.g.h.i.j"), NULL, NULL,
		"fail reject, a.b.c.d.e.f.g.h.i.j in d.e.f.g.h.i.j by d.e.f.g.h.i.j" NEITHER},
	{"psd=y below many labels", "_dmarc.d.e.f.g.h.i.j TXT \"v=DMARC1; p=reject; psd=y\"\n",
		FROM("a@a.b.c.d.e.f.g.h.i.j"), "pass x.c.d.e.f.g.h.i.j", NULL,
		"pass none of reject, a.b.c.d.e.f.g.h.i.j in c.d.e.f.g.h.i.j by d.e.f.g.h.i.j spf"},

	{"several records are none", ORG "_dmarc.example.org TXT \"v=DMARC1; p=none\"\n",
		FROM("a@example.org"), "pass example.org", NULL,
		"permerror none, example.org in example.org: _dmarc.example.org has several records"},
	{"other texts beside the record do not count",
		ORG "_dmarc.example.org TXT \"v=spf1 -all\"\n", FROM("a@example.org"), NULL, NULL,
		"fail reject, example.org in example.org by example.org" NEITHER},
	{"a record that cannot be used", "_dmarc.example.org TXT \"v=DMARC1; p=x\"\n",
		FROM("a@example.org"), "pass example.org", NULL,
		"permerror none, example.org in example.org by example.org: _dmarc.example.org: "
		"no policy that is known (p=)"},
	{"the record is not answered", "_dmarc.example.org TIMEOUT\n", FROM("a@example.org"),
		"pass example.org", NULL,
		"temperror none, example.org in example.org: _dmarc.example.org could not be looked "
		"up"},
	{"its own record is not answered, its organisation's is",
		ORG "_dmarc.m.example.org TIMEOUT\n", FROM("a@m.example.org"), NULL, NULL,
		"temperror none, m.example.org in example.org: _dmarc.m.example.org could not be "
		"looked up"},
	{"above is not answered, and is not needed", ORG "_dmarc.org SERVFAIL\n",
		FROM("a@example.org"), NULL, "pass example.org",
		"pass none of reject, example.org in example.org by example.org dkim"},
	{"above is not answered, and strangers stay strangers", ORG "_dmarc.org SERVFAIL\n",
		FROM("a@example.org"), NULL, "pass x.org",
		"fail reject, example.org in example.org by example.org: No valid SPF, "
		"DKIM not aligned (relaxed)"},
	{"between is not answered: perhaps it is not aligned",
		ORG "_dmarc.m.example.org SERVFAIL\n", FROM("a@x.m.example.org"), NULL,
		"pass example.org",
		"temperror none of quarantine, x.m.example.org in example.org by example.org: DKIM "
		"could not be worked out"},
	{"the signer's own name is not answered: perhaps it is apart",
		ORG "_dmarc.m.example.org SERVFAIL\n", FROM("a@example.org"), NULL,
		"pass m.example.org",
		"temperror none of reject, example.org in example.org by example.org: DKIM could not "
		"be worked out"},
	{"between is not answered: perhaps it would be aligned",
		"_dmarc.x.m.example.org TXT \"v=DMARC1; p=reject\"\n"
		"_dmarc.m.example.org SERVFAIL\n",
		FROM("a@x.m.example.org"), NULL, "pass y.m.example.org",
		"temperror none of reject, x.m.example.org in x.m.example.org by x.m.example.org: "
		"DKIM could not be worked out"},
	{"a key that was not answered is no failure", ORG, FROM("a@example.org"), "fail x.example",
		"temperror m.example.org",
		"temperror none of reject, example.org in example.org by example.org: DKIM could not "
		"be worked out"},
	{"a key of others that was not answered changes nothing", ORG, FROM("a@example.org"),
		"temperror x.example", "temperror y.example",
		"fail reject, example.org in example.org by example.org" NEITHER},
	{"SPF that was not answered is no failure", ORG, FROM("a@example.org"),
		"temperror example.org", "fail example.org",
		"temperror none of reject, example.org in example.org by example.org: SPF could not "
		"be worked out"},

	{"a test goes one step down", "_dmarc.example.org TXT \"v=DMARC1; p=reject; t=y\"\n",
		FROM("a@example.org"), NULL, NULL,
		"fail quarantine of reject, example.org in example.org by example.org" NEITHER},
	{"nobody is of the sample", "_dmarc.example.org TXT \"v=DMARC1; p=quarantine; pct=0\"\n",
		FROM("a@example.org"), NULL, NULL,
		"fail none of quarantine, example.org in example.org by example.org" NEITHER},
	{"a test of nobody is one step, not two",
		"_dmarc.example.org TXT \"v=DMARC1; p=reject; pct=0; t=y\"\n",
		FROM("a@example.org"), NULL, NULL,
		"fail quarantine of reject, example.org in example.org by example.org" NEITHER},

	{"no From", ORG, "To: a@example.org\n", "pass example.org", NULL,
		"none none: there is no From field"},
	{"an empty From", ORG, "From:\n", "pass example.org", NULL,
		"none none: From holds no address"},
	{"a name without an address", ORG, FROM("Joe"), "pass example.org", NULL,
		"none none: the domain in From cannot be read"},
	{"no domain", ORG, FROM("joe@"), "pass example.org", NULL,
		"none none: the domain in From cannot be read"},
	{"an address of the network", ORG, FROM("joe@[192.0.2.1]"), "pass example.org", NULL,
		"none none: the domain in From cannot be read"},
	{"the same without brackets", ORG, FROM("joe@192.0.2.1"), "pass example.org", NULL,
		"none none: the domain in From cannot be read"},
	{"two From fields of one domain", ORG, FROM("a@example.org") FROM("b@example.org"),
		"pass example.org", NULL,
		"fail reject, example.org in example.org by example.org spf: there are several From "
		"fields"},
	{"the second From field is forged", ORG, FROM("a@x.example") FROM("b@example.org"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"the first From field is forged", ORG, FROM("b@example.org") FROM("a@x.example"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"one of two From fields has blanks before the colon", ORG,
		"From : b@example.org\n" FROM("a@x.example"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"one of two From fields has a byte in its name that nobody sees", ORG,
		"Fr\x01om: b@example.org\n" FROM("a@x.example"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"the only From field has a byte in its name that nobody sees", ORG,
		"Fr\x01om: b@example.org\n", "pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: the name "
		"of the From field is not plain"},
	{"two mailboxes of one domain", ORG, FROM("a@example.org, b@example.org"),
		"pass example.org", NULL,
		"pass none of reject, example.org in example.org by example.org spf"},
	{"two mailboxes, the second forged", ORG, FROM("a@x.example, b@example.org"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: From names several "
		"domains, SPF not aligned (relaxed), No valid DKIM"},
	{"two mailboxes, one without a policy", ORG, FROM("a@x.example, b@example.org"),
		"pass example.org", NULL,
		"none none, x.example in x.example: From names several domains"},
	{"two mailboxes, both pass", ORG "_dmarc.x.example TXT \"v=DMARC1; p=none\"\n",
		FROM("a@x.example, b@example.org"), "pass example.org", "pass x.example",
		"fail none, x.example in x.example by x.example dkim: From names several domains"},
	{"the strictest of several", ORG "_dmarc.x.example TXT \"v=DMARC1; p=quarantine\"\n",
		FROM("a@x.example, b@example.org"), NULL, NULL,
		"fail reject, example.org in example.org by example.org: From names several "
		"domains, No valid SPF, No valid DKIM"},
	{"the last domain that is looked at", ORG,
		FROM("a@a.example, b@b.example, c@c.example, d@example.org"), "pass a.example",
		NULL,
		"fail reject, example.org in example.org by example.org: From names several "
		"domains, SPF not aligned (relaxed), No valid DKIM"},
	{"more domains than are looked at", ORG,
		FROM("a@a.example, b@b.example, c@c.example, d@d.example, e@example.org"),
		"pass x.example", NULL,
		"none none, a.example in a.example: From names several domains"},
	{"an address beside that cannot be read", ORG, FROM("a@example.org, b@exa&mple.net"),
		"pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: an address "
		"in From cannot be read"},
	{"a name with a comma is one address", ORG, FROM("Doe, Joe <a@example.org>"),
		"pass example.org", NULL,
		"pass none of reject, example.org in example.org by example.org spf"},
	{"a local part that the standards do not know", ORG, FROM("<a..b.@example.org>"),
		"pass example.org", NULL,
		"pass none of reject, example.org in example.org by example.org spf"},
	{"a quoted local part with an @", ORG, FROM("\"a@x.example\"@example.org"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"No valid DKIM"},
	{"a route before the address", ORG, FROM("<@x.example,@y.example:a@example.org>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"No valid DKIM"},
	{"comments within", ORG, FROM("a(x@x.example)@(y)example(z).org (c@c.example)"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"No valid DKIM"},
	{"an address as the name", ORG, FROM("\"b@x.example\" <a@example.org>"), "pass x.example",
		NULL,
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"No valid DKIM"},
	{"a dot at the end of the domain is no other domain", ORG, FROM("CEO <a@example.org.>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: SPF not aligned (relaxed), "
		"No valid DKIM"},
	{"nor does it keep the domain from passing", ORG, FROM("a@example.org."),
		"pass example.org", NULL,
		"pass none of reject, example.org in example.org by example.org spf"},
	{"a NUL behind the domain", ORG, FROM("CEO <a@example.org\x02>"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"its own domain does not pass with it", ORG, FROM("CEO <a@example.org\x02>"),
		"pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: an address "
		"in From cannot be read"},
	{"a NUL and another domain", ORG, FROM("CEO <a@example.org\x02@x.example>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a NUL behind an address that others take for a name", ORG,
		FROM("a@example.org\x02 <a@x.example>"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a NUL within the domain", ORG, FROM("<a@exam\x02ple.org>"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a NUL before the domain", ORG,
		FROM("<a@\x02"
		     "example.org>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a control byte behind the domain", ORG, FROM("<a@example.org\x01@x.example>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a control byte in the local part", ORG,
		FROM("<\x7f"
		     "a@example.org>"),
		"pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: an address "
		"in From cannot be read"},
	{"a CR behind the domain", ORG, FROM("<a@example.org\r@x.example>"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"two @, the first one forged", ORG, FROM("a@example.org@x.example"), "pass x.example",
		NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"two @, the last one forged", ORG, FROM("a@x.example@example.org"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"two @ of one domain", ORG, FROM("a@example.org@example.org"), "pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: an address "
		"in From cannot be read"},
	{"two @ and a bracket that is quoted", ORG, FROM("<a@example.org\\>b@x.example>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"two @ and a bracket that is not", ORG, FROM("<a@example.org[@x.example>"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a blank behind the domain", ORG, FROM("<a@example.org x.example>"), "pass x.example",
		NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a comma between domains", ORG, FROM("<a@example.org,x.example>"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a semicolon between domains", ORG, FROM("<a@example.org;x.example>"), "pass x.example",
		NULL,
		"fail reject, example.org in example.org by example.org: an address in From cannot "
		"be read, SPF not aligned (relaxed), No valid DKIM"},
	{"a comment behind the domain says nothing", ORG, FROM("a@x.example(@example.org)"),
		"pass x.example", NULL, "none none, x.example in x.example"},
	{"a percent sign is not the end of a domain", ORG, FROM("<a@example.org%x.example>"),
		"pass x.example", NULL, "none none: the domain in From cannot be read"},
	{"two quoted local parts with an @", ORG, FROM("<\"a@b\".\"c\"@example.org>"),
		"pass example.org", NULL,
		"permerror none of reject, example.org in example.org by example.org spf: an address "
		"in From cannot be read"},
	{"a From field whose name goes on behind a NUL", ORG,
		"From\x02x: b@example.org\n" FROM("a@x.example"), "pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"a From field with DEL in its name", ORG, "Fr\x7fom: b@example.org\n" FROM("a@x.example"),
		"pass x.example", NULL,
		"fail reject, example.org in example.org by example.org: there are several From "
		"fields, SPF not aligned (relaxed), No valid DKIM"},
	{"an encoded word as the address", ORG, FROM("=?utf-8?q?a=40example.org?="),
		"pass example.org", NULL, "none none: the domain in From cannot be read"},
	{"an encoded word as the domain", ORG, FROM("a@=?utf-8?q?example.org?="),
		"pass example.org", NULL, "none none: the domain in From cannot be read"},
	{"letters of other scripts become A-labels",
		"_dmarc.xn--mller-kva.example TXT \"v=DMARC1; p=reject\"\n",
		FROM("a@M\xc3\xbcller.example"), "pass xn--mller-kva.example", NULL,
		"pass none of reject, xn--mller-kva.example in xn--mller-kva.example by "
		"xn--mller-kva.example spf"},
	{"a letter that looks the same is another domain", ORG, FROM("a@ex\xd0\xb0mple.org"),
		"pass example.org", NULL, "none none, xn--exmple-4nf.org in xn--exmple-4nf.org"},
};

static void the_result_follows_from_record_and_alignment(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct scene s;
		const char *told;

		open_scene(&s, row->zone, row->header);
		told = evaluate(&s, AUTH_TREE_WALK, row->spf, row->dkim);
		if (strcmp(told, row->result) != 0)
			fail_msg("%s: %s", row->name, told);
		arena_free(s.a);
	}
}

static const struct row suffix_rows[] = {
	{"the record of the registrable domain",
		"_dmarc.shop.co.uk TXT \"v=DMARC1; p=reject; sp=none\"\n"
		"_dmarc.co.uk TXT \"v=DMARC1; p=reject\"\n",
		FROM("a@x.y.shop.co.uk"), "pass z.shop.co.uk", NULL,
		"pass none, x.y.shop.co.uk in shop.co.uk by shop.co.uk spf"},
	{"no public suffix has one", "_dmarc.co.uk TXT \"v=DMARC1; p=reject\"\n",
		FROM("a@shop.co.uk"), "pass other.co.uk", NULL,
		"none none, shop.co.uk in shop.co.uk"},
	{"names between are not asked for",
		"_dmarc.y.shop.co.uk TXT \"v=DMARC1; p=reject; psd=n\"\n", FROM("a@x.y.shop.co.uk"),
		NULL, NULL, "none none, x.y.shop.co.uk in shop.co.uk"},
	{"neighbours below a public suffix are strangers",
		"_dmarc.shop.co.uk TXT \"v=DMARC1; p=reject\"\n", FROM("a@shop.co.uk"),
		"pass other.co.uk", "pass co.uk",
		"fail reject, shop.co.uk in shop.co.uk by shop.co.uk: SPF not aligned (relaxed), "
		"DKIM not aligned (relaxed)"},
	{"several records end the search",
		"_dmarc.x.shop.co.uk TXT \"v=DMARC1; p=none\"\n"
		"_dmarc.x.shop.co.uk TXT \"v=DMARC1; p=none\"\n"
		"_dmarc.shop.co.uk TXT \"v=DMARC1; p=reject\"\n",
		FROM("a@x.shop.co.uk"), NULL, NULL,
		"permerror none, x.shop.co.uk in shop.co.uk: _dmarc.x.shop.co.uk has several records"},
};

static void the_public_suffix_list_can_be_used_instead(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(suffix_rows); i++) {
		const struct row *row = &suffix_rows[i];
		struct scene s;
		const char *told;

		open_scene(&s, row->zone, row->header);
		told = evaluate(&s, AUTH_PUBLIC_SUFFIXES, row->spf, row->dkim);
		if (strcmp(told, row->result) != 0)
			fail_msg("%s: %s", row->name, told);
		arena_free(s.a);
	}
}

/* ---- samples, limits, waiting ---- */

static bool is_sampled_out(unsigned pct, unsigned n)
{
	const struct auth_dmarc *d;
	struct arena *a = arena_make();
	struct scene s;
	bool out;

	open_scene(&s,
		arena_string(a,
			arena_printf(a, "_dmarc.example.org TXT \"v=DMARC1; p=reject; pct=%u\"\n",
				pct)),
		arena_string(a, arena_printf(a, "From: a@example.org\nX-N: %u\n", n)));
	assert_int_equal(auth_dmarc_evaluate(s.msg, &s.needs, NULL, NULL, NULL, NULL, &d), RC_OK);
	assert_int_equal(d->disposition,
		d->is_sampled_out ? AUTH_POLICY_QUARANTINE : AUTH_POLICY_REJECT);
	out = d->is_sampled_out;
	arena_free(s.a);
	arena_free(a);
	return out;
}

static void a_sample_is_drawn_from_the_message(void **state)
{
	unsigned out = 0;

	(void)state;
	for (unsigned n = 0; n < 400; n++) {
		assert_false(is_sampled_out(100, n));
		assert_true(is_sampled_out(0, n));
		assert_int_equal(is_sampled_out(30, n), is_sampled_out(30, n));
		if (is_sampled_out(30, n)) {
			assert_true(is_sampled_out(10, n));
			out++;
		}
	}
	/* 280 on average; more than four deviations off is no sample */
	assert_in_range(out, 240, 320);
}

static void a_walk_asks_eight_questions_at_most(void **state)
{
	struct scene s;
	struct dmarc_walk walk;

	(void)state;
	open_scene(&s, "", "");
	assert_int_equal(auth_dmarc_walk(s.a, &s.needs, AUTH_TREE_WALK,
				 SPAN("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p"), &walk),
		RC_OK);
	assert_int_equal(need_memo_asked(s.memo), 8);
	assert_int_equal(walk.n, 8);
	assert_true(span_equal(walk.steps[1].domain, SPAN("j.k.l.m.n.o.p")));
	assert_true(span_equal(walk.steps[7].domain, SPAN("p")));
	arena_free(s.a);
}

static void domains_of_a_hostile_message_are_capped(void **state)
{
	struct scene s;
	struct arena *a = arena_make();
	struct buf from, dkim;

	(void)state;
	buf_init(&from, a, 1 << 20);
	buf_init(&dkim, a, 1 << 20);
	buf_add_string(&from, "From: x@y.example");
	for (unsigned i = 0; i < 5000; i++)
		buf_printf(&from, ", x@a.b.c.d.e.f.g.h.i.j%u.example", i);
	buf_add_string(&from, "\n");
	for (unsigned i = 0; i < AUTH_SIGNATURES_MOST; i++)
		buf_printf(&dkim, "%spass n%u.b.c.d.e.f.g.h.i.j0.example", i > 0 ? "," : "", i);
	open_scene(&s, "_dmarc.example TXT \"v=DMARC1; p=none\"\n",
		arena_string(a, buf_span(&from)));
	(void)evaluate(&s, AUTH_TREE_WALK, "pass z.b.c.d.e.f.g.h.i.j0.example",
		arena_string(a, buf_span(&dkim)));
	assert_in_range(need_memo_asked(s.memo), 1, 100);
	assert_int_equal(needs_why(&s.needs).n, 0);
	arena_free(s.a);
	arena_free(a);
}

/* Four authors, whose walks are the longest, and as many signatures as can be set, each of which has to be asked for. */
static void all_that_a_message_may_need_can_be_asked(void **state)
{
	struct arena *a = arena_make();
	const struct auth_dmarc *d;
	struct scene s;
	struct buf dkim;

	(void)state;
	buf_init(&dkim, a, 1 << 20);
	for (unsigned i = 0; i < AUTH_SIGNATURES_CAP; i++)
		buf_printf(&dkim, "%spass s%u.b.c.d.e.f.g.z.example.org", i > 0 ? "," : "", i);
	open_scene(&s,
		"_dmarc.example.org TXT \"v=DMARC1; p=none; np=quarantine\"\n"
		"_dmarc.z.example.org TXT \"v=DMARC1; p=none; psd=n\"\n"
		"_dmarc.a4.b.c.d.e.f.g.h.example.org TXT \"v=DMARC1; p=reject\"\n",
		FROM("x@a1.b.c.d.e.f.g.h.example.org, x@a2.b.c.d.e.f.g.h.example.org, "
		     "x@a3.b.c.d.e.f.g.h.example.org, x@a4.b.c.d.e.f.g.h.example.org"));
	assert_int_equal(auth_need_dmarc(s.msg, &s.needs, NULL,
				 make_spf(s.a, "pass s.b.c.d.e.f.g.z.example.org"),
				 make_dkim(s.a, arena_string(a, buf_span(&dkim))), &d),
		RC_OK);
	assert_string_equal(tell(s.a, d),
		"fail reject, a4.b.c.d.e.f.g.h.example.org in example.org by "
		"a4.b.c.d.e.f.g.h.example.org: From names several domains, SPF not aligned "
		"(relaxed), DKIM not aligned (relaxed)");
	arena_free(s.a);
	arena_free(a);
}

/* `n` pieces, the last of which is another one. */
static const char *repeat(struct arena *a, unsigned n, const char *piece, const char *last)
{
	struct buf out;

	buf_init(&out, a, 1 << 20);
	for (unsigned i = 0; i < n; i++)
		buf_add_string(&out, i + 1 < n ? piece : last);
	return arena_string(a, buf_span(&out));
}

static const char *evaluate_from(struct scene *s, const char *header)
{
	open_scene(s, "_dmarc.example.org TXT \"v=DMARC1; p=reject\"\n", header);
	return evaluate(s, AUTH_TREE_WALK, "pass x.example", NULL);
}

static void ten_hidden_fields_are_read(void **state)
{
	(void)state;
	for (unsigned n = 10; n <= 11; n++) {
		struct arena *a = arena_make();
		struct scene s;

		assert_string_equal(evaluate_from(&s,
					    repeat(a, n, "Fr\x01om: a@x.example\n",
						    "Fr\x01om: a@example.org\n")),
			n == 10 ? "fail reject, example.org in example.org by example.org: there are "
				  "several From fields, SPF not aligned (relaxed), No valid DKIM"
				: "none none, x.example in x.example: there are several From fields");
		arena_free(s.a);
		arena_free(a);
	}
}

static void behind_the_last_address_that_is_read_nothing_can_hide(void **state)
{
	struct arena *a = arena_make();
	struct scene s;

	(void)state;
	open_scene(&s, "_dmarc.x.example TXT \"v=DMARC1; p=none\"\n",
		arena_string(a,
			arena_printf(a, "From: b@x.example%s",
				repeat(a, MIME_ADDRESSES_MOST, ",a@x.example",
					",a@example.org\n"))));
	assert_string_equal(evaluate(&s, AUTH_TREE_WALK, "pass x.example", NULL),
		"permerror none, x.example in x.example by x.example spf: From names too many "
		"addresses");
	arena_free(s.a);
	arena_free(a);
}

/* ---- an asker that is answered later ---- */

struct late {
	struct dns_zone *zone;
	const struct need_driver *zone_driver;
	struct need_driver driver;
	struct {
		VEC(struct need *);
	} open;
	struct arena *a;
	unsigned rounds;
};

static enum rc ask_late(void *ctx, struct arena *a, struct need *need)
{
	struct late *late = ctx;

	(void)a;
	*VEC_ADD(late->a, &late->open) = need;
	return RC_WAIT;
}

/* Answers what is open, in the order or against it. */
static void answer_late(struct late *late, struct need_memo *memo, bool backwards)
{
	size_t n = late->open.n;

	for (size_t i = 0; i < n; i++) {
		struct need *need = late->open.v[backwards ? n - 1 - i : i];
		struct need asked = {.kind = need->kind, .key = need->key};
		enum rc rc = late->zone_driver->ask(late->zone_driver->ctx, late->a, &asked);

		need->why = asked.why;
		need_answer(memo, need, rc, asked.answer);
	}
	late->open.n = 0;
	late->rounds++;
}

static const char *evaluate_late(struct late *late, const struct row *row, bool backwards)
{
	static const struct msg_envelope envelope = {.address = SPAN_INIT("192.0.2.1")};
	struct arena *a = late->a;
	struct need_memo *memo = need_memo_make(a, 0);
	struct msg *m = msg_make(a, &envelope, make_bytes(a, row->header));
	const struct auth_dmarc *d;
	struct needs needs = {.memo = NULL};
	struct why why;

	must(dns_zone_parse(a, span_of(row->zone), &late->zone, &why) == RC_OK);
	late->zone_driver = dns_zone_driver(a, late->zone);
	late->driver = (struct need_driver){.kind = &dns_kind, .ctx = late, .ask = ask_late};
	need_memo_use(memo, &late->driver);
	for (;;) {
		needs_init(&needs, memo, 10);
		if (auth_need_dmarc(m, &needs, NULL, make_spf(a, row->spf), make_dkim(a, row->dkim),
			    &d) == RC_OK)
			break;
		assert_true(need_pending(&needs));
		answer_late(late, memo, backwards);
		assert_in_range(late->rounds, 1, 3);
	}
	assert_ptr_equal(auth_find_dmarc(m), d);
	return tell(a, d);
}

static void answers_may_come_late_and_in_any_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i / 2];
		struct late late = {.a = arena_make()};
		const char *told = evaluate_late(&late, row, i % 2 == 1);

		if (strcmp(told, row->result) != 0)
			fail_msg("%s: %s", row->name, told);
		arena_free(late.a);
	}
}

/* ---- answers that do not come ---- */

struct failing {
	const struct need_driver *zone_driver;
	unsigned asked, fails;
};

static enum rc ask_failing(void *ctx, struct arena *a, struct need *need)
{
	struct failing *f = ctx;

	if (f->asked++ != f->fails)
		return f->zone_driver->ask(f->zone_driver->ctx, a, need);
	return why_set(&need->why, RC_TEMPFAIL, "it fails");
}

/* The result when the question of this number has no answer; `*more`: there was such a question. */
static enum auth_dmarc_result evaluate_failing(const struct row *row, unsigned fails, bool *more)
{
	struct scene s;
	struct failing f;
	struct need_driver driver = {.kind = &dns_kind, .ctx = &f, .ask = ask_failing};
	struct dns_zone *zone;
	const struct auth_dmarc *d;
	enum auth_dmarc_result result;
	struct why why;

	open_scene(&s, "", row->header);
	assert_int_equal(dns_zone_parse(s.a, span_of(row->zone), &zone, &why), RC_OK);
	f = (struct failing){.zone_driver = dns_zone_driver(s.a, zone), .fails = fails};
	s.memo = need_memo_make(s.a, 0);
	need_memo_use(s.memo, &driver);
	needs_init(&s.needs, s.memo, 2000);
	assert_int_equal(auth_dmarc_evaluate(s.msg, &s.needs, NULL, make_spf(s.a, row->spf),
				 make_dkim(s.a, row->dkim), NULL, &d),
		RC_OK);
	result = d->result;
	*more = f.asked > fails;
	arena_free(s.a);
	return result;
}

static void without_an_answer_nothing_passes_that_did_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool more = true;
		enum auth_dmarc_result whole = evaluate_failing(&rows[i], UINT_MAX, &more);

		more = true;
		for (unsigned k = 0; more; k++) {
			enum auth_dmarc_result result = evaluate_failing(&rows[i], k, &more);

			if (result == AUTH_DMARC_PASS && whole != AUTH_DMARC_PASS)
				fail_msg("%s: passes without answer %u", rows[i].name, k);
			if (result == AUTH_DMARC_FAIL && whole == AUTH_DMARC_PASS)
				fail_msg("%s: fails without answer %u", rows[i].name, k);
		}
	}
}

static void the_steps_can_be_told(void **state)
{
	static const char *const expected[] = {
		"_dmarc.m.example.org: no record",
		"_dmarc.example.org: v=DMARC1; p=none; np=reject",
		"_dmarc.org: no record",
		"organisational domain of m.example.org: example.org",
		"SPF pass of x.example: not aligned (relaxed)",
		"DKIM pass of example.org: aligned (relaxed)",
		"m.example.org does not exist",
		"pass",
	};
	const struct auth_dmarc *d;
	struct scene s;
	struct auth_trace trace;

	(void)state;
	open_scene(&s, "_dmarc.example.org TXT \"v=DMARC1; p=none; np=reject\"\n",
		FROM("a@m.example.org"));
	trace = (struct auth_trace){.arena = s.a};
	assert_int_equal(auth_dmarc_evaluate(s.msg, &s.needs, NULL, make_spf(s.a, "pass x.example"),
				 make_dkim(s.a, "pass example.org"), &trace, &d),
		RC_OK);
	assert_int_equal(trace.lines.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		if (!span_equal(trace.lines.v[i], span_of(expected[i])))
			fail_msg("%.*s", SPAN_ARG(trace.lines.v[i]));
	arena_free(s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_as_the_standards_say),
		cmocka_unit_test(the_result_follows_from_record_and_alignment),
		cmocka_unit_test(the_public_suffix_list_can_be_used_instead),
		cmocka_unit_test(a_sample_is_drawn_from_the_message),
		cmocka_unit_test(a_walk_asks_eight_questions_at_most),
		cmocka_unit_test(domains_of_a_hostile_message_are_capped),
		cmocka_unit_test(all_that_a_message_may_need_can_be_asked),
		cmocka_unit_test(ten_hidden_fields_are_read),
		cmocka_unit_test(behind_the_last_address_that_is_read_nothing_can_hide),
		cmocka_unit_test(answers_may_come_late_and_in_any_order),
		cmocka_unit_test(without_an_answer_nothing_passes_that_did_not),
		cmocka_unit_test(the_steps_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
