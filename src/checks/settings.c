/*
 * Whom the entries of the section `settings` hold for: tells the engine, for each recipient, by which of
 * them it is to be judged.
 *
 * DESIGN: of the entries whose conditions hold for a recipient, the one with the highest priority counts,
 * then the first in the file. There may be one entry for each mailbox of a large site and a thousand
 * recipients in a message, so entries with plain recipients are found by a map; others are tried one by one.
 * What does not look at recipients is tried once a message.
 */
#include "checks/inner.h"

#include <stdlib.h>

#include "match/match.h"

static const struct scan_symbol symbols[] = {
	{.name = "SETTINGS_CHECK", .kind = SCAN_CALLBACK},
	{.name = "SETTINGS_APPLY", .kind = SCAN_CALLBACK},
};

/* Addresses of From, To, Cc and Bcc that are looked at. */
enum { LISTED_MOST = 1024 };

/* ---- configuration ---- */

struct options {
	const struct conf_node *section;
};

static const struct conf_option options[] = {
	CONF_NODE(struct options, section, "*",
		"An entry: conditions, and in `apply` what is different where they hold."),
};

struct entry_options {
	struct conf_list ip, from, from_mime, rcpt, rcpt_mime, user, hostname;
	bool authenticated, local, inverse;
	struct span priority;
	const struct conf_node *header;
};

#define ADDRESSES(field, key, help) CONF_LIST(struct entry_options, field, key, NULL, help)
#define MISSING(key) CONF_IGNORED(key, "not there yet, so the entry is left out")

static const struct conf_option entry_rows[] = {
	CONF_LIST_COMMA(struct entry_options, ip, "ip", NULL,
		"Addresses and networks of the client."),
	ADDRESSES(from, "from",
		"Envelope senders: user@example.org, @example.org, user, /regexp/i; empty: the null "
		"sender."),
	ADDRESSES(from_mime, "from_mime", "Addresses of the From field, in the same forms."),
	ADDRESSES(rcpt, "rcpt", "Envelope recipients, in the same forms."),
	ADDRESSES(rcpt_mime, "rcpt_mime", "Addresses of To, Cc and Bcc, in the same forms."),
	ADDRESSES(user, "user", "Who has authenticated, in the same forms."),
	ADDRESSES(hostname, "hostname", "Verified names of the client, or /regexp/i."),
	CONF_BOOL(struct entry_options, authenticated, "authenticated", NULL,
		"Whether the client has authenticated."),
	CONF_BOOL(struct entry_options, local, "local", NULL,
		"Whether the client is one of options.local_addrs."),
	CONF_NODE(struct entry_options, header, "header",
		"Header fields: name = true (it is there), false (it is not), or a regexp."),
	CONF_STRING(struct entry_options, priority, "priority", "low",
		"low (1), medium (2), high (3) or a number: the highest counts, then the first."),
	CONF_BOOL(struct entry_options, inverse, "inverse", NULL,
		"It holds where none of the conditions does."),
	MISSING("client_ip"),
	MISSING("ip_map"),
	MISSING("client_ip_map"),
	MISSING("request_header"),
	MISSING("selector"),
	MISSING("delimiter"),
	MISSING("expression"),
	MISSING("external_map"),
	MISSING("handlers"),
};

static const struct conf_section entry_section = {
	.path = "settings.*",
	.rows = entry_rows,
	.row_count = ARRAY_LEN(entry_rows),
	.size = sizeof(struct entry_options),
	.help = "Conditions of settings; all of them must hold, of a list one is enough.",
};

static const struct conf_section *const sections[] = {&entry_section, NULL};

/* ---- conditions ---- */

enum kind { ADDRESS, DOMAIN, USER, REGEXP };

struct pattern {
	enum kind kind;
	struct span text; /* of DOMAIN without the @ */
	struct match_pattern *regexp;
};

struct patterns {
	VEC(struct pattern);
};

struct field {
	struct span name;
	bool present;                 /* without a regexp: whether it must be there */
	struct match_pattern *regexp; /* NULL: it need only be there, or not */
};

enum want { ANY, YES, NO };

struct entry {
	struct span name;
	double priority;
	size_t place; /* in the file */
	bool inverse;
	enum want authenticated, local;
	struct patterns from, from_mime, rcpt, rcpt_mime, user, hostname;
	struct {
		VEC(struct ip_net);
	} nets;
	struct {
		VEC(struct field);
	} fields;
};

