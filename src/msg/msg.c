/* The facts of a message that several checks share, each made when it is first asked for. */
#include "msg/inner.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <string.h>

/* The addresses of the fields of one name. */
struct named_addresses {
	struct span header;
	struct mime_addresses *list;
};

struct envelope_address {
	bool made;
	struct mime_address address;
};

struct msg_facts {
	/* by header name; only checks and configured selectors ask, so it stays short */
	struct {
		VEC(struct named_addresses);
	} addresses;
	const struct mime_addresses *from, *reply_to, *recipients;
	struct envelope_address sender;
	struct envelope_address *rcpts; /* envelope.rcpt_count of them */
	struct msg_hops *hops;
	bool subject_made, id_made, date_made;
	struct span subject, id, digest;
	struct msg_date *date;
	const struct msg_texts *texts;
	const struct msg_content *content;
};

static struct span copy_known(struct arena *a, struct span text)
{
	return span_is_null(text) ? text : arena_copy(a, text);
}

static struct msg_envelope copy_envelope(struct arena *a, const struct msg_envelope *in)
{
	size_t n = num_min(in->rcpt_count, MSG_RECIPIENTS_MOST);
	struct span *rcpts = ARENA_ARRAY(a, struct span, n);
	struct span *args = in->rcpt_args == NULL ? NULL : ARENA_ARRAY(a, struct span, n);

	for (size_t i = 0; i < n; i++)
		rcpts[i] = arena_copy(a, in->rcpts[i]);
	for (size_t i = 0; args != NULL && i < n; i++)
		args[i] = copy_known(a, in->rcpt_args[i]);
	return (struct msg_envelope){
		.from = copy_known(a, in->from),
		.rcpts = rcpts,
		.rcpt_count = n,
		.from_args = copy_known(a, in->from_args),
		.rcpt_args = args,
		.address = copy_known(a, in->address),
		.hostname = copy_known(a, in->hostname),
		.helo = copy_known(a, in->helo),
		.user = copy_known(a, in->user),
		.queue_id = copy_known(a, in->queue_id),
		.server = copy_known(a, in->server),
		.tls_version = copy_known(a, in->tls_version),
		.tls_cipher = copy_known(a, in->tls_cipher),
		.protocol = copy_known(a, in->protocol),
		.over_network = in->over_network,
		.over_local_socket = in->over_local_socket,
	};
}

void msg_set_client(struct msg *m, const struct msg_client *client)
{
	must(m->auth == NULL);
	m->envelope.address = copy_known(m->arena, client->address);
	m->envelope.hostname = copy_known(m->arena, client->hostname);
	m->envelope.helo = copy_known(m->arena, client->helo);
	m->envelope.over_network = true;
	m->envelope.over_local_socket = false;
	m->facts->hops = NULL;
}

/* What the last server wrote down when it delivered the message; the null span when it did not. */
static struct span read_return_path(const struct mime_part *root)
{
	const struct mime_header *h = mime_find_header(root, SPAN("Return-Path"));
	struct span path = h == NULL ? span_from(NULL, 0) : span_trim(h->value);

	if (span_starts(path, SPAN("<")) && span_ends(path, SPAN(">")))
		path = span_trim(span_slice(path, 1, path.n - 2));
	/* what some servers write for the null sender of bounces */
	return span_equal_nocase(path, SPAN("MAILER-DAEMON")) ? SPAN("") : path;
}

struct msg *msg_make(struct arena *a, const struct msg_envelope *envelope, struct span bytes)
{
	struct msg *m = ARENA_NEW(a, struct msg);

	m->arena = a;
	m->envelope = copy_envelope(a, envelope);
	m->bytes = bytes;
	m->mime = mime_parse(a, bytes);
	if (span_is_null(m->envelope.from))
		m->envelope.from = read_return_path(m->mime->root);
	m->facts = ARENA_NEW(a, struct msg_facts);
	return m;
}

/* One list of all, as far as `most` allows; a single list is given back as it is. */
static struct mime_addresses *join_addresses(struct arena *a, struct mime_addresses *lists,
	size_t n, size_t most)
{
	struct mime_addresses *all = ARENA_NEW(a, struct mime_addresses);
	size_t total = 0;

	if (n == 1)
		return lists;
	for (size_t i = 0; i < n; i++) {
		total += lists[i].n;
		all->defects |= lists[i].defects;
	}
	if (total > most)
		all->defects |= MIME_DEFECT(ADDRESS_LIMIT);
	all->v = ARENA_ARRAY(a, struct mime_address, num_min(total, most));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < lists[i].n && all->n < most; k++)
			all->v[all->n++] = lists[i].v[k];
	return all;
}

