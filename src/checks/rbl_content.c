/*
 * What of a message's content lists are asked for: domains of its URLs, pages of shared hosts, and addresses of mail.
 *
 * DESIGN: a message may name thousands of domains, and each list is asked a few dozen at most. So they have an order:
 * first what deceives or is followed, then what is only seen, then what nobody sees, the sender's own last. Two
 * messages alike have the same order, and what was not asked for is counted, so that the verdict can say it.
 */
#include "checks/rbl.h"

#include <stdlib.h>

#include "auth/auth.h"

/* How telling a host is: of the URL of it that is the most so. */
enum {
	RANK_OWN = -1, /* the sender's */
	RANK_EMBEDDED = 0,
	RANK_UNSEEN = 10,
	RANK_SEEN = 20,
	RANK_TEXT = 30,
	RANK_LINK = 40,
	MORE_INSIDE = 5, /* behind a tracker or a protection of links */
	MORE_OTHER_READING = 15,
	MORE_ODD = 20,
	MORE_DECEIVING = 30, /* another address is shown */
};

/* How a URL is written that shall not be understood, by people or by programs. */
#define ODD_MASK                                                                                   \
	(URL_ODD(USER) | URL_ODD(PASSWORD) | URL_ODD(MANY_ATS) | URL_ODD(NUMERIC) |                \
		URL_ODD(NUMERIC_OBSCURE) | URL_ODD(BACKSLASH) | URL_ODD(SLASHES) |                 \
		URL_ODD(BLANKS) | URL_ODD(CONTROLS) | URL_ODD(INVISIBLE) | URL_ODD(BIDI) |         \
		URL_ODD(ENCODED_HOST) | URL_ODD(MIXED_SCRIPTS) | URL_ODD(LOOKALIKE) |              \
		URL_ODD(WIDE) | URL_ODD(OBFUSCATED))

static const int place_ranks[MSG_PLACE_COUNT] = {
	[MSG_IN_SUBJECT] = RANK_TEXT,
	[MSG_IN_TEXT] = RANK_TEXT,
	[MSG_IN_HTML] = RANK_LINK,
	[MSG_IN_HTML_TEXT] = RANK_SEEN,
	[MSG_IN_HIDDEN] = RANK_UNSEEN,
	[MSG_IN_ATTACHMENT] = RANK_TEXT,
};

struct candidate {
	enum rbl_kind kind;
	struct span host, domain;
	struct span page; /* of RBL_URL_PATHS */
	bool is_address;
	int rank;
	size_t at; /* which was met first */
};

struct candidates {
	VEC(struct candidate *);
};

/* ---- which there are ---- */

