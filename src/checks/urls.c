/* Where links lead that nobody writes by hand: redirectors of Google, files, subjects, hosts made to be mistaken. */
#include "checks/inner.h"

enum symbol {
	FILE_URL,
	FIREBASE,
	GOOGLE_REDIR,
	GUC_PROXY,
	OMOGRAPH,
	COUNT_ODD,
	IN_SUBJECT,
};

static const struct scan_symbol symbols[] = {
	[FILE_URL] = {.name = "HAS_FILE_URL",
		.score = 2,
		.group = "url",
		.one_shot = true,
		.meaning = "A link to a file of the reader's machine or network",
		.explain =
			"A file: link opens what lies on the reader's own machine, or on a server "
			"that Windows then sends the user's password hash to. Within a company "
			"people write such links to shares; from outside there is no reason."},
	[FIREBASE] = {.name = "HAS_GOOGLE_FIREBASE_URL",
		.score = 2,
		.group = "url",
		.one_shot = true,
		.meaning = "A link to the storage of Google Firebase",
		.explain =
			"Firebase keeps files for apps, free of charge and without a look at who "
			"asks: pages that steal passwords are often put there. Few honest "
			"senders link to it in mail."},
	[GOOGLE_REDIR] = {.name = "HAS_GOOGLE_REDIR",
		.score = 1,
		.group = "url",
		.one_shot = true,
		.meaning = "A link through a redirector of Google",
		.explain =
			"google.com/url and google.com/amp lead on to any address, so that a link "
			"looks as if it led to Google. Those who copy links out of a search send "
			"them as well."},
	[GUC_PROXY] = {.name = "HAS_GUC_PROXY_URI",
		.score = 1,
		.group = "url",
		.one_shot = true,
		.meaning = "A link through Google's proxy for pictures",
		.explain =
			"googleusercontent.com/proxy fetches a picture from anywhere. It stands in "
			"what Gmail shows, not in what people send: a message that holds it was "
			"copied from a mailbox, or hides where its pictures come from."},
	[OMOGRAPH] = {.name = "OMOGRAPH_URL",
		.score = 5,
		.group = "url",
		.meaning = "A link to a host that looks like the one that is shown",
		.explain =
			"The text of the link is a host, and the link leads to another one that is "
			"written to be mistaken for it: with letters of another script, a 1 for "
			"an l, rn for m. Both are shown. Nobody does that by accident."},
	[COUNT_ODD] = {.name = "URI_COUNT_ODD",
		.score = 1,
		.group = "url",
		.meaning = "An odd number of URLs in two forms of a message",
		.explain =
			"A message in plain text and HTML has each link twice, so their number is "
			"even; pictures are counted, too. An odd number tells that one form was "
			"made without the other. Shown is the number. A weak sign."},
	[IN_SUBJECT] = {.name = "URL_IN_SUBJECT",
		.score = 4,
		.group = "subject",
		.meaning = "A URL in the subject",
		.explain =
			"People do not write links into a subject, where they cannot be followed; "
			"spam does, so that they are seen without opening the message. It counts "
			"in full when the subject is nothing else, a quarter with words around "
			"it, and a tenth without http:// before it."},
};

/* ---- single URLs ---- */

static bool is_google_redirector(const struct url *url)
{
	if (!span_starts(url->domain, SPAN("google.")))
		return false;
	return (span_equal(url->path, SPAN("/url")) && !span_is_null(url->query)) ||
		span_starts(url->path, SPAN("/amp/"));
}

static bool is_google_proxy(const struct url *url)
{
	return span_equal(url->domain, SPAN("googleusercontent.com")) &&
		span_starts(url->path, SPAN("/proxy/"));
}

static bool is_firebase(const struct url *url)
{
	return span_equal(url->host, SPAN("firebasestorage.googleapis.com"));
}

static bool is_file(const struct url *url)
{
	return span_equal(url->scheme, SPAN("file"));
}

static const struct {
	bool (*is_it)(const struct url *url);
	enum symbol symbol;
} sights[] = {
	{is_file, FILE_URL},
	{is_firebase, FIREBASE},
	{is_google_redirector, GOOGLE_REDIR},
	{is_google_proxy, GUC_PROXY},
};

static void look_at_places(struct scan *s, const struct msg_url *u)
{
	for (size_t i = 0; i < ARRAY_LEN(sights); i++)
		if (sights[i].is_it(&u->url))
			scan_add_text(s, sights[i].symbol, 1,
				u->url.host.n > 0 ? u->url.host : u->url.href);
}

