/*
 * DMARC: whether SPF or DKIM speaks for the author's domain, and what its owner asks for when neither does
 * (RFC 7489 sections 3.1, 6.6).
 *
 * DESIGN: who the author is must be plain before anything can pass. All addresses in all From fields count, as a
 * mail program may show any of them: each domain is evaluated, and what is worst for the message holds. With
 * several From fields, several domains, or an address that cannot be read, a pass is not given. Taking the first
 * address, as RFC 7489 section 6.6.1 allows, would let a forged one stand second. An address that programs read in
 * different ways (a NUL, two @) is all that they may show.
 *
 * A signature or an SPF result that could not be worked out is no failure: when it would have been aligned, the
 * result is temperror.
 */
#include "auth/auth.h"

#include "auth/dmarc_inner.h"
#include "auth/inner.h"
#include "url/url.h"

enum {
	DOMAINS_MOST = 4, /* of authors; with more nothing passes */
	FIELDS_MOST = 10, /* From fields that are told, when their names hide it */
	/* the walk of each author, and for each of them those of the sender and of the signatures */
	QUESTIONS_MOST = DOMAINS_MOST * (1 + DMARC_WALK_MOST * (2 + AUTH_SIGNATURES_CAP)),
};

const char *auth_dmarc_word(enum auth_dmarc_result result)
{
	static const char *const words[] = {
		[AUTH_DMARC_NONE] = "none",
		[AUTH_DMARC_PASS] = "pass",
		[AUTH_DMARC_FAIL] = "fail",
		[AUTH_DMARC_TEMPERROR] = "temperror",
		[AUTH_DMARC_PERMERROR] = "permerror",
	};

	must((unsigned)result < ARRAY_LEN(words));
	return words[result];
}

const char *auth_policy_word(enum auth_policy policy)
{
	static const char *const words[] = {
		[AUTH_POLICY_NONE] = "none",
		[AUTH_POLICY_QUARANTINE] = "quarantine",
		[AUTH_POLICY_REJECT] = "reject",
	};

	must((unsigned)policy < ARRAY_LEN(words));
	return words[policy];
}

/* One evaluation, while it is made. */
struct work {
	struct msg *msg;
	struct arena *arena;
	struct needs *needs;
	enum auth_walk how;
	const struct auth_spf *spf;
	const struct auth_dkim *dkim;
	struct auth_trace *trace;
};

/* ---- who the author is ---- */

struct authors {
	struct span domains[DOMAINS_MOST];
	size_t n;
	size_t fields;   /* From fields */
	bool has_more;   /* other domains than these, or addresses that nobody has read */
	bool has_broken; /* addresses whose domain cannot be read */
	bool has_hidden; /* a From field by what people see, and none by its name */
};

/*
 * A host name in A-labels, without tricks: neither an address nor one with a dot at its end, for the domain that was
 * shown or signed must be the domain that is asked for.
 */
static bool read_domain(struct arena *a, struct span text, struct span *out)
{
	if (text.n == 0 || span_ends(text, SPAN(".")) || url_is_address(text) ||
		!url_make_ascii(a, text, out))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (!byte_is_alnum(out->p[i]) && out->p[i] != '-' && out->p[i] != '_' &&
			out->p[i] != '.')
			return false;
	return true;
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* Up to where somebody may see its end: at a control byte, a blank, or a special one of RFC 5322 section 3.2.3. */
static struct span cut_domain(struct span text)
{
	size_t n = 0;

	while (n < text.n && !is_control(text.p[n]) &&
		!span_has_byte(SPAN(" ()<>[]:;,\\\""), text.p[n]))
		n++;
	return span_slice(text, 0, n);
}

static struct span without_controls(struct arena *a, struct span text)
{
	struct buf out;

	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++)
		if (!is_control(text.p[i]))
			buf_add_byte(&out, text.p[i]);
	return buf_span(&out);
}

/* The dot at the end is DNS's own way to write the same name. False when it is no domain. */
static bool add_domain(struct arena *a, struct authors *authors, struct span text)
{
	struct span domain;

	if (span_ends(text, SPAN(".")))
		text.n--;
	if (!read_domain(a, text, &domain))
		return false;
	for (size_t i = 0; i < authors->n; i++)
		if (span_equal(authors->domains[i], domain))
			return true;
	if (authors->n == DOMAINS_MOST)
		authors->has_more = true;
	else
		authors->domains[authors->n++] = domain;
	return true;
}

