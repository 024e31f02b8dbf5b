/*
 * auth: who is responsible for a message, by the standards alone: SPF (RFC 7208), DKIM (RFC 6376, 8301, 8463),
 * DMARC (RFC 7489 and its successor's tree walk), and their results as a header field (RFC 8601). No scores here:
 * checks turn results into symbols. The same code runs in the daemon, in `winnow auth` and in the tests.
 *
 * Everything is straight-line code over needs: it asks, returns RC_WAIT when an answer is not there yet, and is
 * called again from its start.
 *
 *	const struct auth_spf *spf;
 *	enum rc rc = auth_need_spf(s->msg, s->needs, &spf);	RC_OK or RC_WAIT
 *
 *	if (rc != RC_OK)
 *		return rc;
 *	if (spf->result == AUTH_SPF_FAIL)
 *		...
 *
 * Results are facts of the message: worked out once, whoever asks first, with questions of their own (their limits
 * are those of the standards). What the world does not answer is a result, too: temperror.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/base.h"
#include "dns/dns.h"
#include "msg/msg.h"
#include "need/need.h"

/*
 * What was looked at, step by step, for people: one line a step ("include:_spf.example.net: fail"), in order.
 * Those who evaluate take a pointer to it, which may be NULL: then nothing is written. A call begins it anew.
 */
struct auth_trace {
	struct arena *arena;
	struct {
		VEC(struct span);
	} lines;
};

enum { AUTH_TRACE_MOST = 1000 }; /* lines; more are left out */

