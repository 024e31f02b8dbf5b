/*
 * What the client that handed the message in calls itself and is called, and whether the sender's domain
 * can be one; and texts of nothing but URLs. Only strangers are judged: who is local or has authenticated may be called anything.
 */
#include "checks/inner.h"

enum symbol {
	HELO_1,
	HELO_2,
	HELO_3,
	HELO_4,
	HELO_5,
	HELO_BADIP,
	HELO_BAREIP,
	HELO_NOT_FQDN,
	HELO_IP_A,
	HELO_NORES_A_OR_MX,
	HELO_NORESOLVE_MX,
	HOSTNAME_1,
	HOSTNAME_2,
	HOSTNAME_3,
	HOSTNAME_4,
	HOSTNAME_5,
	HOSTNAME_UNKNOWN,
	FROM_BOUNCE,
	FROMHOST_NOT_FQDN,
	FROMHOST_NORES_A_OR_MX,
	FROMHOST_NORESOLVE_MX,
	RCPT_BOUNCEMOREONE,
	URL_ONLY,
	URL_ONELINE,
};

#define HFILTER(name_, score_, meaning_, explain_)                                                 \
	{                                                                                          \
		.name = "HFILTER_" name_, .score = (score_), .group = "hfilter",                   \
		.meaning = (meaning_), .explain = (explain_)                                       \
	}

#define HELO_ADVICE                                                                                \
	" A mail server greets with a name of its own: its administrator sets it (myhostname "     \
	"in Postfix) and has the provider point the address back to it."
#define HOSTNAME_ADVICE                                                                            \
	" Mail comes from such lines when a computer there is infected. Who runs a server on "     \
	"one asks the provider for a name of his own, or sends through the provider's server."