/* One @ outside of quotes, and nothing that a program may pass over or take for the end. */
static bool is_plain(const struct mime_address *address)
{
	for (size_t i = 0; i < address->addr.n; i++)
		if (is_control(address->addr.p[i]))
			return false;
	return address->quoted_local || !span_has_byte(address->local, '@');
}

static void add_candidate(struct arena *a, struct authors *authors, struct span text)
{
	text = cut_domain(text);
	/* a single label is a piece of something */
	if (span_has_byte(text, '.'))
		(void)add_domain(a, authors, text);
}

/* Of an address that cannot be read: each domain that some program may show, the last one first. */
static void add_candidates(struct arena *a, struct authors *authors,
	const struct mime_address *address)
{
	struct span rest = address->addr, part;

	add_candidate(a, authors, address->domain);
	(void)span_next(&rest, '@', &part);
	while (!authors->has_more && span_next(&rest, '@', &part)) {
		add_candidate(a, authors, part);
		add_candidate(a, authors, without_controls(a, part));
	}
}

static void add_author(struct arena *a, struct authors *authors, const struct mime_address *address)
{
	if (is_plain(address) && add_domain(a, authors, address->domain))
		return;
	authors->has_broken = true;
	add_candidates(a, authors, address);
}

static void add_authors(struct arena *a, struct authors *out, const struct mime_addresses *from)
{
	for (size_t i = 0; i < from->n && !out->has_more; i++)
		add_author(a, out, &from->v[i]);
	if ((from->defects & MIME_DEFECT(ADDRESS_LIMIT)) != 0)
		out->has_more = true;
}

static void add_field(struct arena *a, struct authors *out, struct span value)
{
	struct mime_addresses addresses;

	mime_parse_addresses(a, value, &addresses);
	add_authors(a, out, &addresses);
}

/* Programs that end text at a NUL show what stands before it. */
static void add_cut_field(struct arena *a, struct authors *out, struct span value)
{
	size_t end = span_find_byte(value, '\0');

	if (end == value.n)
		return;
	out->has_broken = true;
	add_field(a, out, span_slice(value, 0, end));
}

/* "From" with bytes in it that nobody sees: programs that end names at a NUL, or pass over it, show the field. */
static bool is_hidden_from(struct span name)
{
	static const struct span from = SPAN_INIT("from");
	size_t seen = 0;

	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '\0' && seen == from.n)
			return true;
		if (name.p[i] == ' ' || is_control(name.p[i]))
			continue;
		if (seen == from.n || byte_lower(name.p[i]) != from.p[seen])
			return false;
		seen++;
	}
	return seen == from.n && name.n > from.n;
}

static void read_authors(struct msg *m, struct authors *out)
{
	const struct mime_part *root = m->mime->root;

	*out = (struct authors){.fields = mime_count_headers(root, SPAN("From"))};
	add_authors(m->arena, out, msg_from(m));
	for (size_t i = 0; i < root->header_count; i++) {
		const struct mime_header *field = &root->headers[i];
		bool is_hidden = is_hidden_from(field->name);

		if (!is_hidden && !span_equal_nocase(field->name, SPAN("From")))
			continue;
		add_cut_field(m->arena, out, field->value);
		if (!is_hidden)
			continue;
		out->has_hidden = true;
		/* nothing passes any more: how many follow does not matter */
		if (++out->fields > FIELDS_MOST)
			return;
		add_field(m->arena, out, field->value);
	}
}

/* Why nothing can pass, or NULL: it is plain who the author is. */
static const char *find_doubt(const struct authors *authors)
{
	if (authors->fields > 1)
		return "there are several From fields";
	if (authors->has_hidden)
		return "the name of the From field is not plain";
	if (authors->has_broken)
		return "an address in From cannot be read";
	if (authors->n > 1)
		return "From names several domains";
	if (authors->has_more)
		return "From names too many addresses";
	return NULL;
}

/* ---- alignment: RFC 7489 section 3.1 ---- */

enum match { MATCH_NOT, MATCH_RELAXED, MATCH_SAME, MATCH_UNSURE };

