/*
 * Messages that have passed no server but the one that the filter works for: the client that handed them
 * in has made them itself. A server of mail hands on what others have given it; the line of a customer
 * that talks to a foreign server itself is mostly one of an infected computer.
 */
#include "checks/inner.h"

#include "match/match.h"

/* Names in a configuration: enough for anybody, few enough to be looked for one by one. */
enum { PATTERNS_MOST = 100 };

enum symbol { ONCE_RECEIVED, STRICT, DIRECT_TO_MX };

static const struct scan_symbol symbols[] = {
	[ONCE_RECEIVED] = {.name = "ONCE_RECEIVED",
		.where = "Received",
		.score = 0.1,
		.group = "headers",
		.meaning = "No server on the way before the client",
		.explain =
			"The client that handed the message in is the first that is known of it. "
			"Newsletters and web shops send so as well as infected computers; it "
			"counts next to nothing alone."},
	[STRICT] = {.name = "ONCE_RECEIVED_STRICT",
		.where = "Received",
		.score = 4.0,
		.group = "headers",
		.meaning = "Straight from a host whose name is that of a customer's line",
		.explain =
			"The client has written the message itself, and its name holds the word "
			"that is shown, as providers call lines of their customers. It is the way "
			"of most spam from infected computers. Who runs a server on such a line "
			"asks the provider for a name of his own; allow yours by its address in "
			"once_received.whitelist."},
	[DIRECT_TO_MX] = {.name = "DIRECT_TO_MX",
		.where = "Received",
		.score = 0,
		.group = "headers",
		.meaning = "A mail program has talked to this server itself",
		.explain =
			"The header names a mail program, which is shown, but there was no server on "
			"the way, and the client has no name. People's programs hand mail to their "
			"provider's server, which leaves its field; one that does not, and has not "
			"authenticated here, is a device, a script, or spam software in disguise. "
			"It counts nothing alone."},
};

struct options {
	struct conf_list good, bad, white;
};

static const struct conf_option rows[] = {
	CONF_LIST_COMMA(struct options, good, "good_host", "mail",
		"Names of clients that hold one of these are not judged. Plain text in any case; "
		"^ at its start and $ at its end hold it there; or /regexp/."),
	CONF_LIST_COMMA(struct options, bad, "bad_host", "static, dynamic",
		"Words that mark the name of a customer's line, where one begins; as in "
		"good_host."),
	CONF_LIST_COMMA(struct options, white, "whitelist", NULL,
		"Addresses and networks of clients that are not judged."),
	CONF_IGNORED("symbol", "the symbol is always ONCE_RECEIVED"),
	CONF_IGNORED("symbol_strict", "the symbol is always ONCE_RECEIVED_STRICT"),
	CONF_IGNORED("symbol_mx", "the symbol is always DIRECT_TO_MX"),
	CONF_IGNORED("symbol_rdns", "the symbol is always RDNS_NONE, of the module rdns"),
};

struct pattern {
	struct span shown; /* as it was written */
	struct span text;
	bool at_start, at_end;
	const struct match_pattern *regexp; /* or NULL */
};

struct patterns {
	VEC(struct pattern);
};

struct prepared {
	struct patterns good, bad;
	struct checks_nets white;
};

/* Rspamd reads Lua patterns here; their signs stand in no host name, so they are no mistake of spelling. */
static bool is_lua_pattern(struct span text)
{
	static const char signs[] = "%*+?[]()";

	for (size_t i = 0; i + 1 < sizeof(signs); i++)
		if (span_has_byte(text, signs[i]))
			return true;
	return false;
}

static void read_pattern(const struct scan_preparing *p, const char *key, struct span text,
	struct patterns *out)
{
	struct pattern pattern = {.shown = text, .text = text};
	struct match_pattern *regexp;
	struct why why;

	if (span_starts(text, SPAN("/"))) {
		if (match_compile(p->arena, text, &regexp, &why) != RC_OK) {
			checks_complain(p, p->section, key, "%s", why.text);
			return;
		}
		pattern.regexp = regexp;
	} else if (is_lua_pattern(text)) {
		checks_complain(p, p->section, key,
			"\"%.*s\" is a pattern of Lua; write it as /regexp/i", SPAN_ARG(text));
		return;
	} else {
		pattern.at_start = span_starts(text, SPAN("^"));
		pattern.text = span_from_offset(pattern.text, pattern.at_start ? 1 : 0);
		pattern.at_end = span_ends(pattern.text, SPAN("$"));
		pattern.text =
			span_slice(pattern.text, 0, pattern.text.n - (pattern.at_end ? 1 : 0));
	}
	if (pattern.text.n > 0)
		*VEC_ADD(p->arena, out) = pattern;
}