static const struct scan_symbol symbols[] = {
	[HELO_1] = HFILTER("HELO_1", 0.5, "HELO may be a customer's line",
		"The client greeted with a name in which a word like user, customer or clients "
		"stands apart, as providers call their customers' hosts. Rented servers bear such "
		"names as well, so it counts little." HELO_ADVICE),
	[HELO_2] = HFILTER("HELO_2", 1, "HELO is a numbered host",
		"The client greeted with a name made of host and a number, which a provider gives "
		"to hosts that nobody has named." HELO_ADVICE),
	[HELO_3] = HFILTER("HELO_3", 2, "HELO is a cable line",
		"The client greeted with the name of a line of a cable network, by the words "
		"cable or kabel." HELO_ADVICE),
	[HELO_4] = HFILTER("HELO_4", 2.5, "HELO is a DSL line or of an address pool",
		"The client greeted with the name of a DSL line, of a pool of addresses, or of "
		"the tree of reverse names." HELO_ADVICE),
	[HELO_5] = HFILTER("HELO_5", 3, "HELO is a dynamic line, or a single word",
		"The client greeted with a name for dial-up, dynamic, wireless or otherwise "
		"passing users, or with a single word like the name of an office computer. "
		"Infected machines do so; no server that is reached from outside is called "
		"that." HELO_ADVICE),
	[HELO_BADIP] = HFILTER("HELO_BADIP", 4.5,
		"HELO is an address that cannot be seen from here",
		"The client greeted with an address of a private network, of the machine itself, "
		"of documents or of no host at all, yet it came from elsewhere. Spam software "
		"shows what it finds in its machine's settings, or makes addresses up." HELO_ADVICE),
	[HELO_BAREIP] = HFILTER("HELO_BAREIP", 3, "HELO is an address and no name",
		"The client greeted with an address. RFC 5321 allows it in brackets for those "
		"that have no name, which is no server of mail; cameras and printers that send "
		"notices do it, too: allow yours as local addresses." HELO_ADVICE),
	[HELO_NOT_FQDN] = HFILTER("HELO_NOT_FQDN", 2, "HELO is no full host name",
		"The client greeted with something that cannot be the full name of a host: an "
		"underscore or other forbidden bytes, an empty label, or a top-level domain of "
		"one letter (RFC 5321 section 4.1.1.1)." HELO_ADVICE),
	[HELO_IP_A] = HFILTER("HELO_IP_A", 1, "HELO has no address",
		"The name that the client greeted with has no address, so it leads to nobody. One "
		"that leads to another address than the client's counts nothing: a server behind "
		"another address of its network is honest." HELO_ADVICE),
	[HELO_NORES_A_OR_MX] = HFILTER("HELO_NORES_A_OR_MX", 0.3, "HELO is not in DNS",
		"The name that the client greeted with has neither addresses nor a server for its "
		"mail, so it was made up or never entered." HELO_ADVICE),
	[HELO_NORESOLVE_MX] = HFILTER("HELO_NORESOLVE_MX", 0.2,
		"HELO has a dead server for its mail",
		"The name that the client greeted with has no address, and the servers for its "
		"mail, one of which is shown, have none either." HELO_ADVICE),
	[HOSTNAME_1] = HFILTER("HOSTNAME_1", 0.5, "The client's name may be a customer's line",
		"In the client's name, which its address leads to, a word like user, customer or "
		"clients stands apart, as providers call their customers' hosts. Rented servers "
		"bear such names as well, so it counts little." HOSTNAME_ADVICE),
	[HOSTNAME_2] = HFILTER("HOSTNAME_2", 1, "The client is a numbered host",
		"The client's name is made of host and a number, as a provider calls hosts that "
		"nobody has named." HOSTNAME_ADVICE),
	[HOSTNAME_3] = HFILTER("HOSTNAME_3", 2, "The client's name is that of a cable line",
		"The client's name is that of a line of a cable network, by the words cable or "
		"kabel." HOSTNAME_ADVICE),
	[HOSTNAME_4] = HFILTER("HOSTNAME_4", 2.5,
		"The client's name is that of a DSL line or an address pool",
		"The client's name is that of a DSL line, of a pool of addresses, or of the tree "
		"of reverse names." HOSTNAME_ADVICE),
	[HOSTNAME_5] = HFILTER("HOSTNAME_5", 3, "The client's name is that of a dynamic line",
		"The client's name tells of dial-up, dynamic, wireless or otherwise passing "
		"users." HOSTNAME_ADVICE),
	[HOSTNAME_UNKNOWN] = HFILTER("HOSTNAME_UNKNOWN", 2.5, "The client has no verified name",
		"The mail server found no name for the client's address, or the name does not "
		"lead back to it. Servers of mail have both; where a name server did not answer "
		"in time, the next attempt has it. Who runs the client asks the provider for a "
		"name that holds both ways."),
	[FROM_BOUNCE] = HFILTER("FROM_BOUNCE", 0, "The envelope sender is empty",
		"The message is a notice of a server: an error report, an answer of a robot. "
		"Nobody can be told when it fails. It is legitimate and counts nothing; other "
		"rules ask for it."),
	[FROMHOST_NOT_FQDN] = HFILTER("FROMHOST_NOT_FQDN", 3,
		"The sender's domain is no full domain name",
		"The domain of the envelope sender has no dot, is an address, or holds bytes that "
		"no domain can have, so that an answer could not find it. Scripts on servers "
		"whose name was never set send as root@localhost: set the name there."),
	[FROMHOST_NORES_A_OR_MX] = HFILTER("FROMHOST_NORES_A_OR_MX", 1.5,
		"The sender's domain takes no mail",
		"The domain of the envelope sender has neither an address nor a server for its "
		"mail, or says that it takes none (RFC 7505): no answer and no notice of failure "
		"can reach the sender. Who sends from a name of his own gives it an MX record."),
	[FROMHOST_NORESOLVE_MX] = HFILTER("FROMHOST_NORESOLVE_MX", 0.5,
		"The servers for the sender's mail have no address",
		"The domain of the envelope sender names servers for its mail, one of which is "
		"shown, but none of them has an address: no answer can reach the sender. Who owns "
		"the domain corrects its MX records."),
	[RCPT_BOUNCEMOREONE] = HFILTER("RCPT_BOUNCEMOREONE", 1.5,
		"A notice of a server goes to several recipients",
		"The envelope sender is empty or postmaster, as in notices of servers, and there "
		"are several recipients. A notice goes to the one sender that it is about; spam "
		"uses the form because servers must accept it."),
	[URL_ONLY] = HFILTER("URL_ONLY", 2.2, "Hardly anything but URLs in the text",
		"Over four fifths of what is read are URLs, and the more, the more it counts. Spam "
		"of stolen mailboxes looks so, and so do links that friends send each other. The "
		"part that counts is shown."),
	[URL_ONELINE] = HFILTER("URL_ONELINE", 2.5, "URLs and a single line beside",
		"Hardly anything but URLs, and all of it on two lines: a greeting and a link, or "
		"two links. Shown are the kind of text, its links and the ends of lines in it."),
};

struct options {
	struct checks_own own;
	bool helo, hostname, from, rcpt, url;
};

