/*
 * What a request says about its message beside the message: headers as Rspamd's clients send them, and
 * arguments of the query, which count as headers.
 *
 * DESIGN: one row a header, also for those that do nothing, so that "is it known?" has one answer and
 * docs/http.md can be held against it. What asks for a message in a form that we cannot read, or for a file of
 * the server, is refused: a client that gets a verdict about something else would be worse off.
 */
#include "http/http.h"

#include "http/inner.h"

enum {
	TEXT_MOST = 1024, /* bytes of an address or a name that are kept: SMTP allows 256 */
	ARGS_MOST = 4096  /* of the ESMTP arguments of one address */
};

struct reader {
	struct arena *arena;
	struct http_request *request;
	struct msg_envelope *envelope;
	struct {
		VEC(struct span);
	} rcpts;
	struct buf from_args;
	struct {
		VEC(struct span);
	} rcpt_args; /* "0:NOTIFY=NEVER", until all recipients are known */
	struct http_refusal refusal;
};

struct row {
	const char *name;
	void (*take)(struct reader *r, const struct row *row,
		struct span value); /* NULL: no effect */
	size_t offset;              /* of the field in struct msg_envelope */
	const char *why;            /* it is refused, or has no effect */
};

static void refuse(struct reader *r, int status, const char *sentence)
{
	if (r->refusal.status == 0)
		r->refusal = (struct http_refusal){status, sentence};
}

/* `<a@b>` as a@b. */
static struct span keep_address(struct span text)
{
	text = span_trim(text);
	if (text.n >= 2 && span_starts(text, SPAN("<")) && span_ends(text, SPAN(">")))
		text = span_slice(text, 1, text.n - 2);
	return span_slice(text, 0, TEXT_MOST);
}

/* ---- what rows do ---- */

/* The first of several counts. */
static void take_text(struct reader *r, const struct row *row, struct span value)
{
	struct span *field = (struct span *)(void *)((char *)r->envelope + row->offset);

	if (span_is_null(*field))
		*field = span_slice(value, 0, TEXT_MOST);
}

static void take_from(struct reader *r, const struct row *row, struct span value)
{
	take_text(r, row, keep_address(value));
}

static void take_hostname(struct reader *r, const struct row *row, struct span value)
{
	if (value.n > 0 && !span_equal_nocase(value, SPAN("unknown")))
		take_text(r, row, value);
}

static void take_user(struct reader *r, const struct row *row, struct span value)
{
	if (value.n > 0)
		take_text(r, row, value);
}

static void take_address(struct reader *r, const struct row *row, struct span value)
{
	struct ip ip;

	if (span_starts(value, SPAN("[")) && span_ends(value, SPAN("]")))
		value = span_slice(value, 1, value.n - 2);
	if (!ip_parse(value, &ip))
		return;
	take_text(r, row, value);
	r->envelope->over_network = true;
}

/* How long the first of a comma list is; commas in quotes and within <> do not part. */
static size_t find_item_end(struct span list)
{
	bool quoted = false, bracketed = false;
	size_t i;

	for (i = 0; i < list.n; i++) {
		char c = list.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			bracketed = c == '<';
		else if (!quoted && !bracketed && c == ',')
			return i;
	}
	return list.n;
}

static void take_rcpts(struct reader *r, const struct row *row, struct span value)
{
	while (value.n > 0) {
		size_t end = find_item_end(value);
		struct span item = keep_address(span_slice(value, 0, end));

		value = span_from_offset(value, end + 1);
		if (item.n == 0)
			continue;
		r->request->input.rcpt_count++;
		if (r->rcpts.n < MSG_RECIPIENTS_MOST)
			*VEC_ADD(r->arena, &r->rcpts) = item;
	}
}

/* One more behind a blank. */
static void add_args(struct buf *args, struct span value)
{
	if (value.n == 0)
		return;
	if (args->n > 0)
		buf_add_byte(args, ' ');
	buf_add(args, value);
}

static void take_from_args(struct reader *r, const struct row *row, struct span value)
{
	add_args(&r->from_args, value);
}