struct places {
	VEC(size_t);
};

/* The entries, the most important first. */
struct book {
	struct {
		VEC(struct entry *);
	} entries;
	struct places general; /* that look at no recipient */
	struct places tried;   /* that must be tried for each recipient */
	struct map *by_rcpt;   /* the others: struct places by address, @domain or user */
};

/* ---- reading them ---- */

struct reader {
	struct arena *arena;
	struct conf_report *report;
	const struct conf_node *node; /* of the entry */
	bool left_out;
};

/* An entry without one of its conditions would hold for too many. */
static void leave_out(struct reader *r, const struct conf_node *at, const char *why)
{
	conf_warn(r->report, at->origin, "settings.%.*s is left out: %s", SPAN_ARG(r->node->key),
		why);
	r->left_out = true;
}

static struct match_pattern *compile(struct reader *r, const struct conf_node *at, struct span text)
{
	struct match_pattern *pattern;
	struct why why;

	if (match_compile(r->arena, text, &pattern, &why) == RC_OK)
		return pattern;
	conf_error(r->report, at->origin, "settings.%.*s: the pattern %.*s: %s",
		SPAN_ARG(r->node->key), SPAN_ARG(text), why.text);
	r->left_out = true;
	return NULL;
}

static void read_pattern(struct reader *r, const struct conf_node *at, struct span text,
	struct patterns *out)
{
	struct pattern *pattern = VEC_ADD(r->arena, out);

	pattern->text = text;
	if (span_starts(text, SPAN("/"))) {
		pattern->kind = REGEXP;
		pattern->regexp = compile(r, at, text);
	} else if (span_find(text, SPAN("://")) < text.n) {
		leave_out(r, at, "maps are not there yet");
	} else if (span_starts(text, SPAN("@"))) {
		pattern->kind = DOMAIN;
		pattern->text = span_from_offset(text, 1);
	} else if (text.n > 0 && !span_equal(text, SPAN("<>"))) {
		pattern->kind = span_has_byte(text, '@') ? ADDRESS : USER;
	} else {
		pattern->text = SPAN("");
	}
}

static void read_patterns(struct reader *r, const char *key, const struct conf_list *list,
	struct patterns *out)
{
	for (size_t i = 0; i < list->n; i++)
		read_pattern(r, conf_get(r->node, span_of(key)), span_trim(list->v[i]), out);
}

static void read_nets(struct reader *r, const struct conf_list *list, struct entry *entry)
{
	const struct conf_node *at = conf_get(r->node, SPAN("ip"));

	for (size_t i = 0; i < list->n; i++) {
		if (ip_net_parse(list->v[i], VEC_ADD(r->arena, &entry->nets)))
			continue;
		if (span_find_byte(list->v[i], '/') == 0 ||
			span_find(list->v[i], SPAN("://")) < list->v[i].n)
			leave_out(r, at, "maps are not there yet");
		else
			conf_error(r->report, at->origin, "\"%.*s\" is no address or network",
				SPAN_ARG(list->v[i]));
		r->left_out = true;
	}
}

static void read_fields(struct reader *r, const struct conf_node *header, struct entry *entry)
{
	if (header == NULL)
		return;
	if (header->kind != CONF_KIND_OBJECT) {
		conf_error(r->report, header->origin, "settings.%.*s.header must be a section { }",
			SPAN_ARG(r->node->key));
		r->left_out = true;
		return;
	}
	for (size_t i = 0; i < conf_count(header); i++) {
		const struct conf_node *node = conf_at(header, i);
		struct field *field = VEC_ADD(r->arena, &entry->fields);
		struct span text;

		field->name = node->key;
		field->present = true;
		if (node->kind == CONF_KIND_BOOL)
			field->present = node->boolean;
		else if (conf_to_text(node, &text))
			field->regexp = compile(r, node, text);
		else
			leave_out(r, node, "a header field is true, false or one pattern");
	}
}

static void read_priority(struct reader *r, struct span text, struct entry *entry)
{
	static const char *const words[] = {"low", "medium", "high"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!span_equal_nocase(text, span_of(words[i])))
			continue;
		entry->priority = (double)i + 1;
		return;
	}
	if (num_parse_double(text, &entry->priority))
		return;
	conf_error(r->report, conf_get(r->node, SPAN("priority"))->origin,
		"settings.%.*s.priority must be low, medium, high or a number, not \"%.*s\"",
		SPAN_ARG(r->node->key), SPAN_ARG(text));
	r->left_out = true;
}

