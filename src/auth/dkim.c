/*
 * DKIM (RFC 6376, 8301, 8463): all signatures of a message.
 *
 * DESIGN: all keys are asked for first, then each signature is judged in the order in which it costs least to know:
 * the field itself, its times, the key record, the body's hash, and last the signature over the header. So a
 * message that is signed with nonsense costs no arithmetic, and of a body that was changed nobody asks whether the
 * header was changed as well. What verifies with sha1 or a short key is `policy`: only what verifies is worth that
 * word. The field that is being verified never counts as one that h= names (section 5.4): it was not there when its
 * list was made.
 */
#include "auth/auth.h"

#include <string.h>

#include "auth/dkim_inner.h"
#include "auth/inner.h"

enum {
	NAMES_SHOWN_MOST = 2000, /* bytes of field names in a line of a trace */
	QUESTIONS_MORE = 5,      /* than there are signatures: room for nothing in particular */
};

/* The body up to a length (l=), as one hash and one canonical form have it. */
struct body_hash {
	enum auth_hash hash;
	enum auth_canon canon;
	uint64_t limit;
	uint64_t total; /* bytes of the whole canonical body */
	struct auth_digest digest;
};

/* The fields of one name: those that are not taken yet end with `next`. */
struct field_group {
	size_t last, next;
};

enum { NO_FIELD = SIZE_MAX };

struct verification {
	struct auth_dkim_run run;
	struct needs *needs;
	struct auth_dkim_options options;
	double now;
	struct auth_dkim_work *works;
	size_t n, ignored;
	struct body_hash *bodies; /* room for one a signature */
	size_t body_count;
	struct map *groups;  /* of fields, by name */
	size_t *field_above; /* of the same name, for each field */
};

/* ---- words ---- */

const char *auth_dkim_word(enum auth_dkim_result result)
{
	static const char *const words[] = {
		[AUTH_DKIM_NONE] = "none",
		[AUTH_DKIM_PASS] = "pass",
		[AUTH_DKIM_FAIL] = "fail",
		[AUTH_DKIM_POLICY] = "policy",
		[AUTH_DKIM_TEMPERROR] = "temperror",
		[AUTH_DKIM_PERMERROR] = "permerror",
	};

	must((size_t)result < ARRAY_LEN(words));
	return words[result];
}

static const struct reason {
	enum auth_dkim_result result;
	const char *sentence;
} reasons[] = {
#define REASON(constant, result, sentence) {AUTH_DKIM_##result, sentence},
	AUTH_DKIM_REASONS(REASON)
#undef REASON
};

const char *auth_dkim_sentence(enum auth_dkim_reason reason)
{
	must(reason < AUTH_DKIM_REASON_COUNT);
	return reasons[reason].sentence;
}

/* ---- signatures and their keys ---- */

/* The fields, up to the most; and what they say. */
static void find_signatures(struct verification *v, size_t most)
{
	struct mime_part *root = v->run.root;
	struct mime_header *h = mime_find_header(root, SPAN("DKIM-Signature"));

	v->works = ARENA_ARRAY(v->run.arena, struct auth_dkim_work,
		num_min(most, mime_count_headers(root, SPAN("DKIM-Signature"))));
	for (; h != NULL; h = mime_next_header(root, h)) {
		if (v->n == most)
			v->ignored++;
		else
			auth_dkim_read_field(v->run.arena, h, &v->works[v->n++].field);
	}
}

/* Section 3.5, t= and x=: they hold with or without a key, so none is asked for. */
static void check_times(const struct verification *v, struct auth_dkim_field *f)
{
	if (f->reason != AUTH_DKIM_OK_REASON)
		return;
	if (f->has_expiry && v->now > (double)f->expiry + v->options.skew)
		f->reason = AUTH_DKIM_EXPIRED_REASON;
	else if (f->has_time && (double)f->time > v->now + v->options.skew)
		f->reason = AUTH_DKIM_FROM_FUTURE_REASON;
}

static void ask_key(struct verification *v, struct auth_dkim_work *w)
{
	if (w->field.reason != AUTH_DKIM_OK_REASON)
		return;
	w->key_name = arena_printf(v->run.arena, "%.*s._domainkey.%.*s",
		SPAN_ARG(w->field.selector), SPAN_ARG(w->field.domain));
	w->rc = dns_need_txt(v->needs, w->key_name, &w->answer);
	if (w->rc == RC_TEMPFAIL)
		w->why = arena_copy(v->run.arena, needs_why(v->needs));
	else if (w->rc == RC_LIMIT)
		w->why = SPAN("too many questions");
	else if (w->rc == RC_INVALID)
		w->why = SPAN("selector and domain make no name");
}