static const struct conf_option rows[] = {
	CHECKS_OWN_ROWS(struct options, own),
	CONF_BOOL(struct options, helo, "helo_enabled", "yes",
		"Whether the name that the client greets with is judged."),
	CONF_BOOL(struct options, hostname, "hostname_enabled", "yes",
		"Whether the client's verified name is judged."),
	CONF_BOOL(struct options, from, "from_enabled", "yes",
		"Whether the domain of the envelope sender is judged."),
	CONF_BOOL(struct options, rcpt, "rcpt_enabled", "yes",
		"Whether notices to several recipients are looked for."),
	CONF_BOOL(struct options, url, "url_enabled", "yes",
		"Whether messages that hold hardly anything but URLs are looked for."),
	CONF_IGNORED("mid_enabled", "hosts of a Message-ID are not looked up"),
};

/* Four numbers with dots, in range or not: 1.2.3.456 was meant for an address. */
static bool is_quad(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!byte_is_digit(text.p[i]) && text.p[i] != '.')
			return false;
	return span_count_byte(text, '.') == 3 && text.p[0] != '.' && text.p[text.n - 1] != '.';
}

static bool is_address(struct span text)
{
	struct ip ip;

	return ip_parse(text, &ip) || is_quad(text);
}

static struct span without_brackets(struct span text)
{
	if (span_starts(text, SPAN("[")))
		text = span_from_offset(text, 1);
	return span_ends(text, SPAN("]")) ? span_slice(text, 0, text.n - 1) : text;
}

/* A greeting of one word is as good as a line's name: nobody outside can find that host. */
static unsigned find_helo_class(struct span helo)
{
	return span_has_byte(helo, '.') ? checks_host_class(helo) : 5;
}

/* Adds at most one symbol; `class` is that of the client's verified name, for which a lower one yields. */
static bool judge_helo(struct scan *s, struct span helo, unsigned class)
{
	struct span text = without_brackets(helo);
	unsigned own;
	struct ip ip;

	if (ip_parse(helo, &ip) || ip_parse(text, &ip)) {
		scan_add_text(s, ip_is_special(&ip) ? HELO_BADIP : HELO_BAREIP, 1, text);
		return false;
	}
	if (is_quad(text)) {
		scan_add_text(s, HELO_BAREIP, 1, text);
		return false;
	}
	own = find_helo_class(helo);
	if (own > 0 && own >= class) {
		scan_add_text(s, HELO_1 + own - 1, 1, helo);
		return true;
	}
	if (own == 0 && !checks_host_is_full(helo))
		scan_add_text(s, HELO_NOT_FQDN, 1, helo);
	return false;
}

/* Both names often are the same one: what is found in them counts once, where it is worst. */
static void judge_names(struct scan *s, const struct options *o)
{
	const struct msg_envelope *e = &s->msg->envelope;
	bool unknown = checks_host_is_unknown(s->msg);
	unsigned class = 0;

	if (o->hostname && unknown)
		scan_add(s, HOSTNAME_UNKNOWN);
	else if (o->hostname && e->hostname.n > 0)
		class = checks_host_class(e->hostname);
	if (o->helo && e->helo.n > 0 && judge_helo(s, e->helo, class))
		return;
	if (class > 0)
		scan_add_text(s, HOSTNAME_1 + class - 1, 1, e->hostname);
}

static bool is_null_sender(const struct msg *m)
{
	return !span_is_null(m->envelope.from) && m->envelope.from.n == 0;
}

static void judge_sender(struct scan *s, const struct mime_address *sender)
{
	if (is_null_sender(s->msg))
		scan_add_text(s, FROM_BOUNCE, 1, s->msg->envelope.helo);
	else if (sender != NULL && sender->domain.n > 0 &&
		(is_address(sender->domain) || !checks_host_is_full(sender->domain)))
		scan_add_text(s, FROMHOST_NOT_FQDN, 1, sender->domain);
}

static struct span without_dot(struct span name)
{
	return span_ends(name, SPAN(".")) ? span_slice(name, 0, name.n - 1) : name;
}

/* What is read first: the HTML when there is one. */
static struct msg_text *find_text(const struct msg_texts *texts)
{
	struct msg_text *plain = NULL;

	for (size_t i = 0; i < texts->n; i++) {
		struct msg_text *text = &texts->v[i];

		if (text->is_attachment || text->reading != NULL)
			continue;
		if (text->is_html)
			return text;
		if (plain == NULL)
			plain = text;
	}
	return plain;
}

/* Bytes of the text that are read as URLs. */
static size_t count_url_bytes(const struct msg_urls *urls, const struct msg_text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < urls->n; i++) {
		const struct msg_url *u = &urls->v[i];

		if (u->text == text &&
			(u->place == MSG_IN_TEXT || u->place == MSG_IN_HTML_TEXT ||
				(u->place == MSG_IN_HTML && u->displayed != NULL)))
			n += u->shown.n * u->count;
	}
	return n;
}