/* How many labels both end with. */
static size_t count_shared_labels(struct span a, struct span b)
{
	size_t labels = 0;

	for (size_t i = 0; i < a.n && i < b.n && a.p[a.n - 1 - i] == b.p[b.n - 1 - i]; i++) {
		bool a_ends = i + 1 == a.n || a.p[a.n - 2 - i] == '.';
		bool b_ends = i + 1 == b.n || b.p[b.n - 2 - i] == '.';

		if (a_ends && b_ends && a.p[a.n - 1 - i] != '.')
			labels++;
	}
	return labels;
}

/* A step below the organisational domain was not answered: its psd= could have made a smaller one. */
static bool may_be_smaller(const struct dmarc_walk *walk)
{
	return walk->gap != NULL && !span_equal(walk->gap->domain, walk->org) &&
		auth_is_within(walk->gap->domain, walk->org);
}

/*
 * Whether both have one organisational domain. RC_OK or RC_WAIT. A step of a walk that was not answered leaves it
 * open for neighbours alone: what shares not even two labels is of somebody else.
 */
static enum rc match_org(const struct work *w, const struct dmarc_walk *author,
	struct span identity, enum match *out)
{
	struct dmarc_walk other;
	enum rc rc;

	*out = MATCH_NOT;
	if (w->how == AUTH_PUBLIC_SUFFIXES) {
		*out = url_same_registrable(identity, author->org) ? MATCH_RELAXED : MATCH_NOT;
		return RC_OK;
	}
	if (author->gap == NULL && !auth_is_within(identity, author->org))
		return RC_OK;
	if (count_shared_labels(identity, author->steps[0].domain) < 2 &&
		!span_equal(identity, author->org))
		return RC_OK;
	rc = auth_dmarc_walk(w->arena, w->needs, w->how, identity, &other);
	if (rc != RC_OK)
		return rc;
	if (span_equal(other.org, author->org))
		*out = may_be_smaller(author) || may_be_smaller(&other) ? MATCH_UNSURE
									: MATCH_RELAXED;
	else if (author->gap != NULL || other.gap != NULL)
		*out = MATCH_UNSURE;
	return RC_OK;
}

static enum rc match_identity(const struct work *w, const struct dmarc_walk *author,
	struct span text, enum match *out)
{
	struct span identity;

	*out = MATCH_NOT;
	if (!read_domain(w->arena, text, &identity))
		return RC_OK;
	if (!span_equal(identity, author->steps[0].domain))
		return match_org(w, author, identity, out);
	*out = MATCH_SAME;
	return RC_OK;
}

/* What a check says of one domain. */
enum voice { VOICE_NO, VOICE_PASS, VOICE_UNKNOWN };

struct voices {
	bool aligned, unknown;
};

static enum rc hear(const struct work *w, const struct dmarc_walk *author, const char *what,
	bool is_strict, enum voice voice, struct span domain, struct voices *out)
{
	enum match match;
	enum rc rc = match_identity(w, author, domain, &match);
	bool aligned;

	if (rc != RC_OK)
		return rc;
	aligned = match == MATCH_SAME || (match == MATCH_RELAXED && !is_strict);
	auth_trace_add(w->trace, "%s %s of %.*s: %s (%s)", what,
		voice == VOICE_PASS ? "pass" : "temperror", SPAN_ARG(domain),
		aligned                         ? "aligned"
			: match == MATCH_UNSURE ? "alignment not known"
						: "not aligned",
		is_strict ? "strict" : "relaxed");
	out->aligned |= aligned && voice == VOICE_PASS;
	out->unknown |=
		(aligned && voice == VOICE_UNKNOWN) || (match == MATCH_UNSURE && !is_strict);
	return RC_OK;
}

static enum rc hear_spf(const struct work *w, const struct dmarc_walk *author, bool is_strict,
	struct voices *out)
{
	if (w->spf == NULL ||
		(w->spf->result != AUTH_SPF_PASS && w->spf->result != AUTH_SPF_TEMPERROR))
		return RC_OK;
	return hear(w, author, "SPF", is_strict,
		w->spf->result == AUTH_SPF_PASS ? VOICE_PASS : VOICE_UNKNOWN, w->spf->domain, out);
}