static struct mime_addresses *read_addresses(struct msg *m, struct span header)
{
	const struct mime_part *root = m->mime->root;
	struct {
		VEC(struct mime_addresses);
	} fields = {0};
	size_t total = 0;

	/* each field may give MIME_ADDRESSES_MOST: the cap on all of them bounds the memory */
	for (struct mime_header *h = mime_find_header(root, header);
		h != NULL && total <= MIME_ADDRESSES_MOST; h = mime_next_header(root, h)) {
		struct mime_addresses *one = VEC_ADD(m->arena, &fields);

		mime_parse_addresses(m->arena, h->value, one);
		total += one->n;
	}
	return join_addresses(m->arena, fields.v, fields.n, MIME_ADDRESSES_MOST);
}

const struct mime_addresses *msg_addresses(struct msg *m, struct span header)
{
	struct msg_facts *f = m->facts;
	struct named_addresses *row;

	for (size_t i = 0; i < f->addresses.n; i++)
		if (span_equal_nocase(f->addresses.v[i].header, header))
			return f->addresses.v[i].list;
	row = VEC_ADD(m->arena, &f->addresses);
	row->header = arena_copy(m->arena, header);
	row->list = read_addresses(m, header);
	return row->list;
}

const struct mime_addresses *msg_from(struct msg *m)
{
	if (m->facts->from == NULL)
		m->facts->from = msg_addresses(m, SPAN("From"));
	return m->facts->from;
}

const struct mime_addresses *msg_reply_to(struct msg *m)
{
	if (m->facts->reply_to == NULL)
		m->facts->reply_to = msg_addresses(m, SPAN("Reply-To"));
	return m->facts->reply_to;
}

const struct mime_addresses *msg_recipients(struct msg *m)
{
	struct mime_addresses *lists;

	if (m->facts->recipients != NULL)
		return m->facts->recipients;
	lists = ARENA_ARRAY(m->arena, struct mime_addresses, 3);
	lists[0] = *msg_addresses(m, SPAN("To"));
	lists[1] = *msg_addresses(m, SPAN("Cc"));
	lists[2] = *msg_addresses(m, SPAN("Bcc"));
	m->facts->recipients = join_addresses(m->arena, lists, 3, MIME_ADDRESSES_MOST);
	return m->facts->recipients;
}

static const struct mime_address *read_mailbox(struct arena *a, struct envelope_address *slot,
	struct span text)
{
	if (slot->made)
		return &slot->address;
	slot->made = true;
	if (!mime_parse_mailbox(a, text, &slot->address))
		slot->address.valid = false;
	slot->address.raw = text;
	return &slot->address;
}

const struct mime_address *msg_envelope_from(struct msg *m)
{
	if (span_is_null(m->envelope.from))
		return NULL;
	return read_mailbox(m->arena, &m->facts->sender, m->envelope.from);
}

const struct mime_address *msg_envelope_rcpt(struct msg *m, size_t i)
{
	struct msg_facts *f = m->facts;

	if (i >= m->envelope.rcpt_count)
		return NULL;
	if (f->rcpts == NULL)
		f->rcpts = ARENA_ARRAY(m->arena, struct envelope_address, m->envelope.rcpt_count);
	return read_mailbox(m->arena, &f->rcpts[i], m->envelope.rcpts[i]);
}

/* The bytes of an IPv4 or IPv6 address; IPv4 as mapped into IPv6, so that each has one form. */
static bool read_address(struct span text, struct in6_addr *out)
{
	char buffer[INET6_ADDRSTRLEN + 1];
	struct in_addr v4;

	if (text.n == 0 || text.n >= sizeof(buffer))
		return false;
	memcpy(buffer, text.p, text.n);
	buffer[text.n] = '\0';
	if (inet_pton(AF_INET6, buffer, out) == 1)
		return true;
	if (inet_pton(AF_INET, buffer, &v4) != 1)
		return false;
	*out = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&out->s6_addr[12], &v4, sizeof(v4));
	return true;
}