static enum want read_want(const struct reader *r, const char *key, bool value)
{
	if (conf_get(r->node, span_of(key)) == NULL)
		return ANY;
	return value ? YES : NO;
}

/* conf_check has told of it. */
static bool has_missing(const struct reader *r)
{
	for (size_t i = 0; i < ARRAY_LEN(entry_rows); i++)
		if (entry_rows[i].type == CONF_TYPE_IGNORED &&
			conf_get(r->node, span_of(entry_rows[i].key)) != NULL)
			return true;
	return false;
}

static bool has_conditions(const struct entry *e)
{
	return e->from.n + e->from_mime.n + e->rcpt.n + e->rcpt_mime.n + e->user.n + e->hostname.n +
			e->nets.n + e->fields.n >
		0 ||
		e->authenticated != ANY || e->local != ANY;
}

/* NULL when it can hold for nobody, or must not be used. */
static struct entry *read_entry(struct reader *r, size_t place)
{
	struct entry *entry = ARENA_NEW(r->arena, struct entry);
	struct entry_options o;

	if (!conf_fill(r->arena, r->node, entry_rows, ARRAY_LEN(entry_rows), &o, r->report))
		return NULL;
	entry->name = r->node->key;
	entry->place = place;
	entry->inverse = o.inverse;
	entry->authenticated = read_want(r, "authenticated", o.authenticated);
	entry->local = read_want(r, "local", o.local);
	read_priority(r, o.priority, entry);
	read_nets(r, &o.ip, entry);
	read_patterns(r, "from", &o.from, &entry->from);
	read_patterns(r, "from_mime", &o.from_mime, &entry->from_mime);
	read_patterns(r, "rcpt", &o.rcpt, &entry->rcpt);
	read_patterns(r, "rcpt_mime", &o.rcpt_mime, &entry->rcpt_mime);
	read_patterns(r, "user", &o.user, &entry->user);
	read_patterns(r, "hostname", &o.hostname, &entry->hostname);
	read_fields(r, o.header, entry);
	if (r->left_out || has_missing(r))
		return NULL;
	if (has_conditions(entry))
		return entry;
	leave_out(r, r->node, "it has no condition, so it holds for nobody");
	return NULL;
}

/* ---- the book ---- */

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = *(const struct entry *const *)left;
	const struct entry *b = *(const struct entry *const *)right;

	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static bool is_plain(const struct entry *entry)
{
	for (size_t i = 0; i < entry->rcpt.n; i++)
		if (entry->rcpt.v[i].kind == REGEXP)
			return false;
	return !entry->inverse;
}

static void list_rcpts(struct arena *a, struct book *book, size_t place)
{
	const struct entry *entry = book->entries.v[place];

	for (size_t i = 0; i < entry->rcpt.n; i++) {
		const struct pattern *pattern = &entry->rcpt.v[i];
		struct span key = pattern->kind != DOMAIN
			? pattern->text
			: arena_printf(a, "@%.*s", SPAN_ARG(pattern->text));
		struct places *places = map_find(book->by_rcpt, key);

		if (places == NULL) {
			places = ARENA_NEW(a, struct places);
			(void)map_put(book->by_rcpt, key, places);
		}
		*VEC_ADD(a, places) = place;
	}
}

static void order_entries(struct arena *a, struct book *book)
{
	qsort(book->entries.v, book->entries.n, sizeof(*book->entries.v), compare_entries);
	book->by_rcpt = map_make_nocase(a);
	for (size_t i = 0; i < book->entries.n; i++) {
		const struct entry *entry = book->entries.v[i];

		if (entry->rcpt.n == 0)
			*VEC_ADD(a, &book->general) = i;
		else if (is_plain(entry))
			list_rcpts(a, book, i);
		else
			*VEC_ADD(a, &book->tried) = i;
	}
}

static void *prepare(struct scan_preparing *p, const void *filled)
{
	struct conf_report *report = p->report;
	struct arena *a = p->arena;
	const struct options *o = filled;
	const struct conf_node *section = o->section == NULL ? NULL : conf_value(o->section, 0);
	struct book *book = ARENA_NEW(a, struct book);

	if (section == NULL || section->kind != CONF_KIND_OBJECT)
		return NULL;
	for (size_t i = 0; i < conf_count(section); i++) {
		struct reader r = {a, report, conf_value(conf_at(section, i), 0), false};
		struct entry *entry;

		if (r.node->kind != CONF_KIND_OBJECT)
			continue;
		entry = read_entry(&r, i);
		if (entry != NULL)
			*VEC_ADD(a, &book->entries) = entry;
	}
	if (book->entries.n == 0)
		return NULL;
	order_entries(a, book);
	return book;
}