static enum rc hear_dkim(const struct work *w, const struct dmarc_walk *author, bool is_strict,
	struct voices *out)
{
	enum rc all = RC_OK;

	for (size_t i = 0; w->dkim != NULL && i < w->dkim->n; i++) {
		const struct auth_signature *s = &w->dkim->v[i];

		if (s->result != AUTH_DKIM_PASS && s->result != AUTH_DKIM_TEMPERROR)
			continue;
		if (hear(w, author, "DKIM", is_strict,
			    s->result == AUTH_DKIM_PASS ? VOICE_PASS : VOICE_UNKNOWN, s->domain,
			    out) == RC_WAIT)
			all = RC_WAIT;
	}
	return all;
}

static bool has_dkim_pass(const struct auth_dkim *dkim)
{
	for (size_t i = 0; dkim != NULL && i < dkim->n; i++)
		if (dkim->v[i].result == AUTH_DKIM_PASS)
			return true;
	return false;
}

/* "SPF not aligned (relaxed), No valid DKIM": in the words that statistics look for. */
static struct span tell_failure(struct arena *a, const struct auth_dmarc *d)
{
	struct buf out;

	buf_init(&out, a, 100);
	if (!d->has_spf)
		buf_add_string(&out, "No valid SPF");
	else
		buf_printf(&out, "SPF not aligned (%s)", d->strict_spf ? "strict" : "relaxed");
	if (!d->has_dkim)
		buf_add_string(&out, ", No valid DKIM");
	else
		buf_printf(&out, ", DKIM not aligned (%s)", d->strict_dkim ? "strict" : "relaxed");
	return buf_span(&out);
}

static enum rc align(const struct work *w, const struct dmarc_walk *author, struct auth_dmarc *out)
{
	struct voices spf = {.aligned = false}, dkim = {.aligned = false};
	enum rc rc_spf = hear_spf(w, author, out->strict_spf, &spf);
	enum rc rc_dkim = hear_dkim(w, author, out->strict_dkim, &dkim);

	if (rc_spf != RC_OK || rc_dkim != RC_OK)
		return RC_WAIT;
	out->spf_aligned = spf.aligned;
	out->dkim_aligned = dkim.aligned;
	if (spf.aligned || dkim.aligned) {
		out->result = AUTH_DMARC_PASS;
	} else if (spf.unknown || dkim.unknown) {
		out->result = AUTH_DMARC_TEMPERROR;
		out->why = spf.unknown ? SPAN("SPF could not be worked out")
				       : SPAN("DKIM could not be worked out");
	} else {
		out->result = AUTH_DMARC_FAIL;
		out->why = tell_failure(w->arena, out);
	}
	return RC_OK;
}

/* ---- the policy ---- */

/*
 * Whether the domain is there at all: NXDOMAIN says that it is not (RFC 8020, the draft's "Non-existent Domains").
 * Asked only when np would change anything.
 */
static enum rc ask_existence(const struct work *w, struct auth_dmarc *out)
{
	const struct dns_answer *answer;
	enum rc rc;

	out->domain_exists = true;
	if (span_equal(out->record_domain, out->from_domain) || out->np == out->sp)
		return RC_OK;
	rc = dns_need_a(w->needs, out->from_domain, &answer);
	if (rc == RC_WAIT)
		return RC_WAIT;
	out->domain_exists = rc != RC_OK || answer->status != DNS_NO_NAME;
	auth_trace_add(w->trace, "%.*s %s", SPAN_ARG(out->from_domain),
		out->domain_exists ? "exists" : "does not exist");
	return RC_OK;
}

/* A number below 100 that every run of this message draws anew, and always the same. */
static unsigned draw(struct msg *m)
{
	uint64_t number = 0;

	(void)num_parse_hex(span_slice(msg_digest(m), 0, 8), UINT32_MAX, &number);
	return (unsigned)(number % 100);
}