static void take_rcpt_args(struct reader *r, const struct row *row, struct span value)
{
	if (r->rcpt_args.n < HTTP_HEADERS_MOST)
		*VEC_ADD(r->arena, &r->rcpt_args) = value;
}

static void take_flags(struct reader *r, const struct row *row, struct span value)
{
	for (struct span flag; span_next(&value, ',', &flag);) {
		if (span_equal_nocase(span_trim(flag), SPAN("no_log")))
			r->request->is_unlogged = true;
		else if (span_equal_nocase(span_trim(flag), SPAN("ext_urls")))
			r->request->wants_objects = true;
	}
}

static void take_url_format(struct reader *r, const struct row *row, struct span value)
{
	if (span_equal_nocase(value, SPAN("extended")))
		r->request->wants_objects = true;
}

static void take_log(struct reader *r, const struct row *row, struct span value)
{
	if (span_equal_nocase(value, SPAN("no")))
		r->request->is_unlogged = true;
}

/* Whatever the value is. */
static void take_refused(struct reader *r, const struct row *row, struct span value)
{
	refuse(r, 501, row->why);
}

static void take_file(struct reader *r, const struct row *row, struct span value)
{
	refuse(r, 403, row->why);
}

static void take_encoding(struct reader *r, const struct row *row, struct span value)
{
	if (value.n > 0 && !span_equal_nocase(value, SPAN("identity")))
		refuse(r, 501, row->why);
}

static void take_offset(struct reader *r, const struct row *row, struct span value)
{
	uint64_t offset;

	if (!num_parse_u64(value, UINT64_MAX / 2, &offset) || offset > 0)
		refuse(r, 501, row->why);
}

/* Only whoever takes nothing but msgpack is refused. */
static void take_accept(struct reader *r, const struct row *row, struct span value)
{
	bool wants_other = false, wants_msgpack = false;

	for (struct span item; span_next(&value, ',', &item);) {
		struct span type = span_trim(span_slice(item, 0, span_find_byte(item, ';')));

		if (span_equal_nocase(type, SPAN("application/msgpack")))
			wants_msgpack = true;
		else
			wants_other = true;
	}
	if (wants_msgpack && !wants_other)
		refuse(r, 501, row->why);
}

/* ---- the rows ---- */

#define FIELD(member) offsetof(struct msg_envelope, member)

static const char file_refused[] =
	"Messages are never read from files or shared memory of the server: send the message itself";
static const char settings_refused[] = "Settings for one request are not there yet";
static const char compression_refused[] = "Compressed messages are not there yet: send it as it is";

static const struct row rows[] = {
	/* the envelope */
	{"From", take_from, FIELD(from), NULL},
	{"Rcpt", take_rcpts, 0, NULL},
	{"IP", take_address, FIELD(address), NULL},
	{"Helo", take_text, FIELD(helo), NULL},
	{"Hostname", take_hostname, FIELD(hostname), NULL},
	{"User", take_user, FIELD(user), NULL},
	{"Queue-ID", take_text, FIELD(queue_id), NULL},
	{"MTA-Name", take_text, FIELD(server), NULL},
	{"TLS-Cipher", take_text, FIELD(tls_cipher), NULL},
	{"TLS-Version", take_text, FIELD(tls_version), NULL},
	{"X-Rspamd-Mail-Esmtp-Args", take_from_args, 0, NULL},
	{"X-Rspamd-Rcpt-Esmtp-Args", take_rcpt_args, 0, NULL},
	/* the reply and the log */
	{"URL-Format", take_url_format, 0, NULL},
	{"Flags", take_flags, 0, NULL},
	{"Log", take_log, 0, NULL},
	/* refused */
	{"File", take_file, 0, file_refused},
	{"Path", take_file, 0, file_refused},
	{"Shm", take_file, 0, file_refused},
	{"Shm-Offset", take_file, 0, file_refused},
	{"Shm-Length", take_file, 0, file_refused},
	{"Settings", take_refused, 0, settings_refused},
	{"Settings-ID", take_refused, 0, settings_refused},
	{"Compression", take_encoding, 0, compression_refused},
	{"Content-Encoding", take_encoding, 0, compression_refused},
	{"Dictionary", take_refused, 0, compression_refused},
	{"Key", take_refused, 0, "Encrypted requests are not there yet: send it as it is"},
	{"Accept", take_accept, 0, "Replies in msgpack are not there yet: accept application/json"},
	{"Message-Offset", take_offset, 0,
		"A block of control before the message is not understood: send headers instead"},
	/* without effect */
	{"Accept-Encoding", NULL, 0, "replies are small and sent as they are"},
	{"Deliver-To", NULL, 0, "nothing is kept for a mailbox"},
	{"Filename", NULL, 0, "messages are named by their Message-ID"},
	{"Log-Tag", NULL, 0, "the queue id names the message in the log"},
	{"Mailer", NULL, 0, "nothing depends on the way out"},
	{"Milter", NULL, 0, "the reply always says what a milter would do"},
	{"MTA-Tag", NULL, 0, "nothing depends on it"},
	{"Pass", NULL, 0, "all checks always run"},
	{"Profile", NULL, 0, "`winnow explain` tells what checks cost"},
	{"Raw", NULL, 0, "whatever comes is looked at as mail"},
	{"Subject", NULL, 0, "the message's own counts"},
	{"TLS-Cert-Issuer", NULL, 0, "nothing depends on it"},
	{"User-Agent", NULL, 0, "nothing depends on it"},
};