/* Names that mean something within a network or a program alone: nobody elsewhere knows them (RFC 6761, RFC 7686). */
static bool is_of_dns(struct span host)
{
	static const struct span special[] = {
		SPAN_INIT("local"),
		SPAN_INIT("localhost"),
		SPAN_INIT("internal"),
		SPAN_INIT("invalid"),
		SPAN_INIT("test"),
		SPAN_INIT("onion"),
		SPAN_INIT("arpa"),
	};
	struct span last = span_from_offset(host, span_find_last_byte(host, '.') + 1);

	if (!span_has_byte(host, '.'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (span_equal_nocase(last, special[i]))
			return false;
	return true;
}

static bool is_known(const struct rbl *rbl, struct span domain)
{
	return maps_find_domain(rbl->known, domain) != NULL ||
		(rbl->own_known != NULL && map_find(rbl->own_known, domain) != NULL);
}

static void put_own(struct arena *a, struct map *own, struct span host)
{
	struct span name;

	if (host.n > 0 && url_make_ascii(a, host, &name))
		(void)map_put(own, url_find_registrable(name), own);
}

/* The sender's domains: of From, and of who has signed. */
static struct map *find_own(struct arena *a, struct msg *m)
{
	const struct mime_addresses *from = msg_from(m);
	const struct auth_dkim *dkim = auth_find_dkim(m);
	struct map *own = map_make(a);

	for (size_t i = 0; i < num_min(from->n, RBL_DOMAINS_MOST); i++)
		put_own(a, own, from->v[i].domain);
	for (size_t i = 0; dkim != NULL && i < num_min(dkim->n, RBL_DOMAINS_MOST); i++)
		if (dkim->v[i].result == AUTH_DKIM_PASS)
			put_own(a, own, dkim->v[i].domain);
	return own;
}

/* The URL that a reader meets, of one that stands in another. */
static const struct msg_url *outermost(const struct msg_url *u)
{
	while (u->place == MSG_IN_INSIDE && u->carrier != NULL)
		u = u->carrier;
	return u;
}

static bool is_deceiving(const struct msg_url *u)
{
	return u->displayed != NULL && !span_is_null(u->displayed->host) &&
		!url_same_registrable(u->displayed->host, u->url.host);
}

static int rank(const struct msg_url *u)
{
	const struct msg_url *outer = outermost(u);
	int out = place_ranks[outer->place];

	if (outer->link != NULL && outer->link->is_hidden)
		out = RANK_UNSEEN;
	if (outer->is_embedded)
		out = RANK_EMBEDDED;
	return out + (u != outer ? MORE_INSIDE : 0) +
		(u->is_other_reading ? MORE_OTHER_READING : 0) +
		((u->url.odd & ODD_MASK) != 0 ? MORE_ODD : 0) +
		(is_deceiving(outer) ? MORE_DECEIVING : 0);
}

/* A style sheet is no picture, though nobody follows it either. */
static enum rbl_kind kind_of(const struct msg_url *u)
{
	u = outermost(u);
	return u->is_embedded && (u->link == NULL || u->link->tag != HTML_TAG_LINK) ? RBL_IMAGES
										    : RBL_URLS;
}

/* What stands in List-Unsubscribe and the like is for programs. */
static bool is_content(const struct msg_url *u)
{
	return url_is_web(&u->url) && outermost(u)->place != MSG_IN_HEADER;
}

static bool is_askable(const struct rbl_gathering *g, const struct msg_url *u)
{
	bool is_address = u->url.host_kind == URL_HOST_IPV4 || u->url.host_kind == URL_HOST_IPV6;

	if (!g->rbl->kinds[kind_of(u)])
		return false;
	if (is_address)
		return true;
	return u->url.host_kind == URL_HOST_DOMAIN && is_of_dns(u->url.host) &&
		!is_known(g->rbl, u->url.domain);
}

struct sorting {
	struct arena *arena;
	struct map *own;
	struct map *seen[RBL_KIND_COUNT]; /* hosts of links and of images, and pages */
	struct candidates all;
};

/* `key`: what is asked for once. What strangers share is nobody's own. */
static void add_candidate(struct sorting *s, const struct msg_url *u, enum rbl_kind kind,
	struct span key)
{
	struct candidate *c = map_find(s->seen[kind], key);
	bool is_own = kind != RBL_URL_PATHS && map_find(s->own, u->url.domain) != NULL;
	int new_rank = is_own ? RANK_OWN : rank(u);

	if (c != NULL) {
		if (c->rank < new_rank)
			c->rank = new_rank;
		return;
	}
	c = ARENA_NEW(s->arena, struct candidate);
	*c = (struct candidate){
		.kind = kind,
		.host = u->url.host,
		.domain = u->url.domain,
		.page = key,
		.is_address = u->url.host_kind != URL_HOST_DOMAIN,
		.rank = new_rank,
		.at = s->all.n,
	};
	(void)map_put(s->seen[kind], key, c);
	*VEC_ADD(s->arena, &s->all) = c;
}

/* Of a host that strangers share the domain says nothing, so it does not matter that it is well known. */
static void add_page(const struct rbl_gathering *g, struct sorting *s, const struct msg_url *u)
{
	if (g->rbl->kinds[RBL_URL_PATHS] && kind_of(u) == RBL_URLS &&
		u->url.host_kind == URL_HOST_DOMAIN &&
		maps_find_domain(g->rbl->shared, u->url.host) != NULL)
		add_candidate(s, u, RBL_URL_PATHS,
			arena_printf(s->arena, "%.*s%.*s", SPAN_ARG(u->url.host),
				SPAN_ARG(u->url.path)));
}

static int compare(const void *a, const void *b)
{
	const struct candidate *x = *(const struct candidate *const *)a;
	const struct candidate *y = *(const struct candidate *const *)b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* ---- domains ---- */

/* What has been taken of URLs, or of images. */
struct taking {
	struct map *domains;
	size_t domain_count, further;
};

static void take_name(struct rbl_gathering *g, struct taking *t, const struct candidate *c)
{
	bool is_further = map_find(t->domains, c->domain) != NULL;
	size_t *count = is_further ? &t->further : &t->domain_count;
	struct rbl_element *e;

	if (is_further && !g->rbl->full_hosts)
		return;
	if (!is_further) {
		(void)map_put(t->domains, c->domain, t);
		g->out->domains_found++;
	}
	if (*count == g->rbl->names_most) {
		g->out->domains_left += !is_further;
		return;
	}
	(*count)++;
	e = VEC_ADD(g->arena, g->out);
	*e = (struct rbl_element){
		.kind = c->kind,
		.text = c->domain,
		.name = c->domain,
		.domain = c->domain,
		.host = c->host,
		.is_further = is_further,
	};
}

static void take_address(struct rbl_gathering *g, struct taking *t, const struct candidate *c)
{
	if (t->domain_count == g->rbl->names_most) {
		g->out->domains_found++;
		g->out->domains_left++;
	} else if (rbl_add_address(g, c->kind, c->host) != NULL) {
		g->out->domains_found++;
		t->domain_count++;
	}
}

static void take_page(struct rbl_gathering *g, const struct candidate *c)
{
	if (g->out->pages_found++ >= RBL_PAGES_MOST) {
		g->out->pages_left++;
		return;
	}
	*VEC_ADD(g->arena, g->out) = (struct rbl_element){
		.kind = RBL_URL_PATHS,
		.text = c->page,
		.name = c->page,
		.domain = c->domain,
		.host = c->host,
	};
}

static void take(struct rbl_gathering *g, struct taking *takings, const struct candidate *c)
{
	if (c->kind == RBL_URL_PATHS)
		take_page(g, c);
	else if (c->is_address)
		take_address(g, &takings[c->kind], c);
	else
		take_name(g, &takings[c->kind], c);
}

void rbl_gather_urls(struct rbl_gathering *g)
{
	static const enum rbl_kind kinds[] = {RBL_URLS, RBL_IMAGES, RBL_URL_PATHS};
	struct arena *a = g->arena;
	struct taking takings[RBL_KIND_COUNT] = {0};
	const struct msg_urls *urls;
	struct sorting s = {.arena = a};

	if (!g->rbl->kinds[RBL_URLS] && !g->rbl->kinds[RBL_IMAGES] && !g->rbl->kinds[RBL_URL_PATHS])
		return;
	urls = msg_urls(g->msg);
	s.own = find_own(a, g->msg);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		s.seen[kinds[i]] = map_make(a);
		takings[kinds[i]].domains = map_make(a);
	}
	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		if (!is_content(u))
			continue;
		if (is_askable(g, u))
			add_candidate(&s, u, kind_of(u), u->url.host);
		add_page(g, &s, u);
	}
	if (s.all.n > 1)
		qsort(s.all.v, s.all.n, sizeof(*s.all.v), compare);
	for (size_t i = 0; i < s.all.n; i++)
		take(g, takings, s.all.v[i]);
}

/* ---- addresses of mail ---- */

/* False for what is there already, or is none. */
static bool add_mail(struct rbl_gathering *g, struct map *seen, enum rbl_kind kind,
	struct span local, struct span domain)
{
	struct rbl_element e = {.kind = kind};
	struct span host;

	if (!url_make_ascii(g->arena, domain, &host) || !is_of_dns(host) || url_is_address(host))
		return false;
	e.host = host;
	/* a tag is the reader's, not the mailbox' */
	e.local = arena_lower(g->arena, checks_without_tag(local));
	e.domain = url_find_registrable(host);
	e.is_known = is_known(g->rbl, e.domain);
	e.text = arena_printf(g->arena, "%.*s@%.*s", SPAN_ARG(e.local), SPAN_ARG(host));
	if (e.local.n == 0 || map_put(seen, e.text, seen) != NULL)
		return false;
	*VEC_ADD(g->arena, g->out) = e;
	return true;
}

/* Those of the sender's own domain, or all others. */
static void add_mentions(struct rbl_gathering *g, struct map *seen, const struct map *own,
	bool wants_own)
{
	const struct msg_mentions *mentions = msg_mentions(g->msg);

	for (size_t i = 0; i < mentions->n; i++) {
		const struct msg_mention *mention = &mentions->v[i];
		size_t at = span_find_last_byte(mention->address, '@');
		bool is_own = map_find(own, url_find_registrable(mention->domain)) != NULL;

		if (mention->place == MSG_IN_HEADER || is_own != wants_own)
			continue;
		if (g->out->emails_found == g->rbl->names_most)
			g->out->emails_left++;
		else
			g->out->emails_found += add_mail(g, seen, RBL_EMAILS,
				span_slice(mention->address, 0, at), mention->domain);
	}
}

void rbl_gather_emails(struct rbl_gathering *g)
{
	struct map *seen, *own;

	if (!g->rbl->kinds[RBL_EMAILS])
		return;
	seen = map_make(g->arena);
	own = find_own(g->arena, g->msg);
	add_mentions(g, seen, own, false);
	add_mentions(g, seen, own, true);
}

void rbl_gather_replyto(struct rbl_gathering *g)
{
	const struct mime_addresses *list;
	struct map *seen;

	if (!g->rbl->kinds[RBL_REPLYTO])
		return;
	list = msg_reply_to(g->msg);
	seen = map_make(g->arena);
	for (size_t i = 0; i < num_min(list->n, RBL_REPLIES_MOST); i++)
		if (list->v[i].valid)
			(void)add_mail(g, seen, RBL_REPLYTO, list->v[i].local, list->v[i].domain);
}

/* ---- what a list makes of it ---- */

/* The last `n` bytes of the host, and one label more. */
static struct span cut_one_more(struct span host, size_t n)
{
	struct span before = span_slice(host, 0, host.n - n);
	size_t dot;

	if (before.n == 0)
		return host;
	before.n--;
	dot = span_find_last_byte(before, '.');
	return dot == before.n ? host : span_from_offset(host, dot + 1);
}

/* The host as far as the list wants it: the longest suffix that it knows says how far. */
static struct span compose(const struct rbl_list *list, const struct rbl_element *e)
{
	for (struct span suffix = e->host; suffix.n > 0;
		suffix = span_from_offset(suffix, span_find_byte(suffix, '.') + 1)) {
		const enum rbl_cut *cut = map_find(list->composed, suffix);

		if (cut == NULL)
			continue;
		if (*cut == RBL_CUT_DOMAIN)
			return e->domain;
		return *cut == RBL_CUT_WHOLE ? e->host : cut_one_more(e->host, suffix.n);
	}
	return e->domain;
}

struct rbl_name rbl_content_name(struct arena *a, const struct rbl_list *list,
	const struct rbl_element *e)
{
	struct span name;

	if (e->is_address || e->kind == RBL_URL_PATHS)
		return (struct rbl_name){e->text, e->name};
	if (!span_is_null(e->local) && !list->emails_domain_only) {
		name = arena_printf(a, "%.*s%.*s%.*s", SPAN_ARG(e->local),
			SPAN_ARG(list->delimiter), SPAN_ARG(e->host));
		return (struct rbl_name){e->text, name};
	}
	name = list->full_host ? e->host : e->domain;
	if (span_is_null(e->local) && !list->full_host && list->composed != NULL)
		name = compose(list, e);
	return (struct rbl_name){name, name};
}