/* What is meant for this domain, and for this message: one step milder when it is a test or not of the sample. */
static void choose_disposition(const struct work *w, struct auth_dmarc *out)
{
	bool own = span_equal(out->record_domain, out->from_domain);

	out->policy = own ? out->p : out->domain_exists ? out->sp : out->np;
	out->is_sampled_out = out->policy != AUTH_POLICY_NONE && draw(w->msg) >= out->pct;
	out->disposition = out->policy;
	if (out->result != AUTH_DMARC_FAIL)
		out->disposition = AUTH_POLICY_NONE;
	else if (out->is_testing || out->is_sampled_out)
		out->disposition = out->policy == AUTH_POLICY_REJECT ? AUTH_POLICY_QUARANTINE
								     : AUTH_POLICY_NONE;
}

static void take_record(struct auth_dmarc *out, const struct dmarc_step *step)
{
	const struct dmarc_record *record = &step->record;

	out->record_domain = step->domain;
	out->record = step->text;
	out->p = record->p;
	out->sp = record->sp;
	out->np = record->np;
	out->is_testing = record->is_testing;
	out->pct = record->pct;
	out->strict_dkim = record->strict_dkim;
	out->strict_spf = record->strict_spf;
	out->rua = record->rua;
	out->ruf = record->ruf;
	out->fo = record->fo;
}

/* Without a record that counts. */
static void end_without_policy(const struct work *w, const struct dmarc_walk *author,
	struct auth_dmarc *out)
{
	for (size_t i = 0; i < author->n; i++) {
		if (author->steps[i].records < 2)
			continue;
		out->result = AUTH_DMARC_PERMERROR;
		out->why = arena_printf(w->arena, "_dmarc.%.*s has several records",
			SPAN_ARG(author->steps[i].domain));
		return;
	}
	if (author->gap == NULL)
		return;
	out->result = AUTH_DMARC_TEMPERROR;
	out->why = arena_printf(w->arena, "_dmarc.%.*s could not be looked up",
		SPAN_ARG(author->gap->domain));
}

/* ---- one author ---- */

static void trace_walk(const struct work *w, const struct dmarc_walk *author)
{
	for (size_t i = 0; i < author->n; i++) {
		const struct dmarc_step *step = &author->steps[i];

		if (step->rc != RC_OK)
			auth_trace_add(w->trace, "_dmarc.%.*s: no answer", SPAN_ARG(step->domain));
		else if (step->records > 1)
			auth_trace_add(w->trace, "_dmarc.%.*s: %zu records, none counts",
				SPAN_ARG(step->domain), step->records);
		else if (step->records == 1)
			auth_trace_add(w->trace, "_dmarc.%.*s: %.*s", SPAN_ARG(step->domain),
				SPAN_ARG(step->text));
		else
			auth_trace_add(w->trace, "_dmarc.%.*s: no record", SPAN_ARG(step->domain));
	}
	auth_trace_add(w->trace, "organisational domain of %.*s: %.*s",
		SPAN_ARG(author->steps[0].domain), SPAN_ARG(author->org));
}

static enum rc evaluate_author(const struct work *w, struct span domain, struct auth_dmarc *out)
{
	struct dmarc_walk author;
	enum rc rc = auth_dmarc_walk(w->arena, w->needs, w->how, domain, &author);

	*out = (struct auth_dmarc){
		.from_domain = domain,
		.domain_exists = true,
		.pct = 100,
		.has_spf = w->spf != NULL && w->spf->result == AUTH_SPF_PASS,
		.has_dkim = has_dkim_pass(w->dkim),
	};
	if (rc != RC_OK)
		return rc;
	trace_walk(w, &author);
	out->org_domain = author.org;
	if (author.policy == NULL) {
		end_without_policy(w, &author, out);
		return RC_OK;
	}
	take_record(out, author.policy);
	if (author.policy->record.why != NULL) {
		out->result = AUTH_DMARC_PERMERROR;
		out->why = arena_printf(w->arena, "_dmarc.%.*s: %s", SPAN_ARG(out->record_domain),
			author.policy->record.why);
		return RC_OK;
	}
	rc = align(w, &author, out);
	if (ask_existence(w, out) != RC_OK || rc != RC_OK)
		return RC_WAIT;
	choose_disposition(w, out);
	return RC_OK;
}

/* ---- all of them ---- */

/* What is worse for the message comes later. */
static unsigned rank(const struct auth_dmarc *d)
{
	static const unsigned ranks[] = {
		[AUTH_DMARC_PASS] = 0,
		[AUTH_DMARC_NONE] = 1,
		[AUTH_DMARC_PERMERROR] = 2,
		[AUTH_DMARC_TEMPERROR] = 3,
		[AUTH_DMARC_FAIL] = 4,
	};

	return 10 * ranks[d->result] + (unsigned)d->disposition;
}

