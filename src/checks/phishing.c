/*
 * Links whose text shows one address while they lead to another.
 *
 * DESIGN: honest mail does that as well, since services that send it lead every link over a host of their own to count
 * clicks, and filters lead links over theirs to look at them again. So what is known to be such a host is excused,
 * unless it says itself where it leads on, and that is somewhere else than the text says. What a host carries counts
 * for nobody else: evil.example/?u=https://bank.example would be a password to everything. And who has proven to be
 * the author by DKIM may show his own domain and lead to a host that has signed, too, which is how services sign for
 * their customers; but proving a domain gives nobody the right to show another one.
 */
#include "checks/inner.h"

#include "auth/auth.h"
#include "maps/maps.h"

enum { PHISHING, EXCLUDED, WHITELISTED, REDIRECTOR };

enum {
	SHOWN_MOST = 100, /* of hosts in evidence, bytes */
	LIKE_LEAST = 5,   /* bytes of a label that is compared for likeness */
};

/* Factors on the score. */
static const double ORDINARY = 1, LOOKALIKE = 1.5, OTHER_TLD = 0.5, OWN_TRACKER = 0.5;

static const struct scan_symbol symbols[] = {
	[PHISHING] = {.name = "PHISHING",
		.score = 4,
		.group = "phishing",
		.one_shot = true,
		.meaning = "A link shows another address than it leads to",
		.explain = "The text of a link is itself an address, but of another domain than "
			   "the link leads to; both are shown. It counts more when the true "
			   "domain looks like the one that is shown, and half when it differs "
			   "in the top-level domain alone, or when the true one is the "
			   "author's, proven by DKIM. Known click trackers, redirectors and "
			   "link protection are excused. Except a domain in "
			   "local.d/maps.d/phishing_whitelist.map, add a tracker in "
			   "local.d/maps.d/trackers.map."},
	[EXCLUDED] = {.name = "PHISHED_EXCLUDED",
		.group = "phishing",
		.meaning = "A link that lists of phishing are not believed about",
		.explain = "A link leads to a domain of the map phishing_feed_exclusion: what "
			   "lists of phishing pages say of it does not count. Information "
			   "only."},
	[WHITELISTED] = {.name = "PHISHED_WHITELISTED",
		.group = "phishing",
		.meaning = "A link that shows another address, excused by its domain",
		.explain = "The text of a link shows another domain than the link leads to, but "
			   "one of the two is in the map phishing_whitelist. Information only."},
	[REDIRECTOR] = {.name = "REDIRECTOR_FALSE",
		.group = "phishing",
		.meaning = "A link that shows another address, over a known redirector",
		.explain = "The text of a link shows another domain than the link leads to first, "
			   "but that one is a known click tracker, redirector or link "
			   "protection, which leads on to where it was told. Information only."},
};

struct options {
	struct span symbol;
};

#define FEEDS(key) CONF_IGNORED(key, "lists of phishing pages are not asked yet")
#define IN_MAP(key, map) CONF_IGNORED(key, "write domains to local.d/maps.d/" map ".map")

static const struct conf_option rows[] = {
	CONF_STRING(struct options, symbol, "symbol", "PHISHING",
		"The symbol for links that show another address than they lead to."),
	IN_MAP("exceptions", "phishing_whitelist"),
	IN_MAP("strict_domains", "phishing_strict"),
	FEEDS("openphish_enabled"),
	FEEDS("openphish_premium"),
	FEEDS("openphish_map"),
	FEEDS("phishtank_enabled"),
	FEEDS("phishtank_suffix"),
	FEEDS("generic_service_enabled"),
	FEEDS("generic_service_symbol"),
	FEEDS("generic_service_map"),
	FEEDS("generic_service_url"),
	FEEDS("generic_service_name"),
	FEEDS("phishing_feed_exclusion_enabled"),
	FEEDS("phishing_feed_exclusion_symbol"),
	FEEDS("phishing_feed_exclusion_map"),
};

struct prepared {
	int symbol;
	const struct maps_domains *white, *strict, *trackers, *redirectors, *excluded, *large;
};

/* ---- who the author is ---- */

struct looking {
	struct scan *s;
	const struct prepared *p;
	const struct auth_dkim *dkim; /* NULL: not checked */
	struct span author;           /* registrable domain that DKIM has proven; null: none */
};

/* The domain has signed, or one within the same registrable domain has. */
static bool has_signed(const struct looking *l, struct span domain)
{
	for (size_t i = 0; l->dkim != NULL && i < l->dkim->n; i++)
		if (l->dkim->v[i].result == AUTH_DKIM_PASS &&
			url_same_registrable(l->dkim->v[i].domain, domain))
			return true;
	return false;
}

static struct span find_author(const struct looking *l)
{
	const struct mime_addresses *from = msg_from(l->s->msg);

	if (from->n != 1 || !has_signed(l, from->v[0].domain))
		return span_from(NULL, 0);
	return url_find_registrable(from->v[0].domain);
}

/* ---- how like two domains are ---- */

/* What was bought: the label before the public suffix. */
static struct span bought_label(struct span domain)
{
	return span_slice(domain, 0, span_find_byte(domain, '.'));
}

/* The label as it reads, so that names in other letters compare with what they look like. */
static struct span readable(struct arena *a, struct span domain)
{
	struct text_form form;

	text_make_skeleton(a, bought_label(url_host_unicode(a, domain)), &form);
	return form.text;
}