static void take(struct reader *r, struct span name, struct span value)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* most do not begin alike: cheaper than to compare them all */
		if (name.n == 0 || byte_lower(name.p[0]) != byte_lower(rows[i].name[0]) ||
			!span_equal_nocase(name, span_of(rows[i].name)))
			continue;
		if (rows[i].take != NULL)
			rows[i].take(r, &rows[i], value);
		return;
	}
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f)
			return true;
	return false;
}

/* `from=a%40b&rcpt=c`: each as if it were a header. */
static void take_query(struct reader *r, struct span query)
{
	for (struct span item; span_next(&query, '&', &item);) {
		size_t equals = span_find_byte(item, '=');
		struct span name = http_unescape(r->arena, span_slice(item, 0, equals));
		struct span value = http_unescape(r->arena, span_from_offset(item, equals + 1));

		if (has_control(value))
			refuse(r, 400, "An argument of the query has control characters in it");
		else
			take(r, name, span_trim(value));
	}
}

/* "1:NOTIFY=NEVER" goes to the second recipient. */
static void place_rcpt_args(struct reader *r)
{
	struct span *args;
	struct buf *texts;
	uint64_t rcpt;

	if (r->rcpt_args.n == 0 || r->rcpts.n == 0)
		return;
	texts = ARENA_ARRAY(r->arena, struct buf, r->rcpts.n);
	args = ARENA_ARRAY(r->arena, struct span, r->rcpts.n);
	for (size_t i = 0; i < r->rcpts.n; i++)
		buf_init(&texts[i], r->arena, ARGS_MOST);
	for (size_t i = 0; i < r->rcpt_args.n; i++) {
		struct span value = r->rcpt_args.v[i];
		size_t colon = span_find_byte(value, ':');

		if (num_parse_u64(span_slice(value, 0, colon), r->rcpts.n - 1, &rcpt))
			add_args(&texts[rcpt], span_from_offset(value, colon + 1));
	}
	for (size_t i = 0; i < r->rcpts.n; i++)
		if (texts[i].n > 0)
			args[i] = buf_span(&texts[i]);
	r->envelope->rcpt_args = args;
}

struct http_refusal http_read_request(struct arena *a, const struct http_head *head,
	struct http_request *out)
{
	struct reader r = {.arena = a, .request = out, .envelope = &out->input.envelope};

	buf_init(&r.from_args, a, ARGS_MOST);
	for (size_t i = 0; i < head->headers.n; i++)
		take(&r, head->headers.v[i].name, head->headers.v[i].value);
	take_query(&r, head->query);
	r.envelope->rcpts = r.rcpts.v;
	r.envelope->rcpt_count = r.rcpts.n;
	if (r.from_args.n > 0)
		r.envelope->from_args = buf_span(&r.from_args);
	place_rcpt_args(&r);
	return r.refusal;
}