/* Without an author whose domain could be asked for. */
static void end_without_author(const struct authors *authors, struct auth_dmarc *out)
{
	out->pct = 100;
	out->why = authors->fields == 0 ? SPAN("there is no From field")
		: authors->has_broken   ? SPAN("the domain in From cannot be read")
					: SPAN("From holds no address");
}

/*
 * Takes a pass back. Then what the owner asks for holds, as if nobody spoke for the domain; but not for a mere slip of
 * the pen beside it.
 */
static void deny(const struct work *w, const struct authors *authors, const char *doubt,
	struct auth_dmarc *out)
{
	if (out->result == AUTH_DMARC_PASS) {
		out->result = authors->fields > 1 || authors->n > 1 ? AUTH_DMARC_FAIL
								    : AUTH_DMARC_PERMERROR;
		choose_disposition(w, out);
	}
	out->why = span_is_null(out->why)
		? span_of(doubt)
		: arena_printf(w->arena, "%s, %.*s", doubt, SPAN_ARG(out->why));
}

static enum rc evaluate_all(const struct work *w, const struct authors *authors,
	struct auth_dmarc *out)
{
	const char *doubt = find_doubt(authors);
	bool waits = false;

	for (size_t i = 0; i < authors->n; i++) {
		struct auth_dmarc one;

		if (evaluate_author(w, authors->domains[i], &one) == RC_WAIT)
			waits = true;
		else if (i == 0 || rank(&one) > rank(out))
			*out = one;
	}
	if (waits)
		return RC_WAIT;
	if (authors->n == 0)
		end_without_author(authors, out);
	else if (doubt != NULL)
		deny(w, authors, doubt, out);
	return RC_OK;
}

enum rc auth_dmarc_evaluate(struct msg *m, struct needs *needs,
	const struct auth_dmarc_options *options, const struct auth_spf *spf,
	const struct auth_dkim *dkim, struct auth_trace *trace, const struct auth_dmarc **out)
{
	const struct work w = {
		.msg = m,
		.arena = m->arena,
		.needs = needs,
		.how = options == NULL ? AUTH_TREE_WALK : options->walk,
		.spf = spf,
		.dkim = dkim,
		.trace = trace,
	};
	struct auth_dmarc *result = ARENA_NEW(m->arena, struct auth_dmarc);
	struct authors authors;

	auth_trace_begin(trace);
	read_authors(m, &authors);
	if (evaluate_all(&w, &authors, result) != RC_OK)
		return RC_WAIT;
	auth_trace_add(trace, "%s%s%.*s", auth_dmarc_word(result->result),
		span_is_null(result->why) ? "" : ": ", SPAN_ARG(result->why));
	*out = result;
	return RC_OK;
}

/* ---- the fact ---- */

struct wanted {
	struct msg *msg;
	const struct auth_dmarc_options *options;
	const struct auth_spf *spf;
	const struct auth_dkim *dkim;
};

static enum rc work(void *ctx, struct needs *needs, const void **out)
{
	const struct wanted *wanted = ctx;
	const struct auth_dmarc *result;
	enum rc rc = auth_dmarc_evaluate(wanted->msg, needs, wanted->options, wanted->spf,
		wanted->dkim, NULL, &result);

	if (rc == RC_OK)
		*out = result;
	return rc;
}

enum rc auth_need_dmarc(struct msg *m, struct needs *needs,
	const struct auth_dmarc_options *options, const struct auth_spf *spf,
	const struct auth_dkim *dkim, const struct auth_dmarc **out)
{
	struct wanted wanted = {.msg = m, .options = options, .spf = spf, .dkim = dkim};
	const void *result;
	enum rc rc = auth_fact_need(m, &auth_facts_of(m)->dmarc, QUESTIONS_MOST, needs, work,
		&wanted, &result);

	*out = result;
	return rc;
}

const struct auth_dmarc *auth_find_dmarc(const struct msg *m)
{
	return m->auth == NULL ? NULL : m->auth->dmarc.result;
}