/* The true domain, or a name below it, was chosen to be taken for the shown one. */
static bool is_lookalike(struct arena *a, const struct url *shown, const struct url *real)
{
	struct span label = readable(a, shown->domain), other = readable(a, real->domain);
	size_t distance;

	if (label.n < LIKE_LEAST)
		return false;
	/* bank.example.evil.example, bank-login.example */
	if (span_find_nocase(real->host, shown->domain) < real->host.n ||
		(other.n > label.n && span_find_nocase(other, label) < other.n))
		return true;
	distance = num_edit_distance(label, other);
	return distance <= label.n / LIKE_LEAST &&
		(distance > 0 || !span_is_ascii(real->domain) ||
			span_starts(real->domain, SPAN("xn--")));
}

static double weight_of(const struct looking *l, const struct url *shown, const struct url *real)
{
	if (real->host_kind != URL_HOST_DOMAIN || shown->host_kind != URL_HOST_DOMAIN)
		return ORDINARY;
	if (span_equal_nocase(bought_label(shown->domain), bought_label(real->domain)))
		return OTHER_TLD;
	if (is_lookalike(l->s->arena, shown, real))
		return LOOKALIKE;
	return span_equal_nocase(real->domain, l->author) ? OWN_TRACKER : ORDINARY;
}

/* ---- one link ---- */

static void tell(const struct looking *l, unsigned symbol, double weight, const struct url *shown,
	const struct url *real)
{
	struct span from = span_slice(shown->host, 0, SHOWN_MOST);
	struct span to = span_slice(real->host, 0, SHOWN_MOST);

	scan_add_printf(l->s, symbol, weight, "%.*s->%.*s", SPAN_ARG(from), SPAN_ARG(to));
}

static bool is_in(const struct maps_domains *map, const struct url *url)
{
	return maps_find_domain(map, url->host) != NULL;
}

/*
 * Where a known service leads on to, as it says itself: the last of a chain, as long as every link of it is known. NULL
 * when it does not say.
 */
static const struct url *follow(const struct looking *l, const struct url *url)
{
	struct url *targets = ARENA_ARRAY(l->s->arena, struct url, URL_TARGETS_MOST);
	size_t n = url_find_targets(l->s->arena, url, targets, URL_TARGETS_MOST);
	const struct url *end = NULL;

	for (size_t i = 0; i < n; i++) {
		end = &targets[i];
		if (!is_in(l->p->trackers, end) && !is_in(l->p->redirectors, end))
			break;
	}
	return end;
}

/* The link goes to where it says by a way that is known. `real` becomes the end of that way. */
static bool is_excused(const struct looking *l, const struct url *shown, const struct url **real)
{
	bool is_service = is_in(l->p->trackers, *real) || is_in(l->p->redirectors, *real);
	const struct url *end = is_service || is_in(l->p->large, *real) ? follow(l, *real) : NULL;

	if (end != NULL && url_same_registrable(shown->host, end->host))
		return true;
	if (end != NULL && is_service) {
		*real = end;
		is_service = is_in(l->p->trackers, end) || is_in(l->p->redirectors, end);
	}
	return is_service && !is_in(l->p->strict, shown);
}

/* The author shows his own domain, and the host that the link leads to has signed for him. */
static bool is_signed_for(const struct looking *l, const struct url *shown, const struct url *real)
{
	return l->author.n > 0 && url_same_registrable(shown->host, l->author) &&
		has_signed(l, real->host);
}

static void look_at(const struct looking *l, const struct msg_url *u)
{
	const struct url *shown = u->displayed, *real = &u->url;

	if (shown == NULL || span_is_null(shown->host) || span_is_null(real->host) ||
		!url_is_web(real) || span_equal_nocase(shown->host, real->host) ||
		url_same_registrable(shown->host, real->host))
		return;
	if (is_in(l->p->white, shown) || is_in(l->p->white, real))
		tell(l, WHITELISTED, 1, shown, real);
	else if (is_excused(l, shown, &real))
		tell(l, REDIRECTOR, 1, shown, real);
	else if (!url_same_registrable(shown->host, real->host) && !is_signed_for(l, shown, real))
		tell(l, (unsigned)l->p->symbol, weight_of(l, shown, real), shown, real);
}

static enum rc run(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);
	struct looking l = {.s = s, .p = s->prepared, .dkim = auth_find_dkim(s->msg)};

	l.author = find_author(&l);
	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		if (u->place == MSG_IN_HTML)
			look_at(&l, u);
		if (maps_count_domains(l.p->excluded) > 0 && !u->is_embedded &&
			is_in(l.p->excluded, &u->url))
			scan_add_text(s, EXCLUDED, 1, span_slice(u->url.host, 0, SHOWN_MOST));
	}
	return RC_OK;
}

/* ---- configuration ---- */

static const struct maps_domains *read_map(struct scan_preparing *p, const char *name)
{
	return maps_read_domains(p->arena, p->conf, p->report, name);
}

static void *prepare(struct scan_preparing *p, const void *options)
{
	const struct options *o = options;
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);
	struct scan_symbol row = symbols[PHISHING];

	if (!span_equal(o->symbol, span_of(row.name))) {
		row.name = arena_string(p->arena, o->symbol);
		made->symbol = scan_prepare_symbol(p, &row, conf_origin_of(p->section, "symbol"));
		if (made->symbol == -1)
			made->symbol = PHISHING;
	}
	made->white = read_map(p, "phishing_whitelist");
	made->strict = read_map(p, "phishing_strict");
	made->trackers = read_map(p, "trackers");
	made->redirectors = read_map(p, "redirectors");
	made->excluded = read_map(p, "phishing_feed_exclusion");
	made->large = read_map(p, "surbl_whitelist");
	return made;
}

static const char *const after[] = {"dkim", NULL};

const struct check check_phishing = {
	.name = "phishing",
	.help = "Looks for links that show another address than they lead to.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.after = after,
	.prepare = prepare,
	.run = run,
};
