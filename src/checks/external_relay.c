/*
 * Who really delivered a message when it came through a relay that is trusted: a secondary MX, a gateway, a
 * mail server on the same machine. From then on that host counts as the client, for every check.
 *
 * DESIGN: it is read from Received fields, which anybody can write, so the question is which ones are believed. A
 * field that a trusted host has written itself is true: it tells the address from which that host got the message.
 * The mail server in front of us saw the client's address with its own eyes; when that address is trusted, the
 * newest field is one that the trusted host wrote (or our mail server's own, about that very client: then the
 * next one). When the host in that field is trusted, too, it wrote the field below, and so on. The walk ends at
 * the first host that is not trusted: it is the client, and all that stands below is what it claims. A field that
 * cannot be read ends the walk before it, with the message's client unchanged: a trusted host may have
 * written it about a client whose greeting was made to spoil it, and the field below would be that client's.
 *
 * The strategies differ in whom they trust: the addresses of ip_map, the verified names of hostname_map, our own
 * networks (local), a fixed number of hosts (count), or users of our own who have authenticated.
 */
#include "checks/inner.h"

#include <stdlib.h>
#include <string.h>

enum { RULES_MOST = 100, NAMES_MOST = 1000, COUNT_MOST = MIME_RECEIVED_MOST };

enum symbol { CALLBACK };

static const struct scan_symbol symbols[] = {
	[CALLBACK] = {.name = "EXTERNAL_RELAY_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for the client behind a trusted relay",
		.explain = "Stands for the whole check: switching it off leaves the relay the "
			   "client."},
};

static const char explanation[] =
	"The message came through a relay that the configuration trusts, and the host that had "
	"handed it to the relay, which is shown, counts as the client: SPF, block lists and the "
	"rest judge it and not the relay.";

enum strategy { AUTHENTICATED, COUNT, LOCAL, HOSTNAME_MAP, IP_MAP };

static const struct conf_word strategies[] = {{"authenticated", AUTHENTICATED}, {"count", COUNT},
	{"local", LOCAL}, {"hostname_map", HOSTNAME_MAP}, {"ip_map", IP_MAP}};

struct rule_options {
	unsigned strategy;
	int count;
	double priority;
	struct span symbol;
	struct conf_list users, names, nets;
};

static const struct conf_option rule_rows[] = {
	CONF_WORD(struct rule_options, strategy, "strategy", "ip_map", strategies,
		"Whom the rule trusts: the addresses of `ip_map`; the verified names of "
		"`hostname_map`; `local`, those of options.local_addrs; `count`, the newest "
		"hosts up to a number; `authenticated`, those by which our own users came."),
	CONF_INT(struct rule_options, count, "count", "2", 1, COUNT_MOST,
		"With `count`: which host counts as the client, from the one that handed the "
		"message in (1) backwards; 2 is right behind one relay."),
	CONF_LIST_COMMA(struct rule_options, nets, "ip_map", NULL,
		"Addresses and networks of relays."),
	CONF_LIST_COMMA(struct rule_options, names, "hostname_map", NULL,
		"Names of relays, as the mail server has verified them."),
	CONF_LIST_COMMA(struct rule_options, users, "user_map", NULL,
		"With `authenticated`: the users that it holds for; without it all."),
	CONF_STRING(struct rule_options, symbol, "symbol", NULL,
		"The symbol that tells of it; without it the name of the rule."),
	CONF_DOUBLE(struct rule_options, priority, "priority", "20", -1e6, 1e6,
		"Rules with a higher one are tried first."),
};

static const struct conf_section rule_section = {
	.path = "external_relay.rules.*",
	.rows = rule_rows,
	.row_count = ARRAY_LEN(rule_rows),
	.size = sizeof(struct rule_options),
	.help = "One kind of trusted relays.",
};

static const struct conf_section *const sections[] = {&rule_section, NULL};

struct options {
	bool enabled;
	const struct conf_node *rules;
};

static const struct conf_option rows[] = {
	CONF_BOOL(struct options, enabled, "enabled", "no", "Whether the rules are used."),
	CONF_NODE(struct options, rules, "rules", "Rules by name, each a section."),
};

struct rule {
	enum strategy strategy;
	double priority;
	size_t place;
	int symbol; /* -1: none could be made */
	size_t count;
	struct checks_nets nets;
	struct map *names, *users; /* NULL: none are given */
};

