/*
 * Authentication-Results: any value is read, and reading it cut anywhere keeps what stood before; and what is written
 * reads back as exactly the results that were meant, whatever stands in the mail: for the parser, and for a search for
 * `dkim=pass`. Pieces of the input, with a byte 0xfe between them: address, HELO, sender, user, reason, domain,
 * selector, signature.
 */
#include "auth/auth.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum piece { ADDRESS, HELO, SENDER, USER, REASON, DOMAIN, SELECTOR, SIGNATURE, PIECE_COUNT };

static void read_all(struct arena *a, struct span value)
{
	struct auth_results r;
	size_t properties = 0;

	if (!auth_results_parse(a, value, &r)) {
		must(r.method_count == 0);
		return;
	}
	must(r.authserv_id.n > 0 && r.method_count <= AUTH_RESULTS_MOST);
	for (size_t i = 0; i < r.method_count; i++) {
		must(r.methods[i].method.n > 0 && r.methods[i].result.n > 0);
		properties += r.methods[i].property_count;
	}
	must(properties <= AUTH_PROPERTIES_MOST);
}

/* Methods that were read to their semicolon do not change when the rest is missing. */
static void read_cut(struct arena *a, struct span value)
{
	struct auth_results whole, part;
	size_t end = span_find_last_byte(value, ';');

	if (end == value.n || !auth_results_parse(a, value, &whole) || whole.is_malformed ||
		!auth_results_parse(a, span_slice(value, 0, end), &part) || part.is_malformed)
		return;
	must(part.method_count <= whole.method_count);
	for (size_t i = 0; i < part.method_count; i++)
		must(span_equal(part.methods[i].method, whole.methods[i].method) &&
			span_equal(part.methods[i].result, whole.methods[i].result));
}

static void must_be_text(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\n')
			must(i + 1 < value.n && value.p[i + 1] == '\t');
		else
			must(value.p[i] == '\t' || (value.p[i] >= ' ' && value.p[i] <= '~'));
}

static void write_all(struct arena *a, const struct span *pieces)
{
	const struct msg_envelope envelope = {.address = pieces[ADDRESS],
		.helo = pieces[HELO],
		.from = pieces[SENDER]};
	const struct auth_spf spf = {.result = (enum auth_spf_result)(pieces[SENDER].n % 2 == 0
						     ? AUTH_SPF_PERMERROR
						     : AUTH_SPF_SOFTFAIL),
		.of_helo = pieces[HELO].n % 2 == 0,
		.sender = pieces[SENDER],
		.domain = pieces[DOMAIN],
		.mechanism = pieces[REASON],
		.why = pieces[REASON]};
	const struct auth_signature v[2] = {{.result = AUTH_DKIM_FAIL,
						    .domain = pieces[DOMAIN],
						    .selector = pieces[SELECTOR],
						    .signature = pieces[SIGNATURE]},
		{.result = AUTH_DKIM_TEMPERROR, .domain = pieces[SELECTOR]}};
	const struct auth_dkim dkim = {.v = v, .n = 2};
	const struct auth_dmarc dmarc = {.result = AUTH_DMARC_FAIL,
		.from_domain = pieces[DOMAIN],
		.why = SPAN("No valid SPF")};
	const struct auth_results_parts parts = {.authserv_id = SPAN("mx.example"),
		.user = pieces[USER],
		.spf = &spf,
		.dkim = &dkim,
		.dmarc = &dmarc};
	struct msg *m = msg_make(a, &envelope, SPAN("Subject: x\n\ny\n"));
	bool has_user = pieces[USER].n > 0;
	struct auth_results r;
	struct buf out;

	buf_init(&out, a, 1 << 20);
	auth_results_print(&out, m, &parts);
	must_be_text(buf_span(&out));
	must(out.n < 4096);
	must(auth_results_parse(a, buf_span(&out), &r) && !r.is_malformed);
	must(span_equal(r.authserv_id, SPAN("mx.example")));
	must(r.method_count == (has_user ? 5 : 4));
	must(span_equal(r.methods[has_user].method, SPAN("spf")));
	must(span_equal(r.methods[has_user + 1].result, SPAN("fail")));
	must(span_equal(r.methods[r.method_count - 1].method, SPAN("dmarc")));
	must(span_find_nocase(buf_span(&out), SPAN("spf=pass")) == out.n);
	must(span_find_nocase(buf_span(&out), SPAN("dkim=pass")) == out.n);
	must(span_find_nocase(buf_span(&out), SPAN("dmarc=pass")) == out.n);
	buf_clear(&out);
	auth_received_spf_print(&out, m, SPAN("mx.example"), &spf);
	must_be_text(buf_span(&out));
	must(out.n < 4096);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a copy of its own size, so that a step over its end is seen */
	char *copy = malloc(size + 1);
	struct arena *a = arena_make();
	struct span all = span_from(copy, size), rest = all, pieces[PIECE_COUNT] = {{NULL, 0}};

	must(copy != NULL);
	for (size_t i = 0; i < size; i++)
		copy[i] = (char)data[i];
	for (unsigned i = 0; i < PIECE_COUNT; i++)
		(void)span_next(&rest, '\xfe', &pieces[i]);
	read_all(a, all);
	read_cut(a, all);
	write_all(a, pieces);
	arena_free(a);
	free(copy);
	return 0;
}