/* ---- a message ---- */

/* An address, and what it is without the tag of its user: user+tag@example.org is user@example.org, too. */
struct subject {
	struct span full, local, domain;
	struct span plain, plain_local; /* null: there is no tag */
};

struct subjects {
	struct subject *v;
	size_t n;
};

struct message {
	struct scan *scan;
	const struct book *book;
	struct subjects from, user, from_mime, rcpt_mime;
	bool has_ip, has_mime;
	struct ip ip;
	enum want *fits; /* by entry: whether it fits but for its recipients; ANY: not asked yet */
};

static struct subject split(struct arena *a, struct span text)
{
	struct subject s = {.full = text};
	size_t at = span_find_last_byte(text, '@');
	struct span plain;

	s.local = span_slice(text, 0, at);
	s.domain = span_from_offset(text, at + 1);
	plain = checks_without_tag(s.local);
	if (plain.n == s.local.n)
		return s;
	s.plain_local = plain;
	s.plain = arena_printf(a, "%.*s%.*s", SPAN_ARG(s.plain_local),
		SPAN_ARG(span_from_offset(text, at)));
	return s;
}

/* None when it is not known. */
static struct subjects split_one(struct arena *a, struct span text)
{
	struct subjects list = {NULL, 0};

	if (span_is_null(text))
		return list;
	list.v = ARENA_NEW(a, struct subject);
	list.v[list.n++] = split(a, text);
	return list;
}

static struct subjects split_list(struct arena *a, const struct mime_addresses *from)
{
	struct subjects list = {NULL, num_min(from->n, LISTED_MOST)};

	list.v = ARENA_ARRAY(a, struct subject, list.n);
	for (size_t i = 0; i < list.n; i++)
		list.v[i] = split(a, from->v[i].addr);
	return list;
}

static bool matches(const struct pattern *pattern, const struct subject *s)
{
	switch (pattern->kind) {
	case DOMAIN:
		return span_equal_nocase(pattern->text, s->domain);
	case USER:
		return span_equal_nocase(pattern->text, s->local) ||
			(!span_is_null(s->plain) &&
				span_equal_nocase(pattern->text, s->plain_local));
	case REGEXP:
		return match_find(pattern->regexp, s->full, NULL) == RC_OK;
	case ADDRESS:
		break;
	}
	return span_equal_nocase(pattern->text, s->full) ||
		(!span_is_null(s->plain) && span_equal_nocase(pattern->text, s->plain));
}

static bool any_matches(const struct patterns *patterns, const struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->n; i++)
		for (size_t k = 0; k < patterns->n; k++)
			if (matches(&patterns->v[k], &subjects->v[i]))
				return true;
	return false;
}

static bool hostname_matches(const struct patterns *patterns, struct span name)
{
	for (size_t i = 0; i < patterns->n && !span_is_null(name); i++) {
		const struct pattern *p = &patterns->v[i];

		if (p->kind == REGEXP ? match_find(p->regexp, name, NULL) == RC_OK
				      : span_equal_nocase(p->text, name))
			return true;
	}
	return false;
}

static bool ip_matches(const struct message *m, const struct entry *e)
{
	for (size_t i = 0; i < e->nets.n && m->has_ip; i++)
		if (ip_net_has(&e->nets.v[i], &m->ip))
			return true;
	return false;
}

static bool field_matches(struct mime *mime, const struct field *field)
{
	bool there = false;

	for (struct mime_header *h = mime_find_header(mime->root, field->name); h != NULL;
		h = mime_next_header(mime->root, h)) {
		there = true;
		if (field->regexp != NULL &&
			match_find(field->regexp, mime_header_text(mime, h), NULL) == RC_OK)
			return true;
	}
	return field->regexp == NULL && there == field->present;
}

/* From and its like cost more than the envelope: only for entries that look at them. */
static void read_mime(struct message *m)
{
	if (m->has_mime)
		return;
	m->has_mime = true;
	m->from_mime = split_list(m->scan->arena, msg_from(m->scan->msg));
	m->rcpt_mime = split_list(m->scan->arena, msg_recipients(m->scan->msg));
}