static void read_patterns(const struct scan_preparing *p, const char *key,
	const struct conf_list *list, struct patterns *out)
{
	for (size_t i = 0; i < list->n; i++) {
		if (i == PATTERNS_MOST) {
			checks_complain(p, p->section, key, "more than %d names", PATTERNS_MOST);
			return;
		}
		read_pattern(p, key, span_trim(list->v[i]), out);
	}
}

static void *prepare(struct scan_preparing *p, const void *options)
{
	const struct options *o = options;
	struct prepared *made = ARENA_NEW(p->arena, struct prepared);

	read_patterns(p, "good_host", &o->good, &made->good);
	read_patterns(p, "bad_host", &o->bad, &made->bad);
	checks_read_nets(p, p->section, "whitelist", &o->white, &made->white);
	return made;
}

/*
 * With `as_word` the text must begin where a word does: electrostatic.example is not static, but
 * dynamicip.example is dynamic.
 */
static bool has_text(struct span host, const struct pattern *p, bool as_word)
{
	for (size_t at = 0; at + p->text.n <= host.n; at++) {
		if (p->at_start && at > 0)
			return false;
		if (p->at_end && at + p->text.n < host.n)
			continue;
		if (as_word && at > 0 && byte_is_alpha(host.p[at - 1]))
			continue;
		if (span_equal_nocase(span_slice(host, at, p->text.n), p->text))
			return true;
	}
	return false;
}

static const struct pattern *find_pattern(const struct patterns *list, struct span host,
	bool as_word)
{
	/* what is longer is no name; so the work is bounded, too */
	host = span_slice(host, 0, CHECKS_HOST_MOST);
	for (size_t i = 0; i < list->n; i++) {
		const struct pattern *p = &list->v[i];

		if (p->regexp != NULL ? match_find(p->regexp, host, NULL) == RC_OK
				      : has_text(host, p, as_word))
			return p;
	}
	return NULL;
}

/* The client of a milter stands in no field yet; else the newest field is about it. */
static size_t count_hops(const struct msg *m, const struct msg_hops *hops)
{
	bool apart = hops->client_apart || (hops->n == 0 && m->envelope.over_network);

	return hops->n + (apart ? 1 : 0);
}

static void judge_host(struct scan *s, struct span host)
{
	const struct prepared *p = s->prepared;
	const struct pattern *bad;

	if (find_pattern(&p->good, host, false) != NULL)
		return;
	scan_add(s, ONCE_RECEIVED);
	bad = find_pattern(&p->bad, host, true);
	if (bad != NULL)
		scan_add_text(s, STRICT, 1, bad->shown);
}

static struct span find_program(struct msg *m)
{
	struct mime_header *h = mime_find_header(m->mime->root, SPAN("User-Agent"));

	if (h == NULL)
		h = mime_find_header(m->mime->root, SPAN("X-Mailer"));
	return span_trim(mime_header_text(m->mime, h));
}

static bool has_name(struct span host)
{
	return host.n > 0 && !span_equal_nocase(host, SPAN("unknown"));
}

static enum rc run(struct scan *s)
{
	const struct msg_envelope *e = &s->msg->envelope;
	const struct msg_hops *hops = msg_hops(s->msg);
	const struct prepared *p = s->prepared;
	struct span host = e->hostname, program;

	if (scan_is_local(s) || scan_is_authenticated(s) || count_hops(s->msg, hops) != 1 ||
		checks_nets_have(&p->white, e->address))
		return RC_OK;
	if (span_is_null(e->address) && hops->n == 1)
		host = hops->v[0].hostname;
	judge_host(s, host);
	program = find_program(s->msg);
	/* a host with a name may be a server whose web mail leaves no field */
	if (!span_is_null(e->address) && !has_name(host) && program.n > 0)
		scan_add_text(s, DIRECT_TO_MX, 1, program);
	return RC_OK;
}

const struct check check_once_received = {
	.name = "once_received",
	.help = "Messages that have passed no server but ours.",
	.stage = SCAN_MAIN,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.run = run,
};