static enum auth_dkim_reason read_key(struct verification *v, struct auth_dkim_work *w)
{
	enum auth_dkim_reason reason;

	if (w->rc == RC_TEMPFAIL || w->rc == RC_LIMIT)
		return AUTH_DKIM_KEY_UNANSWERED_REASON;
	if (w->rc != RC_OK)
		return AUTH_DKIM_NO_KEY_REASON;
	if (w->answer->status != DNS_FOUND) {
		w->why = arena_printf(v->run.arena,
			w->answer->status == DNS_NO_NAME ? "%.*s does not exist"
							 : "%.*s has no TXT record",
			SPAN_ARG(w->key_name));
		return AUTH_DKIM_NO_KEY_REASON;
	}
	reason = auth_dkim_read_record(w->answer, &w->field, &w->record);
	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	w->key = auth_key_find(v->run.arena, w->field.key_type,
		auth_tags_value(&w->record.tags, "p"));
	return w->key == NULL ? AUTH_DKIM_KEY_SYNTAX_REASON : AUTH_DKIM_OK_REASON;
}

/* ---- the body ---- */

static uint64_t limit_of(const struct auth_dkim_field *f)
{
	return f->has_length ? f->length : UINT64_MAX;
}

static const struct body_hash *find_body_hash(const struct verification *v,
	const struct auth_dkim_field *f)
{
	for (size_t i = 0; i < v->body_count; i++) {
		const struct body_hash *b = &v->bodies[i];

		if (b->hash == f->hash && b->canon == f->body_canon && b->limit == limit_of(f))
			return b;
	}
	return NULL;
}

/* Adds a length behind `first`, in order; once. */
static void add_body_hash(struct verification *v, size_t first, const struct auth_dkim_field *f)
{
	size_t k = v->body_count;

	if (find_body_hash(v, f) != NULL)
		return;
	for (; k > first && v->bodies[k - 1].limit > limit_of(f); k--)
		v->bodies[k] = v->bodies[k - 1];
	v->bodies[k] = (struct body_hash){
		.hash = f->hash,
		.canon = f->body_canon,
		.limit = limit_of(f),
	};
	v->body_count++;
}

/* One pass over the body for all lengths that signatures name. */
struct body_pass {
	struct auth_hashing hashing;
	struct body_hash *v; /* in order of their lengths */
	size_t n, done;
};

static void take_body(void *ctx, struct span bytes)
{
	struct body_pass *pass = ctx;

	while (pass->done < pass->n && pass->v[pass->done].limit - pass->hashing.total <= bytes.n) {
		struct body_hash *b = &pass->v[pass->done++];
		size_t n = (size_t)(b->limit - pass->hashing.total);

		auth_hash_take(&pass->hashing, span_slice(bytes, 0, n));
		auth_hash_look(&pass->hashing, &b->digest);
		bytes = span_from_offset(bytes, n);
	}
	auth_hash_take(&pass->hashing, bytes);
}

/* A hostile message could name another length in each signature: what is hashed is hashed once for all of them. */
static const struct body_hash *hash_body(struct verification *v, const struct auth_dkim_field *f)
{
	const struct body_hash *known = find_body_hash(v, f);
	struct body_pass pass = {.v = v->bodies + v->body_count};
	struct auth_canon_out out = {.take = take_body, .ctx = &pass};
	struct auth_canon_body body;
	size_t first = v->body_count;

	if (known != NULL)
		return known;
	for (size_t i = 0; i < v->n; i++) {
		const struct auth_dkim_field *other = &v->works[i].field;

		if (other->reason == AUTH_DKIM_OK_REASON && other->hash == f->hash &&
			other->body_canon == f->body_canon)
			add_body_hash(v, first, other);
	}
	pass.n = v->body_count - first;
	auth_hash_begin(&pass.hashing, f->hash, pass.v[pass.n - 1].limit);
	auth_canon_begin_body(&body, &out, f->body_canon);
	auth_canon_add_body(&body, v->run.body);
	auth_canon_end_body(&body);
	for (size_t i = pass.done; i < pass.n; i++)
		auth_hash_look(&pass.hashing, &pass.v[i].digest);
	for (size_t i = 0; i < pass.n; i++)
		pass.v[i].total = pass.hashing.total;
	return find_body_hash(v, f);
}

static enum auth_dkim_reason check_body(struct verification *v, struct auth_dkim_work *w)
{
	const struct body_hash *b = hash_body(v, &w->field);

	w->body_digest = b->digest;
	w->body_total = b->total;
	if (w->field.has_length && w->field.length > b->total)
		return AUTH_DKIM_BODY_SHORT_REASON;
	if (!span_equal(span_from((const char *)b->digest.bytes, b->digest.n), w->field.body_hash))
		return AUTH_DKIM_BODY_CHANGED_REASON;
	return AUTH_DKIM_OK_REASON;
}

