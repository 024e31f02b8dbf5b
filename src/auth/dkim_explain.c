/*
 * What is told of a DKIM verification, step by step, to whoever asks why.
 *
 * DESIGN: only what is certain is said. That something was added behind the body is certain when the hash that was
 * signed is that of its start, so the start up to each line is tried. An RSA signature can be opened with the public
 * key: then it says which hash the header had, or that it was made with another key.
 */
#include "auth/dkim_inner.h"

#include <openssl/evp.h>

enum { STARTS_MOST = 100000 }; /* lines behind which the hash is looked at */

static struct span print_base64(struct arena *a, const unsigned char *bytes, size_t n)
{
	unsigned char *text = arena_alloc(a, 4 * (n / 3) + 8);
	int length = EVP_EncodeBlock(text, bytes, (int)n);

	return span_from((const char *)text, (size_t)length);
}

static struct span print_digest(const struct auth_dkim_run *run, const struct auth_digest *digest)
{
	return print_base64(run->arena, digest->bytes, digest->n);
}

static const char *name_hash(enum auth_hash hash)
{
	return hash == AUTH_SHA1 ? "sha1" : "sha256";
}

static const char *name_canon(enum auth_canon canon)
{
	return canon == AUTH_RELAXED ? "relaxed" : "simple";
}

static struct span or_unknown(struct span text)
{
	return text.n == 0 ? SPAN("?") : text;
}

void auth_dkim_explain_field(const struct auth_dkim_run *run, const struct auth_dkim_work *w,
	size_t number)
{
	const struct auth_dkim_field *f = &w->field;

	auth_trace_add(run->trace, "signature %zu: d=%.*s s=%.*s i=%.*s a=%.*s c=%s/%s", number,
		SPAN_ARG(or_unknown(f->domain)), SPAN_ARG(or_unknown(f->selector)),
		SPAN_ARG(or_unknown(f->identity)), SPAN_ARG(or_unknown(f->algorithm)),
		name_canon(f->header_canon), name_canon(f->body_canon));
}

/* "80 seconds", "20 minutes", "6 hours". */
static struct span name_time(struct arena *a, double seconds)
{
	if (seconds < 120)
		return arena_printf(a, "%.0f seconds", seconds);
	if (seconds < 7200)
		return arena_printf(a, "%.0f minutes", seconds / 60);
	return arena_printf(a, "%.0f hours", seconds / 3600);
}

void auth_dkim_explain_times(const struct auth_dkim_run *run, const struct auth_dkim_field *f,
	double now, double skew)
{
	double past = f->has_expiry ? now - (double)f->expiry : 0;
	double ahead = f->has_time ? (double)f->time - now : 0;

	if (run->trace == NULL)
		return;
	if (past > 0)
		auth_trace_add(run->trace, "  x=: expired %.*s ago, %.*s are allowed",
			SPAN_ARG(name_time(run->arena, past)),
			SPAN_ARG(name_time(run->arena, skew)));
	if (ahead > 0)
		auth_trace_add(run->trace, "  t=: signed %.*s from now, %.*s are allowed",
			SPAN_ARG(name_time(run->arena, ahead)),
			SPAN_ARG(name_time(run->arena, skew)));
}

void auth_dkim_explain_key(const struct auth_dkim_run *run, const struct auth_dkim_work *w)
{
	if (run->trace == NULL)
		return;
	auth_trace_add(run->trace, "  key %.*s: %.*s", SPAN_ARG(w->key_name),
		SPAN_ARG(w->record.text.n > 0 ? w->record.text : SPAN("no record")));
	if (w->key != NULL && w->field.key_type == AUTH_RSA)
		auth_trace_add(run->trace, "  it has %u bits%s", auth_key_bits(w->key),
			w->record.is_testing ? ", and the domain only tests" : "");
	else if (w->record.is_testing)
		auth_trace_add(run->trace, "  the domain only tests");
}

/*
 * How many bytes at the start of the body have the hash that was signed, up to a line end; 0: none, or too many lines
 * to look at.
 */
static size_t find_signed_start(const struct auth_dkim_run *run, const struct auth_dkim_field *f)
{
	struct auth_hashing hashing;
	struct auth_canon_out out = {.take = auth_hash_take, .ctx = &hashing};
	struct auth_canon_body body;
	struct auth_digest digest;
	struct span rest = run->body;

	auth_hash_begin(&hashing, f->hash, UINT64_MAX);
	auth_canon_begin_body(&body, &out, f->body_canon);
	for (unsigned i = 0; i < STARTS_MOST && rest.n > 0; i++) {
		size_t n = num_min(span_find_byte(rest, '\n') + 1, rest.n);

		auth_canon_add_body(&body, span_slice(rest, 0, n));
		rest = span_from_offset(rest, n);
		auth_canon_flush(&out);
		auth_hash_look(&hashing, &digest);
		if (span_equal(span_from((const char *)digest.bytes, digest.n), f->body_hash))
			return run->body.n - rest.n;
	}
	return 0;
}

static void guess_body(const struct auth_dkim_run *run, const struct auth_dkim_work *w)
{
	size_t start;

	if (w->field.has_length)
		return;
	start = find_signed_start(run, &w->field);
	if (start > 0)
		auth_trace_add(run->trace,
			"  its first %zu bytes are what was signed: %zu were added behind them, "
			"as mailing lists and gateways add a footer",
			start, run->body.n - start);
}

void auth_dkim_explain_body(const struct auth_dkim_run *run, const struct auth_dkim_work *w)
{
	const struct auth_dkim_field *f = &w->field;
	struct span is, was;

	if (run->trace == NULL)
		return;
	if (f->has_length)
		auth_trace_add(run->trace,
			"  %llu of %llu bytes of the body are signed (l=): what follows may be anybody's",
			(unsigned long long)f->length, (unsigned long long)w->body_total);
	is = print_digest(run, &w->body_digest);
	was = print_base64(run->arena, (const unsigned char *)f->body_hash.p,
		num_min(f->body_hash.n, 2 * AUTH_HASH_MOST));
	if (span_equal(is, was)) {
		auth_trace_add(run->trace, "  body: its %s is %.*s, as signed", name_hash(f->hash),
			SPAN_ARG(is));
		return;
	}
	auth_trace_add(run->trace, "  body: its %s is %.*s, signed was %.*s", name_hash(f->hash),
		SPAN_ARG(is), SPAN_ARG(was));
	guess_body(run, w);
}

void auth_dkim_explain_header(const struct auth_dkim_run *run, const struct auth_dkim_work *w,
	struct span taken, struct span missing, bool ok)
{
	const struct auth_dkim_field *f = &w->field;
	struct auth_digest digest;

	if (run->trace == NULL)
		return;
	auth_trace_add(run->trace, "  signed fields: %.*s", SPAN_ARG(or_unknown(taken)));
	if (missing.n > 0)
		auth_trace_add(run->trace, "  signed as not there: %.*s", SPAN_ARG(missing));
	auth_trace_add(run->trace, "  header: its %s is %.*s%s", name_hash(f->hash),
		SPAN_ARG(print_digest(run, &w->header_digest)), ok ? ", as signed" : "");
	if (ok || f->key_type != AUTH_RSA)
		return;
	if (auth_key_recover(w->key, f->hash, f->signature, &digest))
		auth_trace_add(run->trace,
			"  signed was %.*s: a signed field was changed, added or taken away",
			SPAN_ARG(print_digest(run, &digest)));
	else
		auth_trace_add(run->trace,
			"  the signature was not made with this key, or was damaged itself");
}