struct rules {
	VEC(struct rule);
};

/* ---- the configuration ---- */

static struct map *make_set(struct arena *a, const struct conf_list *list)
{
	struct map *set = list->n > 0 ? map_make_nocase(a) : NULL;
	static char there;

	for (size_t i = 0; i < list->n && i < NAMES_MOST; i++)
		(void)map_put(set, list->v[i], &there);
	return set;
}

static int prepare_symbol(struct scan_preparing *p, struct span name, struct conf_origin origin)
{
	struct scan_symbol row = {
		.name = arena_string(p->arena, name),
		.group = "external_relay",
		.meaning = "Came through a trusted relay",
		.explain = explanation,
	};

	return scan_prepare_symbol(p, &row, origin);
}

static void read_rule(struct scan_preparing *p, const struct conf_node *node, struct rules *out)
{
	struct rule_options o;
	struct rule *rule;

	if (node->kind != CONF_KIND_OBJECT ||
		!conf_fill(p->arena, node, rule_rows, ARRAY_LEN(rule_rows), &o, p->report))
		return;
	if ((o.strategy == IP_MAP && o.nets.n == 0) ||
		(o.strategy == HOSTNAME_MAP && o.names.n == 0)) {
		conf_error(p->report, node->origin,
			"external_relay.rules.%.*s trusts nobody: %s is "
			"missing",
			SPAN_ARG(node->key), strategies[o.strategy].name);
		return;
	}
	rule = VEC_ADD(p->arena, out);
	rule->place = out->n;
	rule->strategy = (enum strategy)o.strategy;
	rule->priority = o.priority;
	rule->count = (size_t)o.count;
	rule->symbol = prepare_symbol(p, o.symbol.n > 0 ? o.symbol : node->key, node->origin);
	checks_read_nets(p, &o.nets, "external_relay ip_map", &rule->nets);
	rule->names = make_set(p->arena, &o.names);
	rule->users = make_set(p->arena, &o.users);
}

static int compare_rules(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static void *prepare(struct scan_preparing *p, const void *filled)
{
	const struct options *o = filled;
	struct rules *made = ARENA_NEW(p->arena, struct rules);

	for (size_t i = 0; o->enabled && i < conf_value_count(o->rules); i++) {
		const struct conf_node *all = conf_value(o->rules, i);

		for (size_t k = 0; all->kind == CONF_KIND_OBJECT && k < conf_count(all); k++)
			if (made->n < RULES_MOST)
				read_rule(p, conf_value(conf_at(all, k), 0), made);
	}
	if (made->n > 0)
		qsort(made->v, made->n, sizeof(*made->v), compare_rules);
	return made;
}

/* ---- the walk ---- */

/* One host on the way, as somebody trusted has seen it; `helo` is what it called itself. */
struct host {
	struct msg_client as;
	struct ip ip;
	bool authenticated; /* to whoever wrote the field */
};

struct walk {
	struct scan *scan;
	const struct mime_header *next; /* Received fields, newest first */
	size_t fields;
};

static void begin(struct walk *w, struct scan *s, struct host *client)
{
	const struct msg_envelope *e = &s->msg->envelope;

	*w = (struct walk){.scan = s};
	w->next = mime_find_header(s->msg->mime->root, SPAN("Received"));
	*client = (struct host){.as = {e->address, e->hostname, e->helo}};
}

enum found { FOUND, NO_MORE, ODD };

/* The host that the next field tells of. */
static enum found step(struct walk *w, bool is_first, struct host *host)
{
	struct ip client = host->ip;

	while (w->next != NULL) {
		struct mime_received r;
		struct span value = w->next->value;

		w->next = mime_next_header(w->scan->msg->mime->root, w->next);
		if (++w->fields > MIME_RECEIVED_MOST ||
			!mime_parse_received(w->scan->arena, value, &r))
			return ODD;
		/* within the trusted host itself */
		if (!r.from_given)
			continue;
		if (!ip_parse(r.address, &host->ip))
			return ODD;
		/* so, too; or our mail server's own field, about the client that we know */
		if (ip_is_own(&host->ip) ||
			(is_first && memcmp(&host->ip, &client, sizeof(client)) == 0))
			continue;
		host->as = (struct msg_client){r.address, r.hostname, r.helo};
		host->authenticated = r.authenticated;
		return FOUND;
	}
	return NO_MORE;
}

static bool is_in(const struct map *set, struct span name)
{
	return set != NULL && name.n > 0 && map_find(set, name) != NULL;
}

/* Whether what the host has written is believed; the first place is that of the client. */
static bool trusts(const struct scan *s, const struct rule *rule, const struct host *host,
	size_t place)
{
	switch (rule->strategy) {
	case IP_MAP:
		return checks_nets_have(&rule->nets, host->as.address);
	case HOSTNAME_MAP:
		return is_in(rule->names, host->as.hostname);
	case LOCAL:
		return scan_is_local_address(s, &host->ip);
	case COUNT:
		return place < rule->count;
	case AUTHENTICATED:
		/* our user answers for his server, down to where somebody has authenticated to it */
		return place > 1 ? !host->authenticated
				 : scan_is_authenticated(s) &&
				(rule->users == NULL || is_in(rule->users, s->msg->envelope.user));
	}
	panic("a relay strategy of the unknown kind %d", (int)rule->strategy);
}

/* The first host that is not trusted, or the last one of all; false when that is the client, or in doubt. */
static bool find_client(struct scan *s, const struct rule *rule, struct host *host)
{
	struct walk walk;
	size_t place = 1;

	begin(&walk, s, host);
	if (!ip_parse(host->as.address, &host->ip))
		return false;
	for (; trusts(s, rule, host, place); place++) {
		struct host next = *host;
		enum found found = step(&walk, place == 1, &next);

		if (found == ODD)
			return false;
		if (found == NO_MORE)
			break;
		*host = next;
	}
	return place > 1 && (rule->strategy != AUTHENTICATED || host->authenticated) &&
		(rule->strategy != COUNT || place == rule->count);
}

static enum rc run(struct scan *s)
{
	const struct rules *rules = s->prepared;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->v[i];
		struct host client;

		if (!find_client(s, rule, &client))
			continue;
		scan_set_client(s, &client.as);
		if (rule->symbol >= 0)
			scan_add_text(s, (unsigned)rule->symbol, 1, client.as.address);
		break;
	}
	return RC_OK;
}

