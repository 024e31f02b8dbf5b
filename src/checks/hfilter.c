/*
 * What the client that handed the message in calls itself and is called, and whether the sender's domain
 * can be one. Only strangers are judged: who is local or has authenticated may be called anything.
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
	HOSTNAME_1,
	HOSTNAME_2,
	HOSTNAME_3,
	HOSTNAME_4,
	HOSTNAME_5,
	HOSTNAME_UNKNOWN,
	FROM_BOUNCE,
	FROMHOST_NOT_FQDN,
	RCPT_BOUNCEMOREONE,
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
	[RCPT_BOUNCEMOREONE] = HFILTER("RCPT_BOUNCEMOREONE", 1.5,
		"A notice of a server goes to several recipients",
		"The envelope sender is empty or postmaster, as in notices of servers, and there "
		"are several recipients. A notice goes to the one sender that it is about; spam "
		"uses the form because servers must accept it."),
};

struct options {
	bool helo, hostname, from, rcpt;
};

static const struct conf_option rows[] = {
	CONF_BOOL(struct options, helo, "helo_enabled", "yes",
		"Whether the name that the client greets with is judged."),
	CONF_BOOL(struct options, hostname, "hostname_enabled", "yes",
		"Whether the client's verified name is judged."),
	CONF_BOOL(struct options, from, "from_enabled", "yes",
		"Whether the domain of the envelope sender is judged."),
	CONF_BOOL(struct options, rcpt, "rcpt_enabled", "yes",
		"Whether notices to several recipients are looked for."),
	CONF_IGNORED("url_enabled", "messages that hold nothing but a URL are not looked for yet"),
	CONF_IGNORED("mid_enabled", "hosts of a Message-ID are not looked up"),
};

/* Of no use outside of one network, or never an address of a host (RFC 6890 and its registries). */
static bool is_bad(const struct ip *ip)
{
	static const char *const nets[] = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10",
		"127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/3", "::/127", "2001:db8::/32", "fc00::/7", "fe80::/10",
		"fec0::/10", "ff00::/8"};

	for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
		struct ip_net net;

		must(ip_net_parse(span_of(nets[i]), &net));
		if (ip_net_has(&net, ip))
			return true;
	}
	return false;
}

/* Four numbers with dots, in range or not: 1.2.3.456 was meant for an address. */
static bool is_quad(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!byte_is_digit(text.p[i]) && text.p[i] != '.')
			return false;
	return span_count_byte(text, '.') == 3 && text.p[0] != '.' && text.p[text.n - 1] != '.';
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
		scan_add_text(s, is_bad(&ip) ? HELO_BADIP : HELO_BAREIP, 1, text);
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
	struct ip ip;

	if (is_null_sender(s->msg))
		scan_add_text(s, FROM_BOUNCE, 1, s->msg->envelope.helo);
	else if (sender != NULL && sender->domain.n > 0 &&
		(ip_parse(sender->domain, &ip) || is_quad(sender->domain) ||
			!checks_host_is_full(sender->domain)))
		scan_add_text(s, FROMHOST_NOT_FQDN, 1, sender->domain);
}

static enum rc run(struct scan *s)
{
	const struct mime_address *sender = msg_envelope_from(s->msg);
	const struct options *o = s->options;
	size_t n = s->msg->envelope.rcpt_count;

	if (scan_is_local(s) || scan_is_authenticated(s))
		return RC_OK;
	judge_names(s, o);
	if (o->from)
		judge_sender(s, sender);
	if (o->rcpt && n > 1 &&
		(is_null_sender(s->msg) ||
			(sender != NULL && span_equal_nocase(sender->local, SPAN("postmaster")))))
		scan_add_printf(s, RCPT_BOUNCEMOREONE, 1, "%zu", n);
	return RC_OK;
}

const struct check check_hfilter = {
	.name = "hfilter",
	.help = "Names of the client and of the sender's domain that no server of mail has.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.run = run,
};
