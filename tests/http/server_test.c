#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "play.h"

static const struct scan_config *config;

#define VERDICT "{\"is_skipped\":false,\"score\":0"
#define LEGACY "{\"default\":{\"is_spam\":false,\"is_skipped\":false,\"score\":0"
#define ERROR(sentence) "{\"error\":\"" sentence "\",\"error_domain\":\"winnow\"}"

/* `*` in what is expected stands for anything up to the end of the line. */
static bool is_like(struct span text, const char *expected)
{
	struct span rest = span_of(expected), line, got;

	while (span_next_line(&rest, &line)) {
		size_t star = span_find(line, SPAN("*"));

		if (!span_next_line(&text, &got))
			return false;
		if (star == line.n ? !span_equal(got, line)
				   : !span_starts(got, span_slice(line, 0, star)))
			return false;
	}
	return text.n == 0;
}

static void must_be_like(const char *name, struct span text, const char *expected)
{
	if (is_like(text, expected))
		return;
	print_error("%s\nexpected:\n%s\ngot:\n%.*s\n", name, expected, SPAN_ARG(text));
	fail();
}

static unsigned count_open(const struct play *p)
{
	return p->opened - p->closed;
}

/* ---- requests and what comes back ---- */

static const struct {
	const char *name;
	const char *request;
	const char *replies;
	const char *seen; /* NULL: nothing is judged */
} rows[] = {
	{"a message is judged", "POST /checkv2 HTTP/1.1\r\nContent-Length: 4\r\n\r\na: b",
		"200 " VERDICT "*\n", " |a: b|\n"},
	{"its envelope stands in headers",
		"POST /checkv2 HTTP/1.1\r\nFrom: <a@b.c>\r\nRcpt: d@e.f\r\nRcpt: <g@h.i>, j@k.l\r\n"
		"IP: [192.0.2.7]\r\nHelo: h\r\nContent-Length: 1\r\n\r\nx",
		"200 " VERDICT "*\n",
		" from=a@b.c rcpt=d@e.f rcpt=g@h.i rcpt=j@k.l ip=192.0.2.7 helo=h network |x|\n"},
	{"or in the query",
		"POST /checkv2?from=a%40b&rcpt=c&log=no HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"200 " VERDICT "*\n", " from=a@b rcpt=c unlogged |x|\n"},
	{"PUT and GET with a body will do",
		"PUT /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		"GET /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\ny",
		"200 " VERDICT "*\n200 " VERDICT "*\n", " |x|\n |y|\n"},
	{"an empty message is judged, too, as `rspamc -E` sends it",
		"POST /checkv2 HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET /checkv2 HTTP/1.1\r\n\r\n",
		"200 " VERDICT "*\n200 " VERDICT "*\n", " ||\n ||\n"},
	{"/check has the old form", "POST /check HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"200 " LEGACY "*\n", " |x|\n"},
	{"other old names are the same",
		"POST /scan HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		"POST /symbols HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		"POST /process HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		"POST /report HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		"POST /report_ifspam HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"200 " LEGACY "*\n200 " LEGACY "*\n200 " LEGACY "*\n200 " LEGACY "*\n200 " LEGACY
		"*\n",
		" |x|\n |x|\n |x|\n |x|\n |x|\n"},
	{"/skip looks at nothing", "POST /skip HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"200 {\"is_skipped\":true,\"score\":0.0,\"required_score\":15.0,\"action\":\"no action\",\"symbols\":{},\"messages\":{},\"time_real\":0}\n",
		NULL},
	{"chunks are put together",
		"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\nA ;x=\"y\"\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET /ping HTTP/1.1\r\n\r\n",
		"200 " VERDICT "*\n200 pong\n\n", " |abc0123456789|\n"},
	{"a client that expects to go on is told to",
		"POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx",
		"100\n200 " VERDICT "*\n", " |x|\n"},
	{"but not when the message is not wanted",
		"POST /checkv2 HTTP/1.1\r\nContent-Length: 10001\r\nExpect: 100-continue\r\n\r\n",
		"413 close " ERROR("The message is too large") "\nclosed\n", NULL},
	{"nor by HTTP/1.0",
		"POST /checkv2 HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx",
		"200 close " VERDICT "*\nclosed\n", " |x|\n"},
	{"a message in chunks may be too large, too",
		"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2711\r\n@@",
		"413 close " ERROR("The message is too large") "\nclosed\n", NULL},
	{"requests follow each other, and one closes",
		"GET /ping HTTP/1.1\r\n\r\nGET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"
		"GET /ping HTTP/1.1\r\n\r\n",
		"200 pong\n\n200 close pong\n\nclosed\n", NULL},
	{"HTTP/1.0 closes unless it is told not to",
		"GET /ping HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET /ping HTTP/1.0\r\n\r\n",
		"200 keep-alive pong\n\n200 close pong\n\nclosed\n", NULL},
	{"lines may end without CR", "GET /ping HTTP/1.1\nHost: x\n\n", "200 pong\n\n", NULL},
	{"a client that sends empty lines only is refused", "\r\n\n\r\n\r\n\r\n",
		"400 close " ERROR("This is no request of HTTP/1.0 or HTTP/1.1") "\nclosed\n",
		NULL},
	{"empty lines before a request are passed over",
		"\r\n\r\n\r\n\nGET /ping HTTP/1.1\r\n\r\n\r\nGET /ping HTTP/1.1\r\n\r\n",
		"200 pong\n\n200 pong\n\n", NULL},
	{"a target may name the host", "GET http://a:1/ping HTTP/1.1\r\n\r\n", "200 pong\n\n",
		NULL},
	{"pages",
		"GET /metrics HTTP/1.1\r\n\r\nGET /stat HTTP/1.1\r\n\r\nGET /symbols HTTP/1.1\r\n\r\n",
		"200 winnow_up 1\n\n200 {\"scanned\":0}\n200 []\n", NULL},
	{"the actions, the mildest first", "GET /actions HTTP/1.1\r\n\r\n",
		"200 [{\"action\":\"no action\",\"value\":*\n", NULL},
	{"all names of health",
		"GET /health HTTP/1.1\r\n\r\nGET /healthy HTTP/1.1\r\n\r\nGET /ready HTTP/1.1\r\n\r\n",
		"200 {\"success\":true}\n200 {\"success\":true}\n200 {\"success\":true}\n", NULL},
	{"a page takes a body and forgets it",
		"GET /ping HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /ping HTTP/1.1\r\n\r\n",
		"200 pong\n\n200 pong\n\n", NULL},
	{"what is not there is named", "GET /nowhere HTTP/1.1\r\n\r\nGET /ping HTTP/1.1\r\n\r\n",
		"404 {\"error\":\"There is no such path\",\"error_domain\":\"winnow\",\"routes\":[\"GET, POST, PUT /checkv2\",*\n200 pong\n\n",
		NULL},
	{"and the connection ends when a body follows",
		"POST /nowhere HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
		"404 close {\"error\":\"There is no such path\",*\nclosed\n", NULL},
	{"a wrong method is told the right ones",
		"DELETE /checkv2 HTTP/1.1\r\n\r\nPOST /metrics HTTP/1.1\r\n\r\nPATCH /symbols HTTP/1.1\r\n\r\n",
		"405 [GET, POST, PUT] " ERROR(
			"The path takes another method") "\n"
							 "405 [GET, HEAD] " ERROR(
								 "The path takes another method") "\n"
												  "405 [GET, HEAD, POST, PUT] " ERROR(
													  "The path takes another method") "\n",
		NULL},
	{"/checkv3 is not there", "POST /checkv3 HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		"501 " ERROR("/checkv3 is not there yet: ask /checkv2") "\n", NULL},
	{"files of the server are never read",
		"GET /checkv2 HTTP/1.1\r\nFile: /etc/passwd\r\nContent-Length: 0\r\n\r\n"
		"POST /checkv2 HTTP/1.1\r\nFile: /etc/passwd\r\n\r\n"
		"POST /checkv2?path=/etc/passwd HTTP/1.1\r\n\r\n"
		"POST /checkv2 HTTP/1.1\r\nshm: x\r\n\r\n",
		"403 {\"error\":\"Messages are never read from files *\n403 *\n403 *\n403 *\n",
		NULL},
	{"neither is what was sent beside it",
		"POST /checkv2 HTTP/1.1\r\nPath: /x\r\nContent-Length: 1\r\n\r\nx",
		"403 close *\nclosed\n", NULL},
	{"Exim asks in an older way",
		"CHECK RSPAMC/1.3\r\nContent-length: 4\r\nQueue-Id: q\r\nFrom: <a@b>\r\nRecipient-Number: 1\r\nRcpt: <c@d>\r\n\r\na: b",
		"RSPAMD/1.3 0 EX_OK\r\nMetric: default; False; 0.00 / 15.00 / 0.0\r\nAction: no action\r\nMessage-ID: undef\r\nclosed\n",
		" from=a@b rcpt=c@d id=q |a: b|\n"},
	{"and is refused in it", "PROCESS RSPAMC/1.3\r\nContent-length: 4\r\n\r\na: b",
		"RSPAMD/1.3 404 There is no such path\r\nclosed\n", NULL},
	/* ---- no requests ---- */
	{"no HTTP at all", "HELO there\r\n",
		"400 close " ERROR("This is no request of HTTP/1.0 or HTTP/1.1") "\nclosed\n",
		NULL},
	{"bytes of TLS", "\x16\x03\x01\x02\x01\x01\n",
		"400 close " ERROR("This is no request of HTTP/1.0 or HTTP/1.1") "\nclosed\n",
		NULL},
	{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"505 close " ERROR("Only HTTP/1.0 and HTTP/1.1 are spoken here") "\nclosed\n",
		NULL},
	{"a blank before the colon", "GET /ping HTTP/1.1\r\nHost : x\r\n\r\n",
		"400 close " ERROR("A header of the request is malformed") "\nclosed\n", NULL},
	{"a folded line", "GET /ping HTTP/1.1\r\nHost: x\r\n y\r\n\r\n",
		"400 close " ERROR("A header of the request is malformed") "\nclosed\n", NULL},
	{"a lone CR in a value", "GET /ping HTTP/1.1\r\nHost: x\ry\r\n\r\n",
		"400 close " ERROR("A header of the request is malformed") "\nclosed\n", NULL},
	{"two lengths",
		"POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
		"400 close " ERROR("There are two different Content-Length headers") "\nclosed\n",
		NULL},
	{"a length that is none", "POST /checkv2 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"400 close " ERROR("Content-Length is no number") "\nclosed\n", NULL},
	{"a length and chunks",
		"POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"400 close " ERROR("Chunks need HTTP/1.1 and no Content-Length") "\nclosed\n",
		NULL},
	{"chunks in HTTP/1.0", "POST /checkv2 HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"400 close " ERROR("Chunks need HTTP/1.1 and no Content-Length") "\nclosed\n",
		NULL},
	{"another coding", "POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"501 close " ERROR("Transfer-Encoding can only be chunked") "\nclosed\n", NULL},
	{"a chunk without a size",
		"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
		"400 close " ERROR("The size of a chunk is malformed") "\nclosed\n", NULL},
	{"a chunk that is longer than it said",
		"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
		"400 close " ERROR("A chunk does not end where it should") "\nclosed\n", NULL},
	{"a control character in the query", "POST /checkv2?from=a%0d%0ab HTTP/1.1\r\n\r\n",
		"400 " ERROR("An argument of the query has control characters in it") "\n", NULL},
};

/* @@ stands for a chunk of 10001 bytes. */
static struct span expand(struct arena *a, const char *text)
{
	struct span request = span_of(text);
	size_t at = span_find(request, SPAN("@@"));
	struct buf out;

	buf_init(&out, a, SIZE_MAX);
	buf_add(&out, span_slice(request, 0, at));
	for (int i = 0; at < request.n && i < 10001; i++)
		buf_add_byte(&out, 'x');
	return buf_span(&out);
}

static void replies_are_the_same_however_requests_are_cut(void **state)
{
	static const unsigned cuts[] = {0, 1, 2, 7, 40};
	static const enum play_manner manners[] = {PLAY_ANSWERS, PLAY_LATER};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t k = 0; k < ARRAY_LEN(cuts) * ARRAY_LEN(manners); k++) {
			struct play p;

			play_open(&p, config);
			p.manner = manners[k % 2];
			play_send_cut(&p, expand(p.a, rows[i].request), cuts[k / 2]);
			must_be_like(rows[i].name, play_tell(&p), rows[i].replies);
			must_be_like(rows[i].name, buf_span(&p.seen),
				rows[i].seen == NULL ? "" : rows[i].seen);
			play_close(&p);
		}
	}
}

static void head_is_answered_without_a_body(void **state)
{
	struct play p;

	play_open(&p, config);
	play_send(&p, SPAN("HEAD /ping HTTP/1.1\r\n\r\nHEAD /no HTTP/1.1\r\n\r\n"));
	must_be_like("head", play_tell(&p), "200\n404\n");
	play_close(&p);
}

static void an_ill_filter_says_so(void **state)
{
	struct play p;

	play_open(&p, config);
	p.is_ill = true;
	play_send(&p, SPAN("GET /ready HTTP/1.1\r\n\r\n"));
	must_be_like("ill", play_tell(&p), "500 " ERROR("The built-in message is not judged") "\n");
	play_close(&p);
}

static void a_failed_scan_is_an_error(void **state)
{
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_FAILS;
	play_send(&p,
		SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
		     "GET /ping HTTP/1.1\r\n\r\n"));
	must_be_like("failed", play_tell(&p), "503 " ERROR("Try again") "\n200 pong\n\n");
	play_close(&p);
}

/* ---- caps ---- */

static void what_is_too_long_is_refused(void **state)
{
	static const struct {
		const char *start, *filler;
		size_t n;
		const char *replies;
	} longs[] = {
		{"GET /", "x", HTTP_HEAD_MOST, "431 close *\nclosed\n"},
		{"GET /ping HTTP/1.1\r\nX: ", "x", HTTP_HEAD_MOST, "431 close *\nclosed\n"},
		{"GET /ping HTTP/1.1\r\n", "X: y\r\n", HTTP_HEADERS_MOST + 1,
			"431 close *\nclosed\n"},
		{"GET /ping HTTP/1.1\r\n", "X: y\r\n", HTTP_HEADERS_MOST, "200 pong\n\n"},
		{"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1", 100000,
			"400 close *\nclosed\n"},
		{"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n",
			100000, "431 close *\nclosed\n"},
		{"POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n",
			10001, "413 close *\nclosed\n"},
		{"POST /ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 10001,
			"413 close *\nclosed\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(longs); i++) {
		struct play p;
		struct buf out;

		play_open(&p, config);
		buf_init(&out, p.a, SIZE_MAX);
		buf_add_string(&out, longs[i].start);
		for (size_t k = 0; k < longs[i].n; k++)
			buf_add_string(&out, longs[i].filler);
		buf_add_string(&out, "\r\n");
		play_send(&p, buf_span(&out));
		must_be_like(longs[i].start, play_tell(&p), longs[i].replies);
		play_close(&p);
	}
}

static void the_largest_message_fits(void **state)
{
	struct play p;
	struct buf out;

	play_open(&p, config);
	buf_init(&out, p.a, SIZE_MAX);
	buf_add_string(&out, "POST /checkv2 HTTP/1.1\r\nContent-Length: 10000\r\n\r\n");
	for (int i = 0; i < 10000; i++)
		buf_add_byte(&out, 'x');
	play_send(&p, buf_span(&out));
	must_be_like("largest", play_tell(&p), "200 " VERDICT "*\n");
	play_close(&p);
}

static void memory_is_asked_for_as_it_comes_and_given_back(void **state)
{
	struct play p;
	size_t before;

	play_open(&p, config);
	p.settings.message_most = 200000;
	play_send(&p, SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 90000\r\n\r\n"));
	before = p.held;
	assert_true(before > 0);
	for (size_t i = 1; i < 90; i++) {
		play_send(&p, arena_printf(p.a, "%01000d", 0));
		assert_in_range(p.held, i * 1000, before + 8 * i * 1000);
	}
	play_send(&p, arena_printf(p.a, "%01000d", 0));
	assert_int_equal(p.held, 0);
	assert_true(p.held_peak >= 90000);
	assert_int_equal(p.scans, 1);
	play_close(&p);
}

/* Else a client that says nothing could use up what others need for their messages. */
static void what_is_not_kept_is_not_asked_for(void **state)
{
	struct play p;
	size_t before;

	play_open(&p, config);
	play_send(&p, SPAN("\r\n"));
	before = p.held;
	play_send(&p, SPAN("\r\n\r\n"));
	assert_int_equal(p.held, before);
	play_send(&p,
		SPAN("POST /checkv2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"));
	before = p.held;
	for (int i = 0; i < 100; i++)
		play_send(&p, SPAN("0001;of=no;account\r\nx\r\n"));
	play_send(&p, SPAN("0\r\n"));
	for (int i = 0; i < 100; i++)
		play_send(&p, SPAN("X-Trailer: is read over\r\n"));
	assert_int_equal(p.held, before);
	play_send(&p, SPAN("\r\n"));
	assert_int_equal(p.held, 0);
	assert_int_equal(p.scans, 1);
	play_close(&p);
}

static void without_memory_the_client_is_told_to_come_back(void **state)
{
	static const unsigned cuts[] = {0, 1, 7};

	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		struct play p;

		play_open(&p, config);
		p.held_most = 100;
		play_send_cut(&p,
			arena_printf(p.a,
				"POST /checkv2 HTTP/1.1\r\nContent-Length: 200\r\n\r\n%0200d", 0),
			cuts[i]);
		must_be_like("memory", play_tell(&p),
			"503 close " ERROR(
				"There is no memory for the message now: try again") "\nclosed\n");
		assert_int_equal(p.held, 0);
		play_close(&p);
	}
}

static void one_connection_too_many_is_told_so(void **state)
{
	struct play p;
	int first;

	play_open(&p, config);
	p.settings.connections_most = 1;
	first = p.fd;
	play_connect(&p);
	play_turn(&p);
	must_be_like("connections", play_tell(&p),
		"503 close " ERROR("There are too many connections") "\nclosed\n");
	assert_int_equal(p.refused, 1);
	assert_int_equal(p.refused_for, 0);
	assert_int_equal(count_open(&p), 1);
	(void)close(first);
	play_turn(&p);
	assert_int_equal(count_open(&p), 0);
	play_close(&p);
}

static size_t count(struct span text, struct span word)
{
	size_t n = 0;

	for (size_t at; (at = span_find(text, word)) < text.n; n++)
		text = span_from_offset(text, at + word.n);
	return n;
}

/* As many requests as the system takes, none of them cut. */
static size_t flood(struct play *p, struct span request)
{
	struct span rest = request;
	size_t sent = 0;

	for (int idle = 0; idle < 10;) {
		ssize_t n = send(p->fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n > 0)
			rest = span_from_offset(rest, (size_t)n);
		sent += rest.n == 0;
		if (rest.n == 0)
			rest = request;
		idle = n > 0 ? 0 : idle + 1;
		(void)event_base_loop(p->base, EVLOOP_NONBLOCK);
		assert_true(sent < 1000000);
	}
	return sent;
}

/* A client that asks and never reads: its replies do not pile up, and nothing turns in circles. */
static void unread_replies_are_bounded(void **state)
{
	struct play p;
	size_t sent;

	play_open(&p, config);
	sent = flood(&p, SPAN("GET /nowhere HTTP/1.1\r\n\r\n"));
	for (int i = 0; i < 1000; i++)
		play_turn(&p);
	assert_int_equal(count(buf_span(&p.came), SPAN("{\"error\"")), sent);
	play_close(&p);
}

/* The keeper's: a message must not end it, and it counts no bytes. */
static void a_service_of_pages_alone_takes_no_messages(void **state)
{
	struct play p;

	play_open(&p, config);
	p.service.scan = NULL;
	p.service.cancel = NULL;
	p.service.take_bytes = NULL;
	p.service.give_bytes = NULL;
	play_send(&p,
		SPAN("GET /ping HTTP/1.1\r\n\r\n"
		     "POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"));
	must_be_like("pages alone", play_tell(&p),
		"200 pong\n\n501 close " ERROR("Messages are not taken here") "\nclosed\n");
	play_close(&p);
}

static void a_flood_behind_a_message_waits(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
	struct play p;
	size_t sent;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	sent = flood(&p, SPAN("GET /stat HTTP/1.1\r\n\r\n"));
	assert_int_equal(p.came.n, 0);
	play_answer(&p);
	for (int i = 0; i < 1000; i++)
		play_turn(&p);
	assert_int_equal(count(buf_span(&p.came), SPAN("{\"scanned\"")), sent);
	play_close(&p);
}

/* ---- clients that go ---- */

static void a_client_that_goes_cancels_its_scan(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	play_turn(&p);
	assert_non_null(p.pending);
	assert_true(p.held > 0);
	play_hang_up(&p);
	play_turn(&p);
	assert_int_equal(p.cancels, 1);
	assert_null(p.pending);
	assert_int_equal(p.held, 0);
	assert_true(http_server_is_idle(p.server));
	play_close(&p);
}

static void a_client_that_has_said_all_still_gets_its_verdict(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	play_turn(&p);
	assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
	play_turn(&p);
	assert_int_equal(p.cancels, 0);
	play_answer(&p);
	must_be_like("half closed", play_tell(&p), "200 close " VERDICT "*\nclosed\n");
	assert_int_equal(p.closed, 1);
	play_close(&p);
}

static void a_scan_under_way_is_cancelled_with_the_server(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	play_turn(&p);
	http_server_free(p.server);
	assert_int_equal(p.cancels, 1);
	p.server = NULL;
	play_close(&p);
}

static void a_half_closed_connection_gets_its_replies(void **state)
{
	struct span request = SPAN("GET /ping HTTP/1.1\r\n\r\nGET /stat HTTP/1.1\r\n\r\nGET /pi");
	struct play p;

	play_open(&p, config);
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
	play_turn(&p);
	must_be_like("half closed", play_tell(&p), "200 pong\n\n200 {\"scanned\":0}\nclosed\n");
	play_close(&p);
}

static void what_waits_behind_a_message_is_served_after_it(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
				   "GET /ping HTTP/1.1\r\n\r\n");
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	play_turn(&p);
	assert_int_equal(p.came.n, 0);
	play_answer(&p);
	must_be_like("behind", play_tell(&p), "200 " VERDICT "*\n200 pong\n\n");
	play_close(&p);
}

/* ---- draining ---- */

static void run_for(struct play *p, long microseconds)
{
	struct timeval tv = {.tv_usec = microseconds};

	(void)event_base_loopexit(p->base, &tv);
	(void)event_base_dispatch(p->base);
	play_turn(p);
}

static void draining_waits_for_requests_that_have_begun(void **state)
{
	struct span request = SPAN("POST /checkv2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
				   "GET /ping HTTP/1.1\r\n\r\n");
	struct play p;

	play_open(&p, config);
	p.manner = PLAY_LATER;
	assert_int_equal(send(p.fd, request.p, request.n, 0), request.n);
	play_turn(&p);
	http_server_drain(p.server, true);
	assert_int_equal(p.opened, 1);
	assert_int_equal(p.closed, 0);
	play_answer(&p);
	must_be_like("drained", play_tell(&p), "200 close " VERDICT "*\nclosed\n");
	play_hang_up(&p);
	play_turn(&p);
	assert_int_equal(p.closed, 1);
	assert_true(http_server_is_idle(p.server));
	play_close(&p);
}

static void draining_waits_a_moment_for_requests_that_are_on_their_way(void **state)
{
	struct play p;
	int silent;

	play_open(&p, config);
	p.settings.idle_timeout = 0.05;
	silent = p.fd;
	play_connect(&p);
	http_server_drain(p.server, true);
	assert_int_equal(count_open(&p), 2);
	play_send(&p, SPAN("GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"));
	must_be_like("on its way", play_tell(&p), "200 close pong\n\nclosed\n");
	play_hang_up(&p);
	assert_int_equal(p.closed, 1);
	p.fd = silent;
	p.is_closed = false;
	run_for(&p, 100000);
	assert_true(p.is_closed);
	assert_true(http_server_is_idle(p.server));
	play_close(&p);
}

/* ---- time: with limits of some hundredths of a second ---- */

static const struct {
	const char *name;
	double timeout, idle_timeout, request_timeout;
	const char *request;
	const char *trickle; /* a byte of it every 20 ms; "" silence */
	const char *replies;
} times[] = {
	{"silence within a request", 0.05, 9, 9, "GET /ping HTTP/1.1\r\n", "",
		"408 close " ERROR("The request took too long") "\nclosed\n"},
	{"a request that trickles", 9, 9, 0.1, "GET /ping HTTP/1.1\r\nX: ", "xxxxxxxxxx",
		"408 close " ERROR("The request took too long") "\nclosed\n"},
	{"a body that trickles", 9, 9, 0.1, "POST /checkv2 HTTP/1.1\r\nContent-Length: 99\r\n\r\n",
		"xxxxxxxxxx", "408 close " ERROR("The request took too long") "\nclosed\n"},
	{"silence between requests", 9, 0.05, 9, "GET /ping HTTP/1.1\r\n\r\n", "",
		"200 pong\n\nclosed\n"},
	{"silence before any", 9, 0.05, 9, "", "", "closed\n"},
	{"a slow one that is in time", 0.05, 9, 9, "GET /ping HTT", "P/1.1\n\n", "200 pong\n\n"},
};

static void time_is_limited(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		struct span trickle = span_of(times[i].trickle);
		struct play p;

		play_open(&p, config);
		http_server_free(p.server);
		play_hang_up(&p);
		p.settings.timeout = times[i].timeout;
		p.settings.idle_timeout = times[i].idle_timeout;
		p.settings.request_timeout = times[i].request_timeout;
		p.server = http_server_make(p.base, &p.settings, &p.service);
		play_connect(&p);
		play_send(&p, span_of(times[i].request));
		for (size_t k = 0; k < trickle.n; k++) {
			run_for(&p, 20000);
			play_send(&p, span_slice(trickle, k, 1));
		}
		if (trickle.n == 0)
			run_for(&p, 100000);
		must_be_like(times[i].name, play_tell(&p), times[i].replies);
		play_close(&p);
	}
}

static void whoever_does_not_read_is_closed(void **state)
{
	struct play p;

	play_open(&p, config);
	p.settings.timeout = 0.05;
	(void)flood(&p, SPAN("GET /nowhere HTTP/1.1\r\n\r\n"));
	for (int i = 0; i < 6; i++) {
		struct timeval tv = {.tv_usec = 60000};

		(void)event_base_loopexit(p.base, &tv);
		(void)event_base_dispatch(p.base);
	}
	assert_int_equal(count_open(&p), 0);
	play_close(&p);
}

/* What is refused early stays open for its client to read why, but not for ever. */
static void a_client_that_sends_on_after_its_refusal_is_closed(void **state)
{
	struct play p;

	play_open(&p, config);
	play_send(&p, SPAN("NO\r\n"));
	assert_true(p.is_closed);
	assert_int_equal(count_open(&p), 1);
	assert_int_equal(send(p.fd, "more", 4, MSG_NOSIGNAL), 4);
	for (int i = 0; i < 22; i++)
		run_for(&p, 100000);
	assert_int_equal(count_open(&p), 0);
	play_close(&p);
}

/* ---- listening ---- */

/* The server listens; returns a client's end that it has not accepted yet. */
static int listen_somewhere(struct play *p)
{
	struct sockaddr_un {
		sa_family_t family;
		char path[108];
	} address = {.family = AF_UNIX};
	socklen_t size = sizeof(sa_family_t);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* without a name the system finds one */
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 5), 0);
	size = sizeof(address);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	http_server_listen(p->server, fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
	return fd;
}

static void the_server_accepts_by_itself(void **state)
{
	struct play p;

	play_open(&p, config);
	play_hang_up(&p);
	p.fd = listen_somewhere(&p);
	play_send(&p, SPAN("GET /ping HTTP/1.1\r\n\r\n"));
	must_be_like("listening", play_tell(&p), "200 pong\n\n");
	play_close(&p);
}

/* As when the process has as many files open as it may. */
static void a_connection_that_cannot_be_accepted_is_told(void **state)
{
	struct rlimit usual, none;
	struct play p;
	int fd;

	play_open(&p, config);
	p.is_closed = false;
	fd = listen_somewhere(&p);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = usual.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	(void)event_base_loop(p.base, EVLOOP_NONBLOCK);
	(void)event_base_loop(p.base, EVLOOP_NONBLOCK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
	assert_int_equal(p.refused, 1);
	assert_int_equal(p.refused_for, EMFILE);
	assert_int_equal(p.opened, 1);
	run_for(&p, 150000);
	assert_int_equal(p.refused, 1);
	assert_int_equal(p.opened, 2);
	(void)close(fd);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_the_same_however_requests_are_cut),
		cmocka_unit_test(head_is_answered_without_a_body),
		cmocka_unit_test(an_ill_filter_says_so),
		cmocka_unit_test(a_failed_scan_is_an_error),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(the_largest_message_fits),
		cmocka_unit_test(memory_is_asked_for_as_it_comes_and_given_back),
		cmocka_unit_test(what_is_not_kept_is_not_asked_for),
		cmocka_unit_test(without_memory_the_client_is_told_to_come_back),
		cmocka_unit_test(one_connection_too_many_is_told_so),
		cmocka_unit_test(unread_replies_are_bounded),
		cmocka_unit_test(a_service_of_pages_alone_takes_no_messages),
		cmocka_unit_test(a_flood_behind_a_message_waits),
		cmocka_unit_test(a_client_that_goes_cancels_its_scan),
		cmocka_unit_test(a_client_that_has_said_all_still_gets_its_verdict),
		cmocka_unit_test(a_scan_under_way_is_cancelled_with_the_server),
		cmocka_unit_test(a_half_closed_connection_gets_its_replies),
		cmocka_unit_test(what_waits_behind_a_message_is_served_after_it),
		cmocka_unit_test(draining_waits_for_requests_that_have_begun),
		cmocka_unit_test(draining_waits_a_moment_for_requests_that_are_on_their_way),
		cmocka_unit_test(time_is_limited),
		cmocka_unit_test(whoever_does_not_read_is_closed),
		cmocka_unit_test(a_client_that_sends_on_after_its_refusal_is_closed),
		cmocka_unit_test(the_server_accepts_by_itself),
		cmocka_unit_test(a_connection_that_cannot_be_accepted_is_told),
	};
	struct arena *a = arena_make();
	int failed;

	config = play_make_config(a);
	log_set_level(LOG_LEVEL_ERROR);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