static size_t count_links(const struct msg_urls *urls, const struct msg_text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < urls->n; i++)
		n += urls->v[i].text == text && urls->v[i].place == MSG_IN_HTML &&
			!urls->v[i].is_embedded;
	return n;
}

static size_t count_full_lines(struct span text)
{
	size_t n = 0;

	for (struct span line; span_next_line(&text, &line);)
		n += span_trim(line).n > 0;
	return n;
}

/* The share from which it counts, and how fast it grows from there to 1, are Rspamd's. */
static void judge_urls(struct scan *s)
{
	const struct msg_urls *urls = msg_urls(s->msg);
	struct msg_text *text = find_text(msg_texts(s->msg));
	struct span visible;
	double share;

	if (urls->n == 0 || text == NULL)
		return;
	visible = msg_text_visible(s->msg, text);
	if (visible.n == 0)
		return;
	share = (double)count_url_bytes(urls, text) / (double)visible.n;
	if (share <= 0.8)
		return;
	share = share >= 1 ? 1 : (share - 0.8) * 5;
	scan_add_printf(s, URL_ONLY, share, "%.2f", share);
	if (count_full_lines(visible) == 2)
		scan_add_printf(s, URL_ONELINE, 1, "%s:%zu:1", text->is_html ? "html" : "plain",
			count_links(urls, text));
}

/*
 * A name that the mail server has verified leads to the client. Rspamd describes HELO_IP_A as a name with another
 * address than the client's, but adds it only for a name without any, whatever its addresses are; so its points are
 * those of that.
 */
static enum rc look_up_helo(struct scan *s)
{
	const struct msg_envelope *e = &s->msg->envelope;
	struct checks_host host;
	enum rc rc;

	if (!checks_host_is_full(e->helo) || is_address(e->helo) ||
		span_equal_nocase(without_dot(e->helo), without_dot(e->hostname)))
		return RC_OK;
	rc = checks_need_host(s, e->helo, &host);
	if (rc != RC_OK)
		return rc;
	if (!host.has_address)
		scan_add_text(s, HELO_IP_A, 1, e->helo);
	if (host.mail == CHECKS_MAIL_DEAD)
		scan_add_text(s, HELO_NORESOLVE_MX, 1, host.dead);
	else if (host.mail != CHECKS_MAIL_HOSTS && !host.has_address)
		scan_add_text(s, HELO_NORES_A_OR_MX, 1, e->helo);
	return RC_OK;
}

static enum rc look_up_sender(struct scan *s, const struct mime_address *sender)
{
	struct checks_host host;
	enum rc rc;

	if (sender == NULL || !checks_host_is_full(sender->domain) || is_address(sender->domain))
		return RC_OK;
	rc = checks_need_host(s, sender->domain, &host);
	if (rc != RC_OK)
		return rc;
	if (host.mail == CHECKS_MAIL_DEAD)
		scan_add_text(s, FROMHOST_NORESOLVE_MX, 1, host.dead);
	else if (host.mail == CHECKS_MAIL_REFUSED)
		scan_add_printf(s, FROMHOST_NORES_A_OR_MX, 1, "%.*s: null MX",
			SPAN_ARG(sender->domain));
	else if (host.mail == CHECKS_MAIL_NOWHERE)
		scan_add_text(s, FROMHOST_NORES_A_OR_MX, 1, sender->domain);
	return RC_OK;
}

/* Both are asked for at once. */
static enum rc look_up(struct scan *s, const struct options *o, const struct mime_address *sender)
{
	enum rc helo = o->helo ? look_up_helo(s) : RC_OK;
	enum rc from = o->from ? look_up_sender(s, sender) : RC_OK;

	if (need_pending(s->needs))
		return RC_WAIT;
	return helo != RC_OK ? helo : from;
}

static enum rc run(struct scan *s)
{
	const struct mime_address *sender = msg_envelope_from(s->msg);
	const struct options *o = s->options;
	size_t n = s->msg->envelope.rcpt_count;

	if (scan_leaves_out(s, o->own.local, o->own.authenticated))
		return RC_OK;
	judge_names(s, o);
	if (o->from)
		judge_sender(s, sender);
	if (o->rcpt && n > 1 &&
		(is_null_sender(s->msg) ||
			(sender != NULL && span_equal_nocase(sender->local, SPAN("postmaster")))))
		scan_add_printf(s, RCPT_BOUNCEMOREONE, 1, "%zu", n);
	if (o->url)
		judge_urls(s);
	return look_up(s, o, sender);
}

const struct check check_hfilter = {
	.name = "hfilter",
	.help = "Names of the client and of the sender's domain that no server of mail has, and texts "
		"of nothing but URLs.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.needs_most = 2 * CHECKS_HOST_NEEDS,
	.run = run,
};
