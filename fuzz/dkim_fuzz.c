/*
 * DKIM. The first byte chooses: a signature field, key records (one a line), a body in canonical form, or a whole
 * message, whose signatures are verified with the keys of RFC 8463's example under any name.
 */
#include "auth/dkim_inner.h"

static const char rsa[] =
	"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd"
	"OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVY"
	"LzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
static const char ed25519[] = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

static bool lies_in(struct span inner, struct span outer)
{
	return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

static void try_field(struct arena *a, struct span text)
{
	struct buf message;
	struct mime *m;
	struct auth_dkim_field f;

	buf_init(&message, a, text.n + 100);
	buf_add_string(&message, "DKIM-Signature:");
	buf_add(&message, text);
	m = mime_parse(a, buf_span(&message));
	if (m->root->header_count == 0)
		return;
	auth_dkim_read_field(a, &m->root->headers[0], &f);
	must(f.cut.n == 0 || lies_in(f.cut, m->root->headers[0].line));
	if (f.reason != AUTH_DKIM_OK_REASON)
		return;
	must(f.domain.n > 0 && f.selector.n > 0 && f.identity.n > f.domain.n);
	must(span_ends(f.identity_domain, f.domain) && f.algorithm.n > 0);
	must(f.signature.n > 0 && f.body_hash.n > 0 && f.cut.n > 0);
	must(auth_tags_has_item(f.names, SPAN("FROM")));
}

static void try_records(struct arena *a, struct span text)
{
	struct dns_answer answer = {.status = DNS_FOUND};
	struct {
		VEC(struct dns_record);
	} records = {0};

	for (struct span line; span_next_line(&text, &line);)
		VEC_ADD(a, &records)->text = line;
	answer.v = records.v;
	answer.n = records.n;
	for (unsigned type = AUTH_RSA; type <= AUTH_ED25519; type++) {
		struct auth_dkim_field f = {.key_type = (enum auth_key_type)type,
			.domain = SPAN("a.example"),
			.identity_domain = SPAN("b.a.example"),
			.local_part = SPAN("ann")};
		struct auth_dkim_record record = {0};
		struct span key;

		if (auth_dkim_read_record(&answer, &f, &record) != AUTH_DKIM_OK_REASON)
			continue;
		key = auth_tags_value(&record.tags, "p");
		must(key.n > 0);
		/* from memory it is the same */
		for (int i = 0; i < 2; i++) {
			const struct auth_key *found = auth_key_find(a, f.key_type, key);

			must(found == NULL || auth_key_bits(found) <= AUTH_KEY_BITS_MOST);
		}
	}
}

static void keep(void *ctx, struct span bytes)
{
	buf_add(ctx, bytes);
}

static struct span canonical(struct arena *a, enum auth_canon canon, struct span text, size_t step)
{
	struct buf kept;
	struct auth_canon_out out = {.take = keep, .ctx = &kept};
	struct auth_canon_body body;

	buf_init(&kept, a, 2 * text.n + 2);
	auth_canon_begin_body(&body, &out, canon);
	for (size_t i = 0; i < text.n; i += step)
		auth_canon_add_body(&body, span_slice(text, i, step));
	auth_canon_end_body(&body);
	must(!kept.full);
	return buf_span(&kept);
}

/* Split anywhere it is the same; and what is canonical stays as it is. */
static void try_body(struct arena *a, struct span text)
{
	size_t step = text.n == 0 ? 1 : (size_t)(unsigned char)text.p[0] + 1;

	text = span_from_offset(text, 1);
	for (unsigned canon = AUTH_SIMPLE; canon <= AUTH_RELAXED; canon++) {
		struct span whole = canonical(a, (enum auth_canon)canon, text, text.n + 1);

		must(span_equal(whole, canonical(a, (enum auth_canon)canon, text, step)));
		must(span_equal(whole, canonical(a, (enum auth_canon)canon, text, 1)));
		must(span_equal(whole, canonical(a, (enum auth_canon)canon, whole, step)));
		must(whole.n == 0 || span_ends(whole, SPAN("\r\n")));
	}
}

static enum rc answer_with_key(void *ctx, struct arena *a, struct need *need)
{
	struct dns_record *record = ARENA_NEW(a, struct dns_record);
	struct dns_answer *answer = ARENA_NEW(a, struct dns_answer);

	(void)ctx;
	record->text = span_of(span_starts(need->key, SPAN("TXT brisbane.")) ? ed25519 : rsa);
	*answer = (struct dns_answer){.status = DNS_FOUND, .v = record, .n = 1};
	need->answer = answer;
	return RC_OK;
}

static const struct auth_dkim *verify(struct arena *a, struct span text, struct auth_trace *trace)
{
	static const struct need_driver driver = {.kind = &dns_kind, .ask = answer_with_key};
	struct msg_envelope envelope = {0};
	struct need_memo *memo = need_memo_make(a, 1795351538);
	struct needs needs = {0};
	const struct auth_dkim *out;

	need_memo_use(memo, &driver);
	needs_init(&needs, memo, AUTH_SIGNATURES_MOST);
	must(auth_dkim_verify(msg_make(a, &envelope, text), &needs, NULL, trace, &out) == RC_OK);
	return out;
}

/* Whoever asks why gets the same verdict. */
static void try_message(struct arena *a, struct span text)
{
	struct auth_trace trace = {.arena = a};
	const struct auth_dkim *quiet = verify(a, text, NULL), *told = verify(a, text, &trace);

	must(quiet->n == told->n && quiet->n <= AUTH_SIGNATURES_MOST && trace.lines.n > 0);
	must(quiet->ignored == 0 || quiet->n == AUTH_SIGNATURES_MOST);
	for (size_t i = 0; i < quiet->n; i++)
		must(quiet->v[i].reason == told->v[i].reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_make();
	struct span text = span_from((const char *)data, size);
	char choice = size > 0 ? *text.p : 'm';

	text = span_from_offset(text, 1);
	if (choice == 'f')
		try_field(a, text);
	else if (choice == 'k')
		try_records(a, text);
	else if (choice == 'b')
		try_body(a, text);
	else
		try_message(a, text);
	arena_free(a);
	return 0;
}