const struct check check_external_relay = {
	.name = "external_relay",
	.help = "Finds the client behind a trusted relay.",
	.stage = SCAN_FIRST,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = rows,
	.option_count = ARRAY_LEN(rows),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.sections = sections,
	.run = run,
};

/* ---- the same for spf.external_relay ---- */

/*
 * Rspamd has this option for SPF alone. Here the host behind the relay counts as the client for all checks: what
 * is true of it for SPF is true of it for them.
 */
static const struct scan_symbol relay_symbols[] = {
	{.name = "SPF_RELAY_CHECK",
		.kind = SCAN_CALLBACK,
		.meaning = "Looks for the client behind the relays of spf.external_relay",
		.explain = "Stands for the whole check: switching it off leaves the relay the "
			   "client."},
};

struct relay_options {
	struct conf_list nets;
};

static const struct conf_option relay_rows[] = {
	CONF_LIST_COMMA(struct relay_options, nets, "external_relay", NULL,
		"Addresses and networks of relays that are trusted: the host that handed the "
		"message to them counts as the client, for all checks. The module external_relay "
		"knows other ways to name relays."),
};

static void *prepare_relays(struct scan_preparing *p, const void *filled)
{
	const struct relay_options *o = filled;
	struct rule *rule = ARENA_NEW(p->arena, struct rule);

	rule->strategy = IP_MAP;
	checks_read_nets(p, &o->nets, "spf.external_relay", &rule->nets);
	return rule;
}

static enum rc run_relays(struct scan *s)
{
	struct host client;

	if (find_client(s, s->prepared, &client))
		scan_set_client(s, &client.as);
	return RC_OK;
}

const struct check check_spf_relay = {
	.name = "spf_relay",
	.help = "Finds the client behind the relays of spf.external_relay.",
	.section = "spf",
	.stage = SCAN_FIRST,
	.symbols = relay_symbols,
	.symbol_count = ARRAY_LEN(relay_symbols),
	.options = relay_rows,
	.option_count = ARRAY_LEN(relay_rows),
	.options_size = sizeof(struct relay_options),
	.prepare = prepare_relays,
	.run = run_relays,
};