/* ---- the header ---- */

/* Fields by name, so that a long h= over many fields takes no more than its own time. */
static void group_fields(struct verification *v)
{
	const struct mime_part *root = v->run.root;

	v->groups = map_make_nocase(v->run.arena);
	v->field_above = ARENA_ARRAY(v->run.arena, size_t, root->header_count);
	for (size_t i = 0; i < root->header_count; i++) {
		struct field_group *group = map_find(v->groups, root->headers[i].name);

		if (group == NULL) {
			group = ARENA_NEW(v->run.arena, struct field_group);
			group->last = NO_FIELD;
			(void)map_put(v->groups, root->headers[i].name, group);
		}
		v->field_above[i] = group->last;
		group->last = i;
	}
}

static void take_none(struct verification *v)
{
	if (v->groups == NULL)
		group_fields(v);
	for (size_t i = 0; i < map_count(v->groups); i++) {
		struct field_group *group = map_value(v->groups, i);

		group->next = group->last;
	}
}

/* The lowest field of this name that is not taken yet (section 5.4.2), or NULL. */
static const struct mime_header *take_field(struct verification *v, struct span name,
	const struct mime_header *own)
{
	struct field_group *group = map_find(v->groups, name);
	const struct mime_header *field;

	if (group == NULL || group->next == NO_FIELD)
		return NULL;
	field = &v->run.root->headers[group->next];
	group->next = v->field_above[group->next];
	return field == own ? take_field(v, name, own) : field;
}

/* Section 3.7. What is taken and what is not there is noted in the buffers. */
static void hash_header(struct verification *v, struct auth_dkim_work *w, struct buf *taken,
	struct buf *missing)
{
	const struct auth_dkim_field *f = &w->field;
	struct auth_hashing hashing;
	struct auth_canon_out out = {.take = auth_hash_take, .ctx = &hashing};

	auth_hash_begin(&hashing, f->hash, UINT64_MAX);
	take_none(v);
	for (struct span rest = f->names, name; auth_tags_next_item(&rest, &name);) {
		const struct mime_header *field = take_field(v, name, f->header);
		struct buf *list = field == NULL ? missing : taken;

		if (v->run.trace != NULL) {
			buf_add_string(list, list->n == 0 ? "" : ", ");
			buf_add(list, name);
		}
		if (field == NULL)
			continue;
		auth_canon_header(&out, f->header_canon, field, (struct span){0});
		auth_canon_end_line(&out);
	}
	auth_canon_header(&out, f->header_canon, f->header, f->cut);
	auth_canon_flush(&out);
	auth_hash_end(&hashing, &w->header_digest);
}

static enum auth_dkim_reason check_header(struct verification *v, struct auth_dkim_work *w)
{
	struct buf taken, missing;
	bool ok;

	buf_init(&taken, v->run.arena, NAMES_SHOWN_MOST);
	buf_init(&missing, v->run.arena, NAMES_SHOWN_MOST);
	hash_header(v, w, &taken, &missing);
	ok = auth_key_verify(w->key, w->field.hash, &w->header_digest, w->field.signature);
	auth_dkim_explain_header(&v->run, w, buf_span(&taken), buf_span(&missing), ok);
	return ok ? AUTH_DKIM_OK_REASON : AUTH_DKIM_HEADER_CHANGED_REASON;
}

/* ---- all of it ---- */

static enum auth_dkim_reason judge(struct verification *v, struct auth_dkim_work *w)
{
	enum auth_dkim_reason reason = w->field.reason;

	if (reason == AUTH_DKIM_SYNTAX_REASON && w->field.fault == NULL)
		w->why = SPAN("it is no list of tags");
	else if (reason == AUTH_DKIM_SYNTAX_REASON)
		w->why = arena_printf(v->run.arena, "the tag %s= cannot be read", w->field.fault);
	else if (reason == AUTH_DKIM_TAG_MISSING_REASON)
		w->why = arena_printf(v->run.arena, "there is no tag %s=", w->field.fault);
	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	reason = read_key(v, w);
	auth_dkim_explain_key(&v->run, w);
	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	reason = check_body(v, w);
	auth_dkim_explain_body(&v->run, w);
	/* who asks why wants to know of both */
	if (reason != AUTH_DKIM_OK_REASON && v->run.trace != NULL)
		(void)check_header(v, w);
	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	reason = check_header(v, w);
	if (reason != AUTH_DKIM_OK_REASON)
		return reason;
	if (w->field.hash == AUTH_SHA1)
		return AUTH_DKIM_SHA1_REASON;
	if (w->field.key_type == AUTH_RSA && auth_key_bits(w->key) < v->options.key_bits_least)
		return AUTH_DKIM_KEY_SHORT_REASON;
	return AUTH_DKIM_OK_REASON;
}