/* ---- hosts that look like others ---- */

/* What is read alike, though each of them is ASCII. */
static const struct {
	struct span from;
	char to;
} alike[] = {{SPAN_INIT("rn"), 'm'}, {SPAN_INIT("vv"), 'w'}, {SPAN_INIT("1"), 'l'},
	{SPAN_INIT("0"), 'o'}};

static struct span simplify(struct arena *a, struct span host)
{
	struct text_form form;
	struct buf out;

	text_make_skeleton(a, url_host_unicode(a, host), &form);
	buf_init(&out, a, form.text.n);
	for (struct span rest = form.text; rest.n > 0;) {
		size_t i = 0;

		while (i < ARRAY_LEN(alike) && !span_starts(rest, alike[i].from))
			i++;
		buf_add_byte(&out, i < ARRAY_LEN(alike) ? alike[i].to : rest.p[0]);
		rest = span_from_offset(rest, i < ARRAY_LEN(alike) ? alike[i].from.n : 1);
	}
	return buf_span(&out);
}

static void look_at_shown(struct scan *s, const struct msg_url *u)
{
	const struct url *shown = u->displayed;

	if (!msg_url_lies(u) || u->url.host_kind != URL_HOST_DOMAIN ||
		shown->host_kind != URL_HOST_DOMAIN ||
		!span_equal(simplify(s->arena, u->url.domain), simplify(s->arena, shown->domain)))
		return;
	scan_add_printf(s, OMOGRAPH, 1, "%.*s->%.*s",
		SPAN_ARG(url_host_unicode(s->arena, u->url.host)),
		SPAN_ARG(url_host_unicode(s->arena, shown->host)));
}

/* ---- the subject ---- */

/* Many companies are called like their domain: without a scheme only www counts. */
static double weigh_in_subject(struct scan *s, const struct msg_url *u)
{
	if ((u->url.odd & URL_ODD(NO_SCHEME)) != 0)
		return span_starts(u->url.host, SPAN("www.")) ? 0.1 : 0;
	return span_equal(span_trim(msg_subject(s->msg)), u->shown) ? 1 : 0.25;
}

static void look_at_subject(struct scan *s, const struct msg_urls *urls)
{
	const struct msg_url *best = NULL;
	double weight = 0;

	for (size_t i = 0; i < urls->n; i++) {
		if (urls->v[i].place != MSG_IN_SUBJECT)
			continue;
		if (weigh_in_subject(s, &urls->v[i]) <= weight)
			continue;
		best = &urls->v[i];
		weight = weigh_in_subject(s, best);
	}
	if (best != NULL)
		scan_add_text(s, IN_SUBJECT, weight, best->url.host);
}

/* ---- their number ---- */

/*
 * As Rspamd counts: what the plain text has, how often the HTML has that too, and pictures. A link of the HTML alone is
 * not counted, so that a plain text without links, which is common, does not count as odd.
 */
static size_t count_urls(struct arena *a, const struct msg_urls *urls)
{
	struct map *plain = map_make(a);
	size_t count = 0;

	for (size_t i = 0; i < urls->n; i++) {
		if (urls->v[i].place != MSG_IN_TEXT || urls->v[i].is_other_reading)
			continue;
		count += urls->v[i].count;
		map_put(plain, urls->v[i].url.href, plain);
	}
	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		if (u->is_other_reading ||
			(u->place != MSG_IN_HTML && u->place != MSG_IN_HTML_TEXT))
			continue;
		if (u->is_embedded || map_find(plain, u->url.href) != NULL)
			count += u->count;
	}
	return count;
}

static enum rc run(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);

	for (size_t i = 0; i < urls->n; i++) {
		if (urls->v[i].place == MSG_IN_HEADER)
			continue;
		look_at_places(s, &urls->v[i]);
		look_at_shown(s, &urls->v[i]);
	}
	look_at_subject(s, urls);
	if (urls->n > 0 && !urls->is_cut &&
		mime_part_is(s->msg->mime->root, "multipart", "alternative")) {
		size_t count = count_urls(s->arena, urls);

		if (count % 2 == 1)
			scan_add_printf(s, COUNT_ODD, 1, "%zu", count);
	}
	return RC_OK;
}

const struct check check_urls = {
	.name = "urls",
	.help = "Looks at where links lead and in what they stand.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.run = run,
};
