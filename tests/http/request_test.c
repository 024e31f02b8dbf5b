#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "http/inner.h"
#include "play.h"

/* Headers, one a line, and `?` before a query; then what the envelope is, or the status. */
static const struct {
	const char *name;
	const char *headers;
	const char *expected;
} rows[] = {
	{"nothing is known at first", "", " ||"},
	{"the sender loses its brackets", "From: <a@b>", " from=a@b ||"},
	{"the null sender is a sender", "From: <>", " from= ||"},
	{"an empty value is the null sender, too", "From:", " from= ||"},
	{"the first of two senders counts", "From: a\nFrom: b", " from=a ||"},
	{"case does not matter", "fROM: a\nrcpt: b\nqueue-ID: c", " from=a rcpt=b id=c ||"},
	{"recipients come in lists and one by one", "Rcpt: <a@b>,c@d , e@f\nRcpt: g",
		" rcpt=a@b rcpt=c@d rcpt=e@f rcpt=g ||"},
	{"commas in quotes and brackets part nothing", "Rcpt: \"a,\\\"b\"@c,<d,e@f>",
		" rcpt=\"a,\\\"b\"@c rcpt=d,e@f ||"},
	{"empty recipients are none", "Rcpt: ,<>, ,a", " rcpt=a ||"},
	{"an address makes it a delivery over the network", "IP: 192.0.2.1",
		" ip=192.0.2.1 network ||"},
	{"IPv6 with and without brackets", "IP: [2001:db8::1]", " ip=2001:db8::1 network ||"},
	{"what is no address is not known", "IP: localhost", " ||"},
	{"nor is the host unknown", "Hostname: unknown", " ||"},
	{"the rest of the client", "Hostname: h\nHelo: i\nUser: u", " hostname=h helo=i user=u ||"},
	{"an empty user is none", "User:", " ||"},
	{"the server and its TLS", "MTA-Name: m\nTLS-Version: TLSv1.3\nTLS-Cipher: AES",
		" server=m tls=TLSv1.3 cipher=AES ||"},
	{"arguments of ESMTP",
		"From: a\nRcpt: b,c\nX-Rspamd-Mail-Esmtp-Args: SIZE=1\n"
		"X-Rspamd-Mail-Esmtp-Args: SMTPUTF8\nX-Rspamd-Rcpt-Esmtp-Args: 1:NOTIFY=NEVER\n"
		"X-Rspamd-Rcpt-Esmtp-Args: 1:ORCPT=x\nX-Rspamd-Rcpt-Esmtp-Args: 2:X=y\n"
		"X-Rspamd-Rcpt-Esmtp-Args: z",
		" from=a args=SIZE=1 SMTPUTF8 rcpt=b rcpt=c args=NOTIFY=NEVER ORCPT=x ||"},
	{"no line in the log", "Log: no", " unlogged ||"},
	{"another way to say so", "Flags: pass_all, no_log", " unlogged ||"},
	{"the query is decoded", "?From=%3Ca%40b%3E&rcpt=a+b&helo=%zz&x&=y",
		" from=a@b rcpt=a b helo=%zz ||"},
	{"headers come before the query", "From: a\n?from=b&rcpt=c", " from=a rcpt=c ||"},
	{"what has no effect has none",
		"Pass: all\nSubject: x\nDeliver-To: y\nUser-Agent: z\nX-Own: 1\nAccept-Encoding: zstd",
		" ||"},
	{"JSON is accepted beside msgpack", "Accept: application/msgpack;q=1, application/json",
		" ||"},
	{"not msgpack alone", "Accept: application/msgpack", "501"},
	{"files", "File: x", "403"},
	{"whatever the value is", "Path:", "403"},
	{"shared memory", "Shm: x\nShm-Offset: 1\nShm-Length: 1", "403"},
	{"in the query, too", "?file=x", "403"},
	{"settings", "Settings: {}", "501"},
	{"an id of settings", "Settings-ID: x", "501"},
	{"a compressed message", "Compression: zstd", "501"},
	{"or a coded one", "Content-Encoding: gzip", "501"},
	{"as it is, it is not coded", "Content-Encoding: identity\nCompression:", " ||"},
	{"an encrypted message", "Key: x", "501"},
	{"control before the message", "Message-Offset: 10", "501"},
	{"an offset of nothing", "Message-Offset: 0", " ||"},
	{"control characters in the query", "?from=%00", "400"},
};

static struct span read_row(struct arena *a, const char *text)
{
	struct span rest = span_of(text), line;
	struct http_head head = {0};
	struct http_request request = {0};
	struct http_refusal refusal;
	struct buf out;

	while (span_next_line(&rest, &line)) {
		size_t colon = span_find_byte(line, ':');
		struct http_header *header;

		if (span_starts(line, SPAN("?"))) {
			head.query = span_from_offset(line, 1);
			continue;
		}
		header = VEC_ADD(a, &head.headers);
		header->name = span_slice(line, 0, colon);
		header->value = span_trim(span_from_offset(line, colon + 1));
	}
	refusal = http_read_request(a, &head, &request);
	buf_init(&out, a, SIZE_MAX);
	if (refusal.status != 0)
		buf_printf(&out, "%d", refusal.status);
	else
		play_print_input(&out, &request);
	return span_trim_end(buf_span(&out));
}

static void headers_fill_the_envelope(void **state)
{
	struct arena *a = arena_make();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span got = read_row(a, rows[i].headers);

		if (!span_equal(got, span_of(rows[i].expected)))
			fail_msg("%s: got %.*s", rows[i].name, SPAN_ARG(got));
	}
	arena_free(a);
}

static void recipients_and_texts_are_bounded(void **state)
{
	struct arena *a = arena_make();
	struct http_head head = {0};
	struct http_request request = {0};
	struct http_header *header;
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	for (int i = 0; i < 1500; i++)
		buf_printf(&out, "u%d@example.org,", i);
	header = VEC_ADD(a, &head.headers);
	*header = (struct http_header){SPAN("Rcpt"), buf_span(&out)};
	header = VEC_ADD(a, &head.headers);
	*header = (struct http_header){SPAN("Helo"), buf_span(&out)};
	header = VEC_ADD(a, &head.headers);
	*header = (struct http_header){SPAN("X-Rspamd-Mail-Esmtp-Args"), buf_span(&out)};
	assert_int_equal(http_read_request(a, &head, &request).status, 0);
	assert_int_equal(request.input.rcpt_count, 1500);
	assert_int_equal(request.input.envelope.rcpt_count, MSG_RECIPIENTS_MOST);
	assert_int_equal(request.input.envelope.helo.n, 1024);
	assert_int_equal(request.input.envelope.from_args.n, 4096);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_fill_the_envelope),
		cmocka_unit_test(recipients_and_texts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