static void verify_signature(struct verification *v, struct auth_dkim_work *w, size_t number,
	struct auth_signature *out)
{
	const struct auth_dkim_field *f = &w->field;

	auth_dkim_explain_field(&v->run, w, number);
	auth_dkim_explain_times(&v->run, f, v->now, v->options.skew);
	out->reason = judge(v, w);
	out->result = reasons[out->reason].result;
	out->field = f->header;
	out->domain = f->domain;
	out->selector = f->selector;
	out->identity = f->identity;
	out->algorithm = f->algorithm;
	out->signature = f->signature64;
	out->why = w->why;
	out->key_bits = w->key == NULL ? 0 : auth_key_bits(w->key);
	out->is_testing = w->record.is_testing;
	out->has_length = f->has_length;
	if (f->has_length && w->body_total > f->length)
		out->body_unsigned = (size_t)(w->body_total - f->length);
	auth_trace_add(v->run.trace, "  %s: %s%s%.*s", auth_dkim_word(out->result),
		auth_dkim_sentence(out->reason), out->why.n > 0 ? ": " : "", SPAN_ARG(out->why));
}

static struct auth_dkim_options with_defaults(const struct auth_dkim_options *options)
{
	struct auth_dkim_options all = {0};

	if (options != NULL)
		all = *options;
	if (all.signatures_most == 0)
		all.signatures_most = AUTH_SIGNATURES_MOST;
	if (all.key_bits_least == 0)
		all.key_bits_least = AUTH_KEY_BITS_LEAST;
	return all;
}

/* All behind the header: of the whole message, also when it is divided or encoded. */
static struct span find_body(const struct msg *m)
{
	const char *start = m->mime->root->body.p;

	/* there may be no bytes at all */
	return start == NULL ? SPAN("") : span_from_offset(m->bytes, (size_t)(start - m->bytes.p));
}

enum rc auth_dkim_verify(struct msg *m, struct needs *needs,
	const struct auth_dkim_options *options, struct auth_trace *trace,
	const struct auth_dkim **out)
{
	struct verification v = {
		.run = {.arena = m->arena,
			.body = find_body(m),
			.root = m->mime->root,
			.trace = trace},
		.needs = needs,
		.options = with_defaults(options),
		.now = need_now(needs),
	};
	struct auth_signature *signatures;
	struct auth_dkim *result;

	auth_trace_begin(trace);
	find_signatures(&v, v.options.signatures_most);
	for (size_t i = 0; i < v.n; i++) {
		check_times(&v, &v.works[i].field);
		ask_key(&v, &v.works[i]);
	}
	if (need_pending(needs))
		return RC_WAIT;
	signatures = ARENA_ARRAY(m->arena, struct auth_signature, v.n);
	v.bodies = ARENA_ARRAY(m->arena, struct body_hash, v.n);
	for (size_t i = 0; i < v.n; i++)
		verify_signature(&v, &v.works[i], i + 1, &signatures[i]);
	if (v.n == 0)
		auth_trace_add(trace, "there is no signature");
	if (v.ignored > 0)
		auth_trace_add(trace, "%zu more signatures were not looked at", v.ignored);
	result = ARENA_NEW(m->arena, struct auth_dkim);
	result->v = signatures;
	result->n = v.n;
	result->ignored = v.ignored;
	*out = result;
	return RC_OK;
}

/* ---- the fact ---- */

struct fact_question {
	struct msg *m;
	const struct auth_dkim_options *options;
};

static enum rc work_out(void *ctx, struct needs *needs, const void **out)
{
	const struct fact_question *q = ctx;
	const struct auth_dkim *dkim = NULL;
	enum rc rc = auth_dkim_verify(q->m, needs, q->options, NULL, &dkim);

	*out = dkim;
	return rc;
}

enum rc auth_need_dkim(struct msg *m, struct needs *needs, const struct auth_dkim_options *options,
	const struct auth_dkim **out)
{
	struct fact_question q = {.m = m, .options = options};
	unsigned limit = with_defaults(options).signatures_most + QUESTIONS_MORE;
	const void *result;
	enum rc rc =
		auth_fact_need(m, &auth_facts_of(m)->dkim, limit, needs, work_out, &q, &result);

	*out = result;
	return rc;
}

const struct auth_dkim *auth_find_dkim(const struct msg *m)
{
	return m->auth == NULL ? NULL : m->auth->dkim.result;
}