static bool same_address(struct span a, struct span b)
{
	struct in6_addr left, right;

	return read_address(a, &left) && read_address(b, &right) &&
		memcmp(&left, &right, sizeof(left)) == 0;
}

/* "(qmail 123 invoked by uid 89)" tells of a way within a machine. */
static bool is_hop(const struct mime_received *r)
{
	return r->from_given || r->by.n > 0;
}

static struct msg_hops *read_hops(struct msg *m)
{
	struct msg_hops *hops = ARENA_NEW(m->arena, struct msg_hops);
	const struct mime_part *root = m->mime->root;
	size_t count = mime_count_headers(root, SPAN("Received"));
	size_t most = num_min(count, MIME_RECEIVED_MOST);
	struct mime_header *h = mime_find_header(root, SPAN("Received"));
	struct mime_received *v = ARENA_ARRAY(m->arena, struct mime_received, most);

	for (size_t i = 0; i < most; i++, h = mime_next_header(root, h))
		if (mime_parse_received(m->arena, h->value, &v[hops->n]) && is_hop(&v[hops->n]))
			hops->n++;
	hops->v = v;
	hops->unparsed = count - hops->n;
	hops->client_apart = hops->n > 0 && !span_is_null(m->envelope.address) &&
		!same_address(m->envelope.address, v[0].address);
	return hops;
}

const struct msg_hops *msg_hops(struct msg *m)
{
	if (m->facts->hops == NULL)
		m->facts->hops = read_hops(m);
	return m->facts->hops;
}

const struct msg_texts *msg_texts(struct msg *m)
{
	if (m->facts->texts == NULL)
		m->facts->texts = msg_read_texts(m);
	return m->facts->texts;
}

const struct msg_urls *msg_urls(struct msg *m)
{
	if (m->facts->content == NULL)
		m->facts->content = msg_read_content(m);
	return &m->facts->content->urls;
}

const struct msg_mentions *msg_mentions(struct msg *m)
{
	(void)msg_urls(m);
	return &m->facts->content->mentions;
}

struct span msg_subject(struct msg *m)
{
	struct msg_facts *f = m->facts;
	struct mime_header *h;

	if (f->subject_made)
		return f->subject;
	f->subject_made = true;
	h = mime_find_header(m->mime->root, SPAN("Subject"));
	if (h == NULL)
		return f->subject;
	f->subject = mime_header_text(m->mime, h);
	if (span_is_null(f->subject))
		f->subject = SPAN("");
	return f->subject;
}

/* What stands in the angles, or else all of it without a stray one. */
static struct span cut_brackets(struct span id)
{
	struct span inner = span_from_offset(id, span_find_byte(id, '<') + 1);

	if (span_has_byte(id, '<') && span_has_byte(inner, '>'))
		return span_trim(span_slice(inner, 0, span_find_byte(inner, '>')));
	id = span_trim(id);
	if (span_starts(id, SPAN("<")))
		id = span_from_offset(id, 1);
	if (span_ends(id, SPAN(">")))
		id = span_slice(id, 0, id.n - 1);
	return span_trim(id);
}

struct span msg_id(struct msg *m)
{
	struct msg_facts *f = m->facts;
	const struct mime_header *h;

	if (f->id_made)
		return f->id;
	f->id_made = true;
	h = mime_find_header(m->mime->root, SPAN("Message-ID"));
	if (h == NULL)
		return f->id;
	f->id = cut_brackets(h->value);
	if (span_is_null(f->id))
		f->id = SPAN("");
	return f->id;
}

const struct msg_date *msg_date(struct msg *m)
{
	struct msg_facts *f = m->facts;
	const struct mime_header *h;

	if (f->date_made)
		return f->date;
	f->date_made = true;
	h = mime_find_header(m->mime->root, SPAN("Date"));
	if (h == NULL)
		return NULL;
	f->date = ARENA_NEW(m->arena, struct msg_date);
	f->date->valid = mime_parse_date(h->value, &f->date->date);
	return f->date;
}

struct span msg_digest(struct msg *m)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *hex;

	if (!span_is_null(m->facts->digest))
		return m->facts->digest;
	must(EVP_Digest(m->bytes.p, m->bytes.n, raw, &n, EVP_sha256(), NULL) == 1);
	hex = arena_alloc_raw(m->arena, 2 * (size_t)n);
	for (unsigned i = 0; i < n; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	m->facts->digest = span_from(hex, 2 * (size_t)n);
	return m->facts->digest;
}