/* All conditions but those on recipients; with `inverse` none of them holds. */
static bool fits(struct message *m, const struct entry *e)
{
	const struct msg *msg = m->scan->msg;
	bool no = e->inverse;

	if (e->nets.n > 0 && ip_matches(m, e) == no)
		return false;
	if (e->from.n > 0 && any_matches(&e->from, &m->from) == no)
		return false;
	if (e->user.n > 0 && any_matches(&e->user, &m->user) == no)
		return false;
	if (e->hostname.n > 0 && hostname_matches(&e->hostname, msg->envelope.hostname) == no)
		return false;
	if (e->authenticated != ANY &&
		(scan_is_authenticated(m->scan) == (e->authenticated == YES)) == no)
		return false;
	if (e->local != ANY && (scan_is_local(m->scan) == (e->local == YES)) == no)
		return false;
	if (e->from_mime.n + e->rcpt_mime.n > 0)
		read_mime(m);
	if (e->from_mime.n > 0 && any_matches(&e->from_mime, &m->from_mime) == no)
		return false;
	if (e->rcpt_mime.n > 0 && any_matches(&e->rcpt_mime, &m->rcpt_mime) == no)
		return false;
	for (size_t i = 0; i < e->fields.n; i++)
		if (field_matches(msg->mime, &e->fields.v[i]) == no)
			return false;
	return true;
}

static bool fits_message(struct message *m, size_t place)
{
	if (m->fits[place] == ANY)
		m->fits[place] = fits(m, m->book->entries.v[place]) ? YES : NO;
	return m->fits[place] == YES;
}

/* The first of the listed entries that is before `best` and fits. */
static size_t better_of(struct message *m, struct span key, size_t best)
{
	const struct places *places = span_is_null(key) ? NULL : map_find(m->book->by_rcpt, key);

	for (size_t i = 0; places != NULL && i < places->n && places->v[i] < best; i++)
		if (fits_message(m, places->v[i]))
			return places->v[i];
	return best;
}

/* `best` is the place of the entry that holds whoever the recipient is, or the number of entries. */
static size_t find_entry(struct message *m, struct span rcpt, size_t best)
{
	struct subject s = split(m->scan->arena, rcpt);
	struct subjects one = {&s, 1};

	best = better_of(m, s.full, best);
	best = better_of(m, s.plain, best);
	best = better_of(m, s.local, best);
	best = better_of(m, s.plain_local, best);
	best = better_of(m, arena_printf(m->scan->arena, "@%.*s", SPAN_ARG(s.domain)), best);
	for (size_t i = 0; i < m->book->tried.n && m->book->tried.v[i] < best; i++) {
		size_t place = m->book->tried.v[i];
		const struct entry *e = m->book->entries.v[place];

		if (fits_message(m, place) && any_matches(&e->rcpt, &one) != e->inverse)
			return place;
	}
	return best;
}

static size_t find_general(struct message *m)
{
	for (size_t i = 0; i < m->book->general.n; i++)
		if (fits_message(m, m->book->general.v[i]))
			return m->book->general.v[i];
	return m->book->entries.n;
}

static enum rc run(struct scan *s)
{
	const struct msg_envelope *envelope = &s->msg->envelope;
	struct message m = {.scan = s, .book = s->prepared};
	size_t general;

	if (m.book == NULL)
		return RC_OK;
	m.from = split_one(s->arena, envelope->from);
	m.user = split_one(s->arena, envelope->user);
	m.has_ip = ip_parse(envelope->address, &m.ip);
	m.fits = ARENA_ARRAY(s->arena, enum want, m.book->entries.n);
	general = find_general(&m);
	if (envelope->rcpt_count == 0 && general < m.book->entries.n)
		scan_use_settings(s, 0, m.book->entries.v[general]->name);
	for (size_t i = 0; i < envelope->rcpt_count; i++) {
		size_t place = find_entry(&m, envelope->rcpts[i], general);

		if (place < m.book->entries.n)
			scan_use_settings(s, i, m.book->entries.v[place]->name);
	}
	return RC_OK;
}

const struct check check_settings = {
	.name = "settings",
	.help = "Judges messages or recipients by scores and thresholds of their own.",
	.stage = SCAN_FIRST,
	.symbols = symbols,
	.symbol_count = ARRAY_LEN(symbols),
	.options = options,
	.option_count = ARRAY_LEN(options),
	.options_size = sizeof(struct options),
	.prepare = prepare,
	.sections = sections,
	.run = run,
};