void auth_trace_begin(struct auth_trace *trace); /* NULL is allowed, here and below */
void auth_trace_add(struct auth_trace *trace, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- SPF: RFC 7208 ---- */

enum auth_spf_result {
	AUTH_SPF_NONE,
	AUTH_SPF_NEUTRAL,
	AUTH_SPF_PASS,
	AUTH_SPF_FAIL,
	AUTH_SPF_SOFTFAIL,
	AUTH_SPF_TEMPERROR,
	AUTH_SPF_PERMERROR,
};

enum {
	AUTH_SPF_LOOKUPS_MOST = 10, /* terms that ask (section 4.6.4) */
	AUTH_SPF_VOID_MOST = 2,     /* of them without data */
	AUTH_SPF_NAMES_MOST = 10,   /* hosts of one mx, names of one ptr */
};

/* "pass", "softfail", ... (RFC 8601 section 2.7.2) */
const char *auth_spf_word(enum auth_spf_result result);

struct auth_spf_query {
	struct span address; /* of the client, as text */
	struct span helo;    /* null or empty: not known */
	struct span
		sender; /* envelope sender without <>; empty or null: postmaster@helo is checked */
	struct span receiver; /* of macro r; null: "unknown" */
};

struct auth_spf {
	enum auth_spf_result result;
	bool of_helo;       /* the sender was empty: the HELO identity was checked */
	struct span sender; /* local@domain that was checked, as it came */
	struct span domain; /* its domain, in A-labels */
	/* the directive that decided, with its qualifier: "+ip4:198.54.127.32/27"; null: none did */
	struct span mechanism;
	struct span record_domain; /* in whose record it stands */
	bool is_plus_all; /* the top record's own `+all` decided, which lets everybody send */
	struct span explanation; /* of exp=: printable ASCII for the SMTP reply; null: none */
	struct span why; /* a sentence for errors, and what could not be looked up; null: none */
	unsigned lookups, voids;
};

/*
 * check_host() (section 4). RC_OK with *out in `a`, or RC_WAIT. A query without a client's address, or with
 * neither sender nor HELO that could be a domain, is `none`.
 */
enum rc auth_spf_evaluate(struct arena *a, struct needs *needs, const struct auth_spf_query *query,
	struct auth_trace *trace, const struct auth_spf **out);

/* The text begins with "v=spf1", and a blank or nothing follows (section 4.5). */
bool auth_spf_is_record(struct span text);

/* The fact, for the message's client and envelope sender. */
enum rc auth_need_spf(struct msg *m, struct needs *needs, const struct auth_spf **out);
/* NULL when it was not worked out. */
const struct auth_spf *auth_find_spf(const struct msg *m);

/* ---- DKIM: RFC 6376, 8301, 8463 ---- */

/* RFC 8601 section 2.7.1. */
enum auth_dkim_result {
	AUTH_DKIM_NONE, /* of a message: not signed */
	AUTH_DKIM_PASS,
	AUTH_DKIM_FAIL,
	AUTH_DKIM_POLICY,    /* it verifies, but is not acceptable: a short key, rsa-sha1 */
	AUTH_DKIM_TEMPERROR, /* the key could not be asked for */
	AUTH_DKIM_PERMERROR, /* no key, a revoked or malformed one, a broken signature field */
};

const char *auth_dkim_word(enum auth_dkim_result result);

/* AUTH_DKIM_REASON(constant, result, sentence): each way a signature ends. */
#define AUTH_DKIM_REASONS(REASON)                                                                  \
	REASON(OK, PASS, "the signature verifies")                                                 \
	REASON(BODY_CHANGED, FAIL, "the body is not the one that was signed")                      \
	REASON(HEADER_CHANGED, FAIL, "the header is not the one that was signed")                  \
	REASON(EXPIRED, FAIL, "the signature has expired (x=)")                                    \
	REASON(FROM_FUTURE, FAIL, "the signature is from the future (t=)")                         \
	REASON(BODY_SHORT, FAIL, "the body is shorter than its signed length (l=)")                \
	REASON(SHA1, POLICY, "rsa-sha1 is not secure any more (RFC 8301)")                         \
	REASON(KEY_SHORT, POLICY, "the key has less than 1024 bits (RFC 8301)")                    \
	REASON(SYNTAX, PERMERROR, "the signature field is malformed")                              \
	REASON(VERSION, PERMERROR, "the version is not 1 (v=)")                                    \
	REASON(TAG_MISSING, PERMERROR, "a tag that must be there is missing")                      \
	REASON(ALGORITHM, PERMERROR, "the algorithm is not known (a=)")                            \
	REASON(CANONICALIZATION, PERMERROR, "the canonicalization is not known (c=)")              \
	REASON(FROM_NOT_SIGNED, PERMERROR, "the From field is not signed (h=)")                    \
	REASON(IDENTITY, PERMERROR, "the identity does not lie in the signing domain (i=)")        \
	REASON(QUERY, PERMERROR, "no way to get the key is known (q=)")                            \
	REASON(TIMES, PERMERROR, "it expires before it was made (t=, x=)")                         \
	REASON(NO_KEY, PERMERROR, "there is no key of that name")                                  \
	REASON(KEY_REVOKED, PERMERROR, "the key is revoked (p= is empty)")                         \
	REASON(KEY_SYNTAX, PERMERROR, "the key record is malformed")                               \
	REASON(KEY_TYPE, PERMERROR, "the key is for another algorithm (k=)")                       \
	REASON(KEY_HASH, PERMERROR, "the key does not allow this hash (h=)")                       \
	REASON(KEY_SERVICE, PERMERROR, "the key is not for mail (s=)")                             \
	REASON(KEY_DOMAIN, PERMERROR, "the key does not allow subdomains (t=s)")                   \
	REASON(KEY_GRANULARITY, PERMERROR, "the key is not for this identity (g=)")                \
	REASON(KEY_UNANSWERED, TEMPERROR, "the key could not be looked up")

enum auth_dkim_reason {
#define REASON(constant, result, sentence) AUTH_DKIM_##constant##_REASON,
	AUTH_DKIM_REASONS(REASON)
#undef REASON
		AUTH_DKIM_REASON_COUNT
};

enum {
	AUTH_SIGNATURES_MOST = 5, /* the default: more are counted, not verified */
	AUTH_SIGNATURES_CAP = 50, /* what may be set instead */
	AUTH_KEY_BITS_LEAST = 1024,
};

struct auth_signature {
	const struct mime_header *field;
	enum auth_dkim_result result;
	enum auth_dkim_reason reason;
	struct span domain;    /* d=, lower case; null when it could not be read, as the others */
	struct span selector;  /* s= */
	struct span identity;  /* i=, or "@" and d= */
	struct span algorithm; /* "rsa-sha256" */
	struct span signature; /* b=, as base64 without blanks: its start tells signatures apart */
	struct span why;       /* more than the reason's sentence, or null: what the world said */
	unsigned key_bits;     /* 0: no key was seen */
	bool is_testing;       /* the key says t=y */
	bool has_length;       /* l= is there */
	size_t body_unsigned;  /* bytes of the canonical body past l= */
};

struct auth_dkim {
	const struct auth_signature *v; /* in order of the header, top first */
	size_t n;
	size_t ignored; /* past the most */
};

/* How strict; zero is the default for each. */
struct auth_dkim_options {
	unsigned signatures_most;
	double skew; /* seconds that a signer's clock may be ahead, and that x= may lie back */
	unsigned key_bits_least;
};

/*
 * Verifies all signatures. RC_OK with *out, or RC_WAIT while keys are asked for. The message is read as it is: CRLF,
 * LF and lone CR each end a line as the canonical form needs them to.
 */
enum rc auth_dkim_verify(struct msg *m, struct needs *needs,
	const struct auth_dkim_options *options, struct auth_trace *trace,
	const struct auth_dkim **out);
enum rc auth_need_dkim(struct msg *m, struct needs *needs, const struct auth_dkim_options *options,
	const struct auth_dkim **out);
const struct auth_dkim *auth_find_dkim(const struct msg *m);
/* The sentence of a reason. */
const char *auth_dkim_sentence(enum auth_dkim_reason reason);

/* A key record as it is published, without a signature that wants it. */
struct auth_key_record {
	enum auth_dkim_reason reason; /* OK: signatures can be verified with it */
	bool is_rsa;                  /* else Ed25519 */
	unsigned bits;                /* 0 when there is no key */
	bool is_testing;
};

/* `answer` is that to TXT SELECTOR._domainkey.DOMAIN, with at least one record. */
void auth_dkim_check_key(struct arena *a, const struct dns_answer *answer,
	struct auth_key_record *out);

/* ---- DMARC: RFC 7489, organisational domains also by the successor's tree walk ---- */

enum auth_dmarc_result {
	AUTH_DMARC_NONE, /* no policy is published, or there is no domain to ask for */
	AUTH_DMARC_PASS,
	AUTH_DMARC_FAIL,
	AUTH_DMARC_TEMPERROR,
	AUTH_DMARC_PERMERROR, /* a record that cannot be used; several records */
};

const char *auth_dmarc_word(enum auth_dmarc_result result);

enum auth_policy { AUTH_POLICY_NONE, AUTH_POLICY_QUARANTINE, AUTH_POLICY_REJECT };
const char *auth_policy_word(enum auth_policy policy);

enum auth_walk { AUTH_TREE_WALK, AUTH_PUBLIC_SUFFIXES };

struct auth_dmarc_options {
	enum auth_walk walk;
};

/* The evaluation as reports will need it. */
struct auth_dmarc {
	enum auth_dmarc_result result;
	struct span from_domain; /* of the author, A-labels, lower case; null: none could be read */
	struct span org_domain;  /* its organisational domain; null: not looked for */
	struct span record_domain;  /* where the record stands; null: there is none */
	struct span record;         /* its text */
	enum auth_policy p, sp, np; /* as published; sp falls back to p, np to sp */
	enum auth_policy policy;    /* which of them is meant for this domain */
	enum auth_policy
		disposition; /* what the owner asks for this message: pct and t= counted in */
	bool is_sampled_out; /* pct= let it go with the next milder policy */
	bool is_testing;     /* t=y */
	bool domain_exists;  /* else np was meant */
	unsigned pct;
	bool strict_dkim, strict_spf;   /* adkim, aspf */
	bool dkim_aligned, spf_aligned; /* passed and aligned */
	bool has_spf, has_dkim;         /* was there a pass at all, aligned or not */
	struct span rua, ruf, fo;       /* as written, or null */
	struct span why; /* a sentence: why it failed or could not be used; or null */
};

/*
 * `spf` and `dkim` may be NULL: not checked. Samples of pct= are drawn from the message itself, so that the same
 * message has the same fate. RC_OK or RC_WAIT.
 */
enum rc auth_dmarc_evaluate(struct msg *m, struct needs *needs,
	const struct auth_dmarc_options *options, const struct auth_spf *spf,
	const struct auth_dkim *dkim, struct auth_trace *trace, const struct auth_dmarc **out);
enum rc auth_need_dmarc(struct msg *m, struct needs *needs,
	const struct auth_dmarc_options *options, const struct auth_spf *spf,
	const struct auth_dkim *dkim, const struct auth_dmarc **out);
const struct auth_dmarc *auth_find_dmarc(const struct msg *m);

/* ---- Authentication-Results and Received-SPF: RFC 8601, RFC 7208 section 9.1 ---- */

enum { AUTH_RESULTS_MOST = 100, AUTH_PROPERTIES_MOST = 200 }; /* of one field */

struct auth_property {
	struct span type, name, value; /* "smtp", "mailfrom", "a@b.example" */
};

struct auth_method {
	struct span method, result, reason; /* "spf", "pass", what reason= says or null */
	const struct auth_property *properties;
	size_t property_count;
};

struct auth_results {
	struct span authserv_id; /* as it is compared: comments and quotes are gone */
	const struct auth_method *methods;
	size_t method_count;
	bool is_malformed; /* what follows the last method could not be read */
};

/*
 * Reads the value of a field, however it is folded, commented and quoted; linear in it. False when there is no
 * authserv-id. What is past the caps makes it malformed.
 */
bool auth_results_parse(struct arena *a, struct span value, struct auth_results *out);

/* What of the message's results goes into the field. */
struct auth_results_parts {
	struct span authserv_id;
	struct span
		user; /* who has authenticated, for auth=pass; null: nobody, or it is not shown */
	const struct auth_spf *spf; /* NULL: not checked; as the others */
	const struct auth_dkim *dkim;
	const struct auth_dmarc *dmarc;
};

/*
 * The value of Authentication-Results, folded before each method with CRLF-less "\n\t"; printable ASCII alone.
 * "server.example;\n\tspf=softfail (server.example: 192.0.2.1 is neither permitted nor denied by domain of
 * a@b.example) smtp.mailfrom=a@b.example; ..."
 */
void auth_results_print(struct buf *out, const struct msg *m,
	const struct auth_results_parts *parts);
/* The value of Received-SPF. */
void auth_received_spf_print(struct buf *out, const struct msg *m, struct span receiver,
	const struct auth_spf *spf);

#endif
